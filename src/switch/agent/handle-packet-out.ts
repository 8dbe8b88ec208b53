import { checkActions, checkActionsFor, factsOfKey } from "../../ofp/check/mod.js";
import { NO_BUFFER, type PacketOut, PortNo } from "../../ofp/mod.js";
import { ETHERNET_HEADER_SIZE } from "../../packet/mod.js";
import { compileSteps } from "../actions/compile-action.js";
import { RULES } from "../actions/rules.js";
import { Packet } from "../packet/packet.js";
import { LAST_PORT } from "../ports/port-number.js";
import type { Journal } from "../work/journal.js";
import { Refusal } from "../work/refusal.js";
import type { Connection } from "./connection.js";
import type { Core } from "./core.js";

const isInPort = (port: number): boolean =>
  (port >= 1 && port <= LAST_PORT) || port === PortNo.Local || port === PortNo.Controller || port === PortNo.Any;

/** Carries out a packet-out: the actions are checked before any of them is executed. OpenFlow 1.3 §7.3.7 */
export function handlePacketOut(core: Core, connection: Connection, m: PacketOut, journal?: Journal): void {
  if (!isInPort(m.inPort)) throw new Refusal("OFPBRC_BAD_PORT", `packet-out: no packet comes in by port 0x${m.inPort.toString(16)}`);
  const held = m.bufferId === NO_BUFFER ? { frame: m.data, inPort: m.inPort } : connection.buffer.peek(m.bufferId);
  if (held === undefined) throw new Refusal("OFPBRC_BUFFER_UNKNOWN", `packet-out: no packet is held as ${m.bufferId}`);
  if (held.frame.length < ETHERNET_HEADER_SIZE)
    throw new Refusal(
      connection.version === 1 ? "OFPBRC_BAD_LEN" : "OFPBRC_BAD_PACKET",
      `packet-out: ${held.frame.length} bytes are no frame`,
    );
  const packet = new Packet(held.frame, held.inPort);
  const { version } = connection;
  const fault = checkActions(m.actions, version, RULES) ?? checkActionsFor(factsOfKey(packet.key), m.actions, version, RULES);
  if (fault !== undefined) throw Refusal.of(fault, version);
  const steps = compileSteps(m.actions, core.forwarder.place(version, true));
  const execute = (): void => {
    if (m.bufferId !== NO_BUFFER) connection.buffer.take(m.bufferId);
    core.forwarder.pipeline.execute(packet, steps);
  };
  if (journal === undefined) execute();
  else journal.later(execute);
}
