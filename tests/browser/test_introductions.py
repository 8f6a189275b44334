"""Introductions in the pages: for holders of the writer token alone, listed, filtered, recorded from a
match, edited and taken back."""

from urllib.parse import quote

import pytest
from selenium.webdriver.common.keys import Keys
from test_pages import DESKTOP, PHONE, chromium  # noqa: F401
from test_token import api, browser, server  # noqa: F401

NOTE = "只给红娘看的备注"


@pytest.fixture
def writer(browser, server):  # noqa: F811
    browser.driver.get(server.link)
    browser.one(".access.open")
    return browser


def choose(browser, css, text):  # noqa: F811
    browser.click(css)
    browser.click(".el-select-dropdown__item", text)


def chosen(browser, css):  # noqa: F811
    return browser.one(f"{css} .el-select__selected-item:not(.is-hidden):not(.el-select__input-wrapper)").text


def test_readers_are_told_why_they_see_none(browser):  # noqa: F811
    assert not browser.all(".nav a[href$='/introductions']")
    for address in ("/#/introductions", "/#/introductions/sample:intro-001", "/#/introduce"):
        browser.open(address)
        assert "持有写入令牌" in browser.one(".page > .note").text
        assert not browser.all(".records, .write-form")


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_list_and_filters(writer, api, size):
    writer.size(size)
    writer.click(".nav a[href$='/introductions']")
    all_ = api("introductions?limit=50")["items"]
    writer.wait(lambda: writer.texts(".records-title a") == [i["need_title"] for i in all_], "all of them")
    failed = next(i for i in all_ if i["state"] == "failed" and i.get("capability_id"))
    assert failed["note"] not in writer.one("body").text
    width = writer.driver.execute_script("return document.documentElement.scrollWidth")
    assert width <= size[0]

    choose(writer, ".filter-state", "未成")
    failures = api("introductions?state=failed&limit=50")["items"]
    writer.wait(lambda: len(writer.texts(".c-reason")) == len(failures), "the failed ones")
    assert all(writer.texts(".c-reason")) and set(writer.texts(".c-state")) == {"未成"}
    assert "state=failed" in writer.driver.current_url

    # The address says all of it; what it names is called by its title.
    writer.open(f"/#/introductions?need={quote(failed['need_id'], safe='')}&org={quote(failed['org_id'], safe='')}")
    writer.wait(lambda: chosen(writer, ".filter-need") == failed["need_title"], "the need by its title")
    writer.wait(lambda: chosen(writer, ".filter-org") == failed["org_name"], "the organisation by its name")
    found = api(f"introductions?need={failed['need_id']}&org={failed['org_id']}")["items"]
    assert writer.texts(".c-offer a:first-child") == [i.get("capability_title", i["org_name"]) for i in found]
    assert writer.one(".records a", failed["capability_title"])


def test_edited_and_taken_back(writer, api):
    before = api("introductions/sample:intro-001")
    writer.open("/#/introductions/sample:intro-001")
    writer.wait(lambda: chosen(writer, ".pick-capability") == before["capability_title"], "the capability by its title")
    assert chosen(writer, ".pick-need") == before["need_title"] and chosen(writer, ".pick-org") == before["org_name"]
    assert writer.one("#intro-note").get_attribute("value") == before["note"]
    assert not writer.all(".pick-reason")  # a contract needs no excuse
    choose(writer, ".pick-state", "未成")
    choose(writer, ".pick-reason", "价格")
    writer.one("#intro-note").send_keys(Keys.CONTROL, "a")
    writer.one("#intro-note").send_keys(NOTE)
    writer.click(".write-end button", "保存")
    writer.one(".write-said", "已保存")
    after = api("introductions/sample:intro-001")
    kept = {k: v for k, v in before.items() if k not in ("state", "reason", "note", "rev", "updated_at")}
    assert {k: after[k] for k in kept} == kept
    assert (after["state"], after["reason"], after["note"]) == ("failed", "price", NOTE)
    writer.click(".write-end button", "撤销")
    writer.one(".write-said", "已撤销")
    back = api("introductions/sample:intro-001")
    assert (back["state"], back["note"]) == (before["state"], before["note"]) and "reason" not in back
    assert writer.one("#intro-note").get_attribute("value") == before["note"]
    assert not writer.all(".pick-reason")


def test_what_others_changed_is_not_overwritten(writer, api):
    writer.expected.append("412")
    before = api("introductions/sample:intro-003")
    writer.open("/#/introductions/sample:intro-003")
    writer.one("#intro-note")
    api("introductions/sample:intro-003", "put", json={**before, "note": "别人写的"})
    writer.one("#intro-date").send_keys(Keys.CONTROL, "a")
    writer.one("#intro-date").send_keys("2026-10")
    writer.click(".write-end button", "保存")
    writer.click(".note button", "载入")
    writer.wait(lambda: writer.one("#intro-note").get_attribute("value") == "别人写的", "the latest version")
    assert writer.one("#intro-date").get_attribute("value") == before["date"]


def test_what_is_not_saved_is_kept_by_the_tab_alone(writer, api):
    before = api("introductions/sample:intro-003")
    writer.open("/#/introductions/sample:intro-003")
    writer.one("#intro-note").send_keys(Keys.CONTROL, "a")
    writer.one("#intro-note").send_keys(NOTE)
    writer.open("/#/introductions/sample:intro-003")
    assert writer.one("#intro-note").get_attribute("value") == NOTE
    assert NOTE not in writer.driver.execute_script("return JSON.stringify(localStorage)")
    assert api("introductions/sample:intro-003") == before
    writer.click(".access button")  # the token is given back, and the note with it
    writer.wait(lambda: writer.driver.execute_script("return sessionStorage.length") == 0, "nothing is kept")
    writer.driver.get(writer.server.link)
    writer.one(".access.open")
    writer.open("/#/introductions/sample:intro-003")
    assert writer.one("#intro-note").get_attribute("value") == before["note"]


def test_recorded_from_a_match(writer, api):
    need = api("needs/sample:need-003")
    writer.open("/#/needs/sample:need-003")
    writer.matches_arrive()
    first = next(m for m in api("needs/sample:need-003/matches")["matches"] if not m["precedents"])
    card = next(c for c in writer.all(".match") if first["capability"]["title"] in c.text)
    card.find_element("css selector", ".match-record").click()
    writer.wait(lambda: chosen(writer, ".pick-need") == need["title"], "the need by its title")
    writer.wait(lambda: chosen(writer, ".pick-capability") == first["capability"]["title"], "the capability by its title")
    writer.click(".write-end button", "保存")
    writer.one(".write-said", "已保存")
    made = [i for i in api("introductions?need=sample:need-003&limit=50")["items"]
            if i.get("capability_id") == first["capability"]["id"]]
    assert len(made) == 1 and made[0]["state"] == "pending"
    assert made[0]["org_id"] == first["capability"]["org"]["id"]  # its owner, whom nobody had to name

    # The match knows of it from now on, and leads to it.
    writer.open("/#/needs/sample:need-003")
    writer.matches_arrive()
    writer.click(".precedent a.outcome", "待对接")
    writer.wait(lambda: chosen(writer, ".pick-capability") == first["capability"]["title"], "the record")
    assert made[0]["id"] in writer.driver.current_url.replace("%3A", ":")
