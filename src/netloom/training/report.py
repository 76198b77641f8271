"""Evaluation reports: one HTML file that needs nothing else, in light and dark."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from netloom.tasks.protocol import Evaluation
from netloom.tasks.sections import (
    CurveSection,
    GallerySection,
    HeatMapSection,
    Section,
    TableSection,
)
from netloom.training.report_figures import curve_svg, heat_map_svg

if TYPE_CHECKING:
    from jinja2 import Template

_TEMPLATE = "report.html.j2"


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
        figures=evaluation.figures,
        sections=[_drawn(section) for section in evaluation.sections],
    )


def _drawn(section: Section) -> dict[str, Any]:
    document: dict[str, Any] = {"title": section.title, "text": section.text}
    match section:
        case TableSection():
            return document | {"kind": "table", "columns": section.columns, "rows": section.rows}
        case HeatMapSection():
            return document | {"kind": "svg", "svg": heat_map_svg(section)}
        case CurveSection():
            return document | {"kind": "svg", "svg": curve_svg(section)}
        case GallerySection():
            pictures = [
                {
                    "source": "data:image/png;base64," + base64.b64encode(picture.png).decode(),
                    "caption": picture.caption,
                    "detail": picture.detail,
                }
                for picture in section.pictures
            ]
            return document | {"kind": "gallery", "pictures": pictures}


@lru_cache(maxsize=1)
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("netloom.training"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(_TEMPLATE)
