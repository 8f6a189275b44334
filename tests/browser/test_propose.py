"""The composer in the pages: what the server proposes is what is shown, a move is answered and can be
taken back, what cannot be is said with a way out, and a proposal is kept, compared, agreed, printed.

What a page must show is asked from the API with the conditions that the page was given."""

import time
from urllib.parse import quote

import pytest
import requests
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from test_pages import DESKTOP, PHONE, chromium  # noqa: F401
from test_token import api, browser, server  # noqa: F401

SEALED = "own-1"


def percent(x):
    return "100%" if x > 1 - 1e-9 else f"{min(99, int(x * 100 + 0.5))}%"


@pytest.fixture(scope="module")
def propose(server):  # noqa: F811
    def ask(need, **conditions):
        answer = requests.post(f"{server.url}/api/v1/proposals", json={"need_id": need, **conditions})
        assert answer.status_code == 200, answer.text
        return answer.json()
    return ask


@pytest.fixture(scope="module")
def all_(propose, sample):
    """What is proposed for each need of the sample that is open to all."""
    found = (propose(f"sample:{n['id']}") for n in sample["needs"] if n.get("visibility") == "public")
    return [p for p in found if p["feasible"]]


@pytest.fixture(scope="module")
def whole(all_):
    """A proposal with something of everything."""
    return next(p for p in all_ if len(p["members"]) > 2 and p["ties"] and any(m["lost"] for m in p["members"]) and
                len(p["subtopics"]) > 2 and "\n" in p["subtopics"][0].get("targets", ""))


@pytest.fixture
def compose(propose, whole):
    """What is proposed for the same need under other conditions."""
    return lambda **conditions: propose(whole["need"]["id"], **conditions)


@pytest.fixture
def writer(browser, server):  # noqa: F811
    browser.driver.get(server.link)
    browser.one(".access.open")
    return browser


def open_need(browser, proposal):  # noqa: F811
    browser.open("/#/propose/need/" + quote(proposal["need"]["id"], safe=""))
    browser.one(".gauge")


def names(proposal):
    return [m["org"]["name"] for m in proposal["members"]]


def shows(browser, proposal):  # noqa: F811
    """The page shows this proposal, whole: coverage, members and seats in order."""
    seats = [s["org"]["name"] for x in proposal["subtopics"] for s in x["seats"]]

    def same():
        return (browser.texts(".member-name > a") == names(proposal) and browser.texts(".seat-org") == seats and
                browser.texts(".gauge strong") == [percent(proposal["coverage"]) if proposal["members"] else "–"] and
                not any("推算" in x for x in browser.texts(".member-worth, .propose-alternatives")))
    browser.wait(same, "the proposal " + ", ".join(names(proposal)))


def tap(browser, css, text=None):  # noqa: F811
    """A click that does not depend on what is scrolled where."""
    browser.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", browser.one(css, text))
    browser.click(css, text)


def member(browser, name):  # noqa: F811
    return next(e for e in browser.all(".member") if name in e.text)


def hold(browser, name, what):  # noqa: F811
    def press():
        button = member(browser, name).find_element(By.CSS_SELECTOR, f".hold-{what}")
        browser.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
        button.click()
        return True
    browser.wait(press, f"{what} of {name}")


def at_most(browser, n):  # noqa: F811
    browser.driver.execute_script("""
        const s = document.querySelector('.pick-most')
        s.value = arguments[0]
        s.dispatchEvent(new Event('change', { bubbles: true }))""", str(n))


