"""The papers and the page of a copy for disclosure. Whoever checks a copy writes them anew, and compares."""

import html
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from model.capture import dumps
from model.disclosing import MASKED
from pipeline.evidence import MANIFEST

LINE: Final = "line"  # what stands for a line that is not given out
ABOUT: Final = "utlamnande.json"
DECISION: Final = "beslut.json"
PAPERS: Final = ("items.jsonl", "salts.jsonl", ABOUT, DECISION, "index.html", "LASMIG.txt")
PROOF: Final = "bevis/"
_READ_ME: Final = """\
Utlämnande ur ett arkivpaket
============================
{order}

Det här är en kopia för utlämnande. Öppna index.html för att läsa. Det som är maskerat är maskerat enligt beslut
{number} ({day}); i beslut.json står vilka fält och på vilken grund. Att beslutet är fattat så svarar myndigheten för.
Det som visas är som det förseglades, och det går att visa utan att lita på den som lämnade ut kopian:

  1. Varje fält som visas har ett salt i salts.jsonl, rad för rad som items.jsonl. Fältets hash är
     SHA-256(salt + fältets namn + radbrytning + värdet som JSON utan blanksteg, allt utom ASCII som \\uXXXX,
     nycklarna i ordning). För ett maskerat fält står hashen i items.jsonl.
  2. Radens hash är SHA-256(byte 0 + fältens hashar efter varandra, ordnade efter fältens namn). En rad som inte lämnas
     ut står med sin hash.
  3. Radernas hashar bildar ett träd enligt RFC 6962: SHA-256(byte 1 + vänster + höger). Roten ska vara
     {root}
{manifest}

Årsring gör det:  arsring verify <kopian>

A copy for disclosure. What is masked is masked by decision; that the rest is as it was sealed can be shown, as above.
"""
_ROOT: Final = {
    "stamped": """\
     och samma värde ska stå som items_root i paketets manifest i bevis/. Det är tidsstämplat:
{stamps}
     Den som utfärdat stämplarna har de certifikat som de kontrolleras mot.""",
    "manifest": """\
     och samma värde ska stå som items_root i paketets manifest i bevis/. Ingen tidsstämpel följer med: när manifestet
     skrevs, och att det är arkivets, kan myndigheten svara på.""",
    "alone": """\
     Inget manifest följer med kopian. Att roten är den som förseglades kan myndigheten svara på.""",
}
_PAGE: Final = """\
<!DOCTYPE html>
<html lang="sv"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self'; style-src 'unsafe-inline'">
<title>Utlämnande: {order}</title>
<style>body{{max-width:44em;margin:2em auto;padding:0 1em;font-family:sans-serif;line-height:1.5}}
article{{border-top:1px solid #767676;padding:.5em 0}}img{{max-width:100%}}
.m{{background:#222;color:#fff;padding:0 .3em}}p{{white-space:pre-line;overflow-wrap:anywhere}}</style></head><body>
<h1>Utlämnande: {order}</h1>
<p>Maskerat enligt beslut {number}, {day}. Det maskerade är märkt <span class="m">maskerat</span>. Hur det visade kan
kontrolleras står i LASMIG.txt.</p>
"""


def read_me(facts: Mapping[str, str], root: str, proof: Collection[str]) -> bytes:
    """LASMIG.txt. `proof`: the names of what lies in bevis/: only what is there is spoken of."""
    given = sorted(name for name in proof if name.endswith(".tsr"))
    kind = "stamped" if given else "manifest" if any(name.endswith(MANIFEST) for name in proof) else "alone"
    manifest = _ROOT[kind].format(stamps="\n".join(f"       {PROOF}{name}" for name in given))
    return _READ_ME.format(**facts, root=root, manifest=manifest).encode("utf-8", "backslashreplace")


def row(value: Any) -> bytes:
    """One line of items.jsonl or salts.jsonl."""
    return dumps(value).encode() + b"\n"


def readable(value: Any) -> bytes:
    """utlamnande.json or beslut.json."""
    return json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace") + b"\n"


def files_of(found: Mapping[str, Any], shown: Collection[str]) -> Iterator[tuple[str, str]]:
    """(path, SHA-256) of each file of the capture's media that a line names where both are shown."""
    for path in shown:
        digest = f"{path.removesuffix('path')}sha256"
        if path.endswith("/path") and digest in shown and str(found[path]).startswith("media/"):
            yield str(found[path]), str(found[digest])


def page(facts: Mapping[str, str], items: Iterable[dict[str, Any]], files: Collection[str]) -> Iterator[bytes]:
    """The readable page: everything that is shown, in the order of items.jsonl."""
    yield _PAGE.format(**{name: html.escape(value) for name, value in facts.items()}).encode()
    for number, item in enumerate(items, 1):
        if LINE not in item:
            yield _article(number, item, files).encode("utf-8", "backslashreplace")
    yield b"</body></html>\n"


def _article(number: int, item: dict[str, Any], files: Collection[str]) -> str:
    head = " · ".join(_shown(item[name]) for name in ("published", "kind", "author") if name in item)
    body = [f"<p>{_shown(item[name])}</p>" for name in ("title", "text") if name in item]
    given = item.get("media")
    for media in given if isinstance(given, list) else ():
        if not isinstance(media, dict):
            continue
        path, alt = media.get("path") or "saknas", _shown(media.get("alt", "bild"))
        if str(path) in files and str(media.get("type", "")).startswith("image/"):
            body.append(f'<figure><img src="{html.escape(str(path))}" alt=""><figcaption>{alt}</figcaption></figure>')
        else:
            body.append(f"<p>[fil: {_shown(path)}; {alt}]</p>")
    return f'<article id="rad{number}"><h2>{number}. {head}</h2>{"".join(body)}</article>\n'


def _shown(value: Any) -> str:
    """A value as a person reads it; a platform's tags are taken off, and nothing of it becomes a tag."""
    if isinstance(value, dict) and value.keys() == {MASKED}:
        return '<span class="m">maskerat</span>'
    text = str(value)
    if re.search(r"</?(?:p|br|a|span)\b[^<>]*>", text):
        text = html.unescape(re.sub(r"<[^<>]*>", "", re.sub(r"<br ?/?>|</p>", "\n", text)))
    return html.escape(text)
