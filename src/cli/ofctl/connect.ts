import { networkInterfaces } from "node:os";
import { createSecureContext } from "node:tls";
import { ERRNO_TEXT, errnoOf, isErrno, SouthboundError } from "../../errors/mod.js";
import { connect, OPENFLOW_PORT, parseActive, parseTlsVersions, runDirectory, type Stream, TlsIdentity } from "../../stream/mod.js";
import { type Log, Vconn, VersionMismatch } from "../../vconn/mod.js";
import { handleSignals } from "./ending.js";
import { Fatal } from "./fatal.js";
import type { Connection, Settings } from "./settings.js";
import type { Vlog } from "./vlog.js";

/** What stands in brackets behind a message of ovs-ofctl: the text of the errno, or "End of file" for a peer that has closed in order. */
export function reasonOf(error: unknown): string {
  if (error === null || error === undefined) return "End of file";
  if (!SouthboundError.is(error)) return ERRNO_TEXT[errnoOf(error, "EIO")];
  if (error.code === "ERR_CLOSED") return reasonOf(error.cause);
  // The connection ended before something could be sent. Where its peer has closed in order, a unix socket refuses what is sent, and one of TCP takes it.
  if (error.code === "ENOTCONN")
    return error.cause === undefined && error.message.startsWith("unix:") ? ERRNO_TEXT.EPIPE : reasonOf(error.cause);
  return isErrno(error.code) ? ERRNO_TEXT[error.code] : error.message;
}

/** The end of the program for something that went wrong on a connection: `CONTEXT (REASON)`. */
export function broken(context: string, error: unknown): Fatal {
  const reason = reasonOf(error);
  const sending = (context === RECEIVING || context === NAMING) && reason === ERRNO_TEXT.EPIPE;
  return new Fatal(`${sending ? "failed to send packet to switch" : context} (${reason})`, versionHint(error));
}

/** What ovs-ofctl was about where a dump breaks off; only sending fails with EPIPE. */
export const RECEIVING = "OpenFlow packet receive failed";
/** The same where names of ports or tables are asked for. */
export const NAMING = "OpenFlow receive failed";

/** The option to give where no version is common to both ends. */
function versionHint(error: unknown): string {
  if (!(error instanceof VersionMismatch)) return "";
  const known = error.theirs.filter((version) => version >= 1 && version <= 6);
  const best = known.at(-1);
  if (best === undefined) return "";
  const names = known.map((version) => `1.${version - 1}`);
  return `the peer speaks OpenFlow ${names.join(", ")}: give -O OpenFlow1${best - 1}`;
}

/** How connecting ended. */
type Attempt =
  | { readonly vconn: Vconn }
  /** @param opened - whether there was a connection, so that it was the hello that failed */
  /** @param atOnce - whether Open vSwitch tells it while it opens the connection, wherever that leads */
  | { readonly error: SouthboundError; readonly opened: boolean; readonly atOnce?: true };

/** What a command can change about its connection. */
export interface Opening {
  /** The socket of a bridge that a name without a colon leads to: its management, unless given, or what is said between it and its controllers. */
  readonly socket?: "mgmt" | "snoop";
  /** Called with the connection before anything happens on it. */
  readonly onVconn?: (vconn: Vconn) => void;
}

/**
 * Connects to what a command was given: a name with a colon such as `tcp:127.0.0.1`, else a socket file, or a bridge of this machine by its name, with or without
 * `TYPE@` before it.
 * @returns the connection, whose version is settled
 * @throws Fatal in the words of ovs-ofctl
 */
