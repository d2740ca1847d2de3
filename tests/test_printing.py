from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image

from model.capture import files, ledger_of
from model.made import About, Made
from model.nouns import Media
from model.selection import Entry, Previous, Selection, Thread
from model.settings import Settings
from pipeline import line
from reading import (
    _print_entries,
    _print_evidence,
    _print_places,
    _print_sheet,
    _print_words,
    account_print,
    printing,
    texts,
)
from reading._print_pictures import NoPicture, small
from reading._print_text import CLOSE, OPEN, Marks, broken, ordered
from reading.plaintext import plain
from reading.texts import Lang
from tests.captures import order, sealed
from tests.captures import post as taken
from tests.pages import Chosen
from tests.preflight import faults

ABOUT = About(
    objid="exv_mastodon_exempelvik_2026_annual_0f3c", order="2026-exempelvik-mastodon", status="NEW", scope="whole",
    level="full", text="html", verdict="whole with named gaps", first="2026-01-02T08:00:00.000000Z",
    last="2026-11-30T10:00:00.000000Z", began="2026-12-01T11:00:01.000000Z", ended="2026-12-01T11:20:02.000000Z",
    counts={"posts": 2, "gaps": 1}, software="0.1.0", previous="exv_mastodon_exempelvik_2025_annual_11aa",
)  # fmt: skip
KNOWN = Marks(frozenset(range(0x250)) | frozenset(range(0x590, 0x700)) | {0x2764})


def post(number: int = 1, text: str = "<p>Hej från Exempelvik</p>", **more: Any) -> dict[str, Any]:
    return {"id": f"{number:04}", "kind": "post", "published": "2026-03-04T09:05:00.000000Z", "text": text} | more


def posts(*items: dict[str, Any], month: str = "2026-03") -> Chosen:
    return Chosen({month: [Thread(item["id"], [Entry(item)]) for item in items]})


def stored(capture: Path, data: bytes, suffix: str = "jpg", **more: Any) -> dict[str, Any]:
    """A file of the capture, as an item has it."""
    name = f"media/{sha256(data).hexdigest()}.{suffix}"
    (capture / "media").mkdir(parents=True, exist_ok=True)
    (capture / name).write_bytes(data)
    return {"id": "1", "path": name, "size": len(data), "type": f"image/{suffix}"} | more


def coloured(mode: str = "RGB", size: tuple[int, int] = (64, 40)) -> Image.Image:
    grey = Image.linear_gradient("L").resize(size)
    return Image.merge("RGB", (grey, grey.transpose(Image.Transpose.FLIP_LEFT_RIGHT), grey)).convert(mode)


def encoded(image: Image.Image, form: str, **more: Any) -> bytes:
    image.save(out := BytesIO(), form, **more)
    return out.getvalue()


def printed(place: Path, chosen: Chosen, about: About = ABOUT, settings: Settings | None = None) -> Path:
    """The print of a selection: its file."""
    settings = settings or Settings(cases={2026: "EX 7/26"})
    with Made(place / "made") as made:
        printing.write(made, chosen, order(), about, settings, place / "capture")  # type: ignore[arg-type]
    return place / "made/reading/utskrift.pdf"


def read(file: Path) -> str:
    """Every word in the print."""
    with pypdfium2.PdfDocument(file) as document:
        texts = (document[number].get_textpage().get_text_range() for number in range(len(document)))
        return " ".join(" ".join(texts).split())


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that claims to be enormous."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    packed = zlib.compress(bytes((width // 8 + 1) * 100))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


HOSTILE = (
    "<p>a\0b\x01c\x1b[31m d\ufffe\uffff\ud83d e\u202egnirts \U0001f600 \U0001f468\u200d\U0001f469 你好</p>",
    "<p>\ue000x\ue001 \ue000</p>",
    "<p>" + "x" * 3000 + "</p>",
    "<p>" + "y " * 15000 + "</p>",
    "<script>alert(1)</script><p>(parens \\ back) <b>&lt;&amp;",
    "مرحبا بكم في الحي الجديد",
    "e\u0301\u0323\u0301" * 50,
    "\n" * 400,
    "<p>Badet <![foo[ x</p>",
    "<a " * 8000,
    "",
)


