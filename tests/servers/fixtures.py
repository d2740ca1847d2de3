"""Fixtures for any test module: `pytest_plugins = ["tests.servers.fixtures"]` in tests/conftest.py.

One server for the whole run, since starting one takes seconds: a test that writes takes its own account.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser import Browser, chromium
from tests.servers.bluesky import Filled, Pds, fill, pds
from tests.servers.ceph import ceph
from tests.servers.mastodon import MastodonMock, mastodon_mock
from tests.servers.moto import moto
from tests.servers.policy import Missing, needed
from tests.servers.postgres import Postgres, postgres
from tests.servers.redis import Redis, redis
from tests.servers.s3 import S3Server
from tests.servers.seaweedfs import seaweedfs


@pytest.fixture(scope="session")
def bluesky_server() -> Iterator[Pds]:
    """The AT Protocol reference server, empty at first."""
    try:
        with pds() as server:
            yield server
    except Missing as missing:
        needed(str(missing))


@pytest.fixture(scope="session")
def filled_bluesky(bluesky_server: Pds) -> Filled:
    """The reference server's account exempelvik.test, and all that was written there."""
    return fill(bluesky_server)


@pytest.fixture(scope="session")
def seaweedfs_server() -> Iterator[S3Server]:
    """An object store over TLS. A test takes a bucket of its own (tests/buckets.py)."""
    try:
        with seaweedfs() as server:
            yield server
    except Missing as missing:
        needed(str(missing))


@pytest.fixture(scope="session")
def ceph_server() -> Iterator[S3Server]:
    """Another object store over TLS, the one that many providers run. A test takes a bucket of its own."""
    try:
        with ceph() as server:
            yield server
    except Missing as missing:
        needed(str(missing))


@pytest.fixture(scope="session")
def moto_server() -> Iterator[S3Server]:
    """An object store that refuses next to nothing, over TLS."""
    try:
        with moto() as server:
            yield server
    except Missing as missing:
        needed(str(missing))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A database server with one empty database in UTF-8."""
    try:
        with postgres() as server:
            yield server
    except Missing as missing:
        needed(str(missing))


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    """A Redis with nothing in it."""
    try:
        with redis() as server:
            yield server
    except Missing as missing:
        needed(str(missing))


@pytest.fixture(scope="session")
def _mastodon() -> Iterator[MastodonMock]:
    try:
        with mastodon_mock() as server:
            yield server
    except Missing as missing:
        needed(str(missing))


@pytest.fixture
def mastodon_server(_mastodon: MastodonMock) -> MastodonMock:
    """A Mastodon API server with two accounts, no statuses and no faults."""
    _mastodon.reset()
    return _mastodon


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A Chromium that nobody has logged in with; a module may have its own."""
    with chromium(tmp_path_factory.mktemp("profile")) as found:
        yield found
