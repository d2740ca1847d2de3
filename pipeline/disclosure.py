"""A masked copy for disclosure (utlämnande): some fields and pictures masked by decision, the rest still proven.

    items.jsonl          the account's items; a masked field is {"masked": "<hash>"}; a line that is not given out is
                         {"line": "<hash>"}
    salts.jsonl          line for line: the salt of each field that is shown
    media/               the files of what is shown
    beslut.json          the decision: number, function, date; which fields of which lines, on which ground
    utlamnande.json      the order, the root, the files that are left out
    bevis/               the package's manifest and its time stamps, if they were there
    index.html, LASMIG.txt

Whoever has the copy can compute the root over all items and compare it with the manifest's (model/disclosing.py): what
is shown is then what was sealed. From the copy nobody can find out what is masked by trying names: the salts of masked
fields are not in it, and no plain hash of a file in which the names stand.
"""

import html
import json
import re
import struct
import zipfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Final

from model.capture import dumps, order_from
from model.disclosing import MASKED, Read, field_hash, fields, key_of, leaf, leaf_of, salts
from model.errors import BadInput, NotWhole
from model.merkle import root
from model.nouns import Order
from model.personal import numbers
from pipeline import _decision
from pipeline._decision import Decision, Masks, holds
from pipeline.evidence import MANIFEST, RUN, digest
from pipeline.line import archive_format, names
from pipeline.stamps import tokens

LINE: Final = "line"  # what stands for a line that is not given out
_PAPERS: Final = ("items.jsonl", "salts.jsonl", "utlamnande.json", "beslut.json", "index.html", "LASMIG.txt")
_BLOCK: Final = 2**20
# Files of a package in which names may stand; the ledger, the order and the seal have none, and manifests name them.
_NAMES: Final = re.compile(r"(?:/data/|/content/|  capture/)(?!.*(?:ledger\.json|order\.json|seal\.jsonl)$)")
_WRITTEN: Final = re.compile("text|title|fields|poll/[0-9]+/text|media/[0-9]+/alt")  # by people
_HEX: Final = re.compile("[0-9a-f]{64}")
_UNREADABLE: Final = (
    zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RecursionError, struct.error,
    ValueError, LookupError, TypeError, AttributeError,  # its papers are not of the shape that we gave them
)  # fmt: skip
_READ_ME: Final = """\
Utlämnande ur ett arkivpaket
============================
{order}

Det här är en kopia för utlämnande. Öppna index.html för att läsa. Det som är maskerat är maskerat enligt beslut
{number} ({day}); i beslut.json står vilka fält och på vilken grund. Allt annat är som det förseglades, och det går att
visa utan att lita på den som lämnade ut kopian:

  1. Varje fält som visas har ett salt i salts.jsonl, rad för rad som items.jsonl. Fältets hash är
     SHA-256(salt + fältets namn + radbrytning + värdet som JSON utan blanksteg, allt utom ASCII som \\uXXXX,
     nycklarna i ordning). För ett maskerat fält står hashen i items.jsonl.
  2. Radens hash är SHA-256(byte 0 + fältens hashar efter varandra, ordnade efter fältens namn). En rad som inte lämnas
     ut står med sin hash.
  3. Radernas hashar bildar ett träd enligt RFC 6962: SHA-256(byte 1 + vänster + höger). Roten ska vara
     {root}
     och samma värde ska stå som items_root i paketets manifest i bevis/, som är tidsstämplat.

Årsring gör det:  arsring verify <kopian>

A copy for disclosure. What is masked is masked by decision; all else can be shown to be as it was sealed, as above.
"""
_PAGE: Final = """\
<!DOCTYPE html>
<html lang="sv"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self'; style-src 'unsafe-inline'">
<title>Utlämnande: {order}</title>
<style>body{{max-width:44em;margin:2em auto;padding:0 1em;font-family:sans-serif;line-height:1.5}}
article{{border-top:1px solid #767676;padding:.5em 0}}img{{max-width:100%}}
.m{{background:#222;color:#fff;padding:0 .3em}}p{{white-space:pre-line;overflow-wrap:anywhere}}</style></head><body>
<h1>Utlämnande: {order}</h1>
<p>Maskerat enligt beslut {number}, {day}. Det maskerade är märkt <span class="m">maskerat</span>. Hur det visade kan
kontrolleras står i LASMIG.txt.</p>
"""


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


