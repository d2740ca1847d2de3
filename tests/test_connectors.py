"""What every connector must offer, whichever it is: found by file name, so that a new one is tested without a list."""

from __future__ import annotations

import ast
import json
import re
from contextlib import closing
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import pytest

from connectors.record import Record
from model.errors import BadInput, NotAllowed
from model.nouns import Account, Preflight, Stream
from model.protocols import Meaning
from pipeline import line
from tests.atproto import small_network
from tests.fakes.faults import PLANTED
from tests.fakes.graph import APP, SECRET, GraphFake
from tests.fakes.graph_world import GraphWorld
from tests.fakes.wires import InProcess
from tests.runs import NOON, _unzipped, fake_of, small_world

CONNECTORS = sorted(line.names("connectors"))
FORM = ("Needs", "Limits", "Lacks", "Source", "Seen")
ADDRESSES = {
    "bluesky": "https://bsky.app/profile/exempelvik.example",
    "facebook": "https://www.facebook.com/exempelvik",
    "instagram": "https://www.instagram.com/exempelvik",
    "mastodon": "https://social.example/@exempelvik",
}
META = json.dumps({"token": PLANTED, "app_id": APP, "app_secret": SECRET})
LOOKED_AT: dict[str, Any] = {  # a server to be looked at, and the account's key
    "bluesky": lambda: (small_network(), PLANTED),
    "facebook": lambda: (GraphFake(GraphWorld(posts=12, media=4)), META),
    "instagram": lambda: (GraphFake(GraphWorld(side="instagram", posts=12, media=4)), META),
    "mastodon": lambda: (fake_of(small_world()), PLANTED),
}
KINDS = {"post", "reply", "boost", "profile", "version"}


