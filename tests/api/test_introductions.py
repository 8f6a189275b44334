"""Introductions: a record like the others, but for who may read it."""

import csv
import io
import json
import shutil
import time

import pytest
from api_client import Client, shared, start, write_jsonl

PATH = "/api/v1/introductions"
NOTE = "只给红娘看的备注"


@pytest.fixture(scope="module")
def own(sealed_data, tmp_path_factory):
    """A server to write to."""
    data = tmp_path_factory.mktemp("introductions") / "data"
    shutil.copytree(sealed_data, data)
    server = start(data, "--new-token")
    yield server
    server.stop()


@pytest.fixture
def writer(own):
    return Client(own, own.token)


def test_only_writers_read_them(own, writer):
    reader = Client(own)
    for path in (PATH, PATH + "/sample:intro-001", PATH + "/sample:intro-001/history"):
        assert reader.get(path).status_code == 401
        assert writer.get(path).status_code == 200
    assert writer.get("/api/v1/introductions/sample:intro-001/matches").status_code == 404


def test_list_and_filters(writer):
    items = writer.get(PATH, params={"limit": 200}).json()["items"]
    assert len(items) == 30
    signed = writer.get(PATH, params={"state": "signed"}).json()["items"]
    assert 3 < len(signed) < 30 and {i["state"] for i in signed} == {"signed"}
    one = writer.get(PATH, params={"need": "sample:need-009"}).json()["items"]
    assert [i["id"] for i in one] == ["sample:intro-009", "sample:intro-010"]
    org = one[1]["org_id"]
    assert org == "sample:org-037" and "capability_id" not in one[1]
    owned = writer.get(PATH, params={"org": org}).json()["items"]
    assert len(owned) >= 2 and {i["org_id"] for i in owned} == {org}


def test_names_what_it_brings_together(writer):
    i = writer.get(PATH + "/sample:intro-001").json()
    need = writer.get("/api/v1/needs/" + i["need_id"]).json()
    capability = writer.get("/api/v1/capabilities/" + i["capability_id"]).json()
    assert i["need_title"] == need["title"] and i["capability_title"] == capability["title"]
    assert i["org_id"] == capability["org_id"] and i["org_name"] == capability["org_name"]


def test_create_edit_undo_delete(writer):
    made = writer.post(PATH, {"id": "i-1", "need_id": "need-x", "capability_id": "cap-open", "state": "met",
                              "date": "2026.3.5", "note": NOTE})
    assert made.status_code == 201
    first = made.json()
    capability = writer.get("/api/v1/capabilities/cap-open").json()
    assert first["org_id"] == capability["org_id"] and first["date"] == "2026-03-05" and first["note"] == NOTE
    changed = writer.put(PATH + "/i-1", {**first, "state": "failed", "reason": "price"},
                         headers={"If-Match": made.headers["ETag"]})
    assert changed.status_code == 200 and changed.json()["reason"] == "price" and changed.json()["rev"] == 2
    stale = writer.put(PATH + "/i-1", first, headers={"If-Match": made.headers["ETag"]})
    assert stale.status_code == 412
    history = writer.get(PATH + "/i-1/history").json()["items"]
    assert [h["action"] for h in history] == ["update", "create"] and history[0]["changed"] == ["state", "reason"]
    back = writer.post(PATH + "/i-1/undo").json()
    assert back["state"] == "met" and "reason" not in back
    assert writer.delete(PATH + "/i-1").status_code == 204
    assert writer.get(PATH + "/i-1").status_code == 404


@pytest.mark.parametrize("change,code", [
    ({"need_id": "nothing"}, "store_reference"), ({"capability_id": "nothing"}, "store_reference"),
    ({"capability_id": None}, "store_supplier"), ({"org_name": "查无此单位"}, "org_name_unknown"),
    ({"state": "dating"}, "record_code"), ({"reason": "price"}, "record_reason"),
    ({"state": "failed", "reason": "bad mood"}, "record_kind_other"), ({"need_id": None}, "member_required"),
    ({"state": None}, "member_required"), ({"date": "yesterday"}, "record_date"), ({"title": "x"}, "member_unknown")])
def test_refusals(writer, change, code):
    body = {"id": "i-2", "need_id": "need-x", "capability_id": "cap-open", "state": "met", **change}
    answer = writer.post(PATH, body)
    assert answer.status_code == 400 and answer.json()["code"] == code, answer.text


# ---------------------------------------------------------------- files

@pytest.fixture
def data(sealed_data, tmp_path):
    shutil.copytree(sealed_data, tmp_path / "data")
    return tmp_path / "data"


def import_(data, path, *options):
    return shared.run_program("--lang", "en", "import", "--data", data, "--kind", "introductions", *options, path)


def export(data, form="jsonl"):
    return shared.run_program("export", "--data", data, "--kind", "introductions", "--format", form).stdout


def test_export_can_be_imported(data, tmp_path):
    rows = list(csv.DictReader(io.StringIO(export(data, "csv"))))
    records = [json.loads(line) for line in export(data).splitlines()]
    assert len(rows) == len(records) == 30
    assert [r["state"] for r in rows] == [r["state"] for r in records]
    again = write_jsonl(tmp_path / "again.jsonl", [{**r, "id": r["id"].removeprefix("sample:")} for r in records])
    done = import_(data, again, "--source", "sample")
    assert done.returncode == 0 and "30 unchanged" in done.stderr, done.stderr


