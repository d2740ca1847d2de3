"""The owner's export beside the platform: joined, compared, and a package of its own where no key is left."""

from __future__ import annotations

import cProfile
import json
import multiprocessing
import time
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from archive_formats import bagit
from connectors import facebook
from connectors._export import Export
from model import joining
from model.capture import Capture
from model.errors import ArsringError, NotAllowed, NotUnderstood
from model.nouns import Account, Doubt, Gap, Item, Media, Order, Stream
from model.protocols import Event, Web
from pipeline import line
from pipeline.cli import main
from pipeline.swedish import swedish
from tests.captures import BAG, order
from tests.fakes.exports import facebook_export, instagram_export
from tests.fakes.graph import GraphFake
from tests.fakes.graph_world import GraphWorld
from tests.fakes.pictures import picture
from tests.planted import planted
from tests.runs import NOON, Run

KEY = planted("en-nyckel-som-ingen-har")
FORM = "Vem: kommunikationschef\nNär: 2026-11-20\nVarför: export för årets arkivering\n"
Record = dict[str, Any]


def at(day: int, second: int = 0) -> datetime:
    return datetime(2026, 6, 1, 12, 0, second, tzinfo=UTC) + timedelta(days=day)


def api(id: str, day: int, text: str = "", *, kind: str = "post", stream: str = "posts", **more: Any) -> Item:
    return Item(id=id, stream=stream, kind=kind, published=at(day), text=text, raw=f"<urn:{id}>", **more)


def own(day: int, text: str = "", *files: str, **more: Any) -> Record:
    """A record of the export; `files` are names of pictures in it."""
    return {"at": int(at(day).timestamp()), "text": text, "files": list(files), **more}


class Twin:
    """A connector that needs a key and knows an export: what it shows is given to it."""

    ERRORS = {(401, ""): "renew"}
    NEEDS_KEY = True

    def __init__(self, shown: Sequence[Event], refused: bool = False) -> None:
        self.shown, self.refused, self.asked = shown, refused, 0

    def streams(self, account: Account) -> tuple[Stream, ...]:
        return Stream(name="posts", proof="answer"), Stream(name="comments", proof="answer")

    def pull(self, web: Web, account: Account, stream: str, parent: str) -> Iterator[Event]:
        self.asked += 1
        if self.refused:
            raise NotAllowed("the key is refused (HTTP 401). Renew the key that the register names.")
        yield from (event for event in self.shown if event.stream == stream)

    def imported(self, export: Export, account: Account) -> Iterator[Event]:
        for raw, records in export.json(r"posts_\d+\.json"):
            for place, record in enumerate(records):
                id = record.get("id") or f"export/{record['at']}-{place}"
                found = {name: export.find(f"media/{name}.jpg") for name in record["files"]}
                yield Item(
                    id=id, stream="export", kind=record.get("kind", "post"), title=record.get("title"),
                    published=datetime.fromtimestamp(record["at"], UTC), text=record["text"], source="export", raw=raw,
                    media=tuple(Media(id=name, url=url) for name, url in found.items() if url),
                )  # fmt: skip
                yield from (lost(name, id, raw) for name, url in found.items() if not url)
        yield Gap(what="comments", why="not-offered", kind="list", stream="comments", seen_at=export.seen_at)
        if missing := list(export.missing(r"posts_\d+\.json")):
            raise NotUnderstood(f"The export is not whole: {', '.join(missing)} is missing.")


def lost(name: str, parent: str, raw: str = "supplied/export.zip#posts_1.json") -> Gap:
    return Gap(what=name, why="not-offered", kind="media", stream="media", parent=parent, seen_at=NOON, raw=raw)


