"""Ways to break a good package: the 23 of ../shared/reference/package-standards.md 4.2, each with the rules that tell.

A fault of the producer is made before the checksums are: then `rehash` writes them anew, so that they do not tell.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from lxml import etree

M = "{http://www.loc.gov/METS/}"
HREF = "{http://www.w3.org/1999/xlink}href"
CSIP = "{https://DILCIS.eu/XML/METS/CSIPExtensionMETS}"
REP = Path("representations/content")
POSTS = REP / "data" / "posts.json"


@dataclass(frozen=True)
class Breakage:
    """One way to break a package (a folder), and the rules by which it must be refused."""

    what: str
    rules: tuple[str, ...]
    do: Callable[[Path], None]


def rehash(package: Path) -> None:
    """Write sizes and checksums anew in every METS, those of the representations first."""
    for path in (*sorted(package.glob("representations/*/METS.xml")), package / "METS.xml"):
        if path.exists():
            edit(path, _measure_all)


def edit(path: Path, change: Callable[[Any, Path], None]) -> None:
    """Change an XML file as a tree."""
    tree = etree.parse(path)
    change(tree.getroot(), path)
    tree.write(path, encoding="utf-8", xml_declaration=True)


def _measure_all(root: Any, path: Path) -> None:
    for element in root.iter(f"{M}file", f"{M}mdRef"):
        link = element if element.tag == f"{M}mdRef" else element.find(f"{M}FLocat")
        target = path.parent / link.get(HREF)
        if target.is_file():
            data = target.read_bytes()
            element.set("SIZE", str(len(data)))
            element.set("CHECKSUM", sha256(data).hexdigest())


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _flip_mets(package: Path) -> None:
    path = package / REP / "METS.xml"
    path.write_bytes(path.read_bytes().replace(b'LABEL="', b'LABEL=" ', 1))


def _extra(package: Path) -> None:
    (package / REP / "data" / "extra.txt").write_text("nobody knows me")


def _rename(package: Path) -> None:
    edit(package / "METS.xml", lambda root, path: root.set("OBJID", "another"))


def _no_date(package: Path) -> None:
    edit(package / REP / "METS.xml", lambda root, path: root.find(f".//{M}file").attrib.pop("CREATED"))
    rehash(package)


def _same_id(package: Path) -> None:
    def twice(root: Any, path: Path) -> None:
        first, second, *_ = root.iter(f"{M}file")
        second.set("ID", first.get("ID"))

    edit(package / "METS.xml", twice)


def _points_nowhere(package: Path) -> None:
    edit(package / "METS.xml", lambda root, path: root.find(f".//{M}fptr").set("FILEID", "nowhere"))


def _bad_premis(package: Path) -> None:
    path = package / "metadata/preservation/premis.xml"
    edit(path, lambda root, _: root[0].append(etree.Element("{http://www.loc.gov/premis/v3}invented")))
    rehash(package)


def _wrong_size(package: Path) -> None:
    edit(package / REP / "METS.xml", lambda root, path: root.find(f".//{M}file").set("SIZE", "1"))
    edit(package / "METS.xml", _measure_all)


def _wrong_type(package: Path) -> None:
    edit(package / "METS.xml", lambda root, _: root.find(f"{M}metsHdr").set(f"{CSIP}OAISPACKAGETYPE", "NONSENSE"))


def _leads_out(package: Path) -> None:
    edit(package / "METS.xml", lambda root, _: root.find(f".//{M}FLocat").set(HREF, "../../outside.txt"))


def _bad_ead(package: Path) -> None:
    path = package / "metadata/descriptive/ead.xml"
    edit(path, lambda root, _: root.append(etree.Element(f"{{{etree.QName(root).namespace}}}invented")))
    rehash(package)


def _not_iana(package: Path) -> None:
    edit(package / REP / "METS.xml", lambda root, _: root.find(f".//{M}file").set("MIMETYPE", "application/x-nonsense"))
    rehash(package)


def _premis_differs(package: Path) -> None:
    path = package / REP / "metadata/preservation/premis.xml"
    name = "{http://www.loc.gov/premis/v3}messageDigest"
    edit(path, lambda root, _: setattr(root.find(f".//{name}"), "text", "0" * 64))
    rehash(package)


def _cut_record(package: Path) -> None:
    path = next((package / "representations/raw/data").glob("*.warc.gz"))
    path.write_bytes(path.read_bytes()[:-20])
    rehash(package)


def _no_day(package: Path) -> None:
    edit(package / "METS.xml", lambda root, _: root.find(f"{M}metsHdr").set("CREATEDATE", "yesterday"))


def _no_software(package: Path) -> None:
    def remove(root: Any, path: Path) -> None:
        header = root.find(f"{M}metsHdr")
        header.remove(header.find(f"{M}agent[@OTHERTYPE='SOFTWARE']"))

    edit(package / "METS.xml", remove)


def _bad_json(package: Path) -> None:
    (package / POSTS).write_bytes((package / POSTS).read_bytes()[:-3])
    rehash(package)


def _no_division(root: Any, path: Path) -> None:
    div = root.find(f".//{M}div[@LABEL='Representations/content']")
    div.getparent().remove(div)


def _no_group(root: Any, path: Path) -> None:
    _no_division(root, path)
    group = next(one for one in root.iter(f"{M}fileGrp") if one.get("USE").startswith("Representations/content"))
    group.getparent().remove(group)


BREAKAGES = (
    Breakage("a bit of a payload file is flipped", ("CSIP71",), lambda p: _flip(p / POSTS)),
    Breakage("a representation's METS is changed", ("CSIP71",), _flip_mets),
    Breakage("a payload file is gone", ("FILE1",), lambda p: (p / POSTS).unlink()),
    Breakage("a file that no METS names", ("FILE2",), _extra),
    Breakage("a representation's METS is gone", ("CSIP110", "FILE1"), lambda p: (p / REP / "METS.xml").unlink()),
    Breakage("the root METS is gone", ("CSIPSTR4",), lambda p: (p / "METS.xml").unlink()),
    Breakage("OBJID is not the folder's name", ("CSIP1",), _rename),
    Breakage("a file without CREATED", ("CSIP70",), _no_date),
    Breakage("an ID is used twice", ("XML5",), _same_id),
    Breakage("a pointer to nothing", ("XML6",), _points_nowhere),
    Breakage("PREMIS is not valid", ("XML3",), _bad_premis),
    Breakage("a wrong size", ("CSIP69",), _wrong_size),
    Breakage("a package type that does not exist", ("CSIP9", "SIP4"), _wrong_type),
    Breakage("a link leads out of the package", ("FILE3", "CSIP79"), _leads_out),
    Breakage("EAD is not valid", ("XML4",), _bad_ead),
    Breakage("a media type that does not exist", ("CSIP68",), _not_iana),
    Breakage("PREMIS has another checksum than METS", ("CONTENT3",), _premis_differs),
    Breakage("the record is cut short", ("CONTENT2",), _cut_record),
    Breakage("CREATEDATE is no date", ("CSIP7", "XML2"), _no_day),
    Breakage("the agent for the software is gone", ("CSIP12", "CSIP13"), _no_software),
    Breakage("JSON that is not JSON", ("CONTENT1",), _bad_json),
    Breakage("a representation is not in the structMap", ("CSIP105",),
             lambda p: edit(p / "METS.xml", _no_division)),
    Breakage("a representation is neither in fileSec nor in structMap", ("CSIP105", "CSIP114"),
             lambda p: edit(p / "METS.xml", _no_group)),
)  # fmt: skip


def broken(good: Path, where: Path, breakage: Breakage) -> Path:
    """A copy of a good package (a folder), broken in one way."""
    copy = where / good.name
    shutil.copytree(good, copy)
    breakage.do(copy)
    return copy
