// What a page asks to be captured, and what a shop says to Google Analytics; one action is one event.

import assert from "node:assert/strict";
import { test } from "node:test";
import { standing, visit } from "./browser.mjs";
import { TAG, fileOf } from "./sink.mjs";

const asking = (what) => TAG.replace("data-write-key", `data-capture="${what}" data-write-key`);
const start = async (sink, page, html) => {
  sink.pages["/"] = html;
  await page.goto(sink.url);
  await page.waitForFunction("window.selvedge?.status === 'ready'");
};
const tracked = (sink) => sink.events.filter((event) => event.type === "track").map((event) => [event.event, event.properties]);

test("links to other hosts and downloads count, links within the site and marked ones don't", () =>
  visit(async ({ sink, page }) => {
    await start(sink, page, `<script>addEventListener("click", (event) => event.preventDefault())</script>
      <a href="/inside">in</a><a href="https://example.com/out?x=1"> Partner </a><a href="/price-list.pdf">PDF</a>
      <a href="https://example.com/" data-selvedge-event="Partner Clicked">marked</a><a href="mailto:a@b.c">mail</a>${asking("links")}`);
    for (const link of await page.locator("a").all()) await link.click();
    await sink.until(() => sink.named("Partner Clicked").length);
    assert.deepEqual(tracked(sink), [
      ["Outbound Link Clicked", { url: "https://example.com/out?x=1", text: "Partner" }],
      ["File Downloaded", { url: `${sink.url}/price-list.pdf`, text: "PDF" }],
      ["Partner Clicked", {}],
    ]);
  }));

test("a form that is submitted counts, without what stands in it", () =>
  visit(async ({ sink, page }) => {
    await start(sink, page, `<form id="news" action="javascript:0"><input name="email" value="ada@example.com"><button>ok</button></form>${asking("forms")}`);
    await page.click("button");
    await sink.until(() => sink.named("Form Submitted").length);
    assert.deepEqual(tracked(sink), [["Form Submitted", { form_id: "news", action: "javascript:0", method: "get" }]]);
    assert.ok(!JSON.stringify(sink.requests).includes("ada@"));
  }));

test("a form whose fields are called as a form's own properties counts as any other, marked or not", () =>
  visit(async ({ sink, page }) => {
    const fields = ["method", "action", "name", "id", "attributes", "elements"].map((name) => `<input name="${name}" value="secret">`).join("");
    await start(sink, page, `<form id="plain" action="javascript:0" method="POST">${fields}<button id="one">ok</button></form>
      <form data-selvedge-event="Signed Up" data-selvedge-plan="free" action="javascript:0">${fields}<button id="two">ok</button></form>${asking("forms")}`);
    await page.click("#one");
    await page.click("#two");
    await page.goto("about:blank");
    await sink.until(() => sink.named("Signed Up").length);
    assert.deepEqual(tracked(sink), [
      ["Form Submitted", { form_id: "plain", action: "javascript:0", method: "post" }],
      ["Signed Up", { plan: "free" }],
    ]);
    assert.ok(!JSON.stringify(sink.requests).includes("secret"));
  }));

test("a page view ends with how long somebody was there, and how far they came", () =>
  visit(async ({ sink, page }) => {
    await standing(page);
    await start(sink, page, `<div style="height:4000px"></div>${asking("engagement")}`);
    await page.mouse.move(10, 10);
    await page.clock.runFor(60_000);
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight / 2 - innerHeight));
    await page.mouse.move(20, 20);
    await page.clock.runFor(5_000);
    await page.evaluate(() => history.pushState({}, "", "/two"));
    await sink.until(async () => {
      await page.clock.runFor(500);
      return sink.named("Page Engaged").length;
    });
    const [{ properties }] = sink.named("Page Engaged");
    assert.ok(Math.abs(properties.engaged_ms - 20_000) < 2_000, `${properties.engaged_ms}`);
    assert.ok(Math.abs(properties.scroll_depth - 50) <= 2, `${properties.scroll_depth}`);
  }));

