"""What a value may be: the specifications' lists, and how a date, a size or a reference is written.

Source: DILCISVocabulariesIP.xml and DILCISVocabulariesSIP.xml of 2.2.0 with the terms of 2.1.0, mets.xsd; seen 2026-11.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from archive_formats.checks.media_types import MEDIA_TYPES

CATEGORIES: Final = frozenset(
    """
    Textual works - Print|Textual works - Digital|Textual works - Electronic Serials|
    Digital Musical Composition (score-based representations)|Musical Scores - Print|Musical Scores - Digital|
    Photographs - Print|Photographs - Digital|Other Graphic Images - Print|Other Graphic Images - Digital|Microforms|
    Audio - On Tangible Medium (digital or analog)|Audio - Media-independent (digital)|
    Motion Pictures - Digital and Physical Media|Video - File-based and Physical Media|Software|
    Software and Video Games|Email|Datasets|Geospatial Data|Geographic Information System (GIS) - Vector Data|
    GIS Raster and Georeferenced Images|GIS Vector and Raster Combined|Non-GIS Cartographic|
    2D and 3D Computer Aided Design|Design (schematics, architectural drawings) - Print|
    Scanned 3D Objects (output from photogrammetry scanning)|Databases|Websites|Web Archives|Collection|Event|Image|
    Interactive resource|Moving image|Sound|Still image|Text|Physical object|Service|Mixed|Other
    """.replace("|\n", "|").replace("\n", "").replace("    ", "").strip().split("|")
)
CONTENT_TYPES: Final = frozenset(
    """
    ERMS|SIARD1|SIARD2|SIARDDK|GeoData|Geodata|citscarchival_v1_0|citsarchival_v1_0|citserms_v2_1|citserms_v2_2|
    citspremis_v1_0|citspremis_v1_0_1|citsehpj_v1_0|citsehcr_v1_0|citssiard_v1_0|citssiard_v1_1|citsgeospatial_v3_0|
    MIXED|OTHER
    """.replace("\n", "").replace(" ", "").split("|")
)
LISTS: Final[dict[str, frozenset[str]]] = {
    "category": CATEGORIES,
    "content": CONTENT_TYPES,
    "package": frozenset(("SIP", "AIP", "DIP", "AIU", "AIC")),
    "status": frozenset(("CURRENT", "SUPERSEDED")),
    "record": frozenset(
        ("NEW", "SUPPLEMENT", "REPLACEMENT", "REPLEACEMENT", "TEST", "VERSION", "DELETE", "OTHER")
    ),  # the vocabulary's own slip of the pen is among them
    "metadata": frozenset(
        (
            "MARC", "MODS", "EAD", "EAC-CPF", "DC", "NISOIMG", "LC-AV", "VRA", "TEIHDR", "DDI", "FGDC", "LOM", "PREMIS",
            "PREMIS:OBJECT", "PREMIS:AGENT", "PREMIS:RIGHTS", "PREMIS:EVENT", "TEXTMD", "METSRIGHTS", "AES60-2011",
            "ISO 19115:2003 NAP", "CRDO", "ISO", "OTHER",
        )
    ),
    "checksum": frozenset(
        (
            "Adler-32", "CRC32", "HAVAL", "MD5", "MNP", "SHA-1", "SHA-256", "SHA-384", "SHA-512", "TIGER", "WHIRLPOOL",
        )
    ),
}
_DATE: Final = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")


def fault(kind: str, value: str | None) -> str:
    """What is wrong with a value: "" if nothing, "–" if it is not there, else the value itself."""
    if value is None or not value.strip():
        return "–"
    return "" if kind == "some" or _right(kind, value) else value


def moment(value: str) -> datetime | None:
    """A date as METS writes it, as UTC where no offset is told."""
    if not _DATE.fullmatch(value):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@lru_cache(4096)  # a million files have few dates and types
def _right(kind: str, value: str) -> bool:
    if kind.startswith("="):
        return value == kind[1:]
    if kind == "date":
        return moment(value) is not None
    if kind == "size":
        return value.isascii() and value.isdigit() and len(value) < 20
    if kind == "media":
        return value.partition(";")[0].strip().lower() in MEDIA_TYPES
    if kind == "category":
        return value.replace("\N{EN DASH}", "-") in CATEGORIES
    return value in LISTS[kind]
