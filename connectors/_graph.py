"""The client for Meta's Graph API, for Facebook and Instagram.

facebook-sdk knows the shapes of the calls. `GraphClient` is our subclass of it: the version is set after it is made
(its own list ends at 3.1), every call goes through our web, the key travels in a header, and pages are followed by us.

Source  developers.facebook.com/docs/graph-api (overview, paging, errors, securing requests); error codes and what they
        ask for: airbyte-source-facebook-pages 3.0.0, facebook-business 26.0.3      Seen  2026-11, Graph v26.0
"""

import hmac
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from connectors._pace import limits
from model.errors import BadInput, NotAllowed, NotUnderstood
from model.nouns import Account, Gap, Preflight
from model.protocols import Answer, Meaning, Web
from model.times import day, when

with warnings.catch_warnings():  # the library has a bad escape in it, of which Python warns
    warnings.simplefilter("ignore")
    import facebook  # type: ignore[import-untyped]

VERSION = "v26.0"  # a version that has ended is answered by another one without a word
# Nothing has been announced: a version lives at least two years from the day it came, and this one came 2026-07-29.
VERSION_ENDS = date(2028, 7, 29)  # developers.facebook.com/docs/graph-api/changelog, seen 2026-11
HOST = "https://graph.facebook.com"
SHELF_LIFE = timedelta(days=4)  # of an answer: a quiet page's budget may take days, and its links live four and a half

Params = Mapping[str, str]
_NO_PERMISSION = ("10", *map(str, range(200, 300)))
_CODES: dict[Meaning, tuple[str, ...]] = {
    "wait": ("4", "17", "32", "613", *(f"8000{last}" for last in "01234568")),
    "again": ("2", "transient"),
    "less": ("1",),  # an unknown error, and also ”reduce the amount of data”: by its text alone they differ
    "stop": ("368",),
    "gone": ("100/33", "803"),
    "renew": ("190", "101", "102", "104", "1705", *_NO_PERMISSION),
    "odd": ("100", "2500"),
}
_STATUSES = (200, 400, 401, 403, 404, 429, 500, 503)  # Graph says 400 to nearly all, and its codes say what it means
ERRORS: dict[tuple[int, str], Meaning] = {
    (status, code): meaning for meaning, codes in _CODES.items() for code in codes for status in _STATUSES
}
# What refuses the key for a list speaks of one object alone where only that is asked for: it may be somebody else's.
_OF_ONE = ERRORS | {(status, code): "gone" for status in _STATUSES for code in _NO_PERMISSION}
_OF_PROBE = _OF_ONE | {(status, "100"): "gone" for status in _STATUSES}
_NEW = "makes a new page token, puts it under the key's name, and runs again"
_UNFIT = (
    "The app's id or secret, which stands beside the key, does not fit. Whoever runs the app copies both from its "
    "basic settings, puts them beside the key, and runs again."
)
ADVICE = {
    "101": _UNFIT,
    "104": _UNFIT,
    "190": f"The key is no longer valid. An administrator of the page {_NEW}.",
    "190/458": f"The app has been removed by the person who made the key. That person adds it again, {_NEW}.",
    "190/459": "Facebook has locked the person who made the key out. That person logs in at facebook.com, does what is "
    f"asked there, {_NEW}.",
    "190/460": f"The person who made the key has changed their password. An administrator of the page {_NEW}.",
    "190/463": f"The key has expired. An administrator of the page {_NEW}.",
    "190/464": "The person who made the key has not confirmed their Facebook account. That person logs in at "
    f"facebook.com, confirms it, {_NEW}.",
    "190/467": f"The person who made the key has logged out of all devices. An administrator of the page {_NEW}.",
    "190/492": "The person who made the key has no role on the page any more. Give it back under the page's settings, "
    f"or let an administrator who has one: that person {_NEW}.",
    "102": f"The key is no longer valid. An administrator of the page {_NEW}.",
    "1705": f"The key is a person's and not the page's. An administrator of the page {_NEW}.",
} | dict.fromkeys(
    _NO_PERMISSION,
    "The app has not got the permission for this, or Meta has taken it back after 90 days without use. An "
    f"administrator of the page grants the app its permissions again (docs/runbook.md lists them), {_NEW}.",
)


