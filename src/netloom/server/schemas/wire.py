"""What all bodies of requests and answers have in common."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

JsonValue = Any
"""A value that JSON can express."""

Text = Annotated[str, Field(max_length=10_000)]
"""A remark."""
Line = Annotated[str, Field(max_length=200)]
"""A title."""
Name = Annotated[str, Field(min_length=1, max_length=200)]
PipelineText = Annotated[str, Field(max_length=4 << 20)]
"""A pipeline file."""
Seconds = Annotated[float, Field(description="Seconds since the epoch, UTC.")]


class Body(BaseModel):
    """Base of what clients send: unknown keys are refused, or a misspelt one would be dropped silently."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


class Answer(BaseModel):
    """Base of what the server sends."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)
