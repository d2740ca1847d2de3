"""The ledger: how `whole` is decided.

For each list: announced (what the platform claims) against captured (distinct ids) and accounted (gaps with a reason).
The worst verdict wins upwards: list, stream, account.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from model.capture import Capture, plain
from model.nouns import GREEN, Stream, Verdict, worst


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One list in the ledger."""

    stream: str
    parent: str = ""
    announced: int | None  # None: the platform makes no claim
    captured: int
    accounted: int
    verdict: Verdict
    why: str = ""


# A gap accounts for one thing if the latest reading of its list has it too, and no reading has the thing itself.
_ROWS = """
SELECT stream, parent,
  (SELECT max(value) FROM claims c WHERE c.stream=l.stream AND c.parent=l.parent AND listing=(
     SELECT max(listing) FROM claims d WHERE d.stream=c.stream AND d.parent=c.parent AND d.field=c.field)),
  (SELECT count(*) FROM seen s WHERE s.stream=l.stream AND s.parent=l.parent),
  (SELECT count(*) FROM seen s WHERE s.stream=l.stream AND s.parent=l.parent AND last=(
     SELECT max(listing) FROM lists k WHERE k.stream=l.stream AND k.parent=l.parent)),
  (SELECT count(*) FROM seen s WHERE s.stream=l.stream AND s.parent=l.parent AND first>(
     SELECT min(listing) FROM lists k WHERE k.stream=l.stream AND k.parent=l.parent)),
  (SELECT max(value) FROM claims c WHERE c.stream=l.stream AND c.parent=l.parent),
  (SELECT count(*) FROM gaps g WHERE g.stream=l.stream AND g.parent=l.parent AND kind='item'),
  (SELECT count(*) FROM gaps g WHERE g.stream=l.stream AND g.parent=l.parent AND kind='item'
     AND last >= coalesce((SELECT max(listing) FROM lists k WHERE k.stream=l.stream AND k.parent=l.parent), 0)
     AND NOT EXISTS (SELECT 1 FROM seen s WHERE s.stream=g.stream AND s.parent=g.parent AND s.id=g.what)),
  (SELECT count(*) FROM gaps g WHERE g.stream=l.stream AND g.parent=l.parent AND kind='media'),
  (SELECT min(why) FROM gaps g WHERE g.stream=l.stream AND g.parent=l.parent AND kind='list'),
  (SELECT min(json_extract(line, '$.how')) FROM gaps g WHERE g.stream=l.stream AND g.parent=l.parent AND kind='list'
     AND why='unreadable'),
  (SELECT count(*) FROM lists k WHERE k.stream=l.stream AND k.parent=l.parent AND ended=1),
  (SELECT group_concat(why, '; ') FROM (SELECT why FROM doubts d WHERE d.stream=l.stream AND d.parent=l.parent
     ORDER BY since))
FROM (SELECT stream, parent FROM lists UNION SELECT stream, parent FROM claims) l ORDER BY stream, parent
"""


def weigh(capture: Capture, streams: tuple[Stream, ...]) -> Iterator[Row]:
    """A row for each list that was read or claimed; a stream that was never reached is a row that is not whole."""
    known, met = {stream.name: stream for stream in streams}, set()
    for row in capture.rows(_ROWS):
        stream, parent, announced, union, latest, added, most, gaps, items, media, blind, how, ends, doubt = row
        met.add(stream)
        proof = known[stream].proof if stream in known else "claims"
        if proof == "inside" and not parent and not _outside(capture, stream, known[stream].of):
            proof = "answer"
        # where the figure fell, something was deleted: with that in it, the union could make up for what is hidden
        captured = {latest} if most is not None and most > announced else {union, latest}
        verdict, why = _verdict(proof, announced, captured, added, items, bool(gaps or media), blind, ends)
        if verdict == "not whole" and blind and how:
            why = f"{why}: {how}"
        if verdict in GREEN and doubt:
            verdict, why = "cannot be proven", doubt
        yield Row(
            stream=stream,
            parent=parent,
            announced=announced,
            captured=union,
            accounted=items + media,
            verdict=verdict,
            why=why,
        )
    for stream in streams:
        if stream.name not in met and not stream.branch:
            yield Row(
                stream=stream.name, announced=None, captured=0, accounted=0, verdict="not whole", why="never read"
            )


