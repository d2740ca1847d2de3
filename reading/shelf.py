"""The same page written in both languages at once: what is costly, reading and cleaning, is done once for both."""

import posixpath
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import lru_cache
from types import TracebackType
from typing import Any, Final

from jinja2 import Environment
from markupsafe import Markup

from model.made import About, Hashing, Made
from reading import texts, tongues
from reading.drawing import environment
from reading.texts import WORDS, Lang
from reading.views import Answer, Find, nothing

POLICY: Final = (  # 'self' is nothing where a page comes from a disk: there, it is file:
    "default-src 'none'; img-src 'self' file:; media-src 'self' file:; style-src 'self' file:; base-uri 'none'; "
    "form-action 'none'"
)
_REMEMBERED: Final = 1000  # answers: a page of forty posts is one
Title = Callable[[Lang], str]
Link = tuple[str, Title]
Where = Callable[[str], str]  # from a place in a package of E-ARK to where that is in this one; empty: not in it
Answers = Callable[[str], Answer | None]  # by the id of a record


@dataclass(frozen=True, slots=True)
class Book:
    """The pages in one language: where they lie, and what all their templates know."""

    lang: Lang
    folder: str  # "" or "en/"
    shared: dict[str, Any]
    fill: Callable[[str], str]  # puts the words of the language where an entry's marks are


class Shelf:
    """Both books. `with shelf.page("index.html", title) as page: page.put("start.html", …)`."""

    def __init__(self, made: Made, about: About, name: str, lang: Lang, where: Where, answers: Answers) -> None:
        other: Lang = "en" if lang == "sv" else "sv"
        self._made, self.about, self.name = made, about, name
        self._where, self._answers = where, answers
        self.books = tuple(
            _book(one, folder, _shared(one, "../" if folder else "", about, name, where))
            for one, folder in ((lang, ""), (other, f"{other}/"))
        )
        self._templates = _environment()
        self.find: Find = lru_cache(_REMEMBERED)(self._find)

    def _find(self, raw: str) -> Markup:
        """What the record knows of an answer, and the way to it; or the package that has it. Of no language yet."""
        told = self._templates.get_template("answer.html")
        if found := self._answers(raw):
            ways = {"path": self._where(found.place), "way": _out(found.place, self._where)}
            return Markup(told.render(tongues.MARKS, of=found, package="", **ways))  # noqa: S704 - our own template's
        earlier = self.about.previous if raw.startswith("<urn:uuid:") and self._answers is not nothing else ""
        return Markup(told.render(tongues.MARKS, package=earlier)) if earlier else Markup()  # noqa: S704 - so too

    @contextmanager
    def page(self, file: str, title: Title, scripts: str = "") -> Iterator["Page"]:
        """A page, open in both languages; its foot is written when the block ends. `scripts`: what it may run."""
        policy = f"{POLICY}; {scripts}" if scripts else POLICY
        with ExitStack() as stack:
            outs = [stack.enter_context(self._made.file(f"reading/{book.folder}{file}")) for book in self.books]
            page = Page(self._templates, list(zip(self.books, outs, strict=True)))
            for book, out, other in zip(self.books, outs, reversed(self.books), strict=True):
                heading = {"title": title(book.lang), "page": file, "other": _way(book, other) + file, "policy": policy}
                out.write(page.render("head.html", book, heading))
            yield page
            page.put("foot.html", before=page.before, after=page.after)


class Page:
    """A page that is open. `before` and `after` are the pages it leads to."""

    def __init__(self, templates: Environment, open_in: list[tuple[Book, Hashing]]) -> None:
        self._templates, self._open = templates, open_in
        self.before: Link | None = None
        self.after: Link | None = None

    def put(self, template: str, **known: Any) -> None:
        for book, out in self._open:
            out.write(self.render(template, book, known))

    def put_once(self, template: str, **known: Any) -> None:
        """The same, rendered once for both: for templates that take from their book only words and the way to files."""
        text = self._templates.get_template(template).render(tongues.MARKS, **known)
        for book, out in self._open:
            out.write(book.fill(text).encode())

    def render(self, template: str, book: Book, known: dict[str, Any]) -> bytes:
        return book.fill(self._templates.get_template(template).render(book.shared, **known)).encode()


