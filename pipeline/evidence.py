"""What proves later that a package is as it was delivered: a manifest for each, chained to the one before it.

    2026-exempelvik-mastodon.manifest.json   the package's, its listing's and its METS's hashes, the roots, what it is
    2026-exempelvik-mastodon.sha256          its listing: every file in it, as `sha256sum` writes it
    2026-december.1.run.json                 the manifests of all accounts' annual packages of a year

Canonical JSON: keys sorted, UTF-8, one newline at the end, whole numbers and texts alone. The same package after the
same predecessor gives the same bytes. A stamp over one of them (pipeline/stamps.py) says when it was there. No file
with names in it is hashed by itself: the manifest goes along with masked copies, and names can be tried on a hash. (The
seal and METS have the hashes of the record too, which nobody can try; the ledger has figures.)
"""

import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, Final

from model import capture as captures
from model import disclosing, merkle
from model import made as makings
from model.errors import NotWhole
from model.made import About
from model.nouns import Order, Package, Receipt
from model.protocols import Shelf
from model.settings import Settings

MANIFEST: Final = ".manifest.json"
CERTIFICATES: Final = (".certificate.json", ".certificate.pdf")  # of a closure, how its two forms end
RUN: Final = ".run.json"
_KNOWN: Final = "arsring manifest 1"
_KNOWN_RUN: Final = "arsring run 1"


@dataclass(frozen=True, slots=True)
class Paper:
    """A manifest or run manifest as it lies there: its file's name, its hash, what it says."""

    name: str
    sha256: str
    says: Mapping[str, Any]


def make(package: Package, order: Order, capture: Path, made: Path, settings: Settings, shelf: Shelf) -> Package:
    """The package with its listing and its manifest beside it. NotWhole where an earlier manifest cannot be read."""
    listing = Path(package.listing) if package.listing else _listed(package, order)
    found = _facts(package, order, made) | {
        "creator": settings.creator.name,
        "listing": _of_listing(listing),
        "mets": _of_mets(listing),
        "items_root": disclosing.root_of(capture).hex(),
        "ledger_sha256": digest(capture / "ledger.json"),
        "seal_sha256": digest(capture / "seal.jsonl"),
        "previous": _before(order, shelf),
        "previous_run": _named(_last_run(shelf, order.year - 1)),
    }
    target = Path(package.path).with_name(f"{order.id}{MANIFEST}")
    captures.write(target, _held(target.name, found, shelf) or canonical(found))
    return replace(package, listing=str(listing), sidecars=(*package.sidecars, str(target)))


def run(year: int, shelf: Shelf, settings: Settings) -> str | None:
    """The name of the manifest of a December run, over the year's annual packages that have a receipt.

    A new revision where a package has come since the last one that can be read, which stays; None where there is no
    package of that year. NotWhole where a manifest is not as the receipt has it.
    """
    rows = sorted(_rows(year, shelf), key=lambda row: row["order"])
    last = _last_run(shelf, year)
    own = last if last and last.says["year"] == year else None
    if own and own.says["manifests"] == rows:
        return own.name
    if not rows:
        return None
    number = _next_revision(shelf, year)
    found = {
        "format": _KNOWN_RUN, "run": f"{year}-december", "year": year, "revision": number, "manifests": rows,
        "creator": settings.creator.name, "previous": _named(last),
    }  # fmt: skip
    shelf.keep(name := f"{year}-december.{number}{RUN}", canonical(found))
    return name


def papers(shelf: Shelf, account: str) -> list[Paper]:
    """All manifests of an account, by their names. NotWhole where one is broken."""
    known = re.compile(rf"[\d-]+-{re.escape(account)}(\..*)?{re.escape(MANIFEST)}")
    found = [paper(name, shelf) for name in shelf.papers() if known.fullmatch(name)]
    return [one for one in found if one.says["account"] == account]


def paper(name: str, shelf: Shelf) -> Paper:
    """A manifest or run manifest in the archive. NotWhole where it is none."""
    return _read(name, lambda: shelf.read(name))


def read(path: Path) -> Paper:
    """A manifest or run manifest in a folder. NotWhole where it is none."""
    return _read(path.name, path.read_bytes)


def parse(name: str, data: bytes) -> Paper:
    """A manifest or run manifest from its bytes. NotWhole where it is none."""
    return _read(name, lambda: data)


