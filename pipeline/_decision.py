"""The decision on a disclosure: a TOML file with Swedish words, read and checked before anything is written.

    beslut = "EX 14/27"                     # diarienummer
    beslutat_av = "Arkivfunktionen"         # en funktion, ingen person
    datum = 2027-02-01
    grund = "21 kap. 1 § offentlighets- och sekretesslagen (2009:400)"
    poster = ["0001", "0002"]               # bara dessa lämnas ut; utelämnas raden: alla

    [[maskera]]
    post = "0002"                           # postens id; dess tidigare versioner maskeras likadant
    vad = ["författare", "adress", "bild"]  # se WORDS nedan; även "bild 2", "allt", eller fältets namn i items.jsonl
    grund = "21 kap. 3 a § OSL"             # om den är en annan

    [[maskera]]
    namn = "Anna Exempelsson"               # varje fält där namnet står, i vilken post som helst
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from model import tables
from pipeline import _names

WORDS: Final = {
    "författare": "author", "forfattare": "author", "text": "text", "rubrik": "title", "adress": "url", "id": "id",
    "profilrader": "fields", "omröstning": "poll", "omrostning": "poll",
}  # fmt: skip
_FILE: Final = re.compile(r"(?:bild|film|fil)(?: ([1-9][0-9]{0,3}))?")
_PLACE: Final = re.compile(r" [0-9]+$")  # which picture; an earlier version may have had them in another order
_SHOWN: Final = frozenset({"path", "size", "sha256", "sha512", "type", "role"})  # of a picture that is left out
_KNOWN: Final = {"beslut", "beslutat_av", "datum", "grund", "poster", "maskera"}
_ROW: Final = {"post", "vad", "namn", "grund"}
_POINTS: Final = ("parent", "reply_to", "boost_of", "attached")  # fields that say another item's id
_SHORTEST: Final = 3  # a name of two letters stands in every other word


@dataclass(frozen=True, slots=True)
class Row:
    """One thing to mask: fields of an item, or every field that holds a name."""

    place: str  # of the row in the file, for faults
    post: str
    what: tuple[str, ...]
    name: str
    ground: str

    @property
    def hides_id(self) -> bool:
        """Whether it masks an item's id: then no other item may say it either."""
        return any(word.strip().lower() in ("id", "allt") for word in self.what)


@dataclass(slots=True)
class Masks:
    """What is masked of one item: the ground for each field, and the files that are left out.

    `earlier`: the files of an earlier version of a masked post, left out unless the post itself still shows them.
    """

    grounds: dict[str, str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    earlier: set[str] = field(default_factory=set)
    hits: set[str] = field(default_factory=set)  # the places of the rows whose names stand in it


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
        return [key for key, value in said.items() if _names.holds(value, name)]

    def masks(self, id: str, fields: Mapping[str, Any], faults: list[str]) -> Masks:
        """What is masked of an item with these fields; what cannot be masked becomes a fault.

        What is masked of a post is masked of its earlier versions too.
        """
        found, of = Masks(), str(fields.get("parent", "")) if is_version(fields) else ""
        read = {path: _names.readings(value) for path, value in fields.items()} if self.named() else {}
        for row in self.rows:
            if row.name:
                hit = [path for path, texts in read.items() if _names.stands(texts, row.name)]
                found.grounds |= dict.fromkeys(hit, row.ground)
                found.hits |= {row.place} if hit else set()
            elif row.post == id:
                for what in row.what:
                    _mask(found, row, what, fields, faults)
            elif row.post == of:
                earlier = Masks()
                for what in row.what:
                    _mask(earlier, row, _PLACE.sub("", what), fields, [])
                found.grounds |= earlier.grounds
                found.earlier |= earlier.files
            if row.hides_id and row.post != id:
                found.grounds |= dict.fromkeys((name for name in _POINTS if _says(fields, name, row.post)), row.ground)
        return found


def _says(fields: Mapping[str, Any], name: str, id: str) -> bool:
    value = fields.get(name)
    return value == id or (isinstance(value, list) and id in value)


def is_version(fields: Mapping[str, Any]) -> bool:
    """Whether an item is a post as it stood before."""
    return fields.get("kind") == "version"


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
        elif name and _names.letters(name) < _SHORTEST:
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
