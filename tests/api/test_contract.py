"""The API is what openapi.json says: the document, the roles, the problems."""

import json

import pytest
import requests
from openapi_spec_validator import validate

from api_client import API, Client, shared

OPERATIONS = [(method.upper(), path, operation) for path, operations in API["paths"].items()
              for method, operation in operations.items() if method in ("get", "post", "put", "delete")]
WRITES = [(m, p) for m, p, o in OPERATIONS if o["x-role"] == "writer"]
READS = [(m, p) for m, p, o in OPERATIONS if o["x-role"] != "writer"]


def test_document_is_openapi_3_1():
    validate(API)
    assert API["openapi"].startswith("3.1")


def test_document_is_served(reader):
    assert reader.get("/api/v1/openapi.json").json() == json.loads((shared.ROOT / "web/openapi.json").read_text())


def test_only_writers_change_anything():
    # Six kinds; of proposals no POST, but an agreement; reads of introductions and proposals; what to ask a supplier.
    assert len(WRITES) == 6 * 4 + 4 + 3 + 3 + 1
    for method, path, operation in OPERATIONS:
        # By POST: texts belong into no address.
        asks = (method, path) == ("POST", "/api/v1/proposals") or path in ("/api/v1/match", "/api/v1/needs/diagnosis")
        costly = path.endswith("/improvement")  # an embedding for each text tried
        inner = path.startswith(("/api/v1/introductions", "/api/v1/proposals"))
        writers = not asks and (inner or costly or method != "GET")
        assert (operation["x-role"] == "writer") == writers


@pytest.mark.parametrize("method,path", WRITES)
@pytest.mark.parametrize("token", [None, "wrong", "x" * 43])
def test_write_needs_the_token(server, method, path, token):
    answer = Client(server, token).request(method, path.replace("{id}", "need-x"), json={"title": "x"})
    assert answer.status_code == 401
    assert answer.json()["code"] == ("token_wrong" if token else "token_needed")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("method,path", READS)
def test_reading_needs_none(reader, method, path):
    ids = {"orgs": "org-x", "needs": "need-x", "capabilities": "cap-x", "bottlenecks": "sample:bot-001", "consortia": "sample:con-001"}
    kind = path.split("/")[3] if path.startswith("/api") else ""
    path = path.replace("{id}", ids.get(kind, ""))
    if method == "POST":
        answer = reader.post(path, {"need_id": "need-x"} if kind == "proposals" else {"text": "钛酸锂"})
    else:
        answer = reader.get(path, params={"text": "钛酸锂"} if path.endswith("/match") else None)
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/api", "/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/needs/x/y",
                                  "/api/v1/needs//matches", "/api/v1/needs/", "/api/v2/needs"])
def test_unknown_address(reader, path):
    answer = reader.get(path)
    assert answer.status_code == 404
    assert answer.json()["code"] == "no_address"


@pytest.mark.parametrize("method", ["PATCH", "OPTIONS", "DELETE", "TRACE"])
def test_unknown_method_names_those_there_are(writer, method):
    answer = writer.request(method, "/api/v1/needs")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, POST"


def test_head_is_get_without_a_body(server):
    answer = requests.head(server.url + "/api/v1/needs/need-x")
    assert answer.status_code == 200 and answer.content == b"" and answer.headers["ETag"]


@pytest.mark.parametrize("accept,language", [
    ("zh", "zh"), ("en", "en"), ("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("en-GB,en;q=0.9,zh;q=0.1", "en"),
    ("fr", "zh"), ("", "zh"), ("fr,en;q=0.2", "en")])
def test_problems_speak_the_readers_language(server, accept, language):
    problem = Client(server, lang=accept).get("/api/v1/needs/none").json()
    assert problem["title"] == {"zh": "没有找到", "en": "Not found"}[language]
    assert problem["status"] == 404 and problem["code"] == "no_record" and problem["hint"]
    assert "none" in problem["detail"]
