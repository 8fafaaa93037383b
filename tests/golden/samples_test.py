#!/usr/bin/env python3
"""Runs stories of files through the whole chain without a broker, and holds what comes out to what
is written down: the samples to configs/samples/expected.tsv, every output to the JSON Schemas.

The chain is configs/newswire.yaml with files in the place of topics. The binary is found through
COPYDESK_BIN_DIR. IPTC's example files are read where COPYDESK_SHARED has them, else skipped aloud.
"""

import collections
import csv
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SAMPLES = ROOT / "configs" / "samples"
SHARED = pathlib.Path(os.environ.get("COPYDESK_SHARED", ROOT.parent / "shared"))
FORMATS = SHARED / "data" / "formats"
COPYDESK = pathlib.Path(os.environ.get("COPYDESK_BIN_DIR", ROOT / "build/release/bin")) / "copydesk"
TOPICS = {"published": "wire.enriched", "diverted": "wire.duplicates", "held": "wire.held",
          "dead-lettered": "wire.deadletter"}


def run_chain(inputs, folder, rules=False):
    """Runs the chain over `inputs`; returns the records of each topic, parsed."""
    config = (ROOT / "configs" / "newswire.yaml").read_text()
    if rules:
        config, count = re.subn(r"# rules: (dictionaries/names.yaml).*",
                                rf"rules: {ROOT}/configs/\1", config)
        assert count == 1, "the configuration has no rules to switch on"
    files = json.dumps([str(path) for path in inputs])
    config = re.sub(r"topics: \[wire.raw\].*", f"files: {files}", config)
    config = config.replace("guarantee: exactly_once", "guarantee: at_least_once")
    config = re.sub(r"(boilerplate: |dictionary: \[)", rf"\g<1>{ROOT}/configs/", config)
    config = config.replace("\nkafka:", f"\nfolder: {folder}/out\nhttp: {{port: -1}}\nkafka:")
    (folder / "chain.yaml").write_text(config)
    done = subprocess.run([COPYDESK, "run", "-c", folder / "chain.yaml"], capture_output=True,
                          text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    records = collections.defaultdict(list)
    for path in (folder / "out").glob("*.jsonl"):
        for line in path.read_bytes().splitlines():
            records[path.stem].append(json.loads(line))
    return records


def validate(folder, topics, *options):
    paths = [folder / "out" / f"{topic}.jsonl" for topic in topics]
    return subprocess.run([sys.executable, ROOT / "tests" / "validate_output.py", *options, *paths],
                          capture_output=True, text=True, timeout=120, check=False)


class Samples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name)
        # A body of ten megabytes is made here rather than kept.
        cls.large = cls.folder / "large.jsonl"
        story = {"uri": "urn:large", "headline": "Large", "body_text": "word " * 2_000_000}
        cls.large.write_text(json.dumps(story) + "\n")
        cls.records = run_chain([SAMPLES, cls.large], cls.folder)
        with open(SAMPLES / "expected.tsv", encoding="utf-8", newline="") as rows:
            cls.expected = list(csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE))

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def rows(self, outcome):
        return [row for row in self.expected if row["outcome"] == outcome]

    def test_every_story_ends_where_it_must_and_in_order(self):
        for outcome in ("published", "diverted"):
            wanted = [(row["uri"], row["relation"]) for row in self.rows(outcome)]
            # A flat feed has its own name for the uri.
            found = [(record.get("uri", record.get("id")), record["copydesk"]["relation"]["kind"])
                     for record in self.records[TOPICS[outcome]]]
            # Plain text and records without a uri get one made from their content.
            wanted = [(found[i][0] if uri == "-" else uri, kind)
                      for i, (uri, kind) in enumerate(wanted)]
            self.assertEqual(found, wanted)

    def test_held_stories_keep_their_bytes(self):
        held = [json.loads(record["record"]["value"])["uri"]
                for record in self.records[TOPICS["held"]]]
        self.assertEqual(held, [row["uri"] for row in self.rows("held")])

    def test_bad_records_are_set_aside_with_a_reason(self):
        dead = [record["record"] for record in self.records[TOPICS["dead-lettered"]]]
        self.assertEqual(len(dead), len(self.rows("dead-lettered")) + 1)
        large = json.loads(self.large.read_text())
        self.assertEqual(json.loads(dead[-1]["value"]), large)
        for record in dead:
            headers = dict(record["headers"])
            self.assertEqual(headers["__copydesk.errors.stage"], "decode")
            self.assertTrue(headers["__copydesk.errors.message"])
            for name in ("code", "topic", "partition", "offset"):
                self.assertIn(f"__copydesk.errors.{name}", headers)

    def test_every_output_is_valid(self):
        done = validate(self.folder, ["wire.enriched", "wire.duplicates", "wire.recalls"],
                        "--as-ninjs")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(" 0 invalid", done.stdout)

    def test_the_validator_can_fail(self):
        record = dict(self.records["wire.enriched"][0])
        record["copydesk"] = dict(record["copydesk"], relation={"kind": "no such kind"})
        bad = self.folder / "out" / "bad.jsonl"
        bad.write_text(json.dumps(record) + "\n")
        self.assertNotEqual(validate(self.folder, ["bad"]).returncode, 0)
        bad.unlink()


