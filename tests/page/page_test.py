"""The worker's page, driven in a real headless Chromium.

How: a worker on the embedded broker is fed the samples and stories that try to break out of their
text; then the page is looked at as a reader would: rates, plots, topology, lag, stories, filters,
themes and widths. Chromium's own log must stay empty: no script error, nothing refused by the
page's content security policy, nothing asked of the network.

Skipped aloud where Chromium, its driver or Selenium is missing. COPYDESK_BIN_DIR is the folder of
the program; COPYDESK_SCREENSHOTS, a folder for pictures.
"""

import json
import os
import pathlib
import re
import shutil
import sys
import tempfile
import time
import unittest

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import Select, WebDriverWait
    MISSED = "" if shutil.which("chromium") and shutil.which("chromedriver") else (
        "no chromium and chromedriver (Debian: chromium, chromium-driver)")
except ImportError:
    MISSED = "no Selenium (Debian: python3-selenium)"

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
from running import SECONDS_MAX, Worker  # found where the line above says

SCREENSHOTS = os.environ.get("COPYDESK_SCREENSHOTS")

LONG = ("High winds closed the port of Lisbon on Monday, its operator said, after 14 ships were "
        "sent to Setubal. The port handles ten million tonnes of cargo a year and is the largest "
        "on that coast. Ferries across the bay were halted and a bridge was closed to lorries. "
        "Nobody was hurt, the fire brigade said, and the port will open again on Tuesday.")
STORIES = [
    {"uri": "urn:evil:1", "version": "1", "versioncreated": "2026-11-10T00:00:00Z",
     "headline": "<script>document.title='broken in'</script> Toyota <img src=x onerror=alert(1)>",
     "body_text": "Poland said </div><script>fetch('http://evil.example/')</script> \"'&amp; \u202e."},
    {"uri": "javascript:alert(1)\"><b>", "version": "<i>2</i>", "language": "\"onload=\"x",
     "versioncreated": "2026-11-10T00:00:00Z", "headline": "An uri that is none"},
    {"uri": "urn:plain:1", "versioncreated": "2026-11-10T01:00:00Z", "headline": "Rain in Oslo",
     "body_text": "OSLO, Nov 10 (MNA) - It rained in Norway."},
    {"uri": "urn:plain:2", "versioncreated": "2026-11-10T02:00:00Z", "headline": "Rain in Oslo",
     "body_text": "OSLO, Nov 10 (MNA) - It rained in Norway."},
    {"uri": "urn:alike:1", "versioncreated": "2026-11-10T03:00:00Z", "headline": "Storm shuts port",
     "body_text": LONG},
    {"uri": "urn:alike:2", "versioncreated": "2026-11-10T04:00:00Z", "headline": "Port is shut",
     "body_text": LONG + " It rained."},
    {"uri": "urn:none:1"},
]


