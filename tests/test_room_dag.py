"""The reading room in a real Airflow: who gets in, what each page answers, the menu, the reading copy in a browser."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
import requests

from model.errors import BadInput
from tests import rooms
from tests.airflows import PEOPLE, Standing, only, standing
from tests.axe import violations
from tests.browser import Browser, chromium
from tests.test_pages_in_chromium import CONTRAST, HEADINGS, UNFOLD

pytestmark = [pytest.mark.airflow, pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(900)]
ORDER = "2025-exempelvik-mastodon"
PAGE = f"/paket/{ORDER}/representations/reading/data/index.html"
ACCOUNT = "/konto/mastodon/exempelvik-mastodon"
PATHS = {  # each route of the app, and what asks for it
    "/": "/",
    "/konto/{platform}/{account}": ACCOUNT,
    "/register": "/register",
    "/register/{name}": "/register/konton.xlsx",
    "/paket/{order}/{path:path}": PAGE,
    "/hamta/{order}": f"/hamta/{ORDER}",
    "/bevis/{order}/{name}": f"/bevis/{ORDER}/{ORDER}.manifest.json",
    "/stil.css": "/stil.css",
    "/ikon-{theme}.svg": "/ikon-ljus.svg",
    "/{path:path}": "/finns-inte",
}
PRESSED = """
[...document.querySelectorAll('nav a, .act, button, summary, .matrix a, .todo a, .plain a, input[type=checkbox]')]
  .filter(e => e.offsetParent).map(e => [e.textContent.trim(), e.getBoundingClientRect()])
  .filter(([t, r]) => r.height < 24 || r.width < 24).map(([t, r]) => [t, r.width, r.height])
"""
DRAWN = "[...document.images].filter(e => e.complete && !e.naturalWidth).map(e => e.src)"
PRESS = """
[...document.querySelectorAll('button, [role=menuitem]')].filter(one => one.innerText.includes('{}'))
  .map(one => one.click()).length
