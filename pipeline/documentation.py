"""The package's own papers: how to read it, what was asked for and what came, what was left out and why."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from model import capture as captures
from model.made import About, Made
from model.nouns import Level, Order, RecordStatus
from model.settings import Settings
from pipeline import evidence, line
from pipeline.say import VERDICTS, WHY
from pipeline.swedish import swedish
from reading.texts import ran

Lang = Literal["sv", "en"]
LEVELS: Final[dict[Lang, dict[Level, str]]] = {
    "sv": {
        "overview": "översiktsbild: kontots egen sida, och inget av det som har skrivits där",
        "unique": "unikt innehåll: kontots egna inlägg med bilder, kommentarer och svar",
        "full": "hela kontot: allt som plattformen lämnar ut",
    },
    "en": {
        "overview": "overview: the account's own page, and nothing of what was written there",
        "unique": "unique content: the account's own posts with pictures, comments and replies",
        "full": "full: all that the platform gives out",
    },
}
STATUSES: Final[dict[Lang, dict[RecordStatus, str]]] = {
    "sv": {
        "NEW": "det första paketet för kontot",
        "SUPPLEMENT": "kompletterar paketet {previous}",
        "REPLACEMENT": "ersätter paketet {replaces}",
        "TEST": "en övning: ska inte arkiveras",
    },
    "en": {
        "NEW": "the account's first package",
        "SUPPLEMENT": "supplements the package {previous}",
        "REPLACEMENT": "replaces the package {replaces}",
        "TEST": "a rehearsal: not to be archived",
    },
}
SCOPES: Final[dict[Lang, dict[str, str]]] = {
    "sv": {
        "whole": "hela kontot, så långt arkiveringsnivån räcker",
        "changes": "det som är nytt, ändrat eller borta sedan {previous}, med hela trådarna",
    },
    "en": {
        "whole": "the whole account, as far as the archiving level goes",
        "changes": "what is new, changed or gone since {previous}, with whole threads",
    },
}
_TREE: Final[dict[str, dict[Lang, str]]] = {  # where a package of E-ARK has it → what it is
    "representations/reading/data/index.html": {
        "sv": "LÄSES HÄR: inläggen månad för månad, i en vanlig webbläsare",
        "en": "READ HERE: the posts month by month, in any web browser",
    },
    "representations/reading/data/sok.html": {
        "sv": "SÖKES HÄR: i inlägg, kommentarer, kontosida och luckor; inget nät behövs",
        "en": "SEARCH HERE: posts, comments, the account's page and gaps; needs no network",
    },
    "representations/reading/data/utskrift.pdf": {
        "sv": "utskrift (PDF/A-1b)",
        "en": "a print (PDF/A-1b)",
    },
    "representations/reading/data/oversikt.png": {
        "sv": "översiktsbild",
        "en": "overview image",
    },
    "representations/content/data/": {
        "sv": "samma innehåll som data: posts.json (ActivityStreams 2.0), CSV",
        "en": "the same as data: posts.json (ActivityStreams 2.0), CSV",
    },
    "representations/content/data/media/": {
        "sv": "bilder, film och ljud som de laddades upp; namnet är SHA-256",
        "en": "pictures, film and sound as uploaded; the name is the SHA-256",
    },
    "representations/content/data/capture/": {
        "sv": "insamlingen som den förseglades, rad för rad",
        "en": "the capture as it was sealed, line by line",
    },
    "representations/raw/data/": {
        "sv": "plattformens svar som de kom (WARC 1.1), nycklar borttagna",
        "en": "the platform's answers as they came (WARC 1.1), keys taken out",
    },
    "representations/manual/data/": {
        "sv": "det arkivarien själv lämnade in, om något",
        "en": "what the archivist supplied, if anything",
    },
    "metadata/": {
        "sv": "beskrivning (EAD 3, Dublin Core) och bevarande (PREMIS 3)",
        "en": "description (EAD 3, Dublin Core) and preservation (PREMIS 3)",
    },
    "documentation/": {
        "sv": "uttagsrapporten och vad som är utelämnat",
        "en": "the report, and what is left out",
    },
    "METS.xml": {
        "sv": "förteckning över allt, med kontrollsummor",
        "en": "a list of it all, with checksums",
    },
}
_WORDS: Final[dict[Lang, dict[str, str]]] = {
    "sv": {
        "read": "LÄS MIG", "what": "Vad det är", "account": "Konto", "level": "Arkiveringsnivå", "verdict": "Omdöme",
        "taken": "Hämtat", "to": "till", "tree": "Var allt ligger", "report": "Uttagsrapport", "case": "Diarienummer",
        "lists": "Listor", "announced": "utlovat", "captured": "taget", "accounted": "förklarat", "gaps": "Luckor",
        "none": "inga", "left": "Utelämnat", "disposal": "Gallringsbeslut", "nothing": "Inget har utelämnats.",
        "personal": "{n} gånger står något i en text som liknar ett personnummer. Se över sekretessen före utlämnande.",
        "controls": "{n} styrtecken, som XML förbjuder, visas som märken i sidor och XML. I JSON står de som de kom.",
        "tables": "I CSV-filerna har en text som börjar med = + - @ eller ' en apostrof före sig, så att den inte\n"
        "blir en formel. ”not seen” i changes_since_previous.csv är det som inte gick att se nu; det är inte borta.",
        "found": "Vilket svar ett inlägg lästes ur står under Bevis på dess sida (urn:uuid:…). Filen som har det, i\n"
        "mappen med WARC: zgrep -a -l urn:uuid:… *.warc.gz. Svaret självt: zcat FIL | grep -a -A 40 urn:uuid:…",
        "tries": "Försök", "started": "beställt", "creator": "Arkivbildare", "replaces": "Skäl till ny körning",
        "run": "Körning", "closing": "Beslut att stänga kontot", "announcement": "Annonserat från", "reason": "Skäl",
        "seen": "Annonsen sågs första gången", "signed": "Det som inte är komplett är godtaget av",
    },
    "en": {
        "read": "READ ME", "what": "What it is", "account": "Account", "level": "Archiving level", "verdict": "Verdict",
        "taken": "Taken", "to": "to", "tree": "Where everything lies", "report": "Report", "case": "Case number",
        "lists": "Lists", "announced": "announced", "captured": "captured", "accounted": "accounted", "gaps": "Gaps",
        "none": "none", "left": "Left out", "disposal": "Disposal decision", "nothing": "Nothing was left out.",
        "personal": "{n} times a text holds what looks like a personal number. Look at secrecy before disclosure.",
        "controls": "{n} control characters that XML forbids are shown as marks in pages and XML; JSON has them as is.",
        "tables": "In the CSV files a text that begins with = + - @ or ' has an apostrophe before it, so that it\n"
        "becomes no formula. “not seen” in changes_since_previous.csv is what could not be seen; it is not gone.",
        "found": "Which answer a post was read from stands under Proof on its page (urn:uuid:…). The file with it,\n"
        "in the folder with WARC: zgrep -a -l urn:uuid:… *.warc.gz. The answer: zcat FILE | grep -a -A 40 urn:uuid:…",
        "tries": "Tries", "started": "ordered", "creator": "Archival creator", "replaces": "Why it was run again",
        "run": "Run", "closing": "Decision to close the account", "announcement": "Announced from", "reason": "Reason",
        "seen": "Announcement first seen", "signed": "What is not whole was accepted by",
    },
}  # fmt: skip


def write(made: Made, capture: Path, order: Order, about: About, settings: Settings) -> None:
    """documentation/: LASMIG.txt, uttagsrapport.txt and .json, gallring.txt, and avslut.json for a closure."""
    ledger = captures.ledger_of(capture)
    with (capture / "gaps.jsonl").open("rb") as lines:
        gaps = [json.loads(line) for line in islice(lines, _MOST)]
    told = about.counts.get("gaps", len(gaps)) - len(gaps)
    made.text("documentation/LASMIG.txt", _text(_read_me(order, about, settings)))
    made.text("documentation/uttagsrapport.txt", _text(_report(ledger, gaps, told, order, about, settings.language)))
    noted = {"texts": {name: about.counts.get(name, 0) for name in _NOTES}}
    made.text("documentation/uttagsrapport.json", json.dumps(ledger | noted, ensure_ascii=False, indent=1) + "\n")
    made.text("documentation/gallring.txt", _text(_left_out(gaps, about, settings)))
    if order.kind == "closure":
        paper: dict[str, Any] = {"order": order.id, "account": order.account.id, "address": order.account.address}
        paper |= {"decision": order.decision, "ordered": order.created.isoformat()}
        paper |= {"closing": captures.plain(order.closing), "announcement": about.announcement, "run": order.run}
        made.text("documentation/avslut.json", json.dumps(paper, ensure_ascii=False, indent=1) + "\n")


_NOTES: Final = ("personal", "controls")  # what is counted in the texts
_MOST: Final = 10_000  # gaps that the papers name one by one; gaps.jsonl has all of them


def _read_me(order: Order, about: About, settings: Settings) -> Iterator[str]:
    lang = settings.language
    word = _WORDS[lang]
    yield from _headed(f"{word['read']}: {about.objid}")
    yield from _facts(order, about, settings)
    yield from ("", word["tree"], "-" * len(word["tree"]), *_tree(about, settings))
    yield from ("", word["tables"], "", word["found"], "")
    yield evidence.by_hand(order, about, settings)


def where(about: About, settings: Settings) -> Callable[[str], str]:
    """From a place in a package of E-ARK to where that is in the first of the settings' formats that has it."""
    found = line.archive_format(_takes_made(settings)[0])
    return lambda path: found.where(path, about.objid, settings)


