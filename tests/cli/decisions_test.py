"""The commands that show and check what a configuration decides, without a broker: test,
tag on archives, and graph.

How: each is run as a user would, on the project's own files and on small ones written here. The
program is found through COPYDESK_BIN_DIR.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import zipfile
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
COPYDESK = pathlib.Path(os.environ.get("COPYDESK_BIN_DIR", ROOT / "build/release/bin")) / "copydesk"

TOPOLOGY = """
name: small
source: {topics: [raw]}
stages:
  - normalize
  - deduplicate: {window: 1h, embargo: pass}
  - publish: {routes: [{topic: flashes, when: {urgency: 1}}]}
outputs: {published: out, duplicates: twice, recalls: back, deadletter: dead}
"""


def run(*arguments):
    return subprocess.run([COPYDESK, *map(str, arguments)], capture_output=True, text=True,
                          encoding="utf-8", timeout=60, check=False)


class InAFolder(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.write("small.yaml", TOPOLOGY)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


class Test(InAFolder):
    def scenarios(self, text):
        return run("test", self.write("scenarios.yaml", "config: small.yaml\nscenarios:\n" + text))

    def test_the_projects_own_scenarios_hold(self):
        done = run("test", "-v", ROOT / "configs" / "tests")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"\n\d+ scenarios, 0 failed")
        self.assertIn("ok    a kill passes", done.stdout)

    def test_what_was_decided_otherwise_is_shown_as_a_difference(self):
        done = self.scenarios("""
  - name: wrong
    stories:
      - {id: a, story: {uri: "urn:1", version: 1, headline: One}, expect: {relation: original}}
      - id: b
        story: {uri: "urn:1", version: 2, pubstatus: canceled}
        expect: {relation: revision, lead: none, outcome: diverted}
  - name: right
    stories: [{text: Two, expect: {relation: original, late: false, topics: [out]}}]
""")
        self.assertEqual(done.returncode, 1)
        for difference in ("relation\n            - revision\n            + kill",
                           "lead\n            - none\n            + a",
                           "outcome\n            - diverted\n            + published",
                           "recalls\n            - none\n            + a",
                           "scenarios.yaml:7: story b", "2 scenarios, 1 failed"):
            self.assertIn(difference, done.stdout)
        self.assertNotIn("right", done.stdout)

    def test_mistakes_in_a_file_are_named_with_their_line(self):
        for story, wanted in (
                ("{text: a, expect: {relaton: original}}", "did you mean 'relation'"),
                ("{text: a, expect: {relation: orginal}}", "'orginal' is no relation"),
                ("{text: a, expect: {lead: later}}", "'later' is no id of an earlier story"),
                ("{text: a, record: b}", "expected one of story, text, record, sample"),
                ("{sample: 'small.yaml'}", "expected file:line"),
                ("{sample: 'none.jsonl:3'}", "none.jsonl")):
            done = self.scenarios(f"  - name: x\n    stories:\n      - {story}\n")
            self.assertEqual(done.returncode, 1, story)
            self.assertIn(wanted, done.stderr, story)
            self.assertIn("scenarios.yaml:5", done.stderr, story)

    def test_a_sample_and_routes(self):
        self.write("samples.jsonl", '{"headline": "One", "uri": "urn:1"}\n'
                                    '{"headline": "Two", "uri": "urn:2", "urgency": 1}\n')
        done = self.scenarios("""
  - name: the second line
    stories:
      - {sample: "samples.jsonl:2", expect: {topics: [out, flashes], key: "urn:2"}}
