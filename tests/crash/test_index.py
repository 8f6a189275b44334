"""What is kept of an index beside the database: whenever the program dies, and whatever happens to the
database meanwhile, answers are those of the records as they are. (What the files hold, and damaged
ones: tests/unit/index_documents.c, index_engine.c, index_indexer.c.)"""

import json
import os
import shutil
import signal
import time

import pytest
import requests

from conftest import Server, run_program

ROWS = 9000  # as many as are kept
WORDS = ["bearing", "gear", "coating", "laser", "battery", "polishing", "valve", "sensor"]
QUESTIONS = ["bearing coating w7 round1", "laser battery w77", "gear valve sensor w3 round4", "round2 w12"]


@pytest.fixture(autouse=True)
def no_model(monkeypatch):
    """Words alone: embedding so many texts would take minutes."""
    monkeypatch.setenv("HONGNIANG_MODEL", "/nonexistent")


def write(path, ids, state):
    with open(path, "w", encoding="utf-8") as f:
        for i in ids:
            row = {"id": f"c{i}", "title": f"{WORDS[i % 8]} {WORDS[i // 8 % 8]} t{i}",
                   "text": f"{WORDS[i // 64 % 8]} w{i % 97} {state} x{i}"}
            f.write(json.dumps(row) + "\n")
    return path


def store(data, ids, state):
    done = run_program("import", "--data", data, "--kind", "capabilities",
                       write(data.parent / "rows.jsonl", ids, state))
    assert done.returncode == 0, done.stderr


def answers(data):
    outputs = [run_program("match", "--data", data, "--text", text, "--top", "20") for text in QUESTIONS[:2]]
    for done in outputs:
        assert done.returncode == 0, done.stderr
    return [done.stdout for done in outputs]


def answers_afresh(data):
    """Of the database alone."""
    other = data.parent / "afresh"
    shutil.rmtree(other, ignore_errors=True)
    other.mkdir()
    for name in ["hongniang.db", "hongniang.db-wal"]:
        if (data / name).exists():
            shutil.copy(data / name, other)
    return answers(other)


def ready(server, seconds=120):
    end = time.monotonic() + seconds
    while requests.get(server.url + "/readyz", timeout=10).status_code != 200:
        assert time.monotonic() < end, server.text()
        time.sleep(0.02)


def run_server(data):
    """From start to a clean end, which keeps the index."""
    server = Server(data)
    ready(server)
    server.stop()
    return server.text()


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    store(folder, range(ROWS), "round0")
    return folder


def test_killed_at_many_moments(data):
    """While it loads, follows, merges, keeps files."""
    start = time.monotonic()
    run_server(data)
    whole = time.monotonic() - start
    assert (data / "index.bin").exists()
    for step in range(8):
        server = Server(data)
        if step % 2:
            ready(server)
        store(data, range(step * 700, step * 700 + 600 * (step % 3 + 1)), f"round{step}")
        store(data, range(ROWS + step * 900, ROWS + step * 900 + 900), f"round{step}")
        time.sleep(whole * step / 8)
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        assert answers(data) == answers_afresh(data), f"step {step}"
    run_server(data)
    assert answers(data) == answers_afresh(data)
    leftovers = [p.name for p in data.iterdir() if not p.name.endswith((".bin", ".db", ".lock", "-wal", "-shm"))]
    assert not leftovers, "half-written files stay"


def test_killed_while_it_keeps_files(data):
    """The first index of all is being written."""
    for step in range(6):
        server = Server(data)
        ready(server)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(step * 0.01)
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        assert answers(data) == answers_afresh(data), f"step {step}"
        store(data, range(step * 100, step * 100 + 50), f"round{step}")


def test_restored_backup(data):
    """The database of before, and one that went another way from there."""
    run_server(data)
    backup = data.parent / "backup.db"
    shutil.copy(data / "hongniang.db", backup)
    before = answers(data)
    store(data, range(500), "round1")
    run_server(data)
    assert answers(data) != before
    for state, rows in [(None, 0), ("round2", 500), ("round3", 300), ("round4", 700)]:
        for name in ["hongniang.db-wal", "hongniang.db-shm"]:
            (data / name).unlink(missing_ok=True)
        shutil.copy(backup, data / "hongniang.db")
        if state:
            store(data, range(1000, 1000 + rows), state)
        else:
            assert answers(data) == before
        assert answers(data) == answers_afresh(data), state
        run_server(data)
        assert answers(data) == answers_afresh(data), state


def test_a_start_reads_no_records(data):
    run_server(data)
    text = run_server(data)
    assert "kept segments" not in text, "nothing changed, nothing is written"
    os.remove(data / "index.bin")
    assert "kept segments" in run_server(data)


def test_disk_full(data):
    """There is no room for the files: nothing is kept, and all goes on."""
    import resource

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200 << 10, 200 << 10))

    done = run_program("match", "--data", data, "--text", QUESTIONS[0], "--top", "20", preexec_fn=limit)
    assert done.returncode == 0, done.stderr
    assert done.stdout == answers_afresh(data)[0]
    assert not (data / "index.bin").exists()
    assert not [p for p in data.iterdir() if "-" in p.name and p.name.count(".") > 1]
