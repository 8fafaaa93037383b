#!/usr/bin/env python3
"""Holds the systemd unit to what systemd says of it."""

import subprocess
import tempfile
import unittest

import support

# systemd's measure: 0 is locked in, 100 has the run of the machine.
EXPOSURE_MAX = 15


class Unit(unittest.TestCase):
    def analyze(self, *arguments):
        analyze = support.tool("systemd-analyze", "systemd")
        with tempfile.TemporaryDirectory() as folder:
            unit = f"{folder}/copydesk.service"
            text = (support.DEPLOY / "systemd/copydesk.service").read_text()
            with open(unit, "w", encoding="utf-8") as file:
                # The unit's own path is the package's.
                file.write(text.replace("/usr/bin/copydesk", str(support.COPYDESK)))
            return subprocess.run([analyze, *arguments, unit], capture_output=True, text=True,
                                  timeout=60, check=False)

    def test_verifies_without_a_word(self):
        done = self.analyze("verify", "--man=no")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_is_hardened(self):
        done = self.analyze("security", "--offline=true", f"--threshold={EXPOSURE_MAX}")
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr)


if __name__ == "__main__":
    support.main()
