"""The reading copy: everything is in it, nothing in it is live, and it opens from a disk for everybody."""

from __future__ import annotations

import json
import re
import tracemalloc
import weakref
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote, urldefrag

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.capture import plain
from model.nouns import Account, Choice, Item, Media
from model.selection import Previous, Selection
from model.settings import Profile, Settings
from pipeline import line, make
from reading import cleaning, pages, texts
from reading.shown import Shown
from tests import captures
from tests.pages import (
    AT,
    BEFORE,
    WEB,
    Chosen,
    Entry,
    Parsed,
    Thread,
    alone,
    everything,
    file,
    gap,
    post,
    supplement,
    written,
)
from tests.runs import Run, fake_of, small_world

HOSTILE = (
    "<script>document.title='taken'</script>hej",
    "<img src=x onerror=\"document.title='taken'\">",
    "<svg><script>document.title='taken'</script></svg>",
    "<svg onload=\"document.title='taken'\"><a xlink:href=\"javascript:document.title='taken'\">x</a></svg>",
    "<a href=\"javascript:document.title='taken'\">tryck här</a>",
    "<a href='data:text/html,<script>1</script>' onclick='x()' style='position:fixed;inset:0'>tryck</a>",
    "<style>body{display:none}</style><p style='background:url(https://x.example)'>hej</p>",
    "<iframe src='https://x.example'></iframe><object data='x'></object><embed src='x'>",
    "<math><mtext></table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=1&gt;'>",
    "</article></main><h1>Falsk rubrik</h1><base href='https://x.example/'><meta http-equiv=refresh content=0>",
    "</div></article><form action='https://x.example'><input name=lösen><button>Logga in</button></form>",
    "<noscript><p title='</noscript><img src=x onerror=1>'>",
    "<p><svg><style><p><a title='</style><img src=x onerror=alert(1)>'>",
    '"><script>document.title=1</script>',
    "{{ 7 * 7 }}{% raw %}",
)
_OURS = {"sok.html": {"script", "input", "button"}}  # the one page with a script, and what its policy says of it
_LIVE = {"script", "style", "iframe", "object", "embed", "svg", "math", "form", "input", "button", "base", "noscript"}


def test_a_post_is_on_the_page_of_its_month(tmp_path: Path) -> None:
    chosen = alone(post(text="<p>Vårstädning i parken</p>"))

    folder = written(tmp_path, chosen)

    assert "Vårstädning i parken" in (folder / "2026-03.html").read_text()
    assert 'href="2026-03.html"' in (folder / "index.html").read_text()


def test_a_gap_leads_to_where_it_is_missed(tmp_path: Path) -> None:
    folder = written(tmp_path, everything())

    for page in (folder / "saknas.html", folder / "en/saknas.html"):
        links = [link for tag, of in Parsed(page).tags if tag == "a" and "#p" in (link := of.get("href", ""))]
        assert links == ["2026-03.html#p4"]  # of the file; the item and the list are nowhere
        assert 'id="p4"' in (page.parent / "2026-03.html").read_text()


def test_many_gaps_take_no_memory(tmp_path: Path) -> None:
    def gaps(times: int) -> Iterator[dict[str, Any]]:
        return (gap(f"https://files.exempelvik.example/{n:090}.jpg", parent=f"{n:099}") for n in range(times))

    tracemalloc.start()
    try:
        with Shown(tmp_path / "s.sqlite", gaps(20_000)) as shown:
            shown.meet({"id": f"{7:099}", "media": [], "key": "p7", "published": AT.format(1)}, "2026-03.html")
            _, peak = tracemalloc.get_traced_memory()
            found = [shown.of(one) for one in gaps(10)]
    finally:
        tracemalloc.stop()

    assert peak < 1_000_000  # bytes; the ids alone are four times as many
    assert [place for place, _ in found] == ["2026-03.html#p7" if n == 7 else "" for n in range(10)]
    assert list(tmp_path.iterdir()) == []


