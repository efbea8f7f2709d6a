// The warning before a session ends, on every page of somebody who is signed in.
const WARN = 120; // seconds before the end
const dialog = document.getElementById("idle");

if (dialog) watchSession();

function watchSession() {
  const said = document.getElementById("idle-said");
  const shown = dialog.querySelectorAll("[data-idle-left]");
  let ends = 0; // when, on this page's own clock, in milliseconds
  let limit = "idle"; // which end comes first: "idle" is put off by use, "long" by nothing
  let warned = false; // of the end that nothing puts off
  let used = false;

  async function ask(method) {
    const headers = method === "POST" ? { "X-CSRFToken": token() } : { "X-Quiet": "1" };
    try {
      const answer = await fetch(dialog.dataset.stay, { method, headers, credentials: "same-origin" });
      if (answer.status === 401 || answer.redirected) return leave(why(answer));
      if (!answer.ok) return;
      const told = await answer.json();
      ends = performance.now() + told.left * 1000;
      limit = told.limit || "idle";
    } catch {
      // The network is away: the server decides when it is back.
    }
  }

  function token() {
    return document.querySelector("input[name=csrfmiddlewaretoken]").value;
  }

  // Why the server ended it, as it says itself; else what was told before.
  function why(answer) {
    const where = answer.redirected ? answer.url : answer.headers.get("HX-Redirect");
    return (where && new URL(where, location.href).searchParams.get("ended")) || limit;
  }

  function leave(ended) {
    const here = encodeURIComponent(location.pathname + location.search);
    location.assign(`${dialog.dataset.signin}?ended=${ended}&next=${here}`);
  }

  function warn() {
    for (const part of dialog.querySelectorAll("[data-limit]")) part.hidden = part.dataset.limit !== limit;
    dialog.setAttribute("aria-labelledby", `${limit}-title`);
    dialog.setAttribute("aria-describedby", `${limit}-text`);
    dialog.showModal();
    warned = limit === "long";
  }

  async function look() {
    if (!ends) return;
    let left = Math.round((ends - performance.now()) / 1000);
    if (left <= WARN && !dialog.open && !warned) {
      await ask("GET"); // another tab may have gone on
      left = Math.round((ends - performance.now()) / 1000);
      if (left <= WARN) warn();
    }
    if (left <= 0) return ask("GET");
    if (!dialog.open) return;
    const words = left > 60 ? "2 minutes" : left > 30 ? "1 minute" : `${left} seconds`;
    if (shown[0].textContent !== words) {
      for (const each of shown) each.textContent = words;
      said.textContent = words;
    }
    if (left > WARN) dialog.close();
  }

  dialog.querySelector("#idle-stay").addEventListener("click", async () => {
    await ask("POST");
    dialog.close();
  });
  dialog.querySelector("#idle-finish").addEventListener("click", () => dialog.close());
  dialog.addEventListener("cancel", () => ask("POST")); // Escape keeps the session, too, where anything does
  for (const kind of ["keydown", "pointerdown"]) addEventListener(kind, () => { used = true; });

  // Whoever types is there, though the form has not been sent yet.
  setInterval(() => { if (used && !dialog.open) { used = false; ask("POST"); } }, 60000);
  setInterval(look, 5000);
  ask("GET");
}
