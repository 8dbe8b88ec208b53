import type { Version } from "../../../schema/mod.js";
import { FlowMonitorFlags as Flags } from "../../flow/flow-monitor.js";

/** The version from which on monitors of flows are the standard's; before it they are an experimenter's, Nicira's up to 1.2. */
export const STANDARD_SINCE = 5;

/** What a monitor reports, in words. */
export const FLAG_WORDS = [
  [Flags.Initial, "initial"],
  [Flags.Add, "add"],
  [Flags.Removed, "delete"],
  [Flags.Modify, "modify"],
  [Flags.Instructions, "actions"],
] as const;

/** The word for the bit of {@link ownFlag}. */
export const OWN_WORD = "own";

/** The bit that is printed as `own`, and that a request may have: before OpenFlow 1.4 it asks for the controller's own changes in full. */
export const ownFlag = (version: Version): number => (version >= STANDARD_SINCE ? Flags.OnlyOwn : Flags.NoAbbrev);
