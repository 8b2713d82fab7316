// A real browser, driven by the W3C WebDriver protocol.
#include "ground/browser.h"

#include <httplib.h>

#include <chrono>
#include <stdexcept>
#include <thread>

namespace ground {
namespace {

// The key under which WebDriver hands over an element (section 11.1).
constexpr const char* element_key = "element-6066-11e4-a52e-4f735466cecf";

}  // namespace

Browser::Browser(const Wish& wish)
    : port_(free_port()),
      driver_({"chromedriver", "--port=" + std::to_string(port_)}, {{"HOME", profile_.path()}},
              {.output_path = profile_ / "driver.log"}),
      client_(std::make_unique<httplib::Client>("127.0.0.1", port_)) {
  client_->set_read_timeout(60);
  client_->set_keep_alive(true);
  for (int attempt = 0; attempt < 250; ++attempt) {
    const auto status = client_->Get("/status");
    if (status && nlohmann::json::parse(status->body)["value"]["ready"].get<bool>()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds{40});
  }
  // Without motion a page scrolls at once, so that a click meets what it was aimed at.
  nlohmann::json options{
      {"args",
       {"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--lang=fr",
        "--force-prefers-reduced-motion", "--user-data-dir=" + (profile_ / "profile"),
        "--window-size=" + std::to_string(wish.width) + "," + std::to_string(wish.height)}}};
  // Chromium's own window is never narrower than 500 pixels: a telephone's is emulated.
  if (wish.width < 500) {
    options["mobileEmulation"] = {
        {"deviceMetrics", {{"width", wish.width}, {"height", wish.height}, {"pixelRatio", 1.0}, {"mobile", false}}}};
  }
  if (!wish.runs_scripts) options["prefs"] = {{"profile.managed_default_content_settings.javascript", 2}};
  const nlohmann::json wanted{{"browserName", "chrome"},
                              {"acceptInsecureCerts", true},
                              {"goog:chromeOptions", options},
                              {"goog:loggingPrefs", {{"browser", "ALL"}}}};
  session_ = "/session";
  session_ += "/" + post("", {{"capabilities", {{"alwaysMatch", wanted}}}})["sessionId"].get<std::string>();
}

Browser::~Browser() { client_->Delete(session_); }

nlohmann::json Browser::post(const std::string& path, const nlohmann::json& body) {
  const auto answer = client_->Post(session_ + path, body.dump(), "application/json");
  if (!answer || answer->status != 200) {
    throw std::runtime_error("the browser refuses " + path + ": " +
                             (answer ? answer->body.substr(0, 400) : "no answer"));
  }
  return nlohmann::json::parse(answer->body)["value"];
}

nlohmann::json Browser::get(const std::string& path) {
  const auto answer = client_->Get(session_ + path);
  if (!answer || answer->status != 200) throw std::runtime_error("the browser refuses " + path);
  return nlohmann::json::parse(answer->body)["value"];
}

std::string Browser::find(const std::string& selector) {
  return post("/element", {{"using", "css selector"}, {"value", selector}})[element_key];
}

void Browser::open(const std::string& url) { post("/url", {{"url", url}}); }

void Browser::type(const std::string& selector, const std::string& text) {
  const auto element = "/element/" + find(selector);
  post(element + "/clear", nlohmann::json::object());
  post(element + "/value", {{"text", text}});
}

void Browser::click(const std::string& selector) {
  post("/element/" + find(selector) + "/click", nlohmann::json::object());
}

void Browser::choose(const std::string& selector, const std::string& label) {
  for (const auto& option : post("/elements", {{"using", "css selector"}, {"value", selector + " option"}})) {
    const auto element = "/element/" + option[element_key].get<std::string>();
    if (get(element + "/text") != label) continue;
    post(element + "/click", nlohmann::json::object());
    return;
  }
  throw std::runtime_error("no choice named " + label);
}

std::string Browser::url() { return get("/url"); }
std::string Browser::title() { return get("/title"); }
std::string Browser::text(const std::string& selector) { return get("/element/" + find(selector) + "/text"); }

bool Browser::has(const std::string& selector) {
  return !post("/elements", {{"using", "css selector"}, {"value", selector}}).empty();
}

nlohmann::json Browser::run(const std::string& script) {
  return post("/execute/sync", {{"script", script}, {"args", nlohmann::json::array()}});
}

std::vector<std::string> Browser::console() {
  std::vector<std::string> lines;
  for (const auto& entry : post("/se/log", {{"type", "browser"}})) lines.push_back(entry["message"]);
  return lines;
}

}  // namespace ground
