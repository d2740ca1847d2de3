"""Instagram past its official door, by instaloader: only for accounts whose register row has a decision.

Needs   a session of the account itself, as `session` in the JSON that lies under its key's name. A person makes it on
        their own computer; no password is ever given to us (docs/runbook.md):
            instaloader --login NAME
            python3 -c "import instaloader, json; L = instaloader.Instaloader(); L.load_session_from_file('NAME');
                        print(json.dumps({'username': 'NAME', 'cookies': L.save_session()}))"
Limits  one request in ten seconds, which keeps every limit that instaloader knows of (75 in 11 minutes and 199 in 30)
Lacks   files larger than Instagram shows; what it leaves out without a figure that says so
Proof   the tray against the highlights listed; media_count of each highlight and day against its stories;
        comment_count and child_comment_count against comments and replies. instaloader's own lists end without a word
        at an empty or repeated page, and its replies after the first one: they are not used
Source  instaloader 4.16 (instaloadercontext.py, structures.py); archived stories and the tray, which it does not know:
        ping/instagram_private_api, endpoints/highlights.py; the cursors of replies: mgp25/Instagram-API,
        Response/Model/Comment.php      Seen  2026-11
"""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from connectors._graph import expiry, figure, handle, inside, text
from model.errors import NotAllowed, NotUnderstood
from model.nouns import Account, Branch, Claim, Entry, Gap, Item, Media, Role, Stream, Why
from model.protocols import Event, Meaning, Web
from model.times import when

STREAMS = (
    Stream(name="highlights", proof="claims"),
    Stream(name="highlight", proof="claims", branch=True),
    Stream(name="archived-stories", proof="twice", level="full"),
    Stream(name="archived-day", proof="claims", branch=True),
    Stream(
        name="more-comments", proof="answer", branch=True
    ),  # what it finds counts in the post's own list, `comments`
    Stream(name="more-replies", proof="claims", branch=True),
)
HOSTS = ("www.instagram.com", "i.instagram.com")
PAUSE = 10.0  # seconds between two requests
_APP = "Open Instagram's app as that account, confirm what it asks, then put a new session into the key"
_MEANINGS: dict[str, Meaning] = {
    "feedback_required": "stop",
    **dict.fromkeys(("login", "login_required", "user_has_logged_out", "consent_required"), "renew"),
    **dict.fromkeys(("checkpoint_required", "challenge_required", "challenge", "suspended"), "renew"),
}
ERRORS: dict[tuple[int, str], Meaning] = {
    **{(status, code): means for code, means in _MEANINGS.items() for status in (301, 302, 400, 401, 403, 429)},
    **dict.fromkeys(((301, ""), (302, "")), "fine"),  # another address of the same: instaloader follows it
    **dict.fromkeys(((401, ""), (429, "")), "wait"),  # "Please wait a few minutes before you try again"
}
_OVER = "The session of instaloader is over. Make a new one (docs/runbook.md), put it into the key, and run again."
ADVICE = {
    **dict.fromkeys(("login", "login_required", "user_has_logged_out"), _OVER),
    "": "Open Instagram's app as that account and do what it asks; then put a new session of instaloader into the key "
    "(docs/runbook.md), and run again.",
}
_THREAD = (("max_id", "next_max_id", "has_more_comments"), ("min_id", "next_min_id", "has_more_headload_comments"))
_CHILDREN = (
    ("max_id", "next_max_child_cursor", "has_more_tail_child_comments"),
    ("min_id", "next_min_child_cursor", "has_more_head_child_comments"),
)
_DAY_BEFORE = (("max_id", "max_id", "more_available"),)
Cursors = tuple[tuple[str, str, str], ...]  # parameter, the cursor's name in a page, and the name of what says: more


