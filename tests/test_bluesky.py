"""The Bluesky connector without a socket: recorded repositories, a network made by hand, every code of the table."""

from __future__ import annotations

import json
import re
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import libipld
import pytest

from connectors import bluesky
from connectors._car import Repository
from connectors.bluesky import plain
from connectors.web import Answer
from model.errors import BadInput, NotAllowed, NotUnderstood, NotWhole, TryLater
from model.nouns import Account, Branch, Claim, Gap, Item
from pipeline import line
from tests.atproto import APPVIEW, DID, OTHER, SERVER, Network, car, cid_of, refused, said, small_network, whole_car
from tests.captures import BAG
from tests.fakes.faults import Reply
from tests.fakes.wires import InProcess
from tests.planted import planted
from tests.runs import NOON, Run
from tests.servers.policy import shared

PASSWORD = planted("abcd-efgh")


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def archived(folder: Path, network: Network, key: str | None = None, address: str = "") -> dict[str, Any]:
    """Take the account and pack it: its ledger, items by id, claims, gaps, and the folder that all lies in."""
    account = Account(id="exempelvik-bluesky", platform="bluesky", key="EXEMPELVIK" if key else None,
                      address=address or "https://bsky.app/profile/exempelvik.example")  # fmt: skip
    order = line.order_for(account, 2026, created=NOON)
    options = {"adapter": InProcess(network), "clock": lambda: NOON, "sleep": lambda seconds: None}
    place = line.Place(work=folder / "work", archive=folder / "archive", settings=BAG, web=options)
    ledger = line.take(order, place, key)
    found = {name: rows(place.work / order.id / f"{name}.jsonl") for name in ("items", "claims", "gaps")}
    line.pack(order.id, place)
    return {
        "ledger": ledger,
        "folder": place.work / order.id,
        **found,
        "items": {row["id"]: row for row in found["items"]},
    }


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(row) for row in path.read_text().splitlines()]


def stream(ledger: dict[str, Any], name: str) -> dict[str, Any]:
    return next(row for row in ledger["streams"] if row["stream"] == name)


# -- repositories that others recorded ------------------------------------------------------------------------------

WHOLE = ["indigo/testing/testdata/greenground.repo.car", "indigo/testing/testdata/divy.repo",
         "indigo/testing/testdata/fakermaker.repo.car", "repo-stream/empty.car", "repo-stream/tiny.car"]  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_no_record_of_a_recorded_repository_is_lost(name: str) -> None:
    path = shared(f"realdata/bluesky/{name}")
    header, blocks = libipld.decode_car(path.read_bytes())

    with Repository(path) as repository:
        found = {key: libipld.decode_dag_cbor(data) for key, data in repository.records()}

    assert found == dict(_leaves(blocks, blocks[header["roots"][0]]["data"]))
    assert len([block for block in blocks.values() if "$type" in block]) == len(
        {str(value) for value in found.values()}
    )


def _leaves(blocks: dict[bytes, Any], node: bytes) -> Iterator[tuple[str, Any]]:
    """The tree read by another's CAR reader and as simply as can be: the second witness."""
    if blocks[node]["l"]:
        yield from _leaves(blocks, blocks[node]["l"])
    last = b""
    for entry in blocks[node]["e"]:
        last = last[: entry["p"]] + entry["k"]
        yield last.decode(), blocks[entry["v"]]
        if entry["t"]:
            yield from _leaves(blocks, entry["t"])


@pytest.mark.parametrize("name", WHOLE)
def test_each_record_of_a_recorded_repository_becomes_an_item_with_its_own_text(name: str) -> None:
    with Repository(shared(f"realdata/bluesky/{name}")) as repository:
        for key, data in repository.records():
            record = plain(libipld.decode_dag_cbor(data))

            item = bluesky._item(home(), key, record, "")

            assert item.id == f"at://{DID}/{key}"
            assert item.kind != "record" or json.loads(item.fields["record"]) == record
            if record["$type"] == "app.bsky.feed.post":
                assert (item.text, item.kind) == (record["text"], "reply" if "reply" in record else "post")
            assert {media.id for media in item.media} == set(re.findall(r'"(bafkrei\w+)"', json.dumps(record)))


