// The worker's page. Whatever comes from stories, topics or headers is put in as text, never as
// mark-up.
"use strict";

const POLL_MS = 1000;
const POINTS_MAX = 900;
const STORIES_MAX = 100;
// A point: [at, consumed, published, diverted, held, dead-lettered, lag, lag seconds, p50, p99].
const AT = 0;
const SERIES = {
  rate: [["consumed", 1, "blue"], ["published", 2, "green"], ["diverted", 3, "amber"],
         ["dead-lettered", 5, "red"]],
  latency: [["p50", 8, "blue"], ["p99", 9, "violet"]],
  lag: [["records", 6, "amber"]],
};

const $ = (id) => document.getElementById(id);
let points = [], stories = [], lastStory = 0, isPaused = false, cursor = null, status = null;
const relations = new Set();

function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

function drawn(name, attributes = {}, text = "") {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.textContent = text;
  return node;
}

function number(value) {
  if (value === null || value === undefined) return "–";
  if (value === 0) return "0";
  if (value < 10) return value.toFixed(1).replace(/\.0$/, "");
  if (value < 10000) return Math.round(value).toLocaleString("en");
  if (value < 1e6) return (value / 1e3).toFixed(value < 1e5 ? 1 : 0) + "k";
  return (value / 1e6).toFixed(1) + "M";
}

function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds === 0) return "0 s";
  if (seconds < 1e-3) return number(seconds * 1e6) + " µs";
  if (seconds < 1) return number(seconds * 1e3) + " ms";
  if (seconds < 120) return number(seconds) + " s";
  if (seconds < 7200) return number(seconds / 60) + " min";
  if (seconds < 172800) return number(seconds / 3600) + " h";
  return number(seconds / 86400) + " d";
}

// --- plots ---

function linearTicks(max) {
  const step = 10 ** Math.floor(Math.log10(max || 1));
  const nice = max / step > 5 ? step * 2 : max / step > 2 ? step : step / 2;
  const ticks = [];
  for (let tick = 0; tick <= max * 1.0001; tick += nice) ticks.push(tick);
  return ticks;
}

function plot(name, format, isLogarithmic) {
  const svg = $("chart-" + name), width = svg.clientWidth, height = svg.clientHeight;
  if (!width) return;
  const left = 46, right = width - 6, top = 8, bottom = height - 16;
  const series = SERIES[name];
  const values = points.flatMap((point) => series.map(([, i]) => point[i])).filter((v) => v !== null);
  let max = Math.max(...values, isLogarithmic ? 0.01 : 1);
  if (isLogarithmic) max = 10 ** Math.ceil(Math.log10(max) - 1e-9);
  const min = isLogarithmic ? Math.min(...values.filter((v) => v > 0), 0.001) : 0;
  const share = (v) => isLogarithmic
    ? Math.log(Math.max(v, min) / min) / Math.log(max / min) : v / max;
  const end = points.length ? points[points.length - 1][AT] : 0;
  const begin = points.length ? Math.min(points[0][AT], end - 60000) : 0;
  const x = (at) => left + (right - left) * (at - begin) / Math.max(end - begin, 1);
  const y = (v) => bottom - (bottom - top) * share(v);

  const nodes = [];
  let ticks = isLogarithmic ? [] : linearTicks(max);
  if (isLogarithmic) {
    const every = Math.ceil(Math.log10(max / min) / 4);
    for (let p = Math.ceil(Math.log10(min) - 1e-9); 10 ** p <= max * 1.001; p += every) ticks.push(10 ** p);
  }
  for (const tick of ticks) {
    nodes.push(drawn("line", {class: "grid", x1: left, x2: right, y1: y(tick), y2: y(tick)}));
    nodes.push(drawn("text", {class: "tick", x: left - 6, y: y(tick) + 3.5, "text-anchor": "end"}, format(tick)));
  }
  const minutes = Math.round((end - begin) / 60000);
  nodes.push(drawn("text", {class: "tick", x: left, y: height - 3}, minutes ? minutes + " min ago" : ""));
  nodes.push(drawn("text", {class: "tick", x: right, y: height - 3, "text-anchor": "end"}, "now"));
  for (const [, i, colour] of series) {
    let path = "", isOpen = false;
    for (const [k, point] of points.entries()) {
      if (point[i] === null) { isOpen = false; continue; }
      const isAlone = !isOpen && (k + 1 === points.length || points[k + 1][i] === null);
      if (isAlone) nodes.push(drawn("circle", {class: "dot " + colour, cx: x(point[AT]), cy: y(point[i]), r: 1.6}));
      path += `${isOpen ? "L" : "M"}${x(point[AT]).toFixed(1)} ${y(point[i]).toFixed(1)}`;
      isOpen = true;
    }
    nodes.push(drawn("path", {class: "line " + colour, d: path}));
  }
  let shown = points[points.length - 1];
  if (cursor !== null && points.length) {
    const at = begin + (end - begin) * (cursor * width - left) / (right - left);
    shown = points.reduce((best, point) =>
      Math.abs(point[AT] - at) < Math.abs(best[AT] - at) ? point : best);
    nodes.push(drawn("line", {class: "cursor", x1: x(shown[AT]), x2: x(shown[AT]), y1: top, y2: bottom}));
  }
  svg.replaceChildren(...nodes);
  const key = series.map(([label, i, colour]) =>
    element("span", {}, element("i", {class: colour}), `${label} ${shown ? format(shown[i]) : "–"}`));
  if (cursor !== null && shown) {
    key.unshift(element("span", {}, new Date(shown[AT]).toLocaleTimeString()));
  }
  $("key-" + name).replaceChildren(...key);
}