def pictures(capture: Path) -> list[dict[str, Any]]:
    """Every kind of picture, and what only says that it is one."""
    whole = encoded(coloured(), "PNG")
    frames = [coloured().quantize(16), coloured().rotate(90).quantize(16)]
    return [
        stored(capture, data, suffix, alt=None if suffix == "png" else "En bänk\x07 \U0001f600")
        for data, suffix in (
            (encoded(coloured("RGBA"), "PNG"), "png"),
            (encoded(coloured("CMYK"), "JPEG"), "jpg"),
            (encoded(coloured("L").convert("I;16"), "PNG"), "png"),
            (encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]), "gif"),
            (encoded(coloured("RGBA"), "WEBP"), "webp"),
            (encoded(coloured().quantize(8), "PNG", transparency=2), "png"),
            (encoded(coloured("1"), "PNG"), "png"),
            (encoded(coloured(size=(2000, 1)), "PNG"), "png"),
            (whole[: len(whole) // 2], "png"),
            (b"", "jpg"),
            (b"<html>Log in</html>", "jpg"),
            (bomb(30_000, 30_000), "png"),
        )
    ]


# -- the whole print -------------------------------------------------------------------------------------------------


def test_preflight_accepts_a_print_with_hostile_texts_and_every_kind_of_picture(tmp_path: Path) -> None:
    files = pictures(tmp_path / "capture")
    chosen = posts(*(post(number, text, title=text, author=text) for number, text in enumerate(HOSTILE)))
    odd = post(50, media=files, published=None, kind="unheard of", counts={"x_count": 1})
    entry = Entry(odd, 99, "changed", post(text=HOSTILE[0]), [post(text=HOSTILE[1])])
    chosen.of["undated"] = [Thread("m", [entry])]
    chosen.about = [post(60, HOSTILE[0], kind="profile", title=HOSTILE[0], fields={HOSTILE[0]: HOSTILE[0]})]
    chosen.gone, chosen.lost = [post(70, HOSTILE[0])], [{"what": HOSTILE[0], "kind": "odd", "why": "odd"}]

    found = faults(printed(tmp_path, chosen))

    assert found == ""


def test_preflight_accepts_the_print_of_an_account_with_nothing_in_it(tmp_path: Path) -> None:
    file = printed(tmp_path, Chosen(), replace(ABOUT, counts={}, first="", last="", began="", ended=""))

    assert faults(file) == ""
    assert "Inga inlägg finns i det här paketet." in read(file)


def test_two_prints_of_the_same_selection_are_the_same_bytes(tmp_path: Path) -> None:
    both = []
    for name in ("one", "other"):
        place = tmp_path / name
        chosen = posts(post(media=pictures(place / "capture")))
        banner = stored(place / "capture", encoded(coloured(), "PNG"), role="banner")
        chosen.about = [post(kind="profile", media=[banner])]
        file = printed(place, chosen)
        both.append((file.read_bytes(), file.with_name("oversikt.png").read_bytes()))

    assert both[0] == both[1]


def test_the_title_page_tells_what_was_archived_for_whom_and_how_whole(tmp_path: Path) -> None:
    text = read(printed(tmp_path, posts(post())))

    for told in (
        "https://social.exempelvik.example/@exempelvik", "Exempelviks stadsdelsnämnd (ORG:000000-0000)", "EX 7/26",
        "EX 1/26", ABOUT.objid, "årlig, 2026", "2026-01-02 – 2026-11-30", "Komplett, med namngivna luckor. Ja, utom",
        "Sida 2 /",
    ):  # fmt: skip
        assert told in text


def test_the_print_speaks_english_where_the_settings_do(tmp_path: Path) -> None:
    text = read(printed(tmp_path, posts(post()), settings=Settings(language="en")))

    assert "Whole, with named gaps. Yes, but for" in text
    assert "March 2026" in text
    assert "Mars" not in text


def test_a_post_is_printed_with_thread_poll_versions_and_what_it_read_before(tmp_path: Path) -> None:
    first = post(1, "<p>Öppet hus på <b>lördag</b></p>", author="exempelvik", counts={"favourites_count": 1200},
                 poll=[{"text": "Ja", "votes": 12}, {"text": "Nej"}], edited="2026-03-05T09:05:00.000000Z")  # fmt: skip
    answer = Entry(post(2, "<p>Vi kommer</p>", kind="reply", author="granne@annan.example"), depth=1, change="context")
    entry = Entry(first, change="changed", before=post(text="Öppet hus på söndag"), versions=[post(text="Öppet hus")])

    text = read(printed(tmp_path, Chosen({"2026-03": [Thread("1", [entry, answer])]})))

    for told in (
        "Mars 2026", "Öppet hus på lördag", "Ja: 12 röster", "Nej: uppgift saknas", "Vi kommer",
        "Oförändrat, med för sammanhanget", "Så stod det i det förra paketet", "Öppet hus på söndag",
        "Lydelse 2026-03-04 10:05", "Ändrat sedan förra paketet", "ändrat 2026-03-05 10:05",
        "1 200 gilla-markeringar", "Svar · granne@annan.example",
    ):  # fmt: skip
        assert told in text.replace("\u00a0", " ")


