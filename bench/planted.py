"""A labelled stream of wire stories: originals, variants of them that a desk would know again, and
look-alikes that are other news. The same seed gives the same stream.

    bench/planted.py OUT [--seed N] [--half tuned|held-out] [--originals N]

writes OUT.tsv (id, time in seconds, language, headline and body between tabs, with \\\\, \\n and
\\t escaped) and OUT.labels.jsonl. A label has `kind` (original, or the kind of variant), `lead_id`
(the originals it is a variant of, a comma between them), `group` (the template of a look-alike),
`lang` and `src` (which original it was made from).

The stories are real ones of COPYDESK_SHARED. Half of them, and nothing else, is what thresholds
may be chosen on: the half `tuned`. Figures are reported on the other.
"""

import argparse
import calendar
import collections
import hashlib
import json
import lzma
import os
import pathlib
import random
import re
import zlib

from variants import COMMON, FIGURE, KINDS, Story, company_of, look_alike, vary

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = pathlib.Path(os.environ.get("COPYDESK_SHARED", ROOT.parent / "shared"))
HOUR = 3600
GAP = 25  # seconds between originals
# Reuters' stories up to this number are of the tuned half; of the others it is those with a hash
# in the last three tenths. But for the pairs of lookalikes.tsv the verdict was fitted to no others.
TUNED_REUTERS = 5000
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()


def hash_of(text):
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def paragraphs_of(text):
    text = text.strip()
    for pattern in (r"\n {3,}(?=\S)", r"\n\s*\n", r"\n"):
        parts = re.split(pattern, text)
        if len(parts) > 1:
            break
    else:
        sentences = re.split(r"(?<=[.!?።])\s+", text)
        parts = [" ".join(sentences[i:i + 2]) for i in range(0, len(sentences), 2)]
    parts = [re.sub(r"\s+", " ", part).strip() for part in parts]
    if parts and re.fullmatch(r"(?i)\W*reuters?\W*", parts[-1]):
        parts.pop()
    return [part for part in parts if part]


def read(path):
    opened = lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else open(
        path, encoding="utf-8")
    with opened as lines:
        for line in lines:
            yield json.loads(line)


def half_of(name):
    number = name.split("-")[-1]
    if name.startswith("reuters-") and int(number) <= TUNED_REUTERS:
        return "tuned"
    return "tuned" if hash_of("split" + name) % 1000 >= 700 else "held-out"


def load(half):
    """The stories of a half, those of Reuters in the order they came."""
    folder = SHARED / "data" / "stories"
    found, others = [], []
    for x in read(folder / "reuters-21578-train.jsonl.xz"):
        if x.get("type", "NORM") == "NORM" and len(x["body"].split()) >= 12:
            text = x["dateline"].strip() + " " + x["body"]
            found.append((x["id"], "en", x["title"], text, x["date"]))
    for x in read(folder / "masakhane-news.jsonl.xz"):
        others.append((x["id"], {"eng": "en", "fra": "fr"}.get(x["lang"], x["lang"]), x["title"],
                       x["text"]))
    for x in read(folder / "muc34-newswire.jsonl"):
        others.append((x["id"], "en", x["title"] or " ".join(x["text"].split()[:9]), x["text"]))
    found.sort(key=lambda story: (time_of(story[4]), story[0]))
    return tuple([Story(*story[:3], paragraphs_of(story[3])) for story in stories
                  if half_of(story[0]) == half and len(story[3].split()) >= 12]
                 for stories in (found, others))


def seconds_of(time):
    year, month, day, clock = time
    if not year:
        return 0
    hours, minutes, seconds = (int(part) for part in clock.split(":"))
    days = calendar.timegm((int(year), month + 1, day, 0, 0, 0))
    return days + min(hours, 23) * HOUR + min(minutes, 59) * 60 + min(seconds, 59)


def time_of(date):
    match = re.match(r"\s*(\d+)-(\w+)-(\d+) (\d+:\d+:\d+)", date)
    if not match:
        return "", 0, 0, ""
    return match[3], MONTHS.index(match[2][:3]), int(match[1]), match[4]


def shingles(words):
    return {zlib.crc32(" ".join(words[i:i + 3]).encode()) for i in range(max(1, len(words) - 2))}


def words_of(story):
    return re.findall(r"\w+", " ".join(story.paragraphs).lower())


def skeleton_of(story):
    """A story's words without its figures, dates and what its headline names."""
    names = {word for word in re.findall(r"\w+", story.headline.lower()) if word not in COMMON}
    return shingles(["#" if re.search(r"\d", word) else "@" if word in names else word
                     for word in words_of(story)])


