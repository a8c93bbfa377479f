// A task's next step is queued some fifty times for an event. workerd's own `queueMicrotask` leaves V8 and wraps what it is given,
// each time; a settled promise stays inside. It is made here, where no request is, because a promise belongs to the request that made it.
const settled = Promise.resolve();

export function queueWithinV8() {
  globalThis.queueMicrotask = (task) => void settled.then(task);
}
