"""Bluesky, and any server (PDS) of the AT Protocol.

Needs   nothing; with an app password as key, the server's own figures as a second proof. It is the key to the whole
        account, so it goes to the account's own server only, to log in with, and to no other host
Address https://bsky.app/profile/HANDLE for an account that Bluesky shows: with replies and figures from its AppView;
        https://SERVER/profile/HANDLE for an account on a server of one's own: the server alone, no AppView is asked
Limits  3,000 requests and 30 log-ins in 5 minutes; 1,000 blobs a page, 25 posts' figures a request
Lacks   who liked and reposted (only how many); replies by authors that the AppView hides, which are counted but not
        shown and so leave their list `not whole`; replies to an account that is not on bsky.app; video as it is
        streamed (the original as uploaded is taken); others' pictures as uploaded (the AppView's large rendition is)
Proof   the repository is one signed, content-addressed tree: every block is checked against its hash, the signature
        against the identity document, and every leaf of the tree is an item or a named gap; a file's name is its hash.
        With a key, indexedRecords and expectedBlobs besides; replyCount of every post against its thread
Source  atproto.com/specs/repository; docs.bsky.app (com.atproto.sync.*, app.bsky.feed.*); npm @atproto/pds
Seen    2026-11, @atproto/dev-env 0.6.7
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from libipld import decode_cid, decode_dag_cbor, encode_cid

from connectors._car import Repository
from connectors._pace import an_hour, limits
from connectors.web import NoFile
from model.errors import BadInput, NotAllowed, NotThere, NotUnderstood
from model.nouns import Account, Branch, Claim, Gap, Item, Media, Preflight, Role, Shown, Stream, Why
from model.protocols import Answer, Event, File, Meaning, Web
from model.times import day, when

SENDS_KEY = False  # an app password is what one logs in with; it is no bearer token
ERRORS: dict[tuple[int, str], Meaning] = {
    (400, "InvalidRequest"): "gone",  # what the reference server says of a blob that it does not have
    (400, "BlobNotFound"): "gone", (400, "RecordNotFound"): "gone", (400, "HandleNotFound"): "gone",
    (400, "NotFound"): "gone",  # a post that the AppView does not show
    (400, "RepoNotFound"): "renew", (400, "RepoDeactivated"): "renew", (400, "RepoTakendown"): "renew",
    (400, "RepoSuspended"): "renew", (400, "AccountTakedown"): "renew", (400, "ExpiredToken"): "renew",
    (400, "InvalidToken"): "renew", (401, "AuthenticationRequired"): "renew", (401, "AuthMissing"): "renew",
    (401, "AuthFactorTokenRequired"): "renew", (401, "AccountTakedown"): "renew", (401, "AccountDeactivated"): "renew",
    (409, ""): "again", (413, ""): "odd", (413, "PayloadTooLarge"): "odd", (429, "RateLimitExceeded"): "again",
    (500, "InternalServerError"): "again", (501, "MethodNotImplemented"): "odd", (502, "UpstreamFailure"): "again",
    (503, "NotEnoughResources"): "again", (504, "UpstreamTimeout"): "again",
}  # fmt: skip
_LACKING: dict[tuple[int, str], Meaning] = {**ERRORS, (501, "MethodNotImplemented"): "gone"}  # told if it is there
_STREAMS = (
    Stream(name="profile", proof="answer", level="overview"),
    Stream(name="records", proof="claims"),
    Stream(name="blobs", proof="claims"),
    Stream(name="replies", proof="claims", branch=True),
)
_APPVIEW = "https://public.api.bsky.app"
_DIRECTORY = "https://plc.directory"
_AT_ONCE = 25  # the most posts that getPosts takes
_WINDOW = 300  # seconds of the rate limit, where no header tells
_KINDS = {
    "app.bsky.feed.repost": "boost", "app.bsky.feed.like": "like", "app.bsky.graph.follow": "follow",
    "app.bsky.actor.profile": "profile",
}  # fmt: skip
_HOLES: dict[str, Why] = {"notFoundPost": "gone", "blockedPost": "forbidden"}
_ROLES: dict[str, Role] = {"avatar": "avatar", "banner": "banner", "thumb": "thumbnail", "captions": "caption"}


def recognises(address: str) -> bool:
    return urlsplit(address).path.startswith("/profile/")


def streams(account: Account) -> tuple[Stream, ...]:
    return _STREAMS


def pull(web: Web, account: Account, stream: str, parent: str) -> Iterator[Event]:
    """Everything in one list, as events; `parent` is a post's at:// address for replies."""
    match stream:
        case "profile":
            return _profile(_home(web, account))
        case "records":
            return _records(_home(web, account))
        case "blobs":
            return _listed(_home(web, account))
        case _:
            return _replies(web.at(_APPVIEW), _did(web, account), parent)


