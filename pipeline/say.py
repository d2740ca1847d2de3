"""What the command line says to people: Swedish, and English by one switch."""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Any, Final, Literal, TextIO

from model import signing
from model.capture import Capture
from model.errors import ArsringError, BadInput, NotAllowed, NotUnderstood, NotWhole, TryLater
from model.nouns import Verdict
from pipeline.swedish import swedish
from reading import texts

Lang = Literal["sv", "en"]

VERDICTS: Final[dict[Lang, dict[Verdict, str]]] = {
    "sv": {
        "whole": "komplett",
        "whole with named gaps": "komplett, med namngivna luckor",
        "cannot be proven": "går inte att bevisa",
        "not whole": "inte komplett",
    },
    "en": {name: name for name in ("whole", "whole with named gaps", "cannot be proven", "not whole")},
}
WHY: Final[dict[Lang, dict[str, str]]] = {
    "sv": {
        "gone": "borta", "forbidden": "inte tillåtet", "unreadable": "går inte att läsa", "too-large": "för stort",
        "not-offered": "lämnas inte ut", "by-decision": "enligt beslut",
    },
    "en": {name: name for name in ("gone", "forbidden", "unreadable", "too-large", "not-offered", "by-decision")},
}  # fmt: skip
TEXTS: Final[dict[str, dict[Lang, str]]] = {
    "heading": {
        "sv": "Konto|Utlovat|Taget|Luckor|Omdöme|Paket",
        "en": "Account|Announced|Captured|Gaps|Verdict|Package",
    },
    "taking": {"sv": "{id}: hämtar från {address}", "en": "{id}: taking {address}"},
    "under-way": {
        "sv": "{id}: {items} poster, {files} filer ({mb:.0f} MB)",
        "en": "{id}: {items} items, {files} files ({mb:.0f} MB)",
    },
    "already": {
        "sv": "{id}: redan arkiverat, ingenting hämtades. Paketet är {package}.",
        "en": "{id}: already archived, nothing was asked for. The package is {package}.",
    },
    "delivered": {
        "sv": "{id}: {verdict}. Paketet {package} är levererat, återläst och kvitterat.",
        "en": "{id}: {verdict}. The package {package} is delivered, read back and has its receipt.",
    },
    "personal": {
        "sv": "{id}: {count} ställen i texterna liknar personnummer. Se över sekretessen före utlämnande.",
        "en": "{id}: {count} places in the texts look like personal numbers. Look at secrecy before disclosure.",
    },
    "open": {
        "sv": "Öppna: packa upp ZIP-filen och läs LASMIG.txt. Kontrollera: arsring verify {package}",
        "en": "To open: unpack the ZIP and read LASMIG.txt. To check: arsring verify {package}",
    },
    "to-sign": {
        "sv": "{id}: {count} att godta. Skriv skälen i samma ordning, ett --reason för varje, och --by med funktionen.",
        "en": "{id}: {count} to accept. Give the reasons in the same order, one --reason each, and --by the function.",
    },
    "signed": {
        "sv": "{id}: godtaget ({count}). Kör igen, så packas och levereras det som är hämtat.",
        "en": "{id}: accepted ({count}). Run again: what has been taken is then packed and delivered.",
    },
    "valid": {
        "sv": "{path}: följer specifikationen ({count} anmärkningar, inga fel).",
        "en": "{path}: follows the specification ({count} remarks, no errors).",
    },
    "partly-valid": {
        "sv": "{path}: inga fel i det som kunde prövas, men XML-scheman saknas: kör make schemas, och pröva igen.",
        "en": "{path}: no errors in what could be checked, but XML schemas are missing: make schemas, and check again.",
    },
    "not-valid": {
        "sv": "{path}: {errors} fel mot specifikationen, {count} anmärkningar i allt. Leverera inte paketet.",
        "en": "{path}: {errors} errors against the specification, {count} remarks in all. Do not deliver the package.",
    },
    "stamps-missing": {
        "sv": "{count} tidsstämplar saknas än. Inget är förlorat: kör arsring evidence senare.",
        "en": "{count} time stamps are still missing. Nothing is lost: run arsring evidence later.",
    },
    "disclosed": {
        "sv": "{path}: {shown} poster lämnas ut, {withheld} inte; {masked} fält är maskerade. "
        "Läs den innan den lämnas ut.",
        "en": "{path}: {shown} items are given out, {withheld} are not; {masked} fields are masked. "
        "Read it before it goes.",
    },
    "not-disclosed": {
        "sv": "Ingen kopia är gjord. Är paketet inte helt: hämta ett annat exemplar ur arkivet och gör kopian av det.",
        "en": "No copy was made. If the package is not whole: fetch another copy of it from the archive, and use that.",
    },
    "settings-good": {"sv": "{path}: inga fel i inställningarna.", "en": "{path}: no faults in the settings."},
    "unnamed": {
        "sv": "Ingen inställningsfil: paketet säger inte vems arkiv det är. Namnge en med --settings.",
        "en": "No settings file: the package does not say whose archive it is. Name one with --settings.",
    },
    "package-good": {
        "sv": "{path}: hel. Varje fil stämmer med sina kontrollsummor.",
        "en": "{path}: whole. Every file is as its checksums say.",
    },
    "package-receipt": {
        "sv": "{path}: samma paket som i kvittot.",
        "en": "{path}: the same package as in its receipt.",
    },
    "package-bad": {
        "sv": "{path}: {count} fel. Använd inte paketet: hämta en ny kopia ur arkivet och kontrollera den.",
        "en": "{path}: {count} faults. Do not use the package: fetch another copy from the archive and check that.",
    },
    "copy-good": {
        "sv": "{path}: inget talar mot kopian. Vad som är bevisat och inte står ovan.",
        "en": "{path}: nothing speaks against the copy. What is proven and what is not stands above.",
    },
    "copy-bad": {
        "sv": "{path}: {count} fel. Lita inte på kopian: be myndigheten om en ny.",
        "en": "{path}: {count} faults. Do not trust the copy: ask the authority for another.",
    },
    "stopped": {
        "sv": "Avbrutet. Det som hämtats finns kvar: kör samma kommando igen, så fortsätter det där det slutade.",
        "en": "Stopped. What has been taken is kept: run the same command again, and it goes on where it stopped.",
    },
    "supplied": {
        "sv": "  {count} filer från arkivarien (exporter, skärmbilder) finns i supplied/.",
        "en": "  {count} files that the archivist supplied (exports, screenshots) are in supplied/.",
    },
    "differences": {
        "sv": "  Exporten: {joined} finns också hos plattformen ({text_differs} med annan text), {only_export} bara i "
        "exporten, {only_api} inlägg bara hos plattformen; se differences.jsonl.",
        "en": "  The export: {joined} are on the platform too ({text_differs} with another text), {only_export} only "
        "in the export, {only_api} posts only on the platform; see differences.jsonl.",
    },
    "more_files": {
        "sv": "  Av {more_files} av dem har exporten fler filer än plattformen visar; de ligger i exportens ZIP-filer.",
        "en": "  Of {more_files} of them the export has more files than the platform shows; they are in its ZIPs.",
    },
    "only-api": {"sv": "bara hos plattformen", "en": "only on the platform"},
    "only-export": {"sv": "bara i exporten", "en": "only in the export"},
    "text-differs": {"sv": "texten är en annan i exporten", "en": "its text is another one in the export"},
    "more-files": {"sv": "exporten har fler filer", "en": "the export has more files"},
    "nothing": {"sv": "Inget att göra: {what}", "en": "Nothing to do: {what}"},
}
_ADVICE: Final[dict[type[ArsringError], dict[Lang, str]]] = {
    TryLater: {
        "sv": "Vänta, och kör samma kommando igen: det fortsätter där det slutade.",
        "en": "Wait, and run the same command again: it goes on where it stopped.",
    },
    NotAllowed: {
        "sv": "Någon måste förnya nyckeln eller behörigheten. Kör sedan samma kommando igen.",
        "en": "Somebody must renew the key or the permission. Then run the same command again.",
    },
    NotUnderstood: {
        "sv": "Plattformen svarar på ett nytt sätt. Skicka meddelandet till dem som sköter programmet.",
        "en": "The platform answers in a new way. Send this message to those who look after the software.",
    },
    NotWhole: {
        "sv": "Leverera inte. Kör igen för ett nytt försök, eller låt arkivarien avgöra luckorna.",
        "en": "Do not deliver. Run again for another try, or let the archivist decide about what is missing.",
    },
    BadInput: {"sv": "Rätta det och kör igen.", "en": "Mend that and run again."},
}


