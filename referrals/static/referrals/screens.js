// What keeps the pages of referrals current. Without it every page still works: it only does not renew itself.

const RENEWED_LATEST = 45000; // milliseconds without an answer: the page says that it is old
const AT_REST = 1500; // milliseconds without a pointer or a key before a list may change
const LEFT_LYING = 30000; // the same where a pointer lies on the list: nobody aims for longer
const AT_HAND = 8000; // the same for somebody who is inside the list; what they are on stays theirs

const region = () => document.getElementById("live");
const said = document.getElementById("live-said");
const show = document.getElementById("live-show");
const stale = document.getElementById("page-stale");
let renewed = Date.now();
let moved = 0;
let forced = false;
let serverAhead = Date.parse(document.getElementById("engine").dataset.now) - Date.now();

for (const kind of ["pointermove", "pointerdown", "keydown", "scroll"]) {
  addEventListener(kind, () => { moved = performance.now(); }, { passive: true });
}

// A person is about to press something: what they aim at must not move.
function busy() {
  const live = region();
  const quiet = performance.now() - moved;
  const inside = document.activeElement;
  if (quiet < AT_REST || (live.matches(":hover") && quiet < LEFT_LYING)) return true;
  return live.contains(inside) && (!inside.id || quiet < AT_HAND);
}

document.body.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.elt === region()) event.detail.headers["X-Quiet"] = "1"; // looking is not use
});

document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target !== region()) return;
  const next = /data-stamp="([^"]*)"/.exec(event.detail.serverResponse);
  if (event.detail.isError || !next) { // it stays as it is, and says before long that it is old
    event.detail.shouldSwap = false;
    return;
  }
  renewed = Date.now();
  stale.hidden = true;
  takeEngine(event.detail.serverResponse);
  const same = next[1] === region().dataset.stamp;
  if (same || (busy() && !forced)) event.detail.shouldSwap = false;
  if (same || forced || !busy()) {
    show.hidden = true;
    if (!same) tell("Changed and renewed");
    forced = false;
  } else {
    if (show.hidden) tell("This has changed"); // once, and not at each look
    show.hidden = false;
  }
});

// Whether anybody is being chased is shown at once, whatever a person is doing.
function takeEngine(text) {
  const next = new DOMParser().parseFromString(text, "text/html").getElementById("engine");
  const now = document.getElementById("engine");
  if (!next) return;
  if (next.innerHTML.trim() !== now.innerHTML.trim()) now.innerHTML = next.innerHTML;
  serverAhead = Date.parse(next.dataset.now) - Date.now();
  const count = document.querySelector("[data-count]");
  if (!count || !("unseen" in next.dataset)) return;
  if (count.textContent !== next.dataset.unseen) count.textContent = next.dataset.unseen;
  count.parentElement.hidden = next.dataset.unseen === "0";
}

function tell(what) {
  said.textContent = `${what} at ${new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: "Europe/London" })}.`;
}

if (show) {
  show.addEventListener("click", () => {
    forced = true;
    show.hidden = true;
    window.htmx.trigger(region(), "refresh");
    document.getElementById("main").focus();
  });
}

// Held back while somebody was busy: taken over when they rest.
setInterval(() => {
  if (show && !show.hidden && region() && !busy()) window.htmx.trigger(region(), "refresh");
}, 2000);

setInterval(() => {
  if (!region() || Date.now() - renewed < RENEWED_LATEST) return;
  const at = new Date(renewed).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Europe/London" });
  stale.querySelector("[data-stale-since]").textContent = at;
  stale.hidden = false;
}, 5000);

// Countdowns, in the same words as the server's.
function many(count, what) { return `${count} ${what}${count === 1 ? "" : "s"}`; }
function length(minutes) {
  if (minutes < 120) return many(minutes, "minute");
  if (minutes < 2880) return many(Math.floor(minutes / 60), "hour") + (minutes % 60 ? ` ${many(minutes % 60, "minute")}` : "");
  return many(Math.floor(minutes / 1440), "day");
}
function count() {
  for (const each of document.querySelectorAll("time[data-due]")) {
    const seconds = (Date.parse(each.dateTime) - Date.now() - serverAhead) / 1000;
    const minutes = Math.floor(Math.abs(seconds) / 60);
    const words = minutes === 0 ? "due now" : seconds > 0 ? `in ${length(minutes)}` : `${length(minutes)} late`;
    if (each.textContent !== words) each.textContent = words;
    each.className = `due due--${seconds <= 0 ? "late" : seconds <= 900 ? "soon" : "calm"}`;
  }
  for (const each of document.querySelectorAll("time[data-waited]")) {
    const words = many(Math.max(0, Math.floor((Date.now() + serverAhead - Date.parse(each.dateTime)) / 60000)), "minute");
    if (each.textContent !== words) each.textContent = words;
  }
}
function countUp() {
  for (const each of document.querySelectorAll("time[data-since]")) {
    const words = length(Math.max(0, Math.floor((Date.now() + serverAhead - Date.parse(each.dateTime)) / 60000)));
    if (each.textContent !== words) each.textContent = words;
  }
}
function countOfficers() {
  for (const each of document.querySelectorAll("time[data-officers]")) {
    const minutes = (Date.now() + serverAhead - Date.parse(each.dateTime)) / 60000;
    const words = `${Math.max(0, Math.floor(minutes * Number(each.dataset.officers)))}`;
    if (each.textContent !== words) each.textContent = words;
  }
}
setInterval(count, 5000);
setInterval(countOfficers, 5000);
setInterval(countUp, 5000);