@pytest.mark.parametrize("name", ["greenground.repo.car:greenground", "fakermaker.repo.car:fakermaker"])
def test_the_signature_of_a_recorded_repository_is_checked_against_its_identity_document(name: str) -> None:
    car_name, _, who = name.partition(":")
    document = json.loads(shared(f"realdata/bluesky/indigo/testing/testdata/{who}.didDoc.json").read_bytes())
    method = document["verificationMethod"][0]
    other = json.loads(
        shared("realdata/bluesky/indigo/testing/testdata/did_plc_z5vnbioquyhivxirw3bbljmu.didDoc.json").read_bytes()
    )

    with Repository(shared(f"realdata/bluesky/indigo/testing/testdata/{car_name}")) as repository:
        right = repository.signed_by(method["type"], method["publicKeyMultibase"])
        wrong = repository.signed_by(method["type"], other["verificationMethod"][0]["publicKeyMultibase"])

    assert (right, wrong) == (True, False)


@pytest.mark.parametrize("kind", ["Multikey", "EcdsaSecp256k1VerificationKey2019", "nothing known"])
def test_a_key_that_cannot_be_read_has_signed_nothing(kind: str, tmp_path: Path) -> None:
    (tmp_path / "one.car").write_bytes(whole_car({}))

    with Repository(tmp_path / "one.car") as repository:
        assert not any(repository.signed_by(kind, key) for key in ("", "z", "zAAAA", "nonsense 0OIl", "\N{SNOWMAN}"))


def test_a_slice_of_a_repository_is_never_taken_for_the_whole() -> None:
    with Repository(shared("realdata/bluesky/indigo/testing/testdata/repo_slice.car")) as repository, \
            pytest.raises(NotUnderstood, match="not in the repository that came"):  # fmt: skip
        list(repository.records())


def test_each_byte_of_a_repository_counts(tmp_path: Path) -> None:
    whole = whole_car(small_network().records)
    due = _read(tmp_path / "whole.car", whole)
    silent = []

    for at in range(0, len(whole), 7):
        flipped = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
        try:
            found = _read(tmp_path / "flipped.car", flipped)
        except NotUnderstood:
            continue
        silent.append((at, found == due))

    assert [at for at, same in silent if not same] == []
    assert len(silent) < 3  # a byte of the header that says nothing


@pytest.mark.parametrize("cut", [1, 40, 300, -1, -60])
def test_a_repository_cut_short_anywhere_is_seen(cut: int, tmp_path: Path) -> None:
    whole = whole_car(small_network().records)

    with pytest.raises(NotUnderstood):
        _read(tmp_path / "cut.car", whole[:cut])


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff" * 40, b"\x01\xa0", b"\x02\xa1\x60", b"\x80" * 20])
def test_what_is_no_repository_is_a_clear_error(body: bytes, tmp_path: Path) -> None:
    with pytest.raises(NotUnderstood):
        _read(tmp_path / "none.car", body)


def _read(path: Path, body: bytes) -> dict[str, bytes]:
    path.write_bytes(body)
    with Repository(path) as repository:
        return dict(repository.records())


@pytest.mark.parametrize("keys", [["a/2", "a/1"], ["a/1", "a/1"], ["a/1", "a"], ["a/1/2"], ["å/1"]])
def test_a_tree_out_of_order_is_seen(keys: list[str], tmp_path: Path) -> None:
    *sections, header = car((key, libipld.encode_dag_cbor({"n": 1})) for key in keys)

    with pytest.raises(NotUnderstood, match="out of order"):
        _read(tmp_path / "odd.car", header + b"".join(sections))


def test_a_large_tree_comes_out_in_order(tmp_path: Path) -> None:
    records = {f"app.bsky.feed.like/{number:06}": {"n": number} for number in range(10_000)}

    found = _read(tmp_path / "large.car", whole_car(records, wide=9))

    assert {key: libipld.decode_dag_cbor(value) for key, value in found.items()} == records


# -- a whole account, with an AppView --------------------------------------------------------------------------------


