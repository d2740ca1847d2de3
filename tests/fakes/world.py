"""The truth that a fake platform tells: one account of the invented district Exempelvik. No HTTP here.

Everything is worked out from its index when asked for, so a world of a million posts takes no memory, and the
same numbers give the same bytes on any machine. Only what a test changes afterwards is remembered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from .pictures import picture

START = datetime(2019, 5, 2, 6, 30, tzinfo=UTC)
START_MS = int(START.timestamp() * 1000)
WHO = (
    "Biblioteket i",
    "Parkförvaltningen i",
    "Simhallen i",
    "Kulturhuset i",
    "Vägenheten i",
    "Skolnämnden i",
)
WHAT = (
    "öppnar nya lokaler",
    "bjuder på höstlov",
    "söker sommarjobbare",
    "lagar gångbron över ån",
    "firar våren",
)
WHEN = (
    "på måndag.",
    "i övermorgon kl. 10–12.",
    "så länge lagret räcker ☀️",
    "efter påsk – välkommen!",
    "nästa år.",
)
REPLIES = (
    "Vad roligt!",
    "Är det öppet på söndagar också?",
    "Tack för svaret 🙂",
    "Hör inte det här till länet?",
    "Åh!",
)
PARENTS = (None, 0, 1, 2, 0, None, 5, None)  # a family of eight comments: who answers whom, four deep


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One media file: `id` is the platform's, `number` counts from 0 through the world."""

    id: str
    number: int
    extension: str
    alt: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A post, boost, poll, own reply or comment. `versions` are (time, text), oldest first."""

    id: str
    kind: Literal["post", "poll", "boost", "reply", "comment"]
    author: int  # 0 is the account itself, others are strangers
    versions: tuple[tuple[datetime, str], ...]
    thread: str  # the id of the post that it hangs under, or its own
    parent: str | None = None
    files: tuple[File, ...] = ()

    @property
    def created(self) -> datetime:
        return self.versions[0][0]

    @property
    def text(self) -> str:
        return self.versions[-1][1]


@dataclass(kw_only=True)
class World:
    """An account: `posts` (boosts, polls, own replies among them), `comments` by others under `threads`."""

    posts: int = 600
    with_media: int = 367
    media: int = 720
    media_bytes: int = 20_000
    comments: int = 3496
    threads: int = 200
    seed: int = 1
    extensions: tuple[str, ...] = ("jpg",)  # of jpg png gif webp mp4, taken in turn
    polls: int = 1
    boosts: int = 6
    own_replies: int = 6
    edits: int = 12
    pins: int = 2
    _texts: dict[str, tuple[tuple[datetime, str], ...]] = field(default_factory=dict, repr=False)
    _new_posts: list[tuple[datetime, str, int]] = field(default_factory=list, repr=False)  # time, text, first file
    _new_files: list[int] = field(default_factory=list, repr=False)  # how many each new post has
    _new_comments: dict[int, list[str]] = field(default_factory=dict, repr=False)  # post index: parents
    _gone: set[str] = field(default_factory=set, repr=False)

    def __post_init__(self) -> None:
        self.with_media = min(self.with_media, self.media, self.posts)
        self.threads = min(self.threads, self.comments, self.posts)
        seven_years_ms = 7 * 365 * 86_400_000
        self._step_ms = max(60_000, min(6 * 3_600_000, seven_years_ms // max(self.posts, 1))) // 1000 * 1000

    # What there is

    def post_ids(self) -> Iterator[str]:
        """Ids of everything the account itself wrote or boosted, oldest first."""
        return (post_id for i in range(self.length) if (post_id := self.id_at(i)) not in self._gone)

    def comment_ids(self) -> Iterator[str]:
        """Ids of all comments by others that can still be reached, post by post, parents before children."""
        return (
            note.id for post in self.thread_ids() for note in self.below(post) if note.author and note.thread == post
        )

    def thread_ids(self) -> Iterator[str]:
        """Ids of the posts that have comments by others."""
        changed = set(self._new_comments)
        old = (_place(t, self.posts, self.threads) for t in range(self.threads))
        indexes = old if not changed else iter(sorted(changed | set(old)))
        return (post_id for i in indexes if (post_id := self.id_at(i)) not in self._gone)

    def files(self) -> Iterator[File]:
        """All media files of the account's posts, oldest post first."""
        old = (_place(j, self.posts, self.with_media) for j in range(self.with_media))
        for indexes in (old, range(self.posts, self.length)):
            for i in indexes:
                if self.id_at(i) not in self._gone:
                    yield from self._files_of(i)

    def media_sha256(self) -> dict[str, str]:
        """Media id: SHA-256 of the original, in hex."""
        return {file.id: hashlib.sha256(self.data(file)).hexdigest() for file in self.files()}

    def edited_ids(self) -> Iterator[str]:
        return (note.id for post_id in self.post_ids() if len((note := self.note(post_id)).versions) > 1)

    def pinned_ids(self) -> list[str]:
        """Ids of the pinned posts, newest first; boosts cannot be pinned."""
        ids = (self.id_at(_place(j, self.posts, self.pins)) for j in reversed(range(self.pins)))
        return [post_id for post_id in ids if self.has(post_id) and self.note(post_id).kind != "boost"]

    @property
    def length(self) -> int:
        """How many places for posts there are, the deleted ones included."""
        return self.posts + len(self._new_posts)

    @property
    def statuses_count(self) -> int:
        """How many posts there are now."""
        return self.length - sum(self._split(gone)[1] == 0 for gone in self._gone)

    # One by one

    def id_at(self, index: int) -> str:
        """The id of the post at an index, 0 the oldest: a snowflake, longer ago is smaller."""
        return str((START_MS + index * self._step_ms) << 16)

    def index_below(self, id: str) -> int:
        """The index of the newest post with an id smaller than this one; -1 if there is none."""
        ms = -(-int(id) // 65536)
        return min(self.length, max(0, -(-(ms - START_MS) // self._step_ms))) - 1

    def has(self, id: str) -> bool:
        index, low = self._split(id)
        if not 0 <= index < self.length or id in self._gone or low > self._comments_at(index):
            return False
        return low == 0 or self.has(self._comment(index, low - 1).parent or "")

    def note(self, id: str) -> Note:
        """The note of an id, as it is now. KeyError if it is gone or never was."""
        if not self.has(id):
            raise KeyError(id)
        index, low = self._split(id)
        return self._comment(index, low - 1) if low else self._post(index)

    def below(self, id: str) -> list[Note]:
        """Everything that answers a note, directly or not, depth first, as a platform would show it."""
        index, low = self._split(id)
        children: dict[str, list[Note]] = {}
        for k in range(self._comments_at(index)):
            comment = self._comment(index, k)
            if comment.id not in self._gone:
                children.setdefault(comment.parent or "", []).append(comment)
        if low == 0 and index + 1 < self.length and self.id_at(index + 1) not in self._gone:
            after = self._post(index + 1)
            children.setdefault(after.parent or "", []).append(after)
        return list(self._depth_first(id, children))

    def replies_count(self, id: str) -> int:
        """How many answer a note directly."""
        return sum(note.parent == id for note in self.below(id))

    def data(self, file: File, small: bool = False) -> bytes:
        """The bytes of a media file, or of its preview."""
        size = max(100, self.media_bytes // 10) if small else self.media_bytes
        extension = "jpg" if small else file.extension
        return picture(extension, f"{self.seed}/{file.id}/{'small' if small else 'original'}", size)

    def file(self, id: str) -> File:
        """The file of a media id, whether or not its post is still there. KeyError if it never was."""
        number = int(id) - 1_000_000
        if not 0 <= number < self.media + sum(self._new_files):
            raise KeyError(id)
        alt = None if number % 7 == 3 else f"Bild {number}: {WHO[number % len(WHO)]} Exempelvik, sedd från ån"
        return File(id=id, number=number, extension=self.extensions[number % len(self.extensions)], alt=alt)

    # Changes

    def add_post(self, text: str, files: int = 0) -> str:
        """Write one more post, newest of all, and get its id."""
        first = self.media + sum(self._new_files)
        self._new_posts.append((self._time_at(self.length), text, first))
        self._new_files.append(files)
        return self.id_at(self.length - 1)

    def add_comment(self, parent: str) -> str:
        """Let a stranger answer a post or a comment, and get the answer's id."""
        index, _ = self._split(parent)
        self._new_comments.setdefault(index, []).append(parent)
        return str(int(self.id_at(index)) + self._comments_at(index))

    def edit(self, id: str, text: str) -> None:
        """Change a note's text; the old one stays in its history."""
        last = self.note(id).versions[-1][0]
        self._texts[id] = (*self._texts.get(id, ()), (last + timedelta(minutes=5), text))

    def delete(self, id: str) -> None:
        """Take a post or comment away. Comments below it can no longer be reached, as in the real thing."""
        if not self.has(id):
            raise KeyError(id)
        self._gone.add(id)

    # How it is worked out

    def _split(self, id: str) -> tuple[int, int]:
        """Post index and place among its comments (from 1; 0 for the post itself)."""
        if not id.isdecimal():
            return -1, 0
        ms, low = divmod(int(id), 65536)
        index, rest = divmod(ms - START_MS, self._step_ms)
        return (-1 if rest else index), low

    def _time_at(self, index: int) -> datetime:
        return START + timedelta(milliseconds=index * self._step_ms)

    def _post(self, index: int) -> Note:
        id, time = self.id_at(index), self._time_at(index)
        if index >= self.posts:
            versions = ((time, self._new_posts[index - self.posts][1]), *self._texts.get(id, ()))
            files = tuple(self._files_of(index))
            return Note(id=id, kind="post", author=0, versions=versions, thread=id, files=files)
        kind = self._kind(index)
        edits = _which(index, self.posts, self.edits) if kind in ("post", "poll") else None
        count = 1 if edits is None else 2 + edits % 3
        versions = tuple((time + timedelta(minutes=9 * v), self._text(index, v)) for v in range(count))
        versions += self._texts.get(id, ())
        files = tuple(self._files_of(index))
        before = self.id_at(index - 1) if index else ""
        parent = before if kind == "reply" and before not in self._gone else None
        return Note(id=id, kind=kind, author=0, versions=versions, thread=id, parent=parent, files=files)

    def _kind(self, index: int) -> Literal["post", "poll", "boost", "reply"]:
        """Polls, boosts and own replies lie spread among the posts without media."""
        if _which(index, self.posts, self.with_media) is not None:
            return "post"
        plain = self.posts - self.with_media
        rank = index - -(-index * self.with_media // self.posts)
        special = _which(rank, plain, min(plain, self.polls + self.boosts + self.own_replies))
        if special is None:
            return "post"
        if special < self.polls:
            return "poll"
        if special < self.polls + self.boosts:  # a reply to a boost goes to what was boosted: a boost has no thread
            return "boost" if _which(index, self.posts, self.threads) is None else "post"
        return "reply" if index and self._kind(index - 1) != "boost" else "post"

    def _files_of(self, index: int) -> Iterator[File]:
        if index >= self.posts:
            first, count = self._new_posts[index - self.posts][2], self._new_files[index - self.posts]
        else:
            j = _which(index, self.posts, self.with_media)
            if j is None:
                return
            each, rest = divmod(self.media, self.with_media)
            first, count = j * each + min(j, rest), each + (j < rest)
        for number in range(first, first + count):
            yield self.file(str(1_000_000 + number))

    def _old_comments_at(self, index: int) -> int:
        thread = _which(index, self.posts, self.threads) if index < self.posts else None
        if thread is None:
            return 0
        each, rest = divmod(self.comments, self.threads)
        return each + (thread < rest)

    def _comments_at(self, index: int) -> int:
        return self._old_comments_at(index) + len(self._new_comments.get(index, ()))

    def _comment(self, index: int, k: int) -> Note:
        post, old = self.id_at(index), self._old_comments_at(index)
        if k >= old:
            parent = self._new_comments[index][k - old]
        else:
            up = PARENTS[k % 8]
            parent = post if up is None else str(int(post) + 1 + k // 8 * 8 + up)
        id = str(int(post) + 1 + k)
        time = self._time_at(index) + timedelta(minutes=k + 1)
        text = f"{REPLIES[(index + k + self.seed) % len(REPLIES)]} ({k + 1})"
        versions = ((time, text), *self._texts.get(id, ()))
        return Note(id=id, kind="comment", author=1 + (index + k) % 97, versions=versions, thread=post, parent=parent)

    def _depth_first(self, id: str, children: dict[str, list[Note]]) -> Iterator[Note]:
        for note in children.get(id, ()):
            yield note
            yield from self.below(note.id) if note.author == 0 else self._depth_first(note.id, children)

    def _text(self, index: int, version: int) -> str:
        mix = index * 2_654_435_761 + self.seed * 40_503
        words = (WHO[mix % len(WHO)], "Exempelvik", WHAT[mix // 7 % len(WHAT)], WHEN[mix // 31 % len(WHEN)])
        return " ".join(words) + f" Ärende {index}." + f" Rättat {version} gång(er)." * (version > 0)


def _place(j: int, places: int, things: int) -> int:
    """Where thing j lies when so many things are spread evenly over so many places."""
    return j * places // things


def _which(place: int, places: int, things: int) -> int | None:
    """Which thing lies at a place, if any: the reverse of `_place`."""
    if not things or not places:
        return None
    j = -(-place * things // places)
    return j if j < things and _place(j, places, things) == place else None
