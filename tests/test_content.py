"""The data for programs: what another program reads in it is what was captured."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model import made as makings
from model.made import About, Made
from model.nouns import Choice, Item
from model.selection import Selection
from pipeline import content
from tests.captures import order, post, sealed
from tests.made_packages import about
from tests.test_selection import previous, reply, version, with_picture


def written(folder: Path, items: Sequence[Item], before: Sequence[Item] | None = None, **more: Any) -> Path:
    """What is made of a capture of these items; compared with one of those `before`."""
    now = sealed(folder / "now", items=items)
    ledger = json.loads((now / "ledger.json").read_text()) | {"lists": []}  # its figure counts replies and versions too
    (now / "ledger.json").write_text(json.dumps(ledger))
    then = previous(sealed(folder / "then", items=before)) if before is not None else None
    facts: dict[str, Any] = {"scope": "changes" if then else "whole", "previous": "before" if then else ""}
    of: About = about(now, order(), **facts | more)
    with (
        Selection(now, order(), previous=then, whole=not then, work=folder) as chosen,
        Made(folder / "made") as made,
    ):
        content.write(made, chosen, order(), of)
    return folder / "made"


def posts(made: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((made / "content/posts.json").read_bytes())["orderedItems"]
    return found


def table(made: Path, name: str) -> list[dict[str, str]]:
    text = (made / "content" / name).read_bytes().decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def every(things: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for thing in things:
        yield thing
        yield from every(thing.get("replies", {}).get("items", []))


def test_posts_are_an_ordered_collection_with_answers_nested_below_them(tmp_path: Path) -> None:
    items = [post(9), reply(8, "0009"), reply(7, "0008"), reply(6, "0009"), post(5)]
    made = written(tmp_path, items)

    whole = json.loads((made / "content/posts.json").read_bytes())
    first, second = whole["orderedItems"]

    assert whole["type"] == "OrderedCollection"
    assert whole["@context"][0] == "https://www.w3.org/ns/activitystreams"
    assert whole["totalItems"] == 2
    assert [one["id"] for one in every([first])] == ["0009", "0008", "0007", "0006"]
    assert first["replies"]["items"][0]["replies"]["items"][0]["inReplyTo"] == "0008"
    assert "replies" not in second


def test_one_object_stands_on_each_line(tmp_path: Path) -> None:
    made = written(tmp_path, [post(9), reply(8, "0009"), post(5)])

    lines = (made / "content/posts.json").read_text().splitlines()

    assert [line.count('"type": "Note"') for line in lines] == [0, 1, 1, 1, 0]


def test_an_item_is_told_in_the_words_of_activitystreams(tmp_path: Path) -> None:
    item = replace(
        with_picture(9, "bild", "Hej <b>"), title="Obs", language="sv", url="https://x.example/9", visibility="public",
        poll=(Choice(text="Ja", votes=3), Choice(text="Nej", votes=None)), counts={"likes": 4}, raw="a.warc.gz#1",
    )  # fmt: skip

    (named,) = posts(written(tmp_path / "named", [item], text="plain"))
    (found,) = posts(written(tmp_path, [item], text="html", title="summary"))

    assert (named["name"], "summary" in named) == ("Obs", False)

    assert (found["type"], found["content"], found["mediaType"]) == ("Question", "Hej <b>", "text/html")
    assert (found["summary"], found["url"], found["contentMap"]) == ("Obs", "https://x.example/9", {"sv": "Hej <b>"})
    assert found["oneOf"][0] == {
        "type": "Note", "name": "Ja", "replies": {"type": "Collection", "totalItems": 3},
    }  # fmt: skip
    assert found["oneOf"][1] == {"type": "Note", "name": "Nej"}
    (file,) = found["attachment"]
    assert (file["type"], file["mediaType"]) == ("Image", "image/jpeg")
    assert file["url"].startswith("media/")
    assert (found["arsring:counts"], found["arsring:raw"]) == ({"likes": 4}, "a.warc.gz#1")


def test_a_file_that_is_a_gap_has_no_place_in_the_package(tmp_path: Path) -> None:
    capture = sealed(tmp_path / "now", items=[with_picture(9, "bild")])
    line = json.loads((capture / "items.jsonl").read_text())
    line["media"] = [{"id": "bild", "url": "https://files.exempelvik.example/bild.jpg", "role": "original"}]
    (capture / "items.jsonl").write_text(json.dumps(line) + "\n")
    with (
        Selection(capture, order(), previous=None, whole=True, work=tmp_path) as chosen,
        Made(tmp_path / "made") as made,
    ):
        content.write(made, chosen, order(), about(capture, order()))

    (file,) = posts(tmp_path / "made")[0]["attachment"]
    (row,) = table(tmp_path / "made", "media.csv")

    assert "url" not in file
    assert file["arsring:address"] == row["url"] == "https://files.exempelvik.example/bild.jpg"
    assert row["path"] == ""


def test_both_texts_of_an_edit_and_what_has_vanished_are_there(tmp_path: Path) -> None:
    now = [post(9, "Nu"), version(10, "0009", "Först"), post(1, "Ny")]
    made = written(tmp_path, now, [post(9, "Förr"), post(7, "Borta")])

    found = {one["id"]: one for one in posts(made)}

    assert found["0009"]["arsring:versions"][0]["content"] == "Först"
    assert found["0009"]["arsring:before"]["content"] == "Förr"
    assert (found["0007"]["type"], found["0007"]["formerType"]) == ("Tombstone", "Note")
    assert found["0001"]["arsring:change"] == "new"
    assert [json.loads(row)["text"] for row in (made / "content/tombstones.jsonl").read_text().splitlines()] == [
        "Borta"
    ]
    rows = table(made, "changes_since_previous.csv")
    assert {row["id"]: (row["change"], row["before"], row["after"]) for row in rows} == {
        "0009": ("changed", "Förr", "Nu"), "0001": ("new", "", "Ny"), "0007": ("vanished", "Borta", ""),
    }  # fmt: skip


def test_tables_have_posts_comments_and_files(tmp_path: Path) -> None:
    items = [with_picture(9, "bild", "Rad ett\nrad ”två”; tre, fyra"), reply(8, "0009"), reply(7, "0008")]
    made = written(tmp_path, items)

    (one,) = table(made, "posts.csv")
    comments = table(made, "comments.csv")
    (file,) = table(made, "media.csv")

    assert one["text"] == "Rad ett\nrad ”två”; tre, fyra"
    assert one["files"] == "1"
    assert [(row["post"], row["reply_to"], row["id"]) for row in comments] == [
        ("0009", "0009", "0008"), ("0009", "0008", "0007"),
    ]  # fmt: skip
    assert file["item"] == "0009"
    assert [row["path"] for row in makings.media(made)] == [file["path"]]


@pytest.mark.parametrize("text", ["=1+1", "+46 8", "-", "@exempelvik", "'=1", '=HYPERLINK("https://x.example")'])
def test_a_text_never_becomes_a_formula_in_a_spreadsheet(text: str, tmp_path: Path) -> None:
    made = written(tmp_path, [post(9, text)])

    (row,) = table(made, "posts.csv")

    assert row["text"] == f"'{text}"
    assert posts(made)[0]["content"] == text


@given(st.lists(st.text(st.characters(codec=None), max_size=30), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_comes_through_json_as_it_was(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    """Control characters, lone surrogates, bidi marks, emoji."""
    items = [post(n, text) for n, text in enumerate(texts)]

    made = written(tmp_path_factory.mktemp("any"), items)

    assert {one["id"]: one.get("content", "") for one in posts(made)} == {item.id: item.text for item in items}
    assert len(table(made, "posts.csv")) == len(texts)


def test_the_account_is_told_as_an_actor_with_what_the_register_says(tmp_path: Path) -> None:
    profile = replace(post(1, "Vi svarar vardagar"), kind="profile", title="Exempelvik", fields={"Webb": "x"})
    made = written(tmp_path, [profile, post(2)], level="unique")

    found = json.loads((made / "content/account.json").read_bytes())

    assert (found["type"], found["name"], found["summary"]) == ("Organization", "Exempelvik", "Vi svarar vardagar")
    assert (found["arsring:level"], found["arsring:case"], found["arsring:status"]) == ("unique", "EX 1/26", "NEW")


def test_only_a_package_of_changes_tells_of_files_elsewhere(tmp_path: Path) -> None:
    whole = written(tmp_path / "a", [with_picture(9, "bild")])
    changes = written(tmp_path / "b", [with_picture(9, "bild"), post(1)], [with_picture(9, "bild")])

    assert not (whole / "content/earlier_media.csv").exists()
    (row,) = table(changes, "earlier_media.csv")
    assert row["package"] == "before"
    assert list(makings.media(changes)) == []


def test_the_same_capture_gives_the_same_data(tmp_path: Path) -> None:
    items = [with_picture(9, "bild"), reply(8, "0009")]
    one, other = written(tmp_path / "one", items), written(tmp_path / "other", items)

    assert list(makings.files(one)) == list(makings.files(other))


def test_what_could_not_be_seen_this_time_is_told_and_is_no_tombstone(tmp_path: Path) -> None:
    now, then = sealed(tmp_path / "now", items=[post(9)]), sealed(tmp_path / "then", items=[post(9), post(7, "Dold")])
    row = {"what": "posts", "why": "unreadable", "kind": "list", "stream": "posts"}
    (now / "gaps.jsonl").write_text(json.dumps(row) + "\n")
    with (
        Selection(now, order(), previous=previous(then), whole=False, work=tmp_path) as chosen,
        Made(tmp_path / "made") as made,
    ):
        content.write(made, chosen, order(), about(now, order(), scope="changes", previous="before"))

    (told,) = table(tmp_path / "made", "changes_since_previous.csv")

    assert (told["change"], told["id"], told["before"], told["after"]) == ("not seen", "0007", "Dold", "")
    assert (tmp_path / "made/content/tombstones.jsonl").read_bytes() == b""


@given(st.lists(st.text(max_size=12), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_a_table_is_read_back_as_it_was_written(texts: list[str]) -> None:
    out = io.BytesIO()
    rows = content.Table(out, ("text",))
    for text in texts:
        rows.put({"text": text})

    found = list(csv.DictReader(io.StringIO(out.getvalue().decode(), newline=""), skipinitialspace=False))

    assert [row["text"].removeprefix("'") for row in found] == texts
