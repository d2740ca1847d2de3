"""`arsring verify`: packages and copies for disclosure, held against themselves and all that lies beside them."""

from collections.abc import Iterator
from pathlib import Path

from model import capture as captures
from model.errors import BadInput, NotWhole
from model.settings import Settings
from pipeline import _proving_copy, line, proving
from pipeline._proof import Proof, say
from pipeline.say import Voice
from pipeline.swedish import swedish


def verify(path: Path, settings: Settings | None, voice: Voice) -> int:
    """Say of each package what is proven, what is not and what is wrong: 3 where anything is. Asks nobody.

    `settings` have the root certificates of time stamps, if they are known.
    """
    bad = 0
    for package in _packages(path):
        is_copy = _proving_copy.is_copy(package)
        what = "copy" if is_copy else "package"
        faults = list(
            _told(_proving_copy.prove(package, settings), voice) if is_copy else _faults(package, settings, voice)
        )
        for fault in faults:
            voice.complain(f"  - {swedish(fault) if voice.lang == 'sv' else fault}")
        bad += bool(faults)
        voice.say(f"{what}-bad" if faults else f"{what}-good", path=package, count=len(faults))
    return 3 if bad else 0


def _packages(path: Path) -> list[Path]:
    """The packages there are, and those that only a receipt tells of: one that has vanished is a fault, not silence."""
    found = [path] if path.is_file() or _proving_copy.is_copy(path) else sorted(path.glob("*.zip"))
    promised = {path / f"{one.name.rsplit('.', 3)[0]}.zip" for one in path.glob("*.receipt.json")}
    if not (found := sorted({*found, *promised})):
        raise BadInput(f"{path}: no package there. Name a package (a .zip file), or a folder that holds some.")
    return found


def _faults(path: Path, settings: Settings | None, voice: Voice) -> Iterator[str]:
    """What is wrong with one package; what is proven of it is said on the way."""
    yield from line.archive_format(line.format_of(path) or "bagit").check(path)
    try:
        receipt = line.receipt_of(path.stem, line.Place(work=path.parent, archive=path.parent))
    except (NotWhole, OSError) as error:
        yield str(error)
        return
    if not path.exists():
        return
    yield from _told(proving.prove(path, settings), voice)
    if receipt:
        with path.open("rb") as file:
            digest = captures.digests(file)[1]
        if digest == receipt.sha256:
            voice.say("package-receipt", path=path)
        else:
            yield f"{path.name}: not the package that its receipt names"


def _told(proof: Proof, voice: Voice) -> Iterator[str]:
    """Say what is proven and what is not; the faults, in the voice's language."""
    for text in say(Proof(proof.package, tuple(one for one in proof.findings if one.kind != "fault")), voice.lang):
        voice.tell(f"  {text}")
    yield from (one.text(voice.lang) for one in proof.findings if one.kind == "fault")
