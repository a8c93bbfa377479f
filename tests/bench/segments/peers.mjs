// Conditions of GrowthBook's suite, as other libraries for JavaScript are asked them.

import { evalCondition } from "@growthbook/growthbook";
import jsonLogic from "json-logic-js";
import { Engine } from "json-rules-engine";

/** Where two libraries name the same thing. Whatever is not here has no likeness there. */
const LOGIC = { $eq: "===", $ne: "!==", $lt: "<", $lte: "<=", $gt: ">", $gte: ">=", $in: "in" };
const RULES = {
  $eq: "equal", $ne: "notEqual", $lt: "lessThan", $lte: "lessThanInclusive", $gt: "greaterThan", $gte: "greaterThanInclusive",
  $in: "in", $nin: "notIn",
};

class NoLikeness extends Error {}

const isOperators = (value) => value !== null && typeof value === "object" && !Array.isArray(value) && Object.keys(value).every((key) => key.startsWith("$"));

/** Walks a condition; the language says how its parts are written. */
function translated(condition, language) {
  if (condition === null || typeof condition !== "object" || Array.isArray(condition)) throw new NoLikeness();
  const list = (parts) => {
    if (!Array.isArray(parts)) throw new NoLikeness();
    return parts.map((part) => translated(part, language));
  };
  return language.all(Object.entries(condition).map(([key, asked]) => {
    if (key === "$and") return language.all(list(asked));
    if (key === "$or") return language.any(list(asked));
    if (key === "$nor") return language.not(language.any(list(asked)));
    if (key === "$not") return language.not(translated(asked, language));
    if (key.startsWith("$")) throw new NoLikeness();
    const tests = isOperators(asked) ? Object.entries(asked) : [["$eq", asked]];
    return language.all(tests.map(([operator, operand]) => language.test(key, operator, operand)));
  }));
}

const one = (parts, of) => (parts.length === 1 ? parts[0] : of(parts));

const logic = {
  all: (parts) => one(parts, (and) => ({ and })),
  any: (parts) => one(parts, (or) => ({ or })),
  not: (part) => ({ "!": [part] }),
  test(path, operator, operand) {
    if (operator === "$not") return this.not(one(Object.entries(operand).map(([name, inner]) => this.test(path, name, inner)), this.all));
    if (operator === "$nin") return this.not(this.test(path, "$in", operand));
    if (!(operator in LOGIC)) throw new NoLikeness();
    return { [LOGIC[operator]]: [{ var: path }, operand] };
  },
};

const rules = {
  all: (all) => one(all, () => ({ all })),
  any: (any) => one(any, () => ({ any })),
  not: (not) => ({ not }),
  test(path, operator, operand) {
    if (operator === "$not") return this.not(one(Object.entries(operand).map(([name, inner]) => this.test(path, name, inner)), this.all));
    if (!(operator in RULES)) throw new NoLikeness();
    const [fact, ...rest] = path.split(".");
    return { fact, operator: RULES[operator], value: operand, ...(rest.length > 0 ? { path: `$.${rest.join(".")}` } : {}) };
  },
};

/** Those cases that a library can be asked and answers as the suite does, without a word on the console, which would be measured. */
async function answered(suite, make) {
  const found = [];
  const said = { ...console };
  let words = 0;
  for (const name of ["debug", "error", "info", "log", "warn"]) console[name] = () => (words += 1);
  for (const [n, [condition, attributes, groups, holds]] of suite.entries()) {
    words = 0;
    try {
      const ask = make(structuredClone(condition), attributes, groups);
      if (Boolean(await ask()) === holds && words === 0) found.push({ n, ask });
    } catch {
      // It has no likeness there, or the library can't take it.
    }
  }
  Object.assign(console, said);
  return found;
}

function peer(name, found, run) {
  return { name, asked: found.map(({ n }) => n), run: () => run(found.map(({ ask }) => ask)) };
}

export async function peers(suite) {
  const plain = (asks) => {
    for (const ask of asks) ask();
  };
  const growthbook = await answered(suite, (condition, attributes, groups) => () => evalCondition(attributes, condition, groups));
  const byLogic = await answered(suite, (condition, attributes, groups) => {
    if (Object.keys(groups).length > 0) throw new NoLikeness();
    const rule = translated(condition, logic);
    return () => jsonLogic.apply(rule, attributes);
  });
  const byRules = await answered(suite, (condition, attributes, groups) => {
    if (Object.keys(groups).length > 0) throw new NoLikeness();
    const translation = translated(condition, rules);
    const conditions = "all" in translation || "any" in translation || "not" in translation ? translation : { all: [translation] };
    const engine = new Engine([{ conditions, event: { type: "holds" } }], { allowUndefinedFacts: true });
    return async () => (await engine.run(attributes)).events.length > 0;
  });
  return [
    peer("@growthbook/growthbook", growthbook, plain),
    peer("json-logic-js", byLogic, plain),
    peer("json-rules-engine", byRules, async (asks) => {
      for (const ask of asks) await ask();
    }),
  ];
}
