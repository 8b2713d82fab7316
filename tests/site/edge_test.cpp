// Where visitors come in: TLS at the edge, other proxies in front, a path that the office lives under.
#include <fmt/format.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "ground/folder.h"
#include "ground/nginx.h"
#include "ground/pattern.h"
#include "ground/seed.h"
#include "site/visitor.h"

namespace {

const site::Headers as_page{{"Accept", "text/html"}};

/// A certificate for 127.0.0.1 and its key, as an authority would hand them over.
struct Certificate {
  explicit Certificate(const char* days = "30", const std::string& place = {}) {
    if (!place.empty()) file = place + ".pem", key = place + ".key";
    const auto made = ground::run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                                   "-noenc", "-days", days, "-subj", "/CN=127.0.0.1", "-addext",
                                   "subjectAltName = IP:127.0.0.1", "-keyout", key, "-out", file});
    if (made.status != 0) throw std::runtime_error(made.err);
  }
  [[nodiscard]] ground::Environment settings() const {
    return {{"GUICHET_TLS_CERTIFICATE", file}, {"GUICHET_TLS_KEY", key}};
  }
  ground::Folder folder;
  std::string file = folder / "certificate.pem";
  std::string key = folder / "certificate.key";
};

/// What curl says of one request: `words` before the address.
ground::Ended curl(std::vector<std::string> words, const std::string& url) {
  words.insert(words.begin(), {"curl", "-q", "-sS", "-i", "--noproxy", "*", "--max-time", "20"});
  words.push_back(url);
  return ground::run(words);
}

int status_of(const ground::Ended& ended) {
  const auto found = ground::find_first(ended.out, "^HTTP/[0-9.]+ ([0-9]+)");
  return found.empty() ? 0 : std::stoi(found);
}

/// A header of the answer, by its name in small letters.
std::string header_of(const ground::Ended& ended, const std::string& name) {
  std::smatch found;
  const std::regex line("\r\n" + name + ": ([^\r]*)", std::regex::icase);
  return std::regex_search(ended.out, found, line) ? found[1].str() : "";
}

std::string report_body() {
  static ground::Reporter reporter(ground::seed());
  return ground::form_body(reporter.next());
}

/// The digest of the certificate that a new connection is shown.
std::string certificate_shown(int port) {
  return ground::run({"bash", "-c",
                      fmt::format("openssl s_client -connect 127.0.0.1:{} </dev/null 2>/dev/null |"
                                  " openssl x509 -noout -fingerprint -sha256",
                                  port)})
      .out;
}
std::string digest(const std::string& file) {
  return ground::run({"openssl", "x509", "-in", file, "-noout", "-fingerprint", "-sha256"}).out;
}

class Tls : public site::OfficeTest<Tls> {
 public:
  static ground::Environment settings() {
    auto settings = certificate().settings();
    settings["GUICHET_HTTP_PORT"] = std::to_string(plain_port());
    return settings;
  }

 protected:
  static const Certificate& certificate() {
    static const Certificate certificate;
    return certificate;
  }
  static int plain_port() {
    static const int port = ground::free_port();
    return port;
  }
  static std::string url(std::string_view path) { return fmt::format("https://127.0.0.1:{}{}", office().port(), path); }
  static ground::Ended ask(std::vector<std::string> words, std::string_view path) {
    words.insert(words.end(), {"--cacert", certificate().file});
    return curl(words, url(path));
  }
};