class _NoWayOut:
    """Stands where facebook-sdk would have a session of its own."""

    def request(self, *words: object, **more: object) -> None:
        raise NotUnderstood("facebook-sdk tried to send a request of its own: mend GraphClient.")


class GraphClient(facebook.GraphAPI):  # type: ignore[misc]
    """facebook-sdk's calls by our way out; each gives an Answer, on the record already."""

    def __init__(self, web: Web, account: Account) -> None:
        super().__init__(session=_NoWayOut())
        self.version, self.account, self.base = VERSION, account, base(account)
        if not web.key:
            raise NotAllowed(
                f"{account.id}: {account.platform.capitalize()} shows nothing without a key. Put the page's token into "
                "the environment or an Airflow connection, and its name into the register."
            )
        self._open = web.at(self.base)  # for calls that carry another key than the account's own
        secret = str(web.secrets.get("app_secret") or "")
        proof = {"appsecret_proof": hmac.new(secret.encode(), web.key.encode(), sha256).hexdigest()} if secret else {}
        self.web = web.at(self.base, **proof)

    def request(self, path: str, args: Any = None, post_args: Any = None, files: Any = None, method: Any = None) -> Any:
        """One call; the library's own arguments. Raises what the web raises, NotUnderstood for any that writes."""
        if post_args is not None or files is not None or method not in (None, "GET"):
            raise NotUnderstood(f"{path}: this client only reads")
        asked = {
            name: str(value) for name, value in (args or {}).items() if name not in ("access_token", "input_token")
        }
        web, bearer = self.web, None
        if args and "access_token" in args:
            web, bearer = self._open.at(self.base, input_token=args["input_token"]), lambda: str(args["access_token"])
        return self._checked(web.get(f"{self.base}/{path}", bearer=bearer, **asked))

    def one(self, node: str, **params: str) -> Answer:
        """One object, with less inside it where Graph says that it was too much.

        One that seems gone or closed is asked for twice: Graph says so of what it cannot reach just now, too.
        """
        url = f"{self.base}/{VERSION}/{node}"
        for _ in range(2):
            (answer,) = self.web.by(_OF_ONE).pages(url, lambda _: None, less, **params)
            if not answer.gone:
                break
        return self._checked(answer)

    def probe(self, path: str, **params: str) -> Answer:
        """One answer as it is, by its code: where the permission is missing too, and where a metric is no more."""
        return self._checked(self.web.by(_OF_PROBE).get(f"{self.base}/{VERSION}/{path}", bearer=None, **params))

    def pages(self, node: str, edge: str, **params: str) -> Iterator[Answer]:
        """All pages of a list. Asks for less where Graph says that it was too much; twice, where it seems gone."""
        url = f"{self.base}/{VERSION}/{node}/{edge}"
        for last in (False, True):
            for answer in self.web.pages(url, following, less, **params):
                if answer.gone and not last:
                    break
                yield self._checked(answer)
            else:
                return

    def further(self, link: str) -> Iterator[Answer]:
        """The rest of a list of which a first page came inside another answer; its next link is untrusted."""
        there = urlsplit(link)
        held = parse_qsl(there.query, keep_blank_values=True)
        kept = {name: value for name, value in held if name not in ("access_token", "appsecret_proof")}
        for answer in self.web.pages(there._replace(query="", fragment="").geturl(), following, less, **kept):
            yield self._checked(answer)

    def _checked(self, answer: Answer) -> Answer:
        served = answer.headers.get("facebook-api-version", VERSION)
        if served != VERSION:
            raise NotUnderstood(
                f"{_path(answer)}: answered by version {served}, and {VERSION} was asked for. That version has ended: "
                "raise VERSION in connectors/_graph.py, and run its tests."
            )
        return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What Meta says of a key: what kind it is, what it may, and how long it lives."""

    kind: str  # PAGE, USER, SYSTEM_USER …
    valid: bool
    fault: str  # code and subcode of what is wrong with it, as ADVICE has them; empty where nothing is
    scopes: frozenset[str]
    profile: str  # whose it is: the page's id
    expires: datetime | None  # None: never
    days: int | None  # left when it was asked


def introspect(client: GraphClient, web: Web) -> Token | None:
    """What kind of key it is (GET /debug_token); None where the app's id and secret are not given with the key.

    Source: developers.facebook.com/docs/graph-api/reference/debug_token, seen 2026-11.
    """
    app, secret = (str(web.secrets.get(name) or "") for name in ("app_id", "app_secret"))
    if not (app and secret):
        return None
    answer = client.debug_access_token(web.key, app, secret)
    told = answer.data.get("data") if isinstance(answer.data, dict) else None
    if not isinstance(told, dict):
        raise NotUnderstood(f"{_path(answer)}: nothing is told about the key")
    ends = [
        moment for name in ("expires_at", "data_access_expires_at") if told.get(name) and (moment := when(told[name]))
    ]
    return Token(
        kind=str(told.get("type") or "").upper(),
        valid=told.get("is_valid") is True,
        fault=f"190/{subcode}" if (subcode := text(told.get("error"), "subcode")) else "",
        scopes=frozenset(map(str, told.get("scopes") or ())),
        profile=str(told.get("profile_id") or ""),
        expires=min(ends, default=None),
        days=(min(ends) - answer.heard_at).days if ends else None,
    )


def welcome(client: GraphClient, web: Web, needs: tuple[str, ...]) -> tuple[Answer, Token | None]:
    """The page whose key it is. NotAllowed before anything is read where the key is not a page's, or may too little.

    Under a person's key Graph answers the comments of a post with an empty list and HTTP 200.
    """
    name, token = client.account.id, fit(client, web)
    if token and (lacking := sorted(set(needs) - token.scopes)):
        raise NotAllowed(
            f"{name}: the key {client.account.key!r} lacks {', '.join(lacking)}. An administrator of the page grants "
            f"the app these permissions, {_NEW}."
        )
    return whose(client), token


def fit(client: GraphClient, web: Web) -> Token | None:
    """What kind of key it is. NotAllowed where it is dead, or no page's."""
    name, token = client.account.id, introspect(client, web)
    if token and not token.valid:
        raise NotAllowed(f"{name}: {ADVICE.get(token.fault, ADVICE['190'])}")
    if token and token.kind not in ("PAGE", ""):
        raise NotAllowed(
            f"{name}: the key {client.account.key!r} is of the kind {token.kind}, and a page's is needed. Ask with it "
            "for the field access_token of the page, and put what comes under the key's name."
        )
    return token


