"""Images in the rows of tables: inspects each and collects the index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netloom.core.diagnostics import Place
from netloom.core.errors import InvalidData
from netloom.core.reporter import Reporter
from netloom.core.tasks import ImageClassification
from netloom.data.arrow_files import encoded_images
from netloom.data.classes import remarks_on_classes
from netloom.data.formats.image_files import remarks_on_animations
from netloom.data.formats.inspection import InspectAll, Inspection
from netloom.data.formats.listing import natural_key
from netloom.data.formats.manifest import text_of
from netloom.data.formats.part_names import PART_OF_NAME, part_named
from netloom.data.formats.rejects import OnBad, Reject, check_rejects, remarks_on_rejects
from netloom.data.formats.table_columns import TableColumns
from netloom.data.formats.table_files import TableFile
from netloom.data.index import INDEX_NAME, index_table, write_index
from netloom.data.path_text import text_from_path
from netloom.data.view import Dataset, Part

if TYPE_CHECKING:
    import pyarrow as pa

_UNLABELLED = "-1"
"""What the hub writes where labels are kept secret."""


@dataclass(frozen=True, slots=True)
class Sample:
    """An image in a row that can be used.

    Attributes:
        path: The file below the media, if there are several.
        row: Row in that file.
        label: Class name; None without.
    """

    id: str
    path: str | None
    row: int
    label: str | None
    part: Part | None
    seen: Inspection


@dataclass
class Rows:
    """What the rows of all files gave."""

    samples: list[Sample] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    label_names: tuple[str, ...] | None = None

    def agree_on_labels(self, names: tuple[str, ...] | None, file: str) -> None:
        """Take over the label space of another file.

        Raises:
            InvalidData: Earlier files have another one.
        """
        is_first = not (self.samples or self.rejects)
        if not is_first and names != self.label_names:
            raise InvalidData.of(
                "the files of the table have different classes",
                code="I348",
                place=Place(setting="path", file=file),
                expected=_in_short(self.label_names),
                got=_in_short(names),
                fix="Read them with one source each, or write the table anew with one label space",
            )
        self.label_names = names


def inspect_rows(
    batch: pa.RecordBatch,
    columns: TableColumns,
    file: TableFile,
    *,
    first_row: int,
    name: str,
    inspect: InspectAll,
) -> Iterator[Sample | Reject]:
    """A sample or the reason against it for every row.

    Args:
        first_row: Row of the file that the batch starts with.
        name: The file as people call it.

    Raises:
        ValueError: The image column is damaged.
    """
    cells = encoded_images(batch.column(columns.image))
    contents = [memoryview(cell.as_buffer() or b"") for cell in cells]
    labels = _texts(batch, columns.label)
    parts = _texts(batch, columns.part)
    seen = inspect(contents)
    for offset, (looked, label, part) in enumerate(zip(seen, labels, parts, strict=True)):
        row = first_row + offset
        id_ = f"{name}#{row}"
        problem = looked.problem or _problem(label, part, columns.label_names)
        if not contents[offset]:
            problem = "the table does not hold its bytes"
        if problem:
            yield Reject(id_, problem)
            continue
        yield Sample(
            id=id_,
            path=file.path or None,
            row=row,
            label=_label(label, columns.label_names),
            part=part_named(part) if part else file.part,
            seen=looked,
        )


def write_rows(
    rows: Rows,
    workdir: Path,
    *,
    media: str,
    column: str,
    reporter: Reporter,
    on_bad: OnBad,
    remarks_before: Sequence[str] = (),
) -> Dataset[ImageClassification]:
    """Write the index and describe the data set.

    Args:
        column: Name of the column of images in the media.

    Raises:
        InvalidData: No row can be used, or ``on_bad`` is ``error`` and a row cannot.
    """
    samples = rows.samples
    check_rejects(rows.rejects, total=len(samples) + len(rows.rejects), on_bad=on_bad)
    if not samples:
        raise InvalidData.of(
            "the table has no rows", code="I003", place=Place(setting="path"), fix="Check the path"
        )
    names = rows.label_names or _names(samples)
    remarks = [
        *remarks_before,
        *remarks_on_rejects(rows.rejects),
        *remarks_on_animations([s.id for s in samples if s.seen.has_more_pictures]),
        *remarks_on_classes([sample.label for sample in samples]),
    ]
    for remark in remarks:
        reporter.note(remark)
    position = {name: index for index, name in enumerate(names)}
    table = index_table(
        ids=[sample.id for sample in samples],
        digests=[sample.seen.digest for sample in samples],
        paths=[None if s.path is None else text_from_path(s.path) for s in samples],
        rows=[sample.row for sample in samples],
        labels=[None if s.label is None else position[s.label] for s in samples],
        parts=[sample.part for sample in samples],
        sizes=[(sample.seen.width, sample.seen.height) for sample in samples],
    )
    write_index(workdir / INDEX_NAME, table)
    return Dataset(
        task=ImageClassification.name,
        index=f"work:{INDEX_NAME}",
        media=media,
        media_kind="arrow",
        media_column=column,
        labels=names,
        remarks=tuple(remarks),
    )


def _texts(batch: pa.RecordBatch, column: str | None) -> list[str]:
    if column is None:
        return [""] * batch.num_rows
    values: list[Any] = batch.column(column).to_pylist()
    return [text_of(value) for value in values]


def _problem(label: str, part: str, names: tuple[str, ...] | None) -> str | None:
    if part and part_named(part) is None:
        return f"its part is {part!r}, which is none of {', '.join(PART_OF_NAME)}"
    is_outside = names and label not in ("", _UNLABELLED) and not _is_position(label, len(names))
    if names and is_outside:
        return f"its label is {label}, where 0 to {len(names) - 1} are named"
    return None


def _is_position(label: str, num_names: int) -> bool:
    return label.isdecimal() and int(label) < num_names


def _label(label: str, names: tuple[str, ...] | None) -> str | None:
    if not label or (names and label == _UNLABELLED):
        return None
    return names[int(label)] if names else label


def _names(samples: Sequence[Sample]) -> tuple[str, ...]:
    found = {sample.label for sample in samples if sample.label is not None}
    return tuple(sorted(found, key=natural_key))


def _in_short(names: tuple[str, ...] | None) -> str:
    if names is None:
        return "classes without names"
    return f"{len(names)} classes: " + ", ".join(names[:5])