TEST_F(Tls, SpeaksVersions2And3Alone) {
  // Clients of today refuse old versions by themselves: these offer them, and another Nginx takes the offer.
  const ground::Nginx old(fmt::format("ssl_certificate {}; ssl_certificate_key {}; ssl_protocols TLSv1 TLSv1.1 TLSv1.2;"
                                      " ssl_ciphers ALL:@SECLEVEL=0; return 204;",
                                      certificate().file, certificate().key),
                          "ssl");
  const struct {
    const char* version;
    bool is_spoken;
  } cases[] = {{"-tls1", false}, {"-tls1_1", false}, {"-tls1_2", true}, {"-tls1_3", true}};
  for (const auto& [version, is_spoken] : cases) {
    SCOPED_TRACE(version);
    const auto offer = [&](int port) {
      return ground::run({"openssl", "s_client", "-connect", fmt::format("127.0.0.1:{}", port), version, "-cipher",
                          "ALL:@SECLEVEL=0", "-CAfile", certificate().file, "-verify_return_error"});
    };
    const auto said = offer(office().port());
    EXPECT_EQ(said.status == 0, is_spoken) << said.err;
    if (std::string_view(version) == "-tls1_3") continue;
    const auto by_old = offer(old.port());
    EXPECT_EQ(by_old.status, 0);
    // Of version 1.3 a ticket is but a number here: OpenSSL keeps what it stands for.
    EXPECT_EQ(said.out.find("TLS session ticket:"), std::string::npos) << "a ticket outlives its connection's secrecy";
    EXPECT_NE(by_old.out.find("TLS session ticket:"), std::string::npos);
  }
  const auto weak = ground::run({"openssl", "s_client", "-connect", fmt::format("127.0.0.1:{}", office().port()),
                                 "-tls1_2", "-cipher", "AES128-SHA:AES256-GCM-SHA384:ECDHE-ECDSA-AES128-SHA"});
  EXPECT_NE(weak.status, 0) << "a cipher without forward secrecy, or without authenticated encryption";
}

TEST_F(Tls, SpeaksHttp2AndInsistsOnTls) {
  const auto up = office().up();
  EXPECT_NE(up.out.find("already up: " + url("")), std::string::npos) << up.out << up.err;
  for (const auto* path : {"/", "/stats", "/css/guichet.css", "/nothing", "/view_data", "/submit"}) {
    const auto answer = ask({"--http2"}, path);
    EXPECT_EQ(answer.out.substr(0, 7), "HTTP/2 ") << path << answer.err;
    EXPECT_EQ(header_of(answer, "strict-transport-security"), "max-age=31536000") << path;
  }
  EXPECT_EQ(ask({"--http1.1"}, "/health").out.substr(0, 12), "HTTP/1.1 200");
}

TEST_F(Tls, TakesReportsBelowItsLimit) {
  const auto kept =
      ask({"--http2", "-H", "Accept: text/html", "-H", "Origin: " + url(""), "-d", report_body()}, "/submit");
  EXPECT_EQ(status_of(kept), 303) << kept.out << kept.err;
  EXPECT_EQ(header_of(kept, "location"), "/submitted");
  EXPECT_NE(header_of(kept, "set-cookie").find("; Secure"), std::string::npos) << header_of(kept, "set-cookie");
  EXPECT_EQ(status_of(ask({"--http2", "-H", "Origin: https://evil.example.org", "-d", report_body()}, "/submit")), 403);
  EXPECT_EQ(status_of(ask({"--http2", "-d", std::string(8193, 'x')}, "/submit")), 413);
}

// HTTP/2 has no chunks to refuse by: whatever a body's length, and even without one, none of it may reach the disk.
TEST_F(Tls, KeepsBodiesInMemory) {
  const auto temporary = office().path("nginx/temporary/body");
  ASSERT_TRUE(std::filesystem::is_directory(temporary));
  std::filesystem::permissions(temporary, std::filesystem::perms::none);
  const ground::Folder folder;
  const auto body = "prenom=" + std::string(8185, 'x');
  std::ofstream(folder / "body") << body;
  EXPECT_EQ(status_of(ask({"--http2", "-H", "Accept: text/html", "-d", body}, "/submit")), 422);
  const auto without_length = ask({"--http2", "-X", "POST", "-H", std::string("Content-Type: ") + site::form_type, "-H",
                                   "Transfer-Encoding: chunked", "-T", folder / "body"},
                                  "/submit");
  EXPECT_EQ(status_of(without_length), 422) << without_length.out;
  std::filesystem::permissions(temporary, std::filesystem::perms::owner_all);
}

