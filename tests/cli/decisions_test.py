"""The commands that show and check what a configuration decides, without a broker: test,
tag on archives, and graph.

How: each is run as a user would, on the project's own files and on small ones written here. The
program is found through COPYDESK_BIN_DIR.
"""

import json
import os
import pathlib
import re
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
                ("{text: a, expect: {similarity: 1.2}}", "'1.2' is no share from 0 to 1"),
                ("{text: a, expect: {containment: [0.9, 0.1]}}", "the least and the most"),
                ("{sample: 'small.yaml'}", "expected file:line"),
                ("{sample: 'none.jsonl:3'}", "none.jsonl")):
            done = self.scenarios(f"  - name: x\n    stories:\n      - {story}\n")
            self.assertEqual(done.returncode, 1, story)
            self.assertIn(wanted, done.stderr, story)
            self.assertIn("scenarios.yaml:5", done.stderr, story)

    def test_how_much_of_the_words_is_shared(self):
        words = "the port of Lisbon was closed by high winds on its coast and ships went to Setubal"
        done = self.scenarios(f"""
  - name: shares
    stories:
      - {{text: "A\\n\\n{words} today", expect: {{similarity: none, containment: none}}}}
      - {{text: "B\\n\\n{words} too", expect: {{similarity: [0.5, 1], containment: [0.6, 1]}}}}
      - {{text: "C\\n\\n{words}", expect: {{similarity: 0.01, containment: [0, 0.2]}}}}
""")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertNotIn("story #1", done.stdout)
        self.assertNotIn("story #2", done.stdout)
        self.assertRegex(done.stdout, r"similarity\n +- 0\.01\n +\+ 0\.[5-9]\d\n")
        self.assertRegex(done.stdout, r"containment\n +- 0\.00 to 0\.20\n +\+ [01]\.\d\d\n")

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
                       "shingles of 3 words: 181 shared, 181 in this story, 181 in the lead",
                       "NOT TAGGED: an earlier stage ended", "NOT THE STORY\n", "dateline: "):
            self.assertIn(wanted, done.stdout)

    def explain(self, *stories, rules=False):
        """Of the last of the stories, with the sample configuration."""
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            config = (ROOT / "configs/newswire.yaml").read_text(encoding="utf-8")
            config = re.sub(r"(boilerplate: |dictionary: \[)", rf"\g<1>{ROOT}/configs/", config)
            if rules:
                config = config.replace("# rules: ", f"rules: {ROOT}/configs/")
            (folder / "config.yaml").write_text(config, encoding="utf-8")
            path = folder / "stories.jsonl"
            path.write_text("".join(json.dumps(story) + "\n" for story in stories))
            done = run("explain", "-c", folder / "config.yaml", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_says_what_a_near_duplicate_shares_with_its_lead_and_what_differs(self):
        body = ("High winds closed the port of Lisbon on Monday, its operator said, after {} "
                "ships were sent to Setubal. The port handles about 11 million tonnes of cargo a "
                "year and is the largest on that coast. Ferries across the bay were halted for six "
                "hours and a bridge was closed to lorries{}. Nobody was hurt, the fire brigade "
                "said, and the port will open again on Tuesday.")
        said = self.explain(
            {"uri": "urn:1", "headline": "Storm shuts port", "body_text": body.format(14, "")},
            {"uri": "urn:2", "headline": "Port shut",
             "body_text": body.format(15, ", Portugal said")})
        for wanted in ("RELATION near-duplicate\n  because: much the same words", "lead: urn:1 ",
                       "similarity 0.", "shingles of 3 words: 61 shared, 68 in this story, 66 in",
                       "only in this story:\n      said, after 15 ships were\n",
                       "only in the lead:\n      said, after 14 ships were\n",
                       "names and figures only in this story: 15, Portugal\n",
                       "names and figures only in the lead: 14\n"):
            self.assertIn(wanted, said)

    def test_an_original_is_shown_beside_what_is_most_like_it(self):
        bulletin = ("The yield on the ten-year bond of {} stood at {} per cent at the close of "
                    "trade, and {} bonds of the series were sold at auction by the treasury.")
        said = self.explain({"uri": "urn:1", "headline": "One",
                             "body_text": bulletin.format("Norway", "3.1", "900")},
                            {"uri": "urn:2", "headline": "Two",
                             "body_text": bulletin.format("Chile", "5.4", "120")})
        self.assertIn("RELATION original", said)
        self.assertIn("most like it of those before: urn:1", said)
        self.assertIn("names and figures only in this story: 120, 5.4, Chile\n", said)

    def test_with_rules_says_what_the_resolver_made_of_each_place(self):
        said = self.explain(
            {"uri": "urn:1", "headline": "Bill Clinton met Wim Kok",
             "body_text": "U.S. President Bill Clinton met the head of the World Trade "
                          "Organization in Geneva on Monday. Clinton spoke, said Mr Lindqvist."},
            rules=True)
        for wanted in ('a short form of "Bill Clinton"', "best: ", 'by the rule "',
                       "tagged: "):
            self.assertIn(wanted, said)

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
