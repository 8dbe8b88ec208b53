/*
 * Preloaded into ovs-ofctl, this makes one loaded process run many commands: each in a child that is forked before main() does anything, so that a command costs a fork and no start.
 *
 * Standard input has requests: a native 32-bit number of words, and each word as its native 32-bit length and its bytes. Standard output has, for each, three native 32-bit numbers (exit
 * status, or 256 and the signal; bytes of standard output; bytes of standard error) and then these bytes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fcntl.h>

typedef int main_fn(int, char **, char **);

static main_fn *real_main;

static void take(void *to, size_t n) {
  for (char *p = to; n > 0;) {
    ssize_t got = read(0, p, n);
    if (got <= 0) _exit(0);
    p += got;
    n -= (size_t)got;
  }
}

static void give(const void *from, size_t n) {
  for (const char *p = from; n > 0;) {
    ssize_t put = write(1, p, n);
    if (put <= 0) _exit(1);
    p += put;
    n -= (size_t)put;
  }
}

static char *content(int fd, uint32_t *size) {
  *size = (uint32_t)lseek(fd, 0, SEEK_END);
  char *bytes = malloc(*size + 1);
  if (bytes == NULL || pread(fd, bytes, *size, 0) != (ssize_t)*size || ftruncate(fd, 0) != 0) _exit(1);
  lseek(fd, 0, SEEK_SET);
  return bytes;
}

static int serve(int argc, char **argv, char **env) {
  (void)argc;
  int out = memfd_create("out", MFD_CLOEXEC);
  int err = memfd_create("err", MFD_CLOEXEC);
  for (;;) {
    uint32_t count;
    take(&count, sizeof count);
    char **words = calloc(count + 2, sizeof *words);
    if (words == NULL) return 1;
    words[0] = argv[0];
    for (uint32_t i = 1; i <= count; i++) {
      uint32_t n;
      take(&n, sizeof n);
      words[i] = calloc(1, (size_t)n + 1);
      if (words[i] == NULL) return 1;
      take(words[i], n);
    }
    pid_t child = fork();
    if (child < 0) return 1;
    if (child == 0) {
      int none = open("/dev/null", O_RDONLY);
      dup2(none, 0);
      dup2(out, 1);
      dup2(err, 2);
      exit(real_main((int)count + 1, words, env));
    }
    int status = 0;
    waitpid(child, &status, 0);
    uint32_t answer[3] = {WIFEXITED(status) ? (uint32_t)WEXITSTATUS(status) : 256u + (uint32_t)WTERMSIG(status), 0, 0};
    char *printed = content(out, &answer[1]);
    char *said = content(err, &answer[2]);
    give(answer, sizeof answer);
    give(printed, answer[1]);
    give(said, answer[2]);
    free(printed);
    free(said);
    for (uint32_t i = 1; i <= count; i++) free(words[i]);
    free(words);
  }
}

int __libc_start_main(main_fn *program, int argc, char **argv, void (*init)(void), void (*fini)(void), void (*rtld_fini)(void), void *stack) {
  int (*start)(main_fn *, int, char **, void (*)(void), void (*)(void), void (*)(void), void *);
  *(void **)&start = dlsym(RTLD_NEXT, "__libc_start_main");
  real_main = program;
  unsetenv("LD_PRELOAD");
  return start(serve, argc, argv, init, fini, rtld_fini, stack);
}
