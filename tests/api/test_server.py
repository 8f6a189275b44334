"""The server as a process: limits, concurrency, pages, start and stop."""

import http.client
import os
import shutil
import signal
import socket
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from api_client import Client, shared, start, without_model


def raw(server, data, wait=5):
    """What the server says to these bytes."""
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=wait) as s:
        try:
            s.sendall(data)
            answer = b""
            while part := s.recv(65536):
                answer += part
                if b"\r\n\r\n" in answer:
                    break
        except (ConnectionError, TimeoutError):
            pass
        return answer


# ---------------------------------------------------------------- limits

def test_body_over_a_mebibyte(own):
    answer = Client(own, own.token).post("/api/v1/needs", {"title": "x", "text": "a" * (1 << 20)})
    assert answer.status_code == 413 and answer.json()["code"] == "body_large"
    assert Client(own, own.token).post("/api/v1/needs", {"title": "x", "text": "a" * 900_000}).status_code == 201


def test_hopeless_body_is_not_waited_for(server):
    answer = raw(server, b"POST /api/v1/match HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n"
                         b"Content-Type: application/json\r\n\r\n{")
    assert answer.split()[1] == b"413"


def test_chunked_body_is_limited_too(server):
    chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    answer = raw(server, b"POST /api/v1/match HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                         b"Content-Type: application/json\r\n\r\n" + chunk * 32 + b"0\r\n\r\n")
    assert answer.split()[1] == b"413"


def test_long_address_and_headers(server):
    for request in [b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
                    b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 200_000 + b"\r\n\r\n"]:
        answer = raw(server, request)
        assert answer == b"" or answer.split()[1] in (b"414", b"431", b"413", b"400")
    assert requests.get(server.url + "/healthz").ok


@pytest.mark.parametrize("request_line", [b"GET", b"GET / HTTP/9.9", b"\x00\xff\x00", b"GET /%00 HTTP/1.1",
                                          b"GET /api/v1/needs/%zz HTTP/1.1",
                                          b"GET /api/v1/needs?chain=%e9%9 HTTP/1.1",
                                          b"GET /api/v1/needs/%ff%fe HTTP/1.1"])
def test_broken_requests_do_no_harm(server, request_line):
    answer = raw(server, request_line + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert answer == b"" or int(answer.split()[1]) >= 400
    assert requests.get(server.url + "/healthz").ok


@pytest.mark.parametrize("host,status", [
    ("localhost", 200), ("localhost:9", 200), ("127.0.0.1", 200), ("[::1]:80", 200), ("LOCALHOST", 200),
    ("evil.example", 403), ("localhost.evil.example", 403), ("127.0.0.1.evil.example", 403), ("", 403)])
def test_host_of_another_name_is_refused(server, host, status):
    for path in ["/healthz", "/api/v1/needs", "/"]:
        answer = requests.get(server.url + path, headers={"Host": host})
        assert answer.status_code == status
        if status == 403:
            assert answer.json()["code"] == "host"


def test_slow_clients_do_not_block_others(server):
    address = urlsplit(server.url)
    slow = [socket.create_connection((address.hostname, address.port)) for _ in range(50)]
    for s in slow:
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: loc")
    began = time.monotonic()
    assert requests.get(server.url + "/api/v1/needs?limit=1").ok
    assert time.monotonic() - began < 2
    for s in slow:
        s.close()


# ---------------------------------------------------------------- many at once

def test_readers_and_writers_together(own):
    """64 readers while one client writes: all are answered, and nothing written is lost."""
    paths = ["/api/v1/needs?limit=20", "/api/v1/needs/sample:need-001", "/api/v1/capabilities?q=%E7%94%B5%E6%B1%A0",
             "/api/v1/needs/sample:need-002/matches?top=5", "/api/v1/state", "/healthz"]
    bad = []

    def read(i):
        session = requests.Session()
        for k in range(6):
            answer = session.get(own.url + paths[(i + k) % len(paths)], timeout=60)
            if answer.status_code != 200:
                bad.append((answer.status_code, answer.text))

    def write(i):
        client = Client(own, own.token)
        made = client.post("/api/v1/needs", {"id": f"w{i}", "title": f"并发需求 {i}"})
        client.put(f"/api/v1/needs/w{i}", {"title": f"并发需求 {i} 改"}, headers={"If-Match": '"1"'})
        if made.status_code != 201:
            bad.append((made.status_code, made.text))

    with ThreadPoolExecutor(72) as pool:
        jobs = [pool.submit(read, i) for i in range(64)] + [pool.submit(write, i) for i in range(20)]
        for job in jobs:
            job.result()
    assert not bad
    ids = {r["id"]: r for r in Client(own).get("/api/v1/needs?sample=false&limit=200").json()["items"]}
    assert all(ids[f"w{i}"]["rev"] == 2 and ids[f"w{i}"]["title"].endswith("改") for i in range(20))


def test_one_edit_of_a_revision_wins(own):
    client = Client(own, own.token)
    client.post("/api/v1/needs", {"id": "race", "title": "竞争"})
    with ThreadPoolExecutor(16) as pool:
        codes = list(pool.map(lambda i: Client(own, own.token).put(
            "/api/v1/needs/race", {"title": f"竞争 {i}"}, headers={"If-Match": '"1"'}).status_code, range(16)))
    assert sorted(codes) == [200] + [412] * 15


# ---------------------------------------------------------------- pages

@pytest.fixture(scope="module")
def paged(sealed_data, tmp_path_factory):
    ui = tmp_path_factory.mktemp("ui") / "dist"
    (ui / "assets").mkdir(parents=True)
    (ui / "index.html").write_text("<!doctype html><title>pages</title>")
    (ui / "assets/app-0123.js").write_text("console.log(1)")
    (ui / ".hidden.txt").write_text("hidden")
    (ui.parent / "secret.txt").write_text("secret")
    server = start(sealed_data, "--ui", ui)
    yield server
    server.stop()


def test_addresses_of_the_page_lead_to_it(paged):
    for path in ["/", "/needs", "/needs/sample:need-001", "/orgs/x/y"]:
        answer = Client(paged).get(path)
        assert answer.status_code == 200 and "<title>pages" in answer.text
        assert answer.headers["Content-Type"].startswith("text/html")
        assert answer.headers["Cache-Control"] == "no-cache"


def test_hashed_files_are_kept(paged):
    answer = Client(paged).get("/assets/app-0123.js")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/assets/../../secret.txt",
                                  "/.hidden.txt", "//etc/passwd.txt", "/missing.js", "/%2e%2e%5csecret.txt"])
