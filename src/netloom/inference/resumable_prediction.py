"""A prediction file that is made piece by piece, so that a killed prediction goes on where it stopped.

Beside ``found.parquet`` a folder ``found.parquet.parts`` is filled::

    about.json      what is predicted with, and how: another model starts afresh
    000000.parquet  the first predictions
    000000.json     how many inputs they answer, which could not be read, and a digest of the inputs

A part counts once its ``.json`` exists; both are written aside and renamed. A part whose inputs have changed
meanwhile, and those after it, are predicted again. In the end the parts become the file and the folder goes.
So every input is answered exactly once, in its order, however often the program was killed.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netloom.core.diagnostics import Diagnostic
from netloom.core.errors import Conflict
from netloom.core.files import storage_errors, write_json
from netloom.inference.file_prediction import BadFile, EncodedPicture, Picture
from netloom.inference.joined_predictions import join_parts
from netloom.inference.prediction_formats import PredictionFormat
from netloom.inference.predictions import writing_predictions
from netloom.inference.row_blocks import MOST_BYTES, num_bytes

if TYPE_CHECKING:
    import pyarrow as pa

Row = Mapping[str, Any]

_INPUTS_PER_PART = 4096
_SECONDS_PER_PART = 20.0


@dataclass(slots=True)
class Tally:
    """What came of the inputs of finished parts.

    Attributes:
        labels: How often each label was predicted, for tasks whose predictions have one.
    """

    predicted: int = 0
    bad: list[BadFile] = field(default_factory=list)
    labels: Counter[str] = field(default_factory=Counter)

    @property
    def inputs(self) -> int:
        """Inputs that were dealt with."""
        return self.predicted + len(self.bad)

    def count(self, rows: Sequence[Row], bad: Sequence[BadFile]) -> None:
        """Add the predictions of some inputs."""
        self.predicted += len(rows)
        self.bad += bad
        self.labels.update(row["label"] for row in rows if "label" in row)

    def add(self, other: Tally) -> None:
        """Add another tally."""
        self.predicted += other.predicted
        self.bad += other.bad
        self.labels.update(other.labels)


class ResumablePredictions:
    """The parts of one prediction file. Made by :func:`resumable_predictions`.

    Attributes:
        done: What earlier calls have dealt with, after :meth:`remaining`.
    """

    def __init__(
        self, output: Path, folder: Path, form: PredictionFormat, types: Mapping[str, pa.DataType]
    ) -> None:
        self.done = Tally()
        self._output = output
        self._folder = folder
        self._form = form
        self._types = types
        self._numbered = 0
        self._part = _Part()

    def remaining(self, inputs: Iterable[Picture]) -> Iterator[Picture]:
        """The inputs that no finished part answers; each is remembered for the part it will be in.

        Args:
            inputs: Can be gone through more than once.
        """
        self._skip_finished(iter(inputs))
        for each in islice(inputs, self.done.inputs, None):
            self._part.expect(each)
            yield each

    def add(self, rows: Sequence[Row], bad: Sequence[BadFile]) -> None:
        """Take the predictions of the next inputs, in their order."""
        self._part.add(rows, bad)
        if self._part.is_full:
            self._close_part()

    def finish(self) -> None:
        """Make the parts the file."""
        if self._part.tally.inputs or not self._numbered:
            self._close_part()
        parts = [self._file(number) for number in range(self._numbered)]
        join_parts(parts, self._output, form=self._form)
        shutil.rmtree(self._folder)

    def _skip_finished(self, stream: Iterator[Picture]) -> None:
        while (found := _read_part(self._about(self._numbered))) is not None:
            digest, tally = found
            stamps = [_stamp(each) for each in islice(stream, tally.inputs)]
            if _digest(stamps) != digest or not self._file(self._numbered).is_file():
                self._drop_from(self._numbered)
                return
            self.done.add(tally)
            self._numbered += 1

    def _drop_from(self, number: int) -> None:
        while self._about(number).exists():
            self._about(number).unlink()
            number += 1

    def _close_part(self) -> None:
        part, self._part = self._part, self._part.next()
        with writing_predictions(
            self._file(self._numbered), form=self._form, names=("path",), types=self._types
        ) as writer:
            writer.add(part.rows)
        write_json(self._about(self._numbered), part.to_json())
        self._numbered += 1

    def _file(self, number: int) -> Path:
        return self._folder / f"{number:06d}.{self._form}"

    def _about(self, number: int) -> Path:
        return self._folder / f"{number:06d}.json"


class _Part:
    """Predictions that are not on disk yet, and the stamps of inputs that were handed out."""

    def __init__(self, stamps: Sequence[bytes] = ()) -> None:
        self.rows: list[Row] = []
        self.tally = Tally()
        self._held = 0
        self._stamps = list(stamps)
        self._started = time.monotonic()

    @property
    def is_full(self) -> bool:
        took = time.monotonic() - self._started
        is_large = self.tally.inputs >= _INPUTS_PER_PART or self._held >= MOST_BYTES
        return is_large or took >= _SECONDS_PER_PART

    def expect(self, picture: Picture) -> None:
        self._stamps.append(_stamp(picture))

    def add(self, rows: Sequence[Row], bad: Sequence[BadFile]) -> None:
        self.rows += rows
        self._held += sum(map(num_bytes, rows))
        self.tally.count(rows, bad)

    def next(self) -> _Part:
        """The part after this one: inputs are handed out before their predictions come."""
        return _Part(self._stamps[self.tally.inputs :])

    def to_json(self) -> dict[str, Any]:
        return {
            "digest": _digest(self._stamps[: self.tally.inputs]),
            "predicted": self.tally.predicted,
            "bad": [[str(each.path), each.problem.to_json()] for each in self.tally.bad],
            "labels": dict(self.tally.labels),
        }


@contextmanager
def resumable_predictions(
    output: Path,
    *,
    form: PredictionFormat,
    identity: Mapping[str, Any],
    types: Mapping[str, pa.DataType] | None = None,
) -> Iterator[ResumablePredictions]:
    """The parts of a prediction file; those of an earlier call with the same identity are kept.

    The file itself appears when :meth:`ResumablePredictions.finish` is called, and not before.

    Args:
        identity: What decides the predictions besides the inputs: the models and how they are used, as JSON.
        types: As for :func:`netloom.inference.predictions.writing_predictions`.

    Raises:
        Conflict: Another program writes this file right now.
        StorageFailed: The disk is full or the folder cannot be written.
    """
    folder = output.with_name(f"{output.name}.parts")
    about = {"format": 1, "form": form, **identity}
    with storage_errors(output):
        folder.mkdir(parents=True, exist_ok=True)
    with alone(folder, output):
        if _read_json(folder / "about.json") != about:
            for file in folder.iterdir():
                if file.name != _LOCK:
                    file.unlink()
            write_json(folder / "about.json", about)
        try:
            yield ResumablePredictions(output, folder, form, types or {})
        finally:
            _remove_if_useless(folder)


_LOCK = "lock"


@contextmanager
def alone(folder: Path, output: Path) -> Iterator[None]:
    """Hold the folder; the system lets go of it even if this program is killed.

    Raises:
        Conflict: Another program holds it.
    """
    with (folder / _LOCK).open("wb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict.of(
                f"another program is writing {output}",
                code="I485",
                fix="Wait for it, or name another file",
            ) from error
        yield


def _remove_if_useless(folder: Path) -> None:
    """A folder without a finished part saves nobody any work."""
    if folder.is_dir() and not (folder / "000000.json").exists():
        shutil.rmtree(folder, ignore_errors=True)


def _read_part(path: Path) -> tuple[str, Tally] | None:
    """Digest of the inputs, and what came of them; None if it is not finished."""
    document = _read_json(path)
    if document is None:
        return None
    bad = [BadFile(Path(path), Diagnostic.from_json(problem)) for path, problem in document["bad"]]
    tally = Tally(document["predicted"], bad, Counter(document["labels"]))
    return document["digest"], tally


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def _digest(stamps: Iterable[bytes]) -> str:
    return hashlib.sha256(b"\n".join(stamps)).hexdigest()


def _stamp(picture: Picture) -> bytes:
    """Changes when the picture does: size and time of a file, the content of a row."""
    if isinstance(picture, EncodedPicture):
        content = hashlib.sha256(picture.content).hexdigest()
        return f"{picture.path} {content}".encode(errors="surrogateescape")
    try:
        status = picture.stat()
    except OSError:
        return f"{picture} gone".encode(errors="surrogateescape")
    return f"{picture} {status.st_size} {status.st_mtime_ns}".encode(errors="surrogateescape")
