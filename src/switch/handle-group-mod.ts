import { FlowRemovedReason, type GroupMod, GroupNo, type MeterMod } from "../ofp/mod.js";
import type { Connection } from "./connection.js";
import type { Core } from "./core.js";
import type { Flow } from "./flow.js";
import type { FlowTable } from "./flow-table.js";
import type { Uses } from "./program.js";
import type { Work } from "./work.js";

/** Carries out a group-mod. Flows that use a group that goes, go too. OpenFlow 1.3 §6.5, §7.3.4.2 @returns the work of removing them */
export function handleGroupMod({ forwarder }: Core, { version }: Connection, m: GroupMod): Work | undefined {
  const { groups } = forwarder.pipeline;
  const { commit, gone } = groups.plan(m, forwarder.place(version, false));
  commit();
  if (gone.length === 0) return undefined;
  const all = m.groupId === GroupNo.All;
  return removeUsers(forwarder.tables, FlowRemovedReason.GroupDelete, ({ groups: used }) =>
    all ? used.size > 0 : gone.some((id) => used.has(id)),
  );
}

/** Carries out a meter-mod. Flows that use a meter that goes, go too. OpenFlow 1.3 §6.6, §7.3.4.4 @returns the work of removing them */
export function handleMeterMod({ forwarder }: Core, m: MeterMod): Work | undefined {
  const { commit, gone } = forwarder.pipeline.meters.plan(m);
  commit();
  if (gone.length === 0) return undefined;
  const set = new Set(gone);
  return removeUsers(forwarder.tables, FlowRemovedReason.MeterDelete, ({ meters }) => [...meters].some((id) => set.has(id)));
}

function* removeUsers(tables: readonly FlowTable[], reason: number, isUser: (uses: Uses) => boolean): Work {
  for (const table of tables) {
    for (const flow of table.visit({})) {
      if (flow !== undefined && isUser(usesOf(flow))) table.remove(flow, reason);
      yield;
    }
  }
}

const usesOf = ({ program }: Flow): Uses => program.uses;
