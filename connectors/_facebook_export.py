"""Facebook's export of a page (or of a person, whose files have other names), JSON.

Lacks   ids of posts; comments by others; who reacted
Proof   see _export; one photo in a post and in an album is one: it is known by the number that ends its file's name
Traps   a post's `title` is Facebook's own sentence about it; albums have photos that were never posted; a reel may be
        among the posts too
Source  posts, comments, videos, stories: NorseKode/Waultar-App, documents/parser/content_examples.md; names of a page's
        files, uncategorized photos, edits: public scripts on `this_profile's_activity_across_facebook` (streamlinify
        among them); records of labels: datalib's Facebook source; reels: `lasso_videos_v2`, as several importers have
        it      Seen  2026-09, exports of 2018 to 2026
"""

import re
from collections.abc import Callable, Iterator
from functools import partial

from connectors._export import Export
from connectors._export_items import Made, Reading, Record, digest, files_in, id_in, labelled, number_of, rows, text_of
from model.nouns import Account, Item
from model.protocols import Event
from model.times import when

_POSTS = r"(profile_posts|your_posts.*?|posts_on_other_pages_and_profiles)(_[0-9]+)?\.json"
_REELS = r"(your_)?reels(_[0-9]+)?\.json"
_ARCHIVED = r"archive(_[0-9]+)?\.json"
_STORIES = r"(your_)?(archived_)?stories(_[0-9]+)?\.json"
_COMMENTS = r"comments(_[0-9]+)?\.json"
_VIDEOS = r"(your_)?videos(_[0-9]+)?\.json"
_PHOTOS = r"(your_|profile_)?uncategorized_photos(_[0-9]+)?\.json"
_ALBUMS = r"[0-9]+\.json"
_EVENTS = r"(your_)?events(_you_hosted)?(_[0-9]+)?\.json"
_EDITS = r"edits_you_made_to_posts(_[0-9]+)?\.json"
_PROFILE = r"(profile|page)_information\.json"
_PUT_AWAY = r"[/#]arch[^/#]*$"
_LISTS = "|".join((_POSTS, _VIDEOS, _PHOTOS))
_COUNTED = "|".join((_POSTS, _REELS, _STORIES, _COMMENTS, _VIDEOS, _PHOTOS, _ALBUMS, _EVENTS, _EDITS))
MARKS = "|".join(
    (r"profile_posts(_[0-9]+)?\.json", r"your_posts.*\.json", _PHOTOS, _PROFILE, r"archived_stories\.json")
)


def is_one(export: Export) -> bool:
    """Whether these ZIPs look like an export from Facebook."""
    return export.has(MARKS)


def imported(export: Export, account: Account) -> Iterator[Event]:
    """All that the export has of the account. NotUnderstood at its end where the export is not whole."""
    reading = Reading(export, "Facebook", MARKS)
    for pattern, keys, make in _FILES:
        yield from reading.records(pattern, keys, partial(make, reading))
    yield from reading.finish(_COUNTED, _LISTS, account)


def _profile(reading: Reading, record: Record, raw: str) -> Made:
    ((_, profile),) = record.items()
    name = profile["name"]
    reading.owners.add(text_of(profile.get("username")))
    yield from reading.item(
        raw,
        "profile",
        profile.get("registration_timestamp"),
        text_of(profile.get("about_me") or profile.get("about")),
        title=text_of(name.get("full_name") if isinstance(name, dict) else name),
        own="profile/export",
        fields=rows([profile]),
        files=list(files_in(profile)),
    )


def _post(reading: Reading, record: Record, raw: str, kind: str = "post") -> Made:
    visibility = "archived" if re.search(_PUT_AWAY, raw) else None
    if "label_values" in record:
        text, at, told = labelled(record)
        own = id_in(record) if kind != "version" else None
        told |= rows([{"fbid": record.get("fbid")}])
        files = list(files_in(record))
        yield from reading.item(raw, kind, at, text, own=own, files=files, fields=told, visibility=visibility)
        return
    attached, said = _attached(record), record.get("data") or []
    edited = next((part["update_timestamp"] for part in said if "update_timestamp" in part), None)
    rest = [{name: part[name] for name in part if name not in ("post", "update_timestamp")} for part in said]
    yield from reading.item(
        raw,
        kind,
        record["timestamp"],
        "\n\n".join(text_of(part["post"]) for part in said if "post" in part),
        title=text_of(record.get("title")) or None,
        edited=when(edited) if edited != record["timestamp"] else None,
        own=id_in(record),
        files=list(files_in(attached)),
        fields=rows([*attached, *rest, {"tags": record.get("tags")}]),
        visibility=visibility,
    )


