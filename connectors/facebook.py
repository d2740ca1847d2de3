"""Facebook pages, by the Graph API.

Needs   the page's own token, with pages_read_engagement (its content) and pages_read_user_content (comments, visitors'
        posts, reviews), read_insights for statistics; the app's id and secret beside it (docs/runbook.md)
Limits  100 objects a page; 4800 calls a day for each person who engaged with the page: a quiet page may take days
Lacks   groups; earlier wordings of a post; who reacted; posts beyond about 600 a year, for which the page's export is
        needed; captions of pictures in other languages; what an event's own wall says
Proof   comments.summary.total_count of each object and comment_count of each comment against what came; photo_count of
        albums; no figure for posts, so: all edges that list them, a second reading in spans of time, the owner's export
Source  developers.facebook.com/docs/graph-api/reference/v26.0 (page, page/feed, photo, album, video, event, comment);
        the field lists of facebook-business 26.0.3      Seen  2026-11, Graph v26.0
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from connectors import _facebook_nodes as _nodes
from connectors import _graph
from connectors._facebook_export import imported as imported  # the owner's export, as a second route
from connectors._graph import ERRORS as ERRORS
from connectors._graph import GraphClient, figure, inside, nested, own_id, rows, text
from model.errors import NotUnderstood
from model.nouns import Account, Branch, Claim, Doubt, Entry, Gap, Item, Preflight, Role, Shown, Stream
from model.protocols import Answer, Event, Web
from model.times import when

ADVICE = _graph.ADVICE
NEEDS_KEY = True
SHELF_LIFE = _graph.SHELF_LIFE
SCOPES = ("pages_read_engagement", "pages_read_user_content")
RANKED = 550  # posts of one year: from about 600 on the platform shows a selection, and does not say so

_COMMENT = (
    "id,created_time,from,message,message_tags,attachment,parent{id},is_hidden,is_private,like_count,comment_count,"
    "permalink_url,admin_creator,live_broadcast_timestamp"
)
_COMMENTS = f"comments.filter(stream).order(chronological).summary(true).limit(100){{{_COMMENT}}}"
_REACTIONS = ",".join(
    [
        "reactions.limit(0).summary(total_count)",
        *(f"reactions.type({kind}).limit(0).summary(total_count).as({kind.lower()})" for kind in _nodes.REACTIONS),
    ]
)
_PART = "media_type,type,title,description,url,unshimmed_url,target,media"
_PARTS = f"{_PART},subattachments.limit(100){{{_PART}}}"
_POST = (
    "id,created_time,updated_time,message,message_tags,story,story_tags,permalink_url,status_type,is_published,"
    "is_hidden,is_expired,timeline_visibility,privacy,from,to,via,parent_id,place,event,properties,application,"
    "admin_creator,backdated_time,call_to_action,coordinates,icon,full_picture,shares,actions,child_attachments,"
    f"sponsor_tags,attachments{{{_PARTS}}},{_COMMENTS},{_REACTIONS}"
)
_PHOTO = (
    "id,created_time,updated_time,name,name_tags,alt_text,alt_text_custom,images,link,page_story_id,place,from,"
    f"backdated_time,album{{id}},{_COMMENTS},likes.limit(0).summary(true)"
)
_ALBUM = (
    "id,name,description,created_time,updated_time,link,photo_count,video_count,cover_photo,privacy,type,location,"
    f"place,from,{_COMMENTS},photos.limit(100){{{_PHOTO}}}"
)
_VIDEO = (
    "id,created_time,updated_time,title,description,source,length,format,permalink_url,post_id,privacy,published,"
    "live_status,content_tags,place,status,universal_video_id,views,from,"
    "captions{locale,locale_name,uri,is_default,is_auto_generated,create_time},"
    f"thumbnails{{id,uri,is_preferred,width,height}},{_COMMENTS},likes.limit(0).summary(true)"
)
_EVENT = (
    "id,name,description,start_time,end_time,created_time,updated_time,timezone,type,category,cover,place,owner,"
    "is_canceled,is_draft,is_online,online_event_format,online_event_third_party_url,ticket_uri,event_times,"
    "attending_count,interested_count,declined_count,maybe_count,noreply_count"
)
_RATING = "created_time,has_rating,has_review,rating,recommendation_type,review_text,reviewer,open_graph_story"
_PROFILE = (
    "id,name,username,about,bio,description,category,category_list,company_overview,contact_address,cover,"
    "current_location,emails,fan_count,followers_count,founded,general_info,hours,impressum,is_published,is_verified,"
    "link,location,mission,name_with_location_descriptor,overall_star_rating,phone,press_contact,rating_count,"
    "single_line_address,verification_status,website,were_here_count,has_transitioned_to_new_page_experience,"
    "instagram_business_account,page_backed_threads_account_id,picture.height(720)"
)
_ABOUT = ("bio", "category", "description", "phone", "website", "impressum", "single_line_address")
_NEWEST = {"fields": "id,created_time", "limit": "1"}
# Each list: its edge, what one object of it is, its fields, and what else is asked for; more than one where the edge
# gives by default only a part.
_EVERY = {"include_hidden": "true", "show_expired": "true"}
_LISTS: dict[str, tuple[str, str, str, tuple[dict[str, str], ...]]] = {
    "albums": ("albums", "album", _ALBUM, ({},)),
    "videos": ("videos", "video", _VIDEO, ({"type": "uploaded"},)),
    "reels": ("video_reels", "video", _VIDEO, ({},)),
    "posts": ("published_posts", "post", _POST, (_EVERY,)),
    "visitor-posts": ("visitor_posts", "post", _POST, (_EVERY,)),
    "tagged": ("tagged", "post", _POST, ({},)),
    "events": (
        "events",
        "event",
        _EVENT,
        tuple({"time_filter": span, "include_canceled": "true"} for span in ("past", "upcoming")),
    ),
    "ratings": ("ratings", "rating", _RATING, ({},)),
}
_CHECKS: dict[str, tuple[str, str, str, dict[str, str]]] = {  # edge, what it lists, the list it checks
    "feed": ("feed", "post", "posts", _EVERY),
    "own-posts": ("posts", "post", "posts", _EVERY),
    "photos": ("photos", "photo", "album-photos", {"type": "uploaded"}),
}
_NODES = {"post": _POST, "photo": _PHOTO, "video": _VIDEO, "album": _ALBUM, "event": _EVENT}
_OTHERS = (
    "visitor-posts",
    "tagged",
    "ratings",
)  # what others write by themselves: at level full only
_STREAMS = (
    Stream(name="profile", proof="answer", level="overview"),
    *(Stream(name=name, proof="twice", level="full" if name in _OTHERS else "unique") for name in _LISTS),
    *(Stream(name=name, proof="inside", of=check[2]) for name, check in _CHECKS.items()),
    Stream(name="stories", proof="twice", level="full"),
    Stream(name="album-photos", proof="claims", branch=True),
    Stream(name="comments", proof="claims", branch=True),
    Stream(name="replies", proof="claims", branch=True),
    Stream(name="attachments", proof="answer", branch=True),
    *(Stream(name=name, proof="answer", branch=True) for name in _NODES),  # one object again, or one met elsewhere
)
_STATISTICS = (
    "page_post_engagements",
    "page_views_total",
    "page_impressions_unique",
    "page_follows",
    "page_video_views",
)


def recognises(address: str) -> bool:
    return _graph.recognised(address, "facebook")


def streams(account: Account) -> tuple[Stream, ...]:
    more = (Stream(name="statistics", proof="answer", level="full"),) if "insights" in account.options else ()
    return _STREAMS[:1] + tuple(sorted(_STREAMS[1:], key=_late)) + more


def preflight(web: Web, account: Account) -> Preflight:
    """Whose key it is, what it may, how long it lives, how many follow. Facebook announces no number of posts."""
    client = GraphClient(web, account)

    def probes(page: str) -> Iterator[tuple[str, str, _graph.Params]]:
        yield "pages_read_engagement", f"{page}/published_posts", _NEWEST
        yield "pages_read_user_content", f"{page}/visitor_posts", {"fields": "id", "limit": "1"}
        if "insights" in account.options:
            yield "read_insights", f"{page}/insights", {"metric": _STATISTICS[0], "period": "day"}

    found = _graph.preflight(client, web, _scopes(account), probes)
    if "pages_read_engagement" in found.missing:
        return found
    page = _own_page(client, found.id, found.name, _PROFILE)
    figures = _nodes.counts(page.data, "fan_count", "followers_count", "rating_count")
    claims = (Claim(stream="profile", field=name, value=value, raw=page.raw) for name, value in figures.items())
    listed = client.probe(f"{found.id}/published_posts", **_NEWEST)  # heard a moment ago
    linked = text(inside(page.data, "instagram_business_account"), "id")
    return replace(
        found,
        address=text(page.data, "link") or found.address,
        claims=tuple(claims),
        shown=Shown(
            name=text(page.data, "name"),
            about="\n".join(text(page.data, name) for name in ("about", *_ABOUT)),
            picture=text(inside(inside(page.data, "picture"), "data"), "url"),
            newest=_graph.newest(listed, "created_time"),
        ),
        others=(("instagram", linked),) if linked else (),
    )


def _scopes(account: Account) -> tuple[str, ...]:
    return SCOPES + (("read_insights",) if "insights" in account.options else ())


def _own_page(client: GraphClient, own: str, name: str, fields: str) -> Answer:
    """The page of the register. NotAllowed where the key is another one's."""
    answer: Answer = client.get_object(_graph.handle(client.account), fields=fields)
    if answer.gone or not isinstance(answer.data, dict) or answer.data.get("id") != own:
        raise _graph.not_its_own(client.account, {"id": own, "name": name})
    return answer


