"""Evaluation reports: one HTML file that needs nothing else and runs nothing, in light and dark."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from netloom.reports.bars import bar_chart
from netloom.reports.charts import histogram, line_chart
from netloom.reports.density import density_chart
from netloom.reports.heat_map import heat_map
from netloom.reports.svg import CHARACTER_WIDTH
from netloom.reports.waterfall import waterfall
from netloom.tasks.protocol import Evaluation
from netloom.tasks.sections import (
    FEW_CLASSES,
    BarsSection,
    Cell,
    ChartSection,
    DensitySection,
    GallerySection,
    HeatMapSection,
    HistogramSection,
    LinesSection,
    Picture,
    ReadLine,
    Section,
    Slider,
    SliderSection,
    TableSection,
    WaterfallSection,
)

if TYPE_CHECKING:
    from jinja2 import Template

_TEMPLATE = "report.html.j2"
_NAME_SHOWN = 16
# As in the style of the page.
_DETAIL_GAP_PX = 8
_SPAN_PX = 84


def render_report(
    evaluation: Evaluation, *, title: str, facts: Sequence[tuple[str, str]] = ()
) -> str:
    """The report of an evaluation as HTML; equal evaluations give equal text.

    Args:
        facts: Name and value of what identifies the model and the data.

    Example:
        >>> empty = Evaluation(metrics={}, figures=(), sections=())
        >>> render_report(empty, title="Digits").count("<h1>Digits</h1>")
        1
    """
    return _template().render(
        title=title,
        facts=facts,
        evaluation=evaluation,
        sections=[_drawn(section) for section in evaluation.sections],
    )


def _drawn(section: Section) -> dict[str, Any]:
    document: dict[str, Any] = {"title": section.title, "text": section.text}
    match section:
        case TableSection():
            return document | _table(section)
        case HeatMapSection():
            kind = "chart" if len(section.labels) <= FEW_CLASSES else "drawing"
            return document | {"kind": kind, "drawing": heat_map(section), "is_fluid": False}
        case ChartSection():
            return document | {"kind": "chart", "drawing": line_chart(section), "is_fluid": True}
        case HistogramSection():
            return document | {"kind": "chart", "drawing": histogram(section), "is_fluid": True}
        case GallerySection():
            pictures = [_picture(picture) for picture in section.pictures]
            kind = "gallery large" if section.is_large else "gallery"
            return document | {"kind": kind, "pictures": pictures}
        case SliderSection():
            sliders = [_slider(slider) for slider in section.sliders]
            return document | {"kind": "before-after", "sliders": sliders}
        case WaterfallSection():
            return document | {"kind": "drawing", "drawing": waterfall(section), "is_fluid": True}
        case BarsSection():
            return document | {"kind": "drawing", "drawing": bar_chart(section), "is_fluid": False}
        case DensitySection():
            return document | {"kind": "chart", "drawing": density_chart(section), "is_fluid": True}
        case LinesSection():
            return document | {"kind": "lines", "lines": [_line(line) for line in section.lines]}


def _table(section: TableSection) -> dict[str, Any]:
    rows = [
        [cell if isinstance(cell, Cell) else Cell(text=cell) for cell in row]
        for row in section.rows
    ]
    columns = [
        _column(name, [row[index] for row in rows], is_name=index in section.names)
        for index, name in enumerate(section.columns)
    ]
    return {
        "kind": "table narrow" if section.is_narrow else "table",
        "columns": columns,
        "rows": rows,
    }


def _column(name: str, cells: Sequence[Cell], *, is_name: bool) -> dict[str, Any]:
    """A column with the room that its details and spans take, so that numbers stay in line."""
    longest = max((len(cell.detail) for cell in cells), default=0)
    detail_px = 0 if is_name or not longest else round(CHARACTER_WIDTH * longest)
    spans_px = _SPAN_PX if any(cell.span for cell in cells) else 0
    return {
        "name": name,
        "is_name": is_name,
        "detail_px": detail_px,
        "spans_px": spans_px,
        "aside_px": (detail_px + _DETAIL_GAP_PX if detail_px else 0) + spans_px,
    }


def _picture(picture: Picture) -> dict[str, str]:
    encoded = base64.b64encode(picture.content).decode()
    return {
        "source": f"data:{picture.media_type};base64,{encoded}",
        "is_small": "small" if picture.media_type == "image/png" else "",
        "caption": picture.caption,
        "remark": picture.remark,
        "detail": picture.detail,
        "name": _end_of(picture.source),
        "tip": picture.source,
        "tone": picture.tone,
    }


def _slider(slider: Slider) -> dict[str, Any]:
    encoded = {
        name: f"data:image/png;base64,{base64.b64encode(content).decode()}"
        for name, content in (
            ("before", slider.before),
            ("after", slider.after),
            ("target", slider.target),
        )
    }
    return {
        **encoded,
        "width_px": slider.width_px,
        "height_px": slider.height_px,
        "caption": slider.caption,
        "detail": slider.detail,
        "name": _end_of(slider.source),
        "tip": slider.source,
        "tone": slider.tone,
    }


def _line(line: ReadLine) -> dict[str, Any]:
    encoded = base64.b64encode(line.content).decode()
    return {
        "source": f"data:{line.media_type};base64,{encoded}",
        "truth": line.truth,
        "read": line.read,
        "is_right": line.truth == line.read,
        "detail": line.detail,
        "name": _end_of(line.source),
        "tip": line.source,
    }


def _end_of(source: str) -> str:
    name = source.rsplit("/", 1)[-1]
    return name if len(name) <= _NAME_SHOWN else "…" + name[1 - _NAME_SHOWN :]


@lru_cache(maxsize=1)
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("netloom.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(_TEMPLATE)