test("the page view ends when the page is hidden or left, each minute once, and none while it is hidden counts", () =>
  visit(async ({ sink, page }) => {
    await standing(page);
    await start(sink, page, asking("engagement"));
    const ends = async (count) => {
      await sink.until(async () => (await page.clock.runFor(10), sink.named("Page Engaged").length === count));
      const { context, properties } = sink.named("Page Engaged").at(-1);
      assert.equal(context.page.path, "/");
      return properties.engaged_ms;
    };
    const hide = (isHidden) => page.evaluate((isHidden) => {
      if (isHidden) Object.defineProperty(document, "hidden", { configurable: true, value: true });
      else delete document.hidden;
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    }, isHidden);
    const about = (milliseconds, expected) => assert.ok(Math.abs(milliseconds - expected) < 1_000, `${milliseconds}, not ${expected}`);
    await page.mouse.move(10, 10);
    await page.clock.runFor(4_000);
    await hide(true);
    about(await ends(1), 4_000);
    await page.clock.runFor(60_000);
    await hide(false);
    await page.clock.runFor(3_000);
    sink.pages["/two"] = "<p>no tag here</p>";
    await page.goto(`${sink.url}/two`);
    about(await ends(2), 3_000);
  }));

test("errors count where they are asked for", () =>
  visit(async ({ sink, page }) => {
    await start(sink, page, asking("errors"));
    await page.evaluate(() => void setTimeout(() => { throw new Error("broken"); }));
    await page.evaluate(() => void Promise.reject(new Error("refused")));
    // A picture that is not there is none.
    await page.evaluate(() => new Promise((done) => {
      const picture = Object.assign(new Image(), { onerror: done, src: "data:image/png;base64,AAAA" });
      document.body.append(picture);
    }));
    await page.evaluate(() => { for (let n = 0; n < 30; n += 1) setTimeout(() => { throw new Error("again"); }); });
    await page.evaluate(() => new Promise((done) => setTimeout(done)));
    await page.evaluate(() => selvedge.track("Last"));
    await sink.until(() => sink.named("Last").length);
    const messages = tracked(sink).slice(0, -1).map(([, { message }]) => message.replace("Uncaught ", ""));
    assert.deepEqual(messages, ["Error: broken", "Error: refused", ...Array(18).fill("Error: again")]);
  }, { allowWarnings: true }));

test("what captures holds up neither the page view nor what is called, and the page is ready without it if it never comes", () =>
  visit(async ({ sink, page }) => {
    await page.clock.install();
    await page.route(`**/${fileOf("capture")}`, () => {});
    sink.pages["/two"] = TAG;
    sink.pages["/"] = `${asking("links")}<script>selvedge=window.selvedge||[];selvedge.push(["track","Queued"])</script>`;
    const status = () => page.evaluate("selvedge.status");
    const until = (condition) => sink.until(async () => (await page.clock.runFor(10), condition()));
    await page.goto(sink.url);
    await until(() => sink.named("Queued").length);
    assert.deepEqual(sink.events.map((event) => event.event ?? event.type), ["page", "Queued"]);
    assert.equal(await status(), "loading");
    // What was run is not handed on to the next page as well.
    await page.goto(`${sink.url}/two`);
    await until(() => sink.named("page").length === 2);
    assert.equal(sink.named("Queued").length, 1);
    await page.goto(sink.url);
    await until(() => sink.named("Queued").length === 2);
    await page.clock.runFor(2_000);
    assert.equal(await status(), "ready");
  }));

test("a part that the edge did not have is asked for once more, later, and works then", () =>
  visit(async ({ sink, page }) => {
    await page.clock.install();
    let asked = 0;
    await page.route(`**/${fileOf("capture")}`, (route) => ((asked += 1) === 1 ? route.fulfill({ status: 404 }) : route.continue()));
    await page.route("https://example.com/**", (route) => route.abort());
    sink.pages["/"] = `<a href="https://example.com/" onclick="return false">out</a>${asking("links")}`;
    await page.goto(sink.url);
    await sink.until(() => asked === 1);
    await sink.until(async () => (await page.clock.runFor(1_000), asked === 2));
    await sink.until(async () => {
      await page.click("a");
      await page.clock.runFor(2_000);
      return sink.named("Outbound Link Clicked").length;
    });
    assert.equal(asked, 2);
  }));

