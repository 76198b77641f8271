"""Columns of every type with everything that is easily got wrong in them: ten values each."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal

import pyarrow as pa

NAN, INF = math.nan, math.inf
NUMBERS = {
    "plain": (pa.float64(), [1.5, NAN, INF, None, -2.5, -INF, 1e300, -0.0, 0.1, 7.0]),
    "single": (pa.float32(), [1.5, NAN, INF, None, -2.5, -INF, 2.0**100, -0.0, 0.25, 7.0]),
    "huge": (pa.int64(), [1, -5, None, 2**62, -(2**63), 2**53 + 1, 0, 3, 3, 3]),
    "price": (
        pa.decimal128(20, 4),
        [None if x is None else Decimal(x).quantize(Decimal("0.0001"))
         for x in ("0", "-1.5", None, "123456789.1234", "2", "2", "3", "4", "5", "6")],
    ),
    "flag": (pa.bool_(), [True, False, None, True, True, False, None, True, True, True]),
    "day": (
        pa.date32(),
        [None, *(dt.date(y, 2, 28) for y in (1900, 1969, 1970, 2024, 2026, 2026, 1, 2000, 2001))],
    ),
    "time": (
        pa.timestamp("us"),
        [
            None,
            *(
                dt.datetime(y, 3, 1, 12, 30, 5, 250_000)
                for y in (1900, 1969, 1970, 2024, 2026, 2026, 2000, 2001, 2002)
            ),
        ],
    ),
    "constant": (pa.float64(), [0.1] * 10),
    "empty": (pa.float64(), [None, NAN] * 5),
}  # fmt: skip
TEXTS = {
    "word": (pa.string(), ["b", "a", "", None, "ü", "a", "b", "中文", "o'\"\\n%", " "]),
    "number": (pa.int64(), [3, 3, 10, None, -1, 2**62, 9, 9, 10, 3]),
    "price": (pa.decimal128(12, 2), [Decimal(25 * x).scaleb(-2) for x in range(9)] + [None]),
    "flag": (pa.bool_(), [True, False, None, True, True, False, None, True, True, True]),
    "day": NUMBERS["day"],
    "empty": (pa.string(), [None] * 10),
}
LISTS = {
    "numbers": (
        pa.list_(pa.float64()),
        [[1.0, NAN], [], None, [None, INF, 3.0], [5.0], [-1e300], [2.0, 2.0], [0.0], [9.0], [7.5]],
    ),
    "words": (
        pa.list_(pa.string()),
        [["a", "b"], [], None, ["b", None, "b", ""], ["中"], ["a"], ["a"], [None], ["c"], ["b"]],
    ),
    "numerals": (
        pa.list_(pa.int64()),
        [[1, 2], [], None, [3, None, 1, 1], [5], [1], [1], [None], [7], [2]],
    ),
}
MAP = (
    pa.map_(pa.string(), pa.float64()),
    [
        [("a", 1.0), ("b", 2.5)], [], None, [("b", None), ("c", NAN)], [("c", -1.0), ("a", 7.0), ("", 1.0)],
        [("a", INF)], [("d", 0.0), ("b", 0.0)], [("中", 3.0)], [("a", -2.0)], [("b", 1.0)],
    ],
)  # fmt: skip
