import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { basename, join } from "node:path";
import { errnoError } from "../../errors/mod.js";
import { DescReply, DescRequest } from "../../ofp/mod.js";
import { runDirectory } from "../../stream/mod.js";
import { plainText } from "../../view/mod.js";
import { broken } from "./connect.js";
import { Fatal } from "./fatal.js";
import { type Run, type Settings, write } from "./settings.js";
import { Target } from "./target.js";

const METHOD = "ofproto/trace";
/** The longest answer that is taken, in characters. */
const LONGEST_ANSWER = 0x400_0000;

/** The bridge that a target leads to on this machine. */
function bridgeOf(name: string): string {
  const file = name.startsWith("unix:") ? name.slice("unix:".length) : name;
  if (file.includes(":")) throw new Fatal(`${name}: a trace is made where Open vSwitch runs: name a bridge of this machine`);
  return basename(file.slice(file.indexOf("@") + 1)).replace(/\.mgmt$/, "");
}

/** The control socket of ovs-vswitchd: what `--unixctl` names, or the one of its pidfile, or the only one that there is. */
function controlSocket({ unixctl }: Settings): string {
  const dir = runDirectory();
  if (unixctl !== undefined) return unixctl.includes("/") ? unixctl : join(dir, unixctl);
  try {
    const pid = Number.parseInt(readFileSync(join(dir, "ovs-vswitchd.pid"), "utf8"), 10);
    return join(dir, `ovs-vswitchd.${pid}.ctl`);
  } catch {
    let names: string[] = [];
    try {
      names = readdirSync(dir).filter((file) => /^ovs-vswitchd\.\d+\.ctl$/.test(file));
    } catch {
      // there is no such folder
    }
    if (names.length === 1) return join(dir, names[0]!);
    throw new Fatal(`there is no control socket of ovs-vswitchd in ${dir}: name it with --unixctl`);
  }
}

/** Asks something of a control socket. */
function ask(socket: string, params: readonly string[]): Promise<{ result: unknown; error: unknown }> {
  return new Promise((resolve, reject) => {
    const client = connect(socket, () => client.write(JSON.stringify({ id: 0, method: METHOD, params })));
    let text = "";
    client.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      if (text.length > LONGEST_ANSWER) client.destroy(new Error("the answer is too long"));
      // an answer ends where its outermost object does
      if (!text.trimEnd().endsWith("}")) return;
      try {
        resolve(JSON.parse(text));
        client.destroy();
      } catch {
        // more is to come
      }
    });
    client.on("error", reject).on("close", () => reject(errnoError("ECONNRESET", "the socket was closed before the answer came")));
  });
}

/** Has a switch print what it would do with a packet: Open vSwitch, by the control socket of ovs-vswitchd. */
export const trace: Run = async ([name = "", flow = ""], settings) => {
  const target = new Target(name, settings);
  const desc = await target.use((vconn) => vconn.transact(DescRequest.of(), { timeout: Number.POSITIVE_INFINITY }));
  const maker = DescReply.is(desc) ? desc.hwDesc : "";
  if (maker !== "Open vSwitch") {
    const what = DescReply.is(desc) ? plainText(`${desc.mfrDesc} ${desc.hwDesc}`.trim()) : "unknown";
    throw new Fatal(`${name}: this switch (${what}) does not offer trace; Open vSwitch does`);
  }
  const socket = controlSocket(settings);
  const { result, error } = await ask(socket, [bridgeOf(name), flow]).catch((e: unknown) => {
    throw broken(`${socket}: trace failed`, e);
  });
  if (typeof error === "string") throw new Fatal(plainText(error.trimEnd().replaceAll("\n", " ")));
  write(String(result).split("\n").map(plainText).join("\n"));
};
