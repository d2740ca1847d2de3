"""The register: every kind of fault is told, all at once, by row and column, never with a secret in it."""

import csv
import io
import string
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.errors import BadInput
from model.nouns import Account
from pipeline import line
from register import columns, table, texts

EXAMPLE = Path(__file__).parent.parent / "docs" / "examples" / "register.csv"
PLATFORMS = frozenset({"mastodon", "bluesky", "instagram"})
HEADING = "id;plattform;adress;enhet;ansvarig;syfte;diarienummer;nivå;sekretess;status;nyckel;mapp;tillval;instaloader"
WHOLE = (  # of the example: what the routine asks for
    "id;plattform;adress;visningsnamn;enhet;ansvarig;redaktörer;syfte;mål;målgrupp;diarienummer;formulärdatum;nivå;"
    "sekretess;gallringsbeslut;status;statusdatum;statusbeslut;nyckel;mapp;profilbild;tillval;instaloader"
)
GOOD = {
    "id": "exempelvik-mastodon",
    "plattform": "mastodon",
    "adress": "https://mastodon.example/@exempelvik",
    "enhet": "Kommunikation",
    "ansvarig": "kommunikationschef",
    "syfte": "Nyheter",
    "diarienummer": "EXV 2024/0117",
    "nivå": "hela",
    "sekretess": "",
    "status": "aktivt",
    "nyckel": "mastodon-exempelvik",
    "mapp": "",
    "tillval": "",
    "instaloader": "",
}
TOKENS = [
    "EAAGm0PX4ZCpsBAKZCbGZAbcDEFghIJK",
    "eaagm0px4zcpsbakzcbgzabcdefghijk",
    "Bearer abcdefghijklmnop",
    "https://namn:losenord@mastodon.example/",
    "0123456789abcdef0123456789abcdef",
    "8c5d1f3e-0a6b-4c1d-9e2f-7a8b9c0d1e2f",
    "abcd-efgh-2345-mnop",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXI",
    "ya29.a0AfB_byCdEfGhIjKlMnOp",
    "UoKGzXk_93bSm2-QwErTyUiOpAsDfGhJkLzXcVbNm12",
    "mastodon-0a1b2c3d4e5f6a7b8c9d",
    "20261234567890123456",
]


NO_IDS = ["ab", "a" * 61, "Exempelvik", "a_b", "å-1", "../a", "-ab", "ab-", "a b", "a\nb"]
NO_ADDRESSES = [
    "mastodon.example/@a",
    "ftp://a.example/",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "https://",
    "https:///a",
    "https://a b.example/",
    "https://a.example\\@b.example/",
    "https://[::1/",
    "https://a.example:port/",
    "https://a.example:99999/",
    "https://a..example/",
    "https://-a.example/",
    "https://a.example/\nX-Y: z",
    "https://a.example/\u200eb",
]


def row(**cells: str) -> str:
    """A row under HEADING that has no fault but what is given."""
    line = io.StringIO()
    csv.writer(line, delimiter=";", lineterminator="\n").writerow({**GOOD, **cells}.values())
    return line.getvalue().removesuffix("\n")


