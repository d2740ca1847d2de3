"""The package as E-ARK SIP: what others' validators and schemas say, what is refused, what stays the same."""

from __future__ import annotations

import io
import json
import os
import shutil
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256, sha512
from pathlib import Path
from typing import Any

import pygfried
import pytest
from lxml import etree
from PIL import Image, ImageChops

from archive_formats import _schemas, eark_sip
from archive_formats._copies import copied
from archive_formats._facts import place, visible
from archive_formats._pronom import Format, Formats, _policy, quick
from archive_formats._zip import Zip
from model.capture import files
from model.errors import BadInput, NotWhole
from model.made import Made
from model.nouns import Media, Package
from model.settings import Body, Bucket, Profile, Settings
from tests.captures import NOON, order, post
from tests.commons_ip import failed, report
from tests.fakes.pictures import picture
from tests.made_packages import Ready, anew, made, ready
from tests.made_packages import Zip as Zipped
from tests.servers.policy import shared

SETTINGS = Settings(
    agreement="LA 2026:1", reference="SE/EX/1", cases={2026: "EX 9/26"}, classification="1.4.2",
    secrecy="OSL 21:1", disposal="Gallringsbeslut 2026:3",
)  # fmt: skip
SUPPLIED = {"skärmbild 1.png": picture("png", "skarm", 700), "export/a.txt": b"hej\n"}
NAMES = {
    "mets": "http://www.loc.gov/METS/", "premis": "http://www.loc.gov/premis/v3", "xlink": "http://www.w3.org/1999/xlink",
    "ead": "http://ead3.archivists.org/schema/", "csip": "https://DILCIS.eu/XML/METS/CSIPExtensionMETS",
}  # fmt: skip
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


def packed(of: Ready, settings: Settings = SETTINGS, target: Path | None = None) -> Package:
    capture, order, folder = of
    return eark_sip.pack(capture, order, folder, settings, target or capture.parent / "p.zip")


def inside(package: Package | Path) -> dict[str, bytes]:
    """Every file of a package, by its path below the root folder."""
    with zipfile.ZipFile(package.path if isinstance(package, Package) else package) as bag:
        return {name.partition("/")[2]: bag.read(name) for name in bag.namelist()}


def xml(package: Package, name: str) -> Any:
    return etree.fromstring(inside(package)[name])


def found(node: Any, path: str) -> list[Any]:
    return list(node.xpath(path, namespaces=NAMES))


# What others say


STATUSES = pytest.mark.parametrize(
    ("settings", "more"),
    [
        (SETTINGS, {}),
        (Settings(), {"status": "TEST"}),
        (replace(SETTINGS, checksum="SHA-512"), {"status": "SUPPLEMENT", "previous": "exv_mastodon_2025_annual_1a2b"}),
        (replace(SETTINGS, checksum="MD5"), {"status": "REPLACEMENT", "replaces": "exv_mastodon_2026_annual_9f9f"}),
    ],
    ids=["whole", "with no settings", "a later year", "a re-run"],
)


@STATUSES
def test_commons_ip_finds_nothing_wrong(settings: Settings, more: dict[str, Any], tmp_path: Path) -> None:
    package = packed(ready(tmp_path, supplied=SUPPLIED, **more), settings)

    said = report(Path(package.path))

    assert failed(said) == []
    assert (said["summary"]["result"], said["summary"]["errors"], said["summary"]["warnings"]) == ("VALID", 0, 0)


@STATUSES
def test_commons_ip_finds_only_its_own_fault_in_fgs_2(settings: Settings, more: dict[str, Any], tmp_path: Path) -> None:
    package = packed(ready(tmp_path, supplied=SUPPLIED, **more), replace(settings, profile="fgs-2.0"))

    said = report(Path(package.path), "2.1.0")

    assert failed(said) == ["SIP2"]  # it asks for a PROFILE that SIP 2.1.0 does not have
    assert said["summary"]["warnings"] == 0


@pytest.mark.parametrize("profile", ["eark-2.2.0", "fgs-2.0", "fgs-1.2"])
def test_every_xml_file_is_as_its_schema_asks(profile: Profile, tmp_path: Path) -> None:
    package = packed(ready(tmp_path, supplied=SUPPLIED), replace(SETTINGS, profile=profile))

    files = inside(package)
    faults = [(name, fault) for name, data in files.items() for fault in _against_schema(name, data)]

    assert faults == []
    assert sum(_schema(name) is not None for name in files) == (7 if profile == "fgs-1.2" else 11)


def _schema(name: str) -> str | None:
    file = name.rpartition("/")[2]
    known = {"METS.xml": "mets.xsd", "ead.xml": "ead3.xsd", "sip.xml": "fgs"}
    return "premis-v3-0.xsd" if file.startswith("premis") and file.endswith(".xml") else known.get(file)


