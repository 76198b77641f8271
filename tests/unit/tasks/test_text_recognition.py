from __future__ import annotations

import re

import numpy as np
import pytest
import torch

from netloom.core.errors import InvalidData
from netloom.core.settings import Settings
from netloom.models.architecture import CharacterHead, Head, SequenceHead
from netloom.reports.page import render_report
from netloom.tasks.bootstrap import Interval
from netloom.tasks.catalogue import task_for
from netloom.tasks.loss_choice import chosen_loss
from netloom.tasks.loss_settings import Usual
from netloom.tasks.protocol import Contender, Scored
from netloom.tasks.sections import LinesSection, TableSection
from netloom.tasks.text_recognition.alphabet import alphabet, encoded, needed_steps, places_in
from netloom.tasks.text_recognition.batches import TextBatch
from netloom.tasks.text_recognition.by_character import ByCharacter
from netloom.tasks.text_recognition.character_loss import NextCharacter, character_loss
from netloom.tasks.text_recognition.comparison import text_comparison, verdict
from netloom.tasks.text_recognition.ctc_decoding import read
from netloom.tasks.text_recognition.ctc_loss import CTC, text_loss
from netloom.tasks.text_recognition.edit_distance import Edit
from netloom.tasks.text_recognition.outcome import TextOutcome, confusions, rates
from netloom.tasks.text_recognition.reading import LineScores
from netloom.tasks.text_recognition.report import text_evaluation

LABELS = (" ", "a", "b")


class Lines:
    """As much of samples as a report asks for."""

    def __init__(self, count: int) -> None:
        self.ids = [f"line-{row}" for row in range(count)]

    def __len__(self) -> int:
        return len(self.ids)

    def read(self, position: int) -> np.ndarray:
        return np.full((8, 30, 1), 10 * position, np.uint8)


def batch(*texts: str) -> TextBatch:
    numbers = [encoded(text, places_in(LABELS)) for text in texts]
    return TextBatch(
        images_NCHW=torch.zeros(len(texts), 1, 8, 30, dtype=torch.uint8),
        indices_N=torch.arange(len(texts)),
        texts=texts,
        targets_L=torch.tensor([place for text in numbers for place in text], dtype=torch.int64),
        lengths=tuple(map(len, numbers)),
        needed=tuple(map(needed_steps, numbers)),
    )


def scores(*texts: str) -> LineScores:
    """What a network along steps that is quite sure of these texts gives."""
    table = np.full((len(texts), 12, 4), 0.01, np.float32)
    for row, text in enumerate(texts):
        path = [place for each in encoded(text, places_in(LABELS)) for place in (each, 3)]
        path += [3] * (12 - len(path))
        table[row, np.arange(12), path] = 0.97
    return LineScores(table, read)


def written(*texts: str, longest: int = 5) -> LineScores:
    """What a network that writes these texts character after character gives."""
    table = np.full((len(texts), longest + 1, 4), 0.1, np.float32)
    for row, text in enumerate(texts):
        path = [*encoded(text, places_in(LABELS)), *[3] * (longest + 1)][: longest + 1]
        table[row, np.arange(longest + 1), path] = 0.7
    return LineScores(table, ByCharacter(longest).read)


def test_the_alphabet_is_in_normal_form_and_ordered() -> None:
    assert alphabet(["e\u0301a", None, "中 a"]) == (" ", "a", "é", "中")
    assert encoded("e\u0301x中", places_in(("é", "中"))) == [0, 1]


def test_equal_neighbours_need_a_step_between_them() -> None:
    assert [needed_steps(each) for each in ([], [1], [1, 2], [1, 1, 1])] == [0, 1, 2, 5]


def test_a_text_that_does_not_fit_is_named() -> None:
    with pytest.raises(InvalidData) as caught:
        text_loss(torch.zeros(2, 3, 4), batch("ab", "aab"), CTC())
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.got) == ("I477", "one that needs 4")
    assert "1 of 2 texts" in problem.message
    assert "'aab'" in problem.message


def test_a_text_that_is_skipped_changes_nothing() -> None:
    logits = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0)).requires_grad_()
    both = text_loss(logits, batch("ab", "aab"), CTC(too_long="skip"))
    alone = text_loss(logits[:1], batch("ab"), CTC())
    assert both.item() == pytest.approx(alone.item())
    both.backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    assert logits.grad.isfinite().all()
    assert not logits.grad[1].any()


def test_a_batch_without_a_text_that_fits_has_no_loss() -> None:
    assert text_loss(torch.zeros(1, 1, 4), batch("ab"), CTC(too_long="skip")).item() == 0.0


