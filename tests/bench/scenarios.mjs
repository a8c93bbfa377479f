// What is measured: for each scenario its requests, prepared up to the moment that counts.

import { randomUUID } from "node:crypto";
import { Device, identityToken } from "../harness/edge.mjs";
import { lanes } from "./load.mjs";

/** Events of the device that logs in second. */
const HISTORY = 100;
/** Devices that come by again and again. */
const KNOWN = 64;
/** Devices that are prepared at a time. */
const HANDS = 8;

const product = { product_id: "skylark-4", name: "Skylark 4", category: "Running shoes", price: 149 };
const viewed = { type: "track", event: "Product Viewed", properties: product };

/** What the device would send, ready to go. */
function request({ anonymousId, cookie }, event) {
  const batch = [{ messageId: randomUUID(), anonymousId, ...event }];
  return { cookie, body: JSON.stringify({ writeKey: "demo", anonymousId, batch }) };
}

function login(device, userId) {
  const context = { identityToken: identityToken(userId) };
  return request(device, { type: "identify", userId, traits: { tier: "basic" }, context });
}

/** A device that has sent so many events. */
async function visitor(edge, events) {
  const device = new Device(edge);
  const answer = await device.send(Array.from({ length: events }, () => viewed));
  if (answer.accepted !== events) throw new Error(`a device could not be prepared: ${JSON.stringify(answer)}`);
  return device;
}

async function visitors(edge, count, events) {
  const made = Array.from({ length: count });
  await lanes(made, HANDS, async (_, n) => (made[n] = await visitor(edge, events)));
  return made;
}

/** Devices that come by again and again send one event each. Also what the baseline gets, byte for byte. */
export class Steady {
  name = "steady-state event";
  counts = "event";
  aim = 1.5;

  async prepare(edge, count) {
    this.devices ??= Array.from({ length: KNOWN }, () => new Device(edge));
    // An object that nobody has called for ten seconds is put to sleep.
    await lanes(this.devices, HANDS, (device) => device.send([viewed]));
    return { requests: Array.from({ length: count }, (_, n) => request(this.devices[n % KNOWN], viewed)), customers: [] };
  }
}

/** The baseline itself, sent to objects that are not there yet: what a first login can't be without. */
export class NewObject {
  name = "the baseline, at a new object";
  counts = "baseline";
  ofBaseline = true;

  prepare(_edge, count) {
    const requests = Array.from({ length: count }, () => request({ anonymousId: randomUUID() }, viewed));
    return { requests, customers: [] };
  }
}

/** A device with one event logs in as somebody whom nobody has been yet. */
export class FirstLogin {
  name = "first login (link)";
  counts = "login";
  aim = 3;
  /** What is then on the customer's timeline. */
  events = 1 + 1;

  async prepare(edge, count) {
    const devices = await visitors(edge, count, 1);
    const customers = devices.map(() => `first-${randomUUID()}`);
    return { requests: devices.map((device, n) => login(device, customers[n])), customers };
  }
}

/** A device with a history logs in as somebody who is logged in on another device: two profiles become one. */
export class SecondDevice {
  name = `second device (merge of ${HISTORY} events)`;
  counts = "merge";
  events = 1 + 1 + HISTORY + 1;

  async prepare(edge, count) {
    const firsts = await visitors(edge, count, 1);
    const customers = firsts.map(() => `second-${randomUUID()}`);
    await lanes(firsts, HANDS, (device, n) => device.identify(customers[n]));
    const devices = await visitors(edge, count, HISTORY);
    return { requests: devices.map((device, n) => login(device, customers[n])), customers };
  }
}