class Run:
    """As many pages as it takes: `room` begins the next one where one is full. `before`, `after`: where all lead."""

    def __init__(self, shelf: Shelf, stem: str, title: Title, before: Link | None = None, after: Link | None = None):
        self._shelf, self._stem, self._title, self._after = shelf, stem, title, after
        self.links: list[Link] = []
        self._stack, self._count = ExitStack(), 0
        self._page = self._begin(before)

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._page.after = self._after
        self._stack.__exit__(kind, error, at)

    def put(self, template: str, **known: Any) -> None:
        self._page.put(template, **known)
        self._count += 1

    def put_once(self, template: str, **known: Any) -> None:
        self._page.put_once(template, **known)
        self._count += 1

    def say(self, words: str) -> None:
        self._page.put("note.html", words=words)

    def room(self, most: int, within: bool = False) -> None:
        """Go on on a new page if this one has so many things; `within`: in the middle of a thread, which is said."""
        if self._count < most:
            return
        if within:
            self.say("goes-on")
        self._page.after = self._link(len(self.links) + 1)
        self._stack.close()
        self._page, self._count = self._begin(self.links[-1]), 0
        if within:
            self.say("continued")

    def _begin(self, before: Link | None) -> Page:
        self.links.append(link := self._link(len(self.links) + 1))
        page = self._stack.enter_context(self._shelf.page(*link))
        page.before = before
        return page

    def _link(self, number: int) -> Link:
        if number == 1:
            return f"{self._stem}.html", self._title
        return f"{self._stem}-{number}.html", lambda lang: f"{self._title(lang)}, {WORDS[lang]['page']} {number}"


def _book(lang: Lang, folder: str, shared: dict[str, Any]) -> Book:
    return Book(lang, folder, shared, tongues.filler(lang, shared["base"], shared["up"]))


def _shared(lang: Lang, up: str, about: About, name: str, where: Where) -> dict[str, Any]:
    """What every template may say."""
    words = WORDS[lang]
    menu = [("index.html", words["start"]), ("sok.html", words["search"]), ("konto.html", words["account"])]
    menu.append(("saknas.html", words["missing"]))
    if about.previous:
        menu.append(("borttaget.html", words["gone"]))
    ways = (_out(path, where) for path in ("documentation/LASMIG.txt", "representations/content/data"))
    read_me, content = (up + way for way in ways)
    return {
        "w": words,
        "lang": lang,
        "up": up,
        "name": name,
        "about": asdict(about),
        "counts": {**dict.fromkeys(texts.SUMS, 0), **about.counts},
        "sums": texts.SUMS[:-1],
        "menu": menu,
        "read_me": read_me,
        "content": content,
        "base": f"{content}/media/",
    }


def _out(path: str, where: Where) -> str:
    """The way from the first page to something in the package, and empty where this one has it not."""
    home = where("representations/reading/data/index.html").rpartition("/")[0]
    return posixpath.relpath(way, home) if (way := where(path)) else ""


def _way(book: Book, other: Book) -> str:
    """From the one book's folder to the other's."""
    return f"{'../' if book.folder else ''}{other.folder}"


class _Environment(Environment):
    """Looks into a dictionary first: an attribute that is not there costs as much as the rest of an entry."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is dict and attribute != "items" and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


def _environment() -> Environment:
    """Whatever a template says is marked and escaped, unless it has been cleaned."""
    found = environment(_Environment)
    found.filters |= {
        "ran": lambda run, lang: texts.ran(lang, run),
        "said": tongues.say,
        "several": tongues.several,
        "moment": tongues.moment,
        "month": lambda name, lang: texts.month(lang, name),
        "months": texts.months,
        "counted": tongues.number,
        "measured": tongues.size,
    }
    return found
