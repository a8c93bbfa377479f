// A Chromium whose visitors look like people: some clients are silent where they see an automaton.

import { launch, launchIn } from "../../harness/chromium.mjs";

/** Nothing outside this machine is reached; a client that tries is found out by `strangers`. */
const args = ["--disable-blink-features=AutomationControlled", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE *.localhost"];

const userAgent = (version) =>
  `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version.split(".")[0]}.0.0.0 Safari/537.36`;

export class Browser {
  static async open() {
    const browser = new Browser();
    browser.chromium = await launch({ args });
    return browser;
  }

  close() {
    return this.chromium.close();
  }

  /** Somebody who was never here before. */
  visitor() {
    return this.chromium.newContext({ userAgent: userAgent(this.chromium.version()) });
  }

  /** Somebody whose browser keeps what it stores in this folder; to close the visitor closes the browser. */
  visitorIn(folder) {
    return launchIn(folder, { args, userAgent: userAgent(this.chromium.version()) });
  }
}

/** Opens a page; with a client on it, waits until that is ready. `mark` is for its page view. */
export async function enter(visitor, url, { mark, ready = true } = {}) {
  const page = await visitor.newPage();
  if (mark) await page.addInitScript(`window.viewMark = ${JSON.stringify(mark)}`);
  await page.goto(url);
  if (ready) await within(15_000, page.evaluate("begun"), () => `the client on ${url} was never ready`);
  return page;
}

/** The value, or a complaint if it takes longer than that. */
export async function within(ms, value, complaint) {
  let timer;
  const late = new Promise((_, fail) => (timer = setTimeout(() => fail(new Error(complaint())), ms)));
  try {
    return await Promise.race([value, late]);
  } finally {
    clearTimeout(timer);
  }
}
