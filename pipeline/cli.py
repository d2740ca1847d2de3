"""The command line: the line by hand, without Airflow.

Exit status 0 only if every account is whole, or whole with named gaps; 2 input that cannot be used; 3 something is not
whole; 4 a key or a permission must be renewed; 5 a wait is needed. Of several, the one that needs a person comes first.
"""

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from archive_formats import checks
from model import capture as captures
from model import signing
from model.errors import ArsringError, BadInput, NotWhole, TryLater
from model.nouns import GREEN, Account, Kind, Order, Receipt
from model.settings import Settings
from pipeline import disclosure, drift, evidence, line, readiness, registering, reminders, staging, storing, verifying
from pipeline.keys import key
from pipeline.readiness import GRAVE
from pipeline.say import TEXTS, VERDICTS, WHY, Lang, Pulse, Voice, in_words
from pipeline.swedish import swedish
from register.authority import UNNAMED
from register.authority import read as read_settings
from register.table import read

YEARLY = ("active", "closing")


def main(words: list[str] | None = None) -> int:
    """Do what the words say; the exit status."""
    options = _parser().parse_args(words)
    voice = Voice("en" if options.english else "sv")
    try:
        status: int = options.act(options, voice)
    except ArsringError as error:
        voice.advise(error)
        return error.status
    except KeyboardInterrupt:
        voice.complain(TEXTS["stopped"][voice.lang])
        return 130  # as shells have it
    return status


def _run(options: argparse.Namespace, voice: Voice) -> int:
    chosen = _chosen(options, _accounts(options.register, voice.lang))
    if not chosen:
        voice.say("nothing", what=options.register)
        return 0
    if (options.again or options.kind == "closure") and not options.account:
        raise BadInput("A closure, or a run that replaces a package, is of one account: name it with --account.")
    settings = _settings(options)
    place = _place(options.into, settings)
    made = (line.order_for(account, options.year, options.kind) for account in chosen)
    orders = [replace(order, run=line.provenance(command="arsring run")) for order in made]
    if options.again:
        orders = [line.again(order, options.again, place) for order in orders]
    status = _all([(order, place) for order in orders], voice)
    if settings.stamps or status == 0:
        _attest(options.year, place, voice)
    return status


def _readiness(options: argparse.Namespace, voice: Voice) -> int:
    """What will work in December, account by account: nothing is taken, nobody is mailed."""
    registered = _accounts(options.register, voice.lang)
    accounts = _chosen(options, registered)
    place, today = _place(options.into, _settings(options)), datetime.now(ZoneInfo("Europe/Stockholm")).date()
    reports = drift.unknown([_look(account, place, today) for account in accounts], registered)
    about = readiness.house(accounts, place, today)
    reports.append(replace(about, findings=(*about.findings, readiness.estimate(reports))))
    if options.json:
        print(json.dumps([readiness.written(one) for one in reports], ensure_ascii=False, indent=1))
    else:
        voice.tell(reminders.report(reports, voice.lang))
    return min((one.status for one in reports), key=GRAVE.index)


def _look(account: Account, place: line.Place, today: date) -> readiness.Report:
    try:
        return readiness.look(account, place, key, today)
    except TryLater as error:
        return readiness.not_looked(account, today, str(error))


def _chosen(options: argparse.Namespace, accounts: list[Account]) -> list[Account]:
    """The active accounts, or those of them that are named. BadInput where there is none of that name."""
    active = [account for account in accounts if account.status in YEARLY]
    if unknown := set(options.account) - {account.id for account in active}:
        raise BadInput(f"{options.register} has no active account called {', '.join(sorted(unknown))}.")
    return [account for account in active if not options.account or account.id in options.account]


def _archive(options: argparse.Namespace, voice: Voice) -> int:
    """One public account, without key and register: its package in the current folder."""
    platform = _platform(options.address)
    address = options.address.rstrip("/")
    account = Account(id=_name(address), platform=platform, address=address, key=None)
    now = datetime.now(UTC)
    id, run = f"{now:%Y-%m-%d}-{account.id}", line.provenance(command="arsring archive")
    order = Order(id=id, account=account, kind="annual", year=now.year, created=now, run=run)
    settings = _settings(options, UNNAMED)
    if settings is UNNAMED:
        voice.say("unnamed")
    status = _all([(order, _place(options.into, settings))], voice)
    with suppress(OSError):  # only where nothing is left to go on with
        (options.into / ".arsring").rmdir()
    return status


