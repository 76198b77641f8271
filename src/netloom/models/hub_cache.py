"""The cache of the Hugging Face hub: where it is, what it has, and filling it.

Layout: ``models--ORG--NAME/refs/REVISION`` holds a commit, ``…/snapshots/COMMIT/`` the files of that commit.
"""

from __future__ import annotations

import os
from pathlib import Path

_DESCRIPTIONS = ("config.json", "preprocessor_config.json")
_SAFE_WEIGHTS = ("model.safetensors", "model-*-of-*.safetensors", "model.safetensors.index.json")
_STATE_DICTS = ("pytorch_model.bin", "pytorch_model-*-of-*.bin", "pytorch_model.bin.index.json")
_SWITCHED_ON = frozenset({"1", "ON", "YES", "TRUE"})


def cache_folder() -> Path:
    """The cache that the hub's own tools use, from the environment as it is now."""
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if os.environ.get(variable):
            return Path(os.environ[variable]).expanduser()
    home = os.environ.get("HF_HOME")
    if home:
        return Path(home).expanduser() / "hub"
    general = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(general).expanduser() / "huggingface" / "hub"


def repository_folder(name: str) -> Path:
    """Where the cache keeps a repository, whether it does or not.

    Example:
        >>> len(repository_folder("microsoft/resnet-18").name)
        28
    """
    return cache_folder() / f"models--{name.replace('/', '--')}"


def cached_snapshot(repository: Path, revision: str | None) -> Path | None:
    """The snapshot of a branch, tag or commit (None: ``main``); None if the cache does not have it."""
    wanted = revision or "main"
    reference = repository / "refs" / wanted
    commit = reference.read_text().strip() if reference.is_file() else wanted
    snapshot = repository / "snapshots" / commit
    return snapshot if snapshot.is_dir() else None


def downloaded_snapshot(name: str, revision: str | None) -> Path:
    """Download description and weights into the cache; never code.

    Raises:
        ConnectionError: The hub cannot be reached, must not be, or does not have it.
    """
    for variable in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        if os.environ.get(variable, "").upper() in _SWITCHED_ON:
            raise ConnectionError(f"{variable} forbids asking the hub")
    for weights in (_SAFE_WEIGHTS, _STATE_DICTS):
        snapshot = _download(name, revision, (*_DESCRIPTIONS, *weights))
        if any(path for pattern in weights for path in snapshot.glob(pattern)):
            return snapshot
    raise ConnectionError("the hub's repository has no weights for PyTorch")


def _download(name: str, revision: str | None, patterns: tuple[str, ...]) -> Path:
    from huggingface_hub import snapshot_download

    from netloom.models.transformers_library import quiet

    try:
        with quiet():
            snapshot = snapshot_download(
                name, revision=revision, cache_dir=cache_folder(), allow_patterns=list(patterns)
            )
    except Exception as error:  # its own errors and those of an HTTP library
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ConnectionError(f"the hub did not give it: {reason}") from error
    return Path(str(snapshot))
