"""``netloom operators``: what a pipeline can use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from netloom.cli.command import Invocation, verb
from netloom.cli.problems import show_diagnostics
from netloom.cli.setting_types import groups, setting_rows
from netloom.cli.tables import table

if TYPE_CHECKING:
    from rich.console import Console

    from netloom.graph.operator import Operator


class OperatorGroup(click.Group):
    """A group whose own name alone means ``list``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] != "--help"):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group("operators", cls=OperatorGroup)
def command() -> None:
    """List the operators a pipeline can use, or show one.

    Operators come with Netloom, with installed packages and from the project's "operators" folder.
    """


@verb("list")
@click.option("--group", metavar="NAME", help="Only operators of this group.")
def list_operators(invocation: Invocation, *, group: str | None) -> None:
    """List operators by group."""
    catalogue = invocation.open_workspace().catalogue
    show_diagnostics(catalogue.problems)
    chosen = [each for each in catalogue if group in (None, each.group)]
    invocation.answer(
        {"operators": [_summary(each) for each in chosen]},
        lambda console: _show_list(console, chosen),
    )


@verb("show")
@click.argument("operator")
def show_operator(invocation: Invocation, *, operator: str) -> None:
    """Show one operator: its ports, settings and help."""
    found = invocation.open_workspace().catalogue.operator(operator)
    document = _description(found)
    invocation.answer(document, lambda console: _show_one(console, document))


command.add_command(list_operators)
command.add_command(show_operator)


def _summary(operator: Operator[Any, Any]) -> dict[str, Any]:
    return {
        "id": operator.id,
        "group": operator.group,
        "summary": operator.summary,
        "job": operator.is_job,
    }


def _description(operator: Operator[Any, Any]) -> dict[str, Any]:
    from netloom.graph.catalogue import place_of_operator

    place = place_of_operator(operator)
    return {
        **_summary(operator),
        "help": operator.sections.get("", ""),
        "source": operator.is_source,
        "defined_in": f"{place.file}:{place.line}",
        "inputs": {
            port.name: {
                "type": type_name(port.type),
                "required": port.required,
                "many": port.many,
                "help": port.help,
            }
            for port in operator.inputs.values()
        },
        "settings": operator.settings_type.model_json_schema(),
        "outputs": {
            port.name: {"type": type_name(port.type), "help": port.help}
            for port in operator.outputs.values()
        },
    }


def type_name(annotation: Any) -> str:
    """``Dataset[ImageClassification]`` rather than its full module path."""
    if isinstance(annotation, type) and not hasattr(annotation, "__origin__"):
        return annotation.__name__
    text = str(annotation).replace("~", "")
    return ".".join(text.split(".")[-1:]) if "[" not in text else _short_generic(text)


def _short_generic(text: str) -> str:
    import re

    return re.sub(r"(?:\w+\.)+(\w+)", r"\1", text)


def _show_list(console: Console, operators: list[Operator[Any, Any]]) -> None:
    rows = []
    group = None
    for each in sorted(operators, key=lambda each: each.group):
        label = "" if each.group == group else each.group
        rows.append((label, each.id, "job" if each.is_job else "", each.summary))
        group = each.group
    console.print(table(["group", "operator", "", "what it does"], rows))


def _show_one(console: Console, document: dict[str, Any]) -> None:
    from rich.text import Text

    kind = "job" if document["job"] else "inline: only describes"
    console.print(Text.assemble((document["id"], "bold"), f"  ({kind})"))
    console.print(Text(document["help"]))
    for title, ports in (("inputs", document["inputs"]), ("outputs", document["outputs"])):
        if ports:
            rows = [(name, _port_type(port), port["help"]) for name, port in ports.items()]
            console.print(table([title, "type", ""], rows))
    columns = ["settings", "type", "default", ""]
    if settings := setting_rows(document["settings"]):
        console.print(table(columns, settings))
    for heading, meaning, inner in groups(document["settings"]):
        console.print(Text.assemble((heading, "bold"), f"  {meaning}"))
        if inner:
            console.print(table(columns, inner))
    console.print(Text(f"defined in {document['defined_in']}", style="dim"))


def _port_type(port: dict[str, Any]) -> str:
    text = f"{port['type']}, several" if port.get("many") else str(port["type"])
    return text if port.get("required", True) else f"{text}, optional"
