"""What a pipeline can be made of."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Query, Response

from netloom.execution.state_display import look_of
from netloom.execution.states import PlanState, RunState
from netloom.server.hosting import Bench
from netloom.server.identity import Reader
from netloom.server.palette import description, palette, port_types
from netloom.server.schemas import operators as schemas
from netloom.server.translation import language_of

router = APIRouter(tags=["operators"])


def _language(
    response: Response,
    lang: Annotated[
        Literal["en", "zh"] | None, Query(description="Instead of `Accept-Language`.")
    ] = None,
    accepted: Annotated[str, Header(alias="Accept-Language", description="`en` or `zh`.")] = "en",
) -> str:
    chosen = lang or language_of(accepted)
    response.headers["Content-Language"] = chosen
    return chosen


Language = Annotated[str, Depends(_language)]


@router.get("/operators")
def list_operators(bench: Bench, caller: Reader, language: Language) -> schemas.OperatorList:
    """The palette: built-in operators, those of installed packages, and the project's own."""
    return palette(bench.workspace.catalogue, language)


@router.get("/operators/{operator}")
def get_operator(
    bench: Bench, caller: Reader, operator: str, language: Language
) -> schemas.Operator:
    """One operator with its help and the JSON Schema of its settings."""
    return description(bench.workspace.catalogue.operator(operator), language)


@router.get("/port-types")
def list_port_types(bench: Bench, caller: Reader, language: Language) -> schemas.PortTypeList:
    """Which output may be connected to which input, for refusing while dragging."""
    return port_types(bench.workspace.catalogue, language)


@router.get("/state-looks")
def list_state_looks(caller: Reader) -> schemas.StateLooks:
    """Icon, colour and word of every state."""

    def looks(states: type[RunState | PlanState]) -> list[schemas.StateLook]:
        shown = [(state, look_of(state)) for state in states]
        return [
            schemas.StateLook(state=str(state), icon=look.icon, css=look.css, word=look.word)
            for state, look in shown
        ]

    return schemas.StateLooks(run=looks(RunState), plan=looks(PlanState))
