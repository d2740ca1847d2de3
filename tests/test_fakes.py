"""The simulator itself: it tells the truth when asked plainly, and lies exactly as told."""

from __future__ import annotations

import hashlib
import io
import json
import socket
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import pytest
import requests
from PIL import Image

from tests.fakes import faults
from tests.fakes.faults import ALL, FOR_EVER, MEDIA, ONCE, PAGES, PLANTED, Fault
from tests.fakes.mastodon import ACCOUNT_ID, Clock, MastodonFake
from tests.fakes.wires import InProcess, serving, serving_apart
from tests.fakes.world import World

LIST = f"/api/v1/accounts/{ACCOUNT_ID}/statuses?limit=40"
SMALL: dict[str, Any] = {
    "posts": 120,
    "with_media": 40,
    "media": 60,
    "media_bytes": 2_000,
    "comments": 200,
    "threads": 30,
}
Speak = Callable[..., tuple[requests.Session, MastodonFake]]


@pytest.fixture
def world() -> World:
    return World(**SMALL)


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


@pytest.fixture
def speak(no_sockets: None) -> Iterator[Speak]:
    """A session that speaks with a fake inside the process, with sockets shut."""
    session = requests.Session()

    def start(world: World, *faults: Fault, **more: Any) -> tuple[requests.Session, MastodonFake]:
        fake = MastodonFake(world, faults, **more)
        for scheme in ("http://", "https://"):
            session.mount(scheme, InProcess(fake))
        return session, fake

    with session:
        yield start


def pages(session: requests.Session, url: str, most: int = 50) -> Iterator[list[dict[str, Any]]]:
    for _ in range(most):
        answer = session.get(url, timeout=5)
        answer.raise_for_status()
        yield answer.json()
        if "next" not in answer.links:
            return
        url = answer.links["next"]["url"]


def ids(session: requests.Session, url: str) -> list[str]:
    return [item["id"] for page in pages(session, url) for item in page]


def picture(fake: MastodonFake, number: int = 3) -> str:
    """A file that `MEDIA` faults hit."""
    return f"{fake.base}/media/original/{1_000_000 + number}.jpg"


def test_the_same_seed_gives_the_same_world(world: World) -> None:
    again, other = World(**SMALL), World(**SMALL, seed=2)

    assert again.media_sha256() == world.media_sha256()
    assert [again.note(id) for id in again.post_ids()] == [world.note(id) for id in world.post_ids()]
    assert other.media_sha256() != world.media_sha256()


@pytest.mark.parametrize("numbers", [{}, SMALL, {"posts": 7, "media": 30, "comments": 3}])
def test_there_is_as_much_of_everything_as_was_asked_for(numbers: dict[str, Any]) -> None:
    world = World(**numbers)

    assert len(set(world.post_ids())) == world.statuses_count == world.posts
    assert len(set(world.comment_ids())) == len(list(world.comment_ids())) == world.comments
    assert len(set(world.media_sha256().values())) == world.media
    assert len(list(world.thread_ids())) == world.threads


def test_comments_are_nested_four_deep(world: World) -> None:
    id = next(world.thread_ids())
    notes = {note.id: note for note in world.below(id)}

    def depth(note_id: str) -> int:
        return 1 if notes[note_id].parent == id else 1 + depth(notes[note_id].parent or "")

    assert max(map(depth, notes)) == 4


def test_a_million_posts_take_no_memory() -> None:
    tracemalloc.start()
    world = World(posts=1_000_000, with_media=500_000, media=1_000_000, comments=5_000_000, threads=900_000)
    fake = MastodonFake(world)

    last = list(islice(world.post_ids(), 1000))
    page = json.loads(fake.answer("GET", f"{LIST}&max_id={world.id_at(500_000)}", {}).body)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(last) == 1000
    assert page[0]["id"] == world.id_at(499_999)
    assert peak < 5_000_000


@pytest.mark.parametrize("extension", ["jpg", "png", "gif", "webp"])
def test_pictures_can_be_decoded_to_the_end(extension: str) -> None:
    world = World(extensions=(extension,), media_bytes=150_000)
    data = [world.data(file) for file in islice(world.files(), 3)]

    for each in data:
        with Image.open(io.BytesIO(each)) as image:
            image.load()
            assert image.size == (16, 12)
    assert len(set(data)) == 3
    assert 140_000 < len(data[0]) < 160_000


