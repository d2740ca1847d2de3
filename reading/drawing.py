"""How the pages' templates are read: whatever one says is marked and escaped, unless it has been cleaned."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reading import cleaning


def environment(kind: type[Environment] = Environment) -> Environment:
    """Templates of this folder; a name that is not there is an error, and `is web` asks whether a link may be one."""
    found = kind(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda said: said if isinstance(said, Markup) or not isinstance(said, str) else cleaning.marked(said),
    )
    found.tests["web"] = cleaning.web
    return found