def preflight(web: Web, account: Account) -> Preflight:
    """Who it is, whether the app password is its own, how much there is. An app password ends when it is revoked."""
    home = _home(web, account)
    claims = list(_announced(home, home.web.key)) if home.web.key else []
    seen = home.look("app.bsky.actor.getProfile", actor=home.did)
    if seen and isinstance(seen.data, dict):
        figures = _numbers(seen.data, "postsCount", "followersCount", "followsCount")
        claims += (Claim(stream="profile", field=name, value=n, raw=seen.raw) for name, n in figures.items())
    server = home.web.by(_LACKING).get(f"{home.server}/xrpc/_health")
    told = {claim.field: claim.value for claim in claims}
    posts = told.get("postsCount", told.get("indexedRecords"))
    status = home.get("com.atproto.sync.getRepoStatus", did=home.did)  # heard a moment ago
    return Preflight(
        id=home.did, name=home.handle,
        address=urlsplit(account.address)._replace(path=f"/profile/{home.handle}").geturl(),
        scopes=("app password",) if home.web.key else (),
        version=str(server.data.get("version") or "") if isinstance(server.data, dict) else "",
        claims=tuple(claims), limits=limits(status.headers), an_hour=an_hour(status.headers, _WINDOW),
        asks=None if posts is None else 20 + posts // _AT_ONCE + posts,  # each may have a thread
        shown=_presented(home, seen.data if seen and isinstance(seen.data, dict) else {}),
    )  # fmt: skip


def _presented(home: "_Home", view: dict[str, Any]) -> Shown:
    """How the account presents itself: by its own record, and the picture as the AppView has it, or the server's blob.

    Records are listed newest first (com.atproto.repo.listRecords).
    """
    web, repo = home.web.by(_LACKING), f"{home.server}/xrpc/com.atproto.repo"
    posts = web.get(f"{repo}.listRecords", repo=home.did, collection="app.bsky.feed.post", limit="1")
    profile = web.get(f"{repo}.getRecord", repo=home.did, collection="app.bsky.actor.profile", rkey="self")
    listed = posts.data.get("records") if isinstance(posts.data, dict) else None
    newest = listed[0].get("value") if isinstance(listed, list) and listed and isinstance(listed[0], dict) else None
    says = profile.data.get("value") if isinstance(profile.data, dict) else None
    says = says if isinstance(says, dict) else {}
    avatar = says.get("avatar")
    link = avatar.get("ref") if isinstance(avatar, dict) else None
    cid = link.get("$link") if isinstance(link, dict) else None
    return Shown(
        name=str(says.get("displayName") or ""),
        about=str(says.get("description") or ""),
        picture=str(view.get("avatar") or (home.blob(str(cid)) if cid else "")),
        newest=day(newest.get("createdAt")) if isinstance(newest, dict) else None,
    )