def test_one_of_a_thing_is_said_in_the_singular(tmp_path: Path) -> None:
    figures = dict.fromkeys(("others", "gaps", "comments"), 1) | {"media": 2}
    chosen = alone(post(counts={"replies_count": 1, "reblogs_count": 2, "favourites_count": 1}))

    folder = written(tmp_path, chosen, counts=figures)

    for way, start, month in (
        ("", ("1 annan post", "1 lucka", "1 kommentar eller svar", "2 mediefiler"), ("1 svar", "1 gilla-markering")),
        (
            "en/",
            ("1 other item", "1 gap", "1 comment or reply", "2 media files"),
            ("1 reply", "1 favourite", "2 boosts"),
        ),
    ):
        said = Parsed(folder / f"{way}index.html").said
        assert [words for words in start if words not in said] == []
        said = Parsed(folder / f"{way}2026-03.html").said
        assert [words for words in month if words not in said] == []


def test_a_figure_of_nothing_is_told_only_where_it_is_the_answer(tmp_path: Path) -> None:
    none = {"replies_count": 0, "reblogs_count": 0}
    first = post("1", counts=none, poll=[{"text": "Ja", "votes": 0}, {"text": "Nej", "votes": 2}])
    second = post("2", counts=none | {"likeCount": 3})
    profile = post("p", kind="profile", counts={"followers_count": 0})
    chosen = Chosen({"2026-03": [Thread("t", [Entry(first), Entry(second)])]}, [profile])

    folder = written(tmp_path, chosen)

    said = Parsed(folder / "2026-03.html").said
    assert "3 gilla-markeringar" in said
    assert "0 svar" not in said
    assert "0 delningar" not in said
    assert "Ja 0 0 %" in said
    assert "0 följare" in Parsed(folder / "konto.html").said
    assert "0 följare" in Parsed(folder / "index.html").said


def test_an_only_version_and_an_only_attached_item_are_said_in_the_singular(tmp_path: Path) -> None:
    older, newer = post("1/v1", kind="version"), post("1/v2", kind="version")
    entries = [
        Entry(post("1", attached=["a"]), versions=[older], key="k1"),
        Entry(post("2", attached=["a", "b"]), versions=[older, newer], key="k2"),
    ]

    said = Parsed(written(tmp_path, Chosen({"2026-03": [Thread("t", entries)]})) / "2026-03.html").said

    for told in ("Bifogad post : a", "Lydelse (1)", "Bifogade poster : a , b", "Lydelser (2)"):
        assert told.replace(" ", "") in said.replace(" ", "")


@pytest.mark.parametrize(
    ("size", "sv", "en"),
    [(0, "0 byte", "0 bytes"), (1, "1 byte", "1 byte"), (2, "2 byte", "2 bytes"), (1000, "1,0 kB (1 000 byte)", None)],
)
def test_a_size_is_said_as_people_say_it(size: int, sv: str, en: str | None) -> None:
    assert texts.size("sv", size).replace("\N{NO-BREAK SPACE}", " ") == sv
    assert texts.size("en", size) == (en or "1.0 kB (1,000 bytes)")


def test_each_word_for_one_has_its_word_for_many() -> None:
    for name in ("sum", "count"):
        assert texts._TABLES[f"{name}-one"].keys() - texts._TABLES[name].keys() == set()


