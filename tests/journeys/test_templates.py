"""What the Welcome screen offers keeps its promise."""

from __future__ import annotations

from typing import Any

from netloom.workspace.template_list import TEMPLATES


def test_the_digits_are_learnt(project: Any) -> None:
    (template,) = (each for each in TEMPLATES if each.id == "digits")
    project.write("digits.yaml", template.text)
    result = project.run("digits", sets=["fit.epochs=4"])  # fewer than a user waits for
    assert result.state == "succeeded"
    assert result.value("score.metrics")["accuracy"] >= 0.9
