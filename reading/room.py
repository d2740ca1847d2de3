"""The reading room: pages in Airflow's menu that say where every account stands. HTML without scripts.

    overview   all accounts, a column a year, what needs a person now, the last and the next December
    account    one account: its packages with verdict, hash, receipt and evidence, its growth and its gaps
    register   the register as it stands: what is missing, what must be mended, who changed what, when and why
    notice     a page with one sentence: not there, not logged in, a package that cannot be read

What they show is gathered elsewhere (pipeline/room.py). A page is a whole text: it is small.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, get_args
from urllib.parse import quote

from jinja2 import Environment
from markupsafe import Markup, escape

from reading import charts, texts
from reading.drawing import environment
from reading.room_texts import WORDS, say
from reading.texts import Lang

POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Of what comes out of a package. The origin stays the same, or no picture would bring the cookie that lets it in; what
# could misuse that, a script, is let in by neither line.
COPY_POLICY: Final = (
    "sandbox allow-same-origin allow-downloads; default-src 'none'; img-src 'self'; media-src 'self'; "
    "style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
FEW: Final = 6  # things of one kind that are shown at once; more are folded
_HERE: Final = Path(__file__).parent
# How a year of an account stands: a verdict of its package, or why there is none.
State = Literal[
    "whole", "whole with named gaps", "cannot be proven", "not whole", "lost", "missing", "waiting", "before", "closed"
]
KeyState = Literal["days", "never", "unknown", "none", "not-looked"]
Said = Mapping[Lang, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A year of an account."""

    year: int
    state: State
    order: str = ""
    size: int = 0  # bytes of its package
    closure: bool = False  # the package of an account that was closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """How long an account's key lives, as the last look found it."""

    state: KeyState
    days: int = 0
    ends: str = ""  # 2026-12-24


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An account: what the register says of it, and its years."""

    id: str
    platform: str
    address: str = ""
    unit: str = ""
    responsible: str = ""
    status: str = ""  # empty: no longer in the register
    cells: tuple[Cell, ...] = ()
    size: int = 0  # bytes of all its packages
    key: Key = Key(state="not-looked")
    needs: bool = False  # whether a person has to do something


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """Something that needs a person now."""

    kind: Literal["answer", "sign-off", "fails", "renew", "missing", "never", "unsound", "fault", "alarm", "drift"]
    what: Said = field(default_factory=dict)  # a sentence; empty where the kind says it all
    account: str = ""
    platform: str = ""
    by: str = ""  # 2026-11-30: the last day
    link: str = ""  # where it is done, in Airflow
    order: str = ""  # what `arsring sign-off` is told
    reasons: int = 0  # how many it asks for

    def says(self, lang: Lang) -> str:
        """The sentence, without the account's name before it: that stands there already."""
        text, begins = self.what.get(lang, ""), f"{self.account}: "
        if self.account and text.startswith(begins):
            rest = text.removeprefix(begins)
            return f"{rest[:1].upper()}{rest[1:]}"
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """All accounts in a year: how many packages, their bytes, how many accounts in each state."""

    year: int
    packages: int = 0
    size: int = 0
    states: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All accounts."""

    years: tuple[Year, ...] = ()
    lines: tuple[Line, ...] = ()
    todos: tuple[Todo, ...] = ()
    last: int = 0  # the year of the last December
    december: str = ""  # the first day of the next
    days: int = 0  # until then; 0 or less: it has begun
    ready: int | None = None  # accounts of which the last look says that December will work; None: nobody looked
    due: int = 0  # accounts that December takes
    at: str = ""  # when all this was read, a stamp of ours
    earlier: bool = False  # whether there are packages of years before the first shown
    store: str = ""  # where the packages lie
    gaps: Mapping[str, int] = field(default_factory=dict)  # of each account's last package: reason → how many
    unweighed: int = 0  # packages of which the gaps are not known
    clean: bool = False  # whether every account's last package is whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A package that has a receipt."""

    order: str
    kind: str  # annual, closure, rehearsal
    year: str
    verdict: str
    size: int
    sha256: str
    receipt: str  # its hash
    previous: str = ""  # the receipt before it
    promise: Said = field(default_factory=dict)
    format: str = ""
    where: str = ""
    began: str = ""  # stamps of ours
    ended: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    gaps: Mapping[str, int] = field(default_factory=dict)  # reason → how many
    copy: Said = field(default_factory=dict)  # where its reading copy begins, under its address; empty: it has none
    evidence: tuple[str, ...] = ()  # names of what stands beside it
    fault: Said = field(default_factory=dict)  # why it could not be looked into
    lost: bool = False  # the package itself cannot be had, or not be read as one; `fault` says why
    alarm: str = ""  # what is wrong with it by the last check of the archive


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A line of the register's history."""

    at: str  # a stamp of ours
    what: Said
    by: str  # a function
    why: str
    fields: Mapping[Lang, tuple[tuple[str, str, str], ...]] = field(default_factory=dict)  # heading, before, after


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """An account as the register has it, or had it."""

    id: str
    platform: str = ""
    unit: str = ""
    responsible: str = ""
    status: str = ""  # empty: no longer in the register
    since: str = ""  # 2026-11-28
    last: str = ""  # the year of its last package
    lacking: Said = field(default_factory=dict)
    grave: tuple[Said, ...] = ()  # what must not be so
    notes: tuple[Said, ...] = ()
    changes: tuple[Change, ...] = ()  # newest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """The register."""

    name: str  # of its file
    accounts: tuple[Registered, ...] = ()
    faults: tuple[Said, ...] = ()  # of the file, or of its history
    notes: tuple[Said, ...] = ()  # about no single account
    forms: tuple[str, ...] = ()  # of the list to fetch: xlsx, csv, pdf


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What every page needs of the request that it answers."""

    lang: Lang = "sv"
    root: str = "/lasesal"  # where these pages begin, no slash at the end
    airflow: str = ""  # where Airflow begins, no slash at the end
    form: str = ""  # the page of the DAG whose form closes an account; empty: the reader may not start it
    query: str = ""  # what is looked for among the accounts
    needs: bool = False  # only accounts that need a person


def asked(view: Overview, questions: tuple[Todo, ...]) -> Overview:
    """The same with what is asked of a person elsewhere; the account is the one that a question's subject names."""
    found = []
    for one in questions:
        words = set(one.what.get("sv", "").replace("?", " ").replace(":", " ").split())
        line = next((line for line in view.lines if line.id in words), None)
        found.append(replace(one, account=line.id, platform=line.platform) if line else one)
    needs = {one.account for one in found}
    lines = tuple(replace(line, needs=True) if line.id in needs else line for line in view.lines)
    return replace(view, todos=(*found, *view.todos), lines=lines) if found else view


