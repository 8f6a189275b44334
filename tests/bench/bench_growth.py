"""Time of a query and bytes of a record from a thousand records to the largest size: a picture in
build/bench-growth.png."""

import statistics

import data
from bench_lexical import TOP as DOCUMENTS
from bench_lexical import queries
from bench_vectors import TOP as VECTORS
from common import ROOT, Absent, number

STEPS = (1000, 3000, 10000, 30000, 100000, 300000, 1000000)


def measure(bench, driver, command, n):
    driver.ask(command)
    done = driver.ask(command)
    return {"records": n, "ms": 1000 * statistics.median(done["each"]), "bytes": driver.ready["rss_kb"] * 1024 / n}


def draw(curves, path):
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.5))
    for axes, key, title in ((left, "ms", "time of a query, ms"), (right, "bytes", "resident bytes of a record")):
        for name, points in curves.items():
            axes.plot([p["records"] for p in points], [p[key] for p in points], marker="o", label=name)
        axes.set_xscale("log"), axes.set_yscale("log")
        axes.set_xlabel("records"), axes.set_title(title)
        axes.grid(True, which="both", alpha=0.3), axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def run(bench):
    sizes = [n for n in STEPS if n <= max(bench.sizes)]
    rows, asks, _ = data.vectors(max(sizes), bench.program)
    texts, terms = data.texts(max(sizes))[0], queries(bench)[0]
    vector, lexical = [], []
    for n in sizes:
        with bench.driver("vectors", rows, n, data.DIM, asks, data.QUERIES, bench.threads, VECTORS) as hn:
            vector.append(measure(bench, hn, "single 0 20 -", n))
        if why := bench.too_large(lexical[-1]["bytes"] if lexical else None, n):
            bench.absent(f"{n:,}: words", why)
        else:
            with bench.driver("lexical", texts, n, terms, bench.threads, DOCUMENTS) as hn:
                lexical.append(measure(bench, hn, "run 0 50 -", n))
        bench.say(f"{n:>9,}: vectors {number(vector[-1]['ms'])} ms, {vector[-1]['bytes']:.0f} bytes; words "
                  + (f"{number(lexical[-1]['ms'])} ms, {lexical[-1]['bytes']:.0f} bytes"
                     if lexical and lexical[-1]["records"] == n else "not measured"))
    curves = {f"vectors, top {VECTORS}": vector, f"words, 100 terms, top {DOCUMENTS}": lexical}
    bench.facts["curves"] = curves
    try:
        draw(curves, ROOT / "build/bench-growth.png")
        bench.fact("picture", str(ROOT / "build/bench-growth.png"))
    except ImportError as why:
        raise Absent(f"matplotlib: {why}") from why