def pull(web: Web, account: Account, stream: str, parent: str) -> Iterator[Event]:
    """Everything in one list, as events.

    `parent` is a highlight's or a day's id; for comments `POST SHORTCODE`, the post's id at the official door and the
    end of its address; for replies `POST SHORTCODE COMMENT`.
    """
    door = _Door(web, account)
    lists = {
        "highlights": _highlights,
        "highlight": _highlight,
        "archived-stories": _days,
        "archived-day": _day,
        "more-comments": _comments,
        "more-replies": _replies,
    }
    try:
        door.enter()
        yield from lists[stream](door, parent)
    except door.gone as error:
        yield door.gap(parent or stream, "gone", "list", stream, parent, type(error).__name__)
    except door.odd as error:
        raise NotUnderstood(
            f"{account.id}: instaloader does not understand the answer for {stream} {parent} ({type(error).__name__}). "
            "It is on the record; see whether there is a newer instaloader, and try that first."
        ) from error


class _Door:
    """instaloader, as the account, with our web as its only way out."""

    def __init__(self, web: Web, account: Account) -> None:
        """NotAllowed without a decision, without a session, or with another account's."""
        if not account.instaloader:
            raise NotAllowed(
                f"{account.id}: the register has no decision that Instagram may be read by instaloader. Put its case "
                "number into the register, or leave this to the owner's export."
            )
        name, cookies = handle(account), _cookies(web, account)
        self.through = web.through(HOSTS, ERRORS, ADVICE, PAUSE)
        self.loader = _loader(self.through)
        self.context = self.loader.context
        self.context.load_session(name, cookies)
        self.account, self.user = account, str(cookies["ds_user_id"])

        import instaloader

        self.library, self.gone = instaloader, instaloader.QueryReturnedNotFoundException
        self.odd = (instaloader.InstaloaderException, instaloader.AbortDownloadException)
        self.owner = instaloader.Profile(self.context, {"id": self.user, "username": name})

    def enter(self) -> None:
        """NotAllowed where the session is another account's."""
        _ = self.owner.mediacount  # asked for once, then found in the record
        if self.owner.username.casefold() != handle(self.account).casefold():
            raise NotAllowed(
                f"{self.account.id}: the session in the key {self.account.key!r} belongs to {self.owner.username}, not "
                f"to {handle(self.account)}. Make one of that account (docs/runbook.md), put it into the key, and run "
                "again."
            )

    @property
    def raw(self) -> str:
        """The record of the last answer."""
        return str(self.through.heard.raw)

    def mobile(self, path: str, **params: str) -> dict[str, Any]:
        """What Instagram's app is answered."""
        found: dict[str, Any] = self.context.get_iphone_json(f"api/v1/{path}", params)
        return found

    def pages(self, path: str, rows: str, own: str, cursors: Cursors, **params: str) -> Iterator[tuple[Any, list[Any]]]:
        """All pages of a list, in every direction that they lead in: (page, what is new on it)."""
        todo, met, barren = deque([params]), {""}, 0
        while todo:
            page = self.mobile(path, **todo.popleft())
            new = [row for row in page[rows] if f"row {row[own]}" not in met]
            met |= {f"row {row[own]}" for row in new}
            yield page, new
            barren = 0 if new else barren + 1
            if barren > 3:  # one empty page is no end
                raise NotUnderstood(f"{path}: page after page comes with nothing new, and leads on to the next")
            for parameter, cursor, more in cursors:
                following = text(page, cursor)
                if page.get(more, True) and f"{parameter} {following}" not in met and following:
                    met.add(f"{parameter} {following}")
                    todo.append(params | {parameter: following})

    def gap(self, what: str, why: Why, kind: Literal["media", "list"], stream: str, parent: str, how: str) -> Gap:
        heard = self.through.heard
        return Gap(
            what=what, why=why, kind=kind, stream=stream, parent=parent, seen_at=heard.at, how=how, raw=heard.raw
        )


