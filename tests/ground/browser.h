// A real browser (headless Chromium) driven by the W3C WebDriver protocol.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "ground/folder.h"
#include "ground/process.h"

namespace httplib {
class Client;
}

namespace ground {

class Browser {
 public:
  struct Wish {
    bool runs_scripts = true;
    int width = 1280;
    int height = 900;
  };
  explicit Browser(const Wish& wish);
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;
  ~Browser();

  void open(const std::string& url);
  void type(const std::string& selector, const std::string& text);  // after emptying the field
  void click(const std::string& selector);                          // as a pointer does, where the element stands

  void choose(const std::string& selector, const std::string& label);  // of a list

  [[nodiscard]] std::string url();
  [[nodiscard]] std::string title();
  [[nodiscard]] std::string text(const std::string& selector);
  [[nodiscard]] bool has(const std::string& selector);
  /// What the script returns; also when the page's own scripts are off.
  [[nodiscard]] nlohmann::json run(const std::string& script);
  /// What the console said since the last call.
  [[nodiscard]] std::vector<std::string> console();

 private:
  nlohmann::json post(const std::string& path, const nlohmann::json& body);
  nlohmann::json get(const std::string& path);
  [[nodiscard]] std::string find(const std::string& selector);

  Folder profile_;
  int port_;
  Process driver_;
  std::unique_ptr<httplib::Client> client_;
  std::string session_;
};

}  // namespace ground