TEST_F(Tls, SendsPlainHttpOn) {
  const auto plain = fmt::format("http://127.0.0.1:{}", plain_port());
  for (const auto& words : std::vector<std::vector<std::string>>{{}, {"-d", "a=b"}, {"-I"}}) {
    const auto answer = curl(words, plain + "/view_data?banque=LCL&tranche=65%2B");
    EXPECT_EQ(status_of(answer), 308);
    EXPECT_EQ(header_of(answer, "location"), url("/view_data?banque=LCL&tranche=65%2B"));
    EXPECT_EQ(header_of(answer, "strict-transport-security"), "") << "RFC 6797, section 7.2";
  }
  // Nothing waits for a body that does not come.
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(status_of(curl({"-H", "Content-Length: 100000000", "-X", "POST"}, plain + "/submit")), 308);
  EXPECT_LT(site::milliseconds_since(begun), 5000);
  const auto named = curl({"-H", "Host: guichet.example.org"}, plain + "/");
  EXPECT_EQ(header_of(named, "location"), fmt::format("https://guichet.example.org:{}/", office().port()));
  // Also who speaks it to the port of HTTPS.
  const auto mistaken = curl({}, fmt::format("http://127.0.0.1:{}/stats", office().port()));
  EXPECT_EQ(status_of(mistaken), 308);
  EXPECT_EQ(header_of(mistaken, "location"), url("/stats"));
  EXPECT_EQ(header_of(mistaken, "strict-transport-security"), "");
}

// The last one: the office shows another certificate afterwards.
TEST_F(Tls, TakesUpARenewedCertificateAndCutsNobodyOff) {
  const ground::Folder folder;
  const auto body = report_body();
  const auto before = certificate_shown(office().port());
  ASSERT_EQ(before, digest(certificate().file));

  // A file that would not do changes nothing.
  const auto key = certificate().key;
  std::filesystem::rename(key, folder / "key");
  const Certificate other;
  std::filesystem::copy_file(other.key, key);
  auto up = office().up();
  EXPECT_NE(up.status, 0);
  EXPECT_NE(up.err.find("not the one of the certificate"), std::string::npos) << up.err;
  EXPECT_EQ(std::count(up.err.begin(), up.err.end(), '\n'), 1) << up.err;
  EXPECT_EQ(certificate_shown(office().port()), before);

  // A report that is half sent when the certificate changes, and whose other half follows.
  const auto head = fmt::format(
      "POST /submit HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\nConnection: close\\r\\nAccept: application/json\\r\\n"
      "Content-Type: {}\\r\\nContent-Length: {}\\r\\n\\r\\n",
      site::form_type, body.size());
  std::ofstream(folder / "first") << body.substr(0, 20);
  std::ofstream(folder / "second") << body.substr(20);
  ground::Process sender(
      {"bash", "-c",
       fmt::format("{{ printf '{0}'; cat {1}/first; until [[ -e {1}/go ]]; do sleep 0.02; done; cat {1}/second; }}"
                   " | openssl s_client -brief -ign_eof -connect 127.0.0.1:{2} 2>{1}/state",
                   head, folder.path(), office().port())},
      {}, {.standard_input = -1, .output_path = folder / "answer"});
  ASSERT_TRUE(site::holds_within(std::chrono::seconds{10}, [&] {
    return ground::count(ground::bytes_in(folder / "state"), "^CONNECTION ESTABLISHED$") == 1;
  }));

  std::filesystem::copy_file(other.file, certificate().file, std::filesystem::copy_options::overwrite_existing);
  up = office().up();
  EXPECT_EQ(up.status, 0) << up.err;
  EXPECT_TRUE(site::holds_within(std::chrono::seconds{10},
                                 [&] { return certificate_shown(office().port()) == digest(other.file); }));
  std::ofstream(folder / "go") << "";
  sender.wait();
  std::stringstream answer;
  answer << std::ifstream(folder / "answer").rdbuf();
  EXPECT_NE(answer.str().find("HTTP/1.1 201 Created"), std::string::npos) << answer.str();
  EXPECT_NE(answer.str().find("\"receipt\""), std::string::npos);
}

