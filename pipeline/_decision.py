"""The decision on a disclosure: a TOML file with Swedish words, read and checked before anything is written.

    beslut = "EX 14/27"                     # diarienummer
    beslutat_av = "Arkivfunktionen"         # en funktion, ingen person
    datum = 2027-02-01
    grund = "21 kap. 1 § offentlighets- och sekretesslagen (2009:400)"
    poster = ["0001", "0002"]               # bara dessa lämnas ut; utelämnas raden: alla

    [[maskera]]
    post = "0002"                           # postens id
    vad = ["författare", "adress", "bild"]  # se WORDS nedan; även "bild 2", "allt", eller fältets namn i items.jsonl
    grund = "21 kap. 3 a § OSL"             # om den är en annan

    [[maskera]]
    namn = "Anna Exempelsson"               # varje fält där namnet står, i vilken post som helst
"""

import html
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from model import tables

WORDS: Final = {
    "författare": "author", "forfattare": "author", "text": "text", "rubrik": "title", "adress": "url", "id": "id",
    "profilrader": "fields", "omröstning": "poll", "omrostning": "poll",
}  # fmt: skip
_FILE: Final = re.compile(r"(?:bild|film|fil)(?: ([1-9][0-9]{0,3}))?")
_SHOWN: Final = frozenset({"path", "size", "sha256", "sha512", "type", "role"})  # of a picture that is left out
_TAG: Final = re.compile(r"<[^<>]*>")
_KNOWN: Final = {"beslut", "beslutat_av", "datum", "grund", "poster", "maskera"}
_ROW: Final = {"post", "vad", "namn", "grund"}
_SHORTEST: Final = 3  # a name of two letters stands in every other word


@dataclass(frozen=True, slots=True)
class Row:
    """One thing to mask: fields of an item, or every field that holds a name."""

    place: str  # of the row in the file, for faults
    post: str
    what: tuple[str, ...]
    name: str
    ground: str


@dataclass(slots=True)
class Masks:
    """What is masked of one item: the ground for each field, and the files that are left out."""

    grounds: dict[str, str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided, by whom, when and on which ground."""

    number: str
    by: str
    day: str
    ground: str
    chosen: frozenset[str] | None  # the items that are shown; None: all
    rows: tuple[Row, ...]

    def named(self) -> list[str]:
        return [row.name for row in self.rows if row.name]

    def posts(self) -> set[str]:
        """Every item that it speaks of."""
        return {row.post for row in self.rows if row.post} | (self.chosen or set())

    def places_of(self, name: str) -> list[str]:
        """Where a name stands in what goes along of the decision itself."""
        said = {"beslut": self.number, "beslutat_av": self.by, "grund": self.ground}
        said |= {f"{row.place} grund": row.ground for row in self.rows}
        return [key for key, value in said.items() if holds(value, name)]

    def masks(self, id: str, fields: Mapping[str, Any], faults: list[str]) -> Masks:
        """What is masked of an item with these fields; what cannot be masked becomes a fault."""
        found = Masks()
        for row in self.rows:
            if row.name:
                found.grounds |= {path: row.ground for path, value in fields.items() if holds(value, row.name)}
            elif row.post == id:
                for what in row.what:
                    _mask(found, row, what, fields, faults)
        return found


def holds(value: Any, name: str) -> bool:
    """Whether a name stands in a value, however the platform wrote it: with tags, with entities, in an address."""
    text, due = json.dumps(value, ensure_ascii=False), " ".join(name.casefold().split())
    ways = (text, html.unescape(_TAG.sub("", text)), html.unescape(_TAG.sub(" ", text)), unquote(text))
    return any(due in " ".join(way.casefold().split()) for way in ways)


def read(path: Path) -> tuple[Decision, list[str]]:
    """The decision of a file and its faults so far. BadInput where the file cannot be read at all."""
    given = tables.read(path, "beslutet")
    faults = [f"{key}: det finns ingen sådan uppgift i ett beslut" for key in given if key not in _KNOWN]
    facts = {key: _text(given, key, faults) for key in ("beslut", "beslutat_av", "grund")}
    day = given.get("datum")
    if not isinstance(day, date):
        faults.append("datum: ska vara dagen för beslutet, till exempel 2027-02-01 utan citattecken")
    decision = Decision(
        number=facts["beslut"], by=facts["beslutat_av"], ground=facts["grund"], day=str(day)[:10],
        chosen=_chosen(given, faults), rows=tuple(_rows(given, facts["grund"], faults)),
    )  # fmt: skip
    for name in decision.named():
        faults += [f"{key}: ett namn som maskeras står här" for key in decision.places_of(name)]
    return decision, faults


def _text(given: Mapping[str, Any], key: str, faults: list[str]) -> str:
    value = given.get(key)
    if isinstance(value, str) and value.strip() and value.isprintable():
        return value.strip()
    faults.append(f"{key}: saknas, eller är inte en rad text")
    return ""


def _chosen(given: Mapping[str, Any], faults: list[str]) -> frozenset[str] | None:
    if "poster" not in given:
        return None
    value = given["poster"]
    if not isinstance(value, list) or not value or not all(isinstance(each, str) and each for each in value):
        faults.append("poster: ska vara en lista med posters id")
        return frozenset()
    return frozenset(value)


def _rows(given: Mapping[str, Any], ground: str, faults: list[str]) -> Iterable[Row]:
    value = given.get("maskera", [])
    if not isinstance(value, list):
        faults.append("maskera: skriv varje maskering under en egen rad [[maskera]]")
        return
    for number, row in enumerate(value, 1):
        place = f"maskera {number}"
        if not isinstance(row, dict):
            faults.append(f"{place}: skriv varje maskering under en egen rad [[maskera]]")
            continue
        faults += [f"{place}: det finns ingen uppgift {key}" for key in row if key not in _ROW]
        own = _text(row, "grund", faults) if "grund" in row else ground
        name, post, what = row.get("namn", ""), row.get("post", ""), row.get("vad", [])
        if not all(isinstance(each, str) for each in (name, post)) or bool(name) == bool(post):
            faults.append(f"{place}: ska ha antingen post och vad, eller namn")
        elif name and len(name.strip()) < _SHORTEST:
            faults.append(f"{place}: namnet är för kort; det skulle maskera nästan allt")
        elif post and not (isinstance(what, list) and what and all(isinstance(each, str) for each in what)):
            faults.append(f'{place}: vad ska vara en lista, till exempel ["författare", "bild"]')
        else:
            yield Row(place, post, tuple(what) if post else (), name, own)


def _mask(found: Masks, row: Row, what: str, fields: Mapping[str, Any], faults: list[str]) -> None:
    """One thing of one item."""
    word, paths = what.strip().lower(), list[str]()
    if word == "allt":
        paths = list(fields)
        found.files |= {str(value) for path, value in fields.items() if re.fullmatch(r"media/\d+/path", path)}
    elif said := _FILE.fullmatch(word):
        at = f"{int(said[1]) - 1}" if said[1] else r"\d+"
        of_file = [path for path in fields if re.match(rf"media/{at}/", path)]
        paths = [path for path in of_file if path.rpartition("/")[2] not in _SHOWN]
        found.files |= {str(fields[path]) for path in of_file if path.endswith("/path")}
    else:
        name = WORDS.get(word, what.strip())
        paths = [path for path in fields if path == name or path.startswith(f"{name}/")]
    if not paths:
        faults.append(f"{row.place}: posten {row.post} har inget som heter {what}")
    found.grounds |= dict.fromkeys(paths, row.ground)
