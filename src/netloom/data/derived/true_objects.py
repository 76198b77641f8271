"""The true objects of a stored data set, in the form in which found ones are told."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from netloom.core.diagnostics import did_you_mean
from netloom.core.errors import InvalidData
from netloom.data.datasets import Samples


class TrueObject(NamedTuple):
    """An object as people have annotated it.

    Attributes:
        number: Its position among all objects of its picture.
        label: The class; None where only its place is known.
        polygon: Corners of its outline; None where only the box is known.
        text: What is written there.
        attributes: Whatever else is known.
    """

    number: int
    label: str | None
    box: tuple[float, ...]
    polygon: list[list[float]] | None
    text: str | None
    attributes: Mapping[str, str]

    def fine(self, attribute: str) -> str | None:
        """The fine label: that attribute, or the class itself if no attribute is named."""
        return self.attributes.get(attribute) if attribute else self.label


def true_objects(samples: Samples, *, unlabelled: str | None = None) -> list[list[TrueObject]]:
    """The objects of each picture, without crowds; none where nobody has looked.

    Args:
        unlabelled: The class of objects without a label, as texts are.
    """
    return [list(_of_picture(samples, place, unlabelled)) for place in range(len(samples))]


def _of_picture(samples: Samples, position: int, unlabelled: str | None) -> Iterator[TrueObject]:
    known = samples.annotations
    objects = samples.objects(position)
    if known is None or known.column is None or objects is None:
        return
    attributes = known.column.attribute_texts(position)
    for number, label in enumerate(objects.labels_M.tolist()):
        if objects.crowd_M[number]:
            continue
        rings = objects.outlines[number]
        text = attributes[number]
        yield TrueObject(
            number=number,
            label=unlabelled if label < 0 else samples.label_names[label],
            box=tuple(objects.boxes_M4[number].astype(float).tolist()),
            polygon=rings[0].astype(float).tolist() if len(rings) == 1 else None,
            text=objects.texts[number],
            attributes=json.loads(text) if text else {},
        )


def check_labels(labels: Collection[str], known: Sequence[str]) -> None:
    """Refuse classes that there are none of.

    Raises:
        InvalidData: One is not in the label space.
    """
    for label in labels:
        if label not in known:
            raise InvalidData.of(
                f"there is no class {label!r}",
                code="I502",
                expected=", ".join(known),
                got=label,
                fix=did_you_mean(label, list(known)) or "Name a class of the data set",
            )


def fine_labels(
    pictures: Sequence[Sequence[TrueObject]],
    *,
    attribute: str,
    coarse: Sequence[str],
) -> tuple[str, ...]:
    """The fine label space of some coarse classes, in a fixed order.

    Raises:
        InvalidData: None of these objects has the attribute.
    """
    if not attribute:
        return tuple(coarse)
    objects = [each for objects in pictures for each in objects if each.label in coarse]
    names = {each.attributes[attribute] for each in objects if attribute in each.attributes}
    if objects and not names:
        known = sorted({name for each in objects for name in each.attributes})
        raise InvalidData.of(
            f"no object has the attribute {attribute!r}",
            code="I503",
            expected=", ".join(known) or "objects with attributes",
            got=attribute,
            fix=did_you_mean(attribute, known) or "Name the attribute that holds the fine label",
        )
    return tuple(sorted(names))


def as_found(objects: Sequence[TrueObject]) -> list[dict[str, Any]]:
    """True objects as if a perfect model had found them."""
    return [
        {
            "label": each.label,
            "score": 1.0,
            "box": list(each.box),
            **({} if each.polygon is None else {"polygon": each.polygon}),
        }
        for each in objects
    ]
