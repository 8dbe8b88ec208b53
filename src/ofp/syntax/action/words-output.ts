import { ETHERNET_HEADER_SIZE } from "../../../packet/mod.js";
import { ControllerAction } from "../../action/controller.js";
import { OutputReg } from "../../action/fields.js";
import { OutputTrunc, Resubmit } from "../../action/nicira.js";
import { Enqueue, Output } from "../../action/standard.js";
import { isLong } from "../../oxm/fields.js";
import { PortNo } from "../../port/port-no.js";
import { ANY_TABLE } from "../flow/flow-words.js";
import { readHexBytes, readU16, readU32 } from "../parse/c-number.js";
import { readPort, readTable } from "../parse/name.js";
import { Pairs } from "../parse/pairs.js";
import { triedPart } from "../parse/part.js";
import { type ActionReading, act, round8 } from "../parse/reading.js";
import { refuse } from "../parse/syntax-fault.js";
import type { Act } from "./act.js";

/*
 * The actions that send a packet somewhere.
 */

export function output(text: string, r: ActionReading): Act {
  if (text.includes("port") && text.includes("max_len")) return truncated(text, r);
  const port = readPort(text, r);
  if (port !== undefined) return act("output", Output.of({ port, maxLen: port === PortNo.Controller ? 0xffff : 0 }), 16);
  const src = triedPart(text);
  if (typeof src === "string") return refuse(`${text}: output to unknown port`);
  const format = isLong(src.form.field) ? "reg2" : "";
  return act("output_reg", OutputReg.of({ src: src.part, format }), 32);
}

function truncated(text: string, r: ActionReading): Act {
  let port = 0;
  let maxLen = 0;
  for (const pairs = new Pairs(text); pairs.next(); ) {
    const { key, value } = pairs;
    if (key === "port") {
      port = readPort(value, r) ?? refuse(`output to unknown truncate port: ${value}`);
      if ((port & 0xffff) > 0xff00 && port !== PortNo.Local && port !== PortNo.InPort)
        refuse(`output to unsupported truncate port: ${value}`);
    } else if (key === "max_len") {
      maxLen = readU32(value);
      if (maxLen < ETHERNET_HEADER_SIZE) refuse(`max_len ${maxLen} is less than the minimum value ${ETHERNET_HEADER_SIZE}`);
    } else refuse(`invalid key '${key}' in output_trunc argument`);
  }
  return act("output_trunc", OutputTrunc.of({ port, maxLen }), 16);
}

const REASONS = ["no_match", "action", "invalid_ttl", "action_set", "group", "packet_out", ""];
const BY_ACTION = 1;

export function controller(text: string): Act {
  let maxLen = 0xffff;
  let reason = BY_ACTION;
  let controllerId = 0;
  let meterId = 0;
  let pause = false;
  let userdata: string | undefined;
  if (/^\d+$/.test(text)) maxLen = readU16(text, "max_len");
  else
    for (const pairs = new Pairs(text); pairs.next(); ) {
      const { key, value } = pairs;
      if (key === "reason") {
        reason = REASONS.indexOf(value.toLowerCase());
        if (reason < 0) refuse(`unknown reason "${value}"`);
      } else if (key === "max_len") maxLen = readU16(value, "max_len");
      else if (key === "id") controllerId = readU16(value, "id");
      else if (key === "userdata") userdata = value;
      else if (key === "pause") pause = true;
      else if (key === "meter_id") meterId = readU32(value);
      else refuse(`unknown key "${key}" parsing controller action`);
    }
  if (reason === BY_ACTION && controllerId === 0 && userdata === undefined && !pause && meterId === 0)
    return act("output", Output.of({ port: PortNo.Controller, maxLen }), 16);
  const data =
    userdata === undefined ? new Uint8Array() : (readHexBytes(userdata) ?? refuse("bad hex digit in `controller' action `userdata'"));
  const format = data.length > 0 || pause || meterId !== 0 ? "properties" : "";
  const action = ControllerAction.of({ format, maxLen, reason, controllerId, userdata: data, pause, meterId });
  return act("controller", action, round8(22 + data.length));
}

export function enqueue(text: string, r: ActionReading): Act {
  const found = /^[:q,]*([^:q,]+)(?:[:q,](.*))?$/s.exec(text);
  const [, port, queue] = found ?? [];
  if (port === undefined || queue === undefined || queue === "")
    return refuse('"enqueue" syntax is "enqueue:PORT:QUEUE" or "enqueue(PORT,QUEUE)"');
  const number = readPort(port, r) ?? refuse(`${port}: enqueue to unknown port`);
  return act("enqueue", Enqueue.of({ port: number, queueId: readU32(queue) }), 16);
}

export function resubmit(text: string, r: ActionReading): Act {
  const [port = "", table = "", ct = ""] = text.split(",", 3);
  const inPort = port === "" ? PortNo.InPort : (readPort(port, r) ?? refuse(`${port}: resubmit to unknown port`));
  const tableId = table === "" ? ANY_TABLE : (readTable(table, r) ?? refuse(`${table}: resubmit to unknown table`));
  if (ct !== "" && ct !== "ct") refuse(`${ct}: unknown parameter`);
  if (inPort === PortNo.InPort && tableId === ANY_TABLE) refuse('at least one "in_port" or "table" must be specified on resubmit');
  return act("resubmit", Resubmit.of({ format: ct === "" ? "" : "ct", inPort, tableId }), 16);
}
