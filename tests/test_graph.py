"""The Graph client: its error table line by line, its key, its version, its pages, and asking for less."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from connectors import _graph, web
from connectors._graph import ADVICE, ERRORS, HOST, VERSION, GraphClient
from connectors.web import NoFile
from model.errors import ArsringError, BadInput, NotAllowed, NotUnderstood, TooMuch, TryLater
from model.nouns import Account
from tests.fakes.faults import PLANTED, Reply
from tests.planted import planted
from tests.says import Bench, Speaker, by_path, in_turn, reply

SECRET = planted("apphemlighet")
KEY = json.dumps({"token": PLANTED, "app_id": "1234567890", "app_secret": SECRET})
PROOF = hmac.new(SECRET.encode(), PLANTED.encode(), hashlib.sha256).hexdigest()
PAGE = Account(
    id="exempelvik-facebook", platform="facebook", address="https://www.facebook.com/exempelvik", key="meta-exempelvik"
)


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    return pauses


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make(speak: Speaker, key: str | None = PLANTED, folder: Path = tmp_path, **more: Any) -> Bench:
        made.append(Bench(folder, speak, home=PAGE.address, key=key, errors=ERRORS, advice=ADVICE, **more))
        return made[-1]

    yield make
    for one in made:
        one.record.close()


def client(at: Bench, account: Account = PAGE) -> GraphClient:
    return GraphClient(at.web, account)


def fault(code: str, status: int = 400, **headers: str) -> Reply:
    """An error as Graph gives it: a number, perhaps a subcode."""
    number, _, sub = code.partition("/")
    error: dict[str, Any] = {"message": "(#1) Något gick fel", "type": "OAuthException", "fbtrace_id": "A1m6"}
    if number == "transient":
        error |= {"code": 99, "is_transient": True}
    else:
        error |= {"code": int(number)} | ({"error_subcode": int(sub)} if sub else {})
    return reply(status, {"error": error}, **headers)


# -- the table, line by line ------------------------------------------------------------------------------------------

OUTCOMES = {"wait": TryLater, "stop": TryLater, "less": TooMuch, "renew": NotAllowed, "odd": NotUnderstood}


@pytest.mark.parametrize("code", sorted({code for _, code in ERRORS}))
def test_each_line_of_the_error_table_is_what_it_means(bench: Callable[..., Bench], code: str, tmp_path: Path) -> None:
    for status in sorted({status for status, known in ERRORS if known == code}):
        meaning = ERRORS[status, code]
        said = [fault(code, status)] if meaning == "less" else [fault(code, status), reply(body={"id": "1"})]
        at = bench(in_turn(*said), folder=tmp_path / str(status))

        if meaning == "gone":
            assert client(at).get_object("1").gone
        elif meaning == "again":
            assert client(at).get_object("1").data == {"id": "1"}
        else:
            with pytest.raises(OUTCOMES[meaning]):
                client(at).get_object("1")
            assert len(at.said.asked) == (2 if meaning == "less" else 1), "told to wait or stop, nobody asks again"


@pytest.mark.parametrize("code", ["4", "17", "32", "613", "80000", "80001", "80002", "80004", "80006", "80008"])
def test_a_limit_said_as_http_400_is_waited_for_as_long_as_its_header_says(
    bench: Callable[..., Bench], code: str
) -> None:
    usage = json.dumps({"1": [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 47}]})
    at = bench(in_turn(fault(code, X_Business_Use_Case_Usage=usage)))

    with pytest.raises(TryLater) as caught:
        client(at).get_object("1")

    assert caught.value.after == 47 * 60


def test_a_limit_that_says_nothing_is_an_hour(bench: Callable[..., Bench]) -> None:
    with pytest.raises(TryLater) as caught:
        client(bench(in_turn(fault("613")))).get_object("1")

    assert caught.value.after == 3600


def test_a_block_as_abusive_is_a_day_even_where_a_header_says_less(bench: Callable[..., Bench]) -> None:
    with pytest.raises(TryLater) as caught:
        client(bench(in_turn(fault("368", Retry_After="60")))).get_object("1")

    assert caught.value.after == 86_400


SAID = {
    "190/458": "removed by the person",
    "190/459": "logs in at facebook.com",
    "190/460": "changed their password",
    "190/463": "has expired",
    "190/464": "not confirmed",
    "190/467": "logged out",
    "190/492": "no role on the page",
    "190": "no longer valid",
    "102": "no longer valid",
    "1705": "a person's and not the page's",
    "10": "90 days without use",
    "200": "grants the app its permissions",
    "299": "grants the app its permissions",
}


@pytest.mark.parametrize("code", SAID)
def test_each_dead_key_says_what_the_pages_administrator_is_to_do(bench: Callable[..., Bench], code: str) -> None:
    with pytest.raises(NotAllowed) as caught:
        client(bench(in_turn(fault(code)))).get_object("1")

    assert SAID[code] in str(caught.value)
    assert "makes a new page token" in str(caught.value)
    assert PLANTED not in str(caught.value)


def test_an_error_with_http_200_is_an_error(bench: Callable[..., Bench]) -> None:
    with pytest.raises(NotAllowed, match="has expired"):
        client(bench(in_turn(fault("190/463", 200)))).get_object("1")


def test_an_error_with_http_200_is_an_error_however_it_is_laid_out(bench: Callable[..., Bench]) -> None:
    laid_out = json.dumps({"error": {"code": 190, "error_subcode": 463}}, indent=3).encode()

    with pytest.raises(NotAllowed, match="has expired"):
        client(bench(in_turn(reply(200, laid_out)))).get_object("1")


def test_an_error_with_http_200_does_not_stand_in_for_an_answer_in_the_next_run(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(*[fault("2", 200)] * web.TRIES, reply(body={"id": "1"})))
    with pytest.raises(ArsringError):
        client(at).get_object("1")

    assert client(at.again()).get_object("1").data == {"id": "1"}


def test_a_code_that_is_known_only_with_another_subcode_goes_by_the_code(bench: Callable[..., Bench]) -> None:
    with pytest.raises(NotAllowed, match="no longer valid"):
        client(bench(in_turn(fault("190/999")))).get_object("1")


def test_what_seems_gone_is_asked_for_twice(bench: Callable[..., Bench]) -> None:
    there = bench(in_turn(fault("100/33"), reply(body={"id": "1"})))

    assert client(there).one("1").data == {"id": "1"}
    there.said.speak = in_turn(fault("100/33"))
    assert client(there).one("2").gone


def test_an_object_that_is_closed_to_the_key_refuses_no_other(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(fault("10", 403)))

    gap = _graph.lost(client(at).one("1"), "photo", "1")

    assert (gap.why, gap.how) == ("forbidden", "HTTP 403 10, asked twice")
    assert len(at.said.asked) == 2
    with pytest.raises(NotAllowed):
        list(client(at).pages("1", "feed"))


def test_one_object_too_is_asked_for_with_less_inside_it(bench: Callable[..., Bench]) -> None:
    at = bench(lambda request: fault("1", 500) if "limit%28100" in str(request.url) else reply(body={"id": "1"}))

    assert client(at).one("1", fields="id,comments.limit(100){id}").data == {"id": "1"}
    assert "limit=" not in at.said.urls[-1], "an object has no pages to be made smaller"


# -- the key ----------------------------------------------------------------------------------------------------------


def test_the_key_goes_in_a_header_and_its_proof_into_no_address_that_is_written_down(
    bench: Callable[..., Bench],
) -> None:
    at = bench(in_turn(reply(body={"id": "1"})), key=KEY)

    answer = client(at).get_object("1", fields="id")

    _, url, headers, _ = at.said.asked[0]
    assert headers["Authorization"] == f"Bearer {PLANTED}"
    assert parse_qs(urlsplit(url).query)["appsecret_proof"] == [PROOF]
    assert "access_token" not in url
    assert answer.url == f"{HOST}/{VERSION}/1?fields=id"
    left = at.every_byte()
    assert PROOF.encode() not in left
    assert SECRET.encode() not in left
    assert PLANTED.encode() not in left


def test_an_answer_asked_with_a_proof_is_found_in_the_record(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(reply(body={"id": "1"})), key=KEY)
    client(at).get_object("1")

    client(at.again()).get_object("1")

    assert len(at.said.asked) == 1


def told(**more: Any) -> Reply:
    known = {"app_id": "1234567890", "type": "PAGE", "is_valid": True, "profile_id": "55", "expires_at": 0}
    scopes = ["pages_read_engagement", "pages_read_user_content"]
    return reply(body={"data": known | {"scopes": scopes} | more})


def test_a_key_is_looked_into_with_the_apps_own_and_is_itself_nowhere(bench: Callable[..., Bench]) -> None:
    in_ten_days = 1796090400 + 9 * 86_400
    at = bench(in_turn(told(expires_at=in_ten_days)), key=KEY)

    token = _graph.introspect(client(at), at.web)

    assert token is not None
    assert (token.kind, token.valid, token.profile, token.days) == ("PAGE", True, "55", 9)
    assert token.scopes == {"pages_read_engagement", "pages_read_user_content"}
    _, url, headers, _ = at.said.asked[0]
    assert headers["Authorization"] == f"Bearer 1234567890|{SECRET}"
    assert parse_qs(urlsplit(url).query) == {"input_token": [PLANTED]}
    assert PLANTED.encode() not in at.every_byte()
    assert SECRET.encode() not in at.every_byte()


def test_a_connection_that_fails_shows_no_key_in_its_traceback(bench: Callable[..., Bench]) -> None:
    def fails(request: Any) -> Exception:
        return requests.ConnectionError(f"Max retries exceeded with url: {request.url}")

    at = bench(fails, key=KEY)

    for ask in (lambda: _graph.introspect(client(at), at.web), lambda: client(at).get_object("1")):
        with pytest.raises(TryLater) as caught:
            ask()
        told = "".join(traceback.format_exception(caught.value))
        assert "the connection failed (ConnectionError)" in told
        assert PLANTED not in told
        assert PROOF not in told


def test_a_key_that_never_ends_has_no_days_left_to_count(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(told(expires_at=0, data_access_expires_at=0)), key=KEY)

    token = _graph.introspect(client(at), at.web)

    assert token is not None
    assert (token.expires, token.days) == (None, None)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"type": "USER"}, "kind USER"),
        ({"type": "SYSTEM_USER"}, "kind SYSTEM_USER"),
        ({"is_valid": False}, "no longer valid"),
        ({"scopes": ["pages_read_engagement"]}, "lacks pages_read_user_content"),
        ({"scopes": []}, "lacks pages_read_engagement, pages_read_user_content"),
    ],
)
def test_a_key_of_the_wrong_kind_is_refused_before_anything_is_read(
    bench: Callable[..., Bench], more: dict[str, Any], says: str
) -> None:
    at = bench(in_turn(told(**more)), key=KEY)

    with pytest.raises(NotAllowed, match=says):
        _graph.welcome(client(at), at.web, ("pages_read_engagement", "pages_read_user_content"))

    assert [urlsplit(url).path for url in at.said.urls] == [f"/{VERSION}/debug_token"]


def test_a_dead_key_that_is_looked_into_says_what_it_died_of(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(told(is_valid=False, error={"code": 190, "subcode": 463})), key=KEY)

    with pytest.raises(NotAllowed, match="The key has expired"):
        _graph.welcome(client(at), at.web, ())


def test_no_key_is_said_before_anybody_is_asked(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(reply()), key=None)

    with pytest.raises(NotAllowed, match="shows nothing without a key"):
        client(at)

    assert at.said.asked == []


# -- the version ------------------------------------------------------------------------------------------------------


def test_an_answer_by_another_version_is_not_understood(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(reply(body={"id": "1"}, facebook_api_version="v24.0")))

    with pytest.raises(NotUnderstood, match=r"version v24\.0, and v26\.0 was asked for"):
        client(at).get_object("1")


def test_a_page_of_a_list_by_another_version_is_not_understood(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(reply(body={"data": []}, facebook_api_version="v27.0")))

    with pytest.raises(NotUnderstood, match="raise VERSION"):
        list(client(at).pages("1", "feed"))
    with pytest.raises(NotUnderstood, match="raise VERSION"):
        list(client(at).further(f"{HOST}/{VERSION}/1/attachments?after=b"))


def test_the_library_has_no_way_out_of_its_own(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(reply()))

    with pytest.raises(NotUnderstood, match="of its own"):
        client(at).get_version()
    with pytest.raises(NotUnderstood, match="only reads"):
        client(at).request(f"{VERSION}/1", method="DELETE")


# -- pages ------------------------------------------------------------------------------------------------------------


def test_next_links_are_followed_without_the_key_that_they_carry(bench: Callable[..., Bench]) -> None:
    link = f"{HOST}/{VERSION}/1/feed?access_token={PLANTED}&limit=2&after=b"
    pages = {
        "after=b": reply(body={"data": [{"id": "3"}], "paging": {"cursors": {"after": "c"}}}),
        "limit=2": reply(body={"data": [], "paging": {"next": link}}),
    }
    at = bench(by_path(pages))

    found = [row["id"] for page in client(at).pages("1", "feed", limit="2") for row in _graph.rows(page)]

    assert found == ["3"], "an empty page is no end, and cursors without a next link are none either"
    assert all("access_token" not in url for url in at.said.urls)
    assert PLANTED.encode() not in at.every_byte()


def test_a_key_is_taken_out_of_a_next_link_that_has_a_bare_name_in_it(bench: Callable[..., Bench]) -> None:
    link = f"{HOST}/{VERSION}/1/feed?pretty&access_token={PLANTED}"
    at = bench(in_turn(reply(body={"data": [], "paging": {"next": link}}), reply(body={"data": []})))

    list(client(at).pages("1", "feed"))

    assert [parse_qs(urlsplit(url).query) for url in at.said.urls] == [{}, {}]


def test_a_next_link_to_another_host_is_not_followed(bench: Callable[..., Bench]) -> None:
    away = reply(body={"data": [], "paging": {"next": "https://graph.facebook.com.example/v26.0/1/feed?after=b"}})
    at = bench(in_turn(away))

    with pytest.raises(NotUnderstood, match="leads away"):
        list(client(at).pages("1", "feed"))

    assert len(at.said.asked) == 1


def test_a_nested_next_link_to_another_host_is_not_followed(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(reply()))

    with pytest.raises(NotUnderstood, match="leads away"):
        list(client(at).further("https://evil.example/v26.0/1/attachments?after=b"))

    assert at.said.asked == []


def test_asked_for_less_it_asks_for_less_and_goes_on(bench: Callable[..., Bench]) -> None:
    def speak(request: Any) -> Reply:
        limit = int(parse_qs(urlsplit(request.url).query)["limit"][0])
        return fault("1", 500) if limit > 30 else reply(body={"data": [{"id": str(limit)}]})

    at = bench(speak)

    found = [row["id"] for page in client(at).pages("1", "feed", limit="100") for row in _graph.rows(page)]

    assert found == ["25"]


def test_it_asks_for_less_and_less_until_there_is_no_less() -> None:
    url = f"{HOST}/1/feed?fields=id,comments.summary(true).limit(100){{id}},reactions.limit(0)&limit=100"

    steps = list(
        itertools.takewhile(bool, itertools.accumulate(range(20), lambda at, _: at and _graph.less(at), initial=url))
    )

    limits = [parse_qs(urlsplit(str(step)).query)["limit"][0] for step in steps]
    assert limits == ["100", "50", "25", "12", "6", "5", "5", "5", "1"]
    assert "comments.summary(true).limit(25){id}" in parse_qs(urlsplit(str(steps[6])).query)["fields"][0]
    assert "comments.summary(true).limit(0){id}" in parse_qs(urlsplit(str(steps[-1])).query)["fields"][0]


# -- addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/exempelvik", "exempelvik"),
        ("/exempelvik/", "exempelvik"),
        ("/profile.php?id=100064123", "100064123"),
        ("/pages/Exempelviks-bibliotek/100064123", "100064123"),
        ("/p/Exempelviks-bibliotek-100064123", "100064123"),
        ("/people/Exempelviks-bibliotek/100064123/", "100064123"),
    ],
)
def test_the_name_of_a_page_is_found_in_all_forms_of_its_address(path: str, name: str) -> None:
    account = Account(id="a", platform="facebook", address=f"https://www.facebook.com{path}")

    assert _graph.handle(account) == name
    assert _graph.base(account) == HOST


@pytest.mark.parametrize(
    "address",
    [
        "https://www.facebook.com.example/exempelvik",
        "http://www.facebook.com/exempelvik",
        "https://localhost/exempelvik",
        "http://127.0.0.1.example/exempelvik",
        "https://www.facebook.com/",
        "https://[x",
    ],
)
def test_a_key_never_goes_to_an_address_that_only_looks_like_facebook(address: str) -> None:
    with pytest.raises(BadInput, match="no address of Facebook"):
        _graph.base(Account(id="a", platform="facebook", address=address))


@pytest.mark.parametrize(
    ("url", "hour"),
    [
        ("https://scontent.example/a.jpg?oh=1&oe=692419A0", "2025-11-24"),
        ("https://scontent.example/a.jpg?oe=nonsense", None),
        ("https://scontent.example/a.jpg", None),
        ("https://[x", None),
    ],
)
def test_the_end_of_a_signed_link_is_read_out_of_it(url: str, hour: str | None) -> None:
    ends = _graph.expiry(url)

    assert (ends and ends.date().isoformat()) == hour


def test_a_file_that_leads_to_an_error_about_keys_is_a_missing_file_and_refuses_no_key(
    bench: Callable[..., Bench],
) -> None:
    at = bench(in_turn(reply(302, b"", Location=f"{HOST}/{VERSION}/me?access_token=x"), fault("190/463")))

    with pytest.raises(NoFile):
        at.web.file("https://scontent.exempelvik-cdn.example/a.jpg")


@pytest.mark.parametrize("code", ["101", "104"])
def test_an_apps_secret_that_does_not_fit_is_told_to_whoever_runs_the_app(
    bench: Callable[..., Bench], code: str
) -> None:
    with pytest.raises(NotAllowed, match="Whoever runs the app copies both"):
        client(bench(in_turn(fault(code)))).get_object("1")


def test_a_page_that_does_not_tell_the_version_is_not_understood(bench: Callable[..., Bench]) -> None:
    at = bench(in_turn(reply(body={"id": "55", "name": "Exempelvik"})))

    with pytest.raises(NotUnderstood, match="which version of the API answers"):
        _graph.welcome(client(at), at.web, ())
