"""Vectors: exact top 20 in batches against raw products, single queries against the time to read
memory, and both against faiss and sqlite-vec. Recall is against exact search in fp32."""

import importlib.util
from pathlib import Path

import numpy as np

import data
from common import SCRATCH, Absent, kept, pairs, ratios, spread

TOP, CHECKED, RECALL = 20, 200, 0.99
# efSearch and nprobe, from which the least is taken that reaches the recall.
EFFORTS = {"HNSW": (32, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096),
           "IVF": (1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)}


def ids_of(driver, count):
    out = SCRATCH / "ids.u32"
    driver.ask(f"single 0 {count} {out}")
    return np.fromfile(out, dtype="<u4").reshape(count, TOP)


def recall(found, truth, k=10):
    return float(np.mean([len(set(f[:k]) & set(t[:k])) / k for f, t in zip(found, truth)]))


def exact(rows, n, queries):
    """The truth, by numpy: ids of the top for the first CHECKED queries."""
    asks = np.fromfile(queries, dtype="<f4").reshape(-1, data.DIM)[:CHECKED]
    values = np.full((CHECKED, 0), 0, np.float32)
    ids = np.full((CHECKED, 0), 0, np.int64)
    matrix = np.memmap(rows, dtype="<f4", mode="r", shape=(n, data.DIM))
    for at in range(0, n, 50000):
        part = asks @ matrix[at:at + 50000].T
        values = np.hstack([values, part])
        ids = np.hstack([ids, np.broadcast_to(np.arange(at, at + part.shape[1]), part.shape)])
        keep = np.argpartition(-values, TOP, axis=1)[:, :TOP]
        values, ids = np.take_along_axis(values, keep, 1), np.take_along_axis(ids, keep, 1)
    return np.take_along_axis(ids, np.argsort(-values, axis=1), 1)


def single(driver, count):
    """A run of count single queries, as a function for pairs(); each run asks others."""
    state = {"first": 0}

    def run():
        state["first"] += count
        return driver.ask(f"single {state['first']} {count} -")["seconds"] / count
    return run


def tune(driver, efforts, truth):
    """The least effort that reaches the recall, or the greatest there is."""
    for effort in efforts:
        driver.ask(f"set {effort}")
        reached = recall(ids_of(driver, CHECKED), truth)
        if reached >= RECALL:
            break
    return effort, reached


def against_machine(bench, hn, n, label):
    queries, few = 256, 20 if n <= 100000 else 5
    with bench.driver("machine", bench.threads) as m:
        ours, raw = pairs(bench.rounds, lambda: hn.ask(f"batch 0 {queries} -")["seconds"],
                          lambda: m.ask(f"rows {queries} {n} {data.DIM}")["seconds"])
    work = 2e-9 * queries * n * data.DIM
    bench.fact(f"{label} batch of {queries}", f"{work / spread(ours)[0]:.1f} GFLOP/s, raw products {work / spread(raw)[0]:.1f}")
    bench.row(f"{label}: batch top {TOP}, share of raw products' rate", ratios(raw, ours), "", ">= 0.9", lambda x: x >= 0.9)
    with bench.driver("machine", bench.threads) as m:
        part = min(512, hn.ready["scanned_bytes"] >> 20)
        scale = hn.ready["scanned_bytes"] / (part << 20)
        ours, raw = pairs(bench.rounds, single(hn, few), lambda: m.ask(f"read {part}")["seconds"] * scale)
    bench.row(f"{label}: single query", [1000 * x for x in spread(ours)], " ms")
    over = ratios(ours, raw)
    bench.row(f"{label}: single query over the time to read its vectors", over, "", "<= 1.5, or")
    return over[0]


