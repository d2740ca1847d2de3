"""`arsring store …`: what is done with the archive itself, in a folder or in an object store."""

import argparse
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from archive_formats._held import NO_ZIP
from model.errors import ArsringError, BadInput, NotWhole
from model.nouns import Receipt
from model.settings import IDENTITIES, Bucket
from pipeline import evidence, line, staging
from pipeline.say import VERDICTS, Voice
from pipeline.swedish import swedish

if TYPE_CHECKING:
    from stores import s3

FORGOTTEN: Final = timedelta(days=7)  # since somebody went on with a capture in staging
Act = Callable[[argparse.Namespace, Voice], int]
PlaceOf = Callable[[argparse.Namespace], line.Place]  # the place that a command's options name

_SAYS: Final = {
    "probe": ("  {mark} {id}: {says}", "  {mark} {id}: {says}"),
    "fit": ("{where}: lagret går att lita på. {promise}", "{where}: the store can be relied on. {promise}"),
    "unfit": (
        "{where}: lagret går INTE att lita på. Inget levereras dit förrän felen ovan är rättade.",
        "{where}: the store can NOT be relied on. Nothing is delivered to it until what stands above is mended.",
    ),
    "none": ("{where}: inga paket än.", "{where}: no packages yet."),
    "got": (
        "{order}: hämtat till {into} ({count} filer). Kontrollera: arsring verify {into}",
        "{order}: fetched into {into} ({count} files). To check: arsring verify {into}",
    ),
    "read": (
        "{where}: {objects} objekt ({mb:.1f} MB) lästa, {faults} fel.",
        "{where}: {objects} objects ({mb:.1f} MB) read, {faults} faults.",
    ),
    "index": ("{where}: förteckningen har {count} kvitton.", "{where}: the index has {count} receipts."),
    "reaped": ("  avbruten uppladdning borttagen: {key}", "  litter removed: {key}"),
    "staging-clear": ("{order}: inget ligger kvar i mellanlagret.", "{order}: nothing is left in staging."),
    "staged": ("  mellanlager tömt: {order} är levererad", "  staging cleared: {order} has been delivered"),
    "swept": (
        "  {order}: levererad, och borttagen ur arbetsmappen här",
        "  {order}: delivered, and removed from the work area here",
    ),
    "forgotten": (
        "  {order}: påbörjad, och ingen har fortsatt på en vecka. Kör om den, eller låt den ligga.",
        "  {order}: begun, and nobody has gone on with it for a week. Run it again, or let it lie.",
    ),
    "clean": ("{where}: {count} rester borttagna.", "{where}: {count} pieces of litter removed."),
    "page": ("{name}: sparad som {into}.", "{name}: saved as {into}."),
}


def commands(parser: argparse.ArgumentParser, place_of: PlaceOf) -> None:
    """Add the commands under `arsring store`."""
    added = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, act: Callable[[argparse.Namespace, Voice, line.Place], int], says: str) -> Any:
        one = added.add_parser(name, help=says, description=says)
        one.set_defaults(act=lambda options, voice: act(options, voice, place_of(options)))
        one.add_argument("--settings", type=Path, metavar="FILE", help="the authority's settings (or ARSRING_SETTINGS)")
        one.add_argument("--archive", type=Path, default=Path("archive"), metavar="DIR", help="where it is a folder")
        return one

    policy = command("policy", _policy, "show each identity's rights")
    policy.add_argument("--print", action="store_true", required=True, help="as JSON; `init` is what sets them")
    command("init", _init, "make the buckets, their locks and each identity's rights (with the owner's key)")
    command("doctor", _doctor, "find out by trying what the server does; delivery asks for it every 30 days")
    command("list", _list, "list every package that has a receipt").add_argument("--json", action="store_true")
    get = command("get", _get, "fetch a package and all that proves it")
    get.add_argument("order")
    get.add_argument("into", type=Path, metavar="DIR")
    page = command("page", _page, "read one file out of a package; without a name, list what is in it")
    page.add_argument("order")
    page.add_argument("name", nargs="?", default="")
    page.add_argument("--into", type=Path, metavar="FILE")
    link = command("link", _link, "make an address at which a package can be fetched for some hours")
    link.add_argument("order")
    link.add_argument("--hours", type=int, default=24, choices=range(1, 169), metavar="1–168")
    verify = command("verify", _verify, "read back what was delivered, or a slice of it")
    verify.add_argument("--slice", type=_slice, default=(1, 1), metavar="N/T", help="such as 1/90: a ninetieth a day")
    accept = command("accept", _accept, "the archivist has accepted a package: hold it, and lock it for a year")
    accept.add_argument("order")
    accept.add_argument("--by", required=True, metavar="ROLE", help="a function, not a person")
    command("extend", _extend, "lock every accepted package for another year (each December)")
    command("rebuild-index", _rebuild, "write the index anew from the receipts")
    forget = command("forget", _forget, "remove a capture under way from staging, so that it is taken anew")
    forget.add_argument("order")
    _where_work_lies(command("reap", _reap, "clear what killed runs left; name captures that nobody goes on with"))


