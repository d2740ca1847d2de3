"""The nouns: what an archivist would call the things this software handles (docs/words.md has the Swedish)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import BinaryIO, Literal

Level = Literal["overview", "unique", "full"]
Status = Literal["applied", "active", "closing", "archived", "closed"]
Kind = Literal["annual", "closure", "rehearsal"]
Role = Literal["original", "rendition", "thumbnail", "caption", "avatar", "banner"]
Why = Literal["gone", "forbidden", "unreadable", "too-large", "not-offered", "by-decision"]
RecordStatus = Literal["NEW", "SUPPLEMENT", "REPLACEMENT", "TEST"]  # METS, E-ARK SIP3
Verdict = Literal["whole", "whole with named gaps", "cannot be proven", "not whole"]

LEVELS: tuple[Level, ...] = ("overview", "unique", "full")  # each takes all that the one before it takes
VERDICTS: tuple[Verdict, ...] = ("whole", "whole with named gaps", "cannot be proven", "not whole")  # best first
GREEN: frozenset[Verdict] = frozenset(VERDICTS[:2])  # the others need a person's recorded sign-off


def worst(verdicts: list[Verdict]) -> Verdict:
    """The worst of them; of none, `cannot be proven`: nothing looked at is nothing shown."""
    return max(verdicts, key=VERDICTS.index, default="cannot be proven")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account the authority answers for, as the register has it."""

    id: str  # ours, never reused: becomes part of file names
    platform: str  # the connector's file name
    address: str  # the account's page, https://social.example/@exempelvik
    display_name: str = ""  # the name that the account should show
    unit: str = ""
    responsible: str = ""  # a function, not a person
    editors: str = ""  # functions, not persons
    purpose: str = ""
    aim: str = ""
    target_group: str = ""
    case: str = ""  # the start form's case number (diarienummer)
    case_date: str = ""  # the start form's day, 2026-11-02
    level: Level = "full"
    secrecy: str = ""
    disposal: str = ""  # the decision that says what may be destroyed, and when
    status: Status = "active"
    status_date: str = ""  # the day from which the status holds
    status_decision: str = ""  # by what it holds: a case number, or a function and its decision
    key: str | None = None  # the name of the key, never the key
    folder: str = ""  # where the archivist puts exports and screenshots
    picture: str = ""  # a file with the profile picture that the account should show
    options: tuple[str, ...] = ()  # what is taken besides, such as insights
    instaloader: str = ""  # the decision's number, where Instagram may be read past its official door


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What was decided of an account that is to be closed, as the archivist's form has it."""

    case: str  # the decision's number in the diary (diarienummer)
    decided: str  # 2026-11-02
    decider: str  # a function, not a person
    announced: str  # the day from which the account itself has said that it will be closed
    announcement: str  # where it says so: the post's address
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to archive and why. Written once: the run's clock is read when it is made, and nowhere else."""

    id: str  # 2026-exempelvik-mastodon
    account: Account
    kind: Kind
    year: int
    created: datetime  # UTC
    decision: str = ""
    replaces: str = ""  # the order whose package this one replaces, for a re-run; then `decision` says why
    closing: Closing | None = None  # of a closure
    run: Mapping[str, str] = field(default_factory=dict, hash=False)  # dag, run, type, started_by … (0014)


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """One file of an item. `id` stays the same when the address is renewed."""

    id: str
    url: str
    role: Role = "original"
    alt: str | None = None
    expires_at: datetime | None = None
    sha256: str | None = None  # hex, where the platform says it beforehand
    counted_in: str | None = None  # the stream whose announced figure counts this file as one of its things
    found_in: tuple[str, str] | None = None  # the list (stream, parent) to read again for a fresh address


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One answer of a poll and its votes, None where the platform does not tell."""

    text: str
    votes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A post, reply, boost, profile or earlier version, in our words; the text exactly as the platform gave it."""

    id: str
    stream: str  # the list it is counted in …
    parent: str = ""  # … and whose list that is, for a list that belongs to another item
    kind: str
    published: datetime | None = None
    edited: datetime | None = None
    url: str | None = None
    author: str | None = None
    text: str = ""
    title: str | None = None  # a content warning, a headline
    language: str | None = None
    visibility: str | None = None
    reply_to: str | None = None
    boost_of: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)  # a profile's own rows
    poll: tuple[Choice, ...] = ()
    media: tuple[Media, ...] = ()
    attached: tuple[str, ...] = ()  # ids of the items that are its pictures and films, with threads of their own
    source: str | None = None  # `export` where the owner's export gave it, and not the platform's interface
    raw: str = ""  # the WARC record it was read from, or the supplied file and the place in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the platform says there is: `value` things in a list, under the name the platform gives the figure."""

    stream: str
    parent: str = ""
    field: str
    value: int
    raw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that should have been here and is not.

    `kind` says what is missing: one item, one file, or a whole list, whose length is then unknown.
    """

    what: str  # the item's id, the file's id or the list's parent
    why: Why
    kind: Literal["item", "media", "list"]
    stream: str  # the list it would be in; `media` for a file …
    parent: str = ""  # … of this item
    seen_at: datetime  # UTC
    how: str = ""  # how we know: the status, the fault found in the file
    raw: str = ""
    size: int | None = None  # bytes, if the platform said


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A list that hangs on an item just read: its replies, its earlier versions."""

    stream: str
    parent: str
    missing: bool = False  # to be read only if no item with the parent's id has been taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A thing met in one more list: `what` is the id of an item that another list has too."""

    stream: str
    parent: str = ""
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A reason why a list cannot be proven whole, however well its figures agree; the owner's export removes it.

    `since` and `until`: what was published in this time is in doubt.
    """

    stream: str
    parent: str = ""
    why: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A list that a connector can read, and how its wholeness is shown.

    `claims`: the platform says how many. `answer`: the platform gives it all in one answer.
    `twice`: no figure is given, so it is read a second time and that must add nothing.
    `inside`: it is read to check the list `of`: all that it shows must be there too, or it is read a second time.
    """

    name: str
    proof: Literal["claims", "answer", "twice", "inside"]
    of: str = ""
    branch: bool = False  # hangs on items; read only where a Branch says so
    level: Level = "unique"  # the least archiving level at which it is read


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How an account presents itself to everybody."""

    name: str = ""
    about: str = ""  # its own words and rows, with whatever markup the platform has
    picture: str = ""  # the address of its profile picture
    newest: date | None = None  # its last post; None: not told


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """What a platform says of an account and its key before anything is taken. Nothing was written there."""

    id: str  # who it is, as the platform has it …
    name: str
    address: str
    scopes: tuple[str, ...] = ()  # permissions that a read has shown the key to have …
    missing: tuple[str, ...] = ()  # … and those for which it was refused
    expires_at: datetime | None = None  # of the key; None: never
    expiry_told: bool = True  # whether anybody could say when it ends
    version: str = ""  # of the API, or of the server
    version_ends: date | None = None
    claims: tuple[Claim, ...] = ()
    limits: Mapping[str, str] = field(default_factory=dict)  # headers about how much may be asked
    an_hour: int | None = None  # requests that may be made in an hour, by these headers
    asks: int | None = None  # requests that taking all of it needs, at most and without files
    requests: int = 0  # that this took
    shown: Shown = Shown()
    others: tuple[tuple[str, str], ...] = ()  # more accounts that the key reaches: platform, and their id there


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One archive package of a capture: one ZIP, ready to be delivered, and what stands beside it."""

    path: str
    order: str
    format: str
    size: int  # bytes
    sha256: str
    verdict: Verdict
    listing: str = ""  # a file beside it: every file in the package as `sha256sum` writes it, sorted by path
    sidecars: tuple[str, ...] = ()  # more files to be delivered beside it: their paths


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a store holds after the bytes were read back."""

    order: str
    package: str  # the path or key in the store
    size: int
    sha256: str
    verdict: Verdict
    format: str
    account: str = ""
    previous: str = ""  # the account's receipt before this one, by its hash
    promise: str = ""  # what the store can and cannot keep anybody from doing
    beside: Mapping[str, str] = field(default_factory=dict)  # the sidecars: name in the store → SHA-256


@dataclass(frozen=True, slots=True)
class Held:
    """A package where a store holds it: opened like a path, as often as it is read."""

    name: str
    opened: Callable[[], BinaryIO]

    def open(self, mode: Literal["rb"] = "rb") -> BinaryIO:
        """The package, to be read anywhere in it. OSError where it is not there."""
        return self.opened()

    def __str__(self) -> str:
        return self.name


@dataclass(slots=True)
class Check:
    """What reading back what a store holds found: how many objects and bytes were read, a sentence for each fault."""

    objects: int = 0
    bytes: int = 0
    faults: list[str] = field(default_factory=list)
