"""A configuration of DLFlow as a pipeline file, with what became of each of its keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netloom.workspace.dlflow.custom_code import OwnCode, own_code
from netloom.workspace.dlflow.draft import Draft
from netloom.workspace.dlflow.hive_tables import located
from netloom.workspace.dlflow.hocon import Configuration
from netloom.workspace.dlflow.nodes import DEFAULTS, Nodes
from netloom.workspace.dlflow.outcomes import ORDER, Became, Ledger, Outcome
from netloom.workspace.dlflow.reading import read_configuration
from netloom.workspace.dlflow.steps import steps_of
from netloom.workspace.dlflow.surroundings import note_surroundings
from netloom.workspace.dlflow.templates import FEATURE_DATE, MODEL_DATE, Texts


@dataclass(frozen=True, slots=True)
class Converted:
    """A pipeline that does what a configuration asked DLFlow for.

    Attributes:
        name: Of the pipeline.
        text: The pipeline file.
        outcomes: What became of each key, those that need a person first.
        files: Configurations it was made from, with those they include.
        engine: Lines for ``netloom.toml`` with Spark's settings; empty if there are none.
    """

    name: str
    text: str
    outcomes: tuple[Outcome, ...]
    files: tuple[Path, ...]
    engine: tuple[str, ...] = ()

    def counts(self) -> dict[Became, int]:
        """How many keys became what."""
        return {
            became: sum(outcome.became == became for outcome in self.outcomes) for became in ORDER
        }


def convert(paths: Sequence[Path], assignments: Sequence[str] = ()) -> Converted:
    """Convert configurations of DLFlow. Nothing in them is executed, and no data are looked at.

    Args:
        paths: HOCON files, later ones over earlier ones. Those that another one includes, or names as the
            file of its merging, are read there.
        assignments: ``KEY=VALUE``, over what the files say.

    Raises:
        InvalidInput: A file is no configuration that could be converted.
    """
    configuration = read_configuration(paths, assignments)
    ledger, texts = Ledger(configuration), Texts(configuration, DEFAULTS)
    name = str(configuration.get("MODEL_TAG") or paths[0].stem)
    draft = Draft(re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower() or "pipeline")
    own = _own(configuration, paths[0].parent)
    others = Nodes(configuration, steps_of(configuration), draft, ledger, texts, own, paths).add()
    _say_dates(texts, ledger, configuration)
    draft.variables = _variables(draft, texts)
    engine = note_surroundings(configuration, ledger, texts)
    files = ", ".join(dict.fromkeys(path.name for path in configuration.files))
    outcomes = sorted((*ledger.outcomes(), *others), key=lambda one: ORDER.index(one.became))
    return Converted(
        name=draft.name,
        text=draft.text(remarks=[f"Converted from {files}.", *_remarks(draft.variables)]),
        outcomes=tuple(outcomes),
        files=configuration.files,
        engine=engine,
    )


def _own(configuration: Configuration, folder: Path) -> OwnCode:
    tasks, models = (configuration.get(key) for key in ("TASKS_DIR", "MODELS_DIR"))
    return own_code(
        *(folder / value if isinstance(value, str) and value else None for value in (tasks, models))
    )


def _say_dates(texts: Texts, ledger: Ledger, configuration: Configuration) -> None:
    says = "vars.date, the day of the data; --set date=… moves it"
    if texts.day:
        ledger.mapped(FEATURE_DATE, says)
    else:
        ledger.default(FEATURE_DATE, "the day of the run; --set date=… says another one")
    if not configuration.has(MODEL_DATE):
        ledger.default(MODEL_DATE, "the day of the data")
    elif texts.has_one_day:
        ledger.mapped(MODEL_DATE, "the day of the data: both are the same")
    else:
        ledger.mapped(MODEL_DATE, "the day of the model and feature map that are used")


def _variables(draft: Draft, texts: Texts) -> dict[str, Any]:
    """Variables that something refers to, the day first."""
    found: dict[str, Any] = {"date": texts.day} if texts.day else {}
    written = {
        name: located(draft, value) if name == "hdfs_workspace" else value
        for name, value in texts.variables.items()
    }
    both = {**draft.variables, **written}
    needed = set(_names(draft.nodes))
    while more := {name for each in needed for name in _names(both.get(each))} - needed:
        needed |= more
    return found | {name: value for name, value in both.items() if name in needed}


def _names(value: Any) -> Iterator[str]:
    """Variables that a value refers to."""
    if isinstance(value, str):
        yield from re.findall(r"\$\{vars\.(\w+)\}", value)
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _names(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _names(inner)


def _remarks(variables: Mapping[str, Any]) -> Iterator[str]:
    if "date" in variables:
        yield "The day is vars.date; --set date=2026-01-31 says another one."
    if "hdfs" in variables:
        yield "vars.hdfs stands before paths of Hadoop; a folder of this machine will do as well."
    if "warehouse" in variables:
        yield "vars.warehouse is the folder of Hive's tables."
    if "models" in variables:
        yield "vars.models has the trained models, a folder for each day: see docs/coming-from-dlflow.md."
