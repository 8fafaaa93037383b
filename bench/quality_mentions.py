"""Scores the mentions that copydesk finds against labelled stories: exact span and type.

A labelled file has a story a line: {"id", "lang", "title", "text", "entities": [{"start", "end",
"type", "link"}]}, start and end in code points of the text. Where it has an "eval_span", only
what lies inside counts; what is "optional" counts neither way. Types other than person,
organisation and place are not asked for; a mention of one of the three where the labels have
another type, or nothing, is wrong.

Where labels link to Wikidata or GeoNames, mentions count by id as well: right is one whose span and
id are those of the label. Labels of the three types without a link are not asked for, nor is what
is found there; a mention whose id is of another list than the label's is not right. "agree" leaves
that aside: of the mentions right by span and type, and with an id of the label's list, how many
have the label's.

The stories go through the tag stage alone: their datelines are labelled, and normalize would set
them aside.
"""

import argparse
import collections
import glob
import json
import lzma
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = pathlib.Path(os.environ.get("COPYDESK_SHARED", ROOT.parent / "shared"))
TYPES = ("person", "organisation", "place")
DEFAULT_FILES = ("aida-conll-dev", "ieer-newswire-en", "geo-tr-news",
                 "elevant-news-fair-v2-no-coref", "conll2002-es-testa", "factrueval-ru",
                 "anercorp-ar", "zh-peoples-daily-dev")
CONFIG = """name: quality
source: {{files: [none]}}
stages:
  - tag: {tag}
outputs: {{published: published, deadletter: deadletter}}
"""


class Score:
    """Counts of one type, or of all, in one file."""

    def __init__(self):
        self.right = self.found = self.labelled = 0

    def add(self, other):
        self.right += other.right
        self.found += other.found
        self.labelled += other.labelled

    def precision(self):
        return self.right / self.found if self.found else 0.0

    def recall(self):
        return self.right / self.labelled if self.labelled else 0.0

    def f1(self):
        both = self.found + self.labelled
        return 2 * self.right / both if both else 0.0


class Result:
    def __init__(self):
        self.scores = {kind: Score() for kind in TYPES}
        self.by_id = Score()
        self.id_right = self.id_compared = 0
        self.errors = collections.defaultdict(list)  # (kind of error, what) -> contexts

    def total(self):
        total = Score()
        for score in self.scores.values():
            total.add(score)
        return total


def read_labels(path):
    return [json.loads(line) for line in open(path, encoding="utf-8") if line.strip()]


def unpacked(path, folder):
    """The path of a dictionary source; an .xz is unpacked into `folder`."""
    if path.suffix != ".xz":
        return path
    target = folder / path.stem
    target.write_bytes(lzma.open(path).read())
    return target


