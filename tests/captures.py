"""A small sealed capture, made without a platform: what formats and stores are tried on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.record import Heard, Record
from model.capture import Capture, digests
from model.ledger import summary
from model.nouns import Account, Claim, Gap, Item, Media, Order, Stream
from model.settings import Settings
from tests.fakes.pictures import picture

NOON = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)
BAG = Settings(formats=("bagit",))  # the quick one: of the capture alone
STREAMS = (Stream(name="posts", proof="claims"),)


def settings_file(folder: Path, **changed: str) -> Path:
    """The shipped example of a settings file, with some lines changed: where it lies."""
    text = (Path(__file__).parent.parent / "docs" / "examples" / "installningar.toml").read_text(encoding="utf-8")
    for key, value in changed.items():
        text = re.sub(f"(?m)^{key} = .*$", f"{key} = {value}", text)
    (path := folder / "installningar.toml").write_text(text, encoding="utf-8")
    return path


def account(id: str = "exempelvik-mastodon") -> Account:
    return Account(
        id=id,
        platform="mastodon",
        address="https://social.exempelvik.example/@exempelvik",
        unit="Exempelvik",
        case="EX 1/26",
    )


def order(year: int = 2026, who: str = "exempelvik-mastodon") -> Order:
    return Order(id=f"{year}-{who}", account=account(who), kind="annual", year=year, created=NOON)


def post(number: int, text: str = "Hej från Exempelvik", **more: Any) -> Item:
    published = NOON - timedelta(hours=number)
    return Item(id=f"{number:04}", stream="posts", kind="post", published=published, text=text, **more)


def gap(what: str, why: Any = "gone", kind: Any = "item", stream: str = "posts", parent: str = "") -> Gap:
    return Gap(what=what, why=why, kind=kind, stream=stream, parent=parent, seen_at=NOON)


def heard(number: int = 1, body: bytes = b'{"id": "1"}', **more: Any) -> Heard:
    url = f"https://social.exempelvik.example/api/v1/statuses/{number}"
    kept: dict[str, Any] = {
        "method": "GET", "url": url, "asked": url, "sent": (("Accept", "*/*"),), "status": 200, "reason": "OK",
        "headers": (("Content-Type", "application/json"),), "body": body, "at": NOON + timedelta(seconds=number),
    }  # fmt: skip
    return Heard(**kept | more)


def attach(capture: Capture, item: Item, media: Media, data: bytes) -> Path:
    """Put a file of an item into the capture, as the line does it."""
    path = capture.folder / "media" / f"{media.id}.jpg"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    with path.open("rb") as file:
        size, one, other = digests(file)
    named = path.with_name(f"{one}.jpg")
    path.rename(named)
    about = {"path": f"media/{named.name}", "size": size, "sha256": one, "sha512": other, "type": "image/jpeg"}
    capture.attach(item.id, 0, media, about)
    return named


def sealed(folder: Path, of: Order | None = None, items: Sequence[Item] | None = None) -> Path:
    """A sealed capture of an order (three posts, one picture, one answer on record): its folder."""
    of = of or order()
    place = folder / of.id
    capture, record = Capture(place, of), Record(place / "segments")
    media = Media(id="bild", url="https://files.exempelvik.example/bild.jpg", alt="En bänk")
    posts = items if items is not None else [post(3), post(1, "Öppet hus", media=(media,)), post(2)]
    capture.begin("posts", "", 1)
    for item in posts:
        capture.see(item, 0, 1)
        for one in item.media:
            attach(capture, item, one, picture("jpg", one.id, 900))
    capture.claim(Claim(stream="posts", field="statuses_count", value=len(posts)), 1)
    capture.end("posts", "", 1)
    record.keep(heard(1))
    record.seal(place / "raw", of.id)
    capture.seal(summary(capture, STREAMS))
    record.close()
    capture.close()
    return place
