import type { Timer } from "../clock/mod.js";
import { checkOptions, type OptionTable, SouthboundError } from "../errors/mod.js";
import { type ClientUser, regionBytes } from "./client-session.js";
import { Interface } from "./interface.js";
import type { InterfaceOptions } from "./interface-options.js";
import { INTERFACE_OPTIONS } from "./interface-options.js";
import type { SocketUser } from "./memif-socket.js";
import { ringSize, wholeNumber } from "./options.js";

/** How a client works, and how much memory it makes. The server may allow fewer and smaller rings. */
export interface MemifClientOptions extends InterfaceOptions {
  /** Queues to send on (S2M rings), 1 to 256; 1 by default. */
  readonly transmitQueues?: number | undefined;
  /** Queues to receive from (M2S rings), 1 to 256; 1 by default. Open vSwitch with DPDK needs one for each of its polling threads and one more. */
  readonly receiveQueues?: number | undefined;
  /** Slots of each ring: a power of two up to 16,384; 1024 by default. */
  readonly ringSize?: number | undefined;
  /** Bytes of each buffer, a multiple of 64 from 64 to 65,536; 2048 by default. A longer packet takes several. */
  readonly bufferSize?: number | undefined;
  /** Milliseconds before the first new attempt to connect, doubled by each further one, and the longest wait; 100 and 2000 by default. */
  readonly backoff?: { readonly min?: number | undefined; readonly max?: number | undefined } | undefined;
}

/** What {@link MemifClientOptions} has, for its check. */
export const MEMIF_CLIENT_OPTIONS: OptionTable<MemifClientOptions> = {
  ...INTERFACE_OPTIONS,
  transmitQueues: "number",
  receiveQueues: "number",
  ringSize: "number",
  bufferSize: "number",
  backoff: { min: "number", max: "number" },
};

/**
 * The client's end of a memif connection: it connects, and again whenever the connection is lost. It makes the memory that both ends use. While it exists it keeps the process running.
 *
 * ```ts
 * await using client = new MemifClient({ socket: "/run/memif.sock" });
 * await client.connected();
 * client.send([packet, [header, payload]]);
 * ```
 */
export class MemifClient extends Interface {
  override readonly role = "client";
  readonly #user: ClientUser & SocketUser;
  readonly #min: number;
  readonly #max: number;
  /** Timers of a clock keep no process running. */
  readonly #keeper: NodeJS.Timeout;
  #wait: number;
  #timer: Timer | null = null;

  /**
   * Begins to connect in the next turn.
   * @throws SouthboundError `ERR_NATIVE`; `EADDRINUSE` when the socket has a client of this id; `ERR_RANGE`, `ERR_USAGE` for options
   */
  constructor(options: MemifClientOptions) {
    checkOptions("MemifClient", options, MEMIF_CLIENT_OPTIONS);
    super(options);
    const { min, max } = options.backoff ?? {};
    this.#min = wholeNumber("backoff.min", min, 100, 1, 2 ** 31 - 1);
    this.#max = wholeNumber("backoff.max", max, Math.max(2000, this.#min), this.#min, 2 ** 31 - 1);
    this.#wait = this.#min;
    const bufferSize = wholeNumber("bufferSize", options.bufferSize, 2048, 64, 65_536);
    if (bufferSize % 64 !== 0) throw new SouthboundError("ERR_RANGE", `bufferSize is ${bufferSize}; multiples of 64 are accepted`);
    this.#user = {
      ...this.user(options),
      transmitQueues: wholeNumber("transmitQueues", options.transmitQueues, 1, 1, 256),
      receiveQueues: wholeNumber("receiveQueues", options.receiveQueues, 1, 1, 256),
      log2RingSize: Math.log2(ringSize("ringSize", options.ringSize, 1024)),
      bufferSize,
      running: (on) => this.running(on),
      close: () => this.shut(),
    };
    const { transmitQueues, receiveQueues, log2RingSize } = this.#user;
    const bytes = regionBytes(transmitQueues + receiveQueues, log2RingSize, bufferSize);
    if (bytes > 0xffff_ffff) throw new SouthboundError("ERR_RANGE", `rings and buffers take ${bytes} bytes; less than 4 GiB are accepted`);
    this.join(() => this.socket.addClient(this.#user));
    this.#keeper = setInterval(() => {}, 2 ** 30);
    this.on("connected", () => {
      this.#wait = this.#min;
    });
    void this.closed.then(() => clearInterval(this.#keeper));
    this.#timer = this.socket.clock.after(0, () => this.#attempt());
  }

  protected override lost(): void {
    if (this.#timer !== null || this.session !== null || this.state === "closed") return;
    const wait = this.#wait;
    this.#wait = Math.min(wait * 2, this.#max);
    this.#timer = this.socket.clock.after(wait, () => this.#attempt());
  }

  protected override running(on: boolean): void {
    super.running(on);
    if (on && this.#timer === null && this.session === null) this.#attempt();
  }

  protected override shut(): void {
    this.#timer?.stop();
    this.#timer = null;
    super.shut();
  }

  #attempt(): void {
    this.#timer = null;
    if (!this.socket.running || this.state === "closed") return;
    try {
      this.session = this.socket.connect(this.#user);
    } catch (e) {
      if (!SouthboundError.is(e)) throw e;
      this.failed(e);
      this.lost();
    }
  }
}
