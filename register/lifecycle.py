"""An account's life in the register: applied → active → closing → archived → closed, and what each step needs.

Forward over several steps at once, if the needs of each are met; back one step at a time, for a decision that is taken
back or a slip. An active account should have its start form. None is closed unless the archive has it; one that no
connector reads is closed by a decision.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from model.nouns import Account, Status
from register.columns import UNREAD, WRITTEN
from register.texts import Lang, Remark

CHAIN: Final[tuple[Status, ...]] = ("applied", "active", "closing", "archived", "closed")
BACK: Final[frozenset[tuple[Status, Status]]] = frozenset(
    {("closing", "active"), ("archived", "closing"), ("closed", "archived")}
)
ENDED: Final[tuple[Status, ...]] = CHAIN[3:]
# Of what `findings` tells, that which must not be so. The rest is mentioned.
GRAVE: Final = frozenset({"ended-unarchived", "ended-by-annual"})


@dataclass(frozen=True, slots=True)
class Kept:
    """What the archive has of an account, rehearsals left out."""

    last: int = 0  # the year of its last package
    closure: str = ""  # the order of the package that was made to close it


Archive = Mapping[str, Kept]  # by account


def step(account: Account, old: Status | None, archive: Archive | None, *, decided: bool, lang: Lang) -> list[Remark]:
    """Why an account cannot get its status, coming from `old` (None: from nothing). Empty where it can.

    `archive`: None where it is not known. `decided`: whether a decision is given for just this step.
    """
    new = account.status
    if old == new:
        return []
    here = CHAIN.index(old) if old else -1
    if CHAIN.index(new) < here and (old, new) not in BACK:
        names = {name: WRITTEN["status"][name][lang == "en"] for name in CHAIN}
        ways = ", ".join(f"”{names[way]}”" if lang == "sv" else f"“{names[way]}”" for way in after(old))
        values = {"id": account.id, "old": names[old or new], "new": names[new], "ways": ways}
        return [Remark(code="no-step", values=values)]
    if new not in ENDED or CHAIN.index(new) < here:
        return []
    if archive is None:
        return [Remark(code="archive-unknown", values={"id": account.id})]
    kept = archive.get(account.id, Kept())
    if not kept.last and not (decided and account.platform in UNREAD):
        return [Remark(code="needs-package", values={"id": account.id})]
    if not kept.closure and not decided:
        return [Remark(code="needs-decision", values={"id": account.id, "year": kept.last})]
    return []


def after(old: Status | None) -> list[Status]:
    """The statuses that can follow."""
    here = CHAIN.index(old) if old else -1
    return [new for at, new in enumerate(CHAIN) if at > here or (old, new) in BACK]


def findings(accounts: Iterable[Account], archive: Archive | None) -> Iterator[Remark]:
    """What there is to say about accounts as they stand. `archive`: None where it is not known."""
    for account in accounts:
        of = {"id": account.id}
        if account.status in ("active", "closing"):
            if not account.case:
                yield Remark(code="no-form", values=of)
            elif not account.case_date:
                yield Remark(code="no-form-date", values=of)
        if CHAIN.index(account.status) >= CHAIN.index("closing") and not (
            account.status_date and account.status_decision
        ):
            yield Remark(code="no-decision", values=of)
        if archive is not None:
            yield from _held(account, archive.get(account.id, Kept()))


def _held(account: Account, kept: Kept) -> Iterator[Remark]:
    if account.status in ENDED and not kept.last and account.platform in UNREAD and account.status_decision:
        return  # somebody has decided what became of it: it cannot be here
    if account.status in ENDED and not kept.last:
        yield Remark(code="ended-unarchived", values={"id": account.id})
    elif account.status in ENDED and not kept.closure and not account.status_decision:
        yield Remark(code="ended-by-annual", values={"id": account.id, "year": kept.last})
    elif account.status not in ENDED and kept.closure:
        yield Remark(code="closure-untold", values={"id": account.id, "order": kept.closure})


def lacking(account: Account, archive: Archive | None, year: int) -> list[str]:
    """What an account lacks, as codes of the list that is reported upwards. `year`: the last whole December's."""
    if account.status in ENDED:
        return [] if archive is None or archive.get(account.id, Kept()).last else ["package"]
    fields = ("case", "case_date", "unit", "responsible", "editors", "purpose", "target_group")
    found = [field for field in fields if not getattr(account, field)]
    begun = (account.status_date if account.status == "active" else account.case_date)[:4]
    if account.status == "applied" or archive is None or (begun.isdigit() and int(begun) > year):
        return found
    last = archive.get(account.id, Kept()).last
    return found + (["package"] if not last else ["last-package"] if last < year else [])
