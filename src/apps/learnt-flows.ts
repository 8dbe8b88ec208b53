import { viewOf } from "../bytes/mod.js";
import { systemClock, type Timer } from "../clock/mod.js";
import type { Datapath } from "../controller/mod.js";
import { SouthboundError } from "../errors/mod.js";
import {
  apply,
  type ErrorMessage,
  errorNameOf,
  FlowMod,
  FlowModCommand,
  Match,
  MessageType,
  Output,
  PortNo,
  SetConfig,
} from "../ofp/mod.js";

const { FlowMod: FLOW_MOD } = MessageType;

/** The cookie of the flows that are made for pairs of hosts: by it an earlier life's are found. The upper half is the application's, `l2ln`. */
export const PAIR_COOKIE = 0x6c32_6c6e_0000_0001n;
/** The cookie of the flow that sends to the controller what no other flow matches. */
const MISS_COOKIE = 0x6c32_6c6e_0000_0002n;
const OURS = PAIR_COOKIE >> 32n;
const ALL_BITS = 0xffff_ffff_ffff_ffffn;

/** Where a flow-mod has its cookie: behind the match in OpenFlow 1.0, behind the header since 1.1. */
const COOKIE_AT_10 = 48;
const COOKIE_AT = 8;
/** Milliseconds without new flows behind one that was refused; doubled each time that another is refused within as long again, up to the latter. */
const PAUSE = 1_000;
const MAX_PAUSE = 60_000;
/** The packet that a flow was made for is gone, and the flow is not made: the next packet of the pair asks for it again. */
const NO_PACKET = /^OFPBRC_BUFFER_/;
/** The flow is not there, and nothing else is wrong. */
const NO_ROOM = "OFPFMFC_TABLE_FULL";
/** What ends a wait for the switch and is no fault here: the connection is over, or the switch gives no such answer. */
const GIVEN_UP: readonly string[] = ["ERR_CLOSED", "ERR_ABORTED", "ERR_TIMEOUT", "ERR_OPENFLOW", "ENOTCONN"];

/** The flows that the application has on one switch: which of them have to go, and what to do when the switch refuses some. */
export class LearntFlows {
  /** Whether flows are to be made. False for a while after the switch has refused one: packets are sent on one by one then, so that hosts reach each other all the same. */
  wanted = true;
  readonly #dp: Datapath;
  readonly #forget: () => void;
  #pause = PAUSE;
  #until = 0;
  #owed = false;
  #timer: Timer | null = null;
  #over = false;

  /** @param forget - called when nothing that was learnt can be relied on */
  constructor(dp: Datapath, forget: () => void) {
    this.#dp = dp;
    this.#forget = forget;
    dp.on("error", (e) => this.#refused(e));
  }

  /** Has the switch send what no flow matches, whole, and drop the flows of an earlier life. OpenFlow 1.0 switches send misses unasked; later ones want a flow of the lowest priority. */
  begin(): Promise<void> {
    const dp = this.#dp;
    dp.send(SetConfig.of({ missSendLen: 0xffff }));
    if (dp.version > 1) {
      this.#delete({ cookieMask: ALL_BITS });
      const instructions = [apply(Output.of({ port: PortNo.Controller }))];
      dp.send(FlowMod.of({ priority: 0, cookie: MISS_COOKIE, instructions }));
      return Promise.resolve();
    }
    return this.#sweep();
  }

  /** Drops the flows from and to a host, so that its next packet shows where it is. Those from it go too: one that it left behind would hide its return. */
  dropHost(mac: number): void {
    this.#delete({ match: Match.of({ ethDst: mac }) });
    this.#delete({ match: Match.of({ ethSrc: mac }) });
  }

  /** Drops the flows from and to a port. */
  dropPort(port: number): void {
    this.#delete({ outPort: port });
    this.#delete({ match: Match.of({ inPort: port }) });
  }

  /** Ends it: the connection is over, or the application. */
  end(): void {
    this.#over = true;
    this.#timer?.stop();
  }

  /** Where the switch takes no more, everything is dropped when it does again: a flow that stays behind would swallow packets. */
  #delete(init: { readonly match?: Match; readonly outPort?: number; readonly cookieMask?: bigint }): void {
    const dp = this.#dp;
    // OpenFlow 1.0 cannot ask for a cookie: other applications' flows to the same host or port go too
    const ours = dp.version > 1 ? { cookieMask: ALL_BITS } : {};
    try {
      dp.send(FlowMod.of({ command: FlowModCommand.Delete, cookie: PAIR_COOKIE, ...ours, ...init }));
    } catch (e) {
      if (!SouthboundError.is(e) || e.code !== "ENOBUFS") throw e;
      void this.#repair();
    }
  }

  /** A flow-mod was refused: one that should have made a flow, or one that should have dropped some. */
  #refused(e: ErrorMessage): void {
    const cookie = this.#cookieIn(e);
    if (cookie === undefined ? !mayBeFlowMod(e) : cookie >> 32n !== OURS) return;
    const name = errorNameOf(e);
    // without the flow that sends misses here nothing works
    const vital = cookie !== undefined && cookie !== PAIR_COOKIE;
    if (NO_PACKET.test(name) && !vital) return;
    if (name !== NO_ROOM || vital) {
      if (this.wanted) void this.#repair();
      else this.#owed = true;
    }
    if (this.wanted) this.#rest();
  }

  /** The cookie in the excerpt of an error, if it goes as far. Where it is ours, the error is about a flow-mod of ours, whatever became of its type on the way. */
  #cookieIn({ data }: ErrorMessage): bigint | undefined {
    const at = this.#dp.version > 1 ? COOKIE_AT : COOKIE_AT_10;
    return data.length < at + 8 ? undefined : viewOf(data).getBigUint64(at);
  }

  /** Makes no flows for a while. */
  #rest(): void {
    if (this.#over) return;
    const now = systemClock.now();
    this.#pause = now - this.#until < this.#pause ? Math.min(2 * this.#pause, MAX_PAUSE) : PAUSE;
    this.#until = now + this.#pause;
    this.wanted = false;
    this.#timer = systemClock.after(this.#pause, () => {
      this.wanted = true;
      if (!this.#owed) return;
      this.#owed = false;
      void this.#repair();
      this.#rest();
    });
  }

  /** Begins anew: forgets what was learnt and drops every flow. */
  async #repair(): Promise<void> {
    this.#forget();
    try {
      await this.#dp.drained();
      if (!this.#over) await this.begin();
    } catch (e) {
      this.#postpone(e);
    }
  }

  /** Beginning anew has failed: it is tried again after a pause, unless the connection is over. */
  #postpone(e: unknown): void {
    if (!SouthboundError.is(e)) throw e;
    if (this.#over || GIVEN_UP.includes(e.code)) return;
    this.#owed = true;
    if (this.wanted) this.#rest();
  }

  /** Drops the application's flows from a switch that knows no deletion by cookie: it is asked which it has. */
  async #sweep(): Promise<void> {
    const dp = this.#dp;
    try {
      for await (const { match, priority, cookie } of dp.dumpFlows()) {
        if (cookie !== PAIR_COOKIE) continue;
        await dp.drained();
        dp.send(FlowMod.of({ command: FlowModCommand.DeleteStrict, match, priority, cookie }));
      }
    } catch (e) {
      this.#postpone(e);
    }
  }
}

/** Whether an error whose excerpt is too short for a cookie may be about a flow-mod. */
const mayBeFlowMod = ({ data }: ErrorMessage): boolean => data.length < 2 || data[1] === FLOW_MOD;
