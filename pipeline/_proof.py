"""What was found of a package or a copy: proven, not proven, wrong; and how it is told."""

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from pipeline.say import VERDICTS
from pipeline.swedish import swedish

Lang = Literal["sv", "en"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: proven, open (it cannot be told from here), or a fault."""

    kind: Literal["proven", "open", "fault"]
    what: str  # a key of TEXTS
    words: dict[str, Any] = field(default_factory=dict)

    def text(self, lang: Lang) -> str:
        """The finding as a sentence on one line: names that come from outside steer no terminal."""
        words = self.words | {
            name: _said(name, self.words[name], lang) for name in ("why", "verdict") & self.words.keys()
        }
        text = TEXTS[self.what][lang == "en"].format(**words)
        return text if text.isprintable() else "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found of one package."""

    package: str
    findings: tuple[Finding, ...]

    @property
    def faults(self) -> list[str]:
        """A sentence for each fault, in English; none where nothing speaks against the package."""
        return [one.text("en") for one in self.findings if one.kind == "fault"]


def _said(name: str, word: Any, lang: Lang) -> str:
    """A word of a finding that is itself English: why something is so, a verdict."""
    if name == "verdict":
        return {str(verdict): said for verdict, said in VERDICTS[lang].items()}.get(str(word), str(word))
    return swedish(str(word)) if lang == "sv" else str(word)


def say(proof: Proof, lang: Lang) -> list[str]:
    """The proof in plain words, a line each: what is proven, what is not, what is wrong."""
    lines = [HEADS["title"][lang == "en"].format(package=proof.package)]
    for kind in ("fault", "proven", "open"):
        found = [one.text(lang) for one in proof.findings if one.kind == kind]
        if found:
            lines += ["", HEADS[kind][lang == "en"], *(f"  - {text}" for text in found)]
    return lines


HEADS: Final = {
    "title": ("Kontroll av {package}, utan nät", "Check of {package}, without a network"),
    "fault": ("FEL:", "WRONG:"),
    "proven": ("Bevisat:", "Proven:"),
    "open": ("Inte bevisat:", "Not proven:"),
}
TEXTS: Final = {
    "package": (
        "Paketet är byte för byte det som manifestet nämner ({size} byte, SHA-256 {sha256}).",
        "The package is byte for byte the one that its manifest names ({size} bytes, SHA-256 {sha256}).",
    ),
    "package_differs": (
        "Paketet är inte det som manifestet nämner: {size} byte mot {due}, SHA-256 {sha256}. Hämta ett annat exemplar.",
        "The package is not the one that its manifest names: {size} bytes against {due}, SHA-256 {sha256}. Fetch "
        "another copy.",
    ),
    "unreadable": ("Paketet går inte att läsa som ZIP: {why}", "The package cannot be read as a ZIP: {why}"),
    "missing": (
        "{name} saknas bredvid paketet. Hämta den från arkivet.", "{name} is missing beside the package. Fetch it from "
        "the archive.",
    ),
    "broken": (
        "{name} är inte som den skrevs: någon har ändrat i den.",
        "{name} is not as it was written: somebody has changed it.",
    ),
    "of_another": (
        "{name} är för {order}, och inte för det här paketet.", "{name} is of {order}, and not of this package.",
    ),
    "listing_differs": (
        "Förteckningen {name} är inte den som manifestet nämner.", "The listing {name} is not the one that the "
        "manifest names.",
    ),
    "listing_line": ("Förteckningen {name} har en rad som ingen fil kan ha.", "The listing {name} has a line that is "
                     "none of a file."),
    "files": (
        "Alla {count} filer i paketet är som förteckningen säger, och inga andra finns där (rot {root}).",
        "All {count} files in the package are as the listing says, and there are no others (root {root}).",
    ),
    "changed": ("{name}: har ändrats i paketet.", "{name}: has been changed in the package."),
    "lost": ("{name}: saknas i paketet.", "{name}: is missing in the package."),
    "added": ("{name}: har lagts till i paketet.", "{name}: has been added to the package."),
    "more": ("… och {count} filer till.", "… and {count} files more."),
    "items": (
        "Posterna i paketet ger den rot som manifestet nämner ({root}).",
        "The items in the package give the root that the manifest names ({root}).",
    ),
    "items_differ": (
        "Posterna i paketet ger en annan rot än den som manifestet nämner ({root}).",
        "The items in the package give another root than the manifest names ({root}).",
    ),
    "items_unreadable": (
        "Posterna i paketet går inte att läsa: {why}", "The items in the package cannot be read: {why}",
    ),
    "no_format": (
        "Roten över posterna: formatet {format} är okänt här.", "The root over the items: the format {format} is not "
        "known here.",
    ),
    "alone": (
        "Att det är paketet som levererades, och när: ingenting utanför paketet vittnar om det. Lägg dess manifest "
        "({stem}.manifest.json), dess förteckning ({stem}.sha256), dess kvitto ({stem}.….receipt.json) och "
        "tidsstämplarna (.tsr) bredvid paketet, och kontrollera igen.",
        "That it is the package that was delivered, and when: nothing outside the package speaks for it. Put its "
        "manifest ({stem}.manifest.json), its listing ({stem}.sha256), its receipt ({stem}.….receipt.json) and the "
        "time stamps (.tsr) beside the package, and check again.",
    ),
    "not_inside": (
        "Insamlingens {name} som manifestet nämner finns inte i paketet.",
        "The capture's {name} that the manifest names is not in the package.",
    ),
    "receipt": (
        "Det som ligger bredvid paketet är det som kvittot nämner ({name}).",
        "What lies beside the package is what its receipt names ({name}).",
    ),
    "beside": (
        "Paketet är det som kvittot {name} nämner bredvid sitt eget ({sha256}).",
        "The package is the one that the receipt {name} names beside its own ({sha256}).",
    ),
    "receipt_differs": ("{name}: inte som kvittot säger, eller borta.", "{name}: not as the receipt says, or gone."),
    "receipt_odd": (
        "Kvittot {name} är inte skrivet som våra kvitton.", "The receipt {name} is not written as ours are.",
    ),
    "receipt_touched": ("Kvittot {name} är inte som dess namn säger.", "The receipt {name} is not as its name says."),
    "first": (
        "Manifestet är kontots första: kedjan börjar här.", "The manifest is the account's first: the chain begins "
        "here.",
    ),
    "chain": (
        "Kedjan av manifest är hel {steps} steg bakåt, till kontots första ({name}).",
        "The chain of manifests is whole {steps} steps back, to the account's first ({name}).",
    ),
    "chain_ends": (
        "Kedjan av manifest är hel {steps} steg bakåt; {name} ligger inte här, så längre går det inte att följa den.",
        "The chain of manifests is whole {steps} steps back; {name} is not here, so it cannot be followed further.",
    ),
    "chain_broken": (
        "Kedjan är bruten: {name} är inte den fil som {by} nämner.",
        "The chain is broken: {name} is not the file that {by} names.",
    ),
    "later": (
        "Det senare manifestet {by} nämner {name}: den har inte ändrats sedan dess.",
        "The later manifest {by} names {name}: it has not been changed since then.",
    ),
    "named": ("{by} nämner {name}, och så är den.", "{by} names {name}, and so it is."),
    "run": ("Årets körning ({name}) nämner manifestet.", "The year's run ({name}) names the manifest."),
    "run_differs": (
        "Årets körning ({name}) nämner ett annat manifest för samma paket.",
        "The year's run ({name}) names another manifest of the same package.",
    ),
    "no_run": (
        "Ingen körning för {year} som nämner manifestet ligger här.", "No run of {year} that names the manifest is "
        "here.",
    ),
    "stamp": (
        "{over} fanns {at} UTC, enligt {by} ({signer}).", "{over} was there at {at} UTC, says {by} ({signer}).",
    ),
    "stamp_false": (
        "Tidsstämpeln {name} gäller inte för {over} ({why}).",
        "The time stamp {name} does not hold for {over} ({why}).",
    ),
    "no_roots": (
        "Tidsstämpeln {name} går inte att kontrollera: inga rotcertifikat för {by}.",
        "The time stamp {name} cannot be checked: no root certificates for {by}.",
    ),
    "no_stamp": (
        "När {name} fanns: där ligger ingen tidsstämpel. Den som rår över mappen kan ha bytt ut allt som ligger i den.",
        "When {name} was there: no time stamp lies here. Whoever owns the folder may have replaced all that is in it.",
    ),
    "whole": (
        "Att plattformen gav allt som fanns. Det säger uttagsrapporten i paketet, och omdömet där är: {verdict}.",
        "That the platform gave all that there was. The report in the package speaks of that; its verdict: {verdict}.",
    ),
    # of a copy for disclosure
    "no_copy": (
        "{name} går inte att läsa som en kopia för utlämnande: {why}",
        "{name} cannot be read as a copy for disclosure: {why}",
    ),
    "odd": (
        "{name} är inte som den skrevs, eller saknas: kopian går inte att kontrollera. Be den som lämnade ut den om en "
        "ny.",
        "{name} is not as it was written, or is missing: the copy cannot be read to be checked. Ask for a new one.",
    ),
    "names": (
        "Ett filnamn i kopian förekommer två gånger, eller leder ut ur den.",
        "A name in it stands twice, or leads out of it.",
    ),
    "no_hash": ("Rad {line} i items.jsonl har ingen hash.", "Line {line} of items.jsonl: is no hash."),
    "no_salt": (
        "Rad {line} i items.jsonl har ett fält som varken är maskerat eller har ett salt, eller ett salt för mycket.",
        "Line {line} of items.jsonl has a field that is neither masked nor has a salt, or a salt too many.",
    ),
    "root_differs": (
        "Posterna ger inte den rot som kopian nämner: något har ändrats, lagts till eller tagits bort.",
        "The items do not give the root that the copy names: something was changed, added or taken away.",
    ),
    "no_manifest": (
        "Inget manifest följer med: det som visas stämmer med sig självt, men inte med något som har förseglats. Be "
        "den som lämnade ut kopian om manifestet.",
        "No manifest goes along: what is shown agrees with itself, and with nothing that was sealed. Ask whoever gave "
        "the copy for the manifest.",
    ),
    "another_root": (
        "{name} har en annan rot: det som visas är inte det som förseglades.",
        "{name} has another root: what is shown is not what was sealed.",
    ),
    "another_order": (
        "{name} är för en annan beställning än den som kopian nämner.",
        "{name} is of another order than the copy names.",
    ),
    "shown": (
        "De {shown} poster som visas är som de förseglades: de ger den rot som {name} nämner ({root}).",
        "The {shown} items that are shown are as they were sealed: they give the root that {name} names ({root}).",
    ),
    "nothing": (
        "{name}: hör inte till något som visas.", "{name}: belongs to nothing that is shown.",
    ),
    "gone": ("{name}: saknas, och kopian säger inte varför.", "{name}: missing, and the copy does not say why."),
    "not_missing": (
        "{name}: utlamnande.json säger att den saknas, och det gör den inte.",
        "{name}: utlamnande.json says that it is left out, and so it is not.",
    ),
    "another_file": ("{name}: inte som posterna säger.", "{name}: not as the items say."),
    "media": (
        "De {count} filer som visas är som posterna säger.", "The {count} files that are shown are as the items say.",
    ),
    "missing_files": (
        "Varför {count} filer inte lämnas ut: kopian säger att de är maskerade eller ligger i ett tidigare paket.",
        "Why {count} files are not given out: the copy says that they are masked, or lie in an earlier package.",
    ),
    "decision_differs": (
        "beslut.json nämner inte just de fält som är maskerade och de rader som inte lämnas ut.",
        "beslut.json: does not name the fields that are masked and the lines that are withheld.",
    ),
    "page_differs": (
        "{name} säger något annat än det som kopian innehåller.", "{name}: does not show what the copy holds.",
    ),
    "papers": (
        "index.html, LASMIG.txt och listorna över det maskerade säger just det som kopian innehåller.",
        "index.html, LASMIG.txt and the lists of what is masked say just what the copy holds.",
    ),
    "decision": (
        "Beslutet: att det heter {number} och fattades av {by} {day}, och på vilka grunder, är vad kopian säger. Fråga "
        "myndigheten.",
        "The decision: that it is {number}, by {by} on {day}, and its grounds, is what the copy says. Ask the "
        "authority.",
    ),
    "hidden": (
        "Vad som står i {masked} maskerade fält och på de rader som inte lämnas ut ({withheld}), och att de raderna är "
        "just så många.",
        "What the {masked} masked fields and the withheld lines ({withheld}) say, and that those lines are just as "
        "many.",
    ),
    "genuine": (
        "Att {name} är det manifest som ligger i arkivet: det har SHA-256 {sha256}. Jämför med vad myndigheten uppger.",
        "That {name} is the manifest that lies in the archive: its SHA-256 is {sha256}. Compare with what the "
        "authority says.",
    ),
}  # fmt: skip
