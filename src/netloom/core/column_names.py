"""Which settings name columns of a table: said in their JSON Schema, so that forms can offer the columns."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

COLUMN_KEYWORD = "x-netloom-column"
"""Keyword of a text in a JSON Schema that is the name of a column."""


@dataclass(frozen=True, slots=True)
class ColumnOf:
    """Beside the type of a text in a setting: it names a column of the table at an input.

    Any text stays valid: which columns a table has may be unknown before it is made.

    >>> from typing import Annotated
    >>> from pydantic import TypeAdapter
    >>> TypeAdapter(Annotated[str, ColumnOf("table")]).json_schema()
    {'type': 'string', 'x-netloom-column': {'port': 'table'}}

    Attributes:
        port: The input. Of an input that takes several tables, settings in a list belong to the table at the
            same place. Empty: the node has no such input, and the tables of the nodes after it are meant.
        is_pattern: Whether patterns with `*` and `?` are names, too.
    """

    port: str = ""
    is_pattern: bool = False

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The schema of the text with this keyword."""
        schema = handler(core_schema)
        said: JsonSchemaValue = {"port": self.port}
        if self.is_pattern:
            said["pattern"] = True
        return {**schema, COLUMN_KEYWORD: said}
