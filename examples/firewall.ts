/** Floods what is allowed, drops what RULES deny and counts it. Its flows are known by their cookie, and it takes them away when it ends. */
import type { AppScope, Datapath } from "southbound/controller";
import { AggregateStatsRequest, apply, FlowMod, FlowModCommand, Match, Output, PortNo } from "southbound/ofp";

const RULES = ["tcp,tp_dst=23", "ip,nw_src=10.0.0.66"];
const COOKIE = 0xf1e0_0000_0000_0000n; // and the number of the rule
const OURS = { cookie: COOKIE, cookieMask: 0xffff_ffff_0000_0000n };
const INTERVAL = 1000; // milliseconds

const cookieOf = (rule: number): bigint => COOKIE + BigInt(rule + 1);
const flood = FlowMod.of({ cookie: COOKIE, priority: 1, instructions: [apply(Output.of({ port: PortNo.Flood }))] });
const denials = RULES.map((rule, i) => FlowMod.of({ cookie: cookieOf(i), priority: 100, match: Match.parse(rule) })); // no action: drop
const clear = FlowMod.of({ command: FlowModCommand.Delete, ...OURS });

async function report(dp: Datapath): Promise<void> {
  for (const [i, rule] of RULES.entries()) {
    const { packetCount } = await dp.query(AggregateStatsRequest.of({ cookie: cookieOf(i), cookieMask: 0xffff_ffff_ffff_ffffn }));
    if (packetCount > 0) console.log(`${dp.name}: "${rule}" has dropped ${packetCount} packets`);
  }
}

export default (controller: AppScope): (() => void) => {
  const switches = (): Datapath[] => [...controller.datapaths.values()];
  controller.on("up", (dp) => dp.batch([clear, ...denials, flood]).then(() => console.log(`${dp.name} is guarded`)));
  const timer = setInterval(() => switches().map((dp) => report(dp).catch(() => {})), INTERVAL);
  return () => [clearInterval(timer), ...switches().map((dp) => dp.send(clear))];
};
