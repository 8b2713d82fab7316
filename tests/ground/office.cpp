// A whole office of a test's own.
#include "ground/office.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "ground/engine.h"
#include "ground/folder.h"
#include "ground/pattern.h"

namespace ground {

std::set<std::string> handlers() {
  std::set<std::string> names;
  for (const auto* menu : {SOURCE_FOLDER "/nginx/menu.conf", SOURCE_FOLDER "/nginx/inside.conf"}) {
    for (const auto& name : find_all(bytes_in(menu), "set \\$handler ([a-z_]+)")) names.insert(name);
  }
  return names;
}

Office::Office(Environment settings, std::vector<std::string> words)
    : port_(free_port()),
      environment_(std::move(settings)),
      intake_documents_(place("GUICHET_INTAKE_DOCUMENTS", "data/intake/intake.db")),
      office_documents_(place("GUICHET_OFFICE_DOCUMENTS", "data/office/office.db")),
      words_(std::move(words)) {
  environment_.insert({{"GUICHET_PORT", std::to_string(port_)},
                       {"GUICHET_VAR", folder_ / "var"},
                       {"GUICHET_SUBMIT_RATE", "off"},
                       {"GUICHET_VIEW_DATA_RATE", "off"},
                       {"GUICHET_MY_DATA_RATE", "off"}});
  const auto started = up();
  if (started.status != 0) throw std::runtime_error("nginx/up failed: " + started.out + started.err);
  password_ = find_first(started.out, "password ([a-z0-9]{20,})");
}

std::string Office::place(const std::string& setting, std::string_view file) {
  if (const auto given = environment_.find(setting); given != environment_.end()) return given->second;
  if (environment_.contains(setting + "_FILE")) return {};
  const auto url = new_database();
  if (!url) return "sqlite:" + path(file);
  const auto holder = folder_ / setting;
  std::ofstream(holder) << *url << '\n';
  std::filesystem::permissions(holder, std::filesystem::perms::owner_read);
  environment_[setting + "_FILE"] = holder;
  return *url;
}

Office::~Office() { [[maybe_unused]] const auto ended = down(); }

Ended Office::up(const std::vector<std::string>& words, const Environment& changed) const {
  auto environment = environment_;
  for (const auto& [name, value] : changed) environment[name] = value;
  std::vector<std::string> command{SOURCE_FOLDER "/nginx/up"};
  command.insert(command.end(), words_.begin(), words_.end());
  command.insert(command.end(), words.begin(), words.end());
  return run(command, environment);
}
Ended Office::down() const { return run({SOURCE_FOLDER "/nginx/down"}, environment_); }

const Staff& Office::staff(const std::string& role) const {
  const std::lock_guard turn(turn_);
  auto found = staff_.find(role);
  if (found == staff_.end()) found = staff_.emplace(role, add_staff(office_documents_, role)).first;
  return found->second;
}

Ended Office::scale(const std::vector<std::string>& words) const {
  std::vector<std::string> command{SOURCE_FOLDER "/nginx/scale"};
  command.insert(command.end(), words.begin(), words.end());
  return run(command, {{"GUICHET_VAR", path("")}});
}

Ended Office::guichet(std::vector<std::string> words) const {
  words.insert(words.begin(), SOURCE_FOLDER "/nginx/guichet");
  return run(words, environment_);
}

std::vector<pid_t> Office::processes(std::string_view handler) const {
  std::vector<pid_t> pids;
  const auto releases = path("releases/");
  const auto program = std::string("/bin/").append(handler);
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::error_code gone;
    const auto target = std::filesystem::read_symlink(entry.path() / "exe", gone);
    if (gone || !target.string().starts_with(releases) || !target.string().ends_with(program)) continue;
    pids.push_back(std::stoi(entry.path().filename().string()));
  }
  return pids;
}

}  // namespace ground
