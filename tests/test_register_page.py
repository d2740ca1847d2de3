"""The register's page in the reading room: what it says of each account, its history, and the lists to fetch."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from model.nouns import Receipt
from pipeline import register_view, registering
from reading import room as pages
from reading.room import Frame, Register, Registered
from register import history, keeping
from register.keeping import Asked
from register.lifecycle import Kept
from tests import rooms
from tests.test_pages import HOSTILE
from tests.test_room import OURS, SCRIPTS, Parsed

PLATFORMS = frozenset({"mastodon", "bluesky", "facebook", "instagram"})
ASKED = Asked(
    by="kommunikationsstrateg", why="Ny <organisation>", at=datetime(2026, 11, 28, 9, 30, tzinfo=UTC),
    today="2026-11-28", archive={},
)  # fmt: skip
ARCHIVE = {"exempelvik-mastodon": Kept(2025), "exempelvik-stangt": Kept(2024, "2024-exempelvik-stangt.closure")}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (path := tmp_path / "register.csv").write_text(rooms.REGISTER, encoding="utf-8")
    return path


def changed(path: Path) -> Path:
    """A register that was changed by command, by hand, and that an account was taken out of."""
    keeping.change(path, "exempelvik-mastodon", {"unit": "Ny <enhet>", "status": "closing"}, ASKED)
    keeping.add(path, {"id": "exempelvik-x", "platform": "mastodon", "address": "https://x.example/@x"}, ASKED)
    text = path.read_text("utf-8").replace("Badchefen", "Chefen för badet")
    path.write_text("".join(one for one in text.splitlines(keepends=True) if "exempelvik-x" not in one), "utf-8")
    keeping.accept(path, ["exempelvik-x"], ASKED)
    return path


def seen(path: Path, archive: dict[str, Kept] | None = None) -> Register:
    return register_view.view(path, PLATFORMS, ARCHIVE if archive is None else archive, rooms.TODAY)


def of(view: Register, id: str) -> Registered:
    return next(one for one in view.accounts if one.id == id)


def test_each_account_says_how_it_stands_and_what_is_missing(path: Path) -> None:
    view = seen(path)

    good, closed = of(view, "exempelvik-mastodon"), of(view, "exempelvik-stangt")
    assert [one.id for one in view.accounts][:2] == ["exempelvik-mastodon", "exempelvik-bad"]
    assert (good.status, good.last, good.lacking["sv"]) == (
        "active", "2025", "diarienummer, formulärdatum, redaktörer, syfte, målgrupp",
    )  # fmt: skip
    assert good.lacking["en"].startswith("case, case-date, ")
    assert [one["sv"] for one in good.notes] == [
        "exempelvik-mastodon: startformulär saknas. Skriv dess diarienummer och datum."
    ]
    assert (closed.grave, [one["en"][:35] for one in closed.notes]) == ((), ["exempelvik-stangt: the status lacks"])
    assert [one["sv"][:38] for one in view.notes] == ["registret har ingen historik än. Den b"]
    assert of(seen(path, {}), "exempelvik-stangt").grave[0]["sv"].startswith("exempelvik-stangt: står som arkiverat")


def test_a_register_that_cannot_be_used_shows_its_faults_and_nothing_else(path: Path) -> None:
    path.write_text(rooms.REGISTER.replace("aktivt", "kanske"), encoding="utf-8")

    view = seen(path)
    text = Parsed(pages.register(view, Frame())).said
    assert (view.accounts, view.forms, len(view.faults)) == ((), (), 4)
    assert "Rad 2, kolumn ”status”: statusen är okänd" in text
    assert "Hämta" not in text
    assert "Row 2, column “status”" in Parsed(pages.register(view, Frame(lang="en"))).said
    path.unlink()
    assert "Filen finns inte" in Parsed(pages.register(seen(path), Frame())).said


def test_the_history_of_each_account_is_there_newest_first(path: Path) -> None:
    view = seen(changed(path))

    begun, gone = of(view, "exempelvik-mastodon"), of(view, "exempelvik-x")
    assert [one.what["sv"] for one in begun.changes] == ["ändrat", "historiken börjar"]
    assert begun.changes[0].fields["sv"] == (
        ("enhet", "Kommunikation", "Ny <enhet>"), ("status", "aktivt", "avslutas"), ("statusdatum", "", "2026-11-28"),
    )  # fmt: skip
    assert begun.changes[0].fields["en"][1] == ("status", "active", "closing")
    assert begun.changes[1].fields == {}
    assert (gone.status, [one.what["en"] for one in gone.changes]) == ("", ["changed by hand, taken in", "added"])
    assert "ändrat för hand, förbi historiken: ansvarig" in of(view, "exempelvik-bad").notes[-1]["sv"]
    text = Parsed(pages.register(view, Frame())).said
    assert "10.30 ändrat kommunikationsstrateg: Ny <organisation>" in text
    assert "finns inte längre i registret" in text


def test_only_an_account_that_lacks_nothing_is_in_order() -> None:
    lacks = {"sv": "arkivpaket", "en": "archive package"}
    view = Register(name="x", accounts=(Registered(id="hel"), Registered(id="film", lacking=lacks)))

    text = Parsed(pages.register(view, Frame())).said
    assert "1 av 2 konton är i ordning." in text
    assert text.count("I ordning") == 1


def test_a_history_that_was_touched_is_told_on_top(path: Path) -> None:
    place = history.place(changed(path))
    place.write_bytes(place.read_bytes().replace(b"Badchefen", b"Badchefer", 1))

    view = seen(path)
    assert [one["sv"] for one in view.faults] == [
        "historikens rad 3 följer inte på raden före: något har ändrats eller tagits bort."
    ]
    assert len(view.accounts) == 6


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_the_page_has_the_lists_to_fetch_and_no_script(lang: Any, path: Path) -> None:
    html = pages.register(seen(changed(path)), Frame(lang=lang, root="/x/lasesal", airflow="/x"))

    page = Parsed(html)
    assert not SCRIPTS.search(html)
    assert [link for link in page.all("a", "href") if "konton." in link] == [
        f"/x/lasesal/register/konton.{ending}" for ending in ("xlsx", "csv", "pdf")
    ]
    ids = page.all("article", "id") + page.all("section", "aria-labelledby")
    assert len(set(ids)) == len(ids)
    linked = [link[1:] for link in page.all("a", "href") if link.startswith("#konto_")]
    assert linked == page.all("article", "id")
    assert "/x/lasesal/register" in page.all("a", "href")


def hostile(text: str) -> Register:
    """The same text wherever a text from outside may stand."""
    both = {"sv": text, "en": text}
    change = pages.Change(at=text, what=both, by=text, why=text, fields={"sv": ((text, text, text),)})
    one = Registered(
        id=text, platform=text, unit=text, responsible=text, status=text, since=text, last=text, lacking=both,
        grave=(both,), notes=(both,), changes=(change,),
    )  # fmt: skip
    return Register(name=text, accounts=(one,), faults=(both,), notes=(both,))


@pytest.mark.parametrize("text", [*HOSTILE, "".join(one for one in HOSTILE if len(one) < 500)])
def test_no_text_of_others_is_taken_for_a_tag(text: str) -> None:
    html = pages.register(hostile(text), Frame())

    tags = Parsed(html).tags
    assert {name for name, _ in tags} <= set(OURS.split())
    for name, known in tags:
        assert not any(one.startswith("on") or one == "style" for one in known), (name, known)
        assert not known.get("href", "").strip().lower().startswith(("javascript:", "data:", "vbscript:"))
    assert "\u202e" not in html


def test_the_account_and_every_page_lead_to_it(path: Path) -> None:
    line = pages.Line(id="exempelvik-bad", platform="facebook", status="active")

    links = Parsed(pages.account(line, (), (), Frame())).all("a", "href")
    assert "/lasesal/register" in links
    assert "/lasesal/register#konto_exempelvik-bad" in links


def test_the_list_is_made_of_the_same_receipts(path: Path) -> None:
    def receipt(order: str, account: str) -> Receipt:
        return Receipt(
            order=order, package="", size=1, sha256="", verdict="whole", format="bagit", account=account, promise=""
        )

    kept = registering.kept([receipt("2025-exempelvik-bad", "exempelvik-bad")])

    assert of(seen(path, kept), "exempelvik-bad").last == "2025"
