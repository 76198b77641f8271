"""MODEL as the nodes of a network and its training."""

from __future__ import annotations

from typing import Any

from netloom.workspace.dlflow.custom_code import OwnCode
from netloom.workspace.dlflow.hocon import Configuration
from netloom.workspace.dlflow.outcomes import Ledger
from netloom.workspace.dlflow.steps import listed

_TARGETS = {"DNNBinaryClassifier": "binary", "DNNRegression": "number"}
_EMBEDDINGS = {"DNNBinaryClassifier": 6, "DNNRegression": 4}
_USUAL_LABEL = "label"
_INPUT = "NNDenseInput"


def network_settings(
    configuration: Configuration, labels: list[str], own: OwnCode, ledger: Ledger
) -> dict[str, Any]:
    """Settings of the network's node, without connections."""
    name = str(configuration.get("MODEL.model_name", ""))
    kind = _TARGETS.get(name)
    if kind:
        ledger.mapped("MODEL.model_name", f"tables.mlp with a target of the type {kind}")
    else:
        what = own.models.get(name, name or "no name is given")
        says = (
            f"{what} is Python for TensorFlow: tables.mlp stands in for it. Choose a network and the type of "
            "the target, or write your own (docs/coming-from-dlflow.md)"
        )
        ledger.not_supported("MODEL.model_name", says)
    label = _USUAL_LABEL if _USUAL_LABEL in labels or not labels else labels[0]
    if len(labels) > 1:
        rest = ", ".join(each for each in labels if each != label)
        says = f"{label} is predicted, as in DLFlow; for {rest} add targets to the network"
        ledger.mapped("LABELS", says)
    widths = [int(width) for width in listed(configuration.get("MODEL.layers")) if width.isdigit()]
    if widths:
        ledger.mapped("MODEL.layers", "widths")
    elif configuration.has("MODEL.layers"):
        ledger.not_supported("MODEL.layers", "these are no widths of layers; usual ones are taken")
    settings: dict[str, Any] = {
        "op": "tables.mlp",
        "targets": [{"column": label, "type": kind or "binary"}],
        "widths": widths,
    }
    if kind:
        faithful = "as in DLFlow; norm: batch and dropout: 0.1, as usual here, often predict better"
        ledger.default("MODEL.norm", f"norm none, dropout 0, {faithful}")
        settings |= {"norm": "none", "dropout": 0.0, "embedding": _EMBEDDINGS[name]}
        ledger.default("MODEL.embedding", f"embedding {_EMBEDDINGS[name]}, as in DLFlow")
    else:
        settings["note"] = f"Stands in for {name or 'a model without name'}"
    return settings


def training_settings(configuration: Configuration, own: OwnCode, ledger: Ledger) -> dict[str, Any]:
    """Settings of the training's node, without connections."""
    settings: dict[str, Any] = {}
    epochs = configuration.get("MODEL.epochs")
    if isinstance(epochs, int) and not isinstance(epochs, bool) and epochs > 0:
        settings["epochs"] = epochs
        ledger.mapped("MODEL.epochs", "fit.epochs")
    else:
        says = "the usual number of epochs; DLFlow goes on for ever without one"
        ledger.default("MODEL.epochs", says)
    batch = configuration.get("MODEL.batch_size")
    settings["batch_size"] = int(batch) if str(batch).isdigit() and int(batch) > 0 else 128
    if batch is None:
        ledger.default("MODEL.batch_size", "128, as in DLFlow; larger ones are faster")
    else:
        ledger.mapped("MODEL.batch_size", "fit.batch_size")
    rate = configuration.get("MODEL.learning_rate", 0.001)
    rate = float(rate) if isinstance(rate, int | float) else 0.001
    settings["optimizer"] = {"type": "adamw", "learning_rate": rate, "weight_decay": 0.0}
    if configuration.has("MODEL.learning_rate"):
        ledger.mapped("MODEL.learning_rate", "fit.optimizer.learning_rate")
    else:
        ledger.default("MODEL.learning_rate", "0.001 with Adam, as in DLFlow")
    _input(configuration, own, ledger)
    return settings


def _input(configuration: Configuration, own: OwnCode, ledger: Ledger) -> None:
    name = str(configuration.get("MODEL.input_name", _INPUT))
    if name == _INPUT:
        says = "training reads the encoded table itself, shuffled, without TFRecord"
        ledger.not_needed("MODEL.input_name", says)
    else:
        what = own.models.get(name, name)
        says = f"{what} is Python for TensorFlow; training reads the encoded table itself"
        ledger.not_supported("MODEL.input_name", says)
    for key, says in {
        "parallel": "files are read ahead by as many threads as the node `needs`",
        "shuffle_size": "rows are always shuffled, in windows that fit into memory",
        "buffer_size": "Parquet is read by row groups",
        "drop_remainder": "the last batch of an epoch is learned from, too",
    }.items():
        if configuration.has(f"MODEL.{key}"):
            ledger.not_needed(f"MODEL.{key}", says)
