"""`arsring store …` as it is run by hand: on an object store over TLS, and on a folder where that makes sense."""

from __future__ import annotations

import argparse
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from model.errors import NotAllowed, NotWhole
from model.nouns import Receipt
from model.settings import Bucket, Settings
from pipeline import cli, line, staging, storing
from pipeline.say import Voice
from stores import _policy, _upkeep, s3
from tests import buckets
from tests.captures import BAG, settings_file
from tests.runs import Run, fake_of, small_world
from tests.servers.liar import Answer, Ask, Asked, Lie, acting_as, liar, refusal
from tests.servers.s3 import S3Server

ORDER = "2026-exempelvik-mastodon"
ENGLISH = {"the", "is", "was", "and", "that", "cannot", "with", "of", "not"}
servers = pytest.mark.servers


class Cli:
    """The command with its settings: its exit status, and what it said."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys, self.settings = folder, capsys, settings_file(folder)
        self.out = self.err = ""

    def __call__(self, *words: object, english: bool = False) -> int:
        given = [*(["--english"] if english else []), "store", *map(str, words), "--settings", str(self.settings)]
        try:
            status = cli.main([*given, "--archive", str(self.folder / "arkiv")])
        except SystemExit as error:  # argparse's own
            status = int(error.code or 0)
        self.out, self.err = self.capsys.readouterr()
        return status

    @property
    def said(self) -> str:
        return self.out + self.err

    def no_english(self) -> None:
        """What stands in names, addresses and quotes is no word of a sentence."""
        plain = re.sub(r"”[^”]*”|\(key '[^']*'\)|https?://\S+|\S+[./]\S+", "", self.said)
        assert not ENGLISH & set(re.findall(r"[a-zåäö]+", plain.lower())), self.said


class Remote(Cli):
    """On an object store: the keys are in the environment."""

    def __init__(self, server: S3Server, where: Bucket, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any):
        super().__init__(folder, capsys)
        self.server, self.where, self.patch = server, where, monkeypatch
        self.keys()
        self.at(where)

    def keys(self, **pairs: tuple[str, str]) -> None:
        for who in ("ingest", "reader", "custodian", "owner"):
            self.patch.setenv(f"ARSRING_KEY_S3_{who.upper()}", buckets.keys(self.server, **pairs)(f"s3-{who}"))

    def at(self, where: Bucket) -> None:
        users = "\n".join(f'{word} = "{self.server.principals[who]}"' for word, who in WHO.items())
        text = f"""
