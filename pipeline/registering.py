"""`arsring register …`: the register is checked, added to and changed, its history read, and the list written.

What the commands say is in register/texts.py, or here where it is not about a row.
"""

import argparse
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from model.capture import write
from model.errors import ArsringError, BadInput
from model.nouns import Account, Receipt
from model.times import when
from pipeline import line
from pipeline.say import Lang, Voice
from register import account_list, history, keeping, lifecycle, table
from register.account_list import AccountList
from register.columns import COLUMNS, MANDATORY, STATUSES, heading, word
from register.history import Entry
from register.keeping import Asked, Standing
from register.lifecycle import Archive, Kept
from register.texts import Remark, say
from stores import _receipts

TYPES: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8", "pdf": "application/pdf",
}  # fmt: skip
FORMS: Final = tuple(TYPES)  # of the list
_HERE: Final = ZoneInfo("Europe/Stockholm")
PlaceOf = Callable[[argparse.Namespace], line.Place]
_SAYS: Final = {
    "good": (
        "{name}: inga fel, {count} konton, påpekanden: {notes}.",
        "{name}: no faults, {count} accounts, notes: {notes}.",
    ),
    "bad": (
        "{name}: måste rättas (se ovan): {bad}. {count} konton, påpekanden: {notes}.",
        "{name}: to be mended (see above): {bad}. {count} accounts, notes: {notes}.",
    ),
    "no-archive": (
        "Arkivet är inte angivet (--settings eller --archive) eller finns inte än, så registret är inte jämfört med "
        "vad som är arkiverat.",
        "The archive is not named (--settings or --archive) or not there yet, so the register is not held against what "
        "is archived.",
    ),
    "done": ("{name}: {what} ({id}). Raden står i historiken.", "{name}: {what} ({id}). The line is in the history."),
    "same": ("{name}: inget att ändra.", "{name}: nothing to change."),
    "no-history": ("{name}: ingen historik än.", "{name}: no history yet."),
    "no-entry": ("{id}: inget i historiken.", "{id}: nothing in the history."),
    "listed": ("{path}: {count} konton.", "{path}: {count} accounts."),
    "no-form": (
        "{path}: listan skrivs som .xlsx, .csv eller .pdf.", "{path}: the list is written as .xlsx, .csv or .pdf.",
    ),
    "no-register": (
        "Vilket register? Ange filen med --register, eller i ARSRING_REGISTER.",
        "Which register? Name the file with --register, or in ARSRING_REGISTER.",
    ),
    "no-account": (
        "Vilket konto? Skriv dess id och det som ska ändras, eller --accept för det som är ändrat för hand.",
        "Which account? Write its id and what is to be changed, or --accept for what was changed by hand.",
    ),
    "not-both": (
        "Antingen ändras ett konto, eller så tas det in som är ändrat för hand: inte båda på en gång.",
        "Either an account is changed, or what was changed by hand is taken in: not both at once.",
    ),
}  # fmt: skip
_WHAT: Final = {
    "begin": ("historiken börjar", "the history begins"), "add": ("tillagt", "added"), "change": ("ändrat", "changed"),
    "accept": ("ändrat för hand, intaget", "changed by hand, taken in"),
}  # fmt: skip


def commands(parser: argparse.ArgumentParser, place_of: PlaceOf) -> None:
    """Add the commands under `arsring register`."""
    added = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, act: Callable[[argparse.Namespace, Voice], int], says: str) -> argparse.ArgumentParser:
        one = added.add_parser(name, help=says, description=says)
        one.set_defaults(act=_guarded(act), place_of=place_of)
        there, archive = os.environ.get("ARSRING_REGISTER"), os.environ.get("ARSRING_ARCHIVE", "archive")
        one.add_argument(
            "--register", type=Path, default=Path(there) if there else None, metavar="FILE", help="or ARSRING_REGISTER"
        )
        one.add_argument("--settings", type=Path, metavar="FILE", help="the authority's settings (or ARSRING_SETTINGS)")
        one.add_argument("--archive", type=Path, default=Path(archive), metavar="DIR", help="where it is a folder")
        return one

    command("check", check, "find every fault, what is missing, and what was changed by hand")
    add = command("add", _add, "add an account, from the fields of its start form")
    _fields(add, MANDATORY)
    _who(add)
    change = command("change", _change, "change an account, or take in what was changed by hand")
    change.add_argument("id", nargs="*", metavar="ID")
    change.add_argument("--accept", action="store_true", help="take in what was changed by hand (of all, or of ID …)")
    _fields(change, ())
    _who(change)
    told = command("history", _history, "show who changed what, when and why")
    told.add_argument("id", nargs="?", default="", metavar="ID")
    told.add_argument("--json", action="store_true")
    upwards = command("list", _list, "write the list that is reported upwards")
    upwards.add_argument("--into", type=Path, required=True, metavar="FILE", help="a .xlsx, .csv or .pdf")


