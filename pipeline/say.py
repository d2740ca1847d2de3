"""What the command line says to people: Swedish, and English by one switch."""

import os
import sys
from types import TracebackType
from typing import Any, Final, Literal, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from model.capture import Capture
from model.errors import ArsringError, BadInput, NotAllowed, NotUnderstood, NotWhole, TryLater
from model.nouns import Verdict

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
    "open": {
        "sv": "Öppna: packa upp ZIP-filen och läs LASMIG.txt. Kontrollera: arsring verify {package}",
        "en": "To open: unpack the ZIP and read LASMIG.txt. To check: arsring verify {package}",
    },
    "register-good": {"sv": "{path}: inga fel, {count} konton.", "en": "{path}: no faults, {count} accounts."},
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


class Voice:
    """Says things on a terminal or in a log, in one language."""

    def __init__(self, lang: Lang, out: TextIO | None = None, err: TextIO | None = None) -> None:
        wide = int(os.environ.get("COLUMNS", "0")) or None
        self.lang, self.out = lang, Console(file=out or sys.stdout, highlight=False, soft_wrap=True)
        self.err = Console(file=err or sys.stderr, highlight=False, soft_wrap=True)
        self.table_width = wide or (None if self.out.is_terminal else 160)

    def say(self, text: str, **values: Any) -> None:
        self.out.print(TEXTS[text][self.lang].format(**values), markup=False)

    def advise(self, error: ArsringError) -> None:
        """The error, and as its last sentence what to do about it."""
        self.err.print(str(error), markup=False)
        self.err.print(_ADVICE[type(error)][self.lang], markup=False)

    def table(self, rows: list[tuple[str, ...]]) -> None:
        table = Table(box=None, pad_edge=False, width=self.table_width if rows else None)
        for heading in TEXTS["heading"][self.lang].split("|"):
            table.add_column(heading, overflow="fold", justify="left")
        for row in rows:
            table.add_row(*row)
        self.out.print(table, markup=False)

    def pulse(self, order: str) -> "Pulse":
        return Pulse(self, order)


class Pulse:
    """How a capture gets on: a live line in a terminal, a plain line every few seconds in a log."""

    EVERY = 5.0  # seconds

    def __init__(self, voice: Voice, order: str) -> None:
        self._voice, self._order, self._live = voice, order, voice.err.is_terminal
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=voice.err, transient=True, disable=not self._live)
        self._task = self._bar.add_task(order, total=None)
        self._last = self._bar.get_time()

    def __enter__(self) -> "Pulse":
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def __call__(self, capture: Capture) -> None:
        now = self._bar.get_time()
        if now - self._last < (0.2 if self._live else self.EVERY):
            return
        self._last = now
        text = TEXTS["under-way"][self._voice.lang].format(
            id=self._order, items=capture.items, files=capture.files, mb=capture.bytes / 1e6
        )
        if self._live:
            announced = capture.announced()
            self._bar.update(
                self._task, description=text, total=announced or None, completed=capture.items + capture.files
            )
        else:
            self._voice.err.print(text, markup=False)
