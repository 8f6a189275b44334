#!/usr/bin/env python3
"""The encoder against the reference engine: speed on the same threads in one run, and agreement.

    tests/bench/encoder.py [--reference build/model/reference] [--threads 2]

The reference engine's C source comes with the model's package and is compiled here as fast as it
can be: -O3 -march=native -fopenmp. Prints a table and writes JSON. Exit 1 when the encoder agrees
less than it must (cosine 0.999 for every text) or is less than twice as fast.
"""

import argparse
import ctypes
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent.parent
DIM = 384
LEAST_COSINE, LEAST_RATIO = 0.999, 2.0

ODD = [b"", b"   ", b"\t\t", b"\x01\x02", "😀😀🏭 👩‍👩‍👧‍👦".encode(), "①②③ ㎏ ㍿ Ⅷ ﬁ".encode(), "ＡＢＣ１２３".encode(),
       "e\u0301e\u0301".encode(), b"a" * 3000, "工".encode() * 2000, "\ufeffbom".encode(), "مرحبا بالعالم".encode(),
       "ก็ดี".encode(), "\u2581\u2581a".encode(), b"<s> </s> <unk> <mask>", b"x  y   z", "\u3000全角".encode(),
       "\U0010ffff\U00020000𠀀".encode(), "\u200b\u200d\u202e".encode(), "3.14e-10 μm ±5℃".encode(),
       "\u00a0nbsp".encode(), b"\xff\xfe\x80abc", b"\xe4\xb8", b"\xc3", b"\xf0\x9f\x98", b"\xc0\xaf\xed\xa0\x80",
       bytes(b for b in range(1, 256) if b != 10) * 2]


def passages():
    """Titles with their texts, as they are embedded: Chinese, and some English."""
    rows = []
    for kind in ("capabilities", "needs"):
        with open(ROOT / f"corpus/sample/{kind}.jsonl", encoding="utf-8") as f:
            rows += [json.loads(line) for line in f]
    return [f"{r['title']} {r.get('text') or ''}".replace("\n", " ").encode() for r in rows]


def mixed(base):
    """200 texts: odd ones, some of several windows, short ones, and ordinary ones."""
    draw = random.Random(1)
    long = [b" ".join(draw.sample(base, n)) for n in (4, 6, 9, 12, 16, 24)]
    short = [t.split(b" ")[0] for t in draw.sample(base, 60)]
    texts = ODD + long + short
    return texts + draw.sample(base, 200 - len(texts))


def ours(binary, kind, texts, threads):
    """Vectors, and seconds of the whole process: what starting costs counts against us."""
    start = time.perf_counter()
    done = subprocess.run([binary, "embed", "--kind", kind, "--threads", str(threads)],
                          input=b"".join(t + b"\n" for t in texts), stdout=subprocess.PIPE, check=True)
    seconds = time.perf_counter() - start
    return np.frombuffer(done.stdout, dtype="<f4").reshape(-1, DIM), seconds


class Reference:
    """The reference engine, in this process. Its threads are set before OpenMP starts."""

    def __init__(self, source, model, threads):
        os.environ["OMP_NUM_THREADS"] = str(threads)
        with tempfile.TemporaryDirectory() as folder:
            library = f"{folder}/e5.so"
            subprocess.run(["gcc", "-O3", "-march=native", "-fopenmp", "-w", "-shared", "-fPIC", "-o",
                            library, f"{source}/e5.c", "-lm"], check=True)
            self.engine = ctypes.CDLL(library)
        self.engine.e5_load.restype = ctypes.c_void_p
        self.model = ctypes.c_void_p(self.engine.e5_load(str(model).encode()))

    def embed(self, kind, texts):
        """Vectors, and seconds of the call alone."""
        out = np.empty((len(texts), DIM), dtype=np.float32)
        array = (ctypes.c_char_p * len(texts))(*texts)
        start = time.perf_counter()
        self.engine.e5_embed_batch(self.model, array, len(texts), int(kind == "query"),
                                   out.ctypes.data_as(ctypes.c_void_p))
        return out, time.perf_counter() - start


def yardstick(threads):
    """What this machine gives now: sgemm in GFLOP/s on these threads, and memory reads in GB/s."""
    code = """
import numpy as np, time
a = np.ones((2048, 2048), dtype=np.float32)
b = np.ones((64 << 20) // 4, dtype=np.float32)
def best(f):
    times = []
    for _ in range(5):
        start = time.perf_counter()
        f()
        times.append(time.perf_counter() - start)
    return min(times)
g, m = best(lambda: a @ a), best(lambda: b.sum())
print(2 * 2048**3 / g / 1e9, b.nbytes / m / 1e9)
"""
    env = {**os.environ, "OPENBLAS_NUM_THREADS": str(threads)}
    out = subprocess.run([sys.executable, "-c", code], env=env, text=True, stdout=subprocess.PIPE, check=True)
    return [round(float(x), 1) for x in out.stdout.split()]


def cosines(a, b):
    return (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default=ROOT / "build/hongniang")
    parser.add_argument("--model", default=ROOT / "build/model/e5-small-q4.bin")
    parser.add_argument("--reference", default=ROOT / "build/model/reference")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--texts", type=int, default=128, help="passages timed in each round")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--out", default=ROOT / "build/bench-encoder.json")
    options = parser.parse_args()
    if not Path(options.reference, "e5.c").exists() or not Path(options.model).exists():
        print(f"encoder: no reference engine in {options.reference}; 'make model' fetches it", file=sys.stderr)
        return 1
    base = passages()
    timed = random.Random(2).sample(base, min(options.texts, len(base)))
    reference = Reference(options.reference, options.model, options.threads)
    sgemm, memory = yardstick(options.threads)

    # In turns, and the best of each, since other programs disturb both alike.
    best = {"hongniang": 1e9, "reference": 1e9}
    for _ in range(options.rounds):
        best["hongniang"] = min(best["hongniang"], ours(options.bin, "passage", timed, options.threads)[1])
        best["reference"] = min(best["reference"], reference.embed("passage", timed)[1])
    speed = {name: round(len(timed) / seconds, 2) for name, seconds in best.items()}

    texts = mixed(base)
    agreement = np.concatenate([cosines(ours(options.bin, kind, part, options.threads)[0],
                                        reference.embed(kind, part)[0])
                                for kind, part in (("passage", texts[::2]), ("query", texts[1::2]))])
    result = {"threads": options.threads, "passages": len(timed), "passages_per_s": speed,
              "ratio": round(speed["hongniang"] / speed["reference"], 2), "texts": len(texts),
              "cosine_min": round(float(agreement.min()), 6), "cosine_mean": round(float(agreement.mean()), 6),
              "sgemm_gflops": sgemm, "memory_gb_per_s": memory}
    Path(options.out).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"encoder, {options.threads} threads; this machine now: sgemm {sgemm} GFLOP/s, memory {memory} GB/s")
    print(f"  passages/s   hongniang {speed['hongniang']}, reference {speed['reference']}: "
          f"{result['ratio']} times (at least {LEAST_RATIO})")
    print(f"  cosine       minimum {result['cosine_min']} over {len(texts)} texts (at least {LEAST_COSINE}), "
          f"mean {result['cosine_mean']}")
    return 0 if result["ratio"] >= LEAST_RATIO and agreement.min() >= LEAST_COSINE else 1


if __name__ == "__main__":
    sys.exit(main())
