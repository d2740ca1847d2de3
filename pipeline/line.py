"""The line: take → weigh → make → pack → deliver.

    take      walk the connector's lists: items, claims, gaps into the capture, files fetched right behind their page;
              read a second time whatever is in doubt; join what the owner's export has; weigh; seal
    make      what people read, and what has changed since last time (pipeline/make.py)
    pack      the sealed capture and what was made of it → one ZIP that anyone can check
    deliver   the ZIP → the store, read back, receipt

Each step can be repeated at any time and goes on where it was. Nothing is deleted before there is a receipt.
"""

import errno
import json
import os
import shutil
import sqlite3
import threading
import zipfile
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from archive_formats._held import UNREADABLE
from connectors._export import Export
from connectors.record import SHELF_LIFE, Record
from connectors.web import NoFile, Web
from model import capture as captures
from model import joining, signing
from model.capture import Capture
from model.errors import ArsringError, BadInput, NotAllowed, NotUnderstood, NotWhole, TryLater
from model.ledger import doubtful, summary
from model.nouns import (
    GREEN,
    LEVELS,
    Account,
    Branch,
    Claim,
    Doubt,
    Entry,
    Gap,
    Held,
    Item,
    Kind,
    Media,
    Order,
    Package,
    Receipt,
    Stream,
)
from model.protocols import Connector, Event, Format, Shelf, Store
from model.selection import Previous
from model.settings import Settings
from pipeline import counts, keys, staging
from pipeline.supplied import Supplied, gather

if TYPE_CHECKING:  # what makes packages is loaded where it is used: a DAG is parsed again and again
    from pipeline.make import Sources

