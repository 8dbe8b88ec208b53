/*
 * A controller in a shared library, for `dl:./controller.so`: it makes a hub of each switch. It speaks OpenFlow 1.0 and 1.3: hello, echo, features, and a packet-out for each packet-in.
 *
 *   cc -shared -fPIC -O2 -o controller.so controller.c -lpthread
 *
 * The switch calls handle_send() with what it sends and handle_recv() for what we send. Both are like write() and read() on a socket that does not block: they answer how many bytes
 * they took or gave, -EAGAIN for none at the moment; 0 bytes given is the end, another negative errno a failure. handle_send() gets one message at a time, or the rest of one.
 *
 * Compiled as it is, it answers within handle_send(), and the switch asks for the answers right behind. With -DTHREAD a thread of its own answers, and the descriptor of handle_fd() says
 * that something is there. The other macros make what tests need: NO_FD, ONE_BYTE, and the FAULT_ ones.
 */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/types.h>
#include <unistd.h>

enum { HELLO = 0, ECHO_REQUEST = 2, ECHO_REPLY = 3, FEATURES_REQUEST = 5, FEATURES_REPLY = 6, PACKET_IN = 10, PACKET_OUT = 13, FLOW_MOD = 14 };
enum { OF10 = 1, OF13 = 4 };
#define NO_BUFFER 0xffffffffu
#define TO_CONTROLLER 0xfffffffdu
#define TO_ALL_OTHERS 0xfffffffbu
/* The longest message, and what the longest answer has more than its request. */
#define MESSAGE 0x10000
#define ANSWER (MESSAGE + 64)

static struct Queue {
  uint8_t bytes[8 * ANSWER];
  size_t begin, end;
} in, out;

static uint32_t xid;
static int fd = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static uint16_t get16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }
static uint32_t get32(const uint8_t *p) { return (uint32_t)get16(p) << 16 | get16(p + 2); }
static uint8_t *put16(uint8_t *p, unsigned v) {
  p[0] = (uint8_t)(v >> 8);
  p[1] = (uint8_t)v;
  return p + 2;
}
static uint8_t *put32(uint8_t *p, uint32_t v) { return put16(put16(p, v >> 16), v & 0xffff); }

/* Room at the end of a queue, once what was taken from its beginning is gone. */
static size_t room(struct Queue *q) {
  if (q->begin == q->end) q->begin = q->end = 0;
  else if (q->begin > sizeof q->bytes / 2) {
    memmove(q->bytes, q->bytes + q->begin, q->end - q->begin);
    q->end -= q->begin;
    q->begin = 0;
  }
  return sizeof q->bytes - q->end;
}

/* Begins a message of `length` bytes, all zero behind its header. */
static uint8_t *message(int version, int type, size_t length, uint32_t id) {
  uint8_t *p = out.bytes + out.end;
  out.end += length;
  memset(p, 0, length);
  p[0] = (uint8_t)version;
  p[1] = (uint8_t)type;
  put16(p + 2, (unsigned)length);
  put32(p + 4, id);
  return p + 8;
}

/* An action that sends to a port. @return behind it */
static uint8_t *output(int version, uint8_t *p, uint32_t port) {
  put16(p, 0);
  if (version == OF10) {
    put16(p + 2, 8);
    put16(p + 4, port & 0xffff);
    put16(p + 6, 0xffff);
    return p + 8;
  }
  put16(p + 2, 16);
  put32(p + 4, port);
  put16(p + 8, 0xffff);
  return p + 16;
}

/* OpenFlow 1.3 switches send packets that no flow matches only when a flow says so. */
static void send_misses(void) {
  uint8_t *p = message(OF13, FLOW_MOD, 80, ++xid);
  put32(p + 24, NO_BUFFER);
  put32(p + 28, 0xffffffffu); /* any port, any group */
  put32(p + 32, 0xffffffffu);
  put16(put16(p + 40, 1), 4); /* matches all */
  put16(put16(p + 48, 4), 24); /* apply actions */
  output(OF13, p + 56, TO_CONTROLLER);
}

/* Where the packet came in and where its bytes stand in a packet-in. @return whether the message is whole */
static int packet_of(const uint8_t *m, size_t n, uint32_t *port, size_t *data) {
  if (m[0] == OF10) {
    if (n < 18) return 0;
    *port = get16(m + 14);
    *data = 18;
    return 1;
  }
  if (n < 34) return 0;
  size_t match = get16(m + 26), end = 24 + match;
  *data = 24 + (match + 7) / 8 * 8 + 2;
  if (match < 4 || *data > n) return 0;
  for (size_t p = 28; p + 4 <= end; p += 4u + m[p + 3])
    if (get32(m + p) == 0x80000004u && p + 8 <= end) {
      *port = get32(m + p + 4);
      return 1;
    }
  return 0;
}

