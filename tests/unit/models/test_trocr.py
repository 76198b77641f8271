"""TrOCR computes what the transformers library computes, from a folder laid out as on the hub."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from netloom.core.errors import InvalidData
from netloom.models.architecture import Architecture, CharacterHead, ImageInput
from netloom.models.heads.trocr_characters import TrOCRCharacters
from netloom.models.network import Network, build_network
from netloom.models.pretrained import pretrained_weights, resolved_backbone
from netloom.models.reading_spec import TrOCR
from netloom.training.warm_start import WarmStart, pretrained_start

VOCABULARY = 7
END = 2
ORDER = [0, 3, 4, 5, 6, END]
"""Of the library's vocabulary without padding; here the mark for both ends is the last one."""
LONGEST = 6
LEARNED: dict[str, Any] = {"scale_embedding": False}
WAVES: dict[str, Any] = {
    "use_learned_position_embeddings": False,
    "layernorm_embedding": False,
    "scale_embedding": True,
    "activation_function": "relu",
}
EVERY = pytest.mark.parametrize("kind", [LEARNED, WAVES], ids=["learned", "waves"])


def library_in(folder: Path, kind: dict[str, Any]) -> Any:
    from transformers import VisionEncoderDecoderConfig, VisionEncoderDecoderModel

    from netloom.models.transformers_library import quiet

    encoder = {
        "model_type": "vit",
        "image_size": 16,
        "patch_size": 8,
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 20,
    }
    decoder = {
        "model_type": "trocr",
        "vocab_size": VOCABULARY,
        "d_model": 12,
        "decoder_layers": 2,
        "decoder_attention_heads": 2,
        "decoder_ffn_dim": 20,
        "max_position_embeddings": 9,
        "cross_attention_hidden_size": 16,
        "is_decoder": True,
        "add_cross_attention": True,
        **kind,
    }
    with quiet(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        settings = VisionEncoderDecoderConfig(encoder=encoder, decoder=decoder)
        model: Any = VisionEncoderDecoderModel(settings)
        for parameter in model.parameters():
            parameter.data += 0.3 * torch.randn_like(parameter)
        model.save_pretrained(folder)
    return model.eval()


def started(folder: Path, *, width: int = 16, outputs: int = 4) -> tuple[Network, WarmStart]:
    body = resolved_backbone(TrOCR(pretrained=str(folder), dropout=0.0))
    image = ImageInput(channels=3, height=16, width=width, mean=(0.5,) * 3, std=(0.5,) * 3)
    head = CharacterHead(outputs=outputs, longest=LONGEST)
    network = build_network(Architecture(input=image, backbone=body, head=head), seed=0)
    weights = pretrained_weights(body)
    assert weights is not None
    return network, pretrained_start(network, weights)


def pictures(*, width: int = 16) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randint(0, 256, (3, 3, 16, width), dtype=torch.uint8, generator=generator)


@EVERY
@torch.no_grad()
def test_it_says_what_the_library_says(kind: dict[str, Any], tmp_path: Path) -> None:
    library = library_in(tmp_path, kind)
    network, _ = started(tmp_path, outputs=len(ORDER))
    head = network.head
    assert isinstance(head, TrOCRCharacters)
    rows = library.decoder.model.decoder.embed_tokens.weight[ORDER]
    head.embedding.weight.copy_(rows)
    head.output.weight.copy_(rows)
    head.output.bias.zero_()

    def of_library(texts: torch.Tensor) -> torch.Tensor:
        inputs = torch.cat([torch.full((3, 1), END), torch.tensor(ORDER)[texts]], dim=1)
        normal = network.normalization(pictures())
        found = library(pixel_values=normal, decoder_input_ids=inputs)
        return found.logits[:, :, ORDER]

    texts_NL = torch.tensor([[3, 0, 4, 1], [2, 2, 0, 2], [1, 4, 3, 0]])
    told = network.train()(pictures(), texts_NL)
    torch.testing.assert_close(told, of_library(texts_NL), atol=1e-5, rtol=1e-5)

    alone = network.eval()(pictures())
    written = alone.argmax(dim=2)
    expected = of_library(written[:, :-1])
    is_end = (written == len(ORDER) - 1).long()
    is_text = is_end.cumsum(dim=1) - is_end == 0
    torch.testing.assert_close(alone[is_text], expected[is_text], atol=1e-5, rtol=1e-5)


def test_only_what_stands_for_characters_starts_afresh(tmp_path: Path) -> None:
    library_in(tmp_path, LEARNED)
    network, start = started(tmp_path)
    assert start.fresh == ("head.embedding.weight", "head.output.bias", "head.output.weight")
    assert len(start.reused) == len(network.state_dict()) - 3
    assert start.adapted == ()
    assert {name for name in start.unused if "pooler" not in name} == {
        "decoder.model.decoder.embed_tokens.weight",
        "decoder.output_projection.weight",
    }


def test_other_pictures_resample_the_places_of_patches(tmp_path: Path) -> None:
    library_in(tmp_path, LEARNED)
    network, start = started(tmp_path, width=40)
    assert start.adapted == ("backbone.model.embeddings.position_embeddings",)
    with torch.inference_mode():
        assert network.eval()(pictures(width=40)).shape == (3, LONGEST + 1, 4)


def test_every_parameter_learns_and_lies_below_exactly_one_block(tmp_path: Path) -> None:
    library_in(tmp_path, LEARNED)
    network, _ = started(tmp_path)
    network.train()(pictures(), torch.tensor([[0, 1], [2, 2], [1, -1]])).pow(2).sum().backward()
    for name, parameter in network.named_parameters():
        assert sum(name.startswith(f"{block}.") for block in network.blocks()) == 1, name
        assert parameter.grad is not None, name


def test_a_text_longer_than_its_places_is_refused(tmp_path: Path) -> None:
    library_in(tmp_path, LEARNED)
    body = resolved_backbone(TrOCR(pretrained=str(tmp_path)))
    image = ImageInput(channels=3, height=16, width=16, mean=(0.5,) * 3, std=(0.5,) * 3)
    head = CharacterHead(outputs=4, longest=9)
    with pytest.raises(InvalidData) as caught:
        build_network(Architecture(input=image, backbone=body, head=head))
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.expected, problem.got) == ("I392", "longest at most 8", "9")


def test_another_network_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "vit"}')
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(InvalidData) as caught:
        resolved_backbone(TrOCR(pretrained=str(tmp_path)))
    (problem,) = caught.value.diagnostics
    assert problem.code == "I391"
    assert problem.got == "model_type 'vit' with a decoder of model_type None"
