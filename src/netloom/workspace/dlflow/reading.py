"""The files of a configuration: which of those that are named belong together, and how."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from netloom.core.errors import InvalidInput
from netloom.workspace.dlflow.hocon import (
    Configuration,
    laid_over,
    read_hocon,
    with_assignments,
)
from netloom.workspace.dlflow.hocon_includes import texts_of

_HAS_STEPS = re.compile(r'(?:^|[{,\n])\s*"?STEPS"?\s*[:=]')
MERGE_FILE = "MERGE.config_file"


def read_configuration(paths: Sequence[Path], assignments: Sequence[str] = ()) -> Configuration:
    """Values of all files, later ones over earlier ones, and assignments over them.

    A folder of configurations can be named as it is: files that another one includes, or names as the one of
    its merging, are not read twice.

    Raises:
        InvalidInput: A file is no HOCON, or several have STEPS.
    """
    texts = {path: texts_of(path) for path in paths}
    inside = {each.resolve() for path, found in texts.items() for each in found if each != path}
    tops = [path for path in paths if path.resolve() not in inside]
    mains = [path for path in tops if _HAS_STEPS.search(texts[path][path])]
    if len(mains) > 1:
        raise InvalidInput.of(
            f"several files have STEPS: {', '.join(str(path) for path in mains)}",
            code="T390",
            fix="Convert them one by one: each becomes a pipeline file",
        )
    read = {path: read_hocon(path) for path in mains}
    merging = Path(str(read[mains[0]].get(MERGE_FILE, ""))).name if mains else ""
    configuration = Configuration({})
    for path in tops:
        if path in read or path.name != merging:
            configuration = laid_over(configuration, read.get(path) or read_hocon(path))
    return with_assignments(configuration, assignments)


def merge_file(configuration: Configuration, paths: Sequence[Path]) -> Path | None:
    """The file of dmflow that a configuration names.

    A path of another machine is looked for among the files that are converted, by its name.
    """
    named = configuration.get(MERGE_FILE)
    if not named:
        return None
    path = Path(str(named))
    beside = [folder / path for folder in dict.fromkeys(each.parent for each in paths)]
    alike = [each for each in paths if each.name == path.name]
    return next((each for each in (path, *beside, *alike) if each.is_file()), None)
