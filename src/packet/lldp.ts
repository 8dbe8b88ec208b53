import { type Chunk, chunkOf, decodeText, encodedLength, encodeText, Reader, sizeOf, Writer } from "../bytes/mod.js";
import { checkOptions, named, type OptionTable, SouthboundError } from "../errors/mod.js";
import { FRAME_OPTIONS, type FrameOptions, putMac, startFrame } from "./ethernet.js";
import { EtherType, inRange, MAC_BROADCAST, malformed } from "./numbers.js";

/** The address that bridges do not forward beyond the next one (IEEE 802.1AB, clause 7.1: nearest bridge). */
export const LLDP_NEAREST_BRIDGE = 0x0180_c200_000e;

/** Subtypes of chassis ids (IEEE 802.1AB, table 8-2). */
export const ChassisIdSubtype = named("ChassisIdSubtype", {
  Component: 1,
  InterfaceAlias: 2,
  Port: 3,
  Mac: 4,
  NetworkAddress: 5,
  InterfaceName: 6,
  Local: 7,
});

/** Subtypes of port ids (IEEE 802.1AB, table 8-3). */
export const PortIdSubtype = named("PortIdSubtype", {
  InterfaceAlias: 1,
  Component: 2,
  Mac: 3,
  NetworkAddress: 4,
  InterfaceName: 5,
  Circuit: 6,
  Local: 7,
});

const Tlv = {
  End: 0,
  ChassisId: 1,
  PortId: 2,
  Ttl: 3,
  PortDescription: 4,
  SystemName: 5,
  SystemDescription: 6,
  Capabilities: 7,
  ManagementAddress: 8,
  Organization: 127,
} as const;

/** A chassis id or port id. What the bytes mean depends on the subtype. */
export interface LldpId {
  readonly subtype: number;
  /** 1 to 255 bytes. */
  readonly id: Uint8Array;
}

/** An address at which the system can be managed (IEEE 802.1AB, clause 8.5.9). */
export interface LldpManagementAddress {
  /** Kind of address: 1 is IPv4, 2 IPv6, 6 MAC (IANA, "Address Family Numbers"). */
  readonly family: number;
  /** 1 to 31 bytes. */
  readonly address: Uint8Array;
  /** How the interface is numbered: 1 unknown, 2 ifIndex, 3 system port number. */
  readonly interfaceSubtype: number;
  readonly interfaceNumber: number;
  /** Object identifier, at most 128 bytes, empty where there is none. */
  readonly oid: Uint8Array;
}

/** What an organization defined for itself (IEEE 802.1AB, clause 8.6). */
export interface LldpOrganization {
  /** Organizationally unique identifier, 24 bits. */
  readonly oui: number;
  readonly subtype: number;
  /** At most 507 bytes. */
  readonly info: Uint8Array;
}

/** What an LLDP data unit says (IEEE 802.1AB, clause 8). Bytes in one that was parsed are copies. */
export interface Lldp {
  readonly chassisId: LldpId;
  readonly portId: LldpId;
  /** Seconds for which it holds; 0 takes back what was said. */
  readonly ttl: number;
  readonly portDescription?: string;
  readonly systemName?: string;
  readonly systemDescription?: string;
  /** What the system can do and what of it is enabled, bits of table 8-4: 4 is bridge, 16 router, 128 station. */
  readonly capabilities?: { readonly system: number; readonly enabled: number };
  readonly managementAddresses?: readonly LldpManagementAddress[];
  readonly organization?: readonly LldpOrganization[];
  /** TLVs of the reserved types 9 to 126. */
  readonly unknown?: readonly { readonly type: number; readonly value: Uint8Array }[];
}

/** A chassis id or port id that is a MAC address. @param subtype - 4 in a chassis id, 3 in a port id */
export function lldpIdOfMac(subtype: number, mac: number): LldpId {
  const w = new Writer(6);
  putMac(w.chunk, 0, inRange("mac", mac, MAC_BROADCAST));
  return { subtype, id: w.chunk.u8 };
}

/** A chassis id or port id that is text, such as an interface name. */
export function lldpIdOfText(subtype: number, text: string): LldpId {
  const id = new Uint8Array(encodedLength(text));
  encodeText(text, id, 0);
  return { subtype, id };
}

/** The MAC address that an id of six bytes is; undefined for another length. The subtype is not looked at. */
export function macOfLldpId({ id }: LldpId): number | undefined {
  if (id.length !== 6) return undefined;
  let mac = 0;
  for (const b of id) mac = mac * 256 + b;
  return mac;
}

/** The text that an id is, without loss: see `decodeText`. The subtype is not looked at. */
export function textOfLldpId({ id }: LldpId): string {
  return decodeText(id);
}

