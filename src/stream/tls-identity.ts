import { constants } from "node:crypto";
import { createSecureContext, type SecureContext, type SecureContextOptions } from "node:tls";
import { checkOptions, type OptionTable, SouthboundError } from "../errors/mod.js";
import { type PkiContent, PkiError, type PkiFiles, readPki, stampOf } from "./pki-files.js";
import { parseTlsVersions } from "./tls-protocols.js";

/** Where lines about TLS go: a warning for what is risky, an error for what is missing. */
export type TlsLog = (level: "info" | "warn" | "error", text: string) => void;

/** The settings of a {@link TlsIdentity}, by the names of Open vSwitch's options. Files are PEM. */
export interface TlsOptions {
  /** `--private-key`: the file of the private key, without a passphrase. */
  readonly privateKey?: string | undefined;
  /** `--certificate`: the file of the certificate for it. Only the first certificate in the file is used. */
  readonly certificate?: string | undefined;
  /** `--ca-cert`: the file of the certificates that peers are verified with, or `none`: then anybody is believed to be anybody. */
  readonly caCert?: string | undefined;
  /**
   * `--bootstrap-ca-cert`: as `caCert`; but where the file is missing, the first outgoing connection trusts its peer, writes the CA certificate that it presents into the
   * file, and fails with `EPROTO`. Everything after it is verified. Whoever sits in between at that moment is trusted for good.
   */
  readonly bootstrapCaCert?: string | undefined;
  /** `--peer-ca-cert`: the file of certificates that are sent behind our own, so that a peer that bootstraps sees its CA. */
  readonly peerCaCert?: string | undefined;
  /** `--ssl-protocols`: `TLSv1.2+` (the default), `TLSv1.2-TLSv1.3`, or a list such as `TLSv1.2,TLSv1.3`. */
  readonly protocols?: string | undefined;
  /** `--ssl-ciphers`: OpenSSL's cipher list for TLS 1.2 and older; default `DEFAULT:@SECLEVEL=2`. */
  readonly ciphers?: string | undefined;
  /** `--ssl-ciphersuites`: the suites of TLS 1.3, with colons between; default OpenSSL's. */
  readonly ciphersuites?: string | undefined;
  /** `--ssl-server-name`: the name that outgoing connections ask for (SNI); default HOST where it is a name and no address. */
  readonly serverName?: string | undefined;
  /** Where lines go; nowhere unless given. */
  readonly log?: TlsLog | undefined;
}

const TLS_OPTIONS: OptionTable<TlsOptions> = {
  privateKey: "string",
  certificate: "string",
  caCert: "string",
  bootstrapCaCert: "string",
  peerCaCert: "string",
  protocols: "string",
  ciphers: "string",
  ciphersuites: "string",
  serverName: "string",
  log: "function",
};

/** What a connection is made with. It does not change: files and settings that change make another one. */
export interface TlsMaterial extends PkiContent {
  /** Key, certificates, versions and ciphers in Node's words. */
  readonly settings: SecureContextOptions;
  /** The same for outgoing connections, made at first use. */
  readonly context: SecureContext;
  readonly serverName: string;
}

type Settings = { -readonly [K in keyof TlsOptions]?: TlsOptions[K] };

/** Sessions are never resumed: every connection shows its certificate. */
const SECURE_OPTIONS = constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_SSLv2 | constants.SSL_OP_NO_SSLv3;

/**
 * The identity of this end over TLS, and the certificates that it trusts: settings that name files. The files are looked at whenever a connection begins, and read again when one of them has changed;
 * connections that stand are not affected. When they have become unreadable, or key and certificate do not match, the ones read before stay in use, and the log says so.
 *
 * Peers are verified both ways: a server asks for the client's certificate too. What is verified is the chain up to one of the CA certificates, and not the host name.
 */
export class TlsIdentity {
  readonly #settings: Settings = {};
  #log: TlsLog = () => {};
  #material: TlsMaterial | null = null;
  #stamp = "";
  #complaint = "";

  /** @throws SouthboundError as {@link set} */
  constructor(options: TlsOptions = {}) {
    checkOptions("TlsIdentity", options, TLS_OPTIONS);
    this.set(options);
  }