class Register:
    """A register file, and what reading it gives."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notes: list[str] = []

    def read(self, content: str | bytes, **options: Any) -> list[Account]:
        self.path.write_bytes(content.encode() if isinstance(content, str) else content)
        return table.read(self.path, tell=self.notes.append, **options)

    def faults(self, content: str | bytes, **options: Any) -> list[str]:
        with pytest.raises(BadInput) as caught:
            self.read(content, **options)
        return list(caught.value.faults)

    def rows(self, *lines: str, **options: Any) -> list[str]:
        return self.faults("\n".join([HEADING, *lines]) + "\n", **options)


@pytest.fixture
def register(tmp_path: Path) -> Register:
    return Register(tmp_path / "registret.csv")


# What is taken


def test_the_example_in_the_documentation_is_read_whole() -> None:
    accounts = table.read(EXAMPLE)

    assert len(accounts) == 8
    assert len({account.platform for account in accounts}) >= 6
    assert accounts[0] == Account(
        id="exempelvik-mastodon",
        platform="mastodon",
        address="https://mastodon.example/@exempelvik",
        display_name="Exempelvik",
        unit="Kommunikationsavdelningen",
        responsible="kommunikationschef",
        editors="kommunikatörer",
        purpose="Nyheter och dialog med invånarna",
        aim="Svar inom en arbetsdag",
        target_group="Invånare",
        case="EXV 2024/0117",
        case_date="2024-03-11",
        status_date="2024-04-02",
        status_decision="EXV 2024/0117",
        key="mastodon-exempelvik",
    )
    assert {account.level for account in accounts} == {"full", "unique", "overview"}
    assert {account.status for account in accounts} == {"active", "closing", "closed"}


def test_the_example_opens_well_in_excel_and_names_only_invented_places() -> None:
    raw = EXAMPLE.read_bytes()

    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.splitlines()[0].decode("utf-8-sig") == WHOLE
    assert all("exempelvik" in account.address for account in table.read(EXAMPLE))


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_accounts_written_in_english_and_read_again_are_the_same(
    register: Register, separator: str, bom: str, end: str
) -> None:
    accounts = table.read(EXAMPLE)
    file = io.StringIO()
    writer = csv.writer(file, delimiter=separator, lineterminator=end)
    writer.writerow(columns.COLUMNS)
    for account in accounts:
        cells = {field: getattr(account, field) for field in columns.COLUMNS}
        writer.writerow((cells | {"options": ",".join(account.options)}).values())

    assert register.read((bom + file.getvalue()).encode()) == accounts


@pytest.mark.parametrize(
    "heading",
    [
        "ID;Plattform;ADRESS;Nivå",
        " Konto-ID ; platform;\u00a0address ;NIVÅ",
        "konto id;plattform;adress;niva\u030a",
        '"id";"plattform";"adress";"level"',
        '\ufeff"id";"plattform";"adress";"level"',
        "sep=;\nid;plattform;adress;nivå",
        "\n;;;\nid;plattform;adress;nivå",
    ],
)
def test_headings_are_known_in_any_case_form_and_language(register: Register, heading: str) -> None:
    accounts = register.read(f"{heading}\na-1;Mastodon; https://a.example/@a ;Översiktsbild\n")

    assert accounts == [Account(id="a-1", platform="mastodon", address="https://a.example/@a", level="overview")]


@pytest.mark.parametrize(("written", "meant"), columns.LEVELS.items())
def test_every_word_for_a_level_is_understood(register: Register, written: str, meant: str) -> None:
    text = written.replace("-", " ").upper()

    assert register.read(f"{HEADING}\n{row(nivå=text)}")[0].level == meant


@pytest.mark.parametrize(("written", "meant"), columns.STATUSES.items())
def test_every_word_for_a_status_is_understood(register: Register, written: str, meant: str) -> None:
    assert register.read(f"{HEADING}\n{row(status=f' {written.title()} ')}")[0].status == meant


def test_letters_in_decomposed_form_come_out_composed(register: Register) -> None:
    accounts = register.read(unicodedata.normalize("NFD", f"{HEADING}\n{row(enhet='Östermalm')}"))

    assert accounts[0].unit == "Östermalm"


def test_three_columns_are_enough(register: Register) -> None:
    (account,) = register.read("id,platform,address\na-1,mastodon,http://127.0.0.1:3000/@a\n")

    assert (account.level, account.status, account.key, account.unit) == ("full", "active", None, "")


def test_empty_lines_and_empty_cells_after_the_last_column_do_no_harm(register: Register) -> None:
    accounts = register.read(f"{HEADING};;\n\n{row()};;\n;;;;;;;;;;;;\n  \n")

    assert [account.id for account in accounts] == ["exempelvik-mastodon"]


def test_an_account_that_no_connector_reads_stands_in_the_register_and_is_told(register: Register) -> None:
    rows = [row(id="film", plattform="YouTube", adress="https://youtube.example/@a"), row()]
    rows.append(row(id="slut", plattform="youtube", adress="https://youtube.example/@b", status="avslutat"))

    accounts = register.read("\n".join([HEADING, *rows]), platforms=PLATFORMS)

    assert [one.platform for one in accounts] == ["youtube", "mastodon", "youtube"]
    (note,) = [one for one in register.notes if "plattform" in one]
    assert note.startswith("registret.csv: Rad 2, kolumn ”plattform”: den plattformen kan inte läsas än, så kontot")
    assert "är okänd" in register.rows(row(plattform="youtub"), platforms=PLATFORMS)[0]


def test_the_example_can_be_used_as_it_is() -> None:
    assert len(table.read(EXAMPLE, platforms=line.names("connectors"), tell=lambda _: None)) == 8


@pytest.mark.parametrize(
    "address",
    [
        "https://facebook.example/profile.php?id=100000000000000000001",
        "https://youtube.example/channel/UCabcdefGHIJKLmnop1234567890abcdefGH",
        "https://östermalm.example/@a",
        "http://localhost:3000/@exempelvik",
        "http://[::1]:3000/@exempelvik",
        "https://mastodon.example/@exempelvik@annan.example",
    ],
)
def test_true_addresses_are_taken_as_they_are(register: Register, address: str) -> None:
    assert register.read(f"{HEADING}\n{row(adress=address)}")[0].address == address


@pytest.mark.parametrize("name", ["meta", "meta-exempelvik-2026", "facebook_exempelvik_kultur", "k1"])
def test_names_of_keys_are_taken(register: Register, name: str) -> None:
    assert register.read(f"{HEADING}\n{row(nyckel=name)}")[0].key == name


def test_a_register_from_before_the_last_three_columns_is_as_good_as_ever(register: Register) -> None:
    (account,) = register.read(f"{HEADING.rpartition(';mapp')[0]}\n{row().removesuffix(';;;')}")

    assert (account.folder, account.options, account.instaloader) == ("", (), "")


def test_a_folder_is_found_from_where_the_register_lies(register: Register, tmp_path: Path) -> None:
    for name in ("exporter", "annat"):
        (tmp_path / name).mkdir()
    rows = [row(mapp="exporter"), row(id="b-1", adress="https://b.example", mapp=str(tmp_path / "annat"))]

    accounts = register.read("\n".join([HEADING, *rows]))

    assert [account.folder for account in accounts] == [str(tmp_path / "exporter"), str(tmp_path / "annat")]
    assert register.notes == []


@pytest.mark.parametrize(
    ("written", "meant"),
    [("", ()), ("statistik", ("insights",)), (" Statistik , insights,", ("insights",))],
)
def test_options_are_words_between_commas(register: Register, written: str, meant: tuple[str, ...]) -> None:
    assert register.read(f"{HEADING}\n{row(tillval=written)}")[0].options == meant


@pytest.mark.parametrize("number", ["EXV 2026/0311", "KS 2026.311", "1.2.3-456/2026", "KS/2026:14", "311 / 26"])
def test_a_decision_is_known_by_its_number(register: Register, number: str) -> None:
    line = row(plattform="Instagram", adress="https://www.instagram.com/exempelvik", instaloader=number)

    assert register.read(f"{HEADING}\n{line}")[0].instaloader == number


# What is worth a look and no fault


def test_a_slip_in_a_column_that_only_describes_stops_nothing(register: Register) -> None:
    (account,) = register.read("id;plattform;adress;ansvarig;startdatum\na-1;mastodon;https://a.example/@a;chef;1/2\n")

    assert account.status_date == ""
    assert register.notes == [
        "registret.csv: Rad 1, kolumn ”startdatum”: rubriken är okänd och kolumnen läses inte, men den liknar "
        "”statusdatum”. Rätta stavningen om det är den."
    ]


@pytest.mark.parametrize("told", ["2/11 2026", "2026-11", "20261102", "2026-13-01", "2026-02-29", "i höstas"])
def test_a_date_that_is_none_is_told_and_stops_nothing(register: Register, told: str) -> None:
    (account,) = register.read(f"{HEADING};statusdatum\n{row()};{told}")

    assert account.status_date == told
    assert register.notes == [
        "registret.csv: Rad 2, kolumn ”statusdatum”: det är inget datum. Skriv år, månad och dag så här: 2026-11-02."
    ]


def test_the_profile_picture_is_found_from_where_the_register_lies(register: Register, tmp_path: Path) -> None:
    (tmp_path / "bild.png").write_bytes(b"\x89PNG")
    other = row(id="b-1", adress="https://b.example")

    accounts = register.read(f"{HEADING};profilbild\n{row()};bild.png\n{other};https://c.example/b.png")

    assert accounts[0].picture == str(tmp_path / "bild.png")
    assert len(register.notes) == 1
    assert register.notes[0].startswith("registret.csv: Rad 3, kolumn ”profilbild”: bilden finns inte")


def test_a_folder_that_is_not_there_is_told(register: Register) -> None:
    register.read(f"{HEADING}\n{row(mapp='exporter/saknas')}")

    assert len(register.notes) == 1
    assert register.notes[0].startswith("registret.csv: Rad 2, kolumn ”mapp”: mappen finns inte")


def test_an_own_column_is_told_and_not_read(register: Register) -> None:
    accounts = register.read("id;plattform;adress;ansvarig;Rum\na-1;mastodon;https://a.example/@a;chef;12\n")

    assert len(accounts) == 1
    assert len(register.notes) == 1
    assert register.notes[0].startswith("registret.csv: Rad 1, kolumn ”Rum”: rubriken är okänd")


def test_an_active_account_nobody_answers_for_is_told(register: Register) -> None:
    closed = row(id="b-1", adress="https://b.example", status="avslutat", ansvarig="")

    register.read(f"{HEADING}\n{row(ansvarig=' ')}\n{closed}")

    assert len(register.notes) == 1
    assert register.notes[0].startswith("registret.csv: Rad 2, kolumn ”ansvarig”: kontot är aktivt")


def test_a_register_without_the_responsible_is_told_once(register: Register) -> None:
    register.read("id;plattform;adress\na-1;mastodon;https://a.example/@a\nb-1;mastodon;https://b.example/@b\n")

    assert len(register.notes) == 1
    assert "”ansvarig” saknas" in register.notes[0]


# Faults of the file


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        table.read(tmp_path / "borta.csv")

    assert caught.value.faults == ("Filen finns inte. Kontrollera sökvägen och namnet.",)
    assert "borta.csv" in str(caught.value)


def test_a_folder_is_no_register(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        table.read(str(tmp_path))

    assert "går inte att öppna" in caught.value.faults[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Filen är tom"),
        (b"\xef\xbb\xbf\r\n  \r\n", "Filen är tom"),
        (b";;;\n;;;\n", "Filen är tom"),
        (b"PK\x03\x04\x14\0\x06\0", "Filen är en arbetsbok"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Filen är en arbetsbok"),
        (HEADING.encode("utf-16"), "UTF-16"),
        (b"\xfe\xff" + HEADING.encode("utf-16-be"), "UTF-16"),
        (HEADING.encode() + b"\nab\0c;", "nolltecken"),
        ((HEADING + "\n" + row(enhet="Östermalm på ön")).encode("mac-roman"), "går inte att känna igen"),
        (HEADING.encode() + b"\n\xff\x81\x8d", "går inte att känna igen"),
        (b"a" * ((5 << 20) + 1), "större än 5 MB"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(register: Register, content: bytes, said: str) -> None:
    faults = register.faults(content)

    assert len(faults) == 1
    assert said in faults[0]


def test_windows_1252_is_told_in_plain_words_together_with_the_other_faults(register: Register) -> None:
    faults = register.faults((HEADING + "\r\n" + row(enhet="Östermalm", nivå="hälften")).encode("cp1252"))

    assert "Windows-1252" in faults[0]
    assert faults[1].startswith("Rad 2, kolumn ”nivå”: nivån är okänd")
    assert len(faults) == 2


@pytest.mark.parametrize("broken", ['"exempelvik;mastodon', '"a" b;mastodon', "a;" + "b" * 140_000])
def test_a_row_that_cannot_be_read_is_told_after_the_faults_before_it(register: Register, broken: str) -> None:
    faults = register.rows(row(nivå="?"), broken, row(nivå="?"))

    assert len(faults) == 2
    assert faults[0].startswith("Rad 2, kolumn ”nivå”")
    assert faults[1].startswith("Rad 3: härifrån går filen inte att läsa")


# Faults of the heading row


def test_a_file_without_heading_row_is_told(register: Register) -> None:
    faults = register.faults(row() + "\n" + row(id="b-1"))

    assert len(faults) == 1
    assert faults[0].startswith("Rad 1: raden har inga kända rubriker")


def test_every_missing_mandatory_column_is_named(register: Register) -> None:
    assert register.faults("syfte;status\na;aktivt\n") == [
        f"Rad 1: kolumnen ”{name}” saknas. Lägg till den; den måste finnas." for name in ("id", "plattform", "adress")
    ]


def test_a_column_that_stands_twice_is_told_in_either_language(register: Register) -> None:
    faults = register.faults("id;plattform;adress;Platform\na-1;mastodon;https://a.example;mastodon\n")

    assert len(faults) == 1
    assert faults[0].startswith("Rad 1, kolumn ”Platform”: samma uppgift står redan i kolumn ”plattform”")


def test_a_misspelt_column_is_a_fault_because_its_content_would_be_lost(register: Register) -> None:
    faults = register.faults("id;plattform;adress;sekretes\na-1;mastodon;https://a.example;ja\n")

    assert len(faults) == 1
    assert faults[0].startswith("Rad 1, kolumn ”sekretes”: rubriken är okänd men liknar ”sekretess”")


def test_content_below_no_heading_is_told_by_the_letter_of_the_column(register: Register) -> None:
    faults = register.faults("id;plattform;;adress\na-1;mastodon;något;https://a.example\n")

    assert faults[0].startswith("Rad 2, kolumn ”C”: cellen har innehåll men kolumnen ingen rubrik")


def test_too_many_columns_are_told(register: Register) -> None:
    assert register.faults("id" + ";x" * 200)[-1].startswith("Rad 1: raden har 201 kolumner")


def test_a_register_without_accounts_is_told(register: Register) -> None:
    assert register.rows() == ["Det finns inga konton under rubrikraden. Skriv ett konto på varje rad."]


# Faults of rows


def test_too_many_and_too_few_cells_are_told_with_both_figures(register: Register) -> None:
    faults = register.rows(row() + ";mer", "b-1;mastodon")

    assert faults[0].startswith("Rad 2: raden har 15 celler, rubrikraden 14")
    assert faults[1].startswith("Rad 3: raden har 2 celler, rubrikraden 14")
    assert len(faults) == 2


def test_a_row_that_stands_twice_is_told_once(register: Register) -> None:
    assert register.rows(row(), row()) == ["Rad 3: raden är likadan som rad 2. Ta bort den ena."]


def test_an_id_that_stands_twice_is_told(register: Register) -> None:
    faults = register.rows(row(), row(adress="https://b.example/@b"))

    assert len(faults) == 1
    assert faults[0].startswith("Rad 3, kolumn ”id”: samma id står på rad 2")


@pytest.mark.parametrize("address", ["http://WWW.Mastodon.example/@Exempelvik/", GOOD["adress"]])
def test_an_address_that_stands_twice_is_told_in_any_spelling(register: Register, address: str) -> None:
    faults = register.rows(row(), row(id="b-1", adress=address))

    assert len(faults) == 1
    assert faults[0].startswith("Rad 3, kolumn ”adress”: samma adress står på rad 2")


@pytest.mark.parametrize("folder", ["exporter/exempelvik", "./exporter//exempelvik/"])
def test_two_accounts_with_one_folder_are_told(register: Register, folder: str) -> None:
    (fault,) = register.rows(row(mapp="exporter/exempelvik"), row(id="b-1", adress="https://b.example/@b", mapp=folder))

    assert fault.startswith("Rad 3, kolumn ”mapp”: samma mapp står på rad 2")


@pytest.mark.parametrize(
    ("one", "other"),
    [("exporter", "exporter/b"), ("exporter/b", "exporter"), ("{here}/exporter", "exporter/../exporter/b")],
)
def test_a_folder_inside_anothers_is_told(one: str, other: str, register: Register, tmp_path: Path) -> None:
    first = row(mapp=one.format(here=tmp_path))

    (fault,) = register.rows(first, row(id="b-1", adress="https://b.example/@b", mapp=other))

    assert fault.startswith("Rad 3, kolumn ”mapp”: mappen och den på rad 2 ligger den ena i den andra")


def test_rows_are_numbered_as_excel_shows_them(register: Register) -> None:
    several = row(syfte="rad ett\r\nrad två\nrad tre")

    faults = register.rows(several, "", row(id="b-1", adress="https://b.example", nivå="?"))

    assert faults[0].startswith("Rad 4, kolumn ”nivå”")


# Faults of cells


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("id", "", "blank"),
        ("plattform", " ", "blank"),
        ("adress", "\u200b", "blank"),
        *[("id", value, "id") for value in NO_IDS],
        ("plattform", "friendica", "platform"),
        ("plattform", "web", "platform"),
        *[("adress", value, "address") for value in NO_ADDRESSES],
        ("adress", "https://namn:hemligt@a.example/", "address-login"),
        ("adress", "https://namn@a.example/", "address-login"),
        ("adress", "https://a.example/#del", "address-fragment"),
        ("adress", "https://a.example/#", "address-fragment"),
        ("adress", "https://a.example/?access_token=abc", "secret"),
        ("nivå", "hälften", "level"),
        ("status", "kanske", "status"),
        ("mapp", "https://filer.exempelvik.example/exporter", "folder"),
        ("mapp", "exporter/\x07", "control"),
        ("tillval", "allt", "option"),
        ("tillval", "statistik och mer", "option"),
        *[("instaloader", value, "decision") for value in ("ja", "yes", "x", "1", "beslutat", "EXV")],
        ("instaloader", "EXV 2026/0311", "only-instagram"),
        ("nyckel", "Min Nyckel", "key"),
        ("nyckel", "nyckel.1", "key"),
        ("nyckel", "a" * 41, "secret"),
        ("syfte", "a\x01b", "control"),
        ("enhet", "\x03", "control"),
        ("enhet", "a\x85", "control"),
        ("ansvarig", "a\u202eb", "control"),
        ("enhet", "Ã–stermalm", "garbled"),
        ("enhet", "pÃ¥ Ã¶n", "garbled"),
        ("enhet", "\ufffdstermalm", "garbled"),
        ("syfte", "x" * 2001, "too-long"),
    ],
)
def test_a_fault_in_a_cell_is_told_by_its_place(register: Register, column: str, value: str, code: str) -> None:
    there = {} if code == "only-instagram" or column != "instaloader" else {"plattform": "instagram"}
    faults = register.rows(row(**{column: value, **there}), platforms=PLATFORMS)

    known = {"known": "bluesky, instagram, mastodon"}
    assert faults == [texts.say(texts.Remark(code=code, row=2, column=column, values=known), "sv")]


@pytest.mark.parametrize("value", ["../web", "os.path", "_record", "a b", "1a"])
def test_a_platform_that_cannot_be_a_module_is_a_fault_even_when_none_are_known(register: Register, value: str) -> None:
    assert "skrivs med ett ord" in register.rows(row(plattform=value))[0]


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("lang", ["sv", "en"])
def test_a_token_in_place_of_a_keys_name_is_refused(register: Register, token: str, lang: texts.Lang) -> None:
    (fault,) = register.rows(row(nyckel=token), lang=lang)

    assert ("hemlig nyckel" if lang == "sv" else "secret key") in fault


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("column", ["nyckel", "plattform", "nivå", "status"])
def test_a_token_in_any_checked_cell_is_not_repeated(register: Register, token: str, column: str) -> None:
    with pytest.raises(BadInput) as caught:
        register.read(f"{HEADING}\n{row(**{column: token})}", platforms=PLATFORMS)

    assert token not in f"{caught.value} {caught.value.faults} {caught.value!r} {register.notes}"


@pytest.mark.parametrize("token", ["EAAGm0PX4ZCpsBAKZCbGZAbcDEF", "Bearer abcdefghijklmnop", "x" * 41])
def test_a_token_in_the_heading_row_is_shown_as_its_columns_letter(register: Register, token: str) -> None:
    register.read(f"id;plattform;adress;ansvarig;{token}\na-1;mastodon;https://a.example;chef;x\n")

    assert len(register.notes) == 1
    assert "kolumn ”E”" in register.notes[0]
    assert token not in register.notes[0]


@pytest.mark.parametrize("token", ["EAAGm0PX4ZCpsBAKZCbGZAbcDEF", "UoKGzXk_93bSm2-QwErTyUiOpAsDfGhJkLzXcVbNm12"])
def test_a_token_in_a_free_text_is_refused(register: Register, token: str) -> None:
    (fault,) = register.rows(row(syfte=f"Nyheter {token} och mer"))

    assert "hemlig nyckel" in fault


# All of it


def test_every_fault_of_the_file_is_told_at_once_in_the_order_of_the_rows(register: Register) -> None:
    faults = register.rows(
        row(id="A", nivå="?", nyckel="EAAGm0PX4ZCpsBAKZCb"),
        row(adress="nej", status="?"),
        "för;få",
        row(id="b-1", adress="https://b.example", plattform="?"),
        platforms=PLATFORMS,
    )

    assert [fault.partition(":")[0] for fault in faults] == [
        "Rad 2, kolumn ”id”",
        "Rad 2, kolumn ”nivå”",
        "Rad 2, kolumn ”nyckel”",
        "Rad 3, kolumn ”adress”",
        "Rad 3, kolumn ”status”",
        "Rad 4",
        "Rad 5, kolumn ”plattform”",
    ]


def test_faults_are_told_in_english_where_asked(register: Register) -> None:
    with pytest.raises(BadInput) as caught:
        register.read(f"{HEADING}\n{row(nivå='?')}", lang="en")

    assert caught.value.message.startswith("registret.csv: the register cannot be used, faults: 1.")
    assert caught.value.faults == (
        "Row 2, column “nivå”: the level is not known. Write “full”, “unique” or “overview”.",
    )


def test_very_many_faults_are_counted_rather_than_listed(register: Register) -> None:
    faults = register.rows(*["x"] * 700)

    assert len(faults) == 501
    assert faults[-1].startswith("Och 200 fel till")


@pytest.mark.parametrize("option", columns.OPTIONS)
def test_an_unknown_option_is_answered_with_those_there_are(option: str) -> None:
    assert option in texts.TEXTS["option"]["sv"] + texts.TEXTS["option"]["en"]


@pytest.mark.parametrize("code", texts.TEXTS)
def test_every_text_is_there_in_both_languages_with_the_same_figures(code: str) -> None:
    swedish, english = texts.TEXTS[code]["sv"], texts.TEXTS[code]["en"]

    assert named(swedish) == named(english)
    assert swedish.endswith(".")
    assert english.endswith(".")


def named(text: str) -> set[str | None]:
    return {part[1] for part in string.Formatter().parse(text)}


# Whatever comes in

FUZZ = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SOME = [*GOOD.values(), *TOKENS, '"', ";", "\n", "å", "", "\0"]
CELLS = st.one_of(st.text(max_size=30), st.sampled_from(SOME))
ROWS = st.lists(st.lists(CELLS, max_size=13), max_size=5)


def accounts_or_faults(register: Register, content: bytes) -> None:
    register.notes.clear()
    accounts: list[Account] = []
    faults: tuple[str, ...] = ()
    try:
        accounts = register.read(content, platforms=PLATFORMS)
    except BadInput as error:
        faults = tuple(error.faults)

    assert bool(accounts) != bool(faults)
    assert all(account.id and account.platform in PLATFORMS for account in accounts)


@FUZZ
@given(st.binary(max_size=400))
def test_random_bytes_give_accounts_or_faults(register: Register, content: bytes) -> None:
    accounts_or_faults(register, content)


@FUZZ
@given(st.binary(max_size=200))
def test_random_bytes_below_a_true_row_give_accounts_or_faults(register: Register, content: bytes) -> None:
    accounts_or_faults(register, HEADING.encode() + b"\n" + row().encode() + b"\n" + content)


@FUZZ
@given(ROWS, st.sampled_from(";,\t"))
def test_random_tables_give_accounts_or_faults(register: Register, rows: list[list[str]], separator: str) -> None:
    file = io.StringIO()
    csv.writer(file, delimiter=separator).writerows([HEADING.split(";"), *rows])

    accounts_or_faults(register, file.getvalue().encode("utf-8", "replace"))


@FUZZ
@given(st.fixed_dictionaries(dict.fromkeys(GOOD, CELLS)))
def test_random_cells_give_the_cells_or_faults(register: Register, cells: dict[str, str]) -> None:
    accounts_or_faults(register, f"{HEADING}\n{row(**cells)}".encode("utf-8", "replace"))
