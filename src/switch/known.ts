import { type Match, OXM, type OxmField, type OxmName, VLAN_PRESENT } from "../ofp/mod.js";
import type { FlowKey } from "../packet/mod.js";

/** What is certain about the packets that actions will see; some actions make sense only on some packets. OpenFlow 1.3 §5.12, §7.2.5 */
export class Known {
  readonly #values: Partial<Record<string, number>>;
  /** Whether they surely have a VLAN tag. */
  tagged: boolean;

  private constructor(values: Partial<Record<string, number>>, tagged: boolean) {
    this.#values = values;
    this.tagged = tagged;
  }

  /** What a match makes certain. */
  static fromMatch(match: Match): Known {
    const values: Partial<Record<string, number>> = {};
    let tagged = false;
    for (const { field, value, mask } of match.entries) {
      if (field === undefined || typeof value !== "number") continue;
      if (mask === undefined) values[field.name] = value;
      if (field === OXM.vlanVid) tagged = (value & VLAN_PRESENT) !== 0;
    }
    return new Known(values, tagged);
  }

  /** All about one packet. */
  static fromKey(key: FlowKey): Known {
    const { ethType, ipProto, icmpv6Type, vlanVid = 0 } = key;
    return new Known(
      {
        ...(ethType !== undefined && { ethType }),
        ...(ipProto !== undefined && { ipProto }),
        ...(icmpv6Type !== undefined && { icmpv6Type }),
      },
      (vlanVid & VLAN_PRESENT) !== 0,
    );
  }

  /** Whether a field surely has one of these values. */
  is(field: OxmName, ...allowed: readonly number[]): boolean {
    const value = this.#values[field];
    return value !== undefined && allowed.includes(value);
  }

  /** Whether what a match field requires surely holds. */
  has(field: OxmField): boolean {
    if (field === OXM.vlanVid || field === OXM.vlanPcp) return this.tagged;
    return Object.entries(field.requires).every(([name, allowed]) => this.is(name as OxmName, ...allowed));
  }
}
