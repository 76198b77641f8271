"""A data set of one format written in another."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from netloom.core.diagnostics import Place
from netloom.core.errors import Conflict, InvalidData
from netloom.core.files import storage_errors
from netloom.core.reporter import Reporter
from netloom.data.formats.annotated.annotated_images import AnnotatedImages, AnnotationFormat
from netloom.data.formats.annotated.catalogue import detect
from netloom.data.formats.annotated.checking import checked_images
from netloom.data.formats.annotated.fitting import fitted
from netloom.data.formats.annotated.json_places import with_lines
from netloom.data.formats.annotated.opening import unpacked_folder
from netloom.data.formats.annotated.picture_sizes import picture_sizes
from netloom.data.formats.annotated.problems import DAMAGED_PICTURE, Problem, check_problems
from netloom.data.formats.annotated.source_folder import SourceFolder
from netloom.data.formats.annotated.target_folder import TargetFolder
from netloom.data.formats.rejects import OnBad


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What became of a data set.

    Attributes:
        written: The data set as it was written.
        changes: What the target cannot carry, and what was turned into something else.
        problems: What was clipped, mended or left out.
    """

    source: AnnotationFormat
    written: AnnotatedImages
    changes: tuple[str, ...]
    problems: tuple[Problem, ...]


@contextmanager
def opened(path: Path, *, reporter: Reporter) -> Iterator[tuple[SourceFolder, list[Problem]]]:
    """A folder, or a zip file unpacked for as long as this is open."""
    if not path.is_file():
        yield SourceFolder.at(path), []
        return
    with tempfile.TemporaryDirectory(prefix="netloom-") as place:
        folder, problems, _ = unpacked_folder(path, Path(place), reporter=reporter)
        yield folder, problems


def rewrite(
    source: Path,
    target: Path,
    *,
    form: AnnotationFormat,
    source_form: AnnotationFormat | None = None,
    replace_target: bool = False,
    on_bad: OnBad = "error",
    reporter: Reporter,
) -> Rewritten:
    """Read a folder or zip file and write it in a format; the target appears whole or not at all.

    Args:
        source_form: Format of the source; None finds out.
        replace_target: Whether a target that exists may go.

    Raises:
        Conflict: The target exists, or lies in the source or around it.
        InvalidData: The source cannot be read, or ``on_bad`` is ``error`` and something cannot be used.
    """
    _check_places(source, target, replace_target=replace_target)
    with opened(source, reporter=reporter) as (folder, before):
        chosen = source_form or detect(folder).form
        found = chosen.read(folder)
        if ("videos" in chosen.carries) != ("videos" in form.carries):
            raise InvalidData.of(
                "videos cannot become pictures, nor pictures videos",
                code="I603",
                place=Place(setting="to"),
                got=f"{chosen.name} to {form.name}",
            )
        checked, faults = checked_with_headers(found)
        problems = with_lines([*before, *found.problems, *faults], folder)
        check_problems(problems, num_left=len(checked.images), on_bad=on_bad)
        written, changes = fitted(checked, form)
        with _replacing(target) as new:
            form.write(written, TargetFolder(new, source=folder.root))
    return Rewritten(chosen, written, changes, tuple(problems))


def checked_with_headers(found: AnnotatedImages) -> tuple[AnnotatedImages, list[Problem]]:
    """Images and objects against the sizes that headers say; pictures are not decoded."""
    if found.format == "videos":
        return found, []
    sizes = picture_sizes(found.folder, [image.path for image in found.images])
    problems = [
        Problem(DAMAGED_PICTURE, image.path, "it is damaged, cut short or no image", image.place)
        for image in found.images
        if image.path not in sizes
    ]
    good = [image for image in found.images if image.path in sizes]
    images, faults = checked_images(good, sizes)
    return replace(found, images=tuple(images)), [*problems, *faults]


def _check_places(source: Path, target: Path, *, replace_target: bool) -> None:
    own, other = source.resolve(), target.resolve()
    if own == other or own.is_relative_to(other) or (source.is_dir() and other.is_relative_to(own)):
        raise Conflict.of(
            f"the target {target} lies in the source or around it",
            code="I604",
            fix="Name a folder elsewhere",
        )
    if target.exists() and not replace_target and (not target.is_dir() or any(target.iterdir())):
        raise Conflict.of(
            f"there is something in {target} already",
            code="I604",
            fix="Name another folder, or add --force to replace it",
        )


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """A new folder beside the target that takes its place at the end."""
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        yield new
        with storage_errors(target):
            new.chmod(0o755)
            if target.is_dir() and not target.is_symlink():
                shutil.rmtree(target)
            elif target.exists():
                target.unlink()
            new.rename(target)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
