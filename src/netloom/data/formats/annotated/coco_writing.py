"""Writing COCO files: one for each part, pictures in a folder of that name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from netloom.data.annotations import AnnotatedImage, ObjectAnnotation, Ring
from netloom.data.formats.annotated.annotated_images import AnnotatedImages
from netloom.data.formats.annotated.coco_runs import runs_of_mask
from netloom.data.formats.annotated.conversions import mask_of_object
from netloom.data.formats.annotated.target_folder import TargetFolder
from netloom.data.path_text import readable_name
from netloom.data.view import PARTS

UNNAMED = "object"
"""Category of objects without label, since COCO has no others."""


def write(found: AnnotatedImages, target: TargetFolder) -> None:
    """Write a data set whose images have sizes."""
    names = list(found.labels)
    objects = [each for image in found.images for each in image.objects or ()]
    if any(each.label is None for each in objects) and UNNAMED not in names:
        names.append(UNNAMED)
    ids = {name: number for number, name in enumerate(names, start=1)}
    for part in (*PARTS, None):
        images = [image for image in found.images if image.part == part]
        if images:
            _write_part(images, part, ids, target)


def _write_part(
    images: Sequence[AnnotatedImage], part: str | None, ids: dict[str, int], target: TargetFolder
) -> None:
    listed: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, image in enumerate(images, start=1):
        width, height = image.size or (0, 0)
        name = readable_name(image.path)
        target.copy(image.path, f"{part or 'images'}/{name}")
        listed.append({"id": number, "file_name": name, "width": width, "height": height})
        for each in image.objects or ():
            entry = {"id": len(annotations) + 1, "image_id": number}
            annotations.append(entry | _annotation(each, (width, height), ids))
    document = {
        "images": listed,
        "annotations": annotations,
        "categories": [{"id": number, "name": name} for name, number in ids.items()],
    }
    target.json(f"annotations/instances{f'_{part}' if part else ''}.json", document)


def _annotation(
    each: ObjectAnnotation, size: tuple[int, int], ids: dict[str, int]
) -> dict[str, Any]:
    box = each.box
    segmentation: Any = [[number for corner in ring for number in corner] for ring in each.outlines]
    area: float = box.area
    if each.holes:
        # Polygons have no holes here; run lengths say which pixels are covered.
        mask_HW = mask_of_object(each, size)
        segmentation, area = runs_of_mask(mask_HW), int(mask_HW.sum())
    elif each.outlines:
        area = sum(map(_area, each.outlines))
    entry: dict[str, Any] = {
        "category_id": ids[each.label or UNNAMED],
        "bbox": [box.left, box.top, box.width, box.height],
        "area": area,
        "iscrowd": int(each.is_crowd),
        "segmentation": segmentation,
    }
    return entry | {"attributes": dict(each.attributes)} if each.attributes else entry


def _area(ring: Ring) -> float:
    """By the shoelace formula."""
    corners = tuple(ring)
    pairs = zip(corners, corners[1:] + corners[:1])
    return abs(sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in pairs)) / 2
