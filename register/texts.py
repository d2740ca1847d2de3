"""Every sentence the register says to people, Swedish and English, in one table.

No text shows the value of a cell: a token may have been pasted into any of them, and row and column
are enough to find it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Lang = Literal["sv", "en"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing to say about the file: which text, where, and what the text needs."""

    code: str
    row: int = 0  # as Excel numbers it, the heading is row 1; 0: not about one row
    column: str = ""  # the heading as in the file
    values: Mapping[str, object] = field(default_factory=dict)


def say(remark: Remark, lang: Lang) -> str:
    """The remark as a sentence, with its place first: "Rad 3, kolumn ”Nivå”: ..."."""
    row, column, both = PLACES[lang]
    place = both if remark.row and remark.column else row if remark.row else column if remark.column else ""
    text = TEXTS[remark.code][lang].format(**remark.values)
    return place.format(row=remark.row, column=remark.column) + text


PLACES: Final[dict[Lang, tuple[str, str, str]]] = {
    "sv": ("Rad {row}: ", "Kolumn ”{column}”: ", "Rad {row}, kolumn ”{column}”: "),
    "en": ("Row {row}: ", "Column “{column}”: ", "Row {row}, column “{column}”: "),
}

TEXTS: Final[dict[str, dict[Lang, str]]] = {
    # the whole answer
    "summary": {
        "sv": "{name}: registret kan inte användas, antal fel: {count}. Rätta dem och kontrollera igen.",
        "en": "{name}: the register cannot be used, faults: {count}. Mend them and check again.",
    },
    "more": {
        "sv": "Och {count} fel till. Rätta de första och kontrollera igen.",
        "en": "And {count} more. Mend the first ones and check again.",
    },
    # the file
    "missing": {
        "sv": "Filen finns inte. Kontrollera sökvägen och namnet.",
        "en": "There is no such file. Check the path and the name.",
    },
    "unreadable": {
        "sv": "Filen går inte att öppna ({reason}). Kontrollera att det är en fil och att du får läsa den.",
        "en": "The file cannot be opened ({reason}). Check that it is a file and that you may read it.",
    },
    "too-big": {
        "sv": "Filen är större än {limit} MB och kan inte vara ett register. Kontrollera att det är rätt fil.",
        "en": "The file is larger than {limit} MB and cannot be a register. Check that it is the right file.",
    },
    "empty": {
        "sv": "Filen är tom. Skriv rubriker på rad 1 och ett konto på varje rad därunder.",
        "en": "The file is empty. Write headings in row 1 and one account in each row below.",
    },
    "workbook": {
        "sv": "Filen är en arbetsbok, inte en CSV-fil. Öppna den i Excel och välj Spara som, "
        "”CSV UTF-8 (kommaavgränsad)”.",
        "en": "The file is a workbook, not a CSV file. Open it in Excel and choose Save as, "
        "“CSV UTF-8 (Comma delimited)”.",
    },
    "utf-16": {
        "sv": "Filen är sparad som ”Unicode-text” (UTF-16). Spara den som ”CSV UTF-8 (kommaavgränsad)”.",
        "en": "The file is saved as “Unicode Text” (UTF-16). Save it as “CSV UTF-8 (Comma delimited)”.",
    },
    "nul": {
        "sv": "Filen innehåller nolltecken och är alltså skadad eller ingen textfil. "
        "Öppna originalet och spara det som ”CSV UTF-8 (kommaavgränsad)”.",
        "en": "The file holds NUL bytes, so it is damaged or no text file. "
        "Open the original and save it as “CSV UTF-8 (Comma delimited)”.",
    },
    "windows-1252": {
        "sv": "Filen är sparad med den äldre teckenuppsättningen Windows-1252, så å, ä och ö skulle bli fel. "
        "Spara den som ”CSV UTF-8 (kommaavgränsad)”, inte bara ”CSV”.",
        "en": "The file is saved in the older encoding Windows-1252, so å, ä and ö would come out wrong. "
        "Save it as “CSV UTF-8 (Comma delimited)”, not just “CSV”.",
    },
    "encoding": {
        "sv": "Filens teckenuppsättning går inte att känna igen. Spara den som ”CSV UTF-8 (kommaavgränsad)”.",
        "en": "The encoding of the file is not known. Save it as “CSV UTF-8 (Comma delimited)”.",
    },
    "quotes": {
        "sv": 'härifrån går filen inte att läsa: ett citattecken (") saknar sin partner, eller en cell '
        "är orimligt "
        "lång. Rätta citattecknen på raden; ett citattecken i en text skrivs dubbelt.",
        "en": 'the file cannot be read from here on: a quotation mark (") lacks its partner, or a cell '
        "is far too "
        "long. Mend the quotation marks in the row; one inside a text is written twice.",
    },
    # the heading row
    "no-heading": {
        "sv": "raden har inga kända rubriker. Den första raden ska vara en rubrikrad, till exempel: {known}.",
        "en": "the row has no known headings. The first row must be a heading row, for example: {known}.",
    },
    "too-wide": {
        "sv": "raden har {found} kolumner, mer än {limit}. Ta bort dem som inte hör till registret.",
        "en": "the row has {found} columns, more than {limit}. Remove those that are not the register's.",
    },
    "missing-column": {
        "sv": "kolumnen ”{name}” saknas. Lägg till den; den måste finnas.",
        "en": "the column “{name}” is missing. Add it; it is mandatory.",
    },
    "double-column": {
        "sv": "samma uppgift står redan i kolumn ”{first}”. Behåll bara den ena kolumnen.",
        "en": "column “{first}” holds the same thing already. Keep only one of the two.",
    },
    "misspelt-column": {
        "sv": "rubriken är okänd men liknar ”{near}”. Rätta stavningen, eller byt namn så att de inte förväxlas.",
        "en": "the heading is not known but resembles “{near}”. Mend the spelling, or rename it to tell them apart.",
    },
    "near-column": {
        "sv": "rubriken är okänd och kolumnen läses inte, men den liknar ”{near}”. Rätta stavningen om det är den.",
        "en": "the heading is not known and the column is not read, but it resembles “{near}”. Mend the spelling if "
        "that is meant.",
    },
    "unknown-column": {
        "sv": "rubriken är okänd och kolumnen läses inte. Ingenting behöver göras om den är er egen. "
        "Kända rubriker: {known}.",
        "en": "the heading is not known and the column is not read. Nothing need be done if it is your own. "
        "Known headings: {known}.",
    },
    "no-responsible-column": {
        "sv": "Kolumnen ”ansvarig” saknas. Lägg till den och skriv funktionen som ansvarar för varje konto.",
        "en": "The column “responsible” is missing. Add it and write the function that answers for each account.",
    },
    # a row
    "no-accounts": {
        "sv": "Det finns inga konton under rubrikraden. Skriv ett konto på varje rad.",
        "en": "There are no accounts below the heading row. Write one account in each row.",
    },
    "too-many-cells": {
        "sv": "raden har {found} celler, rubrikraden {due}. Ta bort det som är för mycket; en text som "
        "innehåller "
        "skiljetecknet måste stå inom citattecken.",
        "en": "the row has {found} cells, the heading row {due}. Remove what is too much; a text that "
        "holds the "
        "separator must stand within quotation marks.",
    },
    "too-few-cells": {
        "sv": "raden har {found} celler, rubrikraden {due}. Fyll på raden; tomma celler skrivs också ut.",
        "en": "the row has {found} cells, the heading row {due}. Complete the row; empty cells are written too.",
    },
    "same-row": {
        "sv": "raden är likadan som rad {first}. Ta bort den ena.",
        "en": "the row is the same as row {first}. Remove one of them.",
    },
    "same-id": {
        "sv": "samma id står på rad {first}. Ge kontot ett eget id; ett id återanvänds aldrig.",
        "en": "row {first} has the same id. Give the account its own; an id is never used again.",
    },
    "same-address": {
        "sv": "samma adress står på rad {first}. Ta bort den ena raden eller rätta adressen.",
        "en": "row {first} has the same address. Remove one of the rows or mend the address.",
    },
    "same-folder": {
        "sv": "samma mapp står på rad {first}. Ge varje konto en egen mapp, annars hamnar det enas export i det andras "
        "paket.",
        "en": "row {first} has the same folder. Give each account its own, or the export of one goes into the package "
        "of the other.",
    },
    "nested-folder": {
        "sv": "mappen och den på rad {first} ligger den ena i den andra. Ge varje konto en mapp vid sidan av de "
        "andras, annars hamnar det enas export i det andras paket.",
        "en": "this folder and that of row {first} lie one inside the other. Give each account one beside the "
        "others', or the export of one goes into the package of the other.",
    },
    "only-instagram": {
        "sv": "bara ett konto på Instagram kan läsas så. Töm cellen.",
        "en": "only an account on Instagram can be read in that way. Empty the cell.",
    },
    "no-folder": {
        "sv": "mappen finns inte. Skapa den eller töm cellen innan kontot arkiveras.",
        "en": "there is no such folder. Create it or empty the cell before the account is archived.",
    },
    "no-picture": {
        "sv": "bilden finns inte. Lägg den vid registret och skriv dess sökväg, till exempel "
        "”profilbilder/exempelvik.png”, eller töm cellen.",
        "en": "there is no such picture. Put it beside the register and write its path, for example "
        "“profile-pictures/exempelvik.png”, or empty the cell.",
    },
    "date": {
        "sv": "det är inget datum. Skriv år, månad och dag så här: 2026-11-02.",
        "en": "this is no date. Write year, month and day like this: 2026-11-02.",
    },
    "no-responsible": {
        "sv": "kontot är aktivt men ingen är ansvarig. Skriv den funktion som ansvarar, till exempel "
        "”kommunikationschef”.",
        "en": "the account is active but nobody is responsible. Write the function that is, for example "
        "“head of communications”.",
    },
    # a cell
    "too-long": {
        "sv": "texten är längre än 2 000 tecken. Korta den.",
        "en": "the text is longer than 2,000 characters. Shorten it.",
    },
    "blank": {
        "sv": "cellen är tom. Fyll i den; uppgiften måste finnas.",
        "en": "the cell is empty. Fill it in; it is mandatory.",
    },
    "no-heading-cell": {
        "sv": "cellen har innehåll men kolumnen ingen rubrik. Skriv en rubrik eller ta bort innehållet.",
        "en": "the cell has content but its column no heading. Write a heading or remove the content.",
    },
    "control": {
        "sv": "cellen innehåller osynliga styrtecken. Skriv om texten för hand i stället för att klistra in den.",
        "en": "the cell holds invisible control characters. Type the text instead of pasting it.",
    },
    "formula": {
        "sv": "texten börjar med =, +, - eller @, så Excel kan ta den för en formel. Skriv om början.",
        "en": "the text begins with =, +, - or @, so Excel may take it for a formula. Write its beginning anew.",
    },
    "garbled": {
        "sv": "texten ser förvanskad ut (som ”Ã¶” i stället för ”ö”). Skriv om den och spara som "
        "”CSV UTF-8 (kommaavgränsad)”.",
        "en": "the text looks garbled (like “Ã¶” for “ö”). Type it again and save as “CSV UTF-8 (Comma delimited)”.",
    },
    "id": {
        "sv": "ett id har 3–60 tecken: små bokstäver a–z, siffror och bindestreck, och börjar och "
        "slutar med bokstav "
        "eller siffra, till exempel ”exempelvik-mastodon”. Rätta det.",
        "en": "an id has 3–60 characters: small letters a–z, digits and hyphens, and begins and ends "
        "with a letter "
        "or digit, for example “exempelvik-mastodon”. Mend it.",
    },
    "platform": {
        "sv": "plattformen är okänd. Skriv någon av: {known}.",
        "en": "the platform is not known. Write one of: {known}.",
    },
    "unread": {
        "sv": "den plattformen kan inte läsas än, så kontot arkiveras inte. Beställ kontots egen export och spara den.",
        "en": "that platform cannot be read yet, so the account is not archived. Order the account’s own export and "
        "keep it.",
    },
    "platform-name": {
        "sv": "en plattform skrivs med ett ord, till exempel ”mastodon”. Rätta det.",
        "en": "a platform is written as one word, for example “mastodon”. Mend it.",
    },
    "address": {
        "sv": "det är ingen hel webbadress. Kopiera adressen ur webbläsaren, från ”https://” till slutet.",
        "en": "this is not a whole web address. Copy it from the browser, from “https://” to its end.",
    },
    "address-login": {
        "sv": "adressen innehåller en inloggning (namn och kanske lösenord före ”@”). Ta bort den och byt lösenordet.",
        "en": "the address holds a login (a name and perhaps a password before “@”). Remove it and "
        "change the password.",
    },
    "address-fragment": {
        "sv": "adressen har en del efter ”#”, som pekar in på en sida. Ta bort ”#” och det som följer.",
        "en": "the address has a part after “#”, which points inside a page. Remove “#” and what follows.",
    },
    "level": {
        "sv": "nivån är okänd. Skriv ”hela”, ”unikt innehåll” eller ”översiktsbild”.",
        "en": "the level is not known. Write “full”, “unique” or “overview”.",
    },
    "status": {
        "sv": "statusen är okänd. Skriv ”ansökt”, ”aktivt”, ”avslutas”, ”arkiverat” eller ”avslutat”.",
        "en": "the status is not known. Write “applied”, “active”, “closing”, “archived” or “closed”.",
    },
    "key": {
        "sv": "här skrivs bara nyckelns namn: högst 40 tecken, små bokstäver a–z, siffror, ”-” och ”_”. Rätta namnet.",
        "en": "only the name of a key is written here: at most 40 small letters a–z, digits, “-” and “_”. Mend it.",
    },
    "folder": {
        "sv": "det här är en webbadress. Skriv sökvägen till en mapp på disken, till exempel ”exporter/exempelvik”.",
        "en": "this is a web address. Write the path of a folder on the disk, for example “exports/exempelvik”.",
    },
    "option": {
        "sv": "tillvalet är okänt. Skriv ”statistik” eller lämna cellen tom; flera tillval skiljs åt med kommatecken.",
        "en": "the option is not known. Write “insights” or leave the cell empty; several are parted by commas.",
    },
    "decision": {
        "sv": "här skrivs beslutets diarienummer, till exempel ”EXV 2026/0311”; ett ja räcker inte. Skriv numret eller "
        "töm cellen.",
        "en": "the number of the decision is written here, for example “EXV 2026/0311”; a yes is not enough. Write the "
        "number or empty the cell.",
    },
    # an account's life
    "no-form": {
        "sv": "{id}: startformulär saknas. Skriv dess diarienummer och datum.",
        "en": "{id}: there is no start form. Write its case number and date.",
    },
    "no-form-date": {
        "sv": "{id}: startformulärets datum saknas. Skriv det i kolumnen ”formulärdatum”.",
        "en": "{id}: the start form has no date. Write it in the column “case-date”.",
    },
    "no-decision": {
        "sv": "{id}: statusens datum eller beslut saknas. Skriv dem i ”statusdatum” och ”statusbeslut”.",
        "en": "{id}: the status lacks its date or its decision. Write them in “status-date” and “status-decision”.",
    },
    "ended-unarchived": {
        "sv": "{id}: står som arkiverat eller avslutat, men arkivet har inget kvitto på kontot. Finns kontot kvar: "
        "sätt tillbaka statusen och arkivera det.",
        "en": "{id}: stands as archived or closed, and the archive has no receipt of the account. If the account is "
        "still there: put its status back and archive it.",
    },
    "ended-by-annual": {
        "sv": "{id}: står som arkiverat eller avslutat, men det sista paketet är årets från {year} och inget beslut om "
        "det står i registret. Finns kontot kvar: avslutsarkivera det. Annars: skriv beslutet i ”statusbeslut”.",
        "en": "{id}: stands as archived or closed, and the last package is the annual one of {year}, and no decision "
        "about that is in the register. If the account is still there: archive it for its closure. Otherwise write the "
        "decision in “status-decision”.",
    },
    "closure-untold": {
        "sv": "{id}: är avslutsarkiverat ({order}), och det står inte i registret. Stäng kontot och kör ”arsring "
        "register change {id} --status avslutat”.",
        "en": "{id}: has been archived for its closure ({order}), and the register does not say so. Close the account "
        "and run “arsring register change {id} --status closed”.",
    },
    "no-step": {
        "sv": "{id}: statusen kan inte gå från ”{old}” till ”{new}”. Välj någon av: {ways}.",
        "en": "{id}: the status cannot go from “{old}” to “{new}”. Choose one of: {ways}.",
    },
    "archive-unknown": {
        "sv": "{id}: ett konto får bli arkiverat eller avslutat först när arkivet har det, och var arkivet är har "
        "ingen sagt. Säg det med --settings eller --archive.",
        "en": "{id}: an account may become archived or closed only when the archive has it, and nobody has said where "
        "that is. Say so with --settings or --archive.",
    },
    "needs-package": {
        "sv": "{id}: arkivet har inget kvitto på kontot, så det får inte avslutas. Arkivera det först: starta "
        "Avslutsarkivering i Airflow, eller kör ”arsring run --kind closure --account {id}”.",
        "en": "{id}: the archive has no receipt of the account, so it must not be closed. Archive it first: start "
        "Avslutsarkivering in Airflow, or run “arsring run --kind closure --account {id}”.",
    },
    "needs-decision": {
        "sv": "{id}: arkivet har bara årets paket ({year}), och det som kommit efter det skulle gå förlorat. Starta "
        "Avslutsarkivering i Airflow. Är kontot redan borta: ange beslutet med --decision.",
        "en": "{id}: the archive has only the annual package ({year}), and what came after that would be lost. Start "
        "Avslutsarkivering in Airflow. If the account is gone already: give the decision with --decision.",
    },
    # the history
    "no-history": {
        "sv": "registret har ingen historik än. Den börjar med första ändringen, eller med ”arsring register "
        "change --accept”.",
        "en": "the register has no history yet. It begins with the first change, or with “arsring register "
        "change --accept”.",
    },
    "history-unreadable": {
        "sv": "historikens rad {line} går inte att läsa.",
        "en": "line {line} of the history cannot be read.",
    },
    "history-broken": {
        "sv": "historikens rad {line} följer inte på raden före: något har ändrats eller tagits bort.",
        "en": "line {line} of the history does not follow the line before it: something was changed or removed.",
    },
    "history-unusable": {
        "sv": "{name}: någon har ändrat i historiken, så inget skrevs. Lägg tillbaka filen ur en säkerhetskopia.",
        "en": "{name}: somebody has touched the history, so nothing was written. Put the file back from a backup.",
    },
    "drift-changed": {
        "sv": "{id}: ändrat för hand, förbi historiken: {fields}. Ta in det: ”arsring register change {id} --accept”.",
        "en": "{id}: changed by hand, past the history: {fields}. Take it in: “arsring register change {id} --accept”.",
    },
    "drift-added": {
        "sv": "{id}: tillagt för hand, förbi historiken. Ta in det med ”arsring register change {id} --accept”.",
        "en": "{id}: added by hand, past the history. Take it in with “arsring register change {id} --accept”.",
    },
    "drift-removed": {
        "sv": "{id}: raden är borttagen för hand, förbi historiken. Lägg tillbaka den, eller ta in det med ”arsring "
        "register change {id} --accept”.",
        "en": "{id}: the row was removed by hand, past the history. Put it back, or take that in with “arsring "
        "register change {id} --accept”.",
    },
    # what was refused
    "refused": {"sv": "{name}: inget ändrades.", "en": "{name}: nothing was changed."},
    "used-id": {
        "sv": "{id}: id:t är eller har varit ett annat kontos. Välj ett nytt; ett id återanvänds aldrig.",
        "en": "{id}: the id is or was another account's. Choose a new one; an id is never used again.",
    },
    "fixed-id": {
        "sv": "{id}: ett id ändras aldrig, för arkivets filer heter efter det.",
        "en": "{id}: an id never changes, for the archive's files are named by it.",
    },
    "no-such-account": {
        "sv": "{id}: registret har inget sådant konto. Se efter hur id:t skrivs.",
        "en": "{id}: the register has no such account. See how its id is written.",
    },
    "drifted": {
        "sv": "{id}: kontot är ändrat för hand. Ta först in det med ”arsring register change {id} --accept”.",
        "en": "{id}: the account was changed by hand. Take that in first: “arsring register change {id} --accept”.",
    },
    "no-drift": {
        "sv": "{id}: inget är ändrat för hand, så det finns inget att ta in.",
        "en": "{id}: nothing was changed by hand, so there is nothing to take in.",
    },
    "row-needed": {
        "sv": "{id}: bara ett konto som är ansökt eller avslutat kan tas bort. Lägg tillbaka raden.",
        "en": "{id}: only an account that is applied for or closed can be taken away. Put the row back.",
    },
    "others-changed": {
        "sv": "{name}: andra rader hade också ändrats, så inget skrevs. Säg till dem som sköter programmet.",
        "en": "{name}: other rows would have changed too, so nothing was written. Tell who looks after the software.",
    },
    "by": {
        "sv": "säg vem som ändrar: en funktion, till exempel ”kommunikationsstrateg”; ingen person.",
        "en": "say who changes it: a function, for example “communications strategist”; no person.",
    },
    "why": {"sv": "säg varför, i några ord.", "en": "say why, in a few words."},
    "busy": {
        "sv": "{name}: någon annan ändrar registret just nu. Vänta och försök igen.",
        "en": "{name}: somebody else is changing the register. Wait and try again.",
    },
    "touched": {
        "sv": "{name}: filen ändrades av någon annan under tiden, så inget skrevs. Försök igen.",
        "en": "{name}: somebody else changed the file meanwhile, so nothing was written. Try again.",
    },
    "unwritable": {
        "sv": "{name}: går inte att läsa eller skriva ({reason}). Kontrollera vem som äger filen och mappen.",
        "en": "{name}: cannot be read or written ({reason}). Check who owns the file and its folder.",
    },
    "secret": {
        "sv": "det här ser ut som en hemlig nyckel (värdet visas inte). Ta bort den ur filen och ersätt "
        "den på "
        "plattformen: den som har läst filen har den. I registret står bara nyckelns namn.",
        "en": "this looks like a secret key (the value is not shown). Remove it from the file and "
        "replace it at the "
        "platform: whoever has read the file has it. The register holds only the name of a key.",
    },
}
