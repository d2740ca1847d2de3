"""The object store of the profile `store`: SeaweedFS, over TLS, with one user for each of the archive's identities.

The users come from S3_OWNER, S3_INGEST, S3_READER and S3_CUSTODIAN (JSON with access_key and secret_key) and may do
nothing but what the buckets' policies say, except the owner. Only its S3 port can be reached from other containers.
"""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOME = Path("/var/lib/arsring")
RUN = Path("/tmp/store")  # noqa: S108 - the container's own, in memory, gone with it
IDENTITIES = ("owner", "ingest", "reader", "custodian")
EVERY = ["Admin", "Read", "List", "Tagging", "Write"]
NAME = "store"  # the service's, by which the others reach it


def main() -> None:
    RUN.mkdir(mode=0o700, exist_ok=True)
    (users := RUN / "s3.json").touch(mode=0o600)
    users.write_text(json.dumps({"identities": [_user(who) for who in IDENTITIES]}), encoding="utf-8")
    pem, key = HOME / "certificate" / "store.pem", HOME / "store" / "tls.key"
    if not (pem.exists() and key.exists()):
        _certify(pem, key)
    own = {"master.port": 9333, "master.port.grpc": 19333, "volume.port": 8080, "volume.port.grpc": 18080,
           "filer.port": 8888, "filer.port.grpc": 18888, "s3.port.grpc": 18333}  # fmt: skip
    given = own | {
        "dir": HOME / "store", "ip": "127.0.0.1", "ip.bind": "127.0.0.1", "master.telemetry": "false",
        "master.volumeSizeLimitMB": 1024, "volume.max": 0, "volume.preStopSeconds": 1, "filer": "true", "s3": "true",
        "s3.ip.bind": "0.0.0.0", "s3.port": 8333, "s3.port.iceberg": 0, "s3.port.lance": 0, "s3.config": users,
        "s3.cert.file": pem, "s3.key.file": key, "s3.autoCreateBucket": "false",
    }  # fmt: skip
    os.execvp("weed", ["weed", "server", *(f"-{name}={value}" for name, value in given.items())])  # noqa: S606, S607


def _user(who: str) -> dict[str, object]:
    pair = json.loads(os.environ[f"S3_{who.upper()}"])
    return {
        "name": who,
        "credentials": [{"accessKey": pair["access_key"], "secretKey": pair["secret_key"]}],
        "actions": EVERY if who == "owner" else [],
    }


def _certify(pem: Path, key: Path) -> None:
    """A certificate of its own for ten years: the others trust this one alone, and no authority."""
    made, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(made.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=2))
        .not_valid_after(now + timedelta(days=3652))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME), x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(made, hashes.SHA256())
    )
    form, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    key.touch(mode=0o600)
    key.write_bytes(made.private_bytes(form, serialization.PrivateFormat.PKCS8, plain))
    pem.write_bytes(signed.public_bytes(form))


if __name__ == "__main__":
    main()
