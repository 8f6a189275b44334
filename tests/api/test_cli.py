"""The command line: exit codes, formats, languages, equal output for equal input."""

import csv
import io
import json
import os
import subprocess

import pytest
from api_client import SEALED, shared, without_model, write_jsonl

KINDS = ["orgs", "needs", "capabilities", "bottlenecks"]


@pytest.fixture
def cli(run):
    """The program without the model."""
    def call(*args, **options):
        with without_model():
            return run(*args, **options)
    return call


# ---------------------------------------------------------------- usage

@pytest.mark.parametrize("args", [
    [], ["nonsense"], ["import"], ["import", "--kind", "cats", "f"], ["import", "--kind", "needs"],
    ["import", "--kind", "needs", "--map", "title", "f"], ["import", "--kind", "needs", "--map", "colour=x", "f"],
    ["export"], ["export", "--kind", "cats"], ["export", "--kind", "needs", "--format", "xml"],
    ["export", "--kind", "needs", "extra"], ["match"], ["match", "--need", "a", "--all"], ["match", "--need"],
    ["match", "--need", "a", "--target", "needs"], ["match", "--org", "a", "--target", "orgs"],
    ["match", "--need", "a", "--top", "0"], ["match", "--need", "a", "--top", "x"], ["rank"],
    ["rank", "--queries", "a"], ["rank", "--queries", "a", "--corpus", "b", "--given", "c"], ["embed"],
    ["embed", "--kind", "both"], ["serve", "--listen", "0.0.0.0:80"], ["version", "--x"], ["--lang", "fr", "version"],
    ["version", "--lang"], ["match", "--text", " "]])
def test_wrong_usage_is_2(cli, args):
    done = cli(*args)
    assert done.returncode == 2 and done.stderr and not done.stdout


@pytest.mark.parametrize("command", ["import", "export", "match", "rank", "embed", "serve", "version"])
def test_each_command_has_help_in_both_languages(cli, command):
    chinese, english = cli(command, "--help", "--lang", "zh"), cli("--lang=en", command, "--help")
    assert chinese.returncode == english.returncode == 0
    assert f"用法：hongniang {command}" in chinese.stdout and f"Usage: hongniang {command}" in english.stdout
    assert not any("\u4e00" <= c <= "\u9fff" for c in english.stdout)


