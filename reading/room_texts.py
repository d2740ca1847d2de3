"""Every word of the reading room: Swedish, and English by one switch."""

from typing import Final

from reading import texts
from reading.texts import Lang, Table

_WORDS: Final[Table] = {
    "lang": ("sv", "en"), "other": ("en", "sv"), "switch": ("In English", "På svenska"),
    "skip": ("Hoppa till innehållet", "Skip to the content"), "pages": ("Sidor", "Pages"),
    "top": ("Till sidans början", "To the top of the page"),
    "room": ("Läsesalen", "The reading room"), "all": ("Alla konton", "All accounts"),
    "airflow": ("Till Airflow", "To Airflow"), "times": ("Alla tider är svensk tid.", "All times are Swedish time."),
    "lead": (
        "Här står varje konto, år för år: om det är arkiverat, om allt är med och vad som behöver göras.",
        "Here stands every account, year by year: whether it is archived, whether it is whole and what is to be done.",
    ),
    "read-at": ("Läst", "Read"), "store": ("Arkivlager", "Store"),
    # what needs a person
    "now": ("Att göra nu", "To be done now"),
    "nothing": ("Ingenting väntar på någon just nu.", "Nothing waits for anybody just now."),
    "answer": ("Svara", "Answer"), "show-all": ("Visa alla", "Show all"), "by": ("senast", "by"),
    "sign-off-help": (
        "En avslutsarkivering frågar i Airflow. För en årsarkivering: kör om uppgiften, eller godta det som fattas så "
        "här. Driften kör kommandot:",
        "A closure asks in Airflow. For an annual archive: run the task again, or accept what is missing like this. "
        "Operations run the command:",
    ),
    "sign-off-how": ("Så här godtas det", "How to accept it"),
    "sign-off-by": ("funktionen som godtar", "the function that accepts"),
    "sign-off-why": ("varför", "why"),
    # december
    "december": ("December", "December"), "last-december": ("Senaste december", "The last December"),
    "next-december": ("Nästa december", "The next December"),
    "accounts": ("konton", "accounts"), "account-one": ("konto", "account"),
    "no-packages": ("Inga paket än.", "No packages yet."),
    "begins": ("Börjar om", "Begins in"), "days": ("dagar", "days"), "day": ("dag", "day"),
    "ended": ("har gått ut", "has ended"),
    "begun": ("Pågår nu.", "Under way now."),
    "ready": ("konton är klara enligt generalrepetitionen.", "accounts are ready by the last look."),
    "of": ("av", "of"),
    "not-looked": (
        "Ingen generalrepetition har gjorts. Starta den i Airflow.",
        "Nobody has looked yet whether December will work. Start the look in Airflow.",
    ),
    # the matrix
    "matrix": ("Konto för konto, år för år", "Account by account, year by year"),
    "matrix-lead": (
        "Varje ruta med en storlek är ett arkivpaket som har ett kvitto. Rutan leder till paketet. Övningar är inte "
        "med. Äldre år finns på kontots sida.",
        "Every box with a size is an archive package that has a receipt, and leads to it. Rehearsals are left out. "
        "Earlier years are on the account's page.",
    ),
    "search": ("Sök bland kontona", "Search the accounts"), "find": ("Sök", "Search"),
    "search-help": ("Namn, plattform, enhet eller ansvarig", "Name, platform, unit or function"),
    "only-needs": ("Bara konton där något behöver göras", "Only accounts where something is to be done"),
    "clear": ("Visa alla konton", "Show all accounts"),
    "none-found": ("Inget konto stämmer med sökningen.", "No account fits the search."),
    "no-accounts": ("Registret har inga konton, och arkivet inga paket.", "There are no accounts and no packages."),
    "shown": ("visas", "shown"),
    "account": ("Konto", "Account"), "key": ("Nyckel", "Key"), "unit": ("Enhet", "Unit"),
    "closure-mark": ("avslut", "closure"), "legend": ("Vad orden betyder", "What the words mean"),
    "left-register": ("finns inte längre i registret", "no longer in the register"),
    "scroll": ("Tabellen kan rullas i sidled", "The table can be scrolled sideways"),
    # charts
    "charts": ("Omfång och luckor", "Volume and gaps"), "as-table": ("Samma siffror som tabell", "The same as a table"),
    "volume": ("Arkivets storlek, år för år", "Size of the archive, year by year"),
    "states": ("Konton som är kompletta eller har kända luckor, år för år",
               "Accounts that are whole or have named gaps, year by year"),
    "accounts-of": ("konton", "accounts"),
    "largest": ("De största kontona, alla år", "The largest accounts, all years"),
    "all-gaps": ("Luckor i kontonas senaste paket, skäl för skäl", "Gaps in the accounts’ last packages, by reason"),
    "unweighed": (
        "paket är inte lästa, eller går inte att läsa: deras luckor är inte med.",
        "packages are not read, or cannot be: their gaps are left out.",
    ),
    "unweighed-one": (
        "paket är inte läst, eller går inte att läsa: dess luckor är inte med.",
        "package is not read, or cannot be: its gaps are left out.",
    ),
    "no-gaps-all": ("Inget kontos senaste paket har luckor.", "No account’s last package has gaps."),
    "growth": ("Sammanlagd volym efter varje paket", "Volume in all after each package"),
    "in-all": ("Sammanlagt", "In all"),
    "gaps-chart": ("Luckor, skäl för skäl", "Gaps by reason"),
    "no-gaps": ("Paketen har inga luckor.", "The packages have no gaps."),
    "year": ("År", "Year"), "size": ("Storlek", "Size"), "packages": ("Paket", "Packages"),
    "package-one": ("Paket", "Package"),
    "posts": ("Inlägg", "Posts"), "comments": ("Kommentarer", "Comments"), "media": ("Mediefiler", "Media files"),
    "reason": ("Skäl", "Reason"), "number": ("Antal", "Number"), "order": ("Beställning", "Order"),
    # an account
    "address": ("Adress", "Address"), "platform": ("Plattform", "Platform"),
    "responsible": ("Ansvarig", "Responsible"), "status": ("Läge i registret", "Status in the register"),
    "close": ("Stäng kontot …", "Close the account …"),
    "close-help": (
        "Knappen öppnar flödet Avslutsarkivering i Airflow. Tryck på Starta och fyll i resten. I fältet Konto står "
        "redan:",
        "The button opens the DAG Avslutsarkivering in Airflow. Press Trigger and fill in the rest. In the field Konto "
        "stands already:",
    ),
    "history": ("Arkivpaket, det senaste först", "Archive packages, the latest first"),
    "no-history": ("Inget paket har levererats för kontot än.", "No package of the account has been delivered yet."),
    "read-copy": ("Läs", "Read"), "download": ("Hämta paketet", "Fetch the package"),
    "no-copy": ("Paketets format har ingen läskopia.", "The package's format has no reading copy."),
    "alarm": ("Larm vid kontrollen av arkivet", "Alarm of the archive’s check"),
    "evidence": ("Bevis", "Evidence"), "receipt": ("Kvitto", "Receipt"), "verdict": ("Omdöme", "Verdict"),
    "hash": ("SHA-256", "SHA-256"), "taken": ("Hämtat", "Taken"), "to": ("till", "to"),
    "not-counted": ("räknas inte", "does not count"),
    "contents": ("Innehåll", "Content"), "gaps": ("Luckor", "Gaps"), "promise": ("Lagret lovar", "The store promises"),
    "where": ("Ligger i", "Lies in"), "format": ("Format", "Format"),
    "previous": ("Kvittot före", "The receipt before"), "unknown": ("uppgift saknas", "not told"),
    "check": (
        "Kontrollera själv: hämta paketet och bevisen till en mapp och kör ”arsring verify” på den, eller följ "
        "LASMIG.txt i paketet. I läskopian här kontrolleras sidor och bilder när de visas, men inte filer över 8 MB.",
        "Check it yourself: fetch package and evidence into one folder and run “arsring verify” on it, or follow "
        "LASMIG.txt in the package. In the reading copy here pages and pictures are checked as they are shown; files "
        "of more than 8 MB are not.",
    ),
    # the register
    "register": ("Registret", "The register"),
    "register-lead": (
        "Registret som det står nu. Det ändras med ”arsring register”, eller i Excel: då påpekas det här tills det är "
        "intaget i historiken.",
        "The register as it stands now. It is changed with “arsring register”, or in Excel: that is told here until it "
        "has been taken into the history.",
    ),
    "to-register": ("Kontot i registret, med historik", "The account in the register, with its history"),
    "fetch-list": ("Listan över alla konton", "The list of all accounts"),
    "fetch-help": ("Att lämna vidare uppåt, som den ser ut i dag.", "To report upwards, as it is today."),
    "as-xlsx": ("Hämta för Excel (XLSX)", "Fetch for Excel (XLSX)"), "as-csv": ("Hämta som CSV", "Fetch as CSV"),
    "as-pdf": ("Hämta att skriva ut (PDF)", "Fetch to print (PDF)"),
    "faults": ("Det här måste rättas", "This must be mended"), "notes": ("Påpekanden", "Notes"),
    "well": ("konton är i ordning.", "accounts are in order."),
    "state": ("Läge", "State"), "since": ("sedan", "since"), "last": ("Senast arkiverat", "Last archived"),
    "lacking": ("Saknas", "Missing"), "never": ("aldrig", "never"),
    "in-order": ("I ordning", "In order"), "noted": ("Påpekande", "Note"), "grave": ("Rättas", "To be mended"),
    "what-is-said": ("Det som är att säga, konto för konto", "What there is to say, account by account"),
    "changes": ("Historik", "History"), "no-changes": ("Ingen historik än.", "No history yet."),
    "changes-lead": (
        "Vem som har ändrat vad, när och varför. Det nyaste står först.",
        "Who changed what, when and why, the newest first.",
    ),
    "field": ("Uppgift", "Field"), "before": ("Före", "Before"), "after": ("Efter", "After"),
    # notices
    "not-found": ("Sidan finns inte", "There is no such page"),
    "no-account": ("Kontot finns inte", "There is no such account"),
    "no-order": ("Paketet finns inte", "There is no such package"),
    "no-file": ("Filen finns inte i paketets läskopia", "The file is not in the package's reading copy"),
    "unreadable": ("Paketet går inte att läsa", "The package cannot be read"),
    "damaged": ("Filen är skadad", "The file is damaged"),
    "not-had": ("Går inte att läsa", "Cannot be read"), "by-receipt": ("enligt kvittot:", "by its receipt:"),
    "no-download": (
        "Paketet går inte att hämta: det är borta ur lagret, skadat eller inte åtkomligt just nu. Bevisen finns kvar.",
        "The package cannot be fetched: it is gone from the store, damaged or out of reach just now. Its evidence is "
        "still here.",
    ),
    "damaged-text": (
        "Filens kontrollsumma stämmer inte. Resten av läskopian går att läsa. Hämta ett annat exemplar av paketet, och "
        "säg till driften.",
        "The file's checksum does not agree. The rest of the reading copy can be read. Fetch another copy of the "
        "package, and tell operations.",
    ),
    "unset": ("Läsesalen är inte inställd", "The reading room is not set up"),
    "no-disk": ("API-servern kommer inte åt arkivet", "The API server cannot read the archive"),
    "waits": ("Arkivlagret svarar inte just nu", "The store does not answer just now"),
    "login": ("Logga in", "Log in"),
    "login-needed": ("Du behöver logga in", "You need to log in"),
    "not-allowed": ("Du har inte rätt att se det här", "You may not see this"),
    "back": ("Till alla konton", "To all accounts"),
}  # fmt: skip
_TABLES: Final[dict[str, Table]] = {
    "state": {
        "whole": ("Komplett", "Whole"), "whole with named gaps": ("Luckor", "Gaps"),
        "cannot be proven": ("Obevisat", "Unproven"), "not whole": ("Ej komplett", "Not whole"),
        "lost": ("Borta", "Gone"), "missing": ("Saknas", "Missing"), "waiting": ("Väntar", "Waits"),
        "before": ("–", "–"),
        "closed": ("Avslutat", "Closed"),
    },
    "state-long": {
        "whole": ("allt som plattformen säger finns är med", "all that the platform says is there is here"),
        "whole with named gaps": (
            "allt är med utom det som är uppräknat med skäl",
            "all is here but what is listed with its reason",
        ),
        "cannot be proven": (
            "plattformen säger inte hur mycket som finns; en person har godtagit det",
            "the platform does not say how much there is; a person has accepted that",
        ),
        "not whole": (
            "något saknas utan känt skäl; en person har godtagit det",
            "something is missing without a known reason; a person has accepted that",
        ),
        "lost": (
            "paketet ligger inte i arkivlagret så som kvittot säger, och räknas inte med i storlekarna",
            "the package does not lie in the store as its receipt says, and is left out of the sizes",
        ),
        "missing": ("kontot borde ha arkiverats det året", "the account should have been archived that year"),
        "waiting": ("arkiveras i december", "is archived in December"),
        "before": (
            "året före kontots första paket, eller ett konto som inte arkiveras",
            "a year before the account's first package, or an account that is not archived",
        ),
        "closed": ("kontot är avslutat", "the account has been closed"),
    },
    "todo": {
        "answer": ("Frågor som väntar på svar", "Questions that wait for an answer"),
        "sign-off": (
            "Hämtat men inte komplett: godta eller försök igen",
            "Taken and not whole: accept it, or try again",
        ),
        "alarm": ("Arkivet är inte som det levererades", "The archive is not as it was delivered"),
        "fault": ("Register, inställningar, kvitton och larm", "Register, settings, receipts and alarms"),
        "fails": ("Fungerar inte nu", "Fails now"),
        "renew": ("Måste ordnas före december", "To be mended before December"),
        "missing": ("Saknar förra årets paket", "Last year's package is missing"),
        "never": ("Aldrig arkiverat: nytt, eller misslyckades i december", "Never archived: new, or December failed"),
        "drift": ("stämmer inte med registret", "not as the register has it"),
        "unsound": (
            "Senaste paketet är godtaget fast det inte är komplett",
            "The last package was accepted though it is not whole",
        ),
    },
    "key": {
        "never": ("går inte ut", "does not end"), "unknown": ("okänt slut", "unknown end"), "none": ("ingen", "none"),
        "not-looked": ("inte kontrollerad", "not looked at"),
    },
    "status": {
        "": ("finns inte längre i registret", "no longer in the register"), "applied": ("sökt", "applied for"),
        "active": ("aktivt", "active"), "closing": ("ska stängas", "to be closed"),
        "archived": ("arkiverat", "archived"), "closed": ("stängt", "closed"),
    },
    "kind": {
        "annual": ("årsarkivering", "annual archive"), "closure": ("avslutsarkivering", "closure archive"),
        "rehearsal": ("övning", "rehearsal"),
    },
    "reason": {
        "gone": ("borta", "gone"), "forbidden": ("inte tillåtet", "forbidden"),
        "unreadable": ("går inte att läsa", "unreadable"), "too-large": ("för stort", "too large"),
        "not-offered": ("lämnas inte ut", "not offered"), "by-decision": ("enligt beslut", "by decision"),
    },
}  # fmt: skip
WORDS: Final[dict[Lang, dict[str, str]]] = {
    "sv": {name: both[0] for name, both in _WORDS.items()},
    "en": {name: both[1] for name, both in _WORDS.items()},
}


def say(lang: Lang, table: str, name: str) -> str:
    """A word of one of the tables, or of the reading copy's; what they do not know is said as it is."""
    if table not in _TABLES:
        return texts.say(lang, table, name)
    known = _TABLES[table].get(name)
    return name if known is None else known[lang == "en"]
