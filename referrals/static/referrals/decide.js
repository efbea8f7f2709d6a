// One key answers a question and goes on to the next. Without it the radio buttons work by themselves.

const ANSWERS = { y: "yes", n: "no", u: "unknown" };
const asked = document.querySelector("[data-answers]");
const groups = () => [...asked.querySelectorAll("fieldset")];

asked.addEventListener("keydown", (event) => {
  const answer = ANSWERS[event.key.toLowerCase()];
  const group = event.target.closest("fieldset");
  if (!answer || !group || event.ctrlKey || event.altKey || event.metaKey) return;
  const choice = group.querySelector(`input[value="${answer}"]`);
  choice.checked = true;
  choice.dispatchEvent(new Event("change", { bubbles: true }));
  event.preventDefault();
  const next = groups()[groups().indexOf(group) + 1];
  const onto = next ? next.querySelector("input") : document.getElementById("id_rationale");
  onto.focus();
});
if (!document.querySelector(".nhsuk-error-summary")) asked.querySelector("input").focus({ preventScroll: true });
