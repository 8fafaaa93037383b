#!/usr/bin/env python3
"""Installs what is built into a folder of its own, as `cmake --install` does, and runs it there."""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import support

SAMPLES = 118  # records in configs/samples


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.prefix = pathlib.Path(cls.temporary.name) / "prefix"
        subprocess.run(["cmake", "--install", support.BUILD, "--prefix", cls.prefix], check=True,
                       stdout=subprocess.DEVNULL, timeout=60)
        cls.configs = cls.prefix / "etc/copydesk"

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def run_installed(self, *arguments):
        # From a folder without configs/: what is not named is found where the program is.
        done = subprocess.run([self.prefix / "bin/copydesk", *arguments], cwd=self.prefix,
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_configuration_finds_what_it_names_beside_itself(self):
        out = self.run_installed("check", "--offline", "-c", self.configs / "newswire.yaml")
        self.assertIn("4 stages", out)

    def test_tags_with_the_installed_dictionaries(self):
        story = self.configs / "samples/30-supernova.txt"
        out = self.run_installed("tag", "--format", "json", story)
        names = {mention["name"] for mention in json.loads(out)["copydesk"]["mentions"]}
        self.assertIn("Chile", names)

    def test_compiles_the_starter_to_the_same_image_wherever_its_sources_are(self):
        image = self.prefix / "share/copydesk/dictionaries/starter.image"
        sources = self.prefix / "elsewhere"
        shutil.copytree(image.parent, sources, ignore=shutil.ignore_patterns("*.image"))
        again = sources / "again.image"
        self.run_installed("dictionary", "compile", sources / "*.jsonl", "-o", again, "--name",
                           "starter")
        self.assertEqual(again.read_bytes(), image.read_bytes())
        self.assertIn("dictionary: [dictionaries/starter.image]",
                      (self.configs / "newswire.yaml").read_text())

    def test_the_demo_reads_the_image_too(self):
        config = support.BUILD / "newswire.yaml"
        self.assertIn("dictionary: [dictionaries/starter.image]", config.read_text())
        done = subprocess.run([support.COPYDESK, "check", "--offline", "-c", config],
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("-c build/release/newswire.yaml", (support.DEPLOY / "demo").read_text())

    def test_runs_the_whole_chain_on_the_samples(self):
        config = (self.configs / "newswire.yaml").read_text()
        config = re.sub(r"topics: \[wire.raw\].*", "files: [samples]", config)
        config = config.replace("exactly_once", "at_least_once")  # files have no transactions
        config = config.replace("\nkafka:", "\nfolder: out\nhttp: {port: -1}\nkafka:")
        (self.configs / "files.yaml").write_text(config)
        self.run_installed("run", "-c", self.configs / "files.yaml")
        records = sum(len(path.read_bytes().splitlines())
                      for path in (self.configs / "out").glob("*.jsonl")
                      if path.stem != "wire.recalls")
        self.assertEqual(records, SAMPLES)

    def test_manual_page_names_every_command_and_its_options(self):
        page = (self.prefix / "share/man/man1/copydesk.1").read_text().replace("\\-", "-")
        commands = re.findall(r"^  (\w+) ", self.run_installed("--help").split("ommands:")[1], re.M)
        self.assertGreater(len(commands), 5)
        for command in commands:
            self.assertIn(f"\n.SS {command}\n", page)
            for option in re.findall(r"--[a-z][a-z-]+", self.run_installed(command, "--help")):
                self.assertIn(option, page, command)


if __name__ == "__main__":
    support.main()
