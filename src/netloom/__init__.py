"""Netloom: one graph from data to a trained, evaluated, reproducible model.

The names below are the public Python interface; everything is imported when it is first used, so that
``import netloom`` costs milliseconds and never loads a deep-learning library.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netloom.core.errors import NetloomError
    from netloom.core.settings import Settings
    from netloom.core.values import File, TableFile
    from netloom.data.view import Dataset
    from netloom.execution.context import RunContext
    from netloom.execution.jobs import Waiting
    from netloom.graph.component_form import component
    from netloom.graph.operator import Needs, operator
    from netloom.inference.predictor import Predictor, load
    from netloom.models.spec import Model, TrainedModel
    from netloom.tables.table import Table
    from netloom.workspace.pipeline import Pipeline
    from netloom.workspace.workspace import Workspace

__version__ = "0.1.0.dev0"

_DEFINED_IN = {
    "Dataset": "netloom.data.view",
    "File": "netloom.core.values",
    "Model": "netloom.models.spec",
    "Needs": "netloom.graph.operator",
    "NetloomError": "netloom.core.errors",
    "Pipeline": "netloom.workspace.pipeline",
    "Predictor": "netloom.inference.predictor",
    "RunContext": "netloom.execution.context",
    "Settings": "netloom.core.settings",
    "Table": "netloom.tables.table",
    "TableFile": "netloom.core.values",
    "TrainedModel": "netloom.models.spec",
    "Waiting": "netloom.execution.jobs",
    "Workspace": "netloom.workspace.workspace",
    "component": "netloom.graph.component_form",
    "load": "netloom.inference.predictor",
    "operator": "netloom.graph.operator",
}

__all__ = [
    "Dataset",
    "File",
    "Model",
    "Needs",
    "NetloomError",
    "Pipeline",
    "Predictor",
    "RunContext",
    "Settings",
    "Table",
    "TableFile",
    "TrainedModel",
    "Waiting",
    "Workspace",
    "component",
    "load",
    "operator",
]


def __getattr__(name: str) -> Any:
    module = _DEFINED_IN.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted((*globals(), *_DEFINED_IN))
