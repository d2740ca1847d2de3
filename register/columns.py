"""The words a register may use: its headings, levels, statuses and options, in Swedish and English."""

import re
import unicodedata
from typing import Final

from model.nouns import Level, Status

MANDATORY: Final = ("id", "platform", "address")

# Field of Account -> its headings, the Swedish one that we recommend first.
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "id": ("id", "konto-id", "account-id"),
    "platform": ("plattform", "platform"),
    "address": ("adress", "address"),
    "display_name": ("visningsnamn", "display-name"),
    "unit": ("enhet", "unit"),
    "responsible": ("ansvarig", "responsible"),
    "editors": ("redaktörer", "editors"),
    "purpose": ("syfte", "purpose"),
    "aim": ("mål", "aim"),
    "target_group": ("målgrupp", "target-group"),
    "case": ("diarienummer", "case"),
    "case_date": ("formulärdatum", "case-date"),
    "level": ("nivå", "level"),
    "secrecy": ("sekretess", "secrecy"),
    "disposal": ("gallringsbeslut", "disposal"),
    "status": ("status",),
    "status_date": ("statusdatum", "status-date"),
    "status_decision": ("statusbeslut", "status-decision"),
    "key": ("nyckel", "key"),
    "folder": ("mapp", "folder"),
    "picture": ("profilbild", "picture"),
    "options": ("tillval", "options"),
    "instaloader": ("instaloader",),
}
FIELDS: Final = {heading: field for field, headings in COLUMNS.items() for heading in headings}
# What is archived does not depend on these: a slip in one of them stops no December.
DESCRIBING: Final = frozenset({
    "display_name", "editors", "aim", "target_group", "case_date", "disposal", "status_date", "status_decision",
    "picture",
})  # fmt: skip
DATES: Final = ("case_date", "status_date")
# Platforms that authorities have accounts on and no connector reads: such an account stands in the register all the
# same, and is told as one that is not archived. Another word is a slip. Who writes a connector takes its name out.
UNREAD: Final = frozenset({"youtube", "linkedin", "x", "tiktok", "threads", "snapchat"})

LEVELS: Final[dict[str, Level]] = {
    "": "full",  # who has not decided takes everything
    "full": "full",
    "hela": "full",
    "fullständig": "full",
    "fullständigt": "full",
    "unique": "unique",
    "unikt": "unique",
    "unikt-innehåll": "unique",
    "unique-content": "unique",
    "overview": "overview",
    "översiktsbild": "overview",
}
STATUSES: Final[dict[str, Status]] = {
    "": "active",
    "applied": "applied",
    "ansökt": "applied",
    "active": "active",
    "aktivt": "active",
    "aktiv": "active",
    "closing": "closing",
    "avslutas": "closing",
    "archived": "archived",
    "arkiverat": "archived",
    "arkiverad": "archived",
    "closed": "closed",
    "avslutat": "closed",
    "avslutad": "closed",
}
OPTIONS: Final = {"statistik": "insights", "insights": "insights"}
# What we write into a cell, in Swedish and in English.
WRITTEN: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "level": {
        "full": ("hela", "full"), "unique": ("unikt innehåll", "unique"), "overview": ("översiktsbild", "overview"),
    },
    "status": {
        "applied": ("ansökt", "applied"), "active": ("aktivt", "active"), "closing": ("avslutas", "closing"),
        "archived": ("arkiverat", "archived"), "closed": ("avslutat", "closed"),
    },
    "options": {"insights": ("statistik", "insights")},
}  # fmt: skip

_MEANT: Final[dict[str, dict[str, str]]] = {"level": {**LEVELS}, "status": {**STATUSES}, "options": OPTIONS}


def heading(field: str, english: bool = False) -> str:
    """The heading that we write for a field."""
    headings = COLUMNS[field]
    return headings[1] if english and len(headings) == 2 else headings[0]


def written(field: str, value: str, english: bool = False) -> str:
    """A value as a cell has it: `active` and `Aktiv` are `aktivt`. A word that is none is left as it is."""
    if field not in WRITTEN or not value:
        return value
    meant = [_MEANT[field].get(one, one) for one in (words(value) if field == "options" else [word(value)])]
    return ", ".join(WRITTEN[field][one][english] if one in WRITTEN[field] else one for one in meant)


def clean(cell: str) -> str:
    """The cell without what nobody sees: outer blanks, zero-width marks, å written as a and a ring."""
    return unicodedata.normalize("NFC", re.sub("[\u200b\ufeff]", "", cell)).strip()


def word(cell: str) -> str:
    """The cell as a key to the tables above: "  Konto ID" is "konto-id"."""
    return re.sub(r"[\s_-]+", "-", clean(cell).casefold())


def words(cell: str) -> list[str]:
    """What stands between the commas of a cell, each as above."""
    return [found for part in cell.split(",") if (found := word(part))]
