"""A masked copy for disclosure (utlämnande): some fields and pictures masked by decision, the rest still proven.

    items.jsonl          the account's items; a masked field is {"masked": "<hash>"}; a line that is not given out is
                         {"line": "<hash>"}
    salts.jsonl          line for line: the salt of each field that is shown
    media/               the files of what is shown
    beslut.json          the decision: number, function, date; which fields of which lines, on which ground
    utlamnande.json      the order, the root, the files that are left out
    bevis/               the package's manifest, the year's that name it, their time stamps, as far as they are there
    index.html, LASMIG.txt

Whoever has the copy can compute the root over all items and compare it with the manifest's (model/disclosing.py): what
is shown is then what was sealed. From the copy nobody can find out what is masked by trying names: the salts of masked
fields are not in it, and no plain hash of a file in which the names stand.
"""

import json
import os
import re
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from model.capture import order_from
from model.disclosing import MASKED, Read, field_hash, fields, key_of, leaf, salts
from model.errors import BadInput, NotWhole
from model.merkle import root
from model.nouns import Order
from model.personal import numbers
from pipeline import _decision, _disclosed, _names, _proving_copy, evidence, line, stamps
from pipeline._decision import Decision, Masks
from pipeline._disclosed import ABOUT, DECISION, LINE, PROOF
from pipeline.evidence import MANIFEST, RUN

_BLOCK: Final = 2**20
# Files of a package in which names may stand; the ledger, the order and the seal have none, and manifests name them.
_NAMES: Final = re.compile(r"(?:/data/|/content/|  capture/)(?!.*(?:ledger\.json|order\.json|seal\.jsonl)$)")
_WRITTEN: Final = re.compile("text|title|fields|poll/[0-9]+/text|media/[0-9]+/alt")  # by people
_ODD: Final = (ValueError, LookupError, TypeError, AttributeError, RecursionError)  # papers of another shape than ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosed:
    """A copy for disclosure that was written."""

    path: str
    sha256: str
    root: str  # over all items, hex
    shown: int  # items
    withheld: int  # items that are not given out at all
    masked: int  # fields
    warnings: tuple[str, ...]  # a sentence each, with no name in it: a person looks at these before the copy goes out


def copy(package: Path, decision: Path, target: Path, papers: Sequence[Path] | None = None) -> Disclosed:
    """Write a masked copy of a package: one ZIP.

    `papers`: the package's manifest, the year's, and their time stamps; None: those that lie beside it.

    Raises BadInput with every fault of the decision, and where the target is there already; NotWhole where the package
    is not whole, and where a manifest is another's or would give away what is masked.
    """
    _free(target)
    decided, faults = _decision.read(decision)
    work = _Copy(package, _reader(package), decided, faults)
    work.look()
    if work.faults:
        raise BadInput(
            f"{decision.name}: {len(work.faults)} fel. Rätta dem och försök igen; inget har skrivits.", work.faults
        )
    papers = beside(package, work.order) if papers is None else papers
    _telling(papers, {work.plain, *_listed(package)})
    proof = _proof(papers, package, work)
    _write(work, proof, target)
    none = () if proof else ("no manifest goes along, so nobody can tie the copy to what was sealed",)
    return Disclosed(
        path=str(target), sha256=evidence.digest(target), root=work.root.hex(), shown=work.shown,
        withheld=work.withheld, masked=work.masked, warnings=(*none, *work.warnings),
    )  # fmt: skip


def beside(package: Path, order: Order) -> list[Path]:
    """The package's manifest, the year's manifests that name it, and the time stamps of both, as they lie beside it."""
    manifest = package.with_name(f"{order.id}{MANIFEST}")
    if not manifest.is_file():
        return []
    own = evidence.digest(manifest).encode()
    runs = [path for path in package.parent.glob(f"*{RUN}") if own in path.read_bytes()]
    return [each for paper in (manifest, *runs) for each in (paper, *(path for _, path in stamps.tokens(paper)))]


