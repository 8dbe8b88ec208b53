import { SouthboundError } from "../../errors/mod.js";
import { explainFault, type Fault } from "../../ofp/check/mod.js";
import type { Version } from "../../schema/mod.js";

/** Errors that only extensions have in versions before the given one, and what the standard has there. */
const STANDARD_ERRORS: Readonly<Record<string, readonly [since: Version, before: string]>> = {
  OFPBIC_DUP_INST: [5, "OFPBIC_UNSUP_INST"],
  OFPBAC_BAD_SET_MASK: [6, "OFPBAC_BAD_SET_TYPE"],
};

/**
 * A request that the switch does not carry out. Code: `ERR_UNSUPPORTED`.
 */
export class Refusal extends SouthboundError {
  /** The OpenFlow error that answers the request, by its name in the specification, such as `OFPFMFC_TABLE_FULL`. */
  readonly reason: string;

  /** @param what - what is wrong, for the log */
  constructor(reason: string, what: string) {
    super("ERR_UNSUPPORTED", `${what} (${reason})`);
    this.reason = reason;
  }

  /** The refusal that a fault leads to. @param version - of the peer, which may have no error that is as precise */
  static of(fault: Fault, version: Version = 6): Refusal {
    const [since, before] = STANDARD_ERRORS[fault.error] ?? [1, ""];
    return new Refusal(version < since ? before : fault.error, explainFault(fault));
  }
}
