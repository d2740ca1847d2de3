"""The word that an account may be closed, on paper: one PDF/A-1b, made of the certificate (pipeline/closing.py) alone.

The same certificate gives the same bytes. One that an earlier version made may lack something: that row is left out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final

from reading._print_evidence import marks
from reading._print_sheet import BLUE, GREY, INK, RUST, Sheet
from reading._print_words import Language, Words, clock
from reading.plaintext import plain

Told = Mapping[str, Any]
Row = tuple[str, str]  # a word of the tables, and what stands beside it
_LONGEST: Final = 4000  # characters of one text that people wrote; all of it is in the package


def pdf(made: Told, say: Callable[[str], str] = str) -> bytes:
    """The print of a certificate. `say` puts into the reader's language what is written in English about a gap."""
    language: Language = "en" if made.get("language") == "en" else "sv"
    word, account = Words(language), str(made["account"]["id"])
    foot = _safe(str(made["order"])), word("page")
    sheet = Sheet(f"{word('certificate')}: {_safe(account)}", language, _created(made), foot)
    sheet.turn()
    sheet.box(0, 0, 210, 6, BLUE)
    sheet.down = 26
    sheet.mark(word("certificate"))
    sheet.say(word("certificate"), 10, "", GREY, after=3)
    sheet.say(word("may_close"), 22, "B", INK, after=1)
    sheet.say(account, 13, "B", INK, after=1)
    sheet.say(str(made["account"].get("address") or ""), 10, "", BLUE, after=4)
    for title, rows in (
        ("decision", _decided(made)), ("announcement", _announced(made)), ("c_taken", _taken(made, word)),
        ("package", _package(made, word, say)), ("c_answers", _answered(made, word)),
    ):  # fmt: skip
        _section(sheet, word(title), [(word(name), text) for name, text in rows if text])
    _signed(sheet, made.get("sign_off") or {}, word, say)
    source = f"{made['order']}.certificate.json"
    sheet.down += 5
    sheet.say(word("c_what", source), 8.4, "", GREY)
    if sheet.marks.seen:
        _heading(sheet, word("marks"))
        marks(sheet, word, source)
    sheet.write_to(out := BytesIO())
    return out.getvalue()


def _section(sheet: Sheet, title: str, rows: Sequence[Row]) -> None:
    """A heading and its rows; nothing where there are none."""
    if not rows:
        return
    _heading(sheet, title)
    for label, text in rows:
        sheet.pair(label, text)


def _heading(sheet: Sheet, title: str) -> None:
    sheet.room(22)
    sheet.down += 4
    sheet.rule()
    sheet.down += 2
    sheet.mark(title)
    sheet.say(title, 12, "B", INK, after=1.5)


def _decided(made: Told) -> Iterator[Row]:
    one = made["decision"]
    yield "c_case", str(one["case"])
    yield "c_decided", str(one["decided"])
    yield "c_decider", str(one["decider"])
    yield "c_note", _cut(one.get("note"))
    yield "unit", str(made["account"].get("unit") or "")
    yield "start_case", str(made["account"].get("case") or "")


def _announced(made: Told) -> Iterator[Row]:
    one, found = made["decision"], made.get("announcement") or {}
    yield "announced", str(one["announced"])
    yield "address", str(found.get("address") or one["announcement"])
    yield "c_published", clock(str(found.get("published") or ""))
    yield "c_first", clock(str(found.get("first_seen") or ""))
    yield "c_last", clock(str(found.get("last_seen") or ""))
    yield "c_missed", clock(str(found.get("last_missed") or ""))
    yield "c_looks", str(found.get("looks") or "")
    text = found.get("text") or ""
    yield "c_text", _cut(plain(text) if made.get("announcement_html") else text)


def _taken(made: Told, word: Words) -> Iterator[Row]:
    taken = made.get("taken") or {}
    yield "verdict", f"{word.of('short', str(made['verdict']))}."
    if "items" in taken:
        yield "c_items", word.number(taken["items"])
    if "media" in taken:
        yield "c_media", word.number(taken["media"])
    gaps = (f"{word.why(why)}: {word.number(many)}" for why, many in (taken.get("gaps") or {}).items() if many)
    yield "gaps", ", ".join(gaps)
    began, ended = (clock(str(taken.get(name) or "")) for name in ("began", "ended"))
    yield "taken", began if began == ended else f"{began} – {ended}"


def _package(made: Told, word: Words, say: Callable[[str], str]) -> Iterator[Row]:
    yield "c_name", str(made.get("where") or made["package"])
    yield "size", word.size(made["size"])
    yield "sha", str(made["sha256"])
    yield "c_receipt", str(made.get("receipt") or "")
    yield "c_promise", say(str(made.get("promise") or ""))


def _answered(made: Told, word: Words) -> Iterator[Row]:
    """Who approved the closure, who accepted the package, and when. What nobody was asked has no row."""
    answers = made.get("answers") or {}
    for name, task in (("c_approved", "godkann"), ("c_received", "kvittera")):
        if isinstance(one := answers.get(task), Mapping) and one:
            fields = one.get("fields") or {}
            yield name, ", ".join(filter(None, (str(one.get("by") or ""), clock(str(one.get("at") or "")))))
            yield "reason", _cut(fields.get("skal"))
            yield "c_number", _cut(fields.get("kvittens"))
    if signed := made.get("sign_off"):
        below = f" ({word('c_below')})" if signed["reasons"] or signed.get("note") else ""
        yield "signed", ", ".join((str(signed["by"]), clock(str(signed["at"])))) + below


def _signed(sheet: Sheet, signed: Told, word: Words, say: Callable[[str], str]) -> None:
    """Each gap that a person accepted, with its reason."""
    note = _cut(signed.get("note"))
    if not signed.get("reasons") and not note:
        return
    _heading(sheet, word("c_accepted"))
    for one in signed["reasons"]:
        sheet.room(12)
        sheet.say(_cut(say(str(one["what"]))), 8.8, "B", RUST)
        sheet.say(word.labelled("reason", _cut(one["reason"])), 8.8, after=1.6)
    if note:
        sheet.say(note, 8.8)


def _created(made: Told) -> datetime:
    """The last thing that the certificate tells of: when the package was received, else looked for, else decided."""
    answers, found = made.get("answers") or {}, made.get("announcement") or {}
    received = answers.get("kvittera")
    told = (
        received.get("at") if isinstance(received, Mapping) else "",
        (made.get("taken") or {}).get("ended"), found.get("last_seen"), made["decision"]["decided"],
    )  # fmt: skip
    for one in filter(None, told):
        with suppress(ValueError, OverflowError):
            moment = datetime.fromisoformat(str(one))
            return moment.replace(microsecond=0, tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    return datetime(2000, 1, 1, tzinfo=UTC)


def _safe(name: str) -> str:
    """A name where no mark can stand: in the metadata, and at the foot of a page."""
    return "".join(char if char.isprintable() and char < "\u0250" else "?" for char in name[:120])


def _cut(text: object) -> str:
    said = str(text or "").strip()
    return f"{said[:_LONGEST]} …" if len(said) > _LONGEST else said
