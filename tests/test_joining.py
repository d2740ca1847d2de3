"""Joining the owner's export with what the platform gave, held against what must never be taken for one thing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from model import joining
from model.capture import Capture
from model.nouns import Doubt, Item, Media
from tests.captures import order

START = datetime(2026, 6, 1, 12, tzinfo=UTC)


def shown(id: str, text: str, day: int = 1, **more: Any) -> Item:
    return Item(**{"id": id, "stream": "posts", "kind": "post", "text": text, "published": at(day)} | more)


def exported(id: str, text: str, day: int = 1, files: int = 0, **more: Any) -> Item:
    media = tuple(Media(id=f"{id}/{number}", url=f"export:x.zip!{id}-{number}.jpg") for number in range(files))
    return shown(id, text, day, **{"stream": "export", "source": "export", "media": media} | more)


def at(day: int) -> datetime:
    return START + timedelta(days=day)


@contextmanager
def joined(folder: Path, api: Sequence[Item], export: Sequence[Item], *doubts: Doubt) -> Iterator[Capture]:
    with closing(Capture(folder, order())) as capture:
        for item in api:
            capture.see(item, 0, 1)
        capture.begin("export", "", 1)
        for item in export:
            capture.supply(item, 1)
        capture.end("export", "", 1)
        for doubt in doubts:
            capture.doubt(doubt)
        joining.join(capture)
        list(joining.adopt(capture))
        joining.settle(capture)
        yield capture


def differences(capture: Capture) -> list[tuple[str, str]]:
    return [(row["difference"], row["id"]) for row in map(json.loads, joining.differences(capture))]


def test_two_texts_under_one_id_are_a_difference(tmp_path: Path) -> None:
    with joined(
        tmp_path, [shown("7", "Hej"), shown("8", "Ö")], [exported("7", "Hej på er"), exported("8", "Ö")]
    ) as capture:
        (row,) = map(json.loads, joining.differences(capture))

        assert (row["text"], row["text_in_export"]) == ("Hej", "Hej på er")
        assert joining.figures(capture)["text_differs"] == 1


def test_a_post_that_the_platform_hides_is_not_lost_behind_its_picture(tmp_path: Path) -> None:
    photo = shown("9", "Sol", kind="photo", stream="photos", media=(Media(id="9", url="https://x.example/9.jpg"),))

    with joined(tmp_path, [photo], [exported("export/1", "Sol", files=3)]) as capture:
        assert differences(capture) == [("only-export", "export/1")]


def test_a_picture_is_the_same_picture_under_its_number(tmp_path: Path) -> None:
    photo = shown("111222333", "Sol", kind="photo", stream="photos")

    with joined(tmp_path, [photo], [exported("111222333", "Sol", kind="photo")]) as capture:
        assert joining.figures(capture)["joined"] == 1


def test_files_that_only_the_export_has_of_a_joined_post_are_a_difference(tmp_path: Path) -> None:
    one = (Media(id="5", url="https://x.example/5.jpg"),)
    api = [shown("a", "Ett", media=one), shown("b", "Två", attached=("x/0", "x/1")), shown("c", "Tre", media=one)]
    photos = [shown(f"x/{number}", "", 3, kind="photo", stream="photos") for number in range(3)]

    with joined(
        tmp_path, [*api, *photos], [exported("e", "Ett", files=2), exported("x", "Två", files=3), exported("z", "Tre")]
    ) as capture:
        assert differences(capture) == [("more-files", "a")]
        assert joining.figures(capture)["more_files"] == 1


def test_an_export_that_lacks_one_of_five_posts_proves_nothing(tmp_path: Path) -> None:
    api = [shown(str(day), f"Dag {day}", day) for day in range(10)]
    export = [exported(f"export/{day}", f"Dag {day}", day) for day in range(10) if day not in (4, 6)]
    doubt = Doubt(stream="posts", why="600 posts", since=at(0), until=at(9))

    with joined(tmp_path, api, export, doubt) as capture:
        ((why,),) = capture.rows("SELECT why FROM doubts")

    assert why == "600 posts; the export has only 8 of the 10 that the platform shows"
