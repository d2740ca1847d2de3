"""Steps of the closure by themselves: what the last one says of how a run ended, and what the first one keeps out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

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


def test_a_closure_that_was_refused_is_no_failure(box: Mailbox) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    with pytest.raises(AirflowSkipException, match="Avslaget av arkivarien"):
        reported(APPROVED | {"bestall": "skipped", "avslagen": "skipped"}, "Avslå")

    assert box.mails == []
