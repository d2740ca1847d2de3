"""The Swedish of errors and ledger: the table is held against the code that says those sentences in English."""

from __future__ import annotations

import ast
import re
import time
import tomllib
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from connectors._graph import ADVICE
from connectors.web import _Again, _down, _given_up
from model.errors import NotWhole
from pipeline._proof import Finding
from pipeline.cli import main
from pipeline.keys import key
from pipeline.swedish import found, parts, swedish
from stores import _s3_errors
from tests.runs import Run, fake_of, small_world
from tests.sentences import LAYERS, all_sentences, is_english

ROOT = Path(__file__).parent.parent
STAND_INS = ("7", "gone", "HTTP 7", "image/jpeg", "archive", "made-up")
# What only comes together while running: the parts of a sentence that stand in variables.
JOINED = (
    ": not whole.", ": cannot be proven.", "belongs to @x", "a WARC is missing", "an index is missing",
    *(f"{one} is one folder, and no name in it leads out of it" for one in ("a package", "a bag")),
    *(f"the list is {why}" for why in ("forbidden", "too-large", "not-offered", "by-decision")),
    "account: the register has no account ''", "case: a diary number looks like KS 2026/123 or EX 1/26, and it says ''",
    *(f"account: x has the status {status!r} in the register" for status in ("applied", "archived", "closed")),
    *(f"decided: a day is written 2026-11-02, and it says {text!r}" for text in ("", "x")),
    *(f"announced: a day is written 2026-11-02, and it says {text!r}" for text in ("", "x")),
    *(f"{day}: x has not come yet" for day in ("decided", "announced")),
    *(f"{day}: x is before there were any such accounts" for day in ("decided", "announced")),
)  # fmt: skip


def _sentences() -> Iterator[str]:
    """Every text in the code, with something standing in for what is filled in."""
    for folder in LAYERS:
        for path in (ROOT / folder).glob("*.py"):
            if path.name == "swedish.py":
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value
                elif isinstance(node, ast.JoinedStr):
                    for stand_in, quoted in product(STAND_INS, ("'x'",)):
                        yield "".join(_part(part, stand_in, quoted) for part in node.values)


def _part(part: ast.expr, stand_in: str, quoted: str) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    return quoted if isinstance(part, ast.FormattedValue) and part.conversion == ord("r") else stand_in


ALL = sorted({line for text in (*_sentences(), *JOINED) for line in text.split("\n")})
# What has no pair, and why: a file, or the beginning of a text.
NOT_SHOWN = {
    "archive_formats/_premis.py": "PREMIS, in the words of the standard",
    "whole with named gaps": "a verdict: VERDICTS has its Swedish, and so have the pages",
    "cannot be proven": "a verdict",
    "not whole": "a verdict",
    "not seen": "a word in a CSV, which LASMIG.txt explains",
    "Not specified": "FGS has no other word",
    "the one profile": "what profiles are compared by; shown nowhere",
    "The platform's answers as they came (WARC)": "the description in a WACZ",
    "place, start, length, at, asked, digest": "columns of a table",
    "software: arsring": "the first record of a WARC",
    "arsring/0.1": "what the servers are told who asks",
    "look after the archive itself": "help of a command, as all of them",
    "staging: %s": "a line of the log",
    "where captures under way lie": "help of a command",
    "facebook-sdk tried to send": "only where our own code was changed",
    "instaloader tried to log in": "only where our own code was changed",
    "stamina either returns": "cannot be",
    "a person is asked, and": "cannot be",
    "there are Xa leaves": "only where our own code was changed",
}


def test_every_sentence_that_a_person_can_be_shown_has_its_swedish() -> None:
    wrong = []
    for one in all_sentences():
        if one.place.rpartition(":")[0] in NOT_SHOWN or one.text.startswith(tuple(NOT_SHOWN)):
            continue
        said = swedish(one.text)
        lost = [hole for hole in one.holes if hole not in said]
        if said == one.text or is_english(said) or lost:
            wrong.append(f"{one.place}: {one.text!r}" + (f" → {said!r}" if said != one.text else ""))

    assert not wrong, "no Swedish, or not all of it (pipeline/svenska.toml):\n" + "\n".join(wrong)


def test_each_thing_that_is_not_shown_is_still_there() -> None:
    there = [(one.place.rpartition(":")[0], one.text) for one in all_sentences()]

    gone = [
        begins for begins in NOT_SHOWN if not any(begins == file or text.startswith(begins) for file, text in there)
    ]
    assert not gone