TEST(TlsFiles, StopTheStartWithOneSentence) {
  const Certificate right;
  const Certificate other;
  const Certificate expired;
  const auto ago =
      ground::run({"openssl", "x509", "-in", right.file, "-signkey", right.key, "-days", "-1", "-out", expired.file});
  ASSERT_EQ(ago.status, 0) << ago.err;
  const ground::Folder folder;
  std::ofstream(folder / "empty.pem") << "";
  const auto locked = folder / "locked.key";
  ASSERT_EQ(
      ground::run({"openssl", "pkey", "-in", right.key, "-aes256", "-passout", "pass:word", "-out", locked}).status, 0);
  const struct {
    const char* name;
    ground::Environment settings;
    const char* says;
  } cases[] = {
      {"a key alone", {{"GUICHET_TLS_KEY", right.key}}, "go together"},
      {"a certificate alone", {{"GUICHET_TLS_CERTIFICATE", right.file}}, "go together"},
      {"no such file", {{"GUICHET_TLS_CERTIFICATE", "/nowhere"}, {"GUICHET_TLS_KEY", right.key}}, "/nowhere cannot"},
      {"a folder", {{"GUICHET_TLS_CERTIFICATE", "/etc"}, {"GUICHET_TLS_KEY", right.key}}, "/etc cannot be read"},
      {"an empty file",
       {{"GUICHET_TLS_CERTIFICATE", folder / "empty.pem"}, {"GUICHET_TLS_KEY", right.key}},
       "holds no certificate"},
      {"a certificate for a key",
       {{"GUICHET_TLS_CERTIFICATE", right.file}, {"GUICHET_TLS_KEY", right.file}},
       "holds no private key"},
      {"a key behind a pass phrase",
       {{"GUICHET_TLS_CERTIFICATE", right.file}, {"GUICHET_TLS_KEY", locked}},
       "without a pass phrase"},
      {"another's key",
       {{"GUICHET_TLS_CERTIFICATE", right.file}, {"GUICHET_TLS_KEY", other.key}},
       "not the one of the certificate"},
      {"an old certificate", {{"GUICHET_TLS_CERTIFICATE", expired.file}, {"GUICHET_TLS_KEY", right.key}}, "expired on"},
      {"a redirect to nowhere", {{"GUICHET_HTTP_PORT", "8079"}}, "GUICHET_HTTP_PORT"},
  };
  for (const auto& [name, settings, says] : cases) {
    SCOPED_TRACE(name);
    auto environment = settings;
    environment.insert({{"GUICHET_VAR", folder / "var"}, {"GUICHET_PORT", std::to_string(ground::free_port())}});
    const auto up = ground::run({SOURCE_FOLDER "/nginx/up"}, environment);
    EXPECT_EQ(up.status, 1);
    EXPECT_NE(up.err.find(says), std::string::npos) << up.err;
    EXPECT_EQ(std::count(up.err.begin(), up.err.end(), '\n'), 1) << up.err;
    EXPECT_EQ(up.out.find("Build"), std::string::npos) << "it took minutes to say so";
  }
}

