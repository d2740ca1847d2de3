"""No key is ever written down: what is taken out of addresses, headers and bodies before they reach the record."""

import json
import re
from urllib.parse import quote

_HEADERS = frozenset({"authorization", "cookie", "set-cookie", "proxy-authorization", "x-csrf-token"})
NAMES = (
    "access_token", "refresh_token", "appsecret_proof", "client_secret", "fb_exchange_token",
    "accessJwt", "refreshJwt", "password",
)  # fmt: skip
_NAMED = re.compile(
    rb'((?:[?&]|\\u0026|&amp;|")(?:' + "|".join(NAMES).encode() + rb')(?:=|"\s*:\s*"))[^&"\\\s<>]+',
)


class Scrub:
    """Takes the known keys, and whatever stands where a key would stand, out of a text; `count` says how many."""

    def __init__(self) -> None:
        self._forms: set[bytes] = set()

    def learn(self, secret: str | None) -> None:
        """From now on `secret` is never written, as it is, percent-encoded or escaped as JSON does it."""
        if secret:
            self._forms |= {secret.encode(), quote(secret, safe="").encode(), json.dumps(secret)[1:-1].encode()}

    def bytes(self, data: bytes) -> tuple[bytes, int]:
        """(the data without keys, how many were taken out)."""
        count = 0
        for form in self._forms:
            if form in data:
                count += data.count(form)
                data = data.replace(form, b"[removed]")
        if any(part in data for part in (b"oken", b"Jwt", b"passw", b"secret")):
            data, more = _NAMED.subn(rb"\1[removed]", data)
            count += more
        return data, count

    def text(self, text: str) -> str:
        return self.bytes(text.encode("utf-8", "surrogateescape"))[0].decode("utf-8", "surrogateescape")

    def headers(self, headers: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        return tuple((name, "[removed]" if name.lower() in _HEADERS else self.text(value)) for name, value in headers)
