from __future__ import annotations

import math
import re

import pytest

from netloom.reports.axis import tick_label, ticks
from netloom.reports.bars import bar_chart
from netloom.reports.density import density_chart
from netloom.tasks.sections import Bar, BarsSection, DensitySection


def bar(name: str, value: float, low: float = math.nan, high: float = math.nan) -> Bar:
    return Bar(name=name, value=value, told=f"{value}", low=low, high=high)


def rectangles(drawing: str, kind: str) -> list[tuple[float, float]]:
    found = re.findall(
        rf'<rect class="{kind}" x="([-\d.]+)" y="[-\d.]+" width="([-\d.]+)"', drawing
    )
    return [(float(x), float(width)) for x, width in found]


def test_ticks_are_round_and_few() -> None:
    assert ticks(0.0, 1.0) == (0.0, 0.25, 0.5, 0.75, 1.0)
    assert ticks(-1234.0, 4321.0) == (0.0, 2000.0, 4000.0)
    assert ticks(3.0, 3.0) == (3.0,)
    for low, high in ((0.1, 0.7), (-5e6, 3e6), (1e-7, 9e-7), (999.0, 1001.0)):
        found = ticks(low, high)
        assert 2 <= len(found) <= 6
        assert all(low <= tick <= high for tick in found)
    assert tick_label(-0.5) == "−0.5"


def test_bars_go_from_zero_to_their_value() -> None:
    bars = (bar("age", 4.0, 3.0, 5.0), bar("city", 1.0), bar("noise", -1.0, -2.0, 0.5))
    drawn = str(bar_chart(BarsSection(title="t", bars=bars)))
    (age, city), (noise,) = rectangles(drawn, "hit"), rectangles(drawn, "miss")
    assert [age[0], city[0]] == pytest.approx([noise[0] + noise[1]] * 2, abs=0.2)
    assert [age[1], city[1]] == pytest.approx([4 * noise[1], noise[1]], abs=0.2)
    assert drawn.count('class="whisker"') == 2


def test_bars_of_nothing_and_unknown_values_are_drawn_empty() -> None:
    assert "<rect" not in str(bar_chart(BarsSection(title="t", bars=())))
    drawn = str(bar_chart(BarsSection(title="t", bars=(bar("<x>", math.nan),))))
    assert "&lt;x&gt;" in drawn
    assert "<rect" not in drawn


def test_cells_are_the_darker_the_more_samples_they_hold() -> None:
    section = DensitySection(
        title="t",
        x_edges=(0.0, 10.0, 20.0),
        y_edges=(-1.0, 0.0, 1.0),
        counts=((100, 0), (25, 1)),
        x_axis="predicted",
        y_axis="error",
        line="zero",
    )
    drawn = str(density_chart(section))
    assert re.findall(r'fill-opacity="([\d.]+)"', drawn) == ["1.00", "0.56", "0.21"]
    assert "predicted 10 to 20, error 0 to 1: 1" in drawn
    assert drawn.count('class="diagonal"') == 1


def test_the_line_of_equal_values_ends_where_the_picture_does() -> None:
    edges = {"x_edges": (0.0, 4.0), "y_edges": (2.0, 6.0), "counts": ((1,),)}
    both = {"title": "t", "x_axis": "x", "y_axis": "y", "line": "equal"}
    drawn = str(density_chart(DensitySection(**edges, **both)))  # type: ignore[arg-type]
    x1, y1, x2, y2 = map(
        float,
        re.findall(r'diagonal" x1="([\d.]+)" y1="([\d.]+)" x2="([\d.]+)" y2="([\d.]+)"', drawn)[0],
    )
    assert (x2 - x1, y1 - y2) == (208.0, 146.0)
    apart = DensitySection(**{**edges, "y_edges": (5.0, 6.0)}, **both)  # type: ignore[arg-type]
    assert "diagonal" not in str(density_chart(apart))
