"""Proposals of consortia: what-ifs, conditions obeyed, saved, agreed, and what a reader may see of them."""

import json
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from api_client import SEALED, Client, shared, start, write_jsonl

PATH = "/api/v1/proposals"
NEED = "sample:need-001"  # of org-001
LEAD = "sample:org-001"
MODEL = Path(os.environ.get("HONGNIANG_MODEL") or shared.ROOT / "build/model/e5-small-q4.bin")
TOPICS = [{"title": "塑封料低应力配方", "text": "降低环氧塑封料固化收缩与热失配"},
          {"title": "翘曲仿真与测量", "targets": "翘曲≤1.5mm"},
          {"title": "面板级扇出中试验证", "weight": 2}]


@pytest.fixture(scope="module")
def own(sealed_data, tmp_path_factory):
    """A server to write to."""
    data = tmp_path_factory.mktemp("proposals") / "data"
    shutil.copytree(sealed_data, data)
    server = start(data, "--new-token")
    yield server
    server.stop()


@pytest.fixture
def writer(own):
    return Client(own, own.token)


@pytest.fixture
def outsider(own):
    return Client(own)


def propose(client, need=NEED, **conditions):
    answer = client.post(PATH, {"need_id": need, **conditions})
    assert answer.status_code == 200, answer.text
    return answer.json()


def members(proposal):
    return [m["org"]["id"] for m in proposal["members"]]


