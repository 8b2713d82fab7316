// Settings, a variable a line: what is accepted has its setting's shape, and a refusal never quotes a value.
#include <string>
#include <vector>

#include "base/config.h"
#include "fuzz/expect.h"

using fuzz::expect;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto rest = fuzz::view(data, size);
  std::vector<std::string> lines;
  while (!rest.empty()) lines.emplace_back(fuzz::take(rest, '\n'));
  std::vector<const char*> environment;
  for (const auto& line : lines) environment.push_back(line.c_str());
  environment.push_back(nullptr);
  try {
    const auto config = base::Config::read(environment.data());
    for (const auto& setting : base::settings()) {
      if (config.has(setting.name)) expect(setting.accepts(config.get(setting.name)), "a value that was accepted");
    }
    const auto path = config.base_path();
    expect(path.empty() || (path[0] == '/' && (path + "/").find("/../") == std::string::npos), "a path below the host");
  } catch (const base::BadStart& refusal) {
    expect(std::string_view(refusal.what()).find('\n') == std::string_view::npos, "one sentence");
  }
  return 0;
}
