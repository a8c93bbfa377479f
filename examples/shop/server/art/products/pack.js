/** Things that carry: a day pack, a running vest, a waist belt and a duffel. */

import { brandMark } from "./brand-mark.js";

const ground = (rx, y = 352) => `<ellipse cx="200" cy="${y}" rx="${rx}" ry="8" fill="#131a24" opacity=".14"/>`;

export function daypack(t, { rolltop = false }) {
  const lid = rolltop
    ? `<path d="M132 96C134 66 152 52 172 52H228C248 52 266 66 268 96Z" fill="${t.deep}"/><rect x="126" y="84" width="148" height="20" rx="10" fill="${t.deepest}"/><rect x="190" y="80" width="20" height="28" rx="4" fill="${t.accent}"/>`
    : `<path d="M122 128C118 84 144 60 200 60C256 60 282 84 278 128C250 140 150 140 122 128Z" fill="${t.deep}"/><path d="M140 112C166 122 234 122 260 112" stroke="${t.accent}" stroke-width="4" fill="none" stroke-dasharray="4 4"/>`;
  return (
    ground(104) +
    `<path d="M178 62C178 34 222 34 222 62" fill="none" stroke="${t.deepest}" stroke-width="9"/>` +
    `<path d="M122 150C92 170 84 270 106 330L128 320ZM278 150C308 170 316 270 294 330L272 320Z" fill="${t.deepest}"/>` +
    `<path d="M282 214h28c8 0 10 6 9 14l-8 96h-32Z" fill="${t.deep}"/><path d="M288 190c0-10 22-10 22 0v28h-22Z" fill="${t.accent}"/><rect x="292" y="174" width="14" height="12" rx="3" fill="${t.rubber}"/>` +
    `<path d="M124 110C116 170 112 260 118 324C120 342 132 350 150 350H250C268 350 280 342 282 324C288 260 284 170 276 110Z" fill="${t.main}"/>` +
    lid +
    `<path d="M140 204C170 196 230 196 260 204C264 250 264 290 258 318C254 330 244 334 232 334H168C156 334 146 330 142 318C136 290 136 250 140 204Z" fill="${t.light}"/>` +
    `<path d="M146 222C176 214 224 214 254 222" stroke="${t.deepest}" stroke-width="5" fill="none" stroke-linecap="round"/><path d="M248 221l10 16" stroke="${t.accent}" stroke-width="5" stroke-linecap="round"/>` +
    `<path d="M152 148L200 182L248 148M152 182L200 148L248 182" fill="none" stroke="${t.accent}" stroke-width="4" stroke-linejoin="round"/>` +
    brandMark(183, 266, 0.9, t.accent)
  );
}

const vestSide = (t) =>
  `<path d="M186 96C160 70 128 66 116 92C104 130 104 250 118 318C130 334 158 334 172 322C178 260 178 180 192 140Z" fill="${t.main}"/>` +
  `<path d="M122 196C140 190 160 190 175 196L170 316C156 326 132 326 122 314C116 276 116 236 122 196Z" fill="${t.light}"/>` +
  `<path d="M132 150C132 140 164 140 164 150L160 262C154 270 142 270 136 262Z" fill="${t.pale}"/><path d="M134 176C142 172 156 172 163 176L160 262C154 270 142 270 136 262Z" fill="${t.accent}" opacity=".85"/>` +
  `<rect x="140" y="126" width="16" height="18" rx="4" fill="${t.rubber}"/>` +
  `<path d="M122 222C140 232 160 232 174 224" stroke="${t.deepest}" stroke-width="5" fill="none"/>`;

export function vest(t) {
  return (
    ground(96, 346) +
    `<path d="M140 84C150 46 250 46 260 84L250 120C232 96 168 96 150 120Z" fill="${t.deepest}"/>` +
    `<path d="M172 108C186 94 214 94 228 108L226 250C214 262 186 262 174 250Z" fill="${t.deepest}" opacity=".75"/>` +
    `${vestSide(t)}<g transform="matrix(-1 0 0 1 400 0)">${vestSide(t)}</g>` +
    [178, 236]
      .map(
        (y) =>
          `<path d="M174 ${y}H226" stroke="${t.rubber}" stroke-width="7"/><rect x="191" y="${y - 9}" width="18" height="18" rx="4" fill="${t.accent}"/>`,
      )
      .join("")
  );
}

export function belt(t) {
  return (
    ground(140, 292) +
    `<path d="M52 196C50 130 350 130 348 196" fill="none" stroke="${t.deepest}" stroke-width="22" stroke-linecap="round"/>` +
    `<path d="M44 186C80 214 320 214 356 186L352 246C316 288 84 288 48 246Z" fill="${t.main}"/>` +
    `<path d="M130 208C170 214 230 214 270 208L266 266C226 276 174 276 134 266Z" fill="${t.light}"/>` +
    `<path d="M140 224C180 230 220 230 260 224" stroke="${t.deepest}" stroke-width="5" fill="none" stroke-linecap="round"/><path d="M254 223l10 16" stroke="${t.accent}" stroke-width="5" stroke-linecap="round"/>` +
    `<path d="M70 176c0-10 40-10 40 0l-4 80c-6 8-26 6-32-2Z" fill="${t.accent}"/><rect x="78" y="146" width="24" height="26" rx="6" fill="${t.rubber}"/><path d="M64 214c16 6 34 8 50 8l-2 46c-16-2-34-8-46-16Z" fill="${t.deep}"/>` +
    `<path d="M290 214c16-2 36-6 48-14l-4 52c-12 8-30 14-44 16Z" fill="${t.deep}"/>` +
    brandMark(184, 242, 0.85, t.accent)
  );
}

export function duffel(t) {
  return (
    ground(150, 314) +
    `<path d="M140 172C140 92 260 92 260 172" fill="none" stroke="${t.deepest}" stroke-width="12"/>` +
    `<path d="M74 166H326C350 166 360 196 360 236C360 282 350 310 326 310H74C50 310 40 282 40 236C40 196 50 166 74 166Z" fill="${t.main}"/>` +
    `<path d="M74 166C96 166 104 200 104 238C104 280 96 310 74 310C50 310 40 282 40 236C40 196 50 166 74 166ZM326 166C304 166 296 200 296 238C296 280 304 310 326 310C350 310 360 282 360 236C360 196 350 166 326 166Z" fill="${t.deep}"/>` +
    `<path d="M104 196C160 184 240 184 296 196" fill="none" stroke="${t.deepest}" stroke-width="6"/><path d="M104 196C160 184 240 184 296 196" fill="none" stroke="${t.accent}" stroke-width="2" stroke-dasharray="3 4"/>` +
    `<path d="M130 168L146 310H164L152 168ZM270 168L254 310H236L248 168Z" fill="${t.deepest}"/>` +
    brandMark(178, 238, 1.15, t.accent)
  );
}
