"""`python -m tests.golden FILE...`: replay fixtures, print the largest error of every tensor.

Exit code 0 when all are within tolerance, 1 when one is not, 2 when a file cannot be read.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.golden._fixture import UnreadableFixtureError, replay


def main(arguments: list[str]) -> int:
    """Replay every file; one that cannot be read does not stop the others."""
    if arguments in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    if not arguments:
        print("usage: python -m tests.golden FILE...", file=sys.stderr)
        return 2
    unreadable = beyond = False
    for name in arguments:
        try:
            comparisons = replay(Path(name))
        except UnreadableFixtureError as error:
            print(f"UNREADABLE {error}", file=sys.stderr)
            unreadable = True
            continue
        except Exception as error:  # a network that cannot be built or loaded is a failed replay, not a crash
            print(f"FAIL  {Path(name).stem}: {type(error).__name__}: {error}")
            beyond = True
            continue
        for tensor, largest, tolerance in comparisons:
            good = largest <= tolerance  # false for NaN
            beyond |= not good
            print(
                f"{'ok  ' if good else 'FAIL'}  {Path(name).stem}  {tensor}  {largest:.2e}  (tolerance {tolerance:.1e})"
            )
    return 2 if unreadable else int(beyond)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
