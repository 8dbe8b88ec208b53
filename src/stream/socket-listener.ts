import { createServer, type ListenOptions as NetListenOptions, type Server, type Socket } from "node:net";
import { errnoError, errnoOf, SouthboundError } from "../errors/mod.js";
import type { Listener, ListenOptions } from "./listener.js";
import type { Stream } from "./stream.js";
import { limitsOf } from "./stream-options.js";

/** How a transport over sockets listens. */
export interface SocketListening {
  /** The name that was asked for. */
  readonly name: string;
  /** Where to bind. */
  readonly bind: NetListenOptions;
  /** The name that was bound. */
  bound(server: Server): string;
  /** Makes a stream of an accepted socket, which has not been read and allows half-open connections; `null` to drop it. */
  accept(raw: Socket): Stream | null;
  /** Called once when nothing is listened at any more, also when listening failed. */
  release?(): void;
}

function aborted(name: string, signal: AbortSignal): SouthboundError {
  return new SouthboundError("ERR_ABORTED", `listening on ${name} was aborted`, { cause: signal.reason });
}

/** Listens with a `net.Server`: for tcp, unix, and transports on top of them. Rejects with SouthboundError. */
export async function listenSocket(listening: SocketListening, options: ListenOptions): Promise<Listener> {
  const { name } = listening;
  const { onStream, onError, signal, maxConnections = Number.POSITIVE_INFINITY } = options;
  let open = 0;
  try {
    limitsOf(options);
    if (!(maxConnections >= 1)) throw new SouthboundError("ERR_USAGE", `maxConnections is ${maxConnections}; it must be 1 or more`);
  } catch (e) {
    listening.release?.();
    throw e;
  }
  return new Promise((resolve, reject) => {
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (raw) => {
      raw.on("error", () => {});
      const stream = open < maxConnections ? listening.accept(raw) : null;
      if (stream === null) {
        raw.destroy();
        return;
      }
      open++;
      void stream.closed.then(() => {
        open--;
      });
      try {
        onStream(stream);
      } catch (e) {
        stream.destroy(errnoError("ECONNABORTED", `${stream.name}: onStream threw`, e));
        queueMicrotask(() => {
          throw e;
        });
      }
    });
    const closed = new Promise<void>((done) => {
      server.on("close", () => {
        listening.release?.();
        done();
      });
    });
    const stop = (): Promise<void> => {
      if (server.listening) server.close();
      return closed;
    };
    const failed = (error: SouthboundError): void => {
      signal?.removeEventListener("abort", onAbort);
      server.off("error", onFailure);
      server.on("error", () => {});
      if (server.listening) server.close();
      else listening.release?.();
      reject(error);
    };
    const onAbort = (): void => failed(aborted(name, signal!));
    const onFailure = (e: Error): void => failed(errnoError(errnoOf(e, "EADDRNOTAVAIL"), `listening on ${name}`, e));
    server.on("error", onFailure);
    server.on("listening", () => {
      if (signal?.aborted) {
        server.close();
        return;
      }
      signal?.removeEventListener("abort", onAbort);
      server.off("error", onFailure);
      server.on("error", (e) => onError?.(errnoError(errnoOf(e, "EIO"), `accepting on ${name}`, e)));
      resolve({ name: listening.bound(server), close: stop, closed, [Symbol.asyncDispose]: stop });
    });
    if (signal?.aborted) return failed(aborted(name, signal));
    signal?.addEventListener("abort", onAbort, { once: true });
    server.listen({ ...listening.bind, exclusive: true });
  });
}
