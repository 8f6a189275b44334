"""The coverage map and drafts of calls: what covers an item, what the log knows, and what is shared."""

import json
import shutil
import sqlite3
import threading
import time

import pytest

from api_client import Client, shared, start, write_jsonl

ORGS = [{"id": f"org-{x}", "name": f"示例{x}研究院", "kind": "institute"} for x in "abc"]
ITEMS = [
    {"id": "bot-two", "title": "钛酸锂电池胀气抑制", "text": "需抑制钛酸锂负极产气，循环寿命不低于8000次，产气率≤2%。",
     "chain": "储能", "priority": "high", "status": "open"},
    {"id": "bot-one", "title": "深海耐压壳体焊接变形", "text": "深海耐压壳体焊接变形需控制在0.5mm以内。", "chain": "海工"},
    {"id": "bot-none", "title": "超导磁体失超保护", "text": "目前失超检测时间超过50ms，依赖进口。"},
]
CAPABILITIES = [
    {"id": "cap-1", "org_id": "org-a", "title": "钛酸锂电池胀气抑制方法", "kind": "patent", "year": 2024,
     "text": "抑制钛酸锂负极产气的涂层方法。", "visibility": "public"},
    {"id": "cap-2", "org_id": "org-b", "title": "钛酸锂电池胀气抑制的电解液添加剂", "kind": "achievement",
     "text": "以电解液添加剂抑制钛酸锂电池负极产气与胀气，循环寿命8000次。", "visibility": "registered"},
    {"id": "cap-3", "org_id": "org-c", "title": "深海耐压壳体焊接变形控制", "kind": "achievement",
     "text": "深海耐压壳体焊接变形的预测与控制。", "visibility": "public"},
] + [{"id": f"cap-x{i}", "org_id": "org-c", "title": title, "kind": "paper", "text": title} for i, title in enumerate(
    ["茶叶发酵温湿度控制", "儿童汽车座椅侧碰防护", "古籍纸张脱酸", "城市内涝预报模型", "奶牛发情识别", "电梯钢丝绳磨损监测",
     "柑橘黄龙病检测", "射电望远镜反射面测量", "隧道渗漏水治理", "语音合成韵律建模", "石窟风化监测", "轨道交通客流预测"])]


def load(data, **kinds):
    for kind, records in kinds.items():
        done = shared.run_program("import", "--data", data, "--kind", kind,
                                  write_jsonl(data.parent / f"{kind}.jsonl", records))
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    data = tmp_path_factory.mktemp("coverage") / "data"
    load(data, orgs=ORGS, bottlenecks=ITEMS, capabilities=CAPABILITIES)
    return data


