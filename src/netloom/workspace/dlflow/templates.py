"""References and dates inside DLFlow's texts: ``$KEY``, ``${KEY}`` and ``<dt=$KEY:yyyy/mm/dd>``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from netloom.core.diagnostics import did_you_mean
from netloom.core.errors import InvalidInput
from netloom.graph.pipeline_file.dates import BadDate, parse_date
from netloom.workspace.dlflow.hocon import Configuration

FEATURE_DATE, MODEL_DATE = "FEATURE_DATE", "MODEL_DATE"
_REFERENCE = re.compile(r"\$(?:(?P<plain>[A-Za-z_]\w*)|\{(?P<braced>[A-Za-z_]\w*)\})")
_DATE = re.compile(
    r"<dt=(?P<date>\$[A-Za-z_]\w*|\$\{[A-Za-z_]\w*\}|[^:<>]*):(?P<form>[^<>]*)>", re.IGNORECASE
)
_TOKENS = {"yyyy": "%Y", "mm": "%m", "dd": "%d"}


class Texts:
    """Turns DLFlow's texts into those of a pipeline file, and keeps the variables they need.

    Attributes:
        variables: Those that texts refer to so far, by their names in the pipeline.
    """

    def __init__(self, configuration: Configuration, defaults: Mapping[str, str]) -> None:
        self._configuration = configuration
        self._defaults = defaults
        self._open: list[str] = []
        self.variables: dict[str, Any] = {}

    @property
    def day(self) -> str | None:
        """FEATURE_DATE as 2020-01-31; None if it is given when DLFlow is started."""
        return self._day_of(FEATURE_DATE)

    @property
    def model_day(self) -> str | None:
        """MODEL_DATE as 2020-01-31; None if it is given when DLFlow is started."""
        return self._day_of(MODEL_DATE)

    @property
    def has_one_day(self) -> bool:
        """Whether model and data are of the same day, so that a map is fitted and a training begins."""
        return self.model_day == self.day or self.model_day is None

    def of_key(self, key: str) -> str:
        """The text of a key, written or DLFlow's default, as a pipeline says it."""
        value = self._configuration.get(key)
        return self.converted(str(self._defaults[key] if value is None else value), key=key)

    def converted(self, text: str, *, key: str) -> str:
        """A text as a pipeline says it.

        Args:
            key: Where it is written, for messages.

        Raises:
            InvalidInput: It refers to keys that do not exist or refer to each other, or has a bad date.
        """
        pieces, end = [], 0
        for match in _DATE.finditer(text):
            pieces.append(self._with_references(text[end : match.start()], key=key))
            pieces.append(self._date(match["date"], match["form"], key=key))
            end = match.end()
        pieces.append(self._with_references(text[end:], key=key))
        return "".join(pieces)

    def _with_references(self, text: str, *, key: str) -> str:
        return _REFERENCE.sub(
            lambda match: self._value_of(match["plain"] or match["braced"], key=key), text
        )

    def _value_of(self, name: str, *, key: str) -> str:
        if name == FEATURE_DATE:
            return "${date:%Y%m%d}"
        if name == MODEL_DATE:
            return self._model_date("%Y%m%d")
        if not self._configuration.has(name) and name not in self._defaults:
            raise InvalidInput.of(
                f"{key} refers to ${name}, which is not there",
                code="T386",
                place=self._configuration.place(key),
                fix=did_you_mean(name, list(self._configuration.values))
                or f"Write it into the configuration, or say --set {name}=…",
            )
        variable = name.lower()
        if variable not in self.variables:
            self._define(name, variable)
        return "${vars." + variable + "}"

    def _define(self, name: str, variable: str) -> None:
        if name in self._open:
            raise InvalidInput.of(
                "these keys refer to each other in a circle",
                code="T387",
                place=self._configuration.place(name),
                got=" → ".join((*self._open[self._open.index(name) :], name)),
            )
        self._open.append(name)
        value = self._configuration.get(name, self._defaults.get(name))
        self.variables[variable] = (
            self.converted(value, key=name) if isinstance(value, str) else value
        )
        self._open.pop()

    def _date(self, date: str, form: str, *, key: str) -> str:
        directives = form.replace("%", "%%")
        for token, directive in _TOKENS.items():
            directives = directives.replace(token, directive)
        name = date.strip("${}")
        if date.startswith("$") and name == FEATURE_DATE:
            return "${date:" + directives + "}"
        if date.startswith("$") and name == MODEL_DATE:
            return self._model_date(directives)
        text = str(self._configuration.get(name, "")) if date.startswith("$") else date
        try:
            return parse_date(text).strftime(directives)
        except BadDate as error:
            raise InvalidInput.of(
                f"{key} has a date that cannot be understood",
                code="T388",
                place=self._configuration.place(key),
                got=text or date,
                expected="yyyymmdd, e.g. 20200131",
            ) from error

    def _model_date(self, directives: str) -> str:
        if self.has_one_day or self.model_day is None:
            return "${date:" + directives + "}"
        return parse_date(self.model_day).strftime(directives)

    def _day_of(self, key: str) -> str | None:
        value = self._configuration.get(key)
        if value is None or value == "":
            return None
        try:
            return parse_date(str(value)).strftime("%Y-%m-%d")
        except BadDate as error:
            raise InvalidInput.of(
                f"{key} is no date",
                code="T388",
                place=self._configuration.place(key),
                got=str(value),
                expected="yyyymmdd, e.g. 20200131",
            ) from error