def test_extreme_outputs_in_half_precision_have_a_finite_loss() -> None:
    logits = torch.full((1, 4, 4), -60000.0, dtype=torch.float16)
    logits[:, :, 3] = 60000.0
    value = text_loss(logits, batch("ab"), CTC())
    assert value.dtype == torch.float32
    assert value.isfinite()


def test_a_text_is_as_likely_as_all_of_its_characters_and_its_end() -> None:
    found = written("ab", "", "aabab", "aabaaa").readings()
    assert [each.places for each in found] == [(1, 2), (), (1, 1, 2, 1, 2), (1, 1, 2, 1, 1)]
    assert [each.score for each in found] == pytest.approx([0.7**3, 0.7, 0.7**6, 0.7**5 * 0.1])
    assert found[0].character_scores == pytest.approx((0.7, 0.7))


def test_written_lines_differ_up_to_where_they_part() -> None:
    family, (first, second) = ByCharacter(5), written("ab", "bb").probabilities_NSK
    nearly = second.copy()
    nearly[0] = [0.1, 0.35, 0.34, 0.21]
    other = nearly.copy()
    other[0] = [0.1, 0.34, 0.35, 0.21]
    other[1:] = first[::-1][1:]
    assert family.difference(first[None], second[None]) == pytest.approx(0.6)
    assert family.difference(nearly[None], other[None]) == pytest.approx(0.01)
    other[0, 0] = np.nan
    assert family.difference(nearly[None], other[None]) == 1.0
    assert family.difference(first[None], first[None, :3]) == 1.0


def test_the_loss_of_characters_is_theirs_and_the_ends() -> None:
    logits = torch.randn(3, 4, 4, generator=torch.Generator().manual_seed(0)).requires_grad_()
    smooth = NextCharacter(label_smoothing=0.0)
    one = character_loss(logits[:1], batch("ab"), smooth, longest=3)
    likely = logits[0].softmax(dim=1)
    expected = -(likely[0, 1].log() + likely[1, 2].log() + likely[2, 3].log()) / 3
    assert one.item() == pytest.approx(expected.item())
    # A text that is too long changes nothing.
    two = character_loss(logits[:2], batch("ab", "aabb"), smooth, longest=3)
    assert two.item() == pytest.approx(one.item())
    two.backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    assert not logits.grad[1:].any()
    assert character_loss(logits[:1], batch("aaaa"), smooth, longest=3).item() == 0.0


def test_what_follows_a_mistake_does_not_count_in_a_validation() -> None:
    logits = torch.zeros(1, 4, 4)
    logits[0, [0, 1, 2], [1, 1, 2]] = 3.0
    truth, loss = batch("abb"), NextCharacter(label_smoothing=0.0)
    found = character_loss(logits, truth, loss, longest=3, until_mistake=True)
    rows = -logits[0].log_softmax(dim=1)
    assert found.item() == pytest.approx(((rows[0, 1] + rows[1, 2]) / 2).item())


class Texts(Lines):
    """As much of samples as a loss asks for before training."""

    label_names = LABELS

    def __init__(self, *texts: str) -> None:
        super().__init__(len(texts))
        self.text = texts.__getitem__


def test_texts_longer_than_the_network_writes_are_named_before_training() -> None:
    family, samples = ByCharacter(3), Texts("ab", "abab", "aabbé")
    with pytest.raises(InvalidData) as caught:
        family.fitted_loss(NextCharacter(), samples)
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.expected, problem.got) == (
        "I477",
        "texts of at most 3 characters",
        "one of 4",
    )
    assert "2 of 3 texts are too long for the network, e.g. 'abab'" in problem.message
    assert "Set longest of the model's reading to 4" in problem.fix
    skipping = NextCharacter(too_long="skip")
    assert family.fitted_loss(skipping, samples) == skipping
    assert family.fitted_loss(NextCharacter(), Texts("aba")) == NextCharacter()
    with pytest.raises(InvalidData):
        family.fitted_loss(skipping, Texts("abab"))


@pytest.mark.parametrize(
    ("head", "loss"),
    [
        (CharacterHead(outputs=4), CTC()),
        (SequenceHead(outputs=4), NextCharacter()),
    ],
    ids=["ctc for attention", "next_character for steps"],
)
def test_a_loss_of_the_other_kind_of_network_is_refused(head: Head, loss: Settings) -> None:
    task = task_for("text_recognition", head)
    with pytest.raises(InvalidData) as caught:
        chosen_loss(loss, task)
    (problem,) = caught.value.diagnostics
    assert problem.code == "X312"
    assert problem.expected == f"usual, {chosen_loss(Usual(), task).type}"
    assert problem.fix


