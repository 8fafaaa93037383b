#!/usr/bin/env python3
"""Holds the starter dictionary to what its README says: which files there are, how many entities
each has, which are kept by hand, and that each names its source and licence at its head."""

import json
import pathlib
import re
import unittest

FOLDER = pathlib.Path(__file__).resolve().parent.parent.parent / "configs" / "dictionaries"
README = (FOLDER / "README.md").read_text(encoding="utf-8")
LICENCES = re.compile(r"Apache-2\.0|Creative Commons|Unicode License|public domain|MIT|SCOWL"
                      r"|sources and licences are (those of the files|its head's)")


def head(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines[:6] if line.startswith("#"))


class Starter(unittest.TestCase):
    def test_every_file_names_its_licence(self):
        paths = [*FOLDER.glob("*.jsonl"), *FOLDER.glob("words/*.txt")]
        self.assertGreater(len(paths), 15)
        for path in paths:
            self.assertRegex(head(path), LICENCES, path.name)

    def test_the_readme_lists_the_files_and_counts_them(self):
        rows = dict(re.findall(r"^\| `(\S+\.jsonl)` \| .*? \| ([\d,–]+) \|", README, re.MULTILINE))
        self.assertEqual(sorted(rows), sorted(path.name for path in FOLDER.glob("*.jsonl")))
        known = set()
        for name, count in rows.items():
            lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
            ids = {json.loads(line)["id"] for line in lines if line.startswith("{")}
            if count != "–":
                new = len(ids - known)
                self.assertEqual(f"{new:,}", count, name)
            known |= ids
        self.assertIn(f"**{len(known):,}**", README)

    def test_what_is_made_says_so(self):
        made = {path.name for path in FOLDER.glob("*.jsonl") if "Made by `" in head(path)}
        self.assertEqual(made, {"cities.jsonl", "subdivisions.jsonl", "national-teams.jsonl",
                                "ministries.jsonl", "russian-forms.jsonl", "arabic-forms.jsonl"})
        for name in made:
            self.assertNotRegex(head(FOLDER / name), "Written by hand", name)
        for path in FOLDER.glob("*.jsonl"):
            if path.name not in made:
                self.assertRegex(head(path), "by hand", path.name)


if __name__ == "__main__":
    unittest.main()
