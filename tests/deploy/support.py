"""What the tests of deploy/ share."""

import os
import pathlib
import shutil
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"
BUILD = pathlib.Path(os.environ.get("COPYDESK_BUILD_DIR", ROOT / "build/dev"))
COPYDESK = BUILD / "bin/copydesk"


def tool(name, package):
    """The path of `name`, or skips the test and says which Debian package has it."""
    path = shutil.which(name)
    if not path:
        raise unittest.SkipTest(f"no {name} (Debian: {package})")
    return path


def main():
    """Runs the caller's tests. Exit status 77, CTest's "skipped", when none of them was run."""
    program = unittest.main(module="__main__", exit=False, verbosity=2)
    result = program.result
    for test, why in result.skipped:
        print(f"SKIPPED {test}: {why}", file=sys.stderr)
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if result.skipped and len(result.skipped) >= result.testsRun else 0)
