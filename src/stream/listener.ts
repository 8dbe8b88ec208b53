import type { SouthboundError } from "../errors/mod.js";
import type { Stream } from "./stream.js";
import type { StreamOptions } from "./stream-options.js";
import { parsePassive, type Target, transportOf } from "./target.js";

/** How to listen. The limits are those of each accepted stream. */
export interface ListenOptions extends StreamOptions {
  /**
   * Gets each accepted stream, open and before any byte of it is read. Nothing is read before its `onChunk` is set. When the handler throws, the stream
   * is destroyed and the error surfaces as an uncaught one.
   */
  readonly onStream: (stream: Stream) => void;
  /** Told when accepting fails, for example with `EMFILE`. Listening goes on. */
  readonly onError?: ((error: SouthboundError) => void) | undefined;
  /** How many accepted streams may be open at a time; further ones are closed at once. Default: no bound. */
  readonly maxConnections?: number | undefined;
  /** Gives up listening with `ERR_ABORTED`. Once the listener is there it has no effect. */
  readonly signal?: AbortSignal | undefined;
}

/** A place where peers connect to. */
export interface Listener extends AsyncDisposable {
  /** Where, with the port that was really bound: `ptcp:40312:127.0.0.1`, `ptcp:6653:[::]`, `punix:/path`. */
  readonly name: string;
  /** Stops listening and removes the socket file. Accepted streams live on. @returns {@link closed} */
  close(): Promise<void>;
  /** Resolves when nothing is listened at any more. Never rejects. */
  readonly closed: Promise<void>;
}

/**
 * Listens at `target`: a name that {@link parsePassive} reads, or what it returned.
 *
 * `punix:` replaces a stale socket file. It refuses with `EADDRINUSE` when someone answers there, and with `EEXIST` when the file is no socket.
 * @throws SouthboundError, always as a rejection: an errno such as `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`; `EAFNOSUPPORT` for a bad name; `ERR_ABORTED`
 */
export async function listen(target: string | Target, options: ListenOptions): Promise<Listener> {
  const t = typeof target === "string" ? parsePassive(target) : target;
  const transport = transportOf(t, true);
  // A transport with a passive class has listen(): registerTransport() sees to it.
  return transport.listen!(t, options);
}