def test_chinese_columns_and_gb18030(data, tmp_path):
    path = tmp_path / "对接.csv"
    path.write_bytes("需求编号,对接单位,对接结果,失败原因,对接日期,备注\n"
                     "need-x,示例公开研究院,已签约,,2026年3月1日,{0}\n"
                     "need-x,示例第二研究院,对接失败,技术不匹配,2026/4,\n"
                     "need-x,示例全新公司,洽谈中,,,\n".format(NOTE).encode("gb18030"))
    done = import_(data, path)
    assert done.returncode == 0, done.stderr
    mine = [json.loads(line) for line in export(data).splitlines() if '"need-x"' in line]
    assert sorted((r["org_name"], r["state"], r.get("reason"), r.get("date")) for r in mine) == [
        ("示例全新公司", "negotiating", None, None), ("示例公开研究院", "signed", None, "2026-03-01"),
        ("示例第二研究院", "failed", "technology_mismatch", "2026-04")]
    assert import_(data, path).returncode == 0
    assert len([line for line in export(data).splitlines() if '"need-x"' in line]) == 3


def test_one_introduction_moves_on(data, tmp_path):
    """Without an id a row is told by the pair it brings together."""
    for state in ("met", "signed"):
        path = write_jsonl(tmp_path / "i.jsonl", [{"need_id": "need-x", "capability_id": "cap-open", "state": state}])
        assert import_(data, path).returncode == 0
    mine = [json.loads(line) for line in export(data).splitlines() if '"need-x"' in line]
    assert [r["state"] for r in mine] == ["signed"]


def test_rejected_rows_say_why(data, tmp_path):
    path = write_jsonl(tmp_path / "i.jsonl", [
        {"need_id": "nothing", "capability_id": "cap-x", "state": "met"},
        {"need_id": "need-x", "state": "met"},
        {"need_id": "need-x", "capability_id": "cap-x"},
        {"need_id": "need-x", "capability_id": "cap-x", "state": "signed", "reason": "price"},
        {"capability_id": "cap-x", "state": "met"}])
    report = tmp_path / "report.csv"
    done = import_(data, path, "--keep-going", "--report", report)
    assert done.returncode == 1
    rows = list(csv.DictReader(report.open(encoding="utf-8")))
    assert [(r["line"], r["code"]) for r in rows] == [
        ("1", "store_reference"), ("2", "store_supplier"), ("3", "record_missing"), ("4", "record_reason"),
        ("5", "import_missing_value")]


def test_a_contact_beside_it_is_nobodys(data, tmp_path):
    path = tmp_path / "i.csv"
    path.write_text("need_id,capability_id,state,联系人,电话\nneed-x,cap-open,met,某某,0512-1234567\n", encoding="utf-8")
    done = import_(data, path)
    assert done.returncode == 0 and "1 warning" in done.stderr
    everything = export(data) + shared.run_program("export", "--data", data, "--kind", "orgs").stdout
    assert "0512-1234567" not in everything


# ---------------------------------------------------------------- beside matches

def matches(client, path, **params):
    answer = client.get(path, params=params).json()
    return answer["matches"] + answer["nearest"]


def test_precedents_of_a_match(writer):
    """need-010 was introduced to two; one signed, the other was no match."""
    found = {m["capability"]["id"]: m for m in matches(writer, "/api/v1/needs/sample:need-010/matches", top=50)}
    signed, failed = found["sample:cap-027"], found["sample:cap-004"]
    first = signed["precedents"][0]
    assert first["id"] == "sample:intro-011" and first["same_need"] and first["offer"] == "same"
    assert first["state"] == "signed" and first["date"] == "2026-02-26" and "reason" not in first
    assert first["need"]["title"].startswith("AOI") and first["org"]["name"] == signed["capability"]["org"]["name"]
    assert failed["precedents"][0]["reason"] == "technology_mismatch"
    assert signed["track_record"]["signed"] >= 1
    assert failed["track_record"] == {"introduced": 1, "signed": 0, "newcomer": False}
    newcomers = [m for m in found.values() if m["track_record"]["newcomer"]]
    assert newcomers and all(m["track_record"]["introduced"] == 0 for m in newcomers)


def test_a_reader_learns_of_contracts_alone(own, writer):
    reader = Client(own)
    for path in ("/api/v1/needs/sample:need-010/matches", "/api/v1/orgs/sample:org-032/matches",
                 "/api/v1/capabilities/sample:cap-004/matches", "/api/v1/needs/sample:need-009/matches"):
        for m in matches(reader, path, top=50):
            assert all(p["state"] == "signed" and "reason" not in p for p in m["precedents"])
    body = reader.get("/api/v1/needs/sample:need-010/matches", params={"top": 50}).text
    assert "sample:intro-011" in body and "sample:intro-012" not in body and "technology_mismatch" not in body


def test_notes_never_leave_with_a_match(own, writer, sample):
    notes = [i["note"] for i in sample["introductions"] if "note" in i]
    assert len(notes) > 10
    for client in (Client(own), writer):
        for need in ("002", "010", "017", "036"):
            body = client.get(f"/api/v1/needs/sample:need-{need}/matches", params={"top": 50}).text
            assert not any(note in body for note in notes)


def test_an_outcome_shows_at_once(own, writer):
    body = {"id": "i-9", "need_id": "need-x", "capability_id": "cap-open", "state": "signed"}
    assert writer.post(PATH, body).status_code == 201
    seen = []
    for _ in range(50):
        seen = [p["id"] for m in matches(writer, "/api/v1/needs/need-x/matches", top=50) for p in m["precedents"]]
        if "i-9" in seen:
            break
        time.sleep(0.1)
    assert "i-9" in seen
    assert writer.delete(PATH + "/i-9").status_code == 204


def test_the_cli_says_the_same(own, writer):
    done = shared.run_program("match", "--data", own.data, "--need", "sample:need-010", "--model", "/nonexistent")
    told = json.loads(done.stdout)
    assert [m["precedents"] for m in told["matches"]] == [
        m["precedents"] for m in writer.get("/api/v1/needs/sample:need-010/matches").json()["matches"]]
