"""Ours beside gallery-dl: the same simulated account, the same server, in turns.

gallery-dl takes posts and pictures; ours takes those and every reply, weighs, seals, packs and delivers.
    python -m benchmarks.beside_gallery_dl [--latency-ms 50] [--rounds 5]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.fakes.wires import serving_apart

ACCOUNT = ["--posts", "600", "--media", "720", "--comments", "3496"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    ours, theirs = [], []
    with serving_apart(*ACCOUNT, "--latency-ms", str(options.latency_ms)) as served:
        for _ in range(options.rounds):
            theirs.append(_timed(lambda folder: _gallery_dl(served.account, folder)))
            ours.append(_timed(lambda folder: _ours(served.account, folder)))
    pairs = [b / a for a, b in zip(ours, theirs, strict=True)]
    print(f"latency {options.latency_ms:.0f} ms, {options.rounds} rounds, seconds as median (min-max)")
    print(f"  gallery-dl, posts and pictures                {_figure(theirs)}")
    print(f"  arsring, those and replies, to the receipt    {_figure(ours)}")
    print(f"  gallery-dl / arsring, pair by pair            {_figure(pairs)}")


def _figure(values: list[float]) -> str:
    return f"{median(values):6.2f} ({min(values):.2f}-{max(values):.2f})"


def _timed(act: object) -> float:
    folder = Path(tempfile.mkdtemp(prefix="arsring-bench-"))
    try:
        start = time.perf_counter()
        act(folder)  # type: ignore[operator]
        return time.perf_counter() - start
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
    show = [
        sys.executable,
        "-m",
        "pipeline.cli",
        "show",
        "2026-exempelvik-mastodon",
        "--json",
        "--into",
        str(folder / "archive"),
    ]
    if "--check" in sys.argv:
        print(json.loads(subprocess.run(show, check=True, capture_output=True).stdout)["verdict"])


if __name__ == "__main__":
    main()
