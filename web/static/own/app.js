// What every page does with script on top of what it does without.

const lang = document.documentElement.lang;
const relative = new Intl.RelativeTimeFormat(lang, { numeric: "always" });
const exact = new Intl.DateTimeFormat(lang, { dateStyle: "full", timeStyle: "medium" });
const clock = new Intl.DateTimeFormat(lang, { timeStyle: "medium", hour12: false });

// The same steps as Relative in view/format.go.
const steps = [
  [45 * 60, 60, "minute"],
  [22 * 3600, 3600, "hour"],
  [26 * 86400, 86400, "day"],
  [320 * 86400, 30 * 86400, "month"],
  [Infinity, 365 * 86400, "year"],
];

function ago(at) {
  const seconds = (at - Date.now()) / 1000;
  if (Math.abs(seconds) < 45) return null; // what the server says: just now
  const [, size, unit] = steps.find(([below]) => Math.abs(seconds) < below);
  return relative.format(Math.sign(seconds) * Math.max(1, Math.round(Math.abs(seconds) / size)), unit);
}

// Times are kept true, and shown in the zone of whoever looks.
function showTimes() {
  for (const el of document.querySelectorAll("time[data-relative], time[data-clock]")) {
    const at = new Date(el.dateTime);
    const title = exact.format(at);
    if (el.title !== title) el.title = title;
    const text = "clock" in el.dataset ? clock.format(at) : ago(at);
    if (text && el.textContent !== text) el.textContent = text;
  }
}

// A form that came back with faults: show and go to the first. One that came back with
// an answer: go there.
function showFault() {
  const wrong = document.querySelector("form [aria-invalid='true']");
  if (!wrong) return document.querySelector("main [role='status'][tabindex]")?.focus();
  for (const el of document.querySelectorAll("details:has([aria-invalid='true'])")) el.open = true;
  wrong.focus();
}

function lost(yes) {
  const note = document.getElementById("lost");
  if (note) note.hidden = !yes;
}

document.documentElement.classList.add("script"); // shows what is of no use without
document.querySelector(".top nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
showTimes();
showFault();
setInterval(showTimes, 20_000);

document.addEventListener("htmx:after:swap", showTimes);
document.addEventListener("htmx:after:swap", (event) => {
  if (event.target.matches("#task-form, #account-form, #domain-form, #directory-form, #rule-form")) showFault();
});
document.addEventListener("htmx:sse:after:connection", () => lost(false));
document.addEventListener("htmx:sse:after:message", () => lost(false));
document.addEventListener("htmx:sse:error", (event) => {
  if (event.detail.status === 401) location.reload(); // logged out: this leads to the login
  else lost(true);
});

// The box above the others of a list chooses all of the page.
document.addEventListener("change", (event) => {
  if (event.target.id !== "pick-all") return;
  for (const box of document.querySelectorAll("td.pick input")) box.checked = event.target.checked;
});

// What is only there with script: copying a text, and printing.
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.lastElementChild.textContent = button.dataset.done;
  });
}

// A link that is only to be copied is not shown first.
document.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (!button || !("copyLink" in button.dataset) || !navigator.clipboard) return;
  event.preventDefault();
  button.disabled = true;
  try {
    const answer = await fetch(event.target.action, { method: "POST", headers: { Accept: "application/json" } });
    await navigator.clipboard.writeText((await answer.json()).url);
    button.lastElementChild.textContent = button.dataset.done;
  } catch {
    delete button.dataset.copyLink;
    button.disabled = false;
    event.target.requestSubmit(button); // then it is shown
    return;
  }
  button.disabled = false;
});

// What takes its time says so, and is not sent twice.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button?.dataset.busy) return;
  button.setAttribute("aria-busy", "true");
  button.textContent = button.dataset.busy;
  event.target.addEventListener("submit", (again) => again.preventDefault(), { once: true });
});
