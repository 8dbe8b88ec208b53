import type { Command } from "commander";
import { defaultTls, type Target, type TlsOptions } from "../../stream/mod.js";
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

/** Adds the options of TLS to a command, by Open vSwitch's names. @param letters - whether its short ones `-p`, `-c`, `-C` are free for them */
export function addTlsOptions(command: Command, letters: boolean): Command {
  const flag = (letter: string, long: string): string => (letters ? `-${letter}, ${long}` : long);
  return command
    .option(flag("p", "--private-key <file>"), "TLS: the file of the private key (PEM)")
    .option(flag("c", "--certificate <file>"), "TLS: the file of the certificate for it")
    .option(flag("C", "--ca-cert <file>"), 'TLS: the file of the CA certificate that peers are verified with, or "none"')
    .option("--bootstrap-ca-cert <file>", "TLS: the same; if the file is missing, it is made from what the first peer presents")
    .option("--peer-ca-cert <file>", "TLS: the file of CA certificates that are sent to peers")
    .option("--ssl-protocols <list>", "TLS: the versions to allow (default: TLSv1.2+)")
    .option("--ssl-ciphers <list>", "TLS: the ciphers of TLS 1.2 to allow");
}

/** Makes the process's TLS identity of the options. Throws CommandError of status 2 for wrong ones. */
export function useTlsOptions(words: ProcessTlsWords, log: Log): void {
  const { privateKey, certificate, caCert, bootstrapCaCert, peerCaCert, sslProtocols, sslCiphers } = words;
  const options: TlsOptions = {
    privateKey,
    certificate,
    caCert,
    bootstrapCaCert,
    peerCaCert,
    protocols: sslProtocols,
    ciphers: sslCiphers,
    log,
  };
  if (caCert !== undefined && bootstrapCaCert !== undefined) throw usage("give --ca-cert or --bootstrap-ca-cert, and not both");
  try {
    defaultTls.set(options);
  } catch (e) {
    throw usage(`--ssl-protocols: ${lineOf(e)}`);
  }
}

/**
 * Refuses to listen or to connect over TLS without key and certificates, before anything is started: every peer would be turned away.
 * @throws CommandError of status 1 that says what is missing
 */
export function requireKeys(targets: readonly Target[]): void {
  for (const { transport, name } of targets) {
    if (transport !== "ssl") continue;
    try {
      defaultTls.material(name);
    } catch (e) {
      throw failure(
        `${lineOf(e).replace(/ \([^()]*\)$/, "")}; give --private-key, --certificate and --ca-cert, see "southbound pki --help"`,
        e,
      );
    }
  }
}
