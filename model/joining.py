"""The second route: what the owner's export has, joined with what the platform's interface gave.

Joined by id; else by the second in which it was published and its text (letters composed, outer blanks aside), where
several fit the one with the same files; else by a file's name; else, where one alone was published in that second with
as many files, though its text differs. What only one of the two has, and what differs, is counted in the ledger and
named in differences.jsonl.
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from model.capture import Capture, dumps
from model.nouns import Doubt, Gap, Media
from model.times import when

EXPORT = "export"  # the stream of what an export has
_POSTS = ("post", "reel", "story")  # kinds that are published: what an export must have of its time
_OWN = ("posts", "media")  # streams with the account's own posts and no visitor's
_LIKE = {"comment": "reply", "reel": "video"}  # kinds that go by two names
# Kinds that are nothing else besides, as a film may be a post: a post that the platform hides is not its picture.
_APART = {"reply", "profile", "version", "photo", "album"}
_LOOKED_AT = 50  # candidates for one item
_ALWAYS = 2**40  # seconds from 1970, and back


def join(capture: Capture) -> None:
    """Find which item of the platform's each one of the export is, as far as there is one."""
    for side, query in (("api", "SELECT line FROM items"), (EXPORT, "SELECT line FROM exported")):
        for (line,) in capture.rows(query):
            capture.change("INSERT INTO facets VALUES (?,?,?,?,?,?,?,?,?)", side, *_facets(json.loads(line)))
    _by_id(capture)
    _by_text(capture)
    _by_file(capture)
    _by_second(capture)
    _mend(capture)


def adopt(capture: Capture) -> Iterator[tuple[str, int, Media]]:
    """Make an item of each that only the export has: (its id, the file's place, the file) of each file to copy."""
    capture.items += capture.change(
        "INSERT INTO items SELECT x.id, 0, x.sort, x.line FROM unjoined JOIN exported x USING (id)"
    )
    for id, line in capture.rows("SELECT x.id, x.line FROM unjoined JOIN exported x USING (id) ORDER BY x.sort"):
        for place, media in enumerate(json.loads(line).get("media", ())):
            yield id, place, Media(**media)


def settle(capture: Capture) -> None:
    """Lift the doubts that the export removes, and say of the others why it does not; doubt a stranger's export."""
    if not list(capture.rows(_READ)):
        return
    for stream, parent, since, until in list(capture.rows("SELECT stream, parent, since, until FROM doubts")):
        short = _short(capture, _second(since), _second(until)) if stream in _OWN else ""
        if short:
            capture.change(
                "UPDATE doubts SET why=why||? WHERE (stream, parent, since)=(?,?,?)", short, stream, parent, since
            )
        elif stream in _OWN:
            capture.change("DELETE FROM doubts WHERE (stream, parent, since)=(?,?,?)", stream, parent, since)
    begins, ends, many, _ = _posts(capture, EXPORT)
    _, _, shown, joined = _posts(capture, "api", begins, ends)
    if min(many, shown) > 2 and not joined:
        why = f"none of its {many} posts is among the {shown} that the platform shows of that time: is it another's?"
        capture.doubt(Doubt(stream=EXPORT, why=why, since=_moment(begins), until=_moment(ends)))


# Whether the export was read to its end, and is whole.
_READ = """
SELECT 1 FROM lists WHERE stream='export' AND ended=1
  AND NOT EXISTS (SELECT 1 FROM gaps WHERE stream='export' AND kind='list')
"""


def figures(capture: Capture) -> dict[str, int]:
    """How many are joined (and of these, how many differ in their text or files), and how many only one of the two has.

    `more_files` is there only if there are such.
    """
    begins, ends, _, _ = _posts(capture, EXPORT)
    ((joined, differ),) = capture.rows("SELECT count(*), coalesce(sum(differs), 0) FROM pairs")
    ((only_export,),) = capture.rows("SELECT count(*) FROM unjoined")
    ((only_api,),) = capture.rows("SELECT count(*) FROM free WHERE own AND at BETWEEN ? AND ?", begins, ends)
    ((more,),) = capture.rows(f"SELECT count(*) FROM ({_MORE_FILES})")  # noqa: S608 - our own words alone, no value
    known = {"joined": joined, "only_export": only_export, "only_api": only_api, "text_differs": differ}
    return known | ({"more_files": more} if more else {})