def _fields(command: argparse.ArgumentParser, due: Iterable[str]) -> None:
    for field in COLUMNS if due else (field for field in COLUMNS if field != "id"):
        names = [f"--{field.replace('_', '-')}", *(["--decision"] if field == "status_decision" else [])]
        command.add_argument(
            *names, dest=f"field_{field}", required=field in due, metavar="TEXT", help=heading(field)
        )


def _who(command: argparse.ArgumentParser) -> None:
    command.add_argument("--by", default="", metavar="FUNCTION", help="who changes it: a function, not a person")
    command.add_argument("--why", default="", metavar="TEXT")


def check(options: argparse.Namespace, voice: Voice) -> int:
    """Every fault of the file (2), what must not be so (3), and what there is to mention (0)."""
    path, found = _path(options, voice), archive(options)
    status = _checked(path, found, voice)
    if found is None:
        voice.complain(_said("no-archive", voice.lang))
    return status


def check_file(options: argparse.Namespace, voice: Voice) -> int:
    """`arsring check-register FILE`: the same, without an archive."""
    return _checked(options.register, None, voice)


def _checked(path: Path, found: Archive | None, voice: Voice) -> int:
    notes: list[str] = []
    now = keeping.look(path, line.names("connectors"), voice.lang, notes.append)
    remarks = [*lifecycle.findings(_accounts(now), found), *_of_history(now, voice.lang)]
    notes += [f"{path.name}: {say(one, voice.lang)}" for one in remarks if one.code not in BAD]
    bad = [f"{path.name}: {say(one, voice.lang)}" for one in remarks if one.code in BAD]
    for text in (*notes, *bad):
        voice.complain(text)
    says = {"name": path.name, "count": len(now.records), "notes": len(notes), "bad": len(bad)}
    voice.tell(_said("bad" if bad else "good", voice.lang, **says))
    return 3 if bad else 0


BAD: Final = lifecycle.GRAVE | {"history-unreadable", "history-broken"}


def _of_history(now: Standing, lang: Lang) -> Iterator[Remark]:
    yield from now.history.faults
    yield from (one.remark(lang) for one in now.drift())
    if not now.history.entries and not now.history.faults:
        yield Remark(code="no-history")


def archive(options: argparse.Namespace) -> Archive | None:
    """What the archive has, by account; None where nobody has said where it is."""
    place: line.Place = options.place_of(options)
    if place.settings.store == "folder" and not place.archive.is_dir():
        return None
    return kept(place.shelf.receipts())


def of_accounts(path: Path, place: line.Place, lang: Lang) -> list[str]:
    """What `check` says of accounts: those without a start form, closed unarchived, changed past the history."""
    now = keeping.look(path, None, lang)
    found: Archive | None = None
    with suppress(ArsringError):  # what ails the store is told by who looks at that
        found = kept(place.shelf.receipts())
    remarks = [*lifecycle.findings(_accounts(now), found), *_of_history(now, lang)]
    return [say(one, lang) for one in remarks if one.code != "no-history"]


def kept(receipts: Iterable[Receipt]) -> dict[str, Kept]:
    """What these receipts say of each account: its last year, and the last closure."""
    found: dict[str, Kept] = {}
    for one in receipts:
        year, kind, _ = _receipts.rank(one.order, one.account) or ("", ".rehearsal", 0)
        if kind != ".rehearsal" and year[:4].isdigit():
            before = found.get(one.account, Kept())
            closure = max(before.closure, one.order) if kind == ".closure" else before.closure
            found[one.account] = Kept(max(before.last, int(year[:4])), closure)
    return found


def _add(options: argparse.Namespace, voice: Voice) -> int:
    path, given = _path(options, voice), _given(options)
    why = options.why or (f"Startformulär {given['case']}" if given.get("case") else "")
    made = keeping.add(path, given, _asked(options, why, given, voice))
    return _told(path, made, voice)


def _change(options: argparse.Namespace, voice: Voice) -> int:
    path, given = _path(options, voice), _given(options)
    if options.accept:
        if given:
            raise BadInput(_said("not-both", voice.lang))
        return _told(path, keeping.accept(path, options.id, _asked(options, options.why, None, voice)), voice)
    if len(options.id) != 1 or not given:
        raise BadInput(_said("no-account", voice.lang))
    made = keeping.change(path, options.id[0], given, _asked(options, options.why, given, voice))
    return _told(path, made, voice)


def _told(path: Path, made: list[Entry], voice: Voice) -> int:
    """What was done, and what these accounts lack now."""
    for one in (entry for entry in made if entry.what != "begin" or made[-1].what == "begin"):
        voice.tell(_said("done", voice.lang, name=path.name, what=_WHAT[one.what][voice.lang == "en"], id=one.account))
        if one.after:
            account = table.account(dict(one.after), path.parent)
            if one.what == "add" and account.status == "applied":
                account = replace(account, status="active")  # what it will need
            for remark in lifecycle.findings([account], None):
                voice.complain(say(remark, voice.lang))
    if not made:
        voice.tell(_said("same", voice.lang, name=path.name))
    return 0


