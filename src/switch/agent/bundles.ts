import { Chunk, copyBytes } from "../../bytes/mod.js";
import type { Clock, Timer } from "../../clock/mod.js";
import { SouthboundError } from "../../errors/mod.js";
import { type BundleAddMessage, BundleControl, BundleControlType, type KnownMessage, type Message } from "../../ofp/mod.js";
import type { Vconn } from "../../vconn/mod.js";
import { Journal } from "../work/journal.js";
import { Refusal } from "../work/refusal.js";
import type { Work } from "../work/work.js";
import type { Raw } from "./raw.js";

/** Milliseconds without a message after which an open bundle is given up, as in Open vSwitch. */
const IDLE = 10_000;
/** What the bundles of one connection may hold, in bytes of messages, and how many there may be. */
const MAX_BYTES = 64 << 20;
const MAX_BUNDLES = 64;

/** Bytes of a message that an error needs at least. OpenFlow 1.3 §7.4.4 */
const ECHOED = 64;

/** The messages that a bundle may have. OpenFlow 1.4 §6.8; Open vSwitch lib/ofp-bundle.c */
const TAKES: ReadonlySet<Message["type"]> = new Set<Message["type"]>(["flow-mod", "port-mod", "group-mod", "meter-mod", "packet-out"]);

/** Where the message within lies in the one that adds it. */
const withinAt = ({ c, p }: Raw): number => p + (c.u8[p + 1] === EXPERIMENTER_TYPE ? 24 : 16);
const EXPERIMENTER_TYPE = 4;

interface Bundle {
  readonly flags: number;
  readonly messages: Uint8Array[];
  /** The message that has opened it, or its start. */
  readonly opened: Uint8Array;
  bytes: number;
  closed: boolean;
  used: number;
}

/** What bundles ask of their connection. */
export interface BundlePeer {
  readonly vconn: Pick<Vconn, "decode">;
  readonly closed: Promise<void>;
  answer(xid: number, message: KnownMessage): void;
  refuse(reason: string, what: string, raw: Raw): void;
}

/** Carries out a message, and notes how to undo that. @returns what is left of it */
export type Apply = (m: Message, raw: Raw, journal: Journal) => Work | undefined;

/** The bundles of one connection: messages that are carried out together or not at all. OpenFlow 1.4 §6.8 */
export class Bundles {
  readonly #connection: BundlePeer;
  readonly #clock: Clock;
  readonly #apply: Apply;
  readonly #bundles = new Map<number, Bundle>();
  #bytes = 0;
  #timer: Timer | null = null;