def differences(capture: Capture) -> Iterator[str]:
    """A line for each difference: only-api, only-export, text-differs, more-files; each of them in order of time."""
    begins, ends, _, _ = _posts(capture, EXPORT)
    for name, query, values in (
        ("only-api", _ONLY_API, (begins, ends)), ("only-export", _ONLY_EXPORT, ()), ("text-differs", _DIFFER, ()),
        ("more-files", _MORE_FILES, ()),
    ):  # fmt: skip
        for line, exported in capture.rows(query, *values):
            item, other = json.loads(line or "{}"), json.loads(exported or "{}")
            told = {
                "difference": name, "id": (item or other)["id"], "published": (item or other).get("published"),
                "text": item.get("text"), "text_in_export": other.get("text"), "also": other.get("raw"),
            }  # fmt: skip
            yield dumps({key: value for key, value in told.items() if value})


_ONLY_API = "SELECT i.line, NULL FROM free JOIN items i USING (id) WHERE own AND at BETWEEN ? AND ? ORDER BY i.sort"
_ONLY_EXPORT = "SELECT NULL, x.line FROM unjoined JOIN exported x USING (id) ORDER BY x.sort"
_DIFFER = """
SELECT i.line, x.line FROM pairs p JOIN items i ON i.id=p.item JOIN exported x ON x.id=p.exported
WHERE p.differs ORDER BY i.sort
"""
# Joined, and the export has more files than the post shows and than there are items by their names, as in large albums.
_MORE_FILES = """
SELECT i.line, x.line FROM pairs p JOIN items i ON i.id=p.item JOIN exported x ON x.id=p.exported
JOIN facets a ON a.side='api' AND a.id=p.item JOIN facets e ON e.side='export' AND e.id=p.exported
WHERE e.shown > a.shown AND e.shown > (SELECT count(*) FROM json_each(e.names) n JOIN items f ON f.id=n.value)
ORDER BY i.sort
"""


def _facets(item: dict[str, Any]) -> tuple[Any, ...]:
    """What an item is known by: id, kind, whether a post of its own, second, text, title, number and names of files."""
    kind, published = item["kind"], when(item.get("published"))
    files = [media for media in item.get("media", ()) if media.get("role", "original") == "original"]
    attached = set(item.get("attached", ()))
    return (
        item["id"],
        _LIKE.get(kind, kind),
        kind in _POSTS and (item["stream"] in _OWN or item.get("source") == EXPORT),
        0 if kind == "profile" else int(published.timestamp()) if published else None,
        _words("the one profile" if kind == "profile" else item.get("text", "")),
        _words(item.get("title", "")),
        len(attached) or len(files),
        json.dumps(sorted(attached | {name for media in files for name in _names(media)})),
    )


def _words(text: str) -> str:
    """A text as it is compared, short."""
    plain = unicodedata.normalize("NFC", text).strip()
    return sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:32] if plain else ""


def _names(media: dict[str, Any]) -> Iterator[str]:
    """What a file may be called on the other side: its id, the stem of its address, the platform's numbers in both."""
    for name in (media["id"], media["url"].partition("?")[0].rpartition("/")[2].rpartition(".")[0]):
        yield from (name, *re.findall(r"\d{9,}", name))


def _by_id(capture: Capture) -> None:
    query = (
        "SELECT e.id, e.words, e.title, a.words FROM facets e JOIN facets a ON a.id=e.id"
        " WHERE e.side='export' AND a.side='api'"
    )
    for id, words, title, theirs in capture.rows(query):
        _pair(capture, id, id, _differ(words, title, theirs))


def _by_text(capture: Capture) -> None:
    for id, kind, at, words, title, shown, names in _unjoined(capture):
        fitting = [
            (len(names & their_names), kind == their_kind, shown == their_shown, -place, theirs)
            for place, (theirs, their_kind, _, their_shown, their_names) in _free(capture, at, words or title)
            if kind == their_kind or not {kind, their_kind} & _APART
        ]
        if fitting:
            _pair(capture, id, max(fitting)[-1])


