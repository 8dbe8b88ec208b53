import { isIP } from "node:net";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { Chunk } from "../bytes/mod.js";
import { errnoError, SouthboundError } from "../errors/mod.js";
import { mark, markedLookup } from "./dscp.js";
import { FailedStream } from "./failed-stream.js";
import type { PeerCertificate } from "./peer-certificate.js";
import { endNames, SocketStream } from "./socket-stream.js";
import type { Stream, StreamInfo } from "./stream.js";
import type { ConnectOptions, StreamOptions } from "./stream-options.js";
import type { InetTarget } from "./target.js";
import { bootstrap } from "./tls-bootstrap.js";
import { defaultTls, type TlsMaterial } from "./tls-identity.js";

/** Codes by which OpenSSL says that the bytes are no TLS at all. */
const NO_TLS = /WRONG_VERSION_NUMBER|HTTP_REQUEST|BAD_RECORD_TYPE|UNKNOWN_PROTOCOL|PACKET_LENGTH|RECORD_LENGTH|EXCESSIVE_MESSAGE_SIZE/;

/** The error of a TLS connection: every failure of the handshake, and of the protocol after it, is `EPROTO`, as Open vSwitch has it. */
export function tlsError(name: string, what: string, e: unknown): SouthboundError {
  const { code, message } = e as { code?: unknown; message?: unknown };
  const hint = typeof code === "string" && NO_TLS.test(code) ? "the peer does not speak TLS: received OpenFlow data on SSL channel?" : "";
  return errnoError("EPROTO", `${name}: ${what}: ${hint || reason(code, message)}`, e);
}

/** OpenSSL's words without its file names: `alert unknown ca`. */
function reason(code: unknown, message: unknown): string {
  const routines = /:SSL routines:[^:]*:([^:]+):/.exec(String(message))?.[1];
  if (routines !== undefined) return routines;
  return typeof code === "string" && !String(message).includes(code) ? `${String(message)} [${code}]` : String(message);
}

function certificateOf(socket: TLSSocket): PeerCertificate | null {
  const legacy = socket.getPeerCertificate();
  const x509 = socket.getPeerX509Certificate();
  if (x509 === undefined || legacy?.raw === undefined) return null;
  const cn: string | string[] | undefined = legacy.subject?.CN;
  return {
    commonName: (Array.isArray(cn) ? cn[0] : cn) ?? "",
    fingerprint: x509.fingerprint256.replaceAll(":", "").toLowerCase(),
    subject: x509.subject.replaceAll("\n", ", "),
    validTo: x509.validTo,
    raw: new Uint8Array(legacy.raw),
  };
}

/** A TLS connection over TCP. */
export class TlsStream extends SocketStream {
  #certificate: PeerCertificate | null = null;
  #reached: boolean;

  private constructor(socket: TLSSocket, info: StreamInfo, options: ConnectOptions) {
    super(socket, info, options);
    this.#reached = info.state === "open";
    socket.on("data", (bytes: Uint8Array) => this.received(new Chunk(bytes), bytes.length));
  }

  /** Starts to connect and to shake hands; the stream opens when both are done and the peer is verified. */
  static connectTo(target: InetTarget, options: ConnectOptions): Stream {
    const { host, port, name } = target;
    const identity = options.tls ?? defaultTls;
    const info = { kind: "ssl", name, needsProbes: true, state: "connecting" } as const;
    let material: TlsMaterial;
    try {
      material = identity.material(`connecting to ${name}`);
    } catch (e) {
      if (!SouthboundError.is(e)) throw e;
      return new FailedStream(info, options, e);
    }
    const servername = material.serverName || (isIP(host.split("%")[0]!) === 0 ? host : "");
    const settings: ConnectionOptions & { allowHalfOpen: boolean } = {
      host,
      port,
      allowHalfOpen: true,
      secureContext: material.context,
      rejectUnauthorized: material.verify && material.bootstrap === null,
      // The chain is what counts, as in Open vSwitch: a datapath has no host name.
      checkServerIdentity: () => undefined,
      ...(servername !== "" && { servername }),
    };
    const { dscp } = options;
    const { beforeConnect, ...marked } = dscp === undefined ? { beforeConnect: () => {} } : markedLookup(host);
    const socket = connect({ ...settings, ...marked });
    if (dscp !== undefined) beforeConnect(socket, () => mark(socket, dscp, name));
    socket.pause();
    const stream = new TlsStream(socket, info, options);
    socket.on("connect", () => {
      stream.#reached = true;
      socket.setNoDelay(true);
    });
    socket.on("secureConnect", () => {
      try {
        if (material.bootstrap !== null) stream.fail(bootstrap(identity, material.bootstrap, name, socket));
        else {
          stream.#certificate = certificateOf(socket);
          stream.opened(...endNames("ssl", socket, name));
        }
      } catch (e) {
        stream.fail(SouthboundError.is(e) ? e : tlsError(name, "TLS handshake", e));
      }
    });
    return stream;
  }

  /** Takes over an accepted socket whose handshake is done and whose peer was verified. It is paused and allows half-open connections. */
  static acceptFrom(socket: TLSSocket, remote: string, local: string, options: StreamOptions): TlsStream {
    socket.setNoDelay(true);
    const stream = new TlsStream(socket, { kind: "ssl", name: remote, local, needsProbes: true, state: "open" }, options);
    stream.#certificate = certificateOf(socket);
    return stream;
  }

  override get certificate(): PeerCertificate | null {
    return this.#certificate;
  }

  protected override broken(e: unknown): void {
    const code = String((e as { code?: unknown } | null)?.code);
    if (this.state === "connecting" && this.#reached) this.fail(tlsError(this.name, "TLS handshake failed", e));
    else if (code === "EPROTO" || code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_"))
      this.fail(tlsError(this.name, "TLS connection dropped", e));
    else super.broken(e);
  }
}
