"""The only way out: waits, retries, where requests may go, what the record keeps, and that no key is written down."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import html
import io
import json
import random
import re
import tempfile
import threading
import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import pytest
import requests

from connectors import web
from connectors._address import private
from connectors.record import records
from connectors.web import NoFile
from model.errors import NotAllowed, NotUnderstood, TryLater
from tests.fakes.faults import LOGIN, PLANTED, Reply
from tests.says import HOME, NOON, Bench, Speaker, by_path, in_turn, reply
from tests.servers.pictures import picture as photo

API = f"{HOME}/api/v1/a"
CDN = "https://files.exempelvik.example/a.jpg"


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between tries."""
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    return pauses


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make(speak: Speaker, **more: Any) -> Bench:
        made.append(Bench(tmp_path, speak, **more))
        return made[-1]

    yield make
    for one in made:
        one.record.close()


def jpeg(size: tuple[int, int] = (96, 64)) -> Reply:
    return reply(body=photo(1, "JPEG", size), Content_Type="image/jpeg")


# -- waiting --------------------------------------------------------------------------------------------------------

IN_90_S = NOON + timedelta(seconds=90)
WAITS = [
    {"Retry-After": "90"},
    {"Retry-After": format_datetime(IN_90_S, usegmt=True)},
    {"X-RateLimit-Reset": "2026-12-01T02:01:30.000000Z"},
    {"X-RateLimit-Reset": str(int(IN_90_S.timestamp()))},
    {"X-RateLimit-Reset": str(int(IN_90_S.timestamp() * 1000))},
    {"X-Rate-Limit-Reset": str(int(IN_90_S.timestamp()))},
    {"RateLimit-Reset": "90"},
    {"X-Business-Use-Case-Usage": '{"17": [{"call_count": 99, "estimated_time_to_regain_access": 1.5}]}'},
]


@pytest.mark.parametrize("headers", WAITS, ids=lambda headers: "=".join(*headers.items())[:40])
def test_a_wait_of_90_seconds_is_waited_in_whatever_form_it_is_told(
    bench: Callable[..., Bench], slept: list[float], headers: dict[str, str]
) -> None:
    at = bench(in_turn(Reply(429, headers, b"{}"), reply(body=[1])))

    answer = at.web.get(API)

    assert answer.data == [1]
    assert 90 in slept + at.slept


@pytest.mark.parametrize("headers", WAITS[:7], ids=lambda headers: "=".join(*headers.items())[:40])
def test_when_nothing_is_left_the_next_request_waits(bench: Callable[..., Bench], headers: dict[str, str]) -> None:
    at = bench(in_turn(Reply(200, headers | {"X-RateLimit-Remaining": "0"}, b"[1]"), reply(body=[2])))
    at.web.get(API)

    at.web.get(f"{API}?page=2")

    assert at.slept == [90]


def test_a_usage_of_95_percent_waits_before_the_next_request(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(reply(X_App_Usage='{"call_count": 12, "total_time": 95, "total_cputime": 1}'), reply()))
    at.web.get(API)

    at.web.get(f"{API}?page=2")

    assert at.slept == [60]


def test_a_usage_of_94_percent_does_not_wait(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(reply(X_App_Usage='{"call_count": 94}'), reply()))
    at.web.get(API)

    at.web.get(f"{API}?page=2")

    assert at.slept == []


def test_a_long_wait_is_left_to_the_scheduler(bench: Callable[..., Bench], slept: list[float]) -> None:
    at = bench(in_turn(reply(429, Retry_After="3600")))

    with pytest.raises(TryLater) as caught:
        at.web.get(API)

    assert caught.value.after == 3600
    assert len(at.said.asked) == 1
    assert (slept, at.slept) == ([], [])


def test_nobody_asks_again_while_a_long_wait_lasts(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(reply(X_RateLimit_Remaining="0", X_RateLimit_Reset="2026-12-01T03:00:00Z"), reply()))
    at.web.get(API)

    with pytest.raises(TryLater) as caught:
        at.web.get(f"{API}?page=2")

    assert caught.value.after == 3600
    assert len(at.said.asked) == 1


def test_the_wait_of_one_host_is_not_another_hosts(bench: Callable[..., Bench]) -> None:
    at = bench(by_path({"/a": reply(X_RateLimit_Remaining="0", X_RateLimit_Reset="800"), "a.jpg": jpeg()}))
    at.web.get(API)

    at.web.file(CDN)

    assert at.slept == []


def test_a_server_that_fails_is_asked_five_times_with_growing_pauses(
    bench: Callable[..., Bench], slept: list[float], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: high)
    at = bench(in_turn(reply(503)))

    with pytest.raises(TryLater) as caught:
        at.web.get(API)

    assert caplog.messages == [], "a word without a sentence tells nobody anything"
    assert slept == [2, 4, 8, 16]
    assert len(at.said.asked) == 5
    assert caught.value.after == 1800