def refused(client, body, status, code):
    answer = client.post(PATH, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.json()["detail"]
    return answer.json()


def check_consistent(p):
    """What a proposal says in one place it says in all of them."""
    ids = [t["id"] for t in p["subtopics"]]
    assert len(set(ids)) == len(ids)
    assert p["uncovered"] == [t["id"] for t in p["subtopics"] if not t["covered"]]
    total = sum(t["weight"] for t in p["subtopics"])
    covered = sum(t["weight"] for t in p["subtopics"] if t["covered"])
    assert p["coverage"] == pytest.approx(covered / total)
    at_work = {}
    for t in p["subtopics"]:
        scores = [s["score"] for s in t["seats"]]
        assert scores == sorted(scores, reverse=True) and len({s["org"]["id"] for s in t["seats"]}) == len(scores)
        for s in t["seats"]:
            at_work.setdefault(s["org"]["id"], []).append(t["id"])
    for m in p["members"]:
        assert sorted(m["subtopics"]) == sorted(at_work.pop(m["org"]["id"], []))
        assert len(m["subtopics"]) <= p["request"]["load"]
    assert not at_work, "somebody sits who is no member"
    assert len(p["members"]) <= p["request"]["max_members"]
    if p["feasible"]:
        assert p["members"][0]["role"] == "lead"
        assert {"university", "institute"} & {m["role"] for m in p["members"]}
        assert p["relaxations"] == []
    elif any(r["code"] != "demand" for r in p["relaxations"]):
        assert p["members"] == []
    if p["members"]:
        assert p["gap"] == pytest.approx(p["bound"] - p["objective"]) and p["gap"] >= 0
    else:
        assert p["objective"] is p["bound"] is p["gap"] is None and p["uncovered"] == ids


# ---------------------------------------------------------------- what-ifs

@pytest.mark.parametrize("challenge", [{"need_id": NEED}, {"bottleneck_id": "sample:bot-001"}, {"need_id": "sample:need-020"}])
def test_a_what_if_is_a_whole_proposal(writer, challenge):
    answer = writer.post(PATH, challenge)
    assert answer.status_code == 200
    p = answer.json()
    check_consistent(p)
    kind, uid = next(iter(challenge.items()))
    assert (p["need"]["kind"] + "_id", p["need"]["id"]) == (kind, uid)
    assert 1 <= len(p["subtopics"]) <= 8 and p["feasible"] and p["optimal"] and p["gap"] == 0
    assert all(t["title"] for t in p["subtopics"]) and not p["sealed"]
    assert p["pool"] == 56 and 0 < p["candidates"] <= p["pool"]
    assert any(s["evidence"] for t in p["subtopics"] for s in t["seats"])
    assert writer.post(PATH, challenge).content == answer.content


def test_the_owner_of_the_need_leads(writer):
    p = propose(writer)
    assert p["members"][0]["org"]["id"] == LEAD and p["members"][0]["owner"]
    assert p["need"]["org"]["id"] == LEAD


def test_given_subtopics_are_taken_as_they_are(writer):
    p = propose(writer, subtopics=TOPICS)
    check_consistent(p)
    assert [t["id"] for t in p["subtopics"]] == ["t1", "t2", "t3"]
    assert [t["title"] for t in p["subtopics"]] == [t["title"] for t in TOPICS]
    assert p["subtopics"][1]["targets"] == "翘曲≤1.5mm" and "text" not in p["subtopics"][1]
    weights = [t["weight"] for t in p["subtopics"]]
    assert weights[2] == pytest.approx(2 * weights[0]) and weights[0] == weights[1]
    named = propose(writer, subtopics=[{**t, "id": f"课题{i}", "text": None} for i, t in enumerate(TOPICS)])
    assert [t["id"] for t in named["subtopics"]] == ["课题0", "课题1", "课题2"]


def test_ids_made_for_subtopics_are_nobody_elses(writer):
    p = propose(writer, subtopics=[{"title": "一"}, {"id": "t1", "title": "二"}, {"title": "三"}, {"id": "t4", "title": "四"}])
    assert [t["id"] for t in p["subtopics"]] == ["t5", "t1", "t3", "t4"]
    check_consistent(p)
    refused(writer, {"need_id": NEED, "subtopics": [{"id": "a", "title": "一"}, {"id": "a", "title": "二"}]}, 400, "propose_twice")


def test_the_next_best_comes_with_its_reasons(writer, outsider):
    found = [t["next"] for n in range(1, 12) for t in propose(writer, f"sample:need-{n:03}")["subtopics"] if "next" in t]
    assert all("evidence" in s and "indicators" in s for s in found)
    quoted = [s for s in found if s["evidence"]]
    assert quoted and all(e["need"]["text"] and e["capability"]["text"] for s in quoted for e in s["evidence"])
    assert not any(s["next"]["evidence"] for s in propose(writer, brief=True)["subtopics"] if "next" in s)


def test_lock_ban_apart_and_cap_are_obeyed(writer):
    free = members(propose(writer, subtopics=TOPICS))
    outside = next(o["id"] for o in writer.get("/api/v1/orgs?limit=200").json()["items"]
                   if o["id"] not in free and o["kind"] == "university")
    p = propose(writer, subtopics=TOPICS, lock=[outside])
    check_consistent(p)
    assert outside in members(p) and [m for m in p["members"] if m["org"]["id"] == outside][0]["locked"]

    banned = next(m for m in free if m != LEAD)
    p = propose(writer, subtopics=TOPICS, ban=[banned])
    check_consistent(p)
    assert banned not in members(p)
    assert all(s["org"]["id"] != banned for t in p["subtopics"] for s in [*t["seats"], t.get("next", t["seats"][0])])

    p = propose(writer, subtopics=TOPICS, apart=[[LEAD, banned]])
    check_consistent(p)
    assert LEAD in members(p) and banned not in members(p)

    for cap in (2, 3):
        p = propose(writer, subtopics=TOPICS, max_members=cap)
        check_consistent(p)
        assert p["feasible"] and len(p["members"]) <= cap and p["request"]["max_members"] == cap
    check_consistent(propose(writer, subtopics=TOPICS, load=1))


def test_the_owner_may_be_banned(writer):
    p = propose(writer, ban=[LEAD])
    check_consistent(p)
    assert LEAD not in members(p)


def test_of_one_group_at_most_one_is_in(writer):
    together = ["sample:org-003", "sample:org-027"]
    assert {writer.get(f"/api/v1/orgs/{o}").json()["group"] for o in together} == {"示例精锐集团"}
    p = propose(writer, "sample:need-020", lock=together)
    assert not p["feasible"] and p["optimal"]
    check_consistent(p)
    (r,) = p["relaxations"]
    assert r["code"] == "group" and {o["id"] for o in r["orgs"]} == set(together) and "集团" in r["text"]


def test_a_brief_answer_leaves_the_costly_parts_out(writer):
    whole, brief = propose(writer), propose(writer, brief=True)
    assert members(brief) == members(whole) and brief["objective"] == whole["objective"]
    assert brief["alternatives"] == [] and not any(s["evidence"] for t in brief["subtopics"] for s in t["seats"])
    assert all("marginal" in m for m in whole["members"]) and not any("marginal" in m for m in brief["members"])
    assert len(json.dumps(brief)) < len(json.dumps(whole)) / 2


# ---------------------------------------------------------------- what cannot be

def test_contradictory_locks_are_told_apart(writer):
    a, b = "sample:org-003", "sample:org-004"
    p = propose(writer, lock=[a, b], apart=[[a, b]])
    check_consistent(p)
    (r,) = p["relaxations"]
    assert r["code"] == "conflict" and [o["id"] for o in r["orgs"]] == [a, b]
    assert "精锐机床" in r["text"] and "捷臂" in r["text"]
    english = Client(writer.server, writer.token, lang="en")
    assert "unlock" in propose(english, lock=[a, b], apart=[[a, b]])["relaxations"][0]["text"]


def test_what_was_saved_speaks_the_language_of_who_reads_it(own, writer):
    a, b = "sample:org-003", "sample:org-004"
    english = Client(own, own.token, lang="en")
    saved = save(english, "p-lang", lock=[a, b], apart=[[a, b]]).json()
    assert "unlock" in saved["plan"]["relaxations"][0]["text"]
    for client, word in ((writer, "须分开"), (english, "unlock")):
        assert word in client.get(PATH + "/p-lang").json()["plan"]["relaxations"][0]["text"]
        item = next(p for p in client.get(PATH, params={"limit": 200}).json()["items"] if p["id"] == "p-lang")
        assert word in item["plan"]["relaxations"][0]["text"]
        last = client.get(PATH + "/p-lang/history").json()["items"][0]
        assert word in last["after"]["plan"]["relaxations"][0]["text"]
    done = shared.run_program("export", "--data", own.data, "--kind", "proposals", "--format", "json")
    kept = next(p for p in json.loads(done.stdout) if p["id"] == "p-lang")
    assert kept["plan"]["relaxations"] == [{k: v for k, v in saved["plan"]["relaxations"][0].items() if k != "text"}]
    assert writer.delete(PATH + "/p-lang").status_code == 204


def test_a_cap_below_the_locks_says_what_would_do(writer):
    lock = [f"sample:org-{n:03}" for n in (2, 3, 4, 5)]
    p = propose(writer, lock=lock, max_members=2)
    check_consistent(p)
    (r,) = p["relaxations"]
    assert r["code"] == "most" and r["most"] >= 5 and str(r["most"]) in r["text"]
    assert propose(writer, lock=lock, max_members=r["most"])["feasible"]


def test_without_a_university_or_institute_nothing_is_formed(writer):
    orgs = writer.get("/api/v1/orgs?limit=200").json()["items"]
    learned = [o["id"] for o in orgs if o["kind"] in ("university", "institute")]
    p = propose(writer, ban=learned)
    assert not p["feasible"]
    (r,) = p["relaxations"]
    assert r["code"] == "demand" and set(r["roles"]) == {"university", "institute"}
    assert "高校" in r["text"] and "院所" in r["text"]


def test_cyclic_conflicts(writer):
    ring = [f"sample:org-{n:03}" for n in (32, 40, 41, 42, 44)]
    apart = [[a, b] for a, b in zip(ring, ring[1:] + ring[:1])]
    p = propose(writer, subtopics=TOPICS, apart=apart)
    check_consistent(p)
    assert p["feasible"]
    assert not any(a in members(p) and b in members(p) for a, b in apart)
    locked = propose(writer, lock=ring, apart=apart)
    assert not locked["feasible"] and locked["relaxations"]
    assert {r["code"] for r in locked["relaxations"]} <= {"conflict", "lock"}


def test_wrong_requests_are_answered_clearly(writer):
    refused(writer, {}, 400, "propose_challenge")
    refused(writer, {"need_id": NEED, "bottleneck_id": "sample:bot-001"}, 400, "propose_challenge")
    assert "nowhere" in refused(writer, {"need_id": "nowhere"}, 404, "no_record")["detail"]
    assert "org-nowhere" in refused(writer, {"need_id": NEED, "lock": ["org-nowhere"]}, 400, "propose_org")["detail"]
    refused(writer, {"need_id": NEED, "ban": ["org-nowhere"]}, 400, "propose_org")
    refused(writer, {"need_id": NEED, "apart": [[LEAD, "org-nowhere"]]}, 400, "propose_org")
    refused(writer, {"need_id": NEED, "lock": [LEAD], "ban": [LEAD]}, 400, "propose_lock_ban")
    refused(writer, {"need_id": NEED, "lock": LEAD}, 400, "member_type")
    refused(writer, {"need_id": NEED, "lock": [1]}, 400, "member_type")
    refused(writer, {"need_id": NEED, "apart": [[LEAD]]}, 400, "propose_pair")
    refused(writer, {"need_id": NEED, "apart": [[LEAD, LEAD]]}, 400, "propose_pair")
    refused(writer, {"need_id": NEED, "surprise": 1}, 400, "propose_member")
    refused(writer, {"need_id": NEED, "ban": ["x"] * 201}, 413, "propose_many")
    for value in (0, 33, 1.5, -1, "3"):
        refused(writer, {"need_id": NEED, "max_members": value}, 400, "propose_count")
    refused(writer, {"need_id": NEED, "load": 65}, 400, "propose_count")
    refused(writer, {"need_id": NEED, "brief": "yes"}, 400, "member_type")


def test_wrong_subtopics_are_answered_clearly(writer):
    def no(subtopics, status, code):
        return refused(writer, {"need_id": NEED, "subtopics": subtopics}, status, code)["detail"]
    assert "500" in no([{"title": f"课题{n}"} for n in range(500)], 413, "propose_many")
    no([], 400, "propose_no_subtopics")
    assert "2" in no([{"title": "好"}, {"title": " \t"}], 400, "propose_no_title")
    no([{"title": "\u3000\u00a0"}], 400, "propose_no_title")
    no([{"title": "\u0001\u007f"}], 400, "propose_no_title")
    no([{"text": "没有名称"}], 400, "propose_no_title")
    no([{"title": ""}], 400, "propose_no_title")
    no([{"title": "好", "weight": 0}], 400, "propose_no_weight")
    no([{"title": "好", "weight": "2"}], 400, "propose_no_weight")
    no([{"title": "长", "text": "字" * 4001}], 413, "propose_long")
    no([{"title": f"课题{n}", "text": "字" * 4000} for n in range(9)], 413, "propose_total")


def long_topics(each, n=8):
    return [{"title": f"课题{k}", "text": (f"第{k}条，{TOPICS[0]['text']}。" * each)[:each]} for k in range(n)]


def test_who_may_not_save_tries_shorter_subtopics(writer, outsider):
    answer = outsider.post(PATH, {"need_id": NEED, "subtopics": long_topics(1000), "brief": True})
    assert (answer.status_code, answer.json()["code"]) == (413, "propose_reader")
    assert "8024" in answer.json()["detail"] and "8000" in answer.json()["detail"] and "令牌" in answer.json()["hint"]
    assert outsider.post(PATH, {"need_id": NEED, "subtopics": long_topics(997)[:7], "brief": True}).status_code == 200
    assert writer.post(PATH, {"need_id": NEED, "subtopics": long_topics(1000, 9)[:9], "brief": True}).status_code == 200


@pytest.mark.skipif(not MODEL.exists(), reason="no model")
def test_long_what_ifs_of_readers_leave_workers_to_others(tmp_path, monkeypatch):
    need = write_jsonl(tmp_path / "need.jsonl", [{"id": "n", "title": "封装翘曲", "visibility": "public"}])
    done = shared.run_program("import", "--data", tmp_path / "d", "--kind", "needs", need)
    assert done.returncode == 0, done.stderr
    monkeypatch.setenv("HONGNIANG_MODEL", str(MODEL))
    server = shared.Server(tmp_path / "d")
    try:
        def ask(topics):
            return Client(server).post(PATH, {"need_id": "n", "subtopics": topics, "brief": True})
        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(ask, [long_topics(900)] * 6))
        codes = [a.status_code for a in answers]
        assert codes.count(200) >= 2 and set(codes) == {200, 503}
        busy = next(a for a in answers if a.status_code == 503)
        assert busy.json()["code"] == "propose_busy" and busy.headers["Retry-After"]
        assert ask(TOPICS).status_code == ask(long_topics(900)).status_code == 200  # the turns are given back
    finally:
        server.stop()


