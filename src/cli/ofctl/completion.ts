import { suggestion } from "../../errors/mod.js";
import { actionForms, testNames } from "../../ofp/syntax/mod.js";
import { runDirectory } from "../../stream/mod.js";
import type { Command } from "./command.js";
import { Fatal } from "./fatal.js";
import type { OptionRow } from "./getopt.js";
import { out } from "./output.js";
import type { Run } from "./settings.js";

/** What an argument of a command is, by the word for it in the command's usage. */
const KINDS: Readonly<Record<string, string>> = {
  SWITCH: "target",
  TARGET: "target",
  SOURCE: "source",
  SOURCE1: "source",
  SOURCE2: "source",
  FILE: "file",
  PCAP: "file",
  FLOW: "flow",
  KIND: "words:logic tree html",
  SHELL: "words:bash zsh fish",
  WHAT: "words:flows ports groups",
};

/** The values of options that have few. */
const VALUES: Readonly<Record<string, string>> = {
  format: "text json ndjson yaml",
  color: "always never auto",
  protocols: "OpenFlow10 OpenFlow11 OpenFlow12 OpenFlow13 OpenFlow14 OpenFlow15",
  "packet-in-format": "standard nxt_packet_in nxt_packet_in2",
};

type Commands = Readonly<Record<string, Command>>;
type Rows = readonly OptionRow[];

const optionWords = (rows: Rows): string[] => rows.map(({ name, value }) => `--${name}${value === "required" ? "=" : ""}`);

/** Keywords of a flow: fields, kinds of packets, and what a flow has besides. */
const flowWords = (): string[] => {
  const own = ["table", "priority", "cookie", "idle_timeout", "hard_timeout", "actions", "out_port", "out_group"];
  return [...new Set([...own, ...testNames()])].filter((word) => /^[a-z][a-z0-9_]*$/.test(word)).sort();
};

/** Words that begin actions. */
const actionWords = (): string[] => {
  const forms = Object.values(actionForms()).flat();
  return [...new Set(forms.map((form) => /^[a-z][a-z0-9_]*/.exec(form)?.[0] ?? ""))].filter((word) => word !== "").sort();
};

/** The kinds of the arguments of each command, as `COMMAND:N` and the kind. */
function* argumentKinds(commands: Commands): Generator<readonly [command: string, n: number, kind: string]> {
  for (const [name, { usage }] of Object.entries(commands)) {
    let n = 0;
    for (const word of usage.replaceAll(/[[\]]/g, "").split(" ")) {
      n++;
      const kind = KINDS[word.replace(/\.\.\.$/, "")];
      if (kind !== undefined) yield [name, n, kind];
    }
  }
}

const quote = (words: readonly string[]): string => words.join(" ");

const bashCases = (commands: Commands): string =>
  [...argumentKinds(commands)].map(([name, n, kind]) => `    ${name}:${n}) kind='${kind}' ;;`).join("\n");

/** The words of options whose value stands behind them as a word of its own. */
const withValue = (rows: Rows): string =>
  rows
    .filter(({ value }) => value === "required")
    .flatMap(({ name, letter }) => [`--${name}`, ...(letter === undefined ? [] : [`-${letter}`])])
    .join("|");

const valueCases = (rows: Rows): string =>
  rows
    .flatMap(({ name, letter }) => {
      const values = VALUES[name];
      return values === undefined ? [] : [`    --${name}${letter === undefined ? "" : `|-${letter}`}) values='${values}' ;;`];
    })
    .join("\n");