@unittest.skipIf(MISSED, f"the page is not tested: {MISSED}")
class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        folder = pathlib.Path(temporary.name)
        cls.worker = Worker(folder)
        cls.addClassCleanup(cls.worker.close)
        evil = folder / "evil.jsonl"
        evil.write_text("".join(json.dumps(story) + "\n" for story in STORIES), encoding="utf-8")
        cls.worker.feed(ROOT / "configs" / "samples")
        cls.worker.wait_until_ended(118)
        # Of a burst a sample is shown, of what comes calmly all.
        time.sleep(2)
        cls.worker.feed(evil)
        cls.worker.wait_until_ended(118 + len(STORIES))

        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                         "--disable-dev-shm-usage", f"--user-data-dir={folder}/profile",
                         # Nothing but the worker's own address may be resolved.
                         "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        cls.browser = webdriver.Chrome(service=Service(shutil.which("chromedriver")),
                                       options=options)
        cls.addClassCleanup(cls.browser.quit)

    def setUp(self):
        self.browser.set_window_size(1280, 1000)
        self.browser.get(self.worker.address + "/")
        self.wait(lambda: self.all("article"))
        self.wait(lambda: self.all("#chart-rate path.line[d^=M]"))

    def tearDown(self):
        self.assertEqual(self.browser.get_log("browser"), [])

    def wait(self, condition):
        return WebDriverWait(self.browser, SECONDS_MAX).until(lambda _: condition())

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def texts(self, selector):
        return self.browser.execute_script(
            "return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)",
            selector)

    def one(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def take_picture(self, name):
        if not SCREENSHOTS:
            return
        width = self.browser.execute_script("return innerWidth")
        height = self.browser.execute_script("return document.documentElement.scrollHeight")
        self.browser.set_window_size(width, min(height + 140, 4000))
        time.sleep(0.3)
        self.browser.save_screenshot(os.path.join(SCREENSHOTS, name + ".png"))

    def test_shows_what_flows(self):
        self.assertEqual(self.browser.title, "copydesk newswire")
        self.wait(lambda: self.one("#state").text == "working")
        tiles = " ".join(self.texts(".tile"))
        self.assertIn(f"{118 + len(STORIES)} in all", tiles)
        self.assertRegex(tiles, r"dead-lettered[^a-z]*/s16 in all")
        for chart in ("rate", "latency", "lag"):
            self.assertTrue(self.all(f"#chart-{chart} .grid"), chart)
        self.assertEqual(self.texts("#topology .stage text"),
                         ["normalize", "deduplicate", "tag", "publish"])
        self.wait(lambda: all(re.fullmatch(r"[\d.]+/s", text)
                              for text in self.texts("#topology [data-rate]")))
        self.wait(lambda: self.texts("#lags tbody td")[:3] == ["wire.raw", "0", "0"])
        self.assertIn("normalize", self.texts("#work td"))
        self.assertIn("invalid-json", self.texts("#errors td"))

    def test_shows_stories_with_mentions_and_decisions(self):
        self.assertGreaterEqual(len(self.all("article")), len(STORIES) + 10)
        self.assertTrue(self.all("article h3 mark.place, article .body mark.place"))
        self.assertTrue(self.all("article .not-story"))
        self.assertTrue(self.all("article.dead-lettered"))
        whys = self.texts("article .why")
        self.assertTrue(any("nothing like it in the window" in why for why in whys), whys)
        alike = [why for why in whys if "near-duplicate of urn:alike:1" in why]
        self.assertRegex("".join(alike), r"same words as an earlier story \(\d\d % alike\)$")

    def test_stories_stay_text(self):
        self.one("#find").send_keys("urn:evil")
        self.wait(lambda: len(self.all("article")) == 1)
        article = self.one("article")
        self.assertIn("<script>document.title='broken in'</script> Toyota <img", article.text)
        self.assertIn("</div><script>fetch(", article.text)
        self.assertEqual(self.texts("article mark.organisation"), ["Toyota"])
        self.assertEqual(self.all("article script, article img, article b, article i"), [])
        self.one("#find").clear()
        self.one("#find").send_keys("javascript:")
        self.wait(lambda: len(self.all("article")) == 1)
        self.assertIn("v<i>2</i>", self.one("article").text)
        self.assertEqual(self.browser.title, "copydesk newswire")

    def test_filters(self):
        everything = len(self.all("article"))
        button = self.one("article .entities button.place")
        name = re.sub(r" ×\d+$", "", button.text)
        button.click()
        self.assertEqual(self.one("#find").get_attribute("value"), name)
        found = self.all("article")
        self.assertTrue(0 < len(found) < everything)
        for text in self.texts("article"):
            self.assertIn(name.lower(), text.lower())
        self.one("#find").clear()
        self.one("#find").send_keys(" ")
        Select(self.one("#outcome")).select_by_visible_text("diverted")
        self.wait(lambda: set(self.texts("article .badge:first-child")) == {"duplicates"})
        Select(self.one("#outcome")).select_by_visible_text("any outcome")
        Select(self.one("#relation")).select_by_visible_text("original")
        self.wait(lambda: set(self.texts("article .relation")) == {"original"})

    def test_themes(self):
        def paper():
            return self.browser.execute_script(
                "return getComputedStyle(document.body).backgroundColor")
        def cycle_to(name):
            self.wait(lambda: self.one("#theme").click() or self.one("#theme").text == name)
        cycle_to("Light")
        light = paper()
        self.take_picture("desktop-light")
        self.browser.set_window_size(1280, 1000)
        cycle_to("Dark")
        self.assertNotEqual(paper(), light)
        self.take_picture("desktop-dark")
        # It is remembered.
        self.browser.get(self.worker.address + "/")
        self.assertEqual(self.one("#theme").text, "Dark")
        cycle_to("Theme")

    def overlaps(self):
        """The pairs of the page's parts that cover each other."""
        return self.browser.execute_script("""
            const boxes = [...document.querySelectorAll("main > *, .tile")].map((part) =>
              [part.id || part.className || part.textContent, part.getBoundingClientRect(), part]);
            const pairs = boxes.flatMap((a, i) => boxes.slice(i + 1).map((b) => [a, b]));
            return pairs.filter(([[, a, of], [, b, other]]) => !of.contains(other) &&
                a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
              .map(([[a], [b]]) => `${a} covers ${b}`)""")

    def test_parts_stand_beside_each_other(self):
        for width in (1280, 1000, 700):
            self.browser.set_window_size(width, 1000)
            time.sleep(0.3)
            self.assertEqual(self.overlaps(), [], width)

    def test_fits_a_phone(self):
        for theme in ("light", "dark"):
            self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
                "width": 375, "height": 800, "deviceScaleFactor": 2, "mobile": True})
            self.browser.execute_script("document.documentElement.dataset.theme = arguments[0]",
                                        theme)
            self.wait(lambda: self.browser.execute_script("return innerWidth") == 375)
            time.sleep(1.2)  # the plots are drawn anew
            wide = self.browser.execute_script(
                "return [...document.querySelectorAll('body *')].filter((e) => "
                "e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll'))"
                ".map((e) => e.outerHTML.slice(0, 120))")
            self.assertEqual(wide, [])
            self.assertEqual(self.overlaps(), [])
            self.assertLessEqual(self.browser.execute_script(
                "return document.documentElement.scrollWidth"), 375)
            if SCREENSHOTS:
                self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
                    "width": 375, "height": 2600, "deviceScaleFactor": 1, "mobile": True})
                time.sleep(0.5)
                self.browser.save_screenshot(os.path.join(SCREENSHOTS, f"phone-{theme}.png"))
        self.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

    def test_pause_and_a_worker_that_is_gone(self):
        self.one("#pause").click()
        self.assertEqual(self.one("#pause").text, "Go on")
        self.one("#pause").click()
        self.wait(lambda: self.one("#state").text == "working")


if __name__ == "__main__":
    sys.exit(unittest.main())
