"""The Bluesky connector against the AT Protocol reference server, through the whole line."""

from __future__ import annotations

import io
import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import libipld
import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from model.errors import NotAllowed, NotWhole
from model.nouns import Account, Order
from pipeline import line
from tests.atproto import APPVIEW, DIRECTORY, SERVER, AppView
from tests.captures import BAG
from tests.runs import NOON, Run
from tests.servers import Filled, Pds, picture

pytestmark = pytest.mark.servers

Change = Callable[[str, bytes], tuple[int, bytes]]


class Edited(HTTPAdapter):
    """The way to the real server, with every request noted, and answers changed on the way back.

    The AppView, the directory and https://pds.exempelvik.example are led to `server`: what Bluesky's account has in the
    open. `until` is the number of answers after which the line goes dead, as when the process is killed.
    """

    def __init__(self, server: Pds, change: Change | None = None, appview: AppView | None = None) -> None:
        super().__init__(pool_maxsize=16)
        self.server, self.change, self.appview = server, change or _as_it_is, appview
        self.asked: Counter[str] = Counter()
        self.keys: set[tuple[str, str]] = set()
        self.until = 10**9
        self._lock = threading.Lock()

    def send(self, request: requests.PreparedRequest, stream: bool = False, timeout: Any = None, verify: Any = True,
             cert: Any = None, proxies: Mapping[str, str] | None = None) -> requests.Response:  # fmt: skip
        url, there = str(request.url), urlsplit(str(request.url))
        with self._lock:
            if self.asked.total() >= self.until:
                raise Killed
            self.asked[f"{request.method} {url}"] += 1
        if key := request.headers.get("Authorization"):
            self.keys.add((str(there.hostname), str(key)[:7]))
        method = there.path.removeprefix("/xrpc/")
        if self.appview and there.hostname == APPVIEW and method.startswith("app.bsky."):
            reply = self.appview.answer(method, parse_qs(there.query))
            assert reply is not None
            return self._built(request, reply.status, reply.headers, reply.body)
        request = request.copy()
        base = self.server.plc_url if there.hostname == DIRECTORY else self.server.url
        request.url = f"{base}{there.path}{'?' + there.query if there.query else ''}"
        response = super().send(request, True, timeout, verify, cert, proxies)
        body: bytes = response.raw.read(decode_content=True)
        if there.hostname == DIRECTORY:
            body = body.replace(self.server.url.encode(), f"https://{SERVER}".encode())
        status, changed = self.change(url, body) if response.status_code == 200 else (response.status_code, body)
        return self._built(request, status, dict(response.headers), changed)

    def _built(
        self, request: requests.PreparedRequest, status: int, headers: Mapping[str, str], body: bytes
    ) -> requests.Response:
        told = {"content-length", "transfer-encoding", "date", "etag"}  # ours: the clock; a session's tag is ever new
        headers = {name: value for name, value in headers.items() if name.lower() not in told}
        raw = HTTPResponse(body=io.BytesIO(body), headers=HTTPHeaderDict(headers), status=status, preload_content=False)
        return self.build_response(request, raw)


class Killed(BaseException):
    """What no handler of ours may catch."""


def _as_it_is(url: str, body: bytes) -> tuple[int, bytes]:
    return 200, body


class Taken:
    """An order for the filled account, and what came of it."""

    def __init__(
        self, folder: Path, filled: Filled, adapter: Edited, *, key: str | None = None, address: str = ""
    ) -> None:
        self.folder, self.adapter, self.key = folder, adapter, key
        account = Account(id="exempelvik-bluesky", platform="bluesky", key="EXEMPELVIK" if key else None,
                          address=address or f"{adapter.server.url}/profile/{filled.account.handle}")  # fmt: skip
        self.order: Order = line.order_for(account, 2026, created=NOON)
        options = {"adapter": adapter, "clock": lambda: NOON, "sleep": lambda seconds: None}
        self.place = line.Place(work=folder / "work", archive=folder / "archive", settings=BAG, web=options)

    def take(self) -> dict[str, Any]:
        return line.take(self.order, self.place, self.key)

    @property
    def capture(self) -> Path:
        return self.place.work / self.order.id

    def rows(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(row) for row in (self.capture / f"{name}.jsonl").read_text().splitlines()]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)


