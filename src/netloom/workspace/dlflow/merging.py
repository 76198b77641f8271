"""MERGE and the file of dmflow it names, as nodes that read, merge and fill tables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from netloom.workspace.dlflow.dependencies import Dependency, dependencies_of, format_of
from netloom.workspace.dlflow.draft import Draft
from netloom.workspace.dlflow.filling import filling_settings
from netloom.workspace.dlflow.hive_tables import source_node, tables_read
from netloom.workspace.dlflow.hocon import Configuration, read_hocon
from netloom.workspace.dlflow.merge_sql import NotTranslated, Translated, translated
from netloom.workspace.dlflow.outcomes import Ledger, Outcome
from netloom.workspace.dlflow.reading import MERGE_FILE, merge_file
from netloom.workspace.dlflow.steps import listed
from netloom.workspace.dlflow.templates import Texts

_CACHED = "every node keeps its result, and it is found again as long as nothing before it changed"
_NAME = re.compile(r"\$\{([^{}]*)\}")
_REFERENCE = re.compile(r"\$\{(?:date:|vars\.)[^{}]*\}")
_READER = "HdfsReader"
_PARTS = {
    "name": "the node's id",
    "desc": "the node's note",
    "opType": "the node's operator",
}


@dataclass(slots=True)
class Merging:
    """Merging steps that become nodes, one after another.

    Attributes:
        draft: Where nodes go.
        merging: dmflow's configuration.
        folder: Where files named in it lie.
        ledger: Of dmflow's configuration.
        current: What the next step takes.
    """

    draft: Draft
    merging: Configuration
    folder: Path
    ledger: Ledger
    current: str
    _dependencies: dict[str, Dependency] = field(default_factory=dict)
    _joined: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    _keys: list[str] = field(default_factory=list)

    def run(self) -> str:
        """Add all steps; returns the last output."""
        self._dependencies = dependencies_of(self.merging, self.ledger)
        self._settings()
        steps = self.merging.get("steps")
        for number, step in enumerate(steps if isinstance(steps, list) else []):
            if isinstance(step, Mapping):
                known = set(self.draft.nodes)
                self._step(f"steps.{number}", step)
                added = [node for name, node in self.draft.nodes.items() if name not in known]
                if added and step.get("desc"):
                    added[-1]["note"] = str(step["desc"])
        self._join()
        for dependency in self._dependencies.values():
            says = "no step refers to it"
            self.ledger.not_needed(dependency.key, says)
        return self.current

    def _settings(self) -> None:
        notes = {
            "settings.parallelism": "the engine divides the work itself; for Spark see its settings",
            "settings.enableOverride": "there are no checkpoints of steps to override",
            "settings.checkpoint": _CACHED,
            "settings.checker": "dmflow never reads it; each dependency has its own",
        }
        for key, says in notes.items():
            if self.merging.has(key):
                self.ledger.not_needed(key, says)

    def _step(self, key: str, step: Mapping[str, Any]) -> None:
        kind = str(step.get("opType", ""))
        for part, says in _PARTS.items():
            if part in step:
                self.ledger.mapped(f"{key}.{part}", says)
        if "checkpoint" in step:
            self.ledger.not_needed(f"{key}.checkpoint", _CACHED)
        given = step.get("params")
        given = given if isinstance(given, Mapping) else {}
        name = str(step.get("name", kind))
        if kind == "SQL_Assembler":
            self._assemble_sql(f"{key}.params", name, given)
        elif kind == "UDF_Assembler":
            self._assemble_function(f"{key}.params", name, given)
        elif kind == "MissingValueFiller":
            self._join()
            filling = filling_settings(f"{key}.params", given, self.ledger)
            node = self.draft.add(name, {"op": "tables.fill", "table": self.current, **filling})
            self.current = f"{node}.table"
        elif kind == "MissingValueCounter":
            self._join()
            self.draft.add(name, {"op": "tables.statistics", "table": self.current})
            says = (
                "tables.statistics counts what is missing in each column; counts as columns of each row: "
                "a SELECT in tables.query"
            )
            self.ledger.not_supported(key, says)
        else:
            self.ledger.not_supported(key, _own_operator(f"steps of the kind {kind or 'unknown'}"))

    def _assemble_sql(self, key: str, name: str, given: Mapping[str, Any]) -> None:
        file = self.folder / str(given.get("sqlFile", ""))
        try:
            sql = file.read_text(encoding="utf-8")
            made, partition = self._translated(sql, listed(given.get("substitutions")))
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8"
            says = f"{file} cannot be read: {reason}; copy it there and convert again"
            self.ledger.not_supported(f"{key}.sqlFile", says)
            return
        except NotTranslated as error:
            says = f"the SQL of {file.name} is left out: {error}; write it as a tables.query"
            self.ledger.not_supported(f"{key}.sqlFile", says)
            return
        read = tables_read(self.draft, made, source=partition.source if partition else None)
        names = ", ".join(made.tables)
        self.ledger.mapped(
            f"{key}.sqlFile", f"a SELECT on {', '.join(read)}, in DuckDB's SQL; Hive: {names}"
        )
        self._substitutions(key, made, partition)
        entry: dict[str, Any] = {"query": {"sql": made.sql, "values": made.values}}
        if len(read) > 1:
            query = {"op": "tables.query", "tables": read, "query": entry["query"]}
            read, entry = [self.draft.add(f"{name}_rows", query)], {}
        elif not made.values:
            del entry["query"]["values"]
        self._add_joined(key, given, read[0] if read else "", entry)

    def _translated(self, sql: str, allowed: list[str]) -> tuple[Translated, Dependency | None]:
        used = [self._dependencies[name] for name in allowed if name in self._dependencies]
        values = {
            each.name: each.date if each.kind in ("date", "hive") else each.value for each in used
        }
        partitions = [each for each in used if each.kind == "hive" and each.source]
        made = translated(sql, values)
        if len(partitions) == 1 and len(made.tables) == 1:
            partition = partitions[0]
            chosen = translated(
                sql, values, partition=partition.name, partition_form=partition.form
            )
            if chosen.filters:
                return chosen, partition
        return made, None

    def _substitutions(self, key: str, made: Translated, partition: Dependency | None) -> None:
        self.ledger.mapped(f"{key}.substitutions", "`values` of the SELECT")
        if partition:
            filters = " and ".join(made.filters)
            says = f"the source reads this day's folder and walks back, so {filters} is left out"
            self.ledger.mapped(partition.key, says)
        for dependency in self._dependencies.values():
            if dependency.name.lower() in made.values:
                says = f"the value {dependency.name.lower()} of a SELECT"
                if dependency.source.get("degrade_days"):
                    says = (
                        f"{says}, without walking back: of several tables, or without a condition on the "
                        "partition, a date cannot belong to one. Give the source path, date and degrade_days"
                    )
                    self.ledger.not_supported(dependency.key, says)
                self.ledger.mapped(dependency.key, says)

    def _assemble_function(self, key: str, name: str, given: Mapping[str, Any]) -> None:
        clazz = str(given.get("clazz", ""))
        extra = given.get("extraParams")
        extra = extra if isinstance(extra, Mapping) else {}
        path = str(extra.get("path", ""))
        dependency = self._dependencies.get(match[1]) if (match := _NAME.fullmatch(path)) else None
        is_read = clazz.rpartition(".")[2] == _READER and (dependency or not _NAME.search(path))
        if not is_read or not path:
            self.ledger.not_supported(
                f"{key}.clazz", _own_operator(clazz or "a class without name")
            )
            return
        source = dict(dependency.source) if dependency else {"path": path}
        if dependency:
            self.ledger.mapped(dependency.key, "path, days and checks of a source")
        form = {**format_of(str(extra.get("format", "parquet")))}
        self.ledger.mapped(f"{key}.extraParams", "path and format of a source")
        self.ledger.mapped(f"{key}.clazz", "a tables.source")
        self.ledger.mapped(f"{key}.substitutions", "the path of the source")
        self._add_joined(key, given, source_node(self.draft, name, {**source, **form}), {})

    def _add_joined(
        self, key: str, given: Mapping[str, Any], node: str, entry: dict[str, Any]
    ) -> None:
        if not node:
            self.ledger.not_supported(f"{key}.sqlFile", "the SQL reads no table")
            return
        keys = listed(given.get("joinKeys"))
        if keys != self._keys:
            self._join()
        self._keys = keys
        self.ledger.mapped(f"{key}.joinKeys", "keys of a tables.merge")
        if given.get("emptyCheck") in (False, "false"):
            entry["empty"] = "allow"
        if "emptyCheck" in given:
            self.ledger.mapped(f"{key}.emptyCheck", "empty: error, unless it is false")
        for part in ("uniqueCheck", "primaryKeys"):
            if part in given:
                says = "keys are always checked: unique, without nulls; on_duplicates: drop keeps one of each"
                self.ledger.mapped(f"{key}.{part}", says)
        if "enableSubdir" in given:
            self.ledger.not_needed(
                f"{key}.enableSubdir", "a source reads folders with all below them"
            )
        self._joined.append((node, entry))

    def _join(self) -> None:
        """A node that merges what has been collected since the last one."""
        if not self._joined:
            return
        node = {
            "op": "tables.merge",
            "seed": self.current,
            "tables": [name for name, _ in self._joined],
            "keys": self._keys,
            "sources": [entry for _, entry in self._joined]
            if any(e for _, e in self._joined)
            else [],
        }
        self.current = f"{self.draft.add('merged', node)}.table"
        self._joined = []


def _own_operator(what: str) -> str:
    return (
        f"{what} runs code of its own: write an operator with Table ports in operators/ and connect it "
        "(docs/writing-an-operator.md)"
    )


def merged_rows(
    configuration: Configuration,
    draft: Draft,
    ledger: Ledger,
    texts: Texts,
    paths: Sequence[Path],
) -> tuple[tuple[Outcome, ...], str]:
    """Add the nodes of MERGE; returns what became of the keys of dmflow's file, and the merged table."""
    if configuration.has("MERGE.fit"):
        says = "the file and its SQL are part of the pipeline, and so of every run"
        ledger.not_needed("MERGE.fit", says)
    rows = _seed(configuration, draft, ledger, texts, paths)
    file = merge_file(configuration, paths)
    if file is None:
        named = configuration.get(MERGE_FILE) or "MERGE.config_file is missing"
        says = (
            f"{named}: there is no such file here; only the seed is read. Copy it and convert again"
        )
        ledger.not_supported(MERGE_FILE, says)
        return (), rows
    ledger.mapped(MERGE_FILE, "nodes that read, merge and fill tables")
    merging = read_hocon(file)
    own = Ledger(merging)
    merged = Merging(draft, merging, file.parent, own, rows).run()
    return own.outcomes(), merged