def _read(name: str, data_of: Callable[[], bytes]) -> Paper:
    try:
        data = data_of()
        says = json.loads(data)
        _of_this_version(name, says)
        if (fault := _fault(says)) or canonical(says) != data:
            raise ValueError(fault or "not in the form in which it was written")
    except (OSError, ValueError, RecursionError) as error:
        raise NotWhole(
            f"{name}: cannot be read as a manifest ({error}). Put the file back as it was delivered: what stands "
            "beside other copies of the package, or on paper, has its hash."
        ) from error
    return Paper(name, sha256(data).hexdigest(), says)


def personal(receipt: Receipt, shelf: Shelf) -> int:
    """How many things like personal identity numbers a delivered package's texts hold, as far as its manifest tells."""
    if (name := f"{receipt.order}{MANIFEST}") not in receipt.beside:
        return 0
    counts = paper(name, shelf).says.get("counts")
    count = counts.get("personal") if isinstance(counts, dict) else 0
    return count if isinstance(count, int) else 0


def canonical(value: Mapping[str, Any]) -> bytes:
    """The one way in which a manifest is written. ValueError where it holds a text that is no text."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1).encode() + b"\n"


def digest(path: Path) -> str:
    """A file's SHA-256, hex."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def lines_root(lines: Iterable[bytes]) -> tuple[int, str]:
    """How many lines a listing has, and the root over them (model/merkle.py; a line without its newline), hex."""
    count = 0

    def leaves() -> Iterator[bytes]:
        nonlocal count
        for line in lines:
            count += 1
            yield merkle.leaf(line.removesuffix(b"\n"))

    root = merkle.root(leaves()).hex()
    return count, root


def _facts(package: Package, order: Order, made: Path) -> dict[str, Any]:
    found: dict[str, Any] = {
        "format": _KNOWN, "order": order.id, "account": order.account.id, "platform": order.account.platform,
        "year": order.year, "kind": order.kind, "verdict": package.verdict, "replaces": order.replaces,
        "run": dict(order.run),
        "package": {
            "name": f"{order.id}.zip", "size": package.size, "sha256": package.sha256, "format": package.format,
        },
    }  # fmt: skip
    if (made / "about.json").exists():
        about = makings.about(made)
        found |= {"objid": about.objid, "status": about.status, "counts": dict(about.counts)}
    return found


def _held(name: str, found: Mapping[str, Any], shelf: Shelf) -> bytes:
    """The manifest of this very package as it was put into the store by a run that was then stopped, or nothing."""
    if name not in shelf.papers():
        return b""
    says = paper(name, shelf).says
    return canonical(says) if all(says[key] == found[key] for key in ("package", "listing", "order")) else b""


def _rows(year: int, shelf: Shelf) -> Iterator[dict[str, str]]:
    for receipt in shelf.receipts():
        due = receipt.beside.get(name := f"{receipt.order}{MANIFEST}")
        if due is None or not receipt.order.startswith(f"{year}-"):
            continue
        found = paper(name, shelf)
        if found.sha256 != due:
            raise NotWhole(f"{name}: not the manifest that the receipt names. Put back the file that was delivered.")
        if (found.says["year"], found.says["kind"]) == (year, "annual"):
            yield {"account": receipt.account, "order": receipt.order, "sha256": due}


def _last_run(shelf: Shelf, year: int) -> Paper | None:
    """The last run's manifest of that year or of one before it, of those that can be read.

    One that cannot is told by the nightly check (pipeline/fixity.py), and stops nobody's package.
    """
    found = list[Paper]()
    for name in (name for name in shelf.papers() if name.endswith(RUN)):
        with suppress(NotWhole):
            found.append(paper(name, shelf))
    runs = [one for one in found if one.says["year"] <= year]
    return max(runs, key=lambda one: (one.says["year"], one.says["revision"]), default=None)


def _next_revision(shelf: Shelf, year: int) -> int:
    """One more than any run's manifest of the year has in its name, those that cannot be read among them."""
    own = re.compile(rf"{year}-december\.([0-9]{{1,9}}){re.escape(RUN)}")
    return 1 + max((int(found[1]) for found in map(own.fullmatch, shelf.papers()) if found), default=0)


def _named(paper: Paper | None) -> dict[str, str]:
    return {"name": paper.name, "sha256": paper.sha256} if paper else {}