def test_no_way_out_of_the_folder(paged, path):
    address = urlsplit(paged.url)
    connection = http.client.HTTPConnection(address.hostname, address.port)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 404 and b"secret" not in body and b"hidden" not in body


def test_without_pages_the_root_says_so(server):
    text = Client(server).get("/").text
    assert "<title>" in text  # the pages, or two lines in two languages that there are none


# ---------------------------------------------------------------- start and stop

def test_token_is_shown_once_and_only_its_hash_kept(sealed_data, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(sealed_data, data)
    with sqlite3.connect(data / "hongniang.db") as db:
        had = db.execute("SELECT count(*) FROM setting WHERE key = 'writer_token_hash'").fetchone()[0]
    first = start(data, *(["--new-token"] if had else []))
    first.stop()
    second = start(data)
    try:
        assert first.token and second.token is None
        assert Client(second, first.token).post("/api/v1/orgs", {"name": "示例甲"}).status_code == 201
    finally:
        second.stop()
    for file in data.iterdir():
        assert first.token.encode() not in file.read_bytes()
    third = start(data, "--new-token")
    try:
        assert Client(third, first.token).post("/api/v1/orgs", {"name": "示例乙"}).status_code == 401
        assert Client(third, third.token).post("/api/v1/orgs", {"name": "示例丙"}).status_code == 201
        assert Client(third, first.token).get("/api/v1/state").json()["writer"] is False
        if "<div id=" in Client(third).get("/").text:  # there are pages
            assert f"{third.url}/#/token/{third.token}\n" in third.text()
    finally:
        third.stop()


def test_ready_says_that_the_model_is_missing(reader):
    assert reader.get("/readyz").json() == {"status": "ready", "model": "absent", "search": "lexical"}
    state = reader.get("/api/v1/state").json()
    assert state["lexical_only"] and state["model"] == {"present": False, "id": None} and state["sample"]
    assert state["counts"]["needs"] > 60 and state["writer"] is False


def test_state_tells_a_writer(writer):
    assert writer.get("/api/v1/state").json()["writer"] is True


def test_console_says_what_people_should_know(server):
    text = server.text()
    assert server.url in text and "示例数据" in text and "没有语义模型" in text


def test_log_holds_no_question_and_no_token(own):
    client = Client(own, own.token)
    shown = own.text().count(own.token)
    client.get("/api/v1/match?text=whisperedquestion")
    client.get("/api/v1/needs?q=whisperedquestion")
    client.post("/api/v1/match", {"text": "whisperedquestion"})
    own.stop()
    log = own.text()
    assert "path=/api/v1/match status=200" in log
    assert "whispered" not in log and log.count(own.token) == shown  # at the start


def test_metrics(reader):
    reader.get("/api/v1/needs?limit=1")
    lines = reader.get("/metrics").text.splitlines()
    assert any(l.startswith('hongniang_requests_total{method="GET",path="/api/v1/needs",status="2xx"}') for l in lines)
    assert any(l.startswith('hongniang_records{kind="need"}') for l in lines)
    for line in lines:
        assert line.startswith("# TYPE ") or float(line.rsplit(" ", 1)[1]) >= 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stop_finishes_what_it_began(sealed_data, tmp_path, number):
    shutil.copytree(sealed_data, tmp_path / "data")
    server = start(tmp_path / "data")
    codes = []

    def ask():
        for _ in range(20):
            try:
                codes.append(requests.get(server.url + "/api/v1/needs/sample:need-001/matches").status_code)
            except requests.ConnectionError:
                return

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for t in threads:
        t.start()
    time.sleep(0.1)
    server.process.send_signal(number)
    assert server.process.wait(15) == 0
    for t in threads:
        t.join()
    assert 200 in codes and set(codes) <= {200, 503}


def test_second_start_is_quick(sealed_data):
    began = time.monotonic()
    server = start(sealed_data)
    took = time.monotonic() - began
    server.stop()
    assert took < 3, server.text()


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:0", "192.168.1.1:80", ":8080", "8080", "localhost", "localhost:x",
                                    "example.com:80", "127.0.0.1:99999"])
