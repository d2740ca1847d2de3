"""What the print says in its own words, in Swedish and in English."""

from collections.abc import Callable
from datetime import datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

Language = Literal["sv", "en"]
Words = Callable[..., str]

_HERE: Final = ZoneInfo("Europe/Stockholm")
_WORDS: Final[dict[str, tuple[str, str]]] = {
    # the front
    "print": ("Arkivutskrift av ett konto i sociala medier", "Archive print of a social-media account"),
    "platform": ("Plattform", "Platform"),
    "address": ("Adress", "Address"),
    "unit": ("Enhet", "Unit"),
    "purpose": ("Syfte", "Purpose"),
    "creator": ("Arkivbildare", "Archival creator"),
    "case": ("Årets samlingsärende", "The year's collective case"),
    "start_case": ("Kontots ärende", "The account's case"),
    "package": ("Arkivpaket", "Archive package"),
    "kind": ("Slag av arkivering", "Kind of archiving"),
    "annual": ("årlig", "annual"),
    "closure": ("vid avslut", "at closure"),
    "rehearsal": ("repetition, inte för arkivet", "rehearsal, not for the archive"),
    "scope": ("Omfattning", "Scope"),
    "scope_whole": ("hela kontot", "the whole account"),
    "scope_changes": ("det som är nytt, ändrat eller försvunnet sedan {0}, med sina trådar",
                      "what is new, changed or vanished since {0}, with its threads"),
    "replaces": ("Ersätter", "Replaces"),
    "level": ("Arkivnivå", "Archiving level"),
    "overview": ("översiktsbild", "overview image"),
    "unique": ("unik information", "unique content"),
    "full": ("fullständig", "full"),
    "period": ("Innehåll från tiden", "Content from"),
    "taken": ("Hämtat från plattformen", "Taken from the platform"),
    "verdict": ("Fullständighet", "Wholeness"),
    "whole": ("komplett: allt som plattformen uppger finns med",
              "whole: everything that the platform says exists is here"),
    "whole with named gaps": ("komplett så när som på namngivna luckor", "whole but for named gaps"),
    "cannot be proven": ("går inte att bevisa: plattformen uppger inte hur mycket det finns",
                         "cannot be proven: the platform does not say how much there is"),
    "not whole": ("inte komplett", "not whole"),
    "signed": ("Godtaget av", "Accepted by"),
    "reason": ("Skäl: {0}", "Reason: {0}"),
    "decision": ("Beslut att stänga", "Decision to close"),
    "announced": ("Annonserat", "Announced"),
    "none_known": ("inte uppgivet", "not stated"),
    "software": ("Framställd av", "Made by"),
    "run": ("Körning", "Run"),
    "what": (
        "Detta är en utskrift av arkivpaketet för läsning. Den visar inlägg med trådar och kommentarer, tidigare "
        "versioner, små bilder, bildbeskrivningar, luckor och det som har försvunnit. Originalen ligger oförändrade "
        "i paketet: filerna under media/, texterna i content/ och plattformens egna svar i raw/. Bilderna här är "
        "förminskade. Tider är svensk tid.",
        "This is a print of the archive package, for reading. It shows posts with threads and comments, earlier "
        "versions, small pictures, alternative texts, gaps and what has vanished. The originals lie unchanged in the "
        "package: the files under media/, the texts in content/ and the platform's own answers in raw/. The pictures "
        "here are reduced in size. Times are Swedish time.",
    ),
    # numbers
    "n_posts": ("inlägg", "posts"),
    "n_comments": ("kommentarer", "comments"),
    "n_versions": ("tidigare versioner", "earlier versions"),
    "n_others": ("övrigt", "other things"),
    "n_media": ("filer", "files"),
    "n_gaps": ("luckor", "gaps"),
    "n_new": ("nya", "new"),
    "n_changed": ("ändrade", "changed"),
    "n_vanished": ("försvunna", "vanished"),
    "n_context": ("för sammanhang", "for context"),
    "n_unchanged": ("oförändrade sedan förra paketet", "unchanged since the package before"),
    "c_shares": ("delningar", "shares"),
    "c_likes": ("gillar", "likes"),
    "c_reactions": ("reaktioner", "reactions"),
    "c_followers": ("följare", "followers"),
    "c_following": ("följer", "following"),
    # sections
    "overview_page": ("Översikt", "Overview"),
    "shown": ("Ritad av det som hämtades {0}  ·  {1}", "Drawn from what was taken {0}  ·  {1}"),
    "newest": ("Senaste inläggen", "Newest posts"),
    "no_posts": ("Inga inlägg finns i det här paketet.", "There are no posts in this package."),
    "level_overview": (
        "Arkivnivån är översiktsbild: av kontot är bara profilen hämtad.",
        "The archiving level is overview image: of the account only the profile was taken.",
    ),
    "account": ("Kontot", "The account"),
    "earlier": ("Tidigare version", "Earlier version"),
    "months": ("Innehåll", "Contents"),
    "threads": ("{0} trådar", "{0} threads"),
    "thread": ("1 tråd", "1 thread"),
    "undated": ("Utan datum", "Undated"),
    "no_date": ("utan datum", "undated"),
    "gone": ("Försvunnet sedan förra leveransen", "Vanished since the last delivery"),
    "gone_what": (
        "Fanns i paketet {0} men visas inte längre av plattformen. Så här såg det ut då:",
        "Was in the package {0} and is no longer shown by the platform. It was like this:",
    ),
    "gaps": ("Luckor", "Gaps"),
    "gaps_what": (
        "Detta borde ha funnits med men kunde inte hämtas. Ingenting är utelämnat utan att stå här.",
        "This should have been here and could not be taken. Nothing is left out without standing here.",
    ),
    "evidence": ("Bevis", "Evidence"),
    "evidence_what": (
        "Det här är skrivet när kontot hämtades och förseglades. Paketets egen kontrollsumma kan inte stå i paketet: "
        "den står i manifestet och kvittot som ligger bredvid det. Manifestet nämner också kontrollsummorna för "
        "seal.jsonl och ledger.json. Hur allt kontrolleras står i LASMIG.txt i paketet.",
        "This was written when the account was taken and sealed. The package's own checksum cannot stand in the "
        "package: it is in the manifest and the receipt that lie beside it. The manifest also names the checksums of "
        "seal.jsonl and ledger.json. How to check all of it stands in LASMIG.txt in the package.",
    ),
    "e_order": ("Beställning", "Order"),
    "e_counted": ("Så räknades det, lista för lista", "How it was counted, list by list"),
    "e_announced": ("uppgett {0}", "announced {0}"),
    "e_captured": ("hämtat {0}", "captured {0}"),
    "e_accounted": ("förklarat {0}", "accounted {0}"),
    "e_files": ("Insamlingens filer och deras SHA-256", "The files of the capture and their SHA-256"),
    "e_media": (
        "Mediefiler under media/: {0}. Namnet på var och en är dess SHA-256, och seal.jsonl nämner alla.",
        "Media files under media/: {0}. The name of each is its SHA-256, and seal.jsonl names all of them.",
    ),
    "marks": ("Tecken som utskriften inte kan visa", "Characters that the print cannot show"),
    "marks_what": (
        "Utskriftens teckensnitt saknar dessa tecken. I texten står i stället ett märke med tecknets nummer i Unicode. "
        "I läskopian (index.html) och i content/ står tecknen själva. {0} förekomster av {1} olika tecken.",
        "The print's font lacks these characters. In the text a mark stands for each, with its number in Unicode. The "
        "reading copy (index.html) and content/ have the characters themselves. {0} occurrences of {1} characters.",
    ),
    "unnamed": ("utan namn i Unicode", "no name in Unicode"),
    "more": (
        "Kontot har mer än utskriften rymmer. Här står det senaste, högst {0} inlägg och kommentarer. {1} äldre trådar "
        "finns i paketet men inte i utskriften. Läs dem i läskopian (index.html i samma mapp) eller i "
        "content/posts.json.",
        "The account has more than the print can hold. Here is the newest, at most {0} posts and comments. {1} older "
        "threads are in the package and not in the print. Read them in the reading copy (index.html in the same "
        "folder) or in content/posts.json.",
    ),
    "more_answers": (
        "Ytterligare {0} svar i den här tråden finns i paketet men inte i utskriften. Läs dem i läskopian eller i "
        "content/posts.json.",
        "Another {0} answers in this thread are in the package and not in the print. Read them in the reading copy or "
        "in content/posts.json.",
    ),
    "dropped": (
        "Utskriften är full: efter {0} sidor finns {1} inlägg, versioner och filer som bara kan läsas i läskopian "
        "eller i content/.",
        "The print is full: after {0} pages there are {1} posts, versions and files that can be read only in the "
        "reading copy or in content/.",
    ),
    "more_rows": ("… och {0} till. Alla står i {1}.", "… and {0} more. All of them are in {1}."),
    "more_text": (
        "[Texten fortsätter: {0} tecken till. Läs den i läskopian eller i content/.]",
        "[The text goes on: {0} characters more. Read it in the reading copy or in content/.]",
    ),
    "end": ("Slut på utskriften.", "End of the print."),
    "page": ("Sida", "Page"),
    # one thing
    "new": ("nytt", "new"),
    "changed": ("ändrat", "changed"),
    "vanished": ("försvunnet", "vanished"),
    "context": ("för sammanhang", "for context"),
    "edited": ("redigerat {0}", "edited {0}"),
    "before": ("Så stod det i förra paketet", "In the last package it read"),
    "votes": ("{0} röster", "{0} votes"),
    "votes_unknown": ("röster uppges inte", "votes not told"),
    "alt": ("Bildbeskrivning: {0}", "Alternative text: {0}"),
    "elsewhere": ("originalet ligger i paketet {0}", "the original lies in the package {0}"),
    "no_alt": ("Utan bildbeskrivning", "No alternative text"),
    "no_text": ("Utan text", "No text"),
    "boost_of": ("delar {0}", "shares {0}"),
    "reply_to": ("svar på {0}", "answers {0}"),
    "from_export": ("ur ägarens export", "from the owner's export"),
    "attached": ("Bilagor med egen tråd: {0}", "Attached, with threads of their own: {0}"),
    "no_file": ("filen finns inte här", "the file is not here"),
    "too_large": ("för stor för utskriften", "too large for the print"),
    "no_picture": ("inte en bild som utskriften kan visa", "no picture that the print can show"),
    "broken_picture": ("bilden är trasig och kan inte visas", "the picture is broken and cannot be shown"),
    "film": ("film, visas i läskopian", "film, shown in the reading copy"),
    "sound": ("ljud, spelas i läskopian", "sound, played in the reading copy"),
    "file": ("fil", "file"),
    # the certificate of a closure
    "certificate": ("Besked om avslut av ett konto i sociala medier", "Certificate that an account may be closed"),
    "may_close": ("Kontot får stängas", "The account may be closed"),
    "c_case": ("Diarienummer", "Diary number"),
    "c_decided": ("Beslutat den", "Decided on"),
    "c_decider": ("Beslutat av", "Decided by"),
    "c_note": ("Anmärkning", "Note"),
    "c_announcement": ("Annonsen i kanalen", "The announcement in the channel"),
    "c_announced": ("Annonserat från", "Announced from"),
    "c_published": ("Publicerad", "Published"),
    "c_first": ("Först sedd", "First seen"),
    "c_last": ("Senast sedd", "Last seen"),
    "c_missed": ("Inte hittad", "Not found"),
    "c_looks": ("Antal kontroller", "Times looked for"),
    "c_text": ("Så stod det", "What it said"),
    "c_taken": ("Det som arkiverats", "What was archived"),
    "c_items": ("Inlägg, kommentarer och annat", "Posts, comments and other items"),
    "c_media": ("Mediefiler", "Media files"),
    "c_name": ("Ligger i", "Lies in"),
    "c_size": ("Storlek", "Size"),
    "c_sha": ("SHA-256", "SHA-256"),
    "c_receipt": ("Kvitto (SHA-256)", "Receipt (SHA-256)"),
    "c_promise": ("Lagret lovar", "The store promises"),
    "c_answers": ("Godkänt och mottaget", "Approved and received"),
    "c_approved": ("Avslutet godkänt av", "Closure approved by"),
    "c_received": ("Paketet mottaget av", "Package received by"),
    "c_reason": ("Skäl", "Reason"),
    "c_number": ("Mottagningsnummer", "Number of receipt"),
    "c_below": ("se nedan", "see below"),
    "c_accepted": ("Godtagna luckor", "Accepted gaps"),
    "c_what": (
        "Detta är en utskrift av {0}, som ligger bland bevisen i arkivet. Tider är svensk tid. Paketet är det rätta "
        "om dess kontrollsumma är den som står här.",
        "This is a print of {0}, which lies among the evidence in the archive. Times are Swedish time. The package is "
        "the right one if its checksum is the one that stands here.",
    ),
    # why something is not there
    "why_gone": ("borta hos plattformen", "gone from the platform"),
    "why_forbidden": ("får inte visas", "may not be seen"),
    "why_unreadable": ("gick inte att läsa", "could not be read"),
    "why_too-large": ("för stor", "too large"),
    "why_not-offered": ("lämnas inte ut av plattformen", "not offered by the platform"),
    "why_by-decision": ("undantagen genom beslut", "left out by decision"),
    "gap_item": ("inlägg eller kommentar", "post or comment"),
    "gap_media": ("fil", "file"),
    "gap_list": ("lista", "list"),
    # kinds
    "kind_profile": ("Profil", "Profile"),
    "kind_identity": ("Konto", "Account"),
    "kind_post": ("Inlägg", "Post"),
    "kind_boost": ("Delning", "Share"),
    "kind_reply": ("Svar", "Reply"),
    "kind_comment": ("Kommentar", "Comment"),
    "kind_version": ("Version", "Version"),
    "kind_photo": ("Bild", "Photo"),
    "kind_video": ("Film", "Video"),
    "kind_album": ("Album", "Album"),
    "kind_event": ("Evenemang", "Event"),
    "kind_rating": ("Omdöme", "Review"),
    "kind_story": ("Händelse (story)", "Story"),
    "kind_reel": ("Kortfilm (reel)", "Reel"),
    "kind_highlight": ("Höjdpunkt", "Highlight"),
    "kind_statistics": ("Statistik", "Statistics"),
    "kind_blob": ("Fil", "File"),
    "kind_like": ("Gillande", "Like"),
    "kind_follow": ("Följning", "Follow"),
    "kind_record": ("Annan post", "Other record"),
}  # fmt: skip
_MONTHS: Final = {
    "sv": ("Januari", "Februari", "Mars", "April", "Maj", "Juni", "Juli", "Augusti", "September", "Oktober", "November",
           "December"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December"),
}  # fmt: skip


def words(language: Language) -> Words:
    """The words of one language: a function that takes a key and what goes in; a key it lacks stays as it is."""
    column = ("sv", "en").index(language)

    def word(key: str, *values: object) -> str:
        if key not in _WORDS:
            return key.removeprefix("kind_").removeprefix("why_").removeprefix("gap_")
        return _WORDS[key][column].format(*values)

    return word


def month(name: str, language: Language) -> str:
    """`2026-03` as people say it."""
    year, _, number = name.partition("-")
    if not (number.isdigit() and 1 <= int(number) <= 12):
        return words(language)("undated") if name == "undated" else name
    return f"{_MONTHS[language][int(number) - 1]} {year}"


def number(value: int) -> str:
    """`12 345`, with spaces that do not break."""
    return f"{value:,}".replace(",", "\u00a0")


def clock(stamp: str) -> str:
    """A stamp as Swedish clocks show it: `2026-12-01 12:00`."""
    try:
        moment = datetime.fromisoformat(stamp).astimezone(_HERE)
    except (ValueError, OverflowError):
        return f"{stamp[:10]} {stamp[11:16]}".strip()
    return f"{moment:%Y-%m-%d %H:%M}"
