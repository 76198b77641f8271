"""Port types: which output may be connected to which input.

A port type is an ordinary Python annotation: a class (subclasses may stand in for it), a generic such
as ``Dataset[ImageClassification]``, a union, ``X | None`` for an optional input, ``list[X]`` for an
input that takes several edges, or a type variable that several ports of one operator share.

The rules, in the direction *produced → required*:

- anything may go where ``Any`` or ``object`` is required; an output of unknown type may go anywhere;
- a subclass may go where its base is required, and an ``int`` where a ``float`` is;
- an unparametrised generic is unknown in its arguments, and so is compatible with all of them;
- arguments of generics are compared covariantly: port values are immutable; a class that fixes them,
  such as ``class Digits(Dataset[ImageClassification])``, counts as its parametrised base;
- a type variable takes the first type it meets and must agree with it from then on.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

Bindings = dict[TypeVar, Any]
"""What the type variables of one operator stand for at one node."""


def is_assignable(produced: Any, required: Any, bindings: Bindings | None = None) -> bool:
    """Whether a value of type ``produced`` may flow into a port that requires ``required``.

    Args:
        produced: Annotation of the output port.
        required: Annotation of the input port; for a ``list[X]`` port the *element* type.
        bindings: Type variables bound so far; extended in place when the answer is True.
    """
    known = tuple((bindings or {}).items())
    try:
        found = _known_bindings(produced, required, known)
    except TypeError:  # an annotation with metadata that cannot be looked up
        found = _bindings_if_assignable(produced, required, known)
    if found is None:
        return False
    if bindings is not None:
        bindings.update(found)
    return True


def _bindings_if_assignable(
    produced: Any, required: Any, known: tuple[tuple[TypeVar, Any], ...]
) -> Bindings | None:
    """What type variables stand for afterwards; None if the value does not fit."""
    trial = dict(known)
    return trial if _assignable(produced, required, trial) else None


_known_bindings = lru_cache(4096)(_bindings_if_assignable)
"""A graph has thousands of edges, but they are between a few dozen pairs of types."""


def without_none(annotation: Any) -> tuple[Any, bool]:
    """``(X, True)`` for ``X | None``, else ``(annotation, False)``."""
    annotation = _plain(annotation)
    if not _is_union(annotation):
        return annotation, False
    members = [member for member in get_args(annotation) if member is not type(None)]
    if len(members) == len(get_args(annotation)):
        return annotation, False
    if len(members) == 1:
        return members[0], True
    return Union[tuple(members)], True  # noqa: UP007 - built from a runtime tuple


def without_deferral(annotation: Any) -> Any:
    """``X`` for ``X | Waiting``: what says "not yet" never flows along an edge."""
    plain = _plain(annotation)
    members = get_args(plain) if _is_union(plain) else ()
    values = tuple(member for member in members if not getattr(member, "__deferral__", False))
    if len(values) == len(members) or not values:
        return annotation
    return Union[values]  # noqa: UP007 - built from a runtime tuple


def element_type(annotation: Any) -> tuple[Any, bool]:
    """``(X, True)`` for a fan-in port ``list[X]``, else ``(annotation, False)``."""
    annotation = _plain(annotation)
    if get_origin(annotation) is list:
        return get_args(annotation)[0], True
    return annotation, False


def substitute(annotation: Any, bindings: Mapping[TypeVar, Any]) -> Any:
    """The annotation with bound type variables replaced; unbound ones become ``Any``."""
    annotation = _plain(annotation)
    if isinstance(annotation, TypeVar):
        return bindings.get(annotation, Any)
    arguments = get_args(annotation)
    if not arguments:
        return annotation
    replaced = tuple(substitute(argument, bindings) for argument in arguments)
    if _is_union(annotation):
        return Union[replaced]  # noqa: UP007 - built from a runtime tuple
    origin = get_origin(annotation)
    return origin[replaced] if origin is not None else annotation


def type_name(annotation: Any) -> str:
    """How a port type is shown to people: ``Dataset[ImageClassification]``, ``Model or nothing``."""
    inner, optional = without_none(annotation)
    if optional:
        return f"{type_name(inner)} or nothing"
    if inner is ...:
        return "…"
    if inner is Any or inner is object:
        return "anything"
    if isinstance(inner, TypeVar):
        return type_name(inner.__bound__) if inner.__bound__ else "anything"
    if _is_union(inner):
        return " or ".join(type_name(member) for member in get_args(inner))
    origin = get_origin(inner)
    if origin is None:
        return getattr(inner, "__name__", str(inner))
    arguments = [argument for argument in get_args(inner) if argument is not Any]
    name = getattr(origin, "__name__", str(origin))
    if not arguments or all(isinstance(argument, TypeVar) for argument in arguments):
        return name
    return f"{name}[{', '.join(type_name(argument) for argument in arguments)}]"


def _assignable(produced: Any, required: Any, bindings: Bindings) -> bool:
    produced, required = _plain(produced), _plain(required)
    if required is Any or required is object or produced is Any:
        return True
    if isinstance(produced, TypeVar):
        return _assignable(produced.__bound__ or Any, required, bindings)
    if isinstance(required, TypeVar):
        return _bind(required, produced, bindings)
    if _is_union(produced):
        return all(_assignable(member, required, bindings) for member in get_args(produced))
    if _is_union(required):
        return any(_fits(produced, member, bindings) for member in get_args(required))
    if required is float and produced is int:
        return True
    produced_class = get_origin(produced) or produced
    required_class = get_origin(required) or required
    if not (isinstance(produced_class, type) and isinstance(required_class, type)):
        return bool(produced == required)
    if not issubclass(produced_class, required_class):
        return False
    arguments = _arguments_seen_as(produced, required_class)
    pairs = zip(arguments, get_args(required), strict=False)
    return all(_assignable(left, right, bindings) for left, right in pairs)


def _fits(produced: Any, required: Any, bindings: Bindings) -> bool:
    """Like :func:`_assignable`, but leaves the bindings alone when the answer is no."""
    trial = dict(bindings)
    if not _assignable(produced, required, trial):
        return False
    bindings.update(trial)
    return True


def _arguments_seen_as(annotation: Any, base: type) -> tuple[Any, ...]:
    """Arguments of ``base`` in a subclass of it: ``(int,)`` for ``class Counts(Box[int])`` as a ``Box``."""
    origin = get_origin(annotation) or annotation
    if origin is base or not issubclass(base, Generic):
        return get_args(annotation)
    given = dict(zip(getattr(origin, "__parameters__", ()), get_args(annotation), strict=False))
    for parent in getattr(origin, "__orig_bases__", ()):
        if issubclass(get_origin(parent) or parent, base):
            return _arguments_seen_as(substitute(parent, given), base)
    return ()


def _bind(variable: TypeVar, produced: Any, bindings: Bindings) -> bool:
    if variable in bindings:
        known = bindings[variable]
        if _assignable(produced, known, bindings):
            return True
        if _assignable(known, produced, bindings):
            bindings[variable] = produced  # the wider of the two covers both
            return True
        return False
    allowed = variable.__constraints__ or ((variable.__bound__,) if variable.__bound__ else ())
    if allowed and not any(_assignable(produced, each, bindings) for each in allowed):
        return False
    bindings[variable] = produced
    return True


def _plain(annotation: Any) -> Any:
    if get_origin(annotation) is Annotated:
        return get_args(annotation)[0]
    return type(None) if annotation is None else annotation


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, types.UnionType)


def named_tuple_fields(annotation: Any) -> dict[str, Any] | None:
    """Field annotations of a (possibly generic) NamedTuple class, or None for any other type."""
    origin = get_origin(annotation) or annotation
    if not (isinstance(origin, type) and issubclass(origin, tuple) and hasattr(origin, "_fields")):
        return None
    hints = get_type_hints(origin, include_extras=True)
    return {name: hints.get(name, Any) for name in origin._fields}