def _against_schema(name: str, data: bytes) -> list[str]:
    if (schema := _schema(name)) is None:
        return []
    checker = (
        etree.XMLSchema(etree.parse(str(shared("schemas/fgs-1.2/CSPackageMETS.xsd"))))
        if schema == "fgs"
        else _schemas.validator(schema, _schemas.folder())
    )
    checker.validate(etree.fromstring(data))
    return [str(error.message) for error in checker.error_log]


def test_the_fgs_extension_attributes_are_those_of_the_schema(tmp_path: Path) -> None:
    package = packed(ready(tmp_path), replace(SETTINGS, profile="fgs-1.2"))
    schema = etree.parse(str(shared("schemas/fgs-1.2/CSPackageExtensionMETS.xsd")))
    known = {node.get("name"): node for node in schema.iterfind("{*}attribute")}

    met = {
        (etree.QName(key).localname, value)
        for node in xml(package, "sip.xml").iter()
        for key, value in node.attrib.items()
        if etree.QName(key).namespace == "ExtensionMETS"
    }

    for name, value in met:
        allowed = [choice.get("value") for choice in known[name].iter("{*}enumeration")]
        assert not allowed or value in allowed, (name, value)
    assert {"ARCHIVALNAME", "ACCESSRESTRICT", "APPRAISAL", "STARTDATE", "OAISSTATUS"} <= {name for name, _ in met}


def test_sha256sum_accepts_the_listing(tmp_path: Path) -> None:
    package = packed(ready(tmp_path, supplied=SUPPLIED))
    with zipfile.ZipFile(package.path) as bag:
        bag.extractall(tmp_path / "unpacked")

    done = subprocess.run(
        ["sha256sum", "--check", "--strict", package.listing], cwd=tmp_path / "unpacked", capture_output=True, text=True
    )

    listed = [line[66:] for line in Path(package.listing).read_text().splitlines()]
    assert (done.returncode, listed) == (0, sorted(listed))
    assert set(listed) == {
        str(path.relative_to(tmp_path / "unpacked")) for path in (tmp_path / "unpacked").rglob("*") if path.is_file()
    }


# What is in it


def test_a_package_says_what_it_is(tmp_path: Path) -> None:
    package = packed(ready(tmp_path))

    assert (package.order, package.format, package.verdict) == (order().id, "eark_sip", "whole")
    assert package.size == Path(package.path).stat().st_size
    assert package.sha256 == sha256(Path(package.path).read_bytes()).hexdigest()
    assert eark_sip.check(Path(package.path)) == []


def test_a_package_holds_every_sealed_byte(tmp_path: Path) -> None:
    capture, _, folder = of = ready(tmp_path, supplied=SUPPLIED)
    held = set(inside(packed(of)).values())

    assert [each["path"] for each in files(capture) if (capture / each["path"]).read_bytes() not in held] == []
    for group in ("content", "reading", "documentation"):
        assert all(path.read_bytes() in held for path in (folder / group).rglob("*") if path.is_file())


@pytest.mark.parametrize("profile", ["eark-2.2.0", "fgs-1.2"])
def test_every_file_of_the_capture_can_be_read_out_of_it(profile: Profile, tmp_path: Path) -> None:
    capture, _, folder = of = ready(tmp_path, supplied={**SUPPLIED, "A.TXT": b"one", "a.txt": b"other"})
    package = packed(of, replace(SETTINGS, profile=profile))

    for entry in [*files(capture), {"path": "seal.jsonl"}]:
        lines = b"".join(eark_sip.read(Path(package.path), entry["path"]))
        assert lines == (capture / entry["path"]).read_bytes(), entry["path"]
    for name in ("content/posts.csv", "reading/index.html", "documentation/LASMIG.txt"):
        assert b"".join(eark_sip.read(Path(package.path), name)) == (folder / name).read_bytes()


@pytest.mark.parametrize("profile", ["eark-2.2.0", "fgs-2.0", "fgs-1.2"])
def test_a_package_is_known_by_its_mark_in_every_profile(profile: Profile, tmp_path: Path) -> None:
    assert eark_sip.MARK in inside(packed(ready(tmp_path), replace(SETTINGS, profile=profile)))


def test_what_is_not_there_cannot_be_read(tmp_path: Path) -> None:
    package = packed(ready(tmp_path))

    with pytest.raises(NotWhole, match=r"nothing\.json"):
        list(eark_sip.read(Path(package.path), "nothing.json"))


