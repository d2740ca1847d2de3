"""Our own packages: the capture that they carry is the one that was sealed. Nothing is asked of other packages."""

import csv
import json
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from typing import Any, Final

from archive_formats.checks.index import Index
from archive_formats.checks.places import UNREADABLE, Place
from archive_formats.checks.report import Report

_LONGEST: Final = 2**24  # bytes of a line; a longer one is none of ours
# Where the content stands in E-ARK, and in FGS 1.2.
_HOMES: Final = ("representations/content/data/", "content/content/data/")


def check(place: Place, index: Index, report: Report) -> None:
    """Hold the seal's rows against the package's files, whose checksums are known by now."""
    for home in _HOMES:
        _told(place, index, report, f"{home}capture/seal.jsonl", "ARSRING2", _seal)
        _told(place, index, report, f"{home}capture/ledger.json", "ARSRING3", _ledger)
        _told(place, index, report, f"{home}earlier_media.csv", "ARSRING1", _earlier)
    for path, digest in index.unsealed():
        report.say("ARSRING1", path, digest)


def _told(
    place: Place,
    index: Index,
    report: Report,
    path: str,
    rule: str,
    take: Callable[[Iterator[bytes], Index], str],
) -> None:
    """Read one of our own files, if it is there, and tell what is wrong with it."""
    if index.size(path) is None:
        return
    try:
        with place.open(path) as file:
            fault = take(iter(partial(file.readline, _LONGEST), b""), index)
    except (*UNREADABLE, TypeError, AttributeError, csv.Error) as error:
        fault = str(error) or type(error).__name__
    if fault:
        report.say(rule, path, fault)


def _seal(lines: Iterator[bytes], index: Index) -> str:
    """Each row but the last names a file; the last holds the hash of those before it."""
    digest, last = sha256(), b""
    for line in lines:
        if last:
            digest.update(last)
            row = json.loads(last)
            if not (isinstance(row["path"], str) and isinstance(row["sha256"], str)):
                raise TypeError("a row of the seal names no file")
            (row["path"] + row["sha256"]).encode()  # what no file name can hold is told here, and not by the index
            index.seal(row["path"], row["sha256"])
        last = line
    end: dict[str, Any] = json.loads(last)
    return "" if end.get("seal") == digest.hexdigest() else "seal"


def _ledger(lines: Iterator[bytes], index: Index) -> str:
    return "" if json.loads(b"".join(lines)).get("verdict") else "verdict –"


def _earlier(lines: Iterator[bytes], index: Index) -> str:
    for row in csv.DictReader(line.decode() for line in lines):
        index.earlier(row["sha256"])
    return ""
