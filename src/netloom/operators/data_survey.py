"""Looking into a file of data without bringing it in."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field

from netloom.core.settings import NonEmptyText
from netloom.core.values import File
from netloom.data.sample_list import MEDIA_TYPE
from netloom.execution.context import RunContext
from netloom.graph.operator import Needs, operator
from netloom.operators.data import file_identity


class Surveyed(NamedTuple):
    """What is in a file.

    Attributes:
        findings: Classes, sizes, what cannot be used, duplicates, leaks.
        samples: The list of images, an SQLite file.
    """

    findings: dict[str, Any]
    samples: File


@operator(group="data", job=Needs(cpus=1), identity=file_identity, preload=("cv2",))
def survey(
    *,
    path: NonEmptyText,
    labels: Literal["auto", "folders", "none"] = "auto",
    near: Annotated[int, Field(ge=0, le=8)] | None = 3,
    run: RunContext,
) -> Surveyed:
    """Look into a zip file of images without unpacking it.

    Every image is decoded once, so damaged ones are found before anything is trained.

    Args:
        path: The zip file. A relative path starts at the project folder.
        labels: "folders": the name of the folder is the class. "none": images without labels. "auto"
            finds out: classes, if an image lies in a class folder.
        near: In how many of 64 bits the perceptual hashes of near duplicates may differ, 0 to 8; empty
            does not look for them.

    Returns:
        What was found, and the list of images.
    """
    from netloom.data.zip_survey import survey_zip

    findings = survey_zip(
        run.resolve(f"path:{path}"),
        run.resolve("work:samples.db"),
        reporter=run,
        labels=labels,
        most_bits=near,
        threads=run.threads,
    )
    for remark in findings["remarks"]:
        run.note(remark)
    return Surveyed(findings, File("work:samples.db", MEDIA_TYPE))
