"""The authority's settings file: TOML with Swedish words, read and checked before the first request.

docs/examples/installningar.toml has every setting with its explanation. A setting that nobody knows is a fault, so that
a misspelt one is never silently without effect.
"""

import re
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_args

from model import tables
from model.errors import BadInput
from model.settings import FUNCTIONS, IDENTITIES, Body, Bucket, Checksum, Handling, Profile, Settings, StampAuthority

# What packages say where nobody has written a settings file: that nobody has.
UNNAMED: Final = Settings(
    creator=Body(name="Arkivbildare ej angiven", code="Local:ej-angiven"),
    submitter=Body(name="Levererande ej angiven", code="Local:ej-angiven"),
    archive=Body(name="Arkivmyndighet ej angiven", code="Local:ej-angiven"),
    contact="Kontakt ej angiven",
    prefix="arsring",
)
_BODIES: Final = {"arkivbildare": "creator", "levererande": "submitter", "arkivmyndighet": "archive"}
_TEXTS: Final = {  # key → (field, pattern, what it should look like)
    "kontakt": ("contact", r"\S.{1,198}\S", "en funktion och dess brevlåda"),
    "leveransoverenskommelse": ("agreement", r".{0,200}", "en beteckning"),
    "referenskod": ("reference", r".{0,200}", "en kod"),
    "klassificering": ("classification", r".{0,200}", "en beteckning"),
    "sekretess": ("secrecy", r".{0,500}", "en mening"),
    "rattigheter": ("rights", r"[A-Z]{2}; ?\S.{0,490}", "landets kod, semikolon, lagarna: SE; OSL …"),
    "gallringsbeslut": ("disposal", r".{0,500}", "en beteckning"),
    "kortnamn": ("prefix", r"[a-z][a-z0-9]{1,11}", "2 till 12 tecken, a–z och 0–9, med en bokstav först"),
    "scheman": ("schemas", r".{0,500}", "en mapp"),
}
_CHOICES: Final = {
    "profil": ("profile", get_args(Profile)),
    "kontrollsumma": ("checksum", get_args(Checksum)),
    "sprak": ("language", ("sv", "en")),
}
_STORE: Final = {  # key under [lagring] → (field, pattern, what it should look like)
    "adress": ("endpoint", r"https://[^\s/]+", "https:// och serverns namn, utan snedstreck på slutet"),
    "bucket": ("bucket", r"[a-z0-9][a-z0-9-]{2,48}[a-z0-9]", "4 till 50 tecken, a–z, 0–9 och streck"),
    "myndighet": ("authority", r"[a-z0-9][a-z0-9-]{1,39}", "a–z, 0–9 och streck"),
    "region": ("region", r"[a-z0-9-]{0,40}", "ett namn"),
    "certifikat": ("trusted", r".{0,500}", "en fil"),
    "konto": ("account", r"[A-Za-z0-9_-]{0,64}", "ett namn eller ett nummer"),
}
_WHO: Final = dict(zip(("inmatning", "lasning", "vard", "agare"), IDENTITIES, strict=True))
_FUNCTIONS: Final = dict(zip(("arkivarie", "strateg", "kommunikator", "drift"), FUNCTIONS, strict=True))
_MAILBOX: Final = re.compile(r"[^\s@<>,;\"']{1,64}@[A-Za-z0-9.-]{3,200}")
_CODE: Final = re.compile(r"[A-Za-z]{2,10}:[^\s].{0,80}")
_PARTS: Final = (
    "arende", "format", "formatpolicy", "utskrift", "tidsstampling", "lagring", "mottagare", "redaktorer", "avslut",
    "presentation",
)  # fmt: skip
KNOWN: Final = {*_BODIES, *_TEXTS, *_CHOICES, *_PARTS}
OF_STORE: Final = {*_STORE, "lasta_dagar", "nycklar", "anvandare"}  # under [lagring]