def test_an_account_comes_whole_with_its_replies_and_figures(tmp_path: Path) -> None:
    network = small_network()

    run = archived(tmp_path, network)

    assert run["ledger"]["verdict"] == "whole"
    items = run["items"]
    assert {id for id in items if id.startswith(f"at://{DID}")} == {f"at://{DID}/{key}" for key in network.records}
    first = items[f"at://{DID}/app.bsky.feed.post/3a"]
    assert (first["kind"], first["text"], first["language"]) == ("post", "God morgon!", "sv")
    assert (first["published"], first["url"]) == (
        "2026-03-02T08:00:00.000000Z",
        f"https://bsky.app/profile/{DID}/post/3a",
    )
    assert [media["alt"] for media in first["media"]] == ["En röd bänk.", "En gran."]
    assert first["counts"] == {"replyCount": 1, "repostCount": 0, "likeCount": 3, "quoteCount": 0}
    assert items[f"at://{DID}/app.bsky.feed.post/3d"]["text"] == "Räksmörgås \u0001 🌲"
    kinds = {key: items[f"at://{DID}/{key}"]["kind"] for key in network.records}
    assert kinds["app.bsky.feed.post/3c"] == "reply"
    assert kinds["app.bsky.feed.like/3e"] == "like"
    assert kinds["app.bsky.feed.repost/3f"] == "boost"
    assert kinds["app.bsky.graph.follow/3g"] == "follow"
    assert kinds["app.bsky.actor.profile/self"] == "profile"
    assert items[f"at://{DID}/app.bsky.feed.repost/3f"]["boost_of"] == f"at://{OTHER}/app.bsky.feed.post/4b"


def test_a_record_of_a_foreign_kind_is_kept_whole_and_named(tmp_path: Path) -> None:
    run = archived(tmp_path, small_network())

    note = run["items"][f"at://{DID}/se.exempelvik.note/1"]
    assert (note["kind"], note["fields"]["collection"]) == ("record", "se.exempelvik.note")
    assert json.loads(note["fields"]["record"])["rubrik"] == "Anslag"
    assert [media["id"][:7] for media in note["media"]] == ["bafkrei"]


def test_a_reply_by_somebody_else_is_read_with_its_picture(tmp_path: Path) -> None:
    network = small_network()

    run = archived(tmp_path, network)

    reply = run["items"][f"at://{OTHER}/app.bsky.feed.post/4a"]
    assert (reply["parent"], reply["author"]) == (f"at://{DID}/app.bsky.feed.post/3a", "granne.example")
    (picture,) = reply["media"]
    assert (picture["role"], picture["alt"]) == ("rendition", "Dörren.")


def test_nothing_is_asked_for_twice(tmp_path: Path) -> None:
    network = small_network()

    archived(tmp_path, network, PASSWORD)

    assert [ask for ask in network.asked if network.asked.count(ask) > 1] == []


def test_the_key_goes_to_the_accounts_own_server_and_to_nobody_else(tmp_path: Path) -> None:
    network = small_network()

    archived(tmp_path, network, PASSWORD)

    assert network.keys == [(SERVER, "Bearer aJwt-one")]
    kept = Run(tmp_path, None).every_byte()  # type: ignore[arg-type]
    assert not [key for key in (PASSWORD, "aJwt-one", "rJwt-two") if key.encode() in kept]


def test_a_file_that_two_records_name_is_counted_once(tmp_path: Path) -> None:
    run = archived(tmp_path, small_network())

    assert (stream(run["ledger"], "blobs")["announced"], stream(run["ledger"], "blobs")["captured"]) == (3, 3)


def test_a_picture_that_stands_twice_in_a_post_keeps_both_alt_texts() -> None:
    network = small_network()
    image = network.records["app.bsky.feed.post/3a"]["embed"]["images"][0]
    record = plain({"text": "", "embed": {"images": [image, image | {"alt": "En annan text."}]}})

    (media,) = bluesky._item(home(), "app.bsky.feed.post/1", record, "").media

    assert media.alt == "En röd bänk.\nEn annan text."


def test_a_blob_that_is_listed_and_that_no_record_names_is_taken_too(tmp_path: Path) -> None:
    network = small_network()
    stray = b"%PDF-1.7 a file that another program left"
    network.blobs[libipld.encode_cid(cid_of(stray, 0x55))] = stray

    run = archived(tmp_path, network)

    (item,) = [item for item in run["items"].values() if item["kind"] == "blob"]
    assert (run["folder"] / item["media"][0]["path"]).read_bytes() == stray
    assert (run["ledger"]["verdict"], stream(run["ledger"], "blobs")["announced"]) == ("whole", 4)


