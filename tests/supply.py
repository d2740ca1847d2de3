"""What the project is made of: `python -m tests.supply audit` asks for known holes in it, `sbom` writes the list.

Both run other people's tools (tests/security.lock) in a folder of their own, `make security`: nothing of them is
installed beside the product. pip-audit calls a lock clean of which it could look up nothing; so one package is asked
for first, and where no service answers, that is what is said.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.servers.policy import needed

ROOT = Path(__file__).parent.parent
TOOLS = ROOT / ".venv" / "security"  # `make security`
LOCKS = ("requirements.lock", "schemas.lock")
SERVICES = ("pypi", "osv")
SBOM = "sbom.cdx.json"
VERSION = "1.6"  # of CycloneDX
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+).*?(?=^\S|\Z)", re.MULTILINE | re.DOTALL)


def pins(text: str) -> dict[str, str]:
    """Each pin of a lock with all that belongs to it, by name and version; two where two markers have the same."""
    return {f"{found[1]}=={found[2]}": found[0] for found in _PIN.finditer(text)}


def audit(lock: str = LOCKS[0]) -> int:
    """Say which packages of the lock have known holes: 1 where one has, or where a pin has no hash."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    every = pins(text)
    if bare := [name for name, block in every.items() if "--hash=sha256:" not in block]:
        print(f"{lock}: without a hash: {', '.join(bare)}")
        return 1
    first = "".join(line for line in next(iter(every.values())).splitlines(keepends=True) if "#" not in line)
    for service in SERVICES:
        if _asked(service, first) is not None:
            return _told(lock, service, _asked(service, text) or [])
    print(
        f"{lock}: no vulnerability service can be reached from here ({', '.join(SERVICES)}). Nothing is known of holes "
        f"in its {len(every)} packages. Each has its hashes, and is installed by them alone (--require-hashes)."
    )
    return 1 if os.environ.get("AUDIT") == "required" else 0


def _told(lock: str, service: str, found: list[dict[str, Any]]) -> int:
    bad = [one for one in found if one.get("vulns")]
    for one in bad:
        for hole in one["vulns"]:
            print(
                f"{one['name']} {one['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'none'}"
            )
    skipped = sum("skip_reason" in one for one in found)
    print(f"{lock}: {len(found)} packages, {len(bad)} with known holes, {skipped} unknown to {service}.")
    return 1 if bad else 0


def _asked(service: str, text: str) -> list[dict[str, Any]] | None:
    """What pip-audit says of some pins; None where the service knows none of them, or does not answer."""
    words = (
        "--disable-pip",
        "--require-hashes",
        "--progress-spinner",
        "off",
        "-s",
        service,
        "-f",
        "json",
        "-r",
        "/dev/stdin",
    )
    done = _tool("pip_audit", *words, given=text)
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, LookupError):
        return None
    return found if any("vulns" in one for one in found) else None


def sbom(target: Path) -> int:
    """Write the list of all that is delivered: the packages of the locks with their hashes, and the fonts."""
    text = "".join((ROOT / lock).read_text(encoding="utf-8") for lock in LOCKS)
    words = ("--pyproject", str(ROOT / "pyproject.toml"), "--output-reproducible", "--sv", VERSION, "--no-validate")
    done = _tool("cyclonedx_py", "requirements", "-", *words, given=text)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        return done.returncode
    made = json.loads(done.stdout)
    for one in made["components"]:
        one.pop("description", None)  # the line of the lock, hashes and all, once more
    made["components"] += [_font(path) for path in sorted((ROOT / "reading" / "fonts").glob("*.ttf"))]
    target.write_text(json.dumps(made, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{target}: CycloneDX {VERSION}, {len(made['components'])} components.")
    return 0


def _font(path: Path) -> dict[str, Any]:
    name = path.relative_to(ROOT).as_posix()
    digest = sha256(path.read_bytes()).hexdigest()
    return {"type": "file", "bom-ref": name, "name": name, "version": "2.37",
            "description": "DejaVu, as it was published",
            "licenses": [{"license": {"name": "DejaVu Fonts License"}}],
            "hashes": [{"alg": "SHA-256", "content": digest}]}  # fmt: skip


_CHECK = f"""
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
check = JsonStrictValidator(SchemaVersion.from_version({VERSION!r}))
for path in sys.argv[1:]:
    print(str(check.validate_str(open(path, encoding="utf-8").read()) or "").replace("\\n", " "))
"""


def faults(*paths: Path) -> list[str]:
    """What CycloneDX's own schema has against each list; empty texts where they are valid."""
    done = _tool("-c", _CHECK, *map(str, paths), given="")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def _tool(*words: str, given: str) -> subprocess.CompletedProcess[str]:
    """One of the tools, run with this Python and their folder in front."""
    if not TOOLS.is_dir():
        needed(f"{TOOLS} is not there. Run: make security")
    module = () if words[0] == "-c" else ("-m",)
    return subprocess.run(
        [sys.executable, "-W", "ignore", *module, *words], input=given, env=os.environ | {"PYTHONPATH": str(TOOLS)},
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit({"audit": audit, "sbom": lambda: sbom(ROOT / SBOM)}[sys.argv[1]]())
