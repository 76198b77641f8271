"""Code a worker has loaded: its catalogue, and whether that is still the code that was asked for."""

from __future__ import annotations

import importlib
import os
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
        self._codes: dict[str, str] = {}
        self._stamps: _Stamps = {}
        self._num_modules = 0

    def get(self, job: JobSpec) -> Catalogue:
        """The catalogue a job refers to.

        Raises:
            NotFound: There is no such module or function.
            InvalidInput: Making the catalogue raised.
        """
        key = (job.catalogue, job.operator_files)
        if key not in self._catalogues:
            self._catalogues[key] = load_catalogue(job)
            if job.keep_worker:
                self.remember_project(job)
        return self._catalogues[key]

    def remember_project(self, job: JobSpec) -> None:
        """Note which of the user's own files are loaded by now, and their present state."""
        if len(sys.modules) != self._num_modules:
            self._num_modules = len(sys.modules)
            self._stamps = _stamps_of_project(job) | self._stamps

    def is_fresh(self) -> bool:
        """Whether the project files loaded here are still what is on disk."""
        return all(_stamp(file) == stamp for file, stamp in self._stamps.items())

    def check_code(self, operator: Operator[Any, Any], job: JobSpec) -> None:
        """Raise InvalidInput if the operator's code is not what the job was planned with."""
        if operator.id not in self._codes:
            self._codes[operator.id] = operator_code_hash(operator)
        if job.code and self._codes[operator.id] != job.code:
            raise InvalidInput(
                Diagnostic(
                    code="X210",
                    message=f"the code of {operator.id} changed after this job was queued",
                    fix="Start the run again: its plan must take the new code into account",
                )
            )


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


def _stamps_of_project(job: JobSpec) -> _Stamps:
    """Loaded modules that are the user's own: below the project, or where operator files are."""
    folders = {import_root(Path(file)) for file in job.operator_files}
    if job.project:
        folders.add(Path(job.project))
    roots = tuple(f"{folder}{os.sep}" for folder in folders)
    files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    return {
        file: stamp
        for file in files
        # An environment is often kept inside the project; what is installed there does not change.
        if file and file.startswith(roots) and "site-packages" not in file
        if (stamp := _stamp(file)) is not None
    }


def _stamp(file: str) -> tuple[int, int] | None:
    try:
        status = os.stat(file)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
