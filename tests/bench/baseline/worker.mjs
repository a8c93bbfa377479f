// The least that an edge can do with an event: parse it, find the device's object, insert one row, answer.
import { DurableObject } from "cloudflare:workers";

class Rows extends DurableObject {
  constructor(state, env) {
    super(state, env);
    state.storage.sql.exec("CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, body TEXT NOT NULL)");
  }
  async fetch(request) {
    this.ctx.storage.sql.exec("INSERT INTO events (body) VALUES (?)", await request.text());
    return Response.json({ success: true, accepted: 1 });
  }
}
// Under the names that the edge's configuration has: both run under the very same one.
export { Rows as ProfileObject, Rows as IdentifierObject, Rows as WorkspaceObject };
export default {
  async fetch(request, env) {
    const { anonymousId, batch } = await request.json();
    return env.PROFILES.getByName(anonymousId).fetch("https://object/", { method: "POST", body: JSON.stringify(batch[0]) });
  },
};
