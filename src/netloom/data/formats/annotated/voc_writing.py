"""Writing Pascal VOC."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from netloom.data.annotations import AnnotatedImage, ObjectAnnotation
from netloom.data.formats.annotated.annotated_images import AnnotatedImages
from netloom.data.formats.annotated.fitting import levels_of_image
from netloom.data.formats.annotated.target_folder import TargetFolder, flat_names
from netloom.data.formats.annotated.voc_masks import FOLDER, LABEL_MAP
from netloom.data.mask_files import usual_palette
from netloom.data.view import PARTS

_LISTS = {"train": "train", "valid": "val", "test": "test"}
_FLAGS = ("pose", "truncated", "difficult", "occluded")


def write(found: AnnotatedImages, target: TargetFolder) -> None:
    """Write a data set whose images have sizes."""
    names = flat_names([image.path for image in found.images])
    palette = usual_palette()
    has_masks = any(image.mask or _has_outlines(image) for image in found.images)
    masked: set[str] = set()
    for image in found.images:
        name = names[image.path]
        stem = name[: name.rfind(".")]
        target.copy(image.path, f"JPEGImages/{name}")
        if image.objects is not None:
            target.lines(f"Annotations/{stem}.xml", _annotation(image, name))
        levels_HW = levels_of_image(found, image) if has_masks else None
        if levels_HW is not None:
            masked.add(image.path)
            target.levels(f"{FOLDER}/{stem}.png", levels_HW, palette=palette)
    target.folder("Annotations")
    for kind in ("Main", *(["Segmentation"] if masked else [])):
        for part in PARTS:
            stems = [
                names[image.path][: names[image.path].rfind(".")]
                for image in found.images
                if image.part == part and (kind == "Main" or image.path in masked)
            ]
            if stems:
                target.lines(f"ImageSets/{kind}/{_LISTS[part]}.txt", stems)
    if masked:
        lines = ["# label:color_rgb:parts:actions"]
        for label, colour in zip(found.labels, palette):
            lines.append(f"{label}:{','.join(map(str, colour))}::")
        target.lines(LABEL_MAP, lines)


def _has_outlines(image: AnnotatedImage) -> bool:
    return any(each.outlines for each in image.objects or ())


def _annotation(image: AnnotatedImage, name: str) -> Iterator[str]:
    width, height = image.size or (0, 0)
    yield "<annotation>"
    yield f"  <filename>{escape(name)}</filename>"
    yield f"  <size><width>{width}</width><height>{height}</height><depth>3</depth></size>"
    yield f"  <segmented>{int(image.mask is not None)}</segmented>"
    for each in image.objects or ():
        yield from _object(each)
    yield "</annotation>"


def _object(each: ObjectAnnotation) -> Iterator[str]:
    left, top, right, bottom = each.box
    yield "  <object>"
    yield f"    <name>{escape(each.label or 'object')}</name>"
    for flag in _FLAGS:
        if flag in each.attributes:
            yield f"    <{flag}>{escape(each.attributes[flag])}</{flag}>"
    yield (
        f"    <bndbox><xmin>{left + 1!r}</xmin><ymin>{top + 1!r}</ymin>"
        f"<xmax>{right!r}</xmax><ymax>{bottom!r}</ymax></bndbox>"
    )
    others = {key: said for key, said in each.attributes.items() if key not in _FLAGS}
    if others:
        yield "    <attributes>"
        for key, said in others.items():
            entry = f"<name>{escape(key)}</name><value>{escape(said)}</value>"
            yield f"      <attribute>{entry}</attribute>"
        yield "    </attributes>"
    yield "  </object>"
