"""What a connector, a format and a store must offer. Each is a plain module; no list to edit, no class to inherit."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol

from model.nouns import (
    Account,
    Branch,
    Check,
    Claim,
    Doubt,
    Entry,
    Gap,
    Held,
    Item,
    Order,
    Package,
    Preflight,
    Receipt,
    Stream,
)
from model.settings import Settings

Event = Item | Entry | Branch | Claim | Gap | Doubt

# What an answer's code asks of us: to try again soon, to wait (an hour unless it says how long), to stop for a day, to
# ask for less at once, to have a person renew the key; `gone` and `odd` speak of the thing asked for.
Meaning = Literal["fine", "gone", "again", "wait", "stop", "less", "renew", "odd"]


class Answer(Protocol):
    """What a platform answered; it is on the record already."""

    @property
    def url(self) -> str: ...
    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...  # names in lower case
    @property
    def heard_at(self) -> datetime: ...
    @property
    def raw(self) -> str: ...  # the WARC record's id
    @property
    def gone(self) -> bool: ...
    @property
    def data(self) -> Any: ...  # the body as JSON; None where it is gone
    @property
    def code(self) -> str: ...  # the platform's own code for what is wrong, or empty


class File(Protocol):
    """A body too large for memory, on disk, checked against what it claims to be."""

    @property
    def path(self) -> Path: ...
    @property
    def heard_at(self) -> datetime: ...
    @property
    def raw(self) -> str: ...


class Web(Protocol):
    """The only way out. Every answer is on the record before it is returned.

    Raises TryLater when patience is out, NotAllowed on a refused key, NotUnderstood where an answer is not what was
    due. What is gone (404, 410) comes back as an answer: whether it is a gap is for the connector to say.
    """

    @property
    def key(self) -> str | None: ...  # sent as a bearer token to the account's own host, and to no other
    @property
    def secrets(self) -> Mapping[str, Any]: ...  # what the key holds besides, where it is JSON
    @property
    def listing(self) -> int: ...  # 1 for the first reading of the lists; more where a list is read again in doubt
    def at(self, url: str, **secret: str) -> "Web": ...  # the same, at another public host that the account lives on
    def reading(self, listing: int) -> "Web": ...
    def by(self, errors: Mapping[tuple[int, str], Meaning]) -> "Web": ...  # the same, by another table of codes
    def through(  # an adapter for another library's sessions; its `heard` is the last answer
        self, hosts: Collection[str], errors: Mapping[tuple[int, str], Meaning], advice: Mapping[str, str], pause: float
    ) -> Any: ...
    def get(self, url: str, *, bearer: Callable[[], str] | None = None, **params: str) -> Answer: ...
    def pages(
        self,
        url: str,
        then: Callable[[Answer], str | None] | None = None,
        less: Callable[[str], str | None] | None = None,
        /,
        **params: str,
    ) -> Iterator[Answer]: ...
    def post(self, url: str, body: Mapping[str, str]) -> Any: ...
    def file(self, url: str, *, sha256: str | None = None, into: str = "media") -> File: ...


class Connector(Protocol):
    """How one platform answers. It describes and reads, and nothing else."""

    @property
    def ERRORS(self) -> Mapping[tuple[int, str], Meaning]: ...  # (status, the platform's code) → what it asks of us
    def recognises(self, address: str) -> bool: ...
    def streams(self, account: Account) -> tuple[Stream, ...]: ...
    def pull(self, web: Web, account: Account, stream: str, parent: str) -> Iterator[Event]: ...


class Looks(Protocol):
    """What a connector may offer besides: to look before December, writing nothing, one cheap read per permission.

    What the key lacks is in the Preflight; NotAllowed where it is refused or somebody else's, and what the web raises.
    """

    def preflight(self, web: Web, account: Account) -> Preflight: ...


class Renews(Protocol):
    """What a connector may offer where keys rotate: a new key in the old one's place, as keys are stored.

    The platform forgets the old one at once: nothing is asked with the new one before it is stored. None: not due yet.
    """

    def renew(self, web: Web, account: Account) -> str | None: ...


class Format(Protocol):
    """How a package is laid out."""

    @property
    def MARK(self) -> str: ...  # a file in a package's root folder that tells this format from others
    @property
    def TAKES_MADE(self) -> bool: ...  # whether it takes what is made of the capture, or the capture alone
    def pack(self, capture: Path, order: Order, made: Path, settings: Settings, target: Path) -> Package: ...
    def read(self, package: Path | Held, name: str) -> Iterator[bytes]: ...  # the lines of one file of the capture
    def where(self, path: str, objid: str, settings: Settings) -> str: ...  # of a path of E-ARK, here; or nothing
    def check(self, package: Path) -> list[str]: ...  # faults, one sentence each; empty means valid


class Shelf(Protocol):
    """One archive in a store: packages with their receipts, and the small papers beside them."""

    @property
    def name(self) -> str: ...  # for people
    def deliver(self, package: Package, order: Order) -> Receipt: ...  # the package, what stands beside it, the receipt
    def receipt(self, order: str) -> Receipt | None: ...
    def receipts(self) -> Iterator[Receipt]: ...
    def previous(self, account: str, order: str) -> Receipt | None: ...  # its last one before that order
    def open(self, receipt: Receipt, beside: str = "") -> BinaryIO: ...  # the package, or a sidecar: read anywhere
    def where(self, receipt: Receipt) -> str: ...  # where the package lies, for people
    def papers(self) -> list[str]: ...  # the names of what is neither package nor receipt
    def lying(self) -> dict[str, int]: ...  # the packages that lie there, as receipts name them → bytes
    def kept(self, prefixes: Collection[str]) -> list[str]: ...  # of those added by `keep`, what begins so
    def read(self, name: str) -> bytes: ...  # one paper
    def keep(self, name: str, data: bytes) -> None: ...  # add a paper; never over another
    def listed(self) -> Iterator[Receipt]: ...  # the same as receipts, by an index where there is one
    def named(self) -> Iterable[tuple[str, str]]: ...  # order and hash of every receipt, none of them read
    def read_receipt(self, name: tuple[str, str]) -> Receipt: ...  # NotWhole where it is not as its hash says
    def verify(self, part: int = 1, parts: int = 1) -> Check: ...  # read back a slice of what was delivered
    def probe(self) -> date | None: ...  # try it; until when what was found holds (None: for ever)
    def reap(self) -> list[str]: ...  # clear what killed runs left: the names
    def staging(self) -> "Staging | None": ...  # captures under way; None where all workers see one work area


class Staging(Protocol):
    """Captures under way, where another worker finds them."""

    def files(self, order: str) -> dict[str, int]: ...  # name → bytes
    def orders(self) -> dict[str, datetime]: ...  # order → when something was last put
    def put(self, order: str, name: str, path: Path) -> None: ...  # over what is there
    def get(self, order: str, name: str, target: Path) -> bool: ...  # False: gone, or not what was put
    def drop(self, order: str, names: Iterable[str]) -> None: ...
    def lease(self, account: str, holder: str, seconds: float, gone: str = "") -> float: ...  # 0: had; else wait
    def renew(self, account: str, holder: str, seconds: float) -> bool: ...  # False: another one has it now
    def holder(self, account: str) -> str: ...  # of the lease, or empty
    def free(self, account: str, holder: str) -> None: ...


class Store(Protocol):
    """Where packages go."""

    def shelf(self, folder: Path, settings: Settings, key: Callable[[str], str | None]) -> Shelf: ...
