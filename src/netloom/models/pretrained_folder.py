"""Pretrained networks as folders: one of the user's, or a snapshot in the cache of the Hugging Face hub.

Torch-free. A folder is laid out as the hub lays it out: ``config.json`` beside ``model.safetensors`` (or
several files and their index), perhaps ``preprocessor_config.json``. Only such files are ever looked
at or downloaded; code that lies beside them is not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netloom.core.digests import digest_of_file, digest_of_json
from netloom.core.errors import InvalidData, NotFound
from netloom.core.locations import Resolve, local_path
from netloom.models.hub_cache import cached_snapshot, downloaded_snapshot, repository_folder

DESCRIPTION_FILE = "config.json"
PREPROCESSOR_FILE = "preprocessor_config.json"
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?\Z")
_COMMIT = re.compile(r"[0-9a-f]{40}\Z")


@dataclass(frozen=True, slots=True)
class PretrainedFolder:
    """A folder with a pretrained network.

    Attributes:
        source: What the user wrote.
        commit: Commit of the hub's repository; None for folders that are not from there.
    """

    source: str
    folder: Path
    commit: str | None = None

    @property
    def title(self) -> str:
        """What the user wrote, and which state of it that is."""
        return f"{self.source}@{self.commit[:12]}" if self.commit else self.source

    def description(self) -> dict[str, Any]:
        """The content of ``config.json``.

        Raises:
            InvalidData: It is missing or not JSON.
        """
        return _json_file(self.folder / DESCRIPTION_FILE, source=self.source)

    def preprocessing(self) -> dict[str, Any]:
        """The content of ``preprocessor_config.json``; empty if there is none."""
        path = self.folder / PREPROCESSOR_FILE
        return _json_file(path, source=self.source) if path.is_file() else {}

    def weight_files(self) -> tuple[Path, ...]:
        """The files with tensors, safetensors before pickled state dicts.

        Raises:
            InvalidData: There are none, or one that the index names is missing.
        """
        for name in _WEIGHTS:
            if (self.folder / name).is_file():
                return (self.folder / name,)
            index = self.folder / f"{name}.index.json"
            if index.is_file():
                return self._shards(index)
        raise InvalidData.of(
            f"{self.source} has no weights",
            code="I393",
            expected=f"{_WEIGHTS[0]}, or {_WEIGHTS[0]}.index.json with the files it names",
            got=", ".join(sorted(path.name for path in self.folder.iterdir())) or "an empty folder",
            fix="Copy the weights of the network into the folder",
        )

    def digest(self) -> str:
        """Digest of description and weights: equal digest, equal pretrained network."""
        files = (self.folder / DESCRIPTION_FILE, *self.weight_files())
        return digest_of_json([[path.name, digest_of_file(path)] for path in files])

    def _shards(self, index: Path) -> tuple[Path, ...]:
        weight_map = _json_file(index, source=self.source).get("weight_map", {})
        # Only the file's name counts: an index cannot lead out of its folder.
        names = sorted({Path(str(name)).name for name in weight_map.values()})
        missing = [name for name in names if not (self.folder / name).is_file()]
        if missing or not names:
            raise InvalidData.of(
                f"{self.source} is incomplete: {index.name} names files that are not there",
                code="I393",
                expected=", ".join(names) or "a weight_map",
                got="without " + ", ".join(missing) if missing else "none",
                fix="Copy all files of the network into the folder",
            )
        return tuple(self.folder / name for name in names)


def find_pretrained(
    pretrained: str, *, revision: str | None = None, resolve: Resolve = local_path
) -> PretrainedFolder:
    """The folder of a pretrained network: the user's own, the cache's, or downloaded into the cache.

    Args:
        pretrained: A folder (relative to the project), or a name on the hub. A folder that exists
            comes first.
        revision: Branch, tag or commit on the hub; None is ``main``. What the cache has is taken
            without asking the hub, so a commit is the way to name one state for good.

    Raises:
        NotFound: It is nowhere; the diagnostic says where was looked and how to place the files.
        InvalidData: It was found, but something in it is missing.
    """
    folder = resolve(f"path:{pretrained}")
    if folder.is_dir():
        return _local(pretrained, folder, revision)
    if folder.is_file():
        raise InvalidData.of(
            f"{pretrained} is a file, but this network needs a folder",
            code="I390",
            expected=f"a folder with {DESCRIPTION_FILE} and {_WEIGHTS[0]}",
            fix=f"Write pretrained: {Path(pretrained).parent}",
        )
    if not _HUB_NAME.match(pretrained):
        raise NotFound.of(
            f"there is no folder {folder}",
            code="I390",
            expected=f"a folder with {DESCRIPTION_FILE} and {_WEIGHTS[0]}, "
            "or a name on the hub such as microsoft/resnet-18",
            fix="Check the path; relative paths start at the project folder",
        )
    return _from_hub(pretrained, revision, looked_in=folder)


def pretrained_identity(
    pretrained: str | None, *, revision: str | None = None, project: Path | None = None
) -> str:
    """Changes when a local pretrained network changes: names, sizes and times of its files.

    Cheap, for fingerprints. A name on the hub stands for itself, whether it was downloaded or not.

    Example:
        >>> len(pretrained_identity(None))
        0
    """
    if pretrained is None:
        return ""
    path = local_path(f"path:{pretrained}", project)
    if not path.exists():
        return f"hub {pretrained} {revision or 'main'}"
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    return digest_of_json(
        [
            [file.name, file.stat().st_size, file.stat().st_mtime_ns]
            for file in files
            if file.is_file()
        ]
    )


def _local(pretrained: str, folder: Path, revision: str | None) -> PretrainedFolder:
    if (folder / "snapshots").is_dir():  # the hub's cache, copied or mounted
        snapshot = cached_snapshot(folder, revision)
        if snapshot is None:
            raise NotFound.of(
                f"{pretrained} is a cache folder of the hub without revision {revision or 'main'}",
                code="I390",
                expected="one of "
                + (
                    ", ".join(sorted(path.name for path in (folder / "snapshots").iterdir())) or "-"
                ),
                fix="Set revision to a commit that is there",
            )
        return PretrainedFolder(pretrained, snapshot, snapshot.name)
    return PretrainedFolder(pretrained, folder)


def _from_hub(name: str, revision: str | None, *, looked_in: Path) -> PretrainedFolder:
    cache = repository_folder(name)
    snapshot = cached_snapshot(cache, revision)
    if snapshot is not None and _is_complete(PretrainedFolder(name, snapshot)):
        return PretrainedFolder(name, snapshot, _commit(snapshot))
    try:
        snapshot = downloaded_snapshot(name, revision)
    except ConnectionError as error:
        raise NotFound.of(
            f"cannot find the pretrained network {name!r}",
            code="I390",
            expected=f"a folder {looked_in}, or revision {revision or 'main'} in {cache}",
            got=f"neither, and {error}",
            fix="Where there is a network, run `hf download "
            f"{name} {DESCRIPTION_FILE} {PREPROCESSOR_FILE} {_WEIGHTS[0]} --local-dir FOLDER`, "
            "copy FOLDER here and write pretrained: FOLDER",
        ) from error
    return PretrainedFolder(name, snapshot, _commit(snapshot))


def _commit(snapshot: Path) -> str | None:
    return snapshot.name if _COMMIT.match(snapshot.name) else None


def _is_complete(checkpoint: PretrainedFolder) -> bool:
    """False for a snapshot that another program downloaded in part, such as only its description."""
    try:
        checkpoint.weight_files()
    except InvalidData:
        return False
    return (checkpoint.folder / DESCRIPTION_FILE).is_file()


def _json_file(path: Path, *, source: str) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise InvalidData.of(
            f"{source} has no {path.name}: {error.strerror}",
            code="I393",
            expected=f"{DESCRIPTION_FILE} beside the weights, as on the hub",
            fix="Copy the whole folder of the network",
        ) from error
    except ValueError as error:
        document = str(error)
    if not isinstance(document, dict):
        raise InvalidData.of(
            f"{path} is not a JSON object", code="I393", fix="Copy the file once more"
        )
    return document


def labels_of(document: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Label space of a checkpoint, by its ``config.json``; None if it does not name the labels.

    Example:
        >>> labels_of({"id2label": {"1": "cat", "0": "wall"}})
        ('wall', 'cat')
    """
    names = document.get("id2label")
    if not isinstance(names, dict) or not all(str(key).isdigit() for key in names):
        return None
    return tuple(str(names[key]) for key in sorted(names, key=int))
