"""Networks for tables: described here, trained by tables.train."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from netloom.core.settings import Fraction, NonEmptyText, PositiveFloat, PositiveInt
from netloom.graph.operator import operator
from netloom.models.tabular.codec import TableModelCodec
from netloom.models.tabular.spec import (
    MLP,
    DCNv2,
    DeepFM,
    FTTransformer,
    MMoE,
    Norm,
    SharedBottom,
    TableModel,
    Target,
    TrainedTableModel,
    WideAndDeep,
    Widths,
)
from netloom.operators import table_columns_models
from netloom.tasks.tabular.model_summary import SummarisedTableModelCodec

CODECS = {TableModel: TableModelCodec(), TrainedTableModel: SummarisedTableModelCodec()}


def _different(targets: tuple[Target, ...]) -> tuple[Target, ...]:
    columns = [target.column for target in targets]
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        raise ValueError(f"targets must be different columns, but {', '.join(twice)} comes twice")
    return targets


Targets = Annotated[tuple[Target, ...], Field(min_length=1), AfterValidator(_different)]


@operator(group="tables", infer="drop", foresee=table_columns_models.described_as(MLP))
def mlp(
    *,
    targets: Targets,
    widths: Widths = (256, 128),
    dropout: Fraction = 0.1,
    norm: Norm = "batch",
    embedding: PositiveInt | None = None,
    unknown_share: Fraction = 0.01,
) -> TableModel:
    """Fully connected layers over numbers and vectors of ids: quick, and hard to beat by much.

    What to begin with. Where combinations of values matter, try `tables.dcn_v2` or `tables.deepfm`; with few
    rows `tables.ft_transformer`; with several targets `tables.mmoe`.

    Args:
        targets: Columns to be predicted; the feature map keeps them as `labels`.
        widths: Units of each hidden layer; none makes it a linear model.
        dropout: Share of the units that training switches off at random after each layer.
        norm: What each layer is normalised by: its batch, its row, or nothing.
        embedding: Numbers in the vector of each id; empty chooses 4, 8 or 16 by how many ids there are.
        unknown_share: Share of the ids that are taken for unknown while learning, so that values which appear
            later mean something.

    Returns:
        The description of an untrained model.
    """
    network = MLP(
        widths=widths,
        dropout=dropout,
        norm=norm,
        embedding=embedding,
        unknown_share=unknown_share,
    )
    return TableModel(network=network, targets=targets)


@operator(group="tables", infer="drop", foresee=table_columns_models.described_as(WideAndDeep))
def wide_and_deep(
    *,
    targets: Targets,
    crosses: tuple[Annotated[tuple[NonEmptyText, ...], Field(min_length=2)], ...] = (),
    cross_rows: PositiveInt = 100_000,
    widths: Widths = (256, 128),
    dropout: Fraction = 0.1,
    norm: Norm = "batch",
    embedding: PositiveInt | None = None,
    unknown_share: Fraction = 0.01,
) -> TableModel:
    """A linear model, which remembers single values and combinations, beside fully connected layers.

    Cheng and others, 2016. The linear part is good at exceptions, the deep one at rules.

    Args:
        targets: Columns to be predicted; the feature map keeps them as `labels`.
        crosses: Groups of columns with one id each whose combined values get weights of their own, as in
            `[[city, device]]`.
        cross_rows: Weights of each cross; combinations are hashed to them.
        widths: Units of each hidden layer.
        dropout: Share of the units that training switches off at random after each layer.
        norm: What each layer is normalised by: its batch, its row, or nothing.
        embedding: Numbers in the vector of each id; empty chooses 4, 8 or 16 by how many ids there are.
        unknown_share: Share of the ids that are taken for unknown while learning, so that values which appear
            later mean something.

    Returns:
        The description of an untrained model.
    """
    network = WideAndDeep(
        crosses=crosses,
        cross_rows=cross_rows,
        widths=widths,
        dropout=dropout,
        norm=norm,
        embedding=embedding,
        unknown_share=unknown_share,
    )
    return TableModel(network=network, targets=targets)


@operator(group="tables", infer="drop", foresee=table_columns_models.described_as(DeepFM))
def deepfm(
    *,
    targets: Targets,
    embedding: PositiveInt = 16,
    widths: Widths = (256, 128),
    dropout: Fraction = 0.1,
    norm: Norm = "batch",
    unknown_share: Fraction = 0.01,
) -> TableModel:
    """Products of every two features beside fully connected layers over the same vectors.

    Guo and others, 2017. For many columns of ids, as in logs of clicks.

    Args:
        targets: Columns to be predicted; the feature map keeps them as `labels`.
        embedding: Numbers in the vector of each feature.
        widths: Units of each hidden layer.
        dropout: Share of the units that training switches off at random after each layer.
        norm: What each layer is normalised by: its batch, its row, or nothing.
        unknown_share: Share of the ids that are taken for unknown while learning, so that values which appear
            later mean something.

    Returns:
        The description of an untrained model.
    """
    network = DeepFM(
        embedding=embedding,
        widths=widths,
        dropout=dropout,
        norm=norm,
        unknown_share=unknown_share,
    )
    return TableModel(network=network, targets=targets)


@operator(group="tables", infer="drop", foresee=table_columns_models.described_as(DCNv2))
def dcn_v2(
    *,
    targets: Targets,
    crosses: Annotated[int, Field(ge=1, le=16)] = 3,
    rank: PositiveInt | None = None,
    experts: Annotated[int, Field(ge=1, le=64)] = 1,
    structure: Literal["stacked", "parallel"] = "stacked",
    widths: Widths = (256, 128),
    dropout: Fraction = 0.1,
    norm: Norm = "batch",
    embedding: PositiveInt | None = None,
    unknown_share: Fraction = 0.01,
) -> TableModel:
    """Layers that multiply the input with itself, for products of several features.

    Wang and others, 2021. Often the best choice for large tables with numbers and ids.

    Args:
        targets: Columns to be predicted; the feature map keeps them as `labels`.
        crosses: Crossing layers; each raises the degree of the products by one.
        rank: Rank of their matrices; empty takes whole ones. A quarter of the input's width is enough, often.
        experts: Matrices of low rank in each layer, between which a gate chooses for every row.
        structure: "stacked" puts the fully connected layers after the crossing ones, "parallel" beside them.
        widths: Units of each hidden layer.
        dropout: Share of the units that training switches off at random after each layer.
        norm: What each layer is normalised by: its batch, its row, or nothing.
        embedding: Numbers in the vector of each id; empty chooses 4, 8 or 16 by how many ids there are.
        unknown_share: Share of the ids that are taken for unknown while learning, so that values which appear
            later mean something.

    Returns:
        The description of an untrained model.
    """
    network = DCNv2(
        crosses=crosses,
        rank=rank,
        experts=experts,
        structure=structure,
        widths=widths,
        dropout=dropout,
        norm=norm,
        embedding=embedding,
        unknown_share=unknown_share,
    )
    return TableModel(network=network, targets=targets)


@operator(group="tables", infer="drop", foresee=table_columns_models.described_as(FTTransformer))
def ft_transformer(
    *,
    targets: Targets,
    width: PositiveInt = 64,
    layers: Annotated[int, Field(ge=1, le=24)] = 3,
    heads: PositiveInt = 8,
    hidden: PositiveFloat = 4 / 3,
    attention_dropout: Fraction = 0.2,
    dropout: Fraction = 0.1,
    residual_dropout: Fraction = 0.0,
    unknown_share: Fraction = 0.01,
) -> TableModel:
    """Attention between features, each a token: needs the most time, learns well from few rows.

    Gorishniy and others, 2021. Memory and time grow with the square of the number of features.

    Args:
        targets: Columns to be predicted; the feature map keeps them as `labels`.
        width: Numbers in each token.
        layers: Blocks of attention and feed-forward layers.
        heads: Of the attention; they divide the width.
        hidden: Units of the feed-forward layers relative to the width.
        attention_dropout: Share of the attention that training switches off at random.
        dropout: Share of the feed-forward layers' units that training switches off at random.
        residual_dropout: Share of what each block adds that training switches off at random.
        unknown_share: Share of the ids that are taken for unknown while learning, so that values which appear
            later mean something.

    Returns:
        The description of an untrained model.
    """
    network = FTTransformer(
        width=width,
        layers=layers,
        heads=heads,
        hidden=hidden,
        attention_dropout=attention_dropout,
        dropout=dropout,
        residual_dropout=residual_dropout,
        unknown_share=unknown_share,
    )
    return TableModel(network=network, targets=targets)


@operator(group="tables", infer="drop", foresee=table_columns_models.described_as(SharedBottom))
def shared_bottom(
    *,
    targets: Targets,
    widths: Widths = (256, 128),
    tower: Widths = (64,),
    dropout: Fraction = 0.1,
    norm: Norm = "batch",
    embedding: PositiveInt | None = None,
    unknown_share: Fraction = 0.01,
) -> TableModel:
    """Fully connected layers that all targets share, then layers of each target's own.

    For targets that are alike, such as clicking and buying.

    Args:
        targets: Columns to be predicted; the feature map keeps them as `labels`.
        widths: Units of each hidden layer that is shared.
        tower: Units of each hidden layer of a target's own.
        dropout: Share of the units that training switches off at random after each layer.
        norm: What each layer is normalised by: its batch, its row, or nothing.
        embedding: Numbers in the vector of each id; empty chooses 4, 8 or 16 by how many ids there are.
        unknown_share: Share of the ids that are taken for unknown while learning, so that values which appear
            later mean something.

    Returns:
        The description of an untrained model.
    """
    network = SharedBottom(
        widths=widths,
        tower=tower,
        dropout=dropout,
        norm=norm,
        embedding=embedding,
        unknown_share=unknown_share,
    )
    return TableModel(network=network, targets=targets)


@operator(group="tables", infer="drop", foresee=table_columns_models.described_as(MMoE))
def mmoe(
    *,
    targets: Targets,
    experts: Annotated[int, Field(ge=1, le=64)] = 4,
    widths: Annotated[Widths, Field(min_length=1)] = (128,),
    tower: Widths = (64,),
    dropout: Fraction = 0.1,
    norm: Norm = "batch",
    embedding: PositiveInt | None = None,
    unknown_share: Fraction = 0.01,
) -> TableModel:
    """Several experts, which each target mixes in its own way: for targets that have little in common.

    Ma and others, 2018.

    Args:
        targets: Columns to be predicted; the feature map keeps them as `labels`.
        experts: How many there are.
        widths: Units of each layer of an expert.
        tower: Units of each hidden layer of a target's own.
        dropout: Share of the units that training switches off at random after each layer.
        norm: What each layer is normalised by: its batch, its row, or nothing.
        embedding: Numbers in the vector of each id; empty chooses 4, 8 or 16 by how many ids there are.
        unknown_share: Share of the ids that are taken for unknown while learning, so that values which appear
            later mean something.

    Returns:
        The description of an untrained model.
    """
    network = MMoE(
        experts=experts,
        widths=widths,
        tower=tower,
        dropout=dropout,
        norm=norm,
        embedding=embedding,
        unknown_share=unknown_share,
    )
    return TableModel(network=network, targets=targets)
