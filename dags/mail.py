"""Mails to functions, in Swedish, through the connection smtp_default. A mail that cannot go is told in the log.

No key is in one: what this process knows as a secret is taken out, and whatever stands where a key would stand.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Sequence
from html import escape
from typing import Any, Final
from urllib.parse import quote

from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowRuntimeError
from airflow.sdk.log import redact

from dags import settings
from pipeline.keys import scrubbed

CONNECTION: Final = "smtp_default"
_CANNOT: Final = (AirflowException, AirflowRuntimeError, smtplib.SMTPException, OSError, ValueError, RuntimeError)
log = logging.getLogger(__name__)


class Reported(AirflowFailException):
    """A failure of which a mail has gone already."""


def failed(context: Any) -> None:
    """The failure callback of a task that no report speaks of: what failed, why, what to do, where its log is."""
    if isinstance(context.get("exception"), Reported):
        return
    ti, run = context["ti"], context.get("dag_run")  # a killed task's callback may know less
    name, of = ti.task.task_display_name, ti.task.dag.dag_display_name
    text = f"Uppgiften ”{name}” i ”{of}” misslyckades. Körning: {getattr(run, 'partition_key', None) or ti.run_id}"
    send(f"{of}: {name} misslyckades", f"{text}\n\n{_cause(context)}\n\n{ti.log_url}", boxes("operations"))


def boxes(*functions: str) -> list[str]:
    """The mailboxes of functions, as far as the settings can be read."""
    found = settings.recipients()
    return list(dict.fromkeys(box for one in functions for box in found.get(one, ())))


def _cause(context: Any) -> str:
    """Why, and what to do: as the task left word of it, else as it was raised."""
    ti, error = context["ti"], context.get("exception")
    if word := ti.xcom_pull(task_ids=ti.task_id, key="fel"):
        return str(word)
    if isinstance(error, AirflowFailException):
        return str(error)
    why = f"Ett fel som ingen har förutsett: {type(error).__name__}: {error}." if error else "Den blev avbruten."
    return f"{why} Kör om uppgiften (Clear). Händer det igen, lämna loggen till en utvecklare."


def send(subject: str, text: str, to: Sequence[str]) -> bool:
    """Send a text; whether it went. What did not is in the log, and no run fails for its mail."""
    from airflow.providers.smtp.hooks.smtp import SmtpHook

    subject, text = _safe(" ".join(subject.split())), _safe(text)
    if not to:
        log.warning("Ingen mottagare för ”%s”: skriv in den under [mottagare] i inställningsfilen.\n%s", subject, text)
        return False
    try:
        with SmtpHook(smtp_conn_id=CONNECTION) as hook:
            hook.send_email_smtp(to=list(to), subject=subject, html_content=page(text))
    except _CANNOT as error:
        log.warning("”%s” kunde inte skickas med anslutningen %s (%s):\n%s", subject, CONNECTION, error, text)
        return False
    return True


def _safe(text: str) -> str:
    return scrubbed(str(redact(text)))


def page(text: str) -> str:
    """A text as the HTML that mail readers show: paragraphs, and addresses that can be followed."""
    parts = [f"<p>{'<br>'.join(map(_line, part.splitlines()))}</p>" for part in text.split("\n\n") if part.strip()]
    body = f'<body style="white-space:pre-wrap">{"".join(parts)}</body>'  # a table's blanks are kept
    return f'<!doctype html><html lang="sv"><meta charset="utf-8">{body}</html>'


def _line(text: str) -> str:
    return " ".join(map(_word, text.split(" ")))


def _word(word: str) -> str:
    return f'<a href="{escape(word)}">{escape(word)}</a>' if _is_link(word) else escape(word)


def _is_link(word: str) -> bool:
    """Our own pages alone: what a platform wrote is never made into a link."""
    return word.startswith(f"{_base()}/")


def task_page(ti: Any, task: str) -> str:
    """Where the log of a task of the same run is looked at."""
    return f"{page_of(ti.dag_id, ti.run_id)}/tasks/{task}"


def run_page(context: Any) -> str:
    """Where the run is looked at."""
    return page_of(context["dag_run"].dag_id, context["dag_run"].run_id)


def page_of(dag: str, run: str) -> str:
    return f"{_base()}/dags/{dag}/runs/{quote(run)}"


def _base() -> str:
    return str(conf.get("api", "base_url", fallback="http://localhost:8080")).rstrip("/")
