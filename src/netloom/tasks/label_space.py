"""Label spaces: the same names may have other numbers in another data set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from netloom.core.errors import InvalidData
from netloom.tasks.text_recognition.alphabet import alphabet

if TYPE_CHECKING:
    from netloom.data.datasets import Samples

_SHOWN = 10


def relabelled(samples: Samples, labels: Sequence[str]) -> Samples:
    """The samples with class indices of the label space ``labels``, matched by name.

    Raises:
        InvalidData: A name is not in ``labels``.
    """
    if tuple(samples.label_names) == tuple(labels):
        return samples
    numbers_K = matched(samples.label_names, labels)
    known = samples.annotations
    return replace(
        samples,
        # The extra place at the end answers to index -1, "unlabelled".
        labels_N=np.append(numbers_K, -1)[samples.labels_N],
        label_names=tuple(labels),
        annotations=None if known is None else known.renumbered(numbers_K),
    )


def learned_labels(train: Samples) -> tuple[str, ...]:
    """The label space that a training part brings: its own, or the characters of its texts."""
    known = train.annotations
    if known is None or known.answer != "text":
        return train.label_names
    return alphabet(known.texts)


def matched(names: Sequence[str], labels: Sequence[str]) -> NDArray[np.int64]:
    """For each name its index in ``labels``.

    Raises:
        InvalidData: Some names are not in ``labels``.

    Example:
        >>> matched(["b", "a"], ["a", "b", "c"]).tolist()
        [1, 0]
    """
    number_of = {label: index for index, label in enumerate(labels)}
    unknown = [name for name in names if name not in number_of]
    if unknown:
        raise InvalidData.of(
            "the data has labels that the model does not know: " + _listed(unknown),
            code="I305",
            expected=_listed(labels),
            got=_listed(names),
            fix="Use data with the model's labels, or train a model on these",
        )
    return np.array([number_of[name] for name in names], dtype=np.int64)


def united(labels: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """A label space that holds both: first ``labels``, then what only ``others`` has.

    Example:
        >>> len(united(["a", "b"], ["c", "b"]))
        3
    """
    return tuple(dict.fromkeys((*labels, *others)))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
