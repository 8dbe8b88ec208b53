import type { PacketPort } from "./packet-port.js";
import type { Burst } from "./ring-burst.js";

/** Packets that wait for a slow loop before the rest stays in the rings. */
const MAX_WAITING = 1024;

/** Owned copies of an interface's packets, one after the other, until it closes. */
export class PacketQueue implements AsyncIterator<Uint8Array, undefined> {
  readonly #interface: PacketPort;
  readonly #packets: Uint8Array[] = [];
  readonly #waiters: ((result: IteratorResult<Uint8Array, undefined>) => void)[] = [];
  #next = 0;
  #off: () => void = () => {};
  #state: "new" | "open" | "ended" = "new";

  constructor(from: PacketPort) {
    this.#interface = from;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#interface.state === "closed") this.#end();
    else if (this.#state === "new") {
      this.#interface.receive((burst) => this.#take(burst));
      this.#state = "open";
      this.#off = this.#interface.on("closed", () => this.#end());
    }
    const packet = this.#packets[this.#next];
    if (packet !== undefined) {
      if (++this.#next === this.#packets.length) {
        this.#packets.length = 0;
        this.#next = 0;
        if (this.#state === "open") this.#interface.resume();
      } else if (this.#next === MAX_WAITING) {
        this.#packets.splice(0, this.#next);
        this.#next = 0;
      }
      return { value: packet, done: false };
    }
    if (this.#state === "ended") return { value: undefined, done: true };
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** Ends the iteration: packets that wait are dropped, and the interface has no receiver any more. */
  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#packets.length = 0;
    this.#end();
    return { value: undefined, done: true };
  }

  #take(burst: Burst): void {
    for (let i = 0; i < burst.count; i++) {
      const packet = burst.copy(i);
      const waiter = this.#waiters.shift();
      if (waiter !== undefined) waiter({ value: packet, done: false });
      else this.#packets.push(packet);
    }
    if (this.#packets.length - this.#next >= MAX_WAITING) this.#interface.pause();
  }

  #end(): void {
    if (this.#state === "open") {
      this.#off();
      this.#interface.receive(null);
      this.#interface.resume();
    }
    this.#state = "ended";
    for (const waiter of this.#waiters.splice(0)) waiter({ value: undefined, done: true });
  }
}
