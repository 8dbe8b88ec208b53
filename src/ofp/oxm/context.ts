import { OXM, type OxmField, type OxmName } from "./fields.js";
import type { MatchEntry } from "./match-entry.js";

export const IPV6 = 0x86dd;

/** A field that another one needs beside it, whole, with one of these values. */
interface Need {
  readonly field: OxmField;
  readonly values: readonly number[];
}

/** The structures that have one place for the ports of all protocols, by the number of their version on the wire. */
type Structure = 1 | 2;

const NEEDS: Readonly<Record<Structure, (readonly Need[] | undefined)[]>> = { 1: [], 2: [] };

/** What a field needs in a structure. That of OpenFlow 1.1 has nothing for IPv6; in that of 1.0 protocol, DSCP and ports count with it. */
function needsOf(field: OxmField, structure: Structure): readonly Need[] {
  let needs = NEEDS[structure][field.index];
  if (needs === undefined) {
    needs = Object.entries(field.requires).map(([name, allowed]) => ({
      field: OXM[name as OxmName] as OxmField,
      values: name === "ethType" && structure === 2 ? allowed.filter((v) => v !== IPV6) : allowed,
    }));
    NEEDS[structure][field.index] = needs;
  }
  return needs;
}

/**
 * Refuses a field that stands twice, or without the EtherType and protocol that it belongs to: the structures of OpenFlow 1.0 and 1.1 have one place for the ports of all protocols.
 * @param entries - of known fields
 * @param structure - which version's
 * @param cannot - throws the error
 */
export function checkContext(entries: readonly MatchEntry[], structure: Structure, cannot: (field: OxmField, why: string) => never): void {
  for (let i = 0; i < entries.length; i++) {
    const field = entries[i]!.field!;
    for (let k = 0; k < i; k++) if (entries[k]!.field === field) cannot(field, " twice");
    for (const need of needsOf(field, structure)) {
      const beside = entries.find((e) => e.field === need.field && e.mask === undefined);
      if (beside !== undefined && need.values.includes(beside.value as number)) continue;
      cannot(
        field,
        need.values.length === 0 ? "" : ` without ${need.field.name}=${need.values.map((v) => `0x${v.toString(16)}`).join(" or ")}`,
      );
    }
  }
}
