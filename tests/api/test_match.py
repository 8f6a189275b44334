"""Matches over the API: shape (the client checks it), evidence, honesty, sealing."""

import re
import time

import pytest
from api_client import SEALED, Client

RECORDS = {"need": "needs", "capability": "capabilities", "org": "orgs", "bottleneck": "bottlenecks"}


def all_matches(answer):
    return answer["matches"] + answer["nearest"]


def check_scores(match):
    total = sum(f["contribution"] for f in match["features"].values())
    assert match["features"] and abs(total - match["score"]) < 1e-4
    for f in match["features"].values():
        assert abs(f["value"] * f["weight"] - f["contribution"]) < 1e-4


def source(client, side, match, answer):
    """The record that one side of the evidence quotes."""
    if side == "need":
        one = match.get("need") or answer.get("need") or answer.get("bottleneck")
        kind = "bottlenecks" if "bottleneck" in answer else "needs"
    else:
        one = match.get("capability") or answer.get("capability")
        kind = "capabilities"
    if not one or one["id"] is None:
        return None
    return client.get(f"/api/v1/{kind}/{one['id']}").json()


def check_quotes(client, match, answer):
    for e in match["evidence"]:
        assert 0 <= e["weight"] <= 1
        for side in ("need", "capability"):
            record = source(client, side, match, answer)
            begin, end = e[side]["span"]
            assert 0 <= begin < end
            if record:
                assert record[e[side]["field"]][begin:end] == e[side]["text"]


@pytest.mark.parametrize("path", [
    "needs/sample:need-001/matches", "needs/sample:need-002/matches", "needs/need-x/matches",
    "bottlenecks/sample:bot-001/matches", "capabilities/sample:cap-001/matches",
    "capabilities/cap-x/matches"])
def test_evidence_reproduces_the_source(writer, path):
    answer = writer.get(f"/api/v1/{path}").json()
    assert all_matches(answer)
    for match in all_matches(answer):
        check_scores(match)
        check_quotes(writer, match, answer)


def test_need_to_capabilities(reader):
    answer = reader.get("/api/v1/needs/sample:need-001/matches?top=5").json()
    assert answer["need"]["id"] == "sample:need-001" and answer["lexical_only"] is True
    assert answer["pool"] > 200
    matches = all_matches(answer)
    assert 1 <= len(matches) <= 5 and [m["rank"] for m in matches] == list(range(1, len(matches) + 1))
    assert [m["score"] for m in matches] == sorted((m["score"] for m in matches), reverse=True)
    assert any(m["evidence"] for m in matches)


def test_need_to_organisations(reader):
    answer = reader.get("/api/v1/needs/sample:need-001/matches?target=orgs&top=5").json()
    for match in all_matches(answer):
        assert match["org"]["name"] and "contact_phone" not in match["org"]
        for capability in match["capabilities"]:
            assert capability["capability"]["org"]["id"]


def test_bottleneck_to_both(reader):
    for target in ("capabilities", "orgs"):
        answer = reader.get(f"/api/v1/bottlenecks/sample:bot-001/matches?target={target}").json()
        assert answer["bottleneck"]["id"] == "sample:bot-001" and all_matches(answer)


def test_what_an_institute_could_answer(reader):
    answer = reader.get("/api/v1/orgs/sample:org-042/matches?top=5").json()
    assert answer["org"]["id"] == "sample:org-042"
    assert all("need" in m for m in all_matches(answer))


def test_text(reader):
    text = "钛酸锂电池胀气怎么办"
    answer = reader.get("/api/v1/match", params={"text": text, "top": 3}).json()
    assert answer["need"] == {"id": None, "title": text}
    assert all_matches(answer)[0]["capability"]["id"] in ("cap-open", "cap-x")
    assert reader.post("/api/v1/match", {"text": text, "top": 3}).json() == answer
    offers = reader.get("/api/v1/match", params={"text": text, "target": "needs"}).json()
    assert offers["capability"]["title"] == text and all_matches(offers)[0]["need"]["id"] == "need-x"
    assert all("org" in m for m in all_matches(
        reader.get("/api/v1/match", params={"text": text, "target": "orgs"}).json()))


def test_nothing_fits_is_said(reader):
    answer = reader.get("/api/v1/match", params={"text": "zqxj wvkp"}).json()
    assert answer["level"] == "none" and answer["matches"] == []
    for match in answer["nearest"]:
        assert isinstance(match["lacks"], list)


def test_equal_questions_get_equal_bytes(reader):
    for path in ["/api/v1/needs/sample:need-003/matches?top=20", "/api/v1/match?text=%E8%86%9C&target=orgs",
                 "/api/v1/capabilities?limit=200", "/api/v1/needs?q=%E7%94%B5"]:
        assert reader.get(path).content == reader.get(path).content


