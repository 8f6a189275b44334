"""The whole of `match` through the server: a need that is stored, a short text, a full new text; and
`match --all`. One request at a time, each for something that was not asked before."""

import json
import subprocess
import time
import urllib.parse

import data
import store
from common import SCRATCH, environment, percentile


def ask(server, paths):
    """Milliseconds of each, ascending."""
    return sorted(1000 * server.get(path)[1] for path in paths)


def text_path(text):
    return f"/api/v1/match?text={urllib.parse.quote(text)}&top=10"


def report(bench, label, times, goals):
    for p in (50, 99):
        goal = goals.get(p)
        bench.row(f"{label}, p{p} of {len(times)}", [percentile(times, p), times[0], times[-1]], " ms",
                  f"<= {goal:.0f}" if goal else "", (lambda x, g=goal: x <= g) if goal else None)


def embedding_ms(bench, texts):
    path = SCRATCH / "full.txt"
    path.write_text("".join(t + "\n" for t in texts), encoding="utf-8")
    with bench.driver("encoder", bench.model, "query", path, bench.threads) as encoder:
        return sorted(1000 * x for x in encoder.ask(f"single 0 {len(texts)} -")["each"])


def agreement(bench, label, folder, n=100):
    """Do the candidates give what scoring everything gives?"""
    done = subprocess.run([bench.build / "bench/agreement", folder, bench.model, str(n)], check=True, text=True,
                          stdout=subprocess.PIPE, env=environment(bench.threads))
    got = json.loads(done.stdout)
    bench.row(f"{label}: of the ten best, found among candidates ({got['needs']} needs)", [got["overlap"]] * 3, "",
              ">= 0.99", lambda x: x >= 0.99)
    bench.row(f"{label}: needs with the same level", [got["same_level"]] * 3, "", ">= 0.98", lambda x: x >= 0.98)
    bench.fact(f"{label} without HTTP and evidence",
               f"candidates {got['some_ms']} ms, p99 {got['some_p99_ms']}; everything {got['all_ms']} ms")


def run(bench):
    needs = data.needs()
    short = [f"{title[:20]} {i}" for i, (title, _) in enumerate(needs)]
    full = [f"{title} {text[:600]} {i}" for i, (title, text) in enumerate(needs[:40])]
    per_record = None
    for n in bench.sizes:
        label = f"{n:,}"
        if why := bench.too_large(per_record, n):
            bench.absent(f"{label}: match", why)
            continue
        folder, seconds = store.store(bench, n)
        with store.Server(bench, folder) as server:
            bench.fact(f"{label} import", f"{n / seconds:.0f} records a second")
            bench.row(f"{label}: start until ready", [server.ready_s] * 3, " s", "<= 5", lambda x: x <= 5)
            ask(server, [f"/api/v1/needs/n{i}/matches?top=10" for i in range(5)])  # warm, not asked again
            report(bench, f"{label}: stored need", ask(server, [f"/api/v1/needs/n{i}/matches?top=10"
                                                               for i in range(5, len(needs))]), {50: 60, 99: 200})
            report(bench, f"{label}: short text", ask(server, map(text_path, short)), {50: 60, 99: 200})
            whole = ask(server, map(text_path, full))
            anonymous, mapped = server.resident()
        alone = embedding_ms(bench, full)
        report(bench, f"{label}: full new text", whole, {50: percentile(alone, 50) + 40})
        bench.fact(f"{label} its embedding alone", f"p50 {percentile(alone, 50):.0f} ms")
        bench.row(f"{label}: anonymous memory", [anonymous] * 3, " MiB", "<= 2048", lambda x: x <= 2048)
        bench.fact(f"{label} mapped files", f"{mapped} MiB resident")
        per_record = (anonymous << 20) / n
        start = time.perf_counter()
        store.hongniang(bench, "match", "--data", folder, "--all", "--top", "20", timeout=3600)
        bench.row(f"{label}: match --all, needs a second, start included",
                  [len(needs) / (time.perf_counter() - start)] * 3)
        agreement(bench, label, folder)
