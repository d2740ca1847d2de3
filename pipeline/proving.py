"""What can be proven of a package from what lies beside it, without a network, and what cannot.

    the package, byte for byte        its manifest's hash and size
    each file in it                   its listing, whose own hash and root the manifest has
    that nothing was changed since    the account's chain of manifests, the year's run manifest, the receipt
    when it was there                 time stamps over the manifest, or over the run manifest that names it

Each byte of the package is read once: the whole is hashed and each file in it on the way.
"""

import hashlib
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal

from model.errors import NotWhole
from model.settings import Settings, StampAuthority
from pipeline import evidence, stamps
from pipeline.evidence import MANIFEST, RUN, Paper

Lang = Literal["sv", "en"]
_BLOCK: Final = 2**20
_MOST: Final = 20  # files that are named one by one


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: proven, open (it cannot be told from here), or a fault."""

    kind: Literal["proven", "open", "fault"]
    what: str  # a key of _TEXTS
    words: dict[str, Any] = field(default_factory=dict)

    def text(self, lang: Lang) -> str:
        """The finding as a sentence."""
        return _TEXTS[self.what][lang == "en"].format(**self.words)


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found of one package."""

    package: str
    findings: tuple[Finding, ...]

    @property
    def faults(self) -> list[str]:
        """A sentence for each fault, in English; none where nothing speaks against the package."""
        return [one.text("en") for one in self.findings if one.kind == "fault"]


def prove(package: Path, settings: Settings | None = None) -> Proof:
    """Look at a package and all that lies beside it. `settings` have the root certificates of the stamps' authorities.

    What is wrong is a finding; nothing is raised but what the disk raises for the package itself.
    """
    return Proof(package.name, tuple(_Proving(package, settings or Settings()).findings()))


def say(proof: Proof, lang: Lang) -> list[str]:
    """The proof in plain words, a line each: what is proven, what is not, what is wrong."""
    lines = [_HEADS["title"][lang == "en"].format(package=proof.package)]
    for kind in ("fault", "proven", "open"):
        found = [one.text(lang) for one in proof.findings if one.kind == kind]
        if found:
            lines += ["", _HEADS[kind][lang == "en"], *(f"  - {text}" for text in found)]
    return lines


class _Proving:
    """One package being looked at."""

    def __init__(self, package: Path, settings: Settings) -> None:
        self.package, self.settings, self.folder = package, settings, package.parent
        self.stem = package.name.removesuffix(".zip")

    def findings(self) -> Iterator[Finding]:
        manifest = yield from self._paper(self.folder / f"{self.stem}{MANIFEST}")
        if manifest is None:
            return
        says = manifest.says
        if says["order"] != self.stem:
            yield Finding("fault", "of_another", {"name": manifest.name, "order": says["order"]})
        yield from self._bytes(says)
        yield from self._receipt(manifest)
        yield from self._chain(manifest)
        yield from self._named(manifest, manifest.says["previous_run"])
        runs = yield from self._runs(manifest)
        yield from self._after([manifest, *runs])
        yield from self._stamps([manifest, *runs])
        yield Finding("open", "whole", {"verdict": says["verdict"]})

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

    # -- what speaks for the manifest ----------------------------------------------------------------------------

    def _receipt(self, manifest: Paper) -> Iterator[Finding]:
        """The receipt of the store, where it lies there: it has the hashes of what was delivered."""
        paths = [path for path in self.folder.glob("*.receipt.json") if path.name.rsplit(".", 3)[0] == self.stem]
        for path in sorted(paths):
            data = path.read_bytes()
            if hashlib.sha256(data).hexdigest() != path.name.rsplit(".", 3)[1]:
                yield Finding("fault", "receipt_touched", {"name": path.name})
                continue
            beside = _json(data).get("beside", {})
            wrong = [name for name, due in sorted(beside.items()) if _digest(self.folder / Path(name).name) != due]
            for name in wrong:
                yield Finding("fault", "receipt_differs", {"name": name})
            if not wrong and manifest.name in beside:
                yield Finding("proven", "receipt", {"name": path.name})

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
        known, found = {one.name: one for one in self.settings.stamps}, 0
        for paper in papers:
            for name, path in stamps.tokens(self.folder / paper.name):
                found += 1
                yield self._stamp(paper, path, name, known.get(name))
        if not found:
            yield Finding("open", "no_stamp", {"name": papers[0].name})

    def _stamp(self, paper: Paper, path: Path, name: str, authority: StampAuthority | None) -> Finding:
        words = {"name": path.name, "over": paper.name, "by": name}
        if authority is None:
            return Finding("open", "no_roots", words)
        try:
            roots = stamps.roots_of(authority)
        except NotWhole:
            return Finding("open", "no_roots", words)
        try:
            stamp = stamps.check(path.read_bytes(), (self.folder / paper.name).read_bytes(), roots)
        except (NotWhole, OSError) as error:
            return Finding("fault", "stamp_false", words | {"why": error})
        return Finding("proven", "stamp", words | {"at": f"{stamp.at:%Y-%m-%d %H:%M:%S}", "signer": stamp.by})

    def _paper(self, path: Path) -> Generator[Finding, None, Paper | None]:
        """A manifest; None, and a fault found, where it is missing or broken."""
        try:
            return evidence.read(path)
        except NotWhole:
            yield Finding("fault", "broken" if path.exists() else "missing", {"name": path.name})
        return None


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
            elif not entry.is_dir():
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
        for line in lines:
            if (known := _LINE.fullmatch(line.rstrip(b"\n"))) is None:
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