def test_from_a_need_to_what_the_server_proposes(browser, whole):  # noqa: F811
    browser.open("/#/needs/" + quote(whole["need"]["id"], safe=""))
    tap(browser, ".record-propose")
    shows(browser, whole)
    assert browser.texts(".topic h3") == [x["title"] for x in whole["subtopics"]]
    marks = ["已覆盖" if x["covered"] else "空缺" for x in whole["subtopics"]]
    assert browser.texts(".topic .covered") == marks
    levels = {"strong": "强", "good": "较好", "weak": "弱", "none": "不足"}
    assert browser.texts(".seat .level") == [levels[s["level"]] for x in whole["subtopics"] for s in x["seats"]]
    assert browser.texts(".next > a") == [x["next"]["org"]["name"] for x in whole["subtopics"] if "next" in x]
    assert bool(browser.all(".proof-yes")) == whole["optimal"]
    worth = browser.texts(".member-worth")
    weight = {x["id"]: x["weight"] for x in whole["subtopics"]}
    for m, said in zip(whole["members"], worth, strict=True):
        assert ("不可替代" in said) == m["irreplaceable"]
        if m["marginal"] is None:
            assert "组不成" in said
        elif m["lost"]:
            left = whole["coverage"] - sum(weight[i] for i in m["lost"]) / sum(weight.values())
            assert f"{percent(whole['coverage'])} → {percent(left)}" in said
    assert len(browser.all(".alternative")) == len(whole["alternatives"])

    # Why: what is quoted is the seat's evidence.
    seat = next(s for x in whole["subtopics"] for s in x["seats"])
    tap(browser, ".seats .seat-why")
    assert seat["org"]["name"] in browser.one("dialog.modal h2").text
    quotes = [e["capability"]["text"] for e in seat["evidence"] if e["kind"] != "term"]
    assert browser.texts("dialog .theirs .marked") == [q.strip() for q in quotes]
    browser.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    browser.wait(lambda: not browser.all("dialog.modal"), "the box closes")


def test_the_next_best_comes_with_its_reasons(browser, all_):  # noqa: F811
    found = next(p for p in all_ if any(x.get("next", {}).get("evidence") for x in p["subtopics"]))
    at = [x["next"] for x in found["subtopics"] if "next" in x and "capability" in x["next"]]
    n, next_ = next((n, s) for n, s in enumerate(at) if s["evidence"])
    open_need(browser, found)
    shows(browser, found)
    button = browser.all(".next .seat-why")[n]
    browser.driver.execute_script("arguments[0].click()", button)
    assert next_["org"]["name"] in browser.one("dialog.modal h2").text
    assert "备选" in browser.one("dialog .match-meta").text
    quotes = [e["capability"]["text"] for e in next_["evidence"] if e["kind"] != "term"]
    assert browser.texts("dialog .theirs .marked") == [q.strip() for q in quotes]
    browser.driver.switch_to.active_element.send_keys(Keys.ESCAPE)


def test_a_ban_removes_and_is_taken_back(browser, whole, compose):  # noqa: F811
    before = whole
    # One whose absence lowers the coverage, so that the gauge must move.
    out = next(m for m in before["members"] if m["lost"])["org"]
    after = compose(ban=[out["id"]])
    assert after["coverage"] < before["coverage"]
    open_need(browser, whole)
    shows(browser, before)
    hold(browser, out["name"], "ban")
    shows(browser, after)
    assert out["name"] not in browser.texts(".seat-org, .next > a")
    assert browser.texts(".list-ban .chips span") == [out["name"]]
    moved = int(percent(after["coverage"])[:-1]) - int(percent(before["coverage"])[:-1])
    assert browser.one(".gauge-moved").text == f"\u2212{-moved}"
    browser.one("body").send_keys(Keys.CONTROL, "z")
    shows(browser, before)
    tap(browser, ".propose-redo")
    shows(browser, after)
    tap(browser, ".list-ban .chips button")
    shows(browser, before)


def moving_lock(propose, all_):
    """Two members at most, and somebody who is neither of them: when locked the coverage is another."""
    for p in all_:
        need = p["need"]["id"]
        first = propose(need, max_members=2)
        there = {m["org"]["id"] for m in first["members"]}
        for org in (x["next"]["org"] for x in first["subtopics"] if "next" in x):
            then = propose(need, max_members=2, lock=[org["id"]])
            if org["id"] not in there and first["feasible"] and then["feasible"] and then["coverage"] != first["coverage"]:
                return first, org, then
    raise AssertionError("no lock moves a coverage")


