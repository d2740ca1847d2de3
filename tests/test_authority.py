"""The settings file: read whole, and every fault of it told at once."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from model.errors import BadInput
from model.settings import Settings
from register import authority
from register.authority import read, recipients
from tests.captures import settings_file

EXAMPLE = Path(__file__).parent.parent / "docs" / "examples" / "installningar.toml"
FORMATS = frozenset({"eark_sip", "bagit"})


def faults(tmp_path: Path, text: str) -> str:
    (tmp_path / "s.toml").write_text(text)
    with pytest.raises(BadInput) as raised:
        read(tmp_path / "s.toml", FORMATS)
    return str(raised.value)


def test_the_example_is_read_with_every_setting_in_it() -> None:
    found = read(EXAMPLE, FORMATS)

    assert found.creator.name == "Exempelviks stadsdelsnämnd"
    assert (found.agreement, found.reference, found.prefix) == ("EXV-2026-04", "SE/EXV/0001", "exv")
    assert (found.case_of(2026), found.case_of(2031)) == ("EXV 2026/114", "EXV (ej diariefört)")
    assert found.formats == Settings().formats
    assert found.policy == {"fmt/41": "accept"}


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    told = faults(
        tmp_path,
        'kortnamn = "Å"\nprofil = "x"\nformat = ["zip"]\nutskrift = -1\nstavfel = 1\n[arkivbildare]\nnamn = ""\n'
        '[arkivmyndighet]\nnamn = "A"\nkod = "utan kolon"\nmer = 1\n[arende]\n26 = "x"\n'
        '[formatpolicy]\n"fmt/x" = "warn"\n[[tidsstampling]]\nnamn = "Å"\n'
        'adress = "ftp://x"\nrotcertifikat = "borta.pem"\n',
    )

    for each in ("kortnamn", "profil", "format", "utskrift", "stavfel", "arkivbildare.namn", "levererande: saknas",
                 "arkivmyndighet.kod", "arkivmyndighet.mer", "arende.26", "formatpolicy.fmt/x", "tidsstampling.namn",
                 "tidsstampling.adress", "tidsstampling.rotcertifikat"):  # fmt: skip
        assert f"  - {each}" in told
    assert "14 fel" in told


@pytest.mark.parametrize("text", ["kontakt = ", "\x00", "[arende", "arende = 1", "tidsstampling = 1", "format = 3"])
def test_what_is_no_settings_file_is_told(text: str, tmp_path: Path) -> None:
    assert "s.toml" in faults(tmp_path, text)


STAMP = '[[tidsstampling]]\nnamn = "stampel"\nadress = "https://s.exempelvik.example/tsr"\nrotcertifikat = "rot.pem"\n'
BUCKET = '[lagring]\nadress = "https://s3.exempelvik.example"\nbucket = "exv-arkiv"\nmyndighet = "exv"\n'


def pem(folder: Path) -> None:
    """A root certificate, made here."""
    subject = ["-subj", "/CN=Exempelvik", "-days", "30", "-nodes", "-newkey", "rsa:2048"]
    out = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "rot.pem")]
    subprocess.run(["openssl", "req", "-x509", *subject, *out], check=True, capture_output=True)


def test_the_example_tells_of_every_setting_there_is(tmp_path: Path) -> None:
    text = re.sub(r"(?m)^# (?=\[|[a-z_]+ = )", "", EXAMPLE.read_text(encoding="utf-8"))
    (tmp_path / "s.toml").write_text(text, encoding="utf-8")
    given = tomllib.loads(text)

    assert given.keys() == authority.KNOWN
    assert given["lagring"].keys() == authority.OF_STORE
    pem(tmp_path)
    for name in ("lager-rot.pem", "stampel-rot.pem"):
        (tmp_path / name).write_bytes((tmp_path / "rot.pem").read_bytes())
    found = read(tmp_path / "s.toml", FORMATS)
    assert found.store == "s3"
    assert found.bucket
    assert found.bucket.keys["owner"] == "s3-owner"
    assert [one.name for one in found.stamps] == ["stampel"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('format = [["eark_sip"]]', "format: ska vara namn"),
        ('kontakt = "   "', "kontakt: ska vara"),
        ('leveransoverenskommelse = " "', "leveransoverenskommelse: ska vara en beteckning"),
        ('rattigheter = "OSL (2009:400) 21 kap. 1 §"', "rattigheter: ska vara landets kod, semikolon, lagarna"),
        ('profil = "fgs-1.2"', "profil: fgs-1.2 behöver"),
        (STAMP, "rot.pem: i filen finns inget certifikat"),
        (STAMP + STAMP, "'stampel' står på flera tjänster"),
        ('[lagring]\nbucket = "exv-arkiv"', "lagring.adress: saknas"),
        (BUCKET.replace("https:", "http:"), "lagring.adress: ska vara https://"),
        (BUCKET.replace("exv-arkiv", "Exv_Arkiv"), "lagring.bucket: ska vara 4 till 50 tecken"),
        (BUCKET + 'certifikat = "borta.pem"', "borta.pem: det finns ingen sådan fil"),
        (BUCKET + 'certifikat = "rot.pem"', "rot.pem: i filen finns inget certifikat"),
        (BUCKET + "lasta_dagar = 0", "lagring.lasta_dagar: ska vara ett antal dagar"),
        (BUCKET + 'nyckel = "hemlig"', "lagring.nyckel: det finns ingen sådan inställning"),
        (BUCKET + '[lagring.nycklar]\nchef = "s3"', "lagring.nycklar.chef: ska vara inmatning"),
        ("lagring = 1", "lagring: skrivs under en egen rad"),
        ("[avslut]\nannonsdagar = -1", "avslut.annonsdagar: ska vara"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_by_its_name(text: str, fault: str, tmp_path: Path) -> None:
    (tmp_path / "rot.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")

    assert fault in faults(tmp_path, text)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="kan inte läsas"):
        read(tmp_path / "borta.toml", FORMATS)


def test_mails_go_to_functions_that_there_are_and_to_addresses(tmp_path: Path) -> None:
    told = faults(
        tmp_path,
        '[mottagare]\nchef = "a@b.example"\ndrift = ["ja@b.example", "nej"]\nstrateg = 3\n'
        'arkivarie = "Kim <kim@b.example>"\nkommunikator = "a@b.example, c@b.example"\n',
    )

    for each in ("chef: ska vara arkivarie, strateg", "drift", "strateg", "arkivarie", "kommunikator"):
        assert f"  - mottagare.{each}" in told
    assert read(EXAMPLE, FORMATS).recipients["operations"] == ("drift@exempelvik.example",)


def test_who_is_told_of_a_broken_file_is_read_out_of_it(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text('stavfel = 1\n[mottagare]\ndrift = "d@b.example"\nstrateg = "nej"\n')

    assert recipients(tmp_path / "s.toml") == {"operations": ("d@b.example",)}


def test_whom_letters_about_an_account_go_to_is_told_by_its_id_or_its_responsible_function(tmp_path: Path) -> None:
    path = settings_file(tmp_path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("[redaktorer]", '[redaktorer]\n"exempelvik-facebook" = ["fb@exempelvik.example"]'))
    assert read(path, FORMATS).editors == {
        "exempelvik-facebook": ("fb@exempelvik.example",),
        "kommunikationschef": ("kommunikation@exempelvik.example",),
    }

    path.write_text(text.replace("[redaktorer]", '[redaktorer]\nchef = "ring mig"'))
    with pytest.raises(BadInput, match=r"redaktorer\.chef: ska vara en eller flera e-postadresser"):
        read(path, FORMATS)
