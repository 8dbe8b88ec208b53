import { type OptionTable, SouthboundError } from "../errors/mod.js";
import { GetAsyncRequest, SetAsync } from "../ofp/mod.js";
import { versionName } from "../schema/mod.js";
import type { WaitOptions } from "../vconn/mod.js";
import type { Asker } from "./asker.js";

const NAMES = [
  "packetIn",
  "packetInSecondary",
  "portStatus",
  "portStatusSecondary",
  "flowRemoved",
  "flowRemovedSecondary",
  "roleStatus",
  "roleStatusSecondary",
  "tableStatus",
  "tableStatusSecondary",
  "requestForward",
  "requestForwardSecondary",
  "controllerStatus",
  "controllerStatusSecondary",
  "flowCounters",
  "flowCountersSecondary",
] as const satisfies readonly (keyof SetAsync)[];

/**
 * For which reasons which messages are sent of the switch's own accord: bit n stands for reason n. The plain ones hold while the controller is equal or primary, the others while it is secondary.
 * Undefined where the version does not have it. OpenFlow 1.3 §7.3.10
 */
export type AsyncMasks = { readonly [N in (typeof NAMES)[number]]: number | undefined };

/** What {@link AsyncMasks} has, for its check. */
export const ASYNC_MASKS = Object.fromEntries(NAMES.map((name) => [name, "number"])) as OptionTable<Partial<AsyncMasks>>;

const FIRST_WITH_CONFIG = 4;

/** See `Channel.asyncConfig`. */
export async function readAsyncConfig(channel: Asker, options: WaitOptions): Promise<AsyncMasks> {
  const reply = await channel.query(GetAsyncRequest.of(), options);
  return Object.fromEntries(NAMES.map((name) => [name, reply[name]])) as AsyncMasks;
}

/** The message that `Channel.setAsyncConfig` sends. In OpenFlow 1.3 every mask is said each time, so that the others are asked for first. */
export async function setAsyncRequest(channel: Asker, masks: Partial<AsyncMasks>, options: WaitOptions): Promise<SetAsync> {
  const { version, nicira, peer } = channel;
  if (version < FIRST_WITH_CONFIG && !nicira)
    throw new SouthboundError(
      "ERR_UNSUPPORTED",
      `${peer}: OpenFlow ${versionName(version)} has no async config, and Nicira's extensions are switched off`,
    );
  return SetAsync.of({ ...(version === FIRST_WITH_CONFIG ? await readAsyncConfig(channel, options) : {}), ...masks });
}
