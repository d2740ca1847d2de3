"""What is made of a capture for its package: content, reading pages, documentation; hashed as it is written.

    content/         what goes into the representation `content` besides the media (JSON, CSV)
    reading/         the reading copy
    documentation/   LASMIG.txt, the report, what was left out and why
    media.jsonl      the capture's files that go along: path in the capture, size, sha256, sha512, type
    about.json       what the package is
    made.jsonl       every file above with size and hashes, sorted; written last: without it nothing is made

Everything in it is derived: the same capture, the same predecessor and the same settings give the same bytes.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from hashlib import sha256, sha512
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Literal

from model.capture import digests, dumps, write
from model.errors import NotWhole
from model.nouns import Level, RecordStatus, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a package is: written to about.json by whoever selects what goes in, read by all who write it out."""

    objid: str  # the package's name and root folder: [a-z0-9_], at most 100 characters
    order: str
    status: RecordStatus
    scope: Literal["whole", "changes"]  # the whole account, or what is new, changed and vanished with its threads
    level: Level
    text: Literal["html", "plain"] = "plain"  # how the platform gives texts
    title: Literal["name", "summary"] = "name"  # what a post's title is in ActivityStreams, on the platform
    verdict: Verdict
    previous: str = ""  # OBJID of the account's last delivered package, and its order
    previous_order: str = ""
    replaces: str = ""  # OBJID of the package that this one replaces
    first: str = ""  # stamps of the oldest and the newest thing that goes in
    last: str = ""
    began: str = ""  # stamps of the first and the last answer on the record
    ended: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    # posts comments versions others media · new changed vanished context unchanged · gaps
    # controls (characters that XML forbids) personal (things like personal identity numbers)
    software: str = ""  # version
    run: Mapping[str, str] = field(default_factory=dict)  # who or what ran it, as in Order
    sign_off: Mapping[str, Any] = field(default_factory=dict)  # signoff.json: by, at, reasons (model/signing.py)
    announcement: Mapping[str, Any] = field(default_factory=dict)  # of a closure: announcement.json


Entry = dict[str, Any]  # path, size, sha256, sha512


class Made:
    """A folder being made. `with Made(folder) as made: with made.file("content/posts.csv") as out: out.write(b"…")`."""

    def __init__(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.folder, self._files = folder, dict[str, Entry]()

    def __enter__(self) -> "Made":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is None:
            lines = (dumps(self._files[name]).encode() + b"\n" for name in sorted(self._files))
            write(self.folder / "made.jsonl", lines)

    @contextmanager
    def file(self, name: str) -> Iterator["Hashing"]:
        """One file to write; it is known with size and hashes when the block ends."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            out = Hashing(file)
            yield out
        one, other = out.one.hexdigest(), out.other.hexdigest()
        self._files[name] = {"path": name, "size": out.size, "sha256": one, "sha512": other}

    def text(self, name: str, text: str) -> None:
        with self.file(name) as out:
            out.write(text.encode())

    def add(self, name: str) -> None:
        """Take in a file that somebody else has written to its place."""
        with (self.folder / name).open("rb") as file:
            size, one, other = digests(file)
        self._files[name] = {"path": name, "size": size, "sha256": one, "sha512": other}

    def tell(self, about: About) -> None:
        self.text("about.json", json.dumps(asdict(about), ensure_ascii=False, indent=1, sort_keys=True))


class Hashing:
    """A file that hashes what is written to it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.size, self.one, self.other = file, 0, sha256(), sha512()

    def write(self, data: bytes) -> int:
        self.one.update(data)
        self.other.update(data)
        self.size += len(data)
        return self._file.write(data)


def about(folder: Path) -> About:
    """What the package is. NotWhole where the folder is not finished."""
    try:
        return About(**json.loads((folder / "about.json").read_bytes()))
    except (OSError, ValueError, TypeError) as error:
        raise NotWhole(f"{folder}: not finished ({error}). Remove it and run again: it is made anew.") from error


def files(folder: Path) -> Iterator[Entry]:
    """Every file that was made (path, size, sha256, sha512), sorted by path. NotWhole where it is not finished."""
    return _lines(folder, "made.jsonl")


def media(folder: Path) -> Iterator[Entry]:
    """The capture's files that go along: path, size, sha256, sha512, type, sorted by path."""
    return _lines(folder, "media.jsonl")


def _lines(folder: Path, name: str) -> Iterator[Entry]:
    try:
        lines = (folder / name).open("rb")
    except OSError as error:
        raise NotWhole(f"{folder}: not finished ({error}). Remove it and run again: it is made anew.") from error
    with lines:
        try:
            yield from map(json.loads, lines)
        except ValueError as error:
            raise NotWhole(f"{folder / name}: broken ({error}). Remove the folder and run again.") from error
