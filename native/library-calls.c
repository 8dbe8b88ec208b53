/*
 * Controllers in shared libraries for JavaScript: called in its thread, or, where they may block, in a thread that each has for itself. A call of the latter is started by its first request, which
 * answers null; it is done when the bell has rung, and the next request of the same kind answers what came of it. Each kind has a place of its own, so that none waits for another's answer to be taken.
 */
#include "addon.h"
#include "library.h"
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

/* The most bytes of one call in a thread. */
#define PORTION 0x10000

enum { OPEN, FD, SEND, RECV, KINDS };
typedef enum { IDLE, WANTED, RUNNING, DONE } Progress;

typedef struct {
  Progress progress;
  size_t n;
  int64_t result;
  uint8_t *bytes;
} Job;

typedef struct {
  Library library;
  int status; /* of opening it */
  bool threaded, closing, closed;
  int holders; /* JavaScript, and the thread */
  pthread_mutex_t lock;
  pthread_cond_t wanted;
  Job jobs[KINDS];
  int bell[2]; /* a pipe: a byte for each job that is done */
} Call;

static void dispose(Call *c) {
  for (int i = 0; i < 2; i++)
    if (c->bell[i] >= 0) close(c->bell[i]);
  for (int i = 0; i < KINDS; i++) free(c->jobs[i].bytes);
  free(c->library.file);
  free(c->library.name);
  free(c->library.words);
  pthread_mutex_destroy(&c->lock);
  pthread_cond_destroy(&c->wanted);
  free(c);
}

static void let_go(Call *c) {
  pthread_mutex_lock(&c->lock);
  int holders = --c->holders;
  pthread_mutex_unlock(&c->lock);
  if (holders == 0) dispose(c);
}

static void ring(Call *c) {
  /* When the pipe is full, its reader is awake anyway. */
  ssize_t written = write(c->bell[1], "", 1);
  (void)written;
}

static int64_t perform(Call *c, int kind, Job *job) {
  switch (kind) {
  case OPEN:
    return c->status = library_start(&c->library);
  case FD:
    return library_fd(&c->library);
  case SEND:
    return library_send(&c->library, job->bytes, job->n);
  default:
    return library_recv(&c->library, job->bytes, job->n);
  }
}

/* The thread of a library. */
static void *serve(void *data) {
  Call *c = data;
  pthread_mutex_lock(&c->lock);
  while (!c->closing) {
    int kind = 0;
    while (kind < KINDS && c->jobs[kind].progress != WANTED) kind++;
    if (kind == KINDS) {
      pthread_cond_wait(&c->wanted, &c->lock);
      continue;
    }
    Job *job = &c->jobs[kind];
    job->progress = RUNNING;
    pthread_mutex_unlock(&c->lock);
    int64_t result = perform(c, kind, job);
    pthread_mutex_lock(&c->lock);
    job->result = result;
    job->progress = DONE;
    ring(c);
  }
  pthread_mutex_unlock(&c->lock);
  library_shut(&c->library);
  pthread_mutex_lock(&c->lock);
  c->closed = true;
  ring(c);
  pthread_mutex_unlock(&c->lock);
  let_go(c);
  return NULL;
}

/* Starts the thread. It takes no signals: they are Node's. @return an errno */
static int start_thread(Call *c) {
  for (int kind = SEND; kind <= RECV; kind++)
    if ((c->jobs[kind].bytes = malloc(PORTION)) == NULL) return ENOMEM;
  if (pipe(c->bell) != 0) return errno;
  for (int i = 0; i < 2; i++) {
    fcntl(c->bell[i], F_SETFD, FD_CLOEXEC);
    fcntl(c->bell[i], F_SETFL, O_NONBLOCK);
  }
  sigset_t every, before;
  sigfillset(&every);
  pthread_sigmask(SIG_SETMASK, &every, &before);
  c->jobs[OPEN].progress = WANTED;
  c->holders++;
  pthread_t thread;
  int failed = pthread_create(&thread, NULL, serve, c);
  if (failed == 0) pthread_detach(thread);
  else c->holders--;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return failed;
}

/* Ends it, in its thread. */
static void finish(Call *c) {
  if (!c->threaded) {
    library_shut(&c->library);
    c->closed = true;
    return;
  }
  library_ends(&c->library);
  pthread_mutex_lock(&c->lock);
  c->closing = true;
  pthread_cond_signal(&c->wanted);
  pthread_mutex_unlock(&c->lock);
}

static void finalize(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  finish(data);
  let_go(data);
}

static napi_value nothing(napi_env env) {
  napi_value result = NULL;
  napi_get_null(env, &result);
  return result;
}

static char *text(napi_env env, napi_value value) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok) {
    napi_throw_type_error(env, NULL, "a string is expected");
    return NULL;
  }
  char *result = malloc(length + 1);
  if (result != NULL) napi_get_value_string_utf8(env, value, result, length + 1, &length);
  return result;
}

/* libraryOpen(file, name, keep, threaded): begins to load a library: what stands for it, or a negative errno. */
static napi_value library_open(napi_env env, napi_callback_info info) {
  ARGUMENTS(4);
  Call *c = calloc(1, sizeof *c);
  if (c == NULL) return from_int(env, -ENOMEM);
  c->holders = 1;
  c->bell[0] = c->bell[1] = -1;
  pthread_mutex_init(&c->lock, NULL);
  pthread_cond_init(&c->wanted, NULL);
  c->library.file = text(env, argv[0]);
  c->library.name = text(env, argv[1]);
  napi_get_value_bool(env, argv[2], &c->library.keep);
  napi_get_value_bool(env, argv[3], &c->threaded);
  int failed = c->library.file == NULL || c->library.name == NULL ? ENOMEM : 0;
  if (failed == 0 && c->threaded) failed = start_thread(c);
  if (failed != 0) {
    dispose(c);
    return from_int(env, -failed);
  }
  if (!c->threaded) c->status = library_start(&c->library);
  napi_value result;
  if (napi_create_external(env, c, finalize, NULL, &result) == napi_ok) return result;
  finish(c);
  let_go(c);
  return from_int(env, -ENOMEM);
}

