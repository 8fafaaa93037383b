"""Variants of a wire story, each as a desk or a careless copier would make it, and look-alikes: the
same template with another company and other figures.

A maker changes a copy of the story; what it draws comes from the random generator it is given."""

import re

SYNONYMS = dict(pair.split("=") for pair in """said=stated told=informed about=around also=as-well
after=following before=ahead-of because=since but=however company=firm government=administration
increase=rise decline=drop rose=gained fell=declined expected=forecast official=spokesman
large=big many=numerous during=throughout would=might could=can people=persons country=nation
talks=negotiations meeting=session announced=disclosed report=account plan=scheme new=fresh
end=close first=initial market=exchange price=cost share=stock police=officers agreement=accord
attack=assault killed=slain president=leader minister=secretary help=aid show=indicate
say=state""".split())
BOILERPLATE = ("Also read: Ten things to know before markets open",
               "Click here for more stories on this subject",
               "Sources: company statements, agency reports, staff interviews",
               "(Reporting by the newsroom; editing by the desk)",
               "For help with this service please call your local help desk",
               "All rights reserved. Reproduction only with the written consent of the publisher.")
DATELINES = ("LONDON, Nov 12 - ", "PARIS (Agencies) - ", "NEW YORK, Nov 13 - ", "Geneva: ")
LIGHT = ("exact", "format", "headline", "reorder", "light", "boiler", "trunc30", "trunc50",
         "trunc70", "excerpt", "expand", "roundup")
KINDS = {"exact": 8, "format": 12, "headline": 8, "reorder": 6, "light": 12, "heavy": 12, "ocr": 8,
         "boiler": 8, "trunc30": 4, "trunc50": 4, "trunc70": 4, "excerpt": 8, "expand": 6,
         "update": 8, "correct": 8, "roundup": 6}
COMMON = set("""
qtr net loss profit inc corp co ltd 1st 2nd 3rd 4th first second third fourth quarter year sets
regular dividend payout div quarterly declares the of a in to for by on and at mln dlrs dlr pct
oper shr initial raises ups votes up months semi annual says sees more new
""".split())
FIGURE = re.compile(r"\d[\d,./-]*\d|\d")


class Story:
    def __init__(self, name, lang, headline, paragraphs):
        self.name, self.lang, self.headline, self.paragraphs = name, lang, headline, paragraphs
        self.kind, self.roots, self.group, self.time = "original", [self], "", 0

    def body(self):
        return "\n    ".join(self.paragraphs)

    def words(self):
        return sum(len(paragraph.split()) for paragraph in self.paragraphs)

    def copy(self, kind):
        variant = Story(self.name, self.lang, self.headline, list(self.paragraphs))
        variant.kind, variant.roots = kind, self.roots
        return variant


def look_alike(random_, story, companies):
    """The same template with another company and other figures: other news."""
    made = story.copy("original")
    made.roots, made.group = [made], story.group
    company = random_.choice(companies)
    old = company_of(story.headline)
    shift = random_.choice((3, 7, 11, 13))

    def change(match):
        return "".join(str((int(c) + shift + i) % 10 or 4) if c.isdigit() else c
                       for i, c in enumerate(match[0]))

    def swap(text):
        named = re.sub(re.escape(old), lambda _: company, text, flags=re.I)
        return FIGURE.sub(change, named)

    made.headline = swap(story.headline)
    made.paragraphs = [swap(paragraph) for paragraph in story.paragraphs]
    made.name += "*"
    return made if old.lower() in story.body().lower() and FIGURE.search(story.body()) else None


def company_of(headline):
    words = re.findall(r"[\w&.'-]+", headline.split("<")[0])
    name = []
    for word in words:
        if word.lower().strip(".") in COMMON and word.lower() not in ("inc", "corp", "co", "ltd"):
            break
        name.append(word)
    return " ".join(name[:4]) or headline


def replace_words(random_, text, share, by):
    words = text.split(" ")
    for i, word in enumerate(words):
        if word and random_.random() < share:
            words[i] = by(word)
    return " ".join(word for word in words if word)


def other_word(random_, donor):
    donor_words = [word for word in donor.body().split() if not FIGURE.search(word)] or ["that"]

    def other(word):
        core = word.strip(".,;:\"'()")
        if FIGURE.search(word):
            return word
        if core.lower() in SYNONYMS:
            return word.replace(core, SYNONYMS[core.lower()].replace("-", " "))
        # With another name in its place it would be other news.
        taken = word if core[:1].isupper() else random_.choice(donor_words).lower()
        return random_.choice(("", word, taken))
    return other


def reformat(random_, story, _donor):
    body = story.paragraphs
    body[0] = random_.choice(DATELINES) + body[0]
    body[:] = [p.replace("'", "’").replace(' "', " “").replace("  ", " ") for p in body]
    if random_.random() < 0.5:
        body.insert(0, "By " + random_.choice(("Ann Ludgate", "Piotr Sedlar", "Our Correspondent")))
    if random_.random() < 0.5:
        body.append(random_.choice(("REUTER", "(AP)", "-- Agencies", "AFP/dpa")))
    if random_.random() < 0.2:
        body[:] = [p.upper() for p in body]


def light(random_, story, donor):
    # Some words are left as they are: 5 to 15 in 100 change.
    share = random_.uniform(0.08, 0.2)
    other = other_word(random_, donor)
    story.paragraphs[:] = [replace_words(random_, p, share, other) for p in story.paragraphs]


