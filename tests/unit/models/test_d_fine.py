from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any, get_args

import pytest
import torch
from pydantic import ValidationError

from netloom.core.errors import InvalidData
from netloom.models.architecture import Architecture, ImageInput, LinearHead, QueryHead
from netloom.models.d_fine import d_fine_settings, in_network
from netloom.models.d_fine_presets import Size, d_fine_preset
from netloom.models.network import Network, build_network, num_parameters, outlined_network
from netloom.models.pretrained import pretrained_weights, resolved_backbone
from netloom.models.spec import DFine
from netloom.models.transformers_library import quiet
from netloom.training.warm_start import pretrained_start, warm_start

TINY: dict[str, Any] = {
    **d_fine_preset("micro"),
    "encoder_hidden_dim": 16,
    "encoder_ffn_dim": 16,
    "encoder_attention_heads": 2,
    "d_model": 16,
    "decoder_in_channels": [16, 16, 16],
    "decoder_ffn_dim": 16,
    "decoder_attention_heads": 2,
    "num_denoising": 4,
}
LABELS = ("cat", "dog", "owl")
PUBLISHED_MILLIONS = {"nano": 4, "small": 10, "medium": 19, "large": 31, "xlarge": 62}


def planned(body: DFine, *, classes: int = 3, channels: int = 3, side: int = 64) -> Architecture:
    return Architecture(
        input=ImageInput(
            channels=channels,
            height=side,
            width=side + 32,
            mean=(0.5,) * channels,
            std=(0.25,) * channels,
        ),
        backbone=body,
        head=QueryHead(outputs=classes),
    )


def pictures(channels: int = 3, side: int = 64) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    shape = (2, channels, side, side + 32)
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)


def library_network(*, classes: int = 3) -> Any:
    """The library's own, with parameters that are not those of a beginning."""
    from transformers import DFineForObjectDetection

    with torch.random.fork_rng(devices=[]), quiet():
        torch.manual_seed(0)
        plan = planned(DFine(architecture=TINY))
        settings = d_fine_settings(plan.backbone, plan.input, num_classes=classes)  # type: ignore[arg-type]
        network = DFineForObjectDetection(settings).eval()
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.add_(0.02 * torch.randn_like(parameter))
    return network


def saved(folder: Path, labels: tuple[str, ...] = LABELS) -> Any:
    """A checkpoint as the hub lays it out."""
    network = library_network(classes=len(labels))
    network.config.id2label = dict(enumerate(labels))
    network.config.label2id = {name: place for place, name in enumerate(labels)}
    with quiet():
        network.save_pretrained(folder)
    return network


def expected_boxes(found: Any, side: int = 64) -> torch.Tensor:
    middle, half = found.pred_boxes[..., :2], found.pred_boxes[..., 2:] / 2
    sizes = torch.tensor([side + 32.0, side])
    return torch.cat([(middle - half) * sizes, (middle + half) * sizes], dim=2)


def started(body: DFine, *, labels: tuple[str, ...], channels: int = 3) -> tuple[Network, Any]:
    resolved = resolved_backbone(body)
    assert isinstance(resolved, DFine)
    network = build_network(planned(resolved, classes=len(labels), channels=channels), seed=1)
    weights = pretrained_weights(resolved)
    assert weights is not None
    return network.eval(), pretrained_start(network, weights, labels=labels)


@pytest.mark.parametrize("size", [each for each in get_args(Size) if each != "micro"])
def test_published_sizes_have_as_many_parameters_as_published(size: Size) -> None:
    network = outlined_network(planned(DFine(size=size), classes=80))
    # Published to the million, and without the layers that only training needs.
    assert abs(num_parameters(network) / 1e6 - PUBLISHED_MILLIONS[size]) < 1.0


def test_every_parameter_lies_below_exactly_one_block() -> None:
    network = outlined_network(planned(DFine(size="nano")))
    for name, _ in network.named_parameters():
        assert sum(name.startswith(f"{block}.") for block in network.blocks()) == 1, name
    assert network.blocks()[-3:] == (
        "backbone.model.encoder_input_proj",
        "backbone.model.encoder",
        "head",
    )


def test_a_local_folder_gives_what_the_library_s_own_network_gives(tmp_path: Path) -> None:
    original = saved(tmp_path / "mine")
    network, start = started(DFine(pretrained=str(tmp_path / "mine")), labels=LABELS)
    with torch.inference_mode():
        found = original(network.normalization(pictures()))
        logits, boxes = network(pictures())
    torch.testing.assert_close(logits, found.logits)
    torch.testing.assert_close(boxes, expected_boxes(found))
    assert logits.std() > 0.01
    assert (start.fresh, start.adapted) == ((), ())


