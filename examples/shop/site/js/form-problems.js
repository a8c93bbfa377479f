/** Shows what the server found wrong in a form, and lifts the focus to it. */

export function clearProblems(form) {
  form.querySelector("[data-problem]").hidden = true;
  for (const note of form.querySelectorAll("[data-field-problem]")) note.textContent = "";
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
}

/** error: { message, fields?: { name: message } } */
export function showProblems(form, { message, fields = {} }) {
  const summary = form.querySelector("[data-problem]");
  summary.textContent = message;
  summary.hidden = false;
  for (const [name, text] of Object.entries(fields)) {
    form.querySelector(`[data-field-problem="${name}"]`).textContent = text;
    form.elements[name].setAttribute("aria-invalid", "true");
  }
  form.querySelector("[aria-invalid]")?.focus();
}

const OFFLINE = { error: { message: "We can’t be reached right now. Check your connection and try again." } };

/** Posts JSON to the shop's own API; the answer is { ok, body }. */
export async function post(path, input) {
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(input),
    });
    return { ok: response.ok, body: await response.json() };
  } catch {
    return { ok: false, body: OFFLINE };
  }
}
