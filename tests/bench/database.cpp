// A server of databases for a bench, which ends with its standard input.
// database Postgresql|Mongodb COUNT: starts it and prints the URLs of that many new databases.
#include <iostream>
#include <limits>
#include <string>

#include "engines/engine.h"

int main(int count, char** words) {
  if (count != 3) return 2;
  auto& engine = engines::named(words[1]);
  for (int i = 0; i < std::stoi(words[2]); ++i) std::cout << engine.fresh() << '\n';
  std::cout << std::flush;
  std::cin.ignore(std::numeric_limits<std::streamsize>::max());
}
