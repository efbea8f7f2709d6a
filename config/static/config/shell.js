// The frame's behaviour is the design system's own, but for dates that are half typed.
import { initAll } from "../nhsuk/nhsuk-frontend.min.js";

document.body.classList.add("js-enabled", "nhsuk-frontend-supported");
initAll();

// A browser sends a date or a number that is half typed as if nothing had been typed, and "now" or "not known"
// would be recorded: it is asked for again, before anything is sent.
const WHOLE = {
  "datetime-local": "Type the whole date and time, or empty it",
  date: "Type the whole date, or empty it",
  time: "Type the whole time, or empty it",
  number: "Type a number, or empty it",
};

addEventListener("submit", (event) => {
  const half = [...event.target.elements].filter((each) => each.validity?.badInput);
  if (!half.length || event.submitter?.value === "discard") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  half.forEach(askForAll);
  half[0].focus();
}, { capture: true });

function askForAll(input) {
  const group = input.closest(".nhsuk-form-group");
  const id = `${input.id}_half`;
  if (document.getElementById(id)) return;
  const said = document.createElement("span");
  said.className = "nhsuk-error-message";
  said.id = id;
  said.setAttribute("role", "alert");
  said.textContent = `Error: ${WHOLE[input.type] ?? WHOLE.date}`;
  const before = input.getAttribute("aria-describedby");
  input.before(said);
  input.setAttribute("aria-describedby", before ? `${before} ${id}` : id);
  group?.classList.add("nhsuk-form-group--error");
  input.addEventListener("input", () => {
    said.remove();
    group?.classList.remove("nhsuk-form-group--error");
    before ? input.setAttribute("aria-describedby", before) : input.removeAttribute("aria-describedby");
  }, { once: true });
}
