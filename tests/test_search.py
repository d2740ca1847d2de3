"""The search of the reading copy: its index, and the one page with a script."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from model.selection import Entry, Thread
from model.settings import Settings
from reading import searching
from reading.texts import Lang
from tests.pages import AT, Chosen, Parsed, alone, everything, file, gap, post, supplement, written
from tests.test_pages import HOSTILE, everywhere

Row = list[Any]  # page, anchor, day, kind, flags, author, text


def rows(folder: Path) -> list[Row]:
    """What the parts of an index hand to the page."""
    found: list[Row] = []
    for part in sorted((folder / "sok").iterdir()):
        text = part.read_text("utf-8")
        assert text.startswith("arsring([")
        assert text.endswith("]);\n")
        found += json.loads(text.removeprefix("arsring(").removesuffix(");\n"))
    return found


def test_a_post_is_in_the_index_with_the_place_where_it_is_read(tmp_path: Path) -> None:
    entry = Entry(post(text="<p>Vårstädning</p><p>i <b>park</b>en</p>", media=[file()]), key="i0f3c")

    (row,) = rows(written(tmp_path, Chosen({"2026-03": [Thread("t", [entry])]})))

    assert row == ["2026-03.html", "i0f3c", 20260301, "post", 1, "exempelvik", "Vårstädning i parken · En bänk"]


def test_every_place_in_the_index_is_on_its_page(tmp_path: Path) -> None:
    folder = written(tmp_path, everything(), **supplement())

    for page, anchor, *_ in rows(folder):
        assert anchor in Parsed(folder / page).all("article", "id")
        assert anchor in Parsed(folder / "en" / page).all("article", "id")


def test_what_stood_there_before_is_found_too(tmp_path: Path) -> None:
    found = rows(written(tmp_path, everything(), **supplement()))

    assert [(kind, text) for _, anchor, _, kind, _, _, text in found if anchor == "p1"] == [
        ("post", "Nu är badet snart öppet. Läs mer på vår sida. · Morgon · Kväll · En bänk"),
        ("version", "Obs · Badet öppnar kanske."),
        ("version", "Badet är stängt."),
    ]
    assert {anchor: flags for _, anchor, _, kind, flags, _, _ in found if anchor[0] == "p" and kind != "version"} == {
        "p1": 3, "p2": 8, "p3": 0, "p4": 1, "p5": 4, "p6": 0, "p7": 0,
    }  # fmt: skip


def test_the_accounts_own_texts_are_found_and_what_they_were(tmp_path: Path) -> None:
    was = post("p0", "<p>Vi svarar inte här.</p>", "version")
    profile = post("p", "<p>Vi svarar vardagar.</p>", "profile", title="Exempelvik", fields={"Telefon": "08-123"})

    found = rows(written(tmp_path, Chosen(about=[was, profile])))

    assert [(page, anchor, kind, text) for page, anchor, _, kind, _, _, text in found] == [
        ("konto.html", "konto-2", "profile", "Exempelvik · Vi svarar vardagar. · Telefon · 08-123"),
        ("konto.html", "konto-2", "version", "Vi svarar inte här."),
    ]


@pytest.mark.parametrize(
    ("language", "media", "listed"),
    [
        ("sv", "En mediefil: d.png · 4 · För stort för att hämtas. · HTTP 413", "En hel lista: kommentarer · Lämnas"),
        ("en", "A media file: d.png · 4 · Too large to be taken. · HTTP 413", "A whole list: comments · Not offered"),
    ],
)
def test_what_is_missing_is_found_with_its_reason(language: Lang, media: str, listed: str, tmp_path: Path) -> None:
    lost = [gap("d.png", "too-large", "media", "media", parent="4", how="HTTP 413"), gap("", "not-offered", "list",
            "comments")]  # fmt: skip
    folder = written(tmp_path, Chosen(lost=lost), Settings(language=language))

    first, second = rows(folder)

    assert first == ["saknas.html", "lucka-1", 0, "gap", 0, "", media]
    assert second[6].startswith(listed)
    assert Parsed(folder / "sok.html").all("option", "value") == ["", "0", "", "gap"]


def test_a_gap_is_found_under_the_year_of_the_post_that_lacks_it(tmp_path: Path) -> None:
    chosen = alone(post("4", published="2019-05-02T11:00:00.000000Z", media=[file("e.jpg")]))
    lost = [("d.png", "4", "media"), ("4", "", "item"), ("e.jpg", "", "media"), ("9", "8", "item")]
    chosen.lost = [gap(what, "gone", kind, parent=parent) for what, parent, kind in lost]

    folder = written(tmp_path, chosen)

    assert [row[2] for row in rows(folder) if row[3] == "gap"] == [20190502, 20190502, 20190502, 0]


def test_a_large_index_is_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "FULL", 500)
    entries = [Entry(post(str(n), "Hej " * 20), min(n, 1), key=f"k{n}") for n in range(30)]

    folder = written(tmp_path, Chosen({"2026-03": [Thread("t", entries)]}))

    parts = list((folder / "sok").iterdir())
    assert len(parts) == int(Parsed(folder / "sok.html").all("div", "data-parts")[0]) > 5
    assert len(rows(folder)) == 30


def test_an_account_without_posts_has_an_empty_search(tmp_path: Path) -> None:
    folder = written(tmp_path, Chosen())

    assert not (folder / "sok").exists()
    assert Parsed(folder / "sok.html").all("div", "data-parts") == ["0"]


@pytest.mark.parametrize("text", [*HOSTILE, "fil\u202egpj.exe", "ring\x07", "halv \ud83d", "\u2028\u2029"])
def test_a_hostile_text_is_a_string_of_the_index(text: str, tmp_path: Path) -> None:
    folder = written(tmp_path, alone(everywhere(text)), text="plain")

    for part in (folder / "sok").iterdir():
        assert not re.search("[\x00-\x09\x0b-\x1f\u202e\x7f]", part.read_text("utf-8"))
    assert all(len(row) == 7 for row in rows(folder))


def test_the_policy_names_the_script_by_its_hash(tmp_path: Path) -> None:
    folder = written(tmp_path, alone(post()))

    for page in (folder / "sok.html", folder / "en" / "sok.html"):
        (script,) = re.findall("<script>(.*?)</script>", page.read_text("utf-8"), re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        (policy,) = [known["content"] for _, known in Parsed(page).tags if "http-equiv" in known]
        assert policy.endswith(f"; script-src 'sha256-{digest}' 'strict-dynamic'")
        assert "innerHTML" not in script
        assert "eval" not in script


def test_only_what_is_there_can_be_chosen(tmp_path: Path) -> None:
    items = [post("1"), post("2", kind="comment", published=AT.format(2).replace("2026", "2019")), post("3")]
    del items[2]["published"]
    folder = written(tmp_path, Chosen({"2026-03": [Thread("t", [Entry(item, key=item["id"]) for item in items])]}))

    page = Parsed(folder / "sok.html")
    assert page.all("option", "value") == ["", "2026", "2019", "0", "", "comment", "post"]
    assert not [known for tag, known in page.tags if tag == "input" and known["type"] == "checkbox"]