def _proof(papers: Sequence[Path], package: Path, work: "_Copy") -> dict[str, bytes]:
    """What goes along as proof, by its name. NotWhole where a manifest is not of this package.

    A time stamp that is not over its manifest is left out, and told.
    """
    found = {path.name: path.read_bytes() for path in papers}
    for name in [name for name in found if name.endswith((MANIFEST, RUN))]:
        says = evidence.parse(name, found[name]).says
        if name.endswith(MANIFEST):
            _same(name, says, package, work)
        for path in papers:
            if path.name.startswith(f"{name.removesuffix('.json')}.") and path.name.endswith(".tsr"):
                try:
                    stamps.over(found[path.name], found[name])
                except NotWhole:
                    del found[path.name]
                    work.warnings.append(f"{path.name}: is no time stamp over {name}, and is left out")
    return found


def _same(name: str, says: Mapping[str, Any], package: Path, work: "_Copy") -> None:
    """NotWhole where a manifest is not of the package that is copied."""
    if says["items_root"] != work.root.hex():
        raise NotWhole(
            f"{name}: has another root than the package's items. Nothing was written. Give the manifest of this very "
            "package."
        )
    due = says["package"]
    if due["name"] == package.name and due["sha256"] != evidence.digest(package):
        raise NotWhole(
            f"{package.name}: not the package that {name} names. Nothing was written. Fetch another copy of it."
        )


def _free(target: Path) -> None:
    """BadInput where something lies at the target already: the sealed package itself, for one."""
    if os.path.lexists(target):
        raise BadInput(
            f"{target}: there is a file of that name already. Nothing was written. Name a new one with --into."
        )


def _write(work: "_Copy", proof: Mapping[str, bytes], target: Path) -> None:
    """Write the copy whole, or not at all, and over nothing. It is checked as whoever gets it will check it."""
    try:
        with TemporaryDirectory(dir=target.parent, prefix=".arsring-") as folder:
            with zipfile.ZipFile(part := Path(folder) / target.name, "w", zipfile.ZIP_STORED) as out:
                work.write(out, proof)
            found = [one for one in _proving_copy.prove(part).findings if one.kind == "fault"]
            if wrong := [one.text("en") for one in found if proof or one.what != "no_manifest"]:
                raise NotWhole(f"{target.name}: does not hold ({len(wrong)} faults). {wrong[0]} Nothing was written.")
            _place(part, target)
    except OSError as error:
        why = error.strerror or error
        raise BadInput(f"{target}: cannot be written ({why}). Name another file with --into.") from error


def _place(part: Path, target: Path) -> None:
    """Give the finished copy its name. BadInput where somebody else has taken that in the meantime."""
    try:
        os.link(part, target)
    except FileExistsError:
        _free(target)
    except OSError:  # a memory stick knows no links: take the name, and then put the copy there
        with target.open("xb"):
            part.replace(target)


def _reader(package: Path) -> Read:
    """How to read a package, whatever its format. NotWhole where it has none that we know, or is not whole."""
    if not (name := line.format_of(package)):
        raise NotWhole(f"{package}: cannot be read as a package of any format. Check it with `arsring verify`.")
    if wrong := line.faults(package, name):
        raise NotWhole(
            f"{package}: is not whole ({len(wrong)} faults). {wrong[0]} Nothing was written. Check it with `arsring "
            "verify`, and fetch another copy."
        )
    return partial(line.archive_format(name).read, package)


