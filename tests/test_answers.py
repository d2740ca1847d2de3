"""The raw behind a post: where its answer stands in the record is told under Bevis, whatever the package looks like."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

from connectors.record import records
from model.settings import Profile, Settings
from pipeline import line
from pipeline.answers import Answers
from reading.views import Answer
from tests.captures import sealed
from tests.pages import BEFORE, Parsed, alone, gap, post, supplement, written
from tests.runs import Run, fake_of, small_world

RECORD = "representations/raw/data/a-00000.warc.gz"
FOUND = Answer(RECORD, 512, 1024, "2026-12-01T11:00:00Z", "https://x.example/1", "ab")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """An account that has been taken, pictures and all."""
    run = Run(tmp_path_factory.mktemp("run"), fake_of(small_world(posts=30, media=5, with_media=5, comments=9)))
    line.take(run.order, run.place, run.key)
    return run


def test_each_answer_stands_where_the_index_says(run: Run, tmp_path: Path) -> None:
    capture = run.place.work / run.order.id
    met = 0

    with Answers(capture, tmp_path) as answers:
        for path in (capture / "raw").glob("*.warc.gz"):
            for one in records(path):
                found = answers.find(one.raw)
                assert found
                data = path.read_bytes()[found.start : found.start + found.length]
                assert f"WARC-Record-ID: {one.raw}\r\n".encode() in zlib.decompress(data, 31)
                assert found.asked == one.asked
                assert found.digest == (one.file["sha256"] if one.file else sha256(one.body).hexdigest())
                met += 1
        assert answers.find("<urn:uuid:nobody's>") is None

    assert met > 10
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_record_of_ours_is_passed_by(tmp_path: Path) -> None:
    capture = sealed(tmp_path)
    (capture / "raw" / "odd.warc.gz").write_bytes(b"no gzip")

    with Answers(capture, tmp_path) as answers:
        assert answers.find("") is None


@pytest.mark.parametrize("made", ["eark-2.2.0", "fgs-2.0", "fgs-1.2", "ocfl"])
def test_every_way_to_the_record_leads_to_the_answer_in_the_package(made: str, run: Run, tmp_path: Path) -> None:
    decided = Settings(formats=("ocfl",)) if made == "ocfl" else Settings(agreement="EXV-2026-04", profile=_of(made))
    place = replace(run.place, settings=decided)
    with zipfile.ZipFile(line.pack(run.order.id, place).path) as packed:
        packed.extractall(tmp_path)
    pages = [page for page in tmp_path.rglob("*.html") if page.parent.name in ("data", "en")]

    met = set[tuple[str, str, str, str]]()
    for page in pages:
        for href in Parsed(page).all("a", "href"):
            assert _there(page, href)
        met |= set(_told(page))

    assert len(met) > 5
    (record,) = set(tmp_path.rglob("*.warc.gz"))
    whole = record.read_bytes()
    for path, start, length, digest in met:
        assert record.as_posix().endswith(path)
        body = zlib.decompress(whole[int(start) : int(start) + int(length)], 31)
        assert f"WARC-Payload-Digest: sha256:{digest}\r\n".encode() in body


def _of(name: str) -> Profile:
    return name  # type: ignore[return-value]


def _there(page: Path, href: str) -> bool:
    """Whether a link leads to a file of the package; those to the web are links that nobody follows by itself."""
    way = unquote(urldefrag(href)[0])
    return "://" in way or not way or (page.parent / way).is_file()


def _told(page: Path) -> list[tuple[str, str, str, str]]:
    """(file, from byte, length, SHA-256) of each answer that a page tells of."""
    words = Parsed(page).said.split()
    ours = [place for place, word in enumerate(words) if word.endswith(".warc.gz")]
    found = []
    for at in ours:
        rest = words[at : at + 60]
        place = next(place for place, word in enumerate(rest) if word in ("byte", "bytes"))  # 1024 byte från byte 512
        found.append((rest[0], rest[place + 3], rest[place - 1], next(word for word in rest if len(word) == 64)))
    return found


@pytest.mark.parametrize("page", ["2026-03.html", "en/2026-03.html", "saknas.html", "en/saknas.html"])
def test_a_post_and_a_gap_tell_where_their_answer_stands(page: str, tmp_path: Path) -> None:
    chosen = alone(post(raw="<urn:uuid:1>", also="<urn:uuid:1>"))
    chosen.lost = [gap("9", raw="<urn:uuid:1>")]

    folder = written(tmp_path, chosen, answers={"<urn:uuid:1>": FOUND}.get)

    parsed = Parsed(folder / page)
    up = "../../../raw/data/" if page.startswith("en/") else "../../raw/data/"
    ways = [known["href"] for tag, known in parsed.tags if tag == "a" and known.get("class") == "record"]
    assert ways == [f"{up}a-00000.warc.gz"] * (1 if "saknas" in page else 2)
    span = "1024 bytes from byte 512" if page.startswith("en/") else "1024 byte från byte 512"
    for told in (RECORD, span, "https://x.example/1", "ab"):
        assert told in parsed.said
    assert "https://x.example/1" not in parsed.all("a", "href")


def test_what_was_read_for_the_package_before_lies_in_its_record(tmp_path: Path) -> None:
    chosen = alone(post(raw="<urn:uuid:1>"))
    chosen.gone = [post("2", raw="<urn:uuid:2>"), post("3", raw="supplied/export.zip#inlagg.json")]

    folder = written(tmp_path, chosen, answers={"<urn:uuid:1>": FOUND}.get, **supplement())

    said = Parsed(folder / "borttaget.html").said
    assert said.count(f"inspelningen i ett tidigare arkivpaket: {BEFORE}") == 1
    assert "supplied/export.zip#inlagg.json" in said
    assert "arkivpaket: exv" not in Parsed(folder / "2026-03.html").said


def test_what_is_not_in_the_package_is_told_without_a_way(tmp_path: Path) -> None:
    def where(path: str) -> str:
        return "" if "/raw/" in path else path

    folder = written(tmp_path, alone(post(raw="<urn:uuid:1>")), answers=lambda raw: FOUND, where=where)

    parsed = Parsed(folder / "2026-03.html")
    assert "a-00000.warc.gz" in parsed.said
    assert [way for way in parsed.all("a", "href") if "raw" in way] == []


@pytest.mark.parametrize("page", ["2026-03.html", "en/2026-03.html", "saknas.html", "en/saknas.html"])
def test_an_address_on_the_record_stays_text(page: str, tmp_path: Path) -> None:
    hostile = replace(FOUND, asked="https://x.example/\x01w proof\x02</bdi><script>1</script>", digest="<img src=x>")
    chosen = alone(post(raw="<urn:uuid:1>"))
    chosen.lost = [gap("9", raw="<urn:uuid:1>")]

    parsed = Parsed(written(tmp_path, chosen, answers=lambda raw: hostile) / page)

    assert "https://x.example/⟦U+0001⟧w proof⟦U+0002⟧</bdi><script>1</script>" in parsed.text
    assert "<img src=x>" in parsed.text
    assert {"script", "img"} & {tag for tag, _ in parsed.tags} == set()