def _name(address: str) -> str:
    """A name for files: two accounts never share it, for it keeps what their names and servers may hold."""
    there = urlsplit(address)
    name = re.sub(r"[^a-z0-9._]+", "-", there.path.rsplit("/", 1)[-1].lower()).strip("-.")
    return f"{name}@{re.sub(r'[^a-z0-9.-]', '-', there.netloc.lower())}"


def _all(orders: list[tuple[Order, line.Place]], voice: Voice) -> int:
    """Each order in turn: one that fails harms no other."""
    rows, statuses = [], [0]
    for order, place in orders:
        try:
            receipt = _one(order, place, voice)
            rows.append(_row(order, place, receipt, voice.lang))
        except (ArsringError, OSError) as error:
            known = error if isinstance(error, ArsringError) else BadInput(f"{order.id}: {error}")
            voice.advise(known)
            statuses.append(known.status)
            rows.append(_row(order, place, None, voice.lang))
    voice.table(rows)
    if there := [row[-1] for row in rows if row[-1] != "–"]:
        voice.say("open", package=there[-1])
    return min(statuses, key=GRAVE.index)


def _one(order: Order, place: line.Place, voice: Voice) -> Receipt:
    if done := line.receipt_of(order.id, place):
        voice.say("already", id=order.id, package=place.shelf.where(done))
        return done
    voice.say("taking", id=order.id, address=order.account.address)
    line.connector_for(order.account.platform)  # where there is none, nobody looks for the key
    with Pulse(voice, order.id) as pulse:
        receipt = line.archive(order, place, key(order.account.key), pulse)
    package = place.shelf.where(receipt)
    voice.say("delivered", id=order.id, verdict=VERDICTS[voice.lang][receipt.verdict], package=package)
    if count := evidence.personal(receipt, place.shelf):
        voice.say("personal", id=order.id, count=count)
    return receipt


def _row(order: Order, place: line.Place, receipt: Receipt | None, lang: Lang) -> tuple[str, ...]:
    """One line of the table: account, announced, captured, gaps, verdict, package."""
    try:
        ledger = line.ledger_of(order.id, place)
    except ArsringError:
        ledger = None
    if ledger is None:
        return order.account.id, "–", "–", "–", VERDICTS[lang]["not whole"], "–"
    announced = sum(stream["announced"] or 0 for stream in ledger["streams"])
    gaps = ", ".join(f"{count} {WHY[lang][why]}" for why, count in ledger["gaps"].items()) or "0"
    package = place.shelf.where(receipt) if receipt else "–"
    captured = sum(stream["captured"] for stream in ledger["streams"] if stream["announced"] is not None)
    return order.account.id, str(announced), str(captured), gaps, VERDICTS[lang][ledger["verdict"]], package


def _check_settings(options: argparse.Namespace, voice: Voice) -> int:
    _read_settings(options.settings)
    voice.say("settings-good", path=options.settings)
    return 0


def _settings(options: argparse.Namespace, unnamed: Settings | None = None) -> Settings:
    """The authority's settings, checked before the first request. BadInput where they are needed and there are none."""
    path = options.settings or os.environ.get("ARSRING_SETTINGS")
    if path:
        return _read_settings(Path(path))
    if unnamed is None:
        raise BadInput(
            "No settings file is named: a package must say whose archive it is. Copy docs/examples/installningar.toml, "
            "change it, and name it with --settings or in ARSRING_SETTINGS."
        )
    return unnamed


def _read_settings(path: Path) -> Settings:
    settings = read_settings(path, line.names("archive_formats"))
    line.ready(settings)
    return settings


