import { raw } from "../html.js";

const icon = (drawing) =>
  raw(
    `<svg class="icon" viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${drawing}</svg>`,
  );

export const icons = {
  search: icon('<circle cx="10.5" cy="10.5" r="6.5"/><path d="M15.5 15.5L21 21"/>'),
  account: icon('<circle cx="12" cy="8" r="4"/><path d="M4 21c.6-4.6 3.7-7 8-7s7.4 2.4 8 7"/>'),
  cart: icon('<path d="M5 8h14l1 12.5H4Z"/><path d="M8.5 10.5V7a3.5 3.5 0 0 1 7 0v3.5"/>'),
  menu: icon('<path d="M3 6.5h18M3 12h18M3 17.5h18"/>'),
  plus: icon('<path d="M12 5v14M5 12h14"/>'),
  delivery: icon(
    '<path d="M2 6h12v11H2zM14 10h4.5l3.5 3.5V17h-8z"/><circle cx="6.5" cy="18" r="2"/><circle cx="17.5" cy="18" r="2"/>',
  ),
  returns: icon('<path d="M4 9h11a5 5 0 0 1 0 10H8"/><path d="M8 5L4 9l4 4"/>'),
  repair: icon(
    '<path d="M14.5 6.5a4 4 0 0 1 5-3.5l-2.5 2.8 1.3 1.7 3-1.5a4 4 0 0 1-5.5 4.3L8 18.5a2 2 0 1 1-2.8-2.8l8.2-7.8a4 4 0 0 1 1.1-1.4Z"/>',
  ),
  people: icon(
    '<circle cx="8.5" cy="8" r="3.2"/><path d="M2.5 19c.4-3.6 2.7-5.4 6-5.4s5.6 1.8 6 5.4"/><circle cx="17" cy="9.5" r="2.5"/><path d="M16.5 14.2c2.9-.1 4.7 1.6 5 4.8"/>',
  ),
};

export const logo = raw(
  '<svg class="logo" viewBox="0 0 40 32" width="40" height="32" aria-hidden="true"><path d="M1 30L14 10L21 20.5L27 12.5L39 30H31L27 24L21 30L14 20L7.5 30Z" fill="currentColor"/><path class="logo__bird" d="M22 6q3.4-3.4 5.3 0q1.9-3.4 5.3 0" fill="none" stroke="currentColor" stroke-width="2.3" stroke-linecap="round" stroke-linejoin="round"/></svg>',
);
