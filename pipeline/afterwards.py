"""Who is told after a closure: the strategist until the account is gone and the register says so; and an alarm where an
account that was to be closed is gone without an archive.

As with readiness, a letter goes at once, again after two days, and then every five (pipeline/reminders.py). Whom was
told when is in `work/closures/told.json`.
"""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from typing import Any, Final

from model import capture as captures
from model.nouns import Account
from pipeline import closing
from pipeline.closing import Left
from pipeline.line import Place
from pipeline.reminders import Letter, days_due
from pipeline.say import Lang

Key = Callable[[str | None], str | None]
_AFTER: Final = "Du påminns tills det är gjort."
_TEXTS: Final[dict[str, dict[Lang, tuple[str, str]]]] = {  # what is left → subject and text
    "close": {
        "sv": (
            "Får stängas, och finns kvar: {id}",
            "Kontot {id} ({address}) är arkiverat och får stängas, men finns kvar hos plattformen. Stäng det, och sätt "
            f"status ”avslutat” i registret. {_AFTER}",
        ),
        "en": (
            "May be closed, and is still there: {id}",
            "The account {id} ({address}) is archived and may be closed, but is still there on its platform. Close it, "
            "and give it the status “closed” in the register. You are reminded until that is done.",
        ),
    },
    "register": {
        "sv": (
            "Är stängt: {id}",
            "Kontot {id} ({address}) är arkiverat, och plattformen säger att det är borta. Sätt status ”avslutat” i "
            f"registret. {_AFTER}",
        ),
        "en": (
            "Is closed: {id}",
            "The account {id} ({address}) is archived, and its platform says that it is gone. Give it the status "
            "“closed” in the register. You are reminded until that is done.",
        ),
    },
    "unsure": {
        "sv": (
            "Är det stängt? {id}",
            "Kontot {id} ({address}) är arkiverat och får stängas, och plattformen svarar inte på om det finns kvar. "
            f"Titta själv. Stäng det om det finns, och sätt status ”avslutat” i registret. {_AFTER}",
        ),
        "en": (
            "Is it closed? {id}",
            "The account {id} ({address}) is archived and may be closed, and its platform does not say whether it is "
            "there. Look yourself. Close it if it is, and give it the status “closed” in the register. You are "
            "reminded until that is done.",
        ),
    },
    "lost": {
        "sv": (
            "Larm: {id} är borta och inte arkiverat",
            "Kontot {id} ({address}) skulle arkiveras innan det stängs, och plattformen säger att det redan är borta. "
            "Be kontots redaktör återställa det genast (många plattformar medger det en tid), och starta sedan "
            "Avslutsarkivering. Går det inte: arkivera ägarens exportfil om den finns, och skriv i registret vad som "
            "hände. Läsesalen visar vad arkivet har av kontot.",
        ),
        "en": (
            "Alarm: {id} is gone and was not archived",
            "The account {id} ({address}) was to be archived before it is closed, and its platform says that it is "
            "gone already. Have its editor restore it at once, as many platforms allow for a time, and start the "
            "closure then. If that cannot be: archive the owner’s export if there is one, and write in the register "
            "what happened. The reading room shows what the archive has of the account.",
        ),
    },
}  # fmt: skip
TO: Final = {"lost": ("strategist", "archivist", "operations")}  # else the strategist alone


def remind(
    accounts: Sequence[Account], place: Place, key: Key, today: date, send: Callable[[Letter], bool], lang: Lang = "sv"
) -> list[Left]:
    """Look, send the letters that are due, and remember which have gone: what was found."""
    with captures.guarded(place.work / "closures"):
        told, found = remembered(place), list(closing.left(accounts, place, key))
        for one in found:
            row = told.get(one.account.id)
            if row and row["what"] == one.what and not days_due(row, today):
                continue
            gone = [send(letter) for letter in letters(one, lang)]
            if all(gone):
                days = row["days"] if row and row["what"] == one.what else []
                told[one.account.id] = {"what": one.what, "days": [*days[-19:], today.isoformat()]}
        known = {one.id for one in accounts if one.status != "closed"}
        kept = {id: row for id, row in told.items() if id in known}
        captures.write(place.work / "closures" / "told.json", json.dumps(kept, indent=1).encode())
    return found


def letters(one: Left, lang: Lang = "sv") -> list[Letter]:
    """The letters about one account, one for each function."""
    words = {"id": one.account.id, "address": one.account.address}
    subject, text = (part.format(**words) for part in _TEXTS[one.what][lang])
    return [Letter(to_function=who, subject=subject, text=text) for who in TO.get(one.what, ("strategist",))]


def remembered(place: Place) -> dict[str, dict[str, Any]]:
    """Whom was told what when. What cannot be read is begun anew: then somebody is told once more."""
    with suppress(OSError, ValueError, TypeError, AttributeError, LookupError):
        found = json.loads((place.work / "closures" / "told.json").read_bytes())
        return {id: row for id, row in found.items() if row["what"] in _TEXTS and date.fromisoformat(row["days"][-1])}
    return {}
