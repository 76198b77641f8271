"""Scalars of YAML 1.2 (core schema): reading ``true``, ``1e-3``, ``null``, and writing them back.

Only ``true`` and ``false`` are booleans (``yes``, ``no``, ``on`` are text) and dates are text, so a value
never changes its type behind the author's back.
"""

from __future__ import annotations

import json
import math
import re

Scalar = str | int | float | bool | None

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL = re.compile(r"0o[0-7]+\Z")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\Z")
_MAX_DIGITS = 400

_PLAIN = re.compile(r"[A-Za-z0-9_./%+*()=<>\\^~-][A-Za-z0-9_./%+*()=<>\\^~@ -]*\Z")
"""Text that needs no quotes anywhere, also inside ``{…}`` and ``[…]``; deliberately narrow."""
_INDICATORS = ("-", "*", "%", "=", "<", ">", "~")
"""First characters that mean something in YAML, or look as if they did."""
_CONTROL = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")


class NotFinite(ValueError):
    """A number that JSON cannot express: infinite, not a number, or absurdly long."""


def value_of_scalar(text: str) -> Scalar:
    """The value of a plain (unquoted) scalar.

    Raises:
        NotFinite: ``.inf``, ``.nan``, a float that overflows or an integer of over 400 digits.
    """
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if not (text[0].isdigit() or text[0] in "+-."):
        return text
    if len(text) > _MAX_DIGITS and _FLOAT.match(text):
        raise NotFinite(text)
    if _INTEGER.match(text):
        return int(text)
    if _OCTAL.match(text):
        return int(text[2:], 8)
    if _HEXADECIMAL.match(text):
        return int(text[2:], 16)
    if _NOT_FINITE.match(text):
        raise NotFinite(text)
    if _FLOAT.match(text):
        number = float(text)
        if not math.isfinite(number):
            raise NotFinite(text)
        return number
    return text


def text_of_scalar(value: Scalar) -> str:
    """YAML for a scalar, quoted only where needed; reads back as an equal value of the same type."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if _is_safe_plain(value):
        return value
    return _CONTROL.sub(_escaped, json.dumps(value, ensure_ascii=False))


def _is_safe_plain(text: str) -> bool:
    if not _PLAIN.match(text) or text.startswith(_INDICATORS) or text.endswith(" "):
        return False
    try:
        return isinstance(value_of_scalar(text), str)
    except NotFinite:
        return False


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
