"""What was found, by the id of each rule. However broken a package is, the report stays of a readable size."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from archive_formats.checks.rules import RULES, Level, level_of

MOST: Final = 100  # findings of one rule; the rest are counted
_SHOWN = 300  # characters of what was found


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as a rule says."""

    rule: str
    level: Level
    text: str  # the rule, and after a colon what was found
    where: str  # a path in the package, with a place in the file where that helps
    link: str  # to the specification; empty for our own rules
    swedish: str = ""


class Report:
    """Gathers findings. `trusted` is False once a METS file could not be read: what it lists is then not known.

    The version is the one that was asked for or, before METS is read, empty: then METS says it. `schemas` is the
    folder with ours, None where they are not at hand.
    """

    def __init__(self, version: str, schemas: Path | None = None) -> None:
        self.version, self.trusted, self.told_of_schemas = version, True, False
        self.schemas = schemas
        self._found: list[Finding] = []
        self._count: Counter[tuple[str, Level]] = Counter()

    def say(self, rule: str, where: str, found: str = "", level: Level | None = None) -> None:
        """Tell that a rule is broken at a place. `found` is what stands there, in no language."""
        level = level or level_of(rule, self.version)
        self._count[rule, level] += 1
        if self._count[rule, level] <= MOST:
            self._found.append(_finding(rule, level, where, found))

    def findings(self) -> list[Finding]:
        """All that was found, in the order in which it was found; last, how many more of each rule there are."""
        more = [(rule, level, count - MOST) for (rule, level), count in self._count.items() if count > MOST]
        return self._found + [_finding(rule, level, "", f"+ {count}") for rule, level, count in more]


def _finding(rule: str, level: Level, where: str, found: str) -> Finding:
    about = RULES[rule]
    tail = f": {_plain(found)}" if found else ""
    return Finding(rule, level, about.text + tail, _plain(where), about.link, about.swedish + tail)


def _plain(text: str) -> str:
    """On one line, of a bounded length, with nothing in it that steers a terminal."""
    text = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
