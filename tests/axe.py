"""axe-core over a page that is open in the tests' Chromium: what breaks WCAG 2.2 AA on it."""

from __future__ import annotations

from functools import cache

from tests.browser import Seen
from tests.servers.install import ensure_axe
from tests.servers.policy import Missing, needed

_RUN = """
axe.run({resultTypes: ['violations'],
         runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
  .then(found => found.violations.map(v => [v.id, v.nodes.slice(0, 3).map(n => [n.html, n.failureSummary])]))
"""


@cache
def script() -> str:
    """The whole of axe-core."""
    try:
        return ensure_axe().read_text("utf-8")
    except Missing as missing:
        needed(str(missing))


def violations(seen: Seen) -> list[object]:
    """Every rule that the page breaks, with the first places; also axe's best practices."""
    seen.value(script() + ";0")
    found: list[object] = seen.value(_RUN)
    return found
