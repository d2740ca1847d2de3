"""The servers that other tests lean on: are they there, on loopback only, and do they answer as we think?

What they do differently from the services in the open is written down here: connectors build on it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import libipld
import pytest
import requests

from tests.servers import (
    Filled,
    MastodonMock,
    Missing,
    NotUp,
    Pds,
    mastodon_mock,
    needed,
    pds,
    picture,
    shared,
)
from tests.servers.install import RECIPE, ensure_pds
from tests.servers.process import Running, running

pytest_plugins = ["tests.servers.fixtures"]
pytestmark = pytest.mark.servers

Server = TypeVar("Server")


# What is missing: a reason here, a failure in CI


def test_a_missing_tool_is_a_reason_to_skip_outside_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(pytest.skip.Exception, match=r"g\+\+ is not here"):
        needed("g++ is not here")


def test_a_missing_tool_is_a_failure_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception, match=r"\.\./shared/no-such-thing"):
        shared("no-such-thing")


def test_an_install_without_a_compiler_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ARSRING_TEST_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Missing, match=r"apt-get install g\+\+ make"):
        ensure_pds()


def test_an_install_that_fails_is_not_taken_for_a_whole_one_and_a_killed_one_is_swept_away(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ARSRING_TEST_CACHE", str(tmp_path))
    (tmp_path / "pds" / "installing-killed").mkdir(parents=True)
    monkeypatch.setenv("npm_config_offline", "true")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "empty"))

    with pytest.raises(Missing, match="npm ci ended with"):
        ensure_pds()

    assert not (tmp_path / "pds" / "installing-killed").exists()
    names = {entry.name.split("-")[0] for entry in (tmp_path / "pds").iterdir()}
    assert names == {".gitignore", ".lock", "installing"}


def test_the_lock_file_names_no_registry() -> None:
    lock = json.loads((RECIPE / "package-lock.json").read_text())

    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert "http://" not in json.dumps(lock)
    assert "https://" not in json.dumps(lock)
    assert not [name for name, package in lock["packages"].items() if name and "integrity" not in package]


# Processes


def test_a_server_that_dies_shows_its_log(tmp_path: Path) -> None:
    words = [sys.executable, "-c", "raise SystemExit('no disk left')"]

    with (
        pytest.raises(NotUp, match="no disk left"),
        running(words, lambda _: None, folder=tmp_path, cwd=tmp_path),
    ):
        pass


def test_a_listener_on_every_interface_would_be_seen(tmp_path: Path) -> None:
    code = "import socket, sys; s = socket.create_server(('', 0)); print('up', flush=True); sys.stdin.read()"

    def up(server: Running) -> bool | None:
        return True if "up" in server.said() else None

    with running([sys.executable, "-c", code], up, folder=tmp_path, cwd=tmp_path) as (server, _):
        assert {host for host, _ in server.listens_on()} == {"0.0.0.0"}  # noqa: S104 - what we must see, not what we do


@pytest.mark.parametrize("start", ["pds()", "mastodon_mock()"])
def test_no_server_outlives_a_killed_test_run(start: str, bluesky_server: Pds) -> None:
    code = (
        "import time\nfrom tests.servers import mastodon_mock, pds\n"
        f"with {start} as server:\n    print(server.pid, flush=True)\n    time.sleep(60)\n"
    )
    words = [sys.executable, "-c", code]
    run = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=RECIPE.parents[2])
    assert run.stdout is not None
    server = int(run.stdout.readline())

    run.kill()
    run.wait()
    run.stdout.close()

    assert _within(10, lambda: _gone(server))


# The AT Protocol reference server


def test_the_pds_listens_on_loopback_only(bluesky_server: Pds) -> None:
    ours = {int(url.rpartition(":")[2]) for url in (bluesky_server.url, bluesky_server.plc_url)}

    assert bluesky_server.server.listens_on() == {("127.0.0.1", port) for port in ours}


def test_the_account_status_announces_exactly_what_was_written(bluesky_server: Pds, filled_bluesky: Filled) -> None:
    status = bluesky_server.get("com.atproto.server.checkAccountStatus", token=filled_bluesky.account.accessJwt)

    assert status["indexedRecords"] == len(filled_bluesky.records) == 61
    assert status["expectedBlobs"] == status["importedBlobs"] == len(filled_bluesky.blobs) == 125
    assert status["activated"] is True


def test_all_records_can_be_listed_by_the_collections_that_the_repository_names(
    bluesky_server: Pds, filled_bluesky: Filled
) -> None:
    did = filled_bluesky.account.did

    about = bluesky_server.get("com.atproto.repo.describeRepo", repo=did)
    listed = [one for name in about["collections"] for one in _records(bluesky_server, did, name)]

    assert {one["uri"]: one["cid"] for one in listed} == {
        record.uri: record.cid for record in filled_bluesky.records.values()
    }
    assert "se.exempelvik.note" in about["collections"]
    assert about["didDoc"]["service"][0]["serviceEndpoint"] == bluesky_server.url


def test_the_repository_comes_whole_and_signed_as_a_car(bluesky_server: Pds, filled_bluesky: Filled) -> None:
    did = filled_bluesky.account.did

    answer = bluesky_server.ask("com.atproto.sync.getRepo", did=did)
    header, blocks = libipld.decode_car(answer.content)
    status = bluesky_server.get("com.atproto.server.checkAccountStatus", token=filled_bluesky.account.accessJwt)

    assert answer.headers["Content-Type"] == "application/vnd.ipld.car"
    commit = blocks[header["roots"][0]]
    assert commit["did"] == did
    assert len(commit["sig"]) == 64
    assert commit["rev"] == status["repoRev"]
    assert len(blocks) == status["repoBlocks"]
    texts = sorted(block["text"] for block in blocks.values() if block.get("$type") == "app.bsky.feed.post")
    assert texts == sorted(record.value["text"] for record in filled_bluesky.of("app.bsky.feed.post"))


def test_all_blobs_are_listed_and_come_back_as_they_were_uploaded(bluesky_server: Pds, filled_bluesky: Filled) -> None:
    did = filled_bluesky.account.did
    listed = bluesky_server.get("com.atproto.sync.listBlobs", did=did, limit=1000)["cids"]
    assert sorted(listed) == sorted(filled_bluesky.blobs)

    for cid in listed:
        answer = bluesky_server.ask("com.atproto.sync.getBlob", did=did, cid=cid)

        assert hashlib.sha256(answer.content).hexdigest() == filled_bluesky.blobs[cid].sha256
        assert _cid_of(answer.content) == cid
        assert answer.headers["Content-Type"] == filled_bluesky.blobs[cid].mime
        assert answer.headers["Content-Length"] == str(filled_bluesky.blobs[cid].size)
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{cid}"'


def test_a_deleted_post_takes_its_pictures_along(bluesky_server: Pds, filled_bluesky: Filled) -> None:
    did = filled_bluesky.account.did
    post = next(iter(filled_bluesky.deleted.values()))

    record = bluesky_server.ask("com.atproto.repo.getRecord", repo=did, collection=post.collection, rkey=post.rkey)
    cid = next(iter(filled_bluesky.deleted_blobs))
    blob = bluesky_server.ask("com.atproto.sync.getBlob", did=did, cid=cid)

    assert (record.status_code, record.json()["error"]) == (400, "RecordNotFound")
    assert (blob.status_code, blob.json()) == (400, {"error": "InvalidRequest", "message": "Blob not found"})


def test_a_handle_leads_to_its_did(bluesky_server: Pds, filled_bluesky: Filled) -> None:
    found = bluesky_server.get("com.atproto.identity.resolveHandle", handle="exempelvik.test")
    unknown = bluesky_server.ask("com.atproto.identity.resolveHandle", handle="finns-inte.test")
    document = bluesky_server.http.get(f"{bluesky_server.plc_url}/{found['did']}", timeout=20).json()

    assert found == {"did": filled_bluesky.account.did}
    assert (unknown.status_code, unknown.json()["error"]) == (400, "HandleNotFound")
    assert document["alsoKnownAs"] == ["at://exempelvik.test"]


@pytest.mark.parametrize("nsid", ["app.bsky.feed.getPostThread", "app.bsky.feed.getAuthorFeed"])
def test_what_only_an_appview_knows_is_an_upstream_failure_with_a_key_and_auth_missing_without(
    bluesky_server: Pds, filled_bluesky: Filled, nsid: str
) -> None:
    asked = {"uri": next(iter(filled_bluesky.records)), "actor": filled_bluesky.account.did}

    keyed = bluesky_server.ask(nsid, token=filled_bluesky.account.accessJwt, **asked)
    bare = bluesky_server.ask(nsid, **asked)

    assert (keyed.status_code, keyed.json()["error"]) == (502, "UpstreamFailure")
    assert (bare.status_code, bare.json()["error"]) == (401, "AuthMissing")


def test_an_expired_and_a_forged_key_are_told_apart(bluesky_server: Pds, filled_bluesky: Filled) -> None:
    nsid = "com.atproto.server.checkAccountStatus"

    expired = bluesky_server.ask(nsid, token=_expired(filled_bluesky.account.accessJwt))
    forged = bluesky_server.ask(nsid, token=filled_bluesky.account.accessJwt[:-6] + "AAAAAA")

    assert (expired.status_code, expired.json()) == (
        400,
        {"error": "ExpiredToken", "message": "Token has expired"},
    )
    assert (forged.status_code, forged.json()["error"]) == (400, "InvalidToken")


def test_with_rate_limits_every_answer_has_their_headers_and_too_many_logins_a_429() -> None:
    with _or_needed(pds(rate_limits=True)) as server:
        account = server.create_account("exempelvik.test")
        login = {"identifier": "finns-inte.test", "password": "fel"}
        url = f"{server.url}/xrpc/com.atproto.server.createSession"

        first = server.ask("com.atproto.sync.getLatestCommit", did=account.did)
        with ThreadPoolExecutor(8) as several:  # a refused login takes half a second, on purpose
            logins = list(several.map(lambda _: server.http.post(url, json=login, timeout=20), range(31)))
    (last,) = [one for one in logins if one.status_code != 401]

    assert first.headers["RateLimit-Limit"] == "3000"
    assert first.headers["RateLimit-Policy"] == "3000;w=300"
    assert int(first.headers["RateLimit-Remaining"]) < 3000
    assert 0 <= int(first.headers["RateLimit-Reset"]) - time.time() <= 301  # a moment, not a span
    assert (last.status_code, last.json()["error"]) == (429, "RateLimitExceeded")
    assert 0 < int(last.headers["Retry-After"]) <= 300


def test_equal_records_share_a_block_so_that_blocks_do_not_count_records(bluesky_server: Pds) -> None:
    account = bluesky_server.create_account("lika.test")
    value = {"text": "Glad midsommar!", "createdAt": "2026-06-19T08:00:00.000Z"}

    first, second = (bluesky_server.put(account, "app.bsky.feed.post", value) for _ in range(2))
    _, blocks = libipld.decode_car(bluesky_server.ask("com.atproto.sync.getRepo", did=account.did).content)

    assert first.uri != second.uri
    assert first.cid == second.cid
    assert len([block for block in blocks.values() if "text" in block]) == 1


def test_an_upload_that_no_record_names_is_counted_but_neither_listed_nor_given(bluesky_server: Pds) -> None:
    account = bluesky_server.create_account("glomd.test")

    blob = bluesky_server.upload(account, picture(99))
    status = bluesky_server.get("com.atproto.server.checkAccountStatus", token=account.accessJwt)
    answer = bluesky_server.ask("com.atproto.sync.getBlob", did=account.did, cid=blob.cid)

    assert (status["expectedBlobs"], status["importedBlobs"]) == (0, 1)
    assert bluesky_server.get("com.atproto.sync.listBlobs", did=account.did) == {"cids": []}
    assert answer.status_code == 400


def test_the_last_page_has_a_cursor_too_and_only_an_empty_one_has_none(bluesky_server: Pds) -> None:
    account = bluesky_server.create_account("sist.test")
    listing: dict[str, Any] = {"repo": account.did, "collection": "app.bsky.feed.post", "limit": 100}
    bluesky_server.put(account, "app.bsky.feed.post", {"text": "Hej", "createdAt": "2026-06-19T08:00:00.000Z"})

    only = bluesky_server.get("com.atproto.repo.listRecords", **listing)
    after = bluesky_server.get("com.atproto.repo.listRecords", **listing, cursor=only["cursor"])

    assert len(only["records"]) == 1
    assert after == {"records": []}


def test_a_deactivated_account_is_read_with_its_own_key_only(bluesky_server: Pds) -> None:
    account = bluesky_server.create_account("vilande.test")
    url = f"{bluesky_server.url}/xrpc/com.atproto.server.deactivateAccount"
    key = {"Authorization": f"Bearer {account.accessJwt}"}
    bluesky_server.http.post(url, json={}, headers=key, timeout=20).raise_for_status()

    stranger = bluesky_server.ask("com.atproto.sync.getRepo", did=account.did)
    owner = bluesky_server.ask("com.atproto.sync.getRepo", did=account.did, token=account.accessJwt)

    assert (stranger.status_code, stranger.json()["error"]) == (400, "RepoDeactivated")
    assert owner.status_code == 200


# mastodon-mock


def test_the_mastodon_mock_listens_on_loopback_only(mastodon_server: MastodonMock) -> None:
    port = int(mastodon_server.url.rpartition(":")[2])

    assert mastodon_server.server.listens_on() == {("127.0.0.1", port)}


def test_what_is_posted_answered_edited_and_deleted_is_read_back(mastodon_server: MastodonMock) -> None:
    body = picture(7)
    image = mastodon_server.upload(body, "En röd bänk under en gran.")
    post = mastodon_server.post("Välkommen till Exempelvik", media_ids=[image["id"]])
    answer = mastodon_server.post("Tack!", by="granne", in_reply_to_id=post["id"])
    gone = mastodon_server.post("Fel, tas bort")

    mastodon_server.edit(post["id"], "Välkomna till Exempelvik")
    mastodon_server.delete(gone["id"])

    read = mastodon_server.get(f"/api/v1/statuses/{post['id']}")
    assert read["content"] == "<p>Välkomna till Exempelvik</p>"
    assert read["edited_at"] > read["created_at"]
    assert read["media_attachments"][0]["description"] == "En röd bänk under en gran."
    assert mastodon_server.http.get(image["url"], timeout=20).content == body
    context = mastodon_server.get(f"/api/v1/statuses/{post['id']}/context")
    assert [one["id"] for one in context["descendants"]] == [answer["id"]]
    history = mastodon_server.get(f"/api/v1/statuses/{post['id']}/history")
    assert [one["content"] for one in history] == [
        "<p>Välkommen till Exempelvik</p>",
        "<p>Välkomna till Exempelvik</p>",
    ]
    assert mastodon_server.ask("GET", f"/api/v1/statuses/{gone['id']}").status_code == 404


def test_the_list_is_cut_at_40_and_its_link_leads_to_the_end(mastodon_server: MastodonMock) -> None:
    posts = [mastodon_server.post(f"Inlägg {number}")["id"] for number in range(80)]

    pages = list(_pages(mastodon_server, f"/api/v1/accounts/{_id(mastodon_server)}/statuses?limit=100"))

    assert [len(page) for page in pages] == [40, 40, 0]  # a full last page has a next link: to an empty one
    assert [one["id"] for page in pages for one in page] == posts[::-1]


def test_the_count_of_statuses_has_boosts_answers_and_private_posts_but_no_direct_ones(
    mastodon_server: MastodonMock,
) -> None:
    post = mastodon_server.post("öppet")
    mastodon_server.post("svar", in_reply_to_id=post["id"])
    mastodon_server.post("privat", visibility="private")
    mastodon_server.post("olistat", visibility="unlisted")
    mastodon_server.post("@granne direkt", visibility="direct")
    mastodon_server.act(mastodon_server.post("grannens", by="granne")["id"], "reblog")
    mastodon_server.delete(mastodon_server.post("tas bort")["id"])
    account = _id(mastodon_server)

    count = mastodon_server.get(f"/api/v1/accounts/{account}")["statuses_count"]
    own = mastodon_server.get(f"/api/v1/accounts/{account}/statuses?limit=40")
    public = mastodon_server.get(f"/api/v1/accounts/{account}/statuses?limit=40", by=None)

    assert count == 5
    assert len(own) == 6
    assert len(public) == 4


def test_the_count_of_replies_is_of_direct_ones_and_the_context_of_all(mastodon_server: MastodonMock) -> None:
    post = mastodon_server.post("fråga")
    answer = mastodon_server.post("svar", by="granne", in_reply_to_id=post["id"])
    nested = mastodon_server.post("svar på svar", in_reply_to_id=answer["id"])

    before = _replies(mastodon_server, post["id"])
    mastodon_server.delete(answer["id"], by="granne")
    after = _replies(mastodon_server, post["id"])
    orphan = mastodon_server.get(f"/api/v1/statuses/{nested['id']}")

    assert before == (1, [answer["id"], nested["id"]])
    assert after == (0, [])  # what hung below a deleted answer is no longer found from above
    assert orphan["in_reply_to_id"] == answer["id"]  # a real Mastodon sets null here


def test_a_private_post_is_shown_to_any_stranger_who_knows_its_number(mastodon_server: MastodonMock) -> None:
    """Unlike a real Mastodon, which answers 404: never build a test of permissions on this server."""
    private = mastodon_server.post("privat", visibility="private")

    assert mastodon_server.ask("GET", f"/api/v1/statuses/{private['id']}", by=None).status_code == 200


def test_an_account_is_looked_up_by_its_name_without_the_servers_own(mastodon_server: MastodonMock) -> None:
    """Unlike a real Mastodon, which takes name@its.own.host as well."""
    host = mastodon_server.url.removeprefix("http://")

    short = mastodon_server.get("/api/v1/accounts/lookup?acct=exempelvik", by=None)
    full = mastodon_server.ask("GET", f"/api/v1/accounts/lookup?acct=exempelvik@{host}", by=None)

    assert short["id"] == _id(mastodon_server)
    assert full.status_code == 404


def test_a_false_key_is_refused_only_where_one_is_needed(mastodon_server: MastodonMock) -> None:
    """Unlike a real Mastodon, which answers 401 to a revoked key everywhere."""
    false = {"Authorization": "Bearer fel"}
    listing = f"/api/v1/accounts/{_id(mastodon_server)}/statuses"

    refused = mastodon_server.ask("GET", "/api/v1/accounts/verify_credentials", by=None, headers=false)
    ignored = mastodon_server.ask("GET", listing, by=None, headers=false)

    assert refused.status_code == 401
    assert ignored.status_code == 200


def test_pinned_posts_polls_and_the_profile_picture_are_there(mastodon_server: MastodonMock) -> None:
    poll = {"options": ["Ja", "Nej"], "expires_in": 3600}
    post = mastodon_server.post("Ska parken få fler bänkar?", poll=poll)
    mastodon_server.act(post["id"], "pin")
    vote = f"/api/v1/polls/{post['poll']['id']}/votes"

    mastodon_server.ask("POST", vote, by="granne", json={"choices": [0]}).raise_for_status()
    pinned = mastodon_server.get(f"/api/v1/accounts/{_id(mastodon_server)}/statuses?pinned=true", by=None)
    avatar = mastodon_server.http.get(post["account"]["avatar"], timeout=20)

    assert [one["id"] for one in pinned] == [post["id"]]
    assert [option["votes_count"] for option in pinned[0]["poll"]["options"]] == [1, 0]
    assert avatar.headers["Content-Type"] == "image/svg+xml"  # a real Mastodon has PNG, JPEG, GIF or WebP
    assert post["account"]["avatar"].startswith(f"{mastodon_server.url}/avatars/generated/")


def test_a_boost_outlives_the_deleted_post_as_an_empty_one(mastodon_server: MastodonMock) -> None:
    """Unlike a real Mastodon, which takes the boosts away with the post."""
    post = mastodon_server.post("tas bort", by="granne")
    mastodon_server.act(post["id"], "reblog")

    mastodon_server.delete(post["id"], by="granne")
    (left,) = mastodon_server.get(f"/api/v1/accounts/{_id(mastodon_server)}/statuses")

    assert (left["reblog"], left["content"]) == (None, "")


def test_rate_limit_headers_are_there_only_when_asked_for(mastodon_server: MastodonMock) -> None:
    assert "X-RateLimit-Limit" not in mastodon_server.ask("GET", "/api/v2/instance").headers

    with _or_needed(mastodon_mock(rate_limit=2)) as limited:  # one request is spent on starting
        first = limited.ask("GET", "/api/v2/instance")
        second = limited.ask("GET", "/api/v2/instance")

    assert first.headers["X-RateLimit-Remaining"] == "0"
    assert second.status_code == 429
    assert second.headers["X-RateLimit-Reset"].isdigit()  # a real Mastodon: 2026-12-01T10:15:00.000000Z
    assert "Retry-After" not in second.headers


# Faults on demand


def test_a_forced_status_is_seen_as_often_as_asked_for(mastodon_server: MastodonMock) -> None:
    away: dict[str, Any] = {"status": 503, "headers": {"Retry-After": "7"}}
    mastodon_server.fault("status", path="/api/v1/timelines/*", count=2, **away)

    seen = [mastodon_server.ask("GET", "/api/v1/timelines/public") for _ in range(3)]

    assert [answer.status_code for answer in seen] == [503, 503, 200]
    assert seen[0].headers["Retry-After"] == "7"
    assert seen[0].json() == {"error": "Service temporarily unavailable"}


def test_a_forced_rate_limit_comes_with_its_headers(mastodon_server: MastodonMock) -> None:
    mastodon_server.fault("ratelimit", headers={"Retry-After": "2"})

    answer = mastodon_server.ask("GET", "/api/v2/instance")

    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "2"
    assert answer.headers["X-RateLimit-Remaining"] == "0"
    assert int(answer.headers["X-RateLimit-Reset"]) > time.time() + 200


def test_a_forced_latency_delays_a_right_answer(mastodon_server: MastodonMock) -> None:
    mastodon_server.fault("latency", delay_ms=300)
    began = time.monotonic()

    answer = mastodon_server.ask("GET", "/api/v2/instance")

    assert answer.json()["version"]
    assert time.monotonic() - began >= 0.3


@pytest.mark.parametrize(("truncate", "body"), [(True, '{"error": "truncated'), (False, "{not json")])
def test_a_malformed_answer_is_a_200_that_is_not_json(mastodon_server: MastodonMock, truncate: bool, body: str) -> None:
    mastodon_server.fault("malformed", truncate=truncate)

    answer = mastodon_server.ask("GET", "/api/v2/instance")

    assert (answer.status_code, answer.text) == (200, body)
    assert answer.headers["Content-Type"] == "application/json"


def test_a_forced_timeout_keeps_the_client_waiting(mastodon_server: MastodonMock) -> None:
    mastodon_server.fault("timeout", count=1)

    with pytest.raises(requests.ReadTimeout):
        mastodon_server.ask("GET", "/api/v2/instance", timeout=0.5)

    assert mastodon_server.ask("GET", "/api/v2/instance").ok


def test_media_can_fail_too_and_cleared_faults_are_gone(mastodon_server: MastodonMock) -> None:
    image = mastodon_server.upload(picture(8), "En bänk")
    mastodon_server.fault("status", status=404, path="/media/attachments/*")

    failing = mastodon_server.http.get(image["url"], timeout=20)
    mastodon_server.clear_faults()

    assert failing.status_code == 404
    assert mastodon_server.http.get(image["url"], timeout=20).ok


@contextmanager
def _or_needed(server: AbstractContextManager[Server]) -> Iterator[Server]:
    """The server; where it cannot be had the test is skipped, or fails in CI."""
    try:
        with server as up:
            yield up
    except Missing as missing:
        needed(str(missing))


def _records(server: Pds, did: str, collection: str) -> Iterator[dict[str, Any]]:
    cursor: dict[str, str] = {}
    while True:
        page = server.get("com.atproto.repo.listRecords", repo=did, collection=collection, limit=20, **cursor)
        yield from page["records"]
        if "cursor" not in page:
            return
        cursor = {"cursor": page["cursor"]}


def _cid_of(body: bytes) -> str:
    """CID version 1, raw, sha2-256: what the protocol names a blob."""
    binary = b"\x01\x55\x12\x20" + hashlib.sha256(body).digest()
    return "b" + base64.b32encode(binary).decode().lower().rstrip("=")


def _expired(token: str) -> str:
    """The same key, but out of date: dev-env signs with a secret that is in its source (HS256)."""
    head, claims, _ = token.split(".")
    content = json.loads(base64.urlsafe_b64decode(claims + "=="))
    content |= {"iat": content["iat"] - 9000, "exp": content["iat"] - 1800}
    signed = f"{head}.{_unpadded(json.dumps(content).encode())}"
    return f"{signed}.{_unpadded(hmac.digest(b'jwt-secret', signed.encode(), 'sha256'))}"


def _unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _id(server: MastodonMock) -> str:
    return str(server.get("/api/v1/accounts/verify_credentials")["id"])


def _pages(server: MastodonMock, path: str) -> Iterator[list[dict[str, Any]]]:
    while path:
        answer = server.ask("GET", path)
        yield answer.json()
        path = answer.links.get("next", {}).get("url", "").removeprefix(server.url)


def _replies(server: MastodonMock, status_id: str) -> tuple[int, list[str]]:
    """How many the post says there are, and which ones its context has."""
    context = server.get(f"/api/v1/statuses/{status_id}/context")
    count = server.get(f"/api/v1/statuses/{status_id}")["replies_count"]
    return count, [one["id"] for one in context["descendants"]]


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def _within(seconds: float, seen: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if seen():
            return True
        time.sleep(0.05)
    return False
