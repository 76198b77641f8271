"""Names of the engines that can execute tables, for whoever only passes the choice on."""

from __future__ import annotations

from typing import Literal

EngineName = Literal["duckdb", "spark"]
ENGINES: tuple[EngineName, ...] = ("duckdb", "spark")