test("nothing of that is captured where nobody asks", () =>
  visit(async ({ sink, page }) => {
    await start(sink, page, `<a href="https://example.com/" onclick="return false">x</a>${TAG}`);
    await page.click("a");
    await page.evaluate(() => history.pushState({}, "", "/two"));
    await sink.until(() => sink.named("page").length === 2);
    assert.deepEqual(tracked(sink), []);
  }));

test("a session lasts over pages, ends after half an hour, and a campaign begins another", () =>
  visit(async ({ sink, page }) => {
    await page.clock.install();
    const visits = async (path, count) => {
      await page.goto(sink.url + path);
      await sink.until(async () => {
        await page.clock.runFor(50);
        return sink.named("page").length === count;
      });
      return sink.named("page").at(-1).context.sessionId;
    };
    const first = await visits("/", 1);
    assert.ok(Math.abs(first - Date.parse(sink.named("page")[0].timestamp)) < 1000);
    await page.clock.runFor(20 * 60_000);
    assert.equal(await visits("/two", 2), first);
    await page.clock.runFor(32 * 60_000);
    const second = await visits("/three", 3);
    assert.notEqual(second, first);
    const third = await visits("/four?utm_source=mail", 4);
    assert.notEqual(third, second);
    assert.equal(await visits("/four?utm_source=mail", 5), third);
  }));

test("what a shop says to GA4, before and after the tag, in all its ways, is said to Segment's specification", () =>
  visit(async ({ sink, page }) => {
    await start(sink, page, `<script>
      dataLayer = [];
      function gtag() { dataLayer.push(arguments) }
      gtag("js", new Date());
      dataLayer.push({ event: "view_item", ecommerce: { currency: "EUR", value: 139, items: [{ item_id: "p7", item_name: "Skylark", item_category: "Running shoes", price: "139.00", index: 2 }] } });
    </script>${TAG}`);
    await page.evaluate(() => {
      dataLayer.push({ ecommerce: null });
      dataLayer.push(
        { event: "add_to_cart", ecommerce: { currency: "EUR", items: [{ item_id: "p7", quantity: 1 }, { item_id: "p8", quantity: "2" }] } },
        { event: "gtm.click", x: 1 },
      );
      gtag("event", "select_item", { items: [{ item_id: "p9", item_category: "Apparel", item_category2: "Shoes", item_category3: "", item_list_name: "Related Products" }] });
      gtag("event", "view_promotion", { promotion_id: "spring", creative_slot: "hero" });
      dataLayer.push({ event: "search", search_term: "shoe" });
      dataLayer.push({ event: "purchase", transaction_id: "T1", ecommerce: { value: "150.5", tax: 10, currency: "EUR", items: [{ item_name: "Skylark", brand: "Lark", price: 139 }] } });
      dataLayer.push(null, undefined, 7, { event: "purchase", ecommerce: { get items() { throw new Error("odd"); } } });
    });
    await sink.until(() => sink.named("Order Completed").length);
    assert.deepEqual(tracked(sink), [
      ["Product Viewed", { currency: "EUR", product_id: "p7", name: "Skylark", category: "Running shoes", price: 139, position: 2 }],
      ["Product Added", { currency: "EUR", product_id: "p7", quantity: 1 }],
      ["Product Added", { currency: "EUR", product_id: "p8", quantity: 2 }],
      ["Product Clicked", { product_id: "p9", category: "Apparel/Shoes", list_name: "Related Products" }],
      ["Promotion Viewed", { promotion_id: "spring", position: "hero" }],
      ["Products Searched", { query: "shoe" }],
      ["Order Completed", {
        order_id: "T1", value: 150.5, revenue: 150.5, total: 160.5, tax: 10, currency: "EUR",
        products: [{ name: "Skylark", brand: "Lark", price: 139 }],
      }],
    ]);
  }));

