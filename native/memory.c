/*
 * Memory shared between processes: files in memory, and their mapping as ArrayBuffers.
 */
#include "addon.h"

#ifdef __linux__
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* One mapping. It is freed when V8 has let go of the bytes, which may be long after they were unmapped. */
typedef struct {
  void *address;
  size_t size;
} Mapping;

static void unmap(Mapping *mapping) {
  if (mapping->address != NULL) munmap(mapping->address, mapping->size);
  mapping->address = NULL;
}

static void finalize(napi_env env, void *data, void *hint) {
  (void)env;
  (void)data;
  unmap(hint);
  free(hint);
}

/* The argument as a number of bytes; throws a RangeError when it cannot be one. */
static bool to_size(napi_env env, napi_value value, size_t *size) {
  int64_t number = to_int(env, value);
  if (number > 0) {
    *size = (size_t)number;
    return true;
  }
  napi_throw_range_error(env, NULL, "a positive number of bytes is expected");
  return false;
}

/* memfdCreate(name, size): a file in memory of that size, which nobody can make smaller. */
static napi_value memfd_new(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  char name[64];
  size_t length, size;
  if (napi_get_value_string_utf8(env, argv[0], name, sizeof name, &length) != napi_ok) {
    napi_throw_type_error(env, NULL, "a name is expected");
    return NULL;
  }
  if (!to_size(env, argv[1], &size)) return NULL;
  int fd = memfd_create(name, MFD_ALLOW_SEALING | MFD_CLOEXEC);
  if (fd < 0) return from_int(env, -errno);
  if (ftruncate(fd, (off_t)size) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0) return answer(env, keep_descriptor(env, fd));
  int why = errno;
  close(fd);
  return from_int(env, -why);
}

/* The seals of a file in memory, or -1. A file of another kind has none; asking for them waits for no file system, as asking a FUSE file for its size does. */
static int seals_of(int fd) {
  return fcntl(fd, F_GET_SEALS);
}

/* memfdSize(fd): bytes of the file, or -EINVAL where it is no file in memory. */
static napi_value memfd_size(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  struct stat status;
  int fd = (int)to_int(env, argv[0]);
  if (seals_of(fd) < 0) return from_int(env, -errno);
  if (fstat(fd, &status) < 0) return from_int(env, -errno);
  return from_int(env, S_ISREG(status.st_mode) ? status.st_size : -EINVAL);
}

/*
 * memfdSealed(fd): whether nobody can take pages away from who has mapped the file: it cannot be made smaller from now on, whatever was done to it before, so that a size that is read later is one that lasts. Huge
 * pages are not accepted: a hole that is punched into them can be filled only while the pool has some left.
 */
static napi_value memfd_sealed(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  struct statfs system;
  int fd = (int)to_int(env, argv[0]);
  int seals = seals_of(fd);
  napi_value result = NULL;
  napi_get_boolean(env, seals >= 0 && (seals & F_SEAL_SHRINK) != 0 && fstatfs(fd, &system) == 0 && system.f_type == TMPFS_MAGIC, &result);
  return result;
}

/* memoryMap(fd, size): the first bytes of the file as an ArrayBuffer, shared with all who map it. */
static napi_value memory_map(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  size_t size;
  int fd = (int)to_int(env, argv[0]);
  if (!to_size(env, argv[1], &size)) return NULL;
  Mapping *mapping = calloc(1, sizeof *mapping);
  if (mapping == NULL) return from_int(env, -ENOMEM);
  void *address = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (address == MAP_FAILED) {
    int why = errno;
    free(mapping);
    return from_int(env, -why);
  }
  mapping->address = address;
  mapping->size = size;
  napi_value buffer;
  if (napi_create_external_arraybuffer(env, address, size, finalize, mapping, &buffer) != napi_ok) {
    unmap(mapping);
    free(mapping);
    return from_int(env, -ENOTSUP);
  }
  napi_wrap(env, buffer, mapping, NULL, NULL, NULL);
  return buffer;
}

/* memoryUnmap(buffer): unmaps it at once. All views of it have length 0 from then on. Doing it again does nothing. */
static napi_value memory_unmap(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  void *mapping = NULL;
  if (napi_remove_wrap(env, argv[0], &mapping) != napi_ok || mapping == NULL) return NULL;
  if (napi_detach_arraybuffer(env, argv[0]) == napi_ok) unmap(mapping);
  return NULL;
}

const Function memory_functions[] = {{"memfdCreate", memfd_new},   {"memfdSize", memfd_size},     {"memfdSealed", memfd_sealed},
                                     {"memoryMap", memory_map},    {"memoryUnmap", memory_unmap}, {NULL, NULL}};
#else
const Function memory_functions[] = {{NULL, NULL}};
#endif
