"""Every word of the reading copy: Swedish, and English by one switch."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from model.times import when

Lang = Literal["sv", "en"]
Table = dict[str, tuple[str, str]]  # name → Swedish, English
HERE: Final = ZoneInfo("Europe/Stockholm")

_WORDS: Final[Table] = {
    "lang": ("sv", "en"), "other": ("en", "sv"), "switch": ("In English", "På svenska"),
    "skip": ("Hoppa till innehållet", "Skip to the content"), "pages": ("Sidor", "Pages"),
    "start": ("Start", "Start"), "months": ("Månad för månad", "Month by month"),
    "account": ("Kontot", "The account"), "missing": ("Det som saknas", "What is missing"),
    "gone": ("Det som är borta", "What has vanished"), "year": ("År", "Year"),
    "undated": ("Utan datum", "Without a date"), "page": ("sida", "page"), "previous": ("Föregående", "Previous"),
    "next": ("Nästa", "Next"), "top": ("Till sidans början", "To the top of the page"),
    "continued": ("Tråden fortsätter från föregående sida.", "The thread continues from the page before."),
    "goes-on": ("Tråden fortsätter på nästa sida.", "The thread continues on the next page."),
    "reading-copy": ("Läskopia ur arkivpaketet", "Reading copy of the archive package"),
    "no-date": ("utan datum", "without a date"), "what": ("Vad det här är", "What this is"),
    "verdict": ("Är allt med?", "Is everything here?"), "look": ("Läs", "Read"),
    "facts": ("Om arkiveringen", "About the archiving"), "platform": ("Plattform", "Platform"),
    "address": ("Adress", "Address"), "unit": ("Enhet", "Unit"),
    "case": ("Diarienummer (startblankett)", "Case number (start form)"),
    "year-case": ("Diarienummer (årets samlingsärende)", "Case number (the year's collective case)"),
    "level": ("Arkiveringsnivå", "Archiving level"), "order": ("Beställning", "Order"),
    "package": ("Arkivpaket", "Archive package"), "status": ("Slag av paket", "Kind of package"),
    "taken": ("Hämtat", "Taken"),
    "span": ("Äldsta och nyaste inlägg i paketet", "Oldest and newest post in the package"),
    "unchanged-one": (
        "oförändrad post är inte med här: den ligger i ett tidigare paket.",
        "unchanged item is not in here: it lies in an earlier package.",
    ),
    "unchanged-many": (
        "oförändrade poster är inte med här: de ligger i tidigare paket.",
        "unchanged items are not in here: they lie in earlier packages.",
    ),
    "both-needed": (
        "För hela kontot behövs det här paketet tillsammans med det tidigare, och med dem som det bygger på:",
        "For the whole account this package is needed together with the earlier one, and those that it builds on:",
    ),
    "creator": ("Arkivbildare", "Archival creator"), "purpose": ("Kontots syfte", "Purpose of the account"),
    "counts": ("I siffror", "In figures"), "to": ("till", "to"), "with": ("Arkiverat med", "Archived with"),
    "print": ("Utskrift (PDF)", "Print (PDF)"), "overview": ("Översiktsbild", "Overview image"),
    "files": ("Samma innehåll som datafiler", "The same as data files"),
    "readme": ("LASMIG.txt: hur paketet läses och kontrolleras", "LASMIG.txt: how to read and check the package"),
    "posts-json": ("Paketets inlägg (ActivityStreams 2.0, JSON)", "The package's posts (ActivityStreams 2.0, JSON)"),
    "posts-csv": ("Inlägg som tabell (CSV)", "Posts as a table (CSV)"),
    "comments-csv": ("Kommentarer och svar som tabell (CSV)", "Comments and replies as a table (CSV)"),
    "media-csv": ("Mediefiler som tabell (CSV)", "Media files as a table (CSV)"),
    "changes-csv": ("Ändringar sedan förra paketet (CSV)", "Changes since the package before (CSV)"),
    "earlier-csv": ("Mediefiler som finns i tidigare paket (CSV)", "Media files that are in earlier packages (CSV)"),
    "times": ("Alla tider är svensk tid.", "All times are Swedish time."), "threads": ("trådar", "threads"),
    "thread": ("tråd", "thread"),
    "no-threads": ("Paketet innehåller inga inlägg.", "There are no posts in this package."),
    "more-profile": ("Hela kontosidan, med alla lydelser", "The whole account page, with all versions"),
    "profile": ("Så såg kontosidan ut", "What the account page looked like"),
    "marks": (
        "Styrtecken som inte går att visa står som märken: ⟦U+0007⟧ är ett tecken utan form, ⟦U+202E⟧ ett som vänder "
        "skrivriktningen. De ursprungliga tecknen finns kvar i datafilerna.",
        "Control characters that cannot be shown stand as marks: ⟦U+0007⟧ is a character without a shape, ⟦U+202E⟧ "
        "one that turns the direction of the text. The characters themselves are in the data files.",
    ),
    "controls": ("Så många finns i texterna", "In the texts there are"), "written": ("Skrivet", "Written"),
    "account-made": ("kontot skapat", "account made"),
    "edited": ("Ändrat", "Edited"), "edited-at": ("ändrat", "edited"), "nested": ("svar, nivå", "reply, level"),
    "reply-to": ("Svar på", "Reply to"),
    "boost-of": ("Delning av", "Boost of"), "warning": ("Innehållsvarning", "Content warning"),
    "shown-to": ("Synligt för", "Visible to"), "source": ("Hämtat ur", "Taken from"),
    "export": ("kontoinnehavarens egen export", "the owner's own export"), "poll": ("Omröstning", "Poll"),
    "votes": ("Röster", "Votes"), "choice": ("Svarsalternativ", "Choice"), "unknown": ("uppgift saknas", "not told"),
    "attached": ("Bifogade poster", "Attached items"), "attached-one": ("Bifogad post", "Attached item"),
    "versions": ("Lydelser", "Versions"), "version-one": ("Lydelse", "Version"),
    "version": ("Lydelse", "Version"),
    "before": ("Så stod det i det förra paketet", "As it stood in the package before"),
    "now": ("Så står det nu", "As it stands now"), "after": ("Så löd det sedan", "As it read after that"),
    "differing": ("Det här skiljer", "What differs"),
    "too-long": (
        "Texterna är för långa för att skillnaderna ska märkas ut.",
        "The texts are too long for the differences to be marked.",
    ),
    "empty": ("(ingen text)", "(no text)"),
    "proof": ("Bevis: adress, id och kontrollsummor", "Proof: address, id and checksums"),
    "proof-gap": ("Bevis: plattformens svar", "Proof: the platform's answer"),
    "original": ("Ursprunglig adress", "Original address"), "id": ("Plattformens id", "The platform's id"),
    "raw": ("Läst ur inspelningen (se LASMIG.txt)", "Read from the record (see LASMIG.txt)"),
    "also": ("Finns även i", "Also in"), "answer-file": ("Svaret ligger i", "The answer lies in"),
    "answer-earlier": ("inspelningen i ett tidigare arkivpaket:", "the record of an earlier archive package:"),
    "answer-at": ("Plats i filen", "Place in the file"), "from-byte": ("från byte", "from byte"),
    "answer-time": ("Svaret kom", "The answer came"), "answer-asked": ("Adress som frågades", "Address that was asked"),
    "answer-sha": ("Svarets SHA-256", "SHA-256 of the answer"),
    "stream": ("Flöde", "Stream"), "parent": ("Hör till", "Belongs to"), "file": ("Fil", "File"),
    "size": ("Storlek", "Size"), "type": ("Filtyp", "Type"), "sha": ("SHA-256", "SHA-256"),
    "alt": ("Alternativtext", "Alternative text"),
    "no-alt": ("Alternativtext saknas hos plattformen.", "The platform has no alternative text."),
    "no-alt-image": ("Bild utan alternativtext", "Picture without alternative text"),
    "open-file": ("Öppna filen", "Open the file"), "bytes": ("byte", "bytes"),
    "byte": ("byte", "byte"),
    "file-missing": ("Filen saknas i paketet.", "The file is missing in the package."),
    "see-missing": ("Se Det som saknas.", "See What is missing."),
    "file-earlier": ("Filen finns i ett tidigare arkivpaket:", "The file is in an earlier archive package:"),
    "more-files": ("Fler filer till inlägget", "More files of the post"),
    "author-unknown": ("okänd avsändare", "unknown sender"), "gap-what": ("Vad", "What"),
    "gap-why": ("Varför", "Why"), "gap-how": ("Hur vi vet det", "How we know"), "gap-seen": ("Upptäckt", "Seen"),
    "gap-in": ("Skulle finnas i", "Would be in"), "gap-at": ("Där det saknas", "Where it is missed"),
    "gap-show": ("Visa i läskopian", "Show in the reading copy"),
    "no-missing": (
        "Ingenting saknas i det som plattformen lämnar ut.",
        "Nothing is missing of what the platform gives out.",
    ),
    "account-lead": (
        "Kontots egen sida som den såg ut när kontot hämtades. Det nyaste står först.",
        "The account's own page as it looked when the account was taken. The newest comes first.",
    ),
    "no-account": ("Paketet innehåller ingen kontosida.", "There is no account page in this package."),
    "missing-lead": (
        "Det här skulle ha varit med men är det inte. Varje sak står här med sitt skäl.",
        "This should have been here and is not. Each thing stands here with its reason.",
    ),
    "gone-lead": (
        "Det här fanns i det förra paketet, men plattformen visade det inte längre när kontot hämtades på nytt. "
        "Texterna står som de sist var kända.",
        "This was in the package before, and the platform no longer showed it when the account was taken anew. "
        "The texts stand as they were last known.",
    ),
    "no-gone": (
        "Ingenting har försvunnit sedan det förra paketet.",
        "Nothing has vanished since the package before.",
    ),
    "tombstone": (
        "Borta hos plattformen. Så här löd det när det senast arkiverades.",
        "Gone at the platform. This is how it read when it was last archived.",
    ),
    "previous-package": ("Förra paketet", "The package before"), "replaces": ("Ersätter", "Replaces"),
    "search-all": ("Sök i inlägg och kommentarer", "Search posts and comments"), "share": ("Andel", "Share"),
    "captions": ("Undertexter", "Captions"), "years": ("År", "Years"), "taken-on": ("Hämtat", "Taken"),
    "from": ("från", "from"), "more-gaps": ("och mer: hela listan", "and more: the whole list"),
    "lost": (
        "Bilden går inte att visa: filen saknas bland paketets mediefiler, eller är skadad.",
        "The picture cannot be shown: its file is not among the package's media files, or is damaged.",
    ),
    "not-played": (
        "Spelas den inte? Då saknas filen bland paketets mediefiler, är skadad, eller har ett format som webbläsaren "
        "inte kan. Kontrollsumman står under Bevis.",
        "It does not play? Then the file is not among the package's media files, or is damaged, or is of a format that "
        "the browser does not know. Its checksum is under Proof.",
    ),
    "search": ("Sök", "Search"), "words": ("Sök efter", "Search for"), "kind": ("Slag", "Kind"),
    "all-years": ("Alla år", "All years"), "all-kinds": ("Alla slag", "All kinds"), "only": ("Visa bara", "Only"),
    "states": ("Ändringar: något av det valda", "Changes: any of those chosen"), "dated": ("daterat", "dated"),
    "not-dated": ("inläggets datum är inte känt", "the post's date is not known"),
    "has-media": ("med bild, film eller ljud", "with picture, film or sound"), "has-changed": ("ändrat", "changed"),
    "has-vanished": ("borta", "vanished"), "has-new": ("nytt sedan förra paketet", "new since the package before"),
    "hits-head": ("Träffar", "Hits"), "to-type": ("Skriv något att söka efter, eller välj.", "Type or choose."),
    "hit": ("1 träff", "1 hit"), "hits": ("träffar", "hits"), "more-hits": ("Visa fler träffar", "Show more hits"),
    "no-hits": ("Inga träffar", "No hits"), "reading": ("Läser in registret …", "Reading the index …"),
    "thousands": ("\N{NO-BREAK SPACE}", ","),
    "search-lead": (
        "Sök i alla inlägg, kommentarer och lydelser, på kontosidan och bland det som saknas. Sökningen sker "
        "i din webbläsare: ingenting skickas någonstans.",
        "Search all posts, comments and versions, the account's page and what is missing. The search is done "
        "in your browser: nothing is sent anywhere.",
    ),
    "search-help": (
        'Flera ord: alla ska finnas. Skriv "flera ord" inom citattecken för att söka efter dem i följd. Delar av ord '
        "går bra. Allt du väljer ska stämma.",
        'Several words: all must be there. Put "several words" within quotes to search for them in a row. Parts of '
        "words will do. All that you choose must be so.",
    ),
    "search-off": (
        "Sökningen behöver att webbläsaren får köra den här sidans skript (JavaScript). Det får den inte i läsesalen: "
        "hämta paketet och öppna läskopian därifrån. Allt går att läsa utan sökningen: börja på startsidan.",
        "The search needs a browser that may run this page's script (JavaScript). In the reading room it may not: "
        "fetch the package and open its reading copy from there. All can be read without the search: begin at the "
        "start page.",
    ),
    "search-lost": (
        "En del av registret går inte att läsa, så träffar kan saknas:",
        "A part of the index cannot be read, so hits may be missing:",
    ),
    "figures": ("Siffror vid hämtningen", "Figures when it was taken"), "details": ("Uppgifter", "Details"),
    "member-file": ("i paketet", "in the package"),
    "signed": ("Det som inte är komplett är godtaget av", "What is not whole was accepted by"),
    "reason": ("Skäl", "Reason"), "decision": ("Beslut att stänga kontot", "Decision to close the account"),
    "announced": ("Annonserat från", "Announced from"), "run": ("Körning", "Run"),
    "announcement": ("Annonsen", "The announcement"),
    "seen": ("Annonsen sågs första gången", "Announcement first seen"),
}  # fmt: skip
_TABLES: Final[dict[str, Table]] = {
    "verdict": {
        "whole": (
            "Ja. Allt som plattformen säger finns på kontot är med.",
            "Yes. Everything that the platform says is there is here.",
        ),
        "whole with named gaps": (
            "Ja, utom det som är uppräknat under Det som saknas. Varje lucka har ett skäl.",
            "Yes, but for what is listed under What is missing. Each gap has its reason.",
        ),
        "cannot be proven": (
            "Det går inte att bevisa. Allt som plattformen visade är med, men den säger inte hur mycket som finns, "
            "eller visar fler saker än den säger. Ett sådant paket levereras bara om en person har godkänt det.",
            "It cannot be proven. All that the platform showed is here, but it does not say how much there is, or "
            "shows more than it says. Such a package is delivered only if a person has approved it.",
        ),
        "not whole": (
            "Nej. Något saknas utan känt skäl. Ett sådant paket levereras bara om en person har godkänt det, för att "
            "det som finns inte ska gå förlorat.",
            "No. Something is missing without a known reason. Such a package is delivered only if a person has "
            "approved it, so that what is here is not lost.",
        ),
    },
    "short": {
        "whole": ("Komplett", "Whole"),
        "whole with named gaps": ("Komplett, med namngivna luckor", "Whole, with named gaps"),
        "cannot be proven": ("Går inte att bevisa", "Cannot be proven"), "not whole": ("Inte komplett", "Not whole"),
    },
    "verdict-changes": {
        "whole": (
            "Ja, tillsammans med tidigare paket. Allt som plattformen säger finns på kontot hämtades; här ligger det "
            "som är nytt, ändrat eller borta.",
            "Yes, together with earlier packages. Everything that the platform says is there was taken; here lies what "
            "is new, changed or gone.",
        ),
        "whole with named gaps": (
            "Ja, tillsammans med tidigare paket, utom det som är uppräknat under Det som saknas. Varje lucka har ett "
            "skäl. Här ligger det som är nytt, ändrat eller borta.",
            "Yes, together with earlier packages, but for what is listed under What is missing. Each gap has its "
            "reason. Here lies what is new, changed or gone.",
        ),
        "cannot be proven": (
            "Det går inte att bevisa. Allt som plattformen visade hämtades, och här ligger det som är nytt, ändrat "
            "eller borta. Men plattformen säger inte hur mycket som finns, eller visar fler saker än den säger. "
            "Ett sådant paket levereras bara om en person har godkänt det.",
            "It cannot be proven. All that the platform showed was taken, and here lies what is new, changed or gone. "
            "But the platform does not say how much there is, or shows more than it says. Such a package is "
            "delivered only if a person has approved it.",
        ),
        "not whole": (
            "Nej, inte heller tillsammans med tidigare paket. Något saknas utan känt skäl. Ett sådant paket levereras "
            "bara om en person har godkänt det, för att det som finns inte ska gå förlorat.",
            "No, nor together with earlier packages. Something is missing without a known reason. Such a package is "
            "delivered only if a person has approved it, so that what is here is not lost.",
        ),
    },
    "short-changes": {
        "whole": ("Komplett, tillsammans med tidigare paket", "Whole, together with earlier packages"),
        "whole with named gaps": (
            "Komplett med namngivna luckor, tillsammans med tidigare paket",
            "Whole with named gaps, together with earlier packages",
        ),
        "cannot be proven": ("Går inte att bevisa", "Cannot be proven"), "not whole": ("Inte komplett", "Not whole"),
    },
    "level": {
        "overview": ("Översiktsbild: kontots egen sida", "Overview: the account's own page"),
        "unique": (
            "Unikt innehåll: kontots egna inlägg med svar",
            "Unique content: the account's own posts with replies",
        ),
        "full": ("Hela kontot: allt som plattformen lämnar ut", "Full: all that the platform gives out"),
    },
    "status": {
        "NEW": ("Kontots första paket", "The account's first package"),
        "SUPPLEMENT": ("Kompletterar ett tidigare paket", "Supplements an earlier package"),
        "REPLACEMENT": ("Ersätter ett tidigare paket", "Replaces an earlier package"),
        "TEST": ("Övning: ska inte arkiveras", "A rehearsal: not to be archived"),
    },
    "scope": {
        "whole": (
            "Det här är en läskopia av ett konto i sociala medier: allt som hämtades. Sidorna öppnas i en vanlig "
            "webbläsare och behöver inget nät.",
            "This is a reading copy of a social-media account: all that was taken. The pages open in any web browser "
            "and need no network.",
        ),
        "changes": (
            "Det här är en läskopia av det som är nytt, ändrat eller borta på kontot sedan det förra "
            "arkivpaketet. Hela trådarna är med, så att allt går att förstå för sig. Sidorna öppnas i en vanlig "
            "webbläsare och behöver inget nät.",
            "This is a reading copy of what is new, changed or gone on the account since the archive package "
            "before. Whole threads are here, so that everything can be read alone. The pages open in any web "
            "browser and need no network.",
        ),
    },
    "change": {
        "new": ("Nytt sedan förra paketet", "New since the package before"),
        "changed": ("Ändrat sedan förra paketet", "Changed since the package before"),
        "vanished": ("Borta sedan förra paketet", "Vanished since the package before"),
        "context": ("Oförändrat, med för sammanhanget", "Unchanged, here for context"),
    },
    "kind": {
        "post": ("Inlägg", "Post"), "reply": ("Svar", "Reply"), "comment": ("Kommentar", "Comment"),
        "boost": ("Delning", "Boost"), "version": ("Lydelse", "Version"),
        "photo": ("Bild", "Photo"), "video": ("Film", "Video"), "album": ("Album", "Album"),
        "event": ("Evenemang", "Event"), "rating": ("Omdöme", "Review"), "story": ("Händelse (story)", "Story"),
        "reel": ("Kort film (reel)", "Reel"), "highlight": ("Utvald händelse (highlight)", "Highlight"),
        "statistics": ("Statistik", "Statistics"), "blob": ("Fil utan inlägg", "File without a post"),
        "profile": ("Kontosida", "Profile"), "identity": ("Kontots identitet", "Identity of the account"),
        "like": ("Gillande", "Like"), "follow": ("Följning", "Follow"), "record": ("Annan post", "Other record"),
        "gap": ("Det som saknas", "What is missing"),
    },
    "visibility": {
        "public": ("alla", "everyone"), "unlisted": ("alla, men inte i flöden", "everyone, but not in feeds"),
        "private": ("följare eller en mindre krets", "followers, or a smaller circle"),
        "direct": ("mottagarna", "recipients"), "hidden": ("dolt av kontot", "hidden by the account"),
        "archived": ("undanlagt", "put away"), "unpublished": ("opublicerat", "unpublished"),
        "canceled": ("inställt", "cancelled"),
    },
    "count": {
        "replies_count": ("svar", "replies"), "replyCount": ("svar", "replies"),
        "reblogs_count": ("delningar", "boosts"), "repostCount": ("delningar", "reposts"),
        "favourites_count": ("gilla-markeringar", "favourites"), "likeCount": ("gilla-markeringar", "likes"),
        "quotes_count": ("citat", "quotes"), "quoteCount": ("citat", "quotes"),
        "likes": ("gilla-markeringar", "likes"), "like_count": ("gilla-markeringar", "likes"),
        "like": ("gilla", "like"), "love": ("älska", "love"), "care": ("omtanke", "care"), "haha": ("haha", "haha"),
        "wow": ("wow", "wow"), "sad": ("ledsen", "sad"), "angry": ("arg", "angry"),
        "reactions": ("reaktioner", "reactions"), "comment_count": ("svar", "replies"),
        "comments_count": ("kommentarer", "comments"), "shares": ("delningar", "shares"),
        "views": ("visningar", "views"), "photo_count": ("bilder", "photos"), "video_count": ("filmer", "videos"),
        "media_count": ("filer", "files"), "followers_count": ("följare", "followers"),
        "followersCount": ("följare", "followers"), "following_count": ("följer", "following"),
        "followsCount": ("följer", "following"), "follows_count": ("följer", "following"),
        "fan_count": ("gillar sidan", "page likes"), "statuses_count": ("inlägg", "posts"),
        "postsCount": ("inlägg", "posts"), "rating": ("betyg", "rating"), "rating_count": ("omdömen", "reviews"),
        "were_here_count": ("har varit här", "were here"), "attending_count": ("kommer", "attending"),
        "interested_count": ("intresserade", "interested"), "declined_count": ("kommer inte", "declined"),
        "maybe_count": ("kanske", "maybe"), "noreply_count": ("har inte svarat", "not replied"),
    },
    "sum": {
        "posts": ("inlägg", "posts"), "comments": ("kommentarer och svar", "comments and replies"),
        "versions": ("lydelser", "versions"), "others": ("andra poster", "other items"),
        "media": ("mediefiler", "media files"), "new": ("nya", "new"), "changed": ("ändrade", "changed"),
        "vanished": ("borta", "vanished"), "context": ("med för sammanhanget", "here for context"),
        "unchanged": ("oförändrade sedan förra paketet", "unchanged since the package before"),
        "gaps": ("luckor", "gaps"),
        "earlier": ("mediefiler i tidigare paket", "media files in earlier packages"),
    },
    "sum-one": {
        "posts": ("inlägg", "post"), "comments": ("kommentar eller svar", "comment or reply"),
        "versions": ("lydelse", "version"), "others": ("annan post", "other item"),
        "media": ("mediefil", "media file"), "new": ("ny", "new"), "changed": ("ändrad", "changed"),
        "unchanged": ("oförändrad sedan förra paketet", "unchanged since the package before"),
        "gaps": ("lucka", "gap"), "earlier": ("mediefil i tidigare paket", "media file in earlier packages"),
    },
    "count-one": {
        "replies_count": ("svar", "reply"), "replyCount": ("svar", "reply"),
        "reblogs_count": ("delning", "boost"), "repostCount": ("delning", "repost"),
        "favourites_count": ("gilla-markering", "favourite"), "likeCount": ("gilla-markering", "like"),
        "quotes_count": ("citat", "quote"), "quoteCount": ("citat", "quote"),
        "likes": ("gilla-markering", "like"), "like_count": ("gilla-markering", "like"),
        "reactions": ("reaktion", "reaction"), "comment_count": ("svar", "reply"),
        "comments_count": ("kommentar", "comment"), "shares": ("delning", "share"),
        "views": ("visning", "view"), "photo_count": ("bild", "photo"), "video_count": ("film", "video"),
        "media_count": ("fil", "file"), "followers_count": ("följare", "follower"),
        "followersCount": ("följare", "follower"), "fan_count": ("gillar sidan", "page like"),
        "statuses_count": ("inlägg", "post"), "postsCount": ("inlägg", "post"),
        "rating_count": ("omdöme", "review"), "were_here_count": ("har varit här", "was here"),
        "interested_count": ("intresserad", "interested"),
    },
    "stream": {
        "posts": ("inlägg", "posts"), "statuses": ("inlägg", "posts"), "replies": ("svar", "replies"),
        "comments": ("kommentarer", "comments"), "more-comments": ("fler kommentarer", "more comments"),
        "more-replies": ("fler svar", "more replies"), "media": ("mediefiler", "media files"),
        "pinned": ("fästa inlägg", "pinned posts"), "profile": ("kontosida", "profile"),
        "history": ("lydelser", "versions"), "attachments": ("bilagor", "attachments"),
        "album-photos": ("bilder i album", "photos of albums"), "stories": ("händelser (stories)", "stories"),
        "archived-stories": ("undanlagda händelser", "archived stories"),
        "archived-day": ("en dags undanlagda händelser", "a day's archived stories"),
        "highlights": ("utvalda händelser", "highlights"), "highlight": ("en utvald händelse", "a highlight"),
        "statistics": ("statistik", "statistics"), "records": ("poster i kontots förråd", "records of the repository"),
        "blobs": ("filer i kontots förråd", "files of the repository"), "video": ("film", "video"),
        "tags": ("inlägg där kontot är märkt", "posts that tag the account"),
        "export": ("kontoinnehavarens export", "the owner's export"),
        "unnamed": ("det som ingen lista nämner", "what no list names"),
        "status": ("inlägg som lästes en gång till", "posts read once more"),
        "post": ("inlägg som lästes en gång till", "posts read once more"),
        "feed": ("kontots flöde", "the account's feed"),
        "own-posts": ("kontots egna inlägg", "the account's own posts"),
        "photos": ("bilder", "photos"), "photo": ("bild", "photo"), "videos": ("filmer", "videos"),
        "reels": ("korta filmer (reels)", "reels"), "albums": ("album", "albums"), "album": ("album", "album"),
        "events": ("evenemang", "events"), "event": ("evenemang", "event"), "ratings": ("omdömen", "reviews"),
        "tagged": ("inlägg där kontot är märkt", "posts that tag the account"),
        "visitor-posts": ("besökares inlägg", "visitors' posts"),
    },
    "why": {
        "gone": ("Borta: plattformen har det inte längre.", "Gone: the platform does not have it any more."),
        "forbidden": (
            "Inte tillåtet: plattformen lämnar inte ut det till oss.",
            "Forbidden: the platform does not give it to us.",
        ),
        "unreadable": (
            "Går inte att läsa: det som kom var trasigt eller okänt. Svaret finns kvar i inspelningen.",
            "Unreadable: what came was broken or unknown. The answer is kept in the record.",
        ),
        "too-large": ("För stort för att hämtas.", "Too large to be taken."),
        "not-offered": (
            "Lämnas inte ut: plattformen erbjuder inget sätt att hämta det.",
            "Not offered: the platform has no way to take it.",
        ),
        "by-decision": (
            "Enligt beslut: myndigheten har bestämt att det inte ska tas.",
            "By decision: the authority has decided that it is not to be taken.",
        ),
    },
    "missing-one": {
        "item": ("post", "item"), "media": ("mediefil", "media file"), "list": ("hel lista", "whole list"),
    },
    "missing-many": {
        "item": ("poster", "items"), "media": ("mediefiler", "media files"), "list": ("hela listor", "whole lists"),
    },
    "missing": {
        "item": ("En post", "An item"), "media": ("En mediefil", "A media file"),
        "list": ("En hel lista", "A whole list"),
    },
    "run": {
        "dag": ("DAG", "DAG"), "run": ("körning", "run"), "type": ("slag", "type"), "command": ("kommando", "command"),
        "started_by": ("startad av", "started by"), "approved_by": ("godkänd av", "approved by"),
        "commit": ("version", "commit"),
    },
    "part": {
        "title": ("rubriken eller varningen", "the title or the warning"), "text": ("texten", "the text"),
        "published": ("datumet", "the date"), "language": ("språket", "the language"),
        "visibility": ("vem som ser det", "who sees it"), "reply_to": ("vad det svarar på", "what it replies to"),
        "boost_of": ("vad det delar", "what it shares"), "fields": ("uppgifterna", "the details"),
        "poll": ("svarsalternativen", "the choices"), "media": ("filerna", "the files"),
    },
    "role": {
        "original": ("originalfil", "original"),
        "rendition": ("plattformens omvandling", "the platform's rendition"), "thumbnail": ("miniatyr", "thumbnail"),
        "caption": ("undertexter", "captions"), "avatar": ("profilbild", "profile picture"),
        "banner": ("omslagsbild", "banner"),
    },
}  # fmt: skip
WORDS: Final[dict[Lang, dict[str, str]]] = {
    "sv": {name: both[0] for name, both in _WORDS.items()},
    "en": {name: both[1] for name, both in _WORDS.items()},
}
SUMS: Final = (*_TABLES["sum"], "controls")
_MONTHS: Final[dict[Lang, str]] = {
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "en": "January February March April May June July August September October November December",
}


def say(lang: Lang, table: str, name: str) -> str:
    """A word of one of the tables; what the tables do not know is said as it is."""
    known = _TABLES[table].get(name)
    return name if known is None else known[lang == "en"]


def table(name: str, of: str, value: object) -> str:
    """The table with the word for so many: `sum-one` for one of what `sum` has many of, where it is another word."""
    return f"{of}-one" if value == 1 and known(f"{of}-one", name) else of


def known(table: str, name: str) -> bool:
    """Whether there is a word for it."""
    return name in _TABLES[table]


def ran(lang: Lang, run: Mapping[str, str]) -> str:
    """`DAG arkiv_arlig, körning manual__1, startad av robin`: who or what ran it."""
    return ", ".join(f"{say(lang, 'run', name)} {value}" for name, value in run.items())


def month(lang: Lang, name: str) -> str:
    """`Mars 2026` for 2026-03."""
    year, _, number = name.partition("-")
    if not number:
        return WORDS[lang]["undated"]
    return f"{_name(lang, int(number)).capitalize()} {year}"


def months(lang: Lang) -> str:
    """The twelve months, one space between them."""
    return _MONTHS[lang]


def moment(lang: Lang, stamp: str) -> str:
    """`1 december 2026 kl. 12.00` for a stamp of ours, in Swedish time."""
    at = _here(stamp)
    if at is None:
        return stamp
    between, mark = (" kl. ", ".") if lang == "sv" else (", ", ":")
    return f"{at.day} {_name(lang, at.month)} {at.year}{between}{at.hour:02}{mark}{at.minute:02}"


def number(lang: Lang, value: int) -> str:
    return f"{value:,}".replace(",", "\N{NO-BREAK SPACE}" if lang == "sv" else ",")


def size(lang: Lang, value: int) -> str:
    """`1,4 MB (1 400 000 byte)`; under a thousand bytes, the bytes alone."""
    exact = f"{number(lang, value)} {WORDS[lang]['byte' if value == 1 else 'bytes']}"
    for power, unit in ((3, "GB"), (2, "MB"), (1, "kB")):
        if value >= 1000**power:
            rough = f"{value / 1000**power:.1f}"
            return f"{rough.replace('.', ',') if lang == 'sv' else rough} {unit} ({exact})"
    return exact


def _name(lang: Lang, number: int) -> str:
    return _MONTHS[lang].split()[number - 1]


def _here(stamp: str) -> datetime | None:
    at = when(stamp)
    try:
        return at and at.astimezone(HERE)
    except OverflowError:  # the last hour of the year 9999
        return None
