"""Includes and links go only the way the design's arrows go.

    pipeline/cli  ->  everything
    pipeline/kafka  ->  pipeline
    stages/normalize, deduplicate, tag, publish  ->  stages' nouns, pipeline's contracts
    stages/text, story, dictionary, similarity  ->  nouns only

How: every #include line and every target_link_libraries() of the tree is looked at; then each rule
is shown able to fail on a small tree that breaks it.
"""

import os
import re
import sys
import tempfile
import unittest

import tree

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
OWN_FOLDERS = ("pipeline", "stages", "bench", "tests")
NOUNS = ("text", "story", "dictionary", "similarity")
VERBS = ("normalize", "deduplicate", "tag", "publish")

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def includes(root, path):
    """(line, bracket, target) of each #include."""
    text = tree.read(root, path)
    return [(text.count("\n", 0, match.start(1)) + 1, match.group(1), match.group(2))
            for match in _INCLUDE.finditer(text)]


def is_in(path, *folders):
    return any(path.startswith(folder + "/") for folder in folders)


def member(path, kinds):
    """Which of stages/<kind>/ `path` is in, or None."""
    parts = path.split("/")
    return parts[1] if len(parts) > 2 and parts[0] == "stages" and parts[1] in kinds else None


def broken_arrow(source, target):
    """Why `source` may not include `target`, both relative to the root; None when it may."""
    if is_in(target, "tests", "bench") and not is_in(source, "tests", "bench"):
        return "nothing includes tests/ or bench/"
    if is_in(source, "stages"):
        if is_in(target, "pipeline/kafka", "pipeline/cli"):
            return "a stage knows no transport and no command line"
        if member(source, NOUNS):
            if is_in(target, "pipeline"):
                return "a noun knows no record, topic or offset"
            if is_in(target, "stages") and not member(target, NOUNS):
                return "a noun knows no stage"
        verb, other = member(source, VERBS), member(target, VERBS)
        if verb and other and verb != other:
            return "one stage never includes another"
        if other and not verb and not source.startswith("stages/registry."):
            return "only stages/registry names the stages"
        if verb and target == "stages/registry.h":
            return "a stage does not know the registry"
    if is_in(source, "pipeline") and not is_in(source, "pipeline/cli"):
        if is_in(target, "stages"):
            return "the pipeline knows no story"
        if is_in(target, "pipeline/cli"):
            return "only main sees the command line"
        if is_in(target, "pipeline/kafka") and not is_in(source, "pipeline/kafka"):
            return "the pipeline knows transports by their seams only"
    return None


def check_include(root, path, bracket, target):
    """Why `path` may not have this include, or None."""
    is_kafka = re.match(r"(librdkafka/)?rdkafka[_.a-z]*h$", target)
    if is_kafka and not is_in(path, "pipeline/kafka", "tests/support"):
        return "only pipeline/kafka includes rdkafka's headers"
    if target.split("/")[0] in OWN_FOLDERS and "/" in target:
        if bracket != '"':
            return 'own headers stand in "..."'
        if not os.path.exists(os.path.join(root, target)):
            return "there is no such file below the root"
        return broken_arrow(path, target)
    if bracket == '"' and ("/" not in target or target.startswith(".") or os.path.exists(
            os.path.join(root, os.path.dirname(path), target))):
        return 'includes begin at the root, such as "stages/text/fold.h"'
    return None


def check_includes(root):
    findings = []
    for path in tree.code_files(root):
        for line, bracket, target in includes(root, path):
            why = check_include(root, path, bracket, target)
            if why:
                findings.append(f"{path}:{line}: includes {target}: {why}")
    return findings


def check_cycles(root):
    """No two folders of stages/ or pipeline/ include each other, by whatever way."""
    arrows = {}
    for path in tree.code_files(root):
        if not is_in(path, "pipeline", "stages"):
            continue
        folder = os.path.dirname(path)
        for _, _, target in includes(root, path):
            if is_in(target, "pipeline", "stages") and os.path.dirname(target) != folder:
                arrows.setdefault(folder, set()).add(os.path.dirname(target))
    # stages/ itself holds the payload (below the stages) and the registry (above them).
    arrows.pop("stages", None)
    findings = []

    def walk(folder, way):
        if folder in way:
            findings.append("folders include each other: " + " -> ".join(way + [folder]))
            return
        for target in sorted(arrows.get(folder, ())):
            walk(target, way + [folder])

    for folder in sorted(arrows):
        if not findings:
            walk(folder, [])
    return findings


def check_links(root):
    """The build links the same arrows."""
    rules = [
        (lambda path: is_in(path, "stages"), r"copydesk_(kafka|cli)",
         "a stage links no transport and no command line"),
        (lambda path: member(path, NOUNS),
         r"copydesk_(pipeline|story_payload|stages|" + "|".join(VERBS) + ")",
         "a noun links neither the pipeline nor a stage"),
        (lambda path: path == "pipeline/CMakeLists.txt",
         r"copydesk_(cli|stages|story_payload|" + "|".join(NOUNS + VERBS) + ")",
         "the pipeline links no story"),
    ]
    findings = []
    for path in tree.files(root):
        if os.path.basename(path) != "CMakeLists.txt":
            continue
        text = re.sub(r"#[^\n]*", "", tree.read(root, path))
        calls = re.findall(r"target_link_libraries\s*\(\s*(\S+)([^)]*)\)", text)
        for target, libraries in calls:
            for applies, banned, why in rules:
                for library in libraries.split():
                    if applies(path) and re.fullmatch(banned, library):
                        findings.append(f"{path}: {target} links {library}: {why}")
            for verb in VERBS:
                others = [f"copydesk_{other}" for other in VERBS if other != verb]
                for library in libraries.split():
                    if member(path, VERBS) == verb and library in others:
                        findings.append(f"{path}: {target} links {library}: "
                                        "one stage never links another")
    return findings


