"""rank --given: whom else to bring in, given who is there."""

import time

import pytest
from api_client import Client, without_model, write_jsonl

ORGS = [
    {"id": "uni", "name": "昆山大学", "docs": ["d1", "d2"]},
    {"id": "lab", "name": "南京研究所", "docs": ["d2", "d3"]},
    {"id": "mill", "name": "Paper Mill", "docs": ["d4"]},
    {"id": "far", "name": "拉萨研究院", "docs": ["d3"]},
    {"id": "empty", "name": "空壳公司", "docs": []},
    {"id": "old", "name": "老友厂", "docs": []},
]
DOCS = [
    {"id": "d1", "title": "造纸污泥", "text": "污泥制砖"},
    {"id": "d2", "title": "电池", "text": "锂电池负极"},
    {"id": "d3", "title": "污泥干化", "text": "造纸厂污泥干化"},
    {"id": "d4", "title": "纸浆", "text": "纸浆漂白"},
]
QUERY = {"id": "q", "title": "造纸污泥", "text": "污泥怎么处理"}


@pytest.fixture
def rank(run, tmp_path):
    def call(docs=DOCS, orgs=ORGS, queries=(QUERY,), given="q\tuni\n", history=None, more=()):
        (tmp_path / "given.tsv").write_text(given or "")
        args = ["rank", "--queries", write_jsonl(tmp_path / "q.jsonl", list(queries)),
                "--corpus", write_jsonl(tmp_path / "c.jsonl", docs),
                "--orgs", write_jsonl(tmp_path / "o.jsonl", orgs), "--cache", tmp_path / "cache",
                *(["--given", tmp_path / "given.tsv"] if given else []),
                *(["--history", write_jsonl(tmp_path / "h.jsonl", history)] if history else []), *more]
        with without_model():
            return run(*args)
    return call


def order(done, query="q"):
    return [line.split()[2] for line in done.stdout.splitlines() if line.split()[0] == query]


def test_partners_come_without_the_members(rank):
    done = rank()
    assert done.returncode == 0, done.stderr
    # lab shares a result with uni and lies in the same province; mill and far only have texts.
    assert order(done)[0] == "lab" and set(order(done)) == {"lab", "mill", "far"}
    assert set(order(rank(given="q\tuni\nq\tlab\n"))) == {"mill", "far"}
    assert rank().stdout == done.stdout


def test_members_may_be_named_and_columns_titled(rank):
    assert rank(given="query-id\torg-id\nq\t昆山大学\n").stdout == rank().stdout


def test_history_makes_partners(rank):
    done = rank(history=[{"id": "h1", "orgs": ["uni", "老友厂", "nobody"]}, {"id": "h2", "title": "x", "orgs": ["old", "uni"],
                                                                         "date": "2020-01-01"}])
    assert done.returncode == 0 and "1" in done.stderr  # nobody
    assert "old" in order(done) and "empty" not in order(done)
    assert order(done).index("old") < order(done).index("mill")


def test_the_query_itself_gives_nothing_away(rank):
    """As a document, under its id or another, and as a collaboration, under its id or title."""
    def owned(document):
        return [dict(o, docs=o["docs"] + [document]) if o["id"] in ("uni", "mill") else o for o in ORGS]

    for document in (dict(QUERY, id="d9"), {"id": "q", "title": "别的", "text": "污泥"}):
        assert rank(docs=DOCS + [document], orgs=owned(document["id"])).stdout == rank().stdout
    for past in ({"id": "q", "orgs": ["uni", "mill"]}, {"id": "h", "title": QUERY["title"], "orgs": ["uni", "mill"]}):
        assert rank(history=[past]).stdout == rank().stdout
    different = {"id": "d9", "title": QUERY["title"], "text": "另一篇"}
    assert rank(docs=DOCS + [different], orgs=owned("d9")).stdout != rank().stdout
    # What was set aside for one query is back for the next.
    two = [QUERY, {"id": "r", "title": "纸浆", "text": "漂白"}]
    both = rank(docs=DOCS + [dict(QUERY, id="d9")], orgs=owned("d9"), queries=two, given="q\tuni\nr\tuni\n")
    later = rank(docs=DOCS + [dict(QUERY, id="d9")], orgs=owned("d9"), queries=two[1:], given="r\tuni\n")
    assert order(both) == order(rank()) and order(both, "r") == order(later, "r") and order(later, "r")[0] in ("mill", "lab")


