"""Receipts, whatever store they lie in: canonical JSON, named by their own hash, chained by account.

The same package delivered after the same receipt gives the same bytes, whoever delivers it and whenever: runs at once
end in one receipt. A store lists its receipts as (order, hash) and fetches the text of one.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Final

from model.capture import as_json
from model.errors import NotWhole
from model.nouns import Order, Package, Receipt

Name = tuple[str, str]  # the order, the hash
Rank = tuple[str, str, int]  # the year or day, the kind, which run of it
_SUFFIX: Final = r"(\.closure|\.rehearsal)?(?:\.r([0-9]{1,9}))?"  # of an order's id, behind the account's


@dataclass(frozen=True, slots=True)
class Receipts:
    """All the receipts of a store. `names` lists them anew each time; `text` raises what the store raises."""

    names: Callable[[], Iterable[Name]]
    text: Callable[[Name], bytes]

    def of(self, order: str, found: Iterable[Name] | None = None) -> Receipt | None:
        """The receipt of an order, or None. NotWhole if there are two that differ, or one that is not as it says.

        `found`: the names among which it must be, where the store can list them by order.
        """
        own = sorted(name for name in (self.names() if found is None else found) if name[0] == order)
        if len(own) > 1:
            raise several(order, [digest for _, digest in own])
        return self.read(own[0]) if own else None

    def all(self) -> Iterator[Receipt]:
        """Every receipt there is, in the order of their names. NotWhole where one has been touched."""
        return map(self.read, sorted(self.names()))

    def read(self, name: Name) -> Receipt:
        """One receipt. NotWhole where it is not as its name says."""
        text = self.text(name)
        if sha256(text).hexdigest() == name[1]:
            with suppress(ValueError, TypeError, RecursionError):
                told = json.loads(text)
                _of_this_version(name, told)
                made = Receipt(**told)
                if made.order == name[0] and _sound(made):
                    return made
        raise NotWhole(
            f"{name[0]}.{name[1]}: the receipt is not as its name says: somebody has touched it. Put back the one that "
            "was written: other copies of the archive have it."
        )

    def previous(self, account: str, order: str) -> Receipt | None:
        """The account's last receipt before an order (a run of it that replaced another is the last); no rehearsal.

        Earlier runs of the same order are not before it. NotWhole where a receipt has been touched.
        """
        own = rank(order, account)
        return next((made for at, _, made in self._before(account) if own and at[:2] < own[:2]), None)

    def last(self, order: Order) -> str:
        """The hash of the account's receipt before this one, or empty."""
        own = rank(order.id, order.account.id)
        before = self._before(order.account.id)
        return next((name[1] for at, name, _ in before if own and at < own), "")

    def _before(self, account: str) -> Iterator[tuple[Rank, Name, Receipt]]:
        """The account's receipts, last first, no rehearsals. They are read: `2026-b-a` may be of `a` or of `b-a`."""
        ranked = ((rank(name[0], account), name) for name in self.names())
        for at, name in sorted(((at, name) for at, name in ranked if at), reverse=True):
            if at[1] != ".rehearsal" and (made := self.read(name)).account == account:
                yield at, name, made


def _of_this_version(name: Name, told: object) -> None:
    """NotWhole where a receipt is as its name says and tells more than this version knows: nobody has touched it."""
    more = sorted(told.keys() - _FIELDS) if isinstance(told, dict) and told.keys() > _FIELDS else []
    if more:
        raise NotWhole(
            f"{name[0]}.{name[1]}: a later version of Årsring wrote this receipt, with more than this one knows "
            f"({', '.join(more)[:200]}). Use that version. The package itself can be read without the receipt."
        )


_FIELDS: Final = frozenset(field.name for field in fields(Receipt))


def _sound(receipt: Receipt) -> bool:
    """Whether each field is of its kind: a receipt may come from anywhere."""
    texts = (getattr(receipt, field.name) for field in fields(receipt) if field.type is str)
    return (
        all(isinstance(text, str) for text in (*texts, receipt.verdict))
        and type(receipt.size) is int
        and isinstance(receipt.beside, dict)
        and all(isinstance(digest, str) for digest in receipt.beside.values())
    )


def rank(order: str, account: str) -> Rank | None:
    """What an account's orders are sorted by; None for an order whose name says that it is another's."""
    found = re.fullmatch(rf"(.+)-{re.escape(account)}{_SUFFIX}", order)
    return (found[1], found[2] or "", int(found[3] or 1)) if found else None


def made(package: Package, order: Order, key: str, beside: Mapping[str, str], previous: str, promise: str) -> Receipt:
    """The receipt of a package that has been read back at `key`. `beside`: sidecar → SHA-256."""
    return Receipt(
        order=order.id,
        package=key,
        size=package.size,
        sha256=package.sha256,
        verdict=package.verdict,
        format=package.format,
        account=order.account.id,
        previous=previous,
        promise=promise,
        beside=dict(beside),
    )


def sidecars(package: Package, order: Order) -> Iterator[Path]:
    """What stands beside a package. NotWhole where one's name could be taken for another order's."""
    for source in map(Path, filter(None, (package.listing, *package.sidecars))):
        if not source.name.startswith(f"{order.id}."):
            raise NotWhole(f"{source.name}: stands beside {order.id}.zip, and its name does not begin with {order.id}.")
        yield source


def written(receipt: Receipt) -> tuple[Name, bytes]:
    """The receipt's name and its text."""
    text = as_json(receipt).encode() + b"\n"
    return (receipt.order, sha256(text).hexdigest()), text


def several(order: str, digests: Collection[str]) -> NotWhole:
    """What is raised where an order has more than one receipt."""
    return NotWhole(
        f"{order}: there are {len(digests)} receipts for one package: {', '.join(digests)}. "
        "One of them is wrong: find out which before anything else is done."
    )


def another(name: str) -> NotWhole:
    """What is raised where something else lies under a package's name."""
    return NotWhole(
        f"{name}: another package of that name has been delivered already. Nothing was changed. Find out why there are "
        "two before you deliver either."
    )