def _late(stream: Stream) -> bool:
    """Lists that only check others are read when these have been read."""
    return stream.proof == "inside" or stream.name == "stories" or stream.branch


def pull(web: Web, account: Account, stream: str, parent: str) -> Iterator[Event]:
    """Everything in one list, as events; `parent` is the id of the object that the list hangs on.

    A second reading of a list asks for ids alone; what the first one has not shown is then read by itself.
    """
    client = GraphClient(web, account)
    if stream == "profile":
        yield from _profile(client, web)
    elif stream == "stories":
        yield from _stories(client, _page(client))
    elif stream == "statistics":
        yield from _statistics(client, _page(client))
    elif stream == "posts" and web.listing % 2 == 0:
        yield from _posts_by_time(client, web, _page(client))
    elif stream in _LISTS:
        yield from _listed(client, _page(client), stream, again=web.listing % 2 == 0)
    elif stream in _CHECKS:
        yield from _checked(client, _page(client), stream)
    elif stream == "album-photos":
        for answer in client.pages(parent, "photos", fields=_PHOTO, limit="100"):
            for node in rows(answer):
                yield from _nodes.readable(node, "photo", "album-photos", parent, answer)
    elif stream in ("comments", "replies"):
        yield from _thread(client, stream, parent)
    elif stream == "attachments":
        yield from _attachments(client, parent)
    else:
        answer = client.one(parent, fields=_NODES[stream])
        if answer.gone:
            yield _graph.lost(answer, stream, parent)
        else:
            yield from _nodes.readable(_completed(client, answer.data, stream), stream, stream, parent, answer)