def _cookies(web: Web, account: Account) -> dict[str, str]:
    """The cookies of the session in the key."""
    held = inside(inside(web.secrets, "session"), "cookies")
    cookies = {name: str(value) for name, value in held.items()}
    if lacks := [name for name in ("sessionid", "csrftoken", "ds_user_id") if not cookies.get(name)]:
        raise NotAllowed(
            f"{account.id}: the key {account.key!r} has no whole session of instaloader in it: {', '.join(lacks)} is "
            "missing. Make one on a computer of your own (docs/runbook.md), put it into the key, and run again."
        )
    return cookies


def _loader(through: Any) -> Any:
    """An instaloader that prints, waits and sleeps not, and whose every session sends through ours."""
    from instaloader import Instaloader, InstaloaderContext, RateController

    def ours(session: Any) -> Any:
        session.trust_env = False  # no .netrc, no proxies of its own
        session.mount("https://", through)
        session.mount("http://", through)
        return session

    class Unhurried(RateController):
        def wait_before_query(self, query_type: str) -> None:
            """The web waits, and knows what it has asked: also what the record answers is counted here."""

    class Context(InstaloaderContext):
        """All of its requests leave by these three; copies of a session have lost what was mounted on them."""

        def get_anonymous_session(self) -> Any:
            return ours(super().get_anonymous_session())

        def load_session(self, username: str, sessiondata: Any) -> None:
            super().load_session(username, sessiondata)  # type: ignore[no-untyped-call]
            ours(self._session)

        def get_json(
            self, path: str, params: Any, host: str = HOSTS[0], session: Any = None, *more: Any, **named: Any
        ) -> Any:
            return super().get_json(path, params, host, ours(session or self._session), *more, **named)

        def login(self, user: str, passwd: str) -> None:
            raise NotUnderstood("instaloader tried to log in with a password: mend connectors/_instaloader.py.")

        def error(self, msg: Any, repeat_at_end: bool = True) -> None:
            """What it would print is on the record."""

    loader = Instaloader(quiet=True)
    loader.context = Context(
        sleep=False, quiet=True, max_connection_attempts=1, rate_controller=Unhurried, iphone_support=False
    )
    return loader


def _highlights(door: _Door, _: str) -> Iterator[Event]:
    """The highlights, by two lists that must agree: that of the web, and that of the app, which has their figures."""
    if (posts := door.owner.mediacount) is not None:  # a second witness of what the official door says
        yield Claim(stream="posts", field="edge_owner_to_timeline_media", value=posts, raw=door.raw)
    if (announced := figure(vars(door.owner)["_node"], "highlight_reel_count")) is not None:
        yield Claim(stream="highlights", field="highlight_reel_count", value=announced, raw=door.raw)
    found = {str(one.unique_id): vars(one)["_node"] for one in door.loader.get_highlights(int(door.user))}
    yield Claim(stream="highlights", field="edge_highlight_reels", value=len(found), raw=door.raw)
    tray = {
        text(one, "id").removeprefix("highlight:"): one
        for one in door.mobile(f"highlights/{door.user}/highlights_tray/")["tray"]
    }
    yield Claim(stream="highlights", field="highlights_tray", value=len(tray), raw=door.raw)
    for own in dict.fromkeys([*tray, *found]):
        known = found.get(own, {}) | tray.get(own, {})
        yield Item(
            id=f"highlight/{own}",
            stream="highlights",
            kind="highlight",
            published=when(known.get("created_at")),
            url=f"https://www.instagram.com/stories/highlights/{own}/",
            title=text(known, "title") or None,
            media=_cover(known),
            counts={"media_count": count} if (count := figure(known, "media_count")) is not None else {},
            raw=door.raw,
        )
        if count is not None:
            yield Claim(stream="highlight", parent=own, field="media_count", value=count, raw=door.raw)
        yield Branch(stream="highlight", parent=own)


