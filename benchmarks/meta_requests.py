"""How many requests a Facebook page costs, beside the least that the API's page sizes allow.

python -m benchmarks.meta_requests

The least: each list of the page once, in full pages of 100; comments, reactions and attachments inside them, and what
does not fit there in pages of 100. Ours reads each list a second time besides (ids alone), since no figure announces
how long it is: that is what proves it. Files are not counted: they are the same for both.
"""

from __future__ import annotations

import math
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

from tests.fakes.graph import GraphFake
from tests.fakes.graph_world import GraphWorld
from tests.runs import Run

PAGE = 100


def least(world: GraphWorld) -> Counter[str]:
    """Requests by list that nobody can do without."""
    feed = len(world.ids("posts")) + len(world.ids("visitor_posts")) + len(world.ids("tagged"))
    lists = {
        "published_posts": len(world.ids("posts")),
        "posts": len(world.ids("posts")),
        "feed": feed,
        **{name: len(world.ids(name)) for name in ("visitor_posts", "tagged", "albums", "photos", "videos", "ratings")},
        "video_reels": len(world.ids("reels")),
    }
    found = Counter({name: max(1, math.ceil(many / PAGE)) for name, many in lists.items()})
    found["me and the page"] = 2
    found["events (past, upcoming)"] = found["stories (published, archived)"] = 2
    nested = ("posts", "visitor_posts", "tagged", "photos", "videos", "reels", "albums")
    threads = [len(world.comments_of(id)) for name in nested for id in world.ids(name)]
    found["comments beyond 100"] = sum(math.ceil(many / PAGE) - 1 for many in threads if many > PAGE)
    found["comments of events and reviews"] = len(world.ids("events")) + len(world.ids("ratings"))
    found["what stories show"] = len(world.ids("story_media"))
    found["photos of albums beyond 100"] = sum(
        max(0, math.ceil(len(world.photo_ids(album)) / PAGE) - 1) for album in world.ids("albums")
    )
    return +found


def main() -> None:
    world = GraphWorld(posts=600, comments=3500, threads=200, photos=700)
    with tempfile.TemporaryDirectory() as folder:
        fake, start = GraphFake(world), time.perf_counter()
        run = Run(Path(folder), fake, platform="facebook").go()
        took = time.perf_counter() - start
    asked = Counter(urlsplit(url).path.rpartition("/")[2] for _, url in fake.asked if url.startswith("/v"))
    due = least(world)
    print(f"{run.outcome}: {sum(asked.values())} requests, the least possible {due.total()}, ", end="")
    print(f"ratio {asked.total() / due.total():.2f}; {took:.1f} s in all, files and package included")
    for title, counts in (("least", due), ("ours", asked)):
        print(f"  {title:6}", ", ".join(f"{name} {many}" for name, many in counts.most_common()))
    sys.exit(0 if run.outcome == "whole" else 1)


if __name__ == "__main__":
    main()