def test_files_are_told_with_alternative_text_and_what_cannot_be_shown_with_the_reason(tmp_path: Path) -> None:
    capture = tmp_path / "capture"
    files = [
        stored(capture, encoded(coloured(), "PNG"), "png", alt="En bänk i parken"),
        stored(capture, b"broken"),
        stored(capture, bomb(30_000, 30_000), "png"),
        {"id": "v", "path": "media/film.mp4", "type": "video/mp4", "size": 12_400_000},
        {"id": "w", "url": "https://files.exempelvik.example/w.jpg"},
        {"id": "x", "path": "media/not-here.jpg", "type": "image/jpeg"},
    ]

    text = read(printed(tmp_path, posts(post(media=files))))

    for told in (
        "Alternativtext: En bänk i parken", "inte en bild som utskriften kan visa", "för stor för utskriften",
        "film, visas i läskopian", "12,4 MB (12 400 000 byte)", "Filen saknas i paketet.",
        "https://files.exempelvik.example/w.jpg", "Alternativtext saknas hos plattformen.",
    ):  # fmt: skip
        assert told in text.replace("\u00a0", " ")


def test_of_more_than_the_print_may_hold_the_newest_are_printed_and_it_says_how_many_more_there_are(
    tmp_path: Path,
) -> None:
    chosen = posts(*(post(number, f"<p>Nummer {number}.</p>") for number in range(1, 6)), month="2026-02")
    answers = [Entry(post(10 + number, f"<p>Svar {number}.</p>"), depth=1) for number in range(3)]
    chosen.of["2026-03"] = [Thread("t", [Entry(post(9, "<p>Sist.</p>")), *answers])]

    def month_pages(most: int) -> str:
        text = read(printed(tmp_path / str(most), chosen, settings=Settings(print_posts=most)))
        return text[text.index("Februari 2026 5 trådar") :]

    for most, older in ((6, "3 äldre trådar"), (8, "1 äldre tråd finns"), (3, "5 äldre trådar"), (0, "6 äldre trådar")):
        assert older in month_pages(most)
    assert "högst 1 inlägg eller kommentar" in month_pages(1)
    assert "Februari 2026 5 trådar inte i utskriften" in month_pages(3)
    assert "Nummer 3." not in month_pages(6)
    assert "Nummer 4." in month_pages(6)
    assert "Ytterligare 1 svar i den här tråden" in month_pages(3)
    assert "Sist." not in month_pages(0)
    assert "äldre tråd" not in month_pages(9)


def test_a_print_of_too_many_pages_ends_and_says_how_much_it_has_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_print_sheet, "PAGES", 6)
    chosen = posts(*(post(number, "<p>" + "ord " * 2000 + "</p>") for number in range(9)))

    text = read(printed(tmp_path, chosen))

    assert "Utskriften är full: efter 6 sidor finns 6 inlägg, lydelser och filer" in text


def test_a_print_may_have_thousands_of_pages(tmp_path: Path) -> None:
    sheet = _print_sheet.Sheet("x", "sv", order().created, ("x", "Sida"))
    for _ in range(1001):
        sheet.turn()

    with (tmp_path / "x.pdf").open("wb") as out:
        sheet.write_to(out)

    assert "Sida 1001 / 1001" in read(tmp_path / "x.pdf")


def test_what_has_vanished_and_what_is_missing_stands_in_the_print(tmp_path: Path) -> None:
    chosen = posts(post())
    chosen.gone = [post(7, "<p>Borttaget inlägg</p>")]
    chosen.lost = [{"what": "0042", "kind": "item", "why": "forbidden", "how": "HTTP 403",
                     "seen_at": "2026-12-01T11:00:00.000000Z"}]  # fmt: skip

    text = read(printed(tmp_path, chosen))

    assert "Det som är borta Det här fanns i det förra paketet" in text
    assert f"Förra paketet: {ABOUT.previous}" in text
    assert "Borta sedan förra paketet" in text
    assert "Det som saknas Det här skulle ha varit med" in text
    assert "Borttaget inlägg" in text
    why = "Inte tillåtet: plattformen lämnar inte ut det till oss"
    assert f"0042 En post · {why} · 2026-12-01 12:00 · HTTP 403" in text


def test_a_list_of_gaps_that_is_too_long_says_how_many_more_there_are(tmp_path: Path) -> None:
    chosen = Chosen(lost=[{"what": f"{number}", "kind": "media", "why": "gone"} for number in range(1003)])

    assert "… och 3 till. Alla står i gaps.jsonl." in read(printed(tmp_path, chosen))


