import type { OxmField } from "../oxm/fields.js";

/** What packets must be for a field or an action to mean anything: a field of theirs has one of some values in the bits that count. */
export interface Requirement {
  /** A field of at most 48 bits. */
  readonly field: OxmField;
  readonly values: readonly number[];
  /** The bits of the field that count; undefined where all do. */
  readonly mask: number | undefined;
}

/** Why something is refused. It is data: the printer, the parser and the switch each put it in their own words. */
export class Fault {
  /** The OpenFlow error by its name in the specification, such as `OFPBMC_BAD_PREREQ`. */
  readonly error: string;
  /** The match field that is wrong, or that lacks what it needs; undefined where no one field is. */
  readonly field: OxmField | undefined;
  /** What the packets would have to be besides what is known of them; empty where that is not the fault. */
  readonly needs: readonly Requirement[];
  /** The action or instruction, by its `type`; undefined for a fault of a match or group. */
  readonly action: string | undefined;

  constructor(error: string, field?: OxmField, needs: readonly Requirement[] = [], action?: string) {
    this.error = error;
    this.field = field;
    this.needs = needs;
    this.action = action;
  }

  /** The same fault as one of an action or instruction; one that has an action already keeps it. */
  of(action: string): Fault {
    return this.action === undefined ? new Fault(this.error, this.field, this.needs, action) : this;
  }
}

/** A fault of the given name where something is wrong. */
export const faultIf = (wrong: boolean, error: string, field?: OxmField): Fault | undefined =>
  wrong ? new Fault(error, field) : undefined;

const shown = ({ field, values, mask }: Requirement): string => {
  const radix = field.words.format === "hex" || mask !== undefined ? 16 : 10;
  const list = values.map((v) => `${radix === 16 ? "0x" : ""}${v.toString(radix)}`).join(" or ");
  return `${field.name} ${list}${mask === undefined ? "" : ` in the bits 0x${mask.toString(16)}`}`;
};

/** A fault in a few words of English for logs and errors, without the name of the error: `set-field of ipv4Src needs ethType 0x800`. */
export function explainFault({ error, field, needs, action }: Fault): string {
  const what = [action, field?.name].filter((word) => word !== undefined).join(" of ");
  if (needs.length > 0) return `${what} needs ${needs.map(shown).join(" and ")}`;
  return what === "" ? `refused with ${error}` : `${what} is refused`;
}
