"""An organisation's page: who it has worked with, and for a need that is chosen whom else to bring in."""

from urllib.parse import quote

import requests
from test_pages import browser, chromium, server  # noqa: F401


def partners(server, org, **query):  # noqa: F811
    answer = requests.get(f"{server.url}/api/v1/orgs/{quote(org, safe='')}/partners", params={"top": 100, **query})
    assert answer.ok, answer.text
    return answer.json()["partners"]


def named(rows):
    return [p["org"]["name"] for p in rows]


def test_known_partners_then_those_for_a_need(browser, server):  # noqa: F811
    orgs = requests.get(f"{server.url}/api/v1/orgs", params={"limit": 100}).json()["items"]
    org = max((o["id"] for o in orgs), key=lambda o: sum(p["joint"] > 0 for p in partners(server, o)))
    known = [p for p in partners(server, org) if p["joint"]]
    assert len(known) >= 2, "the sample has consortia"
    browser.open("/#/orgs/" + quote(org, safe=""))
    browser.wait(lambda: browser.texts(".partners li a") == named(known), "those it has worked with")
    assert not browser.texts(".partners .level")

    needs = requests.get(f"{server.url}/api/v1/needs", params={"limit": 20}).json()["items"]
    need = next(n for n in needs if (n.get("org") or {}).get("id") != org)
    browser.click(".partners .el-select")
    browser.click(".el-select-dropdown__item", need["title"])
    wanted = [p for p in partners(server, org, need=need["id"]) if p["joint"] or p["level"] != "none"][:10]
    browser.wait(lambda: browser.texts(".partners li a") == named(wanted), "partners for the need")
    assert len(browser.texts(".partners .level")) == len(wanted)


def test_nobody_is_said(browser, server):  # noqa: F811
    orgs = requests.get(f"{server.url}/api/v1/orgs", params={"limit": 100}).json()["items"]
    alone = next(o["id"] for o in orgs if not any(p["joint"] for p in partners(server, o["id"])))
    browser.open("/#/orgs/" + quote(alone, safe=""))
    assert "没有查到" in browser.one(".partners p").text
