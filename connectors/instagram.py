"""Instagram's professional accounts, by the Graph API of the Facebook page that they belong to.

Needs   the token of that page, with instagram_basic and instagram_manage_comments; the app's id and secret beside it
        (docs/runbook.md). For what the official door lacks: a decision in the register, and a session (_instaloader)
Limits  100 posts and 50 comments a page; 4800 calls a day for each thousand views; the 10,000 newest posts
Lacks   highlights, archived stories, stories of more than a day ago, places, subtitles of reels; comments by people
        whom the account has restricted; the pictures of what is flagged for somebody's rights
Proof   media_count against posts listed; comments_count of each post against its comments and their replies
Source  developers.facebook.com/docs/instagram-platform/reference (ig-user, ig-media, ig-comment); the field lists of
        facebook-business 26.0.3      Seen  2026-11, Graph v26.0
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from connectors import _graph, _instaloader
from connectors._graph import ERRORS as ERRORS
from connectors._graph import GraphClient, figure, nested, own_id, rows, text
from connectors._instagram_export import imported as imported  # the owner's export, as a second route
from model.errors import NotAllowed, NotUnderstood
from model.nouns import Account, Branch, Claim, Item, Media, Preflight, Role, Shown, Stream
from model.protocols import Answer, Event, Web
from model.times import when

ADVICE = _graph.ADVICE
NEEDS_KEY = True
SHELF_LIFE = _graph.SHELF_LIFE
SCOPES = ("instagram_basic", "instagram_manage_comments")

_REPLY = "id,text,timestamp,username,from,user,hidden,like_count,parent_id,legacy_instagram_comment_id"
_COMMENT = f"{_REPLY},replies.limit(50){{{_REPLY}}}"
_FILES = "media_type,media_url,thumbnail_url,alt_text,timestamp,shortcode,permalink"
_CHILD = f"id,{_FILES}"
_SHOWN = (
    f"id,ig_id,caption,media_product_type,{_FILES},username,owner,is_comment_enabled,is_shared_to_feed,is_ai_generated,"
    f"like_count,comments_count,children{{{_CHILD}}}"
)
_OWN = (
    f"{_SHOWN},legacy_instagram_media_id,total_comments_count,total_like_count,total_views_count,view_count,"
    f"shares_count,saved_count,reposts_count,collaborators,comments.limit(50){{{_COMMENT}}}"
)
_PROFILE = (
    "id,ig_id,legacy_instagram_user_id,username,name,biography,website,profile_picture_url,followers_count,"
    "follows_count,media_count,is_published"
)
_NEWEST = {"fields": "id,timestamp", "limit": "1"}
_STREAMS = (
    Stream(name="profile", proof="answer", level="overview"),
    Stream(name="posts", proof="claims"),
    Stream(name="tags", proof="twice", level="full"),
    Stream(name="stories", proof="twice", level="full"),
    Stream(name="comments", proof="claims", branch=True),
    Stream(name="replies", proof="answer", branch=True),
    Stream(name="post", proof="answer", branch=True),  # one post again, for fresh addresses of its files
)
_EDGES = {"posts": ("media", _OWN), "tags": ("tags", _SHOWN), "stories": ("stories", _OWN)}


def recognises(address: str) -> bool:
    return _graph.recognised(address, "instagram")


def streams(account: Account) -> tuple[Stream, ...]:
    return (*_STREAMS, *(_instaloader.STREAMS if account.instaloader else ()))


def pull(web: Web, account: Account, stream: str, parent: str) -> Iterator[Event]:
    """Everything in one list, as events; `parent` is the id of the post that the list hangs on."""
    if stream in {one.name for one in _instaloader.STREAMS}:
        yield from _instaloader.pull(web, account, stream, parent)
        return
    client = GraphClient(web, account)
    if stream == "profile":
        yield from _profile(client, web)
    elif stream in _EDGES:
        edge, fields = _EDGES[stream]
        for answer in client.pages(_linked(client)[0], edge, fields=fields, limit="100"):
            for post in rows(answer):
                yield from _readable(_completed(client, post), stream, "", answer)
    elif stream == "comments":
        yield from _thread(client, parent)
    elif stream == "replies":
        post, _, comment = parent.partition("/")
        for answer in client.pages(comment, "replies", fields=_REPLY, limit="50"):
            if answer.gone:
                yield _graph.lost(answer, stream, parent)
                return
            yield from _comments(rows(answer), post, answer, comment)
    else:
        answer = client.one(parent, fields=_OWN)
        if answer.gone:
            yield _graph.lost(answer, stream, parent)
        else:
            yield from _readable(_completed(client, answer.data), stream, parent, answer)


def preflight(web: Web, account: Account) -> Preflight:
    """Whose key it is, what it may, how long it lives, how many posts there are."""
    client = GraphClient(web, account)

    def probes(page: str) -> Iterator[tuple[str, str, _graph.Params]]:
        linked = _its_own(client, _graph.whose(client))
        yield "instagram_basic", f"{linked}/media", _NEWEST
        newest = client.probe(f"{linked}/media", **_NEWEST)  # heard a moment ago
        for post in [] if newest.gone else rows(newest):
            yield "instagram_manage_comments", f"{own_id(post)}/comments", {"fields": "id", "limit": "1"}

    found = _graph.preflight(client, web, SCOPES, probes)
    if "instagram_basic" in found.missing:
        return found
    answer = client.get_object(_its_own(client, _graph.whose(client)), fields=_PROFILE)
    listed = client.probe(f"{own_id(answer.data)}/media", **_NEWEST)  # heard a moment ago
    figures = _counts(answer.data, "media_count", "followers_count", "follows_count")
    posts = figures.get("media_count")
    return replace(
        found,
        id=own_id(answer.data),
        name=text(answer.data, "username"),
        address=f"https://www.instagram.com/{text(answer.data, 'username')}",
        claims=tuple(
            Claim(stream="posts" if name == "media_count" else "profile", field=name, value=value, raw=answer.raw)
            for name, value in figures.items()
        ),
        asks=None if posts is None else 20 + posts // 25 + posts,  # each may have more comments than come with it
        shown=Shown(
            name=text(answer.data, "name"),
            about="\n".join(text(answer.data, name) for name in ("biography", "website")),
            picture=text(answer.data, "profile_picture_url"),
            newest=_graph.newest(listed, "timestamp"),
        ),
        others=(("facebook", found.id),),
    )


def _profile(client: GraphClient, web: Web) -> Iterator[Event]:
    mine, _ = _graph.welcome(client, web, SCOPES)
    linked = _its_own(client, mine)
    answer = client.get_object(linked, fields=_PROFILE)
    who = answer.data
    picture = text(who, "profile_picture_url")
    yield Item(
        id=f"profile/{own_id(who)}",
        stream="profile",
        kind="profile",
        url=f"https://www.instagram.com/{text(who, 'username')}/",
        author=text(who, "username"),
        title=text(who, "name"),
        text=text(who, "biography"),
        fields={"website": text(who, "website")} if text(who, "website") else {},
        media=(_file("avatar", picture, "avatar", ("profile", "")),) if picture else (),
        counts=_counts(who, "followers_count", "follows_count", "media_count"),
        raw=answer.raw,
    )
    if (announced := figure(who, "media_count")) is not None:
        yield Claim(stream="posts", field="media_count", value=announced, raw=answer.raw)


def _its_own(client: GraphClient, mine: Answer) -> str:
    """The id of the register's account, which the key's page is linked to. NotAllowed where it is another one."""
    try:
        linked, name = _linked(client)
    except NotUnderstood as error:  # Graph knows no such field of a person
        raise _graph.not_its_own(client.account, mine.data) from error
    if not linked:
        raise NotAllowed(
            f"{client.account.id}: the page {text(mine.data, 'name')} has no Instagram account linked to it, or the "
            "key may not see it. An administrator links the account (it must be a professional one) in the page's "
            "settings, and grants the app instagram_basic."
        )
    wanted = _graph.handle(client.account)
    if wanted.casefold() not in (name.casefold(), linked):
        raise _graph.not_its_own(client.account, {"name": name, "id": linked})
    return linked


def _linked(client: GraphClient) -> tuple[str, str]:
    """(id, name) of the account that the key's page is linked to; asked for once, then found in the record."""
    answer = client.get_object("me", fields="instagram_business_account{id,username}")
    linked = _graph.inside(answer.data, "instagram_business_account")
    return text(linked, "id"), text(linked, "username")