def test_a_lock_moves_the_coverage(browser, propose, all_):  # noqa: F811
    first, org, then = moving_lock(propose, all_)
    open_need(browser, first)
    at_most(browser, 2)
    shows(browser, first)
    card = next(e for e in browser.all(".next") if org["name"] in e.text)
    browser.driver.execute_script("arguments[0].click()", card.find_element(By.CSS_SELECTOR, ".hold-lock"))
    shows(browser, then)
    moved = int(percent(then["coverage"])[:-1]) - int(percent(first["coverage"])[:-1])
    assert browser.one(".gauge-moved").text == f"{'+' if moved > 0 else chr(0x2212)}{abs(moved)}"
    pressed = member(browser, org["name"]).find_element(By.CSS_SELECTOR, ".hold-lock").get_attribute("aria-pressed")
    assert pressed == "true"
    assert browser.texts(".list-lock .chips span") == [org["name"]]


def test_the_last_of_many_moves_counts(browser, whole, compose):  # noqa: F811
    open_need(browser, whole)
    shows(browser, whole)
    banned = [m["org"] for m in whole["members"] if not m["owner"]][:2]
    for org in banned:  # quicker than any answer
        browser.driver.execute_script("arguments[0].click()",
                                      member(browser, org["name"]).find_element(By.CSS_SELECTOR, ".hold-ban"))
    shows(browser, compose(ban=[o["id"] for o in banned]))


def test_what_cannot_be_is_said_with_a_way_out(browser, whole, compose):  # noqa: F811
    assert len(whole["members"]) > 2
    open_need(browser, whole)
    shows(browser, whole)
    for m in whole["members"][:3]:
        hold(browser, m["org"]["name"], "lock")
    locked = [m["org"]["id"] for m in whole["members"][:3]]
    at_most(browser, 2)
    stuck = compose(lock=locked, max_members=2)
    assert not stuck["feasible"] and stuck["relaxations"]
    browser.one(".infeasible h2", "组不成")
    browser.wait(lambda: browser.texts(".infeasible li > span") == [r["text"] for r in stuck["relaxations"]],
                 "what stands in the way")
    for _ in stuck["relaxations"]:
        if browser.all(".infeasible .relax"):
            tap(browser, ".infeasible .relax", "放宽")
            time.sleep(0.5)
    browser.wait(lambda: not browser.all(".infeasible"), "what was given up made it possible")
    assert browser.all(".member")


def test_two_who_compete_are_kept_apart(browser, whole, compose):  # noqa: F811
    a, b = [m["org"] for m in whole["members"]][-2:]
    open_need(browser, whole)
    shows(browser, whole)
    for css, org in ((".pick-one", a), (".pick-other", b)):
        tap(browser, css)
        browser.one(f"{css} input").send_keys(org["name"])
        browser.click(".el-select-dropdown__item", org["name"])
    tap(browser, ".apart-add")
    shows(browser, compose(apart=[[a["id"], b["id"]]]))
    assert browser.texts(".list-apart .chips span") == [f"{a['name']} × {b['name']}"]


def test_an_alternative_is_taken(browser, all_):  # noqa: F811
    one = next(p for p in all_ if p["alternatives"])
    open_need(browser, one)
    shows(browser, one)
    tap(browser, ".alternative-take")
    taken = {m["name"] for m in one["alternatives"][0]["members"]}
    browser.wait(lambda: taken <= set(browser.texts(".member-name > a")), "its members")
    assert set(browser.texts(".list-lock .chips span")) == taken