class Layering(unittest.TestCase):
    def test_includes_follow_the_arrows(self):
        self.assertEqual(check_includes(ROOT), [])

    def test_no_folders_include_each_other(self):
        self.assertEqual(check_cycles(ROOT), [])

    def test_links_follow_the_arrows(self):
        self.assertEqual(check_links(ROOT), [])


class EachRuleCanFail(unittest.TestCase):
    HEADERS = ["pipeline/stage.h", "pipeline/cli/plan.h", "pipeline/kafka/client.h",
               "stages/registry.h", "stages/story_payload.h", "stages/text/fold.h",
               "stages/tag/tag.h", "stages/publish/publish.h", "tests/support/fakes.h",
               "bench/corpus.h"]

    def findings(self, files, check):
        with tempfile.TemporaryDirectory() as root:
            for path in self.HEADERS:
                write(root, path, "")
            for path, text in files.items():
                write(root, path, text)
            return check(root)

    def test_includes(self):
        cases = [
            ("a stage includes Kafka", "stages/tag/tag.cc", '"pipeline/kafka/client.h"'),
            ("a stage includes the command line", "stages/tag/tag.cc", '"pipeline/cli/plan.h"'),
            ("a noun includes the pipeline", "stages/text/fold.cc", '"pipeline/stage.h"'),
            ("a noun includes a verb", "stages/story/story.h", '"stages/tag/tag.h"'),
            ("a noun includes the payload", "stages/story/a.h", '"stages/story_payload.h"'),
            ("a verb includes another", "stages/tag/tag.cc", '"stages/publish/publish.h"'),
            ("a verb includes the registry", "stages/tag/tag.cc", '"stages/registry.h"'),
            ("the payload includes a verb", "stages/story_payload.cc", '"stages/tag/tag.h"'),
            ("the pipeline includes a noun", "pipeline/chain.cc", '"stages/text/fold.h"'),
            ("Kafka includes a verb", "pipeline/kafka/a.cc", '"stages/tag/tag.h"'),
            ("the pipeline includes Kafka", "pipeline/chain.cc", '"pipeline/kafka/client.h"'),
            ("Kafka includes the command line", "pipeline/kafka/a.cc", '"pipeline/cli/plan.h"'),
            ("rdkafka outside its folder", "pipeline/chain.cc", "<librdkafka/rdkafka.h>"),
            ("rdkafka's mock in a command", "pipeline/cli/a.cc", "<librdkafka/rdkafka_mock.h>"),
            ("code includes tests", "pipeline/chain.cc", '"tests/support/fakes.h"'),
            ("code includes bench", "stages/tag/tag.cc", '"bench/corpus.h"'),
            ("not from the root", "stages/text/markup.cc", '"fold.h"'),
            ("by way of ..", "stages/tag/tag.cc", '"../text/fold.h"'),
            ("own header in brackets", "stages/tag/tag.cc", "<stages/text/fold.h>"),
            ("a file that is not there", "stages/tag/tag.cc", '"stages/text/none.h"'),
        ]
        for name, path, target in cases:
            with self.subTest(name):
                found = self.findings({path: f"#include {target}\n"}, check_includes)
                self.assertEqual(len(found), 1, found)
        allowed = {
            "stages/tag/tag.cc": '#include "stages/text/fold.h"\n#include "pipeline/stage.h"\n',
            "stages/registry.cc": '#include "stages/tag/tag.h"\n',
            "pipeline/cli/plan.cc": '#include "stages/registry.h"\n#include "absl/a.h"\n',
            "pipeline/kafka/a.cc": "#include <librdkafka/rdkafka.h>\n",
            "tests/a_test.cc": '#include "tests/support/fakes.h"\n#include "bench/corpus.h"\n',
        }
        self.assertEqual(self.findings(allowed, check_includes), [])

    def test_cycles(self):
        there = {"stages/text/a.cc": '#include "stages/tag/tag.h"\n'}
        self.assertEqual(self.findings(there, check_cycles), [])
        there["stages/tag/b.cc"] = '#include "stages/text/fold.h"\n'
        self.assertEqual(len(self.findings(there, check_cycles)), 1)

    def test_links(self):
        cases = [
            ("stages/tag/CMakeLists.txt", "copydesk_tag", "copydesk_kafka"),
            ("stages/tag/CMakeLists.txt", "copydesk_tag", "copydesk_publish"),
            ("stages/text/CMakeLists.txt", "copydesk_text", "copydesk_pipeline"),
            ("pipeline/CMakeLists.txt", "copydesk_pipeline", "copydesk_text"),
        ]
        for path, target, library in cases:
            with self.subTest(path=path, library=library):
                text = f"target_link_libraries({target}\n  PUBLIC a::b {library})\n"
                self.assertEqual(len(self.findings({path: text}, check_links)), 1)


def write(root, path, text):
    full = os.path.join(root, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    sys.exit(unittest.main())
