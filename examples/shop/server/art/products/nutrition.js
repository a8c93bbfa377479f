/** Food and drink for long days. The flavour is the colour. */

import { brandMark } from "./brand-mark.js";

const ground = (rx, y) => `<ellipse cx="200" cy="${y}" rx="${rx}" ry="8" fill="#131a24" opacity=".14"/>`;

const sachet = (t) =>
  `<path d="M150 66H250L244 96C256 170 258 250 248 318L254 340H146L152 318C142 250 144 170 156 96Z" fill="${t.main}"/>` +
  `<path d="M150 66H250L244 92H156ZM152 318H248L254 340H146Z" fill="${t.deep}"/>` +
  `<path d="M146 220C180 200 220 240 253 214C254 250 252 288 248 318H152C146 288 144 252 146 220Z" fill="${t.accent}"/>` +
  `<path d="M166 108C158 170 158 250 166 308" stroke="#fff" stroke-width="8" opacity=".28" fill="none" stroke-linecap="round"/>` +
  `<path d="M238 66l-10 14l14 6" fill="none" stroke="${t.bone}" stroke-width="3"/>` +
  brandMark(178, 140, 1.2, t.bone) +
  `<path d="M178 176h46M184 190h34" stroke="${t.bone}" stroke-width="6" stroke-linecap="round"/>`;

export function gel(t) {
  return (
    `${ground(110, 350)}<g transform="rotate(-13 200 330) translate(-44 2)">${sachet({ ...t, main: t.deep, deep: t.deepest })}</g>` +
    `<g transform="rotate(7 200 330) translate(34 0)">${sachet(t)}</g>`
  );
}

const zigzag = (x, flip) => {
  const points = Array.from({ length: 9 }, (_, i) => `L${x + (i % 2 ? flip * 9 : 0)} ${160 + i * 11}`);
  return points.join("");
};

export function bar(t) {
  const wrapper =
    `<path d="M60 160${zigzag(60, -1)}L92 252H308L340 248${zigzag(340, 1)
      .split("L")
      .reverse()
      .map((p) => (p ? `L${p}` : ""))
      .join("")}L308 156H92Z" fill="${t.main}"/>` +
    `<path d="M92 156H120V252H92ZM280 156H308V252H280Z" fill="${t.deep}" opacity=".7"/>` +
    `<path d="M120 156H214C190 190 226 220 196 252H120Z" fill="${t.accent}"/>` +
    `<path d="M122 168H278" stroke="#fff" stroke-width="7" opacity=".28"/>` +
    brandMark(226, 186, 1.05, t.bone) +
    `<path d="M228 222h38" stroke="${t.bone}" stroke-width="6" stroke-linecap="round"/>`;
  return (
    ground(150, 312) +
    `<g transform="rotate(-9 200 200) translate(10 -46)">${wrapper.replaceAll(t.main, t.deep)}</g>` +
    `<g transform="rotate(-9 200 200) translate(-6 46)">${wrapper}</g>`
  );
}

export function tub(t) {
  return (
    ground(104, 346) +
    `<path d="M104 128H296V316C296 334 284 344 266 344H134C116 344 104 334 104 316Z" fill="${t.bone}"/>` +
    `<path d="M262 128H296V316C296 334 284 344 266 344H240C256 336 262 326 262 312Z" fill="${t.boneDeep}"/>` +
    `<rect x="92" y="72" width="216" height="58" rx="12" fill="${t.rubber}"/>${Array.from({ length: 14 }, (_, i) => `<path d="M${104 + i * 15} 82v38" stroke="#3d4650" stroke-width="4"/>`).join("")}` +
    `<path d="M104 166H296V310H104Z" fill="${t.main}"/><path d="M104 246C150 214 190 280 240 238C262 222 280 222 296 228V310H104Z" fill="${t.accent}"/>` +
    `<path d="M262 166H296V310H262Z" fill="${t.deepest}" opacity=".18"/>` +
    brandMark(152, 186, 1.7, t.bone) +
    `<path d="M152 232h70" stroke="${t.bone}" stroke-width="7" stroke-linecap="round"/><circle cx="142" cy="288" r="11" fill="${t.bone}" opacity=".9"/><path d="M162 288h60" stroke="${t.bone}" stroke-width="6" stroke-linecap="round" opacity=".9"/>`
  );
}

export function tablets(t) {
  const tablet = (x, y) =>
    `<path d="M${x - 36} ${y}v14c0 18 72 18 72 0v-14Z" fill="${t.boneDeep}"/><ellipse cx="${x}" cy="${y}" rx="36" ry="14" fill="${t.bone}"/><path d="M${x - 22} ${y}h44" stroke="${t.boneDeep}" stroke-width="3"/>`;
  return (
    ground(124, 340) +
    `<g transform="rotate(8 190 220)"><rect x="134" y="104" width="96" height="232" rx="14" fill="${t.main}"/><rect x="134" y="150" width="96" height="140" fill="${t.accent}"/>` +
    `<path d="M134 214C160 196 200 240 230 210V290H134Z" fill="${t.deep}"/><rect x="146" y="108" width="12" height="222" rx="6" fill="#fff" opacity=".28"/>` +
    `<rect x="128" y="58" width="108" height="54" rx="10" fill="${t.bone}"/><path d="M128 94h108v10a8 8 0 0 1-8 8h-92a8 8 0 0 1-8-8Z" fill="${t.boneDeep}"/>${brandMark(160, 172, 1.2, t.deepest)}</g>` +
    tablet(268, 292) +
    tablet(300, 318)
  );
}
