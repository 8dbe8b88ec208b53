import { named } from "../../errors/mod.js";
import { type Field, type FieldNote, field, type Json, type Kind, limited, mapped, U16, U32 } from "../../schema/mod.js";

/** Port numbers with a meaning of their own, in their 32-bit form. OpenFlow 1.0 has the same in 16 bits. OpenFlow 1.3 §7.2.1 (ofp_port_no) */
export const PortNo = named("PortNo", {
  /** The highest number of a real port. */
  Max: 0xffffff00,
  /** Where sets of ports are named by no port. Not sent. */
  Unset: 0xfffffff7,
  /** Back out of the port that the packet came in by. */
  InPort: 0xfffffff8,
  /** Through the flow tables, from a packet-out. */
  Table: 0xfffffff9,
  /** As a learning switch without OpenFlow would. */
  Normal: 0xfffffffa,
  /** All ports of the spanning tree but the one it came in by. */
  Flood: 0xfffffffb,
  /** All ports but the one it came in by. */
  All: 0xfffffffc,
  /** To the controller, in a packet-in. */
  Controller: 0xfffffffd,
  /** The switch's own network stack. */
  Local: 0xfffffffe,
  /** No port, or any port. */
  Any: 0xffffffff,
});

const NAMES: Readonly<Record<number, string>> = {
  [PortNo.Unset]: "UNSET",
  [PortNo.InPort]: "IN_PORT",
  [PortNo.Table]: "TABLE",
  [PortNo.Normal]: "NORMAL",
  [PortNo.Flood]: "FLOOD",
  [PortNo.All]: "ALL",
  [PortNo.Controller]: "CONTROLLER",
  [PortNo.Local]: "LOCAL",
  [PortNo.Any]: "ANY",
};

/** The numbers of reserved ports by their names, `NONE` for `ANY` among them. */
export const PORT_WORDS: ReadonlyMap<string, number> = new Map([
  ...Object.entries(NAMES).map(([port, name]) => [name, Number(port)] as const),
  ["NONE", PortNo.Any],
]);

/** A port number in words: a name of {@link PortNo} in capitals as `ovs-ofctl` writes it, or the number. */
export function portName(port: number): string {
  return NAMES[port] ?? String(port);
}

/** From the 16 bits of OpenFlow 1.0 to the logical number: from 0xff00 on the two differ by the upper half. */
export const portFrom16 = (wire: number): number => (wire >= 0xff00 ? (wire | 0xffff0000) >>> 0 : wire);

/** Back; undefined for a number that 16 bits cannot say. */
export const portTo16 = (port: number): number | undefined =>
  port < 0xff00 ? (port >>> 0 === port ? port : undefined) : port >= 0xffffff00 && port <= 0xffffffff ? port & 0xffff : undefined;

/** Whether a number is one that a port may have, and none with a meaning of its own, in the 16 bits of OpenFlow 1.0 that Open vSwitch holds ports in. */
export const isRealPort = (port: number): boolean => port < 0xff00;

/** Whether those 16 bits can say a port number: a real port's, or one with a meaning of its own. */
export const isPort = (port: number): boolean => port < 0xff00 || port >= PortNo.Max;

const toJSON = (port: number): Json => NAMES[port] ?? port;
const fromJSON = (json: Json): number => {
  const found = typeof json === "string" ? Object.keys(NAMES).find((n) => NAMES[Number(n)] === json) : undefined;
  return found === undefined ? U32.fromJSON(json) : Number(found);
};

/** A port number in 32 bits. */
export const PORT: Kind<number> = { ...U32, name: "port", toJSON, fromJSON };

/** A port number in the 16 bits of OpenFlow 1.0. */
export const PORT16: Kind<number> = { ...mapped("port16", U16, portFrom16, portTo16), toJSON, fromJSON };

/** The same as a slot in which a check takes what 16 bits can say. */
export const LIMITED_PORT: Kind<number> = limited(PORT, isPort, "OFPBAC_BAD_OUT_PORT");

/** A field that holds a port number. */
export const port = (init: number = PortNo.Any, note?: FieldNote): Field<number> => field(PORT, init, note);