def test_a_pause_is_drawn_by_lot_from_nothing_up(
    bench: Callable[..., Bench], slept: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[float, float]] = []
    monkeypatch.setattr(random, "uniform", lambda low, high: asked.append((low, high)) or 0.5)
    at = bench(in_turn(reply(500), reply(502), reply()))

    at.web.get(API)

    assert asked == [(0, 2), (0, 4)]
    assert slept == [0.5, 0.5]


@pytest.mark.parametrize(
    "error", [requests.ConnectionError("x"), requests.ReadTimeout("x"), requests.exceptions.SSLError("x")]
)
def test_a_broken_connection_is_tried_again(bench: Callable[..., Bench], error: Exception) -> None:
    at = bench(in_turn(error, error, reply(body=[1])))

    assert at.web.get(API).data == [1]


def test_a_server_that_stays_away_is_a_wait(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(requests.ConnectionError("no route")))

    with pytest.raises(TryLater):
        at.web.get(API)


# -- what an answer means --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_a_persons_business(bench: Callable[..., Bench], status: int) -> None:
    at = bench(in_turn(reply(status)), key=PLANTED)

    with pytest.raises(NotAllowed, match="Renew the key"):
        at.web.get(API)

    assert len(at.said.asked) == 1


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_gone_comes_back_as_an_answer(bench: Callable[..., Bench], status: int) -> None:
    at = bench(in_turn(reply(status, {"error": "gone_for_good"})))

    answer = at.web.get(API)

    assert (answer.gone, answer.status, answer.code, answer.data) == (True, status, "gone_for_good", None)


@pytest.mark.parametrize("status", [300, 400, 402, 418, 422, 451])
def test_a_status_that_nobody_knows_is_not_understood(bench: Callable[..., Bench], status: int) -> None:
    with pytest.raises(NotUnderstood, match=f"HTTP {status}"):
        bench(in_turn(reply(status))).web.get(API)


@pytest.mark.parametrize(
    ("meaning", "seen"),
    [("gone", None), ("again", TryLater), ("renew", NotAllowed), ("odd", NotUnderstood), ("fine", None)],
)
def test_the_connectors_table_has_the_first_word(bench: Callable[..., Bench], meaning: str, seen: Any) -> None:
    at = bench(in_turn(reply(400, {"error": {"code": 190}}, Retry_After="9999")), errors={(400, "190"): meaning})

    if seen:
        with pytest.raises(seen):
            at.web.get(API)
    else:
        assert at.web.get(API).gone == (meaning == "gone")


def test_an_errors_text_is_never_a_code(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(reply(400, {"error": "Något gick fel"})), errors={(400, "Något gick fel"): "fine"})

    with pytest.raises(NotUnderstood):
        at.web.get(API)


NOT_JSON = {
    "a login page": LOGIN,
    "nothing": b"",
    "half": b'[{"id": "1"}, {"id',
    "deep": b"[" * 200_000 + b"]" * 200_000,
    "a picture": photo(1),
    "UTF-16": json.dumps([PLANTED]).encode("utf-16"),
    "a number too long": b"[" + b"9" * 5000 + b"]",
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
def test_what_is_not_json_is_tried_again_and_then_not_understood(bench: Callable[..., Bench], body: bytes) -> None:
    at = bench(in_turn(reply(body=body)), key=PLANTED)

    with pytest.raises(NotUnderstood, match="JSON"):
        at.web.get(API)

    assert len(at.said.asked) == 5


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
def test_what_was_not_json_does_not_stand_in_for_a_new_answer(bench: Callable[..., Bench], body: bytes) -> None:
    at = bench(in_turn(reply(body=body), reply(body=[1])), key=PLANTED)
    at.web.get(API)

    assert at.again().web.get(API).data == [1]
    assert len(at.said.asked) == 2


def test_a_body_cut_short_with_its_true_length_is_tried_again(bench: Callable[..., Bench]) -> None:
    cut = Reply(200, {}, b'["whole"]', sent=5)
    at = bench(in_turn(cut, reply(body=["whole"])))

    assert at.web.get(API).data == ["whole"]


def test_null_and_a_byte_order_mark_are_json(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(reply(body=b"null"), reply(body=b'\xef\xbb\xbf["\xc3\xa5"]')))

    assert at.web.get(API).data == {}
    assert at.web.get(f"{API}?2").data == ["å"]


def test_an_answer_larger_than_memory_should_hold_is_not_understood(
    bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "LARGEST_ANSWER", 100_000)
    at = bench(in_turn(reply(body=b"[" + b" " * 100_000 + b"]")))

    with pytest.raises(NotUnderstood, match="more than 100000 bytes"):
        at.web.get(API)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "gzip, gzip"])
def test_a_small_answer_that_unpacks_to_a_large_one_is_stopped(
    bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch, coding: str
) -> None:
    monkeypatch.setattr(web, "LARGEST_ANSWER", 2**20)
    bomb = b"[" + b" " * 2**25 + b"]"
    packed = zlib.compress(bomb) if coding == "deflate" else gzip.compress(bomb)
    at = bench(in_turn(reply(body=gzip.compress(packed) if "," in coding else packed, Content_Encoding=coding)))

    with pytest.raises(NotUnderstood, match="more than 1048576 bytes"):
        at.web.get(API)


