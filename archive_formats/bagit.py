"""BagIt 1.0 (RFC 8493): the capture as payload, SHA-256 and SHA-512 manifests, in one ZIP, stored and not compressed.

The same capture gives the same bytes: sorted, dated by the order, no random names. Each payload byte is read once, and
checked against the capture's seal on the way: what somebody has touched is never packed.
Source: rfc-editor.org/rfc/rfc8493, seen 2026-11.
"""

import zipfile
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256, sha512
from itertools import zip_longest
from pathlib import Path
from typing import IO, Any

from archive_formats import _held
from model.capture import digests, files, ledger_of
from model.errors import NotWhole
from model.nouns import Held, Order, Package
from model.settings import Settings

TAKES_MADE = False
MARK = "bagit.txt"  # a file in the root folder that tells this format from others
_BLOCK = 2**20
_MANIFESTS = {"sha256": sha256, "sha512": sha512}
_READ_ME = """\
{id}
{line}
Det här är ett arkivpaket enligt BagIt 1.0 (RFC 8493). Det kan läsas och kontrolleras utan särskilda program.

  data/items.jsonl    inlägg, kommentarer och tidigare versioner, en per rad
  data/media/         bilder, film och ljud, med sin egen kontrollsumma som namn
  data/gaps.jsonl     det som saknas, och varför
  data/ledger.json    utlovat, taget och förklarat, lista för lista, och omdömet
  data/claims.jsonl   vad plattformen själv säger att det finns
  data/raw/           plattformens svar som de kom (WARC 1.1), nycklar borttagna
  data/differences.jsonl  det som skiljer plattformens svar från exporten, i förekommande fall
  data/supplied/      exporter och skärmbilder från arkivarien, i förekommande fall (supplied.jsonl)
  data/seal.jsonl     varje fil med storlek och kontrollsummor

Kontrollera i mappen:  sha256sum -c manifest-sha256.txt
Packa inte om filen: kontrollsumman i kvittot gäller ZIP-filen som den är.
"""


def pack(capture: Path, order: Order, made: Path, settings: Settings, target: Path) -> Package:
    """Write the package to `target`, or find it there; of the capture alone. NotWhole where it is not as sealed."""
    verdict = ledger_of(capture)["verdict"]
    if not _found(target, capture):
        part = target.with_name(target.name + ".part")
        try:
            with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as bag:
                _write(bag, capture, order)
            part.rename(target)
        finally:
            part.unlink(missing_ok=True)
    with target.open("rb") as file:
        found = _digest(file, sha256())
    return Package(
        path=str(target), order=order.id, format="bagit", size=target.stat().st_size, sha256=found, verdict=verdict
    )


def check(package: Path) -> list[str]:
    """What is wrong with a package, a sentence each; nothing if every byte is as the manifests say."""
    return _held.faults(package, _faults, "a bag")


def where(path: str, objid: str, settings: Settings) -> str:
    """Nothing: what is made of the capture does not go along, and the package tells of itself."""
    return ""


def read(package: Path | Held, name: str) -> Iterator[bytes]:
    """The lines of one file of the capture, out of its package. NotWhole where the package cannot be read."""
    yield from _held.lines(package, name, lambda held: f"{_held.top(held)}/data/{name}")


def _found(target: Path, capture: Path) -> bool:
    """Whether the package is there, whole and of this very capture: a run before this one may have left another."""
    if not target.exists() or check(target):
        return False
    with (capture / "seal.jsonl").open("rb") as seal:
        return all(ours == theirs for ours, theirs in zip_longest(seal, read(target, "seal.jsonl")))


def _write(bag: zipfile.ZipFile, capture: Path, order: Order) -> None:
    """The whole bag: payload, tag files, manifests, and the tag manifests last."""
    count = size = 0
    for name, about in _payload(capture):
        count, size = count + 1, size + _add_payload(bag, order, capture, name, about)
    with (capture / "seal.jsonl").open("rb") as seal:
        _, *own = digests(seal)  # sha256, sha512: the seal names every file but itself
    tags: dict[str, Iterable[str]] = {
        "LASMIG.txt": [_READ_ME.format(id=order.id, line="=" * len(order.id))],
        "bag-info.txt": _info(order, size, count),
        "bagit.txt": ["BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"],
    }
    tags |= {f"manifest-{name}.txt": _manifest(capture, name, due) for name, due in zip(_MANIFESTS, own, strict=True)}
    hashes = {name: _add_tag(bag, order, name, lines) for name, lines in tags.items()}
    for place, algorithm in enumerate(_MANIFESTS):
        lines = [f"{found[place]}  {name}\n".encode() for name, found in hashes.items()]
        _add(bag, order, f"tagmanifest-{algorithm}.txt", lines)