def _profile(client: GraphClient, web: Web) -> Iterator[Event]:
    mine, _ = _graph.welcome(client, web, _scopes(client.account))
    answer = _own_page(client, mine.data["id"], text(mine.data, "name"), _PROFILE)
    page = answer.data
    pictures: tuple[tuple[Role, Any], ...] = (
        ("avatar", ((page.get("picture") or {}).get("data") or {}).get("url")),
        ("banner", (page.get("cover") or {}).get("source")),
    )
    yield Item(
        id=f"profile/{own_id(page)}",
        stream="profile",
        kind="profile",
        url=text(page, "link") or None,
        author=text(page, "username") or text(page, "name"),
        title=text(page, "name"),
        text=text(page, "about") or text(page, "description"),
        fields={
            name: text(page, name)
            for name in _ABOUT
            if text(page, name)
        },
        media=tuple(_nodes.file_of(role, url, role, ("profile", "")) for role, url in pictures if url),
        counts=_nodes.counts(page, "fan_count", "followers_count", "rating_count", "were_here_count"),
        raw=answer.raw,
    )


def _page(client: GraphClient) -> str:
    """The page's id: asked for once, then found in the record."""
    return own_id(client.get_object("me", fields="id,name").data)


def _listed(client: GraphClient, page: str, stream: str, *, again: bool) -> Iterator[Event]:
    edge, node, fields, ways = _LISTS[stream]
    years: Counter[int] = Counter()
    for way in ways:
        for answer in client.pages(
            page, edge, fields="id" if again and node != "rating" else fields, limit="100", **way
        ):
            for one in rows(answer):
                if again and node != "rating":
                    yield from _met(one, node, stream, answer)
                else:
                    yield from _nodes.readable(_completed(client, one, node), node, stream, "", answer)
                _count_year(years, one)
    if stream == "posts":
        yield from _doubts(years)


