"""The fake Graph itself: what it knows, what it refuses, how it pages, and how it lies when told to."""

from __future__ import annotations

import hashlib
import hmac
import json
import warnings
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from tests.fakes import faults
from tests.fakes.faults import ALL, GRAPH, PAGES, PLANTED, Fault
from tests.fakes.graph import API, APP, DEAD, DERIVED, MEDIA, SCOPES, SECRET, GraphFake, Token
from tests.fakes.graph_schema import Unreadable, kind, wanted
from tests.fakes.graph_world import INSTAGRAM, OTHER_PAGE, PAGE, GraphWorld
from tests.fakes.wires import InProcess

pytestmark = pytest.mark.disable_socket
EVERY = {"include_hidden": "true", "show_expired": "true"}
Json = dict[str, Any]


class Speaker:
    """Asks a fake inside the process, with a token in the header."""

    def __init__(self, fake: GraphFake, token: str = PLANTED) -> None:
        self.fake, self.token = fake, token
        self.session = requests.Session()
        self.session.mount("https://", InProcess(fake))

    def ask(self, path: str, **params: Any) -> requests.Response:
        url = path if path.startswith("https://") else f"{API}/v26.0/{path}"
        headers = {"Authorization": f"Bearer {self.token}"} if self.token and url.startswith(API) else {}
        return self.session.get(f"{url}?{urlencode(params)}" if params else url, headers=headers, allow_redirects=False)

    def get(self, path: str, **params: Any) -> Json:
        answer = self.ask(path, **params)
        assert answer.status_code == 200, answer.text
        doc: Json = answer.json()
        return doc

    def error(self, path: str, **params: Any) -> tuple[int, int, int]:
        """Status, code and subcode of what must be an error."""
        answer = self.ask(path, **params)
        said = answer.json()["error"]
        assert said["type"] in ("OAuthException", "GraphMethodException")
        assert said["fbtrace_id"]
        return answer.status_code, said["code"], said.get("error_subcode", 0)

    def pages(self, path: str, **params: Any) -> Iterator[Json]:
        page = self.get(path, **params)
        for _ in range(200):
            yield page
            following = page.get("paging", {}).get("next")
            if not following:
                return
            page = self.get(following)

    def ids(self, path: str, **params: Any) -> list[str]:
        return [one["id"] for page in self.pages(path, **params) for one in page["data"]]


def speak(*lies: Fault, world: GraphWorld | None = None, token: str = PLANTED, **more: Any) -> Speaker:
    return Speaker(GraphFake(world or GraphWorld(), lies, **more), token)


# What it knows


@pytest.mark.parametrize(
    ("path", "fields", "name", "on"),
    [
        ("me", "id,likes_count", "likes_count", "Page"),
        (f"{PAGE}/published_posts", "id,link", "link", "Post"),
        (f"{PAGE}/published_posts", "comments{id,text}", "text", "Comment"),
        (f"{PAGE}/photos", "id,reactions.limit(0)", "reactions", "Photo"),
        (f"{PAGE}/photos", "album{id,colour}", "colour", "Album"),
        (f"{PAGE}/videos", "id,file_size", "file_size", "Video"),
        (f"{INSTAGRAM}/media", "id,message", "message", "ShadowIGMedia"),
        ("me", "instagram_business_account{id,fans}", "fans", "ShadowIGUser"),
    ],
)
def test_a_field_that_v26_does_not_know_is_an_error_100(path: str, fields: str, name: str, on: str) -> None:
    answer = speak().ask(path, fields=fields)

    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == f"(#100) Tried accessing nonexisting field ({name}) on node type ({on})"


@pytest.mark.parametrize(
    ("path", "params"),
    [
        (f"{PAGE}/wall", {}),
        (f"{PAGE}/ratings", {"colour": "red"}),
        (f"{PAGE}/published_posts", {"limit": 101}),
        (f"{PAGE}/published_posts", {"limit": "many"}),
        (f"{PAGE}/events", {"time_filter": "soon"}),
        (f"{PAGE}/stories", {"status": "['PUBLISHED','GONE']"}),
        (f"{PAGE}/published_posts", {"fields": "comments.filter(all){id}"}),
        (f"{PAGE}/published_posts", {"fields": "comments.colour(red){id}"}),
        (f"{PAGE}/published_posts", {"since": "last year"}),
        (f"{PAGE}/published_posts", {"after": "QVFIUbm9uZQ"}),
    ],
)
def test_an_edge_or_parameter_that_v26_does_not_know_is_an_error_100(path: str, params: Json) -> None:
    assert speak().error(path, **params) == (400, 100, 0)


def test_the_whitelist_is_read_from_the_generated_classes() -> None:
    from facebook_business.adobjects.comment import Comment
    from facebook_business.adobjects.igmedia import IGMedia
    from facebook_business.adobjects.page import Page

    for of in (Page, Comment, IGMedia):
        own = {value for name, value in vars(of.Field).items() if not name.startswith("_")}
        assert set(kind(of.__name__).fields) == own  # type: ignore[union-attr]
    assert "file_size" not in kind("AdVideo").fields, "what can only be written cannot be read"  # type: ignore[union-attr]


