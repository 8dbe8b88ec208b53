/* Locks of a process on whole files, by which Open vSwitch's daemons and ovs-appctl tell a process id that is alive from one that was left behind. */
#include "addon.h"
#include <fcntl.h>
#include <unistd.h>

static struct flock whole_file(void) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  return lock;
}

/* fileLock(fd): takes the lock without waiting for it. -EAGAIN or -EACCES when another process has it. */
static napi_value file_lock(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  struct flock lock = whole_file();
  return answer(env, fcntl((int)to_int(env, argv[0]), F_SETLK, &lock));
}

/* fileLocker(fd): the process that has the lock, 0 when nobody but this one has it. */
static napi_value file_locker(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  struct flock lock = whole_file();
  if (fcntl((int)to_int(env, argv[0]), F_GETLK, &lock) < 0) return from_int(env, -errno);
  return from_int(env, lock.l_type == F_UNLCK ? 0 : lock.l_pid);
}

const Function lock_functions[] = {{"fileLock", file_lock}, {"fileLocker", file_locker}, {NULL, NULL}};
