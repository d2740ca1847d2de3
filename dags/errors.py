"""What our errors mean to Airflow, and to the person who reads the log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

from airflow.sdk import RetryDecision, RetryPolicy
from airflow.sdk.exceptions import AirflowFailException

from dags.figures import store_error
from model.errors import ArsringError, BadInput, NotAllowed, NotUnderstood, NotWhole, TryLater
from pipeline.swedish import swedish

ADVICE: Final[dict[type[ArsringError], str]] = {
    TryLater: "Plattformen ber oss vänta. Ingenting behöver göras: ett nytt försök sker av sig självt.",
    NotAllowed: "En nyckel eller behörighet måste förnyas. Be kontots redaktör om det och kör sedan om "
    "kontots uppgifter (Clear).",
    NotUnderstood: "Kopplingen till plattformen förstod inte svaret och måste rättas av en utvecklare. "
    "Det som hämtats finns kvar.",
    NotWhole: "Arkivet är inte komplett och har inte levererats. Kör om kontots uppgifter (Clear); hjälper det inte "
    "måste arkivarien ta ställning. Det som hämtats finns kvar.",
    BadInput: "Rätta uppgifterna ovan och kör om (Clear).",
}
PATIENCE: Final = 3  # tries, for what we have no name for


class AskAgain(Exception):
    """A person has answered so that the task begins again."""


def advice(error: ArsringError) -> str:
    """What the error's reader has to do."""
    return next(ADVICE[kind] for kind in type(error).__mro__ if kind in ADVICE)


@contextmanager
def told(ti: Any) -> Iterator[None]:
    """Leaves word of an error for the final report, and lets only a wait be tried again.

    Everything but TryLater becomes AirflowFailException, whose text says what to do.
    """
    try:
        yield
    except ArsringError as error:
        store_error(error)
        text = f"{swedish(str(error))}\n{advice(error)}"
        ti.xcom_push("fel", text)
        if isinstance(error, TryLater):
            raise
        raise AirflowFailException(text) from error
    except OSError as error:  # a disk, a share, a permission
        store_error(error)
        ti.xcom_push("fel", f"{error}. Se över lagringen och kör sedan om kontots uppgifter (Clear).")
        raise


class AsThePlatformSays(RetryPolicy):
    """Waits as long as the platform asks; gives up early on what nobody has named."""

    def evaluate(self, exception: BaseException, try_number: int, max_tries: int, context: Any = None) -> RetryDecision:
        if isinstance(exception, AskAgain):
            return RetryDecision.retry(timedelta(seconds=1), reason=str(exception))
        if isinstance(exception, TryLater):
            return RetryDecision.retry(timedelta(seconds=exception.after), reason=str(exception))
        if try_number >= PATIENCE:
            return RetryDecision.fail(reason=f"{type(exception).__name__} för {try_number}:e gången")
        return RetryDecision.default()

    def serialize(self) -> dict[str, Any]:
        return {"__type": "dags.errors.AsThePlatformSays"}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> AsThePlatformSays:
        return cls()


class OnlyIfKilled(RetryPolicy):
    """For a task that tells people how it went: what it raises is told once, and only one that was killed says nothing.

    That is no exception: Airflow begins the task again without asking here.
    """

    def evaluate(self, exception: BaseException, try_number: int, max_tries: int, context: Any = None) -> RetryDecision:
        return RetryDecision.fail(reason=type(exception).__name__)

    def serialize(self) -> dict[str, Any]:
        return {"__type": "dags.errors.OnlyIfKilled"}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> OnlyIfKilled:
        return cls()
