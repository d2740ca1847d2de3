"""Containers without a Docker engine: podman, an image store of our own, and stand-ins for images of a registry.

What it takes: runc (crun refuses mixed control groups), limits that a container may have, netavark and iptables for the
networks, and health checks by hand where there is no systemd. What is built stays in the environment's folder, so that
the second time takes seconds; containers, volumes and networks go with the test.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from tests.servers.policy import ROOT, Missing

PROGRAMS = ("podman", "runc", "iptables", "debootstrap", "catatonit")
BASE = "localhost/arsring-base:1"  # Debian with Python, where the Dockerfile has python:…-slim-bookworm
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")  # Debian's own place
SETTINGS = """
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=2048:2048"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "{run}/libpod"
[network]
network_backend = "netavark"
network_config_dir = "{run}/networks"
"""
STORAGE = """
[storage]
driver = "overlay"
runroot = "{run}/run"
graphroot = "{images}"
"""
# As the official image does it, as far as the compose file asks for it: user, database and password of the environment.
POSTGRES = """
FROM {base}
RUN groupadd -g 999 postgres && useradd -u 999 -g 999 -d /var/lib/postgresql postgres \\
    && apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql > /dev/null \\
    && rm -rf /var/lib/apt/lists/* && ln -s /usr/lib/postgresql/*/bin/* /usr/local/bin/ \\
    && install -d -o 999 -g 999 -m 0700 /var/lib/postgresql/data && chmod 3777 /run/postgresql
ENV PGDATA=/var/lib/postgresql/data
COPY entrypoint /entrypoint
ENTRYPOINT ["sh", "/entrypoint"]
"""
ENTRYPOINT = """
set -e
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    printf %s "$POSTGRES_PASSWORD" > /tmp/password
    eval "initdb --username=$POSTGRES_USER --pwfile=/tmp/password --auth-local=trust --auth-host=scram-sha-256 \\
        -D $PGDATA $POSTGRES_INITDB_ARGS"
    rm /tmp/password
    echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
    pg_ctl -w -o "-c listen_addresses=" start
    createdb -U "$POSTGRES_USER" "$POSTGRES_DB"
    pg_ctl -w -m fast stop
fi
exec postgres -c listen_addresses='*'
"""


@dataclass
class Engine:
    """Podman with its own images, containers and networks."""

    run: Path
    environment: Mapping[str, str] = field(repr=False)

    def podman(self, *words: str | Path, seconds: float = 600, **more: Any) -> str:
        return said(["podman", *map(str, words)], self.environment, seconds, **more)

    def has(self, image: str) -> bool:
        done = subprocess.run(["podman", "image", "exists", image], env=self.environment, check=False)
        return done.returncode == 0


def said(words: list[str], environment: Mapping[str, str], seconds: float = 600, **more: Any) -> str:
    """What a command prints; RuntimeError with the end of what it complained of where it fails."""
    done = subprocess.run(
        words, env=environment, cwd=more.pop("cwd", ROOT), capture_output=True, text=True, timeout=seconds,
        check=False, errors="replace", stdin=more.pop("stdin", subprocess.DEVNULL), **more,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.returncode}\n{done.stdout[-1500:]}\n{done.stderr[-3000:]}")
    return done.stdout


@contextmanager
def engine() -> Iterator[Engine]:
    """Podman, and a base image it can run. Missing, with the reason, where that is not to be had on this machine."""
    if os.geteuid():
        raise Missing("containers are run by root here, and this is not root")
    if absent := [name for name in PROGRAMS if not shutil.which(name)]:
        raise Missing(f"not installed: {', '.join(absent)} (tests/debian.txt)")
    images = ROOT / ".venv" / "containers"
    images.mkdir(parents=True, exist_ok=True)
    # A short path, for sockets lie in it; always the same, for podman keeps it among its images.
    run = Path(tempfile.gettempdir()) / f"ars-{sha256(str(ROOT).encode()).hexdigest()[:8]}"
    with (images.parent / "containers.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(run, ignore_errors=True)
        made = Engine(run, _environment(run, images))
        try:
            _cleared(made)
            _based(made)
            yield made
        finally:
            _cleared(made)
            shutil.rmtree(run, ignore_errors=True)


def _environment(run: Path, images: Path) -> dict[str, str]:
    (run / "networks").mkdir(parents=True, mode=0o700)
    (run / "containers.conf").write_text(SETTINGS.format(run=run))
    (run / "storage.conf").write_text(STORAGE.format(run=run, images=images))
    own = {
        "CONTAINERS_CONF": str(run / "containers.conf"),
        "CONTAINERS_STORAGE_CONF": str(run / "storage.conf"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    return {**os.environ, **own}


def _cleared(made: Engine) -> None:
    for words in (("rm", "--all", "--force", "--time", "2"), ("volume", "rm", "--all", "--force"),
                  ("network", "prune", "--force"), ("umount", "--all", "--force")):  # fmt: skip
        subprocess.run(["podman", *words], env=made.environment, capture_output=True, check=False, timeout=120)
    for mount in reversed(Path("/proc/mounts").read_text().splitlines()):
        where = mount.split()[1]
        if where.startswith((str(made.run), str(ROOT / ".venv" / "containers"))):
            subprocess.run(["umount", "-l", where], capture_output=True, check=False)


def _based(made: Engine) -> None:
    """The base image, and that a container of it runs at all."""
    try:
        if not made.has(BASE):
            _debian(made)
        made.podman("run", "--rm", "--network", "none", BASE, "true", seconds=120)
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        raise Missing(f"no container runs on this machine: {error}") from error


def _debian(made: Engine) -> None:
    release = Path("/etc/os-release").read_text()
    name = next(line.partition("=")[2] for line in release.splitlines() if line.startswith("VERSION_CODENAME="))
    root, tar = made.run / "debian", made.run / "debian.tar"
    words = ["debootstrap", "--variant=minbase", "--include=python3,python3-venv,ca-certificates", name, str(root)]
    said(words, made.environment)
    said(["tar", "-C", str(root), "-cf", str(tar), "."], made.environment)
    made.podman("import", tar, BASE)
    shutil.rmtree(root)
    tar.unlink()


def build(made: Engine, image: str, target: str = "") -> None:
    """The project's Dockerfile, on the base. Certificates and what was downloaded before are this machine's."""
    more = ["--target", target] if target else []
    if CERTIFICATES.exists():
        more += ["--volume", f"{CERTIFICATES.parent}:{CERTIFICATES.parent}:ro"]
        more += [part for name in ("SSL_CERT_FILE", "PIP_CERT") for part in ("--build-arg", f"{name}={CERTIFICATES}")]
    if (cache := Path(os.environ.get("UV_CACHE_DIR", ""))).is_dir() and cache != Path("."):
        more += ["--volume", f"{cache}:/root/.cache/uv"]
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"):
        if value := os.environ.get(name):
            more += ["--env", f"{name}={value}"]
    made.podman("build", "--quiet", "--layers", "--network", "host", "--build-arg", f"BASE={BASE}", *more,
                "-t", image, ROOT, seconds=900)  # fmt: skip


def build_postgres(made: Engine, image: str) -> None:
    """A stand-in for the official image, under its name."""
    (folder := made.run / "postgres").mkdir(exist_ok=True)
    (folder / "Containerfile").write_text(POSTGRES.format(base=BASE))
    (folder / "entrypoint").write_text(ENTRYPOINT)
    made.podman("build", "--quiet", "--layers", "--network", "host", "-t", image, folder)


def derived(file: Path, into: Path, settings: Mapping[str, str]) -> Path:
    """The compose file as podman-compose 1.6 with podman 4.3 can run it; all else is as it stands.

    No `depends_on`: without systemd nothing is ever healthy by itself, and after an init that has ended the others do
    not start. The harness keeps that order. `settings`: Airflow's, over those of the file.
    """
    found = yaml.safe_load(file.read_text(encoding="utf-8"))
    for one in found["services"].values():
        one.pop("depends_on", None)
        if "AIRFLOW__CORE__EXECUTOR" in one.get("environment", {}):
            one["environment"] |= settings
    into.write_text(yaml.safe_dump(found, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return into


@dataclass
class Compose:
    """One project of podman-compose."""

    engine: Engine
    file: Path
    env: Path
    project: str

    @property
    def command(self) -> list[str]:
        program = str(Path(sys.executable).with_name("podman-compose"))
        bare = "--podman-run-args=--read-only-tmpfs=false"  # as Docker has it
        return [program, bare, "-p", self.project, "--env-file", str(self.env), "-f", str(self.file)]

    def __call__(self, *words: str, **more: Any) -> str:
        return said([*self.command, *words], self.engine.environment, **more)

    def script(self, name: str, *words: str | Path, **more: str) -> str:
        """One of deploy/'s scripts with this in place of `docker compose`."""
        environment = {**self.engine.environment, "COMPOSE": " ".join(self.command), **more}
        return said(["sh", str(ROOT / "deploy" / name), *map(str, words)], environment)

    def container(self, service: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = json.loads(self.engine.podman("inspect", f"{self.project}_{service}_1"))
        return found[0]

    def healthy(self, service: str) -> bool:
        name = f"{self.project}_{service}_1"
        done = subprocess.run(
            ["podman", "healthcheck", "run", name], env=self.engine.environment, capture_output=True, check=False
        )
        return done.returncode == 0

    def log(self, service: str, lines: int = 40) -> str:
        done = subprocess.run(
            ["podman", "logs", "--tail", str(lines), f"{self.project}_{service}_1"], env=self.engine.environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
        )  # fmt: skip
        return done.stdout

    def folder(self, volume: str) -> Path:
        """Where a volume lies on this machine."""
        says = json.loads(self.engine.podman("volume", "inspect", f"{self.project}_{volume}"))
        return Path(says[0]["Mountpoint"])

    def memory(self, service: str) -> int:
        """What a container's processes have in memory, what they share counted in parts (PSS), in bytes."""
        rows = self.engine.podman("top", f"{self.project}_{service}_1", "hpid").split()[1:]
        return sum(_pss(int(pid)) for pid in rows if pid.isdecimal())  # `?`: ended while it was being listed


def _pss(pid: int) -> int:
    try:
        rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(row.split()[1]) * 1024 for row in rows if row.startswith("Pss:")), 0)
