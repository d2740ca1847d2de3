"""The folders of a package, and that each is told of in METS."""

from collections.abc import Iterable

from archive_formats.checks.index import Index
from archive_formats.checks.mets import Mets
from archive_formats.checks.report import Report

_ROOT = (("CSIPSTR5", "metadata/"), ("CSIPSTR9", "representations/"), ("CSIPSTR15", "schemas/"))
_METADATA = (
    ("CSIP17", "descriptive", "dmdSec"),
    ("CSIP31", "preservation", "amdSec"),
    ("CSIP32", "preservation", "digiprovMD"),
)


def representations(index: Index) -> list[str]:
    """The names of the folders in representations."""
    return list(dict.fromkeys(path.split("/")[1] for path in index.under("representations/") if path.count("/") > 1))


def folders(index: Index, names: Iterable[str], report: Report) -> None:
    """The folders that a package should have."""
    for rule, folder in _ROOT:
        if next(index.under(folder), None) is None:
            report.say(rule, folder)
    if not names and next(index.under("representations/"), None):
        report.say("CSIPSTR10", "representations/")
    if not any("documentation/" in path for path in index.under("")):
        report.say("CSIPSTR16", "documentation/")
    for name in names:
        home = f"representations/{name}/"
        for rule, part in (("CSIPSTR11", "data/"), ("CSIPSTR12", "METS.xml")):
            if next(index.under(home + part), None) is None:
                report.say(rule, home + part)


def told(mets: Mets, index: Index, names: Iterable[str], report: Report) -> None:
    """What lies in a METS file's folders has its section, its group and its division."""
    home = mets.path.removesuffix("METS.xml")
    for rule, folder, use in (("CSIP60", "documentation/", "Documentation"), ("CSIP113", "schemas/", "Schemas")):
        there = next(index.under(home + folder), None)
        if not any(one.startswith(use) for one in mets.uses) and (there or not home):
            report.say(rule, mets.path, f"– {use}", "ERROR" if there else "WARN")
    for rule, kind, section in _METADATA:
        there = next(index.under(f"{home}metadata/{kind}/"), None)
        if section not in mets.seen and (there or not home):
            report.say(rule, mets.path, there or "–", "ERROR" if there else "WARN")
    if not home:
        _representations(mets, index, list(names), report)


def _representations(mets: Mets, index: Index, names: list[str], report: Report) -> None:
    uses = {use.lower().rstrip("/") for use in mets.uses}
    if not names and not any(use.startswith("representations") for use in uses):
        report.say("CSIP114", mets.path, "–", "WARN")
    for name in names:
        own = f"representations/{name}".lower()
        if not any(use == own or use.startswith(own + "/") for use in uses | ({own} & uses)):
            report.say("CSIP114", mets.path, own, "WARN" if "representations" in uses else "ERROR")
        path = f"representations/{name}/METS.xml"
        if index.size(path) is not None and path not in mets.divisions.metses:
            report.say("CSIP105", mets.path, path)
