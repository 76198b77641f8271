"""What is wrong or doubtful about pictures of lines and their texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from netloom.core.diagnostics import Diagnostic, Severity
from netloom.tasks.part_problems import empty_part
from netloom.tasks.text_recognition.alphabet import normalised

if TYPE_CHECKING:
    from netloom.data.datasets import Samples

_SHOWN = 5
_CHARACTERS_SHOWN = 20


def text_problems(samples: Samples, labels: Sequence[str], *, part: str) -> list[Diagnostic]:
    """See :meth:`netloom.tasks.protocol.Task.problems`.

    Characters that the label space lacks are an error in the training part, where the label space comes from
    the model, and a warning in the validation part. In other parts an evaluation counts them itself.
    """
    if not len(samples):
        return [empty_part(part)]
    texts = [samples.text(position) for position in range(len(samples))]
    missing = [samples.ids[place] for place, text in enumerate(texts) if text is None]
    if missing:
        return [_without_text(part, missing)]
    if part == "train" and not any(texts):
        return [_nothing_written()]
    unknown = unknown_characters([text or "" for text in texts], labels)
    if unknown and part in ("train", "valid"):
        return [_unknown(part, unknown)]
    return []


def unknown_characters(texts: Sequence[str], labels: Sequence[str]) -> Counter[str]:
    """How often each character occurs that the label space lacks.

    Example:
        >>> unknown_characters(["abc", "cc"], ("a", "b"))
        Counter({'c': 3})
    """
    known = set(labels)
    return Counter(
        character for text in texts for character in normalised(text) if character not in known
    )


def _without_text(part: str, missing: Sequence[str]) -> Diagnostic:
    return Diagnostic(
        code="I475",
        message=f"{len(missing)} samples of the {part} part have no text, "
        f"e.g. {', '.join(missing[:_SHOWN])}",
        expected="for each picture what is written in it; an empty text if nothing is",
        fix="Write the texts down, or leave these samples out",
    )


def _nothing_written() -> Diagnostic:
    return Diagnostic(
        code="I476",
        message="all texts of the train part are empty, so there is nothing to learn",
        expected="texts with characters",
        fix="Check which column of the table or which file holds the texts",
    )


def _unknown(part: str, unknown: Counter[str]) -> Diagnostic:
    shown = " ".join(character for character, _ in unknown.most_common(_CHARACTERS_SHOWN))
    return Diagnostic(
        code="I478",
        message=f"the {part} part has {sum(unknown.values())} characters that the model cannot write: "
        f"{shown}",
        expected="characters of the label space",
        fix="Add lines with them to the training part; a model writes only characters that it was trained on",
        severity=Severity.ERROR if part == "train" else Severity.WARNING,
    )
