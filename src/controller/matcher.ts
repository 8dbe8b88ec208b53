import { ErrorMessage, type KnownMessage } from "../ofp/mod.js";
import type { ExperimenterKey, MessageMatch } from "./events.js";
import type { View } from "./view.js";

/** Whether a message is wanted. */
export type Predicate = (message: KnownMessage, from: View, key: ExperimenterKey | undefined) => boolean;

/** Makes one function of what a match asks for; null where it asks for nothing but the datapath, which is seen to when the listener is added. */
export function compileMatch(match: MessageMatch<never> | undefined): Predicate | null {
  if (match === undefined) return null;
  const { auxiliaryId, type, xid, isError, tableId, cookie, cookieMask, experimenter, expType, where } = match;
  const tests: Predicate[] = [];
  if (auxiliaryId !== undefined) tests.push((_, from) => from.auxiliaryId === auxiliaryId);
  if (type !== undefined) tests.push((m) => m.type === type);
  if (xid !== undefined) tests.push((m) => m.xid === xid);
  if (isError !== undefined) tests.push((m) => ErrorMessage.is(m) === isError);
  if (tableId !== undefined) tests.push((m) => (m as { readonly tableId?: unknown }).tableId === tableId);
  if (cookie !== undefined) tests.push(cookieTest(cookie, cookieMask));
  if (experimenter !== undefined) tests.push((_, __, key) => key?.experimenter === experimenter);
  if (expType !== undefined) tests.push((_, __, key) => key?.expType === expType);
  if (where !== undefined) tests.push((m, from) => where(m, from as never));
  return tests.reduce<Predicate | null>(
    (all, test) => (all === null ? test : (m, from, key) => all(m, from, key) && test(m, from, key)),
    null,
  );
}

function cookieTest(cookie: bigint, mask: bigint | undefined): Predicate {
  if (mask === undefined) return (m) => (m as { readonly cookie?: unknown }).cookie === cookie;
  const wanted = cookie & mask;
  return (m) => {
    const { cookie: has } = m as { readonly cookie?: unknown };
    return typeof has === "bigint" && (has & mask) === wanted;
  };
}
