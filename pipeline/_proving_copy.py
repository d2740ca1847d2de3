"""What can be proven of a copy for disclosure from what it carries itself, and what cannot.

    the fields and lines that are shown    the root over all items, with the salts and the hashes of what is masked
    the files that are shown               the items' own hashes of them
    that the root is the sealed one        the package's manifest in it, the year's manifests and time stamps over those
    LASMIG.txt, index.html and the lists   written anew from all that, and compared

Who decided, when and on which ground, and how many lines are left out, nothing in the copy can prove: that is said.
"""

import json
import re
import struct
import zipfile
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Final

from model import merkle
from model.disclosing import MASKED, field_hash, fields, leaf_of
from model.errors import NotWhole
from model.settings import Settings
from pipeline import _disclosed, evidence, proving
from pipeline._disclosed import ABOUT, DECISION, LINE, PAPERS, PROOF
from pipeline._proof import Finding, Proof
from pipeline.evidence import MANIFEST, RUN, Paper

_BLOCK: Final = 2**20
_HEX: Final = re.compile("[0-9a-f]{64}")
_UNREADABLE: Final = (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, UnicodeDecodeError, struct.error)
_ABOUT: Final = {"order": str, "account": str, "year": int, "items_root": str, "left_out": list, "elsewhere": list}
_DECISION: Final = {
    "beslut": str, "beslutat_av": str, "datum": str, "grund": str, "poster": int, "ej_utlamnade_poster": int,
    "maskerat": list,
}  # fmt: skip
_ROW: Final = {"rad": int, "falt": str, "grund": str}


class _Odd(Exception):
    """A paper is not of the shape that we gave it."""


def is_copy(path: Path) -> bool:
    """Whether this is a copy for disclosure (a ZIP, or its folder), and no package.

    What a manifest or a receipt beside it names is a package, whatever lies in it.
    """
    try:
        if path.is_dir():
            there = {each.name for each in path.iterdir()}
            found = ABOUT in there and not any(name.endswith((".zip", ".receipt.json", MANIFEST)) for name in there)
        else:
            with zipfile.ZipFile(path) as held:
                found = any(name.partition("/")[2] == ABOUT for name in held.namelist())
        return found and not _named(path)
    except (*_UNREADABLE, ValueError):
        return False


def _named(path: Path) -> bool:
    """Whether a manifest or a receipt beside a file is of a package of its name."""
    stem = path.name.removesuffix(".zip")
    return any(
        each.name == f"{stem}{MANIFEST}"
        or (each.name.endswith(".receipt.json") and each.name.rsplit(".", 3)[0] == stem)
        for each in path.absolute().parent.iterdir()
    )