class Both:
    """An account with a folder, what its platform shows, and what its export has."""

    def __init__(self, place: Path, shown: Sequence[Event] = (), refused: bool = False) -> None:
        self.folder, self.twin, self.error = place, Twin(shown, refused), None
        self.error: ArsringError | None
        (place / "exporter").mkdir(parents=True, exist_ok=True)

    def export(self, *records: Record, name: str = "export.zip", posts: str = "posts_1.json") -> Both:
        files = {f"media/{file}.jpg": picture("jpg", file, 900) for one in records for file in one["files"]}
        (self.folder / "exporter" / "om.txt").write_text(FORM, encoding="utf-8")
        with zipfile.ZipFile(self.folder / "exporter" / name, "w") as out:
            for path, data in {posts: json.dumps(records).encode(), **files}.items():
                if "saknas" not in path:
                    out.writestr(zipfile.ZipInfo(path, (2026, 11, 20, 10, 0, 0)), data)
        return self

    def order(self, key: str | None = "twin") -> Order:
        where = {"address": "https://social.exempelvik.example/@exempelvik", "folder": str(self.folder / "exporter")}
        return line.order_for(Account(id="exempelvik-twin", platform="twin", key=key, **where), 2026, created=NOON)

    @property
    def place(self) -> line.Place:
        return line.Place(
            work=self.folder / "work", archive=self.folder / "archive", settings=BAG, web={"clock": lambda: NOON}
        )

    def go(self, monkeypatch: pytest.MonkeyPatch, key: str | None = KEY) -> Both:
        monkeypatch.setattr(line, "connector_for", lambda _: self.twin)
        try:
            line.archive(self.order("twin" if key else None), self.place, key)
            self.error = None
        except ArsringError as error:
            self.error = error
        return self

    @property
    def ledger(self) -> dict[str, Any]:
        return line.ledger_of("2026-exempelvik-twin", self.place) or {}

    @property
    def package(self) -> Path:
        return self.folder / "archive" / "2026-exempelvik-twin.zip"

    def rows(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(row) for row in bagit.read(self.package, f"{name}.jsonl")]

    def items(self) -> dict[str, dict[str, Any]]:
        return {row["id"]: row for row in self.rows("items")}


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run both routes: what the platform shows, then the export's records."""

    def run(shown: Sequence[Event], *records: Record) -> Both:
        made = Both(tmp_path, shown).export(*records).go(monkeypatch)
        assert made.error is None, made.error
        return made

    return run


# What is joined

RAW = "supplied/export.zip#posts_1.json"


def test_an_item_of_the_same_id_is_one_item(both: Any) -> None:
    run = both([api("7", 1, "Hej")], own(2, "Hej på er", id="7"))

    assert [(row["id"], row["text"], row["also"]) for row in run.rows("items")] == [("7", "Hej", RAW)]
    assert run.ledger["differences"] == {"joined": 1, "only_export": 0, "only_api": 0, "text_differs": 1}


@pytest.mark.parametrize("text", ["Öppet hus på lördag", " O\u0308ppet hus på lördag\n"])
def test_an_item_of_the_same_second_and_text_is_one_item(both: Any, text: str) -> None:
    run = both([api("7", 1, "Öppet hus på lördag"), api("8", 1, "Stängt")], own(1, text), own(1, "Stängt"))

    assert [row.get("also") for row in run.rows("items")] == [RAW, RAW]
    assert run.ledger["differences"]["text_differs"] == 0
    assert run.rows("differences") == []


def test_where_several_fit_the_files_tell_them_apart(both: Any) -> None:
    shown = [api(id, 1, "Bilder", attached=attached) for id, attached in (("a", ("111222333",)), ("b", ("444555666",)))]

    run = both(shown, own(1, "Bilder", "x_444555666"), own(1, "Bilder", "y_111222333_n"), own(1, "Bilder", "z", "å"))

    assert run.ledger["differences"] == {"joined": 2, "only_export": 1, "only_api": 0, "text_differs": 0}
    (rest,) = (row for row in run.rows("items") if "also" not in row)
    assert [media["id"] for media in rest["media"]] == ["z", "å"]


def test_a_post_is_itself_and_not_its_picture(both: Any) -> None:
    shown = [api("9", 1, "Sol", kind="photo"), api("1", 1, "Sol", attached=("9",)), api("5", 1, "Sol", kind="comment")]

    run = both(shown, own(1, "Sol", "sol"), own(1, "Sol", kind="reply"))

    assert {id for id, row in run.items().items() if "also" in row} == {"1", "5"}


