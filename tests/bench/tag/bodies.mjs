// The events in a request, whatever its client packed them in: JSON, gzip, a form, base64 inside of these.

import { gunzipSync } from "node:zlib";
import { marksIn } from "./marks.mjs";

/** Under these names clients send a list of events. */
const LISTS = ["batch", "events", "data"];

/** The text of a body; gzip is known by its first bytes. */
export const textOf = (body) => (body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body) : body).toString();

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The JSON value in a text: the text itself, base64 of one, or the `data` of a form. */
function value(text) {
  const whole = parsed(text) ?? parsed(Buffer.from(text, "base64").toString());
  if (whole !== undefined || !text.includes("=")) return whole;
  const data = new URLSearchParams(text).get("data");
  return data ? value(data) : undefined;
}

function list(value) {
  if (Array.isArray(value)) return value.flatMap(list);
  const name = LISTS.find((name) => Array.isArray(value[name]));
  return name ? list(value[name]) : [value];
}

/** Base64 in a text, read. */
const inside = (text) => (text.match(/[\w+/-]{24,}={0,2}/g) ?? []).map((packed) => Buffer.from(packed, "base64").toString("latin1"));

/** By which its server could know an event that it has already. */
const idOf = (event) =>
  event.messageId ?? event.eid ?? event.uuid ?? event.insert_id ?? event.properties?.$insert_id ?? event.xdm?._id;

/**
 * @param {Buffer} body
 * @param {(event: object) => boolean} [counts] whether a mark on it is its own
 * @returns {{ id?: string, marks: string[] }[]}
 */
export function eventsIn(body, counts = () => true) {
  const text = textOf(body);
  const found = text && value(text);
  if (!found || typeof found !== "object") return [];
  return list(found).filter((event) => event && typeof event === "object" && counts(event)).map((event) => {
    const json = JSON.stringify(event);
    return { id: idOf(event), marks: marksIn([json, ...inside(json)].join(" ")) };
  });
}