def against_faiss(bench, hn, n, label, kind, paths, truth):
    bench.allow(kind)
    rows, queries = paths
    saved = [] if kind == "Flat" else [kept(f"faiss-{kind}-{n}", data.key_of(rows, n), ".index")]
    with bench.peer("peer_faiss.py", kind, rows, n, queries, bench.threads, TOP, *saved) as peer:
        reached, effort = recall(ids_of(peer, CHECKED), truth), ""
        if saved:
            effort, reached = tune(peer, EFFORTS[kind.rstrip("0123456789")], truth)
            effort = f", effort {effort}"
        bench.fact(f"{label} faiss {kind}", f"{peer.ready['settings']}{effort}, recall@10 {reached:.4f}, "
                   f"ready in {peer.ready['build_s']:.0f} s, {peer.ready['rss_kb'] >> 10} MiB")
        few = 20 if n <= 100000 else 5
        ours, theirs = pairs(bench.rounds, single(hn, few), single(peer, few if kind == "Flat" else 50))
        bench.row(f"{label}: faiss {kind}, single query", [1000 * x for x in spread(theirs)], " ms")
        ahead = ratios(theirs, ours)
        bench.row(f"{label}: single query, faiss {kind}'s time over ours", ahead, "", "> 1" if kind[0] == "H" else "")
        if kind == "Flat":
            batch = "batch 0 64 -"
            ours, theirs = pairs(bench.rounds, lambda: hn.ask(batch)["seconds"], lambda: peer.ask(batch)["seconds"])
            bench.row(f"{label}: batch, faiss {kind}'s time over ours", ratios(theirs, ours))
        return ahead[0] if reached >= RECALL else None


def against_sqlite(bench, hn, n, label, paths, truth):
    bench.allow("sqlite-vec")
    spec = importlib.util.find_spec("sqlite_vec")
    if not spec:
        raise Absent("sqlite-vec is not installed")
    extension = Path(spec.origin).parent / "vec0"
    rows, queries = paths
    args = ("vec", extension, kept(f"sqlite-vec-{n}", data.key_of(rows, n), ".db"), rows, n, data.DIM, queries, data.QUERIES, TOP)
    with bench.driver("peer_sqlite", *args) as peer:
        few = 20 if n <= 100000 else 5
        reached = recall(ids_of(peer, few), truth[:few])
        bench.fact(f"{label} sqlite-vec", f"{peer.ready['settings']}, recall@10 {reached:.4f}")
        ours, theirs = pairs(bench.rounds, single(hn, few // 2), single(peer, 2))
    bench.row(f"{label}: sqlite-vec, single query", [1000 * x for x in spread(theirs)], " ms")
    bench.row(f"{label}: single query, sqlite-vec's time over ours", ratios(theirs, ours), "", ">= 10", lambda x: x >= 10)


def run(bench):
    rows, queries, origin = data.vectors(max(bench.sizes), bench.program)
    bench.fact("vectors", f"{origin}, mixed; {data.QUERIES} of them kept out as queries")
    for n in bench.sizes:
        label = f"{n:,}"
        truth = exact(rows, n, queries)
        with bench.driver("vectors", rows, n, data.DIM, queries, data.QUERIES, bench.threads, TOP) as hn:
            reached = recall(ids_of(hn, CHECKED), truth)
            bench.fact(f"{label} hongniang", f"{hn.ready['settings']}, {hn.ready['scanned_bytes'] >> 20} MiB scanned, "
                       f"ready in {hn.ready['build_s']:.1f} s, {hn.ready['rss_kb'] >> 10} MiB")
            bench.row(f"{label}: recall@10", [reached] * 3, "", ">= 0.99", lambda x: x >= RECALL)
            over_reading, over_hnsw = against_machine(bench, hn, n, label), None
            lists = 1 << int(np.ceil(np.log2(4 * n ** 0.5)))  # faiss's guide: 4 to 16 sqrt(n)
            for kind in ("Flat", "HNSW32", f"IVF{lists}"):
                try:
                    ahead = against_faiss(bench, hn, n, label, kind, (rows, queries), truth)
                    over_hnsw = ahead if kind[0] == "H" else over_hnsw
                except Absent as why:
                    bench.absent(f"{label}: faiss {kind}", why)
            met = over_reading <= 1.5 or (over_hnsw or 0) > 1
            bench.row(f"{label}: single query, one of the two goals", [float(met)] * 3, "", "1", lambda x: x == 1)
            try:
                against_sqlite(bench, hn, n, label, (rows, queries), truth)
            except Absent as why:
                bench.absent(f"{label}: sqlite-vec", why)
