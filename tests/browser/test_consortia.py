"""Consortia in the pages: seen by all, recorded, edited, deleted and brought back by holders of the writer
token; what somebody else changed is not overwritten unseen."""

import pytest
import requests
from selenium.webdriver.common.keys import Keys
from test_introductions import choose, writer  # noqa: F401
from test_pages import DESKTOP, PHONE, chromium  # noqa: F401
from test_token import api, browser, server  # noqa: F401

ONE = "sample:con-003"


def shown(browser):  # noqa: F811
    return browser.texts(".edit-members li > a")


def names(of):
    return [o["name"] for o in of["orgs"]]


def fill(browser, css, text):  # noqa: F811
    box = browser.one(css)
    box.send_keys(Keys.CONTROL, "a")
    box.send_keys(text)


def member(browser, name, css):  # noqa: F811
    row = next(r for r in browser.all(".edit-members li") if name in r.text)
    row.find_element("css selector", css).click()


def add_member(browser, name):  # noqa: F811
    browser.click(".pick-member")
    browser.driver.switch_to.active_element.send_keys(name)
    browser.click(".el-select-dropdown__item", name)
    browser.wait(lambda: name in shown(browser), "the new member")


def test_readers_see_and_cannot_change(browser, api):  # noqa: F811
    browser.open("/#/consortia")
    browser.wait(lambda: len(browser.texts(".records-title a")) == len(api("consortia?limit=200")["items"]), "all of them")
    assert not browser.all(".list-new")
    browser.open(f"/#/consortia/{ONE}")
    browser.wait(lambda: browser.texts(".consortium-members li > a") == names(api(f"consortia/{ONE}")), "its members")
    roles = browser.texts(".consortium-members .role")
    assert roles[0] == "领军企业" and "院所" in roles
    assert not browser.all(".consortium-edit")
    browser.open(f"/#/consortium/{ONE}")
    assert "令牌" in browser.one(".page > .note").text and not browser.all(".write-form")


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_edited_and_taken_back(writer, api, size):  # noqa: F811
    writer.size(size)
    before = api(f"consortia/{ONE}")
    writer.open(f"/#/consortia/{ONE}")
    writer.one(".consortium-edit")
    here = writer.driver.execute_script(  # opened by its address too: on a phone the sections are a strip
        "const r = document.querySelector('.nav .here').getBoundingClientRect(); return [r.left, r.right]")
    assert 0 <= here[0] < here[1] <= size[0], here
    writer.click(".consortium-edit")
    writer.wait(lambda: shown(writer) == names(before), "the members")
    width = writer.driver.execute_script("return document.documentElement.scrollWidth")
    assert width <= size[0]
    fill(writer, "#consortium-title", "改过的名称")
    fill(writer, "#consortium-date", "2025-02-01")
    fill(writer, "#consortium-text", "依据示例协议第 1 号")
    choose(writer, ".pick-state", "已结束")
    second, last = before["orgs"][1]["name"], before["orgs"][-1]["name"]
    member(writer, second, ".member-lead")
    member(writer, last, ".member-remove")
    assert shown(writer) == [second, *(n for n in names(before) if n not in (second, last))]
    new = next(o["name"] for o in api("orgs?limit=200")["items"] if o["name"] not in names(before))
    add_member(writer, new)
    wanted = shown(writer)
    writer.click(".write-end button", "保存")
    writer.one(".write-said", "已保存")
    after = api(f"consortia/{ONE}")
    assert (after["title"], after["date"], after["state"]) == ("改过的名称", "2025-02-01", "ended")
    assert after["text"] == "依据示例协议第 1 号" and names(after) == wanted and after["org_name"] == second
    writer.click(".write-end button", "撤销")
    writer.one(".write-said", "已撤销")
    back = api(f"consortia/{ONE}")
    assert {k: v for k, v in back.items() if k not in ("rev", "updated_at")} == \
           {k: v for k, v in before.items() if k not in ("rev", "updated_at")}
    assert shown(writer) == names(before)


def test_one_by_hand_deleted_and_brought_back(writer, api):  # noqa: F811
    before = api("consortia?limit=200")["items"]
    writer.open("/#/consortia")
    writer.click(".list-new")
    fill(writer, "#consortium-title", "手工登记的联合体")
    orgs = [o["name"] for o in api("orgs?limit=200")["items"]][:2]
    add_member(writer, orgs[0])
    assert not writer.one(".write-end button", "保存").is_enabled()
    assert "至少列两家" in writer.one(".write-end").text
    add_member(writer, orgs[1])
    writer.click(".write-end button", "保存")
    writer.one(".write-said", "已保存")
    made = next(c for c in api("consortia?limit=200")["items"] if c["title"] == "手工登记的联合体")
    assert names(made) == orgs and made["state"] == "active"

    writer.open(f"/#/consortium/{made['id']}")
    writer.click(".consortium-delete")
    assert "手工登记的联合体" in writer.one(".consortium-gone").text
    assert len(api("consortia?limit=200")["items"]) == len(before)
    writer.click(".consortium-restore")
    writer.one(".write-said", "已撤销")
    assert names(api(f"consortia/{made['id']}")) == orgs

    # Later too: its own page knows that it was deleted.
    api_delete(writer, made["id"])
    writer.expected.append("404")
    writer.open(f"/#/consortia/{made['id']}")
    assert "手工登记的联合体" in writer.one(".consortium-gone").text
    writer.click(".consortium-restore")
    writer.wait(lambda: writer.texts(".consortium-members li > a") == orgs, "it is there again")
    api_delete(writer, made["id"])


