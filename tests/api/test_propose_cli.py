"""hongniang propose: what the command line takes, says and prints."""

import csv
import io
import json
import shutil
import unicodedata

import pytest
from api_client import API, Client, shared, start, without_model, write_jsonl
from jsonschema import Draft202012Validator

TOPICS = [{"title": "塑封料低应力配方", "text": "降低环氧塑封料固化收缩与热失配"}, {"title": "翘曲仿真与测量", "targets": "翘曲≤1.5mm"}]


@pytest.fixture(scope="module")
def data(sealed_data, tmp_path_factory):
    data = tmp_path_factory.mktemp("propose") / "data"
    shutil.copytree(sealed_data, data)
    return data


@pytest.fixture
def propose(data):
    def run(*args, lang="en"):
        with without_model():
            return shared.run_program("propose", "--data", data, "--lang", lang, *args)
    return run


def result(done):
    assert done.returncode == 0, done.stderr
    p = json.loads(done.stdout)
    Draft202012Validator({"$ref": "#/components/schemas/Proposal", "components": API["components"]}).validate(p)
    return p


def failed(done, code, *words):
    assert done.returncode == code and done.stdout == "", done.stdout
    for word in words:
        assert word in done.stderr, done.stderr


def test_prints_what_the_api_answers(propose, data):
    done = propose("--need", "sample:need-001")
    p = result(done)
    assert propose("--need", "sample:need-001").stdout == done.stdout
    server = start(data, "--new-token")
    try:
        answer = Client(server, server.token, lang="en").post("/api/v1/proposals", {"need_id": "sample:need-001"})
    finally:
        server.stop()
    assert answer.json() == p and done.stdout == answer.text + "\n"


def test_ids_go_without_their_source(propose):
    p = result(propose("--need", "need-001", "--lock", "org-042", "--ban", "org-048", "--apart", "org-001,org-040"))
    assert p["need"]["id"] == "sample:need-001"
    assert p["request"]["lock"] == ["sample:org-042"] and p["request"]["ban"] == ["sample:org-048"]
    assert p["request"]["apart"] == [["sample:org-001", "sample:org-040"]]
    ids = [m["org"]["id"] for m in p["members"]]
    assert "sample:org-042" in ids and not {"sample:org-048", "sample:org-040"} & set(ids)


def test_bottleneck_region_and_cap(propose):
    p = result(propose("--bottleneck", "bot-001", "--region", "江苏昆山", "--max-members", "3", "--load", "2"))
    assert p["need"]["kind"] == "bottleneck" and len(p["members"]) <= 3
    blank = result(propose("--bottleneck", "bot-001", "--region", "\u3000江苏昆山 ", "--max-members", "3", "--load", "2"))
    assert blank == p and "region" not in result(propose("--need", "need-001", "--region", " "))["request"]
    assert p["request"]["region"] == "江苏昆山" and all(len(m["subtopics"]) <= 2 for m in p["members"])


@pytest.mark.parametrize("form", ["jsonl", "json"])
def test_subtopics_of_a_file(propose, tmp_path, form):
    file = write_jsonl(tmp_path / "topics.jsonl", TOPICS)
    if form == "json":
        file.write_text(json.dumps(TOPICS, indent=1), encoding="utf-8")
    p = result(propose("--need", "need-001", "--subtopics", file))
    assert [(t["id"], t["title"]) for t in p["subtopics"]] == [("t1", TOPICS[0]["title"]), ("t2", TOPICS[1]["title"])]


def test_ids_made_for_subtopics_are_nobody_elses(propose, tmp_path):
    file = write_jsonl(tmp_path / "topics.jsonl", [TOPICS[0], {**TOPICS[1], "id": "t1"}])
    assert [t["id"] for t in result(propose("--need", "need-001", "--subtopics", file))["subtopics"]] == ["t3", "t1"]


