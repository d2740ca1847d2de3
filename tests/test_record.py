"""The record: what was heard, in WARC 1.1, whole after a kill, and the same bytes whoever was faster."""

from __future__ import annotations

import errno
import gzip
import random
import resource
import threading
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.cli import main as warcio

from connectors import record as records
from connectors.record import Heard, Record
from model.errors import NotWhole
from tests.captures import NOON, heard

NOW = NOON + timedelta(minutes=5)
HASH = sha256(b"a picture").hexdigest()
FILE: dict[str, str | int] = {
    "path": f"media/{HASH}.jpg",
    "size": 9,
    "sha256": HASH,
    "sha512": "0",
    "type": "image/jpeg",
}
ODD = [
    heard(1),
    heard(2, b""),
    heard(3, bytes(range(256)) * 50),
    heard(4, random.Random(4).randbytes(500_000)),
    heard(5, b"\x1f\x8b\x08 not a zip, but begins like one", status=404, reason="Not Found"),
    heard(6, b"WARC/1.1\r\nWARC-Type: response\r\nContent-Length: 7\r\n\r\n", reason=""),
    heard(7, "åäö ".encode() * 99, headers=(("X-Name", "Br\xe5ten"), ("X-Name", "twice"), ("X-Empty", ""))),
    heard(8, b"moved", asked="https://social.exempelvik.example/old"),
    heard(9, b"", method="FILE", file=FILE),
    heard(10, b"\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", scrubbed=3, listing=2),
]


def kept(folder: Path, answers: list[Heard]) -> Path:
    record = Record(folder)
    for answer in answers:
        record.keep(answer)
    record.close()
    return folder / "00001.warc.gz"


def found(folder: Path, answers: list[Heard]) -> list[bool]:
    """Which of the answers the record has."""
    record = Record(folder)
    have = [record.find(each.method, each.asked, NOW) is not None for each in answers]
    record.close()
    return have


def warcio_says(path: Path) -> tuple[int, str]:
    """What `warcio check -v` says of a file, and its exit status."""
    out = StringIO()
    with redirect_stdout(out), pytest.raises(SystemExit) as ended:
        warcio(["check", "-v", str(path)])
    return int(ended.value.code or 0), out.getvalue()


def check_with_warcio(path: Path) -> str:
    status, said = warcio_says(path)
    assert status == 0, said
    return said


@pytest.mark.parametrize("answer", ODD, ids=lambda each: str(each.url[-1]))
def test_what_is_kept_is_found_again_byte_for_byte(answer: Heard, tmp_path: Path) -> None:
    kept(tmp_path, [answer])

    record = Record(tmp_path)
    back = record.find(answer.method, answer.asked, NOW)
    record.close()

    assert back is not None
    assert replace(back, sent=answer.sent, raw="") == answer
    assert back.raw.startswith("<urn:uuid:")


def test_another_implementation_finds_every_digest_right(tmp_path: Path) -> None:
    kept(tmp_path / "segments", ODD)
    record = Record(tmp_path / "segments")
    record.seal(tmp_path / "raw", "order")
    record.close()
    (path,) = (tmp_path / "raw").iterdir()

    said = check_with_warcio(path)

    kinds = [line.split()[-1] for line in said.splitlines() if "WARC-Record-ID" in line]
    assert [kinds.count(kind) for kind in ("warcinfo", "request", "response", "revisit")] == [1, 10, 9, 1]
    assert said.count("digest pass") == 20, "all but the revisit, whose body is a file of its own"
    assert "fail" not in said


def test_a_spoilt_digest_would_be_seen_by_that_implementation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_digest", lambda data: "sha256:" + "A" * 52)
    path = kept(tmp_path, ODD[:2])

    status, said = warcio_says(path)

    assert status == 1
    assert "digest failed" in said


def test_every_record_is_a_gzip_member_of_its_own_behind_its_request(tmp_path: Path) -> None:
    path = kept(tmp_path, ODD[:3])

    with path.open("rb") as file:
        parts = list(records._members(file))
    with path.open("rb") as file:
        kinds = [(each.rec_type, each.rec_headers.get_header("WARC-Concurrent-To")) for each in ArchiveIterator(file)]
    with path.open("rb") as file:
        ids = [each.rec_headers.get_header("WARC-Record-ID") for each in ArchiveIterator(file)]

    assert len(parts) == 6
    assert kinds == [
        ("request", ids[1]),
        ("response", None),
        ("request", ids[3]),
        ("response", None),
        ("request", ids[5]),
        ("response", None),
    ]
    assert sum(length for _, length, _ in parts) == path.stat().st_size


