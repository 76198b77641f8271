"""Where a YOLO data set keeps its parts, its class names and its label files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

from netloom.data.formats.annotated.annotated_images import ReadingNotes
from netloom.data.formats.annotated.coco import part_of_file
from netloom.data.formats.annotated.problems import MISSING_PICTURE
from netloom.data.formats.annotated.source_folder import PictureFinder, SourceFolder
from netloom.data.view import PARTS, Part

_KEYS: dict[Part, tuple[str, ...]] = {
    "train": ("train",),
    "valid": ("val", "valid"),
    "test": ("test",),
}
_MOST_CLASSES = 100_000
_NAME_FILES = ("classes.txt", "obj.names", "classes.names", "predefined_classes.txt")
_NO_LABELS = frozenset(
    {*_NAME_FILES, "readme.txt", "readme.dataset.txt", "readme.roboflow.txt"}
    | {"train.txt", "val.txt", "valid.txt", "test.txt", "label.txt", "labels.txt"}
)


@dataclass(frozen=True, slots=True)
class Description:
    """What ``data.yaml`` says.

    Attributes:
        names: Class names in order; None if nothing says them.
        has_keypoints: Lines go on behind the box.
    """

    file: str | None
    names: tuple[str, ...] | None
    parts: Mapping[Part, Sequence[str]]
    has_keypoints: bool = False


def description_file(folder: SourceFolder) -> str | None:
    """The YAML file that describes a data set of this form; None if there is none."""
    for path in folder.ending(".yaml", ".yml"):
        document = _yaml(folder, path)
        if isinstance(document, dict) and (
            "names" in document and ("train" in document or "val" in document or "nc" in document)
        ):
            return path
    return None


def description_of(folder: SourceFolder, notes: ReadingNotes) -> Description:
    """What the YAML file says, or else a file of class names."""
    file = description_file(folder)
    document = _yaml(folder, file) if file else {}
    parts = {
        part: _texts(next((document[key] for key in keys if document.get(key)), None))
        for part, keys in _KEYS.items()
    }
    names = _names(document.get("names"))
    if names is None:
        for path in folder.ending(*_NAME_FILES):
            names = tuple(notes.lines(folder, path))
            notes.remark(f"took the names of classes from {path}")
            break
    return Description(file, names, parts, "kpt_shape" in document)


def label_paths(folder: SourceFolder) -> dict[str, str]:
    """Label files by their path without suffix."""
    return {
        path[: path.rfind(".")]: path
        for path in folder.ending(".txt")
        if path.rpartition("/")[2].lower() not in _NO_LABELS
    }


def label_of(picture: str, labels: Mapping[str, str]) -> str | None:
    """The label file of a picture: beside it, or in ``labels`` where the picture is in ``images``."""
    stem = picture[: picture.rfind(".")]
    head, images, tail = f"/{stem}".rpartition("/images/")
    wanted = [f"{head}/labels/{tail}"[1:]] if images else []
    return next((labels[name] for name in (*wanted, stem) if name in labels), None)


def pictures_by_part(
    folder: SourceFolder,
    description: Description,
    labels: Mapping[str, str],
    notes: ReadingNotes,
) -> dict[str, Part | None]:
    """Every picture of the data set with its part, in the order of the parts.

    Args:
        labels: Label files; pictures that no part names are used only if they have one.
    """
    finder = PictureFinder(folder)
    found: dict[Part, list[str]] = {part: [] for part in PARTS}
    for part in PARTS:
        for named in description.parts.get(part, ()):
            pictures = _pictures_at(folder, named, description, finder, notes)
            found[part] += pictures
            if not pictures:
                notes.remark(f"the part {part} names {named}, which holds no picture")
    notes.guessed(finder.guessed)
    chosen: dict[str, Part | None] = {}
    for part in PARTS:
        chosen |= {path: part for path in found[part] if path not in chosen}
    if not chosen:
        return {path: part_of_file(path) for path in folder.images}
    if found["train"] == found["valid"] and not found["test"]:
        notes.remark("train and val name the same pictures: they are not divided yet")
        chosen = dict.fromkeys(chosen)
    rest = [path for path in folder.images if path not in chosen]
    labelled = [path for path in rest if label_of(path, labels)]
    notes.ignored("pictures that no part names", len(rest) - len(labelled))
    return chosen | dict.fromkeys(labelled)


def _pictures_at(
    folder: SourceFolder,
    named: str,
    description: Description,
    finder: PictureFinder,
    notes: ReadingNotes,
) -> list[str]:
    """Pictures below a folder, or listed in a text file; paths of other machines count by their end."""
    cleaned = named.strip().replace("\\", "/").rstrip("/")
    if cleaned.lower().endswith(".txt"):
        return _listed(folder, cleaned, finder, notes)
    pieces = [piece for piece in cleaned.split("/") if piece not in ("", ".", "..")]
    own = (description.file or "").rpartition("/")[0]
    for start in range(len(pieces) + 1):
        tail = "/".join(pieces[start:])
        for before in dict.fromkeys((f"{own}/" if own else "", folder.base, "")):
            prefix = f"{before}{tail}/" if tail else before
            found = [path for path in folder.images if path.startswith(prefix)]
            if found and (tail or not pieces):
                return found
    return []


def _listed(
    folder: SourceFolder, named: str, finder: PictureFinder, notes: ReadingNotes
) -> list[str]:
    lists = PictureFinder(folder, folder.ending(".txt"))
    file = lists.find(named)
    if file is None:
        return []
    found = []
    for number, line in notes.numbered_lines(folder, file):
        path = finder.find(line, near=file[: file.rfind("/") + 1])
        if path is None:
            reason = "there is no such picture"
            notes.problem(MISSING_PICTURE, line, reason, file=file, line=number)
        else:
            found.append(path)
    return found


def _yaml(folder: SourceFolder, path: str | None) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        document = YAML(typ="safe").load(StringIO(folder.text(path or "")))
    except (YAMLError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def _names(given: Any) -> tuple[str, ...] | None:
    if isinstance(given, dict):
        try:
            by_number = {int(number): str(name) for number, name in given.items()}
        except (TypeError, ValueError, OverflowError):
            return None
        if max(by_number, default=0) > _MOST_CLASSES:
            return None
        return tuple(by_number.get(n, f"{n}") for n in range(max(by_number, default=-1) + 1))
    return tuple(str(name) for name in given) if isinstance(given, list) and given else None


def _texts(given: Any) -> list[str]:
    return [str(entry) for entry in (given if isinstance(given, list) else [given]) if entry]
