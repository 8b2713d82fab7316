// Runs a suite's tests.
#include <gtest/gtest.h>
#include <sodium.h>

#include <cstdlib>
#include <string>

#include "ground/seed.h"

int main(int count, char** arguments) {
  testing::InitGoogleTest(&count, arguments);
  // RapidCheck tells its own seed only when a property fails.
  const auto parameters = "seed=" + std::to_string(ground::seed());
  setenv("RC_PARAMS", parameters.c_str(), 0);
  if (sodium_init() < 0) return 1;
  return RUN_ALL_TESTS();
}
