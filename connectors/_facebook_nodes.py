"""What the objects of a Facebook page say: each as items, figures, gaps, and what hangs on it.

Source  developers.facebook.com/docs/graph-api/reference/v26.0 (page-post, photo, album, video, event, comment, stories)
        Seen  2026-11
"""

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from connectors import _graph
from connectors._graph import figure, inside, nested, own_id, text
from model.nouns import Branch, Claim, Entry, Item, Media, Role
from model.protocols import Answer, Event
from model.times import when

REACTIONS = ("LIKE", "LOVE", "CARE", "HAHA", "WOW", "SAD", "ANGRY")


def readable(node: Any, kind: str, stream: str, parent: str, answer: Answer) -> Iterator[Event]:
    """The events of one object; what cannot be read is a gap, and harms no other."""
    try:
        yield from list(_READERS[kind](node, stream, parent, answer))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        yield _graph.unreadable(text(node, "id"), stream, parent, answer, error)


def _post(post: Any, stream: str, parent: str, answer: Answer) -> Iterator[Event]:
    own = own_id(post)
    whose, theirs = text(post.get("from"), "id"), own.partition("_")[0]
    # what others show may be closed to us: then the post's own picture of it is all that there is
    borrowed = stream not in ("posts", "post") or whose != theirs or text(post, "status_type") == "shared_story"
    shown: list[str] = []
    files: list[Media] = []
    for place, part in enumerate(parts(post), 1):
        target, kind = text(part.get("target"), "id"), kind_of(part)
        if target and kind:
            shown.append(target)
            yield Branch(stream=kind, parent=target, missing=True)
        if borrowed or not (target and kind):
            files += _files_of(part, f"{own}/{place}", ("post", own), "thumbnail")
    yield Item(
        id=own,
        stream=stream,
        parent=parent,
        kind="post",
        published=when(post.get("created_time")),
        url=text(post, "permalink_url") or None,  # no time of editing: updated_time tells of new comments, too
        author=text(post.get("from"), "name") or None,
        text=text(post, "message") or text(post, "story"),
        visibility=_visibility(post),
        boost_of=text(post, "parent_id") or None,
        counts=_reactions(post) | counts(post.get("shares"), "count"),
        media=tuple(files),
        attached=tuple(shown),
        raw=answer.raw,
    )
    if cut(post):
        yield Branch(stream="attachments", parent=own)
    yield from _comments(post, own, answer)


def parts(post: Any) -> Iterator[dict[str, Any]]:
    """The pictures, films and links of a post, those of an album one by one."""
    for whole in nested(post, "attachments")[0]:
        yield from nested(whole, "subattachments")[0] or [whole]


def cut(post: Any) -> bool:
    """Whether a post has more pictures than came with it."""
    wholes, _, more = nested(post, "attachments")
    if wholes and more:
        return True
    for whole in wholes:
        listed, _, more = nested(whole, "subattachments")
        if more if listed else "album" in _named(whole):
            return True
    return False


def _named(part: dict[str, Any]) -> str:
    return f"{text(part, 'media_type')} {text(part, 'type')}"


def kind_of(part: dict[str, Any]) -> str:
    """Which kind of object an attachment is, if it is one of the page's own that can be read by itself."""
    named = _named(part)
    if "share" in named or "link" in named or "album" in named:
        return ""
    return "video" if "video" in named else "photo" if "photo" in named else "event" if "event" in named.split() else ""


def _files_of(part: dict[str, Any], name: str, found_in: tuple[str, str], role: Role) -> list[Media]:
    """What an attachment shows of itself: its picture; or its film, and the picture that stands for it."""
    held, title = inside(part, "media"), text(part, "title")
    film, picture = text(held, "source"), text(inside(held, "image"), "src")
    files = [file_of(name, film, "original", found_in, title)] if film else []
    if picture and film:
        files.append(file_of(f"{name}/thumbnail", picture, "thumbnail", found_in))
    elif picture:
        files.append(file_of(name, picture, role, found_in, title))
    return files


def _photo(photo: Any, stream: str, parent: str, answer: Answer) -> Iterator[Event]:
    own = own_id(photo)
    sizes = [size for size in photo.get("images") or [] if isinstance(size, dict) and size.get("source")]
    largest = max(sizes, key=lambda size: (figure(size, "width") or 0) * (figure(size, "height") or 0), default=None)
    described = text(photo, "alt_text_custom") or text(photo, "alt_text")
    yield Item(
        id=own,
        stream=stream,
        parent=parent,
        kind="photo",
        published=when(photo.get("created_time")),
        edited=when(photo.get("updated_time")),
        url=text(photo, "link") or None,
        author=text(photo.get("from"), "name") or None,
        text=text(photo, "name"),
        fields={"page_story_id": story} if (story := text(photo, "page_story_id")) else {},  # the post that shows it
        counts=counts(inside(photo, "likes").get("summary"), "total_count"),
        media=(file_of(own, largest["source"], "original", ("photo", own), described),) if largest else (),
        raw=answer.raw,
    )
    if largest is None:
        yield _graph.withheld(own, answer)
    yield from _comments(photo, own, answer)


