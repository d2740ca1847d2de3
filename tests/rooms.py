"""A house with an archive for the reading room: accounts that stand well and badly, real packages, looks, a capture."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from model.nouns import Account, Receipt
from model.settings import Settings
from pipeline import line, readiness
from pipeline.line import Place
from pipeline.readiness import Finding, Report
from pipeline.room import Room
from register.table import read
from stores import _receipts
from tests.captures import settings_file
from tests.fakes.faults import ALL
from tests.fakes.world import World
from tests.runs import Run, fake_of, small_world

TODAY = date(2026, 11, 28)
YEARS = (2024, 2025)  # of the account that stands well
REGISTER = """\
id;plattform;adress;enhet;ansvarig;status;nyckel
exempelvik-mastodon;mastodon;https://social.exempelvik.example/@exempelvik;Kommunikation;Kommunikationschefen;aktivt;ex
exempelvik-bad;facebook;https://www.facebook.com/exempelviksbad;Kultur & fritid <b>;Badchefen;aktivt;ex-bad
exempelvik-kort;mastodon;https://social.exempelvik.example/@kort;Kommunikation;Kommunikationschefen;aktivt;ex
exempelvik-nytt;bluesky;https://bluesky.example/profile/nytt.example;Kommunikation;Kommunikationschefen;aktivt;
exempelvik-stangt;instagram;https://www.instagram.com/exempelvikstangt;Kommunikation;Kommunikationschefen;avslutat;
"""


def world() -> World:
    return World(posts=24, with_media=6, media=7, media_bytes=900, comments=16, threads=4, edits=2)


def filled(folder: Path) -> Place:
    """The archive, the work area and the register in a folder."""
    (folder / "register.csv").write_text(REGISTER, encoding="utf-8")
    settings_file(folder)
    run = Run(folder, fake_of(world()))
    for year in YEARS:
        created = datetime(year, 12, 1, 2, tzinfo=UTC)
        order = line.order_for(run.order.account, year, created=created)
        line.archive(order, replace(run.place, settings=Settings()), run.key)
    rehearsal = line.order_for(run.order.account, 2026, "rehearsal", created=datetime(2026, 11, 1, tzinfo=UTC))
    line.archive(rehearsal, run.place, run.key)
    _not_whole(folder)
    place = Place(work=folder / "work", archive=folder / "archive", settings=Settings())
    bad = {"sha256": "ab" * 32, "size": 48_000, "format": "bagit"}
    delivered(place.archive, "2024-exempelvik-bad", "exempelvik-bad", verdict="whole with named gaps", **bad)
    delivered(place.archive, "2023-exempelvik-stangt", "exempelvik-stangt", verdict="whole", **bad)
    delivered(place.archive, "2024-exempelvik-stangt.closure", "exempelvik-stangt", verdict="not whole", **bad)
    delivered(place.archive, "2023-exempelvik-borta", "exempelvik-borta", verdict="whole", **bad)
    looked(place, "exempelvik-mastodon", "mastodon", expires="2027-02-01T00:00:00.000000Z")
    told = Finding(says="The key does not end by itself."), _renewed("exempelvik-bad", "2026-12-10")
    looked(place, "exempelvik-bad", "facebook", *told, expires="2026-12-10T00:00:00.000000Z")
    return place


def _renewed(account: str, ends: str) -> Finding:
    says = (
        f"{account}: the key 'ex-bad' ends {ends}, and December's run may last until 2026-12-31. Make a new one by "
        "2026-11-30, and put it under that name."
    )
    return Finding(says=says, severity="renew", by="2026-11-30", status=4)


def _not_whole(folder: Path) -> None:
    """A capture that waits for a sign-off."""
    red = small_world(posts=12, comments=4, media=2, with_media=2, threads=2)
    run = Run(folder, fake_of(red, ALL["one missing"].make(red)), account={"id": "exempelvik-kort"}).go()
    assert run.outcome == "not whole", run.error


def delivered(archive: Path, order: str, account: str, **more: Any) -> Receipt:
    """A receipt of a package that is none: so many bytes of nothing."""
    archive.mkdir(parents=True, exist_ok=True)
    known: dict[str, Any] = {"order": order, "package": f"{order}.zip", "account": account, "promise": ""}
    receipt = Receipt(**known | more)
    with (archive / receipt.package).open("wb") as file:
        file.truncate(receipt.size)
    (name, digest), text = _receipts.written(receipt)
    (archive / f"{name}.{digest}.receipt.json").write_bytes(text)
    return receipt


def looked(place: Place, account: str, platform: str, *findings: Finding, expires: str = "", day: str = "") -> None:
    """A look at an account, as the readiness run leaves it."""
    day = day or "2026-11-15"
    told = {"id": "1", "name": account, "expires_at": expires or None, "expiry_told": True}
    report = Report(account=account, day=day, platform=platform, findings=findings, told=told)
    path = place.work / "readiness" / day / account / "report.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(readiness.written(report)), encoding="utf-8")


def room(place: Place, register: Path | None = None, **more: Any) -> Room:
    path = register or place.work.parent / "register.csv"

    def accounts() -> list[Account]:
        return read(path, tell=lambda _: None)

    return Room(place_of=lambda: place, accounts_of=accounts, today=lambda: TODAY, **more)
