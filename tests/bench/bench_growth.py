"""Time of a query and bytes of a record from a thousand records to the largest size: vectors alone,
words alone, and the whole match of a stored need through the server. A picture in
build/bench-growth.png."""

import statistics

import data
import store
from bench_lexical import TOP as DOCUMENTS
from bench_lexical import open_ours, queries, size_of
from bench_vectors import TOP as VECTORS
from common import ROOT, Absent, number

STEPS = (1000, 3000, 10000, 30000, 100000, 300000, 1000000)
MATCH_STEPS = (1000, 10000, 100000, 1000000)  # a store of each has to be made
NEEDS = 40


def point(n, seconds, memory, files=0):
    return {"records": n, "ms": 1000 * statistics.median(seconds), "bytes": (memory + files) / n, "memory": memory / n}


def asked(driver, command):
    driver.ask(command)
    return driver.ask(command)["each"]


def vectors(bench, n):
    rows, asks, _ = data.vectors(n, bench.program)
    with bench.driver("vectors", rows, n, data.DIM, asks, data.QUERIES, bench.threads, VECTORS) as hn:
        return point(n, asked(hn, "single 0 20 -"), hn.ready["rss_kb"] << 10)


def words(bench, n, texts, terms):
    with open_ours(bench, texts, n, terms) as hn:
        return point(n, asked(hn, "run 0 50 -"), hn.ready["anonymous_kb"] << 10, hn.bytes_of_files)


def match(bench, n):
    """Bytes: what the server has of its own once it has answered, and the files in the data directory."""
    folder, _ = store.store(bench, n)
    with store.Server(bench, folder) as server:
        times = [server.get(f"/api/v1/needs/n{i}/matches?top=10")[1] for i in range(NEEDS)]
        anonymous, _ = server.resident()
    return point(n, times[NEEDS // 4:], anonymous << 20, size_of(folder))


def draw(curves, path):
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.5))
    for axes, key, title in ((left, "ms", "time of a query, ms"), (right, "bytes", "bytes of a record, memory and files")):
        for name, points in curves.items():
            axes.plot([p["records"] for p in points], [p[key] for p in points], marker="o", label=name)
        axes.set_xscale("log"), axes.set_yscale("log")
        axes.set_xlabel("records"), axes.set_title(title)
        axes.grid(True, which="both", alpha=0.3), axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def run(bench):
    most = max(bench.sizes)
    texts, terms = data.texts(most)[0], queries(bench)[0]
    curves = {f"vectors, top {VECTORS}": (STEPS, lambda n: vectors(bench, n)),
              f"words, 100 terms, top {DOCUMENTS}": (STEPS, lambda n: words(bench, n, texts, terms)),
              "whole match of a stored need, over HTTP": (MATCH_STEPS, lambda n: match(bench, n))}
    for name, (steps, one) in curves.items():
        points = []
        for n in [n for n in steps if n <= most]:
            if why := bench.too_large(points[-1]["memory"] if points else None, n):
                bench.absent(f"{n:,}: {name}", why)
                continue
            points.append(one(n))
            bench.say(f"{n:>9,}: {name}: {number(points[-1]['ms'])} ms, {points[-1]['bytes']:.0f} bytes a record")
        curves[name] = points
    bench.facts["curves"] = curves
    try:
        draw(curves, ROOT / "build/bench-growth.png")
        bench.fact("picture", str(ROOT / "build/bench-growth.png"))
    except ImportError as why:
        raise Absent(f"matplotlib: {why}") from why
