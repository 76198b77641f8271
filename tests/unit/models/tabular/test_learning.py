"""What all networks for tables have in common while they learn."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from netloom.core.errors import InvalidData
from netloom.models.tabular.feature_input import FeatureInput, IdsColumn, IdSpace, NumbersColumn
from netloom.models.tabular.network import TableNet, build_table_network, outlined_table_network
from netloom.models.tabular.segments import length
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

OUTPUTS = (1, 3)
NETWORKS: dict[str, TableNetwork] = {
    "mlp": MLP(widths=(8,)),
    "linear": MLP(widths=()),
    "wide_and_deep": WideAndDeep(widths=(8,), crosses=(("city", "device"),), cross_rows=64),
    "deepfm": DeepFM(widths=(8,), embedding=4),
    "dcn_v2": DCNv2(widths=(8,), crosses=2),
    "dcn_v2 of low rank": DCNv2(widths=(8,), rank=3, structure="parallel"),
    "dcn_v2 mixture": DCNv2(widths=(8,), rank=3, experts=2, norm="layer"),
    "ft_transformer": FTTransformer(width=8, heads=2, layers=2),
    "shared_bottom": SharedBottom(widths=(8,), tower=(4,)),
    "mmoe": MMoE(widths=(8,), tower=(4,), experts=3),
}
ONLY_NUMBERS = FeatureInput(columns=(NumbersColumn(name="a_numbers", width=2),))
CITY, DEVICE = IdSpace(name="city", offset=0, size=5), IdSpace(name="device", offset=5, size=4)
ONLY_IDS = FeatureInput(
    columns=(IdsColumn(name="a_ids", bucket="a", size=9, features=(CITY, DEVICE)),)
)

every_network = pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS.keys())


def tensors(rows: dict[str, Any]) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(array) for name, array in rows.items()}


def loss_of(net: TableNet, rows: dict[str, torch.Tensor]) -> torch.Tensor:
    torch.manual_seed(0)  # for dropout and unknown ids
    binary_N1, classes_NK = net(rows)
    count = len(binary_N1)
    return torch.nn.functional.binary_cross_entropy_with_logits(
        binary_N1[:, 0], (torch.arange(count) % 2).float()
    ) + torch.nn.functional.cross_entropy(classes_NK, torch.arange(count) % 3)


@every_network
def test_every_parameter_learns_and_one_step_lowers_the_loss(
    network: TableNetwork, every_column: FeatureInput, rows_of: Any
) -> None:
    net = build_table_network(network, every_column, OUTPUTS, seed=0)
    rows = tensors(rows_of(every_column, 64))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.02)
    # Heads begin near zero and the linear parts at zero: it takes a step until all else is reached.
    before = loss_of(net, rows)
    before.backward()
    optimizer.step()
    optimizer.zero_grad()
    after = loss_of(net, rows)
    after.backward()
    assert after.item() < before.item()
    still = [
        name
        for name, parameter in net.named_parameters()
        if parameter.grad is None or not parameter.grad.any()
    ]
    assert still == []


@every_network
def test_the_same_seed_gives_the_same_network_and_leaves_torch_alone(
    network: TableNetwork, every_column: FeatureInput
) -> None:
    state = torch.random.get_rng_state()
    one, two, other = (
        build_table_network(network, every_column, OUTPUTS, seed=seed).state_dict()
        for seed in (3, 3, 4)
    )
    assert torch.equal(state, torch.random.get_rng_state())
    assert all(torch.equal(tensor, two[name]) for name, tensor in one.items())
    assert not all(torch.equal(tensor, other[name]) for name, tensor in one.items())


@every_network
def test_every_parameter_lies_in_one_block(
    network: TableNetwork, every_column: FeatureInput
) -> None:
    net = outlined_table_network(network, every_column, OUTPUTS)
    blocks = net.blocks()
    for name, _ in net.named_parameters():
        assert [block for block in blocks if name.startswith(f"{block}.")] != []
    counted = sum(len(list(net.get_submodule(block).parameters())) for block in blocks)
    assert counted == len(list(net.parameters()))


@every_network
def test_sides_of_parameters_are_explained_completely_and_without_overlap(
    network: TableNetwork, every_column: FeatureInput
) -> None:
    net = outlined_table_network(network, every_column, OUTPUTS)
    shapes = {name: tuple(parameter.shape) for name, parameter in net.named_parameters()}
    axes = net.axes()
    assert axes.keys() <= shapes.keys()
    for name, sides in axes.items():
        assert len(sides) == len(shapes[name])
        for size, segments in zip(shapes[name], sides, strict=True):
            if segments:
                ordered = sorted(segments, key=lambda segment: segment.start)
                ends = [segment.start + segment.size for segment in ordered]
                assert [segment.start for segment in ordered] == [0, *ends[:-1]]
                assert length(segments) == size


@every_network
def test_what_does_not_depend_on_the_input_has_no_axes(network: TableNetwork) -> None:
    wider = FeatureInput(
        columns=(
            NumbersColumn(name="a_numbers", width=5),
            IdsColumn(
                name="a_ids",
                bucket="a",
                size=109,
                features=(CITY, DEVICE, IdSpace(name="x", offset=9, size=100)),
            ),
        )
    )
    one = outlined_table_network(network, _both(), OUTPUTS)
    other = outlined_table_network(network, wider, OUTPUTS)
    shapes = {name: tensor.shape for name, tensor in other.named_parameters()}
    differing = {
        name for name, tensor in one.named_parameters() if tensor.shape != shapes.get(name)
    }
    assert differing <= one.axes().keys()


def _both() -> FeatureInput:
    return FeatureInput(columns=(*ONLY_NUMBERS.columns, *ONLY_IDS.columns))


@every_network
@pytest.mark.parametrize("input", [ONLY_NUMBERS, ONLY_IDS], ids=["numbers", "ids"])
def test_tables_of_numbers_only_or_ids_only(network: TableNetwork, input: FeatureInput) -> None:
    if isinstance(network, WideAndDeep):
        network = WideAndDeep(widths=(8,))
    net = build_table_network(network, input, (2,), seed=0)
    rows = {"a_numbers": torch.randn(6, 2), "a_ids": torch.arange(12).view(6, 2) % 4}
    (outputs_NK,) = net(rows)
    outputs_NK.sum().backward()
    assert tuple(outputs_NK.shape) == (6, 2)
    assert all(parameter.grad is not None for parameter in net.parameters())


@every_network
def test_a_batch_of_one_row_can_be_learned_from(
    network: TableNetwork, every_column: FeatureInput, rows_of: Any
) -> None:
    net = build_table_network(network, every_column, OUTPUTS, seed=0)
    rows = tensors(rows_of(every_column, 2))
    single = {name: tensor[:1] for name, tensor in rows.items() if "/" not in name}
    for name in ("b_likes_ids", "b_likes_weights", "c_steps_numbers"):
        single[name] = rows[name][:0]
    for name in ("b_likes_ids/offsets", "c_steps_numbers/offsets"):
        single[name] = torch.tensor([0, 0])
    loss_of(net, single).backward()
    assert all(
        parameter.grad is None or parameter.grad.isfinite().all() for parameter in net.parameters()
    )


@every_network
def test_predictions_do_not_depend_on_the_other_rows(
    network: TableNetwork, every_column: FeatureInput, rows_of: Any
) -> None:
    net = build_table_network(network, every_column, OUTPUTS, seed=0).eval()
    rows = tensors(rows_of(every_column, 8))
    half = {name: tensor[:4] for name, tensor in rows.items()}
    for name in ("b_likes_ids", "c_steps_numbers"):
        half[f"{name}/offsets"] = rows[f"{name}/offsets"][:5]
        half[name] = rows[name][: int(half[f"{name}/offsets"][-1])]
    half["b_likes_weights"] = rows["b_likes_weights"][: len(half["b_likes_ids"])]
    for all_rows, first_rows in zip(net(rows), net(half), strict=True):
        torch.testing.assert_close(all_rows[:4], first_rows)


def test_columns_that_cannot_be_used_are_named(every_column: FeatureInput) -> None:
    with pytest.raises(InvalidData, match="no column to learn from"):
        build_table_network(MLP(), FeatureInput(columns=()), (1,))
    with pytest.raises(InvalidData) as caught:
        build_table_network(
            WideAndDeep(crosses=(("city", "tags"), ("town", "city"))), every_column, (1,)
        )
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.got) == ("T322", "tags, town")
    assert problem.expected == "columns with one id in each row: city, device"
    many = FeatureInput(columns=(NumbersColumn(name="a_numbers", width=5000),))
    with pytest.raises(InvalidData, match="5000 features are too many"):
        outlined_table_network(FTTransformer(), many, (1,))