def read(path: Path, formats: frozenset[str]) -> Settings:
    """The settings of a file. `formats` are the package formats there are. BadInput with every fault of the file."""
    given = tables.read(path, "inställningarna")
    faults: list[str] = [f"{key}: det finns ingen sådan inställning" for key in given if key not in KNOWN]
    found = _bodies(given, faults) | _texts(given, faults) | _choices(given, faults)
    found |= _cases(given, faults) | _formats(given, formats, faults) | _policy(given, faults)
    found |= _recipients(given, faults) | _editors(given, faults) | _closing(given, faults)
    found |= _presentation(given, faults)
    found |= _print(given, faults) | _stamps(given, path.parent, faults) | _bucket(given, path.parent, faults)
    _needed(found, faults)
    if faults:
        raise BadInput(f"{path.name}: {len(faults)} fel. Rätta dem och försök igen; inget har hämtats.", faults)
    return Settings(**found)


def _needed(found: Mapping[str, Any], faults: list[str]) -> None:
    """What one setting asks of the others."""
    named = any(found.get(name) for name in ("agreement", "reference", "cases"))
    if found.get("profile") == "fgs-1.2" and not named:
        faults.append("profil: fgs-1.2 behöver leveransoverenskommelse, referenskod eller ett diarienummer i [arende]")


def recipients(path: Path) -> Mapping[str, tuple[str, ...]]:
    """Whom mails go to, whatever else is wrong with the file. BadInput where it cannot be read at all."""
    found: Mapping[str, tuple[str, ...]] = _recipients(tables.read(path, "inställningarna"), [])["recipients"]
    return found


def _bodies(given: Mapping[str, Any], faults: list[str]) -> dict[str, Any]:
    found = {}
    for key, field in _BODIES.items():
        if key not in given:
            faults.append(f"{key}: saknas. Skriv [{key}] med namn och kod")
            continue
        table = given[key] if isinstance(given[key], dict) else {}
        name, code = table.get("namn"), table.get("kod", "")
        if not isinstance(name, str) or not name.strip() or not name.isprintable():
            faults.append(f"{key}.namn: ska vara namnet på organisationen")
        elif not isinstance(code, str) or (code and not _CODE.fullmatch(code)):
            faults.append(f"{key}.kod: ska se ut som ORG:212000-0142, VAT:SE… eller Local:…, och är {code!r}")
        else:
            found[field] = Body(name=name.strip(), code=code)
        faults += [f"{key}.{extra}: det finns ingen sådan inställning" for extra in table.keys() - {"namn", "kod"}]
    return found


def _texts(given: Mapping[str, Any], faults: list[str]) -> dict[str, Any]:
    found = {}
    for key, (field, pattern, looks) in _TEXTS.items():
        value = given.get(key)
        if isinstance(value, str) and value.isprintable() and value == value.strip() and re.fullmatch(pattern, value):
            found[field] = value
        elif value is not None:
            faults.append(f"{key}: ska vara {looks}, och är {value!r}")
    return found


def _choices(given: Mapping[str, Any], faults: list[str]) -> dict[str, Any]:
    found = {}
    for key, (field, words) in _CHOICES.items():
        if key in given and given[key] not in words:
            faults.append(f"{key}: ska vara {' eller '.join(words)}, och är {given[key]!r}")
        elif key in given:
            found[field] = given[key]
    return found


def _cases(given: Mapping[str, Any], faults: list[str]) -> dict[str, Any]:
    """The diary numbers by year; the key `alla` stands for every year that has none of its own."""
    table = _table(given, "arende", faults)
    good = {year: number for year, number in table.items() if _is_case(year, number)}
    faults += [f"arende.{year}: ska vara ett årtal och ett diarienummer" for year in table.keys() - good.keys()]
    return {"cases": {0 if year == "alla" else int(year): number for year, number in good.items()}}


def _is_case(year: str, number: Any) -> bool:
    known = year == "alla" or bool(re.fullmatch("20[0-9]{2}", year))
    return known and isinstance(number, str) and bool(number.strip()) and number.isprintable()