def test_the_header_names_those_who_answer_and_what_they_agreed_on(tmp_path: Path) -> None:
    package = packed(ready(tmp_path, status="SUPPLEMENT", previous="exv_2025"))
    header = found(xml(package, "METS.xml"), "mets:metsHdr")[0]

    agents = {(node.get("ROLE"), node.get("TYPE")): node.findtext("mets:name", namespaces=NAMES) for node in header[:5]}
    records = [(node.get("TYPE"), node.text) for node in found(header, "mets:altRecordID")]

    assert header.get("RECORDSTATUS") == "SUPPLEMENT"
    assert agents == {
        ("CREATOR", "OTHER"): "Årsring", ("ARCHIVIST", "ORGANIZATION"): SETTINGS.creator.name,
        ("CREATOR", "ORGANIZATION"): SETTINGS.submitter.name, ("PRESERVATION", "ORGANIZATION"): SETTINGS.archive.name,
        ("OTHER", "INDIVIDUAL"): SETTINGS.contact,
    }  # fmt: skip
    assert records == [
        ("SUBMISSIONAGREEMENT", "LA 2026:1"), ("REFERENCECODE", "SE/EX/1"), ("DIARYNUMBER", "EX 9/26"),
        ("PREVIOUSREFERENCECODE", "exv_2025"),
    ]  # fmt: skip


def test_the_capture_is_an_event_from_its_first_answer_to_its_last(tmp_path: Path) -> None:
    package = packed(ready(tmp_path))

    (event,) = found(xml(package, "metadata/preservation/premis.xml"), "premis:event[premis:eventType='capture']")

    text = etree.tostring(event, encoding="unicode")
    assert "2026-12-01T11:00:01.000000Z/2026-12-01T11:00:02.000000Z" in text
    assert "posts: announced 3, captured 3, accounted 0; whole" in text
    assert event.findtext(".//premis:eventOutcome", namespaces=NAMES) == "success"


def test_every_agent_and_object_that_premis_links_to_is_described(tmp_path: Path) -> None:
    package = packed(ready(tmp_path, supplied=SUPPLIED))
    sheets = [etree.fromstring(data) for name, data in inside(package).items() if name.endswith("premis.xml")]

    for sheet in sheets:
        agents = set(found(sheet, "premis:agent/premis:agentIdentifier/premis:agentIdentifierValue/text()"))
        linked = set(found(sheet, "//premis:linkingAgentIdentifierValue/text()"))
        assert linked <= agents
    objects = {each for sheet in sheets for each in found(sheet, "//premis:objectIdentifierValue/text()")}
    assert {
        each for sheet in sheets for each in found(sheet, "//premis:linkingObjectIdentifierValue/text()")
    } <= objects
    events = [each for sheet in sheets for each in found(sheet, "//premis:eventIdentifierValue/text()")]
    assert len(set(events)) > 8


def test_premis_and_mets_tell_the_same_hashes(tmp_path: Path) -> None:
    package = packed(ready(tmp_path, supplied=SUPPLIED))
    files = inside(package)

    told = 0
    for name, data in files.items():
        if name.startswith("representations/") and name.endswith("premis.xml"):
            for node in found(etree.fromstring(data), "premis:object[premis:objectCharacteristics]"):
                path = node.findtext(".//premis:objectIdentifierValue", namespaces=NAMES).partition("/")[2]
                digests = [each.text for each in found(node, ".//premis:messageDigest")]
                assert digests == [sha256(files[path]).hexdigest(), sha512(files[path]).hexdigest()]
                told += 1
    assert told == sum("/data/" in name for name in files)


def test_premis_tells_which_run_it_was_and_who_started_it(tmp_path: Path) -> None:
    package = packed(ready(tmp_path, run={"dag": "arkiv_arlig", "run": "r1", "started_by": "robin"}))

    premis = inside(package)["metadata/preservation/premis.xml"]

    for said in (b"dag: arkiv_arlig", b"run: r1", b"started_by: robin"):
        assert said in premis


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"status": "SUPPLEMENT", "previous": "exv_2025"}, ["has sibling", "supplements"]),
        ({"status": "REPLACEMENT", "replaces": "exv_old"}, ["replaces"]),
        ({"status": "NEW"}, []),
    ],
)
def test_a_package_names_those_before_it(more: dict[str, Any], said: list[str], tmp_path: Path) -> None:
    premis = xml(packed(ready(tmp_path, **more)), "metadata/preservation/premis.xml")

    how = found(premis, "premis:object[1]/premis:relationship/premis:relationshipSubType/text()")

    assert [each for each in how if each not in ("is part of", "has part")] == said


def test_where_packages_go_is_nothing_to_their_bytes(tmp_path: Path) -> None:
    of = ready(tmp_path)
    there = replace(SETTINGS, store="s3", bucket=Bucket(endpoint="https://s3.example", bucket="exv"))

    one, other = (packed(of, settings, tmp_path / f"{n}.zip") for n, settings in enumerate((SETTINGS, there)))

    assert Path(one.path).read_bytes() == Path(other.path).read_bytes()


