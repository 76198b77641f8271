"""How a network comes from a line's features to a text, as values."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from netloom.core.settings import Fraction, NonEmptyText, PositiveInt, Settings
from netloom.models.checkpoint_revision import revision_of_something


class StepReading(Settings):
    """A character or none at every step along the line (CTC).

    Graves, Fernández, Gomez and Schmidhuber, 2006. Learns from a thousand lines, and reads all steps at once.
    """

    type: Literal["steps"] = "steps"


class CharacterAttention(Settings):
    """Settings of a network that writes character after character.

    Attributes:
        longest: The most characters that it writes.
        width: Numbers that stand for each character and each place of the line.
        layers: Layers on top of one another.
        heads: Places that a layer looks at independently; they share `width`.
        dropout: Share of the numbers that training switches off at random in every layer.
    """

    longest: PositiveInt = 32
    width: PositiveInt = 64
    layers: Annotated[int, Field(ge=1, le=12)] = 2
    heads: PositiveInt = 4
    dropout: Fraction = 0.1

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> CharacterAttention:
        if self.width % (2 * self.heads):
            raise ValueError(f"width has to be a multiple of {2 * self.heads}, twice the heads")
        return self


class AttentionReading(CharacterAttention):
    """Character after character: each time it looks at all it has written, and along the whole line.

    A transformer decoder: Vaswani et al., 2017 (arXiv:1706.03762); for lines of text Sheng, Chen and Xu, 2018
    (arXiv:1806.00926). It learns how texts go on, and equal neighbours and narrow characters need no room.

    Attributes:
        longest: The most characters that it writes. Prediction takes longer the more they are.
        width: Numbers that stand for each character and each place of the line.
        layers: Layers on top of one another.
        heads: Places that a layer looks at independently; they share `width`.
        dropout: Share of the numbers that training switches off at random in every layer.
    """

    type: Literal["attention"] = "attention"


Reading = Annotated[StepReading | AttentionReading, Field(discriminator="type")]
"""How a text recogniser comes to a text."""


class TrOCR(Settings):
    """TrOCR, a whole reader: a transformer that looks at patches of the line, and one that writes.

    Li et al., 2021 (arXiv:2109.10282). The published ones take pictures of 384×384 pixels, whatever the
    line's proportions, and write pieces of words. Here it writes characters of the training texts: layers
    are those of the checkpoint, only what stands for characters starts afresh.

    Attributes:
        size: How large a fresh network is: `micro` is for trying it out on a CPU. A pretrained one brings its
            own size.
        pretrained: Name on the hub, such as `microsoft/trocr-base-handwritten`, or a local folder with
            `config.json` and weights; empty starts afresh.
        revision: Branch, tag or commit on the hub; empty takes the newest.
        dropout: Share of the numbers that training switches off at random in every layer that writes.
        architecture: The content of `config.json`. Filled in when training starts, so that a trained
            model can be opened without the hub; not meant to be written by hand.
    """

    type: Literal["trocr"] = "trocr"
    size: Literal["micro"] = "micro"
    pretrained: NonEmptyText | None = None
    revision: NonEmptyText | None = None
    dropout: Fraction = 0.1
    architecture: dict[str, Any] | None = None

    _check_revision = model_validator(mode="after")(revision_of_something)


def trocr_preset() -> dict[str, Any]:
    """The content of ``config.json`` for `micro`.

    Example:
        >>> trocr_preset()["decoder"]["d_model"]
        64
    """
    return {
        "model_type": "vision-encoder-decoder",
        "encoder": {
            "model_type": "vit",
            "hidden_size": 64,
            "num_hidden_layers": 3,
            "num_attention_heads": 4,
            "intermediate_size": 256,
            "initializer_range": 0.05,
        },
        "decoder": {
            "model_type": "trocr",
            "d_model": 64,
            "decoder_layers": 2,
            "decoder_attention_heads": 4,
            "decoder_ffn_dim": 256,
            "max_position_embeddings": 128,
            "cross_attention_hidden_size": 64,
        },
    }
