"""TrOCR behind our own interface: the part that looks at a line, and what describes the part that writes.

The first is the transformers library's; the second is written here (``heads.trocr_characters``), because it
has to go step by step inside an exported graph.

Shape legend: N samples, C channels, H height, W width, T tokens, D features.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from torch import Tensor, nn

from netloom.core.errors import InvalidData
from netloom.models.architecture import ImageInput
from netloom.models.features import Features, MapShape
from netloom.models.reading_spec import TrOCR, trocr_preset
from netloom.models.transformers_backbone import fitted_architecture
from netloom.models.transformers_library import build_model, library_settings

_LISTS = ("layers", "layer")


class TrOCRTokens(Features):
    """A vision transformer, all of whose tokens are what the writing part looks at.

    Args:
        spec: Resolved, or to be built afresh.
        image: Size of the pictures; no other size is accepted.

    Raises:
        InvalidData: The pictures cannot be cut into patches, or the library refuses the architecture.

    Example:
        >>> image = ImageInput(channels=1, height=16, width=32, mean=(0.5,), std=(0.5,))
        >>> TrOCRTokens(TrOCR(), image).gives
        (MapShape(channels=64, stride=2),)
    """

    def __init__(self, spec: TrOCR, image: ImageInput) -> None:
        super().__init__()
        encoder = (spec.architecture or trocr_preset())["encoder"]
        self.model = build_model(fitted_architecture(encoder, image))
        settings: Any = self.model.config
        self.width = int(settings.hidden_size)
        self.gives = (MapShape(self.width, int(settings.patch_size)),)
        self.blocks = tuple(_blocks(self.model))

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """The mean of all tokens, ``(N, D)``."""
        return self.maps(images_NCHW)[0].mean(dim=(2, 3))

    def maps(self, images_NCHW: Tensor) -> tuple[Tensor, ...]:
        """All tokens in one row, those that stand for the whole picture first: ``(N, D, 1, T)``."""
        tokens_NTD: Tensor = self.model(images_NCHW).last_hidden_state
        return (tokens_NTD.transpose(1, 2).unsqueeze(2),)


class WritingPart(NamedTuple):
    """What the description of a TrOCR says about the part that writes.

    Attributes:
        wave_start: Place of the first character in the table of sines and cosines; None where places are
            learned.
        places: The most that there can be.
        scale: Of what stands for a character.
        norm_characters: Whether that is normalised before the first layer.
    """

    width: int
    layers: int
    heads: int
    inner: int
    sees: int
    activation: str
    wave_start: int | None
    places: int
    scale: float
    norm_characters: bool


def writing_part(spec: TrOCR, *, longest: int) -> WritingPart:
    """Of a resolved TrOCR, or of a fresh one.

    Raises:
        InvalidData: It does not write so long texts, or the library refuses the description.
    """
    architecture = spec.architecture or trocr_preset()
    settings = library_settings(architecture["decoder"])
    width, places = int(settings.d_model), int(settings.max_position_embeddings)
    if longest + 1 > places:
        raise InvalidData.of(
            f"this trocr cannot write {longest} characters",
            code="I392",
            expected=f"longest at most {places - 1}",
            got=str(longest),
            fix="Lower longest of the model's reading",
        )
    return WritingPart(
        width=width,
        layers=int(settings.decoder_layers),
        heads=int(settings.decoder_attention_heads),
        inner=int(settings.decoder_ffn_dim),
        sees=int(settings.cross_attention_hidden_size or width),
        activation=str(settings.activation_function),
        wave_start=None
        if settings.use_learned_position_embeddings
        else int(settings.pad_token_id) + 1,
        places=places,
        scale=width**0.5 if settings.scale_embedding else 1.0,
        norm_characters=bool(settings.layernorm_embedding),
    )


def _blocks(model: nn.Module) -> list[str]:
    """The embeddings, each layer, and the norm behind them; whatever else has parameters, too."""
    names: list[str] = []
    for name, child in model.named_children():
        if name in _LISTS:
            names += [f"model.{name}.{inner}" for inner, _ in child.named_children()]
        elif any(True for _ in child.parameters()):
            names.append(f"model.{name}")
    return names