def _posts_by_time(client: GraphClient, web: Web, page: str) -> Iterator[Event]:
    """The posts once more, by another way: in spans of time; month by month where a year has many."""
    first, months = GraphClient(web.reading(web.listing - 1), client.account), Counter[str]()
    for answer in first.pages(page, "published_posts", fields=_POST, limit="100", **_EVERY):  # found in the record
        months.update(moment.strftime("%Y-%m") for one in rows(answer) if (moment := _published(one)))
    years: Counter[int] = Counter()
    for since, until in _spans(months):
        span = {"since": str(since)} if until is None else {"since": str(since), "until": str(until)}
        for answer in client.pages(page, "published_posts", fields="id,created_time", limit="100", **_EVERY, **span):
            for one in rows(answer):
                yield from _met(one, "post", "posts", answer)
                _count_year(years, one)
    yield from _doubts(years)


def _spans(months: Counter[str]) -> list[tuple[int, int | None]]:
    """Spans of time in Unix seconds that together are all time: a year with many posts is cut into its months."""
    years = Counter(
        {year: sum(n for month, n in months.items() if int(month[:4]) == year) for year in {int(m[:4]) for m in months}}
    )
    cuts = {
        datetime(year, month, 1, tzinfo=UTC) for year, n in years.items() if n > RANKED - 50 for month in range(1, 13)
    }
    cuts |= {datetime(year + 1, 1, 1, tzinfo=UTC) for year, n in years.items() if n > RANKED - 50}
    edges = [0, *(int(cut.timestamp()) for cut in sorted(cuts)), None]
    return [(since or 0, until) for since, until in pairwise(edges)]


def _doubts(years: Counter[int]) -> Iterator[Doubt]:
    """The years with so many posts that Facebook may have shown a selection of them."""
    for year, many in sorted(years.items()):
        if many > RANKED:
            yield Doubt(
                stream="posts",
                why=f"{many} posts in {year}: of more than about 600 a year Facebook shows a selection, and only the "
                "page's export can prove them",
                since=datetime(year, 1, 1, tzinfo=UTC),
                until=datetime(year + 1, 1, 1, tzinfo=UTC) - timedelta(microseconds=1),
            )


def _count_year(years: Counter[int], node: Any) -> None:
    if moment := _published(node):
        years[moment.year] += 1


def _published(node: Any) -> datetime | None:
    return when(node.get("created_time")) if isinstance(node, dict) else None


def _checked(client: GraphClient, page: str, stream: str) -> Iterator[Event]:
    """A list that is read to check another one: what only this one shows is read by itself."""
    edge, node, _, way = _CHECKS[stream]
    for answer in client.pages(page, edge, fields="id,from", limit="100", **way):
        for one in rows(answer):
            author = one.get("from") if isinstance(one, dict) else None
            own = node != "post" or (isinstance(author, dict) and str(author.get("id")) == page)
            yield from _met(one, node, stream if own else None, answer)  # a visitor's post is in a list of its own


def _met(node: Any, kind: str, stream: str | None, answer: Answer) -> Iterator[Event]:
    """An object known by its id alone; it is read by itself where no other list has shown it."""
    try:
        own = own_id(node)
    except KeyError as error:
        yield _graph.unreadable("", stream or kind, "", answer, error)
        return
    if stream:
        yield Entry(stream=stream, what=own)
    yield Branch(stream=kind, parent=own, missing=True)


