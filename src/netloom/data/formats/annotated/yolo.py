"""YOLO: a text file for each picture, one line for each object, in shares of the picture's sides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Literal

from netloom.core.diagnostics import Place
from netloom.data.annotations import (
    AnnotatedImage,
    Box,
    ObjectAnnotation,
    ObjectPlaces,
    PackedRing,
    Ring,
    box_around,
)
from netloom.data.formats.annotated.annotated_images import (
    AnnotatedImages,
    AnnotationFormat,
    ReadingNotes,
    Recognition,
    read_result,
)
from netloom.data.formats.annotated.collection_pause import collection_paused
from netloom.data.formats.annotated.finite_numbers import are_finite
from netloom.data.formats.annotated.picture_sizes import picture_size
from netloom.data.formats.annotated.problems import FEW_CORNERS, UNKNOWN_LABEL, UNREADABLE
from netloom.data.formats.annotated.source_folder import SourceFolder
from netloom.data.formats.annotated.target_folder import TargetFolder, flat_names
from netloom.data.formats.annotated.yolo_layout import (
    description_file,
    description_of,
    label_of,
    label_paths,
    pictures_by_part,
)
from netloom.data.view import Part

Shapes = Literal["boxes", "outlines"]
_FOLDERS: dict[Part | None, str] = {"train": "train", "valid": "val", "test": "test", None: "all"}
_LOOKED_AT = 50


def _recognise(folder: SourceFolder, *, shapes: Shapes) -> Recognition | None:
    labels = label_paths(folder)
    own = [label for path in folder.images if (label := label_of(path, labels))]
    lines = list(_first_lines(folder, own))
    if 2 * sum(map(_looks_right, lines)) < len(lines) or not own:
        return None
    file = description_file(folder)
    if file is None and not lines:
        return None
    has_outlines = any(len(line.split()) > 6 for line in lines)
    sureness = (0.97 if file else 0.85) if has_outlines == (shapes == "outlines") else 0.5
    if file:
        return Recognition(sureness, f"{file} describes pictures with label files of {shapes}")
    return Recognition(sureness, f"there are label files of {shapes} beside the pictures")


def _first_lines(folder: SourceFolder, files: Sequence[str]) -> Iterator[str]:
    for file in files[:_LOOKED_AT]:
        try:
            yield from (line for line in folder.text(file).split("\n")[:20] if line.strip())
        except ValueError:
            yield "no text"


def _looks_right(line: str) -> bool:
    pieces = line.split()
    try:
        numbers = [float(piece) for piece in pieces]
    except ValueError:
        return False
    return len(numbers) >= 5 and numbers[0] >= 0 and numbers[0].is_integer()


@collection_paused()
def _read(folder: SourceFolder, *, name: str) -> AnnotatedImages:
    notes = ReadingNotes()
    description = description_of(folder, notes)
    labels = label_paths(folder)
    reader = _LineReader(folder, description.names, notes, boxes_only=description.has_keypoints)
    images, empty = [], []
    pictures = pictures_by_part(folder, description, labels, notes)
    looked_at = {pictures[path] for path in pictures if label_of(path, labels)}
    for path, part in pictures.items():
        file = label_of(path, labels)
        if file is None and part in looked_at:
            empty.append(path)
        image = AnnotatedImage(path=path, part=part, place=Place(file=file))
        if file is not None:
            objects, places = reader.objects(path, file)
            image = replace(image, objects=objects, object_places=places)
        elif part in looked_at:
            image = replace(image, objects=())
        images.append(image)
    if empty:
        what = "pictures without a label file, which count as pictures without objects"
        notes.seen(what, empty[0], number=len(empty))
    notes.ignored("keypoints of objects", reader.num_keypoints)
    notes.ignored("confidences behind boxes", reader.num_confidences)
    return read_result(name, folder, images, notes, labels=reader.names)


class _LineReader:
    """Turns the lines of label files into objects."""

    def __init__(
        self,
        folder: SourceFolder,
        names: tuple[str, ...] | None,
        notes: ReadingNotes,
        *,
        boxes_only: bool,
    ) -> None:
        self._folder = folder
        self._names = names
        self._notes = notes
        self._boxes_only = boxes_only
        self._highest = -1
        self.num_keypoints = 0
        self.num_confidences = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The label space; numbers where nothing gives names."""
        if self._names is not None:
            return self._names
        return tuple(str(number) for number in range(self._highest + 1))

    def objects(
        self, picture: str, file: str
    ) -> tuple[tuple[ObjectAnnotation, ...], ObjectPlaces | None]:
        """The objects of a picture; none if its size cannot be told, for it cannot be decoded either."""
        size = picture_size(self._folder, picture)
        try:
            text = self._folder.text(file)
        except ValueError as error:
            self._notes.problem(UNREADABLE, picture, str(error), file=file)
            return (), None
        if size is None:
            return (), None
        found, lines = [], []
        for line, content in enumerate(text.split("\n"), start=1):
            if not content.strip():
                continue
            each = self._object(content, size, picture, file, line)
            if each is not None:
                found.append(each)
                lines.append(line)
        return tuple(found), ObjectPlaces(file, lines)

    def _object(
        self, content: str, size: tuple[int, int], picture: str, file: str, line: int
    ) -> ObjectAnnotation | None:
        try:
            number, *shares = (float(piece) for piece in content.split())
            if not are_finite([number, *shares]):
                raise ValueError("it is not a number, or infinite")
            label = self._label(number)
        except ValueError:
            reason = f"{content.strip()[:40]!r} is no list of numbers"
            self._notes.problem(UNREADABLE, picture, reason, file=file, line=line)
            return None
        if label is None:
            reason = f"there is no class {number:g}"
            self._notes.problem(UNKNOWN_LABEL, picture, reason, file=file, line=line)
            return None
        if self._boxes_only and len(shares) > 4:
            self.num_keypoints += 1
            del shares[4:]
        if len(shares) == 5:
            self.num_confidences += 1
            del shares[4:]
        if len(shares) == 4:
            return ObjectAnnotation(box=_box(shares, size), label=label)
        if len(shares) < 6 or len(shares) % 2:
            kind = FEW_CORNERS if len(shares) in (0, 2) else UNREADABLE
            reason = f"{len(shares)} numbers are neither a box nor an outline"
            self._notes.problem(kind, picture, reason, file=file, line=line)
            return None
        ring = _ring(shares, size)
        return ObjectAnnotation(box=box_around((ring,)), label=label, outlines=(ring,))

    def _label(self, number: float) -> str | None:
        if number < 0 or not number.is_integer():
            return None
        self._highest = max(self._highest, int(number))
        if self._names is None:
            return str(int(number))
        return self._names[int(number)] if number < len(self._names) else None


