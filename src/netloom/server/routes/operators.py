"""What a pipeline can be made of."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Response

from netloom.execution.state_display import look_of
from netloom.execution.states import PlanState, RunState
from netloom.server.hosting import Bench
from netloom.server.identity import Reader
from netloom.server.palette import description, language_of, palette, port_types
from netloom.server.schemas import operators as schemas

router = APIRouter(tags=["operators"])

Language = Annotated[str, Header(alias="Accept-Language", description="`en` or `zh`.")]


@router.get("/operators")
def list_operators(
    bench: Bench, caller: Reader, response: Response, language: Language = "en"
) -> schemas.OperatorList:
    """The palette: built-in operators, those of installed packages, and the project's own."""
    chosen = language_of(language)
    response.headers["Content-Language"] = chosen
    return palette(bench.workspace.catalogue, chosen)


@router.get("/operators/{operator}")
def get_operator(
    bench: Bench, caller: Reader, response: Response, operator: str, language: Language = "en"
) -> schemas.Operator:
    """One operator with its help and the JSON Schema of its settings."""
    chosen = language_of(language)
    response.headers["Content-Language"] = chosen
    return description(bench.workspace.catalogue.operator(operator), chosen)


@router.get("/port-types")
def list_port_types(bench: Bench, caller: Reader) -> schemas.PortTypeList:
    """Which output may be connected to which input, for refusing while dragging."""
    return port_types(bench.workspace.catalogue)


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
