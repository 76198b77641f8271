"""Writing CVAT for images 1.1."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from netloom.data.annotations import AnnotatedImage, ObjectAnnotation
from netloom.data.formats.annotated.annotated_images import AnnotatedImages
from netloom.data.formats.annotated.conversions import mask_of_object
from netloom.data.formats.annotated.cvat_runs import runs_of_mask
from netloom.data.formats.annotated.target_folder import TargetFolder
from netloom.data.path_text import readable_name

UNNAMED = "object"


def write(found: AnnotatedImages, target: TargetFolder) -> None:
    """Write a data set whose images have sizes."""
    labels = list(found.labels)
    if any(each.label is None for image in found.images for each in image.objects or ()):
        labels.append(UNNAMED)
    for image in found.images:
        subset = f"{image.part}/" if image.part else ""
        target.copy(image.path, f"images/{subset}{readable_name(image.path)}")
    target.lines("annotations.xml", _document(found, labels))


def _document(found: AnnotatedImages, labels: list[str]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="utf-8"?>'
    yield "<annotations>"
    yield "  <version>1.1</version>"
    yield "  <meta>"
    yield "    <task>"
    yield "      <labels>"
    for label in labels:
        yield f"        <label><name>{escape(label)}</name></label>"
    yield "      </labels>"
    yield "    </task>"
    yield "  </meta>"
    for number, image in enumerate(found.images):
        yield from _image(image, number)
    yield "</annotations>"


def _image(image: AnnotatedImage, number: int) -> Iterator[str]:
    width, height = image.size or (0, 0)
    name = quoteattr(readable_name(image.path))
    subset = f' subset="{image.part}"' if image.part else ""
    yield f'  <image id="{number}" name={name}{subset} width="{width}" height="{height}">'
    if image.label is not None:
        yield f'    <tag label={quoteattr(image.label)} source="manual"></tag>'
    for each in image.objects or ():
        yield from _object(each, (width, height))
    yield "  </image>"


def _object(each: ObjectAnnotation, size: tuple[int, int]) -> Iterator[str]:
    name, said = _shape(each, size)
    occluded = each.attributes.get("occluded") == "1"
    shared = f'label={quoteattr(each.label or UNNAMED)} source="manual" occluded="{occluded:d}"'
    yield f'    <{name} {shared} {said} z_order="0">'
    for key, value in each.attributes.items():
        if not (key == "occluded" and occluded):
            yield f"      <attribute name={quoteattr(key)}>{escape(value)}</attribute>"
    yield f"    </{name}>"


def _shape(each: ObjectAnnotation, size: tuple[int, int]) -> tuple[str, str]:
    """The element of an object, and its coordinates; what no polygon can say becomes a mask."""
    if not each.outlines:
        sides = zip(("xtl", "ytl", "xbr", "ybr"), each.box)
        return "box", " ".join(f'{name}="{side!r}"' for name, side in sides)
    mask_HW = mask_of_object(each, size) if each.holes or len(each.outlines) > 1 else None
    if mask_HW is None or not mask_HW.any():
        points = ";".join(f"{x!r},{y!r}" for x, y in each.outlines[0])
        return "polygon", f'points="{points}"'
    lengths, (left, top, width, height) = runs_of_mask(mask_HW)
    runs = ", ".join(map(str, lengths))
    return "mask", f'rle="{runs}" left="{left}" top="{top}" width="{width}" height="{height}"'
