"""Closing an account: the form, the announcement, one run at a time, the certificate, and what is left afterwards."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from model.errors import BadInput, NotAllowed
from model.nouns import Account, Order
from pipeline import afterwards, closing, line
from pipeline.closing import Left
from pipeline.reminders import Letter
from pipeline.swedish import swedish
from tests.fakes.faults import API, Fault, address, error
from tests.runs import NOON, Run, fake_of, small_world

TODAY = date(2026, 12, 1)
TEXT = "Kontot stängs den 15 december. Följ oss på exempelvik.example."
ANSWERS: dict[str, Any] = {
    "godkann": {"by": "kim", "at": "2026-11-14T08:00:00+00:00", "chosen": ["Godkänn"], "fields": {"skal": "Sett den."}},
    "kvittera": {"by": "robin", "at": "2026-12-01T13:05:00+00:00", "chosen": ["Mottaget och kontrollerat"],
                 "fields": {"kvittens": "E-arkiv 2026-0815"}},
}  # fmt: skip


class Closed(Run):
    """A run of an account that has announced that it will be closed."""

    @property
    def order(self) -> Order:
        account = super().order.account
        _, decision = closing.check(form(self.announced), [account], self.place, TODAY)
        return closing.order_for(account, decision, 2026, NOON)

    @property
    def announced(self) -> str:
        posts = [post for post in self.fake.world.post_ids() if TEXT in self.fake.world.note(post).text]
        return f"{self.fake.address}/{posts[0] if posts else 404}"


@pytest.fixture
def run(tmp_path: Path) -> Closed:
    world = small_world()
    made = Closed(tmp_path, fake_of(world))
    world.add_post(TEXT)
    return made


def form(announcement: str = "https://social.example/@exempelvik/1", **changed: Any) -> dict[str, Any]:
    filled = {
        "account": "exempelvik-mastodon", "case": "KS 2026/123", "decided": "2026-10-01", "announced": "2026-10-15",
        "decider": "Kommunikationschefen", "announcement": announcement, "note": "",
    }  # fmt: skip
    return filled | changed


def register(**changed: Any) -> list[Account]:
    one = Account(id="exempelvik-mastodon", platform="mastodon", address="https://social.example/@exempelvik")
    return [replace(one, **changed)]


# --- the form ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", ["KS 2026/123", "2026-123", "EX 1/26", "SÖN 2026/123-2", "KLK2026/1"])
def test_a_filled_form_is_an_order(case: str, tmp_path: Path) -> None:
    place = line.Place(work=tmp_path, archive=tmp_path)

    account, decision = closing.check(form(case=case), register(), place, TODAY)
    order = closing.order_for(account, decision, 2026, NOON)

    assert (order.id, order.kind, order.closing) == ("2026-exempelvik-mastodon.closure", "closure", decision)
    assert decision.case == case
    assert closing.until(decision, 30) == datetime(2026, 11, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"account": "nobody"}, "no account 'nobody'"),
        ({"account": None}, "no account"),
        ({"case": "diariet"}, "diary number"),
        ({"case": ""}, "diary number"),
        ({"decided": "1 oktober"}, "a day is written"),
        ({"decided": "2026-12-02"}, "has not come yet"),
        ({"announced": "2027-01-01"}, "has not come yet"),
        ({"announced": "2026-09-30"}, "before the decision"),
        ({"decider": "kim@exempelvik.example"}, "as a function"),
        ({"decider": " "}, "as a function"),
        ({"announcement": "https://annan.example/@exempelvik/1"}, "the post's own address"),
        ({"announcement": "http://social.example/@exempelvik/1"}, "the post's own address"),
        ({"announcement": "javascript:alert(1)"}, "the post's own address"),
        ({"announcement": "https://[/"}, "the post's own address"),
        ({"announcement": ""}, "the post's own address"),
    ],
)
def test_a_form_that_is_wrong_is_told(changed: dict[str, Any], fault: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=fault):
        closing.check(form(**changed), register(), line.Place(work=tmp_path, archive=tmp_path), TODAY)


def test_an_account_that_no_connector_reads_is_refused_at_once(tmp_path: Path) -> None:
    found = register(platform="youtube")

    with pytest.raises(BadInput, match="is on youtube, which cannot be read by this version"):
        closing.check(form(), found, line.Place(work=tmp_path, archive=tmp_path), TODAY)


def test_all_faults_of_a_form_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as raised:
        closing.check({}, register(), line.Place(work=tmp_path, archive=tmp_path), TODAY)

    assert len(raised.value.faults) == 5


@pytest.mark.parametrize("status", ["applied", "archived", "closed"])
def test_an_account_that_is_not_open_is_not_closed(status: Any, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=status):
        closing.check(form(), register(status=status), line.Place(work=tmp_path, archive=tmp_path), TODAY)


def test_an_account_is_closed_once(run: Closed) -> None:
    order = run.order
    line.archive(order, run.place, run.key)

    with pytest.raises(BadInput, match="archived for its closure already"):
        closing.check(form(run.announced), [order.account], run.place, TODAY)


def test_of_two_closures_one_goes_on(tmp_path: Path) -> None:
    place = line.Place(work=tmp_path, archive=tmp_path)

    closing.claim("2026-a.closure", place, "manual__1")
    closing.claim("2026-a.closure", place, "manual__1")  # the same run, tried again
    with pytest.raises(BadInput, match="manual__1"):
        closing.claim("2026-a.closure", place, "manual__2")
    closing.release("2026-a.closure", place, "manual__2")  # not its own
    with pytest.raises(BadInput, match="manual__1"):
        closing.claim("2026-a.closure", place, "manual__2")
    assert closing.holder("2026-a.closure", place) == "manual__1"
    closing.release("2026-a.closure", place, "manual__1")
    assert closing.holder("2026-a.closure", place) == ""
    closing.claim("2026-a.closure", place, "manual__2")
    with pytest.raises(BadInput, match="manual__2"):
        closing.hold("2026-a.closure", place, "manual__1")  # cleared, after another took it over


def test_a_run_that_is_killed_while_it_takes_a_closure_leaves_nobody_shut_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = line.Place(work=tmp_path, archive=tmp_path)

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("os.link", killed)
        with pytest.raises(KeyboardInterrupt):
            closing.hold("2026-a.closure", place, "manual__1")

    assert closing.holder("2026-a.closure", place) == ""
    closing.claim("2026-a.closure", place, "manual__2")
    assert closing.holder("2026-a.closure", place) == "manual__2"


def test_a_year_that_waited_while_its_account_was_closed_is_placed_after_the_closure(run: Closed) -> None:
    annual = line.order_for(run.order.account, 2026, created=NOON - timedelta(hours=8))
    now = NOON + timedelta(hours=5)
    assert closing.since(annual, run.place, now) == annual
    line.archive(run.order, run.place, run.key)
    with pytest.raises(BadInput, match="clock"):
        line.archive(annual, run.place, run.key)

    anew = closing.since(annual, run.place, now)

    assert (anew.id, anew.created) == (annual.id, now)
    assert line.archive(anew, run.place, run.key).verdict == "whole"
    assert closing.since(replace(annual, created=now), run.place, NOON) == replace(annual, created=now)


def test_what_was_taken_by_another_decision_is_set_aside(run: Closed) -> None:
    order = run.order
    assert order.closing
    closing.claim(order.id, run.place, "manual__1")
    line.take(order, run.place, run.key)
    closing.release(order.id, run.place, "manual__1")

    closing.claim(order.id, run.place, "manual__2")
    other = replace(order, closing=replace(order.closing, case="EX 99/26"))
    receipt = line.archive(other, run.place, run.key)

    aside = json.loads((run.place.work / f"{order.id}.1" / "order.json").read_text())
    assert aside["closing"]["case"] == order.closing.case
    assert closing.certificate(other, run.place, receipt, ANSWERS)["decision"]["case"] == "EX 99/26"
    held = line.held(receipt, run.place)
    kept = json.loads(b"".join(line.archive_format(receipt.format).read(held, "order.json")))
    assert kept["closing"]["case"] == "EX 99/26"


# --- the announcement -------------------------------------------------------------------------------------------


def test_the_announcement_is_found_and_when_it_was_first_seen_is_kept(run: Closed) -> None:
    first = closing.look(run.order, run.place, run.key)
    run.fake.clock.now += timedelta(days=30)
    again = closing.look(run.order, run.place, run.key)

    assert first
    assert again
    assert TEXT in first.text
    assert (again.first_seen, again.looks) == (first.first_seen, 2)
    assert again.last_seen - first.first_seen >= timedelta(days=30)


def test_people_read_what_it_says_without_markup_and_are_told_when_it_came_later_than_they_say(run: Closed) -> None:
    found = closing.look(run.order, run.place, run.key)

    assert found
    assert found.text == f"<p>{TEXT}</p>"
    assert closing.said(run.order, found) == TEXT
    assert run.order.closing
    order = replace(run.order, closing=replace(run.order.closing, announced="2026-10-15"))
    for day, late in ((15, False), (16, True)):
        assert closing.late(order, replace(found, published=datetime(2026, 10, day, 9, tzinfo=UTC))) == late
    assert not closing.late(run.order, replace(found, published=None))


@pytest.mark.parametrize("tail", ["/", "?utm_source=mejl", "#top"])
def test_it_is_found_however_its_address_was_copied(tail: str, run: Closed) -> None:
    order = run.order
    assert order.closing
    order = replace(order, closing=replace(order.closing, announcement=order.closing.announcement + tail))

    assert closing.look(order, run.place, run.key)


def test_one_that_is_not_there_is_not_found_and_one_that_vanishes_is_told(tmp_path: Path) -> None:
    world = small_world()
    run = Closed(tmp_path, fake_of(world))
    assert closing.look(run.order, run.place, run.key) is None
    post = world.add_post(TEXT)
    order = run.order

    assert (first := closing.look(order, run.place, run.key))
    world.delete(post)

    assert closing.look(order, run.place, run.key) is None
    kept = json.loads((run.place.work / order.id / closing.FOUND).read_text())
    assert (kept["looks"], kept["sha256"]) == (3, first.sha256)
    assert kept["last_missed"]


def test_a_look_asks_little_and_the_capture_after_it_asks_for_everything_itself(run: Closed) -> None:
    order = run.order
    closing.look(order, run.place, run.key)
    looked = len(run.fake.asked)

    receipt = line.archive(order, run.place, run.key)

    assert looked <= 6
    assert receipt.verdict == "whole"
    with zipfile.ZipFile(run.place.archive / f"{order.id}.zip") as held:
        kept = json.loads(held.read(next(name for name in held.namelist() if name.endswith("/announcement.json"))))
        made = json.loads(held.read(next(name for name in held.namelist() if name.endswith("/order.json"))))
    assert kept["looks"] == 1
    assert made["closing"]["case"] == "KS 2026/123"


def test_a_look_that_is_refused_is_told(run: Closed) -> None:
    run.fake.faults.append(Fault(error(403), API))

    with pytest.raises(NotAllowed):
        closing.look(run.order, run.place, run.key)


# --- the certificate and afterwards -----------------------------------------------------------------------------


def test_the_certificate_says_what_was_decided_taken_and_answered_and_stays_the_same(run: Closed) -> None:
    order = run.order
    closing.look(order, run.place, run.key)
    receipt = line.archive(order, run.place, run.key)

    made = closing.certificate(order, run.place, receipt, ANSWERS)
    other = {name: one | {"by": "somebody else"} for name, one in ANSWERS.items()}
    again = closing.certificate(order, run.place, receipt, other)

    assert made == again
    assert made["decision"]["case"] == "KS 2026/123"
    assert made["announcement"]["first_seen"]
    assert (made["sha256"], made["answers"]) == (receipt.sha256, ANSWERS)
    assert made["sign_off"] is None


NOBODY: dict[str, Any] = {}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"godkann": NOBODY}, ["Godkännande: ingen har"]),
        ({"godkann": ANSWERS["godkann"] | {"chosen": ["Avslå"]}}, ["Godkännande: ingen har"]),
        ({"godkann": ANSWERS["godkann"] | {"by": ""}}, ["Godkännande: ingen har"]),
        ({"godkann": "Godkänn"}, ["Godkännande: ingen har"]),
        ({"kvittera": NOBODY}, ["Mottagande: ingen har"]),
        ({"kvittera": ANSWERS["kvittera"] | {"chosen": ["Fel i paketet"]}}, ["Mottagande: ingen har"]),
        ({"godkann": NOBODY, "kvittera": NOBODY}, ["Godkännande: ingen har", "Mottagande: ingen har"]),
    ],
    ids=["not approved", "refused", "by nobody", "no answer", "not received", "faulty", "neither"],
)
def test_nothing_says_that_an_account_may_be_closed_before_people_have_said_so(
    changed: dict[str, Any], told: list[str], run: Closed
) -> None:
    order = run.order
    receipt = line.archive(order, run.place, run.key)

    with pytest.raises(BadInput) as raised:
        closing.certificate(order, run.place, receipt, ANSWERS | changed)

    first, *rest = swedish(str(raised.value)).splitlines()
    assert "kontot får INTE stängas" in first
    assert [text for text, due in zip(rest, told, strict=True) if due not in text] == []
    assert not [name for name in run.place.shelf.papers() if "certificate" in name]


def test_nothing_says_that_an_account_may_be_closed_without_a_receipt_and_all_that_is_missing_is_told(
    run: Closed,
) -> None:
    order = run.order
    with pytest.raises(BadInput) as raised:
        closing.certificate(order, run.place, None, {})
    receipt = line.archive(order, run.place, run.key)
    with pytest.raises(BadInput, match="is not the last package"):
        closing.certificate(order, run.place, replace(receipt, sha256="0" * 64), ANSWERS)

    assert [text[4:12] for text in swedish(str(raised.value)).splitlines()[1:]] == ["Kvitto: ", "Godkänna", "Mottagan"]


def test_a_package_that_is_not_whole_needs_its_sign_off_before_the_account_may_be_closed(
    run: Closed, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = run.order
    receipt = line.archive(order, run.place, run.key)
    for verdict in ("not whole", "cannot be proven"):
        unsigned = replace(receipt, verdict=verdict)
        with pytest.raises(BadInput, match="sign-off: the package is not whole"):
            closing.certificate(order, run.place, unsigned, ANSWERS)

    signed = {"by": "Arkivarie", "at": "2026-12-01T10:00:00.000000Z", "reasons": [], "note": ""}
    read = closing._read
    monkeypatch.setattr(closing, "_read", lambda *of: signed if of[2] == "signoff.json" else read(*of))

    assert closing.certificate(order, run.place, unsigned, ANSWERS)["sign_off"] == signed


def test_where_a_package_was_faulty_the_certificate_is_of_the_one_that_replaced_it(run: Closed) -> None:
    order = run.order
    closing.look(order, run.place, run.key)
    faulty = line.archive(order, run.place, run.key)
    assert closing.newest(order.id, run.place) == faulty
    later = replace(order, created=order.created + timedelta(days=1))
    second = line.archive(line.again(later, "fel i paketet", run.place), run.place, run.key)

    found = closing.newest(order.id, run.place)
    assert found == second
    made = closing.certificate(order, run.place, second, ANSWERS)

    assert (made["order"], made["package"]) == (order.id, second.package)
    assert made["sha256"] == second.sha256 != faulty.sha256
    assert made["announcement"]["first_seen"]


def test_afterwards_it_is_told_until_it_is_gone_and_what_was_lost_is_an_alarm(run: Closed) -> None:
    order = run.order
    account = replace(order.account, status="closing")

    def told(**changed: Any) -> list[str]:
        return [one.what for one in closing.left([replace(account, **changed)], run.place, lambda name: run.key)]

    assert told() == []
    gone, refused = Fault(error(404), address("/accounts/lookup")), Fault(error(403), API)
    run.fake.faults.append(gone)
    assert told() == ["lost"]
    assert told(status="active") == [], "readiness looks at what is in use"
    run.fake.faults.remove(gone)
    receipt = line.archive(order, run.place, run.key)
    assert told() == [], "not before the archivist has received it"
    run.fake.faults.append(gone)
    assert told() == [], "nothing is lost"
    run.fake.faults.remove(gone)
    closing.certificate(order, run.place, receipt, ANSWERS)
    assert told() == told(status="active") == told(status="archived") == ["close"]
    run.fake.faults.append(gone)
    assert told() == ["register"]
    run.fake.faults.remove(gone)
    run.fake.faults.append(refused)
    assert told() == ["unsure"], "a key that has ended with its page says nothing of the page"
    assert told(status="closed") == []


def test_a_platform_that_is_away_says_nothing_of_an_account(run: Closed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    run.fake.faults.append(Fault(error(502), API))
    account = replace(run.order.account, status="closing")

    for status in ("closing", "archived"):
        assert list(closing.left([replace(account, status=status)], run.place, lambda name: run.key)) == []


def test_an_account_whose_name_looks_like_a_closure_is_not_closed(run: Closed) -> None:
    account = replace(run.order.account, id="exempelvik.closure")
    line.archive(line.order_for(account, 2026, created=NOON), run.place, run.key)

    assert closing.closed(account.id, run.place) is None


def test_the_strategist_is_reminded_until_it_is_done(run: Closed) -> None:
    order = run.order
    account = replace(order.account, status="closing")
    closing.certificate(order, run.place, line.archive(order, run.place, run.key), ANSWERS)
    sent: list[Letter] = []

    def told(day: int, goes: bool = True, **changed: Any) -> list[str]:
        """The subjects of the letters of a day."""
        sent.clear()
        today = date(2026, 12, 1) + timedelta(day)
        accounts = [replace(account, **changed)]
        afterwards.remind(accounts, run.place, lambda _: run.key, today, lambda one: sent.append(one) or goes)  # type: ignore[func-returns-value]
        return [one.subject for one in sent]

    assert told(0, goes=False) == ["Får stängas, och finns kvar: exempelvik-mastodon"]
    assert told(0) == ["Får stängas, och finns kvar: exempelvik-mastodon"], "what did not go is due again"
    assert [told(day) != [] for day in range(1, 9)] == [False, True, False, False, False, False, True, False]
    run.fake.faults.append(Fault(error(404), address("/accounts/lookup")))
    assert told(9) == ["Är stängt: exempelvik-mastodon"]
    assert sent[0].to_function == "strategist"
    assert "status ”avslutat” i registret" in sent[0].text
    assert told(10) == []
    assert told(11, status="closed") == []
    assert afterwards.remembered(run.place) == {}


def test_an_account_that_is_gone_without_an_archive_is_an_alarm_to_all_who_can_do_something(run: Closed) -> None:
    run.fake.faults.append(Fault(error(404), address("/accounts/lookup")))
    sent: list[Letter] = []
    account = replace(run.order.account, status="closing")

    afterwards.remind([account], run.place, lambda _: run.key, TODAY, lambda one: sent.append(one) or True)  # type: ignore[func-returns-value]

    assert [one.to_function for one in sent] == ["strategist", "archivist", "operations"]
    assert {one.subject for one in sent} == {"Larm: exempelvik-mastodon är borta och inte arkiverat"}
    english = afterwards.letters(Left(account, "lost"), "en")[0]
    assert english.subject == "Alarm: exempelvik-mastodon is gone and was not archived"


def test_what_was_told_and_cannot_be_read_is_begun_anew(run: Closed) -> None:
    path = run.place.work / "closures" / "told.json"
    path.parent.mkdir(parents=True)
    for text in ("", "[]", '{"a": 1}', '{"a": {"what": "close", "days": []}}', '{"a": {"what": "?", "days": ["x"]}}'):
        path.write_text(text)
        assert afterwards.remembered(run.place) == {}