class _Copy:
    """A copy under way: first everything is looked through, then it is written."""

    def __init__(self, package: Path, read: Read, decision: Decision, faults: list[str]) -> None:
        """NotWhole where the package's own papers cannot be read."""
        self.package, self.read, self.decision, self.faults = package, read, decision, faults
        try:
            self.order: Order = order_from(b"".join(read("order.json")))
            self.dated = zipfile.ZipInfo("", self.order.created.timetuple()[:6]).date_time
            self.key = key_of(read)
        except _ODD as error:
            raise NotWhole(
                f"{package}: its order or its seal is not as it was written ({error!r}). Fetch another copy."
            ) from error
        self.shown = self.withheld = self.masked = 0
        self.files, self.left = set[str](), set[str]()  # named by what is shown; masked
        self.earlier, self.kept = set[str](), set[str]()  # of masked posts' versions; that a post itself shows
        self.names = dict[str, int]()  # a masked author → the first line where it is masked
        self.warnings: list[str] = []
        self.plain = ""  # the hash that must not go along
        self.hits = set[str]()  # the rows of the decision whose names stand in what is given out
        self.loose = 0  # versions shown of no post in particular: exports have such

    def look(self) -> None:
        """Count, compute the root, find faults; then what a person should look at."""
        ids, plain = self.decision.posts(), sha256()
        self.root = root(self._look(ids, plain))
        self.left |= self.earlier - self.kept
        self.plain = plain.hexdigest()
        self.faults += [f"posten {id}: finns inte i paketet" for id in sorted(ids)]
        if self.loose and any(row.post for row in self.decision.rows):
            self.warnings.append(
                f"{self.loose} earlier versions do not say whose they are: look whether a masked post is among them"
            )
        self.warnings += [
            f"{row.place}: its name stands in nothing that is given out. Is it spelt as in the posts?"
            for row in self.decision.rows
            if row.name and row.place not in self.hits
        ]
        for name in self.names:
            self.faults += [f"{key}: ett namn som maskeras står här" for key in self.decision.places_of(name)]
        for number, item, masks in self._items():
            self._warn(number, fields(item), masks)

    def _look(self, ids: set[str], plain: Any) -> Iterator[bytes]:
        """Each line's hash; `ids` are struck out as they are met."""
        for number, row, item in self._read_items():
            plain.update(row)
            found = fields(item)
            ids.discard(item["id"])
            self._count(number, found, self.decision.masks(item["id"], found, self.faults), self._chosen(item))
            yield leaf(found, salts(self.key, number))

    def _read_items(self) -> Iterator[tuple[int, bytes, dict[str, Any]]]:
        """Each line of items.jsonl: its number from 0, its bytes, the item. NotWhole where it is none."""
        for number, row in enumerate(self.read("items.jsonl")):
            try:
                item = json.loads(row)
            except (ValueError, RecursionError):
                item = None
            if not isinstance(item, dict) or not isinstance(item.get("id"), str):
                raise NotWhole(f"{self.package}: line {number + 1} of items.jsonl is no item. Fetch another copy.")
            yield number, row, item

    def write(self, out: zipfile.ZipFile, proof: Mapping[str, bytes]) -> None:
        facts = {"order": self.order.id, "number": self.decision.number, "day": self.decision.day}
        self._add(out, "items.jsonl", (line for line, _ in self._lines()))
        self._add(out, "salts.jsonl", (salt for _, salt in self._lines()))
        there = {name for name in sorted(self.files - self.left) if self._file(out, name)}
        about = {
            "order": self.order.id, "account": self.order.account.id, "year": self.order.year,
            "items_root": self.root.hex(), "left_out": sorted(self.left & self.files),
            "elsewhere": sorted(self.files - self.left - there),
        }  # fmt: skip
        page = _disclosed.page(facts, (json.loads(line) for line, _ in self._lines()), there)
        self._add(out, ABOUT, [_disclosed.readable(about)])
        self._add(out, DECISION, [_disclosed.readable(self._decided())])
        self._add(out, "index.html", page)
        self._add(out, "LASMIG.txt", [_disclosed.read_me(facts, self.root.hex(), proof)])
        for name in sorted(proof):
            self._add(out, f"{PROOF}{name}", [proof[name]])

    def _chosen(self, item: dict[str, Any]) -> bool:
        return self.decision.chosen is None or item["id"] in self.decision.chosen

    def _count(self, number: int, found: dict[str, Any], masks: Masks, chosen: bool) -> None:
        self.left |= masks.files
        self.earlier |= masks.earlier
        if not _decision.is_version(found):
            self.kept |= {str(value) for path, value in found.items() if path.endswith("/path")} - masks.files
        if not chosen:
            self.withheld += 1
            return
        self.shown, self.masked = self.shown + 1, self.masked + len(masks.grounds)
        self.hits |= masks.hits
        self.loose += _decision.is_version(found) and not found.get("parent")
        self.files |= {name for name, _ in _disclosed.files_of(found, found.keys() - masks.grounds.keys())}
        if "author" in masks.grounds:
            for name in _forms(str(found["author"])):
                self.names.setdefault(name, number)

    def _items(self) -> Iterator[tuple[int, dict[str, Any], Masks]]:
        """What is given out, with its masks; `number` from 0."""
        for number, _, item in self._read_items():
            if self._chosen(item):
                yield number, item, self.decision.masks(item["id"], fields(item), [])

    def _warn(self, number: int, found: dict[str, Any], masks: Masks) -> None:
        for path, value in found.items():
            if path in masks.grounds:
                continue
            read = _names.readings(value) if self.names else frozenset()
            for name, other in self.names.items():
                if _names.stands(read, name):
                    self.warnings.append(
                        f"line {number + 1}, {path}: shows a name that is masked in line {other + 1}"
                    )
                    break
            if _WRITTEN.fullmatch(path) and numbers(str(value)):
                self.warnings.append(f"line {number + 1}, {path}: shows what looks like a personal identity number")
            if path.endswith("/path") and value in self.left - masks.files - masks.earlier:
                self.warnings.append(f"line {number + 1}, {path}: left out too: the same picture is masked elsewhere")

    def _lines(self) -> Iterator[tuple[bytes, bytes]]:
        """Each line as it is given out, and its salts."""
        for number, _, item in self._read_items():
            found, salt = fields(item), salts(self.key, number)
            if not self._chosen(item):
                yield _disclosed.row({LINE: leaf(found, salt).hex()}), _disclosed.row({})
                continue
            grounds = self.decision.masks(item["id"], found, []).grounds
            hidden = {path: {MASKED: field_hash(path, found[path], salt(path)).hex()} for path in grounds}
            shown = {path: salt(path).hex() for path in found if path not in grounds}
            yield _disclosed.row(_with(item, hidden)), _disclosed.row(shown)

    def _decided(self) -> dict[str, Any]:
        masked = [
            {"rad": number + 1, "falt": path, "grund": ground}
            for number, _, masks in self._items()
            for path, ground in sorted(masks.grounds.items())
        ]
        decision = self.decision
        return {"beslut": decision.number, "beslutat_av": decision.by, "datum": decision.day, "grund": decision.ground,
                "poster": self.shown, "ej_utlamnade_poster": self.withheld, "maskerat": masked}  # fmt: skip

    def _file(self, out: zipfile.ZipFile, name: str) -> bool:
        """Put one file of the capture into the copy; False where an earlier package has it."""
        pieces = iter(self.read(name))
        try:
            first = next(pieces, b"")
        except NotWhole:
            return False
        self._add(out, name, (piece for some in ([first], pieces) for piece in some))
        return True

    def _add(self, out: zipfile.ZipFile, name: str, pieces: Iterable[bytes]) -> None:
        entry = zipfile.ZipInfo(f"{self.order.id}_utlamnande/{name}", self.dated)
        entry.external_attr, entry.create_system = 0o100644 << 16, 3
        with out.open(entry, "w", force_zip64=True) as file:
            for piece in pieces:
                file.write(piece)


