"""Records over the API: reading, filtering, changing, taking back; and what stays sealed."""

import json
import time

import pytest
from api_client import ORG, SEALED, Client

KINDS = ["orgs", "needs", "capabilities", "bottlenecks"]


def pages(client, path, **params):
    """All items of all pages."""
    items, cursor = [], None
    while True:
        page = client.get(path, params={**params, **({"cursor": cursor} if cursor else {})}).json()
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items


# ---------------------------------------------------------------- reading

@pytest.mark.parametrize("kind", KINDS)
def test_pages_of_any_size_add_up(reader, kind):
    whole = pages(reader, f"/api/v1/{kind}", limit=200)
    ids = [r["id"] for r in whole]
    assert ids == sorted(ids, key=lambda i: i.encode()) and len(set(ids)) == len(ids) >= 40
    assert pages(reader, f"/api/v1/{kind}", limit=7) == whole


@pytest.mark.parametrize("kind", KINDS)
def test_an_item_of_a_list_is_the_record(reader, kind):
    for item in reader.get(f"/api/v1/{kind}", params={"limit": 3}).json()["items"]:
        assert reader.get(f"/api/v1/{kind}/{item['id']}").json() == item


def test_sample_records_say_so(reader):
    assert reader.get("/api/v1/needs/sample:need-001").json()["sample"] is True
    assert reader.get("/api/v1/needs/need-x").json()["sample"] is False
    ids = [r["id"] for r in pages(reader, "/api/v1/needs", sample="false")]
    assert ids == ["need-x"]
    assert len(pages(reader, "/api/v1/needs", sample="true")) >= 60


def test_filters(reader):
    capabilities = pages(reader, "/api/v1/capabilities", kind="patent", limit=200)
    assert len(capabilities) > 10 and all(c["kind"] == "patent" for c in capabilities)
    chain = next(c["chain"] for c in capabilities if "chain" in c)
    assert {c["chain"] for c in pages(reader, "/api/v1/capabilities", chain=chain)} == {chain}
    org = next(c["org_id"] for c in capabilities if "org_id" in c)
    owned = pages(reader, "/api/v1/capabilities", org=org)
    assert owned and all(c["org_id"] == org for c in owned)
    assert owned == pages(reader, f"/api/v1/orgs/{org}/capabilities", limit=2)
    needs = reader.get("/api/v1/needs").json()["items"]
    industry = next(n["industry"] for n in needs if "industry" in n)
    assert {n["industry"] for n in pages(reader, "/api/v1/needs", industry=industry)} == {industry}


def test_search_finds_words_best_first(reader):
    items = pages(reader, "/api/v1/capabilities", q="钛酸锂 胀气", limit=2)
    assert {items[0]["id"], items[1]["id"]} == {"cap-x", "cap-open"}
    assert reader.get("/api/v1/orgs", params={"q": "密封测试新能源"}).json()["items"][0]["id"] == "org-x"
    assert reader.get("/api/v1/needs", params={"q": "zzzz qqqq"}).json() == {"items": [], "next": None}


@pytest.mark.parametrize("query,code", [
    ("limit=0", "param_number"), ("limit=201", "param_number"), ("limit=x", "param_number"),
    ("limit=99999999999999999999", "param_number"), ("sample=maybe", "param_boolean"),
    ("q=a&cursor=zz", "param_number"), ("q=%ff%fe", "uri_encoding"), ("q=%00", "uri_encoding"),])
def test_bad_parameters_are_refused(reader, query, code):
    answer = reader.get(f"/api/v1/needs?{query}")
    assert answer.status_code == 400 and answer.json()["code"] == code


def test_etag_saves_the_body(reader, writer):
    first = reader.get("/api/v1/needs/need-x")
    tag = first.headers["ETag"]
    assert writer.get("/api/v1/needs/need-x").headers["ETag"] != tag  # it sees more
    for value in [tag, "*", f'"zz", {tag}', f"W/{tag}"]:
        again = reader.get("/api/v1/needs/need-x", headers={"If-None-Match": value})
        assert again.status_code == 304 and again.content == b""
    assert reader.get("/api/v1/needs/need-x", headers={"If-None-Match": '"77"'}).status_code == 200


def test_reader_sees_that_something_is_sealed_but_not_what(reader, writer):
    need = reader.get("/api/v1/needs/need-x").json()
    assert need["title"] and set(need["sealed"]) == {"text", "key_technology", "targets", "budget_wan"}
    assert not {"text", "key_technology", "targets", "budget_wan", "extra"} & set(need)
    seen = writer.get("/api/v1/needs/need-x").json()
    assert seen["text"] == SEALED["text"] and SEALED["extra"] in str(seen["extra"])
    assert "sealed" not in seen
    org = writer.get("/api/v1/orgs/org-x").json()
    assert "contact_phone" not in org and "sealed" not in org


def test_public_text_is_open(reader):
    assert "机理" in reader.get("/api/v1/capabilities/cap-open").json()["text"]


