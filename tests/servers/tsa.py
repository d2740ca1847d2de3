"""A time-stamping authority of our own on loopback: OpenSSL's `ts -reply` behind a small web server.

    with authority(folder) as tsa:  tsa.settings()      its address and its root, as the settings file has them
    tsa.mood = "garbage"                                what it answers from now on

It has a root, an issuer and a signer made for the test, as authorities have them; each answer can be a wrong one of a
known kind.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from model.settings import StampAuthority
from tests.servers.policy import needed

_CONFIG = """\
[ req ]
distinguished_name = name
prompt = no
[ name ]
CN = root
[ root ]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[ signer ]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
[ tsa ]
default_tsa = one
[ one ]
serial = {folder}/serial
signer_cert = {folder}/signer.pem
signer_key = {folder}/signer.key
certs = {folder}/issuer.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
"""


class Authority:
    """One authority: its certificates, its mood, and how often it was asked."""

    def __init__(self, folder: Path, name: str = "provtid") -> None:
        self.folder, self.name, self.mood, self.asked = folder, name, "well", 0
        self.url, self.over, self.last = "", threading.Event(), b""
        folder.mkdir(parents=True)
        (folder / "openssl.cnf").write_text(_CONFIG.format(folder=folder), encoding="utf-8")
        (folder / "serial").write_text("01\n")
        self._certificates()

    def settings(self) -> StampAuthority:
        return StampAuthority(name=self.name, url=self.url, roots=str(self.folder / "root.pem"))

    def reply(self, query: bytes) -> bytes:
        """A true answer to a query, of the form application/timestamp-reply."""
        (self.folder / "query").write_bytes(query)
        self._openssl(
            "ts", "-reply", "-config", "openssl.cnf", "-section", "one", "-queryfile", "query", "-out", "reply"
        )
        return (self.folder / "reply").read_bytes()

    def over_data(self, data: bytes) -> bytes:
        """A true stamp over something."""
        (self.folder / "data").write_bytes(data)
        self._openssl("ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "asked")
        return self.reply((self.folder / "asked").read_bytes())

    def answer(self, query: bytes) -> tuple[int, bytes]:
        """Status and body, by the mood."""
        self.asked += 1
        match self.mood:
            case "well":
                self.last = self.reply(query)
                return 200, self.last
            case "garbage":
                return 200, b"<html>Underhall</html>"
            case "empty":
                return 200, b""
            case "large":
                return 200, b"\x30" * (2**20 + 1)
            case "of another thing":
                return 200, self.over_data(b"another thing")
            case "an old answer":
                return 200, self.last
            case "rejects":
                return 200, bytes.fromhex("30053003020102")
            case "cut":
                return 200, self.reply(query)[:-40]
        return int(self.mood), b"error"

    def _certificates(self) -> None:
        new = ("req", "-config", "openssl.cnf", "-newkey", "rsa:2048", "-nodes", "-days", "30")
        self._openssl(*new, "-x509", "-extensions", "root", "-keyout", "root.key", "-out", "root.pem")
        for number, (who, by, kind) in enumerate((("issuer", "root", "root"), ("signer", "issuer", "signer")), 7):
            self._openssl(*new, "-subj", f"/CN={self.name} {who}", "-keyout", f"{who}.key", "-out", f"{who}.csr")
            self._openssl(
                "x509", "-req", "-in", f"{who}.csr", "-CA", f"{by}.pem", "-CAkey", f"{by}.key", "-days", "30",
                "-set_serial", str(number), "-extfile", "openssl.cnf", "-extensions", kind, "-out", f"{who}.pem",
            )  # fmt: skip

    def _openssl(self, *words: str) -> None:
        try:
            subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)
        except FileNotFoundError:
            needed("openssl is not on this machine")


@contextmanager
def authority(folder: Path, name: str = "provtid") -> Iterator[Authority]:
    """An authority that answers until the block ends."""
    tsa = Authority(folder, name)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if tsa.mood in ("slow", "drips"):
                _slowly(self, tsa)
                return
            status, body = tsa.answer(query)
            self.send_response(status)
            if status in (301, 302, 307):
                self.send_header("Location", tsa.url)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is said."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    tsa.url = f"http://127.0.0.1:{server.server_port}/tsr"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield tsa
    finally:
        tsa.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _slowly(handler: BaseHTTPRequestHandler, tsa: Authority) -> None:
    """Say nothing, or a byte now and then, until the block ends."""
    tsa.asked += 1
    if tsa.mood == "drips":
        handler.send_response(200)
        handler.end_headers()
    while not tsa.over.wait(0.05):
        if tsa.mood == "drips":
            try:
                handler.wfile.write(b"0")
            except OSError:
                return
