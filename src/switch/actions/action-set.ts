import { PortNo } from "../../ofp/mod.js";
import type { Compiled } from "./program.js";

/** The actions that a packet collects on its way and that are executed when it has come to its end. OpenFlow 1.3 §5.10 */
export class ActionSet {
  #actions: Compiled[] = [];

  get isEmpty(): boolean {
    return this.#actions.length === 0;
  }

  /** The port that the packet would be sent to; `PortNo.Unset` for none, or for a group. */
  get output(): number {
    if (this.#actions.some(({ slot }) => slot === "group")) return PortNo.Unset;
    return this.#actions.find(({ slot }) => slot === "output")?.port ?? PortNo.Unset;
  }

  clear(): void {
    if (this.#actions.length > 0) this.#actions = [];
  }

  /** Adds actions, each in place of the one of its slot. */
  write(actions: readonly Compiled[]): void {
    for (const action of actions) {
      const at = this.#actions.findIndex(({ slot }) => slot === action.slot);
      if (at < 0) this.#actions.push(action);
      else this.#actions[at] = action;
    }
  }

  /** Takes all actions out, in the order in which they are executed. A group makes an output without effect; actions that no packet leaves by have none. */
  take(): readonly Compiled[] {
    const actions = this.#actions.sort((a, b) => a.order - b.order);
    this.#actions = [];
    const last = actions.some(({ slot }) => slot === "group") ? "output" : "";
    const left = last === "" ? actions : actions.filter(({ slot }) => slot !== last);
    return left;
  }

  /** Puts other actions in its place. @returns those that it had */
  exchange(actions: Compiled[]): Compiled[] {
    const old = this.#actions;
    this.#actions = actions;
    return old;
  }
}