def whose(client: GraphClient) -> Answer:
    """The page whose key it is, answered by the version that was asked for."""
    answer: Answer = client.get_object("me", fields="id,name")
    if not isinstance(answer.data, dict) or not answer.data.get("id"):
        raise NotUnderstood(f"{_path(answer)}: a page without an id")
    if "facebook-api-version" not in answer.headers:
        raise NotUnderstood(
            f"{_path(answer)}: it is not told which version of the API answers. Something between us and Meta may "
            "change its answers: look at the record."
        )
    return answer


def preflight(
    client: GraphClient, web: Web, needs: tuple[str, ...], probes: Callable[[str], Iterator[tuple[str, str, Params]]]
) -> Preflight:
    """The page whose key it is, what the key may, how long it lives.

    `probes` are cheap reads: (permission, path, parameters), given the page's id. Reading is what keeps a permission:
    Meta takes back those that were not used for 90 days.
    """
    token = fit(client, web)
    mine = whose(client)
    lacking = set(needs) - token.scopes if token else set()
    asked = [] if needs[0] in lacking else probes(own_id(mine.data))  # without the first one nothing is shown
    shown = {scope: client.probe(path, **params) for scope, path, params in asked}
    lacking |= {scope for scope, answer in shown.items() if answer.code.partition("/")[0] in _NO_PERMISSION}
    last = next(reversed(shown.values()), mine)
    return Preflight(
        id=own_id(mine.data),
        name=text(mine.data, "name"),
        address=f"https://www.facebook.com/{own_id(mine.data)}",
        scopes=tuple(sorted((token.scopes if token else shown.keys()) - lacking)),
        missing=tuple(sorted(lacking)),
        expires_at=token.expires if token else None,
        expiry_told=token is not None,
        version=VERSION,
        version_ends=VERSION_ENDS,
        limits=limits(last.headers),
    )


