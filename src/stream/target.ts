interface TargetBase {
  /** The transport's active class, such as `tcp`, for passive targets too. */
  readonly transport: string;
  /** Whether it names a place to listen at. */
  readonly passive: boolean;
  /** The name, complete: with its port, and with an absolute file. */
  readonly name: string;
}

/** `CLASS:HOST[:PORT]`, or passive `CLASS:[PORT][:HOST]`. */
export interface InetTarget extends TargetBase {
  readonly syntax: "inet";
  /** An IPv4 or IPv6 address, without brackets, or a DNS name. */
  readonly host: string;
  /** 0 to 65535. */
  readonly port: number;
}

/** `CLASS:FILE`. */
export interface FileTarget extends TargetBase {
  readonly syntax: "file";
  /** Absolute. */
  readonly file: string;
}

/** `CLASS:` and anything, which the transport reads itself. */
export interface OtherTarget extends TargetBase {
  readonly syntax: "other";
  /** What stands behind the colon. */
  readonly argument: string;
}

/** A place to connect to or to listen at. */
export type Target = InetTarget | FileTarget | OtherTarget;