def _seed(
    configuration: Configuration,
    draft: Draft,
    ledger: Ledger,
    texts: Texts,
    paths: Sequence[Path],
) -> str:
    """The rows whose features are merged: a SELECT, or a file that has one."""
    key = "MERGE.seed_sql"
    try:
        made = _seed_query(str(configuration.get(key, "")), texts, paths)
    except (OSError, UnicodeDecodeError, NotTranslated) as error:
        reason = getattr(error, "strerror", None) or str(error)
        draft.variables["seed"] = "data/seed"
        says = f"the seed is read from the Parquet files of vars.seed: {reason}"
        ledger.not_supported(key, says)
        return source_node(draft, "seed", {"path": "${vars.seed}"})
    read = tables_read(draft, made)
    query: dict[str, Any] = {"sql": made.sql, "values": made.values}
    query = {name: value for name, value in query.items() if value}
    ledger.mapped(key, f"a SELECT on {', '.join(read)}; Hive: {', '.join(made.tables)}")
    return draft.add("seed", {"op": "tables.query", "tables": read, "query": query})


def _seed_query(written: str, texts: Texts, paths: Sequence[Path]) -> Translated:
    if not written.strip():
        raise NotTranslated("MERGE.seed_sql is missing")
    if written.strip().lower().endswith(".sql"):
        beside = [each.parent / written for each in paths]
        alike = [each.parent / Path(written).name for each in paths]
        file = next(
            (each for each in (Path(written), *beside, *alike) if each.is_file()), beside[0]
        )
        written = file.read_text(encoding="utf-8")
    text = texts.converted(written, key="MERGE.seed_sql")
    values: dict[str, Any] = {}
    for reference in dict.fromkeys(_REFERENCE.findall(text)):
        name = f"seed_{len(values) + 1}"
        text = text.replace(reference, "${" + name + "}")
        values[name] = reference
    made = translated(text, values)
    if not made.tables:
        raise NotTranslated("it reads no table")
    return made
