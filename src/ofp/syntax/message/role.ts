import type { Chunk } from "../../../bytes/mod.js";
import { EXPERIMENTER_MESSAGE } from "../../ids.js";
import { ControllerRole, RoleReason } from "../../role.js";
import type { Printer, Printers } from "../printer.js";
import type { MessageOf } from "../types.js";

const ROLE_WORDS: Readonly<Record<number, string>> = {
  [ControllerRole.NoChange]: "nochange",
  [ControllerRole.Equal]: "equal",
  [ControllerRole.Primary]: "primary",
  [ControllerRole.Secondary]: "secondary",
};

const REASON_WORDS: Readonly<Record<number, string>> = {
  [RoleReason.PrimaryRequest]: "primary_request",
  [RoleReason.Config]: "configuration_changed",
  [RoleReason.Experimenter]: "experimenter_data_changed",
};

const NO_GENERATION = 0xffffffffffffffffn;

const roleText = (role: number, generation: bigint): string =>
  ` role=${ROLE_WORDS[role] ?? role}${generation === NO_GENERATION ? "" : ` generation_id=${generation}`}`;

const refuse = (m: { readonly role: number }): string | undefined => (m.role in ROLE_WORDS ? undefined : "OFPRRFC_BAD_ROLE");
const refuseNicira = (m: { readonly role: number; readonly format: string }): string | undefined =>
  m.format === "nxt" && m.role === ControllerRole.NoChange ? "OFPRRFC_BAD_ROLE" : refuse(m);

const request: Printer<MessageOf<"role-request">> = {
  text: (m) => roleText(m.role, m.format === "nxt" || m.role === ControllerRole.NoChange ? NO_GENERATION : m.generationId),
  refuse: refuseNicira,
};
const reply: Printer<MessageOf<"role-reply">> = {
  text: (m) => roleText(m.role, m.format === "nxt" ? NO_GENERATION : m.generationId),
  refuse: refuseNicira,
};

const statusText = (role: number, reason: number, generation: bigint): string =>
  `${roleText(role, generation)} reason=${REASON_WORDS[reason] ?? "(unknown)"}`;

/** The status, whose properties are not looked at. */
function status({ dv, u8 }: Chunk): readonly [string, string | undefined] {
  const p = u8[1] === EXPERIMENTER_MESSAGE ? 16 : 8;
  const fault = refuse({ role: dv.getUint32(p) });
  return fault === undefined ? [statusText(dv.getUint32(p), u8[p + 4]!, dv.getBigUint64(p + 8)), undefined] : ["", fault];
}

/** The messages about a controller's role. */
export const ROLE_PRINTERS: Printers<"role-request" | "role-reply" | "role-status"> = {
  "role-request": request,
  "role-reply": reply,
  "role-status": { text: (m) => statusText(m.role, m.reason, m.generationId), whole: status },
};
