import { ControllerRole, type KnownMessage, RoleReason, RoleReply, type RoleRequest, RoleStatus } from "../../ofp/mod.js";
import type { Version } from "../../schema/mod.js";
import { Refusal } from "../work/refusal.js";

/** What stands for no generation. */
const NO_GENERATION = 0xffff_ffff_ffff_ffffn;

/** A controller that has a role. */
export interface RolePeer {
  role: number;
  readonly version: Version;
  answer(xid: number, message: KnownMessage): void;
  send(message: KnownMessage): void;
}

/** Which of the controllers is primary: one at most. OpenFlow 1.3 §6.3.4 */
export class Roles {
  /** The newest generation that was seen. */
  #generation: bigint | undefined;
  readonly #connections: () => Iterable<RolePeer>;

  constructor(connections: () => Iterable<RolePeer>) {
    this.#connections = connections;
  }

  /** Carries out a role request. @throws Refusal `OFPRRFC_STALE`, `OFPRRFC_BAD_ROLE` */
  request(connection: RolePeer, m: RoleRequest): void {
    const { role, generationId } = m;
    if (role > ControllerRole.Secondary) throw new Refusal("OFPRRFC_BAD_ROLE", `role ${role}`);
    const ofNicira = m.format === "nxt";
    if (role === ControllerRole.Primary || role === ControllerRole.Secondary) {
      if (!ofNicira) {
        // a distance in a circle: what is less than half of it behind is old
        if (this.#generation !== undefined && BigInt.asIntN(64, generationId - this.#generation) < 0n)
          throw new Refusal("OFPRRFC_STALE", `generation ${generationId} is older than ${this.#generation}`);
        this.#generation = generationId;
      }
      if (role === ControllerRole.Primary) this.#demote(connection);
    }
    if (role !== ControllerRole.NoChange) connection.role = role;
    const generation = this.#generation ?? NO_GENERATION;
    connection.answer(
      m.xid,
      ofNicira ? RoleReply.of({ role: connection.role, format: "nxt" }) : RoleReply.of({ role: connection.role, generationId: generation }),
    );
  }

  /** The primary that there was is secondary from now on. */
  #demote(by: RolePeer): void {
    for (const other of this.#connections()) {
      if (other === by || other.role !== ControllerRole.Primary) continue;
      other.role = ControllerRole.Secondary;
      const reason = RoleReason.PrimaryRequest;
      if (other.version >= 4) other.send(RoleStatus.of({ role: other.role, reason, generationId: this.#generation ?? NO_GENERATION }));
    }
  }
}
