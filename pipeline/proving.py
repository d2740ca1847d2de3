"""What can be proven of a package from what lies beside it, without a network, and what cannot.

    the package, byte for byte        its manifest's hash and size
    each file in it                   its listing, whose own hash and root the manifest has
    the items in it                   the manifest's root over them
    that nothing was changed since    the account's chain of manifests, the year's run manifest, the receipt
    when it was there                 time stamps over the manifest, or over the run manifest that names it

Each byte of the package is read once, and the items once more: the whole is hashed and each file in it on the way.
"""

import hashlib
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final

from model import disclosing
from model.errors import NotWhole
from model.settings import Settings, StampAuthority
from pipeline import evidence, line, stamps
from pipeline._proof import Finding, Proof
from pipeline.evidence import MANIFEST, RUN, Paper

_BLOCK: Final = 2**20
_MOST: Final = 20  # files that are named one by one


def prove(package: Path, settings: Settings | None = None) -> Proof:
    """Look at a package and all that lies beside it. `settings` have the root certificates of the stamps' authorities.

    What is wrong is a finding; nothing is raised but what the disk raises for the package itself.
    """
    return Proof(package.name, tuple(_Proving(package, settings or Settings()).findings()))


class _Proving:
    """One package being looked at."""

    def __init__(self, package: Path, settings: Settings) -> None:
        self.package, self.settings, self.folder = package, settings, package.parent
        self.stem = package.name.removesuffix(".zip")

    def findings(self) -> Iterator[Finding]:
        receipts = yield from self._receipts()
        path = self.folder / f"{self.stem}{MANIFEST}"
        if not path.exists() and not any(path.name in beside for beside in receipts.values()):
            yield from self._alone(receipts)
            return
        manifest = yield from self._paper(path)
        if manifest is None:
            return
        says = manifest.says
        if says["order"] != self.stem:
            yield Finding("fault", "of_another", {"name": manifest.name, "order": says["order"]})
        yield from self._bytes(says)
        yield from self._items(says)
        yield from self._delivered(manifest, receipts)
        yield from self._chain(manifest)
        yield from self._named(manifest, manifest.says["previous_run"])
        runs = yield from self._runs(manifest)
        yield from self._after([manifest, *runs])
        yield from self._stamps([manifest, *runs])
        yield Finding("open", "whole", {"verdict": says["verdict"]})

    def _alone(self, receipts: Mapping[str, Mapping[str, str]]) -> Iterator[Finding]:
        """A package without a manifest: one that stands beside another, or one that nothing speaks for."""
        due = {name: beside[self.package.name] for name, beside in receipts.items() if self.package.name in beside}
        if not due:
            yield Finding("open", "alone", {"stem": self.stem})
            return
        found = _digest(self.package)
        for name, digest in due.items():
            good = found == digest
            words = {"name": name if good else self.package.name, "sha256": found}
            yield Finding("proven" if good else "fault", "beside" if good else "receipt_differs", words)

    # -- the bytes ---------------------------------------------------------------------------------------------

    def _bytes(self, says: Mapping[str, Any]) -> Iterator[Finding]:
        """The package against its manifest, and the files in it against the listing."""
        size, digest, files, broken = _read(self.package)
        due = says["package"]
        if (size, digest) == (due.get("size"), due.get("sha256")):
            yield Finding("proven", "package", {"size": size, "sha256": digest})
        else:
            yield Finding("fault", "package_differs", {"size": size, "due": due.get("size"), "sha256": digest})
        if broken:
            yield Finding("fault", "unreadable", {"why": broken})
        yield from self._listing(says, files)

    def _listing(self, says: Mapping[str, Any], files: dict[str, bytes]) -> Iterator[Finding]:
        path, due = self.folder / f"{self.stem}.sha256", says["listing"]
        try:
            with path.open("rb") as lines:
                count, root = evidence.lines_root(lines)
            found = evidence.digest(path)
        except OSError:
            yield Finding("fault", "missing", {"name": path.name})
            return
        if (found, root, count) != (due.get("sha256"), due.get("root"), due.get("files")):
            yield Finding("fault", "listing_differs", {"name": path.name})
        for name in ("seal", "ledger"):
            if bytes.fromhex(says[f"{name}_sha256"]) not in files.values():
                yield Finding("fault", "not_inside", {"name": name})
        faults = list(_compared(path, files))
        yield from faults[:_MOST]
        if len(faults) > _MOST:
            yield Finding("fault", "more", {"count": len(faults) - _MOST})
        if not faults:
            yield Finding("proven", "files", {"count": count, "root": root})

    def _items(self, says: Mapping[str, Any]) -> Iterator[Finding]:
        """The root over the items in the package, computed anew: it is what masked copies are held against."""
        form = says["package"]["format"]
        if form not in line.names("archive_formats"):
            yield Finding("open", "no_format", {"format": form})
            return
        read = partial(line.archive_format(form).read, self.package)
        try:
            found = disclosing.items_root(read("items.jsonl"), disclosing.key_of(read)).hex()
        except (NotWhole, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            yield Finding("fault", "items_unreadable", {"why": error})
            return
        good = found == says["items_root"]
        yield Finding("proven" if good else "fault", "items" if good else "items_differ", {"root": found})

    # -- what speaks for the manifest ----------------------------------------------------------------------------

    def _receipts(self) -> Generator[Finding, None, dict[str, dict[str, str]]]:
        """The receipts that lie here, by their names: the hashes of what was delivered beside the package.

        Those of the order, and those that name the package as one of another format beside their own.
        """
        found = dict[str, dict[str, str]]()
        for path in sorted(self.folder.glob("*.receipt.json")):
            order, digest = path.name.rsplit(".", 3)[0:2] if path.name.count(".") > 2 else ("", "")
            if order != self.stem and not (order and self.stem.startswith(f"{order}.")):
                continue
            beside = _beside(path) if _digest(path) == digest else None
            if beside is not None and (order == self.stem or self.package.name in beside):
                found[path.name] = beside
            elif order == self.stem:
                odd = "receipt_touched" if _digest(path) != digest else "receipt_odd"
                yield Finding("fault", odd, {"name": path.name})
        return found

    def _delivered(self, manifest: Paper, receipts: Mapping[str, Mapping[str, str]]) -> Iterator[Finding]:
        """Whether what lies beside the package is what its receipts name."""
        for receipt, beside in receipts.items():
            wrong = [name for name, due in sorted(beside.items()) if _digest(self.folder / Path(name).name) != due]
            for name in wrong:
                yield Finding("fault", "receipt_differs", {"name": name})
            if not wrong and manifest.name in beside:
                yield Finding("proven", "receipt", {"name": receipt})

    def _chain(self, manifest: Paper) -> Iterator[Finding]:
        """The account's manifests before this one, as far as they lie here."""
        steps, now = 0, manifest
        while before := now.says["previous"]:
            name, due = f"{before.get('order')}{MANIFEST}", before.get("sha256")
            if not _plain(name) or not (self.folder / name).exists():
                yield Finding("open", "chain_ends", {"steps": steps, "name": name})
                return
            if _digest(self.folder / name) != due:
                yield Finding("fault", "chain_broken", {"name": name, "by": now.name})
                return
            if (older := (yield from self._paper(self.folder / name))) is None:
                return
            steps, now = steps + 1, older
        yield Finding("proven", "chain" if steps else "first", {"steps": steps, "name": now.name})

    def _after(self, papers: list[Paper]) -> Iterator[Finding]:
        """Later manifests and run manifests that lie here: they have the hashes of those before them."""
        due = {paper.name: paper.sha256 for paper in papers}
        for path in sorted([*self.folder.glob(f"*{MANIFEST}"), *self.folder.glob(f"*{RUN}")]):
            try:
                later = evidence.read(path)
            except NotWhole:
                continue  # another package's fault
            for before in (later.says["previous"], later.says.get("previous_run", {})):
                if (name := before.get("name", "")) in due:
                    good = before.get("sha256") == due[name]
                    yield Finding("proven" if good else "fault", "later" if good else "chain_broken",
                                  {"name": name, "by": later.name})  # fmt: skip

    def _runs(self, manifest: Paper) -> Generator[Finding, None, list[Paper]]:
        """The run manifests that name this one."""
        found, year = list[Paper](), manifest.says["year"]
        for path in sorted(self.folder.glob(f"{year}-*{RUN}")):
            run = yield from self._paper(path)
            rows = run.says["manifests"] if run else []
            due = [row["sha256"] for row in rows if row["order"] == manifest.says["order"]]
            if run and due == [manifest.sha256]:
                found.append(run)
                yield Finding("proven", "run", {"name": run.name})
                yield from self._named(run, run.says["previous"])
            elif run and due:
                yield Finding("fault", "run_differs", {"name": run.name})
        if not found:
            yield Finding("open", "no_run", {"year": year})
        return found

    def _named(self, by: Paper, run: Mapping[str, str]) -> Iterator[Finding]:
        """The run manifest that a paper names as the one before it, where it lies here."""
        name = run.get("name", "")
        if _plain(name) and (self.folder / name).exists():
            good = _digest(self.folder / name) == run.get("sha256")
            yield Finding("proven" if good else "fault", "named" if good else "chain_broken",
                          {"name": name, "by": by.name})  # fmt: skip

    # -- when ------------------------------------------------------------------------------------------------------

    def _stamps(self, papers: list[Paper]) -> Iterator[Finding]:
        there = dict[str, bytes]()
        for paper in papers:
            for path in (self.folder / paper.name, *(path for _, path in stamps.tokens(self.folder / paper.name))):
                with suppress(OSError):
                    there[path.name] = path.read_bytes()
        yield from stamped(papers, there, self.settings)

    def _paper(self, path: Path) -> Generator[Finding, None, Paper | None]:
        """A manifest; None, and a fault found, where it is missing or broken."""
        try:
            return evidence.read(path)
        except NotWhole:
            yield Finding("fault", "broken" if path.exists() else "missing", {"name": path.name})
        return None


def stamped(papers: Sequence[Paper], there: Mapping[str, bytes], settings: Settings) -> Iterator[Finding]:
    """What the time stamps over some papers say. `there`: papers and stamps by their names."""
    known, found = {one.name: one for one in settings.stamps}, 0
    for paper in papers:
        for name, by in stamps_over(paper.name, there).items():
            found += 1
            words = {"name": name, "over": paper.name, "by": by}
            yield _stamp(there[paper.name], there[name], words, known.get(by))
    if papers and not found:
        yield Finding("open", "no_stamp", {"name": papers[0].name})


def stamps_over(paper: str, names: Iterable[str]) -> dict[str, str]:
    """The names of the stamps over a paper, each with its authority's."""
    stem = paper.removesuffix(".json") + "."
    ours = sorted(name for name in names if name.startswith(stem) and name.endswith(".tsr"))
    return {name: by for name in ours if "." not in (by := name[len(stem) : -len(".tsr")])}


def _stamp(data: bytes, token: bytes, words: dict[str, str], authority: StampAuthority | None) -> Finding:
    """One stamp. Without its authority's certificates, only that it is over something else can be told."""
    roots = None
    with suppress(NotWhole):
        roots = stamps.roots_of(authority) if authority else None
    try:
        if roots is None:
            stamps.over(token, data)
            return Finding("open", "no_roots", words)
        stamp = stamps.check(token, data, roots)
    except NotWhole as error:
        return Finding("fault", "stamp_false", words | {"why": error})
    return Finding("proven", "stamp", words | {"at": f"{stamp.at:%Y-%m-%d %H:%M:%S}", "signer": stamp.by})


def _read(package: Path) -> tuple[int, str, dict[str, bytes], str]:
    """A package in one reading: its size, its hash, each file's name and hash, and what keeps it from being read."""
    try:
        with zipfile.ZipFile(package) as held:
            entries, broken = sorted(held.infolist(), key=lambda one: one.header_offset), ""
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error) as error:
        entries, broken = [], str(error)
    files = dict[str, bytes]()
    with package.open("rb") as file:
        tape = _Tape(file)
        for entry in entries:
            if entry.filename in files:
                broken = f"{entry.filename}: twice"
            elif not entry.filename.endswith("/"):  # is_dir falls over a name that is empty
                try:
                    files[entry.filename] = tape.member(entry)
                except (ValueError, zlib.error) as error:
                    broken = f"{entry.filename}: {error}"
        while tape.take(_BLOCK):
            pass
    return tape.at, tape.whole.hexdigest(), files, broken


