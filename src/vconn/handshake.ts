import type { Chunk } from "../bytes/mod.js";
import type { Clock, Timer } from "../clock/mod.js";
import { errnoError, SouthboundError } from "../errors/mod.js";
import { errorReply, type Message, MessageType } from "../ofp/mod.js";
import { type Version, versionName } from "../schema/mod.js";
import { deadline } from "./deadline.js";
import type { Log } from "./log.js";
import {
  commonVersion,
  errorVersion,
  helloBytes,
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
      const text = `${this.#name}: the first message is type ${type} of OpenFlow ${versionName(header)} where a hello has to be`;
      return { version: 0, error: errnoError("EPROTO", text) };
    }
    const { versions, odd } = readHello(c, p, end);
    if (odd !== undefined) this.#log("warn", `${this.#name}: hello with ${odd}, which is passed over`);
    const common = commonVersion(this.offer, versions);
    if (common !== 0) {
      this.#first = null;
      this.#stop();
      return { version: common };
    }
    const version = errorVersion(versions);
    return {
      version: 0,
      error: new SouthboundError("EPROTO", `${this.#name}: ${negotiationFailed(this.offer, versions)}`),
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
