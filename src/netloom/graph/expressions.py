"""The expressions of ``${…}``: arithmetic and choices over values, and nothing else.

Built on simpleeval with everything removed that is not in the list below: no attributes of objects, no
methods, no comprehensions, no calls but seven functions, and bounds on what one expression can
produce.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from simpleeval import InvalidExpression, SimpleEval

from netloom.graph.graph import JSON

MAX_LENGTH = 1000
MAX_RESULT = 100_000
"""Characters or elements in a text or list that an expression builds."""
_MAX_BITS = 1024
ROOTS = ("vars", "settings")
"""Names an expression may start from."""

Lookup = Callable[[tuple[str, ...]], JSON]
"""Gives the value of a dotted name such as ``("vars", "paths", "root")``."""

_CONSTANTS = {"true": True, "false": False, "null": None}


class BadExpression(ValueError):
    """An expression cannot be parsed or evaluated; the text says why."""


def evaluate(text: str, lookup: Lookup) -> JSON:
    """Evaluate an expression.

    Args:
        text: For example ``vars.size * 2 if vars.large else 32``.
        lookup: Called for every dotted name that starts with one of :data:`ROOTS`; its errors pass
            through.

    Raises:
        BadExpression: Syntax, an unknown name, something not allowed, a type that does not fit, division
            by zero, or a result that would be too large.
    """
    return _Evaluator(lookup).result(parse(text), text)


def parse(text: str) -> ast.expr:
    """The syntax tree of an expression, not yet checked for what is allowed.

    Raises:
        BadExpression: It is not an expression.
    """
    if len(text) > MAX_LENGTH:
        raise BadExpression(f"the expression is longer than {MAX_LENGTH} characters")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        reason = getattr(error, "msg", None) or "it is nested too deeply"
        raise BadExpression(f"{text.strip()!r} is not an expression: {reason}") from error


def dotted_name(node: ast.AST) -> tuple[str, ...] | None:
    """``("vars", "a", "b")`` for ``vars.a.b``; None for anything that does not start at a root."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name) and node.id in ROOTS and names:
        return (node.id, *reversed(names))
    return None


def names_in(tree: ast.AST) -> list[tuple[str, ...]]:
    """Every dotted name an expression uses, longest form only."""
    name = dotted_name(tree)
    if name is not None:
        return [name]
    if isinstance(tree, ast.Name) and tree.id in ROOTS:
        return [(tree.id,)]
    return [found for child in ast.iter_child_nodes(tree) for found in names_in(child)]


def free_names(tree: ast.AST) -> list[str]:
    """Names that are neither roots, constants nor functions: nothing can stand behind them."""
    known = (*ROOTS, *_CONSTANTS, *_FUNCTIONS)
    return [
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id not in known
    ]


def with_constants(text: str, lookup: Lookup) -> str:
    """The expression with every ``vars.…`` replaced by its value; ``settings.…`` stay.

    Raises:
        BadExpression: It is malformed, or a variable in it is a mapping.
    """
    return ast.unparse(_Constants(lookup).visit(parse(text)))


class _Constants(ast.NodeTransformer):
    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup

    def visit(self, node: ast.AST) -> ast.AST:
        name = dotted_name(node)
        if name is None or name[0] != "vars":
            return super().generic_visit(node) if name is None else node
        value = self._lookup(name)
        if isinstance(value, dict):
            raise BadExpression(f"{'.'.join(name)} is a mapping; use one of its values")
        return ast.parse(repr(value), mode="eval").body


class _Evaluator(SimpleEval):  # type: ignore[misc]
    def __init__(self, lookup: Lookup) -> None:
        super().__init__(operators=_OPERATORS, functions=_FUNCTIONS, names=self._name)
        self._lookup = lookup
        everything: dict[type, Callable[[Any], Any]] = vars(self)["nodes"]
        self.nodes = {kind: everything[kind] for kind in _KEPT} | {
            ast.Attribute: self._attribute,
            ast.Subscript: self._subscript,
            ast.List: lambda node: [self._eval(element) for element in node.elts],
        }

    def result(self, tree: ast.expr, text: str) -> JSON:
        for node in ast.walk(tree):
            _refuse_if_forbidden(node)
        try:
            return _bounded(self._eval(tree))
        except BadExpression:
            raise
        except RecursionError as error:
            raise BadExpression("the expression is nested too deeply") from error
        except (ArithmeticError, TypeError, ValueError, LookupError, InvalidExpression) as error:
            raise BadExpression(f"{text.strip()!r} cannot be computed: {error}") from error

    def _name(self, node: ast.Name) -> JSON:
        if node.id in _CONSTANTS:
            return _CONSTANTS[node.id]
        if node.id in ROOTS:
            return self._lookup((node.id,))
        raise BadExpression(f"there is no {node.id!r} here; names start with vars.")

    def _attribute(self, node: ast.Attribute) -> JSON:
        name = dotted_name(node)
        if name is not None:
            return self._lookup(name)
        return _element(self._eval(node.value), node.attr)

    def _subscript(self, node: ast.Subscript) -> JSON:
        return _element(self._eval(node.value), self._eval(node.slice))