def test_the_grammar_of_fields() -> None:
    one, other = wanted("from{name},comments.filter(stream).limit(5).as(talk){id,parent{id}}")

    assert (one.name, [inner.name for inner in one.inner or ()]) == ("from", ["name"])
    assert (other.shown, other.params["limit"], other.text) == ("talk", "5", "id,parent{id}")
    for broken in ("", "id,", "id{", "comments.limit(5", "a b"):
        with pytest.raises(Unreadable):
            wanted(broken)
    assert speak().error("me", fields="id{") == (400, 2500, 0)


def test_a_node_that_is_not_there_is_an_error_100_33() -> None:
    assert speak().error("42") == (400, 100, 33)
    assert speak().error("", ids="42,43") == (404, 803, 0)
    assert speak().error("me/a/b")[1] == 2500


def test_an_answer_says_its_version_and_how_much_was_used() -> None:
    headers = speak().ask("me").headers

    assert headers["facebook-api-version"] == "v26.0"
    assert headers["x-fb-trace-id"]
    (use,) = json.loads(headers["X-Business-Use-Case-Usage"])[PAGE]
    assert use["type"] == "pages"
    assert use["estimated_time_to_regain_access"] == 0
    assert speak().ask(f"{API}/v12.0/me").headers["facebook-api-version"] == "v22.0", "the oldest that lives"
    assert speak(speaks="v25.0").ask("me").headers["facebook-api-version"] == "v25.0"


# Tokens


def test_me_is_whose_token_it_is() -> None:
    assert speak().get("me")["id"] == PAGE
    assert speak(is_a=Token(kind="other page")).get("me")["id"] == OTHER_PAGE
    assert speak(is_a=Token(kind="user")).get("me")["name"] == "Granne 0"


def test_a_token_may_come_as_a_parameter() -> None:
    assert speak(token="").get("me", access_token=PLANTED)["id"] == PAGE


def test_under_a_persons_token_comments_are_an_empty_list_without_a_word() -> None:
    speaker = speak(is_a=Token(kind="user"))
    post = next(speaker.fake.world.thread_ids())

    assert speaker.get(f"{post}/comments", filter="stream", summary="true")["data"] == []
    assert speaker.get(post, fields="comments.summary(true){id}")["comments"]["data"] == []
    assert "X-App-Usage" in speaker.ask("me").headers


def test_a_person_is_given_the_pages_token() -> None:
    speaker = speak(is_a=Token(kind="system"))

    assert speaker.get(PAGE, fields="access_token")["access_token"] == DERIVED
    assert Speaker(speaker.fake, DERIVED).get("me")["id"] == PAGE
    assert "access_token" not in speak().get(PAGE, fields="access_token")


@pytest.mark.parametrize("subcode", DEAD)
def test_a_dead_token_is_an_error_190_with_its_subcode(subcode: int) -> None:
    assert speak(is_a=Token(dead=subcode)).error("me") == (400, 190, subcode)


def test_a_token_dies_when_its_time_has_come() -> None:
    speaker = speak()
    speaker.fake.tokens[PLANTED] = Token(expires_at=int(speaker.fake.clock().timestamp()) + 60)

    assert speaker.get("me")
    speaker.fake.clock.now += timedelta(minutes=2)  # type: ignore[attr-defined]
    assert speaker.error("me") == (400, 190, 463)


def test_an_unknown_or_missing_token_is_refused() -> None:
    assert speak(token="another").error("me") == (400, 190, 0)
    assert speak(token="").error("me") == (400, 104, 0)
    assert speak(is_a=Token(kind="other page")).error(f"{PAGE}/published_posts") == (403, 10, 0)


def test_edges_refuse_what_the_token_may_not() -> None:
    few = speak(is_a=Token(scopes=("pages_read_engagement",)))
    post = next(few.fake.world.thread_ids())

    assert few.get(f"{PAGE}/published_posts")["data"]
    assert few.error(f"{post}/comments") == (403, 10, 0)
    assert few.error(f"{PAGE}/published_posts", fields="comments{id}") == (403, 10, 0)
    assert few.error(f"{PAGE}/visitor_posts") == (403, 10, 0)
    assert few.error(f"{PAGE}/ratings") == (403, 200, 0)
    assert few.error(f"{INSTAGRAM}/media") == (403, 10, 0)
    nameless = speak(is_a=Token(scopes=tuple(set(SCOPES) - {"instagram_manage_comments"})))
    media = next(id for id in nameless.fake.world.ids("media") if nameless.fake.world.comments_of(id))
    assert "username" not in nameless.get(f"{media}/comments", fields="username,text")["data"][0]


