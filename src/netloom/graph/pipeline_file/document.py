"""Pipeline files: reading one with all its layers into values that know where they come from.

D001 cannot be read           D010 bad extends              D021 unknown name in ${…}
D002 not UTF-8                D011 extends in a circle      D022 ${…} refers to a node
D003 a limit is passed        D012 nothing to !remove       D023 variables in a circle
D004 YAML syntax              D013 bad --set flag           D024 environment variable unset
D005 key written twice        D014 bad --set value          D025 bad date template
D006 unsupported YAML         D016 bad id                   D026 bad expression
D007 a section has no         D020 malformed ${…}           D027 mapping or list inside a text
     such shape                                             D028 settings outside a component
D008 unknown top-level key    D030 a search, which this version cannot do
D009 format version missing or unknown
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from netloom.core.diagnostics import Diagnostic, Place
from netloom.graph.catalogue import Catalogue
from netloom.graph.pipeline_file.assignments import layer_of_flags, read_date
from netloom.graph.pipeline_file.component_files import with_component_files
from netloom.graph.pipeline_file.dates import BadDate, parse_date
from netloom.graph.pipeline_file.document_shape import check_shape
from netloom.graph.pipeline_file.layers import LayerReader
from netloom.graph.pipeline_file.merging import without_tags
from netloom.graph.pipeline_file.provenance import (
    JSON,
    Entry,
    Origin,
    entry_of,
    path_text,
    place_at,
)
from netloom.graph.pipeline_file.resolution import Resolver

FORMAT = 1
"""Value of the top-level key ``netloom`` in files this version reads."""


@dataclass(frozen=True, slots=True)
class Document:
    """A pipeline file with everything it extends and every overlay and flag, resolved.

    Attributes:
        path: The file as the user named it.
        entries: Resolved values with their provenance. Values that could not be resolved are missing.
        inherited: What the file itself extends, merged, unresolved; edits need to know it.
        files: Every file that was read; a change in one of them may change the document.
        date: What ``${date:…}`` was computed from.
        diagnostics: Problems that did not stop reading, in the order they were found.
    """

    path: Path
    entries: Entry
    inherited: Entry
    files: tuple[Path, ...]
    date: datetime
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def name(self) -> str:
        """Name of the pipeline; the file's name if it does not give one."""
        entry = self.entries.fields.get("name")
        return entry.value if entry and isinstance(entry.value, str) else self.path.stem

    @property
    def description(self) -> str:
        """What the author says about the pipeline."""
        entry = self.entries.fields.get("description")
        return entry.value if entry and isinstance(entry.value, str) else ""

    @property
    def layout(self) -> dict[str, JSON]:
        """Canvas positions by node id; never part of the graph."""
        entry = self.entries.fields.get("layout")
        plain = entry.plain() if entry else {}
        return plain if isinstance(plain, dict) else {}

    @property
    def values(self) -> dict[str, JSON]:
        """The resolved document as JSON."""
        plain: dict[str, JSON] = self.entries.plain()
        return plain

    def place_of(
        self, *, node: str | None = None, setting: str | None = None, port: str | None = None
    ) -> Place:
        """Where a node, or one of its keys, is written; the nearest place known if it is not."""
        return self.locate(Place(node=node, setting=setting, port=port))

    def locate(self, place: Place) -> Place:
        """A place in the graph with file, line and column. Inner nodes are ``component/node``."""
        if place.node is None or place.line is not None:
            return place
        origin = self._origin(place.node, place.port or place.setting)
        return replace(
            place, file=origin.file or origin.layer, line=origin.line, column=origin.column
        )

    def _origin(self, node: str, key: str | None) -> Origin:
        scope = self.entries
        entry = scope.nearest(("nodes",))
        for step in node.split("/"):
            inner = scope.at(("nodes", step))
            if inner is None:
                named = scope.at(("components", step)) or self.entries.at(("components", step))
                if named is None:
                    break
                scope = entry = named
                continue
            entry = inner
            operator = inner.fields.get("op")
            used = operator.value if operator is not None else None
            if isinstance(used, str):
                component = scope.at(("components", used)) or self.entries.at(("components", used))
                scope = component if component is not None else scope
        return entry.nearest(tuple(key.split("."))).origin if key else entry.origin


@dataclass(frozen=True, slots=True)
class Explanation:
    """One value for ``netloom explain``.

    Attributes:
        path: ``nodes.fit.epochs``.
        layer: The file or flag that won.
        source: ``file:line``, or the flag.
        overridden: Values of lower layers and where they are written, nearest first.
    """

    path: str
    value: JSON
    layer: str
    source: str
    overridden: tuple[tuple[JSON, str], ...]


