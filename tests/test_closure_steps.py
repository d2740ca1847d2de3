"""Steps of the closure by themselves: what the last one says of how a run ended, and what the first one keeps out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from model.nouns import Account
from pipeline import closing, line
from tests.airflows import HEADINGS, ROOT
from tests.captures import settings_file
from tests.mailbox import Mailbox, mailbox

pytestmark = [pytest.mark.airflow, pytest.mark.filterwarnings("ignore")]
ROW = "exempelvik-helt;mastodon;https://mastodon.example/@helt;Kommunikationschefen;"
APPROVED = {"kontrollera_underlag": "success", "annons": "success", "godkann": "success", "bestall": "success"}


@pytest.fixture
def box(register: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    register(ROW)
    with mailbox() as found:
        monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", found.connection)
        yield found


class Instance:
    """A task instance that knows how the others ended, and what they left word of."""

    dag_id, run_id = "arkiv_avslut", "manual__1"
    task_id = id = ""

    def __init__(self, states: dict[str, str], words: dict[tuple[str, str], Any]) -> None:
        self.states, self.words = states, words

    def get_task_states(self, **_: Any) -> dict[str, dict[str, str]]:
        return {self.run_id: self.states}

    def xcom_pull(self, task_ids: str, key: str = "return_value") -> Any:
        return self.words.get((task_ids, key))

    def xcom_push(self, key: str, value: Any) -> None:
        self.words["slutrapport", key] = value


def reported(states: dict[str, str], chosen: str, **faults: str) -> str:
    """What the last task says of a run that ended so, where the archivist chose that."""
    from dags import closure_steps

    words: dict[tuple[str, str], Any] = {(task.replace("__", "."), "fel"): fault for task, fault in faults.items()}
    words["godkann", "svar"] = {"chosen": [chosen], "by": "kim", "fields": {}}
    run = SimpleNamespace(dag_id="arkiv_avslut", run_id="manual__1", run_after=datetime.now(UTC))
    context = {"ti": Instance(states, words), "dag_run": run, "params": {"konto": "exempelvik-helt"}}
    return str(closure_steps.report().operator.python_callable(**context))


@pytest.mark.parametrize(
    ("states", "faults", "told"),
    [
        ({"hamta.forsok_1": "failed"}, {"hamta__forsok_1": "Nyckeln godtas inte."}, "Nyckeln godtas inte."),
        ({"leverera": "failed"}, {}, "Se loggen för leverera"),
        ({"fel_i_paketet": "failed"}, {"fel_i_paketet": "Arkivarien har funnit fel."}, "Arkivarien har funnit fel."),
    ],
    ids=["fetch", "deliver", "faulty package"],
)
def test_a_closure_that_fails_after_it_was_approved_is_red_and_mailed(
    states: dict[str, str], faults: dict[str, str], told: str, box: Mailbox
) -> None:
    """The branch that was not chosen is skipped, as one that refused is."""
    from airflow.sdk.exceptions import AirflowFailException

    with pytest.raises(AirflowFailException, match="får INTE stängas"):
        reported(APPROVED | {"avslagen": "skipped"} | states, "Godkänn", **faults)

    [(subject, text)] = box.to("arkiv@exempelvik.example")
    assert subject == "Avslutsarkivering misslyckades: exempelvik-helt"
    assert told in text
    assert box.to("drift@exempelvik.example") == [(subject, text)]


def test_a_package_that_replaces_a_faulty_one_has_a_question_of_its_own(
    register: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Airflow keeps a question's text as it was first put: the old one would show the old package."""
    from airflow.dag_processing.dagbag import DagBag
    from airflow.sdk.exceptions import AirflowFailException

    from dags import closure_steps

    register(ROW)
    account = Account(id="exempelvik-helt", platform="mastodon", address="https://mastodon.example/@helt")
    first = line.order_for(account, 2026, "closure").id
    there = SimpleNamespace(order=first, package="", size=1, sha256="a" * 64, verdict="whole", beside={})
    monkeypatch.setattr(closure_steps, "order_of", lambda _: SimpleNamespace(id=first))
    monkeypatch.setattr(closing, "newest", lambda *_: there)
    monkeypatch.setattr(line.Place, "shelf", SimpleNamespace(where=lambda receipt: f"{receipt.order}.zip"))
    words: dict[tuple[str, str], Any] = {
        ("leverera", "paket"): first, ("kvittera", "svar"): {"fields": {"fel": "Läskopian är tom."}},
    }  # fmt: skip
    step = closure_steps.faulty(0).operator.python_callable

    with pytest.raises(AirflowFailException, match=r"Läskopian är tom\..*Kör sedan om den här uppgiften"):
        step(ti=Instance({}, words))
    there.order = f"{first}.r2"
    said = step(ti=Instance({}, words))

    assert f"**{first}.r2.zip**" in said
    tasks = DagBag(str(ROOT / "dags" / "closure.py")).dags["arkiv_avslut"].task_dict
    assert tasks["kvittera_2"].body == "{{ ti.xcom_pull(task_ids='fel_i_paketet') }}"
    assert tasks["far_stangas"].upstream_task_ids == {"kvittera", "kvittera_2", "kvittera_3"}


