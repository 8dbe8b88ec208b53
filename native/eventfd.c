/*
 * eventfds, by which processes that share memory wake each other. Both ends hold the same open file description, so that the peer can clear O_NONBLOCK, fill the count and read it empty at any moment, also
 * between a look at it and the call that follows. No call here waits, whatever the peer does in between:
 *
 * - Reading asks for RWF_NOWAIT, which belongs to the call and not to the description (Linux 5.8).
 * - Writing has no such flag: write() knows O_NONBLOCK alone, pwritev2 and splice are refused, and /proc/self/fd/N cannot be opened anew (ENXIO). So nothing is written. The kernel counts one itself when it completes
 *   a request of asynchronous I/O that names the eventfd (IOCB_FLAG_RESFD): that never waits, and a full count stays full. The request reads nothing from an empty file of our own, and is complete when io_submit
 *   returns. Measured on Linux 6.18, one call: write 0.3 to 0.5 us; poll and write, which can be made to wait, 1.0 to 1.2; this 1.0 to 1.4; io_uring, where a worker has to write, 100; a timer that interrupts write 6.5.
 *   An io_uring with a registered eventfd takes 0.6, but container runtimes and fs.io_uring_disabled forbid io_uring, and it takes one ring for each eventfd.
 */
#include "addon.h"

#ifdef __linux__
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { REQUESTS = 128, ATTEMPTS = 16 };

/* What all threads signal with. */
static struct {
  aio_context_t context;
  int empty;   /* a file of no bytes */
  int problem; /* a negative errno where the kernel lacks something */
} signals = {.empty = -1};

int64_t eventfd_drain(int fd) {
  uint64_t count = 0;
  struct iovec piece = {&count, sizeof count};
  ssize_t done = preadv2(fd, &piece, 1, -1, RWF_NOWAIT);
  if (done < 0) return errno == EAGAIN ? 0 : -errno;
  return (int64_t)(count & INT64_MAX);
}

/* Submits a request that counts one on the eventfd, and makes room for it where completed ones fill the context. */
static int submit(int fd, void *buffer, size_t length) {
  struct iocb request = {
      .aio_lio_opcode = IOCB_CMD_PREAD,
      .aio_fildes = (uint32_t)signals.empty,
      .aio_buf = (uint64_t)(uintptr_t)buffer,
      .aio_nbytes = length,
      .aio_flags = IOCB_FLAG_RESFD,
      .aio_resfd = (uint32_t)fd,
  };
  struct iocb *list[] = {&request};
  for (int i = 0; i < ATTEMPTS; i++) {
    if (syscall(SYS_io_submit, signals.context, 1, list) == 1) return 0;
    if (errno != EAGAIN) return -errno;
    struct io_event done[REQUESTS * 2];
    syscall(SYS_io_getevents, signals.context, 0, sizeof done / sizeof *done, done, NULL);
  }
  return -EAGAIN;
}

static int eventfd_signal(int fd) {
  return signals.problem < 0 ? signals.problem : submit(fd, NULL, 0);
}

/* Whether it is an eventfd. The kernel looks at that before it looks at the buffer, and counts nothing for a request that it refuses. */
bool eventfd_is(int fd) {
  return submit(fd, (void *)UINTPTR_MAX, 1) == -EFAULT;
}

static void prepare(void) {
  int probe = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  signals.empty = memfd_create("southbound signals", MFD_CLOEXEC);
  if (probe < 0 || signals.empty < 0 || syscall(SYS_io_setup, REQUESTS, &signals.context) < 0) signals.problem = -errno;
  else if (eventfd_signal(probe) < 0 || eventfd_drain(probe) != 1 || !eventfd_is(probe) || eventfd_drain(probe) != 0) signals.problem = -EOPNOTSUPP;
  if (probe >= 0) close(probe);
}

/* eventfdReady(): 0, or what the kernel refused. It is asked when the addon is loaded, so that the descriptor that this takes does not come later. */
static napi_value eventfd_ready(napi_env env, napi_callback_info info) {
  (void)info;
  return from_int(env, signals.problem);
}

/* eventfdCreate(): a new one, with nothing counted. */
static napi_value eventfd_create(napi_env env, napi_callback_info info) {
  (void)info;
  return answer(env, keep_descriptor(env, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)));
}

/* eventfdWrite(fd): counts one. Where the count is full already, its reader is awake anyway, and it stays full. */
static napi_value eventfd_write_one(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  return from_int(env, eventfd_signal((int)to_int(env, argv[0])));
}

/* eventfdRead(fd): what was counted since the last time. */
static napi_value eventfd_take(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  return from_int(env, eventfd_drain((int)to_int(env, argv[0])));
}

/*
 * eventfdAdopt(fd, reads): takes one that a peer made; -EINVAL where it is none. With `reads`, also where reading does not empty it: a semaphore (EFD_SEMAPHORE) with a high count would wake its reader for ever.
 * O_NONBLOCK is set for the peer's sake; nothing here depends on it.
 */
static napi_value eventfd_adopt(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  int fd = (int)to_int(env, argv[0]);
  bool reads = false;
  napi_get_value_bool(env, argv[1], &reads);
  if (signals.problem < 0) return from_int(env, signals.problem);
  if (!eventfd_is(fd)) return from_int(env, -EINVAL);
  if (reads && (eventfd_signal(fd) < 0 || eventfd_signal(fd) < 0 || eventfd_drain(fd) < 2)) return from_int(env, -EINVAL);
  int flags = fcntl(fd, F_GETFL);
  return answer(env, flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK));
}

void eventfd_prepare(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, prepare);
}

const Function eventfd_functions[] = {{"eventfdReady", eventfd_ready}, {"eventfdCreate", eventfd_create}, {"eventfdWrite", eventfd_write_one},
                                      {"eventfdRead", eventfd_take},   {"eventfdAdopt", eventfd_adopt},   {NULL, NULL}};
#else
int64_t eventfd_drain(int fd) {
  (void)fd;
  return -ENOSYS;
}

void eventfd_prepare(void) {}

bool eventfd_is(int fd) {
  (void)fd;
  return false;
}

const Function eventfd_functions[] = {{NULL, NULL}};
#endif
