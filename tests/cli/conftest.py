"""The command line in the process of the test, which takes no second to start."""

import sys
from pathlib import Path

import pytest
from command_line import Here

from reprolib import cli


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """`reprolib WORDS` as if typed in a folder: exit code, stdout, stderr."""

    def called(folder: Path, *words: str) -> tuple[int, str, str]:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["reprolib", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return (int(ended.value.code or 0), *capsys.readouterr())

    return called
