import { Channel } from "./channel.js";
import type { Datapath } from "./datapath.js";

/** An auxiliary connection of a switch: another way to the same tables, with barriers and answers of its own. It ends with the main connection. OpenFlow 1.3.5 §6.3.8 */
export class Auxiliary extends Channel {
  override get datapath(): Datapath {
    return this.connection.main.view(this.owner) as Datapath;
  }

  /** For people: `0000000000000001/2 (tcp:127.0.0.1:40312)`. */
  override toString(): string {
    return `${this.datapath.name}/${this.auxiliaryId} (${this.peer})`;
  }
}
