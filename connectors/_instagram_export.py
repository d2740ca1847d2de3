"""Instagram's export of an account, JSON.

Lacks   comments by others; shortcodes and links; ids of posts, unless `posts.json` is there; highlights as such
Proof   see _export
Traps   with one file the text stands with the file, with several beside them; `posts.json` (since 2025) tells of the
        same posts as `posts_1.json` in rows of labels, and of some more; a file of that name under the insights holds
        figures only; labels are in the owner's language
Source  the keys of every file: the port of d3i for Instagram; reels, IGTV, archived posts and stories of an export of
        2026-07: notes of wrldReset; `posts.json`: public scripts that join it to `posts_1.json` by number, file or
        time; comments of before 2023 in `string_list_data`: several importers   Seen  2026-09, exports of 2020 to 2026
"""

from collections.abc import Callable, Iterator
from functools import partial

from connectors._export import Export
from connectors._export_items import Made, Reading, Record, files_in, id_in, labelled, name_of, rows, text_of
from model.nouns import Account
from model.protocols import Event
from model.times import when

_POSTS = r"posts_[0-9]+\.json"
_REELS = r"reels(_[0-9]+)?\.json"
_FILMS = r"igtv_videos(_[0-9]+)?\.json"
_ARCHIVED = r"archived_posts(_[0-9]+)?\.json"
_STORIES = r"stories(_[0-9]+)?\.json"
_TOLD = r"posts\.json"
_OTHER = r"other_content(_[0-9]+)?\.json"
_REPOSTS = r"reposts(_[0-9]+)?\.json"
_PICTURES = r"profile_photos\.json"
_COMMENTS = r"(post|reels)_comments(_[0-9]+)?\.json"
_PROFILE = r"personal_information\.json"
_COUNTED = "|".join((_POSTS, _REELS, _FILMS, _ARCHIVED, _STORIES, _OTHER, _REPOSTS, _COMMENTS))
_LISTS = "|".join((_POSTS, _REELS, _FILMS, _ARCHIVED, _STORIES, _TOLD, _OTHER))
MARKS = "|".join((_POSTS, _FILMS, _ARCHIVED, _TOLD, _PICTURES, r"post_comments(_[0-9]+)?\.json"))


def is_one(export: Export) -> bool:
    """Whether these ZIPs look like an export from Instagram."""
    return export.has(MARKS)


def imported(export: Export, account: Account) -> Iterator[Event]:
    """All that the export has of the account. NotUnderstood at its end where the export is not whole."""
    reading = Reading(export, "Instagram", MARKS)
    for pattern, keys, make in _FILES:
        yield from reading.records(pattern, keys, partial(make, reading))
    yield from reading.finish(_COUNTED, _LISTS, account)


def _profile(reading: Reading, record: Record, raw: str) -> Made:
    _, _, told = labelled({"string_map_data": record["string_map_data"]})
    name = told.get("Username") or told.get("Användarnamn")
    reading.owners.add(name or "")
    yield from reading.item(
        raw,
        "profile",
        None,
        told.get("Bio", ""),
        title=name,
        own="profile/export",
        files=list(files_in(record.get("media_map_data"))),
        fields=told,
        role="avatar",
    )


def _post(reading: Reading, record: Record, raw: str, kind: str = "post", visibility: str | None = None) -> Made:
    """A post with one file or several; a story is a file by itself."""
    if "label_values" in record:
        yield from _told(reading, record, raw, kind)
        return
    files = record.get("media", [record])
    titles = {name_of(entry): text_of(entry.get("title")) for entry in files}
    text = text_of(record.get("title")) or (next(iter(titles.values())) if len(titles) == 1 else "")
    yield from reading.item(
        raw,
        kind,
        record.get("creation_timestamp") or next((entry.get("creation_timestamp") for entry in files), None),
        text,
        files=files,
        fields={f"{name}.title": title for name, title in titles.items() if title not in ("", text)},
        visibility=visibility,
    )


def _told(reading: Reading, record: Record, raw: str, kind: str = "post") -> Made:
    """A record in rows of labels, unless its post was met in another file: by its files, its number or its time."""
    text, at, told = labelled(record)
    files = list(files_in(record))
    if not at and not files:
        raise ValueError("neither a time nor a file")
    said = reading.said.get(when(at))
    met = all(reading.shown(entry["uri"], raw) for entry in files) if files else said and (not text or text in said)
    if kind == "post" and (met or reading.shown(str(record.get("fbid")), raw)):  # that is the number of its first file
        return
    at = at or files[0].get("creation_timestamp")
    text = text or next((text_of(entry.get("title")) for entry in files), "")
    yield from reading.item(raw, kind, at, text, own=id_in(record), files=files, fields=told)


def _picture(reading: Reading, record: Record, raw: str) -> Made:
    if not reading.shown(record["uri"], raw):
        at, text = record.get("creation_timestamp"), text_of(record.get("title"))
        yield from reading.item(raw, "photo", at, text, files=[record])


def _comment(reading: Reading, record: Record, raw: str) -> Made:
    text, at, told = labelled(record)
    if not at and not text:
        raise ValueError("neither a time nor a text")
    files = list(files_in(record.get("media_list_data")))
    fields = told | rows([{"title": record.get("title")}])
    yield from reading.item(raw, "reply", at, text, files=[entry for entry in files if entry["uri"]], fields=fields)


_FILES: tuple[tuple[str, tuple[str, ...], Callable[..., Made]], ...] = (
    (_PROFILE, ("profile_user",), _profile),
    (_REELS, ("ig_reels_media",), partial(_post, kind="reel")),
    (_FILMS, ("ig_igtv_media",), partial(_post, kind="video")),
    (
        _ARCHIVED,
        ("ig_archived_post_media",),
        partial(_post, visibility="archived"),
    ),  # before the posts, as some are both
    (_POSTS, ("ig_posts",), _post),
    (_STORIES, ("ig_stories",), partial(_post, kind="story")),
    (_OTHER, ("ig_other_media",), _post),
    (_TOLD, ("ig_posts",), _told),  # after all that have their files
    (_REPOSTS, ("profile_media_reposts",), partial(_told, kind="boost")),
    (_PICTURES, ("ig_profile_picture",), _picture),
    (_COMMENTS, ("comments_media_comments", "comments_reels_comments"), _comment),
)
