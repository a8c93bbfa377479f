import { html } from "../html.js";

const SECTIONS = [
  [
    "delivery",
    "Delivery",
    "Orders from €60 travel free; below that, delivery is €4.95. Order by two in the afternoon on a working day and we pack the same day. Most parcels take two days.",
  ],
  [
    "returns",
    "The 60-day trail test",
    "Run in your shoes. Get them wet. If they’re wrong for you within 60 days, send them back and we swap or refund them. Food and anything that touched skin where it shouldn’t is excepted.",
  ],
  [
    "sizes",
    "Sizes",
    "Our shoes are listed in EU sizes. Measure your longest foot in the evening, add a thumb’s width, and go by the centimetres: 26 cm is a 41, 27 cm a 42½, 28 cm a 44. Between two sizes, take the larger one for the trail.",
  ],
  [
    "repairs",
    "Repairs",
    "Zips, lugs, linings, torn shells: our workshop mends what can be mended, whoever made it. Send it clean, please. We’ll tell you the price first.",
  ],
  [
    "advice",
    "Advice",
    "Tell us where you run, what you wear now and what you don’t like about it. Write to hello@larkfell.example or come by; the answer is from somebody who has worn the thing you ask about.",
  ],
  [
    "saturday",
    "The Saturday run",
    "Eight o’clock from the shop door, every week of the year. Three groups of 5, 9 and 15 kilometres. No sign-up and no charge; children and dogs are welcome in the first group.",
  ],
  [
    "privacy",
    "Privacy",
    "We remember what you look at and put into your cart so that the shop can show you something useful. We don’t sell this to anybody. Your browser’s Global Privacy Control setting is respected.",
  ],
];

export const help = () => ({
  title: "Help",
  description: "Delivery, returns, sizes and repairs at Larkfell.",
  main: html`
    <div class="wrap help">
      <h1>Help</h1>
      ${SECTIONS.map(
        ([id, title, text]) => html`
          <section id="${id}">
            <h2>${title}</h2>
            <p>${text}</p>
          </section>
        `,
      )}
    </div>
  `,
});
