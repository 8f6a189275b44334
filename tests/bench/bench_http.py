"""HTTP: a server over 20,000 capabilities and 64 connections by wrk, against a bare libmicrohttpd
handler that sends the same bytes. wrk has the same cores as the servers, as a client on the machine
would."""

import random
import re
import shutil
import statistics
import subprocess
import urllib.parse

import data
import store
from common import SCRATCH, Absent, ratios, spread

CAPABILITIES, CONNECTIONS, SECONDS = 20000, 64, 5


def wrk(url, connections=CONNECTIONS, seconds=SECONDS, threads=2, script=None):
    """Requests a second, p50 and p99 in ms, and how many were answered with an error or not at all."""
    command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "30s"]
    text = subprocess.run([*command, *(["-s", str(script)] if script else []), url], text=True, check=True,
                          stdout=subprocess.PIPE).stdout
    unit = {"us": 0.001, "ms": 1, "s": 1000, "m": 60000}

    def latency(p):
        value, name = re.search(rf"{p}%\s+([\d.]+)(us|ms|s|m)\b", text).groups()
        return float(value) * unit[name]
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    socket = re.search(r"connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    return {"rate": float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)), "p50": latency(50), "p99": latency(99),
            "errors": int(bad.group(1) if bad else 0) + sum(map(int, socket.groups() if socket else ()))}


def distinct_script():
    """Each request asks with a text that nobody has asked with before."""
    titles = [urllib.parse.quote(t) for t, _ in data.needs()]
    script = SCRATCH / "distinct.lua"
    script.write_text("local titles = {" + ", ".join(f'"{t}"' for t in titles) + "}\n" + """
local threads, n = 0, 0
function setup(thread) thread:set("id", threads); threads = threads + 1 end
function init() math.randomseed(os.time() + 7919 * id); salt = math.random(1, 999999999) end
function request()
    n = n + 1
    return wrk.format("GET", string.format("/api/v1/match?text=%s%%20%d-%d-%d&top=10", titles[n % #titles + 1], salt, id, n))
end
""")
    return script


def cached(bench, server):
    text = urllib.parse.quote(random.Random(1).choice(data.needs())[0])
    path = f"/api/v1/match?text={text}&top=10"
    body = SCRATCH / "answer.json"
    body.write_bytes(server.get(path)[0])
    port = store.free_port()
    with bench.driver("bare_mhd", port, body) as bare:
        bench.fact("bare handler", f"{bare.ready['version']}, {bare.ready['bytes']} bytes")
        ours, raw = [], []
        for i in range(bench.rounds + 1):  # the first pair does not count
            a, b = wrk(server.url + path), wrk(f"http://127.0.0.1:{port}/")
            if i:
                ours.append(a), raw.append(b)
    bench.row("cached, requests a second", spread([r["rate"] for r in ours]))
    bench.row("cached, p99", spread([r["p99"] for r in ours]), " ms")
    bench.row("bare handler, requests a second", spread([r["rate"] for r in raw]))
    bench.row("cached, share of the bare handler's rate", ratios([r["rate"] for r in ours], [r["rate"] for r in raw]), "",
              ">= 0.6", lambda x: x >= 0.6)


def one_run(server, script, i):
    """Of wrk; after it until what it has asked and did not wait for is done, lest the next run pay for it."""
    done = wrk(server.url, script=script)
    server.get(f"/api/v1/match?text=last%20of%20run%20{i}&top=10")
    return done


def uncached(bench, server):
    script = distinct_script()
    with bench.driver("probe", server.port) as probe:
        runs = [one_run(server, script, i) for i in range(bench.rounds)]
        health = probe.ask("report")
    errors = sum(r["errors"] for r in runs)
    bench.row("distinct texts, requests a second", spread([r["rate"] for r in runs]))
    bench.row("distinct texts, p99", spread([r["p99"] for r in runs]), " ms")
    bench.row("distinct texts, errors", [errors] * 3, "", "0", lambda x: x == 0)
    bench.row("/healthz meanwhile, p99", [health["p99"], health["p50"], health["max"]], " ms",
              "<= 20", lambda x: x <= 20)
    # How fast the encoder alone is on such texts, one call a text, as many as threads.
    asks = SCRATCH / "asks.txt"
    asks.write_text("".join(f"{t} {i}-123456789\n" for i, (t, _) in enumerate(data.needs())), encoding="utf-8")
    with bench.driver("encoder", bench.model, "query", asks, bench.threads) as encoder:
        alone = [64 / encoder.ask(f"batch {64 * i} 64 -")["seconds"] for i in range(bench.rounds)]
    bench.row("the encoder alone on such texts in batches, a second", spread(alone))
    bench.row("distinct texts, share of the encoder's rate", [statistics.median(r["rate"] for r in runs) /
                                                             statistics.median(alone)] * 3)


def run(bench):
    if not shutil.which("wrk"):
        bench.absent("HTTP", "wrk is not installed")
        return
    folder, _ = store.store(bench, CAPABILITIES)
    with store.Server(bench, folder) as server:
        bench.fact("server", f"{CAPABILITIES:,} capabilities, ready in {server.ready_s:.1f} s")
        try:
            cached(bench, server)
        except Absent as why:
            bench.absent("bare handler", why)
        uncached(bench, server)
