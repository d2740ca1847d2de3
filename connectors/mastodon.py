"""Mastodon, and servers that speak like it.

Needs   nothing for public posts; a token with read:accounts and read:statuses for private ones and for threads of more
        than 60 replies
Limits  300 requests in 5 minutes unless the server says otherwise; 40 posts a page
Lacks   replies that the account's server has not seen; a reply that is counted but not shown, as one by somebody who is
        blocked, leaves its list `not whole`
Proof   statuses_count (without direct messages) against posts listed; replies_count of every post (public and unlisted
        replies only) against its thread
Source  docs.joinmastodon.org/methods/accounts, /statuses, /entities/Status; which replies are counted:
        mastodon/mastodon, app/models/status.rb, increment_counter_caches      Seen  2026-11, Mastodon 4.6
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from connectors._pace import an_hour, limits
from model.errors import BadInput, NotAllowed, NotThere, NotUnderstood
from model.nouns import Account, Branch, Choice, Claim, Gap, Item, Media, Preflight, Role, Shown, Stream
from model.protocols import Answer, Event, Meaning, Web
from model.times import day, when

TEXT = "html"
TITLE = "summary"  # a post's title is its content warning (docs.joinmastodon.org/spec/activitypub, seen 2026-11)
ERRORS: dict[tuple[int, str], Meaning] = {  # its error codes are sentences in the server's language: by status alone
    (401, ""): "renew",
    (403, ""): "renew",
    (404, ""): "gone",
    (410, ""): "gone",
    (422, ""): "odd",
    (429, ""): "again",
    (500, ""): "again",
    (502, ""): "again",
    (503, ""): "again",
    (504, ""): "again",
}
_STREAMS = (
    Stream(name="profile", proof="answer", level="overview"),
    Stream(name="statuses", proof="claims"),
    Stream(name="pinned", proof="answer"),
    Stream(name="replies", proof="claims", branch=True),
    Stream(name="history", proof="answer", branch=True),
    Stream(name="status", proof="answer", branch=True),  # one post again, for a fresh address or a fresh figure
)
_UNCOUNTED = {"replies": ("direct", "private", "limited")}  # no figure has them; of posts only "direct"
_PAGE = "40"  # the most the server gives; it cuts larger numbers without a word
_WINDOW = 300  # seconds of the rate limit, which the headers do not tell


def recognises(address: str) -> bool:
    return urlsplit(address).path.startswith("/@")


def streams(account: Account) -> tuple[Stream, ...]:
    return _STREAMS


def pull(web: Web, account: Account, stream: str, parent: str) -> Iterator[Event]:
    """Everything in one list, as events; `parent` is a post's id for replies, history and status."""
    match stream:
        case "profile":
            return _profile(web, account)
        case "statuses":
            return _listed(
                web, f"{_api(account)}/accounts/{_who(web, account)['id']}/statuses", "statuses", limit=_PAGE
            )
        case "pinned":
            return _listed(
                web, f"{_api(account)}/accounts/{_who(web, account)['id']}/statuses", "pinned", pinned="true"
            )
        case "replies":
            return _replies(web, f"{_api(account)}/statuses/{parent}", parent)
        case "history":
            return _history(web, f"{_api(account)}/statuses/{parent}/history", parent)
        case _:
            return _again(web, f"{_api(account)}/statuses/{parent}", parent)


