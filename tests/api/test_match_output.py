"""`match --all --output`: row by row into a file, gone on with where it was broken off."""

import os
import shutil
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def match(data, file, *more):
    return ["match", "--data", data, "--all", "--target", "needs", "--output", file, *more]


def break_off(data, file):
    """Kills a run once it has written its first line."""
    program = os.environ.get("HONGNIANG_BIN", ROOT / "build/hongniang")
    process = subprocess.Popen([program, *map(str, match(data, file))], stderr=subprocess.DEVNULL)
    while process.poll() is None and not (file.exists() and file.stat().st_size):
        time.sleep(0.001)
    process.kill()
    process.wait()


def test_a_broken_run_is_gone_on_with(run, sample_data, tmp_path):
    data, whole, file = tmp_path / "data", tmp_path / "whole.jsonl", tmp_path / "file.jsonl"
    part = tmp_path / "file.jsonl.part"
    shutil.copytree(sample_data, data)
    assert run(*match(data, whole)).returncode == 0
    lines = whole.read_bytes().splitlines(keepends=True)
    assert len(lines) > 100 and list(tmp_path.glob("*.part")) == []
    assert run(*match(data, whole)).returncode == 1  # it is complete already
    assert whole.read_bytes() == b"".join(lines)

    break_off(data, file)
    assert part.exists() and file.read_bytes() != whole.read_bytes()
    with open(file, "ab") as f:
        f.write(b'{"torn')
    other = run(*match(data, file, "--top", "3"))
    assert other.returncode == 1 and part.exists()
    assert run(*match(data, file)).returncode == 0
    assert file.read_bytes() == whole.read_bytes() and not part.exists()


def test_an_output_goes_with_all_needs_and_lines(run, sample_data, tmp_path):
    file = tmp_path / "x"
    assert run("match", "--data", sample_data, "--text", "轴承", "--output", file).returncode == 2
    assert run(*match(sample_data, file, "--format", "table")).returncode == 2
    assert not file.exists()
    assert run(*match(sample_data, tmp_path / "absent" / "x")).returncode == 1