@dataclass(frozen=True, slots=True)
class _Home:
    """Where the account lives, and by what its signature is known."""

    account: Account
    did: str
    handle: str
    server: str  # https://host, the account's own server
    document: dict[str, Any]  # the identity document
    web: Web  # at home on that server
    appview: Web | None

    def get(self, method: str, **params: str) -> Answer:
        return self.web.get(f"{self.server}/xrpc/{method}?{urlencode(params)}")

    def look(self, method: str, **params: str | list[str]) -> Answer | None:
        """What the AppView says; None where there is none."""
        return self.appview.get(f"{_APPVIEW}/xrpc/{method}?{urlencode(params, True)}") if self.appview else None

    def blob(self, cid: str) -> str:
        return f"{self.server}/xrpc/com.atproto.sync.getBlob?{urlencode({'did': self.did, 'cid': cid})}"

    @property
    def key(self) -> tuple[str, str]:
        """The type and the text of the key that the account's commits are signed with."""
        for method in _dicts(self.document, "verificationMethod"):
            if str(method.get("id")).endswith("#atproto"):
                return str(method.get("type")), str(method.get("publicKeyMultibase"))
        raise NotUnderstood(f"{self.did}: its identity document names no key that commits are signed with")


# -- who and where ---------------------------------------------------------------------------------------------------


def _home(web: Web, account: Account) -> _Home:
    """Asked for once, then found in the record."""
    there, name = urlsplit(account.address), _name(account)
    did, shown = _did(web, account), _shown(account)
    document: dict[str, Any] = {}
    if shown:
        document = _document(web, did, account)
    server = _server(document, did) if shown else f"{there.scheme}://{there.netloc}"
    home = web.at(server)
    _active(home, server, did, account)
    if not shown:
        document = _member(home.get(f"{server}/xrpc/com.atproto.repo.describeRepo", repo=did), "didDoc", dict)
    names = [str(known)[5:] for known in _list(document, "alsoKnownAs") if str(known).startswith("at://")]
    return _Home(account, did, (names or [name])[0], server, document, home, web.at(_APPVIEW) if shown else None)


def _shown(account: Account) -> bool:
    """Whether Bluesky's AppView shows the account; on a server of one's own nobody says where there is one."""
    return urlsplit(account.address).hostname == "bsky.app"


def _name(account: Account) -> str:
    name = urlsplit(account.address).path.removeprefix("/profile/").strip("/")
    if not recognises(account.address) or not name or "/" in name:
        raise BadInput(f"{account.id}: {account.address} is not a Bluesky account's address. It looks like "
                       "https://bsky.app/profile/name.example.")  # fmt: skip
    return name.removeprefix("@")


def _did(web: Web, account: Account) -> str:
    """The account's lasting identity, by its name."""
    there, name = urlsplit(account.address), _name(account)
    if not name.startswith("did:"):
        server = _APPVIEW if _shown(account) else f"{there.scheme}://{there.netloc}"
        answer = web.at(server).get(f"{server}/xrpc/com.atproto.identity.resolveHandle", handle=name)
        if answer.gone:
            told = f"HTTP {answer.status} {answer.code}"
            raise NotThere(f"{account.id}: {account.address} is not there ({told}). If it was closed, say so "
                           "in the register; if it was renamed, correct its address.")  # fmt: skip
        name = str(_member(answer, "did", str))
    if not re.fullmatch(r"did:(plc|web):[a-z0-9.-]{1,253}", name):
        raise NotUnderstood(f"{account.id}: not an identity that is known here: {name[:100]}")
    return name


def _document(web: Web, did: str, account: Account) -> dict[str, Any]:
    """The identity document: from the directory, or for did:web from the domain itself."""
    host = f"https://{did.removeprefix('did:web:')}" if did.startswith("did:web:") else _DIRECTORY
    answer = web.at(host).get(f"{host}/.well-known/did.json" if did.startswith("did:web:") else f"{host}/{did}")
    if answer.gone:
        raise NotThere(f"{account.id}: the identity {did} is not there (HTTP {answer.status}). If the account was "
                       "deleted, say so in the register.")  # fmt: skip
    if not isinstance(answer.data, dict) or answer.data.get("id") != did:
        raise NotUnderstood(f"{answer.url}: not the identity document of {did}")
    return answer.data


