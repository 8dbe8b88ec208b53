/*
 * Unix sockets that keep the bounds of messages and carry descriptors. Linux alone has them together with memfd.
 */
#include "addon.h"

#ifdef __linux__
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MAX_DESCRIPTORS = 253 /* the kernel's SCM_MAX_FD */, LAST_RECORDS = 8, FLAG_TRUNCATED = 1, FLAG_LOST_DESCRIPTORS = 2 };

/* Room for all that can come with a record. */
typedef union {
  struct cmsghdr align;
  char bytes[CMSG_SPACE(MAX_DESCRIPTORS * sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
} Control;

/* The bytes behind a Uint8Array; throws when it is none. */
static bool to_bytes(napi_env env, napi_value value, uint8_t **bytes, size_t *length) {
  napi_typedarray_type type;
  if (napi_get_typedarray_info(env, value, &type, length, (void **)bytes, NULL, NULL) == napi_ok && type == napi_uint8_array) return true;
  napi_throw_type_error(env, NULL, "a Uint8Array is expected");
  return false;
}

/* "@name" is an abstract address, whose length counts and which has no terminator. Answers 0 where the name does not fit. */
static socklen_t to_address(napi_env env, napi_value value, struct sockaddr_un *address) {
  size_t length = 0;
  char name[sizeof address->sun_path + 1];
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok || length == 0 || length >= sizeof address->sun_path) return 0;
  napi_get_value_string_utf8(env, value, name, sizeof name, &length);
  memcpy(address->sun_path, name, length);
  if (name[0] == '@') address->sun_path[0] = '\0';
  return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (name[0] == '@' ? 0 : 1));
}

typedef int Attach(int fd, const struct sockaddr_un *address, socklen_t length);

static int attach_listener(int fd, const struct sockaddr_un *address, socklen_t length) {
  if (bind(fd, (const struct sockaddr *)address, length) < 0) return -1;
  return listen(fd, 128);
}

static int attach_client(int fd, const struct sockaddr_un *address, socklen_t length) {
  return connect(fd, (const struct sockaddr *)address, length);
}

static napi_value open_socket(napi_env env, napi_callback_info info, Attach *attach) {
  ARGUMENTS(1);
  struct sockaddr_un address;
  socklen_t length = to_address(env, argv[0], &address);
  if (length == 0) return from_int(env, -ENAMETOOLONG);
  if (too_many_closing()) return from_int(env, -ENOBUFS);
  int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return from_int(env, -errno);
  if (attach(fd, &address, length) == 0) return answer(env, keep_descriptor(env, fd));
  int why = errno;
  close(fd);
  return from_int(env, -why);
}

/* seqpacketListen(name): a listening socket. */
static napi_value seqpacket_listen(napi_env env, napi_callback_info info) {
  return open_socket(env, info, attach_listener);
}

/* seqpacketConnect(name): a connected socket; connecting to a unix socket never waits. */
static napi_value seqpacket_connect(napi_env env, napi_callback_info info) {
  return open_socket(env, info, attach_client);
}

static bool has_option(int fd, int option, int expected) {
  int value = 0;
  socklen_t length = sizeof value;
  return getsockopt(fd, SOL_SOCKET, option, &value, &length) == 0 && value == expected;
}

/*
 * seqpacketAccept(fd): the next connection, or -EAGAIN. accept has no flag that keeps it from waiting: O_NONBLOCK is set each time, since another process that shares the listener may have cleared it.
 */
static napi_value seqpacket_accept(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  int fd = (int)to_int(env, argv[0]);
  if (too_many_closing()) return from_int(env, -ENOBUFS);
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || ((flags & O_NONBLOCK) == 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)) return from_int(env, -errno);
  return answer(env, keep_descriptor(env, accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)));
}

/* seqpacketOver(listener): whether nobody can connect any more: whoever shares it has shut it down. It stays readable then, and accept answers -EAGAIN. */
static napi_value seqpacket_over(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  struct pollfd state = {.fd = (int)to_int(env, argv[0]), .events = POLLRDHUP};
  napi_value result = NULL;
  napi_get_boolean(env, poll(&state, 1, 0) > 0, &result);
  return result;
}

/* seqpacketAdopt(fd): makes a foreign listening socket one of ours, or -EINVAL where it is not a listening SEQPACKET unix socket. */
static napi_value seqpacket_adopt(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  int fd = (int)to_int(env, argv[0]);
  if (!has_option(fd, SO_DOMAIN, AF_UNIX) || !has_option(fd, SO_TYPE, SOCK_SEQPACKET) || !has_option(fd, SO_ACCEPTCONN, 1)) {
    return from_int(env, -EINVAL);
  }
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) return from_int(env, -errno);
  return answer(env, keep_descriptor(env, fd));
}

