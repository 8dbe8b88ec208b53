import type { Counter, Field, Fields } from "./field.js";
import type { Kind } from "./kind.js";

/** What {@link leaveOutUntold} has to look at in the objects of one table. */
interface Plan {
  readonly counters: readonly (readonly [name: string, untold: unknown])[];
  readonly lists: readonly (readonly [name: string, planOf: (element: object) => Plan | undefined])[];
}

const plans = new WeakMap<Fields, Plan>();

const fieldsOf = (kind: unknown): Fields | undefined => (kind as { readonly fields?: Fields } | undefined)?.fields;

interface Entry {
  readonly fields: Fields;
  is(value: unknown): boolean;
}

/** How the plan of an element of a list is found; undefined for a list of anything but structs. */
function elementPlan(list: Kind<unknown>): ((element: object) => Plan | undefined) | undefined {
  const { element } = list;
  const fields = fieldsOf(element);
  if (fields !== undefined) {
    const plan = planOf(fields);
    return plan.counters.length + plan.lists.length > 0 ? () => plan : undefined;
  }
  const { entries } = (element ?? {}) as { readonly entries?: readonly Entry[] };
  const counting = entries?.filter((e) => Object.values(e.fields).some((f) => "untold" in f)) ?? [];
  if (counting.length === 0) return undefined;
  return (value) => {
    const entry = counting.find((e) => e.is(value));
    return entry === undefined ? undefined : planOf(entry.fields);
  };
}

function planOf(fields: Fields): Plan {
  let plan = plans.get(fields);
  if (plan === undefined) {
    const rows = Object.entries(fields) as [string, Field<unknown>][];
    const lists: [string, (element: object) => Plan | undefined][] = [];
    for (const [name, { kind }] of rows) {
      const of = elementPlan(kind);
      if (of !== undefined) lists.push([name, of]);
    }
    const counters = rows.filter(([, f]) => "untold" in f).map(([name, f]) => [name, (f as Counter<unknown>).untold] as const);
    plan = { counters, lists };
    plans.set(fields, plan);
  }
  return plan;
}

function leaveOut(plan: Plan, object: object): void {
  const values = object as Record<string, unknown>;
  for (const [name, untold] of plan.counters) if (values[name] === untold) values[name] = undefined;
  for (const [name, of] of plan.lists) {
    for (const element of values[name] as readonly object[]) {
      const inner = of(element);
      if (inner !== undefined) leaveOut(inner, element);
    }
  }
}

/** Makes those counters undefined of which the peer said that it does not count them, in the object and in the lists that it holds. @param fields - those of the object's class */
export function leaveOutUntold(fields: Fields, object: object): void {
  leaveOut(planOf(fields), object);
}
