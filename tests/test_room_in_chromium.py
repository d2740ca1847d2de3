"""The reading room's pages in a browser, without Airflow: axe-core over all of them, in light and in the dark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import register_view, registering
from reading import room as pages
from reading.room import Frame, Todo
from tests import rooms
from tests.axe import violations
from tests.browser import Browser
from tests.test_pages import HOSTILE
from tests.test_pages_in_chromium import UNFOLD
from tests.test_register_page import PLATFORMS, changed
from tests.test_register_page import hostile as hostile_register
from tests.test_room import hostile, many

NAMES = (
    "overview", "overview-en", "narrowed", "account", "bad", "many", "hostile", "hostile-account", "notice", "login",
    "register", "register-bad", "hostile-register",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of a house as files, their style beside them."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "stil.css").write_text(pages.style(), encoding="utf-8")
    for name, text in drawn(tmp_path_factory.mktemp("house"), folder.as_uri()).items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return folder


def drawn(house: Path, root: str) -> Mapping[str, str]:
    room = rooms.room(rooms.filled(house))
    view, frame = room.known().view, Frame(root=root, form="/dags/arkiv_avslut")
    asked = pages.asked(view, (Todo(kind="answer", what={"sv": "Är exempelvik-bad mottaget?", "en": "x"}, link="/x"),))
    good, bad = room.account("exempelvik-mastodon"), room.account("exempelvik-bad")
    assert good
    assert bad
    text = "".join(one for one in HOSTILE if len(one) < 500)
    odd, line, kept, todos = hostile(text)
    path = changed(house / "register.csv")
    register = register_view.view(path, PLATFORMS, registering.kept([]), rooms.TODAY)
    return {
        "register": pages.register(register, frame),
        "register-bad": pages.register(replace(register, accounts=(), faults=register.notes), frame),
        "hostile-register": pages.register(hostile_register(text), frame),
        "overview": pages.overview(asked, frame),
        "overview-en": pages.overview(asked, Frame(root=root, lang="en")),
        "narrowed": pages.overview(view, Frame(root=root, query="finns inte", needs=True)),
        "account": pages.account(*good, asked.todos, frame),
        "bad": pages.account(*bad, asked.todos, frame),
        "many": pages.overview(many(), frame),
        "hostile": pages.overview(odd, frame),
        "hostile-account": pages.account(line, (kept,), todos, frame),
        "notice": pages.notice("damaged", frame, pages.words("damaged-text")),
        "login": pages.notice("login-needed", frame, link=("/login", "login")),
    }


def test_on_a_narrow_screen_the_last_year_stands_beside_the_account(folder: Path, browser: Browser) -> None:
    seen = browser.open(folder / "overview.html", width=320)

    right = seen.value("document.querySelector('.matrix td .state').getBoundingClientRect().right")
    assert 0 < right <= 320
    heads = seen.value("document.querySelector('.matrix thead').innerText").split()
    assert heads == ["Konto", "2026", "2025", "2024", "2023"]
    assert "Nyckel: 65 dagar" in seen.value("document.querySelector('.matrix tbody th').innerText")
    assert seen.value("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing(name: str, dark: bool, folder: Path, browser: Browser) -> None:
    seen = browser.open(folder / f"{name}.html", dark=dark)
    seen.value(UNFOLD)

    assert seen.value("getComputedStyle(document.querySelector('.skip')).position") == "absolute"  # the style is there
    assert violations(seen) == []
