"""What the archivist supplies: exports and screenshots out of the account's folder, byte for byte into the capture.

A text file in the folder, `om.txt` (or `about.txt`), says who put them there, when and why:

    Vem: kommunikationschef
    När: 2026-11-20
    Varför: export beställd hos Facebook för årets arkivering

Append only, like all of a capture: two screenshots often have one name, so a file that was taken stays when another one
lies under its name, and the later one stands beside it with its hash in the name. What was supplied by mistake is taken
away in both folders, before the capture is sealed.
"""

import json
import os
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from hashlib import sha256, sha512
from pathlib import Path, PurePosixPath
from typing import Any, Final

from model.capture import digests, dumps, write
from model.errors import BadInput
from model.files import type_of
from model.nouns import Account

FORMS: Final = ("om.txt", "about.txt", "om.txt.txt", "about.txt.txt")  # the last two where Windows hides the end
IGNORED: Final = ("thumbs.db", "desktop.ini", ".ds_store")
COMING: Final = (".part", ".crdownload", ".download", ".partial", ".filepart", ".opdownload")
DEEPEST: Final = 5  # folders
LONGEST_PATH: Final = 700  # characters: with the package's own folders before them no more than a package may have
LONGEST: Final = 180  # bytes of a name: room for a hash on any file system
LARGEST_FORM: Final = 2**16  # bytes
_SAID: Final = {"who": ("Vem", "Who"), "when": ("När", "When"), "why": ("Varför", "Why")}
_AROUND: Final = " \t“”\"'-*•"  # what people, and our own advice, put around a line of the form
_DEVICES: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # no names of files on Windows
_UNSAFE: Final = frozenset('<>:"|?*\\%!#')  # in a name on Windows, in a manifest, in our own names for parts of a ZIP

_ROW: Final = ("path", "name", "sha256", "sha512", "type")  # what each line of supplied.jsonl has as text

Found = tuple[Path, str, str]  # a file, its name from the account's folder on, why it cannot be taken
Row = dict[str, Any]  # a line of supplied.jsonl: path, name, size, sha256, sha512, type, who, when, why, note


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Who put the files there, when (a date, as written) and why; `note` is what else stands there."""

    who: str
    when: str
    why: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplied:
    """All that lies in the capture's `supplied/`, the ZIPs that lie in the account's folder now, and its form."""

    files: tuple[Row, ...] = ()
    exports: tuple[Path, ...] = ()
    form: Form | None = None


def gather(account: Account, capture_folder: Path, archive: Path | None = None) -> Supplied:
    """Copy what lies in the account's folder into the capture, or find it there.

    Raises BadInput with all that is wrong: with the folder, with a file in it, with its form.
    """
    rows = {row["path"]: row for row in _before(capture_folder)}
    found, form = _told(account, capture_folder, archive)
    exports = []
    if form:
        told = {name: value for name in Form.__slots__ if (value := getattr(form, name))}
        for path, name, _ in found:
            row = _held(path, name, rows) or _copied(path, name, rows, capture_folder, told)
            rows[row["path"]] = row | told
            exports += [capture_folder / row["path"]] * row["path"].lower().endswith(".zip")
    files = tuple(rows[path] for path in sorted(rows))
    if files:
        write(capture_folder / "supplied.jsonl", (_line(row) for row in files))
    else:
        (capture_folder / "supplied.jsonl").unlink(missing_ok=True)
    return Supplied(files=files, exports=tuple(exports), form=form)


def check(account: Account, capture_folder: Path, archive: Path | None = None) -> int:
    """How many ZIPs lie in the account's folder. BadInput with all that would keep them from being taken."""
    found, _ = _told(account, capture_folder, archive)
    return sum(name.lower().endswith(".zip") for _, name, _ in found)