def test_a_query_without_members_is_ranked_as_ever(rank):
    two = [QUERY, {"id": "r", "title": "纸浆"}]
    mixed, plain = rank(queries=two), rank(queries=two, given=None)
    assert [x for x in mixed.stdout.splitlines() if x.startswith("r ")] == [
        x for x in plain.stdout.splitlines() if x.startswith("r ")]


@pytest.mark.parametrize("given, code", [("q\tnobody\n", 1), ("q\tuni\nx\tuni\n", 1), ("", 0), ("q\n\n", 0)])
def test_members_that_are_not_there_are_said(rank, given, code):
    done = rank(given=given or "\n")
    assert done.returncode == code and done.stdout
    assert ("--given" in done.stderr) == bool(code)


@pytest.mark.parametrize("history", [[{"orgs": []}], [{"id": "h", "orgs": "uni"}], [{"id": "h"}], [{"id": "h", "orgs": [], "title": {}}],
                                     [{"id": "h", "orgs": []}] * 2])
def test_bad_history_is_refused_with_its_line(rank, history):
    done = rank(history=history)
    assert done.returncode == 1 and "h.jsonl" in done.stderr


def test_options_that_go_together(run, tmp_path):
    assert run("rank", "--queries", "a", "--corpus", "b", "--given", "c").returncode == 2
    assert run("rank", "--queries", "a", "--corpus", "b", "--orgs", "o", "--history", "c").returncode == 2


# ---------------------------------------------------------------- over the API

def test_partners_of_an_organisation(reader):
    needs = reader.get("/api/v1/needs", params={"sample": "true", "limit": 5}).json()["items"]
    orgs = reader.get("/api/v1/orgs", params={"sample": "true", "limit": 5}).json()["items"]
    for need in needs:
        owners = {o["id"] for o in need.get("orgs", [])}
        org = next(o["id"] for o in orgs if o["id"] not in owners)
        answer = reader.get(f"/api/v1/orgs/{org}/partners", params={"need": need["id"], "top": 7}).json()
        assert answer["org"]["id"] == org and answer["need"] == {"id": need["id"], "title": need["title"]}
        partners = answer["partners"]
        assert [p["rank"] for p in partners] == list(range(1, 8))
        assert not {p["org"]["id"] for p in partners} & (owners | {org})
        assert [p["score"] for p in partners] == sorted((p["score"] for p in partners), reverse=True)
        for p in partners:
            assert abs(sum(f["contribution"] for f in p["features"].values()) - p["score"]) < 1e-4


def test_common_work_brings_partners_together(own):
    writer = Client(own, own.token)
    path = "/api/v1/orgs/sample:org-001/partners"
    before = writer.get(path, params={"top": 100}).json()
    assert "need" not in before
    friend = "sample:org-030"
    made = writer.post("/api/v1/consortia", {"id": "con-t", "title": "一起做过", "orgs": [{"id": "sample:org-001"}, {"id": friend}]})
    assert made.status_code == 201, made.text
    found, end = {}, time.monotonic() + 20
    while friend not in found and time.monotonic() < end:  # the index follows the store
        found = {p["org"]["id"]: p for p in writer.get(path, params={"top": 100}).json()["partners"] if p["joint"]}
        time.sleep(0.05)
    old = {p["org"]["id"]: p for p in before["partners"]}.get(friend)
    assert found[friend]["joint"] == (old["joint"] if old else 0) + 1
    assert found[friend]["features"]["joint"]["value"] > (old["features"]["joint"]["value"] if old else 0)


@pytest.mark.parametrize("path, params, status", [
    ("none/partners", {}, 404), ("org-x/partners", {"need": "none"}, 404), ("org-x/partners", {"bottleneck": "none"}, 404),
    ("org-x/partners", {"need": "need-x", "bottleneck": "sample:bot-001"}, 400), ("org-x/partners", {"top": "0"}, 400),
    ("org-x/partners", {"top": "x"}, 400), ("org-x/partners", {"bottleneck": "sample:bot-001"}, 200)])
def test_partners_that_cannot_be_asked_for(reader, path, params, status):
    assert reader.get(f"/api/v1/orgs/{path}", params=params).status_code == status