def _forms(author: str) -> list[str]:
    """The ways in which an author's name can stand in a text."""
    local = author.lstrip("@").partition("@")[0]
    return [author, *([f"@{local}"] if local != author else [])]


def _with(item: dict[str, Any], hidden: dict[str, Any]) -> dict[str, Any]:
    """An item with some fields replaced, by path."""
    found = dict(item)
    for path, value in hidden.items():
        if path in found:
            found[path] = value
        else:
            name, at, inner = path.split("/", 2)
            found[name] = [dict(part) for part in found[name]]
            found[name][int(at)][inner] = value
    return found


def _listed(package: Path) -> Iterator[str]:
    """The plain hashes of the files in which names may stand, from the listing beside the package, if it is there."""
    listing = package.with_name(package.name.removesuffix(".zip") + ".sha256")
    if listing.is_file():
        with listing.open(encoding="utf-8", errors="replace") as lines:
            yield from (row[:64] for row in lines if _NAMES.search(row))


def _telling(papers: Sequence[Path], hashes: Collection[str]) -> None:
    """NotWhole where evidence has the hash of a file that a masked name stands in: it could be found by trying."""
    for path in papers:
        said = {each.decode() for each in re.findall(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", path.read_bytes())}
        if said & set(hashes):
            raise NotWhole(
                f"{path.name}: has the plain hash of a file with the items in it, by which masked names could be found "
                "by trying. Nothing was written. Leave it out."
            )
