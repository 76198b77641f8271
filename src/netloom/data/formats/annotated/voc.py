"""Pascal VOC: an XML file for each picture, lists of parts, and masks with a palette."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from netloom.core.diagnostics import Place
from netloom.data.annotations import AnnotatedImage, Box, ObjectAnnotation, ObjectPlaces
from netloom.data.formats.annotated.annotated_images import (
    AnnotatedImages,
    AnnotationFormat,
    ReadingNotes,
    Recognition,
    read_result,
)
from netloom.data.formats.annotated.collection_pause import collection_paused
from netloom.data.formats.annotated.finite_numbers import finite
from netloom.data.formats.annotated.problems import LISTED_TWICE, MISSING_PICTURE, UNREADABLE
from netloom.data.formats.annotated.source_folder import PictureFinder, SourceFolder
from netloom.data.formats.annotated.target_folder import TargetFolder
from netloom.data.formats.annotated.xml_tree import XmlElement, parse_xml
from netloom.data.formats.listing import natural_key
from netloom.data.view import Part

NAME = "voc"
_ANNOTATIONS, _MASKS, _LISTS = "Annotations", "SegmentationClass", "ImageSets"
_LIST_PARTS: dict[str, Part] = {"train": "train", "val": "valid", "valid": "valid", "test": "test"}
_FLAGS = ("pose", "truncated", "difficult", "occluded")
_TRIED = 3


def _recognise(folder: SourceFolder) -> Recognition | None:
    files = _annotation_files(folder)
    for file in files[:_TRIED]:
        try:
            if parse_xml(folder.text(file)).name == "annotation":
                return Recognition(0.95, f"{file} is the XML file of a picture")
        except ValueError:
            continue
    if any(f"/{_MASKS}/" in f"/{path}" for path in folder.images):
        return Recognition(0.95, f"there is a folder {_MASKS}")
    return None


def _annotation_files(folder: SourceFolder) -> list[str]:
    """Those in folders of annotations; if there are none, all XML files."""
    found = [found.path for found in folder.files if found.path.lower().endswith(".xml")]
    inside = [path for path in found if f"/{_ANNOTATIONS.lower()}/" in f"/{path.lower()}"]
    return inside or found


@collection_paused()
def _read(folder: SourceFolder) -> AnnotatedImages:
    from netloom.data.formats.annotated.voc_masks import masks_of

    notes = ReadingNotes()
    pictures = [path for path in folder.images if "/Segmentation" not in f"/{path}"]
    others = [path for path in folder.images if "/SegmentationObject/" in f"/{path}"]
    notes.ignored("masks of single objects", len(others))
    finder = PictureFinder(folder, pictures)
    by_stem = _by_stem(pictures)
    parts = _parts(folder, notes)
    images: dict[str, AnnotatedImage] = {}
    for file in _annotation_files(folder):
        try:
            root = parse_xml(folder.text(file))
        except ValueError as error:
            notes.problem(UNREADABLE, file, str(error), file=file)
            continue
        if root.name == "annotation":
            _add(images, root, file=file, finder=finder, by_stem=by_stem, notes=notes)
    masks = masks_of(folder, by_stem, notes)
    labels = masks.labels or tuple(
        sorted(
            {each.label for image in images.values() for each in image.objects or () if each.label},
            key=natural_key,
        )
    )
    rest = [path for path in pictures if path not in images]
    unnamed = [path for path in rest if path not in masks.of_picture]
    if unnamed and images:
        notes.seen("pictures without an annotation file", unnamed[0], number=len(unnamed))
    everything = [*images.values(), *(AnnotatedImage(path=path) for path in rest)]
    complete = [
        replace(
            image,
            part=parts.get(PurePosixPath(image.path).stem),
            mask=masks.of_picture.get(image.path),
        )
        for image in everything
    ]
    notes.guessed(finder.guessed)
    return read_result(NAME, folder, masks.with_outlines(complete), notes, labels=labels)


def _add(
    images: dict[str, AnnotatedImage],
    root: XmlElement,
    *,
    file: str,
    finder: PictureFinder,
    by_stem: Mapping[str, Sequence[str]],
    notes: ReadingNotes,
) -> None:
    name = root.said("filename")
    path = _picture(name, file, finder, by_stem)
    if path is None:
        reason = "there is no such picture"
        notes.problem(MISSING_PICTURE, name or file, reason, file=file, line=root.line)
        return
    if path in images:
        reason = f"{images[path].place.file} describes it already"
        notes.problem(LISTED_TWICE, path, reason, file=file, line=root.line)
        return
    objects, lines = [], []
    for number, element in enumerate(root.all("object"), start=1):
        found = _object(element, f"{path}, object {number}", file, notes)
        if found is not None:
            objects.append(found)
            lines.append(element.line)
    images[path] = AnnotatedImage(
        path=path,
        size=_size(root),
        objects=tuple(objects),
        place=Place(file=file, line=root.line),
        object_places=ObjectPlaces(file, lines),
    )


def _picture(
    name: str, file: str, finder: PictureFinder, by_stem: Mapping[str, Sequence[str]]
) -> str | None:
    """The picture of an annotation file: the one of the same stem, or the one that it names."""
    stem = PurePosixPath(file).stem
    own = by_stem.get(stem.lower(), ())
    if len(own) == 1:
        return own[0]
    near = file.replace(f"{_ANNOTATIONS}/", "JPEGImages/")
    return finder.find(name, near=near[: near.rfind("/") + 1]) if name else None


def _by_stem(pictures: Sequence[str]) -> dict[str, list[str]]:
    stems: dict[str, list[str]] = {}
    for path in pictures:
        stems.setdefault(PurePosixPath(path).stem.lower(), []).append(path)
    return stems


def _size(root: XmlElement) -> tuple[int, int] | None:
    try:
        size = int(root.said("size", "width")), int(root.said("size", "height"))
    except ValueError:
        return None
    return size if all(size) else None


def _object(
    element: XmlElement, name: str, file: str, notes: ReadingNotes
) -> ObjectAnnotation | None:
    """An object; its box counts from pixel 1 to the last pixel that belongs to it."""
    bounds = element.first("bndbox")
    sides = [bounds.said(side) if bounds else "" for side in ("xmin", "ymin", "xmax", "ymax")]
    try:
        left, top, right, bottom = (finite(side) for side in sides)
    except ValueError:
        reason = "its box is missing or holds no numbers"
        notes.problem(UNREADABLE, name, reason, file=file, line=element.line)
        return None
    flags = {flag: element.said(flag) for flag in _FLAGS}
    attributes = {flag: said for flag, said in flags.items() if said not in ("", "0")}
    for others in element.all("attributes"):
        for entry in others.all("attribute"):
            attributes[entry.said("name")] = entry.said("value")
    if attributes.get("pose") == "Unspecified":
        del attributes["pose"]
    return ObjectAnnotation(
        box=Box(left - 1, top - 1, right, bottom),
        label=element.said("name") or None,
        attributes=attributes,
    )


def _parts(folder: SourceFolder, notes: ReadingNotes) -> dict[str, Part]:
    """The part of each stem, from lists called after parts."""
    parts: dict[str, Part] = {}
    lists = [path for path in folder.ending(".txt") if f"/{_LISTS}/" in f"/{path}"]
    for path in lists:
        part = _LIST_PARTS.get(PurePosixPath(path).stem)
        if part is not None:
            # A line may go on behind a tab: whether the picture shows a class.
            for line in notes.lines(folder, path):
                parts.setdefault(PurePosixPath(line.split("\t")[0]).name, part)
    return parts


def _write(found: AnnotatedImages, target: TargetFolder) -> None:
    from netloom.data.formats.annotated.voc_writing import write

    write(found, target)


VOC = AnnotationFormat(
    name=NAME,
    carries=frozenset({"parts", "boxes", "labels", "attributes", "masks", "unlooked"}),
    recognise=_recognise,
    read=_read,
    write=_write,
)
