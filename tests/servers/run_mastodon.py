"""mastodon_mock's command line that ends when its stdin does: a killed run leaves no server behind."""

from __future__ import annotations

import os
import signal
import sys
import threading

from mastodon_mock.cli import main


def _end_with_stdin() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


threading.Thread(target=_end_with_stdin, daemon=True).start()
main(sys.argv[1:])
