"""The nodes of a pipeline that does what STEPS ask for: read, encode, train, evaluate, predict, write."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from netloom.graph.pipeline_file.yaml_writer import Raw
from netloom.workspace.dlflow.buckets import feature_settings
from netloom.workspace.dlflow.custom_code import OwnCode
from netloom.workspace.dlflow.draft import Draft
from netloom.workspace.dlflow.hive_tables import located, source_node
from netloom.workspace.dlflow.hocon import Configuration
from netloom.workspace.dlflow.merging import merged_rows
from netloom.workspace.dlflow.network import network_settings, training_settings
from netloom.workspace.dlflow.outcomes import Ledger, Outcome
from netloom.workspace.dlflow.steps import Steps, listed
from netloom.workspace.dlflow.templates import Texts

DEFAULTS = {
    "HDFS_FEATURE_DIR": "$HDFS_WORKSPACE/feature/TAG=$FEATURE_TAG/<dt=$FEATURE_DATE:yyyy/mm/dd>",
    "HDFS_ENCODE_DIR": "$HDFS_WORKSPACE/encode/TAG=$FEATURE_TAG/<dt=$FEATURE_DATE:yyyy/mm/dd>",
    "HDFS_PREDICT_DIR": "$HDFS_WORKSPACE/predict/TAG=$FEATURE_TAG/<dt=$FEATURE_DATE:yyyy/mm/dd>",
    "HDFS_WORKSPACE": "dlflow",
    "FEATURE_TAG": "features",
    "MODEL_TAG": "model",
}
"""What DLFlow takes where nothing is written."""
MODELS = "models"
_PARTS = "parts"
_OF_THE_MAP = ("BUCKET", "LABELS", "LABELED_KEYS", "DROP_COLUMNS", "PRIMARY_KEYS")
_DATED = re.compile(r"\$\{date:([^,}]*)\}")
_DAY = "${date:%Y-%m-%d}"


@dataclass(slots=True)
class Nodes:
    """Adds the nodes for the steps of one configuration.

    Attributes:
        paths: Files that are converted.
    """

    configuration: Configuration
    steps: Steps
    draft: Draft
    ledger: Ledger
    texts: Texts
    own: OwnCode
    paths: Sequence[Path]
    _merge_outcomes: list[Outcome] = field(default_factory=list)

    def add(self) -> tuple[Outcome, ...]:
        """Add all nodes; returns what became of the keys of dmflow's file."""
        self._say_steps()
        rows = self._rows()
        table = self._encoded(self._divided(rows)) if self.steps.encodes else rows
        if self.steps.needs_model:
            self._models(table)
        elif self.steps.encodes:
            self._write(table, "HDFS_ENCODE_DIR", "the encoded table")
        else:
            self._write(table, "HDFS_FEATURE_DIR", "the merged table")
        if not self._fits:
            for key in _OF_THE_MAP:
                if self.configuration.has(key):
                    self.ledger.not_needed(key, "the feature map of the model has it")
        return tuple(self._merge_outcomes)

    def _say_steps(self) -> None:
        says = "nodes, connected by what they take and give"
        if self.steps.own:
            names = "; ".join(self.own.tasks.get(name, name) for name in self.steps.own)
            says = (
                f"tasks of your own are left out: {names}. A function in operators/ is a node "
                "(docs/writing-an-operator.md)"
            )
            self.ledger.not_supported("STEPS", says)
        self.ledger.mapped("STEPS", says)

    def _rows(self) -> str:
        if self.steps.merges:
            outcomes, rows = merged_rows(
                self.configuration, self.draft, self.ledger, self.texts, self.paths
            )
            self._merge_outcomes += outcomes
            return rows
        node = source_node(self.draft, "rows", self._dated("HDFS_FEATURE_DIR"))
        self._folder("HDFS_FEATURE_DIR", f"the path of {node}")
        return node

    def _divided(self, rows: str) -> str:
        """The rows with a column that says which are learned from and which are measured on."""
        keys = listed(self.configuration.get("PRIMARY_KEYS"))
        if not self.steps.trains or not keys:
            return rows
        says = "parts.valid 0.1 and parts.test 0.2; DLFlow measures on what it has learned from"
        self.ledger.default("valid, test", says)
        return self.draft.add(_PARTS, {"op": "tables.split", "table": rows, "keys": keys})

    def _encoded(self, rows: str) -> str:
        if self._fits:
            settings = feature_settings(self.configuration, self.ledger)
            if self.steps.trains and not settings.get("labels"):
                settings["labels"] = ["label"]
                self.ledger.default("LABELS", "label, the column that DLFlow's networks predict")
            features = self.draft.add(
                "features", {"op": "tables.fit_features", "table": rows, **settings}
            )
        else:
            features = self.draft.add(
                "features", {"op": "tables.feature_map", "file": self._model_folder()}
            )
        return self.draft.add(
            "encoded", {"op": "tables.encode", "table": rows, "features": features}
        )

    @property
    def _fits(self) -> bool:
        """Whether a feature map is fitted; otherwise that of MODEL_DATE is used, as DLFlow did."""
        return self.texts.has_one_day and (self.steps.trains or not self.steps.needs_model)

    def _models(self, table: str) -> None:
        earlier = None
        if not self._fits:
            trained = {"op": "tables.trained_model", "file": self._model_folder()}
            earlier = self.draft.add("trained", trained)
        model = self._trained(table, earlier) if self.steps.trains else earlier
        table_has_parts = _PARTS in self.draft.nodes
        if "evaluate" in self.steps.tasks:
            measured = {} if table_has_parts else {"part": Raw("null")}
            score = {"op": "tables.evaluate", "model": model, "table": table, **measured}
            self.draft.add("score", score)
        if "predict" in self.steps.tasks:
            predicted = {"op": "tables.predict", "model": model, "table": table}
            self._write(self.draft.add("predictions", predicted), "HDFS_PREDICT_DIR", "predictions")
        if not self.steps.trains and self.configuration.has("MODEL"):
            self.ledger.not_needed("MODEL", "the trained model has it")

    def _trained(self, table: str, earlier: str | None) -> str:
        labels = listed(self.configuration.get("LABELS")) or listed(
            self.configuration.get("LABELED_KEYS")
        )
        network = network_settings(self.configuration, labels, self.own, self.ledger)
        model = self.draft.add("model", network)
        training = training_settings(self.configuration, self.own, self.ledger)
        connections = {
            "op": "tables.train",
            "model": model,
            "table": table,
            "features": "features",
            "start_from": earlier,
        }
        return f"{self.draft.add('fit', {**connections, **training})}.model"

    def _write(self, table: str, key: str, what: str) -> None:
        path = located(self.draft, self.texts.of_key(key))
        settings = {"op": "tables.write", "table": table, "path": path, "if_exists": "replace"}
        self._folder(key, f"the path of {self.draft.add('written', settings)}: {what}")

    def _folder(self, key: str, says: str) -> None:
        if self.configuration.has(key):
            self.ledger.mapped(key, says)
        else:
            self.ledger.default(key, f"{says}: DLFlow's usual folder")

    def _dated(self, key: str) -> dict[str, Any]:
        """Settings of a source whose folder has the day in its path."""
        text = self.texts.of_key(key)
        path = _DATED.sub(r"{date:\1}", text)
        return {"path": path, **({"date": _DAY} if path != text else {})}

    def _model_folder(self) -> str:
        tag = self.texts.of_key("MODEL_TAG")
        self.draft.variables.setdefault(MODELS, f"models/{tag}")
        day = self.texts.model_day
        if self.texts.has_one_day or day is None:
            return f"${{vars.{MODELS}}}/{_DAY}"
        self.draft.variables.setdefault("model_date", day)
        return f"${{vars.{MODELS}}}/${{vars.model_date}}"