def test_premis_says_by_what_law_and_with_what_secrecy_it_may_be_given_out(tmp_path: Path) -> None:
    """What the register says of the account's secrecy comes before what the settings say of all."""
    account = replace(order().account, secrecy="OSL 23:1")
    package = packed(ready(tmp_path, of=replace(order(), account=account)))
    premis = xml(package, "metadata/preservation/premis.xml")

    def texts(name: str) -> list[str]:
        return [one.text for one in premis.iterfind(f".//{{*}}{name}")]

    assert texts("rightsBasis") == ["statute"]
    assert texts("statuteJurisdiction") == ["SE"]
    assert "2009:400" in texts("statuteCitation")[0]
    assert texts("statuteNote") == ["sekretess: OSL 23:1", "gallring: Gallringsbeslut 2026:3"]
    assert texts("act") == ["disseminate"]


def test_the_description_says_secrecy_disposal_and_what_is_missing(tmp_path: Path) -> None:
    text = inside(packed(ready(tmp_path)))["metadata/descriptive/ead.xml"].decode()

    for each in (
        "OSL 21:1",
        "Gallringsbeslut 2026:3",
        "EX 9/26",
        "LA 2026:1",
        "fullständig",
        "Sociala medier",
        "1.4.2",
    ):
        assert each in text


# The same bytes


def test_the_same_capture_gives_the_same_bytes_on_another_day_and_another_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = packed(ready(tmp_path / "one", supplied=SUPPLIED))
    capture, of, folder = ready(tmp_path / "other place", supplied=SUPPLIED)
    for path in (tmp_path / "other place").rglob("*"):
        os.utime(path, (1, 1))
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    monkeypatch.setenv("LC_ALL", "C")
    time.tzset()
    before = os.umask(0o077)
    try:
        second = packed((capture, of, folder))
    finally:
        os.umask(before)
        monkeypatch.undo()
        time.tzset()

    assert Path(first.path).read_bytes() == Path(second.path).read_bytes()
    assert Path(first.listing).read_bytes() == Path(second.listing).read_bytes()


def test_another_process_with_another_hash_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    capture, _, folder = of = ready(tmp_path)
    first = packed(of)
    script = (
        "import sys; from pathlib import Path; from archive_formats import eark_sip\n"
        "from model.capture import order_of\n"
        "from tests.test_eark_sip import SETTINGS\n"
        "capture, made, target = map(Path, sys.argv[1:])\n"
        "eark_sip.pack(capture, order_of(capture), made, SETTINGS, target)"
    )

    subprocess.run(
        [sys.executable, "-c", script, str(capture), str(folder), str(tmp_path / "again.zip")],
        env=os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": str(Path(__file__).parents[1])}, check=True,
    )  # fmt: skip

    assert Path(first.path).read_bytes() == (tmp_path / "again.zip").read_bytes()


def test_a_package_that_is_there_is_not_written_again(tmp_path: Path) -> None:
    of = ready(tmp_path)
    before = packed(of)
    os.utime(before.path, (1, 1))

    again = packed(of)

    assert (again, Path(again.path).stat().st_mtime) == (before, 1)


