"""What Exempelvik stadsdelsförvaltning has posted: a year of texts, written for this demo.

The district, its people and its events are invented; any likeness is chance. Times are the district's own (local).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ACCOUNT: Final = "exempelvik"
PROFILE: Final = {
    "display_name": "Exempelvik stadsdelsförvaltning",
    "note": "Här berättar vi vad som händer i stadsdelen och svarar på frågor, vardagar kl. 8–16.30. "
    "Kontot arkiveras. Skriv inget personligt om dig själv eller andra.",
}
FIELDS: Final = {
    "Webbplats": "https://exempelvik.example",
    "Kontaktcenter": "vardagar kl. 8–18",
    "Ansvarig": "Kommunikationschefen",
    "Så hanterar vi inlägg": "https://exempelvik.example/sociala-medier",
}
PEOPLE: Final = {
    "biblioteket_exempelvik": "Exempelviks bibliotek",
    "ruth_pa_hojden": "Ruth på Höjden",
    "bengt_cyklar": "Bengt cyklar",
    "farfar_olle": "Farfar Olle",
    "laslusten": "Läslusten",
    "dungens_foraldrar": "Dungens föräldraförening",
    "nina_i_hamnen": "Nina i hamnen",
    "tidiga_simmaren": "Tidiga simmaren",
    "samir_odlar": "Samir odlar",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and the answers to it; `who` is None when the district answers itself."""

    who: str | None
    after: int  # minutes after what it answers
    text: str
    answers: tuple[Reply, ...] = ()


@dataclass(frozen=True, slots=True)
class Post:
    """One post. `shared` means somebody else wrote it, and the district boosted it."""

    when: str  # month-day hour:minute
    text: str
    pictures: tuple[tuple[str, str], ...] = ()  # motif, alt text
    answers: tuple[Reply, ...] = ()
    poll: tuple[str, ...] = ()
    votes: tuple[int, ...] = ()  # the option each of PEOPLE chose, in their order
    edited: str = ""  # the text it was given an hour later
    deleted: bool = False  # taken away two hours later
    pinned: bool = False
    likes: int = 0
    by: str | None = None  # None: the district
    warning: str = ""  # shown before the text


