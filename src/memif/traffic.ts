import { type Native, READABLE, type Watcher } from "../native/mod.js";
import type { Link } from "./link.js";
import { callError } from "./memif-error.js";
import type { Burst } from "./ring-burst.js";
import { RingError } from "./ring-error.js";
import { RingService } from "./ring-service.js";

/**
 * How packets are noticed. "interrupt": the peer wakes this process, which looks by itself as long as there is much to do. "polling": this process looks all the time, which is fastest and
 * takes a whole processor. "manual": nobody looks but the caller, by `poll()` or at `rx`.
 */
export type Reception = "interrupt" | "polling" | "manual";

/** The receiver of traffic. */
export interface TrafficHandlers {
  deliver(burst: Burst): void;
  /** An interrupt came. */
  interrupted(): void;
  /** The peer did what the protocol does not allow. */
  fault(error: unknown): void;
}

/** Reception from the rings of one link while it is wanted. */
export class Traffic {
  readonly #calls: Native;
  readonly #link: Link;
  readonly #reception: Reception;
  readonly #handlers: TrafficHandlers;
  readonly #service: RingService;
  #watchers: Watcher[] = [];
  #on = false;

  constructor(calls: Native, link: Link, reception: Reception, handlers: TrafficHandlers) {
    this.#calls = calls;
    this.#link = link;
    this.#reception = reception;
    this.#handlers = handlers;
    this.#service = new RingService(link.rx, {
      deliver: (burst) => handlers.deliver(burst),
      polling: reception === "polling",
      onError: (error) => handlers.fault(error),
    });
  }

  /** Begins, or goes on. Doing it again does nothing. */
  start(): void {
    if (this.#on || this.#reception === "manual") return;
    this.#on = true;
    if (this.#reception === "interrupt") {
      for (const ring of this.#link.rx) ring.unmask();
      for (const eventfd of this.#link.eventfds) this.#watch(eventfd);
    }
    this.#service.start();
  }

  /** Delivers nothing any more. Peers are asked to spare their interrupts. Doing it again does nothing. */
  stop(): void {
    if (!this.#on) return;
    this.#on = false;
    this.#service.stop();
    for (const watcher of this.#watchers.splice(0)) this.#calls.pollStop(watcher);
    for (const ring of this.#link.rx) ring.mask();
  }

  #watch(eventfd: number): void {
    const interrupted = (events: number): void => {
      if (events < 0) {
        this.#handlers.fault(new RingError("the eventfd of a ring broke"));
        return;
      }
      this.#handlers.interrupted();
      this.#service.wake();
    };
    const watcher = this.#calls.pollStart(eventfd, READABLE, interrupted, true);
    if (typeof watcher === "number") throw callError(watcher, "memif: waiting for interrupts");
    this.#watchers.push(watcher);
  }
}
