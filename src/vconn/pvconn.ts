import { checkOptions, type OptionTable, optionsIn } from "../errors/mod.js";
import type { Version } from "../schema/mod.js";
import { LISTEN_OPTIONS, type Listener, type ListenOptions, listen, type Stream, type Target } from "../stream/mod.js";
import { Vconn } from "./vconn.js";
import { VCONN_OPTIONS, type VconnOptions } from "./vconn-options.js";

/** How to listen for OpenFlow connections. The limits are those of `listen`, and of each connection. */
export interface ListenVconnOptions extends Omit<ListenOptions, "onStream" | "clock">, VconnOptions {
  /** Given each accepted connection, before anything is read from it: set its slots here. */
  readonly onVconn: (vconn: Vconn) => void;
  /** Asked of each accepted stream, whose name is the peer's; false closes it at once, and not a byte of it is read. Everything is admitted unless given. */
  readonly admit?: ((stream: Stream, listener: VconnListener) => boolean) | undefined;
  /** The versions to offer to the peer of an accepted stream, chosen by its name or certificate; undefined: those of `versions`. */
  readonly versionsFor?: ((stream: Stream) => readonly Version[] | undefined) | undefined;
}

const { onStream: _, ...LIMITS } = LISTEN_OPTIONS;
const LISTEN_VCONN_OPTIONS: OptionTable<ListenVconnOptions> = {
  ...LIMITS,
  ...VCONN_OPTIONS,
  onVconn: "function!",
  admit: "function",
  versionsFor: "function",
};

/** A place where OpenFlow peers connect to. */
export interface VconnListener extends Listener {
  /** The accepted connections that live, those before their hello included. */
  readonly connections: ReadonlySet<Vconn>;
  /** How many peers `admit` has turned away; the listener's own bounds count theirs. */
  readonly refused: number;
  /** Stops listening, and ends every connection in order. */
  closeAll(): Promise<void>;
}

/**
 * Listens for OpenFlow peers at a passive name such as `ptcp:6653:127.0.0.1` or `punix:/run/southbound.sock`. A peer whose hello does not come within `helloTimeout`, 10 s unless
 * given, is dropped with `ETIMEDOUT`. The name of the listener has the port that was really bound.
 * @throws SouthboundError `EADDRINUSE`, `EACCES`, `EAFNOSUPPORT` and the like, as a rejection
 */
export async function listenVconn(target: string | Target, options: ListenVconnOptions): Promise<VconnListener> {
  checkOptions("listenVconn", options, LISTEN_VCONN_OPTIONS);
  const { onVconn, admit, versionsFor, log, versions, helloTimeout: _h, maxFaults: _m, trace: _t, ...limits } = options;
  const own = optionsIn<VconnOptions>(options, VCONN_OPTIONS);
  const connections = new Set<Vconn>();
  let refused = 0;
  let made: VconnListener | undefined;
  const accept = (stream: Stream): void => {
    if (made !== undefined && admit?.(stream, made) === false) {
      refused++;
      stream.destroy();
      return;
    }
    const vconn = new Vconn(stream, { ...own, versions: versionsFor?.(stream) ?? versions });
    connections.add(vconn);
    void vconn.closed.then(() => connections.delete(vconn));
    onVconn(vconn);
  };
  const listener = await listen(target, { onError: (error) => log?.("warn", error.message), ...limits, onStream: accept });
  const result: VconnListener = {
    name: listener.name,
    closed: listener.closed,
    connections,
    get counts() {
      return listener.counts;
    },
    get refused() {
      return refused;
    },
    close: () => listener.close(),
    async closeAll() {
      await Promise.all([listener.close(), ...[...connections].map((vconn) => vconn.close())]);
    },
    [Symbol.asyncDispose]: () => listener.close(),
  };
  made = result;
  return result;
}
