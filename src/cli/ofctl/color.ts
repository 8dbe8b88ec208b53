/** The parts of a flow's text that have colors of their own, by the names of `OVS_COLORS`. Open vSwitch colors.c */
const DEFAULTS = { ac: "1;31", dr: "34", le: "31", pm: "36", pr: "35", sp: "33", vl: "32" };
type Part = keyof typeof DEFAULTS;

/** The colors that `OVS_COLORS` asks for, such as `ac=01;31:dr=34`; what it says wrong changes nothing. An empty one is none. */
function colorsOf(words: string | undefined): Readonly<Record<Part, string>> {
  const colors = { ...DEFAULTS };
  for (const token of (words ?? "").split(":")) {
    const [, name, value] = /^([^=]*)=([\d;]*)$/.exec(token) ?? [];
    if (name !== undefined && Object.hasOwn(colors, name)) colors[name as Part] = value!;
  }
  return colors;
}

const colors = colorsOf(process.env.OVS_COLORS);

/** Text in the color of a part. */
const painted = (part: Part, text: string): string => `\u001b[${colors[part]}m\u001b[K${text}\u001b[m\u001b[K`;

const words = (list: string): ReadonlySet<string> => new Set(list.split(" "));

/** Protocols, which stand for fields, and actions and words of actions without a value. */
const VALUES = words(
  "icmp tcp udp sctp ip icmp6 tcp6 udp6 sctp6 ipv6 arp rarp mpls mplsm pop_vlan strip_vlan dec_mpls_ttl pop_queue debug_recirc debug_slow commit force ct_clear persistent hash random clear_actions pause send_flow_rem delete_learned",
);
const SPECIAL = words("exit dec_nsh_ttl output");
const IN_PARENTHESES = words("dec_ttl nat");
/** Keys and actions that say where a packet goes or what a field becomes. */
const SPECIAL_KEYS = words("table priority output resubmit group set_field load move");
/** What stands for a port, with or without how much of a packet it is to have. */
const PORTS = words("CONTROLLER IN_PORT LOCAL");

/** At the beginning of an item a name with what stands behind it, or a field whose bits are given; an arrow; a parenthesis. */
const TOKEN = /(?<=^|[ ,(])([A-Za-z_][\w-]*)([=:(]|\[[^\]]*\]=?)?|->|\(|\),?/g;

function paintWord(name: string, mark: string): string {
  if (PORTS.has(name)) return name + mark;
  if (mark.startsWith("["))
    return mark.endsWith("=") ? painted("pm", name + mark.slice(0, -1)) + painted("pm", "=") : painted("pm", name + mark);
  if (mark !== "") return painted(SPECIAL_KEYS.has(name) ? "sp" : "pm", name + mark);
  if (VALUES.has(name)) return painted("vl", name);
  if (SPECIAL.has(name)) return painted("sp", name);
  if (IN_PARENTHESES.has(name)) return painted("pr", name);
  return name === "drop" ? painted("dr", name) : name;
}

/** A list of fields or actions in colors. */
function paintList(text: string): string {
  // what each parenthesis that is open belongs to
  const open: (string | undefined)[] = [];
  return text.replace(TOKEN, (token: string, name: string | undefined, mark = "") => {
    if (token === "->") return painted("sp", token);
    if (token === "(" || mark === "(") {
      const plain = name === undefined || name === "output";
      open.push(plain ? undefined : name);
      if (!plain && IN_PARENTHESES.has(name)) return painted("pr", name) + painted("pr", "(");
      if (!plain) return painted(name === "learn" ? "le" : "pr", token);
      return name === undefined ? token : `${painted("sp", name)}(`;
    }
    if (token.startsWith(")")) {
      const from = open.pop();
      if (from === undefined) return token;
      // Open vSwitch puts a comma behind exec(...) also where nothing follows, and cannot take it away again behind the end of the color
      if (from === "exec") return painted("pr", "),");
      return painted(from === "learn" ? "le" : "pr", ")") + token.slice(1);
    }
    const inside = open.at(-1);
    if (mark === "=" && open.length > 0 && inside === undefined) return token;
    if (mark === "=" && inside === "nat") return painted("pm", name!) + painted("pm", "=");
    return paintWord(name!, mark);
  });
}

/** A line about a flow in colors, as ovs-ofctl prints it with `--color`; another line as it is. */
export function paintFlow(line: string): string {
  const at = line.indexOf("actions=");
  if (at < 0 || !line.startsWith(" ")) return line;
  const behind = at + "actions=".length;
  return paintList(line.slice(0, at)) + painted("ac", "actions=") + paintList(line.slice(behind));
}