@pytest.mark.parametrize("body", [b"<html>a text as it was uploaded</html>", b"{}", b"\xff\xd8\xffcut"])
def test_a_blob_is_what_its_hash_says_and_not_what_a_picture_should_be(body: bytes, tmp_path: Path) -> None:
    network = small_network()
    cid = libipld.encode_cid(cid_of(body, 0x55))
    network.blobs[cid] = body

    assert archived(tmp_path, network)["ledger"]["verdict"] == "whole"


# -- one thing removed, altered or refused -----------------------------------------------------------------------------


def _not_whole(folder: Path, network: Network, key: str | None = None) -> str:
    with pytest.raises(NotWhole) as caught:
        archived(folder, network, key)
    assert list(folder.glob("work/*/segments/*.warc.gz")), "what was taken is kept"
    return str(caught.value)


def test_a_block_taken_out_of_the_repository_is_not_whole(tmp_path: Path) -> None:
    network = small_network()
    gone = libipld.encode_dag_cbor(network.records["app.bsky.feed.post/3b"])

    def without(url: str, reply: Reply) -> Reply:
        at = reply.body.find(gone)
        return replace(reply, body=reply.body[: at - 37] + reply.body[at + len(gone) :]) if "getRepo?" in url else reply

    network.change = without

    assert "records" in _not_whole(tmp_path, network)


def test_a_repository_signed_by_somebody_else_is_not_whole(tmp_path: Path) -> None:
    network = small_network()
    network.change = lambda url, reply: (
        said(network.document | {"verificationMethod": [{"id": "#atproto", "type": "Multikey", "publicKeyMultibase":
             "zQ3shunBKsXixLxKtC5qeSG9E4J5RkGN57im31pcTzbNQnm5w"}]}) if "plc.directory" in url else reply)  # fmt: skip

    assert "records" in _not_whole(tmp_path, network)


def test_the_repository_of_another_account_is_not_whole(tmp_path: Path) -> None:
    network = small_network()
    other = whole_car(network.records, did=OTHER)
    network.change = lambda url, reply: replace(reply, body=other) if "getRepo?" in url else reply

    assert "records" in _not_whole(tmp_path, network)


def test_a_repository_older_than_the_server_says_is_not_whole(tmp_path: Path) -> None:
    network = small_network()
    network.change = lambda url, reply: (
        said({"did": DID, "active": True, "rev": "3n2zcqpbkak2k"}) if "getRepoStatus" in url else reply)  # fmt: skip

    assert "records" in _not_whole(tmp_path, network)


@pytest.mark.parametrize("name", ["indexedRecords", "expectedBlobs"])
def test_one_more_than_came_by_the_servers_own_figure_is_not_whole(name: str, tmp_path: Path) -> None:
    network = small_network()
    status = {"activated": True, "indexedRecords": 9, "expectedBlobs": 3}
    network.change = lambda url, reply: (
        said(status | {name: status[name] + 1}) if "checkAccountStatus" in url else reply)  # fmt: skip

    assert "1 of" in _not_whole(tmp_path, network, PASSWORD)


def test_a_blob_left_out_of_the_list_is_found_by_the_record_that_names_it(tmp_path: Path) -> None:
    network = small_network()
    network.unlisted = {sorted(network.blobs)[0]}

    run = archived(tmp_path, network)

    assert (run["ledger"]["verdict"], run["ledger"]["media"] >= 3) == ("whole", True)


def test_a_blob_that_the_server_does_not_have_is_named(tmp_path: Path) -> None:
    network = small_network()
    gone = sorted(network.blobs)[0]
    del network.blobs[gone]

    run = archived(tmp_path, network)

    assert run["ledger"]["verdict"] == "whole with named gaps"
    assert {(gap["what"], gap["why"]) for gap in run["gaps"] if gap["stream"] == "blobs"} == {(gone, "gone")}


def test_another_file_under_a_blobs_name_is_named_and_never_kept(tmp_path: Path) -> None:
    network = small_network()
    first, second = sorted(network.blobs)[:2]
    network.blobs[first] = network.blobs[second]

    run = archived(tmp_path, network)

    assert {(gap["what"], gap["why"]) for gap in run["gaps"] if gap["stream"] == "blobs"} == {(first, "unreadable")}


