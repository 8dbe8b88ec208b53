import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import type { SecureContextOptions } from "node:tls";
import { errnoError, SouthboundError } from "../errors/mod.js";

/** The files that a TLS identity is made of, all PEM; empty where there is none. */
export interface PkiFiles {
  readonly privateKey: string;
  /** Only the first certificate in it is used. */
  readonly certificate: string;
  /** What peers are verified with; `none` for nothing at all. */
  readonly caCert: string;
  /** Whether the file of `caCert` may be missing, and is then made from what the first peer presents. */
  readonly bootstrap: boolean;
  /** What is sent behind our certificate. */
  readonly peerCaCert: string;
}

/** The settings without which nothing can be said over TLS. */
export type RequiredFile = "privateKey" | "certificate" | "caCert";

/** What Open vSwitch's messages call them. */
const NEEDED: Readonly<Record<RequiredFile, string>> = { privateKey: "Private key", certificate: "Certificate", caCert: "CA certificate" };

const UNSET = " must be configured to use SSL";

/** What the files say. */
export interface PkiContent {
  readonly options: Pick<SecureContextOptions, "key" | "cert" | "ca">;
  /** Whether peers are verified. */
  readonly verify: boolean;
  /** The CA certificate's file where it is still to be made, else null. */
  readonly bootstrap: string | null;
}

/** A text that changes when one of the files does: when it is written, replaced, made or removed. */
export function stampOf(files: PkiFiles): string {
  return [files.privateKey, files.certificate, files.caCert === "none" ? "" : files.caCert, files.peerCaCert].map(stamp).join(" ");
}

function stamp(file: string): string {
  if (file === "") return "-";
  try {
    const s = statSync(file, { bigint: true });
    return `${s.dev}:${s.ino}:${s.size}:${s.mtimeNs}`;
  } catch {
    return "?";
  }
}

/** Why a file could not be read, without its name, which stands before it. */
const why = (e: unknown): string => (e instanceof Error ? e.message.replace(/, (open|read)( '.*')?$/s, "") : String(e));

/** A file's name as a word for a shell. */
const shellWord = (file: string): string => (/^[\w./:@+-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`);

/** What a PEM text has in place of `wanted`, in words. OpenSSL's own errors are numbers and names of its decoders. */
function inPlaceOf(wanted: "private key" | "certificate", pem: string): string {
  const labels = [...new Set([...pem.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----/g)].map(([, label]) => label!.toLowerCase()))];
  if (labels.some((label) => label.endsWith(wanted))) return `the ${wanted} in it is damaged`;
  return labels.length === 0 ? `there is no PEM ${wanted} in it` : `there is no ${wanted} in it, but: ${labels.join(", ")}`;
}

/** The private key of a PEM text. Throws Error where there is none. */
function privateKey(pem: string, file: string): { readonly pem: string; readonly key: KeyObject } {
  try {
    return { pem, key: createPrivateKey(pem) };
  } catch {
    if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem))
      throw new Error(`the key is encrypted: decrypt it with \`openssl pkey -in ${shellWord(file)} -out NEW-FILE\``);
    throw new Error(inPlaceOf("private key", pem));
  }
}

/** The certificates of a PEM text, each checked to be one. Throws Error where there is none or a damaged one. */
function certificates(pem: string): string[] {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (found.length < (pem.match(/-----BEGIN CERTIFICATE-----/g)?.length ?? 1)) throw new Error(inPlaceOf("certificate", pem));
  for (const [i, one] of found.entries()) {
    try {
      new X509Certificate(one);
    } catch {
      throw new Error(found.length === 1 ? "the certificate in it is damaged" : `certificate ${i + 1} of ${found.length} in it is damaged`);
    }
  }
  return found;
}

/**
 * Reads all of it.
 * @throws SouthboundError `ENOPROTOOPT` with Open vSwitch's words for everything that is missing, one line each in `lines`
 */
export function readPki(files: PkiFiles, context: string): PkiContent {
  const lines: string[] = [];
  const absent: RequiredFile[] = [];
  const take = <T>(name: keyof typeof NEEDED | "peerCaCert", read: (text: string, file: string) => T): T | undefined => {
    const file = files[name];
    const need = name === "peerCaCert" ? undefined : `${NEEDED[name]}${UNSET}`;
    if (file === "") {
      if (need === undefined || name === "peerCaCert") return undefined;
      lines.push(need);
      absent.push(name);
      return undefined;
    }
    try {
      return read(readFileSync(file, "utf8"), file);
    } catch (e) {
      lines.push(`${need === undefined ? "" : `${need}: `}${file}: ${why(e)}`);
      return undefined;
    }
  };
  const key = take("privateKey", privateKey);
  const own = take("certificate", (pem) => certificates(pem)[0]!);
  const verify = files.caCert !== "none";
  const bootstrap = verify && files.bootstrap && files.caCert !== "" && stamp(files.caCert) === "?";
  const ca = verify && !bootstrap ? take("caCert", certificates) : undefined;
  const sent = take("peerCaCert", certificates) ?? [];
  if (key !== undefined && own !== undefined && !new X509Certificate(own).checkPrivateKey(key.key))
    lines.push(`Private key does not match certificate public key: ${files.privateKey} is not the key of ${files.certificate}`);
  if (lines.length > 0) throw new PkiError(context, lines, absent);
  return {
    // An empty list of CAs, and not none: Node would take the public ones of the web.
    options: { key: key!.pem, cert: [own!, ...sent].join("\n"), ca: ca ?? [] },
    verify,
    bootstrap: bootstrap ? files.caCert : null,
  };
}

/** Something about the files of an identity is missing or wrong. Code: `ENOPROTOOPT`, as Open vSwitch has it. */
export class PkiError extends SouthboundError {
  /** What is wrong, a line each. */
  readonly lines: readonly string[];
  /** The settings of `TlsOptions` that are required and not given; there is a line for each. */
  readonly absent: readonly RequiredFile[];
  /** The lines about files that are named. */
  readonly faults: readonly string[];

  /** @param context - what was being done */
  constructor(context: string, lines: readonly string[], absent: readonly RequiredFile[] = []) {
    const give = absent.length === 0 ? "" : `; give ${listed(absent)} to a TlsIdentity, in the option tls, or to defaultTls.set()`;
    super("ENOPROTOOPT", errnoError("ENOPROTOOPT", `${context}: ${lines.join("; ")}${give}`).message);
    this.lines = lines;
    this.absent = absent;
    this.faults = lines.filter((line) => !line.endsWith(UNSET));
  }
}

/** `a, b and c`. */
const listed = (names: readonly string[]): string => names.join(", ").replace(/, ([^,]*)$/, " and $1");
