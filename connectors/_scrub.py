"""No key is ever written down: what is taken out of addresses, headers and bodies before they reach the record."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

_HEADERS = frozenset({"authorization", "cookie", "set-cookie", "proxy-authorization", "x-csrf-token"})
NAMES = (
    "access_token", "input_token", "refresh_token", "appsecret_proof", "client_secret", "fb_exchange_token",
    "accessJwt", "refreshJwt", "password",
)  # fmt: skip
_NAME = "|".join(NAMES).encode()
_NAMED = tuple(
    re.compile(form.replace(b"NAME", _NAME))
    for form in (
        rb'((?:[?&]|\\u0026|&amp;)(?:NAME)=)(?:[^&"\\\s<>]|\\/)+',  # in an address
        rb'((?:%3[Ff]|%26)(?:NAME)%3[Dd])(?:(?!%26)[^&"\\\s<>])+',  # in an address inside an address
        rb'((?<!\\)"(?:NAME)"\s*:\s*")(?:[^"\\]|\\.)+',  # in JSON
    )
)
# What nobody escapes without need: printable ASCII but <, > and & as \u00xx, letters and digits as %xx or &#xx;
_DISGUISED = tuple(  # three, each with a beginning of its own: together they would take ten times as long
    re.compile(form)
    for form in (
        rb"\\u00(?:2[^6]|3[^cCeE]|[4-7])",
        rb"%(?:2[a-fDE]|3[\da-f]|[46][1-9a-fA-F]|[57][\daA]|5[fF]|7[eE])",
        rb"&#(?!(?:3[489]|6[02]|x2[267]|x3[cCeE]);)",
    )
)


class Scrub:
    """Takes the known keys, and whatever stands where a key would stand, out of a text; `count` says how many."""

    def __init__(self) -> None:
        self._forms: dict[bytes, bytes] = {}  # how a key may stand: what stands there instead; the longest first
        self._disguises: tuple[re.Pattern[bytes], ...] = ()

    def learn(self, secret: object) -> None:
        """From now on `secret` is never written, as it is, percent-encoded or escaped as JSON and HTML do it.

        Nor in UTF-16, as a server may answer that says nothing of it.
        """
        if not isinstance(secret, str) or not secret or secret.encode("utf-8", "surrogatepass") in self._forms:
            return
        quoted = [quote(secret, safe, errors="surrogatepass") for safe in ("", "/")]
        plain = [secret, *quoted, json.dumps(secret)[1:-1]]
        forms = {form.encode("utf-8", "surrogatepass"): b"[removed]" for form in [*plain, secret.replace("/", "\\/")]}
        for wide in ("utf-16-le", "utf-16-be"):
            forms[secret.encode(wide, "surrogatepass")] = "[removed]".encode(wide)
        self._forms = dict(sorted((self._forms | forms).items(), key=lambda form: (-len(form[0]), form)))
        self._disguises += (re.compile("".join(map(_disguised, secret)).encode("utf-8", "surrogatepass")),)

    def bytes(self, data: bytes) -> tuple[bytes, int]:
        """(the data without keys, how many were taken out)."""
        count = 0
        for form, instead in self._forms.items():
            if form in data:
                count += data.count(form)
                data = data.replace(form, instead)
        if self._disguises and _disguise_in(data):
            for pattern in self._disguises:
                data, more = pattern.subn(b"[removed]", data)
                count += more
        if b"oken" in data or b"Jwt" in data or b"passw" in data or b"secret" in data:
            for pattern in _NAMED:
                data, more = pattern.subn(rb"\1[removed]", data)
                count += more
        return data, count

    def text(self, text: str) -> str:
        return self.bytes(text.encode("utf-8", "surrogatepass"))[0].decode("utf-8", "surrogatepass")

    def texts(self, texts: list[str]) -> list[str]:
        """The texts without keys; looked at all at once, since nearly always there is none."""
        found = self.bytes("\n".join(texts).encode("utf-8", "surrogatepass"))[1]
        return [self.text(text) for text in texts] if found else texts

    def headers(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        names, values = [], []
        for name, value in headers:
            names.append(name)
            values.append("[removed]" if name.lower() in _HEADERS else str(value))
        return tuple(zip(names, self.texts(values), strict=True))


def opened(key: str | None) -> tuple[str | None, dict[str, Any]]:
    """(the bearer token, what else the key holds): a key is a token, or a JSON object with one in `token`."""
    try:
        found = json.loads(key) if key and key.lstrip().startswith("{") else {}
    except ValueError:
        return key, {}
    return (str(found["token"]) if found.get("token") else None, found) if found else (key, {})


def leaves(value: Any) -> Iterator[str]:
    """Every text in a key that is long enough to be a secret, without ids and the name: the record needs both."""
    if isinstance(value, str) and len(value) >= 8 and not value.isdecimal():
        yield value
    elif isinstance(value, dict):
        yield from (leaf for name, part in value.items() if name != "username" for leaf in leaves(part))
    elif isinstance(value, list):
        yield from (leaf for part in value for leaf in leaves(part))


def _disguise_in(data: bytes) -> bool:
    marks = (b"\\u00", b"%", b"&#")  # each form begins with its own
    return any(mark in data and form.search(data) for mark, form in zip(marks, _DISGUISED, strict=True))


def _disguised(letter: str) -> str:
    """One character in all the forms in which a platform may give it back."""
    if not letter.isascii():
        return re.escape(letter)
    code = ord(letter)
    forms = (rf"\\u00(?i:{code:02x})", f"%(?i:{code:02x})", f"&#0*{code};", f"&#[xX]0*(?i:{code:x});", r"\\/")
    return "|".join(["(?:" + re.escape(letter), *forms[: 5 if letter == "/" else 4]]) + ")"