def _validate(options: argparse.Namespace, voice: Voice) -> int:
    """Hold a package against its specifications: CSIP, SIP, PREMIS, and what we ask of our own besides."""
    settings = _settings(options, UNNAMED)
    found = checks.findings(options.package, options.version, settings.schemas)
    wrong = sum(one.level == "ERROR" for one in found)
    partly = any(one.rule == "XML8" for one in found)  # there were schemas that it could not be held against
    status = 3 if wrong else 2 if partly else 0
    if options.json:
        print(json.dumps({"package": str(options.package), "errors": wrong, "findings": [asdict(one) for one in found]},
                         ensure_ascii=False, indent=1))  # fmt: skip
        return status
    for one in found:
        text = one.swedish if voice.lang == "sv" else one.text
        voice.tell(f"  {one.level:5} {one.rule:12} {one.where}: {text} {one.link}".rstrip())
    says = {3: "not-valid", 2: "partly-valid", 0: "valid"}[status]
    voice.say(says, path=options.package, errors=wrong, count=len(found))
    return status


def _verify(options: argparse.Namespace, voice: Voice) -> int:
    """Check packages against their manifests and, where there is one beside them, their receipt. Asks nobody."""
    settings = _settings(options, UNNAMED)
    return verifying.verify(options.path, None if settings is UNNAMED else settings, voice)


def _evidence(options: argparse.Namespace, voice: Voice) -> int:
    """Make the year's run manifest, and ask for the time stamps that are still missing."""
    place = _place(options.into, _settings(options))
    return _attest(options.year, place, voice)


def _attest(year: int, place: line.Place, voice: Voice) -> int:
    """5 where a stamp could not be had: then nothing is lost, and the same can be asked for again."""
    missing = line.attest(year, place)
    for text in missing:
        voice.complain(f"  - {swedish(text) if voice.lang == 'sv' else text}")
    if missing:
        voice.say("stamps-missing", count=len(missing))
    return 5 if missing else 0


def _disclose(options: argparse.Namespace, voice: Voice) -> int:
    """A masked copy for disclosure, by a decision."""
    try:
        made = disclosure.copy(options.package, options.decision, options.into)
    except NotWhole as error:
        voice.advise(error, "not-disclosed")
        return error.status
    for text in made.warnings:
        voice.complain(f"  - {swedish(text) if voice.lang == 'sv' else text}")
    voice.say("disclosed", path=made.path, shown=made.shown, withheld=made.withheld, masked=made.masked)
    return 0


def _show(options: argparse.Namespace, voice: Voice) -> int:
    """The ledger of one order: from its capture under way, or out of its package."""
    places = [_place(into) for into in ([options.into] if options.into else [Path("archive"), Path(".")])]
    found = ((place, line.ledger_of(options.order, place)) for place in places)
    place, ledger = next(((place, ledger) for place, ledger in found if ledger), (places[0], None))
    if ledger is None:
        where = ", ".join(f"{folder}" for place in places for folder in (place.shelf.name, place.work))
        raise BadInput(f"There is nothing called {options.order} in {where}. Say with --into where it went.")
    if options.json:
        print(json.dumps(ledger, ensure_ascii=False, indent=1))
    else:
        for text in (*_told(ledger, voice.lang), *_told_lines(ledger, options.order, place, voice.lang)):
            voice.tell(swedish(text) if voice.lang == "sv" else text)
    return 0 if ledger["verdict"] in GREEN else 3


def _sign_off(options: argparse.Namespace, voice: Voice) -> int:
    """Accept what is not whole, each gap with its own reason. Without reasons: say what there is to accept."""
    with staging.papers(options.order, _work_place(options)) as folder:
        due = signing.unsound(captures.ledger_of(folder)) if (folder / "ledger.json").exists() else []
        if options.reason:
            signing.sign(folder, options.by, datetime.now(UTC), options.reason, options.note)
    if options.reason:
        voice.say("signed", id=options.order, count=len(due))
        return 0
    for number, one in enumerate(due, 1):
        says = str(in_words(one, voice.lang))
        voice.tell(f"  {number}. {swedish(says) if voice.lang == 'sv' else says}")
    voice.say("to-sign", id=options.order, count=len(due))
    return 3 if due else 0


def _told(ledger: dict[str, Any], lang: Lang) -> Iterator[str]:
    yield f"{ledger['order']}: {VERDICTS[lang][ledger['verdict']]}"
    for stream in ledger["streams"]:
        announced = "–" if stream["announced"] is None else stream["announced"]
        yield (
            f"  {stream['stream']:14} {announced:>8} → {stream['captured']:>8}   {VERDICTS[lang][stream['verdict']]}"
        )
    if "supplied" in ledger:
        yield TEXTS["supplied"][lang].format(count=ledger["supplied"])
    for row in ledger["lists"][:20]:
        yield f"  {row['stream']} {row.get('parent', '')}: {row.get('why', '') or VERDICTS[lang][row['verdict']]}"
    if len(ledger["lists"]) > 20:
        yield f"  … {len(ledger['lists']) - 20} +"


