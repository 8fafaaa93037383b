"""Scores what copydesk decides of repeats, pick-ups, excerpts, updates and look-alikes.

A stream of real stories with planted variants and look-alikes (planted.py) goes through the stages
normalize and deduplicate (bench/deduplicate_contestant.cc). A story is right when it is called a
duplicate of something and leads to a story that is a variant of the same original, or is it. An
original that is called a duplicate, and a duplicate with another lead, are wrong.

Then all Reuters stories of the corpus in the order they came, and pairs of them that were read and
judged (lookalikes.tsv): S says the same and is to be joined, D is other news and is to be kept
apart. A pair is joined when both are in one cluster. The verdict was fitted to most parts of these
pairs, which is no proof; the part `fourth` is held out.

Thresholds may be chosen on the half `tuned` of the stories; what is reported is `held-out`.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

import planted
import variants

ROOT = pathlib.Path(__file__).resolve().parent.parent
WINDOW_HOURS = 72
# What each figure must be at least, or at most.
GOALS = {"F1": 0.97, "ARI": 0.88, "heavy": 0.90, "ocr": 0.90, "update": 0.98, "correct": 0.98,
         "update named": 0.98, "correct named": 0.98, "look-alikes joined": 0.03,
         "originals called duplicate": 0.003}
GOALS.update({kind: 0.99 for kind in variants.LIGHT})
GOALS.update({f"real {what}, {part}": 0.9 for what in ("look-alikes apart", "re-sends joined")
              for part in ("fitted", "first", "second", "third", "fourth")})
AT_MOST = ("look-alikes joined", "originals called duplicate")
NAMES = {"update": "revision", "correct": "correction"}


class Joined:
    """Sets of stories that were joined."""

    def __init__(self):
        self.parent = {}

    def find(self, story):
        self.parent.setdefault(story, story)
        while self.parent[story] != story:
            self.parent[story] = self.parent[self.parent[story]]
            story = self.parent[story]
        return story

    def join(self, a, b):
        self.parent[self.find(a)] = self.find(b)


def decide(contestant, stream, folder):
    """What the stages say of each story of a stream: (lead or None, relation)."""
    out = folder / "decisions.tsv"
    done = subprocess.run([contestant, stream, out, f"window={WINDOW_HOURS}"], capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{contestant} failed: {done.stderr}")
    decisions = {}
    with open(out, encoding="utf-8") as lines:
        for line in lines:
            story, lead, _, relation = line.rstrip("\n").split("\t")
            decisions[story] = (None if lead == "-" else lead, relation)
    return decisions, json.loads(done.stdout)


def rand_index(pairs):
    """Adjusted Rand index of two partitions, from a list of (class in one, class in the other)."""
    def twos(counts):
        return sum(n * (n - 1) / 2 for n in counts.values())
    both = twos(collections.Counter(pairs))
    first = twos(collections.Counter(a for a, _ in pairs))
    second = twos(collections.Counter(b for _, b in pairs))
    chance = first * second / (len(pairs) * (len(pairs) - 1) / 2)
    return (both - chance) / ((first + second) / 2 - chance)


class Share:
    def __init__(self):
        self.hits = self.all = 0

    def add(self, hit):
        self.hits += bool(hit)
        self.all += 1

    def value(self):
        return self.hits / self.all if self.all else 0.0


def score(labels, decisions):
    """The figures by name, each a number or a Share; and the stories that were decided wrongly."""
    roots = {x["id"]: set(x["lead_id"].split(",")) if x["lead_id"] else {x["id"]} for x in labels}
    shares = collections.defaultdict(Share)
    precision, recall, wrong, joined = Share(), Share(), [], Joined()
    for x in labels:
        lead, relation = decisions[x["id"]]
        is_duplicate = x["kind"] != "original"
        is_right = is_duplicate and lead is not None and bool(roots[lead] & roots[x["id"]])
        if lead is not None:
            precision.add(is_right)
            if x["kind"] != "roundup":
                joined.join(x["id"], lead)
        if is_duplicate:
            recall.add(is_right)
            shares[x["kind"]].add(is_right)
            if x["kind"] in NAMES:
                shares[x["kind"] + " named"].add(relation == NAMES[x["kind"]])
        else:
            shares["look-alikes joined" if x["group"] else "originals called duplicate"].add(lead)
        if is_duplicate != is_right or (lead is not None) != is_duplicate:
            wrong.append((x["kind"], x["id"], lead or "-", relation, x["src"]))
    p, r = precision.value(), recall.value()
    clusters = [(min(roots[x["id"]]), joined.find(x["id"])) for x in labels
                if x["kind"] != "roundup"]
    figures = {"precision": precision, "recall": recall, "F1": 2 * p * r / max(p + r, 1e-9),
               "ARI": rand_index(clusters)}
    figures.update(sorted(shares.items()))
    return figures, wrong


def score_pairs(decisions, times):
    """Which of the judged pairs are joined, of those that the window can hold, part by part."""
    joined = Joined()
    for story, (lead, _) in decisions.items():
        if lead is not None:
            joined.join(story, lead)
    shares, wrong = {}, []
    for line in open(ROOT / "bench" / "lookalikes.tsv", encoding="utf-8"):
        if line.startswith("#"):
            continue
        a, b, verdict, part = line.split()
        if abs(times[a] - times[b]) > WINDOW_HOURS * planted.HOUR:
            continue
        what = "re-sends joined" if verdict == "S" else "look-alikes apart"
        is_right = (joined.find(a) == joined.find(b)) == (verdict == "S")
        shares.setdefault(f"real {what}, {part}", Share()).add(is_right)
        if not is_right:
            wrong.append((f"{what}, {part}", b, a, verdict, ""))
    return shares, wrong


def show(figures):
    """Prints the figures beside their goals. Returns whether all goals are reached."""
    reached = True
    for name, figure in figures.items():
        value = figure.value() if isinstance(figure, Share) else figure
        counts = f"{figure.hits} of {figure.all}" if isinstance(figure, Share) else ""
        goal, verdict = GOALS.get(name), ""
        if goal is not None:
            is_reached = value <= goal if name in AT_MOST else value >= goal
            reached &= is_reached
            verdict = f"{'at most' if name in AT_MOST else 'at least'} {goal}"
            verdict += "" if is_reached else "  MISSED"
        print(f"{name:34}{value:8.4f}  {counts:16}{verdict}")
    return reached


def main():
    parser = argparse.ArgumentParser(prog="bench/quality duplicates", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--half", choices=("tuned", "held-out"), default="held-out")
    parser.add_argument("--originals", type=int, default=8000)
    parser.add_argument("--stream", help="score NAME.tsv with NAME.labels.jsonl instead")
    parser.add_argument("--contestant", default=ROOT / "build/release/bin/deduplicate_contestant")
    parser.add_argument("--wrong", type=int, default=0, metavar="N",
                        help="also show the first N stories that were decided wrongly")
    parser.add_argument("--check", action="store_true", help="fail when a goal is missed")
    options = parser.parse_args()
    if not (planted.SHARED / "data" / "stories").is_dir():
        print(f"SKIPPED: no stories in {planted.SHARED}; set COPYDESK_SHARED", file=sys.stderr)
        sys.exit(77)

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        stream = options.stream or folder / "planted"
        if not options.stream:
            planted.write_stream(
                planted.make_stream(options.seed, options.half, options.originals), stream)
        with open(f"{stream}.labels.jsonl", encoding="utf-8") as lines:
            labels = [json.loads(line) for line in lines]
        decisions, run = decide(options.contestant, f"{stream}.tsv", folder)
        figures, wrong = score(labels, decisions)
        times = planted.write_reuters(folder / "reuters.tsv")
        pairs, wrong_pairs = score_pairs(
            decide(options.contestant, folder / "reuters.tsv", folder)[0], times)
        figures.update(pairs)
        wrong += wrong_pairs
    what = options.stream or f"seed {options.seed}, half {options.half}"
    print(f"{what}: {len(labels)} stories, {run['stories_per_s']} stories/s, "
          f"{run['index_bytes'] / max(1, run['index_stories']):.0f} bytes a story in the index")
    reached = show(figures)
    for line in wrong[:options.wrong]:
        print("\t".join(line))
    sys.exit(0 if reached or not options.check else 1)


if __name__ == "__main__":
    main()
