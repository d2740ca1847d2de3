"""The search in a browser, from a disk: typed, filtered, by keyboard, without a script, with a part that is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from model.selection import Entry, Thread
from reading import searching
from tests.axe import violations
from tests.browser import Browser, Seen
from tests.pages import Chosen, everything, gap, post, supplement, written
from tests.test_pages import HOSTILE, everywhere

HITS = "[...document.querySelectorAll('.hit')].map(e => e.querySelector('a').getAttribute('href'))"
TEXTS = "[...document.querySelectorAll('.hit .text')].map(e => e.textContent)"
MARKED = "[...document.querySelectorAll('.hit mark')].map(e => e.textContent)"
TOLD = "document.querySelector('#svar').textContent"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("search"), everything(), **supplement())


def opened(browser: Browser, folder: Path, page: str = "sok.html", **how: Any) -> Seen:
    seen = browser.open(folder / page, **how)
    seen.wait("document.querySelector('#sok').dataset.read === 'all'")
    return seen


def ask(seen: Seen, **asked: Any) -> Any:
    """Fill in the fields by their ids, and look at once; the texts of the hits."""
    for id, value in asked.items():
        what = "checked" if isinstance(value, bool) else "value"
        said = str(value).lower() if isinstance(value, bool) else f"'{value}'"
        seen.value(f"document.querySelector('#{id}').{what} = {said}")
    seen.value("document.querySelector('#sok').dispatchEvent(new Event('change'))")
    return seen.value(TEXTS)


def of(*texts: str) -> Chosen:
    entries = [Entry(post(str(n), text), min(n, 1), key=f"k{n}") for n, text in enumerate(texts)]
    return Chosen({"2026-03": [Thread("t", entries)]})


def test_a_word_leads_to_the_place_where_it_is_read(browser: Browser, folder: Path) -> None:
    seen = opened(browser, folder)
    seen.value("document.querySelector('#ord').focus()")
    seen.type("klockan")
    seen.wait(HITS + ".length")

    assert seen.value(HITS) == ["2026-03.html#p3"]
    assert seen.value(MARKED) == ["klockan"]
    assert seen.value(TOLD) == "1 träff"
    assert seen.said == []
    assert [address for address in seen.asked if not address.startswith(folder.as_uri())] == []


@pytest.mark.parametrize(
    ("asked", "anchors"),
    [
        ({"media": True}, ["konto-1", "p1", "p1", "p1", "p4"]), ({"vanished": True}, ["p5"]), ({"new": True}, ["p2"]),
        ({"changed": True}, ["p1", "p1", "p1"]), ({"slag": "reply"}, ["p2", "p3"]),
        ({"ar": "0"}, ["lucka-1", "lucka-3", "p7"]),
        ({"ar": "2026", "slag": "post", "vanished": True}, ["p5"]), ({"ord": "granne"}, ["p2"]),
        ({"ord": "badet", "slag": "reply"}, ["p2"]), ({"new": True, "vanished": True}, ["p2", "p5"]),
        ({"media": True, "changed": True, "vanished": True}, ["p1", "p1", "p1"]),
        ({"ord": "finns inte"}, []), ({"ord": "  "}, []),
        ({"slag": "gap"}, ["lucka-1", "lucka-2", "lucka-3"]), ({"ord": "för stort d.png"}, ["lucka-2"]),
        ({"ord": "stadsdelsförvaltning"}, ["konto-1"]),
    ],
)  # fmt: skip
def test_filters_are_asked_together(browser: Browser, folder: Path, asked: dict[str, Any], anchors: list[str]) -> None:
    seen = opened(browser, folder)
    ask(seen, **asked)

    assert sorted(one.partition("#")[2] for one in seen.value(HITS)) == anchors


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("ÖPPET", True), ("oppet", False), ("idé", True), ("ide", True), ("café idé", True), ('"idé café"', False),
        ('"café och idé', True), ("straße", True), ("привет", True), ("مرحبا", True), ("日本", True), ("नमस्ते", True),
        ("👩‍👩‍👧", True), ("a\u030angra", True), ("ångra", True), ("angra", False), (".*", False), ("<b>", True),
        ("ΣΊΣΥΦΟΣ", True),
    ],
)  # fmt: skip
def test_letters_are_found_as_people_type_them(browser: Browser, tmp_path: Path, typed: str, found: bool) -> None:
    text = "Öppet: Café och idé, Straße, Привет, مرحبا, 日本語, नमस्ते, 👩‍👩‍👧, a\u030angra, <b>, Σίσυφος"
    seen = opened(browser, written(tmp_path, of(text), text="plain"))

    assert bool(ask(seen, ord=typed)) is found
    assert seen.value(MARKED + ".length > 0") is found


def test_hits_are_newest_first_and_shown_in_portions(browser: Browser, tmp_path: Path) -> None:
    entries = [
        Entry(post(str(n), f"Hej {n}.", published=f"20{n % 20 + 10}-03-01T11:00:00.000000Z"), min(n, 1), key=f"k{n}")
        for n in range(120)
    ]
    seen = opened(browser, written(tmp_path, Chosen({"2026-03": [Thread("t", entries)]})))

    ask(seen, ord="hej")
    years = seen.value("[...document.querySelectorAll('.hit .when')].map(e => Number(e.textContent.split(' ')[2]))")
    seen.value("document.querySelector('#fler').click()")

    assert years == sorted(years, reverse=True)
    assert len(years) == 50
    assert len(seen.value(HITS)) == 100
    assert seen.value("document.activeElement.closest('li') === document.querySelectorAll('.hit')[50]")
    assert seen.value(TOLD) == "120 träffar"


def test_what_is_missing_comes_after_what_is_here(browser: Browser, tmp_path: Path) -> None:
    """It was seen when the account was taken, so by its day it would stand before every post."""
    chosen = of("Det är stängt.")
    chosen.lost = [gap(f"{number}.png", "too-large", "media", "media", parent="0") for number in range(3)]
    seen = opened(browser, written(tmp_path, chosen, text="plain"))

    ask(seen, ord="st")

    assert seen.value(HITS) == ["2026-03.html#k0", *(f"saknas.html#lucka-{number}" for number in (1, 2, 3))]


def test_a_gap_tells_the_date_of_its_post_or_that_it_is_not_known(browser: Browser, folder: Path) -> None:
    seen = opened(browser, folder)

    ask(seen, slag="gap")

    told = "[...document.querySelectorAll('.hit')].map(e => ['a', '.when'].map(s => e.querySelector(s)))"
    told += ".map(([a, when]) => [a.hash, when.innerText])"
    unknown = "inläggets datum är inte känt"
    assert sorted(seen.value(told)) == [
        ["#lucka-1", unknown], ["#lucka-2", "daterat 1 mars 2026"], ["#lucka-3", unknown],
    ]  # fmt: skip


def test_the_states_stand_in_a_group_of_their_own(browser: Browser, folder: Path) -> None:
    seen = opened(browser, folder)

    groups = "[...document.querySelectorAll('fieldset')].map(e => [e.children[0].innerText, e.elements.length])"
    assert seen.value(groups) == [["Visa bara", 1], ["Ändringar: något av det valda", 3]]


def test_the_way_back_leads_to_the_same_hits(browser: Browser, folder: Path) -> None:
    seen = opened(browser, folder)
    ask(seen, ord="badet", slag="version")
    there = seen.value("location.href")

    browser.open(folder / "2026-03.html")
    again = browser.visit(there)
    again.wait(HITS + ".length")

    assert again.value("document.querySelector('#ord').value") == "badet"
    assert len(again.value(HITS)) == 2


def test_the_keyboard_is_enough(browser: Browser, folder: Path) -> None:
    seen = opened(browser, folder)
    seen.value("document.querySelector('#ord').focus()")
    seen.type("badet")
    seen.wait(HITS + ".length")
    met = []
    for _ in range(12):
        seen.press("Tab")
        met.append(seen.value("document.activeElement.id || document.activeElement.getAttribute('href')"))

    assert [one for one in met if one][:7] == ["ar", "slag", "media", "changed", "vanished", "new", "2026-03.html#p1"]


@pytest.mark.parametrize(("width", "dark"), [(1100, False), (1100, True), (320, False), (640, True)])
def test_hits_can_be_read_by_all(browser: Browser, folder: Path, width: int, dark: bool) -> None:
    seen = opened(browser, folder, width=width, dark=dark)
    ask(seen, ord="e")
    if width == 640:
        seen.value("document.documentElement.style.fontSize = '200%'")

    assert seen.value("document.documentElement.scrollWidth") == width
    assert violations(seen) == []


def test_no_hostile_text_comes_alive(browser: Browser, tmp_path: Path) -> None:
    entries = [Entry(everywhere(text) | {"kind": "post"}, key=f"k{n}") for n, text in enumerate(HOSTILE)]
    folder = written(tmp_path, Chosen({"2026-03": [Thread("t", entries)]}), text="plain")

    seen = opened(browser, folder)
    title = seen.value("document.title")
    shown = ask(seen, slag="post")

    assert len(shown) == len(HOSTILE)
    assert seen.value("document.title") == title
    assert "<script>" in "".join(shown)
    assert seen.value("document.querySelectorAll('.hit :not(a, bdi, h3, mark, p)').length") == 0
    assert seen.said == []


def test_no_other_script_is_run(browser: Browser, folder: Path, tmp_path: Path) -> None:
    """What a hole in the cleaning would let in: a script of its own, one from the disk, and a handler."""
    hole = "<script>taken = 1</script><script src='x.js'></script><img src=x.png onerror='taken = 1'>"
    (tmp_path / "x.js").write_text("taken = 1")
    page = (folder / "sok.html").read_text().replace("<h1>", f"{hole}<h1>")
    (tmp_path / "sok.html").write_text(page)

    seen = browser.open(tmp_path / "sok.html")

    assert seen.value("typeof taken") == "undefined"
    assert seen.value("document.querySelector('#sok').hidden") is False  # ours is


def test_a_part_that_is_gone_is_told(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "FULL", 10)
    folder = written(tmp_path, of("Hej a", "Hej b", "Hej c"), text="plain")
    (folder / "sok/002.js").unlink()

    seen = opened(browser, folder)

    assert sorted(ask(seen, ord="hej")) == ["Hej a", "Hej c"]
    assert seen.value("document.querySelector('#fel').innerText").endswith("sok/002.js")


def test_without_a_script_the_page_says_so(browser: Browser, folder: Path) -> None:
    browser.ask("Emulation.setScriptExecutionDisabled", value=True)
    try:
        seen = browser.open(folder / "sok.html")
        browser.ask("DOM.enable")
        document = browser.ask("DOM.getDocument")["root"]["nodeId"]
        shown = {
            id: bool(browser.ask("DOM.querySelector", nodeId=document, selector=f"{id}:not([hidden])")["nodeId"])
            for id in ("#utan", "#sok")
        }
    finally:
        browser.ask("Emulation.setScriptExecutionDisabled", value=False)

    assert shown == {"#utan": True, "#sok": False}
    assert seen.said == []


def test_it_is_there_in_english(browser: Browser, folder: Path) -> None:
    seen = opened(browser, folder / "en")
    ask(seen, ord="badet", slag="reply")

    assert seen.value(TOLD) == "1 hit"
    when = seen.value("document.querySelector('.hit .when').textContent")
    assert when == "1 March 2026 · new since the package before"


def test_an_empty_package_can_be_opened(browser: Browser, tmp_path: Path) -> None:
    seen = opened(browser, written(tmp_path, Chosen()))

    assert ask(seen, ord="hej") == []
    assert seen.value(TOLD) == "Inga träffar"