def prove(copy: Path, settings: Settings | None = None) -> Proof:
    """Look at a copy: a ZIP, or the folder that it was unpacked to. What is wrong is a finding; nothing is raised."""
    try:
        if copy.is_dir():
            found = list(_Held(_Folder(copy), settings or Settings()).findings())
        else:
            with zipfile.ZipFile(copy) as held:
                found = list(_Held(held, settings or Settings()).findings())
    except _Odd as error:
        found = [Finding("fault", "odd", {"name": error})]
    except KeyError as error:  # a file that the ZIP has not got
        found = [Finding("fault", "odd", {"name": error.args[0]})]
    except (*_UNREADABLE, ValueError) as error:
        found = [Finding("fault", "no_copy", {"name": copy.name, "why": error})]
    return Proof(copy.name, tuple(found))


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

    def __init__(self, held: zipfile.ZipFile | _Folder, settings: Settings) -> None:
        self.held, self.settings, self.names = held, settings, held.namelist()
        self.top = next(iter(self.names), "").partition("/")[0] + "/"
        self.inside = [name.removeprefix(self.top) for name in self.names]
        self.files = dict[str, str]()  # shown: path → SHA-256
        self.masked = list[tuple[int, str]]()
        self.shown = self.withheld = 0
        self.about, self.decided = dict[str, Any](), dict[str, Any]()

    def findings(self) -> Iterator[Finding]:
        if len(set(self.names)) != len(self.names) or any(_leads_out(name, self.top) for name in self.names):
            yield Finding("fault", "names")
            return
        self.about = self._paper(ABOUT, _ABOUT)
        self.decided = self._paper(DECISION, _DECISION)
        leaves = list(self._leaves())
        yield from (leaf for leaf in leaves if isinstance(leaf, Finding))
        root = merkle.root(leaf for leaf in leaves if isinstance(leaf, bytes)).hex()
        if root != self.about["items_root"]:
            yield Finding("fault", "root_differs")
        yield from self._tied(root)
        yield from self._media()
        yield from self._papers(root)
        yield from self._not_proven()

    def _paper(self, name: str, due: dict[str, type]) -> dict[str, Any]:
        """One of the small papers. _Odd where it is not written as we write it, to the letter."""
        data = self.held.read(self.top + name)
        found = _json(data, name)
        rows = found.get("maskerat", []) if isinstance(found, dict) else None
        if not _has(found, due) or not all(_has(row, _ROW) for row in rows or ()) or data != _disclosed.readable(found):
            raise _Odd(name)
        if not all(isinstance(each, str) for key in ("left_out", "elsewhere") for each in found.get(key, [])):
            raise _Odd(name)
        return dict(found)

    # -- the items -----------------------------------------------------------------------------------------------------

    def _leaves(self) -> Iterator[bytes | Finding]:
        """Each line's hash, or what is wrong with it."""
        with self.held.open(f"{self.top}items.jsonl") as lines, self.held.open(f"{self.top}salts.jsonl") as beside:
            number = 0
            for number, line in enumerate(lines, 1):
                item, salt = _row(line, f"items.jsonl, {number}"), _row(beside.readline(), f"salts.jsonl, {number}")
                if item.keys() == {LINE} and not salt:
                    self.withheld += 1
                    good = isinstance(item[LINE], str) and _HEX.fullmatch(item[LINE])
                    yield bytes.fromhex(item[LINE]) if good else Finding("fault", "no_hash", {"line": number})
                else:
                    self.shown += 1
                    yield self._leaf(number, item, salt)
            if beside.readline():
                raise _Odd(f"salts.jsonl, {number + 1}")

    def _leaf(self, number: int, item: dict[str, Any], salt: dict[str, Any]) -> bytes | Finding:
        if any("/" in name for name in item):  # it could stand for a field of a picture
            raise _Odd(f"items.jsonl, {number}")
        found, hashes = fields(item), dict[str, bytes]()
        for path, value in found.items():
            if path in salt:
                hashes[path] = field_hash(path, value, bytes.fromhex(salt[path]))
            elif isinstance(value, dict) and value.keys() == {MASKED} and _HEX.fullmatch(str(value[MASKED])):
                self.masked.append((number, path))
                hashes[path] = bytes.fromhex(value[MASKED])
            else:
                return Finding("fault", "no_salt", {"line": number})
        if salt.keys() - found.keys():
            return Finding("fault", "no_salt", {"line": number})
        self.files |= dict(_disclosed.files_of(found, salt))
        return leaf_of(hashes[path] for path in sorted(hashes))

    # -- what was sealed -----------------------------------------------------------------------------------------------

    def _tied(self, root: str) -> Iterator[Finding]:
        """Whether the root is the manifest's, and what speaks for the manifest."""
        proof = {name.removeprefix(PROOF): self.held.read(self.top + name) for name in self.inside
                 if name.startswith(PROOF)}  # fmt: skip
        papers, manifest = list[Paper](), f"{self.about['order']}{MANIFEST}"
        for name in sorted(proof):
            if name == manifest or name.endswith(RUN):
                try:
                    papers.append(evidence.parse(name, proof[name]))
                except NotWhole:
                    yield Finding("fault", "broken", {"name": PROOF + name})
        own = next((paper for paper in papers if paper.name == manifest), None)
        if own is None:
            yield Finding("fault", "no_manifest")
        else:
            yield from self._of(own, root)
            yield from (self._run(run, own) for run in papers if run is not own)
        known = {name for paper in papers for name in (paper.name, *proving.stamps_over(paper.name, proof))}
        yield from (Finding("fault", "nothing", {"name": PROOF + name}) for name in sorted(proof.keys() - known))
        yield from proving.stamped(papers, proof, self.settings)

    def _of(self, manifest: Paper, root: str) -> Iterator[Finding]:
        """Whether the manifest is of what the copy shows."""
        says, name = manifest.says, PROOF + manifest.name
        if says["items_root"] != root:
            yield Finding("fault", "another_root", {"name": name})
        else:
            yield Finding("proven", "shown", {"shown": self.shown, "root": root, "name": name})
        if [says[key] for key in ("order", "account", "year")] != [
            self.about[key] for key in ("order", "account", "year")
        ]:
            yield Finding("fault", "another_order", {"name": name})
        yield Finding("open", "genuine", {"name": name, "sha256": manifest.sha256})

    def _run(self, run: Paper, manifest: Paper) -> Finding:
        due = [row["sha256"] for row in run.says.get("manifests", ()) if row["order"] == manifest.says["order"]]
        good = due == [manifest.sha256]
        return Finding("proven" if good else "fault", "run" if good else "run_differs", {"name": PROOF + run.name})

    # -- files and papers ----------------------------------------------------------------------------------------------

    def _media(self) -> Iterator[Finding]:
        """Whether each file is what the items say, and none is missing without a word."""
        there = {name for name in self.inside if name not in PAPERS and not name.startswith(PROOF)}
        said = {*self.about["left_out"], *self.about["elsewhere"]}
        wrong = [Finding("fault", "nothing", {"name": name}) for name in sorted(there - self.files.keys())]
        wrong += [Finding("fault", "gone", {"name": name}) for name in sorted(self.files.keys() - there - said)]
        for name in sorted(there & self.files.keys()):
            if self._digest_of(name) != self.files[name]:
                wrong.append(Finding("fault", "another_file", {"name": name}))
        if (odd := said & there) or (odd := said - self.files.keys()):
            wrong += [Finding("fault", "not_missing", {"name": name}) for name in sorted(odd)]
        yield from wrong
        if not wrong and there:
            yield Finding("proven", "media", {"count": len(there)})
        if said:
            yield Finding("open", "missing_files", {"count": len(said)})

    def _papers(self, root: str) -> Iterator[Finding]:
        """Whether what people read says what the items say."""
        listed = [(row["rad"], row["falt"]) for row in self.decided["maskerat"]]
        counts = [self.decided["poster"], self.decided["ej_utlamnade_poster"]]
        good = listed == sorted(self.masked) and counts == [self.shown, self.withheld]
        if not good:
            yield Finding("fault", "decision_differs")
        facts = {"order": self.about["order"], "number": self.decided["beslut"], "day": self.decided["datum"]}
        proof = [name.removeprefix(PROOF) for name in self.inside if name.startswith(PROOF)]
        there = self.files.keys() - {*self.about["left_out"], *self.about["elsewhere"]}
        with self.held.open(f"{self.top}items.jsonl") as lines:
            page = _digest(_disclosed.page(facts, map(json.loads, lines), there))
        for name, due in (("index.html", page), ("LASMIG.txt", _digest([_disclosed.read_me(facts, root, proof)]))):
            if self._digest_of(name) != due:
                good = False
                yield Finding("fault", "page_differs", {"name": name})
        if good:
            yield Finding("proven", "papers")

    def _digest_of(self, name: str) -> str:
        with self.held.open(self.top + name) as file:
            return _digest(iter(lambda: file.read(_BLOCK), b""))

    def _not_proven(self) -> Iterator[Finding]:
        words = {"number": self.decided["beslut"], "by": self.decided["beslutat_av"], "day": self.decided["datum"]}
        yield Finding("open", "decision", words)
        if self.masked or self.withheld:
            yield Finding("open", "hidden", {"masked": len(self.masked), "withheld": self.withheld})


def _digest(pieces: Iterable[bytes]) -> str:
    found = sha256()
    for piece in pieces:
        found.update(piece)
    return found.hexdigest()


def _json(data: bytes, name: str) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _Odd(name) from error


def _row(line: bytes, name: str) -> dict[str, Any]:
    """A line of items or salts. _Odd where it is not as we write it: a name that stands twice, for one."""
    found = _json(line, name)
    if not isinstance(found, dict) or line != _disclosed.row(found):
        raise _Odd(name)
    if name.startswith("salts") and not all(_HEX.fullmatch(str(salt)) for salt in found.values()):
        raise _Odd(name)
    return found


def _has(found: Any, due: dict[str, type]) -> bool:
    """Whether a thing has just these fields, each of its kind."""
    return isinstance(found, dict) and found.keys() == due.keys() and all(type(found[key]) is due[key] for key in due)


def _leads_out(name: str, top: str) -> bool:
    return "\\" in name or not name.startswith(top) or any(part in ("", ".", "..") for part in name.split("/"))
