"""Problems for the solvers: made up ones, and ones with scores that the product gave to real texts.

A problem is a dictionary of what matcher/compose.h says: score[n, subtopics] (float32), weight, cost,
classes, group, load, locked, most, demands, conflicts, avoids.
"""

import json
import math
import subprocess
from pathlib import Path

import numpy as np

LEAD, INSTITUTE, SME = 1, 2, 4


def problem(score, rng, most=8, load=3, cost=0.02):
    n, subtopics = score.shape
    weight = 0.3 + rng.random(subtopics)
    return {"score": score.astype(np.float32), "weight": weight / weight.sum(), "cost": np.full(n, cost),
            "classes": 1 << rng.choice(3, n, p=[0.1, 0.3, 0.6]), "group": np.zeros(n, int),
            "load": np.full(n, load), "locked": np.zeros(n, bool), "most": most,
            "demands": [(LEAD, 1), (INSTITUTE, 1)], "conflicts": [], "avoids": []}


def constrain(p, rng):
    """Everything that a broker may ask for, now and then all at once."""
    n = len(p["cost"])
    p["cost"] = p["cost"] + rng.choice([0, 0.01, -0.01], n)
    p["load"] = rng.integers(1, 5, n)
    if rng.random() < 0.5:
        p["group"] = np.where(rng.random(n) < 0.3, rng.integers(1, max(2, n // 6), n), 0)
    if rng.random() < 0.5:  # competitors among the good ones
        good = np.argsort(-(p["score"] @ p["weight"]), kind="stable")[:20]
        p["conflicts"] = [tuple(int(i) for i in rng.choice(good, 2, replace=False)) for _ in range(15)]
    if rng.random() < 0.5:
        p["locked"][rng.choice(n, 2, replace=False)] = True
    if rng.random() < 0.3:
        p["demands"].append((SME, 2))
    if rng.random() < 0.3:
        good = np.argsort(-(p["score"] @ p["weight"]), kind="stable")[:6]
        p["avoids"] = [([int(i) for i in good], 4)]
    return p


# ---------------------------------------------------------------- made up

def uniform(rng, n, subtopics):
    return rng.random((n, subtopics))


def sparse(rng, n, subtopics):
    """Most know nothing of most things."""
    return np.where(rng.random((n, subtopics)) < 0.2, rng.random((n, subtopics)) ** 2, 0)


def logistic(rng, n, subtopics):
    return 1 / (1 + np.exp(4 - 2 * rng.normal(size=(n, subtopics))))


def near_ties(rng, n, subtopics):
    """All alike but for the fourth to the sixth digit."""
    return 0.5 + 10.0 ** -rng.integers(4, 7) * rng.random((n, subtopics))


def clones(rng, n, subtopics):
    """A dozen kinds of organisations, those of a kind alike to the sixth digit."""
    kinds = rng.random((12, subtopics)) ** 2
    return kinds[rng.integers(0, 12, n)] * (1 - 1e-6 * rng.random((n, subtopics)))


def few_values(rng, n, subtopics):
    return rng.integers(0, 5, (n, subtopics)) / 4


MADE_UP = {f.__name__: f for f in (uniform, sparse, logistic, near_ties, clones, few_values)}


# ---------------------------------------------------------------- real

def read_jsonl(path):
    return [json.loads(line) for line in path.open(encoding="utf-8")]


def write_jsonl(path, records):
    with path.open("w", encoding="utf-8") as f:
        for r in records:
            f.write(json.dumps(r, ensure_ascii=False) + "\n")


def rank_all(binary, data, scratch, cache, threads):
    """Every query against every organisation of patents_cn and chinaxiv, as the product ranks them.
    Returns {kind of query: scores[queries, organisations]} and how many organisations are of
    patents_cn; they come first."""
    patents = [{"id": r["id"], "title": r["title"], "text": r["abstract"]}
               for r in read_jsonl(data / "patents_cn/patents.jsonl")]
    papers = [{"id": r["id"], "title": r["title_zh"], "text": r.get("abstract_zh", "")}
              for r in read_jsonl(data / "chinaxiv/docs.jsonl")]
    orgs = [{"id": r["id"], "name": r["name"], "docs": r.get("patents") or r.get("papers")}
            for name in ("patents_cn", "chinaxiv") for r in read_jsonl(data / name / "orgs.jsonl")]
    used = {d for o in orgs for d in o["docs"]}
    queries = {"needs": read_jsonl(data / "needs/needs_shared.jsonl"),
               "patents": read_jsonl(data / "patents_cn/queries_who.jsonl"),
               "papers": read_jsonl(data / "chinaxiv/queries_who.jsonl")}
    write_jsonl(scratch / "corpus.jsonl", [d for d in patents + papers if d["id"] in used])
    write_jsonl(scratch / "orgs.jsonl", orgs)
    write_jsonl(scratch / "queries.jsonl", [{"id": q["id"], "title": q["title"], "text": q["text"]}
                                            for of in queries.values() for q in of])
    column = {o["id"]: k for k, o in enumerate(orgs)}
    row = {q["id"]: (kind, k) for kind, of in queries.items() for k, q in enumerate(of)}
    scores = {kind: np.full((len(of), len(orgs)), np.nan) for kind, of in queries.items()}
    command = [binary, "rank", "--queries", scratch / "queries.jsonl", "--corpus",
               scratch / "corpus.jsonl", "--orgs", scratch / "orgs.jsonl", "--top", str(len(orgs)),
               "--threads", str(threads), "--cache", cache]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:
        for line in process.stdout:
            query, _, org, _, score, _ = line.split()
            kind, k = row[query]
            scores[kind][k, column[org]] = float(score)
    if process.returncode:
        raise RuntimeError(f"rank: exit status {process.returncode}")
    for s in scores.values():  # not listed: no better than the least that is
        s[:] = np.where(np.isnan(s), np.nanmin(s, axis=1, keepdims=True), s)
    return scores, sum(o["id"].startswith("org-") for o in orgs)


def expected(scores):
    """1 / (1 + E) as the product's scores are, E = n P(a normal variable is as far above the mean)."""
    z = (scores - scores.mean(axis=1, keepdims=True)) / scores.std(axis=1, keepdims=True)
    e = scores.shape[1] * 0.5 * np.vectorize(math.erfc)(z / math.sqrt(2))
    return 1 / (1 + e)


def soft(scores):
    """A logistic curve through the best hundredth: many are somewhat good."""
    middle = np.quantile(scores, 0.99, axis=1, keepdims=True)
    return 1 / (1 + np.exp(-2 * (scores - middle) / scores.std(axis=1, keepdims=True)))


def challenge(scores, rng, subtopics):
    """Rows of a query drawn at random and of those that rank organisations most like it."""
    seed = rng.integers(len(scores))
    centred = scores - scores.mean(axis=1, keepdims=True)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    return np.argsort(-(centred @ centred[seed]), kind="stable")[:subtopics]


def real(scores, rng, subtopics, n, curve):
    """A challenge of so many subtopics; n: the best so many organisations of each subtopic's list."""
    rows = scores[challenge(scores, rng, subtopics)]
    if n < scores.shape[1]:
        best = np.zeros(scores.shape[1])
        for r in rows:
            best = np.maximum(best, r.argsort(kind="stable").argsort(kind="stable"))
        keep = np.sort(np.argsort(-best, kind="stable")[:n])
    else:
        keep = np.arange(scores.shape[1])
    return curve(rows)[:, keep].T


# ---------------------------------------------------------------- files

def write(path, p):
    """For the driver, tests/compose/solve.c."""
    n, subtopics = p["score"].shape
    with path.open("w", encoding="ascii") as f:
        print(subtopics, n, p["most"], len(p["demands"]), len(p["conflicts"]), len(p["avoids"]), file=f)
        print(*(repr(float(w)) for w in p["weight"]), file=f)
        for i in range(n):
            print(f"{i:05d}", repr(float(p["cost"][i])), p["classes"][i], p["group"][i], p["load"][i],
                  int(p["locked"][i]), *(f"{s:.9g}" for s in p["score"][i]), file=f)
        for pair in p["demands"] + p["conflicts"]:
            print(*pair, file=f)
        for members, most in p["avoids"]:
            print(len(members), most, *members, file=f)