def _comment(reading: Reading, record: Record, raw: str) -> Made:
    said: Record = next((part["comment"] for part in record.get("data") or [] if "comment" in part), {})
    attached = _attached(record)
    yield from reading.item(
        raw,
        "reply",
        said.get("timestamp") or record["timestamp"],
        text_of(said.get("comment")),
        author=text_of(said.get("author")) or None,
        title=text_of(record.get("title")) or None,
        files=list(files_in(attached)),
        fields=rows([*attached, {"group": said.get("group")}]),
    )


def _file(reading: Reading, record: Record, raw: str, kind: str = "photo") -> Made:
    """A picture or film that no post shows."""
    if reading.shown(record["uri"], raw):
        return
    yield from reading.item(
        raw,
        kind,
        record.get("creation_timestamp"),
        text_of(record.get("description")),
        title=text_of(record.get("title")) or None if kind == "video" else None,  # of a picture, it is the album's
        own=number_of(record["uri"]),
        files=[record],
    )


def _album(reading: Reading, record: Record, raw: str) -> Made:
    """An album's own photos, what was said about them, and the album itself, which names also those that posts show."""
    photos, within = record["photos"], list[str]()
    listed = [entry["uri"] for entry in files_in(photos)]
    photos = [*photos, *(entry for entry in files_in(record.get("cover_photo")) if entry["uri"] not in listed)]

    def one(photo: Record, raw: str) -> Made:
        made = list(_file(reading, photo, raw))
        own = next((event.id for event in made if isinstance(event, Item)), number_of(photo["uri"]))
        within.extend([own] if own else [])
        yield from made
        yield from reading.each(photo.get("comments") or [], partial(_remark, reading, own), raw, f"comment on {own}")

    yield from reading.each(photos, one, raw, "photo")
    place = re.search(r"_([0-9]{9,20})/[^/]+$", listed[0]) if listed else None  # media/<album>_<its id>/<photo>
    yield from reading.item(
        raw,
        "album",
        None,
        text_of(record.get("description")),
        title=text_of(record["name"]),
        edited=when(record.get("last_modified_timestamp")),
        own=place[1] if place else f"export/album-{digest(record['name'], *within[:1])}",
        counts={"photo_count": len(photos)},
        attached=tuple(within),
    )


def _remark(reading: Reading, photo: str | None, said: Record, raw: str) -> Made:
    author, text = text_of(said.get("author")) or None, text_of(said["comment"])
    yield from reading.item(raw, "reply", said["timestamp"], text, author=author, reply_to=photo)


def _event(reading: Reading, record: Record, raw: str) -> Made:
    name, text = text_of(record.get("name") or record["title"]), text_of(record.get("description"))
    start = when(record.get("start_timestamp"))
    yield from reading.item(
        raw,
        "event",
        record.get("create_timestamp"),
        text,
        title=name,
        own=f"export/{int(start.timestamp()) if start else 0}-{digest(name, text)}",
        files=list(files_in(record)),
        fields=rows([{key: record[key] for key in record if key not in ("name", "description", "title")}]),
    )


def _attached(record: Record) -> list[Record]:
    return [entry for whole in record.get("attachments") or [] for entry in whole.get("data") or []]


_FILES: tuple[tuple[str, tuple[str, ...], Callable[..., Made]], ...] = (
    (_PROFILE, (), _profile),
    (_REELS, ("lasso_videos_v2",), partial(_post, kind="reel")),  # before the posts, which may have them too
    (_POSTS, ("status_updates",), _post),
    (_ARCHIVED, ("archive_v2",), _post),
    (_STORIES, ("archived_stories_v2", "stories_v2"), partial(_post, kind="story")),
    (_COMMENTS, ("comments_v2", "comments"), _comment),
    (_VIDEOS, ("videos_v2", "videos"), partial(_file, kind="video")),
    (_PHOTOS, ("other_photos_v2",), _file),
    (_ALBUMS, (), _album),
    (_EVENTS, ("your_events_v2", "your_events"), _event),
    (_EDITS, (), partial(_post, kind="version")),
)
