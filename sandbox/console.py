"""Several of the product's console commands in one process, one after the other until one fails: loading takes longest.

python -m sandbox.console migrate , merchant apply FILE , templates submit demo
"""

from __future__ import annotations

import sys
from itertools import groupby

import click
from flask.cli import cli


def main(words: list[str]) -> int:
    """Run them all: 0, or the status of the one that failed."""
    try:
        for is_comma, command in groupby(words, key=lambda word: word == ","):
            if not is_comma:
                cli.main(list(command), prog_name="flask", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