def test_films_are_made_of_whole_boxes() -> None:
    data, kinds = World(extensions=("mp4",)).data(World(extensions=("mp4",)).file("1000000")), []

    while data:
        kinds.append(data[4:8])
        data = data[int.from_bytes(data[:4], "big") :]

    assert kinds == [b"ftyp", b"moov", b"mdat"]


def test_paging_gives_every_id_once_newest_first(speak: Speak, world: World) -> None:
    session, fake = speak(world)

    seen = ids(session, fake.base + LIST)

    assert seen == list(world.post_ids())[::-1]
    assert len(fake.asked) == 4  # the last full page leads to an empty one


def test_a_page_is_cut_to_forty_without_a_word(speak: Speak, world: World) -> None:
    session, fake = speak(world)

    page = next(pages(session, fake.base + LIST.replace("40", "400")))

    assert len(page) == 40


def test_paging_upwards_with_min_id_gives_the_same(speak: Speak, world: World) -> None:
    session, fake = speak(world)
    every = list(world.post_ids())

    answer = session.get(f"{fake.base}{LIST}&min_id={every[9]}", timeout=5)

    assert [item["id"] for item in answer.json()] == every[10:50][::-1]
    assert "min_id=" + every[49] in answer.links["prev"]["url"]


def test_filters_leave_out_what_they_say(speak: Speak, world: World) -> None:
    session, fake = speak(world)
    notes = [world.note(id) for id in world.post_ids()]

    with_media = ids(session, f"{fake.base}{LIST}&only_media=true")
    no_boosts = ids(session, f"{fake.base}{LIST}&exclude_reblogs=true&exclude_replies=true")
    pinned = ids(session, f"{fake.base}{LIST}&pinned=true")

    assert set(with_media) == {note.id for note in notes if note.files}
    assert set(no_boosts) == {note.id for note in notes if note.kind != "boost" and not note.parent}
    assert pinned == world.pinned_ids()
    assert pinned


def test_contexts_give_every_comment_and_the_counts_agree(speak: Speak, world: World) -> None:
    session, fake = speak(world)
    session.headers["Authorization"] = "Bearer x"
    seen: set[str] = set()

    for page in pages(session, fake.base + LIST):
        for post in page:
            context = session.get(f"{fake.base}/api/v1/statuses/{post['id']}/context", timeout=5).json()
            below = context["descendants"]
            assert sum(each["in_reply_to_id"] == post["id"] for each in below) == post["replies_count"]
            seen |= {each["id"] for each in below if each["account"]["id"] != ACCOUNT_ID}

    assert seen == set(world.comment_ids())


def test_without_a_key_a_context_ends_at_sixty(speak: Speak) -> None:
    world = World(posts=3, media=0, comments=100, threads=1)
    session, fake = speak(world)
    url = f"{fake.base}/api/v1/statuses/{next(world.thread_ids())}/context"

    without, key = session.get(url, timeout=5), session.get(url, timeout=5, headers={"Authorization": "Bearer x"})

    assert len(without.json()["descendants"]) == 60
    assert len(key.json()["descendants"]) == 100


def test_the_history_has_every_version_and_polls_and_boosts_look_like_themselves(speak: Speak, world: World) -> None:
    session, fake = speak(world)
    items = {item["id"]: item for page in pages(session, fake.base + LIST) for item in page}

    for id in world.edited_ids():
        history = session.get(f"{fake.base}/api/v1/statuses/{id}/history", timeout=5).json()
        assert [version["content"] for version in history][-1] == items[id]["content"]
        assert len(history) == len(world.note(id).versions) > 1
        assert history[-1]["created_at"] == items[id]["edited_at"]

    kinds = {id: world.note(id).kind for id in items}
    assert {id for id, item in items.items() if item["poll"]} == {id for id in kinds if kinds[id] == "poll"}
    assert {id for id, item in items.items() if item["reblog"]} == {id for id in kinds if kinds[id] == "boost"}
    assert {"poll", "boost", "reply"} <= set(kinds.values())


def test_the_world_can_change(speak: Speak, world: World) -> None:
    session, fake = speak(world)
    thread, other = islice(world.thread_ids(), 2)
    comment = world.below(other)[0].id

    world.delete(thread)
    world.delete(comment)
    new = world.add_post("Nytt om ån", files=2)
    world.edit(new, "Nytt om bron")
    answer = world.add_comment(world.add_comment(new))

    profile = session.get(f"{fake.base}/api/v1/accounts/lookup?acct=exempelvik", timeout=5).json()
    posts = [item for page in pages(session, fake.base + LIST) for item in page]
    assert profile["statuses_count"] == len(posts) == 120
    assert thread not in {post["id"] for post in posts}
    assert comment not in set(world.comment_ids())
    assert answer in set(world.comment_ids())
    assert "bron" in posts[0]["content"]
    assert posts[0]["replies_count"] == 1
    assert session.get(f"{fake.base}/api/v1/statuses/{thread}", timeout=5).status_code == 404
    digest = hashlib.sha256(session.get(posts[0]["media_attachments"][1]["url"], timeout=5).content).hexdigest()
    assert digest == world.media_sha256()[posts[0]["media_attachments"][1]["id"]]