def test_a_proof_is_asked_for_and_checked() -> None:
    speaker = speak(proof=True)
    proof = hmac.new(SECRET.encode(), PLANTED.encode(), hashlib.sha256).hexdigest()

    assert speaker.error("me") == (400, 100, 0)
    assert speaker.error("me", appsecret_proof="0" * 64) == (400, 100, 0)
    assert speaker.get("me", appsecret_proof=proof)


def test_a_token_is_explained_to_the_app_alone() -> None:
    app = speak(token=f"{APP}|{SECRET}")
    told = app.get("debug_token", input_token=PLANTED)["data"]

    assert (told["type"], told["profile_id"], told["is_valid"], told["app_id"]) == ("PAGE", PAGE, True, APP)
    assert set(told["scopes"]) == set(SCOPES)
    app.fake.tokens[PLANTED] = Token(kind="user", dead=460)
    told = app.get("debug_token", input_token=PLANTED)["data"]
    assert (told["type"], told["is_valid"], told["error"]["subcode"]) == ("USER", False, 460)
    assert app.get("debug_token", input_token="nobody's")["data"]["is_valid"] is False
    assert speak().error("debug_token", input_token=PLANTED) == (400, 100, 0)


# Facebook


def test_the_page_shows_itself() -> None:
    page = speak().get("exempelvik", fields="id,username,fan_count,rating_count,picture.type(large),cover")

    assert page["id"] == PAGE
    assert page["rating_count"] == 3
    assert speak().get("me", fields="instagram_business_account{id,username}")["instagram_business_account"] == {
        "id": INSTAGRAM,
        "username": "exempelvik",
    }
    speaker = speak()
    for face in (page["picture"]["data"]["url"], speaker.ask(f"{PAGE}/picture").headers["Location"]):
        assert speaker.ask(face).headers["Content-Type"] == "image/jpeg"


def test_every_post_is_listed_when_hidden_and_expired_ones_are_asked_for() -> None:
    speaker = speak(at_most=17)
    world = speaker.fake.world

    assert speaker.ids(f"{PAGE}/published_posts", limit=100, **EVERY) == list(world.post_ids())[::-1]
    shown = speaker.ids(f"{PAGE}/published_posts", limit=100)
    hidden = {
        id for id in world.post_ids() if world.node(id).values["is_hidden"] or world.node(id).values["is_expired"]
    }
    assert hidden
    assert set(world.post_ids()) - set(shown) == hidden


def test_the_feed_has_what_others_wrote_as_well() -> None:
    speaker = speak()
    world = speaker.fake.world
    lists = {
        edge: set(speaker.ids(f"{PAGE}/{edge}", limit=100, **EVERY)) for edge in ("feed", "posts", "visitor_posts")
    }

    assert lists["feed"] == {*world.ids("posts"), *world.ids("visitor_posts"), *world.ids("tagged")}
    assert lists["posts"] == set(world.ids("posts"))
    assert lists["visitor_posts"] == set(world.ids("visitor_posts"))
    assert speaker.ids(f"{PAGE}/tagged") == world.ids("tagged")[::-1]
    assert not lists["feed"] & {*world.ids("reels"), *world.ids("stories")}


def test_nested_edges_come_with_their_modifiers() -> None:
    speaker = speak()
    world = speaker.fake.world
    post = next(world.thread_ids())
    fields = (
        "comments.filter(stream).order(chronological).limit(100).summary(true){id,parent{id},comments.limit(5){id}},"
        "reactions.limit(0).summary(total_count),reactions.type(LIKE,LOVE).limit(0).summary(total_count).as(warm)"
    )
    shown = speaker.get(post, fields=fields)

    assert [one["id"] for one in shown["comments"]["data"]] == world.comments_of(post)
    assert shown["comments"]["summary"]["total_count"] == len(world.comments_of(post))
    assert shown["reactions"] == {"data": [], "summary": {"total_count": len(world.reactions(post))}}
    warm = sum(how in ("LIKE", "LOVE") for _, how in world.reactions(post))
    assert shown["warm"]["summary"]["total_count"] == warm
    inner = {
        one["id"]: [below["id"] for below in one.get("comments", {"data": []})["data"]]
        for one in shown["comments"]["data"]
    }
    assert {id for ids in inner.values() for id in ids} == {id for id in world.comments_of(post) if world.above[id]}


def test_replies_are_dropped_unless_the_whole_stream_is_asked_for() -> None:
    speaker = speak()
    world = speaker.fake.world
    post = next(world.thread_ids())
    top = [id for id in world.comments_of(post) if world.above[id] is None]

    assert speaker.ids(f"{post}/comments") == top
    assert speaker.get(f"{post}/comments", summary="1", limit=0)["summary"]["total_count"] == len(top)
    assert (
        speaker.ids(f"{post}/comments", filter="stream", order="reverse_chronological") == world.comments_of(post)[::-1]
    )
    comment = next(id for id in top if world.below[id])
    assert speaker.ids(f"{comment}/comments") == world.below[comment]
    assert speaker.get(comment, fields="comment_count")["comment_count"] == len(world.below[comment])


