"""Closing an account: the decision's form, the announcement in the channel, the certificate, and what comes after.

An account that is to be closed says so itself for a time. Where and when that was read is evidence: each look is on the
record, in the same folder as the capture that follows, and `announcement.json` is sealed with it.
"""

import hashlib
import json
import os
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import unquote, urlsplit

from connectors.record import Record
from model import capture as captures
from model import signing
from model.capture import plain, write
from model.errors import ArsringError, BadInput, NotThere, TryLater
from model.nouns import GREEN, Account, Closing, Item, Order, Receipt
from model.times import stamp, when
from pipeline import evidence, line, staging
from pipeline.line import Place
from pipeline.say import VERDICTS
from pipeline.swedish import swedish
from reading import plaintext
from stores import _receipts

CERTIFICATE: Final = "arsring closure certificate 1"
APPROVED: Final = "Godkänn"  # the answers after which an account may be closed, as people choose them
RECEIVED: Final = "Mottaget och kontrollerat"
FOUND: Final = "announcement.json"
_CASE: Final = re.compile(r"[^\W\d_]{0,12}[ .:-]{0,2}(\d{4}[/:-]\d{1,7}|\d{1,7}[/:-]\d{2,4})([/.:-]\d{1,4})?")
_PATIENCE: Final = 200  # items older than the announcement that a look reads past, before it gives a list up


# --- the form ---------------------------------------------------------------------------------------------------


def check(form: Mapping[str, Any], accounts: Sequence[Account], place: Place, today: date) -> tuple[Account, Closing]:
    """The account and the decision as the form has them. BadInput with all its faults at once.

    `form` has the fields of Closing, and `account`: an id of the register.
    """
    given = {name: str(form.get(name) or "").strip() for name in ("account", *Closing.__dataclass_fields__)}
    faults: list[str] = []
    account = next((one for one in accounts if one.id == given["account"]), None)
    if account is None:
        faults.append(f"account: the register has no account {given['account']!r}")
    elif account.status not in ("active", "closing"):
        faults.append(f"account: {account.id} has the status {account.status!r} in the register")
    elif account.platform not in line.names("connectors"):
        faults.append(f"account: {account.id} is on {account.platform}, which cannot be read by this version")
    elif done := closed(account.id, place):
        faults.append(f"account: {account.id} was archived for its closure already ({done.order})")
    if not _CASE.fullmatch(given["case"]):
        faults.append(f"case: a diary number looks like KS 2026/123 or EX 1/26, and it says {given['case']!r}")
    if len(given["decider"]) < 3 or "@" in given["decider"]:
        faults.append("decider: who decided, as a function: Kommunikationschefen")
    days = {name: _day(name, given[name], today, faults) for name in ("decided", "announced")}
    if (decided := days["decided"]) and (announced := days["announced"]) and announced < decided:
        faults.append(f"announced: {announced} is before the decision, {decided}")
    if account and not _of_account(given["announcement"], account):
        faults.append(f"announcement: the post's own address, at {urlsplit(account.address).hostname}")
    if faults or account is None:
        raise BadInput("The closure cannot be started: something in the form is wrong.", faults)
    return account, Closing(**{name: given[name] for name in Closing.__dataclass_fields__})


def _day(name: str, text: str, today: date, faults: list[str]) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        faults.append(f"{name}: a day is written 2026-11-02, and it says {text!r}")
        return None
    if day > today:
        faults.append(f"{name}: {day} has not come yet")
    if day < date(2000, 1, 1):
        faults.append(f"{name}: {day} is before there were any such accounts")
    return day


def _of_account(address: str, account: Account) -> bool:
    """Whether an address is the account's server's: a platform may have its posts under www. or m."""
    try:
        there, home = urlsplit(address), urlsplit(account.address)
        return there.scheme == home.scheme and bool(there.hostname) and _host(there.hostname) == _host(home.hostname)
    except ValueError:
        return False


def _host(name: str | None) -> str:
    return re.sub(r"^(www|m|mobile)\.", "", (name or "").lower())


def closed(account: str, place: Place) -> Receipt | None:
    """The receipt of the account's closure, of whichever year. Only what may be it is read."""
    named = sorted(name for name in place.shelf.named() if _is_closure(name[0], account))
    return next((one for one in map(place.shelf.read_receipt, named) if one.account == account), None)


def _is_closure(order: str, account: str) -> bool:
    found = _receipts.rank(order, account)
    return bool(found) and found[1] == ".closure"  # type: ignore[index]


def order_for(account: Account, decision: Closing, year: int, created: datetime) -> Order:
    """The order of a closure, with what was decided."""
    order = line.order_for(account, year, "closure", created=created)
    return replace(order, closing=decision, decision=decision.case)


