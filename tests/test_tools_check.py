"""Of the checks, what is our own: which unused code counts as dead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools import check

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text('[tool.vulture]\npaths = ["webapp", "sandbox"]\n')
    for name in ("webapp", "sandbox", "templates", "tests"):
        (tmp_path / name).mkdir()
    (tmp_path / "webapp/words.py").write_text("limit = 5\n\ndef shown(): ...\n\ndef forgotten(): ...\n")
    (tmp_path / "sandbox/knobs.py").write_text("def turned(): ...\n\ndef stuck(): ...\n")
    (tmp_path / "templates/page.html").write_text("{{ shown() }}")
    (tmp_path / "tests/test_it.py").write_text("forgotten(), turned()")
    return tmp_path


def test_a_template_keeps_code_alive_a_test_only_the_sandbox_s(tree: Path) -> None:
    assert [line.split("'")[1] for line in check.dead_code(tree)] == ["stuck", "forgotten"]


def test_one_wrong_check_is_shown_and_fails_the_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check, "CHECKS", {"good": "python -c pass", "bad": "python -c print(6*7);exit(1)"})
    assert check.main([]) == 1
    told = capsys.readouterr().out
    assert "right  good" in told
    assert "42" in told
    assert told.endswith("Not right: bad.\n")
