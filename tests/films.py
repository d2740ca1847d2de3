"""A film that a browser plays, made here: the key frames of lossy WebP pictures are VP8, and a WebM holds them.

A Matroska file is elements in elements: an id, a length, and bytes. WebM is what it allows of them (RFC 9559).
"""

from __future__ import annotations

import struct
from io import BytesIO

from PIL import Image

STEP = 200  # milliseconds that a picture stands
WIDTH, HEIGHT = 160, 96


def film(seconds: float = 2.0) -> bytes:
    """A WebM with a bar that walks from left to right."""
    frames = [_frame(number) for number in range(round(seconds * 1000 / STEP))]
    head = _element(0x1A45DFA3, _element(0x4282, b"webm"), _number(0x4287, 2), _number(0x4285, 2))
    info = _element(
        0x1549A966, _number(0x2AD7B1, 1_000_000), _element(0x4489, struct.pack(">d", len(frames) * STEP)),
        _element(0x4D80, b"tests"), _element(0x5741, b"tests"),
    )  # fmt: skip
    size = _element(0xE0, _number(0xB0, WIDTH), _number(0xBA, HEIGHT))
    track = _element(0xAE, _number(0xD7, 1), _number(0x73C5, 1), _number(0x83, 1), _element(0x86, b"V_VP8"), size)
    blocks = (_element(0xA3, b"\x81" + struct.pack(">hB", at * STEP, 0x80) + one) for at, one in enumerate(frames))
    cluster = _element(0x1F43B675, _number(0xE7, 0), *blocks)
    return head + _element(0x18538067, info, _element(0x1654AE6B, track), cluster)


def _frame(number: int) -> bytes:
    """One VP8 key frame, out of a picture's WebP: a RIFF of chunks, the first of which is it."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), "navy")
    picture.paste("gold", (number * 12, 0, number * 12 + 12, HEIGHT))
    picture.save(out := BytesIO(), "WEBP", quality=60)
    data = out.getvalue()
    kind, length = struct.unpack_from("<4sI", data, 12)
    assert kind == b"VP8 ", kind
    return data[20 : 20 + length]


def _element(id: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return id.to_bytes((id.bit_length() + 7) // 8) + struct.pack(">Q", len(body) | 1 << 56) + body


def _number(id: int, value: int) -> bytes:
    return _element(id, value.to_bytes(max(1, (value.bit_length() + 7) // 8)))