  constructor(connection: BundlePeer, clock: Clock, apply: Apply) {
    this.#connection = connection;
    this.#clock = clock;
    this.#apply = apply;
    void connection.closed.then(() => this.#timer?.stop());
  }

  /** @throws Refusal with the OFPBFC_ error */
  control(m: BundleControl, raw: Raw): Work | undefined {
    const { bundleId, controlType, flags } = m;
    switch (controlType) {
      case BundleControlType.OpenRequest:
        if (this.#bundles.has(bundleId)) throw this.#drop(bundleId, "OFPBFC_BAD_ID", "is open already");
        this.#open(bundleId, flags, raw);
        break;
      case BundleControlType.CloseRequest: {
        const bundle = this.#known(bundleId);
        if (bundle.closed) throw this.#drop(bundleId, "OFPBFC_BUNDLE_CLOSED", "is closed already");
        if (bundle.flags !== flags) throw this.#drop(bundleId, "OFPBFC_BAD_FLAGS", "has other flags");
        bundle.closed = true;
        break;
      }
      case BundleControlType.CommitRequest: {
        const bundle = this.#known(bundleId);
        if (bundle.flags !== flags) throw this.#drop(bundleId, "OFPBFC_BAD_FLAGS", "has other flags");
        this.#remove(bundleId);
        return this.#commit(bundleId, bundle, m.xid);
      }
      case BundleControlType.DiscardRequest:
        this.#known(bundleId);
        this.#remove(bundleId);
        break;
      default:
        throw new Refusal("OFPBFC_BAD_TYPE", `bundle ${bundleId}: type ${controlType} is no request`);
    }
    this.#reply(m.xid, bundleId, controlType);
    return undefined;
  }

  /** Takes a message into a bundle, which is opened by it where it is not there. @throws Refusal with the OFPBFC_ error */
  add({ bundleId, flags, message, xid }: BundleAddMessage, raw: Raw): void {
    const at = withinAt(raw);
    const { c } = raw;
    if (c.dv.getUint32(at + 4) !== xid) throw this.#drop(bundleId, "OFPBFC_MSG_BAD_XID", "has a message with another transaction id");
    if (!TAKES.has(message.type as Message["type"])) throw this.#drop(bundleId, "OFPBFC_MSG_UNSUP", `cannot have a ${message.type}`);
    const bundle = this.#bundles.get(bundleId) ?? this.#open(bundleId, flags, raw);
    if (bundle.closed) throw this.#drop(bundleId, "OFPBFC_BUNDLE_CLOSED", "is closed");
    if (bundle.flags !== flags) throw this.#drop(bundleId, "OFPBFC_BAD_FLAGS", "has other flags");
    const bytes = copyBytes(c.u8, at, at + c.dv.getUint16(at + 2));
    if (this.#bytes + bytes.length > MAX_BYTES)
      throw this.#drop(bundleId, "OFPBFC_MSG_TOO_MANY", `would hold more than ${MAX_BYTES} bytes`);
    bundle.messages.push(bytes);
    bundle.bytes += bytes.length;
    bundle.used = this.#clock.now();
    this.#bytes += bytes.length;
  }

  #open(bundleId: number, flags: number, { c, p, end }: Raw): Bundle {
    if (this.#bundles.size >= MAX_BUNDLES) throw new Refusal("OFPBFC_OUT_OF_BUNDLES", `there are ${MAX_BUNDLES} bundles already`);
    const opened = copyBytes(c.u8, p, Math.min(end, p + ECHOED));
    const bundle: Bundle = { flags, messages: [], opened, bytes: 0, closed: false, used: this.#clock.now() };
    this.#bundles.set(bundleId, bundle);
    this.#arm();
    return bundle;
  }

  #known(bundleId: number): Bundle {
    const bundle = this.#bundles.get(bundleId);
    if (bundle === undefined) throw new Refusal("OFPBFC_BAD_ID", `there is no bundle ${bundleId}`);
    return bundle;
  }

  #remove(bundleId: number): void {
    this.#bytes -= this.#bundles.get(bundleId)?.bytes ?? 0;
    this.#bundles.delete(bundleId);
  }

  /** The refusal after which a bundle is gone. */
  #drop(bundleId: number, reason: string, why: string): Refusal {
    this.#remove(bundleId);
    return new Refusal(reason, `bundle ${bundleId} ${why}`);
  }

  #reply(xid: number, bundleId: number, request: number): void {
    this.#connection.answer(xid, BundleControl.of({ bundleId, controlType: request + 1 }));
  }

  *#commit(bundleId: number, bundle: Bundle, xid: number): Work {
    const journal = new Journal();
    for (const bytes of bundle.messages) {
      const raw: Raw = { c: new Chunk(bytes), p: 0, end: bytes.length };
      try {
        const work = this.#apply(this.#connection.vconn.decode(raw.c, raw.p, raw.end), raw, journal);
        if (work !== undefined) yield* work;
      } catch (e) {
        if (!SouthboundError.is(e)) throw e;
        yield* journal.rollback();
        this.#connection.refuse(reasonOf(e), e.message, raw);
        throw new Refusal("OFPBFC_MSG_FAILED", `bundle ${bundleId}: ${e.message}; nothing of it was done`);
      }
      yield;
    }
    yield* journal.commit();
    this.#reply(xid, bundleId, BundleControlType.CommitRequest);
  }

  /** Gives up bundles that nothing was heard of for a while. */
  #arm(): void {
    if (this.#timer !== null || this.#bundles.size === 0) return;
    this.#timer = this.#clock.after(IDLE, () => {
      this.#timer = null;
      const before = this.#clock.now() - IDLE;
      for (const [bundleId, bundle] of this.#bundles) {
        if (bundle.used > before) continue;
        this.#remove(bundleId);
        const { opened } = bundle;
        const raw = { c: new Chunk(opened), p: 0, end: opened.length };
        this.#connection.refuse("OFPBFC_TIMEOUT", `bundle ${bundleId} was not used for ${IDLE / 1000} s`, raw);
      }
      this.#arm();
    });
  }
}

/** The OpenFlow error of what was thrown. */
const reasonOf = (e: SouthboundError): string => ("reason" in e && typeof e.reason === "string" ? e.reason : "OFPBFC_MSG_FAILED");