def test_nothing_of_the_sample_leaks(reader, sample):
    contacts = [o[f] for o in sample["orgs"] for f in o if f.startswith("contact_")]
    closed = [r[f] for kind in ("needs", "capabilities") for r in sample[kind]
              if r.get("visibility", "registered") != "public" for f in ("text", "key_technology", "targets")
              if f in r]
    assert len(contacts) > 50 and len(closed) > 50
    bodies = [reader.get(f"/api/v1/{kind}?limit=200").text for kind in KINDS]
    for need in sample["needs"]:
        for target in ("capabilities", "orgs"):
            bodies.append(reader.get(f"/api/v1/needs/sample:{need['id']}/matches?top=10&target={target}").text)
        bodies.append(reader.get(f"/api/v1/needs/sample:{need['id']}/history").text)
    for org in sample["orgs"]:
        bodies.append(reader.get(f"/api/v1/orgs/sample:{org['id']}/matches").text)
    everything = "\n".join(bodies)
    for value in contacts + closed:
        assert json.dumps(value, ensure_ascii=False)[1:-1] not in everything, value
    # Not a sentence of it either: whatever is quoted must stand in something open.
    opened = json.dumps([[r.get("title"), r.get("name"), r.get("summary"),
                          (r.get("text"), r.get("key_technology"), r.get("targets"))
                          if r.get("visibility", "public" if kind == "bottlenecks" else "registered") == "public"
                          else None] for kind in KINDS for r in sample[kind]], ensure_ascii=False)
    for body in bodies[4:]:
        for match in (json.loads(body).get("matches") or []) + (json.loads(body).get("nearest") or []):
            for e in match["evidence"]:
                for side in ("need", "capability"):
                    quoted = json.dumps(e[side]["text"], ensure_ascii=False)[1:-1]
                    assert quoted in opened or "org-x" in body or "cap-open" in body, quoted


# ---------------------------------------------------------------- changing

