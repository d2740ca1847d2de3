"""The Mastodon connector and the way out on real sockets: mastodon-mock, a listener that must hear nothing, TLS."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from connectors import web
from connectors.record import Record
from connectors.web import NoFile, Web
from model.errors import NotAllowed, NotUnderstood, NotWhole, TryLater
from model.nouns import Account, Receipt
from pipeline import line
from tests.captures import BAG
from tests.servers.mastodon import MastodonMock
from tests.servers.pictures import picture

pytestmark = pytest.mark.servers
NOON = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
Json = dict[str, Any]


@dataclass
class Filled:
    """What was written on the server, by name."""

    ids: dict[str, str]
    pictures: dict[str, tuple[str, bytes]]  # attachment id: alt text, bytes


def fill(server: MastodonMock) -> Filled:
    """A small account: 15 posts of its own, a neighbour who answers, and one of everything."""
    ids: dict[str, str] = {}
    pictures: dict[str, tuple[str, bytes]] = {}
    for number in range(1, 4):
        body = picture(number)
        alt = f"Bild {number}: en bänk under en gran. 🌲"
        pictures[server.upload(body, alt)["id"]] = (alt, body)
    ids["pictures"] = server.post("Tre bilder från Exempelvik", media_ids=list(pictures))["id"]
    for number in range(6):
        ids[f"post {number}"] = server.post(f"Inlägg {number} & <åäö> 🦌")["id"]
    ids["thread"] = server.post("Vad tycker ni om parken?")["id"]
    ids["answer"] = server.post("Fin!", by="granne", in_reply_to_id=ids["thread"])["id"]
    ids["own answer"] = server.post("Tack!", in_reply_to_id=ids["answer"])["id"]
    ids["third"] = server.post("Varsågod", by="granne", in_reply_to_id=ids["own answer"])["id"]
    ids["second answer"] = server.post("Jag håller med", by="granne", in_reply_to_id=ids["thread"])["id"]
    ids["poll"] = server.post("Fler bänkar?", poll={"options": ["Ja", "Nej"], "expires_in": 3600})["id"]
    ids["edited"] = server.post("Välkommen", media_ids=[])["id"]
    server.edit(ids["edited"], "Välkomna")
    ids["deleted"] = server.post("Fel, tas bort")["id"]
    server.delete(ids["deleted"])
    ids["boosted"] = server.post("Grannens nyhet", by="granne")["id"]
    ids["boost"] = server.act(ids["boosted"], "reblog")["id"]
    server.act(ids["post 1"], "pin")
    ids["private"] = server.post("Bara för följare", visibility="private")["id"]
    ids["unlisted"] = server.post("Olistat", visibility="unlisted")["id"]
    ids["direct"] = server.post("@granne Direkt", visibility="direct")["id"]
    return Filled(ids, pictures)


@dataclass
class Archived:
    """An order, and what became of it."""

    folder: Path
    server: MastodonMock
    key: str | None

    @property
    def account(self) -> Account:
        address = f"{self.server.url}/@exempelvik"
        return Account(
            id="exempelvik-mastodon", platform="mastodon", address=address, key="EXEMPELVIK" if self.key else None
        )

    @property
    def place(self) -> line.Place:
        return line.Place(
            work=self.folder / "work", archive=self.folder / "archive", settings=BAG, web={"clock": lambda: NOON}
        )

    def go(self) -> Receipt:
        return line.archive(line.order_for(self.account, 2026, created=NOON), self.place, self.key)

    def rows(self, name: str) -> list[Json]:
        (package,) = (self.folder / "archive").rglob("*.zip")
        return [json.loads(row) for row in line.archive_format("bagit").read(package, f"{name}.jsonl")]

    @property
    def items(self) -> dict[str, Json]:
        return {row["id"]: row for row in self.rows("items")}

    @property
    def ledger(self) -> Json:
        found = line.ledger_of("2026-exempelvik-mastodon", self.place)
        assert found
        return found


@pytest.fixture
def archived(tmp_path: Path, mastodon_server: MastodonMock) -> Archived:
    return Archived(tmp_path, mastodon_server, mastodon_server.token)


def test_an_account_with_one_of_everything_is_whole_and_as_the_server_says(archived: Archived) -> None:
    filled = fill(archived.server)
    ids = filled.ids

    receipt = archived.go()

    assert receipt.verdict == "whole", archived.ledger
    items = archived.items
    mine = [id for name, id in ids.items() if name not in ("deleted", "boosted")]
    assert set(mine) <= set(items)
    assert ids["deleted"] not in items
    for id in mine:
        said = archived.server.get(f"/api/v1/statuses/{id}")
        shown = said["reblog"] or said
        assert items[id]["text"] == shown["content"]
        assert items[id]["visibility"] == said["visibility"]
        assert items[id].get("reply_to") == said["in_reply_to_id"]
        assert items[id]["author"] == shown["account"]["acct"]
        assert datetime.fromisoformat(items[id]["published"]) == datetime.fromisoformat(said["created_at"])
    assert items[ids["boost"]]["boost_of"] == ids["boosted"]
    assert items[ids["boost"]]["kind"] == "boost"
    assert [choice["text"] for choice in items[ids["poll"]]["poll"]] == ["Ja", "Nej"]
    assert [items[f"{ids['edited']}/{number}"]["text"] for number in (1, 2)] == ["<p>Välkommen</p>", "<p>Välkomna</p>"]


def test_pictures_come_with_their_bytes_and_alt_texts(archived: Archived) -> None:
    filled = fill(archived.server)

    archived.go()

    (package,) = (archived.folder / "archive").rglob("*.zip")
    files = archived.items[filled.ids["pictures"]]["media"]
    assert {file["id"]: file["alt"] for file in files} == {id: alt for id, (alt, _) in filled.pictures.items()}
    for file in files:
        lines = line.archive_format("bagit").read(package, file["path"])
        assert b"".join(lines) == filled.pictures[file["id"]][1]


def test_a_second_witness_sees_the_same_account(archived: Archived) -> None:
    from mastodon import Mastodon

    fill(archived.server)
    archived.go()

    witness = Mastodon(access_token=archived.server.token, api_base_url=archived.server.url, request_timeout=20)
    me = witness.account_verify_credentials()
    page, seen = witness.account_statuses(me["id"], limit=40), []
    while page:
        seen += page
        page = witness.fetch_next(page)

    own = {id: item for id, item in archived.items.items() if item["stream"] in ("statuses", "direct")}
    assert {str(status["id"]): (status["reblog"] or status)["content"] for status in seen} == {
        id: item["text"] for id, item in own.items()
    }
    assert archived.items[f"profile/{me['id']}"]["counts"]["statuses_count"] == me["statuses_count"]


def test_without_a_key_private_posts_leave_the_account_not_whole(archived: Archived) -> None:
    fill(archived.server)
    archived.key = None

    with pytest.raises(NotWhole, match=r"statuses: 1 of \d+ are missing"):
        archived.go()

    assert archived.ledger["verdict"] == "not whole"


def test_without_a_key_an_open_account_is_whole(archived: Archived) -> None:
    for number in range(12):
        archived.server.post(f"Inlägg {number}")
    archived.key = None

    assert archived.go().verdict == "whole"


def test_more_than_two_pages_are_read_to_the_end(archived: Archived) -> None:
    ids = {archived.server.post(f"Inlägg {number}")["id"] for number in range(95)}

    assert archived.go().verdict == "whole"
    assert ids <= set(archived.items)


def test_more_pins_than_a_page_holds_do_not_make_every_post_a_pinned_one(archived: Archived) -> None:
    ids = [archived.server.post(f"Inlägg {number}")["id"] for number in range(50)]
    for id in ids[:45]:
        archived.server.act(id, "pin")

    archived.go()

    pinned = next(row for row in archived.ledger["streams"] if row["stream"] == "pinned")
    assert pinned["captured"] == 45, "the mock's own next link forgets the filter"


def test_a_thread_whose_middle_was_deleted_is_not_lost_without_a_word(archived: Archived) -> None:
    filled = fill(archived.server)
    archived.server.delete(filled.ids["answer"], by="granne")

    receipt = archived.go()

    assert receipt.verdict == "whole"
    assert filled.ids["own answer"] in archived.items, "its own words are in its own list"
    assert filled.ids["second answer"] in archived.items
    assert filled.ids["answer"] not in archived.items


def test_a_boost_of_what_was_deleted_since_costs_nothing(archived: Archived) -> None:
    filled = fill(archived.server)
    archived.server.delete(filled.ids["boosted"], by="granne")

    receipt = archived.go()

    assert receipt.verdict == "whole"
    assert filled.ids["boost"] in archived.items


def test_the_key_of_the_neighbour_is_refused(archived: Archived) -> None:
    archived.key = archived.server.tokens["granne"]

    with pytest.raises(NotAllowed, match="belongs to @granne"):
        archived.go()


def test_a_key_that_nobody_knows_is_refused(archived: Archived) -> None:
    archived.key = "fel-nyckel"

    with pytest.raises(NotAllowed, match="Renew the key"):
        archived.go()


# -- the mock's own faults -------------------------------------------------------------------------------------------

STATUSES = "/api/v1/accounts/*/statuses"


def test_a_503_twice_is_got_over(archived: Archived, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(archived.server)
    monkeypatch.setattr("random.uniform", lambda low, high: 0.01)
    archived.server.fault("status", path=STATUSES, count=2, status=503)

    assert archived.go().verdict == "whole"


def test_a_rate_limit_of_a_second_is_waited_for(archived: Archived) -> None:
    fill(archived.server)
    archived.server.fault("ratelimit", path=STATUSES, count=1, headers={"Retry-After": "1"})
    place = archived.place
    place.web.update(clock=lambda: datetime.now(UTC))
    begun = datetime.now(UTC)

    receipt = line.archive(line.order_for(archived.account, 2026, created=NOON), place, archived.key)

    assert receipt.verdict == "whole"
    assert datetime.now(UTC) - begun >= timedelta(seconds=1)


def test_a_malformed_answer_once_is_got_over(archived: Archived, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(archived.server)
    monkeypatch.setattr("random.uniform", lambda low, high: 0.01)
    archived.server.fault("malformed", path=STATUSES, count=1)

    assert archived.go().verdict == "whole"


def test_malformed_answers_for_ever_are_not_whole(archived: Archived, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(archived.server)
    monkeypatch.setattr("random.uniform", lambda low, high: 0.01)
    archived.server.fault("malformed", path=STATUSES)

    with pytest.raises((NotWhole, NotUnderstood)):
        archived.go()

    assert not list((archived.folder / "archive").rglob("*.zip"))


def test_a_server_that_holds_its_tongue_is_a_wait(archived: Archived, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(archived.server)
    monkeypatch.setattr("random.uniform", lambda low, high: 0.01)
    monkeypatch.setattr(web, "TIMEOUT", (2, 0.2))
    archived.server.fault("timeout", path=STATUSES)

    with pytest.raises(TryLater):
        archived.go()

    archived.server.clear_faults()
    monkeypatch.setattr(web, "TIMEOUT", (2, 20))
    assert archived.go().verdict == "whole"


def test_one_status_less_for_ever_is_not_whole(archived: Archived) -> None:
    filled = fill(archived.server)
    page = archived.server.get(f"/api/v1/accounts/{_me(archived.server)}/statuses?limit=40")
    short = json.dumps([status for status in page if status["id"] != filled.ids["post 3"]])
    archived.server.fault("status", path=STATUSES, status=200, body=json.loads(short))

    with pytest.raises((NotWhole, NotUnderstood)):
        archived.go()


def _me(server: MastodonMock) -> str:
    return str(server.get("/api/v1/accounts/verify_credentials")["id"])


# -- a listener that must hear nothing ---------------------------------------------------------------------------------


class Ear:
    """Listens on loopback and keeps what it hears."""

    def __init__(self) -> None:
        self.heard, self.calls = b"", 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(0.1)
        self.port, self.open = self.socket.getsockname()[1], True
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self) -> None:
        while self.open:
            try:
                one, _ = self.socket.accept()
            except TimeoutError:
                continue
            with one:
                self.calls += 1
                one.settimeout(0.5)
                try:
                    while data := one.recv(4096):
                        self.heard += data
                except (TimeoutError, ConnectionError):
                    pass

    def close(self) -> None:
        self.open = False
        self.thread.join(5)
        self.socket.close()


@pytest.fixture
def ear() -> Iterator[Ear]:
    one = Ear()
    yield one
    one.close()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Any]:
    made: list[Record] = []

    def make(home: str, **more: Any) -> Web:
        made.append(Record(tmp_path / "segments"))
        return Web(home, made[-1], tmp_path, **({"clock": lambda: NOON, "sleep": lambda seconds: None} | more))

    yield make
    for record in made:
        record.close()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_that_resolves_to_a_private_address_hears_nothing(
    ear: Ear, opened: Any, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    true = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, port, *more, **options: true("127.0.0.1", port, *more, **options)
    )
    no_proxy(monkeypatch)
    here = opened(f"{scheme}://social.exempelvik.example/@exempelvik", key="hemlig")

    with pytest.raises(NoFile, match="is a private address"):
        here.file(f"{scheme}://files.exempelvik.example:{ear.port}/a.jpg")

    ear.close()
    assert (ear.calls, ear.heard) == (1, b"")


def test_the_accounts_own_host_may_be_private(ear: Ear, opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    no_proxy(monkeypatch)
    monkeypatch.setattr(web, "TIMEOUT", (1, 0.2))
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    here = opened(f"http://127.0.0.1:{ear.port}/@exempelvik")

    with pytest.raises(TryLater):
        here.get(f"http://127.0.0.1:{ear.port}/api/v1/x")

    ear.close()
    assert ear.heard.startswith(b"GET /api/v1/x HTTP/1.1\r\n")


def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


# -- proxies and certificates ------------------------------------------------------------------------------------------


class _Speaks(BaseHTTPRequestHandler):
    asked: list[tuple[str, dict[str, str]]]

    def do_GET(self) -> None:
        type(self).asked.append((self.path, dict(self.headers)))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "8")
        self.end_headers()
        self.wfile.write(b'["here"]')

    def log_message(self, *words: Any) -> None:
        pass


@contextmanager
def speaking(context: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[tuple[str, dict[str, str]]]]]:
    """A server that says ["here"] to everything, as itself or as a proxy."""
    kind = type("Speaks", (_Speaks,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server.server_address[1], kind.asked  # type: ignore[attr-defined]
        server.shutdown()
        thread.join(5)


def test_a_proxy_of_the_environment_is_spoken_to(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with speaking() as (port, asked):
        no_proxy(monkeypatch)
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)

        answer = opened("http://social.exempelvik.example/@exempelvik").get("http://social.exempelvik.example/api")

        assert answer.data == ["here"]
        assert [path for path, _ in asked] == ["http://social.exempelvik.example/api"]


def test_the_password_of_a_proxy_is_not_written_down(
    opened: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with speaking() as (port, asked):
        no_proxy(monkeypatch)
        monkeypatch.setenv("http_proxy", f"http://stad:hemligt-ord@127.0.0.1:{port}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)

        opened("http://social.exempelvik.example/@exempelvik").get("http://social.exempelvik.example/api")

        assert asked[0][1]["Proxy-Authorization"].startswith("Basic ")
    from tests.runs import _unzipped

    kept = b"".join(_unzipped(path.read_bytes()) for path in tmp_path.rglob("*.warc.gz"))
    assert b"GET /api" in kept
    assert b"Basic" not in kept
    assert b"hemligt" not in kept


def _certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A city's own certificate for localhost, and a server's side of it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Exempelvik")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    words = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key.private_bytes(*words))
    (folder / "city.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "city.pem", folder / "key.pem")
    return folder / "city.pem", context


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_server_with_the_citys_own_certificate_is_trusted_only_if_told_so(
    opened: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    city, context = _certificate(tmp_path)
    no_proxy(monkeypatch)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setattr("time.sleep", lambda seconds: None)

    with speaking(context) as (port, asked):
        home = f"https://localhost:{port}"
        with pytest.raises(TryLater):
            opened(f"{home}/@exempelvik", key="hemlig").get(f"{home}/api")
        assert asked == [], "no key goes to a server that is not known"

        monkeypatch.setenv(name, str(city))
        answer = opened(f"{home}/@exempelvik", key="hemlig").get(f"{home}/api")

    assert answer.data == ["here"]
    assert asked[0][1]["Authorization"] == "Bearer hemlig"
