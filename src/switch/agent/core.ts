import type { Clock } from "../../clock/mod.js";
import type { OptionTable } from "../../errors/mod.js";
import type { GroupMod, MeterMod } from "../../ofp/mod.js";
import type { Version } from "../../schema/mod.js";
import type { Log } from "../../vconn/mod.js";
import type { Forwarder } from "../pipeline/forwarder.js";
import type { Roles } from "./roles.js";

/** What a switch says of itself when asked who made it. Each at most 255 bytes, the serial number 31. OpenFlow 1.3 §7.3.5.1 */
export interface SwitchDescription {
  readonly manufacturer: string;
  readonly hardware: string;
  readonly software: string;
  readonly serialNumber: string;
  /** What people call this datapath. */
  readonly datapath: string;
}

/** What {@link SwitchDescription} has, for its check. */
export const DESCRIPTION: OptionTable<Partial<SwitchDescription>> = {
  manufacturer: "string",
  hardware: "string",
  software: "string",
  serialNumber: "string",
  datapath: "string",
};

/** What all connections of a switch share. */
export interface Core {
  readonly datapathId: bigint;
  readonly description: SwitchDescription;
  readonly versions: readonly Version[];
  readonly clock: Clock;
  readonly log: Log;
  readonly forwarder: Forwarder;
  readonly roles: Roles;
  /** Sends what was noted of changes to flows to those that watch them. */
  flush(): void;
  /** Sends the request of one controller to the others that want it. OpenFlow 1.4 §7.4.6 */
  forward(from: object, request: GroupMod | MeterMod): void;
  /** Bytes of a packet that no flow matches, for a controller that has not set it. */
  readonly missSendLen: number;
  /** Milliseconds. */
  readonly helloTimeout: number | undefined;
  /** Of each connection. */
  readonly maxFaults: number | undefined;
}
