"""A real object store for tests: its address over TLS, its identities' keys, where its bytes lie."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.servers.process import Running


@dataclass(frozen=True, slots=True)
class S3Server:
    """One server. `keys`: identity → (access key, secret key); `principals`: as bucket policies name them."""

    name: str
    endpoint: str  # https://localhost:PORT, through a proxy that ends TLS
    plain: str  # http://127.0.0.1:PORT, the server itself
    ca: Path  # the certificate to trust
    keys: Mapping[str, tuple[str, str]]
    principals: Mapping[str, str]
    data: Path
    running: Running
    kill_and_start: Callable[[], object] = lambda: None  # kill -9 of the server, and the same again on what it left
