"""Data directories of any size with all their vectors, and a server over one."""

import json
import shutil
import socket
import subprocess
import time
import urllib.request

import numpy as np

import data
from common import SCRATCH, environment

ORGS = 5000


def write_lines(path, rows):
    with open(path, "w", encoding="utf-8") as f:
        for row in rows:
            f.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


def hongniang(bench, *args, **options):
    done = subprocess.run([bench.program, *map(str, args)], text=True, encoding="utf-8", stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={**environment(bench.threads), "HONGNIANG_MODEL": str(bench.model)}, **options)
    if done.returncode:
        raise RuntimeError(f"hongniang {args[0]} failed: {done.stderr[-300:]}")
    return done.stdout


def parts(bench):
    """The real texts and their vectors, of which records are mixed; embedded by the program, once."""
    rows = data.real_texts()[0]
    folder = embedded(bench, "parts", "capabilities",
                      [{"id": f"p{i}", "title": t, "text": x} for i, (t, x) in enumerate(rows)])
    path = max(folder.glob("vectors-*.bin"), key=lambda f: f.stat().st_size)
    titles, whole = (data.kept_vectors(path, "p", texts)
                     for texts in ([t for t, _ in rows], [f"{t}\n{x}" for t, x in rows]))
    return rows, np.stack([titles, whole], axis=1)


def embedded(bench, name, kind, rows):
    """A data directory of these records alone, all embedded."""
    folder = SCRATCH / f"store-{name}"
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        hongniang(bench, "import", "--data", folder, "--kind", kind, write_lines(SCRATCH / f"{name}.jsonl", rows))
        hongniang(bench, "match", "--data", folder, "--text", "0")
        (folder / "done").touch()
    return folder


def needs_store(bench):
    """The real needs, from which all others begin."""
    return embedded(bench, "needs", "needs",
                    [{"id": f"n{i}", "title": t, "text": x} for i, (t, x) in enumerate(data.needs())])


def write_records(bench, n, folder, path):
    """n capabilities, shared out among ORGS organisations, to a file for import; and their vectors, which
    the program will find in the folder as if it had embedded them."""
    process = subprocess.Popen([bench.build / "bench/fill_cache", folder, bench.model], stdin=subprocess.PIPE,
                               stdout=subprocess.DEVNULL, env=environment(1))

    def give(text, vector):
        process.stdin.write(text.encode() + b"\0" + vector.tobytes())
    with open(path, "w", encoding="utf-8") as f:
        number = 0
        for texts, vectors in data.records(n, parts(bench)):
            for (title, text), (of_title, of_all) in zip(texts, vectors):
                row = {"id": f"c{number}", "title": title, "text": text, "kind": "achievement",
                       "visibility": "public", "org_name": f"单位{number % ORGS}"}
                f.write(json.dumps(row, ensure_ascii=False) + "\n")
                give(title, of_title)
                give(f"{title}\n{text}", of_all)
                if number < ORGS:
                    give(f"单位{number}", of_title)
                number += 1
    process.stdin.close()
    if process.wait():
        raise RuntimeError("fill_cache failed")


def store(bench, n):
    """A data directory with n capabilities and the real needs. Returns it and the seconds of its import."""
    folder = SCRATCH / f"store-{n}"
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(needs_store(bench), folder, ignore=shutil.ignore_patterns("done"))
        path = SCRATCH / f"capabilities-{n}.jsonl"
        write_records(bench, n, folder, path)
        start = time.perf_counter()
        hongniang(bench, "import", "--data", folder, "--kind", "capabilities", path)
        seconds = time.perf_counter() - start
        path.unlink()
        (folder / "done").write_text(str(seconds))
    return folder, float((folder / "done").read_text())


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """`hongniang serve` on the loopback, until the end of the with block."""

    def __init__(self, bench, folder):
        self.port = port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.log = SCRATCH / "serve.log"
        start = time.perf_counter()
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [bench.program, "serve", "--data", str(folder), "--listen", f"127.0.0.1:{port}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**environment(bench.threads), "HONGNIANG_MODEL": str(bench.model)})
        self.healthy_s = self._wait("/healthz", start)
        self.ready_s = self._wait("/readyz", start)

    def _wait(self, path, start, most=900):
        while time.perf_counter() - start < most:
            if self.process.poll() is not None:
                raise RuntimeError("serve ended: " + self.log.read_text(errors="replace")[-300:])
            try:
                with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                    if answer.status == 200:
                        return time.perf_counter() - start
            except OSError:
                pass
            time.sleep(0.02)
        raise RuntimeError(f"no answer to {path} in {most} s")

    def get(self, path):
        """The body, and the seconds of the whole exchange over a connection of its own."""
        start = time.perf_counter()
        with urllib.request.urlopen(self.url + path, timeout=300) as answer:
            body = answer.read()
        return body, time.perf_counter() - start

    def resident(self):
        """Anonymous and file-backed memory, in MiB."""
        text = open(f"/proc/{self.process.pid}/status").read()
        return [int(text.split(f"{k}:")[1].split()[0]) >> 10 for k in ("RssAnon", "RssFile")]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
