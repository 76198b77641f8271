"""Exporting a trained model: graph, manifest, and proof that both predict the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from netloom.compression.exported_package import (
    GRAPH_FILE,
    ArraySpec,
    ExportedManifest,
    Parity,
)
from netloom.compression.onnx_graph import OPSET, write_onnx
from netloom.compression.onnx_network import OnnxNetwork
from netloom.compression.parity import Arrays, Computes, latency_ms, measured_parity, random_batches
from netloom.core.digests import digest_of_file
from netloom.core.errors import InvalidData
from netloom.core.files import storage_errors, write_json
from netloom.models.package import MODEL_FILE, WEIGHTS_FILE, open_package
from netloom.models.torch_network import TorchNetwork
from netloom.tasks.catalogue import task_for
from netloom.tasks.protocol import ExportSignature, Field, Task

if TYPE_CHECKING:
    from netloom.data.datasets import Samples

_LATENCY_BATCHES = (1, 32)


class Export(NamedTuple):
    """What an export gives.

    Attributes:
        metrics: ``max_difference``, how it was found, and sizes in bytes: the same every time.
        latencies_ms: Milliseconds per call on the CPU, by runtime and batch size.
    """

    manifest: ExportedManifest
    metrics: dict[str, Any]
    latencies_ms: dict[str, float]


def export_model(
    package: Path,
    folder: Path,
    *,
    tolerance: float = 1e-4,
    real: Sequence[Arrays] = (),
    seed: int = 0,
    timed: bool = True,
) -> Export:
    """Write a model package as an exported model, and compare the two.

    Args:
        package: Folder of the model package.
        folder: Where to write; made if it does not exist.
        tolerance: Largest difference of any score that is accepted.
        real: Batches of real inputs to compare on, besides random ones.
        seed: Start of the random inputs' random stream.
        timed: Measure latencies, which takes longer than the rest; without, there are none.

    Raises:
        NotFound: There is no model package.
        InvalidData: The package is damaged, the network has no ONNX form, or the exported one
            predicts something else. What lay in ``folder`` is untouched then.

    Example:
        >>> import tempfile
        >>> from netloom.models.architecture import Architecture, ImageInput, LinearHead
        >>> from netloom.models.network import build_network
        >>> from netloom.models.package import PackageManifest, save_package
        >>> from netloom.models.spec import Perceptron
        >>> image = ImageInput(channels=1, height=4, width=4, mean=(0.5,), std=(0.5,))
        >>> plan = Architecture(input=image, backbone=Perceptron(), head=LinearHead(outputs=2))
        >>> manifest = PackageManifest(
        ...     task="image_classification", labels=("a", "b"), architecture=plan
        ... )
        >>> with tempfile.TemporaryDirectory() as name:
        ...     model, exported = Path(name, "model"), Path(name, "exported")
        ...     _ = save_package(model, manifest, build_network(plan, seed=0).state_dict())
        ...     export = export_model(model, exported)
        >>> int(export.metrics["max_difference"] < 1e-5), export.manifest.opset
        (1, 17)
    """
    trained, network = open_package(package)
    task = task_for(trained.task, trained.architecture.head)
    signature = task.signature(trained.architecture)
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as scratch:
        graph = Path(scratch, GRAPH_FILE)
        write_onnx(network, signature, graph)
        networks: dict[str, Computes] = {
            "torch": TorchNetwork(network),
            "onnx": OnnxNetwork(graph, threads=torch.get_num_threads()),
        }
        parity = measured_parity(
            networks["torch"],
            networks["onnx"],
            task=task,
            signature=signature,
            real=real,
            seed=seed,
        )
        if parity.max_difference > tolerance:
            raise _different(parity, tolerance)
        latencies = _latencies(networks, signature) if timed else {}
        manifest = ExportedManifest(
            **trained.model_dump(exclude={"weights_sha256"}),
            opset=OPSET,
            inputs=tuple(_array(field) for field in signature.inputs),
            outputs=tuple(_array(field) for field in signature.outputs),
            parity=parity,
            trained_sha256=trained.weights_sha256,
            weights_sha256=digest_of_file(graph),
        )
        graph.replace(folder / GRAPH_FILE)
    write_json(folder / MODEL_FILE, manifest.model_dump(mode="json"))
    metrics = {
        **parity.model_dump(mode="json"),
        "exported_bytes": (folder / GRAPH_FILE).stat().st_size,
        "trained_bytes": (package / WEIGHTS_FILE).stat().st_size,
    }
    return Export(manifest, metrics, latencies)


def real_batches(
    task: Task[Any], samples: Samples, *, batch_size: int = 16, most: int = 64
) -> list[Arrays]:
    """The first samples of a data set as batches of inputs to compare on."""
    batches: list[Arrays] = []
    left = most
    for batch in task.batches(samples, batch_size=batch_size).epoch(0):
        inputs = tuple(tensor[:left].numpy() for tensor in task.inputs(batch))
        batches.append(inputs)
        left -= len(inputs[0])
        if not left:
            break
    return batches


def _latencies(networks: Mapping[str, Computes], signature: ExportSignature) -> dict[str, float]:
    return {
        f"{name}/batch_{len(batch[0])}/latency_ms": latency_ms(network, batch)
        for batch in random_batches(signature, _LATENCY_BATCHES, seed=0)
        for name, network in networks.items()
    }


def _array(field: Field) -> ArraySpec:
    return ArraySpec(name=field.name, dtype=field.dtype, shape=field.shape, meaning=field.meaning)


def _different(parity: Parity, tolerance: float) -> InvalidData:
    return InvalidData.of(
        "the exported network does not predict what the trained one predicts",
        code="E400",
        expected=f"scores that differ by at most {tolerance:g}",
        got=f"{parity.max_difference:.3g} on {parity.pictures} pictures",
        fix="Raise tolerance if such a difference does not matter; otherwise report it with the "
        "backbone's settings",
    )
