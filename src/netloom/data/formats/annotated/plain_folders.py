"""Pictures without further files: without labels, in class folders, or with a folder ``test``."""

from __future__ import annotations

from netloom.core.errors import InvalidData
from netloom.data.annotations import AnnotatedImage
from netloom.data.formats.annotated.annotated_images import (
    AnnotatedImages,
    AnnotationFormat,
    ReadingNotes,
    Recognition,
    read_result,
)
from netloom.data.formats.annotated.problems import NO_ANNOTATION
from netloom.data.formats.annotated.source_folder import SourceFolder
from netloom.data.formats.annotated.target_folder import TargetFolder, flat_names
from netloom.data.formats.listing import Found, natural_key, with_labels
from netloom.data.formats.part_names import part_named
from netloom.data.path_text import readable_name

_TEST = "test"
_FOLDERS = {"train": "train", "valid": "valid", "test": "test", None: "train"}
UNSORTED = "unsorted"
"""Folder of pictures without class."""


def _pictures(folder: SourceFolder) -> list[Found]:
    return [folder.by_path[path] for path in folder.images]


def _recognise_unlabelled(folder: SourceFolder) -> Recognition | None:
    if not folder.images:
        return None
    return Recognition(0.1, f"there are {len(folder.images)} pictures")


def _read_unlabelled(folder: SourceFolder) -> AnnotatedImages:
    images = [AnnotatedImage(path=path) for path in folder.images]
    return read_result("unlabelled", folder, images, ReadingNotes())


def _write_unlabelled(found: AnnotatedImages, target: TargetFolder) -> None:
    for image in found.images:
        target.copy(image.path, readable_name(image.path))


def _recognise_classes(folder: SourceFolder) -> Recognition | None:
    if any(not path.lower().endswith((".txt", ".md")) for path in _others(folder)):
        return None
    try:
        found = with_labels(_pictures(folder), labels="folders", layout="auto", root=folder.root)
    except (InvalidData, IndexError):
        return None
    names = {image.label for image in found if image.label is not None}
    if len(names) < 2:
        return None
    is_sorted = all(image.label is not None for image in found)
    is_sorted = is_sorted and not any(map(part_named, names))  # some of them are something else
    return Recognition(0.6 if is_sorted else 0.2, f"pictures lie in {len(names)} class folders")


def _others(folder: SourceFolder) -> list[str]:
    images = set(folder.images)
    return [found.path for found in folder.files if found.path not in images]


def _read_classes(folder: SourceFolder) -> AnnotatedImages:
    notes = ReadingNotes()
    found = with_labels(_pictures(folder), labels="folders", layout="auto", root=folder.root)
    images = []
    for each in found:
        if each.label is None:
            reason = "it lies outside the class folders"
            notes.problem(NO_ANNOTATION, each.path, reason, file=each.path)
        else:
            label = readable_name(each.label)
            images.append(AnnotatedImage(path=each.path, part=each.part, label=label))
    labels = sorted({image.label for image in images if image.label}, key=natural_key)
    return read_result("classes", folder, images, notes, labels=labels)


def _write_classes(found: AnnotatedImages, target: TargetFolder) -> None:
    names = flat_names([image.path for image in found.images])
    has_parts = any(image.part for image in found.images)
    for image in found.images:
        part = f"{_FOLDERS[image.part]}/" if has_parts else ""
        label = (image.label or UNSORTED).replace("/", "_")
        target.copy(image.path, f"{part}{label}/{names[image.path]}")


def _recognise_distillation(folder: SourceFolder) -> Recognition | None:
    inside = [path for path in folder.images if _is_test(folder, path)]
    if not inside or len(inside) == len(folder.images):
        return None
    return Recognition(0.3, f"there is a folder {_TEST} beside other pictures")


def _read_distillation(folder: SourceFolder) -> AnnotatedImages:
    images = [
        AnnotatedImage(path=path, part="test" if _is_test(folder, path) else None)
        for path in folder.images
    ]
    return read_result("distillation", folder, images, ReadingNotes())


def _is_test(folder: SourceFolder, path: str) -> bool:
    return path.removeprefix(folder.base).lower().startswith(f"{_TEST}/")


def _write_distillation(found: AnnotatedImages, target: TargetFolder) -> None:
    names = flat_names([image.path for image in found.images])
    for image in found.images:
        place = _TEST if image.part == "test" else "images"
        target.copy(image.path, f"{place}/{names[image.path]}")


UNLABELLED = AnnotationFormat(
    name="unlabelled",
    carries=frozenset(),
    recognise=_recognise_unlabelled,
    read=_read_unlabelled,
    write=_write_unlabelled,
)
CLASSES = AnnotationFormat(
    name="classes",
    carries=frozenset(("parts", "classes")),
    recognise=_recognise_classes,
    read=_read_classes,
    write=_write_classes,
)
DISTILLATION = AnnotationFormat(
    name="distillation",
    carries=frozenset(("test part",)),
    recognise=_recognise_distillation,
    read=_read_distillation,
    write=_write_distillation,
)
