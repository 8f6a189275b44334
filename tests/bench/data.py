"""Input for the bench: real vectors and real texts, grown to any number by mixing.

Vectors. The pool is what `make relevance` has embedded (build/relevance-cache), or the sample's
texts embedded here where that is absent. Row i of the collection is a mix of two or three rows of
the pool with random weights (uniform on the simplex), plus noise of a tenth of its length,
normalised. QUERIES rows of the pool are kept out of the mixing and are the queries, as they are.

Texts. A document is the title of one real text, and three to six sentences drawn from three real
texts and shuffled. The words are real and so are their frequencies; but the vocabulary stops
growing, so rare terms are more frequent than they would be in a million real texts.

Records, for whole matches: texts and vectors that belong together, see records().

Deterministic: block b of BLOCK rows depends on the seed and b alone, so the first n rows of a larger
collection are the collection of n. Everything lies under build/bench-data and is never committed.
"""

import hashlib
import json
import random
import re
import struct
import subprocess
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = ROOT / "build/bench-data"
SHARED = ROOT.parent / "shared/data"
DIM = 384
BLOCK = 10000
QUERIES = 1000
SEED = 20240607


def pool_vectors(program):
    """The real vectors, unit rows: from the cache of `make relevance`, else of the sample."""
    files = sorted((ROOT / "build/relevance-cache").glob("vectors-*.bin"), key=lambda f: f.stat().st_size)
    if files:
        header = files[-1].open("rb").read(88)
        magic, _, dim = struct.unpack_from("<8sII", header)
        assert magic == b"HNVECT1\n" and dim == DIM, files[-1]
        row = np.dtype([("key", "V16"), ("v", "<f4", DIM), ("sum", "<u8")])
        rows = np.fromfile(files[-1], dtype=row, offset=88)["v"]
        origin = f"{len(rows)} vectors of the relevance cache"
    else:
        texts = [f"{t} {x}".replace("\n", " ") for t, x in real_texts()[0]]
        done = subprocess.run([program, "embed", "--kind", "passage"], input="\n".join(texts[:4000]) + "\n",
                              text=True, encoding="utf-8", stdout=subprocess.PIPE, check=True)
        rows = np.frombuffer(done.stdout, dtype="<f4").reshape(-1, DIM)
        origin = f"{len(rows)} vectors of the sample"
    rows = np.unique(np.ascontiguousarray(rows), axis=0)
    rows = rows[np.isclose(np.linalg.norm(rows, axis=1), 1, atol=1e-3)]
    return rows[np.random.default_rng(SEED).permutation(len(rows))], origin


def mixed_vectors(pool, block):
    draw = np.random.default_rng([SEED, block])
    weights = draw.dirichlet([1, 1, 1], BLOCK).astype(np.float32)
    weights[draw.random(BLOCK) < 0.5, 2] = 0  # half of the rows mix two
    rows = pool[draw.integers(len(pool), size=(BLOCK, 3))]
    v = np.einsum("nk,nkd->nd", weights, rows)
    noise = draw.standard_normal((BLOCK, DIM), dtype=np.float32)
    v += noise * (0.1 * np.linalg.norm(v, axis=1) / np.linalg.norm(noise, axis=1))[:, None]
    return (v / np.linalg.norm(v, axis=1)[:, None]).astype("<f4")


