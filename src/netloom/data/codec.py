"""How data sets are kept as artifacts: a description, the index and, for own pixels, the media."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netloom.core.digests import canonical_json
from netloom.core.errors import InvalidData
from netloom.core.identifiers import ArtifactId
from netloom.core.locations import anchored, artifact_of
from netloom.data.index import INDEX_NAME, read_index
from netloom.data.view import PARTS, Dataset

if TYPE_CHECKING:
    import pyarrow as pa

VIEW_NAME = "view.json"
MEDIA_FOLDER = "media"
MEDIA_ARRAY = "media.npy"
MEDIA_ARROW = "media.arrow"
COMPANIONS_ARRAY = "companions.npy"
"""Beside own pixels that are an array: the masks or targets of its rows."""
CHECKS_NAME = "checks.parquet"
"""Beside the index of crops: further ones, which nothing is learned from (:mod:`netloom.data.derived`)."""
_MEDIA_NAMES = {"folder": MEDIA_FOLDER, "array": MEDIA_ARRAY, "arrow": MEDIA_ARROW}
_FIRST = 5
_EXAMPLES = 8
_LONGEST_TEXT = 80


class DatasetCodec:
    """Keeps a :class:`Dataset`. See :class:`netloom.core.codecs.Codec`."""

    media_type = "application/vnd.netloom.dataset"

    def save(self, value: Dataset[Any], folder: Path, *, workdir: Path) -> tuple[ArtifactId, ...]:
        """Move ``work:`` files into the artifact; refer to what lies in other artifacts."""
        media_name = _MEDIA_NAMES[value.media_kind]
        kept = replace(
            value,
            index=_adopt(value.index, folder / INDEX_NAME, workdir),
            media=_adopt(value.media, folder / media_name, workdir),
        )
        _adopt_beside(value.media, COMPANIONS_ARRAY, folder, workdir)
        _adopt_beside(value.index, CHECKS_NAME, folder, workdir)
        (folder / VIEW_NAME).write_text(canonical_json(kept.to_json()), encoding="utf-8")
        owners = {artifact_of(kept.index), artifact_of(kept.media)}
        return tuple(sorted(owner for owner in owners if owner))

    def load(self, folder: Path, *, artifact: ArtifactId) -> Dataset[Any]:
        """The view, its locations as seen from outside the artifact."""
        view = _read_view(folder)
        return replace(
            view, index=anchored(view.index, artifact), media=anchored(view.media, artifact)
        )

    def preview(self, folder: Path) -> dict[str, Any]:
        """Samples for each part and class, sizes of the images, the first ids, remarks."""
        view = _read_view(folder)
        summary: dict[str, Any] = {
            "task": view.task,
            "labels": list(view.labels),
            "channels": view.channels,
            "transforms": [transform.type for transform in view.transforms],
            "remarks": list(view.remarks),
        }
        index = folder / INDEX_NAME
        return (
            {**summary, **summary_of(read_index(index), view.labels)}
            if index.is_file()
            else summary
        )


def summary_of(table: pa.Table, labels: tuple[str, ...]) -> dict[str, Any]:
    """An index as JSON: ``samples``, ``parts``, ``classes``, ``sizes``, ``first_ids``, ``examples``.

    Classes are counted for each part; samples without a part or a label count under ``none``. Examples are
    eight samples of as many classes as possible. Where there are objects, a class has the samples that show
    it, and ``objects`` tells the rest (:func:`netloom.data.object_summary.objects_summary`). ``texts`` counts
    transcriptions and their characters, ``pairs`` samples with a counterpart; they are there if any is.
    """
    parts = [part or "none" for part in table["part"].to_pylist()]
    positions: Sequence[int | None] = table["label"].to_pylist()
    objects = None
    if "objects" in table.column_names:
        # Only here is NumPy needed, which a server does not have in memory otherwise.
        from netloom.data.object_summary import objects_summary
        from netloom.data.object_table import classes_of_samples

        objects = objects_summary(table, labels, parts)
        positions = [None if label < 0 else label for label in classes_of_samples(table).tolist()]
    names = ["none" if label is None else labels[label] for label in positions]
    counts = Counter(zip(parts, names, strict=True))
    sizes = Counter(zip(table["width"].to_pylist(), table["height"].to_pylist(), strict=True))
    usual = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))
    used_parts = [part for part in (*PARTS, "none") if part in parts]
    classes = {
        name: {part: counts[part, name] for part in used_parts}
        for name in (*labels, *(["none"] if "none" in names else []))
    }
    if objects is not None:
        classes |= {name: found["samples"] for name, found in objects["classes"].items()}
    return {
        "samples": table.num_rows,
        "parts": {part: parts.count(part) for part in used_parts},
        "classes": classes,
        **({} if objects is None else {"objects": objects}),
        **_counterparts(table),
        "sizes": [
            {"width": width, "height": height, "samples": number}
            for (width, height), number in usual[:_FIRST]
        ],
        "num_sizes": len(sizes),
        "first_ids": table["id"].slice(0, _FIRST).to_pylist(),
        "examples": _examples(positions, table, labels),
    }


def _counterparts(table: pa.Table) -> dict[str, Any]:
    """How many texts there are, in pictures or of objects in them, and how many pairs."""
    import pyarrow.compute as pc

    found: dict[str, Any] = {}
    texts = _texts(table)
    if texts is not None and len(texts) > texts.null_count:
        characters = pc.sum(pc.utf8_length(texts)).as_py()
        found["texts"] = {"texts": len(texts) - texts.null_count, "characters": characters}
    if "target" in table.column_names:
        found["pairs"] = len(table) - table["target"].null_count
    return found


def _texts(table: pa.Table) -> pa.Array | None:
    if "text" in table.column_names:
        return table["text"]
    if "objects" in table.column_names:
        return table["objects"].combine_chunks().flatten().field("text")
    return None


def _examples(
    positions: Sequence[int | None], table: pa.Table, labels: tuple[str, ...]
) -> list[dict[str, Any]]:
    """The first sample of each class, then the second of each, until there are eight."""
    seen: Counter[int | None] = Counter()
    found: list[tuple[int, int]] = []
    for number, label in enumerate(positions):
        if seen[label] < _EXAMPLES:
            found.append((seen[label], number))
            seen[label] += 1
    return [
        {
            "number": number,
            "label": None if (label := positions[number]) is None else labels[label],
            "part": table["part"][number].as_py(),
            **_text_of(table, number),
        }
        for _, number in sorted(found)[:_EXAMPLES]
    ]


def _text_of(table: pa.Table, number: int) -> dict[str, str]:
    """The beginning of what is written in a sample as a whole."""
    text = table["text"][number].as_py() if "text" in table.column_names else None
    return {} if text is None else {"text": text[:_LONGEST_TEXT]}


def _adopt(location: str, target: Path, workdir: Path) -> str:
    scheme, _, rest = location.partition(":")
    if scheme != "work":
        return location
    source = workdir / rest
    if not source.exists():
        raise InvalidData.of(
            f"the operator returned a data set whose {target.name} it did not write: {rest!r}",
            code="X206",
            fix="Write it below run.workdir before returning the data set",
        )
    shutil.move(source, target)
    return f"self:{target.name}"


def _adopt_beside(location: str, name: str, folder: Path, workdir: Path) -> None:
    """Move what lies beside an own file because it belongs to it."""
    scheme, _, rest = location.partition(":")
    source = (workdir / rest).with_name(name)
    if scheme == "work" and source.is_file():
        shutil.move(source, folder / name)


def _read_view(folder: Path) -> Dataset[Any]:
    try:
        document = json.loads((folder / VIEW_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidData.of(
            f"the description of a data set cannot be read: {error}",
            code="I020",
            fix="Run the source of the data set again",
        ) from error
    return Dataset.from_json(document)