def test_comments_have_the_oddities_of_the_real_ones() -> None:
    speaker = speak(world=GraphWorld(longest=60, comments=200))
    post = next(speaker.fake.world.thread_ids())
    fields = "id,from,is_hidden,message_tags,attachment,parent"
    shown = speaker.get(f"{post}/comments", filter="stream", limit=100, fields=fields)["data"]

    assert {True, False} == {one["is_hidden"] for one in shown} == {"from" in one for one in shown}
    assert {dict, list} <= {type(one.get("message_tags")) for one in shown}
    picture = next(one["attachment"]["media"]["image"]["src"] for one in shown if "attachment" in one)
    assert speaker.ask(picture).status_code == 200


def test_threads_hang_on_photos_albums_films_and_events_too() -> None:
    world = GraphWorld()
    kinds = {world.node(object).kind for object in world.talk if world.comments_of(object)}

    assert kinds == {"PagePost", "Photo", "Album", "AdVideo", "Event", "OpenGraphStory", "IGMedia"}
    assert len(list(world.comment_ids())) == world.comments


def test_photos_have_renditions_and_albums_know_their_number() -> None:
    speaker = speak(at_most=7)
    world = speaker.fake.world
    albums = speaker.get(f"{PAGE}/albums", fields="photo_count,type")["data"]
    listed = [id for album in albums for id in speaker.ids(f"{album['id']}/photos", limit=100)]

    assert sum(album["photo_count"] for album in albums) == len(listed) == world.photos
    assert (
        sorted(listed) == sorted(speaker.ids(f"{PAGE}/photos", type="uploaded", limit=100)) == sorted(world.photo_ids())
    )
    photo = speaker.get(listed[0], fields="images,page_story_id,alt_text")
    assert [image["width"] for image in photo["images"]] == [2048, 720, 130]
    largest = speaker.ask(photo["images"][0]["source"]).content
    assert hashlib.sha256(largest).hexdigest() == world.media_sha256()[listed[0]]
    assert any("page_story_id" not in world.node(id).values for id in listed), "some were never posted"


def test_an_album_post_gives_its_pictures_a_hundred_at_a_time() -> None:
    world = GraphWorld(photos=160, largest_album=130)
    post = world.ids("posts")[3]
    fields = "attachments{type,target,subattachments.limit(100){target}}"
    (whole,) = speak(world=world).get(post, fields=fields)["attachments"]["data"]
    link = whole["subattachments"]["paging"]["next"]
    rest = speak(world=world).get(link)["data"]

    assert whole["type"] == "album"
    assert len(whole["subattachments"]["data"]) == 100
    pictures = [part["target"]["id"] for part in whole["subattachments"]["data"] + rest]
    assert [world.node(id).values["page_story_id"] for id in pictures] == [post] * 130
    (cut,) = speak(world=world, cut_albums=True).get(post, fields=fields)["attachments"]["data"]
    assert "paging" not in cut["subattachments"]


def test_posts_have_attachments_of_each_kind_and_tags_as_list_and_object() -> None:
    shown = speak().get(
        f"{PAGE}/published_posts",
        fields="attachments{type,media{source}},message_tags,message,story",
        limit=100,
        **EVERY,
    )
    types = {part["type"] for post in shown["data"] for part in post.get("attachments", {"data": []})["data"]}

    assert types == {"photo", "album", "share", "video_inline", "event"}
    assert {list, dict} <= {type(post.get("message_tags")) for post in shown["data"]}
    assert any("message" not in post and "story" in post for post in shown["data"])


def test_films_come_with_captions_and_thumbnails_and_reels_apart() -> None:
    speaker = speak()
    fields = "source,length,post_id,captions{locale,uri},thumbnails{uri,is_preferred}"
    film = speaker.get(f"{PAGE}/videos", fields=fields, type="uploaded")["data"][0]

    assert speaker.ask(film["source"]).headers["Content-Type"] == "video/mp4"
    assert speaker.ask(film["captions"]["data"][0]["uri"]).text.startswith("1\n00:00")
    assert sum(thumb["is_preferred"] for thumb in film["thumbnails"]["data"]) == 1
    assert not set(speaker.ids(f"{PAGE}/video_reels")) & set(speaker.ids(f"{PAGE}/videos"))


def test_stories_that_have_ended_are_told_from_those_that_live() -> None:
    speaker = speak()
    living, ended = (speaker.get(f"{PAGE}/stories", status=status)["data"] for status in ("PUBLISHED", "ARCHIVED"))

    assert [len(living), len(ended)] == [1, 3]
    assert {story["status"] for story in ended} == {"ARCHIVED"}
    assert all(speaker.get(story["media_id"])["id"] == story["media_id"] for story in living + ended)