  /**
   * Changes settings, in any order and at any time; those that are not named stay. Empty text takes one back. `caCert` and `bootstrapCaCert` replace each other.
   * @throws SouthboundError `ERR_USAGE` for a wrong `protocols`, and for `caCert` together with `bootstrapCaCert`
   */
  set(options: TlsOptions): void {
    checkOptions("TlsIdentity.set", options, TLS_OPTIONS);
    const { log, ...rest } = options;
    if (rest.caCert !== undefined && rest.bootstrapCaCert !== undefined)
      throw new SouthboundError("ERR_USAGE", "give caCert or bootstrapCaCert, and not both");
    const versions = parseTlsVersions(rest.protocols ?? "");
    if (log !== undefined) this.#log = log;
    if (rest.caCert !== undefined) delete this.#settings.bootstrapCaCert;
    if (rest.bootstrapCaCert !== undefined) delete this.#settings.caCert;
    for (const [name, value] of Object.entries(rest)) if (value !== undefined) Object.assign(this.#settings, { [name]: value });
    this.#material = null;
    this.#complaint = "";
    if (versions.filled.length > 0)
      this.#log(
        "warn",
        `TLS versions without holes only: ${versions.filled.join(", ")} ${versions.filled.length > 1 ? "are" : "is"} allowed too`,
      );
    if (rest.caCert === "none") this.#log("warn", "Peer certificate validation disabled (this is a security risk)");
  }

  /** Whether key and certificate are named. Whether they can be read shows when they are first used. */
  get configured(): boolean {
    return Boolean(this.#settings.privateKey) && Boolean(this.#settings.certificate);
  }

  /**
   * What a connection that begins now is made with.
   * @param context - what is being done, for the message
   * @throws PkiError (`ENOPROTOOPT`) when something is missing or wrong
   */
  material(context: string): TlsMaterial {
    const files = this.#files();
    const stamp = stampOf(files);
    if (this.#material !== null && stamp === this.#stamp) return this.#material;
    try {
      this.#material = this.#make(readPki(files, context), context);
      this.#complaint = "";
    } catch (e) {
      if (!(e instanceof PkiError)) throw e;
      const stays = this.#material === null ? "" : "; what was read before stays in use";
      const complaint = `${e.lines.join("; ")}${stays}`;
      if (complaint !== this.#complaint) for (const line of e.lines) this.#log("error", `${line}${stays}`);
      this.#complaint = complaint;
      if (this.#material === null) throw e;
    }
    this.#stamp = stamp;
    return this.#material;
  }

  /** Writes a line to the log of this identity. */
  say(level: "info" | "warn" | "error", text: string): void {
    this.#log(level, text);
  }

  #files(): PkiFiles {
    const { privateKey = "", certificate = "", caCert = "", bootstrapCaCert = "", peerCaCert = "" } = this.#settings;
    return { privateKey, certificate, caCert: caCert || bootstrapCaCert, bootstrap: bootstrapCaCert !== "", peerCaCert };
  }

  #make(content: PkiContent, context: string): TlsMaterial {
    const { ciphers, ciphersuites, protocols, serverName } = this.#settings;
    const { min, max } = parseTlsVersions(protocols ?? "");
    const list = [ciphersuites || "", ciphers || "DEFAULT:@SECLEVEL=2"].filter((c) => c !== "").join(":");
    const settings: SecureContextOptions = {
      ...content.options,
      minVersion: min,
      maxVersion: max,
      ciphers: list,
      secureOptions: SECURE_OPTIONS,
      honorCipherOrder: true,
    };
    try {
      return { ...content, settings, context: createSecureContext(settings), serverName: serverName ?? "" };
    } catch (e) {
      const what = e instanceof Error ? e.message : String(e);
      throw new PkiError(context, [`certificates, TLS versions (${min} to ${max}) or ciphers (${list}) are refused by OpenSSL: ${what}`]);
    }
  }
}

/** The identity of connections and listeners that are given none of their own. It begins empty. */
export const defaultTls: TlsIdentity = new TlsIdentity();