const SHOE = { item_id: "p7", item_name: "Skylark", item_brand: "Lark", item_variant: "blue", price: "59.95", quantity: 2 };
const SHOE_HERE = { product_id: "p7", name: "Skylark", brand: "Lark", variant: "blue", price: 59.95, quantity: 2 };
const CART = { currency: "EUR", value: "119.90", coupon: "SPRING", items: [SHOE] };
const CART_HERE = { currency: "EUR", value: 119.9, coupon: "SPRING", products: [SHOE_HERE] };
const ORDER = { transaction_id: "T7", tax: "19.1", shipping: 4.99, ...CART };
const ORDER_HERE = { order_id: "T7", tax: 19.1, shipping: 4.99, revenue: 119.9, total: 143.99, ...CART_HERE };
const LIST = { item_list_id: "l1", item_list_name: "Related", items: [{ ...SHOE, item_list_name: "Related", index: 3 }] };
const LISTED = { list_id: "l1", list_name: "Related" };
const SALE = { promotion_id: "s1", promotion_name: "Sale", creative_name: "banner", creative_slot: "hero" };
const SALE_HERE = { promotion_id: "s1", name: "Sale", creative: "banner", position: "hero" };

/** What GA4 is told, and what that is here. */
const SPOKEN = [
  ["view_item_list", LIST, "Product List Viewed", { ...LISTED, category: "Related", products: [{ ...SHOE_HERE, list_name: "Related", position: 3 }] }],
  ["select_item", LIST, "Product Clicked", { ...LISTED, ...SHOE_HERE, position: 3 }],
  ["view_item", CART, "Product Viewed", { currency: "EUR", ...SHOE_HERE }],
  ["add_to_cart", CART, "Product Added", { currency: "EUR", ...SHOE_HERE }],
  ["remove_from_cart", CART, "Product Removed", { currency: "EUR", ...SHOE_HERE }],
  ["view_cart", CART, "Cart Viewed", CART_HERE],
  ["add_to_wishlist", CART, "Product Added to Wishlist", { currency: "EUR", ...SHOE_HERE }],
  ["begin_checkout", CART, "Checkout Started", CART_HERE],
  ["add_shipping_info", { ...CART, shipping_tier: "Ground" }, "Checkout Step Completed", { ...CART_HERE, shipping_method: "Ground" }],
  ["add_payment_info", { ...CART, payment_type: "Card" }, "Payment Info Entered", { ...CART_HERE, payment_method: "Card" }],
  ["purchase", ORDER, "Order Completed", ORDER_HERE],
  ["refund", ORDER, "Order Refunded", ORDER_HERE],
  // What it came to says the sum of the products.
  ["refund", { transaction_id: "T7", value: "", tax: "n/a", items: [SHOE] }, "Order Refunded", { order_id: "T7", value: "", tax: "n/a", products: [SHOE_HERE] }],
  ["view_promotion", { ...SALE, items: [SHOE, { ...SHOE, index: 4 }] }, "Promotion Viewed", SALE_HERE],
  ["select_promotion", { items: [{ ...SALE, ...SHOE }] }, "Promotion Clicked", SALE_HERE],
  ["search", { search_term: "shoe" }, "Products Searched", { query: "shoe" }],
  ["login", { method: "mail" }, "Signed In", { method: "mail" }],
  ["sign_up", { method: "mail" }, "Signed Up", { method: "mail" }],
  ["generate_lead", { currency: "EUR", value: 30 }, "Lead", { currency: "EUR", value: 30 }],
];

test("each of GA4's events is what it is here, pushed to the dataLayer and said by gtag", () =>
  visit(async ({ sink, page }) => {
    await start(sink, page, `<script>dataLayer = []; function gtag() { dataLayer.push(arguments) }</script>${TAG}`);
    await page.evaluate((spoken) => {
      for (const [event, ecommerce] of spoken) {
        dataLayer.push({ event, ecommerce });
        gtag("event", event, ecommerce);
      }
    }, SPOKEN);
    await page.goto("about:blank");
    await sink.until(() => sink.named("Lead").length === 2);
    assert.deepEqual(tracked(sink), SPOKEN.flatMap(([, , name, properties]) => [[name, properties], [name, properties]]));
  }));

