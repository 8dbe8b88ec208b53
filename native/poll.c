/*
 * Watching a descriptor from Node's event loop. The descriptor stays its owner's and must outlive the watcher.
 */
#include "addon.h"

/* Lives until the loop has closed the handle and JavaScript has let go of it. */
typedef struct {
  uv_poll_t poll;
  napi_env env;
  napi_ref callback;
  napi_async_context context;
  napi_async_cleanup_hook_handle hook;
  int eventfd; /* read empty before each call, or -1 */
  bool closing;
  int holders;
} Watcher;

static void let_go(Watcher *w) {
  if (--w->holders == 0) free(w);
}

static void finalize(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  let_go(data);
}

static void on_closed(uv_handle_t *handle) {
  Watcher *w = handle->data;
  if (w->hook != NULL) napi_remove_async_cleanup_hook(w->hook);
  let_go(w);
}

static void stop(Watcher *w) {
  if (w->closing) return;
  w->closing = true;
  uv_poll_stop(&w->poll);
  napi_delete_reference(w->env, w->callback);
  napi_async_destroy(w->env, w->context);
  uv_close((uv_handle_t *)&w->poll, on_closed);
}

static void on_env_end(napi_async_cleanup_hook_handle hook, void *data) {
  (void)hook;
  stop(data);
}

static void on_event(uv_poll_t *poll, int status, int events) {
  Watcher *w = poll->data;
  if (w->eventfd >= 0 && eventfd_drain(w->eventfd) < 0) status = -EBADF;
  napi_env env = w->env;
  napi_handle_scope scope;
  napi_value callback, receiver, argument;
  napi_open_handle_scope(env, &scope);
  napi_get_reference_value(env, w->callback, &callback);
  napi_create_object(env, &receiver);
  argument = from_int(env, status < 0 ? status : events);
  if (napi_make_callback(env, w->context, receiver, callback, 1, &argument, NULL) == napi_pending_exception) {
    napi_value thrown;
    if (napi_get_and_clear_last_exception(env, &thrown) == napi_ok) napi_fatal_exception(env, thrown);
  }
  napi_close_handle_scope(env, scope);
}

/* pollStart(fd, events, callback(eventsOrErrno), drain): a watcher. events: 1 readable, 2 writable. drain: fd is an eventfd, read empty before each call. */
static napi_value poll_start(napi_env env, napi_callback_info info) {
  ARGUMENTS(4);
  int fd = (int)to_int(env, argv[0]), events = (int)to_int(env, argv[1]);
  bool drain = false;
  napi_get_value_bool(env, argv[3], &drain);
  uv_loop_t *loop;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return from_int(env, -ENOSYS);
  Watcher *w = calloc(1, sizeof *w);
  if (w == NULL) return from_int(env, -ENOMEM);
  int status = uv_poll_init(loop, &w->poll, fd);
  if (status != 0) {
    free(w);
    return from_int(env, status);
  }
  w->poll.data = w;
  w->env = env;
  w->eventfd = drain ? fd : -1;
  w->holders = 2;
  napi_value name, result;
  napi_create_string_utf8(env, "southbound", NAPI_AUTO_LENGTH, &name);
  napi_create_reference(env, argv[2], 1, &w->callback);
  napi_async_init(env, NULL, name, &w->context);
  napi_add_async_cleanup_hook(env, on_env_end, w, &w->hook);
  napi_create_external(env, w, finalize, NULL, &result);
  status = uv_poll_start(&w->poll, events, on_event);
  if (status == 0) return result;
  stop(w);
  return from_int(env, status);
}

static Watcher *to_watcher(napi_env env, napi_value value) {
  void *w = NULL;
  if (napi_get_value_external(env, value, &w) != napi_ok) napi_throw_type_error(env, NULL, "a watcher is expected");
  return w;
}

/* pollStop(watcher): no call of the callback follows. Stopping again does nothing. */
static napi_value poll_stop(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  Watcher *w = to_watcher(env, argv[0]);
  if (w != NULL) stop(w);
  return NULL;
}

/* pollRef(watcher, on): whether the watcher alone keeps the process running; it does at first. */
static napi_value poll_ref(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  Watcher *w = to_watcher(env, argv[0]);
  bool on = true;
  napi_get_value_bool(env, argv[1], &on);
  if (w == NULL || w->closing) return NULL;
  if (on) uv_ref((uv_handle_t *)&w->poll);
  else uv_unref((uv_handle_t *)&w->poll);
  return NULL;
}

const Function poll_functions[] = {{"pollStart", poll_start}, {"pollStop", poll_stop}, {"pollRef", poll_ref}, {NULL, NULL}};
