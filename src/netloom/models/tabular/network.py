"""The network of a table model: columns of an encoded table in, outputs of every target out.

Shape legend: N rows, K outputs of one target.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from netloom.core.errors import InvalidData
from netloom.models.tabular.body import Body
from netloom.models.tabular.dcn_v2 import CrossNetwork
from netloom.models.tabular.deepfm import DeepFactorization
from netloom.models.tabular.feature_input import FeatureInput
from netloom.models.tabular.ft_transformer import FeatureTransformer
from netloom.models.tabular.id_vectors import with_unknown_ids
from netloom.models.tabular.mlp import Perceptrons
from netloom.models.tabular.multi_task import MixtureOfExperts, SharedBottomNet
from netloom.models.tabular.segments import Axes
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
from netloom.models.tabular.wide_and_deep import WideAndDeepNet


class TableNet(nn.Module):
    """A network for a table.

    Args:
        network: What to build.
        input: The columns that it takes.
        outputs: K of each target.

    Raises:
        InvalidData: The network does not fit the columns.
    """

    def __init__(
        self, network: TableNetwork, input: FeatureInput, outputs: tuple[int, ...]
    ) -> None:
        super().__init__()
        self.network = network
        self.input = input
        self.outputs = outputs
        if not input.columns:
            raise InvalidData.of(
                "the table has no column to learn from",
                code="T320",
                fix="Let tables.fit_features make features of more columns",
            )
        self.body = _body(network, input, outputs)

    def forward(self, columns: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """Logits (or numbers, in units of their scale) of each target, ``(N, K)``.

        Args:
            columns: The tensors of the input's columns by name. Lists of varying length come as two,
                ``name`` and ``name/offsets``.
        """
        if self.training and self.network.unknown_share > 0:
            columns = with_unknown_ids(columns, self.input, self.network.unknown_share)
        return torch.split(self.body(columns), list(self.outputs), dim=1)

    def blocks(self) -> tuple[str, ...]:
        """Names of consecutive sub-modules from input to output; the last one is the head.

        Every parameter lies below exactly one of them.
        """
        return tuple(f"body.{name}" for name in self.body.blocks())

    def axes(self) -> dict[str, Axes]:
        """Parameters whose shape or meaning depends on the input, and what each of their places belongs to.

        With them, what another network learned from other columns or vocabularies can be taken over by name.
        """
        return {
            f"{path}.{name}": axes
            for path, module in self.named_modules()
            if hasattr(module, "axes") and module is not self
            for name, axes in module.axes().items()
        }


class ColumnsInOrder(nn.Module):
    """The same network for callers that pass tensors by position, as exported graphs take them.

    The order is that of ``FeatureInput.entries``.
    """

    def __init__(self, net: TableNet) -> None:
        super().__init__()
        self.net = net
        self.training = net.training

    def forward(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """As :meth:`TableNet.forward`."""
        outputs: tuple[Tensor, ...] = self.net(
            dict(zip(self.net.input.entries, tensors, strict=True))
        )
        return outputs


def build_table_network(
    network: TableNetwork,
    input: FeatureInput,
    outputs: tuple[int, ...],
    *,
    seed: int | None = None,
) -> TableNet:
    """A freshly initialised network.

    Args:
        network: What to build.
        input: The columns that it takes.
        outputs: How many numbers each target needs (``Target.outputs``).
        seed: Start of the initialisation's random stream, leaving torch's global stream as it
            was; None draws from the global stream.

    Raises:
        InvalidData: The network does not fit the columns.

    Example:
        >>> from netloom.models.tabular.feature_input import NumbersColumn
        >>> input = FeatureInput(columns=(NumbersColumn(name="default_numbers", width=3),))
        >>> network = build_table_network(MLP(widths=(8,)), input, (1, 4), seed=0)
        >>> [list(each.shape) for each in network({"default_numbers": torch.zeros(2, 3)})]
        [[2, 1], [2, 4]]
    """
    if seed is None:
        return TableNet(network, input, outputs)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return TableNet(network, input, outputs)


def outlined_table_network(
    network: TableNetwork, input: FeatureInput, outputs: tuple[int, ...]
) -> TableNet:
    """A network without values, on torch's meta device: names, shapes and counts cost next to nothing."""
    with torch.device("meta"):
        return TableNet(network, input, outputs)


def _body(network: TableNetwork, input: FeatureInput, outputs: tuple[int, ...]) -> Body:
    every = sum(outputs)
    match network:
        case MLP():
            return Perceptrons(network, input, outputs=every)
        case WideAndDeep():
            return WideAndDeepNet(network, input, outputs=every)
        case DeepFM():
            return DeepFactorization(network, input, outputs=every)
        case DCNv2():
            return CrossNetwork(network, input, outputs=every)
        case FTTransformer():
            return FeatureTransformer(network, input, outputs=every)
        case SharedBottom():
            return SharedBottomNet(network, input, outputs=outputs)
        case MMoE():
            return MixtureOfExperts(network, input, outputs=outputs)
