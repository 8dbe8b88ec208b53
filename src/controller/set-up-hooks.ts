import type { Clock } from "../clock/mod.js";
import { errnoError, type SouthboundError } from "../errors/mod.js";
import type { Connection } from "./connection.js";
import type { Datapath } from "./datapath.js";
import { datapathOf } from "./datapath.js";
import type { Member } from "./member.js";
import { ProtocolError } from "./protocol-error.js";
import { describeThrown } from "./thrown.js";

/** What runs when a switch is set up, before it is up: it may send and ask anything. @param signal - aborted when the deadline is over, or the connection ends */
export type SetUpHook = (datapath: Datapath, signal: AbortSignal) => unknown;

/** How a set-up hook is run. */
export interface SetUpHookOptions {
  /** Milliseconds for it; default 10,000. */
  readonly timeout?: number | undefined;
  /** Whether a switch for which it fails, or is late, is refused; default false: the failure is counted and logged, and set-up goes on. */
  readonly required?: boolean | undefined;
}

/** The default of {@link SetUpHookOptions.timeout}. */
export const HOOK_TIMEOUT = 10_000;

/** A hook with its owner. */
export interface AddedHook {
  readonly owner: Member;
  readonly hook: SetUpHook;
  readonly timeout: number;
  readonly required: boolean;
}

/** Runs hooks one after the other. @returns the error that the connection is to be refused with; null where all is well */
export async function runHooks(hooks: readonly AddedHook[], connection: Connection, clock: Clock): Promise<SouthboundError | null> {
  for (const added of hooks) {
    if (connection.ended) return null;
    if (added.owner.over) continue;
    const failure = await runHook(added, connection, clock);
    if (failure === null || connection.ended) continue;
    const name = added.hook.name === "" ? "a set-up hook" : `the set-up hook ${added.hook.name}`;
    added.owner.report(`${name} failed`, failure);
    if (!added.required) continue;
    const text = `${connection.vconn.name}: refused, since ${name} failed: ${describeThrown(failure).message}`;
    return failure instanceof Late ? errnoError("ETIMEDOUT", text) : new ProtocolError(text, { cause: failure });
  }
  return null;
}

/** A hook has not come to its end in time. */
class Late extends Error {}

async function runHook({ owner, hook, timeout }: AddedHook, connection: Connection, clock: Clock): Promise<unknown> {
  const ending = new AbortController();
  let over!: (failure: unknown) => void;
  const done = new Promise<unknown>((resolve) => {
    over = resolve;
  });
  const ended = (): void => {
    ending.abort();
    over(null);
  };
  const late = clock.after(timeout, () => {
    over(new Late(`it did not end within ${timeout} ms`));
    ending.abort();
  });
  connection.ends.add(ended);
  owner.ends.add(ended);
  try {
    const result = hook(datapathOf(connection, owner), ending.signal);
    Promise.resolve(result).then(
      () => over(null),
      (e) => over(e ?? new Error("it rejected with nothing")),
    );
  } catch (e) {
    over(e ?? new Error("it threw nothing"));
  }
  try {
    return await done;
  } finally {
    late.stop();
    connection.ends.delete(ended);
    owner.ends.delete(ended);
  }
}
