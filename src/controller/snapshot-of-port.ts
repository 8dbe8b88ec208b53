import { formatMac } from "../bytes/mod.js";
import type { Port } from "../ofp/mod.js";
import type { PortSnapshot } from "./model.js";

/** The names of the bits of a field, as the JSON of messages has them. */
export const bitNames = (json: unknown): readonly (string | number)[] => Object.freeze(json as (string | number)[]);

/** A port as plain data. */
export function portSnapshot(port: Port): PortSnapshot {
  const { config, state } = port.toJSON() as { readonly config: unknown; readonly state: unknown };
  return Object.freeze({
    number: port.portNo,
    name: port.name,
    hwAddr: formatMac(port.hwAddr),
    config: bitNames(config),
    state: bitNames(state),
    currSpeed: port.currSpeed,
    maxSpeed: port.maxSpeed,
  });
}
