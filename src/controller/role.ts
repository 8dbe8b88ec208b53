import { SouthboundError } from "../errors/mod.js";
import { ControllerRole, RoleRequest } from "../ofp/mod.js";
import { versionName } from "../schema/mod.js";
import type { WaitOptions } from "../vconn/mod.js";
import type { Asker } from "./asker.js";

/** The role that a controller has. */
export interface Role {
  /** One of `ControllerRole`. */
  readonly role: number;
  /** Undefined where the switch has none yet. */
  readonly generationId: bigint | undefined;
}

const FIRST_WITH_ROLES = 3;
const NO_GENERATION = 0xffff_ffff_ffff_ffffn;

/** See `Channel.role`. */
export async function askRole(channel: Asker, role: number, generationId: bigint, options: WaitOptions): Promise<Role> {
  const native = channel.version >= FIRST_WITH_ROLES;
  if (!native && (!channel.nicira || role === ControllerRole.NoChange)) {
    const why = channel.nicira ? "Nicira's message cannot ask for the role" : "Nicira's extensions are switched off";
    throw new SouthboundError("ERR_UNSUPPORTED", `${channel.peer}: OpenFlow ${versionName(channel.version)} has no roles, and ${why}`);
  }
  const reply = await channel.query(RoleRequest.of(native ? { role, generationId } : { role }), options);
  const none = !native || reply.generationId === NO_GENERATION;
  return { role: reply.role, generationId: none ? undefined : reply.generationId };
}
