"""Swedish in Airflow's own pages: every text of the installed version has its Swedish, and nothing else is touched."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from dags.language import ADDED, FOLDER, LISTED, TOLD, Swedish
from tests.sentences import is_english

ROOT = Path(__file__).parent.parent
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
HOLE = re.compile(r"\{\{.*?\}\}|\$t\(.*?\)|</?\w+/?>|\n|\*+|ISO 8601|-1\b|\b\d{2,}\b")
SAME = {  # what is the same word in both languages, or no word
    "API", "Admin", "Alias", "Filter", "ID", "Pool", "Port", "Schema", "Status", "Team", "Version", "XCom",
    "+K", "d", "e", "s", "t", "w", "v{{versionCode}}", "{{type}} {{id}}",
}  # fmt: skip
SEVERAL = {  # one word for two things: what is done and what it makes, one and many, a narrow menu
    "Assets", "Backfill", "Backfills", "Home", "Manual", "Missed", "Mode", "Options", "Pool Slots", "Run Backfill",
    "Scheduled", "Trigger",
}  # fmt: skip
ENGLISH = re.compile(r"\b(Dags?|DAGs?|[Tt]asks?|[Rr]uns?|[Aa]ssets?|[Bb]ackfills?|[Uu]pstream|[Dd]ownstream)\b(?! SDK)")
SCRIPT = "/static/assets/index-1ifPC3Lo.js"


@cache
def pages() -> Path:
    """The folder of Airflow's pages; Airflow is not imported for it."""
    spec = find_spec("airflow")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "ui" / "dist"


def script() -> bytes:
    (found,) = (path for path in (pages() / "assets").glob("index-*.js") if LISTED in path.read_bytes())
    return found.read_bytes()


def texts(folder: Path, name: str) -> dict[str, str]:
    return dict(_flat(json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))))