def test_a_text_that_differs_in_one_that_is_alone_in_its_second_is_a_difference(both: Any) -> None:
    run = both([api("7", 1, "Öppet till 17")], own(1, "Öppet till 16"))

    assert run.ledger["differences"] == {"joined": 1, "only_export": 0, "only_api": 0, "text_differs": 1}
    assert run.rows("differences") == [
        {
            "difference": "text-differs", "id": "7", "published": "2026-06-02T12:00:00.000000Z",
            "text": "Öppet till 17", "text_in_export": "Öppet till 16", "also": RAW,
        }
    ]  # fmt: skip
    assert run.items()["7"]["text"] == "Öppet till 17"


@pytest.mark.parametrize(
    ("shown", "records"),
    [
        ([api("7", 1, "Ett"), api("8", 1, "Två")], [own(1, "Tre")]),
        ([api("7", 1, "Ett")], [own(1, "Två"), own(1, "Tre")]),
        ([api("7", 1, "Ett")], [own(1, "Två", "bild")]),
        ([api("7", 1, "Ett")], [own(1, "Ett") | {"at": int(at(1, 1).timestamp())}]),
        ([api("7", 1, "Ett", kind="comment")], [own(1, "Två", kind="reply")]),
    ],
    ids=["two shown", "two in the export", "another number of files", "another second", "comments by others"],
)
def test_nothing_is_joined_on_a_guess(both: Any, shown: list[Item], records: list[Record]) -> None:
    run = both(shown, *records)

    assert run.ledger["differences"]["joined"] == 0
    assert len(run.items()) == len(shown) + len(records)


def test_no_two_of_the_export_are_joined_with_one_item(both: Any) -> None:
    run = both([api("7", 1, "Samma")], own(1, "Samma"), own(1, "Samma"))

    assert run.ledger["differences"] == {"joined": 1, "only_export": 1, "only_api": 0, "text_differs": 0}
    assert len(run.items()) == 2


# What only one of the two has


def test_what_only_the_export_has_is_an_item_with_its_files(both: Any) -> None:
    run = both([api("7", 1, "Hej")], own(1, "Hej"), own(2, "Borta", "bänk"))

    (item,) = (row for row in run.rows("items") if row.get("source") == "export")
    (media,) = item["media"]
    with zipfile.ZipFile(run.package) as bag:
        assert bag.read(f"2026-exempelvik-twin/data/{media['path']}") == picture("jpg", "bänk", 900)
    assert run.ledger["differences"]["only_export"] == 1
    assert [row["difference"] for row in run.rows("differences")] == ["only-export"]
    assert (run.ledger["items"], run.ledger["media"], run.ledger["verdict"]) == (2, 1, "whole")


def test_what_only_the_platform_has_of_the_exports_time_is_named_and_nothing_else(both: Any) -> None:
    shown = [api(str(day), day, f"Dag {day}") for day in range(6)]
    others = [api("c", 3, "Svar", kind="reply"), api("v", 3, "Besök", stream="comments")]

    run = both([*shown, *others], own(1, "Dag 1"), own(4, "Dag 4"))

    assert run.ledger["differences"] == {"joined": 2, "only_export": 0, "only_api": 2, "text_differs": 0}
    assert [(row["difference"], row["id"]) for row in run.rows("differences")] == [("only-api", "2"), ("only-api", "3")]


def test_the_files_of_a_joined_item_are_not_taken_twice(both: Any) -> None:
    run = both([api("7", 1, "Hej", attached=("111222333",))], own(1, "Hej", "a_111222333"))

    assert run.ledger["media"] == 0


@pytest.mark.parametrize(("attached", "gaps"), [(("1", "2"), 0), (("1",), 1)])
def test_a_file_that_the_export_lacks_is_no_gap_where_the_platform_shows_it(
    both: Any, attached: tuple[str, ...], gaps: int
) -> None:
    run = both([api("7", 1, "Två bilder", attached=attached)], own(1, "Två bilder", "1", "saknas"))

    assert [(row["what"], row["parent"]) for row in run.rows("gaps")] == [("saknas", "7")] * gaps


