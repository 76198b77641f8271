"""Pictures and what should become of them: ``{train,test}/{input,target}`` with the same file names.

Depth and normals come likewise, in folders called ``depth`` and ``normals``.
"""

from __future__ import annotations

from functools import partial

from netloom.core.diagnostics import Place
from netloom.data.annotations import AnnotatedImage
from netloom.data.formats.annotated.annotated_images import (
    AnnotatedImages,
    AnnotationFormat,
    ReadingNotes,
    Recognition,
    read_result,
)
from netloom.data.formats.annotated.counterparts import has_sides, pairs_in
from netloom.data.formats.annotated.source_folder import SourceFolder
from netloom.data.formats.annotated.target_folder import TargetFolder, flat_names

_INPUTS = frozenset(
    {"input", "inputs", "image", "images", "rgb", "imgs", "low", "lq", "noisy", "blur", "hazy"}
    | {"rain", "rainy", "degraded"}
)
_TARGETS = {
    "pairs": frozenset(
        {
            "target",
            "targets",
            "gt",
            "clean",
            "sharp",
            "high",
            "hq",
            "norain",
            "clear",
            "groundtruth",
        }
    ),
    "depth": frozenset({"depth", "depths", "depth_map", "depth_maps"}),
    "normals": frozenset({"normal", "normals", "normal_map", "normal_maps"}),
}
_USUAL = {
    "pairs": ("input", "target"),
    "depth": ("images", "depth"),
    "normals": ("images", "normals"),
}
_SUFFIXES = {"depth": frozenset({".npy"})}


def _recognise(folder: SourceFolder, *, kind: str) -> Recognition | None:
    sides = has_sides(folder, _INPUTS, _TARGETS[kind])
    if sides is None:
        return None
    sureness = 0.95 if sides[1].lower() == _USUAL[kind][1] else 0.8
    return Recognition(sureness, f"there are folders {sides[0]} and {sides[1]}")


def _read(folder: SourceFolder, *, kind: str) -> AnnotatedImages:
    notes = ReadingNotes()
    pairs = pairs_in(
        folder,
        pictures=_INPUTS,
        counterparts=_TARGETS[kind],
        suffixes=_SUFFIXES.get(kind, frozenset()),
        notes=notes,
    )
    images = [
        AnnotatedImage(
            path=pair.picture,
            part=pair.part,
            target=pair.counterpart,
            place=Place(file=pair.picture),
        )
        for pair in pairs
    ]
    return read_result(kind, folder, images, notes)


def _write(found: AnnotatedImages, target: TargetFolder, *, kind: str) -> None:
    pictures, counterparts = _USUAL[kind]
    names = flat_names([image.path for image in found.images])
    for image in found.images:
        if image.target is None:
            continue
        name, part = names[image.path], f"{image.part}/" if image.part else ""
        suffix = image.target[image.target.rfind(".") :]
        target.copy(image.path, f"{part}{pictures}/{name}")
        target.copy(image.target, f"{part}{counterparts}/{name[: name.rfind('.')]}{suffix}")


def _format(kind: str) -> AnnotationFormat:
    return AnnotationFormat(
        name=kind,
        carries=frozenset({"parts", "targets"}),
        recognise=partial(_recognise, kind=kind),
        read=partial(_read, kind=kind),
        write=partial(_write, kind=kind),
    )


PAIRS = _format("pairs")
DEPTH = _format("depth")
NORMALS = _format("normals")