def test_subtopics_are_cleaned_as_records_are(writer):
    long = propose(writer, subtopics=[{"id": "字" * 64, "title": "翘曲"}], brief=True)["subtopics"][0]
    assert long["id"] == "字" * 64
    given = {"id": "甲\n\u001b[2J", "title": "\u3000翘曲\u0007测量\u3000", "text": "一\r\n二\u0001", "targets": " \u00a0"}
    cleaned = propose(writer, subtopics=[given], brief=True)["subtopics"][0]
    assert [cleaned.get(m) for m in ("id", "title", "text", "targets")] == ["甲  [2J", "翘曲 测量", "一\n二", None]


def test_64_subtopics_are_not_too_many(writer):
    p = propose(writer, subtopics=[{"title": f"课题{n}：翘曲测量第{n}步"} for n in range(64)], brief=True)
    check_consistent(p)
    assert len(p["subtopics"]) == 64


def test_words_that_match_nobody(writer):
    p = propose(writer, "need-x", ban=["org-x"], subtopics=[{"title": "zzyzx qqfrob"}, {"title": "？"}])
    check_consistent(p)
    assert p["uncovered"] == ["t1", "t2"] and p["coverage"] == 0


def test_a_challenge_that_says_next_to_nothing(writer):
    assert writer.post("/api/v1/needs", {"id": "need-bare", "title": "求助"}).status_code == 201
    p = propose(writer, "need-bare", lock=[LEAD])
    check_consistent(p)
    assert [t["title"] for t in p["subtopics"]] == ["求助"] and LEAD in members(p)
    check_consistent(propose(writer, "need-bare"))