// One key does what a button does: on the worklist for the row that somebody is in, elsewhere for the page.
const keys = document.getElementById("keys");
if (keys) watchKeys();

function watchKeys() {
  const on = document.getElementById("keys-on");
  keys.hidden = false;
  on.checked = localStorage.getItem("keys") !== "off";
  on.addEventListener("change", () => localStorage.setItem("keys", on.checked ? "on" : "off"));
  addEventListener("keydown", (event) => {
    const elsewhere = event.target.closest("input, select, textarea, dialog, [contenteditable]");
    if (!on.checked || elsewhere || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    const done = rowsOf() ? goAmongRows(event.key) || press(rowOf(event.target), event.key) : press(document, event.key);
    if (done) event.preventDefault();
  });
}

function rowsOf() { return document.querySelector("[data-rows]"); }
function rowOf(inside) { return inside.closest("[data-row]"); }

function press(where, key) {
  const found = where && /^[a-z]$/.test(key) && where.querySelector(`[data-key="${key}"]`);
  if (found) found.click();
  return Boolean(found);
}

function goAmongRows(key) {
  const rows = [...rowsOf().querySelectorAll("[data-row]")];
  const now = rows.indexOf(rowOf(document.activeElement));
  const step = { j: 1, ArrowDown: 1, ArrowUp: -1 }[key];
  if (!step || (key !== "j" && now < 0)) return false;
  const next = rows[Math.min(Math.max(now + step, 0), rows.length - 1)];
  next.querySelector("[data-open]").focus();
  return true;
}

// What is typed into a form is kept on the server until it is sent, in case the session ends before.
const unsent = [...document.querySelectorAll("form[data-keep]")];
unsent.forEach(keepTyped);

// A page's forms are kept together, as they share its address; a chosen file is not.
function typedHere() {
  const said = new FormData();
  for (const form of unsent) {
    for (const [name, value] of new FormData(form)) if (typeof value === "string") said.append(name, value);
  }
  return said;
}

function keepTyped(form) {
  const note = form.querySelector("[data-kept]");
  const here = `${form.dataset.keep}?at=${encodeURIComponent(location.pathname)}`;
  let waiting = 0;
  let sent = false;
  const later = () => { clearTimeout(waiting); waiting = setTimeout(keep, 1000); };
  const holds = () => [...form.elements].some((each) => each.matches("textarea, input[type=text]") && each.value);
  form.addEventListener("input", later);
  form.addEventListener("submit", () => { sent = true; clearTimeout(waiting); });
  if (holds()) later(); // brought back by the server, which asks for it once

  async function keep() {
    if (sent || (form.elements.draft && form.elements.draft.value)) return;
    const answer = await fetch(here, { method: "POST", body: typedHere(), credentials: "same-origin" }).catch(() => null);
    if (!note || !answer) return;
    note.hidden = !answer.ok && answer.status !== 413;
    note.textContent = answer.ok
      ? "Kept as you type, also if your session ends. Nobody sees it before you send it."
      : "This is too long to be kept if your session ends: keep your own copy until it is sent.";
  }
}

// A draft is kept while it is typed.
const ask = document.getElementById("ask");
if (ask) keepDraft(ask);

function keepDraft(form) {
  const note = document.getElementById("draft-said");
  let waiting = 0;
  let running = false;
  let again = false;
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(save, 1500); });
  // A draft that is being kept is waited for: sent beside it, the referral would exist twice.
  form.addEventListener("submit", (event) => {
    clearTimeout(waiting);
    again = false;
    if (!running) return;
    event.preventDefault();
    const pressed = event.submitter;
    const wait = setInterval(() => { if (!running) { clearInterval(wait); form.requestSubmit(pressed); } }, 50);
  });
  const priority = () => {
    const chosen = form.querySelector("input[name=priority]:checked");
    const phoned = document.getElementById("group-phone_to");
    if (phoned) phoned.hidden = !chosen || chosen.value !== "P1";
  };
  form.addEventListener("change", priority);
  priority();

  async function save() {
    if (running) { again = true; return; }
    running = true;
    try {
      const answer = await fetch(form.dataset.draft, { method: "POST", body: new FormData(form), credentials: "same-origin" });
      if (answer.ok) took(await answer.json());
      else note.textContent = "The draft could not be kept just now. It is tried again as you type.";
    } catch {
      note.textContent = "The connection is gone: what you type is not kept at present.";
    }
    running = false;
    if (again) { again = false; save(); }
  }

  function took(answer) {
    if (answer.problem) note.textContent = answer.problem;
    if (!answer.saved) return;
    form.elements.draft.value = answer.saved;
    const but = answer.left_out.length ? `, but for what is not understood yet: ${answer.left_out.join(", ")}` : "";
    note.textContent = `Draft ${answer.saved} kept at ${answer.at}${but}. Not sent yet.`;
    history.replaceState(null, "", answer.address);
  }
}
