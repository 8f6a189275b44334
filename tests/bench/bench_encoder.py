"""Texts to vectors: passages of 150 to 400 tokens and short queries, against the raw products of the
same shapes, the reference engine and ONNX Runtime, all with the same weights.

HONGNIANG_ISA forces a path, so each path that this processor has is measured for itself; the cosine
of every peer and path is against the fp32 path.
"""

import os
import subprocess
import sys

import numpy as np

import data
from common import HERE, ROOT, SCRATCH, Absent, pairs, ratios, spread

SOURCE = ROOT / "build/model/reference"
PASSAGES, TOKENS, QUERY_TOKENS = 24, (150, 400), 32
# GFLOP of the products of one token: 12 layers of 384 x (1152 + 384 + 1536) and 1536 x 384.
PRODUCTS = 2e-9 * 12 * (384 * (1152 + 384 + 1536) + 1536 * 384)
FP32_PATHS = ("avx2", "generic")


def ids_of(bench, kind, texts):
    """Token ids of each text, as strings, by the reference engine's tokenizer."""
    if not (SOURCE / "e5.c").exists():
        raise Absent(f"no reference engine in {SOURCE}; 'make model' fetches it")
    done = subprocess.run([sys.executable, HERE / "peer_reference.py", SOURCE, bench.model, kind, "ids"],
                          input="\n".join(texts) + "\n", text=True, encoding="utf-8", stdout=subprocess.PIPE, check=True)
    return done.stdout.splitlines()


def choose(bench, kind, texts, least, most, n):
    """Files of n texts of so many tokens, and of their ids; and the number of tokens in all."""
    both = [(t, i) for t, i in zip(texts, ids_of(bench, kind, texts)) if least <= i.count(" ") + 1 <= most][:n]
    lines, ids = SCRATCH / f"{kind}.txt", SCRATCH / f"{kind}.ids"
    lines.write_text("".join(t + "\n" for t, _ in both), encoding="utf-8")
    ids.write_text("".join(i + "\n" for _, i in both))
    return lines, ids, len(both), sum(i.count(" ") + 1 for _, i in both)


def vectors(driver, count):
    out = SCRATCH / "encoded.f32"
    driver.ask(f"batch 0 {count} {out}")
    v = np.fromfile(out, dtype="<f4").reshape(count, data.DIM)
    return v / np.linalg.norm(v, axis=1)[:, None]


def open_path(bench, path, kind, texts):
    """hongniang's driver on one path; None: the one it takes by itself."""
    before = os.environ.pop("HONGNIANG_ISA", None)
    try:
        if path:
            os.environ["HONGNIANG_ISA"] = path
        return bench.driver("encoder", bench.model, kind, texts, bench.threads)
    finally:
        os.environ.pop("HONGNIANG_ISA", None)
        if before:
            os.environ["HONGNIANG_ISA"] = before


def fp32_path(bench, texts):
    """The first fp32 path that can be forced and runs here; None where nothing can be forced."""
    for path in FP32_PATHS:
        try:
            with open_path(bench, path, "query", texts):
                return path
        except Absent:
            continue
    return None


def batch(driver, count):
    return lambda: driver.ask(f"batch 0 {count} -")["seconds"]


def single(driver, count):
    return lambda: driver.ask(f"single 0 {count} -")["seconds"] / count


def against_products(bench, fp32, count, tokens):
    with bench.driver("machine", bench.threads) as m:
        ours, raw = pairs(bench.rounds, batch(fp32, count), lambda: m.ask(f"encoder {tokens}")["seconds"])
    bench.fact("fp32 passages", f"{count / spread(ours)[0]:.1f} a second, {tokens * PRODUCTS / spread(ours)[0]:.1f} "
               f"GFLOP/s of products; raw products {tokens * PRODUCTS / spread(raw)[0]:.1f}")
    bench.row("passages, fp32: share of raw products' rate", ratios(raw, ours), "", ">= 0.65", lambda x: x >= 0.65)


