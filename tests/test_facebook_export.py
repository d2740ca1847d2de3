"""Facebook's export of a page, read as items and gaps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors._export import Export
from connectors._facebook_export import imported, is_one
from model.errors import NotUnderstood
from model.nouns import Account, Gap, Item
from tests.fakes.exports import FACEBOOK, facebook_export, instagram_export
from tests.fakes.pictures import picture

PAGE = Account(id="exempelvik-facebook", platform="facebook", address="https://www.facebook.com/exempelvik")
AT = datetime(2024, 2, 29, 12, 0, tzinfo=UTC)
SECONDS = int(AT.timestamp())
COMMENTS = "comments by others are not in an export"


def picture_of(name: str) -> bytes:
    return picture("jpg", name, 500)


def read(paths: Sequence[Path]) -> tuple[list[Item], list[Gap], str]:
    """(items, gaps without the one that all exports have, why it is not whole)."""
    items, gaps, why = [], [], ""
    with Export(paths) as export:
        try:
            for event in imported(export, PAGE):
                if isinstance(event, Item):
                    items.append(event)
                elif isinstance(event, Gap) and event.how != COMMENTS:
                    gaps.append(event)
        except NotUnderstood as error:
            why = str(error)
    return items, gaps, why


def extra(tmp_path: Path, name: str, content: Any, **files: Any) -> tuple[list[Item], list[Gap], str]:
    """What an export of no posts and one more file gives."""
    return read(facebook_export(tmp_path, [], extra={f"{FACEBOOK}/{name}": content}, **files))


def test_a_post_has_its_text_time_and_file(tmp_path: Path) -> None:
    paths = facebook_export(tmp_path, [(AT, "Höstlov i Exempelvik ☀️", [("777000777000", picture_of("a"))])])

    ((post,), gaps, why) = read(paths)

    assert (post.text, post.published, post.kind) == ("Höstlov i Exempelvik ☀️", AT, "post")
    assert (post.stream, post.source, post.edited) == ("export", "export", None)
    assert post.id.startswith(f"export/{SECONDS}-")
    assert post.raw == f"supplied/{paths[0].name}#{FACEBOOK}/posts/profile_posts_1.json"
    assert [file.id for file in post.media] == ["777000777000"]
    assert (gaps, why) == ([], "")
