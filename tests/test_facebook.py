"""The Facebook connector against the stateful Graph: what comes, what it costs, whose key it is, what is left out."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors import facebook
from model.nouns import Account
from pipeline import line
from tests.fakes.faults import PLANTED, Ask, Fault, Reply, address, kind, status
from tests.fakes.graph import APP, SECRET, GraphFake, Token
from tests.fakes.graph_world import GraphWorld, Link
from tests.runs import Run
from tests.test_meta_faults import missing

JSON_KEY = json.dumps({"token": PLANTED, "app_id": APP, "app_secret": SECRET})


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def small(**more: Any) -> GraphWorld:
    return GraphWorld(**{"posts": 40, "photos": 20, "threads": 8, "comments": 40} | more)


def run(folder: Path, fake: GraphFake, **more: Any) -> Run:
    return Run(folder, fake, platform="facebook", **more).go()


def ledger(of: Run) -> dict[str, Any]:
    found = line.ledger_of(of.order.id, of.place)
    assert found is not None
    return found


def why(of: Run) -> str:
    return "; ".join(row.get("why", "") for row in ledger(of)["lists"])


def vanish(id: str) -> Fault:
    """One object is in no answer, at whatever depth; figures and next links stay as they were."""

    def without(value: Any) -> Any:
        if isinstance(value, list):
            return [without(one) for one in value if not (isinstance(one, dict) and one.get("id") == id)]
        return {name: without(one) for name, one in value.items()} if isinstance(value, dict) else value

    def change(ask: Ask, reply: Reply) -> None:
        reply.doc = without(reply.doc)

    return Fault(change, early=True)


# -- what comes -------------------------------------------------------------------------------------------------------


def test_a_page_comes_whole_with_everything_that_hangs_on_it(tmp_path: Path) -> None:
    world = GraphWorld(longest=130, comments=220, largest_album=120, photos=140)

    done = run(tmp_path, GraphFake(world))

    assert done.outcome == "whole", done.error
    assert missing(done) == set()
    assert done.fake.strays == []


def test_each_thing_is_told_in_our_words(tmp_path: Path) -> None:
    world = GraphWorld()
    done = run(tmp_path, GraphFake(world))
    items = {item["id"]: item for item in done.rows("items")}
    kinds = Counter(item["kind"] for item in items.values())
    seen = Counter(item.get("visibility") for item in items.values())

    assert {"profile", "post", "photo", "album", "video", "story", "event", "rating", "comment", "reply"} <= set(kinds)
    assert {"hidden", "expired", "archived"} <= set(seen), "hidden and expired posts, hidden comments, ended stories"
    assert any(item.get("attached") for item in items.values() if item["kind"] == "post")
    roles = Counter(media["role"] for item in items.values() for media in item.get("media", []) if "role" in media)
    assert {"thumbnail", "caption", "avatar", "banner"} <= set(roles)
    assert any(media.get("alt") for item in items.values() for media in item.get("media", []))
    reacted = next(item for item in items.values() if item["kind"] == "post" and item["counts"].get("love"))
    assert reacted["counts"]["reactions"] == sum(
        reacted["counts"].get(name, 0) for name in ("like", "love", "care", "haha", "wow", "sad", "angry")
    )
    assert any("shares" in item.get("counts", {}) for item in items.values())
    said = [item for item in items.values() if item["kind"] in ("comment", "reply")]
    assert any("author" not in item for item in said), "without `from`"
    replies = [item for item in items.values() if item["kind"] == "reply"]
    assert all(items[reply["reply_to"]]["parent"] == reply["parent"] for reply in replies)


def test_what_a_post_shows_is_an_item_of_its_own(tmp_path: Path) -> None:
    done = run(tmp_path, GraphFake(GraphWorld()))
    items = {item["id"]: item for item in done.rows("items")}

    shown = {id for item in items.values() for id in item.get("attached", ())}

    assert shown
    assert shown <= set(items)


def test_statistics_are_taken_only_where_the_register_says_so(tmp_path: Path) -> None:
    plain = run(tmp_path / "plain", GraphFake(small()))
    asked = run(tmp_path / "asked", GraphFake(small()), account={"options": ("insights",)})

    assert not [url for _, url in plain.fake.asked if "insights" in url]
    assert [url for _, url in asked.fake.asked if "insights" in url]
    assert asked.outcome == "whole", asked.error


def test_the_same_page_gives_the_same_package(tmp_path: Path) -> None:
    one = run(tmp_path / "one", GraphFake(small()))
    other = run(tmp_path / "other", GraphFake(small()))

    assert one.package.read_bytes() == other.package.read_bytes()


def each(of: str, change: Callable[[dict[str, Any]], object]) -> Fault:
    """Every object that has `of`, at whatever depth, is changed."""

    def walk(value: Any) -> None:
        if isinstance(value, dict) and of in value:
            change(value)
        for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(one)

    return Fault(lambda ask, reply: walk(reply.doc), early=True)


def gaps(of: Run) -> set[tuple[str, str]]:
    return {(gap["what"], gap["why"]) for gap in of.rows("gaps")}


# -- one thing left out -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["comment", "reply", "photo of an album"])
def test_one_thing_left_out_of_every_answer_is_not_whole(what: str, tmp_path: Path) -> None:
    world = small()
    comments = list(world.comment_ids())
    reply = next(id for id in comments if world.above[id])
    lost = {"comment": comments[-1], "reply": reply, "photo of an album": world.photo_ids()[3]}[what]

    done = run(tmp_path, GraphFake(world, [vanish(lost)]))

    assert done.outcome == "not whole"
    assert "missing, and nothing says why" in why(done)


@pytest.mark.parametrize("edge", ["published_posts", "feed", "posts"])
def test_a_post_that_one_list_lacks_comes_by_another(edge: str, tmp_path: Path) -> None:
    world = small()
    lost = world.ids("posts")[7]

    def hide(ask: Ask, reply: Reply) -> None:
        reply.items[:] = [item for item in reply.items if item.get("id") != lost]

    fault = Fault(hide, lambda ask: ask.path.endswith(f"/{edge}") and "since" not in ask.query, early=True)

    done = run(tmp_path, GraphFake(world, [fault]))

    assert done.outcome in ("whole", "cannot be proven")
    if done.outcome == "whole":
        assert missing(done) == set()
        assert edge != "published_posts", "the list that is to be proven lacked it, so it cannot be proven"
    else:
        assert "a second reading added 1" in why(done)


def test_a_comment_that_came_after_the_figure_is_taken_in_the_second_reading(tmp_path: Path) -> None:
    world = small()
    post = next(world.thread_ids())
    later: list[str] = []

    def add(ask: Ask, reply: Reply) -> None:
        later.append(world.add_comment(post))

    done = run(tmp_path, GraphFake(world, [Fault(add, kind("replies"), times=1)]))

    assert done.outcome in ("whole", "whole with named gaps", "cannot be proven", "not whole")
    if done.outcome == "whole":
        assert missing(done) <= set(later)


def test_captions_without_an_address_are_named(tmp_path: Path) -> None:
    done = run(tmp_path, GraphFake(small(), [each("locale", lambda caption: caption.pop("uri"))]))

    assert done.outcome == "whole with named gaps", done.error
    assert ("660000000/caption/sv_SE", "not-offered") in gaps(done)


def test_a_story_that_does_not_say_what_it_shows_is_named(tmp_path: Path) -> None:
    done = run(tmp_path, GraphFake(small(), [each("media_type", lambda story: story.pop("media_id", None))]))

    assert done.outcome == "whole with named gaps", done.error
    assert {(id, "not-offered") for id in done.fake.world.ids("stories")} <= gaps(done)


def test_a_story_with_the_id_of_what_it_shows_does_not_stand_for_it(tmp_path: Path) -> None:
    def same(story: dict[str, Any]) -> None:
        story["post_id"] = story.get("media_id")

    done = run(tmp_path, GraphFake(small(), [each("creation_time", same)]))

    assert done.outcome == "whole", done.error
    assert missing(done) == set(done.fake.world.ids("stories")), "under the other id; its picture and film are there"


def test_reviews_of_one_second_by_nobody_are_told_apart_by_their_words(tmp_path: Path) -> None:
    def nameless(rating: dict[str, Any]) -> None:
        rating |= {"created_time": "2026-01-01T00:00:00+0000", "review_text": rating["reviewer"]["id"]}
        del rating["open_graph_story"], rating["reviewer"]

    done = run(tmp_path, GraphFake(small(), [each("recommendation_type", nameless)]))

    assert done.outcome == "whole", done.error
    assert len([item for item in done.rows("items") if item["kind"] == "rating"]) == 3


def test_an_album_that_announces_no_figure_cannot_be_proven(tmp_path: Path) -> None:
    world = small()
    faults = [each("photo_count", lambda album: album.pop("photo_count")), vanish(world.photo_ids()[3])]

    done = run(tmp_path, GraphFake(world, faults))

    assert done.outcome == "cannot be proven"
    unproven = {row["parent"] for row in ledger(done)["lists"] if row["stream"] == "album-photos"}
    assert unproven == set(world.ids("albums")), "also those whose photos all came with them"


def test_a_metric_that_is_no_more_spoils_only_its_own_call(tmp_path: Path) -> None:
    dead = json.dumps({"error": {"code": 100, "message": "(#100) The value must be a valid insights metric"}}).encode()
    fault = Fault(status(400, dead), address("page_impressions_unique"))

    done = run(tmp_path, GraphFake(small(), [fault]), account={"options": ("insights",)})

    assert done.outcome == "whole with named gaps", done.error
    assert gaps(done) == {("statistics/page_impressions_unique", "not-offered")}
    told = {item["title"] for item in done.rows("items") if item["kind"] == "statistics"}
    assert told == {*facebook._STATISTICS} - {"page_impressions_unique"}


def test_a_picture_of_somebody_elses_that_is_closed_to_us_is_named_and_its_likeness_kept(tmp_path: Path) -> None:
    world = small()
    post = next(id for id in world.ids("visitor_posts"))
    world._attachment("shown", world.nodes[post].made, world.photo_ids()[0], target={"id": "777", "url": "x"})
    world.nodes[post].edges["attachments"] = ["shown"]
    closed = json.dumps({"error": {"code": 10, "message": "(#10) requires Page Public Content Access"}}).encode()

    done = run(tmp_path, GraphFake(world, [Fault(status(403, closed), address("/777"))]))

    assert done.outcome == "whole with named gaps", done.error
    assert gaps(done) == {("777", "forbidden")}
    (item,) = [item for item in done.rows("items") if item["id"] == post]
    assert item["attached"] == ["777"]
    assert [(media["role"], "sha256" in media) for media in item["media"]] == [("thumbnail", True)]


def test_a_film_in_a_comment_is_a_film_and_one_without_an_address_is_named(tmp_path: Path) -> None:
    world = small(comments=120)
    film = world.lists["videos"][0]
    shown = [node for node in world.nodes.values() if "attachment" in node.values]
    for node in shown:
        node.values["attachment"]["type"] = "video_inline"
    shown[0].values["attachment"]["media"]["source"] = Link(film)

    done = run(tmp_path, GraphFake(world))

    assert done.outcome == "whole with named gaps", done.error
    assert gaps(done) == {(node.id, "not-offered") for node in shown[1:]}
    (item,) = [item for item in done.rows("items") if item["id"] == shown[0].id]
    assert [(media["role"], media["type"]) for media in item["media"]] == [
        ("original", "video/mp4"),
        ("thumbnail", "image/jpeg"),
    ]


@pytest.mark.parametrize("too_much", [None, 200])
def test_a_post_knows_all_of_its_pictures_beyond_a_hundred_and_where_less_was_asked_for(
    too_much: int | None, tmp_path: Path
) -> None:
    world = GraphWorld(largest_album=120, photos=140, threads=0, comments=0)

    done = run(tmp_path, GraphFake(world, too_much=too_much))

    assert done.outcome == "whole", done.error
    known = {item["id"]: set(item.get("attached", ())) for item in done.rows("items")}
    for id in world.photo_ids():
        if post := world.nodes[id].values.get("page_story_id"):
            assert id in known[post]


def test_a_post_with_more_attachments_than_came_with_it_is_completed(tmp_path: Path) -> None:
    def cut(post: dict[str, Any]) -> None:
        post["attachments"] = {"data": post["attachments"]["data"], "paging": {"next": "https://x.example/"}}

    world = small()
    fake = GraphFake(world, [each("attachments", cut)])

    done = run(tmp_path, fake)

    assert done.outcome == "whole", done.error
    with_pictures = {id for id in world.ids("posts") if world.nodes[id].edges["attachments"]}
    assert {url.split("/")[2] for _, url in fake.asked if "/attachments?" in url} == with_pictures


def test_a_picture_knows_its_post_where_the_post_does_not_show_it(tmp_path: Path) -> None:
    world = GraphWorld(largest_album=120, photos=140, threads=0, comments=0)

    done = run(tmp_path, GraphFake(world, cut_albums=True))

    told = {item["id"]: item.get("fields", {}).get("page_story_id") for item in done.rows("items")}
    assert all(told[id] == world.nodes[id].values.get("page_story_id") for id in world.photo_ids())


def test_a_new_comment_is_no_edit_of_the_post(tmp_path: Path) -> None:
    done = run(tmp_path, GraphFake(small()))

    assert not [item["id"] for item in done.rows("items") if item["kind"] == "post" and "edited" in item]


# -- the ranked cap ---------------------------------------------------------------------------------------------------


def test_more_than_550_posts_a_year_cannot_be_proven_without_the_export(tmp_path: Path) -> None:
    world = small(posts=560, span_days=320, photos=0, threads=0, comments=0)

    done = run(tmp_path, GraphFake(world))

    assert done.outcome == "cannot be proven"
    assert "560 posts in 2026: of more than about 600 a year Facebook shows a selection" in why(done)


def test_549_posts_a_year_can_be_proven(tmp_path: Path) -> None:
    world = small(posts=549, span_days=320, photos=0, threads=0, comments=0)

    assert run(tmp_path, GraphFake(world)).outcome == "whole"


def test_posts_that_the_ranked_list_hides_come_month_by_month(tmp_path: Path) -> None:
    world = small(posts=700, span_days=320, photos=0, threads=0, comments=0)

    done = run(tmp_path, GraphFake(world, cap=600))

    assert done.outcome == "cannot be proven", "a second reading added 100"
    row = next(row for row in ledger(done)["streams"] if row["stream"] == "posts")
    assert row["captured"] == 700


def test_every_month_of_a_full_year_is_asked_for_by_itself() -> None:
    months = Counter({"2025-03": 20, "2026-01": 300, "2026-02": 300})

    spans = facebook._spans(months)

    assert len(spans) == 14
    assert spans[0][0] == 0
    assert spans[-1][1] is None
    assert all(one[1] == other[0] for one, other in pairwise(spans)), "no day is left out"


# -- whose key --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [PLANTED, JSON_KEY], ids=["token alone", "with the app's secret"])
@pytest.mark.parametrize("whose", ["user", "system", "other page"])
def test_a_key_that_is_not_the_pages_is_refused_before_the_first_read(whose: Any, key: str, tmp_path: Path) -> None:
    done = run(tmp_path, GraphFake(small(), is_a=Token(kind=whose)), key=key)

    assert done.outcome == "NotAllowed", done.error
    assert re.search("belongs to|of the kind", str(done.error)), done.error
    asked = {urlsplit(url).path.rpartition("/")[2] for _, url in done.fake.asked}
    assert asked <= {"me", "exempelvik", "debug_token"}


@pytest.mark.parametrize("scopes", [(), ("pages_read_engagement",)])
def test_a_key_with_too_few_permissions_says_which_it_lacks(scopes: tuple[str, ...], tmp_path: Path) -> None:
    done = run(tmp_path, GraphFake(small(), is_a=Token(scopes=scopes)), key=JSON_KEY)

    assert done.outcome == "NotAllowed"
    assert "lacks " in str(done.error)
    assert "pages_read_user_content" in str(done.error)
    assert "An administrator of the page grants" in str(done.error)


def test_statistics_need_a_permission_of_their_own(tmp_path: Path) -> None:
    done = run(tmp_path, GraphFake(small()), key=JSON_KEY, account={"options": ("insights",)})

    assert done.outcome == "NotAllowed"
    assert "lacks read_insights" in str(done.error)


def test_without_the_apps_secret_a_missing_permission_is_told_when_it_is_met(tmp_path: Path) -> None:
    done = run(tmp_path, GraphFake(small(), is_a=Token(scopes=("pages_read_engagement",))))

    assert done.outcome == "NotAllowed"
    assert "has not got the permission" in str(done.error)


@pytest.mark.parametrize("subcode", [458, 459, 460, 463, 464, 467, 492])
def test_a_dead_key_says_what_to_do(subcode: int, tmp_path: Path) -> None:
    done = run(tmp_path, GraphFake(small(), is_a=Token(dead=subcode)))

    assert done.outcome == "NotAllowed"
    assert "makes a new page token" in str(done.error)


def test_an_app_that_demands_proof_gets_it_and_one_without_is_refused(tmp_path: Path) -> None:
    proven = run(tmp_path / "proven", GraphFake(small(), proof=True), key=JSON_KEY)
    bare = run(tmp_path / "bare", GraphFake(small(), proof=True))

    assert proven.outcome == "whole", proven.error
    assert bare.error is not None
    assert bare.outcome not in ("whole", "whole with named gaps")


def test_keys_of_several_parts_are_nowhere_in_what_a_run_leaves_behind(tmp_path: Path) -> None:
    done = run(tmp_path, GraphFake(small(), proof=True), key=JSON_KEY)

    left = done.every_byte()
    assert PLANTED.encode() not in left
    assert SECRET.encode() not in left
    assert all("access_token=" not in url for _, url in done.fake.asked)
    assert done.fake.strays == []


# -- what the server asks of us ---------------------------------------------------------------------------------------


def test_asked_for_less_it_takes_the_page_all_the_same(tmp_path: Path) -> None:
    world = small(longest=60, comments=100)

    done = run(tmp_path, GraphFake(world, too_much=2_000))

    assert done.outcome == "whole", done.error
    assert missing(done) == set()


def test_a_budget_that_runs_out_is_waited_for_and_gone_on_with(tmp_path: Path) -> None:
    fake = GraphFake(small(), at_most=5, budget=25)
    outcomes = []

    for _ in range(8):
        outcomes.append(run(tmp_path, fake).outcome)
        fake.clock.now += timedelta(hours=1)  # type: ignore[attr-defined]
        if outcomes[-1] != "TryLater":
            break

    assert outcomes[0] == "TryLater"
    assert outcomes[-1] == "whole", outcomes


def test_a_page_whose_budget_takes_more_than_a_day_is_taken_in_the_end(tmp_path: Path) -> None:
    fake = GraphFake(small(), at_most=12, budget=25)

    for _night in range(8):
        if (done := run(tmp_path, fake)).outcome != "TryLater":
            break
        fake.clock.now += timedelta(hours=11)  # type: ignore[attr-defined]

    assert done.outcome == "whole", done.error
    assert missing(done) == set()


def test_another_version_of_the_api_is_not_understood(tmp_path: Path) -> None:
    done = run(tmp_path, GraphFake(small(), speaks="v27.0"))

    assert done.outcome == "not whole"
    assert "version v27.0, and v26.0 was asked for" in json.dumps([*line.lines_of(done.order.id, done.place, "gaps")])


def test_a_link_that_has_expired_is_asked_for_anew(tmp_path: Path) -> None:
    fake = GraphFake(small())
    late = Fault(
        lambda ask, reply: setattr(fake.clock, "now", fake.clock.now + timedelta(days=5)), kind("media"), times=1
    )  # type: ignore[attr-defined]
    fake.faults.append(late)

    done = run(tmp_path, fake)

    assert done.outcome in ("whole", "whole with named gaps"), done.error
    assert missing(done) == set()


def test_a_rating_that_shows_no_id_is_told_by_its_time_and_its_author(tmp_path: Path) -> None:
    def bare(ask: Ask, reply: Reply) -> None:
        for item in reply.items:
            item.pop("open_graph_story", None)

    done = run(tmp_path, GraphFake(small(), [Fault(bare, lambda ask: ask.path.endswith("/ratings"), early=True)]))

    assert done.outcome == "whole", done.error
    assert len([item for item in done.rows("items") if item["kind"] == "rating"]) == 3


# -- what it costs ----------------------------------------------------------------------------------------------------


def test_comments_pictures_and_reactions_come_with_the_posts_in_the_same_calls(tmp_path: Path) -> None:
    done = run(tmp_path, GraphFake(small(posts=90, photos=60)))

    edges = Counter(urlsplit(url).path.rpartition("/")[2] for _, url in done.fake.asked if "/v26.0/" in url)

    assert edges["published_posts"] <= 4, "one page, and the second reading by time"
    assert edges["reactions"] == edges["attachments"] == 0
    assert edges["comments"] <= 5 + 3, "those of events and reviews, whose comments cannot be nested"


def test_a_run_that_goes_on_asks_for_nothing_twice(tmp_path: Path) -> None:
    fake = GraphFake(small(), [Fault(lambda ask, reply: setattr(reply, "status", 429), kind("media"), skip=9, times=9)])
    run(tmp_path, fake)
    fake.faults.clear()
    fake.clock.now += timedelta(hours=1)  # type: ignore[attr-defined]

    done = run(tmp_path, fake)

    assert done.outcome == "whole", done.error
    calls = Counter(url for _, url in fake.asked if "/v26.0/" in url)
    assert [url for url, times in calls.items() if times > 2] == [], "once, and once more in the second reading"


def test_a_page_that_was_not_whole_is_whole_in_the_next_run(tmp_path: Path) -> None:
    world = small()
    fake = GraphFake(world, [vanish(list(world.comment_ids())[-1])])
    first = run(tmp_path, fake)
    fake.faults.clear()
    fake.clock.now += timedelta(hours=1)  # type: ignore[attr-defined]

    done = run(tmp_path, fake)

    assert (first.outcome, done.outcome) == ("not whole", "whole"), done.error


def test_an_address_of_the_test_server_is_its_own_api() -> None:
    account = Account(id="a", platform="facebook", address="http://127.0.0.1:8000/exempelvik")

    assert facebook._graph.base(account) == "http://127.0.0.1:8000"
    assert not facebook.recognises(replace(account, address="http://127.0.0.1:8000/exempelvik").address)


def test_it_asks_for_no_more_than_a_hundred_at_once(tmp_path: Path) -> None:
    done = run(tmp_path, GraphFake(small()))

    limits = {int(found) for _, url in done.fake.asked for found in parse_qs(urlsplit(url).query).get("limit", [])}
    assert max(limits) <= 100
