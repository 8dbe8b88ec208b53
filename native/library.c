/*
 * Loading a controller in a shared library and calling its functions. Nothing here knows of JavaScript, since the library may have a thread of its own.
 */
#include "library.h"
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* The libraries of all threads. The lock is never held while a library's code runs. */
static Library *all;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Puts a loaded library into the list, or answers why it has to wait. */
static int enlist(Library *l) {
  int status = 0;
  pthread_mutex_lock(&lock);
  for (Library *same = all; same != NULL && status == 0; same = same->next) {
    if (same->handle != l->handle) continue;
    if (same->opening || same->ending) status = -EALREADY;
    else if (same->context.instance == NULL) status = -EBUSY;
  }
  if (status == 0) {
    l->opening = true;
    l->next = all;
    all = l;
  }
  pthread_mutex_unlock(&lock);
  return status;
}

static void unload(Library *l) {
  if (!l->keep) dlclose(l->handle);
}

static int refused(Library *l, const char *words) {
  l->words = strdup(words == NULL ? "unknown reason" : words);
  return -ENOEXEC;
}

int library_start(Library *l) {
  l->handle = dlopen(l->file, RTLD_LAZY | RTLD_LOCAL | (l->keep ? RTLD_NODELETE : 0));
  if (l->handle == NULL) return refused(l, dlerror());
  l->open = dlsym(l->handle, "handle_open");
  l->close = dlsym(l->handle, "handle_close");
  l->fd = dlsym(l->handle, "handle_fd");
  l->recv = dlsym(l->handle, "handle_recv");
  if (l->recv != NULL) l->send = dlsym(l->handle, "handle_send");
  int status = l->send == NULL ? refused(l, dlerror()) : enlist(l);
  if (status != 0) {
    unload(l);
    l->handle = NULL;
    return status;
  }
  l->context = (struct southbound_dl_context){.size = sizeof l->context, .name = l->name};
  /* A function that was written without the argument does not look at it. */
  struct southbound_dl_context context = l->context;
  if (l->open != NULL) status = ((int (*)(struct southbound_dl_context *))l->open)(&context);
  pthread_mutex_lock(&lock);
  l->opening = false;
  l->context = context;
  if (context.keep_loaded) l->keep = true;
  pthread_mutex_unlock(&lock);
  if (status >= 0) return 0;
  l->close = NULL;
  library_shut(l);
  return status;
}

void library_ends(Library *l) {
  pthread_mutex_lock(&lock);
  l->ending = true;
  pthread_mutex_unlock(&lock);
}

void library_shut(Library *l) {
  if (l->handle == NULL) return;
  library_ends(l);
  void *instance = l->context.instance;
  if (l->close != NULL && instance != NULL) ((void (*)(void *))l->close)(instance);
  else if (l->close != NULL) ((void (*)(void))l->close)();
  unload(l);
  pthread_mutex_lock(&lock);
  Library **at = &all;
  while (*at != l) at = &(*at)->next;
  *at = l->next;
  l->handle = NULL;
  pthread_mutex_unlock(&lock);
}

ssize_t library_recv(Library *l, void *buffer, size_t n) {
  void *instance = l->context.instance;
  if (instance != NULL) return ((ssize_t(*)(void *, size_t, void *))l->recv)(buffer, n, instance);
  return ((ssize_t(*)(void *, size_t))l->recv)(buffer, n);
}

ssize_t library_send(Library *l, const void *buffer, size_t n) {
  void *instance = l->context.instance;
  if (instance != NULL) return ((ssize_t(*)(const void *, size_t, void *))l->send)(buffer, n, instance);
  return ((ssize_t(*)(const void *, size_t))l->send)(buffer, n);
}

int library_fd(Library *l) {
  void *instance = l->context.instance;
  if (l->fd == NULL) return -ENOSYS;
  if (instance != NULL) return ((int (*)(void *))l->fd)(instance);
  return ((int (*)(void))l->fd)();
}
