"""Class folders of videos, or of folders of frames."""

from __future__ import annotations

from netloom.core.diagnostics import Place
from netloom.data.annotations import AnnotatedImage
from netloom.data.formats.annotated.annotated_images import (
    AnnotatedImages,
    AnnotationFormat,
    ReadingNotes,
    Recognition,
    read_result,
)
from netloom.data.formats.annotated.opening import is_video_name
from netloom.data.formats.annotated.problems import NO_ANNOTATION
from netloom.data.formats.annotated.source_folder import SourceFolder
from netloom.data.formats.annotated.target_folder import TargetFolder, flat_names
from netloom.data.formats.listing import natural_key
from netloom.data.formats.part_names import part_named
from netloom.data.path_text import readable_name

NAME = "videos"
_UNSORTED = "unsorted"


def video_paths(folder: SourceFolder) -> list[str]:
    """Video files; if there are none, folders that hold pictures directly, each a video of frames."""
    files = [found.path for found in folder.files if is_video_name(found.path)]
    if files:
        return files
    return [path for path in folder.images_in if path]


def _recognise(folder: SourceFolder) -> Recognition | None:
    paths = video_paths(folder)
    if not paths:
        return None
    if paths[0] in folder.by_path:
        return Recognition(0.95, f"there are {len(paths)} video files")
    depths = {path.removeprefix(folder.base).count("/") for path in paths}
    if depths <= {1, 2} and len(paths) > 1:
        return Recognition(0.4, f"pictures lie in {len(paths)} folders inside other folders")
    return None


def _read(folder: SourceFolder) -> AnnotatedImages:
    notes = ReadingNotes()
    paths = video_paths(folder)
    tops = {_inner(folder, path)[0] for path in paths}
    has_parts = bool(tops) and all(part_named(top) for top in tops)
    images = []
    for path in paths:
        pieces = _inner(folder, path)
        part = part_named(pieces[0]) if has_parts else None
        above = pieces[has_parts:-1]
        if not above:
            reason = "it lies outside the class folders"
            notes.problem(NO_ANNOTATION, path, reason, file=path)
            continue
        label = readable_name(above[0])
        images.append(AnnotatedImage(path=path, part=part, label=label, place=Place(file=path)))
    labels = sorted({image.label for image in images if image.label}, key=natural_key)
    return read_result(NAME, folder, images, notes, labels=labels)


def _inner(folder: SourceFolder, path: str) -> list[str]:
    """The pieces of a path below the folders around everything, but for a folder that is a class itself."""
    pieces = path.removeprefix(folder.base).split("/")
    return pieces if len(pieces) > 1 else path.split("/")[-2:]


def _write(found: AnnotatedImages, target: TargetFolder) -> None:
    names = flat_names([image.path for image in found.images])
    has_parts = any(image.part for image in found.images)
    for image in found.images:
        part = f"{image.part or 'train'}/" if has_parts else ""
        label = (image.label or _UNSORTED).replace("/", "_")
        target.copy(image.path, f"{part}{label}/{names[image.path]}")


VIDEOS = AnnotationFormat(
    name=NAME,
    carries=frozenset(("parts", "classes", "videos")),
    recognise=_recognise,
    read=_read,
    write=_write,
)