def since(order: Order, place: Place, now: datetime) -> Order:
    """The order as it is, or placed now: where its account was closed after it was placed, as it waited for its turn.

    A package says that it was ordered after those that were there before it.
    """
    receipt = closed(order.account.id, place)
    if receipt is None:
        return order
    lines = line.archive_format(receipt.format).read(line.held(receipt, place), "order.json")
    return order if captures.order_from(b"".join(lines)).created < order.created else replace(order, created=now)


def claim(order: str, place: Place, run: str) -> None:
    """Have the closure for this run alone. BadInput where another one is at it.

    Held until `release`: by a run that a person ends without an archive, or by what has seen that it ended. What such
    a run had taken was ordered by its decision, and not by this one: it is set aside, as `<order>.1`.
    """
    folder = place.work / order
    if (folder / "order.json").exists() and not (folder / "run.txt").exists():
        with captures.guarded(folder):
            aside = staging.Mirror(order, folder, None).aside()
        staging.Mirror(aside.name, aside, place.shelf.staging()).push()
        staging.clear(order, place)
    hold(order, place, run)


def holder(order: str, place: Place) -> str:
    """The run that has the closure; empty where none has."""
    path = place.work / order / "run.txt"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def hold(order: str, place: Place, run: str) -> None:
    """Go on with a closure that is this run's: one tried again after another took it over is BadInput."""
    folder = place.work / order
    folder.mkdir(parents=True, exist_ok=True)
    path, mine = folder / "run.txt", folder / f".{uuid.uuid4().hex}.part"
    mine.write_text(run, encoding="utf-8")
    with suppress(FileExistsError):  # there at once with what it says: whoever is killed here leaves no empty one
        os.link(mine, path)
    mine.unlink()
    if (other := path.read_text(encoding="utf-8")) != run:
        raise BadInput(
            f"{order}: another closure of the same account is under way (run {other}). Wait until it has ended, or "
            "stop that one first."
        )


def release(order: str, place: Place, run: str) -> None:
    """Let another run have it; what was taken stays."""
    if holder(order, place) == run:
        (place.work / order / "run.txt").unlink(missing_ok=True)


def until(decision: Closing, days: int) -> datetime:
    """When the account has been announced for so many days, in UTC."""
    return datetime.combine(date.fromisoformat(decision.announced) + timedelta(days), datetime.min.time(), UTC)


# --- the announcement -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The announcement as it was read in the channel."""

    address: str
    id: str
    published: datetime | None
    text: str
    sha256: str  # of the text, UTF-8
    first_seen: datetime  # UTC, when it was first read
    last_seen: datetime
    looks: int  # how many times somebody has looked


def look(order: Order, place: Place, key: str | None = None) -> Found | None:
    """Look for the announcement in the channel, all on the record. None where it is not there (any more).

    Raises what the web raises. What earlier looks found stays in `announcement.json`.
    """
    assert order.closing  # noqa: S101 - of a closure
    folder, account = place.work / order.id, order.account
    before = _earlier(folder)
    number = int(before.get("looks", 0)) + 1
    connector = line.connector_for(account.platform)
    hand = uuid.uuid4().hex[:8] if place.shelf.staging() else ""
    with closing(Record(folder / "segments", hand=hand)) as record:
        web = line.web_of(account, connector, record, folder, place, key)
        item = _search(connector, web.reading(-number), order)
        now = web.clock()
    if item is None:
        write(folder / FOUND, json.dumps(before | {"looks": number, "last_missed": stamp(now)}).encode())
        return None
    known = before.get("sha256") and before.get("id") == item.id
    found = Found(
        address=order.closing.announcement,
        id=item.id,
        published=item.published,
        text=item.text,
        sha256=hashlib.sha256(item.text.encode("utf-8", "backslashreplace")).hexdigest(),
        first_seen=(when(before.get("first_seen")) if known else None) or now,
        last_seen=now,
        looks=number,
    )
    write(folder / FOUND, json.dumps(plain(found), ensure_ascii=True, indent=1).encode())
    return found


def said(order: Order, found: Found) -> str:
    """What the announcement says, as people read it."""
    return plaintext.plain(found.text) if _in_html(order) else found.text


def _in_html(order: Order) -> bool:
    return bool(getattr(line.connector_for(order.account.platform), "TEXT", "plain") == "html")


def late(order: Order, found: Found) -> bool:
    """Whether it was published on a later day (UTC) than the one from which the form says that it has stood there."""
    assert order.closing  # noqa: S101 - what the caller has seen to, for the type checker
    return found.published is not None and found.published.date() > date.fromisoformat(order.closing.announced)


