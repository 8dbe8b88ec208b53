/*
 * What the files of the addon share. Each file offers a table of functions; `addon.c` hangs all tables on `exports`. Functions answer a negative errno
 * instead of throwing; only a wrong type of argument throws.
 */
#ifndef SOUTHBOUND_ADDON_H
#define SOUTHBOUND_ADDON_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#define NAPI_VERSION 8
#include <errno.h>
#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

typedef struct {
  const char *name;
  napi_callback call;
} Function;

/* Tables of functions; the last entry has no name. */
extern const Function descriptor_functions[];
extern const Function eventfd_functions[];
extern const Function library_functions[];
extern const Function lock_functions[];
extern const Function memory_functions[];
extern const Function poll_functions[];
extern const Function seqpacket_functions[];
extern const Function socket_functions[];

/* Makes a descriptor one of the calling thread's, and answers it; -1 and errno, with the descriptor closed, when memory is short. What is negative is answered as it is. */
int keep_descriptor(napi_env env, int fd);

/* Takes a descriptor away from the calling thread, which closes it no more; whether it was its. */
bool give_up_descriptor(napi_env env, int fd);

/* Closes a descriptor that a peer sent, without waiting for what that may be. */
void discard_descriptor(int fd);

/* Closes a descriptor in another thread, since that may wait. */
void close_elsewhere(int fd);

/* Whether a descriptor is being closed elsewhere, or waits for that. */
bool any_closing(void);

/* Gives that a few milliseconds, which nearly all descriptors need less than. For callers that found nothing closing before: one that takes longer holds its thread up once. */
void settle_closing(void);

/* Whether so many descriptors wait to be closed that no connection is to be taken. */
bool too_many_closing(void);

/* Whether it is an eventfd; nothing is counted on it. */
bool eventfd_is(int fd);

/* Reads an eventfd empty without waiting: what was counted, 0 where nothing was, or a negative errno. */
int64_t eventfd_drain(int fd);

/* Makes ready what signalling takes, once in a process. */
void eventfd_prepare(void);

/* Reads up to `count` arguments; those not given are undefined. */
#define ARGUMENTS(count)                                        \
  size_t argc = (count);                                        \
  napi_value argv[(count)];                                     \
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL)

static inline napi_value from_int(napi_env env, int64_t value) {
  napi_value result = NULL;
  napi_create_int64(env, value, &result);
  return result;
}

/* The argument as an integer; throws a TypeError and answers -1 when it is none. */
static inline int64_t to_int(napi_env env, napi_value value) {
  int64_t result = -1;
  if (napi_get_value_int64(env, value, &result) != napi_ok) napi_throw_type_error(env, NULL, "a number is expected");
  return result;
}

/* What a system call said: its result, or the negative errno. */
static inline napi_value answer(napi_env env, int64_t result) {
  return from_int(env, result < 0 ? -errno : result);
}

#endif