def not_its_own(account: Account, whose: Mapping[str, Any]) -> NotAllowed:
    """For a key that is somebody else's."""
    return NotAllowed(
        f"{account.id}: the key {account.key!r} belongs to {whose.get('name') or whose.get('id')}, not to "
        f"{account.address}. Put the token of that page under the key's name: not a person's, and not another page's."
    )


def base(account: Account) -> str:
    """Where the API of an account is. An address on 127.0.0.1 is a server for tests and demonstrations, its own API."""
    if recognised(account.address, account.platform):
        return HOST
    try:
        there = urlsplit(account.address)
    except ValueError:
        there = urlsplit("")
    if there.scheme == "http" and there.hostname == "127.0.0.1" and there.path.strip("/"):
        return f"http://{there.netloc}"
    raise BadInput(
        f"{account.id}: {account.address} is no address of {account.platform.capitalize()}. It looks like "
        f"https://www.{account.platform}.com/name."
    )


def recognised(address: str, platform: str) -> bool:
    """Whether it is the address of an account on facebook.com or instagram.com."""
    try:
        there = urlsplit(address)
        host = (there.hostname or "").removeprefix("www.").removeprefix("m.").removeprefix("web.")
    except ValueError:
        return False
    return there.scheme == "https" and host == f"{platform}.com" and bool(there.path.strip("/"))


def handle(account: Account) -> str:
    """The name or number in an account's address: /name, /profile.php?id=1, /pages/Name/1, /p/Name-1, /people/x/1."""
    there = urlsplit(account.address)
    if number := parse_qs(there.query).get("id"):
        name = number[0]
    else:
        *before, name = there.path.strip("/").split("/")
        name = name.rsplit("-", 1)[-1] if before == ["p"] else name
    if not re.fullmatch(r"[\w.-]{1,100}", name):
        raise BadInput(f"{account.id}: {account.address} does not end in the name of an account.")
    return name


def following(answer: Answer) -> str | None:
    """The next link of a page. Its absence is the end of a list; an empty page is not."""
    paging = answer.data.get("paging") if isinstance(answer.data, dict) else None
    link = paging.get("next") if isinstance(paging, dict) else None
    return link if isinstance(link, str) and link else None


