"""`python -m tests.fakes.serve --posts 600 --media 720 --comments 3496`: a fake server on loopback, until ended.

Prints one JSON line: url, account, pid. GET /_requests tells how many requests there were. More in README.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from datetime import UTC, datetime

from .faults import ALL, latency
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
    parser.add_argument("--token", help="the only key taken; without: any")
    parser.add_argument(
        "--fault", action="append", default=[], choices=ALL, metavar="NAME", help="by name, from faults.ALL"
    )
    asyncio.run(_serve(parser.parse_args()))


async def _serve(said: argparse.Namespace) -> None:
    world = World(**{name: getattr(said, name) for name in NUMBERS})
    faults = [fault for name in said.fault for fault in ALL[name].make(world)]
    if said.latency_ms:
        faults.append(latency(said.latency_ms))
    fake = MastodonFake(world, faults, token=said.token, clock=lambda: datetime.now(UTC), remember=2_000)
    server = await listen(fake, said.port)
    print(json.dumps({"url": fake.base, "account": fake.address, "pid": os.getpid()}), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    main()
