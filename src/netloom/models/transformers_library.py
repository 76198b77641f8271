"""The transformers library as we use it: thirteen families of picture networks, built quietly and offline.

Nothing here reads a hub, and no code that lies beside a checkpoint is ever run: classes are chosen from
the library itself by ``model_type``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, get_args

import torch
from torch import Tensor, nn

from netloom.core.errors import InvalidData
from netloom.models.transformers_presets import Family

_WITHOUT_POOLING = frozenset({"vit", "deit", "swin"})
"""Families whose own pooling layer is not wanted; it would bring parameters that nothing trains."""

_BESIDES_THE_BACKBONE = re.compile(
    r"^_|^(id2label|label2id|architectures|auto_map|torch_dtype|dtype|transformers_version"
    r"|out_features|out_indices|stage_names|num_labels|problem_type|finetuning_task)$"
)


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps the library's log lines and progress bars off the terminal; restores both."""
    from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars
    from transformers.utils import logging as library_logging

    logging: Any = library_logging  # parts of it are untyped
    verbosity, shows_progress = logging.get_verbosity(), logging.is_progress_bar_enabled()
    hub_shows_none = are_progress_bars_disabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if shows_progress:
            logging.enable_progress_bar()  # the hub's too
        if hub_shows_none:
            disable_progress_bars()


def family_of(architecture: dict[str, Any], *, source: str) -> str:
    """The family that a ``config.json`` describes.

    Raises:
        InvalidData: It is none that classifies pictures here.
    """
    family = architecture.get("model_type")
    if family not in get_args(Family):
        raise InvalidData.of(
            f"{source} holds no picture network that Netloom can build",
            code="I391",
            expected="model_type " + ", ".join(get_args(Family)),
            got=f"model_type {family!r}" if family else "a config.json without model_type",
            fix="Choose a checkpoint of one of these families",
        )
    return str(family)


def backbone_architecture(document: dict[str, Any]) -> dict[str, Any]:
    """What of a ``config.json`` decides the backbone: labels, versions and code references are left out.

    Example:
        >>> document = {"model_type": "vit", "hidden_size": 64, "id2label": {"0": "cat"}}
        >>> len(backbone_architecture(document))
        2
    """
    return {name: document[name] for name in document if not _BESIDES_THE_BACKBONE.search(name)}


def filled_model(
    library: Any, settings: Any, tensors: Mapping[str, Tensor], **options: Any
) -> tuple[nn.Module, dict[str, Any]]:
    """A model of a class of the library with the tensors of a checkpoint, and the library's report on them.

    The library renamed parts of its networks over the years and knows how to read older
    checkpoints; it is given tensors, so that it opens no file and asks no hub.
    """
    with quiet():
        model, report = library.from_pretrained(
            None,
            config=settings,
            state_dict=dict(tensors),
            output_loading_info=True,
            ignore_mismatched_sizes=True,
            local_files_only=True,
            dtype=torch.float32,
            **options,
        )
    return model, report


def build_model(architecture: dict[str, Any]) -> nn.Module:
    """A freshly initialised model without its head.

    Raises:
        InvalidData: The library refuses the architecture.
    """
    with quiet():
        family = family_of(architecture, source="the architecture")
        settings = library_settings(architecture)
        model_class = library_class(settings)
        try:
            if family in _WITHOUT_POOLING:
                model: nn.Module = model_class(settings, add_pooling_layer=False)
            else:
                model = model_class(settings)
        except (ValueError, TypeError, RuntimeError, ZeroDivisionError) as error:
            raise _refused(architecture, error) from error
    return model


def library_settings(architecture: dict[str, Any]) -> Any:
    """The library's configuration object.

    Raises:
        InvalidData: A value has the wrong type or range.
    """
    from huggingface_hub.errors import StrictDataclassError
    from transformers import CONFIG_MAPPING

    values = {name: value for name, value in architecture.items() if name != "model_type"}
    try:
        return CONFIG_MAPPING[architecture["model_type"]](**values)
    except (StrictDataclassError, ValueError, TypeError) as error:
        raise _refused(architecture, error) from error


def library_class(settings: Any) -> Any:
    """The class of the model without head that belongs to a configuration."""
    from transformers import MODEL_MAPPING

    return MODEL_MAPPING[type(settings)]


def loading_options(family: str) -> dict[str, Any]:
    """Arguments of ``from_pretrained`` that leave out layers nothing trains."""
    return {"add_pooling_layer": False} if family in _WITHOUT_POOLING else {}


def _refused(architecture: dict[str, Any], error: Exception) -> InvalidData:
    reason = " ".join(str(error).split())
    return InvalidData.of(
        f"the transformers library cannot build this {architecture['model_type']}: {reason}",
        code="I391",
        fix="Check config.json of the checkpoint, or choose a size by name",
    )