def less(url: str) -> str | None:
    """The same list in smaller pages; at last without what is nested in it, which is then read by itself."""
    there = urlsplit(url)
    params = dict(parse_qsl(there.query, keep_blank_values=True))
    limit, fields = int(params.get("limit") or 0), params.get("fields", "")
    if limit > 5:
        params["limit"] = str(max(5, limit // 2))
    elif nested := [int(number) for number in re.findall(r"\.limit\((\d+)\)", fields) if number != "0"]:
        params["fields"] = re.sub(r"\.limit\([1-9]\d*\)", ".limit(25)" if max(nested) > 25 else ".limit(0)", fields)
    elif limit > 1:
        params["limit"] = "1"
    else:
        return None
    return there._replace(query=urlencode(params)).geturl()


def rows(answer: Answer) -> list[Any]:
    """The objects on a page."""
    found = answer.data.get("data") if isinstance(answer.data, dict) else None
    if not isinstance(found, list):
        raise NotUnderstood(f"{_path(answer)}: a page without a list of data")
    return found


def _path(answer: Answer) -> str:
    """The address without all that was asked for."""
    return answer.url.partition("?")[0]


def nested(node: Mapping[str, Any], edge: str) -> tuple[list[Any], int | None, bool]:
    """A list that came inside an object: (its objects, how many there are in all, whether more are to be had)."""
    held = node.get(edge)
    if isinstance(held, list):
        return held, None, True
    if not isinstance(held, dict):
        return [], None, True
    listed, summary, paging = (held.get(name) for name in ("data", "summary", "paging"))
    total = figure(summary, "total_count") if isinstance(summary, dict) else None
    return (
        listed if isinstance(listed, list) else [],
        total,
        bool(isinstance(paging, dict) and paging.get("next")),
    )


def inside(node: Any, name: str) -> dict[str, Any]:
    """An object inside an object; an empty one where there is none, or something else."""
    held = node.get(name) if isinstance(node, dict) else None
    return held if isinstance(held, dict) else {}


def newest(listed: Answer, name: str) -> date | None:
    """The day of a list's first object, by its field `name`; None where there is none, or it was refused."""
    return next((day(text(one, name)) for one in ([] if listed.gone else rows(listed))), None)


def text(of: Any, name: str) -> str:
    value = of.get(name) if isinstance(of, dict) else None
    return "" if value is None or isinstance(value, (dict, list)) else str(value)


def figure(of: Any, name: str) -> int | None:
    """A figure as Graph gives it, also as text; None where it is none that can be counted with."""
    value = of.get(name) if isinstance(of, dict) else None
    value = int(value) if isinstance(value, str) and re.fullmatch(r"\d{1,15}", value) else value
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def own_id(node: Any) -> str:
    """The object's id. KeyError where there is none: then it cannot be kept under a name."""
    found = str(node["id"] or "") if isinstance(node, dict) else ""
    if not found or "/" in found or found == "None":
        raise KeyError("id")
    return found


def expiry(url: str) -> datetime | None:
    """When a signed media link ends: its parameter `oe`, Unix seconds in hexadecimal."""
    try:
        found = parse_qs(urlsplit(url).query).get("oe", [""])[0]
    except ValueError:  # an address that nobody can read harms no other part of its post
        return None
    return when(str(int(found, 16))) if re.fullmatch(r"[0-9A-Fa-f]{8}", found) else None


def lost(answer: Answer, stream: str, parent: str) -> Gap:
    """The object was there when it was listed, and is gone now, or closed to us: what hangs on it with it."""
    return Gap(
        what=parent,
        why="forbidden" if answer.code.partition("/")[0] in _NO_PERMISSION else "gone",
        kind="list",
        stream=stream,
        parent=parent,
        seen_at=answer.heard_at,
        raw=answer.raw,
        how=f"HTTP {answer.status} {answer.code}, asked twice",
    )


def withheld(
    item: str, answer: Answer, what: str = "", how: str = "the server names a file and gives no address"
) -> Gap:
    """A file of an item that is not to be had; `what` is its id, where that is not the item's own."""
    return Gap(
        what=what or item,
        why="not-offered",
        kind="media",
        stream="media",
        parent=item,
        seen_at=answer.heard_at,
        raw=answer.raw,
        how=how,
    )


def unreadable(what: str, stream: str, parent: str, answer: Answer, error: Exception) -> Gap:
    """It is there, on the record, and not as documented: the connector must be mended."""
    return Gap(
        what=what or f"nameless in {answer.raw}",
        why="unreadable",
        kind="item",
        stream=stream,
        parent=parent,
        seen_at=answer.heard_at,
        raw=answer.raw,
        how=f"not as documented: {error!r}",
    )
