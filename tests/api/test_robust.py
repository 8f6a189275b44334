"""What people run into: a port that is taken, a database that another process holds, odd bodies."""

import socket
import sqlite3
import threading
import time

import pytest
from api_client import Client, shared, without_model


def test_a_start_that_fails_does_not_lose_the_token(tmp_path):
    with socket.socket() as taken, without_model():
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = shared.run_program("serve", "--data", tmp_path / "data", "--listen",
                                  f"127.0.0.1:{taken.getsockname()[1]}")
    assert done.returncode == 1
    assert "写入令牌" in done.stderr or "writer token" in done.stderr


def test_reading_goes_on_while_another_process_writes(own):
    """Writes wait for the other process; not so many of them that nobody is left to read."""
    codes = []

    def add():
        codes.append(Client(own, own.token).post("/api/v1/needs", {"title": "等待"}).status_code)

    other = sqlite3.connect(own.data / "hongniang.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    adding = [threading.Thread(target=add) for _ in range(24)]
    try:
        for t in adding:
            t.start()
        time.sleep(0.3)
        began = time.monotonic()
        assert Client(own).get("/api/v1/needs?limit=1").status_code == 200
        assert time.monotonic() - began < 8
    finally:
        other.execute("ROLLBACK")
        for t in adding:
            t.join()
    assert set(codes) <= {201, 503} and 503 in codes
    assert Client(own, own.token).post("/api/v1/needs", {"title": "再来"}).status_code == 201


@pytest.mark.parametrize("key", ["联系电话", "法人手机号码2", "contact_email", "WeChat"])
def test_contacts_do_not_hide_in_extra(own, key):
    r = Client(own, own.token).post("/api/v1/needs", {"title": "某需求", "extra": {key: "1"}})
    assert r.status_code == 400 and r.json()["code"] == "extra_contact"


def test_a_member_that_stands_twice_is_refused(writer):
    r = writer.request("POST", "/api/v1/needs", data=b'{"title": "a", "title": "b"}',
                       headers={"Content-Type": "application/json"})
    assert r.status_code == 400 and r.json()["code"] == "member_twice"


def test_what_cannot_be_imported_again_is_not_taken(writer):
    deep = '{"title": "a", "extra": {"x": ' + "[" * 31 + "]" * 31 + "}}"
    r = writer.request("POST", "/api/v1/needs", data=deep.encode(), headers={"Content-Type": "application/json"})
    assert r.status_code == 400 and r.json()["code"] == "json_depth"


def test_too_large_is_said_in_the_language_of_the_reader(server):
    r = Client(server, server.token, lang="en").request(
        "POST", "/api/v1/needs", data=b" " * (2 << 20), headers={"Content-Type": "application/json"})
    assert r.status_code == 413 and "exceeds" in r.json()["detail"]


def test_a_misspelt_folder_of_pages_is_told_at_the_start(sample_data, tmp_path):
    done = shared.run_program("serve", "--data", sample_data, "--ui", tmp_path / "nowhere")
    assert done.returncode == 1 and "index.html" in done.stderr


def test_the_report_holds_what_was_rejected_of_every_file(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text('title\n"x"y\n好\n', encoding="utf-8")
    done = shared.run_program("import", "--data", tmp_path / "data", "--kind", "needs", "--keep-going",
                              "--report", tmp_path / "report.csv", tmp_path / "a.csv", tmp_path / "b.csv")
    assert done.returncode == 1
    lines = (tmp_path / "report.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 3 and "a.csv,2," in lines[1] and "b.csv,2," in lines[2]
