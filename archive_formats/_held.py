"""A package that is there already: one file's lines out of it, and what is wrong with it, whatever its format."""

import struct
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from model.errors import NotWhole

# What `zipfile` raises of bytes that are no ZIP, or no longer one.
UNREADABLE: Final = (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, UnicodeDecodeError, struct.error)


def top(held: zipfile.ZipFile) -> str:
    """The package's own folder, as its first name has it."""
    return next(iter(held.namelist()), "").partition("/")[0]


def lines(package: Path, name: str, place: Callable[[zipfile.ZipFile], str]) -> Iterator[bytes]:
    """The lines of the capture's file `name`, which lies at `place`. NotWhole where the package cannot be read."""
    try:
        with zipfile.ZipFile(package) as held, held.open(place(held)) as found:
            yield from found
    except (*UNREADABLE, KeyError) as error:
        raise NotWhole(
            f"{package}: {name} cannot be read out of it ({error}). Check it with `arsring verify`, and fetch "
            "another copy."
        ) from error


def faults(package: Path, find: Callable[[zipfile.ZipFile], Iterable[str]]) -> list[str]:
    """What `find` has against a package; one fault where it is no ZIP."""
    try:
        with zipfile.ZipFile(package) as held:
            return list(find(held))
    except UNREADABLE as error:
        return [f"{package.name}: cannot be read as a ZIP ({error})"]