def words(name: str) -> Said:
    """A text of the tables in both languages."""
    return {"sv": WORDS["sv"][name], "en": WORDS["en"][name]}


def overview(view: Overview, frame: Frame) -> str:
    """The start page."""
    lines = [line for line in view.lines if _asked(line, frame)]
    return _page(
        "room_overview.html",
        frame,
        v=view,
        lines=lines,
        todos=_by_kind(view.todos),
        few=FEW,
        volume=charts.volume(view.years, frame.lang),
        states=charts.states(view.years, frame.lang),
        largest=charts.largest(view.lines, frame.lang),
        gaps=charts.sums(view.gaps, "all-gaps", frame.lang),
    )


def account(line: Line, packages: tuple[Kept, ...], todos: tuple[Todo, ...], frame: Frame) -> str:
    """An account's page; its packages come newest first."""
    kept = [one for one in packages if one.kind != "rehearsal"]
    return _page(
        "room_account.html",
        frame,
        line=line,
        packages=packages,
        todos=[one for one in todos if one.account == line.id],
        growth=charts.growth([one for one in kept if not one.lost], frame.lang),
        gaps=charts.gaps(kept, frame.lang),
        clean=all(one.verdict == "whole" and not one.fault for one in kept),
        sums=texts.SUMS[:-1],
    )


