import {
  type Borrowing,
  type EntryClass,
  type EntryLayout,
  entryClass,
  type Fields,
  type Instance,
  type Shape,
  U16,
  U32,
  type UnionHeader,
  type Version,
  type VersionRange,
} from "../schema/mod.js";
import { EXPERIMENTER, EXPERIMENTER_MESSAGE, ExperimenterId } from "./ids.js";

const BAD_EXPERIMENTER = "OFPBRC_BAD_VENDOR";
const BAD_SUBTYPE = "OFPBRC_BAD_SUBTYPE";

/** The types of the messages that carry statistics, in OpenFlow 1.0 and since 1.1. */
const STATS_10 = { request: 16, reply: 17 } as const;
const MULTIPART = { request: 18, reply: 19 } as const;

/** Whether messages of a type carry statistics, in one direction or any. */
export const isMultipart = (version: Version, type: number | undefined, direction?: Direction): boolean => {
  const types = version === 1 ? STATS_10 : MULTIPART;
  return (direction !== "reply" && type === types.request) || (direction !== "request" && type === types.reply);
};

/**
 * The header of every message: version, type, length, transaction id; and the numbers that distinguish the many messages of one type: the
 * type of a multipart body, an experimenter and its own type. OpenFlow 1.3 §7.1, §7.3.5, §7.5.4
 */
export const OFP_HEADER: UnionHeader = {
  frame: { lengthAt: 2, min: 8, align: 1, counted: true, reason: "OFPBRC_BAD_LEN" },
  constants: (version, [type]) =>
    isMultipart(version, type) && version > 1
      ? [
          [0, 1, version],
          [12, 4, 0],
        ]
      : [[0, 1, version]],
  body: (version, [type]) => (isMultipart(version, type) ? (version === 1 ? 12 : 16) : 8),
  versionAt: 0,
  fields: [{ name: "xid", at: 4, kind: U32 }],
  part(version, [type, first, second, third]) {
    if (type === undefined) return { at: 1, size: 1 };
    if (isMultipart(version, type)) {
      if (first === undefined) return { at: 8, size: 2, reason: "OFPBRC_BAD_STAT" };
      if (first !== EXPERIMENTER || third !== undefined) return undefined;
      const body = version === 1 ? 12 : 16;
      return second === undefined ? { at: body, size: 4, reason: BAD_EXPERIMENTER } : { at: body + 4, size: 4, reason: BAD_SUBTYPE };
    }
    if (type !== EXPERIMENTER_MESSAGE) return undefined;
    if (first === undefined) return { at: 8, size: 4, reason: BAD_EXPERIMENTER };
    return second === undefined ? { at: 12, size: 4, reason: BAD_SUBTYPE } : undefined;
  },
};

/** What every message has. */
export interface MessageBase<N extends string> extends Instance {
  /** Which message it is; the name of its event. */
  readonly type: N;
  /** The wire version that it was received in; 0 for one that was not received. Sending takes no notice of it, but for experimenters' messages that no table knows. */
  version: number;
  /** Transaction id. 0 in a message to be sent lets the connection choose. */
  xid: number;
}

/** The objects of a message class: its fields by their names. */
export type MessageShape<N extends string, F, M> = Shape<F> & MessageBase<N> & M;

/** What a literal of a message may give besides its fields. */
export interface MessageInit {
  readonly version?: number | undefined;
  readonly xid?: number | undefined;
}

/** A class of messages. */
export type MessageClass<N extends string, F extends Fields, M, B = MessageInit> = EntryClass<F, MessageShape<N, F, M>, B>;

/** What a message has that an extension has a form of its own for. */
export interface Formatted {
  /** The form that it came in, or is to be sent in: "" is the standard's, or the extension's where the version has no other. */
  format: string;
}

/**
 * What Open vSwitch has otherwise than a row of a message gives it: the name follows from the type and the experimenter, the length from the slots. Open vSwitch 3.1
 * include/openvswitch/ofp-msgs.h
 */
export interface OvsKind {
  /** The name behind `OFPT_`, `NXST_` and so on. */
  readonly name?: string;
  /** The least bytes behind the numbers that identify the message. */
  readonly min?: number;
  /** What may follow those: nothing (0), or elements of so many bytes. */
  readonly multiple?: number;
}

/** One message in some versions, and what Open vSwitch has otherwise; false where it does not have the message. */
export interface MessageLayout<F> extends EntryLayout<F> {
  readonly ovs?: OvsKind | false;
}

/** The layouts of a message. */
export type MessageLayouts<F> = Readonly<Partial<Record<VersionRange, MessageLayout<F>>>>;

/** The forms of extensions of one message, by name. */
export type Forms<F> = Readonly<Record<string, MessageLayouts<F>>>;

/** Whether the keys of a message say no more than that it, or its body, is an experimenter's: it is for messages that no other row describes. */
const isOpaque = <F>(layouts: MessageLayouts<F>): boolean =>
  Object.values(layouts).every(({ key }) =>
    key.length === 1 ? key[0] === EXPERIMENTER_MESSAGE : key.length === 2 && key[1] === EXPERIMENTER,
  );

/**
 * Makes a message class: its name, the name of its type in `switch`, events and JSON, its fields, and per version its type number and slots; then what is put on
 * the prototype, and the forms that extensions have of it.
 */