def test_another_normalisation_than_the_checkpoint_s_is_noted(tmp_path: Path) -> None:
    saved(tmp_path / "mine")
    document = {"do_normalize": False, "size": {"height": 640, "width": 640}}
    (tmp_path / "mine" / "preprocessor_config.json").write_text(json.dumps(document))
    _, start = started(DFine(pretrained=str(tmp_path / "mine")), labels=LABELS)
    assert "with mean 0, 0, 0 and std 1, 1, 1" in start.notes[0]


def test_other_labels_begin_afresh_and_everything_else_is_reused(tmp_path: Path) -> None:
    saved(tmp_path / "mine")
    for labels in (("owl", "dog", "cat"), ("owl", "dog", "cat", "cow")):
        _, start = started(DFine(pretrained=str(tmp_path / "mine")), labels=labels)
        assert {name.rpartition(".")[0] for name in start.fresh} == {
            "head.model.enc_score_head",
            "head.model.denoising_class_embed",
            "head.model.decoder.class_embed.0",
            "head.model.decoder.class_embed.1",
        }
        assert "head.model.decoder.bbox_embed.1.layers.0.weight" in start.reused


def test_grey_pictures_get_a_summed_first_convolution(tmp_path: Path) -> None:
    saved(tmp_path / "mine")
    network, start = started(DFine(pretrained=str(tmp_path / "mine")), labels=LABELS, channels=1)
    assert len(start.adapted) == 1
    with torch.inference_mode():
        assert network(pictures(channels=1)).logits_NQK.shape == (2, 30, 3)


def test_a_trained_detector_starts_another_with_the_labels_that_both_know() -> None:
    body = DFine(architecture=TINY)
    first = build_network(planned(body), seed=0)
    second = build_network(planned(body, classes=2), seed=1)
    start = warm_start(second, first.state_dict(), source="mine", labels=(LABELS, ("owl", "cow")))
    name = "head.model.decoder.class_embed.0.weight"
    assert name in start.adapted
    assert torch.equal(second.state_dict()[name][0], first.state_dict()[name][2])
    assert start.fresh == ()


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "config.json").write_text(json.dumps({"model_type": "vit"}))
    with pytest.raises(InvalidData) as caught:
        resolved_backbone(DFine(pretrained=str(tmp_path / "other")))
    assert [each.code for each in caught.value.diagnostics] == ["I391"]


def test_pictures_whose_sides_do_not_fit_are_refused_with_a_size_that_does() -> None:
    with pytest.raises(InvalidData) as caught:
        build_network(planned(DFine(architecture=TINY), side=50))
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.expected) == ("I392", "sides that are multiples of 16")
    assert "size: [48, 80]" in str(problem.fix)


def test_there_are_no_more_queries_than_places() -> None:
    network = build_network(planned(DFine(architecture=TINY, queries=999), side=32), seed=0).eval()
    with torch.inference_mode():
        assert network(pictures(side=32)).logits_NQK.shape[1] == 8 * 16 + 4 * 8 + 2 * 4


def test_copies_of_a_network_find_the_same() -> None:
    network = build_network(planned(DFine(architecture=TINY)), seed=0).eval()
    with torch.inference_mode():
        for one, two in zip(network(pictures()), copy.deepcopy(network)(pictures()), strict=True):
            assert torch.equal(one, two)


def test_a_batch_without_objects_still_gives_every_parameter_a_gradient() -> None:
    network = build_network(planned(DFine(architecture=TINY)), seed=0)
    found = network(pictures(), torch.zeros(2, 1, 4), torch.full((2, 1), -1))
    sum(tensor.sum() for tensor in found[:6]).backward()
    without = [
        name
        for name, parameter in network.named_parameters()
        if parameter.requires_grad and parameter.grad is None
    ]
    assert without == []


def test_a_step_in_mixed_precision_gives_finite_numbers() -> None:
    network = build_network(planned(DFine(architecture=TINY)), seed=0)
    boxes, classes = torch.tensor([[[0.5, 0.5, 0.2, 0.4]]] * 2), torch.tensor([[1], [-1]])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = network(pictures(), boxes, classes)
    assert found.logits_NLQK.shape[2] == 30 + 2 * 4  # four groups of an object and its opposite
    assert all(bool(tensor.isfinite().all()) for tensor in found)


def test_names_of_the_library_s_tensors_are_found_in_ours() -> None:
    own = build_network(planned(DFine(architecture=TINY)), seed=0).state_dict()
    given = [name for name in library_network().state_dict() if name.startswith("model.")]
    assert {in_network(name) for name in given} == set(own)


def test_a_head_of_queries_and_its_body_belong_together() -> None:
    image = planned(DFine()).input
    with pytest.raises(ValidationError, match="belong together"):
        Architecture(input=image, backbone=DFine(), head=LinearHead(outputs=2))
