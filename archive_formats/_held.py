"""A package that is there already: one file's lines out of it, and what is wrong with it, whatever its format."""

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from model.errors import NotWhole
from model.nouns import Held

# What `zipfile` raises of bytes that are no ZIP, or no longer one; RuntimeError of what is locked with a password.
NO_ZIP: Final = (
    zipfile.BadZipFile, EOFError, NotImplementedError, UnicodeDecodeError, struct.error, zlib.error, RuntimeError,
)  # fmt: skip
UNREADABLE: Final = (OSError, *NO_ZIP)


def top(held: zipfile.ZipFile) -> str:
    """The package's own folder, as its first name has it."""
    return next(iter(held.namelist()), "").partition("/")[0]


def lines(package: Path | Held, name: str, place: Callable[[zipfile.ZipFile], str]) -> Iterator[bytes]:
    """The lines of the capture's file `name`, which lies at `place`. NotWhole where the package cannot be read."""
    try:
        with package.open("rb") as file, zipfile.ZipFile(file) as held, held.open(place(held)) as found:
            yield from found
    except (*UNREADABLE, KeyError) as error:
        raise NotWhole(
            f"{package}: {name} cannot be read out of it ({error}). Check it with `arsring verify`, and fetch "
            "another copy."
        ) from error


def faults(package: Path, find: Callable[[zipfile.ZipFile], Iterable[str]], one: str = "") -> list[str]:
    """What `find` has against a package. `one`: what is one folder, or empty where there is no folder round it.

    A ZIP that is none, that leads out of itself or that has been packed anew is not looked into.
    """
    try:
        with zipfile.ZipFile(package) as held:
            return list(_outer_faults(held, one)) or [*_twice(held), *find(held)]
    except UNREADABLE as error:
        return [f"{package.name}: cannot be read as a ZIP ({error})"]


def leads_out(name: str) -> bool:
    """Whether a name would lead out of the folder that a package is unpacked into."""
    return "\\" in name or any(part in ("", ".", "..") for part in name.removesuffix("/").split("/"))


def _outer_faults(held: zipfile.ZipFile, one: str) -> Iterator[str]:
    names = held.namelist()
    if (one and len({name.partition("/")[0] for name in names}) != 1) or any(map(leads_out, names)):
        yield f"{one} is one folder, and no name in it leads out of it" if one else "a name in it leads out of it"
    elif any(entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1 for entry in held.infolist()):
        # this also keeps a small file from unpacking to a full disk
        yield "compressed or locked: it has been packed anew, and is not the package that was delivered"


def _twice(held: zipfile.ZipFile) -> Iterator[str]:
    names = [name for name in held.namelist() if not name.endswith("/")]
    if len(set(names)) != len(names):
        yield "two files have the same name"
