"""The reading copy in a browser: from a disk, without a network, on a narrow screen, in the dark, by keyboard."""

from __future__ import annotations

import base64
import threading
import wave
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from model.settings import Settings
from reading.room import COPY_POLICY
from tests.axe import violations
from tests.browser import Browser
from tests.fakes.pictures import picture
from tests.films import HEIGHT, WIDTH, film
from tests.pages import Chosen, Entry, Thread, alone, everything, file, post, supplement, written
from tests.test_answers import FOUND, RECORD
from tests.test_pages import HOSTILE, everywhere

PAGES = (
    "index.html", "sok.html", "2026-03.html", "2026-04.html", "odaterat.html", "konto.html", "saknas.html",
    "borttaget.html",
)  # fmt: skip
LOOKS = [(1100, False), (1100, True), (320, False), (320, True)]

# Every text, against what lies behind it: WCAG 2.2, 1.4.3. What is translucent counts as what is below it.
CONTRAST = """
(() => {
  const parts = c => c.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = e => { for (; e; e = e.parentElement) {
    const c = parts(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; }
    return [255, 255, 255]; };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), low = [];
  for (let n; n = walk.nextNode();) if (n.data.trim()) {
    const e = n.parentElement, a = light(parts(getComputedStyle(e).color)), b = light(behind(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) low.push([n.data.trim(), ratio]);
  }
  return low;
})()
"""
# Whatever can be pressed: 24 by 24 pixels, unless it stands in a sentence (2.5.8).
SMALL = """
[...document.querySelectorAll('nav a, .months a, .plain a, summary, .picture, #ord, .tick, select, button, .hit a')]
  .filter(e => e.offsetParent).map(e => [e.textContent.trim(), e.getBoundingClientRect()])
  .filter(([t, r]) => r.height < 24 || r.width < 24).map(([t, r]) => [t, r.width, r.height])
"""
HEADINGS = "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(e => Number(e.tagName[1]))"
UNNAMED = """
[...document.querySelectorAll('img:not([alt]), img[alt=""], video:not([aria-label]), audio:not([aria-label])')]
  .concat([...document.querySelectorAll('a, summary')].filter(e => !e.textContent.trim() && !e.querySelector('img')))
  .map(e => e.outerHTML)
"""
LANDMARKS = "['header.site', 'nav', 'main', 'footer.site'].map(s => document.querySelectorAll('body > ' + s).length)"
PRESS = "[...document.querySelectorAll('a')].filter(e => !/^(https?|file):/.test(e.href)).forEach(e => e.click())"
PLAYED = """
new Promise(told => { const e = document.querySelector('audio'); e.onloadedmetadata = () => told(e.duration);
  e.onerror = () => told(e.error.message); e.preload = 'auto'; e.load(); })
"""
# A film from its start to its end, as a reader's press on it plays it.
SHOWN = """
new Promise(told => { const e = document.querySelector('video');
  e.onended = () => told([e.readyState >= 2, e.getVideoPlaybackQuality().totalVideoFrames > 1,
                          e.currentTime, e.duration, e.videoWidth, e.videoHeight]);
  e.onerror = () => told(e.error.message); e.muted = true; e.play().catch(error => told(String(error))); })
"""
WAYS = "[...document.querySelectorAll('a.record')].map(e => getComputedStyle(e).display)"
UNFOLD = "document.querySelectorAll('details').forEach(e => e.open = true)"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reading copy of one of each where it lies in a package, its pictures beside it."""
    root = tmp_path_factory.mktemp("package")
    return _laid(root, everything(), **supplement())


def _laid(root: Path, chosen: Chosen, settings: Settings | None = None, **more: Any) -> Path:
    media = root / "representations/content/data/media"
    media.mkdir(parents=True)
    for name in ("bild.jpg", "avatar.png"):
        (media / name).write_bytes(picture(name[-3:], name, 900))
    reading = root / "representations/reading/data"
    reading.parent.mkdir()
    return written(root, chosen, settings, **more).rename(reading)


@pytest.mark.parametrize("page", [*PAGES, "en/index.html", "en/2026-03.html"])
def test_a_page_opens_from_a_disk_and_asks_for_nothing_else(browser: Browser, package: Path, page: str) -> None:
    seen = browser.open(package / page)

    root = package.parents[2].as_uri()
    assert [address for address in seen.asked if not address.startswith((root, "data:image/svg+xml"))] == []
    assert [said for said in seen.said if "media/b.mp4" not in said] == []
    assert seen.value("getComputedStyle(document.querySelector('.skip')).position") == "absolute"  # the style is there
    assert seen.value("document.scripts.length") == (page == "sok.html")
    assert seen.value("[...document.images].filter(e => e.complete && !e.naturalWidth).map(e => e.src)") == []


@pytest.mark.parametrize(("width", "dark"), LOOKS)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_can_be_read_by_all(browser: Browser, package: Path, page: str, width: int, dark: bool) -> None:
    seen = browser.open(package / page, width=width, dark=dark)
    seen.value(UNFOLD)

    assert seen.value("document.documentElement.scrollWidth") == width
    assert seen.value(CONTRAST) == []
    assert seen.value(SMALL) == []
    assert seen.value(UNNAMED) == []
    assert seen.value(LANDMARKS) == [1, 0, 1, 1]
    headings = seen.value(HEADINGS)
    assert headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip([0, *headings], headings, strict=False))
    assert seen.value("document.documentElement.lang") == "sv"
    assert seen.value("document.title").endswith("Exempelviks stadsdel")
    assert dark is (seen.value("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 20)")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing(browser: Browser, package: Path, page: str, dark: bool) -> None:
    seen = browser.open(package / page, dark=dark)
    seen.value(UNFOLD)

    assert violations(seen) == []


def test_the_keyboard_is_enough(browser: Browser, package: Path) -> None:
    seen = browser.open(package / "2026-03.html")

    seen.press("Tab")
    first = seen.value("[document.activeElement.className, document.activeElement.getBoundingClientRect().top >= 0]")
    outline = seen.value("getComputedStyle(document.activeElement).outlineStyle")
    seen.press("Enter")
    place = seen.value("document.activeElement.id")
    met = []
    for _ in range(30):
        seen.press("Tab")
        met.append(seen.value("document.activeElement.tagName"))

    assert first == ["skip", True]
    assert outline == "solid"
    assert place == "innehall"
    assert {"A", "SUMMARY", "VIDEO", "AUDIO"} <= set(met)


def test_a_text_twice_as_large_needs_no_sideways_scrolling(browser: Browser, package: Path) -> None:
    seen = browser.open(package / "2026-03.html", width=640)
    seen.value("document.documentElement.style.fontSize = '200%'")

    assert seen.value("document.documentElement.scrollWidth") == 640


def test_deep_threads_and_long_words_fit_a_narrow_screen(browser: Browser, tmp_path: Path) -> None:
    long = "Å" * 400
    names = {"author": long, "title": long, "url": f"https://exempelvik.example/{long}", "fields": {long: long}}
    entries = [Entry(post(f"{depth}{long}", long, **names), depth, key=f"k{depth}") for depth in range(40)]
    folder = _laid(tmp_path, Chosen({"2026-03": [Thread("t", entries)]}, [post("p", long, "profile", **names)]))

    for page in ("2026-03.html", "index.html", "konto.html"):
        seen = browser.open(folder / page, width=320)
        seen.value(UNFOLD)
        assert seen.value("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("given", ["html", "plain"])
def test_no_hostile_text_comes_alive(browser: Browser, tmp_path: Path, given: Any) -> None:
    entries = [Entry(everywhere(text), key=f"k{number}") for number, text in enumerate(HOSTILE)]
    profile = [everywhere(text) | {"kind": "profile"} for text in HOSTILE]
    folder = _laid(tmp_path, Chosen({"2026-03": [Thread("t", entries)]}, profile), text=given)

    for page in ("2026-03.html", "konto.html", "index.html"):
        seen = browser.open(folder / page)
        title = seen.value("document.title")
        seen.value(PRESS)
        assert "taken" not in title.partition("<")[0]
        assert seen.value("document.title") == title
        root = folder.parents[2].as_uri()
        assert [address for address in seen.asked if not address.startswith((root, "data:image/svg+xml"))] == []
        assert [said for said in seen.said if "ERR_FILE_NOT_FOUND" not in said] == []
        assert seen.value("document.body.offsetHeight") > 300  # no style of theirs has hidden it


def test_an_override_turns_nothing_around(browser: Browser, tmp_path: Path) -> None:
    folder = _laid(tmp_path, alone(post(text="avs \u202eändare\u2067 fil", author="\u2067\u202eabc", title="x\u202e")))

    seen = browser.open(folder / "2026-03.html")

    assert seen.value("document.body.innerText.includes('\\u202e')") is False
    assert seen.value("[...document.querySelectorAll('h2 bdi, .text')].map(e => getComputedStyle(e).unicodeBidi)") == [
        "isolate",
        "isolate",
    ]


def test_a_month_of_a_thousand_entries_opens_in_a_second(browser: Browser, tmp_path: Path) -> None:
    entries = [Entry(post(str(n), "<p>Välkommen</p>", media=[file()]), min(n, 1), key=f"k{n}") for n in range(1000)]
    folder = _laid(tmp_path, Chosen({"2026-03": [Thread("t", entries)]}))

    seen = browser.open(folder / "2026-03.html")

    took = seen.value("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")  # milliseconds
    assert took < 1000


def test_sound_is_played_out_of_the_package(browser: Browser, tmp_path: Path) -> None:
    folder = _laid(tmp_path, alone(post(media=[file("ljud.wav", "audio/wav", alt="En klocka")])))
    with wave.open(str(folder.parents[1] / "content/data/media/ljud.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 8000, "NONE", ""))
        sound.writeframes(bytes(16000))

    seen = browser.open(folder / "2026-03.html")

    assert seen.value(PLAYED) == 1
    assert seen.said == []


def test_a_film_is_played_out_of_the_package(browser: Browser, tmp_path: Path) -> None:
    folder = _laid(tmp_path, alone(post(media=[file("film.webm", "video/webm", alt="En stapel vandrar")])))
    (folder.parents[1] / "content/data/media/film.webm").write_bytes(film(seconds=1))

    seen = browser.open(folder / "2026-03.html")
    before = seen.value("(e => [e.readyState, e.currentTime, e.controls])(document.querySelector('video'))")

    assert before == [0, 0, True]  # nothing is read before somebody wants to see it
    assert seen.value(SHOWN) == [True, True, 1, 1, WIDTH, HEIGHT]
    assert seen.said == []


def test_a_picture_whose_file_is_gone_is_told_where_it_would_stand(browser: Browser, tmp_path: Path) -> None:
    entry = Entry(post(media=[file("borta.jpg", alt="En bänk"), file()]), key="k")
    folder = _laid(tmp_path, Chosen({"2026-03": [Thread("t", [entry])]}))

    seen = browser.open(folder / "2026-03.html")
    seen.wait("[...document.images].every(e => e.complete)")

    gone, there = seen.value("[...document.images].map(e => [e.naturalWidth, e.getBoundingClientRect().height])")
    assert gone[0] == 0
    assert gone[1] > 30  # the sentence in its place
    assert "saknas" in seen.value("getComputedStyle(document.images[0], '::after').content")
    assert there[0] > 0


def test_a_picture_that_is_gone_has_its_text_once_and_nothing_is_underlined(browser: Browser, tmp_path: Path) -> None:
    folder = _laid(tmp_path, alone(post(media=[file("borta.jpg", alt="En bänk")])))

    seen = browser.open(folder / "2026-03.html")
    seen.wait("[...document.images].every(e => e.complete)")

    look = "(e => [getComputedStyle(e).fontSize, parseFloat(getComputedStyle(e, '::after').fontSize) > 12])"
    assert seen.value(f"{look}(document.images[0])") == ["0px", True]
    assert seen.value("getComputedStyle(document.querySelector('.picture')).textDecorationLine") == "none"
    assert seen.value("document.querySelector('figcaption').innerText") == "Alternativtext: En bänk"
    assert seen.value("document.images[0].alt") == "En bänk"  # for those who do not see


def test_a_poll_fits_a_narrow_screen(browser: Browser, tmp_path: Path) -> None:
    poll = [{"text": f"val {n}", "votes": n * 10**6} for n in range(5)]
    entries = [Entry(post(str(depth), poll=poll), depth, key=f"k{depth}") for depth in range(4)]
    folder = _laid(tmp_path, Chosen({"2026-03": [Thread("t", entries)]}))

    seen = browser.open(folder / "2026-03.html", width=320)

    assert seen.value("document.documentElement.scrollWidth") == 320


def test_on_paper_the_ways_between_pages_are_left_out(browser: Browser, package: Path) -> None:
    seen = browser.open(package / "2026-03.html", on_paper=True)

    assert seen.value("getComputedStyle(document.querySelector('header.site nav')).display") == "none"
    assert seen.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    players = "[...document.querySelectorAll('video, audio')].map(e => getComputedStyle(e).display)"
    assert seen.value(players) == ["none", "none"]  # a black box; the name of the file below it stays


def test_the_way_to_the_record_is_there_on_a_disk(browser: Browser, tmp_path: Path) -> None:
    folder = _laid(tmp_path, alone(post(raw="<urn:uuid:1>")), answers=lambda raw: FOUND)

    seen = browser.open(folder / "2026-03.html")
    seen.value(UNFOLD)

    assert seen.value(WAYS) == ["inline"]


@pytest.mark.servers
def test_the_reading_room_hands_out_no_record_and_shows_no_way_to_it(browser: Browser, tmp_path: Path) -> None:
    folder = _laid(tmp_path, alone(post(raw="<urn:uuid:1>")), answers=lambda raw: FOUND)

    class Room(SimpleHTTPRequestHandler):
        def __init__(self, *known: Any) -> None:
            super().__init__(*known, directory=str(folder))

        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", COPY_POLICY)
            super().end_headers()

        def log_message(self, *said: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Room) as server:
        threading.Thread(target=server.serve_forever).start()
        seen = browser.visit(f"http://127.0.0.1:{server.server_port}/2026-03.html")
        seen.value(UNFOLD)
        ways, said = seen.value(WAYS), seen.value("document.body.innerText")
        server.shutdown()

    assert ways == ["none"]
    assert RECORD in said


def test_what_is_folded_is_unfolded_on_paper(browser: Browser, tmp_path: Path) -> None:
    first = post("1/v1", "<p>Så löd det först.</p>", "version")
    entry = Entry(post(raw="<urn:uuid:1>", media=[file()]), key="k", versions=[first])
    folder = _laid(tmp_path, Chosen({"2026-03": [Thread("t", [entry])]}), answers=lambda raw: FOUND)
    browser.open(folder / "2026-03.html", on_paper=True)

    with pypdfium2.PdfDocument(base64.b64decode(browser.ask("Page.printToPDF")["data"])) as paper:
        said = "".join("".join(paper[n].get_textpage().get_text_range().split()) for n in range(len(paper)))

    for told in ("Så löd det först.", "urn:uuid:1", RECORD, FOUND.asked, "0" * 64):
        assert told.replace(" ", "") in said
    assert "Öppnafilen" not in said


def test_on_a_screen_it_stays_folded(browser: Browser, package: Path) -> None:
    seen = browser.open(package / "2026-03.html")

    assert seen.value("[...document.querySelectorAll('details.proof')].every(e => e.offsetHeight < 40)")
