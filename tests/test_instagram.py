"""The Instagram connector against the stateful Graph: what comes, what it costs, whose key it is, what is left out."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pipeline import line
from tests.fakes.faults import PLANTED, Ask, Fault, Reply, about, kind, status
from tests.fakes.graph import APP, SECRET, GraphFake, Token
from tests.fakes.graph_world import PAGE, GraphWorld
from tests.runs import Run
from tests.test_facebook import each, vanish
from tests.test_meta_faults import missing

JSON_KEY = json.dumps({"token": PLANTED, "app_id": APP, "app_secret": SECRET})


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def small(**more: Any) -> GraphWorld:
    return GraphWorld(**{"side": "instagram", "media": 30, "media_threads": 6, "media_comments": 40} | more)


def run(folder: Path, fake: GraphFake, **more: Any) -> Run:
    return Run(folder, fake, platform="instagram", **more).go()


def why(of: Run) -> str:
    ledger = line.ledger_of(of.order.id, of.place)
    assert ledger is not None
    return "; ".join(row.get("why", "") for row in ledger["lists"])


def test_an_account_comes_whole_with_threads_of_more_than_one_page(tmp_path: Path) -> None:
    world = small(media_comments=300, media_longest=130)

    done = run(tmp_path, GraphFake(world))

    assert done.outcome == "whole", done.error
    assert missing(done) == set()
    assert done.fake.strays == []


def test_each_thing_is_told_in_our_words(tmp_path: Path) -> None:
    done = run(tmp_path, GraphFake(GraphWorld(side="instagram", media_comments=100)))
    items = {item["id"]: item for item in done.rows("items")}
    kinds = Counter(item["kind"] for item in items.values())

    assert {"profile", "post", "reel", "story", "comment", "reply"} <= set(kinds)
    assert any(len(item.get("media", ())) > 2 for item in items.values() if item["kind"] == "post"), "a carousel"
    assert any(item.get("visibility") == "hidden" for item in items.values() if item["kind"] in ("comment", "reply"))
    assert any(media.get("alt") for item in items.values() for media in item.get("media", []))
    assert any(media.get("role") == "thumbnail" for item in items.values() for media in item.get("media", []))
    replies = [item for item in items.values() if item["kind"] == "reply"]
    assert all(items[reply["reply_to"]]["parent"] == reply["parent"] for reply in replies)


@pytest.mark.parametrize("what", ["post", "comment", "reply"])
def test_one_thing_left_out_of_every_answer_is_not_whole(what: str, tmp_path: Path) -> None:
    world = small()
    comments = list(world.comment_ids())
    reply = next(id for id in comments if world.above[id])
    lost = {"post": world.ids("media")[3], "comment": comments[-1], "reply": reply}[what]

    done = run(tmp_path, GraphFake(world, [vanish(lost)]))

    assert done.outcome == "not whole"
    assert "missing, and nothing says why" in why(done)


def test_comments_beyond_a_page_without_a_cursor_are_not_whole(tmp_path: Path) -> None:
    def cursorless(ask: Ask, reply: Reply) -> None:
        reply.next = None

    world = small(media_comments=260, media_longest=220)

    done = run(tmp_path, GraphFake(world, [Fault(cursorless, kind("replies"), early=True)]))

    assert done.outcome == "not whole"


def test_replies_that_less_was_asked_for_are_read_by_themselves(tmp_path: Path) -> None:
    done = run(tmp_path, GraphFake(small(media_comments=300, media_longest=130), too_much=100))

    assert done.outcome == "whole", done.error
    assert missing(done) == set()


def test_a_thread_that_is_gone_by_the_time_it_is_read_is_named(tmp_path: Path) -> None:
    world = small(media_comments=300, media_longest=130)
    post = max(world.thread_ids(), key=lambda id: len(world.comments_of(id)))

    def delete(ask: Ask, reply: Reply) -> None:
        world.nodes[post].gone = True
        status(400, b'{"error":{"code":100,"error_subcode":33}}')(ask, reply)

    done = run(tmp_path, GraphFake(world, [Fault(delete, about(post, "replies"))]))

    assert done.outcome == "whole with named gaps", done.error
    assert [(gap["kind"], gap["stream"], gap["what"]) for gap in done.rows("gaps")] == [("list", "comments", post)]


def test_a_reply_that_does_not_name_what_it_answers_is_still_a_reply(tmp_path: Path) -> None:
    world = small()

    done = run(tmp_path, GraphFake(world, [each("parent_id", lambda reply: reply.pop("parent_id"))], too_much=100))

    assert done.outcome == "whole", done.error
    told = {item["id"]: item["reply_to"] for item in done.rows("items") if item["kind"] == "reply"}
    assert told == {id: world.above[id] for id in world.comment_ids() if world.above[id]}


@pytest.mark.parametrize("left", [0, 1])
@pytest.mark.parametrize("also_alone", [False, True])
def test_a_carousel_that_came_with_a_part_is_completed_or_named(left: int, also_alone: bool, tmp_path: Path) -> None:
    def cut(post: dict[str, Any]) -> None:
        if post["media_type"] == "CAROUSEL_ALBUM":
            post["children"] = {"data": post["children"]["data"][:left], "paging": {"next": "https://x.example/"}}

    world = small()
    faults = [each("media_type", cut)]
    if also_alone:
        faults.append(Fault(status(500, b'{"error":{"code":2500}}'), lambda ask: ask.path.endswith("/children")))

    done = run(tmp_path, GraphFake(world, faults))

    carousels = {f"{id}/children" for id in world.ids("media") if world.nodes[id].edges.get("children")}
    named = {gap["what"] for gap in done.rows("gaps")}
    assert done.outcome == ("whole with named gaps" if also_alone else "whole"), done.error
    assert named == (carousels if also_alone else set())
    assert also_alone or missing(done) == set()


@pytest.mark.parametrize("change", ["published", "deleted"])
def test_a_post_that_comes_or_goes_during_the_run_makes_it_no_less_whole(change: str, tmp_path: Path) -> None:
    world = small()

    def happen(ask: Ask, reply: Reply) -> None:
        if change == "published":
            world.add_post("Nytt")
        else:
            world.delete(world.ids("media")[0])

    done = run(tmp_path, GraphFake(world, [Fault(happen, lambda ask: ask.path.endswith("/tags"), times=1)]))

    assert done.outcome == "whole", done.error
    assert missing(done) == set()


def test_a_picture_that_is_held_back_is_a_named_gap(tmp_path: Path) -> None:
    done = run(tmp_path, GraphFake(small(flagged=True)))

    assert done.outcome == "whole with named gaps", done.error
    assert [gap["why"] for gap in done.rows("gaps")] == ["not-offered"]


def test_only_stories_of_the_last_day_are_there_and_the_docstring_says_so(tmp_path: Path) -> None:
    from connectors import instagram

    world = small()
    done = run(tmp_path, GraphFake(world))

    told = {item["id"] for item in done.rows("items") if item["kind"] == "story"}
    assert told < set(world.ids("igstories"))
    assert "stories of more than a day ago" in str(instagram.__doc__)


# -- whose key --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [PLANTED, JSON_KEY], ids=["token alone", "with the app's secret"])
@pytest.mark.parametrize("whose", ["user", "system", "other page"])
def test_a_key_that_is_not_the_pages_is_refused_before_the_first_read(whose: Any, key: str, tmp_path: Path) -> None:
    done = run(tmp_path, GraphFake(small(), is_a=Token(kind=whose)), key=key)

    assert done.outcome == "NotAllowed", done.error
    assert {urlsplit(url).path.rpartition("/")[2] for _, url in done.fake.asked} <= {"me", "debug_token"}


def test_a_page_without_a_linked_account_says_how_to_link_one(tmp_path: Path) -> None:
    world = small()
    world.nodes[PAGE].values.pop("instagram_business_account")

    done = run(tmp_path, GraphFake(world))

    assert done.outcome == "NotAllowed"
    assert "no Instagram account linked" in str(done.error)


def test_another_accounts_address_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path, GraphFake(small()), account={"address": "https://www.instagram.com/grannkommunen"})

    assert done.outcome == "NotAllowed"
    assert "belongs to exempelvik, not to https://www.instagram.com/grannkommunen" in str(done.error)


def test_keys_of_several_parts_are_nowhere_in_what_a_run_leaves_behind(tmp_path: Path) -> None:
    done = run(tmp_path, GraphFake(small(), proof=True), key=JSON_KEY)

    assert done.outcome == "whole", done.error
    left = done.every_byte()
    assert PLANTED.encode() not in left
    assert SECRET.encode() not in left
    assert done.fake.strays == []


# -- what it costs ----------------------------------------------------------------------------------------------------


def test_comments_and_replies_come_with_the_posts_in_the_same_calls(tmp_path: Path) -> None:
    done = run(tmp_path, GraphFake(small()))

    edges = Counter(urlsplit(url).path.rpartition("/")[2] for _, url in done.fake.asked if "/v26.0/" in url)

    assert edges["media"] == 1
    assert edges["comments"] == edges["replies"] == 0


def test_it_asks_for_no_more_comments_at_once_than_are_given(tmp_path: Path) -> None:
    done = run(tmp_path, GraphFake(small(media_comments=300, media_longest=130)))

    for _, url in done.fake.asked:
        path, query = urlsplit(url).path, parse_qs(urlsplit(url).query)
        if path.endswith(("/comments", "/replies")):
            assert query["limit"] == ["50"]


def test_a_link_that_has_expired_is_asked_for_anew(tmp_path: Path) -> None:
    fake = GraphFake(small())
    later = Fault(
        lambda ask, reply: setattr(fake.clock, "now", fake.clock.now + timedelta(days=5)),  # type: ignore[attr-defined]
        kind("media"),
        times=1,
    )
    fake.faults.append(later)

    done = run(tmp_path, fake)

    assert done.outcome in ("whole", "whole with named gaps"), done.error
    posts = {media["id"] for item in done.rows("items") if item["kind"] != "story" for media in item.get("media", [])}
    assert missing(done) & posts == set()


def test_no_decision_no_second_door(tmp_path: Path) -> None:
    done = run(tmp_path, GraphFake(small(media_comments=120, media_longest=90)))

    assert done.fake.strays == []
    assert not [url for _, url in done.fake.asked if "instagram.com" in url]