def _verdict(
    proof: str,
    announced: int | None,
    captured: set[int],
    added: int,
    items: int,
    named: bool,
    blind: str | None,
    ends: int,
) -> tuple[Verdict, str]:
    gaps: Verdict = "whole with named gaps" if named else "whole"
    if blind and blind != "unreadable":
        return "whole with named gaps", f"the list is {blind}"
    if blind:
        return "not whole", "the list could not be read to its end"
    if announced in {number + items for number in captured}:
        return gaps, ""  # also a list that came whole inside another one
    if not ends:
        return "not whole", "the list was not read to its end"
    if proof == "answer":
        return gaps, "given in one answer"
    if announced is not None:
        if max(captured) + items < announced:
            return "not whole", f"{announced - max(captured) - items} of {announced} are missing, and nothing says why"
        return (
            "cannot be proven",
            f"the platform shows {max(captured) - announced} more than the {announced} it announces",
        )
    if proof in ("twice", "inside") and ends > 1 and not added:
        return gaps, "no figure announced; a second reading added nothing"
    return "cannot be proven", "no figure announced" + (f"; a second reading added {added}" if added else "")


def _outside(capture: Capture, stream: str, of: str) -> bool:
    """Whether a list that checks another one shows anything that the other one does not."""
    query = (
        "SELECT 1 FROM seen s WHERE stream=? AND parent='' AND NOT EXISTS"
        " (SELECT 1 FROM seen o WHERE o.stream=? AND o.id=s.id) LIMIT 1"
    )
    return bool(list(capture.rows(query, stream, of)))


def summary(capture: Capture, streams: tuple[Stream, ...]) -> dict[str, Any]:
    """The ledger as it is written down: the verdict, each stream's sums, and every list that is not simply whole."""
    sums: dict[str, dict[str, Any]] = {}
    named: list[Any] = []
    for row in weigh(capture, streams):
        into = sums.setdefault(
            row.stream,
            {"stream": row.stream, "lists": 0, "announced": None, "captured": 0, "accounted": 0, "verdict": "whole"},
        )
        into["lists"] += 1
        if row.announced is not None:
            into["announced"] = (into["announced"] or 0) + row.announced
        into["captured"] += row.captured
        into["accounted"] += row.accounted
        into["verdict"] = worst([into["verdict"], row.verdict])
        if row.verdict != "whole":
            named.append(plain(row))
    gaps = dict(capture.rows("SELECT why, count(*) FROM gaps GROUP BY why ORDER BY why"))
    verdict = worst([into["verdict"] for into in sums.values()])
    if verdict == "whole" and gaps:  # of something that no figure counts, such as a direct message
        verdict = "whole with named gaps"
    return {
        "order": capture.order.id,
        "verdict": verdict,
        "items": capture.items,
        "media": capture.files,
        "bytes": capture.bytes,
        "gaps": gaps,
        "streams": list(sums.values()),
        "lists": named,
    }


def doubtful(capture: Capture, streams: tuple[Stream, ...]) -> Iterator[tuple[str, str]]:
    """The lists that are worth a second reading: those that are not green, and those behind a file that is missing."""
    for row in weigh(capture, streams):
        if row.verdict not in GREEN or any(s.proof == "twice" for s in streams if s.name == row.stream):
            yield row.stream, row.parent
    for (back,) in capture.rows("SELECT DISTINCT back FROM gaps WHERE back IS NOT NULL ORDER BY back"):
        stream, parent = json.loads(back)
        yield stream, parent
