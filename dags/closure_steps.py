"""The tasks of a closure. Each is a few lines that call `pipeline.closing` and the line, and tell how it went."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any, Final

from airflow.sdk import task
from airflow.sdk.exceptions import AirflowFailException, AirflowRuntimeError, AirflowSkipException

from dags import mail
from dags.errors import AsThePlatformSays, OnlyIfKilled, told
from dags.report import personal
from dags.settings import key, place, registered
from dags.steps import PACKAGES, STOCKHOLM, delivered, personal_in, provenance
from model.errors import BadInput
from model.nouns import Closing, Order, Receipt
from pipeline import closing, line, staging
from pipeline.line import Place
from pipeline.say import VERDICTS

APPROVE: Final = closing.APPROVED
REFUSE: Final = "Avslå"
RECEIVED: Final = closing.RECEIVED
FAULTY: Final = "Fel i paketet"
ROUNDS: Final = 5  # of taking the account and asking what to do
RECEIVES: Final = ("kvittera", "kvittera_2", "kvittera_3")  # a question for the package, and for each that replaces it
FAULTS: Final = ("fel_i_paketet", "fel_i_paketet_2", "fel_i_paketet_3")
TELLS: Final = ("leverera", *FAULTS)  # whose word each question shows
FIELDS: Final = {  # of the form → of Closing
    "konto": "account", "diarienummer": "case", "beslutsdatum": "decided", "beslutsfattare": "decider",
    "annonserad_fran": "announced", "annons_url": "announcement", "anmarkning": "note",
}  # fmt: skip
_WHY_NOT: Final = "Avslår du, skriv varför under Skäl. Saknas skälet ställs frågan igen."
_MISSED: Final = "Annonsen hittades INTE"
_LATE: Final = "Inlägget publicerades senare än så: kontot har berättat det kortare tid än vad formuläret säger."
_FORM: Final = "kontrollera_underlag"
_THEN: Final = (  # a question's text stays as it was first put: a new package has a question of its own
    "Kör sedan om den här uppgiften (Clear): då frågas arkivarien om det nya paketet.",
    "Körningen frågar inte om fler paket. Låt arkivarien granska det nya i läsesalen, och svara sedan igen (Clear på "
    "Ta emot paket 3, som visar uppgifterna om det förra).",
)
_PATIENT: Final[dict[str, Any]] = {"retries": 25, "retry_policy": AsThePlatformSays(), "multiple_outputs": False}
_IF_KILLED: Final[dict[str, Any]] = {"retries": 2, "retry_policy": OnlyIfKilled(), "multiple_outputs": False}
_RUN_ON: Final[dict[str, Any]] = {"retries": 2, "retry_policy": AsThePlatformSays(), "multiple_outputs": False}


def check_form() -> Any:
    @task(task_id=_FORM, task_display_name="Kontrollera underlaget", **_RUN_ON)
    def kontrollera_underlag(**context: Any) -> dict[str, Any]:
        """What the form says, if it is right; the closure is this run's alone from here on."""
        with told(context["ti"]):
            form = {field: context["params"].get(name) for name, field in FIELDS.items()}
            now, at = context["dag_run"].run_after.astimezone(UTC), place()
            account, decision = closing.check(form, registered(), at, datetime.now(STOCKHOLM).date())
            claimed = closing.order_for(account, decision, now.year, now)
            run = context["dag_run"].run_id
            with staging.briefly(claimed.id, at):
                if (other := closing.holder(claimed.id, at)) not in ("", run) and _has_ended(context["ti"], other):
                    closing.release(claimed.id, at, other)  # it failed, and nobody cleared it
                closing.claim(claimed.id, at, run)
            until = closing.until(decision, at.settings.notice_days)
            return {"konto": account.id, "beslut": asdict(decision), "ar": now.year, "till": until.isoformat()}

    return kontrollera_underlag()


def _has_ended(ti: Any, run: str) -> bool:
    """Whether a run of this DAG has ended, or is known no more."""
    try:
        return ti.get_dagrun_state(ti.dag_id, run) in ("success", "failed")
    except AirflowRuntimeError as error:
        return bool(error.error.detail and error.error.detail.get("status_code") == 404)


def draft(context: Any) -> Order:
    """The order before it is placed."""
    return _order(context, context["dag_run"].run_after.astimezone(UTC))


def _order(context: Any, created: datetime) -> Order:
    """The order as the form has it, of the account as the register has it now."""
    form = context["ti"].xcom_pull(task_ids=_FORM)
    account = next((one for one in registered() if one.id == form["konto"]), None)
    if account is None:
        raise BadInput(f"{form['konto']}: finns inte längre i registret. Lägg tillbaka raden och kör om (Clear).")
    order = closing.order_for(account, Closing(**form["beslut"]), form["ar"], created)
    approved = _answer(context, "godkann")
    by = {"approved_by": f"{approved['by']}, {approved['at']}"} if approved else {}
    return replace(order, run=provenance(context) | by)