def copy(package: Path, decision: Path, target: Path, evidence: Sequence[Path] | None = None) -> Disclosed:
    """Write a masked copy of a package: one ZIP.

    `evidence`: the package's manifest, the year's, and their time stamps; None: those that lie beside it.

    Raises BadInput with every fault of the decision, NotWhole where the package cannot be read, and where a manifest
    has another root or would give away what is masked.
    """
    decided, faults = _decision.read(decision)
    work = _Copy(_reader(package), decided, faults)
    work.look()
    if work.faults:
        raise BadInput(
            f"{decision.name}: {len(work.faults)} fel. Rätta dem och försök igen; inget har skrivits.", work.faults
        )
    evidence = beside(package, work.order) if evidence is None else evidence
    _telling(evidence, {work.plain, *_listed(package)})
    proven = _proven(evidence, work.root.hex())
    _write(work, evidence, target)
    none = () if proven else ("no manifest goes along, so nobody can tie the copy to what was sealed",)
    with target.open("rb") as file:
        found = _digest(file)
    return Disclosed(
        path=str(target), sha256=found, root=work.root.hex(), shown=work.shown, withheld=work.withheld,
        masked=work.masked, warnings=(*none, *work.warnings),
    )  # fmt: skip


def beside(package: Path, order: Order) -> list[Path]:
    """The package's manifest, the year's manifests that name it, and the time stamps of both, as they lie beside it."""
    manifest = package.with_name(f"{order.id}{MANIFEST}")
    if not manifest.is_file():
        return []
    own = digest(manifest).encode()
    runs = [path for path in package.parent.glob(f"*{RUN}") if own in path.read_bytes()]
    return sorted(each for paper in (manifest, *runs) for each in (paper, *(path for _, path in tokens(paper))))


def _write(work: "_Copy", evidence: Sequence[Path], target: Path) -> None:
    part = target.with_name(target.name + ".part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as out:
            work.write(out, evidence)
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)


def is_copy(path: Path) -> bool:
    """Whether this is a copy for disclosure, and no package."""
    if path.is_dir():
        return (path / "utlamnande.json").exists()
    try:
        with zipfile.ZipFile(path) as held:
            return any(name.rpartition("/")[2] == "utlamnande.json" for name in held.namelist())
    except _UNREADABLE:
        return False


def verify(disclosed: Path) -> list[str]:
    """What is wrong with a copy for disclosure, a sentence each; nothing if all that it shows is as it was sealed.

    A ZIP, or the folder it was unpacked to. That the manifest itself is genuine is for its chain and stamps to say.
    """
    try:
        if disclosed.is_dir():
            return list(_Held(_Folder(disclosed)).faults())
        with zipfile.ZipFile(disclosed) as held:
            return list(_Held(held).faults())
    except _UNREADABLE as error:
        return [f"{disclosed.name}: cannot be read as a copy for disclosure ({error!r})"]


def _reader(package: Path) -> Read:
    """How to read a package, whatever its format. NotWhole where it has none that we know."""
    for name in sorted(names("archive_formats")):
        form = archive_format(name)
        if not hasattr(form, "read"):
            continue
        try:
            next(iter(form.read(package, "seal.jsonl")), None)
        except NotWhole:
            continue
        return lambda wanted, form=form: form.read(package, wanted)  # type: ignore[misc]
    raise NotWhole(f"{package}: cannot be read as a package of any format. Check it with `arsring verify`.")


def _digest(file: Any) -> str:
    found = sha256()
    while piece := file.read(_BLOCK):
        found.update(piece)
    return found.hexdigest()