def _listed(package: Package, order: Order) -> Path:
    """The listing of a package whose format writes none: every file in it, hashed, sorted by path."""
    target = Path(package.path).with_name(f"{order.id}.sha256")
    with zipfile.ZipFile(package.path) as held:
        names = sorted(name for name in held.namelist() if not name.endswith("/"))
        captures.write(target, (_line(held, name) for name in names))
    return target


def _line(held: zipfile.ZipFile, name: str) -> bytes:
    with held.open(name) as file:
        found = file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # it asks for less than it is said to
    return listing_line(found, name)


def listing_line(digest: str, name: str) -> bytes:
    """One line as `sha256sum` writes it: a backslash before it says that the name is written with backslashes."""
    plain = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return f"{'' if plain == name else chr(92)}{digest}  {plain}\n".encode()


def _of_listing(listing: Path) -> dict[str, Any]:
    with listing.open("rb") as lines:
        count, root = lines_root(lines)
    return {"sha256": digest(listing), "files": count, "root": root}


def _of_mets(listing: Path) -> dict[str, str]:
    """The hash of the file that describes a whole package of E-ARK or FGS: path → SHA-256."""
    with listing.open(encoding="utf-8", errors="replace") as lines:
        rows = (line.rstrip("\n").partition("  ") for line in lines)
        return {name: found for found, _, name in rows if name.partition("/")[2] in ("METS.xml", "sip.xml")}


def _before(order: Order, shelf: Shelf) -> dict[str, str]:
    """The account's manifest before this one, or nothing. Rehearsals are no part of the chain: they may be removed."""
    held = {one.says["order"]: one for one in papers(shelf, order.account.id) if one.says["kind"] != "rehearsal"}
    depths = {name: _depth(name, order.id, held) for name in held}
    good = [name for name, depth in depths.items() if depth]
    if not good:
        return {}
    named = {held[name].says["previous"].get("order", "") for name in good}
    # One that no other names: two of them only where a manifest is gone, which the nightly check tells.
    last = max((name for name in good if name not in named), key=lambda name: (name, depths[name]))
    return _named(held[last]) | {"order": last}


def _depth(name: str, own: str, held: Mapping[str, Paper]) -> int:
    """How long the chain behind a manifest is, itself counted; 0 where it comes after `own`, or is it."""
    depth, seen = 0, set[str]()
    while name in held and name not in seen:
        if name == own:
            return 0
        seen.add(name)
        depth, name = depth + 1, held[name].says["previous"].get("order", "")
    return 0 if name == own else depth


def _of_this_version(name: str, says: Any) -> None:
    """NotWhole where it is one of ours, and of a version that is not this one."""
    form = str(says.get("format")) if isinstance(says, dict) else ""
    if re.fullmatch(r"arsring (manifest|run) [0-9]{1,9}", form) and form not in (_KNOWN, _KNOWN_RUN):
        raise NotWhole(
            f"{name}: it is an '{form}', and this version of Årsring knows only '{_KNOWN}' and '{_KNOWN_RUN}'. Use a "
            "later version. The package itself can be read without it."
        )


def _fault(says: Any) -> str:
    """What keeps a JSON from being a manifest or run manifest, or nothing."""
    if not isinstance(says, dict) or says.get("format") not in (_KNOWN, _KNOWN_RUN):
        return "not one of ours"
    due = _OF_MANIFEST if says["format"] == _KNOWN else _OF_RUN
    wrong = [name for name, good in due.items() if not good(says.get(name))]
    return f"{', '.join(wrong)}: missing, or not as they are written" if wrong else ""


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def _is_hash(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def _is_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())


def _is_package(value: Any) -> bool:
    return (
        isinstance(value, dict) and _is_number(value.get("size")) and _is_hash(value.get("sha256"))
        and all(_is_text(value.get(name)) for name in ("name", "format"))
    )  # fmt: skip


def _is_listing(value: Any) -> bool:
    return isinstance(value, dict) and _is_number(value.get("files")) and all(
        _is_hash(value.get(name)) for name in ("sha256", "root")
    )  # fmt: skip


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and all(
        _is_texts(row) and _is_text(row.get("order")) and _is_hash(row.get("sha256")) for row in value
    )