def _box(shares: Sequence[float], size: tuple[int, int]) -> Box:
    x, y, width, height = shares
    across, down = size
    return Box(
        (x - width / 2) * across,
        (y - height / 2) * down,
        (x + width / 2) * across,
        (y + height / 2) * down,
    )


def _ring(shares: Sequence[float], size: tuple[int, int]) -> Ring:
    width, height = size
    numbers = list(shares)
    numbers[::2] = [share * width for share in shares[::2]]
    numbers[1::2] = [share * height for share in shares[1::2]]
    return PackedRing(numbers)


def _write(found: AnnotatedImages, target: TargetFolder, *, shapes: Shapes) -> None:
    names = flat_names([image.path for image in found.images])
    labels = list(found.labels)
    if any(each.label is None for image in found.images for each in image.objects or ()):
        labels.append("object")
    numbers = {label: number for number, label in enumerate(labels)}
    for image in found.images:
        place, name = _FOLDERS[image.part], names[image.path]
        target.copy(image.path, f"images/{place}/{name}")
        if image.objects is None or image.size is None:
            continue
        lines = [_line(each, image.size, numbers, shapes) for each in image.objects]
        target.lines(f"labels/{place}/{name[: name.rfind('.')]}.txt", lines)
    target.text("data.yaml", _description(found, labels))


def _line(
    each: ObjectAnnotation, size: tuple[int, int], numbers: dict[str, int], shapes: Shapes
) -> str:
    width, height = size
    if shapes == "outlines":
        ring = each.outlines[0] if each.outlines else each.box.ring
        shares = [share for x, y in ring for share in (x / width, y / height)]
    else:
        left, top, right, bottom = each.box
        shares = [(left + right) / 2 / width, (top + bottom) / 2 / height]
        shares += [(right - left) / width, (bottom - top) / height]
    return " ".join([str(numbers[each.label or "object"]), *(f"{share:.8g}" for share in shares)])


def _description(found: AnnotatedImages, labels: Sequence[str]) -> str:
    from json import dumps

    parts = {image.part for image in found.images}
    # Those who train with it need both; the same pictures twice say that they are not divided.
    train, valid = ("train", "val") if parts - {None} else ("all", "all")
    lines = ["path: .", f"train: images/{train}", f"val: images/{valid}"]
    lines += ["test: images/test"] if "test" in parts else []
    lines.append("names:" if labels else "names: {}")
    lines += [
        f"  {number}: {dumps(label, ensure_ascii=False)}" for number, label in enumerate(labels)
    ]
    return "".join(f"{line}\n" for line in lines)


YOLO = AnnotationFormat(
    name="yolo",
    carries=frozenset({"parts", "boxes", "labels", "order"}),
    recognise=partial(_recognise, shapes="boxes"),
    read=partial(_read, name="yolo"),
    write=partial(_write, shapes="boxes"),
    tolerance=1e-3,
)
YOLO_SEGMENT = AnnotationFormat(
    name="yolo_segment",
    carries=frozenset({"parts", "outlines", "labels", "order"}),
    recognise=partial(_recognise, shapes="outlines"),
    read=partial(_read, name="yolo_segment"),
    write=partial(_write, shapes="outlines"),
    tolerance=1e-3,
)
