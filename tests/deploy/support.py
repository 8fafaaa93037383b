"""What the tests of deploy/ share."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"
BUILD = pathlib.Path(os.environ.get("COPYDESK_BUILD_DIR", ROOT / "build/dev"))
COPYDESK = BUILD / "bin/copydesk"
# What tests fetch once.
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "copydesk"


def tool(name, package):
    """The path of `name`, or skips the test and says which Debian package has it."""
    path = shutil.which(name)
    if not path:
        raise unittest.SkipTest(f"no {name} (Debian: {package})")
    return path


def unpacked_tool(name, *packages):
    """The same, but where it is not installed the first of the packages that has it is unpacked
    into the cache: installed, it would start a service."""
    paths = [CACHE / package / "usr/bin" / name for package in packages]
    for path in (shutil.which(name), *paths):
        if path and os.path.exists(path):
            return path
    CACHE.mkdir(parents=True, exist_ok=True)
    said = ""
    for package, path in zip(packages, paths):
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            done = subprocess.run(
                f"apt-get download -qq {package} && dpkg -x ./*.deb unpacked", shell=True,
                cwd=folder, capture_output=True, text=True, timeout=240, check=False)
            said = done.stderr[-300:]
            try:
                os.rename(f"{folder}/unpacked", CACHE / package)
            except OSError:  # there is no such package, or another test was faster
                pass
        if path.exists():
            return path
    raise unittest.SkipTest(f"no {name} (Debian: {' or '.join(packages)}): {said}")


def main():
    """Runs the caller's tests. Exit status 77, CTest's "skipped", when none of them was run."""
    program = unittest.main(module="__main__", exit=False, verbosity=2)
    result = program.result
    for test, why in result.skipped:
        print(f"SKIPPED {test}: {why}", file=sys.stderr)
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if result.skipped and len(result.skipped) >= result.testsRun else 0)
