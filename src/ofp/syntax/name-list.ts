/** Names in few words, as Open vSwitch lists them: `eth_{src,dst}` for names that start alike up to a `_`, `reg0...reg3` for names that are numbered through. */
export function nameList(names: readonly string[], prefix = 0): string {
  let text = "";
  for (let i = 0; i < names.length; ) {
    if (i > 0) text += prefix > 0 ? "," : " ";
    const rest = names.slice(i);
    const [common, alike] = prefixRun(rest, prefix);
    const numbered = numberRun(rest);
    const run = Math.max(alike, numbered);
    const first = rest[0]!.slice(prefix);
    if (numbered >= alike) text += run > 1 ? `${first}...${rest[run - 1]!.slice(prefix)}` : first;
    else text += `${first.slice(0, common)}{${nameList(rest.slice(0, run), prefix + common)}}`;
    i += run;
  }
  return text;
}

/** How many of the first names have one more word in common with the first, and how long that is. */
function prefixRun(names: readonly string[], prefix: number): [common: number, run: number] {
  if (names.length < 2) return [0, names.length];
  const common = commonPrefix(names[0]!, names[1]!, prefix);
  if (common === 0) return [0, 1];
  let run = 2;
  while (run < names.length && commonPrefix(names[0]!, names[run]!, prefix) > 0) run++;
  return [common, run];
}

/** Characters up to the last `_` that two names have in common behind their first `from` characters. */
function commonPrefix(a: string, b: string, from: number): number {
  let found = 0;
  for (let i = from; i < a.length && a[i] === b[i]; i++) if (a[i] === "_") found = i + 1 - from;
  return found;
}

/** How many of the first names are numbered through; two in a row are not worth a range. */
function numberRun(names: readonly string[]): number {
  let run = 1;
  while (run < names.length && follows(names[run - 1]!, names[run]!)) run++;
  return run === 2 ? 1 : run;
}

function follows(a: string, b: string): boolean {
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  const digits = /^\d{1,9}$/;
  return digits.test(a.slice(i)) && digits.test(b.slice(i)) && Number(a.slice(i)) + 1 === Number(b.slice(i));
}
