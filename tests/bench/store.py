"""Data directories of any size with all their vectors, and a server over one."""

import json
import shutil
import socket
import subprocess
import time
import urllib.request

import data
from common import SCRATCH, environment

ORGS = 5000


def made_up(texts, n):
    """n capabilities of the mixed texts, shared out among ORGS organisations."""
    with open(texts, encoding="utf-8") as f:
        for i, line in zip(range(n), f):
            title, text = line.rstrip("\n").split("\t")
            yield {"id": f"c{i}", "title": title, "text": text, "kind": "achievement", "visibility": "public",
                   "org_name": f"单位{i % ORGS}"}


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


def give_vectors(bench, folder, rows, n, per, texts):
    """The program will find a vector for each text, as if it had embedded it."""
    process = subprocess.Popen([bench.build / "bench/fill_cache", folder, bench.model, rows, str(n), str(per)],
                               stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment(1))
    for text in texts:
        process.stdin.write(text.encode() + b"\0")
    process.stdin.close()
    if process.wait():
        raise RuntimeError("fill_cache failed")


def needs_store(bench):
    """The real needs alone, embedded, from which all others begin."""
    folder = SCRATCH / "store-needs"
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        rows = [{"id": f"n{i}", "title": t, "text": x} for i, (t, x) in enumerate(data.needs())]
        hongniang(bench, "import", "--data", folder, "--kind", "needs", write_lines(SCRATCH / "needs.jsonl", rows))
        hongniang(bench, "match", "--data", folder, "--need", "n0")
        (folder / "done").touch()
    return folder


def store(bench, n):
    """A data directory with n capabilities and the real needs. Returns it and the seconds of its import."""
    folder = SCRATCH / f"store-{n}"
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(needs_store(bench), folder, ignore=shutil.ignore_patterns("done"))
        texts, rows = data.texts(n)[0], data.vectors(n, bench.program)[0]
        records = SCRATCH / f"capabilities-{n}.jsonl"
        write_lines(records, made_up(texts, n))
        start = time.perf_counter()
        hongniang(bench, "import", "--data", folder, "--kind", "capabilities", records)
        seconds = time.perf_counter() - start
        records.unlink()
        give_vectors(bench, folder, rows, n, 2,
                     (t for r in made_up(texts, n) for t in (r["title"], f"{r['title']}\n{r['text']}")))
        give_vectors(bench, folder, rows, min(n, ORGS), 1, (f"单位{i}" for i in range(min(n, ORGS))))
        (folder / "done").write_text(str(seconds))
    return folder, float((folder / "done").read_text())


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """`hongniang serve` on the loopback, until the end of the with block."""

    def __init__(self, bench, folder):
        port = free_port()
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
