"""Answers kept from one question to the next: fast, and never anybody else's or of another time."""

import re
import threading
import time

import pytest
import requests
from api_client import SEALED, Client, shared, write_jsonl

NEED_PATH = "/api/v1/needs/need-x/matches?top=10"
TEXT_PATH = "/api/v1/match?text=%E9%92%9B%E9%85%B8%E9%94%82%E8%B4%9F%E6%9E%81%E4%BA%A7%E6%B0%94%E6%8A%91%E5%88%B6&top=10"
# Of a text that only writers are quoted; no open record has it.
MARK = SEALED["text"][-3:]


def kept(client):
    """hits, misses, answers, bytes"""
    text = client.get("/metrics").text
    return {name: int(value) for name, value in re.findall(r"^hongniang_match_cache_(\w+) (\d+)$", text, re.M)}


def hit(client, path, **options):
    """The answer, and whether it was kept from before."""
    before = kept(client)["hits_total"]
    answer = client.get(path, **options)
    return answer, kept(client)["hits_total"] > before


def quoted(answer):
    return {e[side]["text"] for m in answer["matches"] + answer["nearest"] for e in m["evidence"]
            for side in ("need", "capability")}


def settle(client, path):
    """Asked again, it is answered from what was kept."""
    end = time.monotonic() + 10
    while not hit(client, path)[1]:
        assert time.monotonic() < end
    return client.get(path)


@pytest.mark.parametrize("path", [NEED_PATH, TEXT_PATH])
def test_kept_answers_are_the_same_bytes(own, path):
    client = Client(own)
    first = client.get(path)
    again, kept_before = hit(client, path)
    assert kept_before and again.content == first.content
    varying = {"Date"}
    assert {k: v for k, v in again.headers.items() if k not in varying} == \
           {k: v for k, v in first.headers.items() if k not in varying}
    counts = kept(client)
    assert counts["misses_total"] >= 1 and counts["answers"] >= 1 and counts["bytes"] > len(first.content)
    tag = {"If-None-Match": first.headers["ETag"]}
    unchanged, kept_before = hit(client, path, headers=tag)
    assert kept_before and unchanged.status_code == 304 and not unchanged.content
    assert client.session.head(own.url + path).headers["Content-Length"] == str(len(first.content))


@pytest.mark.parametrize("path", [NEED_PATH, TEXT_PATH])
def test_a_reader_never_gets_a_writers_answer(own, path):
    reader, writer, stranger = Client(own), Client(own, own.token), Client(own, "x" * 43)
    full = settle(writer, path).json()
    assert any(MARK in text for text in quoted(full))
    for client in (reader, stranger):
        answer = client.get(path)
        assert answer.json() != full and MARK not in answer.text
        # Not even with the writer's tag, nor by asking for it as somebody else would.
        tag = {"If-None-Match": writer.get(path).headers["ETag"]}
        assert client.get(path, headers=tag).status_code == 200
        for more in ("&role=writer", "&token=" + own.token, "&top=10", "&see_all=1"):
            assert MARK not in client.get(path + more).text
    assert settle(writer, path).json() == full
    assert "no-store" in writer.get(path).headers["Cache-Control"]


def show(writer, address, visibility):
    old = writer.get(address)
    done = writer.put(address, {**old.json(), "visibility": visibility}, headers={"If-Match": old.headers["ETag"]})
    assert done.status_code == 200, done.text


def raw(server, path):
    """A reader's answer, unchecked: what is open for a while is not sealed."""
    return requests.get(server.url + path, timeout=60)


def test_a_need_is_sealed_at_once(own):
    """The need is read from the store, so the very next answer knows, kept ones or not."""
    writer, address = Client(own, own.token), "/api/v1/needs/need-x"

    def need_fields():
        return {e["need"]["field"] for m in raw(own, NEED_PATH).json()["matches"] for e in m["evidence"]}

    for _ in range(20):
        show(writer, address, "public")
        assert "text" in need_fields() and "text" in need_fields()
        show(writer, address, "invited")
        assert need_fields() == {"title"}


def test_a_capability_is_sealed_when_the_index_knows(own):
    path = TEXT_PATH  # open on its side: the capability alone decides what is quoted
    writer, address = Client(own, own.token), "/api/v1/capabilities/cap-x"
    for visibility, is_open in (("public", True), ("invited", False), ("public", True), ("registered", False)):
        raw(own, path), raw(own, path)
        show(writer, address, visibility)
        end = time.monotonic() + 10
        while (MARK in raw(own, path).text) != is_open:
            assert time.monotonic() < end
        assert (MARK in raw(own, path).text) == is_open
    settle(Client(own), path)


def test_changes_by_another_process_count(own, sealed_data, tmp_path):
    """An import into the same database, without the server's help."""
    client = Client(own)
    settle(client, TEXT_PATH)
    new = {"id": "cap-new", "title": "钛酸锂电池胀气", "kind": "paper", "visibility": "public"}
    done = shared.run_program("import", "--data", tmp_path / "data", "--kind", "capabilities",
                              write_jsonl(tmp_path / "new.jsonl", [new]))
    assert done.returncode == 0, done.stderr
    end = time.monotonic() + 10
    while "cap-new" not in client.get(TEXT_PATH).text:
        assert time.monotonic() < end


def test_what_was_asked_is_told_apart(own):
    """Different questions that could be mistaken for each other."""
    client = Client(own)
    paths = ["/api/v1/match?text=%E8%86%9C", "/api/v1/match?text=%E8%86%9C&top=3", "/api/v1/match?text=%E8%86%9C&target=orgs",
             "/api/v1/match?text=%E8%86%9C3", "/api/v1/match?text=%E8%86%9C&target=needs",
             "/api/v1/needs/sample:need-001/matches?top=3", "/api/v1/needs/sample:need-002/matches?top=3",
             "/api/v1/capabilities/sample:cap-001/matches?top=3", "/api/v1/needs/sample:need-001/matches?target=orgs&top=3"]
    first = [client.get(p).content for p in paths]
    assert len(set(first)) == len(paths)
    assert [client.get(p).content for p in paths] == first
    assert kept(client)["hits_total"] >= len(paths)


@pytest.mark.parametrize("query,code", [("text=a&top=0", 400), ("text=%20", 400), ("text=a&target=cats", 400)])
def test_refusals_are_not_kept(own, query, code):
    client = Client(own)
    before = kept(client)
    assert [client.get(f"/api/v1/match?{query}").status_code for _ in range(2)] == [code] * 2
    assert kept(client) == before


def test_many_at_once_while_records_change(own):
    """Every answer is one of the two that there are, whoever asks and whatever changes meanwhile."""
    writer, address, wrong, stop = Client(own, own.token), "/api/v1/needs/need-x", [], threading.Event()

    def ask():
        session = requests.Session()
        while not stop.is_set():
            answer = session.get(own.url + NEED_PATH, timeout=60)
            if answer.status_code != 200 or MARK in answer.text:
                wrong.append(answer.text)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for t in threads:
        t.start()
    for i in range(20):
        old = writer.get(address)
        title = f"钛酸锂电池胀气问题第{i}版"
        writer.put(address, {**old.json(), "title": title}, headers={"If-Match": old.headers["ETag"]})
        assert raw(own, NEED_PATH).json()["need"]["title"] == title
        assert writer.get(NEED_PATH).json()["need"]["title"] == title
    stop.set()
    for t in threads:
        t.join()
    assert not wrong
