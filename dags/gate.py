"""Where a person decides. A question whose answer cannot be used is put again. No worker waits while a person thinks.

Airflow 3.3 keeps a question's text and fields as they were first put, whatever a later try of the task says (issue
72155). So a question whose text never changes is put again by its own task, and one that tells of new gaps by the next
task of a row: a round each.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from airflow.providers.standard.operators.hitl import HITLBranchOperator, HITLOperator
from airflow.sdk import BaseNotifier, Param
from airflow.sdk.definitions.param import ParamsDict
from airflow.sdk.exceptions import AirflowFailException

from dags import mail
from dags.errors import AskAgain, AsThePlatformSays, told
from dags.settings import key, place
from dags.steps import take
from model import signing
from model.errors import BadInput, NotWhole
from model.nouns import Order
from pipeline import closing, line, staging
from pipeline.say import VERDICTS, in_words
from pipeline.swedish import swedish

ACCEPT: Final = "Godta luckorna"
AGAIN: Final = "Försök igen"
STOP: Final = "Avbryt"
MOST: Final = 12  # fields in the form; what is more shares the last one
_TRIES: Final = 100  # answers that may be wrong


class Waiting(BaseNotifier):
    """Mails the archivists that a question waits for them, each time that it is put."""

    def notify(self, context: Any) -> None:
        ti = context["ti"]
        konto = ti.xcom_pull(task_ids="kontrollera_underlag")["konto"]
        page = f"{mail.task_page(ti, ti.task_id)}/required_actions"
        text = f"{context['task'].subject}\n\nSvara här: {page}\n\nIngenting händer med kontot förrän någon har svarat."
        mail.send(f"Svar behövs: {konto}", text, mail.boxes("archivist"))


class Ask(HITLBranchOperator):
    """A question with a branch for each answer. The answer and who gave it are left as XCom `svar`.

    `fault`: from the context and the answer to what is wrong with it; then the same is asked once more, so that the
    question itself has to say what an answer needs.
    """

    def __init__(self, *, fault: Callable[[Any, dict[str, Any]], str], **kwargs: Any) -> None:
        super().__init__(
            notifiers=Waiting(), retries=_TRIES, retry_policy=AsThePlatformSays(), multiple_outputs=False, **kwargs
        )
        self.fault = fault

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        if "error" not in event:
            answer = answered(event)
            if fault := self.fault(context, answer):
                raise AskAgain(fault)
            context["ti"].xcom_push("svar", answer)
        return super().execute_complete(context, event)


def answered(event: dict[str, Any]) -> dict[str, Any]:
    """What a person answered, when, and by what name Airflow knows them."""
    who = event.get("responded_by_user") or {}
    return {
        "chosen": list(event.get("chosen_options") or ()),
        "fields": {name: value for name, value in (event.get("params_input") or {}).items() if value is not None},
        "at": str(event.get("responded_at") or ""),
        "by": str((who.get("name") if isinstance(who, dict) else getattr(who, "name", "")) or "okänd"),
    }


class TakeOrAsk(HITLOperator):
    """One round of taking everything an account has and, where it is not whole, asking the archivist what to do:
    accept each gap with a reason, try again, or stop. What the next round needs to know is what this one returns.

    `order`: from a run's context to the order; `before`: the task id of the round before; `last`: no round follows.
    """

    def __init__(self, *, order: Callable[[Any], Order], before: str = "", last: bool = False, **kwargs: Any) -> None:
        super().__init__(
            subject="{{ ti.xcom_pull(task_ids='kontrollera_underlag')['konto'] }} är inte komplett. Vad ska göras?",
            options=[ACCEPT, AGAIN, STOP],
            notifiers=Waiting(),
            retries=_TRIES,
            retry_policy=AsThePlatformSays(),
            multiple_outputs=False,
            **kwargs,
        )
        self.order, self.before, self.last = order, before, last

    def execute(self, context: Any) -> dict[str, str]:
        with told(context["ti"]):
            order, told_ = self.order(context), self._before(context)
            with staging.briefly(order.id, place()):
                closing.hold(order.id, place(), context["dag_run"].run_id)
            if not told_.get("fault") or signing.signed(place().work / order.id):  # signed since, and begun again
                try:
                    return {"verdict": take(order, key(order.account.key))}
                except NotWhole:
                    if not (place().work / order.id / "ledger.json").exists():
                        raise
            with staging.shared(order.id, place()):
                due = _due(order)
            self.body = _body(order, due, told_.get("fault", ""))
            self.params = ParamsDict({f"skal_{n}": _field(n, due) for n in range(1, min(len(due), MOST) + 1)})
        super().execute(context)
        raise AssertionError("a person is asked, and the task waits")

    def _before(self, context: Any) -> dict[str, str]:
        found = context["ti"].xcom_pull(task_ids=self.before) if self.before else None
        return found if isinstance(found, dict) else {}

    def execute_complete(self, context: Any, event: dict[str, Any]) -> dict[str, str]:
        super().execute_complete(context, event)
        answer = answered(event)
        with told(context["ti"]):
            order, at = self.order(context), place()
            with staging.shared(order.id, at) as mirror:
                closing.hold(order.id, at, context["dag_run"].run_id)
                if answer["chosen"] == [STOP]:
                    closing.release(order.id, at, context["dag_run"].run_id)
                    text = f"{order.id}: arkivarien avbröt. Ingenting levererades, och det som hämtats finns kvar."
                    context["ti"].xcom_push("fel", text)
                    raise AirflowFailException(text)
                if answer["chosen"] == [AGAIN]:
                    return self._round_after(order, "")
                due = _due(order)
                given = [str(answer["fields"].get(f"skal_{min(n, MOST)}") or "") for n in range(1, len(due) + 1)]
                try:
                    signing.sign(mirror.folder, f"Arkivarie (användare {answer['by']})", datetime.now(UTC), given)
                except BadInput as error:
                    return self._round_after(order, swedish(str(error)))
            return {"verdict": take(order, key(order.account.key))}

    def _round_after(self, order: Order, fault: str) -> dict[str, str]:
        if self.last:
            raise BadInput(
                f"{order.id}: arkivarien har svarat så många gånger som körningen frågar, och kontot är inte komplett. "
                f"{fault} Det som hämtats finns kvar."
            )
        return {"fault": fault} if fault else {"again": "på arkivariens begäran"}


def _due(order: Order) -> list[signing.Open]:
    return [in_words(one, "sv") for one in signing.unsound(line.ledger_of(order.id, place()) or {"lists": []})]


def _body(order: Order, due: list[signing.Open], fault: str) -> str:
    """The question, as Markdown; on top what was wrong with the last answer."""
    quoted = "".join(f"> {row}\n" for row in fault.splitlines()) + "\n" if fault else ""
    rows = "\n".join(f"{n}. **{one.stream}**: {_in_words(one)}" for n, one in enumerate(due, 1))
    return (
        f"{quoted}Kontot **{order.account.id}** är hämtat, men det här är inte komplett eller går inte att bevisa:\n\n"
        f"{rows}\n\n"
        f"**{ACCEPT}**: skriv ett skäl för varje punkt. Skälen följer med i arkivpaketet.\n\n"
        f"**{AGAIN}**: plattformen frågas en gång till. **{STOP}**: ingenting levereras; det som hämtats finns kvar."
    )


def _in_words(one: signing.Open) -> str:
    many = f" ({one.lists} listor)" if one.lists > 1 else ""
    why = f": {swedish(one.why)}" if one.why else ""
    return f"{VERDICTS['sv'][one.verdict]}{many}{why}"


def _field(n: int, due: list[signing.Open]) -> Param:
    """Nullable and without a pattern: a field whose default breaks its schema would end the task."""
    last = n == MOST and len(due) > MOST
    return Param(
        None,
        type=["null", "string"],
        title=f"Skäl för {n}–{len(due)}" if last else f"Skäl för {n} ({due[n - 1].stream})",
        format="multiline",
    )