def test_an_answer_comes_out_of_the_record_as_it_came_from_the_wire(bench: Callable[..., Bench]) -> None:
    packed = reply(body=gzip.compress(b'["packed"]'), Content_Encoding="gzip")
    chunked = reply(body=b"1\r\n\n", Transfer_Encoding="chunked")  # no chunks any more: the adapter has joined them
    at = bench(by_path({"/packed": packed, "/chunked": chunked}))
    first = [at.web.get(f"{HOME}/packed").data, at.web.get(f"{HOME}/chunked").data]

    again = at.again()

    assert [again.web.get(f"{HOME}/packed").data, again.web.get(f"{HOME}/chunked").data] == first == [["packed"], 1]
    assert len(at.said.asked) == 2


@pytest.mark.parametrize(
    "usage",
    ['{"call_count": "many"}', '{"call_count": {}}', '{"call_count": NaN}', "[" * 60_000, "[95]", '"x"', "null",
     '{"a": [{"estimated_time_to_regain_access": "soon"}]}', '{"estimated_time_to_regain_access": 1e999}'],
    ids=lambda usage: usage[:30],
)  # fmt: skip
def test_an_odd_usage_header_harms_nothing(bench: Callable[..., Bench], usage: str) -> None:
    at = bench(
        in_turn(Reply(429, {"X-App-Usage": usage, "Retry-After": ""}, b"{}"), reply(body=[1], X_App_Usage=usage))
    )

    assert at.web.get(API).data == [1]


# -- where requests may go -------------------------------------------------------------------------------------------


def to(where: str) -> Speaker:
    return lambda request: (
        reply(302, Location=where) if (request.url or "").endswith(("/a", "a.jpg")) else reply(body=["b"])
    )


def test_a_redirect_on_the_same_host_is_followed_and_on_the_record_under_the_address_that_answered(
    bench: Callable[..., Bench],
) -> None:
    at = bench(to("/api/v2/b"))

    answer = at.web.get(API)
    at.record.seal(at.folder / "raw", "x")

    assert (answer.url, answer.data) == (f"{HOME}/api/v2/b", ["b"])
    kept = [(one.url, one.asked, one.status) for one in records(at.folder / "raw" / "x-00000.warc.gz")]
    assert kept == [(API, API, 302), (f"{HOME}/api/v2/b", API, 200)]


def test_a_redirected_answer_is_found_again_under_the_address_that_was_asked(bench: Callable[..., Bench]) -> None:
    at = bench(to("/api/v2/b"))
    at.web.get(API)

    assert at.again().web.get(API).url == f"{HOME}/api/v2/b"
    assert len(at.said.asked) == 2


def test_redirects_in_a_circle_end(bench: Callable[..., Bench]) -> None:
    at = bench(lambda request: reply(302, Location="/api/v1/a"))

    with pytest.raises(NotUnderstood, match="five redirects"):
        at.web.get(API)

    assert len(at.said.asked) == 6


AWAY = [
    "https://stranger.example/a", "//stranger.example/a", "http://social.exempelvik.example/a", "file:///etc/passwd",
    "ftp://social.exempelvik.example/", "https://social.exempelvik.example@stranger.example/", "http://169.254.169.254/",
    "https://social.exempelvik.example\\@stranger.example/", "https://stranger.example#@social.exempelvik.example/",
    "https://stranger.example\\@social.exempelvik.example/", "https://[::1", "https://social.exempelvik.example:99999/",
    "https://social.exempelvik.example:x/", "gopher://127.0.0.1:70/_x", "data:application/json,[]", "https://ℂ℀/",
    "https://user:word@social.exempelvik.example/", "https://social.exempelvik.example.stranger.example/",
]  # fmt: skip


