"""Drift: what an account shows otherwise than the register and the authority say is told, and hinders nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from model.nouns import Account, Shown
from model.settings import Settings
from pipeline import drift, registering, reminders
from pipeline.line import Place
from pipeline.readiness import Report
from pipeline.swedish import swedish
from register import authority
from tests.captures import BAG
from tests.fakes.faults import PLANTED
from tests.test_readiness import META, TODAY, House, mastodon, page

ACCOUNT = Account(id="exempelvik", platform="mastodon", address="https://mastodon.example/@exempelvik")
SHOWN = Shown(
    name="Exempelvik",
    about='<p>Exempelviks stadsdel svarar vardagar. <a href="https://exempelvik.example/personuppgifter">Så behandlar '
    "vi personuppgifter</a></p>\nKontakt\nkontakt@exempelvik.example",
    newest=date(2026, 11, 2),
)
EXPECTED = Settings(
    imprint=("Exempelviks stadsdel", "kontakt@exempelvik.example"),
    privacy="https://www.exempelvik.example/personuppgifter/",
)


def says(shown: Shown = SHOWN, settings: Settings = EXPECTED, **account: Any) -> list[str]:
    return list(drift.presented(replace(ACCOUNT, **account), shown, settings, TODAY))


def drawn(path: Path, *, side: int = 400, mirrored: bool = False, kind: str = "PNG") -> Path:
    """A picture of hills and a sun; the same at any size."""
    image = Image.new("RGB", (400, 400), "skyblue")
    pen = ImageDraw.Draw(image)
    pen.ellipse((40, 30, 140, 130), fill="gold")
    pen.polygon([(0, 400), (120, 180), (260, 400)], fill="darkgreen")
    pen.polygon([(160, 400), (330, 90), (400, 400)], fill="black")
    if mirrored:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    image.resize((side, side)).save(path, kind)
    return path


def test_an_account_as_it_should_be_has_nothing_to_tell() -> None:
    assert says(display_name="Exempelvik") == []
    assert says(settings=Settings()) == []


def test_a_name_is_compared_as_people_do() -> None:
    assert says(display_name="  exempelvik ") == []
    (found,) = says(display_name="Exempelviks stadsdel")
    assert "'Exempelvik'" in found
    assert "Exempelviks stadsdel" in found


@pytest.mark.parametrize("about", ["", "<p>Exempelviks stadsdel</p>"])
def test_each_text_and_the_link_that_are_lacking_are_told(about: str) -> None:
    lacks, link = says(replace(SHOWN, about=about))

    assert "kontakt@exempelvik.example" in lacks
    assert ("Exempelviks stadsdel" in lacks) == (not about)
    assert EXPECTED.privacy in link


def test_an_account_without_posts_for_a_year_is_one_to_close() -> None:
    assert says(replace(SHOWN, newest=TODAY - timedelta(365))) == []
    assert says(replace(SHOWN, newest=None)) == [], "nobody has told"
    (found,) = says(replace(SHOWN, newest=TODAY - timedelta(366)))
    assert "2025-11-14" in found


@pytest.mark.parametrize(("side", "kind"), [(400, "PNG"), (96, "JPEG"), (720, "WEBP")])
def test_a_picture_is_the_same_at_any_size_and_saved_anew(side: int, kind: str, tmp_path: Path) -> None:
    account = replace(ACCOUNT, picture=str(drawn(tmp_path / "ours.png")))

    assert not list(drift.picture(account, drawn(tmp_path / "theirs", side=side, kind=kind)))


def test_another_picture_is_told_and_so_is_one_that_is_none(tmp_path: Path) -> None:
    account = replace(ACCOUNT, picture=str(drawn(tmp_path / "ours.png")))
    (tmp_path / "text").write_text("<svg/>")

    (other,) = drift.picture(account, drawn(tmp_path / "theirs", mirrored=True))
    (none,) = drift.picture(account, tmp_path / "text")
    (gone,) = drift.picture(account, None, "HTTP 404")
    (ours,) = drift.picture(replace(ACCOUNT, picture=str(tmp_path / "text")), None)

    assert "not the one" in other
    assert "could not be looked at (no picture)" in none
    assert "HTTP 404" in gone
    assert "no picture that can be read" in ours


def report(account: str, platform: str, id: str, *others: tuple[str, str]) -> Report:
    told = {"id": id, "others": [list(one) for one in others]} if id else {}
    return Report(account=account, day="2026-11-15", platform=platform, told=told)


def rows(*reports: Report) -> list[Account]:
    return [Account(id=one.account, platform=one.platform, address="https://x.example/") for one in reports]


def test_an_account_that_a_key_reaches_and_the_register_lacks_is_told_once() -> None:
    sida, flode = report("sida", "facebook", "1", ("instagram", "17")), report("flode", "instagram", "17")
    again = report("sida-2", "facebook", "2", ("instagram", "17"))

    assert [one.drift for one in drift.unknown([sida, flode], rows(sida, flode))] == [(), ()]
    told, other = drift.unknown([sida, again], rows(sida, again))
    assert "instagram 17" in told.drift[0]
    assert other.drift == ()
    blind = report("flode", "instagram", "")
    assert drift.unknown([sida, blind], rows(sida, blind)) == [sida, blind], "one that could not be looked at may be it"


def test_an_account_of_the_register_that_was_not_looked_at_may_be_the_one(tmp_path: Path) -> None:
    sida = report("sida", "facebook", "1", ("instagram", "17"))
    (flode,) = rows(report("flode", "instagram", "17"))

    assert drift.unknown([sida], [*rows(sida), flode]) == [sida], "not chosen in this run"
    assert drift.unknown([sida], [*rows(sida), replace(flode, status="applied")]) == [sida]
    (told,) = drift.unknown([sida], [*rows(sida), replace(flode, status="closed")])
    assert "instagram 17" in told.drift[0], "one that is closed can no longer be reached"


# --- through a whole look -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fake", "key"), [(mastodon, PLANTED), (page, META)])
def test_a_look_tells_it_and_december_is_fine_all_the_same(fake: Any, key: str, tmp_path: Path) -> None:
    ours = drawn(tmp_path / "ours.png")
    at = House(tmp_path, fake(), key, display_name="Ett annat namn", picture=str(ours))
    at.place = replace(at.place, settings=replace(BAG, imprint=("växel 08-000 00 00",), privacy=EXPECTED.privacy))

    found = at.look()

    assert (found.severity, found.status) == ("fine", 0)
    name, lacks, link, picture = found.drift
    assert "Ett annat namn" in name
    assert "växel" in lacks
    assert "personuppgifter" in link
    assert "not the one that the register expects" in picture
    assert at.paper(f"2026-{at.account.id}.readiness-2026-11-15.json")["drift"] == list(found.drift)
    text = reminders.report([found])
    assert all(swedish(says).removeprefix(f"{at.account.id}: ") in text for says in found.drift)
    assert not at.fake.strays


def test_the_picture_that_the_account_has_is_known_again(tmp_path: Path) -> None:
    at = House(tmp_path, mastodon())
    shown = at.look().told["shown"]["picture"]
    reply = at.fake.answer("GET", shown, {})
    with Image.open(BytesIO(reply.body)) as theirs:
        theirs.convert("RGB").save(tmp_path / "ours.jpg", quality=60)
    at.account = replace(at.account, picture=str(tmp_path / "ours.jpg"))

    assert at.look().drift == ()


def test_a_page_key_reaches_the_instagram_account_that_is_linked_to_it(tmp_path: Path) -> None:
    found = House(tmp_path, page(), META).look()

    (told,) = drift.unknown([found], rows(found))
    assert any("instagram" in says for says in told.drift)


def test_the_strategist_gets_one_letter_and_none_where_all_is_well() -> None:
    drifted = replace(report("sida", "facebook", "1"), drift=("sida: its presentation lacks 'växel'. Add that there.",))

    (letter,) = reminders.drifted([drifted, report("flode", "instagram", "17")])

    assert letter.to_function == "strategist"
    assert "1 konton" in letter.subject
    assert "presentationen saknar 'växel'" in letter.text
    assert "flode" not in letter.text
    assert reminders.drifted([report("flode", "instagram", "17")]) == []


def test_the_letter_says_what_is_to_be_mended_in_the_register_too(tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    rows = ["id;plattform;adress;status", "sida;mastodon;https://x.example/@a;", "slut;bluesky;https://y.example;avslutat"]
    path.write_text("\n".join(rows), encoding="utf-8")
    place = Place(work=tmp_path / "work", archive=tmp_path / "archive", settings=BAG)

    (letter,) = reminders.drifted([report("sida", "mastodon", "1")], registering.of_accounts(path, place, "sv"))

    assert letter.subject == "Generalrepetition: något i registret behöver rättas"
    assert "- sida: startformulär saknas." in letter.text
    assert "- slut: står som arkiverat eller avslutat, men arkivet har inget kvitto på kontot." in letter.text


def test_the_settings_say_what_every_account_must_show(tmp_path: Path) -> None:
    path = tmp_path / "installningar.toml"
    example = Path("docs/examples/installningar.toml").read_text(encoding="utf-8")
    path.write_text(example, encoding="utf-8")
    found = authority.read(path, frozenset({"eark_sip", "bagit"}))
    assert found.imprint
    assert found.privacy.startswith("https://")
    assert (found.decided.imprint, found.decided.privacy) == ((), ""), "nothing to a package"
