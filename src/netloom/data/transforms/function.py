"""The transform that is a function of the user's own."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue

from netloom.data.transforms.image_transform import ImageTransform

_PART = r"[^:/\\.][^:/\\]*"  # of a path: no dot in front, so that it can neither leave nor hide
_NAMED = re.compile(rf"(?P<file>({_PART}/)*{_PART}\.py):(?P<name>[^\W\d]\w*)")


def _checked(text: str) -> str:
    if not _NAMED.fullmatch(text):
        raise ValueError(
            "a file below the project folder and a function in it, such as images.py:darken"
        )
    return text


FunctionName = Annotated[str, Field(min_length=1), AfterValidator(_checked)]
"""A Python file, relative to the project folder, and the name of a function in it."""


def file_and_name(function: FunctionName) -> tuple[str, str]:
    """The two things that the name of a function consists of.

    >>> len(file_and_name("operators/my_images.py:darken")[1])
    6
    """
    file, _, name = function.rpartition(":")
    return file, name


class Function(ImageTransform):
    """Call a function of the user's project for every image.

    The description names code and does not contain any. The code is imported when images are read by somebody
    who says where the project is, and only if it still is what it was (:mod:`netloom.data.functions`).

    Attributes:
        function: Where the function is.
        digest: SHA-256 of what its file and the project files imported there mean
            (:func:`netloom.core.python_sources.source_digest`).
        settings: What it gets by keyword besides the image.
        augmentation: It acts on the training part only, keeps the size, and may draw random numbers.
    """

    type: Literal["function"] = "function"
    function: FunctionName
    digest: str
    settings: dict[str, JsonValue] = Field(default_factory=dict)
    augmentation: bool = False

    @property
    def augments(self) -> bool:
        """If the user said so."""
        return self.augmentation
