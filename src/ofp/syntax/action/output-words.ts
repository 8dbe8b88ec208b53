import { ETHERNET_HEADER_SIZE } from "../../../packet/mod.js";
import { ControllerAction } from "../../action/controller.js";
import { OutputReg } from "../../action/fields.js";
import { OutputTrunc, Resubmit } from "../../action/nicira.js";
import { Enqueue, Output } from "../../action/standard.js";
import { isLong } from "../../oxm/fields.js";
import { PacketInReason } from "../../packet/packet-in-reason.js";
import { PortNo } from "../../port/port-no.js";
import { ANY_TABLE } from "../flow/flow-words.js";
import { REASON_WORDS } from "../packet/reason.js";
import { readU16, readU32 } from "../parse/c-number.js";
import { readPort } from "../parse/name.js";
import { triedPart } from "../parse/part.js";
import { type ReadAction, round8 } from "../parse/reading.js";
import { refuse } from "../parse/syntax-fault.js";
import { isPort, isRealPort, portText, tableText } from "../words.js";
import { act } from "./act.js";
import { type ActionOf, always, call, key, option, type Words } from "./shapes.js";
import { subfieldText } from "./subfield.js";
import { choice, dotted, port, table, uint16, uint32, type ValueKind } from "./value-kinds.js";

/*
 * The actions that send a packet somewhere.
 */

const TRUNC_PORT: ValueKind<number> = {
  ...port((text) => `output to unknown truncate port: ${text}`),
  read(text, r) {
    const v = readPort(text, r) ?? refuse(`output to unknown truncate port: ${text}`, 0);
    const unsupported = (v & 0xffff) > 0xff00 && v !== PortNo.Local && v !== PortNo.InPort;
    return unsupported ? refuse(`output to unsupported truncate port: ${text}`, 0) : v;
  },
};

const TRUNC_LENGTH: ValueKind<number> = {
  ...uint32("BYTES"),
  read(text, r) {
    const v = uint32().read(text, r);
    return v < ETHERNET_HEADER_SIZE ? refuse(`max_len ${v} is less than the minimum value ${ETHERNET_HEADER_SIZE}`, 0) : v;
  },
};

const truncated = call(OutputTrunc, "output", [always("port", "port", TRUNC_PORT, 0), always("max_len", "maxLen", TRUNC_LENGTH, 0)], {
  name: "output_trunc",
  size: 16,
  unknown: (k) => `invalid key '${k}' in output_trunc argument`,
});

/** What stands behind `output` is a port, keys, or part of a field: three actions share the word. */
const readOutput: ReadAction = (text, r) => {
  if (text.includes("port") && text.includes("max_len")) return truncated.read.output!(text, r);
  const number = readPort(text, r);
  if (number !== undefined) return act("output", outputTo(number, number === PortNo.Controller ? WHOLE : 0), 16);
  const src = triedPart(text);
  if (typeof src === "string") return refuse(`${text}: output to unknown port`, 0);
  return act("output_reg", OutputReg.of({ src: src.part, format: isLong(src.form.field) ? "reg2" : "" }), 32);
};

const WHOLE = 0xffff;

/** Sends the packet to a port. */
export function outputTo(number: number, maxLen: number): Output {
  const made = new Output();
  made.port = number;
  made.maxLen = maxLen;
  return made;
}

/** Irregular: a port with a name of its own stands alone, and the controller's with the bytes that it gets. */
export const OUTPUT: Words<ActionOf<"output">> = {
  forms: ["output:PORT", "PORT"],
  read: { output: readOutput, output_reg: readOutput },
  print({ port: number, maxLen }, o) {
    if (isRealPort(number) || !isPort(number)) return `output:${portText(number, o)}`;
    return number === PortNo.Controller ? `CONTROLLER:${maxLen}` : portText(number, o);
  },
};

export const OUTPUT_REG: Words<ActionOf<"output-reg">> = {
  forms: ["output:FIELD[START..END]"],
  read: {},
  print: (a) => `output:${subfieldText(a.src)}`,
};

/** The word that Open vSwitch has for it inside is none of its texts. */
export const OUTPUT_TRUNC: Words<ActionOf<"output-trunc">> = {
  ...truncated,
  read: { output_trunc: (text) => refuse(`unknown action ${text}`) },
};

