import type { Command } from "commander";
import { defaultTls, PkiError, type Target, type TlsOptions } from "../../stream/mod.js";
import type { Log } from "../../vconn/mod.js";
import { failure, lineOf, usage } from "./exit.js";

/** The options of TLS as commander reads them. */
export interface ProcessTlsWords {
  readonly privateKey?: string;
  readonly certificate?: string;
  readonly caCert?: string;
  readonly bootstrapCaCert?: string;
  readonly peerCaCert?: string;
  readonly sslProtocols?: string;
  readonly sslCiphers?: string;
}

/** Adds the options of TLS to a command, by Open vSwitch's names and letters. */
export function addTlsOptions(command: Command): Command {
  return command
    .option("-p, --private-key <file>", "TLS: the file of the private key (PEM)")
    .option("-c, --certificate <file>", "TLS: the file of the certificate for it")
    .option("-C, --ca-cert <file>", 'TLS: the file of the CA certificate that peers are verified with, or "none"')
    .option("--bootstrap-ca-cert <file>", "TLS: the same; if the file is missing, it is made from what the first peer presents")
    .option("--peer-ca-cert <file>", "TLS: the file of CA certificates that are sent to peers")
    .option("--ssl-protocols <list>", "TLS: the versions to allow (default: TLSv1.2+)")
    .option("--ssl-ciphers <list>", "TLS: the ciphers of TLS 1.2 to allow");
}

/** `a, b and c`. */
const listed = (words: readonly string[]): string => words.join(", ").replace(/, ([^,]*)$/, " and $1");

/** The option of the command line for a setting of TlsOptions. */
const option = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/**
 * Makes the process's TLS identity of the options and reads its files, before anything is started: without them every peer would be turned away.
 * @param targets - where the command listens and connects: those over TLS require key and certificates; files that are named are read in any case
 * @throws CommandError of status 2 for wrong words, of status 1 with what is missing or which file is wrong
 */
export function useTlsOptions(words: ProcessTlsWords, log: Log, targets: readonly Target[]): void {
  const { privateKey, certificate, caCert, bootstrapCaCert, peerCaCert, sslProtocols, sslCiphers } = words;
  const options: TlsOptions = {
    privateKey,
    certificate,
    caCert,
    bootstrapCaCert,
    peerCaCert,
    protocols: sslProtocols,
    ciphers: sslCiphers,
  };
  if (caCert !== undefined && bootstrapCaCert !== undefined) throw usage("give --ca-cert or --bootstrap-ca-cert, and not both");
  try {
    defaultTls.set({ ...options, log });
  } catch (e) {
    throw usage(`--ssl-protocols: ${lineOf(e)}`);
  }
  const secure = targets.find(({ transport }) => transport === "ssl");
  if (secure === undefined && Object.values(options).every((value) => value === undefined)) return;
  // What is wrong is the line that the command ends with, and is not logged besides.
  defaultTls.set({ log: () => {} });
  try {
    defaultTls.material(secure?.name ?? "TLS");
  } catch (e) {
    if (!(e instanceof PkiError)) throw e;
    if (secure === undefined && e.faults.length === 0) return;
    const text = secure === undefined ? e.faults.join("; ") : `${secure.name}: ${e.lines.join("; ")}`;
    const missing = secure === undefined ? [] : e.absent.map(option);
    const give = missing.length === 0 ? "" : ` give ${listed(missing)},`;
    throw failure(`${text};${give} see "southbound pki --help"`, e);
  } finally {
    defaultTls.set({ log });
  }
}
