"""Bundles of runs: what a run trained, as a zip file that serves by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

from netloom.core.diagnostics import Diagnostic
from netloom.core.errors import InvalidInput
from netloom.core.files import storage_errors
from netloom.workspace.run_inference import assemble

if TYPE_CHECKING:
    from netloom.inference.bundle import Bundle
    from netloom.workspace.workspace import Workspace

BundleStep = Literal["exporting", "trying", "packing"]
"""What is done to make a bundle, in this order: models brought into a form that serves, and tried out."""

_VERSION = re.compile(r"[0-9]+(\.[0-9]+)*")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class WrittenBundle:
    """A bundle in a file.

    Attributes:
        notes: Why some of its models need PyTorch, and what the run did that the bundle does not.
    """

    file: Path
    bundle: Bundle
    notes: tuple[Diagnostic, ...] = ()


def bundle_run(
    workspace: Workspace,
    run: str,
    file: Path,
    *,
    name: str | None = None,
    version: str = "1.0",
    outputs: Collection[str] | None = None,
    sample: bytes | None = None,
    with_wheels: bool = False,
    on_step: Callable[[BundleStep], None] = lambda step: None,
) -> WrittenBundle:
    """Write the inference graph of a run as a bundle. The same run gives the same bytes.

    Args:
        run: Its id, a beginning of it, or ``last``.
        name: None takes the pipeline's.
        outputs: Models whose predictions are wanted, by node; None takes those that the run is about.
        sample: A picture file to show requests with; None paints one.
        with_wheels: Put the libraries into it, for machines without a package index.
        on_step: Told what is done next.

    Raises:
        NotFound: There is no such run, or it has not made a model that is needed.
        InvalidPipeline: Its graph has no request-time graph, or several models compete.
        InvalidInput: The version is none.
        StorageFailed: The file cannot be written.
    """
    from netloom.inference.bundle_archive import pack
    from netloom.serving.bundle_writing import BundleLabel, write_bundle

    if not _VERSION.fullmatch(version):
        raise InvalidInput.of(
            f"{version!r} is no version of a bundle",
            code="I495",
            expected="numbers with dots between them, such as 1.0",
        )
    record = workspace.result(run).record
    with storage_errors(file):
        file.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=file.parent, prefix=f".{file.name}.") as scratch:
        folder = Path(scratch, "bundle")
        on_step("exporting")
        assembled = assemble(workspace, run, folder, outputs=outputs)
        label = BundleLabel(
            name=bundle_name(name or record.request.pipeline),
            version=version,
            created=record.finished or record.created,
            run=assembled.run,
        )
        on_step("trying")
        bundle = write_bundle(folder, label, sample=sample, with_wheels=with_wheels)
        on_step("packing")
        pack(folder, file)
    reasons = [model.reason for model in assembled.models if model.reason is not None]
    return WrittenBundle(file, bundle, (*reasons, *assembled.notes))


def bundle_name(text: str) -> str:
    """A name as bundles may have it: it becomes part of addresses and of a container's name.

    Example:
        >>> bundle_name("Vögel & Blumen")
        'V-gel-Blumen'
    """
    return _NOT_IN_NAMES.sub("-", text).strip("-.")[:100] or "model"