def _by_file(capture: Capture) -> None:
    for id, kind, at, words, title, _, names in _unjoined(capture):
        fitting = [
            (len(names & their_names), -place, theirs, _differ(words, title, their_words))
            for place, (theirs, _, their_words, _, their_names) in _free(capture, at, kind)
            if names & their_names
        ]
        if fitting:
            _pair(capture, id, *max(fitting)[-2:])


def _by_second(capture: Capture) -> None:
    """Those that are alone in their second, on both sides."""
    for id, kind, at, words, title, shown in capture.rows(_LONELY):
        found = [other for _, other in _free(capture, at, kind)]
        if kind not in _APART and [other[3] for other in found] == [shown]:
            _pair(capture, id, found[0][0], _differ(words, title, found[0][2]))


_LONELY = """
SELECT min(id), kind, at, min(words), min(title), min(shown) FROM unjoined WHERE at IS NOT NULL
GROUP BY at, kind HAVING count(*)=1
"""


def _differ(words: str, title: str, theirs: str) -> bool:
    """Whether two texts differ. A title alone is the platform's own sentence, in whatever language."""
    return words != theirs and bool(words or not title)


def _unjoined(capture: Capture) -> Iterator[tuple[Any, ...]]:
    query = "SELECT id, kind, at, words, title, shown, names FROM unjoined WHERE at IS NOT NULL ORDER BY at, id"
    for *known, names in capture.rows(query):
        yield *known, set(json.loads(names))


def _free(capture: Capture, at: int, like: str) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """The platform's items of that second that are not joined yet and are `like` it: in their text, or their kind."""
    query = "SELECT id, kind, words, shown, names FROM free WHERE at=? AND ? IN (words, kind) ORDER BY id LIMIT ?"
    for place, (*known, names) in enumerate(capture.rows(query, at, like, _LOOKED_AT) if like else ()):
        yield place, (*known, set(json.loads(names)))


def _pair(capture: Capture, exported: str, item: str, differs: bool = False) -> None:
    capture.change("INSERT OR IGNORE INTO pairs VALUES (?,?,?)", exported, item, int(differs))


def _mend(capture: Capture) -> None:
    """A file that an export lists and lacks is no gap where the platform shows it, else one of the joined item."""
    for line, item, missing in list(capture.rows(_LISTED)):
        gap = json.loads(line)
        capture.mend("media", gap["parent"], "media", gap["what"])
        if missing:
            capture.gap(Gap(**gap | {"parent": item, "seen_at": when(gap["seen_at"])}))


# The gaps of joined items that came with the export, and whether the platform shows as few files as the export has.
_LISTED = """
SELECT g.line, p.item, a.shown <= e.shown FROM gaps g JOIN pairs p ON p.exported=g.parent
JOIN facets a ON a.side='api' AND a.id=p.item JOIN facets e ON e.side='export' AND e.id=p.exported
WHERE g.stream='media' AND json_extract(g.line, '$.raw') LIKE 'supplied/%'
"""


def _short(capture: Capture, since: int, until: int) -> str:
    """Why the export does not show all that was published in a time; nothing if it does."""
    begins, ends, many, _ = _posts(capture, EXPORT)
    first, last, shown, joined = _posts(capture, "api", since, until)
    if not many:
        return "; the export has no posts"
    if ends < (last if shown else until):
        return f"; the export ends {_moment(ends):%Y-%m-%d}"
    if begins > (first if shown else since):
        return f"; the export begins {_moment(begins):%Y-%m-%d}"
    return f"; the export has only {joined} of the {shown} that the platform shows" if joined * 10 < shown * 9 else ""


def _posts(capture: Capture, side: str, since: int = -_ALWAYS, until: int = _ALWAYS) -> tuple[int, int, int, int]:
    """(first second, last second, number, how many joined) of the account's own posts on one side; zeros for none."""
    query = (
        "SELECT coalesce(min(at), 0), coalesce(max(at), 0), count(*), coalesce(sum(EXISTS (SELECT 1 FROM pairs"
        " WHERE item=f.id)), 0) FROM facets f WHERE side=? AND own AND at BETWEEN ? AND ?"
    )
    ((first, last, many, joined),) = capture.rows(query, side, since, until)
    return first, last, many, joined


def _second(text: str) -> int:
    moment = when(text)
    return int(moment.timestamp()) if moment else 0


def _moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
