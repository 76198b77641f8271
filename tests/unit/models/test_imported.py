from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from netloom.core.errors import InvalidData
from netloom.models.architecture import Architecture, ImageInput, LinearHead
from netloom.models.imported import check_is_fresh, class_names, import_weights, match_weights
from netloom.models.network import Network, build_network
from netloom.models.spec import ConvNet, ResNet
from netloom.models.weight_files import WeightFile

ARCHITECTURE = Architecture(
    input=ImageInput(channels=3, height=8, width=8, mean=(0.5,) * 3, std=(0.5,) * 3),
    backbone=ResNet(depth=20, width=0.25),
    head=LinearHead(outputs=3),
)


def as_torchvision(network: Network) -> dict[str, Tensor]:
    """A state dict as torchvision would write it."""
    names = {"head.1.weight": "fc.weight", "head.1.bias": "fc.bias"}
    return {
        names.get(name, name.removeprefix("backbone.")): tensor.clone()
        for name, tensor in network.state_dict().items()
    }


@pytest.fixture
def make_file() -> Callable[..., WeightFile]:
    def make(*others: str, without: str = "", **changes: Tensor) -> WeightFile:
        tensors = as_torchvision(build_network(ARCHITECTURE, seed=5))
        kept = {n: t for n, t in tensors.items() if not without or without not in n}
        return WeightFile(Path("mine.pth"), {**kept, **changes}, others)

    return make


MakeFile = Callable[..., WeightFile]


def test_a_complete_file_gives_the_very_network(make_file: MakeFile) -> None:
    network, match = import_weights(ARCHITECTURE, make_file())
    original = build_network(ARCHITECTURE, seed=5).eval()
    images_NCHW = torch.arange(384, dtype=torch.uint8).view(2, 3, 8, 8)
    assert torch.equal(network(images_NCHW), original(images_NCHW))
    assert not network.training
    assert match.missing == match.unexpected == match.misfits == ()
    assert str(match) == (
        f"tensors: {len(match.taken)} taken over, 0 missing, 0 of another form, 0 unexpected"
    )


def test_counters_of_batch_norms_may_be_missing(make_file: MakeFile) -> None:
    match = import_weights(ARCHITECTURE, make_file(without="num_batches_tracked"))[1]
    assert match.missing == ()


def test_half_precision_is_widened(make_file: MakeFile) -> None:
    file = make_file()
    halves = {n: t.half() if t.is_floating_point() else t for n, t in file.tensors.items()}
    network, _ = import_weights(ARCHITECTURE, file._replace(tensors=halves))
    weights = network.state_dict()["head.1.weight"]
    assert weights.dtype == torch.float32
    assert torch.equal(weights, halves["fc.weight"].float())


def test_everything_that_does_not_fit_is_said_at_once(make_file: MakeFile) -> None:
    file = make_file(
        "epoch",
        without="layer2.0.bn1",
        aux=torch.zeros(2),
        **{"fc.weight": torch.zeros(7, 16), "fc.bias": torch.zeros(7)},
    )
    with pytest.raises(InvalidData) as caught:
        import_weights(ARCHITECTURE, file)
    missing, misfits, unexpected = caught.value.diagnostics
    assert (missing.code, misfits.code, unexpected.code) == ("I376", "I377", "I378")
    assert missing.message == "mine.pth lacks 4 tensors of resnet"
    assert "backbone.layer2.0.bn1.running_mean" in str(missing.expected)
    assert misfits.got == "fc.weight: [7, 16] instead of [3, 16], fc.bias: [7] instead of [3]"
    assert str(misfits.fix).startswith("Give 7 labels instead of 3")
    assert unexpected.got == "aux, epoch"


def test_what_is_allowed_to_be_missing_starts_afresh(make_file: MakeFile) -> None:
    file = make_file("epoch", without="layer2.0.bn1", **{"fc.bias": torch.zeros(7)})
    network, match = import_weights(ARCHITECTURE, file, allow_missing=True, allow_unexpected=True)
    assert len(match.missing) == 4
    assert match.misfits == ("fc.bias: [7] instead of [3]",)
    assert match.unexpected == ("epoch",)
    state = network.state_dict()
    assert torch.equal(state["backbone.conv1.weight"], file.tensors["conv1.weight"])
    fresh = build_network(ARCHITECTURE, seed=0).state_dict()
    assert torch.equal(state["head.1.bias"], fresh["head.1.bias"])


def test_weights_of_a_deeper_network_are_not_half_taken(make_file: MakeFile) -> None:
    deeper = ARCHITECTURE.model_copy(update={"backbone": ResNet(depth=32, width=0.25)})
    tensors = as_torchvision(build_network(deeper, seed=1))
    with pytest.raises(InvalidData) as caught:
        import_weights(ARCHITECTURE, WeightFile(Path("deep.pth"), tensors))
    assert [problem.code for problem in caught.value.diagnostics] == ["I378"]
    assert "and 60 more" in str(caught.value.diagnostics[0].got)


def test_whole_numbers_in_place_of_weights_are_no_match() -> None:
    network = build_network(ARCHITECTURE, seed=0)
    bytes_only = WeightFile(Path("int8.pth"), {"fc.bias": torch.zeros(3, dtype=torch.int8)})
    assert match_weights(network, bytes_only).misfits == ("fc.bias: int8 [3] instead of [3]",)


def test_a_file_of_something_else_is_refused_whatever_is_allowed() -> None:
    file = WeightFile(Path("bert.bin"), {"encoder.layer.0.weight": torch.zeros(2, 2)})
    with pytest.raises(InvalidData, match=r"No tensor of bert\.bin fits resnet") as caught:
        import_weights(ARCHITECTURE, file, allow_missing=True, allow_unexpected=True)
    assert [problem.code for problem in caught.value.diagnostics] == ["I375"]


def test_a_backbone_with_weights_of_its_own_is_refused() -> None:
    check_is_fresh(ResNet())
    check_is_fresh(ConvNet())
    with pytest.raises(InvalidData, match="Remove pretrained"):
        check_is_fresh(ResNet(pretrained="other.pth"))


def test_labels_come_from_a_list_or_the_lines_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("Katze\n\n Hund \nMöwe\n", encoding="utf-8")
    assert class_names(tmp_path / "labels.txt") == ("Katze", "Hund", "Möwe")
    assert class_names(("b", "a")) == ("b", "a")


@pytest.mark.parametrize("names", [(), ("crane", "maillot", "crane")])
def test_labels_that_do_not_tell_classes_apart_are_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(InvalidData, match="Labels must tell all classes apart"):
        class_names(names)


def test_a_file_of_labels_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match=r"none\.txt"):
        class_names(tmp_path / "none.txt")
