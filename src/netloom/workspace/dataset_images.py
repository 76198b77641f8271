"""Images inside uploaded zip files, read without unpacking them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.core.errors import NotFound
from netloom.data.formats.annotated.opening import is_video_name
from netloom.data.sample_list import ListedSample, read_sample, read_still
from netloom.data.thumbnail import EncodedImage, check_length
from netloom.data.zip_member import read_member
from netloom.tracking.upload_store import UploadRecord
from netloom.workspace.surveys import require_samples
from netloom.workspace.thumbnails import kept_thumbnail, side_for
from netloom.workspace.uploads import file_of

if TYPE_CHECKING:
    from netloom.workspace.workbench import Workbench


def sample_of(bench: Workbench, upload: UploadRecord, number: int) -> ListedSample:
    """A sample of a surveyed file. Raises NotFound, or Conflict if it is not surveyed."""
    return read_sample(require_samples(bench, upload), number)


def image_of(
    bench: Workbench, upload: UploadRecord, sample: ListedSample, *, size: int | None
) -> EncodedImage:
    """The image of a sample: as it is, or small.

    Args:
        size: Pixels that the longer side should have at least, if the image has so many; None gives the
            image as it is.

    Raises:
        InvalidData: It cannot be read or made small, or is too large for either.
    """
    if is_video_name(sample.path):
        return _still_of(bench, upload, sample)
    check_length(sample.size_bytes)
    file = file_of(bench, upload)
    if size is None:
        return EncodedImage.of(read_member(file, sample))
    return kept_thumbnail(
        bench.workspace,
        sample.digest,
        side=side_for(size),
        longest=max(sample.width, sample.height),
        read=lambda: read_member(file, sample),
    )


def _still_of(bench: Workbench, upload: UploadRecord, sample: ListedSample) -> EncodedImage:
    """The picture that a survey kept of a video, whatever size was asked for."""
    still = read_still(require_samples(bench, upload), sample.number)
    if still is None:
        raise NotFound.of(f"there is no picture of sample {sample.number}")
    return EncodedImage.of(still)
