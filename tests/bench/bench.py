#!/usr/bin/env python3
"""Speed of the search core against peers on the same data in one run: `make bench`.

    tests/bench/bench.py [--only SECTION,...] [--sizes 100000,1000000] [--rounds 5]
                         [--threads 2] [--memory 6]

Prints what machine this is and what it can do, then a table: goal, median, least and greatest of the
paired runs, and whether the goal is met. JSON in build/bench.json; sections that did not run keep
the figures they have there, each with the yardstick of its own run. README.md tells how to read it.
Exit 1 when a goal is missed.
"""

import argparse
import datetime
import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from common import ROOT, SCRATCH, Absent, Bench, spread  # noqa: E402

# Section: the module that measures it, run(bench).
SECTIONS = {"vectors": "bench_vectors", "lexical": "bench_lexical", "http": "bench_http",
            "encoder": "bench_encoder", "match": "bench_match", "growth": "bench_growth"}
FEATURES = ("avx2 fma f16c avx_vnni avx512f avx512bw avx512_vnni avx512_bf16 amx_int8 amx_bf16 "
            "asimd asimddp i8mm bf16 sve").split()


def machine(bench):
    """What this machine is, and what raw products and reads give on these threads."""
    cpu = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*:\s*(.*)|CPU part\s*:\s*(.*)", cpu)
    flags = set(re.search(r"(?:flags|Features)\s*:\s*(.*)", cpu).group(1).split())
    facts = {"cpu": (model.group(1) or model.group(2)) if model else "?", "cpus": len(os.sched_getaffinity(0)),
             "features": [f for f in FEATURES if f in flags], "threads": bench.threads,
             "load": os.getloadavg()[0],
             "commit": subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, text=True,
                                      stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.strip()}
    with bench.driver("machine", bench.threads) as m:
        facts["openblas"] = m.ready["openblas"]
        rates = {"sgemm_gflops": ("sgemm 2048 2048 2048", 2 * 2048**3 / 1e9), "read_gb_per_s": ("read 512", 512 / 953.674)}
        for name, (command, work) in rates.items():
            m.ask(command)
            facts[name] = [round(x, 1) for x in spread([work / m.ask(command)["seconds"] for _ in range(7)])]
    return facts


def numbers(text):
    return [int(float(x)) for x in text.split(",")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=",".join(SECTIONS), help="sections, with commas: " + ", ".join(SECTIONS))
    parser.add_argument("--sizes", type=numbers, default=[100000, 1000000], help="records, with commas; default 1e5,1e6")
    parser.add_argument("--rounds", type=int, default=5, help="paired runs that count")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory", type=float, default=6, help="GiB that a driver or server may take; default 6")
    parser.add_argument("--without", default="", help="peers to leave out, with commas, as in HNSW32,sqlite-vec,FTS5")
    parser.add_argument("--build", type=Path, default=ROOT / "build", help="where hongniang and the drivers were built")
    parser.add_argument("--model", type=Path, default=ROOT / "build/model/e5-small-q4.bin")
    parser.add_argument("--out", type=Path, default=ROOT / "build/bench.json")
    options = parser.parse_args()
    options.build, options.model = options.build.resolve(), options.model.absolute()
    chosen = options.only.split(",")
    if unknown := [s for s in chosen if s not in SECTIONS]:
        parser.error(f"no such section: {', '.join(unknown)}")
    SCRATCH.mkdir(parents=True, exist_ok=True)

    results = json.loads(options.out.read_text()) if options.out.exists() else {}
    missed = 0
    for section in chosen:
        bench = Bench(options)
        bench.section = section
        yardstick = machine(bench)
        print(f"\n{section}   ({yardstick['cpu']}, {' '.join(yardstick['features'])}; {bench.threads} threads; "
              f"sgemm {yardstick['sgemm_gflops'][0]} GFLOP/s, memory {yardstick['read_gb_per_s'][0]} GB/s; "
              f"load {yardstick['load']:.1f})", flush=True)
        try:
            importlib.import_module(SECTIONS[section]).run(bench)
        except Absent as why:
            bench.absent(section, why)
        results[section] = {"at": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
                            "sizes": bench.sizes, "rounds": bench.rounds, "machine": yardstick,
                            "rows": bench.rows, "facts": bench.facts}
        options.out.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        missed += sum(row["pass"] is False for row in bench.rows)
    print(f"\n{missed} goals missed; figures in {options.out}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
