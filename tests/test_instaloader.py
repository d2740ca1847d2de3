"""The second door to Instagram: instaloader sends by our way out, and no list ends without a word."""

from __future__ import annotations

import base64
import json
import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import instaloader
import pytest
import requests

from connectors import _instaloader, instagram
from model.errors import NotAllowed, NotUnderstood, TryLater
from model.nouns import Account, Branch, Item, Stream
from pipeline import line
from tests.captures import BAG
from tests.fakes.faults import PLANTED, Ask, Change, Fault, Reply, kind, status
from tests.fakes.graph import GraphFake
from tests.fakes.graph_world import GraphWorld
from tests.fakes.instagram_web import APP, USER, WWW, Comment, InstagramWeb, Story, Wire, thread
from tests.fakes.wires import InProcess
from tests.runs import Run as AnyRun
from tests.says import Bench
from tests.servers.policy import shared

Json = dict[str, Any]
POST = "17900000000000001"
ACCOUNT = Account(id="exempelvik-instagram", platform="instagram", address=f"https://{WWW}/exempelvik/",
                  key="exempelvik", instaloader="EX 7/26")  # fmt: skip


class FirstDoor:
    """Stands where connectors/instagram.py does: one post, whose comments it cannot show."""

    ERRORS: Json = {}

    def streams(self, account: Account) -> tuple[Stream, ...]:
        own = (Stream(name="posts", proof="claims"), Stream(name="comments", proof="claims", branch=True))
        return (*own, *_instaloader.STREAMS)

    def pull(self, web: Any, account: Account, stream: str, parent: str) -> Iterator[Any]:
        match stream:
            case "posts":
                yield Item(id=POST, stream="posts", kind="post")
                yield Branch(stream="comments", parent=POST)
            case "comments":
                yield Branch(stream="more-comments", parent=f"{POST} BExempelvik")
            case _:
                yield from _instaloader.pull(web, account, stream, parent)


@dataclass
class Run(AnyRun):
    others: InProcess | None = None  # for hosts that are not of Instagram's web

    @property
    def place(self) -> line.Place:
        web = {"adapter": Wire(self.fake, self.others), "clock": self.fake.clock, "sleep": self._sleep}
        return line.Place(work=self.folder / "work", archive=self.folder / "archive", settings=BAG, web=web)

    @property
    def left(self) -> list[Json]:
        """The lists of the ledger that are not simply whole."""
        ledger = line.ledger_of(self.order.id, self.place)
        return list(ledger["lists"]) if ledger else []

    def verdicts(self) -> dict[str, str]:
        return {row["stream"]: row["verdict"] for row in self.left}


@pytest.fixture(autouse=True)
def _first_door(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "connector_for", lambda platform: FirstDoor())
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def run(folder: Path, fake: InstagramWeb, key: Json | None = None, **row: str) -> Run:
    row = {"instaloader": "EX 7/26"} | row
    held = fake.key | {"token": "T0kenForTheOfficialDoor"} if key is None else key
    return Run(folder, fake, key=json.dumps(held), platform="instagram", account=row)


def asked(fake: InstagramWeb, host: str = "") -> list[str]:
    return [url for _, url in fake.asked if host in url.split("/")[2]]


# -- what it takes --------------------------------------------------------------------------------------------------


def test_highlights_archived_stories_and_comments_come_whole(tmp_path: Path) -> None:
    fake = InstagramWeb()

    done = run(tmp_path, fake).go()

    items = {item["id"]: item for item in done.rows("items")}
    assert done.outcome == "whole", done.error
    assert {item["title"] for item in items.values() if item["kind"] == "highlight"} == {
        "Öppet hus", "Förskolan", "Biblioteket",
    }  # fmt: skip
    assert {f"story/{story.pk}" for _, held in fake.highlights.values() for story in held} <= set(items)
    assert {f"story/{story.pk}" for held in fake.days.values() for story in held} <= set(items)
    comments = [reply for comment in fake.comments["BExempelvik"] for reply in [comment, *comment.replies]]
    assert {comment.pk: comment.text for comment in comments} == {
        item["id"]: item["text"] for item in items.values() if item["kind"] in ("comment", "reply")
    }
    assert all(item["parent"] == POST for item in items.values() if item["kind"] in ("comment", "reply"))
    assert not fake.strays


