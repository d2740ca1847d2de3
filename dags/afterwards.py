"""After a closure: each morning a look at what may be closed, until it is and the register says so."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from airflow.sdk import task
from airflow.sdk.exceptions import AirflowSkipException

from dags import mail
from dags.errors import AsThePlatformSays, told
from dags.settings import key, place, registered
from dags.steps import STOCKHOLM
from pipeline import afterwards
from pipeline.reminders import Letter

_PATIENT: Final[dict[str, Any]] = {"retries": 25, "retry_policy": AsThePlatformSays(), "multiple_outputs": False}


def closed_accounts() -> Any:
    @task(task_id="avslutade", task_display_name="Avslutade konton", on_failure_callback=mail.failed, **_PATIENT)
    def avslutade(**context: Any) -> str:
        """Red where an account is gone that was to be archived first; pink on most days."""
        with told(context["ti"]):
            today = datetime.now(STOCKHOLM).date()
            found = afterwards.remind(registered(), place(), key, today, lambda letter: _sent(letter, context))
        text = "\n\n".join(afterwards.letters(one)[0].text for one in found)
        if any(one.what == "lost" for one in found):
            raise mail.Reported(text)
        if not found:
            raise AirflowSkipException("Inget konto väntar på att stängas.")
        print(text)
        return text

    return avslutade()


def _sent(letter: Letter, context: Any) -> bool:
    return mail.send(letter.subject, f"{letter.text}\n\n{mail.run_page(context)}", mail.boxes(letter.to_function))
