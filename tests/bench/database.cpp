// A server of databases for a bench, which ends with its standard input.
// database ENGINE FOLDER COUNT: starts it in the folder and prints the URLs of that many new databases.
#include <iostream>
#include <limits>
#include <string>

#include "ground/mongodb.h"
#include "ground/postgresql.h"

namespace {

template <typename Server>
void serve(const std::string& folder, int count) {
  Server server(folder);
  for (int i = 0; i < count; ++i) std::cout << server.fresh() << '\n';
  std::cout << std::flush;
  std::cin.ignore(std::numeric_limits<std::streamsize>::max());
}

}  // namespace

int main(int count, char** words) {
  if (count != 4) return 2;
  const std::string engine = words[1];
  if (engine == "postgresql") serve<ground::Postgresql>(words[2], std::stoi(words[3]));
  if (engine == "mongodb") serve<ground::Mongodb>(words[2], std::stoi(words[3]));
}
