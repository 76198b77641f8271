"""What the labels of a source say about it before anything is trained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

_MOST_NAMED = 5


def remarks_on_classes(labels: Sequence[Hashable | None]) -> list[str]:
    """What a person should know about the labels of all samples, given by name or by position.

    None stands for a sample without a label; where no sample has one, none was meant to.

    >>> len(remarks_on_classes(["cat", "cat", "dog", None]))
    2
    >>> len(remarks_on_classes(["cat", "cat"]))
    1
    """
    counts = Counter(label for label in labels if label is not None)
    if not counts:
        return []
    remarks = []
    num_unlabelled = len(labels) - counts.total()
    if num_unlabelled:
        remarks.append(f"{num_unlabelled} of {len(labels)} images have no label")
    if len(counts) == 1:
        (only,) = counts
        remarks.append(
            f"all labelled images are of one class, {only}: there is nothing to tell apart"
        )
    single = [str(label) for label, count in counts.items() if count == 1]
    if single:
        remarks.append(
            f"{listed(single)} {'has' if len(single) == 1 else 'have'} a single image, "
            "which can be in one part only"
        )
    return remarks


def listed(names: Sequence[str]) -> str:
    """Some names, the first five in full.

    >>> listed("abcdefg")
    'a, b, c, d, e and 2 more'
    """
    shown = ", ".join(names[:_MOST_NAMED])
    return shown + (f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else "")