def test_a_record_that_cannot_be_read_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    network = small_network()
    network.records["app.bsky.feed.post/3b"] = {"text": "x", "reply": "not a reply", "createdAt": 5}

    run = archived(tmp_path, network)

    (gap,) = [gap for gap in run["gaps"] if gap["stream"] == "records"]
    assert (gap["what"], gap["why"]) == (f"at://{DID}/app.bsky.feed.post/3b", "unreadable")
    assert stream(run["ledger"], "records")["captured"] == len(network.records) - 1
    assert run["ledger"]["verdict"] == "whole with named gaps"


def test_a_reply_that_is_counted_but_not_shown_is_not_whole(tmp_path: Path) -> None:
    network = small_network()
    network.appview.hidden = {f"at://{OTHER}/app.bsky.feed.post/4a"}

    assert "replies" in _not_whole(tmp_path, network)


@pytest.mark.parametrize(
    ("hole", "why"), [("notFoundPost", "gone"), ("blockedPost", "forbidden"), ("newKind", "unreadable")]
)
def test_a_hole_in_a_thread_is_named(hole: str, why: str, tmp_path: Path) -> None:
    network = small_network()
    uri = f"at://{OTHER}/app.bsky.feed.post/4a"
    network.appview.holes = {uri: hole}

    run = archived(tmp_path, network)

    assert run["ledger"]["verdict"] == "whole with named gaps"
    assert (uri, why) in {(gap["what"], gap["why"]) for gap in run["gaps"]}


def test_a_post_that_the_appview_does_not_show_is_in_the_archive_and_its_replies_are_named(tmp_path: Path) -> None:
    network = small_network()
    del network.appview.posts[f"at://{DID}/app.bsky.feed.post/3d"]

    run = archived(tmp_path, network)

    assert f"at://{DID}/app.bsky.feed.post/3d" in run["items"]
    assert [(gap["parent"], gap["why"], gap["kind"]) for gap in run["gaps"] if gap["what"].endswith("3d")] == [
        (f"at://{DID}/app.bsky.feed.post/3d", "not-offered", "list")]  # fmt: skip


def test_a_thread_that_is_cut_is_asked_for_again_further_down(tmp_path: Path) -> None:
    network = small_network()
    network.appview.deepest = 1

    run = archived(tmp_path, network)

    assert run["ledger"]["verdict"] == "whole"
    assert stream(run["ledger"], "replies")["captured"] == 2


def test_a_cursor_that_leads_back_is_an_error_and_no_end(tmp_path: Path) -> None:
    network = small_network()
    network.change = lambda url, reply: (
        said(json.loads(reply.body) | {"cursor": "same"}) if "listBlobs" in url else reply)  # fmt: skip

    assert "blobs" in _not_whole(tmp_path, network)


def test_an_empty_page_with_a_cursor_is_no_end() -> None:
    pages = [{"cids": ["a"], "cursor": "1"}, {"cids": [], "cursor": "2"}, {"cids": ["b"]}]
    there = replace(home(), web=Pages(pages))  # type: ignore[arg-type]

    assert [cid for cid, _ in bluesky._cids(there)] == ["a", "b"]


# -- who, where, and what a person must do -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ({"active": False, "status": "deactivated"}, "activate it"),
        ({"active": False, "status": "takendown"}, "ask its host"),
        ({"active": False, "status": "suspended"}, "ask its host"),
        ({}, "ask its host"),
    ],
)
def test_an_account_that_is_switched_off_says_who_must_act(status: dict[str, Any], says: str, tmp_path: Path) -> None:
    network = small_network()
    network.change = lambda url, reply: said({"did": DID, **status}) if "getRepoStatus" in url else reply

    with pytest.raises(NotAllowed, match=says):
        archived(tmp_path, network)


def test_an_account_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotAllowed, match="is not there"):
        archived(tmp_path, small_network(), address="https://bsky.app/profile/finns-inte.example")


@pytest.mark.parametrize(
    "address", ["https://bsky.app/profile/", "https://bsky.app/exempelvik", "https://bsky.app/profile/a/b"]
)
def test_an_address_that_is_no_accounts_is_bad_input(address: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="looks like"):
        archived(tmp_path, small_network(), address=address)


