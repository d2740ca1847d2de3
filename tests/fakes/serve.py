"""`python -m tests.fakes.serve --posts 600 --media 720 --comments 3496`: a fake server on loopback, until ended.

With `--platform facebook` or `instagram` a fake Graph: `--media` are then the page's photos; on Instagram `--posts` are
its media and `--threads` and `--comments` theirs.
Prints one JSON line: url, account, pid. GET /_requests tells how many requests there were. More in README.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from datetime import UTC, datetime
from typing import Any

from .faults import ALL, PLANTED, latency
from .graph import GraphFake
from .graph_world import GraphWorld
from .mastodon import MastodonFake
from .wires import listen
from .world import World

NUMBERS = (
    "posts",
    "with_media",
    "media",
    "media_bytes",
    "comments",
    "threads",
    "seed",
    "edits",
    "boosts",
    "polls",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in NUMBERS:
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=getattr(World, name))
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--platform", choices=("mastodon", "facebook", "instagram"), default="mastodon")
    parser.add_argument("--token", help="the only key taken; without: any")
    parser.add_argument(
        "--fault", action="append", default=[], choices=ALL, metavar="NAME", help="by name, from faults.ALL"
    )
    asyncio.run(_serve(parser.parse_args()))


async def _serve(said: argparse.Namespace) -> None:
    world: Any = _world(said)
    faults = [fault for name in said.fault for fault in ALL[name].make(world)]
    if said.latency_ms:
        faults.append(latency(said.latency_ms))
    more: dict[str, Any] = {"token": said.token, "clock": lambda: datetime.now(UTC), "remember": 2_000}
    fake = (
        MastodonFake(world, faults, **more)
        if said.platform == "mastodon"
        else GraphFake(world, faults, **more | {"token": said.token or PLANTED})
    )
    server = await listen(fake, said.port)
    print(json.dumps({"url": fake.base, "account": fake.address, "pid": os.getpid()}), flush=True)
    await server.serve_forever()


def _world(said: argparse.Namespace) -> World | GraphWorld:
    same = {"media_bytes": said.media_bytes, "seed": said.seed}
    if said.platform == "facebook":
        sizes = {"posts": said.posts, "threads": said.threads, "comments": said.comments, "photos": said.media}
        return GraphWorld(**same | sizes)
    if said.platform == "instagram":
        sizes = {"media": said.posts, "media_threads": said.threads, "media_comments": said.comments}
        return GraphWorld(side="instagram", **same | sizes)
    return World(**{name: getattr(said, name) for name in NUMBERS})


if __name__ == "__main__":
    main()