# ---------------------------------------------------------------- who may see what

def test_readers_ask_and_writers_save(own, outsider, writer):
    assert propose(outsider)["members"]
    for method, path in (("get", PATH), ("get", PATH + "/p"), ("delete", PATH + "/p"), ("get", PATH + "/p/history"),
                         ("post", PATH + "/p/undo"), ("post", PATH + "/p/agreement")):
        assert getattr(outsider, method)(path).status_code == 401
    assert outsider.put(PATH + "/p", {"title": "方案", "need_id": NEED}).status_code == 401
    assert writer.get(PATH + "/p").status_code == 404


def test_a_reader_learns_nothing_of_a_sealed_need(outsider, writer):
    told, shown = propose(outsider, "need-x"), propose(writer, "need-x")
    assert told["sealed"] and not shown["sealed"]
    assert all("title" not in t and "text" not in t and "targets" not in t for t in told["subtopics"])
    assert [(t["id"], t["weight"], t["covered"]) for t in told["subtopics"]] == [
        (t["id"], t["weight"], t["covered"]) for t in shown["subtopics"]]
    body = json.dumps(told, ensure_ascii=False)
    for mark in ("text", "key_technology", "targets"):
        assert SEALED[mark][:6] not in body
    for t in told["subtopics"]:
        for s in t["seats"]:
            assert s["indicators"] == []
            assert all(e["need"]["text"] in told["need"]["title"] for e in s["evidence"])
    assert SEALED["text"][:6] in json.dumps(shown, ensure_ascii=False)


