import {
  ALL_QUEUES,
  BarrierReply,
  Capabilities,
  ConfigFlags,
  ControllerRole,
  EXPERIMENTER_MESSAGE,
  errorNameOf,
  FeaturesReply,
  FlowFormat,
  GetConfigReply,
  type Message,
  PacketInReason,
  QueueGetConfigReply,
  type SetConfig,
  unknownReason,
} from "../../ofp/mod.js";
import type { Version } from "../../schema/mod.js";
import { BUFFERS } from "../pipeline/packet-buffer.js";
import type { Journal } from "../work/journal.js";
import { Refusal } from "../work/refusal.js";
import type { Work } from "../work/work.js";
import type { Connection } from "./connection.js";
import type { Core } from "./core.js";
import { handleFlowMod } from "./handle-flow-mod.js";
import { handleGroupMod, handleMeterMod } from "./handle-group-mod.js";
import { handleMultipart } from "./handle-multipart.js";
import { handlePacketOut } from "./handle-packet-out.js";
import { handlePortMod } from "./handle-port-mod.js";
import { handleTableMod } from "./handle-table-mod.js";
import { portMessage } from "./port-message.js";
import { queuesAt } from "./queues.js";
import type { Raw } from "./raw.js";

/** The actions of OpenFlow 1.0 by their numbers as bits: all but enqueue. §5.3.1 */
const ACTIONS10 = 0x7ff;

/**
 * Does what a message says and answers it.
 * @returns what is left of it, where it is to be done in pieces; the connection's next message is handled after that, so that a barrier has nothing to wait for
 * @throws Refusal for what it does not do, DecodeError for what shows itself to be malformed late
 */
export function handleMessage(core: Core, connection: Connection, m: Message, raw: Raw): Work | undefined {
  const { version } = connection;
  const reason = unknownReason(m, version);
  if (reason !== undefined) throw new Refusal(reason, `a message that is not known: ${m.type}`);
  if (connection.role === ControllerRole.Secondary && CHANGES.has(m.type))
    throw new Refusal("OFPBRC_IS_SECONDARY", `a secondary controller sent ${m.type}`);
  switch (m.type) {
    case "role-request":
      core.roles.request(connection, m);
      break;
    case "set-async":
      // who says what it wants, wants something
      if (connection.kind === "service" && connection.missSendLen === 0) connection.missSendLen = core.missSendLen;
      connection.masks.set(m, m.format === "nxt" || (m.format === "" && version === 4));
      break;
    case "get-async-request":
      connection.answer(m.xid, connection.masks.reply(version));
      break;
    case "set-flow-format":
      connection.nxm = m.flowFormat === FlowFormat.Nxm;
      break;
    case "flow-mod-table-id":
      connection.flowModTableId = m.enable === 1;
      break;
    case "set-packet-in-format":
      connection.packetInFormat = m.packetInFormat;
      break;
    case "set-controller-id":
      connection.controllerId = m.controllerId;
      break;
    case "flow-age":
      break;
    case "group-mod":
    case "meter-mod": {
      const work = applyChange(core, connection, m, raw);
      core.forward(connection, m);
      return work;
    }
    case "packet-out":
    case "flow-mod":
    case "port-mod":
      return applyChange(core, connection, m, raw);
    case "flow-monitor-cancel":
      connection.monitors.cancel(m.monitorId);
      break;
    case "table-mod":
      handleTableMod(core, connection, m);
      break;
    case "queue-get-config-request":
      connection.answer(m.xid, QueueGetConfigReply.of({ port: m.port, queues: queuesAt(core, m.port, ALL_QUEUES) }));
      break;
    case "bundle-control":
      return connection.bundles(core.clock, (inner, at, journal) => applyChange(core, connection, inner, at, journal)).control(m, raw);
    case "bundle-add-message":
      connection.bundles(core.clock, (inner, at, journal) => applyChange(core, connection, inner, at, journal)).add(m, raw);
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
      if (raw.c.dv.getUint8(raw.p + 1) !== statsRequest(version))
        throw new Refusal(isExtension(raw) ? "OFPBRC_BAD_VENDOR" : "OFPBRC_BAD_TYPE", `a switch takes no ${m.type}`);
      if (m.type === "unknown") throw new Refusal("OFPBRC_BAD_SUBTYPE", "statistics of an extension that are not known");
      return handleMultipart(core, connection, m);
  }
  return undefined;
}

/** Carries out what a bundle may have too. @param journal - of the bundle */
function applyChange(core: Core, connection: Connection, m: Message, raw: Raw, journal?: Journal): Work | undefined {
  switch (m.type) {
    case "flow-mod":
      return handleFlowMod(core, connection, m, raw, journal);
    case "group-mod":
      return handleGroupMod(core, connection, m, journal);
    case "meter-mod":
      return handleMeterMod(core, m, journal);
    case "port-mod":
      handlePortMod(core, m, journal);
      return undefined;
    case "packet-out":
      handlePacketOut(core, connection, m, journal);
      return undefined;
    default:
      throw new Refusal("OFPBRC_BAD_TYPE", `a switch takes no ${m.type}`);
  }
}

const statsRequest = (version: number): number => (version === 1 ? 16 : 18);

/** Whether a message came in the form of an extension. */
const isExtension = ({ c, p }: Raw): boolean => c.dv.getUint8(p + 1) === EXPERIMENTER_MESSAGE;

/** What a secondary controller cannot do. OpenFlow 1.3 §6.3.4 */
const CHANGES: ReadonlySet<Message["type"]> = new Set<Message["type"]>([
  "packet-out",
  "flow-mod",
  "group-mod",
  "port-mod",
  "table-mod",
  "meter-mod",
  "table-features-request",
  "tlv-table-mod",
  "bundle-control",
  "bundle-add-message",
]);

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

function config(core: Core, { masks, missSendLen }: Connection): GetConfigReply {
  const invalidTtl = masks.has("packetIn", PacketInReason.InvalidTtl, ControllerRole.Equal);
  const fragments = core.forwarder.pipeline.dropFragments ? ConfigFlags.FragDrop : 0;
  return GetConfigReply.of({ flags: fragments | (invalidTtl ? ConfigFlags.InvalidTtlToController : 0), missSendLen });
}

/** Fragments are forwarded like other packets or dropped; they are never put together. OpenFlow 1.3 §7.3.2 */
function setConfig(core: Core, connection: Connection, { flags, missSendLen }: SetConfig): void {
  const old = connection.version === 1;
  const known = ConfigFlags.FragDrop | ConfigFlags.InvalidTtlToController;
  if (!old && (flags & ~known) !== 0) throw new Refusal("OFPSCFC_BAD_FLAGS", `configuration flags 0x${flags.toString(16)}`);
  if ((flags & ConfigFlags.FragReasm) === 0) core.forwarder.pipeline.dropFragments = (flags & ConfigFlags.FragDrop) !== 0;
  connection.masks.put("packetIn", PacketInReason.InvalidTtl, (flags & ConfigFlags.InvalidTtlToController) !== 0);
  connection.missSendLen = missSendLen;
}
