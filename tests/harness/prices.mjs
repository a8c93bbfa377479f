// What the platform bills, at list price.

/** Dollars per million of each billed operation. */
export const PRICE = {
  requests: 0.3,
  objectCalls: 0.15,
  rowsRead: 0.001,
  rowsWritten: 1,
  queueOperations: 0.4,
  kvReads: 0.5,
  kvWrites: 5,
  archiveWrites: 4.5,
};
