import {
  BarrierReply,
  Capabilities,
  ConfigFlags,
  EXPERIMENTER,
  EXPERIMENTER_MESSAGE,
  errorNameOf,
  FeaturesReply,
  GetConfigReply,
  type Message,
  type SetConfig,
  unknownReason,
} from "../ofp/mod.js";
import type { Version } from "../schema/mod.js";
import type { Connection } from "./connection.js";
import type { Core } from "./core.js";
import { handleFlowMod } from "./handle-flow-mod.js";
import { handleGroupMod, handleMeterMod } from "./handle-group-mod.js";
import { handleMultipart } from "./handle-multipart.js";
import { handlePacketOut } from "./handle-packet-out.js";
import { handlePortMod } from "./handle-port-mod.js";
import { BUFFERS } from "./packet-buffer.js";
import { portMessage } from "./port-message.js";
import type { Raw } from "./raw.js";
import { Refusal } from "./refusal.js";
import type { Work } from "./work.js";

/** The actions of OpenFlow 1.0 by their numbers as bits: all but enqueue. §5.3.1 */
const ACTIONS10 = 0x7ff;

/**
 * Does what a message says and answers it.
 * @returns what is left of it, where it is to be done in pieces; the connection's next message is handled after that, so that a barrier has nothing to wait for
 * @throws Refusal for what it does not do, DecodeError for what shows itself to be malformed late
 */
export function handleMessage(core: Core, connection: Connection, m: Message, raw: Raw): Work | undefined {
  const { version } = connection;
  if (isExtension(raw, version)) throw new Refusal("OFPBRC_BAD_VENDOR", `an experimenter's ${m.type}`);
  const reason = unknownReason(m, version);
  if (reason !== undefined) throw new Refusal(reason, `a message that is not known: ${m.type}`);
  switch (m.type) {
    case "packet-out":
      handlePacketOut(core, connection, m);
      break;
    case "flow-mod":
      return handleFlowMod(core, connection, m, raw);
    case "group-mod":
      return handleGroupMod(core, connection, m);
    case "meter-mod":
      return handleMeterMod(core, m);
    case "port-mod":
      handlePortMod(core, m);
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
    case "error":
      core.log("warn", `${connection.name}: sent the error ${errorNameOf(m)}`);
      break;
    case "echo-reply":
      break;
    default:
      if (m.type === "unknown" || raw.c.dv.getUint8(raw.p + 1) !== statsRequest(version))
        throw new Refusal("OFPBRC_BAD_TYPE", `a switch takes no ${m.type}`);
      return handleMultipart(core, connection, m);
  }
  return undefined;
}

const statsRequest = (version: number): number => (version === 1 ? 16 : 18);

/** Whether a message came in the form of an extension: this switch has none, and says so, upon which `ovs-ofctl` goes on without. */
function isExtension({ c, p, end }: Raw, version: number): boolean {
  const type = c.dv.getUint8(p + 1);
  if (end - p < 12) return false;
  return type === EXPERIMENTER_MESSAGE || (type === statsRequest(version) && c.dv.getUint16(p + 8) === EXPERIMENTER);
}

function features({ forwarder, datapathId }: Core, version: Version): FeaturesReply {
  const old = version === 1;
  return FeaturesReply.of({
    datapathId,
    nBuffers: BUFFERS,
    nTables: forwarder.tables.length,
    capabilities:
      Capabilities.FlowStats |
      Capabilities.TableStats |
      Capabilities.PortStats |
      Capabilities.QueueStats |
      (old ? Capabilities.ArpMatchIp : Capabilities.GroupStats),
    actions: old ? ACTIONS10 : 0,
    ports: version < 4 ? forwarder.ports().map((port) => portMessage(port, version)) : [],
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
