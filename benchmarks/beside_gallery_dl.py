"""Ours beside gallery-dl: the same simulated account, the same server, in turns.

gallery-dl takes posts and pictures; ours takes those and every reply, weighs, seals, packs and delivers.
    python -m benchmarks.beside_gallery_dl [--latency-ms 50] [--rounds 5]
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from tests.fakes.wires import serving_apart

Figure = tuple[float, float]  # wall seconds, processor seconds of the command
ACCOUNT = ["--posts", "600", "--media", "720", "--comments", "3496"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    ours: list[Figure] = []
    theirs: list[Figure] = []
    with serving_apart(*ACCOUNT, "--latency-ms", str(options.latency_ms)) as served:
        for _ in range(options.rounds):
            theirs.append(_timed(lambda folder: _gallery_dl(served.account, folder)))
            ours.append(_timed(lambda folder: _ours(served.account, folder)))
    print(f"latency {options.latency_ms:.0f} ms, {options.rounds} rounds, median (min-max); wall and processor seconds")
    for name, figures in (
        ("gallery-dl, posts and pictures", theirs),
        ("arsring, those and replies, to the receipt", ours),
    ):
        print(f"  {name:44}{_shown([wall for wall, _ in figures])}   {_shown([cpu for _, cpu in figures])}")
    pairs = [tuple(b / a for a, b in zip(one, other, strict=True)) for one, other in zip(ours, theirs, strict=True)]
    print(
        f"  {'gallery-dl / arsring, pair by pair':44}{_shown([w for w, _ in pairs])}   {_shown([c for _, c in pairs])}"
    )


def _shown(values: list[float]) -> str:
    return f"{median(values):6.2f} ({min(values):.2f}-{max(values):.2f})"


def _timed(act: Callable[[Path], None]) -> Figure:
    folder = Path(tempfile.mkdtemp(prefix="arsring-bench-"))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    try:
        act(folder)
        wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    finally:
        shutil.rmtree(folder)


def _gallery_dl(account: str, folder: Path) -> None:
    words = ["-m", "gallery_dl", "--config-ignore", "-q", "-d", str(folder)]
    for name in ("access-token=x", "text-posts=true", "reblogs=true"):
        words += ["-o", f"extractor.mastodon.{name}"]
    words += ["-o", 'postprocessors=[{"name": "metadata", "event": "post", "filename": "{id}.json"}]']
    subprocess.run([sys.executable, *words, f"mastodon:{account}"], check=True)
    assert len(list(folder.rglob("*.jpg"))) == 720, "gallery-dl has not taken all"


def _ours(account: str, folder: Path) -> None:
    register = folder / "register.csv"
    register.write_text(f"id;platform;address;key\nexempelvik-mastodon;mastodon;{account};exempelvik\n")
    words = [
        "-m",
        "pipeline.cli",
        "run",
        "--register",
        str(register),
        "--year",
        "2026",
        "--into",
        str(folder / "archive"),
    ]
    env = os.environ | {"ARSRING_KEY_EXEMPELVIK": "a-key-of-exempelvik"}
    subprocess.run([sys.executable, *words], check=True, env=env, capture_output=True)


if __name__ == "__main__":
    main()