def _completed(client: GraphClient, node: Any, kind: str) -> Any:
    """A post with all of its pictures: those beyond a hundred, and all where it came with less inside it."""
    if kind == "post" and isinstance(node, dict) and _nodes.cut(node):
        with suppress(NotUnderstood, KeyError):  # then its list of attachments is read by itself, and says why not
            if wholes := [whole for answer in _shown(client, own_id(node)) for whole in _wholes(client, answer)]:
                return node | {"attachments": {"data": wholes}}
    return node


def _shown(client: GraphClient, post: str) -> Iterator[Answer]:
    return client.pages(post, "attachments", fields=_PARTS, limit="1")  # nearly always there is but one


def _wholes(client: GraphClient, answer: Answer) -> Iterator[dict[str, Any]]:
    """What a post shows, an album with all that is in it; nothing where the post is gone."""
    for whole in () if answer.gone else rows(answer):
        listed = list(nested(whole, "subattachments")[0])
        if link := text(inside(inside(whole, "subattachments"), "paging"), "next"):
            listed += (part for page in client.further(link) for part in rows(page))
        yield whole | {"subattachments": {"data": listed}}


def _attachments(client: GraphClient, post: str) -> Iterator[Event]:
    """The pictures of a post that could not be completed when it was met."""
    for answer in _shown(client, post):
        if answer.gone:
            yield _graph.lost(answer, "attachments", post)
        for part in _nodes.parts({"attachments": {"data": list(_wholes(client, answer))}}):
            if (target := text(part.get("target"), "id")) and (kind := _nodes.kind_of(part)):
                yield Entry(stream="attachments", parent=post, what=target)
                yield Branch(stream=kind, parent=target, missing=True)


def _stories(client: GraphClient, page: str) -> Iterator[Event]:
    """Stories that live, and those that have ended; what they show is a photo or a film of the page."""
    for status in ("PUBLISHED", "ARCHIVED"):
        for answer in client.pages(
            page, "stories", fields="post_id,media_id,media_type,url,creation_time,status", status=status, limit="100"
        ):
            for story in rows(answer):
                yield from _nodes.readable(story, "story", "stories", "", answer)


def _thread(client: GraphClient, stream: str, parent: str) -> Iterator[Event]:
    """All comments of an object, or all answers to one comment, to the end."""
    owner, _, comment = parent.partition("/")
    seen: list[Any] = []
    for answer in client.pages(
        comment or owner,
        "comments",
        filter="stream",
        order="chronological",
        summary="true",
        fields=_COMMENT,
        limit="100",
    ):
        if answer.gone:
            yield _graph.lost(answer, stream, parent)
            return
        listed = rows(answer)
        total = figure(answer.data.get("summary"), "total_count")
        yield from _nodes.claimed(listed, None if comment else total, owner, answer)
        if comment:
            yield from (Entry(stream=stream, parent=parent, what=own_id(one)) for one in listed)
        seen += (
            {"id": text(one, "id"), "parent": one.get("parent"), "comment_count": one.get("comment_count")}
            for one in listed
        )
    if not comment:
        yield from _nodes.below(seen, owner)


def _statistics(client: GraphClient, page: str) -> Iterator[Event]:
    """Day by day for two years back, a metric at a time: one that no longer exists spoils only its own call."""
    now = client.get_object("me", fields="id,name").heard_at
    for metric in _STATISTICS:
        try:
            yield from _metric(client, page, metric, now)
        except NotUnderstood as error:
            yield Gap(
                what=f"statistics/{metric}",
                why="not-offered",
                kind="item",
                stream="statistics",
                seen_at=now,
                how=str(error),
            )


def _metric(client: GraphClient, page: str, metric: str, now: datetime) -> Iterator[Event]:
    for quarter in range(8, 0, -1):
        since, until = (
            str(int((now - timedelta(days=90 * back)).timestamp()) // 86_400 * 86_400)
            for back in (quarter, quarter - 1)
        )
        answer = next(client.pages(page, "insights", metric=metric, period="day", since=since, until=until))
        days = [day for one in rows(answer) for day in one.get("values") or []]  # its next link leads on for ever
        yield Item(
            id=f"statistics/{metric}/{since}",
            stream="statistics",
            kind="statistics",
            title=metric,
            fields={text(day, "end_time"): text(day, "value") for day in days},
            raw=answer.raw,
        )
