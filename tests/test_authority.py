"""The settings file: read whole, and every fault of it told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from model.errors import BadInput
from model.settings import Settings
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
