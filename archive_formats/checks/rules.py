"""The rules, as data: id, level, what must be so, and the same in Swedish.

The ids are the specifications' own: CSIP…, CSIPSTR… (E-ARK CSIP), SIP… (E-ARK SIP), PM… (CS PREMIS 1.0.1, where the
first number of a group of requirements stands for the group). XML…, FILE… and CONTENT… are ours, for what every
package must be that no requirement says aloud; ARSRING… holds only for packages that carry our capture.
MUST is ERROR, SHOULD is WARN, MAY is INFO. A value that is there and wrong is an ERROR at every level.
Source: earkcsip.dilcis.eu, earksip.dilcis.eu, citspremis.dilcis.eu, versions 2.1.0 and 2.2.0, seen 2026-11.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, get_args

Level = Literal["ERROR", "WARN", "INFO"]

VERSIONS: Final = ("2.0.4", "2.1.0", "2.2.0")


@dataclass(frozen=True, slots=True)
class Rule:
    """One requirement, as it must be."""

    id: str
    level: Level
    text: str
    swedish: str
    link: str


_LINKS: Final = {
    "CSIP": "https://earkcsip.dilcis.eu/#",
    "SIP": "https://earksip.dilcis.eu/#",
    "PM": "https://citspremis.dilcis.eu/#",
}

# Three lines a rule: id and level, English, Swedish.
_TABLE: Final = """
CSIPSTR1 ERROR
The package is one folder, and an archive file unpacks to exactly one
Paketet är en mapp, och en arkivfil packas upp till exakt en
CSIPSTR4 ERROR
METS.xml, spelt so, lies in the root folder
METS.xml, stavat så, ligger i rotmappen
CSIPSTR5 WARN
The root folder has a folder metadata
Rotmappen har en mapp metadata
CSIPSTR9 WARN
The root folder has a folder representations, with a folder for each representation
Rotmappen har en mapp representations, med en mapp för varje representation
CSIPSTR10 WARN
The folder representations holds a folder for each representation
Mappen representations har en mapp för varje representation
CSIPSTR11 WARN
A representation has a folder data
En representation har en mapp data
CSIPSTR12 WARN
A representation has its own METS.xml
En representation har en egen METS.xml
CSIPSTR13 WARN
A representation has a folder metadata where there is metadata about it
En representation har en mapp metadata när det finns metadata om den
CSIPSTR15 WARN
The schemas that the package uses lie in a folder schemas
De scheman som paketet använder ligger i en mapp schemas
CSIPSTR16 WARN
The package has a folder documentation
Paketet har en mapp documentation
CSIP1 ERROR
mets/@OBJID names the package, and is the name of its folder
mets/@OBJID namnger paketet, och är namnet på dess mapp
CSIP2 ERROR
mets/@TYPE is a content category of the vocabulary
mets/@TYPE är en innehållskategori ur vokabulären
CSIP3 ERROR
mets/@csip:OTHERTYPE tells the category where TYPE is Other
mets/@csip:OTHERTYPE anger kategorin när TYPE är Other
CSIP4 WARN
mets/@csip:CONTENTINFORMATIONTYPE is a term of the vocabulary; a representation must have it
mets/@csip:CONTENTINFORMATIONTYPE är en term ur vokabulären; en representation måste ha den
CSIP5 ERROR
mets/@csip:OTHERCONTENTINFORMATIONTYPE tells the type where it is OTHER
mets/@csip:OTHERCONTENTINFORMATIONTYPE anger typen när den är OTHER
CSIP6 ERROR
mets/@PROFILE tells the profile
mets/@PROFILE anger profilen
CSIP117 ERROR
METS has one metsHdr
METS har ett metsHdr
CSIP7 ERROR
metsHdr/@CREATEDATE is a date and time
metsHdr/@CREATEDATE är datum och tid
CSIP8 WARN
metsHdr/@LASTMODDATE is a date and time, and not years ahead
metsHdr/@LASTMODDATE är datum och tid, och inte flera år framåt
CSIP9 ERROR
metsHdr/@csip:OAISPACKAGETYPE is a package type of the vocabulary
metsHdr/@csip:OAISPACKAGETYPE är en pakettyp ur vokabulären
CSIP10 ERROR
metsHdr names agents
metsHdr namnger agenter
CSIP11 ERROR
An agent for the software has ROLE CREATOR
En agent för programmet har ROLE CREATOR
CSIP12 ERROR
The agent for the software has TYPE OTHER
Agenten för programmet har TYPE OTHER
CSIP13 ERROR
The agent for the software has OTHERTYPE SOFTWARE
Agenten för programmet har OTHERTYPE SOFTWARE
CSIP14 ERROR
The agent for the software has a name
Agenten för programmet har ett namn
CSIP15 ERROR
The agent for the software has one note with its version
Agenten för programmet har en anteckning med sin version
CSIP16 ERROR
The note of the agent for the software has csip:NOTETYPE SOFTWARE VERSION
Anteckningen hos agenten för programmet har csip:NOTETYPE SOFTWARE VERSION
CSIP17 WARN
Descriptive metadata is named in a dmdSec
Beskrivande metadata nämns i en dmdSec
CSIP18 ERROR
dmdSec/@ID is there
dmdSec/@ID finns
CSIP19 ERROR
dmdSec/@CREATED is a date and time
dmdSec/@CREATED är datum och tid
CSIP20 WARN
dmdSec/@STATUS is CURRENT or SUPERSEDED
dmdSec/@STATUS är CURRENT eller SUPERSEDED
CSIP21 WARN
dmdSec names a file by mdRef
dmdSec nämner en fil med mdRef
CSIP31 WARN
Preservation metadata is named in one amdSec
Bevarandemetadata nämns i en amdSec
CSIP32 WARN
Each PREMIS file is named in a digiprovMD
Varje PREMIS-fil nämns i en digiprovMD
CSIP33 ERROR
digiprovMD/@ID is there
digiprovMD/@ID finns
CSIP34 WARN
digiprovMD/@STATUS is CURRENT or SUPERSEDED
digiprovMD/@STATUS är CURRENT eller SUPERSEDED
CSIP35 WARN
digiprovMD names a file by mdRef
digiprovMD nämner en fil med mdRef
CSIP46 ERROR
rightsMD/@ID is there
rightsMD/@ID finns
CSIP47 WARN
rightsMD/@STATUS is CURRENT or SUPERSEDED
rightsMD/@STATUS är CURRENT eller SUPERSEDED
CSIP48 WARN
rightsMD names a file by mdRef
rightsMD nämner en fil med mdRef
CSIP58 WARN
METS has a fileSec, with every file but the metadata
METS har en fileSec, med varje fil utom metadata
CSIP59 ERROR
fileSec/@ID is there
fileSec/@ID finns
CSIP60 ERROR
Files in documentation are in a fileGrp with USE Documentation
Filer i documentation är i en fileGrp med USE Documentation
CSIP113 ERROR
Files in schemas are in a fileGrp with USE Schemas
Filer i schemas är i en fileGrp med USE Schemas
CSIP114 ERROR
Each representation has a fileGrp with USE Representations/<name>
Varje representation har en fileGrp med USE Representations/<namn>
CSIP61 WARN
fileGrp/@ADMID names sections of metadata
fileGrp/@ADMID nämner avsnitt med metadata
CSIP62 WARN
fileGrp/@csip:CONTENTINFORMATIONTYPE is a term of the vocabulary; a representation's group must have it
fileGrp/@csip:CONTENTINFORMATIONTYPE är en term ur vokabulären; en representations grupp måste ha den
CSIP63 ERROR
fileGrp/@csip:OTHERCONTENTINFORMATIONTYPE tells the type where it is OTHER
fileGrp/@csip:OTHERCONTENTINFORMATIONTYPE anger typen när den är OTHER
CSIP64 ERROR
fileGrp/@USE is of the vocabulary, and is a folder of the package
fileGrp/@USE är ur vokabulären, och är en mapp i paketet
CSIP65 ERROR
fileGrp/@ID is there
fileGrp/@ID finns
CSIP66 ERROR
fileGrp holds files
fileGrp har filer
CSIP67 ERROR
file/@ID is there
file/@ID finns
CSIP68 ERROR
file/@MIMETYPE is a media type of the IANA register
file/@MIMETYPE är en medietyp ur IANA:s register
CSIP69 ERROR
file/@SIZE is the size of the file in bytes
file/@SIZE är filens storlek i byte
CSIP70 ERROR
file/@CREATED is a date and time
file/@CREATED är datum och tid
CSIP71 ERROR
file/@CHECKSUM is the checksum of the file
file/@CHECKSUM är filens kontrollsumma
CSIP72 ERROR
file/@CHECKSUMTYPE is of the METS list
file/@CHECKSUMTYPE är ur METS lista
CSIP74 ERROR
file/@ADMID names sections that are there
file/@ADMID nämner avsnitt som finns
CSIP75 ERROR
file/@DMDID names sections that are there
file/@DMDID nämner avsnitt som finns
CSIP76 ERROR
file has exactly one FLocat
file har exakt en FLocat
CSIP77 ERROR
FLocat/@LOCTYPE is URL
FLocat/@LOCTYPE är URL
CSIP78 ERROR
FLocat/@xlink:type is simple
FLocat/@xlink:type är simple
CSIP79 ERROR
FLocat/@xlink:href is the path of a file in the package
FLocat/@xlink:href är sökvägen till en fil i paketet
CSIP80 ERROR
METS has exactly one structMap with LABEL CSIP
METS har exakt en structMap med LABEL CSIP
CSIP81 ERROR
The structMap has TYPE PHYSICAL
structMap har TYPE PHYSICAL
CSIP82 ERROR
The structMap has LABEL CSIP
structMap har LABEL CSIP
CSIP83 ERROR
The structMap has an ID
structMap har ett ID
CSIP84 ERROR
The structMap has one main division
structMap har en huvudavdelning
CSIP85 ERROR
The main division has an ID
Huvudavdelningen har ett ID
CSIP86 ERROR
The main division's LABEL is the OBJID
Huvudavdelningens LABEL är OBJID
CSIP88 ERROR
There is one division for Metadata
Det finns en avdelning för Metadata
CSIP89 ERROR
The division for Metadata has an ID
Avdelningen för Metadata har ett ID
CSIP90 ERROR
There is one division with LABEL Metadata
Det finns en avdelning med LABEL Metadata
CSIP91 WARN
The division for Metadata lists the sections of amdSec in ADMID
Avdelningen för Metadata räknar upp avsnitten i amdSec i ADMID
CSIP92 WARN
The division for Metadata lists each dmdSec in DMDID
Avdelningen för Metadata räknar upp varje dmdSec i DMDID
CSIP93 WARN
There is a division for Documentation where there is a group for it
Det finns en avdelning för Documentation när det finns en grupp för den
CSIP94 ERROR
The division for Documentation has an ID
Avdelningen för Documentation har ett ID
CSIP95 ERROR
There is one division with LABEL Documentation where there is a group for it
Det finns en avdelning med LABEL Documentation när det finns en grupp för den
CSIP96 WARN
Each group for Documentation is pointed at from its division
Varje grupp för Documentation pekas ut från sin avdelning
CSIP116 ERROR
fptr/@FILEID under Documentation is the ID of a group for it
fptr/@FILEID under Documentation är ID för en grupp för den
CSIP97 WARN
There is a division for Schemas where there is a group for it
Det finns en avdelning för Schemas när det finns en grupp för den
CSIP98 ERROR
The division for Schemas has an ID
Avdelningen för Schemas har ett ID
CSIP99 ERROR
There is one division with LABEL Schemas where there is a group for it
Det finns en avdelning med LABEL Schemas när det finns en grupp för den
CSIP100 WARN
Each group for Schemas is pointed at from its division
Varje grupp för Schemas pekas ut från sin avdelning
CSIP118 ERROR
fptr/@FILEID under Schemas is the ID of a group for it
fptr/@FILEID under Schemas är ID för en grupp för den
CSIP101 WARN
There is a division for Representations where they have no METS of their own
Det finns en avdelning för Representations när de inte har egen METS
CSIP102 ERROR
The division for Representations has an ID
Avdelningen för Representations har ett ID
CSIP103 ERROR
There is one division with LABEL Representations where they have no METS of their own
Det finns en avdelning med LABEL Representations när de inte har egen METS
CSIP104 WARN
Each group for Representations is pointed at from its division
Varje grupp för Representations pekas ut från sin avdelning
CSIP119 ERROR
fptr/@FILEID under Representations is the ID of a group for it
fptr/@FILEID under Representations är ID för en grupp för den
CSIP105 ERROR
Each representation with a METS of its own has a division
Varje representation med egen METS har en avdelning
CSIP106 ERROR
The division for a representation has an ID
Avdelningen för en representation har ett ID
CSIP107 ERROR
The division for a representation has LABEL Representations/<name>
Avdelningen för en representation har LABEL Representations/<namn>
CSIP108 ERROR
mptr/@xlink:title is the ID of the representation's group
mptr/@xlink:title är ID för representationens grupp
CSIP109 ERROR
The division for a representation has one mptr
Avdelningen för en representation har en mptr
CSIP110 ERROR
mptr/@xlink:href is the path of the representation's METS
mptr/@xlink:href är sökvägen till representationens METS
CSIP111 ERROR
mptr/@xlink:type is simple
mptr/@xlink:type är simple
CSIP112 ERROR
mptr/@LOCTYPE is URL
mptr/@LOCTYPE är URL
SIP2 ERROR
mets/@PROFILE is the address of the SIP profile of this version
mets/@PROFILE är adressen till denna versions SIP-profil
SIP3 ERROR
metsHdr/@RECORDSTATUS is of the vocabulary
metsHdr/@RECORDSTATUS är ur vokabulären
SIP4 ERROR
metsHdr/@csip:OAISPACKAGETYPE is SIP
metsHdr/@csip:OAISPACKAGETYPE är SIP
SIP5 ERROR
There is at most one altRecordID with TYPE SUBMISSIONAGREEMENT
Det finns högst ett altRecordID med TYPE SUBMISSIONAGREEMENT
SIP7 ERROR
There is at most one altRecordID with TYPE REFERENCECODE
Det finns högst ett altRecordID med TYPE REFERENCECODE
SIP9 ERROR
There is at most one archival creator
Det finns högst en arkivbildare
SIP11 ERROR
The archival creator is ORGANIZATION or INDIVIDUAL
Arkivbildaren är ORGANIZATION eller INDIVIDUAL
SIP12 ERROR
The archival creator has a name
Arkivbildaren har ett namn
SIP14 ERROR
The archival creator's note has csip:NOTETYPE IDENTIFICATIONCODE
Arkivbildarens anteckning har csip:NOTETYPE IDENTIFICATIONCODE
SIP15 ERROR
There is exactly one submitting agent: ROLE CREATOR, TYPE ORGANIZATION or INDIVIDUAL
Det finns exakt en levererande agent: ROLE CREATOR, TYPE ORGANIZATION eller INDIVIDUAL
SIP18 ERROR
The submitting agent has a name
Den levererande agenten har ett namn
SIP20 ERROR
The submitting agent's note has csip:NOTETYPE IDENTIFICATIONCODE
Den levererande agentens anteckning har csip:NOTETYPE IDENTIFICATIONCODE
SIP26 ERROR
There is at most one preserving archive
Det finns högst ett bevarande arkiv
SIP28 ERROR
The preserving archive is ORGANIZATION
Det bevarande arkivet är ORGANIZATION
SIP29 ERROR
The preserving archive has a name
Det bevarande arkivet har ett namn
SIP31 ERROR
The preserving archive's note has csip:NOTETYPE IDENTIFICATIONCODE
Det bevarande arkivets anteckning har csip:NOTETYPE IDENTIFICATIONCODE
PM1 ERROR
premis/@version is 3.0
premis/@version är 3.0
PM2 ERROR
An environment has an identifier, a function with type and level, and a name
En miljö har identitet, en funktion med typ och nivå, och ett namn
PM14 ERROR
A representation has an identifier with type and value
En representation har en identitet med typ och värde
PM18 WARN
A representation has significant properties
En representation har betydelsebärande egenskaper
PM21 ERROR
A representation names the software that it needs (dependency, requires)
En representation anger det program som den behöver (dependency, requires)
PM28 ERROR
A file has an identifier with type and value
En fil har en identitet med typ och värde
PM33 WARN
A file has fixity
En fil har en kontrollsumma
PM34 ERROR
Fixity has an algorithm and a digest
En kontrollsumma har algoritm och värde
PM37 WARN
A file's format is told, by name or by a key of PRONOM
En fils format är angivet, med namn eller med en nyckel ur PRONOM
PM51 WARN
A file's original name is told
En fils ursprungliga namn är angivet
PM69 ERROR
An agent has an identifier, a name and a type
En agent har identitet, namn och typ
PM80 ERROR
An event has an identifier, a type, a time and an outcome
En händelse har identitet, typ, tid och utfall
PM93 ERROR
A statement of rights has an identifier and a basis; a statute, its jurisdiction and citation
Ett rättsligt förhållande har identitet och grund; en lag, jurisdiktion och beteckning
XML1 ERROR
An XML file is well-formed
En XML-fil är välformad
XML2 ERROR
METS is valid against its schema
METS är giltig mot sitt schema
XML3 ERROR
PREMIS is valid against its schema
PREMIS är giltig mot sitt schema
XML4 ERROR
EAD is valid against its schema
EAD är giltig mot sitt schema
XML5 ERROR
An ID is used once
Ett ID används en gång
XML6 ERROR
What is referred to by ID is there
Det som hänvisas till med ID finns
XML7 ERROR
An XML file has no document type, no entities, and an encoding that all can read
En XML-fil har ingen dokumenttyp, inga entiteter, och en kodning som alla kan läsa
XML8 WARN
The schemas that we know are at hand, so that XML can be checked against them
De scheman som vi känner finns till hands, så att XML kan kontrolleras mot dem
FILE1 ERROR
A file that METS names is there
En fil som METS nämner finns
FILE2 ERROR
A file that is there is named by a METS
En fil som finns nämns av en METS
FILE3 ERROR
A link leads to a file inside the package
En länk leder till en fil i paketet
FILE4 ERROR
A file's name is given once, is a plain relative path, and stays inside the package
En fils namn finns en gång, är en enkel relativ sökväg, och stannar i paketet
FILE5 ERROR
Every file can be read to its end
Varje fil kan läsas till slutet
FILE6 ERROR
Nothing unpacks to far more than it says
Ingenting packas upp till långt mer än det säger
FILE7 ERROR
There are only files and folders: no links, pipes or devices
Det finns bara filer och mappar: inga länkar, rör eller enheter
FILE8 ERROR
A file is named by one METS only
En fil nämns bara av en METS
FILE9 WARN
The checksum's kind is one that can be computed here
Kontrollsummans slag är ett som kan räknas här
CONTENT1 ERROR
A JSON file is JSON
En JSON-fil är JSON
CONTENT2 ERROR
A gzip file (also WARC) is whole
En gzip-fil (även WARC) är hel
CONTENT3 ERROR
PREMIS and the file agree on its checksum
PREMIS och filen är överens om kontrollsumman
CONTENT4 ERROR
A file that PREMIS describes is there
En fil som PREMIS beskriver finns
CONTENT5 ERROR
An agent that a PREMIS event names is described
En agent som en händelse i PREMIS nämner är beskriven
CONTENT6 ERROR
An object that a PREMIS event names is described, or is a file of the package
Ett objekt som en händelse i PREMIS nämner är beskrivet, eller är en fil i paketet
ARSRING1 ERROR
Each file of the capture's seal is in the package, as it was sealed, or in an earlier package
Varje fil i uttagets sigill finns i paketet, som den förseglades, eller i ett tidigare paket
ARSRING2 ERROR
The capture's seal can be read, and its last line seals the others
Uttagets sigill kan läsas, och dess sista rad förseglar de andra
ARSRING3 ERROR
The ledger can be read, and has a verdict
Räkenskapen kan läsas, och har ett omdöme
FGS1 ERROR
sip.xml is valid against the schema of FGS 1.2
sip.xml är giltig mot schemat för FGS 1.2
FGS2 ERROR
sip.xml has OBJID (the folder's name), TYPE and PROFILE, at least three agents and one altRecordID
sip.xml har OBJID (mappens namn), TYPE och PROFILE, minst tre agenter och ett altRecordID
FGS3 ERROR
A file in sip.xml has an ID, a media type, a size, a date, a checksum and a link that stays in the package
En fil i sip.xml har ID, medietyp, storlek, datum, kontrollsumma och en länk som stannar i paketet
FGS4 ERROR
A file is as its size and its checksum in sip.xml say
En fil är som dess storlek och kontrollsumma i sip.xml säger
FGS5 WARN
The schema of FGS 1.2 is at hand (CSPackageMETS.xsd, Riksarkivet), so that sip.xml can be checked against it
Schemat för FGS 1.2 finns till hands (CSPackageMETS.xsd, Riksarkivet), så att sip.xml kan kontrolleras mot det
"""

# mdRef of dmdSec, digiprovMD and rightsMD: nine requirements each, from these numbers on.
MDREF: Final = {"dmdSec": 22, "digiprovMD": 36, "rightsMD": 49}
_MDREF: Final = (
    ("mdRef/@LOCTYPE is URL", "mdRef/@LOCTYPE är URL"),
    ("mdRef/@xlink:type is simple", "mdRef/@xlink:type är simple"),
    ("mdRef/@xlink:href is the path of a file in the package", "mdRef/@xlink:href är sökvägen till en fil i paketet"),
    ("mdRef/@MDTYPE is of the METS list", "mdRef/@MDTYPE är ur METS lista"),
    ("mdRef/@MIMETYPE is a media type of the IANA register", "mdRef/@MIMETYPE är en medietyp ur IANA:s register"),
    ("mdRef/@SIZE is the size of the file in bytes", "mdRef/@SIZE är filens storlek i byte"),
    ("mdRef/@CREATED is a date and time", "mdRef/@CREATED är datum och tid"),
    ("mdRef/@CHECKSUM is the checksum of the file", "mdRef/@CHECKSUM är filens kontrollsumma"),
    ("mdRef/@CHECKSUMTYPE is of the METS list", "mdRef/@CHECKSUMTYPE är ur METS lista"),
)

# Before 2.2.0 these had another level (package-standards 1.2).
_BEFORE: Final[dict[str, Level]] = {
    "CSIP96": "ERROR",
    "CSIP100": "ERROR",
    "CSIP104": "ERROR",
    "SIP12": "INFO",
    "SIP18": "INFO",
    "SIP29": "INFO",
}

PROFILES: Final = {
    "2.0.4": ("https://earksip.dilcis.eu/profile/E-ARK-SIP.xml", "https://earksip.dilcis.eu/profile/E-ARK-SIP-v2-0-4.xml"),
    "2.1.0": ("https://earksip.dilcis.eu/profile/E-ARK-SIP.xml", "https://earksip.dilcis.eu/profile/E-ARK-SIP-v2-1-0.xml"),
    "2.2.0": ("https://earksip.dilcis.eu/profile/E-ARK-SIP-v2-2-0.xml",),
}


def level_of(rule: str, version: str) -> Level:
    """How heavy a rule weighs in a version of the specification."""
    return _BEFORE.get(rule, RULES[rule].level) if version in VERSIONS[:-1] else RULES[rule].level


def _read() -> Iterator[Rule]:
    lines = iter(_TABLE.strip().splitlines())
    for head, text, swedish in zip(lines, lines, lines, strict=True):
        name, level = head.split()
        yield _rule(name, level, text, swedish)
    for section, first in MDREF.items():
        for number, (text, swedish) in enumerate(_MDREF, first):
            yield _rule(f"CSIP{number}", "ERROR", f"{section}/{text}", f"{section}/{swedish}")


def _rule(name: str, level: str, text: str, swedish: str) -> Rule:
    known = {one: one for one in get_args(Level)}
    link = _LINKS.get(name.rstrip("0123456789").removesuffix("STR"), "")
    return Rule(name, known[level], text, swedish, link + name if link else "")


RULES: Final[dict[str, Rule]] = {rule.id: rule for rule in _read()}
