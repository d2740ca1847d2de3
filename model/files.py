"""What a file claims to be, and whether it is that to its end.

A log-in page saved as .jpg, a picture cut short with a consistent length and an empty file all arrive with HTTP 200.
Each walker below follows its format's own structure (JPEG: ITU T.81 annex B; PNG: W3C PNG 3 section 5; GIF89a section
18; WebP: RIFF container, developers.google.com/speed/webp; MP4 and HEIC: ISO/IEC 14496-12 section 4.2), and decodes
nothing.
"""

import mmap
from collections.abc import Callable
from typing import BinaryIO

Bytes = bytes | mmap.mmap
_SMALL = 2**18  # bytes; a larger file is looked at on the disk

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"), (0, b"\x89PNG\r\n\x1a\n", "image/png"), (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"), (8, b"WEBP", "image/webp"), (4, b"ftypavif", "image/avif"),
    (4, b"ftyphei", "image/heic"), (4, b"ftypmif1", "image/heic"), (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftypqt", "video/quicktime"), (4, b"ftyp", "video/mp4"), (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"OggS", "audio/ogg"), (0, b"ID3", "audio/mpeg"), (0, b"\xff\xfb", "audio/mpeg"), (0, b"fLaC", "audio/flac"),
    (8, b"WAVE", "audio/wav"), (0, b"%PDF-", "application/pdf"), (0, b"PK\x03\x04", "application/zip"),
    (0, b"WEBVTT", "text/vtt"),
)  # fmt: skip
SUFFIX = {
    "image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp", "image/avif": ".avif",
    "image/heic": ".heic", "audio/mp4": ".m4a", "video/quicktime": ".mov", "video/mp4": ".mp4", "video/webm": ".webm",
    "audio/ogg": ".ogg", "audio/mpeg": ".mp3", "audio/flac": ".flac", "audio/wav": ".wav", "application/pdf": ".pdf",
    "application/zip": ".zip", "text/vtt": ".vtt", "image/svg+xml": ".svg", "application/vnd.ipld.car": ".car",
}  # fmt: skip


_KINDS = ("image", "video", "audio")
_PAGES = ("text/html", "application/xhtml+xml", "application/json", "application/problem+json")  # never an item's file


def type_of(head: bytes) -> str:
    """The media type that the first bytes show; `text/html`, `text/plain` or `` where they show no known file."""
    for at, magic, name in _MAGIC:
        if head[at : at + len(magic)] == magic:
            return name
    start = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "text/html"
    if b"<svg" in start and start.startswith(b"<"):
        return "image/svg+xml"
    return "text/plain" if start[:1] in (b"{", b"[", b"<") else ""


def fault_in(file: BinaryIO, claimed: str) -> str | None:
    """Why an open file is not what it claims to be, in one phrase; None where nothing speaks against it.

    `claimed` is the Content-Type as sent. A true picture under another picture's name is no fault.
    """
    file.seek(0)
    if not (head := file.read(_SMALL)):
        return "the file is empty"
    found, due = type_of(head), claimed.partition("/")[0].strip().lower()
    said = claimed.partition(";")[0].strip().lower()
    if found == "text/html" or said in _PAGES or (found == "text/plain" and due != "text"):
        return f"a page of text ({found or said}) came where a file was due"
    if found and due in _KINDS and (kind := found.partition("/")[0]) != due and {kind, due} != {"audio", "video"}:
        return f"{found} came where {claimed} was due"
    if walk := _WALKERS.get(found):
        whole = head if len(head) < _SMALL else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return None if walk(whole) else f"{found} that breaks off before its end"
    unknown = not found and due in _KINDS
    return f"something that is no known {due} came where {claimed} was due" if unknown else None


def _jpeg(data: Bytes) -> bool:
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        if data[at + 1] == 0xDA:  # start of scan: what follows has no lengths, and FF D9 in it is always the end
            return data.find(b"\xff\xd9", at) >= 0
        at += 1 if data[at + 1] == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return False


def _png(data: Bytes) -> bool:
    at = 8
    while at + 12 <= len(data):
        if data[at + 4 : at + 8] == b"IEND":
            return True
        at += 12 + int.from_bytes(data[at : at + 4], "big")
    return False


def _gif(data: Bytes) -> bool:
    if len(data) < 14:
        return False
    at = 13 + _colours(data[10])
    while at < len(data) and data[at] != 0x3B:
        if data[at] == 0x2C and at + 9 < len(data):
            at += 10 + _colours(data[at + 9]) + 1
        elif data[at] == 0x21:
            at += 2
        else:
            return False
        while at < len(data) and data[at]:
            at += 1 + data[at]
        at += 1
    return at < len(data)


def _colours(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _webp(data: Bytes) -> bool:
    return len(data) >= 8 + int.from_bytes(data[4:8], "little")


def _boxes(data: Bytes) -> bool:
    at, names = 0, set()
    while at + 8 <= len(data):
        size, name = int.from_bytes(data[at : at + 4], "big"), bytes(data[at + 4 : at + 8])
        names |= {name} & _TOLD  # no others: a file of a hundred million kinds of boxes must not fill the memory
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if size == 0:  # to the end of the file
            return _holds(names)
        if size < 8:
            return False
        at += size
    return at == len(data) and (_holds(names) or (b"meta" in names and data.find(b"idat") > 0))


_TOLD = frozenset({b"moov", b"meta", b"moof", b"mdat"})


def _holds(names: set[bytes]) -> bool:
    """Both the description and what it describes: a file cut between two boxes has only one of them."""
    return b"mdat" in names and bool(names & {b"moov", b"meta", b"moof"})


_WALKERS: dict[str, Callable[[Bytes], bool]] = {
    "image/jpeg": _jpeg, "image/png": _png, "image/gif": _gif, "image/webp": _webp, "image/heic": _boxes,
    "image/avif": _boxes, "audio/mp4": _boxes, "video/mp4": _boxes, "video/quicktime": _boxes,
}  # fmt: skip