def test_characters_that_the_font_lacks_are_marked_and_counted_by_name(tmp_path: Path) -> None:
    text = read(printed(tmp_path, posts(post(1, "<p>Fest \U0001f389\U0001f389 idag</p>"))))

    assert "U+1F389 PARTY POPPER × 4" in text.replace("\u00a0", " ")  # on the overview page, and in its month
    assert "[U+1F389 1F389]" in text.replace("\u00a0", " ")


def test_the_overview_image_is_the_print_s_overview_page(tmp_path: Path) -> None:
    capture = tmp_path / "capture"
    red = encoded(Image.new("RGB", (1500, 500), "red"), "PNG")
    chosen = posts(*(post(number) for number in range(30)))
    chosen.about = [post(kind="profile", title="Exempelvik", media=[stored(capture, red, "png", role="banner")])]

    file = printed(tmp_path, chosen)

    with Image.open(file.with_name("oversikt.png")) as image:
        assert (image.width, 1200 < image.height < 2200) == (1600, True)
        assert image.getpixel((800, 300)) == pytest.approx((254, 0, 0), abs=3)


def test_the_overview_shows_the_newest_posts(tmp_path: Path) -> None:
    chosen = posts(*(post(number, f"<p>Nummer {number}.</p>") for number in range(15)))
    chosen.of["2026-02"] = [Thread("o", [Entry(post(40, "<p>Februari.</p>"))])]

    with pypdfium2.PdfDocument(printed(tmp_path, chosen)) as document:
        text = document[1].get_textpage().get_text_range().partition("Innehåll")[0]

    assert [f"Nummer {number}." in text for number in range(15)] == [False] * 3 + [True] * 12
    assert "Februari" not in text


def test_a_real_capture_is_printed_whole_and_what_changed_since_the_last_package_with_it(tmp_path: Path) -> None:
    media = Media(id="bild", url="https://files.exempelvik.example/bild.jpg", alt="En bänk")
    before = sealed(tmp_path / "before", order(2025), [taken(1, "Öppet hus på söndag"), taken(2, "Snart borta")])
    capture = sealed(tmp_path, items=[taken(1, "Öppet hus på lördag", media=(media,)), taken(3, "Nytt")])
    lines = (before / "items.jsonl").read_bytes().splitlines(keepends=True)
    previous = Previous("exv_2025", "2025-exempelvik-mastodon", lambda: iter(lines), lambda: iter([]))

    with (
        Selection(capture, order(), previous=previous, whole=False, work=tmp_path) as chosen,
        Made(tmp_path / "made") as made,
    ):
        printing.write(made, chosen, order(), ABOUT, Settings(), capture)
    file = tmp_path / "made/reading/utskrift.pdf"

    assert faults(file) == ""
    for told in ("Öppet hus på lördag", "Öppet hus på söndag", "Alternativtext: En bänk", "Snart borta", "Nytt"):
        assert told in read(file)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_evidence_stands_at_the_end_of_the_print(language: Lang, tmp_path: Path) -> None:
    media = Media(id="bild", url="https://files.exempelvik.example/bild.jpg")
    capture = sealed(tmp_path, items=[taken(1, "Öppet", media=(media,))])
    with Selection(capture, order(), previous=None, whole=True, work=tmp_path) as chosen, Made(tmp_path / "m") as made:
        printing.write(made, chosen, order(), ABOUT, Settings(language=language), capture)

    text = read(tmp_path / "m/reading/utskrift.pdf")

    evidence = text.rpartition("Bevis" if language == "sv" else "Evidence")[2].replace("\u00a0", " ")
    for name in ("seal.jsonl", "ledger.json"):
        assert sha256((capture / name).read_bytes()).hexdigest() in evidence
    for file in files(capture):
        assert file["path"].startswith("media/") or (file["path"] in evidence and file["sha256"] in evidence)
    (row,) = [row for row in ledger_of(capture)["streams"] if row["stream"] == "posts"]
    announced, captured = ("uppgett", "hämtat") if language == "sv" else ("announced", "captured")
    assert f"{announced} {row['announced']}, {captured} {row['captured']}" in evidence
    assert ("1 mediefil. Dess" if language == "sv" else "1 media file. Its") in evidence
    assert faults(tmp_path / "m/reading/utskrift.pdf") == ""


def test_a_long_text_is_cut_and_says_so(tmp_path: Path) -> None:
    text = read(printed(tmp_path, posts(post(1, "<p>" + "ord " * 5500 + "</p>"))))

    assert "[Texten fortsätter: 2 000 tecken till." in text.replace("\u00a0", " ")


# -- where things lie ------------------------------------------------------------------------------------------------


