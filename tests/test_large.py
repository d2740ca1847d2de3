"""A film of 5 GB, through the whole line and out of the package again: what ZIP and METS count in 32 bits elsewhere.

Of `make faults` alone (FAULTS=full): it wants three times the film on the disk.
"""

from __future__ import annotations

import os
import resource
import zipfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from archive_formats import eark_sip
from model.settings import Settings
from pipeline import line
from tests.runs import Run, fake_of, small_world

LENGTH = 5 * 2**30
PATTERN = bytes(range(256)) * 2**12  # 1 MiB
FORM = "Vem: arkivfunktionen\nNär: 2026-11-20\nVarför: filmen från invigningen\n"


if os.environ.get("FAULTS") == "full":

    def test_a_film_of_5_gb_goes_along_whole(tmp_path: Path) -> None:
        folder = tmp_path / "insamlat"
        folder.mkdir()
        (folder / "om.txt").write_text(FORM, encoding="utf-8")
        due = _film(folder / "film.mp4")
        run = Run(tmp_path, fake_of(small_world(posts=5, with_media=1, media=1)), account={"folder": str(folder)})

        receipt = line.archive(run.order, replace(run.place, settings=Settings()), run.key)

        assert receipt.size > LENGTH
        found = sha256()
        for block in eark_sip.read(run.package, "supplied/film.mp4"):
            found.update(block)
        assert found.hexdigest() == due
        with zipfile.ZipFile(run.package) as held:
            assert max(member.file_size for member in held.infolist()) == LENGTH
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 500 * 1024, "in constant memory"


def _film(path: Path) -> str:
    """Bytes that no disk leaves out, and their SHA-256."""
    found = sha256()
    with path.open("wb") as file:
        for number in range(LENGTH // len(PATTERN)):
            block = number.to_bytes(8, "big") + PATTERN[8:]
            found.update(block)
            file.write(block)
    return found.hexdigest()
