from __future__ import annotations

import pickle
from dataclasses import replace

import pytest

from netloom.core import errors
from netloom.core.diagnostics import Diagnostic, Place, Severity
from netloom.core.errors import InvalidPipeline, JobCancelled, NetloomError, raise_for

FIRST = Diagnostic(code="G101", message="first", place=Place(node="a"))
SECOND = Diagnostic(code="G102", message="second")


def test_an_error_reads_like_its_diagnostics() -> None:
    error = InvalidPipeline(FIRST, SECOND)
    assert error.diagnostics == (FIRST, SECOND)
    assert str(error) == "a: First.\nSecond."


def test_an_error_can_be_made_of_one_sentence() -> None:
    error = errors.NotFound.of("no such run", place=Place(file="x"), got="7", fix="look again")
    assert error.diagnostics == (
        Diagnostic(
            code="W404", message="no such run", place=Place(file="x"), got="7", fix="look again"
        ),
    )
    assert errors.NotFound.of("no", code="W405").diagnostics[0].code == "W405"


def test_every_error_of_the_tree_has_its_own_code_or_its_parents() -> None:
    def below(cls: type[NetloomError]) -> list[type[NetloomError]]:
        return [found for sub in cls.__subclasses__() for found in (sub, *below(sub))]

    in_tree = {cls for cls in below(NetloomError) if cls.__module__ == errors.__name__}
    assert {cls.__name__ for cls in in_tree} == {
        line.split("── ")[1].split()[0]
        for line in (errors.__doc__ or "").splitlines()
        if "── " in line
    }


def test_errors_travel_between_processes() -> None:
    error = pickle.loads(pickle.dumps(InvalidPipeline(FIRST, SECOND)))
    assert (type(error), error.diagnostics) == (InvalidPipeline, (FIRST, SECOND))


def test_only_errors_are_raised_and_all_of_them() -> None:
    warning = replace(FIRST, severity=Severity.WARNING)
    raise_for([warning])
    with pytest.raises(InvalidPipeline) as caught:
        raise_for([FIRST, warning, SECOND])
    assert caught.value.diagnostics == (FIRST, SECOND)


def test_a_request_to_stop_cannot_be_swallowed_by_accident() -> None:
    def careless() -> None:
        try:
            raise JobCancelled
        except Exception:
            pytest.fail("it was swallowed")

    with pytest.raises(JobCancelled):
        careless()
