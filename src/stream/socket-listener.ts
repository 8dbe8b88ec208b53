import { createServer, type ListenOptions as NetListenOptions, type Server, type Socket } from "node:net";
import { errnoError, errnoOf, optionsIn, SouthboundError } from "../errors/mod.js";
import { Admission, handOver } from "./admission.js";
import { mark } from "./dscp.js";
import { ADMISSION_OPTIONS, type AdmissionOptions, type Listener, type ListenOptions } from "./listener.js";
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
  /**
   * Makes a stream of an accepted socket, which is paused, has not been read and allows half-open connections; `null` to drop it. A promise rejects with SouthboundError,
   * and has destroyed the socket then.
   */
  accept(raw: Socket): Stream | null | Promise<Stream | null>;
  /** Called once when nothing is listened at any more, also when listening failed. */
  release?(): void;
}

function aborted(name: string, signal: AbortSignal): SouthboundError {
  return new SouthboundError("ERR_ABORTED", `listening on ${name} was aborted`, { cause: signal.reason });
}

/** Listens with a `net.Server`: for tcp, unix, and transports on top of them. Rejects with SouthboundError. */
export async function listenSocket(listening: SocketListening, options: ListenOptions): Promise<Listener> {
  const { name } = listening;
  const { onError, signal } = options;
  let admission: Admission;
  try {
    limitsOf(options);
    admission = new Admission(optionsIn<AdmissionOptions>(options, ADMISSION_OPTIONS), options.clock, (error) => onError?.(error));
  } catch (e) {
    listening.release?.();
    throw e;
  }
  return new Promise((resolve, reject) => {
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (raw) => {
      raw.on("error", () => {});
      const { remoteAddress } = raw;
      const ticket = admission.enter(remoteAddress, remoteAddress ?? name);
      if (ticket === null) {
        raw.destroy();
        return;
      }
      const deliver = (stream: Stream | null): void => {
        if (stream === null) {
          ticket.left();
          raw.destroy();
          return;
        }
        handOver(stream, ticket, options);
      };
      const accepted = listening.accept(raw);
      if (!(accepted instanceof Promise)) deliver(accepted);
      else {
        accepted.then(deliver, (e: unknown) => {
          ticket.left();
          admission.failed(SouthboundError.is(e) ? e : errnoError("EIO", `accepting on ${name}`, e));
        });
      }
    });
    let over: () => void;
    const closed = new Promise<void>((done) => {
      let released = false;
      over = () => {
        if (!released) listening.release?.();
        released = true;
        done();
      };
      server.on("close", over);
    });
    const stop = (): Promise<void> => {
      if (server.listening) {
        server.close();
        // The server itself waits for sockets that streams still hold; the place is free at once.
        setImmediate(over);
      }
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
      // Accepted sockets have it from this one.
      if (options.dscp !== undefined && "port" in listening.bind) {
        try {
          mark(server, options.dscp, name);
        } catch (e) {
          failed(SouthboundError.is(e) ? e : errnoError("EIO", `listening on ${name}`, e));
          return;
        }
      }
      signal?.removeEventListener("abort", onAbort);
      server.off("error", onFailure);
      server.on("error", (e) => onError?.(errnoError(errnoOf(e, "EIO"), `accepting on ${name}`, e)));
      resolve({
        name: listening.bound(server),
        close: stop,
        closed,
        get counts() {
          return admission.counts;
        },
        [Symbol.asyncDispose]: stop,
      });
    });
    if (signal?.aborted) return failed(aborted(name, signal));
    signal?.addEventListener("abort", onAbort, { once: true });
    server.listen({ ...listening.bind, exclusive: true });
  });
}
