"""What real servers once answered, through connector, line and package, and looked at in a browser from a disk.

The recorded answers lie beside the repository (../shared/realdata); no word of them stands here.
"""

from __future__ import annotations

import json
import re
import time
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from tests.axe import violations
from tests.browser import Browser
from tests.recorded import WORLDS, World, right_to_left, script_of, squeezed
from tests.test_search_in_chromium import HITS, ask, opened

MARKS = "Tecken som utskriften inte kan visa"  # the part of the print that tells them
LISTED = 1000  # the most of what it lists at its end
# Of each account's texts at least: scripts, letters of the longest (without spaces), from right to left, with emoji.
KINDS = {
    "mastodon": (8, 5_000, 0, 15),
    "bluesky": (15, 7_900, 10, 50),
    "facebook": (2, 900, 0, 4),
    "instagram": (2, 150, 0, 0),
}
WIDTHS = {320: 1, 640: 2}  # a telephone, and a window of 1280 at 200 %: pixels of CSS, and of the screen in each
UNFOLD = "document.querySelectorAll('details').forEach(e => e.open = true)"
# Each text of a stranger's: what it says, which way it runs, whether it keeps to itself, whether it is seen whole.
TEXTS = """
[...document.querySelectorAll('.text, main bdi, .facts [dir=auto]')].map(e => {
  const style = getComputedStyle(e), box = e.getBoundingClientRect();
  return {text: e.textContent, direction: style.direction, apart: style.unicodeBidi,
          shown: e.checkVisibility() && (box.height > 0 || !e.textContent.trim()),
          cut: e.matches('.text') && (e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1),
          anchor: e.closest('header, footer, details') ? '' : e.closest('.entry, .profile')?.id || ''}; })
"""
# Where what stands around them begins: entry by entry, by its depth. A text that turned it would move it.
AROUND = """
[...document.querySelectorAll('.entry')].flatMap(e =>
  [...e.querySelectorAll(':scope > header h2, :scope > header h3, :scope > header .when, :scope > .proof > summary')]
    .map(part => { const range = document.createRange(); range.selectNodeContents(part);
      return [part.className || part.tagName, (e.className.match(/depth-\\d/) ?? [e.className])[0],
              getComputedStyle(part).direction, Math.round(range.getBoundingClientRect().left)]; }))
"""
ALIVE = """
[...document.querySelectorAll('main script, iframe, object, embed, form[action], main style, main link, base')]
  .concat([...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => /^on|^style$/.test(a.name))))
  .map(e => e.outerHTML)
"""
BROKEN = "[...document.images].filter(e => e.complete && !e.naturalWidth).map(e => e.src)"
HIT = "document.querySelectorAll('.hit a[href=\"{}\"]').length"


@dataclass
class Look:
    """A page as it was seen."""

    asked: list[str]
    said: list[str]
    alive: list[str]
    broken: list[str]
    texts: list[dict[str, Any]]
    around: list[tuple[str, str, str, int]]
    against: list[object]  # what axe-core finds
    widths: dict[int, int] = field(default_factory=dict)