def register(view: Register, frame: Frame) -> str:
    """The register's page."""
    well = sum(not one.grave and not one.notes and not one.lacking for one in view.accounts)
    return _page("room_register.html", frame, v=view, well=well)


def notice(heading: str, frame: Frame, text: Said | None = None, link: tuple[str, str] | None = None) -> str:
    """A page that says one thing. `heading`: a word of the tables; `link`: an address, and a word for it."""
    return _page("room_notice.html", frame, heading=heading, text=text or {}, link=link)


def style() -> str:
    """The style of these pages: that of the reading copy, and what they need besides."""
    return "".join((_HERE / name).read_text("utf-8") for name in ("stil.css", "room.css"))


def icon(dark: bool) -> str:
    """The rings of the menu's entry, for a light menu or a dark one."""
    colour = "#e2e8f0" if dark else "#3d5a80"
    rings = "".join(f'<circle cx="10" cy="10" r="{radius}"/>' for radius in (1.5, 5, 8.5))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20" fill="none" stroke="{colour}" '
        f'stroke-width="1.6">{rings}</svg>'
    )


def _asked(line: Line, frame: Frame) -> bool:
    text = " ".join((line.id, line.platform, line.unit, line.responsible, line.address)).casefold()
    return frame.query.casefold() in text and (line.needs or not frame.needs)


def _by_kind(todos: tuple[Todo, ...]) -> dict[str, list[Todo]]:
    found: dict[str, list[Todo]] = {}
    for kind in ("answer", "alarm", "sign-off", "fault", "fails", "renew", "missing", "never", "unsound", "drift"):
        if some := [one for one in todos if one.kind == kind]:
            found[kind] = some
    return found


def _cells(line: Line, at: str, lang: Lang) -> Markup:
    """The years of an account as cells of the matrix. In Python: there are thousands, and a template takes ten times as
    long. What comes from outside is the order's name alone, and that is quoted.
    """
    words, mark = _states(lang), WORDS[lang]["closure-mark"]
    parts = []
    for cell in reversed(line.cells):
        kind, word = words[cell.state]
        if cell.order:
            end = f" · {mark}" if cell.closure else ""
            parts.append(
                f'<td><a class="state {kind}" href="{escape(at)}#{quote(cell.order)}">{word}</a><br>'
                f'<span class="quiet">{charts.short(cell.size, lang)}{end}</span></td>'
            )
        else:
            parts.append(f'<td><span class="state {kind}">{word}</span></td>')
    return Markup("\n".join(parts))  # noqa: S704 - parts that a template has made


@cache
def _states(lang: Lang) -> dict[str, tuple[Markup, Markup]]:
    """state → its class in the style, and its word."""
    return {state: (escape(state.replace(" ", "-")), escape(say(lang, "state", state))) for state in get_args(State)}


def _page(template: str, frame: Frame, **known: Any) -> str:
    return _TEMPLATES.get_template(template).render(f=frame, lang=frame.lang, w=WORDS[frame.lang], **known)


def _environment() -> Environment:
    """Whatever a template says is marked and escaped."""
    found = environment()
    found.filters |= {
        "said": lambda name, table, lang: say(lang, table, str(name)),
        "several": lambda name, value, table, lang: say(lang, texts.table(name, table, value), name),
        "moment": lambda stamp, lang: texts.moment(lang, stamp),
        "counted": lambda value, lang: texts.number(lang, value),
        "measured": lambda value, lang: texts.size(lang, value),
        "rough": lambda value, lang: texts.size(lang, value).partition(" (")[0],
        "cells": _cells,
        "quoted": lambda text: quote(str(text), safe="/"),
    }
    return found


_TEMPLATES: Final = _environment()
