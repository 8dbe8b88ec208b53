import { Chunk } from "../../../bytes/mod.js";
import { checkOptions } from "../../../errors/mod.js";
import { P } from "../../oxm/flow-places.js";
import { PortNo } from "../../port/port-no.js";
import type { SyntaxOptions } from "../parse/options.js";
import { SYNTAX_OPTIONS } from "../parse/options.js";
import { composePacket } from "./compose.js";
import { extractFlow } from "./extract.js";
import { formatPacketFlow, isSameFlow } from "./packet-flow.js";
import { parsePacketFlow } from "./parse-packet-flow.js";

/** A frame that was made from the text of a flow. */
export interface ComposedPacket {
  /** The frame. It belongs to the caller. */
  readonly bytes: Uint8Array;
  /** The flow that was asked for and the one that the frame has, where they are not the same. */
  readonly differs: { readonly specified: string; readonly extracted: string } | undefined;
}

const PAYLOAD = 64;

/**
 * The Ethernet frame that has the fields of a text such as `tcp,nw_dst=10.0.0.1,tp_dst=80`, with lengths and checksums. Fields that no header has, such as registers, and combinations that no frame
 * has are reported as a difference.
 * @param payload - what protocols carry that can carry anything; 64 bytes unless given
 * @throws SyntaxFault `ERR_SYNTAX` with the words of Open vSwitch
 */
export function parsePacket(
  text: string,
  payload: Uint8Array = Uint8Array.from({ length: PAYLOAD }, (_, i) => i),
  o: SyntaxOptions = {},
): ComposedPacket {
  checkOptions("parsePacket", o, SYNTAX_OPTIONS);
  const specified = parsePacketFlow(text, o);
  const bytes = composePacket(specified, payload);
  const extracted = extractFlow(new Chunk(bytes));
  extracted.put(P.inPort, PortNo.Any);
  if (isSameFlow(specified, extracted)) return { bytes, differs: undefined };
  return { bytes, differs: { specified: formatPacketFlow(specified), extracted: formatPacketFlow(extracted) } };
}
