from __future__ import annotations

from typing import Annotated, Any, Generic, Optional, TypeVar, Union

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.graph.types import (
    Bindings,
    element_type,
    is_assignable,
    substitute,
    type_name,
    without_none,
)


class Task: ...


class Sorting(Task): ...


class Counting(Task): ...


T = TypeVar("T", bound=Task)
U = TypeVar("U")
Number = TypeVar("Number", int, str)


class Data(Generic[T]): ...


class Images(Data[T]): ...


class SortedImages(Images[Sorting]): ...


class Pair(Generic[U, T]): ...


class TextPair(Pair[str, T]): ...


class Model: ...


class Trained(Model): ...


ASSIGNABLE = [
    # produced, required, fits
    (Model, Model, True),
    (Trained, Model, True),
    (Model, Trained, False),
    (Model, Task, False),
    # numbers
    (int, float, True),
    (float, int, False),
    (bool, int, True),
    (bool, float, False),
    # anything
    (Model, Any, True),
    (Model, object, True),
    (Any, Model, True),
    (object, Model, False),
    # unions and None
    (Model, Model | None, True),
    (Model, Optional[Model], True),  # noqa: UP045
    (Trained, Union[int, Model], True),  # noqa: UP007
    (None, Model | None, True),
    (None, Model, False),
    (Model | None, Model, False),
    (Model | None, Model | None, True),
    (int | str, int | str | float, True),
    (int | str, int, False),
    # generics
    (Data[Sorting], Data[Sorting], True),
    (Data[Sorting], Data[Task], True),
    (Data[Task], Data[Sorting], False),
    (Data[Sorting], Data[Counting], False),
    (Data, Data[Sorting], True),
    (Data[Sorting], Data, True),
    (Data[Any], Data[Sorting], True),
    (Data[Sorting], Data[Any], True),
    (Images[Sorting], Data[Sorting], True),
    (Images[Sorting], Data[Counting], False),
    (Data[Sorting], Images[Sorting], False),
    (SortedImages, Data[Sorting], True),
    (SortedImages, Images[Task], True),
    (SortedImages, Data[Counting], False),
    (TextPair[Sorting], Pair[str, Sorting], True),
    (TextPair[Sorting], Pair[int, Sorting], False),
    (TextPair[Sorting], Pair[str, Counting], False),
    (TextPair, Pair[str, Counting], True),
    # containers
    (list[int], list[float], True),
    (list[str], list[float], False),
    (dict[str, int], dict[str, float], True),
    (list, list[int], True),
    # annotations that only add validation
    (Annotated[int, "positive"], float, True),
    (int, Annotated[float, "positive"], True),
    (Annotated[int, "positive"] | None, float | None, True),
    (Data[Annotated[Sorting, "x"]], Data[Sorting], True),
    # type variables
    (Sorting, T, True),
    (int, T, False),
    (int, Number, True),
    (float, Number, False),
    (Data[Sorting], Data[T], True),
    (Data[T], Data[T], True),
    (Data[T], Data[Task], True),
    (T, Task, True),
    (T, Model, False),
]


@pytest.mark.parametrize(("produced", "required", "fits"), ASSIGNABLE)
def test_assignability(produced: Any, required: Any, fits: bool) -> None:
    assert is_assignable(produced, required) is fits


SHARED = [
    # what arrives at the ports (required, produced) in turn, which of them fit, what T is then
    ([(Data[T], Data[Sorting]), (Data[T], Data[Sorting])], [True, True], Sorting),
    ([(Data[T], Data[Sorting]), (Data[T], Data[Counting])], [True, False], Sorting),
    ([(Data[T], Data[Sorting]), (Data[T], Data[Task])], [True, True], Task),
    ([(Data[T], Data[Task]), (Data[T], Data[Sorting])], [True, True], Task),
    ([(Data[T], Data), (Data[T], Data[Sorting])], [True, True], Sorting),
    ([(Data[T], SortedImages), (T, Counting)], [True, False], Sorting),
    ([(T, Sorting), (Data[T] | None, Data[Counting])], [True, False], Sorting),
]


@pytest.mark.parametrize(("edges", "fit", "bound"), SHARED)
def test_type_variables_are_shared_by_the_ports_of_a_node(
    edges: list[tuple[Any, Any]], fit: list[bool], bound: Any
) -> None:
    bindings: Bindings = {}
    assert [is_assignable(produced, required, bindings) for required, produced in edges] == fit
    assert bindings == {T: bound}


def test_an_alternative_that_does_not_fit_binds_nothing() -> None:
    bindings: Bindings = {}
    assert is_assignable(Pair[Sorting, Sorting], Pair[U, Counting] | Pair[Any, Any], bindings)
    assert bindings == {}


def test_an_edge_that_does_not_fit_binds_nothing() -> None:
    bindings: Bindings = {}
    assert not is_assignable(Pair[int, Sorting], Pair[U, Counting], bindings)
    assert bindings == {}


TYPES = st.recursive(
    st.sampled_from([Model, Trained, Task, Sorting, Counting, int, float, Any]),
    lambda inner: st.one_of(
        st.builds(lambda x: Data[x], inner),
        st.builds(lambda x: list[x], inner),
        st.builds(lambda x, y: Union[x, y], inner, inner),  # noqa: UP007
    ),
    max_leaves=5,
)


@given(TYPES)
def test_a_type_fits_itself_and_anything(annotation: Any) -> None:
    assert is_assignable(annotation, annotation)
    assert is_assignable(annotation, Any)
    assert is_assignable(annotation, annotation | None)


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (Model | None, (Model, True)),
        (Model, (Model, False)),
        (int | str, (int | str, False)),
        (int | str | None, (Union[int, str], True)),  # noqa: UP007
        (Annotated[int | None, "x"], (int, True)),
    ],
)
def test_optional_types_are_told_apart(annotation: Any, expected: tuple[Any, bool]) -> None:
    assert without_none(annotation) == expected


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (list[Model], (Model, True)),
        (list[Data[Sorting]], (Data[Sorting], True)),
        (tuple[Model, ...], (tuple[Model, ...], False)),
        (Model, (Model, False)),
    ],
)
def test_a_list_takes_several_edges(annotation: Any, expected: tuple[Any, bool]) -> None:
    assert element_type(annotation) == expected


def test_substitution_reaches_into_generics_and_unions() -> None:
    assert substitute(dict[str, Data[T] | None], {T: Sorting}) == dict[str, Data[Sorting] | None]
    assert substitute(Data[T], {}) == Data[Any]
    assert substitute(T, {T: Counting}) is Counting


@pytest.mark.parametrize(
    ("annotation", "name"),
    [
        (Model, "Model"),
        (Model | None, "Model or nothing"),
        (Data[Sorting], "Data[Sorting]"),
        (Data[T], "Data"),
        (Data[Any], "Data"),
        (T, "Task"),
        (U, "anything"),
        (Any, "anything"),
        (int | str, "int or str"),
        (tuple[int, ...], "tuple[int, …]"),
        (dict[str, Data[Sorting]], "dict[str, Data[Sorting]]"),
    ],
)
def test_types_have_names_for_people(annotation: Any, name: str) -> None:
    assert type_name(annotation) == name
