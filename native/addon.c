#include "addon.h"

static const Function *const tables[] = {descriptor_functions, eventfd_functions, library_functions, lock_functions, memory_functions, poll_functions, seqpacket_functions,
                                       socket_functions};

NAPI_MODULE_INIT() {
  eventfd_prepare();
  for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
    for (const Function *f = tables[t]; f->name != NULL; f++) {
      napi_value function;
      if (napi_create_function(env, f->name, NAPI_AUTO_LENGTH, f->call, NULL, &function) != napi_ok) return NULL;
      if (napi_set_named_property(env, exports, f->name, function) != napi_ok) return NULL;
    }
  }
  return exports;
}