static Call *to_call(napi_env env, napi_value value) {
  void *c = NULL;
  if (napi_get_value_external(env, value, &c) != napi_ok) napi_throw_type_error(env, NULL, "a library is expected");
  return c;
}

/* Whether a job of the thread is done; where it was not wanted yet it is now, of `n` bytes. What is answered has to be taken before the next one. */
static bool done(Call *c, int kind, const uint8_t *bytes, size_t n) {
  Job *job = &c->jobs[kind];
  pthread_mutex_lock(&c->lock);
  bool is = job->progress == DONE;
  if (is) job->progress = IDLE;
  else if (job->progress == IDLE) {
    job->n = n < PORTION ? n : PORTION;
    if (bytes != NULL) memcpy(job->bytes, bytes, job->n);
    job->progress = WANTED;
    pthread_cond_signal(&c->wanted);
  }
  pthread_mutex_unlock(&c->lock);
  return is;
}

/* libraryStatus(library): 0 when it is open, null while that is under way, what the dynamic linker said, or a negative errno. */
static napi_value library_status(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  Call *c = to_call(env, argv[0]);
  if (c == NULL) return NULL;
  if (c->threaded) {
    pthread_mutex_lock(&c->lock);
    bool is = c->jobs[OPEN].progress == DONE;
    pthread_mutex_unlock(&c->lock);
    if (!is) return nothing(env);
  }
  if (c->library.words == NULL) return from_int(env, c->status);
  napi_value result = NULL;
  napi_create_string_utf8(env, c->library.words, NAPI_AUTO_LENGTH, &result);
  return result;
}

/* libraryClose(library): handle_close, and the library is unloaded. Answers whether that has been done; in a thread it is behind the call that it is in. */
static napi_value library_close(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  Call *c = to_call(env, argv[0]);
  if (c == NULL) return NULL;
  finish(c);
  pthread_mutex_lock(&c->lock);
  napi_value result = NULL;
  napi_get_boolean(env, c->closed, &result);
  pthread_mutex_unlock(&c->lock);
  return result;
}

/* libraryBell(library): reads its bell empty, and answers its descriptor; -1 for a library without a thread. */
static napi_value library_bell(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  Call *c = to_call(env, argv[0]);
  if (c == NULL) return NULL;
  char heard[64];
  while (c->bell[0] >= 0 && read(c->bell[0], heard, sizeof heard) == (ssize_t)sizeof heard) continue;
  return from_int(env, c->bell[0]);
}

/* Whether it is open, for the thread that is asked for. */
static bool usable(const Call *c) { return !c->closing && (c->threaded || c->library.handle != NULL); }

/* libraryFd(library): what handle_fd answers, -ENOSYS without one, -EBADF when closed, null while it is called. */
static napi_value library_fd_of(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  Call *c = to_call(env, argv[0]);
  if (c == NULL) return NULL;
  if (!usable(c)) return from_int(env, -EBADF);
  if (!c->threaded) return from_int(env, library_fd(&c->library));
  return done(c, FD, NULL, 0) ? from_int(env, c->jobs[FD].result) : nothing(env);
}

/* libraryWatch(fd): a descriptor of this thread for the same file, to be watched, so that the library may close its own at any time; fdClose closes it. */
static napi_value library_watch(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  return answer(env, keep_descriptor(env, fcntl((int)to_int(env, argv[0]), F_DUPFD_CLOEXEC, 0)));
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

/* libraryRecv(library, u8, from, to): what handle_recv answers to a request to fill [from, to), as it is; -EBADF when closed, null while it is called. */
static napi_value library_recv_into(napi_env env, napi_callback_info info) {
  ARGUMENTS(4);
  Call *c = to_call(env, argv[0]);
  size_t n;
  uint8_t *bytes = c == NULL ? NULL : range(env, argv + 1, &n);
  if (bytes == NULL) return NULL;
  if (!usable(c)) return from_int(env, -EBADF);
  if (!c->threaded) return from_int(env, library_recv(&c->library, bytes, n));
  if (!done(c, RECV, NULL, n)) return nothing(env);
  int64_t result = c->jobs[RECV].result;
  if (result > 0 && (uint64_t)result <= n && result <= PORTION) memcpy(bytes, c->jobs[RECV].bytes, (size_t)result);
  return from_int(env, result);
}

/* librarySend(library, u8, from, to): what handle_send answers when it is offered [from, to), as it is; -EBADF when closed, null while it is called: the same bytes are offered again then. */
static napi_value library_send_from(napi_env env, napi_callback_info info) {
  ARGUMENTS(4);
  Call *c = to_call(env, argv[0]);
  size_t n;
  uint8_t *bytes = c == NULL ? NULL : range(env, argv + 1, &n);
  if (bytes == NULL) return NULL;
  if (!usable(c)) return from_int(env, -EBADF);
  if (!c->threaded) return from_int(env, library_send(&c->library, bytes, n));
  return done(c, SEND, bytes, n) ? from_int(env, c->jobs[SEND].result) : nothing(env);
}

const Function library_functions[] = {
    {"libraryOpen", library_open},   {"libraryStatus", library_status}, {"libraryClose", library_close},
    {"libraryBell", library_bell},   {"libraryFd", library_fd_of},      {"libraryWatch", library_watch},
    {"libraryRecv", library_recv_into}, {"librarySend", library_send_from}, {NULL, NULL},
};
