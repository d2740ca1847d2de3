"""Facebook's export of a page, read as items and gaps."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors._export import Export
from connectors._facebook_export import imported, is_one
from model.errors import NotUnderstood
from model.nouns import Account, Doubt, Gap, Item
from tests.fakes.exports import FACEBOOK, Post, facebook_export, instagram_export, zipped
from tests.fakes.pictures import picture

PAGE = Account(id="exempelvik-facebook", platform="facebook", address="https://www.facebook.com/exempelvik")
AT = datetime(2024, 2, 29, 12, 0, tzinfo=UTC)
SECONDS = int(AT.timestamp())
PICTURE = picture("jpg", "a", 500)
FILM = picture("mp4", "a", 500)


def read(paths: Sequence[Path]) -> tuple[list[Item], list[Gap], str]:
    """(items, gaps without the one that every export has, why it is not whole)."""
    events, why = [], ""
    with Export(paths) as export:
        try:
            for event in imported(export, PAGE):
                events.append(event)
        except NotUnderstood as error:
            why = str(error)
    items = [event for event in events if isinstance(event, Item)]
    return items, [event for event in events if isinstance(event, Gap) and event.stream != "comments"], why


def posts(count: int) -> list[Post]:
    return [
        (
            AT + timedelta(days=number),
            f"Höst {number} 🍂",
            [(str(777_000_000 + number), picture("jpg", str(number), 300))],
        )
        for number in range(count)
    ]


def with_file(folder: Path, name: str, content: Any, **files: bytes) -> tuple[list[Item], list[Gap], str]:
    """What an export of one more file and no posts gives; `files` lie at `posts/media/<name>.jpg` or `.mp4`."""
    media = {path_of(name): data for name, data in files.items()}
    return read(facebook_export(folder, [], extra={f"{FACEBOOK}/{name}": content}, files=media))


def path_of(name: str) -> str:
    return f"{FACEBOOK}/posts/media/{name.replace('__', '.')}"


def test_a_post_has_its_text_time_and_file(tmp_path: Path) -> None:
    paths = facebook_export(tmp_path, [(AT, "Höstlov i Exempelvik ☀️", [("777000777000", PICTURE)])])

    ((post,), gaps, why) = read(paths)

    assert (post.text, post.published, post.kind) == ("Höstlov i Exempelvik ☀️", AT, "post")
    assert (post.stream, post.source, post.edited, post.visibility) == ("export", "export", None, None)
    assert post.id.startswith(f"export/{SECONDS}-")
    assert post.raw == f"supplied/{paths[0].name}#{FACEBOOK}/posts/profile_posts_1.json"
    assert [(file.id, file.url.partition("!")[0]) for file in post.media] == [
        ("777000777000", f"export:{paths[0].name}"),
    ]
    assert (gaps, why) == ([], "")


def test_comments_by_others_are_named_as_a_gap_once(tmp_path: Path) -> None:
    with Export(facebook_export(tmp_path, posts(3))) as export:
        (gap,) = [event for event in imported(export, PAGE) if isinstance(event, Gap)]

    assert (gap.kind, gap.stream, gap.parent, gap.why) == ("list", "comments", "", "not-offered")
    assert gap.how == "comments by others are not in an export"
    assert gap.seen_at == datetime(2026, 11, 2, 8, 30, tzinfo=UTC)


def test_what_hangs_on_a_post_is_kept_in_words(tmp_path: Path) -> None:
    post = {
        "timestamp": SECONDS,
        "title": "Exempelvik var på Biblioteket.",
        "data": [{"post": "Välkomna!"}, {"update_timestamp": SECONDS + 60}, {"backdated_timestamp": SECONDS - 60}],
        "tags": [{"name": "Simhallen"}],
        "attachments": [
            {"data": [{"external_context": {"url": "https://exempelvik.example/", "name": "Hem"}}]},
            {"data": [{"place": {"name": "Biblioteket", "coordinate": {"latitude": 59.3}}}]},
            {"data": [{"note": {"text": "En anteckning", "media": [{"uri": path_of("n.jpg")}]}}]},
        ],
    }

    ((item,), gaps, why) = with_file(tmp_path, "posts/your_posts_1.json", [post], n__jpg=PICTURE)

    assert item.edited == AT + timedelta(minutes=1)
    assert item.title == "Exempelvik var på Biblioteket."
    assert item.fields == {
        "external_context.url": "https://exempelvik.example/",
        "external_context.name": "Hem",
        "place.name": "Biblioteket",
        "place.coordinate.latitude": "59.3",
        "note.text": "En anteckning",
        "backdated_timestamp": "2024-02-29T11:59:00.000000Z",
        "tags.name": "Simhallen",
    }
    assert [file.id for file in item.media] == ["n"]
    assert (gaps, why) == ([], "")


@pytest.mark.parametrize(
    ("name", "content", "kind", "visibility"),
    [
        ("posts/your_posts.json", None, "post", None),
        ("posts/your_posts__check_ins__photos_and_videos_1.json", None, "post", None),
        ("posts/posts_on_other_pages_and_profiles.json", None, "post", None),
        ("posts/archive.json", "archive_v2", "post", "archived"),
        ("stories/archived_stories.json", "archived_stories_v2", "story", "archived"),
        ("stories/stories.json", "stories_v2", "story", None),
        ("short_videos/your_reels.json", "lasso_videos_v2", "reel", None),
    ],
)
def test_every_kind_of_post_is_read(
    tmp_path: Path, name: str, content: str | None, kind: str, visibility: str | None
) -> None:
    records = [{"timestamp": SECONDS, "data": [{"post": "Välkomna!"}]}]

    ((item,), gaps, why) = with_file(tmp_path, name, {content: records} if content else records)

    assert (item.kind, item.visibility, item.text, item.published) == (kind, visibility, "Välkomna!", AT)
    assert (gaps, why) == ([], "")


def test_a_record_of_labels_has_its_own_id(tmp_path: Path) -> None:
    record = {
        "timestamp": SECONDS,
        "fbid": "122100000000001",
        "media": [],
        "label_values": [
            {"label": "Text", "value": "Grattis grannar!"},
            {"label": "Bilder", "media": [{"uri": path_of("a.jpg")}]},
            {"title": "Sida", "dict": [{"label": "Namn", "value": "Grannvik"}, {"label": "Länk", "href": "https://x"}]},
            {"label": "Besök", "timestamp_value": SECONDS},
        ],
    }

    ((item,), _, why) = with_file(tmp_path, "posts/posts_on_other_pages_and_profiles.json", [record], a__jpg=PICTURE)

    assert (item.id, item.text, item.published) == ("122100000000001", "Grattis grannar!", AT)
    assert item.fields["Sida.Namn"] == "Grannvik"
    assert item.fields["Sida.Länk"] == "https://x"
    assert item.fields["Besök"] == "2024-02-29T12:00:00.000000Z"
    assert [file.id for file in item.media] == ["a"]
    assert why == ""


def test_an_edit_is_a_version_of_its_own(tmp_path: Path) -> None:
    edit = {"timestamp": SECONDS, "fbid": "122100000000001", "label_values": [{"label": "Text", "value": "Rättad"}]}

    ((item,), _, _) = with_file(tmp_path, "posts/edits_you_made_to_posts.json", [edit])

    assert (item.kind, item.text, item.fields["fbid"]) == ("version", "Rättad", "122100000000001")
    assert item.id.startswith("export/")


def test_own_comments_are_replies(tmp_path: Path) -> None:
    comment = {
        "timestamp": SECONDS,
        "title": "Exempelvik svarade på en kommentar.",
        "data": [{"comment": {"timestamp": SECONDS, "comment": "Tack för svaret 🙂", "author": "Exempelvik"}}],
        "attachments": [{"data": [{"media": {"uri": path_of("a.jpg")}}]}],
    }

    ((item,), _, why) = with_file(
        tmp_path, "comments_and_reactions/comments.json", {"comments_v2": [comment]}, a__jpg=PICTURE
    )

    assert (item.kind, item.text, item.author) == ("reply", "Tack för svaret 🙂", "Exempelvik")
    assert item.title == "Exempelvik svarade på en kommentar."
    assert len(item.media) == 1
    assert why == ""


def test_a_film_has_its_picture_and_its_subtitles(tmp_path: Path) -> None:
    film = {
        "uri": path_of("900100200300.mp4"),
        "creation_timestamp": SECONDS,
        "title": "Ån",
        "description": "Från bron",
        "thumbnail": {"uri": path_of("t.jpg")},
        "media_metadata": {"video_metadata": {"subtitles": {"uri": path_of("s.srt")}}},
    }

    files = {"900100200300__mp4": FILM, "t__jpg": PICTURE, "s__srt": b"1\n"}
    ((item,), gaps, why) = with_file(tmp_path, "posts/videos.json", {"videos_v2": [film]}, **files)

    assert (item.id, item.kind, item.title, item.text) == ("900100200300", "video", "Ån", "Från bron")
    assert [(file.id, file.role) for file in item.media] == [
        ("900100200300", "original"),
        ("t/thumbnail", "thumbnail"),
        ("s/caption", "caption"),
    ]
    assert (gaps, why) == ([], "")


def test_a_link_to_a_thumbnail_is_no_file_of_the_export(tmp_path: Path) -> None:
    film = {"uri": path_of("v.mp4"), "creation_timestamp": 0, "thumbnail": {"uri": "https://interncache.example/x.jpg"}}

    ((item,), gaps, why) = with_file(tmp_path, "posts/your_videos.json", {"videos_v2": [film]}, v__mp4=FILM)

    assert [file.role for file in item.media] == ["original"]
    assert (item.published, gaps, why) == (None, [], "")


def album(*photos: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "Bron", "photos": list(photos), "description": "Ny bro", "last_modified_timestamp": SECONDS} | more


def test_an_album_gives_the_photos_that_no_post_shows_and_names_all(tmp_path: Path) -> None:
    folder = f"{FACEBOOK}/posts/media/Tidslinjebilder_100000000000001"
    posted = {"uri": f"{folder}/777000777000.jpg", "creation_timestamp": SECONDS}
    unposted = {
        "uri": f"{folder}/77_888000888000.jpg",
        "creation_timestamp": SECONDS,
        "title": "Bron",
        "description": "Aldrig visad",
        "comments": [{"timestamp": SECONDS, "comment": "Fin bro", "author": "Grannvik"}],
    }
    paths = facebook_export(
        tmp_path,
        [(AT, "Visad", [("777000777000", PICTURE)])],
        extra={f"{FACEBOOK}/posts/album/0.json": album(posted, unposted, cover_photo=posted)},
        files={unposted["uri"]: PICTURE},
    )

    items, gaps, why = read(paths)

    assert [item.kind for item in items] == ["post", "photo", "reply", "album"]
    _, photo, reply, whole = items
    assert (photo.id, photo.text, photo.title) == ("888000888000", "Aldrig visad", None)
    assert (reply.reply_to, reply.author, reply.text) == ("888000888000", "Grannvik", "Fin bro")
    assert (whole.id, whole.title, whole.text, whole.edited) == ("100000000000001", "Bron", "Ny bro", AT)
    assert whole.attached == ("777000777000", "888000888000")
    assert whole.counts == {"photo_count": 2}
    assert [len(item.media) for item in items] == [1, 1, 0, 0]
    assert (gaps, why) == ([], "")


def test_a_photo_in_no_album_and_no_post_is_an_item(tmp_path: Path) -> None:
    photo = {"uri": path_of("uten.jpg"), "creation_timestamp": SECONDS, "description": "Lös bild"}

    ((item,), _, why) = with_file(
        tmp_path, "posts/uncategorized_photos.json", {"other_photos_v2": [photo, photo]}, uten__jpg=PICTURE
    )

    assert (item.kind, item.text, why) == ("photo", "Lös bild", "")


def test_events_of_one_text_are_two_if_they_start_at_two_times(tmp_path: Path) -> None:
    weekly = [
        {
            "name": "Sagostund",
            "description": "Varje vecka",
            "start_timestamp": SECONDS + week,
            "place": {"name": "Biblan"},
        }
        for week in (0, 604_800)
    ]

    items, _, why = with_file(tmp_path, "events/events.json", {"your_events_v2": weekly})

    assert [(item.kind, item.title, item.text) for item in items] == [("event", "Sagostund", "Varje vecka")] * 2
    assert items[0].fields == {"start_timestamp": "2024-02-29T12:00:00.000000Z", "place.name": "Biblan"}
    assert why == ""


def test_the_profile_is_an_item_with_rows(tmp_path: Path) -> None:
    profile = {"name": {"full_name": "Exempelvik"}, "about_me": "En kommun", "emails": {"emails": ["a@x", "b@x"]}}

    ((item,), _, why) = with_file(tmp_path, "profile_information/profile_information.json", {"profile_v2": profile})

    assert (item.id, item.kind, item.title, item.text) == ("profile/export", "profile", "Exempelvik", "En kommun")
    assert item.fields["emails.emails 2"] == "b@x"
    assert why == ""


def test_a_reel_that_is_among_the_posts_too_is_one_item(tmp_path: Path) -> None:
    record = {
        "timestamp": SECONDS,
        "data": [{"post": "Rulle"}],
        "attachments": [{"data": [{"media": {"uri": path_of("v.mp4"), "description": "Rulle"}}]}],
    }
    extra = {
        f"{FACEBOOK}/posts/profile_posts_1.json": [record],
        f"{FACEBOOK}/reels/reels.json": {"lasso_videos_v2": [record]},
    }

    ((item,), _, why) = read(facebook_export(tmp_path, [], extra=extra, files={path_of("v.mp4"): FILM}))

    assert (item.kind, why) == ("reel", "")


def test_captions_of_the_pictures_of_one_post_are_kept(tmp_path: Path) -> None:
    shown = [
        {"media": {"uri": path_of(f"{name}.jpg"), "description": said}} for name, said in (("a", "Hej"), ("b", "Ån"))
    ]
    record = {"timestamp": SECONDS, "data": [{"post": "Hej"}], "attachments": [{"data": shown}]}

    ((item,), _, _) = with_file(tmp_path, "posts/your_posts_1.json", [record], a__jpg=PICTURE, b__jpg=PICTURE)

    assert item.fields == {"b.description": "Ån"}


def test_a_split_export_is_read_as_one(tmp_path: Path) -> None:
    whole, gaps, why = read(facebook_export(tmp_path, posts(20), parts=3))

    assert (len(whole), sum(len(post.media) for post in whole), gaps, why) == (20, 20, [], "")


def test_a_part_that_is_missing_is_named(tmp_path: Path) -> None:
    paths = facebook_export(tmp_path, posts(20), parts=3)

    items, gaps, why = read([paths[0], paths[2]])

    assert "part 2 of facebook-exempelvik-2026-11-02 is missing" in why
    assert "7 of 20 listed files are in none of its ZIPs" in why
    assert len(items) == 20
    assert {gap.why for gap in gaps} == {"not-offered"}
    assert len(gaps) == 7


def test_a_fragment_that_is_missing_is_named(tmp_path: Path) -> None:
    (path,) = facebook_export(tmp_path, posts(9), fragment=3)
    with_hole = tmp_path / "hole" / path.name
    with_hole.parent.mkdir()
    with zipfile.ZipFile(path) as archive:
        zipped(with_hole, [(n, archive.read(n)) for n in archive.namelist() if not n.endswith("posts_2.json")])

    items, _, why = read([with_hole])

    assert f"{FACEBOOK}/posts/profile_posts_2.json of facebook-exempelvik-2026-11-02 is missing" in why
    assert len(items) == 6


def test_one_file_of_many_that_is_absent_is_a_gap_and_no_more(tmp_path: Path) -> None:
    items, (gap,), why = read(facebook_export(tmp_path, posts(20), leave_out=1))

    assert (gap.kind, gap.stream, gap.parent, gap.what) == ("media", "media", items[0].id, "777000000")
    assert "listed in the export as" in gap.how
    assert items[0].media == ()
    assert why == ""


def test_a_file_that_is_only_a_link_is_a_gap(tmp_path: Path) -> None:
    shown = [{"media": {"uri": "https://media.example/x.gif"}}, {"media": {"uri": ""}}]
    record = {"timestamp": SECONDS, "data": [], "attachments": [{"data": shown}]}

    _, gaps, _ = with_file(tmp_path, "posts/your_posts_1.json", [record])

    assert [(gap.what, gap.how) for gap in gaps] == [
        ("x", "the export gives only a link to it"),
        ("nameless", "listed in the export as a file without a name, and not in it"),
    ]


def test_what_is_no_post_is_a_gap_and_harms_no_other(tmp_path: Path) -> None:
    good = {"timestamp": SECONDS, "data": [{"post": "Välkomna!"}]}
    odd = ["text", None, 7, {}, {"timestamp": 1, "data": 5}, {"timestamp": 1, "data": [{"post": {}}]}, [good]]

    items, gaps, why = with_file(tmp_path, "posts/your_posts_1.json", [*odd, good])

    assert [item.text for item in items] == ["Välkomna!"]
    assert [(gap.kind, gap.why) for gap in gaps] == [("item", "unreadable")] * len(odd)
    assert len({gap.what for gap in gaps}) == len(odd)
    assert "7 of 8 records are of a shape that this version does not know" in why


def test_one_odd_record_of_many_is_a_gap_and_no_more(tmp_path: Path) -> None:
    good = [{"timestamp": SECONDS + number, "data": [{"post": "Välkomna!"}]} for number in range(9)]

    items, gaps, why = with_file(tmp_path, "posts/your_posts_1.json", [{}, *good])

    assert (len(items), len(gaps), why) == (9, 1, "")


@pytest.mark.parametrize(
    ("name", "records"),
    [
        (
            "comments_and_reactions/comments.json",
            [
                {
                    "timestamp": SECONDS,
                    "title": f"Exempelvik svarade {whom}",
                    "data": [{"comment": {"comment": "Tack!"}}],
                }
                for whom in ("Anna", "Bo")
            ],
        ),
        (
            "posts/your_posts_1.json",
            [
                {
                    "timestamp": SECONDS,
                    "data": [{"post": "Läs!"}],
                    "attachments": [{"data": [{"external_context": link}]}],
                }
                for link in ({"url": "https://a.example"}, {"url": "https://b.example"})
            ],
        ),
    ],
)
def test_two_things_of_one_text_and_second_are_two_in_every_export(
    name: str, records: list[Any], tmp_path: Path
) -> None:
    newer = facebook_export(tmp_path, [], extra={f"{FACEBOOK}/{name}": records})
    older = facebook_export(tmp_path, [], extra={f"{FACEBOOK}/{name}": records}, name="facebook-exempelvik-2025-11-02")

    items, _, _ = read([*newer, *older])

    assert len(items) == len({item.id for item in items}) == 2
    assert len({(item.title, str(item.fields)) for item in items}) == 2


def test_an_odd_photo_harms_no_other_of_its_album(tmp_path: Path) -> None:
    good = {"uri": path_of("a.jpg"), "creation_timestamp": SECONDS, "comments": [7]}

    items, gaps, _ = with_file(tmp_path, "posts/album/0.json", album({}, "x", good), a__jpg=PICTURE)

    assert [item.kind for item in items] == ["photo", "album"]
    assert len(gaps) == 3


@pytest.mark.parametrize("content", ["text", 7, None, {"profile_posts_v9": []}, {"posts": {"a": 1}}])
def test_a_file_of_another_shape_makes_the_export_not_whole(tmp_path: Path, content: Any) -> None:
    items, _, why = with_file(tmp_path, "posts/your_posts_1.json", content)

    assert items == []
    assert "facebook-exempelvik-2026-11-02.zip: this_profile's_activity_across_facebook/posts/your_posts_1.json" in why
    assert "cannot be read (" in why


def test_an_export_without_any_list_of_posts_is_not_whole(tmp_path: Path) -> None:
    profile = b'{"profile_v2": {"name": {"full_name": "Exempelvik"}}}'
    path = zipped(tmp_path / "facebook-exempelvik.zip", [("about/profile_information.json", profile)])

    items, _, why = read([path])

    assert [item.kind for item in items] == ["profile"]
    assert "no list of posts is in it" in why


@pytest.mark.parametrize(
    ("address", "username", "doubts"),
    [
        ("https://www.facebook.com/exempelvik/", "Exempel.Vik", 0),
        ("https://www.facebook.com/profile.php?id=100000000000001", "grannvik", 0),
        ("https://www.facebook.com/Exempelvik-100000000000001", "grannvik", 0),
        ("https://www.facebook.com/exempelvik", "", 0),
        ("https://www.facebook.com/exempelvik", "grannvik", 1),
    ],
)
def test_an_export_that_calls_itself_anothers_is_in_doubt(
    address: str, username: str, doubts: int, tmp_path: Path
) -> None:
    profile = {"profile_v2": {"name": {"full_name": "Exempelvik"}, "username": username}}
    paths = facebook_export(tmp_path, posts(1), extra={f"{FACEBOOK}/profile_information.json": profile})

    with Export(paths) as export:
        found = [event for event in imported(export, replace(PAGE, address=address)) if isinstance(event, Doubt)]

    assert [doubt.why for doubt in found] == [
        f"the export is of {username}, and the account is {address}: is it another's?"
    ] * doubts


def test_an_unknown_file_is_left_alone(tmp_path: Path) -> None:
    assert with_file(tmp_path, "posts/your_posts_statistics.txt", []) == ([], [], "")
    assert with_file(tmp_path, "preferences/feed.json", {"a": 1}) == ([], [], "")


def test_another_platform_is_told_apart(tmp_path: Path) -> None:
    (mine,), (other,) = facebook_export(tmp_path, []), instagram_export(tmp_path, [])

    with Export([mine]) as export:
        assert is_one(export)
    with Export([other]) as export:
        assert not is_one(export)
        with pytest.raises(NotUnderstood, match="None of the ZIPs is an export from Facebook"):
            list(imported(export, PAGE))


@pytest.mark.parametrize("top", ["your_facebook_activity", "din_aktivitet_på_facebook", "exempelvik/your_activity"])
def test_folders_may_have_any_name(tmp_path: Path, top: str) -> None:
    items, gaps, why = read(facebook_export(tmp_path, posts(3), top=top))

    assert (len(items), [len(post.media) for post in items], gaps, why) == (3, [1, 1, 1], [], "")


def test_file_names_may_be_broken_too(tmp_path: Path) -> None:
    items, gaps, why = read(facebook_export(tmp_path, [(AT, "x", [("höstbild 🍂", PICTURE)])]))

    assert ([file.id for file in items[0].media], gaps, why) == (["höstbild 🍂"], [], "")


def test_two_exports_give_each_post_once(tmp_path: Path) -> None:
    old = facebook_export(tmp_path, posts(5), name="facebook-exempelvik-2025-11-02")
    new = facebook_export(tmp_path, posts(8))

    items, gaps, why = read([*old, *new])

    assert (len(items), gaps, why) == (8, [], "")
    assert {item.raw.partition("#")[0] for item in items} == {f"supplied/{new[0].name}"}


def test_the_same_export_gives_the_same_events(tmp_path: Path) -> None:
    paths = facebook_export(tmp_path, posts(7), parts=2)

    assert read(paths) == read(list(reversed(paths)))


def test_a_fragment_of_ten_thousand_posts_is_read_at_once(tmp_path: Path) -> None:
    paths = facebook_export(tmp_path, [(AT + timedelta(hours=n), f"Höst {n}", []) for n in range(10_000)])

    start = time.perf_counter()
    items, _, why = read(paths)

    assert (len(items), why) == (10_000, "")
    assert time.perf_counter() - start < 5  # a tenth of that on the machine it was written on


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(
        st.sampled_from(("timestamp", "data", "post", "attachments", "media", "uri", "label_values", "label", "value",
                         "name", "photos", "comments", "comment", "title", "fbid", "description", "cover_photo", "tags",
                         "media_metadata", "video_metadata", "thumbnail", "start_timestamp", "dict")),
        inside, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(JSON, min_size=1, max_size=3))
def test_no_shape_ends_in_silence_or_a_crash(tmp_path_factory: pytest.TempPathFactory, records: list[Any]) -> None:
    folder = tmp_path_factory.mktemp("odd")
    for name in ("posts/your_posts_1.json", "posts/album/0.json", "comments.json", "events.json", "posts/videos.json"):
        items, gaps, why = with_file(folder, name, records)

        assert len(items) + len(gaps) + bool(why) >= 1