def _cover(known: Mapping[str, Any]) -> tuple[Media, ...]:
    cover = inside(known, "cover_media")
    crop = inside(cover, "full_image_version") or inside(cover, "cropped_image_version")
    url = text(crop, "url") or text(cover, "thumbnail_src")
    return (
        (Media(id="cover", url=url, role="thumbnail", expires_at=expiry(url), found_in=("highlights", "")),)
        if url
        else ()
    )


def _highlight(door: _Door, own: str) -> Iterator[Event]:
    """The stories of one highlight, by two answers: neither is known to have all, and the app's files are larger."""
    try:
        shown = list(door.library.Highlight(door.context, {"id": own}, door.owner).get_items())
    except IndexError:  # instaloader takes the first of no highlights
        shown = []
    nodes = {str(one.mediaid): vars(one)["_node"] for one in shown}
    yield from _reel(door, f"highlight:{own}", "highlight", own, nodes, door.raw)


def _days(door: _Door, _: str) -> Iterator[Event]:
    """The days on which there were stories: only the account itself is shown them."""
    for _page, days in door.pages("archive/reel/day_shells/", "items", "id", _DAY_BEFORE, include_cover="0"):
        for day in days:
            yield Entry(stream="archived-stories", what=str(day["id"]))
            if (announced := figure(day, "media_count")) is not None:
                yield Claim(
                    stream="archived-day", parent=str(day["id"]), field="media_count", value=announced, raw=door.raw
                )
            yield Branch(stream="archived-day", parent=str(day["id"]))


def _day(door: _Door, own: str) -> Iterator[Event]:
    return _reel(door, own, "archived-day", own, {}, "")


def _reel(door: _Door, reel: str, stream: str, own: str, nodes: dict[str, Any], raw: str) -> Iterator[Event]:
    """A row of stories as the app is shown it, with what the web knows of them in `nodes`, said in the record `raw`."""
    found = door.mobile("feed/reels_media/", reel_ids=reel)["reels"].get(reel)
    if found is None and not nodes:
        yield door.gap(own, "gone", "list", stream, own, "it was listed, and is there no more")
        return
    if (announced := figure(found, "media_count")) is not None:
        yield Claim(stream=stream, parent=own, field="media_count", value=announced, raw=door.raw)
    stories = {str(story["pk"]): story for story in (found or {}).get("items", [])}
    for id in dict.fromkeys([*stories, *nodes]):
        story = stories.get(id, {})
        yield from _story(door, id, stream, own, nodes.get(id, {}), story, door.raw if story else raw)


def _story(door: _Door, own: str, stream: str, parent: str, node: Any, story: Any, raw: str) -> Iterator[Event]:
    """One story; `node` is what the web says of it, `story` what the app is told. The largest file of both is taken."""
    pictures = _sized(inside(story, "image_versions2").get("candidates"), "", "url")
    pictures += _sized(node.get("display_resources"), "config_", "src")
    films = _sized(story.get("video_versions"), "", "url") + _sized(node.get("video_resources"), "config_", "src")
    is_film = story.get("media_type") == 2 or bool(node.get("is_video"))
    files: list[tuple[str, Role, list[_Sized]]] = [(own, "original", films if is_film else pictures)]
    files += [(f"{own}/thumbnail", "thumbnail", pictures)] * is_film
    yield Item(
        id=f"story/{own}",
        stream=stream,
        parent=parent,
        kind="story",
        published=when(story.get("taken_at") or node.get("taken_at_timestamp")),
        author=text(inside(story, "user"), "username") or text(inside(node, "owner"), "username") or None,
        text=text(inside(story, "caption"), "text") or _caption(node),
        media=tuple(
            Media(
                id=id,
                url=_best(sizes)[1],
                role=role,
                alt=text(story, "accessibility_caption") or text(node, "accessibility_caption") or None,
                expires_at=expiry(_best(sizes)[1]),
                found_in=(stream, parent),
            )
            for id, role, sizes in files
            if sizes
        ),
        raw=raw,
    )
    made, offered = max(_area(story, "original_"), _area(inside(node, "dimensions"), "")), _best(files[0][2])[0]
    if not files[0][2]:
        how = "the server names a file and gives no address"
    elif offered < made:
        how = f"the original has {made} pixels, and the largest file that is offered {offered}"
    else:
        return
    yield door.gap(f"{own}/original", "not-offered", "media", "media", f"story/{own}", how)


