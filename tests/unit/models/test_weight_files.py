from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from netloom.core.errors import InvalidData, NotFound
from netloom.models.weight_files import (
    read_tensors,
    read_weight_file,
    torchvision_names,
    weight_file,
)

TENSORS = {"conv1.weight": torch.arange(6.0).view(2, 3), "fc.bias": torch.ones(4)}


def is_equal(one: Mapping[str, torch.Tensor], other: Mapping[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_safetensors_are_read(tmp_path: Path) -> None:
    save_file(TENSORS, tmp_path / "weights.safetensors")
    found = read_weight_file(tmp_path / "weights.safetensors")
    assert is_equal(found.tensors, TENSORS)
    assert found.path.name == "weights.safetensors"


@pytest.mark.parametrize(
    "content",
    [
        TENSORS,
        {"state_dict": TENSORS, "epoch": 3},
        {"model": TENSORS},
        {"model": {"state_dict": TENSORS}},
        {"model_state_dict": TENSORS, "optimizer": {"lr": 0.1}},
    ],
)
@pytest.mark.parametrize("name", ["weights.pth", "weights.pt", "weights.bin"])
def test_state_dicts_are_found_in_checkpoints(name: str, content: Any, tmp_path: Path) -> None:
    torch.save(content, tmp_path / name)
    assert is_equal(read_weight_file(tmp_path).tensors, TENSORS)


def test_files_of_old_versions_of_torch_are_read(tmp_path: Path) -> None:
    torch.save(TENSORS, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    assert is_equal(read_weight_file(tmp_path / "old.pth").tensors, TENSORS)


def test_entries_that_are_no_tensors_are_named(tmp_path: Path) -> None:
    torch.save({**TENSORS, "epoch": 3}, tmp_path / "weights.pth")
    found = read_weight_file(tmp_path)
    assert is_equal(found.tensors, TENSORS)
    assert found.others == ("epoch",)


def test_several_files_are_read_as_one(tmp_path: Path) -> None:
    files = [tmp_path / "one.safetensors", tmp_path / "two.pth"]
    save_file({"conv1.weight": TENSORS["conv1.weight"]}, files[0])
    torch.save({"fc.bias": TENSORS["fc.bias"]}, files[1])
    assert is_equal(read_tensors(files), TENSORS)


class Touches:
    """An object whose pickle, if it were opened, would leave a trace."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.trace,)


def test_code_in_a_file_is_refused_and_not_run(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    torch.save({**TENSORS, "extra": Touches(trace)}, tmp_path / "weights.pth")
    with pytest.raises(InvalidData) as caught:
        read_weight_file(tmp_path / "weights.pth")
    assert [problem.code for problem in caught.value.diagnostics] == ["I371"]
    assert not trace.exists()


def test_a_whole_module_is_refused_with_advice(tmp_path: Path) -> None:
    torch.save(nn.Sequential(nn.Linear(2, 2)), tmp_path / "model.pt")
    with pytest.raises(InvalidData, match=r"torch\.save\(model\.state_dict\(\), path\)") as caught:
        read_weight_file(tmp_path / "model.pt")
    assert [problem.code for problem in caught.value.diagnostics] == ["I371"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.pth", b""),
        ("text.pth", b"hello"),
        ("empty.safetensors", b""),
        ("text.safetensors", b"hello world, this is no header"),
    ],
)
def test_damaged_files_are_named(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidData, match=name.replace(".", r"\.")) as caught:
        read_weight_file(tmp_path / name)
    assert {problem.code for problem in caught.value.diagnostics} <= {"I371", "I393"}


@pytest.mark.parametrize("content", [{}, [1, 2], {"epoch": 3}, torch.zeros(2)])
def test_a_file_without_named_tensors_is_refused(content: Any, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "weights.pth")
    with pytest.raises(InvalidData, match="it holds no"):
        read_weight_file(tmp_path / "weights.pth")


def test_a_folder_must_hold_one_file_of_weights(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        weight_file(tmp_path / "nowhere.pth")
    (tmp_path / "notes.txt").touch()
    with pytest.raises(InvalidData, match=r"got notes\.txt"):
        weight_file(tmp_path)
    with pytest.raises(InvalidData, match="is not one file of weights"):
        weight_file(tmp_path / "notes.txt")
    (tmp_path / "one.pth").touch()
    assert weight_file(tmp_path) == weight_file(tmp_path / "one.pth") == tmp_path / "one.pth"
    (tmp_path / "two.bin").touch()
    with pytest.raises(InvalidData, match=r"one\.pth, two\.bin"):
        weight_file(tmp_path)


def test_names_of_torchvision_are_brought_up_to_date() -> None:
    old = "module.features.denseblock1.denselayer1.conv.1.weight"
    assert list(torchvision_names({old: torch.zeros(1)})) == [
        "features.denseblock1.denselayer1.conv1.weight"
    ]


def test_finding_a_file_needs_no_tensor_library() -> None:
    program = "import sys; import netloom.models.weight_files; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