def _server(document: dict[str, Any], did: str) -> str:
    address = re.compile(r"(https?://[\w.-]+(:[1-5]?\d{1,4})?)/?")
    servers = [one for one in _dicts(document, "service") if str(one.get("id")).endswith("#atproto_pds")]
    if servers and (found := address.fullmatch(str(servers[0].get("serviceEndpoint")))):
        return found[1]
    raise NotUnderstood(f"{did}: its identity document names no server that can be asked")


def _active(web: Web, server: str, did: str, account: Account) -> str:
    """The newest revision of the repository. NotAllowed if its owner or its host has switched it off."""
    answer = web.get(f"{server}/xrpc/com.atproto.sync.getRepoStatus", did=did)
    status = answer.data if isinstance(answer.data, dict) else {}
    if status.get("active") is not True:
        todo = "activate it while it is archived" if status.get("status") == "deactivated" else "ask its host why"
        raise NotAllowed(f"{account.id}: {account.address} is {status.get('status') or 'not to be had'}: {todo}, "
                         "and run again.")  # fmt: skip
    return str(status.get("rev") or "")


# -- the lists -------------------------------------------------------------------------------------------------------


def _profile(home: _Home) -> Iterator[Event]:
    if home.web.key:
        yield from _announced(home, home.web.key)
    seen = home.look("app.bsky.actor.getProfile", actor=home.did)
    shown = seen.data if seen and isinstance(seen.data, dict) else {}
    yield Item(
        id=home.did, stream="profile", kind="identity", title=home.handle, author=home.handle, url=home.account.address,
        fields={"did": home.did, "handle": home.handle, "server": home.server, "signing key": " ".join(home.key)},
        counts=_numbers(shown, "followersCount", "followsCount", "postsCount"), raw=seen.raw if seen else "",
    )  # fmt: skip


def _announced(home: _Home, password: str) -> Iterator[Claim]:
    """The server's own figures, which it tells the owner alone."""

    def logged_in() -> str:
        session = home.web.post(f"{home.server}/xrpc/com.atproto.server.createSession",
                                {"identifier": home.did, "password": password})  # fmt: skip
        if session.get("did") != home.did:
            raise NotAllowed(f"{home.account.id}: the key {home.account.key!r} belongs to {session.get('handle')}, not "
                             f"to {home.handle}. Put the account's own app password under that name, "
                             "and run again.")  # fmt: skip
        return str(session.get("accessJwt"))

    answer = home.web.get(f"{home.server}/xrpc/com.atproto.server.checkAccountStatus", bearer=logged_in)
    for stream, name in (("records", "indexedRecords"), ("blobs", "expectedBlobs")):
        yield Claim(stream=stream, field=name, value=_member(answer, name, int), raw=answer.raw)


def _records(home: _Home) -> Iterator[Event]:
    """The repository itself, and what its records name; then the blobs that the server lists and no record names."""
    due = _active(home.web, home.server, home.did, home.account)
    try:
        car = home.web.file(f"{home.server}/xrpc/com.atproto.sync.getRepo?{urlencode({'did': home.did})}", into="raw")
    except NoFile as error:
        raise NotUnderstood(f"{home.account.id}: the repository cannot be had: {error.how}") from error
    with Repository(car.path) as repository:
        if repository.did != home.did or repository.rev < due or not repository.signed_by(*home.key):
            raise NotUnderstood(f"{home.account.id}: the repository that came (revision {repository.rev} of "
                                f"{repository.did}) is not signed by the account's key, or older than revision {due}, "
                                "which the server has")  # fmt: skip
        leaves = 0
        for event in _with_figures(home, _leaves(home, repository, car)):
            leaves += isinstance(event, Item | Gap)
            for media in event.media if isinstance(event, Item) else ():
                repository.meet(media.id)
            yield event
        for cid, page in _cids(home):
            if repository.meet(cid):
                yield Item(id=f"at://{home.did}/blob/{cid}", stream="unnamed", kind="blob", media=(_blob(home, cid),),
                           raw=page.raw)  # fmt: skip
        yield Claim(stream="records", field="leaves of the signed tree", value=leaves, raw=car.raw)
        yield Claim(stream="blobs", field="named by a record or listed", value=repository.met, raw=car.raw)


