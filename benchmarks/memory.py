"""Peak memory and time of a whole run, for accounts of different size; each in a process of its own.

python -m benchmarks.memory [--items 100000 --items 1000000]
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.fakes.wires import serving_apart


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, action="append")
    for items in parser.parse_args().items or [10_000, 100_000, 1_000_000]:
        _measure(items)


def _measure(items: int) -> None:
    """Half of the items are posts, half are replies; one post in a hundred has a picture."""
    posts, folder = items // 2, Path(tempfile.mkdtemp(prefix="arsring-bench-"))
    account = ["--posts", str(posts), "--comments", str(posts), "--threads", str(posts // 20)]
    account += ["--media", str(posts // 100), "--with-media", str(posts // 100), "--media-bytes", "2000"]
    try:
        with serving_apart(*account) as served:
            register = folder / "register.csv"
            register.write_text(
                "id;platform;address;key;responsible\n"
                f"exempelvik-mastodon;mastodon;{served.account};exempelvik;Kommunikationschefen\n"
            )
            words = [sys.executable, "-m", "pipeline.cli", "run", "--register", str(register), "--year", "2026"]
            words += ["--settings", "docs/examples/installningar.toml"]
            env = os.environ | {"ARSRING_KEY_EXEMPELVIK": "a-key-of-exempelvik"}
            start = time.perf_counter()
            child = subprocess.Popen([*words, "--into", str(folder / "archive")], env=env, stdout=subprocess.DEVNULL)
            _, status, usage = os.wait4(child.pid, 0)
        took = time.perf_counter() - start
        print(f"{items:>9} items: exit {status}, peak {usage.ru_maxrss / 1024:.0f} MB, {took:.0f} s", flush=True)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