def api_delete(writer, id_):  # noqa: F811
    answer = requests.delete(f"{writer.server.url}/api/v1/consortia/{id_}",
                             headers={"Authorization": f"Bearer {writer.server.token}"})
    assert answer.status_code == 204, answer.text


def test_what_others_changed_is_not_overwritten(writer, api):  # noqa: F811
    writer.expected.append("412")
    before = api("consortia/sample:con-005")
    writer.open("/#/consortium/sample:con-005")
    writer.wait(lambda: shown(writer) == names(before), "the members")
    api("consortia/sample:con-005", "put", json={**before, "text": "别人写的"})
    fill(writer, "#consortium-title", "我改的")
    writer.click(".write-end button", "保存")
    assert "别人在你之后改过" in writer.one(".write-form .note").text
    assert api("consortia/sample:con-005")["title"] == before["title"]
    writer.click(".note button", "载入")
    writer.wait(lambda: writer.one("#consortium-text").get_attribute("value") == "别人写的", "the latest version")
    assert writer.one("#consortium-title").get_attribute("value") == before["title"]
    writer.click(".consortium-delete")
    writer.click(".consortium-restore")
    writer.one(".write-said", "已撤销")
    assert names(api("consortia/sample:con-005")) == names(before)


def test_what_is_not_saved_is_kept(writer, api):  # noqa: F811
    """Over a reload and the loss of the token; a new one apart from the edited ones; gone once it is saved."""
    before = api(f"consortia/{ONE}")
    writer.open(f"/#/consortium/{ONE}")
    writer.wait(lambda: shown(writer) == names(before), "the members")
    fill(writer, "#consortium-text", "还没写完")
    member(writer, before["orgs"][-1]["name"], ".member-remove")
    fewer = names(before)[:-1]
    writer.driver.execute_script("sessionStorage.clear()")
    writer.open(f"/#/consortium/{ONE}")
    assert "令牌" in writer.one(".page > .note").text
    writer.driver.get(writer.server.link)
    writer.one(".access.open")
    writer.open("/#/consortium")
    assert writer.one("#consortium-text").get_attribute("value") == "" and not shown(writer)
    writer.open(f"/#/consortium/{ONE}")
    writer.wait(lambda: shown(writer) == fewer, "the members as they were left")
    assert writer.one("#consortium-text").get_attribute("value") == "还没写完"
    assert "已恢复上次没有保存的草稿" in writer.one(".write-end").text

    # Somebody else was quicker: what is kept does not pass for an answer to that.
    writer.expected.append("412")
    api(f"consortia/{ONE}", "put", json={**before, "title": "别人改的"})
    writer.click(".write-end button", "保存")
    writer.one(".write-form .note", "别人在你之后改过")
    assert api(f"consortia/{ONE}")["title"] == "别人改的"
    api(f"consortia/{ONE}/undo", "post")

    writer.open(f"/#/consortium/{ONE}")
    writer.click(".write-end button", "放弃草稿")
    writer.wait(lambda: shown(writer) == names(before), "what is stored")
    assert writer.driver.execute_script("return Object.keys(localStorage).filter((k) => k.includes('draft'))") == []


def test_found_where_it_matters(browser, api):  # noqa: F811
    """On the page of a member, on that of the need it was formed for, and in the list by state and member."""
    con = api("consortia/sample:con-002")
    member_ = con["orgs"][0]
    browser.open(f"/#/orgs/{member_['id']}")
    browser.wait(lambda: con["title"] in browser.texts(".consortium-links li > a"), "its consortium")
    api("consortia/sample:con-002", "put", json={**con, "need_id": "sample:need-004"})
    browser.open("/#/needs/sample:need-004")
    browser.wait(lambda: browser.texts(".consortium-links li > a") == [con["title"]], "what was formed for it")
    browser.open(f"/#/consortia?state=ended&org={member_['id']}")
    wanted = [c["title"] for c in api(f"consortia?state=ended&org={member_['id']}")["items"]]
    browser.wait(lambda: browser.texts(".records-title a") == wanted, "the ended ones of one member")
    assert con["title"] in wanted and len(wanted) < len(api("consortia?limit=200")["items"])
    api("consortia/sample:con-002/undo", "post")