def test_a_record_torn_by_a_kill_is_cut_and_only_that(tmp_path: Path) -> None:
    answers = [heard(1), heard(2, random.Random(1).randbytes(400)), heard(3)]
    data = kept(tmp_path / "whole", answers).read_bytes()
    ends = [kept(tmp_path / f"of{count}", answers[:count]).stat().st_size for count in (1, 2, 3)]

    for place in range(1, len(data), 29):
        folder = tmp_path / f"cut{place}"
        folder.mkdir()
        (folder / "00001.warc.gz").write_bytes(data[:place])
        due = [end <= place for end in ends]
        assert found(folder, answers) == due, place
        assert (folder / "00001.warc.gz").stat().st_size == max([0, *(end for end in ends if end <= place)])


def test_after_a_torn_end_the_record_goes_on_and_is_whole(tmp_path: Path) -> None:
    path = kept(tmp_path / "s", [heard(1), heard(2)])
    path.write_bytes(path.read_bytes()[:-30])

    kept(tmp_path / "s", [heard(2), heard(3)])
    record = Record(tmp_path / "s")
    record.seal(tmp_path / "raw", "order")
    record.close()

    (sealed,) = (tmp_path / "raw").iterdir()
    assert [each.url[-1] for each in records.records(sealed)] == ["1", "2", "3"]
    check_with_warcio(sealed)