def everywhere(about: About, settings: Settings) -> Callable[[str], str]:
    """The same, of all those formats: nothing where they do not have it in one and the same place."""
    formats = [line.archive_format(name) for name in _takes_made(settings)]

    def found(path: str) -> str:
        first, *others = (one.where(path, about.objid, settings) for one in formats)
        return str(first) if all(other == first for other in others) else ""

    return found


def _takes_made(settings: Settings) -> list[str]:
    """The settings' formats that take along what is made of a capture; the usual one where they name none."""
    return [name for name in settings.formats if line.archive_format(name).TAKES_MADE] or ["eark_sip"]


def _tree(about: About, settings: Settings) -> Iterator[str]:
    """Where everything lies, in each format of the settings that takes these papers along."""
    made = _takes_made(settings)
    for name in made:
        if len(made) > 1:
            yield f"{name}:"
        for path, says in _TREE.items():
            if place := line.archive_format(name).where(path, about.objid, settings):
                yield f"  {place:44} {says[settings.language]}"


def _facts(order: Order, about: About, settings: Settings) -> Iterator[str]:
    lang, account = settings.language, order.account
    word = _WORDS[lang]
    status = STATUSES[lang][about.status].format(previous=about.previous, replaces=about.replaces)
    yield f"{word['account']}: {account.address} ({account.id}{', ' + account.unit if account.unit else ''})"
    yield f"{word['creator']}: {settings.creator.name} {settings.creator.code}".rstrip()
    for number in filter(None, (settings.case_of(order.year), account.case)):
        yield f"{word['case']}: {number}"
    yield f"{word['what']}: {status}: {SCOPES[lang][about.scope].format(previous=about.previous)}"
    yield f"{word['level']}: {LEVELS[lang][about.level]}"
    yield f"{word['verdict']}: {VERDICTS[lang][about.verdict]}"
    started = f"{word['started']} {_when(order.created.isoformat())}"
    yield f"{word['taken']}: {_when(about.began)} {word['to']} {_when(about.ended)} ({started})"
    if order.replaces:
        yield f"{word['replaces']}: {order.decision}"
    if order.run:
        yield f"{word['run']}: {ran(lang, order.run)}"
    yield from _decided(order, about, lang)
    yield from _signed(about, lang)


