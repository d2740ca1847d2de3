"""A copy in an open format beside a picture that the format policy says `normalise` of. The original always stays."""

from pathlib import Path
from typing import BinaryIO, Final

import PIL
from PIL import Image

from archive_formats._pronom import Format

TOOL: Final = "Pillow"
VERSION: Final = PIL.__version__
_MOST: Final = 64_000_000  # pixels in all frames; what is larger is named, and has no copy
_PICTURES: Final = frozenset({  # GIF, JPEG, WebP, AVIF, BMP, TIFF: what Pillow reads without help
    "fmt/3", "fmt/4", "fmt/41", "fmt/42", "fmt/43", "fmt/44", "fmt/645", "fmt/566", "fmt/567", "fmt/568", "fmt/2062",
    "fmt/116", "fmt/119", "fmt/353",
})  # fmt: skip


def copied(path: Path, known: Format, out: BinaryIO) -> str:
    """Write a copy of a picture: the end of its name. Empty, with nothing written, where it cannot be made.

    What was pressed with loss becomes a JPEG of quality 95; what was not, is see-through or moves becomes a PNG.
    """
    if known.puid not in _PICTURES:
        return ""
    try:
        with Image.open(path) as picture:
            frames = getattr(picture, "n_frames", 1)
            if picture.width * picture.height * frames > _MOST:
                return ""
            return _saved(picture, frames, known, out)
    except (OSError, ValueError, SyntaxError, EOFError):  # what Pillow raises for a picture that is none
        out.seek(0)
        out.truncate()
        return ""


def _saved(picture: Image.Image, frames: int, known: Format, out: BinaryIO) -> str:
    kept = {name: value for name in ("icc_profile", "exif") if (value := picture.info.get(name))}
    if known.puid == "fmt/566" and frames == 1 and picture.mode == "RGB":
        picture.save(out, "JPEG", quality=95, subsampling=0, **kept)
        return ".jpg"
    picture.save(out, "PNG", save_all=frames > 1, **kept)
    return ".png"