def _completed(client: GraphClient, post: Any) -> Any:
    """A carousel with all that is in it, where it came with a part."""
    listed, _, more = nested(post, "children") if isinstance(post, dict) else ([], None, False)
    if text(post, "media_type") != "CAROUSEL_ALBUM" or (listed and not more):
        return post
    with suppress(NotUnderstood, KeyError):  # then it is named as cut
        answers = client.pages(own_id(post), "children", fields=_CHILD, limit="100")
        return post | {"children": {"data": [part for answer in answers for part in rows(answer)]}}
    return post


def _readable(post: Any, stream: str, parent: str, answer: Answer) -> Iterator[Event]:
    """The events of one post; what cannot be read is a gap, and harms no other."""
    try:
        yield from list(_post(post, stream, parent, answer))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        yield _graph.unreadable(text(post, "id"), stream, parent, answer, error)


def _post(post: Any, stream: str, parent: str, answer: Answer) -> Iterator[Event]:
    own = own_id(post)
    listed, _, more = nested(post, "children")
    parts = listed or [post]
    again = ("post", own) if stream in ("posts", "post") else (stream, "")
    yield Item(
        id=own,
        stream=stream,
        parent=parent,
        kind=_kind(post),
        published=when(post.get("timestamp")),
        url=text(post, "permalink") or None,
        author=text(post, "username") or None,
        text=text(post, "caption"),
        counts=_counts(
            post,
            *("like_count", "comments_count", "total_comments_count", "total_like_count", "total_views_count"),
            *("view_count", "shares_count", "saved_count", "reposts_count"),
        ),
        media=tuple(file for part in parts for file in _files(part, again)),
        raw=answer.raw,
    )
    for part in parts:
        if not text(part, "media_url"):
            yield _graph.withheld(own, answer, own_id(part))
    if text(post, "media_type") == "CAROUSEL_ALBUM" and (more or not listed):
        yield _graph.withheld(own, answer, f"{own}/children", f"of a carousel's pictures {len(listed)} are listed")
    if stream in ("posts", "post"):  # of others' posts no comments are shown to us, and stories have none
        yield from _below(post, own, answer)


