"""``netloom operators``: what a pipeline can use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from netloom.cli.command import Invocation, verb
from netloom.cli.help_text import VerbGroup
from netloom.cli.problems import show_diagnostics
from netloom.cli.reader_language import described, summary_of, told
from netloom.cli.setting_types import Row, groups, setting_rows
from netloom.cli.tables import table

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from netloom.graph.operator import Operator


class OperatorGroup(VerbGroup):
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
        rows.append((label, each.id, told("job") if each.is_job else "", _said_of(each)))
        group = each.group
    console.print(table(["group", "operator", "", "what it does"], rows))


def _said_of(operator: Operator[Any, Any]) -> str:
    return summary_of(operator.id, operator.summary)


def _show_one(console: Console, document: dict[str, Any]) -> None:
    from rich.text import Text

    kind = told("job" if document["job"] else "inline: only describes")
    console.print(Text.assemble((document["id"], "bold"), f"  ({kind})"))
    summary, _, more = document["help"].partition("\n")
    console.print(Text(summary_of(document["id"], summary)))
    if more:
        console.print(Text(f"\n{described(more.strip())}"))
    for title, ports in (("inputs", document["inputs"]), ("outputs", document["outputs"])):
        if ports:
            rows = [
                (name, _port_type(port), described(port["help"])) for name, port in ports.items()
            ]
            console.print(table([title, "type", ""], rows))
    if settings := setting_rows(document["settings"]):
        console.print(_setting_table(settings))
    for heading, meaning, inner in groups(document["settings"]):
        console.print(Text.assemble((heading, "bold"), f"  {described(meaning)}"))
        if inner:
            console.print(_setting_table(inner))
    console.print(Text(told(f"defined in {document['defined_in']}"), style="dim"))


def _setting_table(rows: list[Row]) -> Table:
    said = [(name, kind, told(default), described(text)) for name, kind, default, text in rows]
    return table(["settings", "type", "default", ""], said)


def _port_type(port: dict[str, Any]) -> str:
    facts = [str(port["type"])]
    facts += [told("several")] if port.get("many") else []
    facts += [] if port.get("required", True) else [told("optional")]
    return ", ".join(facts)
