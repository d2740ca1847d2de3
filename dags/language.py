"""Swedish in Airflow's own pages: one more language in their menu, and its texts.

Airflow 3.3.2 has 21 languages, and Swedish is none of them. Which there are stands in its script, so one is added to
that list as the script is handed out; the texts are in `svenska/`, a file for each of Airflow's. All else is Airflow's
own work: who has a Swedish browser reads Swedish, who chooses another language in the menu has it, and a text that is
not in our files is shown in English. Should the list look different one day, the script is left as it is.

Light, as the plugin that loads it: nothing but the standard library.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from dags.asgi import Changed, Headers, asked, without

FOLDER: Final = Path(__file__).parent / "svenska"
LISTED: Final = b"{code:`en`,name:`English`}"  # how the list in Airflow's script begins
ADDED: Final = b",{code:`sv`,name:`Svenska`}"
# Airflow tells the page its language only when it is changed: a reader of Swedish would have it read out in English.
TOLD: Final = b"""
;try{/^sv\\b/.test(localStorage.getItem("i18nextLng")||navigator.language)&&(document.documentElement.lang="sv")}catch{}
"""
_OURS: Final = b"{code:`sv`,"  # once Airflow has Swedish itself, nothing is added
_TEXTS = re.compile(r"/static/i18n/locales/sv/([a-z]+)\.json")
_SCRIPT = re.compile(r"/static/assets/index-[\w-]+\.js")
_MARK = b'-sv"'  # how the ETag of a script with Swedish in it ends
_NOT_PASSED_ON = (b"if-none-match", b"if-modified-since", b"if-range", b"range", b"accept-encoding")


class Swedish:
    """The middleware (ASGI) around all of Airflow's API server."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = asked(scope)
        texts = _TEXTS.fullmatch(path)
        if texts and (file := FOLDER / f"{texts[1]}.json").is_file():
            await _hand_out(file.read_bytes(), send)
        elif _SCRIPT.fullmatch(path):
            await self.app(_whole(scope), receive, Changed(send, _with_swedish))
        else:
            await self.app(scope, receive, send)


async def _hand_out(body: bytes, send: Any) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-cache"),  # the address has Airflow's version and not ours
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _whole(scope: Any) -> Any:
    """The request for a script, such that it is answered whole and plain, or not at all where ours is known."""
    plain = without(scope, *_NOT_PASSED_ON)
    known = [row for row in scope["headers"] if row[0] == b"if-none-match" and _MARK in row[1]]
    return {**plain, "headers": plain["headers"] + [(name, value.replace(_MARK, b'"')) for name, value in known]}


def _with_swedish(status: int, headers: Headers, body: bytes) -> tuple[Headers, bytes]:
    """The script with Swedish in its list."""
    known = status == 304
    if known or (status == 200 and body.count(LISTED) == 1 and _OURS not in body):
        body = b"" if known else body.replace(LISTED, LISTED + ADDED) + TOLD
        length = None if known else len(body)
        headers = [header for name, value in headers if (header := _marked(name, value, length))]
    return headers, body


def _marked(name: bytes, value: bytes, length: int | None) -> tuple[bytes, bytes] | None:
    """A header of a script with Swedish in it: by its ETag no browser takes it for the one without."""
    if name == b"etag":
        return name, value.removesuffix(b'"') + _MARK
    if name == b"content-length" and length is not None:
        return name, str(length).encode()
    return None if name == b"last-modified" else (name, value)