def test_a_film_that_two_highlights_share_is_taken_once_and_counts_in_both(tmp_path: Path) -> None:
    fake = InstagramWeb()

    done = run(tmp_path, fake).go()

    film = next(item for item in done.rows("items") if item["id"] == "story/3003")
    assert [(file["id"], file["role"], file["type"]) for file in film["media"]] == [
        ("3003", "original", "video/mp4"), ("3003/thumbnail", "thumbnail", "image/jpeg"),
    ]  # fmt: skip
    assert film["media"][0]["url"].split("?")[0].endswith("3003-1080.mp4")
    assert Counter(asked(fake, "scontent"))[film["media"][0]["url"]] == 1
    claims = [(row["parent"], row["value"]) for row in done.rows("claims") if row["stream"] == "highlight"]
    assert sorted(claims) == [("18000000000000001", 3), ("18000000000000002", 2), ("18000000000000003", 1)]


def test_a_text_stays_as_it_came(tmp_path: Path) -> None:
    fake, decomposed = InstagramWeb(), "A\u030angbåt på O\u0308n"
    fake.highlights["18000000000000003"] = ("Ån", [Story("3005", text=decomposed)])
    fake.comments["BExempelvik"][0].text = decomposed

    done = run(tmp_path, fake).go()

    texts = {item["id"]: item["text"] for item in done.rows("items") if item.get("text")}
    assert texts["story/3005"] == texts[fake.comments["BExempelvik"][0].pk] == decomposed


def test_a_smaller_file_than_the_original_is_a_named_gap(tmp_path: Path) -> None:
    def without_the_app(ask: Ask, reply: Reply) -> None:
        reply.doc["reels"] = {own: told | {"items": []} for own, told in reply.doc["reels"].items() if "Day" in own}

    done = run(tmp_path, InstagramWeb([Fault(without_the_app, kind("reel"), early=True)])).go()

    assert done.outcome == "not whole"  # the days are the app's alone
    gaps = [json.loads(row) for row in (done.place.work / done.order.id / "gaps.jsonl").read_text().splitlines()]
    assert {(gap["what"], gap["why"], gap["how"]) for gap in gaps} >= {
        (
            "3001/original",
            "not-offered",
            "the original has 2073600 pixels, and the largest file that is offered 999750",
        ),
        (
            "3003/original",
            "not-offered",
            "the original has 2073600 pixels, and the largest file that is offered 409440",
        ),
    }


def test_the_count_of_the_profile_is_a_second_witness(tmp_path: Path) -> None:
    fake = InstagramWeb()
    fake.posts = 1234

    done = run(tmp_path, fake).go()

    assert done.outcome == "not whole"
    assert "1233 of 1234 are missing" in next(row["why"] for row in done.left if row["stream"] == "posts")


# -- what recorded answers look like --------------------------------------------------------------------------------


def test_no_highlight_and_no_story_of_the_recorded_answers_is_lost(tmp_path: Path) -> None:
    recorded = shared("realdata/instagram/instagram-user-feed")
    fake = InstagramWeb()
    user = json.loads((recorded / "highlights-folders.json").read_bytes())["data"]["user"]
    fake.folders = user["edge_highlight_reels"]["edges"]
    reel = json.loads((recorded / "stories.json").read_bytes())["data"]["reels_media"][0]
    fake.nodes = reel["items"]
    fake.highlights = {edge["node"]["id"]: (edge["node"]["title"], []) for edge in fake.folders}

    taken = pulled(tmp_path, fake, "highlights")
    stories = pulled(tmp_path, fake, "highlight", fake.folders[0]["node"]["id"])

    assert {event.id: event.title for event in taken if isinstance(event, Item)} == {
        f"highlight/{edge['node']['id']}": edge["node"]["title"] for edge in fake.folders
    }
    film = next(event for event in stories if isinstance(event, Item))
    assert film.id == f"story/{reel['items'][0]['id']}"
    assert film.media[0].url == max(reel["items"][0]["video_resources"], key=lambda one: one["config_width"])["src"]
    assert film.media[0].expires_at