def _told_lines(ledger: dict[str, Any], order: str, place: line.Place, lang: Lang) -> Iterator[str]:
    """Every gap, and where there is an export what it has that the platform lacks, and the other way round."""
    for gap in line.lines_of(order, place, "gaps"):
        yield f"  - {gap['what']}: {WHY[lang][gap['why']]}{'. ' + gap['how'] if gap.get('how') else ''}"
    if "differences" in ledger:
        yield TEXTS["differences"][lang].format(**ledger["differences"])
        if "more_files" in ledger["differences"]:
            yield TEXTS["more_files"][lang].format(**ledger["differences"])
        for row in islice(line.lines_of(order, place, "differences"), 20):
            yield f"  ± {row['id']} {row.get('published', '')[:16]}: {TEXTS[row['difference']][lang]}"


def _accounts(path: Path, lang: Lang) -> list[Account]:
    def note(text: str) -> None:
        print(text, file=sys.stderr)

    return read(path, platforms=line.names("connectors"), lang=lang, tell=note)


def _platform(address: str) -> str:
    if not _web(address):
        raise BadInput(
            f"{address} is no web address. It looks like https://server/@name or https://bsky.app/profile/name."
        )
    known = [name for name in sorted(line.names("connectors")) if line.connector_for(name).recognises(address)]
    if not known:
        raise BadInput(
            f"{address}: no platform is known by that form of address. Known: https://server/@name (Mastodon), "
            "https://bsky.app/profile/name (Bluesky)."
        )
    return known[0]


def _web(address: str) -> bool:
    try:
        return urlsplit(address).scheme in ("https", "http") and bool(urlsplit(address).hostname)
    except ValueError:  # https://[x
        return False


def _place(into: Path, settings: Settings = UNNAMED) -> line.Place:
    """Raises BadInput where `into` is no folder that could be written to."""
    if into.exists() and not (into.is_dir() and os.access(into, os.W_OK | os.X_OK)):
        raise BadInput(f"{into}: not a folder that can be written to. Name another with --into.")
    return line.Place(work=into / ".arsring", archive=into, settings=settings)


def _archive_place(options: argparse.Namespace) -> line.Place:
    """The archive that `arsring store` works on: the settings' object store, or the folder named."""
    return _place(options.archive, _settings(options, UNNAMED))


def _work_place(options: argparse.Namespace) -> line.Place:
    """Where the captures under way of `arsring sign-off` lie."""
    place = _place(options.into, _settings(options, UNNAMED))
    return replace(place, work=options.work or place.work)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="arsring", description="Archive a public authority's social media, whole.")
    parser.add_argument("--english", action="store_true", help="say everything in English")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, act: Callable[[argparse.Namespace, Voice], int], says: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=says, description=says)
        added.set_defaults(act=act)
        return added

    run = command("run", _run, "archive the accounts of a register for one year")
    run.add_argument("--register", type=Path, required=True, metavar="FILE")
    run.add_argument("--year", type=_year, required=True)
    run.add_argument("--account", action="append", default=[], metavar="ID", help="only this account (may be repeated)")
    run.add_argument(
        "--into", type=Path, default=Path("archive"), metavar="DIR", help="where packages go (default: archive)"
    )
    run.add_argument("--settings", type=Path, metavar="FILE", help="the authority's settings (or ARSRING_SETTINGS)")
    run.add_argument("--kind", choices=get_args(Kind), default="annual")
    run.add_argument("--again", metavar="REASON", help="take it once more; the new package replaces the last one")
    ready = command("readiness", _readiness, "find out what will work in December: keys, rights, versions, room, store")
    ready.add_argument("--register", type=Path, required=True, metavar="FILE")
    ready.add_argument("--account", action="append", default=[], metavar="ID", help="only this account")
    ready.add_argument("--into", type=Path, default=Path("archive"), metavar="DIR", help="where packages go")
    ready.add_argument("--settings", type=Path, metavar="FILE", help="the authority's settings (or ARSRING_SETTINGS)")
    ready.add_argument("--json", action="store_true")
    archive = command("archive", _archive, "archive one public Mastodon or Bluesky account, without key or register")
    archive.add_argument("address", help="https://server/@name or https://bsky.app/profile/name")
    archive.add_argument("--into", type=Path, default=Path("."), metavar="DIR")
    archive.add_argument("--settings", type=Path, metavar="FILE")
    _package_commands(command)
    says = "look after the archive itself: list, get, verify, lock, and find out what its server does"
    storing.commands(commands.add_parser("store", help=says, description=says), _archive_place)
    registering.commands(commands.add_parser("register", help="check, add, change, history, list"), _archive_place)
    show = command("show", _show, "show what was announced, captured and missing for one order")
    show.add_argument("order", metavar="ORDER", help="2026-exempelvik-mastodon")
    show.add_argument("--into", type=Path, metavar="DIR", help="where packages go (default: archive, then .)")
    show.add_argument("--json", action="store_true")
    _sign_off_command(command)
    return parser


