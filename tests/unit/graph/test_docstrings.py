from __future__ import annotations

from netloom.graph.docstrings import argument_help, docstring_sections

TEXT = """Divide a text.

Words stay whole.

Arguments:
    text: What to divide,
        over two lines.
    sizes (list of int): How large: at least 1.

Returns:
    Both halves.

Raises:
    ValueError: It is empty.
"""


def test_a_docstring_has_sections() -> None:
    assert docstring_sections(TEXT) == {
        "": "Divide a text.\n\nWords stay whole.",
        "Args": "text: What to divide,\n    over two lines.\nsizes (list of int): "
        "How large: at least 1.",
        "Returns": "Both halves.",
        "Raises": "ValueError: It is empty.",
    }
    assert docstring_sections("") == {"": ""}


def test_each_argument_has_its_help_on_one_line() -> None:
    assert argument_help(docstring_sections(TEXT)["Args"]) == {
        "text": "What to divide, over two lines.",
        "sizes": "How large: at least 1.",
    }
    assert argument_help("") == {}