def order_of(context: Any) -> Order:
    """The order, with the one reading of the clock that its package carries."""
    return _order(context, datetime.fromisoformat(context["ti"].xcom_pull(task_ids="bestall")))


def look_for_announcement(name: str, display: str, *, last: bool) -> Any:
    @task(task_id=name, task_display_name=display, **_PATIENT)
    def annons(**context: Any) -> str:
        """What the archivist is told of the announcement, before deciding."""
        with told(context["ti"]):
            order = draft(context)
            with staging.shared(order.id, place()):
                found = closing.look(order, place(), key(order.account.key))
            text = _of_announcement(order, found)
            if not last and found is None:
                mail.send(
                    f"Annonsen syns inte: {order.account.id}",
                    f"{text}\n\nKontrollera adressen, eller publicera inlägget. {mail.run_page(context)}",
                    mail.boxes("strategist", "archivist"),
                )
            return text

    return annons()


def _of_announcement(order: Order, found: closing.Found | None) -> str:
    decision = order.closing
    assert decision  # noqa: S101 - what the caller has seen to, for the type checker
    rows = (
        f"Beslut **{decision.case}**, {decision.decided}, av {decision.decider}. Annonserat från "
        f"**{decision.announced}**. {decision.note}".strip()
    )
    if found is None:
        return (
            f"{rows}\n\n**{_MISSED}** på {decision.announcement}. Avslå, eller godkänn om du på annat sätt vet att "
            "kontot har berättat att det ska stängas; skriv i så fall hur under Skäl. Saknas skälet ställs frågan igen."
        )
    seen = f"{found.first_seen.astimezone(STOCKHOLM):%Y-%m-%d %H:%M}"
    said = f", publicerad {found.published.astimezone(STOCKHOLM):%Y-%m-%d %H:%M}" if found.published else ""
    quoted = " ".join(closing.said(order, found).split())[:500].replace("`", "'")
    late = f"\n\n**{_LATE}**" if closing.late(order, found) else ""
    return f"{rows}\n\nAnnonsen finns på {found.address}{said}; först sedd {seen}:\n\n`{quoted}`{late}\n\n{_WHY_NOT}"


def fault_of_approval(context: Any, answer: dict[str, Any]) -> str:
    if str(answer["fields"].get("skal") or "").strip():
        return ""
    if answer["chosen"] == [REFUSE]:
        return "Skriv ett skäl för avslaget, och svara igen."
    missed = _MISSED in str(context["ti"].xcom_pull(task_ids="annons"))
    return "Annonsen hittades inte: skriv under Skäl hur du vet att den har funnits, och svara igen." if missed else ""


def fault_of_receiving(context: Any, answer: dict[str, Any]) -> str:
    told_ = str(answer["fields"].get("fel") or "").strip()
    return "Skriv vad som är fel i paketet, och svara igen." if answer["chosen"] == [FAULTY] and not told_ else ""


def place_order() -> Any:
    @task(task_id="bestall", task_display_name="Beställ arkiveringen", **_RUN_ON)
    def bestall(**context: Any) -> str:
        """The order's time: when it was approved, and not when the form was filled in."""
        return datetime.now(UTC).replace(microsecond=0).isoformat()

    return bestall()


def pack() -> Any:
    @task(task_id="paketera", task_display_name="Paketera", **_RUN_ON)
    def paketera(**context: Any) -> str:
        with told(context["ti"]):
            return line.pack(order_of(context).id, place()).path

    return paketera()


def deliver() -> Any:
    @task(task_id="leverera", task_display_name="Leverera och läs tillbaka", outlets=[PACKAGES], **_RUN_ON)
    def leverera(**context: Any) -> str:
        with told(context["ti"]):
            order, at = order_of(context), place()
            receipt = closing.newest(order.id, at) or line.deliver(order.id, at, line.pack(order.id, at))
            delivered(order.id, context)
            return _of_package(receipt, at, context)

    return leverera()


def refused() -> Any:
    @task(task_id="avslagen", task_display_name="Avslaget", **_RUN_ON)
    def avslagen(**context: Any) -> None:
        """The account goes on; another run may take it up again."""
        with told(context["ti"]):
            order = draft(context).id
            with staging.briefly(order, place()):
                closing.release(order, place(), context["dag_run"].run_id)
            answer = _answer(context, "godkann")
            why = f"Avslaget av {answer.get('by')}: {answer.get('fields', {}).get('skal')}"
            raise AirflowSkipException(f"{why}. Ingenting har hämtats, och kontot ska inte stängas.")

    return avslagen()