[lagring]
adress = "{where.endpoint}"
bucket = "{where.bucket}"
myndighet = "{where.authority}"
certifikat = "{where.trusted}"
[lagring.anvandare]
{users}
"""
        self.settings.write_text(settings_file(self.folder).read_text(encoding="utf-8") + text, encoding="utf-8")


WHO = {"inmatning": "ingest", "lasning": "reader", "vard": "custodian", "agare": "owner"}


def archived(folder: Path, place: line.Place) -> Receipt:
    """A whole small account, taken, packed and delivered."""
    run = Run(folder, fake_of(small_world(posts=9, threads=2, comments=6, media=4, with_media=3)))
    return line.archive(run.order, replace(place, work=folder / "work", web=run.place.web), run.key)


class Archives:
    """One archive of each kind with a package in it, made when it is first asked for."""

    def __init__(self, server: Callable[[str], S3Server], folder: Path) -> None:
        self.server, self.folder = server, folder

    @cache  # noqa: B019  # as long as the module's tests
    def local(self) -> Path:
        into = self.folder / "local"
        archived(into, line.Place(work=into, archive=into / "arkiv", settings=BAG))
        return into / "arkiv"

    @cache  # noqa: B019
    def bucket(self, name: str) -> Bucket:
        server, into = self.server(name), self.folder / name
        settings = replace(BAG, store="s3", bucket=buckets.made(server))
        archived(into, line.Place(work=into, archive=into, settings=settings, key=buckets.keys(server)))
        assert settings.bucket
        return settings.bucket


@pytest.fixture(scope="module")
def archives(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Archives:
    return Archives(lambda name: request.getfixturevalue(f"{name}_server"), tmp_path_factory.mktemp("archives"))


@pytest.fixture
def remote_of(
    archives: Archives, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], Remote]:
    return lambda name: Remote(archives.server(name), archives.bucket(name), tmp_path, monkeypatch, capsys)


@pytest.fixture(params=buckets.SERVERS)
def remote(request: pytest.FixtureRequest, remote_of: Callable[[str], Remote]) -> Remote:
    return remote_of(request.param)


@pytest.fixture
def local(archives: Archives, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    shutil.copytree(archives.local(), tmp_path / "arkiv")
    return Cli(tmp_path, capsys)


@pytest.fixture(params=["folder", *(pytest.param(name, marks=servers) for name in buckets.SERVERS)])
def store(request: pytest.FixtureRequest, remote_of: Callable[[str], Remote]) -> Cli:
    if request.param == "folder":
        found: Cli = request.getfixturevalue("local")
        return found
    return remote_of(request.param)


# --- every store --------------------------------------------------------------------------------------------------


def test_list_names_each_package_its_size_and_its_verdict(store: Cli) -> None:
    assert store("list") == 0

    assert ORDER in store.out
    assert "komplett" in store.out
    assert store("list", "--json") == 0
    assert [row["order"] for row in json.loads(store.out)] == [ORDER]


def test_get_fetches_a_package_with_all_that_proves_it(store: Cli) -> None:
    into = store.folder / "hem"

    assert store("get", ORDER, into) == 0

    names = {path.name for path in into.iterdir()}
    assert {f"{ORDER}.zip", f"{ORDER}.manifest.json", f"{ORDER}.sha256"} < names
    assert any(name.endswith(".receipt.json") for name in names)
    assert f"({len(names)} filer)" in store.out
    store.no_english()
    assert cli.main(["verify", str(into)]) == 0
    assert store("get", ORDER, into) == 0  # the same again is no harm


@pytest.mark.parametrize("name", [f"{ORDER}.zip", f"{ORDER}.sha256"])
def test_get_overwrites_nothing(store: Cli, name: str) -> None:
    into = store.folder / "hem"
    into.mkdir()
    (into / name).write_text("another")

    assert store("get", ORDER, into) == 2

    assert f"{name}: där ligger redan en annan fil. Ange en tom mapp." in store.err
    assert (into / name).read_text() == "another"
    store.no_english()


def test_what_cannot_be_written_is_told(store: Cli) -> None:
    (store.folder / "hem").write_text("")

    assert store("get", ORDER, store.folder / "hem") == 2
    assert f"{store.folder / 'hem'}: går inte att skriva (" in store.err
    assert store("page", ORDER, "ledger.json", "--into", store.folder / "none" / "sida.json") == 2
    assert f"{store.folder / 'none' / 'sida.json'}: går inte att skriva (" in store.err


def test_page_lists_what_is_in_a_package_and_fetches_one_file(store: Cli) -> None:
    assert store("page", ORDER) == 0
    name = next(row for row in store.out.splitlines() if row.endswith("ledger.json"))

    assert store("page", ORDER, "ledger.json", "--into", store.folder / "sida.json") == 0

    assert json.loads((store.folder / "sida.json").read_text())["order"] == ORDER
    assert name in store.out
    assert store("page", ORDER, "ledger.json", "--into", store.folder / "sida.json") == 2
    assert "finns redan" in store.err
    assert store("page", ORDER, "nowhere.html") == 2
    assert f"finns inte i {ORDER}" in store.err
    store.no_english()


@pytest.mark.parametrize("words", [("get", "2031-x", "hem"), ("page", "2031-x")])
def test_an_order_that_was_not_delivered_is_told(store: Cli, words: tuple[str, ...]) -> None:
    assert store(*words) == 2

    assert "2031-x: ingen sådan beställning har levererats till" in store.err
    assert not (store.folder / "hem").exists()
    store.no_english()


def test_verify_reads_it_all_or_a_slice(store: Cli) -> None:
    assert store("verify") == 0

    assert "0 fel" in store.out
    assert store("verify", "--slice", "1/3") == 0
    assert store("verify", "--slice", "4/3") == 2
    assert store("verify", "--slice", "x") == 2


def test_reap_finds_nothing_to_clear(store: Cli) -> None:
    assert store("reap") == 0

    assert "0 rester" in store.out


# --- a folder -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [("doctor",), ("init",), ("policy", "--print"), ("link", ORDER), ("accept", ORDER, "--by", "x"), ("extend",),
     ("rebuild-index",)],
)  # fmt: skip
def test_a_folder_has_no_identities_and_no_locks(local: Cli, words: tuple[str, ...]) -> None:
    assert local(*words) == 2

    assert "Arkivet är en mapp" in local.err
    assert "[lagring]" in local.err
    local.no_english()


def test_a_folder_with_a_touched_package_is_told(local: Cli) -> None:
    path = local.folder / "arkiv" / f"{ORDER}.zip"
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)

    assert local("verify") == 3

    assert f"{ORDER}.zip: är inte de byte som levererades" in local.err
    assert local("get", ORDER, local.folder / "hem") == 3
    assert not list((local.folder / "hem").glob("*.zip"))
    local.no_english()


def test_a_package_that_has_gone_is_told(local: Cli) -> None:
    (local.folder / "arkiv" / f"{ORDER}.zip").unlink()

    for words in (("get", ORDER, local.folder / "hem"), ("page", ORDER)):
        assert local(*words) == 3
        assert f"{ORDER}.zip: går inte att läsa (" in local.err
        assert "fast det finns ett kvitto" in local.err
    assert local("verify") == 3
    assert f"{ORDER}.zip: finns inte i arkivlagret" in local.err


def test_an_empty_folder_has_no_packages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = Cli(tmp_path, capsys)

    assert empty("list") == 0

    assert "inga paket" in empty.out


# --- an object store ----------------------------------------------------------------------------------------------


@servers
def test_init_makes_the_buckets_and_doctor_finds_them_fit(remote: Remote) -> None:
    remote.at(buckets.place(remote.server))

    assert remote("init") == 0
    remote.no_english()
    assert remote("init") == 0  # again changes nothing
    remote.no_english()
    assert remote("doctor") == 0, remote.out

    assert "arkivlagret går att lita på" in remote.out.lower() or "lagret går att lita på" in remote.out
    assert "låst: ingen kan ta bort" in remote.out
    assert remote.out.count(" ok ") > 30
    assert "FEL" not in remote.out
    remote.no_english()
    assert remote("list") == 0
    assert "inga paket" in remote.out


@servers
def test_init_tells_of_an_owner_who_can_stop_the_versions(remote: Remote) -> None:
    remote.at(buckets.place(remote.server))
    assert remote("init") == 0
    assert "-prov: låter inte ens sin ägare stänga av versionerna" in remote.out
    state = ["Enabled"]

    def lax(asked: Asked, ask: Ask) -> Answer:
        if asked.what == "PUT versioning":
            state[:] = re.findall("<Status>(.*?)</Status>", asked.body.decode())
            return Answer()
        status = f"<VersioningConfiguration><Status>{state[0]}</Status></VersioningConfiguration>"
        return Answer(body=status.encode()) if asked.what == "GET versioning" else ask(asked)

    with liar(remote.server, lax) as there:
        remote.at(replace(buckets.place(remote.server), endpoint=there.endpoint))
        assert remote("init") == 0

    assert "-prov: låter sin ägare stänga av versionerna, trots låset" in remote.out
    assert state == ["Enabled"]
    remote.no_english()


@servers
def test_doctor_names_what_is_wrong_and_delivery_stops(remote: Remote, tmp_path: Path) -> None:
    where = buckets.place(remote.server)
    remote.at(where)
    assert remote("init") == 0

    def careless(asked: Asked, ask: Ask) -> Answer:
        return ask(asked.without("content-md5", "x-amz-checksum-sha256"))

    with liar(remote.server, careless) as there:
        remote.at(replace(where, endpoint=there.endpoint))
        assert remote("doctor") == 3

        assert "FEL digests: Det som skadas på vägen avvisas: servern släppte igenom det." in remote.out
        assert "går INTE att lita på" in remote.out
        remote.no_english()
        bucket = replace(where, endpoint=there.endpoint)
        place = line.Place(
            work=tmp_path, archive=tmp_path, settings=replace(BAG, store="s3", bucket=bucket),
            key=buckets.keys(remote.server),
        )  # fmt: skip
        with pytest.raises(Exception, match="cannot be relied on: Bytes that are spoilt on their way are refused"):
            archived(tmp_path, place)


@servers
def test_policy_shows_who_may_do_what_and_asks_nobody(remote: Remote) -> None:
    nowhere = replace(remote.where, endpoint="https://localhost:1")
    remote.at(nowhere)

    assert remote("policy", "--print") == 0

    assert '"s3:Delete*"' in remote.out
    assert remote.out.count('"Version": "2012-10-17"') == 3
    assert remote("policy") == 2


@servers
def test_link_opens_the_package_to_whoever_has_it(remote: Remote) -> None:
    assert remote("link", ORDER, "--hours", 2) == 0

    address = remote.out.strip()
    reader = buckets.calls(remote.server, remote.where, "reader")
    assert f"{ORDER}.zip" in address
    assert "X-Amz-Expires=7200" in address
    assert reader.opens(address) == 200
    assert reader.opens(address.replace("7200", "9999")) == 403
    assert remote("link", ORDER, "--hours", 200) == 2
    assert remote("link", "2031-x") == 2
    remote.no_english()


@servers
def test_accept_holds_and_locks_and_extend_goes_on(remote: Remote) -> None:
    assert remote("accept", ORDER, "--by", "stadsarkivarien") == 0
    remote.no_english()
    assert f"{ORDER}: " in remote.out

    assert remote("extend") == 0

    assert f"{ORDER}: " in remote.out
    remote.no_english()
    reader = buckets.calls(remote.server, remote.where, "reader")
    shelf = buckets.shelf(remote.server, remote.where)
    receipt = shelf.receipt(ORDER)
    assert receipt
    settings = Settings(store="s3", bucket=remote.where)
    place = line.Place(work=remote.folder, archive=remote.folder, settings=settings, key=buckets.keys(remote.server))
    assert storing.unlocked(place) == []
    at = {"Key": receipt.package, "VersionId": shelf.versions(ORDER)[receipt.package]}
    until = reader("get_object_retention", **at)["Retention"]["RetainUntilDate"]
    assert until > datetime.now(UTC) + timedelta(days=364)
    assert reader("get_object_legal_hold", **at)["LegalHold"]["Status"] == "ON"
    assert remote("accept", "2031-x", "--by", "stadsarkivarien") == 2
    assert remote("accept", ORDER) == 2


def test_december_locks_the_others_where_one_receipt_has_been_touched(
    local: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the order of their names: the one that fails comes first."""

    class Touched:
        def papers(self) -> list[str]:
            return [f"{order}{_upkeep.ACCEPTED}" for order in ("2025-a", "2026-a")]

        def receipt(self, order: str) -> Any:
            if order == "2025-a":
                raise NotWhole("2025-a: the receipt is not as its name says.")
            return order

    place = SimpleNamespace(shelf=Touched(), settings=SimpleNamespace(bucket="arkiv"))
    monkeypatch.setattr(storing, "_s3", lambda place: place.shelf)
    monkeypatch.setattr(storing, "_calls", lambda place, who: None)
    monkeypatch.setattr(_upkeep, "extend", lambda shelf, custodian, receipt: f"{receipt}: locked")

    assert storing._extend(argparse.Namespace(), Voice("en"), cast(Any, place)) == NotWhole.status

    out, err = local.capsys.readouterr()
    assert "2026-a: locked" in out
    assert "2025-a" in out + err
    assert storing.unlocked(cast(Any, place)) == ["2025-a: the receipt is not as its name says."]