class _Tape:
    """A file that is read from its beginning to its end, and hashed."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.at, self.whole = file, 0, hashlib.sha256()

    def take(self, size: int) -> bytes:
        data = self.file.read(size)
        self.at += len(data)
        self.whole.update(data)
        return data

    def pieces(self, size: int) -> Iterator[bytes]:
        while size and (data := self.take(min(size, _BLOCK))):
            size -= len(data)
            yield data

    def member(self, entry: zipfile.ZipInfo) -> bytes:
        """The hash of one file in the ZIP, where we have come to. ValueError where it is not as the ZIP has it."""
        if entry.header_offset < self.at:
            raise ValueError("lies in another file")
        for _ in self.pieces(entry.header_offset - self.at):
            pass
        head = self.take(_HEAD.size)
        if len(head) != _HEAD.size or head[:4] != b"PK\3\4":
            raise ValueError("is not where the ZIP says")
        for _ in self.pieces(sum(_HEAD.unpack(head))):
            pass
        if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError("is packed in a way that we do not know")
        found, stored = hashlib.sha256(), entry.compress_type == zipfile.ZIP_STORED
        for piece in self.pieces(entry.compress_size) if stored else _inflated(self.pieces(entry.compress_size)):
            found.update(piece)
        return found.digest()


def _inflated(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Deflated pieces as they were, never much of them at once."""
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    for piece in pieces:
        while piece:
            yield inflate.decompress(piece, _BLOCK)
            piece = inflate.unconsumed_tail
    yield inflate.flush()


