"""A look into a zip archive of videos: their classes, lengths and sizes, and a still of each.

Each video is unpacked to a file of its own while it is looked at, because its index may lie at its end.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from netloom.core.digests import digest_of_file
from netloom.core.reporter import Reporter
from netloom.data.classes import remarks_on_classes
from netloom.data.formats.annotated.archived_folder import ArchivedFolder, Suggestion
from netloom.data.formats.annotated.catalogue import format_named
from netloom.data.formats.rejects import Reject, refusal
from netloom.data.sample_list import write_sample_list
from netloom.data.survey_findings import findings_of
from netloom.data.survey_looks import Look, Member, samples_of, statistics_of
from netloom.data.video_files import read_frames
from netloom.data.video_library import opened_container, video_library

_STILL_SIDE = 320
_STILL_QUALITY = 80
_BATCH = 8


@dataclass(frozen=True, slots=True)
class _VideoLook:
    look: Look
    seconds: float
    still: bytes


def survey_videos(
    folder: ArchivedFolder,
    target: Path,
    suggestion: Suggestion,
    *,
    reporter: Reporter,
    most_bits: int | None,
    threads: int,
) -> dict[str, Any]:
    """Look into every video of an open archive and write the list of them.

    Duplicates are told by the whole files, near duplicates by their first pictures.

    Args:
        most_bits: As for images; see :func:`netloom.data.zip_survey.survey_zip`.

    Raises:
        InvalidData: No video can be used, or PyAV is missing.
    """
    video_library()  # that it is missing is said once, not of every file
    found = format_named("videos").read(folder)
    members = [
        Member(
            folder.members[video.path],
            replace(folder.by_path[video.path], label=video.label, part=video.part),
            is_stray=False,
        )
        for video in found.images
    ]
    looks = list(
        _looked_at(folder, members, reporter=reporter, threads=threads, near=target.parent)
    )
    good = [(m, seen) for m, seen in zip(members, looks, strict=True) if not isinstance(seen, str)]
    rejects = [Reject(problem.name, problem.reason) for problem in found.problems]
    rejects += [
        Reject(member.found.path, seen)
        for member, seen in zip(members, looks, strict=True)
        if isinstance(seen, str)
    ]
    if not good:
        raise refusal(rejects, total=len(rejects))
    pairs = [(member, seen.look) for member, seen in good]
    statistics = statistics_of(pairs, most_bits)
    findings = findings_of(
        statistics,
        image_bytes=sum(member.info.file_size for member, _ in good),
        rejects=rejects,
        remarks=[*found.remarks, *remarks_on_classes([m.found.label for m, _ in good])],
    )
    findings["annotations"] = suggestion._asdict()
    findings["videos"] = _lengths([seen.seconds for _, seen in good])
    stills = [seen.still for _, seen in good]
    write_sample_list(target, samples_of(pairs, statistics), findings, stills=stills)
    return findings


def _lengths(seconds: Sequence[float]) -> dict[str, float]:
    return {
        "total_s": round(sum(seconds), 2),
        "shortest_s": round(min(seconds), 2),
        "median_s": round(float(np.median(seconds)), 2),
        "longest_s": round(max(seconds), 2),
    }


def _looked_at(
    folder: ArchivedFolder,
    members: Sequence[Member],
    *,
    reporter: Reporter,
    threads: int,
    near: Path,
) -> Iterator[_VideoLook | str]:
    unpacking = Lock()  # an open archive counts its readers without one

    def look(member: Member) -> _VideoLook | str:
        with tempfile.NamedTemporaryFile(dir=near, suffix=Path(member.found.path).suffix) as place:
            try:
                with unpacking, folder.archive.open(member.info) as packed:
                    shutil.copyfileobj(packed, place, 1 << 20)
                place.flush()
                return _look(Path(place.name))
            except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
                return f"it cannot be unpacked: {error}"
            except ValueError as error:
                return str(error)

    with ThreadPoolExecutor(threads) as pool:
        run: Callable[..., Any] = map if threads == 1 else pool.map
        for first in range(0, len(members), _BATCH):
            batch = members[first : first + _BATCH]
            yield from run(look, batch)
            reporter.progress(first + len(batch), len(members), unit="video")


def _look(file: Path) -> _VideoLook:
    first = read_frames(file, [0], channels=3)[0]
    return _VideoLook(
        Look.at(first, digest_of_file(file), has_more_pictures=False),
        seconds=_seconds(file),
        still=_still(first),
    )


def _seconds(file: Path) -> float:
    """How long it takes to watch, as the file says; 0 if it does not."""
    with opened_container(str(file)) as container:
        if container.duration:
            return float(container.duration) / 1e6
        stream = container.streams.video[0]
        return float((stream.duration or 0) * (stream.time_base or 0))


def _still(image_HW3: NDArray[np.uint8]) -> bytes:
    height, width, _ = image_HW3.shape
    scale = min(1.0, _STILL_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(image_HW3, size, interpolation=cv2.INTER_AREA)
    options = [cv2.IMWRITE_JPEG_QUALITY, _STILL_QUALITY]
    return cv2.imencode(".jpg", small[:, :, ::-1], options)[1].tobytes()
