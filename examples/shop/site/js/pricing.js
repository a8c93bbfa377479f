/** Prices and delivery: the browser shows them, the server decides them, both with this code. */

export const FREE_DELIVERY_FROM = 60;
export const DELIVERY = 4.95;

const cents = (amount) => Math.round(amount * 100);

const whole = new Intl.NumberFormat("en-IE", { style: "currency", currency: "EUR", maximumFractionDigits: 0 });
const exact = new Intl.NumberFormat("en-IE", { style: "currency", currency: "EUR" });

/** "€139", or "€4.95" where there are cents. */
export const money = (amount) => (cents(amount) % 100 === 0 ? whole : exact).format(amount);

/** Totals of priced lines ({ price, quantity }). Added up in cents, so that no total ends in a rounding error. */
export function totals(lines) {
  const subtotal = lines.reduce((sum, line) => sum + cents(line.price) * line.quantity, 0);
  const delivery = subtotal === 0 || subtotal >= cents(FREE_DELIVERY_FROM) ? 0 : cents(DELIVERY);
  return { subtotal: subtotal / 100, delivery: delivery / 100, total: (subtotal + delivery) / 100 };
}
