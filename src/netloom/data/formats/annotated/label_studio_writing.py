"""Writing Label Studio's JSON, for its import and for reading it back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from netloom.data.annotations import AnnotatedImage, ObjectAnnotation
from netloom.data.formats.annotated.annotated_images import AnnotatedImages
from netloom.data.formats.annotated.conversions import mask_of_object
from netloom.data.formats.annotated.label_studio_brush import brush_of_mask
from netloom.data.formats.annotated.target_folder import TargetFolder
from netloom.data.path_text import readable_name


def write(found: AnnotatedImages, target: TargetFolder) -> None:
    """Write a data set whose images have sizes."""
    tasks = []
    for number, image in enumerate(found.images, start=1):
        name = f"images/{readable_name(image.path)}"
        target.copy(image.path, name)
        data = {"image": f"/data/local-files/?d={quote(name)}"}
        if image.part:
            data["part"] = image.part
        results = list(_results(image, number))
        is_annotated = image.objects is not None or bool(results)
        annotations = [{"id": number, "result": results}] if is_annotated else []
        tasks.append({"id": number, "data": data, "annotations": annotations})
    target.json("tasks.json", tasks)


def _results(image: AnnotatedImage, number: int) -> Iterator[dict[str, Any]]:
    width, height = image.size or (0, 0)
    shared = {
        "to_name": "image",
        "original_width": width,
        "original_height": height,
        "image_rotation": 0,
    }
    if image.label is not None:
        value = {"choices": [image.label]}
        yield shared | {
            "id": f"{number}-c",
            "from_name": "class",
            "type": "choices",
            "value": value,
        }
    if image.text is not None:
        value = {"text": [image.text]}
        yield shared | {
            "id": f"{number}-t",
            "from_name": "text",
            "type": "textarea",
            "value": value,
        }
    for place, each in enumerate(image.objects or (), start=1):
        for name, kind, said in _object(each, (width, height)):
            yield shared | {
                "id": f"{number}-{place}",
                "from_name": name,
                "type": kind,
                "value": said,
            }


def _object(
    each: ObjectAnnotation, size: tuple[int, int]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    kind, value = _shape(each, size)
    if each.label is not None:
        yield "label", f"{kind}labels", value | {f"{kind}labels": [each.label]}
    else:
        yield "place", kind, value
    if each.text is not None:
        yield "transcription", "textarea", {**value, "text": [each.text]}
    for name, said in each.attributes.items():
        yield name, "choices", {**value, "choices": [said]}


def _shape(each: ObjectAnnotation, size: tuple[int, int]) -> tuple[str, dict[str, Any]]:
    width, height = size
    if not each.outlines:
        left, top, right, bottom = each.box
        shares = {
            "x": left / width * 100,
            "y": top / height * 100,
            "width": (right - left) / width * 100,
            "height": (bottom - top) / height * 100,
            "rotation": 0,
        }
        return "rectangle", shares
    if each.holes or len(each.outlines) > 1:
        mask_HW = mask_of_object(each, size)
        if mask_HW.any():
            return "brush", {"format": "rle", "rle": brush_of_mask(mask_HW)}
    points = [[x / width * 100, y / height * 100] for x, y in each.outlines[0]]
    return "polygon", {"points": points, "closed": True}
