import { SouthboundError } from "../errors/mod.js";

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
}