def test_a_package_that_is_there_as_it_was_noted_is_hashed_and_not_looked_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked through before it is delivered; without its note, when it is found too."""
    of, looked = ready(tmp_path), list[Path]()
    before = packed(of)
    monkeypatch.setattr(eark_sip, "check", lambda path: looked.append(path) or [])  # type: ignore[func-returns-value]

    assert packed(of) == before
    assert looked == []
    Path(before.path).with_suffix(".packed").unlink()
    assert packed(of) == before
    assert looked == [Path(before.path)]


@pytest.mark.parametrize("what", ["settings", "made", "bytes", "listing"])
def test_a_package_of_something_else_is_written_again(what: str, tmp_path: Path) -> None:
    capture, of, folder = ready(tmp_path)
    before = packed((capture, of, folder))
    settings = replace(SETTINGS, creator=Body(name="En annan")) if what == "settings" else SETTINGS
    if what == "made":
        made(capture, of, status="TEST")
    if what == "bytes":
        with Path(before.path).open("r+b") as file:
            file.seek(5000)
            file.write(b"\0\1\2")
    if what == "listing":
        Path(before.listing).unlink()
    os.utime(before.path, (1, 1))

    after = packed((capture, of, folder), settings)

    assert Path(after.path).stat().st_mtime != 1
    assert eark_sip.check(Path(after.path)) == []


# What is never packed


@pytest.mark.parametrize("part", ["items.jsonl", "media/*", "raw/*", "order.json", "supplied/*.png"])
@pytest.mark.parametrize("how", ["flipped", "longer", "gone"])
def test_a_touched_capture_is_never_packed(part: str, how: str, tmp_path: Path) -> None:
    capture, _, _ = of = ready(tmp_path, supplied=SUPPLIED)
    (path,) = capture.glob(part)
    _touch(path, how)

    with pytest.raises(NotWhole) as caught:
        packed(of)

    assert path.name in str(caught.value)
    assert list(tmp_path.glob("p*")) == []


@pytest.mark.parametrize(
    "part", ["content/posts.json", "reading/index.html", "documentation/LASMIG.txt", "media.jsonl"]
)
@pytest.mark.parametrize("how", ["flipped", "longer"])
def test_what_was_made_and_touched_is_never_packed(part: str, how: str, tmp_path: Path) -> None:
    _, _, folder = of = ready(tmp_path)
    _touch(folder / part, how)

    with pytest.raises(NotWhole):
        packed(of)

    assert list(tmp_path.glob("p*")) == []


def _touch(path: Path, how: str) -> None:
    data = path.read_bytes()
    if how == "gone":
        path.unlink()
    elif how == "longer":
        path.write_bytes(data + b"\n")
    else:
        path.write_bytes(data[:-3] + bytes([data[-3] ^ 1]) + data[-2:])


def test_a_broken_seal_is_named(tmp_path: Path) -> None:
    capture, _, _ = of = ready(tmp_path)
    _touch(capture / "seal.jsonl", "flipped")

    with pytest.raises(NotWhole, match="the seal is broken"):
        packed(of)

    assert list(tmp_path.glob("p*")) == []


def test_what_is_not_made_to_its_end_is_not_packed(tmp_path: Path) -> None:
    _, _, folder = of = ready(tmp_path)
    (folder / "made.jsonl").unlink()

    with pytest.raises(NotWhole, match="not finished"):
        packed(of)


def test_a_missing_schema_is_named_before_anything_is_written(tmp_path: Path) -> None:
    schemas = tmp_path / "scheman"
    shutil.copytree(_schemas.folder(), schemas)
    (schemas / "ead3.xsd").unlink()
    (schemas / "mets.xsd").write_text("<other/>")

    with pytest.raises(BadInput) as caught:
        packed(ready(tmp_path), replace(SETTINGS, schemas=str(schemas)))

    assert [fault.partition(":")[0] for fault in caught.value.faults] == ["mets.xsd", "ead3.xsd"]
    assert list(tmp_path.glob("p*")) == []


def test_a_format_that_the_policy_refuses_is_named_with_every_file(tmp_path: Path) -> None:
    of = ready(tmp_path, supplied=SUPPLIED)

    with pytest.raises(BadInput) as caught:
        packed(of, replace(SETTINGS, policy={"fmt/11": "refuse", "fmt/43": "refuse"}))

    assert [fault.partition(": ")[2] for fault in caught.value.faults] == [
        "fmt/43 JPEG File Interchange Format 1.01", "fmt/11 Portable Network Graphics 1.0",
    ]  # fmt: skip
    assert list(tmp_path.glob("p*")) == []


def test_a_format_that_the_policy_warns_of_is_named_in_premis(tmp_path: Path) -> None:
    package = packed(ready(tmp_path, supplied={"x.bin": b"\1\2\3"}), replace(SETTINGS, policy={"fmt/43": "warn"}))

    sheets = [
        xml(package, f"representations/{name}/metadata/preservation/premis.xml") for name in ("content", "manual")
    ]
    notes = [found(sheet, "//premis:eventOutcomeDetailNote") for sheet in sheets]

    assert [note.text.split("/")[0:3] for note in notes[0]] == [["warn: representations", "content", "data"]]
    assert [note.text for note in notes[1]] == ["warn: representations/manual/data/x.bin (fmt/208)"]


def test_a_picture_to_normalise_gets_a_copy_beside_it(tmp_path: Path) -> None:
    package = packed(ready(tmp_path), replace(SETTINGS, policy={"fmt/43": "normalise"}))
    files = inside(package)
    premis = xml(package, "representations/content/metadata/preservation/premis.xml")

    (copy,) = [name for name in files if "/normalised/" in name]
    (original,) = [name for name in files if "/data/media/" in name]
    (event,) = found(premis, "premis:event[premis:eventType='normalization']")
    derived = found(premis, "//premis:object[premis:relationship/premis:relationshipType='derivation']")

    with Image.open(io.BytesIO(files[original])) as one, Image.open(io.BytesIO(files[copy])) as other:
        assert (other.format, other.size, other.tobytes()) == ("PNG", one.size, one.tobytes())
    assert event.findtext(".//premis:eventOutcomeDetailNote", namespaces=NAMES) == "1 copies of 1 files"
    assert original in etree.tostring(derived[-1], encoding="unicode")
    assert report(Path(package.path))["summary"]["result"] == "VALID"
    assert eark_sip.check(Path(package.path)) == []


@pytest.mark.parametrize(
    ("kind", "more", "became"),
    [("WEBP", {"quality": 80}, ".jpg"), ("WEBP", {"lossless": True}, ".png"), ("AVIF", {}, ".png")],
)
def test_a_copy_looks_like_the_original(kind: str, more: dict[str, Any], became: str, tmp_path: Path) -> None:
    path = tmp_path / f"x.{kind.lower()}"
    Image.linear_gradient("L").convert("RGB").save(path, kind, **more)
    head = path.read_bytes()
    with path.open("rb") as file:
        known = Formats({}).of(str(path), file, head[:4096], head[-16:])

    with (tmp_path / "copy").open("wb+") as out:
        assert copied(path, known, out) == became

    with Image.open(path) as one, Image.open(tmp_path / "copy") as other:
        assert max(high for _, high in ImageChops.difference(one, other).getextrema()) < 4


def test_a_picture_that_is_none_has_no_copy(tmp_path: Path) -> None:
    (tmp_path / "x.webp").write_bytes(b"RIFF\0\0\0\0WEBPVP8 nothing")

    with (tmp_path / "copy").open("wb+") as out:
        assert copied(tmp_path / "x.webp", Format("fmt/566"), out) == ""
        assert copied(tmp_path / "x.webp", Format("fmt/199"), out) == ""

    assert (tmp_path / "copy").read_bytes() == b""


def test_fgs_1_2_asks_for_an_agreement_or_a_number(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="submission agreement"):
        packed(ready(tmp_path), Settings(profile="fgs-1.2"))


# What is odd


def test_characters_that_xml_forbids_are_shown(tmp_path: Path) -> None:
    settings = replace(SETTINGS, classification="a\x1b[0mb\x00\ud800\ufffec")
    of = order()
    of = replace(of, account=replace(of.account, unit="Enhet\x07", purpose="\x02 syfte"))
    package = packed(ready(tmp_path, of=of), settings)

    text = inside(package)["metadata/descriptive/ead.xml"].decode()

    assert "a␛[0mb␀\ufffd\ufffdc" in text
    assert "Enhet␇" in text
    assert "Enhet␇" in inside(package)["METS.xml"].decode()
    assert visible("å\t\n😀") == "å\t\n😀"


def test_a_supplied_file_with_any_name_finds_a_place(tmp_path: Path) -> None:
    names = ["å" * 90 + ".png", "a b.png", "a_b.png", "Ä.PNG", "x" * 120 + ".txt", "mapp/ö/ü.txt"]
    of = ready(tmp_path, supplied={name: name.encode() for name in names})
    package = packed(of)

    stored = [name for name in inside(package) if name.startswith("representations/manual/data/")]

    assert len(stored) == len(names)
    assert all(len(part) <= 100 and part.isascii() for name in stored for part in name.split("/"))
    assert eark_sip.check(Path(package.path)) == []
    for name in names:
        assert b"".join(eark_sip.read(Path(package.path), f"supplied/{name}")) == name.encode()
    assert name in inside(package)["representations/manual/metadata/preservation/premis.xml"].decode()


def test_a_name_of_300_characters_has_a_place_of_its_own() -> None:
    one, other = place("x" * 300 + ".png"), place("x" * 299 + "y.png")

    assert one != other
    assert max(len(one), len(other)) <= 100
    assert place("plain-name_1.png") == "plain-name_1.png"


def test_a_file_of_no_bytes_is_packed(tmp_path: Path) -> None:
    package = packed(ready(tmp_path, supplied={"tom.txt": b"", "tom": b""}))

    assert inside(package)["representations/manual/data/tom.txt"] == b""
    assert report(Path(package.path))["summary"]["result"] == "VALID"


def test_a_size_has_room_for_any_file(tmp_path: Path) -> None:
    """A film of 5 GB was packed by hand; what it needs is that sizes and places always stand in ZIP64's fields."""
    with Zip(tmp_path / "z", NOON, ()) as out:
        out.add("p/x", [b"one", b"two"])

    data = (tmp_path / "z").read_bytes()

    assert data[18:26] == b"\xff" * 8
    assert data[33:53] == struct.pack("<HHQQ", 1, 16, 6, 6)
    with zipfile.ZipFile(tmp_path / "z") as bag:
        assert bag.read("p/x") == b"onetwo"


