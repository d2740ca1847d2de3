"""Ceph's object gateway, from Debian's packages: what many providers run. A cluster of one on loopback.

Settings and order: Ceph 16.2.15, docs.ceph.com/en/pacific (manual deployment, radosgw), tried here in November 2026.
With memstore an OSD takes all memory; without cephx a gateway is never let in; a manager is not needed for S3.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from demo.seaweedfs import IDENTITIES
from tests.planted import fresh
from tests.servers.policy import ROOT, Missing
from tests.servers.process import Running, again, free_port, killed, own_folder, running
from tests.servers.s3 import S3Server
from tests.servers.seaweedfs import answers, listens
from tests.servers.tls import certificate

PROGRAMS = ("ceph-mon", "ceph-osd", "radosgw", "radosgw-admin", "ceph", "ceph-authtool", "monmaptool")
_CAPS = {
    "mon.": {"mon": "allow *"},
    "client.admin": {"mon": "allow *", "osd": "allow *", "mgr": "allow *"},
    "client.rgw": {"mon": "allow rw", "osd": "allow rwx", "mgr": "allow rw"},
    "osd.0": {"mon": "allow profile osd", "mgr": "allow profile osd", "osd": "allow *"},
}
_CONF = """
[global]
fsid = {fsid}
mon host = {mon}
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = {folder}/keyring
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail warn = 2
mon data avail crit = 1
run dir = {folder}/run
admin socket = {folder}/run/$name.asok
pid file = {folder}/run/$name.pid
log file = {folder}/run/$name.log
log to stderr = false
[mon]
mon data = {folder}/mon
mon cluster log file = {folder}/run/cluster.log
mon initial members = a
[osd]
osd data = {folder}/osd
osd objectstore = bluestore
bluestore block size = 21474836480
bluestore cache autotune = false
bluestore cache size = 268435456
osd memory target = 939524096
[client.rgw]
rgw data = {folder}/rgw
rgw frontends = beast endpoint=127.0.0.1:{port}
rgw dns name = localhost
rgw crypt require ssl = false
rgw gc obj min wait = 60
rgw override bucket index max shards = 1
rgw user max buckets = 10000
"""


@contextmanager
def ceph() -> Iterator[S3Server]:
    """The gateway, ready and empty, with TLS in front. Missing where Ceph's programs are not installed."""
    if gone := [name for name in PROGRAMS if not shutil.which(name)]:
        raise Missing(f"{', '.join(gone)} not installed: apt install radosgw ceph-mon ceph-osd ceph-common")
    with own_folder("ceph") as folder, ExitStack() as stack:
        port, tls = free_port(), free_port()
        pem, key = certificate(folder)
        _prepared(folder, port)
        _begun(folder, stack)
        servers = _up(folder, port, stack)

        def kill_and_start() -> None:
            """Gateway and store are killed, and started on what they left."""
            for one in servers:
                killed(one)
            servers[:] = _up(folder, port, stack)

        keys = {who: (f"access{who}", fresh()) for who in IDENTITIES}
        for who, pair in keys.items():
            made = ("--uid", who, "--display-name", who, "--access-key", pair[0], "--secret-key", pair[1])
            _run(folder, "radosgw-admin", "-n", "client.rgw", "user", "create", *made)
        proxy = [sys.executable, "-m", "tests.servers.tls", pem, key, str(tls), str(port)]
        (folder / "proxy").mkdir()
        stack.enter_context(running(proxy, lambda _: listens(tls), folder=folder / "proxy", cwd=ROOT))
        while not answers(port, keys["owner"]):
            pass
        yield S3Server(
            name="ceph",
            endpoint=f"https://localhost:{tls}",
            plain=f"http://127.0.0.1:{port}",
            ca=pem,
            keys=keys,
            principals={who: f"arn:aws:iam:::user/{who}" for who in IDENTITIES},
            data=folder / "osd",
            running=servers[0],
            kill_and_start=kill_and_start,
        )


def _prepared(folder: Path, port: int) -> None:
    """The cluster's settings, its keys, and the monitor's own folder."""
    for name in ("mon", "osd", "rgw", "run"):
        (folder / name).mkdir()
    fsid, mon = str(uuid.uuid4()), f"[v2:127.0.0.1:{free_port()},v1:127.0.0.1:{free_port()}]"
    (folder / "ceph.conf").write_text(_CONF.format(fsid=fsid, mon=mon, folder=folder, port=port))
    for name, caps in _CAPS.items():
        words = [word for kind, may in caps.items() for word in ("--cap", kind, may)]
        create = ["--create-keyring"] if name == "mon." else []
        _run(folder, "ceph-authtool", *create, folder / "keyring", "--gen-key", "-n", name, *words)
    at = folder / "monmap"
    _run(folder, "monmaptool", "--create", "--addv", "a", mon, "--fsid", fsid, "--set-min-mon-release", "pacific", at)
    _run(folder, "ceph-mon", "--mkfs", "-i", "a", "--monmap", at, "--keyring", folder / "keyring")


def _begun(folder: Path, stack: ExitStack) -> None:
    """The monitor, and a store that it knows of."""
    _one(folder, stack, "mon", "ceph-mon", "-i", "a", ready=lambda _: _says(folder, "quorum_status"))
    _run(folder, "ceph", "osd", "create", osd := str(uuid.uuid4()))
    _run(folder, "ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
    _run(folder, "ceph", "osd", "crush", "add", "osd.0", "1.0", "root=default", "host=localhost")


def _up(folder: Path, port: int, stack: ExitStack) -> list[Running]:
    """Gateway and store, each a process of its own."""

    def stands(_: Running) -> bool | None:
        return '"num_up_osds":1' in (_says(folder, "osd", "stat") or "") or None

    osd = _one(folder, stack, "osd", "ceph-osd", "-i", "0", ready=stands)
    rgw = again(lambda: _one(folder, stack, "rgw", "radosgw", "-n", "client.rgw", ready=lambda _: listens(port)))
    return [rgw, osd]


def _one(folder: Path, stack: ExitStack, name: str, *command: str, ready: Callable[[Running], Any]) -> Running:
    (folder / f"log-{name}").mkdir(exist_ok=True)
    whole = [*command, "-f", "-c", str(folder / "ceph.conf")]
    return stack.enter_context(running(whole, ready, folder=folder / f"log-{name}", cwd=folder))[0]


def _says(folder: Path, *command: str) -> str | None:
    words = ["ceph", "-c", str(folder / "ceph.conf"), "--connect-timeout", "5", *command, "-f", "json"]
    found = subprocess.run(words, capture_output=True, text=True, check=False)
    return found.stdout if found.returncode == 0 else None


def _run(folder: Path, program: str, *words: object) -> None:
    """Run one of Ceph's tools; what it says of a failure is in the error."""
    conf = [] if program in ("ceph-authtool", "monmaptool") else ["-c", str(folder / "ceph.conf")]
    done = subprocess.run([program, *conf, *map(str, words)], capture_output=True, text=True, check=False, cwd=folder)
    if done.returncode:
        raise RuntimeError(f"{program}: {done.stderr[-2000:]}")
