import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { systemClock, type Timer } from "../clock/mod.js";
import { errnoError, type SouthboundError } from "../errors/mod.js";
import type { ListenOptions } from "./listener.js";
import { contentHint } from "./sniff.js";
import { inetName } from "./socket-stream.js";
import type { Stream } from "./stream.js";
import { defaultTls, type TlsIdentity, type TlsMaterial } from "./tls-identity.js";
import { TlsStream, tlsError } from "./tls-stream.js";

/** Milliseconds that a handshake may take unless the listener says otherwise. */
const HANDSHAKE = 10_000;
const TLS_HANDSHAKE_RECORD = 0x16;

interface Pending {
  readonly name: string;
  readonly local: string;
  readonly material: TlsMaterial;
  /** @param socket - where it is known: it is destroyed in place of what is below it */
  fail(error: SouthboundError, socket?: TLSSocket): void;
  done(socket: TLSSocket): void;
}

/**
 * The server's side of handshakes. Nothing of TLS is made for a connection before its first bytes have come and look like TLS, so that peers that connect and stay silent
 * cost no more than a socket.
 */
export class TlsAcceptor {
  readonly #options: ListenOptions;
  readonly #identity: TlsIdentity;
  readonly #pending = new Map<Socket, Pending>();
  #material: TlsMaterial | null = null;
  #server: Server | null = null;

  constructor(options: ListenOptions) {
    this.#options = options;
    this.#identity = options.tls ?? defaultTls;
  }

  /**
   * Reads the files of the identity, so that what is missing is reported before the first peer comes: every one would be turned away.
   * @param name - where is to be listened, for the message
   * @throws PkiError with a line for each file that is not named or cannot be read
   */
  check(name: string): void {
    this.#identity.material(name);
  }

  /** Shakes hands on a fresh socket, which is paused. Resolves with an open stream, or null when the peer was gone already; rejects with SouthboundError, the socket destroyed. */
  accept(raw: Socket): Promise<Stream | null> {
    const { remoteAddress, remotePort, localAddress, localPort } = raw;
    if (remoteAddress === undefined || remotePort === undefined) return Promise.resolve(null);
    const name = inetName("ssl", remoteAddress, remotePort);
    const local = inetName("ssl", localAddress ?? "", localPort ?? 0);
    return new Promise((resolve, reject) => {
      let timer: Timer | null = null;
      const settle = (): void => {
        timer?.stop();
        this.#pending.delete(raw);
      };
      let wrapped = false;
      const fail = (error: SouthboundError, socket?: TLSSocket): void => {
        if (!this.#pending.has(raw)) return;
        settle();
        // Node's memory is damaged when both sockets are destroyed in one call of the lower one's events: so either the upper one goes, or the lower one in a turn of its own.
        if (!wrapped) raw.destroy();
        else if (socket !== undefined) socket.destroy();
        else setImmediate(() => raw.destroy());
        reject(error);
      };
      const done = (socket: TLSSocket): void => {
        settle();
        resolve(TlsStream.acceptFrom(socket, name, local, this.#options));
      };
      let material: TlsMaterial;
      try {
        material = this.#identity.material(`accepting ${name}`);
        if (material.bootstrap !== null)
          throw errnoError("EPROTO", `${name}: no CA certificate yet: an outgoing connection has to bootstrap ${material.bootstrap} first`);
      } catch (e) {
        raw.destroy();
        reject(e);
        return;
      }
      this.#pending.set(raw, { name, local, material, fail, done });
      const { clock = systemClock, handshakeTimeout = HANDSHAKE } = this.#options;
      if (handshakeTimeout !== Number.POSITIVE_INFINITY) {
        timer = clock.after(handshakeTimeout, () =>
          fail(errnoError("ETIMEDOUT", `${name}: TLS handshake not done within ${handshakeTimeout} ms`)),
        );
      }
      raw.on("close", () => fail(errnoError("EPROTO", `${name}: the peer closed within the TLS handshake`)));
      raw.once("end", () => fail(errnoError("EPROTO", `${name}: the peer closed before the TLS handshake`)));
      raw.once("data", (first: Buffer) => {
        raw.pause();
        if (first[0] !== TLS_HANDSHAKE_RECORD) {
          const hint = contentHint(first, "SSL") ?? "received something else than TLS on SSL channel";
          fail(errnoError("EPROTO", `${name}: ${hint}`));
          return;
        }
        raw.unshift(first);
        wrapped = true;
        // Taken over by the TLS socket: until the handshake is done the end of the peer ends it.
        raw.allowHalfOpen = false;
        this.#serverFor(material).emit("connection", raw);
      });
      raw.resume();
    });
  }

  /** Ends the handshakes under way. */
  close(): void {
    for (const { fail, name } of [...this.#pending.values()]) fail(errnoError("ECONNABORTED", `${name}: the listener was closed`));
  }

  /** A server that is never listened with: it only shakes hands on the sockets it is given. */
  #serverFor(material: TlsMaterial): Server {
    if (this.#server !== null && this.#material === material) return this.#server;
    const server = createServer({
      ...material.settings,
      requestCert: material.verify,
      // Verified in #secure, so that the reason is reported.
      rejectUnauthorized: false,
      pauseOnConnect: true,
      handshakeTimeout: 0x7fffffff,
    });
    server.on("secureConnection", (socket) => this.#secure(socket));
    server.on("tlsClientError", (e, socket) => {
      const pending = this.#find(socket);
      pending?.fail(tlsError(pending.name, "TLS handshake failed", e), socket);
    });
    this.#server = server;
    this.#material = material;
    return server;
  }

  #secure(socket: TLSSocket): void {
    const pending = this.#find(socket);
    if (pending === undefined) {
      socket.destroy();
      return;
    }
    socket.allowHalfOpen = true;
    if (!pending.material.verify || socket.authorized) {
      pending.done(socket);
      return;
    }
    const none = socket.getPeerX509Certificate() === undefined;
    const why = none ? "the peer presented no certificate" : `the peer's certificate is refused: ${String(socket.authorizationError)}`;
    pending.fail(errnoError("EPROTO", `${pending.name}: TLS handshake failed: ${why}`), socket);
  }

  /** The handshake that a TLS socket is of: by the socket below it, which Node keeps without documenting it, else by its ends. */
  #find(socket: TLSSocket): Pending | undefined {
    const below = (socket as unknown as { _parent?: Socket | null })._parent;
    const found = below == null ? undefined : this.#pending.get(below);
    if (found !== undefined || socket.remoteAddress === undefined) return found;
    const name = inetName("ssl", socket.remoteAddress, socket.remotePort ?? 0);
    const local = inetName("ssl", socket.localAddress ?? "", socket.localPort ?? 0);
    return [...this.#pending.values()].find((p) => p.name === name && p.local === local);
  }
}