def test_more_files_than_a_zip_of_old_could_hold_can_be_read(tmp_path: Path) -> None:
    with Zip(tmp_path / "z", NOON, ("sha256",), b"a note") as out:
        for number in range(70_000):
            out.add(f"p/{number:05}", [b"x"])

    with zipfile.ZipFile(tmp_path / "z") as bag:
        assert len(bag.namelist()) == 70_000
        assert (bag.read("p/69999"), bag.comment) == (b"x", b"a note")


# What check finds


def _other(part: str, data: Callable[[bytes], bytes | None]) -> Callable[[Zipped], Zipped]:
    def change(entries: Zipped) -> Zipped:
        changed = [(entry, data(old) if entry.filename.endswith(part) else old) for entry, old in entries]
        return [(entry, new) for entry, new in changed if new is not None]

    return change


def flipped(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


@pytest.mark.parametrize("profile", ["eark-2.2.0", "fgs-1.2"])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_other("posts.csv", flipped), "other content"),
        (_other("posts.csv", lambda data: data + b" "), "bytes"),
        (_other("items.jsonl", lambda data: None), "and missing"),
        (_other("ead.xml", flipped), "other content"),
        (lambda entries: [*entries, (zipfile.ZipInfo(entries[0][0].filename + "x"), b"x")], "not in its METS"),
        (lambda entries: [*entries, (zipfile.ZipInfo("elsewhere/x"), b"x")], "one folder"),
        (lambda entries: [*entries, (zipfile.ZipInfo("../x"), b"x")], "one folder"),
        (lambda entries: [each for each in entries if each[0].filename.count("/") > 1], "METS.xml is missing"),
    ],
    ids=["flipped", "longer", "missing", "metadata", "unlisted", "two folders", "leads out", "no METS"],
)
def test_a_package_that_is_not_as_its_mets_says_is_found(
    profile: Profile, change: Callable[[Zipped], Zipped], said: str, tmp_path: Path
) -> None:
    package = Path(packed(ready(tmp_path), replace(SETTINGS, profile=profile)).path)

    anew(package, change)

    assert said in "\n".join(eark_sip.check(package))


