// What every target stands on before its first input: libsodium, and the time zone that a French office reads dates in.
#include <sodium.h>

#include <cstdlib>

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  return sodium_init() < 0 ? EXIT_FAILURE : setenv("TZ", "Europe/Paris", 1);
}
