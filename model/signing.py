"""The archivist's sign-off: of what is not whole or cannot be proven, each with the reason why it is accepted.

It is of one ledger, and of no other: when the account is weighed again and something differs, it does not hold. It is
sealed with the capture as signoff.json, so that it is in the package.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from model.capture import ledger_of, sealed, write
from model.errors import BadInput
from model.nouns import GREEN, Verdict
from model.times import stamp

FORMAT: Final = "arsring sign-off 1"
NAME: Final = "signoff.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Lists that are not whole for one and the same reason: what a person must accept, or have tried again."""

    stream: str
    verdict: Verdict
    why: str
    lists: int  # how many lists of that stream: the comments of 12 posts are 12

    def __str__(self) -> str:
        many = f" ({self.lists} lists)" if self.lists > 1 else ""
        return f"{self.stream}{many}: {self.verdict}" + (f": {self.why}" if self.why else "")


def unsound(ledger: dict[str, Any]) -> list[Open]:
    """What in a ledger needs a reason, in the ledger's order."""
    counted: dict[tuple[str, Verdict, str], int] = {}
    for row in ledger["lists"]:
        if row["verdict"] not in GREEN:
            key = row["stream"], row["verdict"], row.get("why", "")
            counted[key] = counted.get(key, 0) + 1
    return [Open(stream=key[0], verdict=key[1], why=key[2], lists=count) for key, count in counted.items()]


def sign(folder: Path, by: str, at: datetime, reasons: list[str], note: str = "") -> dict[str, Any]:
    """Write the sign-off of a capture under way; the next run seals it. BadInput, and nothing written, where a reason
    is missing or there is nothing to sign.

    `by`: a function, and who answered; `reasons`: one for each of `unsound(ledger)`, in its order.
    """
    if sealed(folder):
        raise BadInput(f"{folder.name}: is whole and sealed. There is nothing to sign off.")
    if not (folder / "ledger.json").exists():
        raise BadInput(f"{folder.name}: has not been weighed yet. Run it first; what is missing is then listed.")
    ledger = ledger_of(folder)
    due = unsound(ledger)
    given = [reason.strip() for reason in reasons]
    missing = [n for n, _ in enumerate(due, 1) if not "".join(given[n - 1 : n])]
    if missing or len(given) > len(due) or not by.strip():
        faults = [f"a reason is missing for number {n}" for n in missing]
        faults += [f"{len(given)} reasons for {len(due)} gaps"] if len(given) > len(due) else []
        faults += ["it must say by whom: a function"] if not by.strip() else []
        raise BadInput(f"{folder.name}: the sign-off cannot be used. Each gap needs its own reason.", faults)
    signed = {
        "format": FORMAT, "by": by.strip(), "at": stamp(at), "ledger": mark(ledger), "note": note.strip(),
        "reasons": [{"what": str(one), "reason": reason} for one, reason in zip(due, given, strict=True)],
    }  # fmt: skip
    write(folder / NAME, json.dumps(signed, ensure_ascii=False, indent=1).encode() + b"\n")
    return signed


def signed(folder: Path) -> dict[str, Any] | None:
    """The sign-off in a capture's folder; None where there is none. BadInput where it cannot be read."""
    path = folder / NAME
    if not path.exists():
        return None
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
        if found["format"] != FORMAT:
            raise ValueError(found["format"])
        _ = str(found["by"]), str(found["ledger"]), [(one["what"], one["reason"]) for one in found["reasons"]]
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise BadInput(f"{path}: cannot be read as a sign-off ({error}). Remove the file, and sign again.") from error
    return found


def holds(sign_off: dict[str, Any] | None, ledger: dict[str, Any]) -> bool:
    """Whether the sign-off is of this very ledger."""
    return sign_off is not None and sign_off["ledger"] == mark(ledger)


def mark(ledger: dict[str, Any]) -> str:
    """What is signed: the verdict, each list that is not whole, and the gaps; not when it was looked at."""
    decided = [ledger["verdict"], [row for row in ledger["lists"] if row["verdict"] not in GREEN], ledger["gaps"]]
    return sha256(json.dumps(decided, sort_keys=True).encode()).hexdigest()
