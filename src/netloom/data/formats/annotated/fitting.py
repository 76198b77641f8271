"""A data set as another format can say it, and what is lost on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from netloom.data.annotations import AnnotatedImage, ObjectAnnotation, box_around
from netloom.data.formats.annotated.annotated_images import AnnotatedImages, AnnotationFormat
from netloom.data.formats.annotated.conversions import levels_of_objects, objects_of_levels
from netloom.data.formats.annotated.task_samples import BACKGROUND
from netloom.data.mask_files import read_levels


def fitted(
    found: AnnotatedImages, form: AnnotationFormat
) -> tuple[AnnotatedImages, tuple[str, ...]]:
    """The data set without what a format cannot carry, and what that was, for people.

    Masks become outlines, outlines masks or boxes, and boxes outlines, where the format has no other way;
    that is told, too.

    Args:
        found: Its images have sizes.
    """
    fitting = _Fitting(found, form)
    images = tuple(map(fitting.image, found.images))
    labels = fitting.labels(images)
    return replace(found, images=images, labels=labels, format=form.name), fitting.told()


def levels_of_image(found: AnnotatedImages, image: AnnotatedImage) -> NDArray[np.uint8] | None:
    """The mask of an image, as its file says or drawn from outlines; None if nothing is known."""
    if image.mask is not None:
        return read_levels(found.folder.content(image.mask))
    outlined = [each for each in image.objects or () if each.outlines]
    if image.objects is None or image.size is None or (image.objects and not outlined):
        return None
    return levels_of_objects(outlined, found.labels, image.size)


class _Fitting:
    """Fits one image after the other, and counts what changes."""

    def __init__(self, found: AnnotatedImages, form: AnnotationFormat) -> None:
        self._found = found
        self._carries = form.carries
        self._lost: Counter[str] = Counter()
        self._turned: Counter[str] = Counter()
        self._draws_masks = "masks" in self._carries and "outlines" not in self._carries
        first = found.labels[0] if found.labels else ""
        self._background = first if first.lower() == BACKGROUND else None

    def image(self, image: AnnotatedImage) -> AnnotatedImage:
        image = self._with_facts_of_images(image)
        if image.mask is not None and "masks" not in self._carries:
            image = self._without_mask(image)
        return replace(image, objects=self._objects(image))

    def labels(self, images: Iterable[AnnotatedImage]) -> tuple[str, ...]:
        """The label space of the result: masks have a place for what belongs to no object."""
        labels = self._found.labels
        if self._turned["outlines, drawn as masks"] and self._background is None:
            return (BACKGROUND, *labels)
        if self._turned["masks, turned into outlines"] and self._background is not None:
            return labels[1:]
        is_used = any(
            image.label is not None
            or image.mask is not None
            or any(each.label is not None for each in image.objects or ())
            for image in images
        )
        return labels if is_used or "order" in self._carries else ()

    def told(self) -> tuple[str, ...]:
        """What was lost or turned into something else."""
        lost = [f"lost: {number} {what}" for what, number in self._lost.items() if number]
        turned = [f"{number} {what}" for what, number in self._turned.items() if number]
        return (*lost, *turned)

    def _with_facts_of_images(self, image: AnnotatedImage) -> AnnotatedImage:
        carries = self._carries
        part = image.part
        if "parts" not in carries and not ("test part" in carries and part == "test"):
            self._lost["marks of parts"] += part is not None
            part = None
        kept: dict[str, str | None] = {}
        for name, fact, what in (
            ("label", "classes", "classes of pictures"),
            ("text", "transcriptions", "texts of pictures"),
            ("target", "targets", "targets"),
        ):
            value = getattr(image, name)
            if value is not None and fact not in carries:
                self._lost[what] += 1
                value = None
            kept[name] = value
        return replace(
            image, part=part, label=kept["label"], text=kept["text"], target=kept["target"]
        )

    def _without_mask(self, image: AnnotatedImage) -> AnnotatedImage:
        if "outlines" not in self._carries and "boxes" not in self._carries:
            self._lost["masks"] += 1
            return replace(image, mask=None)
        if any(each.outlines for each in image.objects or ()):
            self._lost["masks of pictures with outlines"] += 1
            return replace(image, mask=None)
        levels_HW = read_levels(self._found.folder.content(image.mask or ""))
        objects = objects_of_levels(levels_HW, self._found.labels, background=self._background)
        self._turned["masks, turned into outlines"] += 1
        return replace(image, mask=None, objects=objects)

    def _objects(self, image: AnnotatedImage) -> tuple[ObjectAnnotation, ...] | None:
        objects = image.objects
        if not self._carries & {"boxes", "outlines"} and not self._draws_masks:
            self._lost["objects"] += len(objects or ())
            return None
        if objects is None:
            if "unlooked" not in self._carries and image.mask is None:
                self._turned["pictures that nobody has looked at, now without objects"] += 1
                return ()
            return None
        if self._draws_masks and "boxes" not in self._carries:
            return self._drawn(image, objects)
        return tuple(self._object(piece, image) for each in objects for piece in self._pieces(each))

    def _drawn(
        self, image: AnnotatedImage, objects: tuple[ObjectAnnotation, ...]
    ) -> tuple[ObjectAnnotation, ...] | None:
        """Objects of which only the mask is kept."""
        if image.mask is not None:
            self._lost["objects of pictures with masks"] += len(objects)
            return None
        outlined = tuple(each for each in objects if each.outlines)
        self._lost["objects with a box alone"] += len(objects) - len(outlined)
        if objects and not outlined:
            return None
        self._turned["outlines, drawn as masks"] += max(1, len(outlined))
        return outlined

    def _pieces(self, each: ObjectAnnotation) -> list[ObjectAnnotation]:
        if len(each.outlines) < 2 or "several outlines" in self._carries:
            return [each]
        if "outlines" not in self._carries:
            return [each]
        self._turned["objects of several outlines, one object for each"] += 1
        return [replace(each, outlines=(ring,), box=box_around((ring,))) for ring in each.outlines]

    def _object(self, each: ObjectAnnotation, image: AnnotatedImage) -> ObjectAnnotation:
        carries = self._carries
        outlines, holes, box = each.outlines, each.holes, each.box
        if outlines and "outlines" not in carries:
            if self._draws_masks and image.mask is None:
                self._turned["outlines, drawn as masks"] += 1
            else:
                self._turned["outlines, turned into boxes"] += 1
                outlines, holes = (), ()
        if holes and "holes" not in carries and not self._draws_masks:
            self._lost["holes"] += len(holes)
            holes = ()
        if not outlines and "boxes" not in carries:
            self._turned["boxes, turned into outlines"] += 1
            outlines = (box.ring,)
        if "boxes" not in carries:
            box = box_around(outlines)
        for value, fact, what in (
            (each.label, "labels", "labels of objects"),
            (each.text, "texts", "texts of objects"),
        ):
            self._lost[what] += value is not None and fact not in carries
        self._lost["attributes"] += 0 if "attributes" in carries else len(each.attributes)
        self._lost["marks of crowds"] += each.is_crowd and "crowds" not in carries
        return ObjectAnnotation(
            box=box,
            label=each.label if "labels" in carries else None,
            outlines=outlines,
            holes=holes,
            text=each.text if "texts" in carries else None,
            attributes=each.attributes if "attributes" in carries else {},
            is_crowd=each.is_crowd and "crowds" in carries,
        )
