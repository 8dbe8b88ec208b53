import { formatDpid } from "../bytes/mod.js";
import type { SouthboundError } from "../errors/mod.js";
import { INSPECT, type Version, versionName } from "../schema/mod.js";
import type { PlainError } from "./model.js";

/** Ends of connections that are remembered of a switch. */
const ENDS = 8;
/** Names of errors that are counted one by one; a switch has 150 to choose from, and numbers beyond. */
const NAMES = 128;
/** What the others are counted as. */
const OTHERS = "others";
/** Characters of an error's message that are kept. */
const MOST_TEXT = 500;

/** What a controller remembers of a switch by its datapath id, whichever connection it has or had. Read it; it is the controller's to change. */
export class DatapathRecord {
  readonly id: bigint;
  /** The datapath id in 16 hexadecimal digits. */
  readonly name: string;
  /** When its first connection was set up, in milliseconds since 1970. */
  readonly firstSeen = Date.now();
  #lastSeen = this.firstSeen;
  #connected = false;
  #connections = 0;
  #version: Version;
  readonly #ends: PlainError[] = [];
  readonly #errors = new Map<string, number>();

  /** @internal */
  constructor(id: bigint, version: Version) {
    this.id = id;
    this.name = formatDpid(id);
    this.#version = version;
  }

  /** Whether it is connected and set up. */
  get connected(): boolean {
    return this.#connected;
  }

  /** When it was last connected, in milliseconds since 1970: now, or when its last connection ended. */
  get lastSeen(): number {
    return this.#connected ? Date.now() : this.#lastSeen;
  }

  /** Main connections that were set up. */
  get connections(): number {
    return this.#connections;
  }

  /** How many times it has come back. */
  get reconnects(): number {
    return Math.max(0, this.#connections - 1);
  }

  /** The version that was negotiated last. */
  get version(): Version {
    return this.#version;
  }

  /** Why its last connections ended where they did not in order, the latest last: 8 at most. */
  get lastErrors(): readonly PlainError[] {
    return this.#ends;
  }

  /** Errors that it answered with, by their names in the specification: 128 names, all further ones as `others`. */
  get errors(): ReadonlyMap<string, number> {
    return this.#errors;
  }

  /** @internal */
  up(version: Version): void {
    this.#connected = true;
    this.#connections++;
    this.#version = version;
  }

  /** @internal */
  down(error: SouthboundError | null): void {
    this.#connected = false;
    this.#lastSeen = Date.now();
    if (error === null) return;
    this.#ends.push(plainError(error));
    if (this.#ends.length > ENDS) this.#ends.shift();
  }

  /** Counts an error that it has sent. @internal */
  refused(reason: string): void {
    const name = this.#errors.has(reason) || this.#errors.size < NAMES ? reason : OTHERS;
    this.#errors.set(name, (this.#errors.get(name) ?? 0) + 1);
  }

  /** For people: `0000000000000001 (OpenFlow 1.3, connected, 2 connections)`. */
  toString(): string {
    const { name, connected, connections } = this;
    return `${name} (OpenFlow ${versionName(this.#version)}, ${connected ? "connected" : "not connected"}, ${connections} connection${connections === 1 ? "" : "s"})`;
  }

  /** For `console.log` of Node. */
  [INSPECT](): string {
    return `DatapathRecord ${this}`;
  }
}

/** An error as data, with the time of now. */
export const plainError = ({ code, message }: SouthboundError): PlainError => ({
  time: Date.now(),
  code,
  message: message.slice(0, MOST_TEXT),
});

/** The records of a controller. Those of switches that are not connected are bounded: the one that was seen least recently goes first. */
export class DatapathRecords {
  /** All of them by datapath id. */
  readonly all = new Map<bigint, DatapathRecord>();
  /** Those that are not connected, in the order in which they were last seen. */
  readonly #absent = new Set<DatapathRecord>();
  readonly #most: number;
  readonly #forgotten: (record: DatapathRecord) => void;

  /** @param most - how many of switches that are not connected @param forgotten - called for each that goes */
  constructor(most: number, forgotten: (record: DatapathRecord) => void) {
    this.#most = most;
    this.#forgotten = forgotten;
  }

  /** The record of a switch, made where there is none; it is held until {@link down}. */
  of(id: bigint, version: Version): DatapathRecord {
    let record = this.all.get(id);
    if (record === undefined) {
      record = new DatapathRecord(id, version);
      this.all.set(id, record);
    }
    this.#absent.delete(record);
    return record;
  }

  /** Its connection has ended. */
  down(record: DatapathRecord, error: SouthboundError | null): void {
    record.down(error);
    this.#absent.delete(record);
    this.#absent.add(record);
    for (const oldest of this.#absent) {
      if (this.#absent.size <= this.#most) break;
      this.#absent.delete(oldest);
      this.all.delete(oldest.id);
      this.#forgotten(oldest);
    }
  }
}