@pytest.mark.parametrize("env,language", [
    ({"LANG": "en_GB.UTF-8"}, "en"), ({"LANG": "zh_CN.UTF-8"}, "zh"), ({"LANG": "C.UTF-8"}, "zh"), ({}, "zh"),
    ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en")])
def test_language_of_the_environment(cli, env, language):
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG"))}
    said = cli("nonsense", env={**clean, **env}).stderr
    assert ("there is no command" in said) == (language == "en")


def test_version(cli):
    done = cli("version")
    assert done.returncode == 0
    assert done.stdout == f"hongniang {(shared.ROOT / 'VERSION').read_text().strip()}\n"


def test_full_disk_on_stdout_is_1(cli, sealed_data):
    with open("/dev/full", "w") as full, without_model():
        done = subprocess.run([shared.program(), "export", "--data", sealed_data, "--kind", "needs"], stdout=full,
                              stderr=subprocess.PIPE)
    assert done.returncode == 1 and done.stderr


# ---------------------------------------------------------------- import and export

def test_summary_of_an_import(cli, tmp_path):
    file = write_jsonl(tmp_path / "n.jsonl", [{"id": "1", "title": "甲"}, {"id": "2", "title": "乙"}])
    first = cli("import", "--data", tmp_path / "d", "--kind", "needs", "--lang", "en", file)
    assert first.returncode == 0 and not first.stdout and "2 rows, 2 created" in first.stderr
    assert "2 unchanged" in cli("import", "--data", tmp_path / "d", "--kind", "needs", "--lang", "en", file).stderr


def test_rejected_rows_are_1(cli, tmp_path):
    file = write_jsonl(tmp_path / "n.jsonl", [{"id": "1", "title": "甲"}, {"id": "2"}])
    whole = cli("import", "--data", tmp_path / "d", "--kind", "needs", file)
    assert whole.returncode == 1
    assert cli("export", "--data", tmp_path / "d", "--kind", "needs").stdout == "[]\n"
    partly = cli("import", "--data", tmp_path / "d", "--kind", "needs", "--keep-going", "--report",
                 tmp_path / "r.csv", file)
    assert partly.returncode == 1 and len((tmp_path / "r.csv").read_text().splitlines()) == 2
    assert len(json.loads(cli("export", "--data", tmp_path / "d", "--kind", "needs").stdout)) == 1


def test_missing_directory_is_1_and_not_made(cli, tmp_path):
    for args in (["export", "--kind", "needs"], ["match", "--all"]):
        assert cli(*args, "--data", tmp_path / "none").returncode == 1
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_formats_hold_the_same_records(cli, sealed_data, kind):
    def export(form):
        return cli("export", "--data", sealed_data, "--kind", kind, "--format", form).stdout
    records = json.loads(export("json"))
    ids = [r["id"] for r in records]
    assert ids == sorted(ids, key=str.encode) and len(ids) >= 40
    assert [json.loads(line) for line in export("jsonl").splitlines()] == records
    rows = list(csv.DictReader(io.StringIO(export("csv"))))
    name = "name" if kind == "orgs" else "title"
    assert [(r["id"], r[name]) for r in rows] == [(r["id"], r[name]) for r in records]
    assert len(export("table").splitlines()) == len(records) + 1


@pytest.mark.parametrize("form", ["json", "jsonl", "csv"])
def test_what_was_exported_can_be_imported_and_is_the_same(cli, sealed_data, tmp_path, form):
    suffix = "csv" if form == "csv" else "jsonl"
    for kind in KINDS:
        before = cli("export", "--data", sealed_data, "--kind", kind, "--format", form).stdout
        file = tmp_path / f"{kind}.{suffix}"
        file.write_text(before, encoding="utf-8", newline="")
        done = cli("import", "--data", tmp_path / "d", "--kind", kind, file)
        assert done.returncode == 0, done.stderr
        assert cli("export", "--data", tmp_path / "d", "--kind", kind, "--format", form).stdout == before


def test_the_owner_of_the_directory_exports_everything(cli, sealed_data):
    text = cli("export", "--data", sealed_data, "--kind", "orgs").stdout
    assert SEALED["contact_phone"] in text
    assert SEALED["text"] in cli("export", "--data", sealed_data, "--kind", "needs", "--format", "csv").stdout


# ---------------------------------------------------------------- match

def test_match_prints_one_object_and_all_an_array(cli, sealed_data):
    one = cli("match", "--data", sealed_data, "--need", "need-x", "--top", "3")
    assert one.returncode == 0 and "没有语义模型" in one.stderr
    answer = json.loads(one.stdout)
    assert answer["need"]["id"] == "need-x" and answer["lexical_only"] is True
    every = json.loads(cli("match", "--data", sealed_data, "--all", "--top", "3").stdout)
    assert answer in every and len(every) > 60
    lines = cli("match", "--data", sealed_data, "--all", "--top", "3", "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line) for line in lines] == every


def test_match_from_every_side(cli, sealed_data):
    for args, head, item in [
            (["--need", "sample:need-001"], "need", "capability"),
            (["--need", "need-001", "--target", "orgs"], "need", "org"),
            (["--bottleneck", "bot-001"], "bottleneck", "capability"),
            (["--capability", "cap-x"], "capability", "need"),
            (["--org", "org-042"], "org", "need"),
            (["--text", "电池胀气"], "need", "capability"),
            (["--text", "电池胀气", "--target", "needs"], "capability", "need")]:
        done = cli("match", "--data", sealed_data, *args)
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        assert head in answer
        assert all(item in m for m in answer["matches"] + answer["nearest"])


def test_no_match_is_a_result(cli, sealed_data):
    done = cli("match", "--data", sealed_data, "--text", "zqxj wvkp")
    assert done.returncode == 0 and json.loads(done.stdout)["level"] == "none"
    table = cli("match", "--data", sealed_data, "--text", "zqxj wvkp", "--format", "table")
    assert "本库暂无合适匹配" in table.stdout


def test_match_of_nothing_is_1(cli, sealed_data):
    done = cli("match", "--data", sealed_data, "--need", "nobody")
    assert done.returncode == 1 and "nobody" in done.stderr and not done.stdout


def test_match_in_rows(cli, sealed_data):
    args = ["match", "--data", sealed_data, "--need", "need-x", "--top", "4"]
    answer = json.loads(cli(*args).stdout)
    rows = list(csv.DictReader(io.StringIO(cli(*args, "--format", "csv").stdout)))
    if answer["matches"]:
        assert [r["id"] for r in rows] == [m["capability"]["id"] for m in answer["matches"]]
    assert len(cli(*args, "--format", "table").stdout.splitlines()) == len(rows) + 1


@pytest.mark.parametrize("args", [["match", "--all", "--target", "orgs"], ["export", "--kind", "capabilities"],
                                  ["match", "--text", "电池", "--format", "table"]])
def test_equal_input_gives_equal_bytes(cli, sealed_data, args):
    first, second = (cli(*args, "--data", sealed_data).stdout for _ in range(2))
    assert first == second and first


def test_a_server_may_run_beside(cli, server):
    assert cli("match", "--data", server.data, "--need", "need-x").returncode == 0


# ---------------------------------------------------------------- rank

@pytest.fixture
def collection(tmp_path):
    write_jsonl(tmp_path / "q.jsonl", [
        {"id": "q1", "title": "造纸污泥处理", "text": "造纸厂污泥制砖"}, {"id": "q2", "text": "lithium battery anode"},
        {"id": "q3", "title": "无关"}])
    write_jsonl(tmp_path / "c.jsonl", [
        {"id": "d1", "title_words": "造纸厂 污泥 制备 UV LED 技术"}, {"id": "d2", "title": "电池", "text": "锂电池负极材料"},
        {"id": "d3", "abstract": "Anode materials of lithium batteries. They swell."}, {"id": "d4", "text": "造纸。污泥。"}])
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t3\nq1\td2\t1\nq2\td3\t2\nq2\td1\t1\n")
    return tmp_path


def rank(cli, folder, *more):
    return cli("rank", "--queries", folder / "q.jsonl", "--corpus", folder / "c.jsonl", "--cache", folder / "cache", *more)


def read_run(text):
    rows = [line.split(" ") for line in text.splitlines()]
    assert all(len(r) == 6 and r[1] == "Q0" and r[5] == "hongniang" for r in rows)
    for query in {r[0] for r in rows}:
        own = [r for r in rows if r[0] == query]
        assert [int(r[3]) for r in own] == list(range(1, len(own) + 1))
        assert own == sorted(own, key=lambda r: (-float(r[4]), r[2]))
    return rows


def test_run(cli, collection):
    done = rank(cli, collection, "--levels", collection / "levels")
    assert done.returncode == 0, done.stderr
    rows = read_run(done.stdout)
    assert len(rows) == 12
    best = {r[0]: r[2] for r in rows if r[3] == "1"}
    assert best["q1"] in ("d1", "d4") and best["q2"] == "d3"
    levels = dict(line.split("\t")[:2] for line in (collection / "levels").read_text().splitlines())
    assert set(levels) == {"q1", "q2", "q3"} and set(levels.values()) <= {"strong", "good", "weak", "none"}
    assert rank(cli, collection).stdout == done.stdout
    assert len(read_run(rank(cli, collection, "--top", "2").stdout)) == 6


def test_judged_prints_the_listed_pairs_and_nothing_else(cli, collection):
    done = rank(cli, collection, "--judged", collection / "qrels.tsv")
    assert done.returncode == 0
    assert {(r[0], r[2]) for r in read_run(done.stdout)} == {("q1", "d1"), ("q1", "d2"), ("q2", "d3"), ("q2", "d1")}
    full = {(r[0], r[2]): r[4] for r in read_run(rank(cli, collection).stdout)}
    assert all(full[r[0], r[2]] == r[4] for r in read_run(done.stdout))


def test_judged_pairs_that_are_not_there_are_said(cli, collection):
    with open(collection / "qrels.tsv", "a") as f:
        f.write("q1\tnobody\t1\n")
    done = rank(cli, collection, "--judged", collection / "qrels.tsv")
    assert done.returncode == 1 and "1" in done.stderr and len(done.stdout.splitlines()) == 4


def test_organisations(cli, collection):
    write_jsonl(collection / "o.jsonl", [
        {"id": "o1", "name": "纸厂", "patents": ["d1", "d4"]}, {"id": "o2", "docs": ["d2", "unknown"]},
        {"id": "o3", "profile_papers": [{"id": "d3", "title": "x"}, {"id": "p9", "title": "Anode", "abstract": "lithium"}]}])
    done = rank(cli, collection, "--orgs", collection / "o.jsonl")
    assert done.returncode == 0
    best = {r[0]: r[2] for r in read_run(done.stdout) if r[3] == "1"}
    assert best["q1"] == "o1" and best["q2"] == "o3"
    (collection / "oq.tsv").write_text("q1\to1\t1\nq1\to2\t0\n")
    judged = rank(cli, collection, "--orgs", collection / "o.jsonl", "--judged", collection / "oq.tsv")
    assert {(r[0], r[2]) for r in read_run(judged.stdout)} == {("q1", "o1"), ("q1", "o2")}


@pytest.mark.parametrize("line", ['{"title":"no id"}', '{"id":"a b","title":"x"}', '{"id":"d1","title":"twice"}', "{", "[]",
                                  '{"id":"x","title":{}}', "\xff"])
def test_damaged_corpus_names_the_line(cli, collection, line):
    with open(collection / "c.jsonl", "a", encoding="latin-1") as f:
        f.write(line + "\n")
    done = rank(cli, collection)
    assert done.returncode == 1 and "5" in done.stderr and not done.stdout


def test_rank_without_files_is_1(cli, tmp_path):
    assert rank(cli, tmp_path).returncode == 1


# ---------------------------------------------------------------- embed

def test_embed_without_a_model_is_1(cli):
    done = cli("embed", "--kind", "query")
    assert done.returncode == 1 and done.stderr and not done.stdout


MODEL = shared.ROOT / "build/model/e5-small-q4.bin"


@pytest.mark.skipif(not MODEL.exists(), reason="no model")
def test_embed_writes_a_row_for_each_line():
    import numpy as np
    text = "电主轴\n\nspindle bearing\r\n最后一行没有换行".encode()
    done = subprocess.run([shared.program(), "embed", "--kind", "passage", "--model", MODEL], input=text,
                          stdout=subprocess.PIPE, check=True)
    rows = np.frombuffer(done.stdout, "<f4").reshape(-1, 384)
    assert rows.shape == (4, 384) and np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert rows[0] @ rows[2] > rows[1] @ rows[2]
