"""The register is changed by command: life cycle, history, drift, two at once, killed anywhere, the user's dialect."""

from __future__ import annotations

import csv
import io
import json
import multiprocessing
import os
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from model.errors import ArsringError, BadInput, TryLater
from model.nouns import Account
from pipeline import line
from register import columns, history, keeping, lifecycle, table, texts, writing
from register.keeping import Asked
from register.lifecycle import Kept
from tests.test_register import TOKENS

AT = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
ASKED = Asked(by="kommunikationsstrateg", why="Startformulär", at=AT, today="2026-11-28", archive={})
TEXT = (
    "id;plattform;adress;enhet;Rum;ansvarig;status\r\n"
    'exempelvik-a;mastodon;https://a.example/@a;"Kultur;\r\nfritid";12;chef;aktivt\r\n'
    ";;;;;;\r\n"
    "exempelvik-b;bluesky;https://b.example/@b;Kommunikation;;chef; Avslutas \r\n"
)
CLOSURE = Kept(2026, "2026-exempelvik-b.closure")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (path := tmp_path / "register.csv").write_bytes(TEXT.encode("utf-8-sig"))
    return path


def asked(**changed: Any) -> Asked:
    known = {name: getattr(ASKED, name) for name in Asked.__slots__}
    return Asked(**known | changed)


def refused(act: Callable[[], object], path: Path) -> str:
    """What is said, once it is seen that neither register nor history was touched."""
    before = (path.read_bytes() if path.exists() else b"", history.read(path))
    with pytest.raises(BadInput) as caught:
        act()

    assert (path.read_bytes() if path.exists() else b"", history.read(path)) == before
    return str(caught.value)


def accounts(path: Path) -> dict[str, Account]:
    return {one.id: one for one in table.read(path, tell=lambda _: None)}


# --- one row is changed -----------------------------------------------------------------------------------------------


def test_only_the_row_that_is_changed_is_written_anew(path: Path) -> None:
    keeping.change(path, "exempelvik-b", {"unit": 'Ny "enhet"; två'}, ASKED)

    assert path.read_bytes().decode("utf-8-sig") == TEXT.replace(";Kommunikation;", ';"Ny ""enhet""; två";')
    assert path.read_bytes().startswith(writing.BOM)


def test_a_column_that_is_not_there_is_added_after_the_last(path: Path) -> None:
    keeping.change(path, "exempelvik-b", {"purpose": "Nyheter"}, ASKED)

    assert path.read_bytes().decode("utf-8-sig") == (
        "id;plattform;adress;enhet;Rum;ansvarig;status;syfte\r\n"
        'exempelvik-a;mastodon;https://a.example/@a;"Kultur;\r\nfritid";12;chef;aktivt;\r\n'
        ";;;;;;\r\n"
        "exempelvik-b;bluesky;https://b.example/@b;Kommunikation;;chef; Avslutas ;Nyheter\r\n"
    )


def test_a_new_account_is_applied_for_today_and_stands_last(path: Path) -> None:
    given = {"id": "exempelvik-c", "platform": "Mastodon", "address": "https://c.example/@c", "level": "unique"}

    (*begun, entry) = keeping.add(path, given | {"case": "EXV 2026/1", "case_date": "2026-11-20"}, ASKED)

    account = accounts(path)["exempelvik-c"]
    assert (account.status, account.status_date, account.level) == ("applied", "2026-11-28", "unique")
    assert (account.case, account.case_date, account.platform) == ("EXV 2026/1", "2026-11-20", "mastodon")
    assert path.read_bytes().decode().endswith(";ansökt;EXV 2026/1;2026-11-20;unikt innehåll;2026-11-28\r\n")
    assert [one.what for one in begun] == ["begin", "begin"]
    assert (entry.what, entry.before, entry.after) == ("add", None, {
        "id": "exempelvik-c", "platform": "mastodon", "address": "https://c.example/@c", "level": "unique",
        "case": "EXV 2026/1", "case_date": "2026-11-20", "status": "applied", "status_date": "2026-11-28",
    })  # fmt: skip


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_the_first_account_makes_the_register(lang: texts.Lang, tmp_path: Path) -> None:
    path = tmp_path / "nytt.csv"
    keeping.add(path, {"id": "a-1", "platform": "mastodon", "address": "https://a.example/@a"}, asked(lang=lang))

    heads = path.read_bytes().decode("utf-8-sig").splitlines()[0].split(";")
    assert heads[:3] == (["id", "plattform", "adress"] if lang == "sv" else ["id", "platform", "address"])
    assert len(heads) == len(columns.COLUMNS)
    assert accounts(path)["a-1"].status == "applied"
    keeping.add(path, {"id": "b-1", "platform": "mastodon", "address": "https://b.example/@b"}, asked(lang=lang))
    assert [*accounts(path)] == ["a-1", "b-1"]


