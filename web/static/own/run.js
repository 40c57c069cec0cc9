// The page of a run: the graph of its rate, and a log that keeps its end in view.

const maxPoints = 1200;
const maxLines = 1000;

const field = document.querySelector(".graph-field");
const points = { at: [], messages: [], bytes: [] };
let plot, loading;

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

const clock = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "medium", hour12: false });
const units = ["", "k", "M", "G", "T"];
const tenths = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

// Steps of the axis of time.
const seconds = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400];

function short(value) {
  if (value == null) return "";
  let i = 0;
  for (; value >= 1000 && i < units.length - 1; i++) value /= 1000;
  return (value < 10 && value % 1 ? tenths.format(value) : Math.round(value)) + units[i];
}

// What draws is a third of all that a page may weigh, so it is fetched when there is
// something to draw. If that fails it is tried again with the next figures.
function load(src) {
  return new Promise((loaded, failed) => {
    const script = document.createElement("script");
    script.onload = loaded;
    script.onerror = failed;
    script.src = src;
    document.head.append(script);
  });
}

function draw() {
  if (!field || points.at.length < 2) return;
  if (!window.uPlot) {
    loading ??= load(field.dataset.plot).then(draw, () => { loading = undefined; });
    return;
  }
  plot?.destroy();
  field.replaceChildren();
  const text = color("--pico-muted-color");
  const grid = { stroke: color("--pico-table-border-color"), width: 1 };
  const font = "12px " + getComputedStyle(document.body).fontFamily;
  const axis = { stroke: text, font, ticks: { show: false }, gap: 4 };
  const from0 = (least) => (_, min, max) => [0, Math.max(least, max * 1.15)];
  const line = (label, scale, stroke, fill) => ({
    label, scale, stroke, fill, width: 2, points: { show: false }, paths: window.uPlot.paths.spline(),
  });
  plot = new window.uPlot({
    width: field.clientWidth,
    height: field.clientHeight,
    padding: [12, 0, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { messages: { range: from0(10) }, bytes: { range: from0(10_000) } },
    series: [
      {},
      line(field.dataset.messages, "messages", color("--graph-messages"), color("--graph-messages") + "22"),
      line(field.dataset.bytes, "bytes", color("--graph-bytes")),
    ],
    axes: [
      { ...axis, grid: { show: false }, size: 26, space: 90, incrs: seconds, values: (_, all) => all.map((at) => clock.format(at * 1000)) },
      { ...axis, scale: "messages", grid, size: 46, space: 36, values: (_, all) => all.map(short) },
      { ...axis, scale: "bytes", side: 1, grid: { show: false }, size: 46, space: 36, values: (_, all) => all.map(short) },
    ],
  }, [points.at, points.messages, points.bytes], field);
}

// Halves the older points when there are too many: the graph gets coarser with time
// instead of losing its beginning.
function thin() {
  for (const all of Object.values(points)) {
    all.splice(0, all.length, ...all.filter((_, i) => i % 2 === 1));
  }
}

function sample() {
  const rate = document.getElementById("run-rate");
  const at = Number(rate?.dataset.at) / 1000;
  if (!at || at <= (points.at.at(-1) ?? 0)) return;
  points.at.push(at);
  points.messages.push(Number(rate.dataset.messages));
  points.bytes.push(Number(rate.dataset.bytes));
  if (points.at.length > maxPoints) thin();
  if (plot) plot.setData([points.at, points.messages, points.bytes]);
  else draw();
}

const log = document.getElementById("log");
let atEnd = true;

function keepEnd() {
  while (log.children.length > maxLines) log.firstElementChild.remove();
  if (atEnd) log.scrollTop = log.scrollHeight;
}

log.addEventListener("scroll", () => {
  atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
}, { passive: true });

// What was before this page was opened.
for (const point of (field?.dataset.trail ?? "").split(";").filter(Boolean)) {
  const [at, messages, bytes] = point.split(",").map(Number);
  points.at.push(at / 1000);
  points.messages.push(messages);
  points.bytes.push(bytes);
}

// The slider says what it means while it is moved. It, and the messages beside it, take
// effect when they are let go.
const step = document.getElementById("step");
step?.addEventListener("input", () => {
  const words = step.dataset.words.split("|")[step.value];
  document.getElementById("pace-now").textContent = words;
  step.setAttribute("aria-valuetext", words);
});
step?.form.addEventListener("change", () => {
  fetch(step.form.action, { method: "POST", body: new URLSearchParams(new FormData(step.form)), redirect: "manual" });
});
if (step) step.form.querySelector("button").hidden = true;

document.addEventListener("click", (event) => {
  if (event.target.closest("#print")) print();
});
function showPrint() {
  const button = document.getElementById("print");
  if (button) button.hidden = false;
}

keepEnd();
draw();
sample();
showPrint();
document.addEventListener("htmx:sse:after:message", () => {
  sample();
  keepEnd();
  showPrint();
});
if (field) {
  new ResizeObserver(() => plot?.setSize({ width: field.clientWidth, height: field.clientHeight })).observe(field);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}
