import { identify } from "../analytics.js";
import { clearProblems, post, showProblems } from "../form-problems.js";

const form = document.getElementById("login");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  clearProblems(form);
  const { email, password } = Object.fromEntries(new FormData(form));
  const { ok, body } = await post("/api/login", { email, password });
  if (!ok) return showProblems(form, body.error);
  if (body.identityToken) identify(body.customer, body.identityToken);
  location.assign(form.dataset.next);
});