def _formats(given: Mapping[str, Any], formats: frozenset[str], faults: list[str]) -> dict[str, Any]:
    if "format" not in given:
        return {}
    named = given["format"] if isinstance(given["format"], list) else [given["format"]]
    if not all(isinstance(name, str) for name in named):
        faults.append('format: ska vara namn inom citattecken, som ["eark_sip", "bagit"]')
        return {}
    if unknown := [name for name in named if name not in formats]:
        faults.append(f"format: {', '.join(map(repr, unknown))} finns inte. Det finns: {', '.join(sorted(formats))}")
    elif not named or len(set(named)) != len(named):
        faults.append("format: ska vara minst ett, och varje bara en gång")
    return {"formats": tuple(named)}


def _policy(given: Mapping[str, Any], faults: list[str]) -> dict[str, Any]:
    table, words = _table(given, "formatpolicy", faults), get_args(Handling)
    for puid, handling in table.items():
        if not re.fullmatch(r"(x-)?fmt/[0-9]{1,5}", puid) or handling not in words:
            faults.append(f"formatpolicy.{puid}: ska vara en PRONOM-kod (fmt/43) och {', '.join(words)}")
    return {"policy": table}


def _print(given: Mapping[str, Any], faults: list[str]) -> dict[str, Any]:
    most = given.get("utskrift", Settings().print_posts)
    if not isinstance(most, int) or isinstance(most, bool) or not 0 <= most <= 100_000:
        faults.append(f"utskrift: ska vara ett antal inlägg, 0 till 100000, och är {most!r}")
    return {"print_posts": most}


