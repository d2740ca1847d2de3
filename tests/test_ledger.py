"""The ledger: how `whole` is decided, row by row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model.capture import Capture
from model.ledger import doubtful, summary, weigh
from model.nouns import VERDICTS, Claim, Stream, worst
from tests.captures import gap, order, post

Did = Callable[[Capture], object]


def took(count: int, listing: int = 1, start: int = 1) -> Did:
    return lambda capture: [capture.see(post(number), 0, listing) for number in range(start, start + count)]


def said(count: int, listing: int = 1, field: str = "n") -> Did:
    return lambda capture: capture.claim(Claim(stream="posts", field=field, value=count), listing)


def read(listing: int = 1, ended: bool = True) -> Did:
    return lambda capture: [capture.begin("posts", "", listing), ended and capture.end("posts", "", listing)]


def lacks(what: str, **more: Any) -> Did:
    listing = more.pop("listing", 1)
    return lambda capture: capture.gap(gap(what, **more), None, listing)


# proof, what was done, the verdict, part of the reason
TABLE: dict[str, tuple[Any, list[Did], str, str]] = {
    "all that is announced": ("claims", [read(), said(3), took(3)], "whole", ""),
    "nothing announced and nothing there": ("claims", [read(), said(0)], "whole", ""),
    "one named as gone": ("claims", [read(), said(3), took(2), lacks("x")], "whole with named gaps", ""),
    "all there but a file": (
        "claims",
        [read(), said(3), took(3), lacks("m", kind="media")],
        "whole with named gaps",
        "",
    ),
    "one missing unnamed": (
        "claims",
        [read(), said(3), took(2)],
        "not whole",
        "1 of 3 are missing, and nothing says why",
    ),
    "a missing file explains no missing item": (
        "claims",
        [read(), said(3), took(2), lacks("m", kind="media")],
        "not whole",
        "1 of 3",
    ),
    "one missing of one named and one not": ("claims", [read(), said(4), took(2), lacks("x")], "not whole", "1 of 4"),
    "more than announced": ("claims", [read(), said(2), took(3)], "cannot be proven", "1 more than the 2"),
    "the list could not be read": (
        "claims",
        [read(ended=False), said(3), took(3), lacks("p", why="unreadable", kind="list")],
        "not whole",
        "could not be read to its end",
    ),
    "the list is gone": (
        "claims",
        [read(), said(3), lacks("p", why="gone", kind="list")],
        "whole with named gaps",
        "the list is gone",
    ),
    "the list is forbidden": (
        "answer",
        [read(), lacks("p", why="forbidden", kind="list")],
        "whole with named gaps",
        "forbidden",
    ),
    "the list was not read to its end": (
        "claims",
        [read(ended=False), said(3), took(2)],
        "not whole",
        "not read to its end",
    ),
    "came whole inside another list": ("claims", [said(3), took(3)], "whole", ""),
    "claimed and never read": ("claims", [said(3)], "not whole", "not read to its end"),
    "given in one answer": ("answer", [read(), took(3)], "whole", "one answer"),
    "given in one answer, cut": ("answer", [read(ended=False), took(3)], "not whole", "not read to its end"),
    "given in one answer with a gap": ("answer", [read(), took(3), lacks("x")], "whole with named gaps", "one answer"),
    "no figure and read once": ("claims", [read(), took(3)], "cannot be proven", "no figure announced"),
    "no figure, to be read twice, read once": ("twice", [read(), took(3)], "cannot be proven", "no figure announced"),
    "no figure, a second reading adds nothing": (
        "twice",
        [read(), took(3), read(2), took(3, 2)],
        "whole",
        "a second reading added nothing",
    ),
    "no figure, another run after a red one: its own second reading adds nothing": (
        "twice",
        [read(3), took(3, 3), read(4), took(3, 4)],
        "whole",
        "a second reading added nothing",
    ),
    "no figure, another run after a red one: its own second reading adds one": (
        "twice",
        [read(3), took(3, 3), read(4), took(4, 4)],
        "cannot be proven",
        "a second reading added 1",
    ),
    "no figure, a second reading adds one": (
        "twice",
        [read(), took(3), read(2), took(4, 2)],
        "cannot be proven",
        "a second reading added 1",
    ),
    "no figure, the second reading breaks off": (
        "twice",
        [read(), took(3), read(2, ended=False), took(1, 2)],
        "cannot be proven",
        "no figure",
    ),
    "no figure, a gap, a second reading adds nothing": (
        "twice",
        [read(), took(3), lacks("x"), read(2), took(3, 2)],
        "whole with named gaps",
        "",
    ),
    "one deleted between two readings": (
        "claims",
        [read(), said(3), took(3), read(2), said(2, 2), took(2, 2)],
        "whole",
        "",
    ),
    "the later figure counts": ("claims", [read(), said(3), took(2), read(2), said(2, 2), took(2, 2)], "whole", ""),
    "the later figure is higher": (
        "claims",
        [read(), said(2), took(2), read(2), said(3, 2), took(2, 2)],
        "not whole",
        "1 of 3",
    ),
    "of two figures the higher counts": (
        "claims",
        [read(), said(2), said(3, field="m"), took(2)],
        "not whole",
        "1 of 3",
    ),
    "one without an id has another name in each reading, and is one": (
        "claims",
        [read(), said(4), took(2), lacks("nameless in 1"), read(2), took(2, 2), lacks("nameless in 2", listing=2)],
        "not whole",
        "1 of 4",
    ),
    "one that was read, and not again, accounts for no other": (
        "claims",
        [read(), said(3), took(2), read(2), took(1, 2), lacks("0002", why="unreadable", listing=2)],
        "not whole",
        "1 of 3",
    ),
    "one deleted between two readings does not make up for one that is hidden": (
        "claims",
        [read(), said(4), took(3), read(2), said(3, 2), took(2, 2, start=2)],
        "not whole",
        "1 of 3",
    ),
    "each reading shows what the other hides": (
        "claims",
        [read(), said(4), took(3), read(2), said(4, 2), took(3, 2, start=2)],
        "whole",
        "",
    ),
    "never reached": ("claims", [], "not whole", "never read"),
}


@pytest.mark.parametrize("case", TABLE)
def test_the_verdict(case: str, tmp_path: Path) -> None:
    proof, done, verdict, why = TABLE[case]
    capture = Capture(tmp_path, order())
    for step in done:
        step(capture)

    (row,) = weigh(capture, (Stream(name="posts", proof=proof),))
    capture.close()

    assert row.verdict == verdict
    assert why in row.why


def test_a_branch_that_no_item_asked_for_is_no_row(tmp_path: Path) -> None:
    capture = Capture(tmp_path, order())

    assert list(weigh(capture, (Stream(name="replies", proof="claims", branch=True),))) == []
    capture.close()


def test_the_worst_verdict_wins_upwards(tmp_path: Path) -> None:
    capture = Capture(tmp_path, order())
    streams = (Stream(name="posts", proof="claims"), Stream(name="replies", proof="claims", branch=True))
    for step in (read(), said(1), took(1)):
        step(capture)
    for parent, due in (("a", 0), ("b", 1)):
        capture.begin("replies", parent, 1)
        capture.end("replies", parent, 1)
        capture.claim(Claim(stream="replies", parent=parent, field="n", value=due), 1)

    ledger = summary(capture, streams)
    capture.close()

    assert {row["stream"]: row["verdict"] for row in ledger["streams"]} == {"posts": "whole", "replies": "not whole"}
    assert [(row["stream"], row["parent"]) for row in ledger["lists"]] == [("replies", "b")]
    assert ledger["verdict"] == "not whole"


def test_nothing_looked_at_is_nothing_shown() -> None:
    assert worst([]) == "cannot be proven"
    assert [worst(list(VERDICTS[:count])) for count in range(1, 5)] == list(VERDICTS)


def test_a_second_reading_is_asked_for_where_there_is_doubt(tmp_path: Path) -> None:
    capture = Capture(tmp_path, order())
    streams = (Stream(name="posts", proof="claims"), Stream(name="other", proof="twice"))
    for step in (read(), said(2), took(1)):
        step(capture)
    capture.gap(gap("bild", kind="media"), ("posts", "of-7"))
    capture.begin("other", "", 1)
    capture.end("other", "", 1)

    found = set(doubtful(capture, streams))
    capture.close()

    assert found == {("posts", ""), ("other", ""), ("posts", "of-7")}


def test_the_sums_are_of_all_lists_and_reasons(tmp_path: Path) -> None:
    capture = Capture(tmp_path, order())
    for step in (read(), said(5), took(2), lacks("x"), lacks("y", why="forbidden"), lacks("z")):
        step(capture)

    ledger = summary(capture, (Stream(name="posts", proof="claims"),))
    capture.close()

    assert ledger["streams"] == [
        {
            "stream": "posts",
            "lists": 1,
            "announced": 5,
            "captured": 2,
            "accounted": 3,
            "verdict": "whole with named gaps",
        }
    ]
    assert ledger["gaps"] == {"forbidden": 1, "gone": 2}
    assert (ledger["items"], ledger["verdict"]) == (2, "whole with named gaps")