type Draft = { -readonly [K in keyof Lldp]?: Lldp[K] };

/**
 * Reads an LLDP data unit. Bytes behind its end TLV are padding; the end of the bytes ends it too.
 * @param p - where it starts: behind the Ethernet header
 * @throws DecodeError where a TLV is cut short, one of the three mandatory ones is missing, out of order or wrong, or one that may stand once stands twice
 */
export function parseLldp(from: Chunk | Uint8Array, p = 0, end = sizeOf(from)): Lldp {
  const chunk = chunkOf(from);
  const draft: Draft = {};
  const managementAddresses: LldpManagementAddress[] = [];
  const organization: LldpOrganization[] = [];
  const unknown: { type: number; value: Uint8Array }[] = [];
  let at = p;
  for (let n = 1; at < end; n++) {
    if (end - at < 2) malformed("LLDP TLV cut short", at);
    const head = chunk.dv.getUint16(at);
    const type = head >>> 9;
    const next = at + 2 + (head & 0x1ff);
    if (next > end) malformed(`LLDP TLV of ${head & 0x1ff} bytes, ${end - at - 2} there`, at);
    if (n <= 3 ? type !== n : type >= Tlv.ChassisId && type <= Tlv.Ttl) malformed(`LLDP TLV ${type} at place ${n}`, at);
    if (type === Tlv.End) break;
    const r = new Reader(chunk, 0, next, "OFPBRC_BAD_PACKET");
    r.skip(at + 2);
    if (type === Tlv.ManagementAddress) managementAddresses.push(readManagementAddress(r));
    else if (type === Tlv.Organization) {
      organization.push({ oui: (r.u8() << 16) | r.u16(), subtype: r.u8(), info: r.bytes(r.remaining) });
    } else if (type > Tlv.ManagementAddress) unknown.push({ type, value: r.bytes(r.remaining) });
    else readOnce(draft, type, r);
    at = next;
  }
  const { chassisId, portId, ttl } = draft;
  if (chassisId === undefined || portId === undefined || ttl === undefined) return malformed("LLDP without its three mandatory TLVs", at);
  if (managementAddresses.length > 0) draft.managementAddresses = managementAddresses;
  if (organization.length > 0) draft.organization = organization;
  if (unknown.length > 0) draft.unknown = unknown;
  return { ...draft, chassisId, portId, ttl };
}

const TEXT = {
  [Tlv.PortDescription]: "portDescription",
  [Tlv.SystemName]: "systemName",
  [Tlv.SystemDescription]: "systemDescription",
} as const;

function readOnce(draft: Draft, type: number, r: Reader): void {
  if (type === Tlv.ChassisId) draft.chassisId = readId(r);
  else if (type === Tlv.PortId) draft.portId = readId(r);
  else if (type === Tlv.Ttl) draft.ttl = r.u16();
  else if (type === Tlv.Capabilities) {
    if (draft.capabilities !== undefined) malformed("LLDP capabilities a second time", r.position);
    draft.capabilities = { system: r.u16(), enabled: r.u16() };
  } else {
    const name = TEXT[type as keyof typeof TEXT];
    if (draft[name] !== undefined) malformed(`LLDP ${name} a second time`, r.position);
    draft[name] = decodeText(r.view(r.remaining));
  }
}

function readId(r: Reader): LldpId {
  const subtype = r.u8();
  if (r.remaining < 1 || r.remaining > 255) malformed(`LLDP id of ${r.remaining} bytes`, r.position);
  return { subtype, id: r.bytes(r.remaining) };
}

function readManagementAddress(r: Reader): LldpManagementAddress {
  const length = r.u8();
  if (length < 2 || length > 32) malformed(`LLDP management address of ${length} bytes`, r.position);
  const family = r.u8();
  const address = r.bytes(length - 1);
  const interfaceSubtype = r.u8();
  const interfaceNumber = r.u32();
  const oidLength = r.u8();
  if (oidLength > 128) malformed(`LLDP object identifier of ${oidLength} bytes`, r.position);
  return { family, address, interfaceSubtype, interfaceNumber, oid: r.bytes(oidLength) };
}

/** What an LLDP frame is built from. */
export interface LldpFields extends FrameOptions, Lldp {
  readonly ethSrc: number;
  /** {@link LLDP_NEAREST_BRIDGE} by default. */
  readonly ethDst?: number;
}

const LLDP_FIELDS: OptionTable<LldpFields> = {
  ...FRAME_OPTIONS,
  ethSrc: "number!",
  ethDst: "number",
  chassisId: "object!",
  portId: "object!",
  ttl: "number!",
  portDescription: "string",
  systemName: "string",
  systemDescription: "string",
  capabilities: { system: "number!", enabled: "number!" },
  managementAddresses: "list",
  organization: "list",
  unknown: "list",
};

