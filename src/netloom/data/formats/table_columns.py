"""Which columns of an Arrow or Parquet table hold images, labels and parts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netloom.core.diagnostics import Diagnostic, Place
from netloom.core.errors import InvalidData
from netloom.data.arrow_files import holds_images
from netloom.data.formats.column_names import (
    IMAGES,
    LABELS,
    PARTS,
    find_column,
    missing_column,
)
from netloom.data.formats.datasets_folder import features_of
from netloom.data.formats.manifest import ColumnChoice, LabelColumn

if TYPE_CHECKING:
    import pyarrow as pa

_HUGGING_FACE = b"huggingface"


@dataclass(frozen=True, slots=True)
class TableColumns:
    """Names of the columns that matter.

    Attributes:
        label: None where images have no labels.
        part: None where no column says.
        label_names: The label space, if the table comes with one; labels are positions in it.
    """

    image: str
    label: str | None
    part: str | None
    label_names: tuple[str, ...] | None = None

    @property
    def names(self) -> list[str]:
        """Those that have to be read."""
        return [name for name in (self.image, self.label, self.part) if name]


def table_columns(
    schema: pa.Schema,
    chosen: ColumnChoice,
    *,
    labels: LabelColumn,
    file: str,
    features: Mapping[str, Any] | None = None,
) -> TableColumns:
    """Find the columns of a table by their names, types and descriptions.

    Args:
        chosen: Columns that were named.
        file: Name of the file, for problems.
        features: What a description beside the table says; else the one inside is used.

    Raises:
        InvalidData: Columns are missing, unclear or of another type; all problems at once.
    """
    known = features or _features_inside(schema)
    image, problem = _image_column(schema, chosen.image, known, file)
    problems = [problem] if problem else []
    label = None
    if labels == "column":
        label, problem = _label_column(schema, chosen.label, known, file)
        problems += [problem] if problem else []
    part = find_column(schema.names, chosen.part, PARTS)
    if chosen.part and part is None:
        problems.append(
            missing_column(
                "parts", schema.names, chosen.part, PARTS, setting="part_column", file=file
            )
        )
    elif part and not _holds_labels(schema.field(part).type):
        problems.append(_wrong_type(schema.field(part), "part_column", "texts", file))
    if problems or image is None:
        raise InvalidData(*problems)
    return TableColumns(image, label, part, _label_names(known.get(label or "")))


def _image_column(
    schema: pa.Schema, named: str | None, known: Mapping[str, Any], file: str
) -> tuple[str | None, Diagnostic | None]:
    able = [column.name for column in schema if holds_images(column.type)]
    column = named if named in schema.names else None
    if named is None:
        described = [name for name in able if _type_of(known.get(name)) == "Image"]
        among = described or able
        column = find_column(among, None, IMAGES) or (among[0] if len(among) == 1 else None)
    if column is None:
        return None, missing_column(
            "images", schema.names, named, IMAGES, setting="image_column", file=file
        )
    if column not in able:
        return None, _wrong_type(
            schema.field(column),
            "image_column",
            "bytes of image files, or structs with bytes",
            file,
        )
    return column, None


def _label_column(
    schema: pa.Schema, named: str | None, known: Mapping[str, Any], file: str
) -> tuple[str | None, Diagnostic | None]:
    column = named if named in schema.names else None
    if named is None:
        described = [name for name in schema.names if _type_of(known.get(name)) == "ClassLabel"]
        column = find_column(described or schema.names, None, LABELS)
        column = column or (described[0] if len(described) == 1 else None)
    if column is None:
        problem = missing_column(
            "labels", schema.names, named, LABELS, setting="label_column", file=file
        )
        return None, problem
    if not _holds_labels(schema.field(column).type):
        return None, _wrong_type(schema.field(column), "label_column", "texts or integers", file)
    return column, None


def _holds_labels(kind: pa.DataType) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return _holds_labels(kind.value_type)
    checks = (
        pa.types.is_integer, pa.types.is_boolean, pa.types.is_string, pa.types.is_large_string,
        pa.types.is_string_view, pa.types.is_null,
    )  # fmt: skip
    # pandas turns integers into floats where some are missing.
    return any(check(kind) for check in checks) or bool(pa.types.is_floating(kind))


def _wrong_type(column: pa.Field, setting: str, expected: str, file: str) -> Diagnostic:
    return Diagnostic(
        code="I346",
        message=f"the column {column.name!r} cannot be used",
        place=Place(setting=setting, file=file),
        expected=expected,
        got=str(column.type),
        fix=f"Name another column with {setting}",
    )


def _features_inside(schema: pa.Schema) -> Mapping[str, Any]:
    content = (schema.metadata or {}).get(_HUGGING_FACE)
    if content is None:
        return {}
    try:
        return features_of(json.loads(content)["info"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}  # it describes columns for people; the columns themselves are there


def _type_of(feature: object) -> object:
    return feature.get("_type") if isinstance(feature, dict) else None


def _label_names(feature: object) -> tuple[str, ...] | None:
    names: Sequence[Any] = feature.get("names") or () if isinstance(feature, dict) else ()
    if _type_of(feature) != "ClassLabel" or not names:
        return None
    return tuple(str(name) for name in names)
