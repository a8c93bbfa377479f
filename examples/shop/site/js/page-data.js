/** What the server has put into the page for its script. */
export const pageData = () => JSON.parse(document.getElementById("page-data").textContent);

let loading = null;

/** The whole catalogue, fetched once per page. */
export function loadCatalogue() {
  loading ??= fetch("/catalogue.json").then((response) => {
    if (!response.ok) throw new Error(`catalogue: ${response.status}`);
    return response.json();
  });
  return loading;
}