def preflight(web: Web, account: Account) -> Preflight:
    """Who it is, what the key may, how much there is, how much may be asked. A token of Mastodon's never ends."""
    api, may = _api(account), web.by({**ERRORS, (403, ""): "gone"})
    found = may.get(f"{api}/accounts/lookup", acct=_handle(account))
    if found.status == 403:
        return Preflight(id="", name="", address="", missing=("read:accounts",), limits=limits(found.headers))
    who = _who(web, account)
    if web.key:
        _its_own(web, account, who)
    shown = may.get(f"{api}/accounts/{who['id']}/statuses", limit="1")
    server = web.get(f"{api.removesuffix('1')}2/instance")
    figure = _figure(who, "statuses_count")
    return Preflight(
        id=str(who["id"]),
        name=_text(who, "acct"),
        address=_text(who, "url"),
        scopes=("read:accounts", *(() if shown.gone else ("read:statuses",))) if web.key else (),
        missing=("read:statuses",) if shown.status == 403 else (),
        version="" if server.gone else _text(server.data, "version"),
        claims=tuple(
            Claim(stream="statuses" if name == "statuses_count" else "profile", field=name, value=value, raw=found.raw)
            for name, value in _counts(who, "statuses_count", "followers_count", "following_count").items()
        ),
        limits=limits(shown.headers),
        an_hour=an_hour(shown.headers, _WINDOW),
        asks=None if figure is None else 10 + figure // int(_PAGE) + figure,  # each may have a thread
        shown=Shown(
            name=_text(who, "display_name"),
            about="\n".join([_text(who, "note"), *map("\n".join, _fields(who.get("fields")).items())]),
            picture=_text(who, "avatar"),
            newest=day(who.get("last_status_at")),
        ),
    )


def _its_own(web: Web, account: Account, who: dict[str, Any]) -> None:
    """Whether the key is that account's. NotAllowed where it is another one's."""
    own = web.get(f"{_api(account)}/accounts/verify_credentials").data
    if not isinstance(own, dict) or own.get("id") != who["id"]:
        whose = f"belongs to @{own.get('acct')}" if isinstance(own, dict) else "belongs to nobody"
        raise NotAllowed(
            f"{account.id}: the key {account.key!r} {whose}, not to @{_handle(account)}. "
            "Put the account's own key under that name, and run again."
        )


def _profile(web: Web, account: Account) -> Iterator[Event]:
    answer = web.get(f"{_api(account)}/accounts/lookup", acct=_handle(account))
    who = _who(web, account)
    if web.key:
        _its_own(web, account, who)
    roles: tuple[tuple[str, Role], ...] = (("avatar", "avatar"), ("header", "banner"))
    pictures = [
        Media(id=role, url=str(who[name]), role=role, found_in=("profile", "")) for name, role in roles if who.get(name)
    ]
    yield Item(
        id=f"profile/{who['id']}",
        stream="profile",
        kind="profile",
        published=when(who.get("created_at")),
        url=_text(who, "url") or None,
        author=_text(who, "acct"),
        title=_text(who, "display_name"),
        text=_text(who, "note"),
        fields=_fields(who.get("fields")),
        media=tuple(pictures),
        counts=_counts(who, "followers_count", "following_count", "statuses_count"),
        raw=answer.raw,
    )
    if (announced := _figure(who, "statuses_count")) is not None:
        yield Claim(stream="statuses", field="statuses_count", value=announced, raw=answer.raw)


def _fields(rows: Any) -> dict[str, str]:
    """A profile's own rows; two may have the same name."""
    fields: dict[str, str] = {}
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict):
            name = _text(row, "name")
            same = sum(other == name or other.startswith(f"{name} (") for other in fields)
            fields[f"{name} ({same + 1})" if same else name] = _text(row, "value")
    return fields


def _listed(web: Web, url: str, stream: str, **params: str) -> Iterator[Event]:
    for page in web.pages(url, **params):
        for status in _rows(page):
            yield from _events(status, stream, "", page)
            answered = isinstance(status, dict) and not status.get("reblog") and _figure(status, "replies_count") != 0
            if stream == "statuses" and answered and status.get("id"):
                yield Branch(stream="replies", parent=str(status["id"]))  # also where no figure says whether


