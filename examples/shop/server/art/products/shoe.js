/** A shoe from the side, toe to the right. Road and trail shoes differ in sole and overlays. */

const UPPER =
  "M58 246C48 216 50 186 58 152C60 139 76 137 82 148C94 174 132 178 158 158L174 131C180 122 195 126 197 138" +
  "C214 168 242 190 282 205C324 216 354 224 357 250L357 262L58 262Z";
const COLLAR = "M62 158C64 146 74 144 79 152C92 182 136 186 163 163L170 152C166 186 92 200 62 158Z";

function laces(t) {
  const rows = [0, 1, 2, 3, 4].map((i) => {
    const x = 190 + i * 20;
    const y = 153 + i * 12.6 - i * i * 0.35;
    return `<path d="M${x - 17} ${y + 19}L${x + 9} ${y - 3}" stroke="${t.bone}" stroke-width="6" stroke-linecap="round"/>`;
  });
  return rows.join("");
}

const mesh = (id, t) =>
  `<pattern id="${id}" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(24)">` +
  `<circle cx="2" cy="2" r="1.25" fill="${t.deep}" opacity=".55"/></pattern>`;

function roadSole(t, stack) {
  const bottom = 290;
  const top = bottom - stack;
  return (
    `<path d="M50 ${top - 4}C32 ${top + 12} 32 ${bottom - 4} 62 ${bottom}L262 ${bottom}C314 ${bottom} 348 ${bottom - 10} 368 ${bottom - 34}` +
    `C373 ${bottom - 42} 368 ${top - 2} 356 ${top + 2}C310 ${top + 14} 250 ${top + 8} 200 ${top + 5}C146 ${top} 96 ${top - 7} 50 ${top - 4}Z" fill="${t.bone}"/>` +
    `<path d="M40 ${bottom - 16}C120 ${bottom - 2} 250 ${bottom - 22} 370 ${bottom - 40}C366 ${bottom - 18} 318 ${bottom} 262 ${bottom}L62 ${bottom}C48 ${bottom} 41 ${bottom - 6} 40 ${bottom - 16}Z" fill="${t.boneDeep}"/>` +
    `<path d="M58 ${top + 13}C130 ${top + 6} 196 ${bottom - 20} 300 ${bottom - 22}" fill="none" stroke="${t.accent}" stroke-width="5" stroke-linecap="round"/>` +
    `<path d="M46 ${bottom - 5}Q50 ${bottom + 5} 66 ${bottom + 5}L132 ${bottom + 5}L138 ${bottom - 2}L60 ${bottom - 1}ZM168 ${bottom - 1}L174 ${bottom + 5}L264 ${bottom + 5}C310 ${bottom + 5} 340 ${bottom - 4} 358 ${bottom - 18}L352 ${bottom - 18}C330 ${bottom - 5} 300 ${bottom - 1} 262 ${bottom - 1}Z" fill="${t.rubber}"/>`
  );
}

function trailSole(t, stack) {
  const bottom = 284;
  const top = bottom - stack;
  const lugs = Array.from({ length: 13 }, (_, i) => {
    const x = 52 + i * 22.5;
    const rise = i > 9 ? (i - 9) ** 2 * 2.3 : 0;
    const y = bottom - 4 - rise;
    return `<path d="M${x} ${y}h17l-3 13h-11Z" fill="${t.rubber}"/>`;
  }).join("");
  return (
    lugs +
    `<path d="M48 ${top - 4}C36 ${top + 10} 36 ${bottom - 4} 60 ${bottom}L262 ${bottom}C312 ${bottom} 344 ${bottom - 12} 366 ${bottom - 36}` +
    `C371 ${bottom - 44} 366 ${top - 2} 356 ${top + 2}C310 ${top + 14} 250 ${top + 8} 200 ${top + 5}C146 ${top} 96 ${top - 7} 48 ${top - 4}Z" fill="${t.boneDeep}"/>` +
    `<path d="M44 ${top + 14}C130 ${top + 10} 240 ${bottom - 8} 344 ${top + 12}" fill="none" stroke-linecap="round" stroke="${t.accent}" stroke-width="6"/>` +
    `<path d="M40 ${bottom - 14}C110 ${bottom - 8} 250 ${bottom - 8} 360 ${bottom - 30}C346 ${bottom - 8} 312 ${bottom + 2} 262 ${bottom + 2}L60 ${bottom + 2}C46 ${bottom} 41 ${bottom - 6} 40 ${bottom - 14}Z" fill="${t.rubber}"/>`
  );
}

