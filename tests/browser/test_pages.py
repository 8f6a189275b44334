"""The pages in headless Chromium: a walk from the list of needs to why a capability fits, and the
promises that hold on every page (no error on the console, nothing blocked by the
Content-Security-Policy, no sideways scrolling on a phone).

What a page must show is asked from the API, so that better matching breaks nothing here."""

import json
import re
import shutil
import tempfile
from urllib.parse import quote

import pytest
import requests
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

import conftest as shared

CHROMIUM = shutil.which("chromium")
CHROMEDRIVER = shutil.which("chromedriver")
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage"]
DESKTOP, PHONE = (1440, 900), (390, 844)
WAIT_S = 30

# A need whose text begins outside the basic plane, where code points and UTF-16 units differ, and
# whose id would mislead an address.
ODD = {"id": "odd/1.5?#", "title": "😀𠮷大尺寸板级扇出封装翘曲控制", "org_name": "示例奇字有限公司",
       "text": "🔧🔧𠮷塑封固化后方板翘曲太大。芯片偏移也要补偿，仿真与实测要对得上。",
       "targets": "𠮷整板翘曲≤1.0mm；芯片偏移≤8μm", "visibility": "public"}
NOWHERE = "zzqx vvkw jjpd"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    if not (CHROMIUM and CHROMEDRIVER):
        pytest.skip("no chromium and chromedriver on this machine")
    folder = tmp_path_factory.mktemp("pages")
    odd = folder / "odd.jsonl"
    odd.write_text(json.dumps(ODD, ensure_ascii=False) + "\n", encoding="utf-8")
    for kind in shared.KINDS:
        done = shared.run_program("import", "--data", folder / "data", "--kind", kind, "--source", "sample",
                                  shared.SAMPLE / f"{kind}.jsonl")
        assert done.returncode == 0, done.stderr
    done = shared.run_program("import", "--data", folder / "data", "--kind", "needs", odd)
    assert done.returncode == 0, done.stderr
    # Without the model, so that no answer changes while it is looked at.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HONGNIANG_MODEL", str(folder / "no-model.bin"))
        server = shared.Server(folder / "data")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def chromium(server):
    if "text/html" not in requests.get(server.url + "/").headers.get("Content-Type", ""):
        pytest.skip("the program was built without pages")
    profile = tempfile.mkdtemp()
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in [*FLAGS, f"--user-data-dir={profile}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(CHROMEDRIVER))
    yield driver
    driver.quit()
    shutil.rmtree(profile, ignore_errors=True)


class Browser:
    def __init__(self, driver, server):
        self.driver, self.server = driver, server
        self.expected = []  # what the console may say in this test

    def size(self, size):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size is PHONE})

    def open(self, address):
        """By the address bar: a new start of the pages, wherever they were before."""
        self.driver.get("about:blank")
        self.driver.get(self.server.url + address)
        self.one("main > *")

    def all(self, css):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def wait(self, condition, what):
        wait = WebDriverWait(self.driver, WAIT_S, ignored_exceptions=[StaleElementReferenceException])
        return wait.until(lambda _: condition(), what)

    def one(self, css, text=None):
        """The first element that is shown and whose text contains this, as soon as there is one."""
        def found():
            return next((e for e in self.all(css) if e.is_displayed() and (text is None or text in e.text)), None)
        return self.wait(found, f"{css} with {text!r}" if text else css)

    def click(self, css, text=None):
        self.one(css, text).click()

    def texts(self, css):
        script = "return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent.trim())"
        return self.driver.execute_script(script, css)

    def matches_arrive(self):
        self.one(".panel[aria-busy=false] .panel-sum, .panel[aria-busy=false] .none")

    def console(self):
        lines = [line["message"] for line in self.driver.get_log("browser")]
        return [line for line in lines if not any(re.search(e, line) for e in self.expected)]


def fresh(chromium, server):
    """A browser on the first page in which nothing was kept or logged."""
    browser = Browser(chromium, server)
    browser.size(DESKTOP)
    browser.open("/")
    chromium.execute_script("localStorage.clear(); sessionStorage.clear()")
    browser.open("/")
    chromium.get_log("browser")
    return browser


