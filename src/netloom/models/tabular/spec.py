"""Networks for tables as values, without a tensor library: what to build, and what to predict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from netloom.core.column_names import ColumnOf
from netloom.core.diagnostics import Place
from netloom.core.errors import InvalidData
from netloom.core.settings import (
    Fraction,
    NonEmptyText,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    Settings,
)

Widths = Annotated[tuple[PositiveInt, ...], Field(max_length=16)]
Norm = Literal["batch", "layer", "none"]


class _Layers(Settings):
    """Fully connected layers: linear, norm, ReLU, dropout.

    Attributes:
        widths: Units of each hidden layer.
        dropout: Share of the units that training switches off at random after each layer.
        norm: What each layer is normalised by: its batch, its row, or nothing.
        embedding: Numbers in the vector of each id; empty chooses 4, 8 or 16 by how many ids there are.
        unknown_share: Share of the ids taken for unknown while learning, so that later values mean something.
    """

    widths: Widths = (256, 128)
    dropout: Fraction = 0.1
    norm: Norm = "batch"
    embedding: PositiveInt | None = None
    unknown_share: Fraction = 0.01


class MLP(_Layers):
    """Fully connected layers over numbers and vectors of ids: quick, and hard to beat by much."""

    type: Literal["mlp"] = "mlp"


class WideAndDeep(_Layers):
    """A linear model, which remembers single values and pairs of them, beside fully connected layers.

    Cheng and others, 2016 (arXiv:1606.07792).

    Attributes:
        crosses: Groups of columns with one id each whose combined values get weights of their own.
        cross_rows: Weights of each cross; combinations are hashed to them.
    """

    type: Literal["wide_and_deep"] = "wide_and_deep"
    crosses: tuple[Annotated[tuple[NonEmptyText, ...], Field(min_length=2)], ...] = ()
    cross_rows: PositiveInt = 100_000


class DeepFM(_Layers):
    """Products of every two features beside fully connected layers over the same vectors.

    Guo, Tang, Ye, Li and He, 2017 (arXiv:1703.04247).
    """

    type: Literal["deepfm"] = "deepfm"
    embedding: PositiveInt = 16


class DCNv2(_Layers):
    """Layers that multiply the input with itself, for products of several features.

    Wang, Shivanna, Cheng and others, 2021 (arXiv:2008.13535).

    Attributes:
        crosses: Crossing layers; each raises the degree of the products by one.
        rank: Rank of their matrices; empty takes whole ones. A quarter of the input's width is enough, often.
        experts: Matrices of low rank in each layer, between which a gate chooses for every row.
        structure: "stacked" puts the fully connected layers after the crossing ones, "parallel" beside them.
    """

    type: Literal["dcn_v2"] = "dcn_v2"
    crosses: Annotated[int, Field(ge=1, le=16)] = 3
    rank: PositiveInt | None = None
    experts: Annotated[int, Field(ge=1, le=64)] = 1
    structure: Literal["stacked", "parallel"] = "stacked"

    @model_validator(mode="after")
    def _experts_have_a_rank(self) -> DCNv2:
        if self.experts > 1 and self.rank is None:
            raise InvalidData.of(
                "experts are matrices of low rank, but `rank` is empty",
                code="T325",
                place=Place(setting="experts"),
                expected="a rank, such as a quarter of the input's width",
                got=f"{self.experts} experts",
                fix="Set `rank`, or leave `experts` at 1",
            )
        return self


class FTTransformer(Settings):
    """Attention between features, each a token: needs the most time, learns well from few rows.

    Gorishniy, Rubachev, Khrulkov and Babenko, 2021 (arXiv:2106.11959).

    Attributes:
        width: Numbers in each token.
        layers: Blocks of attention and feed-forward layers.
        heads: Of the attention; they divide the width.
        hidden: Units of the feed-forward layers relative to the width.
        attention_dropout: Share of the attention that training switches off at random.
        dropout: Share of the feed-forward layers' units that training switches off at random.
        residual_dropout: Share of what each block adds that training switches off at random.
    """

    type: Literal["ft_transformer"] = "ft_transformer"
    width: PositiveInt = 64
    layers: Annotated[int, Field(ge=1, le=24)] = 3
    heads: PositiveInt = 8
    hidden: PositiveFloat = 4 / 3
    attention_dropout: Fraction = 0.2
    dropout: Fraction = 0.1
    residual_dropout: Fraction = 0.0
    unknown_share: Fraction = 0.01

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> FTTransformer:
        if self.width % self.heads:
            raise InvalidData.of(
                f"{self.heads} heads cannot share {self.width} numbers of a token",
                code="T326",
                place=Place(setting="heads"),
                expected="a width that is a multiple of `heads`",
                got=str(self.width),
                fix=f"Set `width` to {self.heads * max(1, round(self.width / self.heads))}",
            )
        return self


class SharedBottom(_Layers):
    """Fully connected layers that all targets share, then layers of each target's own.

    Caruana, "Multitask Learning", 1997.

    Attributes:
        tower: Units of each hidden layer of a target's own.
    """

    type: Literal["shared_bottom"] = "shared_bottom"
    tower: Widths = (64,)


class MMoE(_Layers):
    """Several experts, which each target mixes in its own way: for targets that have little in common.

    Ma, Zhao, Yi, Chen, Hong and Chi, "Modeling Task Relationships in Multi-task Learning", 2018.

    Attributes:
        widths: Units of each layer of an expert.
        experts: How many there are.
        tower: Units of each hidden layer of a target's own.
    """

    type: Literal["mmoe"] = "mmoe"
    widths: Annotated[Widths, Field(min_length=1)] = (128,)
    experts: Annotated[int, Field(ge=1, le=64)] = 4
    tower: Widths = (64,)


TableNetwork = Annotated[
    MLP | WideAndDeep | DeepFM | DCNv2 | FTTransformer | SharedBottom | MMoE,
    Field(discriminator="type"),
]


class Scale(Settings):
    """By what a number to be predicted is shifted and divided.

    Attributes:
        mean: Of the rows learned from.
        std: Their standard deviation.
    """

    mean: float
    std: PositiveFloat


class Target(Settings):
    """A column to be predicted.

    Attributes:
        column: Its name; one of the feature map's labels.
        type: "binary" has two values, "classes" several of which one holds, "labels" a list of them of which
            any number hold, "number" is any number.
        positive: The value of a binary column that is to be found, if it holds other values than 0 and 1.
        classes: Its values in the order of the outputs (binary: the negative, then the positive one); empty
            takes those of the rows learned from.
        weight: Of its loss among those of several targets.
        class_weights: "balanced" gives rare values as much weight as frequent ones; or weights of values.
        scale: Of a number; empty takes that of the rows learned from.
    """

    column: Annotated[NonEmptyText, ColumnOf()]
    type: Literal["binary", "classes", "number", "labels"]
    positive: NonEmptyText | None = None
    classes: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    weight: PositiveFloat = 1.0
    class_weights: Literal["none", "balanced"] | dict[str, NonNegativeFloat] = "none"
    scale: Scale | None = None

    @model_validator(mode="after")
    def _fits_its_type(self) -> Target:
        if self.type == "number" and (self.classes is not None or self.class_weights != "none"):
            raise ValueError("a target of type number has no `classes` and no `class_weights`")
        if self.type != "number" and self.scale is not None:
            raise ValueError("only a target of type number has a `scale`")
        if self.type != "binary" and self.positive is not None:
            raise ValueError("only a target of type binary has a `positive` value")
        if self.classes is not None and len(set(self.classes)) < len(self.classes):
            raise ValueError("`classes` must differ")
        return self

    @property
    def outputs(self) -> int:
        """Numbers that a network gives for it.

        Raises:
            ValueError: Its classes are not known yet.
        """
        if self.type in ("binary", "number"):
            return 1
        if self.classes is None:
            raise ValueError(f"the classes of {self.column!r} are known only after fitting")
        return len(self.classes)


@dataclass(frozen=True, kw_only=True)
class TableModel:
    """A network for a table as described, before training."""

    network: TableNetwork
    targets: tuple[Target, ...]

    def to_json(self) -> dict[str, Any]:
        """The description as JSON; :mod:`netloom.models.tabular.codec` has the inverse."""
        return {
            "network": self.network.model_dump(mode="json"),
            "targets": [target.model_dump(mode="json") for target in self.targets],
        }


@dataclass(frozen=True, kw_only=True)
class TrainedTableModel(TableModel):
    """A network for a table with learned parameters.

    Attributes:
        package: Location of its model package (a folder, see ``netloom.models.tabular.package``).
    """

    package: str

    def to_json(self) -> dict[str, Any]:
        """Adds the package's location."""
        return {**super().to_json(), "package": self.package}
