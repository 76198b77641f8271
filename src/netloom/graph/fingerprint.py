"""Fingerprints: content hashes that decide what runs and what is reused.

The fingerprint of a node covers operator id, code, complete settings (so a changed default counts) and the
content digests of its inputs. Layout, notes, retries, time limits, needs and the order of keys never
enter. A job's output digest is known only after it ran, so descendants of a job that has to run have no
fingerprint yet; an inline node's value is determined by its own ingredients, which therefore stand for it.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import CodeType
from typing import Any

from netloom.core import python_sources
from netloom.core.digests import digest_of_bytes, digest_of_json
from netloom.core.identifiers import Fingerprint
from netloom.core.python_sources import without_docstrings
from netloom.graph.graph import Component, Graph, Input, Node
from netloom.graph.operator import Operator
from netloom.graph.plugins import import_root

FORMAT = 1
"""Raised when the composition of fingerprints changes: every cached result is then computed anew."""


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What goes into a fingerprint, kept so that ``why`` can name what changed.

    Attributes:
        inputs: Content digests by port. For an output of an inline node the digest is its
            fingerprint and the port's name.
        identity: Content identity of a source; None for other operators.
        answers: Digest of the answers a waiting node received; None if there are none.
    """

    operator: str
    code: str
    settings: Mapping[str, Any]
    inputs: Mapping[str, list[str]] = field(default_factory=dict)
    identity: str | None = None
    answers: str | None = None

    @property
    def fingerprint(self) -> Fingerprint:
        """Hash of everything above."""
        return Fingerprint(digest_of_json([FORMAT, self.to_json()]))

    def to_json(self) -> dict[str, Any]:
        """The document recorded with a run."""
        return {
            "operator": self.operator,
            "code": self.code,
            "settings": dict(self.settings),
            "inputs": {port: list(digests) for port, digests in self.inputs.items()},
            "identity": self.identity,
            "answers": self.answers,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Ingredients:
        """Inverse of :meth:`to_json`."""
        return cls(**document)


def inline_digest(fingerprint: Fingerprint, port: str) -> str:
    """Stands for the content of an inline node's output."""
    return f"{fingerprint}:{port}"


def operator_code_hash(operator: Operator[Any, Any]) -> str:
    """Hash of the code an operator's results depend on.

    For operators that ship with Netloom: the function's source and the declared ``version`` (library
    changes that alter results raise it). For everybody else's: the whole file of the function and the
    project files it imports, because their authors do not keep version numbers. Comments,
    layout and docstrings do not count.
    """
    function = inspect.unwrap(operator.function)
    file = Path(function.__code__.co_filename)
    if not file.is_file():  # typed into a notebook or a prompt
        return digest_of_json([operator.version, _typed_source(function)])
    if function.__module__.partition(".")[0] == "netloom":
        source = _function_tree(file, _stamp(file), function.__qualname__)
        return digest_of_json([operator.version, source])
    return digest_of_json([operator.version, sorted(_trees_of_project_files(file))])


def graph_fingerprint(graph: Graph) -> Fingerprint:
    """Hash of a graph's meaning as written: the same for its file, Python and canvas form."""
    return Fingerprint(digest_of_json([FORMAT, _graph_document(graph)]))


def _graph_document(graph: Graph) -> dict[str, Any]:
    return {
        "nodes": {node.id: _node_document(node) for node in graph.nodes.values()},
        "components": {
            name: _component_document(component) for name, component in graph.components.items()
        },
    }


def _node_document(node: Node) -> dict[str, Any]:
    bypass = {"bypass": True} if node.bypass else {}
    return bypass | {
        "op": node.operator,
        "settings": dict(node.settings),
        "inputs": {port: _refs(source) for port, source in node.inputs.items()},
        "reuse": node.reuse,
    }


def _component_document(component: Component) -> dict[str, Any]:
    return {
        "inputs": dict(component.inputs),
        "settings": dict(component.settings),
        "outputs": {name: str(ref) for name, ref in component.outputs.items()},
        "graph": _graph_document(component.graph),
    }


def _refs(source: Input) -> list[str] | str:
    return [str(ref) for ref in source] if isinstance(source, tuple) else str(source)


def source_files(file: Path) -> list[Path]:
    """A user's operator file and the project files it imports, directly or not."""
    return python_sources.source_files(file, root=import_root(file))


def _trees_of_project_files(file: Path) -> list[str]:
    return [_module_tree(path, _stamp(path)) for path in source_files(file)]


def _typed_source(function: Callable[..., Any]) -> str:
    """Meaning of a function that is in no file: its source if it is remembered, else its byte code."""
    try:
        source = textwrap.dedent(inspect.getsource(function))
        return ast.dump(without_docstrings(ast.parse(source)))
    except (OSError, TypeError, SyntaxError):
        code = function.__code__
        return repr((code.co_code, code.co_names, _without_addresses(code.co_consts)))


def _without_addresses(constants: tuple[Any, ...]) -> list[Any]:
    """Constants of a function, with inner functions by their own code rather than their place in memory."""
    return [
        (c.co_code, c.co_names, _without_addresses(c.co_consts)) if isinstance(c, CodeType) else c
        for c in constants
    ]


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size


@lru_cache(maxsize=256)
def _module_tree(path: Path, stamp: tuple[int, int]) -> str:
    content = path.read_bytes()
    try:
        return ast.dump(without_docstrings(ast.parse(content)))
    except SyntaxError:
        return digest_of_bytes(content)


@lru_cache(maxsize=1024)
def _function_tree(path: Path, stamp: tuple[int, int], qualname: str) -> str:
    for node in ast.walk(_parsed(path, stamp)):
        if isinstance(node, ast.FunctionDef) and node.name == qualname.rpartition(".")[2]:
            return ast.dump(node)
    raise LookupError(f"{qualname} is not defined in {path}")


@lru_cache(maxsize=64)
def _parsed(path: Path, stamp: tuple[int, int]) -> ast.Module:
    return without_docstrings(ast.parse(path.read_bytes()))
