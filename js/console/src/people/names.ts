import type { Schema } from "../api/client";

/** What an identifier is called in the API. */
export const nameOf = ({ namespace, value }: Schema<"Identifier">) => `${namespace}:${value}`;

/** How an identifier stands. */
export const STATES = { active: "in use", retired: "old name", released: "given up" };

/** What names a person to people; the others come after these, and devices last. */
const BEST = ["user_id", "email", "phone"];

/** The identifier that says best who somebody is. */
export function bestOf<Id extends Schema<"HeldIdentifier">>(identifiers: Id[]): Id | undefined {
  const rank = ({ namespace }: Id) => (namespace === "anonymous_id" ? BEST.length + 1 : BEST.includes(namespace) ? BEST.indexOf(namespace) : BEST.length);
  return identifiers.filter(({ state }) => state === "active").sort((one, other) => rank(one) - rank(other))[0];
}

/** Why a link was refused, in plain words. */
export function reason(code: string): string {
  const [kind, namespace] = code.split(":");
  const of = namespace ? ` “${namespace}”` : "";
  switch (kind) {
    case "unique": return `The two have different values of${of}, and a person has only one.`;
    case "limit": return `The person would have more of${of} than the rules allow.`;
    case "blocked": return `A placeholder, or a value that the site has blocked.`;
    case "too_long": return "Too long for an identifier.";
    case "malformed": return `Not what a value of${of} looks like.`;
    case "never_merge": return "An admin has parted these two.";
    case "shared_device": return "A second person has logged in on this device.";
    case "quarantined": return "Under quarantine: too many devices showed it too fast.";
    case "too_many": return "The event names more than an event may name.";
    case "unproven": return "The event wants to rename a login, and nothing proves that it is theirs.";
    case "same_name": return "The event renames it to what it is called already.";
    case "no_new_name": return "The event does not say what it is to be called.";
    case "handover": return "A link from another site brought it that did not count.";
    default: return code;
  }
}
