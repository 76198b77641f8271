"""Pictures of lines with a ``label.txt``: one line ``path,text`` for each picture."""

from __future__ import annotations

import re

from netloom.core.diagnostics import Place
from netloom.data.annotations import AnnotatedImage
from netloom.data.formats.annotated.annotated_images import (
    AnnotatedImages,
    AnnotationFormat,
    ReadingNotes,
    Recognition,
    read_result,
)
from netloom.data.formats.annotated.label_files import FILE, label_files, label_texts
from netloom.data.formats.annotated.problems import LISTED_TWICE, MISSING_PICTURE, UNREADABLE
from netloom.data.formats.annotated.source_folder import PictureFinder, SourceFolder
from netloom.data.formats.annotated.target_folder import TargetFolder
from netloom.data.formats.part_names import part_named
from netloom.data.path_text import readable_name

NAME = "text_lines"
_LINE = re.compile(r"\s*(?P<path>.*?\.[A-Za-z]\w{1,4})\s*(?:[,，\t]|\s)\s*(?P<text>.*?)\s*")
"""Texts may hold commas, so the first one behind a suffix divides; so does a tab or a space."""
_NUMBERS = re.compile(r"\d+\s*[,，]\s*\d+")
_DOTS = re.compile(r"[.．。…·\s]+")
_LOOKED_AT = 100


def _recognise(folder: SourceFolder) -> Recognition | None:
    for file in label_files(folder):
        try:
            lines = [line for line in folder.text(file).split("\n") if line.strip()][:_LOOKED_AT]
        except ValueError:
            continue
        texts = [found["text"] for line in lines if (found := _LINE.fullmatch(line))]
        # Records of objects have two numbers behind the path.
        if 2 * sum(not _NUMBERS.fullmatch(text) for text in texts) > len(lines):
            return Recognition(0.9, f"{file} has a line with path and text for each picture")
    return None


def _read(folder: SourceFolder) -> AnnotatedImages:
    notes = ReadingNotes()
    finder = PictureFinder(folder)
    images: dict[str, AnnotatedImage] = {}
    for file, text in label_texts(folder, notes):
        for number, line in enumerate(text.split("\n"), start=1):
            if _DOTS.fullmatch(line):
                notes.seen("lines with dots alone, which were ignored", f"{file}:{number}")
            elif line.strip():
                _add(images, line, file=file, number=number, finder=finder, notes=notes)
    rest = [path for path in folder.images if path not in images]
    if rest:
        what = "pictures in no label.txt, whose text is unknown"
        notes.seen(what, rest[0], number=len(rest))
    notes.guessed(finder.guessed)
    ordered = [*images.values(), *(AnnotatedImage(path=path) for path in rest)]
    return read_result(NAME, folder, ordered, notes)


def _add(
    images: dict[str, AnnotatedImage],
    line: str,
    *,
    file: str,
    number: int,
    finder: PictureFinder,
    notes: ReadingNotes,
) -> None:
    found = _LINE.fullmatch(line)
    if found is None:
        reason = f"{line.strip()[:40]!r} is no path and text"
        notes.problem(UNREADABLE, "the line", reason, file=file, line=number)
        return
    near = file[: file.rfind("/") + 1]
    path = finder.find(found["path"], near=near)
    if path is None:
        reason = "there is no such picture beside the label file"
        notes.problem(MISSING_PICTURE, found["path"], reason, file=file, line=number)
    elif path in images:
        reason = f"line {images[path].place.line} lists it already"
        notes.problem(LISTED_TWICE, found["path"], reason, file=file, line=number)
    else:
        part = part_named(near.rstrip("/").rpartition("/")[2])
        place = Place(file=file, line=number)
        images[path] = AnnotatedImage(path=path, part=part, text=found["text"], place=place)


def _write(found: AnnotatedImages, target: TargetFolder) -> None:
    lines = []
    for image in found.images:
        name = readable_name(image.path)
        target.copy(image.path, name)
        if image.text is not None:
            lines.append(f"{name},{' '.join(image.text.split())}")
    target.lines(FILE, lines)


TEXT_LINES = AnnotationFormat(
    name=NAME,
    carries=frozenset(("transcriptions",)),
    recognise=_recognise,
    read=_read,
    write=_write,
)
