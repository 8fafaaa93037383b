"""The house rules of the source text hold themselves.

How: each rule is a function from a tree to what it finds; every one is run on the project, and on
a small tree that breaks it, so that a rule that finds nothing is known to be able to.
"""

import fnmatch
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import tree

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
LINES_MAX = 600
COLUMNS_MAX = 100
TOP_LEVEL = {
    "CMakeLists.txt", "pipeline", "stages", "bench", "tests", "deploy", "configs", "README.md",
    "LICENSE", "CMakePresets.json", ".clang-format", ".gitignore", ".gitattributes", ".ci",
    ".git", "build", "copydesk-demo.html",  # the last two are left by what the README says to type
}
BANNED_CODE = {
    r"\bstd::format\b": "g++ 12 has no std::format; use fmt",
    r"\bstd::expected\b": "g++ 12 has no std::expected; use absl::StatusOr",
    r"\busing\s+namespace\s+std\b": "name what you use",
    r"\bthrow\b": "no exceptions of ours; use absl::Status",
    r"\bNULL\b": "use nullptr",
}
# Written so that they do not find themselves.
BANNED_TEXT = {
    r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b": "open an issue, or do it",
    r"(?<![\w.])/(work|farm|root|home)" r"/": "a path of one machine",
}
# What cannot be broken: a link, and the lines of a raw string.
LINK = re.compile(r"https?://\S+")
RAW_STRING = re.compile(r'R"([^\s()\\]{0,16})\(.*?\)\1"', re.DOTALL)
# What the code is formatted with; other versions break some lines elsewhere.
CLANG_FORMAT_VERSION = "14"


def is_text(path):
    name = os.path.basename(path)
    return (name in ("CMakeLists.txt", "CMakePresets.json", "run", "demo", "install", "kafka")
            or name.endswith((".h", ".cc", ".py", ".sh", ".md", ".yaml", ".xml")))


def is_source(path):
    name = os.path.basename(path)
    return (name in ("CMakeLists.txt", "run", "demo", "install", "kafka")
            or name.endswith((".h", ".cc", ".py", ".sh")))


def find(root, paths, patterns, text_of):
    findings = []
    for path in paths:
        text = text_of(tree.read(root, path))
        for pattern, why in patterns.items():
            for match in re.finditer(pattern, text):
                line = text.count("\n", 0, match.start()) + 1
                findings.append(f"{path}:{line}: '{match.group()}': {why}")
    return findings


def check_top_level(root):
    return [f"{name}: the top folder holds only what was agreed"
            for name in sorted(os.listdir(root)) if name not in TOP_LEVEL]


def check_contracts(root):
    findings = []
    for path in tree.code_files(root):
        if not path.endswith(".h"):
            continue
        text = tree.read(root, path)
        comment = re.match(r"(//[^\n]*\n)+", text)
        first_line = text.split("\n", 1)[0]
        if not comment or not re.match(r"// [\w`]", first_line):
            findings.append(f"{path}:1: begins without a comment that says what it is for")
        once = re.search(r"^#pragma once$", text, re.MULTILINE)
        include = re.search(r"^#\s*include", text, re.MULTILINE)
        if not once or (include and include.start() < once.start()):
            findings.append(f"{path}: expected #pragma once before the first include")
    return findings


def check_lengths(root):
    findings = []
    for path in filter(is_source, tree.files(root)):
        text = tree.read(root, path)
        text = RAW_STRING.sub(lambda raw: "\n" * raw.group().count("\n"), text)
        lines = text.split("\n")[:-1]
        if len(lines) > LINES_MAX:
            findings.append(f"{path}: {len(lines)} lines, at most {LINES_MAX}")
        for number, line in enumerate(lines, 1):
            if len(line) > COLUMNS_MAX and not LINK.search(line):
                findings.append(f"{path}:{number}: {len(line)} columns, at most {COLUMNS_MAX}")
    return findings


def check_banned_code(root):
    return find(root, tree.code_files(root), BANNED_CODE, tree.code_only)


def check_banned_text(root):
    return find(root, filter(is_text, tree.files(root)), BANNED_TEXT, lambda text: text)


def check_built(root):
    """Every .cc is named by a CMakeLists.txt at or above it, or fits a pattern of one."""
    sources = {}
    for path in tree.files(root):
        if os.path.basename(path) == "CMakeLists.txt":
            text = re.sub(r"#[^\n]*", "", tree.read(root, path))
            sources[os.path.dirname(path)] = re.findall(r"[^\s()\"]+\.cc\b", text)

    def is_named(path):
        return any(
            fnmatch.fnmatchcase(path, os.path.join(folder, pattern))
            for folder, patterns in sources.items()
            if not folder or path.startswith(folder + "/")
            for pattern in patterns)

    return [f"{path}: no CMakeLists.txt builds it"
            for path in tree.code_files(root) if path.endswith(".cc") and not is_named(path)]


def clang_format():
    """The formatter's name, when the right version of it is here."""
    for name in (f"clang-format-{CLANG_FORMAT_VERSION}", "clang-format"):
        if shutil.which(name):
            version = subprocess.run([name, "--version"], capture_output=True, text=True).stdout
            if re.search(rf"version {CLANG_FORMAT_VERSION}\.", version):
                return name
    return None