@pytest.fixture(scope="module")
def supplemented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reading copy of a package that has one of each."""
    return written(tmp_path_factory.mktemp("one"), everything(), Settings(cases={2026: "EX 2/26"}), **supplement())


@pytest.mark.parametrize(
    "words",
    [
        "Ändrat sedan förra paketet", "Så stod det i det förra paketet: Badet", "Lydelse (1)",
        "Badet öppnar kanske", "Det här skiljer: texten,",
        "Nytt sedan förra paketet", "Oförändrat, med för sammanhanget", "svar, nivå 2",
        "Innehållsvarning: Blinkande ljus", "Alternativtext: En bänk", "Alternativtext saknas hos plattformen.",
        "Filen saknas i paketet.", f"Filen finns i ett tidigare arkivpaket: {BEFORE}", "SHA-256 " + "ab" * 32,
        "1 417 gilla-markeringar", "Synligt för: alla", "Borta sedan förra paketet", "Det här togs bort.",
        "1 mars 2026 kl. 12.00", "Kväll uppgift saknas", "https://annan.example/@granne/9",
        "1,4 MB (1 400 000 byte)", "Ursprunglig adress https://social.exempelvik.example/@exempelvik/1",
    ],
)  # fmt: skip
def test_a_month_tells(words: str, supplemented: Path) -> None:
    assert words in Parsed(supplemented / "2026-03.html").said


@pytest.mark.parametrize(
    "words",
    [
        "Komplett med namngivna luckor, tillsammans med tidigare paket.",
        "Det som saknas (3)", "Det som är borta (1)", "Exempelviks stadsdel",
        "EX 1/26", "EX 2/26", BEFORE, "Exempelviks stadsdelsnämnd", "Hela kontot: allt som plattformen lämnar ut",
        "Utskrift (PDF)", "Mars 2026 3 trådar", "Utan datum 1 tråd", "Hämtat 1 mars 2026 kl. 12.00 från",
        "1 hel lista ( kommentarer ). Lämnas inte ut", "1 mediefil ( mediefiler ). För stort för att hämtas.",
        "5 120 följare", "2026 4 trådar", "Sök i inlägg och kommentarer",
    ],
)  # fmt: skip
def test_the_start_page_tells(words: str, supplemented: Path) -> None:
    assert words in Parsed(supplemented / "index.html").said


@pytest.mark.parametrize("verdict", ["whole", "whole with named gaps", "cannot be proven", "not whole"])
def test_a_package_of_changes_tells_that_it_is_not_the_whole_account(verdict: str, tmp_path: Path) -> None:
    counts = {"posts": 1, "unchanged": 3412}
    chosen = alone(post(published=AT.format(2)))
    chosen.of["2026-03"].append(Thread("u", [Entry(post("8", published="2011-01-01T11:00:00Z"), change="vanished")]))

    folder = written(tmp_path, chosen, **supplement(verdict=verdict, counts=counts, first=AT.format(1)))

    said = Parsed(folder / "index.html").said
    assert "3 412 oförändrade poster är inte med här: de ligger i tidigare paket." in said
    assert f"bygger på: {BEFORE}" in said
    assert "är med, men" not in said
    assert texts.say("sv", "verdict", verdict) != texts.say("sv", "verdict-changes", verdict)
    span = "inlägg i paketet 2 mars 2026 kl. 12.00 till 2 mars 2026 kl. 12.00"
    assert span in said
    assert f"builds on: {BEFORE}" in Parsed(folder / "en/index.html").said


def test_a_whole_package_does_not_speak_of_others(tmp_path: Path) -> None:
    said = Parsed(written(tmp_path, everything()) / "index.html").said

    assert "tidigare paket" not in said
    assert "Komplett. Ja. Allt som plattformen säger finns på kontot är med." in said


def test_what_is_missing_is_told_with_its_reason(supplemented: Path) -> None:
    text = Parsed(supplemented / "saknas.html").said

    assert "En post: 99" in text
    assert "HTTP 404" in text
    assert "En mediefil: d.png" in text
    assert "För stort för att hämtas." in text
    assert "En hel lista: kommentarer" in text


def test_every_page_is_there_in_english_too(supplemented: Path) -> None:
    page = Parsed(supplemented / "en" / "2026-03.html")

    swedish = {path.name for path in supplemented.glob("*.html")}
    assert swedish == {path.name for path in (supplemented / "en").glob("*.html")}
    assert page.all("html", "lang") == ["en"]
    assert "Changed since the package before" in page.text
    assert "1 March 2026, 12:00" in page.text


def test_english_comes_first_where_the_settings_say_so(tmp_path: Path) -> None:
    folder = written(tmp_path, everything(), Settings(language="en"))

    assert Parsed(folder / "index.html").all("html", "lang") == ["en"]
    assert Parsed(folder / "sv" / "index.html").all("html", "lang") == ["sv"]


def test_the_same_selection_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = (written(tmp_path / name, everything(), **supplement()) for name in ("one", "other"))

    found = {path.relative_to(one): path.read_bytes() for path in one.rglob("*") if path.is_file()}
    assert found == {path.relative_to(other): path.read_bytes() for path in other.rglob("*") if path.is_file()}


_WORD = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=20)
_TREE = st.lists(st.lists(_WORD, min_size=1, max_size=4), max_size=4)


@settings(max_examples=15, deadline=None)
@given(months=st.lists(_TREE, max_size=3), lost=st.lists(_WORD, max_size=3))
def test_every_item_and_every_gap_is_on_a_page(months: list[list[list[str]]], lost: list[str]) -> None:
    of = {f"2026-{number:02}": list(_threads(number, tree)) for number, tree in enumerate(months, 1)}
    chosen = Chosen(of, lost=[gap(f"g«{what}»") for what in lost])

    with TemporaryDirectory() as place:
        folder = written(Path(place), chosen, text="plain")

        for book in (folder, folder / "en"):
            text = "".join(Parsed(path).text for path in sorted(book.glob("2026*.html")))
            for thread in (thread for threads in of.values() for thread in threads):
                assert all(cleaning.marked(entry.item["text"]) in text for entry in thread.entries)
            missing = Parsed(book / "saknas.html").text
            assert all(f"g«{cleaning.marked(what)}»" in missing for what in lost)


_LINE = st.text(st.characters(categories=("L", "N", "P", "S", "Cc", "Cs")), min_size=1, max_size=9).map("«{}»".format)
_ITEMS = st.builds(
    Item, id=_LINE, stream=_LINE, parent=_LINE, kind=st.sampled_from(["post", "reply", "boost", "album"]) | _LINE,
    published=st.none() | st.datetimes(timezones=st.just(UTC)), edited=st.none() | st.datetimes(timezones=st.just(UTC)),
    url=st.none() | _LINE, author=st.none() | _LINE, text=st.just("") | _LINE, title=st.none() | _LINE,
    language=st.none() | _LINE, visibility=st.none() | _LINE, reply_to=st.none(), boost_of=st.none() | _LINE,
    counts=st.dictionaries(_LINE, st.integers(-(2**70), 2**70).filter(bool), max_size=2), raw=_LINE,
    fields=st.dictionaries(_LINE, _LINE, max_size=2),
    poll=st.lists(st.builds(Choice, text=st.just("") | _LINE, votes=st.none() | st.integers()), max_size=2).map(tuple),
    media=st.lists(st.builds(Media, id=_LINE, url=_LINE, alt=st.none() | _LINE), max_size=2).map(tuple),
    attached=st.lists(_LINE, max_size=2).map(tuple), source=st.none() | _LINE,
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(item=_ITEMS, version=_ITEMS, before=_ITEMS, depth=st.integers(0, 9))
def test_nothing_of_an_item_is_left_out(item: Item, version: Item, before: Item, depth: int) -> None:
    line, old, was = (plain(one) for one in (item, version, before))

    with TemporaryDirectory() as place:
        chosen = Chosen({"2026-03": [Thread("t", [Entry(line, depth, "changed", was, [old], "k")])]}, [line])
        folder = written(Path(place), chosen, text="plain")

        for page in (folder / "2026-03.html", folder / "en" / "2026-03.html", folder / "konto.html"):
            said = "".join(Parsed(page).said.split())
            missing = [word for word in _words(line) if "".join(cleaning.marked(word).split()) not in said]
            assert missing == []


def _words(value: Any) -> Iterator[str]:
    """Every text of a line, wherever it stands; a language is no text, and a role is said in words."""
    if isinstance(value, str) and value.startswith("«"):
        yield value
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield from _words(name)
        if name != "language":
            yield from _words(part)


def _threads(number: int, tree: list[list[str]]) -> Iterator[Thread]:
    for place, said in enumerate(tree):
        items = (post(f"{number}/{place}/{depth}", f"«{text}»") for depth, text in enumerate(said))
        yield Thread("t", [Entry(item, depth, key=f"e{place}-{depth}") for depth, item in enumerate(items)])


def test_the_start_page_leads_to_each_of_many_years(tmp_path: Path) -> None:
    of = {f"{year}-03": list(_threads(year, [["a"]])) for year in range(2015, 2027)}

    page = Parsed(written(tmp_path, Chosen(of)) / "index.html")

    ways = [href for href in page.all("a", "href") if href.startswith("#ar-")]
    assert ways == [f"#ar-{year}" for year in range(2015, 2027)]
    assert page.all("h3", "id") == [f"ar-{year}" for year in range(2015, 2027)]


def test_many_kinds_of_gaps_are_told_in_one_line_each(tmp_path: Path) -> None:
    chosen = Chosen(lost=[gap(str(n), stream=f"s{n % 20}") for n in range(1000)])

    page = Parsed(written(tmp_path, chosen) / "index.html")

    assert page.said.count("50 poster") == 12
    assert "och mer: hela listan" in page.said


@pytest.mark.parametrize(
    ("votes", "shares"),
    [((1, 3), ["25 %", "75 %"]), ((0, 0), []), ((1, None), []), ((2**70, 2**70), ["50 %", "50 %"]), ((-1, 2), [])],
)
def test_a_poll_tells_shares_where_all_votes_are_told(
    votes: tuple[int | None, ...], shares: list[str], tmp_path: Path
) -> None:
    poll = [{"text": f"val {n}", "votes": one} for n, one in enumerate(votes)]

    page = Parsed(written(tmp_path, alone(post(poll=poll))) / "2026-03.html")

    assert re.findall(r"\d+ %", page.said) == shares


@pytest.mark.parametrize(("name", "type"), [("b.mp4", "video/mp4"), ("c.mp3", "audio/mpeg")])
def test_below_a_film_stands_what_it_means_that_it_does_not_play(name: str, type: str, tmp_path: Path) -> None:
    """A browser shows a dead player where its file is gone, and the pages have no script that could say so."""
    folder = written(tmp_path, alone(post(media=[file(name, type)])))

    for page, words in (("2026-03.html", "Då saknas filen bland"), ("en/2026-03.html", "the file is not among")):
        assert words in Parsed(folder / page).said


def test_the_captions_of_a_film_can_be_opened(tmp_path: Path) -> None:
    media = [file("b.mp4", "video/mp4"), file("b.vtt", "text/vtt", role="caption")]

    page = Parsed(written(tmp_path, alone(post(media=media))) / "2026-03.html")

    assert "Undertexter: b.vtt" in page.said
    assert "../../content/data/media/b.vtt" in page.all("a", "href")


# -- nothing is live --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["html", "plain"])
@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_stays_text(text: str, given: Any, tmp_path: Path) -> None:
    folder = written(tmp_path, alone(everywhere(text)), text=given)

    page = Parsed(folder / "2026-03.html")
    assert [sum(tag == one for tag, _ in page.tags) for one in ("h1", "main", "article", "meta")] == [1, 1, 1, 5]
    for path in folder.rglob("*.html"):
        for tag, known in Parsed(path).tags:
            assert tag not in _LIVE - _OURS.get(path.name, set())
            assert not [name for name in known if name.startswith("on") or name == "style"]
            assert known.get("href", "").partition(":")[0] not in ("javascript", "data", "vbscript")
            assert tag == "a" or not known.get("href", "").startswith("http")
            assert not known.get("src", "").startswith(("http", "//", "data"))
            assert tag != "meta" or known.get("http-equiv", "Content-Security-Policy") == "Content-Security-Policy"


def everywhere(text: str) -> dict[str, Any]:
    """A post that has the text wherever a platform may put one."""
    one = file(alt=text) | {"id": text, "url": text, "type": text}
    return post(
        text, text, title=text, author=text, url=text, language=text, visibility=text, reply_to=text, boost_of=text,
        counts={text: 3}, fields={text: text}, poll=[{"text": text, "votes": 1}], media=[one, file(alt=text)],
        attached=[text], source=text, raw=text, edited=AT.format(2),
    )  # fmt: skip


def test_a_link_to_the_web_stays_a_link_that_tells_nobody(tmp_path: Path) -> None:
    folder = written(tmp_path, alone(post(text="<a href='https://exempelvik.example/bad' target=_blank>badet</a>")))

    links = [known for tag, known in Parsed(folder / "2026-03.html").tags if tag == "a"]
    assert {"href": "https://exempelvik.example/bad", "rel": "noopener noreferrer nofollow"} in links


@pytest.mark.parametrize("given", ["html", "plain"])
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ring\x07signal", "ring⟦U+0007⟧signal"), ("noll\x00a", "noll⟦U+0000⟧a"), ("a\x1b[31mb", "a⟦U+001B⟧[31mb"),
        ("fil\u202egpj.exe", "fil⟦U+202E⟧gpj.exe"), ("\ufffe!", "⟦U+FFFE⟧!"), ("halv \ud83d", "halv ⟦U+D83D⟧"),
        ("a\x7fb\x85c", "a⟦U+007F⟧b⟦U+0085⟧c"),
    ],
)  # fmt: skip
def test_a_character_that_nobody_sees_is_shown(text: str, shown: str, given: Any, tmp_path: Path) -> None:
    folder = written(tmp_path, alone(everywhere(text)), text=given)

    page = (folder / "2026-03.html").read_text("utf-8")
    assert page.count(shown) > 10
    assert text not in page


def test_an_override_written_as_an_entity_is_shown_too(tmp_path: Path) -> None:
    folder = written(tmp_path, alone(post(text="<p>fil&#8238;gpj.exe &#x202E;</p>")))

    page = (folder / "2026-03.html").read_text("utf-8")
    assert "fil⟦U+202E⟧gpj.exe ⟦U+202E⟧" in page
    assert "\u202e" not in page


def test_the_day_an_account_was_made_is_no_posts_day(tmp_path: Path) -> None:
    items = ({"kind": "profile", "published": "2019-01-01"}, {"kind": "post", "published": "2024-05-02"})
    (path := tmp_path / "items.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in items), encoding="utf-8")

    assert make._looked_through(path) == ("2024-05-02", "2024-05-02", 0)


def test_every_character_that_nobody_sees_is_marked() -> None:
    unseen = [chr(n) for n in range(0x110000) if cleaning._UNSEEN.fullmatch(chr(n))]

    assert len(unseen) > 2_000
    assert [one for one in unseen if cleaning.marked(f"a{one}") != f"a⟦U+{ord(one):04X}⟧"] == []


@pytest.mark.parametrize("name", [
    "g", "or", "svg", "math", "m", "mi", "title", "textarea", "template", "image", "marquee", "x:y", "noscript", "xmp",
    "select", "table", "iframe", "plaintext", "foreignObject", "annotation-xml",
])  # fmt: skip
def test_no_tag_takes_its_text_with_it(name: str) -> None:
    text = f"före <{name} a=1>i <em>badet</em></{name}> efter"

    assert cleaning.html(text) == "före i <em>badet</em> efter"


@pytest.mark.parametrize(("text", "clean"), [
    ("<h2>Badet</h2><p>öppnar</p>", "<p>Badet</p><p>öppnar</p>"), ("<div>a</div><div>b</div>", "<p>a</p><p>b</p>"),
    ("<SCRIPT>alert(1)</SCRIPT>x", "x"), ("<scr<g>ipt>alert(1)</script>x", "x"), ("<svg><script>1</script></svg>", ""),
    ("<svg><style><img src=x onerror=alert(1)></style></svg>y", "y"), ("1 < 2 och 3 > 2", "1 &lt; 2 och 3 &gt; 2"),
    ("<svg/onload=alert(1)>z", "z"), ("<tr><td>Måndag</td><td>8–16</td></tr>", "<p> Måndag  8–16 </p>"),
    ("<" + "a" * 100_000, ""), ("<a " * 20_000, ""),
])  # fmt: skip
def test_headings_stay_apart_and_scripts_are_gone(text: str, clean: str) -> None:
    assert cleaning.html(text) == clean


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "data:text/html,x", "//annan.example", "file:///etc/passwd", "https://",
        "https://a b.example", "https://[", "HTTPS:\\\\x.example", "https://x.example/\u202e", "at://did:plc:abc/x", "",
        None, 7,
    ],
)  # fmt: skip
def test_only_a_web_address_becomes_a_link(address: Any) -> None:
    assert cleaning.web("https://exempelvik.example/å")
    assert not cleaning.web(address)


def test_every_page_has_the_policy_and_asks_nobody(supplemented: Path) -> None:
    for path in supplemented.rglob("*.html"):
        page = Parsed(path)
        (policy,) = [known["content"] for _, known in page.tags if "http-equiv" in known]
        assert ("script-src" in policy) is (path.name == "sok.html")
        assert policy.startswith("default-src 'none';")
        assert "unsafe" not in policy
        assert "http" not in policy
        assert not [src for tag, known in page.tags if (src := known.get("src", "")) and not src.startswith("../../")]


# -- pages, and ways between them --------------------------------------------------------------------------------------


def test_every_link_leads_to_a_page_and_a_place_that_are_there(tmp_path: Path) -> None:
    folder = written(tmp_path, _long(1), **supplement())
    ids = {path: Parsed(path) for path in folder.rglob("*.html")}

    for path, page in ids.items():
        names = [known["id"] for _, known in page.tags if "id" in known]
        assert len(names) == len(set(names))
        for href in page.all("a", "href"):
            file_, place = urldefrag(href)
            if file_.startswith(("http", "../../")) or file_.endswith((".png", ".pdf")):
                continue  # the web; other parts of the package; what printing makes
            to = (path.parent / file_).resolve() if file_ else path
            assert to in ids
            assert not place or place in [known["id"] for _, known in ids[to].tags if "id" in known]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of ten entries, and of five where the next thread may wait."""
    monkeypatch.setattr(pages, "FULL", 5)
    monkeypatch.setattr(pages, "BURSTING", 10)


