"""How operators open the model that a port brings them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netloom.compression.exported_model import ExportedModel
from netloom.execution.context import RunContext
from netloom.models.spec import TrainedModel

if TYPE_CHECKING:
    from netloom.inference.predictor import Predictor


def opened(
    model: TrainedModel[Any] | ExportedModel[Any], run: RunContext, *, batch_size: int
) -> Predictor:
    """A predictor on the device of the job, which finds the user's own functions in the project."""
    from netloom.data.functions import Functions
    from netloom.inference.predictor import Predictor

    return Predictor.open(
        run.resolve(model.package),
        device=run.device,
        batch_size=batch_size,
        functions=Functions(project=run.resolve("path:.")),
    )
