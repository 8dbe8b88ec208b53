import type { Link } from "./link.js";

/** What was received, in all or on one queue. */
export interface RxCounters {
  readonly packets: number;
  readonly bytes: number;
  readonly bursts: number;
  /** Packets that lay in several buffers. */
  readonly chained: number;
}

/** What was sent, in all or on one queue. */
export interface TxCounters {
  readonly packets: number;
  readonly bytes: number;
  /** How often a packet was not taken for want of room. */
  readonly full: number;
  /** Packets that were thrown away because the ring was too small for them. */
  readonly dropped: number;
  /** How often the peer was interrupted. */
  readonly notified: number;
}

/** What an interface has counted over all its connections. */
export interface MemifCounters {
  readonly rx: RxCounters;
  readonly tx: TxCounters;
  /** By queue. */
  readonly rxQueues: readonly RxCounters[];
  /** By queue. */
  readonly txQueues: readonly TxCounters[];
  /** Interrupts that came. */
  readonly interrupts: number;
  /** Connections that were up. */
  readonly connections: number;
  /** Of them, those that have ended. */
  readonly disconnections: number;
  /** Connections that were not made. */
  readonly failures: number;
  /** Connections that were ended for what the peer put into shared memory. */
  readonly faults: number;
}

const RX = { packets: 0, bytes: 0, bursts: 0, chained: 0 };
const TX = { packets: 0, bytes: 0, full: 0, dropped: 0, notified: 0 };

/** The counters of an interface: those of the rings that are gone, and its own. */
export class Totals {
  interrupts = 0;
  connections = 0;
  disconnections = 0;
  failures = 0;
  faults = 0;
  #rx: RxCounters[] = [];
  #tx: TxCounters[] = [];

  /** Keeps what the rings of a link have counted, before it closes. */
  add(link: Link): void {
    this.#rx = merge(RX, this.#rx, link.rx);
    this.#tx = merge(TX, this.#tx, link.tx);
  }

  /** How things stand. @param link - the one that is up, whose rings are counted on top */
  snapshot(link: Link | null): MemifCounters {
    const { interrupts, connections, disconnections, failures, faults } = this;
    const rxQueues = merge(RX, this.#rx, link?.rx ?? []);
    const txQueues = merge(TX, this.#tx, link?.tx ?? []);
    const rx = rxQueues.reduce((a, b) => sum(RX, a, b), RX);
    const tx = txQueues.reduce((a, b) => sum(TX, a, b), TX);
    return { rx, tx, rxQueues, txQueues, interrupts, connections, disconnections, failures, faults };
  }
}

type Numbers<T> = { readonly [K in keyof T]: number };

function sum<T extends Numbers<T>>(zero: T, a: T, b: T): T {
  const out: Record<string, number> = {};
  for (const key of Object.keys(zero) as (keyof T & string)[]) out[key] = a[key] + b[key];
  return out as T;
}

/** Two lists of counters, added up place by place. */
function merge<T extends Numbers<T>>(zero: T, a: readonly T[], b: readonly T[]): T[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => sum(zero, a[i] ?? zero, b[i] ?? zero));
}