def test_a_wrong_key_is_refused(speak: Speak, world: World) -> None:
    session, fake = speak(world, token="right")
    url = f"{fake.base}/api/v1/accounts/verify_credentials"

    answers = [session.get(url, timeout=5, headers={"Authorization": f"Bearer {key}"}) for key in ("wrong", "right")]

    assert [answer.status_code for answer in answers] == [401, 200]
    assert answers[1].json()["source"]
    assert session.get(url, timeout=5).status_code == 401


def test_the_budget_runs_out_and_comes_back_with_the_clock(speak: Speak, world: World) -> None:
    clock = Clock()
    session, fake = speak(world, budget=2, clock=clock)

    codes = [session.get(fake.base + LIST, timeout=5) for _ in range(3)]
    clock.now += timedelta(minutes=5)
    after = session.get(fake.base + LIST, timeout=5)

    assert [answer.status_code for answer in codes] == [200, 200, 429]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in codes] == ["1", "0", "0"]
    reset = datetime.fromisoformat(codes[2].headers["X-RateLimit-Reset"])
    assert reset == clock.now
    assert after.status_code == 200


def test_a_body_cut_short_raises_where_a_socket_would(speak: Speak, world: World) -> None:
    session, fake = speak(world, Fault(faults.cut(), MEDIA))

    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        session.get(picture(fake), timeout=5)
    answer = session.get(picture(fake), timeout=5, stream=True)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        list(answer.iter_content(100))


def test_a_cut_body_with_a_fitting_length_raises_nothing(speak: Speak, world: World) -> None:
    session, fake = speak(world, Fault(faults.cut(False), MEDIA))

    answer = session.get(picture(fake), timeout=5)

    assert int(answer.headers["Content-Length"]) == len(answer.content) < 1_500


def test_resets_and_silence_raise_without_waiting(speak: Speak, world: World) -> None:
    broken = Fault(faults.wire(reset=True), PAGES)
    silent = Fault(faults.wire(delay=FOR_EVER), MEDIA)
    session, fake = speak(world, broken, silent)

    with pytest.raises(requests.ConnectionError):
        session.get(fake.base + LIST, timeout=5)
    with pytest.raises(requests.ReadTimeout):
        session.get(picture(fake), timeout=(3, 5))


def test_an_endless_body_can_be_left(speak: Speak, world: World) -> None:
    session, fake = speak(world, Fault(faults.wire(endless=True), MEDIA))

    with session.get(picture(fake), timeout=5, stream=True) as answer:
        got = sum(len(piece) for piece in islice(answer.iter_content(65_536), 100))

    assert got > 5_000_000
    assert "Content-Length" not in answer.headers


def test_strangers_are_noted_and_never_answered(speak: Speak, world: World) -> None:
    session, fake = speak(world, Fault(faults.redirect(faults.CLOUD), MEDIA))

    with pytest.raises(requests.ConnectionError, match="stranger"):
        session.get(picture(fake), timeout=5)

    assert fake.strays == [faults.CLOUD]


def test_a_fault_counts_its_hits(speak: Speak, world: World) -> None:
    session, fake = speak(world, Fault(faults.error(500), PAGES, skip=1, times=2, every=2))

    codes = [session.get(fake.base + LIST, timeout=5).status_code for _ in range(6)]

    assert codes == [200, 500, 200, 500, 200, 200]


def test_once_each_is_counted_by_address(speak: Speak, world: World) -> None:
    session, fake = speak(world, Fault(faults.html(500), MEDIA, **ONCE))

    codes = [session.get(picture(fake, n), timeout=5).status_code for n in (3, 13, 3, 13, 4)]

    assert codes == [500, 500, 200, 200, 200]


def test_many_threads_may_ask_at_once(speak: Speak, world: World) -> None:
    fault = Fault(faults.html(500), MEDIA, **ONCE)
    session, fake = speak(world, fault)

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda n: session.get(picture(fake, n % 60), timeout=5).status_code, range(240)))

    assert codes.count(500) == 6
    assert len(fake.asked) == 240