def heavy(random_, story, donor):
    sentences = [s for p in story.paragraphs for s in re.split(r"(?<=[.!?።])\s+", p) if s]
    kept = [s for s in sentences if random_.random() > 0.2] or sentences
    for _ in range(len(kept) // 3):
        i = random_.randrange(len(kept))
        kept.insert(random_.randrange(len(kept)), kept.pop(i))
    other = other_word(random_, donor)
    share = random_.uniform(0.2, 0.35)
    kept = [replace_words(random_, s, share, other) for s in kept]
    story.paragraphs[:] = [" ".join(kept[i:i + 2]) for i in range(0, len(kept), 2)]
    reheadline(random_, story, donor)


def ocr(random_, story, _donor):
    share = random_.uniform(0.015, 0.04)
    similar = {"o": "0", "l": "1", "e": "c", "m": "rn", "i": "l", "a": "o", "s": "5", "n": "u"}

    def noise(text):
        return "".join(
            (random_.choice((similar.get(c.lower(), ""), c + c, similar.get(c.lower(), c)))
             if c.isalpha() and random_.random() < share else c) for c in text)
    story.headline = noise(story.headline)
    story.paragraphs[:] = [noise(p) for p in story.paragraphs]


def reheadline(random_, story, donor):
    words = story.body().split()
    begin = random_.randrange(max(1, len(words) // 2))
    story.headline = " ".join(words[begin:begin + 6] + donor.headline.split()[:2])


def reorder(random_, story, _donor):
    first, rest = story.paragraphs[:1], story.paragraphs[1:]
    random_.shuffle(rest)
    story.paragraphs[:] = rest + first


def boiler(random_, story, _donor):
    for line in random_.sample(BOILERPLATE, 3):
        story.paragraphs.insert(random_.randrange(1, len(story.paragraphs) + 1), line)


def truncate(share):
    def cut(_random, story, _donor):
        left, kept = share * story.words(), []
        for paragraph in story.paragraphs:
            words = paragraph.split(" ")
            kept.append(" ".join(words[:max(1, int(left))]))
            left -= len(words)
            if left < 1:
                break
        story.paragraphs[:] = kept
    return cut


def excerpt(random_, story, donor):
    long = [p for p in story.paragraphs if len(p.split()) >= 25]
    story.paragraphs[:] = [random_.choice(long)]
    reheadline(random_, story, donor)


def expand(random_, story, donor):
    wanted = random_.uniform(0.2, 0.8) * story.words()
    for paragraph in donor.paragraphs:
        if wanted <= 0:
            break
        story.paragraphs.insert(random_.randrange(1, len(story.paragraphs) + 1), paragraph)
        wanted -= len(paragraph.split())


def change_figures(random_, story, count):
    places = [(i, m) for i, p in enumerate(story.paragraphs) for m in FIGURE.finditer(p)]
    chosen = random_.sample(places, min(count, len(places)))
    for i, match in sorted(chosen, key=lambda place: -place[1].start()):
        digits = match[0]
        changed = digits[:-1] + str((int(digits[-1]) + random_.randrange(1, 9)) % 10)
        p = story.paragraphs[i]
        story.paragraphs[i] = p[:match.start()] + changed + p[match.end():]


def update(random_, story, donor):
    story.headline = f"UPDATE {random_.randrange(1, 4)}-{story.headline}"
    change_figures(random_, story, random_.randrange(1, 4))
    story.paragraphs[1:1] = donor.paragraphs[:random_.randrange(1, 3)]


def correct(random_, story, _donor):
    story.headline = "CORRECTED-" + story.headline
    change_figures(random_, story, 1)


MAKERS = {"exact": lambda *_: None, "format": reformat, "headline": reheadline, "reorder": reorder,
          "light": light, "heavy": heavy, "ocr": ocr, "boiler": boiler, "trunc30": truncate(0.3),
          "trunc50": truncate(0.5), "trunc70": truncate(0.7), "excerpt": excerpt, "expand": expand,
          "update": update, "correct": correct}


GIVEN_TO = ("expand", "update")


def suits(kind, story):
    words = story.words()
    if kind == "excerpt":
        return len(story.paragraphs) >= 3 and any(len(p.split()) >= 25 for p in story.paragraphs)
    if kind == "reorder":
        return len(story.paragraphs) >= 3
    if kind in ("update", "correct"):
        return words >= 40 and FIGURE.search(story.body()) and story.lang == "en"
    return words >= {"heavy": 60, "trunc30": 80, "ocr": 40, "light": 40}.get(kind, 30)


def vary(random_, kind, recent, donors):
    """A variant of one of `recent`, or nothing when none that was drawn suits."""
    for _ in range(20):
        parent = random_.choice(recent)
        if kind == "roundup":
            parts = random_.sample(recent, random_.randrange(3, 6))
            if any(p.lang != "en" or p.kind not in ("original", "exact") or p.group or
                   not 40 <= p.words() <= 400 for p in parts):
                continue
            made = Story("roundup", "en", "ROUND-UP OF THE DAY",
                         [paragraph for part in parts for paragraph in part.paragraphs])
            made.kind, made.roots = kind, [root for p in parts for root in p.roots]
            return made
        if parent.kind == "roundup" or not suits(kind, parent):
            continue
        giving = donors[parent.lang]
        made = parent.copy(kind)
        MAKERS[kind](random_, made, giving[-1])
        if kind in GIVEN_TO and len(giving) > 1:
            giving.pop()
        return made
    return None
