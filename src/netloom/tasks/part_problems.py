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
