import { copyBytes } from "../bytes/mod.js";
import { HEADER_SIZE } from "../ofp/mod.js";
import { TcpFlag } from "../packet/mod.js";

/** One direction of a TCP connection in a capture: its segments become bytes, and those messages. */
export interface Direction {
  /** Takes a segment. @param missing - how many bytes behind these it had that were not captured @returns the messages that it completes: new bytes, of the caller */
  take(seq: number, flags: number, bytes: Uint8Array, missing: number): Uint8Array[];
  /** Gives up the segments that are missing. @returns the messages behind them */
  skip(): Uint8Array[];
}

/** Segments and bytes of one direction that wait for one that is missing; at more of them it is given up. */
const MAX_SEGMENTS = 1024;
const MAX_WAITING = 0x400000;

/** The bytes of a message up to its length, by which its beginning is known where its place has to be guessed. */
const RECOGNIZED = 4;

/** Whether a message of OpenFlow may begin with these bytes, of which there may be fewer than its header. */
function plausible(u8: Uint8Array): boolean {
  const [version = 1, type = 0, high = 0xff, low = 0] = u8;
  return version >= 1 && version <= 6 && type <= 35 && (u8.length < RECOGNIZED || ((high << 8) | low) >= HEADER_SIZE);
}

/** How far a sequence number is ahead of another one, modulo 2^32: negative where it is behind. */
const ahead = (a: number, b: number): number => (a - b) | 0;

const plus = (seq: number, count: number): number => (seq + count) >>> 0;

/** Cuts bytes that follow each other into messages. Parts are only joined when they complete a header or a message: each byte is copied a few times at most. */
class Cutter {
  #parts: Uint8Array[] = [];
  #size = 0;
  #need = HEADER_SIZE;
  /** Bytes to come of a message that is given up. */
  #skip = 0;

  clear(): void {
    this.#parts = [];
    this.#size = 0;
    this.#need = HEADER_SIZE;
    this.#skip = 0;
  }

  /** So many bytes were not captured: the message that they are of is given up. @returns whether the beginning of the next one is known */
  gap(missing: number): boolean {
    const left = this.#skip > 0 ? this.#skip : this.#size >= HEADER_SIZE ? this.#need - this.#size : 0;
    this.clear();
    this.#skip = Math.max(0, left - missing);
    return left >= missing;
  }

  /** @param found - takes the messages @returns whether what follows is a message too, not one that is shorter than its header */
  put(given: Uint8Array, found: Uint8Array[]): boolean {
    const bytes = given.subarray(this.#skip);
    this.#skip = Math.max(0, this.#skip - given.length);
    if (bytes.length === 0) return true;
    this.#parts.push(bytes);
    this.#size += bytes.length;
    if (this.#size < this.#need) return true;
    const all = this.#parts.length === 1 ? bytes : join(this.#parts, this.#size);
    this.clear();
    let p = 0;
    while (all.length - p >= HEADER_SIZE) {
      const length = (all[p + 2]! << 8) | all[p + 3]!;
      if (length < HEADER_SIZE) return false;
      if (length > all.length - p) {
        this.#need = length;
        break;
      }
      found.push(copyBytes(all, p, p + length));
      p += length;
    }
    if (p < all.length) this.#parts.push(all.subarray(p));
    this.#size = all.length - p;
    return true;
  }
}

function join(parts: readonly Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size);
  let p = 0;
  for (const part of parts) {
    all.set(part, p);
    p += part.length;
  }
  return all;
}

/** Only segments that continue the bytes so far: the first one that is seen, or a SYN, says where they begin; a FIN or RST ends them. */
export class InOrder implements Direction {
  readonly #cutter = new Cutter();
  #next: number | undefined;
  #readable = true;
  /** Bytes were not captured, and it is not known where the next message begins. */
  #lost = false;

