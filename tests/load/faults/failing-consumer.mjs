// The edge's Worker, whose Queue consumer fails now and then: before it has done anything, or after all of it.

import Edge from "./index.js";
export {
  AccountObject as AccountObject,
  DirectoryObject as DirectoryObject,
  IdentifierObject as IdentifierObject,
  ProfileObject as ProfileObject,
  WorkspaceObject as WorkspaceObject,
} from "./index.js";
import { randomOf } from "./random.mjs";

let random;

export default class extends Edge {
  async queue(batch) {
    random ??= randomOf(Number(this.env.FAULTS_SEED));
    const draw = random.next();
    if (draw < 0.1) throw new Error("a fault before the batch is taken");
    await super.queue(batch);
    if (draw < 0.2) throw new Error("a fault after the batch is taken");
  }
}
