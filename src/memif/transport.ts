import { errnoError, errnoOf, SouthboundError } from "../errors/mod.js";
import { type ConnectOptions, type Listener, type ListenOptions, type OtherTarget, registerTransport, type Stream } from "../stream/mod.js";
import { MemifClient } from "./memif-client.js";
import { MemifListener } from "./memif-listener.js";
import { MemifStream, SEGMENT, SLOTS, STREAM_INTERFACE } from "./memif-stream.js";
import { numberIn, readSocketName } from "./socket-name.js";

const OPTIONS = { id: (text: string) => numberIn("id", text, 0, 0xffff_ffff) };

interface Place {
  readonly socket: string;
  readonly id: number;
  /** What stands behind the colon of a complete name. */
  readonly argument: string;
}

function placeOf(argument: string): Place {
  const { socket, options } = readSocketName(`memif:${argument}`, argument, OPTIONS);
  const id = Number(options.get("id") ?? 0);
  return { socket, id, argument: id === 0 ? socket : `${socket}?id=${id}` };
}

/** `memif:FILE[?id=N]` and `pmemif:FILE[?id=N]`: OpenFlow through memory that two processes share. The one that connects makes the memory. */
const memif = {
  name: "memif",
  passive: "pmemif",
  syntax: "other" as const,
  help: {
    active: ["FILE[?id=N]", "shared memory, by memif socket FILE"],
    passive: ["FILE[?id=N]", "listen on memif socket FILE"],
  },

  complete: (argument: string): string => placeOf(argument).argument,

  connect({ name, argument }: OtherTarget, options: ConnectOptions): Stream {
    const { socket, id } = placeOf(argument);
    const make = (): MemifClient => new MemifClient({ ...STREAM_INTERFACE, socket, id, ringSize: SLOTS, bufferSize: SEGMENT });
    return new MemifStream({ kind: "memif", name, needsProbes: false, state: "connecting" }, options, make);
  },

  async listen({ name, argument }: OtherTarget, options: ListenOptions): Promise<Listener> {
    const { socket, id } = placeOf(argument);
    const { signal } = options;
    if (signal?.aborted) throw new SouthboundError("ERR_ABORTED", `listening on ${name} was aborted`, { cause: signal.reason });
    try {
      return new MemifListener({ name, socket, id, active: `memif:${placeOf(argument).argument}` }, options);
    } catch (e) {
      throw SouthboundError.is(e) ? e : errnoError(errnoOf(e, "EIO"), `listening on ${name}`, e);
    }
  },
};

let registered = false;

/**
 * Makes `memif:FILE[?id=N]` and `pmemif:FILE[?id=N]` known to `connect` and `listen`, and by them to everything that takes the name of a peer, in this thread. Again: does nothing.
 *
 * ```ts
 * registerMemif();
 * await controller.listen("pmemif:/run/openflow.sock");
 * ```
 * FILE is a path, in the run directory unless absolute, or `@` and an abstract name. A listener has one stream at a time: by memif's rules an id connects two. A second client is refused; several
 * listeners with different ids share FILE within one process. Peers that only probes can find dead do not exist here: the control socket reports them.
 * Connecting fails with `ERR_NATIVE` where the addon is missing, `ENOENT` or `ECONNREFUSED` where nobody listens.
 */
export function registerMemif(): void {
  if (!registered) registerTransport(memif);
  registered = true;
}
