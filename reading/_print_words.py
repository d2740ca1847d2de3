"""What the print says, in Swedish and in English. What the reading copy has a word for is said with the same word."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from reading import texts

Language = Literal["sv", "en"]
Where = Callable[[str], str]  # a place in a package of E-ARK → where that is in this one; empty: not known

_PAGES: Final[Mapping[str, str]] = {  # what the print calls it → what the pages do
    **{name: name for name in (
        "platform", "address", "unit", "creator", "package", "replaces", "level", "taken", "verdict", "signed",
        "decision", "announced", "run", "account", "undated", "gone", "before", "reason", "size", "sha", "order",
        "announcement", "thread", "threads",
    )},
    "purpose": "purpose", "case": "year-case", "start_case": "case", "software": "with", "period": "span",
    "overview_page": "overview", "no_date": "no-date", "gaps": "missing", "gaps_what": "missing-lead",
    "no_text": "empty", "no_alt": "no-alt", "votes_unknown": "unknown", "no_file": "file-missing", "c_first": "seen",
}  # fmt: skip
_WORDS: Final[dict[str, tuple[str, str]]] = {
    # the front
    "print": ("Arkivutskrift av ett konto i sociala medier", "Archive print of a social-media account"),
    "kind": ("Slag av arkivering", "Kind of archiving"),
    "annual": ("årlig", "annual"),
    "closure": ("vid avslut", "at closure"),
    "rehearsal": ("repetition, inte för arkivet", "rehearsal, not for the archive"),
    "scope": ("Omfattning", "Scope"),
    "scope_whole": ("hela kontot", "the whole account"),
    "scope_changes": ("det som är nytt, ändrat eller borta sedan {0}, med hela trådarna",
                      "what is new, changed or gone since {0}, with whole threads"),
    "what": (
        "Detta är en utskrift av arkivpaketet för läsning. Den visar inlägg med trådar och kommentarer, tidigare "
        "lydelser, små bilder, alternativtexter, det som saknas och det som är borta. {0} Bilderna här är "
        "förminskade. Tider är svensk tid.",
        "This is a print of the archive package, for reading. It shows posts with threads and comments, earlier "
        "versions, small pictures, alternative texts, what is missing and what has vanished. {0} The pictures "
        "here are reduced in size. Times are Swedish time.",
    ),
    "originals": ("Originalen ligger oförändrade i paketet: {0}.", "The originals lie unchanged in the package: {0}."),
    "originals_somewhere": ("Originalen ligger oförändrade i paketet. Var de ligger står i LASMIG.txt.",
                            "The originals lie unchanged in the package. LASMIG.txt says where."),
    "in_content": ("texterna i {0}", "the texts in {0}"),
    "in_media": ("mediefilerna under {0}", "the media files under {0}"),
    "in_raw": ("plattformens egna svar under {0}", "the platform's own answers under {0}"),
    "and": ("och", "and"),
    "data": ("datafilerna (se LASMIG.txt)", "the data files (see LASMIG.txt)"),
    # sections
    "shown": ("Ritad av det som hämtades {0}  ·  {1}", "Drawn from what was taken {0}  ·  {1}"),
    "newest": ("Senaste inläggen", "Newest posts"),
    "no_posts": ("Inga inlägg finns i det här paketet.", "There are no posts in this package."),
    "level_overview": (
        "Arkiveringsnivån är översiktsbild: av kontot är bara profilen hämtad.",
        "The archiving level is overview image: of the account only the profile was taken.",
    ),
    "contents": ("Innehåll", "Contents"),
    "not_here": ("inte i utskriften", "not in the print"),
    "evidence": ("Bevis", "Evidence"),
    "evidence_what": (
        "Det här är skrivet när kontot hämtades och förseglades. Paketets egen kontrollsumma kan inte stå i paketet: "
        "den står i manifestet och kvittot som ligger bredvid det. Manifestet nämner också kontrollsummorna för "
        "seal.jsonl och ledger.json. Hur allt kontrolleras står i {0} i paketet.",
        "This was written when the account was taken and sealed. The package's own checksum cannot stand in the "
        "package: it is in the manifest and the receipt that lie beside it. The manifest also names the checksums of "
        "seal.jsonl and ledger.json. How to check all of it stands in {0} in the package.",
    ),
    "e_counted": ("Så räknades det, lista för lista", "How it was counted, list by list"),
    "e_announced": ("uppgett {0}", "announced {0}"),
    "e_captured": ("hämtat {0}", "captured {0}"),
    "e_accounted": ("förklarat {0}", "accounted {0}"),
    "e_files": ("Insamlingens filer och deras SHA-256", "The files of the capture and their SHA-256"),
    "e_named": ("Med de namn som de har i seal.jsonl. Var de ligger i paketet står i LASMIG.txt.",
                "By their names in seal.jsonl. LASMIG.txt says where they lie in the package."),
    "e_media": ("{0} mediefiler. Namnet på var och en är dess SHA-256, och seal.jsonl nämner alla.",
                "{0} media files. The name of each is its SHA-256, and seal.jsonl names all of them."),
    "e_media-one": ("1 mediefil. Dess namn är dess SHA-256, och seal.jsonl nämner den.",
                    "1 media file. Its name is its SHA-256, and seal.jsonl names it."),
    "marks": ("Tecken som utskriften inte kan visa", "Characters that the print cannot show"),
    "marks_what": (
        "Utskriftens teckensnitt saknar dessa tecken. I texten står i stället ett märke med tecknets nummer i Unicode, "
        "som [U+1F600]. Tecknen själva står i {0}. {1} {2}.",
        "The print's font lacks these characters. In the text a mark stands for each, with its number in Unicode, like "
        "[U+1F600]. The characters themselves stand in {0}. {1} {2}.",
    ),
    "marks_in": ("läskopian (index.html) och i {0}", "the reading copy (index.html) and in {0}"),
    "other_forms": ("samma lista som XLSX och CSV", "the same list as XLSX and CSV"),
    "n_marks": ("{0} förekomster av", "{0} occurrences of"),
    "n_marks-one": ("1 förekomst av", "1 occurrence of"),
    "n_chars": ("{0} olika tecken", "{0} characters"),
    "n_chars-one": ("1 tecken", "1 character"),
    "unnamed": ("utan namn i Unicode", "no name in Unicode"),
    "more": (
        "Kontot har mer än utskriften rymmer. Här står det senaste, högst {1}. {0} äldre trådar finns i paketet men "
        "inte i utskriften. Läs dem i läskopian (index.html i samma mapp) eller i {2}.",
        "The account has more than the print can hold. Here is the newest, at most {1}. {0} older threads are in the "
        "package and not in the print. Read them in the reading copy (index.html in the same folder) or in {2}.",
    ),
    "more-one": (
        "Kontot har mer än utskriften rymmer. Här står det senaste, högst {1}. 1 äldre tråd finns i paketet men inte i "
        "utskriften. Läs den i läskopian (index.html i samma mapp) eller i {2}.",
        "The account has more than the print can hold. Here is the newest, at most {1}. 1 older thread is in the "
        "package and not in the print. Read it in the reading copy (index.html in the same folder) or in {2}.",
    ),
    "n_room": ("{0} inlägg och kommentarer", "{0} posts and comments"),
    "n_room-one": ("1 inlägg eller kommentar", "1 post or comment"),
    "more_answers": (
        "Ytterligare {0} svar i den här tråden finns i paketet men inte i utskriften. Läs dem i läskopian (index.html) "
        "eller i {1}.",
        "Another {0} replies in this thread are in the package and not in the print. Read them in the reading copy "
        "(index.html) or in {1}.",
    ),
    "more_answers-one": (
        "Ytterligare 1 svar i den här tråden finns i paketet men inte i utskriften. Läs det i läskopian (index.html) "
        "eller i {1}.",
        "Another reply in this thread is in the package and not in the print. Read it in the reading copy "
        "(index.html) or in {1}.",
    ),
    "dropped": (
        "Utskriften är full: efter {1} sidor finns {0} inlägg, lydelser och filer som bara kan läsas i läskopian "
        "(index.html) eller i {2}.",
        "The print is full: after {1} pages there are {0} posts, versions and files that can be read only in the "
        "reading copy (index.html) or in {2}.",
    ),
    "dropped-one": (
        "Utskriften är full: efter {1} sidor finns 1 inlägg, lydelse eller fil som bara kan läsas i läskopian "
        "(index.html) eller i {2}.",
        "The print is full: after {1} pages there is 1 post, version or file that can be read only in the reading copy "
        "(index.html) or in {2}.",
    ),
    "more_rows": ("… och {0} till. Alla står i {1}.", "… and {0} more. All of them are in {1}."),
    "more_text": (
        "[Texten fortsätter: {0} tecken till. Läs den i läskopian (index.html) eller i {1}.]",
        "[The text goes on: {0} characters more. Read it in the reading copy (index.html) or in {1}.]",
    ),
    "more_text-one": (
        "[Texten fortsätter: 1 tecken till. Läs den i läskopian (index.html) eller i {1}.]",
        "[The text goes on: 1 character more. Read it in the reading copy (index.html) or in {1}.]",
    ),
    "page": ("Sida", "Page"),
    # one thing
    "votes": ("{0} röster", "{0} votes"),
    "votes-one": ("1 röst", "1 vote"),
    "too_large": ("för stor för utskriften", "too large for the print"),
    "no_picture": ("inte en bild som utskriften kan visa", "no picture that the print can show"),
    "broken_picture": ("bilden är trasig och kan inte visas", "the picture is broken and cannot be shown"),
    "film": ("film, visas i läskopian", "film, shown in the reading copy"),
    "sound": ("ljud, spelas i läskopian", "sound, played in the reading copy"),
    # the certificate of a closure
    "certificate": ("Besked om avslut av ett konto i sociala medier", "Certificate that an account may be closed"),
    "may_close": ("Kontot får stängas", "The account may be closed"),
    "c_case": ("Diarienummer", "Diary number"),
    "c_decided": ("Beslutat den", "Decided on"),
    "c_decider": ("Beslutat av", "Decided by"),
    "c_note": ("Anmärkning", "Note"),
    "c_published": ("Publicerad", "Published"),
    "c_last": ("Senast sedd", "Last seen"),
    "c_missed": ("Inte hittad", "Not found"),
    "c_looks": ("Antal kontroller", "Times looked for"),
    "c_text": ("Så stod det", "What it said"),
    "c_taken": ("Det som arkiverats", "What was archived"),
    "c_items": ("Inlägg, kommentarer och annat", "Posts, comments and other items"),
    "c_name": ("Ligger i", "Lies in"),
    "c_receipt": ("Kvitto (SHA-256)", "Receipt (SHA-256)"),
    "c_promise": ("Lagret lovar", "The store promises"),
    "c_answers": ("Godkänt och mottaget", "Approved and received"),
    "c_approved": ("Avslutet godkänt av", "Closure approved by"),
    "c_received": ("Paketet mottaget av", "Package received by"),
    "c_number": ("Mottagningsnummer", "Number of receipt"),
    "c_below": ("se nedan", "see below"),
    "c_accepted": ("Godtagna luckor", "Accepted gaps"),
    "c_what": (
        "Detta är en utskrift av {0}, som ligger bland bevisen i arkivet. Tider är svensk tid. Paketet är det rätta "
        "om dess kontrollsumma är den som står här.",
        "This is a print of {0}, which lies among the evidence in the archive. Times are Swedish time. The package is "
        "the right one if its checksum is the one that stands here.",
    ),
    "c_media": ("Mediefiler", "Media files"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language. A key that is not known stays as it is."""

    language: Language

    def __call__(self, key: str, *values: object) -> str:
        """What is said for a key, with what goes in."""
        if page := _PAGES.get(key):
            return self.page(page)
        if key not in _WORDS:
            return key
        return _WORDS[key][self.language == "en"].format(*values)

    def many(self, key: str, count: int, *values: object) -> str:
        """The same for so many: the first thing that goes in."""
        one = f"{key}-one"
        return self(one if count == 1 and one in _WORDS else key, self.number(count), *values)

    def of(self, table: str, name: str, count: int | None = None) -> str:
        """A word of the pages' tables; where it has a number, the one for so many."""
        return texts.say(self.language, table if count is None else texts.table(name, table, count), name)

    def page(self, name: str) -> str:
        """A word of the pages, as they have it."""
        return texts.WORDS[self.language][name]

    def labelled(self, page: str, text: object) -> str:
        """`Svar på: 0042`: the pages' word, and what stands beside it."""
        return f"{self.page(page).rstrip(':')}: {text}"

    def why(self, why: str) -> str:
        """Why something is not there, in short."""
        return self.of("why", why).partition(":")[0].rstrip(".")

    def number(self, value: int) -> str:
        return texts.number(self.language, value)

    def size(self, value: int) -> str:
        return "1 byte" if value == 1 else texts.size(self.language, value)

    def month(self, name: str) -> str:
        """`2026-03` as people say it; a name that is no month stays as it is."""
        _, _, number = name.partition("-")
        if name != "undated" and not (number.isdigit() and 1 <= int(number) <= 12):
            return name
        return texts.month(self.language, name)


def clock(stamp: str) -> str:
    """A stamp as Swedish clocks show it: `2026-12-01 12:00`."""
    try:
        moment = datetime.fromisoformat(stamp).astimezone(texts.HERE)
    except (ValueError, OverflowError):
        return f"{stamp[:10]} {stamp[11:16]}".strip()
    return f"{moment:%Y-%m-%d %H:%M}"
