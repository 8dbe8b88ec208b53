import { hexDump } from "../../../bytes/mod.js";
import type { Context } from "../options.js";
import type { Printers } from "../printer.js";

/** Open vSwitch does not know these messages of OpenFlow 1.5, so they are printed as bytes. */
const dump = { text: (_m: unknown, c: Context) => `\n${hexDump(c.raw())}` };

/** The messages of OpenFlow 1.5 about the switch's controllers and its bundles. */
export const CONTROLLER_PRINTERS: Printers<
  "controller-status" | "controller-status-request" | "controller-status-reply" | "bundle-features-request" | "bundle-features-reply"
> = {
  "controller-status": dump,
  "controller-status-request": dump,
  "controller-status-reply": dump,
  "bundle-features-request": dump,
  "bundle-features-reply": dump,
};
