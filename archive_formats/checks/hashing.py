"""Checksums of files that lie in a ZIP as they are; run as a program, by a process of its own.

    python -I hashing.py PACKAGE < wanted > found      a line of JSON for each file, both ways

While this reads the files, the validator reads METS and PREMIS, and the machine's second processor is of use. It needs
the standard library alone, so it starts at once. Of a file that is not as it should be it says nothing at all: then the
validator reads that file itself, and says what is wrong.
"""

import hashlib
import json
import os
import struct
import sys
import zlib
from collections.abc import Iterator
from typing import Final

KINDS: Final = ("SHA-256", "SHA-512")
_BLOCK: Final = 2**20
_LOCAL: Final = struct.Struct("<4s2xHH16xHH")  # mark, flags, method; lengths of the name and of what follows it
Entry = tuple[str, int, int, int, int]  # name, flags, where it begins, size, CRC-32: as the ZIP's directory says


def stored(file: int, entry: Entry) -> Iterator[bytes]:
    """The bytes of one file, in pieces. ValueError where it does not lie there plainly, or is another one."""
    name, flags, at, size, due = entry
    encoded = name.encode()
    head = os.pread(file, _LOCAL.size + len(encoded), at)
    if len(head) < _LOCAL.size:
        raise ValueError(name)
    mark, known, method, long, more = _LOCAL.unpack_from(head)
    if (mark, known, method, head[_LOCAL.size :], long) != (b"PK\3\4", flags, 0, encoded, len(encoded)):
        raise ValueError(name)
    at, end, found = at + _LOCAL.size + long + more, at + _LOCAL.size + long + more + size, 0
    while at < end:
        if not (piece := os.pread(file, min(_BLOCK, end - at), at)):
            raise ValueError(name)
        at, found = at + len(piece), zlib.crc32(piece, found)
        yield piece
    if found != due:
        raise ValueError(name)


def main(package: str) -> None:
    file = os.open(package, os.O_RDONLY)
    for line in sys.stdin:
        entry: Entry = tuple(json.loads(line))
        one, other = hashlib.sha256(), hashlib.sha512()
        try:
            for piece in stored(file, entry):
                one.update(piece)
                other.update(piece)
        except (ValueError, OverflowError, OSError):
            continue
        sys.stdout.write(json.dumps([entry[0], one.hexdigest(), other.hexdigest()]) + "\n")
    os.close(file)


if __name__ == "__main__":
    main(sys.argv[1])
