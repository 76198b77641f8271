from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from netloom.compression.onnx_graph import write_onnx
from netloom.models.tabular.feature_input import FeatureInput
from netloom.models.tabular.network import ColumnsInOrder, build_table_network
from netloom.models.tabular.spec import (
    MLP,
    DCNv2,
    DeepFM,
    FTTransformer,
    MMoE,
    SharedBottom,
    TableNetwork,
    WideAndDeep,
)
from netloom.tasks.protocol import ExportSignature, Field

NETWORKS: tuple[TableNetwork, ...] = (
    MLP(widths=(8,)),
    WideAndDeep(widths=(8,), crosses=(("city", "device"),)),
    DeepFM(widths=(8,)),
    DCNv2(widths=(8,), rank=3, experts=2),
    FTTransformer(width=16, heads=2, layers=2),
    SharedBottom(widths=(8,)),
    MMoE(widths=(8,)),
)


def field(name: str, dtype: str, width: int) -> Field:
    return Field(name=name, dtype=dtype, shape=("batch", width), meaning="")


@pytest.mark.parametrize("network", NETWORKS, ids=[network.type for network in NETWORKS])
def test_the_graph_computes_the_same_for_any_number_of_rows(
    network: TableNetwork, fixed_columns: FeatureInput, rows_of: Any, tmp_path: Path
) -> None:
    import onnxruntime

    net = build_table_network(network, fixed_columns, (1, 3), seed=0).eval()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    signature = ExportSignature(
        inputs=(
            field("a_numbers", "float32", 2),
            field("a_ids", "int64", 2),
            field("a_tags_ids", "int64", 4),
            field("a_tags_weights", "float32", 4),
        ),
        outputs=(field("clicked", "float32", 1), field("kind", "float32", 3)),
    )
    assert fixed_columns.entries == tuple(field.name for field in signature.inputs)
    write_onnx(ColumnsInOrder(net), signature, tmp_path / "graph.onnx")
    session = onnxruntime.InferenceSession(
        tmp_path / "graph.onnx", providers=["CPUExecutionProvider"]
    )
    for count in (3, 8):
        rows = rows_of(fixed_columns, count)
        widened = {
            name: array.astype(np.int64) if array.dtype == np.int32 else array
            for name, array in rows.items()
        }
        with torch.no_grad():
            expected = net({name: torch.from_numpy(array) for name, array in rows.items()})
        for got, wanted in zip(session.run(None, widened), expected, strict=True):
            np.testing.assert_allclose(got, wanted.numpy(), rtol=1e-5, atol=1e-5)
