#!/usr/bin/env python3
"""How challenges are split into subtopics, beside the subtopics of real projects.

    build/venv/bin/python tests/relevance/subtopics/measure_subtopics.py      the built program (HONGNIANG_BIN)

Over the sample's needs and bottleneck items, the 252 real needs, and the titles of 44 real projects whose
subtopics are known: how many subtopics, what their titles look like, how many have figures. On the needs of
labels.tsv, read by hand: how many splits a broker would take; a verdict counts while the titles are those
that were read (now_titles is a hash of them). labels.tsv names needs and never quotes them. Without the
evaluation data (HONGNIANG_EVAL_DATA) only the sample is measured, and the report says so."""

import collections
import csv
import hashlib
import json
import os
import re
import statistics
import sys
import tempfile
from pathlib import Path

import requests

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import conftest as shared  # noqa: E402

DATA = Path(os.environ.get("HONGNIANG_EVAL_DATA", shared.SHARED / "data"))
NEEDS = DATA / "needs/needs_shared.jsonl"
PROJECTS = DATA / "keyrd_consortia/projects.jsonl"
FIELDS = ("id", "title", "text", "key_technology", "targets")
TITLE_MAX = 42  # code points; letters of English titles are counted by halves
JOINING = ("集成", "示范", "验证", "应用")
DEEDS = ("研究", "研发", "开发", "研制", "设计", "制备", "表征", "评价", "计算", "模拟", "优化", "技术", "平台", "装置",
         "控制", "检测", "监测", "测试", "试验", "系统", "方法", "材料", "工艺", "建立", "建设", "构建") + JOINING
MARK = re.compile(r"([0-9一二三四五六七八九十]+[、.．)）]|[(（][0-9一二三四五六七八九十]+[)）]|[①-⑳、，。;；:：•]|其次|首先|最后)")
VERB_FIRST = ("研究", "研发", "开发", "研制", "设计", "建立", "建设", "实现", "形成", "完成", "提出", "解决", "突破")


def read(path):
    return [json.loads(line) for line in path.open(encoding="utf-8")]


class Splitter:
    """The program's own API over the challenges alone: without organisations a proposal is its subtopics."""

    def __init__(self, kind, records):
        self.kind, self.records = kind, records

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        data, file = Path(self.folder.name) / "data", Path(self.folder.name) / "records.jsonl"
        with file.open("w", encoding="utf-8") as f:
            for r in self.records:
                kept = {k: r[k] for k in FIELDS if r.get(k)} | ({"visibility": "public"} if self.kind == "needs" else {})
                print(json.dumps(kept, ensure_ascii=False), file=f)
        done = shared.run_program("import", "--data", data, "--kind", self.kind, file)
        if done.returncode:
            raise RuntimeError(done.stderr)
        self.server = shared.Server(data)
        self.session = requests.Session()
        return self

    def __exit__(self, *_):
        self.server.stop()
        self.folder.cleanup()

    def __call__(self, id_):
        member = {"needs": "need_id", "bottlenecks": "bottleneck_id"}[self.kind]
        answer = self.session.post(self.server.url + "/api/v1/proposals", json={member: id_, "brief": True})
        answer.raise_for_status()
        return answer.json()["subtopics"]


def split_all(kind, records):
    with Splitter(kind, records) as split:
        return {r["id"]: split(r["id"]) for r in records}


def length(title):
    """Code points, those that are not ideographs by halves."""
    return sum(1 if ord(c) >= 0x2E80 else 0.5 for c in title)


def titles_hash(subtopics):
    return hashlib.sha256("\n".join(s["title"] for s in subtopics).encode()).hexdigest()[:8]


def counts_line(counts):
    n = collections.Counter(counts)
    return ", ".join(f"{k}: {n[k]}" for k in sorted(n))


def form(titles):
    """What titles look like, for reports: length, how they begin and end."""
    lengths = sorted(map(length, titles))
    ends = sum(t.endswith(DEEDS) for t in titles)
    verb = sum(t.startswith(VERB_FIRST) for t in titles)
    marked = sum(bool(MARK.match(t)) for t in titles)
    return (f"length median {statistics.median(lengths):g}, 95th percentile {lengths[len(lengths) * 95 // 100]:g}, longest "
            f"{lengths[-1]:g}, over {TITLE_MAX} {sum(x > TITLE_MAX for x in lengths)}; end with a deed or its object "
            f"{ends / len(titles):.0%}, begin with a verb {verb / len(titles):.0%}, begin with numbering {marked}")