def _where_work_lies(reap: argparse.ArgumentParser) -> None:
    work = os.environ.get("ARSRING_WORK")
    reap.add_argument(
        "--work", type=Path, default=Path(work) if work else None, metavar="DIR",
        help="where delivered orders may lie yet (default: ARSRING_WORK, else .arsring below --archive)",
    )  # fmt: skip


def _policy(options: argparse.Namespace, voice: Voice, place: line.Place) -> int:
    from stores import _policy as policies

    bucket = _bucket(place)
    for name in (bucket.bucket, bucket.scratch, bucket.staging):
        print(json.dumps({name: policies.policy(bucket, name, policies.principals(bucket))}, indent=1))
    return 0


def _init(options: argparse.Namespace, voice: Voice, place: line.Place) -> int:
    from stores import _policy as policies

    for text in policies.init(_calls(place, "owner"), _bucket(place)):
        voice.tell(f"  {_said(text, voice)}")
    return 0


def _doctor(options: argparse.Namespace, voice: Voice, place: line.Place) -> int:
    from stores import _doctor, _fitness, s3
    from stores._keys import Keys

    bucket = _bucket(place)
    identities = {who: _calls(place, who) for who in IDENTITIES if who != "owner"}
    says = _doctor.doctor(bucket, identities, s3.strangers(bucket, place.key))
    for probe in says["probes"]:
        mark = "ok " if probe["good"] else "FEL" if probe["needed"] else " – "
        _tell(voice, "probe", mark=mark, id=probe["id"], says=_said(probe["says"], voice))
    identities["ingest"].put(*_fitness.written(says, Keys(bucket.authority)))
    where = f"{bucket.endpoint}/{bucket.bucket}"
    _tell(voice, "fit" if says["fit"] else "unfit", where=where, promise=_said(says["promise"], voice))
    return 0 if says["fit"] else 3


def _list(options: argparse.Namespace, voice: Voice, place: line.Place) -> int:
    found = list(place.shelf.listed())
    if options.json:
        print(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=1))
        return 0
    for one in found:
        verdict = VERDICTS[voice.lang][one.verdict]
        voice.tell(f"  {one.order:45} {one.size / 1e6:>9.1f} MB  {verdict:30} {place.shelf.where(one)}")
    if not found:
        _tell(voice, "none", where=place.shelf.name)
    return 0


def _get(options: argparse.Namespace, voice: Voice, place: line.Place) -> int:
    """The package, its sidecars and receipt, the account's other manifests, the runs' and all stamps over them."""
    receipt, into = _receipt(options.order, place), options.into
    with _writing(into):
        into.mkdir(parents=True, exist_ok=True)
    written = [_fetched(receipt, into, place)]
    for name, data in _papers(receipt, place):
        path = into / name
        with _writing(path):
            if path.exists() and path.read_bytes() != data:
                raise BadInput(f"{path}: another file lies there already. Name an empty folder.")
            path.write_bytes(data)
        written.append(path)
    _tell(voice, "got", order=receipt.order, into=into, count=len(written))
    return 0