def test_an_expired_link_lives_when_it_is_listed_again(speak: Speak, world: World) -> None:
    session, fake = speak(world, *faults.expired_links())
    url = fake.base + LIST.replace("40", "20")

    def links() -> dict[str, str]:
        return {
            m["url"].split("?")[0]: m["url"]
            for page in pages(session, url)
            for p in page
            for m in p["media_attachments"]
        }

    first, second = links(), links()

    assert session.get(first[picture(fake)], timeout=5).status_code == 403
    assert session.get(second[picture(fake)], timeout=5).status_code == 200
    fake.clock.now += timedelta(hours=2)  # type: ignore[attr-defined]
    assert session.get(second[picture(fake)], timeout=5).status_code == 403


def heard(session: requests.Session, fake: MastodonFake) -> list[Any]:
    """What a simple client sees of the whole account, errors as their names."""
    world = fake.world
    threads = [
        f"/api/v1/statuses/{id}/{what}" for id in islice(world.thread_ids(), 4) for what in ("context", "history")
    ]
    short = LIST.replace("40", "10")
    lists = [short, short, f"{short}&max_id={world.id_at(80)}", "/api/v1/accounts/lookup?acct=exempelvik"]
    media = [f"/media/original/{1_000_000 + n}.jpg" for n in (3, 3, 4, 13)]
    return [_hear(session, fake.base + path) for path in [*lists, *threads, *media]]


def _hear(session: requests.Session, url: str) -> Any:
    try:
        with session.get(url, timeout=0.2, stream=True, allow_redirects=False) as answer:
            body = b"".join(islice(answer.iter_content(65_536), 40))
            headers = {k: v for k, v in answer.headers.items() if k != "Connection"}
            return answer.status_code, headers, hashlib.sha256(body).hexdigest()
    except requests.RequestException as error:
        return type(error).__name__


@pytest.fixture(scope="module")
def plain() -> list[Any]:
    """What is heard without any fault."""
    fake = MastodonFake(World(**SMALL))
    with requests.Session() as session:
        session.mount("https://", InProcess(fake))
        return heard(session, fake)


@pytest.mark.parametrize("name", [name for name in ALL if name != "none"])
def test_every_fault_changes_what_is_heard(speak: Speak, plain: list[Any], name: str) -> None:
    world = World(**SMALL)

    marred = heard(*speak(world, *ALL[name].make(world)))

    assert marred != plain
    assert ALL[name].says


def test_planted_keys_are_there_to_be_found(speak: Speak, world: World) -> None:
    session, fake = speak(world, *ALL["token in next"].make(world))

    answer = session.get(fake.base + LIST, timeout=5)

    assert PLANTED in answer.links["next"]["url"]
    assert len(ids(session, fake.base + LIST)) == 120


def test_an_empty_page_and_a_seam_lose_nothing(speak: Speak, world: World) -> None:
    both = [*ALL["empty page"].make(world), *ALL["seam"].make(world)]
    session, fake = speak(world, *both)

    seen = ids(session, fake.base + LIST)

    assert set(seen) == set(world.post_ids())
    assert len(seen) > 120


@pytest.mark.servers
@pytest.mark.parametrize("name", ["none", "page cut once", "media half", "reset once", "media cut", "media endless"])
def test_a_socket_gives_the_same_bytes_as_the_process(name: str) -> None:
    with serving(World(**SMALL), clock=Clock()) as served, requests.Session() as over_socket:
        assert served.fake
        served.fake.faults = list(ALL[name].make(served.fake.world))
        socket_heard = heard(over_socket, served.fake)
        inside = MastodonFake(World(**SMALL), ALL[name].make(World(**SMALL)), base=served.url)
        with requests.Session() as session:
            session.mount("http://", InProcess(inside))

            assert heard(session, inside) == socket_heard

        assert served.requests()["requests"] == len(inside.asked)


@pytest.mark.servers
def test_a_server_apart_counts_requests_and_takes_its_time() -> None:
    with serving_apart("--posts", "50", "--latency-ms", "60") as served, requests.Session() as session:
        answer = session.get(served.url + LIST, timeout=5)
        session.get(served.url + LIST, timeout=5)

        assert answer.elapsed.total_seconds() >= 0.06
        assert len(answer.json()) == 40
        assert served.requests() == {"requests": 2, "distinct": 1, "repeated": 1, "media": 0}
