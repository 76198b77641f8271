from __future__ import annotations

import time

import pytest

from netloom.core.diagnostics import Diagnostic, Place
from netloom.server.phrasebook import REASONS, phrasebook

CHINESE = phrasebook("zh")


@pytest.mark.parametrize(
    ("code", "english", "chinese"),
    [
        ("G106", "there is no node 'fit'", "没有节点 'fit'"),
        ("G106", "Did you mean 'fit' or 'fist'?", "是不是要写 'fit' 或 'fist'？"),
        ("G103", "at least 0 or null", "不小于 0 或 null"),
        ("G105", "the input a of b is not connected and no node produces anything",
         "b 的输入 a 没有连接，也没有节点产出任意类型"),
        ("I005", "image a b.png cannot be used: the file is empty", "图片 a b.png 无法使用：文件为空"),
        ("W404", "there is no run 'x'", "没有运行 'x'"),
        ("W404", "there is no column", "there is no column"),
        (REASONS, "lr changed from 0.1 to 0.2; the input data changed",
         "lr 从 0.1 改为 0.2；输入 data 已变化"),
        (REASONS, "the input a changed; the operator's code changed",
         "输入 a 已变化；算子的代码已变化"),
        (REASONS, "2 of 3 parameters are trained; frozen: stem, layer1",
         "3 个参数中训练 2 个；冻结：stem, layer1"),
        (REASONS, "2026-01-30: data/a: does not exist", "2026-01-30：data/a：不存在"),
        ("T129", "b has other columns than a: x is text, not date; y is missing",
         "b 的列与 a 不同：x 是 text，而不是 date；缺少 y"),
        (REASONS, "attempt 2 failed: there is no node 'x'", "第 2 次尝试失败：没有节点 'x'"),
        (REASONS, "holds 2 processor cores and GPUs 0, 1", "占用 2 个处理器核心和 GPU 0, 1"),
        (REASONS, "The data are gone: there is no file a.zip.", "数据已不存在：没有文件 a.zip。"),
        (REASONS, "this job needs more memory than the machine has", "该作业需要的内存超过本机内存"),
        (REASONS, "ignored 3 files that are not images", "忽略了 3 个非图片文件"),
        (REASONS, "something that nobody has translated", "something that nobody has translated"),
        ("S104", "ada (member) may not share or delete this run with a token of scope read",
         "ada（成员）使用范围为“只读”的令牌不能共享或删除该运行"),
    ],
)  # fmt: skip
def test_gaps_hold_names_lists_words_and_other_texts(code: str, english: str, chinese: str) -> None:
    assert CHINESE.said(english, code) == chinese


def test_names_are_not_taken_for_words() -> None:
    assert CHINESE.said("there is no node run", "G106") == "没有节点 run"
    assert CHINESE.said("unchanged since run none") == "自运行 none 以来没有变化"


def test_a_text_is_found_in_little_time_whatever_stands_in_it() -> None:
    hard = Diagnostic("I005", "image " + " of : " * 500 + " cannot be used", got=", " * 1000)
    began = time.perf_counter()
    CHINESE.diagnostic(hard)
    assert time.perf_counter() - began < 0.1


def test_english_readers_get_the_very_same_texts() -> None:
    given = Diagnostic("G106", "there is no node 'x'", Place(node="x"), fix="Nodes: a")
    assert phrasebook("en").diagnostic(given) == given
    assert phrasebook("en").detail([given]) == "There is no node 'x'."