@pytest.fixture
def browser(chromium, server):
    browser = fresh(chromium, server)
    yield browser
    assert browser.console() == []


def api(server, path, **params):
    answer = requests.get(f"{server.url}/api/v1/{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def need_called(server, title):
    found = [n for n in api(server, "needs", limit=200)["items"] if n["title"] == title]
    assert len(found) == 1, title
    return found[0]


def squeeze(text):
    return re.sub(r"\s+", "", text)


def shown_sentences(browser):
    """What is marked in the record on the left, by the number of the pair. A place may carry the
    sentence of another pair too, so a sentence is read from its first mark to its last."""
    return browser.driver.execute_script("""
        const out = {}
        for (const m of document.querySelectorAll('.record mark[data-pair]'))
            out[m.dataset.pair] = (out[m.dataset.pair] ?? '') + m.textContent
        return out""")


def check_evidence(browser, match, side):
    """The open card quotes the match's evidence, and the record has the same spans marked."""
    pairs = [e for e in match["evidence"] if e["kind"] != "term"]
    terms = [e for e in match["evidence"] if e["kind"] == "term"]
    quoted = browser.texts(".match.open .pairs .mine .marked, .match.open .pairs .mine .marked-list")
    assert [squeeze(q) for q in quoted] == [squeeze(e[side]["text"]) for e in pairs]
    shown = shown_sentences(browser)
    for number, e in enumerate(pairs, 1):
        spans = [tuple(p[side]["span"]) for p in pairs if p[side]["field"] == e[side]["field"]]
        if spans.count(tuple(e[side]["span"])) == 1:
            assert squeeze(shown[str(number)]) == squeeze(e[side]["text"])
    marked = squeeze("".join(browser.texts(".record mark.mark-term")))
    for e in terms:
        assert squeeze(e[side]["text"]) in marked
    return len(pairs) + len(terms)


def test_from_the_list_to_the_reasons_to_the_organisation(browser, server, sample):
    need = need_called(server, sample["needs"][0]["title"])
    answer = api(server, f"needs/{quote(need['id'], safe='')}/matches")
    assert answer["matches"], "the sample's first need has answers"

    browser.click("table.records a", need["title"])
    assert browser.one(".record h1").text == need["title"]
    browser.matches_arrive()
    assert need["title"] in browser.driver.title
    titles = [m["capability"]["title"] for m in answer["matches"]]
    assert browser.texts(".match h3") == titles
    assert check_evidence(browser, answer["matches"][0], "need") > 0
    levels = {"strong": "强", "good": "较好", "weak": "弱", "none": "不足"}
    assert browser.texts(".match-meta .level") == [levels[m["level"]] for m in answer["matches"]]
    assert all("若随机取" in text for text in browser.texts(".match-chance"))

    # Another match, other reasons.
    browser.all(".match-why")[1].click()
    browser.wait(lambda: browser.texts(".match.open h3") == [titles[1]], "the second match opens")
    check_evidence(browser, answer["matches"][1], "need")
    browser.click(".match.open .why summary")
    shown = [float(x.replace("\u2212", "-")) for x in browser.texts(".match.open .features td:nth-of-type(2)")]
    assert sum(shown) == pytest.approx(answer["matches"][1]["score"], abs=0.05)

    # By organisation.
    browser.driver.execute_script("scrollTo(0, 0)")  # from under the head of the page
    browser.click(".panel .el-segmented__item", "单位")
    answer = api(server, f"needs/{quote(need['id'], safe='')}/matches", target="orgs")
    names = [m["org"]["name"] for m in answer["matches"]]
    browser.wait(lambda: browser.texts(".match h3") == names, "organisations")
    assert browser.texts(".match.open .behind a") == [c["capability"]["title"]
                                                     for c in answer["matches"][0]["capabilities"]]
    browser.click(".match h3 a", names[0])

    org = answer["matches"][0]["org"]
    assert browser.one(".org-head h1", org["name"])
    offers = api(server, f"orgs/{quote(org['id'], safe='')}/capabilities", limit=20)["items"]
    browser.wait(lambda: browser.texts(".records-capabilities .records-title a") == [c["title"] for c in offers],
                 "its capabilities")
    browser.matches_arrive()
    back = api(server, f"orgs/{quote(org['id'], safe='')}/matches")
    assert browser.texts(".match h3") == [m["need"]["title"] for m in back["matches"] or back["nearest"]]


def test_spans_count_code_points_and_odd_ids_have_addresses(browser, server):
    answer = api(server, f"needs/{quote(ODD['id'], safe='')}/matches")
    browser.open("/#/needs/" + quote(ODD["id"], safe=""))
    assert browser.one(".record h1").text == ODD["title"]
    browser.matches_arrive()
    assert answer["matches"], "its words are those of the sample"
    assert check_evidence(browser, answer["matches"][0], "need") > 0


def test_a_capability_shows_the_needs_it_could_answer(browser, server, sample):
    browser.open("/#/capabilities")
    title = browser.one("table.records .records-title a").text
    browser.click("table.records a", title)
    browser.matches_arrive()
    capability = next(c for c in api(server, "capabilities", limit=50)["items"] if c["title"] == title)
    answer = api(server, f"capabilities/{quote(capability['id'], safe='')}/matches")
    assert browser.texts(".match h3") == [m["need"]["title"] for m in answer["matches"] or answer["nearest"]]
    if answer["matches"]:
        check_evidence(browser, answer["matches"][0], "capability")


@pytest.mark.parametrize("text", ["大尺寸板级扇出封装塑封固化翘曲，芯片偏移补偿", NOWHERE])
def test_free_text(browser, server, text):
    browser.one(".ask input").send_keys(text, Keys.ENTER)
    browser.matches_arrive()
    answer = requests.post(server.url + "/api/v1/match", json={"text": text}).json()
    shown = answer["matches"] or answer["nearest"]
    assert browser.texts(".match h3") == [m["capability"]["title"] for m in shown]
    if answer["level"] == "none":
        assert browser.one(".none h3").text == "本库暂无合适匹配"
        for card, m in zip(browser.all(".match"), shown):
            lacks = [e.text for e in card.find_elements(By.CSS_SELECTOR, ".lack")]
            assert lacks == m.get("lacks", [])
    else:
        assert not browser.all(".none")
    browser.click(".panel .el-segmented__item", "单位")
    answer = requests.post(server.url + "/api/v1/match", json={"text": text, "target": "orgs"}).json()
    names = [m["org"]["name"] for m in answer["matches"] or answer["nearest"]]
    browser.wait(lambda: browser.texts(".match h3") == names, "organisations")
    # Nobody's problem is in an address that is sent anywhere.
    sent = browser.driver.execute_script("return performance.getEntriesByType('resource').map((e) => e.name)")
    assert not any(quote(text[:4]) in address for address in sent)


def test_nothing_fits_is_said(browser, server):
    """Whatever the matcher thinks of it today: the page for level `none`."""
    answer = {"need": {"id": None, "title": "x"}, "level": "none", "pool": 269, "lexical_only": False, "matches": [],
              "nearest": [{"rank": 1, "capability": {"id": "c", "title": "最接近的", "kind": "paper"}, "score": 0.1,
                           "level": "none", "expected_by_chance": 4.2, "features": {}, "evidence": [], "indicators": [],
                           "precedents": [], "lacks": ["翘曲", "塑封"]}]}
    browser.driver.execute_script("""
        const real = window.fetch
        window.fetch = (to, how) => String(to).endsWith('/api/v1/match')
            ? Promise.resolve(new Response(arguments[0], {headers: {'Content-Type': 'application/json'}}))
            : real(to, how)""", json.dumps(answer))
    browser.one(".ask input").send_keys("随便什么", Keys.ENTER)
    assert browser.one(".none h3").text == "本库暂无合适匹配"
    assert browser.texts(".match.miss h3") == ["最接近的"]
    assert browser.texts(".lack") == ["翘曲", "塑封"]
    assert browser.texts(".match-chance") == ["若随机取 269 条，预计会有 4.2 条也这样接近"]


def test_filters_and_pages_of_a_list(browser, server, sample):
    browser.open("/#/capabilities?kind=facility")
    facilities = [c["title"] for c in sample["capabilities"] if c["kind"] == "facility"]
    browser.wait(lambda: sorted(browser.texts(".records-title a")) == sorted(facilities), "only facilities")
    browser.open("/#/capabilities")
    browser.one("table.records")
    while more := [b for b in browser.all(".more") if b.is_displayed()]:
        before = len(browser.all(".records tbody tr"))
        more[0].click()
        browser.wait(lambda: len(browser.all(".records tbody tr")) > before, "another page")
    assert len(browser.all(".records tbody tr")) == len(sample["capabilities"])
    browser.one(".filter-q input").send_keys(NOWHERE, Keys.ENTER)
    browser.one(".empty h2", "没有符合条件的记录")
    browser.click(".empty button")
    browser.one("table.records")


def test_language_is_switched_and_kept(browser):
    browser.one(".nav .here", "技术需求")
    browser.click(".langs button", "EN")
    browser.one(".nav .here", "Needs")
    assert browser.driver.execute_script("return document.documentElement.lang") == "en"
    browser.open("/#/orgs")
    browser.one("h1", "Organisations")
    browser.click(".langs button", "中文")
    browser.one("h1", "单位")
    assert browser.driver.execute_script("return document.documentElement.lang") == "zh-CN"


def test_a_problem_is_shown_as_the_server_says_it(browser, server):
    browser.expected = [r"api/v1/needs/nobody\S* .*404"]
    for lang, switch in (("zh-CN", "中文"), ("en", "EN")):
        browser.click(".langs button", switch)
        problem = requests.get(server.url + "/api/v1/needs/nobody", headers={"Accept-Language": lang}).json()
        browser.open("/#/needs/nobody")
        note = browser.one(".failure").text
        for part in ("title", "detail", "hint", "code"):
            assert problem[part] in note
    browser.open("/#/no/such/page")
    browser.one("h1", "There is no such page")


def test_slash_goes_to_the_search_box(browser):
    browser.one("table.records a").send_keys("/")
    browser.wait(lambda: browser.driver.switch_to.active_element.get_attribute("data-search") is not None, "focus")
    browser.driver.switch_to.active_element.send_keys("a/b")
    assert browser.one(".ask input").get_attribute("value") == "a/b"


def test_sample_data_and_missing_meaning_are_owned_up_to(browser, server):
    assert "示例数据" in browser.one(".banner").text
    state = api(server, "state")
    assert state["sample"]
    assert not state["model"]["present"] and state["lexical_only"]
    assert browser.one(".state-warn").text == "仅按字词检索：未装语义模型"
    rows = browser.one("table.records") and browser.texts(".records tbody tr")
    odd = [row for row in rows if "示例数据" not in row]
    assert len(odd) <= 1 and all(ODD["title"] in row for row in odd)


ROUTES = ["/#/needs", "/#/bottlenecks", "/#/capabilities", "/#/orgs", "/#/match", "/#/match?text=PFAS-free%20rinse",
          "/#/needs/sample%3Aneed-006", "/#/bottlenecks/sample%3Abot-002", "/#/capabilities/sample%3Acap-001",
          "/#/orgs/sample%3Aorg-038", "/#/orgs/sample%3Aorg-001"]


@pytest.mark.parametrize("route", ROUTES)
def test_a_phone_need_not_scroll_sideways(browser, route):
    browser.size(PHONE)
    for switch in ("EN", "中文"):
        browser.click(".langs button", switch)
        browser.open(route)
        if re.search(r"text=|/sample", route):
            browser.matches_arrive()
        else:
            browser.one("main h1")
        for why in browser.all(".match-why"):
            if why.get_attribute("aria-expanded") == "false":
                why.click()
                break
        width = browser.driver.execute_script("return document.documentElement.scrollWidth")
        assert width <= PHONE[0]