def _kind(post: Any) -> str:
    return {"REELS": "reel", "STORY": "story"}.get(text(post, "media_product_type"), "post")


def _files(part: Any, again: tuple[str, str]) -> Iterator[Media]:
    """A picture or film, and for a film the picture that stands for it."""
    own, alt = own_id(part), text(part, "alt_text")
    if url := text(part, "media_url"):
        yield _file(own, url, "original", again, alt)
    if url := text(part, "thumbnail_url"):
        yield _file(f"{own}/thumbnail", url, "thumbnail", again)


def _below(post: Any, own: str, answer: Answer) -> Iterator[Event]:
    """The comments that came with a post; the list is read by itself where they are not all."""
    listed, _, more = nested(post, "comments")
    announced = figure(post, "comments_count")
    if announced is not None:
        yield Claim(stream="comments", parent=own, field="comments_count", value=announced, raw=answer.raw)
    yield from _comments(listed, own, answer)
    shown = sum(1 + len(nested(comment, "replies")[0]) for comment in listed)
    whole = announced is not None and shown >= announced
    if not whole or (more and "comments" in post):
        yield Branch(stream="comments", parent=own)


def _thread(client: GraphClient, post: str) -> Iterator[Event]:
    """All comments of a post, and what the official door does not show of them where a decision allows it."""
    shown = 0
    for answer in client.pages(post, "comments", fields=_COMMENT, limit="50"):
        if answer.gone:
            yield _graph.lost(answer, "comments", post)
            return
        listed, without = rows(answer), "replies.limit(0)" in unquote(answer.url)  # where less was asked for
        yield from _comments(listed, post, answer)
        shown += sum(1 + len(nested(comment, "replies")[0]) for comment in listed)
        for comment in listed:
            if without or ("replies" in comment and nested(comment, "replies")[2]):
                yield Branch(stream="replies", parent=f"{post}/{own_id(comment)}")
    if client.account.instaloader:
        answer = client.get_object(post, fields="id,shortcode,comments_count")
        if shown < (figure(answer.data, "comments_count") or 0):
            yield Branch(stream="more-comments", parent=f"{post} {text(answer.data, 'shortcode')}")


def _comments(listed: list[Any], post: str, answer: Answer, above: str = "") -> Iterator[Event]:
    """Comments and their replies as items, all in the list of the post: its figure counts both."""
    for comment in listed:
        try:
            item = _comment(comment, post, above, answer)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            yield _graph.unreadable(text(comment, "id"), "comments", post, answer, error)
            continue
        yield item
        yield from _comments(nested(comment, "replies")[0], post, answer, item.id)


def _comment(comment: Any, post: str, above: str, answer: Answer) -> Item:
    above = text(comment, "parent_id") or above
    return Item(
        id=own_id(comment),
        stream="comments",
        parent=post,
        kind="reply" if above else "comment",
        published=when(comment.get("timestamp")),
        author=text(comment, "username") or text(comment.get("from"), "username") or None,
        text=text(comment, "text"),
        visibility="hidden" if comment.get("hidden") else None,
        reply_to=above or post,
        counts=_counts(comment, "like_count"),
        raw=answer.raw,
    )


def _file(own: str, url: str, role: Role, found_in: tuple[str, str], alt: str = "") -> Media:
    return Media(id=own, url=url, role=role, alt=alt or None, expires_at=_graph.expiry(url), found_in=found_in)


def _counts(of: Any, *names: str) -> dict[str, int]:
    return {name: value for name in names if (value := figure(of, name)) is not None}
