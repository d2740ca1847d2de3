"""What the errors and the ledger say, in Swedish: one table, applied where a person reads. Code and log stay English.

A sentence that is not in the table stays as it is; `tests/test_swedish.py` holds the table against the code.
"""

import re
from typing import Final

_TABLE: Final = tuple(
    (re.compile(english), swedish)
    for english, swedish in (
        # the key
        (r"the key is refused \((HTTP [^)]*)\)\.", r"nyckeln godtas inte (\1)."),
        (r"Renew the key that the register names for this account, and run again\.",
         r"Förnya nyckeln som registret nämner för kontot och kör igen."),
        (r"The register names the key '([^']*)', and it is nowhere\. Put it into the environment as (\w+), or into Airflow "
         r"as the password of a connection called '[^']*'\.",
         r"Registret nämner nyckeln ”\1”, men den finns ingenstans. Lägg in den i miljön som \2, eller i Airflow som "
         r"lösenordet i en anslutning med namnet ”\1”."),
        (r"The key '([^']*)' has (\d+) characters: that is no key\. Put the right one in its place\.",
         r"Nyckeln ”\1” har \2 tecken och är ingen nyckel. Lägg in den rätta i stället."),
        (r"the key '([^']*)' belongs to (\S+), not to (\S+)\. Put the account's own (?:key|app password) under that name, "
         r"and run again\.",
         r"nyckeln ”\1” hör till \2, inte till \3. Lägg in kontots egen nyckel under det namnet och kör igen."),
        (r"(\S+) is not there \(([^)]*)\)\. If it was closed, say so in the register; if it was renamed, correct its "
         r"address\.",
         r"\1 finns inte (\2). Är kontot stängt, skriv det i registret; har det bytt namn, rätta adressen."),
        # Meta's keys
        (r"makes a new page token, puts it under the key's name, and runs again",
         r"skapar en ny sidnyckel (page token), lägger in den under nyckelns namn och kör igen"),
        (r"The app's id or secret, which stands beside the key, does not fit\. Whoever runs the app copies both from its "
         r"basic settings, puts them beside the key, and runs again\.",
         r"Appens id eller hemlighet, som står vid nyckeln, stämmer inte. Den som sköter appen hämtar båda ur appens "
         r"grundinställningar, lägger in dem vid nyckeln och kör igen."),
        (r"it is not told which version of the API answers\. Something between us and Meta may change its answers: look at "
         r"the record\.",
         r"det sägs inte vilken version av API:et som svarar. Något mellan oss och Meta kan ändra svaren: titta i "
         r"inspelningen."),
        (r"The key is no longer valid\.", r"Nyckeln gäller inte längre."),
        (r"An administrator of the page", r"En administratör för sidan"),
        (r"The app has been removed by the person who made the key\. That person adds it again,",
         r"Den som skapade nyckeln har tagit bort appen. Samma person lägger till den igen,"),
        (r"Facebook has locked the person who made the key out\. That person logs in at facebook\.com, does what is asked "
         r"there,",
         r"Facebook har låst ute den som skapade nyckeln. Samma person loggar in på facebook.com, gör det som begärs där,"),
        (r"The person who made the key has changed their password\.",
         r"Den som skapade nyckeln har bytt lösenord."),
        (r"The key has expired\.", r"Nyckeln har gått ut."),
        (r"The person who made the key has not confirmed their Facebook account\. That person logs in at facebook\.com, "
         r"confirms it,",
         r"Den som skapade nyckeln har inte bekräftat sitt Facebookkonto. Samma person loggar in på facebook.com, "
         r"bekräftar det,"),
        (r"The person who made the key has logged out of all devices\.",
         r"Den som skapade nyckeln har loggat ut från alla enheter."),
        (r"The person who made the key has no role on the page any more\. Give it back under the page's settings, or let an "
         r"administrator who has one: that person",
         r"Den som skapade nyckeln har inte längre någon roll på sidan. Ge tillbaka den i sidans inställningar, eller låt en "
         r"administratör som har en roll göra det: den personen"),
        (r"The key is a person's and not the page's\.", r"Nyckeln är en persons och inte sidans."),
        (r"The app has not got the permission for this, or Meta has taken it back after 90 days without use\.",
         r"Appen saknar behörighet till det här, eller så har Meta dragit in den efter 90 dagar utan användning."),
        (r"grants the app its permissions again \(([^)]*) lists them\),",
         r"ger appen dess behörigheter igen (\1 räknar upp dem),"),
        (r"(\w+) shows nothing without a key\. Put the page's token into the environment or an Airflow connection, and its "
         r"name into the register\.",
         r"\1 visar ingenting utan nyckel. Lägg in sidans nyckel (page token) i miljön eller i en Airflow-anslutning, och "
         r"dess namn i registret."),
        (r"the key '([^']*)' is of the kind (\w+), and a page's is needed\. Ask with it for the field access_token of the "
         r"page, and put what comes under the key's name\.",
         r"nyckeln ”\1” är av slaget \2, men en sidas behövs. Fråga med den efter sidans fält access_token och lägg in "
         r"det som kommer under nyckelns namn."),
        (r"the key '([^']*)' lacks ([^.]*)\. An administrator of the page grants the app these permissions,",
         r"nyckeln ”\1” saknar \2. En administratör för sidan ger appen dessa behörigheter,"),
        (r"the key '([^']*)' belongs to (.*), not to (\S+)\. Put the token of that page under the key's name: not a person's, "
         r"and not another page's\.",
         r"nyckeln ”\1” hör till \2, inte till \3. Lägg in den sidans nyckel under namnet: inte en persons, och inte en "
         r"annan sidas."),
        (r"the page (.*) has no Instagram account linked to it, or the key may not see it\. An administrator links the "
         r"account \(it must be a professional one\) in the page's settings, and grants the app instagram_basic\.",
         r"sidan \1 har inget Instagramkonto kopplat till sig, eller så får nyckeln inte se det. En administratör kopplar "
         r"kontot (det måste vara ett företagskonto) i sidans inställningar och ger appen instagram_basic."),
        (r"(\S+) is no address of (\w+)\. It looks like (\S+)\.", r"\1 är ingen adress hos \2. Den ser ut så här: \3."),
        (r"(\d+) posts in (\d+): of more than about 600 a year Facebook shows a selection, and only the page's export can "
         r"prove them",
         r"\1 inlägg under \2: av fler än ungefär 600 om året visar Facebook ett urval, och bara sidans export kan "
         r"bevisa dem"),
        # the second door to Instagram
        (r"the register has no decision that Instagram may be read by instaloader\. Put its case number into the register, "
         r"or leave this to the owner's export\.",
         r"registret har inget beslut om att Instagram får läsas med instaloader. Skriv beslutets diarienummer i registret, "
         r"eller överlåt detta åt ägarens export."),
        (r"the key '([^']*)' has no whole session of instaloader in it: (.*) is missing\. Make one on a computer of your own "
         r"\(docs/runbook\.md\), put it into the key, and run again\.",
         r"nyckeln ”\1” har ingen hel session för instaloader: \2 saknas. Gör en på din egen dator (docs/runbook.md), lägg in "
         r"den i nyckeln och kör igen."),
        (r"the session in the key '([^']*)' belongs to (\S+), not to (\S+)\. Make one of that account \(docs/runbook\.md\), put "
         r"it into the key, and run again\.",
         r"sessionen i nyckeln ”\1” hör till \2, inte till \3. Gör en för det kontot (docs/runbook.md), lägg in den i nyckeln "
         r"och kör igen."),
        (r"The session of instaloader is over\. Make a new one \(docs/runbook\.md\), put it into the key, and run again\.",
         r"Sessionen för instaloader är slut. Gör en ny (docs/runbook.md), lägg in den i nyckeln och kör igen."),
        (r"Open Instagram's app as that account and do what it asks; then put a new session of instaloader into the key "
         r"\(docs/runbook\.md\), and run again\.",
         r"Öppna Instagrams app som det kontot och gör det den ber om; lägg sedan in en ny session för instaloader i nyckeln "
         r"(docs/runbook.md) och kör igen."),
        (r"instaloader does not understand the answer for (.*) \((\w+)\)\. It is on the record; see whether there is a newer "
         r"instaloader, and try that first\.",
         r"instaloader förstår inte svaret för \1 (\2). Det är inspelat; se efter om det finns en nyare instaloader och prova "
         r"den först."),
        # waiting
        (r"The platform asks for a wait of (\d+) minutes\.", r"Plattformen ber om \1 minuters väntan."),
        (r"Run again then; what has been taken is kept\.", r"Kör igen då; det som hämtats finns kvar."),
        (r"Run again in (\d+) minutes; what has been taken is kept\.", r"Kör igen om \1 minuter; det som hämtats finns kvar."),
        (r"again and again\. The server seems to be down: run again in half an hour; what has been taken is kept\.",
         r"gång på gång. Servern verkar ligga nere: kör igen om en halvtimme; det som hämtats finns kvar."),
        (r"the connection failed \((\w+)\)", r"förbindelsen bröts (\1)"),
        (r"another run is at work on it\. Wait until it has ended, then run again\.",
         r"en annan körning arbetar med det. Vänta tills den är klar och kör sedan igen."),
        (r"The disk that holds (\S+) is full\. Free some room and run again; what has been taken is kept\.",
         r"Disken där \1 ligger är full. Frigör utrymme och kör igen; det som hämtats finns kvar."),
        # not whole
        (r"Nothing was delivered, and all that was taken is kept\. Run again to ask once more; `([^`]*)` lists what is "
         r"missing\.",
         r"Ingenting har levererats, och allt som hämtats finns kvar. Kör igen för att fråga en gång till; ”\1” visar vad "
         r"som saknas."),
        (r"(\d+) of (\d+) are missing, and nothing says why", r"\1 av \2 saknas, och ingenting säger varför"),
        (r"the list could not be read to its end", r"listan gick inte att läsa till slutet"),
        (r"the list was not read to its end", r"listan lästes inte till slutet"),
        (r"the account's archiving level takes its own page alone",
         r"kontots arkiveringsnivå är översiktsbild: bara kontots egen sida"),
        (r"the account's archiving level takes what it published, and what that was answered",
         r"kontots arkiveringsnivå är unikt innehåll: det som kontot har publicerat och vad det fick för svar"),
        (r"the list is (gone|forbidden|not-offered|by-decision)", r"listan lämnas inte ut (\1)"),
        (r"never read", r"aldrig läst"),
        (r"given in one answer", r"given i ett enda svar"),
        (r"no figure announced; a second reading added nothing",
         r"ingen siffra är utlovad; en andra läsning gav inget nytt"),
        (r"; a second reading added (\d+)", r"; en andra läsning gav \1 till"),
        (r"no figure announced", r"ingen siffra är utlovad"),
        (r"the platform shows (\d+) more than the (\d+) it announces", r"plattformen visar \1 fler än de \2 den utlovar"),
        (r"… and (\d+) lists more", r"… och \1 listor till"),
        (r": not whole\.", r": inte komplett."),
        (r": cannot be proven\.", r": går inte att bevisa."),
        (r"(image|video|audio)/(\S+) that breaks off before its end", r"\1/\2 som tar slut för tidigt"),
        (r"a page of text \(\S+\) came where a file was due", r"en textsida kom där en fil skulle komma"),
        (r"the file is empty", r"filen är tom"),
        # what the archivist supplied
        (r"the folder (.+) is not there\. Create it, or empty its cell in the register\.",
         r"mappen \1 finns inte. Skapa den, eller töm dess cell i registret."),
        (r"the folder (.+) and (.+) lie one inside the other\. Move the folder\.",
         r"mappen \1 och \2 ligger den ena i den andra. Flytta mappen."),
        (r"what lies in (.+) cannot be taken as it is\.", r"det som ligger i \1 kan inte tas som det är."),
        (r"a link, and no file\. Put the file itself there, or take the link away\.",
         r"en länk och ingen fil. Lägg dit själva filen, eller ta bort länken."),
        (r"lies more than (\d+) folders deep\. Move it up\.", r"ligger mer än \1 mappar djupt. Flytta upp den."),
        (r"is still being copied\. Wait until it is whole, and run again\.",
         r"håller på att kopieras. Vänta tills den är hel och kör sedan igen."),
        (r"om\.txt is missing\.", r"om.txt saknas."),
        (r"nothing stands after (\w+): \((\w+):\)\.", r"ingenting står efter \1: (\2:)."),
        (r"no date such as 2026-11-20 stands after När: \(When:\)\.",
         r"inget datum som 2026-11-20 står efter När: (When:)."),
        (r"Write a text file called om\.txt in that folder, with these three lines: “Who: head of communications” “When: "
         r"2026-11-20” “Why: export ordered for the yearly archive”\.",
         r"Skriv en textfil som heter om.txt i den mappen, med dessa tre rader: ”Vem: kommunikationschef” ”När: "
         r"2026-11-20” ”Varför: export beställd för årets arkivering”."),
        # the owner's export
        (r"To archive the export alone, empty the key's cell in the register and run again\.",
         r"Vill ni arkivera enbart exporten: töm nyckelns cell i registret och kör igen."),
        (r"(\w+) shows nothing without a key, and there is no export\. Put a key's name into the register, or the owner's "
         r"export into the folder that the register names\.",
         r"\1 visar ingenting utan nyckel, och det finns ingen export. Skriv nyckelns namn i registret, eller lägg ägarens "
         r"export i den mapp som registret nämner."),
        (r"; the export ends (\S+)", r"; exporten slutar \1"),
        (r"; the export begins (\S+)", r"; exporten börjar \1"),
        (r"; the export has no posts", r"; exporten har inga inlägg"),
        (r"; the export has only (\d+) of the (\d+) that the platform shows",
         r"; exporten har bara \1 av de \2 som plattformen visar"),
        (r"none of its (\d+) posts is among the (\d+) that the platform shows of that time: is it another's\?",
         r"inget av dess \1 inlägg finns bland de \2 som plattformen visar från den tiden: är det någon annans?"),
        # a capture that somebody has touched
        (r"the seal is broken: somebody has touched the capture\. Move the folder aside and take it anew\.",
         r"sigillet är brutet: någon har ändrat i insamlingen. Flytta undan mappen och hämta kontot på nytt."),
        (r"cannot be read as a ledger \((.*?)\)\. Move the folder aside and run again\.",
         r"går inte att läsa som avstämning (\1). Flytta undan mappen och kör igen."),
        (r"cannot be read as an order \((.*?)\)\. Move the folder aside and run again\.",
         r"går inte att läsa som beställning (\1). Flytta undan mappen och kör igen."),
        (r"Somebody has touched the capture under way: move the folder aside, and run again to take everything anew\.",
         r"Någon har ändrat i den pågående insamlingen: flytta undan mappen och kör igen för att hämta allt på nytt."),
        # the package and the store
        (r"another package of that name has been delivered already\. Nothing was changed\. Find out why there are two "
         r"before you deliver either\.",
         r"ett annat paket med det namnet är redan levererat. Ingenting har ändrats. Ta reda på varför det finns två innan "
         r"något av dem levereras."),
        (r"changed since the capture was sealed", r"ändrad sedan insamlingen förseglades"),
        (r"missing, and the capture's seal names it", r"saknas, fast sigillet nämner den"),
        (r"Nothing was packed\. Move the folder aside and run again to take the account anew\.",
         r"Ingenting har packats. Flytta undan mappen och kör igen för att hämta kontot på nytt."),
        (r"the receipt is not as its name says: somebody has touched it\.",
         r"kvittot stämmer inte med sitt namn: någon har ändrat det."),
        (r"what the store holds is not what was packed \((\d+) of (\d+) bytes\)\. No receipt was written\. Move that file "
         r"aside, look at the disk, and run again\.",
         r"arkivlagret har inte det som packades (\1 av \2 byte). Inget kvitto är skrivet. Flytta undan filen, kontrollera "
         r"disken och kör igen."),
        (r"there are (\d+) receipts for one package: (.+)\. One of them is wrong: find out which before anything else is "
         r"done\.",
         r"det finns \1 kvitton för ett paket: \2. Ett av dem är fel: ta reda på vilket innan något annat görs."),
        # what was given
        (r"(\S+) has no active account called ([^.]+)\.", r"\1 har inget aktivt konto som heter \2."),
        (r"(\S+) is no web address\. It looks like", r"\1 är ingen webbadress. Den ser ut som"),
        (r"no platform is known by that form of address\. Known:", r"ingen plattform känns igen på den adressen. Kända:"),
        (r"no package there\. Name a package \(a \.zip file\), or a folder that holds some\.",
         r"där finns inget paket. Ange ett paket (en ZIP-fil) eller en mapp som innehåller paket."),
        (r"There is nothing called (\S*) in (.+)\. Say with --into where it went\.",
         r"Det finns inget som heter \1 i \2. Ange med --into var det ligger."),
        (r"not a folder that can be written to\. Name another with --into\.",
         r"går inte att skriva i. Ange en annan mapp med --into."),
        (r"begun at (\S+), and the address is now (\S+)\. Put the first one back to go on, or move (\S+) aside to take the "
         r"other one from the beginning\.",
         r"påbörjat vid \1, men adressen är nu \2. Skriv tillbaka den första för att fortsätta, eller flytta undan \3 för att "
         r"hämta det andra kontot från början."),
        # an export that is refused, or not whole
        (r"None of the ZIPs is an export from (\w+)\. Put the account's export into its folder, or take what is no export "
         r"out of it, and run again\.",
         r"Ingen av ZIP-filerna är en export från \1. Lägg kontots export i dess mapp, eller ta bort det som inte är någon "
         r"export, och kör igen."),
        (r"The export is not whole:", r"Exporten är inte komplett:"),
        (r"Put all its parts into the account's folder, or order it again, and run again\.",
         r"Lägg alla dess delar i kontots mapp, eller beställ den på nytt, och kör igen."),
        (r"part (\d+) of ([^;]+) is missing", r"del \1 av \2 saknas"),
        (r"(\d+)\.json of ([^;]+) is missing", r"\1.json i \2 saknas"),
        (r"comments by others are not in an export", r"andras kommentarer finns inte i en export"),
        (r"not of a known shape:", r"av en form som inte är känd:"),
        (r"the export gives only a link to it", r"exporten ger bara en länk dit"),
        (r"listed in the export as (.+), and not in it", r"uppräknad i exporten som \1, men finns inte där"),
        (r"a file without a name", r"en fil utan namn"),
        (r"it is in none of the export's ZIPs", r"den finns inte i någon av exportens ZIP-filer"),
        (r"damaged in the ZIP \(", r"skadad i ZIP-filen ("),
        (r"no JSON \(", r"ingen JSON ("),
        (r"(\d+) bytes; at most (\d+) are read", r"\1 byte; högst \2 läses"),
        (r"(\d+) values; at most (\d+) are read", r"\1 värden; högst \2 läses"),
        (r"(\d+) bytes in the export", r"\1 byte i exporten"),
        (r"(\d+) of (\d+) listed files are in none of its ZIPs", r"\1 av \2 uppräknade filer finns inte i någon av ZIP-filerna"),
        (r" cannot be read \(", r" går inte att läsa ("),
        (r"no list of posts is in it", r"det finns ingen lista över inlägg i den"),
        (r"(\d+) of (\d+) records are of a shape that this version does not know",
         r"\1 av \2 uppgifter har en form som den här versionen inte känner"),
        (r"the export is of (\S+), and the account is (\S+): is it another's\?",
         r"exporten är av \1, och kontot är \2: är det någon annans?"),
        (r"; and (\d+) things more", r"; och \1 saker till"),
        (r"The export cannot be used; put the ZIP files there as the platform gave them\.",
         r"Exporten går inte att använda; lägg ZIP-filerna där som plattformen gav dem."),
        (r"this is a ZIP cut short or damaged", r"ZIP-filen är avkortad eller skadad"),
        (r"this is no ZIP", r"det här är ingen ZIP-fil"),
        (r"; download it again\.", r"; hämta filen igen."),
        (r"and (\d+) faults more\.", r"och \1 fel till."),
        (r"is in it (\d+) times\.", r"finns där \1 gånger."),
        (r"leads out of its folder, or has characters that no name may have\.",
         r"leder ut ur sin mapp, eller har tecken som inget namn får ha."),
        (r"is a link to somewhere else\.", r"är en länk till något annat."),
        (r"is locked with a password\.", r"är låst med lösenord."),
        (r"is packed in a way that no platform uses \((\d+)\)\.", r"är packad på ett sätt som ingen plattform använder (\1)."),
        (r"all together would grow from (\d+) to (\d+) bytes\.", r"allt skulle tillsammans växa från \1 till \2 byte."),
        (r"would grow from (\d+) to (\d+) bytes\.", r"skulle växa från \1 till \2 byte."),
        (r"lies over the next one\.", r"ligger över nästa fil."),
        (r"with this the ZIPs would unpack to (\d+) bytes; at most (\d+) are read\.",
         r"med denna skulle ZIP-filerna packas upp till \1 byte; högst \2 läses."),
        (r"The export is in HTML, for looking at\. Order it again with the format JSON, the media quality high and the date "
         r"range all time\.",
         r"Exporten är i HTML, som är till för att titta på. Beställ den på nytt med formatet JSON, hög mediekvalitet och "
         r"hela tidsperioden."),
        # stamps and copies for disclosure
        (r"no time stamp from (\S+) \((.*)\)\. It is asked for again the next time\.",
         r"ingen tidsstämpel från \1 (\2). Nästa gång görs ett nytt försök."),
        (r"not asked about (\d+) more until the next time\.", r"tillfrågas om \1 till först nästa gång."),
        (r"Mend the settings file and run again\.", r"Rätta inställningsfilen och kör igen."),
        (r"no manifest goes along, so nobody can tie the copy to what was sealed",
         r"inget manifest följer med, så ingen kan visa att kopian hör till det som förseglades"),
        (r"line (\d+), (\S+): shows a name that is masked in line (\d+)",
         r"rad \1, \2: visar ett namn som är maskerat i rad \3"),
        (r"line (\d+), (\S+): shows what looks like a personal identity number",
         r"rad \1, \2: visar något som liknar ett personnummer"),
        (r"line (\d+), (\S+): left out too: the same picture is masked elsewhere",
         r"rad \1, \2: lämnas inte heller ut: samma bild är maskerad på ett annat ställe"),
    )
)  # fmt: skip


def swedish(text: str) -> str:
    """The text with every sentence that the table knows put into Swedish."""
    for english, said in _TABLE:
        text = english.sub(said, text)
    return text
