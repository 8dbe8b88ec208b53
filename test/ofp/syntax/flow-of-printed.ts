import type { FlowTextCommand } from "../../../src/ofp/syntax/mod.js";

/** The commands of flow-mods by their numbers. */
export const COMMANDS: readonly FlowTextCommand[] = ["add", "modify", "modify_strict", "delete", "delete_strict"];
const NAMES: Readonly<Record<string, string>> = { idle: "idle_timeout", hard: "hard_timeout", pri: "priority" };
const OF_ADDITIONS = /\b(idle_timeout|hard_timeout)=\S+|\b(send_flow_rem|check_overlap|reset_counts|no_packet_counts|no_byte_counts)\b/g;

/** A printed flow-mod in the words of a flow. */
export function flowOfPrinted(printed: string, command: FlowTextCommand): string {
  const body = printed.replace(/^\S+(?: \(OF1\.\d\))? \(xid=0x[0-9a-f]+\): \w+ /, "").replace(/\n$/, "");
  const at = body.indexOf("actions=");
  const head = body
    .slice(0, at)
    .replace(/(^| )buf:\S+/, "")
    .replace(
      /(^| )(table|cookie|idle|hard|importance|pri|out_port):/g,
      (_all, gap: string, word: string) => `${gap}${NAMES[word] ?? word}=`,
    );
  const kept = command === "add" ? head : head.replace(/\bimportance=\S+/, "");
  if (!command.startsWith("delete")) return kept.replace(/\bout_port=\S+/, "") + body.slice(at);
  const deletion = kept.replace(OF_ADDITIONS, "");
  return command === "delete" ? deletion.replace(/(^|[ ,])priority=\d+/, "") : deletion;
}