_OF_MANIFEST: Final[Mapping[str, Callable[[Any], bool]]] = {
    **dict.fromkeys(("order", "account", "kind", "verdict"), _is_text), "year": _is_number,
    **dict.fromkeys(("items_root", "ledger_sha256", "seal_sha256"), _is_hash),
    **dict.fromkeys(("mets", "previous", "previous_run"), _is_texts), "package": _is_package, "listing": _is_listing,
}  # fmt: skip
_OF_RUN: Final[Mapping[str, Callable[[Any], bool]]] = {
    "year": _is_number, "revision": _is_number, "previous": _is_texts, "manifests": _is_rows,
}  # fmt: skip
_BY_HAND: Final = {
    "sv": """\
Kontrollera själv
-----------------
Bredvid paketet ligger dess förteckning, dess manifest och dess tidsstämplar. Vem som helst kan kontrollera dem med
sha256sum, unzip och openssl. Ställ dig i mappen där de ligger.

1. Paketet och förteckningen är de som manifestet nämner. Båda kommandona ska svara 1:

    grep -c "$(sha256sum < {order}.zip | cut -c 1-64)" {order}.manifest.json
    grep -c "$(sha256sum < {order}.sha256 | cut -c 1-64)" {order}.manifest.json

2. Varje fil i paketet är som förteckningen säger. Kommandot ska inte svara något:

    (cd $(mktemp -d kontroll.XXXX) && unzip -q ../{order}.zip && sha256sum -c --quiet ../{order}.sha256)

3. Kedjan: manifestet nämner kontots förra manifest (previous) och förra årets körning (previous_run) med SHA-256, och
   årets körning ({year}-december.*.run.json) nämner alla kontons manifest. Jämför med vad det här svarar:

    sha256sum *.manifest.json *.run.json
""",
    "en": """\
Check it yourself
-----------------
Beside the package lie its listing, its manifest and its time stamps. Anybody can check them with sha256sum, unzip and
openssl. Stand in the folder where they lie.

1. The package and its listing are those that the manifest names. Both commands should answer 1:

    grep -c "$(sha256sum < {order}.zip | cut -c 1-64)" {order}.manifest.json
    grep -c "$(sha256sum < {order}.sha256 | cut -c 1-64)" {order}.manifest.json

2. Every file in the package is as the listing says. The command should answer nothing:

    (cd $(mktemp -d kontroll.XXXX) && unzip -q ../{order}.zip && sha256sum -c --quiet ../{order}.sha256)

3. The chain: the manifest names the account's manifest before it (previous) and the run of the year before
   (previous_run) by SHA-256, and the year's run ({year}-december.*.run.json) names the manifests of all accounts.
   Compare with what this answers:

    sha256sum *.manifest.json *.run.json
""",
}
_STAMPS: Final = {
    "sv": (
        """\
4. Tidsstämplarna (RFC 3161) visar att manifestet fanns vid en viss tid. De kan ha kommit senare än paketet. Varje
   kommando ska svara Verification: OK. Certifikaten i .pem ligger bredvid som hjälp: den som vill vara säker hämtar
   rotcertifikatet hos tjänsten själv. Har certifikaten gått ut: lägg till -attime och stämpelns tid i sekunder sedan
   1970. Tiden visas av openssl ts -reply -in FIL.tsr -text
""",
        "4. Ingen tidsstämpling var inställd när paketet gjordes.",
    ),
    "en": (
        """\
4. The time stamps (RFC 3161) show that the manifest was there at a certain time. They may have come later than the
   package. Each command should answer Verification: OK. The certificates in .pem lie beside as a help: to be sure, get
   the root certificate from the authority itself. If the certificates have expired: add -attime and the stamp's time in
   seconds since 1970. The time is shown by openssl ts -reply -in FILE.tsr -text
""",
        "4. No time stamping was set up when the package was made.",
    ),
}


def by_hand(order: Order, about: About, settings: Settings) -> str:
    """How anybody checks the package with sha256sum and openssl, for LASMIG.txt. Commands stand four blanks in."""
    some, none = _STAMPS[settings.language]
    text = _BY_HAND[settings.language].format(order=about.order, year=order.year)
    stems = [(f"{about.order}.manifest", f"{about.order}.manifest.{one.name}") for one in settings.stamps]
    commands = [f"    openssl ts -verify -data {data}.json -in {stem}.tsr -CAfile {stem}.pem" for data, stem in stems]
    return "\n".join([text, some, *commands] if commands else [text, none])
