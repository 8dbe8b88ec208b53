/*
 * What a controller in a shared library exports for `dl:FILE`, behind the two functions of the RFC "OpenFlow Controller as Shared Library" (ovs-dev, 2019-03-25), which alone are required:
 *
 *   ssize_t handle_recv(void *buffer, size_t n);         gives up to n bytes to the switch: how many, -EAGAIN for none at the moment, 0 for the end of the stream
 *   ssize_t handle_send(const void *buffer, size_t n);   takes one OpenFlow message, or the rest of one: how many bytes were taken, -EAGAIN (or 0) for none at the moment
 *
 * Optional are
 *
 *   int  handle_open(struct southbound_dl_context *context);   a connection begins; a negative errno refuses it
 *   int  handle_fd(void);                                      a descriptor that is readable when there is something to receive
 *   void handle_close(void);                                   the connection has ended
 *
 * A library that serves several connections at a time puts a pointer of its own into `context->instance`. Each of the other four functions then gets that pointer as one argument more, the last:
 *
 *   ssize_t handle_recv(void *buffer, size_t n, void *instance);
 *   ssize_t handle_send(const void *buffer, size_t n, void *instance);
 *   int     handle_fd(void *instance);
 *   void    handle_close(void *instance);
 *
 * and the calls of one instance never overlap; those of different ones do, when their connections are of different threads. A library that leaves it NULL has one connection at a time.
 */
#ifndef SOUTHBOUND_DL_H
#define SOUTHBOUND_DL_H

#include <stddef.h>

struct southbound_dl_context {
  size_t size;       /* in: bytes of this structure as the switch knows it; it grows at its end */
  const char *name;  /* in: the connection's, such as "dl:/usr/lib/controller.so"; the switch's, valid until handle_close() has returned */
  void *instance;    /* out: what the other functions get; NULL at first */
  int keep_loaded;   /* out: not 0 keeps the library in the process for good, for those whose threads outlive the connection; 0 at first */
};

#endif
