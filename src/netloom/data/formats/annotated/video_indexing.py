"""Videos as a data set: each is looked into, its first and last pictures decoded, the index written."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from netloom.core.digests import digest_of_file, digest_of_json
from netloom.core.reporter import Reporter
from netloom.core.tasks import VideoClassification
from netloom.data.annotations import AnnotatedImage
from netloom.data.classes import remarks_on_classes
from netloom.data.formats.annotated.annotated_images import AnnotatedImages
from netloom.data.formats.annotated.problems import (
    DAMAGED_VIDEO,
    Problem,
    check_problems,
    remarks_on_problems,
)
from netloom.data.formats.annotated.source_folder import SourceFolder
from netloom.data.formats.inspection import inspect_file
from netloom.data.formats.listing import natural_key
from netloom.data.formats.rejects import OnBad
from netloom.data.index import INDEX_NAME, index_table, write_index
from netloom.data.path_text import text_from_path
from netloom.data.video_files import video_facts
from netloom.data.video_library import video_library
from netloom.data.view import FRAMES, Dataset

_BATCH = 16


@dataclass(frozen=True, slots=True)
class VideoLook:
    """What one look at a video tells.

    Attributes:
        num_frames: That can be decoded; the number of pictures in a folder of frames.
        missing: Frames at its end that cannot.
        problem: Why it cannot be used; None if it can.
    """

    digest: str = ""
    width: int = 0
    height: int = 0
    num_frames: int = 0
    missing: int = 0
    problem: str | None = None


def index_videos(
    found: AnnotatedImages,
    workdir: Path,
    *,
    media: str,
    reporter: Reporter,
    on_bad: OnBad = "error",
    threads: int = 1,
    remarks_before: Sequence[str] = (),
    problems_before: Sequence[Problem] = (),
) -> Dataset[VideoClassification]:
    """Look into every video and write ``workdir/index.parquet``, with a column ``frames``.

    The other settings, the result and errors are those of
    :func:`netloom.data.formats.annotated.indexing.index_annotated`.
    """
    good: list[tuple[AnnotatedImage, VideoLook]] = []
    problems = [*problems_before, *found.problems]
    if any(video.path in found.folder.by_path for video in found.images):
        video_library()  # that it is missing is said once, not of every file
    with ThreadPoolExecutor(threads) as pool:
        for first in range(0, len(found.images), _BATCH):
            batch = found.images[first : first + _BATCH]
            looks = pool.map(lambda video: look_at_video(found.folder, video.path), batch)
            for video, seen in zip(batch, looks, strict=True):
                if seen.problem is None:
                    good.append((video, seen))
                else:
                    problems.append(Problem(DAMAGED_VIDEO, video.path, seen.problem, video.place))
            reporter.progress(first + len(batch), len(found.images), unit="video")
    check_problems(problems, num_left=len(good), on_bad=on_bad)
    labels = sorted({video.label for video, _ in good if video.label}, key=natural_key)
    remarks = (*remarks_before, *found.remarks, *remarks_on_problems(problems))
    remarks = (*remarks, *remarks_on_classes([video.label for video, _ in good]))
    remarks = (*remarks, *_remarks_on_ends(good))
    for remark in remarks:
        reporter.note(remark)
    _write(good, labels, workdir)
    return Dataset(
        task=VideoClassification.name,
        index=f"work:{INDEX_NAME}",
        media=media,
        media_kind="folder",
        labels=tuple(labels),
        remarks=remarks,
    )


def look_at_video(folder: SourceFolder, path: str) -> VideoLook:
    """Open a video file and decode its first and last pictures, or each of a folder of frames."""
    if path not in folder.by_path:
        return _look_at_frames(folder, folder.images_in.get(path, []))
    file = folder.root / path
    try:
        facts = video_facts(file)
    except (OSError, ValueError) as error:
        return VideoLook(problem=str(error))
    return VideoLook(
        digest_of_file(file), facts.width, facts.height, facts.num_frames, missing=facts.missing
    )


def _look_at_frames(folder: SourceFolder, frames: Sequence[str]) -> VideoLook:
    looks = [inspect_file(f"{folder.root}/{frame}") for frame in frames]
    for frame, seen in zip(frames, looks):
        if seen.problem is not None:
            return VideoLook(problem=f"its frame {text_from_path(frame)}: {seen.problem}")
    sizes = {(seen.width, seen.height) for seen in looks}
    if len(sizes) != 1:
        return VideoLook(problem=f"its frames have {len(sizes)} sizes")
    ((width, height),) = sizes
    return VideoLook(digest_of_json([seen.digest for seen in looks]), width, height, len(looks))


def _remarks_on_ends(good: Sequence[tuple[AnnotatedImage, VideoLook]]) -> list[str]:
    """That some videos are cut short: what can be decoded of them is used."""
    short = [(video, seen) for video, seen in good if seen.missing]
    if not short:
        return []
    video, seen = short[0]
    return [
        (
            f"{len(short)} videos are damaged at their end, and used up to there, for instance "
            f"{text_from_path(video.path)}: {seen.num_frames} of {seen.num_frames + seen.missing} frames"
        )
    ]


def _write(
    good: Sequence[tuple[AnnotatedImage, VideoLook]], labels: Sequence[str], workdir: Path
) -> None:
    import pyarrow as pa

    paths = [text_from_path(video.path) for video, _ in good]
    table = index_table(
        ids=paths,
        digests=[seen.digest for _, seen in good],
        paths=paths,
        labels=[None if video.label is None else labels.index(video.label) for video, _ in good],
        parts=[video.part for video, _ in good],
        sizes=[(seen.width, seen.height) for _, seen in good],
    )
    frames = pa.array([seen.num_frames for _, seen in good], pa.int32())
    write_index(workdir / INDEX_NAME, table.append_column(FRAMES, frames))
