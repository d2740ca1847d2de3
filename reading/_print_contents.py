"""The table of contents: what the print has and on which page. Its room is kept, and it is filled at the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reading._print_sheet import BLUE, GREY, INK, LEFT, LINE, WIDTH, Sheet, Spot

_HIGH: Final = 5.0  # mm of one row
_TOLD: Final = 76.0  # mm from the left: what is told of it


@dataclass(slots=True)
class Line:
    """A section: its title, what is told of it, and the page that it begins on; 0 where the print does not have it."""

    title: str
    told: str = ""
    page: int = 0
    spot: Spot = (0, 0)  # where its own row stands, and how far down that is
    down: float = 0.0


class Contents:
    """The lines of a print's contents, by the names that its sections go by."""

    def __init__(self, lines: dict[str, Line], missing: str) -> None:
        """`missing`: what stands instead of a page, where the print does not have it."""
        self._lines, self._missing = lines, missing

    def keep(self, sheet: Sheet, title: str) -> None:
        """The heading, and room for the rows."""
        sheet.room(40)
        sheet.say(title, 15, "B", INK, after=1.2)
        for line in self._lines.values():
            sheet.room(_HIGH)
            line.spot, line.down = sheet.spot, sheet.down
            sheet.down += _HIGH

    def begins(self, name: str, page: int) -> None:
        """The section of that name begins on this page."""
        self._lines[name].page = page

    def fill(self, sheet: Sheet, optional: Sequence[str] = ()) -> None:
        """Write the rows where their room is. Of the `optional` ones those that the print lacks are left out."""
        lines = [line for name, line in self._lines.items() if line.page or name not in optional]
        for spot in sorted({line.spot for line in lines}):
            with sheet.at(spot):
                for line in lines:
                    if line.spot == spot:
                        self._row(sheet, line)

    def _row(self, sheet: Sheet, line: Line) -> None:
        down, page = line.down, str(line.page) if line.page else self._missing
        wide = sheet.measure(9)(page)
        sheet.box(LEFT, down + _HIGH - 0.6, WIDTH, 0.15, LINE)
        sheet.draw(sheet.lines(line.title, 9, _TOLD - 4)[0], LEFT, down, 9)
        sheet.draw(line.told, LEFT + _TOLD, down, 9, "", GREY)
        sheet.draw(page, LEFT + WIDTH - wide, down, 9, "", BLUE if line.page else GREY)
        if line.page:
            sheet.lead(LEFT, down, WIDTH, _HIGH, line.page)