def test_an_english_register_stays_english(tmp_path: Path) -> None:
    (path := tmp_path / "r.csv").write_text("id,platform,address,level\na-1,mastodon,https://a.example/@a,full")

    keeping.change(path, "a-1", {"status": "avslutas", "level": "översiktsbild", "options": "statistik"}, ASKED)

    assert path.read_text() == (
        "id,platform,address,level,status,status-date,options\n"
        "a-1,mastodon,https://a.example/@a,overview,closing,2026-11-28,insights"
    )


def test_a_hint_to_excel_and_the_rights_of_the_file_are_kept(tmp_path: Path) -> None:
    (path := tmp_path / "r.csv").write_bytes(b"sep=,\rid,plattform,adress\ra-1,mastodon,https://a.example/@a")
    path.chmod(0o640)
    (link := tmp_path / "l.csv").symlink_to(path)

    keeping.change(link, "a-1", {"unit": "X"}, ASKED)
    keeping.add(link, {"id": "b-1", "platform": "mastodon", "address": "https://b.example/@b"}, ASKED)

    assert path.read_bytes() == (
        b"sep=,\rid,plattform,adress,enhet,status,statusdatum\ra-1,mastodon,https://a.example/@a,X,,\r"
        b"b-1,mastodon,https://b.example/@b,,ans\xc3\xb6kt,2026-11-28\r"
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert link.is_symlink()
    assert history.place(link) == tmp_path / "r.historik.jsonl"


def test_what_changes_nothing_writes_nothing(path: Path) -> None:
    before = path.read_bytes()

    assert keeping.change(path, "exempelvik-b", {"unit": " Kommunikation "}, ASKED) == []
    assert path.read_bytes() == before
    assert not history.place(path).exists()


REFUSED: dict[str, tuple[dict[str, str], str]] = {
    "a formula": ({"unit": "=1+1"}, "Excel kan ta den för en formel"),
    "a mention": ({"display_name": "@SUM(A1)"}, "Excel kan ta den för en formel"),
    "a date that is none": ({"case_date": "3/12 2026"}, "det är inget datum"),
    "another's address": ({"address": "https://a.example/@a"}, "samma adress står på rad 2"),
    "no status": ({"status": "kanske"}, "statusen är okänd"),
    "no address": ({"address": ""}, "cellen är tom"),
    "control characters": ({"unit": "a\x07b"}, "osynliga styrtecken"),
    "a decision that is none": ({"instaloader": "ja"}, "beslutets diarienummer"),
    "another's id": ({"id": "exempelvik-a"}, "ett id ändras aldrig"),
    "a new id": ({"id": "exempelvik-ny"}, "ett id ändras aldrig"),
    "a platform that nobody knows": ({"platform": "friendica"}, "okänd. Skriv någon av: bluesky, mastodon"),
}


@pytest.mark.parametrize("given", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_written_is_refused_and_nothing_changes(given: tuple[dict[str, str], str], path: Path) -> None:
    known = asked(platforms=frozenset({"mastodon", "bluesky"}))

    assert given[1] in refused(lambda: keeping.change(path, "exempelvik-b", given[0], known), path)


def test_an_account_on_a_platform_that_is_only_known_by_name_can_be_added(path: Path) -> None:
    film = {"id": "exempelvik-film", "platform": "youtube", "address": "https://youtube.example/@exempelvik"}

    assert keeping.add(path, film, asked(platforms=frozenset({"mastodon"})))


def test_rows_of_platforms_that_no_connector_knows_hinder_no_change_of_others(path: Path) -> None:
    path.write_bytes(TEXT.replace("bluesky", "youtube").encode())

    assert keeping.change(path, "exempelvik-a", {"unit": "A"}, asked(platforms=frozenset({"mastodon"})))
    assert keeping.change(path, "exempelvik-b", {"unit": "B"}, asked(platforms=frozenset({"mastodon"})))


@pytest.mark.parametrize("token", TOKENS)
def test_no_key_comes_into_register_or_history(token: str, path: Path) -> None:
    for act in (
        lambda: keeping.change(path, "exempelvik-b", {"key": token}, ASKED),
        lambda: keeping.add(path, {"id": "c-1", "platform": "x", "address": "https://c.example", "key": token}, ASKED),
    ):
        assert token not in refused(act, path)


@pytest.mark.parametrize("token", [TOKENS[0], TOKENS[2], TOKENS[3], TOKENS[7], TOKENS[9]])
def test_no_key_comes_into_the_history_by_its_reason(token: str, path: Path) -> None:
    for one in (asked(why=f"ny nyckel {token}"), asked(by=token)):
        assert token not in refused(lambda one=one: keeping.change(path, "exempelvik-b", {"unit": "X"}, one), path)


@pytest.mark.parametrize(("by", "why"), [("", "skäl"), ("kim@exempelvik.example", "skäl"), ("strateg", " "), ("x", "")])
def test_who_and_why_must_be_said(by: str, why: str, path: Path) -> None:
    said = refused(lambda: keeping.change(path, "exempelvik-b", {"unit": "X"}, asked(by=by, why=why)), path)

    assert "inget ändrades" in said


def test_an_id_is_never_used_again(path: Path) -> None:
    keeping.add(path, {"id": "c-1", "platform": "mastodon", "address": "https://c.example/@c"}, ASKED)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    keeping.accept(path, [], ASKED)

    for id in ("c-1", "exempelvik-a"):
        new = {"id": id, "platform": "mastodon", "address": "https://d.example/@d"}
        assert "återanvänds aldrig" in refused(lambda new=new: keeping.add(path, new, ASKED), path)


def test_a_register_with_faults_is_changed_by_nobody(path: Path) -> None:
    path.write_bytes(TEXT.replace("mastodon;", "mastodon ja;").encode())

    said = refused(lambda: keeping.change(path, "exempelvik-b", {"unit": "X"}, ASKED), path)

    assert "Rad 2, kolumn ”plattform”" in said


# --- the life cycle ---------------------------------------------------------------------------------------------------

OLD_TO_NEW = [(old, new) for old in (None, *lifecycle.CHAIN) for new in lifecycle.CHAIN]


@pytest.mark.parametrize(("old", "new"), OLD_TO_NEW)
@pytest.mark.parametrize("kept", [None, Kept(), Kept(2025), CLOSURE], ids=["unknown", "none", "annual", "closure"])
def test_no_step_leads_to_an_end_without_the_archive(old: Any, new: Any, kept: Kept | None) -> None:
    account = Account(id="a-1", platform="mastodon", address="https://a.example", status=new)
    archive = None if kept is None else {"a-1": kept}

    codes = [one.code for one in lifecycle.step(account, old, archive, decided=False, lang="sv")]

    at, there = (lifecycle.CHAIN.index(one) if one else -1 for one in (old, new))
    if old == new or (old, new) in lifecycle.BACK:
        assert codes == []
    elif there < at:
        assert codes == ["no-step"]
    elif new in ("archived", "closed"):
        due = {None: "archive-unknown", Kept(): "needs-package", Kept(2025): "needs-decision", CLOSURE: ""}[kept]
        assert codes == [due] * bool(due)
    else:
        assert codes == []
    assert (new in lifecycle.after(old)) == (codes != ["no-step"] and old != new)
    if kept and kept.last:
        assert [one.code for one in lifecycle.step(account, old, archive, decided=True, lang="sv")] in ([], ["no-step"])


def test_what_no_connector_reads_is_closed_by_a_decision_alone() -> None:
    film = Account(id="a-1", platform="youtube", address="https://youtube.example/@a", status="closed")
    decided = replace(film, status_decision="EXV 2026/7", status_date="2026-11-28")

    assert [one.code for one in lifecycle.step(film, "active", {}, decided=False, lang="sv")] == ["needs-package"]
    assert lifecycle.step(decided, "active", {}, decided=True, lang="sv") == []
    assert [one.code for one in lifecycle.findings([film], {})] == ["no-decision", "ended-unarchived"]
    assert list(lifecycle.findings([decided], {})) == []
    assert lifecycle.lacking(decided, {}, 2025) == ["package"], "the list upwards says so all the same"
    assert columns.UNREAD.isdisjoint(line.names("connectors"))


def test_an_account_is_not_closed_unarchived(path: Path) -> None:
    def close(**given: str) -> object:
        return keeping.change(path, "exempelvik-b", {"status": "avslutat"} | given, closing)

    closing = ASKED
    assert "arsring run --kind closure --account exempelvik-b" in refused(close, path)
    closing = asked(archive=None)
    assert "--settings" in refused(close, path)
    closing = asked(archive={"exempelvik-b": Kept(2025)})
    assert "bara årets paket (2025)" in refused(close, path)
    closing = asked(archive={"exempelvik-b": CLOSURE})
    close(status_decision="EXV 2026/7")

    account = accounts(path)["exempelvik-b"]
    assert (account.status, account.status_date, account.status_decision) == ("closed", "2026-11-28", "EXV 2026/7")


def test_a_new_status_does_not_keep_the_decision_of_the_old_one(path: Path) -> None:
    keeping.change(path, "exempelvik-a", {"status_decision": "EXV 2020/1", "status_date": "2020-01-01"}, ASKED)

    keeping.change(path, "exempelvik-a", {"status": "closing"}, ASKED)

    account = accounts(path)["exempelvik-a"]
    assert (account.status, account.status_date, account.status_decision) == ("closing", "2026-11-28", "")
    assert history.read(path).state()["exempelvik-a"]["status_date"] == "2026-11-28"


def test_no_account_without_a_start_form_goes_unmentioned() -> None:
    def one(**given: Any) -> Account:
        return Account(**{"id": "a-1", "platform": "mastodon", "address": "https://a.example"} | given)

    def codes(archive: lifecycle.Archive | None = None, **given: Any) -> list[str]:
        return [found.code for found in lifecycle.findings([one(**given)], archive)]

    decided = {"status_date": "2026-01-01", "status_decision": "EXV 2026/1"}
    assert codes() == ["no-form"]
    assert codes(case="EXV 2026/1") == ["no-form-date"]
    assert codes(case="EXV 2026/1", case_date="2026-01-01") == []
    assert codes(status="applied") == []
    assert codes(status="closing") == ["no-form", "no-decision"]
    assert codes(status="closed", **decided) == []
    assert codes({}, status="closed", **decided) == ["ended-unarchived"]
    assert codes({"a-1": Kept(2025)}, status="archived") == ["no-decision", "ended-by-annual"]
    assert codes({"a-1": Kept(2025)}, status="archived", **decided) == []
    assert codes({"a-1": CLOSURE}, case="x", case_date="2026-01-01") == ["closure-untold"]


def test_what_an_account_lacks_is_counted_from_the_last_whole_december() -> None:
    full = dict.fromkeys(("case", "case_date", "unit", "responsible", "editors", "purpose", "target_group"), "x")

    def lacks(archive: lifecycle.Archive | None, **given: Any) -> list[str]:
        account = Account(**{"id": "a-1", "platform": "m", "address": "https://a.example"} | full | given)
        return lifecycle.lacking(account, archive, 2025)

    assert lacks(None) == []
    assert lacks({}) == ["package"]
    assert lacks({}, status_date="2026-02-01") == []
    assert lacks({"a-1": Kept(2024)}) == ["last-package"]
    assert lacks({"a-1": Kept(2025)}, editors="", purpose="") == ["editors", "purpose"]
    assert lacks({}, status="applied", case="") == ["case"]
    assert lacks({}, status="closed", case="") == ["package"]


# --- the history ------------------------------------------------------------------------------------------------------


def test_each_line_says_who_when_why_and_what_and_is_chained_to_the_one_before(path: Path) -> None:
    keeping.change(path, "exempelvik-b", {"unit": "Kultur"}, ASKED)
    keeping.change(path, "exempelvik-b", {"unit": "Fritid"}, asked(by="arkivarie", why="Ny organisation"))

    lines = history.place(path).read_bytes().splitlines()
    told = [json.loads(line) for line in lines]
    assert [one["what"] for one in told] == ["begin", "begin", "change", "change"]
    assert told[-1] == {
        "previous": sha256(lines[-2]).hexdigest(), "at": "2026-11-28T09:30:00.000000Z", "by": "arkivarie",
        "why": "Ny organisation", "what": "change", "account": "exempelvik-b",
        "before": told[-2]["after"], "after": told[-2]["after"] | {"unit": "Fritid"},
        "register": sha256(path.read_bytes()).hexdigest(),
    }  # fmt: skip
    assert [one["previous"] for one in told] == ["", *(sha256(line).hexdigest() for line in lines[:-1])]
    assert told[0]["after"] == {
        "id": "exempelvik-a", "platform": "mastodon", "address": "https://a.example/@a", "unit": "Kultur;\nfritid",
        "responsible": "chef", "level": "full", "status": "active",
    }  # fmt: skip


@pytest.mark.parametrize("touch", ["change", "remove", "swap", "insert", "garble"])
def test_a_history_that_somebody_touched_is_seen_and_goes_no_further(touch: str, path: Path) -> None:
    for unit in ("A", "B", "C"):
        keeping.change(path, "exempelvik-b", {"unit": unit}, ASKED)
    lines = history.place(path).read_bytes().splitlines(keepends=True)
    match touch:
        case "change":
            lines[2] = lines[2].replace(b"kommunikationsstrateg", b"kommunikationschefen.")
        case "remove":
            del lines[2]
        case "swap":
            lines[2], lines[3] = lines[3], lines[2]
        case "insert":
            lines.insert(2, lines[2])
        case "garble":
            lines[2] = lines[2][:40] + b"\n"
    history.place(path).write_bytes(b"".join(lines))

    assert history.read(path).faults
    assert "historik" in refused(lambda: keeping.change(path, "exempelvik-b", {"unit": "D"}, ASKED), path)


def test_a_line_that_a_killed_process_began_is_no_line(path: Path) -> None:
    keeping.change(path, "exempelvik-b", {"unit": "A"}, ASKED)
    whole = history.place(path).read_bytes()
    history.place(path).write_bytes(whole + b'{"previous": "ab')

    assert history.read(path).faults == ()
    keeping.change(path, "exempelvik-b", {"unit": "B"}, ASKED)
    assert history.place(path).read_bytes().startswith(whole)
    assert len(history.read(path).entries) == 4
    assert history.read(path).faults == ()


def test_what_is_changed_by_hand_is_told_and_taken_in(path: Path) -> None:
    keeping.change(path, "exempelvik-a", {"unit": "A"}, ASKED)
    text = path.read_bytes().decode().replace(" Avslutas ", "aktivt").replace(";Kommunikation;", ";Kultur;")
    path.write_bytes((text + "c-1;mastodon;https://c.example/@c;;;;ansökt\r\n").encode())

    drift = {one.account: texts.say(one.remark("sv"), "sv") for one in keeping.look(path, None).drift()}
    assert "ändrat för hand, förbi historiken: enhet, status." in drift["exempelvik-b"]
    assert "tillagt för hand" in drift["c-1"]
    assert "Ta först in det" in refused(lambda: keeping.change(path, "exempelvik-b", {"unit": "X"}, ASKED), path)
    keeping.change(path, "exempelvik-a", {"unit": "B"}, ASKED)  # of another account
    assert {*drift} == {one.account for one in keeping.look(path, None).drift()}

    before = path.read_bytes()
    made = keeping.accept(path, ["c-1"], ASKED)
    made += keeping.accept(path, [], asked(why="Ändrat i Excel"))
    assert [(one.what, one.account) for one in made] == [("accept", "c-1"), ("accept", "exempelvik-b")]
    assert path.read_bytes() == before
    assert keeping.look(path, None).drift() == []
    assert "inget är ändrat för hand" in refused(lambda: keeping.accept(path, ["c-1"], ASKED), path)


def test_other_words_for_the_same_are_no_drift(path: Path) -> None:
    keeping.accept(path, [], ASKED)
    path.write_bytes(TEXT.replace(" Avslutas ", "closing").replace("bluesky", "Bluesky").replace("\r\n", "\n").encode())

    assert keeping.look(path, None).drift() == []


def test_the_rules_hold_for_what_is_done_by_hand(path: Path) -> None:
    keeping.accept(path, [], ASKED)
    path.write_bytes(TEXT.replace(" Avslutas ", "avslutat").encode())
    assert "arkivet har inget kvitto" in refused(lambda: keeping.accept(path, [], ASKED), path)
    path.write_bytes("".join(TEXT.splitlines(keepends=True)[:-1]).encode())
    assert "Lägg tillbaka raden" in refused(lambda: keeping.accept(path, [], ASKED), path)

    path.write_bytes(TEXT.replace(" Avslutas ", "avslutat").encode())
    assert keeping.accept(path, [], asked(archive={"exempelvik-b": CLOSURE}))[0].account == "exempelvik-b"
    path.write_bytes("".join(TEXT.splitlines(keepends=True)[:-1]).encode())
    assert keeping.accept(path, [], ASKED)[0].after is None


# --- on the disk ------------------------------------------------------------------------------------------------------


def _add(path: Path, number: int) -> None:
    keeping.add(path, {"id": f"n-{number}", "platform": "mastodon", "address": f"https://{number}.example/@n"}, ASKED)


def test_of_many_at_once_none_is_lost(path: Path) -> None:
    fork = multiprocessing.get_context("fork")
    workers = [fork.Process(target=_add, args=(path, number)) for number in range(6)]

    for one in workers:
        one.start()
    for one in workers:
        one.join()

    assert [one.exitcode for one in workers] == [0] * 6
    assert len(accounts(path)) == 8
    assert keeping.look(path, None).drift() == []
    assert history.read(path).faults == ()


def test_one_who_waits_too_long_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "PATIENCE", 0.0)

    with keeping._alone(path, ASKED), pytest.raises(TryLater, match="någon annan ändrar registret"):
        keeping.change(path, "exempelvik-b", {"unit": "X"}, ASKED)


class Killed(BaseException):
    """As by kill -9: nothing is cleaned up."""


STOPS = ["open", "append", "replace", "sync"]


@pytest.mark.parametrize("stop", STOPS)
def test_a_process_killed_anywhere_leaves_the_old_or_the_new(
    stop: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeping.accept(path, [], ASKED)
    before = path.read_bytes()

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        match stop:
            case "open":
                patch.setattr(os, "fsync", killed)
            case "append":
                patch.setattr(history, "append", killed)
            case "replace":
                patch.setattr(Path, "replace", killed)
            case "sync":
                patch.setattr(history, "sync", killed)
        with pytest.raises(Killed):
            keeping.change(path, "exempelvik-b", {"unit": "Kultur"}, ASKED)
    assert path.read_bytes() in (before, before.replace(b";Kommunikation;", b";Kultur;"))

    keeping.change(path, "exempelvik-a", {"unit": "A"}, ASKED)

    units = {id: account.unit for id, account in accounts(path).items()}
    assert units == {"exempelvik-a": "A", "exempelvik-b": "Kultur" if stop in STOPS[2:] else "Kommunikation"}
    assert keeping.look(path, None).drift() == []
    assert [one.name for one in path.parent.iterdir() if one.name.endswith(".part")] == []


def test_what_somebody_saved_after_a_kill_is_not_overwritten(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keeping.accept(path, [], ASKED)

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(Killed):
            keeping.change(path, "exempelvik-b", {"unit": "Kultur"}, ASKED)
    path.write_bytes(TEXT.replace(";12;", ";14;").encode())
    keeping.change(path, "exempelvik-a", {"unit": "A"}, ASKED)

    assert ";14;" in path.read_bytes().decode()
    assert [one.account for one in keeping.look(path, None).drift()] == ["exempelvik-b"]


def test_a_file_that_somebody_saves_meanwhile_is_left_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, theirs = keeping._as_before, TEXT.replace(";12;", ";14;").encode()

    def saved(handle: int, at: Path) -> None:
        whole(handle, at)
        path.write_bytes(theirs)

    monkeypatch.setattr(keeping, "_as_before", saved)
    with pytest.raises(TryLater, match="ändrades av någon annan"):
        keeping.change(path, "exempelvik-b", {"unit": "X"}, ASKED)

    assert path.read_bytes() == theirs
    assert not history.place(path).exists()
    assert not list(path.parent.glob("*.part"))


# --- whatever comes in ------------------------------------------------------------------------------------------------

FUZZ = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
DISK = settings(FUZZ, max_examples=50)  # each example waits for the disk
CELL = st.text(st.characters(exclude_categories=("Cc", "Cs")) | st.sampled_from('";,\n\t'), max_size=20)
OWN = st.lists(st.text("abcXYZåäö ", min_size=1, max_size=8).map(lambda name: f"Egen {name}"), max_size=3)


@FUZZ
@given(
    rows=st.lists(st.fixed_dictionaries(dict.fromkeys(("unit", "purpose", "own"), CELL)), min_size=1, max_size=4),
    own=OWN, separator=st.sampled_from(";,\t"), end=st.sampled_from(["\r\n", "\n", "\r"]), bom=st.booleans(),
    value=CELL, at=st.integers(0, 3), field=st.sampled_from(["unit", "purpose", "aim", "secrecy", "editors"]),
)  # fmt: skip
def test_whatever_stands_in_a_register_one_change_is_read_back_and_the_rest_stays(
    tmp_path: Path, rows: list[dict[str, str]], own: list[str], separator: str, end: str, bom: bool, value: str,
    at: int, field: str,
) -> None:  # fmt: skip
    file = io.StringIO()
    writer = csv.writer(file, delimiter=separator, lineterminator=end)
    writer.writerow(["id", "plattform", "adress", "enhet", "syfte", *own])
    for number, row in enumerate(rows):
        address = f"https://{number}.example/@a"
        writer.writerow([f"konto-{number}", "mastodon", address, row["unit"], row["purpose"], *[row["own"]] * len(own)])
    raw = (writing.BOM if bom else b"") + file.getvalue().encode()
    records, remarks = table.examined(raw, tmp_path)
    assume(not [one for one in remarks if one.code not in table.NOTES])
    record = records[at % len(records)]

    book = writing.Book(raw)
    assert book.content() == raw
    book.change(record.row, {field: columns.clean(value)})
    after, told = table.examined(book.content(), tmp_path)

    assume(not [one for one in told if one.code not in table.NOTES])
    due = [one.values | ({field: columns.clean(value)} if one.row == record.row else {}) for one in records]
    got = [{name: text for name, text in one.values.items() if name in due[0] or text} for one in after]
    assert [{k: v for k, v in one.items() if v} for one in got] == [{k: v for k, v in one.items() if v} for one in due]
    for number, (old, new) in enumerate(zip(_cells(raw), _cells(book.content()), strict=True), 1):
        if number not in (1, record.row):
            assert new[: len(old)] == old
    assert book.content().startswith(writing.BOM) == bom


def _cells(raw: bytes) -> list[list[str]]:
    text = raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    return list(csv.reader(io.StringIO(text), delimiter=max(";,\t", key=text.partition("\n")[0].count)))


@DISK
@given(st.binary(max_size=200))
def test_random_bytes_after_a_history_are_faults_and_no_more(tmp_path: Path, tail: bytes) -> None:
    (path := tmp_path / "register.csv").write_bytes(TEXT.encode())
    history.place(path).unlink(missing_ok=True)
    keeping.accept(path, [], ASKED)
    with history.place(path).open("ab") as out:
        out.write(tail)

    found = history.read(path)

    assert len(found.entries) >= 2
    assert bool(found.faults) == (b"\n" in tail)
    try:
        keeping.change(path, "exempelvik-a", {"unit": "A"}, ASKED)
    except ArsringError:
        assert found.faults


@FUZZ
@given(st.data())
def test_no_byte_of_a_line_that_has_another_after_it_can_change_unseen(tmp_path: Path, data: st.DataObject) -> None:
    (path := tmp_path / "register.csv").write_bytes(TEXT.encode())
    if not history.place(path).exists():
        keeping.accept(path, [], ASKED)
        keeping.change(path, "exempelvik-a", {"unit": "A"}, ASKED)
    place = tmp_path / "annat.historik.jsonl"
    whole = bytearray(history.place(path).read_bytes())
    at = data.draw(st.integers(0, len(b"".join(bytes(whole).splitlines(keepends=True)[:-1])) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    place.write_bytes(whole)

    assert history.read(tmp_path / "annat.csv").faults


VALUES = st.fixed_dictionaries({}, optional=dict.fromkeys(
    ("unit", "responsible", "editors", "purpose", "aim", "target_group", "secrecy", "disposal", "display_name"), CELL,
) | {
    "status": st.sampled_from(["ansökt", "Active", "avslutas", ""]), "level": st.sampled_from([*columns.LEVELS]),
    "case_date": st.dates().map(str), "options": st.sampled_from(["", "statistik", "insights"]),
})  # fmt: skip


@DISK
@given(values=VALUES, english=st.booleans())
def test_what_is_added_is_what_is_read(tmp_path: Path, values: dict[str, str], english: bool) -> None:
    path = tmp_path / "nytt.csv"
    for one in (path, history.place(path)):
        one.unlink(missing_ok=True)
    due = {"id": "a-1", "platform": "mastodon", "address": "https://a.example/@a"}

    try:
        (entry,) = keeping.add(path, values | due, asked(lang="en" if english else "sv"))
    except BadInput:
        assert not path.exists()
        return

    (account,) = table.read(path, tell=lambda _: None)
    for field, value in values.items():
        if field not in ("status", "level", "options"):
            assert getattr(account, field) == columns.clean(value)
    assert account.status == columns.STATUSES[columns.word(values.get("status") or "applied")]
    assert account.level == columns.LEVELS[columns.word(values.get("level", ""))]
    assert keeping.look(path, None).rows() == {"a-1": entry.after}
    assert keeping.look(path, None).drift() == []
