"""Instagram's export of an account, read as items and gaps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors._export import Export
from connectors._instagram_export import imported, is_one
from model.errors import NotUnderstood
from model.nouns import Account, Doubt, Gap, Item
from tests.fakes.exports import INSTAGRAM, facebook_export, instagram_export, zipped
from tests.fakes.pictures import picture

ACCOUNT = Account(id="exempelvik-instagram", platform="instagram", address="https://www.instagram.com/exempelvik")
AT = datetime(2024, 2, 29, 12, 0, tzinfo=UTC)
SECONDS = int(AT.timestamp())
PICTURE = picture("jpg", "a", 500)
FILM = picture("mp4", "a", 500)


def read(paths: Sequence[Path]) -> tuple[list[Item], list[Gap], str]:
    """(items, gaps without the one that every export has, why it is not whole)."""
    events, why = [], ""
    with Export(paths) as export:
        try:
            for event in imported(export, ACCOUNT):
                events.append(event)
        except NotUnderstood as error:
            why = str(error)
    items = [event for event in events if isinstance(event, Item)]
    return items, [event for event in events if isinstance(event, Gap) and event.stream != "comments"], why


def with_file(folder: Path, name: str, content: Any, **files: bytes) -> tuple[list[Item], list[Gap], str]:
    """What an export of one more file and no posts gives; `files` lie at `media/posts/<name>`."""
    media = {path_of(name.replace("__", ".")): data for name, data in files.items()}
    return read(instagram_export(folder, [], extra={f"{INSTAGRAM}/{name}": content}, files=media))


def path_of(name: str) -> str:
    return f"media/posts/202402/{name}"


def file(name: str, title: str = "") -> dict[str, Any]:
    return {"uri": path_of(name), "creation_timestamp": SECONDS, "title": title}


def test_the_text_of_one_file_and_of_several_is_found(tmp_path: Path) -> None:
    two = [("17900000000000002", PICTURE), ("17900000000000003", picture("jpg", "b", 500))]
    paths = instagram_export(
        tmp_path, [(AT, "Höstlov ☀️", [("17900000000000001", PICTURE)]), (AT + timedelta(days=1), "Två bilder 🍂", two)]
    )

    (one, several), gaps, why = read(paths)

    assert (one.text, one.published, one.kind, one.stream, one.source) == ("Höstlov ☀️", AT, "post", "export", "export")
    assert (several.text, several.published) == ("Två bilder 🍂", AT + timedelta(days=1))
    assert [file.id for file in several.media] == ["17900000000000002", "17900000000000003"]
    assert one.raw == f"supplied/{paths[0].name}#{INSTAGRAM}/media/posts_1.json"
    assert (gaps, why) == ([], "")


@pytest.mark.parametrize(
    ("name", "key", "kind", "visibility"),
    [
        ("media/reels.json", "ig_reels_media", "reel", None),
        ("media/igtv_videos.json", "ig_igtv_media", "video", None),
        ("media/archived_posts.json", "ig_archived_post_media", "post", "archived"),
        ("media/other_content.json", "ig_other_media", "post", None),
        ("content/posts_1.json", None, "post", None),
    ],
)
def test_every_kind_of_post_is_read(
    tmp_path: Path, name: str, key: str | None, kind: str, visibility: str | None
) -> None:
    records = [{"media": [file("a.mp4", "Ån i april")]}]

    ((item,), gaps, why) = with_file(tmp_path, name, {key: records} if key else records, a__mp4=FILM)

    assert (item.kind, item.visibility, item.text, item.published) == (kind, visibility, "Ån i april", AT)
    assert (gaps, why) == ([], "")


def test_a_story_is_a_file_by_itself(tmp_path: Path) -> None:
    ((item,), _, why) = with_file(
        tmp_path, "media/stories.json", {"ig_stories": [file("s.jpg", "Hej")]}, s__jpg=PICTURE
    )

    assert (item.kind, item.text, [file.id for file in item.media], why) == ("story", "Hej", ["s"], "")


def test_a_film_has_its_subtitles(tmp_path: Path) -> None:
    film = file("a.mp4") | {"media_metadata": {"video_metadata": {"subtitles": {"uri": path_of("a.srt")}}}}

    ((item,), _, _) = with_file(
        tmp_path, "media/reels.json", {"ig_reels_media": [{"media": [film]}]}, a__mp4=FILM, a__srt=b"1\n"
    )

    assert [(file.id, file.role) for file in item.media] == [("a", "original"), ("a/caption", "caption")]


def test_titles_of_the_files_of_one_post_are_kept(tmp_path: Path) -> None:
    post = {"title": "Tre", "creation_timestamp": SECONDS, "media": [file("a.jpg", "Tre"), file("b.jpg", "Bron")]}

    ((item,), _, _) = with_file(tmp_path, "content/posts_1.json", [post], a__jpg=PICTURE, b__jpg=PICTURE)

    assert (item.text, item.fields) == ("Tre", {"b.title": "Bron"})


def told(number: int, at: int = SECONDS, **more: Any) -> dict[str, Any]:
    return {
        "timestamp": at,
        "fbid": str(17_900_000_000_000_000 + number),
        "media": [],
        "label_values": [{"label": "Bildtext", "value": f"Post {number}"}, {"label": "AI", "value": "Nej"}],
    } | more


def test_two_posts_of_one_second_that_say_different_things_are_two(tmp_path: Path) -> None:
    paths = instagram_export(
        tmp_path,
        [(AT, "Post 0", [PICTURE])],
        extra={f"{INSTAGRAM}/media/posts.json": [told(8), told(7, label_values=[])]},
    )

    items, _, _ = read(paths)

    assert sorted(item.text for item in items) == ["Post 0", "Post 8"]


def test_posts_told_of_in_rows_add_only_those_that_are_nowhere_else(tmp_path: Path) -> None:
    new = told(9, SECONDS + 9) | {"media": [file("n.jpg")]}
    by_time, by_number = told(8, label_values=[]), told(0, SECONDS + 5)
    by_file = told(7, SECONDS + 7) | {"media": [{"uri": "media/posts/202402/17900000000000000.jpg"}]}
    paths = instagram_export(
        tmp_path,
        [(AT, "Post 0", [PICTURE])],
        extra={f"{INSTAGRAM}/media/posts.json": [by_time, by_number, by_file, new]},
        files={path_of("n.jpg"): PICTURE},
    )

    (known, added), gaps, why = read(paths)

    assert (known.text, known.id.startswith(f"export/{SECONDS}-")) == ("Post 0", True)
    assert (added.id, added.text, added.fields["AI"]) == ("17900000000000009", "Post 9", "Nej")
    assert [file.id for file in added.media] == ["n"]
    assert (gaps, why) == ([], "")


def test_figures_under_the_same_file_name_are_no_posts(tmp_path: Path) -> None:
    figures = {"organic_insights_posts": [{"string_map_data": {"Visningar": {"value": "7"}}}]}

    assert with_file(tmp_path, "past_instagram_insights/posts.json", figures) == ([], [], "")
    assert with_file(tmp_path, "subscriptions/reels.json", {"subscriptions_reels": [{}]}) == ([], [], "")


@pytest.mark.parametrize(
    "labels", [("Comment", "Media Owner", "Time"), ("Kommentar", "Medieägare", "Tid"), ("α", "β", "γ")]
)
@pytest.mark.parametrize("key", [None, "comments_media_comments"])
def test_own_comments_are_replies_in_any_language(tmp_path: Path, labels: tuple[str, ...], key: str | None) -> None:
    text, owner, time = labels
    rows = {text: {"value": "Tack! 🙂"}, owner: {"value": "grannvik"}, time: {"timestamp": SECONDS}}
    records = [{"media_list_data": [{"uri": ""}], "string_map_data": rows}]

    ((item,), gaps, why) = with_file(tmp_path, "comments/post_comments_1.json", {key: records} if key else records)

    assert (item.kind, item.text, item.published) == ("reply", "Tack! 🙂", AT)
    assert item.fields[owner] == "grannvik"
    assert (gaps, why) == ([], "")


def test_comments_of_before_2023_are_read(tmp_path: Path) -> None:
    record = {"title": "grannvik", "string_list_data": [{"value": "Tack!", "timestamp": SECONDS}]}

    ((item,), _, why) = with_file(tmp_path, "comments/reels_comments.json", {"comments_reels_comments": [record]})

    assert (item.text, item.published, item.fields["title"], why) == ("Tack!", AT, "grannvik", "")


def test_the_profile_has_its_rows_and_its_picture(tmp_path: Path) -> None:
    profile = {
        "media_map_data": {"Profilfoto": {"uri": path_of("p.jpg"), "creation_timestamp": SECONDS}},
        "string_map_data": {
            "Användarnamn": {"value": "exempelvik"},
            "Bio": {"value": "En kommun"},
            "E-post": {"value": "a@x"},
        },
    }

    ((item,), _, why) = with_file(tmp_path, "personal_information.json", {"profile_user": [profile]}, p__jpg=PICTURE)

    assert (item.id, item.kind, item.title, item.text) == ("profile/export", "profile", "exempelvik", "En kommun")
    assert item.fields["E-post"] == "a@x"
    assert [file.role for file in item.media] == ["avatar"]
    assert why == ""


def test_a_profile_picture_is_one_item_however_often_it_is_named(tmp_path: Path) -> None:
    pictures = {"ig_profile_picture": [file("p.jpg", "Ny"), file("p.jpg", "Ny")]}

    ((item,), _, _) = with_file(tmp_path, "media/profile_photos.json", pictures, p__jpg=PICTURE)

    assert (item.kind, item.text) == ("photo", "Ny")


def test_a_repost_is_a_boost(tmp_path: Path) -> None:
    ((item,), _, why) = with_file(tmp_path, "media/reposts.json", told(1))

    assert (item.kind, item.id, item.text, why) == ("boost", "17900000000000001", "Post 1", "")


def test_a_post_that_was_put_away_is_one_item(tmp_path: Path) -> None:
    post = {"media": [file("a.jpg", "Bort")]}
    extra = {
        f"{INSTAGRAM}/media/posts_1.json": [post],
        f"{INSTAGRAM}/media/archived_posts.json": {"ig_archived_post_media": [post]},
    }

    ((item,), _, _) = read(instagram_export(tmp_path, [], extra=extra, files={path_of("a.jpg"): PICTURE}))

    assert item.visibility == "archived"


@pytest.mark.parametrize("stem", ["instagram-exempelvik-2026-11-02-pNeIe6Yn", "instagram-exempelvik-2026-11-02"])
def test_parts_without_numbers_are_one_export(tmp_path: Path, stem: str) -> None:
    posts = [(AT + timedelta(days=n), f"Post {n}", [(str(17_900_000_000 + n), PICTURE)]) for n in range(10)]
    one, two = instagram_export(tmp_path, posts, parts=2, name=stem)
    other = two.rename(tmp_path / "instagram-exempelvik-2026-11-02-8trX8Sq2.zip")
    one = one.rename(tmp_path / "instagram-exempelvik-2026-11-02-Ab3dEfgh.zip")

    items, gaps, why = read([one, other])
    _, lost, half = read([one])

    assert (len(items), gaps, why) == (10, [], "")
    assert len(lost) == 5
    assert "5 of 10 listed files are in none of its ZIPs" in half


@pytest.mark.parametrize("content", ["text", 7, None, {"ig_reels_media_v2": []}])
def test_a_file_of_another_shape_makes_the_export_not_whole(tmp_path: Path, content: Any) -> None:
    _, _, why = with_file(tmp_path, "media/reels.json", content)

    assert "instagram-exempelvik-2026-11-02.zip: your_instagram_activity/media/reels.json cannot be read (" in why


def test_an_export_without_any_list_of_posts_is_not_whole(tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "instagram-exempelvik.zip", [("profile/profile_photos.json", b'{"ig_profile_picture": []}')]
    )

    assert "no list of posts is in it" in read([path])[2]


@pytest.mark.parametrize(("name", "doubts"), [("exempelvik", 0), ("grannvik", 1)])
def test_an_export_of_another_name_is_in_doubt(name: str, doubts: int, tmp_path: Path) -> None:
    profile = {"profile_user": [{"string_map_data": {"Användarnamn": {"value": name}}}]}
    paths = instagram_export(tmp_path, [], extra={f"{INSTAGRAM}/personal_information.json": profile})

    with Export(paths) as export:
        assert sum(isinstance(event, Doubt) for event in imported(export, ACCOUNT)) == doubts


def test_another_platform_is_told_apart(tmp_path: Path) -> None:
    (mine,), (other,) = instagram_export(tmp_path, []), facebook_export(tmp_path, [])

    with Export([mine]) as export:
        assert is_one(export)
    with Export([other]) as export:
        assert not is_one(export)
        with pytest.raises(NotUnderstood, match="None of the ZIPs is an export from Instagram"):
            list(imported(export, ACCOUNT))


def test_the_same_export_gives_the_same_events(tmp_path: Path) -> None:
    paths = instagram_export(tmp_path, [(AT, "a", [PICTURE]), (AT, "b", [])], parts=2)

    assert read(paths) == read(list(reversed(paths)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(
        st.sampled_from(("creation_timestamp", "timestamp", "media", "uri", "title", "label_values", "label", "value",
                         "fbid", "string_map_data", "string_list_data", "media_list_data", "media_map_data", "Comment",
                         "media_metadata", "video_metadata", "subtitles", "dict", "vec")),
        inside, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(JSON, min_size=1, max_size=3))
def test_no_shape_ends_in_silence_or_a_crash(tmp_path_factory: pytest.TempPathFactory, records: list[Any]) -> None:
    folder = tmp_path_factory.mktemp("odd")
    names = ("posts_1.json", "posts.json", "stories.json", "post_comments_1.json", "personal_information.json")
    for name in names:
        items, gaps, why = with_file(folder, name, records)

        assert len(items) + len(gaps) + bool(why) >= 1
