// The warning before a session ends, on every page of somebody who is signed in.
const WARN = 120; // seconds before the end
const dialog = document.getElementById("idle");

if (dialog) watchSession();

function watchSession() {
  const said = document.getElementById("idle-said");
  const shown = dialog.querySelector("[data-idle-left]");
  let ends = 0; // when, on this page's own clock, in milliseconds
  let used = false;

  async function ask(method) {
    const headers = method === "POST" ? { "X-CSRFToken": token() } : { "X-Quiet": "1" };
    try {
      const answer = await fetch(dialog.dataset.stay, { method, headers, credentials: "same-origin" });
      if (answer.status === 401) return leave();
      if (answer.ok) ends = performance.now() + (await answer.json()).left * 1000;
    } catch {
      // The network is away: the server decides when it is back.
    }
  }

  function token() {
    return document.querySelector("input[name=csrfmiddlewaretoken]").value;
  }

  function leave() {
    const here = encodeURIComponent(location.pathname + location.search);
    location.assign(`${dialog.dataset.signin}?ended=idle&next=${here}`);
  }

  async function look() {
    if (!ends) return;
    let left = Math.round((ends - performance.now()) / 1000);
    if (left <= WARN && !dialog.open) {
      await ask("GET"); // another tab may have gone on
      left = Math.round((ends - performance.now()) / 1000);
      if (left <= WARN) dialog.showModal();
    }
    if (!dialog.open) return;
    if (left <= 0) return ask("GET");
    const words = left > 60 ? "2 minutes" : left > 30 ? "1 minute" : `${left} seconds`;
    if (shown.textContent !== words) shown.textContent = said.textContent = words;
    if (left > WARN) dialog.close();
  }

  dialog.querySelector("#idle-stay").addEventListener("click", async () => {
    await ask("POST");
    dialog.close();
  });
  dialog.addEventListener("cancel", () => ask("POST")); // Escape keeps the session, too
  for (const kind of ["keydown", "pointerdown"]) addEventListener(kind, () => { used = true; });

  // Whoever types is there, though the form has not been sent yet.
  setInterval(() => { if (used && !dialog.open) { used = false; ask("POST"); } }, 60000);
  setInterval(look, 5000);
  ask("GET");
}