def _stamps(given: Mapping[str, Any], here: Path, faults: list[str]) -> dict[str, Any]:
    rows = given.get("tidsstampling", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        faults.append("tidsstampling: varje tjänst skrivs under en egen rad [[tidsstampling]]")
        return {}
    found = []
    for row in rows:
        name, url, roots = (str(row.get(key, "")) for key in ("namn", "adress", "rotcertifikat"))
        whole = here / roots
        if not re.fullmatch(r"[a-z0-9-]{1,40}", name):
            faults.append(f"tidsstampling.namn: ska vara a–z, 0–9 och streck, och är {name!r}")
        if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", url):
            faults.append(f"tidsstampling.adress: ska vara en webbadress, och är {url!r}")
        if not roots or not whole.is_file():
            faults.append(f"tidsstampling.rotcertifikat: {roots or 'saknas'}: det finns ingen sådan fil")
        elif not _has_certificates(whole):
            faults.append(f"tidsstampling.rotcertifikat: {roots}: i filen finns inget certifikat (PEM)")
        found.append(StampAuthority(name=name, url=url, roots=str(whole)))
    names = [one.name for one in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    faults += [f"tidsstampling.namn: {name!r} står på flera tjänster" for name in twice]
    return {"stamps": tuple(found)}


def _has_certificates(path: Path) -> bool:
    """Whether a PEM file has certificates that can be read."""
    try:
        ssl.create_default_context(cafile=path)
    except (ssl.SSLError, OSError, ValueError):
        return False
    return b"BEGIN CERTIFICATE" in path.read_bytes()


def _bucket(given: Mapping[str, Any], here: Path, faults: list[str]) -> dict[str, Any]:
    """The object store, where packages go to one: part [lagring]."""
    if "lagring" not in given:
        return {}
    table, found = _table(given, "lagring", faults), dict[str, Any]()
    for key, (field, pattern, looks) in _STORE.items():
        value = table.get(key, "")
        if isinstance(value, str) and re.fullmatch(pattern, value):
            found |= {field: value} if value else {}
        else:
            faults.append(f"lagring.{key}: ska vara {looks}, och är {value!r}")
    faults += [f"lagring.{key}: saknas" for key in ("adress", "bucket", "myndighet") if key not in table]
    if trusted := found.get("trusted"):
        found["trusted"] = str(here / trusted)
        if not (here / trusted).is_file():
            faults.append(f"lagring.certifikat: {trusted}: det finns ingen sådan fil")
        elif not _has_certificates(here / trusted):
            faults.append(f"lagring.certifikat: {trusted}: i filen finns inget certifikat (PEM)")
    days = table.get("lasta_dagar", 7)
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= 365:
        faults.append(f"lagring.lasta_dagar: ska vara ett antal dagar, 1 till 365, och är {days!r}")
    names = {key: _identities(table, key, faults) for key in ("nycklar", "anvandare")}
    extra = table.keys() - OF_STORE
    faults += [f"lagring.{key}: det finns ingen sådan inställning" for key in extra]
    if faults:
        return {}
    default = Bucket(endpoint="", bucket="")
    named: dict[str, Any] = {"keys": {**default.keys, **names["nycklar"]}}
    named["users"] = {**default.users, **names["anvandare"]}
    return {"store": "s3", "bucket": Bucket(lock_days=days, **found, **named)}


def _recipients(given: Mapping[str, Any], faults: list[str]) -> dict[str, Any]:
    """Whom mails go to, function by function."""
    table, found = _table(given, "mottagare", faults), dict[str, tuple[str, ...]]()
    for key, value in table.items():
        if key not in _FUNCTIONS:
            faults.append(f"mottagare.{key}: ska vara {', '.join(_FUNCTIONS)}")
        elif boxes := _boxes(f"mottagare.{key}", value, faults):
            found[_FUNCTIONS[key]] = boxes
    return {"recipients": found}


def _editors(given: Mapping[str, Any], faults: list[str]) -> dict[str, Any]:
    """Whom mails about an account go to, by its id or by what the register says under ansvarig."""
    table = _table(given, "redaktorer", faults)
    found = {key: _boxes(f"redaktorer.{key}", value, faults) for key, value in table.items()}
    return {"editors": {key: boxes for key, boxes in found.items() if boxes}}


def _boxes(name: str, value: Any, faults: list[str]) -> tuple[str, ...]:
    boxes = value if isinstance(value, list) else [value]
    if all(isinstance(box, str) and _MAILBOX.fullmatch(box) for box in boxes):
        return tuple(boxes)
    faults.append(f"{name}: ska vara en eller flera e-postadresser, och är {value!r}")
    return ()


def _closing(given: Mapping[str, Any], faults: list[str]) -> dict[str, Any]:
    table = _table(given, "avslut", faults)
    faults += [f"avslut.{key}: det finns ingen sådan inställning" for key in table.keys() - {"annonsdagar"}]
    days = table.get("annonsdagar", 30)
    if not isinstance(days, int) or isinstance(days, bool) or not 0 <= days <= 365:
        faults.append(f"avslut.annonsdagar: ska vara ett antal dagar, 0 till 365, och är {days!r}")
        return {}
    return {"notice_days": days}


def _presentation(given: Mapping[str, Any], faults: list[str]) -> dict[str, Any]:
    """What every account must show of itself."""
    table = _table(given, "presentation", faults)
    faults += [f"presentation.{key}: det finns ingen sådan inställning" for key in table.keys() - {"texter", "lank"}]
    texts, link = table.get("texter", []), table.get("lank", "")
    texts = texts if isinstance(texts, list) else [texts]
    if not all(isinstance(one, str) and one.strip() and len(one) <= 200 for one in texts):
        faults.append(f"presentation.texter: ska vara en eller flera texter inom citattecken, och är {texts!r}")
        texts = []
    if not isinstance(link, str) or (link and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", link)):
        faults.append(f"presentation.lank: ska vara en webbadress, och är {link!r}")
        link = ""
    return {"imprint": tuple(texts), "privacy": link}


def _identities(table: Mapping[str, Any], key: str, faults: list[str]) -> dict[str, str]:
    """Names by identity: of keys, or of the store's users."""
    given = _table(table, key, faults)
    good = {_WHO[who]: name for who, name in given.items() if who in _WHO and _is_name(name)}
    faults += [
        f"lagring.{key}.{who}: ska vara inmatning, lasning, vard eller agare, och ett namn"
        for who, name in given.items()
        if who not in _WHO or not _is_name(name)
    ]
    return good


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and bool(re.fullmatch(r"[A-Za-z0-9_.@:/-]{1,200}", name))


def _table(given: Mapping[str, Any], key: str, faults: list[str]) -> dict[str, Any]:
    table = given.get(key, {})
    if isinstance(table, dict):
        return table
    faults.append(f"{key}: skrivs under en egen rad [{key}]")
    return {}
