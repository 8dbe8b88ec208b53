/*
 * A controller in a shared library, as the thread that calls it sees it. `library.c` finds and calls its functions; `library-calls.c` offers that to JavaScript, in its own thread or in one for the library.
 */
#ifndef SOUTHBOUND_LIBRARY_H
#define SOUTHBOUND_LIBRARY_H

#include "southbound-dl.h"
#include <stdbool.h>
#include <sys/types.h>

typedef struct Library {
  struct Library *next; /* of those that are loaded, in all threads */
  char *file, *name;
  bool keep;    /* never unloaded */
  void *handle; /* NULL before it is loaded and when it is closed */
  struct southbound_dl_context context;
  void *recv, *send, *open, *close, *fd;
  bool opening, ending;
  char *words; /* what the dynamic linker said when loading failed, else NULL */
} Library;

/*
 * Loads the library and calls handle_open. Answers a negative errno where that failed: -EBUSY when another connection has it and it has no instances, -EALREADY when an earlier connection is still
 * beginning or ending, -ENOEXEC with `words` set where the dynamic linker refused, else what handle_open answered.
 */
int library_start(Library *l);

/* Says that library_shut follows, once the call of this moment returns. */
void library_ends(Library *l);

/* Calls handle_close and unloads. Doing so again does nothing. */
void library_shut(Library *l);

/* What the functions answer; library_fd: -ENOSYS where there is none. */
ssize_t library_recv(Library *l, void *buffer, size_t n);
ssize_t library_send(Library *l, const void *buffer, size_t n);
int library_fd(Library *l);

#endif
