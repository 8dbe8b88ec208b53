import type { Chunk } from "../bytes/mod.js";
import { EXPERIMENTER_MESSAGE, ExperimenterId, MessageType, MULTIPART_REPLY } from "../ofp/mod.js";

const { SetConfig: SET_CONFIG, FeaturesRequest: FEATURES_REQUEST } = MessageType;

const MULTIPART_REQUEST = 18;
const GET_ASYNC_REQUEST = 26;
const GET_ASYNC_REPLY = 27;
/** Group statistics, descriptions and features, features and descriptions of tables. */
const ASKED_BEFORE: readonly number[] = [6, 7, 8, 12, 14];
const OPENFLOW10 = 1;
const FIRST_WITH_ASYNC_CONFIG = 4;
/** OpenFlow 1.0 to 1.2 ask for the asynchronous configuration by Nicira's extension. */
const NXT_GET_ASYNC = 27;

/**
 * Whether a message is one that a controller sends only to a switch that it has accepted. Not so are those with which it finds out what the switch is: hello, error, echo,
 * features, configuration, queues, asynchronous configuration, groups, features and descriptions of tables.
 */
export function showsAdmission(c: Chunk, p: number, end: number): boolean {
  const version = c.dv.getUint8(p);
  const type = c.dv.getUint8(p + 1);
  if (type < EXPERIMENTER_MESSAGE || (type >= FEATURES_REQUEST && type <= SET_CONFIG)) return false;
  if (type === EXPERIMENTER_MESSAGE)
    return end - p < 16 || c.dv.getUint32(p + 8) !== ExperimenterId.Nicira || c.dv.getUint32(p + 12) !== NXT_GET_ASYNC;
  const queueRequest = version === OPENFLOW10 ? 20 : 22;
  if (type === queueRequest || type === queueRequest + 1) return false;
  if (version >= FIRST_WITH_ASYNC_CONFIG && (type === GET_ASYNC_REQUEST || type === GET_ASYNC_REPLY)) return false;
  const multipart = version > OPENFLOW10 && (type === MULTIPART_REQUEST || type === MULTIPART_REPLY);
  return !(multipart && end - p >= 10 && ASKED_BEFORE.includes(c.dv.getUint16(p + 8)));
}
