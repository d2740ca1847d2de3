"""The district's pictures: flat illustrations, drawn here, the same each time.

Each motif is a function that draws on a 1200 by 800 canvas; `draw(name)` gives the finished file.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1200, 800
FINE = 2  # drawn this much larger and then reduced, so that edges are smooth

INK, SNOW, CREAM = "#22313f", "#f7fafc", "#fdf3e1"
SKY, SEA, DEEP = "#bfe3f2", "#3d8fb5", "#1f5673"
GRASS, LEAF, PINE = "#9ccf7a", "#5fa55a", "#2f6b4f"
RED, ORANGE, SUN = "#c8463c", "#e88b3e", "#f6c445"
WOOD, STONE, ROSE, PLUM = "#9a6a43", "#b9c0c6", "#e9a7b1", "#6b4a7a"
NIGHT: Final = "#1d2a4d"

Point = tuple[float, float]


class Sheet:
    """A canvas whose measures are those of the finished picture."""

    def __init__(self, ground: str, width: int = WIDTH, height: int = HEIGHT) -> None:
        self.image = Image.new("RGB", (width * FINE, height * FINE), ground)
        self.pen = ImageDraw.Draw(self.image)

    def box(self, x: float, y: float, w: float, h: float, fill: str, round_: float = 0) -> None:
        self.pen.rounded_rectangle([v * FINE for v in (x, y, x + w, y + h)], radius=round_ * FINE, fill=fill)

    def disc(self, x: float, y: float, r: float, fill: str, ry: float | None = None) -> None:
        ry = r if ry is None else ry
        self.pen.ellipse([v * FINE for v in (x - r, y - ry, x + r, y + ry)], fill=fill)

    def shape(self, points: list[Point], fill: str) -> None:
        self.pen.polygon([(x * FINE, y * FINE) for x, y in points], fill=fill)

    def line(self, points: list[Point], fill: str, width: float) -> None:
        self.pen.line([(x * FINE, y * FINE) for x, y in points], fill=fill, width=int(width * FINE), joint="curve")

    def arc(self, x: float, y: float, r: float, start: float, end: float, fill: str, width: float) -> None:
        box = [v * FINE for v in (x - r, y - r, x + r, y + r)]
        self.pen.arc(box, start, end, fill=fill, width=int(width * FINE))

    def text(self, x: float, y: float, words: str, size: float, fill: str) -> None:
        """Words centred on a point; the letters a to z only, Pillow's own font has no å, ä and ö."""
        self.pen.text((x * FINE, y * FINE), words, font=ImageFont.load_default(size * FINE), fill=fill, anchor="mm")

    def hill(self, base: float, height: float, fill: str, waves: float = 1.5, shift: float = 0) -> None:
        tops = [(x, base - height * math.sin(x / WIDTH * waves * math.pi + shift)) for x in range(0, WIDTH + 1, 12)]
        self.shape([(0, HEIGHT), *tops, (WIDTH, HEIGHT)], fill)

    def tree(self, x: float, y: float, size: float, leaf: str = LEAF) -> None:
        self.box(x - size * 0.08, y - size * 0.5, size * 0.16, size * 0.5, WOOD)
        for dx, dy, r in ((-0.28, -0.7, 0.33), (0.28, -0.7, 0.33), (0, -1.0, 0.38)):
            self.disc(x + dx * size, y + dy * size, r * size, leaf)

    def spruce(self, x: float, y: float, size: float, green: str = PINE) -> None:
        self.box(x - size * 0.06, y - size * 0.2, size * 0.12, size * 0.2, WOOD)
        for step in range(3):
            low, half = y - size * (0.15 + 0.28 * step), size * (0.38 - 0.09 * step)
            self.shape([(x - half, low), (x + half, low), (x, low - size * 0.45)], green)

    def house(self, x: float, y: float, w: float, h: float, wall: str, roof: str = INK, lit: bool = False) -> None:
        self.box(x, y - h, w, h, wall)
        self.shape([(x - w * 0.08, y - h), (x + w * 1.08, y - h), (x + w / 2, y - h - w * 0.35)], roof)
        for column in range(2):
            for row in range(max(1, int(h // 110))):
                left, top = x + w * (0.16 + 0.42 * column), y - h + 26 + row * 100
                self.box(left, top, w * 0.26, 56, SUN if lit else SNOW)
                self.box(left + w * 0.12, top, w * 0.02, 56, wall)

    def person(self, x: float, y: float, size: float, coat: str, hair: str = INK) -> None:
        self.box(x - size * 0.16, y - size * 0.3, size * 0.12, size * 0.3, INK, size * 0.05)
        self.box(x + size * 0.04, y - size * 0.3, size * 0.12, size * 0.3, INK, size * 0.05)
        self.box(x - size * 0.22, y - size * 0.75, size * 0.44, size * 0.52, coat, size * 0.16)
        self.disc(x, y - size * 0.88, size * 0.16, "#f0c9a4")
        self.pen.pieslice(
            [v * FINE for v in (x - size * 0.17, y - size * 1.07, x + size * 0.17, y - size * 0.73)],
            180,
            360,
            fill=hair,
        )

    def flakes(self, seed: int, count: int, fill: str = SNOW) -> None:
        dice = random.Random(seed)
        for _ in range(count):
            self.disc(dice.uniform(0, WIDTH), dice.uniform(0, HEIGHT), dice.uniform(3, 8), fill)


def snow_clearing() -> Sheet:
    s = Sheet("#c9d9e6")
    s.hill(560, 40, "#dfe9f1")
    for x, size in ((90, 240), (250, 190), (1080, 260)):
        s.spruce(x, 590, size)
    s.hill(640, 14, SNOW, 2.2)
    s.box(430, 380, 330, 170, ORANGE, 24)
    s.box(610, 270, 150, 150, ORANGE, 20)
    s.box(632, 292, 106, 84, SKY, 10)
    s.box(650, 240, 44, 32, SUN, 10)
    for x in (500, 700):
        s.disc(x, 570, 66, INK)
        s.disc(x, 570, 28, STONE)
    s.line([(760, 500), (850, 520)], INK, 18)
    s.shape([(840, 400), (900, 420), (925, 610), (850, 610)], RED)
    for x, y, r in ((960, 590, 60), (1030, 610, 48), (920, 620, 40)):
        s.disc(x, y, r, SNOW)
    s.flakes(3, 90)
    return s


def library() -> Sheet:
    s = Sheet(CREAM)
    dice = random.Random(11)
    for shelf in range(3):
        top = 90 + shelf * 220
        x = 90.0
        while x < 1090:
            width, height = dice.uniform(24, 54), dice.uniform(120, 180)
            colour = dice.choice([RED, DEEP, SEA, PINE, ORANGE, PLUM, SUN, ROSE])
            s.box(x, top + 180 - height, width, height, colour, 4)
            s.box(x, top + 195 - height, width, 10, CREAM)
            x += width + (dice.uniform(30, 70) if dice.random() < 0.12 else 4)
        s.box(60, top + 180, 1080, 24, WOOD, 6)
    s.box(60, 60, 24, 680, WOOD, 6)
    s.box(1116, 60, 24, 680, WOOD, 6)
    return s


def playground() -> Sheet:
    s = Sheet(SKY)
    s.disc(1040, 130, 70, SUN)
    s.hill(560, 30, GRASS, 1.2)
    s.tree(120, 560, 260)
    s.tree(1100, 580, 220)
    for x in (330, 610):
        s.line([(x, 250), (x - 60, 610)], RED, 16)
        s.line([(x, 250), (x + 60, 610)], RED, 16)
    s.line([(322, 250), (618, 250)], RED, 18)
    for x, lean in ((410, -30), (530, 24)):
        s.line([(x, 255), (x + lean - 26, 500)], INK, 5)
        s.line([(x + 30, 255), (x + lean + 40, 500)], INK, 5)
        s.box(x + lean - 34, 496, 80, 14, WOOD, 5)
    s.box(760, 300, 120, 20, WOOD)
    s.line([(775, 310), (775, 620)], WOOD, 14)
    s.line([(865, 310), (865, 620)], WOOD, 14)
    for y in (380, 450, 520, 590):
        s.line([(775, y), (865, y)], WOOD, 10)
    s.line([(870, 320), (980, 560), (1060, 600)], SUN, 34)
    s.disc(260, 690, 46, ORANGE)
    s.disc(260, 690, 18, SNOW)
    return s


def pool() -> Sheet:
    s = Sheet("#dff3fa")
    s.box(0, 0, 1200, 250, "#f4f9fb")
    for x in range(60, 1200, 190):
        s.box(x, 50, 140, 160, SKY, 10)
    s.box(0, 250, 1200, 550, SEA)
    for lane in range(4):
        y = 330 + lane * 120
        for x in range(0, 1200, 60):
            s.disc(x + 15, y, 14, RED if (x // 60) % 2 else SNOW)
    for row in range(5):
        for x in range(20, 1200, 120):
            s.arc(x + (row % 2) * 60, 300 + row * 118, 28, 200, 340, SKY, 6)
    s.disc(620, 500, 40, "#f0c9a4")
    s.box(582, 460, 76, 34, RED, 16)
    s.line([(560, 540), (500, 460)], "#f0c9a4", 26)
    return s


def meeting() -> Sheet:
    s = Sheet("#efe6f2")
    s.box(330, 70, 540, 260, SNOW, 14)
    s.box(360, 100, 220, 200, "#cfe3d0", 10)
    s.line([(370, 260), (450, 180), (520, 220), (570, 130)], PINE, 12)
    for y in (120, 170, 220, 270):
        s.box(610, y, 230, 16, STONE, 8)
    s.person(960, 480, 250, PLUM, WOOD)
    coats = [RED, SEA, PINE, ORANGE, DEEP, ROSE, LEAF]
    for row, y in enumerate((640, 780)):
        for i in range(7):
            x = 110 + i * 165 + row * 40
            s.box(x - 46, y - 130, 92, 140, coats[(i + row * 3) % 7], 34)
            s.disc(x, y - 160, 38, "#f0c9a4")
            hair = [v * FINE for v in (x - 42, y - 204, x + 42, y - 120)]
            s.pen.pieslice(hair, 180, 360, fill=(INK, WOOD, STONE)[i % 3])
    return s


def coffee() -> Sheet:
    s = Sheet("#fbe9dc")
    s.box(0, 560, 1200, 240, WOOD)
    s.box(0, 560, 1200, 26, "#b7835a")
    for x, colour in ((300, SEA), (760, RED)):
        s.arc(x + 190, 440, 60, -90, 90, colour, 24)
        s.box(x, 360, 190, 200, colour, 30)
        s.disc(x + 95, 368, 88, "#5b3a25", 20)
        for i in range(3):
            s.arc(x + 45 + i * 46, 270, 26, 90, 270, STONE, 8)
            s.arc(x + 45 + i * 46, 220, 26, -90, 90, STONE, 8)
    s.disc(600, 580, 110, SNOW, 24)
    for dx, dy in ((-50, -12), (46, -10), (0, -46)):
        s.disc(600 + dx, 566 + dy, 48, "#cf8f4e", 34)
        s.arc(600 + dx, 566 + dy, 22, 0, 320, WOOD, 8)
    return s


def flowers() -> Sheet:
    s = Sheet(SKY)
    s.hill(520, 60, GRASS, 2)
    dice = random.Random(5)
    for i in range(16):
        x, y = 60 + i * 72, dice.uniform(440, 660)
        colour = (RED, SUN, PLUM, ROSE, ORANGE)[i % 5]
        s.line([(x, y), (x, y + 170)], PINE, 9)
        s.disc(x + 24, y + 110, 28, LEAF, 11)
        s.shape(
            [(x - 40, y - 44), (x - 18, y - 10), (x, y - 54), (x + 18, y - 10), (x + 40, y - 44), (x, y + 40)], colour
        )
        s.disc(x, y + 6, 40, colour, 34)
    return s


def bathing_place() -> Sheet:
    s = Sheet(SKY)
    s.disc(200, 150, 80, SUN)
    s.hill(400, 50, PINE, 2.4)
    s.box(0, 400, 1200, 400, SEA)
    for row in range(4):
        for x in range(-40, 1200, 150):
            s.arc(x + row * 40, 450 + row * 60, 34, 200, 340, SKY, 6)
    s.shape([(0, 800), (0, 680), (500, 640), (1200, 740), (1200, 800)], "#f2dfb5")
    s.shape([(620, 470), (1200, 560), (1200, 610), (600, 500)], WOOD)
    for x in (700, 860, 1020):
        s.box(x, 500 + (x - 700) * 0.15, 18, 90, "#7d5535")
    s.line([(300, 720), (330, 520)], WOOD, 12)
    s.pen.pieslice([v * FINE for v in (190, 440, 470, 640)], 180, 360, fill=RED)
    s.pen.pieslice([v * FINE for v in (260, 440, 400, 640)], 180, 360, fill=SNOW)
    return s


def school_start() -> Sheet:
    s = Sheet("#e7f2e4")
    s.hill(620, 20, GRASS)
    s.house(420, 620, 520, 330, "#d9a066", RED)
    s.box(640, 500, 90, 120, WOOD, 8)
    s.box(670, 130, 10, 130, INK)
    s.box(680, 136, 90, 54, SEA)
    s.box(704, 136, 12, 54, SUN)
    s.box(680, 157, 90, 12, SUN)
    for i, coat in enumerate((RED, SUN, SEA, PLUM)):
        s.person(130 + i * 80, 720 + (i % 2) * 20, 170, coat, (INK, WOOD)[i % 2])
        s.box(106 + i * 80, 612 + (i % 2) * 20, 48, 60, (ORANGE, PINE, ROSE, DEEP)[i], 12)
    s.tree(1080, 650, 280)
    return s


def autumn() -> Sheet:
    s = Sheet("#f6e3c5")
    s.hill(560, 40, "#d9b36a", 1.7)
    s.shape([(520, 800), (690, 800), (640, 540), (610, 540)], "#efe2cc")
    for i, (x, size) in enumerate(((140, 330), (380, 250), (860, 270), (1080, 350))):
        s.tree(x, 620 + (i % 2) * 30, size, (ORANGE, RED, SUN, "#c96f2d")[i])
    dice = random.Random(8)
    for _ in range(70):
        s.disc(dice.uniform(0, 1200), dice.uniform(600, 790), 11, dice.choice([ORANGE, RED, SUN]), 6)
    return s


def advent() -> Sheet:
    s = Sheet(NIGHT)
    s.box(140, 60, 920, 560, "#31426f", 12)
    s.box(585, 60, 30, 560, SNOW)
    for i, (x, height) in enumerate(((270, 190), (430, 250), (600, 310), (770, 250), (930, 190))):
        s.box(x - 16, 560 - height, 32, height, CREAM, 6)
        for r, glow in ((70, "#4a4a60"), (48, "#7a6a4e"), (30, SUN)):
            s.disc(x, 530 - height, r, glow, r * 1.2)
        s.disc(x, 536 - height, 10, ORANGE, 18)
        s.box(x - 30, 560, 60, 22, RED if i % 2 else PINE, 8)
    s.box(180, 580, 840, 34, WOOD, 14)
    s.box(0, 620, 1200, 180, SNOW)
    s.flakes(21, 60)
    return s


def cycle_path() -> Sheet:
    s = Sheet("#d8eef5")
    s.hill(470, 40, GRASS, 1.3)
    s.shape([(0, 800), (0, 640), (1200, 520), (1200, 660)], "#7b868f")
    for i in range(8):
        x = i * 160
        s.shape([(x, 724 - x * 0.11), (x + 80, 716 - x * 0.11), (x + 80, 728 - x * 0.11), (x, 736 - x * 0.11)], SNOW)
    for x in (450, 700):
        s.arc(x, 560, 92, 0, 360, INK, 14)
        s.disc(x, 560, 12, INK)
    s.line([(450, 560), (520, 430), (650, 430), (575, 560), (450, 560)], RED, 14)
    s.line([(575, 560), (510, 400)], RED, 14)
    s.line([(700, 560), (640, 380), (690, 366)], RED, 14)
    s.box(474, 384, 80, 18, INK, 9)
    s.tree(980, 470, 230)
    s.tree(160, 520, 200)
    return s


def recycling() -> Sheet:
    s = Sheet("#e9f3ea")
    s.box(0, 610, 1200, 190, STONE)
    for x, colour, word in ((120, PINE, "GLAS"), (380, DEEP, "PAPPER"), (640, ORANGE, "PLAST"), (900, PLUM, "METALL")):
        s.box(x, 270, 200, 360, colour, 26)
        s.box(x - 12, 240, 224, 56, INK, 22)
        s.disc(x + 100, 380, 44, CREAM)
        s.disc(x + 100, 380, 26, INK)
        s.text(x + 100, 520, word, 42, SNOW)
    return s


def festival() -> Sheet:
    s = Sheet("#33305c")
    for i, x in enumerate((220, 480, 740, 1000)):
        colour = (SUN, ROSE, SKY, ORANGE)[i]
        s.shape([(x, 60), (x - 150, 620), (x + 150, 620)], "#46427a" if i % 2 else "#4d4884")
        s.disc(x, 56, 26, colour)
    s.box(0, 520, 1200, 280, "#221f44")
    s.box(280, 430, 640, 110, WOOD, 8)
    for x, coat in ((430, RED), (600, SUN), (770, SEA)):
        s.person(x, 440, 220, coat)
    dice = random.Random(14)
    for i in range(26):
        x, y = i * 50 - 10, dice.uniform(600, 700)
        s.disc(x, y, 34, (PLUM, DEEP, PINE, INK)[i % 4])
        s.box(x - 50, y + 24, 100, 200, (PLUM, DEEP, PINE, INK)[i % 4], 40)
    return s


def tree_planting() -> Sheet:
    s = Sheet("#dcefe0")
    s.hill(600, 24, GRASS)
    s.disc(600, 640, 150, "#6f4e37", 36)
    s.box(592, 380, 16, 260, WOOD, 6)
    for dx, dy in ((-50, 400), (50, 380), (-30, 330), (36, 310), (0, 270)):
        s.disc(600 + dx, dy, 44, LEAF, 26)
    s.line([(520, 350), (520, 660)], "#d8b98c", 14)
    s.line([(680, 350), (680, 660)], "#d8b98c", 14)
    s.line([(520, 460), (680, 460)], RED, 10)
    s.person(330, 700, 300, SEA, STONE)
    s.person(880, 700, 220, SUN, WOOD)
    s.line([(420, 480), (460, 690)], WOOD, 12)
    s.shape([(440, 680), (486, 676), (470, 740)], STONE)
    return s


def bus_stop() -> Sheet:
    s = Sheet("#cfe6ee")
    for x, height, wall in ((0, 420, "#d98f6b"), (210, 340, "#e7cf9d"), (420, 460, "#b7c9b0")):
        s.house(x, 600, 190, height, wall)
    s.box(0, 600, 1200, 200, "#7b868f")
    s.box(560, 330, 590, 300, RED, 34)
    for i in range(4):
        s.box(590 + i * 132, 372, 110, 110, SKY, 10)
    s.box(580, 510, 550, 20, SNOW)
    for x in (690, 1020):
        s.disc(x, 632, 54, INK)
        s.disc(x, 632, 22, STONE)
    s.text(1040, 565, "47", 64, SNOW)
    s.box(470, 300, 12, 330, INK)
    s.box(440, 280, 72, 72, DEEP, 14)
    s.text(476, 316, "H", 50, SNOW)
    return s


def midsummer() -> Sheet:
    s = Sheet(SKY)
    s.disc(160, 140, 70, SUN)
    s.hill(560, 40, GRASS, 1.4)
    s.box(590, 120, 20, 520, PINE)
    s.shape([(600, 190), (380, 250), (390, 270), (600, 220), (810, 270), (820, 250)], PINE)
    for x in (420, 780):
        s.arc(x, 340, 62, 0, 360, LEAF, 24)
        for k in range(6):
            angle = k * math.pi / 3
            s.disc(x + 62 * math.cos(angle), 340 + 62 * math.sin(angle), 12, (RED, SUN, SNOW)[k % 3])
    for k in range(9):
        angle = math.pi * (0.05 + k / 8.8)
        x, y = 600 - 420 * math.cos(angle), 660 + 70 * math.sin(angle)
        s.person(x, y, 170, (RED, SEA, SUN, PLUM, ORANGE)[k % 5], (INK, WOOD)[k % 2])
    return s


def building_site() -> Sheet:
    s = Sheet("#e3edf2")
    s.box(0, 640, 1200, 160, "#c9b18f")
    s.box(520, 260, 420, 390, STONE)
    for row in range(3):
        for column in range(4):
            s.box(550 + column * 98, 296 + row * 116, 66, 76, DEEP if (row + column) % 3 else SUN, 4)
    s.line([(300, 650), (300, 90)], ORANGE, 24)
    s.line([(150, 130), (880, 130)], ORANGE, 18)
    s.line([(300, 90), (640, 130)], ORANGE, 8)
    s.line([(760, 130), (760, 230)], INK, 6)
    s.box(716, 226, 90, 26, RED, 4)
    for x in range(40, 1200, 120):
        s.shape([(x, 700), (x + 60, 700), (x + 30, 760), (x - 30, 760)], SUN)
    s.person(1050, 690, 200, ORANGE, SUN)
    return s


def map_card() -> Sheet:
    s = Sheet("#eef3e6")
    s.shape([(0, 560), (260, 500), (560, 600), (820, 540), (1200, 640), (1200, 800), (0, 800)], SEA)
    s.shape([(760, 80), (1100, 60), (1140, 320), (840, 380)], "#bfe0a8")
    s.shape([(80, 80), (360, 60), (330, 270), (120, 320)], "#bfe0a8")
    for points in (
        [(0, 380), (420, 400), (760, 300), (1200, 420)],
        [(520, 0), (470, 260), (560, 600)],
        [(240, 0), (420, 400), (430, 560)],
    ):
        s.line(points, SNOW, 30)
    for x, y, colour in ((300, 190, RED), (620, 250, RED), (940, 220, RED), (480, 470, DEEP)):
        s.shape([(x - 34, y - 20), (x + 34, y - 20), (x, y + 56)], colour)
        s.disc(x, y - 30, 38, colour)
        s.disc(x, y - 30, 15, SNOW)
    return s


def readers() -> Sheet:
    s = Sheet("#f3e7f0")
    s.box(0, 640, 1200, 160, ROSE)
    s.disc(600, 690, 420, PLUM, 70)
    for i, coat in enumerate((RED, SEA, SUN, PINE, ORANGE)):
        x = 260 + i * 170
        y = 640 + (12 if i % 2 else 40)
        s.person(x, y, 230 if i == 2 else 180, coat, (WOOD, INK, STONE)[i % 3])
        s.shape([(x - 50, y - 110), (x, y - 92), (x, y - 40), (x - 50, y - 58)], CREAM)
        s.shape([(x + 50, y - 110), (x, y - 92), (x, y - 40), (x + 50, y - 58)], SNOW)
    for x in (150, 1050):
        s.line([(x, 640), (x, 260)], INK, 10)
        s.shape([(x - 80, 290), (x + 80, 290), (x + 46, 170), (x - 46, 170)], SUN)
    return s


def avatar() -> Sheet:
    """The district's mark: a bay, two hills and a sun."""
    s = Sheet(SKY, 400, 400)
    s.disc(270, 130, 54, SUN)
    s.shape([(0, 270), (110, 120), (220, 270)], PINE)
    s.shape([(140, 270), (270, 170), (400, 270)], LEAF)
    s.box(0, 262, 400, 138, SEA)
    for row in range(2):
        for x in range(20, 400, 90):
            s.arc(x + row * 40, 310 + row * 44, 22, 200, 340, SNOW, 7)
    return s


def banner() -> Sheet:
    s = Sheet("#cfe8f3", 1500, 500)
    s.disc(1250, 120, 60, SUN)
    for i in range(9):
        s.house(60 + i * 150, 380, 120, 120 + (i * 53) % 130, ("#d98f6b", "#e7cf9d", "#b7c9b0", RED)[i % 4])
    s.box(0, 375, 1500, 125, SEA)
    for x in range(0, 1500, 110):
        s.arc(x, 430, 26, 200, 340, SKY, 6)
    return s


MOTIFS: Final[dict[str, Callable[[], Sheet]]] = {
    motif.__name__: motif
    for motif in (
        snow_clearing, library, playground, pool, meeting, coffee, flowers, bathing_place, school_start, autumn,
        advent, cycle_path, recycling, festival, tree_planting, bus_stop, midsummer, building_site, map_card, readers,
        avatar, banner,
    )
}  # fmt: skip
DRAWINGS: Final = frozenset({"map_card", "recycling", "avatar"})  # flat areas and words: PNG; the rest JPEG


@cache
def draw(name: str) -> tuple[str, bytes]:
    """The file name and the bytes of one motif."""
    image = MOTIFS[name]().image
    image = image.reduce(FINE)
    file = BytesIO()
    if name in DRAWINGS:
        image.save(file, "PNG", optimize=True)
        return f"{name}.png", file.getvalue()
    image.save(file, "JPEG", quality=88, progressive=True)
    return f"{name}.jpg", file.getvalue()