/**
 * An LLDP frame: the TLVs in the order of their types, and an end TLV. The bytes are new and belong to the caller.
 * @throws SouthboundError `ERR_RANGE` for a number, text or bytes that do not fit their field
 */
export function buildLldp(fields: LldpFields): Uint8Array {
  checkOptions("buildLldp", fields, LLDP_FIELDS);
  const unit = encodeLldp(fields);
  const { chunk, at } = startFrame({ ...fields, ethDst: fields.ethDst ?? LLDP_NEAREST_BRIDGE }, EtherType.Lldp, unit.length);
  chunk.u8.set(unit, at);
  return chunk.u8;
}

function encodeLldp(lldp: Lldp): Uint8Array {
  const w = new Writer(128);
  putId(w, Tlv.ChassisId, lldp.chassisId);
  putId(w, Tlv.PortId, lldp.portId);
  put16(w, Tlv.Ttl, [inRange("ttl", lldp.ttl, 0xffff)]);
  for (const type of [Tlv.PortDescription, Tlv.SystemName, Tlv.SystemDescription] as const) {
    const text = lldp[TEXT[type]];
    if (text === undefined) continue;
    const length = encodedLength(text);
    if (length > 255) throw new SouthboundError("ERR_RANGE", `${TEXT[type]} has 255 bytes at most, not ${length}`);
    const p = startTlv(w, type, length);
    encodeText(text, w.chunk.u8, p);
  }
  if (lldp.capabilities !== undefined) {
    const { system, enabled } = lldp.capabilities;
    put16(w, Tlv.Capabilities, [inRange("system", system, 0xffff), inRange("enabled", enabled, 0xffff)]);
  }
  for (const a of lldp.managementAddresses ?? []) putManagementAddress(w, a);
  for (const { type, value } of lldp.unknown ?? []) {
    if (type < 9 || type > 126) throw new SouthboundError("ERR_RANGE", `the reserved LLDP types are 9 to 126, not ${type}`);
    const p = startTlv(w, inRange("type", type, 126), value.length);
    w.chunk.u8.set(value, p);
  }
  for (const { oui, subtype, info } of lldp.organization ?? []) {
    const p = startTlv(w, Tlv.Organization, 4 + info.length);
    w.chunk.dv.setUint32(p, inRange("oui", oui, 0xff_ffff) * 256 + inRange("subtype", subtype, 255));
    w.chunk.u8.set(info, p + 4);
  }
  startTlv(w, Tlv.End, 0);
  return w.take();
}

/** Writes the head of a TLV, moves behind its value, and returns where that goes. */
function startTlv(w: Writer, type: number, length: number): number {
  const p = w.reserve(2 + length);
  w.chunk.dv.setUint16(p, (type << 9) | inRange("the length of an LLDP value", length, 511));
  w.length = p + 2 + length;
  return p + 2;
}

function put16(w: Writer, type: number, numbers: readonly number[]): void {
  const p = startTlv(w, type, 2 * numbers.length);
  numbers.forEach((n, i) => {
    w.chunk.dv.setUint16(p + 2 * i, n);
  });
}

function putId(w: Writer, type: number, { subtype, id }: LldpId): void {
  if (id.length < 1 || id.length > 255) throw new SouthboundError("ERR_RANGE", `an LLDP id has 1 to 255 bytes, not ${id.length}`);
  const p = startTlv(w, type, 1 + id.length);
  w.chunk.dv.setUint8(p, inRange("subtype", subtype, 255));
  w.chunk.u8.set(id, p + 1);
}

function putManagementAddress(w: Writer, { family, address, interfaceSubtype, interfaceNumber, oid }: LldpManagementAddress): void {
  if (address.length < 1 || address.length > 31)
    throw new SouthboundError("ERR_RANGE", `a management address has 1 to 31 bytes, not ${address.length}`);
  const p = startTlv(w, Tlv.ManagementAddress, 8 + address.length + inRange("the length of an oid", oid.length, 128));
  const { dv, u8 } = w.chunk;
  dv.setUint8(p, 1 + address.length);
  dv.setUint8(p + 1, inRange("family", family, 255));
  u8.set(address, p + 2);
  const q = p + 2 + address.length;
  dv.setUint8(q, inRange("interfaceSubtype", interfaceSubtype, 255));
  dv.setUint32(q + 1, inRange("interfaceNumber", interfaceNumber, 0xffff_ffff));
  dv.setUint8(q + 5, oid.length);
  u8.set(oid, q + 6);
}
