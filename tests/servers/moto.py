"""moto's S3, from PyPI: a server that takes any key and any MD5, and whose links never end. It proves nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demo.seaweedfs import IDENTITIES
from tests.planted import fresh
from tests.servers.policy import ROOT, Missing
from tests.servers.process import free_port, own_folder, running
from tests.servers.s3 import S3Server
from tests.servers.seaweedfs import answers, listens
from tests.servers.tls import certificate


@contextmanager
def moto() -> Iterator[S3Server]:
    """The server, ready and empty, with TLS in front. Missing where it is not installed."""
    program = Path(sys.executable).with_name("moto_server")
    if not program.exists():
        raise Missing("moto is not installed: pip install 'moto[s3]' flask-cors")
    with own_folder("moto") as folder:
        keys = {who: (f"access{who}", fresh()) for who in IDENTITIES}
        port, tls = free_port(), free_port()
        pem, key = certificate(folder)
        (folder / "proxy").mkdir()
        command = [program, "-H", "127.0.0.1", "-p", str(port)]
        proxy = [sys.executable, "-m", "tests.servers.tls", pem, key, str(tls), str(port)]
        ready = running(command, lambda _: answers(port, keys["owner"]), folder=folder, cwd=folder)
        with ready as (server, _), running(proxy, lambda _: listens(tls), folder=folder / "proxy", cwd=ROOT):
            yield S3Server(
                name="moto",
                endpoint=f"https://localhost:{tls}",
                plain=f"http://127.0.0.1:{port}",
                ca=pem,
                keys=keys,
                principals={who: f"arn:aws:iam::000000000000:user/{who}" for who in IDENTITIES},
                data=folder,
                running=server,
            )