def pulled(folder: Path, fake: InstagramWeb, stream: str, parent: str = "", **row: str) -> list[Any]:
    with bench_of(folder, fake) as bench:
        return list(_instaloader.pull(bench.web, replace(ACCOUNT, **row), stream, parent))


@contextmanager
def bench_of(folder: Path, fake: InstagramWeb) -> Iterator[Bench]:
    key = json.dumps(fake.key)
    bench = Bench(folder, lambda request: Reply(), home=ACCOUNT.address, adapter=Wire(fake), key=key)
    try:
        yield bench
    finally:
        bench.record.close()


# -- one thing left out at a time -----------------------------------------------------------------------------------


def without_story(pk: str) -> Change:
    def change(ask: Ask, reply: Reply) -> None:
        for told in reply.doc.get("reels", {}).values():
            told["items"] = [story for story in told["items"] if story["pk"] != pk]
        for reel in reply.doc.get("data", {}).get("reels_media", []):
            reel["items"] = [story for story in reel["items"] if story["id"] != pk]

    return change


def without_highlight(own: str) -> Change:
    def change(ask: Ask, reply: Reply) -> None:
        if "tray" in reply.doc:
            reply.doc["tray"] = [one for one in reply.doc["tray"] if not one["id"].endswith(own)]
        else:
            folders = reply.doc["data"]["user"]["edge_highlight_reels"]
            folders["edges"] = [edge for edge in folders["edges"] if edge["node"]["id"] != own]

    return change


def cut(*ends: str) -> Change:
    """A list that ends after this page without a word."""

    def change(ask: Ask, reply: Reply) -> None:
        reply.doc |= {name: None if name.startswith("next") else False for name in ends}

    return change


def drop_last(ask: Ask, reply: Reply) -> None:
    reply.items.pop()


