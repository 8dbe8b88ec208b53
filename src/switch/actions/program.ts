import { type Action, LearnFlags, type Match } from "../../ofp/mod.js";
import type { PuntOptions } from "../packet/outlets.js";
import type { Packet } from "../packet/packet.js";

/** One packet's way through the tables, as actions see it. */
export interface Way {
  readonly packet: Packet;
  /** The table of the flow whose actions are executed. */
  readonly tableId: number;
  /** What was pushed and not popped yet. */
  readonly stack: bigint[];
  /** The queue that the packet takes at its port; -1 for none. */
  queue: number;
  /** Whether all ends here. */
  exited: boolean;
  /** Executes steps in their order. @returns whether none of them has ended the list */
  steps(steps: readonly Step[]): boolean;
  /** Executes actions as an action set of their own. */
  asSet(actions: readonly Compiled[]): void;
  /** Does things to a copy of the packet: afterwards all is as before. */
  aside(run: () => void): void;
  /** Sends the packet out of a port, or to one of `PortNo`. @param maxLen - bytes for the controller */
  output(port: number, maxLen: number): void;
  /** Whether a port can send. */
  isLive(port: number): boolean;
  /** Sends the packet to the controller. */
  punt(options: PuntOptions): void;
  /** Drops the packet, whose time to live would end, but for controllers that want such. @returns false */
  invalidTtl(): false;
  /** Looks the packet up in a table, as if it had come in by another port, and goes on after that. */
  resubmit(tableId: number, inPort: number): void;
  /** Hands the packet to a group. */
  group(groupId: number): void;
  /** Puts the packet through a meter. @returns whether it may go on */
  meter(meterId: number): boolean;
  /** Adds a flow, or makes one of the same match and priority young again. @returns whether it is there */
  learn(learned: Learned): boolean;
  /** Lowers the time-outs of the flow whose actions are executed. In seconds; 0 leaves one as it is. */
  shorten(idleTimeout: number, hardTimeout: number): void;
}

/** One action, ready. False ends the list that it is in. */
export type Step = (x: Way) => boolean;

/** An action with its place in an action set. OpenFlow 1.3 §5.10 */
export interface Compiled {
  readonly step: Step;
  /** Actions of one slot replace each other in an action set. */
  readonly slot: string;
  /** Lower ones are executed first in an action set. */
  readonly order: number;
  /** Where an output goes. */
  readonly port?: number | undefined;
}

/** One of the dimensions that must all match. Nicira's conjunction action */
export interface Clause {
  readonly id: number;
  readonly clause: number;
  readonly clauses: number;
}

/** What a flow does, ready to be executed. OpenFlow 1.3 §5.9 */
export interface Program {
  /** The meter that a packet goes through first; 0 for none. */
  readonly meter: number;
  readonly apply: readonly Step[];
  /** Whether the action set is emptied before {@link write}. */
  readonly clear: boolean;
  /** What goes into the action set. */
  readonly write: readonly Compiled[];
  readonly metadata: { readonly value: bigint; readonly mask: bigint } | undefined;
  /** The table to go on in; -1 for none. */
  readonly goto: number;
  /** The dimensions that it is of; a flow with any does nothing by itself. */
  readonly clauses: readonly Clause[];
  readonly uses: Uses;
}

/** A flow that a packet makes. Nicira's learn action */
export interface Learned {
  readonly tableId: number;
  readonly match: Match;
  readonly priority: number;
  readonly cookie: bigint;
  /** Seconds; 0 is none. */
  readonly idleTimeout: number;
  readonly hardTimeout: number;
  /** Bits of `FlowModFlags`. */
  readonly flags: number;
  readonly actions: readonly Action[];
  readonly program: Program;
  /** So many flows with its cookie in its table at most; 0 is no limit. */
  readonly limit: number;
}

/** The learned flows that a flow makes: those of a table with a cookie. */
export interface LearnedBy {
  readonly tableId: number;
  readonly cookie: bigint;
  /** Whether they go when no flow makes such any more. */
  readonly deleted: boolean;
}

/** What actions refer to. */
export interface Uses {
  /** The ports that they output to. */
  readonly ports: ReadonlySet<number>;
  readonly groups: ReadonlySet<number>;
  readonly meters: ReadonlySet<number>;
  readonly learned: readonly LearnedBy[];
}

/** Shared by the many flows that refer to none. */
const NONE: ReadonlySet<number> = new Set();
/** Shared by the many flows that refer to one of the low numbers, by that number. */
const ONE: ReadonlySet<number>[] = [];
const SHARED = 1024;

function oneOf(n: number): ReadonlySet<number> {
  if (n >= SHARED) return new Set([n]);
  ONE[n] ??= new Set([n]);
  return ONE[n];
}

/** The set with a number more. Those of no or one number are shared and stay as they are. */
function withOne(set: ReadonlySet<number>, n: number): ReadonlySet<number> {
  if (set === NONE) return oneOf(n);
  if (set.has(n)) return set;
  return (set.size === 1 ? new Set(set) : (set as Set<number>)).add(n);
}

/** What actions, and those within them, refer to. */
export function usesOf(actions: readonly Action[], meter = 0): Uses {
  let ports = NONE;
  let groups = NONE;
  let meters = meter === 0 ? NONE : withOne(NONE, meter);
  const learned: LearnedBy[] = [];
  const look = (list: readonly Action[]): void => {
    for (const a of list) {
      if (a.type === "output" || a.type === "enqueue" || a.type === "output-trunc") ports = withOne(ports, a.port);
      else if (a.type === "group") groups = withOne(groups, a.groupId);
      else if (a.type === "meter") meters = withOne(meters, a.meterId);
      else if (a.type === "clone" || a.type === "ct") look(a.actions);
      else if (a.type === "learn")
        learned.push({ tableId: a.tableId, cookie: a.cookie, deleted: (a.flags & LearnFlags.DeleteLearned) !== 0 });
      else if (a.type === "bundle") for (const port of a.members) ports = withOne(ports, port);
    }
  };
  look(actions);
  return { ports, groups, meters, learned };
}
