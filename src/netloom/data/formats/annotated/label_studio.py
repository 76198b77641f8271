"""Label Studio's JSON export: rectangles, polygons, brush strokes, choices and transcriptions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from netloom.core.diagnostics import Place
from netloom.data.annotations import AnnotatedImage
from netloom.data.formats.annotated.annotated_images import (
    AnnotatedImages,
    AnnotationFormat,
    ReadingNotes,
    Recognition,
    read_result,
)
from netloom.data.formats.annotated.collection_pause import collection_paused
from netloom.data.formats.annotated.json_documents import parse_json
from netloom.data.formats.annotated.json_places import entry_place
from netloom.data.formats.annotated.label_studio_results import ResultReader
from netloom.data.formats.annotated.problems import LISTED_TWICE, MISSING_PICTURE, UNREADABLE
from netloom.data.formats.annotated.source_folder import PictureFinder, SourceFolder
from netloom.data.formats.annotated.target_folder import TargetFolder
from netloom.data.formats.listing import is_image_name, natural_key
from netloom.data.formats.part_names import part_named

NAME = "label_studio"
_LOOKED_AT = 64 << 10
_UPLOAD_PREFIX = re.compile(r"^[0-9a-f]{8}-")
_KEYS = ('"annotations"', '"completions"')


def _recognise(folder: SourceFolder) -> Recognition | None:
    files = _files(folder)
    return Recognition(0.97, f"{files[0]} is an export of Label Studio") if files else None


def _files(folder: SourceFolder) -> list[str]:
    found = []
    for path in folder.ending(".json"):
        try:
            start = folder.ends(path, _LOOKED_AT)[:_LOOKED_AT].decode("utf-8", errors="replace")
        except ValueError:
            continue
        text = start.lstrip("\ufeff \r\n\t")
        is_list = text.startswith("[")
        if is_list and '"data"' in text and any(key in text for key in _KEYS):
            found.append(path)
    return found


@collection_paused()
def _read(folder: SourceFolder) -> AnnotatedImages:
    notes = ReadingNotes()
    finder = PictureFinder(folder)
    images: dict[str, AnnotatedImage] = {}
    for file in _files(folder):
        try:
            entries = parse_json(folder.text(file))
        except (ValueError, RecursionError) as error:
            notes.problem(UNREADABLE, file, f"it is no JSON: {error}", file=file)
            continue
        near = file[: file.rfind("/") + 1]
        for number, entry in enumerate(entries):
            place = entry_place(file, number)
            reader = ResultReader(folder, notes, place)
            _add(images, entry, place=place, near=near, finder=finder, notes=notes, reader=reader)
    if not any(image.objects for image in images.values()):
        # Nobody was asked for objects: only for classes, or texts.
        images = {path: replace(image, objects=None) for path, image in images.items()}
    notes.ignored("pictures that no file lists", len(set(folder.images) - set(images)))
    notes.guessed(finder.guessed)
    said = {each.label for image in images.values() for each in image.objects or ()}
    said |= {image.label for image in images.values()}
    labels = sorted((name for name in said if name), key=natural_key)
    return read_result(NAME, folder, list(images.values()), notes, labels=labels)


def _add(
    images: dict[str, AnnotatedImage],
    entry: Any,
    *,
    place: Place,
    near: str,
    finder: PictureFinder,
    notes: ReadingNotes,
    reader: ResultReader,
) -> None:
    data = entry.get("data") if isinstance(entry, dict) else None
    name = _picture_name(data) if isinstance(data, dict) else None
    if name is None or not isinstance(data, dict):
        reason = "it names no picture"
        notes.problem_at(place, UNREADABLE, "a task", reason)
        return
    path = _picture(name, finder, near)
    if path is None or path in images:
        kind = MISSING_PICTURE if path is None else LISTED_TWICE
        reason = "there is no such picture" if path is None else "it is listed twice"
        notes.problem_at(place, kind, name, reason)
        return
    part = data.get("part", data.get("split"))
    found = reader.read(path, _results(entry, path, notes))
    images[path] = AnnotatedImage(
        path=path,
        size=found.size,
        part=part_named(part) if isinstance(part, str) else None,
        label=found.label,
        text=found.text,
        objects=found.objects,
        place=place,
    )


def _picture_name(data: Mapping[str, Any]) -> str | None:
    for key in ("image", "img", "ocr", "picture", *data):
        value = data.get(key)
        if isinstance(value, str) and is_image_name(urlsplit(unquote(value)).path or value):
            return value
        if isinstance(value, str) and is_image_name(_plain_path(value)):
            return value
    return None


def _plain_path(name: str) -> str:
    """The path in an address: of a local file, an upload, a bucket or another server."""
    parts = urlsplit(name)
    local = parse_qs(parts.query).get("d")
    if local:
        return local[0]
    return unquote(parts.path or name)


def _picture(name: str, finder: PictureFinder, near: str) -> str | None:
    """The picture of a task; uploads got a prefix of eight digits and a dash."""
    path = _plain_path(name)
    folders, _, last = path.rpartition("/")
    plain = _UPLOAD_PREFIX.sub("", last)
    for start in (f"{near}images/", near):
        for candidate in (last, plain):
            if found := finder.at(start + candidate):
                return found
    found = finder.find(path.lstrip("/"), near=near)
    if found is None and plain != last:
        found = finder.find(f"{folders}/{plain}".lstrip("/"), near=near)
    return found


def _results(entry: Mapping[str, Any], path: str, notes: ReadingNotes) -> Sequence[Any] | None:
    """The results of the last annotation that somebody submitted; None if nobody did."""
    given = entry.get("annotations", entry.get("completions"))
    submitted = [
        each["result"]
        for each in (given if isinstance(given, list) else ())
        if isinstance(each, dict)
        and isinstance(each.get("result"), list)
        and not each.get("was_cancelled")
    ]
    if len(submitted) > 1:
        notes.seen("pictures annotated several times, of which the last counts", path)
    if entry.get("predictions") and not submitted:
        notes.seen("pictures with predictions alone, which were ignored", path)
    return submitted[-1] if submitted else None


def _write(found: AnnotatedImages, target: TargetFolder) -> None:
    from netloom.data.formats.annotated.label_studio_writing import write

    write(found, target)


LABEL_STUDIO = AnnotationFormat(
    name=NAME,
    carries=frozenset(
        (
            "parts",
            "classes",
            "transcriptions",
            "boxes",
            "outlines",
            "several outlines",
            "holes",
            "labels",
            "texts",
            "attributes",
            "unlooked",
        )
    ),
    recognise=_recognise,
    read=_read,
    write=_write,
    tolerance=1e-3,
    in_pixels=frozenset(("several outlines", "holes")),
)
