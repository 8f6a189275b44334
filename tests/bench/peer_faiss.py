"""faiss as a driver (bench.h has the protocol).

    peer_faiss.py KIND ROWS.f32 N QUERIES.f32 THREADS TOP [SAVED]

KIND is Flat, `HNSW32` or `IVF4096`. An index that takes long to build is kept in SAVED. Commands
are those of vectors.c, and `set NUMBER`: efSearch or nprobe.
"""

import json
import sys
import time
from pathlib import Path

import faiss
import numpy as np

DIM = 384


def resident():
    for line in open("/proc/self/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1])


def build(kind, rows):
    n = len(rows)
    if kind == "Flat":
        index = faiss.IndexFlatIP(DIM)
    elif kind.startswith("HNSW"):
        index = faiss.IndexHNSWFlat(DIM, int(kind[4:]), faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = 40  # faiss's default
    else:
        lists = int(kind[3:])
        index = faiss.IndexIVFFlat(faiss.IndexFlatIP(DIM), DIM, lists, faiss.METRIC_INNER_PRODUCT)
        index.cp.niter = 10
        draw = np.random.default_rng(1).choice(n, min(n, 64 * lists), replace=False)
        index.train(np.ascontiguousarray(rows[np.sort(draw)]))
    for at in range(0, n, 100000):
        index.add(np.ascontiguousarray(rows[at:at + 100000]))
    return index


def main():
    kind, rows, n, queries, threads, top = *sys.argv[1:3], int(sys.argv[3]), sys.argv[4], *map(int, sys.argv[5:7])
    saved = Path(sys.argv[7]) if len(sys.argv) > 7 else None
    faiss.omp_set_num_threads(threads)
    data = np.memmap(rows, dtype="<f4", mode="r", shape=(n, DIM))
    asks = np.fromfile(queries, dtype="<f4").reshape(-1, DIM)
    start = time.perf_counter()
    if saved and saved.exists():
        index = faiss.read_index(str(saved))
    else:
        index = build(kind, data)
        if saved:
            faiss.write_index(index, str(saved))
    built = time.perf_counter() - start
    print(json.dumps({"ready": True, "version": faiss.__version__, "build_s": built, "rss_kb": resident(),
                      "settings": f"{kind}, compiled for {faiss.get_compile_options().strip()}"}), flush=True)
    for line in sys.stdin:
        words = line.split()
        if words[0] == "set":
            if kind.startswith("HNSW"):
                index.hnsw.efSearch = int(words[1])
            elif kind.startswith("IVF"):
                index.nprobe = int(words[1])
            print("{}", flush=True)
            continue
        mode, first, count, out = words[0], int(words[1]), int(words[2]), words[3]
        q = asks[(first + np.arange(count)) % len(asks)]
        each = []
        start = time.perf_counter()
        if mode == "batch":
            ids = index.search(q, top)[1]
        else:
            ids = []
            for i in range(count):
                begin = time.perf_counter()
                ids.append(index.search(q[i:i + 1], top)[1][0])
                each.append(time.perf_counter() - begin)
        seconds = time.perf_counter() - start
        if out != "-":
            np.array(ids, dtype="<u4").tofile(out)
        print(json.dumps({"seconds": seconds, "each": each}), flush=True)


main()