def _replies(web: Web, url: str, parent: str) -> Iterator[Event]:
    if web.listing > 1:  # asked for in doubt: then the figure is asked for anew as well
        yield from _again(web, url, parent)
    answer = web.get(f"{url}/context")
    if answer.gone:
        yield _lost(answer, "replies", parent)
        return
    below = answer.data.get("descendants") if isinstance(answer.data, dict) else None
    if not isinstance(below, list):
        raise NotUnderstood(f"{answer.url}: a thread without descendants")
    children = Counter(
        str(status.get("in_reply_to_id"))
        for status in below
        if isinstance(status, dict) and status.get("visibility") not in _UNCOUNTED["replies"]
    )
    for status in below:
        yield from _events(status, "replies", None, answer)
        if isinstance(status, dict) and children[str(status.get("id"))] < (_figure(status, "replies_count") or 0):
            yield Branch(
                stream="replies", parent=str(status["id"])
            )  # the server cuts long and deep threads without a word


def _history(web: Web, url: str, parent: str) -> Iterator[Event]:
    answer = web.get(url)
    if answer.gone:
        yield _lost(answer, "history", parent)
        return
    versions = _rows(answer)
    if len(versions) < 2:
        yield Gap(
            what=f"{parent}/1",
            why="not-offered",
            kind="item",
            stream="history",
            parent=parent,
            raw=answer.raw,
            seen_at=answer.heard_at,
            how="the post is marked as edited, but no earlier version is given",
        )
    for number, version in enumerate(versions, 1):
        own = f"{parent}/{number}"
        try:
            yield _item(version | {"id": own}, "history", parent, answer, kind="version", found_in=("history", parent))
            yield from _withheld(version, own, answer)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            yield _unreadable(own, "history", parent, answer, error)


def _again(web: Web, url: str, parent: str) -> Iterator[Event]:
    answer = web.get(url)
    if answer.gone:
        yield _lost(answer, "status", parent)
        return
    yield from _events(answer.data, "status", parent, answer)


def _events(status: Any, stream: str, parent: str | None, answer: Answer) -> Iterator[Event]:
    """One status: the item, the figure it announces, its earlier versions to be read. What cannot be read is a gap."""
    try:
        inside = str(status["in_reply_to_id"] or "") if parent is None else parent
        seen_by = status.get("visibility")
        item = _item(status, seen_by if seen_by in _UNCOUNTED.get(stream, ("direct",)) else stream, inside, answer)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        what = status.get("id") if isinstance(status, dict) else None
        yield _unreadable(str(what or f"nameless in {answer.raw}"), stream, parent or "", answer, error)
        return
    yield item
    announced = _figure(status, "replies_count")
    if announced is not None and item.boost_of is None and (announced or stream == "status"):
        yield Claim(stream="replies", parent=item.id, field="replies_count", value=announced, raw=answer.raw)
    if status.get("edited_at") and item.boost_of is None:
        yield Branch(stream="history", parent=item.id)
    yield from _withheld(status.get("reblog") or status, item.id, answer)


def _withheld(shown: dict[str, Any], item: str, answer: Answer) -> Iterator[Gap]:
    """Files that the server names and gives no address for."""
    for place, attached in enumerate(shown.get("media_attachments") or [], 1):
        if not attached.get("url"):
            yield Gap(
                what=str(attached.get("id") or f"nameless {place}"),
                why="not-offered",
                kind="media",
                stream="media",
                parent=item,
                seen_at=answer.heard_at,
                raw=answer.raw,
                how="the server names a file and gives no address",
            )