function plotAll() {
  plot("rate", number, false);
  plot("latency", duration, true);
  plot("lag", number, false);
}

// --- status ---

function tile(label, value, note, isAlarm) {
  return element("div", {class: isAlarm ? "tile alarm" : "tile"},
    element("span", {class: "faint"}, label), element("b", {}, value),
    element("span", {class: "faint"}, note));
}

function showTiles() {
  const {rates, totals, lags} = status;
  const lag = lags.reduce((sum, one) => sum + one.records, 0);
  const behind = lags.map((one) => one.seconds).filter((s) => s !== null);
  const flow = (label, name, isAlarm = false) =>
    tile(label, number(rates[name] || 0) + "/s", number(totals[name] || 0) + " in all",
         isAlarm && rates[name] > 0);
  $("tiles").replaceChildren(
    flow("consumed", "source"), flow("published", "published"), flow("diverted", "diverted"),
    flow("held", "held"), flow("dead-lettered", "dead-lettered", true), flow("recalls", "emitted"),
    tile("lag", lags.length ? number(lag) : "–",
         behind.length ? duration(Math.max(...behind)) + " behind" : "records", false));
}

function barCell(value, most) {
  const bar = element("div");
  bar.style.width = 100 * value / most + "%";
  return element("td", {class: "bar"}, ...(value ? [bar] : []));
}

function showTables() {
  const most = Math.max(...status.lags.map((lag) => lag.records), 1);
  const rows = status.lags.map((lag) => element("tr", {}, element("td", {}, lag.topic),
    element("td", {class: "n"}, String(lag.partition)), element("td", {class: "n"}, number(lag.records)),
    element("td", {class: "n"}, duration(lag.seconds)), barCell(lag.records, most)));
  if (!rows.length) rows.push(element("tr", {}, element("td", {class: "empty", colspan: "5"}, "not known yet")));
  $("lags").tBodies[0].replaceChildren(...rows);

  // What encode is given is what is published and diverted.
  const encoded = (status.totals.published || 0) + (status.totals.diverted || 0);
  const work = ["decode", ...status.stages, "encode"].map((stage) => {
    const {seconds, records} = status.work[stage] || {seconds: 0, records: 0};
    const share = stage === "encode" ? encoded : records;
    return {stage, seconds: share ? seconds / share : null};
  });
  const longest = Math.max(...work.map((one) => one.seconds || 0));
  $("work").tBodies[0].replaceChildren(...work.map(({stage, seconds}) => element("tr", {}, element("td", {}, stage),
    element("td", {class: "n"}, duration(seconds)), barCell(seconds, longest))));
  const errors = status.errors.map((error) => element("tr", {}, element("td", {}, error.code),
    element("td", {class: "faint"}, error.stage), element("td", {class: "n"}, number(error.count))));
  if (!errors.length) errors.push(element("tr", {}, element("td", {class: "empty"}, "none")));
  $("errors").tBodies[0].replaceChildren(...errors);
}