def test_events_without_a_time_filter_are_only_those_to_come() -> None:
    speaker = speak()
    past = speaker.ids(f"{PAGE}/events", time_filter="past", include_canceled="true")

    assert speaker.ids(f"{PAGE}/events") == speaker.ids(f"{PAGE}/events", time_filter="upcoming")
    assert {*speaker.ids(f"{PAGE}/events"), *past} == set(speaker.fake.world.ids("events"))
    assert len(speaker.ids(f"{PAGE}/events", time_filter="past")) == len(past) - 1


def test_ratings_have_no_id_and_their_story_a_thread() -> None:
    shown = speak().get(
        f"{PAGE}/ratings", fields="review_text,recommendation_type,open_graph_story{id,comments{message}}"
    )

    assert len(shown["data"]) == 3
    assert not any("id" in rating for rating in shown["data"])
    assert any("comments" in rating["open_graph_story"] for rating in shown["data"])


def test_figures_a_day_come_for_the_span_asked_for() -> None:
    span = {"since": "2026-10-01", "until": "2026-10-31"}
    (metric,) = speak().get(f"{PAGE}/insights", metric="page_views_total", period="day", **span)["data"]

    assert len(metric["values"]) == 30


def test_several_nodes_are_given_at_once() -> None:
    speaker = speak()
    first, second, *_ = speaker.fake.world.thread_ids()

    assert set(speaker.get("", ids=f"{first},{second}", fields="id")) == {first, second}
    threads = speaker.get("comments", ids=f"{first},{second}", filter="stream")
    assert [one["id"] for one in threads[second]["data"]] == speaker.fake.world.comments_of(second)
    assert speaker.error("", ids=",".join(["1"] * 51)) == (400, 100, 0)


# Paging


def test_pages_hang_together_and_carry_the_callers_token() -> None:
    speaker = speak()
    pages = list(speaker.pages(f"{PAGE}/published_posts", fields="id", limit=30, **EVERY))
    query = parse_qs(urlsplit(pages[0]["paging"]["next"]).query)

    assert [len(page["data"]) for page in pages] == [30, 30, 30, 10]
    assert query["access_token"] == [PLANTED]
    assert (query["limit"], query["fields"], query["include_hidden"]) == (["30"], ["id"], ["true"])
    assert "cursors" in pages[-1]["paging"]
    assert "next" not in pages[-1]["paging"]
    assert speaker.get(pages[2]["paging"]["previous"])["data"] == pages[1]["data"]
    assert len(speaker.get(f"{PAGE}/published_posts")["data"]) == 25
    assert speaker.get(f"{PAGE}/published_posts", limit=0) == {"data": []}


def test_a_nested_list_goes_on_where_its_link_leads() -> None:
    speaker = speak(world=GraphWorld(longest=60, comments=200))
    post = next(speaker.fake.world.thread_ids())
    inside = speaker.get(post, fields="comments.filter(stream).limit(25){id}")["comments"]

    met = [one["id"] for one in inside["data"]] + speaker.ids(inside["paging"]["next"])
    assert met == speaker.fake.world.comments_of(post)


def test_a_list_asked_for_by_time_is_paged_by_time_and_ends_with_an_empty_page() -> None:
    speaker = speak()
    pages = list(speaker.pages(f"{PAGE}/feed", since="2024-01-01", until="2025-01-01", limit=10, **EVERY))
    due = [one for one in speaker.fake.world.living(speaker.fake.world.lists["feed"]) if one.made.year == 2024]
    query = parse_qs(urlsplit(pages[0]["paging"]["next"]).query)

    assert {"until", "__paging_token", "since"} <= set(query)
    assert "__previous" in parse_qs(urlsplit(pages[0]["paging"]["previous"]).query)
    assert pages[-1] == {"data": []}
    assert [one["id"] for page in pages for one in page["data"]] == [one.id for one in reversed(due)]


def test_a_post_deleted_while_it_is_listed_shifts_nothing() -> None:
    speaker = speak()
    world = speaker.fake.world
    first = speaker.get(f"{PAGE}/published_posts", limit=10, **EVERY)
    world.delete(first["data"][-1]["id"])
    world.add_post("Nytt")

    rest = speaker.ids(first["paging"]["next"])
    assert rest == list(world.post_ids())[-11::-1]


def test_what_is_written_edited_and_deleted_shows() -> None:
    speaker = speak()
    world = speaker.fake.world
    old = next(world.thread_ids())
    post = world.add_post("Ny text", photos=2)
    comment = world.add_comment(post)
    reply = world.add_comment(comment)
    world.edit(old, "Rättat")

    assert speaker.get(f"{PAGE}/feed", limit=1)["data"][0]["message"] == "Ny text"
    assert speaker.ids(f"{post}/comments", filter="stream") == [comment, reply]
    shown = speaker.get(old, fields="message,created_time,updated_time")
    assert shown["message"] == "Rättat"
    assert shown["updated_time"] > shown["created_time"]
    world.delete(comment)
    assert speaker.ids(f"{post}/comments", filter="stream") == []
    assert speaker.error(comment) == (400, 100, 33)


