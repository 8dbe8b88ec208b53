import { Chunk } from "../../../bytes/mod.js";
import { EXPERIMENTER_MESSAGE } from "../../ids.js";
import { type NoteSink, warnOwn } from "../notes/note.js";
import { noteUnknown } from "../notes/property-notes.js";
import type { Context } from "../options.js";
import type { Printer, Printers } from "../printer.js";
import { eachProperty, hasSize, unknownProperty } from "../properties.js";
import type { AnyMessage } from "../types.js";

/** A kind of message that a controller may not want: its name, the words for its reasons, and the reasons that there are in OpenFlow 1.0 and since 1.4. */
interface Asynchronous {
  readonly name: string;
  readonly words: readonly (string | undefined)[];
  readonly known: number;
  readonly known14: number;
}

/** In the order of their types, two to each. OpenFlow 1.4 §7.3.10 (ofp_async_config_prop_type) */
const KINDS: readonly Asynchronous[] = [
  { name: "PACKET_IN", words: ["no_match", "action", "invalid_ttl", "action_set", "group", "packet_out"], known: 7, known14: 0x3f },
  { name: "PORT_STATUS", words: ["add", "delete", "modify"], known: 7, known14: 7 },
  { name: "FLOW_REMOVED", words: ["idle", "hard", "delete", "group_delete", "meter_delete", "eviction"], known: 0x3f, known14: 0x3f },
  { name: "ROLE_STATUS", words: ["primary_request", "configuration_changed", "experimenter_data_changed"], known: 7, known14: 7 },
  { name: "TABLE_STATUS", words: [undefined, undefined, undefined, "vacancy_down", "vacancy_up"], known: 0x18, known14: 0x18 },
  { name: "REQUESTFORWARD", words: ["group_mod_request", "meter_mod_request"], known: 3, known14: 3 },
];

/** The sets of reasons: of a primary controller, and of a secondary. */
type Masks = readonly [primary: number[], secondary: number[]];

const knownOf = (kind: Asynchronous, version: number): number => (version >= 5 ? kind.known14 : kind.known);

function roleText(title: string, masks: readonly number[]): string {
  let text = `\n ${title}:\n`;
  KINDS.forEach(({ name, words }, i) => {
    const mask = masks[i]!;
    const told = words.filter((word, bit) => word !== undefined && ((mask >>> bit) & 1) !== 0).map((word) => ` ${word}`);
    text += `${name.padStart(16)}:${mask === 0 ? " (off)" : told.join("")}\n`;
  });
  return text;
}

const textOf = ([primary, secondary]: Masks): string => roleText("primary", primary) + roleText("secondary", secondary);
const none = (): Masks => [KINDS.map(() => 0), KINDS.map(() => 0)];

/** The first three kinds, each for primary and secondary. Reasons that are not known are left out. */
function legacy(chunk: Chunk, at: number, version: number): Masks {
  const masks = none();
  for (let i = 0; i < 6; i++) masks[(i & 1) as 0 | 1][i >> 1] = chunk.dv.getUint32(at + 4 * i) & knownOf(KINDS[i >> 1]!, version);
  return masks;
}

/** The lowest type of an experimenter's properties, of which there is one more than usual. */
const EXPERIMENTERS = 0xfffe;

/** Reads the properties; what is not known in them is refused of a request and left out of a reply. */
function properties(chunk: Chunk, at: number, version: number, loose: boolean, log: NoteSink | undefined): Masks | string {
  const masks = none();
  const fault = eachProperty(
    chunk,
    at,
    chunk.u8.length,
    (p) => {
      const kind = p.experimenter === 0 ? KINDS[p.type >> 1] : undefined;
      if (kind === undefined) {
        if (!loose) noteUnknown(log, "ofp_connection", "async config", p);
        return loose ? undefined : unknownProperty(p);
      }
      if (!hasSize(p, 4)) return "OFPBPC_BAD_LEN";
      const mask = chunk.dv.getUint32(p.at);
      const known = knownOf(kind, version);
      if ((mask & ~known) !== 0 && !loose) {
        const text = `bad value 0x${mask.toString(16)} for ${kind.name} (allowed mask 0x${known.toString(16)})`;
        warnOwn(log, "ofp_connection", "mask", text);
        return "OFPACFC_INVALID";
      }
      masks[(1 - (p.type & 1)) as 0 | 1][p.type >> 1] = (mask & known) >>> 0;
      return undefined;
    },
    EXPERIMENTERS,
  );
  if (fault === undefined) return masks;
  return fault === "OFPBPC_BAD_TYPE" ? "OFPACFC_UNSUPPORTED" : fault;
}

const SET_ASYNC_CONFIG2 = 27;
const GET_REPLY = 27;

function whole(chunk: Chunk, c: Context): readonly [string, string | undefined] {
  const type = chunk.u8[1];
  const own = type === EXPERIMENTER_MESSAGE;
  const at = own ? 16 : 8;
  const listed = own ? chunk.dv.getUint32(12) === SET_ASYNC_CONFIG2 : c.version >= 5;
  const masks = listed ? properties(chunk, at, c.version, type === GET_REPLY, c.log) : legacy(chunk, at, c.version);
  return typeof masks === "string" ? ["", masks] : [textOf(masks), undefined];
}

const printer: Printer<AnyMessage> = { text: (_m, c) => whole(new Chunk(c.raw()), c)[0], whole };

/** The messages that say which messages a controller wants. */
export const ASYNC_PRINTERS: Printers<"get-async-request" | "get-async-reply" | "set-async"> = {
  "get-async-request": { text: () => "" },
  "get-async-reply": printer,
  "set-async": printer,
};
