"""From a network in PyTorch to an ONNX graph in a file.

The graph takes what the network takes, bytes of pictures; normalisation is inside. The batch size is free.
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from netloom.compression.exportable import exportable
from netloom.core.errors import InvalidData
from netloom.core.files import write_bytes
from netloom.tasks.protocol import ExportSignature, Field

OPSET = 17
"""Version of the ONNX operators: the newest that the exporter writes without conversion, and old enough
for runtimes of 2022 and later."""

_LARGEST_BYTES = 2**31 - 1
"""A protocol buffer cannot be larger; weights of such networks would need files of their own."""

_TYPES = {"uint8": torch.uint8, "int64": torch.int64, "float32": torch.float32}


def write_onnx(network: nn.Module, signature: ExportSignature, file: Path) -> None:
    """Write a network in evaluation mode, with its current parameters, as an ONNX graph.

    Uses the exporter that traces (``dynamo=False``): the newer one fails on shifted windows, needs ten
    times as long and writes larger files. What tracing could get wrong, such as a batch size
    that became a constant, is for :func:`netloom.compression.parity.measured_parity` to find.

    Raises:
        InvalidData: The network has an operation without ONNX form, or is larger than 2 GiB.
    """
    examples = tuple(_example(field) for field in signature.inputs)
    names = [field.name for field in signature.inputs]
    outputs = [field.name for field in signature.outputs]
    size_bytes = sum(tensor.nbytes for tensor in network.state_dict().values())
    if size_bytes > _LARGEST_BYTES:
        raise InvalidData.of(
            f"the network has {size_bytes / 2**30:.1f} GiB of weights, too many for one ONNX file",
            code="E404",
            expected="at most 2 GiB",
            fix="Choose a smaller backbone",
        )
    stream: Any = io.BytesIO()  # accepted, though not declared
    try:
        with _silence(), torch.no_grad(), exportable(network) as traced:
            torch.onnx.export(
                traced,
                examples,
                stream,
                dynamo=False,
                input_names=names,
                output_names=outputs,
                opset_version=OPSET,
                dynamic_axes=_free_axes((*signature.inputs, *signature.outputs)),
            )
    except (torch.onnx.errors.OnnxExporterError, RuntimeError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise InvalidData.of(
            f"the network cannot be exported: {reason}",
            code="E404",
            fix="Choose another backbone",
        ) from error
    write_bytes(file, stream.getvalue())


def _example(field: Field) -> Tensor:
    # Two samples: with a single one, tracing would take broadcasting for copying.
    sizes = [size if isinstance(size, int) else 2 for size in field.shape]
    return torch.zeros(sizes, dtype=_TYPES[field.dtype])


def _free_axes(fields: Sequence[Field]) -> dict[str, dict[int, str]]:
    return {
        field.name: {axis: size for axis, size in enumerate(field.shape) if isinstance(size, str)}
        for field in fields
    }


@contextmanager
def _silence() -> Iterator[None]:
    """Keeps back what tracing says about itself: it is old, and shapes become constants."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        logger.setLevel(level)
