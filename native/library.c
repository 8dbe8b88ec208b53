/*
 * Controllers in shared libraries: a table of functions looked up by name, and calls of them. Of one library there is one instance in the process, so that it is open once.
 */
#include "addon.h"
#include <dlfcn.h>
#include <sys/types.h>

typedef struct Library {
  struct Library *next;
  void *handle; /* NULL once closed */
  ssize_t (*recv)(void *buffer, size_t n);
  ssize_t (*send)(const void *buffer, size_t n);
  int (*open)(void);
  void (*close)(void);
  int (*fd)(void);
} Library;

/* The libraries that are open, in all threads. */
static Library *all;
static uv_mutex_t lock;
static uv_once_t once = UV_ONCE_INIT;

static void make_lock(void) { uv_mutex_init(&lock); }

/* Whether it was not open; it is in the list then. The lock is held. */
static bool enlist(Library *l) {
  Library *same = all;
  while (same != NULL && same->handle != l->handle) same = same->next;
  if (same != NULL) return false;
  l->next = all;
  all = l;
  return true;
}

static void shut(Library *l) {
  if (l->handle == NULL) return;
  if (l->close != NULL) l->close();
  uv_mutex_lock(&lock);
  Library **at = &all;
  while (*at != l) at = &(*at)->next;
  *at = l->next;
  void *handle = l->handle;
  l->handle = NULL;
  /* Whoever opens it meanwhile waits, and gets it afresh. */
  dlclose(handle);
  uv_mutex_unlock(&lock);
}

static void finalize(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  shut(data);
  free(data);
}

static napi_value words(napi_env env, const char *text) {
  napi_value result = NULL;
  napi_create_string_utf8(env, text == NULL ? "unknown reason" : text, NAPI_AUTO_LENGTH, &result);
  return result;
}

/* Loads a library, looks its functions up and enlists it. Where that fails it is not loaded, and `why` is what libraryOpen answers. The lock is held. */
static bool load(napi_env env, Library *l, const char *file, napi_value *why) {
  l->handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (l->handle == NULL) {
    *why = words(env, dlerror());
    return false;
  }
  *(void **)&l->open = dlsym(l->handle, "handle_open");
  *(void **)&l->close = dlsym(l->handle, "handle_close");
  *(void **)&l->fd = dlsym(l->handle, "handle_fd");
  *(void **)&l->recv = dlsym(l->handle, "handle_recv");
  if (l->recv != NULL) *(void **)&l->send = dlsym(l->handle, "handle_send");
  if (l->recv == NULL || l->send == NULL) *why = words(env, dlerror());
  else if (enlist(l)) return true;
  else *why = from_int(env, -EBUSY);
  dlclose(l->handle);
  return false;
}

/* libraryOpen(file): the library, what the dynamic linker said, or a negative errno: -EBUSY when it is open already, else what handle_open answered. */
static napi_value library_open(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  char file[4096];
  size_t length = 0;
  if (napi_get_value_string_utf8(env, argv[0], file, sizeof file, &length) != napi_ok) {
    napi_throw_type_error(env, NULL, "a string is expected");
    return NULL;
  }
  if (length == sizeof file - 1) return from_int(env, -ENAMETOOLONG);
  Library *l = calloc(1, sizeof *l);
  if (l == NULL) return from_int(env, -ENOMEM);
  uv_once(&once, make_lock);
  uv_mutex_lock(&lock);
  napi_value why = NULL;
  bool loaded = load(env, l, file, &why);
  uv_mutex_unlock(&lock);
  if (!loaded) {
    free(l);
    return why;
  }
  int status = l->open == NULL ? 0 : l->open();
  napi_value result;
  if (status >= 0 && napi_create_external(env, l, finalize, NULL, &result) == napi_ok) return result;
  if (status < 0) l->close = NULL;
  shut(l);
  free(l);
  return from_int(env, status < 0 ? status : -ENOMEM);
}

static Library *to_library(napi_env env, napi_value value) {
  void *l = NULL;
  if (napi_get_value_external(env, value, &l) != napi_ok) napi_throw_type_error(env, NULL, "a library is expected");
  return l;
}

/* libraryClose(library): handle_close, and the library is unloaded. Closing again does nothing. */
static napi_value library_close(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  Library *l = to_library(env, argv[0]);
  if (l != NULL) shut(l);
  return NULL;
}

/* libraryFd(library): what handle_fd answers, -ENOSYS without one, -EBADF when closed. */
static napi_value library_fd(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  Library *l = to_library(env, argv[0]);
  if (l == NULL) return NULL;
  return from_int(env, l->handle == NULL ? -EBADF : l->fd == NULL ? -ENOSYS : l->fd());
}

/* The bytes from, to of a Uint8Array; NULL, with a TypeError, where it has not that many. */
static uint8_t *range(napi_env env, napi_value *argv, size_t *length) {
  uint8_t *bytes = NULL;
  size_t size = 0;
  bool typed = false;
  napi_is_typedarray(env, argv[0], &typed);
  napi_typedarray_type type = napi_int8_array;
  if (typed) napi_get_typedarray_info(env, argv[0], &type, &size, (void **)&bytes, NULL, NULL);
  int64_t from = to_int(env, argv[1]), to = to_int(env, argv[2]);
  if (type != napi_uint8_array || from < 0 || to < from || (uint64_t)to > size) {
    napi_throw_type_error(env, NULL, "a range within a Uint8Array is expected");
    return NULL;
  }
  *length = (size_t)(to - from);
  return bytes + from;
}

/* libraryRecv(library, u8, from, to): what handle_recv answers to a request to fill [from, to), as it is; -EBADF when closed. */
static napi_value library_recv(napi_env env, napi_callback_info info) {
  ARGUMENTS(4);
  Library *l = to_library(env, argv[0]);
  size_t n;
  uint8_t *bytes = l == NULL ? NULL : range(env, argv + 1, &n);
  if (bytes == NULL) return NULL;
  return from_int(env, l->handle == NULL ? -EBADF : l->recv(bytes, n));
}

/* librarySend(library, u8, from, to): what handle_send answers when it is offered [from, to), as it is; -EBADF when closed. */
static napi_value library_send(napi_env env, napi_callback_info info) {
  ARGUMENTS(4);
  Library *l = to_library(env, argv[0]);
  size_t n;
  uint8_t *bytes = l == NULL ? NULL : range(env, argv + 1, &n);
  if (bytes == NULL) return NULL;
  return from_int(env, l->handle == NULL ? -EBADF : l->send(bytes, n));
}

const Function library_functions[] = {
    {"libraryOpen", library_open}, {"libraryClose", library_close}, {"libraryFd", library_fd},
    {"libraryRecv", library_recv}, {"librarySend", library_send},   {NULL, NULL},
};
