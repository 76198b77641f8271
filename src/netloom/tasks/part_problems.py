"""What may be wrong with a part of the data, whatever a task learns from it."""

from __future__ import annotations

from netloom.core.diagnostics import Diagnostic


def empty_part(part: str) -> Diagnostic:
    """There are no samples at all.

    >>> empty_part("test").code
    'I301'
    """
    return Diagnostic(
        code="I301",
        message=f"the {part} part of the data is empty",
        fix="Put data.split before this node, with a share for every part that is used",
    )


def class_outside(part: str, index: int, classes: int) -> Diagnostic:
    """A sample has a class that the label space does not have.

    >>> class_outside("test", 7, 3).expected
    '0…2'
    """
    return Diagnostic(
        code="I305",
        message=f"the {part} part has a class index outside the label space",
        expected=f"0…{classes - 1}",
        got=str(index),
        fix="Use the label space of the data",
    )
