"""What is made of a capture: found again, made anew where what it is made of is another, and what its papers say."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from model import made as makings
from model.errors import NotWhole
from model.nouns import Order
from model.settings import Settings, StampAuthority
from pipeline.make import Sources, delivered, make, objid
from tests.captures import order, post, sealed
from tests.test_printing import read
from tests.test_selection import previous

STAMPS = (StampAuthority(name="stampel", url="https://stampel.exempelvik.example", roots="rot.pem"),)
PERSONAL = "19121212-1212"  # the number that Sweden uses in examples


def papers(folder: Path, capture: Path, of: Order | None = None, **settings: Any) -> dict[str, str]:
    made = make(capture, of or order(), Settings(**settings), Sources())
    assert made.parent == folder
    return {path.name: path.read_text() for path in (made / "documentation").iterdir()}


def test_what_is_made_is_found_again_and_not_made_twice(tmp_path: Path) -> None:
    capture = sealed(tmp_path)

    first = make(capture, order(), Settings(), Sources())
    before = (first / "made.jsonl").stat().st_ino

    assert make(capture, order(), Settings(), Sources()) == first
    assert (first / "made.jsonl").stat().st_ino == before


@pytest.mark.parametrize("changed", [{"language": "en"}, {"prefix": "annat"}, {"disposal": "beslut 7"}])
def test_it_is_made_anew_where_the_settings_are_others(changed: dict[str, Any], tmp_path: Path) -> None:
    capture = sealed(tmp_path)
    first = list(makings.files(make(capture, order(), Settings(), Sources())))

    assert list(makings.files(make(capture, order(), Settings(**changed), Sources()))) != first


def test_half_of_it_left_by_a_power_cut_is_made_anew(tmp_path: Path) -> None:
    capture = sealed(tmp_path)
    made = make(capture, order(), Settings(), Sources())
    (made / "made.jsonl").unlink()

    assert (make(capture, order(), Settings(), Sources()) / "made.jsonl").exists()


def test_a_package_has_a_name_that_says_what_it_is(tmp_path: Path) -> None:
    capture = sealed(tmp_path)
    of = replace(order(), account=replace(order().account, id="Åby.Bibliotek-2"))

    assert objid(capture, order(), Settings()).startswith("exv_mastodon_exempelvik_mastodon_2026_annual_")
    assert objid(capture, replace(order(), replaces="x"), Settings()).split("_")[-2] == "rerun"
    assert objid(capture, of, Settings()).isascii()


def test_the_read_me_says_whose_it_is_what_it_is_and_where_everything_lies(tmp_path: Path) -> None:
    read_me = papers(
        tmp_path, sealed(tmp_path), cases={2026: "EXV 2026/114"}, disposal="Gallringsbeslut 3", stamps=STAMPS
    )["LASMIG.txt"]

    for said in (
        "Exempelviks stadsdelsnämnd",
        "EXV 2026/114",
        "EX 1/26",
        "komplett",
        "index.html",
        "sha256sum",
        "openssl",
    ):
        assert said in read_me


def test_the_papers_are_in_english_where_the_settings_say_so(tmp_path: Path) -> None:
    found = papers(tmp_path, sealed(tmp_path), language="en")

    assert "READ ME" in found["LASMIG.txt"]
    assert "Verdict: whole" in found["uttagsrapport.txt"]
    assert "komplett" not in "".join(found.values())


def test_a_personal_number_in_a_text_is_flagged_and_never_repeated(tmp_path: Path) -> None:
    items = [post(1, f"Mitt nummer är {PERSONAL}"), post(2, fields={"Född": PERSONAL})]
    found = papers(tmp_path, sealed(tmp_path, items=items))

    assert "2 gånger står något i en text som liknar ett personnummer" in found["uttagsrapport.txt"]
    assert PERSONAL not in "".join(found.values())


def test_control_characters_are_counted(tmp_path: Path) -> None:
    found = papers(tmp_path, sealed(tmp_path, items=[post(1, "a\x00b\x1bc\x0b"), post(2, "ren\ttext\r\n")]))

    assert "3 styrtecken" in found["uttagsrapport.txt"]


def test_a_gap_is_told_with_its_reason_and_what_a_decision_left_out_stands_apart(tmp_path: Path) -> None:
    capture = sealed(tmp_path)
    rows = [
        {"what": "0007", "why": "gone", "kind": "item", "stream": "posts", "seen_at": "2026-12-01T11:00:00.000000Z"},
        {"what": "ratings", "why": "by-decision", "kind": "list", "stream": "ratings", "how": "nivå",
         "seen_at": "2026-12-01T11:00:00.000000Z"},
    ]  # fmt: skip
    (capture / "gaps.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    found = papers(tmp_path, capture)

    assert "0007: borta" in found["uttagsrapport.txt"]
    assert "ratings" in found["gallring.txt"]
    assert "0007" not in found["gallring.txt"]


def test_a_closure_has_a_paper_of_its_own(tmp_path: Path) -> None:
    found = papers(tmp_path, sealed(tmp_path), replace(order(), kind="closure", decision="EXV 2026/7"))

    assert json.loads(found["avslut.json"])["decision"] == "EXV 2026/7"


def test_how_a_gap_is_known_is_told_in_the_reader_s_language(tmp_path: Path) -> None:
    capture, how = sealed(tmp_path), "the server names a file and gives no address"
    gap = {"what": "7/1", "why": "by-decision", "kind": "media", "stream": "media", "parent": "7", "how": how}
    (capture / "gaps.jsonl").write_text(json.dumps(gap | {"seen_at": "2026-12-01T11:00:00.000000Z"}) + "\n")

    made = make(capture, order(), Settings(), Sources())

    said = "servern nämner en fil men ger ingen adress till den"
    places = ("reading/saknas.html", "documentation/gallring.txt", "documentation/uttagsrapport.txt")
    told = {place: (made / place).read_text() for place in places} | {"print": read(made / "reading/utskrift.pdf")}
    assert [place for place, text in told.items() if said not in text or how in text] == []
    assert how in (made / "reading/en/saknas.html").read_text()


def test_it_tells_what_is_in_it(tmp_path: Path) -> None:
    made = make(sealed(tmp_path), order(), Settings(), Sources(text="html", previous=previous(sealed(tmp_path / "b"))))

    about = makings.about(made)

    assert (about.status, about.scope, about.text, about.previous) == ("SUPPLEMENT", "changes", "html", "before")
    assert about.counts["unchanged"] == 3


def test_an_earlier_package_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "p.zip").write_bytes(b"no package")

    with pytest.raises(NotWhole, match="cannot be read"):
        delivered(tmp_path / "p.zip", lambda package, name: iter([]))