/** Brand marks on the side; `mark` picks one so that models can be told apart. */
function sideMark(t, mark) {
  if (mark === "chevrons") {
    return [0, 1]
      .map((i) => `<path d="M${124 + i * 42} ${186 + i * 10}h20l22 26l-26 30h-20l25-30Z" fill="${t.accent}"/>`)
      .join("");
  }
  if (mark === "ridge") {
    return `<path d="M104 240L152 196L172 216L204 182L262 240H238L204 208L174 240L152 219L130 240Z" fill="${t.accent}"/>`;
  }
  const rings = [
    "M112 224C124 188 172 190 196 206C226 218 246 226 238 240",
    "M132 232C142 206 172 206 190 218C208 226 216 232 212 240",
    "M152 238C158 222 174 222 184 230",
  ];
  return rings
    .map((d) => `<path d="${d}" fill="none" stroke="${t.accent}" stroke-width="7" stroke-linecap="round"/>`)
    .join("");
}

function trailGuards(t) {
  return (
    `<path d="M290 262C300 238 318 222 338 224C352 230 357 240 357 262Z" fill="${t.deepest}"/>` +
    `<path d="M56 262C110 246 170 258 230 252L290 246L296 268H56Z" fill="${t.deep}"/>`
  );
}

/** params: { sole: "road" | "trail", stack: sole height, mark: "contour" | "chevrons" | "ridge" } */
export function shoe(t, { sole = "road", stack = 40, mark = "contour" }) {
  const trail = sole === "trail";
  const lift = trail ? 34 - stack : 36 - stack;
  return (
    `<defs>${mesh("mesh", t)}<clipPath id="upper"><path d="${UPPER}"/></clipPath></defs>` +
    `<ellipse cx="206" cy="${trail ? 299 : 297}" rx="166" ry="10" fill="#131a24" opacity=".16"/>` +
    `<g transform="translate(0 ${lift})"><path d="M158 158L170 118C176 106 200 108 202 124L214 168L196 190Z" fill="${t.deepest}"/>` +
    `<path d="${UPPER}" fill="${t.main}"/><g clip-path="url(#upper)">` +
    `<path d="M196 150C230 196 300 206 360 228V270H150Z" fill="url(#mesh)"/>` +
    `<path d="M40 120H104C94 168 112 220 134 262H40Z" fill="${t.deep}"/>` +
    `<path d="M158 158L176 128L204 136C222 168 250 190 290 205L272 222C230 208 190 188 158 158Z" fill="${t.light}"/>` +
    (trail ? trailGuards(t) : `<path d="M318 262C318 238 330 226 344 224L362 236V262Z" fill="${t.light}"/>`) +
    sideMark(t, mark) +
    `<path d="M50 254C120 238 260 262 360 244V262H50Z" fill="${t.deepest}" opacity=".22"/></g>` +
    `<path d="${COLLAR}" fill="${t.deepest}"/>` +
    `<path d="M57 160C44 150 46 134 60 134C70 134 76 142 74 152" fill="none" stroke="${t.accent}" stroke-width="6" stroke-linecap="round"/>` +
    `${laces(t)}</g>` +
    (trail ? trailSole(t, stack) : roadSole(t, stack))
  );
}
