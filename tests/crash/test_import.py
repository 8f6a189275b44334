"""An import that dies half way, or that finds no room: nothing of the file is there, and nothing that
was there before is lost. (How the store itself stands kill -9 is tests/unit/corpus_store_open.c.)"""

import json
import os
import resource
import signal
import sqlite3
import subprocess
import time

import pytest

from conftest import program, run_program

ROWS = 6000


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A small file, which is stored first, and a large one."""
    folder = tmp_path_factory.mktemp("files")
    for name, rows, text in [("small", 20, "short"), ("large", ROWS, "a longer text " * 40)]:
        with open(folder / f"{name}.jsonl", "w", encoding="utf-8") as f:
            for i in range(rows):
                f.write(json.dumps({"id": f"{name}-{i}", "title": f"title {i}", "text": text}) + "\n")
    return folder


@pytest.fixture
def data(files, tmp_path):
    """A data directory with the small file in it."""
    done = import_file(tmp_path / "data", files / "small.jsonl")
    assert done.returncode == 0, done.stderr
    return tmp_path / "data"


def arguments(data, file):
    return "import", "--data", data, "--kind", "capabilities", file


def import_file(data, file, **options):
    return run_program(*arguments(data, file), "--lang", "en", **options)


def stored(data):
    """What is in the database, by the library itself; it must be sound."""
    db = sqlite3.connect(data / "hongniang.db")
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    counts = {db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("capability", "change")}
    db.close()
    assert len(counts) == 1, "records and changes differ"
    return counts.pop()


def test_killed_at_many_moments(data, files):
    """kill -9 from the start to the end of an import: all of the file or nothing of it."""
    start = time.monotonic()
    assert import_file(data.parent / "measure", files / "large.jsonl").returncode == 0
    whole = time.monotonic() - start
    outcomes = []
    for step in range(10):
        process = subprocess.Popen([program(), *map(str, arguments(data, files / "large.jsonl"))],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        time.sleep(whole * step / 10)
        process.send_signal(signal.SIGKILL)
        code = process.wait()
        count = stored(data)
        assert count in (20, 20 + ROWS)
        if code == 0:
            assert count == 20 + ROWS
        outcomes.append(count)
    assert outcomes[0] == 20
    done = import_file(data, files / "large.jsonl")
    assert done.returncode == 0, done.stderr
    assert stored(data) == 20 + ROWS


def test_file_may_not_grow(data, files):
    """A limit of the size of files, as a quota would set it."""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 20, 2 << 20))

    done = import_file(data, files / "large.jsonl", preexec_fn=limit)
    assert done.returncode == 1
    assert "disk is full" in done.stderr
    assert stored(data) == 20


def test_disk_full(files, tmp_path):
    """A real file system without room, where this machine lets us mount one."""
    small = tmp_path / "disk"
    small.mkdir()
    if os.getuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", small],
                                          stderr=subprocess.DEVNULL).returncode:
        pytest.skip("may not mount a small file system here")
    try:
        assert import_file(small / "data", files / "small.jsonl").returncode == 0
        done = import_file(small / "data", files / "large.jsonl")
        assert done.returncode == 1
        assert "disk is full" in done.stderr
        assert stored(small / "data") == 20
        assert import_file(small / "data", files / "small.jsonl").returncode == 0
    finally:
        subprocess.run(["umount", small], check=True)


def test_damaged_database(data, files):
    with open(data / "hongniang.db", "r+b") as f:
        f.write(b"Z" * 4096)
    done = import_file(data, files / "small.jsonl")
    assert done.returncode == 1
    assert "damaged" in done.stderr and "backup" in done.stderr
