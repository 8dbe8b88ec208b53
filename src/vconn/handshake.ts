import { type Chunk, hexDump } from "../bytes/mod.js";
import type { Clock, Timer } from "../clock/mod.js";
import { errnoError, SouthboundError } from "../errors/mod.js";
import { errorReply, type Message, MessageType } from "../ofp/mod.js";
import { printBytes } from "../ofp/syntax/mod.js";
import { type Version, versionName } from "../schema/mod.js";
import { deadline } from "./deadline.js";
import type { Log } from "./log.js";
import {
  commonVersion,
  errorVersion,
  helloBytes,
  negotiated,
  negotiationFailed,
  noCommonVersion,
  readHello,
  type VersionSet,
  versionSet,
} from "./negotiation.js";
import { SNIFFED, sniff } from "./sniff.js";

const { Hello: HELLO } = MessageType;

/** The result of the peer's hello: a version, or the error that ends the connection and the error message for the peer. */
export type Verdict =
  | { readonly version: Version }
  | { readonly version: 0; readonly error: SouthboundError; readonly refusal?: { readonly message: Message; readonly version: Version } };

/** Bytes of a peer that does not begin with a hello, or with a strange one, that are shown. */
const MOST_SHOWN = 1024;

/** A message as Open vSwitch prints it, where it is not too long to be printed for any peer that comes. */
function shown(bytes: Uint8Array): string {
  if (bytes.length <= MOST_SHOWN) return printBytes(bytes, { verbosity: 1 }).trimEnd();
  return `type ${bytes[1]} of OpenFlow ${versionName(bytes[0]!)}, ${bytes.length} bytes`;
}

function dumped(bytes: Uint8Array): string {
  const rest = bytes.length - MOST_SHOWN;
  return `${hexDump(bytes.subarray(0, MOST_SHOWN))}${rest > 0 ? `… and ${rest} bytes more` : ""}`;
}

const versionsOf = (set: VersionSet): number[] => Array.from({ length: 31 }, (_, v) => v).filter((v) => (set & (1 << v)) !== 0);

/** No version is common to both ends. Code: `EPROTO`. */
export class VersionMismatch extends SouthboundError {
  /** The versions that were offered here, by their numbers on the wire. */
  readonly ours: readonly number[];
  /** The versions that the peer has offered, those included that this library does not know. */
  readonly theirs: readonly number[];

  constructor(peer: string, ours: VersionSet, theirs: VersionSet) {
    super("EPROTO", `${peer}: ${negotiationFailed(ours, theirs)}`);
    this.ours = versionsOf(ours);
    this.theirs = versionsOf(theirs);
  }
}

/** The state of a connection before its version is settled: the versions on offer, the deadline for the peer's hello, and the first bytes, which identify another protocol. */
export class Handshake {
  /** The versions on offer. */
  offer: VersionSet;
  readonly #name: string;
  readonly #log: Log;
  #first: Uint8Array | null = null;
  #deadline: Timer | null = null;

  /** Throws `ERR_USAGE` for no versions. */
  constructor(name: string, versions: readonly Version[], log: Log) {
    this.offer = versionSet(versions);
    this.#name = name;
    this.#log = log;
  }

  /** Our hello. */
  hello(xid: number): Uint8Array {
    return helloBytes(this.offer, xid);
  }

  /** Waits `ms` for the peer's hello. @param late - given the error when none has come */
  wait(clock: Clock, ms: number, late: (error: SouthboundError) => void): void {
    if (ms === Number.POSITIVE_INFINITY) return;
    this.#deadline = deadline(clock, ms, () => late(errnoError("ETIMEDOUT", `${this.#name}: no hello within ${ms} ms`)));
  }

  /** Keeps the first bytes of what is received, in case that they turn out to be no OpenFlow. */
  look(c: Chunk, n: number): void {
    const kept = this.#first;
    if (kept?.length === SNIFFED) return;
    const have = kept?.length ?? 0;
    const first = new Uint8Array(Math.min(SNIFFED, have + n));
    if (kept !== null) first.set(kept);
    first.set(c.u8.subarray(0, first.length - have), have);
    this.#first = first;
  }

  /** Reads the first message, in [p, end), which has to be a hello. */
  judge(c: Chunk, p: number, end: number): Verdict {
    const header = c.dv.getUint8(p);
    const type = c.dv.getUint8(p + 1);
    if (type !== HELLO || header === 0) {
      const text = `${this.#name}: received message while expecting hello: ${shown(c.u8.subarray(p, end))}`;
      return { version: 0, error: new SouthboundError("EPROTO", text) };
    }
    const { versions, known, odd } = readHello(c, p, end);
    for (const text of odd) this.#log("warn", `${this.#name}: ${text}`);
    if (!known) this.#log("warn", `${this.#name}: unknown data in hello:\n${dumped(c.u8.slice(p, end))}`);
    const common = commonVersion(this.offer, versions);
    if (common !== 0) {
      this.#log("debug", `${this.#name}: ${negotiated(common, this.offer, versions)}`);
      this.#first = null;
      this.#stop();
      return { version: common };
    }
    const version = errorVersion(versions);
    return {
      version: 0,
      error: new VersionMismatch(this.#name, this.offer, versions),
      refusal: { message: errorReply(version, "OFPHFC_INCOMPATIBLE", 0, noCommonVersion(this.offer, versions)), version },
    };
  }

  /** The connection has ended: says in the log what its peer spoke, where that is known and no OpenFlow. */
  end(): void {
    this.#stop();
    const spoken = this.#first === null ? undefined : sniff(this.#first);
    if (spoken !== undefined) this.#log("warn", `${this.#name}: received ${spoken} data on OpenFlow channel`);
  }

  #stop(): void {
    this.#deadline?.stop();
    this.#deadline = null;
  }
}
