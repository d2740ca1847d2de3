"""What the demo says, and where its things lie."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Final

from rich.console import Console

ROOT: Final = Path(__file__).resolve().parent.parent
DEMO: Final = ROOT / ".demo"
BEGAN: Final = time.monotonic()
AGAIN: Final = "Mend that and run make demo again; rm -rf .demo starts from nothing."

console = Console(highlight=False, width=None if sys.stdout.isatty() else 110)


class DemoFailed(Exception):
    """What went wrong and what to do, in one text."""


def step(words: str) -> None:
    console.print(f"[dim]{time.monotonic() - BEGAN:5.1f} s[/]  {words}")


def shown(path: Path) -> str:
    return os.path.relpath(path, Path.cwd())
