#!/usr/bin/env python3
"""How often the findings of a need's diagnosis are right, and how often the leak check cries wolf.

    build/venv/bin/python tests/relevance/health/measure_health.py            the built program (HONGNIANG_BIN)

Over the 252 real needs: how the results are distributed. On the needs of labels.tsv, read by hand:
for each finding type, how many of those given are right; and how often the result is the reader's.
Over needs and patents: leaks found, every one of which the reader can judge by id and span.
labels.tsv names needs, never quotes them: right, wrong: findings that were given when it was read;
missed: those the reader would have given. Needs the evaluation data (HONGNIANG_EVAL_DATA)."""

import collections
import csv
import json
import os
import sys
import tempfile
from pathlib import Path

import requests

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import conftest as shared  # noqa: E402

DATA = Path(os.environ.get("HONGNIANG_EVAL_DATA", shared.SHARED / "data"))
ON = "2026-11-24"
OPTIONAL = {"no_budget", "no_deadline"}  # the data have neither column


def read(path):
    return [json.loads(line) for line in path.open(encoding="utf-8")]


def labels():
    with open(Path(__file__).with_name("labels.tsv"), encoding="utf-8") as f:
        return list(csv.DictReader(f, delimiter="\t"))


class Diagnoser:
    """The program's own API, over an empty data directory."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        os.environ["HONGNIANG_MODEL"] = "/nonexistent"
        self.server = shared.Server(Path(self.folder.name) / "data")
        self.session = requests.Session()
        return self

    def __exit__(self, *_):
        self.server.stop()
        self.folder.cleanup()

    def __call__(self, title, text):
        answer = self.session.post(self.server.url + "/api/v1/needs/diagnosis", params={"on": ON},
                                   json={"title": title, "text": text, "visibility": "public"})
        answer.raise_for_status()
        return answer.json()


def codes(diagnosis):
    return {f["code"] for f in diagnosis["findings"]} - OPTIONAL


def judge(rows, diagnoses):
    """For each finding type [right, wrong, missed, not judged], and [agreeing, all] results."""
    counts = collections.defaultdict(lambda: [0, 0, 0, 0])
    results = [0, 0]
    for row in rows:
        given = codes(diagnoses[row["need"]])
        right, wrong, missed = ({c for c in row[k].split(",") if c} for k in ("right", "wrong", "missed"))
        due = right | missed
        for code in given | due:
            kind = 0 if code in given & due else 1 if code in given & wrong else 2 if code in due else 3
            counts[code][kind] += 1
        results[0] += diagnoses[row["need"]]["result"] == row["result"]
        results[1] += 1
    return counts, results


def leaks(diagnoses):
    return [(id, f["code"], f["field"], f["span"]) for id, d in diagnoses.items()
            for f in d["findings"] if f["code"].startswith("leak_")]


# Made up, but for the example of GB 11643. One is put behind the middle sentence of each need.
PLANTED = [
    ("leak_phone", "13812345678"), ("leak_phone", "138 1234 5678"), ("leak_phone", "１３８１２３４５６７８"),
    ("leak_phone", "+86-138-1234-5678"), ("leak_phone", "幺三八幺二三四五六七八"), ("leak_phone", "0512-57301234"),
    ("leak_phone", "（0512）57301234"), ("leak_phone", "电话：57301234"), ("leak_phone", "1 3 8 1 2 3 4 5 6 7 8"),
    ("leak_email", "zhang.san@example.com"), ("leak_email", "zhang_san＠example．com．cn"),
    ("leak_email", "zhangsan (at) example.com"), ("leak_chat", "微信号：zhang_san88"), ("leak_chat", "加微信: zhangsan88"),
    ("leak_chat", "QQ 123456789"), ("leak_identity", "11010519491231002X"), ("leak_bank", "6222 0212 3456 7890 128"),
    ("leak_bank", "账号 32250198863600001234"), ("leak_secrecy", "以上为内部资料"), ("leak_secrecy", "【机密】"),
    ("leak_name", "联系人：李建国"), ("leak_name", "王女士"), ("leak_name", "张伟经理"), ("leak_name", "请找欧阳明教授"),
]


def planted(needs, diagnose):
    """For each planted text [found, all]."""
    counts = {text: [0, 0] for _, text in PLANTED}
    for number, need in enumerate(needs):
        code, leak = PLANTED[number % len(PLANTED)]
        sentences = need["text"].split("。")
        middle = len(sentences) // 2
        text = "。".join([*sentences[:middle], leak, *sentences[middle:]])
        found = [f for f in diagnose(need["title"], text)["findings"] if f["code"] == code]
        at = text.index(leak)
        counts[leak][0] += any(f["field"] == "text" and at <= f["span"][0] + 1 <= f["span"][1] <= at + len(leak) + 1
                               for f in found)
        counts[leak][1] += 1
    return counts


def main():
    needs, patents = read(DATA / "needs/needs_shared.jsonl"), read(DATA / "patents_cn/patents.jsonl")
    with Diagnoser() as diagnose:
        of_needs = {n["id"]: diagnose(n["title"], n["text"]) for n in needs}
        hidden = planted(needs, diagnose)
        of_patents = {p["id"]: diagnose(p["title"], p["abstract"]) for p in patents}
    print("results", dict(collections.Counter(d["result"] for d in of_needs.values())))
    print("needs with a finding", dict(collections.Counter(c for d in of_needs.values() for c in codes(d)).most_common()))
    for name in ("first", "second"):
        rows = [r for r in labels() if r["set"] == name]
        counts, results = judge(rows, of_needs)
        print(f"{name}: {len(rows)} needs read, result agrees in {results[0]}")
        for code, (right, wrong, missed, unjudged) in sorted(counts.items(), key=lambda x: -sum(x[1])):
            print(f"  {code:18} right {right:3} wrong {wrong:3} missed {missed:3} not judged {unjudged}")
    print("planted leaks found", sum(f for f, _ in hidden.values()), "of", sum(n for _, n in hidden.values()),
          {text: counts for text, counts in hidden.items() if counts[0] < counts[1]})
    print("leaks in needs", leaks(of_needs))
    print("leaks in patents", leaks(of_patents))


if __name__ == "__main__":
    main()
