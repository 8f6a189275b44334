#!/usr/bin/env python3
"""Compare the product's solver with HiGHS: same problems, same objective, one thread each.

    compose.py --solver DRIVER --program hongniang [--data DIR] [--count 300] [--speed 24] [--limit 20]

Prints a table and writes build/bench-compose.json; the exit status is 1 when an optimum differs, a
stated gap is wrong, or a goal is missed. Without the data the real part is left out, and it says so.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

import instances
import milp

ROOT = Path(__file__).resolve().parents[2]
SEED = 20260
SAME = 1e-9       # two values of one set of members, one from each side of rounding
TOLERANCE = 2e-6  # what HiGHS calls proven
GOAL_SECONDS, GOAL_RATIO = 0.2, 10


class Solver:
    def __init__(self, driver, scratch):
        self.driver, self.scratch = driver, scratch

    def __call__(self, problem, effort=0, repeats=1):
        path = self.scratch / "problem.txt"
        instances.write(path, problem)
        out = subprocess.run([self.driver, str(repeats), str(effort), path], check=True, text=True,
                             stdout=subprocess.PIPE).stdout.split()
        return {"seconds": float(out[0]), "feasible": out[1] == "1", "optimal": out[2] == "1",
                "objective": float(out[3]), "bound": float(out[4]), "nodes": int(out[5]),
                "members": [int(i) for i in out[6:]]}

    def worth(self, problem, members):
        """Exactly what a set of members is worth, whoever found it."""
        only = dict(problem, demands=[], conflicts=[], avoids=[], most=max(1, len(members)))
        for key in ("score", "cost", "classes", "load"):
            only[key] = problem[key][members]
        only["group"], only["locked"] = np.zeros(len(members), int), np.ones(len(members), bool)
        return self(only)["objective"]


def obeys(p, members):
    chosen = np.zeros(len(p["cost"]), bool)
    chosen[members] = True
    groups = p["group"][chosen & (p["group"] > 0)]
    return (len(members) <= p["most"] and not (p["locked"] & ~chosen).any()
            and len(set(groups)) == len(groups)
            and all((p["classes"][chosen] & c > 0).sum() >= least for c, least in p["demands"])
            and not any(chosen[a] and chosen[b] for a, b in p["conflicts"])
            and all(chosen[m].sum() <= most for m, most in p["avoids"]))


def compare(solver, p, limit):
    """Both solvers on one problem, and a list of what is wrong."""
    own, other, wrong = solver(p), milp.solve(p, limit), []
    if own["feasible"] and not obeys(p, own["members"]):
        wrong.append("breaks a constraint")
    if other["optimal"] and not own["feasible"]:
        wrong.append("finds nothing where HiGHS does")
    if other["infeasible"] and own["feasible"]:
        wrong.append("finds something where HiGHS proves there is nothing")
    if own["bound"] < own["objective"]:
        wrong.append("bound below objective")
    if other["objective"] is not None and own["feasible"]:
        theirs = solver.worth(p, other["members"])
        if obeys(p, other["members"]) and theirs > own["bound"] + SAME:
            wrong.append(f"HiGHS has {theirs:.12f}, above the bound {own['bound']:.12f}")
        if other["optimal"] and own["optimal"] and other["bound"] < own["objective"] - TOLERANCE:
            wrong.append(f"has {own['objective']:.9f}, HiGHS proves {other['bound']:.9f}")
    if own["optimal"] and own["feasible"]:
        for effort in (1, 2, 6):  # cut short: what is known of the optimum must lie in the gap
            short = solver(p, effort)
            if not (short["bound"] >= own["objective"] - SAME and
                    (not short["feasible"] or short["objective"] <= own["objective"] + SAME)):
                wrong.append(f"wrong gap at effort {effort}: {short['objective']:.12f} to "
                             f"{short['bound']:.12f}, optimum {own['objective']:.12f}")
    return own, other, wrong


def correctness_problems(count, scores, patents):
    """Name and problem, each kind in turn, from small ones to some hundred candidates."""
    rng = np.random.default_rng(SEED)
    kinds = list(instances.MADE_UP)
    if scores:
        kinds += ["patents_cn", "chinaxiv"] * 3
    for k in range(count):
        kind, subtopics = kinds[k % len(kinds)], int(rng.integers(3, 9))
        n = int(rng.integers(20, 300))
        if kind in instances.MADE_UP:
            s = instances.MADE_UP[kind](rng, n, subtopics)
        else:
            of = scores["patents"][:, :patents] if kind == "patents_cn" else scores["papers"][:, patents:]
            s = instances.real(of, rng, subtopics, n, [instances.expected, instances.soft][k // len(kinds) % 2])
        p = instances.problem(s, rng, most=int(rng.integers(3, 9)), load=int(rng.integers(2, 5)),
                              cost=float(rng.choice([0.005, 0.02, 0.05])))
        yield kind, instances.constrain(p, rng) if k % 2 else p


def speed_problems(count, scores):
    """2,000 organisations, 10 subtopics, 8 members, 3 seats a subtopic, load 3."""
    rng = np.random.default_rng(SEED + 1)
    kinds = list(instances.MADE_UP)
    if scores:
        kinds = ["needs", "patents", "papers"] * 2 + kinds
    for k in range(count):
        kind = kinds[k % len(kinds)]
        if kind in instances.MADE_UP:
            s = instances.MADE_UP[kind](rng, 2000, 10)
        else:
            curve = [instances.expected, instances.soft][k % len(kinds) // 3]
            s = instances.real(scores[kind], rng, 10, 10 ** 6, curve)
            kind += " " + curve.__name__
        yield kind, instances.problem(s, rng)


def table(rows, head):
    rows = [head] + [[f"{x:.3f}" if isinstance(x, float) else str(x) for x in r] for r in rows]
    widths = [max(len(r[c]) for r in rows) for c in range(len(head))]
    for r in rows:
        print("  ".join(x.ljust(w) if c == 0 else x.rjust(w) for c, (x, w) in enumerate(zip(r, widths))))


def correctness(solver, args, scores, patents):
    counts, failures = defaultdict(lambda: [0] * 5), []
    for k, (kind, p) in enumerate(correctness_problems(args.count, scores, patents)):
        own, other, wrong = compare(solver, p, args.limit)
        proven = other["optimal"] or other["infeasible"]
        for c, yes in enumerate([True, own["optimal"], proven, own["optimal"] and proven, bool(wrong)]):
            counts[kind][c] += yes
        failures += [f"{k} ({kind}): {w}" for w in wrong]
        if wrong:
            instances.write(args.keep / f"wrong-{k}.txt", p)
    head = ["kind", "problems", "proven here", "by HiGHS", "by both", "wrong"]
    total = [sum(c[k] for c in counts.values()) for k in range(5)]
    table([[kind, *c] for kind, c in counts.items()] + [["all", *total]], head)
    return {"counts": {k: c for k, c in counts.items()}, "total": total, "failures": failures}


def speed(solver, args, scores):
    rows, failures = [], []
    for kind, p in speed_problems(args.speed, scores):
        own, other = solver(p, repeats=3), milp.solve(p, args.speed_limit)
        ended = other["optimal"]
        rows.append({"kind": kind, "seconds": own["seconds"], "optimal": own["optimal"],
                     "nodes": own["nodes"], "highs_seconds": other["cpu"], "highs_optimal": ended,
                     "ratio": other["cpu"] / own["seconds"], "objective": own["objective"],
                     "highs_objective": other["objective"]})
        if ended and abs(solver.worth(p, other["members"]) - own["objective"]) > TOLERANCE:
            failures.append(f"{kind}: {own['objective']:.9f}, HiGHS {other['objective']:.9f}")
        print(f"  {kind:20} {own['seconds']:8.3f} s {'proven' if own['optimal'] else 'OPEN  '}"
              f" {own['nodes']:6} nodes   HiGHS {'' if ended else '>'}{other['cpu']:.1f} s"
              f" {'proven' if ended else 'not proven'}", flush=True)
    seconds = statistics.median(r["seconds"] for r in rows)
    ratio = statistics.median(r["ratio"] for r in rows)
    proven = sum(r["optimal"] for r in rows)
    print(f"  median {seconds:.3f} s (goal {GOAL_SECONDS}), worst {max(r['seconds'] for r in rows):.3f} s, "
          f"proven {proven} of {len(rows)}; HiGHS takes at least {ratio:.0f} times as long (median; goal "
          f"{GOAL_RATIO}; least {min(r['ratio'] for r in rows):.0f}), and proves "
          f"{sum(r['highs_optimal'] for r in rows)}")
    if seconds > GOAL_SECONDS or ratio < GOAL_RATIO:
        failures.append("a goal of speed is missed")
    return {"rows": rows, "median": seconds, "ratio": ratio, "failures": failures}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--solver", required=True, type=Path, help="the driver, of tests/compose/solve.c")
    parser.add_argument("--program", required=True, type=Path, help="hongniang, to rank with")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data")
    parser.add_argument("--cache", type=Path, default=ROOT / "build/relevance-cache")
    parser.add_argument("--keep", type=Path, default=ROOT / "build")
    parser.add_argument("--scores", type=Path, help="keep the product's scores here, or take them from here")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--limit", type=float, default=20, help="seconds that HiGHS may take")
    parser.add_argument("--speed", type=int, default=24)
    parser.add_argument("--speed-limit", type=float, default=60)
    parser.add_argument("--threads", type=int, default=2, help="for ranking; the solvers have one each")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        scores, patents = None, 0
        if args.scores and args.scores.exists():
            kept = np.load(args.scores)
            patents, scores = int(kept["patents_first"]), {k: kept[k] for k in ("needs", "patents", "papers")}
        elif (args.data / "patents_cn").is_dir():
            scores, patents = instances.rank_all(args.program, args.data, scratch, args.cache, args.threads)
            if args.scores:
                np.savez(args.scores, patents_first=patents, **scores)
        else:
            print(f"SKIPPED: no problems with real scores, for {args.data} is absent")
        solver, start = Solver(args.solver, scratch), time.monotonic()
        print(f"Speed, CPU seconds of one thread (HiGHS: {args.speed_limit:.0f} s at most):")
        result = {"speed": speed(solver, args, scores)} if args.speed else {}
        print(f"\nSame optimum (HiGHS: {args.limit:.0f} s at most):")
        result["correctness"] = correctness(solver, args, scores, patents)
        result["real"], result["minutes"] = scores is not None, (time.monotonic() - start) / 60
    (ROOT / "build/bench-compose.json").write_text(json.dumps(result, indent=1))
    failures = [f for part in ("speed", "correctness") if part in result for f in result[part]["failures"]]
    for f in failures:
        print("WRONG", f)
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