def test_rates_are_sums_over_sums() -> None:
    outcome = TextOutcome.of(["ab ab", "a", ""], ["ab bb", "a", "b"], np.ones(3))
    assert rates(outcome) == {"cer": 2 / 6, "wer": 2 / 3, "exact_match": 1 / 3}


def test_rates_of_empty_texts_are_undefined() -> None:
    found = rates(TextOutcome.of([""], [""], np.ones(1)))
    assert found["exact_match"] == 1.0
    assert np.isnan([found["cer"], found["wer"]]).all()


def test_confusions_are_counted_with_what_is_lost_and_put_in() -> None:
    outcome = TextOutcome.of(["ab", "ab", "b"], ["bb", "b", "ab"], np.ones(3))
    assert confusions(outcome) == {Edit("a", "b"): 1, Edit("a", None): 1, Edit(None, "a"): 1}


def test_an_evaluation_counts_what_was_read() -> None:
    truths = ["ab", "ba", "a b", "aé"]
    read = ["ab", "bb", "a b", "a"]
    scored = [Scored(scores(*read[:3]), batch(*truths[:3])), Scored(scores("a"), batch("aé"))]
    evaluation = text_evaluation(scored, Lines(4), LABELS, bootstrap=50, seed=0)
    metrics = evaluation.metrics
    assert (metrics["edits"], metrics["characters"], metrics["unknown_characters"]) == (2, 9, 1)
    assert metrics["cer"] == pytest.approx(2 / 9)
    assert metrics["exact_match"] == 0.5
    low, high = metrics["intervals"]["cer"]
    assert low <= 2 / 9 <= high
    assert "1 characters are none that the model can write" in evaluation.remarks[0]
    tables = {each.title: each for each in evaluation.sections if isinstance(each, TableSection)}
    assert tables["Most frequent errors"].rows == (
        ("a", "b", "1"),
        ("é", "(nothing)", "1"),
    )


def test_the_worst_lines_are_shown_with_their_differences_marked() -> None:
    scored = [Scored(scores("ab", "bb", "a<"), batch("ab", "aa", "a<"))]
    evaluation = text_evaluation(scored, Lines(3), LABELS, bootstrap=0, seed=0)
    (worst, *_) = [each for each in evaluation.sections if isinstance(each, LinesSection)]
    assert [line.source for line in worst.lines] == ["line-1", "line-2"]
    page = render_report(evaluation, title="Lines")
    assert '<span class="text"><b>aa</b></span><span class="text read"><b>bb</b></span>' in page
    assert "a<b>&lt;</b>" in page
    assert not re.search(r"<script|https?://", page)


def test_the_better_model_is_found() -> None:
    truths = ["ab"] * 12

    def contender(*texts: str) -> Contender:
        return Contender([Scored(scores(*texts), batch(*truths))], LABELS)

    worse, better = contender(*["bb"] * 12), contender(*truths)
    found = text_comparison(worse, better, Lines(12), bootstrap=50, seed=0)
    assert found.metrics["verdict"] == "b"
    assert found.metrics["differences"]["cer"] == -0.5
    assert found.metrics["only_right"] == {"a": 0, "b": 12}
    assert found.metrics["p_value"] == pytest.approx(2 / 2**12)
    assert found.summary.startswith("B has a character error rate 50.0 points lower")


def test_networks_of_both_kinds_are_compared() -> None:
    truths = ["ab", "a b", "ba"] * 4
    first = Contender([Scored(scores(*["ab", "a", "ba"] * 4), batch(*truths))], LABELS)
    second = Contender([Scored(written(*truths), batch(*truths))], LABELS)
    found = text_comparison(first, second, Lines(12), bootstrap=20, seed=0).metrics
    assert (found["verdict"], found["b"]["cer"], found["only_right"]["b"]) == ("b", 0.0, 4)


def test_a_difference_whose_interval_holds_nothing_is_unclear() -> None:
    nan = float("nan")
    assert verdict(0.1, Interval(-0.1, 0.2), 0.001) == "unclear"
    assert verdict(0.1, Interval(0.05, 0.2), 1.0) == "a"
    assert verdict(0.1, Interval(nan, nan), 0.01) == "a"
    assert verdict(nan, Interval(nan, nan), 0.01) == "unclear"
