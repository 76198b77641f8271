from __future__ import annotations

import pytest
import torch

from netloom.models.architecture import CharacterHead
from netloom.models.attention import grid_codes
from netloom.models.features import MapShape
from netloom.models.heads.characters import CharacterLessons, Characters

MARK = 4


def head_of(*, longest: int = 6, seed: int = 15) -> Characters:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        settings = CharacterHead(outputs=MARK + 1, longest=longest, width=8, heads=2, layers=2)
        head = Characters(settings, (MapShape(3, 2),)).eval()
        for name, parameter in head.named_parameters():
            if name.endswith("weight") and parameter.dim() == 2:  # so that lines matter to it
                torch.nn.init.normal_(parameter)
        return head


def lines(count: int = 5) -> torch.Tensor:
    return torch.randn(count, 3, 2, 4, generator=torch.Generator().manual_seed(1))


@torch.no_grad()
def test_what_it_writes_on_its_own_is_what_it_says_of_its_own_text() -> None:
    head, maps = head_of(), (lines(),)
    alone_NSK = head(maps)
    texts_NS = alone_NSK.argmax(dim=2)
    assert len(texts_NS.unique()) == MARK + 1
    head.train()
    for module in head.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    told = head(maps, texts_NS.where(texts_NS != MARK, -1)[:, :-1])
    assert isinstance(told, CharacterLessons)
    ends_NS = (texts_NS == MARK).long()
    is_text_NS = ends_NS.cumsum(dim=1) - ends_NS == 0
    torch.testing.assert_close(told.logits_NLK[is_text_NS], alone_NSK[is_text_NS])
    assert told.guide_NWK.shape == (5, 4, MARK + 1)


@torch.no_grad()
def test_behind_its_end_a_text_stays_ended_whatever_others_do() -> None:
    head, maps = head_of(), lines()
    together_NSK = head((maps,))
    lengths = [[*row, MARK].index(MARK) for row in together_NSK.argmax(dim=2).tolist()]
    assert len(set(lengths)) > 1
    for row, length in enumerate(lengths):
        assert together_NSK[row, length + 1 :].softmax(dim=1)[:, MARK].tolist() == pytest.approx(
            [1.0] * (6 - length), abs=1e-6
        )
        torch.testing.assert_close(head((maps[row : row + 1],))[0], together_NSK[row])


@torch.no_grad()
def test_a_shorter_limit_cuts_the_same_text() -> None:
    long, short = (head_of(longest=longest)((lines(),)) for longest in (6, 3))
    torch.testing.assert_close(long[:, :4], short)


def test_every_place_of_a_map_has_a_code_of_its_own() -> None:
    for height, width in ((1, 9), (3, 4)):
        codes = grid_codes(height, width, 8)
        apart = torch.cdist(codes, codes) + torch.eye(height * width)
        assert apart.min() > 0.1
