"""Servers for the API tests, and a client that checks every answer it is given.

The servers here run without the model: words are enough to test the API, and a start costs nothing.
What the client checks of each response: it is what openapi.json says of that operation and status;
it carries the security headers; a reader is sent nothing that is sealed."""

import contextlib
import importlib.util
import json
import os
import re
import time
from pathlib import Path

import requests
from jsonschema import Draft202012Validator


def load_shared():
    """tests/conftest.py under a name of its own: pytest calls every conftest.py just that."""
    spec = importlib.util.spec_from_file_location("shared_conftest", Path(__file__).parents[1] / "conftest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


shared = load_shared()

API = json.loads((shared.ROOT / "web/openapi.json").read_text(encoding="utf-8"))

# Marks of what must not reach a reader; the records below carry them.
SEALED = {
    "contact_name": "密封联系人",
    "contact_phone": "0512-7777-1234",
    "contact_email": "sealed.person@secret.example",
    "text": "钛酸锂负极产气抑制之秘方",
    "key_technology": "界面钝化之独门配方",
    "targets": "循环寿命超过九千三百次",
    "extra": "内部备注勿外传",
}
ORG = {"id": "org-x", "name": "密封测试新能源有限公司", "kind": "enterprise",
       "summary": "从事钛酸锂电池制造", "contact_name": SEALED["contact_name"],
       "contact_phone": SEALED["contact_phone"], "contact_email": SEALED["contact_email"]}
NEED = {"id": "need-x", "org_id": "org-x", "title": "钛酸锂电池胀气问题", "text": SEALED["text"],
        "key_technology": SEALED["key_technology"], "targets": SEALED["targets"],
        "budget_wan": 7654321, "visibility": "registered", "内部备注": SEALED["extra"]}
CAPABILITY = {"id": "cap-x", "org_id": "org-x", "title": "一种钛酸锂电池胀气的抑制方法", "kind": "patent",
              "text": SEALED["text"] + "及" + SEALED["key_technology"], "visibility": "invited"}
PUBLIC = {"id": "cap-open", "org_name": ["示例公开研究院", "示例第二研究院"], "title": "钛酸锂电池胀气的公开研究",
          "kind": "paper", "text": "研究了钛酸锂负极产气的机理。涂层使胀气减少。", "visibility": "public"}


@contextlib.contextmanager
def without_model():
    before = os.environ.get("HONGNIANG_MODEL")
    os.environ["HONGNIANG_MODEL"] = "/nonexistent/model.bin"
    try:
        yield
    finally:
        if before is None:
            del os.environ["HONGNIANG_MODEL"]
        else:
            os.environ["HONGNIANG_MODEL"] = before


def start(data, *args):
    """A server without the model; .token is the writer token if this start made one."""
    with without_model():
        server = shared.Server(data, *args)
    while "http://" not in server.text() and server.process.poll() is None:
        time.sleep(0.02)
    found = re.search(r"(?:令牌|token).*[:：] ?([\w-]{43})\b", server.text())
    server.token = found.group(1) if found else None
    return server


def operation_of(method, path):
    """The operation and its documentation for an actual path, or None."""
    for template, operations in API["paths"].items():
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, path):
            return operations.get(method.lower())
    return None


def schema_of(response, operation):
    documented = operation["responses"].get(str(response.status_code), operation["responses"]["default"])
    if "$ref" in documented:
        documented = API["components"]["responses"][documented["$ref"].split("/")[-1]]
    return documented.get("content", {})


def check_documented(response, method, path):
    operation = operation_of(method, path)
    if operation is None:
        assert response.status_code >= 400 or not path.startswith("/api/")
        return
    content = schema_of(response, operation)
    if not content:
        assert response.content == b""
        return
    (kind, media), = content.items()
    assert response.headers["Content-Type"].split(";")[0] == kind
    if kind.endswith("json"):
        schema = {**media["schema"], "components": API["components"]}
        Draft202012Validator(schema).validate(response.json())


def check_headers(response):
    h = response.headers
    assert h["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in h["Content-Security-Policy"]
    assert "unsafe" not in h["Content-Security-Policy"]
    assert h["Referrer-Policy"] == "no-referrer"


def check_sealed(response, writer):
    """Contacts are sent to nobody, the rest only to writers."""
    body = response.content.decode("utf-8", "replace")
    for name, mark in SEALED.items():
        if name.startswith("contact") or not writer:
            assert mark not in body, name
            assert json.dumps(mark)[1:-1] not in body, name
    if not writer:
        assert "7654321" not in body


class Client:
    def __init__(self, server, token=None, lang=None):
        self.server, self.token, self.lang = server, token, lang
        self.session = requests.Session()

    def request(self, method, path, **options):
        headers = {"Accept-Language": self.lang or "zh"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        headers.update(options.pop("headers", {}))
        r = self.session.request(method, self.server.url + path, headers=headers, timeout=60, **options)
        check_headers(r)
        check_sealed(r, bool(self.token) and self.token == self.server.token)
        check_documented(r, method, path.split("?")[0])
        return r

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.request("POST", path, json=body, **options)

    def put(self, path, body, **options):
        return self.request("PUT", path, json=body, **options)

    def delete(self, path, **options):
        return self.request("DELETE", path, **options)


def write_jsonl(path, records):
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")
    return path
