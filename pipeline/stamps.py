"""Time stamps (RFC 3161) over the manifests in the archive: somebody else says that they were there at a certain time.

    2026-exempelvik-mastodon.manifest.<authority>.tsr      the authority's answer as it came, read-only
    2026-exempelvik-mastodon.manifest.<authority>.pem      the certificates that were trusted for it then
    2026-december.1.run.<authority>.tsr                    the same over the run manifest

An authority gets a hash and a number drawn for this one question, and nothing else. Only a stamp that holds against the
authority's own roots is kept. What fails is a sentence, and is asked for again the next time: no package waits for it.
"""

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
from model.settings import Settings, StampAuthority
from pipeline.evidence import MANIFEST, RUN
from stores import folder

_CERTIFICATES: Final = 0xA0  # the tag of SignedData's certificates
_ENOUGH: Final = 3  # an authority that fails so often in a row is left until the next time


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a stamp says: when, and by whose certificate."""

    at: datetime  # UTC
    by: str


def stamp(archive: Path, settings: Settings, tell: Callable[[str], None] = lambda _: None) -> list[str]:
    """Ask every authority for a stamp over each manifest that has none of it yet: what failed, a sentence each.

    `tell` gets a sentence for each stamp that has come.
    """
    failed: list[str] = []
    papers = sorted(path for kind in (MANIFEST, RUN) for path in archive.glob(f"*{kind}") if path.name[0] != ".")
    for authority in settings.stamps:
        left = [path for path in papers if not name_of(path, authority.name).exists()]
        try:
            roots = roots_of(authority)
        except NotWhole as error:
            failed.append(f"{authority.name}: no time stamps, since {error}. Mend the settings file and run again.")
        else:
            failed += _by(authority, roots, left, tell)
    return failed


def name_of(paper: Path, authority: str) -> Path:
    """Where an authority's stamp over a manifest lies."""
    return paper.with_name(f"{paper.name.removesuffix('.json')}.{authority}.tsr")


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
    authority: StampAuthority, roots: list[x509.Certificate], papers: list[Path], tell: Callable[[str], None]
) -> Iterator[str]:
    row = 0
    for done, paper in enumerate(papers, start=1):
        try:
            found = _ask(authority, roots, paper)
        except (ArsringError, OSError) as error:
            row += 1
            yield f"{paper.name}: no time stamp from {authority.name} ({error}). It is asked for again the next time."
        else:
            row = 0
            tell(f"{paper.name}: stamped by {authority.name} at {found.at:%Y-%m-%d %H:%M:%S} UTC ({found.by})")
        if row == _ENOUGH and done < len(papers):
            yield f"{authority.name}: not asked about {len(papers) - done} more until the next time."
            return


def _ask(authority: StampAuthority, roots: list[x509.Certificate], paper: Path) -> Stamp:
    """Get one stamp and keep it, if it holds."""
    if not (data := paper.read_bytes()):
        raise NotWhole("the manifest is empty")
    request = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA512).build()
    token = web.stamp_request(authority.url, request.as_bytes())
    found = check(token, data, roots, request.nonce)
    target = name_of(paper, authority.name)
    folder.keep(paper.parent, target.with_suffix(".pem").name, Path(authority.roots).read_bytes())
    folder.keep(paper.parent, target.name, token)
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
