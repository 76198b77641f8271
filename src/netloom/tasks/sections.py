"""What an evaluation has to show to people, as values that any task can compose and any page can draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tone = Literal["plain", "good", "bad"]
"""How something turned out, where that matters."""


FEW_CLASSES = 12
"""Up to here a heat map is narrow enough for half a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A value with its interval on a scale from 0 to 1, drawn as a dot on a line."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One headline number.

    Attributes:
        value: Already formatted, e.g. ``98.3 %``.
        detail: A short remark below it, e.g. its interval.
        span: Where value and interval lie between 0 and 1; None draws nothing.
    """

    name: str
    value: str
    detail: str = ""
    span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell of a table that says more than one text.

    Attributes:
        detail: Smaller, after the text, e.g. an interval.
        span: Drawn beside the text.
        tone: Colours the text.
    """

    text: str
    detail: str = ""
    span: Span | None = None
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSection:
    """Rows of cells.

    Attributes:
        names: Which columns hold names; the others are numbers and align right.
        is_narrow: Half a page is wide enough.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell | str, ...], ...]
    text: str = ""
    names: tuple[int, ...] = (0,)
    is_narrow: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatMapSection:
    """Counts by row and column, e.g. a confusion matrix; each row is shaded relative to its total.

    Attributes:
        totals: What a full row would be, if columns are left out; None takes the sum of each row.
    """

    title: str
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    row_axis: str
    column_axis: str
    text: str = ""
    totals: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line through points of the unit square.

    Attributes:
        name: Shown in the legend.
        detail: Shown after the name, e.g. the area below the line.
        weights: Share of the samples at each point, which sets the size of its dot; empty draws no
            dots.
    """

    name: str
    points: tuple[tuple[float, float], ...]
    detail: str = ""
    weights: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartSection:
    """Lines in the unit square, e.g. a reliability diagram or ROC curves.

    Attributes:
        has_diagonal: Draw the line from (0, 0) to (1, 1), to compare with.
    """

    title: str
    lines: tuple[Line, ...]
    x_axis: str
    y_axis: str
    text: str = ""
    has_diagonal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HistogramSection:
    """How many samples lie in each of several ranges of one width between 0 and 1, stacked by outcome.

    Attributes:
        right: Number of right ones in each range.
        wrong: Number of wrong ones.
    """

    title: str
    right: tuple[int, ...]
    wrong: tuple[int, ...]
    x_axis: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture with what to say about it.

    Attributes:
        content: An encoded picture.
        media_type: Of the content, e.g. ``image/png``.
        caption: What was predicted.
        remark: What is true, if it differs.
        detail: The score, or the like.
        source: Which sample it is.
    """

    content: bytes
    media_type: str
    caption: str
    remark: str = ""
    detail: str = ""
    source: str = ""
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class GallerySection:
    """Pictures side by side.

    Attributes:
        is_large: There is something small to see in them, so fewer stand in a row.
    """

    title: str
    pictures: tuple[Picture, ...]
    text: str = ""
    is_large: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Slider:
    """A picture before and after, one on top of the other, beside the one that should have come out.

    Attributes:
        before: An encoded PNG.
        after: Likewise, of the same size.
        target: Likewise.
        width_px: As wide it is shown.
        height_px: As high.
        caption: What was gained.
        detail: More numbers.
        source: Which sample it is.
    """

    before: bytes
    after: bytes
    target: bytes
    width_px: int
    height_px: int
    caption: str
    detail: str = ""
    source: str = ""
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class SliderSection:
    """Pictures before and after."""

    title: str
    sliders: tuple[Slider, ...]
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a text that is all right or all wrong."""

    text: str
    is_wrong: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLine:
    """The picture of a line, what is written and what was read.

    Attributes:
        content: An encoded picture.
        media_type: Of the content.
        truth: What is written; wrong pieces were not read so.
        read: What was read; wrong pieces are not written so.
        detail: Numbers.
        source: Which sample it is.
    """

    content: bytes
    media_type: str
    truth: tuple[Piece, ...]
    read: tuple[Piece, ...]
    detail: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesSection:
    """Lines below one another."""

    title: str
    lines: tuple[ReadLine, ...]
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """One of several steps at which something is lost.

    Attributes:
        count: How much is lost here.
    """

    name: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterfallSection:
    """What is left of a number after several losses, one below the other.

    Attributes:
        start: Name of what there is at first.
        total: How much that is.
        end: Name of what is left in the end.
    """

    title: str
    start: str
    total: int
    losses: tuple[Loss, ...]
    end: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A number with its interval.

    Attributes:
        value: Where the bar ends; it starts at 0.
        told: The number as it is written.
        low: Lower end of the interval; NaN draws none.
        high: Upper end.
    """

    name: str
    value: float
    told: str
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BarsSection:
    """Bars of one unit below one another."""

    title: str
    bars: tuple[Bar, ...]
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DensitySection:
    """How many samples lie in each cell of a plane whose axes have units of their own.

    Attributes:
        x_edges: Where cells begin and end, ascending.
        y_edges: Likewise.
        counts: Of each cell, by rows of equal y from the lowest on.
        line: What to compare with: where both are equal, where y is 0, or nothing.
    """

    title: str
    x_edges: tuple[float, ...]
    y_edges: tuple[float, ...]
    counts: tuple[tuple[int, ...], ...]
    x_axis: str
    y_axis: str
    line: Literal["equal", "zero", "none"] = "none"
    text: str = ""


Section = (
    TableSection
    | HeatMapSection
    | ChartSection
    | HistogramSection
    | GallerySection
    | SliderSection
    | LinesSection
    | WaterfallSection
    | BarsSection
    | DensitySection
)
