import type { Kind, TextKind, VersionRange } from "../../schema/mod.js";
import { ExperimenterId } from "../ids.js";
import { portFrom16, portTo16 } from "../port/port-no.js";

/* The language of the table of match fields: what a row holds, and short words to write it in. */

/** Which masks a field takes: none, or any bits. */
export type Maskable = "no" | "any";

/** What a packet must be for a field to mean anything: one of these values in another field. */
export type Prerequisite = Readonly<Record<string, readonly number[]>>;

/** What a value of a field may be. */
export type OxmValue = number | bigint | Uint8Array;

/** How OXM classes are written in the table: OpenFlow's own and its packet registers, Nicira's two, and those of experimenters by their id. */
export const CLASSES = {
  oxm: 0x8000,
  reg: 0x8001,
  of: 0x0000,
  nx: 0x0001,
  ericsson: 0x1000,
  et: ExperimenterId.Nicira,
  nsh: 0x005ad650,
  onf: ExperimenterId.Onf,
} as const;

/** The classes of the table that are experimenters. */
export const EXPERIMENTERS: ReadonlySet<keyof typeof CLASSES> = new Set(["et", "nsh", "onf"]);

/** One of the headers that a field may have: its class and number, the versions in whose lists of OXMs it is written, and the width of a value there if that is another one. */
export interface FormSpec {
  readonly of: keyof typeof CLASSES;
  readonly id: number;
  /** None where the form is understood but another one is written. */
  readonly written: VersionRange | undefined;
  readonly narrow?: Narrow;
  /** The constant of the header without the prefix of its class; that of the field's name if not given. */
  readonly constant?: string;
  /** The name of the field in this form, where Open vSwitch has it as a field of its own. */
  readonly name?: string;
}

/** A value that a form has in fewer bytes, or in other ones, than the field: what it reads as, and how it is written; undefined where it cannot be. */
export interface Narrow {
  readonly size: number;
  read(wire: number): number | undefined;
  write(value: number): number | undefined;
}

/** How a value is written in text, as Open vSwitch's meta-flow.h has it under "Formatting". */
export type ValueFormat =
  | "decimal"
  | "hex"
  | "mac"
  | "ipv4"
  | "ipv6"
  | "port"
  | "bytes"
  | "packetType"
  | "frag"
  | "tunFlags"
  | "tcpFlags"
  | "ctState";

/**
 * How a printed match has a value, which is not always how an action has it: a number in decimal with a mask in hexadecimal (`short`) or without its mask (`plain`, `plainHex`), in two, five or
 * any number of hexadecimal digits (`byte`, `label`, `word`), or in hexadecimal with a bare zero (`hex`).
 */
export type MatchFormat = "short" | "plain" | "plainHex" | "byte" | "label" | "word" | "hex" | "mac" | "ipv4" | "ipv6";

/** What text knows of a field. */
export interface FieldWords {
  /** Open vSwitch's name, then others that it accepts. */
  readonly names: readonly string[];
  readonly format: ValueFormat;
  /** The name in a printed match. */
  readonly shown: string;
  readonly shownAs: MatchFormat;
}

/** Which masks a field takes in the matches of OpenFlow 1.0 and 1.1, which have no lists of fields: none, prefixes, any; `no` where they do not have the field. */
export type OldMatch = "no" | "exact" | "prefix" | "any";

/** The headers of packets in which fields lie; `nd` is a message of neighbor discovery. */
export type PacketHeader = "ethernet" | "arp" | "ipv4" | "ipv6" | "tcp" | "udp" | "sctp" | "icmpv4" | "icmpv6" | "nd" | "mpls";

/** Where a field lies in packets: the first of its bits in each header that has it, counted from the start of the header and from the highest bit of a byte. */
export type PacketPlaces = Readonly<Partial<Record<PacketHeader, number>>>;

/** What Open vSwitch has of a field. */
export interface OvsField {
  /** See {@link OldMatch}. */
  readonly in10: OldMatch;
  readonly in11: OldMatch;
  /** The field at whose place in a flow it lies: several fields share one. */
  readonly at: string;
  /** The bits of that place that can be matched on, for the field that the place is named after. */
  readonly held: number;
  /** The bits that parts of the field are counted in. */
  readonly bits: number;
  /** Whether actions may write it. */
  readonly writable: boolean;
  /** Whether it is there in Open vSwitch 3.7 and later only. */
  readonly late: boolean;
}

/** A row of the table. */
export interface FieldSpec<T extends OxmValue, W = T> {
  readonly kind: Kind<T>;
  /** For types alone: what a literal may give, text too for an address. */
  readonly written?: W;
  readonly bits: number;
  readonly maskable: Maskable;
  readonly requires: Prerequisite;
  readonly tracked: boolean;
  readonly forms: readonly FormSpec[];
  readonly options: Options;
}

