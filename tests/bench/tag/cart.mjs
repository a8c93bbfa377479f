// The event that is measured: something goes into the cart, said with six properties.

export const EVENT = "Product Added";

/** @param {string} mark */
export const cart = (mark) => ({
  product_id: mark,
  name: "Skylark 4",
  category: "Shoes",
  price: 129.9,
  quantity: 1,
  currency: "EUR",
});
