"""PDFBox Preflight, Debian's: whether it accepts a file as PDF/A-1b."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.servers.policy import needed

_JARS = (
    "preflight", "pdfbox2", "fontbox2", "xmpbox", "commons-logging", "commons-io", "javax.activation", "jaxb-api",
)  # fmt: skip


def faults(file: Path) -> str:
    """What Preflight has against the file; empty where it is valid PDF/A-1b."""
    jars = [Path("/usr/share/java") / f"{name}.jar" for name in _JARS]
    if (java := shutil.which("java")) is None or not all(jar.exists() for jar in jars):
        needed("PDFBox Preflight is not on this machine: apt-get install default-jre-headless libpdfbox2-java")
    command = [java, "-cp", ":".join(map(str, jars)), "org.apache.pdfbox.preflight.Validator_A1b", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode == 0 and "is a valid PDF/A-1b file" in done.stdout:
        return ""
    return done.stdout + done.stderr or f"exit status {done.returncode}"
