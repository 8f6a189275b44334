"""Candidates side by side: picked on the cards, kept on the way, laid out by an address that says all."""

from urllib.parse import quote

import pytest
import requests
from selenium.webdriver.common.keys import Keys
from test_pages import DESKTOP, PHONE, browser, chromium, server  # noqa: F401

NEED = "sample:need-001"


@pytest.fixture(autouse=True)
def nothing_picked(browser):  # noqa: F811
    browser.driver.execute_script("sessionStorage.clear()")


@pytest.fixture
def answer(server):  # noqa: F811
    return requests.get(f"{server.url}/api/v1/needs/{NEED}/matches?top=10").json()


@pytest.fixture
def candidates(answer):
    return [m["capability"] for m in (answer["matches"] or answer["nearest"])][:5]


def address(candidates):
    return f"/#/compare/{quote(NEED, safe='')}?" + "&".join("with=" + quote(c["id"], safe="") for c in candidates)


def test_the_card_at_a_glance(browser, server, answer):  # noqa: F811
    browser.open(f"/#/needs/{quote(NEED, safe='')}")
    browser.matches_arrive()
    first = (answer["matches"] or answer["nearest"])[0]
    closed = browser.one(".match:not(.open)")
    sums = browser.texts(".match:not(.open) .parts-sum .num")
    assert sums and float(sums[0]) == pytest.approx(
        (answer["matches"] or answer["nearest"])[1 if answer["matches"] else 0]["score"], abs=0.006)
    assert "%" not in closed.text
    assert first["capability"]["title"] in browser.texts(".match h3")[0]
    chance = browser.one(".match .match-chance").text
    assert f"{answer['pool']:,}" in chance and "%" not in chance


def test_picked_candidates_survive_the_way_and_compare(browser, candidates):  # noqa: F811
    browser.open(f"/#/needs/{quote(NEED, safe='')}")
    browser.matches_arrive()
    boxes = browser.all(".match-pick input")
    for box in boxes[:2]:
        box.send_keys(Keys.SPACE)  # by keyboard
    browser.wait(lambda: len(browser.all(".tray li")) == 2, "two in the tray")
    browser.click(".nav a", browser.one(".nav a[href$='/orgs']").text)
    browser.one(".records")
    assert len(browser.all(".tray li")) == 2
    browser.click(".tray-go")
    browser.one(".compare")
    heads = browser.texts(".compare thead th a")
    assert heads == [c["title"] for c in candidates[:2]]
    assert not browser.all(".tray")


def test_no_more_than_four(browser, candidates):  # noqa: F811
    if len(candidates) < 5:
        pytest.skip("fewer than five matches")
    browser.open(f"/#/needs/{quote(NEED, safe='')}")
    browser.matches_arrive()
    for box in browser.all(".match-pick input")[:5]:
        if not box.is_selected() and box.is_enabled():
            box.click()
    browser.wait(lambda: len(browser.all(".tray li")) == 4, "four in the tray")
    assert not browser.all(".match-pick input")[4].is_enabled()
    browser.click(".tray-clear")
    browser.wait(lambda: not browser.all(".tray"), "an empty tray goes away")


def test_an_address_shows_all_of_it(browser, answer, candidates):  # noqa: F811
    chosen = candidates[:4]
    browser.open(address(chosen))
    browser.one(".compare")
    assert browser.texts(".compare thead th a") == [c["title"] for c in chosen]
    matches = {m["capability"]["id"]: m for m in answer["matches"] + answer["nearest"]}
    levels = browser.all(".compare tbody .level")
    assert [f"level-{matches[c['id']]['level']}" in e.get_attribute("class")
            for c, e in zip(chosen, levels, strict=True)] == [True] * len(chosen)
    # One row for each required indicator, however many of the candidates speak of it.
    required = {tuple(i["required"]["mention"]) + (i["required"]["field"],)
                for c in chosen for i in matches[c["id"]]["indicators"]}
    assert len(browser.all(".compare-wanted")) == len(required)
    assert browser.one(".compare a", chosen[0]["org"]["name"])
    browser.click(".compare-drop")
    browser.wait(lambda: len(browser.all(".compare thead th a")) == len(chosen) - 1, "one column less")


def test_what_is_not_among_the_matches_is_said(browser, candidates):  # noqa: F811
    browser.expected.append("404")
    browser.open(address([candidates[0], {"id": "nowhere"}]))
    browser.one(".compare")
    assert browser.one(".compare td .faint", "已被删除")
    assert "nowhere" in browser.texts(".compare thead th a")


@pytest.mark.parametrize("size", [(1280, 800), PHONE])
def test_it_fits(browser, candidates, size):  # noqa: F811
    browser.size(size)
    browser.open(address(candidates[:4]))
    browser.one(".compare")
    widths = browser.driver.execute_script(
        "return [document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1]
    browser.size(DESKTOP)
