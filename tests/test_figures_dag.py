"""Which figures are said when: at the end of a run, after a look, every night again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.readiness import HOUSE, Finding, Report
from tests.servers.mastodon import MastodonMock
from tests.test_dags import run, write_something
from tests.test_fixity_dag import LOOKS, go

pytestmark = [pytest.mark.airflow, pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(600)]
TODAY = date(2026, 11, 1)
Said = dict[str, float]


@pytest.fixture
def said(airflow: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Said:
    """The last value of each figure that is ours."""
    found: Said = {}

    def say(name: str, value: float, *_: Any, **__: Any) -> None:
        if name.startswith("arsring."):
            found[name.removeprefix("arsring.")] = value

    for kind in ("gauge", "incr"):
        monkeypatch.setattr(f"airflow.sdk.observability.stats.{kind}", say)
    return found


@pytest.fixture
def variables(said: Said, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Airflow's variables, for what runs outside a task."""
    from dags import watch

    kept: dict[str, Any] = {}

    class Variable:
        @staticmethod
        def get(key: str, default: Any, **_: Any) -> Any:
            return kept.get(key, default)

        @staticmethod
        def set(key: str, value: Any, **_: Any) -> None:
            kept[key] = value

    monkeypatch.setattr(watch, "Variable", Variable)
    return kept


def look(account: str, *, ends: str = "", answers: bool = True, severity: Any = "fine") -> Report:
    told = {"id": "1", **({"expires_at": ends} if ends else {})} if answers else {}
    finding = Finding(says="…", severity=severity)
    return Report(account=account, platform="facebook", day="2026-11-01", told=told, findings=(finding,))


def test_a_year_s_figures_are_said_at_its_end_and_again_every_night(
    register: Callable[..., dict[str, str]], mastodon_server: MastodonMock, tmp_path: Path, said: Said
) -> None:
    one = write_something(mastodon_server)[0]
    register(f"forst;mastodon;{mastodon_server.url}/@{one};Chefen;")

    assert run()[0] == "success"
    year = dict(said)
    said.clear()
    assert go(LOOKS)[0] == "success"

    ended = {"accounts_whole.arkiv_arlig": 1, "accounts_not_whole.arkiv_arlig": 0}
    assert year.items() >= (ended | {"run_late.arkiv_arlig": 0, "last_whole_archive_days.mastodon.forst": 0}).items()
    assert year["capture_requests.mastodon.forst"] > 0
    assert said.items() >= (ended | {"last_whole_archive_days.mastodon.forst": 0, "store_errors": 0}).items()
    assert said["fixity_read_timestamp_seconds"] > 1_700_000_000
    assert "run_late.arkiv_arlig" not in said, "a run that is late now is not told by how the last one ended"
    [part] = [name for name in said if name.startswith("fixity_faults.")]
    assert said[part] == 0


def test_a_rehearsal_that_was_late_is_late_no_longer_when_it_has_ended(
    register: Callable[..., dict[str, str]], mastodon_server: MastodonMock, tmp_path: Path, said: Said
) -> None:
    one = write_something(mastodon_server)[0]
    register(f"forst;mastodon;{mastodon_server.url}/@{one};Chefen;")
    said["run_late.arkiv_arlig"] = 1

    assert run(provkor=True)[0] == "success"

    assert said["run_late.arkiv_arlig"] == 0
    assert "accounts_whole.arkiv_arlig" not in said, "of the year nothing has been archived"


def test_an_account_that_has_left_the_register_grows_no_older(
    register: Callable[..., dict[str, str]], mastodon_server: MastodonMock, tmp_path: Path, said: Said
) -> None:
    one = write_something(mastodon_server)[0]
    register(f"forst;mastodon;{mastodon_server.url}/@{one};Chefen;")
    assert run()[0] == "success"
    register(f"sist;mastodon;{mastodon_server.url}/@{one};Chefen;")
    said.clear()

    assert go(LOOKS)[0] == "success"

    assert not [name for name in said if name.startswith("last_whole_archive_days.")]


def test_the_days_of_a_key_are_said_after_a_look_and_every_night(
    said: Said, variables: dict[str, Any], register: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    from dags import watch
    from dags.settings import place

    register("forst;mastodon;https://a.example/@a;Chefen;")
    ends = "2026-12-01T00:00:00.000000Z"
    reports = [
        look("a", ends=ends),
        look("b"),
        look("c", answers=False, severity="fails"),
        Report(account=HOUSE, day=""),
    ]
    watch.looked_at(reports, TODAY, everything=True)
    first = dict(said)
    said.clear()
    watch.nightly(place(), date(2026, 11, 30))

    assert first == {"accounts_not_ready": 1, "key_left_days.facebook.a": 30}
    assert said["key_left_days.facebook.a"] == 1
    assert said["accounts_not_ready"] == 1


def test_a_key_that_no_longer_ends_is_not_said_and_one_that_was_not_asked_stays(
    said: Said, variables: dict[str, Any]
) -> None:
    from dags import watch

    ends = "2026-12-01T00:00:00.000000Z"
    watch.looked_at([look("a", ends=ends), look("b", ends=ends)], TODAY, everything=True)
    said.clear()
    watch.looked_at([look("a"), look("b", answers=False, severity="fails")], TODAY, everything=False)

    assert said == {"key_left_days.facebook.b": 30}


def test_what_an_older_release_remembered_is_left_out(
    said: Said, variables: dict[str, Any], register: Callable[..., dict[str, str]]
) -> None:
    from dags import watch
    from dags.settings import place

    register("forst;mastodon;https://a.example/@a;Chefen;")
    kept = [["invented", 7, ["x"]], ["accounts_whole", 1, ["arkiv_arlig"]]]
    variables["arsring_figures_arkiv_arlig"] = {"said": kept}

    watch.nightly(place(), TODAY)

    assert "invented.x" not in said
    assert said["accounts_whole.arkiv_arlig"] == 1
