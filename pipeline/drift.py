"""Drift: where an account has come away from what the register and the authority say of it.

Nothing of it stops December; the strategist is told of all of it at each readiness run.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PIL import Image

from model.nouns import Account, Shown
from model.settings import Settings
from reading import _print_pictures as pictures
from reading.plaintext import plain

if TYPE_CHECKING:
    from pipeline.readiness import Report

QUIET: Final = timedelta(days=365)
ALIKE: Final = 10  # of 64 bits: a picture made smaller or saved anew differs in fewer
_SIDE: Final = 8


def presented(account: Account, shown: Shown, settings: Settings, today: date) -> Iterator[str]:
    """A sentence for each thing that the account shows otherwise than it should, pictures aside."""
    if account.display_name and shown.name and _folded(shown.name) != _folded(account.display_name):
        yield (
            f"{account.id}: the account is called {shown.name!r}, and {account.display_name!r} in the register. "
            "Change one of them."
        )
    text = _folded(f"{shown.name}\n{plain(shown.about)}\n{shown.about}")
    if missing := [one for one in settings.imprint if _folded(one) not in text]:
        yield f"{account.id}: its presentation lacks {', '.join(map(repr, missing))}. Add that there."
    if settings.privacy and _bare(settings.privacy) not in text:
        yield f"{account.id}: its presentation has no link to {settings.privacy}. Add that there."
    if shown.newest and shown.newest < today - QUIET:
        yield (
            f"{account.id}: nothing has been posted since {shown.newest}. Consider closing the account, once it has "
            "been archived."
        )


def picture(account: Account, theirs: Path | None, why: str = "") -> Iterator[str]:
    """Whether the profile picture is the one that the register expects. `theirs`: the file that came, or None."""
    ours = _hash(Path(account.picture))
    if ours is None:
        yield f"{account.id}: {account.picture} is no picture that can be read. Put the expected profile picture there."
        return
    found = _hash(theirs) if theirs else None
    if found is None:
        yield f"{account.id}: its profile picture could not be looked at ({why or 'no picture'}). Look at it yourself."
    elif (ours ^ found).bit_count() > ALIKE:
        yield (
            f"{account.id}: its profile picture is not the one that the register expects. Change one of them, if it "
            "was not meant."
        )


def unknown(reports: Sequence["Report"], registered: Iterable[Account]) -> list["Report"]:
    """The reports, with a sentence for each account that a key reaches and the register does not have.

    It is told of a platform only where each of the register's accounts there was looked at and answered: an account
    that was not chosen, or that is not in use yet, may be the one. `registered`: all of them, whatever their status.
    """
    ids = {(one.platform, str(one.told["id"])) for one in reports if one.told.get("id")}
    seen = {one.account for one in reports if one.told.get("id")}
    blind = {one.platform for one in registered if one.id not in seen and one.status != "closed"}
    reached = dict[tuple[str, str], str]()
    for one in reports:
        for platform, id in _others(one.told):
            if (platform, id) not in ids and platform not in blind:
                reached.setdefault((platform, id), one.account)

    def of(one: "Report") -> Iterator[str]:
        for (platform, id), account in reached.items():
            if account == one.account:
                yield (
                    f"{account}: its key reaches an account that is not in the register: {platform} {id}. If it is "
                    "yours, give it a row of its own."
                )

    return [replace(one, drift=(*one.drift, *of(one))) for one in reports]


def _others(told: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    return [(str(platform), str(id)) for platform, id in told.get("others", ())]


def _folded(text: str) -> str:
    """The text as people compare it: no markup of blanks, no case, one form for each letter."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _bare(address: str) -> str:
    """An address as people write it in a presentation: without scheme, www. and the last slash."""
    return _folded(address).partition("://")[2].removeprefix("www.").rstrip("/")


def _hash(path: Path) -> int | None:
    """64 bits that stay the same when a picture is made smaller or saved anew: whether each of 8 × 8 parts is lighter
    than the next one (dHash, N. Krawetz 2013, hackerfactor.com, seen 2026-11). None where it is no picture.
    """
    try:
        small = pictures.small(path, 256, 256)
    except pictures.NoPicture:
        return None
    with Image.open(BytesIO(small.data)) as image:
        light = image.convert("L").resize((_SIDE + 1, _SIDE), Image.Resampling.LANCZOS).tobytes()
    bits = (light[y * (_SIDE + 1) + x] < light[y * (_SIDE + 1) + x + 1] for y in range(_SIDE) for x in range(_SIDE))
    return sum(bit << place for place, bit in enumerate(bits))
