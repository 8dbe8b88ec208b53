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

const why = (e: unknown): string => (e instanceof Error ? e.message : String(e));

/** The private key of a PEM text. Throws Error where there is none. */
function privateKey(pem: string): { readonly pem: string; readonly key: KeyObject } {
  try {
    return { pem, key: createPrivateKey(pem) };
  } catch (e) {
    if (!/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem)) throw e;
    throw new Error("the key is encrypted with a passphrase; take it off with: openssl pkey -in FILE -out NEW-FILE");
  }
}

/** The certificates of a PEM text, each checked to be one. Throws Error where there is none or a broken one. */
function certificates(pem: string): string[] {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) throw new Error("there is no PEM certificate in it");
  for (const one of found) new X509Certificate(one);
  return found;
}

/**
 * Reads all of it.
 * @throws SouthboundError `ENOPROTOOPT` with Open vSwitch's words for everything that is missing, one line each in `lines`
 */
export function readPki(files: PkiFiles, context: string): PkiContent {
  const lines: string[] = [];
  const take = <T>(file: string, missing: string, read: (text: string) => T): T | undefined => {
    if (file === "") {
      if (missing !== "") lines.push(missing);
      return undefined;
    }
    try {
      return read(readFileSync(file, "utf8"));
    } catch (e) {
      lines.push(missing === "" ? `${file}: ${why(e)}` : `${missing}: ${file}: ${why(e)}`);
      return undefined;
    }
  };
  const key = take(files.privateKey, "Private key must be configured to use SSL", privateKey);
  const own = take(files.certificate, "Certificate must be configured to use SSL", (pem) => certificates(pem)[0]!);
  const verify = files.caCert !== "none";
  const bootstrap = verify && files.bootstrap && files.caCert !== "" && stamp(files.caCert) === "?";
  const ca = verify && !bootstrap ? take(files.caCert, "CA certificate must be configured to use SSL", certificates) : undefined;
  const sent = take(files.peerCaCert, "", certificates) ?? [];
  if (key !== undefined && own !== undefined && !new X509Certificate(own).checkPrivateKey(key.key))
    lines.push(`Private key does not match certificate public key: ${files.privateKey} is not the key of ${files.certificate}`);
  if (lines.length > 0) throw new PkiError(context, lines);
  return {
    // An empty list of CAs, and not none: Node would take the public ones of the web.
    options: { key: key!.pem, cert: [own!, ...sent].join("\n"), ca: ca ?? [] },
    verify,
    bootstrap: bootstrap ? files.caCert : null,
  };
}

/** Something about the files is missing or wrong. Code: `ENOPROTOOPT`, as Open vSwitch has it. */
export class PkiError extends SouthboundError {
  /** What is wrong, a line each. */
  readonly lines: readonly string[];

  /** @param context - what was being done */
  constructor(context: string, lines: readonly string[]) {
    super("ENOPROTOOPT", errnoError("ENOPROTOOPT", `${context}: ${lines.join("; ")}`).message);
    this.lines = lines;
  }
}
