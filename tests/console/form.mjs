// How people fill in the console's forms.

/** Something to write in or to choose from. */
const field = (scope, label) => scope.getByRole("combobox", { name: label, exact: true }).or(scope.getByRole("textbox", { name: label, exact: true }));

/** Writes a name that may be offered in a list, too. */
export async function write(scope, label, text) {
  await field(scope, label).fill(text);
  await field(scope, label).press("Enter");
  await field(scope, label).blur();
}

/** Looks for an option of a long list, and chooses it. */
export async function find(scope, label, option) {
  await field(scope, label).fill(option);
  await (scope.page?.() ?? scope).getByRole("option", { name: new RegExp(`^${option}\\b`) }).click();
}

/** Chooses in a list: the option of that name, or, with a pattern, the first that fits. */
export async function choose(scope, label, option) {
  await field(scope, label).click();
  const found = (scope.page?.() ?? scope).getByRole("option", { name: option, exact: true });
  await (option instanceof RegExp ? found.first() : found).click();
}
