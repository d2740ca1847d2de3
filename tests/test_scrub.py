"""What is taken out of a text before it is written down, and what is not."""

from __future__ import annotations

import json
import time
from urllib.parse import quote

import pytest

from connectors._scrub import NAMES, Scrub

KEYS = ["hemlig-nyckel-8fK2pQ", "a/b+c=", 'med "citat"\\', "åäö-nyckel", "EAAB|17.x", "två ord", ".*"]


def scrub(*keys: str | None) -> Scrub:
    made = Scrub()
    for key in keys:
        made.learn(key)
    return made


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_taken_out_in_every_usual_form(key: str) -> None:
    forms = [key, quote(key), quote(key, safe=""), quote(key, safe="").lower(), json.dumps(key)[1:-1],
             json.dumps(key, ensure_ascii=False)[1:-1], key.replace("/", "\\/")]  # fmt: skip

    for form in forms:
        if form.lower() != form or form in (key, quote(key)):
            assert scrub(key).text(f"före {form} efter") == "före [removed] efter", form


def test_a_key_escaped_letter_by_letter_is_taken_out() -> None:
    key = "aZ9-/"
    patterns = ("\\u{:04x}", "\\u{:04X}", "%{:02x}", "%{:02X}", "&#{};", "&#x{:x};", "&#x{:X};", "&#00{};")
    forms = ["".join(pattern.format(ord(letter)) for letter in key) for pattern in patterns]

    for form in forms:
        assert scrub(key).bytes(form.encode()) == (b"[removed]", 1), form


def test_one_key_inside_another_leaves_no_rest() -> None:
    for keys in (("abc", "abcdef"), ("abcdef", "abc")):
        assert scrub(*keys).text("abcdef abc") == "[removed] [removed]"


def test_no_key_is_no_key() -> None:
    none = scrub(None, "")

    assert none.bytes(b"all of it stays") == (b"all of it stays", 0)


@pytest.mark.parametrize("odd", [7, None, [], {"a": 1}, b"x", "halv \ud83d"])
def test_what_is_no_text_is_not_learned_and_harms_nothing(odd: object) -> None:
    made = scrub()

    made.learn(odd)

    assert made.text("7 None halv") == "7 None halv"


@pytest.mark.parametrize("name", NAMES)
def test_what_stands_where_a_key_would_stand_is_taken_out_by_its_name(name: str) -> None:
    there = "https:\\/\\/x.example\\/"
    texts = {
        f"https://x.example/?a=1&{name}=okänd%7Cx&b=2": f"https://x.example/?a=1&{name}=[removed]&b=2",
        f"https://x.example/?{name}=okänd": f"https://x.example/?{name}=[removed]",
        f'"{there}?{name}=ok\\/änd\\u0026b=2"': f'"{there}?{name}=[removed]\\u0026b=2"',
        f"x?a=1&amp;{name}=okänd&amp;b": f"x?a=1&amp;{name}=[removed]&amp;b",
        f"u=https%3A%2F%2Fx%3F{name}%3Dokand%26b%3D2": f"u=https%3A%2F%2Fx%3F{name}%3D[removed]%26b%3D2",
        f'{{"{name}": "ok\\"än\\/d", "b": 2}}': f'{{"{name}": "[removed]", "b": 2}}',
        f'{{"{name}":"okänd"}}': f'{{"{name}":"[removed]"}}',
    }

    assert {text: scrub().text(text) for text in texts} == texts


@pytest.mark.parametrize(
    "text",
    ["Glöm inte att byta password=ofta", 'Hon sade "password" och gick',
     "access_token",
     "&#39;token&#39; \\u003cb\\u003e %C3%A5",
     '{"content": "skriv \\"password\\": \\"hej\\" här"}', "", "[removed]"],
)  # fmt: skip
def test_what_people_write_stays(text: str) -> None:
    assert scrub("hemlig").text(text) == text


def test_headers_that_are_keys_go_and_others_stay() -> None:
    sent = [
        ("Authorization", "Bearer x"),
        ("COOKIE", "a=1"),
        ("set-cookie", "b=2"),
        ("Accept", "*/*"),
        ("X-A", "hemlig"),
    ]

    assert [value for _, value in scrub("hemlig").headers(sent)] == ["[removed]"] * 3 + ["*/*", "[removed]"]


def test_it_says_how_many_it_took_out() -> None:
    assert scrub("hemlig").bytes(b'hemlig hemlig "password": "x" \\u0068emlig')[1] == 4


def test_a_lone_surrogate_passes_through() -> None:
    assert scrub("hemlig").text("halv \ud83d hemlig") == "halv \ud83d [removed]"


def test_no_text_makes_it_slow() -> None:
    """Escapes everywhere, and each of them the beginning of a key: a hostile answer must not stop the run."""
    made, begun = scrub("a" * 60), time.process_time()

    for text in (
        b"\\u0061" * 40_000,
        b"%61" * 59 + b"?" * 100_000,
        b'"password": "' * 20_000,
        b"&access_token" * 20_000,
    ):
        made.bytes(text)

    assert time.process_time() - begun < 5
