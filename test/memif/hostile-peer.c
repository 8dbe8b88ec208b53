/*
 * A memif client without manners, for test/memif/hostile.test.ts: hostile-peer ATTACK NAME [SECONDS]
 *
 *   shrink  shrinks its region and seals it right behind the announcement, so that a size read before and a seal read after do not belong together; then has the rings in it read
 *   block   clears O_NONBLOCK of the shared eventfds, fills and empties them again and again while packets flow, and leaves them as they are as soon as the server stands still
 *   doors   brings descriptors of every kind, as region and as eventfd, and prints what it is told: "region pipe: REASON"
 *   linger  sends descriptors whose closing waits for a minute (SO_LINGER), where they belong, where they do not, and unread
 *
 * NAME is an abstract socket's, without the @. It prints "done" in the end, and holds what it has until it is killed.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { ACK = 1, HELLO, INIT, ADD_REGION, ADD_RING, CONNECT, CONNECTED, DISCONNECT, LOG2 = 4, SLOTS = 1 << LOG2, RING = 128 + 16 * SLOTS, BUFFER = 2048, REGION = 0x20000 };

static const char *server;

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void spin(double length) {
  for (double end = seconds() + length; seconds() < end;) {
  }
}

static int connect_to_server(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path + 1, server, sizeof address.sun_path - 2);
  socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(server));
  for (;;) {
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&address, length) == 0) return fd;
    close(fd);
    usleep(1000);
  }
}

static bool send_record(int fd, const void *message, size_t length, int passed) {
  struct iovec piece = {(void *)message, length};
  struct msghdr header = {.msg_iov = &piece, .msg_iovlen = 1};
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control = {0};
  if (passed >= 0) {
    header.msg_control = control.bytes;
    header.msg_controllen = sizeof control.bytes;
    struct cmsghdr *c = CMSG_FIRSTHDR(&header);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &passed, sizeof passed);
  }
  return sendmsg(fd, &header, MSG_NOSIGNAL) == (ssize_t)length;
}

static bool send_message(int fd, const void *message, int passed) {
  return send_record(fd, message, 128, passed);
}

static uint8_t answer[128];

/* The type of the next message; 0 where the connection has ended. */
static int hear(int fd) {
  return recv(fd, answer, sizeof answer, 0) == 128 ? answer[0] : 0;
}

static bool ask(int fd, const void *message, int passed) {
  return send_message(fd, message, passed) && hear(fd) == ACK;
}

static const uint8_t *init(void) {
  static uint8_t m[128] = {INIT, 0, 0x00, 0x02};
  return m;
}

static const uint8_t *add_region(uint64_t size) {
  static uint8_t m[128] = {ADD_REGION};
  memcpy(m + 4, &size, 8);
  return m;
}

static const uint8_t *add_ring(int s2m, uint32_t offset) {
  static uint8_t m[128];
  memset(m, 0, sizeof m);
  m[0] = ADD_RING;
  m[2] = (uint8_t)s2m;
  memcpy(m + 8, &offset, 4);
  m[12] = LOG2;
  return m;
}

static const uint8_t *plain(int type) {
  static uint8_t m[128];
  m[0] = (uint8_t)type;
  return m;
}

static int greeted(void) {
  for (;;) {
    int fd = connect_to_server();
    if (hear(fd) == HELLO && ask(fd, init(), -1)) return fd;
    close(fd);
  }
}

static int memory(unsigned flags, off_t size) {
  int fd = memfd_create("hostile", MFD_CLOEXEC | MFD_ALLOW_SEALING | flags);
  if (fd >= 0 && ftruncate(fd, size) < 0) perror("ftruncate");
  return fd;
}

static void lay(uint8_t *ring) {
  uint32_t cookie = 0x03e31f20;
  memcpy(ring, &cookie, 4);
}

static void shrink(double length) {
  long tries = 0, mapped = 0;
  int eventfds[2] = {eventfd(0, EFD_NONBLOCK), eventfd(0, EFD_NONBLOCK)};
  for (double end = seconds() + length; seconds() < end; tries++) {
    int fd = greeted(), file = memory(0, REGION);
    uint8_t *bytes = mmap(NULL, REGION, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    lay(bytes);
    lay(bytes + RING);
    munmap(bytes, REGION);
    if (send_message(fd, add_region(REGION), file)) {
      spin((double)(rand() % 60) * 1e-6);
      if (ftruncate(file, 0) == 0 && rand() % 2 == 0) spin((double)(rand() % 4) * 1e-6);
      fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK);
      if (hear(fd) == ACK) {
        mapped++;
        if (ask(fd, add_ring(1, 0), eventfds[0]) && ask(fd, add_ring(0, RING), eventfds[1])) {
          send_message(fd, plain(CONNECT), -1);
          hear(fd);
        }
      }
    }
    close(file);
    close(fd);
  }
  printf("%ld tries, %ld regions taken\n", tries, mapped);
}

