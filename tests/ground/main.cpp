// Runs a suite's tests.
#include <gtest/gtest.h>
#include <sodium.h>

int main(int count, char** arguments) {
  testing::InitGoogleTest(&count, arguments);
  if (sodium_init() < 0) return 1;
  return RUN_ALL_TESTS();
}