def _add_payload(bag: zipfile.ZipFile, order: Order, capture: Path, name: str, about: dict[str, Any]) -> int:
    """Put one file of the capture into the bag, if it is as the seal has it: its size."""
    fault = "missing, and the capture's seal names it"
    if (capture / name).is_file():
        with (capture / name).open("rb") as source:
            found = _add(bag, order, f"data/{name}", iter(lambda: source.read(_BLOCK), b""))
        if not about or found == (about["size"], about["sha256"]):
            return found[0]
        fault = "changed since the capture was sealed"
    raise NotWhole(
        f"{capture.name}/{name}: {fault}. Nothing was packed. Move the folder aside and run again to take the account "
        "anew."
    )


def _add_tag(bag: zipfile.ZipFile, order: Order, name: str, lines: Iterable[str]) -> list[str]:
    """Write one tag file: its hash for each kind of manifest."""
    hashes = [new() for new in _MANIFESTS.values()]

    def pieces() -> Iterator[bytes]:
        for line in lines:
            for one in hashes:
                one.update(line.encode())
            yield line.encode()

    _add(bag, order, name, pieces())
    return [one.hexdigest() for one in hashes]


def _payload(capture: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for entry in files(capture):
        yield entry["path"], entry
    yield "seal.jsonl", {}


def _manifest(capture: Path, algorithm: str, seal: str) -> Iterator[str]:
    for entry in files(capture):
        yield f"{entry[algorithm]}  data/{entry['path']}\n"
    yield f"{seal}  data/seal.jsonl\n"


def _info(order: Order, size: int, count: int) -> Iterator[str]:
    account = order.account
    yield from (
        f"{name}: {_one_line(value)}\n"
        for name, value in (
            ("Source-Organization", account.unit),
            ("External-Identifier", order.id),
            ("External-Description", f"{account.platform}: {account.address} ({order.kind} {order.year})"),
            ("Internal-Sender-Identifier", account.case),
            ("Bagging-Date", order.created.date().isoformat()),
            ("Payload-Oxum", f"{size}.{count}"),
            ("Bag-Software-Agent", "arsring"),
        )
        if value
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _add(bag: zipfile.ZipFile, order: Order, name: str, pieces: Iterable[bytes]) -> tuple[int, str]:
    """Write one file into the bag: (its size, its SHA-256)."""
    entry = zipfile.ZipInfo(f"{order.id}/{name}", order.created.timetuple()[:6])
    entry.external_attr, entry.create_system = 0o100644 << 16, 3
    size, digest = 0, sha256()
    with bag.open(entry, "w", force_zip64=True) as out:
        for piece in pieces:
            digest.update(piece)
            size += out.write(piece)
    return size, digest.hexdigest()


def _faults(bag: zipfile.ZipFile) -> Iterator[str]:
    top, names = _held.top(bag), bag.namelist()
    if f"{top}/bagit.txt" not in names:
        yield "bagit.txt is missing: this is no bag"
        return
    for algorithm, new in _MANIFESTS.items():
        for manifest in (f"tagmanifest-{algorithm}.txt", f"manifest-{algorithm}.txt"):
            if f"{top}/{manifest}" not in names:
                yield f"{manifest} is missing"
                continue
            yield from _against(bag, f"{top}/", manifest, new)


def _against(bag: zipfile.ZipFile, top: str, manifest: str, new: Callable[[], Any]) -> Iterator[str]:
    payload = not manifest.startswith("tag")
    left = {
        name
        for path in bag.namelist()
        if not (name := path.removeprefix(top)).endswith("/") and name.startswith("data/") == payload
        if payload or not name.startswith("tagmanifest-")
    } - {""}
    with bag.open(top + manifest) as lines:
        for line in lines:
            due, _, name = line.decode().rstrip("\n").partition("  ")
            left.discard(name)
            try:
                with bag.open(top + name) as file:
                    found = _digest(file, new())
            except KeyError:
                yield f"{name}: listed in {manifest}, and missing"
                continue
            except zipfile.BadZipFile as error:
                found = str(error)
            if found != due:
                yield f"{name}: not as {manifest} says"
    yield from (f"{name}: not in {manifest}" for name in sorted(left))


def _digest(file: IO[bytes], digest: Any) -> str:
    while piece := file.read(_BLOCK):
        digest.update(piece)
    return str(digest.hexdigest())
