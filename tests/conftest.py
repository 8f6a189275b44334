"""What the Python tests share: the program, its command line, and a server over the sample data."""

import json
import os
import socket
import subprocess
import time
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "corpus/sample"
SHARED = ROOT.parent / "shared"
KINDS = ["orgs", "needs", "capabilities", "bottlenecks", "introductions", "consortia"]


def program():
    return os.environ.get("HONGNIANG_BIN", str(ROOT / "build/hongniang"))


def run_program(*args, **options):
    """Run the program to its end: .returncode, .stdout and .stderr as text."""
    return subprocess.run([program(), *map(str, args)], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600, **options)


class Server:
    """`hongniang serve` on a free port of the loopback, until stop()."""

    def __init__(self, data, *args):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        self.data = Path(data)
        self.url = f"http://127.0.0.1:{port}"
        self.log = self.data.parent / f"serve-{port}.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [program(), "serve", "--data", str(data), "--listen", f"127.0.0.1:{port}", *args],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._wait_until_up()

    def _wait_until_up(self, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            try:
                requests.get(self.url + "/healthz", timeout=1)
                return
            except requests.RequestException:
                time.sleep(0.05)
        self.process.kill()
        raise RuntimeError("the server did not come up:\n" + self.text())

    def text(self):
        """What the server has printed so far."""
        return self.log.read_text(errors="replace")

    def stop(self):
        self.process.terminate()
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


@pytest.fixture(scope="session")
def run():
    return run_program


@pytest.fixture(scope="session")
def sample_data(tmp_path_factory):
    """A data directory holding the sample; shared, so do not write to it."""
    data = tmp_path_factory.mktemp("sample") / "data"
    for kind in KINDS:
        done = run_program("import", "--data", data, "--kind", kind, "--source", "sample",
                           SAMPLE / f"{kind}.jsonl")
        assert done.returncode == 0, done.stderr
    return data


@pytest.fixture(scope="session")
def sample_server(sample_data):
    """A server over the sample data, for the whole run; tests that write use a Server of their own."""
    server = Server(sample_data)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sample():
    """The sample records as they stand in the files: sample["needs"][0]["title"]."""
    return {kind: [json.loads(line) for line in (SAMPLE / f"{kind}.jsonl").open(encoding="utf-8")]
            for kind in KINDS}
