"""Words: a hundred distinct terms with OR between them, the best 100 documents, against Xapian,
tantivy and SQLite FTS5.

Peers without Chinese analysis get the very terms that hongniang keeps, with spaces between; the
queries are the first hundred distinct terms of real needs. Each engine scores with its own BM25, so
they are compared by time, and how far they agree is told beside it.
"""

import subprocess

import numpy as np

import data
from common import SCRATCH, Absent, environment, kept, pairs, percentile, ratios, spread

TOP, TERMS = 100, 100
FTS5_MOST = 10000  # its time grows with the hits, and a query takes a good part of a second here


def write_tokens(bench, texts, n, path):
    """The terms of the first n texts, a document a line."""
    new = path.with_suffix(".new")
    with open(texts, encoding="utf-8") as f, open(new, "w") as out:
        process = subprocess.Popen([bench.build / "bench/lexical", "tokens"], stdin=subprocess.PIPE, stdout=out,
                                   text=True, encoding="utf-8", env=environment(1))
        for _, line in zip(range(n), f):
            process.stdin.write(line.replace("\t", " "))
        process.stdin.close()
        if process.wait():
            raise RuntimeError("the analyzer failed")
    new.rename(path)
    return path


def tokens_of(bench, texts, origin, n):
    """Terms of n texts, as write_tokens; and what they hang on: the texts and the analyzer."""
    sample = write_tokens(bench, texts, min(n, 1000), SCRATCH / "sample.tokens").read_bytes()
    key = f"{n} {origin} ".encode() + sample
    path = kept(f"tokens-{n}", key, ".txt")
    return path if path.exists() else write_tokens(bench, texts, n, path), key


def queries(bench):
    """The first TERMS distinct terms of each need that has as many: real ones, but for joining short
    needs."""
    rows = [f"{title} {text}" for title, text in data.needs()]
    rows += [f"{a} {b}" for a, b in zip(rows, rows[1:])]
    raw = SCRATCH / "needs.tsv"
    raw.write_text("".join(r + "\n" for r in rows), encoding="utf-8")
    lines = write_tokens(bench, raw, len(rows), SCRATCH / "needs.tokens").read_text(encoding="utf-8").splitlines()
    distinct = [list(dict.fromkeys(line.split(" "))) for line in lines]
    chosen = [" ".join(d[:TERMS]) for d in distinct if len(d) >= TERMS]
    path = SCRATCH / "queries.txt"
    path.write_text("".join(q + "\n" for q in chosen), encoding="utf-8")
    return path, len(chosen)


def ids_of(driver, count):
    out = SCRATCH / "ids.u32"
    driver.ask(f"run 0 {count} {out}")
    return np.fromfile(out, dtype="<u4").reshape(count, TOP)


def series(driver, count):
    """A run of count queries as a function for pairs(); each run asks others. Mean seconds."""
    state = {"first": 0}

    def run():
        state["first"] += count
        return driver.ask(f"run {state['first']} {count} -")["seconds"] / count
    return run


def size_of(path):
    files = [path] if path.is_file() else [f for f in path.rglob("*") if f.is_file()]
    return sum(f.stat().st_size for f in files)


def open_ours(bench, texts, n, asks):
    """Our driver; the files of its words stay for the next time."""
    folder = SCRATCH / f"lexical-{n}"
    folder.mkdir(exist_ok=True)
    driver = bench.driver("lexical", texts, n, asks, bench.threads, TOP, folder)
    driver.bytes_of_files = size_of(folder)
    return driver


def against(bench, hn, n, label, name, open_peer, index, count):
    try:
        bench.allow(name)
        with open_peer() as peer:
            ours_top, theirs_top = ids_of(hn, 5), ids_of(peer, 5)
            shared = np.mean([len(set(a) & set(b)) / TOP for a, b in zip(ours_top, theirs_top)])
            bench.fact(f"{label} {name}", f"{peer.ready['version']}, {peer.ready['settings']}; ready in "
                       f"{peer.ready['build_s']:.0f} s, {size_of(index) / n:.0f} bytes a document; shares "
                       f"{100 * shared:.0f} % of its top {TOP} with ours")
            ours, theirs = pairs(bench.rounds, series(hn, count), series(peer, count))
    except Absent as why:
        bench.absent(f"{label}: {name}", why)
        return
    bench.row(f"{label}: {name}", [1000 * x for x in spread(theirs)], " ms")
    goal = ("> 1", lambda x: x > 1) if name in ("tantivy", "Xapian") else ("", None)
    bench.row(f"{label}: {name}'s time over ours", ratios(theirs, ours), "", *goal)


def words(bench, texts, origin, asks, n, too_slow):
    """One size, without the peers that are too slow for it. Bytes of memory a document, or None where a
    larger collection would have files instead."""
    label = f"{n:,}"
    tokens, key = tokens_of(bench, texts, origin, n)
    peers = {"tantivy": (kept(f"tantivy-{n}", key), lambda index: bench.peer(
                "peer_tantivy.py", index, tokens, n, asks, bench.threads, TOP), 20),
             "Xapian": (kept(f"xapian-{n}", key), lambda index: bench.driver(
                "peer_xapian", index, tokens, n, asks, TOP), 20 if n <= 100000 else 5),
             "FTS5": (kept(f"fts5-{n}", key, ".db"), lambda index: bench.driver(
                "peer_sqlite", "fts", index, tokens, n, asks, TOP), 2)}
    with open_ours(bench, texts, n, asks) as hn:
        memory = hn.ready["anonymous_kb"] * 1024 / n
        bench.fact(f"{label} hongniang", f"{hn.ready['settings']}; ready in {hn.ready['build_s']:.0f} s; bytes a "
                   f"document: {memory:.0f} of memory, its text included, and {hn.bytes_of_files / n:.0f} of files")
        each = [1000 * x for x in hn.ask("run 0 100 -")["each"]]
        bench.row(f"{label}: hongniang, mean", [sum(each) / len(each)] * 3, " ms")
        bench.fact(f"{label} hongniang p50, p99", f"{percentile(each, 50):.1f}, {percentile(each, 99):.1f} ms")
        for name, (index, open_peer, count) in peers.items():
            if name in too_slow:
                bench.absent(f"{label}: {name}", too_slow[name])
            else:
                against(bench, hn, n, label, name, lambda i=index, o=open_peer: o(i), index, count)
    return memory if hn.bytes_of_files else None


def run(bench):
    texts, origin = data.texts(max(bench.sizes))
    bench.fact("texts", f"{origin}, mixed")
    asks, many = queries(bench)
    bench.fact("queries", f"{many}, each the first {TERMS} distinct terms of a need")
    memory = None
    for n in sorted({FTS5_MOST, *bench.sizes}):
        if why := bench.too_large(memory, n):
            bench.absent(f"{n:,}: words", why)
            continue
        too_slow = {} if n <= FTS5_MOST else {"FTS5": f"too slow, see {FTS5_MOST:,}"}
        memory = words(bench, texts, origin, asks, n, too_slow)