export function message<const N extends string, const F extends Fields, M = unknown>(
  name: string,
  type: N,
  fields: F,
  layouts: MessageLayouts<F>,
  members?: M & ThisType<MessageShape<N, F, M> & Borrowing>,
): MessageClass<N, F, M>;
export function message<const N extends string, const F extends Fields>(
  name: string,
  type: N,
  fields: F,
  layouts: MessageLayouts<F>,
  members: undefined,
  forms: Forms<F>,
): MessageClass<N, F, Formatted, MessageInit & Partial<Formatted>>;
export function message<const N extends string, const F extends Fields, M = unknown>(
  name: string,
  type: N,
  fields: F,
  layouts: MessageLayouts<F>,
  members: (M & ThisType<MessageShape<N, F, M> & Borrowing>) | undefined,
  forms: Forms<F>,
): MessageClass<N, F, M & Formatted, MessageInit & Partial<Formatted>>;
export function message<const N extends string, const F extends Fields, M = unknown>(
  name: string,
  type: N,
  fields: F,
  layouts: MessageLayouts<F>,
  members?: M,
  forms?: Forms<F>,
): MessageClass<N, F, M> {
  return entryClass<F, MessageShape<N, F, M>, MessageInit>(name, type, OFP_HEADER, fields, layouts, {
    base: { version: 0, xid: 0 },
    opaque: isOpaque(layouts),
    ...(members === undefined ? {} : { members: members as object }),
    ...(forms === undefined ? {} : { forms }),
  });
}

/** The key of a message of Nicira's, by its own type. Open vSwitch nicira-ext.h */
export const NXT = (type: number): readonly number[] => [EXPERIMENTER_MESSAGE, ExperimenterId.Nicira, type];
/** The key of a message of the ONF's. */
export const ONFT = (type: number): readonly number[] => [EXPERIMENTER_MESSAGE, ExperimenterId.Onf, type];
/** The key of statistics of Nicira's, as {@link multipart} takes it. */
export const NXST = (type: number): readonly number[] => [EXPERIMENTER, ExperimenterId.Nicira, type];
/** The key of statistics of the ONF's. */
export const ONFST = (type: number): readonly number[] => [EXPERIMENTER, ExperimenterId.Onf, type];

/** Request or reply. */
export type Direction = keyof typeof MULTIPART;

/** What every multipart message has besides. */
export interface MultipartBase {
  /** Bit 0: more messages of this request or reply follow. */
  flags: number;
}

/** The bit of {@link MultipartBase.flags} that says that more messages follow. OpenFlow 1.3 §7.3.5 (OFPMPF_REQ_MORE, OFPMPF_REPLY_MORE) */
export const MORE = 1;

/** The layouts of one direction of a multipart type, with the type of the message put before the keys. */
function ofDirection<F extends Fields>(name: string, direction: Direction, layouts: MessageLayouts<F>): MessageLayouts<F> {
  const made: Record<string, MessageLayout<F>> = {};
  for (const [range, { key, ...row }] of Object.entries(layouts) as [VersionRange, MessageLayout<F>][]) {
    const old = range === "1.0";
    if (!old && range.startsWith("1.0")) throw new TypeError(`${name}: OpenFlow 1.0 has a layout of its own for statistics`);
    made[range] = { key: [(old ? STATS_10 : MULTIPART)[direction], ...key], ...row };
  }
  return made as MessageLayouts<F>;
}

/**
 * As {@link message}, for one direction of a multipart type. The first part of a key is the type of the body; an experimenter's body has its id and its own type
 * behind it, and in OpenFlow 1.0 Nicira's has 4 bytes of padding before its slots.
 */
export function multipart<const N extends string, const F extends Fields>(
  direction: Direction,
  name: string,
  type: N,
  fields: F,
  layouts: MessageLayouts<F>,
): MessageClass<N, F, MultipartBase, MessageInit & Partial<MultipartBase>>;
export function multipart<const N extends string, const F extends Fields>(
  direction: Direction,
  name: string,
  type: N,
  fields: F,
  layouts: MessageLayouts<F>,
  members: undefined,
  forms: Forms<F>,
): MessageClass<N, F, MultipartBase & Formatted, MessageInit & Partial<MultipartBase & Formatted>>;
export function multipart<const N extends string, const F extends Fields>(
  direction: Direction,
  name: string,
  type: N,
  fields: F,
  layouts: MessageLayouts<F>,
  _members?: undefined,
  forms?: Forms<F>,
): MessageClass<N, F, MultipartBase, MessageInit & Partial<MultipartBase>> {
  const directed = Object.entries(forms ?? {}).map(([form, more]) => [form, ofDirection(name, direction, more)] as const);
  const typed = ofDirection(name, direction, layouts);
  return entryClass<F, MessageShape<N, F, MultipartBase>, MessageInit & Partial<MultipartBase>>(name, type, OFP_HEADER, fields, typed, {
    base: { version: 0, xid: 0, flags: 0 },
    opaque: isOpaque(typed),
    headFields: [{ name: "flags", at: 10, kind: U16 }],
    ...(forms === undefined ? {} : { forms: Object.fromEntries(directed) }),
  });
}
