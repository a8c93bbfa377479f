// What no client should send, for fast-check: JSON as text, so that it can be wrong in ways that no value can.

import { fc } from "./packages.mjs";

/** Names that mean something somewhere, so that what is put there is looked at. */
export const NAMES = [
  "type", "messageId", "userId", "anonymousId", "previousId", "groupId", "event", "name", "channel", "timestamp", "originalTimestamp", "sentAt",
  "receivedAt", "context", "integrations", "traits", "properties", "writeKey", "batch", "decide", "placements", "minConfig", "email", "phone",
  "externalIds", "id", "collection", "consent", "categoryPreferences", "analytics", "tcf", "gpp", "google", "gpc", "analytics_storage", "identityToken", "products", "items", "ecommerce", "price",
  "quantity", "product_id", "item_id", "order_id", "total", "revenue", "currency", "category", "", "__proto__", "constructor", "toJSON",
];

const LEAVES = [
  "null", "true", "0", "-0", "-1", "1e308", "1e309", "-1e309", "1e-400", "123456789012345678901234567890", "9223372036854775808", "18446744073709551616",
  "253402300799999", "253402300800000", "-62135596800001", '""', '" "', '"null"', '"-9999-12-31T23:59:59Z"', '"9999-12-31T23:59:59.999Z"',
  '"2026-02-30T00:00:00Z"', '"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"\\udc00\\ud800"', '"\\ud83c\\udf89"', '"🎉é"', '"1e999"', '"eyJhbGciOiJub25lIn0.e30."',
  '"eyJhbGciOiJIUzI1NiJ9.e30.AAAA"', '"eyJhbGciOiJFUzI1NiIsImtpZCI6IngifQ.e30.AAAA"', '"DBABLA~CAAgAAAAAABA.QA"', '"DB__8Q~x"', '"CQuIxQAQuIxQAAHABAENBkFgAP_gAAAAAA"',
];
/** No JSON: what it stands in is not either. */
const BROKEN = ["nul", "NaN", "'x'", "01", "{", "]", '"', ""];

/** Fields in this order; the same name may be there twice. */
export const object = (fields) => `{${fields.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join()}}`;

const deep = fc.tuple(fc.constantFrom(["[", "]"], ['{"a":', "}"]), fc.constantFrom(1, 60, 63, 64, 65, 100, 126, 127, 128, 129, 10_000))
  .map(([[open, close], depth]) => `${open.repeat(depth)}1${close.repeat(depth)}`);
const long = fc.tuple(fc.constantFrom("x", "é", "\\u0000", "🎉", " "), fc.constantFrom(1, 100, 101, 500, 501, 5_000, 33_000, 200_000))
  .map(([text, length]) => `"${text.repeat(length / text.length)}"`);
const many = fc.constantFrom(50, 2_000, 10_000).map((count) => object(Array.from({ length: count }, (_, n) => [`k${n}`, n])));
const name = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...NAMES) }, { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 9 }) });

/** JSON text, in the sense that where it ends is clear. */
const { json: whole } = fc.letrec((tie) => ({
  json: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { weight: 20, arbitrary: fc.constantFrom(...LEAVES) },
    { weight: 4, arbitrary: fc.double().map(String) },
    { weight: 4, arbitrary: fc.string({ unit: "binary" }).map((text) => JSON.stringify(text)) },
    { weight: 2, arbitrary: deep },
    { weight: 2, arbitrary: long },
    { weight: 1, arbitrary: many },
    { weight: 5, arbitrary: fc.array(tie("json"), { maxLength: 5 }).map((items) => `[${items.join()}]`) },
    { weight: 5, arbitrary: fc.array(fc.tuple(name, tie("json")), { maxLength: 6 }).map(object) },
  ),
}));

/** JSON text, mostly. */
export const anyJson = fc.oneof({ weight: 19, arbitrary: whole }, { weight: 1, arbitrary: fc.constantFrom(...BROKEN) });

/** Anything as a body. */
export const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  anyJson.map((text) => Buffer.from(text)),
  fc.array(fc.tuple(name, anyJson), { maxLength: 8 }).map((fields) => Buffer.from(object(fields))),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.concat([Buffer.from([0x1f, 0x8b, 8]), Buffer.from(bytes)])),
  fc.constantFrom(512_000, 512_001, 900_000).map((length) => Buffer.alloc(length, "[")),
);

const products = [{ product_id: "a", price: "9.95", quantity: 2 }, { product_id: "b", price: 1 }];
const traits = { email: "ada@example.com", phone: "+49 170 1234567", plan: "pro" };

/** A good event of each type, and of each kind that is understood. */
export const goodEvents = [
  { type: "track", event: "Order Completed", properties: { order_id: "o", total: 20.9, currency: "EUR", products } },
  { type: "track", event: "add_to_cart", properties: { ecommerce: { items: products, value: 3 } } },
  { type: "track", event: "Account Removed User", groupId: "acme", properties: {} },
  { type: "identify", traits, context: { traits, externalIds: [{ id: "7", type: "crm_id", collection: "users", encoding: "none" }] } },
  { type: "page", name: "Home", properties: { path: "/" } },
  { type: "screen", name: "Home", properties: {} },
  { type: "group", groupId: "acme", traits: { seats: 7 } },
  { type: "alias", previousId: "old" },
].map((event) => ({ userId: "ada", anonymousId: "device", timestamp: "2026-11-20T10:00:00Z", ...event }));

/** Fields of something in JSON, as text. */
const fieldsOf = (value) => Object.entries(value ?? {}).map(([name, inner]) => [name, JSON.stringify(inner)]);
const changed = (fields, name, text) => [...fields.filter(([known]) => known !== name), [name, text]];

/**
 * A good event in which some fields are something else, one level deep or two. Its device and its number in the batch are to
 * be put in.
 */
export const anyEvent = fc
  .tuple(fc.constantFrom(...goodEvents), fc.array(fc.tuple(fc.constantFrom(...NAMES), fc.option(fc.constantFrom(...NAMES)), whole), { maxLength: 3 }))
  .map(([event, changes]) => {
    let fields = fieldsOf({ ...event, anonymousId: "%device%", messageId: "%device%-%n%" });
    for (const [name, inner, text] of changes) {
      fields = changed(fields, name, inner === null ? text : object(changed(fieldsOf(typeof event[name] === "object" ? event[name] : {}), inner, text)));
    }
    return object(fields);
  });

/** The bytes of a text of which some are others, or whose end is missing. */
export const damaged = (text) => fc
  .tuple(text, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), fc.option(fc.nat()))
  .map(([text, hits, cut]) => {
    const bytes = Buffer.from(text);
    for (const [at, byte] of hits) bytes[at % bytes.length] = byte;
    return cut === null ? bytes : bytes.subarray(0, cut % (bytes.length + 1));
  });