@pytest.mark.parametrize("wide", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_key_in_utf_16_is_not_written_down_either(bench: Callable[..., Bench], wide: str) -> None:
    body = json.dumps({"error": PLANTED, "after": "åäö"}, ensure_ascii=False).encode(wide)
    at = bench(in_turn(reply(200, body)), key=PLANTED)

    with pytest.raises(NotUnderstood):
        at.web.get(API)

    kept = at.every_byte()
    assert not any(PLANTED.encode(order) in kept for order in ("utf-16-le", "utf-16-be"))
    assert '[removed]", "after": "åäö"}'.encode(wide).removeprefix(codecs.BOM_UTF16_LE) in kept


@pytest.mark.parametrize("where", AWAY)
def test_a_redirect_that_leads_away_is_never_asked(bench: Callable[..., Bench], where: str) -> None:
    at = bench(to(where), key=PLANTED)

    with pytest.raises(NotUnderstood):
        at.web.get(API)

    assert at.said.urls == [API]


@pytest.mark.parametrize("where", AWAY)
def test_a_next_link_that_leads_away_is_never_asked(bench: Callable[..., Bench], where: str) -> None:
    at = bench(in_turn(reply(body=[1], Link=f'<{where}>; rel="next"')), key=PLANTED)

    with pytest.raises(NotUnderstood):
        list(at.web.pages(API))

    assert at.said.urls == [API]


PRIVATE = [
    "127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104
    "0",
    "[::]", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[fd00::1]", "[fe80::1]", "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]", "2130706433", "0x7f000001", "0x7f.1", "127.1", "017700000001", "localhost", "LOCALHOST",
    "localhost.", "a.localhost", "127.0.0.1.", "metadata.google.internal", "x.internal.", "printer.local",
    "router.home.arpa", "intranet", "127。0。0。1", "ⓛocalhost", "224.0.0.1", "255.255.255.255", "[ff02::1]",
    "198.18.0.1",
]  # fmt: skip


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_a_file_on_a_private_address_is_never_asked_for(bench: Callable[..., Bench], scheme: str) -> None:
    at = bench(lambda request: jpeg())

    for host in PRIVATE:
        with pytest.raises(NoFile):
            at.web.file(f"{scheme}://{host}/a.jpg")

    assert at.said.asked == []


def test_a_file_that_redirects_to_a_private_address_is_not_had(bench: Callable[..., Bench]) -> None:
    at = bench(lambda request: reply(302, Location=(request.url or "").partition("?")[2]))
    links = [f"{CDN}?https://{host}/b.jpg" for host in PRIVATE if host.isascii() and "[" not in host]

    for link in links:
        with pytest.raises(NoFile):
            at.web.file(link)

    assert at.said.urls == links


def test_public_addresses_and_names_are_public() -> None:
    hosts = [
        "social.example",
        "8.8.8.8",
        "2606:4700::1111",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "å.example",
        "xn--a.example",
    ]

    assert [host for host in hosts if private(host)] == []


BROKEN = [
    "https://[::1", "https://files.example:99999/a.jpg", "https://*.example/a.jpg", "https://.example/a.jpg",
    "https://files example/a.jpg", "https://files.example/\ud800.jpg", "https://files.example/a\r\nb.jpg", "/a.jpg", "",
    "https:///a.jpg", "javascript:alert(1)", "https://ℂ℀/a.jpg", "file:///etc/passwd", "http://files.example/a.jpg",
]  # fmt: skip


@pytest.mark.parametrize("url", BROKEN, ids=ascii)
def test_an_address_that_is_none_is_a_missing_file_and_ends_no_run(bench: Callable[..., Bench], url: str) -> None:
    at = bench(lambda request: jpeg())

    with pytest.raises(NoFile):
        at.web.file(url)

    assert at.said.asked == []


@pytest.mark.parametrize("status", [300, 400, 402, 405, 416, 418, 451])
def test_a_status_that_nobody_knows_is_a_missing_file_and_ends_no_run(bench: Callable[..., Bench], status: int) -> None:
    with pytest.raises(NoFile) as caught:
        bench(in_turn(reply(status))).web.file(CDN)

    assert caught.value.why == "unreadable"


def test_a_page_without_end_in_place_of_a_file_ends_no_run(
    bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "LARGEST_ANSWER", 1000)

    with pytest.raises(NoFile):
        bench(in_turn(reply(404, b"x" * 2000))).web.file(CDN)


def test_an_address_cannot_write_a_header_of_the_record(bench: Callable[..., Bench]) -> None:
    """It once could: a file of this machine would have gone into the package."""
    from connectors.record import Heard

    at = bench(lambda request: jpeg())
    url = 'https://files.example/a\r\nArsring-File: {"path": "media/../../../etc/passwd", "size": 1}'
    file: dict[str, str | int] = {"path": "media/a.jpg", "size": 3, "sha256": "00" * 32, "sha512": "", "type": ""}
    plain: dict[str, Any] = {"method": "FILE", "sent": (), "status": 200, "reason": "OK", "headers": (), "body": b""}
    at.record.keep(Heard(url="https://files.example/a", asked=url, at=NOON, file=file, **plain))

    found = at.record.find("FILE", url, NOON)

    assert found
    assert found.file == file


def test_an_answer_cannot_pass_for_a_request_in_the_record(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(reply(body=["WARC-Type: request"], X_Sly="WARC-Type: request")))
    at.web.get(API)
    at.record.seal(at.folder / "raw", "x")

    assert at.again().web.get(API).data == ["WARC-Type: request"]
    assert len(at.said.asked) == 1
    assert [one.url for one in records(at.folder / "raw" / "x-00000.warc.gz")] == [API]


# -- who gets the key -----------------------------------------------------------------------------------------------


def bearers(at: Bench) -> list[tuple[str, str | None]]:
    return [(url, headers.get("Authorization")) for _, url, headers, _ in at.said.asked]