def test_no_sealed_text_of_the_sample_reaches_a_reader(outsider, sample):
    opened = json.dumps([[r.get("title"), r.get("name"), r.get("summary"), (r.get("text"), r.get("key_technology"), r.get("targets"))
                          if r.get("visibility", "public" if kind == "bottlenecks" else "registered") == "public" else None]
                         for kind in ("orgs", "needs", "capabilities", "bottlenecks") for r in sample[kind]], ensure_ascii=False)
    closed = [n for n in sample["needs"] if n.get("visibility", "registered") != "public"]
    assert len(closed) > 10
    for need in closed:
        p = propose(outsider, "sample:" + need["id"])
        assert p["sealed"]
        body = json.dumps(p, ensure_ascii=False)
        for field in ("text", "targets", "key_technology"):
            for sentence in (need.get(field) or "").split("。"):
                if len(sentence) > 8 and json.dumps(sentence, ensure_ascii=False)[1:-1] not in opened:
                    assert sentence not in body, (need["id"], sentence)
        for e in [e for t in p["subtopics"] for s in t["seats"] for e in s["evidence"]]:
            for side in ("need", "capability"):
                assert json.dumps(e[side]["text"], ensure_ascii=False)[1:-1] in opened


def test_a_readers_own_words_are_quoted_to_him(outsider):
    p = propose(outsider, "need-x", subtopics=[{"title": "涂层使胀气减少", "text": "钛酸锂负极产气的机理"}])
    assert not p["sealed"] and p["subtopics"][0]["title"] == "涂层使胀气减少"
    quoted = [e for t in p["subtopics"] for s in t["seats"] for e in s["evidence"]]
    assert any(e["need"]["field"] == "text" for e in quoted)


# ---------------------------------------------------------------- saved

def save(client, id, headers=None, **body):
    return client.put(f"{PATH}/{id}", {"title": "方案", "need_id": NEED, **body}, headers=headers or {})


def test_save_history_undo(writer):
    first = save(writer, "p-1", {"If-None-Match": "*"}, note="只给自己看", subtopics=TOPICS, lock=["sample:org-042"])
    assert first.status_code == 201 and first.headers["Location"] == PATH + "/p-1"
    p = first.json()
    assert p["state"] == "draft" and p["need_title"] and p["note"] == "只给自己看"
    assert [t["title"] for t in p["request"]["subtopics"]] == [t["title"] for t in TOPICS]
    assert p["request"]["lock"] == ["sample:org-042"] and p["request"]["max_members"] == 8
    assert p["plan"] == propose(writer, subtopics=TOPICS, lock=["sample:org-042"])
    read = writer.get(PATH + "/p-1")
    assert read.json() == p and read.headers["ETag"] == first.headers["ETag"]
    assert p in writer.get(PATH, params={"need": NEED}).json()["items"]
    assert writer.get(PATH, params={"state": "agreed", "need": NEED}).json()["items"] == []

    tag = {"If-Match": first.headers["ETag"]}
    second = save(writer, "p-1", tag, title="方案二", subtopics=TOPICS, ban=["sample:org-042"])
    assert second.status_code == 200 and second.json()["rev"] == 2 and "note" not in second.json()
    assert "sample:org-042" not in members(second.json()["plan"])
    assert save(writer, "p-1", tag).status_code == 412  # of the first revision
    assert save(writer, "p-1", {"If-Match": '"x"'}).status_code == 412
    again = save(writer, "p-1", {"If-None-Match": "*"})
    assert again.status_code == 412 and again.json()["code"] == "exists"
    same = save(writer, "p-1", title="方案二", subtopics=TOPICS, ban=["sample:org-042"])
    assert same.status_code == 200 and same.json()["rev"] == 2  # nothing has changed

    changes = writer.get(PATH + "/p-1/history").json()["items"]
    assert [c["rev"] for c in changes] == [2, 1] and {"title", "request", "plan", "note"} == set(changes[0]["changed"])
    assert changes[0]["before"]["plan"] == p["plan"] and changes[0]["after"]["plan"] == second.json()["plan"]
    undone = writer.post(PATH + "/p-1/undo", headers={"If-Match": '"2"'})
    assert undone.status_code == 200
    assert {k: v for k, v in undone.json().items() if k not in ("rev", "updated_at")} == {
        k: v for k, v in p.items() if k not in ("rev", "updated_at")}
    assert writer.delete(PATH + "/p-1").status_code == 204 and writer.get(PATH + "/p-1").status_code == 404
    assert writer.post(PATH + "/p-1/undo").status_code == 200


