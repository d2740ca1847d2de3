"""An adapter that answers what a test says, without a socket, and remembers who was asked what."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from connectors.record import Record
from connectors.web import Web
from tests.fakes.faults import Reply

HOME = "https://social.exempelvik.example"
NOON = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
Speaker = Callable[[requests.PreparedRequest], Reply | Exception]


def reply(status: int = 200, body: Any = None, **headers: str) -> Reply:
    """An answer with a JSON body (or bytes as they are). Header names are given with _ for -."""
    data = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
    kind = {"Content-Type": "application/json"}
    return Reply(status, kind | {name.replace("_", "-"): value for name, value in headers.items()}, data)


def in_turn(*replies: Reply | Exception) -> Speaker:
    """One answer after the other; the last one for ever."""
    left = list(replies)
    return lambda request: left.pop(0) if len(left) > 1 else left[0]


def by_path(table: Mapping[str, Reply | Exception]) -> Speaker:
    """Answers by what the address ends with; 404 for all others."""

    def speak(request: requests.PreparedRequest) -> Reply | Exception:
        return next((said for end, said in table.items() if (request.url or "").endswith(end)), reply(404))

    return speak


class Says(HTTPAdapter):
    """Any host answers. `asked` holds (method, address, headers, body) of every request."""

    def __init__(self, speak: Speaker) -> None:
        super().__init__()
        self.speak, self.asked, self._lock = speak, [], threading.Lock()
        self.asked: list[tuple[str, str, dict[str, str], Any]]
        self.options: list[dict[str, Any]] = []

    def send(
        self, request: requests.PreparedRequest, stream: bool = False, *more: Any, **options: Any
    ) -> requests.Response:
        with self._lock:
            self.asked.append((request.method or "", request.url or "", dict(request.headers), request.body))
            self.options.append(options)
            said = self.speak(request)
        if isinstance(said, Exception):
            raise said
        headers = said.headers if said.endless else {"Content-Length": str(len(said.body)), **said.headers}
        raw = HTTPResponse(
            body=io.BytesIO(said.body[: said.sent]), headers=HTTPHeaderDict(headers), status=said.status, version=11,
            reason=getattr(said, "reason", "") or "Said", preload_content=False, decode_content=False,
            enforce_content_length=True, request_method=request.method, request_url=request.url,
        )  # fmt: skip
        return self.build_response(request, raw)

    @property
    def urls(self) -> list[str]:
        return [url for _, url, _, _ in self.asked]


class Bench:
    """A web on a folder, with a clock that only its sleeping moves."""

    def __init__(self, folder: Path, speak: Speaker, *, home: str = f"{HOME}/@exempelvik", **more: Any) -> None:
        self.folder, self.now, self.slept, self.said = folder, NOON, [], Says(speak)
        self.slept: list[float]
        self.home, self.more = home, more
        self.again()

    def again(self) -> Bench:
        """Open the same folder once more, as the next run does."""
        if hasattr(self, "record"):
            self.record.close()
        self.record = Record(self.folder / "segments")
        options = {"adapter": self.said, "clock": lambda: self.now, "sleep": self._sleep} | self.more
        self.web = Web(self.home, self.record, self.folder, **options)
        return self

    def every_byte(self) -> bytes:
        """All that lies in the folder, the record unzipped."""
        from tests.runs import _unzipped

        files = [path.read_bytes() for path in self.folder.rglob("*") if path.is_file()]
        return b"".join(files + [_unzipped(data) for data in files if data[:2] == b"\x1f\x8b"])

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)
