"""What a survey of an archive looked at, and what follows from it: statistics and the list of samples."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netloom.data.datasets import UNLABELLED
from netloom.data.formats.listing import Found, natural_key
from netloom.data.path_text import readable_name, text_from_path
from netloom.data.perceptual_hash import tiny_picture
from netloom.data.sample_list import ListedSample
from netloom.data.statistics import DatasetStatistics, levels_of, measured, moments_of
from netloom.data.survey_findings import group_numbers


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an archive, and what its place says.

    Attributes:
        is_stray: It lies outside the class folders that others lie in.
    """

    info: zipfile.ZipInfo
    found: Found
    is_stray: bool


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at an image, or at the first picture of a video, tells.

    Attributes:
        digest: Of the whole file.
    """

    digest: str
    width: int
    height: int
    has_more_pictures: bool
    picture_893: NDArray[np.uint8]
    moments: NDArray[np.float64]

    @classmethod
    def at(cls, image_HW3: NDArray[np.uint8], digest: str, *, has_more_pictures: bool) -> Look:
        """A look at decoded pixels."""
        height, width, _ = image_HW3.shape
        return cls(
            digest=digest,
            width=width,
            height=height,
            has_more_pictures=has_more_pictures,
            picture_893=tiny_picture(image_HW3),
            moments=moments_of(image_HW3),
        )


def statistics_of(good: Sequence[tuple[Member, Look]], most_bits: int | None) -> DatasetStatistics:
    """Counts, sizes, copies and levels of everything that can be used."""
    names = class_names([member.found for member, _ in good])
    position = {name: index for index, name in enumerate(names)}
    labels = [
        UNLABELLED if member.found.label is None else position[member.found.label]
        for member, _ in good
    ]
    looks = [seen for _, seen in good]
    return measured(
        ids=[text_from_path(member.found.path) for member, _ in good],
        digests=[seen.digest for seen in looks],
        label_names=tuple(map(readable_name, names)),
        labels_N=np.array(labels, np.int64),
        parts=[member.found.part for member, _ in good],
        widths_N=np.array([seen.width for seen in looks], np.int64),
        heights_N=np.array([seen.height for seen in looks], np.int64),
        looked_at=np.arange(len(good)),
        pictures_N893=np.stack([seen.picture_893 for seen in looks]),
        levels=levels_of(sum((seen.moments for seen in looks), np.zeros((2, 3))), len(good)),
        most_bits=most_bits,
    )


def class_names(found: Sequence[Found]) -> list[str]:
    """Classes in the order in which they are numbered."""
    return sorted({each.label for each in found if each.label is not None}, key=natural_key)


def samples_of(
    good: Sequence[tuple[Member, Look]], statistics: DatasetStatistics
) -> Iterator[ListedSample]:
    """The rows of the list."""
    groups = group_numbers(statistics)
    for number, (member, seen) in enumerate(good):
        label = member.found.label
        yield ListedSample(
            number=number,
            path=statistics.ids[number],
            label=None if label is None else readable_name(label),
            part=member.found.part,
            width=seen.width,
            height=seen.height,
            size_bytes=member.info.file_size,
            digest=seen.digest,
            duplicates=groups.get(number),
            offset=member.info.header_offset,
            packed_bytes=member.info.compress_size,
            method=member.info.compress_type,
            checksum=member.info.CRC,
        )