class _Copy:
    """A copy under way: first everything is looked through, then it is written."""

    def __init__(self, read: Read, decision: Decision, faults: list[str]) -> None:
        self.read, self.decision, self.faults = read, decision, faults
        self.order: Order = order_from(b"".join(read("order.json")))
        self.key = key_of(read)
        self.shown = self.withheld = self.masked = 0
        self.files, self.left = set[str](), set[str]()  # named by what is shown; masked
        self.names = dict[str, int]()  # a masked author → the first line where it is masked
        self.warnings: list[str] = []
        self.plain = ""  # the hash that must not go along

    def look(self) -> None:
        """Count, compute the root, find faults; then what a person should look at."""
        ids, plain = self.decision.posts(), sha256()
        self.root = root(self._look(ids, plain))
        self.plain = plain.hexdigest()
        self.faults += [f"posten {id}: finns inte i paketet" for id in sorted(ids)]
        for name in self.names:
            self.faults += [f"{key}: ett namn som maskeras står här" for key in self.decision.places_of(name)]
        for number, item, masks in self._items():
            self._warn(number, fields(item), masks)

    def _look(self, ids: set[str], plain: Any) -> Iterator[bytes]:
        """Each line's hash; `ids` are struck out as they are met."""
        for number, line in enumerate(self.read("items.jsonl")):
            plain.update(line)
            item = json.loads(line)
            found = fields(item)
            ids.discard(item["id"])
            self._count(number, found, self.decision.masks(item["id"], found, self.faults), self._chosen(item))
            yield leaf(found, salts(self.key, number))

    def write(self, out: zipfile.ZipFile, evidence: Sequence[Path]) -> None:
        facts = {"order": self.order.id, "number": self.decision.number, "day": self.decision.day}
        self._add(out, "items.jsonl", (line for line, _ in self._lines()))
        self._add(out, "salts.jsonl", (salt for _, salt in self._lines()))
        there = {name for name in sorted(self.files - self.left) if self._file(out, name)}
        about = {
            "order": self.order.id, "account": self.order.account.address, "year": self.order.year,
            "items_root": self.root.hex(), "left_out": sorted(self.left & self.files),
            "elsewhere": sorted(self.files - self.left - there),
        }  # fmt: skip
        self._add(out, "utlamnande.json", [_readable(about)])
        self._add(out, "beslut.json", [_readable(self._decided())])
        self._add(out, "index.html", page(facts, (json.loads(line) for line, _ in self._lines()), there))
        self._add(out, "LASMIG.txt", [_READ_ME.format(**facts, root=self.root.hex()).encode()])
        for path in sorted(evidence):
            self._add(out, f"bevis/{path.name}", [path.read_bytes()])

    def _chosen(self, item: dict[str, Any]) -> bool:
        return self.decision.chosen is None or item["id"] in self.decision.chosen

    def _count(self, number: int, found: dict[str, Any], masks: Masks, chosen: bool) -> None:
        self.left |= masks.files
        if not chosen:
            self.withheld += 1
            return
        self.shown, self.masked = self.shown + 1, self.masked + len(masks.grounds)
        self.files |= {name for name, _ in _files(found, found.keys() - masks.grounds.keys())}
        if "author" in masks.grounds:
            for name in _forms(str(found["author"])):
                self.names.setdefault(name, number)

    def _items(self) -> Iterator[tuple[int, dict[str, Any], Masks]]:
        """What is given out, with its masks; `number` from 0."""
        for number, line in enumerate(self.read("items.jsonl")):
            item = json.loads(line)
            if self._chosen(item):
                yield number, item, self.decision.masks(item["id"], fields(item), [])

    def _warn(self, number: int, found: dict[str, Any], masks: Masks) -> None:
        for path, value in found.items():
            if path in masks.grounds:
                continue
            for name, other in self.names.items():
                if holds(value, name):
                    self.warnings.append(
                        f"line {number + 1}, {path}: shows a name that is masked in line {other + 1}"
                    )
                    break
            if _WRITTEN.fullmatch(path) and numbers(str(value)):
                self.warnings.append(f"line {number + 1}, {path}: shows what looks like a personal identity number")
            if path.endswith("/path") and value in self.left and value not in masks.files:
                self.warnings.append(f"line {number + 1}, {path}: left out too: the same picture is masked elsewhere")

    def _lines(self) -> Iterator[tuple[bytes, bytes]]:
        """Each line as it is given out, and its salts."""
        for number, line in enumerate(self.read("items.jsonl")):
            item, salt = json.loads(line), salts(self.key, number)
            found = fields(item)
            if not self._chosen(item):
                yield _line({LINE: leaf(found, salt).hex()}), _line({})
                continue
            grounds = self.decision.masks(item["id"], found, []).grounds
            hidden = {path: {MASKED: field_hash(path, found[path], salt(path)).hex()} for path in grounds}
            yield _line(_with(item, hidden)), _line({path: salt(path).hex() for path in found if path not in grounds})

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
        entry = zipfile.ZipInfo(f"{self.order.id}_utlamnande/{name}", self.order.created.timetuple()[:6])
        entry.external_attr, entry.create_system = 0o100644 << 16, 3
        with out.open(entry, "w", force_zip64=True) as file:
            for piece in pieces:
                file.write(piece)


