"""Names of the formats, for settings of operators and the command line."""

from __future__ import annotations

from typing import Literal, get_args

FormatName = Literal[
    "coco",
    "voc",
    "yolo",
    "yolo_segment",
    "cvat",
    "label_studio",
    "rectangles",
    "polygons",
    "text_rectangles",
    "text_polygons",
    "text_lines",
    "masks",
    "pairs",
    "depth",
    "normals",
    "jsonl",
    "csv",
    "videos",
    "classes",
    "distillation",
    "unlabelled",
]
FormatChoice = Literal["auto", FormatName]
"""A format, or ``auto`` to find out."""
FORMAT_NAMES: tuple[str, ...] = get_args(FormatName)