def test_a_changed_mets_of_a_representation_is_found(tmp_path: Path) -> None:
    package = Path(packed(ready(tmp_path)).path)

    anew(package, _other("raw/METS.xml", flipped))

    assert "representations/raw/METS.xml: other content" in "\n".join(eark_sip.check(package))


def test_a_package_that_was_packed_anew_is_found(tmp_path: Path) -> None:
    package = Path(packed(ready(tmp_path)).path)

    anew(package, lambda entries: entries, zipfile.ZIP_DEFLATED)

    assert "compressed" in "\n".join(eark_sip.check(package))


@pytest.mark.parametrize("at", [10, 14, 20, 28, -90, -120, -200])
def test_a_byte_between_the_files_is_found_by_the_next_packing(at: int, tmp_path: Path) -> None:
    """Whoever unpacks a package and packs it anew has changed none of its files: only the receipt tells that."""
    made = ready(tmp_path)
    package = Path(packed(made).path)
    due = package.read_bytes()
    data = bytearray(due)
    data[at] ^= 1
    package.write_bytes(data)

    packed(made)

    assert package.read_bytes() == due


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\3\4" + bytes(100)])
def test_what_is_no_package_is_said_to_be_none(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "p.zip").write_bytes(data)

    assert "cannot be read" in "\n".join(eark_sip.check(tmp_path / "p.zip"))
    with pytest.raises(NotWhole):
        list(eark_sip.read(tmp_path / "p.zip", "items.jsonl"))


# Formats


POSTS = b'{"@context": ["https://www.w3.org/ns/activitystreams", {}], "orderedItems": [\n{"content": "%s"}\n]}\n'


def _samples() -> Iterator[tuple[str, bytes]]:
    for kind in ("jpg", "png", "gif", "webp", "mp4"):
        for size in (0, 900, 70_000, 1_200_000):
            yield f"{size}.{kind}", picture(kind, "prov", size)
    yield "exif.jpg", picture("jpg", "x", 900).replace(b"JFIF\0", b"Exif\0", 1)
    yield "cut.jpg", picture("jpg", "x", 900)[:-9]
    yield "no.png", picture("jpg", "x", 900)
    yield "page.html", b"<!DOCTYPE html><html></html>"
    yield "old.html", b"<html><body>x</body></html>"
    yield "a.csv", b"id,text\r\n1,x\r\n"
    yield "a.jsonl", b'{"id": 1}\n'
    yield "posts.json", POSTS % b"Hej"
    for chunk in (b"iTXt", b"iCCP", b"sRGB", b"sPLT", b"tEXt"):
        yield f"{chunk.decode()}.png", picture("png", "x", 900).replace(b"paDd", chunk)
    box = b"\0\0\0\x08moov"
    for brand in (b"isom", b"mp42", b"iso5", b"M4A ", b"3gp4", b"qt  "):
        yield f"{brand.decode().strip()}.mp4", b"\0\0\0\x18ftyp" + brand + b"\0\0\2\0isommp42" + box
    yield "no film.mp4", b"\0\0\0\x18ftypisom\0\0\2\0isommp42\0\0\0\x0cmdatabcd"
    yield "late.mp4", b"\0\0\0\x18ftypisom\0\0\2\0isommp42\0\0\0\x0cmdatabcd" + box


