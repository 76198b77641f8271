"""What an evaluation has to show to people, as values that any task can compose and any page can draw."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One headline number.

    Attributes:
        value: Already formatted, e.g. ``98.3 %``.
        detail: A short remark below it, e.g. its interval.
    """

    name: str
    value: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSection:
    """Rows of text; columns after the first are numbers and align right."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatMapSection:
    """Counts by row and column, e.g. a confusion matrix; each row is shaded relative to its sum."""

    title: str
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    row_axis: str
    column_axis: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveSection:
    """Points in the unit square against its diagonal, e.g. a reliability diagram.

    Attributes:
        points: ``(x, y, weight)``; the weight (0…1) sets the size of the dot.
    """

    title: str
    points: tuple[tuple[float, float, float], ...]
    x_axis: str
    y_axis: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A PNG with what to say about it."""

    png: bytes
    caption: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GallerySection:
    """Pictures side by side."""

    title: str
    pictures: tuple[Picture, ...]
    text: str = ""


Section = TableSection | HeatMapSection | CurveSection | GallerySection
