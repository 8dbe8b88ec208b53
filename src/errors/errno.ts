/**
 * The errno names that the connection layer reports, each with the text that C's strerror() gives for it: Open
 * vSwitch prints these texts, so users search for them.
 */
export const ERRNO_TEXT = {
  EACCES: "Permission denied",
  EADDRINUSE: "Address already in use",
  EADDRNOTAVAIL: "Cannot assign requested address",
  EAFNOSUPPORT: "Address family not supported by protocol",
  EAGAIN: "Resource temporarily unavailable",
  EBUSY: "Device or resource busy",
  ECONNABORTED: "Software caused connection abort",
  ECONNREFUSED: "Connection refused",
  ECONNRESET: "Connection reset by peer",
  EEXIST: "File exists",
  EHOSTUNREACH: "No route to host",
  EINVAL: "Invalid argument",
  EIO: "Input/output error",
  EISDIR: "Is a directory",
  EMFILE: "Too many open files",
  ENAMETOOLONG: "File name too long",
  ENETUNREACH: "Network is unreachable",
  ENOBUFS: "No buffer space available",
  ENOENT: "No such file or directory",
  ENOEXEC: "Exec format error",
  ENOMEM: "Cannot allocate memory",
  ENOPROTOOPT: "Protocol not available",
  ENOTCONN: "Transport endpoint is not connected",
  ENOTSUP: "Operation not supported",
  EPERM: "Operation not permitted",
  EPIPE: "Broken pipe",
  EPROTO: "Protocol error",
  ETIMEDOUT: "Connection timed out",
} as const;

/** An errno name that this library reports. */
export type Errno = keyof typeof ERRNO_TEXT;

/** Whether `code` is an errno name of {@link ERRNO_TEXT}. */
export function isErrno(code: unknown): code is Errno {
  return typeof code === "string" && Object.hasOwn(ERRNO_TEXT, code);
}
