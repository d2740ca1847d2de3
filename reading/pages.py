"""The reading copy: a start page, a page a month, what is missing and what has vanished. One script: the search.

    index.html   2026-03.html, 2026-03-2.html …, odaterat.html   konto.html   saknas.html   borttaget.html   stil.css
    sok.html   sok/001.js …   (reading/searching.py)
    en/…         the same in English (sv/… where English is the language of the settings)

They lie at representations/reading/data/ and open from a disk without a network. Memory does not grow with the account.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from model.made import About, Made
from model.nouns import Order
from model.selection import UNDATED, Selection
from model.settings import Settings
from reading import comparing, searching, texts, views
from reading.searching import Index
from reading.shelf import Answers, Link, Run, Shelf, Title, Where
from reading.shown import Shown
from reading.texts import WORDS, Lang
from reading.views import View

FULL: Final = 500  # entries on a page, after which the next thread begins a new one …
BURSTING: Final = 1000  # … and even the same thread goes on there
Span = tuple[str, str]  # stamps of the oldest and the newest


@dataclass(frozen=True, slots=True)
class Month:
    name: str  # 2026-03, or undated
    threads: int

    @property
    def year(self) -> str:
        return "" if self.name == UNDATED else self.name.partition("-")[0]

    @property
    def stem(self) -> str:
        return "odaterat" if self.name == UNDATED else self.name

    @property
    def first(self) -> Link:
        return f"{self.stem}.html", self.title

    def title(self, lang: Lang) -> str:
        return texts.month(lang, self.name)


def write(
    made: Made,
    chosen: Selection,
    order: Order,
    about: About,
    settings: Settings,
    swedish: Callable[[str], str] = str,
    where: Where = str,
    answers: Answers = views.nothing,
) -> None:
    """Write the reading copy into `reading/`, in both languages; that of the settings comes first.

    `swedish` puts into Swedish what is written in English about a gap; `where` turns a place in a package of E-ARK
    into where that is in this one; `answers` knows where the record has what was read.
    """
    made.text("reading/stil.css", (Path(__file__).parent / "stil.css").read_text("utf-8"))
    profile = chosen.profile()
    shelf = Shelf(made, about, _name(profile, order), settings.language, where, answers)
    months = [Month(name, threads) for name, threads in chosen.months()]
    gaps, beside = Counter[tuple[str, str, str]](), made.folder.with_name(f"{made.folder.name}.shown.sqlite")
    with Index(made, settings.language) as index, Shown(beside, chosen.gaps()) as shown:
        told, span = _months(shelf, chosen, months, index, shown)
        _account(shelf, profile, index, shown)
        _missing(shelf, (_gap(gap, swedish, gaps, shelf) for gap in chosen.gaps()), index, shown)
    _search(shelf, index)
    if about.previous:
        _listed(shelf, "borttaget", "gone", "entry.html", _gone(chosen, shelf))
    kinds = [dict(zip(("kind", "stream", "why"), what, strict=True), count=count) for what, count in gaps.most_common()]
    span = span if about.scope == "changes" else (about.first, about.last)
    _start(shelf, order, profile, told, span=span, gaps=kinds, signed=_signed(about, swedish), settings=settings)


def _months(
    shelf: Shelf, chosen: Selection, months: list[Month], index: Index, shown: Shown
) -> tuple[list[dict[str, Any]], Span]:
    """Write the months' pages; what the start page tells of each, and of the oldest and the newest that is here."""
    told, before, first, last = list[dict[str, Any]](), None, "", ""
    for place, month in enumerate(months):
        after = months[place + 1].first if place + 1 < len(months) else None
        with Run(shelf, month.stem, month.title, before, after) as run:
            for thread in chosen.threads(month.name):
                run.room(FULL)
                for entry in thread.entries:
                    run.room(BURSTING, within=True)
                    view = views.entry(entry, shelf.about.text, shelf.find)
                    index.add(view, run.links[-1][0])
                    shown.meet(view, run.links[-1][0])
                    if (at := view["published"]) and view["change"] != "vanished":
                        first, last = min(first or at, at), max(last, at)
                    run.put_once("entry.html", v=comparing.compared(view))
        before = run.links[-1]
        told.append({"month": month, "year": month.year, "pages": [file for file, _ in run.links]})
    return told, (first, last)


def _search(shelf: Shelf, index: Index) -> None:
    """The one page with a script: everything can be read without it."""
    known = {"index": index, "years": sorted(index.years, reverse=True), "flags": index.flags}
    kinds = sorted(kind for kind in index.kinds if texts.known("kind", kind))
    with shelf.page("sok.html", _word("search"), searching.SOURCE) as page:
        page.put("search.html", **known, kinds=kinds, script=Markup(searching.SCRIPT))  # noqa: S704 - our own


