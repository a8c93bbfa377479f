// Composed of what events and offers need, as its documented builder does it: the whole is half as large again. By path:
// the package's own list of parts would bring all of them.
import { createCustomInstance } from "@adobe/alloy";
import personalization from "../../node_modules/@adobe/alloy/src/components/Personalization/index.js";

export function start(origin) {
  const alloy = createCustomInstance({ name: "alloy", components: [personalization] });
  const ready = alloy("configure", {
    datastreamId: "shop",
    orgId: "0123456789ABCDEF01234567@AdobeOrg",
    edgeDomain: new URL(origin).hostname,
    // Its first request goes to an address of Adobe's otherwise.
    thirdPartyCookiesEnabled: false,
  });
  // A refused event is the page's to know.
  const send = (xdm) => alloy("sendEvent", { xdm }).catch(() => {});
  return {
    page: ({ mark }) => send({ eventType: "web.webpagedetails.pageViews", web: { webPageDetails: { name: mark, pageViews: { value: 1 } } } }),
    track: (event, { product_id: SKU, name, category, price, quantity, currency: currencyCode }) =>
      send({
        eventType: "commerce.productListAdds",
        commerce: { productListAdds: { value: 1 } },
        productListItems: [{ SKU, name, productCategories: [{ categoryName: category }], priceTotal: price, quantity, currencyCode }],
      }),
    ready,
  };
}