  take(seq: number, flags: number, bytes: Uint8Array, missing: number): Uint8Array[] {
    const found: Uint8Array[] = [];
    if ((flags & TcpFlag.Syn) !== 0) this.#begin(plus(seq, 1));
    else if ((flags & (TcpFlag.Fin | TcpFlag.Rst)) !== 0) this.#next = undefined;
    else if (bytes.length + missing > 0) {
      if (this.#next === undefined) this.#begin(seq);
      if (seq !== this.#next) return found;
      this.#next = plus(seq, bytes.length + missing);
      if (this.#lost && (bytes.length < RECOGNIZED || !plausible(bytes))) return found;
      this.#lost = false;
      if (this.#readable) this.#readable = this.#cutter.put(bytes, found);
      if (this.#readable && missing > 0) this.#lost = !this.#cutter.gap(missing);
    }
    return found;
  }

  skip(): Uint8Array[] {
    return [];
  }

  #begin(seq: number): void {
    this.#next = seq;
    this.#readable = true;
    this.#lost = false;
    this.#cutter.clear();
  }
}

/** Segments put in order; where one is missing, or the bytes are no messages, reading goes on with the next segment that begins like a message. */
export class Repaired implements Direction {
  readonly #cutter = new Cutter();
  #next: number | undefined;
  #synced = false;
  /** Bytes that may begin a message and are too few to be sure. */
  #maybe: Uint8Array = new Uint8Array(0);
  #waiting: { seq: number; bytes: Uint8Array; missing: number }[] = [];
  #size = 0;

  take(seq: number, flags: number, bytes: Uint8Array, missing: number): Uint8Array[] {
    const syn = (flags & TcpFlag.Syn) !== 0;
    const first = syn ? plus(seq, 1) : seq;
    if (syn) {
      this.#restart(first);
      this.#synced = true;
      this.#waiting = [];
      this.#size = 0;
    }
    if (bytes.length + missing === 0) return [];
    this.#next ??= first;
    this.#waiting.push({ seq: first, bytes, missing });
    this.#size += bytes.length;
    const found = this.#drain();
    if (this.#waiting.length > MAX_SEGMENTS || this.#size > MAX_WAITING) found.push(...this.skip());
    return found;
  }

  skip(): Uint8Array[] {
    const found: Uint8Array[] = [];
    while (this.#waiting.length > 0) {
      this.#restart(this.#waiting.reduce((least, { seq }) => (ahead(seq, least) < 0 ? seq : least), this.#waiting[0]!.seq));
      found.push(...this.#drain());
    }
    return found;
  }

  /** Bytes go on from here, with no relation to those before. */
  #restart(seq: number): void {
    this.#next = seq;
    this.#synced = false;
    this.#maybe = new Uint8Array(0);
    this.#cutter.clear();
  }

  /** Takes what continues the bytes so far, and lets go of what came before. */
  #drain(): Uint8Array[] {
    const found: Uint8Array[] = [];
    for (let again = true; again; ) {
      again = false;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const part of waiting) {
        const late = ahead(this.#next!, part.seq);
        if (late < 0) {
          this.#waiting.push(part);
          continue;
        }
        this.#size -= part.bytes.length;
        const size = part.bytes.length + part.missing;
        if (late >= size) continue;
        again = true;
        this.#next = plus(part.seq, size);
        if (late < part.bytes.length) this.#put(part.bytes.subarray(late), found);
        if (part.missing === 0) continue;
        this.#maybe = new Uint8Array(0);
        this.#synced &&= this.#cutter.gap(Math.min(part.missing, size - late));
      }
      if (this.#waiting.length === 0) return found;
    }
    return found;
  }

  #put(bytes: Uint8Array, found: Uint8Array[]): void {
    let all = bytes;
    if (!this.#synced) {
      const held = join([this.#maybe, bytes], this.#maybe.length + bytes.length);
      all = plausible(held) ? held : bytes;
      this.#maybe = new Uint8Array(0);
      if (!plausible(all)) return;
      if (all.length < RECOGNIZED) {
        this.#maybe = all;
        return;
      }
    }
    this.#synced = this.#cutter.put(all, found);
  }
}