def test_subtopics_are_edited(browser, whole):  # noqa: F811
    open_need(browser, whole)
    shows(browser, whole)
    titles = [x["title"] for x in whole["subtopics"]]

    def heads(expected):
        browser.wait(lambda: browser.texts(".topic h3") == expected, f"subtopics {expected}")

    # Renamed by keyboard alone: Enter on the button opens the form, Enter in its first field applies it.
    browser.one(".topic-edit").send_keys(Keys.ENTER)
    box = browser.one("#topic-title")
    assert browser.driver.switch_to.active_element == box
    box.send_keys("之二", Keys.ENTER)
    heads([titles[0] + "之二", *titles[1:]])
    tap(browser, ".propose-undo")
    heads(titles)

    # Merged: one less, and the weight of both.
    browser.all(".topic-edit")[1].click()
    tap(browser, "dialog summary", "并入")
    browser.driver.execute_script("""
        const s = document.querySelector('dialog .plain-select')
        s.value = arguments[0]
        s.dispatchEvent(new Event('change', { bubbles: true }))""", whole["subtopics"][0]["id"])
    tap(browser, ".topic-merge")
    heads([titles[0], *titles[2:]])
    tap(browser, ".propose-undo")
    heads(titles)

    # Split off: what is ticked leaves and becomes a subtopic behind it.
    lines = whole["subtopics"][0]["targets"].split("\n")
    assert len(lines) > 1
    tap(browser, ".topic-edit")
    tap(browser, "dialog summary", "拆出")
    tap(browser, ".topic-parts label", lines[-1])
    tap(browser, ".topic-split")
    heads([titles[0], lines[-1][:40], *titles[1:]])
    assert lines[-1] not in browser.all(".topic")[0].text.split("\n· ")[-1]
    tap(browser, ".propose-undo")
    heads(titles)

    # Added and deleted.
    tap(browser, ".topic-add")
    browser.one("#topic-title").send_keys(Keys.CONTROL, "a")
    browser.one("#topic-title").send_keys("激光焊接过程监测", Keys.ENTER)
    heads([*titles, "激光焊接过程监测"])
    browser.all(".topic-edit")[0].click()
    tap(browser, ".topic-remove")
    heads([*titles[1:], "激光焊接过程监测"])
    shares = [int(x.split()[1].rstrip("%")) for x in browser.texts(".topic-share")]
    assert abs(sum(shares) - 100) <= len(shares)
    tap(browser, ".propose-split button")
    shows(browser, whole)
    heads(titles)


def test_a_draft_survives(browser, whole, compose):  # noqa: F811
    out = whole["members"][-1]["org"]
    after = compose(ban=[out["id"]])
    open_need(browser, whole)
    shows(browser, whole)
    hold(browser, out["name"], "ban")
    shows(browser, after)
    open_need(browser, whole)
    shows(browser, after)
    assert browser.texts(".list-ban .chips span") == [out["name"]]
    tap(browser, ".propose-tools .link", "放弃草稿")
    shows(browser, whole)
    open_need(browser, whole)
    shows(browser, whole)
    assert not browser.all(".list-ban .chips")


def test_a_gap_becomes_a_call(browser, whole, compose):  # noqa: F811
    gap = compose(subtopics=[{"title": "塑封固化全过程翘曲预测"}, {"title": "zzqx vvkw jjpd"}])
    assert "t2" in gap["uncovered"]
    browser.driver.execute_script("localStorage.setItem('proposal-draft:need:' + arguments[0], arguments[1])", whole["need"]["id"],
                                  '{"values":{"topics":[{"id":"t1","title":"塑封固化全过程翘曲预测","text":"","targets":"","weight":1},'
                                  '{"id":"t2","title":"zzqx vvkw jjpd","text":"","targets":"良率≥99%","weight":1}]}}')
    open_need(browser, whole)
    browser.one(".topic-open:nth-child(2) h3", "zzqx")
    tap(browser, ".topic-open:nth-child(2) .topic-call")
    browser.wait(lambda: browser.one('[data-field="title"] input').get_attribute("value") == "zzqx vvkw jjpd", "its title")
    assert browser.one('[data-field="targets"] textarea').get_attribute("value") == "良率≥99%"


def test_sealed_subtopics_stay_sealed(browser, propose):  # noqa: F811
    sealed = propose(SEALED)
    assert sealed["sealed"] and "title" not in sealed["subtopics"][0]
    open_need(browser, sealed)
    shows(browser, sealed)
    browser.one(".bench-main .note", "未公开")
    assert not browser.all(".topic-edit, .topic-add")


