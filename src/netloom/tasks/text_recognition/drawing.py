"""Lines with what was read, for people.

Shape legend: H height, W width, C channels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netloom.tasks.drawing import thumbnail
from netloom.tasks.panels import Panel, enlarged, in_colour, panels_png, scale_to
from netloom.tasks.protocol import Prediction
from netloom.tasks.sections import Piece, ReadLine
from netloom.tasks.text_recognition.edit_distance import side_by_side
from netloom.tasks.wording import percent

_SIDE_PX = 480


def line_png(
    image_HWC: NDArray[np.uint8], prediction: Prediction, truth: Prediction | None
) -> bytes:
    """A PNG of the line, with what was read, how sure that is, and what is written if that differs."""
    title = f"{prediction['text']}  {percent(prediction['score'], digits=0)}"
    if truth is not None and truth["text"] != prediction["text"]:
        title += f", is {truth['text']}"
    extent = scale_to(image_HWC.shape, side=_SIDE_PX)
    return panels_png([Panel(title, enlarged(in_colour(image_HWC), extent))])


def read_line(
    image_HWC: NDArray[np.uint8], truth: str, text: str, *, score: float, source: str
) -> ReadLine:
    """A line of a report, with differences marked.

    Example:
        >>> line = read_line(np.zeros((4, 8, 1), np.uint8), "ab", "b", score=0.5, source="1")
        >>> line.truth
        (Piece(text='a', is_wrong=True), Piece(text='b', is_wrong=False))
    """
    small = thumbnail(image_HWC, side=_SIDE_PX)
    edits = side_by_side(truth, text)
    return ReadLine(
        content=small.content,
        media_type=small.media_type,
        truth=_pieces([(edit.first, edit.first != edit.second) for edit in edits]),
        read=_pieces([(edit.second, edit.first != edit.second) for edit in edits]),
        detail=f"{_edits(sum(edit.first != edit.second for edit in edits))}, score "
        f"{percent(score, digits=0)}",
        source=source,
    )


def _edits(count: int) -> str:
    return "1 edit" if count == 1 else f"{count} edits"


def _pieces(characters: list[tuple[str | None, bool]]) -> tuple[Piece, ...]:
    """Neighbours that are all right or all wrong, put together."""
    found: list[Piece] = []
    for character, is_wrong in characters:
        if character is None:
            continue
        if found and found[-1].is_wrong == is_wrong:
            found[-1] = Piece(text=found[-1].text + character, is_wrong=is_wrong)
        else:
            found.append(Piece(text=character, is_wrong=is_wrong))
    return tuple(found)
