import { copyBytes, viewOf } from "../bytes/mod.js";
import { SouthboundError } from "../errors/mod.js";

/** Bytes of every message of the control channel. */
export const MESSAGE_BYTES = 128;
/** The protocol's version, 2.0. */
export const MEMIF_VERSION = 0x0200;

/** A field: where it stands, and how it is written and read. */
interface Field<T> {
  readonly at: number;
  write(view: DataView, at: number, value: T): void;
  read(view: DataView, at: number): T;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const u8 = (at: number): Field<number> => ({ at, write: (v, p, n) => v.setUint8(p, n), read: (v, p) => v.getUint8(p) });
const u16 = (at: number): Field<number> => ({ at, write: (v, p, n) => v.setUint16(p, n, true), read: (v, p) => v.getUint16(p, true) });
const u32 = (at: number): Field<number> => ({ at, write: (v, p, n) => v.setUint32(p, n, true), read: (v, p) => v.getUint32(p, true) });
/** Numbers above 2 ** 53 are read inexactly: they are far beyond what is accepted. */
const u64 = (at: number): Field<number> => ({
  at,
  write: (v, p, n) => v.setBigUint64(p, BigInt(n), true),
  read: (v, p) => Number(v.getBigUint64(p, true)),
});
const bytes = (at: number, length: number): Field<Uint8Array> => ({
  at,
  write: (v, p, value) => new Uint8Array(v.buffer, v.byteOffset + p, length).set(value.subarray(0, length)),
  read: (v, p) => copyBytes(new Uint8Array(v.buffer, v.byteOffset + p, length)),
});
/** Text that ends at a NUL. What is too long is cut at a whole character; control characters are read as "?". */
const text = (at: number, length: number): Field<string> => ({
  at,
  write: (v, p, value) => void encoder.encodeInto(value, new Uint8Array(v.buffer, v.byteOffset + p, length - 1)),
  read(v, p) {
    const whole = new Uint8Array(v.buffer, v.byteOffset + p, length);
    const end = whole.indexOf(0);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
    return decoder.decode(whole.subarray(0, end < 0 ? length : end)).replace(/[\u0000-\u001f\u007f-\u009f]/g, "?");
  },
});

/** A kind of message: its number in the first two bytes, whether a descriptor comes with it, and its fields. */
interface Kind {
  readonly code: number;
  readonly descriptor: boolean;
  readonly fields: Readonly<Record<string, Field<never> | Field<number> | Field<string> | Field<Uint8Array>>>;
}

/** The messages of memif 2.0, little-endian, packed; what no field covers is zero. */
const KINDS = {
  ack: { code: 1, descriptor: false, fields: {} },
  hello: {
    code: 2,
    descriptor: false,
    fields: {
      name: text(2, 32),
      minVersion: u16(34),
      maxVersion: u16(36),
      maxRegion: u16(38),
      maxM2sRing: u16(40),
      maxS2mRing: u16(42),
      maxLog2RingSize: u8(44),
    },
  },
  init: { code: 3, descriptor: false, fields: { version: u16(2), id: u32(4), mode: u8(8), secret: bytes(9, 24), name: text(33, 32) } },
  addRegion: { code: 4, descriptor: true, fields: { index: u16(2), size: u64(4) } },
  addRing: {
    code: 5,
    descriptor: true,
    fields: { flags: u16(2), index: u16(4), region: u16(6), offset: u32(8), log2Size: u8(12), privateHeader: u16(13) },
  },
  connect: { code: 6, descriptor: false, fields: { interfaceName: text(2, 32) } },
  connected: { code: 7, descriptor: false, fields: { interfaceName: text(2, 32) } },
  disconnect: { code: 8, descriptor: false, fields: { code: u32(2), reason: text(6, 96) } },
} as const satisfies Readonly<Record<string, Kind>>;

type Kinds = typeof KINDS;
type ValueOf<F> = F extends Field<infer T> ? T : never;

/** The messages of the control channel by name. */
export type MessageName = keyof Kinds;
/** One message, identified by `type`. */
export type Message = {
  [N in MessageName]: { readonly type: N } & { readonly [F in keyof Kinds[N]["fields"]]: ValueOf<Kinds[N]["fields"][F]> };
}[MessageName];
/** The message of one name. */
export type MessageOf<N extends MessageName> = Extract<Message, { type: N }>;

const BY_CODE = new Map<number, MessageName>((Object.keys(KINDS) as MessageName[]).map((name) => [KINDS[name].code, name]));

/** Bit 0 of the flags of an ADD_RING: the client is the ring's producer. */
export const RING_S2M = 1;

/** Whether messages of this name carry a descriptor. */
export function takesDescriptor(name: MessageName): boolean {
  return KINDS[name].descriptor;
}

/** The bytes of a message. */
export function encodeMessage(message: Message): Uint8Array {
  const out = new Uint8Array(MESSAGE_BYTES);
  const view = viewOf(out);
  const kind: Kind = KINDS[message.type];
  view.setUint16(0, kind.code, true);
  const values = message as unknown as Readonly<Record<string, unknown>>;
  for (const [name, field] of Object.entries(kind.fields)) (field as Field<unknown>).write(view, field.at, values[name]);
  return out;
}

/** The number of a message, known or not. */
export function messageCode(from: Uint8Array): number {
  return from[0]! | (from[1]! << 8);
}

/** What 128 bytes say; undefined where the number of the message is unknown. Never throws: every value of every field can be read. */
export function decodeMessage(from: Uint8Array): Message | undefined {
  if (from.length !== MESSAGE_BYTES) throw new SouthboundError("ERR_USAGE", `a message has ${MESSAGE_BYTES} bytes, not ${from.length}`);
  const view = new DataView(from.buffer, from.byteOffset, MESSAGE_BYTES);
  const type = BY_CODE.get(view.getUint16(0, true));
  if (type === undefined) return undefined;
  const message: Record<string, unknown> = { type };
  const kind: Kind = KINDS[type];
  for (const [name, field] of Object.entries(kind.fields)) message[name] = (field as Field<unknown>).read(view, field.at);
  return message as unknown as Message;
}
