"""What is made of a sealed capture for its package: what people read, the data beside it, and what has changed.

    make → <order>.made/{content,reading,documentation}, media.jsonl, about.json, made.jsonl      (model/made.py)

Everything in it is derived: the same capture, the same predecessor and the same settings give the same bytes.
"""

import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal

from archive_formats._held import UNREADABLE
from model import capture as captures
from model import made as makes
from model import signing
from model.capture import dumps, plain
from model.errors import NotWhole
from model.made import About, Made
from model.nouns import Held, Order, RecordStatus
from model.personal import numbers
from model.selection import Previous, Selection
from model.settings import Settings
from pipeline import content, documentation
from pipeline.answers import Answers
from pipeline.swedish import swedish
from reading import pages, printing


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What making needs besides the capture: what the platform's texts and titles are, and the packages before."""

    text: Literal["html", "plain"] = "plain"
    title: Literal["name", "summary"] = "name"
    previous: Previous | None = None
    replaces: str = ""  # the OBJID of the package that this one replaces


def make(capture: Path, order: Order, settings: Settings, sources: Sources) -> Path:
    """The folder of what is made; found where it has been made of the same already."""
    folder = capture.with_name(capture.name + ".made")
    key = _key(capture, settings, sources)
    if _found(folder, key):
        return folder
    whole = order.kind != "annual" or sources.previous is None
    with (
        Selection(capture, order, previous=sources.previous, whole=whole, work=capture.parent) as chosen,
        Made(folder) as made,
    ):
        about = _about(capture, order, settings, sources, chosen.counts)
        content.write(made, chosen, order, about)
        with Answers(capture, capture.parent) as answers:
            where = documentation.where(about, settings)
            pages.write(made, chosen, order, about, settings, swedish, where, answers.find)
        everywhere = documentation.everywhere(about, settings)
        printing.write(made, chosen, order, about, settings, capture, swedish, everywhere)
        documentation.write(made, capture, order, about, settings)
        made.text("key.txt", key)
        made.tell(about)
    return folder


def delivered(package: Path | Held, read: Callable[[Path | Held, str], Iterator[bytes]]) -> Previous:
    """A package delivered before, to compare with. `read` is its format's. NotWhole where it cannot be read."""
    try:
        with package.open("rb") as file, zipfile.ZipFile(file) as held:
            names = held.namelist()
    except UNREADABLE as error:
        raise NotWhole(
            f"{package}: the account's package before this one cannot be read ({error}). What is new since then cannot "
            "be told: put a good copy of it in its place, and run again; all that was taken is kept."
        ) from error
    kept = next((name for name in names if name.endswith("/earlier_media.csv")), "")
    order = captures.order_from(b"".join(read(package, "order.json"))).id
    tops = {name.partition("/")[0] for name in names}
    return Previous(
        objid=tops.pop() if len(tops) == 1 else order,
        order=order,
        items=lambda: read(package, "items.jsonl"),
        media=lambda: _lines(package, kept),
    )


def objid(capture: Path, order: Order, settings: Settings) -> str:
    """The package's name: who, platform, account, year, kind, and the first four hex digits of the seal's hash."""
    slug = re.sub("[^a-z0-9]+", "_", order.account.id.lower()).strip("_")[:40]
    kind = "rerun" if order.replaces else order.kind
    seal = sha256((capture / "seal.jsonl").read_bytes()).hexdigest()[:4]
    return f"{settings.prefix}_{order.account.platform}_{slug}_{order.year}_{kind}_{seal}"


def _about(capture: Path, order: Order, settings: Settings, sources: Sources, counts: Mapping[str, int]) -> About:
    ledger, previous = captures.ledger_of(capture), sources.previous
    first, last, personal = _looked_through(capture / "items.jsonl")
    return About(
        objid=objid(capture, order, settings),
        order=order.id,
        status=_status(order, previous),
        scope="changes" if previous and order.kind == "annual" else "whole",
        level=order.account.level,
        text=sources.text,
        title=sources.title,
        verdict=ledger["verdict"],
        previous=previous.objid if previous else "",
        previous_order=previous.order if previous else "",
        replaces=sources.replaces,
        first=first,
        last=last,
        began=ledger.get("began", ""),
        ended=ledger.get("ended", ""),
        counts={**counts, "personal": personal},
        software=version("arsring"),
        run=order.run,
        sign_off=signing.signed(capture) or {},
        announcement=_announcement(capture),
    )


def _announcement(capture: Path) -> Mapping[str, Any]:
    """Where the account itself said that it will be closed, and when that was seen; nothing where nobody looked."""
    path = capture / "announcement.json"
    found: Mapping[str, Any] = json.loads(path.read_bytes()) if path.exists() else {}
    return found


def _status(order: Order, previous: Previous | None) -> RecordStatus:
    if order.kind == "rehearsal":
        return "TEST"
    if order.replaces:
        return "REPLACEMENT"
    return "SUPPLEMENT" if previous else "NEW"


_NO_POSTS: Final = ("profile", "identity")


def _looked_through(items: Path) -> tuple[str, str, int]:
    """The oldest and the newest stamp, and how many things there are like personal identity numbers."""
    first, last, personal = "", "", 0
    with items.open("rb") as lines:
        for line in lines:
            item = json.loads(line)
            if (at := item.get("published", "")) and item["kind"] not in _NO_POSTS:  # when an account was made
                first, last = min(first or at, at), max(last, at)
            personal += sum(len(numbers(text)) for text in _texts(item) if text)
    return first, last, personal


def _texts(item: Mapping[str, Any]) -> Iterator[str | None]:
    """Whatever people have written in an item."""
    yield from (item.get("title"), item.get("text"), *item.get("fields", {}).values())
    yield from (choice.get("text") for choice in item.get("poll", ()))
    yield from (file.get("alt") for file in item.get("media", ()))


def _key(capture: Path, settings: Settings, sources: Sources) -> str:
    """What all of it is made of, in one hash."""
    previous = sources.previous
    texts = [sources.text, sources.title, sources.replaces]
    of = [version("arsring"), plain(settings.decided), *texts, previous and previous.objid]
    return sha256((capture / "seal.jsonl").read_bytes() + dumps(of).encode()).hexdigest()


def _found(folder: Path, key: str) -> bool:
    """Whether it is there whole: a file of it that is missing is made again with all the others."""
    try:
        makes.about(folder)
        there = all((folder / file["path"]).is_file() for file in makes.files(folder))
        return there and (folder / "key.txt").read_text() == key
    except (NotWhole, OSError):
        return False


def _lines(package: Path | Held, name: str) -> Iterator[bytes]:
    if name:
        with package.open("rb") as file, zipfile.ZipFile(file) as held, held.open(name) as lines:
            yield from lines
