"""Readiness: each thing that would fail in December is found before, and told until it is mended."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from connectors import _graph
from model import capture as captures
from model.errors import NotAllowed, NotWhole, TryLater
from model.nouns import Account, Preflight
from model.settings import Settings
from pipeline import cli, line, readiness, reminders
from pipeline.keys import key as key_of
from pipeline.line import Place
from pipeline.readiness import Finding, Report, house, look, report_from, written
from pipeline.reminders import Letter, boxes, letters, remembered, tell, waiting
from pipeline.swedish import swedish
from tests.captures import BAG, settings_file
from tests.fakes.faults import PLANTED, Ask, Fault, Reply, address
from tests.fakes.graph import APP, SECRET, GraphFake, Token
from tests.fakes.graph_world import GraphWorld
from tests.fakes.mastodon import Clock, MastodonFake
from tests.fakes.wires import InProcess
from tests.runs import Run, _unzipped, small_world

TODAY = date(2026, 11, 15)
NOW = datetime(2026, 11, 15, 5, 0, tzinfo=UTC)
META = json.dumps({"token": PLANTED, "app_id": APP, "app_secret": SECRET})


def page(**more: Any) -> GraphFake:
    return GraphFake(GraphWorld(posts=12, media=4), clock=Clock(NOW), **more)


def mastodon(**more: Any) -> MastodonFake:
    return MastodonFake(small_world(), clock=Clock(NOW), token=PLANTED, **more)


def unix(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


class House:
    """One account on a fake, and where things lie."""

    def __init__(self, lies: Path, fake: Any, key: str = PLANTED, platform: str = "", **account: Any) -> None:
        platform = platform or ("mastodon" if isinstance(fake, MastodonFake) else "facebook")
        row = {"id": f"exempelvik-{platform}", "platform": platform, "address": fake.address, "key": "exempelvik"}
        self.account = Account(**row | {"responsible": "Kommunikationschefen"} | account)
        self.fake, self.key = fake, key
        web = {"adapter": InProcess(fake), "clock": fake.clock, "sleep": lambda seconds: None}
        self.place = Place(work=lies / "work", archive=lies / "archive", settings=BAG, web=web)

    def look(self, today: date = TODAY, **more: Any) -> Report:
        found = look(self.account, self.place, lambda name: self.key if name else None, today, **more)
        assert report_from(json.loads(json.dumps(written(found)))) == found, "as Airflow hands it on"
        return found

    def paper(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.place.shelf.read(name))
        return found


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def only(report: Report) -> Finding:
    """The one thing that is to be mended."""
    (found,) = report.of("editor", "operations")
    return found


# --- what works -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fake", "key"), [(mastodon, PLANTED), (page, META)])
def test_an_account_that_will_do_is_fine_and_its_counts_are_kept_as_evidence(
    fake: Callable[[], Any], key: str, tmp_path: Path
) -> None:
    at = House(tmp_path, fake(), key)

    found = at.look()

    assert (found.severity, found.status, found.of("editor", "operations")) == ("fine", 0, [])
    paper = at.paper(f"2026-{at.account.id}.readiness-2026-11-15.json")
    counts = {claim["field"]: claim["value"] for claim in paper["told"]["claims"]}
    assert "followers_count" in counts
    assert paper["told"]["requests"] == len(at.fake.asked)
    assert not at.fake.strays


def test_what_was_answered_is_on_a_record_of_its_own_without_the_key(tmp_path: Path) -> None:
    at = House(tmp_path, page(), META)

    at.look()

    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    every = b"".join(files + [_unzipped(data) for data in files if data[:2] == b"\x1f\x8b"])
    assert (tmp_path / "work" / "readiness" / "2026-11-15" / "exempelvik-facebook" / "segments").is_dir()
    assert b"published_posts" in every
    for secret in (PLANTED, SECRET):
        assert secret.encode() not in every


def test_the_first_look_of_a_day_stands_and_the_next_day_has_its_own(tmp_path: Path) -> None:
    at = House(tmp_path, mastodon())
    at.look()
    before = at.paper("2026-exempelvik-mastodon.readiness-2026-11-15.json")
    at.fake.world.add_post("Ett till.")

    again = at.look()
    assert again.told["claims"][0]["value"] == before["told"]["claims"][0]["value"] + 1, "asked anew each time"
    assert again.severity == "fine"
    at.look(TODAY + timedelta(1))

    assert at.paper("2026-exempelvik-mastodon.readiness-2026-11-15.json") == before
    later = at.paper("2026-exempelvik-mastodon.readiness-2026-11-16.json")
    assert later["told"]["claims"][0]["value"] == before["told"]["claims"][0]["value"] + 1


# --- the key --------------------------------------------------------------------------------------------------------


def test_a_key_that_is_nowhere_is_for_operations_to_put_there(tmp_path: Path) -> None:
    at = House(tmp_path, mastodon())

    found = only(look(at.account, at.place, key_of, TODAY))

    assert (found.severity, found.whose, found.status) == ("fails", "operations", 4)
    assert "ARSRING_KEY_EXEMPELVIK" in found.says
    assert at.fake.asked == []


def test_a_platform_that_shows_nothing_without_a_key_needs_one_or_an_export(tmp_path: Path) -> None:
    at = House(tmp_path, page(), key="", folder=str(tmp_path / "mapp"))
    (tmp_path / "mapp").mkdir()
    assert "shows nothing without a key" in only(look(at.account, at.place, lambda _: None, TODAY)).says

    (tmp_path / "mapp" / "export.zip").write_bytes(b"PK")
    (tmp_path / "mapp" / "om.txt").write_text("Vem: kommunikationschef\nNär: 2026-11-20\nVarför: årets arkivering\n")

    assert look(at.account, at.place, lambda _: None, TODAY).severity == "fine"


@pytest.mark.parametrize("key", [META, PLANTED])
@pytest.mark.parametrize(("code", "says"), [(463, "has expired"), (460, "changed their password"), (458, "removed")])
def test_a_dead_key_fails_now_and_says_of_what(key: str, code: int, says: str, tmp_path: Path) -> None:
    at = House(tmp_path, page(is_a=Token(dead=code)), key)

    found = only(at.look())

    assert (found.severity, found.whose, found.status) == ("fails", "editor", 4)
    assert says in found.says


def test_a_revoked_key_fails_now(tmp_path: Path) -> None:
    found = only(House(tmp_path, mastodon(), key="aterkallad-nyckel").look())

    assert found.severity == "fails"
    assert "nyckeln godtas inte (HTTP 401)" in swedish(found.says)


@pytest.mark.parametrize("key", [META, PLANTED])
def test_a_permission_that_is_missing_is_named(key: str, tmp_path: Path) -> None:
    scopes = tuple(one for one in Token().scopes if one != "pages_read_user_content")
    at = House(tmp_path, page(is_a=Token(scopes=scopes)), key)

    found = only(at.look())

    assert found.severity == "fails"
    assert "may not pages_read_user_content" in found.says
    assert "saknar behörigheten pages_read_user_content" in swedish(found.says)


@pytest.mark.parametrize(("part", "scope"), [("/lookup", "read:accounts"), (r"/statuses\?", "read:statuses")])
def test_a_permission_that_mastodon_refuses_is_named(part: str, scope: str, tmp_path: Path) -> None:
    def refuse(ask: Ask, reply: Reply) -> None:
        reply.status, reply.doc = 403, {"error": "This action is outside the authorized scopes"}

    at = House(tmp_path, mastodon(faults=[Fault(refuse, address(part), early=True)]))

    assert f"may not {scope}" in only(at.look()).says


@pytest.mark.parametrize("key", [META, PLANTED])
def test_another_pages_key_is_told_by_its_name(key: str, tmp_path: Path) -> None:
    found = only(House(tmp_path, page(is_a=Token(kind="other page")), key).look())

    assert found.severity == "fails"
    assert "belongs to" in found.says


def test_an_address_that_is_given_to_another_account_is_seen_every_time(tmp_path: Path) -> None:
    at = House(tmp_path, mastodon())
    at.look(TODAY - timedelta(14))

    def other(ask: Ask, reply: Reply) -> None:
        reply.doc["id"] = "109000000000000777"

    at.fake.faults = [Fault(other, address("lookup|verify_credentials"), early=True)]
    for day in (TODAY, TODAY + timedelta(1)):
        found = look(replace(at.account, key=None), at.place, lambda _: None, day).of("editor")
        assert [one.severity for one in found] == ["fails"]
        assert "is now the account 109000000000000777, and was 109000000000000001 on 2026-11-01" in found[0].says


@pytest.mark.parametrize(
    ("today", "ends", "severity", "by"),
    [
        (TODAY, date(2026, 12, 5), "renew", "2026-11-30"),
        (TODAY, date(2026, 11, 20), "renew", "2026-11-19"),
        (TODAY, date(2026, 12, 31), "renew", "2026-11-30"),
        (TODAY, date(2027, 1, 1), "fine", ""),
        (date(2026, 3, 1), date(2026, 5, 1), "fine", ""),
        (date(2026, 3, 1), date(2026, 3, 21), "renew", "2026-03-20"),
        (date(2026, 12, 10), date(2026, 12, 20), "renew", "2026-12-19"),
    ],
)
def test_a_key_that_ends_before_december_has_ended_is_to_be_renewed_in_time(
    today: date, ends: date, severity: str, by: str, tmp_path: Path
) -> None:
    fake = page(is_a=Token(expires_at=unix(ends)))
    fake.clock.now = datetime(today.year, today.month, today.day, tzinfo=UTC)

    found = House(tmp_path, fake, META).look(today)

    assert found.severity == severity
    if by:
        assert only(found).by == by
        assert only(found).status == 4
        assert f"går ut {ends}" in swedish(only(found).says)
        assert f"senast {by}" in swedish(only(found).says)


def test_without_the_apps_id_nobody_can_say_when_the_key_ends(tmp_path: Path) -> None:
    found = House(tmp_path, page()).look()

    assert found.severity == "fine"
    assert any("Nobody can say when the key" in one.says for one in found.findings)


@pytest.mark.parametrize(("ends", "severity"), [(date(2026, 12, 20), "renew"), (date(2028, 7, 29), "fine")])
def test_a_version_that_ends_is_for_operations(
    ends: date, severity: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_graph, "VERSION_ENDS", ends)

    found = House(tmp_path, page(), META).look()

    assert found.severity == severity
    if severity == "renew":
        assert (only(found).whose, only(found).by) == ("operations", "2026-11-30")


def test_a_version_that_has_ended_already_fails_now(tmp_path: Path) -> None:
    found = only(House(tmp_path, page(speaks="v27.0"), META).look())

    assert (found.severity, found.whose, found.status) == ("fails", "operations", 3)


def test_what_no_connector_reads_fails_in_december_is_told_at_each_look_and_nobody_is_reminded(tmp_path: Path) -> None:
    at = House(tmp_path, mastodon())
    film = replace(at.account, id="exempelvik-film", platform="youtube")

    report = readiness.look(film, at.place, lambda name: None, TODAY)

    assert (report.severity, report.status, report.looked) == ("fails", 2, False)
    assert report.findings[0].says.startswith("youtube cannot be read by this version, so nothing of the account is")
    assert letters([report], TODAY, {}) == []
    (*_, communicator) = letters([report, one("sida", DEAD)], TODAY, {})
    assert "exempelvik-film" in communicator.text
    assert "youtube kan inte läsas" in communicator.text
    assert "FEL NU    exempelvik-film" in reminders.report([report])


def test_a_platform_that_lets_us_wait_is_left_to_the_scheduler(tmp_path: Path) -> None:
    at = House(tmp_path, page(budget=1))

    with pytest.raises(TryLater):
        at.look()


# --- keys that rotate -----------------------------------------------------------------------------------------------


class Rotating:
    """A connector whose keys live once: each renewal ends the one before."""

    ERRORS: dict[Any, Any] = {}

    def __init__(self) -> None:
        self.living, self.number, self.seen = "nyckel-nummer-1", 1, list[str]()
        self.stored = {"exempelvik": self.living}

    def renew(self, web: Any, account: Account) -> str | None:
        assert web.key == self.living
        self.number += 1
        self.living = f"nyckel-nummer-{self.number}"
        self.seen.append(f"renewed {self.living}")
        return self.living

    def preflight(self, web: Any, account: Account) -> Preflight:
        self.seen.append(f"used {web.key}")
        assert web.key == self.living == self.stored["exempelvik"], "nothing is asked with a key that is not stored"
        return Preflight(id="1", name="exempelvik", address=account.address, scopes=("read",))

    def save(self, name: str, value: str) -> None:
        self.seen.append(f"stored {value}")
        self.stored[name] = value


@pytest.fixture
def rotating(monkeypatch: pytest.MonkeyPatch) -> Rotating:
    made = Rotating()
    monkeypatch.setattr(line, "connector_for", lambda platform: made)
    return made


def test_a_renewed_key_is_stored_before_it_is_used(rotating: Rotating, tmp_path: Path) -> None:
    at = House(tmp_path, mastodon())

    found = look(at.account, at.place, lambda name: rotating.stored[str(name)], TODAY, rotating.save)

    assert found.severity == "fine"
    assert rotating.seen == ["renewed nyckel-nummer-2", "stored nyckel-nummer-2", "used nyckel-nummer-2"]


def test_two_never_renew_one_key_at_once(rotating: Rotating, tmp_path: Path) -> None:
    at = House(tmp_path, mastodon())

    with captures.guarded(at.place.work / "readiness" / "keys" / "exempelvik"), pytest.raises(TryLater):
        look(at.account, at.place, lambda name: rotating.stored[str(name)], TODAY, rotating.save)

    assert rotating.seen == []


def test_a_new_key_that_cannot_be_stored_is_told_and_not_used(rotating: Rotating, tmp_path: Path) -> None:
    at = House(tmp_path, mastodon())

    def refuse(name: str, value: str) -> None:
        raise OSError(errno.EACCES, f"no {value}")

    found = only(look(at.account, at.place, lambda name: rotating.stored[str(name)], TODAY, refuse))

    assert found.severity == "fails"
    assert "the old one has ended" in found.says
    assert "nyckel-nummer" not in found.says
    assert rotating.seen == ["renewed nyckel-nummer-2"]


def test_without_a_place_to_store_it_no_key_is_renewed(rotating: Rotating, tmp_path: Path) -> None:
    at = House(tmp_path, mastodon())

    look(at.account, at.place, lambda name: rotating.stored[str(name)], TODAY)

    assert rotating.seen == ["used nyckel-nummer-1"]


# --- the folder, the disks, the store -------------------------------------------------------------------------------


def test_a_folder_that_is_not_there_or_has_no_form_would_fail_in_december(tmp_path: Path) -> None:
    at = House(tmp_path, mastodon(), folder=str(tmp_path / "mapp"))
    assert "is not there. Create it" in only(at.look()).says

    (tmp_path / "mapp").mkdir()
    (tmp_path / "mapp" / "export.zip").write_bytes(b"PK")

    found = only(at.look())
    assert (found.severity, found.status) == ("renew", 2)
    assert "om.txt saknas" in swedish(found.says)


def whole_house(at: House, today: date = TODAY) -> Report:
    return house([at.account], at.place, today)


def test_a_house_in_order_is_fine_and_leaves_no_probe_behind(tmp_path: Path) -> None:
    at = House(tmp_path, mastodon())

    found = whole_house(at)

    assert (found.severity, found.status) == ("fine", 0)
    assert at.place.shelf.papers() == ["2026-december.readiness-2026-11-15.json"]
    assert not list((tmp_path / "archive").glob(".*"))


def test_a_disk_with_too_little_room_is_told_with_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = House(tmp_path, mastodon())
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=2**30))

    found = whole_house(at)

    assert found.severity == "renew"
    assert [one.whose for one in found.of("operations")] == ["operations"] * 2
    assert "1.0 GB are free, and December needs about 5.0 GB" in found.of("operations")[0].says


def test_room_is_for_last_years_largest_package_of_each_platform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = House(tmp_path, mastodon())
    last = SimpleNamespace(size=4 * 2**30, order="2025-exempelvik-mastodon")
    monkeypatch.setattr(type(at.place.shelf), "previous", lambda *_: last, raising=False)
    at.place.shelf.previous = lambda *_: last  # type: ignore[method-assign, assignment, return-value]
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=11 * 2**30))

    found = whole_house(at).of("operations")

    assert "11.0 GB are free, and December needs about 12.0 GB" in found[0].says


def test_a_full_disk_is_a_finding_and_no_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    at = House(tmp_path, mastodon())
    monkeypatch.setattr("connectors.record._write_all", full)

    found = only(at.look())

    assert (found.severity, found.whose) == ("fails", "operations")
    assert "No space left on device" in found.says


def test_an_archive_that_takes_nothing_is_told(tmp_path: Path) -> None:
    at = House(tmp_path, mastodon())
    (tmp_path / "archive").write_text("a file lies where the folder should be")

    found = whole_house(at)

    assert found.severity == "fails"
    assert "The archive cannot be written to" in found.of("operations")[0].says
    kept = only(at.look())
    assert "could not be kept in the archive" in kept.says, "an account's look goes on to its end"


def test_a_disk_that_gives_back_something_else_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = House(tmp_path, mastodon())
    monkeypatch.setattr("stores.folder._put", lambda part, data: part.write_bytes(data[:-1] + b"?"))

    found = whole_house(at)

    assert found.severity == "fails"
    assert "does not come back" in found.of("operations")[0].says


class Doctored:
    """An object store whose doctor has looked, or has not."""

    name = "https://s3.exempelvik.example/arkiv"

    def __init__(self, until: date | None) -> None:
        self.until, self.kept = until, dict[str, bytes]()

    def probe(self) -> date | None:
        if self.until is None:
            raise NotAllowed(f"{self.name}: nobody has looked whether this store can be relied on.")
        return self.until

    def previous(self, *_: Any) -> None:
        return None

    def keep(self, name: str, data: bytes) -> None:
        self.kept[name] = data


@pytest.mark.parametrize(
    ("today", "until", "severity"),
    [
        (TODAY, None, "fails"),
        (TODAY, date(2026, 12, 1), "renew"),
        (TODAY, date(2026, 12, 14), "fine"),
        (date(2026, 10, 1), date(2026, 10, 20), "fine"),
    ],
)
def test_what_the_doctor_found_must_hold_in_december(
    today: date, until: date | None, severity: str, tmp_path: Path
) -> None:
    at = House(tmp_path, mastodon())
    vars(at.place)["shelf"] = store = Doctored(until)

    found = whole_house(at, today)

    assert found.severity == severity
    assert list(store.kept) == [f"2026-december.readiness-{today}.json"], "written and read back in any case"


def test_a_store_with_another_paper_of_that_name_is_told(tmp_path: Path) -> None:
    at = House(tmp_path, mastodon())
    at.place.shelf.keep("2026-exempelvik-mastodon.readiness-2026-11-15.json", b'{"account": "somebody"}')

    assert "could not be kept" in only(at.look()).says


# --- how long -------------------------------------------------------------------------------------------------------


def test_december_takes_as_long_as_the_slowest_platform(tmp_path: Path) -> None:
    at = House(tmp_path, mastodon(budget=300))
    found = at.look()
    posts = next(one["value"] for one in found.told["claims"] if one["field"] == "statuses_count")
    assert found.told["an_hour"] == 3600
    assert found.hours == pytest.approx((10 + posts // 40 + posts) / 3600)

    slow = replace(found, account="en-till", platform="bluesky", hours=20.0)
    told = readiness.estimate([found, slow, slow, replace(found, account="okand", hours=None)])

    assert told.severity == "fine"
    assert (
        "December takes about 40.0 hours (bluesky 40.0 h, mastodon 0.0 h). Nothing tells how long it takes for okand."
        in told.says
    )
    assert readiness.estimate([replace(slow, hours=300.0)]).severity == "renew"


def test_an_account_that_was_archived_before_takes_as_long_as_then(tmp_path: Path) -> None:
    run = Run(tmp_path, MastodonFake(small_world(), token=PLANTED)).go()
    assert run.outcome == "whole"

    found = look(run.order.account, run.place, lambda _: PLANTED, date(2027, 3, 1))

    assert found.hours is not None
    (paper,) = [name for name in run.place.shelf.papers() if ".readiness-" in name]
    assert paper == "2027-exempelvik-mastodon.readiness-2027-03-01.json"


# --- who is told ----------------------------------------------------------------------------------------------------


def one(account: str = "exempelvik-facebook", *found: Finding) -> Report:
    return Report(account=account, day="2026-11-15", platform="facebook", responsible="Chefen", findings=found)


SOON = Finding(says="The key lives until 2026-12-05.", severity="renew", by="2026-11-30", status=4)
DEAD = Finding(says="The key has expired.", severity="fails", status=4)
ENDS = Finding(says="Version v26.0 ends.", severity="renew", whose="operations", status=3)


def test_letters_go_at_once_after_two_days_and_then_every_five(tmp_path: Path) -> None:
    place = Place(work=tmp_path, archive=tmp_path)
    days = []

    for day in (TODAY + timedelta(n) for n in range(14)):
        if tell([one("exempelvik-facebook", SOON)], place, day, lambda letter: True):
            days.append((day - TODAY).days)

    assert days == [0, 2, 7, 12]


def test_a_letter_says_in_plain_swedish_what_to_do_and_by_when() -> None:
    mended = one("biblioteket", Finding(says="fine"))

    editor, communicator = letters([one("exempelvik-facebook", SOON), mended], TODAY, {})

    assert editor.to_function == "Chefen"
    assert editor.subject == "exempelvik-facebook: något måste göras senast 2026-11-30"
    assert "Nyckeln gäller till 2026-12-05." in editor.text
    assert editor.text.startswith("Till Chefen\n\nKontot exempelvik-facebook arkiveras i december.")
    assert communicator.to_function == "communicator"
    assert communicator.subject == "Generalrepetition: 1 konton är inte klara för december"
    assert "biblioteket" not in communicator.text


def test_what_fails_now_is_to_be_done_now_and_english_is_a_switch() -> None:
    editor, _ = letters([one("exempelvik-facebook", SOON, DEAD)], TODAY, {}, "en")

    assert editor.subject == "exempelvik-facebook: something must be done as soon as possible"
    assert editor.text.index("has expired") < editor.text.index("lives until"), "the gravest first"


def test_a_letter_does_not_ask_its_reader_to_run_anything_and_names_no_account_twice(tmp_path: Path) -> None:
    found = House(tmp_path, page(is_a=Token(dead=463)), META).look()

    editor, _ = letters([found], TODAY, {})

    assert "\n\n- Nyckeln har gått ut. En administratör för sidan skapar" in editor.text
    assert "kör igen" not in editor.text
    assert "skicka den aldrig i ett mejl" in editor.text


def test_operations_get_one_letter_of_all_that_is_theirs() -> None:
    store = Report(account="", day="2026-11-15", findings=(replace(DEAD, whose="operations"),))

    made = letters([one("exempelvik-facebook", ENDS), one("biblioteket", ENDS), store], TODAY, {})

    assert [letter.to_function for letter in made] == ["operations", "communicator"]
    assert made[0].text.count("ends") == 2
    assert "Arkivlager och utrymme:" in made[0].text


def test_what_is_worse_than_before_is_told_at_once_and_what_is_mended_is_forgotten(tmp_path: Path) -> None:
    place = Place(work=tmp_path, archive=tmp_path)
    sent: list[Letter] = []
    tell([one("exempelvik-facebook", SOON)], place, TODAY, lambda letter: not sent.append(letter))

    assert tell([one("exempelvik-facebook", SOON)], place, TODAY, lambda letter: True) == []
    assert tell([one("exempelvik-facebook", DEAD)], place, TODAY, lambda letter: True)
    assert waiting(remembered(place), TODAY + timedelta(1)) == set()
    assert waiting(remembered(place), TODAY + timedelta(5)) == {"exempelvik-facebook"}

    assert tell([one()], place, TODAY, lambda letter: True) == []
    assert remembered(place) == {}


def test_an_account_that_could_not_be_looked_at_is_not_taken_for_mended(tmp_path: Path) -> None:
    place = Place(work=tmp_path, archive=tmp_path)
    tell([one("exempelvik-facebook", SOON)], place, TODAY, lambda letter: True)
    account = Account(id="exempelvik-facebook", platform="facebook", address="https://www.facebook.com/exempelvik")

    (operations, _) = tell([readiness.not_looked(account, TODAY, "HTTP 503.")], place, TODAY, lambda letter: True)

    assert operations.to_function == "operations"
    assert {*remembered(place)} == {"editor:exempelvik-facebook", "operations:exempelvik-facebook"}


def test_a_letter_that_could_not_go_is_due_again(tmp_path: Path) -> None:
    place = Place(work=tmp_path, archive=tmp_path)

    assert tell([one("exempelvik-facebook", SOON)], place, TODAY, lambda letter: False)
    assert tell([one("exempelvik-facebook", SOON)], place, TODAY, lambda letter: True)
    assert not tell([one("exempelvik-facebook", SOON)], place, TODAY, lambda letter: True)


def test_a_memory_that_cannot_be_read_tells_once_more(tmp_path: Path) -> None:
    place = Place(work=tmp_path, archive=tmp_path)
    (tmp_path / "readiness").mkdir()
    for broken in ("", "[", "[]", '{"editor:x": 7}'):
        (tmp_path / "readiness" / "told.json").write_text(broken)

        assert waiting(remembered(place), TODAY) == set()
        assert tell([one("exempelvik-facebook", SOON)], place, TODAY, lambda letter: True)


def test_a_letter_goes_to_the_accounts_own_mailbox_else_to_the_communicators() -> None:
    letter, _ = letters([one("exempelvik-facebook", SOON)], TODAY, {})
    communicator = {"communicator": ("kommunikation@exempelvik.example",)}

    assert boxes(letter, Settings(recipients=communicator)) == ["kommunikation@exempelvik.example"]
    function = Settings(recipients=communicator, editors={"chefen": ("chefen@exempelvik.example",)})
    assert boxes(letter, function) == ["chefen@exempelvik.example"]
    own = replace(function, editors={**function.editors, "exempelvik-facebook": ("fb@exempelvik.example",)})
    assert boxes(letter, own) == ["fb@exempelvik.example"]


def test_the_report_has_the_gravest_first_and_the_house_last() -> None:
    reports = [Report(account="", day="2026-11-15"), one("a"), one("b", SOON), one("c", DEAD)]

    rows = reminders.report(reports).splitlines()

    assert rows[0] == "Generalrepetition 2026-11-15: 1 av 3 konton är klara för december."
    assert [row for row in rows[2:] if not row.startswith("  ")] == [
        "FEL NU    c", "ÅTGÄRDA   b", "klart     a", "klart     Arkivlager och utrymme",
    ]  # fmt: skip


def test_not_whole_is_no_word_for_a_paper_that_is_there(tmp_path: Path) -> None:
    at = House(tmp_path, mastodon())
    at.look()

    with pytest.raises(NotWhole):
        at.place.shelf.keep("2026-exempelvik-mastodon.readiness-2026-11-15.json", b"{}")


# --- the command ----------------------------------------------------------------------------------------------------


def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fake: MastodonFake, *words: str) -> int:
    web = {"adapter": InProcess(fake), "clock": fake.clock, "sleep": lambda seconds: None}
    place = Place(work=tmp_path / "arkiv" / ".arsring", archive=tmp_path / "arkiv", settings=BAG, web=web)
    monkeypatch.setattr(cli, "_place", lambda *given: place)
    monkeypatch.setenv("ARSRING_KEY_EXEMPELVIK", PLANTED)
    register = tmp_path / "konton.csv"
    row = f"exempelvik-mastodon;mastodon;{fake.address};Kommunikationschefen;exempelvik"
    register.write_text(f"id;plattform;adress;ansvarig;nyckel\n{row}\n", encoding="utf-8")
    settings = settings_file(tmp_path, format='["bagit"]')
    return cli.main([*words, "--register", str(register), "--settings", str(settings)])


def test_the_command_ends_with_0_where_december_will_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(tmp_path, monkeypatch, mastodon(), "readiness") == 0

    told = capsys.readouterr().out
    assert "1 av 1 konton är klara för december." in told
    assert "exempelvik svarar. Nyckeln får: read:accounts, read:statuses." in told
    assert "December tar ungefär" in told
    assert PLANTED not in told


def test_the_command_ends_with_4_where_a_key_must_be_renewed_and_gives_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = mastodon()
    fake.token = "en-annan"

    assert command(tmp_path, monkeypatch, fake, "--english", "readiness") == 4
    assert "FAILS NOW exempelvik-mastodon" in capsys.readouterr().out
    assert command(tmp_path, monkeypatch, fake, "readiness", "--json") == 4
    found = json.loads(capsys.readouterr().out)
    assert [one["account"] for one in found] == ["exempelvik-mastodon", ""]
    assert found[0]["findings"][0]["severity"] == "fails"


def test_the_command_ends_with_5_where_the_platform_lets_us_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    down = Fault(lambda ask, reply: setattr(reply, "status", 503))

    assert command(tmp_path, monkeypatch, mastodon(faults=[down]), "readiness") == 5
    assert "HTTP 503. Kör igen om 5 minuter" in capsys.readouterr().out