def _papers(receipt: Receipt, place: line.Place) -> Iterator[tuple[str, bytes]]:
    from stores import _receipts

    name, text = _receipts.written(receipt)
    yield f"{name[0]}.{name[1]}.receipt.json", text
    chain = {one.name for one in evidence.papers(place.shelf, receipt.account)}
    stems = tuple(f"{name.removesuffix('.json')}." for name in chain)
    for name_ in place.shelf.papers():
        proof = name_.endswith((".tsr", ".pem")) and (name_.startswith(stems) or ".run." in name_)
        if name_ in receipt.beside or name_ in chain or name_.endswith(evidence.RUN) or proof:
            data = place.shelf.read(name_)
            if receipt.beside.get(name_, sha256(data).hexdigest()) != sha256(data).hexdigest():
                raise NotWhole(f"{name_}: not what the receipt names. Run `arsring store verify`.")
            yield name_, data


def _fetched(receipt: Receipt, into: Path, place: line.Place) -> Path:
    """The package in a folder, checked against its receipt; nothing under its name where it is not the one.

    What lies there already is never written over: the package itself stays, and anything else is BadInput.
    """
    target = into / f"{receipt.order}.zip"
    if target.exists():
        with _writing(target), target.open("rb") as there:
            if file_digest(there, "sha256").hexdigest() != receipt.sha256:
                raise BadInput(f"{target}: another file lies there already. Name an empty folder.")
        return target
    part, found = target.with_name(f".incoming-{os.getpid()}-{target.name}"), sha256()
    try:
        with _opened(receipt, place) as file, _writing(target), part.open("wb") as out:
            while piece := file.read(2**20):
                found.update(piece)
                out.write(piece)
        if found.hexdigest() != receipt.sha256:
            raise NotWhole(f"{target.name}: not the package that its receipt names. Run `arsring store verify`.")
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    return target


def _page(options: argparse.Namespace, voice: Voice, place: line.Place) -> int:
    receipt = _receipt(options.order, place)
    try:
        with _opened(receipt, place) as file, zipfile.ZipFile(file) as held:
            names = held.namelist()
            if not options.name:
                voice.tell("\n".join(names))
                return 0
            name = next((one for one in names if one == options.name or one.endswith(f"/{options.name}")), "")
            if not name:
                raise BadInput(f"{options.name}: not in {receipt.order}. Without a name, all names are listed.")
            data, into = held.read(name), options.into or Path(Path(name).name)
    except NO_ZIP as error:
        raise NotWhole(f"{receipt.order}: cannot be read ({error}). Run `arsring store verify`.") from error
    if into.exists():
        raise BadInput(f"{into}: is there already. Name another with --into.")
    with _writing(into):
        into.write_bytes(data)
    _tell(voice, "page", name=name, into=into)
    return 0


def _link(options: argparse.Namespace, voice: Voice, place: line.Place) -> int:
    from stores import _upkeep

    print(_upkeep.link(_s3(place), _receipt(options.order, place), options.hours * 3600))
    return 0


def _verify(options: argparse.Namespace, voice: Voice, place: line.Place) -> int:
    found = place.shelf.verify(*options.slice)
    for fault in found.faults:
        voice.complain(f"  - {_said(fault, voice)}")
    words = {"objects": found.objects, "mb": found.bytes / 1e6, "faults": len(found.faults)}
    _tell(voice, "read", where=place.shelf.name, **words)
    return 3 if found.faults else 0


def _accept(options: argparse.Namespace, voice: Voice, place: line.Place) -> int:
    from stores import _upkeep

    receipt = _receipt(options.order, place)
    voice.tell(_said(_upkeep.accept(_s3(place), _calls(place, "custodian"), receipt, options.by), voice))
    return 0


def _extend(options: argparse.Namespace, voice: Voice, place: line.Place) -> int:
    bad = 0
    for said in extended(place):
        if isinstance(said, ArsringError):
            voice.advise(said)
            bad = said.status
        else:
            voice.tell(f"  {_said(said, voice)}")
    return bad


