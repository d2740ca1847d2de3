"""What a connector, a format and a store must offer. Each is a plain module; no list to edit, no class to inherit."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from model.nouns import Account, Branch, Claim, Doubt, Entry, Gap, Item, Order, Package, Receipt, Stream
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


class Format(Protocol):
    """How a package is laid out."""

    @property
    def MARK(self) -> str: ...  # a file in a package's root folder that tells this format from others
    @property
    def TAKES_MADE(self) -> bool: ...  # whether it takes what is made of the capture, or the capture alone
    def pack(self, capture: Path, order: Order, made: Path, settings: Settings, target: Path) -> Package: ...
    def read(self, package: Path, name: str) -> Iterator[bytes]: ...  # the lines of one file of the capture
    def check(self, package: Path) -> list[str]: ...  # faults, one sentence each; empty means valid


class Store(Protocol):
    """Where packages go."""

    def deliver(self, package: Package, order: Order, place: Path) -> Receipt: ...
    def receipt(self, order: str, place: Path) -> Receipt | None: ...
    def previous(self, account: str, order: str, place: Path) -> Receipt | None: ...  # its last one before that order