TEST(SelfSigned, IsMadeOnceAndRenewedBeforeItsEnd) {
  const ground::Office office({}, {"--self-signed"});
  const auto file = office.path("tls/self_signed.certificate");
  const auto url = [&](const char* host) { return fmt::format("https://{}:{}/", host, office.port()); };
  for (const auto* host : {"localhost", "127.0.0.1"}) {
    const auto answer = curl({"--cacert", file}, url(host));
    EXPECT_EQ(status_of(answer), 200) << answer.err;
    EXPECT_EQ(header_of(answer, "strict-transport-security"), "") << "a browser could never go back";
  }
  EXPECT_EQ(curl({}, url("localhost")).status, 60) << "nobody vouches for it";
  for (const auto* name : {"tls", "tls/self_signed.key"}) {
    struct stat found {};
    ASSERT_EQ(stat(office.path(name).c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 077, 0U) << name;
  }
  const auto first = digest(file);
  auto again = office.up();
  EXPECT_EQ(again.out.find("warn"), std::string::npos) << again.out;
  EXPECT_EQ(digest(file), first);

  const Certificate ending("6", office.path("tls/ending"));
  std::filesystem::rename(ending.file, file);
  std::filesystem::rename(ending.key, office.path("tls/self_signed.key"));
  again = office.up();
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_NE(again.out.find("browsers will warn"), std::string::npos) << again.out;
  EXPECT_TRUE(
      site::holds_within(std::chrono::seconds{10}, [&] { return certificate_shown(office.port()) == digest(file); }));
  EXPECT_EQ(status_of(curl({"--cacert", file}, url("localhost"))), 200);
}

/// An office that trusts 127.0.0.2; whoever comes from another address says what it likes.
class BehindProxies : public site::OfficeTest<BehindProxies> {
 public:
  static ground::Environment settings() {
    return {{"GUICHET_TRUSTED_PROXIES", "192.0.2.0/24,127.0.0.2"}, {"GUICHET_SUBMIT_RATE", "1"}};
  }

 protected:
  /// A proxy in front at that address, with directives of its own.
  static ground::Nginx proxy(const std::string& directives, const char* address = "127.0.0.2") {
    return ground::Nginx(
        fmt::format("proxy_bind {}; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n"
                    "{}\nlocation / {{ proxy_pass http://127.0.0.1:{}; }}",
                    address, directives, office().port()));
  }
  /// Posts until the office has had enough, each time from another claimed address; how many it let through.
  static int posts_let_through(int port, const std::string& address) {
    int passed = 0;
    for (int i = 0; i < 12; ++i) {
      const auto claim = fmt::format("X-Forwarded-For: 198.51.100.{}", i);
      const auto real = fmt::format("X-Real-IP: 198.51.100.{}", i);
      const auto answer = curl({"--interface", address, "-H", claim, "-H", real, "-d", "prenom=x"},
                               fmt::format("http://127.0.0.1:{}/submit", port));
      if (status_of(answer) == 422) ++passed;
    }
    return passed;
  }
  /// Sends a report; a second's patience lets the rate forget what came before.
  static ground::Ended send_report(int port, std::vector<std::string> words) {
    words.insert(words.end(), {"-H", "Accept: text/html", "-d", report_body()});
    ground::Ended answer;
    EXPECT_TRUE(site::holds_within(std::chrono::seconds{10}, [&] {
      answer = curl(words, fmt::format("http://127.0.0.1:{}/submit", port));
      return status_of(answer) != 429;
    }));
    return answer;
  }
};

TEST_F(BehindProxies, LimitEachVisitorAndNotTheProxy) {
  const auto front = proxy("");
  const auto stranger = proxy("", "127.0.0.3");
  // A burst of two, the one under way, and what a second or two give back.
  const auto first = posts_let_through(front.port(), "127.0.0.11");
  EXPECT_GE(first, 3);
  EXPECT_LE(first, 8);
  EXPECT_GE(posts_let_through(front.port(), "127.0.0.12"), 3) << "one visitor's posts were counted as another's";
  EXPECT_LE(posts_let_through(office().port(), "127.0.0.13"), 8) << "a claimed address was believed";
  posts_let_through(stranger.port(), "127.0.0.14");
  EXPECT_LE(posts_let_through(stranger.port(), "127.0.0.15"), 2) << "a proxy that nobody trusts was believed";
}

TEST_F(BehindProxies, TellTheSchemeWhenTheyAreTrusted) {
  const auto https = proxy("proxy_set_header X-Forwarded-Proto https;");
  const auto http = proxy("proxy_set_header X-Forwarded-Proto http;");
  const auto adding = proxy("proxy_set_header X-Forwarded-Proto 'https, http';");
  const auto silent = proxy("");
  const auto stranger = proxy("proxy_set_header X-Forwarded-Proto https;", "127.0.0.3");
  const struct {
    const char* name;
    int port;
    bool is_secure;
  } cases[] = {{"by HTTPS", https.port(), true},
               {"by HTTP", http.port(), false},
               {"by HTTP, whatever the visitor says", adding.port(), false},
               {"a proxy that is not trusted", stranger.port(), false},
               {"a visitor's own words", office().port(), false}};
  for (const auto& [name, port, is_secure] : cases) {
    const auto answer = send_report(port, {"-H", "X-Forwarded-Proto: https", "-H", "X-Forwarded-Ssl: on", "-H",
                                           "Https: on", "-H", "Forwarded: proto=https"});
    const auto cookie = header_of(answer, "set-cookie");
    EXPECT_FALSE(cookie.empty()) << name << answer.out;
    EXPECT_EQ(cookie.find("; Secure") != std::string::npos, is_secure) << name << ": " << cookie;
  }
}

TEST_F(BehindProxies, TellTheHostWhenTheyAreTrusted) {
  const auto passes_host = proxy("proxy_set_header Host $http_host;");
  const auto tells_host = proxy("proxy_set_header X-Forwarded-Host $http_host;");
  const auto tells_nothing = proxy("proxy_set_header X-Forwarded-Host '';");
  const auto stranger = proxy("proxy_set_header X-Forwarded-Host $http_host;", "127.0.0.3");
  const struct {
    const char* name;
    int port;
    std::vector<std::string> words;
    int status;
  } cases[] = {
      {"the host itself", passes_host.port(), {}, 303},
      {"the host beside", tells_host.port(), {}, 303},
      {"no host", tells_nothing.port(), {}, 403},
      {"a proxy that is not trusted", stranger.port(), {}, 403},
      {"no proxy", office().port(), {}, 303},
      {"another site, by a visitor's own words",
       office().port(),
       {"-H", "Host: guichet.example.net", "-H", "X-Forwarded-Host: guichet.example.org"},
       403},
  };
  for (const auto& [name, port, words, status] : cases) {
    auto all = words;
    if (words.empty()) all = {"-H", "Host: guichet.example.org"};
    all.insert(all.end(), {"-H", "Origin: https://guichet.example.org"});
    EXPECT_EQ(status_of(send_report(port, all)), status) << name;
  }
}

// What a handler is told, read from its socket in its place.
TEST_F(BehindProxies, TellHandlersNothingElse) {
  const auto socket_path = office().path("run/system_health.sock");
  const auto aside = socket_path + ".aside";
  std::filesystem::rename(socket_path, aside);
  const int listener = ground::listen_on(socket_path);
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::filesystem::permissions(socket_path, std::filesystem::perms{0777});
  // Connections that Nginx keeps lead past the new socket, until their other end goes.
  for (const auto pid : office().processes("system_health")) kill(pid, SIGTERM);
  std::string told;
  std::thread handler([&] {
    const int connection = accept(listener, nullptr, nullptr);
    char buffer[16384];
    const auto size = recv(connection, buffer, sizeof buffer, 0);
    if (size > 0) told.assign(buffer, static_cast<std::size_t>(size));
    close(listener);
    close(connection);
  });
  std::vector<std::string> words{"-u", "staff:secret"};
  for (const auto* name : {"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Prefix", "Proxy",
                           "Https", "Forwarded", "X-Real-IP", "User-Agent", "Remote-User"}) {
    words.insert(words.end(), {"-H", fmt::format("{}: claim", name)});
  }
  EXPECT_TRUE(site::holds_within(std::chrono::seconds{10}, [&] {
    return status_of(curl(words, fmt::format("http://127.0.0.1:{}/health", office().port()))) == 502;
  }));
  handler.join();
  std::filesystem::rename(aside, socket_path);
  EXPECT_NE(told.find("HTTP_HOST127.0.0.1:"), std::string::npos);
  EXPECT_NE(told.find("SCRIPT_NAME/health"), std::string::npos);
  for (const auto* hidden : {"claim", "FORWARDED", "PROXY", "HTTPS", "AUTHORIZATION", "REMOTE_ADDR", "USER_AGENT"}) {
    EXPECT_EQ(told.find(hidden), std::string::npos) << hidden;
  }
}

constexpr const char* base = "/office/of-town";

/// An office below a path, and a proxy that keeps that path.
class BasePath : public site::OfficeTest<BasePath> {
 public:
  static ground::Environment settings() { return {{"GUICHET_BASE_PATH", base}}; }

 protected:
  static void SetUpTestSuite() {
    OfficeTest::SetUpTestSuite();
    front_ = std::make_unique<ground::Nginx>(fmt::format(
        "location {}/ {{ proxy_pass http://127.0.0.1:{}; proxy_set_header Host $http_host; }}", base, office().port()));
  }
  static void TearDownTestSuite() {
    front_.reset();
    OfficeTest::TearDownTestSuite();
  }
  static site::Answer get(const std::string& path, site::Headers headers = as_page) {
    return site::Visitor(front_->port()).get(path, std::move(headers));
  }
  static site::Answer post(const std::string& path, const std::string& body, site::Headers headers = as_page) {
    const auto origin = fmt::format("http://127.0.0.1:{}", front_->port());
    headers.emplace_back("Origin", origin);
    return site::Visitor(front_->port())
        .send({.method = "POST", .path = path, .headers = std::move(headers), .body = body, .type = site::form_type});
  }
  static site::Headers as_staff() {
    auto headers = site::staff_headers(office());
    headers.emplace_back("Accept", "text/html");
    return headers;
  }
  /// Every link, action, script, style and image of a page leads below the path, to something that is there.
  static void expect_links_answer(const std::string& name, const site::Answer& page) {
    SCOPED_TRACE(name);
    EXPECT_EQ(page.header("Content-Type").substr(0, 9), "text/html");
    const auto links = ground::find_all(page.body, "(?:href|action|src)=\"([^\"]*)\"");
    EXPECT_GE(links.size(), 8u);
    for (auto target : links) {
      if (target.starts_with("#") || target.starts_with("tel:") || target.starts_with("mailto:")) continue;
      EXPECT_TRUE(target.starts_with(base + std::string("/"))) << target;
      target = ground::replace_all(target.substr(0, target.find('#')), "&amp;", "&");
      if (!seen_.insert(target).second) continue;
      const auto answer = get(target, as_staff());
      // What only takes posts says so.
      EXPECT_TRUE(answer.status == 200 || (answer.status == 405 && answer.header("Allow") == "POST"))
          << target << " answers " << answer.status;
    }
  }

  static inline std::unique_ptr<ground::Nginx> front_;
  static inline std::set<std::string> seen_;
};

TEST_F(BasePath, CarriesAWholeLife) {
  const std::string below = base;
  const auto form = get(below + "/");
  ASSERT_EQ(form.status, 200);
  expect_links_answer("the form", form);
  EXPECT_TRUE(seen_.contains(below + "/css/guichet.css"));
  EXPECT_TRUE(seen_.contains(below + "/assets/bootstrap/css/bootstrap.min.css"));
  EXPECT_TRUE(seen_.contains(below + "/js/form.js"));

  const auto wrong = post(below + "/submit", "prenom=x");
  EXPECT_EQ(wrong.status, 422);
  expect_links_answer("the form to mend", wrong);

  const auto token = "&token=" + crypto::make_form_token();
  const auto sent = post(below + "/submit", report_body() + token);
  ASSERT_EQ(sent.status, 303);
  EXPECT_EQ(sent.header("Location"), below + "/submitted");
  const auto cookie = sent.header("Set-Cookie");
  EXPECT_NE(cookie.find("; Path=" + below + "/submitted;"), std::string::npos) << cookie;
  const auto other = post(below + "/submit", report_body() + token);
  EXPECT_EQ(other.status, 409);
  expect_links_answer("sent twice", other);

  const auto thanks = get(sent.header("Location"), {{"Cookie", cookie.substr(0, cookie.find(';'))}});
  EXPECT_EQ(thanks.status, 200);
  expect_links_answer("the thanks", thanks);
  EXPECT_NE(thanks.header("Set-Cookie").find("; Path=" + below + "/submitted; Max-Age=0"), std::string::npos);
  const auto code = ground::find_first(thanks.body, "id=\"receipt-code\"[^>]*>([^<]+)<");
  ASSERT_FALSE(code.empty()) << thanks.body;
  const auto receipt = "receipt=" + code;

  for (const auto* path : {"/stats", "/stats_jours", "/my_data", "/submitted"}) {
    expect_links_answer(path, get(below + path));
  }
  EXPECT_TRUE(seen_.contains(below + "/assets/chart/chart.min.js"));
  expect_links_answer("one's own record", post(below + "/my_data", receipt));
  expect_links_answer("before erasing", post(below + "/my_data/erase", receipt));

  const auto list = get(below + "/view_data", as_staff());
  expect_links_answer("the reports", list);
  expect_links_answer("found", post(below + "/view_data/find", "valeur=nobody%40example.org", as_staff()));
  const auto listed = ground::find_first(list.body, below + "/view_data/record\\?id=([0-9a-f-]{36})");
  ASSERT_FALSE(listed.empty()) << list.body;
  const auto id = "id=" + listed;
  expect_links_answer("a report", get(below + "/view_data/record?" + id, as_staff()));
  expect_links_answer("a card", post(below + "/view_data/reveal", id + "&motif=appel+de+la+banque", as_staff()));
  const auto extended = post(below + "/view_data/extend", id + "&jours=30&motif=appel+de+la+banque", as_staff());
  EXPECT_EQ(extended.status, 303) << extended.body;
  EXPECT_EQ(extended.header("Location"), below + "/view_data/record?" + id + "&fait=prolonge");
  EXPECT_EQ(get(extended.header("Location"), as_staff()).status, 200);

  const auto erased = post(below + "/my_data/erase", receipt + "&confirmation=effacer");
  EXPECT_EQ(erased.status, 200);
  expect_links_answer("erased", erased);
}

TEST_F(BasePath, HasErrorPagesOfItsOwn) {
  const std::string below = base;
  const struct {
    std::string path;
    int status;
  } cases[] = {{below + "/nothing", 404},
               {below + "/submit", 405},
               {below + "/js", 404},
               {below + "/errors/404.html", 404},
               {below + "/.hidden", 404}};
  for (const auto& [path, status] : cases) {
    const auto answer = get(path);
    EXPECT_EQ(answer.status, status) << path;
    expect_links_answer(path, answer);
  }
  const auto login = get(below + "/view_data");
  EXPECT_EQ(login.header("Location"), below + "/login?next=/view_data");
  expect_links_answer("the login", get(login.header("Location")));
}

TEST_F(BasePath, LeavesTheRestOfTheHostAlone) {
  site::Visitor visitor(office());
  for (const std::string path :
       {"/", "/submit", "/stats", "/css/guichet.css", "/office", "/office/", "/office/of-towns/", "/office/of-town.css",
        "/OFFICE/of-town/", "/errors/404.html", "/favicon.svg"}) {
    EXPECT_EQ(visitor.get(path, as_page).status, 404) << path;
  }
  const auto bare = visitor.get(base + std::string("?a=b"));
  EXPECT_EQ(bare.status, 308);
  EXPECT_EQ(bare.header("Location"), base + std::string("/?a=b"));
  const auto up = office().up();
  EXPECT_NE(up.out.find(fmt::format("already up: http://127.0.0.1:{}{}", office().port(), base)), std::string::npos);
}

}  // namespace