/* seqpacketSend(fd, bytes, descriptor): sends one record, with a copy of the descriptor unless it is negative. */
static napi_value seqpacket_send(napi_env env, napi_callback_info info) {
  ARGUMENTS(3);
  uint8_t *bytes;
  size_t length;
  int fd = (int)to_int(env, argv[0]), passed = (int)to_int(env, argv[2]);
  if (!to_bytes(env, argv[1], &bytes, &length)) return NULL;
  struct iovec piece = {bytes, length};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control;
  if (passed >= 0) {
    memset(&control, 0, sizeof control);
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &passed, sizeof passed);
  }
  ssize_t sent;
  do sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  return answer(env, sent);
}

/* Takes the first of the descriptors that came and closes the others. Other kinds of control data, such as SCM_CREDENTIALS, are passed over. */
static int take_descriptor(struct msghdr *message) {
  int taken = -1;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL; header = CMSG_NXTHDR(message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
      int fd;
      memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
      if (taken < 0) taken = fd;
      else discard_descriptor(fd);
    }
  }
  return taken;
}

/*
 * seqpacketReceive(fd, bytes, extra): reads one record into bytes; 0 at the end. extra is an Int32Array of two: the descriptor that came with it or -1, and flags: 1 the record
 * was longer, 2 descriptors were lost.
 */
static napi_value seqpacket_receive(napi_env env, napi_callback_info info) {
  ARGUMENTS(3);
  uint8_t *bytes;
  int32_t *extra;
  size_t length, extras;
  napi_typedarray_type type;
  int fd = (int)to_int(env, argv[0]);
  if (!to_bytes(env, argv[1], &bytes, &length)) return NULL;
  if (napi_get_typedarray_info(env, argv[2], &type, &extras, (void **)&extra, NULL, NULL) != napi_ok || type != napi_int32_array || extras < 2) {
    napi_throw_type_error(env, NULL, "an Int32Array of two is expected");
    return NULL;
  }
  struct iovec piece = {bytes, length};
  Control control;
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  ssize_t count;
  do count = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  while (count < 0 && errno == EINTR);
  if (count < 0) return from_int(env, -errno);
  bool settle = !any_closing();
  extra[0] = keep_descriptor(env, take_descriptor(&message));
  if (settle) settle_closing();
  extra[1] = ((message.msg_flags & MSG_TRUNC) != 0 ? FLAG_TRUNCATED : 0) | ((message.msg_flags & MSG_CTRUNC) != 0 ? FLAG_LOST_DESCRIPTORS : 0);
  return from_int(env, count);
}

/* Reads what is left in a connection that was shut down, up to a few records; whether nothing is left then. The sender's identity comes with each record and not with the end, which tells that from an empty record. */
static bool read_empty(int fd) {
  int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  for (int i = 0; i < LAST_RECORDS; i++) {
    Control control;
    struct msghdr message = {.msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    if (recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0) {
      if (errno == ECONNRESET || errno == EINTR) continue;
      return false;
    }
    if (message.msg_controllen == 0) return true;
    int descriptor = take_descriptor(&message);
    if (descriptor >= 0) discard_descriptor(descriptor);
  }
  return false;
}

/*
 * seqpacketClose(fd): closes a listener or a connection. What lies unread in it, or in connections that wait to be accepted, may carry descriptors, which go with it: where there is much of it, it is closed elsewhere.
 */
static napi_value seqpacket_close(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  struct pollfd state = {.fd = (int)to_int(env, argv[0]), .events = POLLIN};
  if (!give_up_descriptor(env, state.fd)) return from_int(env, -EBADF);
  bool empty;
  if (has_option(state.fd, SO_ACCEPTCONN, 1)) {
    empty = poll(&state, 1, 0) == 0;
  } else {
    shutdown(state.fd, SHUT_RDWR);
    empty = read_empty(state.fd);
  }
  if (empty) return answer(env, close(state.fd));
  close_elsewhere(state.fd);
  return from_int(env, 0);
}

const Function seqpacket_functions[] = {{"seqpacketListen", seqpacket_listen},   {"seqpacketConnect", seqpacket_connect},
                                        {"seqpacketAccept", seqpacket_accept},   {"seqpacketAdopt", seqpacket_adopt},
                                        {"seqpacketOver", seqpacket_over},       {"seqpacketClose", seqpacket_close},
                                        {"seqpacketSend", seqpacket_send},       {"seqpacketReceive", seqpacket_receive},
                                        {NULL, NULL}};
#else
const Function seqpacket_functions[] = {{NULL, NULL}};
#endif
