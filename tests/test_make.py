"""What is made of a capture: found again, made anew where what it is made of is another, and what its papers say."""

from __future__ import annotations

import json
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from model import made as makings
from model import signing
from model.errors import NotWhole
from model.nouns import Closing, Order
from model.settings import Settings, StampAuthority
from pipeline import line
from pipeline.make import Sources, delivered, make, objid
from tests.captures import order, post, sealed
from tests.runs import Run, fake_of, small_world
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
        "representations/reading/data/sok.html",
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
    assert json.loads(found["uttagsrapport.json"])["texts"] == {"personal": 0, "controls": 3}


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


@pytest.mark.parametrize(
    "settings",
    [
        Settings(),
        Settings(profile="fgs-2.0"),
        Settings(profile="fgs-1.2", reference="SE/EXV/1"),
        Settings(formats=("ocfl",)),
        Settings(formats=("eark_sip", "ocfl")),
    ],
    ids=["eark-2.2.0", "fgs-2.0", "fgs-1.2", "ocfl", "both"],
)
def test_each_path_that_the_read_me_names_is_in_the_package(settings: Settings, tmp_path: Path) -> None:
    sealed(tmp_path)
    place = line.Place(work=tmp_path, archive=tmp_path / "a", settings=settings)
    package = line.pack(order().id, place)

    found = Path(package.path).parent.glob("*.zip")
    names, told = set[str](), ""
    for path in found:
        with zipfile.ZipFile(path) as held:
            inside = {name.partition("/")[2] for name in held.namelist()}
            names |= inside
            told = next(held.read(name).decode() for name in held.namelist() if name.lower().endswith("/lasmig.txt"))
    tree = told.partition("Var allt ligger")[2].partition("I CSV-filerna")[0].splitlines()[2:]
    paths = [row.split()[0] for row in tree if row.startswith("  ")]
    assert len(paths) >= 9
    for path in paths:
        if "manual" not in path:  # nothing was supplied
            assert any(name == path or (path.endswith("/") and name.startswith(path)) for name in names), path


def test_a_closure_after_another_package_says_that_it_is_the_whole_account(tmp_path: Path) -> None:
    closing = Closing(
        case="EX 17/26", decided="2026-09-01", decider="Kommunikationschefen", announced="2026-09-15",
        announcement="https://social.exempelvik.example/@exempelvik/7", note="Flyttar till webben.",
    )  # fmt: skip
    of = replace(order(), id="2026-a.closure", kind="closure", closing=closing, decision=closing.case)
    made = make(sealed(tmp_path, of), of, Settings(), Sources(previous=previous(sealed(tmp_path / "then"))))

    read_me = (made / "documentation" / "LASMIG.txt").read_text()
    assert "kompletterar paketet" in read_me
    assert "hela kontot" in read_me
    assert "nytt, ändrat eller borta" not in read_me
    assert "Beslut att stänga kontot: EX 17/26, 2026-09-01, Kommunikationschefen" in read_me
    assert "Flyttar till webben." in read_me
    start = (made / "reading" / "index.html").read_text()
    assert "Beslut att stänga kontot" in start
    assert "earlier_media.csv" not in start
    paper = json.loads((made / "documentation" / "avslut.json").read_text())
    assert paper["closing"]["announcement"] == closing.announcement


def test_who_ran_it_and_who_accepted_what_is_not_whole_stand_in_all_papers(tmp_path: Path) -> None:
    run = {"dag": "arkiv_arlig", "run": "manual__2026-12-01", "started_by": "robin", "commit": "0f3c"}
    of = replace(order(), run=run)
    capture = sealed(tmp_path, of)
    signed = {
        "format": signing.FORMAT, "by": "Arkivarie (användare kim)", "at": "2026-12-01T12:00:00.000000Z", "ledger": "0",
        "note": "Ring 2026.", "reasons": [{"what": "posts: not whole", "reason": "Plattformen visar inte mer."}],
    }  # fmt: skip
    (capture / signing.NAME).write_text(json.dumps(signed))
    made = make(capture, of, Settings(), Sources())

    read_me = (made / "documentation" / "LASMIG.txt").read_text()
    start = (made / "reading" / "index.html").read_text()
    printed = read(made / "reading" / "utskrift.pdf")
    for text in (read_me, start, printed):
        assert "DAG arkiv_arlig, körning manual__2026-12-01, startad av robin, version 0f3c" in text
    for text in (read_me, (made / "documentation" / "uttagsrapport.txt").read_text(), start, printed):
        assert "Arkivarie (användare kim)" in text
        assert "Ring 2026." in text
        assert "Plattformen visar inte mer." in text


def test_what_the_read_me_says_finds_the_answer_that_a_post_was_read_from(tmp_path: Path) -> None:
    run = Run(tmp_path, fake_of(small_world(posts=3, threads=1, comments=2, media=1, with_media=1))).go()
    raw = next(row["raw"] for row in run.rows("items") if row["kind"] == "post").strip("<>")
    with zipfile.ZipFile(run.package) as held:
        for name in held.namelist():
            if "/raw/" in name:
                (tmp_path / Path(name).name).write_bytes(held.read(name))

    found = shell(f"zgrep -a -l {raw} *.warc.gz", tmp_path).split()

    assert len(found) == 1
    assert raw in shell(f"zcat {found[0]} | grep -a -A 40 {raw}", tmp_path)


def shell(command: str, folder: Path) -> str:
    return subprocess.run(["/bin/sh", "-c", command], cwd=folder, capture_output=True, text=True, check=True).stdout