def test_of_many_posts_a_year_only_the_highest_ranked_are_listed() -> None:
    world = GraphWorld(posts=300, span_days=300, photos=0)
    march = {"since": "2026-03-01", "until": "2026-04-01", **EVERY}
    due = [id for id in world.post_ids() if world.node(id).made.month == 3 and world.node(id).made.year == 2026]

    assert len(speak(world=world, cap=100).ids(f"{PAGE}/published_posts", **EVERY)) == 100
    assert len(speak(world=world, cap=100).ids(f"{PAGE}/published_posts", **march)) >= len(due)
    assert len(speak(world=world, cap=100, cap_windows=True).ids(f"{PAGE}/published_posts", **march)) < len(due)


def test_too_much_at_once_is_an_error_1_until_less_is_asked_for() -> None:
    speaker = speak(too_much=2_000)
    fields = "comments.limit({}){{id}}"

    assert speaker.error(f"{PAGE}/published_posts", limit=100, fields=fields.format(100)) == (500, 1, 0)
    assert speaker.get(f"{PAGE}/published_posts", limit=50, fields=fields.format(25))["data"]
    assert speaker.get(f"{PAGE}/published_posts", limit=10, fields=fields.format(100))["data"]


def test_too_many_calls_are_an_error_400_with_a_time_to_wait() -> None:
    speaker = speak(budget=3)
    for _ in range(3):
        speaker.get("me")
    answer = speaker.ask("me")

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 80001)
    (use,) = json.loads(answer.headers["X-Business-Use-Case-Usage"])[PAGE]
    assert use["call_count"] == 100
    speaker.fake.clock.now += timedelta(minutes=use["estimated_time_to_regain_access"])  # type: ignore[attr-defined]
    assert speaker.get("me")


# Instagram


def test_instagram_lists_its_media_with_what_is_in_them() -> None:
    speaker = speak(world=GraphWorld(flagged=True))
    world = speaker.fake.world
    fields = "id,media_type,media_product_type,media_url,thumbnail_url,comments_count,children{id,media_url}"
    shown = [one for page in speaker.pages(f"{INSTAGRAM}/media", fields=fields, limit=15) for one in page["data"]]

    assert [one["id"] for one in shown] == world.ids("media")[::-1]
    assert speaker.get(INSTAGRAM, fields="media_count")["media_count"] == len(shown)
    assert {one["media_type"] for one in shown} == {"IMAGE", "VIDEO", "CAROUSEL_ALBUM"}
    assert [len(one["children"]["data"]) for one in shown if one["media_type"] == "CAROUSEL_ALBUM"] == [3] * 8
    assert {one["media_product_type"] for one in shown if "thumbnail_url" in one} == {"REELS"}
    assert sum("media_url" not in one for one in shown) == 1


def test_instagram_gives_comments_newest_first_and_at_most_fifty() -> None:
    world = GraphWorld(media_longest=200, media_comments=250)
    speaker = speak(world=world)
    media = world.ids("media")[0]
    pages = list(speaker.pages(f"{media}/comments", fields="id,hidden,parent_id,replies{id,parent_id}", limit=100))
    top = [one for page in pages for one in page["data"]]
    replies = [reply for one in top for reply in one.get("replies", {"data": []})["data"]]

    assert len(pages[0]["data"]) == 50
    assert [one["id"] for one in top] == [id for id in world.comments_of(media) if world.above[id] is None][::-1]
    assert {one["id"] for one in top + replies} == set(world.comments_of(media))
    assert {reply["parent_id"] for reply in replies} <= {one["id"] for one in top}
    assert any(one["hidden"] for one in top)
    assert speaker.get(media, fields="comments_count")["comments_count"] == 200
    assert speaker.ids(f"{replies[0]['parent_id']}/replies")[0] == replies[0]["id"]


def test_instagram_stories_are_gone_after_a_day() -> None:
    speaker = speak()

    assert speaker.ids(f"{INSTAGRAM}/stories") == speaker.fake.world.ids("igstories")[:0:-1]
    speaker.fake.clock.now += timedelta(hours=5)  # type: ignore[attr-defined]
    assert len(speaker.ids(f"{INSTAGRAM}/stories")) == 1
    assert {one["username"] for one in speaker.get(f"{INSTAGRAM}/tags", fields="username")["data"]} == {"granne1"}


# Media links


def test_a_link_lives_for_some_days_and_a_new_reading_gives_a_new_one() -> None:
    speaker = speak()
    photo = speaker.fake.world.photo_ids()[0]

    def source() -> str:
        return str(speaker.get(photo, fields="images")["images"][0]["source"])

    link = source()
    assert link.startswith(MEDIA)
    until = datetime.fromtimestamp(int(parse_qs(urlsplit(link).query)["oe"][0], 16), speaker.fake.clock().tzinfo)
    assert until - speaker.fake.clock() == timedelta(days=4, hours=12)
    speaker.fake.clock.now = until + timedelta(seconds=1)  # type: ignore[attr-defined]
    late = speaker.ask(link)
    assert (late.status_code, late.text) == (403, "URL signature expired")
    assert speaker.ask(source()).status_code == 200
    assert speaker.ask(source().replace("oh=", "oh=0")).text == "Bad URL hash"
    assert speaker.ask(source().replace("oe=", "oe=x")).text == "Bad URL timestamp"


