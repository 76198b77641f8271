"""Code a worker has loaded: its catalogue, and whether that is still the code that was asked for."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from netloom.core.diagnostics import Diagnostic
from netloom.core.errors import InvalidInput, NetloomError, NotFound
from netloom.execution.jobs import JobSpec
from netloom.graph.catalogue import Catalogue
from netloom.graph.fingerprint import operator_code_hash
from netloom.graph.operator import Operator
from netloom.graph.plugins import import_root

_Key = tuple[str, tuple[str, ...]]
_Stamps = dict[str, tuple[int, int]]


class CatalogueCache:
    """Catalogues by what they were made from, for workers that serve several jobs."""

    def __init__(self) -> None:
        self._catalogues: dict[_Key, Catalogue] = {}
        self._stamps: _Stamps = {}

    def get(self, job: JobSpec) -> Catalogue:
        """The catalogue a job refers to.

        Raises:
            NotFound: There is no such module or function.
            InvalidInput: Making the catalogue raised.
        """
        key = (job.catalogue, job.operator_files)
        if key not in self._catalogues:
            self._catalogues[key] = load_catalogue(job)
            self._stamps |= _stamps_of_project(job)
        return self._catalogues[key]

    def is_fresh(self) -> bool:
        """Whether the project files loaded here are still what is on disk."""
        return all(_stamp(file) == stamp for file, stamp in self._stamps.items())


def load_catalogue(job: JobSpec) -> Catalogue:
    """Call the catalogue function a job names. See :meth:`CatalogueCache.get`."""
    module, _, function = job.catalogue.partition(":")
    try:
        make = getattr(importlib.import_module(module), function)
        catalogue = make([Path(file) for file in job.operator_files])
    except NetloomError:
        raise
    except Exception as error:
        kind = NotFound if isinstance(error, ModuleNotFoundError | AttributeError) else InvalidInput
        raise kind.of(
            f"the catalogue {job.catalogue!r} cannot be loaded: {type(error).__name__}: {error}",
            code="X209",
            fix="Is everything installed in the environment that runs the jobs?",
        ) from error
    if not isinstance(catalogue, Catalogue):
        raise InvalidInput.of(
            f"{job.catalogue!r} does not return a catalogue",
            code="X209",
            got=type(catalogue).__name__,
        )
    if catalogue.get(job.steps[-1].operator) is None and catalogue.problems:
        raise InvalidInput(*catalogue.problems)
    return catalogue


def check_code(operator: Operator[Any, Any], job: JobSpec) -> None:
    """Raise InvalidInput if the operator's code is not what the job was planned with."""
    if job.code and operator_code_hash(operator) != job.code:
        raise InvalidInput(
            Diagnostic(
                code="X210",
                message=f"the code of {operator.id} changed after this job was queued",
                fix="Start the run again: its plan must take the new code into account",
            )
        )


def _stamps_of_project(job: JobSpec) -> _Stamps:
    """Loaded modules that are the user's own: below the project, or where operator files are."""
    roots = {import_root(Path(file)) for file in job.operator_files}
    if job.project:
        roots.add(Path(job.project))
    files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    own = {file for file in files if file and _is_own(Path(file), roots)}
    return {file: stamp for file in own if (stamp := _stamp(file)) is not None}


def _is_own(file: Path, roots: set[Path]) -> bool:
    # An environment is often kept inside the project; what is installed there does not change.
    return "site-packages" not in file.parts and any(file.is_relative_to(root) for root in roots)


def _stamp(file: str) -> tuple[int, int] | None:
    try:
        status = Path(file).stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
