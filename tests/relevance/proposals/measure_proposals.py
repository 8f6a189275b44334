#!/usr/bin/env python3
"""How well proposals are manned, on the sample data and its graded pairs.

    build/venv/bin/python tests/relevance/proposals/measure_proposals.py      the built program (HONGNIANG_BIN)

For every need and bottleneck item: who sits where by `propose`, held against the capabilities that
were said to be worth an introduction for it (pairs.tsv, bottleneck_pairs.tsv: grade 2 or 3) before
there was a program. That says whether a seat is on topic, not whether it is on the right subtopic.
Seats of the need's owner are left out: pairs do not speak of them. HONGNIANG_MODEL names the model where it is not
beside the program; without one the figures are those of words alone, and say so."""

import collections
import csv
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import conftest as shared  # noqa: E402


def records(kind):
    with open(shared.SAMPLE / f"{kind}.jsonl", encoding="utf-8") as lines:
        return {r["id"]: r for r in map(json.loads, lines)}


def grades(name):
    """By need or item: {capability: grade}; empty where nobody is said to answer it."""
    of = collections.defaultdict(dict)
    with open(shared.SAMPLE / name, encoding="utf-8") as lines:
        for row in csv.reader(lines, delimiter="\t"):
            if row[0] != "need-id" and len(row) >= 3:
                of[row[0]].update({} if row[1] == "-" or not row[2].isdigit() else {row[1]: int(row[2])})
    return of


def plain(uid):
    return uid.split(":", 1)[-1]


class Tally:
    """Things counted by name, each right or wrong."""

    def __init__(self):
        self.of = collections.defaultdict(lambda: [0, 0])

    def add(self, name, right):
        self.of[name][0] += bool(right)
        self.of[name][1] += 1

    def lines(self):
        for name, (right, n) in sorted(self.of.items()):
            yield f"{name:<44} {right:4} of {n:4}  {right / n:.2f}"


def measure(data, kind, option, pairs):
    graded, challenges, owners = grades(pairs), records(kind), records("capabilities")
    tally, members, resources, recall = Tally(), [], Tally(), []
    for uid in challenges:
        done = shared.run_program("propose", "--data", data, option, f"sample:{uid}", "--format", "json")
        if done.returncode != 0:
            raise SystemExit(done.stderr)
        p, right = json.loads(done.stdout), {c for c, g in graded[uid].items() if g >= 2}
        tally.add("by words alone", p["lexical_only"])
        answered, seated = "with an answer" if right else "without one", set()
        for t in p["subtopics"]:
            tally.add(f"subtopics covered, {answered}", t["covered"])
            for place, seat in enumerate(t["seats"], 1):
                if plain(seat["org"]["id"]) == challenges[uid].get("org_id"):
                    continue
                seated.add(plain(seat["org"]["id"]))
                fits = plain(seat.get("capability", {}).get("id", "")) in right
                tally.add(f"seats on topic, {seat['level']}", fits)
                tally.add(f"seats on topic, place {place}", fits)
        for r in p["resources"]:
            resources.add("resources on topic", plain(r["capability"]["id"]) in right)
        wanted = {o for c in right for o in [owners[c].get("org_id")] if isinstance(o, str)}
        if wanted:
            recall.append(len(wanted & seated) / len(wanted))
        members.append(len(p["members"]))
        tally.add("feasible", p["feasible"])
        tally.add("proven optimal", p["optimal"])
    print(f"\n{kind}: {len(challenges)}; members {sum(members) / len(members):.1f} each;"
          f" organisations worth an introduction that are seated {sum(recall) / len(recall):.2f}")
    print("\n".join([*tally.lines(), *resources.lines()]))


def main():
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        for kind in shared.KINDS:
            done = shared.run_program("import", "--data", data, "--kind", kind, "--source", "sample",
                                      shared.SAMPLE / f"{kind}.jsonl")
            if done.returncode != 0:
                raise SystemExit(done.stderr)
        measure(data, "needs", "--need", "pairs.tsv")
        measure(data, "bottlenecks", "--bottleneck", "bottleneck_pairs.tsv")


if __name__ == "__main__":
    main()