def test_etag(own):
    client, path = Client(own), "/api/v1/needs/sample:need-001/matches"
    tag = client.get(path).headers["ETag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert Client(own, own.token).get(path, headers={"If-None-Match": tag}).status_code == 200
    Client(own, own.token).delete("/api/v1/capabilities/cap-x")
    for _ in range(100):
        if client.get(path, headers={"If-None-Match": tag}).status_code == 200:
            break
    assert client.get(path).headers["ETag"] != tag


def test_readers_are_quoted_only_what_is_open(reader, writer):
    path = "/api/v1/needs/need-x/matches?top=10"
    seen = {e[side]["text"] for m in all_matches(writer.get(path).json()) for e in m["evidence"]
            for side in ("need", "capability")}
    assert any(SEALED["text"][:4] in text for text in seen)  # a writer is quoted the text
    for match in all_matches(reader.get(path).json()):  # the client looks for the marks
        for e in match["evidence"]:
            assert e["need"]["field"] == "title"
            if match["capability"]["id"] == "cap-x":
                assert e["capability"]["field"] == "title"


def test_indicators_stand_side_by_side(own):
    """Requirement beside statement, converted; of a sealed text not even the numbers."""
    writer = Client(own, own.token)
    targets = "转速≥20000r/min；定位精度优于±5μm；使用寿命10年以上"
    need = writer.post("/api/v1/needs", {"title": "高速电主轴", "targets": targets, "visibility": "public"}).json()["id"]
    texts = {"甲电主轴": ("转速可达400r/s，定位误差小于8μm。", "public"), "乙电主轴": ("转速可达500r/s。", "invited")}
    for title, (text, visibility) in texts.items():
        writer.post("/api/v1/capabilities", {"title": title, "kind": "achievement", "text": text,
                                             "visibility": visibility})

    def tables(client):
        answer = client.get(f"/api/v1/needs/{need}/matches?top=20").json()
        return {m["capability"]["title"]: m["indicators"] for m in all_matches(answer)}

    for _ in range(100):
        if set(texts) <= set(tables(writer)):
            break
        time.sleep(0.05)
    open_to_all, sealed = (tables(Client(own))[title] for title in texts)
    assert [r["verdict"] for r in open_to_all] == ["met", "unmet", "unknown"]
    assert [r["quantity"] for r in open_to_all] == ["转速", "定位精度", "使用寿命"]
    for row in open_to_all:
        for side, source in (("required", targets), ("stated", texts["甲电主轴"][0])):
            if row[side]:
                begin, end = row[side]["span"]
                assert source[begin:end] == row[side]["text"]
                begin, end = row[side]["mention"]
                assert source[begin:end] in row[side]["text"]
    assert [(r["verdict"], r["stated"]) for r in sealed] == [("unknown", None)] * 3
    assert tables(writer)["乙电主轴"][0]["verdict"] == "met"


@pytest.mark.parametrize("query,code", [
    ("", "text_empty"), ("text=%20%0A", "text_empty"), ("text=a&target=cats", "target"),
    ("text=a&target=bottlenecks", "target"), ("text=a&top=0", "param_number"), ("text=a&top=101", "param_number"),
    ("text=" + "a" * 4001, "text_long")])
def test_bad_questions(reader, query, code):
    answer = reader.get(f"/api/v1/match?{query}")
    assert answer.status_code in (400, 413) and answer.json()["code"] == code


@pytest.mark.parametrize("body", [{}, {"text": 7, "top": "x"}, {"text": "a", "top": 1000}, {"text": {}}])
def test_bad_question_in_a_body(reader, body):
    assert reader.post("/api/v1/match", body).status_code == 400


def test_needs_are_not_matched_with_needs(reader):
    assert reader.get("/api/v1/needs/need-x/matches?target=needs").status_code == 400


@pytest.mark.parametrize("kind", RECORDS.values())
def test_matches_of_nothing(reader, kind):
    assert reader.get(f"/api/v1/{kind}/nobody/matches").status_code == 404


def test_what_is_missing_is_said_within_one_language(reader, writer):
    """A text lacks no word of another language, and nobody lacks an organisation's name."""
    answer = reader.post("/api/v1/match", {"text": "zzqx slurry Mura vvkw", "target": "needs", "top": 10}).json()
    lacks = {m["need"]["title"]: m["lacks"] for m in all_matches(answer) if "lacks" in m}
    assert next(words for title, words in lacks.items() if "slurry" in title and title.isascii())
    assert [words for title, words in lacks.items() if re.search("[\u4e00-\u9fff]Mura", title)] == [[]]
    assert all(m["lacks"] == [] for m in writer.get("/api/v1/orgs/sample:org-001/matches").json()["nearest"])
