"""The reference engine of the model's package as a driver: commands of encoder.c.

    peer_reference.py SOURCE MODEL KIND TEXTS
    peer_reference.py SOURCE MODEL KIND ids <texts    the token ids of each line as the model gets them

Its C source is compiled as fast as it can be, -O3 -march=native -fopenmp; OpenMP has the threads.
"""

import ctypes
import json
import subprocess
import sys
import tempfile
import time

import numpy as np

DIM = 384
# Its tokenizer is not among what it exports; peers without one of their own need it.
IDS = """
int bench_ids(e5_model *m, const char *text, int *ids, int most) {
    int n = tok_content(&m->tok, text, ids + 1, most - 2);
    ids[0] = m->tok.bos, ids[n + 1] = m->tok.eos;
    return n + 2;
}
"""


def load(source):
    with tempfile.TemporaryDirectory() as folder:
        library = f"{folder}/e5.so"
        subprocess.run(["gcc", "-O3", "-march=native", "-fopenmp", "-w", "-shared", "-fPIC", "-o", library,
                        "-x", "c", "-", "-lm"], input=f'#include "{source}/e5.c"\n{IDS}', text=True, check=True)
        engine = ctypes.CDLL(library)
    engine.e5_load.restype = ctypes.c_void_p
    return engine


def main():
    source, model, kind, texts = sys.argv[1:5]
    engine = load(source)
    loaded = ctypes.c_void_p(engine.e5_load(model.encode()))
    if texts == "ids":
        ids = (ctypes.c_int * 100000)()
        for line in sys.stdin.buffer:
            n = engine.bench_ids(loaded, f"{kind}: ".encode() + line.rstrip(b"\n"), ids, len(ids))
            print(*ids[:n])
        return
    lines = open(texts, "rb").read().splitlines()
    print(json.dumps({"ready": True, "settings": "gcc -O3 -march=native -fopenmp"}), flush=True)
    for line in sys.stdin:
        mode, first, count, out = line.split()
        chosen = [lines[(int(first) + i) % len(lines)] for i in range(int(count))]
        vectors, query, each = np.empty((len(chosen), DIM), np.float32), int(kind == "query"), []
        start = time.perf_counter()
        if mode == "batch":
            engine.e5_embed_batch(loaded, (ctypes.c_char_p * len(chosen))(*chosen), len(chosen), query,
                                  vectors.ctypes.data_as(ctypes.c_void_p))
        else:
            for text, row in zip(chosen, vectors):
                begin = time.perf_counter()
                engine.e5_embed(loaded, text, query, row.ctypes.data_as(ctypes.c_void_p))
                each.append(time.perf_counter() - begin)
        seconds = time.perf_counter() - start
        if out != "-":
            vectors.tofile(out)
        print(json.dumps({"seconds": seconds, "each": each}), flush=True)


main()
