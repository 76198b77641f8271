"""Tables that say everything: ``path, part, label, text, mask, target, objects``, as JSON Lines or CSV."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from netloom.core.diagnostics import Place
from netloom.core.errors import InvalidData
from netloom.data.annotations import AnnotatedImage, Box, ObjectAnnotation, Ring, box_around
from netloom.data.formats.annotated.annotated_images import (
    AnnotatedImages,
    AnnotationFormat,
    Fact,
    ReadingNotes,
    Recognition,
    read_result,
)
from netloom.data.formats.annotated.collection_pause import collection_paused
from netloom.data.formats.annotated.finite_numbers import finite
from netloom.data.formats.annotated.problems import (
    LISTED_TWICE,
    MISSING_PICTURE,
    NO_PARTNER,
    UNKNOWN_LABEL,
    UNREADABLE,
)
from netloom.data.formats.annotated.source_folder import PictureFinder, SourceFolder
from netloom.data.formats.annotated.target_folder import TargetFolder
from netloom.data.formats.annotated.text_of_values import attributes_of
from netloom.data.formats.column_names import IMAGE_PATHS, LABELS, PARTS, find_column
from netloom.data.formats.listing import natural_key
from netloom.data.formats.manifest import text_of
from netloom.data.formats.part_names import PART_OF_NAME, part_named
from netloom.data.formats.text_table import Row, read_text_table
from netloom.data.path_text import readable_name

_SUFFIXES = {"jsonl": (".jsonl", ".ndjson"), "csv": (".csv", ".tsv")}
_OWN_COLUMNS = ("text", "mask", "target", "objects")
_LABELS = tuple(name for name in LABELS if name not in _OWN_COLUMNS)
_CLASSES = "classes.txt"
_LOOKED_AT = 16 << 10
_PATH_KEY = re.compile(r'"(path|file|file_name|image|filename)"')


def _table_files(folder: SourceFolder, kind: str) -> list[str]:
    return list(folder.ending(*_SUFFIXES[kind]))


def _recognise(folder: SourceFolder, *, kind: str) -> Recognition | None:
    for file in _table_files(folder, kind):
        try:
            start = folder.text(file)[:_LOOKED_AT].partition("\n")[0].lower()
        except ValueError:
            continue
        has_paths = (
            _PATH_KEY.search(start)
            if kind == "jsonl"
            else any(re.search(rf"\b{name}\b", start) for name in IMAGE_PATHS)
        )
        if has_paths:
            return Recognition(0.92, f"{file} is a table with a column of paths")
    return None


@collection_paused()
def _read(folder: SourceFolder, *, kind: str) -> AnnotatedImages:
    notes = ReadingNotes()
    images: dict[str, AnnotatedImage] = {}
    declared = _declared_labels(folder, notes)
    for file in _table_files(folder, kind):
        try:
            table = read_text_table(
                folder.content(file),
                name=file,
                headers=[*IMAGE_PATHS, *LABELS, *_OWN_COLUMNS],
                without_header=("path", "label", "part"),
            )
        except (ValueError, InvalidData) as error:
            notes.problem(UNREADABLE, file, str(error), file=file)
            continue
        reader = _RowReader(folder, file, table.columns, notes, declared)
        for row in table.rows:
            reader.add(row, images)
        notes.guessed(reader.finder.guessed)
    said = {each.label for image in images.values() for each in image.objects or () if each.label}
    said |= {image.label for image in images.values() if image.label}
    labels = declared or tuple(sorted(said, key=natural_key))
    used = {path for image in images.values() for path in (image.path, image.mask, image.target)}
    notes.ignored("pictures that no table lists", len(set(folder.images) - used))
    return read_result(kind, folder, list(images.values()), notes, labels=labels)


def _declared_labels(folder: SourceFolder, notes: ReadingNotes) -> tuple[str, ...]:
    for path in folder.ending(_CLASSES):
        return tuple(notes.lines(folder, path))
    return ()


class _UnusableError(Exception):
    pass


class _RowReader:
    """Turns the rows of one table into images."""

    def __init__(
        self,
        folder: SourceFolder,
        file: str,
        columns: Sequence[str],
        notes: ReadingNotes,
        declared: Sequence[str],
    ) -> None:
        self.finder = PictureFinder(folder)
        self._others = PictureFinder(folder, [found.path for found in folder.files])
        self._file = file
        self._near = file[: file.rfind("/") + 1]
        self._notes = notes
        self._declared = frozenset(declared)
        self._path = find_column(columns, None, IMAGE_PATHS) or ""
        self._label = find_column(columns, None, _LABELS) or ""
        self._part = find_column(columns, None, PARTS) or ""
        self._own = {name: find_column(columns, None, (name,)) or "" for name in _OWN_COLUMNS}

    def add(self, row: Row, images: dict[str, AnnotatedImage]) -> None:
        """Add the image of a row, or note why it cannot be used."""
        name = f"row {row.line}"
        try:
            if row.problem:
                raise _UnusableError(row.problem)
            name = text_of(row.cells.get(self._path)) or name
            image = self._image(row, name)
        except (_UnusableError, TypeError, ValueError) as error:
            self._note(UNREADABLE, name, str(error), row)
            return
        if image is None:
            return
        if image.path in images:
            reason = f"line {images[image.path].place.line} lists it already"
            self._note(LISTED_TWICE, name, reason, row)
            return
        images[image.path] = image

    def _note(self, kind: Any, name: str, reason: str, row: Row) -> None:
        self._notes.problem(kind, name, reason, file=self._file, line=row.line)

    def _image(self, row: Row, name: str) -> AnnotatedImage | None:
        path = self.finder.find(name, near=self._near)
        if path is None:
            self._note(MISSING_PICTURE, name, "there is no such picture", row)
            return None
        part = text_of(row.cells.get(self._part))
        if part and part_named(part) is None:
            known = ", ".join(PART_OF_NAME)
            raise _UnusableError(f"its part is {part!r}, which is none of {known}")
        label = text_of(row.cells.get(self._label)) or None
        if label and self._declared and label not in self._declared:
            self._note(UNKNOWN_LABEL, name, f"{label!r} is not in {_CLASSES}", row)
            label = None
        files: dict[str, str | None] = {}
        for kind in ("mask", "target"):
            said = text_of(row.cells.get(self._own[kind]))
            files[kind] = self._others.find(said, near=self._near) if said else None
            if said and files[kind] in (None, path):
                self._note(NO_PARTNER, name, f"its {kind} {said} does not exist", row)
                return None
        text = row.cells.get(self._own["text"])
        is_said = text is not None and (text != "" or self._file.lower().endswith("l"))
        return AnnotatedImage(
            path=path,
            part=part_named(part) if part else None,
            label=label,
            text=str(text) if is_said else None,
            objects=self._objects(row, name),
            place=Place(file=self._file, line=row.line),
            mask=files["mask"],
            target=files["target"],
        )

    def _objects(self, row: Row, name: str) -> tuple[ObjectAnnotation, ...] | None:
        given = row.cells.get(self._own["objects"])
        if given is None or given == "":
            return None
        if isinstance(given, str):
            try:
                given = json.loads(given)
            except (ValueError, RecursionError) as error:
                raise _UnusableError(f"its objects are no JSON: {error}") from None
        if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
            raise _UnusableError("its objects are no list of JSON objects")
        found = []
        for number, each in enumerate(given, start=1):
            label = each.get("label")
            if label is not None and self._declared and label not in self._declared:
                reason = f"{label!r} is not in {_CLASSES}"
                self._note(UNKNOWN_LABEL, f"{name}, object {number}", reason, row)
                continue
            try:
                found.append(_object(each))
            except (TypeError, ValueError, KeyError) as error:
                reason = str(error) or "it cannot be read"
                self._note(UNREADABLE, f"{name}, object {number}", reason, row)
        return tuple(found)


def _object(given: Mapping[str, Any]) -> ObjectAnnotation:
    outlines, holes = (_rings(given.get(key)) for key in ("outlines", "holes"))
    sides = given.get("box")
    if sides is None and not any(outlines):
        raise ValueError("it has neither a box nor outlines")
    if sides is not None and len(sides) != 4:
        raise ValueError("its box is no list of left, top, right, bottom")
    label, text = given.get("label"), given.get("text")
    return ObjectAnnotation(
        box=Box(*map(_number, sides)) if sides is not None else box_around(outlines),
        label=None if label is None else str(label),
        outlines=outlines,
        holes=holes,
        text=None if text is None else str(text),
        attributes=attributes_of(given.get("attributes")),
        is_crowd=given.get("crowd") is True,
    )


def _rings(given: Any) -> tuple[Ring, ...]:
    if not given:
        return ()
    return tuple(tuple((_number(x), _number(y)) for x, y in ring) for ring in given)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number")
    return finite(value)


def _write(found: AnnotatedImages, target: TargetFolder, *, kind: str) -> None:
    rows = []
    for image in found.images:
        row: dict[str, Any] = {"path": f"images/{readable_name(image.path)}"}
        target.copy(image.path, row["path"])
        row |= {"part": image.part, "label": image.label, "text": image.text}
        for name, path in (("mask", image.mask), ("target", image.target)):
            row[name] = f"{name}s/{readable_name(path)}" if path else None
            if path:
                target.copy(path, row[name])
        if image.objects is not None:
            row["objects"] = [_document(each) for each in image.objects]
        rows.append({key: value for key, value in row.items() if value is not None})
    if found.labels:
        target.lines(_CLASSES, found.labels)
    if kind == "jsonl":
        target.lines("data.jsonl", [json.dumps(row, ensure_ascii=False) for row in rows])
    else:
        target.text("data.csv", _csv(rows))


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    import csv
    import io

    columns = ("path", "part", "label", *_OWN_COLUMNS)
    used = [name for name in columns if any(name in row for row in rows)] or ["path"]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(used)
    for row in rows:
        cells = [row.get(name, "") for name in used]
        writer.writerow(
            [json.dumps(c, ensure_ascii=False) if isinstance(c, list) else c for c in cells]
        )
    return stream.getvalue()


def _document(each: ObjectAnnotation) -> dict[str, Any]:
    document: dict[str, Any] = {"box": list(each.box)}
    if each.label is not None:
        document["label"] = each.label
    if each.outlines:
        document["outlines"] = [[list(corner) for corner in ring] for ring in each.outlines]
    if each.holes:
        document["holes"] = [[list(corner) for corner in ring] for ring in each.holes]
    if each.text is not None:
        document["text"] = each.text
    if each.attributes:
        document["attributes"] = dict(each.attributes)
    if each.is_crowd:
        document["crowd"] = True
    return document


_EVERYTHING: tuple[Fact, ...] = (
    "parts", "classes", "transcriptions", "masks", "targets", "boxes", "outlines",
    "several outlines", "holes", "labels", "texts", "attributes", "crowds", "unlooked", "order",
)  # fmt: skip


def _format(kind: str) -> AnnotationFormat:
    return AnnotationFormat(
        name=kind,
        carries=frozenset(_EVERYTHING),
        recognise=partial(_recognise, kind=kind),
        read=partial(_read, kind=kind),
        write=partial(_write, kind=kind),
    )


JSONL = _format("jsonl")
CSV = _format("csv")
