"""A key that somebody planted is found, in every kind of file that a run leaves; and a session that left one fails."""

from __future__ import annotations

import gzip
import io
import sqlite3
import subprocess
import sys
import zipfile
from base64 import b64encode
from collections.abc import Callable
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import pytest

from connectors.record import Record
from tests import planted, secrets_scan
from tests.captures import heard
from tests.mailbox import Mailbox

ROOT = Path(__file__).parent.parent
KEY = planted.planted("hemlig-nyckel")


def _warc(path: Path) -> None:
    with closing(Record(path / "segments")) as record:
        for number in range(5):
            record.keep(heard(number, b"x" * 3_000_000 + KEY.encode() if number == 3 else b"{}"))


def _zip(path: Path, pressed: int, *more: tuple[str, bytes]) -> None:
    with zipfile.ZipFile(path / "paket.zip", "w", pressed) as bag:
        bag.writestr("data/items.jsonl", "{}\n" * 1000 + (KEY if not more else ""))
        for name, data in more:
            bag.writestr(name, data)


def _nested(path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as bag:
        bag.writestr("x", KEY)
    _zip(path, zipfile.ZIP_STORED, ("data/raw/1.warc.gz", gzip.compress(b"{}")), ("inner.zip", inner.getvalue()))


def _sqlite(path: Path) -> None:
    with closing(sqlite3.connect(path / "airflow.db")) as base:
        base.execute("CREATE TABLE log(text)")
        base.execute("INSERT INTO log VALUES (?)", ("x" * 4_000 + KEY + "x" * 9_000,))
        base.commit()


def _mail(path: Path) -> None:
    mail = EmailMessage()
    mail["Subject"] = "Nyckeln"
    mail.set_content(f"Å, {'ä' * 60} {KEY}", cte="base64")
    (path / "brev.eml").write_bytes(bytes(mail))


def _quoted(path: Path) -> None:
    mail = EmailMessage()
    mail.set_content(f"{'å' * 20} {KEY} {'ä' * 20}", cte="quoted-printable")
    (path / "brev.eml").write_bytes(bytes(mail))


def _text(text: str | bytes) -> Callable[[Path], object]:
    data = text if isinstance(text, bytes) else text.encode()
    return lambda path: (path / "a.log").write_bytes(b"x" * (secrets_scan._PIECE - 8) + data + b"x")


KINDS: dict[str, Callable[[Path], object]] = {
    "a log": _text(KEY),
    "an address": _text(quote(f"https://x.example/?access_token={KEY}", safe="")),
    "every letter percent-encoded": _text("".join(f"%{byte:02x}" for byte in KEY.encode())),
    **{f"Base64, {at} before": _text(b64encode(b"x" * at + KEY.encode() + b"}")) for at in range(3)},
    "hex": _text(KEY.encode().hex()),
    "UTF-16": _text(KEY.encode("utf-16")),
    "a WARC": _warc,
    "a package, stored": lambda path: _zip(path, zipfile.ZIP_STORED),
    "a package, pressed": lambda path: _zip(path, zipfile.ZIP_DEFLATED),
    "a WARC in a package": lambda path: _zip(
        path, 0, ("1.warc.gz", gzip.compress(b"{}") + gzip.compress(KEY.encode()))
    ),
    "a ZIP in a package": _nested,
    "SQLite": _sqlite,
    "a mail in Base64": _mail,
    "a mail, quoted-printable": _quoted,
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_planted_key_is_found_in(kind: str, tmp_path: Path) -> None:
    (folder := tmp_path / "a" / "b").mkdir(parents=True)
    KINDS[kind](folder)

    wrong = secrets_scan.scan(tmp_path)
    _clear(tmp_path)

    assert wrong
    assert all(place.startswith("a/b/") for place in wrong)


NONE = (b"", b"PK\3\4 no ZIP", b"\x1f\x8b no gzip", b"SQLite format 3\0 none", b"Kanar1e", b"K" * 10_000)


@pytest.mark.parametrize("data", NONE, ids=range(len(NONE)))
def test_where_there_is_none_none_is_found(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(data)
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")

    assert secrets_scan.scan(tmp_path) == []


def test_every_place_where_a_key_may_stand_has_its_reason() -> None:
    assert all(reason.strip() for reason in secrets_scan.ALLOWED.values())


CONFTEST = """
import os
os.environ["HOME"] = {home!r}
pytest_plugins = ["tests.secrets_scan"]
"""
LEAVES = """
import logging
from pathlib import Path
from types import SimpleNamespace
from tests.planted import planted
from tests import secrets_scan

def test_it_leaves_a_file(tmp_path):
    if "file" in {what!r}:
        (tmp_path / "a.log").write_text(planted("x"))

def test_it_leaves_a_file_at_home():
    if "home" in {what!r}:
        (Path.home() / ".cache").write_text(planted("x"))

def test_it_prints():
    if "print" in {what!r}:
        print(planted("x"))

def test_it_logs():
    if "log" in {what!r}:
        logging.getLogger().error(planted("x"))

def test_it_mails():
    if "mail" in {what!r}:
        secrets_scan.look("a mail", planted("x").encode())
"""


@pytest.mark.parametrize(("what", "workers"), [("nothing", 2), ("file", 0), ("file home print log mail", 2)])
def test_a_session_that_left_a_key_fails_and_says_where(what: str, workers: int, tmp_path: Path) -> None:
    (home := tmp_path / "arsring-home-x").mkdir()
    (tests := tmp_path / "tests").mkdir()
    (tests / "conftest.py").write_text(CONFTEST.format(home=str(home)), encoding="utf-8")
    (tests / "test_some.py").write_text(LEAVES.format(what=what), encoding="utf-8")
    words = ("-q", "-p", "no:cacheprovider", "-c", "/dev/null", "-n", str(workers), "--rootdir", tests)

    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words, "--basetemp", tmp_path / "base", tests], cwd=tests, check=False,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(home)}, capture_output=True, text=True,
    )  # fmt: skip
    _clear(tmp_path)

    due = () if what == "nothing" else {"file": "a.log", "home": "~/.cache", "print": "stdout call of",
                                        "log": "log call of", "mail": "a mail"}  # fmt: skip
    assert "5 passed" in done.stdout, done.stdout + done.stderr
    assert done.returncode == (what != "nothing"), done.stdout
    assert ("a key was left behind" in done.stdout) == (what != "nothing")
    assert [said for name, said in dict(due).items() if (name in what) != (said in done.stdout)] == []


def _clear(folder: Path) -> None:
    """Or the very session that runs these tests would fail."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            path.unlink()


def test_a_mail_is_looked_at_when_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    monkeypatch.setattr(secrets_scan, "look", lambda what, data: seen.append(data))

    with pytest.raises(StopIteration):  # a loop of asyncio would want a socket
        Mailbox(25).handle_DATA(None, None, SimpleNamespace(content=b"Subject: Hej\r\n\r\nHej\r\n")).send(None)

    assert seen == [b"Subject: Hej\r\n\r\nHej\r\n"]
