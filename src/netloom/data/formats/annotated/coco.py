"""COCO: one JSON file for each part, with boxes, polygons, run lengths and categories."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from netloom.data.annotations import AnnotatedImage, ObjectPlaces
from netloom.data.formats.annotated.annotated_images import (
    AnnotatedImages,
    AnnotationFormat,
    ReadingNotes,
    Recognition,
    read_result,
)
from netloom.data.formats.annotated.coco_objects import (
    CategorySpace,
    FoundObjects,
    ObjectReader,
    id_of,
)
from netloom.data.formats.annotated.collection_pause import collection_paused
from netloom.data.formats.annotated.json_documents import parse_json
from netloom.data.formats.annotated.json_places import entry_place
from netloom.data.formats.annotated.problems import LISTED_TWICE, MISSING_PICTURE, UNREADABLE
from netloom.data.formats.annotated.source_folder import PictureFinder, SourceFolder
from netloom.data.formats.annotated.target_folder import TargetFolder
from netloom.data.formats.part_names import part_named
from netloom.data.view import Part

NAME = "coco"
_LOOKED_AT = 64 << 10
_MOST_PIXELS = 1 << 30
_KEYS = ('"images"', '"annotations"', '"categories"')
_WORDS = re.compile(r"[A-Za-z]+")
_OTHER_KINDS = ("person_keypoints_", "captions_", "stuff_", "panoptic_", "image_info_")


def _recognise(folder: SourceFolder) -> Recognition | None:
    files = _files(folder)
    if not files:
        return None
    return Recognition(0.98, f"{files[0]} has images, annotations and categories")


def _files(folder: SourceFolder) -> list[str]:
    """The files of this form; those that describe the same pictures in another way are left out."""
    found = [path for path in folder.ending(".json") if _looks_like_coco(folder, path)]
    instances = [path for path in found if not _is_of_other_kind(path)]
    return instances or found


def _is_of_other_kind(path: str) -> bool:
    return path.rpartition("/")[2].startswith(_OTHER_KINDS)


def _looks_like_coco(folder: SourceFolder, path: str) -> bool:
    """By the first and last bytes, since such files are long."""
    try:
        text = folder.ends(path, _LOOKED_AT).decode("utf-8", errors="replace")
    except ValueError:
        return False
    return text.lstrip("\ufeff \r\n\t").startswith("{") and sum(key in text for key in _KEYS) >= 2


@collection_paused()
def _read(folder: SourceFolder) -> AnnotatedImages:
    notes = ReadingNotes()
    finder = PictureFinder(folder)
    space = CategorySpace()
    images: dict[str, AnnotatedImage] = {}
    files = _files(folder)
    for file in files:
        try:
            document = parse_json(folder.text(file))
        except (ValueError, RecursionError) as error:
            notes.problem(UNREADABLE, file, f"it is no JSON: {error}", file=file)
            continue
        space.add(_entries(document, "categories"))
        for image in _images_of(
            document, file, finder=finder, folder=folder, space=space, notes=notes
        ):
            if image.path in images:
                notes.problem_at(image.place, LISTED_TWICE, image.path, "it is listed twice")
            else:
                images[image.path] = image
    others = [path for path in folder.ending(".json") if _is_of_other_kind(path)]
    notes.ignored("files of keypoints, captions or other kinds", len(set(others) - set(files)))
    rest = len(folder.images) - len(images)
    notes.ignored("pictures that no file lists", rest)
    notes.guessed(finder.guessed)
    return read_result(NAME, folder, list(images.values()), notes, labels=space.names)


def _images_of(
    document: Any,
    file: str,
    *,
    finder: PictureFinder,
    folder: SourceFolder,
    space: CategorySpace,
    notes: ReadingNotes,
) -> Iterator[AnnotatedImage]:
    entries = _entries(document, "images")
    reader = ObjectReader(space, file, notes)
    objects = reader.by_image(_entries(document, "annotations"), entries)
    part = part_of_file(file)
    starts = _starts(folder, file, part)
    nothing = FoundObjects([], [])
    for number, entry in enumerate(entries):
        place = entry_place(file, number, "images")
        name = str(entry.get("file_name", ""))
        exact = (found for start in starts if (found := finder.at(start + name)))
        path = next(exact, None) or finder.find(name)
        if path is None:
            reason = "there is no such picture"
            notes.problem_at(place, MISSING_PICTURE, name or "an image", reason)
            continue
        said = objects.get(id_of(entry, "id"), nothing)
        yield AnnotatedImage(
            path=path,
            size=_size(entry),
            part=part,
            objects=tuple(said.values),
            place=place,
            object_places=ObjectPlaces(file, said.numbers, "annotations"),
        )


def _entries(document: Any, key: str) -> Sequence[Mapping[str, Any]]:
    found = document.get(key) if isinstance(document, dict) else None
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _size(entry: Mapping[str, Any]) -> tuple[int, int] | None:
    sides = entry.get("width"), entry.get("height")
    if all(isinstance(side, int | float) and 0 < side < _MOST_PIXELS for side in sides):
        return int(sides[0]), int(sides[1])  # type: ignore[arg-type]
    return None


def part_of_file(file: str) -> Part | None:
    """The part that a file, or the folder it lies in, is called after: ``instances_train2017.json``.

    >>> len(
    ...     [
    ...         file
    ...         for file in ("a/instances_val.json", "test/a.json", "b.json")
    ...         if part_of_file(file)
    ...     ]
    ... )
    2
    """
    *folders, name = file.split("/")
    for text in (name.rpartition(".")[0], *folders[-1:]):
        for word in _WORDS.findall(text):
            if part := part_named(word):
                return part
    return None


def _starts(folder: SourceFolder, file: str, part: Part | None) -> list[str]:
    """Folders in which a file's pictures are likely to lie, most likely first."""
    own = file[: file.rfind("/") + 1]
    folders: dict[str, int] = defaultdict(int)
    for path in folder.images:
        folders[path[: path.rfind("/") + 1]] += 1
    alike = [
        start
        for start in folders
        if part is not None and part_of_file(f"{start}x") == part and start != own
    ]
    return [own, *alike, f"{folder.base}images/", folder.base]


def _write(found: AnnotatedImages, target: TargetFolder) -> None:
    from netloom.data.formats.annotated.coco_writing import write

    write(found, target)


COCO = AnnotationFormat(
    name=NAME,
    carries=frozenset(
        (
            "parts",
            "boxes",
            "outlines",
            "several outlines",
            "holes",
            "labels",
            "attributes",
            "crowds",
            "order",
        )
    ),
    recognise=_recognise,
    read=_read,
    write=_write,
    in_pixels=frozenset(("holes",)),
)
