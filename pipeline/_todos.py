"""What the work area has for a person to do: what waits for a sign-off, and what the last looks found."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import get_args

from model import capture as captures
from model import signing
from model.errors import ArsringError
from model.nouns import GREEN, Account
from pipeline import drift, readiness
from pipeline.readiness import Report
from pipeline.say import in_words
from pipeline.swedish import swedish
from reading.room import Said, Todo
from reading.texts import Lang


def looks(work: Path) -> dict[str, Report]:
    """The last look at each account (and at the house)."""
    found: dict[str, Report] = {}
    for day in sorted((work / "readiness").glob("????-??-??"), reverse=True):
        for path in day.glob("*/report.json"):
            if path.parent.name not in found:
                with suppress(OSError, ValueError, KeyError, TypeError):
                    found[path.parent.name] = readiness.report_from(json.loads(path.read_bytes()))
    return found


def waiting(work: Path, accounts: Mapping[str, Account]) -> Iterator[Todo]:
    """What has been taken and is not whole, and nobody has signed off."""
    for path in sorted(work.glob("*/ledger.json")):
        folder = path.parent
        with suppress(ArsringError, OSError, KeyError):
            ledger = captures.ledger_of(folder)
            if ledger["verdict"] in GREEN or captures.sealed(folder) or signing.signed(folder):
                continue
            order = captures.order_of(folder)
            platform = accounts[order.account.id].platform if order.account.id in accounts else ""
            lists = signing.unsound(ledger)
            yield Todo(
                kind="sign-off", account=order.account.id, platform=platform, what=_unsound(order.id, lists[:3]),
                order=order.id, reasons=len(lists),
            )  # fmt: skip


def _unsound(order: str, lists: list[signing.Open]) -> Said:
    """The order, and each list that is not whole by the word that readers know it by."""
    sv, en = ("\n".join([order, *(str(in_words(one, lang)) for one in lists)]) for lang in get_args(Lang))
    return {"sv": swedish(sv), "en": en}


def looked(accounts: Mapping[str, Account], reports: Mapping[str, Report]) -> Iterator[Todo]:
    """What the last looks found that will not work, or is not as it should be, for accounts that are still in the
    register.
    """
    for report in drift.unknown([reports[id] for id in accounts if id in reports], accounts.values()):
        id, platform = report.account, accounts[report.account].platform
        for one in report.of("editor", "operations"):
            kind: str = one.severity
            if kind != "fine":
                todo = Todo(kind="fails" if kind == "fails" else "renew", by=one.by, what=both(one.says))
                yield replace(todo, account=id, platform=platform)
        yield from (Todo(kind="drift", what=both(says), account=id, platform=platform) for says in report.drift)


def both(text: str) -> Said:
    """A sentence of ours, as it is and in Swedish."""
    return {"sv": swedish(text), "en": text}
