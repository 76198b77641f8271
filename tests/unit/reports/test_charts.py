from __future__ import annotations

import re

from netloom.reports.charts import histogram, line_chart
from netloom.reports.heat_map import heat_map
from netloom.tasks.sections import ChartSection, HeatMapSection, HistogramSection, Line


def test_points_are_placed_from_the_lower_left() -> None:
    line = Line(name="a", points=((0.0, 0.0), (1.0, 1.0)), detail="0.5")
    section = ChartSection(title="t", lines=(line,), x_axis="x", y_axis="y")
    (points,) = re.findall(r'points="([^"]*)"', str(line_chart(section)))
    (left, bottom), (right, top) = (tuple(map(float, each.split(","))) for each in points.split())
    assert left < right
    assert top < bottom


def test_a_legend_names_every_line() -> None:
    lines = tuple(Line(name=f"class {i}", points=((0, 0), (1, 1)), detail="9 %") for i in range(3))
    drawing = str(line_chart(ChartSection(title="t", lines=lines, x_axis="x", y_axis="y")))
    assert [drawing.count(f">class {index}</text>") for index in range(3)] == [1, 1, 1]


def test_bars_are_as_tall_as_the_root_of_their_count() -> None:
    section = HistogramSection(title="t", right=(1, 4), wrong=(0, 0), x_axis="score")
    heights = [
        float(height)
        for height in re.findall(r'class="bar hit"[^>]* height="([\d.]+)"', str(histogram(section)))
    ]
    assert heights[1] == 2 * heights[0]


def test_no_samples_draw_no_bars() -> None:
    section = HistogramSection(title="t", right=(0, 0), wrong=(0, 0), x_axis="score")
    assert 'class="bar' not in str(histogram(section))


def test_a_cell_is_shaded_by_its_share_of_all_samples_of_the_class() -> None:
    section = HeatMapSection(
        title="t",
        labels=("a", "b"),
        counts=((5, 0), (0, 5)),
        totals=(10, 5),
        row_axis="r",
        column_axis="c",
    )
    drawing = str(heat_map(section))
    assert "a → a: 5 (50.0%)" in drawing
    assert "b → b: 5 (100.0%)" in drawing