def test_december_goes_on_where_the_custodian_has_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(place: Any, who: str) -> Any:
        raise NotAllowed("s3-custodian: the key is nowhere.")

    shelf = SimpleNamespace(papers=lambda: [f"2026-a{_upkeep.ACCEPTED}"])
    place = SimpleNamespace(shelf=shelf, settings=SimpleNamespace(bucket="arkiv"))
    monkeypatch.setattr(storing, "_s3", lambda place: place.shelf)
    monkeypatch.setattr(storing, "_calls", none)

    assert storing.unlocked(cast(Any, place)) == ["s3-custodian: the key is nowhere."]
    shelf.papers = list
    assert storing.unlocked(cast(Any, place)) == [], "no key is asked for before anything is accepted"
    place.settings.bucket = None
    assert storing.unlocked(cast(Any, place)) == [], "a folder has no locks"


@servers
def test_rebuild_index_counts_the_receipts(remote: Remote) -> None:
    assert remote("rebuild-index") == 0

    assert "1 kvitton" in remote.out


@servers
def test_reap_ends_uploads_that_nobody_goes_on_with(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    ingest = buckets.calls(remote.server, remote.where, "ingest")
    ingest("create_multipart_upload", Key="exempelvik/x")
    assert remote("reap") == 0
    assert "0 rester" in remote.out  # it is young

    monkeypatch.setattr(_upkeep.reap, "__defaults__", (None, timedelta(0)))
    assert remote("reap") == 0

    assert "1 rester" in remote.out
    assert "exempelvik/x" in remote.out
    assert not ingest("list_multipart_uploads").get("Uploads")


def test_reap_goes_on_behind_an_order_whose_receipt_has_been_touched() -> None:
    cleared: list[str] = []

    class Stage:
        def orders(self) -> dict[str, datetime]:
            return dict.fromkeys(("2025-a", "2026-a"), datetime.now(UTC))

        def files(self, order: str) -> dict[str, int]:
            return {"order.json": 2}

        def drop(self, order: str, names: Any) -> None:
            cleared.append(order)

    def receipt(order: str) -> Any:
        if order == "2025-a":
            raise NotWhole("2025-a: the receipt is not as its name says.")
        return order

    place = SimpleNamespace(shelf=SimpleNamespace(staging=Stage, receipt=receipt))
    (first, error), second = staging.left(cast(Any, place), datetime.now(UTC) - timedelta(days=7))

    assert first == "2025-a"
    assert isinstance(error, NotWhole)
    assert second == ("2026-a", True)
    assert cleared == ["2026-a"]


@servers
def test_what_was_put_over_a_package_is_told(remote: Remote, tmp_path: Path) -> None:
    settings = replace(BAG, store="s3", bucket=buckets.made(remote.server))
    place = line.Place(work=tmp_path, archive=tmp_path, settings=settings, key=buckets.keys(remote.server))
    receipt = archived(tmp_path / "other", place)
    assert settings.bucket
    remote.at(settings.bucket)
    buckets.calls(remote.server, settings.bucket, "ingest").put(receipt.package, b"another")

    assert remote("verify") == 3

    assert "något annat ligger över den version som levererades" in remote.err
    remote.no_english()
    assert remote("get", ORDER, tmp_path / "hem") == 0  # by its version id
    assert zipfile.is_zipfile(tmp_path / "hem" / f"{ORDER}.zip")


# --- an object store that refuses ---------------------------------------------------------------------------------


def test_a_key_that_is_nowhere_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one = Cli(tmp_path, capsys)
    with one.settings.open("a", encoding="utf-8") as file:
        file.write('[lagring]\nadress = "https://localhost:1"\nbucket = "arkiv"\nmyndighet = "exempelvik"\n')

    assert one("list") == 4
    assert "s3-ingest" in one.err
    assert "ARSRING_KEY_S3_INGEST" in one.err
    monkeypatch.setenv("ARSRING_KEY_S3_INGEST", "a plain text")
    assert one("list") == 4
    assert "Nyckeln 's3-ingest' är ingen nyckel till ett objektlager" in one.err.replace("”", "'")


@servers
@pytest.mark.parametrize(
    ("pair", "says"),
    [
        (("accessingest", "x" * 40), "säger att den hemliga nyckeln för ingest (key 's3-ingest') är fel"),
        (("arsringrevoked000000", "x" * 40), "känner inte igen åtkomstnyckeln för ingest"),
    ],
)
@pytest.mark.parametrize("words", [("list",), ("doctor",), ("verify",)])
def test_a_wrong_or_revoked_key_stops_at_once(
    remote: Remote, pair: tuple[str, str], says: str, words: tuple[str, ...]
) -> None:
    remote.keys(ingest=pair)

    assert remote(*words) == 4

    assert says in remote.err
    assert pair[1] not in remote.said


ANSWERS: dict[str, tuple[Lie, int, str]] = {
    "quota": (lambda asked, ask: refusal(403, "QuotaExceeded") if asked.method == "PUT" else ask(asked), 4,
              "har inte mer plats åt oss. Be leverantören höja kvoten"),
    "full": (lambda asked, ask: refusal(507, "InsufficientStorage") if asked.method == "PUT" else ask(asked), 4,
             "har inte mer plats. Be leverantören frigöra utrymme"),
    "gone": (lambda asked, ask: None, 5, "svarar inte"),
    "ill": (lambda asked, ask: refusal(500, "InternalError"), 5, "kan inte göra det nu"),
    "a key that may nothing": (lambda asked, ask: ask(acting_as(asked, "accesscustodian")), 4,
                               "låter inte ingest (key 's3-ingest') göra detta (put_object)"),
    "our clock is wrong": (lambda asked, ask: refusal(403, "RequestTimeTooSkewed"), 4,
                           "den här datorns klocka går fel. Ställ klockan (NTP)"),
}  # fmt: skip


@servers
@pytest.mark.parametrize("name", ANSWERS)
def test_doctor_stops_where_it_cannot_look(remote: Remote, name: str) -> None:
    lie, status, says = ANSWERS[name]

    with liar(remote.server, lie) as there:
        remote.at(replace(remote.where, endpoint=there.endpoint))
        found = remote("doctor")

    assert found == status, remote.said
    assert says in remote.err
    assert len(remote.err.splitlines()) == 2  # what is wrong, and what to do
    remote.no_english()


@servers
def test_a_bucket_without_versions_or_locks_is_found_out(remote: Remote) -> None:
    where = buckets.place(remote.server)
    owner = buckets.calls(remote.server, where, "owner")
    for bucket in (where.bucket, where.scratch):
        owner.on(bucket)("create_bucket")
        rights = _policy.policy(where, bucket, remote.server.principals)
        owner.on(bucket)("put_bucket_policy", Policy=json.dumps(rights))
    remote.at(where)

    assert remote("doctor") == 3

    assert f"FEL versions: Lagret behåller versioner: {where.bucket}, {where.scratch} behåller inga" in remote.out
    assert "låser ingenting från början" in remote.out
    assert "går INTE att lita på" in remote.out


@servers
def test_a_bucket_that_is_not_there(remote: Remote) -> None:
    remote.at(buckets.place(remote.server))

    assert remote("doctor") in (2, 4)  # some servers say that it is not there to its owner alone

    assert "arsring store init" in remote.err
    remote.no_english()


def test_a_calls_key_is_never_said() -> None:
    assert "secret" not in repr(s3.Calls(None, Bucket(endpoint="https://x.example", bucket="arkiv"), "ingest"))