_Sized = tuple[int, str]  # pixels, address


def _sized(files: Any, prefix: str, address: str) -> list[_Sized]:
    listed = files if isinstance(files, list) else []
    return [(_area(file, prefix), text(file, address)) for file in listed if text(file, address)]


def _best(sizes: list[_Sized]) -> _Sized:
    """The largest; of several, the first: Instagram puts the better one before."""
    return max(sizes, key=lambda size: size[0], default=(0, ""))


def _area(of: Any, prefix: str) -> int:
    return (figure(of, f"{prefix}width") or 0) * (figure(of, f"{prefix}height") or 0)


def _caption(node: Any) -> str:
    """The words of a story as they came: instaloader's own `caption` is another one where letters were decomposed."""
    edges = inside(node, "edge_media_to_caption").get("edges") or []
    return text(inside(edges[0], "node"), "text") if edges else text(node, "caption")


def _comments(door: _Door, parent: str) -> Iterator[Event]:
    """The comments of a post, in the list of the post; the replies that came with them too."""
    post, _, shortcode = parent.partition(" ")
    media = door.library.Post.shortcode_to_mediaid(shortcode)
    more = {"can_support_threading": "true", "permalink_enabled": "false"}
    for page, comments in door.pages(f"media/{media}/comments/", "comments", "pk", _THREAD, **more):
        if (announced := figure(page, "comment_count")) is not None:
            yield Claim(stream="comments", parent=post, field="comment_count", value=announced, raw=door.raw)
        for comment in comments:
            thread = f"{parent} {comment['pk']}"
            yield _comment(comment, post, post, door.raw)
            answered = figure(comment, "child_comment_count") or 0
            shown = comment.get("preview_child_comments") or []
            if answered:
                yield Claim(
                    stream="more-replies", parent=thread, field="child_comment_count", value=answered, raw=door.raw
                )
            yield from _answers(shown, thread, door.raw)
            if answered > len(shown):
                yield Branch(stream="more-replies", parent=thread)


def _replies(door: _Door, parent: str) -> Iterator[Event]:
    """The replies to a comment, to the last page: instaloader reads one."""
    _, shortcode, comment = parent.split(" ")
    path = f"media/{door.library.Post.shortcode_to_mediaid(shortcode)}/comments/{comment}/child_comments/"
    for page, replies in door.pages(path, "child_comments", "pk", _CHILDREN):
        if (announced := figure(page, "child_comment_count")) is not None:
            yield Claim(
                stream="more-replies", parent=parent, field="child_comment_count", value=announced, raw=door.raw
            )
        yield from _answers(replies, parent, door.raw)


def _answers(replies: Any, thread: str, raw: str) -> Iterator[Event]:
    """Replies count twice: in the list of their post, and in that of the comment."""
    post, _, comment = thread.split(" ")
    for reply in replies:
        yield _comment(reply, post, comment, raw)
        yield Entry(stream="more-replies", parent=thread, what=str(reply["pk"]))


def _comment(comment: Any, post: str, above: str, raw: str) -> Item:
    return Item(
        id=str(comment["pk"]),
        stream="comments",
        parent=post,
        kind="comment" if above == post else "reply",
        published=when(comment.get("created_at_utc") or comment.get("created_at")),
        author=text(inside(comment, "user"), "username") or None,
        text=text(comment, "text"),
        reply_to=above,
        counts={"like_count": count} if (count := figure(comment, "comment_like_count")) is not None else {},
        raw=raw,
    )