def _video(video: Any, stream: str, parent: str, answer: Answer) -> Iterator[Event]:
    own = own_id(video)
    again = ("video", own)
    source, pictures = text(video, "source"), nested(video, "thumbnails")[0]
    preferred = [picture for picture in pictures if picture.get("is_preferred")] or pictures[:1]
    files = [file_of(own, source, "original", again)] if source else []
    files += [file_of(f"{own}/thumbnail", one["uri"], "thumbnail", again) for one in preferred[:1] if one.get("uri")]
    captions = {
        f"{own}/caption/{text(one, 'locale') or place}": one
        for place, one in enumerate(nested(video, "captions")[0], 1)
    }
    files += [
        file_of(name, one["uri"], "caption", again, text(one, "locale_name"))
        for name, one in captions.items()
        if one.get("uri")
    ]
    yield Item(
        id=own,
        stream=stream,
        parent=parent,
        kind="video",
        published=when(video.get("created_time")),
        edited=when(video.get("updated_time")),
        url=_whole(text(video, "permalink_url")),
        author=text(video.get("from"), "name") or None,
        title=text(video, "title") or None,
        text=text(video, "description"),
        visibility=None if video.get("published") is not False else "unpublished",
        counts=counts(video, "views") | counts(inside(video, "likes").get("summary"), "total_count"),
        media=tuple(files),
        raw=answer.raw,
    )
    if not source:
        yield _graph.withheld(own, answer)
    for name in (name for name, one in captions.items() if not one.get("uri")):
        yield _graph.withheld(own, answer, name)
    yield from _comments(video, own, answer)


def _album(album: Any, stream: str, parent: str, answer: Answer) -> Iterator[Event]:
    own = own_id(album)
    photos, _, more = nested(album, "photos")
    announced = figure(album, "photo_count")
    yield Item(
        id=own,
        stream=stream,
        parent=parent,
        kind="album",
        published=when(album.get("created_time")),
        edited=when(album.get("updated_time")),
        url=text(album, "link") or None,
        title=text(album, "name"),
        text=text(album, "description"),
        counts=counts(album, "photo_count", "video_count"),
        raw=answer.raw,
    )
    if announced is not None:
        yield Claim(stream="album-photos", parent=own, field="photo_count", value=announced, raw=answer.raw)
    for photo in photos:
        yield from readable(photo, "photo", "album-photos", own, answer)
    if more or announced is None or len(photos) < announced:
        yield Branch(stream="album-photos", parent=own)
    yield from _comments(album, own, answer)


def _event(event: Any, stream: str, parent: str, answer: Answer) -> Iterator[Event]:
    own = own_id(event)
    cover = text(event.get("cover"), "source")
    yield Item(
        id=own,
        stream=stream,
        parent=parent,
        kind="event",
        published=when(event.get("created_time") or event.get("start_time")),
        edited=when(event.get("updated_time")),
        url=f"https://www.facebook.com/events/{own}/",
        title=text(event, "name"),
        text=text(event, "description"),
        visibility="canceled" if event.get("is_canceled") else None,
        fields={
            name: text(event.get(name), "name") or text(event, name)
            for name in ("place", "start_time", "end_time")
            if event.get(name)
        },
        counts=counts(event, "attending_count", "interested_count", "declined_count", "maybe_count", "noreply_count"),
        media=(file_of(f"{own}/cover", cover, "banner", ("event", own)),) if cover else (),
        raw=answer.raw,
    )
    yield Branch(stream="comments", parent=own)


def _rating(rating: Any, stream: str, parent: str, answer: Answer) -> Iterator[Event]:
    story = text(rating.get("open_graph_story"), "id")
    moment, said = text(rating, "created_time"), text(rating, "review_text")
    if not (story or moment):
        raise KeyError("id")
    known_by = text(rating.get("reviewer"), "id") or sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    own = story or f"rating {moment} {known_by}"
    yield Item(
        id=own,
        stream=stream,
        parent=parent,
        kind="rating",
        published=when(rating.get("created_time")),
        author=text(rating.get("reviewer"), "name") or None,
        title=text(rating, "recommendation_type") or None,
        text=said,
        counts=counts(rating, "rating"),
        raw=answer.raw,
    )
    if story:
        yield Branch(stream="comments", parent=story)


