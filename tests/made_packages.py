"""A capture and what is made of it for its package, small and without the makers: what package formats are tried on."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256, sha512
from pathlib import Path
from typing import Any

from model.capture import dumps, files, ledger_of
from model.made import About, Made
from model.nouns import Item, Order
from tests.captures import order, sealed

Ready = tuple[Path, Order, Path]
Zip = list[tuple[zipfile.ZipInfo, bytes]]
CONTENT = {
    "account.json": '{"type": "Organization", "name": "Exempelvik"}\n',
    "posts.json": '{"type": "OrderedCollection", "orderedItems": [\n{"type": "Note", "content": "Hej"}\n]}\n',
    "posts.csv": "id,published,text\r\n0001,2026-12-01T10:00:00Z,Hej\r\n",
    "comments.csv": "id,published,text\r\n",
    "media.csv": "path,sha256\r\n",
    "changes_since_previous.csv": "change,id\r\n",
}
_PAGE = '<!DOCTYPE html>\n<html lang="sv"><head><meta charset="utf-8"><title>Exempelvik</title></head></html>\n'
READING = {"index.html": _PAGE, "months/2026-12.html": _PAGE, "style.css": "body { max-width: 40em }\n"}
DOCUMENTATION = {"LASMIG.txt": "Läs mig\n", "report.json": '{"counts": {}}\n'}


def about(capture: Path, of: Order, **more: Any) -> About:
    """What the package of a capture is, as the line would tell it."""
    known: dict[str, Any] = {
        "objid": f"exv_{of.account.platform}_{of.account.id.replace('-', '_')}_{of.year}_{of.kind}_0f3c",
        "order": of.id, "status": "NEW", "scope": "whole", "level": of.account.level,
        "verdict": ledger_of(capture)["verdict"], "first": "2026-12-01T08:00:00.000000Z",
        "last": "2026-12-01T10:00:00.000000Z", "began": "2026-12-01T11:00:01.000000Z",
        "ended": "2026-12-01T11:00:02.000000Z", "counts": {"posts": 3, "comments": 0, "media": 1, "gaps": 0},
        "software": "0.1.0", "run": {"dag": "annual", "run_id": "manual__2026-12-01"},
    }  # fmt: skip
    return About(**known | more)


def made(capture: Path, of: Order, folder: Path | None = None, **more: Any) -> Path:
    """What the makers would leave beside a capture (`more`: other facts of the package): its folder."""
    folder = folder or capture.with_name(f"{of.id}.made")
    groups = {"content": CONTENT, "reading": READING, "documentation": DOCUMENTATION}
    with Made(folder) as out:
        for group, texts in groups.items():
            for name, text in texts.items():
                out.text(f"{group}/{name}", text)
        lines = [dumps(file | {"type": _type(file["path"])}) for file in _media(capture)]
        out.text("media.jsonl", "".join(f"{line}\n" for line in lines))
        out.tell(about(capture, of, **more))
    return folder


def ready(
    place: Path,
    items: Sequence[Item] | None = None,
    of: Order | None = None,
    supplied: Mapping[str, bytes] | None = None,
    **more: Any,
) -> Ready:
    """A sealed capture, its order, and what is made of it; `more`: other facts of the package."""
    of = of or order()
    for name, data in (supplied or {}).items():
        _supply(place / of.id, name, data)
    capture = sealed(place, of, items)
    return capture, of, made(capture, of, **more)


def _supply(capture: Path, name: str, data: bytes) -> None:
    """Put a file there as if the archivist had supplied it."""
    path = capture / "supplied" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    hashes = {"size": len(data), "sha256": sha256(data).hexdigest(), "sha512": sha512(data).hexdigest()}
    row = {"path": f"supplied/{name}", "name": name, **hashes, "type": "image/png", "who": "arkivfunktionen"}
    with (capture / "supplied.jsonl").open("a", encoding="utf-8") as lines:
        lines.write(dumps(row) + "\n")


def _media(capture: Path) -> list[dict[str, Any]]:
    return sorted((file for file in files(capture) if file["path"].startswith("media/")), key=lambda file: file["path"])


def _type(path: str) -> str:
    with_type = {".jpg": "image/jpeg", ".png": "image/png", ".mp4": "video/mp4"}
    return with_type.get(Path(path).suffix, "application/octet-stream")


def anew(package: Path, change: Callable[[Zip], Zip], pressed: int = zipfile.ZIP_STORED) -> None:
    """Write the package again with other content."""
    with zipfile.ZipFile(package) as bag:
        entries = [(entry, bag.read(entry)) for entry in bag.infolist()]
    with zipfile.ZipFile(package, "w") as bag:
        for entry, data in change(entries):
            entry.compress_type = pressed
            bag.writestr(entry, data)
