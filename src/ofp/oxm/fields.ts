import { type Kind, VERSIONS, type Version, versionsIn } from "../../schema/mod.js";
import {
  CLASSES,
  EXPERIMENTERS,
  type FieldSpec,
  type FieldWords,
  type FormSpec,
  type Maskable,
  type MatchFormat,
  type Narrow,
  type OldMatch,
  type OvsField,
  type OxmValue,
  type PacketHeader,
  type PacketPlaces,
  type Prerequisite,
  type ValueFormat,
} from "./field-spec.js";
import { FIELD_TABLE, LISTED_ORDER } from "./field-table.js";
import { EXPERIMENTER_CLASS } from "./header.js";

export type { FieldWords, Maskable, MatchFormat, OldMatch, OvsField, OxmValue, PacketHeader, PacketPlaces, Prerequisite, ValueFormat };

/** One of the headers that a field may have on the wire, in front of its value. OpenFlow 1.3 §7.2.3.2 */
export interface OxmForm {
  readonly field: OxmField;
  /** OXM class: 0x8000 is the standard's own, 0xffff an experimenter's. */
  readonly oxmClass: number;
  /** The experimenter's id, which follows the header; 0 for other classes. */
  readonly experimenter: number;
  /** The number within the class. */
  readonly id: number;
  /** Bytes of a value; 0 where that varies. */
  readonly size: number;
  /** Bytes between the start of the header and the value: 4, or 8 for an experimenter's. */
  readonly headerSize: number;
  /** The 32 bits in front of a value without mask: class, number, length; the length is that of no value at all where it varies. */
  readonly header: number;
  /** The same in front of a value with a mask. */
  readonly maskedHeader: number;
  /** Where a value is other bytes than the field's. */
  readonly narrow: Narrow | undefined;
  /** The constant of the header in the words of those who define it, such as `NXM_OF_ETH_TYPE`. */
  readonly constant: string;
  /** The name of the field in this form: `in_port` and `in_port_oxm` are one field in two forms, to Open vSwitch two. */
  readonly name: string;
  /** The place in Open vSwitch's order of fields; -1 for a field that it does not have. */
  readonly listed: number;
}

/** One match field: how it is identified and how its value lies on the wire. OpenFlow 1.3 §7.2.3.7 */
export interface OxmField<T extends OxmValue = OxmValue> {
  /** The name in `Match` and in JSON. */
  readonly name: string;
  /** The place in the table, which is the canonical order of fields: what a field requires comes before it. */
  readonly index: number;
  readonly kind: Kind<T>;
  /** Significant bits; the value of a field is below 2^bits. 0 for bytes of any number. */
  readonly bits: number;
  readonly maskable: Maskable;
  /** All of these must hold. */
  readonly requires: Prerequisite;
  /** Whether it needs a `ctState` of a packet whose connection is tracked, and not invalid. */
  readonly tracked: boolean;
  /** The versions whose lists of OXMs can say the field. Nicira's messages, which are there in every version, can say all that Open vSwitch knows. */
  readonly versions: readonly Version[];
  /** Its headers; all are understood in every version. The one that Nicira's lists have comes first, the standard's newest last. */
  readonly forms: readonly OxmForm[];
  /** The header that is written, by version; 0 is Nicira's lists. */
  readonly written: readonly (OxmForm | undefined)[];
  /** The header of the last form. */
  readonly header: number;
  /** The same in front of a value with a mask. */
  readonly maskedHeader: number;
  /** A mask of all significant bits; 0 for bytes of any number. */
  readonly exact: number | bigint;
  /** Names and formats in text. */
  readonly words: FieldWords;
  /** Where it lies in packets. */
  readonly lies: PacketPlaces;
  /** What Open vSwitch has of the field; undefined for one that it cannot match on. */
  readonly ovs: OvsField | undefined;
}

type Specs = typeof FIELD_TABLE;

/** The names of match fields. */
export type OxmName = keyof Specs;

/** The type of each field's value. */
export type OxmValues = { [K in OxmName]: Specs[K] extends FieldSpec<infer T, infer _> ? T : never };

/** What a literal may give for each field: its value, for addresses text, for fields of 64 bits and more safe integers. */
export type OxmLiterals = {
  [K in OxmName]: Specs[K] extends FieldSpec<infer T, infer W> ? W | (bigint extends T ? number : never) : never;
};

export const OXM_SINCE = 3;