@pytest.mark.parametrize(("name", "data"), list(_samples()), ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_known_by_its_first_bytes_is_what_siegfried_says(name: str, data: bytes, tmp_path: Path) -> None:
    _same(tmp_path / name, data)


def test_the_world_s_own_pictures_are_what_siegfried_says(tmp_path: Path) -> None:
    kinds = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".mp4")
    real = [path for path in shared("realdata").rglob("*") if path.suffix.lower() in kinds and path.stat().st_size]

    for path in real:
        _same(path, path.read_bytes())

    assert len(real) > 10


def _same(path: Path, data: bytes) -> None:
    if not path.exists():
        path.write_bytes(data)
    with path.open("rb") as file:
        known = quick(file, data[:4096], data[-16:], path.suffix.lower())

    assert known in ("", pygfried.identify(str(path))), path.name


def test_posts_that_quote_another_format_are_json_and_siegfried_is_not_asked(tmp_path: Path) -> None:
    """It would hold a file as large as the account, and take a post about HTML for HTML."""
    path = tmp_path / "posts.json"
    path.write_bytes(POSTS % b"<html><head></head></html>")

    with path.open("rb") as file:
        known = Formats({}).of(str(path), file, path.read_bytes()[:4096], path.read_bytes()[-16:])

    assert pygfried.identify(str(path)) == "fmt/96"
    assert (known.puid, known.mime, known.handling) == ("fmt/817", "application/json", "accept")


def test_commons_ip_accepts_the_media_type_of_whatever_there_is(tmp_path: Path) -> None:
    """It refuses a package for a type that its list does not have, such as image/webp."""
    odd = {f"{number}{name}": data for number, (name, data) in enumerate(_samples())} | {
        "a.sqlite": b"SQLite format 3\0"
    }
    package = packed(ready(tmp_path, supplied=odd))

    assert failed(report(Path(package.path))) == []


def test_a_warc_is_known_for_what_it_is_inside_its_gzip(tmp_path: Path) -> None:
    package = packed(ready(tmp_path))

    premis = xml(package, "representations/raw/metadata/preservation/premis.xml")

    assert found(premis, "//premis:formatRegistryKey/text()") == ["fmt/1355"]


def test_the_policy_names_each_format_as_pronom_does(tmp_path: Path) -> None:
    """What Siegfried tells of the samples' formats is what the policy calls them."""
    told = {}
    for name, data in _samples():
        (tmp_path / name).write_bytes(data)
        for match in pygfried.identify(str(tmp_path / name), detailed=True)["files"][0]["matches"]:
            told[match["id"]] = (match["format"], match["version"])

    known = {puid: (each["name"], each.get("version", "")) for puid, each in _policy().items()}

    assert {puid: known[puid] for puid in known if puid in told} == {puid: told[puid] for puid in known if puid in told}
    assert len(set(known) & set(told)) > 8
    assert all(each["handling"] in ("accept", "normalise", "warn", "refuse") for each in _policy().values())


def test_a_format_that_the_policy_does_not_name_is_warned_of_by_its_own_name(tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(b"\0\0\0\x18ftyp3gp4\0\0\2\0isommp42\0\0\0\x08moov")

    with path.open("rb") as file:
        known = Formats({}).of(str(path), file, path.read_bytes(), b"")

    assert (known.puid, known.handling) == ("fmt/357", "warn")
    assert "3GPP" in known.name


def test_media_that_an_earlier_package_has_are_left_out(tmp_path: Path) -> None:
    items = [post(1, media=(Media(id="a", url="https://x.example/a"),)), post(2, media=(Media(id="b", url="https://x.example/b"),))]  # fmt: skip # noqa: E501
    capture, of, folder = ready(tmp_path, items=items)
    lines = (folder / "media.jsonl").read_text().splitlines(keepends=True)
    _without_media(folder, lines[0])

    package = packed((capture, of, folder))

    stored = [name for name in inside(package) if "/data/media/" in name]
    assert stored == [f"representations/content/data/{json.loads(lines[0])['path']}"]
    assert eark_sip.check(Path(package.path)) == []


def _without_media(folder: Path, lines: str) -> None:
    """Make the folder again with these lines in media.jsonl."""
    old = folder.rename(folder.with_name("old"))
    with Made(folder) as out:
        for path in sorted(old.rglob("*")):
            name = str(path.relative_to(old))
            if path.is_file() and name != "made.jsonl":
                out.text(name, lines if name == "media.jsonl" else path.read_text())