@pytest.mark.parametrize(
    "server",
    [
        "http://pds.exempelvik.example",
        "https://127.0.0.1",
        "https://localhost:2583",
        "ftp://x",
        "https://a@pds.exempelvik.example",
        "https://10.0.0.1",
        "https://[::1]",
    ],
)
def test_an_identity_document_cannot_send_us_to_a_private_address(server: str, tmp_path: Path) -> None:
    network = small_network()
    service = [{"id": "#atproto_pds", "type": "x", "serviceEndpoint": server}]
    network.change = lambda url, reply: (
        said(network.document | {"service": service}) if "plc.directory" in url else reply
    )

    with pytest.raises(NotWhole):
        archived(tmp_path, network, PASSWORD)

    assert {url.split("/")[2] for _, url in network.asked} == {APPVIEW, "plc.directory"}
    assert network.keys == []


@pytest.mark.parametrize(
    "change",
    [{"service": 5}, {"service": [5, {}]}, {"service": [{"id": "#atproto_pds", "serviceEndpoint": "https://a:b"}]},
     {"verificationMethod": None}, {"verificationMethod": ["x"]}, {"id": OTHER}],
)  # fmt: skip
def test_an_odd_identity_document_is_a_clear_error(change: dict[str, Any], tmp_path: Path) -> None:
    network = small_network()
    network.change = lambda url, reply: said(network.document | change) if "plc.directory" in url else reply

    with pytest.raises(NotWhole, match="profile"):
        archived(tmp_path, network)


@pytest.mark.parametrize("change", [{"alsoKnownAs": 5}, {"alsoKnownAs": []}, {"alsoKnownAs": ["x", None]}])
def test_an_identity_document_without_a_name_leaves_the_name_of_the_address(change: Any, tmp_path: Path) -> None:
    network = small_network()
    network.change = lambda url, reply: said(network.document | change) if "plc.directory" in url else reply

    assert archived(tmp_path, network)["items"][DID]["title"] == "exempelvik.example"


def test_a_session_for_another_account_is_not_used(tmp_path: Path) -> None:
    network = small_network()
    session = {"did": OTHER, "handle": "granne.example", "accessJwt": "aJwt", "refreshJwt": "rJwt"}
    network.change = lambda url, reply: said(session) if "createSession" in url else reply

    with pytest.raises(NotAllowed, match=r"belongs to granne\.example, not to exempelvik\.example"):
        archived(tmp_path, network, PASSWORD)

    assert network.keys == []


def test_a_rate_limit_is_waited_for_until_its_reset(tmp_path: Path) -> None:
    network, waits = small_network(), []
    at = int(NOON.timestamp()) + 1800

    def limited(url: str, reply: Reply) -> Reply:
        waits.append(url)
        return (
            replace(refused("RateLimitExceeded", 429), headers={"RateLimit-Reset": str(at)})
            if "getRepo?" in url
            else reply
        )

    network.change = limited

    with pytest.raises(TryLater) as caught:
        archived(tmp_path, network)

    assert caught.value.after == 1800
    assert len([url for url in waits if "getRepo?" in url]) == 1


MEANINGS = [
    (429, "RateLimitExceeded", "again"),
    (502, "UpstreamFailure", "again"),
    (500, "InternalServerError", "again"),
    (503, "NotEnoughResources", "again"),
    (504, "UpstreamTimeout", "again"),
    (409, "", "again"),
    (413, "", "odd"),
    (413, "PayloadTooLarge", "odd"),
    (501, "MethodNotImplemented", "odd"),
    (400, "RecordNotFound", "gone"),
    (400, "BlobNotFound", "gone"),
    (400, "InvalidRequest", "gone"),
    (400, "HandleNotFound", "gone"),
    (400, "NotFound", "gone"),
    (400, "RepoNotFound", "renew"),
    (400, "AccountTakedown", "renew"),
    (400, "RepoDeactivated", "renew"),
    (400, "RepoTakendown", "renew"),
    (400, "RepoSuspended", "renew"),
    (400, "ExpiredToken", "renew"),
    (400, "InvalidToken", "renew"),
    (401, "AuthenticationRequired", "renew"),
    (401, "AuthMissing", "renew"),
    (401, "AuthFactorTokenRequired", "renew"),
    (401, "AccountTakedown", "renew"),
    (401, "AccountDeactivated", "renew"),
]


@pytest.mark.parametrize(("status", "code", "meaning"), MEANINGS)
def test_each_code_means_what_its_reader_has_to_do(status: int, code: str, meaning: str, tmp_path: Path) -> None:
    network = small_network()
    network.change = lambda url, reply: refused(code, status) if "getRepoStatus" in url else reply
    outcome: dict[str, tuple[type[Exception], ...]] = {
        "again": (TryLater, NotUnderstood, NotWhole), "odd": (NotWhole,), "renew": (NotAllowed,), "gone": (NotAllowed,),
    }  # fmt: skip

    assert bluesky.ERRORS[status, code] == meaning
    with pytest.raises(outcome[meaning]):
        archived(tmp_path, network)


