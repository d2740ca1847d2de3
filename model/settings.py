"""What the authority decides about its packages: one settings file (register/authority.py reads and checks it)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Profile = Literal["eark-2.2.0", "fgs-2.0", "fgs-1.2"]
Checksum = Literal["SHA-256", "SHA-512", "MD5"]
Handling = Literal["accept", "normalise", "warn", "refuse"]
FUNCTIONS = ("archivist", "strategist", "communicator", "operations")  # whom mails are for
IDENTITIES = ("ingest", "reader", "custodian", "owner")  # who may do what in an object store: stores/_policy.py


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
class Bucket:
    """Where an object store keeps the archive, and by what names its identities' keys are found (never the keys).

    A key is a JSON object with `access_key` and `secret_key`, or an Airflow connection with them as login and password.
    """

    endpoint: str  # https://s3.exempelvik.example
    bucket: str  # made with versions and Object Lock by `arsring store init`
    authority: str = "exempelvik"  # the first part of every key: a–z, 0–9, dash
    region: str = "us-east-1"
    trusted: str = ""  # a PEM file, where the server's certificate is by an authority of your own
    lock_days: int = 7  # the bucket's default: so long nothing can be removed by anybody
    account: str = ""  # the tenant in the principals of policies, where the server has one
    users: Mapping[str, str] = field(default_factory=lambda: {one: one for one in IDENTITIES})  # names there, or ARNs
    keys: Mapping[str, str] = field(default_factory=lambda: {one: f"s3-{one}" for one in IDENTITIES})

    @property
    def scratch(self) -> str:
        """The bucket in which `arsring store doctor` tries things out."""
        return f"{self.bucket}-prov"

    @property
    def staging(self) -> str:
        """The bucket of captures under way: nothing in it is locked."""
        return f"{self.bucket}-pagaende"


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
    store: str = "folder"  # the store that packages go to: a module of stores
    bucket: Bucket | None = None  # where the store is s3
    recipients: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # function → mailboxes: FUNCTIONS
    editors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # account or responsible → mailboxes
    imprint: tuple[str, ...] = ()  # what every account's presentation must have: who it is, how to reach us
    privacy: str = ""  # the page about personal data that every account must link to
    notice_days: int = 30  # so long an account says itself that it will be closed, before it is archived
    schemas: str = ""  # a folder with the XML schemas; empty: those that `make` laid beside the environment

    @property
    def decided(self) -> "Settings":
        """The same without what is nothing to a package: where things lie on this machine, and whom mails go to."""
        stamps = tuple(replace(one, url="", roots="") for one in self.stamps)  # LASMIG.txt names them
        same = replace(self, stamps=stamps, schemas="", store="folder", bucket=None)
        return replace(same, recipients={}, editors={}, notice_days=0, imprint=(), privacy="")

    def case_of(self, year: int) -> str:
        """The diary number of the year's collective case (the key 0 stands for every year), or empty."""
        return self.cases.get(year) or self.cases.get(0, "")