def _flat(found: dict[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for key, value in found.items():
        yield from _flat(value, f"{before}{key} ") if isinstance(value, dict) else [(f"{before}{key}", value)]


def pairs() -> Iterator[tuple[str, str, str]]:
    """Where, the English and the Swedish of every text."""
    for name in NAMES:
        swedish = texts(FOLDER, name)
        for key, english in texts(pages() / "i18n/locales/en", name).items():
            yield f"{name}: {key}", english, swedish.get(key, "")


def test_there_is_a_file_for_each_of_airflows() -> None:
    assert sorted(path.stem for path in (pages() / "i18n/locales/en").iterdir()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_key_of_the_installed_version_has_a_text_and_no_further_ones(name: str) -> None:
    english, swedish = texts(pages() / "i18n/locales/en", name), texts(FOLDER, name)

    assert list(swedish) == list(english)
    assert [key for key, text in swedish.items() if not text.strip()] == []


def test_what_is_filled_in_stays() -> None:
    def fixed(text: str) -> object:
        return sorted(HOLE.findall(text)), text[:1].isspace(), text[-1:].isspace()

    assert [(where, said) for where, english, said in pairs() if fixed(english) != fixed(said)] == []


def test_no_text_is_left_in_english() -> None:
    same = {english for _, english, said in pairs() if english == said}
    plain = [(where, re.sub(r"\{\{.*?\}\}|\$t\(.*?\)|\{\".*?\}", "", said)) for where, _, said in pairs()]

    assert same == SAME
    assert [(where, said) for where, said in plain if is_english(said) or ENGLISH.search(said)] == []


def test_one_english_word_for_a_thing_has_one_swedish() -> None:
    said: dict[str, set[str]] = {}
    for _, english, swedish in pairs():
        said.setdefault(english, set()).add(swedish)

    assert {english for english, words in said.items() if len(words) > 1} == SEVERAL


def test_the_files_come_along_in_the_package() -> None:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["package-data"]

    assert {path for one in data["dags"] for path in (ROOT / "dags").glob(one)} == set(FOLDER.iterdir())


def test_airflows_list_of_languages_is_as_the_middleware_knows_it() -> None:
    found = script()

    assert found.count(LISTED) == 1
    assert b"code:`sv`" not in found
    assert b"fallbackLng:`en`" in found  # so a text that we lack is shown in English
    assert b"/static/i18n/locales/{{lng}}/{{ns}}.json" in found


class Airflow:
    """Stands in for Airflow: hands out one body in small pieces, with an ETag, and keeps what it was asked."""

    def __init__(self, body: bytes = b"", status: int = 200) -> None:
        self.body, self.status, self.asked = body, status, list[Any]()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(scope)
        if scope["type"] != "http":
            await send({"type": "websocket.accept"})
            return
        headers = [(b"content-type", b"text/x"), (b"etag", b'"abc"'), (b"last-modified", b"once")]
        if dict(scope["headers"]).get(b"if-none-match") == b'"abc"':
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body"})
            return
        length = [(b"content-length", str(len(self.body)).encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": headers + length})
        for at in range(0, len(self.body), 2**16):
            await send({"type": "http.response.body", "body": self.body[at : at + 2**16], "more_body": True})
        await send({"type": "http.response.body"})


def asked(app: Any, path: str, method: str = "GET", root: str = "", kind: str = "http", **headers: str) -> list[Any]:
    """Every message that the app sends for a request."""
    sent: list[Any] = []
    fields = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": kind, "method": method, "path": root + path, "root_path": root, "headers": fields}

    async def send(message: Any) -> None:
        sent.append(message)

    with pytest.raises(StopIteration):  # nothing in it waits: no loop, and no socket of one
        app(scope, None, send).send(None)
    return sent


def told(app: Any, path: str, **words: Any) -> tuple[int, dict[bytes, bytes], bytes]:
    begun, *pieces = asked(app, path, **words)
    return begun["status"], dict(begun["headers"]), b"".join(piece.get("body", b"") for piece in pieces)


@pytest.mark.parametrize("root", ["", "/under/airflow"])
@pytest.mark.parametrize("name", NAMES)
def test_each_swedish_file_is_handed_out(name: str, root: str) -> None:
    airflow = Airflow()

    status, headers, body = told(Swedish(airflow), f"/static/i18n/locales/sv/{name}.json", root=root)

    assert (status, headers[b"content-type"], headers[b"cache-control"]) == (200, b"application/json", b"no-cache")
    assert json.loads(body) == json.loads((FOLDER / f"{name}.json").read_bytes())
    assert int(headers[b"content-length"]) == len(body)
    assert airflow.asked == []


def test_svenska_stands_in_the_list_of_languages() -> None:
    plain = script()

    status, headers, body = told(
        Swedish(Airflow(plain)), SCRIPT, root="/under", range="bytes=0-9", if_none_match='"abc"'
    )

    assert status == 200
    assert body == plain.replace(LISTED, LISTED + ADDED) + TOLD
    assert int(headers[b"content-length"]) == len(body) == len(plain) + len(ADDED) + len(TOLD)
    assert headers[b"etag"] == b'"abc-sv"'
    assert b"last-modified" not in headers


@pytest.mark.parametrize("known", ['"abc-sv"', 'W/"abc-sv"'])
def test_a_browser_that_has_the_script_is_not_sent_it_again(known: str) -> None:
    airflow = Airflow(b"x" + LISTED)

    status, headers, body = told(Swedish(airflow), SCRIPT, if_none_match=known)

    assert dict(airflow.asked[0]["headers"])[b"if-none-match"] == known.replace("-sv", "").encode()
    if known.startswith('"'):  # our Airflow knows no weak one
        assert (status, headers[b"etag"], body) == (304, b'"abc-sv"', b"")


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/static/i18n/locales/en/common.json", "GET", 200),
        ("/static/i18n/locales/de/common.json", "GET", 200),
        ("/static/i18n/locales/sv/new.json", "GET", 404),
        ("/static/i18n/locales/sv/..%2f..%2fplugin.json", "GET", 404),
        ("/static/i18n/locales/sv/../../plugin.json", "GET", 404),
        ("/x/static/i18n/locales/sv/common.json", "GET", 404),
        ("/static/i18n/locales/sv/common.json", "HEAD", 404),
        ("/static/assets/python-CgTA9WCJ.js", "GET", 200),
        (SCRIPT, "HEAD", 200),
        ("/", "GET", 200),
        ("/api/v2/dags", "POST", 201),
        ("/lasesal/", "GET", 200),
    ],
)
def test_all_else_is_left_alone_byte_for_byte(path: str, method: str, status: int) -> None:
    def airflow() -> Airflow:
        return Airflow(b"..." + LISTED * 9, status)

    ours, theirs = airflow(), airflow()
    fields = {"if_none_match": '"x"', "range": "bytes=1-2", "accept_encoding": "gzip"}

    assert asked(Swedish(ours), path, method, **fields) == asked(theirs, path, method, **fields)
    assert ours.asked == theirs.asked


def test_a_websocket_is_left_alone() -> None:
    assert asked(Swedish(Airflow()), SCRIPT, kind="websocket") == [{"type": "websocket.accept"}]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[{code:'en',name:'English'}]", 200),
        (LISTED + b"..." + LISTED, 200),
        (LISTED + b",{code:`sv`,name:`Svenska`}", 200),
        (b"gone " + LISTED, 404),
        (b"", 200),
    ],
    ids=["another list", "two lists", "Airflow has Swedish", "not there", "empty"],
)
def test_a_script_that_looks_different_is_left_as_it_is(body: bytes, status: int) -> None:
    assert told(Swedish(Airflow(body, status)), SCRIPT) == told(Airflow(body, status), SCRIPT)


def test_the_plugin_has_the_middleware() -> None:
    assert '{"middleware": Swedish' in (ROOT / "dags/plugin.py").read_text(encoding="utf-8")