def _leaves(home: _Home, repository: Repository, car: File) -> Iterator[Item | Gap]:
    for path, data in repository.records():
        try:
            leaf: Item | Gap = _item(home, path, plain(decode_dag_cbor(data)), car.raw)
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
            leaf = Gap(what=f"at://{home.did}/{path}", why="unreadable", kind="item", stream="records", raw=car.raw,
                       seen_at=car.heard_at, how=f"not as documented: {error!r}")  # fmt: skip
        yield leaf


def _with_figures(home: _Home, leaves: Iterator[Item | Gap]) -> Iterator[Event]:
    """The same, posts with the AppView's figures where there is one, and a thread to read for each one answered."""
    waiting: list[Item] = []
    for leaf in leaves:
        if home.appview and isinstance(leaf, Item) and leaf.kind in ("post", "reply"):
            waiting.append(leaf)
        else:
            yield leaf
        if len(waiting) == _AT_ONCE:
            yield from _figured(home, waiting)
            waiting = []
    if waiting:
        yield from _figured(home, waiting)


def _figured(home: _Home, posts: list[Item]) -> Iterator[Event]:
    """A post that the AppView does not show has its thread asked for all the same: that tells what is the matter."""
    known = _views(home, [post.id for post in posts])
    for post in posts:
        view = known.get(post.id)
        yield replace(post, counts=_figures(view)) if view else post
        if view is None or view.get("replyCount"):
            yield Branch(stream="replies", parent=post.id)


def _views(home: _Home, uris: list[str]) -> dict[str, dict[str, Any]]:
    try:
        answer = home.look("app.bsky.feed.getPosts", uris=uris)
    except NotUnderstood:  # it is on the record; each post's thread is asked for, and says so if it too is odd
        return {}
    posts = _dicts(answer.data, "posts") if answer and isinstance(answer.data, dict) else []
    return {str(post.get("uri")): post for post in posts}


def _listed(home: _Home) -> Iterator[Event]:
    """Only the figure: the files themselves hang on the records that name them."""
    yield Claim(stream="blobs", field="listBlobs", value=len({hash(cid) for cid, _ in _cids(home)}))


def _cids(home: _Home) -> Iterator[tuple[str, Answer]]:
    """Every blob that the server lists. The end is where no cursor is given: the last full page has one too."""
    cursor: dict[str, str] = {}
    met: set[int] = set()
    while True:
        page = home.get("com.atproto.sync.listBlobs", did=home.did, limit="1000", **cursor)
        for cid in _member(page, "cids", list):
            yield str(cid), page
        if not page.data.get("cursor"):
            return
        cursor = {"cursor": str(page.data["cursor"])}
        if hash(cursor["cursor"]) in met:
            raise NotUnderstood(f"{home.server}: listBlobs leads back to a page already read")
        met.add(hash(cursor["cursor"]))


# -- replies, from the AppView -----------------------------------------------------------------------------------------


def _replies(appview: Web, own: str, parent: str) -> Iterator[Event]:
    answer = appview.get(f"{_APPVIEW}/xrpc/app.bsky.feed.getPostThread", uri=parent, depth="1000", parentHeight="0")
    thread = None if answer.gone else _member(answer, "thread", dict)
    if thread is None or _type(thread) in _HOLES:
        how = f"the AppView does not show the post ({answer.code or _type(thread)})"
        yield Gap(what=parent, why="not-offered", kind="list", stream="replies", parent=parent, how=how, raw=answer.raw,
                  seen_at=answer.heard_at)  # fmt: skip
        return
    todo = [thread]
    while todo:
        node = todo.pop()
        post, below = node.get("post"), node.get("replies") or []
        if not isinstance(post, dict) or not isinstance(below, list):
            raise NotUnderstood(f"{answer.url}: a thread without its post")
        uri, due = str(post.get("uri")), _figures(post).get("replyCount", 0)
        if due or uri == parent:
            yield Claim(stream="replies", parent=uri, field="replyCount", value=due, raw=answer.raw)
        if len(below) < due and uri != parent:
            yield Branch(stream="replies", parent=uri)  # long and deep threads are cut without a word
        for reply in below:
            event = _reply(own, reply, uri, answer)
            if isinstance(event, Item):
                todo.append(reply)
            yield event