def vectors(n, program):
    """Paths of at least n rows and of the queries, made if they are not there; and their origin."""
    DATA.mkdir(parents=True, exist_ok=True)
    path, queries, note = DATA / "vectors.f32", DATA / "queries.f32", DATA / "vectors.txt"
    have = path.stat().st_size // (4 * DIM) if path.exists() else 0
    if have < n or not queries.exists():
        pool, origin = pool_vectors(program)
        held = min(QUERIES, len(pool) // 4)
        pool[:held].astype("<f4").tofile(queries)
        if not note.exists() or note.read_text() != origin:  # another pool: begin anew
            have = 0
            note.write_text(origin)
        with open(path, "r+b" if have else "wb") as f:
            f.truncate(have // BLOCK * BLOCK * DIM * 4)
            f.seek(0, 2)
            for block in range(have // BLOCK, -(-n // BLOCK)):
                mixed_vectors(pool[held:], block).tofile(f)
    return path, queries, note.read_text()


def key_of(path, n):
    """Bytes that stand for the first n rows of a file of vectors: its ends, which no two pools share."""
    some = min(n, BLOCK // 10) * DIM * 4
    with open(path, "rb") as f:
        first = f.read(some)
        f.seek(n * DIM * 4 - some)
        return b"%d " % n + first + f.read(some)


def real_texts():
    """[(title, text)], and where they are from."""
    rows, origin = [], "patents_cn, csl, chinaxiv"
    if SHARED.exists():
        for name in ("patents_cn/patents.jsonl", "csl/corpus.jsonl", "chinaxiv/corpus_zh.jsonl"):
            for line in open(SHARED / name, encoding="utf-8"):
                r = json.loads(line)
                text = r.get("text") or r.get("abstract") or ""
                rows.append((r.get("title") or re.split(r"[,，。;；]", text, maxsplit=1)[0][:40], text))
    else:
        origin = "the sample"
        for line in open(ROOT / "corpus/sample/capabilities.jsonl", encoding="utf-8"):
            r = json.loads(line)
            rows.append((r["title"], r.get("text") or ""))
    clean = [(" ".join(t.split()), " ".join(x.split())) for t, x in rows]
    return [(t, x) for t, x in clean if t and x], origin


def sentences_of(text):
    parts = [s.strip() for s in re.split(r"(?<=[。！？；;])", text)]
    return [s[:120] for s in parts if len(s) >= 8] or [text[:120]]


def texts(n):
    """Path of n or more lines `title TAB text`, and their origin."""
    DATA.mkdir(parents=True, exist_ok=True)
    path, note = DATA / "texts.tsv", DATA / "texts.txt"
    made = json.loads(note.read_text()) if note.exists() else {"n": 0, "origin": ""}
    if made["n"] < n:
        rows, origin = real_texts()
        parts = [(t, sentences_of(x)) for t, x in rows]
        chars = 0
        with open(path, "w", encoding="utf-8") as f:
            for block in range(-(-n // BLOCK)):
                draw = random.Random(f"{SEED} {block}")
                for _ in range(BLOCK):
                    three = draw.choices(parts, k=3)
                    pool = three[0][1] + three[1][1] + three[2][1]
                    body = "".join(draw.sample(pool, min(len(pool), draw.randint(3, 6))))
                    chars += len(body)
                    f.write(f"{three[0][0]}\t{body}\n")
        made = {"n": -(-n // BLOCK) * BLOCK, "origin": f"{len(rows)} texts of {origin}"}
        made["chars"] = round(chars / made["n"])
        note.write_text(json.dumps(made))
    return path, f"{made['origin']}; {made['chars']} characters each"


def records(n, parts):
    """Blocks of (texts [(title, text)], their vectors: 2 rows each, title and whole), n in all.

    parts: real texts [(title, text)] and their vectors, parts x 2 x DIM. The title is a real one, or
    every other time the first half of one and the second half of another; the text is three to six
    sentences of three real texts. The vectors are mixed as the texts are: by the share of characters
    that each real text has in it, with noise of a tenth."""
    rows, real = parts
    split = [sentences_of(x) for _, x in rows]
    for block in range(-(-n // BLOCK)):
        draw, noise = random.Random(f"{SEED} records {block}"), np.random.default_rng([SEED, block, 1])
        v, made = np.zeros((BLOCK, 2, DIM), np.float32), []
        for i in range(BLOCK):
            three = [draw.randrange(len(rows)) for _ in range(3)]
            first, second = rows[three[0]][0], rows[three[1]][0] if draw.random() < 0.5 else ""
            title = first[:-(-len(first) // 2)] + second[len(second) // 2:] if second else first
            v[i, 0] = real[three[0], 0] + real[three[1], 0] if second else real[three[0], 0]
            pool = [(s, p) for p in three for s in split[p]]
            body = draw.sample(pool, min(len(pool), draw.randint(3, 6)))
            share = np.bincount([three.index(p) for _, p in body], [len(s) for s, _ in body], 3)
            v[i, 1] = share @ real[three, 1] / share.sum()
            made.append((title, "".join(s for s, _ in body)))
        dust = noise.standard_normal(v.shape, dtype=np.float32)
        v += dust * (0.1 * np.linalg.norm(v, axis=2) / np.linalg.norm(dust, axis=2))[:, :, None]
        v /= np.linalg.norm(v, axis=2)[:, :, None]
        some = min(BLOCK, n - block * BLOCK)
        yield made[:some], v[:some].astype("<f4")


def kept_vectors(path, kind, texts):
    """The vectors that the program keeps of texts, as kind "q" or "p"; KeyError where it has none."""
    row = np.dtype([("key", "V16"), ("v", "<f4", DIM), ("sum", "<u8")])
    rows = np.fromfile(path, dtype=row, offset=88)
    place = {k.tobytes(): i for i, k in enumerate(rows["key"])}
    keys = (hashlib.blake2b(kind.encode() + t.encode(), digest_size=16).digest() for t in texts)
    return rows["v"][[place[k] for k in keys]]


def needs():
    """Texts that ask: real needs, else the sample's. [(title, text)]"""
    path = SHARED / "needs/needs_shared.jsonl"
    if not path.exists():
        path = ROOT / "corpus/sample/needs.jsonl"
    rows = [json.loads(line) for line in open(path, encoding="utf-8")]
    return [(" ".join(r["title"].split()), " ".join((r.get("text") or "").split())) for r in rows]
