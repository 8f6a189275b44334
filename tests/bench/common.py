"""What the sections of the bench share: drivers that take turns, pairs of runs, the table."""

import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).resolve().parent
SCRATCH = ROOT / "build/bench-data"


def kept(stem, key, suffix=""):
    """Where a peer's index lies that takes long to build: it is of the data that key stands for (bytes), and
    takes the place of the one of other data."""
    path = SCRATCH / f"{stem}-{hashlib.blake2b(key, digest_size=6).hexdigest()}{suffix}"
    for old in SCRATCH.glob(f"{stem}-{'?' * 12}*"):
        if not old.name.startswith(path.name.removesuffix(suffix)):
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    return path


class Absent(Exception):
    """A peer that cannot be had here; the bench lists it and goes on."""


def environment(threads):
    """Every library that would make threads of its own makes the same number."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
    return {**env, "OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads),
            "OMP_WAIT_POLICY": "PASSIVE"}


class Driver:
    """A program that keeps its data in memory and answers one line with one line of JSON."""

    def __init__(self, bench, *command):
        program = Path(command[0])
        if not program.exists():
            raise Absent(f"{program.name} is not there")
        if program.suffix == ".py":
            command = (sys.executable, *command)
        self.log = SCRATCH / f"{program.stem}.log"
        start = time.perf_counter()
        with open(self.log, "w") as log:
            self.process = subprocess.Popen([*map(str, command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=log, text=True, env=environment(bench.threads))
        self.ready = self._read()
        self.start_s = time.perf_counter() - start

    def _read(self):
        line = self.process.stdout.readline()
        if not line:
            code = self.process.wait()
            last = (self.log.read_text(errors="replace").strip().splitlines() or ["it said nothing"])[-1]
            raise Absent(f"{self.log.stem} ended with {code}: {last}")
        return json.loads(line)

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self._read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def pairs(rounds, a, b):
    """Runs a() and b(), which return seconds, in turns (A B, B A, ...) after one run of each that
    does not count. Returns the seconds of both."""
    a(), b()
    ta, tb = [], []
    for i in range(rounds):
        for f, t in ((a, ta), (b, tb)) if i % 2 == 0 else ((b, tb), (a, ta)):
            t.append(f())
    return ta, tb


def spread(values):
    """Median, least, greatest."""
    return [statistics.median(values), min(values), max(values)]


def ratios(over, under):
    """The ratios over/under pair by pair: median, least, greatest."""
    return spread([x / y for x, y in zip(over, under)])


def percentile(values, p):
    return sorted(values)[min(len(values) - 1, int(len(values) * p / 100))]


def number(x):
    return f"{x:.0f}" if abs(x) >= 1000 else f"{x:.3g}"


class Bench:
    """Options, and the table that grows."""

    def __init__(self, options):
        self.threads, self.rounds, self.sizes = options.threads, options.rounds, options.sizes
        self.build, self.model, self.memory = options.build, options.model, options.memory
        self.without = options.without.split(",")
        self.program = self.build / "hongniang"
        self.rows, self.facts, self.section = [], {}, ""

    def too_large(self, bytes_per_record, n):
        """Why n records are not tried, if a smaller collection says that they would not fit."""
        need = (bytes_per_record or 0) * n / 2**30
        return f"would take {need:.1f} GiB of the {self.memory:g} allowed (--memory)" if need > self.memory else None

    def allow(self, peer):
        if peer in self.without:
            raise Absent("left out (--without)")

    def driver(self, name, *args):
        return Driver(self, self.build / "bench" / name, *args)

    def peer(self, name, *args):
        return Driver(self, HERE / name, *args)

    def say(self, text):
        print(f"  {text}", flush=True)

    def fact(self, name, value):
        """Something measured that no goal speaks of."""
        self.facts[name] = value
        self.say(f"{name}: {value}")

    def row(self, what, values, unit="", goal="", met=None):
        """values: [median, least, greatest]; met: a function of the median, or None."""
        row = {"what": what, "value": values[0], "least": values[1], "greatest": values[2], "unit": unit,
               "goal": goal, "pass": None if met is None else bool(met(values[0]))}
        self.rows.append(row)
        print(render(row), flush=True)

    def absent(self, what, why):
        self.rows.append({"what": what, "absent": str(why), "pass": None})
        print(f"  {what:62} absent: {why}", flush=True)


def render(row):
    if "absent" in row:
        return f"  {row['what']:62} absent: {row['absent']}"
    verdict = {None: "", True: "pass", False: "MISS"}[row["pass"]]
    figure = f"{number(row['value'])}{row['unit']}"
    between = f"{number(row['least'])} to {number(row['greatest'])}" if row["least"] != row["greatest"] else ""
    return f"  {row['what']:62} {figure:>10}  {between:20} {row['goal']:14} {verdict}".rstrip()