/** Irregular: a comma or a `q` parts the values too, so that `enqueue(1,2)` and `enqueue:1q2` are read. */
export const ENQUEUE: Words<ActionOf<"enqueue">> = {
  forms: ["enqueue:PORT:QUEUE"],
  print: (a, o) => `enqueue:${portText(a.port, o)}:${a.queueId}`,
  read: {
    enqueue(text, r) {
      const [, first, queue] = /^[:q,]*([^:q,]+)(?:[:q,](.*))?$/s.exec(text) ?? [];
      if (first === undefined || queue === undefined || queue === "")
        return refuse('"enqueue" syntax is "enqueue:PORT:QUEUE" or "enqueue(PORT,QUEUE)"');
      const number = readPort(first, r) ?? refuse(`${first}: enqueue to unknown port`, 0);
      return act("enqueue", Enqueue.of({ port: number, queueId: readU32(queue) }), 16);
    },
  },
};

/** Irregular: either value may be missing, and what is not behind a port alone stands in parentheses. */
export const RESUBMIT: Words<ActionOf<"resubmit">> = {
  forms: ["resubmit:PORT", "resubmit([PORT],[TABLE][,ct])"],
  read: {
    resubmit(text, r) {
      const [first = "", second = "", ct = ""] = text.split(",", 3);
      const made = new Resubmit();
      made.inPort = first === "" ? PortNo.InPort : RESUBMIT_PORT.read(first, r);
      made.tableId = second === "" ? ANY_TABLE : RESUBMIT_TABLE.read(second, r);
      if (ct !== "" && ct !== "ct") refuse(`${ct}: unknown parameter`);
      made.format = ct;
      if (made.inPort === PortNo.InPort && made.tableId === ANY_TABLE)
        refuse('at least one "in_port" or "table" must be specified on resubmit');
      return act("resubmit", made, 16);
    },
  },
  print(a, o) {
    const from = a.inPort === PortNo.InPort ? "" : portText(a.inPort, o);
    if (from !== "" && a.tableId === ANY_TABLE) return `resubmit:${from}`;
    return `resubmit(${from},${a.tableId === ANY_TABLE ? "" : tableText(a.tableId, o)}${a.format === "ct" ? ",ct" : ""})`;
  },
};

const RESUBMIT_PORT = port((text) => `${text}: resubmit to unknown port`);
const RESUBMIT_TABLE = table((text) => `${text}: resubmit to unknown table`);

const REASON = choice("REASON", REASON_WORDS, String, { fault: (text) => `unknown reason "${text}"`, anyCase: true });
const USERDATA = dotted("BYTES", "bad hex digit in `controller' action `userdata'");
const NO_DATA = new Uint8Array();

const keyed = call(
  ControllerAction,
  "controller",
  [
    key("reason", "reason", REASON, PacketInReason.Action),
    key("max_len", "maxLen", uint16("max_len", "BYTES"), WHOLE),
    key("id", "controllerId", uint16("id", "ID"), 0),
    {
      ...key("userdata", "userdata", USERDATA, NO_DATA),
      print: (a, o) => (a.userdata.length === 0 ? "" : `userdata=${USERDATA.print(a.userdata, o)}`),
      take(found, value) {
        found.last = value;
      },
    },
    option("pause", "pause", true, false),
    key("meter_id", "meterId", uint32("METER"), 0),
  ],
  {
    size: ({ action }) => round8(22 + action.userdata.length),
    unknown: (k) => `unknown key "${k}" parsing controller action`,
    finish(a, last) {
      if (last !== undefined) a.userdata = USERDATA.read(last, {});
      a.format = a.userdata.length > 0 || a.pause || a.meterId !== 0 ? "properties" : "";
    },
  },
);

/** Whether an output to the controller does the same. */
const isPlain = (a: ActionOf<"controller">): boolean =>
  a.reason === PacketInReason.Action && a.controllerId === 0 && a.userdata.length === 0 && !a.pause && a.meterId === 0;

/** Irregular: what an output can say is one, and has its form. */
export const CONTROLLER: Words<ActionOf<"controller">> = {
  forms: ["controller[:BYTES]", ...keyed.forms],
  read: {
    controller(text, r) {
      if (/^\d+$/.test(text)) return act("output", outputTo(PortNo.Controller, readU16(text, "max_len")), 16);
      const found = keyed.read.controller!(text, r);
      const a = found.action as ActionOf<"controller">;
      return isPlain(a) && a.userdata === NO_DATA ? act("output", outputTo(PortNo.Controller, a.maxLen), 16) : found;
    },
  },
  print: (a, o, list) => (isPlain(a) ? `CONTROLLER:${a.maxLen}` : keyed.print(a, o, list)),
};
