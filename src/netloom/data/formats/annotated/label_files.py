"""Pictures with a ``label.txt``: rectangles or polygons, with class names or with what is written there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Literal

from netloom.core.diagnostics import Place
from netloom.data.annotations import (
    AnnotatedImage,
    Box,
    ObjectAnnotation,
    ObjectPlaces,
    Ring,
    box_around,
)
from netloom.data.formats.annotated.annotated_images import (
    AnnotatedImages,
    AnnotationFormat,
    Fact,
    ReadingNotes,
    Recognition,
    read_result,
)
from netloom.data.formats.annotated.collection_pause import collection_paused
from netloom.data.formats.annotated.label_text import Entry, Fault, Record, parse_label_text
from netloom.data.formats.annotated.problems import (
    FEW_CORNERS,
    LISTED_TWICE,
    MISSING_PICTURE,
    UNREADABLE,
)
from netloom.data.formats.annotated.source_folder import PictureFinder, SourceFolder
from netloom.data.formats.annotated.target_folder import TargetFolder
from netloom.data.formats.listing import natural_key
from netloom.data.formats.part_names import part_named
from netloom.data.path_text import readable_name
from netloom.data.view import Part

FILE = "label.txt"
_NAMES = (FILE, "labels.txt")
Shapes = Literal["rectangles", "polygons"]
Says = Literal["labels", "texts"]
_LOOKED_AT = 64 << 10
_MANY = 20


@collection_paused()
def _read(folder: SourceFolder, *, name: str, says: Says) -> AnnotatedImages:
    notes = ReadingNotes()
    finder = PictureFinder(folder)
    images: dict[str, AnnotatedImage] = {}
    for file, text in label_texts(folder, notes):
        for found in parse_label_text(text):
            if isinstance(found, Fault):
                _tell(notes, found, file)
            else:
                _add(images, found, file=file, finder=finder, notes=notes, says=says)
    listed = set(images)
    rest = [path for path in folder.images if path not in listed]
    if rest:
        what = "pictures in no label.txt, in which nobody has looked for objects"
        notes.seen(what, rest[0], number=len(rest))
    ordered = [*images.values(), *(AnnotatedImage(path=path) for path in rest)]
    notes.guessed(finder.guessed)
    labels = sorted(
        {o.label for image in ordered for o in image.objects or () if o.label}, key=natural_key
    )
    return read_result(name, folder, ordered, notes, labels=labels)


def label_files(folder: SourceFolder) -> list[str]:
    """The label files, those at the top first."""
    return [path for path in folder.ending(*_NAMES) if path.rpartition("/")[2].lower() in _NAMES]


def label_texts(folder: SourceFolder, notes: ReadingNotes) -> Iterator[tuple[str, str]]:
    """The label files with what is written in them; those that cannot be read are noted."""
    for file in label_files(folder):
        try:
            text = folder.text(file)
        except ValueError as error:
            notes.problem(UNREADABLE, file, str(error), file=file)
        else:
            yield file, text


def _add(
    images: dict[str, AnnotatedImage],
    record: Record,
    *,
    file: str,
    finder: PictureFinder,
    notes: ReadingNotes,
    says: Says,
) -> None:
    near = file[: file.rfind("/") + 1]
    path = finder.find(record.path, near=near)
    if path is None:
        reason = "there is no such picture beside the label file"
        notes.problem(MISSING_PICTURE, record.path, reason, file=file, line=record.line)
        return
    if path in images:
        first = images[path].place.line
        reason = f"line {first} lists it already"
        notes.problem(LISTED_TWICE, record.path, reason, file=file, line=record.line)
        return
    if record.told != len(record.entries):
        where = f"{file}:{record.line}: {record.told}, and {len(record.entries)} follow"
        notes.seen("records that announce another number of objects than they have", where)
    images[path] = AnnotatedImage(
        path=path,
        size=record.size,
        part=_part_of(near),
        objects=tuple(_object(entry, says) for entry in record.entries),
        place=Place(file=file, line=record.line),
        object_places=ObjectPlaces(file, [entry.line for entry in record.entries]),
    )


def _part_of(near: str) -> Part | None:
    """The part that the folder of a label file is called after."""
    return part_named(near.rstrip("/").rpartition("/")[2])


def _object(entry: Entry, says: Says) -> ObjectAnnotation:
    shape, said = entry.shape, entry.label or None
    label, text = (said, None) if says == "labels" else (None, said)
    if isinstance(shape, Box):
        return ObjectAnnotation(box=shape, label=label, text=text)
    return ObjectAnnotation(box=box_around((shape,)), label=label, text=text, outlines=(shape,))


def _tell(notes: ReadingNotes, fault: Fault, file: str) -> None:
    if fault.kind == "noise":
        notes.seen("lines with dots alone, which were ignored", f"{file}:{fault.line}")
        return
    kind = FEW_CORNERS if fault.kind == "corners" else UNREADABLE
    notes.problem(kind, fault.name, fault.reason, file=file, line=fault.line)


def _recognise(folder: SourceFolder, *, shapes: Shapes, says: Says) -> Recognition | None:
    for file in label_files(folder):
        try:
            text = folder.text(file)[:_LOOKED_AT]
        except ValueError:
            continue
        records = [found for found in parse_label_text(text) if isinstance(found, Record)]
        entries = [entry for record in records for entry in record.entries]
        if not records:
            continue
        has_polygons = any(not isinstance(entry.shape, Box) for entry in entries)
        if has_polygons != (shapes == "polygons"):
            continue
        reason = f"{file} has records with {shapes}"
        looks_like_texts = _look_like_texts([entry.label for entry in entries])
        return Recognition(0.95 if looks_like_texts == (says == "texts") else 0.6, reason)
    return None


def _look_like_texts(labels: Sequence[str]) -> bool:
    """Class names come again and again; what is written somewhere hardly does."""
    return len(labels) >= _MANY and len(set(labels)) > len(labels) / 2


def _write(found: AnnotatedImages, target: TargetFolder, *, shapes: Shapes, says: Says) -> None:
    lines: list[str] = []
    for image in found.images:
        name = readable_name(image.path)
        target.copy(image.path, name)
        if image.objects is not None and image.size is not None:
            lines += [f"{name},{image.size[0]},{image.size[1]}", f"{len(image.objects)}"]
            lines += _lines_of(image.objects, shapes, says)
    target.lines(FILE, lines)


def _lines_of(objects: Sequence[ObjectAnnotation], shapes: Shapes, says: Says) -> Iterator[str]:
    for each in objects:
        if shapes == "rectangles":
            yield ",".join(map(_whole, each.box))
        else:
            ring = each.outlines[0] if each.outlines else each.box.ring
            yield _polygon(ring)
        said = (each.label if says == "labels" else each.text) or ""
        yield " ".join(said.split())


def _polygon(ring: Ring) -> str:
    return ",".join(f"({_whole(x)},{_whole(y)})" for x, y in ring)


def _whole(number: float) -> str:
    """The grammar has whole numbers only; halves go up."""
    return str(int(number + 0.5) if number >= 0 else -int(0.5 - number))


def _format(name: str, shapes: Shapes, says: Says) -> AnnotationFormat:
    place: Fact = "boxes" if shapes == "rectangles" else "outlines"
    facts: frozenset[Fact] = frozenset({place, says, "unlooked"})
    return AnnotationFormat(
        name=name,
        carries=facts,
        recognise=partial(_recognise, shapes=shapes, says=says),
        read=partial(_read, name=name, says=says),
        write=partial(_write, shapes=shapes, says=says),
        tolerance=0.5,
    )


RECTANGLES = _format("rectangles", "rectangles", "labels")
POLYGONS = _format("polygons", "polygons", "labels")
TEXT_RECTANGLES = _format("text_rectangles", "rectangles", "texts")
TEXT_POLYGONS = _format("text_polygons", "polygons", "texts")
