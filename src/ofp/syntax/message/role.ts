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

const request: Printer<MessageOf<"role-request">> = {
  text: (m) => roleText(m.role, m.format === "nxt" || m.role === ControllerRole.NoChange ? NO_GENERATION : m.generationId),
  checked: true,
};
const reply: Printer<MessageOf<"role-reply">> = {
  text: (m) => roleText(m.role, m.format === "nxt" ? NO_GENERATION : m.generationId),
  checked: true,
};

const statusText = (role: number, reason: number, generation: bigint): string =>
  `${roleText(role, generation)} reason=${REASON_WORDS[reason] ?? "(unknown)"}`;

/** The messages about a controller's role. */
export const ROLE_PRINTERS: Printers<"role-request" | "role-reply" | "role-status"> = {
  "role-request": request,
  "role-reply": reply,
  "role-status": { checked: true, text: (m) => statusText(m.role, m.reason, m.generationId) },
};
