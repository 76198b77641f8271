"""Reading the texts that an expression may give, without running it.

Names, conditions, tables and helper functions are followed to the literals they are made of. What is known
only while the program runs becomes a gap.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .source_index import Function, Index, arguments, name_of, own_nodes

GAP = "\ufffc"
_MOST_STEPS = 12
_MOST_ALTERNATIVES = 400
_SAME_TEXT = ("str", "sentence", "_capitalised")
"""Functions that change no words."""


class NeedsCallers(Exception):
    """A parameter is what matters: every call of the function has to be looked at."""

    def __init__(self, function: Function) -> None:
        super().__init__(function.name)
        self.function = function


@dataclass(frozen=True)
class Scope:
    """A function, and what one call of it gives; None while no particular call is meant."""

    function: Function
    given: Mapping[str, tuple[ast.expr, Scope]] | None = None

    @property
    def top(self) -> Scope:
        """The top level of its module."""
        return Scope(self.function.top or self.function, {})

    @classmethod
    def of_call(cls, function: Function, call: ast.Call, caller: Scope) -> Scope:
        """The function as this call calls it."""
        given = {n: (value, caller) for n, value in arguments(call, function.positional).items()}
        top = cls(function).top
        return cls(function, {n: (value, top) for n, value in function.defaults.items()} | given)

    def called(self, called: Scope) -> Scope:
        """This scope, with one particular call for a function of which none was meant."""
        if self.given is None:
            return called if self.function is called.function else self
        given = {name: (value, scope.called(called)) for name, (value, scope) in self.given.items()}
        return Scope(self.function, given)


class Reader:
    """Reads expressions of one source."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def texts(self, value: ast.expr, scope: Scope, steps: int = _MOST_STEPS) -> list[str]:
        """All texts it may give; a single gap where that is not known.

        Raises:
            NeedsCallers: It depends on what a function is given.
        """
        if steps == 0:
            return [GAP]
        if isinstance(value, ast.Constant):
            return ["" if value.value is None else str(value.value)]
        made = self._composed(value, scope, steps - 1)
        return self._followed(value, scope, steps - 1) if made is None else made

    def _composed(self, value: ast.expr, scope: Scope, steps: int) -> list[str] | None:
        """Of texts that stand in the expression itself."""
        match value:
            case ast.JoinedStr(values=parts):
                return _rows([self._part(part, scope, steps) for part in parts])
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return _rows([self.texts(side, scope, steps) for side in (left, right)])
            case ast.IfExp(body=body, orelse=orelse):
                return self._either([body, orelse], scope, steps)
            case ast.BoolOp(op=ast.Or(), values=values):
                return self._either(values, scope, steps)
            case ast.BoolOp(op=ast.And(), values=values):
                return self.texts(values[-1], scope, steps)
        return None

    def _followed(self, value: ast.expr, scope: Scope, steps: int) -> list[str]:
        """Of what the expression refers to."""
        match value:
            case ast.Name(id=name):
                return self._named(name, scope, steps)
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                return self._field(name, scope, steps)
            case ast.Subscript(value=inner, slice=ast.Slice()):
                return self.texts(inner, scope, steps)
            case ast.Subscript(value=ast.Name(id=name)):
                return self._looked_up(name, scope, steps)
            case ast.Call():
                return self._called(value, scope, steps)
        return [GAP]

    def _part(self, part: ast.expr, scope: Scope, steps: int) -> list[str]:
        """A part of an f-string. A parameter there is mostly a name; words of ours are followed."""
        if not isinstance(part, ast.FormattedValue):
            return self.texts(part, scope, steps)
        if part.conversion != -1 or part.format_spec is not None:
            return [GAP]
        name = part.value.id if isinstance(part.value, ast.Name) else ""
        is_open = scope.given is None and name in scope.function.parameters
        if is_open and not self._is_given_words(scope.function, name):
            return [GAP]
        try:
            return self.texts(part.value, scope, steps)
        except NeedsCallers:
            if is_open:
                raise
            return [GAP]

    def _is_given_words(self, function: Function, name: str) -> bool:
        given = (
            arguments(call, function.positional).get(name)
            for call, _ in self._index.callers(function)
        )
        return any(_has_words(value) for value in given if value is not None)

    def _either(self, values: Sequence[ast.expr], scope: Scope, steps: int) -> list[str]:
        return list(dict.fromkeys(t for each in values for t in self.texts(each, scope, steps)))

    def _named(self, name: str, scope: Scope, steps: int) -> list[str]:
        if scope.given is not None and name in scope.given:
            value, outer = scope.given[name]
            return self.texts(value, outer, steps)
        if name in scope.function.parameters:
            if scope.given is None:
                raise NeedsCallers(scope.function)
            return [GAP]
        assigned = scope.function.assigned.get(name)
        if assigned is not None:
            known = self._either([value for value in assigned if value is not None], scope, steps)
            return known + ([GAP] if None in assigned else [])
        if scope.function.top is not None and name in scope.function.top.assigned:
            return self._named(name, scope.top, steps)
        return [GAP]

    def _field(self, name: str, scope: Scope, steps: int) -> list[str]:
        """What a field of a dataclass is given where its objects are made."""
        owner = scope.function.owner
        fields = self._index.fields(owner)
        if name not in fields:
            return [GAP]
        default = fields[name]
        found = [] if default is None else self.texts(default, scope.top, steps)
        for call, caller in self._index.calls.get(owner, ()):
            value = arguments(call, list(fields)).get(name)
            try:
                found += [] if value is None else self.texts(value, Scope(caller), steps)
            except NeedsCallers:
                found.append(GAP)
        return list(dict.fromkeys(found)) or [GAP]

    def _looked_up(self, name: str, scope: Scope, steps: int) -> list[str]:
        top = scope.top
        tables = (*scope.function.assigned.get(name, ()), *top.function.assigned.get(name, ()))
        values = [value for each in tables if isinstance(each, ast.Dict) for value in each.values]
        return self._either(values, top, steps) or [GAP]

    def _called(self, call: ast.Call, scope: Scope, steps: int) -> list[str]:
        name = name_of(call.func)
        match call:
            case ast.Call(func=ast.Name(id="did_you_mean")):
                return [f"Did you mean {GAP}?", ""]
            case ast.Call(func=ast.Name(), args=[first]) if name in _SAME_TEXT:
                return self.texts(first, scope, steps)
            case ast.Call(func=ast.Attribute(value=inner, attr="format")):
                return [re.sub(r"{[^{}]*}", GAP, text) for text in self.texts(inner, scope, steps)]
            case ast.Call(func=ast.Attribute(value=inner, attr="strip")):
                return [text.strip() for text in self.texts(inner, scope, steps)]
            case ast.Call(func=ast.Attribute(value=ast.Name(id=table), attr="get")):
                return self._either(call.args[1:], scope, steps) + self._looked_up(
                    table, scope, steps
                )
            case ast.Call(func=ast.Attribute(attr="join"), args=[items]):
                return self._items(items, scope, steps)
        bodies = self._index.named(name, near=scope.function.module)
        if len(bodies) != 1:
            return [GAP]
        inner_scope = Scope.of_call(bodies[0], call, scope)
        returned = [
            each.value
            for each in own_nodes(bodies[0].node)
            if isinstance(each, ast.Return) and each.value is not None
        ]
        return self._either(returned, inner_scope, steps) or [GAP]

    def _items(self, items: ast.expr, scope: Scope, steps: int) -> list[str]:
        """Texts that are put in a row, each for itself."""
        if isinstance(items, ast.List | ast.Tuple):
            return self._either(items.elts, scope, steps)
        if isinstance(items, ast.Name):
            return self._either(_filled(items.id, scope.function), scope, steps) or [GAP]
        if isinstance(items, ast.Call):
            bodies = self._index.named(name_of(items.func), near=scope.function.module)
            if len(bodies) == 1 and bodies[0].module == scope.function.module:
                inner = Scope.of_call(bodies[0], items, scope)
                return self._either(list(bodies[0].results()), inner, steps) or [GAP]
        return [GAP]


def _filled(name: str, function: Function) -> list[ast.expr]:
    """What a list of this name is filled with."""
    lists = [each for each in function.assigned.get(name, ()) if isinstance(each, ast.List)]
    appended = [
        item
        for each in own_nodes(function.node)
        if isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and each.func.attr == "append"
        and name_of(each.func.value) == name
        for item in each.args
    ]
    return [*(item for each in lists for item in each.elts), *appended]


def _rows(parts: list[list[str]]) -> list[str]:
    rows = itertools.islice(itertools.product(*parts), _MOST_ALTERNATIVES)
    return list(dict.fromkeys("".join(row) for row in rows))


def _has_words(value: ast.expr) -> bool:
    return any(
        isinstance(each, ast.Constant) and isinstance(each.value, str) and " " in each.value.strip()
        for each in ast.walk(value)
    )