@pytest.mark.parametrize("keyed", [True, False], ids=["with its key", "without a key"])
def test_a_filled_account_comes_whole_and_as_it_was_written(
    keyed: bool, bluesky_server: Pds, filled_bluesky: Filled, tmp_path: Path
) -> None:
    key = filled_bluesky.account.password if keyed else None
    run = Taken(tmp_path, filled_bluesky, Edited(bluesky_server), key=key)

    ledger = run.take()

    assert ledger["verdict"] == "whole"
    items = {row["id"]: row for row in run.rows("items")}
    assert set(items) == {*filled_bluesky.records, filled_bluesky.account.did}
    for uri, record in filled_bluesky.records.items():
        due = record.value["description"] if "description" in record.value else record.value.get("text", "")
        assert items[uri].get("text", "") == due
        assert "createdAt" not in record.value or items[uri]["published"][:19] == record.value["createdAt"][:19]
    files = {media["id"]: media for item in items.values() for media in item.get("media", [])}
    assert {cid: media["sha256"] for cid, media in files.items()} == {
        cid: blob.sha256 for cid, blob in filled_bluesky.blobs.items()
    }
    assert {cid: media.get("alt", "") for cid, media in files.items()} == {
        cid: blob.alt for cid, blob in filled_bluesky.blobs.items()
    }
    claims = {claim["field"]: claim["value"] for claim in run.rows("claims")}
    assert ("indexedRecords" in claims, claims["leaves of the signed tree"]) == (keyed, len(filled_bluesky.records))


def test_the_repository_is_kept_byte_for_byte_and_signed(
    bluesky_server: Pds, filled_bluesky: Filled, tmp_path: Path
) -> None:
    run = Taken(tmp_path, filled_bluesky, Edited(bluesky_server))

    run.take()

    plain = bluesky_server.ask("com.atproto.sync.getRepo", did=filled_bluesky.account.did).content
    (kept,) = run.capture.glob("raw/*.car")
    assert kept.read_bytes() == plain
    header, blocks = libipld.decode_car(kept.read_bytes())
    assert len(blocks[header["roots"][0]]["sig"]) == 64


def test_files_lie_in_the_capture_as_they_were_uploaded(
    bluesky_server: Pds, filled_bluesky: Filled, tmp_path: Path
) -> None:
    run = Taken(tmp_path, filled_bluesky, Edited(bluesky_server))

    run.take()

    found = {libipld.encode_cid(b"\x01\x55\x12\x20" + bytes.fromhex(path.stem)): path.stat().st_size
             for path in (run.capture / "media").iterdir()}  # fmt: skip
    assert found == {cid: blob.size for cid, blob in filled_bluesky.blobs.items()}


def test_no_key_lies_anywhere_after_a_run(bluesky_server: Pds, filled_bluesky: Filled, tmp_path: Path) -> None:
    sessions: list[str] = []

    def listen(url: str, body: bytes) -> tuple[int, bytes]:
        if "createSession" in url:
            sessions.extend(json.loads(body)[name] for name in ("accessJwt", "refreshJwt"))
        return 200, body

    run = Taken(tmp_path, filled_bluesky, Edited(bluesky_server, listen), key=filled_bluesky.account.password)
    run.take()
    kept = Run(tmp_path, None).every_byte()  # type: ignore[arg-type]
    line.deliver(run.order.id, run.place, line.pack(run.order.id, run.place))
    kept += Run(tmp_path, None).every_byte()  # type: ignore[arg-type]

    assert len(sessions) == 2
    assert b"createSession" in kept
    assert not [key for key in (*sessions, filled_bluesky.account.password) if key.encode() in kept]
    assert not [key for key in sessions if key.split(".")[2].encode() in kept]


def test_a_wrong_password_says_what_to_do(bluesky_server: Pds, filled_bluesky: Filled, tmp_path: Path) -> None:
    run = Taken(tmp_path, filled_bluesky, Edited(bluesky_server), key="fel-losenord")

    with pytest.raises(NotAllowed, match="Renew the key that the register names"):
        run.take()