def load_document(
    path: Path | str,
    *,
    overlays: Sequence[Path | str] = (),
    sets: Sequence[str] = (),
    vars: Mapping[str, JSON] | None = None,
    now: datetime | None = None,
    environment: Mapping[str, str] | None = None,
    project: Path | None = None,
    catalogue: Catalogue | None = None,
    text: str | None = None,
    within: Path | None = None,
) -> Document:
    """Read a pipeline file with all its layers.

    From low to high: the files it ``extends`` (in order), the file, ``overlays`` (in order), ``vars``,
    ``sets``.

    Args:
        overlays: Files given with ``-f``.
        sets: ``--set`` flags: ``fit.epochs=20``, ``vars.size=64``, ``date=2026-01-31``.
        vars: Variables given by a program; they win over the files.
        now: What ``${date:…}`` starts from unless a flag or ``vars.date`` fixes it; None is now.
        environment: What ``${env:…}`` sees; None is the process's environment.
        project: Folder of ``project:`` paths; None is the file's folder.
        catalogue: Types the values of ``sets``.
        text: Content of the file as an editor holds it; the file is then not read.
        within: Folder that other files must lie in; None is no limit.

    Raises:
        InvalidPipeline: A file cannot be read or parsed. Other problems do not raise: they are in
            ``diagnostics`` and come back from ``graph_from_document`` with those of the graph.
    """
    path = Path(path)
    reader = LayerReader(project or path.parent, {} if text is None else {path: text}, within)
    date, flags = read_date(sets)
    merged, inherited = reader.read(path)
    for overlay in overlays:
        upper, _ = reader.read(Path(overlay))
        merged = reader.over(merged, upper)
    if vars:
        merged = reader.over(merged, entry_of({"vars": vars}, Origin("vars given in code")))
    flag_layer, flag_problems = layer_of_flags(flags, merged, catalogue=catalogue)
    merged = with_component_files(reader.over(merged, flag_layer), reader)
    leftover = list(without_tags(merged))
    environment = os.environ if environment is None else environment
    now = now or datetime.now()  # noqa: DTZ005 - dates in files are the author's local ones
    entries, moment, problems = _resolved(merged, date, now, environment)
    entries, shape_problems = check_shape(entries, format=FORMAT)
    return Document(
        path=path,
        entries=entries,
        inherited=inherited,
        files=tuple(dict.fromkeys(reader.files)),
        date=moment,
        diagnostics=(*reader.problems, *flag_problems, *leftover, *problems, *shape_problems),
    )


def explain(document: Document) -> list[Explanation]:
    """Every value of a document, where it comes from, and what it replaced."""
    return [
        Explanation(
            path=path_text(path[:-1] if path[-1:] == ("$template",) else path),
            value=entry.tag if entry.tag == "!required" else entry.plain(),
            layer=entry.origin.layer,
            source=str(entry.origin),
            overridden=tuple((old.plain(), str(old.origin)) for old in entry.overridden),
        )
        for path, entry in document.entries.leaves()
    ]


def _resolved(
    merged: Entry, date: datetime | None, now: datetime, environment: Mapping[str, str]
) -> tuple[Entry, datetime, list[Diagnostic]]:
    problems: list[Diagnostic] = []
    fixed = merged.at(("vars", "date"))
    if fixed is not None and date is not None:
        merged = _with_date_variable(merged, fixed, date)
    elif fixed is not None:
        value = Resolver(merged, now, environment).variable("date")
        try:
            date = parse_date(value) if isinstance(value, str) else None
        except BadDate as error:
            message = f"vars.date fixes what ${{date:…}} starts from, but {error}"
            place = place_at(("vars", "date"), fixed.origin)
            problems.append(Diagnostic(code="D025", message=message, place=place))
    resolver = Resolver(merged, date or now, environment)
    entries = resolver.document()
    return entries, resolver.date, [*problems, *resolver.problems]


def _with_date_variable(merged: Entry, fixed: Entry, date: datetime) -> Entry:
    """``--set date=`` also reaches ``vars.date``: the two must not disagree within one run."""
    midnight = date.time() == date.min.time()
    told = Entry(
        f"{date:%Y-%m-%d}" if midnight else f"{date:%Y-%m-%dT%H:%M:%S}",
        Origin("--set date"),
        overridden=(fixed, *fixed.overridden),
    )
    variables = merged.fields["vars"]
    variables = variables.with_value({**variables.fields, "date": told})
    return merged.with_value({**merged.fields, "vars": variables})