def _earlier(folder: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads((folder / FOUND).read_bytes())
        return found if isinstance(found, dict) else {}
    return {}


def _search(connector: Any, web: Any, order: Order) -> Item | None:
    """The item at the announcement's address, in the account's own lists."""
    assert order.closing  # noqa: S101 - what the caller has seen to, for the type checker
    since = datetime.combine(date.fromisoformat(order.closing.announced), datetime.min.time(), UTC) - timedelta(days=2)
    due = _plain_address(order.closing.announcement)
    for stream in connector.streams(order.account):
        if stream.branch:
            continue
        old = 0
        for event in connector.pull(web, order.account, stream.name, ""):
            if not isinstance(event, Item):
                continue
            if event.url and _plain_address(event.url) == due:
                return event
            old += bool(event.published and event.published < since)
            if old > _PATIENCE:
                break
    return None


def _plain_address(url: str) -> str:
    """An address by what tells one post from another: people copy it with www., a slash, or what counts clicks."""
    there = urlsplit(url.strip())
    query = "&".join(part for part in there.query.split("&") if part.startswith(("story_fbid=", "id=", "v=", "fbid=")))
    return f"{_host(there.hostname)}{unquote(there.path).rstrip('/')}?{query}"


# --- the certificate --------------------------------------------------------------------------------------------


def newest(order: str, place: Place) -> Receipt | None:
    """The receipt of a closure's package, or of the last that replaces it because something was wrong with it."""
    found, number = line.receipt_of(order, place), 2
    while after := line.receipt_of(f"{order}.r{number}", place):
        found, number = after, number + 1
    return found


def certificate(order: Order, place: Place, receipt: Receipt | None, answers: Mapping[str, Any]) -> dict[str, Any]:
    """What says that the account may be closed: kept in the store beside the package, as JSON and as a print, and the
    same each time.

    `answers`: who approved the closure (`godkann`) and who received the package (`kvittera`), each as the step in which
    a person answered has it: chosen, by, at, fields. BadInput with all that is missing, and nothing written, where
    something is: the receipt, the approval, the reception, or the sign-off of a package that needs one.
    """
    if (missing := list(_missing(order, place, receipt, answers))) or receipt is None:
        raise BadInput(f"{order.id}: the account may not be closed, for something is missing.", missing)
    assert order.closing  # noqa: S101 - what the caller has seen to, for the type checker
    first = line.receipt_of(order.id, place) or receipt  # the one that the announcement was sealed with
    made = {
        "format": CERTIFICATE,
        "order": order.id,
        "account": plain(order.account),
        "decision": plain(order.closing),
        "announcement": _read(receipt, place, FOUND) or _read(first, place, FOUND),
        "announcement_html": _in_html(order),
        "language": place.settings.language,
        "taken": _figures(receipt, place),
        "sign_off": _read(receipt, place, signing.NAME),
        "verdict": receipt.verdict,
        "package": receipt.package,
        "where": place.shelf.where(receipt),
        "receipt": _receipts.written(receipt)[0][1],
        "size": receipt.size,
        "sha256": receipt.sha256,
        "promise": receipt.promise,
        "answers": dict(answers),
    }
    return _kept(order, place, made)


def _kept(order: Order, place: Place, made: dict[str, Any]) -> dict[str, Any]:
    """Keep a certificate and its print, each unless there is one: the one that is kept."""
    from reading import certificate as prints  # loaded where it is used: a DAG is parsed again and again

    name, printed = (f"{order.id}{end}" for end in evidence.CERTIFICATES)
    there = place.shelf.papers()
    if name not in there:
        place.shelf.keep(name, json.dumps(made, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n")
    found: dict[str, Any] = json.loads(place.shelf.read(name))
    if printed not in there:
        place.shelf.keep(printed, prints.pdf(found, str if found.get("language") == "en" else swedish))
    return found


def _missing(order: Order, place: Place, receipt: Receipt | None, answers: Mapping[str, Any]) -> Iterator[str]:
    """What must be there before anything says that the account may be closed, and is not: a sentence each."""
    kept = newest(order.id, place)
    if receipt is None or kept is None:
        yield "receipt: the store has none of the closure's package. Deliver it first"
    elif kept.sha256 != receipt.sha256:
        yield f"receipt: {receipt.package} is not the last package of the closure. That is {kept.package}"
    if not _chose(answers.get("godkann"), APPROVED):
        yield "approval: nobody has approved the closure"
    if not _chose(answers.get("kvittera"), RECEIVED):
        yield "reception: nobody has received and checked the package"
    if receipt and receipt.verdict not in GREEN and not _read(receipt, place, signing.NAME):
        yield "sign-off: the package is not whole, or not proven to be, and has none. Each gap must be accepted"


def _chose(answer: Any, due: str) -> bool:
    """Whether a person whose name is known gave just that answer."""
    return isinstance(answer, Mapping) and answer.get("chosen") == [due] and bool(answer.get("by"))


def letter(made: Mapping[str, Any], where: str) -> str:
    """A certificate as a text for the strategist."""
    account, decision, found = made["account"], made["decision"], made["announcement"] or {}
    seen = found.get("first_seen")
    signed = made["sign_off"] or {}
    rows = [
        f"Kontot {account['id']} får stängas.",
        f"Adress: {account['address']}\nBeslut: {decision['case']}, {decision['decided']}, {decision['decider']}",
        f"Annonserat från {decision['announced']}: {decision['announcement']}\n"
        + (f"Annonsen sågs första gången {seen[:10]}." if seen else "Annonsen hittades inte; se godkännandet."),
        f"Arkiverat: {VERDICTS['sv'][made['verdict']]}\nPaket: {where}\nStorlek: {made['size']} byte\n"
        f"SHA-256: {made['sha256']}",
        f"Beskedet att skriva ut (PDF): {made['order']}{evidence.CERTIFICATES[1]}, bland bevisen i arkivet. Det går "
        "också att hämta i läsesalen, på kontots sida under Bevis.",
    ]
    if signed:
        reasons = "\n".join(f"- {swedish(one['what'])}. Skäl: {one['reason']}" for one in signed["reasons"])
        rows.append(f"Godtaget av {signed['by']}, {signed['at'][:10]}:\n{reasons}")
    rows.append(
        "Stäng kontot, och sätt status ”avslutat” i registret: "
        f"arsring register change {account['id']} --status avslutat --decision ”{decision['case']}”. "
        "Du påminns tills det är gjort."
    )
    return "\n\n".join(rows)


def _figures(receipt: Receipt, place: Place) -> dict[str, Any]:
    """How much was taken and when, and how many gaps of which reason, as the package's ledger has it."""
    ledger = _read(receipt, place, "ledger.json") or {}
    return {name: ledger[name] for name in ("items", "media", "gaps", "began", "ended") if name in ledger}


def _read(receipt: Receipt, place: Place, name: str) -> Any:
    """A small JSON file of the capture in the package; None where there is none."""
    with suppress(ArsringError, KeyError, FileNotFoundError, ValueError):
        return json.loads(b"".join(line.archive_format(receipt.format).read(line.held(receipt, place), name)))
    return None


# --- afterwards -------------------------------------------------------------------------------------------------


def gone(account: Account, place: Place, key: str | None = None) -> bool:
    """Whether the platform says that the account is not there. Raises what the web raises where it cannot be told."""
    folder = place.work / "looks" / account.id
    connector = line.connector_for(account.platform)
    with closing(Record(folder / "segments", shelf_life=timedelta(seconds=-1))) as record:  # asked anew each time
        web = line.web_of(account, connector, record, folder, place, key)
        try:
            for _ in _first(connector, web, account):
                return False
        except NotThere:
            return True
    return False


def _first(connector: Any, web: Any, account: Account) -> Iterator[Any]:
    stream = next(one for one in connector.streams(account) if not one.branch)
    yield from connector.pull(web, account, stream.name, "")


@dataclass(frozen=True, slots=True)
class Left:
    """What is left to do of one account after its closure, or what has gone wrong.

    close: it may be closed, and is still there; register: it is gone, and not so in the register; unsure: it may be
    closed, and the platform does not say whether it is there; lost: it was to be closed, is gone, and has no archive.
    """

    account: Account
    what: Literal["close", "register", "unsure", "lost"]


def left(accounts: Sequence[Account], place: Place, key: Callable[[str | None], str | None]) -> Iterator[Left]:
    """Accounts that may be closed and are not so in the register yet, and those that are gone without an archive.

    An account may be closed when it has its certificate, or when the register says that it is archived. One whose
    platform asks us to wait is left out, and one that is in use: readiness looks at those.
    """
    end = evidence.CERTIFICATES[0]
    stems = [name.removesuffix(end) for name in place.shelf.papers() if name.endswith(end)]
    for account in accounts:
        may = account.status == "archived" or any(_is_closure(stem, account.id) for stem in stems)
        if account.status in ("applied", "closed") or not (may or account.status == "closing"):
            continue
        with suppress(TryLater):
            is_gone = _told_gone(account, place, key)
            if may:
                yield Left(account, "unsure" if is_gone is None else "register" if is_gone else "close")
            elif is_gone and not closed(account.id, place):
                yield Left(account, "lost")


def _told_gone(account: Account, place: Place, key: Callable[[str | None], str | None]) -> bool | None:
    """Whether an account is gone; None where the platform does not say."""
    try:
        return gone(account, place, key(account.key))
    except TryLater:
        raise
    except ArsringError:
        return None