def test_the_archivist_is_mailed_that_a_question_waits_and_where(box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.providers.standard.operators import hitl
    from airflow.sdk.exceptions import TaskAwaitingInput

    from dags import closure

    monkeypatch.setattr(hitl, "upsert_hitl_detail", lambda **_: None)
    ti = Instance({}, {("kontrollera_underlag", "return_value"): {"konto": "exempelvik-helt"}})
    ti.task_id, ti.id = "kvittera", "1"
    task = closure.asked_to_receive(0)
    task.subject = "Är paketet för exempelvik-helt mottaget och granskat?"

    with pytest.raises(TaskAwaitingInput):
        task.execute({"ti": ti, "task_instance": ti, "task": task})

    [(subject, text)] = box.to("arkiv@exempelvik.example")
    assert subject == "Svar behövs: exempelvik-helt"
    assert task.subject in text
    assert "/dags/arkiv_avslut/runs/manual__1/tasks/kvittera/required_actions" in text
    assert len(box.mails) == 1


def test_settings_that_cannot_be_used_keep_no_mail_from_those_that_they_name(box: Mailbox, tmp_path: Path) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    settings_file(tmp_path, profil='"fgs-9"')

    with pytest.raises(AirflowFailException, match="profil"):
        reported({"kontrollera_underlag": "failed"}, "", kontrollera_underlag="profil: ska vara ett av …")

    assert len(box.to("arkiv@exempelvik.example")) == len(box.to("drift@exempelvik.example")) == 1


def test_a_closure_that_was_refused_is_no_failure(box: Mailbox) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    with pytest.raises(AirflowSkipException, match="Avslaget av arkivarien"):
        reported(APPROVED | {"bestall": "skipped", "avslagen": "skipped"}, "Avslå")

    assert box.mails == []


@pytest.mark.parametrize(
    ("status", "told"), [("avslutat", "är redan avslutat enligt registret"), ("arkiverat", "är redan arkiverat")]
)
def test_an_account_that_is_closed_or_archived_by_now_is_told_as_such(
    status: str, told: str, register: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    """The form was shown before the register was changed."""
    from airflow.sdk.exceptions import AirflowFailException

    from dags import closure_steps

    register()
    (tmp_path / "register.csv").write_text(f"{HEADINGS};status\n{ROW};{status}\n", encoding="utf-8")
    form = {
        "konto": "exempelvik-helt", "diarienummer": "EX 1/26", "beslutsdatum": "2026-09-01",
        "beslutsfattare": "Chefen", "annonserad_fran": "2026-09-15", "annons_url": "https://mastodon.example/@helt/1",
    }  # fmt: skip
    ti = Instance({}, {})
    run = SimpleNamespace(dag_id="arkiv_avslut", run_id="manual__1", run_after=datetime.now(UTC))

    with pytest.raises(AirflowFailException, match=told):
        closure_steps.check_form().operator.python_callable(ti=ti, dag_run=run, params=form)

    assert "Registret har inget konto" not in ti.words["slutrapport", "fel"]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ((ROW.replace("helt", "kort"),), "exempelvik-helt: finns inte längre i registret"),
        (("Nej;mastodon;inte en adress;;",), "Rad 2, kolumn ”id”"),
    ],
    ids=["gone", "broken"],
)
def test_a_register_that_was_changed_since_the_form_was_filled_in_is_told(
    rows: tuple[str, ...], told: str, register: Callable[..., dict[str, str]]
) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    from dags import closure_steps

    register(*rows)
    form = {"konto": "exempelvik-helt", "beslut": {}, "ar": 2026}
    ti = Instance({}, {("kontrollera_underlag", "return_value"): form})
    run = SimpleNamespace(dag_id="arkiv_avslut", run_id="manual__1", run_after=datetime.now(UTC))

    with pytest.raises(AirflowFailException, match=told):
        closure_steps.refused().operator.python_callable(ti=ti, dag_run=run, params={})


def test_what_was_signed_is_not_asked_about_again_when_the_platform_lets_us_wait(
    register: Callable[..., dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that could not be used, then one that could, then a wait: the task begins anew."""
    from dags import gate
    from model import signing

    register(ROW)
    account = Account(id="exempelvik-helt", platform="mastodon", address="https://mastodon.example/@helt")
    order = line.order_for(account, 2026)
    monkeypatch.setattr(gate, "take", lambda of, key: f"tagit {of.id}")
    task = gate.TakeOrAsk(task_id="forsok_2", order=lambda _: order, before="forsok_1")
    run = SimpleNamespace(dag_id="arkiv_avslut", run_id="manual__1", run_after=datetime.now(UTC))
    folder = tmp_path / "work" / order.id
    folder.mkdir(parents=True)
    said = {"format": signing.FORMAT, "by": "Arkivarie", "at": "2026-12-01T02:00:00Z", "ledger": "a", "reasons": []}
    (folder / signing.NAME).write_text(json.dumps(said))

    found = task.execute({"ti": Instance({}, {("forsok_1", "return_value"): {"fault": "skäl saknas"}}), "dag_run": run})

    assert found == {"verdict": f"tagit {order.id}"}


def test_one_account_whose_receipt_cannot_be_told_is_a_fault_of_its_own(
    register: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dags import steps
    from dags.settings import place
    from model.errors import NotWhole

    def told(order: str, at: Any) -> None:
        raise NotWhole(
            f"{order}: there are 2 receipts for one package: a, b. One of them is wrong: find out which before "
            "anything else is done."
        )

    register(ROW)
    monkeypatch.setattr(line, "receipt_of", told)
    account = Account(id="exempelvik-helt", platform="mastodon", address="https://mastodon.example/@helt")

    row = steps._row(Instance({}, {}), account, "mastodon.exempelvik-helt", {}, "2026-exempelvik-helt", place())

    assert not row.good
    assert "2 kvitton" in row.fault