def _json(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _plain(name: str) -> bool:
    """Whether a name that stands in a manifest is a file's in this folder, and leads nowhere else."""
    return 0 < len(name.encode(errors="replace")) < 256 and Path(name).name == name and "\0" not in name


_HEAD: Final = struct.Struct("<26xHH")  # a local header: 26 bytes, the name's length, the extra field's
_LINE: Final = re.compile(rb"(\\?)([0-9a-f]{64})  (.+)", re.DOTALL)
_HEADS: Final = {
    "title": ("Kontroll av {package}, utan nät", "Check of {package}, without a network"),
    "fault": ("FEL:", "WRONG:"),
    "proven": ("Bevisat:", "Proven:"),
    "open": ("Inte bevisat:", "Not proven:"),
}
_TEXTS: Final = {
    "package": (
        "Paketet är byte för byte det som manifestet nämner ({size} byte, SHA-256 {sha256}).",
        "The package is byte for byte the one that its manifest names ({size} bytes, SHA-256 {sha256}).",
    ),
    "package_differs": (
        "Paketet är inte det som manifestet nämner: {size} byte mot {due}, SHA-256 {sha256}. Hämta ett annat exemplar.",
        "The package is not the one that its manifest names: {size} bytes against {due}, SHA-256 {sha256}. Fetch "
        "another copy.",
    ),
    "unreadable": ("Paketet går inte att läsa som ZIP: {why}", "The package cannot be read as a ZIP: {why}"),
    "missing": (
        "{name} saknas bredvid paketet. Hämta den från arkivet.", "{name} is missing beside the package. Fetch it from "
        "the archive.",
    ),
    "broken": (
        "{name} är inte som den skrevs: någon har ändrat i den.",
        "{name} is not as it was written: somebody has changed it.",
    ),
    "of_another": (
        "{name} är för {order}, och inte för det här paketet.", "{name} is of {order}, and not of this package.",
    ),
    "listing_differs": (
        "Förteckningen {name} är inte den som manifestet nämner.", "The listing {name} is not the one that the "
        "manifest names.",
    ),
    "listing_line": ("Förteckningen {name} har en rad som ingen fil kan ha.", "The listing {name} has a line that is "
                     "none of a file."),
    "files": (
        "Alla {count} filer i paketet är som förteckningen säger, och inga andra finns där (rot {root}).",
        "All {count} files in the package are as the listing says, and there are no others (root {root}).",
    ),
    "changed": ("{name}: har ändrats i paketet.", "{name}: has been changed in the package."),
    "lost": ("{name}: saknas i paketet.", "{name}: is missing in the package."),
    "added": ("{name}: har lagts till i paketet.", "{name}: has been added to the package."),
    "more": ("… och {count} filer till.", "… and {count} files more."),
    "not_inside": (
        "Insamlingens {name} som manifestet nämner finns inte i paketet.",
        "The capture's {name} that the manifest names is not in the package.",
    ),
    "receipt": (
        "Det som ligger bredvid paketet är det som kvittot nämner ({name}).",
        "What lies beside the package is what its receipt names ({name}).",
    ),
    "receipt_differs": ("{name}: inte som kvittot säger, eller borta.", "{name}: not as the receipt says, or gone."),
    "receipt_touched": ("Kvittot {name} är inte som dess namn säger.", "The receipt {name} is not as its name says."),
    "first": (
        "Manifestet är kontots första: kedjan börjar här.", "The manifest is the account's first: the chain begins "
        "here.",
    ),
    "chain": (
        "Kedjan av manifest är hel {steps} steg bakåt, till kontots första ({name}).",
        "The chain of manifests is whole {steps} steps back, to the account's first ({name}).",
    ),
    "chain_ends": (
        "Kedjan av manifest är hel {steps} steg bakåt; {name} ligger inte här, så längre går det inte att följa den.",
        "The chain of manifests is whole {steps} steps back; {name} is not here, so it cannot be followed further.",
    ),
    "chain_broken": (
        "Kedjan är bruten: {name} är inte den fil som {by} nämner.",
        "The chain is broken: {name} is not the file that {by} names.",
    ),
    "later": (
        "Det senare manifestet {by} nämner {name}: den har inte ändrats sedan dess.",
        "The later manifest {by} names {name}: it has not been changed since then.",
    ),
    "named": ("{by} nämner {name}, och så är den.", "{by} names {name}, and so it is."),
    "run": ("Årets körning ({name}) nämner manifestet.", "The year's run ({name}) names the manifest."),
    "run_differs": (
        "Årets körning ({name}) nämner ett annat manifest för samma paket.",
        "The year's run ({name}) names another manifest of the same package.",
    ),
    "no_run": (
        "Ingen körning för {year} som nämner manifestet ligger här.", "No run of {year} that names the manifest is "
        "here.",
    ),
    "stamp": (
        "{over} fanns {at} UTC, enligt {by} ({signer}).", "{over} was there at {at} UTC, says {by} ({signer}).",
    ),
    "stamp_false": (
        "Tidsstämpeln {name} gäller inte för {over} ({why}).",
        "The time stamp {name} does not hold for {over} ({why}).",
    ),
    "no_roots": (
        "Tidsstämpeln {name} går inte att kontrollera: inga rotcertifikat för {by}.",
        "The time stamp {name} cannot be checked: no root certificates for {by}.",
    ),
    "no_stamp": (
        "När {name} fanns: där ligger ingen tidsstämpel. Den som rår över mappen kan ha bytt ut allt som ligger i den.",
        "When {name} was there: no time stamp lies here. Whoever owns the folder may have replaced all that is in it.",
    ),
    "whole": (
        "Att plattformen gav allt som fanns. Det säger uttagsrapporten i paketet, och omdömet där är: {verdict}.",
        "That the platform gave all that there was. The report in the package speaks of that; its verdict: {verdict}.",
    ),
}  # fmt: skip
