"""Who is told what a look found: a report for all to read, and letters until it is mended.

A letter goes at once, again after two days, and then every five. Whom was told when is in `work/readiness/told.json`;
what has been mended is forgotten there, and what has become worse is told at once.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, get_args

from model import capture as captures
from model.settings import Settings
from pipeline.line import Place
from pipeline.readiness import HOUSE, SEVERITIES, Finding, Report, Whose
from pipeline.say import Lang
from pipeline.swedish import swedish

SECOND: Final = timedelta(days=2)
FURTHER: Final = timedelta(days=5)
Told = dict[str, dict[str, Any]]  # `editor:<account>` → {days: told on, severity: how grave it was then}

_TEXTS: Final[dict[str, dict[Lang, str]]] = {
    "fine": {"sv": "klart", "en": "ready"},
    "renew": {"sv": "ÅTGÄRDA", "en": "TO DO"},
    "fails": {"sv": "FEL NU", "en": "FAILS NOW"},
    "house": {"sv": "Arkivlager och utrymme", "en": "Store and room"},
    "heading": {
        "sv": "Generalrepetition {day}: {ready} av {all} konton är klara för december.",
        "en": "Readiness {day}: {ready} of {all} accounts are ready for December.",
    },
    "by": {"sv": "senast {by}", "en": "by {by}"},
    "now": {"sv": "så snart som möjligt", "en": "as soon as possible"},
    "subject": {"sv": "{account}: något måste göras {by}", "en": "{account}: something must be done {by}"},
    "editor": {
        "sv": "Till {who}\n\nKontot {account} arkiveras i december. Som det är nu kommer det inte att fungera. Gör så "
        "här, {by}:\n\n{rows}\n\nNär det är gjort behöver du inte höra av dig: vi tittar igen av oss själva, och då "
        "slutar påminnelserna. En ny nyckel lämnas till driften, som lägger in den; skicka den aldrig i ett mejl. Vet "
        "du inte hur man gör, fråga kommunikatören.",
        "en": "To {who}\n\nThe account {account} is archived in December. As things stand that will not work. Do "
        "this, {by}:\n\n{rows}\n\nWhen it is done you need not tell us: we look again by ourselves, and the "
        "reminders end. A new key is given to operations, who put it in its place; never send it by mail. If you do "
        "not know how, ask the communicator.",
    },
    "operations": {"sv": "Generalrepetition: att göra för driften", "en": "Readiness: for operations to do"},
    "communicator": {
        "sv": "Generalrepetition: {count} konton är inte klara för december",
        "en": "Readiness: {count} accounts are not ready for December",
    },
    "list": {
        "sv": "De här kontona fungerar inte i december som det är nu. Den som ansvarar för kontot har fått ett brev.",
        "en": "These accounts will not work in December as things stand. Whoever answers for each has had a letter.",
    },
    "drift": {"sv": "stämmer inte", "en": "not as it should be"},
    "drifts": {
        "sv": "Generalrepetition: {count} konton stämmer inte med registret",
        "en": "Readiness: {count} accounts are not as the register has them",
    },
    "drifted": {
        "sv": "De här kontona ser inte ut som registret säger, eller saknar det som varje konto ska visa. Det hindrar "
        "inte arkiveringen i december. Rätta kontot eller registret.",
        "en": "These accounts do not look as the register says, or lack what every account must show. It does not "
        "hinder December. Correct the account or the register.",
    },
    "registers": {
        "sv": "Generalrepetition: något i registret behöver rättas",
        "en": "Readiness: something in the register is to be mended",
    },
    "register": {"sv": "I registret behöver detta rättas:", "en": "This is to be mended in the register:"},
    "who": {"sv": "kontots redaktör", "en": "the account's editor"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is to be sent, to which function, and whose reminders it is (keys of Told)."""

    to_function: str  # communicator, operations; of an account's editor what the register says under ansvarig
    subject: str
    text: str
    about: tuple[str, ...] = ()
    account: str = ""  # of an editor's


def report(reports: Sequence[Report], lang: Lang = "sv") -> str:
    """All of it, for people: a line for each account, what must be done, and by when."""
    accounts = [one for one in reports if one.account != HOUSE]
    ready = sum(one.severity == "fine" for one in accounts)
    day = max((one.day for one in reports), default="")
    rows = [_TEXTS["heading"][lang].format(day=day, ready=ready, all=len(accounts)), ""]
    for one in sorted(reports, key=lambda one: (one.account == HOUSE, -SEVERITIES.index(one.severity), one.account)):
        name = one.account or _TEXTS["house"][lang]
        rows.append(f"{_TEXTS[one.severity][lang]:9} {name}")
        rows += (f"          {_said(one, finding.says, lang)}" for finding in one.findings)
        rows += (f"          {_TEXTS['drift'][lang]}: {_said(one, says, lang)}" for says in one.drift)
    return "\n".join(rows)


def letters(reports: Sequence[Report], today: date, last_told: Mapping[str, Any], lang: Lang = "sv") -> list[Letter]:
    """The letters that are due today. Empty where nothing is to be done, or everybody has just been told."""
    made = [
        _to_editor(one, lang) for one in reports if one.account != HOUSE and _is_due(one, "editor", today, last_told)
    ]
    late = [one for one in reports if _is_due(one, "operations", today, last_told)]
    if late:
        every = [one for one in reports if one.of("operations")]
        text = "\n\n".join(_part(one, one.of("operations"), lang) for one in every)
        about = tuple(f"operations:{one.account}" for one in every)
        made.append(Letter(to_function="operations", subject=_TEXTS["operations"][lang], text=text, about=about))
    listed = [one for one in reports if one.severity != "fine" and one.account != HOUSE]
    if made and listed:
        text = "\n\n".join(
            [_TEXTS["list"][lang], *(_part(one, one.of(*get_args(Whose)), lang) for one in listed)]
        )
        subject = _TEXTS["communicator"][lang].format(count=len(listed))
        made.append(Letter(to_function="communicator", subject=subject, text=text))
    return made


