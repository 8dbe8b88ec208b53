/* Marking the packets of a socket: the differentiated services code point, which Open vSwitch's connections have. */
#include "addon.h"
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/socket.h>

/* Whether the socket is one of IPv6; a negative errno where it cannot be asked. */
static int is_v6(int fd) {
  int domain;
  socklen_t size = sizeof domain;
  return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) < 0 ? -errno : domain == AF_INET6;
}

/* socketDscp(fd, dscp): marks what the socket sends from now on. A socket of IPv6 may send over IPv4, so that it has both. */
static napi_value socket_dscp(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  int fd = (int)to_int(env, argv[0]), tos = (int)to_int(env, argv[1]) << 2, v6 = is_v6(fd);
  if (v6 < 0) return from_int(env, v6);
  if (v6 && setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof tos) < 0) return from_int(env, -errno);
  return answer(env, setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof tos) < 0 && !v6 ? -1 : 0);
}

/* socketMark(fd): the code point that the packets of the socket have. */
static napi_value socket_mark(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  int fd = (int)to_int(env, argv[0]), tos = 0, v6 = is_v6(fd);
  if (v6 < 0) return from_int(env, v6);
  socklen_t size = sizeof tos;
  if (getsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_TCLASS : IP_TOS, &tos, &size) < 0) return from_int(env, -errno);
  return from_int(env, tos >> 2);
}

const Function socket_functions[] = {{"socketDscp", socket_dscp}, {"socketMark", socket_mark}, {NULL, NULL}};
