/** Small things to wear or hold. */

import { brandMark } from "./brand-mark.js";

const ground = (rx, y) => `<ellipse cx="200" cy="${y}" rx="${rx}" ry="8" fill="#131a24" opacity=".14"/>`;

export function cap(t) {
  return (
    ground(140, 284) +
    `<path d="M92 232C88 150 136 104 202 104C266 104 300 150 298 224C236 246 150 250 92 232Z" fill="${t.main}"/>` +
    `<path d="M202 104C236 128 250 180 248 236L298 224C300 150 266 104 202 104Z" fill="${t.deep}"/>` +
    `<path d="M202 104C168 128 146 180 146 241" fill="none" stroke="${t.deep}" stroke-width="3"/>` +
    `<path d="M202 104C226 130 236 184 234 240L248 238C250 180 236 128 202 104Z" fill="${t.light}"/>` +
    `<circle cx="202" cy="104" r="8" fill="${t.accent}"/>` +
    `<path d="M92 228C150 246 238 244 298 220C338 226 370 246 376 264C340 254 300 256 262 266C200 280 128 270 94 252C90 244 90 236 92 228Z" fill="${t.deepest}"/>` +
    `<path d="M262 266C300 256 340 254 376 264C344 274 300 282 262 266Z" fill="${t.accent}"/>` +
    [0, 1, 2].map((i) => `<circle cx="${264 + i * 12}" cy="${160 + i * 14}" r="3.5" fill="${t.deepest}"/>`).join("") +
    brandMark(158, 182, 1.3, t.accent)
  );
}

export function beanie(t) {
  const ribs = (y, height, colour) =>
    Array.from(
      { length: 15 },
      (_, i) => `<path d="M${98 + i * 14.6} ${y}v${height}" stroke="${colour}" stroke-width="3" opacity=".55"/>`,
    ).join("");
  return (
    ground(108, 318) +
    `<defs><clipPath id="dome"><path d="M96 262C90 150 138 88 200 88C262 88 310 150 304 262Z"/></clipPath></defs>` +
    `<g clip-path="url(#dome)"><rect width="400" height="400" fill="${t.main}"/>` +
    `<rect y="150" width="400" height="20" fill="${t.accent}"/><rect y="178" width="400" height="10" fill="${t.pale}"/><path d="M240 80C290 130 300 200 296 270H320V80Z" fill="${t.deep}" opacity=".5"/>${ribs(90, 180, t.deep)}</g>` +
    `<circle cx="200" cy="76" r="27" fill="${t.accent}"/><circle cx="192" cy="68" r="11" fill="${t.accentLight}" opacity=".6"/>` +
    `<rect x="84" y="242" width="232" height="64" rx="20" fill="${t.deep}"/>${ribs(250, 48, t.deepest)}` +
    `<rect x="176" y="258" width="48" height="32" rx="4" fill="${t.bone}"/>${brandMark(185, 268, 0.8, t.deepest)}`
  );
}

const sock = (t) =>
  `<path d="M118 70H196V208C196 226 212 234 238 252C272 274 276 320 240 326C196 332 150 306 128 276C114 256 118 240 118 214Z" fill="${t.main}"/>` +
  `<path d="M118 70H196V112H118Z" fill="${t.deep}"/>` +
  [0, 1, 2, 3, 4, 5]
    .map((i) => `<path d="M${128 + i * 12} 72V110" stroke="${t.deepest}" stroke-width="3" opacity=".5"/>`)
    .join("") +
  `<rect x="118" y="124" width="78" height="10" fill="${t.accent}"/><rect x="118" y="142" width="78" height="10" fill="${t.accent}"/>` +
  `<path d="M119 236C136 218 160 232 156 258C152 280 138 286 131 279C114 258 118 250 119 236Z" fill="${t.accent}"/>` +
  `<path d="M236 251C274 274 276 320 240 326C222 328 204 324 186 317C196 290 214 262 236 251Z" fill="${t.deep}"/>` +
  `<path d="M170 240q20 22 34 30" stroke="${t.light}" stroke-width="4" fill="none" stroke-linecap="round" stroke-dasharray="1 9"/>`;

export function socks(t) {
  return `${ground(130, 338)}<g transform="translate(74 -10) scale(1)" opacity=".96">${sock({ ...t, main: t.deep, deep: t.deepest })}</g><g transform="translate(-18 6)">${sock(t)}</g>`;
}

export function headlamp(t) {
  return (
    `<defs><radialGradient id="beam"><stop offset="0" stop-color="#fff6cf" stop-opacity=".95"/><stop offset="1" stop-color="#fff6cf" stop-opacity="0"/></radialGradient></defs>` +
    ground(120, 314) +
    `<ellipse cx="200" cy="186" rx="136" ry="74" fill="none" stroke="${t.deep}" stroke-width="26"/>` +
    `<path d="M64 190C70 236 128 262 200 262C272 262 330 236 336 190" fill="none" stroke="${t.main}" stroke-width="30"/>` +
    `<path d="M74 204C86 236 134 256 200 256C266 256 314 236 326 204" fill="none" stroke="${t.accent}" stroke-width="5" stroke-dasharray="12 7"/>` +
    `<rect x="136" y="206" width="128" height="94" rx="24" fill="${t.rubber}"/><rect x="136" y="206" width="128" height="26" rx="13" fill="#3a434e"/>` +
    `<circle cx="180" cy="258" r="29" fill="${t.metal}"/><circle cx="180" cy="258" r="22" fill="#fff3c4"/><circle cx="180" cy="258" r="10" fill="#fffdf2"/>` +
    `<circle cx="236" cy="258" r="17" fill="${t.metal}"/><circle cx="236" cy="258" r="12" fill="#ffe9a8"/><rect x="188" y="198" width="26" height="10" rx="4" fill="${t.accent}"/>` +
    `<circle cx="180" cy="258" r="74" fill="url(#beam)" opacity=".6"/>`
  );
}

export function flask(t) {
  return (
    ground(72, 354) +
    `<path d="M156 128C140 150 138 180 142 220C146 270 136 300 142 330C146 346 160 352 200 352C240 352 254 346 258 330C264 300 254 270 258 220C262 180 260 150 244 128Z" fill="${t.pale}"/>` +
    `<path d="M140 196C166 206 230 188 260 198C260 240 256 270 260 300C262 320 262 340 240 348C214 354 170 352 154 344C136 336 140 312 142 296C146 262 140 230 140 196Z" fill="${t.main}" opacity=".82"/>` +
    `<path d="M160 150C154 200 160 260 154 326" stroke="#fff" stroke-width="9" fill="none" stroke-linecap="round" opacity=".45"/>` +
    `<rect x="150" y="104" width="100" height="28" rx="8" fill="${t.rubber}"/>${[0, 1, 2, 3, 4, 5, 6].map((i) => `<path d="M${160 + i * 13} 108v20" stroke="#3d4650" stroke-width="3"/>`).join("")}` +
    `<path d="M176 104C176 84 186 82 188 66H212C214 82 224 84 224 104Z" fill="${t.accent}"/><rect x="184" y="46" width="32" height="24" rx="9" fill="${t.accentDeep}"/>` +
    [236, 262, 288, 314]
      .map((y) => `<path d="M236 ${y}h14" stroke="${t.deepest}" stroke-width="3" opacity=".6"/>`)
      .join("") +
    brandMark(174, 244, 1.25, t.bone)
  );
}
