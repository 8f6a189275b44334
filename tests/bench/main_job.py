#!/usr/bin/env python3
"""The main job on real input: import the needs and the patents, match all, ask a warm server.

    tests/bench/main_job.py [--data ../shared/data] [--keep DIR]

Reports seconds of each step, checks that every need has an answer and that every quotation
reproduces its source, and asks the warm server for each need in turn: p50 and p99 of the whole
answer over one connection. Prints a table and writes JSON. Where the evaluation data is absent, the
sample stands in its place and the table says so. Exit 1 when an answer is missing or misquoted.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/bench")]
from conftest import Server, run_program  # noqa: E402
from encoder import yardstick  # noqa: E402


def timed(*args):
    start = time.perf_counter()
    done = run_program(*args)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, args))}:\n{done.stderr}")
    return done, time.perf_counter() - start


def misquoted(answers, needs, capabilities):
    """Quotations that are not what stands in the source at their span, in code points. Import trims
    and unifies line ends, so sources are read back as export gives them."""
    bad = quotes = 0
    for answer in answers:
        for match in answer["matches"] + answer["nearest"]:
            for e in match["evidence"]:
                sides = ((e["need"], needs[answer["need"]["id"]]),
                         (e["capability"], capabilities[match["capability"]["id"]]))
                for quote, record in sides:
                    begin, end = quote["span"]
                    quotes += 1
                    bad += record[quote["field"]][begin:end] != quote["text"]
    return quotes, bad


def exported(data, kind):
    rows = json.loads(run_program("export", "--data", data, "--kind", kind).stdout)
    return {r["id"]: r for r in rows}


def percentile(values, p):
    return sorted(values)[min(len(values) - 1, int(len(values) * p / 100))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data")
    parser.add_argument("--keep", type=Path, help="work in DIR and leave it, vectors included")
    parser.add_argument("--out", default=ROOT / "build/bench-main-job.json")
    options = parser.parse_args()
    needs_file = options.data / "needs/needs_shared.jsonl"
    patents_file = options.data / "patents_cn/patents.jsonl"
    real = needs_file.exists()
    if not real:
        needs_file, patents_file = (ROOT / f"corpus/sample/{k}.jsonl" for k in ("needs", "capabilities"))

    with tempfile.TemporaryDirectory() as scratch:
        data = options.keep or Path(scratch) / "data"
        if not real:
            timed("import", "--data", data, "--kind", "orgs", ROOT / "corpus/sample/orgs.jsonl")
        _, import_needs = timed("import", "--data", data, "--kind", "needs", needs_file)
        _, import_patents = timed("import", "--data", data, "--kind", "capabilities", patents_file)
        done, first = timed("match", "--data", data, "--all", "--top", "20")
        again, second = timed("match", "--data", data, "--all", "--top", "20")
        answers = json.loads(done.stdout)
        needs, capabilities = exported(data, "needs"), exported(data, "capabilities")
        quotes, bad = misquoted(answers, needs, capabilities)

        start = time.perf_counter()
        server = Server(data)
        try:
            session = requests.Session()
            while session.get(server.url + "/readyz", timeout=5).status_code != 200:
                time.sleep(0.02)
            ready = time.perf_counter() - start
            ask = [f"{server.url}/api/v1/needs/{i}/matches?top=20" for i in needs]
            for url in ask[:20]:
                session.get(url, timeout=60)
            seconds = []
            for url in ask:
                begin = time.perf_counter()
                session.get(url, timeout=60).raise_for_status()
                seconds.append(time.perf_counter() - begin)
        finally:
            server.stop()

    result = {
        "input": f"{len(needs)} needs, {len(capabilities)} capabilities" + ("" if real else " (sample)"),
        "yardstick": yardstick(len(os.sched_getaffinity(0))),
        "import_s": [round(import_needs, 2), round(import_patents, 2)],
        "match_all_first_s": round(first, 1), "match_all_again_s": round(second, 2),
        "same_bytes_again": done.stdout == again.stdout,
        "answers": len(answers), "with_evidence": sum(bool(a["matches"] or a["nearest"]) for a in answers),
        "quotations": quotes, "misquoted": bad, "ready_s": round(ready, 2),
        "need_matches_ms": {"p50": round(1000 * statistics.median(seconds), 2),
                            "p99": round(1000 * percentile(seconds, 99), 2)},
    }
    for key, value in result.items():
        print(f"{key:20} {value}")
    Path(options.out).write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if bad or len(answers) != len(needs) or not result["same_bytes_again"] else 0


if __name__ == "__main__":
    sys.exit(main())