static struct {
  int s2m, m2s;
  uint8_t *bytes;
  atomic_bool over;
} shared;

static _Atomic uint16_t *word(int ring, int index) {
  return (_Atomic uint16_t *)(shared.bytes + ring * RING) + index;
}

/* The server sends all the time, which moves the tail of the ring that it sends by. As long as it does not, everything stays as it is. */
static void stay_while_stuck(void) {
  uint16_t before = atomic_load(word(1, 32));
  for (int i = 0; !atomic_load(&shared.over); i++) {
    if (atomic_load(word(1, 32)) != before) return;
    if (i >= 20) usleep(1000);
    else spin(20e-6);
  }
}

static void set_blocking(int fd, bool on) {
  int flags = fcntl(fd, F_GETFL);
  fcntl(fd, F_SETFL, on ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

static void *fill(void *unused) {
  (void)unused;
  const uint64_t full = UINT64_MAX - 1;
  uint64_t count;
  while (!atomic_load(&shared.over)) {
    set_blocking(shared.m2s, false);
    if (read(shared.m2s, &count, sizeof count) < 0) count = 0;
    spin((double)(rand() % 20) * 1e-6);
    if (write(shared.m2s, &full, sizeof full) < 0) count = 0;
    set_blocking(shared.m2s, true);
    stay_while_stuck();
  }
  return NULL;
}

static void *empty(void *unused) {
  (void)unused;
  const uint64_t one = 1;
  uint64_t count;
  while (!atomic_load(&shared.over)) {
    set_blocking(shared.s2m, false);
    if (write(shared.s2m, &one, sizeof one) < 0) count = 0;
    spin((double)(rand() % 20) * 1e-6);
    if (read(shared.s2m, &count, sizeof count) < 0) count = 0;
    set_blocking(shared.s2m, true);
    stay_while_stuck();
  }
  return NULL;
}

static void block(double length) {
  int fd = greeted(), file = memory(0, REGION);
  fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK);
  shared.bytes = mmap(NULL, REGION, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  shared.s2m = eventfd(0, EFD_NONBLOCK);
  shared.m2s = eventfd(0, EFD_NONBLOCK);
  for (int ring = 0; ring < 2; ring++) {
    lay(shared.bytes + ring * RING);
    uint32_t *slots = (uint32_t *)(shared.bytes + ring * RING + 128);
    for (int i = 0; i < SLOTS; i++) {
      slots[i * 4 + 1] = ring == 0 ? 60 : BUFFER;
      slots[i * 4 + 2] = (uint32_t)(2 * RING + (ring * SLOTS + i) * BUFFER);
    }
  }
  if (!ask(fd, add_region(REGION), file) || !ask(fd, add_ring(1, 0), shared.s2m) || !ask(fd, add_ring(0, RING), shared.m2s)) exit(1);
  send_message(fd, plain(CONNECT), -1);
  if (hear(fd) != CONNECTED) exit(1);
  pthread_t threads[2];
  pthread_create(&threads[0], NULL, fill, NULL);
  pthread_create(&threads[1], NULL, empty, NULL);
  long packets = 0;
  for (double end = seconds() + length; seconds() < end; packets++) {
    uint32_t *slots = (uint32_t *)(shared.bytes + RING + 128);
    for (int i = 0; i < SLOTS; i++) slots[i * 4 + 1] = BUFFER;
    atomic_store(word(1, 3), (uint16_t)(atomic_load(word(1, 32)) + SLOTS));
    if ((uint16_t)(atomic_load(word(0, 3)) - atomic_load(word(0, 32))) < SLOTS) atomic_fetch_add(word(0, 3), 1);
    spin(5e-6);
  }
  atomic_store(&shared.over, true);
  set_blocking(shared.m2s, false);
  set_blocking(shared.s2m, false);
  printf("%ld turns\n", packets);
}

/* A TCP socket that has more to send than its peer takes; who closes it last waits for a minute. */
static int lingering(void) {
  int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof address;
  static char bytes[1 << 16];
  struct linger linger = {1, 60};
  if (bind(listener, (struct sockaddr *)&address, length) < 0 || listen(listener, 1) < 0) exit(1);
  getsockname(listener, (struct sockaddr *)&address, &length);
  if (connect(fd, (struct sockaddr *)&address, length) < 0) exit(1);
  int other = accept(listener, NULL, NULL);
  (void)other; /* kept open, and never read */
  while (send(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0) {
  }
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  close(listener);
  return fd;
}

static void linger(void) {
  uint8_t unknown[128] = {99};
  const void *messages[] = {add_region(4096), plain(ACK), unknown};
  for (int i = 0; i < 3; i++) {
    int fd = greeted(), passed = lingering();
    send_message(fd, messages[i], passed);
    close(passed);
    hear(fd);
    close(fd);
  }
  /* as an eventfd; and behind a message that ends the connection, so that it lies unread */
  int fd = greeted(), passed = lingering();
  send_message(fd, add_ring(1, 0), passed);
  close(passed);
  hear(fd);
  fd = connect_to_server();
  hear(fd);
  for (int empty = 0; empty < 2; empty++) {
    fd = connect_to_server();
    hear(fd);
    passed = lingering();
    send_message(fd, unknown, -1);
    for (int i = 0; i < (empty ? 3 : 20); i++) send_record(fd, unknown, empty ? 0 : sizeof unknown, passed);
    close(passed);
    while (hear(fd) != 0) {
    }
  }
}

static void try_door(const char *what, const char *name, const uint8_t *message, int passed) {
  if (passed < 0) return;
  int fd = greeted();
  send_message(fd, message, passed);
  int type = hear(fd);
  printf("%s %s: %s\n", what, name, type == ACK ? "taken" : type == DISCONNECT ? (char *)answer + 6 : "the end");
  close(fd);
}

static void doors(void) {
  int pipes[2], sockets[2];
  char byte[4096] = {0};
  sigset_t none;
  sigemptyset(&none);
  if (pipe(pipes) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) < 0) exit(1);
  while (send(sockets[0], byte, sizeof byte, MSG_DONTWAIT) > 0) {
  }
  int sealed = memory(0, REGION), fixed = memory(0, REGION), small = memory(0, REGION);
  fcntl(sealed, F_ADD_SEALS, F_SEAL_SHRINK);
  fcntl(fixed, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_FUTURE_WRITE);
  if (ftruncate(small, 4096) == 0) fcntl(small, F_ADD_SEALS, F_SEAL_SHRINK);
  int grown = memory(0, 4096);
  fcntl(grown, F_ADD_SEALS, F_SEAL_SHRINK);
  if (ftruncate(grown, REGION) < 0) exit(1);
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", sealed);
  /* An eventfd that is full, and one whose O_NONBLOCK is not set. */
  uint64_t full = UINT64_MAX - 1;
  int brimful = eventfd(0, 0);
  if (write(brimful, &full, 8) != 8) exit(1);
  const struct {
    const char *name;
    int fd;
  } kinds[] = {
      {"pipe", pipes[1]},
      {"full socket", sockets[0]},
      {"terminal", open("/dev/ptmx", O_RDWR | O_NOCTTY)},
      {"zeros", open("/dev/zero", O_RDWR)},
      {"directory", open("/", O_RDONLY)},
      {"path", open("/dev/null", O_PATH)},
      {"timer", timerfd_create(CLOCK_MONOTONIC, 0)},
      {"signals", signalfd(-1, &none, 0)},
      {"epoll", epoll_create1(0)},
      {"inotify", inotify_init1(0)},
      {"semaphore", eventfd(3, EFD_SEMAPHORE)},
      {"full eventfd", brimful},
      {"blocking eventfd", eventfd(0, 0)},
      {"sealed memory", sealed},
      {"read-only memory", open(path, O_RDONLY)},
      {"unsealed memory", memory(0, REGION)},
      {"memory that cannot be written", fixed},
      {"memory that was smaller when it was sealed", grown},
      {"memory that shrank", small},
      {"huge pages", memory(MFD_HUGETLB, 0)},
      {"shared file", memfd_create("unsealable", 0)},
  };
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (strcmp(kinds[i].name, "huge pages") == 0) fcntl(kinds[i].fd, F_ADD_SEALS, F_SEAL_SHRINK);
    try_door("region", kinds[i].name, add_region(REGION), kinds[i].fd);
    try_door("ring", kinds[i].name, add_ring(1, 0), kinds[i].fd);
    if (strstr(kinds[i].name, "eventfd") != NULL || strcmp(kinds[i].name, "semaphore") == 0) try_door("sending ring", kinds[i].name, add_ring(0, 0), kinds[i].fd);
  }
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  setvbuf(stdout, NULL, _IOLBF, 0);
  signal(SIGPIPE, SIG_IGN);
  server = argv[2];
  double length = argc > 3 ? atof(argv[3]) : 1;
  if (strcmp(argv[1], "shrink") == 0) shrink(length);
  else if (strcmp(argv[1], "block") == 0) block(length);
  else if (strcmp(argv[1], "doors") == 0) doors();
  else if (strcmp(argv[1], "linger") == 0) linger();
  else return 2;
  printf("done\n");
  /* What it holds is held until it is killed. */
  for (;;) pause();
}