function showStatus() {
  document.title = "copydesk " + status.name;
  $("name").textContent = status.name;
  $("about").textContent = `${status.version} · ${status.threads} thread${status.threads > 1 ? "s" : ""} · ` +
    `up ${duration((status.now - status.started) / 1000)}`;
  setState(!status.ready ? "not ready" : status.paused ? "waits for its outputs" : "working", status.ready && !status.paused);
  for (const text of document.querySelectorAll("#topology [data-rate]")) {
    const rate = status.rates[text.dataset.rate];
    text.textContent = rate === undefined ? "" : number(rate) + "/s";
  }
  showTiles();
  showTables();
}

function setState(text, isGood) {
  $("state").textContent = text;
  $("state").className = isGood ? "badge good" : "badge bad";
}

// --- stories ---

function runs(list, entities) {
  return list.map((run) => {
    if (typeof run === "string") return run;
    if (run.x !== undefined) return element("span", {class: "not-story", title: "not the story: " + run.x}, run.t);
    const entity = entities[run.m];
    return element("mark", {class: entity.type, title: `${entity.name} · ${entity.type} · ${entity.id}`}, run.t);
  });
}

function relationText(relation) {
  const lead = relation.lead ? ` of ${relation.lead.uri}${relation.lead.version ? " v" + relation.lead.version : ""}` : "";
  const alike = relation.similarity === undefined ? "" : ` (${Math.round(100 * relation.similarity)} % alike)`;
  return `${relation.kind}${relation.late ? ", late," : ""}${lead}: ${relation.rule}${alike}`;
}

function storyNode(story) {
  const meta = element("div", {class: "meta"}, element("span", {class: "badge"}, story.output || story.outcome));
  if (story.relation) meta.append(element("span", {class: "badge relation"}, story.relation.kind + (story.relation.late ? ", late" : "")));
  if (story.notice && !(story.relation && story.relation.kind === story.notice)) meta.append(element("span", {class: "badge"}, story.notice));
  meta.append(`${story.uri || ""} ${story.version ? "v" + story.version : ""} ${story.language || ""}`);
  const node = element("article", {class: story.outcome}, meta);
  if (story.error) {
    node.append(element("h3", {}, story.error.code),
      element("div", {class: "body"}, `${story.error.stage}: ${story.error.text}`));
  } else {
    if (story.headline.length) node.append(element("h3", {dir: "auto"}, ...runs(story.headline, story.entities)));
    if (story.body.length) {
      node.append(element("div", {class: "body", dir: "auto"}, ...runs(story.body, story.entities), story.more ? " …" : ""));
    }
    if (story.relation) node.append(element("p", {class: "why"}, relationText(story.relation)));
    const buttons = story.entities.map((entity) => {
      const button = element("button", {type: "button", class: entity.type, title: entity.id},
        entity.name + (entity.count > 1 ? " ×" + entity.count : ""));
      button.addEventListener("click", () => { $("find").value = entity.name; showStories(); });
      return button;
    });
    if (buttons.length) node.append(element("div", {class: "entities"}, ...buttons));
  }
  node.append(element("p", {class: "why"}, `${story.topic} [${story.partition}] at ${story.offset}`));
  return node;
}