"""
ENGLISH = "document.documentElement.lang == 'en' && document.body.innerText.includes('Dags')"
WIDTH = "document.documentElement.scrollWidth"


@dataclass
class House:
    """An Airflow with people, and the archive that its reading room shows."""

    airflow: Standing
    folder: Path

    def get(self, path: str, who: str = "kim", **headers: str) -> requests.Response:
        """A page as a browser asks for it: with the cookie."""
        cookies = {"_token": self.airflow.token(who)} if who else {}
        return requests.get(
            f"{self.airflow.address}/lasesal{path}", cookies=cookies, headers=headers, timeout=60, allow_redirects=False
        )


@pytest.fixture(scope="module")
def house(airflow: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("room")
    rooms.filled(folder)
    told = {
        "ARSRING_REGISTER": str(folder / "register.csv"),
        "ARSRING_WORK": str(folder / "work"),
        "ARSRING_ARCHIVE": str(folder / "archive"),
        "ARSRING_SETTINGS": str(folder / "installningar.toml"),
    }
    people = PEOPLE | {"noa": "Public"}  # one who may log in, and read nothing
    told |= only(folder / "dags", "closure.py", "yearly.py")
    with standing(airflow | told, folder / "airflow", people=people) as there:
        there.token("kim")
        yield House(there, folder)


def routes() -> list[Any]:
    from dags.reading_room import app

    return list(app.routes)


def test_every_route_of_the_app_is_tried_here_and_asks_for_a_reader_of_dags(airflow: dict[str, str]) -> None:
    from airflow.api_fastapi.core_api.security import get_user
    from fastapi.routing import APIRoute

    found = routes()

    assert {route.path for route in found} == PATHS.keys()
    for route in found:
        assert isinstance(route, APIRoute), route
        assert route.methods == {"GET"}
        asked = [one.call for one in route.dependant.dependencies]
        inner = [one.call for dependency in route.dependant.dependencies for one in dependency.dependencies]
        assert any("requires_access_dag" in getattr(call, "__qualname__", "") for call in asked), route.path
        assert get_user in inner, route.path


def test_what_it_shows_is_gathered_when_the_api_server_comes_up(monkeypatch: pytest.MonkeyPatch) -> None:
    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    from dags import plugin, reading_room

    gathered = threading.Event()
    monkeypatch.setattr(plugin, "AGAIN", 0.01)
    times, ended = [], threading.Event()

    def known() -> None:
        times.append(1)
        if len(times) == 3:
            gathered.set()

    def gather(over: threading.Event) -> None:
        real(over)
        ended.set()

    real = plugin.gather
    monkeypatch.setattr(plugin, "gather", gather)
    monkeypatch.setattr(reading_room, "known", SimpleNamespace(known=known))
    app = FastAPI()
    for one in plugin.Arsring.fastapi_root_middlewares:  # as Airflow adds them
        app.add_middleware(one["middleware"])

    with TestClient(app):
        assert gathered.wait(60), "again and again"
    assert ended.wait(60), "and no longer than the server"


def test_what_hinders_the_gathering_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from dags import plugin, reading_room

    def torn() -> None:
        raise BadInput("installningar.toml: not there")

    monkeypatch.setattr(reading_room, "known", SimpleNamespace(known=torn))

    (ended := threading.Event()).set()
    plugin.gather(ended)


@pytest.mark.parametrize("path", [*PATHS.values(), "/docs", "/openapi.json", "/redoc", "/konto/x/y", "/paket/x/y"])
def test_nobody_gets_in_without_a_cookie(path: str, house: House) -> None:
    answer = house.get(path, who="")

    assert answer.status_code == 401
    assert "exempelvik" not in answer.text.replace(path, "").replace(quote(path, safe=""), "")
    assert "Du behöver logga in" in answer.text


@pytest.mark.parametrize("cookie", ["x", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."])
def test_a_made_up_cookie_opens_nothing(cookie: str, house: House) -> None:
    answer = requests.get(f"{house.airflow.address}/lasesal/", cookies={"_token": cookie}, timeout=60)

    assert answer.status_code in (401, 403)
    assert "exempelvik" not in answer.text


@pytest.mark.parametrize("path", PATHS.values())
def test_who_may_not_read_dags_sees_nothing(path: str, house: House) -> None:
    answer = house.get(path, who="noa")

    assert answer.status_code == 403
    assert "exempelvik" not in answer.text


@pytest.mark.parametrize("who", ["kim", "alex", "robin", "sam"])
def test_every_page_answers_those_who_may_read(who: str, house: House) -> None:
    answers = {path: house.get(path, who) for path in PATHS.values()}

    assert {path: answer.status_code for path, answer in answers.items()} == {
        path: 404 if path == "/finns-inte" else 200 for path in PATHS.values()
    }
    for path, answer in answers.items():
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        assert answer.headers["Cache-Control"] == "no-store", path
        if answer.headers["Content-Type"].startswith("text/html"):
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"], path
            assert "script-src" not in answer.headers["Content-Security-Policy"], path
    assert "sandbox" in answers[PAGE].headers["Content-Security-Policy"]
    assert "exempelvik-mastodon" in answers["/"].text


def test_only_who_may_start_a_closure_gets_its_button(house: House) -> None:
    assert "/dags/arkiv_avslut" in house.get(ACCOUNT, "kim").text
    for who in ("alex", "sam"):
        assert "/dags/arkiv_avslut" not in house.get(ACCOUNT, who).text


def test_the_package_comes_whole_and_its_evidence_with_it(house: House) -> None:
    package = house.get(f"/hamta/{ORDER}")
    manifest = house.get(f"/bevis/{ORDER}/{ORDER}.manifest.json")

    assert hashlib.sha256(package.content).hexdigest() == json.loads(manifest.content)["package"]["sha256"]
    assert package.headers["Content-Disposition"].endswith(f"{ORDER}.zip")
    assert int(package.headers["Content-Length"]) == len(package.content)


def test_the_certificate_of_a_closure_is_handed_out_like_other_evidence(house: House) -> None:
    order = "2024-exempelvik-stangt.closure"
    path = f"/bevis/{order}/{order}.certificate.pdf"
    assert house.get(path).status_code == 404
    (house.folder / "archive" / f"{order}.certificate.pdf").write_bytes(b"%PDF-1.4")

    answers = [house.get(path, who) for who in ("kim", "noa", "")]

    assert [answer.status_code for answer in answers] == [200, 403, 401]
    assert answers[0].content == b"%PDF-1.4"
    assert answers[0].headers["Content-Disposition"].endswith(f"{order}.certificate.pdf")


def test_the_register_is_shown_and_its_list_fetched_in_each_form(house: House) -> None:
    assert "exempelvik-stangt" in house.get("/register").text
    begins = {"xlsx": b"PK", "csv": b"\xef\xbb\xbfKonton", "pdf": b"%PDF-1.4"}
    for ending, begin in begins.items():
        answer = house.get(f"/register/konton.{ending}")
        assert answer.content.startswith(begin)
        assert answer.headers["Content-Disposition"].endswith(f"konton.{ending}")
    assert house.get("/register/konton.exe").status_code == 404
    assert house.get("/register/register.csv").status_code == 404


def test_a_film_is_handed_out_piece_by_piece(house: House) -> None:
    path = f"/paket/{ORDER}/representations/reading/data/stil.css"
    whole = house.get(path).content

    piece = house.get(path, Range="bytes=5-14")
    beyond = house.get(path, Range=f"bytes={len(whole)}-")

    assert (piece.status_code, piece.content) == (206, whole[5:15])
    assert piece.headers["Content-Range"] == f"bytes 5-14/{len(whole)}"
    assert beyond.status_code == 416


OUTSIDE = (
    "/paket/2025-finns-inte/index.html",
    f"/paket/{ORDER}/METS.xml",
    f"/paket/{ORDER}/%2e%2e/%2e%2e/register.csv",
    f"/paket/{ORDER}/representations/reading/data/%2e%2e/%2e%2e/%2e%2e/METS.xml",
    f"/bevis/{ORDER}/%2e%2e%2fregister.csv",
    f"/bevis/{ORDER}/register.csv",
    "/hamta/..%2fregister",
    "/konto/facebook/exempelvik-mastodon",
    "/konto/x/%3Cscript%3E",
)


@pytest.mark.parametrize("path", OUTSIDE)
def test_what_is_not_to_be_had_is_not_there(path: str, house: House) -> None:
    answer = house.get(path)

    assert answer.status_code == 404
    assert "<script>" not in answer.text


def test_a_package_that_is_gone_from_the_store_is_told_in_plain_words(house: House) -> None:
    answer = house.get("/paket/2024-exempelvik-bad/representations/reading/data/index.html")

    assert answer.status_code == 500
    assert "Paketet går inte att läsa" in answer.text


def test_the_language_is_remembered(house: House) -> None:
    answer = house.get("/?lang=en")

    assert "To be done now" in answer.text
    assert answer.cookies["lasesal_lang"] == "en"
    cookies = {"_token": house.airflow.token("kim"), "lasesal_lang": "en"}
    again = requests.get(f"{house.airflow.address}/lasesal/", cookies=cookies, timeout=60)
    assert "To be done now" in again.text


# --- in a browser -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("profile")) as found:
        found.ask("Network.setCookie", name="_token", value=house.airflow.token("kim"), url=house.airflow.address)
        yield found


def test_who_logs_in_comes_back_to_the_page(house: House, tmp_path: Path) -> None:
    with chromium(tmp_path) as stranger:
        page = stranger.visit(f"{house.airflow.address}/lasesal{ACCOUNT}")
        assert page.value("document.querySelector('h1').innerText") == "Du behöver logga in"
        page = stranger.visit(page.value("document.querySelector('.act').href"))
        page.wait("document.querySelector('input[name=password]')")
        for name in ("username", "password"):
            page.value(f"document.querySelector('input[name={name}]').focus()")
            page.type("sam")
        page.press("Enter")

        page.wait(f"location.pathname == '/lasesal{ACCOUNT}' && document.querySelector('.entry')", 60)


def test_the_menu_leads_to_the_reading_room(house: House, browser: Browser) -> None:
    page = browser.visit(house.airflow.address)

    page.wait("document.body.innerText.includes('Läsesalen')", 90)
    assert house.airflow.ask("GET", "/plugins", "kim").json()["plugins"][0]["external_views"][0]["href"] == "/lasesal/"


def test_the_menu_reads_swedish_and_english_is_one_choice_in_it(house: House, tmp_path: Path) -> None:
    with chromium(tmp_path) as reader:
        agent = reader.visit("about:blank").value("navigator.userAgent")
        reader.ask("Network.setCookie", name="_token", value=house.airflow.token("kim"), url=house.airflow.address)
        reader.ask("Network.setUserAgentOverride", userAgent=agent, acceptLanguage="sv-SE,sv,en")
        page = reader.visit(house.airflow.address, 1280)

        page.wait("['Start', 'Flöden', 'Bläddra', 'Läsesalen'].every(one => document.body.innerText.includes(one))", 90)
        assert page.value("[document.documentElement.lang, document.body.innerText.includes('Dags')]") == ["sv", False]
        assert [said for said in page.said if "locales" in said or "exception" in said.lower()] == []
        for words in ("Användare", "Välj språk"):
            page.wait(PRESS.format(words))
        page.wait("document.querySelector('[role=dialog] input')")
        page.value("document.querySelector('[role=dialog] input').focus()")
        page.type("English")
        page.press("Enter")
        page.wait(ENGLISH)
        reader.visit(house.airflow.address, 1280).wait(ENGLISH)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (320, False), (320, True)])
@pytest.mark.parametrize("path", ["/", ACCOUNT, "/konto/facebook/exempelvik-bad", "/register", "/finns-inte"])
def test_a_page_can_be_read_by_all(path: str, width: int, dark: bool, house: House, browser: Browser) -> None:
    seen = browser.visit(f"{house.airflow.address}/lasesal{path}", width, dark)
    seen.value(UNFOLD)

    assert seen.value(WIDTH) == width
    assert seen.value(CONTRAST) == []
    assert seen.value(PRESSED) == []
    assert violations(seen) == []
    headings = seen.value(HEADINGS)
    assert headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip([0, *headings], headings, strict=False))
    assert [said for said in seen.said if "404" not in said] == []
    assert [one for one in seen.asked if not one.startswith((house.airflow.address, "data:image/svg+xml"))] == []
    assert seen.value("document.scripts.length") == 0


def test_a_text_twice_as_large_needs_no_sideways_scrolling(house: House, browser: Browser) -> None:
    for path in ("/", ACCOUNT):
        seen = browser.visit(f"{house.airflow.address}/lasesal{path}", 640)
        seen.value("document.documentElement.style.setProperty('font-size', '200%')")

        assert seen.value(WIDTH) == 640


def test_the_reading_copy_opens_straight_from_the_store(house: House, browser: Browser) -> None:
    seen = browser.visit(f"{house.airflow.address}/lasesal{PAGE}")

    assert seen.said == []
    assert seen.value("document.images.length") > 0
    assert seen.value(DRAWN) == []
    assert seen.value("getComputedStyle(document.querySelector('.skip')).position") == "absolute"  # the style is there
    icon = f"{house.airflow.address}/favicon.ico"  # which a browser asks for by itself
    inside = (f"{house.airflow.address}/lasesal/", "data:image/svg+xml", icon)
    assert [one for one in seen.asked if not one.startswith(inside)] == []
    first = seen.value("[...document.querySelectorAll('nav a')].find(e => e.innerText == 'Kontot').href")
    assert browser.visit(str(first)).value("document.querySelector('h1').innerText") == "Kontot"


def test_the_search_of_a_reading_copy_says_that_it_needs_the_fetched_one(house: House, browser: Browser) -> None:
    seen = browser.visit(f"{house.airflow.address}/lasesal{PAGE.replace('index.html', 'sok.html')}")

    assert "hämta paketet" in seen.value("document.querySelector('#utan').innerText")
    assert seen.value("document.querySelector('#utan').checkVisibility()") is True
    assert seen.value("document.querySelector('#sok').checkVisibility()") is False


def test_the_keyboard_is_enough(house: House, browser: Browser) -> None:
    seen = browser.visit(f"{house.airflow.address}/lasesal/")

    seen.press("Tab")
    first = seen.value("[document.activeElement.className, getComputedStyle(document.activeElement).outlineStyle]")
    met = set()
    for _ in range(30):
        seen.press("Tab")
        met.add(seen.value("document.activeElement.tagName"))

    assert first == ["skip", "solid"]
    assert {"A", "INPUT", "BUTTON", "DIV"} <= met  # the table too, so that it can be scrolled
