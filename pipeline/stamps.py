"""Time stamps (RFC 3161) over the manifests in the archive: somebody else says that they were there at a certain time.

    2026-exempelvik-mastodon.manifest.<authority>.tsr      the authority's answer as it came, read-only
    2026-exempelvik-mastodon.manifest.<authority>.pem      the certificates that were trusted for it then
    2026-december.1.run.<authority>.tsr                    the same over the run manifest

An authority gets a hash and a number drawn for this one question, and nothing else. Only a stamp that holds against the
authority's own roots is kept. What fails is a sentence, and is asked for again the next time: no package waits for it.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from connectors import web
from model.errors import ArsringError, NotWhole
from model.protocols import Shelf
from model.settings import Settings, StampAuthority
from pipeline.evidence import MANIFEST, RUN

_CERTIFICATES: Final = 0xA0  # the tag of SignedData's certificates
_HASHES: Final = {f"2.16.840.1.101.3.4.2.{n}": name for n, name in ((1, "sha256"), (2, "sha384"), (3, "sha512"))}
_ENOUGH: Final = 3  # an authority that fails so often in a row is left until the next time


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a stamp says: when, and by whose certificate."""

    at: datetime  # UTC
    by: str


def stamp(shelf: Shelf, settings: Settings, tell: Callable[[str], None] = lambda _: None) -> list[str]:
    """Ask every authority for a stamp over each manifest that has none of it yet: what failed, a sentence each.

    `tell` gets a sentence for each stamp that has come.
    """
    failed: list[str] = []
    there = set(shelf.papers()) if settings.stamps else set()
    papers = sorted(name for name in there if name.endswith((MANIFEST, RUN)))
    for authority in settings.stamps:
        left = [name for name in papers if name_of(name, authority.name) not in there]
        try:
            roots = roots_of(authority)
        except NotWhole as error:
            failed.append(f"{authority.name}: no time stamps, since {error}. Mend the settings file and run again.")
        else:
            failed += _by(shelf, authority, roots, left, tell)
    return failed


def name_of(paper: str, authority: str) -> str:
    """The name of an authority's stamp over a manifest."""
    return f"{paper.removesuffix('.json')}.{authority}.tsr"


def tokens(paper: Path) -> Iterator[tuple[str, Path]]:
    """The stamps that lie beside a manifest, by the names of their authorities."""
    stem = paper.name.removesuffix(".json") + "."
    for path in sorted(paper.parent.glob("*.tsr")):
        if path.name.startswith(stem) and "." not in (name := path.name[len(stem) : -len(".tsr")]):
            yield name, path


def check(token: bytes, data: bytes, roots: list[x509.Certificate], nonce: int | None = None) -> Stamp:
    """What a stamp over `data` says. NotWhole where it does not hold.

    Certificates are judged at the time that the stamp names: that one has expired since then is no fault.
    """
    try:
        answer = decode_timestamp_response(sorted_certificates(token))
        VerifierBuilder(roots=roots, nonce=nonce).build().verify_message(answer, data)
        return Stamp(answer.tst_info.gen_time, _signer(answer))
    except (VerificationError, ValueError, TypeError, x509.InvalidVersion) as error:
        raise NotWhole(f"it does not hold: {_short(error)}") from error


def over(token: bytes, data: bytes) -> None:
    """NotWhole where a stamp is not over `data`, whoever has signed it: that can be told without certificates."""
    try:
        found = decode_timestamp_response(sorted_certificates(token)).tst_info.message_imprint
        hashed = hashlib.new(_HASHES[found.hash_algorithm.dotted_string], data).digest()
    except (ValueError, TypeError, KeyError) as error:
        raise NotWhole("it is no time stamp that can be read") from error
    if hashed != found.message:
        raise NotWhole("it is over something else")


def roots_of(authority: StampAuthority) -> list[x509.Certificate]:
    """The certificates that are trusted for an authority. NotWhole where there are none to be read."""
    try:
        return x509.load_pem_x509_certificates(Path(authority.roots).read_bytes())
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "none is in it"
        raise NotWhole(f"its root certificates ({Path(authority.roots).name}) cannot be read: {why}") from error


def sorted_certificates(token: bytes) -> bytes:
    """The same answer with its certificates in the order of DER, as our library insists and OpenSSL does not.

    They are no part of what is signed, and nothing else is touched; what is no stamp comes back as it is.
    """
    try:
        place = _inside(token, 0)  # TimeStampResp: status, token
        place = _inside(token, _after(token, place))  # ContentInfo: its kind, [0]
        place = _inside(token, _inside(token, _after(token, place)))  # SignedData: version, digests, content, [0]
        for _ in range(3):
            place = _after(token, place)
        if token[place] != _CERTIFICATES:
            return token
        at, end, found = _inside(token, place), _after(token, place), list[bytes]()
        while at < end:
            found.append(token[at : _after(token, at)])
            at = _after(token, at)
    except IndexError:
        return token
    return token[: _inside(token, place)] + b"".join(sorted(found)) + token[end:] if at == end else token


def _by(
    shelf: Shelf,
    authority: StampAuthority,
    roots: list[x509.Certificate],
    papers: list[str],
    tell: Callable[[str], None],
) -> Iterator[str]:
    row = 0
    for done, paper in enumerate(papers, start=1):
        try:
            found = _ask(shelf, authority, roots, paper)
        except (ArsringError, OSError) as error:
            row += 1
            yield f"{paper}: no time stamp from {authority.name} ({error}). It is asked for again the next time."
        else:
            row = 0
            tell(f"{paper}: stamped by {authority.name} at {found.at:%Y-%m-%d %H:%M:%S} UTC ({found.by})")
        if row == _ENOUGH and done < len(papers):
            yield f"{authority.name}: not asked about {len(papers) - done} more until the next time."
            return


def _ask(shelf: Shelf, authority: StampAuthority, roots: list[x509.Certificate], paper: str) -> Stamp:
    """Get one stamp and keep it, if it holds."""
    if not (data := shelf.read(paper)):
        raise NotWhole("the manifest is empty")
    request = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA512).build()
    token = web.stamp_request(authority.url, request.as_bytes())
    found = check(token, data, roots, request.nonce)
    target = name_of(paper, authority.name)
    shelf.keep(f"{target.removesuffix('.tsr')}.pem", Path(authority.roots).read_bytes())
    shelf.keep(target, token)
    return found


def _signer(answer: TimeStampResponse) -> str:
    """The name in the certificate that signed."""
    for signer in answer.signed_data.signer_infos:
        for one in map(x509.load_der_x509_certificate, answer.signed_data.certificates):
            if (one.issuer, one.serial_number) == (signer.issuer, signer.serial_number):
                return one.subject.rfc4514_string()
    return ""


def _short(error: Exception) -> str:
    """What OpenSSL says of a certificate, out of all that it says; else the beginning of the error."""
    found = re.search('Verify error: ([^"]+)', str(error))
    return found[1] if found else str(error)[:120]


def _inside(data: bytes, place: int) -> int:
    """Where the content of a DER thing begins. IndexError past the end of the data."""
    return place + 2 + (data[place + 1] & 127 if data[place + 1] > 127 else 0)


def _after(data: bytes, place: int) -> int:
    """Where the next thing begins. IndexError where this one does not end within the data."""
    start, short = _inside(data, place), data[place + 1]
    size = int.from_bytes(data[place + 2 : start], "big") if short > 127 else short
    if start + size > len(data):
        raise IndexError
    return start + size