class SamplesWithRules(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.records = run_chain([SAMPLES], cls.folder, rules=True)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def mentions(self, uri):
        record = next(r for r in self.records["wire.enriched"] if r.get("uri") == uri)
        return [(m["surface"], m["type"], m.get("id"), m["by"])
                for m in record["copydesk"]["mentions"]]

    def test_every_output_is_valid(self):
        done = validate(self.folder, ["wire.enriched", "wire.duplicates", "wire.recalls"],
                        "--as-ninjs")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(" 0 invalid", done.stdout)

    def test_names_that_are_words_and_parts_of_names(self):
        found = self.mentions("urn:newsml:meridian.example:20261103:0001")
        self.assertIn(("Turkey Creek", "place", None, "pattern"), found)
        self.assertIn(("Jordan", "place", "Q810", "alias"), found)
        self.assertEqual(len([m for m in found if m[0] == "OSCE" and m[2] == "Q81299"]), 2)
        # Neither the poll worker Jordan, nor us locals, nor the wild turkey.
        surfaces = [m[0] for m in found]
        self.assertEqual(surfaces.count("Jordan"), 1)
        for word in ("us", "turkey", "Turkey"):
            self.assertNotIn(word, surfaces)


class StarterWithRules(unittest.TestCase):
    """What a user finds with the starter dictionary and the rules: (headline, body), then the
    mentions as "surface id"."""

    CASES = (
        (("", "Prime Minister Sheikh Hasina met Mr Modi, then Narendra Modi spoke to Mr Xi and Xi "
              "Jinping."),
         ["Hasina desk:sheikh-hasina", "Modi Q1058", "Narendra Modi Q1058", "Xi Q15031",
          "Xi Jinping Q15031"]),
        (("MERKEL SAYS XI MAY COME", "Angela Merkel met Xi Jinping."),
         ["MERKEL Q567", "XI Q15031", "Angela Merkel Q567", "Xi Jinping Q15031"]),
        (("", "The Franco-German plan, the India-Pakistan border and Sino-U.S. trade, but no "
              "Anglo-Saxon law."),
         ["Franco Q142", "German Q183", "India Q668", "Pakistan Q843", "Sino Q148", "U.S. Q30"]),
        (("", "Members of the World Trade and Fishing Federation (WTFF) met. WTFF won."),
         ["World Trade and Fishing Federation None", "WTFF None", "WTFF None"]),
        (("", "Turkey is served. Tell US about it. Nice weather for Reading books. Mobile phones "
              "rang in March."), []),
        (("", "Turkey said no, as did the US and the WHO."), ["Turkey Q43", "US Q30", "WHO Q7817"]),
        (("", "He left Nice, France, for Reading, England, and Mobile, Alabama, and March, "
              "Cambridgeshire."),
         ["Nice geonames:2990440", "France Q142", "Reading geonames:2639577", "England Q21",
          "Mobile geonames:4076598", "Alabama Q173", "March desk:march-cambridgeshire",
          "Cambridgeshire iso3166-2:GB-CAM"]),
        (("", "He reads the New York Times in New York."), ["New York Times Q9684",
                                                            "New York Q60"]),
    )

    def tag(self, stories):
        lines = [json.dumps({"uri": "u", "headline": headline, "body_text": body})
                 for headline, body in stories]
        with tempfile.TemporaryDirectory() as folder:
            config = pathlib.Path(folder) / "tag.yaml"
            config.write_text(f"""
name: tag
source: {{files: [none]}}
stages:
  - normalize: {{}}
  - tag:
      dictionary: [{ROOT}/configs/dictionaries/*.jsonl]
      rules: {ROOT}/configs/dictionaries/names.yaml
outputs: {{published: published, deadletter: deadletter}}
""")
            done = subprocess.run([COPYDESK, "tag", "-c", config, "--format", "json", "-"],
                                  input="\n".join(lines), capture_output=True, text=True,
                                  timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line)["copydesk"]["mentions"] for line in done.stdout.splitlines()]

    def test_finds_what_a_desk_expects(self):
        found = self.tag([story for story, _ in self.CASES])
        self.assertEqual(len(found), len(self.CASES))
        for (story, wanted), mentions in zip(self.CASES, found):
            surfaces = [f"{m['surface']} {m.get('id')}" for m in mentions]
            self.assertEqual(surfaces, wanted, story)

    def test_says_what_a_place_is_part_of(self):
        mention = self.tag([("", "Troops entered Omdurman.")])[0][0]
        self.assertEqual((mention["surface"], mention["partOf"]), ("Omdurman", ["Q1049"]))

    def test_a_short_form_of_two_says_so(self):
        found = self.tag([("", "Bill Clinton met Hillary Clinton. Later Clinton left.")])[0][-1]
        self.assertEqual((found["surface"], found.get("id"), found["unresolved"]),
                         ("Clinton", None, True))
        self.assertEqual([c["id"] for c in found["candidates"]], ["Q1124", "Q6294"])


