import { forget } from "../analytics.js";
import { element } from "../element.js";
import { post } from "../form-problems.js";
import { pageData } from "../page-data.js";
import { ordersOf } from "../placed-orders.js";
import { money } from "../pricing.js";

const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "long" });

const row = ({ id, placedAt, items, total }) =>
  element(
    "tr",
    {},
    element("th", { scope: "row" }, id),
    ...[day.format(new Date(placedAt)), items, money(total)].map((text) => element("td", {}, text)),
  );

const table = document.querySelector("[data-orders]");
table.prepend(...ordersOf(pageData().customer).map(row));
if (table.rows.length === 0) table.append(element("tr", {}, element("td", { colSpan: 4 }, "No orders yet.")));

document.querySelector("[data-logout]").addEventListener("click", async () => {
  const { ok } = await post("/api/logout", {});
  if (!ok) return;
  forget();
  location.assign("/");
});
