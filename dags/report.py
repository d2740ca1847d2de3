"""The final report: every account, what became of it, and what to do about it. Knows nothing of Airflow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from model.nouns import Receipt
from pipeline.say import VERDICTS
from pipeline.swedish import swedish

TO_ARCHIVIST: Final = "Till arkivarien:"
ENDED: Final = ("success", "skipped")  # Airflow's words for a task that came to its end


@dataclass(frozen=True, slots=True)
class Row:
    """One account after the run."""

    account: str
    states: dict[str, str]  # Airflow's state of each of the account's tasks
    receipt: Receipt | None
    fault: str = ""  # what the task that failed left word of
    log: str = ""  # where its log is looked at
    personal: int = 0  # places in its texts that look like personal identity numbers

    @property
    def skipped(self) -> bool:
        """Not among the accounts chosen for this run."""
        return self.receipt is None and bool(self.states) and set(self.states.values()) == {"skipped"}

    @property
    def good(self) -> bool:
        """Not chosen, or delivered with every task at its end. The receipt alone is not believed, nor the states."""
        ended = all(state in ENDED for state in self.states.values())
        return self.skipped or (self.receipt is not None and ended)

    @property
    def outcome(self) -> str:
        if self.skipped:
            return "inte valt i den här körningen"
        if self.good and self.receipt:
            return VERDICTS["sv"][self.receipt.verdict]
        stopped = ", ".join(f"{task}: {state}" for task, state in self.states.items() if state not in ENDED)
        return f"INTE LEVERERAT ({stopped or 'kvitto saknas'})"


def table(year: int, rows: Iterable[Row], of: str = "Årlig arkivering") -> str:
    """The report of a run as text: one line per account, then what must be done for those that failed."""
    rows = list(rows)
    width = max((len(row.account) for row in rows), default=0)
    lines = [f"{of} {year}: {sum(row.good for row in rows)} av {len(rows)} konton utan anmärkning", ""]
    for row in rows:
        package = f"  {row.receipt.package}" if row.receipt else ""
        lines.append(f"  {row.account:{width}}  {row.outcome}{package}")
    for row in rows:
        if not row.good:
            lines += ["", f"{row.account}: {row.fault or 'se uppgiftens logg'}", *([row.log] if row.log else [])]
    if found := [row for row in rows if row.personal]:
        lines += ["", TO_ARCHIVIST, *(f"  {row.account}: {personal(row.personal)}" for row in found)]
    return "\n".join(lines)


def personal(count: int) -> str:
    """What is said of places that look like personal identity numbers; nothing where there are none."""
    places = "1 ställe i texterna liknar" if count == 1 else f"{count} ställen i texterna liknar"
    return f"{places} personnummer. Se över sekretessen före utlämnande." if count else ""


def unstamped(failed: list[str]) -> str:
    """What is said of the time stamps that could not be had: that fails no run, for they can be asked for again."""
    heading = "\nTidsstämplar saknas än. Inget är förlorat: kör arsring evidence senare."
    return "\n".join([heading, *(f"  {swedish(text)}" for text in failed)]) if failed else ""


def unlocked(failed: list[str]) -> str:
    """What is said of accepted packages whose locks could not be made longer. It fails no run: they are held."""
    heading = "\nLås som inte kunde förlängas. Inget är förlorat: kör arsring store extend senare."
    return "\n".join([heading, *(f"  {swedish(text)}" for text in failed)]) if failed else ""