def test_the_graph_and_its_words(browser, whole):  # noqa: F811
    assert whole["ties"]
    open_need(browser, whole)
    shows(browser, whole)
    assert not browser.driver.execute_script("return performance.getEntriesByType('resource').some((r) => /echarts/.test(r.name))")
    tap(browser, ".graph-open")
    browser.one(".chart[data-state=shown] canvas")
    drawn = """
        const c = document.querySelector('.chart canvas')
        return new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size"""
    browser.wait(lambda: browser.driver.execute_script(drawn) > 10, "something is drawn")
    by_id = {m["org"]["id"]: m["org"]["name"] for m in whole["members"]}
    assert len(browser.texts(".graph-words li")) == len(whole["ties"])
    for tie, words in zip(whole["ties"], browser.texts(".graph-words li"), strict=True):
        assert by_id[tie["a"]] in words and by_id[tie["b"]] in words and str(tie["joint"]) in words


def test_readers_save_nothing(browser, server, whole):  # noqa: F811
    open_need(browser, whole)
    browser.one(".keep textarea").send_keys("备注还在")
    tap(browser, ".keep-save")
    browser.one("dialog.token input").send_keys(server.token, Keys.ENTER)
    browser.one(".access.open")
    browser.wait(lambda: browser.one(".keep textarea").get_attribute("value") == "备注还在", "what was written stays")
    tap(browser, ".access button")
    browser.open("/#/proposals")
    assert "令牌" in browser.one(".page > .note").text
    assert not browser.all(".records")


def test_kept_compared_agreed_printed(writer, api, propose, all_):
    browser = writer  # noqa: F811
    # Somebody can be left out without breaking it up.
    whole, out, second = next((p, m["org"], then) for p in all_ for m in p["members"] if not m["owner"]
                              for then in [propose(p["need"]["id"], ban=[m["org"]["id"]])] if then["feasible"])
    open_need(browser, whole)
    shows(browser, whole)
    tap(browser, ".keep-save")
    browser.wait(lambda: "#/proposals/p-" in browser.driver.current_url, "an address of its own")
    id_ = browser.driver.current_url.rsplit("/", 1)[1]
    browser.one(".write-said", "第 1 版")
    stored = api(f"proposals/{id_}")
    assert stored["state"] == "draft" and names(stored["plan"]) == names(whole)
    assert browser.driver.execute_script("return Object.keys(localStorage).filter((k) => k.startsWith('proposal-draft'))") == []

    # A second version with one member less, and a note.
    shows(browser, whole)
    hold(browser, out["name"], "ban")
    shows(browser, second)
    assert not browser.one(".keep-agree").is_enabled()
    browser.one(".keep textarea").send_keys("只给红娘")
    tap(browser, ".keep-save")
    browser.one(".write-said", "第 2 版")
    assert api(f"proposals/{id_}")["note"] == "只给红娘"
    assert len(browser.all(".versions li")) == 2

    # Both side by side: who is in one alone stands out.
    for box in browser.all(".versions input"):
        browser.driver.execute_script("arguments[0].click()", box)
    tap(browser, ".versions-weigh")
    browser.one(".weigh")
    rows = [r for r in browser.texts(".weigh tr.differs th a")]
    assert set(rows) == set(names(whole)) ^ set(names(second))

    # As a paper, of either version.
    browser.open(f"/#/print/proposal/{id_}?rev=1")
    paper = browser.one(".paper").text
    for m in whole["members"]:
        assert m["org"]["name"] in paper
    for x in whole["subtopics"]:
        assert x["title"] in paper
    assert "第 1 版" in paper
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        shown = browser.driver.execute_script("""
            const seen = (css) => [...document.querySelectorAll(css)].some((e) => e.getClientRects().length > 0)
            return [seen('.top'), seen('.banner'), seen('.paper-tools'), seen('.paper h1')]""")
        assert shown == [False, False, False, True]
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})

    # Agreed: a consortium with its members, the lead first.
    browser.open(f"/#/proposals/{id_}")
    shows(browser, second)
    assert browser.texts(".list-ban .chips span") == [out["name"]]
    tap(browser, ".keep-agree")
    assert browser.texts(".agree-members li") == names(second)
    tap(browser, ".agree-do")
    browser.wait(lambda: f"#/consortia/con-{id_}" in browser.driver.current_url, "the consortium")
    browser.wait(lambda: browser.texts(".consortium-members li > a") == names(second), "its members")
    assert [o["name"] for o in api(f"consortia/con-{id_}")["orgs"]] == names(second)
    assert api(f"proposals/{id_}")["state"] == "agreed"
    browser.open("/#/proposals")
    browser.one(".records .proposal-agreed", "已达成")
    # What is agreed is changed no more: it is saved as another.
    browser.open(f"/#/proposals/{id_}")
    browser.one(".keep-save", "另存")
    # It can be taken back, unless the consortium was edited since.
    made = api(f"consortia/con-{id_}")
    api(f"consortia/con-{id_}", "put", json={**made, "text": "已开过会"})
    browser.expected.append("409")
    tap(browser, ".keep-retreat")
    tap(browser, ".retreat-do")
    assert "原样保留" in browser.one(".keep .failure").text
    assert api(f"proposals/{id_}")["state"] == "agreed" and api(f"consortia/con-{id_}")["text"] == "已开过会"
    api(f"consortia/con-{id_}/undo", "post")
    tap(browser, ".keep-retreat")
    tap(browser, ".retreat-do")
    browser.one(".keep .proposal-draft")
    assert api(f"proposals/{id_}")["state"] == "draft"
    gone = requests.get(f"{browser.server.url}/api/v1/consortia/con-{id_}")
    assert gone.status_code == 404