test("what one push says of several products is an event for each, with ids made of the push's own, which a retry keeps", () =>
  visit(async ({ sink, page }) => {
    await page.clock.install();
    await start(sink, page, `<script>dataLayer = []</script>${TAG}`);
    let refusals = 1;
    sink.answer = ({ batch }) => (batch.some(({ type }) => type === "track") && refusals-- > 0 ? { status: 503 } : {});
    await page.evaluate(() => dataLayer.push({ event: "add_to_cart", ecommerce: { items: [{ item_id: "a" }, { item_id: "b" }] } }));
    await sink.until(async () => (await page.clock.runFor(500), sink.named("Product Added").length === 2));
    const [refused, taken] = sink.requests.filter(({ batch }) => batch.some(({ type }) => type === "track"));
    const told = ({ batch }) => batch.filter(({ type }) => type === "track").map(({ messageId, properties }) => [messageId, properties.product_id]);
    assert.deepEqual([refused.status, taken.status], [503, 200]);
    const [id] = told(refused)[0][0].split("#");
    assert.match(id, /^\w+-\w+$/);
    assert.deepEqual(told(refused), [[`${id}#0`, "a"], [`${id}#1`, "b"]]);
    assert.deepEqual(told(taken), told(refused));
  }));

test("a login that names the user is an identify, wherever Google was told who it is; one that does not is an event alone", () =>
  visit(async ({ sink, page }) => {
    await start(sink, page, `<script>dataLayer = []; function gtag() { dataLayer.push(arguments) }</script>${TAG}`);
    const users = await page.evaluate(() => {
      const users = [];
      const said = (say) => (say(), users.push(selvedge.user().id()));
      said(() => gtag("event", "login", { method: "Google" }));
      said(() => dataLayer.push({ event: "login", method: "mail", user_id: "u1" }));
      said(() => gtag("event", "login"));
      said(() => gtag("config", "G-1", { user_id: 42 }));
      said(() => gtag("event", "sign_up", { method: "mail" }));
      selvedge.reset();
      gtag("set", { user_id: "u3" });
      said(() => gtag("event", "login", { method: "mail" }));
      return users;
    });
    assert.deepEqual(users, [null, "u1", "u1", "u1", "42", "u3"]);
    await sink.until(() => sink.named("Signed In").length === 4);
    assert.deepEqual(sink.named("identify").map(({ userId }) => userId), ["u1", "42", "u3"]);
    assert.deepEqual(sink.named("Signed In").map(({ userId, properties }) => [userId, properties.method]),
      [[undefined, "Google"], ["u1", "mail"], ["u1", undefined], ["u3", "mail"]]);
    assert.deepEqual(sink.named("Signed Up").map(({ userId }) => userId), ["42"]);
  }));

test("a dataLayer that a tag manager makes after the tag is heard, with what it has heard before", () =>
  visit(async ({ sink, page }) => {
    const slow = Promise.withResolvers();
    await page.route("**/slow.png", (route) => slow.promise.then(() => route.abort()));
    sink.pages["/"] = `${TAG}<img src="/slow.png">`;
    await page.goto(sink.url, { waitUntil: "commit" });
    await page.waitForFunction("window.selvedge?.status === 'ready'");
    await page.evaluate(() => void (window.dataLayer = [{ event: "search", search_term: "before" }]));
    slow.resolve();
    await page.waitForLoadState("load");
    await page.evaluate(() => void dataLayer.push({ event: "search", search_term: "after" }));
    await sink.until(() => sink.named("Products Searched").length === 2);
    assert.deepEqual(sink.named("Products Searched").map(({ properties }) => properties.query), ["before", "after"]);
  }));

test("one action that is captured in three ways is one event, and done twice it is two", () =>
  visit(async ({ sink, page }) => {
    await start(sink, page, `<script>dataLayer = []</script><button data-selvedge-event="Product Added" data-selvedge-product-id="p7">add</button>${TAG}`);
    await page.evaluate(() => {
      document.querySelector("button").addEventListener("click", () => {
        selvedge.track("Product Added", { product_id: "p7", quantity: 1 });
        dataLayer.push({ event: "add_to_cart", ecommerce: { items: [{ item_id: "p7" }, { item_id: "p8" }] } });
      });
    });
    await page.click("button");
    await page.click("button");
    await sink.until(() => sink.named("Product Added").length === 4);
    const products = sink.named("Product Added").map((event) => event.properties.product_id);
    assert.deepEqual(products, ["p7", "p8", "p7", "p8"]);
  }));
