"""A must-have that is stated otherwise is said beside the level: on the card and side by side."""

import json

import pytest
import requests
from test_pages import DESKTOP, PHONE, browser, chromium  # noqa: F401

import conftest as shared

NEED = {"id": "must-need", "title": "芯片贴装用低温固化导电银胶", "text": "现用导电银胶固化温度太高，芯片贴装后翘曲。",
        "targets": "固化温度必须≤150 ℃；剪切强度≥20 MPa", "visibility": "public"}
CAPABILITIES = [
    {"id": "barred", "title": "低温固化导电银胶", "text": "导电银胶用于芯片贴装，固化温度180 ℃，剪切强度25 MPa。"},
    {"id": "fit", "title": "低温快速固化导电银胶", "text": "导电银胶用于芯片贴装，固化温度120 ℃，剪切强度18 MPa。"}]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("musts")
    for kind, rows in (("orgs", []), ("needs", [NEED]),
                       ("capabilities", [{**c, "visibility": "public"} for c in CAPABILITIES])):
        file = folder / f"{kind}.jsonl"
        file.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")
        for source, path in (("sample", shared.SAMPLE / f"{kind}.jsonl"), ("local", file))[:2 if rows else 1]:
            done = shared.run_program("import", "--data", folder / "data", "--kind", kind, "--source", source, path)
            assert done.returncode == 0, done.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HONGNIANG_MODEL", str(folder / "no-model.bin"))
        server = shared.Server(folder / "data")
    yield server
    server.stop()


@pytest.fixture
def matches(server):
    answer = requests.get(f"{server.url}/api/v1/needs/must-need/matches").json()["matches"]
    found = {m["capability"]["id"]: m for m in answer}
    assert found["barred"]["musts_unmet"] == 1 and found["fit"]["musts_unmet"] == 0
    return found


@pytest.mark.parametrize("lang,tag,must,decides", [
    ("中文", "必须指标未达到 1 项", "必须", "至多为“弱”"), ("EN", "Must-haves not met: 1", "Must", "weak at most")])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_on_the_card(browser, matches, lang, tag, must, decides, size):  # noqa: F811
    browser.size(size)
    browser.click(".langs button", lang)
    browser.open("/#/needs/must-need")
    browser.matches_arrive()
    for title, barred in ((CAPABILITIES[0]["title"], True), (CAPABILITIES[1]["title"], False)):
        card = browser.one(f'.match[aria-label="{title}"]')
        assert (tag in card.find_element("css selector", ".match-meta").text) == barred
        # What chance says stays; that it does not decide here is said beside it.
        chance = card.find_element("css selector", ".match-chance").text
        assert (decides in chance) == barred and ("若随机取" in chance or "at random" in chance)
        if "open" not in card.get_attribute("class"):
            assert len(card.find_elements("css selector", ".glance-row.barred")) == int(barred)
            card.find_element("css selector", ".match-why").click()
            browser.one(f'.match.open[aria-label="{title}"]')
        rows = card.find_elements("css selector", ".indicators tbody tr")
        assert [must in r.find_element("css selector", "th").text for r in rows] == [True, False]
        assert ["barred" in r.get_attribute("class") for r in rows] == [barred, False]
    assert browser.driver.execute_script("return document.documentElement.scrollWidth") <= size[0]


def test_side_by_side(browser, matches):  # noqa: F811
    browser.open("/#/compare/must-need?with=barred&with=fit")
    browser.one(".compare")
    assert browser.texts(".compare .must-unmet") == ["必须指标未达到 1 项"]
    assert browser.one(".compare .must-unmet").find_element("xpath", "ancestor::td").get_attribute("data-no") == "1"
    assert browser.texts(".compare .must") == ["必须"]
    assert [e.text for e in browser.all(".compare .verdict.barred")] == ["未达到"]
    assert len(browser.texts(".compare .must-decides")) == 1