def test_a_sentence_without_a_pair_and_one_with_a_lost_figure_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline import swedish as module

    pairs = tuple(pair for pair in module._pairs() if "another closure" not in "".join(pair[0]))
    short = tuple((english, tuple("days" if part == "most" else part for part in said)) for english, said in pairs)
    monkeypatch.setattr(module, "_pairs", lambda: short)

    with pytest.raises(AssertionError, match=r"another closure(?s:.*)a lock is set for 1 to"):
        test_every_sentence_that_a_person_can_be_shown_has_its_swedish()


def test_what_is_missing_is_told_in_swedish(tmp_path: Path) -> None:
    from tests.fakes.faults import ALL as FAULTS

    world = small_world()

    run = Run(tmp_path, fake_of(world, FAULTS["ends early"].make(world))).go()

    told = swedish(str(run.error))
    assert "inte komplett" in told
    assert "saknas, och ingenting säger varför" in told
    assert not {"the", "was", "and", "is", "that"} & set(told.split()), told


def test_a_missing_key_and_a_server_that_is_down_are_told_in_swedish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARSRING_KEY_FINNS_INTE", raising=False)

    with pytest.raises(Exception, match="nowhere") as caught:
        key("finns-inte")

    assert swedish(str(caught.value)).startswith("Registret nämner nyckeln ”finns-inte”, men den finns ingenstans.")
    assert "Servern verkar ligga nere" in swedish(str(_down("https://x.example/", "HTTP 500")))


def pairs() -> list[tuple[str, str]]:
    rows = tomllib.loads((ROOT / "pipeline" / "svenska.toml").read_text(encoding="utf-8"))
    return [(english, said) for part in rows.values() for english, said in part]


@pytest.mark.parametrize(("english", "said"), pairs(), ids=[said[:40] for _, said in pairs()])
def test_each_pair_is_of_a_sentence_that_the_code_says_and_fills_in_the_same(english: str, said: str) -> None:
    holes = set(re.findall(r"\{(\w+)\}", english))

    assert set(re.findall(r"\{(\w+)\}", said)) <= holes
    assert any(found(parts(english), line) for line in ALL), f"nothing in the code says {english!r} any more"
    filled = re.sub(r"\{(\w+)\}", r"<\1>", english)
    assert swedish(filled) == re.sub(r"\{(\w+)\}", r"<\1>", said)


def test_a_package_that_cannot_be_copied_is_not_to_be_tried_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "x.zip"
    broken.write_bytes(b"PK")
    decision = str(ROOT / "docs/examples/beslut.toml")

    assert main(["disclose", str(broken), "--decision", decision, "--into", str(tmp_path / "y.zip")]) == NotWhole.status

    told = capsys.readouterr().err
    assert "hämta ett annat exemplar ur arkivet" in told
    assert "Kör igen" not in told


def test_a_finding_s_own_english_words_are_told_in_swedish() -> None:
    verdict = Finding("open", "whole", {"verdict": "not whole"}).text("sv")
    stamp = Finding("fault", "stamp_false", {"name": "x", "over": "y", "why": "it is over something else"}).text("sv")
    odd = Finding("open", "whole", {"verdict": ["odd"]}).text("sv")

    assert verdict.endswith("omdömet där är: inte komplett.")
    assert stamp == "Tidsstämpeln x gäller inte för y (den gäller något annat)."
    assert "['odd']" in odd


def test_what_is_put_together_of_parts_is_swedish_to_its_end() -> None:
    codes = (*_s3_errors._ALLOWED, "NoSuchKey", "NoSuchBucket", "AccessDenied", "SlowDown", "Odd")
    told = [str(_s3_errors.told(code, 400, "PutObject", "ingest", "https://lager.example/x")) for code in codes]
    told += [str(_s3_errors.unreachable("PutObject", "https://lager.example/x", "ReadTimeoutError"))]
    told += [f"https://x.example/: the key is refused (HTTP 400 {code}). {advice}" for code, advice in ADVICE.items()]
    told += [str(_given_up(again, "https://x.example/", file=False)) for again in (
        _Again("the connection failed (ReadTimeout)"), _Again("HTTP 429", 7200.0), _Again("HTTP 400 1", less=True),
    )]  # fmt: skip

    assert {one: swedish(one) for one in told if is_english(swedish(one))} == {}


@pytest.mark.parametrize("times", [400, 100_000])
def test_a_name_made_to_be_read_in_many_ways_is_read_at_once(times: int) -> None:
    begun = time.process_time()

    swedish("x" + ": in y, and missing, and not as" * times)

    assert time.process_time() - begun < 2