def test_what_is_not_saved(writer):
    def no(status, code, id="p-no", headers=None, **body):
        answer = save(writer, id, headers, **body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    no(404, "no_record", headers={"If-Match": '"1"'})
    no(400, "member_required", title="  ")
    no(400, "propose_challenge", bottleneck_id="sample:bot-001")
    no(404, "no_record", need_id="nowhere")
    no(400, "proposal_state", state="agreed")
    no(400, "record_code", state="perhaps")
    no(400, "propose_member", plan={"members": []})  # the server composes it
    no(400, "propose_org", lock=["org-nowhere"])
    no(400, "id", id="p%3Ano")
    assert writer.get(PATH + "/p-no").status_code == 404


# ---------------------------------------------------------------- agreed

def test_agreement_makes_a_consortium_once(writer, outsider):
    saved = save(writer, "p-2", title="翘曲攻关")
    tag = saved.headers["ETag"]
    assert writer.post(PATH + "/p-2/agreement", headers={"If-Match": '"7"'}).status_code == 412
    assert writer.get("/api/v1/consortia/con-p-2").status_code == 404  # neither
    made = writer.post(PATH + "/p-2/agreement", headers={"If-Match": tag})
    assert made.status_code == 201 and made.headers["Location"] == "/api/v1/consortia/con-p-2"
    c = made.json()
    assert [o["id"] for o in c["orgs"]] == members(saved.json()["plan"]) and c["org_id"] == LEAD
    assert (c["title"], c["need_id"], c["proposal_id"], c["state"]) == ("翘曲攻关", NEED, "p-2", "active")
    agreed = writer.get(PATH + "/p-2").json()
    assert agreed["state"] == "agreed" and agreed["plan"] == saved.json()["plan"]
    twice = writer.post(PATH + "/p-2/agreement", headers={"If-Match": tag})
    assert twice.status_code == 200 and twice.json() == c
    assert writer.get(PATH + "/p-2").json() == agreed
    assert len(writer.get("/api/v1/consortia/con-p-2/history").json()["items"]) == 1
    assert outsider.get("/api/v1/consortia/con-p-2").json()["orgs"] == c["orgs"]
    assert c in writer.get("/api/v1/consortia", params={"need": NEED}).json()["items"]
    assert c in writer.get("/api/v1/consortia", params={"org": LEAD}).json()["items"]
    changed = save(writer, "p-2", title="又改")
    assert changed.status_code == 409 and changed.json()["code"] == "proposal_agreed"

    # It counts as work done together from now on.
    end = time.monotonic() + 10
    while time.monotonic() < end and not (p := propose(writer))["ties"]:
        time.sleep(0.1)
    pair = {c["orgs"][0]["id"], c["orgs"][1]["id"]}
    assert any({t["a"], t["b"]} == pair for t in p["ties"])


def test_what_is_undone_can_be_agreed_anew(writer):
    save(writer, "p-3", title="一")
    assert writer.post(PATH + "/p-3/agreement").status_code == 201
    undone = writer.post(PATH + "/p-3/undo")
    assert undone.json()["state"] == "draft"
    assert writer.get("/api/v1/consortia/con-p-3").status_code == 404
    assert save(writer, "p-3", title="二").status_code == 200
    again = writer.post(PATH + "/p-3/agreement")
    assert again.status_code == 201 and again.json()["title"] == "二"
    assert writer.delete("/api/v1/consortia/con-p-3").status_code == 204
    assert writer.post(PATH + "/p-3/agreement").status_code == 201


def test_taking_an_agreement_back_takes_the_consortium_along(writer):
    con = "/api/v1/consortia/con-p-8"
    save(writer, "p-8", title="撤销")
    made = writer.post(PATH + "/p-8/agreement").json()
    assert writer.post(PATH + "/p-8/undo").json()["state"] == "draft" and writer.get(con).status_code == 404
    # And back: the same consortium again.
    assert writer.post(PATH + "/p-8/undo").json()["state"] == "agreed"
    same = ("id", "title", "orgs", "need_id", "proposal_id", "state", "date")
    assert {k: writer.get(con).json()[k] for k in same} == {k: made[k] for k in same}
    # Nobody's work is lost: both stay, and it is said why and what to do.
    now = writer.get(con).json()
    assert writer.put(con, {**now, "text": "第一次例会已开"}).status_code == 200
    agreed = writer.get(PATH + "/p-8").json()
    refused_ = writer.post(PATH + "/p-8/undo")
    assert (refused_.status_code, refused_.json()["code"]) == (409, "proposal_edited")
    assert "撤销" in refused_.json()["detail"] and "先删除该联合体" in refused_.json()["hint"]
    assert writer.get(PATH + "/p-8").json() == agreed and writer.get(con).json()["text"] == "第一次例会已开"
    # An edit that was itself taken back is none.
    assert writer.post(con + "/undo").status_code == 200
    assert writer.post(PATH + "/p-8/undo").json()["state"] == "draft" and writer.get(con).status_code == 404


def test_a_proposal_with_a_consortium_is_not_deleted(writer):
    save(writer, "p-9", title="不删")
    assert writer.post(PATH + "/p-9/agreement").status_code == 201
    refused_ = writer.delete(PATH + "/p-9")
    assert (refused_.status_code, refused_.json()["code"]) == (409, "proposal_formed")
    assert writer.get(PATH + "/p-9").status_code == 200
    assert writer.delete("/api/v1/consortia/con-p-9").status_code == 204
    # The consortium is gone already; what is left is the proposal.
    assert writer.post(PATH + "/p-9/undo").json()["state"] == "draft"
    assert writer.delete(PATH + "/p-9").status_code == 204


def test_what_cannot_be_agreed(writer):
    assert writer.post(PATH + "/p-none/agreement").status_code == 404
    a, b = "sample:org-003", "sample:org-004"
    assert save(writer, "p-4", lock=[a, b], apart=[[a, b]]).status_code == 201
    incomplete = writer.post(PATH + "/p-4/agreement")
    assert incomplete.status_code == 409 and incomplete.json()["code"] == "proposal_incomplete"
    assert writer.get(PATH + "/p-4").json()["state"] == "draft"
    assert save(writer, "p-4", state="withdrawn").status_code == 200
    withdrawn = writer.post(PATH + "/p-4/agreement")
    assert withdrawn.status_code == 409 and withdrawn.json()["code"] == "proposal_withdrawn"
    assert writer.get("/api/v1/consortia/con-p-4").status_code == 404


@pytest.mark.parametrize("gone", ["needs/" + NEED, "orgs/sample:org-001"])
def test_what_is_gone_forms_no_consortium(own, gone):
    own = Client(own, own.token)
    saved = save(own, "p-gone", lock=["sample:org-001"])
    assert saved.status_code == 201 and saved.json()["plan"]["feasible"]
    assert own.delete("/api/v1/" + gone).status_code == 204
    refused = own.post(PATH + "/p-gone/agreement")
    assert (refused.status_code, refused.json()["code"]) == (409, "proposal_gone")
    assert gone.partition("/")[2] in refused.json()["detail"]
    assert own.get(PATH + "/p-gone").json()["state"] == "draft"
    assert own.post(f"/api/v1/{gone}/undo").status_code == 200
    assert own.post(PATH + "/p-gone/agreement").status_code == 201
    for made in ("consortia/con-p-gone", "proposals/p-gone"):
        assert own.delete("/api/v1/" + made).status_code == 204


def test_another_consortium_is_not_overwritten(writer):
    body = {"id": "con-p-6", "title": "别的联合体", "orgs": [{"id": "sample:org-032"}, {"id": LEAD}]}
    assert writer.post("/api/v1/consortia", body).status_code == 201
    saved = save(writer, "p-6").json()
    taken = writer.post(PATH + "/p-6/agreement")
    assert taken.status_code == 409 and taken.json()["code"] == "exists"
    assert writer.get(PATH + "/p-6").json() == saved
    assert writer.get("/api/v1/consortia/con-p-6").json()["title"] == "别的联合体"


# ---------------------------------------------------------------- consortia

def test_consortia_are_records_that_all_may_read(writer, outsider):
    items = outsider.get("/api/v1/consortia").json()["items"]
    sample = [c for c in items if c["sample"]]
    assert len(sample) == 8 and all(len(c["orgs"]) >= 3 and c["org_id"] == c["orgs"][0]["id"] for c in sample)
    body = {"id": "con-new", "title": "老项目", "orgs": [{"id": "sample:org-032", "name": ""}, {"id": LEAD, "name": ""}],
            "bottleneck_id": "sample:bot-001", "date": "2022-05", "state": "ended"}
    made = writer.post("/api/v1/consortia", body)
    assert made.status_code == 201 and made.json()["bottleneck_title"]
    edited = writer.put("/api/v1/consortia/con-new", {**made.json(), "text": "做成了"}, headers={"If-Match": '"1"'})
    assert edited.status_code == 200 and edited.json()["text"] == "做成了" and edited.json()["orgs"] == made.json()["orgs"]
    assert writer.put("/api/v1/consortia/con-new", body, headers={"If-Match": '"1"'}).status_code == 412
    nobody = writer.post("/api/v1/consortia", {"title": "没有成员"})
    assert nobody.status_code == 400 and nobody.json()["code"] == "consortium_members"
    assert outsider.post("/api/v1/consortia", body).status_code == 401
    assert writer.post("/api/v1/consortia/con-new/undo").json().get("text") is None


def test_nobody_forms_a_consortium_alone(own, writer, tmp_path):
    for orgs in ([{"id": LEAD}], [{"id": LEAD}, {"id": LEAD}]):
        refused = writer.post("/api/v1/consortia", {"title": "一家", "orgs": orgs})
        assert refused.status_code == 400 and refused.json()["code"] == "consortium_members"
        assert "至少要有 2 家" in refused.json()["detail"]
    two = writer.post("/api/v1/consortia", {"id": "con-two", "title": "两家", "orgs": [{"id": LEAD}, {"id": "sample:org-032"}]}).json()
    assert writer.put("/api/v1/consortia/con-two", {**two, "org_id": None, "orgs": two["orgs"][:1]}).status_code == 400
    assert writer.get("/api/v1/consortia/con-two").json()["rev"] == 1
    # Of what is imported more may be unknown: it is said, and the record can be edited as it is.
    row = write_jsonl(tmp_path / "one.jsonl", [{"id": "con-one", "title": "只知一家", "org_id": LEAD}])
    report = tmp_path / "report"
    done = shared.run_program("import", "--lang", "en", "--data", own.data, "--kind", "consortia", "--report", report, row)
    assert done.returncode == 0 and "1 created" in done.stderr and "1 warnings" in done.stderr, done.stderr
    assert "names one member only" in report.read_text(encoding="utf-8")
    one = writer.get("/api/v1/consortia/con-one").json()
    assert writer.put("/api/v1/consortia/con-one", {**one, "text": "补记"}).json()["text"] == "补记"


def test_consortia_and_proposals_are_exported_and_imported(own, writer, tmp_path):
    save(writer, "p-5", title="存档", note="备注", subtopics=TOPICS)
    for kind, suffix in (("orgs", "json"), ("needs", "json"), ("bottlenecks", "json"), ("proposals", "jsonl"),
                         ("consortia", "csv")):
        out = shared.run_program("export", "--data", own.data, "--kind", kind, "--format", suffix)
        assert out.returncode == 0
        file = tmp_path / f"{kind}.{suffix}"
        file.write_text(out.stdout, encoding="utf-8")
        for says in (", 0 rejected", ", 0 created, 0 updated"):
            done = shared.run_program("import", "--lang", "en", "--data", tmp_path / "copy", "--kind", kind, file)
            assert done.returncode == 0 and says in done.stderr, done.stderr
        back = shared.run_program("export", "--data", tmp_path / "copy", "--kind", kind, "--format", suffix)
        assert back.stdout == out.stdout


def test_import_of_consortia_says_what_is_wrong(cli_import):
    done = cli_import("consortia", [{"title": "没有成员"}, {"title": "没有的单位", "org_id": ["org-nowhere"]},
                                    {"title": "没有的需求", "org_name": "甲公司", "need_id": "nowhere"},
                                    {"title": "不是状态", "org_name": "甲公司", "state": "somehow"}])
    assert done.returncode == 1
    assert "line 1: a consortium names at least one member" in done.stderr and "4 rows rejected" in done.stderr
    done = cli_import("consortia", [{"名称": "按名称", "成员单位": "甲公司；乙大学、丙研究院", "状态": "已结题", "成立时间": "2021年3月"}])
    assert done.returncode == 0, done.stderr


@pytest.fixture
def cli_import(tmp_path):
    def run(kind, records):
        return shared.run_program("import", "--lang", "en", "--data", tmp_path / "d", "--kind", kind,
                                  write_jsonl(tmp_path / "in.jsonl", records))
    return run
