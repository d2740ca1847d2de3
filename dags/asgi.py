"""What the plugin's middlewares (ASGI) share: which page a request asks for, and an answer that is sent changed.

Light, as the plugin that loads it: nothing but the standard library.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Headers = list[tuple[bytes, bytes]]
Change = Callable[[int, Headers, bytes], tuple[Headers, bytes]]  # status, headers, body → headers, body


def asked(scope: Any) -> str:
    """The path of a GET, below where Airflow begins; of anything else nothing."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return ""
    return str(scope["path"]).removeprefix(scope.get("root_path", ""))


def without(scope: Any, *names: bytes) -> Any:
    """The request without some headers, such that it is answered plainly: not zipped, and not by a file's own path."""
    return {**scope, "headers": [row for row in scope["headers"] if row[0] not in names], "extensions": {}}


class Changed:
    """Takes an answer in pieces, and sends it as `change` gives it."""

    def __init__(self, send: Any, change: Change) -> None:
        self._send, self._change, self._pieces, self._begun = send, change, list[bytes](), dict[str, Any]()

    async def __call__(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self._begun = message
            return
        self._pieces.append(message.get("body", b""))
        if message.get("more_body"):
            return
        headers, body = self._change(self._begun["status"], self._begun["headers"], b"".join(self._pieces))
        await self._send({**self._begun, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})