""")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Explain(unittest.TestCase):
    def test_says_why_a_story_is_a_repeat_and_what_it_shares_with_its_lead(self):
        done = run("explain", "-c", ROOT / "configs/newswire.yaml",
                   f"{ROOT}/configs/samples/10-newswire.jsonl:9")
        self.assertEqual(done.returncode, 0, done.stderr)
        for wanted in ("diverted", "RELATION repeat\n  because: same content as an earlier story",
                       "lead: urn:newsml:meridian.example:20261102:0003",
                       "runs of 5 words: ", "NOT THE STORY\n", "dateline: "):
            self.assertIn(wanted, done.stdout)

    def test_says_why_a_mention_is_one(self):
        with tempfile.TemporaryDirectory() as folder:
            story = pathlib.Path(folder) / "story.txt"
            story.write_text("The World Bank met in Georgia\n\nNEW YORK, Jan 1 (MNA) - The Bank of "
                             "England met.", encoding="utf-8")
            done = run("explain", "-c", ROOT / "configs/newswire.yaml", story)
        self.assertEqual(done.returncode, 0, done.stderr)
        for wanted in ("MENTIONS in headlines/0/value", '"World Bank" between \' \' and \' \'',
                       "best: ", 'by alias "World Bank", letter by letter',
                       "runner-up: ", 'dateline: "NEW YORK, Jan 1 (MNA) -"',
                       'suppressed by it: "England"'):
            self.assertIn(wanted, done.stdout)

    def test_names_a_line_that_is_not_there(self):
        done = run("explain", "-c", ROOT / "configs/newswire.yaml",
                   f"{ROOT}/configs/samples/20-flat.jsonl:99")
        self.assertIn("20-flat.jsonl:99: there is no such record", done.stderr)


class Archives(InAFolder):
    def test_stories_in_folders_and_archives_are_read_in_the_order_of_their_names(self):
        archive = self.folder / "stories.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
            made.writestr("b/two.jsonl", '{"headline": "2"}\n{"headline": "3"}\n')
            made.writestr("a/one.json", '{"headline": "1"}')
            made.writestr("a/.hidden/no.json", '{"headline": "no"}')
            made.writestr("notes.md", "no")
        folder = self.folder / "stories"
        (folder / "2026" / "11").mkdir(parents=True)
        (folder / "2026" / "11" / "four.json").write_text('{"headline": "4"}')
        done = run("tag", "-c", self.folder / "small.yaml", "--format", "json", archive, folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([json.loads(line)["headline"] for line in done.stdout.splitlines()],
                         ["1", "2", "3", "4"])

    def test_a_broken_archive_is_an_error_that_names_it(self):
        whole = self.folder / "whole.zip"
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as made:
            made.writestr("a.jsonl", '{"headline": "1"}\n' * 1000)
        content = whole.read_bytes()
        for name, damaged in (("cut.zip", content[:40]), ("text.zip", b"no archive"),
                              ("bad.zip", content[:60] + b"\xff\xff\xff\xff" + content[64:])):
            (self.folder / name).write_bytes(damaged)
            done = run("tag", "-c", self.folder / "small.yaml", self.folder / name)
            self.assertEqual(done.returncode, 1, name)
            self.assertIn(name, done.stderr)


class Graph(InAFolder):
    def test_svg_shows_every_stage_and_topic_once(self):
        done = run("graph", "-c", self.folder / "small.yaml")
        self.assertEqual(done.returncode, 0, done.stderr)
        svg = ElementTree.fromstring(done.stdout)
        name = "{http://www.w3.org/2000/svg}"
        shown = sorted(group.find(name + "title").text for group in svg.iter(name + "g"))
        self.assertEqual(shown, ["back", "dead", "deduplicate", "flashes", "normalize", "out",
                                 "publish", "raw", "twice"])

    def test_mermaid(self):
        done = run("graph", "-c", self.folder / "small.yaml", "--format", "mermaid")
        self.assertTrue(done.stdout.startswith("flowchart LR\n"), done.stdout)
        self.assertIn('stage1 -- "duplicates" --> out1_1(["twice"])', done.stdout)
        self.assertIn('stage2 --> published(["out"])', done.stdout)

    def test_names_are_harmless(self):
        self.write("files.yaml", "name: x\nsource: {files: ['<b>&.jsonl']}\nstages: [normalize]\n")
        done = run("graph", "-c", self.folder / "files.yaml")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("<b>", done.stdout)
        ElementTree.fromstring(done.stdout)


if __name__ == "__main__":
    sys.exit(unittest.main())
