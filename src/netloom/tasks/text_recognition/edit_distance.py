"""How many characters have to be put in, left out or replaced to make one text of another (Levenshtein 1966).

Shape legend: N pairs, A length of the first texts, B length of the second.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Edit(NamedTuple):
    """One place of two texts put side by side; None where one of them has nothing."""

    first: str | None
    second: str | None


def edit_distances(
    firsts: Sequence[Sequence[Hashable]], seconds: Sequence[Sequence[Hashable]]
) -> NDArray[np.int64]:
    """The distance of each pair, ``(N,)``; of all pairs at once, row by row of their tables.

    Example:
        >>> edit_distances(["kitten", "", "abc"], ["sitting", "ab", "abc"]).tolist()
        [3, 2, 0]
    """
    numbers: dict[Hashable, int] = {}
    first_NA, first_N = _padded(firsts, numbers, padding=-1)
    second_NB, second_N = _padded(seconds, numbers, padding=-2)
    columns_B = np.arange(second_NB.shape[1] + 1)
    row_NB = np.repeat(columns_B[None], len(first_N), axis=0)
    found_N = np.where(first_N == 0, second_N, 0)
    for place in range(first_NA.shape[1]):
        replaced_NB = row_NB[:, :-1] + (first_NA[:, place, None] != second_NB)
        row_NB = row_NB + 1
        np.minimum(row_NB[:, 1:], replaced_NB, out=row_NB[:, 1:])
        # What is put in goes along the row: the least so far, plus one for each step.
        row_NB = np.minimum.accumulate(row_NB - columns_B, axis=1) + columns_B
        ends = first_N == place + 1
        found_N[ends] = row_NB[ends, second_N[ends]]
    return found_N.astype(np.int64)


def side_by_side(first: str, second: str) -> list[Edit]:
    """The two texts with as few differences as possible, from the beginning to the end.

    Example:
        >>> side_by_side("ab", "b")
        [Edit(first='a', second=None), Edit(first='b', second='b')]
    """
    table = [list(range(len(second) + 1))]
    for row, a in enumerate(first, start=1):
        values = [row]
        for column, b in enumerate(second, start=1):
            values.append(
                min(
                    table[-1][column] + 1,
                    values[-1] + 1,
                    table[-1][column - 1] + (a != b),
                )
            )
        table.append(values)
    edits: list[Edit] = []
    row, column = len(first), len(second)
    while row or column:
        here = table[row][column]
        if (
            row
            and column
            and here == table[row - 1][column - 1] + (first[row - 1] != second[column - 1])
        ):
            row, column = row - 1, column - 1
            edits.append(Edit(first[row], second[column]))
        elif row and here == table[row - 1][column] + 1:
            row -= 1
            edits.append(Edit(first[row], None))
        else:
            column -= 1
            edits.append(Edit(None, second[column]))
    return edits[::-1]


def _padded(
    texts: Sequence[Sequence[Hashable]], numbers: dict[Hashable, int], *, padding: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    lengths_N = np.array([len(text) for text in texts], np.int64)
    padded_NA = np.full((len(texts), int(lengths_N.max(initial=0))), padding, np.int64)
    for row, text in enumerate(texts):
        padded_NA[row, : len(text)] = [numbers.setdefault(each, len(numbers)) for each in text]
    return padded_NA, lengths_N