def _compared(listing: Path, files: dict[str, bytes]) -> Iterator[Finding]:
    """What differs between a listing and the files that were found; these are used up."""
    with listing.open("rb") as lines:
        for row in lines:
            if (known := _LINE.fullmatch(row.rstrip(b"\n"))) is None:
                yield Finding("fault", "listing_line", {"name": listing.name})
                continue
            name = known[3].decode("utf-8", "replace")
            if known[1]:
                name = re.sub(r"\\(.)", lambda found: {"n": "\n", "r": "\r"}.get(found[1], found[1]), name)
            if (found := files.pop(name, None)) is None:
                yield Finding("fault", "lost", {"name": name})
            elif found.hex() != known[2].decode():
                yield Finding("fault", "changed", {"name": name})
    for name in sorted(files):
        yield Finding("fault", "added", {"name": name})


def _digest(path: Path) -> str:
    """A file's SHA-256, or nothing where it cannot be read."""
    try:
        return evidence.digest(path)
    except OSError:
        return ""


def _beside(receipt: Path) -> dict[str, str] | None:
    """The hashes that a receipt has of what was delivered beside its package; None where it is none of ours."""
    try:
        found = json.loads(receipt.read_bytes())["beside"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
    good = isinstance(found, dict) and all(isinstance(due, str) and _plain(name) for name, due in found.items())
    return found if good else None


def _plain(name: str) -> bool:
    """Whether a name that stands in a manifest is a file's in this folder, and leads nowhere else."""
    return 0 < len(name.encode(errors="replace")) < 256 and Path(name).name == name and "\0" not in name


_HEAD: Final = struct.Struct("<26xHH")  # a local header: 26 bytes, the name's length, the extra field's
_LINE: Final = re.compile(rb"(\\?)([0-9a-f]{64})  (.+)", re.DOTALL)