@pytest.mark.usefixtures("short")
def test_a_long_month_and_a_long_thread_go_on_on_the_next_page(tmp_path: Path) -> None:
    folder = written(tmp_path, _long(23))

    names = ["2026-03.html", "2026-03-2.html", "2026-03-3.html"]
    assert all((folder / name).exists() for name in names)
    assert not (folder / "2026-03-4.html").exists()
    assert "Tråden fortsätter på nästa sida." in Parsed(folder / names[0]).text
    assert "Tråden fortsätter från föregående sida." in Parsed(folder / names[1]).text
    assert names[1] in Parsed(folder / names[0]).all("a", "href")
    assert {names[0], names[2]} <= set(Parsed(folder / names[1]).all("a", "href"))
    assert [tag for tag, _ in Parsed(folder / names[1]).tags if tag in ("h1", "h2", "h3")][:3] == ["h1", "h2", "h3"]
    assert set(names) <= set(Parsed(folder / "index.html").all("a", "href"))
    assert names[2] in Parsed(folder / "2026-04.html").all("a", "href")


@pytest.mark.usefixtures("short")
def test_many_gaps_fill_many_pages(tmp_path: Path) -> None:
    chosen = Chosen(lost=[gap(f"g{number}.") for number in range(15)])

    folder = written(tmp_path, chosen)

    text = "".join(Parsed(path).text for path in folder.glob("saknas*.html"))
    assert len(list(folder.glob("saknas*.html"))) == 2
    assert all(f"g{number}." in text for number in range(15))


