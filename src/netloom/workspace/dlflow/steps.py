"""STEPS: the tasks a configuration asks for, in whatever order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from netloom.core.errors import InvalidInput
from netloom.workspace.dlflow.hocon import Configuration

ALIASES = {
    "merge": "merge",
    "encode": "encode",
    "encoding": "encode",
    "train": "train",
    "training": "train",
    "test": "evaluate",
    "eval": "evaluate",
    "evaluate": "evaluate",
    "evaluating": "evaluate",
    "pred": "predict",
    "predict": "predict",
    "predicting": "predict",
}


@dataclass(frozen=True, slots=True)
class Steps:
    """What a configuration asks for.

    Attributes:
        tasks: DLFlow's own tasks, by their first names.
        own: Names of tasks that the project defines.
    """

    tasks: frozenset[str]
    own: tuple[str, ...] = ()

    @property
    def merges(self) -> bool:
        """Whether tables are merged; otherwise the merged table is read."""
        return "merge" in self.tasks

    @property
    def trains(self) -> bool:
        """Whether a model is trained; otherwise an earlier one is used."""
        return "train" in self.tasks

    @property
    def needs_model(self) -> bool:
        """Whether anything is done that takes a model."""
        return bool(self.tasks & {"train", "evaluate", "predict"})

    @property
    def encodes(self) -> bool:
        """Whether an encoded table is made: also if DLFlow would have read an earlier one.

        Prediction alone encodes with the model's own feature map.
        """
        is_asked_for = "encode" in self.tasks and not self.needs_model
        return is_asked_for or bool(self.tasks & {"train", "evaluate"})


def steps_of(configuration: Configuration) -> Steps:
    """The steps of a configuration.

    Raises:
        InvalidInput: There are none.
    """
    names = listed(configuration.get("STEPS"))
    if not names:
        raise InvalidInput.of(
            "the configuration has no STEPS",
            code="T389",
            place=configuration.place("STEPS"),
            expected='e.g. `STEPS: "encode, train, evaluate"`',
            fix="Convert the file that has them; it includes the others. Or say `--set STEPS=train,predict`",
        )
    tasks = [ALIASES.get(name.lower()) for name in names]
    own = tuple(name for name, task in zip(names, tasks, strict=True) if task is None)
    return Steps(frozenset(task for task in tasks if task), own)


def listed(value: Any) -> list[str]:
    """Names as DLFlow takes them: a list, or one text with commas. Of what has values, its keys.

    >>> listed("a, b,"), listed([{"clicked": 1}, "spent"])
    (['a', 'b'], ['clicked', 'spent'])
    """
    items = value.split(",") if isinstance(value, str) else value or []
    if not isinstance(items, list | tuple):
        items = [items]
    names = (each for item in items for each in (item if isinstance(item, Mapping) else [item]))
    return [name for each in names if (name := str(each).strip())]