def test_a_key_that_reaches_the_media_host_is_noted() -> None:
    speaker = speak()
    link = speaker.get(speaker.fake.world.photo_ids()[0], fields="images")["images"][0]["source"]
    speaker.ask(link)
    assert not speaker.fake.strays

    speaker.session.get(link, headers={"Authorization": f"Bearer {PLANTED}"})
    speaker.session.get(f"{link}&access_token={PLANTED}")
    assert len(speaker.fake.strays) == 2


def test_on_loopback_all_has_one_origin() -> None:
    fake = GraphFake(GraphWorld())
    fake.base = "http://127.0.0.1:9"
    answer = fake.answer("GET", f"/v26.0/{PAGE}/photos?fields=images&limit=1", {"Authorization": f"Bearer {PLANTED}"})
    doc = json.loads(answer.body)

    assert fake.address == "http://127.0.0.1:9/exempelvik"
    assert fake.bases == ("http://127.0.0.1:9",)
    assert doc["paging"]["next"].startswith("http://127.0.0.1:9/v26.0/")
    link = doc["data"][0]["images"][0]["source"]
    assert fake.answer("GET", link.removeprefix(fake.base), {}).status == 200


def test_a_remembered_answer_is_the_same() -> None:
    plain, quick = speak(), speak(remember=10)
    for _ in range(2):
        assert quick.get(f"{PAGE}/feed", limit=10) == plain.get(f"{PAGE}/feed", limit=10)
    assert len(quick.fake.asked) == 2
    assert quick.error("42") == plain.error("42")


# Lies


def test_a_page_can_be_empty_and_the_list_go_on() -> None:
    speaker = speak(*ALL["empty page"].make(GraphWorld()), at_most=40)
    pages = list(speaker.pages(f"{PAGE}/published_posts", limit=100, **EVERY))

    assert [len(page["data"]) for page in pages] == [40, 0, 40, 20]


def test_a_cursor_can_repeat_and_an_object_come_twice_at_a_seam() -> None:
    repeating = speak(*ALL["cursor repeats"].make(GraphWorld()), at_most=40)
    first = repeating.get(f"{PAGE}/published_posts", **EVERY)
    second = repeating.get(first["paging"]["next"])
    assert repeating.get(second["paging"]["next"])["data"] == second["data"]

    seamed = speak(*ALL["seam"].make(GraphWorld()), at_most=40).ids(f"{PAGE}/published_posts", limit=40, **EVERY)
    assert len(seamed) - len(set(seamed)) == 2


@pytest.mark.parametrize("code", [4, 17, 32, 613, 80001, 80002])
def test_a_rate_limit_comes_as_400_with_the_wait_in_a_header(code: int) -> None:
    answer = speak(Fault(faults.throttled(code, 7))).ask("me")
    use = json.loads(answer.headers.get("X-App-Usage") or answer.headers["X-Business-Use-Case-Usage"])
    use = use if code < 80_000 else use[PAGE][0]

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert (use["call_count"], use["estimated_time_to_regain_access"]) == (100, 7)


def test_an_error_can_come_in_any_form() -> None:
    assert speak(Fault(faults.graph_error(368))).error("me") == (400, 368, 0)
    assert speak(Fault(faults.graph_error(2, transient=True, status=200))).ask("me").json()["error"]["is_transient"]
    assert speak(Fault(faults.graph_error(100, subcode=33))).error("me") == (400, 100, 33)
    assert speak(Fault(faults.html())).ask("me").headers["Content-Type"] == "text/html"
    with pytest.raises(requests.exceptions.JSONDecodeError):
        speak(Fault(faults.cut(False))).ask("me").json()


def test_a_comment_can_be_lost_inside_a_post_that_counts_it() -> None:
    world = GraphWorld()
    lost, post = next(world.comment_ids()), next(world.thread_ids())
    speaker = speak(*GRAPH["comment missing"].make(world), world=world)  # type: ignore[arg-type]
    shown = speaker.get(post, fields="comments.filter(stream).summary(true){id}")["comments"]

    assert lost not in {one["id"] for one in shown["data"]}
    assert shown["summary"]["total_count"] == len(shown["data"]) + 1
    assert lost not in speaker.ids(f"{post}/comments", filter="stream")