def test_what_is_incomplete_is_kept_but_not_agreed(writer, api, propose, sample):
    browser = writer  # noqa: F811
    some = (propose(f"sample:{n['id']}") for n in sample["needs"])
    lacking = next(p for p in some if p["members"] and not p["feasible"])
    api("proposals/lacking", "put", json={"need_id": lacking["need"]["id"], "title": "还不完整"})
    browser.open("/#/proposals/lacking")
    browser.one(".infeasible h2", "不完整")
    assert browser.texts(".infeasible li > span") == [r["text"] for r in lacking["relaxations"]]
    assert len(browser.all(".member")) == len(lacking["members"])
    browser.one(".keep", "不能转为联合体")
    assert not browser.one(".keep-agree").is_enabled()


def test_two_who_edit_the_same(writer, api, whole):
    browser = writer  # noqa: F811
    mine = {"need_id": whole["need"]["id"], "title": "两人同改"}
    api("proposals/both", "put", json=mine)
    browser.open("/#/proposals/both")
    shows(browser, whole)
    api("proposals/both", "put", json=mine | {"title": "别人改的"})
    hold(browser, whole["members"][-1]["org"]["name"], "ban")
    browser.expected.append("412")
    tap(browser, ".keep-save")
    browser.one(".keep .note", "别人")
    tap(browser, ".keep .note button", "覆盖")
    browser.one(".write-said", "已保存")
    assert api("proposals/both")["title"] == "两人同改"


@pytest.mark.parametrize("size", [DESKTOP, (1000, 800), PHONE])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_fits(browser, whole, size, lang):  # noqa: F811
    browser.driver.execute_script("localStorage.setItem('lang', arguments[0])", lang)
    try:
        browser.size(size)
        need = quote(whole["need"]["id"], safe="")
        for address in (f"/#/propose/need/{need}", f"/#/print/need/{need}", "/#/consortia"):
            browser.open(address)
            browser.one(".gauge, .paper, .records")
            widths = browser.driver.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
            assert widths[0] <= widths[1], address
    finally:
        browser.driver.execute_script("localStorage.removeItem('lang')")
        browser.size(DESKTOP)