def _long(replies: int) -> Chosen:
    entries = [Entry(post(f"r{number}"), min(number, 1), key=f"r{number}") for number in range(replies + 1)]
    chosen = everything()
    chosen.of["2026-03"] = [Thread("long", entries)]
    return chosen


def test_no_more_than_one_thread_is_held(tmp_path: Path) -> None:
    alive: weakref.WeakSet[Thread] = weakref.WeakSet()
    most = []

    class Endless(Chosen):
        def months(self) -> Iterator[tuple[str, int]]:
            yield "2026-03", 700

        def threads(self, month: str) -> Iterator[Thread]:
            for number in range(700):
                alive.add(thread := Held("t", iter([Entry(post(str(number)), key=f"k{number}")])))
                most.append(len(alive))
                yield thread

    class Held(Thread):
        __hash__ = object.__hash__

    written(tmp_path, Endless())

    assert max(most) <= 3


# -- a real selection --------------------------------------------------------------------------------------------------


def test_a_real_capture_is_read_with_what_was_before(tmp_path: Path) -> None:
    picture = Media(id="bild", url="https://files.exempelvik.example/bild.jpg", alt="En bänk")
    first = captures.sealed(tmp_path / "first", captures.order(2025), [
        captures.post(5, "Stannar"), captures.post(4, "Ändras"), captures.post(3, "Försvinner"),
        captures.post(2, "Med bild", media=(picture,)),
    ])  # fmt: skip
    second = captures.sealed(tmp_path / "second", captures.order(2026), [
        captures.post(5, "Stannar"), captures.post(4, "Ändrad"), captures.post(2, "Med bild", media=(picture,)),
        captures.post(1, "Ny", media=(picture,)),
        Item(id="svar", stream="posts", kind="reply", reply_to="0005", text="Tack"),
    ])  # fmt: skip
    before = Previous(
        objid=BEFORE,
        order="2025-exempelvik-mastodon",
        items=lambda: iter((first / "items.jsonl").read_bytes().splitlines()),
        media=lambda: iter(()),
    )

    of = captures.order(2026)
    with Selection(second, of, previous=before, whole=False, work=tmp_path) as chosen:
        folder = written(tmp_path, chosen, **supplement(text="plain", counts=chosen.counts))

    said = " ".join(Parsed(path).said for path in sorted(folder.glob("2026-*.html")))
    assert "Ändrat sedan förra paketet Ändrad" in said
    assert "Så stod det i det förra paketet: Ändras" in said
    assert "Borta sedan förra paketet" in said
    assert "Nytt sedan förra paketet Ny" in said
    assert "Tack" in said
    assert "Försvinner" in Parsed(folder / "borttaget.html").said


