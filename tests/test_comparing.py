"""Two wordings side by side: what differs is marked, nothing else is touched, and no text is too hard."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from model.selection import Entry, Thread
from reading import cleaning, comparing, views
from reading.comparing import marked
from tests.pages import Chosen, Parsed, file, post, written
from tests.test_pages import HOSTILE

_OURS = re.compile(r'<(ins|del) class="diff">|</(ins|del)>')


@pytest.mark.parametrize(
    ("older", "newer", "was", "now"),
    [
        ("Badet är stängt.", "Badet är öppet.", "Badet är [stängt].", "Badet är {öppet}."),
        ("Hej", "Hej", "Hej", "Hej"), ("", "Ny text", "", "{Ny text}"), ("Borta", "", "[Borta]", ""),
        ("a b c", "a x y c", "a [b] c", "a {x y} c"), ("a  b", "a b", "a  b", "a b"),
        ("kl. 9.30 på torget", "kl. 10.30 på torget", "kl. [9.30] på torget", "kl. {10.30} på torget"),
        ("<p>Ett <b>två</b> tre</p>", "<p>Ett <b>fyra</b> tre</p>", "<p>Ett <b>[två]</b> tre</p>",
         "<p>Ett <b>{fyra}</b> tre</p>"),
        ("<p>a</p>", "<p>a</p><p>b</p>", "<p>a</p>", "<p>a</p><p>{b}</p>"),
        ("a &amp; b", "a &lt; b", "a [&amp;] b", "a {&lt;} b"), ("a a a", "a a", "a a [a]", "a a"),
    ],
)  # fmt: skip
def test_what_differs_is_marked(older: str, newer: str, was: str, now: str) -> None:
    found = marked(Markup(older), Markup(newer))  # noqa: S704

    signs = {'<del class="diff">': "[", "</del>": "]", '<ins class="diff">': "{", "</ins>": "}"}
    assert [re.sub("<[^>]*>", lambda tag: signs.get(tag[0], tag[0]), one) for one in found] == [was, now]


_TEXT = st.text(st.sampled_from("ab &<>.,\n\"'é👩\u200d😀नमस्ते"), max_size=30) | st.sampled_from(HOSTILE)


@settings(max_examples=300, deadline=None)
@given(older=_TEXT, newer=_TEXT, html=st.booleans())
def test_nothing_but_marks_is_added(older: str, newer: str, html: bool) -> None:
    clean = cleaning.html if html else cleaning.plain

    texts = clean(older), clean(newer)
    found = marked(*texts)

    for one, text in zip(found, texts, strict=True):
        assert _OURS.sub("", one) == text
        inside = "".join(re.findall(r'<(?:ins|del) class="diff">(.*?)</(?:ins|del)>', one, re.DOTALL))
        assert "<" not in inside
    if texts[0] == texts[1]:
        assert found == texts


def test_the_hardest_texts_are_compared_too() -> None:
    """Short words that come again and again; beyond the most that is compared, they stand unmarked."""
    half = comparing.MOST // 2
    one = Markup(" ".join(str(n % 101) for n in range(half)))  # noqa: S704
    other = Markup(" ".join(str(n * 7 % 103) for n in range(half)))  # noqa: S704

    assert marked(one, other) != (one, other)
    assert marked(one + " " + one, other + " " + other) == (one + " " + one, other + " " + other)


def test_every_wording_stands_beside_the_next(tmp_path: Path) -> None:
    versions = [post("1/1", "<p>Badet är stängt.</p>", "version"), post("1/2", "<p>Badet öppnar.</p>", "version")]
    entry = Entry(post("1", "<p>Badet är öppet.</p>", media=[file()]), versions=versions, key="k")

    page = Parsed(written(tmp_path, Chosen({"2026-03": [Thread("t", [entry])]})) / "2026-03.html")

    assert "Lydelse: Badet är stängt . Så löd det sedan: Badet öppnar ." in page.said
    assert "Det här skiljer: texten, filerna ." in page.said or "Det här skiljer: texten, filerna." in page.said
    assert "Så står det nu: Badet är öppet ." in page.said
    assert [tag for tag, _ in page.tags if tag in ("ins", "del")] == ["del", "ins", "del", "ins"]


def test_the_account_is_shown_beside_what_it_was(tmp_path: Path) -> None:
    profile = [
        post("p", "<p>Öppet 8–16.</p>", "version", title="Exempelvik"), post("p", "<p>Öppet 9–16.</p>", "profile"),
    ]  # fmt: skip

    page = Parsed(written(tmp_path, Chosen(about=profile)) / "konto.html")

    assert page.all("article", "id") == ["konto-2"]
    assert "Det här skiljer: rubriken eller varningen, texten." in page.said
    assert ("details", {"class": "versions", "open": ""}) in page.tags


def test_what_an_older_version_does_not_tell_does_not_differ() -> None:
    told = post("1", "<p>Badet.</p>") | {"language": "sv", "visibility": "public"}
    untold = {name: value for name, value in told.items() if name not in ("language", "visibility")}
    older, newer = (views.item(one, "html") for one in (untold, told))

    assert "language" not in comparing.sides(older, newer)["differing"]
    assert "visibility" not in comparing.sides(older, newer)["differing"]
    assert comparing.sides(views.item(told | {"language": "fi"}, "html"), newer)["differing"] == ["language"]
