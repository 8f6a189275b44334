"""What to ask a supplier: found by scoring anew, so the test makes the change and looks."""

import time

import pytest
from api_client import Client

ORDER = ["none", "weak", "good", "strong"]


def improvement(client, need, capability):
    return client.get(f"/api/v1/needs/{need}/improvement?capability={capability}")


def find(client, outcome, needs=range(1, 73)):
    """The first best match of a sample need with this outcome."""
    for n in needs:
        answer = client.get(f"/api/v1/needs/sample:need-{n:03}/matches?top=1").json()
        for match in answer["matches"] + answer["nearest"][:1]:
            found = improvement(client, answer["need"]["id"], match["capability"]["id"]).json()
            if found["outcome"] == outcome:
                return match, found
    pytest.fail(f"no pair with the outcome {outcome}")


def test_it_starts_from_what_the_match_shows_and_quotes_the_need(writer):
    match, found = find(writer, "found")
    assert abs(found["before"]["score"] - match["score"]) < 1e-4
    assert found["before"]["level"] == match["level"]
    assert ORDER.index(found["after"]["level"]) > ORDER.index(found["before"]["level"])
    assert 1 <= len(found["additions"]) <= 3 and 1 <= found["tried"] <= 16 and found["complete"]
    need = writer.get(f"/api/v1/needs/{found['need']['id']}").json()
    capability = writer.get(f"/api/v1/capabilities/{found['capability']['id']}").json()
    for addition in found["additions"]:
        begin, end = addition["need"]["span"]
        assert need[addition["need"]["field"]][begin:end] == addition["need"]["text"]
        assert addition["need"]["text"] not in capability["title"] + capability.get("text", "")
        assert addition["open"] == (need["visibility"] == "public" or addition["need"]["field"] == "title")


def test_what_it_promises_comes_true(own):
    writer = Client(own, own.token)
    _, found = find(writer, "found")
    path = f"/api/v1/capabilities/{found['capability']['id']}"
    before = writer.get(path)
    fields = ("id", "org_id", "kind", "title", "text", "trl", "ip", "year", "chain", "url", "visibility")
    body = {k: v for k, v in before.json().items() if k in fields}
    body["text"] = "\n".join([body.get("text", "")] + [a["need"]["text"] for a in found["additions"]])
    done = writer.put(path, body, headers={"If-Match": before.headers["ETag"]})
    assert done.status_code == 200
    end, level = time.monotonic() + 20, "none"
    while time.monotonic() < end and ORDER.index(level) <= ORDER.index(found["before"]["level"]):
        answer = writer.get(f"/api/v1/needs/{found['need']['id']}/matches?top=100").json()
        level = next((m["level"] for m in answer["matches"] + answer["nearest"]
                      if m["capability"]["id"] == found["capability"]["id"]), "none")
        time.sleep(0.1)
    assert ORDER.index(level) > ORDER.index(found["before"]["level"])


def test_equal_questions_get_equal_answers(writer):
    _, found = find(writer, "found")
    again = improvement(writer, found["need"]["id"], found["capability"]["id"]).json()
    assert again == found


def test_it_is_for_writers(reader):
    assert improvement(reader, "sample:need-001", "sample:cap-001").status_code == 401


def test_what_is_of_one_house_is_not_asked(writer):
    problem = improvement(writer, "need-x", "cap-x")
    assert problem.status_code == 400 and problem.json()["code"] == "improve_own"


def test_words_that_are_not_public_are_marked(writer):
    found = improvement(writer, "need-x", "cap-open").json()
    assert not found["title_only"]
    for addition in found["additions"]:
        assert addition["open"] == (addition["need"]["field"] == "title")


@pytest.mark.parametrize("need, query, status, code", [
    ("sample:need-001", "", 400, "param_missing"),
    ("sample:need-001", "?capability=nowhere", 404, "no_record"),
    ("nowhere", "?capability=sample:cap-001", 404, "no_record")])
def test_wrong_questions(writer, need, query, status, code):
    problem = writer.get(f"/api/v1/needs/{need}/improvement{query}")
    assert problem.status_code == status and problem.json()["code"] == code
