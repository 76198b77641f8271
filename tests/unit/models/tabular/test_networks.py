"""Each network against its formula, written down slowly with NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from netloom.models.tabular.feature_input import FeatureInput
from netloom.models.tabular.network import TableNet, build_table_network
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

Rows = dict[str, Any]
State = dict[str, np.ndarray]
OUTPUTS = (1, 3)


@pytest.fixture
def inside(
    every_column: FeatureInput, rows_of: Any, slow_numbers: Any, slow_vectors: Any
) -> Callable[[TableNetwork, str], tuple[np.ndarray, State, np.ndarray, list[list[np.ndarray]]]]:
    """Outputs of a random network, its parameters, and what its input modules should give."""

    def look(
        network: TableNetwork, vectors: str
    ) -> tuple[np.ndarray, State, np.ndarray, list[list[np.ndarray]]]:
        net = build_table_network(network, every_column, OUTPUTS, seed=1).eval()
        with torch.no_grad():
            generator = torch.Generator().manual_seed(2)
            for name, tensor in net.state_dict().items():
                if tensor.is_floating_point():
                    drawn = torch.randn(tensor.shape, generator=generator) * 0.4
                    tensor.copy_(drawn.abs() + 0.5 if name.endswith("running_var") else drawn)
            rows = rows_of(every_column, 5)
            found = net({name: torch.from_numpy(array) for name, array in rows.items()})
        state = {
            name.removeprefix("body."): tensor.numpy().astype(np.float64)
            for name, tensor in net.state_dict().items()
        }
        tables = {bucket: state[f"{vectors}.{bucket}_ids"] for bucket in ("a", "b")}
        return (
            torch.cat(found, 1).numpy(),
            state,
            slow_numbers(every_column, rows),
            slow_vectors(every_column, rows, tables),
        )

    return look


def side_by_side(numbers: np.ndarray, vectors: list[list[np.ndarray]]) -> np.ndarray:
    rows = [
        np.concatenate((number, *vector)) for number, vector in zip(numbers, vectors, strict=True)
    ]
    return np.stack(rows)


def linear(x: np.ndarray, state: State, name: str) -> np.ndarray:
    return x @ state[f"{name}.weight"].T + state[f"{name}.bias"]


def layers(x: np.ndarray, state: State, name: str, count: int) -> np.ndarray:
    for place in range(count):
        x = np.maximum(linear(x, state, f"{name}.{place}.0"), 0)
    return x


def softmax(x: np.ndarray) -> np.ndarray:
    powers = np.exp(x)
    return powers / powers.sum(-1, keepdims=True)


def first_order(state: State, name: str, numbers: np.ndarray, weights: Any) -> np.ndarray:
    found = linear(numbers, state, name)
    for row, of_row in enumerate(weights):
        for weight in of_row:
            found[row] += weight
    return found


def test_mlp(inside: Any) -> None:
    got, state, numbers, vectors = inside(MLP(widths=(7, 6), norm="none"), "input.vectors")
    x = side_by_side(numbers, vectors)
    np.testing.assert_allclose(
        got, linear(layers(x, state, "deep", 2), state, "head"), rtol=0, atol=1e-5
    )


def test_mlp_with_batch_norm(inside: Any) -> None:
    got, state, numbers, vectors = inside(MLP(widths=(7,), norm="batch"), "input.vectors")
    hidden = linear(side_by_side(numbers, vectors), state, "deep.0.0")
    norm = {name: state[f"deep.0.1.{name}"] for name in ("running_mean", "running_var")}
    hidden = (hidden - norm["running_mean"]) / np.sqrt(norm["running_var"] + 1e-5)
    hidden = np.maximum(hidden * state["deep.0.1.weight"] + state["deep.0.1.bias"], 0)
    np.testing.assert_allclose(got, linear(hidden, state, "head"), rtol=0, atol=1e-5)


def test_without_hidden_layers_it_is_linear(inside: Any) -> None:
    got, state, numbers, vectors = inside(MLP(widths=()), "input.vectors")
    np.testing.assert_allclose(
        got, linear(side_by_side(numbers, vectors), state, "head"), rtol=0, atol=1e-5
    )


def test_wide_and_deep(inside: Any, slow_vectors: Any, every_column: Any, rows_of: Any) -> None:
    network = WideAndDeep(
        widths=(6,), norm="none", crosses=(("city", "device"), ("device", "city")), cross_rows=50
    )
    got, state, numbers, vectors = inside(network, "input.vectors")
    tables = {bucket: state[f"wide.ids.{bucket}_ids"] for bucket in ("a", "b")}
    rows = rows_of(every_column, 5)
    expected = first_order(state, "wide", numbers, slow_vectors(every_column, rows, tables))
    deep = layers(side_by_side(numbers, vectors), state, "deep", 1)
    expected += linear(deep, state, "head")
    for row, (city, device) in enumerate(rows["a_ids"].tolist()):
        expected[row] += state["crosses.weight"][(city * 1_000_003 + device) % 50]
        expected[row] += state["crosses.weight"][50 + (device * 1_000_003 + city) % 50]
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-5)


def test_deepfm_sums_products_over_all_pairs(
    inside: Any, slow_vectors: Any, every_column: Any, rows_of: Any
) -> None:
    network = DeepFM(embedding=4, widths=(6,), norm="none")
    got, state, numbers, vectors = inside(network, "vectors.of_ids")
    tables = {bucket: state[f"first_order.ids.{bucket}_ids"] for bucket in ("a", "b")}
    rows = rows_of(every_column, 5)
    expected = first_order(state, "first_order", numbers, slow_vectors(every_column, rows, tables))
    weight, bias = state["vectors.of_numbers.weight"], state["vectors.of_numbers.bias"]
    for row in range(5):
        all_vectors = [
            number * weight[place] + bias[place] for place, number in enumerate(numbers[row])
        ]
        all_vectors += vectors[row]
        for i in range(len(all_vectors)):
            for j in range(i + 1, len(all_vectors)):
                expected[row] += state["products.weight"] @ (all_vectors[i] * all_vectors[j])
        deep = layers(np.concatenate(all_vectors)[None], state, "deep", 1)
        expected[row] += linear(deep, state, "head")[0]
    np.testing.assert_allclose(got, expected, rtol=0, atol=2e-5)


def test_a_fresh_deepfm_adds_up_inner_products_as_the_paper_has_it(
    every_column: FeatureInput,
) -> None:
    net = build_table_network(DeepFM(), every_column, OUTPUTS, seed=0)
    assert net.get_parameter("body.products.weight").unique().tolist() == [1.0]


@pytest.mark.parametrize("structure", ["stacked", "parallel"])
@pytest.mark.parametrize(("rank", "experts"), [(None, 1), (2, 1), (3, 2)])
def test_dcn_v2(inside: Any, structure: Any, rank: int | None, experts: int) -> None:
    network = DCNv2(
        crosses=2, rank=rank, experts=experts, structure=structure, widths=(6,), norm="none"
    )
    got, state, numbers, vectors = inside(network, "input.vectors")
    first = side_by_side(numbers, vectors)
    expected = np.stack([_crossed(row, state, rank, experts) for row in first])
    if structure == "stacked":
        features = layers(expected, state, "deep", 1)
    else:
        features = np.concatenate((expected, layers(first, state, "deep", 1)), axis=1)
    np.testing.assert_allclose(got, linear(features, state, "head"), rtol=1e-5, atol=1e-4)


def _crossed(first: np.ndarray, state: State, rank: int | None, experts: int) -> np.ndarray:
    row = first
    for layer in range(2):
        of_layer = {
            name.removeprefix(f"crosses.{layer}."): tensor for name, tensor in state.items()
        }
        bias = of_layer["bias"]
        if rank is None:
            found = of_layer["weight"] @ row + bias
        elif experts == 1:
            found = of_layer["up"] @ (of_layer["down"] @ row) + bias
        else:
            gates = softmax(linear(row, of_layer, "gate"))
            found = np.zeros_like(row)
            for gate, down, core, up in zip(
                gates, of_layer["down"], of_layer["core"], of_layer["up"], strict=True
            ):
                found += gate * (np.tanh(np.tanh(row @ down) @ core) @ up + bias)
        row = first * found + row
    return row


def test_ft_transformer(inside: Any) -> None:
    network = FTTransformer(width=8, layers=2, heads=2, hidden=1.5)
    got, state, numbers, vectors = inside(network, "tokens.of_ids")
    weight, bias = state["tokens.of_numbers.weight"], state["tokens.of_numbers.bias"]
    expected = []
    for row in range(5):
        tokens = [state["tokens.cls"]]
        tokens += [
            number * weight[place] + bias[place] for place, number in enumerate(numbers[row])
        ]
        tokens += [
            vector + state["tokens.bias"][place] for place, vector in enumerate(vectors[row])
        ]
        x = np.stack(tokens)
        for layer in range(2):
            x = _transformed(x, state, f"transformer.{layer}")
        cls = np.maximum(layer_norm(x[0], state, "head.0"), 0)
        expected.append(linear(cls, state, "head.2"))
    np.testing.assert_allclose(got, np.stack(expected), rtol=0, atol=1e-5)


def layer_norm(x: np.ndarray, state: State, name: str) -> np.ndarray:
    centred = x - x.mean(-1, keepdims=True)
    normal = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)
    return np.asarray(normal * state[f"{name}.weight"] + state[f"{name}.bias"])


def _transformed(x: np.ndarray, state: State, name: str) -> np.ndarray:
    width, heads = x.shape[1], 2
    part = width // heads
    normal = layer_norm(x, state, f"{name}.norm") if f"{name}.norm.weight" in state else x
    query = linear(normal, state, f"{name}.attention.query")
    key, value = np.split(linear(normal, state, f"{name}.attention.key_and_value"), 2, axis=1)
    found = np.zeros_like(x)
    for head in range(heads):
        own = slice(head * part, (head + 1) * part)
        shares = softmax(query[:, own] @ key[:, own].T / np.sqrt(part))
        found[:, own] = shares @ value[:, own]
    x = x + linear(found, state, f"{name}.attention.output")
    hidden = linear(layer_norm(x, state, f"{name}.hidden_norm"), state, f"{name}.hidden")
    values, gates = np.split(hidden, 2, axis=1)
    return x + linear(values * np.maximum(gates, 0), state, f"{name}.output")


def test_shared_bottom(inside: Any) -> None:
    network = SharedBottom(widths=(7,), tower=(5,), norm="none")
    got, state, numbers, vectors = inside(network, "input.vectors")
    shared = layers(side_by_side(numbers, vectors), state, "bottom", 1)
    expected = [_tower(shared, state, target) for target in range(2)]
    np.testing.assert_allclose(got, np.concatenate(expected, 1), rtol=0, atol=1e-5)


def test_mmoe_mixes_experts_for_each_target(inside: Any) -> None:
    network = MMoE(widths=(7,), experts=3, tower=(5,), norm="none")
    got, state, numbers, vectors = inside(network, "input.vectors")
    x = side_by_side(numbers, vectors)
    expected = []
    for target in range(2):
        gates = softmax(linear(x, state, f"gates.{target}"))
        mixed = np.zeros((5, 7))
        for expert in range(3):
            mixed += gates[:, expert : expert + 1] * layers(x, state, f"experts.{expert}", 1)
        expected.append(_tower(mixed, state, target))
    np.testing.assert_allclose(got, np.concatenate(expected, 1), rtol=0, atol=1e-5)


def _tower(x: np.ndarray, state: State, target: int) -> np.ndarray:
    hidden = layers(x, state, f"towers.{target}.layers", 1)
    return linear(hidden, state, f"towers.{target}.output")


def test_outputs_come_target_by_target(every_column: FeatureInput, rows_of: Any) -> None:
    rows = {name: torch.from_numpy(array) for name, array in rows_of(every_column, 5).items()}
    net: TableNet = build_table_network(MLP(), every_column, (1, 4, 1), seed=0).eval()
    assert [tuple(each.shape) for each in net(rows)] == [(5, 1), (5, 4), (5, 1)]
