"""The certificate of a closure on paper: what it says, that it stays the same, and what no text can do to it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from model.settings import Settings
from pipeline import closing, line, opened
from pipeline.swedish import swedish
from reading import certificate
from tests import rooms
from tests.preflight import faults
from tests.test_closing import ANSWERS, TEXT, Closed
from tests.test_closing import run as run  # a fixture
from tests.test_printing import HOSTILE

SIGNED = {
    "by": "Arkivarie (användare kim)", "at": "2026-12-01T10:00:00.000000Z", "note": "",
    "reasons": [
        {"what": "statuses: not whole: 1 of 101 is missing", "reason": "Plattformen visar inte mer."},
        {"what": "replies (12 lists): cannot be proven", "reason": "Plattformen säger inte hur många."},
    ],
}  # fmt: skip


def made(**changed: Any) -> dict[str, Any]:
    """A certificate with everything in it."""
    known: dict[str, Any] = {
        "format": closing.CERTIFICATE, "order": "2026-exempelvik-mastodon.closure", "language": "sv",
        "account": {"id": "exempelvik-mastodon", "address": "https://social.example/@exempelvik", "unit": "Stadsdelen"},
        "decision": {"case": "KS 2026/123", "decided": "2026-10-01", "decider": "Kommunikationschefen",
                     "announced": "2026-10-15", "announcement": "https://social.example/@exempelvik/1"},
        "announcement": {"address": "https://social.example/@exempelvik/1", "text": f"<p>{TEXT}</p>", "looks": 3,
                         "published": "2026-10-15T07:00:00.000000Z", "first_seen": "2026-10-15T09:30:00.000000Z",
                         "last_seen": "2026-11-14T09:30:00.000000Z"},
        "announcement_html": True, "sign_off": SIGNED, "verdict": "not whole", "answers": ANSWERS,
        "taken": {"items": 12345, "media": 44, "gaps": {"gone": 3}, "began": "2026-12-01T03:00:00.000000Z",
                  "ended": "2026-12-01T04:00:00.000000Z"},
        "package": "2026-exempelvik-mastodon.closure.zip", "where": "arkiv/2026-exempelvik-mastodon.closure.zip",
        "size": 356732, "sha256": "ab" * 32, "receipt": "cd" * 32, "promise": "tamper-evident only",
    }  # fmt: skip
    return known | changed


def read(data: bytes) -> str:
    """Every word in the print."""
    with pypdfium2.PdfDocument(data) as document:
        texts = (document[number].get_textpage().get_text_range() for number in range(len(document)))
        return " ".join(" ".join(texts).replace("\u00a0", " ").split())


def test_it_says_who_decided_what_was_taken_where_it_lies_and_who_answered() -> None:
    text = read(certificate.pdf(made(), swedish))

    for told in (
        "Kontot får stängas", "KS 2026/123", "2026-10-01", "Kommunikationschefen", "https://social.example/@exempelvik/1",
        TEXT, "Annonsen sågs första gången 2026-10-15 11:30", "Publicerad 2026-10-15 09:00", "Antal kontroller 3",
        "Inte komplett.", "12 345", "Det som saknas Borta: 3",
        "arkiv/2026-exempelvik-mastodon.closure.zip", "(356 732 byte)", "ab" * 32,
        "cd" * 32, "Avslutet godkänt av kim, 2026-11-14 09:00", "Skäl Sett den.", "robin, 2026-12-01 14:05",
        "E-arkiv 2026-0815", "Arkivarie (användare kim)", "Skäl: Plattformen visar inte mer.",
        "Skäl: Plattformen säger inte hur många.", "2026-exempelvik-mastodon.closure.certificate.json",
    ):  # fmt: skip
        assert told in text
    assert "<p>" not in text


def test_it_speaks_english_where_the_certificate_does() -> None:
    text = read(certificate.pdf(made(language="en")))

    for told in ("The account may be closed", "Closure approved by kim", "Reason: Plattformen visar inte mer."):
        assert told in text
    assert "Beslut" not in text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("sv", "Det som saknas Borta: 1, För stort för att hämtas: 2"),
        ("en", "What is missing Gone: 1, Too large to be taken: 2"),
    ],
)
def test_what_is_missing_is_said_with_the_pages_words(language: str, said: str) -> None:
    taken = made()["taken"] | {"gaps": {"gone": 1, "too-large": 2, "forbidden": 0}}

    text = read(certificate.pdf(made(language=language, taken=taken)))

    assert f"{said} " in text


@pytest.mark.parametrize(("language", "said"), [("sv", "Storlek 1 byte"), ("en", "Size 1 byte SHA")])
def test_one_byte_is_one(language: str, said: str) -> None:
    assert said in read(certificate.pdf(made(language=language, size=1)))


def test_the_same_certificate_gives_the_same_bytes_and_preflight_accepts_them(tmp_path: Path) -> None:
    again = json.loads(json.dumps(made(), sort_keys=True))
    (file := tmp_path / "x.pdf").write_bytes(certificate.pdf(made(), swedish))

    assert certificate.pdf(again, swedish) == file.read_bytes()
    assert faults(file) == ""


def test_no_text_of_others_can_spoil_it(tmp_path: Path) -> None:
    every = "".join(text if len(text) < 4000 else text[:4000] for text in HOSTILE)
    reasons = [{"what": text or "?", "reason": text} for text in (*HOSTILE, every)]
    answer = {"by": every, "at": every, "fields": {"skal": every, "kvittens": every}}
    hostile = made(
        account={"id": every[:200], "address": every, "unit": every, "case": every},
        decision=dict.fromkeys((*made()["decision"], "note"), every),
        announcement=dict.fromkeys(("address", "text", "published", "first_seen", "last_seen", "looks"), every),
        sign_off={"by": every, "at": every, "note": every, "reasons": reasons},
        answers={"godkann": answer, "kvittera": answer}, order=every[:200], where=every, promise=every,
    )  # fmt: skip
    (file := tmp_path / "x.pdf").write_bytes(certificate.pdf(hostile, swedish))

    assert faults(file) == ""
    text = read(file.read_bytes())
    assert "[U+202E]" in text
    assert "\u202e" not in text


LACKING = {  # what the font lacks: how it is marked, and one of the names that are listed
    "你好": ("[U+4F60 597D]", "U+597D CJK UNIFIED IDEOGRAPH-597D × 1"),
    "ไทย": ("[U+0E44 0E17 0E22]", "U+0E17 THAI CHARACTER THO THAHAN × 1"),
    "नमस्ते": ("[U+0928 092E 0938 094D][U+0924 0947]", "U+0938 DEVANAGARI LETTER SA × 1"),
    "\U0001f389": ("[U+1F389]", "U+1F389 PARTY POPPER × 1"),
}


@pytest.mark.parametrize("where", ["account", "unit", "decider", "text", "reason", "by", "note"])
def test_it_tells_which_characters_it_cannot_show(where: str) -> None:
    one, text = made(), " ".join(LACKING)
    lacking: dict[str, dict[str, Any]] = {
        "account": {"account": one["account"] | {"id": text}},
        "unit": {"account": one["account"] | {"unit": text}},
        "decider": {"decision": one["decision"] | {"decider": text}},
        "text": {"announcement": one["announcement"] | {"text": f"<p>{text}</p>"}},
        "reason": {"sign_off": SIGNED | {"reasons": [{"what": "posts: not whole", "reason": text}]}},
        "by": {"answers": {"godkann": ANSWERS["godkann"] | {"by": text}}},
        "note": {"sign_off": SIGNED | {"note": text}},
    }

    told = read(certificate.pdf(made(**lacking[where]))).replace("] [", "][")  # a line may end between two marks

    assert [said for both in LACKING.values() for said in both if said not in told] == []
    assert "Tecken som utskriften inte kan visa" in told
    assert f"Tecknen själva står i {one['order']}.certificate.json. 12 förekomster av 12 olika tecken." in told


def test_one_that_can_show_all_its_characters_says_nothing_of_any() -> None:
    assert "Tecken som utskriften inte kan visa" not in read(certificate.pdf(made()))


def test_no_heading_stands_over_nothing() -> None:
    bare = made(answers={}, sign_off={"by": "kim", "at": "2026-12-01T10:00:00.000000Z", "note": "", "reasons": []})
    lone = made(answers={}, sign_off=None)

    assert "Godtagna luckor" not in read(certificate.pdf(bare))
    assert "(se nedan)" not in read(certificate.pdf(bare))
    assert "Godkänt och mottaget" not in read(certificate.pdf(lone))
    assert "Godkänt och mottaget" in read(certificate.pdf(made()))


@pytest.mark.parametrize("lacking", ["answers", "taken", "where", "receipt", "language", "announcement", "sign_off"])
def test_one_that_an_earlier_version_made_is_printed_without_what_it_lacks(lacking: str) -> None:
    one = made()
    del one[lacking]

    assert "Kontot får stängas" in read(certificate.pdf(one))


def test_it_lies_beside_the_package_and_is_written_once(run: Closed) -> None:
    order = run.order
    closing.look(order, run.place, run.key)
    receipt = line.archive(order, run.place, run.key)

    first = closing.certificate(order, run.place, receipt, ANSWERS)
    file = run.place.archive / f"{order.id}.certificate.pdf"
    bytes_ = file.read_bytes()
    file.unlink()  # as where a run was stopped between the two
    closing.certificate(order, replace(run.place, settings=Settings(language="en")), receipt, ANSWERS)

    assert file.read_bytes() == bytes_
    assert faults(file) == ""
    text = read(bytes_)
    assert TEXT in text
    assert receipt.sha256 in text
    assert f"kommentarer och annat {first['taken']['items']}" in text
    assert f"{order.id}.certificate.pdf" in closing.letter(first, "there")
    file.write_bytes(b"made by an earlier version")
    closing.certificate(order, run.place, receipt, ANSWERS)
    assert file.read_bytes() == b"made by an earlier version"


def test_the_reading_room_hands_it_out_once_it_is_there(tmp_path: Path) -> None:
    place = rooms.filled(tmp_path)
    room, closed = rooms.room(place, fresh=0.0), "2024-exempelvik-stangt.closure"
    name = f"{closed}.certificate.pdf"
    found = room.receipt(closed)
    assert found

    def shown() -> list[str]:
        one = room.account("exempelvik-stangt")
        assert one
        return [name for kept in one[1] for name in kept.evidence if ".certificate." in name]

    assert shown() == []
    with pytest.raises(opened.NoSuch):
        opened.paper(found[0], name, place)
    place.shelf.keep(name, b"%PDF-1.4")
    assert shown() == [name]
    assert b"".join(opened.paper(found[0], name, place)[1]) == b"%PDF-1.4"
    with pytest.raises(opened.NoSuch):
        opened.paper(found[0], "2023-exempelvik-stangt.certificate.pdf", place)