AT_ONCE = 8  # requests under way for one account
Ledger = dict[str, Any]
Tell = Callable[[Capture], None]
_LEFT = {
    "overview": "the account's archiving level takes its own page alone",
    "unique": "the account's archiving level takes what it published, and what that was answered",
    "full": "",
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where things lie: captures under way, and the archive (the folder store)."""

    work: Path
    archive: Path  # the folder that packages go to, unless the settings name another store
    settings: Settings = field(default_factory=Settings)
    key: Callable[[str], str | None] = keys.pair  # the key of a store's identity, by its name
    web: dict[str, Any] = field(default_factory=dict)  # options for Web, for tests

    @cached_property
    def shelf(self) -> Shelf:
        """The archive. BadInput or NotAllowed where its store cannot be used."""
        return cast(Store, _module("stores", self.settings.store, "store")).shelf(self.archive, self.settings, self.key)


def order_for(account: Account, year: int, kind: Kind = "annual", *, created: datetime | None = None) -> Order:
    """The order, with the one reading of the clock that its package will carry."""
    id = f"{year}-{account.id}" + ("" if kind == "annual" else f".{kind}")
    return Order(id=id, account=account, kind=kind, year=year, created=created or datetime.now(UTC))


def provenance(**known: str | None) -> dict[str, str]:
    """Who or what runs an order, for its `run`: what is known of it, and the code's commit where that has been told."""
    found = known | {"commit": os.environ.get("ARSRING_COMMIT")}
    return {name: value for name, value in found.items() if value}


def ready(settings: Settings) -> None:
    """Whether all that packing needs is there. BadInput with every fault, before anything is asked for."""
    for name in settings.formats:
        getattr(archive_format(name), "ready", lambda _: None)(settings)


def again(order: Order, reason: str, place: Place) -> Order:
    """The order whose package replaces the last one delivered for this order. BadInput where there is none."""
    if not receipt_of(order.id, place):
        raise BadInput(f"{order.id}: nothing has been delivered yet, so there is nothing to replace. Run it as it is.")
    last, number = order.id, 2
    while receipt_of(f"{order.id}.r{number}", place):
        last, number = f"{order.id}.r{number}", number + 1
    return replace(order, id=f"{order.id}.r{number}", replaces=last, decision=reason)


def archive(order: Order, place: Place, key: str | None = None, tell: Tell = lambda _: None) -> Receipt:
    """All of it: the receipt of the package that is in the store when this returns."""
    if done := receipt_of(order.id, place):
        _tidy(order.id, place)  # a run may have been killed between its receipt and this
        return done
    take(order, place, key, tell)
    return deliver(order.id, place, pack(order.id, place))


def take(order: Order, place: Place, key: str | None = None, tell: Tell = lambda _: None) -> Ledger:
    """Take the account whole, or go on where a run before this one stopped. Returns the ledger of the sealed capture.

    Raises NotWhole (unsealed, all kept) when the ledger is not green and nobody has signed it off, BadInput when the
    register has since been given another address for it or what the archivist supplied cannot be taken, NotAllowed
    where there is neither a key nor an export, and what the web raises.
    """
    with _room(place.work), staging.alone(order.account.id, place) as turn:
        if place.shelf.staging():
            list(sweep(place))  # there is room for this one then
        with staging.shared(order.id, place, turn) as mirror:
            return _taken(order, place, key, tell, mirror)


def sweep(place: Place) -> Iterator[str]:
    """Remove what lies in this work area of orders that have been delivered, by another worker too: the orders."""
    for folder in sorted(path.parent for path in place.work.glob("*/order.json")):
        with suppress(ArsringError):  # another run is at it, or its receipt is an alarm, which is told elsewhere
            if captures.order_of(folder).id != folder.name or not receipt_of(folder.name, place):
                continue  # set aside, or still needed
            with closing(captures.guard(folder / "lock")):
                _tidy(folder.name, place)
            yield folder.name


def _taken(order: Order, place: Place, key: str | None, tell: Tell, mirror: staging.Mirror) -> Ledger:
    """The same, on a folder that is as any worker left it."""
    folder = mirror.folder
    _still_meant(folder, order.account)
    if captures.sealed(folder):
        return captures.ledger_of(folder)
    _after_the_last(order, place)
    connector = connector_for(order.account.platform)
    signed = signing.signed(folder)
    shelf_life = timedelta(days=36_500) if signed else getattr(connector, "SHELF_LIFE", SHELF_LIFE)
    hand = mirror.turn.name.rpartition(" ")[2]
    with _opened(folder, order, shelf_life, hand) as (capture, record), ExitStack() as stack:
        stack.enter_context(mirror.following(record))
        supplied = gather(order.account, folder, place.archive)
        reads = _importable(supplied, connector) and order.account.level != "overview"
        export = stack.enter_context(Export(supplied.exports)) if reads else None
        web = web_of(order.account, connector, record, folder, place, key)
        stack.callback(counts.write, order.id, place.work, record, web, capture)
        walk = _Walk(
            capture, connector, order.account, tell, export, alone=_alone(order.account, connector, key, export)
        )
        # what was signed is what was weighed then: its answers, and no new ones
        base = 1 + 2 * max(0, int(captures.tried(folder)) - bool(signed))
        walk.leave(web.clock())
        walk.read_all(web, base)
        ledger = walk.joined(web) | summary(capture, walk.streams) | ({"tries": base // 2} if base > 1 else {})
        ledger |= dict(zip(("began", "ended"), record.span(), strict=True))
        ledger |= {"supplied": len(supplied.files)} if supplied.files else {}
        if not signing.holds(signed, ledger):
            (folder / signing.NAME).unlink(missing_ok=True)
        if ledger["verdict"] not in GREEN and not signing.holds(signed, ledger):
            capture.name(ledger | {"tries": base // 2 + 1})
            raise NotWhole(_not_whole(ledger))
        record.seal(folder / "raw", order.id)
        capture.seal(ledger)
    shutil.rmtree(folder / "segments")
    return ledger


def pack(order: str, place: Place) -> Package:
    """The package of a sealed capture: made, or found. NotWhole if the capture is not as it was sealed."""
    from pipeline import evidence
    from pipeline.make import make

    folder, settings = place.work / order, place.settings
    formats = {name: archive_format(name) for name in settings.formats}
    with _room(folder), staging.shared(order, place), captures.alone(folder) as found:
        captures.hold(folder)
        made = folder
        if any(one.TAKES_MADE for one in formats.values()):
            made = make(folder, found, settings, sources_of(found, place))
        packed = [
            one.pack(folder, found, made, settings, place.work / (f"{order}.{name}.zip" if number else f"{order}.zip"))
            for number, (name, one) in enumerate(formats.items())
        ]
        others = (path for one in packed[1:] for path in (one.path, one.listing) if path)
        package = replace(packed[0], sidecars=(*others, *packed[0].sidecars))
        return evidence.make(package, found, folder, made, settings, place.shelf)


def deliver(order: str, place: Place, package: Package) -> Receipt:
    """The receipt of the package, which the store has read back. What lay in the work area is then no longer needed.

    NotWhole where our own validator finds an error in it, BadInput where what it checks with is missing: then nothing
    is delivered.
    """
    folder = place.work / order
    ready(place.settings)
    with _room(folder), captures.alone(folder) as found:
        others = [Path(path) for path in package.sidecars if path.endswith(".zip")]
        schemas = place.settings.schemas
        wrong = faults(Path(package.path), package.format, schemas)
        wrong += [fault for path in others for fault in faults(path, path.stem.rpartition(".")[2], schemas)]
        if wrong:
            raise NotWhole(
                f"{order}: the package does not follow its specification ({len(wrong)} faults). {wrong[0]} Nothing was "
                f"delivered, and the capture is kept. `arsring validate {package.path}` lists every fault."
            )
        receipt = place.shelf.deliver(package, found)
        _tidy(order, place)
    return receipt


def sources_of(order: Order, place: Place) -> "Sources":
    """What making needs besides the capture: the account's package before this one, and the one that it replaces."""
    from pipeline.make import Sources

    known = place.shelf.previous(order.account.id, order.replaces or order.id)
    replaced = receipt_of(order.replaces, place) if order.replaces else None
    connector = connector_for(order.account.platform)
    return Sources(
        text=getattr(connector, "TEXT", "plain"),
        title=getattr(connector, "TITLE", "name"),
        previous=_delivered(known, place) if known else None,
        replaces=_delivered(replaced, place).objid if replaced else "",
    )


def _delivered(receipt: Receipt, place: Place) -> Previous:
    from pipeline.make import delivered

    return delivered(held(receipt, place), archive_format(receipt.format).read)


def faults(package: Path, format: str, schemas: str = "") -> list[str]:
    """What our own validator (for packages of E-ARK) or the format's own check finds wrong, a sentence each.

    `schemas` is the folder with the XML schemas that the settings name.
    """
    if format != "eark_sip":
        return archive_format(format).check(package)
    from archive_formats import checks

    found = checks.findings(package, schemas=schemas)
    return [f"{one.rule}: {one.where}: {one.text}" for one in found if one.level == "ERROR"]


def format_of(package: Path) -> str:
    """The format of a package, by the file in its root folder that tells it from others; empty where none does."""
    marks = {archive_format(name).MARK: name for name in sorted(names("archive_formats"))}
    try:
        with zipfile.ZipFile(package) as held:
            found = {part for name in held.namelist() for part in (name, name.partition("/")[2])}
    except UNREADABLE:
        return ""
    return next((name for mark, name in marks.items() if mark in found), "")


def attest(year: int, place: Place) -> list[str]:
    """The year's run manifest, and time stamps on whatever has none: a sentence for each that could not be had."""
    from pipeline import evidence, stamps

    evidence.run(year, place.shelf, place.settings)
    return stamps.stamp(place.shelf, place.settings)


def receipt_of(order: str, place: Place) -> Receipt | None:
    return place.shelf.receipt(order)


def held(receipt: Receipt, place: Place) -> Held:
    """The package of a receipt, where the store holds it."""
    return Held(place.shelf.where(receipt), partial(place.shelf.open, receipt))


def ledger_of(order: str, place: Place) -> Ledger | None:
    """The ledger of an order, out of its package or from the capture under way; None where there is neither."""
    if done := receipt_of(order, place):
        package = held(done, place)
        text = b"".join(archive_format(done.format).read(package, "ledger.json"))
        found: Ledger = _json(text, package, "ledger.json")
        return found
    return captures.ledger_of(place.work / order) if (place.work / order / "ledger.json").exists() else None


def lines_of(order: str, place: Place, name: str) -> Iterator[dict[str, Any]]:
    """The gaps or the differences of an order, out of its package or from the capture under way."""
    if done := receipt_of(order, place):
        package = held(done, place)
        lines = archive_format(done.format).read(package, f"{name}.jsonl")
        yield from (_json(line, package, f"{name}.jsonl") for line in lines)
    elif (under_way := place.work / order / f"{name}.jsonl").exists():
        with under_way.open("rb") as file:
            yield from (_json(line, under_way.parent, under_way.name) for line in file)


def _json(text: bytes, package: object, name: str) -> Any:
    """What stands in a file of a package. NotWhole where it is no JSON: somebody has touched it."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotWhole(
            f"{package}: {name} cannot be read out of it ({error}). Check it with `arsring verify`, and fetch "
            "another copy."
        ) from error


def web_of(account: Account, connector: Connector, record: Record, folder: Path, place: Place, key: str | None) -> Web:
    """The way out to one account, with its key; all that is heard goes on the record."""
    options = {
        "sends_key": getattr(connector, "SENDS_KEY", True),
        "advice": getattr(connector, "ADVICE", {}),
        **place.web,
    }
    return Web(account.address, record, folder, key=key, errors=connector.ERRORS, at_once=AT_ONCE, **options)


def connector_for(platform: str) -> Connector:
    """The platform's connector. BadInput where there is none: its accounts are archived by nobody, and are told so."""
    if platform not in names("connectors"):
        raise BadInput(
            f"{platform} cannot be read by this version, so nothing of the account is archived. Order the account's "
            "own export from the platform, and keep it."
        )
    return cast(Connector, _module("connectors", platform, "platform"))


def archive_format(name: str) -> Format:
    return cast(Format, _module("archive_formats", name, "format"))


def names(package: str) -> frozenset[str]:
    """The platforms, formats or stores there are: a plain module each, found by its file name."""
    here = Path(str(import_module(package).__file__)).parent
    return frozenset(path.stem for path in here.glob("[a-z]*.py")) - {"web", "record"}


class _Walk:
    """One walk through the lists of an account: the main thread follows pages, the others fetch what hangs on them."""

    def __init__(
        self,
        capture: Capture,
        connector: Connector,
        account: Account,
        tell: Tell,
        export: Export | None = None,
        *,
        alone: bool = False,
    ) -> None:
        """`export` is one more list to read; `alone` the only one."""
        self.capture, self.connector, self.account, self.tell = capture, connector, account, tell
        self.export, self.alone = export, alone
        of_export = (Stream(name=joining.EXPORT, proof="answer"),) if export else ()
        every = () if alone else connector.streams(account)
        self.left = [stream for stream in every if LEVELS.index(stream.level) > LEVELS.index(account.level)]
        self.streams: tuple[Stream, ...] = (*(stream for stream in every if stream not in self.left), *of_export)
        self.order = {stream.name: place for place, stream in enumerate(self.streams)}
        self._room = threading.BoundedSemaphore(8 * AT_ONCE)  # pages wait for their files, and memory stays flat
        self._failed: list[BaseException] = []
        self._stop = threading.Event()

    def read_all(self, web: Web, base: int) -> None:
        """Read every list, and a second time whatever is in doubt."""
        try:
            self.read([(stream.name, "") for stream in self.streams if not stream.branch], web.reading(base), base)
            if again := self.doubted():
                self.read([(self.streams[0].name, ""), *again], web.reading(base + 1), base + 1)
                self.read(self.doubted(), web.reading(base + 1), base + 1)  # those that the new figures put in doubt
        except NotAllowed as error:
            if self.export is None:
                raise
            raise NotAllowed(
                f"{error} To archive the export alone, empty the key's cell in the register and run again."
            ) from error

    def leave(self, at: datetime) -> None:
        """Name the lists that the account's archiving level leaves out."""
        for stream in self.left:
            if not stream.branch:
                how = _LEFT[self.account.level]
                named = Gap(what=stream.name, why="by-decision", kind="list", stream=stream.name, seen_at=at, how=how)
                self.capture.gap(named)
                self.capture.begin(stream.name, "", 1)

    def doubted(self) -> list[tuple[str, str]]:
        return list(dict.fromkeys(doubtful(self.capture, self.streams)))

    def joined(self, web: Web) -> Ledger:
        """Join what the export has with what the platform gave, and take in the rest: the figures for the ledger."""
        (path := self.capture.folder / "differences.jsonl").unlink(missing_ok=True)
        if self.export is None:
            return {}
        joining.join(self.capture)
        for item, place, media in joining.adopt(self.capture):
            self._fetch(web, 1, item, place, media)
        if self.alone:
            return {}
        joining.settle(self.capture)
        captures.write(path, (line.encode() + b"\n" for line in joining.differences(self.capture)))
        return {"differences": joining.figures(self.capture)}

    def read(self, lists: list[tuple[str, str]], web: Web, listing: int) -> None:
        """Read these lists and all that hangs on them; then, one by one, what was named and no list has shown."""
        while lists:
            self._through(lists, web, listing)
            lists = self.capture.unmet()

    def _through(self, lists: list[tuple[str, str]], web: Web, listing: int) -> None:
        """Go through these lists. The first error stops the walk; what was taken is recorded."""
        with ExitStack() as stack, self._stopping():
            pool: ThreadPoolExecutor | None = None
            jobs = (job for pair in lists for job in self._jobs(web, listing, *pair))
            for number, job in enumerate(jobs):
                if number == 0 and web.width > 1:  # by now the web knows how long an answer takes
                    pool = stack.enter_context(ThreadPoolExecutor(web.width, "fetch"))
                if pool is None:
                    job()
                else:
                    self._room.acquire()
                    pool.submit(job).add_done_callback(self._done)
        if self._failed:
            raise self._failed[0]

    def _jobs(self, web: Web, listing: int, stream: str, parent: str) -> Iterator[Callable[[], None]]:
        """What is to be done besides following the pages: a file to fetch, a list that hangs on an item."""
        if parent:
            yield partial(self._inline, web, listing, stream, parent)
            return
        for event in self._events(web, listing, stream, parent):
            if isinstance(event, Branch):
                yield partial(self._inline, web, listing, event.stream, event.parent)
            else:
                yield partial(self._fetch, web, listing, *event)

    def _inline(self, web: Web, listing: int, stream: str, parent: str) -> None:
        """Read one list and whatever hangs on it, all in this thread."""
        todo = deque([(stream, parent)])
        while todo and not self._stop.is_set():
            for event in self._events(web, listing, *todo.popleft()):
                if isinstance(event, Branch):
                    todo.append((event.stream, event.parent))
                else:
                    self._fetch(web, listing, *event)

    def _events(self, web: Web, listing: int, stream: str, parent: str) -> Iterator[Branch | tuple[str, int, Media]]:
        """Keep what a list gives; hand on what must be fetched or read besides."""
        if not self.capture.begin(stream, parent, listing):
            return
        rank = self.order[stream] - 100 * listing
        try:
            for event in _understood(self._pulled(web, stream, parent)):
                if self._stop.is_set():
                    return
                match event:
                    case Item() if stream == joining.EXPORT:
                        self.capture.supply(event, listing)
                    case Item():
                        self.capture.see(event, rank, listing)
                        yield from ((event.id, place, media) for place, media in enumerate(event.media))
                    case Branch() if event.stream not in self.order:
                        pass  # the archiving level leaves it out
                    case Branch(missing=True):
                        self.capture.want(event.stream, event.parent)
                    case Branch():
                        if not self.capture.known(event.stream, event.parent):
                            yield event
                    case Entry():
                        self.capture.count(event.stream, event.parent, event.what, listing)
                    case Doubt():
                        self.capture.doubt(event)
                    case Claim():
                        self.capture.claim(event, listing)
                    case Gap():
                        self.capture.gap(event, None, listing)
                self.tell(self.capture)
        except NotUnderstood as error:
            whole_list = Gap(what=parent or stream, why="unreadable", kind="list", stream=stream, parent=parent,
                             seen_at=web.clock(), how=str(error))  # fmt: skip
            self.capture.gap(whole_list, None, listing)
            return
        self.capture.end(stream, parent, listing)

    def _pulled(self, web: Web, stream: str, parent: str) -> Iterator[Event]:
        if stream != joining.EXPORT:
            return self.connector.pull(web, self.account, stream, parent)
        events: Iterator[Event] = self.connector.imported(self.export, self.account)  # type: ignore[attr-defined]
        given = {*self.order} - {stream}  # a list that no export has is no gap where the platform gives it
        return (one for one in events if not (isinstance(one, Gap) and one.kind == "list" and one.stream in given))

    def _fetch(self, web: Web, listing: int, item: str, place: int, media: Media) -> None:
        """Fetch one file of an item, or name the gap."""
        if self._stop.is_set():
            return
        export = self.export if media.url.startswith("export:") else None
        kind: Literal["item", "media"] = "item" if media.counted_in else "media"
        stream, parent = (media.counted_in, "") if media.counted_in else ("media", item)
        if self.capture.has(item, media.id):
            if media.counted_in:
                self.capture.count(stream, parent, media.id, listing)
            return
        try:
            kept = (
                export.copy(media.url, self.capture.folder) if export else web.file(media.url, sha256=media.sha256).kept
            )
        except NoFile as fault:
            self.capture.attach(item, place, media, None)
            self.capture.gap(
                Gap(
                    what=media.id,
                    why=fault.why,
                    kind=kind,
                    stream=stream,
                    parent=parent,
                    how=fault.how,
                    seen_at=fault.heard.at if fault.heard else export.seen_at if export else web.clock(),
                    size=fault.size,
                    raw=fault.heard.raw if fault.heard else "",
                ),
                media.found_in,
                listing,
            )
            return
        if listing > 1:
            self.capture.mend(stream, parent, kind, media.id)
        self.capture.attach(item, place, media, kept)
        if media.counted_in:
            self.capture.count(stream, parent, media.id, listing)
        self.tell(self.capture)

    def _done(self, job: "Future[None]") -> None:
        self._room.release()
        if error := job.exception():
            self._failed.append(error)
            self._stop.set()

    @contextmanager
    def _stopping(self) -> Iterator[None]:
        """Leave what is still waiting in the queue undone when the main thread fails."""
        done = False
        try:
            yield
            done = True
        finally:
            if not done:
                self._stop.set()


def _understood(events: Iterator[Event]) -> Iterator[Event]:
    """The events of a connector; where it stumbles over an answer's shape, NotUnderstood: its other lists go on."""
    try:
        yield from events
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
        raise NotUnderstood(f"an answer is not of the shape that the connector knows ({error!r})") from error


def _after_the_last(order: Order, place: Place) -> None:
    """Whether this order comes after the account's packages. BadInput where the clock says that it does not.

    A new order comes after all that there is, of whatever year and kind. A capture under way, which has the time of its
    first order, comes after what it follows and replaces alone: others may have been delivered since.
    """
    folder = place.work / order.id
    begun = (folder / "order.json").exists()
    created = captures.order_of(folder).created if begun else order.created
    follows = [order.id] if begun else [order.id, f"9999-{order.account.id}"]
    known = [place.shelf.previous(order.account.id, id) for id in follows]
    known.append(receipt_of(order.replaces, place) if order.replaces else None)
    for last in {one.order: one for one in known if one}.values():
        lines = archive_format(last.format).read(held(last, place), "order.json")
        before = captures.order_from(b"".join(lines)).created
        if created <= before:
            anew = "Set the clock right, or start a new run: one that is repeated keeps its time."
            anew = f"Move {folder} aside to take the account anew." if begun else anew
            raise BadInput(
                f"{order.id}: the clock said {created:%Y-%m-%d %H:%M} when it was ordered, and the account's package "
                f"{last.package} was ordered {before:%Y-%m-%d %H:%M}. {anew}"
            )


def _importable(supplied: Supplied, connector: Connector) -> bool:
    return bool(supplied.exports) and hasattr(connector, "imported")


def _alone(account: Account, connector: Connector, key: str | None, export: Export | None) -> bool:
    """Whether the export alone is read, as the platform shows nothing without a key. NotAllowed with neither."""
    if key or not getattr(connector, "NEEDS_KEY", False):
        return False
    if export is None:
        raise nothing_shown(account)
    return True


def nothing_shown(account: Account) -> NotAllowed:
    """For an account with neither a key nor an export, where the platform shows nothing without."""
    return NotAllowed(
        f"{account.id}: {account.platform} shows nothing without a key, and there is no export. Put a key's name "
        "into the register, or the owner's export into the folder that the register names."
    )


def _still_meant(folder: Path, account: Account) -> None:
    """Whether a capture under way is of the account that the register means: its key must not go to another server."""
    if (folder / "order.json").exists():
        begun = captures.order_of(folder).account
        if (begun.platform, begun.address) != (account.platform, account.address):
            raise BadInput(
                f"{folder.name}: begun at {begun.address}, and the address is now {account.address}. Put the first one "
                f"back to go on, or move {folder} aside to take the other one from the beginning."
            )


@contextmanager
def _opened(folder: Path, order: Order, life: timedelta, hand: str) -> Iterator[tuple[Capture, Record]]:
    segments = folder / "segments"
    with closing(Capture(folder, order)) as capture, closing(Record(segments, shelf_life=life, hand=hand)) as record:
        yield capture, record


@contextmanager
def _room(folder: Path) -> Iterator[None]:
    """A full disk is a wait: nothing taken is lost, and the next run goes on."""
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        full = (
            getattr(error, "errno", 0) in (errno.ENOSPC, errno.EDQUOT)
            or getattr(error, "sqlite_errorname", "") == "SQLITE_FULL"
        )
        if not full:
            raise
        raise TryLater(
            f"The disk that holds {folder.parent} is full. Free some room and run again; what has been taken is kept.",
            3600,
        ) from error


def _tidy(order: str, place: Place) -> None:
    """Remove what lay in the work area: the store has it all, and has read it back."""
    for name in ("", *(f".{name}" for name in names("archive_formats"))):
        for kind in ("zip", "sha256", "packed", "manifest.json", counts.KIND):
            (place.work / f"{order}{name}.{kind}").unlink(missing_ok=True)
    for folder in (place.work / f"{order}.made", place.work / order):
        if folder.exists():
            shutil.rmtree(folder)
    staging.clear(order, place)


def _not_whole(ledger: Ledger) -> str:
    rows = [
        f"{row['stream']}{' of ' + row['parent'] if row.get('parent') else ''}: {row.get('why', '')}"
        for row in ledger["lists"]
        if row["verdict"] not in GREEN
    ]
    named = "; ".join(rows[:3]).rstrip(".")
    more = f" … and {len(rows) - 3} lists more" if len(rows) > 3 else ""
    return (
        f"{ledger['order']}: {ledger['verdict']}. {named}{more}. Nothing was delivered, and all that "
        f"was taken is kept. Run again to ask once more; `arsring show {ledger['order']}` lists what is missing."
    )


def _module(package: str, name: str, what: str) -> Any:
    if name not in names(package):
        raise BadInput(f"There is no {what} called {name!r}. There are: {', '.join(sorted(names(package)))}.")
    return import_module(f"{package}.{name}")