def sort_out(stories):
    """Drops what repeats an earlier story of the corpus, and names the template of look-alikes.

    Two stories that share much are look-alikes when their skeletons are alike and they share few
    figures, or few figures and another company; else the later one is dropped."""
    holders = collections.defaultdict(list)
    kept, sets, skeletons = [], {}, {}
    for story in stories:
        own, skeleton = shingles(words_of(story)), skeleton_of(story)
        shared, alike = collections.Counter(), collections.Counter()
        for shingle in own:
            shared.update(holders[shingle])
        for shingle in skeleton:
            alike.update(holders["@", shingle][-12:])
        is_repeat = False
        for place, count in (shared | alike).most_common(60):
            other = kept[place]
            least = min(len(own), len(sets[place]))
            both = alike[place] / max(1, len(skeleton) + len(skeletons[place]) - alike[place])
            figures, its = ({f.replace(",", "") for f in FIGURE.findall(s.body())}
                            for s in (story, other))
            # What stands in both is news of one event where nearly all figures do as well.
            agree = len(figures & its) / max(1, min(len(figures), len(its)))
            if both >= 0.4 and min(len(figures), len(its)) >= 2 and agree <= 0.4:
                story.group = other.group = other.group or other.name
            elif shared[place] >= 0.15 * least or both >= 0.4:
                is_repeat = True
                break
        if is_repeat:
            continue
        for shingle in own:
            if len(holders[shingle]) < 8:
                holders[shingle].append(len(kept))
        for shingle in skeleton:
            holders["@", shingle].append(len(kept))
        sets[len(kept)], skeletons[len(kept)] = own, skeleton
        kept.append(story)
    return kept


def make_stream(seed, half, count):
    random_ = random.Random(f"{seed} {half}")
    reuters, others = load(half)
    # A tenth of each gives paragraphs to variants, each story once, and is not in the stream.
    donors = collections.defaultdict(list)
    for stories in (reuters, others):
        for story in random_.sample(stories, len(stories) // 10):
            donors[story.lang].append(story)
    given = {id(story) for stories in donors.values() for story in stories}
    random_.shuffle(others)
    originals = []
    for stories, wanted in ((reuters, int(count * 0.7)), (others, count - int(count * 0.7))):
        left = [story for story in stories if id(story) not in given]
        begin = random_.randrange(max(1, len(left) - wanted))
        originals += sort_out(left[begin:begin + wanted])
    random_.shuffle(originals)
    companies = [company_of(s.headline) for s in originals if s.group]
    langs = {lang for lang, stories in donors.items() if len(stories) > 1}
    stream, recent, waiting = [], [], []
    for i, story in enumerate(originals):
        now = i * GAP
        story.time = now
        batch = [story]
        if story.group and random_.random() < 0.5:
            batch.append(look_alike(random_, story, companies))
        if len(recent) > 50 and random_.random() < 0.25:
            kind = random_.choices(list(KINDS), list(KINDS.values()))[0]
            pool = [s for s in recent if s.lang in langs][-6000:]
            batch.append(vary(random_, kind, pool, donors))
        for made in filter(None, batch):
            # A variant comes a minute to a day after what it was made from at the earliest.
            made.time = now + (0 if made is story else random_.randrange(60, 24 * HOUR))
            waiting.append(made)
        recent.append(story)
        waiting.sort(key=lambda s: s.time)
        while waiting and waiting[0].time <= now:
            arrived = waiting.pop(0)
            stream.append(arrived)
            if arrived.kind in ("exact", "format", "light", "headline"):
                recent.append(arrived)
    return stream + waiting


def escape(text):
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def write_stream(stream, out):
    """Writes OUT.tsv and OUT.labels.jsonl."""
    ids = {id(story): f"s{place:06}" for place, story in enumerate(stream)}
    with open(f"{out}.tsv", "w", encoding="utf-8") as tsv, \
            open(f"{out}.labels.jsonl", "w", encoding="utf-8") as labels:
        for story in stream:
            own = ids[id(story)]
            tsv.write("\t".join((own, str(1_000_000_000 + story.time), story.lang,
                                 escape(story.headline), escape(story.body()))) + "\n")
            leads = "" if story.kind == "original" else ",".join(ids[id(r)] for r in story.roots)
            labels.write(json.dumps({"id": own, "kind": story.kind, "lead_id": leads,
                                     "group": story.group, "lang": story.lang,
                                     "src": story.name}) + "\n")


def write_reuters(path):
    """Writes all Reuters stories in the order they came. Returns their times by id, in seconds."""
    stories = [x for x in read(SHARED / "data" / "stories" / "reuters-21578-train.jsonl.xz")
               if x["body"].split()]
    times = {x["id"]: seconds_of(time_of(x["date"])) for x in stories}
    stories.sort(key=lambda x: (times[x["id"]], int(x["id"].split("-")[1])))
    with open(path, "w", encoding="utf-8") as tsv:
        for x in stories:
            body = (x["dateline"].strip() + " " + x["body"]).strip()
            tsv.write("\t".join((x["id"], str(times[x["id"]]), "en", escape(x["title"]),
                                 escape(body))) + "\n")
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--half", choices=("tuned", "held-out"), default="held-out")
    parser.add_argument("--originals", type=int, default=9000)
    options = parser.parse_args()
    stream = make_stream(options.seed, options.half, options.originals)
    write_stream(stream, options.out)
    counts = collections.Counter(story.kind for story in stream)
    alike = sum(1 for story in stream if story.group and story.kind == "original")
    print(f"{len(stream)} stories, {alike} look-alikes: {dict(counts.most_common())}")


if __name__ == "__main__":
    main()
