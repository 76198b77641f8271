"""What is served: models of pictures and of tables behind one protocol, opened from wherever they lie."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, Protocol

from netloom.core.errors import Conflict, InvalidData
from netloom.inference.bundle import Bundle, is_bundle, verify_bundle
from netloom.inference.bundle_archive import unpack
from netloom.models.tabular.package import is_table_package
from netloom.serving.answer_schemas import Schema
from netloom.serving.batching import Predicts
from netloom.serving.settings import ServingSettings

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.-]+")
SAMPLE_ANSWER = "sample/response.json"


class Exchange(NamedTuple):
    """A request and its answer as OpenAPI describes them.

    Attributes:
        summary: What the request does.
        bodies: Descriptions of its body, by media type.
        meaning: What the answer is.
        answer: Parts of the answer beside the model's name.
    """

    summary: str
    bodies: dict[str, Schema]
    meaning: str
    answer: dict[str, Schema]


class Served(Protocol):
    """A model under a name: it reads requests, predicts what they hold in pieces, and writes answers."""

    @property
    def name(self) -> str:
        """In addresses."""

    @property
    def facts(self) -> dict[str, Any]:
        """What ``/v1/models`` tells."""

    @property
    def schema(self) -> Schema:
        """What one of its predictions looks like."""

    @property
    def takes_aip(self) -> bool:
        """Whether ``/aip`` can be asked: it takes one picture."""

    def predicts(self, settings: ServingSettings) -> Predicts:
        """What computes the answers to pieces of requests."""

    def limit_bytes(self, settings: ServingSettings) -> int:
        """How long a request may be."""

    def read(self, body: bytes, content_type: str, settings: ServingSettings) -> Sequence[Any]:
        """The pieces of a request to ``/v1/predict``.

        Raises:
            Refused: The request is none that this model takes.
        """

    def read_aip(self, body: bytes, settings: ServingSettings) -> Any:
        """The one piece of a request to ``/aip``. Raises Refused."""

    def answer(self, predictions: Sequence[Any]) -> dict[str, Any]:
        """The answer to a request, beside the model's name."""

    def exchange(self, settings: ServingSettings, prediction: Schema) -> Exchange:
        """How ``/v1/predict`` is asked and answers.

        Args:
            prediction: A reference to :attr:`schema`.
        """

    def try_out(self) -> None:
        """Predict something, so that what cannot work is known now, and the first request is fast.

        Raises:
            InvalidData: It needs something that is not here.
        """


@dataclass(frozen=True, slots=True)
class Found:
    """A folder with a model to be served.

    Attributes:
        bundle: What it is, if it is one; its files are as they were made.
    """

    folder: Path
    name: str
    bundle: Bundle | None

    @property
    def origin(self) -> dict[str, Any]:
        """Where it comes from, as ``/v1/models`` tells it."""
        bundle = self.bundle
        return {
            "version": bundle.version if bundle else None,
            "created": bundle.created if bundle else None,
            "run": bundle.run if bundle else None,
        }


@contextmanager
def opened(
    sources: Sequence[tuple[str | None, Path]], settings: ServingSettings, *, device: str = "auto"
) -> Iterator[list[Served]]:
    """Open everything that is to be served; bundles in zip files are unpacked meanwhile.

    Args:
        sources: Names (None takes that of the bundle or the folder) and places: folders of models,
            exported models, inference graphs and bundles, or zip files of bundles.
        device: ``auto`` takes a GPU if this ONNX Runtime has one.

    Raises:
        NotFound: There is no model.
        InvalidData: Something is damaged or was changed.
        Conflict: Two have the same name.
    """
    with TemporaryDirectory(prefix="netloom-serving-") as scratch:
        models: list[Served] = []
        for number, (name, path) in enumerate(sources):
            folder = path
            if path.is_file():
                folder = Path(scratch, str(number))
                unpack(path, folder)
            model = open_model(
                folder, settings, name=name or None, fallback=path.stem, device=device
            )
            if any(model.name == other.name for other in models):
                raise Conflict.of(
                    f"two models are called {model.name!r}",
                    code="S212",
                    fix="Give one of them another name: NAME=PATH",
                )
            model.try_out()
            models.append(model)
        yield models


def open_model(
    folder: Path,
    settings: ServingSettings,
    *,
    name: str | None,
    fallback: str = "model",
    device: str = "auto",
) -> Served:
    """Open one folder.

    Raises:
        NotFound: It holds no model.
        InvalidData: Something in it is damaged or was changed.
    """
    bundle = verify_bundle(folder)[0] if is_bundle(folder) else None
    usual = bundle.name if bundle else _NOT_IN_NAMES.sub("-", fallback).strip("-") or "model"
    found = Found(folder, name or usual, bundle)
    table = table_package_in(folder)
    try:
        if table is not None:
            from netloom.serving.served_table import open_table

            return open_table(found, table, settings, device=device)
        from netloom.serving.served_pictures import open_pictures

        return open_pictures(found, settings, device=device)
    except ModuleNotFoundError as error:
        raise InvalidData.of(
            f"{folder} cannot be served by this runtime: there is no module {error.name}",
            code="S216",
            fix="Use the runtime that comes with the bundle",
        ) from error


def table_package_in(folder: Path) -> Path | None:
    """The package of a table model in a folder: itself, or that of a bundle with a single model."""
    if is_table_package(folder):
        return folder
    inner = [path for path in sorted(folder.glob("models/*")) if is_table_package(path)]
    return inner[0] if inner else None
