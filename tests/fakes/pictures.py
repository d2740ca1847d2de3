"""Small true pictures, made long and distinct by padding that their formats allow. No picture library needed.

JPEG, PNG, GIF and WebP can be decoded to the end; MP4 has whole boxes (ftyp, moov, mdat) but no film in it.
"""

from __future__ import annotations

import random
import struct
import zlib
from base64 import b64decode
from functools import cache

MIME = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "mp4": "video/mp4",
}
JPEG = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhl"
    "bXd7gYKBTmCNl4x9lnN+gXz/wAALCAAMABABASIA/8QAFgABAQEAAAAAAAAAAAAAAAAAAgMF/8QAFxABAQEBAAAAAAAAAAAA"
    "AAAAAQACA//aAAgBAQAAPwDPOcznXMkzJf/Z"
)
GIF = b64decode(
    "R0lGODdhEAAMAIEAACCZfCCEfCByfCBjfCwAAAAAEAAMAAAILwAHCBxIsKDBgwQFKFzIsKHDhxAjLgxAsaLFixgzatxYEYDH"
    "jyBDihxJsqTJkgEBADs="
)
WEBP = b64decode("UklGRigAAABXRUJQVlA4TBsAAAAvD8ACAA9wErYBGb75jweIBZP8pffFENH/bDwA")


@cache
def _noise() -> bytes:
    return random.Random(2026).randbytes(1 << 20)


def picture(extension: str, name: str, size: int) -> bytes:
    """One picture of about `size` bytes; another `name` gives other bytes. The padding does not compress."""
    return _MAKERS[extension](name.encode() + b"\0" + _padding(name, size))


def _padding(name: str, size: int) -> bytes:
    noise = _noise()
    start = zlib.crc32(name.encode()) % (1 << 19)
    piece = noise[start : start + size]
    return piece if len(piece) == size else (noise * (size // len(noise) + 2))[start : start + size]


def _jpeg(padding: bytes) -> bytes:
    pieces = (padding[at : at + 65_000] for at in range(0, len(padding), 65_000))
    comments = b"".join(b"\xff\xfe" + struct.pack(">H", len(piece) + 2) + piece for piece in pieces)
    return JPEG[:20] + comments + JPEG[20:]  # after SOI and APP0


def _png(padding: bytes) -> bytes:
    rows = b"".join(b"\0" + bytes((32, 96 + 6 * y, 100)) * 16 for y in range(12))
    header = struct.pack(">IIBBBBB", 16, 12, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"paDd", padding), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def _gif(padding: bytes) -> bytes:
    pieces = (padding[at : at + 255] for at in range(0, len(padding), 255))
    return GIF[:-1] + b"\x21\xfe" + b"".join(bytes((len(p),)) + p for p in pieces) + b"\0" + GIF[-1:]


def _webp(padding: bytes) -> bytes:
    extended = b"VP8X" + struct.pack("<I", 10) + bytes(4) + b"\x0f\0\0" + b"\x0b\0\0"
    padding += b"\0" * (len(padding) % 2)
    body = b"WEBP" + extended + WEBP[12:] + b"PADD" + struct.pack("<I", len(padding)) + padding
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _mp4(padding: bytes) -> bytes:
    boxes = ((b"ftyp", b"isom\0\0\2\0isommp41"), (b"moov", _box(b"mvhd", bytes(100))), (b"mdat", padding))
    return b"".join(_box(kind, data) for kind, data in boxes)


def _box(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data) + 8) + kind + data


_MAKERS = {"jpg": _jpeg, "png": _png, "gif": _gif, "webp": _webp, "mp4": _mp4}