@pytest.fixture(params=CONNECTORS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def connector(name: str) -> Any:
    return import_module(f"connectors.{name}")


def account(name: str, address: str | None = None) -> Account:
    return Account(id=f"exempelvik-{name}", platform=name, address=ADDRESSES[name] if address is None else address)


def every_byte(folder: Path) -> bytes:
    files = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return b"".join(files + [_unzipped(data) for data in files if data[:2] == b"\x1f\x8b"])


def source(name: str) -> Path:
    return Path(str(import_module(f"connectors.{name}").__file__))


def test_there_are_connectors_and_none_of_them_is_the_house_itself() -> None:
    assert {"mastodon", "bluesky"} <= set(CONNECTORS)
    assert not {"web", "record", "_pace", "_scrub", "__init__"} & set(CONNECTORS)


def test_every_connector_has_an_address_to_be_tested_with() -> None:
    assert set(ADDRESSES) == set(CONNECTORS)


def test_its_docstring_is_a_form(connector: Any) -> None:
    first, blank, *rest = str(connector.__doc__).splitlines()
    heads = [match[1] for row in rest if (match := re.match(r"(\w+) {2,}\S", row))]

    assert first.endswith(".")
    assert blank == ""
    assert [
        head for head in FORM if head not in heads and not re.search(rf"\b{head} {{2,}}\S", str(connector.__doc__))
    ] == []


def test_it_says_when_it_was_last_looked_at(connector: Any) -> None:
    assert re.search(r"Seen +20\d\d-\d\d", str(connector.__doc__))


def test_its_errors_are_a_table_of_known_meanings(connector: Any) -> None:
    assert connector.ERRORS
    for (status, code), meaning in connector.ERRORS.items():
        assert 200 <= status < 600
        assert isinstance(code, str)
        assert meaning in get_args(Meaning)


def test_its_errors_know_a_refused_key_a_limit_and_a_failure(connector: Any) -> None:
    meanings = set(connector.ERRORS.values())

    assert {"renew", "again"} <= meanings


def test_it_recognises_its_own_addresses_and_no_others(name: str, connector: Any) -> None:
    assert connector.recognises(ADDRESSES[name])
    assert not connector.recognises("https://www.exempelvik.example/kontakt")
    assert not connector.recognises("")


def test_no_two_connectors_recognise_the_same_address() -> None:
    for address in ADDRESSES.values():
        assert sum(import_module(f"connectors.{name}").recognises(address) for name in CONNECTORS) == 1


def test_its_streams_have_names_of_their_own_and_begin_with_one_that_stands_alone(name: str, connector: Any) -> None:
    streams = connector.streams(account(name))

    assert streams
    assert all(isinstance(stream, Stream) for stream in streams)
    assert len({stream.name for stream in streams}) == len(streams)
    assert not streams[0].branch
    assert all(re.fullmatch(r"[a-z-]+", stream.name) for stream in streams)
    assert streams == connector.streams(account(name)), "the same for the same account"


def test_something_it_reads_can_be_proven(name: str, connector: Any) -> None:
    assert {stream.proof for stream in connector.streams(account(name))} & {"claims", "twice"}


@pytest.mark.parametrize("keyed", [True, False])
def test_it_looks_before_december_and_writes_nothing(
    name: str, connector: Any, tmp_path: Path, keyed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    fake, key = LOOKED_AT[name]()
    of = replace(account(name, fake.address if hasattr(fake, "address") else None), key="EXEMPELVIK")
    adapter, folder = InProcess(fake), tmp_path / "look"
    with closing(Record(folder / "segments")) as record:
        place = line.Place(work=tmp_path, archive=tmp_path, web={"adapter": adapter, "clock": lambda: NOON})
        web = line.web_of(of, connector, record, folder, place, key if keyed else None)
        if not keyed and getattr(connector, "NEEDS_KEY", False):
            with pytest.raises(NotAllowed):
                connector.preflight(web, of)
            return
        found = connector.preflight(web, of)
        asked = record.kept

    assert isinstance(found, Preflight)
    assert found.id
    assert connector.recognises(found.address)
    assert found.missing == ()
    assert bool(found.scopes) == keyed
    assert asked < 14
    assert found.shown.name
    assert found.shown.about.strip()
    assert found.shown.picture
    assert found.shown.newest
    assert {method for method, _ in fake.asked} <= ({"GET", "POST"} if name == "bluesky" else {"GET"})
    assert (PLANTED.encode() in every_byte(folder)) is False


class Nobody:
    """A web that is asked for nothing."""

    key, listing = None, 1

    def get(self, *words: Any, **more: Any) -> Any:
        raise AssertionError(f"asked: {words} {more}")

    at = pages = post = file = get


@pytest.mark.parametrize(
    "address", ["https://www.exempelvik.example/kontakt", "https://social.example/", "nonsense", ""]
)
def test_an_address_that_is_not_its_own_is_bad_input_before_anybody_is_asked(
    name: str, connector: Any, address: str
) -> None:
    first = connector.streams(account(name))[0].name

    with pytest.raises(BadInput):
        list(connector.pull(Nobody(), account(name, address), first, ""))


def test_it_has_no_way_out_of_its_own(name: str) -> None:
    imported = {
        alias.name if isinstance(node, ast.Import) else f"{node.module}"
        for node in ast.walk(ast.parse(source(name).read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    tops = {module.partition(".")[0] for module in imported}

    banned = {
        "requests",
        "urllib3",
        "httpx",
        "aiohttp",
        "socket",
        "http",
        "ssl",
        "subprocess",
        "os",
        "time",
        "random",
        "airflow",
    }
    assert not tops & banned
    assert "urllib.request" not in imported
    assert "connectors.record" not in imported
    assert not [
        module
        for module in imported
        if module.startswith("connectors.") and not module.startswith(("connectors._", "connectors.web"))
    ]
    assert not tops & {"pipeline", "dags", "stores", "register", "archive_formats"}


def test_it_reads_no_clock_and_catches_by_name(name: str) -> None:
    text = source(name).read_text()

    assert not re.search(r"datetime\.now|utcnow|time\.time\(", text)
    assert not re.search(r"except( Exception| BaseException)?:", text)
    assert "print(" not in text


def test_it_is_small_enough_to_be_read(name: str) -> None:
    assert len(source(name).read_text().splitlines()) < 600


def test_every_connector_has_a_suite_that_leaves_one_item_out(name: str) -> None:
    suites = "".join(path.read_text() for path in Path(__file__).parent.glob(f"test_{name}*.py"))

    assert re.search(r"not whole|NotWhole", suites)
    assert re.search(r"def test_\w*(less|removed|left_out|missing|without|one_item)\w*", suites)


def test_where_there_is_no_connector_it_is_said_what_to_do() -> None:
    with pytest.raises(BadInput, match=r"nothing of the account is archived. Order the account's own export"):
        line.connector_for("myspace")


@pytest.mark.parametrize("path", ["web", "record", "_pace", "../pipeline/cli", "__init__", "", "mastodon.py"])
def test_a_platform_cannot_be_the_house_itself_or_a_path(path: str) -> None:
    with pytest.raises(BadInput):
        line.connector_for(path)
