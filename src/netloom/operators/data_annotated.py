"""Operators that bring in pictures with annotations, whatever form they are kept in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NamedTuple, ParamSpec, TypeVar

from pydantic import Field, PositiveFloat

from netloom.core import tasks
from netloom.core.diagnostics import Place
from netloom.core.errors import InvalidData
from netloom.core.locations import local_path
from netloom.core.settings import NonEmptyText
from netloom.data.codec import MEDIA_FOLDER
from netloom.data.formats.annotated.annotated_images import AnnotationFormat
from netloom.data.formats.annotated.catalogue import FORMATS, detect, format_named
from netloom.data.formats.annotated.format_names import FormatChoice
from netloom.data.formats.annotated.problems import Problem
from netloom.data.formats.annotated.source_folder import SourceFolder
from netloom.data.formats.annotated.task_samples import PLAIN, TASKS
from netloom.data.formats.rejects import OnBad
from netloom.data.view import Dataset
from netloom.execution.context import RunContext
from netloom.graph.operator import Needs, Operator, operator
from netloom.operators.data import file_identity

P = ParamSpec("P")
R = TypeVar("R")

_Path = Annotated[
    NonEmptyText,
    Field(
        description="A folder or a zip file. A relative path starts at the project folder.",
    ),
]
_Format = Annotated[
    FormatChoice, Field(description='The form of the files; "auto" finds out and says why.')
]
_OnBad = Annotated[
    OnBad,
    Field(
        description="What to do about entries and files that cannot be used: "
        '"error" stops and names them, "skip" leaves them out and counts them.'
    ),
]
_Unit = Annotated[
    PositiveFloat,
    Field(
        description="Metres for each level of grey pictures: 0.001 if they are in millimetres.",
    ),
]


def _source(task: type[tasks.LearningTask]) -> Callable[[Callable[P, R]], Operator[P, R]]:
    """The declaration of a source of annotated files for a task."""
    return operator(
        group="data",
        job=Needs(cpus=1),
        identity=_identity_for(task.name),
        preload=("cv2", "pyarrow.parquet"),
    )


def _identity_for(task: str) -> Any:
    """Identity of a source for a task: refuses what it cannot read before anything is queued."""

    def identity(*, path: str, format: FormatChoice = "auto", project: Path, **_: object) -> str:
        root = local_path(f"path:{path}", project)
        _check_fits(format, task)
        if root.is_file():
            return file_identity(path=path, project=project)
        folder = SourceFolder.at(root)
        if format == "auto":
            detect(folder, fits=TASKS[task].fits)
        return folder.digest

    return identity


def _check_fits(name: FormatChoice, task: str) -> None:
    if name in ("auto", *PLAIN) or TASKS[task].fits(format_named(name)):
        return
    raise InvalidData.of(
        f"the format {name} says nothing that {task.replace('_', ' ')} learns from",
        code="I605",
        place=Place(setting="format"),
        expected=", ".join(form.name for form in FORMATS.values() if TASKS[task].fits(form)),
        fix="Choose another format, or auto to find out",
    )


def _indexed(
    task: type[tasks.LearningTask],
    path: str,
    form: FormatChoice,
    on_bad: OnBad,
    run: RunContext,
    *,
    unit: float | None = None,
) -> Dataset[Any]:
    from netloom.data.formats.annotated.indexing import index_annotated

    opened = _opened(task.name, path, form, run)
    return index_annotated(
        opened.form.read(opened.folder),
        run.workdir,
        task=task.name,
        media=opened.media,
        reporter=run,
        on_bad=on_bad,
        threads=run.threads,
        cache_folder=run.cache_folder if opened.media.startswith("path:") else None,
        unit=unit,
        remarks_before=opened.remarks,
        problems_before=opened.problems,
    )


class _Opened(NamedTuple):
    """A source that is open, and its form."""

    folder: SourceFolder
    media: str
    form: AnnotationFormat
    problems: list[Problem]
    remarks: list[str]


def _opened(task: str, path: str, form: FormatChoice, run: RunContext) -> _Opened:
    from netloom.data.formats.annotated.opening import unpacked_folder

    media, root = f"path:{path}", run.resolve(f"path:{path}")
    problems: list[Problem] = []
    remarks: list[str] = []
    if root.is_file():
        media = f"work:{MEDIA_FOLDER}"
        folder, problems, remarks = unpacked_folder(root, run.resolve(media), reporter=run)
    else:
        folder = SourceFolder.at(root)
    if form != "auto":
        return _Opened(folder, media, format_named(form), problems, remarks)
    detected = detect(folder, fits=TASKS[task].fits)
    return _Opened(folder, media, detected.form, problems, [*remarks, detected.remark()])


@_source(tasks.ObjectDetection)
def detection(
    *,
    path: _Path,
    format: _Format = "auto",
    on_bad: _OnBad = "error",
    run: RunContext,
) -> Dataset[tasks.ObjectDetection]:
    """Pictures with a box and a class for each object.

    Read are COCO, Pascal VOC, YOLO, CVAT, Label Studio, label.txt and tables; outlines become the boxes
    around them. Every picture is read once, and again only when it changes. Boxes that reach beyond their
    picture are clipped, and everything that was mended or left out is told with file and line.

    Returns:
        The pictures with their objects; divided into parts if the files say so.
    """
    return _indexed(tasks.ObjectDetection, path, format, on_bad, run)


@_source(tasks.SemanticSegmentation)
def segmentation(
    *,
    path: _Path,
    format: _Format = "auto",
    on_bad: _OnBad = "error",
    run: RunContext,
) -> Dataset[tasks.SemanticSegmentation]:
    """Pictures with a class for each pixel: from masks, or from the outlines of objects.

    Read are folders of pictures and masks, Pascal VOC, COCO, YOLO, CVAT, Label Studio, label.txt and
    tables. A mask has a level for each class, and 255 where nobody knows; pixels outside all outlines are
    the class background. Outlines become masks when a picture is read.

    Returns:
        The pictures with their masks or outlines; divided into parts if the files say so.
    """
    return _indexed(tasks.SemanticSegmentation, path, format, on_bad, run)


@_source(tasks.TextDetection)
def text_detection(
    *,
    path: _Path,
    format: _Format = "auto",
    on_bad: _OnBad = "error",
    run: RunContext,
) -> Dataset[tasks.TextDetection]:
    """Pictures with the places where something is written, and what is written there.

    Read are label.txt with rectangles or polygons, COCO, Pascal VOC, YOLO, CVAT, Label Studio and tables.
    Where a form has classes only, their names are taken for the texts. Places of the text ### cannot be
    read: nothing is learned from them.

    Returns:
        The pictures with their texts; divided into parts if the files say so.
    """
    return _indexed(tasks.TextDetection, path, format, on_bad, run)


@_source(tasks.TextRecognition)
def text_recognition(
    *,
    path: _Path,
    format: _Format = "auto",
    on_bad: _OnBad = "error",
    run: RunContext,
) -> Dataset[tasks.TextRecognition]:
    """Pictures of lines, and what is written in each.

    Read are label.txt with a line "path,text" for each picture, Label Studio and tables with a column text.

    Returns:
        The pictures with their texts; divided into parts if the files say so.
    """
    return _indexed(tasks.TextRecognition, path, format, on_bad, run)


@_source(tasks.ImageEnhancement)
def enhancement(
    *,
    path: _Path,
    format: _Format = "auto",
    on_bad: _OnBad = "error",
    run: RunContext,
) -> Dataset[tasks.ImageEnhancement]:
    """Pairs of pictures: a bad one, and the good one that should become of it.

    Read are folders train and test with input and target inside, in which files have the same names, and
    tables with a column target. Both pictures of a pair have the same size.

    Returns:
        The pictures with their targets; divided into parts if the folders are.
    """
    return _indexed(tasks.ImageEnhancement, path, format, on_bad, run)


@_source(tasks.DepthEstimation)
def depth(
    *,
    path: _Path,
    format: _Format = "auto",
    unit: _Unit = 0.001,
    on_bad: _OnBad = "error",
    run: RunContext,
) -> Dataset[tasks.DepthEstimation]:
    """Pictures with a depth for each pixel.

    Read are folders of pictures and of depth maps with the same names, and tables with a column target. A
    depth map is a grey picture of 8 or 16 bits, in which 0 means unknown, or a .npy file in metres.

    Returns:
        The pictures with their depth maps; divided into parts if the folders are.
    """
    return _indexed(tasks.DepthEstimation, path, format, on_bad, run, unit=unit)


@_source(tasks.NormalEstimation)
def normals(
    *,
    path: _Path,
    format: _Format = "auto",
    on_bad: _OnBad = "error",
    run: RunContext,
) -> Dataset[tasks.NormalEstimation]:
    """Pictures with the direction that each pixel's surface faces.

    Read are folders of pictures and of normal maps with the same names, and tables with a column target.
    The red, green and blue of a normal map are the three numbers of the direction, from -1 (0) to 1 (255).

    Returns:
        The pictures with their normal maps; divided into parts if the folders are.
    """
    return _indexed(tasks.NormalEstimation, path, format, on_bad, run)


@_source(tasks.VideoClassification)
def video(
    *,
    path: _Path,
    on_bad: _OnBad = "error",
    run: RunContext,
) -> Dataset[tasks.VideoClassification]:
    """Videos in one folder for each class, as files or as folders of frames.

    Of each file the first and last pictures are decoded, of folders every frame. Folders called train,
    valid and test with the classes inside are parts. Which frames a network sees is said by `data.clips`.

    Returns:
        The videos with their classes; divided into parts if the folders are.
    """
    from netloom.data.formats.annotated.video_indexing import index_videos

    opened = _opened(tasks.VideoClassification.name, path, "videos", run)
    return index_videos(
        opened.form.read(opened.folder),
        run.workdir,
        media=opened.media,
        reporter=run,
        on_bad=on_bad,
        threads=run.threads,
        remarks_before=opened.remarks,
        problems_before=opened.problems,
    )
