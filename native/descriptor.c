/*
 * Descriptors that JavaScript owns. A worker may be ended at any point of its program; what it had open is closed then.
 *
 * A descriptor that a peer sent can be anything, and closing the last copy of some things waits: a TCP socket for as long as its SO_LINGER says, a file of FUSE for its server, without an end. Such are closed by a few
 * threads of their own, and while too many wait for that, no connection is taken that could bring more.
 */
#include "addon.h"
#include <fcntl.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

enum { CLOSERS = 4, MOST_WAITING = 256, SETTLING = 50 /* times 20 us and what a sleep takes: some 4 ms */ };

typedef struct Waiting {
  int fd;
  struct Waiting *next;
} Waiting;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Waiting *waiting;
static int closers, waiting_count;

static void *close_waiting(void *unused) {
  (void)unused;
  pthread_mutex_lock(&lock);
  while (waiting != NULL) {
    Waiting *one = waiting;
    waiting = one->next;
    pthread_mutex_unlock(&lock);
    close(one->fd);
    free(one);
    pthread_mutex_lock(&lock);
    waiting_count--;
  }
  closers--;
  pthread_mutex_unlock(&lock);
  return NULL;
}

void close_elsewhere(int fd) {
  Waiting *one = malloc(sizeof *one);
  if (one == NULL) {
    close(fd);
    return;
  }
  one->fd = fd;
  pthread_mutex_lock(&lock);
  one->next = waiting;
  waiting = one;
  waiting_count++;
  pthread_t thread;
  if (closers < CLOSERS && pthread_create(&thread, NULL, close_waiting, NULL) == 0) {
    closers++;
    pthread_detach(thread);
  }
  pthread_mutex_unlock(&lock);
}

static int closing(void) {
  pthread_mutex_lock(&lock);
  int count = waiting_count;
  pthread_mutex_unlock(&lock);
  return count;
}

bool any_closing(void) {
  return closing() > 0;
}

bool too_many_closing(void) {
  return closing() >= MOST_WAITING;
}

void settle_closing(void) {
  const struct timespec pause = {.tv_nsec = 20000};
  for (int i = 0; i < SETTLING && any_closing(); i++) nanosleep(&pause, NULL);
}

void discard_descriptor(int fd) {
#ifdef __linux__
  if (fcntl(fd, F_GET_SEALS) >= 0 || eventfd_is(fd)) {
    close(fd);
    return;
  }
#endif
  close_elsewhere(fd);
}

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

bool give_up_descriptor(napi_env env, int fd) {
  Descriptors *d = descriptors_of(env);
  for (size_t i = 0; d != NULL && i < d->count; i++) {
    if (d->list[i] != fd) continue;
    d->list[i] = d->list[--d->count];
    return true;
  }
  return false;
}

/* fdClose(fd): closes a descriptor that one of the addon's calls made; -EBADF where none did. */
static napi_value fd_close(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  int fd = (int)to_int(env, argv[0]);
  return give_up_descriptor(env, fd) ? answer(env, close(fd)) : from_int(env, -EBADF);
}

/* fdDiscard(fd): the same for one that a peer sent, without waiting long for what that may be. */
static napi_value fd_discard(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  int fd = (int)to_int(env, argv[0]);
  if (!give_up_descriptor(env, fd)) return from_int(env, -EBADF);
  bool settle = !any_closing();
  discard_descriptor(fd);
  if (settle) settle_closing();
  return from_int(env, 0);
}

const Function descriptor_functions[] = {{"fdClose", fd_close}, {"fdDiscard", fd_discard}, {NULL, NULL}};