def test_the_key_goes_to_the_accounts_own_origin_and_nowhere_else(bench: Callable[..., Bench]) -> None:
    at = bench(by_path({"/a": reply(), "b.jpg": reply(302, Location=CDN), "a.jpg": jpeg()}), key=PLANTED)

    at.web.get(API)
    at.web.file(f"{HOME}/b.jpg")
    at.web.file(f"{HOME}:8443/a.jpg")

    word = f"Bearer {PLANTED}"
    assert bearers(at) == [(API, word), (f"{HOME}/b.jpg", None), (CDN, None), (f"{HOME}:8443/a.jpg", None)]


def test_a_key_that_one_logs_in_with_is_not_sent_as_a_bearer(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(reply()), key=PLANTED, sends_key=False)

    at.web.get(API)

    assert bearers(at) == [(API, None)]


def test_at_another_host_the_key_goes_there_only(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(reply()), key=PLANTED)
    there = at.web.at("https://pds.exempelvik.example")

    there.get("https://pds.exempelvik.example/x")

    assert bearers(at) == [("https://pds.exempelvik.example/x", f"Bearer {PLANTED}")]
    with pytest.raises(NotUnderstood):
        there.get(API)


@pytest.mark.parametrize(
    "url",
    ["http://pds.example", "https://10.0.0.1", "https://localhost:2583", "https://a@pds.example", "https://[::1", ""],
)
def test_no_account_lives_at_a_private_or_open_address(bench: Callable[..., Bench], url: str) -> None:
    with pytest.raises(NotUnderstood):
        bench(in_turn(reply())).web.at(url)


def test_what_was_posted_is_not_sent_on_by_a_redirect(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(reply(307, Location=f"{HOME}:8443/a"), reply()))

    with pytest.raises(NotUnderstood, match="redirects what was sent"):
        at.web.post(API, {"password": PLANTED})

    assert at.said.urls == [API]


@pytest.mark.parametrize("body", [[1], "x", 7, None])
def test_an_odd_answer_to_a_log_in_is_not_understood(bench: Callable[..., Bench], body: Any) -> None:
    with pytest.raises(NotUnderstood):
        bench(in_turn(reply(body=json.dumps(body).encode()))).web.post(API, {"password": "x"})


def test_the_keys_of_a_log_in_are_given_back_and_not_written_down(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(reply(body={"accessJwt": PLANTED, "refreshJwt": "andra-" + PLANTED}), reply(body=[PLANTED])))

    data = at.web.post(API, {"password": "hemligt-ord"})
    later = at.web.get(f"{API}2")

    assert data["accessJwt"] == PLANTED
    assert later.data == ["[removed]"]
    assert PLANTED.encode() not in at.every_byte()
    assert b"hemligt-ord" not in at.every_byte()


def test_cookies_are_never_sent_back(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(reply(Set_Cookie="session=1; Path=/"), reply()))

    at.web.get(API)
    at.web.get(f"{API}?2")

    assert [headers for _, _, headers, _ in at.said.asked if "Cookie" in headers] == []
    assert b"session=1" not in at.every_byte()