@pytest.fixture
def own_city(city, tmp_path):
    shutil.copytree(city, tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture(scope="module")
def served(city):
    server = start(city, "--new-token")
    yield server
    server.stop()


def coverage(data, *args):
    done = shared.run_program("coverage", "--data", data, *args)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(autouse=True)
def no_model(monkeypatch):
    monkeypatch.setenv("HONGNIANG_MODEL", "/nonexistent/model.bin")


def of(map_, id_):
    return next(item for item in map_["items"] if item["id"] == id_)


def owners(item, list_="sources"):
    return [s["org"]["id"] for s in item[list_]]


def move(data, at, kind=None):
    """Lets the changes (of a kind) have happened at another time, in the order they have."""
    with sqlite3.connect(data / "hongniang.db") as db:
        db.execute("UPDATE change SET at = ? WHERE ? IS NULL OR kind = ?", (at, kind, kind))


def test_what_covers_an_item_is_what_matches_it_well(city, served):
    reader = Client(served)
    map_ = reader.get("/api/v1/coverage").json()
    for item in map_["items"]:
        matches = reader.get(f"/api/v1/bottlenecks/{item['id']}/matches", params={"top": 100}).json()
        good = {m["capability"]["org"]["id"] for m in matches["matches"] if m["level"] in ("good", "strong")}
        assert set(owners(item)) == good
        assert item["coverage"] == ["gap", "single", "multiple"][min(len(good), 2)]
    assert {i["id"]: i["coverage"] for i in map_["items"]} == {
        "bot-two": "multiple", "bot-one": "single", "bot-none": "gap"}
    assert map_["totals"] | {"thin": 0} == {"items": 3, "gap": 1, "single": 1, "multiple": 1, "thin": 0}
    assert [(c["chain"], c["items"]) for c in map_["chains"]] == [("储能", 1), ("海工", 1), (None, 1)]
    sole = {o["org"]["id"]: o["sole"] for o in map_["orgs"]}
    assert sole == {"org-c": ["bot-one"], "org-a": [], "org-b": []}
    assert {o["org"]["id"]: o["pair"] for o in map_["orgs"]}["org-a"] == ["bot-two"]


def test_the_command_line_says_the_same(city, served):
    api = Client(served).get("/api/v1/coverage").json()
    assert json.loads(coverage(city)) == api
    assert coverage(city) == coverage(city)
    lines = [json.loads(line) for line in coverage(city, "--format", "jsonl").splitlines()]
    assert lines == api["items"]
    rows = coverage(city, "--format", "csv").splitlines()
    assert rows[0] == "chain,id,title,coverage,orgs,to_verify,sources" and len(rows) == 4


def test_a_chain(city, served):
    for query, ids in {"储能": ["bot-two"], "-": ["bot-none"], "没有": []}.items():
        map_ = Client(served).get("/api/v1/coverage", params={"chain": query}).json()
        assert [i["id"] for i in map_["items"]] == ids and map_["totals"]["items"] == len(ids)
        assert json.loads(coverage(city, "--chain", query)) == map_


def test_the_log_tells_what_was_there(own_city):
    move(own_city, "2026-03-05T08:00:00Z")
    move(own_city, "2026-05-31T23:59:59Z", "capability")
    before = json.loads(coverage(own_city, "--at", "2026-05-30"))
    assert before["totals"] == {"items": 3, "gap": 3, "single": 0, "multiple": 0, "thin": 0}
    for at in ("2026-05-31", "2026-05", "2030-01"):
        assert json.loads(coverage(own_city, "--at", at))["totals"]["gap"] == 1
    nothing = json.loads(coverage(own_city, "--at", "2026-03-04"))
    assert nothing["items"] == [] and nothing["totals"]["items"] == 0
    now = json.loads(coverage(own_city))
    assert now["as_of"] == "2026-05-31" and now["timeline"]["by"] == "day"
    assert [(p["date"], p["gap"]) for p in now["timeline"]["points"]] == [("2026-03-05", 3), ("2026-05-31", 1)]
    assert now["changes"]["since"] == "2026-04-30"
    assert {(m["id"], m["before"], m["after"]) for m in now["changes"]["moves"]} == {
        ("bot-two", "gap", "multiple"), ("bot-one", "gap", "single")}


def test_what_was_deleted_counts_in_its_time_alone(own_city):
    move(own_city, "2026-03-05T08:00:00Z")
    server = start(own_city, "--new-token")
    try:
        writer = Client(server, server.token)
        today = writer.get("/api/v1/coverage")
        assert writer.delete("/api/v1/capabilities/cap-3").status_code == 204
        assert writer.delete("/api/v1/orgs/org-b").status_code == 204
        assert writer.delete("/api/v1/bottlenecks/bot-none").status_code == 204
        for _ in range(100):
            now = writer.get("/api/v1/coverage").json()
            if now["totals"]["items"] == 2:
                break
        assert of(now, "bot-one")["coverage"] == "gap"
        assert owners(of(now, "bot-two")) == ["org-a"] and of(now, "bot-two")["to_verify"][0]["org"] is None
        then = writer.get("/api/v1/coverage", params={"at": "2026-03-05"}).json()
        assert of(then, "bot-one")["coverage"] == "single"
        assert sorted(owners(of(then, "bot-two"))) == ["org-a", "org-b"]
        gone = of(then, "bot-one")["sources"][0]["capability"]
        assert gone["id"] == "cap-3" and gone["gone"]
        assert of(then, "bot-none")["gone"]
        assert {m["id"]: m["after"] for m in now["changes"]["moves"]}["bot-none"] is None
        assert writer.get("/api/v1/coverage").headers["ETag"] != today.headers["ETag"]
    finally:
        server.stop()


def test_a_capability_that_changes_hands(own_city):
    move(own_city, "2026-03-05T08:00:00Z")
    load(own_city, capabilities=[CAPABILITIES[2] | {"org_id": "org-a"}])
    assert owners(of(json.loads(coverage(own_city)), "bot-one")) == ["org-a"]
    assert owners(of(json.loads(coverage(own_city, "--at", "2026-03")), "bot-one")) == ["org-c"]


def test_nobody_owns_it(own_city):
    load(own_city, capabilities=[{k: v for k, v in CAPABILITIES[2].items() if k != "org_id"}
                                 | {"id": "cap-orphan", "org_id": None}])
    with sqlite3.connect(own_city / "hongniang.db") as db:
        db.execute("DELETE FROM change WHERE uid = 'cap-3'")
        db.execute("DELETE FROM owner WHERE uid = 'cap-3'")
        db.execute("DELETE FROM capability WHERE uid = 'cap-3'")
    item = of(json.loads(coverage(own_city)), "bot-one")
    assert item["coverage"] == "gap" and item["to_verify"][0]["org"] is None


@pytest.mark.parametrize("at", ["2026", "2026-1-1", "gestern", "2026-11-24T00:00:00Z", "2026-11-2x",
                                "2026-13", "2026-00-01", "2026-01-32"])
def test_no_date(city, served, at):
    problem = Client(served).get("/api/v1/coverage", params={"at": at})
    assert problem.status_code == 400 and problem.json()["code"] == "coverage_day"
    assert shared.run_program("coverage", "--data", city, "--at", at).returncode == 2


def test_not_changed(served):
    reader = Client(served)
    tag = reader.get("/api/v1/coverage").headers["ETag"]
    assert reader.get("/api/v1/coverage", headers={"If-None-Match": tag}).status_code == 304
    assert Client(served, served.token).get("/api/v1/coverage").json() == reader.get("/api/v1/coverage").json()


def test_what_is_no_part_of_the_map_leaves_it(own_city):
    server = start(own_city, "--new-token")
    try:
        writer = Client(server, server.token)
        tag = writer.get("/api/v1/coverage").headers["ETag"]
        assert writer.post("/api/v1/needs", {"id": "need-new", "title": "另一件事"}).status_code == 201
        time.sleep(0.5)  # the index takes a change up within 0.2 s
        assert writer.get("/api/v1/coverage").headers["ETag"] == tag
        assert writer.put("/api/v1/bottlenecks/bot-one", ITEMS[1] | {"title": "换了标题"}).status_code == 200
        until = time.monotonic() + 20
        while writer.get("/api/v1/coverage").headers["ETag"] == tag and time.monotonic() < until:
            time.sleep(0.05)
        assert of(writer.get("/api/v1/coverage").json(), "bot-one")["title"] == "换了标题"
    finally:
        server.stop()


def test_many_ask_at_once(own_city):
    server = start(own_city, "--new-token")
    answers = []
    try:
        ask = [threading.Thread(target=lambda: answers.append(Client(server).get("/api/v1/coverage"))) for _ in range(16)]
        for thread in ask:
            thread.start()
        for thread in ask:
            thread.join()
        assert {a.status_code for a in answers} <= {200, 503}
        assert all(a.headers["Retry-After"] for a in answers if a.status_code == 503)
        made = {a.content for a in answers if a.status_code == 200}
        assert len(made) == 1
    finally:
        server.stop()


def test_an_empty_collection(tmp_path):
    load(tmp_path / "data", orgs=ORGS[:1])
    map_ = json.loads(coverage(tmp_path / "data"))
    assert map_["items"] == [] and map_["chains"] == [] and map_["orgs"] == []
    assert map_["timeline"]["points"] == [] and map_["totals"]["items"] == 0


def test_a_draft_says_what_the_item_says(served):
    draft = Client(served).get("/api/v1/bottlenecks/bot-two/call-draft").json()
    part = {p["part"]: p for p in draft["parts"]}
    assert list(part) == ["goal", "indicators", "deadline", "investment", "ownership", "solver"]
    assert any("8000" in t for t in part["indicators"]["texts"]) and any("≤2%" in t for t in part["indicators"]["texts"])
    for text in part["goal"]["texts"] + part["indicators"]["texts"]:
        assert text in ITEMS[0]["text"]
    for name in ("deadline", "investment", "ownership", "solver"):
        assert part[name]["texts"] == [] and part[name]["question"]["zh"]
    assert "ganzhou-2023-term" in {r["id"] for r in part["deadline"]["rules"]}
    assert "kunshan-2024-cap" in {r["id"] for r in part["investment"]["rules"]}
    need = draft["need"]
    assert need["title"] == ITEMS[0]["title"] and need["chain"] == "储能"
    assert not {"deadline", "budget_wan"} & set(need)


def test_a_draft_invents_nothing(served):
    draft = Client(served).get("/api/v1/bottlenecks/bot-none/call-draft").json()
    part = {p["part"]: p for p in draft["parts"]}
    assert part["indicators"]["texts"] == []  # how things are is no requirement
    assert "targets" not in draft["need"] and draft["need"]["text"] == ITEMS[2]["text"]


def test_a_draft_is_a_need(served):
    writer = Client(served, served.token)
    need = writer.get("/api/v1/bottlenecks/bot-two/call-draft").json()["need"]
    assert writer.post("/api/v1/needs/diagnosis", need).json()["bidding"]
    assert writer.post("/api/v1/needs", need).status_code == 201


def test_no_draft_of_nothing(served):
    assert Client(served).get("/api/v1/bottlenecks/none/call-draft").status_code == 404


def test_several_sources_of_which_one_carries_the_others(reader):
    map_ = reader.get("/api/v1/coverage").json()
    good = ("good", "strong")
    thin = 0
    for item in map_["items"]:
        assert [s["expected_by_chance"] for s in item["sources"]] == sorted(s["expected_by_chance"] for s in item["sources"])
        if item["sources"]:  # nothing is above the best
            assert item["sources"][0]["alone"] in good
        assert all(s["level"] in good for s in item["sources"])
        assert all(s["level"] == "weak" or s["org"] is None for s in item["to_verify"])
        standing = [s for s in item["sources"] if s["alone"] in good]
        assert item["thin"] == (item["coverage"] == "multiple" and len(standing) < 2)
        thin += item["thin"]
    assert map_["totals"]["thin"] == thin > 0
    assert max(i["to_verify_total"] for i in map_["items"]) > 10 == max(len(i["to_verify"]) for i in map_["items"])