@pytest.mark.parametrize("kind", WORLDS)
def test_recorded_answers_are_read_in_a_browser(
    kind: str, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that is held of an account, in one test: two workers would make its package and look at it twice."""
    with monkeypatch.context() as patch:
        patch.setattr(time, "sleep", lambda seconds: None)
        world = WORLDS[kind](tmp_path)
    due, looks = _due(world, browser), _looks(world, browser)

    _every_recorded_text_is_shown(due, looks)
    _the_texts_are_of_many_kinds(kind, due)
    _a_text_runs_its_own_way_and_turns_nothing_around_it(looks)
    _nothing_of_a_text_comes_alive_and_nothing_is_asked_for(world, looks)
    _every_page_fits_a_telephone_and_a_window_at_200_per_cent(looks)
    _axe_finds_nothing(looks)
    _a_word_of_each_script_finds_its_post(kind, world, looks, browser)
    _what_the_print_cannot_show_is_told_in_it(world, due)


def _due(world: World, browser: Browser) -> set[str]:
    """Each recorded text without its spaces; HTML as a browser reads it."""
    parsed = "new DOMParser().parseFromString(one, 'text/html').body.textContent"
    page = browser.open(world.folder / "saknas.html")
    said: list[str] = page.value(f"{json.dumps(sorted(world.html))}.map(one => {parsed})")
    return {text for text in {*world.texts, *map(squeezed, said)} if text}


def _looks(world: World, browser: Browser) -> dict[str, Look]:
    """Every page in Swedish, and what opens first in English."""
    pages = [page for page in sorted(world.folder.glob("*.html")) if page.name != "sok.html"]
    return {str(page): _look(browser, page) for page in (*pages, world.folder / "en/index.html")}


def _look(browser: Browser, page: Path) -> Look:
    seen = browser.open(page)
    against = violations(seen)
    seen.value(UNFOLD)
    alive, broken, texts, around = map(seen.value, (ALIVE, BROKEN, TEXTS, AROUND))
    look = Look(seen.asked, seen.said, alive, broken, texts, around, against)
    for width, pixels in WIDTHS.items():
        browser.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=600, deviceScaleFactor=pixels, mobile=False
        )
        look.widths[width] = seen.value("document.documentElement.scrollWidth")
    return look


def _every_recorded_text_is_shown(due: set[str], looks: dict[str, Look]) -> None:
    texts = [text for look in looks.values() for text in look.texts]

    assert due - {squeezed(text["text"]) for text in texts} == set()
    assert [text for text in texts if not text["shown"] or text["cut"]] == []


def _the_texts_are_of_many_kinds(kind: str, due: set[str]) -> None:
    found = (
        len({script_of(char) for char in "".join(due)} - {""}),
        max(map(len, due)),
        sum(map(right_to_left, due)),
        sum(any(char > "\u2600" and unicodedata.category(char) == "So" for char in text) for text in due),
    )

    assert all(had >= least for had, least in zip(found, KINDS[kind], strict=True)), found


def _a_text_runs_its_own_way_and_turns_nothing_around_it(looks: dict[str, Look]) -> None:
    for page, look in looks.items():
        for text in look.texts:
            way = "rtl" if right_to_left(text["text"]) else "ltr"
            assert (text["direction"], text["apart"]) == (way, "isolate"), page
        assert {way for _, _, way, _ in look.around} <= {"ltr"}, page
        places = {(part, depth, left) for part, depth, _, left in look.around}
        assert len(places) == len({(part, depth) for part, depth, _ in places}), page


def _nothing_of_a_text_comes_alive_and_nothing_is_asked_for(world: World, looks: dict[str, Look]) -> None:
    root = f"{world.package.as_uri()}/"
    for page, look in looks.items():
        assert [one for one in look.asked if not one.startswith((root, "data:image/svg+xml"))] == [], page
        assert (look.said, look.alive, look.broken) == ([], [], []), page


def _every_page_fits_a_telephone_and_a_window_at_200_per_cent(looks: dict[str, Look]) -> None:
    assert {page: wide for page, look in looks.items() for width, wide in look.widths.items() if wide != width} == {}


def _axe_finds_nothing(looks: dict[str, Look]) -> None:
    assert {page: look.against for page, look in looks.items() if look.against} == {}


def _a_word_of_each_script_finds_its_post(kind: str, world: World, looks: dict[str, Look], browser: Browser) -> None:
    words = _words(looks)
    assert len(words) >= KINDS[kind][0]
    seen = opened(browser, world.folder)

    for script, (word, place) in words.items():
        ask(seen, ord=word)
        while seen.value("!document.querySelector('#fler').hidden") and not seen.value(HIT.format(place)):
            seen.value("document.querySelector('#fler').click()")
        assert seen.value(HIT.format(place)), (script, seen.value(HITS))
    assert violations(seen) == []
    assert (seen.said, seen.value("document.documentElement.scrollWidth")) == ([], 1100)


def _what_the_print_cannot_show_is_told_in_it(world: World, due: set[str]) -> None:
    with pypdfium2.PdfDocument(world.folder / "utskrift.pdf") as document:
        pages = [document[number].get_textpage().get_text_range() for number in range(len(document))]
    drawn, _, told = "".join(pages).replace("\r\n", "").replace("\xa0", " ").rpartition(MARKS)
    assert not re.search(r"\[U\+[0-9A-F\xa0]*\r\n", "".join(pages))  # a mark stands on one line
    marks = {code for mark in re.findall(r"\[U\+([0-9A-F ]+)\]", drawn) for code in mark.split()}
    listed = set(re.findall(r"U\+([0-9A-F]{4,6}) +[^ ]", told))
    shown = {*unicodedata.normalize("NFKC", drawn), " "}

    for char in unicodedata.normalize("NFC", "".join(due)):
        if unicodedata.category(char)[0] in "LNPS" and not set(unicodedata.normalize("NFKC", char)) <= shown:
            assert f"{ord(char):04X}" in marks | listed  # in a line from right to left a mark is read out backwards
    assert marks <= listed or (len(listed) == LISTED and re.search(r"och [0-9 ]+ till\.", told))
    assert not marks or "I texten står i stället ett märke med tecknets nummer i Unicode" in told


def _words(looks: dict[str, Look]) -> dict[str, tuple[str, str]]:
    """The longest word of each script, and the place where it is read: page#anchor."""
    words: dict[str, tuple[str, str]] = {}
    for page, look in looks.items():
        for text in look.texts:
            for script, word in _runs(text["text"]) if text["anchor"] else ():
                if len(word) > len(words.get(script, ("", ""))[0]):
                    words[script] = word, f"{Path(page).name}#{text['anchor']}"
    return words


def _runs(text: str) -> list[tuple[str, str]]:
    """(script, letters of it that stand together, with their signs)."""
    runs: list[tuple[str, str]] = []
    last = ""
    for char in text:
        script = last if last and unicodedata.category(char) in ("Mn", "Mc") else script_of(char)
        if script and script == last:
            runs[-1] = script, runs[-1][1] + char
        elif script:
            runs.append((script, char))
        last = script
    return runs
