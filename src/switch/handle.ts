import {
  BarrierReply,
  Capabilities,
  ConfigFlags,
  errorNameOf,
  FeaturesReply,
  GetConfigReply,
  type Message,
  type SetConfig,
} from "../ofp/mod.js";
import type { Connection } from "./connection.js";
import type { Core } from "./core.js";
import { handleFlowMod } from "./handle-flow-mod.js";
import { handleMultipart } from "./handle-multipart.js";
import { handlePacketOut } from "./handle-packet-out.js";
import { BUFFERS } from "./packet-buffer.js";
import { portMessage } from "./port-message.js";
import type { Raw } from "./raw.js";
import { Refusal } from "./refusal.js";

/** The actions of OpenFlow 1.0 by their numbers as bits: all but enqueue. §5.3.1 */
const ACTIONS10 = 0x7ff;

/**
 * Does what a message says and answers it. A switch is done with a message when this returns, so that a barrier has nothing to wait for.
 * @throws Refusal for what it does not do, DecodeError for what shows itself to be malformed late
 */
export function handleMessage(core: Core, connection: Connection, m: Message, raw: Raw): void {
  switch (m.type) {
    case "packet-out":
      handlePacketOut(core, connection, m);
      break;
    case "flow-mod":
      handleFlowMod(core, connection, m, raw);
      break;
    case "barrier-request":
      connection.answer(m.xid, BarrierReply.of());
      break;
    case "features-request":
      connection.answer(m.xid, features(core, connection.version));
      break;
    case "get-config-request":
      connection.answer(m.xid, config(core, connection));
      break;
    case "set-config":
      setConfig(core, connection, m);
      break;
    case "experimenter":
      throw new Refusal("OFPBRC_BAD_VENDOR", `experimenter 0x${m.experimenter.toString(16)} is not known here`);
    case "error":
      core.log("warn", `${connection.name}: sent the error ${errorNameOf(m)}`);
      break;
    case "echo-reply":
      break;
    case "unknown":
      throw unknown(m.key, connection.version);
    default:
      if (!m.type.endsWith("-request")) throw new Refusal("OFPBRC_BAD_TYPE", `a switch takes no ${m.type}`);
      handleMultipart(core, connection, m);
  }
}

function unknown(key: readonly number[], version: number): Refusal {
  const [type, part] = key;
  if (type !== (version === 1 ? 16 : 18)) return new Refusal("OFPBRC_BAD_TYPE", `message type ${type}`);
  if (part === undefined) return new Refusal("OFPBRC_BAD_LEN", "a multipart message without its type");
  if (part === 0xffff) return new Refusal("OFPBRC_BAD_VENDOR", "a multipart message of an experimenter that is not known here");
  return new Refusal("OFPBRC_BAD_STAT", `multipart type ${part}`);
}

function features({ forwarder, datapathId }: Core, version: number): FeaturesReply {
  const old = version === 1;
  return FeaturesReply.of({
    datapathId,
    nBuffers: BUFFERS,
    nTables: forwarder.tables.length,
    capabilities: Capabilities.FlowStats | Capabilities.TableStats | Capabilities.PortStats | (old ? Capabilities.ArpMatchIp : 0),
    actions: old ? ACTIONS10 : 0,
    ports: old ? forwarder.ports().map(portMessage) : [],
  });
}

function config(core: Core, { invalidTtl, missSendLen }: Connection): GetConfigReply {
  const fragments = core.forwarder.pipeline.dropFragments ? ConfigFlags.FragDrop : 0;
  return GetConfigReply.of({ flags: fragments | (invalidTtl ? ConfigFlags.InvalidTtlToController : 0), missSendLen });
}

/** Fragments are forwarded like other packets or dropped; they are never put together. OpenFlow 1.3 §7.3.2 */
function setConfig(core: Core, connection: Connection, { flags, missSendLen }: SetConfig): void {
  const old = connection.version === 1;
  const known = ConfigFlags.FragDrop | ConfigFlags.InvalidTtlToController;
  if (!old && (flags & ~known) !== 0) throw new Refusal("OFPSCFC_BAD_FLAGS", `configuration flags 0x${flags.toString(16)}`);
  if ((flags & ConfigFlags.FragReasm) === 0) core.forwarder.pipeline.dropFragments = (flags & ConfigFlags.FragDrop) !== 0;
  connection.invalidTtl = (flags & ConfigFlags.InvalidTtlToController) !== 0;
  connection.missSendLen = missSendLen;
}
