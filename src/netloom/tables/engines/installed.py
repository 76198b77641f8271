"""Which engines can be chosen on this machine, found out without importing any."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec

from netloom.core.engines import ENGINES, EngineName


def installed_engines() -> tuple[EngineName, ...]:
    """Engines whose package is installed; Spark needs Java, too."""
    return tuple(name for name in ENGINES if name != "spark" or _has_spark())


def _has_spark() -> bool:
    has_java = bool(os.environ.get("JAVA_HOME")) or shutil.which("java") is not None
    return has_java and find_spec("pyspark") is not None
