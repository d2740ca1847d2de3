"""Charts for those who would rather look than read: SVG in the page, each with its figures as a text and a table.

No colour says anything alone: every bar has its figure or its pattern's name beside it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from reading import texts
from reading.room_texts import WORDS, say
from reading.texts import Lang

if TYPE_CHECKING:
    from reading.room import Kept, Line, Year

LARGEST: Final = 10  # accounts
STATES: Final = ("whole", "whole with named gaps", "cannot be proven", "not whole", "lost", "missing")  # in a bar
_SHORT: Final = ("kB", 3), ("MB", 6), ("GB", 9), ("TB", 12)
_ROW: Final = 46  # pixels from one bar to the next, its name above it


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar."""

    kind: str  # its class in the style
    at: float  # per cent of the chart's width: so the letters keep their size on a narrow screen
    width: float


@dataclass(frozen=True, slots=True)
class Bar:
    name: str
    says: str  # the figure
    y: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars below each other, and the same as a table."""

    id: str
    title: str
    bars: tuple[Bar, ...]
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    legend: tuple[tuple[str, str], ...] = ()  # class, word

    @property
    def height(self) -> int:
        return len(self.bars) * _ROW

    @property
    def text(self) -> str:
        """All of it in one sentence, for those who do not see it."""
        return f"{self.title}. " + " ".join(f"{bar.name}: {bar.says}." for bar in self.bars)


def volume(years: Sequence["Year"], lang: Lang) -> Chart:
    """The bytes of each year's packages, all accounts together."""
    w, some = WORDS[lang], [one for one in years if one.packages]
    bars = _plain([(str(one.year), short(one.size, lang), one.size) for one in some], "size")
    rows = [(str(one.year), texts.number(lang, one.packages), texts.size(lang, one.size)) for one in some]
    return Chart("volym", w["volume"], bars, (w["year"], w["packages"], w["size"]), tuple(rows))


def states(years: Sequence["Year"], lang: Lang) -> Chart:
    """How many accounts are whole, have gaps, are missing, year by year."""
    w = WORDS[lang]
    some = [one for one in years if sum(one.states.get(state, 0) for state in STATES)]
    most = max((sum(one.states.get(state, 0) for state in STATES) for one in some), default=1)
    bars = []
    for row, one in enumerate(some):
        at, parts = 0.0, list[Part]()
        for state in STATES:
            if count := one.states.get(state, 0):
                parts.append(Part(state.replace(" ", "-"), at, width := round(100 * count / most, 1)))
                at += width
        good = one.states.get("whole", 0) + one.states.get("whole with named gaps", 0)
        total = sum(one.states.get(state, 0) for state in STATES)
        bars.append(Bar(str(one.year), f"{good} {w['of']} {total} {w['accounts-of']}", row * _ROW, tuple(parts)))
    words = [say(lang, "state", state) for state in STATES]
    rows = [(str(one.year), *(texts.number(lang, one.states.get(state, 0)) for state in STATES)) for one in some]
    legend = tuple((state.replace(" ", "-"), word) for state, word in zip(STATES, words, strict=True))
    return Chart("lage", w["states"], tuple(bars), (w["year"], *words), tuple(rows), legend)


def growth(packages: Iterable["Kept"], lang: Lang) -> Chart:
    """The bytes of an account's packages together, package by package, and what is in each; the oldest first.

    A package of changes is small and adds to those before it: drawn alone it would look like an account that shrinks.
    """
    w, oldest_first = WORDS[lang], list(packages)[::-1]
    some = list(zip(oldest_first, accumulate(one.size for one in oldest_first), strict=True))
    told = [
        (_short_name(one, w), f"{short(total, lang)} (+ {short(one.size, lang)})", total)
        for one, total in some
    ]  # fmt: skip
    counted = ("posts", "comments", "media")
    rows = tuple(
        (one.order, texts.size(lang, one.size), texts.size(lang, total), *_counts(one, counted, lang))
        for one, total in some
    )
    head = (w["order"], w["size"], w["in-all"], *(w[name] for name in counted))
    return Chart("vaxt", w["growth"], _plain(told, "size"), head, rows)


def largest(lines: Iterable["Line"], lang: Lang) -> Chart:
    """The accounts whose packages are the largest together."""
    w, some = WORDS[lang], nlargest(LARGEST, (one for one in lines if one.size), key=lambda one: (one.size, one.id))
    bars = _plain([(one.id, short(one.size, lang), one.size) for one in some], "size")
    rows = [(one.id, one.platform, texts.size(lang, one.size)) for one in some]
    return Chart("storst", w["largest"], bars, (w["account"], w["platform"], w["size"]), tuple(rows))


def gaps(packages: Iterable["Kept"], lang: Lang) -> Chart:
    """How many gaps an account's packages name, reason by reason."""
    found = dict[str, int]()
    for one in packages:
        for why, count in one.gaps.items():
            found[why] = found.get(why, 0) + count
    return sums(found, "gaps-chart", lang)


def sums(found: Mapping[str, int], title: str, lang: Lang) -> Chart:
    """Gaps, reason by reason, the most first. `title`: a word of the tables."""
    w, ranked = WORDS[lang], sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    named = [(say(lang, "reason", why), texts.number(lang, count), count) for why, count in ranked]
    rows = tuple((name, said) for name, said, _ in named)
    return Chart("luckor", w[title], _plain(named, "gap-bar"), (w["reason"], w["number"]), rows)


def short(size: int, lang: Lang) -> str:
    """`1,4 MB`."""
    unit, power = next(((unit, power) for unit, power in reversed(_SHORT) if size >= 10**power), ("B", 0))
    said = f"{size / 10**power:.1f}" if power else str(size)
    return f"{said.replace('.', ',') if lang == 'sv' else said} {unit}"


def _plain(rows: list[tuple[str, str, int]], kind: str) -> tuple[Bar, ...]:
    """Bars of one piece each: (name, what is said of it, how much)."""
    most = max((row[2] for row in rows), default=0) or 1
    return tuple(
        Bar(name, says, at * _ROW, (Part(kind, 0.0, round(max(0.5, 100 * value / most), 1)),))
        for at, (name, says, value) in enumerate(rows)
    )


def _short_name(one: "Kept", w: Mapping[str, str]) -> str:
    """`2026`, and what sort of package it is where it is no year's first."""
    run = one.order.rpartition(".r")[2] if ".r" in one.order else ""
    again = f" r{run}" if run.isdigit() else ""
    return f"{one.year}{again}" + (f" ({w['closure-mark']})" if one.kind == "closure" else "")


def _counts(one: "Kept", names: Sequence[str], lang: Lang) -> Iterator[str]:
    """What its manifest counts of each."""
    known = (one.counts.get(name) for name in names)
    yield from (WORDS[lang]["unknown"] if value is None else texts.number(lang, value) for value in known)
