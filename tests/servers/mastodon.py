"""A Mastodon API server on loopback: mastodon-mock from PyPI, with faults on demand.

Lacks   some of what a real Mastodon does: tests/test_servers.py has each difference
Source  mastodon-mock 0.6.1      Seen  2026-11
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import requests

from tests.servers.policy import Missing
from tests.servers.process import NotUp, Running, free_port, own_folder, running

Kind = Literal["status", "ratelimit", "latency", "malformed", "timeout"]

LAUNCHER = Path(__file__).with_name("run_mastodon.py")


@dataclass(frozen=True, slots=True)
class MastodonMock:
    """A running server. `token` is the first account's; `tokens` has one per account name."""

    url: str
    server: Running
    tokens: dict[str, str]
    http: requests.Session = field(repr=False)

    @property
    def pid(self) -> int:
        return self.server.pid

    @property
    def account(self) -> str:
        return next(iter(self.tokens))

    @property
    def token(self) -> str:
        return self.tokens[self.account]

    def ask(self, method: str, path: str, *, by: str | None = "", **more: Any) -> requests.Response:
        """One request, whatever the answer. by: an account's name, "" the first one, None without a key."""
        headers = dict(more.pop("headers", {}))
        if by is not None:
            headers["Authorization"] = f"Bearer {self.tokens[by or self.account]}"
        return self.http.request(method, self.url + path, headers=headers, timeout=more.pop("timeout", 20), **more)

    def get(self, path: str, *, by: str | None = "", **more: Any) -> Any:
        return _json(self.ask("GET", path, by=by, **more))

    def post(self, text: str, *, by: str = "", **more: Any) -> dict[str, Any]:
        """Publish a status; media_ids, in_reply_to_id, visibility, poll as the API has them."""
        return dict(_json(self.ask("POST", "/api/v1/statuses", by=by, json={"status": text, **more})))

    def upload(self, body: bytes, alt: str, *, by: str = "", name: str = "bild.png") -> dict[str, Any]:
        """Upload a picture with its alt text; gives the attachment with `id` and `url`."""
        kind = "image/jpeg" if name.endswith("jpg") else "image/png"
        answer = self.ask("POST", "/api/v2/media", by=by, files={"file": (name, body, kind)}, data={"description": alt})
        return dict(_json(answer))

    def edit(self, status_id: str, text: str, *, by: str = "") -> dict[str, Any]:
        return dict(_json(self.ask("PUT", f"/api/v1/statuses/{status_id}", by=by, json={"status": text})))

    def delete(self, status_id: str, *, by: str = "") -> None:
        _json(self.ask("DELETE", f"/api/v1/statuses/{status_id}", by=by))

    def act(self, status_id: str, action: str, *, by: str = "") -> dict[str, Any]:
        """`favourite`, `reblog`, `pin` … a status."""
        return dict(_json(self.ask("POST", f"/api/v1/statuses/{status_id}/{action}", by=by)))

    def fault(
        self,
        kind: Kind,
        *,
        path: str = "*",
        count: int | None = None,
        methods: Sequence[str] = ("GET",),
        **effect: Any,
    ) -> str:
        """Let matching requests fail from now on; gives the rule's id.

        path: exact, or with * (which takes slashes too), without the query. The first rule that fits wins.
        count: how many requests, None for all.
        effect: status, body, headers, delay_ms; truncate for `malformed`.
        `timeout` holds the connection for at least 30 s, then answers as usual.
        """
        rule = {
            "match": {"path": path, "methods": list(methods)},
            "effect": {"type": kind, **effect},
            "count": count,
        }
        return str(_json(self.ask("POST", "/api/v1/_mock/faults", by=None, json=rule))["id"])

    def clear_faults(self) -> None:
        _json(self.ask("DELETE", "/api/v1/_mock/faults", by=None))

    def reset(self) -> None:
        """Back to the accounts as seeded: no status, no fault. Files of media stay on the disk."""
        _json(self.ask("POST", "/api/v1/_mock/reset", by=None))


@contextmanager
def mastodon_mock(
    accounts: Sequence[str] = ("exempelvik", "granne"), *, rate_limit: int | None = None
) -> Iterator[MastodonMock]:
    """A fresh Mastodon API server on a free port of 127.0.0.1, with these accounts and a token for each.

    rate_limit: requests in 300 s, with X-RateLimit-* on every answer; without it there is no such header.
    Raises Missing if mastodon-mock is not installed.
    """
    if importlib.util.find_spec("mastodon_mock") is None:
        raise Missing("mastodon-mock is not here: pip install mastodon-mock==0.6.1")
    tokens = {name: f"prov-{name}" for name in accounts}
    with own_folder("mastodon") as folder, requests.Session() as http:
        http.trust_env = False  # a proxy has no business on loopback
        _settings(folder, tokens, rate_limit)
        address = f"127.0.0.1:{free_port()}"
        words: list[str | Path] = [
            sys.executable,
            LAUNCHER,
            "serve",
            "--in-memory",
            "--config",
            folder / "settings.toml",
        ]
        words += ["--host", "127.0.0.1", "--port", address.rpartition(":")[2], "--domain", address]

        def ready(server: Running) -> bool | None:
            return _answers(http, f"http://{address}/health")

        with running(words, ready, folder=folder, cwd=folder) as (server, _):
            mock = MastodonMock(f"http://{address}", server, tokens, http)
            _is_ours(mock)
            yield mock


def _settings(folder: Path, tokens: dict[str, str], rate_limit: int | None) -> None:
    lines = [f"media_storage_path = {json.dumps(str(folder / 'media'))}"]
    if rate_limit is not None:
        lines += ["[ratelimit]", "enabled = true", f"limit = {rate_limit}"]
    for name, token in tokens.items():
        lines += ["[[seed.accounts]]", f'username = "{name}"', f'access_token = "{token}"']
    (folder / "settings.toml").write_text("\n".join(lines) + "\n")


def _answers(http: requests.Session, url: str) -> bool | None:
    try:
        return True if http.get(url, timeout=2).ok else None
    except requests.ConnectionError:
        return None


def _is_ours(mock: MastodonMock) -> None:
    """Between finding a free port and taking it somebody else may have: then the token is not known."""
    answer = mock.ask("GET", "/api/v1/accounts/verify_credentials")
    if not answer.ok:
        raise NotUp(f"another server answers on {mock.url}: {answer.status_code}")


def _json(answer: requests.Response) -> Any:
    answer.raise_for_status()
    return answer.json()