def _of_package(receipt: Receipt, at: Place, context: Any) -> str:
    """What the archivist is told of a package, before receiving it."""
    context["ti"].xcom_push("paket", receipt.order)
    secrecy = f" **{text}**" if (text := personal(personal_in(receipt, at))) else ""
    return (
        f"Paketet **{at.shelf.where(receipt)}** ({receipt.size / 1e6:.1f} MB) är levererat och återläst.\n\n"
        f"Omdöme: **{VERDICTS['sv'][receipt.verdict]}**. SHA-256: `{receipt.sha256}`{secrecy}\n\n"
        "Öppna paketet, läs LASMIG.txt och titta på läskopian. Svara sedan. Är något fel, skriv vad; saknas "
        "det ställs frågan igen."
    )


def package(n: int) -> str:
    """How the n-th package is called in the grid."""
    return f"paket {n + 1}" if n else "paketet"


def faulty(n: int) -> Any:
    last_question = n == len(FAULTS) - 1

    @task(task_id=FAULTS[n], task_display_name=f"Fel i {package(n)}", **_RUN_ON)
    def fel_i_paketet(**context: Any) -> str:
        """Red until another package replaces the one with the fault; then what the archivist is told of that one."""
        ti = context["ti"]
        with told(ti):
            last = closing.newest(order_of(context).id, at := place())
            if last and last.order != ti.xcom_pull(task_ids=TELLS[n], key="paket") and not last_question:
                return _of_package(last, at, context)
        found = _answer(context, RECEIVES[n]).get("fields", {}).get("fel")
        text = (
            f"Arkivarien har funnit fel i paketet: {found}. Kontot får INTE stängas. Drift: se vad som är fel, och gör "
            f"ett nytt paket som ersätter det med arsring run --kind closure --again. {_THEN[last_question]}"
        )
        ti.xcom_push("fel", text)
        raise AirflowFailException(text)

    return fel_i_paketet()


def may_be_closed() -> Any:
    @task(
        task_id="far_stangas",
        task_display_name="Kontot får stängas",
        trigger_rule="none_failed_min_one_success",  # one of the questions led here
        **_RUN_ON,
    )
    def far_stangas(**context: Any) -> str:
        """The certificate, kept in the store and mailed to the strategist."""
        with told(context["ti"]):
            order, at = order_of(context), place()
            receipt = closing.newest(order.id, at)
            if receipt is None:
                raise BadInput(f"{order.id}: kvittot saknas. Kontot får inte stängas. Kör om Leverera (Clear).")
            answers = {"godkann": _answer(context, "godkann"), "kvittera": _received(context)}
            made = closing.certificate(order, at, receipt, answers)
            text = closing.letter(made, at.shelf.where(receipt))
            mail.send(f"Får stängas: {order.account.id}", text, mail.boxes("strategist"))
            closing.release(order.id, at, context["dag_run"].run_id)
            print(text)
            return text

    return far_stangas()


def report() -> Any:
    @task(task_id="slutrapport", task_display_name="Slutrapport", trigger_rule="all_done", **_IF_KILLED)
    def slutrapport(**context: Any) -> str:
        """Red unless the account may be closed, or a person has refused it; mails what failed."""
        ti = context["ti"]
        states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id]).get(ti.run_id, {})
        if states.get("far_stangas") == "success":
            return str(ti.xcom_pull(task_ids="far_stangas"))
        said_no = _answer(context, "godkann").get("chosen") == [REFUSE]  # the branch not chosen is skipped as well
        if said_no and states.get("avslagen") == "skipped":
            raise AirflowSkipException("Avslaget av arkivarien. Ingenting har hämtats.")
        rounds = [f"hamta.forsok_{n}" for n in range(1, ROUNDS + 1)]
        after = ("paketera", "leverera", *FAULTS, "far_stangas")
        names = (_FORM, "annons_forst", "annons", "avslagen", *rounds, *after)
        faults = [str(fault) for name in names if (fault := ti.xcom_pull(task_ids=name, key="fel"))]
        stopped = ", ".join(name for name, state in states.items() if state == "failed")
        text = "\n\n".join(["Kontot får INTE stängas.", *(faults or [f"Se loggen för {stopped or 'körningen'}."])])
        mail.send(f"Avslutsarkivering misslyckades: {context['params'].get('konto')}",
                  f"{text}\n\n{mail.run_page(context)}", mail.boxes("archivist", "operations"))  # fmt: skip
        raise AirflowFailException(text)

    return slutrapport()


def _received(context: Any) -> dict[str, Any]:
    """What the archivist answered of the package that was received: the last of them."""
    answers = (_answer(context, name) for name in reversed(RECEIVES))
    return next((one for one in answers if one.get("chosen") == [RECEIVED]), {})


def _answer(context: Any, task_id: str) -> dict[str, Any]:
    """What a person answered in a step; empty where nobody has."""
    found = context["ti"].xcom_pull(task_ids=task_id, key="svar")
    return found if isinstance(found, dict) else {}