def _reply(own: str, node: Any, parent: str, answer: Answer) -> Item | Gap:
    """One reply as the AppView shows it, or the hole that it shows instead."""
    how = _type(node)
    try:
        if how == "threadViewPost":
            return _seen(own, node["post"], parent, answer)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        how = f"not as documented: {error!r}"
    named = [part for part in (node, node.get("post") if isinstance(node, dict) else None) if isinstance(part, dict)]
    what = next((str(part["uri"]) for part in named if part.get("uri")), f"nameless in {answer.raw}")
    return Gap(what=what, why=_HOLES.get(how, "unreadable"), kind="item", stream="replies", parent=parent, how=how,
               raw=answer.raw, seen_at=answer.heard_at)  # fmt: skip


def _seen(own: str, post: dict[str, Any], parent: str, answer: Answer) -> Item:
    uri, author, record = str(post["uri"]), post["author"], post["record"]
    _, _, did, _, rkey = uri.split("/")
    images = ((post.get("embed") or {}).get("media") or post.get("embed") or {}).get("images") or []
    return Item(
        id=uri, stream="replies", parent=parent, kind="reply", published=when(record.get("createdAt")), raw=answer.raw,
        author=str(author["handle"]), text=_text(record, "text"), language=_languages(record), reply_to=_parent(record),
        url=f"https://bsky.app/profile/{did}/post/{rkey}", counts=_figures(post),
        media=() if did == own else tuple(  # one's own are in the repository
            Media(id=str(image["fullsize"]), url=str(image["fullsize"]), role="rendition", alt=image.get("alt"),
                  found_in=("replies", parent)) for image in images),
    )  # fmt: skip


# -- records in our words ----------------------------------------------------------------------------------------------


def _item(home: _Home, path: str, record: dict[str, Any], raw: str) -> Item:
    """One record of the repository, of a kind that is known here or not."""
    collection, _, rkey = path.partition("/")
    kind = _KINDS.get(collection, "record")
    if collection == "app.bsky.feed.post":
        kind = "reply" if record.get("reply") else "post"
    subject = record.get("subject")
    target = str(subject.get("uri")) if isinstance(subject, dict) else str(subject or "")
    return Item(
        id=f"at://{home.did}/{path}", stream="records", kind=kind, published=when(record.get("createdAt")), raw=raw,
        url=_page(home, kind, rkey), author=home.handle, title=_text(record, "displayName") or None,
        text=_text(record, "description" if kind == "profile" else "text"),
        language=_languages(record), reply_to=_parent(record),
        boost_of=target if kind == "boost" else None, fields=_fields(collection, kind, target, record),
        media=_merged(_files(home, record)),
    )  # fmt: skip


def _fields(collection: str, kind: str, target: str, record: dict[str, Any]) -> dict[str, str]:
    """What has no place of its own; of a kind that is not known here, all of it, to be read without tools."""
    if kind == "record":
        return {"collection": collection, "record": json.dumps(record, ensure_ascii=False, sort_keys=True)}
    embed = record.get("embed") if isinstance(record.get("embed"), dict) else {}
    quoted = (embed or {}).get("record") or {}
    link = (embed or {}).get("external") or {}
    found = {
        "subject": target if kind in ("like", "follow") else "", "quotes": _text(quoted.get("record") or quoted, "uri"),
        "link": _text(link, "uri"), "link title": _text(link, "title"), "link text": _text(link, "description"),
    }  # fmt: skip
    return {name: value for name, value in found.items() if value}