def _history(options: argparse.Namespace, voice: Voice) -> int:
    path = _path(options, voice)
    found = history.read(path)
    chosen = found.of(options.id) if options.id else found.entries
    if options.json:
        voice.tell(json.dumps([asdict(one) for one in chosen], ensure_ascii=False, indent=1))
    else:
        for one in chosen:
            for text in lines(one, voice.lang):
                voice.tell(text)
        if not chosen:
            voice.tell(_said("no-entry" if options.id else "no-history", voice.lang, name=path.name, id=options.id))
    for fault in found.faults:
        voice.complain(say(fault, voice.lang))
    return 3 if found.faults else 0


def lines(one: Entry, lang: Lang) -> Iterator[str]:
    """A change for people: when, which account, what, who and why; then each field that became another."""
    yield f"{moment(one.at)}  {one.account}  {_WHAT[one.what][lang == 'en']}  {one.by}: {one.why}"
    if one.what != "begin":
        for field, before, after in changes(one, lang):
            yield f"    {field}: {before or '–'} → {after or '–'}"


def changes(one: Entry, lang: Lang) -> Iterator[tuple[str, str, str]]:
    """The heading of each field that became another, what stood there and what stands there now."""
    before, after = one.before or {}, one.after or {}
    for field in history.changed(before, after):
        old, new = (account_list.said(field, row.get(field, ""), lang) for row in (before, after))
        yield heading(field, lang == "en"), old, new


def moment(at: str) -> str:
    """A stamp of ours in Swedish time, to the minute."""
    found = when(at)
    return f"{found.astimezone(_HERE):%Y-%m-%d %H:%M}" if found else at


def what(one: Entry, lang: Lang) -> str:
    return _WHAT[one.what][lang == "en"]


def _list(options: argparse.Namespace, voice: Voice) -> int:
    path, into = _path(options, voice), options.into
    if into.suffix[1:].lower() not in FORMS:
        raise BadInput(_said("no-form", voice.lang, path=into))
    accounts = _accounts(keeping.look(path, None, voice.lang))  # those that no connector knows too
    if (found := archive(options)) is None:
        voice.complain(_said("no-archive", voice.lang))
    place, today = options.place_of(options), datetime.now(_HERE).date()
    write(into, listed(accounts, found, place, today, voice.lang, into.suffix[1:].lower()))
    voice.tell(_said("listed", voice.lang, path=into, count=len(accounts)))
    return 0


def listed(
    accounts: list[Account], found: Archive | None, place: line.Place, today: date, lang: Lang, ending: str
) -> bytes:
    """The list of that day as one of FORMS."""
    made: AccountList = account_list.make(accounts, found, place.settings.creator.name, today, lang)
    if ending == "pdf":
        from reading import account_print  # where it is used: fonts take a while

        return account_print.pdf(made.title, made.about, made.summary, made.head, made.rows, made.made, made.lang)
    return account_list.as_xlsx(made) if ending == "xlsx" else account_list.as_csv(made)


def _accounts(now: Standing) -> list[Account]:
    return [table.account(one.values, now.path.parent) for one in now.records]


def _given(options: argparse.Namespace) -> dict[str, str]:
    found: dict[str, Any] = {field: getattr(options, f"field_{field}", None) for field in COLUMNS}
    return {field: value for field, value in found.items() if value is not None}


def _asked(options: argparse.Namespace, why: str, given: dict[str, str] | None, voice: Voice) -> Asked:
    """`given`: None where it may be of any account. The archive is asked only where a status ends an account."""
    now = datetime.now(UTC)
    ends = given is None or STATUSES.get(word(given.get("status", "applied"))) in lifecycle.ENDED
    return Asked(
        by=options.by, why=why, at=now, today=now.astimezone(_HERE).date().isoformat(), lang=voice.lang,
        archive=archive(options) if ends else None, platforms=line.names("connectors"),
    )  # fmt: skip


def _path(options: argparse.Namespace, voice: Voice) -> Path:
    if options.register is None:
        raise BadInput(_said("no-register", voice.lang))
    found: Path = options.register
    return found


def _guarded(act: Callable[[argparse.Namespace, Voice], int]) -> Callable[[argparse.Namespace, Voice], int]:
    """A file that cannot be read or written is told as other input that cannot be used."""

    def guarded(options: argparse.Namespace, voice: Voice) -> int:
        try:
            return act(options, voice)
        except OSError as error:
            values = {"name": error.filename or options.register, "reason": error.strerror or type(error).__name__}
            raise BadInput(say(Remark(code="unwritable", values=values), voice.lang)) from error

    return guarded


def _said(text: str, lang: Lang, **values: object) -> str:
    return _SAYS[text][lang == "en"].format(**values)
