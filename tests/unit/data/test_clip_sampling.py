from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from pydantic import ValidationError

from netloom.data.clip_sampling import drawn_frames, fixed_frames, span_of
from netloom.data.transforms.clips import Clips


def test_segments_are_equal_and_training_draws_one_frame_of_each() -> None:
    clips = Clips(frames=4)
    rng = np.random.default_rng(0)
    drawn = np.array([drawn_frames(clips, 22, rng) for _ in range(4000)])
    edges = [0, 5, 11, 16, 22]  # 22 · k / 4, rounded down
    for column, (start, end) in zip(drawn.T, pairwise(edges), strict=True):
        counts = Counter(column.tolist())
        assert sorted(counts) == list(range(start, end))
        assert min(counts.values()) > 0.8 * 4000 / (end - start)
    assert (np.diff(drawn, axis=1) > 0).all()


def test_dense_clips_have_equal_steps_and_begin_anywhere() -> None:
    clips = Clips(frames=4, sampling="dense", stride=3)
    rng = np.random.default_rng(0)
    drawn = np.array([drawn_frames(clips, 13, rng) for _ in range(400)])
    assert (np.diff(drawn, axis=1) == 3).all()
    assert sorted(set(drawn[:, 0].tolist())) == [0, 1, 2, 3]
    assert drawn.max() == 12


@pytest.mark.parametrize("views", [1, 2, 5])
@pytest.mark.parametrize(
    "clips",
    [Clips(frames=5), Clips(frames=1), Clips(frames=3, sampling="dense", stride=4)],
)
@pytest.mark.parametrize("length", [1, 2, 5, 9, 40])
def test_fixed_clips_stay_inside_and_in_order(clips: Clips, views: int, length: int) -> None:
    found_VT = fixed_frames(clips, length, views=views)
    assert found_VT.shape == (views, clips.frames)
    assert (found_VT.min(), found_VT.max()) >= (0, 0)
    assert found_VT.max() < length
    assert (np.diff(found_VT, axis=1) >= 0).all()
    if length > span_of(clips):
        assert (np.diff(found_VT, axis=1) > 0).all()


def test_a_short_video_gives_all_frames_and_repeats_the_last() -> None:
    rng = np.random.default_rng(0)
    for clips in (Clips(frames=5), Clips(frames=5, sampling="dense", stride=1)):
        assert drawn_frames(clips, 3, rng).tolist() == [0, 1, 2, 2, 2]
        assert fixed_frames(clips, 3, views=2).tolist() == [[0, 1, 2, 2, 2]] * 2


def test_a_single_view_is_in_the_middle() -> None:
    assert fixed_frames(Clips(frames=2), 10, views=1).tolist() == [[2, 7]]
    dense = Clips(frames=3, sampling="dense", stride=2)
    assert fixed_frames(dense, 11, views=1).tolist() == [[3, 5, 7]]


def test_settings_out_of_range_are_refused() -> None:
    for wrong in ({"frames": 0}, {"stride": 0}, {"views": 0}, {"sampling": "random"}):
        with pytest.raises(ValidationError):
            Clips.model_validate(wrong)