def _refuse_if_forbidden(node: ast.AST) -> None:
    if isinstance(node, ast.operator | ast.unaryop | ast.cmpop):
        allowed = type(node) in _OPERATORS
    elif isinstance(node, ast.Call):
        allowed = isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS
    elif isinstance(node, ast.Constant):
        allowed = isinstance(node.value, str | int | float | None)
    else:
        allowed = isinstance(node, _ALLOWED)
    # The name of an allowed function is visited as a name of its own; evaluation refuses it elsewhere.
    if allowed:
        return
    what = _FORBIDDEN_NAMES.get(type(node).__name__, type(node).__name__)
    raise BadExpression(
        f"{what} is not allowed in an expression; allowed are arithmetic, comparisons, and, or, not, "
        f"… if … else …, indexing and the functions {', '.join(_FUNCTIONS)}"
    )


def _element(container: JSON, key: JSON) -> JSON:
    if isinstance(container, Mapping):
        if str(key) not in container:
            raise BadExpression(f"there is no {key!r} in {_shown(container)}")
        return container[str(key)]
    if isinstance(container, str | Sequence) and isinstance(key, int):
        if not -len(container) <= key < len(container):
            raise BadExpression(f"index {key} is outside a list of {len(container)}")
        return container[key]
    raise BadExpression(f"{_shown(container)} has no element {key!r}")


def _power(base: Any, exponent: Any) -> Any:
    if isinstance(base, int) and isinstance(exponent, int):
        bits = max(base.bit_length(), 1) * abs(exponent)
        if bits > _MAX_BITS:
            raise BadExpression(f"{_shown(base)} ** {_shown(exponent)} is too large")
    result = base**exponent
    if isinstance(result, complex):
        raise BadExpression(f"{base} ** {exponent} is not a real number")
    return result


def _product(left: Any, right: Any) -> Any:
    for sequence, count in ((left, right), (right, left)):
        too_long = isinstance(sequence, str | list) and isinstance(count, int)
        if too_long and len(sequence) * count > MAX_RESULT:
            raise BadExpression(f"the result would be longer than {MAX_RESULT}")
    return left * right


def _remainder(left: Any, right: Any) -> Any:
    if isinstance(left, str):
        raise BadExpression("% formats no text here; write several ${…} in one text instead")
    return left % right


def text_of(value: JSON) -> str:
    """A scalar as it appears inside a longer text: ``true``, ``null``, ``0.1``."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _checked(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda left, right: _bounded(function(left, right))


def _bounded(value: JSON) -> JSON:
    if isinstance(value, int) and value.bit_length() > _MAX_BITS:
        raise BadExpression("the result is too large a number")
    if isinstance(value, float) and value - value != 0.0:
        raise BadExpression("the result is not a finite number")
    if isinstance(value, str | list) and len(value) > MAX_RESULT:
        raise BadExpression(f"the result would be longer than {MAX_RESULT}")
    return value


def _shown(value: JSON) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


_OPERATORS = {
    ast.Add: _checked(operator.add),
    ast.Sub: _checked(operator.sub),
    ast.Mult: _checked(_product),
    ast.Div: _checked(operator.truediv),
    ast.FloorDiv: _checked(operator.floordiv),
    ast.Mod: _checked(_remainder),
    ast.Pow: _checked(_power),
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Not: operator.not_,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "min": min,
    "max": max,
    "round": round,
    "int": int,
    "float": float,
    "str": text_of,
    "len": len,
    "abs": abs,
}
_KEPT = (
    ast.UnaryOp,
    ast.BinOp,
    ast.BoolOp,
    ast.Compare,
    ast.IfExp,
    ast.Call,
    ast.Name,
    ast.Constant,
)
_ALLOWED = (*_KEPT, ast.Attribute, ast.Subscript, ast.List, ast.Load, ast.boolop)
_FORBIDDEN_NAMES = {
    "Lambda": "a lambda",
    "ListComp": "a comprehension",
    "GeneratorExp": "a comprehension",
    "DictComp": "a comprehension",
    "SetComp": "a comprehension",
    "JoinedStr": "an f-string",
    "NamedExpr": "an assignment",
    "Starred": "unpacking",
    "keyword": "a named argument",
    "Slice": "a slice",
    "Dict": "a mapping",
    "Tuple": "a tuple (write a list)",
    "Call": "calling that",
    "Constant": "this kind of literal",
}