def test_the_netrc_file_is_never_read(
    bench: Callable[..., Bench], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text(
        "machine social.exempelvik.example login a password b\ndefault login c password d\n"
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    at = bench(by_path({"/a": reply(), "a.jpg": jpeg()}))

    at.web.get(API)
    at.web.file(CDN)

    assert [word for _, word in bearers(at)] == [None, None]


def test_a_proxy_of_the_environment_is_used_and_no_proxy_too(
    bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.exempelvik.example:3128")
    monkeypatch.setenv("no_proxy", "files.exempelvik.example")
    at = bench(by_path({"/a": reply(), "a.jpg": jpeg()}))

    at.web.get(API)
    at.web.file(CDN)

    first, second = (options["proxies"] for options in at.said.options)
    assert first["https"] == "http://proxy.exempelvik.example:3128"
    assert "https" not in second


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_the_citys_own_certificates_are_used(
    bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.setenv(name, "/etc/ssl/exempelvik.pem")
    at = bench(in_turn(reply()))

    at.web.get(API)

    assert at.said.options[0]["verify"] == "/etc/ssl/exempelvik.pem"
    assert at.said.options[0]["timeout"] == web.TIMEOUT


# -- no key is written down -----------------------------------------------------------------------------------------

FORMS = {
    "plain": PLANTED,
    "percent": quote(PLANTED, safe=""),
    "every byte in percent": "".join(f"%{ord(letter):02x}" for letter in PLANTED),
    "JSON escapes": "".join(f"\\u{ord(letter):04x}" for letter in PLANTED),
    "some JSON escapes": PLANTED.replace("e", "\\u0065").replace("K", "\\u004B"),
    "HTML": "".join(f"&#{ord(letter)};" for letter in PLANTED),
    "HTML in hexadecimal": "".join(f"&#x{ord(letter):X};" for letter in PLANTED),
}


def _undone(data: bytes) -> list[bytes]:
    """The data as it is, and with each kind of escape undone."""
    text = data.decode("latin-1")
    letters = re.sub(r"\\u00([0-9a-fA-F]{2})", lambda found: chr(int(found[1], 16)), text)
    return [data, unquote_to_bytes(data), html.unescape(text).encode("utf-8"), letters.encode("latin-1")]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_a_key_is_nowhere_under_the_folder_in_whatever_form_it_comes_back(
    bench: Callable[..., Bench], form: str
) -> None:
    body = f'{{"error": "{form}", "next": "{HOME}/?access_token={form}"}}'.encode()
    last = reply(body=body.replace(b"next", b"prev"))
    said = Reply(200, {"Link": f'<{API}?access_token={form}&max_id=2>; rel="next"', "X-Echo": form}, body)
    at = bench(in_turn(said, reply(500, body), reply(302, Location=f"/c/{form}?x={form}"), last), key=PLANTED)

    pages = list(at.web.pages(API))

    assert PLANTED not in repr([page.data for page in pages]) + repr([page.headers for page in pages])
    assert not any(PLANTED.encode() in view for view in _undone(at.every_byte()))
    assert PLANTED not in " ".join(at.said.urls)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
@pytest.mark.parametrize("where", ["https://stranger.example/{}?{}", "https://{}@social.exempelvik.example/", "/{}"])
def test_a_key_is_in_no_error_text(bench: Callable[..., Bench], form: str, where: str) -> None:
    at = bench(lambda request: reply(302, Location=where.format(form, form)), key=PLANTED)

    with pytest.raises(NotUnderstood) as caught:
        at.web.get(API)

    error: BaseException | None = caught.value
    while error:
        assert not any(PLANTED.encode() in view for view in _undone(str(error).encode()))
        error = error.__cause__ or error.__context__


def test_a_key_in_the_words_beside_the_status_is_not_written_down(bench: Callable[..., Bench]) -> None:
    said = reply(body=[])
    object.__setattr__(said, "body", b"[]")
    at = bench(in_turn(said), key=PLANTED)
    true = at.said.build_response

    def with_reason(request: Any, answer: Any) -> Any:
        answer.reason = f"OK {PLANTED}"
        return true(request, answer)

    at.said.build_response = with_reason  # type: ignore[method-assign]

    at.web.get(API)

    assert PLANTED.encode() not in at.every_byte()


def test_keys_that_nobody_told_us_of_are_taken_out_by_their_names(bench: Callable[..., Bench]) -> None:
    link = b"https:\\/\\/x.example\\/?limit=1&access_token=okand%7Cnyckel\\/2\\u0026x=1"
    body = b'{"next": "%s", "refresh_token" : "a\\"b\\/c"}' % link
    at = bench(in_turn(reply(body=body, X_Url="https://x.example/?a=1&client_secret=okand%7Cnyckel")))

    at.web.get(API)

    everything = at.every_byte()
    assert b"okand" not in everything
    assert b"nyckel" not in everything
    assert b"b\\/c" not in everything
    assert b'?limit=1&access_token=[removed]\\u0026x=1", "refresh_token" : "[removed]"' in everything


def test_the_record_says_how_many_keys_were_taken_out(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(reply(body=[PLANTED, PLANTED])), key=PLANTED)
    at.web.get(API)

    (name,) = (at.folder / "segments").glob("*.warc.gz")
    (kept,) = records(name)

    assert kept.scrubbed == 2
    assert kept.body == b'["[removed]", "[removed]"]'
    assert b"Authorization: [removed]" in at.every_byte()


# -- pages ----------------------------------------------------------------------------------------------------------


def test_pages_are_read_to_the_last_one_and_an_empty_page_is_no_end(bench: Callable[..., Bench]) -> None:
    pages = {"/a": (["1"], "?2"), "?2": ([], "?3"), "?3": (["3"], None)}
    at = bench(
        by_path(
            {
                end: reply(body=body, **({"Link": f'<{API}{more}>; rel="next"'} if more else {}))
                for end, (body, more) in pages.items()
            }
        )
    )

    assert [page.data for page in at.web.pages(API)] == [["1"], [], ["3"]]


def test_a_next_link_in_a_circle_is_not_understood(bench: Callable[..., Bench]) -> None:
    table = {"/a": reply(body=[1], Link=f'<{API}?2>; rel="next"'), "?2": reply(body=[2], Link=f'<{API}>; rel="next"')}
    at = bench(by_path(table))

    with pytest.raises(NotUnderstood, match="leads back"):
        list(at.web.pages(API))

    assert len(at.said.asked) == 2


def test_the_same_page_under_another_address_is_not_understood(bench: Callable[..., Bench]) -> None:
    count = iter(range(1000))
    at = bench(lambda request: reply(body=[1], Link=f'<{API}?{next(count)}>; rel="next"'))

    with pytest.raises(NotUnderstood, match="same page again"):
        list(at.web.pages(API))

    assert len(at.said.asked) == 2


def test_a_key_in_a_next_link_is_left_out_of_the_request_and_the_rest_is_kept(bench: Callable[..., Bench]) -> None:
    first = reply(body=[1], Link=f'<{API}?access_token=okand&max_id=7&tom=>; rel="next", <{API}?min_id=9>; rel="prev"')
    at = bench(in_turn(first, reply(body=[])))

    list(at.web.pages(API, limit="40"))

    assert at.said.urls == [f"{API}?limit=40", f"{API}?max_id=7&tom="]


# -- files ----------------------------------------------------------------------------------------------------------


def leftovers(at: Bench) -> list[str]:
    return [path.name for path in at.folder.rglob("*.part")]


def test_a_file_is_named_by_its_hash_and_measured(bench: Callable[..., Bench]) -> None:
    body = jpeg().body
    at = bench(in_turn(jpeg()))

    file = at.web.file(CDN)

    one = hashlib.sha256(body).hexdigest()
    assert file.path == at.folder / "media" / f"{one}.jpg"
    assert file.path.read_bytes() == body
    assert file.kept == {"path": f"media/{one}.jpg", "size": len(body), "sha256": one,
                         "sha512": hashlib.sha512(body).hexdigest(), "type": "image/jpeg"}  # fmt: skip
    assert leftovers(at) == []


WRONG = {
    "a login page": reply(body=LOGIN, Content_Type="image/jpeg"),
    "nothing": reply(body=b"", Content_Type="image/jpeg"),
    "half of it": reply(body=photo(1, "JPEG")[:400], Content_Type="image/jpeg"),
    "cut, and the length tells": Reply(200, {"Content-Type": "image/jpeg"}, photo(1, "JPEG"), sent=300),
    "an error in JSON": reply(body={"error": "expired"}),
    "noise": reply(body=b"\x07" * 999, Content_Type="image/jpeg"),
    "not ready": reply(206, b""),
    "500": reply(500),
}


@pytest.mark.parametrize("said", WRONG.values(), ids=WRONG.keys())
def test_what_is_no_file_is_tried_thrice_and_named(bench: Callable[..., Bench], said: Reply) -> None:
    at = bench(in_turn(said))

    with pytest.raises(NoFile) as caught:
        at.web.file(CDN)

    assert caught.value.why == "unreadable"
    assert len(at.said.asked) == 3
    assert leftovers(at) == []
    assert not list(at.folder.glob("media/*"))


@pytest.mark.parametrize("said", WRONG.values(), ids=WRONG.keys())
def test_a_file_that_comes_right_at_last_is_taken(bench: Callable[..., Bench], said: Reply) -> None:
    at = bench(in_turn(said, said, jpeg()))

    assert at.web.file(CDN).kept["sha256"] == hashlib.sha256(jpeg().body).hexdigest()


def test_a_file_that_is_not_what_the_platform_said_is_not_taken(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(jpeg()))

    with pytest.raises(NoFile, match="SHA-256"):
        at.web.file(CDN, sha256="00" * 32)

    assert leftovers(at) == []
    assert not list(at.folder.glob("media/*"))


def test_a_file_with_the_hash_that_was_said_is_taken_whatever_it_is(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(reply(body=b"\x00anything", Content_Type="image/jpeg")))

    assert at.web.file(CDN, sha256=hashlib.sha256(b"\x00anything").hexdigest()).kept["size"] == 9


def test_a_file_that_announces_too_much_is_not_begun(
    bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "LARGEST_FILE", 1000)
    at = bench(in_turn(Reply(200, {"Content-Type": "image/jpeg", "Content-Length": "5000"}, b"x")))

    with pytest.raises(NoFile) as caught:
        at.web.file(CDN)

    assert (caught.value.why, caught.value.size) == ("too-large", 5000)
    assert leftovers(at) == []


def test_a_file_that_grows_too_large_unannounced_is_stopped(
    bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "LARGEST_FILE", 1000)
    at = bench(in_turn(Reply(200, {"Content-Type": "image/jpeg"}, b"x" * 300_000, endless=True)))

    with pytest.raises(NoFile) as caught:
        at.web.file(CDN)

    assert caught.value.why == "too-large"
    assert caught.value.size
    assert leftovers(at) == []


@pytest.mark.parametrize("length", ["many", "-1", "", "1e3", "²"])
def test_a_length_that_is_none_harms_nothing(bench: Callable[..., Bench], length: str) -> None:
    body = jpeg().body
    said = Reply(200, {"Content-Type": "image/jpeg", "Content-Length": length}, body, endless=True)
    at = bench(in_turn(said))

    assert at.web.file(CDN).kept["size"] == len(body)


@pytest.mark.parametrize(("status", "why"), [(404, "gone"), (410, "gone"), (401, "forbidden"), (403, "forbidden")])
def test_a_file_that_is_refused_is_named_and_ends_no_run(bench: Callable[..., Bench], status: int, why: str) -> None:
    at = bench(in_turn(reply(status)))

    with pytest.raises(NoFile) as caught:
        at.web.file(CDN)

    assert caught.value.why == why
    assert caught.value.heard
    assert len(at.said.asked) == 1


def test_two_threads_that_want_the_same_file_ask_once(bench: Callable[..., Bench]) -> None:
    at = bench(lambda request: jpeg())
    threads = [threading.Thread(target=at.web.file, args=(CDN,)) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert at.said.urls == [CDN]


def test_a_file_that_was_lost_from_the_disk_is_fetched_anew(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(jpeg()))
    at.web.file(CDN).path.write_bytes(b"short")

    again = at.again().web.file(CDN)

    assert again.path.read_bytes() == jpeg().body
    assert len(at.said.asked) == 2


def test_a_server_that_gives_no_file_any_more_is_a_wait_and_not_twenty_gaps(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(reply(500)))
    for number in range(19):
        with pytest.raises(NoFile):
            at.web.file(f"{CDN}?{number}")

    with pytest.raises(TryLater):
        at.web.file(f"{CDN}?19")


def test_a_film_of_ever_new_boxes_does_not_fill_the_memory() -> None:
    import tracemalloc

    from model.files import fault_in

    boxes = b"".join(b"\x00\x00\x00\x08" + number.to_bytes(4, "big") for number in range(100_000))
    with tempfile.TemporaryFile() as film:
        film.write(b"\x00\x00\x00\x10ftypisom\x00\x00\x00\x00" + boxes)
        film.flush()
        tracemalloc.start()
        fault = fault_in(film, "video/mp4")
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert fault
    assert most < 500_000


# -- what the record holds is not asked again ------------------------------------------------------------------------


@pytest.mark.parametrize("said", [reply(body=[1]), reply(404)], ids=["200", "404"])
def test_a_good_answer_is_not_asked_for_again_within_its_shelf_life(bench: Callable[..., Bench], said: Reply) -> None:
    at = bench(in_turn(said))
    first = at.web.get(API)
    at.now += timedelta(hours=19)

    second = at.again().web.get(API)

    assert (second.data, second.raw, second.heard_at) == (first.data, first.raw, first.heard_at)
    assert len(at.said.asked) == 1


def test_an_answer_older_than_its_shelf_life_is_asked_for_anew(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(reply(body=[1]), reply(body=[2])))
    at.web.get(API)
    at.now += timedelta(hours=20, seconds=1)

    assert at.again().web.get(API).data == [2]


def test_another_reading_of_the_lists_asks_anew(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(reply(body=[1]), reply(body=[2])))

    assert [at.web.get(API).data, at.web.reading(2).get(API).data, at.web.get(API).data] == [[1], [2], [1]]
    assert len(at.said.asked) == 2


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_failure_is_not_replayed(bench: Callable[..., Bench], status: int) -> None:
    at = bench(in_turn(reply(status, Retry_After="9999"), reply(body=[1])))
    with pytest.raises(TryLater):
        at.web.get(API)
    at.now += timedelta(hours=3)

    assert at.again().web.get(API).data == [1]


def test_a_refusal_is_not_replayed_once_the_key_was_renewed(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(reply(401), reply(body=[1])), key="gammal")
    with pytest.raises(NotAllowed):
        at.web.get(API)

    assert at.again().web.get(API).data == [1]


def test_what_a_killed_run_left_half_written_is_cut_off_and_asked_anew(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(reply(body=["first"]), reply(body=["second"])))
    at.web.get(API)
    at.web.get(f"{API}?2")
    at.record.close()
    (segment,) = (at.folder / "segments").glob("*.warc.gz")
    segment.write_bytes(segment.read_bytes()[:-9])

    again = at.again().web

    assert [again.get(API).data, again.get(f"{API}?2").data] == [["first"], ["second"]]
    assert len(at.said.asked) == 3


def test_every_answer_is_on_the_record_even_those_that_were_of_no_use(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(reply(500, b"oops"), reply(body=LOGIN), reply(body=[1])))
    at.web.get(API)
    at.record.seal(at.folder / "raw", "x")

    kept = [(one.status, one.body) for one in records(at.folder / "raw" / "x-00000.warc.gz")]

    assert sorted(kept) == sorted([(500, b"oops"), (200, LOGIN), (200, b"[1]")])


def test_the_record_is_a_warc_that_others_can_read(bench: Callable[..., Bench]) -> None:
    from warcio.archiveiterator import ArchiveIterator

    at = bench(by_path({"/a": reply(body=["å"]), "a.jpg": jpeg()}))
    at.web.get(API)
    at.web.file(CDN)
    at.record.seal(at.folder / "raw", "x")
    data = (at.folder / "raw" / "x-00000.warc.gz").read_bytes()

    read = []
    for one in ArchiveIterator(io.BytesIO(data), check_digests="raise"):
        one.content_stream().read()
        read.append((one.rec_type, one.digest_checker.passed))

    assert [kind for kind, _ in read] == ["warcinfo", "request", "revisit", "request", "response"]
    assert {passed for kind, passed in read if kind == "response"} == {True}