// What a story can be found by.
function haystack(story) {
  const text = (list) => (list || []).map((run) => typeof run === "string" ? run : run.t).join("");
  const entities = (story.entities || []).map((entity) => `${entity.name} ${entity.id}`).join(" ");
  return `${story.uri || ""} ${text(story.headline)} ${entities} ${story.error ? story.error.code : ""}`.toLowerCase();
}

function showStories() {
  const find = $("find").value.trim().toLowerCase(), relation = $("relation").value, outcome = $("outcome").value;
  const found = stories.filter((story) =>
    (!outcome || story.outcome === outcome) &&
    (!relation || (story.relation && story.relation.kind === relation)) &&
    (!find || haystack(story).includes(find)));
  $("shown").textContent = `${found.length} of ${stories.length} sampled`;
  const nodes = found.slice().reverse().map((story) => story.node || (story.node = storyNode(story)));
  if (!nodes.length) nodes.push(element("p", {class: "empty"}, stories.length ? "none of them fits" : "none yet"));
  $("stories").replaceChildren(...nodes);
}

function takeStories(answer) {
  if (answer.last < lastStory) stories = [];
  if (answer.last === lastStory && stories.length) return;
  lastStory = answer.last;
  stories = stories.concat(answer.stories).slice(-STORIES_MAX);
  for (const story of answer.stories) {
    if (!story.relation || relations.has(story.relation.kind)) continue;
    relations.add(story.relation.kind);
    $("relation").append(element("option", {}, story.relation.kind));
  }
  showStories();
}

// --- the page's life ---

async function ask(path) {
  const answer = await fetch(path, {cache: "no-store"});
  if (!answer.ok) throw new Error(path + ": " + answer.status);
  return answer.json();
}

async function poll() {
  try {
    if (isPaused) return;
    const since = points.length ? points[points.length - 1][AT] : 0;
    const started = status && status.started;
    status = await ask("api/status?since=" + since);
    if (started && started !== status.started) { points = []; lastStory = 0; stories = []; }
    points = points.concat(status.points).slice(-POINTS_MAX);
    showStatus();
    plotAll();
    takeStories(await ask("api/stories?after=" + lastStory));
  } catch (error) {
    setState("no answer", false);
  } finally {
    setTimeout(poll, POLL_MS);
  }
}

async function showTopology() {
  const text = await (await fetch("topology.svg")).text();
  const svg = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  svg.removeAttribute("width");
  svg.removeAttribute("height");
  $("topology").replaceChildren(document.importNode(svg, true));
}

function setTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  $("theme").textContent = theme ? theme[0].toUpperCase() + theme.slice(1) : "Theme";
  try { localStorage.setItem("theme", theme); } catch (error) { /* not kept then */ }
}

function start() {
  let theme = "";
  try { theme = localStorage.getItem("theme") || ""; } catch (error) { /* as the system has it */ }
  setTheme(theme);
  $("theme").addEventListener("click", () => {
    const order = ["", "light", "dark"];
    setTheme(order[(order.indexOf(document.documentElement.dataset.theme || "") + 1) % 3]);
  });
  $("pause").addEventListener("click", () => {
    isPaused = !isPaused;
    $("pause").setAttribute("aria-pressed", String(isPaused));
    $("pause").textContent = isPaused ? "Go on" : "Pause";
  });
  for (const event of ["input", "change"]) $("filter").addEventListener(event, showStories);
  $("filter").addEventListener("submit", (event) => event.preventDefault());
  for (const name of Object.keys(SERIES)) {
    const svg = $("chart-" + name);
    svg.addEventListener("pointermove", (event) => {
      const box = svg.getBoundingClientRect();
      cursor = (event.clientX - box.left) / box.width;
      plotAll();
    });
    svg.addEventListener("pointerleave", () => { cursor = null; plotAll(); });
  }
  addEventListener("resize", plotAll);
  showTopology().catch(() => {}).finally(poll);
}

start();
