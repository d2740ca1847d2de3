"""Exports as Facebook and Instagram hand them out: ZIPs, their letters broken, split and numbered.

    facebook_export(folder, [(published, "Höstlov!", [picture_bytes])], parts=3)

A post is (published, text, files); a file is its bytes, or (its name without suffix, its bytes). What else is to be in
the export goes in as `extra` (path: JSON, whose letters are broken as well) and `files` (path: bytes).
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from model.files import SUFFIX, type_of

File = bytes | tuple[str, bytes]
Post = tuple[datetime, str, Sequence[File]]

FACEBOOK = "this_profile's_activity_across_facebook"
INSTAGRAM = "your_instagram_activity"
MADE = (2026, 11, 2, 8, 30, 0)


def facebook_export(
    folder: Path,
    posts: Iterable[Post],
    parts: int = 1,
    *,
    name: str = "facebook-exempelvik-2026-11-02",
    top: str = FACEBOOK,
    fragment: int = 10_000,
    extra: Mapping[str, Any] | None = None,
    files: Mapping[str, bytes] | None = None,
    leave_out: int = 0,
) -> list[Path]:
    """The ZIPs of a page's export; `leave_out` of its media are listed and absent."""
    media: dict[str, bytes] = {}
    records = []
    for published, text, shown in posts:
        seconds = int(published.timestamp())
        entries = [
            {"media": {"uri": uri, "creation_timestamp": seconds, "title": "Timeline photos", "description": text}}
            for uri in _named(f"{top}/posts/media/Tidslinjebilder_100000000000001", shown, media)
        ]
        record: dict[str, Any] = {"timestamp": seconds, "data": [{"post": text}, {"update_timestamp": seconds}]}
        records.append(record | ({"attachments": [{"data": entries}]} if entries else {}))
    contents: dict[str, Any] = {
        f"{top}/posts/profile_posts_{at // fragment + 1}.json": records[at : at + fragment]
        for at in range(0, max(len(records), 1), fragment)
    }
    return _written(folder, name, parts, contents | dict(extra or {}), media, leave_out, files)


def instagram_export(
    folder: Path,
    posts: Iterable[Post],
    parts: int = 1,
    *,
    name: str = "instagram-exempelvik-2026-11-02",
    top: str = INSTAGRAM,
    fragment: int = 10_000,
    extra: Mapping[str, Any] | None = None,
    files: Mapping[str, bytes] | None = None,
    leave_out: int = 0,
) -> list[Path]:
    """The ZIPs of an account's export: of a post with one file, the text stands with the file."""
    media: dict[str, bytes] = {}
    records = []
    for published, text, shown in posts:
        seconds = int(published.timestamp())
        entries: list[dict[str, Any]] = [
            {"uri": uri, "creation_timestamp": seconds, "title": "", "cross_post_source": {"source_app": "FB"}}
            for uri in _named(f"media/posts/{published:%Y%m}", shown, media)
        ]
        if len(entries) == 1:
            records.append({"media": [entries[0] | {"title": text}]})
        else:
            records.append({"media": entries, "title": text, "creation_timestamp": seconds})
    contents: dict[str, Any] = {
        f"{top}/media/posts_{at // fragment + 1}.json": records[at : at + fragment]
        for at in range(0, max(len(records), 1), fragment)
    }
    return _written(folder, name, parts, contents | dict(extra or {}), media, leave_out, files)


def broken(value: Any) -> Any:
    """Texts as these exports have them: every byte of their UTF-8 is a letter of its own."""
    if isinstance(value, str):
        return value.encode().decode("latin-1")
    if isinstance(value, list):
        return [broken(part) for part in value]
    if isinstance(value, dict):
        return {broken(name): broken(part) for name, part in value.items()}
    return value


def zipped(path: Path, members: Iterable[tuple[str | zipfile.ZipInfo, bytes]]) -> Path:
    """A ZIP of these members, all of the day in its name, so that the same members give the same bytes."""
    dated = re.search(r"(\d{4})-(\d{1,2})-(\d{1,2})", path.name)
    made = (int(dated[1]), int(dated[2]), int(dated[3]), *MADE[3:]) if dated else MADE
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in members:
            info = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name, made)
            info.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(info, data)
    return path


def _named(folder: str, shown: Sequence[File], media: dict[str, bytes]) -> list[str]:
    """The paths of a post's files, which are put among the media of the export."""
    uris = []
    for file in shown:
        stem, data = (str(17_900_000_000_000_000 + len(media)), file) if isinstance(file, bytes) else file
        uris.append(f"{folder}/{stem}{SUFFIX.get(type_of(data), '.bin')}")
        media[uris[-1]] = data
    return uris


def _written(
    folder: Path,
    name: str,
    parts: int,
    contents: Mapping[str, Any],
    media: Mapping[str, bytes],
    leave_out: int,
    files: Mapping[str, bytes] | None,
) -> list[Path]:
    texts = [(path, json.dumps(broken(data), indent=2).encode()) for path, data in contents.items()]
    there = [*list(media.items())[leave_out:], *(files or {}).items()]
    paths = []
    for part in range(parts):
        stem = name if parts == 1 else f"{name}-{part + 1}-of-{parts}"
        paths.append(zipped(folder / f"{stem}.zip", [*(texts if part == 0 else ()), *there[part::parts]]))
    return paths