def _decided(order: Order, about: About, lang: Lang) -> Iterator[str]:
    """Of a closure: the decision, and where the account itself said so."""
    word = _WORDS[lang]
    if closing := order.closing:
        yield f"{word['closing']}: {closing.case}, {closing.decided}, {closing.decider}"
        yield f"{word['announcement']}: {closing.announced}, {closing.announcement}"
        yield f"{word['seen']}: {_when(about.announcement.get('first_seen', ''))}"
        yield from ((closing.note,) if closing.note else ())


def _signed(about: About, lang: Lang) -> Iterator[str]:
    """Who accepted what is not whole, and why."""
    say = swedish if lang == "sv" else str
    if signed := about.sign_off:
        yield f"{_WORDS[lang]['signed']}: {signed['by']}, {_when(signed['at'])}"
        yield from (f"  {say(one['what'])}. {_WORDS[lang]['reason']}: {one['reason']}" for one in signed["reasons"])
        yield from ((f"  {signed['note']}",) if signed.get("note") else ())


def _report(
    ledger: dict[str, Any], gaps: list[dict[str, Any]], told: int, order: Order, about: About, lang: Lang
) -> Iterator[str]:
    word, say = _WORDS[lang], swedish if lang == "sv" else str
    yield from _headed(f"{word['report']}: {order.id}")
    yield f"{word['verdict']}: {VERDICTS[lang][about.verdict]}"
    yield from _signed(about, lang)
    if ledger.get("tries"):
        yield f"{word['tries']}: {ledger['tries']}"
    yield from ("", word["lists"], "-" * len(word["lists"]))
    for row in ledger["streams"]:
        due = "–" if row["announced"] is None else row["announced"]
        figures = (
            f"{word['announced']} {due}, {word['captured']} {row['captured']}, {word['accounted']} {row['accounted']}"
        )
        yield f"  {row['stream']}: {figures}. {VERDICTS[lang][row['verdict']]}"
    for row in ledger["lists"]:
        if row.get("why"):
            yield f"    {row['stream']} {row.get('parent', '')}: {say(row['why'])}"
    yield from ("", f"{word['gaps']}: {sum(ledger['gaps'].values()) or word['none']}")
    yield from (f"  {gap['what']}: {WHY[lang][gap['why']]} {say(gap.get('how', ''))}".rstrip() for gap in gaps)
    yield from ((f"  + {told}, gaps.jsonl",) if told > 0 else ())
    notes = ((name, about.counts.get(name, 0)) for name in _NOTES)
    yield from (f"\n{word[name].format(n=count)}" for name, count in notes if count)


def _left_out(gaps: list[dict[str, Any]], about: About, settings: Settings) -> Iterator[str]:
    lang = settings.language
    word = _WORDS[lang]
    yield from _headed(word["left"])
    yield f"{word['level']}: {LEVELS[lang][about.level]}"
    if settings.disposal:
        yield f"{word['disposal']}: {settings.disposal}"
    chosen = [gap for gap in gaps if gap["why"] == "by-decision"]
    say = swedish if lang == "sv" else str
    yield from (f"  {gap['what']}: {say(gap.get('how', ''))}" for gap in chosen)
    yield from (() if chosen else (word["nothing"],))


def _headed(text: str) -> Iterator[str]:
    yield from (text, "=" * len(text), "")


def _when(stamp: str) -> str:
    """A stamp as people in Sweden read it."""
    if not stamp:
        return "–"
    return f"{datetime.fromisoformat(stamp).astimezone(ZoneInfo('Europe/Stockholm')):%Y-%m-%d kl. %H.%M}"


def _text(lines: Iterator[str]) -> str:
    return "\n".join(lines).rstrip() + "\n"
