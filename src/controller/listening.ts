import type { Connection } from "./connection.js";
import { EventQueue, type EventStream } from "./event-queue.js";
import type { LoopOptions, MessageMatch } from "./events.js";
import { compileMatch } from "./matcher.js";
import type { Owner } from "./owner.js";
import { Subscription, type WideListener } from "./subscription.js";

/** Adds a listener of one datapath's messages. @returns what removes it */
export function listenTo(
  owner: Owner,
  main: Connection,
  event: string,
  listener: unknown,
  match: MessageMatch<never> | undefined,
): () => void {
  if (owner.over) throw owner.gone();
  if (match?.datapath !== undefined && match.datapath !== main.features.datapathId) return () => {};
  return main.lists.add(event, new Subscription(owner, null, event, main, compileMatch(match), listener as never));
}

/** A listener of messages of every datapath. */
export function wide(owner: Owner, event: string, listener: unknown, match: MessageMatch<never> | undefined): WideListener {
  const test = compileMatch(match);
  const made: WideListener = {
    event,
    datapath: match?.datapath,
    make: (main) => new Subscription(owner, made, event, main, test, listener as never),
  };
  return made;
}

/** Adds to a datapath the part of a wide listener that it has there, if the listener wants that datapath. */
export function attach(listener: WideListener, main: Connection): void {
  if (listener.datapath === undefined || listener.datapath === main.features.datapathId)
    main.lists.add(listener.event, listener.make(main));
}

/** A loop over events. @param main - the datapath that it ends with; null for one of all @param on - adds its listener, and returns what removes it */
export function loopOver<A extends readonly unknown[]>(
  owner: Owner,
  options: LoopOptions,
  main: Connection | null,
  on: (listener: (...args: A) => void) => () => void,
): EventStream<A> {
  if (owner.over) throw owner.gone();
  const { counters, limits } = owner;
  const queue = new EventQueue<A>(options.limit ?? limits.events, options.signal, () => {
    counters.delivered--;
    counters.dropped++;
  });
  const off = on((...args) => queue.put(() => keep(args) as unknown as A));
  const end = (): void => queue.end();
  owner.ends.add(end);
  main?.ends.add(end);
  queue.start(() => {
    off();
    owner.ends.delete(end);
    main?.ends.delete(end);
  });
  if (main?.ended === true) end();
  return queue;
}

/** The arguments of a listener, to be kept: a message is borrowed until its listener returns. */
function keep(args: readonly unknown[]): readonly unknown[] {
  const [message, ...others] = args;
  if (typeof (message as { own?: unknown } | undefined)?.own === "function") (message as { own(): unknown }).own();
  return others.at(-1) === undefined ? [message, ...others.slice(0, -1)] : args;
}
