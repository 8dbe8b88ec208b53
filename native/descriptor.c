/*
 * Descriptors that JavaScript owns. A worker may be ended at any point of its program; what it had open is closed then.
 */
#include "addon.h"
#include <unistd.h>

/* The descriptors of one thread. */
typedef struct {
  int *list;
  size_t count, room;
} Descriptors;

static void close_all(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  Descriptors *d = data;
  for (size_t i = 0; i < d->count; i++) close(d->list[i]);
  free(d->list);
  free(d);
}

static Descriptors *descriptors_of(napi_env env) {
  void *data = NULL;
  napi_get_instance_data(env, &data);
  if (data == NULL && (data = calloc(1, sizeof(Descriptors))) != NULL) napi_set_instance_data(env, data, close_all, NULL);
  return data;
}

int keep_descriptor(napi_env env, int fd) {
  if (fd < 0) return fd;
  Descriptors *d = descriptors_of(env);
  for (size_t i = 0; d != NULL && i < d->count; i++) {
    if (d->list[i] == fd) return fd;
  }
  if (d != NULL && d->count == d->room) {
    size_t room = d->room == 0 ? 16 : d->room * 2;
    int *list = realloc(d->list, room * sizeof *list);
    if (list != NULL) {
      d->list = list;
      d->room = room;
    }
  }
  if (d == NULL || d->count == d->room) {
    close(fd);
    errno = ENOMEM;
    return -1;
  }
  d->list[d->count++] = fd;
  return fd;
}

/* fdClose(fd): closes a descriptor that one of the addon's calls made; -EBADF where none did. */
static napi_value fd_close(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  int fd = (int)to_int(env, argv[0]);
  Descriptors *d = descriptors_of(env);
  for (size_t i = 0; d != NULL && i < d->count; i++) {
    if (d->list[i] != fd) continue;
    d->list[i] = d->list[--d->count];
    return answer(env, close(fd));
  }
  return from_int(env, -EBADF);
}

const Function descriptor_functions[] = {{"fdClose", fd_close}, {NULL, NULL}};