class TagCommand(unittest.TestCase):
    def tag(self, *arguments, stdin=""):
        return subprocess.run([COPYDESK, "tag", "-c", ROOT / "configs/newswire.yaml", *arguments],
                              input=stdin, capture_output=True, text=True, timeout=60, check=False)

    def test_plain_text_on_standard_input_is_one_story(self):
        done = self.tag("--format", "json", "-", stdin="NATO meets\n\nIn Paris,\nFrance.\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        story = json.loads(done.stdout)
        self.assertEqual([mention["surface"] for mention in story["copydesk"]["mentions"]],
                         ["NATO", "Paris", "France"])

    def test_json_lines_on_standard_input_are_a_story_each(self):
        line = json.dumps({"uri": "u", "headline": "Paris", "body_text": "Text."}) + "\n"
        done = self.tag("--format", "json", "-", stdin=line + line)
        self.assertEqual(len(done.stdout.splitlines()), 2)

    def test_a_bad_story_is_named_and_the_others_are_shown(self):
        good = json.dumps({"uri": "u", "headline": "Paris", "body_text": "Text."})
        done = self.tag("--colour", "never", "-", stdin='{"uri": \n' + good + "\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("-:1: invalid-json:", done.stderr)
        self.assertIn("[Paris|place]", done.stdout)

    def test_a_page_shows_text_and_never_runs_it(self):
        done = self.tag("--format", "html", SAMPLES / "10-newswire.jsonl")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("&lt;script&gt;alert(1)&lt;/script&gt;", done.stdout)
        self.assertNotIn("<script", done.stdout)
        self.assertIn('<mark class="place"', done.stdout)


class IptcExamples(unittest.TestCase):
    def test_examples_that_carry_text_pass(self):
        if not FORMATS.is_dir():
            self.skipTest(f"no example files: {FORMATS} is missing (set COPYDESK_SHARED)")
        folder = tempfile.TemporaryDirectory()
        path = pathlib.Path(folder.name)
        lines = []
        for source in sorted((FORMATS / "iptc-ninjs").glob("examples/*/*.json")):
            text = source.read_text(encoding="utf-8")
            story = json.loads(text)
            names = " ".join(story) if isinstance(story, dict) else ""
            if re.search(r"\b(headlines?|bodies|body_\w+)\b", names):
                lines.append(json.dumps(story))
        self.assertGreater(len(lines), 10)
        (path / "in.jsonl").write_text("\n".join(lines) + "\n")
        records = run_chain([path / "in.jsonl"], path)
        self.assertEqual(records["wire.deadletter"], [])
        count = sum(len(records[topic]) for topic in TOPICS.values())
        self.assertEqual(count, len(lines))
        topics = [topic for topic in ("wire.enriched", "wire.duplicates") if records[topic]]
        done = validate(path, topics)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        folder.cleanup()


if __name__ == "__main__":
    unittest.main()