def _forms(author: str) -> list[str]:
    """The ways in which an author's name can stand in a text."""
    local = author.lstrip("@").partition("@")[0]
    return [author, *([f"@{local}"] if local != author else [])]


def _files(found: dict[str, Any], shown: Collection[str]) -> Iterator[tuple[str, str]]:
    """(path, SHA-256) of each file of the capture's media that a line names where both are shown."""
    for path in shown:
        digest = f"{path.removesuffix('path')}sha256"
        if path.endswith("/path") and digest in shown and str(found[path]).startswith("media/"):
            yield str(found[path]), str(found[digest])


def _line(value: Any) -> bytes:
    return dumps(value).encode() + b"\n"


def _readable(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace") + b"\n"


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
            yield from (line[:64] for line in lines if _NAMES.search(line))


def _telling(evidence: Sequence[Path], hashes: Collection[str]) -> None:
    """NotWhole where evidence has the hash of a file that a masked name stands in: it could be found by trying."""
    for path in evidence:
        said = {each.decode() for each in re.findall(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", path.read_bytes())}
        if said & set(hashes):
            raise NotWhole(
                f"{path.name}: has the plain hash of a file with the items in it, by which masked names could be found "
                "by trying. Nothing was written. Leave it out."
            )


def _proven(evidence: Sequence[Path], due: str) -> bool:
    """Whether a manifest with this root is among the evidence. NotWhole for one that has another."""
    found = False
    for path in evidence:
        if (said := _root_in(path.read_bytes())) is not None:
            if said != due:
                raise NotWhole(
                    f"{path.name}: has another root than the package's items. Nothing was written. Give the "
                    "manifest of this very package."
                )
            found = True
    return found


def _root_in(data: bytes) -> str | None:
    """The root that a manifest names; None for what is no manifest."""
    try:
        known = json.loads(data)
    except ValueError:
        return None
    return str(known["items_root"]) if isinstance(known, dict) and "items_root" in known else None


def page(facts: dict[str, str], items: Iterable[dict[str, Any]], files: Collection[str]) -> Iterator[bytes]:
    """The readable page: everything that is shown, in the order of items.jsonl."""
    yield _PAGE.format(**{name: html.escape(value) for name, value in facts.items()}).encode()
    for number, item in enumerate(items, 1):
        if LINE not in item:
            yield _article(number, item, files).encode("utf-8", "backslashreplace")
    yield b"</body></html>\n"


def _article(number: int, item: dict[str, Any], files: Collection[str]) -> str:
    head = " · ".join(_shown(item[name]) for name in ("published", "kind", "author") if name in item)
    body = [f"<p>{_shown(item[name])}</p>" for name in ("title", "text") if name in item]
    for media in item.get("media", []):
        path, alt = media.get("path") or "saknas", _shown(media.get("alt", "bild"))
        if str(path) in files and str(media.get("type", "")).startswith("image/"):
            body.append(f'<figure><img src="{html.escape(str(path))}" alt=""><figcaption>{alt}</figcaption></figure>')
        else:
            body.append(f"<p>[fil: {_shown(path)}; {alt}]</p>")
    return f'<article id="rad{number}"><h2>{number}. {head}</h2>{"".join(body)}</article>\n'


def _shown(value: Any) -> str:
    """A value as a person reads it; a platform's tags are taken off, and nothing of it becomes a tag."""
    if isinstance(value, dict) and value.keys() == {MASKED}:
        return '<span class="m">maskerat</span>'
    text = str(value)
    if re.search(r"</?(?:p|br|a|span)\b[^<>]*>", text):
        text = html.unescape(re.sub(r"<[^<>]*>", "", re.sub(r"<br ?/?>|</p>", "\n", text)))
    return html.escape(text)


class _Folder:
    """A copy that was unpacked, read as if it were the ZIP."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def namelist(self) -> list[str]:
        files = (path for path in self.folder.rglob("*") if not path.is_dir())
        return sorted(f"{self.folder.name}/{path.relative_to(self.folder).as_posix()}" for path in files)

    def read(self, name: str) -> bytes:
        return (self.folder / name.partition("/")[2]).read_bytes()

    def open(self, name: str) -> IO[bytes]:
        return (self.folder / name.partition("/")[2]).open("rb")


class _Held:
    """A copy for disclosure as somebody has it."""

    def __init__(self, held: "zipfile.ZipFile | _Folder") -> None:
        self.held, self.names = held, held.namelist()
        self.top = self.names[0].partition("/")[0] + "/"
        self.about = json.loads(held.read(f"{self.top}utlamnande.json"))
        self.files = dict[str, str]()  # shown: path → SHA-256
        self.masked = list[tuple[int, str]]()

    def faults(self) -> Iterator[str]:
        names = [name.removeprefix(self.top) for name in self.names]
        if len(set(names)) != len(names) or any(_odd(name, self.top) for name in self.names):
            yield "a name in it stands twice, or leads out of it"
            return
        leaves = list(self._leaves())
        yield from (leaf for leaf in leaves if isinstance(leaf, str))
        found = root(leaf for leaf in leaves if isinstance(leaf, bytes)).hex()
        if found != self.about["items_root"]:
            yield "the items do not give the root that the copy names: something was changed, added or taken away"
        yield from self._tied(found, names)
        yield from self._media(names)
        yield from self._papers()

    def _leaves(self) -> Iterator[bytes | str]:
        """Each line's hash, or what is wrong with it."""
        with self.held.open(f"{self.top}items.jsonl") as lines, self.held.open(f"{self.top}salts.jsonl") as beside:
            for number, (line, salt) in enumerate(zip(lines, beside, strict=True), 1):
                item, known = json.loads(line), json.loads(salt)
                if item.keys() == {LINE} and not known:
                    yield bytes.fromhex(item[LINE]) if _HEX.fullmatch(item[LINE]) else f"line {number}: is no hash"
                    continue
                hashes = dict(self._hashes(number, fields(item), known))
                self.files |= dict(_files(fields(item), known))
                if None in hashes.values():
                    yield f"line {number}: a field has neither a salt nor a hash in its place"
                yield leaf_of(hashes[path] or b"" for path in sorted(hashes))

    def _hashes(
        self, number: int, found: dict[str, Any], salt: dict[str, str]
    ) -> Iterator[tuple[str, bytes | None]]:
        for path, value in found.items():
            if path in salt:
                yield path, field_hash(path, value, bytes.fromhex(salt[path]))
            elif isinstance(value, dict) and value.keys() == {MASKED} and _HEX.fullmatch(str(value[MASKED])):
                self.masked.append((number, path))
                yield path, bytes.fromhex(value[MASKED])
            else:
                yield path, None

    def _tied(self, found: str, names: list[str]) -> Iterator[str]:
        """Whether the root is the manifest's."""
        roots = {name: _root_in(self.held.read(self.top + name)) for name in names if name.startswith("bevis/")}
        if not any(roots.values()):
            yield "no manifest goes along: what is shown agrees with itself, and with nothing that was sealed"
        yield from (f"{name}: has another root" for name, said in roots.items() if said not in (None, found))

    def _media(self, names: list[str]) -> Iterator[str]:
        """Whether each file is what the items say, and none is missing without a word."""
        there = {name for name in names if name not in _PAPERS and not name.startswith("bevis/")}
        said = {*self.about["left_out"], *self.about["elsewhere"]}
        yield from (f"{name}: belongs to nothing that is shown" for name in sorted(there - self.files.keys()))
        yield from (f"{name}: missing" for name in sorted(self.files.keys() - there - said))
        for name in sorted(there & self.files.keys()):
            with self.held.open(self.top + name) as file:
                if _digest(file) != self.files[name]:
                    yield f"{name}: not as the items say"

    def _papers(self) -> Iterator[str]:
        """Whether what people read says what the items say."""
        decided = json.loads(self.held.read(f"{self.top}beslut.json"))
        if [(row["rad"], row["falt"]) for row in decided["maskerat"]] != sorted(self.masked):
            yield "beslut.json: does not name the fields that are masked"
        facts = {"order": self.about["order"], "number": decided["beslut"], "day": decided["datum"]}
        with self.held.open(f"{self.top}items.jsonl") as lines:
            there = self.files.keys() - {*self.about["left_out"], *self.about["elsewhere"]}
            due = sha256()
            for piece in page(facts, map(json.loads, lines), there):
                due.update(piece)
        with self.held.open(f"{self.top}index.html") as file:
            if _digest(file) != due.hexdigest():
                yield "index.html: does not show what items.jsonl has"


def _odd(name: str, top: str) -> bool:
    return "\\" in name or not name.startswith(top) or any(part in ("", ".", "..") for part in name.split("/"))
