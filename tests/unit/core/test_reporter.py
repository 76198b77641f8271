from __future__ import annotations

from pathlib import Path

from netloom.core.reporter import Decision, SilentReporter


def test_a_silent_reporter_remembers_the_last_value_of_each_step(tmp_path: Path) -> None:
    reporter = SilentReporter(tmp_path)
    reporter.log(0, {"loss": 2})
    reporter.log(1, {"loss": 1.5, "accuracy": 0.5})
    reporter.log(1, {"loss": 1.0})
    reporter.note("half way")
    reporter.progress(1, 2)
    assert reporter.metrics == {"loss": {0: 2.0, 1: 1.0}, "accuracy": {1: 0.5}}
    assert reporter.notes == ["half way"]
    assert reporter.checkpoints == tmp_path


def test_work_goes_on_until_it_is_asked_to_stop(tmp_path: Path) -> None:
    reporter = SilentReporter(tmp_path)
    assert reporter.report(0, {"loss": 1}) is Decision.CONTINUE
    reporter.should_stop = True
    assert reporter.report(1, {"loss": 1}) is Decision.STOP
    assert reporter.metrics == {"loss": {0: 1.0, 1: 1.0}}
