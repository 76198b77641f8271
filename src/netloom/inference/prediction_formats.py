"""The file formats that predictions can be written in. Torch-free: settings name them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

from netloom.core.diagnostics import Place
from netloom.core.errors import InvalidInput

PredictionFormat = Literal["parquet", "jsonl", "csv"]
"""``parquet`` (typed columns), ``jsonl`` (one JSON object per line) or ``csv`` (one column per score)."""

FORMATS: tuple[PredictionFormat, ...] = get_args(PredictionFormat)
MEDIA_TYPES: dict[PredictionFormat, str] = {
    "parquet": "application/vnd.apache.parquet",
    "jsonl": "application/jsonl",
    "csv": "text/csv",
}


def format_of(path: Path) -> PredictionFormat:
    """The format that a file's suffix names.

    Raises:
        InvalidInput: It names none.

    Example:
        >>> FORMATS.index(format_of(Path("out/predictions.CSV")))
        2
    """
    for name in FORMATS:
        if path.suffix.lower() == f".{name}":
            return name
    raise InvalidInput.of(
        f"the name of {path} does not say in which format to write",
        code="I400",
        place=Place(file=str(path)),
        expected="a name ending in " + ", ".join(f".{name}" for name in FORMATS),
        got=path.suffix or "no suffix",
        fix="Choose one of these suffixes",
    )
