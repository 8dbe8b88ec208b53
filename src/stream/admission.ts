import { type Clock, systemClock } from "../clock/mod.js";
import { checkOptions, errnoError, SouthboundError } from "../errors/mod.js";
import type { AdmissionCounts, AdmissionOptions, ListenOptions } from "./listener.js";
import { ADMISSION_OPTIONS } from "./listener.js";
import type { Stream } from "./stream.js";

/** Milliseconds between two reports of what was refused. */
const REPORT = 1_000;

/** One connection's place. */
export interface Ticket {
  /** It is set up, and half-open no longer. Further calls do nothing. */
  settled(): void;
  /** It has ended. Further calls do nothing. */
  left(): void;
}

/** What all listeners do with a stream that they have accepted: bounds it until it is set up, returns its place when it closes, and gives it to its user. */
export function handOver(stream: Stream, ticket: Ticket, { onStream, maxEarlyBytes = Number.POSITIVE_INFINITY }: ListenOptions): void {
  stream.untilEstablished(maxEarlyBytes, ticket.settled);
  void stream.closed.then(ticket.left);
  try {
    onStream(stream);
  } catch (e) {
    stream.destroy(errnoError("ECONNABORTED", `${stream.name}: onStream threw`, e));
    queueMicrotask(() => {
      throw e;
    });
  }
}

function bound(name: string, value: number | undefined, least: number): number {
  const v = value ?? Number.POSITIVE_INFINITY;
  if (v >= least) return v;
  throw new SouthboundError("ERR_USAGE", `${name} is ${v}; it must be ${least} or more`);
}

/** Decides about each connection before anything is spent on it, and counts. */
export class Admission {
  readonly #max: number;
  readonly #halfOpen: number;
  readonly #perAddress: number;
  readonly #perSecond: number;
  readonly #clock: Clock;
  readonly #report: (error: SouthboundError) => void;
  readonly #addresses = new Map<string, number>();
  readonly #counts = { accepted: 0, refused: 0, failed: 0, open: 0, halfOpen: 0 };
  #tokens: number;
  #filled: number;
  #reported = Number.NEGATIVE_INFINITY;
  #unreported = 0;

  /** @param report - called for refusals and failures, at most once a second. Throws `ERR_USAGE`. */
  constructor(options: AdmissionOptions, clock: Clock | undefined, report: (error: SouthboundError) => void) {
    checkOptions("Admission", options, ADMISSION_OPTIONS);
    this.#max = bound("maxConnections", options.maxConnections, 1);
    this.#halfOpen = bound("maxHalfOpen", options.maxHalfOpen, 1);
    this.#perAddress = bound("maxPerAddress", options.maxPerAddress, 1);
    this.#perSecond = bound("maxPerSecond", options.maxPerSecond, 0.001);
    bound("maxEarlyBytes", options.maxEarlyBytes, 8);
    bound("handshakeTimeout", options.handshakeTimeout, 1);
    this.#clock = clock ?? systemClock;
    this.#report = report;
    this.#tokens = Math.max(1, this.#perSecond);
    this.#filled = this.#clock.now();
  }

  get counts(): AdmissionCounts {
    return { ...this.#counts };
  }

  /** Gives a place to a connection, or null when it is to be closed at once. @param address - the peer's; undefined where peers have none */
  enter(address: string | undefined, peer: string): Ticket | null {
    const why = this.#refusal(address);
    if (why !== null) {
      this.#counts.refused++;
      this.#tell(errnoError("ECONNREFUSED", `${peer} is turned away: ${why}`));
      return null;
    }
    const counts = this.#counts;
    if (this.#perSecond !== Number.POSITIVE_INFINITY) this.#tokens--;
    if (address !== undefined) this.#addresses.set(address, (this.#addresses.get(address) ?? 0) + 1);
    counts.accepted++;
    counts.open++;
    counts.halfOpen++;
    let open = true;
    let half = true;
    const settled = (): void => {
      if (half) counts.halfOpen--;
      half = false;
    };
    const left = (): void => {
      settled();
      if (!open) return;
      open = false;
      counts.open--;
      if (address === undefined) return;
      const rest = this.#addresses.get(address)! - 1;
      if (rest === 0) this.#addresses.delete(address);
      else this.#addresses.set(address, rest);
    };
    return { settled, left };
  }

  /** A connection could not be set up by its transport. */
  failed(error: SouthboundError): void {
    this.#counts.failed++;
    this.#tell(error);
  }

  #refusal(address: string | undefined): string | null {
    const { open, halfOpen } = this.#counts;
    if (open >= this.#max) return `${this.#max} connections are open already (maxConnections)`;
    if (halfOpen >= this.#halfOpen) return `${this.#halfOpen} connections are still being set up (maxHalfOpen)`;
    if (address !== undefined && (this.#addresses.get(address) ?? 0) >= this.#perAddress)
      return `its address has ${this.#perAddress} connections already (maxPerAddress)`;
    if (this.#perSecond === Number.POSITIVE_INFINITY) return null;
    const now = this.#clock.now();
    this.#tokens = Math.min(Math.max(1, this.#perSecond), this.#tokens + ((now - this.#filled) / 1000) * this.#perSecond);
    this.#filled = now;
    return this.#tokens >= 1 ? null : `more than ${this.#perSecond} connections a second came (maxPerSecond)`;
  }

  #tell(error: SouthboundError): void {
    const now = this.#clock.now();
    if (now - this.#reported < REPORT) {
      this.#unreported++;
      return;
    }
    const more = this.#unreported;
    this.#reported = now;
    this.#unreported = 0;
    this.#report(
      more === 0 ? error : new SouthboundError(error.code, `${error.message}; so did ${more} more since the last report`, { cause: error }),
    );
  }
}