def in_words(one: signing.Open, lang: Lang) -> signing.Open:
    """What is not whole, with its list called by the word that readers know it by."""
    return replace(one, stream=texts.say(lang, "stream", one.stream))


class Voice:
    """Says things on a terminal or in a log, in one language."""

    def __init__(self, lang: Lang, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.lang, self.out, self.err = lang, out or sys.stdout, err or sys.stderr

    def say(self, text: str, **values: Any) -> None:
        self.tell(TEXTS[text][self.lang].format(**values))

    def tell(self, text: str) -> None:
        print(text, file=self.out, flush=True)

    def complain(self, text: str) -> None:
        print(text, file=self.err, flush=True)

    def advise(self, error: ArsringError, what: str = "") -> None:
        """The error, and as its last sentence what to do about it: one of TEXTS, or what its kind asks for."""
        self.complain(swedish(str(error)) if self.lang == "sv" else str(error))
        advice = TEXTS[what] if what else next(_ADVICE[kind] for kind in type(error).__mro__ if kind in _ADVICE)
        self.complain(advice[self.lang])

    def table(self, rows: list[tuple[str, ...]]) -> None:
        """A line per account, each column as wide as its widest cell."""
        lines = [tuple(TEXTS["heading"][self.lang].split("|")), *rows]
        widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
        for line in lines:
            self.tell("  ".join(f"{cell:{width}}" for cell, width in zip(line, widths, strict=True)).rstrip())


class Pulse:
    """How a capture gets on: a bar in a terminal, a plain line every few seconds in a log, and to whom it is `told`."""

    def __init__(self, voice: Voice, order: str, told: Callable[[str], None] = lambda text: None) -> None:
        self._voice, self._order, self._told, self._last = voice, order, told, time.monotonic()
        self._bar: Any = _bar() if voice.err.isatty() else None

    def __enter__(self) -> "Pulse":
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar:
            self._bar.stop()

    def __call__(self, capture: Capture) -> None:
        now = time.monotonic()
        if now - self._last < (0.2 if self._bar else 5):
            return
        self._last, mb = now, capture.bytes / 1e6
        values = {"id": self._order, "items": capture.items, "files": capture.files, "mb": mb}
        text = TEXTS["under-way"][self._voice.lang].format(**values)
        self._told(text)
        if not self._bar:
            self._voice.complain(text)
            return
        task = self._bar.tasks[0].id if self._bar.tasks else self._bar.add_task(self._order)
        self._bar.update(task, description=text, total=capture.announced() or None, completed=capture.items)


def _bar() -> Any:
    """A bar on the terminal; only there is its import paid for."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
