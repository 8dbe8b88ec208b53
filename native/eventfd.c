/*
 * eventfds, by which processes that share memory wake each other. A peer that holds the same eventfd can change its flags and its count at any time; no call here may wait for it.
 */
#include "addon.h"

#ifdef __linux__
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

int64_t eventfd_drain(int fd) {
  uint64_t count = 0;
  struct iovec piece = {&count, sizeof count};
  ssize_t done = preadv2(fd, &piece, 1, -1, RWF_NOWAIT);
  if (done < 0 && (errno == EOPNOTSUPP || errno == ENOSYS)) done = read(fd, &count, sizeof count);
  if (done < 0) return errno == EAGAIN ? 0 : -errno;
  return (int64_t)(count & INT64_MAX);
}

/* eventfdCreate(): a new one, with nothing counted. */
static napi_value eventfd_create(napi_env env, napi_callback_info info) {
  (void)info;
  return answer(env, keep_descriptor(env, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)));
}

/* eventfdWrite(fd): counts one. Where the count is full already, its reader is awake anyway, and nothing is done. */
static napi_value eventfd_write_one(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  uint64_t one = 1;
  struct pollfd room = {.fd = (int)to_int(env, argv[0]), .events = POLLOUT};
  if (poll(&room, 1, 0) <= 0) return from_int(env, 0);
  ssize_t done = write(room.fd, &one, sizeof one);
  return from_int(env, done < 0 && errno != EAGAIN ? -errno : 0);
}

/* eventfdRead(fd): what was counted since the last time. */
static napi_value eventfd_take(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  return from_int(env, eventfd_drain((int)to_int(env, argv[0])));
}

/* eventfdAdopt(fd): makes a foreign one non-blocking, or -EINVAL where it is none. */
static napi_value eventfd_adopt(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  int fd = (int)to_int(env, argv[0]);
  char path[32], kind[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(path, kind, sizeof kind);
  const char expected[] = "anon_inode:[eventfd]";
  if (length >= 0 && (length != sizeof expected - 1 || memcmp(kind, expected, (size_t)length) != 0)) return from_int(env, -EINVAL);
  int flags = fcntl(fd, F_GETFL);
  return answer(env, flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK));
}

const Function eventfd_functions[] = {{"eventfdCreate", eventfd_create}, {"eventfdWrite", eventfd_write_one}, {"eventfdRead", eventfd_take},
                                      {"eventfdAdopt", eventfd_adopt},   {NULL, NULL}};
#else
int64_t eventfd_drain(int fd) {
  (void)fd;
  return -ENOSYS;
}

const Function eventfd_functions[] = {{NULL, NULL}};
#endif
