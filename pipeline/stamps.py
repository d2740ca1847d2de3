"""Stamps of time (RFC 3161) over the manifests, one from each authority that the settings name.

    2026-exempelvik-mastodon.manifest.exempel-tsa.tsr   the authority's answer, byte for byte, as `openssl ts` reads it
    2026-exempelvik-mastodon.manifest.exempel-tsa.pem   the certificates that were trusted for it then
    2026-december.1.run.exempel-tsa.tsr                 the same over the run's manifest

They are only ever added: where one does not hold, the next is called `exempel-tsa.2`. A stamp that cannot be had is a
warning, and is asked for again by `retry`; no package waits for it.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from cryptography import x509
from rfc3161_client import (
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from connectors.web import stamp_request
from model.errors import NotUnderstood, TryLater
from model.settings import Settings, StampAuthority
from pipeline.evidence import MANIFEST, RUN
from stores import folder

Ask = Callable[[str, bytes], bytes]
_TOKEN: Final = re.compile(r"(?P<authority>[a-z0-9-]+)(?:\.(?P<number>[0-9]+))?\.tsr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamped:
    """What became of one stamp. `failed` is a warning: `how` says what to do, and `retry` asks again."""

    of: str  # the manifest's file name
    authority: str
    state: Literal["stamped", "held", "failed"]
    how: str = ""
    at: datetime | None = None  # UTC, as the stamp has it
    token: str = ""  # the stamp's file name


class NoStamp(Exception):
    """What is wrong with a stamp, in one phrase: data for a status, not an error of the run."""


def stamp(order: str, archive: Path, settings: Settings, *, ask: Ask = stamp_request) -> list[Stamped]:
    """Have the manifest of a delivered package stamped by each authority; one that holds is not asked for again."""
    return list(_stamped([archive / f"{order}{MANIFEST}"], settings, ask))


def stamp_run(run: Path, settings: Settings, *, ask: Ask = stamp_request) -> list[Stamped]:
    """Have a run's manifest stamped by each authority."""
    return list(_stamped([run], settings, ask))


def retry(archive: Path, settings: Settings, *, ask: Ask = stamp_request) -> list[Stamped]:
    """Ask for each stamp that is not there yet, over every manifest and run manifest in the archive."""
    return list(_stamped(sorted([*archive.glob(f"*{MANIFEST}"), *archive.glob(f"*{RUN}")]), settings, ask))


def tokens(manifest: Path) -> Iterator[tuple[str, Path]]:
    """The stamps beside a manifest, each with its authority's name: the oldest of each first."""
    stem = f"{_stem(manifest)}."
    found = [
        (each["authority"], int(each["number"] or 1), path)
        for path in manifest.parent.iterdir()
        if path.name.startswith(stem) and (each := _TOKEN.fullmatch(path.name.removeprefix(stem)))
    ]
    yield from ((authority, path) for authority, _, path in sorted(found))


