"""Small pictures for the print: flattened on white, in sRGB's three colours, never larger than a page needs.

A file that cannot be shown is named with the reason, whatever it is that came: a broken file, a bomb, a film.
"""

import struct
import warnings
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

Image.init()  # so that every format is known by its name
_FORMATS: Final = tuple(name for name in ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF") if name in Image.OPEN)
_PIXELS: Final = 60_000_000  # the most that is decoded: 240 MB for a moment
_FAULTS: Final = (  # what Pillow raises on files that lie
    OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, AttributeError, OverflowError,
    ZeroDivisionError, MemoryError, struct.error, zlib.error,
)  # fmt: skip

_PLAIN: Final = ("RGB", "L", "CMYK", "YCbCr")  # as JPEG has them: these can be made smaller as they are


@dataclass(frozen=True, slots=True)
class Small:
    """A picture as the print holds it: JPEG, and its size in pixels."""

    data: bytes
    width: int
    height: int


class NoPicture(Exception):
    """Why a file cannot be shown: a key of the print's words."""


def small(path: Path, width: int, height: int, *, crop: bool = False) -> Small:
    """The picture in a file, at most so many pixels wide and high, or cropped to just that; or NoPicture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            warnings.simplefilter("ignore", UserWarning)  # what Pillow says about odd tags
            with Image.open(path, formats=_FORMATS) as image:
                return _small(image, (width, height), crop)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise NoPicture("no_file") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise NoPicture("too_large") from error
    except UnidentifiedImageError as error:
        raise NoPicture("no_picture") from error
    except _FAULTS as error:
        raise NoPicture("broken_picture") from error


def _small(image: Image.Image, size: tuple[int, int], crop: bool) -> Small:
    if image.width * image.height > _PIXELS:
        raise NoPicture("too_large")
    side = max(size) * (3 if crop else 1)
    if image.mode not in _PLAIN or "transparency" in image.info:
        image = _flat(_eight_bits(image))
    image.thumbnail((side, side), reducing_gap=1.5)  # a JPEG is not even decoded at its full size
    flat = _flat(ImageOps.exif_transpose(image))
    if crop:
        flat = ImageOps.fit(flat, size)
    else:
        flat.thumbnail(size)
    out = BytesIO()
    flat.save(out, "JPEG", quality=78)
    return Small(out.getvalue(), *flat.size)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Sixteen bits a pixel, brought down to eight."""
    if image.mode.startswith("I;16"):
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in ("I", "F"):
        top = image.convert("F").getextrema()[1]
        return image.convert("F").point(lambda value: value * (255 / float(top or 1))).convert("L")  # type: ignore[arg-type]
    return image


def _flat(image: Image.Image) -> Image.Image:
    """In three colours and nothing to see through: what was clear is white."""
    if image.mode not in ("RGBA", "LA", "PA", "La", "RGBa") and "transparency" not in image.info:
        return image if image.mode == "RGB" else image.convert("RGB")
    image = image.convert("RGBA")
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    white.info = {name: value for name, value in image.info.items() if name == "exif"}  # which way is up
    return white
