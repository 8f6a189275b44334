"""Diagnoses of needs: of drafts, which are stored nowhere, and of stored needs, sealed as the records are."""

import json

import pytest

from api_client import SEALED, Client

DRAFT = "/api/v1/needs/diagnosis"
GOOD = {"title": "大尺寸板级扇出封装翘曲太大",
        "text": "用环氧塑封料做板级扇出封装，塑封固化后方板四角上翘，机械手吸不住。用于半导体先进封装产线。",
        "targets": "整板翘曲≤1.0mm；芯片偏移≤8μm", "trl": 5, "budget_wan": 320, "deadline": "2027-06-30"}
ON = {"on": "2026-11-24"}


def diagnose(client, draft, **params):
    answer = client.post(DRAFT, draft, params=ON | params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def codes(diagnosis):
    return [f["code"] for f in diagnosis["findings"]]


def test_a_good_draft_is_ready(reader):
    d = diagnose(reader, GOOD)
    assert d["result"] == "ready" and d["findings"] == [] and d["on"] == ON["on"]
    assert [e["element"] for e in d["elements"]] == ["materials", "methods", "efficacy", "products", "applications"]
    assert all(e["stated"] for e in d["elements"]) and d["indicators"] >= 2


def test_quotes_are_the_words_of_the_draft(reader):
    draft = GOOD | {"title": "😀𠮷" + GOOD["title"], "text": "𠮷希望提高良率。😀请打13812345678。", "targets": None}
    d = diagnose(reader, draft)
    quotes = [q for e in d["elements"] for q in e["quotes"]] + [f for f in d["findings"] if "span" in f]
    assert {"vague", "leak_phone"} <= set(codes(d)) and len(quotes) > 3
    for q in quotes:
        begin, end = q["span"]
        assert draft[q["field"]][begin:end] == q["text"]


def test_every_question_is_in_both_languages(reader):
    d = diagnose(reader, {"title": "一种中药浸泡罐", "text": "采用自动化设备，详询a@b.cn。" * 3})
    assert d["findings"]
    for f in d["findings"]:
        assert f["question"]["zh"] and f["question"]["en"].isascii() or "{}" not in f["question"]["en"]
        assert f["title"]["zh"] and f["title"]["en"].isascii()
    leak = next(f for f in d["findings"] if f["code"] == "leak_email")
    assert leak["severity"] == "must" and "a@b.cn" in leak["question"]["zh"] and "a@b.cn" in leak["question"]["en"]


def test_severest_first(reader):
    order = [f["severity"] for f in diagnose(reader, {"title": "提高效率", "text": "希望提高效率。"})["findings"]]
    assert order == sorted(order, key=["must", "should", "may"].index) and order[0] == "must"


def test_what_is_being_typed_is_no_error(reader):
    d = diagnose(reader, {"title": "x", "deadline": "2027-1x", "budget_wan": "三百", "trl": "高", "visibility": "nobody",
                          "grant_wan": "", "unheard": {"of": 1}})
    fields = {f["field"] for f in d["findings"] if f["code"] == "unreadable"}
    assert {"deadline", "budget_wan", "trl", "visibility"} <= fields
    assert diagnose(reader, {})["result"] == "needs_work"


@pytest.mark.parametrize("draft", [{"title": ["x"]}, {"text": {"zh": "x"}}, {"deadline": True}, {"grant_wan": []}])
def test_wrong_types_are_errors(reader, draft):
    answer = reader.post(DRAFT, draft, params=ON)
    assert answer.status_code == 400 and answer.json()["code"] == "member_type"


@pytest.mark.parametrize("on", ["2026", "26-11-24", "2026-11-2x", "heute", "2026-11-244"])
def test_a_day_is_a_date(reader, on):
    answer = reader.post(DRAFT, GOOD, params={"on": on})
    assert answer.status_code == 400 and answer.json()["code"] == "day"


def test_equal_drafts_give_equal_bytes(reader):
    a, b = (reader.post(DRAFT, GOOD, params=ON).content for _ in range(2))
    assert a == b


def test_a_large_text_is_limited_and_fast(reader):
    text = "希望提高良率，详询13812345678。" * 9000  # 600 kB, a body has at most 1 MiB
    answer = reader.post(DRAFT, {"title": "x", "text": text}, params=ON)
    assert answer.status_code == 200 and answer.elapsed.total_seconds() < 5
    assert len(answer.json()["findings"]) <= 80
    assert reader.post(DRAFT, {"title": "x", "text": text * 2}, params=ON).status_code == 413


def rules(diagnosis):
    return {r["id"]: r["status"] for r in diagnosis["rules"]}


def test_rules_of_a_call_for_solvers(reader):
    plain = diagnose(reader, GOOD)
    assert not plain["bidding"] and rules(plain)["kunshan-2024-cap"] == "unknown"
    fine = diagnose(reader, GOOD | {"grant_wan": 80, "solver_wan": "32"})
    assert fine["bidding"] and fine["result"] == "ready"
    assert {rules(fine)[r] for r in ("kunshan-2024-cap", "ganzhou-2023-own", "ganzhou-2023-solver")} == {"met"}
    much = diagnose(reader, GOOD | {"grant_wan": 301, "solver_wan": 120})
    assert rules(much)["kunshan-2024-cap"] == "unmet" and much["result"] == "needs_work"
    assert rules(much)["ganzhou-2023-own"] == "unmet" and rules(much)["ganzhou-2023-solver"] == "unmet"
    for rule in much["rules"]:
        assert rule["source"] and rule["clause"]["zh"] and rule["valid_from"]
        assert (rule["status"] == "met") == ("question" not in rule)


def test_rules_are_those_of_the_day(reader):
    assert "kunshan-2024-cap" in rules(diagnose(reader, GOOD, on="2024-01-07"))
    assert "kunshan-2024-cap" not in rules(diagnose(reader, GOOD, on="2024-01-06"))


def test_a_stored_need_is_sealed_from_readers(reader, writer):
    """The client checks of every answer to a reader that nothing sealed is in it."""
    mine = writer.get("/api/v1/needs/need-x/diagnosis", params=ON).json()
    theirs = reader.get("/api/v1/needs/need-x/diagnosis", params=ON).json()
    assert mine["result"] == theirs["result"] and codes(mine) == codes(theirs)
    assert any(q["text"] in SEALED["text"] for e in mine["elements"] for q in e["quotes"])
    for quote in [q for e in theirs["elements"] for q in e["quotes"]] + theirs["findings"]:
        assert "text" not in quote or quote["field"] == "title"
    assert mine["rules"] and theirs["rules"] == []


def test_questions_do_not_quote_what_is_sealed(own):
    reader, writer = Client(own), Client(own, own.token)
    secret = "希望提高良率，加微信号：sealed_id_77"
    need = {"id": "leaky", "title": "方板翘曲", "text": secret, "visibility": "registered"}
    assert writer.post("/api/v1/needs", need).status_code == 201
    theirs = reader.get("/api/v1/needs/leaky/diagnosis", params=ON).json()
    assert {"leak_chat", "vague"} <= set(codes(theirs))
    assert "sealed_id_77" not in json.dumps(theirs, ensure_ascii=False) and "提高良率" not in str(theirs)
    mine = writer.get("/api/v1/needs/leaky/diagnosis", params=ON).json()
    assert "sealed_id_77" in str(mine) and codes(mine) == codes(theirs)
    assert "sealed_id_77" not in own.text()  # the log


def test_sums_of_a_stored_need_come_from_its_unknown_columns(own):
    writer = Client(own, own.token)
    need = GOOD | {"id": "bid", "extra": {"grant_wan": 301, "solver_wan": "150"}}
    assert writer.post("/api/v1/needs", need).status_code == 201
    d = writer.get("/api/v1/needs/bid/diagnosis", params=ON).json()
    assert d["bidding"] and rules(d)["kunshan-2024-cap"] == "unmet" and rules(d)["ganzhou-2023-solver"] == "met"


def test_a_draft_is_stored_nowhere(own):
    client = Client(own, own.token)
    before = client.get("/api/v1/state").json()["counts"]
    diagnose(client, GOOD | {"id": "never", "text": GOOD["text"] + "绝不入库的话"})
    assert client.get("/api/v1/state").json()["counts"] == before
    assert client.get("/api/v1/needs/never").status_code == 404
    assert "绝不入库的话" not in own.text()


def test_no_such_need(reader):
    assert reader.get("/api/v1/needs/none/diagnosis").status_code == 404
