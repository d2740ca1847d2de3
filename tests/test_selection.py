"""The selection: every item in its place, whatever answers what; and what is new, changed and vanished."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.nouns import Gap, Item, Media
from model.selection import Entry, Previous, Selection
from tests.captures import NOON, gap, order, post, sealed

Chosen = Callable[..., Selection]


def previous(capture: Path, objid: str = "before", media: Sequence[str] = ()) -> Previous:
    lines = ["path,sha256,size,package", *media]
    return Previous(
        objid=objid, order="2025-x", items=lambda: iter((capture / "items.jsonl").read_bytes().splitlines(True)),
        media=lambda: iter([f"{line}\r\n".encode() for line in lines]),
    )  # fmt: skip


def selection(
    folder: Path, items: Sequence[Item], before: Sequence[Item] | None = None, whole: bool = False
) -> Selection:
    now = sealed(folder / "now", items=items)
    then = previous(sealed(folder / "then", items=before)) if before is not None else None
    return Selection(now, order(), previous=then, whole=whole, work=folder)


def entries(chosen: Selection) -> Iterator[Entry]:
    for month, _ in chosen.months():
        for thread in chosen.threads(month):
            yield from thread.entries


def reply(number: int, to: str, **more: Any) -> Item:
    return replace(post(number, f"Svar {number}"), kind="reply", reply_to=to, **more)


def version(number: int, of: str, text: str) -> Item:
    return replace(post(number, text), kind="version", parent=of, stream="history")


def changes(chosen: Selection) -> dict[str, str]:
    return {entry.item["id"]: entry.change for entry in chosen.changes()}


def test_threads_come_by_month_and_below_each_post_its_answers_in_order(tmp_path: Path) -> None:
    old = post(900, "Förra månaden")
    items = [old, post(50), reply(40, "0050"), reply(45, "0050"), reply(39, "0045"), replace(post(1), published=None)]

    with selection(tmp_path, items) as chosen:
        assert list(chosen.months()) == [("2026-10", 1), ("2026-11", 1), ("undated", 1)]
        (thread,) = chosen.threads("2026-11")
        assert [(entry.item["id"], entry.depth) for entry in thread.entries] == [
            ("0050", 0), ("0045", 1), ("0039", 2), ("0040", 1),
        ]  # fmt: skip


def test_a_post_of_new_years_eve_belongs_to_the_month_that_it_was_in_sweden(tmp_path: Path) -> None:
    late = replace(post(1), published=NOON.replace(month=11, day=30, hour=23, minute=30))

    with selection(tmp_path, [late]) as chosen:
        assert list(chosen.months()) == [("2026-12", 1)]


def test_earlier_versions_stand_beside_their_post_and_a_version_of_nothing_stands_for_itself(tmp_path: Path) -> None:
    items = [post(5, "Nu"), version(7, "0005", "Först"), version(6, "0005", "Sedan"), version(8, "borta", "Utan post")]

    with selection(tmp_path, items) as chosen:
        found = {entry.item["id"]: [one["text"] for one in entry.versions] for entry in entries(chosen)}

    assert found == {"0005": ["Först", "Sedan"], "0008": []}


def test_the_account_itself_is_no_thread_and_its_versions_come_before_it(tmp_path: Path) -> None:
    profile = replace(post(1, "Vi svarar"), kind="profile")

    with selection(tmp_path, [profile, version(2, "0001", "Vi svarade"), reply(3, "0001")]) as chosen:
        assert [one["text"] for one in chosen.profile()] == ["Vi svarade", "Vi svarar"]
        assert [entry.item["id"] for entry in entries(chosen)] == ["0003"], (
            "what answers a profile is read all the same"
        )


KINDS = ["post", "version", "märklig", "profile"]


@given(st.lists(st.tuples(st.integers(0, 14), st.booleans(), st.sampled_from(KINDS)), max_size=15))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_item_is_read_once_whatever_answers_what(
    tmp_path_factory: pytest.TempPathFactory, tree: list[tuple[int, bool, str]]
) -> None:
    """Rings, answers to what is not here, answers to themselves, versions of versions, kinds that nobody knows."""
    items = [
        replace(post(n), kind=kind, reply_to=f"{to:04}" if by_reply else None, parent="" if by_reply else f"{to:04}")
        for n, (to, by_reply, kind) in enumerate(tree)
    ]

    with selection(tmp_path_factory.mktemp("tree"), items) as chosen:
        met = Counter(one["id"] for entry in entries(chosen) for one in (entry.item, *entry.versions))
        met.update(one["id"] for one in chosen.profile())

    assert met == {item.id: 1 for item in items}


def test_an_account_of_nothing_but_a_ring_is_read(tmp_path: Path) -> None:
    with selection(tmp_path, [reply(1, "0002"), reply(2, "0001")]) as chosen:
        assert [(entry.item["id"], entry.depth) for entry in entries(chosen)] == [("0002", 0), ("0001", 1)]


def test_what_is_new_changed_and_vanished_is_told_and_the_rest_is_left_out(tmp_path: Path) -> None:
    before = [post(9, "Som förr"), post(8, "Förr"), post(7, "Borta")]
    now = [post(9, "Som förr"), post(8, "Nu"), post(1, "Ny")]

    with selection(tmp_path, now, before) as chosen:
        assert changes(chosen) == {"0008": "changed", "0001": "new", "0007": "vanished"}
        assert {entry.item["id"] for entry in entries(chosen)} == {"0008", "0001", "0007"}
        assert [entry.before["text"] for entry in chosen.changes() if entry.before] == ["Förr"]
        assert [one["text"] for one in chosen.tombstones()] == ["Borta"]
        assert (chosen.counts["new"], chosen.counts["changed"], chosen.counts["vanished"]) == (1, 1, 1)
        assert chosen.counts["unchanged"] == 1


def test_a_new_answer_brings_its_whole_thread(tmp_path: Path) -> None:
    old = [post(9), reply(8, "0009"), post(7)]

    with selection(tmp_path, [*old, reply(2, "0008")], old) as chosen:
        found = {entry.item["id"]: entry.change for entry in entries(chosen)}

    assert found == {"0009": "context", "0008": "context", "0002": "new"}


def test_a_vanished_answer_stands_where_it_stood(tmp_path: Path) -> None:
    old = [post(9), reply(8, "0009"), reply(7, "0009")]

    with selection(tmp_path, [post(9), reply(7, "0009")], old) as chosen:
        found = [(entry.item["id"], entry.change, entry.depth) for entry in entries(chosen)]

    assert found == [("0009", "context", 0), ("0008", "vanished", 1), ("0007", "context", 1)]


@pytest.mark.parametrize(
    "more",
    [{"title": "Obs"}, {"language": "en"}, {"visibility": "private"}, {"fields": {"Webb": "x"}}, {"reply_to": "0007"}],
)
def test_what_a_reader_sees_changed_is_changed(more: dict[str, Any], tmp_path: Path) -> None:
    with selection(tmp_path, [post(7), post(9, **more)], [post(7), post(9)]) as chosen:
        assert changes(chosen) == {"0009": "changed"}


def test_figures_that_move_are_no_change(tmp_path: Path) -> None:
    before, now = (
        post(9, counts={"likes": 3}, raw="a"),
        post(9, counts={"likes": 400}, raw="b", url="https://x.example/9"),
    )

    with selection(tmp_path, [now], [before]) as chosen:
        assert changes(chosen) == {}


def test_a_whole_package_has_everything_and_still_tells_the_changes(tmp_path: Path) -> None:
    with selection(tmp_path, [post(9), post(1)], [post(9), post(7)], whole=True) as chosen:
        assert {entry.item["id"]: entry.change for entry in entries(chosen)} == {
            "0009": "", "0001": "new", "0007": "vanished",
        }  # fmt: skip


@pytest.mark.parametrize("of", [gap("0007"), gap("posts", kind="list"), gap("x", kind="list", parent="")])
def test_what_this_capture_could_not_see_has_not_vanished(of: Gap, tmp_path: Path) -> None:
    now = sealed(tmp_path / "now", items=[post(9)])
    row = {"what": of.what, "why": of.why, "kind": of.kind, "stream": "posts"}
    (now / "gaps.jsonl").write_text(json.dumps(row) + "\n")
    then = previous(sealed(tmp_path / "then", items=[post(9), post(7)]))

    with Selection(now, order(), previous=then, whole=False, work=tmp_path) as chosen:
        assert list(chosen.tombstones()) == []
        assert [one["id"] for one in chosen.unseen()] == ["0007"]
        assert chosen.counts["unseen"] == 1


def with_picture(number: int, name: str, text: str = "Med bild") -> Item:
    return post(number, text, media=(Media(id=name, url=f"https://files.exempelvik.example/{name}.jpg"),))


def test_files_that_an_earlier_package_has_stay_there_unless_they_are_shown_here(tmp_path: Path) -> None:
    before = [with_picture(9, "en"), with_picture(8, "två")]
    now = [*before, with_picture(1, "tre"), reply(2, "0008")]

    with selection(tmp_path, now, before) as chosen:
        along, left = list(chosen.media()), list(chosen.earlier_media())

    assert len(along) == 2, "the new one, and the one of the thread that goes along"
    assert [(row["package"], len(row["sha256"])) for row in left] == [("before", 64)]
    assert not {one["path"] for one in along} & {row["path"] for row in left}


def test_a_file_keeps_the_name_of_the_package_that_had_it_first(tmp_path: Path) -> None:
    then = sealed(tmp_path / "then", items=[with_picture(9, "en")])
    digest = json.loads((then / "items.jsonl").read_text())["media"][0]["sha256"]
    now = sealed(tmp_path / "now", items=[with_picture(9, "en")])
    known = previous(then, media=[f"media/{digest}.jpg,{digest},5,first"])

    with Selection(now, order(), previous=known, whole=False, work=tmp_path) as chosen:
        assert [row["package"] for row in chosen.earlier_media()] == ["first"]


def test_nothing_is_left_beside_the_capture(tmp_path: Path) -> None:
    with selection(tmp_path, [post(1)]) as chosen:
        assert list(tmp_path.glob("*.sqlite"))
        del chosen

    assert not list(tmp_path.glob("*.sqlite"))


def test_a_long_account_is_selected_in_little_memory(tmp_path: Path) -> None:
    import tracemalloc

    def lines() -> Iterator[bytes]:
        for n in range(30_000):
            published = NOON - timedelta(minutes=n)
            item = {"id": f"{n}", "stream": "posts", "kind": "post", "text": "Hej från Exempelvik " * 10}
            yield json.dumps(item | {"published": f"{published:%Y-%m-%dT%H:%M:%S.000000Z}"}).encode() + b"\n"

    capture = sealed(tmp_path / "long")
    (capture / "items.jsonl").write_bytes(b"".join(lines()))
    tracemalloc.start()
    with Selection(capture, order(), previous=None, whole=True, work=tmp_path) as chosen:
        assert sum(1 for _ in entries(chosen)) == 30_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 4_000_000


def test_a_list_that_is_not_whole_and_one_that_was_not_read_make_nothing_vanish(tmp_path: Path) -> None:
    before = [post(9), post(7), replace(post(6), stream="ratings")]
    now = sealed(tmp_path / "now", items=[post(9)])
    ledger = json.loads((now / "ledger.json").read_text())
    ledger["lists"] = [{"stream": "posts", "verdict": "not whole"}]
    (now / "ledger.json").write_text(json.dumps(ledger))
    then = previous(sealed(tmp_path / "then", items=before))

    with Selection(now, order(), previous=then, whole=False, work=tmp_path) as chosen:
        assert [one["id"] for one in chosen.unseen()] == ["0007", "0006"]
        assert chosen.counts["vanished"] == 0


def picture_changed(line: bytes) -> bytes:
    item = json.loads(line)
    for file in item.get("media", ()):
        file |= {"sha256": "ab" * 32, "path": f"media/{'ab' * 32}.jpg"}
    return json.dumps(item).encode() + b"\n"


def test_another_picture_under_the_same_id_is_a_change_and_the_old_one_is_named_where_it_lies(tmp_path: Path) -> None:
    face = replace(with_picture(9, "avatar"), kind="profile")
    now, then = sealed(tmp_path / "now", items=[face]), sealed(tmp_path / "then", items=[face])
    lines = [picture_changed(line) for line in (then / "items.jsonl").read_bytes().splitlines()]
    media = [b"path,sha256,size,package\r\n", f"media/x.jpg,{'ab' * 32},5,first\r\n".encode()]
    known = Previous(objid="before", order="x", items=lambda: iter(lines), media=lambda: iter(media))

    with Selection(now, order(), previous=known, whole=False, work=tmp_path) as chosen:
        old, new = chosen.profile()
        assert changes(chosen) == {"0009": "changed"}
        assert (old["kind"], old["media"][0]["package"]) == ("version", "first")
        assert "package" not in new["media"][0]
        assert [row["package"] for row in chosen.earlier_media()] == ["first"]


def test_texts_that_are_no_texts_are_selected_and_what_xml_forbids_is_counted(tmp_path: Path) -> None:
    odd = [replace(post(1, "a\x00b\x0bc\ud800"), id="\ud800"), reply(2, "\ud800")]

    with selection(tmp_path, odd, odd) as chosen:
        assert chosen.counts["controls"] >= 3
        assert chosen.counts["unchanged"] == 2