def test_totals_can_lie_and_links_be_stale() -> None:
    lying = speak(Fault(faults.miscounted(1), early=True))
    post = next(lying.fake.world.thread_ids())
    summary = lying.get(f"{post}/comments", filter="stream", summary="true")["summary"]
    assert summary["total_count"] == len(lying.fake.world.comments_of(post)) + 1

    stale = speak(Fault(faults.stale_links(), early=True))
    links = [one["images"][0]["source"] for one in stale.get(f"{PAGE}/photos", fields="images", limit=100)["data"]]
    assert {stale.ask(link).status_code for link in links} == {200, 403}


@pytest.mark.parametrize("name", [name for name in GRAPH if name.startswith("token in")])
def test_a_key_can_be_planted_anywhere(name: str) -> None:
    speaker = speak(*GRAPH[name].make(GraphWorld()), at_most=10)  # type: ignore[arg-type]
    answers = [speaker.ask(f"{PAGE}/published_posts", fields="message", limit=10) for _ in range(2)]
    photos = speaker.ask(f"{PAGE}/photos", fields="images", limit=100).json()["data"]
    answers += [speaker.ask(photo["images"][0]["source"]) for photo in photos] if "redirect" in name else []

    seen = [f"{answer.headers}{answer.text.replace(f'access_token={PLANTED}', '')}" for answer in answers]
    assert any(PLANTED in text for text in seen)


@pytest.mark.parametrize("name", [*ALL, *GRAPH])
def test_every_fault_of_both_tables_can_be_put_on_it(name: str) -> None:
    world = GraphWorld()
    case = (ALL | GRAPH)[name]
    speaker = speak(*case.make(world), world=world, at_most=20)  # type: ignore[arg-type]
    for path in ("me", f"{PAGE}/published_posts", f"{PAGE}/photos", f"{next(world.thread_ids())}/comments"):
        try:
            answer = speaker.ask(path)
        except requests.RequestException:
            continue
        assert answer.status_code in range(200, 600)
    assert case.right


def test_faults_can_pick_by_kind() -> None:
    seen: list[str] = []
    speaker = speak(Fault(lambda ask, reply: seen.append(ask.kind)))
    world = speaker.fake.world
    for path in ("me", f"{PAGE}/published_posts", f"{PAGE}/photos", f"{world.ids('posts')[0]}/comments", "debug_token"):
        speaker.ask(path)
    speaker.ask(world.ids("posts")[0])
    speaker.ask(f"{world.ids('videos')[0]}/captions")
    speaker.ask(speaker.get(world.photo_ids()[0], fields="picture")["picture"])

    assert seen == ["profile", "page", "list", "replies", "token", "item", "part", "item", "thumbnail"]
    assert PAGES


# Two witnesses


def test_metas_own_library_reads_it() -> None:
    from facebook_business.adobjects.iguser import IGUser
    from facebook_business.adobjects.page import Page
    from facebook_business.adobjects.pagepost import PagePost
    from facebook_business.api import FacebookAdsApi

    fake = GraphFake(GraphWorld(longest=130, comments=200))
    api = FacebookAdsApi.init(access_token=PLANTED, crash_log=False, api_version="v26.0")
    api._session.requests.mount("https://", InProcess(fake))
    posts = Page(PAGE, api=api).get_published_posts(fields=["id"], params={"limit": 40, **EVERY})
    thread = next(fake.world.thread_ids())
    comments = PagePost(thread, api=api).get_comments(fields=["id"], params={"filter": "stream", "limit": 100})

    assert [post["id"] for post in posts] == list(fake.world.post_ids())[::-1]
    assert [comment["id"] for comment in comments] == fake.world.comments_of(thread)
    assert [media["id"] for media in IGUser(INSTAGRAM, api=api).get_media(fields=["id"])] == fake.world.ids("media")[
        ::-1
    ]


def test_facebook_sdk_reads_it() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import facebook

    speaker = speak()
    graph = facebook.GraphAPI(PLANTED, session=speaker.session)
    graph.version = "v26.0"

    assert graph.get_object("me")["id"] == PAGE
    listed = graph.get_all_connections(PAGE, "published_posts", limit=30, **EVERY)
    assert [post["id"] for post in listed] == list(speaker.fake.world.post_ids())[::-1]
    assert graph.debug_access_token(PLANTED, APP, SECRET)["data"]["is_valid"]
    with pytest.raises(facebook.GraphAPIError, match="nonexisting field"):
        graph.get_object("me", fields="colour")


def test_the_same_numbers_make_the_same_world_of_any_size() -> None:
    sizes: Json = {"posts": 600, "threads": 200, "comments": 3_500, "photos": 700, "largest_album": 130}
    one, other = GraphWorld(**sizes), GraphWorld(**sizes)

    assert list(one.comment_ids()) == list(other.comment_ids())
    assert (len(one.ids("posts")), len(list(one.comment_ids())), len(one.ids("photos"))) == (600, 3_500, 700)
    assert len([object for object in one.thread_ids() if one.comments_of(object)]) >= 190
    photo = one.photo_ids()[5]
    assert one.data(photo, "o") == other.data(photo, "o") != GraphWorld(**sizes, seed=2).data(photo, "o")