export async function openTarget(target: string, settings: Settings, opening: Opening = {}): Promise<Vconn> {
  handleSignals(settings.connection.log);
  if (target.includes(":")) {
    const made = await attempt(target, settings, opening);
    if ("vconn" in made) return made.vconn;
    throw broken(
      made.opened || (made.atOnce !== true && comesLater(target)) ? `${target}: failed to connect to socket` : `connecting to ${target}`,
      made.error,
    );
  }
  // which is the run directory, and that is no socket
  if (target === "") throw new Fatal(`: failed to open socket (${ERRNO_TEXT.ECONNREFUSED})`);
  const suffix = opening.socket ?? "mgmt";
  const bridge = target.slice(target.indexOf("@") + 1);
  for (const file of [target, `${runDirectory()}/${target}.${suffix}`, `${runDirectory()}/${bridge}.${suffix}`]) {
    const made = await attempt(`unix:${file}`, settings, opening);
    if ("vconn" in made) return made.vconn;
    if (made.opened) throw broken(`${target}: failed to connect to socket`, made.error);
    if (made.error.code !== "ENOENT") throw broken(`${file}: failed to open socket`, made.error);
  }
  throw new Fatal(`${target} is not a bridge or a socket`);
}

const identities = new WeakMap<Connection, TlsIdentity>();

/** The identity of this end over TLS. Versions and ciphers that cannot be read are reported and left out. */
function identityOf(connection: Connection): TlsIdentity {
  const { log, tls } = connection;
  let identity = identities.get(connection);
  if (identity !== undefined) return identity;
  const readable = (list: string | undefined, read: (list: string) => unknown, told: (e: Error) => string): string | undefined => {
    if (list === undefined) return undefined;
    try {
      read(list);
      return list;
    } catch (e) {
      log.log("stream_ssl", "ERR", told(e as Error));
      return undefined;
    }
  };
  const protocols = readable(tls.protocols, parseTlsVersions, () => `${tls.protocols}: SSL protocol not recognized`);
  const ciphers = readable(
    tls.ciphers,
    (list) => createSecureContext({ ciphers: list }),
    (e) => `SSL_CTX_set_cipher_list: ${e.message}`,
  );
  identity = new TlsIdentity({ ...tls, protocols, ciphers, log: log.of("stream_ssl") });
  identities.set(connection, identity);
  return identity;
}

/** Whether an error is one of TLS itself, and not of what is said over it. */
const isTls = (stream: Stream, error: SouthboundError | null): error is SouthboundError =>
  stream.kind === "ssl" && error?.code === "EPROTO" && error.cause !== undefined && !SouthboundError.is(error.cause);

/** The log of a connection: what Open vSwitch finds where it cuts messages, and where it reads hellos, belongs to other modules there, which do not name the peer. */
function channelLog(log: Vlog): Log {
  const vconn = log.of("vconn");
  const modules: readonly (readonly [RegExp, Log])[] = [
    [/^\S+: (received too-short ofp_header .*|connection dropped mid-packet)$/, log.of("vconn_stream")],
    [/^\S+: (peer (?:claims to support|does not support) .*)$/, log.of("ofp_util")],
  ];
  return (level, text) => {
    for (const [pattern, to] of modules) {
      const found = pattern.exec(text);
      if (found !== null) return to(level, found[1]!);
    }
    vconn(level, text);
  };
}

/** Transaction ids are counted for the whole program, as in ovs-ofctl. */
const xids = { last: 0 };