POSTS: Final = (
    Post(
        "01-02 08:05",
        "God fortsättning! Från och med i dag svarar kontaktcenter till kl. 18 på vardagar. Du når oss på telefon, "
        "i chatten och i receptionen på Storgatan 1. #Exempelvik",
        likes=5,
    ),
    Post(
        "01-07 06:40",
        "Det har kommit 22 centimeter snö i natt. Så här prioriterar vi:\n\n1. Gång- och cykelvägar till skolor och "
        "äldreboenden\n2. Busshållplatser\n3. Bostadsgator\n\nStå gärna inte parkerad på plogsidan. #snöröjning",
        (("snow_clearing", "En orange plogbil röjer snö mellan granar medan det snöar."),),
        (
            Reply(
                "ruth_pa_hojden",
                55,
                "Höjdvägen är oplogad och jag har rullator. När kommer ni?",
                (
                    Reply(
                        None,
                        24,
                        "Hej Ruth! Tack för att du säger till. Höjdvägen tas före lunch. "
                        "Ring kontaktcenter om du behöver komma ut tidigare, så ordnar vi gångbanan först.",
                        (Reply("ruth_pa_hojden", 190, "Nu är den plogad, och sandad också. Tack ska ni ha!"),),
                    ),
                ),
            ),
            Reply("bengt_cyklar", 80, "Cykelvägen längs viken var fin redan kl. 6. Bra jobbat i natt."),
        ),
        likes=8,
    ),
    Post(
        "01-13 10:00",
        "Simhallen öppnar tidigare! På tisdagar och torsdagar är det morgonsim från kl. 6.00. "
        "Vanligt inträde, varmt kaffe efteråt.",
        (("pool", "En simmare i röd badmössa mellan banlinorna i simhallen."),),
        (Reply("tidiga_simmaren", 31, "Äntligen! Ses i bana 2."),),
        likes=6,
    ),
    Post(
        "01-19 13:30",
        "Nu kan du söka föreningsbidrag för aktiviteter under sommaren. Sista dag är den 28 februari. "
        "Behöver du hjälp med ansökan? Kom till vår skrivstuga i Medborgarhuset den 4 februari kl. 17–19.",
    ),
    Post(
        "01-26 09:15",
        "Veckans fråga till kontaktcenter: Vart tar jag vägen med den gamla julgranen? Svar: till återbruket vid "
        "Hamnvägen, som tar emot granar utan kostnad till och med den 1 februari.",
        answers=(Reply("samir_odlar", 140, "Jag lägger grenarna över rosorna. Bästa vintertäcket."),),
    ),
    Post(
        "02-03 11:00",
        "Stadsdelsnämnden sammanträder torsdagen den 12 februari kl. 18 i Medborgarhuset. Allmänhetens frågestund först. "
        "Handlingarna finns på webbplatsen. Teckentolk finns på plats.",
        (("meeting", "Invånare på stolsrader lyssnar på en person som talar bredvid en duk med ett diagram."),),
    ),
    Post(
        "02-10 15:20",
        "Elever i årskurs 5 på Dungens skola har räknat fåglar i parken. Rekordet blev 41 talgoxar på en förmiddag. "
        "Bra räknat!",
        likes=7,
    ),
    Post(
        "02-13 08:00",
        "Sportlov vecka 9: gratis skridskor att låna på isbanan, prova på-klättring, lovbio och pulkarace. "
        "Ingen anmälan. Hela programmet finns på webbplatsen.",
        answers=(
            Reply(
                "dungens_foraldrar",
                65,
                "Finns det hjälmar att låna också?",
                (Reply(None, 18, "Ja, hjälmar i alla storlekar, och isbanan bjuder på varm saft kl. 14."),),
            ),
        ),
    ),
    Post(
        "02-20 16:45",
        "Vattnet är avstängt på Strandgatan 4–18 på grund av en läcka. Tankbil står vid nummer 10. "
        "Vi beräknar att vattnet är tillbaka kl. 21.",
        edited="Vattnet är tillbaka på Strandgatan 4–18 sedan kl. 20.10. Spola kallvatten i några minuter innan du dricker. "
        "Tack för tålamodet!",
        answers=(
            Reply(
                "nina_i_hamnen",
                22,
                "Gäller det även Kajplan?",
                (Reply(None, 9, "Nej, Kajplan har vatten som vanligt."),),
            ),
        ),
    ),
    Post(
        "02-27 12:00",
        "I dag äter 1 900 förskolebarn samma lunch: fisk från sjön intill, potatis och rivna morötter. "
        "Receptet kommer från förskolan Måsens kök.",
        likes=4,
    ),
    Post(
        "03-03 09:30",
        "Vilken lekplats ska rustas först? Rösta här eller i receptionen. Den som får flest röster byggs om i höst, "
        "de andra följer nästa år.",
        poll=("Dungen", "Hamnparken", "Höjden"),
        votes=(1, 2, 0, 2, 1, 0, 1, 1, 0),
        answers=(
            Reply(
                "dungens_foraldrar",
                42,
                "Dungen! Gungorna har varit trasiga sedan i somras.",
                (Reply("nina_i_hamnen", 33, "Hamnparken har inte ens gungor …"),),
            ),
            Reply("farfar_olle", 300, "Glöm inte bänkar med ryggstöd för oss som passar."),
        ),
    ),
    Post(
        "03-06 10:10",
        "Bokbussen är tillbaka efter service. Ny hållplats: Höjdens torg, onsdagar kl. 15–17.",
        (("bus_stop", "En röd buss står vid en hållplats framför hus i tre färger."),),
    ),
    Post(
        "03-12 14:00",
        "Vi söker sommarvikarier till äldreomsorgen. Du får två veckors introduktion med lön och en egen handledare. "
        "Ansök senast den 31 mars. #sommarjobb",
        answers=(
            Reply(
                "laslusten",
                120,
                "Kan man söka om man fyller 18 i juni?",
                (Reply(None, 35, "Ja, om du har fyllt 18 när du börjar. Skriv det i ansökan."),),
            ),
        ),
    ),
    Post(
        "03-19 08:30",
        "På söndag går Vikens vårlopp runt stadsdelen. Strandvägen är avstängd kl. 9–13 och buss 47 går via Höjden.",
        (("map_card", "En karta över stadsdelen med tre röda nålar och en blå som visar var vägen är avstängd."),),
    ),
    Post(
        "03-24 17:05",
        "Lyssna på resultatet: Hamnparken fick flest röster och byggs om först. Tack alla ni som röstade!",
        likes=9,
    ),
    Post(
        "03-31 09:00",
        "Nu har vi öppnat fontänen på Höjdens torg för säsongen, två veckor tidigare än i fjol.",
        deleted=True,
    ),
    Post(
        "04-02 11:40",
        "Glad påsk! Kontaktcenter är stängt fredag till måndag. Vid akuta fel på gator och i parker ringer du jouren, "
        "numret finns på webbplatsen.",
        (("flowers", "Tulpaner i rött, gult, lila och rosa på en grön kulle."),),
    ),
    Post(
        "04-09 13:15",
        "Nu är det dags att städa fram våren. Låna kratta, handskar och säckar i receptionen, så hämtar vi säckarna. "
        "Förra året fyllde ni 640 stycken.",
        answers=(Reply("samir_odlar", 75, "Odlingsföreningen tar lördag förmiddag vid ån. Alla är välkomna!"),),
        likes=6,
    ),
    Post(
        "04-15 10:00",
        "Ny cykelväg! Sträckan mellan stationen och Dungens skola är klar: 1,4 kilometer, belyst och skild från bilarna.",
        (("cycle_path", "En röd cykel står på en ny asfalterad cykelväg med vita streck."),),
        (
            Reply(
                "bengt_cyklar", 15, "Invigde den i morse. Len som sidensammet, men skylten vid korsningen pekar fel."
            ),
            Reply(None, 90, "Skylten är vänd rätt nu. Tack!"),
        ),
        likes=9,
    ),
    Post(
        "04-23 09:00",
        "I dag är det Världsbokdagen. Vilken bok läste du senast ut?",
        (("library", "En bokhylla full av böcker i många färger."),),
        (
            Reply(
                "laslusten",
                28,
                "Läste om en barndomsfavorit i ett sträck. Den höll!",
                (Reply("farfar_olle", 60, "Läser högt för barnbarnen varje söndag. Nu är vi på bok fyra."),),
            ),
        ),
    ),
    Post(
        "04-29 15:30",
        "Valborg firas i Hamnparken i morgon kväll. Elden tänds kl. 20.30, kören sjunger från kl. 20. "
        "Ta bussen: det finns inga parkeringsplatser.",
    ),
    Post(
        "05-06 10:00",
        "Kom och tyck till om nya Hamnparken! Vi visar skisserna den 20 maj kl. 17–19 i Medborgarhuset och bjuder på fika.",
        (("playground", "En lekplats med röda gungor, en gul rutschkana och en boll."),),
        (
            Reply(
                "nina_i_hamnen",
                40,
                "Finns skisserna på nätet för den som inte kan komma?",
                (
                    Reply(
                        None,
                        25,
                        "Ja, från den 13 maj på webbplatsen, med beskrivningar som går att läsa upp.",
                        (Reply("nina_i_hamnen", 12, "Toppen, tack!"),),
                    ),
                ),
            ),
        ),
    ),
    Post(
        "05-12 08:45",
        "Vi har planterat 60 nya träd i år. Det sista, en tulpanmagnolia vid biblioteket, satte förskolan Måsen i går.",
        (("tree_planting", "En vuxen med spade och ett barn bredvid ett nyplanterat träd med stödpinnar."),),
        likes=7,
    ),
    Post(
        "05-18 07:30",
        "Fel på telefonväxeln: just nu når du oss bara i chatten. Vi uppdaterar här.",
        answers=(Reply(None, 95, "Telefonen fungerar igen."),),
    ),
    Post(
        "05-26 14:20",
        "Sommarlovskort för alla från årskurs 6: åk buss gratis hela lovet. Kortet delas ut i skolan vecka 23.",
    ),
    Post(
        "06-04 12:00",
        "Badvattnet vid Sandudden och Bryggan är provtaget: utmärkt på båda ställena. 17 grader i dag. #badvatten",
        (("bathing_place", "En badstrand med ett rött och vitt parasoll, en brygga och blått vatten."),),
        (
            Reply("tidiga_simmaren", 18, "17? Det kändes som 12."),
            Reply("farfar_olle", 45, "På min tid badade vi i maj."),
        ),
        likes=8,
    ),
    Post(
        "06-06 08:00",
        "Nationaldagen firas i Hamnparken kl. 13: tal, körsång och en särskild välkomstceremoni för nya medborgare.",
    ),
    Post(
        "06-11 09:30",
        "Sommaröppet på biblioteket: vardagar kl. 10–17, meröppet kl. 7–22 för dig med kort och kod.",
        (
            ("library", "En bokhylla full av böcker i många färger."),
            ("readers", "Barn och vuxna läser i en ring på en matta."),
        ),
    ),
    Post(
        "06-18 10:30",
        "Glad midsommar från oss alla! Stången reses på ängen vid Sandudden kl. 14 på fredag.",
        (("midsummer", "Människor dansar runt en midsommarstång med två blomsterkransar."),),
        likes=9,
    ),
    Post(
        "06-25 11:15",
        "Det är torrt i markerna. Eldningsförbud gäller från kl. 12 i dag, även för engångsgrillar. "
        "De fasta grillplatserna vid Sandudden får användas.",
        pinned=True,
        answers=(
            Reply(
                "samir_odlar",
                30,
                "Gäller det gasolgrill på balkongen?",
                (Reply(None, 22, "Nej, gasolgrill hemma får du använda. Ha vatten i närheten."),),
            ),
        ),
    ),
    Post(
        "07-02 09:00",
        "Sommarens feriearbetare har börjat! 310 ungdomar rensar ogräs, läser för äldre, målar bänkar och gör film.",
        likes=5,
    ),
    Post(
        "07-09 13:00",
        "Värmebölja: så här hjälper du en äldre granne. Ring på, bjud på något kallt att dricka, dra för gardinerna på dagen. "
        "Svalt rum finns på Solgläntans servicehus, öppet för alla över 65, kl. 9–20.",
        (("coffee", "Två muggar och ett fat med kanelbullar på ett bord."),),
        (Reply("ruth_pa_hojden", 210, "Jag gick dit. Svalt, och trevligt sällskap på köpet."),),
    ),
    Post(
        "07-16 10:00",
        "Parkleken Dungen har öppet hela sommaren, kl. 10–16. Kl. 13 varje dag: bygg en koja.",
    ),
    Post(
        "07-24 15:45",
        "Åskan slog ut belysningen längs Strandvägen i natt. Vi lagar den före kvällen.",
    ),
    Post(
        "08-05 09:00",
        "Kulturfestivalen Vikens ljud går av stapeln den 21–23 augusti: 14 scener, fri entré, syntolkning på stora scenen.",
        (("festival", "Tre artister på en scen i färgade strålkastarljus framför en publik."),),
        (Reply("laslusten", 50, "Finns det hörslinga?", (Reply(None, 31, "Ja, vid stora scenen och i tältet."),)),),
        likes=9,
    ),
    Post(
        "08-13 08:15",
        "Välkommen till skolan! På tisdag börjar 412 sexåringar i förskoleklass. Kör försiktigt, de är nya i trafiken.",
        (("school_start", "Fyra barn med ryggsäckar framför en skola med svensk flagga."),),
        likes=8,
    ),
    Post(
        "08-20 12:30",
        "Så här sorterar du rätt i de nya kärlen vid Hamnvägen. Töm flaskan, ta av korken, vik ihop kartongen.",
        (("recycling", "Fyra kärl i grönt, blått, orange och lila med orden glas, papper, plast och metall."),),
    ),
    Post(
        "08-28 10:00",
        "Tack alla 9 200 som kom till Vikens ljud! Borttappade saker finns i receptionen till och med den 30 september.",
        answers=(
            Reply(
                "nina_i_hamnen",
                15,
                "En grön halsduk med vita prickar?",
                (Reply(None, 44, "Den ligger här och väntar!"),),
            ),
        ),
    ),
    Post(
        "09-03 09:20",
        "Nu bygger vi nya Hamnparken. Under hösten är gångvägen stängd, följ de gula skyltarna runt kvarteret.",
        (
            (
                "building_site",
                "En byggkran lyfter vid ett halvfärdigt hus. En byggarbetare i orange står framför gula spärrar.",
            ),
        ),
        (
            Reply(
                "bengt_cyklar",
                62,
                "Omvägen är dåligt skyltad vid kajen.",
                (Reply(None, 130, "Två skyltar till är uppsatta."),),
            ),
        ),
    ),
    Post(
        "09-10 14:00",
        "Förslag till budget för nästa år är klart. Läs det på lättläst svenska, engelska, arabiska, finska och somaliska.",
    ),
    Post(
        "09-17 11:11",
        "Vi övar! I dag kl. 13–15 övar brandstationen rökdykning i gamla magasinet. Röken är ofarlig.",
        warning="Övning, ingen fara",
    ),
    Post(
        "09-25 08:30",
        "Seniorkafé varje torsdag kl. 13–15 på Solgläntan. Nästa gång: kom igång med e-legitimation, med ungdomar som lär ut.",
        (("coffee", "Två muggar och ett fat med kanelbullar på ett bord."),),
        (Reply("farfar_olle", 20, "Jag kommer. Tar med kaffebröd."), Reply("ruth_pa_hojden", 95, "Då kommer jag med!")),
    ),
    Post(
        "10-01 10:00",
        "Höstens stadsvandring går genom gamla varvet. Samling vid kajen lördag kl. 11. Rullstol går bra hela vägen.",
        (("autumn", "En stig mellan träd i orange, rött och gult."),),
    ),
    Post(
        "10-08 15:00",
        "Läsklubben för mellanstadiet har plats för fyra till. Måndagar kl. 15 på biblioteket. Macka ingår.",
        by="biblioteket_exempelvik",
        likes=4,
    ),
    Post(
        "10-14 09:45",
        "Vi har besvarat 11 380 samtal i år, hittills. Vanligaste frågan: hur söker jag förskoleplats? "
        "Svaret finns på webbplatsen, och det tar fyra minuter.",
    ),
    Post(
        "10-22 13:10",
        "Höstlov vecka 44: gör din egen film, gratis simskola och spökvandring i Dungen för den som vågar.",
        (
            ("readers", "Barn och vuxna läser i en ring på en matta."),
            ("pool", "En simmare i röd badmössa mellan banlinorna."),
        ),
        (
            Reply(
                "dungens_foraldrar",
                33,
                "Hur läskig är spökvandringen?",
                (Reply(None, 27, "Lagom kl. 16, mer kl. 18."),),
            ),
        ),
    ),
    Post(
        "10-23 10:20",
        "Vintertid på söndag. Tänk på reflexen! Gratis reflexer i receptionen och på biblioteket.",
        likes=3,
    ),
    Post(
        "11-05 08:00",
        "Trygghetsvandring i Dungen den 12 november kl. 17. Vi tittar på belysning, buskage och genvägar. "
        "Förra gången ledde till 14 nya lampor.",
    ),
    Post(
        "11-12 14:40",
        "Nya Hamnparken invigs den 28 november! Gungor, linbana, bänkar med ryggstöd och en fontän.",
        (("playground", "En lekplats med röda gungor, en gul rutschkana och en boll."),),
        (
            Reply("farfar_olle", 8, "Ryggstöd! Ni lyssnade."),
            Reply("nina_i_hamnen", 26, "Och gungor. Vi kommer alla fyra."),
        ),
        likes=9,
    ),
    Post(
        "11-19 09:00",
        "Advent i Exempelvik: ljuständning på torget första söndagen kl. 16. Kören sjunger, förskolan Måsen hjälper till.",
        (("advent", "Fem tända ljus i en ljusstake i ett fönster, utanför snöar det."),),
    ),
)

NEXT_YEAR: Final = (
    Post(
        "01-05 08:10",
        "Gott nytt år! I år rustas lekplatserna i Dungen och på Höjden. Bygget börjar i mars.",
        (("playground", "En lekplats med röda gungor, en gul rutschkana och en boll."),),
        (Reply("dungens_foraldrar", 30, "Äntligen vår tur!"),),
    ),
    Post("03-11 10:00", "Simhallen har nya öppettider: kl. 6–21 varje vardag, kl. 8–18 på helgen."),
    Post(
        "06-17 12:00",
        "19 grader i vattnet vid Sandudden. Ny ramp för rullstol är på plats.",
        (("bathing_place", "En badstrand med ett rött och vitt parasoll, en brygga och blått vatten."),),
        likes=6,
    ),
    Post("10-02 09:30", "Medborgarhuset fyller 50 år. Kom på kalas lördag kl. 12–16, tårta så långt den räcker."),
)