def test_a_record_from_birth_to_undo(own):
    client = Client(own, own.token)
    made = client.post("/api/v1/needs", {"title": "高速电主轴轴承寿命", "text": "两万转", "visibility": "public",
                                         "org_id": "org-x", "trl": 5, "budget_wan": 120.5})
    assert made.status_code == 201 and made.headers["ETag"] == '"1"'
    need, path = made.json(), made.headers["Location"]
    assert path == f"/api/v1/needs/{need['id']}" and need["source"] == "local"
    assert need["org_name"] == ORG["name"] and need["trl"] == 5 and need["budget_wan"] == 120.5

    changed = client.put(path, {**need, "title": "高速电主轴轴承温升"}, headers={"If-Match": '"1"'})
    assert changed.status_code == 200 and changed.headers["ETag"] == '"2"'
    assert changed.json()["title"] == "高速电主轴轴承温升"
    assert client.get(path).json() == changed.json()

    stale = client.put(path, {**need, "title": "x"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412 and stale.json()["code"] == "changed"
    assert client.put(path, {**need, "title": "x"}, headers={"If-Match": '"soup"'}).status_code == 412
    assert client.delete(path, headers={"If-Match": '"1"'}).status_code == 412
    assert client.post(path + "/undo", headers={"If-Match": '"1"'}).status_code == 412

    undone = client.post(path + "/undo", headers={"If-Match": '"2"'})
    assert undone.json()["title"] == "高速电主轴轴承寿命" and undone.json()["rev"] == 3
    assert client.post(path + "/undo").json()["title"] == "高速电主轴轴承温升"  # redo

    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404
    assert client.delete(path).status_code == 404
    assert client.put(path, need).status_code == 404
    back = client.post(path + "/undo")
    assert back.status_code == 200 and back.json()["title"] == "高速电主轴轴承温升"

    history = client.get(path + "/history").json()["items"]
    assert [h["action"] for h in history] == ["undo", "delete", "undo", "undo", "update", "create"]
    assert [h["rev"] for h in history] == [6, 5, 4, 3, 2, 1]
    assert history[4]["changed"] == ["title"] and history[4]["before"]["title"] == "高速电主轴轴承寿命"
    assert all(h["actor"] == "api:writer" for h in history)


@pytest.mark.parametrize("kind, word", [("needs", "需求"), ("capabilities", "能力"), ("orgs", "单位"),
                                        ("bottlenecks", "攻关清单条目")])
def test_undo_of_nothing_names_the_kind_in_the_language_of_the_reader(writer, kind, word):
    assert writer.post(f"/api/v1/{kind}/nobody/undo").json()["detail"] == f"没有{word}“nobody”"


def test_undo_of_a_creation_deletes(own):
    client = Client(own, own.token)
    path = client.post("/api/v1/orgs", {"name": "示例新单位"}).headers["Location"]
    assert client.post(path + "/undo").status_code == 204
    assert client.get(path).status_code == 404


def test_history_is_sealed_like_the_record(own):
    reader, writer = Client(own), Client(own, own.token)
    path = "/api/v1/needs/need-x"
    need = writer.get(path).json()
    writer.put(path, {**need, "visibility": "public", "text": "可以公开的话", "key_technology": None,
                      "targets": None, "budget_wan": None})
    assert "可以公开的话" in reader.get(path).text
    reader.get(path + "/history")  # the client looks for what was sealed before
    writer.put(path, {**need, "visibility": "registered", "text": "可以公开的话"})
    assert "可以公开的话" not in reader.get(path + "/history").text
    assert "可以公开的话" in writer.get(path + "/history").text
    writer.delete(path)
    reader.get(path + "/history")


def test_contacts_survive_an_edit_by_somebody_who_cannot_see_them(own, run):
    client = Client(own, own.token)
    org = client.get("/api/v1/orgs/org-x").json()
    assert client.put("/api/v1/orgs/org-x", {**org, "town": "玉山镇"}).json()["town"] == "玉山镇"
    exported = run("export", "--data", own.data, "--kind", "orgs").stdout
    assert SEALED["contact_phone"] in exported and "玉山镇" in exported
    client.put("/api/v1/orgs/org-x", {**org, "contact_phone": None})
    assert SEALED["contact_phone"] not in run("export", "--data", own.data, "--kind", "orgs").stdout


def test_unknown_columns_survive_an_edit(own):
    client = Client(own, own.token)
    need = client.get("/api/v1/needs/need-x").json()
    extra = need.pop("extra")
    assert client.put("/api/v1/needs/need-x", need).json()["extra"] == extra
    assert client.put("/api/v1/needs/need-x", {**need, "extra": {"b": [1], "a": "x"}}).json()["extra"] == \
        {"a": "x", "b": [1]}
    assert "extra" not in client.put("/api/v1/needs/need-x", {**need, "extra": None}).json()


def test_owners(own):
    client = Client(own, own.token)
    made = client.post("/api/v1/capabilities", {"title": "联合成果", "kind": "achievement", "orgs": [
        {"id": "org-x"}, {"id": "sample:org-001", "name": "whatever"}]}).json()
    assert made["org_id"] == "org-x" and [o["id"] for o in made["orgs"]] == ["org-x", "sample:org-001"]
    assert client.put(f"/api/v1/capabilities/{made['id']}", made).json()["rev"] == 1  # nothing changed
    by_name = client.post("/api/v1/needs", {"title": "按名称", "org_name": "密封测试新能源（有限公司）"})
    assert by_name.json()["org_id"] == "org-x"


@pytest.mark.parametrize("body,code", [
    ({"text": "no title"}, "member_required"),
    ({"title": ""}, "member_required"),
    ({"title": "x", "colour": "red"}, "member_unknown"),
    ({"title": "x", "name": "x"}, "member_unknown"),
    ({"title": ["x"]}, "member_type"),
    ({"title": "x", "extra": "text"}, "member_type"),
    ({"title": "x", "org_id": "nobody"}, "org_unknown"),
    ({"title": "x", "org_name": "没有这家单位"}, "org_name_unknown"),
    ({"title": "x", "id": "a/b"}, "id"),
    ({"title": "x", "id": "sample:need-001"}, "id"),
    ({"title": "x", "id": "x" * 200}, "id"),
    ({"title": "x", "trl": "many"}, None),
    ({"title": "x", "deadline": "soon"}, None),
    ({"title": "x", "visibility": "secret"}, None),
    ({"title": "x" * 70000}, None),
])
def test_what_does_not_fit_is_refused_and_named(own, body, code):
    answer = Client(own, own.token).post("/api/v1/needs", body)
    assert answer.status_code in (400, 413), answer.text
    if code:
        assert answer.json()["code"] == code


def test_taken_id(own):
    answer = Client(own, own.token).post("/api/v1/needs", {"id": "need-x", "title": "x"})
    assert answer.status_code == 409 and answer.json()["code"] == "exists"


@pytest.mark.parametrize("data,code", [
    (b"", "json_syntax"), (b"{", "json_syntax"), (b"[]", "json_object"), (b'{"title":"x"} x', "json_syntax"),
    (b'{"title":"\xff"}', "json_text"), (b'{"title":"a\\u0000b"}', "json_text"), (b"[" * 5000, "json_depth")])
def test_damaged_json(own, data, code):
    answer = Client(own, own.token).request("POST", "/api/v1/needs", data=data,
                                            headers={"Content-Type": "application/json"})
    assert answer.status_code == 400 and answer.json()["code"] == code


def test_body_must_be_called_json(own):
    answer = Client(own, own.token).request("POST", "/api/v1/needs", data="title=x",
                                            headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 415


def test_findable_within_a_second(own):
    client = Client(own, own.token)
    client.post("/api/v1/capabilities", {"id": "fresh", "title": "Qwertzuium 电解质膜", "visibility": "public"})
    end = time.monotonic() + 1
    while time.monotonic() < end:
        found = client.get("/api/v1/capabilities", params={"q": "qwertzuium"}).json()["items"]
        if found:
            break
        time.sleep(0.02)
    assert [f["id"] for f in found] == ["fresh"]
    client.delete("/api/v1/capabilities/fresh")
    assert client.get("/api/v1/capabilities", params={"q": "qwertzuium"}).json()["items"] == []
