"""learn and replay: what is installed and when, the way back, a server that keeps up, rehearsals."""

import csv
import io
import json
import shutil
import time

import pytest
from api_client import Client, shared, start, without_model

PAIRS = shared.SAMPLE / "pairs.tsv"
NAMES = "need\tcapability\tgrade\n"


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """The sample with its introductions; shared, so do not write to it."""
    data = tmp_path_factory.mktemp("town") / "data"
    with without_model():
        for kind in [*shared.KINDS, "introductions"]:
            done = shared.run_program("import", "--data", data, "--kind", kind, "--source", "sample",
                                      shared.SAMPLE / f"{kind}.jsonl")
            assert done.returncode == 0, done.stderr
    return data


@pytest.fixture
def data(town, tmp_path):
    shutil.copytree(town, tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def cli(run):
    """The program without the model, in English."""
    def call(*args, **options):
        with without_model():
            return run("--lang", "en", *args, **options)
    return call


def files(data):
    return {p.name: p.read_bytes() for p in data.iterdir() if p.name.startswith("weights")}


def read_weights(path):
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {row["feature"]: float(row["weight"]) for row in csv.DictReader(lines, delimiter="\t")}


def counted(weights, names):
    """Of those features; one without weight is not shown."""
    return {n: w for n, w in weights.items() if n in names and w}


def weights_in_use(cli, data):
    done = cli("match", "--data", data, "--need", "need-001", "--top", 1)
    assert done.returncode == 0, done.stderr
    return {n: f["weight"] for n, f in json.loads(done.stdout)["matches"][0]["features"].items()}


# ---------------------------------------------------------------- learn

@pytest.mark.parametrize("args", [["learn"], ["learn", "--undo", "--introductions"], ["learn", "--pairs"], ["replay"],
                                  ["replay", "--save", "a", "--against", "b"], ["replay", "--weights"],
                                  ["replay", "--save", "a", "--target", "needs"]])
def test_wrong_usage_is_2(cli, args):
    done = cli(*args)
    assert done.returncode == 2 and done.stderr and not done.stdout


@pytest.mark.parametrize("command", ["learn", "replay"])
def test_help(cli, command):
    assert f"Usage: hongniang {command}" in cli(command, "--help").stdout


def test_without_the_model_nothing_is_installed_unasked(cli, data):
    done = cli("learn", "--data", data, "--pairs", PAIRS)
    assert done.returncode == 0 and "not installed, because" in done.stderr
    assert files(data) == {}


def test_a_report_is_the_same_twice_and_in_both_languages(cli, data, tmp_path):
    args = ["learn", "--data", data, "--pairs", PAIRS, "--introductions", "--dry-run"]
    first, second = cli(*args), cli(*args)
    assert first.returncode == 0 and first.stdout == second.stdout
    assert first.stdout.startswith("# Training report") and "| nDCG@10 | " in first.stdout
    assert not any("\u4e00" <= c <= "\u9fff" for c in first.stdout)
    with without_model():
        chinese = shared.run_program("--lang", "zh", *args, "--report", tmp_path / "r.md")
    assert chinese.returncode == 0 and chinese.stdout == ""
    assert (tmp_path / "r.md").read_text(encoding="utf-8").startswith("# 权重训练报告")
    assert files(data) == {}


def test_install_use_and_undo(cli, data):
    builtin = weights_in_use(cli, data)
    done = cli("learn", "--data", data, "--pairs", PAIRS, "--force")
    assert done.returncode == 0 and "are installed" in done.stderr
    learned = read_weights(data / "weights.tsv")
    assert set(files(data)) == {"weights.tsv"}
    assert learned["text_words"] != pytest.approx(builtin["text_words"])
    assert weights_in_use(cli, data) == pytest.approx(counted(learned, builtin))
    first = (data / "weights.tsv").read_bytes()
    assert first.startswith(b"# ") and PAIRS.name.encode() in first

    # a second one keeps the first, and undo goes to and fro
    assert cli("learn", "--data", data, "--pairs", PAIRS, "--force").returncode == 0
    second = (data / "weights.tsv").read_bytes()
    assert (data / "weights.previous.tsv").read_bytes() == first
    assert cli("learn", "--data", data, "--undo").returncode == 0
    assert files(data) == {"weights.tsv": first, "weights.previous.tsv": second}
    assert cli("learn", "--data", data, "--undo").returncode == 0
    assert files(data) == {"weights.tsv": second, "weights.previous.tsv": first}


def test_undo_of_the_first_weights_goes_back_to_the_built_in_ones(cli, data):
    nothing = cli("learn", "--data", data, "--undo")
    assert nothing.returncode == 1 and "no learned weights" in nothing.stderr
    builtin = weights_in_use(cli, data)
    assert cli("learn", "--data", data, "--pairs", PAIRS, "--force").returncode == 0
    learned = files(data)["weights.tsv"]
    assert "built-in" in cli("learn", "--data", data, "--undo").stderr
    assert weights_in_use(cli, data) == builtin
    assert cli("learn", "--data", data, "--undo").returncode == 0
    assert files(data) == {"weights.tsv": learned}


def test_what_is_learned_is_what_the_pairs_say(cli, data, tmp_path):
    """Grades made from the words of titles alone: they gain, the words of texts lose."""
    pairs = tmp_path / "pairs.tsv"
    done = cli("match", "--data", data, "--all", "--top", 12)
    with pairs.open("w", encoding="utf-8") as f:
        f.write(NAMES)
        for need in json.loads(done.stdout):
            order = sorted(need["matches"], key=lambda m: -m["features"]["title_words"]["value"])
            for i, m in enumerate(order):
                f.write(f"{need['need']['id']}\t{m['capability']['id']}\t{max(3 - i // 2, 0)}\n")
    before = weights_in_use(cli, data)
    done = cli("learn", "--data", data, "--pairs", pairs, "--out", tmp_path / "w.tsv")
    assert done.returncode == 0 and "rises by" in done.stderr and files(data) == {}
    learned = read_weights(tmp_path / "w.tsv")
    assert learned["title_words"] / max(learned["text_words"], 1e-6) > 3 * before["title_words"] / before["text_words"]


def by_need(grade, needs=30):
    return NAMES + "".join(f"need-{n:03}\tcap-{c:03}\t{grade(n, c)}\n" for n in range(1, needs + 1)
                           for c in range(1, 13))


@pytest.mark.parametrize("pairs,says", [
    (by_need(lambda n, c: n % 4), "all the same"),
    (by_need(lambda n, c: c % 4, needs=1), "at least 50 pairs of 10 needs"),
    (NAMES, "not one graded pair"),
    (NAMES + "need-001\tnobody\t3\n", "not one graded pair"),
])
def test_pairs_that_teach_nothing_are_a_result(cli, data, tmp_path, pairs, says):
    path = tmp_path / "pairs.tsv"
    path.write_text(pairs, encoding="utf-8")
    done = cli("learn", "--data", data, "--pairs", path)
    assert done.returncode == 0 and says in done.stderr, done.stderr
    assert files(data) == {}


def test_contradictions_are_averaged(cli, data, tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text(by_need(lambda n, c: c % 4) + by_need(lambda n, c: 3 - c % 4)[len(NAMES):], encoding="utf-8")
    done = cli("learn", "--data", data, "--pairs", path, "--force")
    assert done.returncode == 0 and "360 pairs were graded differently" in done.stderr
    assert "all the same" in done.stderr and files(data) == {}  # the means are, and --force cannot help


@pytest.mark.parametrize("text,line", [("need-001\tcap-001\tnan\n", 2), ("need-001\tcap-001\t5\n", 2),
                                       ("need-001\tcap-001\t3\nneed-001\n", 3), ("need-001 cap-001 3\n", 2)])
def test_damaged_pairs_are_refused_with_their_line_whatever_force(cli, data, tmp_path, text, line):
    path = tmp_path / "pairs.tsv"
    path.write_text(NAMES + text, encoding="utf-8")
    done = cli("learn", "--data", data, "--pairs", path, "--force")
    assert done.returncode == 1 and f"line {line}" in done.stderr and files(data) == {}


def test_damaged_weights_are_refused(cli, data):
    (data / "weights.tsv").write_text("feature\tweight\tmean\tscale\ntitle_words\tnan\t0\t1\n")
    for command in (["match", "--need", "need-001"], ["learn", "--pairs", PAIRS], ["replay", "--save", "r"]):
        done = cli(*command, "--data", data)
        assert done.returncode == 1 and "line 2" in done.stderr and not done.stdout
    with without_model():
        done = shared.run_program("--lang", "en", "serve", "--data", data, "--listen", "127.0.0.1:0")
    assert done.returncode == 1 and "line 2" in done.stderr


# ---------------------------------------------------------------- server

def served(client, until=None, seconds=15):
    """ETag and weights of a need's best match, once they are other than `until`."""
    end = time.monotonic() + seconds
    while True:
        r = client.get("/api/v1/needs/sample:need-001/matches")
        features = r.json()["matches"][0]["features"]
        found = r.headers["ETag"], {n: f["weight"] for n, f in features.items()}
        if found[1] != until or time.monotonic() > end:
            return found
        time.sleep(0.2)


def test_a_running_server_takes_up_new_weights(cli, data):
    server = start(data)
    try:
        client = Client(server)
        etag, before = served(client)
        assert cli("learn", "--data", data, "--pairs", PAIRS, "--force").returncode == 0
        new_etag, after = served(client, until=before)
        assert after != before and new_etag != etag
        assert after == pytest.approx(counted(read_weights(data / "weights.tsv"), before))

        (data / "weights.tsv").write_text("nonsense\n")
        for _ in range(60):
            if "weights_columns" in server.text():
                break
            time.sleep(0.2)
        assert "kept=1 code=weights_columns" in server.text()
        assert served(client, seconds=0)[1] == after
        (data / "weights.tsv").unlink()
        assert served(client, until=after)[1] == before
    finally:
        server.stop()


# ---------------------------------------------------------------- replay

@pytest.fixture
def other(cli, data, tmp_path):
    """Weights that count the words of titles alone."""
    path = tmp_path / "other.tsv"
    assert cli("learn", "--data", data, "--pairs", PAIRS, "--out", path).returncode == 0
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    path.write_text("".join("\t".join([r[0], "1" if r[0] == "title_words" else "0", *r[2:]]) + "\n"
                            if len(r) == 4 and r[0] != "feature" else "\t".join(r) + "\n" for r in rows),
                    encoding="utf-8")
    return path


def test_replay_of_other_weights(cli, data, other, sample):
    done = cli("replay", "--data", data, "--weights", other, "--pairs", PAIRS)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    summary = found["summary"]
    assert summary["needs"] == len(sample["needs"]) + len(sample["bottlenecks"]) == len(found["needs"])
    assert summary["weights"]["before"] != summary["weights"]["after"]
    assert 0 < summary["unchanged"] + summary["same"] < 10 * summary["needs"]
    assert summary["unchanged"] < summary["needs"]
    assert sum(side["before"] for side in summary["levels"].values()) == summary["needs"]
    for need in found["needs"]:
        assert 0 <= need["same"] <= 10 and need["shown"]["before"] <= 10
        for pair in need["graded"]:
            assert pair["before"] >= 1 and pair["after"] >= 1
    assert summary["newcomers"]["before"] > 0 and 0 < summary["newcomer_rank"]["before"] < 1
    assert summary["fits"] > 50
    assert "Newcomers" in done.stderr and "First ten" in done.stderr

    alone = json.loads(cli("replay", "--data", data, "--weights", other).stdout)
    known = [g["grade"] for n in alone["needs"] for g in n["graded"]]
    assert None in known and 3 in known and len(known) < 30  # cases under way are followed too

    # the places are those that match shows
    need = next(n for n in found["needs"] if n["id"] == "sample:need-001")
    shown = json.loads(cli("match", "--data", data, "--need", "need-001", "--top", 100).stdout)
    places = {m["capability"]["id"]: m["rank"] for m in shown["matches"]}
    assert need["graded"] and all(g["before"] == places.get(g["id"], g["before"]) for g in need["graded"])
    assert need["level"]["before"] == shown["level"]


def test_replay_against_a_saved_ranking(cli, data, other, tmp_path):
    saved = tmp_path / "today.tsv"
    done = cli("replay", "--data", data, "--save", saved)
    assert done.returncode == 0 and not done.stdout and str(saved) in done.stderr
    again = json.loads(cli("replay", "--data", data, "--against", saved).stdout)["summary"]
    assert again["unchanged"] == again["needs"] and again["up"] == again["down"] == 0
    assert again["newcomers"]["before"] == again["newcomers"]["after"]

    direct = json.loads(cli("replay", "--data", data, "--weights", other).stdout)
    shutil.copy(other, data / "weights.tsv")
    later = json.loads(cli("replay", "--data", data, "--against", saved).stdout)
    assert later == direct

    wrong = cli("replay", "--data", data, "--against", PAIRS)
    assert wrong.returncode == 1 and "line 1" in wrong.stderr
    wrong = cli("replay", "--data", data, "--against", saved, "--target", "orgs")
    assert wrong.returncode == 1 and "capabilities" in wrong.stderr


@pytest.mark.parametrize("target", ["capabilities", "orgs"])
def test_formats(cli, data, other, target):
    args = ["replay", "--data", data, "--weights", other, "--target", target, "--format"]
    rows = list(csv.DictReader(io.StringIO(cli(*args, "csv").stdout)))
    lines = [json.loads(line) for line in cli(*args, "jsonl").stdout.splitlines()]
    assert len(rows) == len(lines) and rows[0]["need"] == lines[0]["id"]
    table = cli(*args, "table")
    assert "needs were compared" in table.stdout and table.stderr.count("\n") <= 3
    with without_model():
        chinese = shared.run_program("--lang", "zh", *args, "table")
    assert "新单位" in chinese.stdout
