/** Jackets and gilets from the front: one half is drawn and mirrored. */

import { brandMark } from "./brand-mark.js";

const BODY = "M200 116L152 108C132 114 122 122 118 136C122 200 118 270 112 334C136 344 170 347 200 347Z";
const SLEEVE = "M150 108C118 114 104 130 96 160C84 208 72 258 64 306C70 318 92 322 104 315C114 270 122 226 126 196Z";
const HOOD = "M200 40C164 40 142 66 146 112C160 124 184 126 200 126Z";

const mirrored = (half) => `${half}<g transform="matrix(-1 0 0 1 400 0)">${half}</g>`;

function quilting(t, from, to) {
  let lines = "";
  for (let y = from; y <= to; y += 25) {
    lines +=
      `<path d="M108 ${y}C140 ${y + 9} 180 ${y + 9} 200 ${y + 7}" stroke="${t.deep}" stroke-width="3" fill="none"/>` +
      `<path d="M108 ${y + 5}C140 ${y + 14} 180 ${y + 14} 200 ${y + 12}" stroke="${t.light}" stroke-width="2.5" fill="none" opacity=".7"/>`;
  }
  return lines;
}

function sleeve(t, quilted) {
  const bands = quilted
    ? [0, 1, 2, 3, 4, 5]
        .map(
          (i) =>
            `<path d="M${98 - i * 5.5} ${160 + i * 25}q18 10 38 4" stroke="${t.deepest}" stroke-width="3" fill="none" opacity=".5"/>`,
        )
        .join("")
    : `<path d="M112 132C98 190 88 250 78 316" stroke="${t.deepest}" stroke-width="2.5" fill="none" opacity=".35"/>`;
  return (
    `<path d="${SLEEVE}" fill="${t.deep}"/>${bands}` +
    `<path d="M67 292L64 306C70 318 92 322 104 315L107 300C94 305 78 302 67 292Z" fill="${t.accent}"/>`
  );
}

function bodyHalf(t, { quilted, yoke }) {
  return (
    `<path d="${BODY}" fill="${t.main}"/>` +
    (yoke
      ? `<path d="M200 116L152 108C132 114 122 122 118 136L120 178C146 196 176 204 200 206Z" fill="${t.light}"/>`
      : "") +
    (quilted ? `<g clip-path="url(#body)">${quilting(t, 140, 320)}</g>` : "") +
    `<path d="M140 250L158 300" stroke="${t.deepest}" stroke-width="6" stroke-linecap="round"/>` +
    `<path d="M140 250L158 300" stroke="${t.accent}" stroke-width="2.5" stroke-linecap="round" stroke-dasharray="3 4"/>` +
    `<path d="M113 322C136 332 170 335 200 335V347C170 347 136 344 112 334Z" fill="${t.deep}"/>`
  );
}

function hood(t) {
  return (
    mirrored(`<path d="${HOOD}" fill="${t.deep}"/>`) +
    `<path d="M164 116C154 80 172 62 200 62C228 62 246 80 236 116C222 128 178 128 164 116Z" fill="${t.deepest}"/>` +
    `<path d="M164 116C154 80 172 62 200 62C228 62 246 80 236 116" fill="none" stroke="${t.light}" stroke-width="4"/>` +
    `<path d="M170 118l-4 30M230 118l4 30" stroke="${t.accent}" stroke-width="4" stroke-linecap="round"/>`
  );
}

const collar = (t) =>
  `<path d="M158 112C158 92 172 84 200 84C228 84 242 92 242 112C228 124 172 124 158 112Z" fill="${t.deep}"/>` +
  `<path d="M168 104C176 96 224 96 232 104C222 114 178 114 168 104Z" fill="${t.deepest}"/>`;

/** params: { sleeves, hooded, quilted, yoke }, all boolean */
export function jacket(t, { sleeves = true, hooded = true, quilted = false, yoke = false }) {
  return (
    `<defs><clipPath id="body"><path d="${BODY}"/></clipPath></defs>` +
    `<ellipse cx="200" cy="356" rx="${sleeves ? 120 : 92}" ry="8" fill="#131a24" opacity=".13"/>` +
    (sleeves ? mirrored(sleeve(t, quilted)) : "") +
    (hooded ? "" : collar(t)) +
    mirrored(bodyHalf(t, { quilted, yoke })) +
    (hooded ? hood(t) : "") +
    (sleeves
      ? ""
      : mirrored(`<path d="M152 108C132 114 122 122 118 136L120 196C134 176 134 140 152 108Z" fill="${t.deepest}"/>`)) +
    `<path d="M200 ${hooded ? 126 : 116}V347" stroke="${t.deepest}" stroke-width="5"/>` +
    `<path d="M200 ${hooded ? 126 : 116}V347" stroke="${t.accent}" stroke-width="2" stroke-dasharray="2 3"/>` +
    `<rect x="196" y="${hooded ? 132 : 124}" width="8" height="20" rx="4" fill="${t.accent}"/>` +
    brandMark(224, 166, 0.75, t.accent)
  );
}
