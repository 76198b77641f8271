"""The package's source: functions, calls and classes by name, to follow a text through it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import netloom

ROOT = Path(netloom.__file__).parent
_LEFT_OUT = {"migrations", "templates", "cli"}
"""Parts that say nothing in answers of the server."""


@dataclass(eq=False)
class Function:
    """A function, method, or the top level of a module.

    Attributes:
        owner: The class it belongs to.
        top: The top level of its module; None for that itself.
    """

    module: str
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Module
    owner: str = ""
    top: Function | None = None

    @property
    def name(self) -> str:
        return "" if isinstance(self.node, ast.Module) else self.node.name

    @cached_property
    def positional(self) -> list[str]:
        """Parameters that a call may give by position."""
        if isinstance(self.node, ast.Module):
            return []
        listed = self.node.args
        names = [each.arg for each in (*listed.posonlyargs, *listed.args)]
        return [name for name in names if name not in ("self", "cls")]

    @cached_property
    def parameters(self) -> set[str]:
        if isinstance(self.node, ast.Module):
            return set()
        return {*self.positional, *(each.arg for each in self.node.args.kwonlyargs)}

    @cached_property
    def defaults(self) -> dict[str, ast.expr]:
        if isinstance(self.node, ast.Module):
            return {}
        listed = self.node.args
        last = listed.args[len(listed.args) - len(listed.defaults) :]
        found = dict(zip((each.arg for each in last), listed.defaults, strict=True))
        named = zip(listed.kwonlyargs, listed.kw_defaults, strict=True)
        return found | {each.arg: value for each, value in named if value is not None}

    @cached_property
    def assigned(self) -> dict[str, list[ast.expr | None]]:
        """What each of its own names may stand for; None for what is not known."""
        found: dict[str, list[ast.expr | None]] = {}
        for each in own_nodes(self.node):
            match each:
                case ast.Assign(targets=targets, value=value):
                    for target in targets:
                        _assign(found, target, value)
                case ast.AnnAssign(target=target, value=ast.expr() as value):
                    _assign(found, target, value)
                case ast.AugAssign(target=target, value=value):
                    _assign(found, target, value)
                case ast.NamedExpr(target=target, value=value):
                    _assign(found, target, value)
                case (
                    ast.For(target=target, iter=rows) | ast.comprehension(target=target, iter=rows)
                ):
                    for row in self._rows(rows):
                        _assign(found, target, row)
        return found

    def _rows(self, rows: ast.expr) -> Sequence[ast.expr | None]:
        """Rows of a table at the top of the module, or those that a function of the module yields."""
        return self._known_rows(rows) or [None]

    def _known_rows(self, rows: ast.expr) -> list[ast.expr]:
        if self.top is None:
            return []
        if isinstance(rows, ast.Call):
            yielding = (
                each
                for each in ast.walk(self.top.node)
                if isinstance(each, ast.FunctionDef) and each.name == name_of(rows.func)
            )
            yielded = (each for body in yielding for each in own_nodes(body))
            return [each.value for each in yielded if isinstance(each, ast.Yield) and each.value]
        tables = self.top.assigned.get(name_of(rows), [])
        return [row for table in tables if isinstance(table, ast.Tuple) for row in table.elts]

    def results(self) -> Iterator[ast.expr]:
        """What it gives back: returned, yielded, or appended to a list."""
        for each in own_nodes(self.node):
            match each:
                case (
                    ast.Return(value=ast.List(elts=items)) | ast.Return(value=ast.Tuple(elts=items))
                ):
                    yield from items
                case ast.Return(value=ast.ListComp(elt=item)):
                    yield item
                case ast.Return(value=ast.Name(id=name)) if name in self.assigned:
                    yield from (
                        value for value in self.assigned[name] if isinstance(value, ast.JoinedStr)
                    )
                case ast.Return(value=ast.expr() as item) | ast.Yield(value=ast.expr() as item):
                    yield item
                case ast.Call(func=ast.Attribute(attr="append"), args=items):
                    yield from items


class Index:
    """Every function, call and class."""

    def __init__(self, root: Path = ROOT) -> None:
        self.functions: dict[str, list[Function]] = {}
        self.calls: dict[str, list[tuple[ast.Call, Function]]] = {}
        self.classes: dict[str, ast.ClassDef] = {}
        for file in sorted(root.rglob("*.py")):
            place = file.relative_to(root)
            if not _LEFT_OUT & set(place.parts):
                tree = ast.parse(file.read_text(encoding="utf-8"))
                self._collect(tree, Function(place.as_posix(), tree), owner="")

    def _collect(self, root: ast.AST, inside: Function, *, owner: str) -> None:
        for child in ast.iter_child_nodes(root):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                function = Function(inside.module, child, owner, inside.top or inside)
                self.functions.setdefault(child.name, []).append(function)
                self._collect(child, function, owner=owner)
                continue
            if isinstance(child, ast.ClassDef):
                self.classes.setdefault(child.name, child)
                self._collect(child, inside, owner=child.name)
                continue
            if isinstance(child, ast.Call):
                self.calls.setdefault(name_of(child.func), []).append((child, inside))
            self._collect(child, inside, owner=owner)

    @cached_property
    def codes(self) -> dict[str, str]:
        """Default code of each class of errors."""
        found = {"NetloomError": "W000"}
        count = 0
        while count != len(found):
            count = len(found)
            for name, node in self.classes.items():
                for base in map(name_of, node.bases):
                    if base in found and name not in found:
                        found[name] = _own_code(node) or found[base]
        return found

    def named(self, name: str, *, near: str) -> list[Function]:
        """Functions of a name that a module can mean; private ones are its own."""
        found = self.functions.get(name, [])
        return [each for each in found if each.module == near or not name.startswith("_")]

    def callers(self, function: Function) -> list[tuple[ast.Call, Function]]:
        """Calls of a function."""
        name = function.owner if function.name == "__init__" else function.name
        return [
            (call, caller)
            for call, caller in self.calls.get(name, [])
            if caller.module == function.module or not name.startswith("_")
        ]

    def fields(self, kind: str) -> dict[str, ast.expr | None]:
        """Fields of a dataclass in order, with their defaults."""
        node = self.classes.get(kind)
        found = [each for each in node.body if isinstance(each, ast.AnnAssign)] if node else []
        return {name_of(each.target): each.value for each in found}


def own_nodes(root: ast.AST) -> Iterator[ast.AST]:
    """Nodes of a function without those of functions inside it."""
    for child in ast.iter_child_nodes(root):
        inner = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
        if not isinstance(child, inner):
            yield child
            yield from own_nodes(child)


def name_of(value: ast.expr) -> str:
    """The last part of a dotted name; empty for anything else."""
    match value:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=inner):
            return name_of(inner)
    return ""


def keywords(call: ast.Call) -> dict[str, ast.expr]:
    """What a call gives by name."""
    return {each.arg: each.value for each in call.keywords if each.arg}


def arguments(call: ast.Call, names: Sequence[str]) -> dict[str, ast.expr]:
    """What a call gives to parameters of these names."""
    return dict(zip(names, call.args, strict=False)) | keywords(call)


def _assign(
    found: dict[str, list[ast.expr | None]], target: ast.expr, value: ast.expr | None
) -> None:
    if isinstance(target, ast.Name):
        found.setdefault(target.id, []).append(value)
    elif isinstance(target, ast.Tuple):
        values: Sequence[ast.expr | None] = [None] * len(target.elts)
        if isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts):
            values = value.elts
        for inner, part in zip(target.elts, values, strict=True):
            _assign(found, inner, part)


def _own_code(node: ast.ClassDef) -> str:
    for each in node.body:
        if isinstance(each, ast.Assign) and name_of(each.targets[0]) == "default_code":
            return str(ast.literal_eval(each.value))
    return ""