def test_only_this_machine_may_listen(sample_data, run, listen):
    done = run("serve", "--data", sample_data, "--listen", listen)
    assert done.returncode == 2 and done.stderr


def test_taken_port_is_said(server, sealed_data, tmp_path, run):
    shutil.copytree(sealed_data, tmp_path / "data")
    with without_model():
        done = run("serve", "--data", tmp_path / "data", "--listen", urlsplit(server.url).netloc)
    assert done.returncode == 1 and "listen" in done.stderr


MODEL = Path(os.environ.get("HONGNIANG_MODEL") or shared.ROOT / "build/model/e5-small-q4.bin")


@pytest.mark.skipif(not MODEL.exists(), reason="no model")
def test_health_answers_while_texts_are_embedded(sealed_data, tmp_path):
    shutil.copytree(sealed_data, tmp_path / "data")
    server = shared.Server(tmp_path / "data", "--new-token", "--model", MODEL)
    try:
        assert requests.get(server.url + "/readyz").json()["model"] == "present"
        text = "高速电主轴轴承的润滑与冷却。" * 150

        def ask(i):
            return requests.post(server.url + "/api/v1/match", json={"text": f"{i}{text}"}, timeout=120).status_code

        with ThreadPoolExecutor(4) as pool:
            jobs = [pool.submit(ask, i) for i in range(4)]
            waits = []
            while not all(j.done() for j in jobs):
                began = time.monotonic()
                assert requests.get(server.url + "/healthz", timeout=10).ok
                waits.append(time.monotonic() - began)
                time.sleep(0.05)
            assert [j.result() for j in jobs] == [200] * 4
        assert max(waits) < 2
    finally:
        server.stop()