def report(name, splits):
    several = {i: s for i, s in splits.items() if len(s) > 1}
    print(f"\n{name}: {len(splits)} challenges, {len(several)} ({len(several) / len(splits):.0%}) split")
    print("  subtopics of a challenge  ", counts_line(len(s) for s in splits.values()))
    titles = [t["title"] for s in several.values() for t in s]
    print("  titles                    ", form(titles))
    figures = sum(bool(t.get("targets")) for s in several.values() for t in s)
    last = sum(any(w in s[-1]["title"] for w in JOINING) for s in several.values())
    print(f"  subtopics with figures     {figures / len(titles):.0%}; last one brings together or shows (集成, 示范, 验证, 应用): "
          f"{last / len(several):.0%}")
    assert all(abs(sum(t["weight"] for t in s) - 1) < 1e-6 for s in splits.values())


def own_words(titles):
    """What each title does not share with the others: neither the beginning nor the end of all."""
    head, tail = os.path.commonprefix(titles), os.path.commonprefix([t[::-1] for t in titles])[::-1]
    return [t[len(head):len(t) - len(tail)] or t[-2:] for t in titles]


def projects(rows, splits):
    parts = [[re.sub(r"\s", "", p["title"]) for p in r["parts"]] for r in rows]
    print(f"\nReal projects: {len(rows)}")
    print("  subtopics of a project    ", counts_line(map(len, parts)))
    print("  titles                    ", form([t for p in parts for t in p]))
    last, some = (sum(any(w in t for t in p[at] for w in JOINING) for p in parts) for at in (slice(-1, None), slice(None)))
    print(f"  last one brings together or shows: {last / len(rows):.0%}; some one: {some / len(rows):.0%}")
    several = {i: [t["title"] for t in s] for i, s in splits.items() if len(s) > 1}
    found = every = 0
    for r, real in zip(rows, parts):
        words = own_words(several.get(r["id"], []) or [""]) if r["id"] in several else []
        found += sum(any(w[-2:] in t for t in real) for w in words)
        every += len(words)
    print(f"  from their titles alone: {len(several)} split, into {counts_line(map(len, several.values()))}; "
          f"{found} of {every} parts have their own word in a real subtopic of the project")


def verdicts(splits):
    with open(Path(__file__).with_name("labels.tsv"), encoding="utf-8") as f:
        rows = list(csv.DictReader(f, delimiter="\t"))
    print(f"\nRead by hand: {len(rows)} needs")
    for name, some in (("all", rows), ("split", [r for r in rows if r["first_parts"] == "several"]),
                       ("left whole", [r for r in rows if r["first_parts"] == "one"]),
                       ("unlike any need tuned on", [r for r in rows if not r["like_a_tuned_one"]])):
        c = collections.Counter(r["first"] for r in some)
        print(f"  first reading, {name:25} {len(some):2}: accept {c['accept']}, small edits {c['edit']}, wrong {c['wrong']}")
    same = [r for r in rows if titles_hash(splits[r["need"]]) == r["now_titles"]]
    c = collections.Counter(r["now"] for r in same)
    print(f"  read again after changes         {len(same):2}: accept {c['accept']}, small edits {c['edit']}, wrong {c['wrong']}; "
          f"{len(rows) - len(same)} have changed since and are not judged")
    return {"same": len(same), **c}


def main():
    sample = shared.SAMPLE
    report("Sample needs", split_all("needs", read(sample / "needs.jsonl")))
    report("Sample bottleneck items", split_all("bottlenecks", read(sample / "bottlenecks.jsonl")))
    if NEEDS.exists():
        splits = split_all("needs", read(NEEDS))
        report("Real needs", splits)
        verdicts(splits)
    else:
        print(f"\nSKIPPED: real needs and their verdicts; {NEEDS} is absent")
    if PROJECTS.exists():
        rows = read(PROJECTS)
        projects(rows, split_all("needs", rows))
    else:
        print(f"\nSKIPPED: real projects; {PROJECTS} is absent")


if __name__ == "__main__":
    main()
