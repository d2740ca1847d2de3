"""Small pictures, no two with the same bytes, the same ones every time."""

from __future__ import annotations

import io
from typing import Literal

from PIL import Image, ImageDraw


def picture(number: int, kind: Literal["PNG", "JPEG"] = "PNG", size: tuple[int, int] = (96, 64)) -> bytes:
    """A picture with its number written on it, in a colour of its own."""
    colour = (37 * number % 256, 91 * number % 256, 151 * number % 256)
    image = Image.new("RGB", size, colour)
    ImageDraw.Draw(image).text((6, 24), f"bild {number}", fill=(255 - colour[0], 255 - colour[1], 255 - colour[2]))
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()
