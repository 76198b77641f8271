from __future__ import annotations

import pytest

from netloom.data.path_text import path_from_text, text_from_path


@pytest.mark.parametrize("name", ["rose/1.png", "花/一.png", "bytes:odd.png", "caf\udce9/1.png"])
def test_file_names_survive_as_text(name: str) -> None:
    text = text_from_path(name)
    assert text.encode().decode() == text
    assert path_from_text(text) == name
