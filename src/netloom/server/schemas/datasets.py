"""Files of data that people send, and what a look into them finds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from netloom.accounts.permissions import Right, Visibility
from netloom.server.reader_language import Worded
from netloom.server.schemas.diagnostics import Diagnostic
from netloom.server.schemas.runs import Progress
from netloom.server.schemas.wire import Answer, Body, JsonValue, Name, Seconds, Text

DataFormat = Literal["zip", "parquet", "table"]
SurveyState = Literal["none", "queued", "running", "succeeded", "failed", "cancelled"]


class NewDataset(Body):
    """A file to send: announce it, send its pieces in order, then complete it.

    A name that one has used before makes the next version of that data set.
    """

    name: Name
    file_name: Annotated[str, Field(min_length=1, max_length=255, examples=["flowers.zip"])]
    size_bytes: Annotated[int, Field(ge=1, le=2**50)]
    sha256: Annotated[str, Field(pattern="^[0-9a-fA-F]{64}$")] | None = None
    """If given, the file is refused when it was damaged on its way."""
    description: Text = ""


class DatasetChanges(Body):
    """What to call a data set from now on; what is null stays."""

    name: Name | None = None
    description: Text | None = None


class Dataset(Answer):
    """A file that was announced, and perhaps has arrived."""

    id: str
    name: str
    version: int
    """1 for the first of its name; of all versions of a name that one owner sent, the highest is newest."""
    is_newest: bool
    description: str
    file_name: str
    size_bytes: int
    received_bytes: int
    """Where the next piece begins."""
    is_complete: bool
    sha256: str | None
    format: DataFormat | None
    """By its content; null until it is complete."""
    path: str | None
    """How a pipeline names the file, as ``path`` of its source; null until it is complete."""
    reader: str | None
    """The operator that reads it, as far as is known; null until it is complete."""
    survey_state: SurveyState
    survey_progress: Progress | None
    """How many images or videos a survey that is running has looked at."""
    num_images: int | None
    """Null until it is surveyed; as ``num_classes``."""
    num_classes: int | None
    owner: str | None
    visibility: Visibility
    right: Right
    created: Seconds
    completed: Seconds | None


class DatasetList(Answer):
    """What one may see, newest first."""

    datasets: list[Dataset]
    max_upload_bytes: int
    """Largest file the server takes."""
    chunk_bytes: int
    """Longest piece it takes."""


class DatasetVersion(Answer):
    """A file of the same name and owner."""

    id: str
    version: int
    is_complete: bool
    created: Seconds


class ClassCount(Answer):
    """How many images a class has."""

    name: str
    num_images: int
    parts: dict[str, int]
    """Likewise for each part; empty if there are no parts."""


class SkippedFile(Answer):
    """A file that cannot be used."""

    path: str
    reason: Worded


class SkippedFiles(Answer):
    """What cannot be used. Pipelines refuse such data unless ``on_bad: skip`` is set."""

    total: int
    files: list[SkippedFile]
    """The first hundred."""


class HistogramBar(Answer):
    """How many images lie between two lengths, both included."""

    low: int
    high: int
    num_images: int


class Side(Answer):
    """Lengths of a side of the images, in pixels."""

    min: int
    median: float
    max: int
    bars: list[HistogramBar]


class ImageSize(Answer):
    """A size that occurs."""

    width: int
    height: int
    num_images: int


class SampleGroups(Answer):
    """Groups of samples that show the same."""

    num_groups: int
    num_images: int
    """In all groups together."""
    groups: list[list[int]]
    """Numbers of the samples: the first hundred groups, the first twenty of each."""


class Leak(Answer):
    """Images of a part that also occur, or nearly, in a part before it."""

    part: str
    num_images: int
    samples: list[int]
    """Numbers of the first hundred."""


class SourceNode(Answer):
    """The node that brings this data into a pipeline."""

    operator: str
    settings: dict[str, JsonValue]


class FoundAnnotations(Answer):
    """The form of annotations that lie beside the images."""

    form: str
    """As the setting ``format`` of sources names it."""
    operator: str
    """The source that fits best."""
    reason: Worded
    """What the form was told by."""


class FoundVideos(Answer):
    """How long the videos are."""

    total_s: float
    shortest_s: float
    median_s: float
    longest_s: float


class Findings(Answer):
    """What a survey found. Of an archive of videos, the images are these: their first pictures."""

    num_images: int
    num_unlabelled: int
    image_bytes: int
    """Sum over all images, as they are packed."""
    layout: Literal["classes", "parts", "none"]
    """What the folders are: classes, parts with classes inside, or nothing of that kind."""
    annotations: FoundAnnotations | None = None
    """Null if there are none besides classes."""
    videos: FoundVideos | None = None
    """Null unless the archive is one of videos."""
    classes: list[ClassCount]
    parts: dict[str, int]
    skipped: SkippedFiles
    remarks: list[Worded]
    """What a person should know: what was passed over, classes with a single image, animations."""
    width: Side | None
    height: Side | None
    usual_sizes: list[ImageSize]
    """The most frequent, at most five."""
    num_sizes: int
    duplicates: SampleGroups
    """Equal to the byte."""
    near_duplicates: SampleGroups
    conflicts: SampleGroups
    """The same picture with different labels."""
    leaks: list[Leak]
    mean: list[float]
    """Of red, green and blue, 0 to 1."""
    std: list[float]


class Survey(Answer):
    """A look into a file: by a job, so it waits its turn and can be stopped as every run."""

    state: SurveyState
    run: str | None
    """Id of the run that looks or has looked: to follow, or to cancel."""
    progress: Progress | None
    diagnostics: list[Diagnostic]
    """Why it failed."""
    findings: Findings | None
    """Null until it has succeeded."""


class DatasetDetails(Dataset):
    """A file and what is in it."""

    survey: Survey
    versions: list[DatasetVersion]
    """All of this name and owner that one may see, newest first; this one among them."""
    source: SourceNode | None
    """Null until it is complete, and while only its survey will tell: of archives of very many files."""


class Sample(Answer):
    """An image inside a file."""

    number: int
    path: str
    label: str | None
    part: str | None
    width: int
    height: int
    size_bytes: int
    group: int | None
    """Samples with the same number show the same; null for those that occur once."""


class SamplePage(Answer):
    """Some samples."""

    samples: list[Sample]
    total: int
    """How many match, on all pages."""
