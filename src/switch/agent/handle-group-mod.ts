import { FlowRemovedReason, type GroupMod, GroupNo, type MeterMod } from "../../ofp/mod.js";
import type { Uses } from "../actions/program.js";
import type { Flow } from "../tables/flow.js";
import type { FlowTable } from "../tables/flow-table.js";
import type { Journal } from "../work/journal.js";
import type { Work } from "../work/work.js";
import type { Connection } from "./connection.js";
import type { Core } from "./core.js";

/** Carries out a group-mod. Flows that use a group that goes, go too. OpenFlow 1.3 §6.5, §7.3.4.2 @returns the work of removing them */
export function handleGroupMod({ forwarder }: Core, { version }: Connection, m: GroupMod, journal?: Journal): Work | undefined {
  const { groups } = forwarder.pipeline;
  const plan = groups.plan(m, forwarder.place(version, false));
  const { gone } = plan;
  plan.commit();
  journal?.note(() => plan.undo());
  if (gone.length === 0) return undefined;
  const all = m.groupId === GroupNo.All;
  return removeUsers(forwarder.tables, FlowRemovedReason.GroupDelete, journal, ({ groups: used }) =>
    all ? used.size > 0 : gone.some((id) => used.has(id)),
  );
}

/** Carries out a meter-mod. Flows that use a meter that goes, go too. OpenFlow 1.3 §6.6, §7.3.4.4 @returns the work of removing them */
export function handleMeterMod({ forwarder }: Core, m: MeterMod, journal?: Journal): Work | undefined {
  const plan = forwarder.pipeline.meters.plan(m);
  const { gone } = plan;
  plan.commit();
  journal?.note(() => plan.undo());
  if (gone.length === 0) return undefined;
  const set = new Set(gone);
  return removeUsers(forwarder.tables, FlowRemovedReason.MeterDelete, journal, ({ meters }) => [...meters].some((id) => set.has(id)));
}

function* removeUsers(tables: readonly FlowTable[], reason: number, journal: Journal | undefined, isUser: (uses: Uses) => boolean): Work {
  for (const table of tables) {
    for (const flow of table.visit({})) {
      if (flow !== undefined && isUser(usesOf(flow))) table.remove(flow, reason, journal);
      yield;
    }
  }
}

const usesOf = ({ program }: Flow): Uses => program.uses;