def tag(stories, options, folder):
    """The mentions of each story's text, as dicts with start and end in code points."""
    dictionaries = [str(unpacked(pathlib.Path(found).resolve(), folder))
                    for pattern in options.dictionary for found in sorted(glob.glob(pattern))]
    settings = {"dictionary": dictionaries}
    settings.update(setting.split("=", 1) for setting in options.set)
    if "rules" not in settings and options.rules:
        settings["rules"] = str(pathlib.Path(options.rules).resolve())
    (folder / "config.yaml").write_text(CONFIG.format(tag=json.dumps(settings)))
    with open(folder / "stories.jsonl", "w", encoding="utf-8") as out:
        for story in stories:
            record = {"uri": story["id"], "headline": story.get("title", ""),
                      "language": story.get("lang", ""), "body_text": story["text"]}
            out.write(json.dumps(record) + "\n")
    done = subprocess.run([options.copydesk, "tag", "-c", folder / "config.yaml", "--format",
                           "json", folder / "stories.jsonl"], capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(f"copydesk tag failed: {done.stderr.decode()}")
    lines = done.stdout.decode().rstrip("\n").split("\n")
    assert len(lines) == len(stories), (len(lines), len(stories))
    found = []
    for line in lines:
        mentions = [m for m in json.loads(line)["copydesk"]["mentions"]
                    if m["field"] == "body_text"]
        for mention in mentions:
            mention["start"], mention["end"] = mention["codepoints"]
        found.append(mentions)
    return found


def list_of(entity):
    """Whose id it is: Wikidata's, GeoNames', or nobody's that labels link to."""
    found = re.match(r"(Q)\d|(geonames):", entity or "")
    return found[1] or found[2] if found else None


def context(text, start, end):
    shown = text[max(0, start - 40):start] + "[" + text[start:end] + "]" + text[end:end + 40]
    return " ".join(shown.split())


def score_story(story, mentions, types, result, options):
    text = story["text"]
    low, high = story.get("eval_span") or (0, len(text))
    labels = [e for e in story["entities"] if low <= e["start"] and e["end"] <= high]
    wanted = {(e["start"], e["end"]): e for e in labels
              if e["type"] in types and not e.get("optional")}
    spared = [e for e in labels if e.get("optional") or
              (options.spare_untyped and e.get("raw_type") == "OTHER" and not e.get("link"))]
    found = {}
    linked = {span: e["link"] for span, e in wanted.items() if list_of(e.get("link"))}
    unlinked = [e for span, e in wanted.items() if span not in linked]
    result.by_id.labelled += len(linked)
    for mention in mentions:
        span = (mention["start"], mention["end"])
        if mention["type"] not in types or span[0] < low or span[1] > high:
            continue
        if any(e["start"] < span[1] and span[0] < e["end"] for e in spared):
            continue
        found[span] = mention
        if mention.get("id") and not any(e["start"] < span[1] and span[0] < e["end"]
                                         for e in unlinked):
            result.by_id.found += 1
            result.by_id.right += linked.get(span) == mention["id"]
    for span, label in wanted.items():
        result.scores[label["type"]].labelled += 1
        mention = found.get(span)
        if mention and mention["type"] == label["type"]:
            result.scores[label["type"]].right += 1
            link = label.get("link") or ""
            if list_of(link) and list_of(link) == list_of(mention.get("id")):
                result.id_compared += 1
                result.id_right += link == mention["id"]
                if link != mention["id"]:
                    what = f"{text[span[0]:span[1]]} {mention['id']} for {link}"
                    result.errors["other id", what].append(context(text, *span))
            continue
        near = [m for s, m in found.items() if s[0] < span[1] and span[0] < s[1]]
        surface = " ".join(text[span[0]:span[1]].split())
        if mention:
            kind, what = "other type", f"{surface}: {mention['type']} for {label['type']}"
        elif near:
            other = " ".join(text[near[0]["start"]:near[0]["end"]].split())
            kind, what = "other span", f"{other} [{near[0]['by']}] for {surface}: {label['type']}"
        else:
            kind, what = "missed", f"{surface}: {label['type']}"
        result.errors[kind, what].append(context(text, *span))
    for span, mention in found.items():
        result.scores[mention["type"]].found += 1
        if any(s[0] < span[1] and span[0] < s[1] for s in wanted):
            continue
        surface = " ".join(text[span[0]:span[1]].split())
        over = [e["type"] for e in labels if e["start"] < span[1] and span[0] < e["end"]]
        where = f" (in {over[0]})" if over else ""
        what = f"{surface}: {mention['type']} [{mention['by']}]{where}"
        result.errors["invented", what].append(context(text, *span))


def score_file(path, options):
    stories = read_labels(path)
    labelled_types = {e["type"] for story in stories for e in story["entities"]}
    types = [kind for kind in TYPES if kind in labelled_types]
    result = Result()
    with tempfile.TemporaryDirectory() as folder:
        found = tag(stories, options, pathlib.Path(folder))
    for story, mentions in zip(stories, found):
        score_story(story, mentions, types, result, options)
    return types, result


def print_errors(result, options):
    kinds = collections.Counter()
    for (kind, _), contexts in result.errors.items():
        kinds[kind] += len(contexts)
    print("  " + ", ".join(f"{count} {kind}" for kind, count in kinds.most_common()))
    for kind, _ in kinds.most_common():
        print(f"  {kind}:")
        worst = sorted(((what, contexts) for (k, what), contexts in result.errors.items()
                        if k == kind), key=lambda error: (-len(error[1]), error[0]))
        for what, contexts in worst[:options.errors]:
            print(f"    {len(contexts):4} {what}   … {contexts[0]}")


def by_id_text(result):
    """Precision, recall and F1 by id, or nothing where no label has one."""
    by_id = result.by_id
    if not by_id.labelled:
        return ""
    agree = result.id_right / max(1, result.id_compared)
    return (f"{by_id.precision():.2f}, {by_id.recall():.2f}, {by_id.f1():.2f} "
            f"(agree {agree:.2f} of {result.id_compared})")


def write_table(page, reports):
    """Replaces what stands between the page's two marks by a row a file."""
    rows = ["| file | labelled | precision | recall | F1 | F1 by type | by id |",
            "|---|---:|---:|---:|---:|---|---|"]
    for name, result in reports:
        total = result.total()
        types = ", ".join(f"{kind} {score.f1():.2f}" for kind, score in result.scores.items()
                          if score.labelled)
        rows.append(f"| {name} | {total.labelled} | {total.precision():.3f} | "
                    f"{total.recall():.3f} | {total.f1():.3f} | {types} | {by_id_text(result)} |")
    text = page.read_text(encoding="utf-8")
    marks = ("<!-- mentions -->\n", "<!-- end of mentions -->\n")
    if any(text.count(mark) != 1 for mark in marks):
        sys.exit(f"{page}: expected one line '{marks[0].strip()}' and one '{marks[1].strip()}'")
    before, rest = text.split(marks[0])
    after = rest.split(marks[1])[1]
    page.write_text(before + marks[0] + "\n".join(rows) + "\n" + marks[1] + after,
                    encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(
        prog="bench/quality mentions", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE", help="labelled files; default: those "
                        "of COPYDESK_SHARED/data/mentions")
    parser.add_argument("--dictionary", action="append", default=[], metavar="PATH",
                        help="source or glob, .xz too; default: the starter and aliases-core")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE",
                        help="a further key of the tag stage")
    parser.add_argument("--rules",
                        default=str(ROOT / "configs" / "dictionaries" / "names.yaml"),
                        help="the rules for names nobody listed")
    parser.add_argument("--spare-untyped", action="store_true",
                        help="labels that name something without link or type (aida-conll-dev has "
                        "1,128) count neither way")
    parser.add_argument("--errors", type=int, default=0, metavar="N",
                        help="print the N most frequent errors of each kind")
    parser.add_argument("--write", type=pathlib.Path, metavar="PAGE",
                        help="put the table for readers into PAGE, between its lines "
                        "'<!-- mentions -->' and '<!-- end of mentions -->'")
    parser.add_argument("--copydesk", type=pathlib.Path,
                        default=ROOT / "build" / "release" / "bin" / "copydesk")
    options = parser.parse_args()
    data = SHARED / "data"
    if not options.dictionary:
        options.dictionary = [str(ROOT / "configs" / "dictionaries" / "*.jsonl"),
                              str(data / "dictionaries" / "aliases-core.tsv.xz")]
    files = [pathlib.Path(f) for f in options.files]
    for file in files:
        if not file.is_file():
            parser.error(f"{file}: no such file; a labelled file of stories was expected")
    if not files:
        files = [data / "mentions" / f"{name}.jsonl" for name in DEFAULT_FILES]
        files = [f for f in files if f.is_file()] or sys.exit(
            f"no labelled files in {data / 'mentions'}; set COPYDESK_SHARED or name files")
    print("| file | type | labelled | found | precision | recall | F1 | by id |")
    print("|---|---|---:|---:|---:|---:|---:|---:|", flush=True)
    reports = []
    for path in files:
        types, result = score_file(path, options)
        rows = [(kind, result.scores[kind]) for kind in types]
        if len(types) > 1:
            rows.append(("**all**", result.total()))
        for kind, score in rows:
            ids = by_id_text(result) if kind == rows[-1][0] else ""
            print(f"| {path.stem} | {kind} | {score.labelled} | {score.found} | "
                  f"{score.precision():.3f} | {score.recall():.3f} | {score.f1():.3f} | {ids} |",
                  flush=True)
        reports.append((path.stem, result))
    if options.write:
        write_table(options.write, reports)
    if options.errors:
        for name, result in reports:
            print(f"\n{name}:")
            print_errors(result, options)


if __name__ == "__main__":
    main()