def _item(
    status: dict[str, Any],
    stream: str,
    parent: str,
    answer: Answer,
    *,
    kind: str = "",
    found_in: tuple[str, str] | None = None,
) -> Item:
    shown = status.get("reblog") or status
    own = str(status["id"] or "")
    if not own or ("/" in own and kind != "version"):  # a slash is ours: profile/1, 7/2
        raise ValueError(f"no id: {own!r}")
    return Item(
        id=own,
        stream=stream,
        parent=parent,
        raw=answer.raw,
        kind=kind or ("boost" if status.get("reblog") else "reply" if status.get("in_reply_to_id") else "post"),
        published=when(status.get("created_at")),
        edited=when(status.get("edited_at")),
        url=_text(status, "url") or None,
        author=_text(shown.get("account") or {}, "acct") or None,
        text=_text(shown, "content"),
        title=_text(shown, "spoiler_text") or None,
        language=_text(shown, "language") or None,
        visibility=_text(status, "visibility") or None,
        boost_of=str(shown["id"]) if shown is not status else None,
        reply_to=str(status["in_reply_to_id"]) if status.get("in_reply_to_id") else None,
        counts=_counts(shown, "replies_count", "reblogs_count", "favourites_count", "quotes_count"),
        poll=tuple(
            Choice(text=_text(option, "title"), votes=option.get("votes_count"))
            for option in (shown.get("poll") or {}).get("options") or []
        ),
        media=_files(shown, found_in or ("status", own)),
    )


def _files(shown: dict[str, Any], found_in: tuple[str, str]) -> tuple[Media, ...]:
    attached = [one for one in shown.get("media_attachments") or [] if one.get("url")]
    ids = [str(one["id"]) for one in attached]
    return tuple(
        Media(
            id=id if ids.index(id) == place else f"{id} ({place + 1})",  # two under one id are two nevertheless
            url=str(one["url"]),
            alt=one.get("description"),
            found_in=found_in,
        )
        for place, (id, one) in enumerate(zip(ids, attached, strict=True))
    )


def _unreadable(what: str, stream: str, parent: str, answer: Answer, error: Exception) -> Gap:
    """It is there, on the record, and not as documented: the connector must be mended."""
    return Gap(
        what=what,
        why="unreadable",
        kind="item",
        stream=stream,
        parent=parent,
        seen_at=answer.heard_at,
        raw=answer.raw,
        how=f"not as documented: {error!r}",
    )


def _lost(answer: Answer, stream: str, parent: str) -> Gap:
    """The post was there when it was listed, and is gone now: what hung on it went with it."""
    return Gap(
        what=parent,
        why="gone",
        kind="list",
        stream=stream,
        parent=parent,
        seen_at=answer.heard_at,
        raw=answer.raw,
        how=f"HTTP {answer.status}",
    )


def _who(web: Web, account: Account) -> dict[str, Any]:
    """The account's entity: asked for once, then found in the record."""
    answer = web.get(f"{_api(account)}/accounts/lookup", acct=_handle(account))
    if answer.gone:
        raise NotThere(
            f"{account.id}: {account.address} is not there (HTTP {answer.status}). If it was closed, say so in the "
            "register; if it was renamed, correct its address."
        )
    if not isinstance(answer.data, dict) or not answer.data.get("id"):
        raise NotUnderstood(f"{answer.url}: an account without an id")
    return answer.data


def _rows(answer: Answer) -> list[Any]:
    if not isinstance(answer.data, list):
        raise NotUnderstood(f"{answer.url}: a list was due, {type(answer.data).__name__} came")
    return answer.data


def _api(account: Account) -> str:
    there = urlsplit(account.address)
    return f"{there.scheme}://{there.netloc}/api/v1"


def _handle(account: Account) -> str:
    name = urlsplit(account.address).path.strip("/")
    if not name.startswith("@") or "/" in name:
        raise BadInput(
            f"{account.id}: {account.address} is not a Mastodon account's address. It looks like https://server/@name."
        )
    return name[1:]


def _text(of: Any, name: str) -> str:
    value = of.get(name)
    return "" if value is None else str(value)


def _figure(of: dict[str, Any], name: str) -> int | None:
    """A figure as the server gives it; None where it is none that can be counted with."""
    value = of.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def _counts(of: dict[str, Any], *names: str) -> dict[str, int]:
    return {name: value for name in names if (value := _figure(of, name)) is not None}