def extended(place: line.Place) -> Iterator[str | ArsringError]:
    """Lock each accepted package for another year: until when, or why it could not be. One that fails harms no other.

    Raises what the store raises, NotAllowed where the custodian's key cannot be had.
    """
    from stores import _upkeep

    shelf = _s3(place)
    if orders := _upkeep.accepted(shelf):
        custodian = _calls(place, "custodian")
        for order in orders:
            try:
                yield _upkeep.extend(shelf, custodian, _receipt(order, place))
            except ArsringError as error:
                yield error


def unlocked(place: line.Place) -> list[str]:
    """The same each December: a sentence for what could not be locked, none where the archive is no object store."""
    if place.settings.bucket is None:
        return []
    try:
        return [str(said) for said in extended(place) if isinstance(said, ArsringError)]
    except ArsringError as error:
        return [str(error)]


def _rebuild(options: argparse.Namespace, voice: Voice, place: line.Place) -> int:
    from stores import _upkeep

    _tell(voice, "index", where=place.shelf.name, count=_upkeep.rebuild_index(_s3(place)))
    return 0


def _forget(options: argparse.Namespace, voice: Voice, place: line.Place) -> int:
    staging.clear(options.order, place)
    _tell(voice, "staging-clear", order=options.order)
    return 0


def _reap(options: argparse.Namespace, voice: Voice, place: line.Place) -> int:
    gone, bad = place.shelf.reap(), 0
    for key in gone:
        _tell(voice, "reaped", key=key)
    for order, cleared in staging.left(place, datetime.now(UTC) - FORGOTTEN):
        if isinstance(cleared, ArsringError):  # one that fails harms no other
            voice.advise(cleared)
            bad = cleared.status
            continue
        _tell(voice, "staged" if cleared else "forgotten", order=order)
        gone += [order] * cleared
    for order in line.sweep(replace(place, work=options.work or place.work)):
        _tell(voice, "swept", order=order)
        gone.append(order)
    _tell(voice, "clean", where=place.shelf.name, count=len(gone))
    return bad


def _receipt(order: str, place: line.Place) -> Receipt:
    found = place.shelf.receipt(order)
    if found is None:
        raise BadInput(f"{order}: no such order has been delivered to {place.shelf.name}. See `arsring store list`.")
    return found


def _opened(receipt: Receipt, place: line.Place) -> BinaryIO:
    try:
        return place.shelf.open(receipt)
    except OSError as error:
        raise NotWhole(
            f"{place.shelf.where(receipt)}: cannot be read ({error.strerror}), and there is a receipt."
        ) from error


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadInput(f"{path}: cannot be written ({error.strerror}). Name another place.") from error


def _bucket(place: line.Place) -> Bucket:
    if place.settings.bucket is None:
        raise BadInput(
            "The archive is a folder: it has no identities, locks or links, and promises that changes show. Write a "
            "part [lagring] into the settings file for an object store."
        )
    return place.settings.bucket


def _s3(place: line.Place) -> "s3.Shelf":
    from stores import s3

    _bucket(place)
    assert isinstance(place.shelf, s3.Shelf)  # noqa: S101 - the settings name a bucket for no other store
    return place.shelf


def _calls(place: line.Place, who: str) -> "s3.Calls":
    from stores import s3

    return s3.calls(_bucket(place), who, place.key)


def _slice(text: str) -> tuple[int, int]:
    part, _, parts = text.partition("/")
    if not (part.isdigit() and parts.isdigit() and 1 <= int(part) <= int(parts) <= 10_000):
        raise argparse.ArgumentTypeError(f"{text} is no slice; such as 1/90")
    return int(part), int(parts)


def _tell(voice: Voice, text: str, **values: Any) -> None:
    voice.tell(_SAYS[text][voice.lang == "en"].format(**values))


def _said(text: str, voice: Voice) -> str:
    return swedish(text) if voice.lang == "sv" else text