def packed(place: Path, settings: Settings) -> Iterator[tuple[str, set[str], str]]:
    """The packages of a capture: format, the names in it below its root folder, every word of its print."""
    sealed(place)
    package = line.pack(order().id, line.Place(work=place, archive=place / "a", settings=settings))
    for path in sorted(Path(package.path).parent.glob("*.zip")):
        with zipfile.ZipFile(path) as held:
            names = {name.partition("/")[2] for name in held.namelist()}
            found = [name for name in held.namelist() if name.endswith("/utskrift.pdf")]
            (pdf := place / "held.pdf").write_bytes(held.read(found[0]) if found else b"")
            yield path.name, names, read(pdf) if found else ""


def named_paths(text: str) -> set[str]:
    """What in a print looks like a path: no addresses, types of files, diary numbers, or pages."""
    text = re.sub(r"(?<=\w)/ (?!och |and )(?=\w)", "/", text)  # a long one goes on below
    found = {word.strip(".,:;()[]") for word in text.split() if "/" in word.strip("/") and "://" not in word}
    return {word for word in found if not re.fullmatch(r"(image|video|audio)/\w+|\d+/\d+", word)}


PROFILES = {
    "eark-2.2.0": Settings(), "fgs-2.0": Settings(profile="fgs-2.0"),
    "fgs-1.2": Settings(profile="fgs-1.2", reference="SE/EXV/1"), "ocfl": Settings(formats=("ocfl",)),
}  # fmt: skip


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("settings", PROFILES.values(), ids=PROFILES)
def test_each_path_that_the_print_names_is_in_the_package(
    settings: Settings, language: Lang, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every sentence that names one: a text that is cut, threads and rows that are left out."""
    monkeypatch.setattr(_print_entries, "_LONGEST", 2)
    monkeypatch.setattr(_print_evidence, "_ROWS", 5)

    [(_, names, text)] = packed(tmp_path, replace(settings, language=language, print_posts=1))

    paths = named_paths(text)
    for due in ("/posts.json", "/seal.jsonl", "lasmig.txt", "/media/", "/raw/data/", "/content/data/"):
        assert any(due in path.lower() for path in paths), due
    for path in paths:
        assert any(name == path or (path.endswith("/") and name.startswith(path)) for name in names), path
    objid = text.partition("Arkivpaket " if language == "sv" else "Archive package ")[2].split()[0]
    there = line.archive_format(settings.formats[0])
    places = _print_places.Places(_print_words.Words("sv"), lambda path: there.where(path, objid, settings))
    assert {places.data("tombstones.jsonl"), places.sealed("gaps.jsonl"), places.readme} <= names


def test_a_print_that_goes_into_packages_of_two_formats_names_no_path_of_one_of_them(tmp_path: Path) -> None:
    for _, names, text in packed(tmp_path, Settings(formats=("eark_sip", "ocfl"))):
        assert "Var de ligger står i LASMIG.txt" in text
        assert "representations/" not in text
        assert any(name.endswith("LASMIG.txt") for name in names)


@pytest.mark.parametrize("name", ["bagit", "wacz"])
def test_a_package_of_the_capture_alone_has_no_print_that_could_name_a_path(name: str, tmp_path: Path) -> None:
    [(_, names, text)] = packed(tmp_path, Settings(formats=(name,)))

    assert (names != set(), text) == (True, "")


def test_where_the_format_is_not_known_the_print_leads_to_the_read_me(tmp_path: Path) -> None:
    text = read(printed(tmp_path, posts(post(1, "<p>" + "ord " * 5500 + "</p>"))))

    assert "Originalen ligger oförändrade i paketet. Var de ligger står i LASMIG.txt." in text
    assert "eller i datafilerna (se LASMIG.txt)" in text
    assert named_paths(text) == set()


# -- the pages' words ------------------------------------------------------------------------------------------------


SHARED = (  # words of the pages that this print has
    "alt", "before", "boost-of", "case", "creator", "edited-at", "export", "file-earlier", "file-missing",
    "gone", "gone-lead", "level", "missing", "missing-lead", "no-alt", "no-date", "overview", "package", "platform",
    "previous-package", "reason", "replaces", "reply-to", "run", "signed", "source", "span", "taken", "thread",
    "threads", "undated", "unit", "unknown", "verdict", "with", "year-case", "purpose", "account", "empty", "attached",
)  # fmt: skip


@pytest.mark.parametrize("language", ["sv", "en"])
def test_what_the_pages_have_a_word_for_is_said_with_that_word(
    language: Lang, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each word is changed in the pages' table alone, and is another one in the print."""
    words = {page: f"Ord{number}" for number, page in enumerate(SHARED)}
    for page, word in words.items():
        monkeypatch.setitem(texts.WORDS[language], page, word)
    for table in ("sum", "sum-one", "count", "count-one", "kind", "change", "level", "short", "missing", "why"):
        changed = {name: (f"{table}:{name}",) * 2 for name in texts._TABLES[table]}
        monkeypatch.setitem(texts._TABLES, table, changed)
    files = [{"id": "x"}, {"id": "y", "alt": "En bänk", "package": "exv_1"}]
    of_others: dict[str, Any] = {"boost_of": "0", "reply_to": "0", "attached": ["7"], "poll": [{"text": "?"}]}
    of_others["source"] = "export"
    figures = {"likes": 1, "shares": 7}
    first = post(edited="2026-03-05T09:05:00.000000Z", counts=figures, media=files, **of_others)
    entry = Entry(first, change="changed", before=post(text=""), versions=[post(kind="version")])
    undated = [Thread(n, [Entry(post(text="", published=None))]) for n in "23"]
    chosen = Chosen({"2026-03": [Thread("1", [entry])], "undated": undated})
    chosen.gone, chosen.lost = [post(kind="reply")], [{"what": "1", "kind": "item", "why": "gone"}]
    chosen.about = [post(kind="profile")]
    signed = {"by": "Arkivarie", "at": "2026-12-01T10:00:00Z", "reasons": [{"what": "posts", "reason": "Så är det."}]}
    about = replace(ABOUT, counts={"versions": 2, "gaps": 1, "media": 3}, replaces="exv_2", run={"run": "1"},
                    sign_off=signed)  # fmt: skip
    account = replace(order().account, purpose="Att berätta")

    with Made(tmp_path / "made") as made:
        cases = Settings(language=language, cases={2026: "EX 7/26"})
        printing.write(made, chosen, replace(order(), account=account), about, cases, tmp_path)  # type: ignore[arg-type]
    text = read(tmp_path / "made/reading/utskrift.pdf")

    assert [page for page, word in words.items() if not re.search(rf"{word}(?!\d)", text)] == []
    for said in (
        "Sum:versions", "Sum-one:gaps", "Sum:media", "1 count-one:likes", "7 count:shares", "kind:version",
        "kind:reply", "change:changed", "change:vanished", "level:full", "short:whole with named gaps", "missing:item",
        "why:gone",
    ):  # fmt: skip
        assert said in text, said


def test_the_print_s_own_table_has_no_second_word_for_what_the_pages_have_one_for() -> None:
    own = "\n".join(text for both in _print_words._WORDS.values() for text in both).lower()

    for word in (
        "tidigare version", "bildbeskrivning", "försvunn", "redigera", "arkivnivå", "gillar", "övrigt", "annan post",
        "versioner", "utan bild",
    ):  # fmt: skip
        assert word not in own, word
    assert not _print_words._WORDS.keys() & _print_words._PAGES.keys()
    assert set(_print_words._PAGES.values()) <= texts.WORDS["sv"].keys()


@pytest.mark.parametrize(
    ("language", "one", "many"),
    [
        ("sv", "1 röst", "2 röster"), ("sv", "1 äldre tråd finns", "2 äldre trådar finns"),
        ("sv", "Läs det i läskopian", "2 svar i den här tråden"), ("sv", "1 tecken till", "2 tecken till"),
        ("sv", "1 inlägg, lydelse eller fil som", "2 inlägg, lydelser och filer som"),
        ("sv", "1 mediefil. Dess", "2 mediefiler. Namnet"),
        ("sv", "1 förekomst av", "2 förekomster av"), ("sv", "1 inlägg eller", "2 inlägg och"),
        ("en", "1 vote", "2 votes"), ("en", "1 older thread is", "2 older threads are"),
        ("en", "Another reply in", "Another 2 replies in"), ("en", "1 character more", "2 characters more"),
        ("en", "there is 1 post, version or file", "there are 2 posts, versions and files"),
        ("en", "1 media file. Its", "2 media files. The"), ("en", "1 occurrence of", "2 occurrences of"),
        ("en", "1 character", "2 characters"), ("en", "1 post or comment", "2 posts and comments"),
    ],
)  # fmt: skip
def test_one_of_a_thing_is_said_in_the_singular(language: Lang, one: str, many: str) -> None:
    word = _print_words.Words(language)
    keys = [key.removesuffix("-one") for key in _print_words._WORDS if key.endswith("-one")]
    said = {count: [word.many(key, count, "x", "y") for key in keys] for count in (1, 2)}

    assert len(keys) >= 9
    assert any(one in text for text in said[1])
    assert any(many in text for text in said[2])
    assert not any(one in text and f"{one}s" not in text for text in said[2])


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_print_of_one_of_each_has_no_plural(language: Lang, tmp_path: Path) -> None:
    figures = {"replies_count": 1, "favourites_count": 1, "followers_count": 1}
    first = post(counts=figures, poll=[{"text": "Ja", "votes": 1}])
    counts = dict.fromkeys(("posts", "comments", "versions", "others", "media", "gaps", "new", "changed"), 1)
    text = read(printed(tmp_path, posts(first), replace(ABOUT, counts=counts), Settings(language=language)))

    due = {
        "sv": ("1 Kommentar eller svar", "1 Lydelse", "1 Annan post", "1 Mediefil", "1 Lucka", "1 Ny",
               "1 Ändrad", "1 tråd", "1 svar", "1 gilla-markering", "Ja: 1 röst"),
        "en": ("1 Post", "1 Comment or reply", "1 Version", "1 Other item", "1 Media file", "1 Gap",
               "1 thread", "1 reply", "1 favourite", "1 follower", "Ja: 1 vote"),
    }  # fmt: skip
    for said in due[language]:
        assert re.search(rf"{re.escape(said)}(?!\w)", text), said


# -- contents, and how full the pages are ----------------------------------------------------------------------------


def pages_of(file: Path) -> list[str]:
    with pypdfium2.PdfDocument(file) as document:
        return [" ".join(document[n].get_textpage().get_text_range().split()) for n in range(len(document))]


def test_the_contents_tell_the_page_of_each_section_and_lead_there(tmp_path: Path) -> None:
    months = {f"2026-{n:02}": [Thread(f"{n}-{m}", [Entry(post(m, f"<p>{'ord ' * 300}</p>"))]) for m in range(n)]
              for n in range(1, 8)}  # fmt: skip
    chosen = Chosen(months | {"undated": [Thread("u", [Entry(post(published=None))])]})
    chosen.about = [post(kind="profile", title="Exempelvik")]
    chosen.gone, chosen.lost = [post(7)], [{"what": "0042", "kind": "item", "why": "gone"}]
    file = printed(tmp_path, chosen)

    pages = pages_of(file)
    place = next(n for n, text in enumerate(pages) if "Innehåll Översiktsbild 2" in text)
    row = re.compile(r"([A-ZÅÄÖ]\w+ \d{4}|Utan datum|Det som (?:är borta|saknas)|Kontot) (?:\d+ tråd\w* )?(\d+)(?= )")
    told = dict(row.findall(pages[place].partition("Innehåll")[2]))
    assert [*told] == ["Kontot", *(texts.month("sv", month) for month in months), "Utan datum", "Det som är borta",
                       "Det som saknas"]  # fmt: skip
    with pypdfium2.PdfDocument(file) as document:
        marked = {one.get_title(): one.get_dest().get_index() + 1 for one in document.get_toc()}
    assert {name: int(page) for name, page in told.items()} == {name: marked[name] for name in told}
    assert len(set(told.values())) > 5
    assert "Tecken som utskriften" not in pages[place]
    assert "Kontot" not in read(printed(tmp_path / "bare", posts(post())))
    assert file.read_bytes().count(b"/Subtype /Link") == len(told) + 1
    assert faults(file) == ""


def test_contents_of_very_many_months_go_over_several_pages(tmp_path: Path) -> None:
    months = [f"{year}-{n:02}" for year in range(2008, 2027) for n in range(1, 13)]
    chosen = Chosen({month: [Thread(month, [Entry(post(1))])] for month in months})

    pages = pages_of(file := printed(tmp_path, chosen))

    with pypdfium2.PdfDocument(file) as document:
        marked = {one.get_title(): one.get_dest().get_index() + 1 for one in document.get_toc()}
    for month in ("2008-01", "2016-07", "2026-12"):
        name = texts.month("sv", month)
        assert any(f"{name} 1 tråd {marked[name]} " in text for text in pages[1:8]), month
    assert faults(file) == ""


@pytest.mark.parametrize("many", [1, 3, 12, 40])
def test_no_page_is_nearly_empty_but_the_last(many: int, tmp_path: Path) -> None:
    """Months of one short post each, which once had a page each; an account with next to nothing to tell of itself."""
    months = [f"{2020 + n // 12}-{n % 12 + 1:02}" for n in range(many)]
    chosen = Chosen({month: [Thread(month, [Entry(post(1))])] for month in months})
    chosen.about = [post(kind="profile", title="Exempelvik")]

    with pypdfium2.PdfDocument(printed(tmp_path, chosen)) as document:
        filled = [_filled(document[n]) for n in range(len(document))]

    assert all(part > 0.6 for part in filled[1:-1]), filled
    assert len(filled) <= 3 + many // 6


def _filled(page: Any) -> float:
    """How far down its text goes, as a part of its height; the foot is none of it."""
    found, high = page.get_textpage(), page.get_height()
    boxes = (found.get_rect(n) for n in range(found.count_rects()))
    return float(max((1 - bottom / high for _, bottom, _, _ in boxes if bottom > high * 0.06), default=0))


def test_the_list_of_accounts_tells_which_characters_it_cannot_show() -> None:
    def told(unit: str) -> str:
        pairs, head = [("Arkivbildare", "Exempelvik")], ["Konto", "Enhet", "Saknas"]
        data = account_print.pdf("Konton", pairs, [], head, [["exempelvik", unit, ""]], order().created, "sv")
        with pypdfium2.PdfDocument(data) as document:
            return " ".join(" ".join(page.get_textpage().get_text_range() for page in document).split())

    assert "U+4F60 CJK UNIFIED IDEOGRAPH-4F60 × 2" in told("你你")
    assert "samma lista som XLSX och CSV. 2 förekomster av 1 tecken." in told("你你")
    assert "Tecken som utskriften" not in told("Stadsdelen")


# -- texts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Ett</p><p>Två<br>tre</p>", "Ett\n\nTvå\ntre"),
        ('<a href="https://a.example/x">Läs mer</a>', "Läs mer <https://a.example/x>"),
        ('<a href="https://a.example/x"><span class="invisible">https://</span>a.example/x</a>', "https://a.example/x"),
        ('<a href="https://a.example/tags/hus">#<span>hus</span></a>', "#hus"),
        ("<ul><li>ett</li><li>två</li></ul>", "• ett\n• två"),
        ("<style>p{}</style>1 &lt; 2<script>x</script>", "1 < 2"),
        ("<p>öppen <b", "öppen "),
    ],
)
def test_html_becomes_plain_text(html: str, text: str) -> None:
    assert plain(html).rstrip("<b").rstrip() == text.rstrip()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("åäö", "åäö"),
        ("a\u030a", "å"),
        ("❤\ufe0f", "❤"),
        ("\U0001f600", "[U+1F600]"),
        ("\U0001f468\u200d\U0001f469", "[U+1F468\u00a01F469]"),
        ("一二三四五", "[U+4E00\u00a04E8C\u00a04E09\u00a056DB][U+4E94]"),
        ("a\x00b", "a[U+0000]b"),
        ("\u202eabc", "[U+202E]abc"),
        ("\ue000U+0041\ue001", "[U+E000]U+0041[U+E001]"),
        ("\ud800", "[U+D800]"),
    ],
)
def test_a_mark_stands_for_what_the_font_lacks(text: str, shown: str) -> None:
    assert KNOWN.shown(text).replace(OPEN, "").replace(CLOSE, "") == shown


