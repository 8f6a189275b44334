"""The coverage map in the browser: tiles, table and charts say what the API says; every status is a word;
the keyboard is enough; a gap becomes a draft of a call."""

import re
import sqlite3
import time

import pytest
import requests
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

import conftest as shared
from test_pages import DESKTOP, PHONE, browser, chromium  # noqa: F401

WORDS = {"gap": "空白", "single": "单点", "multiple": "多源"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("coverage")
    data = folder / "data"
    for kind in ("orgs", "needs", "bottlenecks", "capabilities"):
        done = shared.run_program("import", "--data", data, "--kind", kind, "--source", "sample",
                                  shared.SAMPLE / f"{kind}.jsonl")
        assert done.returncode == 0, done.stderr
    with sqlite3.connect(data / "hongniang.db") as db:  # a past: the list comes first, half the capabilities later
        db.execute("UPDATE change SET at = '2026-03-05T08:00:00Z'")
        half = db.execute("SELECT max(seq) FROM change").fetchone()[0] - 180
        db.execute("UPDATE change SET at = '2026-05-20T08:00:00Z' WHERE seq > ?", (half,))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HONGNIANG_MODEL", str(folder / "no-model.bin"))
        server = shared.Server(data)
    while server.url + "\n" not in server.text():  # the last thing it says when it starts
        time.sleep(0.02)
    server.link = re.search(r"http://\S+(/#/token/[\w-]+)", server.text()).group(1)
    server.map = requests.get(server.url + "/api/v1/coverage").json()
    yield server
    server.stop()


def of(server, cover):
    return [i for i in server.map["items"] if i["coverage"] == cover]


def here(browser):
    return browser.driver.execute_script("return location.hash")


def test_tiles_say_what_the_map_says(browser, server):
    browser.open("/#/coverage")
    browser.one(".tile")
    for cover, word in WORDS.items():
        tiles = browser.all(f".tile-{cover}")
        assert {t.get_attribute("data-item") for t in tiles} == {i["id"] for i in of(server, cover)}
        assert all(word in t.text for t in tiles)  # never colour alone
        assert browser.one(f".map-count-{cover} b").text == str(len(of(server, cover)))
    assert [e.text.split("\n")[0].rsplit(" ", 1)[0] for e in browser.all(".map-chain h3")] == [
        c["chain"] for c in server.map["chains"]]


def test_charts_are_drawn_and_loaded_here_only(browser):
    loaded = "return performance.getEntriesByType('resource').filter(e => /echarts/.test(e.name)).length"
    browser.open("/#/needs")
    browser.one(".records")
    assert browser.driver.execute_script(loaded) == 0
    browser.open("/#/coverage")
    for chart in (".map-heat", ".map-trend"):
        browser.one(f'{chart} canvas, {chart} .chart canvas')
    browser.wait(lambda: all(c.get_attribute("data-state") == "shown" for c in browser.all(".chart")), "charts")
    assert browser.driver.execute_script(loaded) > 0


def test_the_keyboard_opens_and_closes_an_item(browser, server):
    browser.open("/#/coverage")
    single = of(server, "single")[0]
    browser.one(f'[data-item="{single["id"]}"]').send_keys(Keys.ENTER)
    box = browser.one(f'[data-item-box="{single["id"]}"]')
    assert single["sources"][0]["org"]["name"] in box.text and "单点" in box.text
    assert "item=" in here(browser)
    box.find_element("xpath", "./ancestor::dialog").send_keys(Keys.ESCAPE)
    browser.wait(lambda: not browser.all("[data-item-box]"), "closed")
    browser.wait(lambda: "item=" not in here(browser), "the address")


def test_an_item_leads_to_who_can_do_it(browser, server):
    item = next(i for i in of(server, "multiple") if len(i["sources"]) > 1)
    browser.open(f"/#/coverage?item={item['id']}")
    browser.one(f'[data-item-box="{item["id"]}"]')
    names = [e.text for e in browser.all(".sources .source-org a")]
    assert names[:len(item["sources"])] == [s["org"]["name"] for s in item["sources"]]
    browser.click(".item-evidence", "看匹配依据")
    browser.one(".record h1", item["title"])
    assert here(browser).endswith(f"/bottlenecks/{item['id'].replace(':', '%3A')}") or item["id"] in here(browser)


def test_filters_are_in_the_address(browser, server):
    browser.open("/#/coverage")
    browser.click(".map-count-single")
    browser.wait(lambda: len(browser.all(".tile")) == len(of(server, "single")), "single ones")
    chain = of(server, "single")[0]["chain"]
    Select(browser.one(".filter-chain")).select_by_visible_text(chain)
    wanted = {i["id"] for i in of(server, "single") if i["chain"] == chain}
    browser.wait(lambda: {t.get_attribute("data-item") for t in browser.all(".tile")} == wanted, "of the chain")
    browser.open("/" + here(browser))
    browser.wait(lambda: {t.get_attribute("data-item") for t in browser.all(".tile")} == wanted, "again")
    browser.click(".map-note .link", "清除筛选")
    browser.wait(lambda: len(browser.all(".tile")) == len(server.map["items"]), "all")


def test_the_table_holds_the_same(browser, server):
    browser.open("/#/coverage?view=table")
    browser.one(".records-coverage")
    rows = [(r.find_element("css selector", ".records-title").text, r.find_element("css selector", ".cover").text)
            for r in browser.all(".records-coverage tbody tr")]
    assert rows == [(i["title"], WORDS[i["coverage"]]) for i in server.map["items"]]
    assert browser.all(".tile") == []


def test_paper_shows_the_table(browser):
    browser.open("/#/coverage")
    browser.one(".tile")
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert browser.driver.execute_script("return document.querySelector('.records-coverage').offsetHeight") > 0
    assert browser.driver.execute_script("return document.querySelector('.tile').offsetHeight") == 0
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_who_is_alone(browser, server):
    browser.open("/#/coverage")
    browser.one(".alarm")
    sole = {o["org"]["id"]: len(o["sole"]) for o in server.map["orgs"] if o["sole"]}
    assert {a.get_attribute("data-org"): len(a.find_elements("css selector", ".alarm-item"))
            for a in browser.all(".alarm")} == sole


def test_another_day(browser, server):
    then = requests.get(server.url + "/api/v1/coverage?at=2026-03-31").json()
    assert then["totals"] != server.map["totals"]
    browser.open("/#/coverage?at=2026-03-31")
    browser.one(".map-count-gap b", str(then["totals"]["gap"]))
    assert "按今天的文本" in browser.one(".map-note").text
    browser.click(".map-note .link", "回到今天")
    browser.one(".map-count-gap b", str(server.map["totals"]["gap"]))
    moves = server.map["changes"]["moves"]
    covered = [m for m in moves if m["before"] == "gap" and m["after"]]
    assert covered and browser.one('[data-move="covered"] small').text == str(len(covered))
    browser.open("/#/coverage?at=2026-01-01")
    browser.one(".empty h2", "那一天还没有攻关清单")


def test_a_gap_becomes_a_draft_of_a_need(browser, server):
    gap = next(i for i in of(server, "gap") if i["title"] == "极紫外光刻光学元件检测" or "丝杠" in i["title"])
    draft = requests.get(f"{server.url}/api/v1/bottlenecks/{gap['id']}/call-draft").json()
    browser.open(f"/#/coverage?item={gap['id']}")
    browser.click("[data-draft]")
    for part in draft["parts"]:
        shown = browser.one(f'[data-part="{part["part"]}"]').text
        for text in part["texts"] or [part["question"]["zh"]]:
            assert text in shown
    browser.click("[data-edit]")
    value = lambda css: browser.one(css).get_attribute("value")  # noqa: E731
    assert value("#need-title") == gap["title"]
    assert value("#need-text") == draft["need"]["text"]
    assert value("#need-targets") == draft["need"].get("targets", "")
    assert value("#need-chain") == gap["chain"] and value("#need-cooperation") == "揭榜挂帅"
    assert value("#need-budget") == value("#need-deadline") == ""
    browser.one(".rules")


def test_english_and_a_phone(browser):
    browser.open("/#/coverage")
    browser.click(".langs button", "EN")
    browser.one(".tile-gap b", "Gap")
    browser.size(PHONE)
    for path in ("/#/coverage", "/#/coverage?view=table", "/#/coverage?item=sample:bot-001"):
        browser.open(path)
        browser.one(".map-count")
        width = browser.driver.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
        assert width[0] <= width[1], path
    browser.driver.execute_script("localStorage.clear()")
