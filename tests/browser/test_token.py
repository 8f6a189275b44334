"""The writer token in the pages: what is sealed without it, the two ways to enter it, and that it
stays out of addresses and logs."""

import json
import re
import time

import pytest
import requests
from selenium.webdriver.common.keys import Keys

import conftest as shared
from test_pages import DESKTOP, PHONE, check_evidence, chromium, fresh  # noqa: F401

SECRET = "大尺寸板级扇出封装塑封固化后方板翘曲太大"
NEED = {"id": "own-1", "title": "新产线工艺难题求解", "org_name": "示例未公开有限公司",
        "text": SECRET + "。芯片偏移也要补偿，仿真与实测要对得上。", "targets": "整板翘曲≤1.0mm；芯片偏移≤8μm"}
WRONG = "A" * 43


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("token")
    own = folder / "own.jsonl"
    own.write_text(json.dumps(NEED, ensure_ascii=False) + "\n", encoding="utf-8")
    for kind, source, file in [*((k, "sample", shared.SAMPLE / f"{k}.jsonl") for k in shared.KINDS),
                               ("needs", "local", own)]:
        done = shared.run_program("import", "--data", folder / "data", "--kind", kind, "--source", source, file)
        assert done.returncode == 0, done.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HONGNIANG_MODEL", str(folder / "no-model.bin"))
        server = shared.Server(folder / "data")
    if "text/html" not in requests.get(server.url + "/").headers.get("Content-Type", ""):
        server.stop()
        pytest.skip("the program was built without pages")
    while server.url + "\n" not in server.text():  # the last thing it says when it starts
        time.sleep(0.02)
    server.link = re.search(r"(http://\S+/#/token/[\w-]+)", server.text()).group(1)
    server.token = server.link.rsplit("/", 1)[1]
    server.shown = server.text().count(server.token)
    yield server
    server.stop()
    assert server.text().count(server.token) == server.shown  # at the start, and in no line about requests


@pytest.fixture
def api(server):
    """Asks the server as a writer."""
    def ask(path, method="get", **more):
        answer = requests.request(method, f"{server.url}/api/v1/{path}",
                                  headers={"Authorization": f"Bearer {server.token}"}, **more)
        assert answer.ok, answer.text
        return answer.json()
    return ask


@pytest.fixture
def browser(chromium, server):  # noqa: F811
    browser = fresh(chromium, server)
    yield browser
    assert browser.console() == []
    # The token is nowhere but where it is kept.
    for place in ("location.href", "document.documentElement.outerHTML", "JSON.stringify(history.state)",
                  "JSON.stringify(localStorage)", "document.cookie"):
        assert server.token not in (chromium.execute_script(f"return {place}") or "")


def sealed(browser):
    browser.open("/#/needs/own-1")
    browser.matches_arrive()
    note = browser.one(".record .note").text
    assert "未公开" in note and "描述" in note
    assert SECRET not in browser.one("body").text


def open_(browser, server):
    """The need's text, and the reasons that quote it."""
    assert SECRET in browser.one(".record .prose", SECRET).text
    assert not browser.all(".record .note")
    browser.matches_arrive()
    answer = requests.get(server.url + "/api/v1/needs/own-1/matches",
                          headers={"Authorization": f"Bearer {server.token}"}).json()
    assert any(e["need"]["field"] == "text" for e in answer["matches"][0]["evidence"])
    assert check_evidence(browser, answer["matches"][0], "need") > 0


def enter(browser, text):
    box = browser.one("dialog input")
    box.send_keys(Keys.CONTROL, "a")
    box.send_keys(text, Keys.ENTER)


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_what_is_sealed_opens_with_the_token(browser, server, size):
    browser.size(size)
    sealed(browser)
    browser.click(".record .token-offer")
    enter(browser, WRONG)
    assert "令牌不对" in browser.one(".token-refusal").text
    enter(browser, "令牌")  # what no header can carry
    assert "令牌不对" in browser.one(".token-refusal").text
    enter(browser, f" {server.token} ")
    browser.one(".access", "可见未公开内容")
    assert not [e for e in browser.all("dialog") if e.is_displayed()]
    open_(browser, server)
    width = browser.driver.execute_script("return document.documentElement.scrollWidth")
    assert width <= size[0]

    # It lasts as long as the tab, and not beyond the button that ends it.
    browser.driver.refresh()
    open_(browser, server)
    browser.click(".access button", "退出")
    browser.one(".record .note", "未公开")
    assert SECRET not in browser.one("body").text
    assert browser.driver.execute_script("return sessionStorage.length") == 0


@pytest.mark.parametrize("anew", [True, False])
def test_the_link_brings_the_token_and_leaves_no_trace(browser, server, anew):
    """By a new start of the pages, and within pages that are open already."""
    sealed(browser)
    if anew:
        browser.driver.get("about:blank")
    before = browser.driver.execute_script("return history.length")
    browser.driver.get(server.link)
    browser.one(".access", "可见未公开内容")
    browser.one("h1", "技术需求")
    browser.one(".records-title p", NEED["targets"][:10])
    assert browser.driver.execute_script("return location.hash") == "#/needs"
    assert not browser.all(".list-head + .note")
    for _ in range(browser.driver.execute_script("return history.length") - before):
        browser.driver.back()
        assert "token" not in browser.driver.current_url
    browser.open("/#/needs/own-1")
    open_(browser, server)


def test_a_wrong_link_says_so(browser, server):
    browser.driver.get("about:blank")
    browser.driver.get(f"{server.url}/#/token/{WRONG}")
    assert "令牌不对" in browser.one("dialog .token-refusal").text
    assert browser.driver.execute_script("return location.hash") == "#/needs"
    browser.click("dialog .token-end button", "取消")
    browser.one(".list-head + .note", "有的正文未公开")
    browser.click(".access button", "写入令牌")
    assert not browser.all(".token-refusal")


def test_a_replaced_token_is_noticed(browser, server):
    """The tab still has one that the server no longer knows."""
    browser.driver.execute_script("sessionStorage.setItem('token', arguments[0])", WRONG)
    browser.driver.refresh()
    browser.one(".access button.stale", "写入令牌已失效")
    assert browser.driver.execute_script("return sessionStorage.length") == 0