const bash = (commands: Commands, rows: Rows): string => `# Completion of ofctl for bash: eval "$(ofctl completion bash)"
_ofctl_targets() {
  local dir="\${OVS_RUNDIR:-${runDirectory()}}" file
  for file in "$dir"/*.mgmt; do
    [ -S "$file" ] || continue
    file="\${file##*/}"
    printf '%s\\n' "\${file%.mgmt}"
  done
}
_ofctl() {
  local line cur word prev='' command='' kind='' values='' n=0 i head
  COMPREPLY=()
  # words as the shell has them, not cut at = and :
  line="\${COMP_LINE:0:COMP_POINT}"
  local -a words=()
  read -r -a words <<< "$line"
  case "$line" in *[[:space:]]) words+=('') ;; esac
  cur="\${words[\${#words[@]}-1]}"
  for ((i = 1; i < \${#words[@]} - 1; i++)); do
    word="\${words[i]}"
    case "$prev" in ${withValue(rows)}) prev=''; continue ;; esac
    prev="$word"
    case "$word" in -*) continue ;; esac
    if [ -z "$command" ]; then command="$word"; else n=$((n + 1)); fi
  done
  n=$((n + 1))
  case "$prev" in
${valueCases(rows)}
    ${withValue(rows)}) COMPREPLY=($(compgen -f -- "$cur")); return ;;
  esac
  head=''
  case "$cur" in --*=*)
    prev="\${cur%%=*}"; cur="\${cur#*=}"
    case "$prev" in
${valueCases(rows)}
    *) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    esac ;;
  esac
  if [ -n "$values" ]; then
    COMPREPLY=($(compgen -W "$values" -- "$cur"))
    return
  fi
  case "$cur" in -*)
    COMPREPLY=($(compgen -W '${quote(optionWords(rows))}' -- "$cur"))
    case "\${COMPREPLY[*]}" in *=) compopt -o nospace 2>/dev/null ;; esac
    return ;;
  esac
  if [ -z "$command" ]; then
    COMPREPLY=($(compgen -W '${quote(Object.keys(commands))}' -- "$cur"))
    return
  fi
  case "$command:$n" in
${bashCases(commands)}
  esac
  case "$kind" in
    words:*) COMPREPLY=($(compgen -W "\${kind#words:}" -- "$cur")) ;;
    file) COMPREPLY=($(compgen -f -- "$cur")) ;;
    source) COMPREPLY=($(compgen -f -W "$(_ofctl_targets)" -- "$cur")) ;;
    target)
      case "$cur" in
        unix:*) COMPREPLY=($(compgen -f -- "\${cur#unix:}")) ;;
        *) COMPREPLY=($(compgen -W "$(_ofctl_targets) unix: tcp: ssl: memif:" -- "$cur"))
           case "\${COMPREPLY[*]}" in *:) compopt -o nospace 2>/dev/null ;; esac ;;
      esac ;;
    flow)
      case "$cur" in
        *actions=*) head="\${cur%"\${cur##*[,=(]}"}"; values='${quote(actionWords())}' ;;
        *) head="\${cur%"\${cur##*,}"}"; values='${quote(flowWords())}' ;;
      esac
      # what stands before the last = or : is no part of the word for bash
      case "$head" in *[=:]*) COMPREPLY=($(compgen -P "\${head##*[=:]}" -W "$values" -- "\${cur#"$head"}")) ;;
        *) COMPREPLY=($(compgen -P "$head" -W "$values" -- "\${cur#"$head"}")) ;;
      esac
      compopt -o nospace 2>/dev/null ;;
  esac
}
complete -F _ofctl ofctl
`;

const zsh = (commands: Commands, rows: Rows): string => `#compdef ofctl
# Completion of ofctl for zsh: eval "$(ofctl completion zsh)"
autoload -U +X bashcompinit && bashcompinit
${bash(commands, rows)}`;

const fishLine = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

function fish(commands: Commands, rows: Rows): string {
  const lines = [`# Completion of ofctl for fish: ofctl completion fish | source`];
  lines.push(
    "function __ofctl_targets",
    `    set -l dir $OVS_RUNDIR; test -n "$dir"; or set dir ${fishLine(runDirectory())}`,
    "    for file in $dir/*.mgmt",
    "        string replace -r '\\.mgmt$' '' (basename $file)",
    "    end",
    "end",
    "function __ofctl_flow_words",
    "    set -l cur (commandline -ct)",
    "    if string match -q '*actions=*' -- $cur",
    "        set -l head (string replace -r '[^,=(]*$' '' -- $cur)",
    `        for word in ${quote(actionWords())}; echo $head$word; end`,
    "    else",
    "        set -l head (string replace -r '[^,]*$' '' -- $cur)",
    `        for word in ${quote(flowWords())}; echo $head$word; end`,
    "    end",
    "end",
    "complete -c ofctl -f",
  );
  for (const [name, { summary }] of Object.entries(commands))
    lines.push(`complete -c ofctl -n __fish_use_subcommand -a ${name} -d ${fishLine(summary)}`);
  for (const { name, letter, value } of rows) {
    const values = VALUES[name];
    const takes = value === "required" ? ` -r${values === undefined ? "F" : ` -f -a ${fishLine(values)}`}` : "";
    lines.push(`complete -c ofctl -l ${name}${letter === undefined ? "" : ` -s ${letter}`}${takes}`);
  }
  const what: Readonly<Record<string, string>> = {
    target: "-a '(__ofctl_targets)'",
    source: "-F -a '(__ofctl_targets)'",
    file: "-F",
    flow: "-a '(__ofctl_flow_words)'",
  };
  for (const [name, , kind] of argumentKinds(commands)) {
    const completes = kind.startsWith("words:") ? `-a ${fishLine(kind.slice(6))}` : what[kind]!;
    lines.push(`complete -c ofctl -n '__fish_seen_subcommand_from ${name}' ${completes}`);
  }
  return `${lines.join("\n")}\n`;
}

const SHELLS: Readonly<Record<string, (commands: Commands, rows: Rows) => string>> = { bash, zsh, fish };

/** Prints what completes command lines in a shell. */
export const completionOf =
  (commands: Commands, rows: Rows): Run =>
  ([shell = ""]) => {
    const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
    if (script === undefined) throw new Fatal(`there is no completion for '${shell}'${suggestion(shell, Object.keys(SHELLS))}`);
    out(script(commands, rows));
  };