def test_lines_are_broken_at_spaces_and_inside_words_wider_than_a_line() -> None:
    assert list(broken("ett två tre", 7, len)) == ["ett två", "tre"]
    assert list(broken("aaaaaaaaa b", 4, len)) == ["aaaa", "aaaa", "a b"]
    assert list(broken("en/lång/stig.json", 9, len)) == ["en/lång/", "stig.json"]
    assert list(broken("ett\n\ntvå", 9, len)) == ["ett", "", "två"]


def test_arabic_is_joined_and_runs_from_right_to_left() -> None:
    assert ordered("سلام") == ("\ufee1\ufefc\ufeb3", True)
    assert ordered("abc") == ("abc", False)
    assert ordered("a שלום") == ("a םולש", False)


# -- pictures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no_picture"),
        (encoded(coloured(size=(300, 300)), "JPEG")[:600], "broken_picture"),
        (bomb(30_000, 30_000), "too_large"),
        (bomb(9_000, 8_000), "too_large"),
    ],
)
def test_a_file_that_cannot_be_shown_says_why(tmp_path: Path, data: bytes, why: str) -> None:
    (path := tmp_path / "x.jpg").write_bytes(data)

    with pytest.raises(NoPicture, match=why):
        small(path, 100, 100)


def test_what_is_clear_becomes_white_and_sixteen_bits_keep_their_lightness(tmp_path: Path) -> None:
    (clear := tmp_path / "clear.png").write_bytes(encoded(Image.new("RGBA", (9, 9), (200, 0, 0, 0)), "PNG"))
    deep = Image.new("I", (9, 9), 128 * 257).convert("I;16")
    (path := tmp_path / "deep.png").write_bytes(encoded(deep, "PNG"))

    assert Image.open(BytesIO(small(clear, 50, 50).data)).getpixel((4, 4)) == (255, 255, 255)
    assert Image.open(BytesIO(small(path, 50, 50).data)).getpixel((4, 4)) == (128, 128, 128)


def test_a_photo_taken_on_its_side_is_turned(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[274] = 6
    (path := tmp_path / "x.jpg").write_bytes(encoded(coloured(size=(800, 400)), "JPEG", exif=exif))

    shown = small(path, 200, 200)

    assert (shown.width, shown.height) == (100, 200)
