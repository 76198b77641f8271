"""Files of tensors that others wrote: safetensors, and PyTorch state dicts. Nothing in them is executed.

A whole module that was pickled is code as well as data, so it is refused. Finding files needs no torch.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from netloom.core.errors import InvalidData, NotFound
from netloom.models.weight_names import plain_names

if TYPE_CHECKING:
    from torch import Tensor

WEIGHT_SUFFIXES = (".safetensors", ".pth", ".pt", ".bin")

_INNER = ("state_dict", "model_state_dict", "model")
"""Keys under which programs that save a whole training keep the state dict."""


class WeightFile(NamedTuple):
    """The content of one file.

    Attributes:
        tensors: By the names in the file.
        others: Names of entries that are not tensors; nothing is done with them.
    """

    path: Path
    tensors: Mapping[str, Tensor]
    others: tuple[str, ...] = ()


def weight_file(path: Path) -> Path:
    """The file itself, or the only file of weights in a folder.

    Raises:
        NotFound: It does not exist.
        InvalidData: The folder holds none or several, or the file has another suffix.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     (Path(folder) / "resnet18.pth").touch()
        ...     len(weight_file(Path(folder)).name)
        12
    """
    if path.is_file() and path.suffix in WEIGHT_SUFFIXES:
        return path
    if not path.exists():
        raise NotFound.of(
            f"there are no pretrained weights {path}",
            code="I390",
            expected=f"a file ending in {', '.join(WEIGHT_SUFFIXES)}, or a folder with one",
            fix="Check the path; relative paths start at the project folder. For networks of the "
            "hub choose the backbone transformers",
        )
    files = [path] if path.is_file() else sorted(path.iterdir())
    found = [file for file in files if file.suffix in WEIGHT_SUFFIXES]
    if len(found) != 1:
        raise InvalidData.of(
            f"{path} is not one file of weights",
            code="I390",
            expected=f"a file ending in {', '.join(WEIGHT_SUFFIXES)}, or a folder with exactly one",
            got=", ".join(file.name for file in (found or files)[:5]) or "an empty folder",
            fix="Name the file",
        )
    return found[0]


def read_weight_file(path: Path) -> WeightFile:
    """All tensors of a file, or of the only file in a folder, on the CPU.

    Raises:
        NotFound: It does not exist.
        InvalidData: It is damaged, holds code, or no tensors.

    Example:
        >>> import tempfile
        >>> import torch
        >>> from safetensors.torch import save_file
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder) / "weights.safetensors"
        ...     save_file({"fc.weight": torch.zeros(2, 3)}, file)
        ...     read_weight_file(file).tensors["fc.weight"].numel()
        6
    """
    from torch import Tensor

    file = weight_file(path)
    content = _safetensors(file) if file.suffix == ".safetensors" else _state_dict(file)
    tensors = {str(name): value for name, value in content.items() if isinstance(value, Tensor)}
    if not tensors:
        raise _damaged(file, "it holds no tensors")
    others = tuple(str(name) for name, value in content.items() if not isinstance(value, Tensor))
    return WeightFile(file, tensors, others)


def read_tensors(files: Sequence[Path]) -> dict[str, Tensor]:
    """All tensors of one or several files, on the CPU.

    Raises:
        InvalidData: A file is damaged, holds code, or no tensors.
    """
    return {
        name: tensor for file in files for name, tensor in read_weight_file(file).tensors.items()
    }


def torchvision_names(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors under the names that torchvision's networks have today.

    Example:
        >>> import torch
        >>> old = {"module.features.denseblock1.denselayer1.norm.1.weight": torch.zeros(2)}
        >>> list(torchvision_names(old))
        ['features.denseblock1.denselayer1.norm1.weight']
    """
    plain = plain_names(tensors)
    return {plain[name]: tensor for name, tensor in tensors.items()}


def _safetensors(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors: dict[str, Tensor] = load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise _damaged(path, str(error)) from error
    return tensors


def _state_dict(path: Path) -> Mapping[Any, Any]:
    import torch

    try:
        content: Any = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise _refused(path) from error
    except Exception as error:
        if "TorchScript" in str(error):
            raise _refused(path) from error
        raise _damaged(path, f"{type(error).__name__}: {_first_line(error)}") from error
    for key in _INNER * 2:  # a checkpoint inside a checkpoint
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    if not isinstance(content, Mapping) or not content:
        raise _damaged(path, "it holds no state dict")
    return content


def _refused(path: Path) -> InvalidData:
    """Torch met what is not plain data. It says the same of some damaged files."""
    return InvalidData.of(
        f"{path} holds more than weights, so opening it could run code that somebody put there",
        code="I371",
        expected="a state dict: names and tensors only",
        got="a pickled module, a TorchScript archive, or a damaged file",
        fix="If you trust it, open it where it was made and save its weights alone: "
        "torch.save(model.state_dict(), path)",
    )


def _damaged(path: Path, reason: str) -> InvalidData:
    return InvalidData.of(
        f"cannot read the weights in {path}: {' '.join(reason.split())}",
        code="I393",
        expected="safetensors, or a state dict saved by torch.save",
        fix="Copy the file once more from where it came from",
    )


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
