"""A package in an object store, read like a file: only the ranges that are asked for are fetched."""

import io
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final, cast

AT_ONCE: Final = 2**20  # bytes of one request: a page of a package, or a piece of a long list

Fetch = Callable[[int, int], Iterator[bytes]]  # (from, how many bytes)


class Ranges(io.RawIOBase):
    """`size` bytes behind `fetch`."""

    def __init__(self, size: int, fetch: Fetch) -> None:
        self._size, self._fetch, self._at = size, fetch, 0

    def buffered(self) -> BinaryIO:
        """The same with a buffer, as `zipfile` wants it."""
        return cast(BinaryIO, io.BufferedReader(self, AT_ONCE))

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence])
        return self._at

    def readall(self) -> bytes:
        """The rest, in one request: io's own would ask for it 8 KiB at a time."""
        found = bytearray(max(0, self._size - self._at))
        self.readinto(found)
        return bytes(found)

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # a buffer, as io's own signature says
        size = max(0, min(len(view), self._size - self._at))
        found = b"".join(self._fetch(self._at, size)) if size else b""
        if len(found) != size:
            raise OSError(f"{len(found)} of {size} bytes came")
        view[:size] = found
        self._at += size
        return size
