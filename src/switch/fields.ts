import { OXM_FIELDS, type OxmField } from "../ofp/mod.js";
import { FlowKey } from "../packet/mod.js";

/** Fields of the pipeline, which do not stand in packets. */
export const OF_PIPELINE: ReadonlySet<string> = new Set(["metadata", "tunnelId"]);

const packet = new FlowKey();

/** The match fields that this switch looks at, in canonical order: those that are read from packets, and the pipeline's. */
export const MATCHABLE: readonly OxmField[] = OXM_FIELDS.filter(({ name }) => name in packet || OF_PIPELINE.has(name));