def _account(shelf: Shelf, profile: list[dict[str, Any]], index: Index, met: Shown) -> None:
    """The account's own page, newest first, and its earlier versions."""

    def found(part: dict[str, Any], page: str) -> None:
        index.add(part["of"], page)
        met.meet(part["of"], page)

    shown, versions = list[View](), list[View]()
    for number, of in enumerate(profile, 1):
        view = _alone(of, shelf, f"konto-{number}")
        if of["kind"] == "version":
            versions.append(view)
        else:
            shown.append(view | {"versions": versions, "unfolded": True})
            versions = []
    parts = ({"v": comparing.compared(view), "of": view} for view in reversed([*shown, *versions]))
    _listed(shelf, "konto", "account", "entry.html", parts, found)


def _missing(shelf: Shelf, gaps: Iterable[View], index: Index, shown: Shown) -> None:
    """Everything that is missing, one after the other, with a link to where it is missed."""

    def parts() -> Iterator[dict[str, Any]]:
        for number, gap in enumerate(gaps, 1):
            at, published = shown.of(gap)
            yield {"gap": gap, "key": f"lucka-{number}", "at": at, "published": published}

    def found(part: dict[str, Any], page: str) -> None:
        index.gap(part["key"], part["gap"], page, part["published"])

    _listed(shelf, "saknas", "missing", "gap.html", parts(), found)


def _listed(
    shelf: Shelf,
    stem: str,
    words: str,
    template: str,
    parts: Iterable[dict[str, Any]],
    found: Callable[[dict[str, Any], str], None] = lambda part, page: None,
) -> None:
    """A list of things, on as many pages as it needs. `found` is told of each, and of the page where it is read."""
    met = False
    with Run(shelf, stem, _word(words)) as run:
        for part in parts:
            if not met:
                run.say(f"{words}-lead")
            met = True
            run.room(BURSTING)
            run.put(template, **part)
            found(part, run.links[-1][0])
        if not met:
            run.say(f"no-{words}")


def _start(shelf: Shelf, order: Order, profile: list[Any], months: list[dict[str, Any]], **more: Any) -> None:
    years = [(year, list(some)) for year, some in groupby(months, lambda month: month["year"])]
    face = views.item(profile[-1], shelf.about.text) | {"title": ""} if profile else None
    with shelf.page("index.html", lambda lang: shelf.name) as page:
        page.put("start.html", years=years, face=face, order=order, closing=_closing(order), **more)


def _closing(order: Order) -> Mapping[str, str]:
    """That the account is to be closed, and where it said so itself; empty words where it is not."""
    if (of := order.closing) is None:
        return dict.fromkeys(("decision", "announced", "announcement"), "")
    decision = f"{of.case}, {of.decided}, {of.decider}"
    return {"decision": decision, "announced": of.announced, "announcement": of.announcement}


def _signed(about: About, swedish: Callable[[str], str]) -> Mapping[str, Any]:
    """Who accepted what is not whole, with the reasons; nothing where nobody did."""
    if not (signed := about.sign_off):
        return {}
    rows = (({"sv": swedish(one["what"]), "en": one["what"]}, one["reason"]) for one in signed["reasons"])
    return {**signed, "reasons": [{"what": what, "reason": reason} for what, reason in rows]}


def _gone(chosen: Selection, shelf: Shelf) -> Iterator[dict[str, Any]]:
    for number, item in enumerate(chosen.tombstones(), 1):
        yield {"v": _alone(item, shelf, f"borta-{number}") | {"change": "vanished"}}


def _alone(item: dict[str, Any], shelf: Shelf, key: str) -> View:
    """An item that is shown by itself, outside any thread."""
    alone = {"key": key, "depth": 0, "level": 0, "change": "", "before": None, "versions": (), "unfolded": False}
    return views.item(item, shelf.about.text, shelf.find) | alone


def _gap(gap: dict[str, Any], swedish: Callable[[str], str], met: Counter[tuple[str, str, str]], shelf: Shelf) -> View:
    """A gap, ready to be shown; and counted among those of its kind."""
    met[gap["kind"], gap["stream"], gap["why"]] += 1
    names = ("what", "why", "kind", "stream", "parent", "seen_at", "size")
    how, read = str(gap.get("how", "")), views.answers(gap, shelf.find)
    known = {name: gap.get(name, "") for name in names}
    return known | {"how": {"sv": swedish(how), "en": how} if how else None, "read": read}


def _name(profile: list[dict[str, Any]], order: Order) -> str:
    """What the account calls itself, or its address."""
    names = [str(item["title"]) for item in profile if item.get("title")]
    return names[-1] if names else order.account.address


def _word(name: str) -> Title:
    return lambda lang: WORDS[lang][name]
