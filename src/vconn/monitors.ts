import type { Chunk } from "../bytes/mod.js";
import type { SouthboundError } from "../errors/mod.js";
import type { Vconn } from "./vconn.js";

/** How many may look on. */
const MOST = 8;

/** Connections that get a copy of each message of another one: what `ovs-ofctl snoop` connects to. */
export class Monitors {
  readonly #list = new Set<Vconn>();
  readonly #changed: () => void;
  readonly #ended: (peer: string, error: SouthboundError | null) => void;

  /** @param changed - called whenever there are more or fewer @param ended - called with the name of one that has ended, and why: null for an end in order */
  constructor(changed: () => void, ended: (peer: string, error: SouthboundError | null) => void) {
    this.#changed = changed;
    this.#ended = ended;
  }

  /** How many there are, those included that have not negotiated yet. */
  get size(): number {
    return this.#list.size;
  }

  /** Adds one, which belongs to this list from now on. The ninth is closed at once. @returns whether it was added */
  add(vconn: Vconn): boolean {
    if (this.#list.size >= MOST || vconn.state === "disconnected") {
      void vconn.close();
      return false;
    }
    this.#list.add(vconn);
    // What it sends is read and dropped.
    vconn.onMessage = null;
    vconn.onClose = (error) => {
      this.#list.delete(vconn);
      this.#ended(vconn.name, error);
      this.#changed();
    };
    this.#changed();
    return true;
  }

  /** Copies the message in [p, end) to each. One that does not take what it is sent loses it. */
  copy(c: Chunk, p: number, end: number): void {
    // Sending to the first may reuse the chunk.
    const bytes = c.u8.slice(p, end);
    for (const vconn of this.#list) if (vconn.state === "connected" && !vconn.stream.congested) vconn.sendBytes(bytes);
  }

  /** Ends them all. */
  async close(): Promise<void> {
    await Promise.all([...this.#list].map((vconn) => vconn.close()));
  }
}
