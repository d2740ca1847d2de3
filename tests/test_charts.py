"""What the charts draw, and what they say of it."""

from __future__ import annotations

import pytest

from reading import charts
from reading.room import Kept
from reading.texts import Lang


def kept(year: int, size: int) -> Kept:
    return Kept(
        order=f"{year}-exempelvik", kind="annual", year=str(year), verdict="whole", size=size, sha256="", receipt="",
        previous="", promise={}, format="eark_sip", where="", evidence=(), fault={}, counts={"posts": year},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("lang", "title", "says"),
    [
        ("sv", "Sammanlagd volym efter varje paket", [
            "9,0 MB (+ 9,0 MB)", "10,0 MB (+ 1,0 MB)", "10,5 MB (+ 500,0 kB)",
        ]),
        ("en", "Volume in all after each package", [
            "9.0 MB (+ 9.0 MB)", "10.0 MB (+ 1.0 MB)", "10.5 MB (+ 500.0 kB)",
        ]),
    ],
)  # fmt: skip
def test_an_account_does_not_shrink_by_a_package_of_changes(lang: Lang, title: str, says: list[str]) -> None:
    packages = [kept(2026, 500_000), kept(2025, 1_000_000), kept(2024, 9_000_000)]

    chart = charts.growth(packages, lang)

    widths = [bar.parts[0].width for bar in chart.bars]
    assert chart.title == title
    assert [bar.name for bar in chart.bars] == ["2024", "2025", "2026"]
    assert [bar.says for bar in chart.bars] == says
    assert widths == sorted(widths)
    assert widths[-1] == 100
    assert len({len(row) for row in (chart.head, *chart.rows)}) == 1
    assert chart.rows[1][:1] == ("2025-exempelvik",)


def test_no_package_is_an_empty_chart() -> None:
    assert charts.growth([], "sv").bars == ()
