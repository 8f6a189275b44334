"""tantivy as a driver (bench.h has the protocol).

    peer_tantivy.py INDEX TOKENS N QUERIES THREADS TOP

The index is made if it is not there: one text field, whitespace tokens with frequencies, merged to
one segment if tantivy's own merging leaves more. `run FIRST COUNT OUT` as in lexical.c.
"""

import json
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import tantivy


def schema():
    b = tantivy.SchemaBuilder()
    b.add_text_field("t", stored=False, tokenizer_name="whitespace", index_option="freq")
    b.add_integer_field("id", stored=False, fast=True)
    return b.build()


def build(path, tokens, n, threads):
    new = Path(f"{path}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    index = tantivy.Index(schema(), str(new))
    writer = index.writer(heap_size=512 << 20, num_threads=threads)
    with open(tokens, encoding="utf-8") as f:
        for i, line in zip(range(n), f):
            writer.add_document(tantivy.Document(t=line.rstrip("\n"), id=i))
    writer.commit()
    writer.wait_merging_threads()
    new.rename(path)


def main():
    path, tokens, n, queries, threads, top = (Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4],
                                              int(sys.argv[5]), int(sys.argv[6]))
    start = time.perf_counter()
    if not path.exists():
        build(path, tokens, n, threads)
    built = time.perf_counter() - start
    index = tantivy.Index(schema(), str(path))
    searcher = index.searcher()
    asks = [tantivy.Query.boolean_query([(tantivy.Occur.Should, tantivy.Query.term_query(
        index.schema, "t", w, index_option="freq")) for w in line.split()]) for line in open(queries, encoding="utf-8")]
    print(json.dumps({"ready": True, "version": tantivy.__version__ if hasattr(tantivy, "__version__") else "",
                      "build_s": built, "settings": f"whitespace tokens, frequencies, {searcher.num_segments} segments"}),
          flush=True)
    for line in sys.stdin:
        _, first, count, out = line.split()
        first, count = int(first), int(count)
        each, hits = [], []
        for i in range(count):
            begin = time.perf_counter()
            hits.append(searcher.search(asks[(first + i) % len(asks)], limit=top, count=False).hits)
            each.append(time.perf_counter() - begin)
        if out != "-":
            ids = np.full((count, top), 2**32 - 1, dtype="<u4")
            for i, found in enumerate(hits):
                docs = searcher.fast_field_values("id", [a for _, a in found])
                ids[i, :len(docs)] = docs
            ids.tofile(out)
        print(json.dumps({"seconds": sum(each), "each": each}), flush=True)


main()
