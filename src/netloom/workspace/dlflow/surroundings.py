"""Keys that are about machines, folders and logs rather than about what is computed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from netloom.workspace.dlflow.hocon import Configuration
from netloom.workspace.dlflow.outcomes import Ledger
from netloom.workspace.dlflow.templates import Texts

_RESULTS = "results lie in the workspace and are found by their content"
_NOT_NEEDED = {
    "LOCAL_WORKSPACE": f"{_RESULTS}; another place for it: --workspace",
    "LOCAL_MODEL_DIR": _RESULTS,
    "LOCAL_FEMODEL_DIR": _RESULTS,
    "LOCAL_TMP_DIR": "each job has a scratch folder of its own",
    "HDFS_MODEL_DIR": f"{_RESULTS}; the models that later days use are copied to vars.models",
    "HDFS_FEMODEL_DIR": "the feature map travels inside the model",
    "HDFS_TFRECORD_DIR": "training reads the encoded Parquet; tables.write with format: tfrecord writes some",
    "HDFS_ENCODE_DIR": _RESULTS,
    "HDFS_FEATURE_DIR": _RESULTS,
    "HDFS_PREDICT_DIR": "nothing is predicted",
    "LOG_LEVEL": "logs are kept with every run: netloom logs RUN NODE",
    "LOG_DIR": "logs are kept with every run: netloom logs RUN NODE",
    "MODEL_TAG": "the name of the pipeline",
    "FEATURE_TAG": "a feature map is known by its checksum",
    "HDFS_WORKSPACE": _RESULTS,
    "MERGE": "no merging is asked for in STEPS",
    "BUCKET": "no encoding is asked for in STEPS",
    "MODEL": "no model is asked for in STEPS",
    "PRIMARY_KEYS": "nothing is encoded",
    "LABELS": "nothing is encoded",
    "LABELED_KEYS": "LABELS is written, too",
    "DROP_COLUMNS": "nothing is encoded",
}
_SUBMIT = {
    "master": "spark.master",
    "deploy-mode": "spark.submit.deployMode",
    "driver-memory": "spark.driver.memory",
    "driver-cores": "spark.driver.cores",
    "executor-memory": "spark.executor.memory",
    "executor-cores": "spark.executor.cores",
    "num-executors": "spark.executor.instances",
    "queue": "spark.yarn.queue",
    "jars": "spark.jars",
    "name": "spark.app.name",
}
"""Options of ``spark-submit`` and the properties they set."""
_TOML_KEY = re.compile(r"[A-Za-z0-9_.-]+")


def note_surroundings(
    configuration: Configuration, ledger: Ledger, texts: Texts
) -> tuple[str, ...]:
    """Say what becomes of such keys; returns the lines for ``netloom.toml``."""
    for key in configuration.values:
        if key.lower() in texts.variables:
            ledger.mapped(key, f"vars.{key.lower()}")
    for key, says in _NOT_NEEDED.items():
        if configuration.has(key) and not ledger.knows(key):
            ledger.not_needed(key, says)
    for key, what in (("TASKS_DIR", "tasks"), ("MODELS_DIR", "models")):
        if configuration.has(key):
            says = f"{what} of your own become Python files in the folder operators beside netloom.toml"
            ledger.not_needed(key, says)
    return _spark(configuration, ledger)


def _spark(configuration: Configuration, ledger: Ledger) -> tuple[str, ...]:
    if not configuration.has("SPARK"):
        return ()
    ledger.not_needed(
        "SPARK", "DuckDB is the engine; for Spark: --engine spark, with these in netloom.toml"
    )
    found = _flat(configuration.get("SPARK"))
    if not found:
        return ()
    pairs = ", ".join(
        f"{json.dumps(name)} = {json.dumps(str(value), ensure_ascii=False)}"
        for name, value in found.items()
    )
    return ("[tables]", f"spark = {{{pairs}}}")


def _flat(value: Any, prefix: str = "") -> dict[str, Any]:
    if not isinstance(value, Mapping):
        return {}
    found: dict[str, Any] = {}
    for name, inner in value.items():
        path = f"{prefix}{name}"
        if isinstance(inner, Mapping):
            found.update(_flat(inner, f"{path}."))
        elif _TOML_KEY.fullmatch(path):
            text = str(inner).lower() if isinstance(inner, bool) else inner
            found[_SUBMIT.get(path, path)] = text
    return found
