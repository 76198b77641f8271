"""Settings: values a user chooses. Frozen, validated, and unknown keys are refused."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, field_serializer


class Settings(BaseModel):
    """Base of every structured setting (and of every inline description made from settings).

    Immutable; unknown keys are an error rather than ignored, because a misspelt setting that is
    silently dropped costs a training run.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_default=True,
        allow_inf_nan=False,
        defer_build=True,  # most settings classes are only looked at, never validated, in one run
    )

    @field_serializer("*", mode="wrap", when_used="json")
    def _in_order(self, value: Any, serialize: SerializerFunctionWrapHandler) -> Any:
        """A set has no order of its own, but fingerprints and files must not differ by process."""
        plain = serialize(value)
        return sorted(plain) if isinstance(value, set | frozenset) else plain


Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
"""A share in [0, 1]."""
PositiveInt = Annotated[int, Field(gt=0)]
NonNegativeInt = Annotated[int, Field(ge=0)]
PositiveFloat = Annotated[float, Field(gt=0.0)]
NonNegativeFloat = Annotated[float, Field(ge=0.0)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
"""Start of every random stream derived from it."""
NonEmptyText = Annotated[str, Field(min_length=1)]
SqlText = Annotated[NonEmptyText, Field(json_schema_extra={"format": "sql"})]
"""SQL: forms give it several lines."""
