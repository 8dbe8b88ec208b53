import { MacTable } from "../bytes/mod.js";

/** The port of a place that was forgotten. */
const NOWHERE = 0xffff_ffff;

/**
 * Which port leads to which address. An address stands at a *place*, and a place at a port: a port is forgotten by closing its place, however many addresses stand there, and gets a new place when
 * something is learnt at it again. A closed place is used again when the last of its addresses has been learnt elsewhere or dropped, so that there are never more places than addresses and ports.
 */
export class HostTable {
  readonly #maxSize: number;
  #places: MacTable;
  /** By place: its port, and how many addresses stand there. */
  #ports = new Uint32Array(16);
  #counts = new Uint32Array(16);
  #free: number[] = [];
  #used = 0;
  readonly #placeOf = new Map<number, number>();

  /** @param maxSize - how many addresses to take at most */
  constructor(maxSize: number) {
    this.#maxSize = maxSize;
    this.#places = new MacTable(maxSize);
  }

  /** How many addresses it holds, those of forgotten ports included until their room is needed. */
  get size(): number {
    return this.#places.size;
  }

  /** The port that leads to an address; undefined where none is known. */
  portOf(mac: number): number | undefined {
    const place = this.#places.get(mac);
    if (place === undefined) return undefined;
    const port = this.#ports[place]!;
    return port === NOWHERE ? undefined : port;
  }

  /** The address to drop where there is no room, whether its port is known or not; undefined where the table is empty. */
  victim(): number | undefined {
    return this.#places.victim();
  }

  /** Puts an address to a port. @returns whether it was done: false where it is new and the table is full */
  learn(mac: number, port: number): boolean {
    const before = this.#places.get(mac);
    const known = this.#placeOf.get(port);
    const place = known ?? this.#open();
    if (!this.#places.set(mac, place)) {
      if (known === undefined) this.#free.push(place);
      return false;
    }
    if (known === undefined) {
      this.#placeOf.set(port, place);
      this.#ports[place] = port;
    }
    this.#counts[place]!++;
    if (before !== undefined) this.#leave(before);
    return true;
  }

  /** Forgets an address. */
  delete(mac: number): void {
    const place = this.#places.get(mac);
    if (place === undefined) return;
    this.#places.delete(mac);
    this.#leave(place);
  }

  /** Forgets whatever was learnt at a port, in the same time however much it is. @returns whether there was anything */
  forgetPort(port: number): boolean {
    const place = this.#placeOf.get(port);
    if (place === undefined) return false;
    this.#placeOf.delete(port);
    this.#ports[place] = NOWHERE;
    return true;
  }

  /** Forgets everything. */
  clear(): void {
    this.#places = new MacTable(this.#maxSize);
    this.#counts.fill(0);
    this.#free = [];
    this.#used = 0;
    this.#placeOf.clear();
  }

  #open(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#used === this.#ports.length) {
      this.#ports = grown(this.#ports);
      this.#counts = grown(this.#counts);
    }
    return this.#used++;
  }

  /** An address stands no more at a place. */
  #leave(place: number): void {
    if (--this.#counts[place]! !== 0) return;
    const port = this.#ports[place]!;
    if (port !== NOWHERE) this.#placeOf.delete(port);
    this.#free.push(place);
  }
}

function grown(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const longer = new Uint32Array(2 * array.length);
  longer.set(array);
  return longer;
}
