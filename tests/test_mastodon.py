"""The Mastodon connector without a socket: recorded answers, odd shapes, keys, and one thing left out at a time."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import yaml

from connectors import mastodon
from model import capture as captures
from model.errors import ArsringError, BadInput, NotAllowed, NotUnderstood, NotWhole, TryLater
from model.nouns import Account
from pipeline import line
from tests.captures import BAG
from tests.fakes.faults import PLANTED, Fault, Reply, kind, without
from tests.runs import NOON, Run, fake_of, small_world
from tests.says import HOME, Bench, Says, in_turn, reply
from tests.servers.pictures import picture
from tests.servers.policy import shared

Json = dict[str, Any]
WHO: Json = {
    "id": "1",
    "acct": "exempelvik",
    "url": f"{HOME}/@exempelvik",
    "display_name": "Exempelvik",
    "note": "<p>Hej</p>",
}
JPEG = picture(1, "JPEG")


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def status(id: str, **more: Any) -> Json:
    """A status as Mastodon 4.6 gives it, as far as it matters."""
    account = {"id": "1", "acct": "exempelvik"}
    plain = {
        "id": id,
        "created_at": "2026-05-02T08:00:00.000Z",
        "content": f"<p>Inlägg {id}</p>",
        "visibility": "public",
    }
    rest = {"in_reply_to_id": None, "reblog": None, "edited_at": None, "replies_count": 0, "media_attachments": []}
    return plain | rest | {"account": account, "url": f"{HOME}/@exempelvik/{id}", "poll": None} | more


def answer_to(id: str, parent: str, **more: Any) -> Json:
    return status(id, in_reply_to_id=parent, account={"id": "2", "acct": "granne@annan.example"}, **more)


@dataclass
class Server:
    """A small server: what it says is what a test puts in."""

    statuses: list[Any] = field(default_factory=list)
    contexts: dict[str, Any] = field(default_factory=dict)  # id: descendants, or bytes, or an answer
    histories: dict[str, Any] = field(default_factory=dict)
    who: Json = field(default_factory=lambda: dict(WHO))
    own: Any = None  # what verify_credentials says
    pinned: list[Any] = field(default_factory=list)
    pages: list[bytes] = field(default_factory=list)  # whole answers, instead of statuses
    count: int | None = None

    def __call__(self, request: requests.PreparedRequest) -> Reply:
        url = urlsplit(request.url or "")
        parts, query = url.path.strip("/").split("/")[2:], parse_qs(url.query)
        if not url.path.startswith("/api/v1/"):
            return reply(body=JPEG, Content_Type="image/jpeg")
        match parts:
            case ["accounts", "lookup"]:
                return reply(body=self.who | {"statuses_count": self._count()})
            case ["accounts", "verify_credentials"]:
                return self.own if isinstance(self.own, Reply) else reply(body=self.own or self.who)
            case ["accounts", _, "statuses"] if "pinned" in query:
                return reply(body=self.pinned)
            case ["accounts", _, "statuses"]:
                return self._page(int(query.get("page", ["0"])[0]))
            case ["statuses", id, "context"] if id in self.contexts:
                return self._said(self.contexts[id], lambda below: {"ancestors": [], "descendants": below})
            case ["statuses", id, "history"] if id in self.histories:
                return self._said(self.histories[id], lambda versions: versions)
            case ["statuses", id] if found := [
                one for one in self.statuses if isinstance(one, dict) and one.get("id") == id
            ]:
                return reply(body=found[0])
        return reply(404, {"error": "Record not found"})

    def _said(self, what: Any, wrap: Callable[[Any], Any]) -> Reply:
        if isinstance(what, Reply):
            return what
        return reply(body=what if isinstance(what, bytes) else wrap(what))

    def _count(self) -> int:
        counted = [one for one in self.statuses if not (isinstance(one, dict) and one.get("visibility") == "direct")]
        return len(counted) if self.count is None else self.count

    def _page(self, number: int) -> Reply:
        if not self.pages:
            return reply(body=self.statuses)
        link = (
            f'<{HOME}/api/v1/accounts/1/statuses?page={number + 1}>; rel="next"' if number + 1 < len(self.pages) else ""
        )
        return reply(body=self.pages[number], **({"Link": link} if link else {}))


@dataclass
class Taken:
    ledger: Json
    items: dict[str, Json]
    gaps: list[Json]
    claims: list[Json]
    error: ArsringError | None

    def verdict(self, stream: str) -> str:
        return next(str(row["verdict"]) for row in self.ledger["streams"] if row["stream"] == stream)


def take(folder: Path, server: Server, key: str | None = None, address: str = f"{HOME}/@exempelvik") -> Taken:
    """The account through the line as far as the sealed capture, or as far as it came."""
    account = Account(id="exempelvik-mastodon", platform="mastodon", address=address, key="EXEMPELVIK" if key else None)
    options = {"adapter": Says(server), "clock": lambda: NOON, "sleep": lambda seconds: None}
    place = line.Place(work=folder / "work", archive=folder / "archive", settings=BAG, web=options)
    order = line.order_for(account, 2026, created=NOON)
    error = None
    try:
        line.take(order, place, key)
    except NotWhole as caught:
        error = caught
    found = place.work / order.id
    rows = {name: _rows(found / f"{name}.jsonl") for name in ("items", "gaps", "claims")}
    ledger = json.loads((found / "ledger.json").read_bytes())
    return Taken(ledger, {row["id"]: row for row in rows["items"]}, rows["gaps"], rows["claims"], error)


def _rows(path: Path) -> list[Json]:
    return [json.loads(row) for row in path.read_text().split("\n") if row] if path.exists() else []


# -- answers that real servers gave ---------------------------------------------------------------------------------


@cache
def recorded() -> tuple[tuple[str, bytes], ...]:
    """(where, body) of every JSON answer in the recorded cassettes and fixtures of three other projects."""
    found: dict[bytes, str] = {}
    root = shared("realdata/mastodon")
    for path in sorted(root.rglob("*.y*ml")):
        tape = yaml.load(path.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - it is safe
        for number, one in enumerate(tape.get("interactions") or tape.get("http_interactions") or []):
            body = (one["response"].get("body") or {}).get("string") or b""
            found.setdefault(body if isinstance(body, bytes) else body.encode(), f"{path.stem}-{number}")
    for path in sorted(root.rglob("*.json")):
        found.setdefault(path.read_bytes(), path.stem)
    return tuple((where, body) for body, where in found.items() if _is_json(body))


def _is_json(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), (dict, list))
    except ValueError:  # a picture, a page, lines of JSON
        return False


def _is_status(thing: Any) -> bool:
    return isinstance(thing, dict) and {"id", "content", "account", "visibility"} <= set(thing)


def lists_of_statuses() -> Iterator[tuple[str, bytes]]:
    for where, body in recorded():
        data = json.loads(body)
        if isinstance(data, list) and data and all(map(_is_status, data)):
            yield where, body
        elif _is_status(data):
            yield where, b"[" + body + b"]"


def contexts() -> Iterator[tuple[str, bytes]]:
    yield from ((where, body) for where, body in recorded() if "descendants" in json.loads(body))


def test_there_are_recorded_answers_to_test_with() -> None:
    statuses = [one for _, body in lists_of_statuses() for one in json.loads(body)]

    assert len({one["id"] for one in statuses}) > 100
    assert len(list(contexts())) >= 3


def test_no_status_of_any_recorded_page_is_lost_and_no_text_is_changed(tmp_path: Path) -> None:
    pages = list({json.dumps(json.loads(body), sort_keys=True): body for _, body in lists_of_statuses()}.values())
    data = [one for body in pages for one in json.loads(body)]
    count = len({one["id"] for one in data if one["visibility"] != "direct"})

    taken = take(tmp_path, Server(pages=pages, count=count))

    assert taken.error is None
    assert {one["id"] for one in data} <= set(taken.items)
    _equal([one for one in data if sum(other["id"] == one["id"] for other in data) == 1], taken)


def test_no_reply_of_any_recorded_thread_is_lost(tmp_path: Path) -> None:
    for where, body in contexts():
        below = json.loads(body)["descendants"]
        ids = {one["id"] for one in below}
        top = next((one["in_reply_to_id"] for one in below if one["in_reply_to_id"] not in ids), "7")
        direct = sum(one["in_reply_to_id"] == top for one in below)

        taken = take(tmp_path / where, Server([status(top, replies_count=direct)], contexts={top: body}))

        assert ids <= set(taken.items), where
        assert taken.error is None or below, where
        _equal(below, taken)


def _equal(data: list[Json], taken: Taken) -> None:
    """The item says what the status says, to the letter."""
    latest = {one["id"]: one for one in data}
    for id, one in latest.items():
        item, shown = taken.items[id], one.get("reblog") or one
        assert item.get("text", "") == shown["content"]
        assert item.get("title", "") == (shown.get("spoiler_text") or "")
        assert item.get("author") == shown["account"]["acct"]
        assert item.get("boost_of") == (one["reblog"]["id"] if one.get("reblog") else None)
        assert item.get("reply_to") == one.get("in_reply_to_id")
        files = [(file["id"], file["url"], file.get("alt")) for file in item.get("media", [])]
        assert files == [
            (file["id"], file["url"], file["description"] or None) for file in shown["media_attachments"] if file["url"]
        ]
        options = [(choice["text"], choice.get("votes")) for choice in item.get("poll", [])]
        assert options == [(o["title"], o["votes_count"]) for o in (shown.get("poll") or {"options": []})["options"]]


def test_a_recorded_profile_keeps_its_words_fields_and_pictures(tmp_path: Path) -> None:
    who = next(data for _, body in recorded() if "fields" in (data := json.loads(body)) and "statuses_count" in data)
    who |= {
        "fields": [{"name": "Diarium", "value": "a"}, {"name": "Diarium", "value": "b"}, {"name": "Webb", "value": "c"}]
    }

    taken = take(tmp_path, Server(who=who))

    item = taken.items[f"profile/{who['id']}"]
    assert item.get("title", "") == who["display_name"]
    assert item.get("text", "") == who["note"]
    assert item["fields"] == {"Diarium": "a", "Diarium (2)": "b", "Webb": "c"}
    assert [(file["id"], file["role"]) for file in item["media"]] == [("avatar", "avatar"), ("banner", "banner")]


TEXTS = {
    "Arabic, right to left": "<p>مرحبا \u202eبالعالم\u202c \u2067abc\u2069</p>",
    "Hebrew": "<p>שלום \u200f1</p>",
    "Han": "<p>你好，世界</p>",
    "Japanese": "<p>ｶﾞ が\u3099</p>",
    "Hangul": "<p>\u1112\u1161\u11ab 한</p>",
    "Devanagari": "<p>नमस्ते क\u094d\u200dष</p>",
    "Thai": "<p>สวัสดี</p>",
    "Cyrillic": "<p>Привіт</p>",
    "Greek": "<p>Γειά</p>",
    "Tamil": "<p>வணக்கம்</p>",
    "Sápmi": "<p>Buorre beaivi č đ ŋ š ŧ ž</p>",
    "emoji": "<p>👩🏽‍🚒 🏳️‍🌈 🇸🇪</p>",
    "not composed": "<p>A\u030a å</p>",
    "entities": "<p>&amp;amp; &lt;b&gt; &#39; &quot; &nbsp;</p>",
    "controls": "a\u0001b\u0003c\r\nd\u0000e\u2028f",
    "lone surrogate": "halv \ud83d emoji",
    "empty": "",
    "only a space": " ",
    "large": "Exempelvik " * 100_000,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_a_text_is_kept_to_the_letter(tmp_path: Path, text: str) -> None:
    post = status("1", content=text, spoiler_text=text, poll={"options": [{"title": text, "votes_count": 3}]})
    picture = {"id": "9", "url": f"{HOME}/a.jpg", "description": text}

    taken = take(tmp_path, Server([post | {"media_attachments": [picture]}]))

    item = taken.items["1"]
    assert (item.get("text", ""), item.get("title", "")) == (text, text)
    assert item["poll"][0].get("text", "") == text
    assert item["media"][0].get("alt", "") == text


# -- what an answer means --------------------------------------------------------------------------------------------

MEANS = {"renew": NotAllowed, "odd": NotUnderstood, "again": TryLater, "gone": None}


@pytest.mark.parametrize(("code", "meaning"), mastodon.ERRORS.items(), ids=str)
def test_every_line_of_the_error_table_does_what_it_says(tmp_path: Path, code: tuple[int, str], meaning: str) -> None:
    said = reply(code[0], {"error": "Etwas ist schiefgelaufen"}, Retry_After="5000")
    at = Bench(tmp_path, in_turn(said), errors=mastodon.ERRORS)

    if (error := MEANS[meaning]) is None:
        assert at.web.get(f"{HOME}/api/v1/x").gone
    else:
        with pytest.raises(error):
            at.web.get(f"{HOME}/api/v1/x")
    at.record.close()


def test_every_error_status_that_the_documentation_names_is_in_the_table() -> None:
    assert {status for status, _ in mastodon.ERRORS} >= {401, 403, 404, 410, 422, 429, 500, 503}


# -- keys and names --------------------------------------------------------------------------------------------------


def test_the_key_of_another_account_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        NotAllowed, match=r"'EXEMPELVIK' belongs to @annan, not to @exempelvik. Put the account's own key"
    ):
        take(tmp_path, Server(own={"id": "2", "acct": "annan"}), key=PLANTED)


@pytest.mark.parametrize("own", [reply(404), reply(body=[]), reply(body=b"7")], ids=["404", "a list", "a number"])
def test_a_key_that_belongs_to_nobody_is_refused(tmp_path: Path, own: Reply) -> None:
    with pytest.raises(NotAllowed, match="belongs to nobody"):
        take(tmp_path, Server(own=own), key=PLANTED)


@pytest.mark.parametrize("code", [404, 410])
def test_an_account_that_is_not_there_is_a_persons_business(tmp_path: Path, code: int) -> None:
    server = Server()
    gone = lambda request: reply(code) if "lookup" in (request.url or "") else server(request)  # noqa: E731

    with pytest.raises(NotAllowed, match=r"is not there \(HTTP 4.*register"):
        take(tmp_path, gone)  # type: ignore[arg-type]


@pytest.mark.parametrize("who", [{}, {"id": None}, {"id": ""}])
def test_an_account_without_an_id_is_not_whole(tmp_path: Path, who: Json) -> None:
    taken = take(tmp_path, Server(who=WHO | {"id": None} | who))

    assert taken.ledger["verdict"] == "not whole"


@pytest.mark.parametrize(
    "path", ["@exempelvik", "@exempelvik/", "@exempelvik@social.exempelvik.example", "@exempelvik?x=1"]
)
def test_a_name_may_hold_a_domain_or_end_in_a_slash(tmp_path: Path, path: str) -> None:
    asked: list[str] = []
    server = Server([status("1")])

    def spoken(request: requests.PreparedRequest) -> Reply:
        asked.append(request.url or "")
        return server(request)

    take(tmp_path, spoken, address=f"{HOME}/{path}")  # type: ignore[arg-type]

    name = path.strip("@/").partition("?")[0].replace("@", "%40")
    assert asked[0] == f"{HOME}/api/v1/accounts/lookup?acct={name}"


@pytest.mark.parametrize("path", ["", "exempelvik", "@exempelvik/1234", "users/exempelvik"])
def test_an_address_that_is_no_accounts_is_bad_input(tmp_path: Path, path: str) -> None:
    with pytest.raises(BadInput, match="looks like https://server/@name"):
        take(tmp_path, Server(), address=f"{HOME}/{path}")


# -- shapes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(set(status("1")) - {"id"}))
@pytest.mark.parametrize("how", ["null", "missing"])
def test_a_field_that_is_null_or_missing_costs_no_post(tmp_path: Path, name: str, how: str) -> None:
    post = status("1", media_attachments=[{"id": "9", "url": f"{HOME}/a.jpg"}])
    post = {key: value for key, value in post.items() if key != name} if how == "missing" else post | {name: None}

    taken = take(tmp_path, Server([post, status("2")]))

    assert {"1", "2"} <= set(taken.items)
    assert (taken.ledger["verdict"] == "whole") == (name != "replies_count"), "its thread was not there to be read"


@pytest.mark.parametrize("figure", [None, "2", -1, 2.0, [], True])
def test_a_thread_without_a_figure_is_read_and_cannot_be_proven(tmp_path: Path, figure: Any) -> None:
    post, below = status("1", replies_count=figure), [answer_to("2", "1"), answer_to("3", "1")]

    taken = take(tmp_path, Server([post], contexts={"1": below}))

    (row,) = [row for row in taken.ledger["streams"] if row["stream"] == "replies"]
    assert (row["captured"], row["verdict"]) == (2, "cannot be proven")


@pytest.mark.parametrize("seen_by", ["private", "direct", "limited"])
@pytest.mark.parametrize(("announced", "verdict"), [(2, "whole"), (3, "not whole")])
def test_a_reply_that_no_figure_counts_is_kept_and_makes_up_for_no_other(
    tmp_path: Path, seen_by: str, announced: int, verdict: str
) -> None:
    below = [answer_to("2", "1"), answer_to("3", "1", visibility="unlisted"), answer_to("4", "1", visibility=seen_by)]

    taken = take(tmp_path, Server([status("1", replies_count=announced)], contexts={"1": below}), key=PLANTED)

    assert taken.ledger["items"] == 5, "the profile, the post, and three replies"
    assert taken.ledger["verdict"] == verdict


def test_a_file_of_a_post_that_vanishes_before_the_next_try_is_in_the_package(tmp_path: Path) -> None:
    kept = status("1", media_attachments=[{"id": "9", "url": f"{HOME}/a.jpg"}])
    red = take(tmp_path, Server([kept, status("2")], count=3))

    green = take(tmp_path, Server([status("2")]))

    folder = tmp_path / "work" / "2026-exempelvik-mastodon"
    (picture_,) = [entry["path"] for entry in captures.files(folder) if entry["path"].startswith("media/")]
    assert (red.ledger["verdict"], green.ledger["verdict"]) == ("not whole", "whole")
    assert (folder / picture_).read_bytes() == JPEG
    assert captures.check(folder) == []


def test_a_run_killed_as_it_seals_does_not_forget_that_one_before_it_was_red(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(tmp_path, Server([status("1")], count=2))
    monkeypatch.setattr(captures.Capture, "_seal", lambda self: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        take(tmp_path, Server([status("1"), status("2")]))
    monkeypatch.undo()

    assert take(tmp_path, Server([status("1"), status("2")])).ledger["verdict"] == "whole"


def test_an_order_under_way_does_not_go_on_at_another_address(tmp_path: Path) -> None:
    take(tmp_path, Server([status("1")], count=2))

    with pytest.raises(BadInput, match="and the address is now https://annan"):
        take(tmp_path, Server([status("1")]), key=PLANTED, address="https://annan.example/@exempelvik")


ODD: dict[str, Any] = {
    "a text": "x",
    "a number": 7,
    "null": None,
    "a list": [],
    "no id": {"content": "x"},
    "id null": status("x") | {"id": None},
    "account a text": status("5", account="x"),
    "media a text": status("5", media_attachments="x"),
    "media of texts": status("5", media_attachments=["x"]),
    "media without id": status("5", media_attachments=[{"url": "x"}]),
    "poll a text": status("5", poll="x"),
    "poll of texts": status("5", poll={"options": ["x"]}),
    "boost a text": status("5", reblog="x"),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
def test_what_is_not_as_documented_is_a_named_gap_and_costs_no_other_post(tmp_path: Path, odd: Any) -> None:
    taken = take(tmp_path, Server([status("1"), odd, status("2")]))

    (gap,) = taken.gaps
    assert (gap["why"], gap["kind"], gap["stream"]) == ("unreadable", "item", "statuses")
    assert gap["raw"].startswith("<urn:uuid:")
    assert {"1", "2"} <= set(taken.items)
    assert taken.ledger["verdict"] == "whole with named gaps"


@pytest.mark.parametrize("version", ["x", None, 7, [], {"media_attachments": ["x"]}])
def test_an_odd_version_is_a_named_gap_and_ends_no_run(tmp_path: Path, version: Any) -> None:
    good = {"content": "först", "created_at": "2026-05-02T08:00:00Z"}
    post = status("1", edited_at="2026-05-03T08:00:00Z")

    taken = take(tmp_path, Server([post], histories={"1": [good, version]}))

    assert [(gap["what"], gap["why"]) for gap in taken.gaps] == [("1/2", "unreadable")]
    assert taken.items["1/1"]["text"] == "först"


@pytest.mark.parametrize("context", [[], {"descendants": None}, {}, "x"])
def test_an_odd_thread_is_not_whole(tmp_path: Path, context: Any) -> None:
    taken = take(tmp_path, Server([status("1", replies_count=1)], contexts={"1": json.dumps(context).encode()}))

    assert taken.verdict("replies") == "not whole"


def test_a_file_that_is_named_without_an_address_is_not_offered(tmp_path: Path) -> None:
    post = status("1", media_attachments=[{"id": "9", "url": None, "remote_url": "https://annan.example/a.jpg"}])

    taken = take(tmp_path, Server([post]))

    assert [(gap["what"], gap["why"], gap["kind"]) for gap in taken.gaps] == [("9", "not-offered", "media")]
    assert taken.ledger["verdict"] == "whole with named gaps"


def test_a_file_of_an_earlier_version_that_has_no_address_is_not_offered(tmp_path: Path) -> None:
    versions = [{"content": "först", "media_attachments": [{"id": "9", "url": None}, {}]}, {"content": "sedan"}]
    post = status("1", edited_at="2026-05-03T08:00:00.000Z")

    taken = take(tmp_path, Server([post], histories={"1": versions}))

    assert {(gap["what"], gap["parent"]) for gap in taken.gaps} == {("9", "1/1"), ("nameless 2", "1/1")}
    assert taken.ledger["verdict"] == "whole with named gaps"


def test_an_edited_post_keeps_both_texts(tmp_path: Path) -> None:
    versions = [
        {"content": text, "created_at": f"2026-05-0{day}T08:00:00Z"} for day, text in ((2, "först"), (3, "sedan"))
    ]
    post = status("1", content="sedan", edited_at="2026-05-03T08:00:00.000Z")

    taken = take(tmp_path, Server([post], histories={"1": versions}))

    assert [taken.items[id]["text"] for id in ("1", "1/1", "1/2")] == ["sedan", "först", "sedan"]
    assert taken.items["1/1"]["kind"] == "version"
    assert taken.ledger["verdict"] == "whole"


def test_an_edited_post_with_one_version_only_says_so(tmp_path: Path) -> None:
    post = status("1", edited_at="2026-05-03T08:00:00Z")

    taken = take(tmp_path, Server([post], histories={"1": [{"content": "sedan"}]}))

    assert [(gap["what"], gap["why"]) for gap in taken.gaps] == [("1/1", "not-offered")]


def test_a_post_that_is_deleted_between_list_and_detail_is_named(tmp_path: Path) -> None:
    taken = take(tmp_path, Server([status("1", replies_count=2, edited_at="2026-05-03T08:00:00Z"), status("2")]))

    assert {(gap["what"], gap["why"], gap["stream"]) for gap in taken.gaps} == {
        ("1", "gone", "replies"),
        ("1", "gone", "history"),
    }
    assert {"1", "2"} <= set(taken.items)
    assert taken.ledger["verdict"] == "whole with named gaps"


def test_a_direct_message_is_kept_and_not_counted_and_a_private_post_is_both(tmp_path: Path) -> None:
    posts = [
        status("1"),
        status("2", visibility="private"),
        status("3", visibility="direct"),
        status("4", visibility="unlisted"),
    ]

    taken = take(tmp_path, Server(posts))

    assert {id: taken.items[id]["visibility"] for id in "1234"} == {
        "1": "public",
        "2": "private",
        "3": "direct",
        "4": "unlisted",
    }
    assert taken.ledger["streams"][-1] | {"stream": "statuses"} in taken.ledger["streams"]
    assert next(row for row in taken.ledger["streams"] if row["stream"] == "statuses")["captured"] == 3
    assert taken.ledger["verdict"] == "whole"


def test_a_boost_is_one_item_with_the_others_words(tmp_path: Path) -> None:
    other = status(
        "77",
        content="grannens",
        account={"acct": "granne"},
        replies_count=5,
        edited_at="2026-05-03T08:00:00Z",
        media_attachments=[{"id": "9", "url": f"{HOME}/a.jpg", "description": "bild"}],
    )

    taken = take(tmp_path, Server([status("1", reblog=other, replies_count=5, content="")]))

    item = taken.items["1"]
    assert (item["kind"], item["boost_of"], item["text"], item["author"]) == ("boost", "77", "grannens", "granne")
    assert item["media"][0]["alt"] == "bild"
    assert item["media"][0]["sha256"]
    assert "77" not in taken.items
    assert taken.ledger["verdict"] == "whole"


def test_a_pinned_post_is_one_item_and_in_both_lists(tmp_path: Path) -> None:
    taken = take(tmp_path, Server([status("1"), status("2")], pinned=[status("2", pinned=True)]))

    assert taken.items["2"]["stream"] == "statuses"
    assert [row["captured"] for row in taken.ledger["streams"] if row["stream"] == "pinned"] == [1]


def test_a_thread_is_read_to_its_leaves_even_where_the_server_cuts_it(tmp_path: Path) -> None:
    first = [answer_to("2", "1", replies_count=1), answer_to("3", "2", replies_count=1)]
    contexts = {"1": first, "3": [answer_to("4", "3")]}

    taken = take(tmp_path, Server([status("1", replies_count=1)], contexts=contexts))

    assert {"1", "2", "3", "4"} <= set(taken.items)
    assert [taken.items[id]["parent"] for id in "234"] == ["1", "2", "3"]
    assert taken.ledger["verdict"] == "whole"


def test_no_figure_of_posts_cannot_be_proven(tmp_path: Path) -> None:
    server = Server([status("1")])

    def silent(request: requests.PreparedRequest) -> Reply:
        return reply(body=WHO) if "lookup" in (request.url or "") else server(request)

    taken = take(tmp_path, silent)  # type: ignore[arg-type]

    assert taken.verdict("statuses") == "cannot be proven"


def test_posts_that_only_a_key_shows_leave_the_account_not_whole_without_one(tmp_path: Path) -> None:
    taken = take(tmp_path, Server([status("1"), status("2")], count=3))

    assert taken.verdict("statuses") == "not whole"
    assert taken.error


def test_two_files_under_one_id_are_two_files(tmp_path: Path) -> None:
    files = [{"id": "9", "url": f"{HOME}/a.jpg"}, {"id": "9", "url": f"{HOME}/b.jpg"}]

    taken = take(tmp_path, Server([status("1", media_attachments=files)]))

    assert [(file["id"], file["url"]) for file in taken.items["1"]["media"]] == [
        ("9", f"{HOME}/a.jpg"),
        ("9 (2)", f"{HOME}/b.jpg"),
    ]


def test_a_post_cannot_take_the_place_of_the_profile_or_of_a_version(tmp_path: Path) -> None:
    versions = [{"content": "först"}, {"content": "sedan"}]
    posts = [
        status("1", edited_at="2026-05-03T08:00:00Z"),
        status("profile/1", content="x"),
        status("1/1", content="x"),
    ]

    taken = take(tmp_path, Server(posts, histories={"1": versions}))

    assert (taken.items["profile/1"]["text"], taken.items["1/1"]["text"]) == (WHO["note"], "först")
    assert {gap["what"] for gap in taken.gaps} == {"profile/1", "1/1"}


@pytest.mark.parametrize("figure", [-1, True, 10**30, 2**63, "1", 1.5, [], {}], ids=str)
def test_a_figure_that_is_none_proves_nothing(tmp_path: Path, figure: Any) -> None:
    posts = take(tmp_path / "posts", Server([status("1")], count=figure))
    replies = take(tmp_path / "replies", Server([status("1", replies_count=figure)], contexts={"1": []}))

    assert posts.verdict("statuses") == "cannot be proven"
    assert replies.ledger["verdict"] == "cannot be proven"


def test_a_file_that_is_missing_from_a_direct_message_is_named_in_the_verdict(tmp_path: Path) -> None:
    post = status("2", visibility="direct", media_attachments=[{"id": "9", "url": "https://10.0.0.1/a.jpg"}])

    taken = take(tmp_path, Server([status("1"), post]))

    assert {(gap["what"], gap["why"]) for gap in taken.gaps} == {("9", "forbidden")}
    assert taken.ledger["verdict"] == "whole with named gaps"


# -- one thing left out at a time --------------------------------------------------------------------------------------


def _thread() -> Server:
    """Two posts; one with two replies, one of which has two of its own, one of which is edited."""
    below = [
        answer_to("11", "1", replies_count=2),
        answer_to("12", "1"),
        answer_to("111", "11"),
        answer_to("112", "11"),
    ]
    return Server([status("1", replies_count=2), status("2")], contexts={"1": below})


def test_the_thread_is_whole_when_nothing_is_left_out(tmp_path: Path) -> None:
    taken = take(tmp_path, _thread())

    assert taken.ledger["verdict"] == "whole"
    assert {"1", "2", "11", "12", "111", "112"} <= set(taken.items)


@pytest.mark.parametrize(
    ("left_out", "stream"), [("2", "statuses"), ("12", "replies"), ("111", "replies"), ("112", "replies")]
)
def test_one_item_less_in_the_servers_answers_is_not_whole(tmp_path: Path, left_out: str, stream: str) -> None:
    server = _thread()
    server.count = 2
    server.statuses = [one for one in server.statuses if one["id"] != left_out]
    below = [one for one in server.contexts["1"] if one["id"] != left_out]
    server.contexts = {id: copy.deepcopy(below) for id in ("1", "11")}

    taken = take(tmp_path, server)

    assert taken.verdict(stream) == "not whole"
    assert taken.ledger["verdict"] == "not whole"
    assert taken.error
    assert "missing" in str(taken.error)


@pytest.mark.parametrize("which", ["post", "reply", "nested reply"])
def test_one_item_less_on_a_large_account_is_not_whole(tmp_path: Path, which: str) -> None:
    world = small_world()
    posts, comments = set(world.post_ids()), list(world.comment_ids())
    nested = next(id for id in comments if world.note(id).parent not in posts)
    id = {"post": list(world.post_ids())[-7], "reply": comments[0], "nested reply": nested}[which]

    run = Run(tmp_path, fake_of(world, [Fault(without(id), kind("page", "replies"), early=True)])).go()

    assert run.outcome == "not whole"
    assert not run.package.exists()