def _files(home: _Home, value: Any, name: str = "", alt: str | None = None) -> Iterator[Media]:
    """Every blob that a record names, at any depth, with the alt text beside it and a role by its field's name."""
    if isinstance(value, list):
        for part in value:
            yield from _files(home, part, name, alt)
    elif isinstance(value, dict) and (cid := _blob_in(value)):
        yield replace(_blob(home, cid), role=_ROLES.get(name, "original"), alt=alt)
    elif isinstance(value, dict):
        beside = value.get("alt") if isinstance(value.get("alt"), str) else None
        for inner, part in value.items():
            yield from _files(home, part, name if name in _ROLES else inner, beside)


def _merged(files: Iterator[Media]) -> tuple[Media, ...]:
    """One file for each CID: a picture that stands twice in a record is one file with two alt texts."""
    found: dict[str, Media] = {}
    for media in files:
        known = found.setdefault(media.id, media)
        if media.alt and media.alt != known.alt:
            found[media.id] = replace(known, alt=f"{known.alt}\n{media.alt}" if known.alt else media.alt)
    return tuple(found.values())


def _blob_in(value: dict[str, Any]) -> str | None:
    """The CID of a blob: as it is written today, or as it was until 2023."""
    if value.get("$type") == "blob" and isinstance(value.get("ref"), dict):
        return str(value["ref"].get("$link") or "") or None
    return str(value["cid"]) if set(value) == {"cid", "mimeType"} else None


def _blob(home: _Home, cid: str) -> Media:
    """A blob as a file: its name is its hash."""
    about = decode_cid(cid)
    known = about["codec"] == 0x55 and about["hash"]["code"] == 0x12
    return Media(id=cid, url=home.blob(cid), sha256=about["hash"]["digest"].hex() if known else None,
                 counted_in="blobs", found_in=("records", ""))  # fmt: skip


def plain(value: Any) -> Any:
    """A decoded record as JSON has it: links as {"$link": …}, bytes as {"$bytes": …} (atproto.com/specs/data-model)."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    if isinstance(value, bytes):
        link = len(value) == 36 and value[:4] in (b"\x01\x71\x12\x20", b"\x01\x55\x12\x20")
        return {"$link": encode_cid(value)} if link else {"$bytes": b64encode(value).decode().rstrip("=")}
    return value


def _page(home: _Home, kind: str, rkey: str) -> str | None:
    """The record's page on bsky.app, by the identity that does not change."""
    if home.appview is None:
        return None
    page = f"https://bsky.app/profile/{home.did}"
    return f"{page}/post/{rkey}" if kind in ("post", "reply") else page if kind == "profile" else None


def _parent(record: dict[str, Any]) -> str | None:
    return str(record["reply"]["parent"]["uri"]) if record.get("reply") else None


def _languages(record: dict[str, Any]) -> str | None:
    return ",".join(str(lang) for lang in record.get("langs") or []) or None


def _figures(post: dict[str, Any]) -> dict[str, int]:
    return _numbers(post, "replyCount", "repostCount", "likeCount", "quoteCount")


def _numbers(of: dict[str, Any], *names: str) -> dict[str, int]:
    return {name: of[name] for name in names if isinstance(of.get(name), int)}


def _type(node: Any) -> str:
    return str(node.get("$type")).rpartition("#")[2] if isinstance(node, dict) else type(node).__name__


def _text(of: dict[str, Any], name: str) -> str:
    value = of.get(name)
    return "" if value is None else str(value)


def _dicts(of: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [part for part in _list(of, name) if isinstance(part, dict)]


def _list(of: dict[str, Any], name: str) -> list[Any]:
    value = of.get(name)
    return value if isinstance(value, list) else []


def _member(answer: Answer, name: str, kind: type) -> Any:
    value = answer.data.get(name) if isinstance(answer.data, dict) else None
    if not isinstance(value, kind):
        raise NotUnderstood(f"{answer.url}: {kind.__name__} {name!r} was due (HTTP {answer.status} {answer.code})")
    return value
