"""TLS in front of a server that has none: python -m tests.servers.tls CERTIFICATE KEY PORT TARGET_PORT

Over plain HTTP most of what breaks between boto3 and object stores does not show. The Host header passes unchanged, so
signatures stay valid. Ends when its stdin does.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from pathlib import Path

from demo import seaweedfs

_PIECE = 2**18


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost and its key, signed by itself: PEM files in the folder."""
    pem = seaweedfs.certificate(folder)
    return pem, pem.with_name("tls.key")


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(_PIECE):
            writer.write(data)
            await writer.drain()
    except (ConnectionError, ssl.SSLError):
        pass
    finally:
        writer.close()


async def _serve(pem: str, key: str, port: int, target: int) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem, key)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", target, limit=4 * _PIECE)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_copy(reader, back), _copy(there, writer))

    server = await asyncio.start_server(handle, "127.0.0.1", port, ssl=context, limit=4 * _PIECE)
    async with server:
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
