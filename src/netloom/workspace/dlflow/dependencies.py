"""What dmflow's steps refer to by name: dates, paths and constants, some of the newest complete day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from netloom.workspace.dlflow.hocon import Configuration
from netloom.workspace.dlflow.outcomes import Ledger

FORMS = {
    "yyyyMMdd": "%Y%m%d",
    "yyyy-MM-dd": "%Y-%m-%d",
    "yyyy/MM/dd": "%Y/%m/%d",
    "yyyy": "%Y",
    "MM": "%m",
    "dd": "%d",
}
_TOKENS = {"YYYY": "%Y", "MM": "%m", "DD": "%d"}
_TOKEN = re.compile(r"\$\{(YYYY|MM|DD)\}", re.IGNORECASE)
_BETWEEN_DATES = re.compile(r"\}([/_.-]?)\{date:")
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Dependency:
    """One name that steps may refer to.

    Attributes:
        kind: "hive" is the date of the newest complete partition, "hdfs" its path, "date" a shifted date,
            "static" a constant.
        form: How a date is written, as strftime says it.
        value: A constant.
        source: Settings of a source that reads the partition: path, days and checks.
        shift_days: Added to the day of the run.
    """

    name: str
    kind: Literal["hive", "hdfs", "date", "static"]
    key: str
    form: str = "%Y%m%d"
    value: Any = None
    source: Mapping[str, Any] = field(default_factory=dict)
    shift_days: int = 0

    @property
    def date(self) -> str:
        """A date template for the day, without walking back."""
        shift = f", {self.shift_days:+d}d" if self.shift_days else ""
        return "${date:" + self.form + shift + "}"


def dependencies_of(merging: Configuration, ledger: Ledger) -> dict[str, Dependency]:
    """All that steps may refer to, by name."""
    found: dict[str, Dependency] = {}
    for kind, number, entry in _entries(merging):
        key = f"dependencies.{kind}.{number}"
        name = str(entry.get("key", ""))
        if not name:
            ledger.not_supported(key, "it has no `key`")
            continue
        if name in found:
            ledger.not_supported(key, f"the key {name} is taken already by {found[name].key}")
            continue
        found[name] = Dependency(
            name,
            kind,
            key,
            form=FORMS.get(str(entry.get("formatter", "yyyyMMdd")), ""),
            value=entry.get("value"),
            source=_source(kind, key, entry, ledger),
            shift_days=_whole(entry.get("offsetDays")),
        )
        if not found[name].form:
            says = f"this form is unknown; there are {', '.join(FORMS)}"
            ledger.not_supported(f"{key}.formatter", says)
            del found[name]
    return found


def _entries(merging: Configuration) -> Iterator[tuple[Any, int, Mapping[str, Any]]]:
    for kind in ("hive", "hdfs", "date", "static"):
        entries = merging.get(f"dependencies.{kind}")
        for number, entry in enumerate(entries if isinstance(entries, list) else []):
            if isinstance(entry, Mapping):
                yield kind, number, entry


def _source(kind: str, key: str, entry: Mapping[str, Any], ledger: Ledger) -> dict[str, Any]:
    template = entry.get("pathTemplate")
    if kind not in ("hive", "hdfs") or not template:
        return {}
    path = _TOKEN.sub(lambda match: "{date:" + _TOKENS[match[1].upper()] + "}", str(template))
    settings: dict[str, Any] = {"path": _BETWEEN_DATES.sub(r"\1", path)}
    if _TOKEN.search(str(template)):
        settings["date"] = "${date:%Y-%m-%d}"
        settings["shift_days"] = _whole(entry.get("offsetDays")) or None
        settings["degrade_days"] = _whole(entry.get("degradeDays")) or None
    return {**settings, **_checks(key, entry, ledger)}


def _checks(key: str, entry: Mapping[str, Any], ledger: Ledger) -> dict[str, Any]:
    checker = entry.get("checker")
    checker = checker if isinstance(checker, Mapping) else {}
    method = str(checker.get("method", "_SUCCESS"))
    threshold = checker.get("threshold", 0)
    number = float(threshold) if isinstance(threshold, int | float) else 0.0
    if method == "_SUCCESS":
        if not checker:
            ledger.default(f"{key}.checker", "success_file _SUCCESS, as usual in dmflow")
        return {"success_file": "_SUCCESS"}
    if method == "capacity":
        return {"min_bytes": int(number * _MEGABYTE) + 1}
    if method == "count":
        return {
            "min_rows": max(int(number), 1),
            **format_of(str(checker.get("sourceType", "parquet"))),
        }
    ledger.not_supported(f"{key}.checker", "there are _SUCCESS, capacity and count")
    return {}


def format_of(name: str) -> dict[str, Any]:
    """Settings of a source for a format of Spark."""
    formats = {"orc": "orc", "json": "jsonl", "csv": "csv"}
    return {"format": {"type": formats[name]}} if name in formats else {}


def _whole(value: Any) -> int:
    try:
        return int(value or 0)
    except (TypeError, ValueError):
        return 0
