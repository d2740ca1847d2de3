"""What the authority decides about its packages: one settings file (register/authority.py reads and checks it)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Profile = Literal["eark-2.2.0", "fgs-2.0", "fgs-1.2"]
Checksum = Literal["SHA-256", "SHA-512", "MD5"]
Handling = Literal["accept", "normalise", "warn", "refuse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """An organisation: its name, and its code as archives write it (`ORG:212000-0142`, `VAT:…`, `Local:…`)."""

    name: str
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StampAuthority:
    """Who stamps the time (RFC 3161). `roots` is a PEM file with the certificates that are trusted for it."""

    name: str
    url: str
    roots: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything an authority must be able to set. The defaults are those of the invented district."""

    creator: Body = Body(name="Exempelviks stadsdelsnämnd", code="ORG:000000-0000")  # arkivbildare
    submitter: Body = Body(name="Exempelviks stadsdelsförvaltning", code="ORG:000000-0000")  # levererande
    archive: Body = Body(name="Exempelviks stadsarkiv", code="ORG:000000-0001")  # arkivmyndighet
    contact: str = "Arkivfunktionen (arkiv@exempelvik.example)"  # a function and its mailbox, no person
    agreement: str = ""  # leveransöverenskommelse, anslutningsplan
    reference: str = ""  # referenskod
    cases: Mapping[int, str] = field(default_factory=dict)  # year → diary number of the year's collective case
    classification: str = ""  # klassificering
    secrecy: str = ""  # secrecy for all accounts, where the register says nothing of its own
    rights: str = (
        "SE; tryckfrihetsförordningen (1949:105) 2 kap., offentlighets- och sekretesslagen (2009:400), "
        "arkivlagen (1990:782)"
    )
    disposal: str = ""  # gallringsbeslut
    prefix: str = "exv"  # first part of a package's name, a–z and 0–9: the archival creator's short code
    profile: Profile = "eark-2.2.0"
    formats: tuple[str, ...] = ("eark_sip",)  # the first one is the package; the others stand beside it
    checksum: Checksum = "SHA-256"  # in METS; SHA-256 and SHA-512 are in PREMIS in any case
    language: Literal["sv", "en"] = "sv"  # of the reading copy and of LASMIG.txt
    policy: Mapping[str, Handling] = field(default_factory=dict)  # PRONOM id → handling, over the shipped policy
    print_posts: int = 2000  # the most posts and comments that the print holds one by one
    stamps: tuple[StampAuthority, ...] = ()
    schemas: str = ""  # a folder with the XML schemas; empty: those that `make` laid beside the environment

    def case_of(self, year: int) -> str:
        """The diary number of the year's collective case (the key 0 stands for every year), or empty."""
        return self.cases.get(year) or self.cases.get(0, "")