FORMATTER_MISSING = f"no clang-format {CLANG_FORMAT_VERSION} here: the form is not checked"


def check_format(root):
    files = tree.code_files(root)
    run = subprocess.run([clang_format(), "--dry-run", "-Werror", *files], cwd=root,
                         capture_output=True, text=True)
    if run.returncode == 0:
        return []
    found = re.findall(r"^(\S+?:\d+):\d+: error", run.stderr, re.MULTILINE)
    return sorted(set(found)) or [run.stderr]


class SourceText(unittest.TestCase):
    maxDiff = None

    def test_top_level_is_as_agreed(self):
        self.assertEqual(check_top_level(ROOT), [])

    def test_every_header_begins_with_its_contract(self):
        self.assertEqual(check_contracts(ROOT), [])

    def test_files_and_lines_are_short(self):
        self.assertEqual(check_lengths(ROOT), [])

    def test_no_banned_code(self):
        self.assertEqual(check_banned_code(ROOT), [])

    def test_no_banned_text(self):
        self.assertEqual(check_banned_text(ROOT), [])

    def test_every_source_is_built(self):
        self.assertEqual(check_built(ROOT), [])

    @unittest.skipUnless(clang_format(), FORMATTER_MISSING)
    def test_code_is_formatted(self):
        self.assertEqual(check_format(ROOT), [])


class EachRuleCanFail(unittest.TestCase):
    GOOD_HEADER = "// Says what it is for.\n#pragma once\n\n#include <string>\n"

    def findings(self, check, files):
        with tempfile.TemporaryDirectory() as root:
            for path, text in files.items():
                full = os.path.join(root, path)
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, "w", encoding="utf-8") as file:
                    file.write(text)
            return check(root)

    def test_rules(self):
        cases = [
            ("a stray file", check_top_level, "notes.txt", "x"),
            ("a stray folder", check_top_level, "src/a.h", self.GOOD_HEADER),
            ("no contract", check_contracts, "stages/a.h", "#pragma once\n"),
            ("a banner for a contract", check_contracts, "stages/a.h", "// ====\n#pragma once\n"),
            ("no pragma", check_contracts, "stages/a.h", "// Says.\n#include <string>\n"),
            ("pragma too late", check_contracts, "stages/a.h",
             "// Says.\n#include <string>\n#pragma once\n"),
            ("a long line", check_lengths, "stages/a.cc", "//" + "-" * 99 + "\n"),
            ("a long file", check_lengths, "stages/a.cc", "\n" * 601),
            ("format", check_banned_code, "stages/a.cc", "auto s = std::" "format(1);\n"),
            ("expected", check_banned_code, "stages/a.h", "std::" "expected<int, int> a;\n"),
            ("all of std", check_banned_code, "stages/a.cc", "using  namespace std;\n"),
            ("an exception", check_banned_code, "stages/a.cc", "if (a) thr" "ow 1;\n"),
            ("NULL", check_banned_code, "stages/a.cc", "char* a = NULL;\n"),
            ("behind a digit separator", check_banned_code, "stages/a.cc", "f(1'000, NULL, 'a');"),
            ("behind a quote in a comment", check_banned_code, "stages/a.cc", '// "\nNULL; // "'),
            ("unfinished", check_banned_text, "stages/a.cc", "// TO" "DO: later\n"),
            ("this machine", check_banned_text, "deploy/run", "cd /wo" "rk/main\n"),
            ("not built", check_built, "stages/a.cc", ""),
        ]
        for name, check, path, text in cases:
            with self.subTest(name):
                found = self.findings(check, {path: text})
                self.assertEqual(len(found), 1, found)

    def test_what_is_allowed(self):
        cases = [
            ("a good header", check_contracts, {"stages/a.h": self.GOOD_HEADER}),
            ("words in comments and literals", check_banned_code,
             {"stages/a.cc": '// We throw none.\nauto a = "NULL"; auto b = R"(throw " )";\n'}),
            ("a raw string", check_lengths, {"a.h": 'a(R"(\n' + "a" * 100 + '\n)");\n'}),
            ("a long link", check_lengths, {"a.h": "// https://" + "a" * 100 + "\n"}),
            ("built by name", check_built,
             {"stages/CMakeLists.txt": "add_library(a text/b.cc)\n", "stages/text/b.cc": ""}),
            ("built by pattern", check_built,
             {"tests/CMakeLists.txt": "tests(stages/*_test.cc)\n", "tests/stages/x/a_test.cc": ""}),
        ]
        for name, check, files in cases:
            with self.subTest(name):
                self.assertEqual(self.findings(check, files), [])

    @unittest.skipUnless(clang_format(), FORMATTER_MISSING)
    def test_format(self):
        files = {".clang-format": "BasedOnStyle: Google\n", "a.cc": "int a  = 1;\n"}
        self.assertEqual(len(self.findings(check_format, files)), 1)
        files["a.cc"] = "int a = 1;\n"
        self.assertEqual(self.findings(check_format, files), [])


if __name__ == "__main__":
    sys.exit(unittest.main())