Command = Callable[[str, Callable[[argparse.Namespace, Voice], int], str], argparse.ArgumentParser]


def _sign_off_command(command: Command) -> None:
    sign = command("sign-off", _sign_off, "accept what is not whole of one order, each gap with its own reason")
    sign.add_argument("order", metavar="ORDER", help="2026-exempelvik-mastodon")
    sign.add_argument("--by", default="", metavar="FUNCTION", help="who accepts it: a function, and who answered")
    sign.add_argument(
        "--reason", action="append", default=[], metavar="TEXT", help="for each gap, in the order in which they stand"
    )
    sign.add_argument("--note", default="", metavar="TEXT")
    sign.add_argument("--into", type=Path, default=Path("archive"), metavar="DIR", help="where packages go")
    sign.add_argument("--settings", type=Path, metavar="FILE", help="the authority's settings (or ARSRING_SETTINGS)")
    work = os.environ.get("ARSRING_WORK")
    says = "where captures under way lie (default: ARSRING_WORK, else .arsring below --into)"
    sign.add_argument("--work", type=Path, default=Path(work) if work else None, metavar="DIR", help=says)


def _package_commands(command: Command) -> None:
    """What is done with files that are there already."""
    settings = command("check-settings", _check_settings, "find every fault in a settings file")
    settings.add_argument("settings", type=Path, metavar="FILE")
    check = command("check-register", registering.check_file, "find every fault in a register")
    check.add_argument("register", type=Path, metavar="FILE")
    validate = command("validate", _validate, "hold a package against E-ARK CSIP, SIP and PREMIS")
    validate.add_argument("package", type=Path, metavar="PACKAGE", help="a ZIP or a folder")
    versions = ("2.2.0", "2.1.0", "2.0.4")
    validate.add_argument("--version", choices=versions, default="", help="of CSIP and SIP (default: what it names)")
    validate.add_argument("--settings", type=Path, metavar="FILE", help="it names the folder with the XML schemas")
    validate.add_argument("--json", action="store_true")
    verify = command("verify", _verify, "check a package, or all in a folder: hashes, chain and time stamps")
    verify.add_argument("path", type=Path, metavar="PATH")
    verify.add_argument("--settings", type=Path, metavar="FILE", help="it names the root certificates of time stamps")
    verify.add_argument("--offline", action="store_true", help="as it always is: nobody is asked anything")
    attest = command("evidence", _evidence, "make the year's run manifest, and ask for missing time stamps")
    attest.add_argument("--year", type=_year, required=True)
    attest.add_argument("--settings", type=Path, metavar="FILE")
    attest.add_argument("--into", type=Path, default=Path("archive"), metavar="DIR", help="where the packages are")
    disclose = command("disclose", _disclose, "make a masked copy of a package, by a decision")
    disclose.add_argument("package", type=Path, metavar="PACKAGE")
    disclose.add_argument("--decision", type=Path, required=True, metavar="FILE", help="see docs/examples/beslut.toml")
    disclose.add_argument("--into", type=Path, required=True, metavar="FILE", help="the copy: a .zip file")


def _year(text: str) -> int:
    if not re.fullmatch("20[0-9]{2}", text):
        raise argparse.ArgumentTypeError(f"{text} is no year; four digits, such as 2026")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