# -- words -------------------------------------------------------------------------------------------------------------


def test_every_word_has_both_languages() -> None:
    assert texts.WORDS["sv"].keys() == texts.WORDS["en"].keys()
    assert all(word for words in texts.WORDS.values() for word in words.values())


def test_every_list_that_a_platform_has_is_called_by_a_word() -> None:
    """A gap is told by the list that it is missing in: `27 visitor-posts` is no Swedish."""
    names = set[str]()
    for platform in line.names("connectors"):
        account = Account(id="a", platform=platform, address=WEB, key="k", options=("insights", "instaloader"))
        names |= {stream.name for stream in line.connector_for(platform).streams(account)}
    sources = (Path(line.__file__).parents[1] / "connectors").glob("*.py")
    names |= {name for path in sources for name in re.findall(r'\bstream="([\w-]+)"', path.read_text("utf-8"))}

    assert len(names) > 20
    assert [name for name in sorted(names) if not texts.known("stream", name)] == []


@pytest.mark.parametrize(
    ("stamp", "sv", "en"),
    [
        ("2026-07-01T22:30:00.000000Z", "2 juli 2026 kl. 00.30", "2 July 2026, 00:30"),
        ("2026-12-31T22:59:59.000000Z", "31 december 2026 kl. 23.59", "31 December 2026, 23:59"),
        ("9999-12-31T23:59:59.000000Z", "9999-12-31T23:59:59.000000Z", "9999-12-31T23:59:59.000000Z"),
        ("igår", "igår", "igår"),
    ],
)
def test_a_time_is_said_as_people_say_it(stamp: str, sv: str, en: str) -> None:
    assert texts.moment("sv", stamp) == sv
    assert texts.moment("en", stamp) == en


@pytest.mark.parametrize("profile", ["eark-2.2.0", "fgs-2.0", "fgs-1.2"])
def test_every_link_out_of_the_pages_leads_to_a_file_of_the_package(profile: Profile, tmp_path: Path) -> None:
    decided = Settings(profile=profile, agreement="EXV-2026-04")
    run = Run(tmp_path, fake_of(small_world()))
    place = replace(run.place, settings=decided)
    line.take(run.order, place, run.key)
    with zipfile.ZipFile(line.pack(run.order.id, place).path) as packed:
        packed.extractall(tmp_path / "package")

    pages = list((tmp_path / "package").rglob("index.html"))
    ways = [(page, urldefrag(href)[0]) for page in pages for href in Parsed(page).all("a", "href")]
    out = {(page.parent / unquote(href)).resolve() for page, href in ways if href.startswith("../../")}

    assert len(pages) == 2
    assert len(out) > 3
    assert [path for path in out if not path.exists()] == []