def roots_of(pem: bytes) -> list[x509.Certificate]:
    """The certificates in a PEM file. NoStamp where there is none."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise NoStamp("the file of trusted certificates holds none that can be read") from error


def verify(answer: bytes, data: bytes, roots: Iterable[x509.Certificate], nonce: int | None = None) -> datetime:
    """When the stamp says that the data was there (UTC). NoStamp where it does not hold.

    The certificates are judged at the time that the stamp names: one that has expired since then is no fault.
    """
    builder = VerifierBuilder(roots=list(roots), nonce=nonce)
    try:
        response = decode_timestamp_response(in_order(answer))
        if response.status > 1:
            raise NoStamp(f"the authority refused (status {response.status}): {' '.join(response.status_string)}")
        builder.build().verify_message(response, data)
        return response.tst_info.gen_time
    except (VerificationError, ValueError, TypeError) as error:
        raise NoStamp(_why(error)) from error


def in_order(answer: bytes) -> bytes:
    """The answer with its certificates sorted, as DER has a SET; no signature covers their order.

    OpenSSL writes the signer's first, and rfc3161-client refuses that. What is not of this shape comes back as it is.
    """
    try:
        _, token = _parts(answer, *_parts(answer, 0, len(answer))[0][1:])
        _, content = _parts(answer, *token[1:])
        (signed,) = _parts(answer, *content[1:])
        given = next(part for part in _parts(answer, *signed[1:]) if answer[part[0]] == 0xA0)
        certificates = sorted(answer[at:end] for at, _, end in _parts(answer, *given[1:]))
    except (IndexError, ValueError, StopIteration):
        return answer
    return answer[: given[1]] + b"".join(certificates) + answer[given[2] :]


def _parts(data: bytes, at: int, end: int) -> list[tuple[int, int, int]]:
    """The things of DER one after the other: where each begins, where its content begins, where it ends."""
    found = []
    while at < end:
        size, inner = data[at + 1], at + 2
        if size > 127:
            inner += size - 128
            size = int.from_bytes(data[at + 2 : inner], "big")
        if inner + size > end:
            raise ValueError("cut short")
        found.append((at, inner, inner + size))
        at = inner + size
    return found


def _stamped(manifests: Iterable[Path], settings: Settings, ask: Ask) -> Iterator[Stamped]:
    """One after the other. An authority that does not answer is not asked for the next one."""
    down: dict[str, str] = {}
    for path in manifests:
        for authority in settings.stamps:
            try:
                if authority.name in down:
                    raise NoStamp(down[authority.name])
                yield _one(path, authority, ask)
            except NoStamp as error:
                yield Stamped(of=path.name, authority=authority.name, state="failed", how=str(error))
            except TryLater as error:
                down[authority.name] = str(error)
                yield Stamped(of=path.name, authority=authority.name, state="failed", how=str(error))


def _one(manifest: Path, authority: StampAuthority, ask: Ask) -> Stamped:
    """The stamp that is there and holds, or a new one. NoStamp and TryLater where there is none to be had."""
    data, pem, number = _read(manifest), _read(Path(authority.roots)), 1
    roots = roots_of(pem)
    for name, path in tokens(manifest):
        if name == authority.name:
            number = _number(path) + 1
            if at := _holds(path, data, roots):
                return Stamped(of=manifest.name, authority=name, state="held", at=at, token=path.name)
    answer, at = _asked(authority, data, roots, ask)
    stem = f"{_stem(manifest)}.{authority.name}{f'.{number}' if number > 1 else ''}"
    folder.keep(manifest.parent, f"{stem}.pem", pem)
    token = folder.keep(manifest.parent, f"{stem}.tsr", answer)
    return Stamped(of=manifest.name, authority=authority.name, state="stamped", at=at, token=token.name)


def _asked(authority: StampAuthority, data: bytes, roots: list[x509.Certificate], ask: Ask) -> tuple[bytes, datetime]:
    request = TimestampRequestBuilder().data(data).build()  # SHA-512, a nonce, and the certificates along with it
    try:
        answer = ask(authority.url, request.as_bytes())
    except NotUnderstood as error:
        raise NoStamp(str(error)) from error
    try:
        return answer, verify(answer, data, roots, request.nonce)
    except NoStamp as error:
        raise NoStamp(f"{len(answer)} bytes came, and they are no stamp that holds: {error}") from error


def _holds(token: Path, data: bytes, roots: list[x509.Certificate]) -> datetime | None:
    try:
        return verify(_read(token), data, roots)
    except NoStamp:
        return None


def _number(token: Path) -> int:
    last = token.name.removesuffix(".tsr").rpartition(".")[2]
    return int(last) if last.isdecimal() else 1


def _stem(manifest: Path) -> str:
    return manifest.name.removesuffix(".json")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise NoStamp(f"{path.name} cannot be read ({error.strerror})") from error


def _why(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