function attempt(name: string, { connection }: Settings, { onVconn }: Opening): Promise<Attempt> {
  const { versions, log } = connection;
  warnOfDefaultPort(name, log);
  let stream: Stream;
  try {
    stream = connect(name, { tls: identityOf(connection) });
  } catch (e) {
    if (!SouthboundError.is(e)) throw e;
    logRefusal(name, e, log);
    // without a file it is the run directory that is connected to, and that is no socket
    const error = name === "unix:" ? new SouthboundError("ENOENT", "no file is named", { cause: e }) : e;
    return Promise.resolve({ error, opened: false });
  }
  return new Promise((resolve) => {
    const vconn = new Vconn(stream, {
      versions,
      log: channelLog(log),
      trace: log.shows("vconn", "DBG"),
      helloTimeout: Number.POSITIVE_INFINITY,
      xids,
    });
    let opened = stream.state === "open";
    const hello = stream.onOpen;
    stream.onOpen = () => {
      opened = true;
      hello?.();
    };
    onVconn?.(vconn);
    vconn.onUp = () => {
      vconn.onUp = null;
      vconn.onClose = null;
      resolve({ vconn });
    };
    vconn.onClose = (error) => {
      // what tells the peer why is with the kernel by then; whether the peer reads it is not waited for
      setImmediate(() => stream.destroy());
      if (error !== null && isUnresolved(error)) {
        logConnect(name, log);
        resolve({ error: new SouthboundError("EAFNOSUPPORT", error.message, { cause: error }), atOnce: true, opened });
        return;
      }
      if (isTls(stream, error)) {
        log.log("stream_ssl", "WARN", error.message);
        // behind the handshake it is an error of reading
        if (opened) {
          resolve({ error: new SouthboundError("EIO", error.message, { cause: error }), opened });
          return;
        }
      }
      const half = vconn.unfinished > 0 && (error === null || error.message.includes("mid-packet"));
      // over TLS it is an end that nobody has announced, and by that an error of its own
      const code = half ? (stream.kind === "ssl" ? "EIO" : "EPROTO") : "ECONNRESET";
      // the handshake of TLS is made while the connection is waited for
      const reached = opened || (stream.kind === "ssl" && error?.code === "EPROTO");
      resolve({ error: half || error === null ? new SouthboundError(code, "the peer closed") : error, opened: reached });
    };
  });
}

const CLASSES = /^(tcp|ssl|tls):/;

/** Whether a name says no port, in Open vSwitch's count: its fields between colons, empty ones left out. */
const lacksPort = (name: string): boolean => CLASSES.test(name) && name.split(":").filter((field) => field !== "").length < 3;

const warned = new WeakSet<Vlog>();

/** Says, the first time that a name lacks its port, which one is taken. */
function warnOfDefaultPort(name: string, log: Vlog): void {
  if (!lacksPort(name) || warned.has(log)) return;
  warned.add(log);
  log.log("stream", "WARN", "The default OpenFlow port number has changed from 6633 to 6653");
}

/** Logs that a name of a known class cannot be connected to. */
function logConnect(name: string, log: Vlog): void {
  const module = name.startsWith("tcp:") ? "stream_tcp" : "stream_ssl";
  log.log(module, "ERR", `${lacksPort(name) ? `${name}:${OPENFLOW_PORT}` : name}: connect: ${ERRNO_TEXT.EAFNOSUPPORT}`);
}

/** Logs what is wrong with a name whose class is known. Open vSwitch has words for ports alone. */
function logRefusal(name: string, error: SouthboundError, log: Vlog): void {
  if (!CLASSES.test(name) || error.code !== "EAFNOSUPPORT") return;
  const what = error.message.slice(name.indexOf(":") + 1).replace(/ \([^()]*\)$/, "");
  if (/: (bad port number|port must be)/.test(what)) log.log("socket_util", "ERR", what);
  logConnect(name, log);
}

/** Whether an error is that of a host name without an address. */
function isUnresolved(error: SouthboundError): boolean {
  const code = (error.cause as { code?: unknown } | undefined)?.code;
  return error.code === "EHOSTUNREACH" && typeof code === "string" && /^(ENOTFOUND|ENODATA|EAI_)/.test(code);
}

/**
 * Whether a failure to connect is reported while the connection is being waited for, and not at once: that of an address that is not this machine's.
 */
function comesLater(name: string): boolean {
  if (!/^tcp:/.test(name)) return false;
  try {
    const target = parseActive(name);
    if (target.syntax !== "inet") return false;
    const { host } = target;
    if (/^127\./.test(host) || host === "::1" || host === "localhost") return false;
    return !Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === host));
  } catch {
    return false;
  }
}
