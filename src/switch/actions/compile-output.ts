import { copyBytes } from "../../bytes/mod.js";
import { GroupNo, MeterNo, PortNo } from "../../ofp/mod.js";
import { hashOf, heaviest } from "../packet/hash.js";
import type { PuntWhy } from "../packet/outlets.js";
import { LAST_PORT } from "../ports/port-number.js";
import { Refusal } from "../work/refusal.js";
import { partWithin } from "./compile-part.js";
import type { ActionRows, CompilePlace } from "./compile-place.js";
import type { Step, Way } from "./program.js";
import { reader, writer } from "./subfields.js";

const RESERVED: readonly number[] = [PortNo.InPort, PortNo.Flood, PortNo.All, PortNo.Controller, PortNo.Local, PortNo.Normal];

/** Refuses a port that no packet can be sent to. */
function refusePort(port: number, place: CompilePlace): void {
  const known = (port >= 1 && port <= LAST_PORT) || RESERVED.includes(port) || (port === PortNo.Table && place.packetOut === true);
  if (known) return;
  const why = port === PortNo.Table ? "in packet-outs only" : "no such port";
  throw new Refusal("OFPBAC_BAD_OUT_PORT", `output to port 0x${port.toString(16)}: ${why}`);
}

const outputTo =
  (port: number, maxLen: number): Step =>
  (x) => {
    x.output(port, maxLen);
    return true;
  };

const WHY: Readonly<Record<number, PuntWhy>> = { 0: "noMatch", 1: "action", 2: "invalidTtl", 3: "actionSet", 4: "group", 5: "packetOut" };
/** All of a frame. OpenFlow 1.3 §7.2.5 (OFPCML_NO_BUFFER) */
const NO_LIMIT = 0xffff;
/** A table that stands for the one that the flow is in. */
const SAME_TABLE = 0xff;

const isUp = (x: Way, port: number): boolean => x.isLive(port);

/** The members that can be chosen from, by an algorithm. */
function member(
  x: Way,
  a: { readonly algorithm: number; readonly hashFields: number; readonly basis: number; readonly members: readonly number[] },
): number {
  const { members } = a;
  if (a.algorithm === 0) return members.find((port) => isUp(x, port)) ?? PortNo.Any;
  const i = heaviest(hashOf(x.packet, a.hashFields, a.basis), members.length, (n) => isUp(x, members[n]!));
  return i < 0 ? PortNo.Any : members[i]!;
}

/** Actions by which a packet leaves, or goes on elsewhere. */
export const OUTPUT_ROWS: ActionRows = {
  output(a, place) {
    refusePort(a.port, place);
    return outputTo(a.port, a.maxLen);
  },
  enqueue(a, place) {
    refusePort(a.port, place);
    const { port, queueId } = a;
    return (x) => {
      const { queue } = x;
      x.queue = queueId;
      x.output(port, NO_LIMIT);
      x.queue = queue;
      return true;
    };
  },
  "set-queue":
    ({ queueId }) =>
    (x) => {
      x.queue = queueId;
      return true;
    },
  "pop-queue": () => (x) => {
    x.queue = -1;
    return true;
  },
  "output-trunc"(a, place) {
    refusePort(a.port, place);
    const { port, maxLen } = a;
    return (x) => {
      x.aside(() => {
        const { u8 } = x.packet.chunk;
        if (port === PortNo.Controller) x.punt({ maxLen });
        else {
          if (u8.length > maxLen) x.packet.replace(copyBytes(u8, 0, maxLen));
          x.output(port, NO_LIMIT);
        }
      });
      return true;
    };
  },
  "output-reg"(a) {
    const read = reader(partWithin(a.src));
    const { maxLen } = a;
    return (x) => {
      const port = Number(read(x.packet));
      // in 16 bits a reserved port is what it is in OpenFlow 1.0
      x.output(port > LAST_PORT && port <= NO_LIMIT ? port + 0xffff_0000 : port, maxLen);
      return true;
    };
  },
  group(a, place) {
    if (a.groupId > GroupNo.Max || place.groups?.has(a.groupId) !== true)
      throw new Refusal("OFPBAC_BAD_OUT_GROUP", `there is no group ${a.groupId}`);
    return (x) => {
      x.group(a.groupId);
      return !x.exited;
    };
  },
  meter(a, place) {
    refuseMeter(a.meterId, place);
    return (x) => {
      if (x.meter(a.meterId)) return true;
      x.exited = true;
      return false;
    };
  },
  controller({ maxLen, controllerId, reason, userdata, meterId }, place) {
    if (meterId !== 0) refuseMeter(meterId, place);
    const options = { maxLen, why: WHY[reason] ?? "action", controllerId, userdata };
    return (x) => {
      if (meterId === 0 || x.meter(meterId)) x.punt(options);
      return true;
    };
  },
  resubmit(a) {
    const { inPort } = a;
    const tableId = a.tableId === SAME_TABLE ? undefined : a.tableId;
    return (x) => {
      x.resubmit(tableId ?? x.tableId, inPort === PortNo.InPort ? x.packet.inPort : inPort);
      return !x.exited;
    };
  },
  clone(a, _place, compile) {
    const steps = compile(a.actions);
    return (x) => {
      x.aside(() => x.steps(steps));
      return true;
    };
  },
  exit: () => (x) => {
    x.exited = true;
    return false;
  },
  bundle: (a) => (x) => {
    const port = member(x, a);
    if (port !== PortNo.Any) x.output(port, NO_LIMIT);
    return true;
  },
  "bundle-load"(a) {
    const write = writer(partWithin(a.dst));
    return (x) => {
      write(x.packet, BigInt(member(x, a) & NO_LIMIT));
      return true;
    };
  },
  // what is counted elsewhere, or by nobody
  note: () => () => true,
  sample: () => () => true,
  "debug-slow": () => () => true,
  "debug-recirc": () => () => true,
  conjunction: () => () => true,
};

/** Refuses a meter that is not there. */
export function refuseMeter(meterId: number, { meters }: CompilePlace): void {
  const isReal = meterId >= 1 && meterId <= MeterNo.Max;
  if (!isReal || meters?.has(meterId) !== true) throw new Refusal("OFPMMFC_INVALID_METER", `there is no meter ${meterId}`);
}
