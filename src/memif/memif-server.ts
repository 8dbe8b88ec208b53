import { checkOptions, type OptionTable } from "../errors/mod.js";
import { Interface } from "./interface.js";
import type { InterfaceOptions } from "./interface-options.js";
import { INTERFACE_OPTIONS } from "./interface-options.js";
import { wholeNumber } from "./options.js";

/** How a server works. */
export interface MemifServerOptions extends InterfaceOptions {
  /** Bytes of memory that a client may bring, all regions together; 1 GiB by default. They are mapped, not copied. */
  readonly maxMapping?: number | undefined;
  /**
   * Whether to take memory that the client can shrink later, such as the packet pools of DPDK and VPP with zero-copy; false by default. A client that does shrink it ends this process
   * (SIGBUS): for clients that are trusted.
   */
  readonly allowUnsealed?: boolean | undefined;
}

/** What {@link MemifServerOptions} has, for its check. */
export const MEMIF_SERVER_OPTIONS: OptionTable<MemifServerOptions> = {
  ...INTERFACE_OPTIONS,
  maxMapping: "number",
  allowUnsealed: "boolean",
};

/**
 * The server's end of a memif connection: it waits for a client of its id, and after it for the next.
 *
 * ```ts
 * await using server = new MemifServer({ socket: "/run/memif.sock" });
 * server.receive((burst) => {
 *   for (let i = 0; i < burst.count; i++) console.log(burst.length(i));
 * });
 * ```
 */
export class MemifServer extends Interface {
  override readonly role = "server";

  /**
   * Begins to listen, unless the socket does already.
   * @throws SouthboundError `ERR_NATIVE`; `EADDRINUSE` when the path or the id is taken, or another errno for the path; `ERR_RANGE`, `ERR_USAGE` for options
   */
  constructor(options: MemifServerOptions) {
    checkOptions("MemifServer", options, MEMIF_SERVER_OPTIONS);
    super(options);
    this.join(() =>
      this.socket.addServer({
        ...this.user(options),
        maxMapping: wholeNumber("maxMapping", options.maxMapping, 2 ** 30, 1, Number.MAX_SAFE_INTEGER),
        allowUnsealed: options.allowUnsealed ?? false,
        claim: (session) => {
          if (this.session !== null) return false;
          this.session = session;
          return true;
        },
        running: (on) => this.running(on),
        close: () => this.shut(),
      }),
    );
  }

  /** Takes no client any more, and leaves its id to others. The connection that is there goes on. Close the interface afterwards all the same. */
  retire(): void {
    this.leave();
  }

  protected override lost(): void {}
}
