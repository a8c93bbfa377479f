import { catalogue, colourSlug, productById } from "../catalogue.js";
import { svg } from "../response.js";
import { contours } from "./contours.js";
import { landscape } from "./landscape.js";
import { productArt } from "./product-art.js";

function productDrawing(id, slug) {
  const product = productById(id);
  const colour = product?.colours.find((name) => colourSlug(name) === slug);
  return colour ? productArt(product.art, catalogue.colours[colour]) : null;
}

function drawing(path) {
  if (path === "/art/contours.svg") return contours();
  const [, id, slug] = path.match(/^\/art\/products\/([\w-]+)\/([\w-]+)\.svg$/) ?? [];
  if (id) return productDrawing(id, slug);
  const [, scene] = path.match(/^\/art\/scenes\/(\w+)\.svg$/) ?? [];
  return scene ? landscape(scene) : null;
}

/** All pictures of the shop are drawn when they are asked for. Null when there is no such picture. */
export function answerArt(path) {
  const found = drawing(path);
  return found ? svg(found) : null;
}
