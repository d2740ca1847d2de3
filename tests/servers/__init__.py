"""Real servers by other hands: started on loopback, filled through their own API, stopped by id."""

from tests.servers.bluesky import Filled, Pds, Session, fill, pds
from tests.servers.install import ensure_pds
from tests.servers.mastodon import MastodonMock, mastodon_mock
from tests.servers.pictures import picture
from tests.servers.policy import Missing, needed, shared
from tests.servers.process import NotUp

__all__ = [
    "Filled",
    "MastodonMock",
    "Missing",
    "NotUp",
    "Pds",
    "Session",
    "ensure_pds",
    "fill",
    "mastodon_mock",
    "needed",
    "pds",
    "picture",
    "shared",
]