def _spoil(at: float, with_what: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data[: int(len(data) * at)] + with_what + data[int(len(data) * at) :]


FOREIGN: dict[str, Callable[[bytes], bytes]] = {
    "bytes in front": _spoil(0, b"foreign bytes"),
    "bytes in the middle": _spoil(0.5, b"foreign bytes"),
    "zeros in the middle": lambda data: data[:400] + bytes(200) + data[600:],
    "a flipped byte": lambda data: data[:500] + bytes([data[500] ^ 255]) + data[501:],
    "a piece taken out": lambda data: data[:300] + data[500:],
    "a zip of something else": _spoil(0, gzip.compress(b"something else")),
}


@pytest.mark.parametrize("how", FOREIGN)
@pytest.mark.parametrize("segments", [1, 2])
def test_foreign_bytes_in_the_middle_are_told_and_nothing_is_cut(how: str, segments: int, tmp_path: Path) -> None:
    path = kept(tmp_path, [heard(number) for number in range(1, 6)])
    if segments == 2:
        kept(tmp_path, [heard(7)])
    spoilt = FOREIGN[how](path.read_bytes())
    path.write_bytes(spoilt)

    with pytest.raises(NotWhole, match=r"broken at byte .* move the folder aside"):
        Record(tmp_path)

    assert path.read_bytes() == spoilt


def test_the_same_answers_in_any_order_of_threads_are_sealed_as_the_same_bytes(tmp_path: Path) -> None:
    def sealed(name: str, answers: list[Heard], threads: int) -> bytes:
        record = Record(tmp_path / name)
        share = [threading.Thread(target=lambda part=part: [record.keep(each) for each in part]) for part in
                 (answers[start::threads] for start in range(threads))]  # fmt: skip
        for each in share:
            each.start()
        for each in share:
            each.join()
        record.seal(tmp_path / f"{name}-raw", "order")
        record.close()
        return b"".join(path.read_bytes() for path in sorted((tmp_path / f"{name}-raw").iterdir()))

    answers = [heard(number, at=NOON + timedelta(seconds=number // 10)) for number in range(200)]
    mixed = random.Random(3).sample(answers, len(answers))

    assert sealed("one", answers, 1) == sealed("eight", mixed, 8) == sealed("two", answers[::-1], 2)


def test_segments_are_closed_and_sealed_as_one_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "SEGMENT", 2_000)
    answers = [heard(number, random.Random(number).randbytes(300)) for number in range(20)]
    kept(tmp_path / "s", answers)
    assert len(list((tmp_path / "s").glob("*.warc.gz"))) > 3

    record = Record(tmp_path / "s")
    record.seal(tmp_path / "raw", "order")
    record.close()

    raw = sorted((tmp_path / "raw").iterdir())
    assert [path.name for path in raw] == [f"order-{number:05}.warc.gz" for number in range(len(raw))]
    assert [each.body for path in raw for each in records.records(path)] == [each.body for each in answers]
    assert [path.name for path in raw if path.stat().st_size > 2_000 + 500] == []
    for path in raw:
        check_with_warcio(path)


def test_a_full_disk_leaves_no_half_record(tmp_path: Path) -> None:
    """The kernel takes the part that there is room for, and says so only when asked for the rest."""
    record = Record(tmp_path)
    record.keep(heard(1))
    size = (tmp_path / "00001.warc.gz").stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 300, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            record.keep(heard(2, random.Random(2).randbytes(2_000)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert (tmp_path / "00001.warc.gz").stat().st_size == size
    record.keep(heard(3))
    assert [record.find("GET", heard(number).url, NOW) is not None for number in (1, 2, 3)] == [True, False, True]
    record.close()
    assert found(tmp_path, [heard(1), heard(2), heard(3)]) == [True, False, True]


def test_a_write_that_takes_only_a_part_is_gone_on_with(tmp_path: Path) -> None:
    record = Record(tmp_path)
    record.keep(heard(1))
    record._out = _Slow(record._out)  # type: ignore[assignment]
    record.keep(heard(2, b"x" * 5_000))
    record._out.full = True  # type: ignore[union-attr]
    with pytest.raises(OSError, match="No space"):
        record.keep(heard(3))
    record._out.full = False  # type: ignore[union-attr]
    record.keep(heard(4))
    record.close()

    assert found(tmp_path, [heard(number) for number in (1, 2, 3, 4)]) == [True, True, False, True]


class _Slow:
    """A file that takes a hundred bytes at a time, and when full half of them first."""

    def __init__(self, file: Any) -> None:
        self.file, self.full = file, False

    def write(self, data: bytes) -> int:
        if self.full and len(data) < 400:
            raise OSError(errno.ENOSPC, "No space left on device")
        return int(self.file.write(data[:100]))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


def test_an_answer_has_a_shelf_life(tmp_path: Path) -> None:
    record = Record(tmp_path, shelf_life=timedelta(hours=20))
    record.keep(heard(1))

    fresh = record.find("GET", heard(1).url, heard(1).at + timedelta(hours=20))
    stale = record.find("GET", heard(1).url, heard(1).at + timedelta(hours=20, seconds=1))
    record.close()

    assert fresh is not None
    assert stale is None


@pytest.mark.parametrize(
    ("status", "stands"),
    [(200, True), (204, True), (404, True), (410, True), (500, False), (429, False), (401, False), (302, False)],
)
def test_only_a_good_answer_stands_in_for_a_new_one(status: int, stands: bool, tmp_path: Path) -> None:
    record = Record(tmp_path)
    record.keep(heard(1, status=status))

    assert (record.find("GET", heard(1).url, NOW) is not None) is stands
    record.close()


def test_the_last_of_several_answers_stands_in_and_listings_are_kept_apart(tmp_path: Path) -> None:
    record = Record(tmp_path)
    first, second = record.keep(heard(1, b"first")), record.keep(heard(1, b"second"))
    record.keep(heard(1, b"of the second reading", listing=2))

    assert (first.nth, second.nth) == (0, 1)
    assert first.raw != second.raw
    assert [record.find("GET", heard(1).url, NOW, listing).body for listing in (1, 2, None)] == [  # type: ignore[union-attr]
        b"second", b"of the second reading", b"of the second reading",
    ]  # fmt: skip
    assert record.find("POST", heard(1).url, NOW) is None
    assert record.find("GET", heard(1).url, NOW, 3) is None
    record.close()


def test_the_index_is_derived_and_a_broken_one_is_made_anew(tmp_path: Path) -> None:
    kept(tmp_path, [heard(1)])
    (tmp_path / "index.sqlite").write_bytes(b"rubbish" * 999)

    assert found(tmp_path, [heard(1), heard(2)]) == [True, False]