def _told(account: Account, capture_folder: Path, archive: Path | None) -> tuple[list[Found], Form | None]:
    """All that lies in the folder, and its form where there is something to be taken. BadInput with every fault."""
    found = list(_found(_folder(account, capture_folder, archive))) if account.folder else []
    if all(_is_form(name) for _, name, _ in found):  # a form that waits for its files supplies nothing
        return found, None
    form, faults = _form(next((path for path, name, fault in found if _is_form(name) and not fault), None))
    if faults := [f"{name}: {fault}" for _, name, fault in found if fault] + faults:
        raise BadInput(f"{account.id}: what lies in {account.folder} cannot be taken as it is.", faults)
    return found, form


def _folder(account: Account, capture_folder: Path, archive: Path | None) -> Path:
    folder = Path(account.folder)
    if not folder.is_dir():
        raise BadInput(f"{account.id}: the folder {folder} is not there. Create it, or empty its cell in the register.")
    for ours in (capture_folder.parent, archive or capture_folder):
        one, other = folder.resolve(), ours.resolve()
        if one.is_relative_to(other) or other.is_relative_to(one):
            raise BadInput(f"{account.id}: the folder {folder} and {ours} lie one inside the other. Move the folder.")
    return folder


def _found(folder: Path, within: str = "", depth: int = 0) -> Iterator[Found]:
    """Every file, in the order of the names."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        name, path = within + entry.name, folder / entry.name
        if entry.name.casefold() in IGNORED or entry.name.startswith("~$"):
            continue
        if entry.is_symlink() or not (entry.is_file() or entry.is_dir()):
            yield path, name, "a link, and no file. Put the file itself there, or take the link away."
        elif entry.is_dir() and depth == DEEPEST:
            yield path, name, f"lies more than {DEEPEST} folders deep. Move it up."
        elif entry.is_dir():
            yield from _found(path, f"{name}/", depth + 1)
        elif len(name) > LONGEST_PATH:
            fault = f"has a path of more than {LONGEST_PATH} characters. Give folders shorter names."
            yield path, f"…{name[-60:]}", fault
        else:
            yield path, name, _COPYING if entry.name.lower().endswith(COMING) else ""


_COPYING: Final = "is still being copied. Wait until it is whole, and run again."


def _is_form(name: str) -> bool:
    return name.casefold() in FORMS


def _form(path: Path | None) -> tuple[Form | None, list[str]]:
    """The form, and what is wrong with it; the last fault says how one is written."""
    if path is None:
        return None, ["om.txt is missing.", _WRITE]
    with path.open("rb") as file:
        lines = unicodedata.normalize("NFC", _decoded(file.read(LARGEST_FORM))).splitlines()
    said: dict[str, str] = {}
    note = []
    for line in lines:
        start, _, rest = (part.strip(_AROUND) for part in line.partition(":"))
        field = next((field for field, words in _SAID.items() if start.casefold() in map(str.casefold, words)), "")
        if field and field not in said:
            said[field] = rest
        elif line.strip():
            note.append(line.strip())
    faults = [
        f"{path.name}: nothing stands after {swedish}: ({english}:)."
        for field, (swedish, english) in _SAID.items()
        if not said.get(field)
    ]
    if said.get("when") and not _dated(said["when"]):
        faults.append(f"{path.name}: no date such as 2026-11-20 stands after När: (When:).")
    if faults:
        return None, [*faults, _WRITE]
    return Form(**said, note="\n".join(note)), []


_WRITE: Final = (
    "Write a text file called om.txt in that folder, with these three lines: "
    "“Who: head of communications” “When: 2026-11-20” “Why: export ordered for the yearly archive”."
)


def _decoded(raw: bytes) -> str:
    """Text as Notepad saves it: UTF-8 with or without a mark, UTF-16 with one, or Windows-1252."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _dated(text: str) -> bool:
    with suppress(ValueError):
        return bool(re.match(r"\d{4}-\d{2}-\d{2}(?!\d)", text) and date.fromisoformat(text[:10]))
    return False


def _before(capture_folder: Path) -> Iterator[Row]:
    """What an earlier run set down and is still there. The last line of one that was killed may be torn."""
    if (lines := capture_folder / "supplied.jsonl").exists():
        for line in lines.read_bytes().splitlines():
            with suppress(ValueError, RecursionError, OSError):  # the last: a name that no disk takes
                row = json.loads(line)
                if not _is_row(row):
                    continue
                path = capture_folder / row["path"]
                if path.is_file() and path.stat().st_size == row["size"]:
                    yield row


