// Cuts a list into parts that can each be read by themselves, while it is being read: a file of any size takes the memory of one part.

export interface Part {
  n: number;
  /** The line of the file that its first row is on. */
  firstLine: number;
  bytes: Uint8Array<ArrayBuffer>;
  /** Bytes of the file up to its end. */
  read: number;
}

const [QUOTE, COMMA, NEWLINE, RETURN, BRACE] = [0x22, 0x2c, 0x0a, 0x0d, 0x7b];
/** Where in a field of CSV a byte is. */
const [START, PLAIN, QUOTED, CLOSED] = [0, 1, 2, 3];

/** Parts of about so many bytes: the edge takes some more. */
export const PART = 3_500_000;

class Bytes {
  #held = new Uint8Array(1024);
  length = 0;

  push(byte: number) {
    if (this.length === this.#held.length) {
      const larger = new Uint8Array(this.length * 2);
      larger.set(this.#held);
      this.#held = larger;
    }
    this.#held[this.length++] = byte;
  }

  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#held.slice(0, this.length);
    this.length = 0;
    return taken;
  }
}

/** Rows: records of CSV, which may have lines in them, or one object a line. */
async function* rows(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<{ bytes: Uint8Array<ArrayBuffer>; line: number; isJson: boolean; read: number }> {
  const row = new Bytes();
  let [state, line, began, read] = [START, 1, 1, 0];
  let isJson: boolean | undefined;
  let skipped = 0;
  for await (const chunk of chunks) {
    for (const byte of chunk) {
      read += 1;
      // A mark of the byte order, which spreadsheets put before the first header, is no part of it.
      if (skipped < 3 && read === skipped + 1 && byte === [0xef, 0xbb, 0xbf][skipped]) {
        skipped += 1;
        continue;
      }
      if (isJson === undefined && byte > 0x20) isJson = byte === BRACE;
      row.push(byte);
      if (isJson || state !== QUOTED) {
        if (byte === NEWLINE) {
          line += 1;
          yield { bytes: row.take(), line: began, isJson: isJson ?? false, read };
          [state, began] = [START, line];
        } else if (byte === COMMA) state = START;
        else if (byte === QUOTE && (state === START || state === CLOSED)) state = QUOTED;
        else if (byte !== RETURN) state = PLAIN;
      } else if (byte === QUOTE) state = CLOSED;
      else if (byte === NEWLINE) line += 1;
    }
  }
  if (row.length > 0) yield { bytes: row.take(), line: began, isJson: isJson ?? false, read };
}

/** The parts of a file, each with its header. */
export async function* parts(chunks: AsyncIterable<Uint8Array>, size = PART): AsyncGenerator<Part> {
  let header: Uint8Array<ArrayBuffer> | undefined;
  let held: Uint8Array<ArrayBuffer>[] = [];
  let [bytes, firstLine, n, end] = [0, 0, 0, 0];
  const part = (): Part => ({ n: n++, firstLine, bytes: joined([...(header ? [header] : []), ...held]), read: end });
  for await (const row of rows(chunks)) {
    if (header === undefined && !row.isJson) {
      header = row.bytes.at(-1) === NEWLINE ? row.bytes : joined([row.bytes, new Uint8Array([NEWLINE])]);
      end = row.read;
      continue;
    }
    if (held.length > 0 && bytes + row.bytes.length > size) {
      yield part();
      [held, bytes] = [[], 0];
    }
    if (held.length === 0) [firstLine, bytes] = [row.line, header?.length ?? 0];
    held.push(row.bytes);
    [bytes, end] = [bytes + row.bytes.length, row.read];
  }
  if (held.length > 0 || (header && n === 0)) yield part();
}

function joined(all: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(all.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of all) {
    whole.set(one, at);
    at += one.length;
  }
  return whole;
}