def drifted(reports: Sequence[Report], of_register: Sequence[str] = (), lang: Lang = "sv") -> list[Letter]:
    """The letter to the strategist about accounts that are not as the register has them; none where all are.

    `of_register`: what is to be said of the register itself, in that language (registering.of_accounts).
    """
    if not (found := [one for one in reports if one.drift]) and not of_register:
        return []
    rows = ["\n".join([f"{one.account}:", *(f"- {_said(one, says, lang)}" for says in one.drift)]) for one in found]
    parts = [_TEXTS["drifted"][lang], *rows] if found else []
    if of_register:
        parts += [_TEXTS["register"][lang], "\n".join(f"- {says}" for says in of_register)]
    subject = _TEXTS["drifts" if found else "registers"][lang].format(count=len(found))
    return [Letter(to_function="strategist", subject=subject, text="\n\n".join(parts))]


def waiting(last_told: Mapping[str, Any], today: date) -> set[str]:
    """All accounts that were not mended at their last look, if anybody is to be reminded today. HOUSE may be one."""
    due = any(days_due(row, today) for row in last_told.values())
    return {key.partition(":")[2] for key in last_told} if due else set()


def tell(
    reports: Sequence[Report], place: Place, today: date, send: Callable[[Letter], bool], lang: Lang = "sv"
) -> list[Letter]:
    """Send what is due, and remember what has gone; what could not be sent is due again the next time."""
    with captures.guarded(_folder(place)):
        last = remembered(place)
        due = letters(reports, today, last, lang)
        gone = {key for letter in due if send(letter) for key in letter.about}
        captures.write(_folder(place) / "told.json", json.dumps(_after(last, reports, gone, today), indent=1).encode())
    return due


def remembered(place: Place) -> Told:
    """Whom was told what when. What cannot be read is begun anew: then somebody is told once more."""
    with suppress(OSError, ValueError, TypeError, AttributeError, LookupError):
        found = json.loads((_folder(place) / "told.json").read_bytes())
        return {key: row for key, row in found.items() if row["severity"] in SEVERITIES and _day(row["days"][-1])}
    return {}


def boxes(letter: Letter, settings: Settings) -> list[str]:
    """The mailboxes of a letter: the account's own or its responsible function's, else the communicator's."""
    known = {name.casefold(): boxes for name, boxes in settings.editors.items()} if letter.account else {}
    own = known.get(letter.account.casefold()) or known.get(letter.to_function.casefold())
    to = own or settings.recipients.get(letter.to_function) or settings.recipients.get("communicator", ())
    return list(to)


def _folder(place: Place) -> Path:
    return place.work / "readiness"


def _to_editor(one: Report, lang: Lang) -> Letter:
    found = one.of("editor")
    by = _by(found, lang)
    who = one.responsible or _TEXTS["who"][lang]
    rows = "\n".join(f"- {_said(one, finding.says, lang)}" for finding in found)
    return Letter(
        to_function=one.responsible or "communicator",
        subject=_TEXTS["subject"][lang].format(account=one.account, by=by),
        text=_TEXTS["editor"][lang].format(who=who, account=one.account, by=by, rows=rows),
        about=(f"editor:{one.account}",),
        account=one.account,
    )


def _part(one: Report, found: Iterable[Finding], lang: Lang) -> str:
    name = f"{one.account} ({one.responsible})" if one.responsible else one.account or _TEXTS["house"][lang]
    return "\n".join([f"{name}:", *(f"- {_said(one, finding.says, lang)}" for finding in found)])


def _by(found: Sequence[Finding], lang: Lang) -> str:
    """By when: what fails already is for now."""
    if any(one.severity == "fails" or not one.by for one in found):
        return _TEXTS["now"][lang]
    return _TEXTS["by"][lang].format(by=min(one.by for one in found))


def _said(one: Report, says: str, lang: Lang) -> str:
    """A sentence in one line under the account's name, without what is said to whoever runs a command."""
    text = " ".join(says.split())
    text = swedish(text) if lang == "sv" else text
    return re.sub(r"( och kör igen|,? and runs? again)(?=[.,])", "", text.removeprefix(f"{one.account}: "))


def _is_due(one: Report, whose: Whose, today: date, last_told: Mapping[str, Any]) -> bool:
    if not (found := one.of(whose)):
        return False
    row = last_told.get(f"{whose}:{one.account}")
    return (
        row is None or SEVERITIES.index(found[0].severity) > SEVERITIES.index(row["severity"]) or days_due(row, today)
    )


def days_due(row: Mapping[str, Any], today: date) -> bool:
    """Whether somebody who was told on the row's days is to be told again."""
    days = row["days"]
    return today >= _day(days[-1]) + (SECOND if len(days) == 1 else FURTHER)


_day = date.fromisoformat


def _after(last: Told, reports: Sequence[Report], gone: set[str], today: date) -> Told:
    """What is remembered after these reports: mended accounts no longer, told ones with today's date."""
    made = dict(last)
    for one in reports:
        whom: tuple[Whose, ...] = ("editor", "operations")
        for whose in whom:
            key, found = f"{whose}:{one.account}", one.of(whose)
            if not found and one.looked:
                made.pop(key, None)
            elif key in gone:
                days = [*made.get(key, {"days": []})["days"], today.isoformat()]
                made[key] = {"days": days[-20:], "severity": found[0].severity}
    return made