def test_the_key_of_another_account_is_refused(bluesky_server: Pds, filled_bluesky: Filled, tmp_path: Path) -> None:
    other = bluesky_server.create_account("annan.test", "en-annans-losenord")
    run = Taken(tmp_path, filled_bluesky, Edited(bluesky_server), key=other.password)

    with pytest.raises(NotAllowed):
        run.take()


def test_a_deactivated_account_says_who_must_act(bluesky_server: Pds, filled_bluesky: Filled, tmp_path: Path) -> None:
    account = bluesky_server.create_account("vilar.test")
    bluesky_server.http.post(f"{bluesky_server.url}/xrpc/com.atproto.server.deactivateAccount", json={}, timeout=20,
                             headers={"Authorization": f"Bearer {account.accessJwt}"}).raise_for_status()  # fmt: skip
    address = f"{bluesky_server.url}/profile/{account.did}"
    run = Taken(tmp_path, filled_bluesky, Edited(bluesky_server), address=address)

    with pytest.raises(NotAllowed, match="activate it while it is archived"):
        run.take()


def test_an_account_without_a_single_record_is_whole(
    bluesky_server: Pds, filled_bluesky: Filled, tmp_path: Path
) -> None:
    account = bluesky_server.create_account("tom.test")
    address = f"{bluesky_server.url}/profile/{account.handle}"
    run = Taken(tmp_path, filled_bluesky, Edited(bluesky_server), address=address, key=account.password)

    assert run.take()["verdict"] == "whole"


def test_equal_records_are_two_items(bluesky_server: Pds, filled_bluesky: Filled, tmp_path: Path) -> None:
    account = bluesky_server.create_account("tvilling.test")
    image = bluesky_server.upload(account, picture(77), "Samma bild")
    embed = {"$type": "app.bsky.embed.images", "images": [{"image": image.ref, "alt": image.alt}]}
    value = {"text": "Glad midsommar!", "createdAt": "2026-06-19T08:00:00.000Z", "embed": embed}
    made = {bluesky_server.put(account, "app.bsky.feed.post", value).uri for _ in range(2)}
    address = f"{bluesky_server.url}/profile/{account.handle}"
    run = Taken(tmp_path, filled_bluesky, Edited(bluesky_server), address=address, key=account.password)

    assert run.take()["verdict"] == "whole"
    assert {row["id"] for row in run.rows("items") if row["kind"] == "post"} == made


# One thing removed from the server's answers


def _without_a_block(url: str, body: bytes) -> tuple[int, bytes]:
    """The last block of the CAR goes; what is left is well-formed."""
    if "getRepo?" not in url:
        return 200, body
    _, blocks = libipld.decode_car(body)
    data = libipld.encode_dag_cbor(list(blocks.values())[-1])
    at = body.rfind(data)
    size = len(data) + 36
    return 200, body[: at - 36 - (2 if size > 127 else 1)] + body[at + len(data) :]


def _one_more(field: str) -> Change:
    def change(url: str, body: bytes) -> tuple[int, bytes]:
        if "checkAccountStatus" not in url:
            return 200, body
        status = json.loads(body)
        return 200, json.dumps(status | {field: status[field] + 1}).encode()

    return change


@pytest.mark.parametrize(
    "change", [_without_a_block, _one_more("indexedRecords"), _one_more("expectedBlobs")],
    ids=["a block of the repository", "a record that is counted", "a blob that is counted"],
)  # fmt: skip
def test_one_thing_removed_is_not_whole_and_nothing_is_lost(
    change: Change, bluesky_server: Pds, filled_bluesky: Filled, tmp_path: Path
) -> None:
    run = Taken(tmp_path, filled_bluesky, Edited(bluesky_server, change), key=filled_bluesky.account.password)

    with pytest.raises(NotWhole):
        run.take()

    assert list(run.capture.glob("raw/*.car"))
    run.adapter.change = _as_it_is
    assert run.take()["verdict"] == "whole"