/** A header that is written in lists of OXMs of some versions. */
export const oxm = (id: number, written: VersionRange = "1.2+", more: Words = {}): FormSpec => ({ of: "oxm", id, written, ...more });
export const reg = (id: number): FormSpec => ({ of: "reg", id, written: "1.3+", constant: `PKT_REG${id}` });
export const onf = (id: number): FormSpec => ({ of: "onf", id, written: "1.3-1.4" });
export const nsh = (id: number): FormSpec => ({ of: "nsh", id, written: "1.2+" });
export const et = (id: number, constant?: string): FormSpec => ({
  of: "et",
  id,
  written: "1.2+",
  ...(constant !== undefined && { constant }),
});
export const ericsson = (id: number, constant: string): FormSpec => ({ of: "ericsson", id, written: "1.2+", constant });
/** Nicira's headers stand in Nicira's lists, and in lists of OXMs of versions in which the standard has none. */
export const of = (id: number, more: Words & { readonly narrow?: Narrow; readonly written?: VersionRange } = {}): FormSpec => ({
  of: "of",
  id,
  written: undefined,
  ...more,
});
export const nx = (id: number, constant?: string, written?: VersionRange): FormSpec => ({
  of: "nx",
  id,
  written,
  ...(constant !== undefined && { constant }),
});
export const nxOnly = (id: number, constant?: string): FormSpec => nx(id, constant, "1.2+");

type Words = { readonly constant?: string; readonly name?: string };

/** The port in 16 bits. */
export const PORT_BITS: Narrow = { size: 2, read: portFrom16, write: portTo16 };
/** The six bits in the upper part of the type of service, the others zero. */
export const TOS_BITS: Narrow = { size: 1, read: (v) => ((v & 3) === 0 ? v >>> 2 : undefined), write: (v) => v << 2 };

/** What a row gives beyond wire and headers; what is left out follows from them. */
export interface Options {
  /** Significant bits; those of the wire if not given. */
  readonly bits?: number;
  readonly mask?: false;
  readonly needs?: Prerequisite;
  readonly tracked?: true;
  /** The names in text, Open vSwitch's own first, with spaces between; our name in snake case if not given. */
  readonly names?: string;
  readonly format?: ValueFormat;
  /** The name in a printed match; the first of the names if not given. */
  readonly shown?: string;
  readonly shownAs?: MatchFormat;
  /** See {@link PacketPlaces}; none if not given: it does not stand in packets, or at no fixed place. */
  readonly lies?: PacketPlaces;
  /** Actions may not write it. */
  readonly readOnly?: true;
  /** See {@link OvsField.at}. */
  readonly at?: string;
  /** See {@link OvsField.held}. */
  readonly held?: number;
  /** See {@link OvsField.bits}. */
  readonly ovsBits?: number;
  /** The masks in OpenFlow 1.0 and in 1.1, in two words. */
  readonly old?: `${OldMatch} ${OldMatch}`;
  /** `none`: a field of the standard that Open vSwitch does not have, or none of a flow; `3.7`: there since that version. */
  readonly ovs?: "none" | "3.7";
}

export function row<T extends OxmValue>(kind: TextKind<T>, forms: readonly FormSpec[], options?: Options): FieldSpec<T, T | string>;
export function row<T extends OxmValue>(kind: Kind<T>, forms: readonly FormSpec[], options?: Options): FieldSpec<T>;
export function row<T extends OxmValue>(kind: Kind<T>, forms: readonly FormSpec[], options: Options = {}): FieldSpec<T> {
  return {
    kind,
    bits: options.bits ?? 8 * kind.size,
    maskable: options.mask === false ? "no" : "any",
    requires: options.needs ?? {},
    tracked: options.tracked === true,
    forms,
    options,
  };
}

type Digit = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
type Below<N extends number> = N extends 4
  ? 0 | 1 | 2 | 3
  : N extends 8
    ? 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7
    : N extends 16
      ? Digit | 10 | 11 | 12 | 13 | 14 | 15
      : N extends 32
        ? Digit | `${1 | 2}${Digit}` | 30 | 31
        : N extends 64
          ? Digit | `${1 | 2 | 3 | 4 | 5}${Digit}` | `6${0 | 1 | 2 | 3}`
          : never;

/** Fields that are numbered through. */
export function family<P extends string, N extends number, T extends OxmValue>(
  prefix: P,
  count: N,
  of: (n: number) => FieldSpec<T>,
): { readonly [K in `${P}${Below<N>}`]: FieldSpec<T> } {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`${prefix}${n}`, of(n)])) as never;
}