def test_the_table_of_codes_has_no_line_that_is_not_tested() -> None:
    assert set(bluesky.ERRORS) == {(status, code) for status, code, _ in MEANINGS}


def test_a_repository_switched_off_in_mid_run_is_no_gap_but_a_stop(tmp_path: Path) -> None:
    network = small_network()
    network.change = lambda url, reply: refused("RepoDeactivated") if "getBlob" in url else reply

    with pytest.raises(NotAllowed):
        archived(tmp_path, network)


# -- threads as the AppView's own tests recorded them ------------------------------------------------------------------


def _recorded_threads() -> list[tuple[str, dict[str, Any]]]:
    path = shared("realdata/bluesky/atproto-snapshots/bsky/tests/views/__snapshots__/thread.test.ts.snap")
    found = re.findall(r"exports\[`(.*?)`\] = `\n(.*?)\n`;", path.read_text(), re.DOTALL)
    address = re.compile(r'"record\((\d+)\)"')
    return [
        (name, json.loads(address.sub(rf'"at://{OTHER}/app.bsky.feed.post/\1"', re.sub(r",(\s*[}\]])", r"\1", body))))
        for name, body in found
    ]


def test_every_recorded_thread_comes_out_whole_or_with_what_is_lacking() -> None:
    threads = _recorded_threads()
    assert len(threads) >= 15

    for name, thread in threads:
        root = str(thread.get("uri") or thread["post"]["uri"])
        events = list(bluesky._replies(Pages([{"thread": thread}]), DID, root))  # type: ignore[arg-type]

        items = [event for event in events if isinstance(event, Item)]
        gaps = [event for event in events if isinstance(event, Gap)]
        texts = re.findall(r'"text": "(.*?)"', json.dumps(thread.get("replies") or []))
        assert sorted(item.text for item in items) == sorted(texts), name
        for claim in (event for event in events if isinstance(event, Claim)):
            below = [item for item in items if item.parent == claim.parent]
            again = [event for event in events if isinstance(event, Branch) and event.parent == claim.parent]
            hidden = "blocks replies" in name  # counted, not shown, and no hole in its place
            assert len(below) == claim.value or again or hidden, name
        assert bool(gaps) == (thread["$type"] != "app.bsky.feed.defs#threadViewPost"), name


def test_pictures_in_a_recorded_reply_are_read_with_alt_texts() -> None:
    for _, thread in _recorded_threads():
        for event in bluesky._replies(Pages([{"thread": thread}]), DID, "x"):  # type: ignore[arg-type]
            for media in event.media if isinstance(event, Item) else ():
                assert (media.alt, media.role) == ("../dev-env/assets/key-landscape-small.jpg", "rendition")
                return
    pytest.fail("no recorded reply with a picture")


# -- helpers ----------------------------------------------------------------------------------------------------


class Pages:
    """A web that gives these answers, one after the other."""

    key, listing = None, 1

    def __init__(self, pages: list[Any]) -> None:
        self.pages = pages

    def get(self, url: str, *, bearer: Callable[[], str] | None = None, **params: str) -> Answer:
        return Answer(unquote(url), 200, {}, datetime(2026, 12, 1, tzinfo=UTC), "", self.pages.pop(0))


def home() -> bluesky._Home:
    account = Account(
        id="exempelvik-bluesky", platform="bluesky", address="https://bsky.app/profile/exempelvik.example"
    )
    web: Any = Pages([])
    return bluesky._Home(account, DID, "exempelvik.example", f"https://{SERVER}", {}, web, web)


def test_memory_does_not_grow_with_the_repository(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        *sections, header = car((f"app.bsky.feed.like/{n:07}", libipld.encode_dag_cbor({"n": n})) for n in range(count))
        (tmp_path / "one.car").write_bytes(header + b"".join(sections))
        del sections
        tracemalloc.start()
        with Repository(tmp_path / "one.car") as repository:
            assert sum(1 for _ in repository.records()) == count
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    small, large = peak(2_000), peak(20_000)

    assert large < small + 300_000