def test_a_blob_dropped_from_the_list_is_taken_because_a_record_names_it(
    bluesky_server: Pds, filled_bluesky: Filled, tmp_path: Path
) -> None:
    def change(url: str, body: bytes) -> tuple[int, bytes]:
        page = json.loads(body) if "listBlobs" in url else {}
        return (200, json.dumps(page | {"cids": page["cids"][1:]}).encode()) if page.get("cids") else (200, body)

    run = Taken(tmp_path, filled_bluesky, Edited(bluesky_server, change), key=filled_bluesky.account.password)

    assert run.take()["verdict"] == "whole"
    assert len(list((run.capture / "media").iterdir())) == len(filled_bluesky.blobs)


def test_a_blob_that_the_server_has_lost_is_named(bluesky_server: Pds, filled_bluesky: Filled, tmp_path: Path) -> None:
    lost = sorted(filled_bluesky.blobs)[7]
    not_found = json.dumps({"error": "InvalidRequest", "message": "Blob not found"}).encode()
    adapter = Edited(bluesky_server, lambda url, body: (400, not_found) if f"cid={lost}" in url else (200, body))
    run = Taken(tmp_path, filled_bluesky, adapter, key=filled_bluesky.account.password)

    ledger = run.take()

    assert ledger["verdict"] == "whole with named gaps"
    assert [(gap["what"], gap["why"], gap["how"]) for gap in run.rows("gaps")] == [(lost, "gone", "HTTP 400")]


# Killed and run again


@pytest.fixture(scope="module")
def undisturbed(bluesky_server: Pds, filled_bluesky: Filled, tmp_path_factory: pytest.TempPathFactory) -> Taken:
    """A run from beginning to end, with the account's key."""
    folder, key = tmp_path_factory.mktemp("undisturbed"), filled_bluesky.account.password
    run = Taken(folder, filled_bluesky, Edited(bluesky_server), key=key)
    run.take()
    return run


# Not 4: killed between log-in and figures, a run logs in once more, and both log-ins are on the record.
@pytest.mark.parametrize("answers", [1, 3, 5, 6, 7, 30, 129])
def test_a_killed_run_goes_on_and_gives_the_same_bytes(
    answers: int, undisturbed: Taken, bluesky_server: Pds, filled_bluesky: Filled, tmp_path: Path
) -> None:
    adapter = Edited(bluesky_server)
    run = Taken(tmp_path, filled_bluesky, adapter, key=filled_bluesky.account.password)

    adapter.until = answers
    with pytest.raises(Killed):
        run.take()
    adapter.until = 10**9
    run.take()

    again = sum(count - 1 for count in adapter.asked.values())
    assert again <= 0.05 * undisturbed.adapter.asked.total()
    package = line.pack(undisturbed.order.id, undisturbed.place)
    assert line.pack(run.order.id, run.place).sha256 == package.sha256


# As an account that Bluesky shows: AppView, directory and server are three hosts


def test_an_account_on_bsky_app_comes_with_replies_through_its_identity_document(
    bluesky_server: Pds, filled_bluesky: Filled, tmp_path: Path
) -> None:
    posts = {uri: record.value for uri, record in {**filled_bluesky.records, **filled_bluesky.others}.items()
             if record.collection == "app.bsky.feed.post"}  # fmt: skip
    who = {one.did: one.handle for one in (filled_bluesky.account, filled_bluesky.other)}
    appview = AppView({uri: (uri.split("/")[2], who[uri.split("/")[2]], value) for uri, value in posts.items()})
    adapter = Edited(bluesky_server, appview=appview)
    key = filled_bluesky.account.password
    address = f"https://bsky.app/profile/{filled_bluesky.account.handle}"
    run = Taken(tmp_path, filled_bluesky, adapter, key=key, address=address)

    ledger = run.take()

    assert ledger["verdict"] == "whole"
    items = {row["id"]: row for row in run.rows("items")}
    assert set(posts) <= set(items)
    replies = [row for row in ledger["streams"] if row["stream"] == "replies"]
    assert replies[0]["captured"] == len([value for value in posts.values() if "reply" in value])
    assert adapter.keys == {(SERVER, "Bearer ")}