def test_a_list_that_no_export_has_is_no_gap_where_the_platform_gives_it(both: Any) -> None:
    assert both([api("7", 1, "Hej")], own(1, "Hej")).rows("gaps") == []


def test_the_differences_are_sealed_and_shown(both: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run = both([api("7", 1, "Ett"), api("8", 2), api("9", 3, "Två")], own(1, "Annat"), own(3, "Två"), own(5, "Borta"))

    with zipfile.ZipFile(run.package) as bag:
        assert b"data/differences.jsonl" in bag.read("2026-exempelvik-twin/manifest-sha256.txt")
    for language, words in (
        ([], ["2 finns också hos plattformen (1 med annan text), 1 bara i exporten, 1 inlägg bara hos plattformen",
              "± 8 2026-06-03T12:00: bara hos plattformen", "± 7 2026-06-02T12:00: texten är en annan i exporten"]),
        (["--english"], ["2 are on the platform too (1 with another text), 1 only in the export", "only on the"]),
    ):  # fmt: skip
        assert main([*language, "show", "2026-exempelvik-twin", "--into", str(run.place.archive)]) == 0
        told = capsys.readouterr().out
        assert all(word in told for word in words), told


# Doubts

DOUBT = Doubt(
    stream="posts",
    why="600 posts in 2026",
    since=datetime(2026, 1, 1, tzinfo=UTC),
    until=datetime(2026, 12, 31, tzinfo=UTC),
)
SHOWN = [api(str(day), day, f"Dag {day}") for day in range(1, 9)]


def days(*which: int) -> list[Record]:
    return [own(day, f"Dag {day}") for day in which]


def test_an_export_lifts_the_doubt_about_a_list(both: Any) -> None:
    run = both([*SHOWN, DOUBT], *days(*range(1, 9)), own(5, "Ett som plattformen inte visade"))

    assert run.ledger["verdict"] == "whole"
    assert len(run.items()) == 9


@pytest.mark.parametrize(
    ("records", "said", "told"),
    [
        (days(1, 2, 3, 4, 5, 6), "; the export ends 2026-06-07", "exporten slutar 2026-06-07"),
        (days(3, 4, 5, 6, 7, 8), "; the export begins 2026-06-04", "exporten börjar 2026-06-04"),
        (days(1, 2, 8), "; the export has only 3 of the 8 that the platform shows", "exporten har bara 3 av de 8"),
        ([own(4, "Svar", kind="reply")], "; the export has no posts", "exporten har inga inlägg"),
    ],
)
def test_an_export_that_does_not_reach_so_far_lifts_no_doubt(
    records: list[Record], said: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Both(tmp_path, [*SHOWN, DOUBT]).export(*records).go(monkeypatch)

    assert run.ledger["verdict"] == "cannot be proven"
    assert run.ledger["lists"][0]["why"] == "600 posts in 2026" + said
    assert told in swedish(str(run.error))
    assert not run.package.exists()


def test_a_doubt_without_an_export_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Both(tmp_path, [*SHOWN, DOUBT]).go(monkeypatch)

    assert run.ledger["lists"][0]["why"] == "600 posts in 2026"
    assert "differences" not in run.ledger


def test_anothers_export_proves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Both(tmp_path, SHOWN).export(*(replaced(record) for record in days(*range(1, 9)))).go(monkeypatch)

    assert run.ledger["verdict"] == "cannot be proven"
    assert "none of its 8 posts is among the 7" in str(run.error)


def replaced(record: Record) -> Record:
    """The same day's post of somebody else."""
    return record | {"at": record["at"] + 7, "text": "Något annat"}


# Half of it, and it alone


def test_half_an_export_is_not_whole_and_the_other_half_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Both(tmp_path, SHOWN).export(*days(1, 2), name="export-2.zip", posts="posts_2.json").go(monkeypatch)

    assert run.ledger["verdict"] == "not whole"
    assert "posts_1.json of export is missing" in str(run.error)
    assert not run.package.exists()
    assert run.export(*days(3, 4), name="export-1.zip").go(monkeypatch).error is None
    assert run.ledger["differences"]["joined"] == 4


def test_an_export_alone_makes_a_package_and_nobody_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Both(tmp_path, SHOWN).export(*days(1, 2), own(3, "Bild", "bänk")).go(monkeypatch, key=None)

    assert run.error is None, run.error
    assert run.twin.asked == 0
    assert run.ledger["verdict"] == "whole with named gaps"
    assert [(row["stream"], row["why"]) for row in run.rows("gaps")] == [("comments", "not-offered")]
    assert {row["source"] for row in run.rows("items")} == {"export"}
    assert (run.ledger["items"], run.ledger["media"]) == (3, 1)
    assert "differences" not in run.ledger
    assert bagit.check(run.package) == []


def test_neither_key_nor_export_says_both_ways_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Both(tmp_path, SHOWN).go(monkeypatch, key=None)

    assert isinstance(run.error, NotAllowed)
    assert "Skriv nyckelns namn i registret, eller lägg ägarens export i den mapp" in swedish(str(run.error))


def test_a_refused_key_says_that_the_export_can_go_alone_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Both(tmp_path, refused=True).go(monkeypatch)
    assert "export" not in str(run.error)

    run.export(*days(1, 2)).go(monkeypatch)
    assert "töm nyckelns cell i registret och kör igen" in swedish(str(run.error))

    assert run.go(monkeypatch, key=None).error is None


# The same again


def test_the_same_inputs_give_the_same_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packages = []
    for name in ("ett", "två"):
        records = [*days(1, 2), own(4, "Bild", "bänk", "saknas"), own(3, "Annat")]
        run = Both(tmp_path / name, SHOWN).export(*records).go(monkeypatch)
        packages.append(run.package.read_bytes())

    assert packages[0] == packages[1]


@pytest.mark.parametrize("part", [0.1, 0.3, 0.6, 0.9])
def test_a_killed_run_goes_on_to_the_same_package(part: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = [own(day, f"Dag {day}", f"bild{day}") for day in range(1, 40)]
    start = time.monotonic()
    due = Both(tmp_path / "ostörd", SHOWN).export(*records).go(monkeypatch)
    seconds = time.monotonic() - start
    run = Both(tmp_path / "störd", SHOWN).export(*records)

    child = multiprocessing.get_context("fork").Process(target=lambda: run.go(monkeypatch))
    child.start()
    time.sleep(part * seconds)
    child.kill()
    child.join()

    assert run.go(monkeypatch).error is None
    assert run.package.read_bytes() == due.package.read_bytes()


def test_the_work_of_joining_grows_with_the_number_and_no_faster(tmp_path: Path) -> None:
    """A hundred thousand would take a minute of the suite; four times as many must not be sixteen times the work."""
    took = [_joining(tmp_path / str(count), count) for count in (1_000, 4_000)]

    assert all(more < 6 * less for less, more in zip(*took, strict=True)), took


def _joining(place: Path, count: int) -> tuple[int, int]:
    """(calls of functions, thousands of SQLite's own steps) that joining so many takes."""
    capture = Capture(place, order())
    for number in range(count):
        capture.see(
            replace(api(str(number), 0, f"Nr {number % 100}"), published=at(0) + timedelta(seconds=number // 9)), 0, 1
        )
        exported = replace(
            api(f"export/{number}", 0, f"Nr {number % 90}"), published=at(0) + timedelta(seconds=number // 9)
        )
        capture.supply(replace(exported, stream="export", source="export"), 1)
    steps, profile = [0], cProfile.Profile()

    def step() -> None:
        steps[0] += 1

    capture.index.set_progress_handler(step, 1000)
    with profile:
        joining.join(capture)
        joining.settle(capture)
        assert sum(1 for _ in joining.differences(capture)) > 0
    capture.close()
    return sum(one.callcount for one in profile.getstats()), steps[0]


# The true connectors


def meta(folder: Path, side: Any, **more: Any) -> Run:
    """A run against a small world of one platform, whose export lies in the account's folder."""
    world = GraphWorld(side=side, posts=32, media=20, photos=12, comments=20, media_comments=10, span_days=300)
    (folder / "exporter").mkdir(parents=True, exist_ok=True)
    (folder / "exporter" / "om.txt").write_text(FORM, encoding="utf-8")
    export = facebook_export if side == "facebook" else instagram_export
    export(folder / "exporter", [exported(world, id) for id in world.post_ids()])
    account = {"folder": str(folder / "exporter")} | more.pop("account", {})
    return Run(folder, GraphFake(world, **more), platform=side, account=account)


def exported(world: GraphWorld, id: str) -> Any:
    """A post as an export has it: when, its text, its files under the platform's own numbers."""
    node = world.nodes[id]
    inside = [one.id for one in world.nodes.values() if one.values.get("page_story_id") == id]
    files = inside or node.edges.get("children") or [id] * (id in world.files)
    text = next((node.values[name] for name in ("message", "caption", "story") if name in node.values), "")
    return node.made, text, [(file, world.data(file, "o")) for file in files]


@pytest.mark.parametrize("side", ["facebook", "instagram"])
def test_each_post_of_a_true_export_is_joined_with_its_own(side: str, tmp_path: Path) -> None:
    run = meta(tmp_path, side).go()

    assert run.outcome == "whole", run.error
    ledger = line.ledger_of(run.order.id, run.place) or {}
    posts = list(run.fake.world.post_ids())
    assert ledger["differences"] == {"joined": len(posts), "only_export": 0, "only_api": 0, "text_differs": 0}
    assert {row["id"] for row in run.rows("items") if "also" in row} == set(posts)


@pytest.mark.parametrize("side", ["facebook", "instagram"])
def test_a_post_that_the_platform_shows_nowhere_comes_out_of_the_export(side: str, tmp_path: Path) -> None:
    run = meta(tmp_path, side)
    world = run.fake.world
    hidden = next(id for id in list(world.post_ids())[8:] if exported(world, id)[2])
    published, text, files = exported(world, hidden)
    world.delete(hidden)
    for photo, _ in files:
        world.nodes[photo].gone = True

    run.go()

    assert run.outcome in ("whole", "whole with named gaps"), run.error
    (found,) = (row for row in run.rows("items") if row.get("source") == "export")
    assert (found["text"], found["published"][:19]) == (text, published.isoformat()[:19])
    assert [media["sha256"] for media in found["media"]] == [sha256(data).hexdigest() for _, data in files]


def test_a_year_of_too_many_posts_is_proven_by_its_export_and_by_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facebook, "RANKED", 20)
    without = meta(tmp_path / "utan", "facebook", cap=25, cap_windows=True, account={"folder": ""}).go()
    run = meta(tmp_path / "med", "facebook", cap=25, cap_windows=True).go()

    assert without.outcome == "cannot be proven"
    assert run.outcome in ("whole", "whole with named gaps"), run.error
    posts = [row for row in run.rows("items") if row["kind"] == "post" and row["stream"] in ("posts", "export")]
    assert len(posts) == len(run.fake.world.ids("posts"))
    assert 0 < sum(row.get("source") == "export" for row in posts) < len(posts)


@pytest.mark.parametrize("side", ["facebook", "instagram"])
def test_an_account_whose_key_has_died_is_archived_by_its_export(side: str, tmp_path: Path) -> None:
    run = meta(tmp_path, side)
    run.key = None

    run.go()

    assert run.outcome == "whole with named gaps", run.error
    assert run.fake.asked == []
    assert len([row for row in run.rows("items") if row["source"] == "export"]) == len(list(run.fake.world.post_ids()))
    assert [row["how"] for row in run.rows("gaps")] == ["comments by others are not in an export"]


def test_what_is_no_export_of_the_platform_makes_no_package(tmp_path: Path) -> None:
    run = meta(tmp_path, "facebook")
    run.key, run.platform = None, "instagram"

    run.go()

    assert run.outcome == "not whole"
    assert "None of the ZIPs is an export from Instagram" in str(run.error)