LEFT_OUT = {
    "a story of a highlight": (without_story("3002"), kind("reel", "highlight"), "highlight"),
    "a story of a day": (without_story("4001"), kind("reel"), "archived-day"),
    "a highlight in both lists": (
        without_highlight("18000000000000003"), kind("tray", "highlights"), "highlights",
    ),
    "a comment": (drop_last, kind("comments"), "comments"),
    "a reply": (drop_last, kind("replies"), "more-replies"),
    "the comments behind the first page": (
        cut("next_max_id", "has_more_comments"), kind("comments"), "comments",
    ),
    "the replies behind the first page": (
        cut("next_max_child_cursor", "has_more_tail_child_comments"), kind("replies"), "more-replies",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", LEFT_OUT)
def test_one_thing_left_out_is_seen(what: str, tmp_path: Path) -> None:
    change, when, stream = LEFT_OUT[what]

    done = run(tmp_path, InstagramWeb([Fault(change, when, early=True)])).go()

    assert done.outcome == "not whole"
    assert done.verdicts()[stream] == "not whole", done.left


def test_an_empty_page_in_the_middle_is_no_end(tmp_path: Path) -> None:
    def empty(ask: Ask, reply: Reply) -> None:
        reply.doc |= {"comments": [], "next_max_id": "30+", "has_more_comments": True}

    fake = InstagramWeb(
        [Fault(empty, lambda ask: ask.kind == "comments" and ask.url.endswith("max_id=30"), early=True)]
    )

    done = run(tmp_path, fake).go()

    assert sum(url.endswith("max_id=30%2B") for url in asked(fake, APP)) == 1
    assert done.outcome == "whole", done.error


@pytest.mark.parametrize("cursor", ["30", "30+"], ids=["by the same cursor", "by ever new ones"])
def test_a_page_that_leads_back_to_itself_is_seen(cursor: str, tmp_path: Path) -> None:
    def back(ask: Ask, reply: Reply) -> None:
        plus = ask.query["max_id"] if cursor.endswith("+") else ""
        reply.doc |= {"next_max_id": f"{plus}+" if plus else cursor, "has_more_comments": True}

    fake = InstagramWeb([Fault(back, lambda ask: "max_id=30" in ask.url, early=True)])
    fake.comments = {"BExempelvik": thread(90)}

    done = run(tmp_path, fake).go()

    assert done.outcome == "not whole"
    assert done.verdicts()["comments"] == "not whole"
    assert len(asked(fake, APP)) < 80


def test_instaloader_by_itself_would_end_there_without_a_word(tmp_path: Path) -> None:
    fake = InstagramWeb()

    with bench_of(tmp_path, fake) as bench:
        post = instaloader.Post.from_shortcode(_instaloader._Door(bench.web, ACCOUNT).context, "BExempelvik")
        comments = list(post.get_comments())
        answers = [answer for comment in comments for answer in comment.answers]

    assert (len(comments), len(fake.comments["BExempelvik"])) == (30, 45)
    assert (len(answers), 25 + 1) == (11, 26)


def test_a_highlight_that_is_gone_when_it_is_read_is_a_named_gap(tmp_path: Path) -> None:
    fake, own = InstagramWeb(), "18000000000000003"

    def delete(ask: Ask, reply: Reply) -> None:
        reply.doc |= {"reels": {}} if "reels" in reply.doc else {"data": {"reels_media": []}}

    fake.faults = [Fault(delete, lambda ask: ask.kind in ("reel", "highlight") and own in ask.url, early=True)]

    done = run(tmp_path, fake).go()

    assert done.outcome == "whole with named gaps", done.error
    assert [(gap["what"], gap["why"], gap["stream"]) for gap in done.rows("gaps") if gap["kind"] == "list"] == [
        (own, "gone", "highlight")
    ]


def test_a_thread_that_is_gone_is_a_named_gap(tmp_path: Path) -> None:
    events = pulled(tmp_path, InstagramWeb(), "more-comments", f"{POST} Bborta")

    assert [(gap.what, gap.why, gap.kind) for gap in events] == [(f"{POST} Bborta", "gone", "list")]


# -- waiting, refusals -----------------------------------------------------------------------------------------------


def fails(code: int, message: str, **more: Any) -> Change:
    return status(code, json.dumps({"message": message, "status": "fail"} | more).encode(), "application/json")


WAITS = {
    "429": (fails(429, ""), 3600),
    "429 with Retry-After": (
        lambda ask, reply: (fails(429, "")(ask, reply), reply.headers.update({"Retry-After": "1500"})), 1500,
    ),
    "401, please wait": (fails(401, "Please wait a few minutes before you try again.", require_login=True), 3600),
    "feedback_required": (fails(400, "feedback_required", spam=True), 86_400),
}  # fmt: skip


@pytest.mark.parametrize("what", WAITS)
def test_a_limit_is_left_to_the_scheduler_and_not_tried_three_times(what: str, tmp_path: Path) -> None:
    change, seconds = WAITS[what]
    fake = InstagramWeb([Fault(change, kind("days"))])

    done = run(tmp_path, fake).go()

    assert done.outcome == "TryLater"
    assert isinstance(done.error, TryLater)
    assert done.error.after == pytest.approx(seconds, abs=60)
    assert sum("day_shells" in url for url in asked(fake)) == 1


REFUSALS = {
    "checkpoint": (fails(400, "checkpoint_required"), "do what it asks"),
    "challenge": (fails(400, "challenge_required", challenge={"url": "https://x.example"}), "do what it asks"),
    "logged out": (fails(403, "login_required"), "session of instaloader is over"),
    "forbidden": (status(403, b"", "text/html"), "do what it asks"),
    "led to a challenge": (
        lambda ask, reply: (
            status(302, b"")(ask, reply), reply.headers.update({"Location": f"https://{WWW}/challenge/?next=/"}),
        ), "do what it asks",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSALS)
def test_a_refusal_says_what_a_person_has_to_do(what: str, tmp_path: Path) -> None:
    change, sentence = REFUSALS[what]

    done = run(tmp_path, InstagramWeb([Fault(change, kind("highlights", "days"))])).go()

    assert done.outcome == "NotAllowed"
    assert sentence in str(done.error)
    assert "docs/runbook.md" in str(done.error)


def test_a_session_that_is_over_says_so(tmp_path: Path) -> None:
    fake = InstagramWeb()
    done = run(tmp_path, fake, fake.key)
    fake.session = "another"

    done.go()

    assert done.outcome == "NotAllowed"
    assert "The session of instaloader is over. Make a new one" in str(done.error)
    assert len(fake.asked) == 1


def test_a_failure_that_passes_is_tried_again_and_one_that_stays_is_a_wait(tmp_path: Path) -> None:
    passes = [Fault(status(502, b"<html>"), kind("tray", "replies"), times=2, each=True)]

    assert run(tmp_path / "one", InstagramWeb(passes)).go().outcome == "whole"
    assert run(tmp_path / "two", InstagramWeb([Fault(status(502, b"<html>"), kind("tray"))])).go().outcome == "TryLater"


def test_an_answer_that_instaloader_does_not_understand_makes_the_list_not_whole(tmp_path: Path) -> None:
    def no_profile(ask: Ask, reply: Reply) -> None:
        reply.doc["status"] = "odd"

    done = run(tmp_path, InstagramWeb([Fault(no_profile, kind("tray"), early=True)])).go()

    assert done.outcome == "not whole"
    assert done.verdicts()["highlights"] == "not whole"


# -- sessions --------------------------------------------------------------------------------------------------------

KEYS: dict[str, tuple[Json, str]] = {
    "none": ({}, "sessionid, csrftoken, ds_user_id"),
    "without a cookie": ({"session": {"cookies": {"sessionid": "s", "ds_user_id": "1"}}}, "csrftoken"),
    "no object": ({"session": "hemlig"}, "sessionid"),
}


@pytest.mark.parametrize("what", KEYS)
def test_a_session_that_is_not_whole_is_refused_before_anything_is_asked(what: str, tmp_path: Path) -> None:
    key, lacks = KEYS[what]
    fake = InstagramWeb()

    done = run(tmp_path, fake, key | {"token": "T0kenForTheOfficialDoor"}).go()

    assert done.outcome == "NotAllowed"
    assert lacks in str(done.error)
    assert fake.asked == []


def test_another_accounts_session_is_refused(tmp_path: Path) -> None:
    fake = InstagramWeb()
    fake.name = "grannvik"

    done = run(tmp_path, fake).go()

    assert done.outcome == "NotAllowed"
    assert "belongs to grannvik, not to exempelvik" in str(done.error)
    assert len(fake.asked) == 1


def test_without_a_decision_nothing_is_asked(tmp_path: Path) -> None:
    fake = InstagramWeb()

    with pytest.raises(NotAllowed, match="no decision"):
        pulled(tmp_path, fake, "highlights", instaloader="")

    assert fake.asked == fake.strays == []


# -- our way out -----------------------------------------------------------------------------------------------------

WAYS: dict[str, Callable[[Any], Any]] = {
    "graphql": lambda context: context.graphql_query("7c16654f22c819fb63d1183034a5162f", {}),
    "doc_id": lambda context: context.doc_id_graphql_query("27937681195819736", {}),
    "doc_id of the web": lambda context: context.doc_id_graphql_query("27937681195819736", {}, web_api=True),
    "the app": lambda context: context.get_iphone_json("api/v1/feed/reels_media/", {"reel_ids": "highlight:1"}),
    "JSON": lambda context: context.get_json("api/v1/users/web_profile_info/", {"username": "exempelvik"}),
    "a page": lambda context: context.get_page_data("exempelvik/"),
    "a file": lambda context: context.get_raw(f"https://{WWW}/file"),
    "a head": lambda context: context.head(f"https://{WWW}/file"),
    "a cross-site token": lambda context: (context.update_cookies({"csrftoken": ""}), context._csrf_token()),
    "a test of the login": lambda context: context.test_login(),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_request_leaves_by_another_way(way: str, tmp_path: Path) -> None:
    fake = InstagramWeb()

    with bench_of(tmp_path, fake) as bench:
        context = _instaloader._Door(bench.web, ACCOUNT).context
        for session in (nullcontext(), context.anonymous_copy()):
            with session, suppress(NotAllowed, NotUnderstood, KeyError, instaloader.InstaloaderException):
                WAYS[way](context)  # it matters where it went, and not what came

        assert fake.asked
        assert bench.record.kept == len(fake.asked)


def test_it_is_held_to_its_hosts_and_never_given_a_password(tmp_path: Path) -> None:
    fake = InstagramWeb()

    with bench_of(tmp_path, fake) as bench:
        context = _instaloader._Door(bench.web, ACCOUNT).context
        for host in ("stranger.example", "127.0.0.1", "graph.instagram.com", f"{WWW}.stranger.example", f"x@{WWW}"):
            with pytest.raises(NotUnderstood, match="leads away"):
                context.get_json("api/v1/x", {}, host=host)
        with pytest.raises(NotUnderstood, match="leads away"):
            context._session.get(f"http://{WWW}/")
        with pytest.raises(NotUnderstood, match="password"):
            context.login("exempelvik", "hemligt")

    assert fake.asked == fake.strays == []


def test_its_pace_keeps_every_limit_that_instaloader_knows() -> None:
    for query in ("iphone", "other", "45246d3fe16ccc6577e0bd297a5db1ab"):
        limits = instaloader.RateController(instaloader.InstaloaderContext())
        for number in range(500):
            now = 100_000 + number * _instaloader.PAUSE

            assert limits.query_waittime(query, now) == 0

            limits._query_timestamps[query].append(now)


def test_requests_are_sent_one_at_a_time_with_a_pause_between(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: pytest.fail("it slept by itself"))

    done = run(tmp_path, InstagramWeb()).go()

    live = len([url for url in asked(done.fake) if "scontent" not in url])
    assert done.waited.count(_instaloader.PAUSE) == live - 1


def test_nothing_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(tmp_path / "one", InstagramWeb()).go()
    for number, (change, _) in enumerate([*WAITS.values(), *REFUSALS.values()]):
        run(tmp_path / str(number), InstagramWeb([Fault(change, kind("days"))])).go()

    assert capsys.readouterr() == ("", "")


def test_no_cookie_and_no_token_is_written_down(tmp_path: Path) -> None:
    fake = InstagramWeb()
    tokens = [
        base64.b64encode(json.dumps(cookies, separators=(",", ":")).encode()).decode()
        for cookies in ({"ds_user_id": USER, "sessionid": fake.session}, {"sessionid": fake.session})
    ]

    def echo(ask: Ask, reply: Reply) -> None:
        reply.doc["echo"] = [fake.session, unquote(fake.session), quote(fake.session), ask.headers.get("authorization"),
                             *fake.cookies.values()]  # fmt: skip
        reply.headers["X-Echo"] = unquote(fake.session)

    fake.faults = [Fault(echo, lambda ask: ask.kind != "media", early=True)]

    done = run(tmp_path, fake).go()

    left = done.every_byte()
    planted = [fake.session, unquote(fake.session), fake.cookies["csrftoken"], fake.cookies["mid"], *tokens]
    assert done.outcome == "whole", done.error
    assert [secret for secret in planted if secret.encode() in left] == []
    assert b"exempelvik" in left, "a name is no secret"


# -- killed and run again --------------------------------------------------------------------------------------------


class Told(InstagramWeb):
    """Notes each request in a file before it answers, and takes the process with it at one of them."""

    def answer(self, method: str, url: str, headers: dict[str, str], body: str = "") -> Reply:
        with self.notes.open("a") as out:
            out.write(f"{method} {url} {body}\n")
        self.left -= 1
        if not self.left:
            os._exit(9)
        return super().answer(method, url, headers, body)

    def over(self, notes: Path, left: int = 0) -> Told:
        self.notes, self.left = notes, left
        return self


@pytest.mark.parametrize("moment", [2, 5, 17, 30])
def test_a_killed_run_asks_for_nothing_twice(moment: int, tmp_path: Path) -> None:
    undisturbed = run(tmp_path / "undisturbed", InstagramWeb()).go()
    notes = tmp_path / "asked"
    child = multiprocessing.get_context("fork").Process(target=lambda: run(tmp_path, Told().over(notes, moment)).go())
    child.start()
    child.join()

    done = run(tmp_path, Told().over(notes)).go()

    assert child.exitcode == 9
    assert done.outcome == "whole", done.error
    told = sum("scontent" not in row for row in notes.read_text().splitlines())
    assert told - len([url for url in asked(undisturbed.fake) if "scontent" not in url]) in (0, 1), "the unanswered one"


def test_a_form_is_found_again_by_what_was_sent(tmp_path: Path) -> None:
    fake = InstagramWeb()

    with bench_of(tmp_path, fake) as bench:
        for _ in range(2):
            for own in ("1", "2"):
                session = requests.Session()
                session.mount("https://", bench.web.through(_instaloader.HOSTS, {}, {}, 0))
                session.headers["Cookie"] = f"sessionid={fake.session}"
                form = {"doc_id": "27937681195819736", "n": own, "variables": "{}"}
                answer = session.post(f"https://{WWW}/graphql/query", data=form)
                assert answer.json()["data"]["user"]["username"] == "exempelvik"
            bench.again()

    assert len(fake.asked) == 2


# -- behind the first door -------------------------------------------------------------------------------------------


def test_what_the_first_door_cannot_show_of_a_thread_comes_through_the_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cursorless(ask: Ask, reply: Reply) -> None:
        reply.next = None

    monkeypatch.setattr(line, "connector_for", lambda platform: instagram)
    world = GraphWorld(side="instagram", media=5, media_threads=1, media_comments=120)
    graph = GraphFake(world, [Fault(cursorless, kind("replies"), early=True)])
    post = next(id for id in world.ids("media") if world.talk.get(id))
    fake = InstagramWeb()
    fake.posts = 5
    fake.comments = {f"C{post[-10:]}": [told(world, id) for id in world.talk[post] if not world.above[id]]}
    key = fake.key | {"token": PLANTED}

    for decision, outcome in (("", "not whole"), ("EX 7/26", "whole")):
        folder = tmp_path / (decision or "none").replace("/", "-")
        done = Run(folder, fake, json.dumps(key), "instagram", {"instaloader": decision}, others=InProcess(graph)).go()

        assert done.outcome == outcome, done.error
        assert bool(fake.asked) == bool(decision)
    assert {item["id"] for item in done.rows("items")} >= set(world.talk[post])


def told(world: GraphWorld, id: str) -> Comment:
    values = world.nodes[id].values
    return Comment(id, values["text"], values["username"], [told(world, reply) for reply in world.below[id]])
