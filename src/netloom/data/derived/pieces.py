"""Which pieces of a picture a later stage gets, and what is true about each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from netloom.data.crops import ObjectCrops, TextCrops, chosen
from netloom.data.derived.found import FoundObject
from netloom.data.derived.partners import Partner, partners
from netloom.data.derived.true_objects import TrueObject, as_found

Source = Literal["predicted", "ground_truth", "matched"]
"""Where boxes and coarse labels come from; *matched* are found boxes with the label of the true object."""


class Piece(NamedTuple):
    """A piece of a picture before it is cut out.

    Attributes:
        place: The object that decides where: as found, or as annotated.
        coarse: Class by which it came to this stage.
        overlap: Of the found box with the true one; 1 for true boxes.
        found: Position among the objects found in the picture; None for true boxes.
        true: The true object there; None if there is none.
    """

    place: FoundObject
    source: Source
    coarse: str
    score: float
    overlap: float
    found: int | None
    true: TrueObject | None

    def attributes(self) -> dict[str, Any]:
        """What a sample keeps of it, as JSON."""
        return {
            "source": self.source,
            "coarse": self.coarse,
            "score": self.score,
            "overlap": self.overlap,
            "found": self.found,
            "true": None if self.true is None else self.true.number,
            "object": {} if self.true is None else dict(self.true.attributes),
        }


@dataclass(frozen=True, slots=True)
class PictureObjects:
    """What was found in a picture and what is there, paired.

    Attributes:
        partners: Of each found object.
    """

    found: Sequence[FoundObject]
    true: Sequence[TrueObject]
    partners: Sequence[Partner]

    @classmethod
    def of(
        cls, found: Sequence[FoundObject], true: Sequence[TrueObject], *, overlap: float
    ) -> PictureObjects:
        """Pair them; the surest chooses first.

        Args:
            overlap: From which on a found object is taken for a true one.
        """
        boxes, scores = [each["box"] for each in found], [each["score"] for each in found]
        paired = partners(boxes, scores, [each.box for each in true], overlap=overlap)
        return cls(found, true, paired)

    def true_of(self, position: int) -> TrueObject | None:
        """The true object that a found one is."""
        number = self.partners[position].true
        return None if number is None else self.true[number]


def pieces(
    picture: PictureObjects, settings: ObjectCrops | TextCrops, source: Source
) -> list[Piece]:
    """The pieces of a picture, the surest first, as they are chosen at request time."""
    candidates = list(_CANDIDATES[source](picture))
    asked = [{"label": each.coarse, "score": each.score} for each in candidates]
    return [candidates[position] for position in chosen(asked, settings)]


def _predicted(picture: PictureObjects) -> Iterator[Piece]:
    for position, found in enumerate(picture.found):
        yield Piece(
            place=found,
            source="predicted",
            coarse=found["label"],
            score=found["score"],
            overlap=picture.partners[position].overlap,
            found=position,
            true=picture.true_of(position),
        )


def _matched(picture: PictureObjects) -> Iterator[Piece]:
    for each in _predicted(picture):
        if each.true is not None and each.true.label is not None:
            yield each._replace(source="matched", coarse=each.true.label)


def _ground_truth(picture: PictureObjects) -> Iterator[Piece]:
    for true, place in zip(picture.true, as_found(picture.true), strict=True):
        if true.label is not None:
            yield Piece(
                place=place,
                source="ground_truth",
                coarse=true.label,
                score=1.0,
                overlap=1.0,
                found=None,
                true=true,
            )


_CANDIDATES: dict[Source, Callable[[PictureObjects], Iterator[Piece]]] = {
    "predicted": _predicted,
    "matched": _matched,
    "ground_truth": _ground_truth,
}