function exactOf(spec: FieldSpec<OxmValue>): number | bigint {
  return spec.kind.size >= 8 ? (1n << BigInt(spec.bits)) - 1n : 2 ** spec.bits - 1;
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

/** What the constants of a class begin with. */
const PREFIXES: Readonly<Record<keyof typeof CLASSES, string>> = {
  oxm: "OXM_OF_",
  reg: "OXM_OF_",
  of: "NXM_OF_",
  nx: "NXM_NX_",
  ericsson: "ERICOXM_OF_",
  et: "NXOXM_ET_",
  nsh: "NXOXM_",
  onf: "ONFOXM_ET_",
};

const LISTED = new Map<string, number>();

/** The place of a name in Open vSwitch's order, -1 for one that it does not have; those of a family, whose row has an asterisk, follow each other. */
export function listedPlace(name: string): number {
  if (LISTED.size === 0) for (const [i, listed] of LISTED_ORDER.entries()) LISTED.set(listed, 100 * i);
  const numbered = /^(.*?)(\d+)$/.exec(name);
  const family = numbered === null ? undefined : LISTED.get(`${numbered[1]}*`);
  return family === undefined ? (LISTED.get(name) ?? -1) : family + Number(numbered![2]);
}

const FORMATS: Readonly<Record<string, ValueFormat>> = { mac: "mac", ipv4: "ipv4", ipv6: "ipv6", port: "port", bytes: "bytes" };

function wordsOf(name: string, { kind, maskable, options }: FieldSpec<OxmValue>): FieldWords {
  const names = options.names?.split(" ") ?? [snake(name)];
  const format = options.format ?? FORMATS[kind.name] ?? "decimal";
  const shownAs =
    options.shownAs ??
    (format === "mac" || format === "ipv4" || format === "ipv6" || format === "hex" ? format : maskable === "no" ? "plain" : "short");
  return { names, format, shown: options.shown ?? names[0]!, shownAs };
}

function ovsOf(name: string, { bits, options }: FieldSpec<OxmValue>): OvsField | undefined {
  if (options.ovs === "none") return undefined;
  const [in10, in11] = (options.old ?? "no no").split(" ") as [OldMatch, OldMatch];
  return {
    in10,
    in11,
    at: options.at ?? name,
    held: options.held ?? bits,
    bits: options.ovsBits ?? bits,
    writable: options.readOnly !== true,
    late: options.ovs === "3.7",
  };
}

/** A form from its row. What text alone needs is made when it is asked for. */
class Form implements OxmForm {
  readonly field: OxmField;
  readonly oxmClass: number;
  readonly experimenter: number;
  readonly id: number;
  readonly size: number;
  readonly headerSize: number;
  readonly header: number;
  readonly maskedHeader: number;
  readonly narrow: Narrow | undefined;
  private readonly spec: FormSpec;

  constructor(field: OxmField, spec: FormSpec) {
    const { of, id, narrow } = spec;
    const experimenter = EXPERIMENTERS.has(of) ? CLASSES[of] : 0;
    const more = experimenter === 0 ? 0 : 4;
    this.field = field;
    this.oxmClass = experimenter === 0 ? CLASSES[of] : EXPERIMENTER_CLASS;
    this.experimenter = experimenter;
    this.id = id;
    this.size = narrow?.size ?? field.kind.size;
    this.headerSize = 4 + more;
    const head = this.oxmClass * 65536 + id * 512;
    this.header = head + more + this.size;
    this.maskedHeader = head + 256 + more + 2 * this.size;
    this.narrow = narrow;
    this.spec = spec;
  }

  get constant(): string {
    return PREFIXES[this.spec.of] + (this.spec.constant ?? snake(this.field.name).toUpperCase());
  }

  get name(): string {
    return this.spec.name ?? this.field.words.names[0]!;
  }

  get listed(): number {
    return this.field.ovs === undefined ? -1 : listedPlace(this.name);
  }
}

/** Which form each version writes, by its place among those of the field, and the versions that have one. Few rows differ in it. */
interface Writing {
  readonly places: readonly number[];
  readonly versions: readonly Version[];
}

const writings = new Map<string, Writing>();

function writingOf(forms: readonly FormSpec[]): Writing {
  const key = forms.map((f) => f.written ?? "").join();
  let found = writings.get(key);
  if (found === undefined) {
    // Nicira's messages have their own form in every version, OpenFlow 1.0 and 1.1 have no other lists
    const places = [0, 0, 0];
    for (const version of VERSIONS)
      if (version >= OXM_SINCE)
        places[version] = forms.findLastIndex((f) => f.written !== undefined && versionsIn(f.written).includes(version));
    found = { places, versions: VERSIONS.filter((v) => v >= OXM_SINCE && places[v]! >= 0) };
    writings.set(key, found);
  }
  return found;
}

function fieldOf(name: string, spec: FieldSpec<OxmValue>, index: number): OxmField {
  const { places, versions } = writingOf(spec.forms);
  const field = {
    name,
    index,
    kind: spec.kind,
    bits: spec.bits,
    maskable: spec.maskable,
    requires: spec.requires,
    tracked: spec.tracked,
    exact: exactOf(spec),
    words: wordsOf(name, spec),
    lies: spec.options.lies ?? NOWHERE,
    ovs: ovsOf(name, spec),
    forms: [] as readonly OxmForm[],
    written: [] as readonly (OxmForm | undefined)[],
    versions,
    header: 0,
    maskedHeader: 0,
  };
  const forms = spec.forms.map((f) => new Form(field, f));
  field.forms = forms;
  field.written = places.map((at) => forms[at]);
  field.header = forms.at(-1)!.header;
  field.maskedHeader = forms.at(-1)!.maskedHeader;
  return field;
}

const NOWHERE: PacketPlaces = {};

/** Every match field by its name. */
export const OXM: { readonly [K in OxmName]: OxmField<OxmValues[K]> } = Object.fromEntries(
  Object.entries(FIELD_TABLE).map(([name, spec], index) => [name, fieldOf(name, spec as FieldSpec<OxmValue>, index)]),
) as never;

/** Every match field in canonical order. */
export const OXM_FIELDS: readonly OxmField[] = Object.values(OXM) as never;

/** The forms by class and number, and by experimenter and number; where two have the same, the second is the one of another length. */
const FORMS = new Map<number, OxmForm[]>();
const keyOf = (oxmClass: number, experimenter: number, id: number): number =>
  oxmClass === EXPERIMENTER_CLASS ? 2 ** 40 + experimenter * 128 + id : oxmClass * 128 + id;
for (const { forms } of OXM_FIELDS)
  for (const form of forms) {
    const key = keyOf(form.oxmClass, form.experimenter, form.id);
    const others = FORMS.get(key);
    if (others === undefined) FORMS.set(key, [form]);
    else others.push(form);
  }

const STANDARD: (OxmForm | undefined)[] = Array.from({ length: 128 }, (_, id) => FORMS.get(keyOf(CLASSES.oxm, 0, id))?.[0]);

/** The fields of a version in the form that nearly all OXMs have: the standard's class, no mask, a value of fixed size. By the number in the header. */
export interface PlainOxms {
  /** The whole header, as a signed number, which needs no box; where there is none, one that has another number. */
  readonly headers: Int32Array;
  readonly fields: readonly (OxmField | undefined)[];
  /** Bytes of the value. */
  readonly sizes: Uint8Array;
}

const plain: PlainOxms[] = [];

/** See {@link PlainOxms}. @param version - whose own form this is; 0 is Nicira's lists */
export function plainOxms(version: Version | 0): PlainOxms {
  plain[version] ??= ((): PlainOxms => {
    const forms = STANDARD.map((form) =>
      form !== undefined && form.size > 0 && form.narrow === undefined && form.field.written[version] === form ? form : undefined,
    );
    return {
      headers: Int32Array.from(forms, (form, id) => form?.header ?? (id ^ 1) << 9),
      fields: forms.map((form) => form?.field),
      sizes: Uint8Array.from(forms, (form) => form?.size ?? 0),
    };
  })();
  return plain[version]!;
}

/** The longest value that a header without a mask may give. */
const LONGEST = 127;

/** Whether the length that a header gives is one that the form may have. */
function hasLength(form: OxmForm, header: number): boolean {
  if (form.size > 0) return header === form.header || header === form.maskedHeader;
  const length = (header & 255) + 4 - form.headerSize;
  return (header & 256) === 0 ? length <= LONGEST : length % 2 === 0;
}

/**
 * The form of a field that a header identifies; undefined for one that no table knows, or that has another length than the field.
 * @param header - the first 32 bits
 * @param experimenter - the 32 bits behind them, where the class is 0xffff
 */
export function formOfHeader(header: number, experimenter: number): OxmForm | undefined {
  const oxmClass = header >>> 16;
  const id = (header >>> 9) & 127;
  if (oxmClass === CLASSES.oxm) {
    const form = STANDARD[id];
    return form !== undefined && hasLength(form, header) ? form : undefined;
  }
  return FORMS.get(keyOf(oxmClass, experimenter, id))?.find((f) => hasLength(f, header));
}

/** The field that a header of 32 bits identifies, whatever length and mask bit it has; undefined for one that no table knows. `experimenter` follows a header of class 0xffff. */
export function fieldOfHeader(header: number, experimenter = 0): OxmField | undefined {
  return formOfNumber(header >>> 16, experimenter, (header >>> 9) & 127)?.field;
}

/** The form that class, experimenter (0 for other classes than 0xffff) and number identify, whatever length the header has; undefined for one that no table knows. */
export function formOfNumber(oxmClass: number, experimenter: number, id: number): OxmForm | undefined {
  return FORMS.get(keyOf(oxmClass, experimenter, id))?.[0];
}

let byName: Map<string, OxmForm> | undefined;

/** The form of the name that Open vSwitch, or who else defines the field, has for it, such as `nw_src`, `tcp_src`, `reg0`, `in_port_oxm`; undefined for another text. */
export function formOfName(name: string): OxmForm | undefined {
  if (byName === undefined) {
    byName = new Map();
    for (const { words, forms } of OXM_FIELDS) {
      for (const form of forms) if (!byName.has(form.name)) byName.set(form.name, form);
      for (const alias of words.names) if (!byName.has(alias)) byName.set(alias, forms[0]!);
    }
  }
  return byName.get(name);
}

/** Whether actions name a field by a header of 64 bits, as that of an experimenter is; many have room for 32. */
export const isLong = (field: OxmField): boolean => field.forms[0]!.experimenter !== 0;
