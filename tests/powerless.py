"""A disk that loses its power: ext4 on a file, whose writes that were not synced are gone when it comes up again.

The kernel is told to stop all writing at once and to throw away what is in memory (the call that xfstests uses for the
same). The options are those that keep least: data is not ordered before names, and nothing is written for its age.
Needs root. Source: Documentation/filesystems/ext4 and fs/ext4/ioctl.c of Linux.
"""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SHUTDOWN: Final = 0x8004587D  # EXT4_IOC_SHUTDOWN
_NOW: Final = struct.pack("=I", 2)  # EXT4_GOING_FLAGS_NOLOGFLUSH: not even the journal is written out
_OPTIONS: Final = "loop,data=writeback,noauto_da_alloc,commit=600"


@dataclass(frozen=True, slots=True)
class Disk:
    image: Path
    at: Path

    def cut(self) -> None:
        """No more power: all that writes fails from now on."""
        handle = os.open(self.at, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, _SHUTDOWN, _NOW)
        finally:
            os.close(handle)

    def again(self) -> None:
        """The power comes back. Nobody may have a file of it open."""
        _run("umount", self.at)
        _run("mount", "-o", _OPTIONS, self.image, self.at)


@contextmanager
def disk(folder: Path, megabytes: int = 256) -> Iterator[Disk]:
    """A new one below a folder."""
    found = Disk(folder / "disk.img", folder / "disk")
    found.at.mkdir()
    with found.image.open("wb") as file:
        file.truncate(megabytes * 2**20)
    _run("mkfs.ext4", "-q", "-F", found.image)
    _run("mount", "-o", _OPTIONS, found.image, found.at)
    try:
        yield found
    finally:
        _run("umount", found.at)


def _run(*words: object) -> None:
    subprocess.run([*map(str, words)], check=True, capture_output=True)