def test_wrong_files_of_subtopics(propose, tmp_path):
    def no(text, *words, code=1):
        file = tmp_path / "topics.jsonl"
        file.write_text(text, encoding="utf-8")
        failed(propose("--need", "need-001", "--subtopics", file), code, *words)
    good = '{"title": "好"}\n'
    no(good + '{"text": "x"}\n', "topics.jsonl, line 2", "title")
    no(good + "\n" + '{"title": " "}\n', "line 3", "title")
    no(good + "not json\n", "line 2")
    no(good + '["x"]\n', "line 2")
    no(good + '{"title": "x", "weight": -1}\n', "line 2", "weight")
    no(good + '{"title": "x", "titel": 1}\n', "line 2", "titel")
    no('{"id": "a", "title": "x"}\n' * 2, "line 2", '"a"')
    no("".join(f'{{"title": "课题{n}"}}\n' for n in range(500)), "line 65", "64")
    no(good + '{"title": "' + "长" * 4001 + '"}\n', "line 2", "4000")
    no("", "subtopic")
    no("[]", "subtopic")
    failed(propose("--need", "need-001", "--subtopics", tmp_path / "none"), 1, "none")


def test_wrong_command_lines(propose):
    failed(propose(), 2, "--need", "--bottleneck")
    failed(propose("--need", "need-001", "--bottleneck", "bot-001"), 2)
    failed(propose("--need", "nowhere"), 1, "nowhere")
    failed(propose("--need", "need-001", "--lock", "nowhere"), 1, "nowhere")
    failed(propose("--need", "need-001", "--lock", "org-003", "--ban", "org-003"), 1, "org-003")
    failed(propose("--need", "need-001", "--max-members", "0"), 2)
    failed(propose("--need", "need-001", "--max-members", "33"), 2)
    failed(propose("--need", "need-001", "--format", "yaml"), 2)
    for pair in ("org-003", "org-003,", ",org-003", "org-003,org-003"):
        failed(propose("--need", "need-001", "--apart", pair), 2, pair)
    failed(propose("--need", "need-001", "surprise"), 2, "surprise")


def test_no_consortium_is_a_result(propose):
    contradiction = ["--need", "need-001", "--lock", "org-003", "--lock", "org-004", "--apart", "org-003,org-004"]
    p = result(propose(*contradiction))
    assert not p["feasible"] and [r["code"] for r in p["relaxations"]] == ["conflict"]
    table = propose(*contradiction, "--format", "table", lang="zh")
    assert table.returncode == 0 and p["relaxations"][0]["orgs"][0]["name"] in table.stdout
    assert "组不成联合体" in table.stdout and "取消其中一家的锁定" in table.stdout


def test_the_table_is_for_people(propose, tmp_path):
    file = write_jsonl(tmp_path / "topics.jsonl", [*TOPICS, {"title": "zzyzx qqfrob"}])
    args = ["--need", "need-001", "--subtopics", file]
    p = result(propose(*args))
    done = propose(*args, "--format", "table", lang="zh")
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["课题", "覆盖", "席位", "单位", "等级", "凭据"]
    text = done.stdout
    for t in p["subtopics"]:
        assert f"{t['id']} {t['title']}" in text
        assert all(s["org"]["name"] in text for s in t["seats"])
    gap = next(line for line in lines if line.startswith("t3 "))
    open_ = " ".join(p["uncovered"])
    assert "缺口" in gap and "t3" in open_ and f"没有合适单位承担的课题：{open_}\n" in text
    assert all(m["org"]["name"] in text for m in p["members"]) and "领军企业" in text
    assert f"{len(p['members'])} 家" in text and "已证明没有更好的组合" in text

    def column(line, word):
        return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line[:line.index(word)])
    first = p["subtopics"][0]["seats"][0]["org"]["name"]
    assert column(lines[0], "单位") == column(lines[1], first)
    english = propose(*args, "--format", "table").stdout
    assert "subtopic" in english.splitlines()[0] and f"subtopics that nobody covers: {open_}\n" in english


def test_csv_has_a_row_for_each_seat(propose):
    p = result(propose("--need", "need-001"))
    rows = list(csv.DictReader(io.StringIO(propose("--need", "need-001", "--format", "csv").stdout)))
    seats = [(t["id"], s["org"]["id"], s["level"]) for t in p["subtopics"] for s in t["seats"]]
    assert [(r["subtopic"], r["org_id"], r["level"]) for r in rows if r["org_id"]] == seats
    assert propose("--need", "need-001", "--format", "jsonl").stdout == propose("--need", "need-001").stdout


def test_help_and_the_list_of_commands(cli):
    for lang in ("zh", "en"):
        text = cli("propose", "--help", "--lang", lang).stdout
        for option in ("--need", "--bottleneck", "--subtopics", "--lock", "--ban", "--apart", "--max-members", "--region"):
            assert option in text
        assert "propose" in cli("--help", "--lang", lang).stdout


@pytest.fixture
def cli():
    return shared.run_program