def _story(story: Any, stream: str, parent: str, answer: Answer) -> Iterator[Event]:
    shown = text(story, "media_id")
    own = text(story, "post_id") or own_id(story)
    own = f"story/{own}" if own == shown else own  # or the story would stand for its own picture
    yield Item(
        id=own,
        stream=stream,
        parent=parent,
        kind="story",
        published=when(story.get("creation_time")),
        url=text(story, "url") or None,
        visibility=text(story, "status").lower() or None,
        attached=(shown,) if shown else (),
        raw=answer.raw,
    )
    if shown:
        yield Branch(
            stream="video" if "video" in text(story, "media_type").lower() else "photo", parent=shown, missing=True
        )
    else:
        yield _graph.withheld(own, answer)


_READERS = {
    "post": _post,
    "photo": _photo,
    "video": _video,
    "album": _album,
    "event": _event,
    "rating": _rating,
    "story": _story,
}


def _comments(node: Any, own: str, answer: Answer) -> Iterator[Event]:
    """The comments that came with an object; the list is read by itself where these are not all."""
    listed, total, more = nested(node, "comments")
    yield from claimed(listed, total, own, answer)
    if more or total is None or len({text(comment, "id") for comment in listed}) < total:
        yield Branch(stream="comments", parent=own)
    else:
        yield from below(listed, own)


def claimed(listed: list[Any], total: int | None, owner: str, answer: Answer) -> Iterator[Event]:
    """Comments as items, each in the list of the object that it hangs on, and in that of the comment it answers."""
    if total is not None:
        yield Claim(stream="comments", parent=owner, field="total_count", value=total, raw=answer.raw)
    for comment in listed:
        try:
            item = _comment(comment, owner, answer)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            yield _graph.unreadable(text(comment, "id"), "comments", owner, answer, error)
            continue
        yield item
        if "video" in text(comment.get("attachment"), "type") and not any(one.role == "original" for one in item.media):
            yield _graph.withheld(item.id, answer)
        if above := text(comment.get("parent"), "id"):
            yield Entry(stream="replies", parent=f"{owner}/{above}", what=item.id)
        if answers := figure(comment, "comment_count"):
            yield Claim(
                stream="replies", parent=f"{owner}/{item.id}", field="comment_count", value=answers, raw=answer.raw
            )


def below(listed: list[Any], owner: str) -> Iterator[Branch]:
    """The comments that have more answers than were shown."""
    shown = Counter(text(comment.get("parent"), "id") for comment in listed)
    for comment in listed:
        if shown[text(comment, "id")] < (figure(comment, "comment_count") or 0):
            yield Branch(stream="replies", parent=f"{owner}/{own_id(comment)}")


def _comment(comment: Any, owner: str, answer: Answer) -> Item:
    own, above, shown = own_id(comment), text(comment.get("parent"), "id"), inside(comment, "attachment")
    role: Role = "thumbnail" if "video" in text(shown, "type") else "original"
    return Item(
        id=own,
        stream="comments",
        parent=owner,
        kind="reply" if above else "comment",
        published=when(comment.get("created_time")),
        url=text(comment, "permalink_url") or None,
        author=text(comment.get("from"), "name") or None,  # Meta names nobody who has not agreed to it
        text=text(comment, "message"),
        visibility="hidden" if comment.get("is_hidden") else "private" if comment.get("is_private") else None,
        reply_to=above or owner,
        counts=counts(comment, "like_count", "comment_count"),
        media=tuple(_files_of(shown, f"{own}/1", ("comments", owner), role)),
        raw=answer.raw,
    )


def file_of(own: str, url: str, role: Role, found_in: tuple[str, str], alt: str = "") -> Media:
    return Media(id=own, url=url, role=role, alt=alt or None, expires_at=_graph.expiry(url), found_in=found_in)


def _visibility(post: dict[str, Any]) -> str | None:
    if post.get("is_published") is False:
        return "unpublished"
    return "hidden" if post.get("is_hidden") else "expired" if post.get("is_expired") else None


def _reactions(post: dict[str, Any]) -> dict[str, int]:
    """How many reactions there are, in all and of each kind."""
    found = {
        name: figure(inside(post, name).get("summary"), "total_count")
        for name in ("reactions", *map(str.lower, REACTIONS))
    }
    return {name: value for name, value in found.items() if value is not None}


def counts(of: Any, *names: str) -> dict[str, int]:
    renamed = {"count": "shares", "total_count": "likes"}
    return {renamed.get(name, name): value for name in names if (value := figure(of, name)) is not None}


def _whole(path: str) -> str | None:
    """A link that comes without its host."""
    return f"https://www.facebook.com{path}" if path.startswith("/") else path or None