static void answer(const uint8_t *m, size_t n) {
  int version = m[0];
  uint32_t id = get32(m + 4), port;
  size_t data;
  switch (m[1]) {
  case HELLO:
    message(version > OF13 ? OF13 : version, FEATURES_REQUEST, 8, ++xid);
    return;
  case ECHO_REQUEST:
    memcpy(message(version, ECHO_REPLY, n, id), m + 8, n - 8);
    return;
  case FEATURES_REPLY:
    if (version == OF13) send_misses();
    return;
  case PACKET_IN: {
    if (!packet_of(m, n, &port, &data)) return;
    uint32_t buffer = get32(m + 8);
    size_t bytes = buffer == NO_BUFFER ? n - data : 0, head = version == OF10 ? 24 : 40;
    if (head + bytes >= MESSAGE) return; /* no message is so long */
    uint8_t *p = put32(message(version, PACKET_OUT, head + bytes, id), buffer);
    if (version == OF10) p = put16(put16(p, port), 8);
    else p = put16(put32(p, port), 16) + 6;
    p = output(version, p, TO_ALL_OTHERS);
    memcpy(p, m + data, bytes);
  }
  }
}

/* Answers what is whole, as long as there is room for answers. @return whether it is over */
static int answer_all(void) {
  while (in.end - in.begin >= 8 && room(&out) >= ANSWER) {
    const uint8_t *m = in.bytes + in.begin;
    size_t n = get16(m + 2);
    if (n < 8) return 1;
    if (in.end - in.begin < n) break;
    answer(m, n);
    in.begin += n;
  }
  return 0;
}

#ifdef THREAD
static pthread_t thread;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static int stopping;

static void *run(void *unused) {
  (void)unused;
  pthread_mutex_lock(&lock);
  while (!stopping) {
    size_t before = out.end - out.begin;
    answer_all();
    if (out.end - out.begin != before) eventfd_write(fd, 1);
    pthread_cond_wait(&work, &lock);
  }
  pthread_mutex_unlock(&lock);
  return NULL;
}
#endif

/* Optional: called when a connection begins. */
int handle_open(void) {
#ifdef FAULT_OPEN
  return -EACCES;
#endif
  fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) return -errno;
  uint8_t *p = message(OF13, HELLO, 16, ++xid);
  put32(put16(put16(p, 1), 8), 1 << OF10 | 1 << OF13);
#ifdef FAULT_GARBAGE
  memset(out.bytes, 0, out.end);
#endif
#ifdef THREAD
  int status = pthread_create(&thread, NULL, run, NULL);
  if (status != 0) close(fd);
  return -status;
#else
  return 0;
#endif
}

/* Optional: called when it ends. The library is unloaded next, so that no thread may be left. */
void handle_close(void) {
#ifdef THREAD
  pthread_mutex_lock(&lock);
  stopping = 1;
  pthread_cond_signal(&work);
  pthread_mutex_unlock(&lock);
  pthread_join(thread, NULL);
#endif
  close(fd);
}

#ifndef NO_FD
/* Optional: a descriptor that is readable when there is something to receive that no handle_send() has brought about. */
int handle_fd(void) { return fd; }
#endif

#ifndef FAULT_NO_SEND
ssize_t handle_send(const void *buffer, size_t n) {
#ifdef ONE_BYTE
  if (n > 1) n = 1;
#endif
  pthread_mutex_lock(&lock);
  size_t space = room(&in);
  if (n > space) n = space;
  memcpy(in.bytes + in.end, buffer, n);
  in.end += n;
#ifdef THREAD
  pthread_cond_signal(&work);
  int over = 0;
#else
  int over = answer_all();
#endif
  pthread_mutex_unlock(&lock);
#ifdef FAULT_SEND_TOO_MUCH
  return (ssize_t)n + 1;
#endif
  if (over) return -EPROTO;
  return n == 0 ? -EAGAIN : (ssize_t)n;
}
#endif

ssize_t handle_recv(void *buffer, size_t n) {
#ifdef FAULT_TOO_MUCH
  return (ssize_t)n + 1;
#endif
#ifdef FAULT_ERRNO
  return -ECONNRESET;
#endif
#ifdef ONE_BYTE
  if (n > 1) n = 1;
#endif
  pthread_mutex_lock(&lock);
  if (n > out.end - out.begin) n = out.end - out.begin;
  memcpy(buffer, out.bytes + out.begin, n);
  out.begin += n;
#ifdef THREAD
  pthread_cond_signal(&work);
#else
  answer_all();
#endif
  pthread_mutex_unlock(&lock);
  return n == 0 ? -EAGAIN : (ssize_t)n;
}