def _is_row(row: Any) -> bool:
    """Whether a line is one of ours, about a file below `supplied/`; another one is as a torn one."""
    texts = isinstance(row, dict) and all(isinstance(row.get(name), str) for name in _ROW)
    if not texts or not isinstance(row.get("size"), int):
        return False
    top, *rest = row["path"].split("/")
    return top == "supplied" and bool(rest) and not {"", ".", ".."} & set(rest)


def _held(source: Path, name: str, rows: dict[str, Row]) -> Row | None:
    """The line of a file that has been taken already: the same name and the same bytes."""
    known = [row for row in rows.values() if row["name"] == name and row["size"] == source.stat().st_size]
    if not known:
        return None
    with source.open("rb") as file:
        found = digests(file)[1]
    return next((row for row in known if row["sha256"] == found), None)


def _copied(source: Path, name: str, rows: dict[str, Row], capture_folder: Path, told: dict[str, str]) -> Row:
    """Copy one file, hashed on the way; set down before it gets its name, so that a kill leaves none without a line."""
    part, one, other = capture_folder / "supplied.part", sha256(), sha512()
    with source.open("rb") as file, part.open("wb") as out:
        before, head = os.fstat(file.fileno()), file.read(2**20)
        piece = head
        while piece:
            for digest in (one, other):
                digest.update(piece)
            out.write(piece)
            piece = file.read(2**20)
        out.flush()
        os.fsync(out.fileno())
        after, size = os.fstat(file.fileno()), out.tell()
    if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, size):
        raise BadInput(f"{name}: {_COPYING}")
    hashes = {"size": size, "sha256": one.hexdigest(), "sha512": other.hexdigest()}
    kind = type_of(head) or ("text/plain" if name.lower().endswith(".txt") else "application/octet-stream")
    row: Row = {"path": _place(name, one.hexdigest(), rows), "name": name, **hashes, "type": kind}
    with (capture_folder / "supplied.jsonl").open("ab") as lines:
        lines.write(b"\n" + _line(row | told))  # the line before may be torn
        lines.flush()
        os.fsync(lines.fileno())
    target = capture_folder / row["path"]
    target.parent.mkdir(parents=True, exist_ok=True)
    part.rename(target)
    return row


def _place(name: str, hash: str, rows: dict[str, Row]) -> str:
    """Where a file goes: as it lay in the folder, exports all on top, so that no two of them have one name."""
    parts = [_safe(part) for part in name.split("/")]
    path = PurePosixPath("supplied", *(parts[-1:] if name.lower().endswith(".zip") else parts))
    files = {known.casefold() for known in rows}
    folders = {str(folder) for known in files for folder in PurePosixPath(known).parents}
    if files & {str(folder).casefold() for folder in path.parents}:
        path = PurePosixPath("supplied", path.name)  # a file has the name of its folder
    while str(path).casefold() in files | folders:
        path = path.with_name(f"{path.stem}.{hash[:12]}{path.suffix}")
    return str(path)


def _safe(name: str) -> str:
    """One part of a name as every system can unpack it; the name it had stands in its line."""
    text = unicodedata.normalize("NFC", name)
    text = "".join("_" if c in _UNSAFE or unicodedata.category(c) in _UNSEEN else c for c in text)
    text = f"_{text}" if _DEVICES.fullmatch(text) else re.sub(r"[. ]$", "_", text)
    if len(text.encode()) <= LONGEST:
        return text
    end = PurePosixPath(text).suffix if len(PurePosixPath(text).suffix) < 10 else ""
    return text.encode()[: LONGEST - len(end.encode())].decode(errors="ignore") + end


_UNSEEN: Final = ("Cc", "Cf", "Cs", "Zl", "Zp")  # control characters, marks that nobody sees, halves of characters


def _line(row: Row) -> bytes:
    return dumps(row).encode() + b"\n"