def compare(bench, name, peer, paths, truth, passages, queries):
    """paths: {label: (driver of passages, driver of queries)}"""
    cosine = (vectors(peer[0], passages) * truth).sum(axis=1)
    bench.fact(name, f"{peer[0].ready.get('version', '')} {peer[0].ready['settings']}; cosine to our fp32 at least "
               f"{cosine.min():.5f}".strip())
    if name == "ONNX Runtime":
        bench.row("ONNX Runtime: least cosine to our fp32", [float(cosine.min())] * 3, "", ">= 0.9999",
                  lambda x: x >= 0.9999)
    vnni = any(f in open("/proc/cpuinfo").read() for f in ("avx_vnni", "avx512_vnni"))
    goals = {("ONNX Runtime", "fp32", "passages"): 1.2, ("reference", "best path", "passages"): 6,
             ("reference", "best path", "one short query"): 3 if vnni else 1.3}
    for label, ours in paths.items():
        for i, what, one in ((0, "passages", batch), (1, "one short query", single)):
            count = queries if i else passages
            a, b = pairs(bench.rounds, one(ours[i], count), one(peer[i], count))
            goal = max((g for (n, path, w), g in goals.items() if n == name and path in label and w == what), default=None)
            bench.row(f"{what}, {label}: {name}'s time over ours", ratios(b, a), "", f">= {goal}" if goal else "",
                      (lambda x, g=goal: x >= g) if goal else None)


def run(bench):
    lines = open(data.texts(10000)[0], encoding="utf-8")
    texts = [line.rstrip("\n").replace("\t", " ") for _, line in zip(range(400), lines)]
    asks = [title for title, _ in data.needs()]
    try:
        passage, passage_ids, n, tokens = choose(bench, "passage", texts, *TOKENS, PASSAGES)
        query, query_ids, n_queries, query_tokens = choose(bench, "query", asks, 1, QUERY_TOKENS, 20)
    except Absent as why:
        bench.absent("encoder", why)
        return
    bench.fact("texts", f"{n} passages of {TOKENS[0]} to {TOKENS[1]} tokens, {tokens} in all; {n_queries} queries of "
               f"{query_tokens / n_queries:.0f} tokens on average")
    path = fp32_path(bench, query)
    with open_path(bench, path, "passage", passage) as fp32, open_path(bench, path, "query", query) as fp32_query, \
            open_path(bench, None, "passage", passage) as best, open_path(bench, None, "query", query) as best_query:
        bench.fact("paths", f"fp32 is {path or 'the only one'}")
        against_products(bench, fp32, n, tokens)
        truth = vectors(fp32, n)
        cosine = (vectors(best, n) * truth).sum(axis=1)
        bench.row("best path: least cosine to fp32", [float(cosine.min())] * 3, "", ">= 0.99", lambda x: x >= 0.99)
        times = [best.ask(f"batch 0 {n} -")["seconds"] for _ in range(bench.rounds)]
        bench.row("passages, best path, a second", spread([n / t for t in times]))
        times = [1000 * best_query.ask(f"single 0 {n_queries} -")["seconds"] / n_queries for _ in range(bench.rounds)]
        bench.row("one short query, best path", spread(times), " ms")
        paths = {"fp32": (fp32, fp32_query), "best path": (best, best_query)}
        if fp32.ready["settings"] == best.ready["settings"]:  # the best is the fp32 path
            paths = {"fp32, the best path": (best, best_query)}
        try:
            bench.allow("reference")
            with bench.peer("peer_reference.py", SOURCE, bench.model, "passage", passage) as peer, \
                    bench.peer("peer_reference.py", SOURCE, bench.model, "query", query) as peer_query:
                compare(bench, "reference", (peer, peer_query), paths, truth, n, n_queries)
        except Absent as why:
            bench.absent("reference engine", why)
        try:
            bench.allow("ONNX Runtime")
            graph = SCRATCH / "e5.onnx"
            with bench.peer("peer_onnx.py", bench.model, passage_ids, bench.threads, graph) as peer, \
                    bench.peer("peer_onnx.py", bench.model, query_ids, bench.threads, graph) as peer_query:
                compare(bench, "ONNX Runtime", (peer, peer_query), paths, truth, n, n_queries)
        except Absent as why:
            bench.absent("ONNX Runtime", why)
