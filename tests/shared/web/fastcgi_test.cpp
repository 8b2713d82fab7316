// The only loop behind a listening socket (FastCGI): kept connections, many at once, and how it leaves.

#include "web/fastcgi.h"

#include "shared/web/served.h"

using namespace served;

TEST(Serve, SpeaksFastCgi) {
  const Served served("system_health", {});
  auto connection = served.connect();
  std::set<std::string> ids;
  for (int i = 0; i < 50; ++i) {
    const auto answer = connection.ask(ground::variables_of(i % 2 == 0 ? "GET /health" : "GET /nothing"));
    ASSERT_EQ(answer.status, i % 2 == 0 ? 200 : 404);
    EXPECT_EQ(answer.header("Content-Length"), std::to_string(answer.body.size()));
    EXPECT_TRUE(ids.insert(answer.header("X-Request-Id")).second);
  }
  EXPECT_EQ(log_lines(served.log()).size(), 50u);
}

TEST(Serve, ClosesAConnectionThatIsNotKept) {
  const Served served("system_health", {});
  auto connection = served.connect();
  EXPECT_EQ(connection.ask(ground::variables_of("GET /health"), {}, false).status, 200);
  EXPECT_TRUE(connection.closes());
}

TEST(Serve, AcceptsALargeHead) {
  const Served served("system_health", {});
  auto variables = ground::variables_of("GET /health", {{"Cookie", std::string(30000, 'c')}});
  for (int i = 0; i < 200; ++i) variables["HTTP_X_" + std::to_string(i)] = std::string(100, 'x');
  EXPECT_EQ(served.connect().ask(variables).status, 200);
}

TEST(Serve, AnswersManyAtOnce) {
  const Served served("system_health", {});
  std::vector<int> answered(16);
  std::vector<std::thread> clients;
  for (auto& count : answered) {
    clients.emplace_back([&] {
      auto connection = served.connect();
      for (int i = 0; i < 50; ++i) {
        if (connection.ask(ground::variables_of("GET /health")).status == 200) ++count;
      }
    });
  }
  for (auto& client : clients) client.join();
  for (const int count : answered) EXPECT_EQ(count, 50);
  const auto lines = log_lines(served.log());
  EXPECT_EQ(lines.size(), 800u);
  EXPECT_TRUE(std::ranges::none_of(lines, [](const auto& line) { return line.is_discarded(); }));
}

// Nginx keeps as many connections as it likes: others must not wait behind idle ones.
TEST(Serve, IsNotBlockedByIdleConnections) {
  const Served served("system_health", {});
  std::vector<ground::FastCgi> idle;
  for (int i = 0; i < web::threads - 4; ++i) {
    idle.push_back(served.connect());
    ASSERT_EQ(idle.back().ask(ground::variables_of("GET /health")).status, 200);
  }
  EXPECT_EQ(served.ask("GET /health").status, 200);
}

// The record that ends a body may come a moment after the rest.
TEST(Serve, AnswersTheNextRequestAfterALateEndOfTheBody) {
  const Served served("system_health", {});
  auto connection = served.connect();
  connection.begin(ground::variables_of("GET /health"));
  ASSERT_TRUE(holds_within(std::chrono::seconds{10}, [&] { return !served.log().empty(); }));
  connection.finish();
  EXPECT_EQ(connection.answer().status, 200);
  EXPECT_EQ(connection.ask(ground::variables_of("GET /health")).status, 200) << "the kept connection is lost";
}

// What was refused before its body was read must not be taken for the next request.
TEST(Serve, AnswersTheNextRequestAfterABodyThatNobodyRead) {
  const Desk own;
  const Served served("intake_submit", own.environment("intake_submit"));
  const struct {
    const char* name;
    std::string request;
    Environment headers;
    int status;
    std::size_t body_bytes = 8192;  // as much as Nginx lets through
  } cases[] = {
      {"another site's post", "POST /submit", {{"Sec-Fetch-Site", "cross-site"}}, 403},
      {"a post to a page", "POST /", {}, 405},
      {"a post to nowhere", "POST /nothing", {}, 404},
      {"too large a post", "POST /submit", {}, 413, 60000},
      {"a form with wrong fields", "POST /submit", {}, 400},
      {"a GET with a body", "GET /submitted", {{"Content-Length", "8192"}}, 200},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.name);
    const std::string body = "a=%zz" + std::string(each.body_bytes - 5, 'x');
    auto connection = served.connect();
    EXPECT_EQ(connection.ask(ground::variables_of(each.request, each.headers, body), body).status, each.status);
    EXPECT_EQ(connection.ask(ground::variables_of("GET /submitted")).status, 200) << "the kept connection is lost";
  }
}

TEST(Serve, GivesUpOnAClientThatLeaves) {
  const Desk own;
  const Served served("intake_submit", own.environment("intake_submit"));
  for (int i = 0; i < 30; ++i) {
    auto connection = served.connect();
    connection.begin(ground::variables_of("POST /submit", {{"Content-Length", "100"}}));
    connection.send("prenom=");
  }
  EXPECT_EQ(served.ask("GET /").status, 200);
}

TEST(Serve, LeavesAtOnceWhenIdle) {
  for (const bool has_connections : {false, true}) {
    Served served("system_health", {});
    std::vector<ground::FastCgi> kept;
    ASSERT_EQ(served.ask("GET /health").status, 200);
    for (int i = 0; has_connections && i < 20; ++i) {
      kept.push_back(served.connect());
      ASSERT_EQ(kept.back().ask(ground::variables_of("GET /health")).status, 200);
    }
    const auto begun = std::chrono::steady_clock::now();
    served.tell_to_end();
    EXPECT_EQ(served.wait_for(std::chrono::seconds{10}), 0);
    const auto took = std::chrono::steady_clock::now() - begun;
    std::printf("an idle process %s left in %.1f ms\n",
                has_connections ? "with kept connections" : "without connections",
                std::chrono::duration<double, std::milli>(took).count());
    EXPECT_LT(took, std::chrono::seconds{5});
  }
}

TEST(Serve, FinishesTheRequestThatIsUnderWay) {
  const Desk own;
  Served served("intake_submit", own.environment("intake_submit"));
  const auto body = report_body();
  auto connection = std::make_unique<ground::FastCgi>(served.socket());
  connection->begin(ground::variables_of("POST /submit", json_client, body));
  connection->send(body.substr(0, body.size() / 2));
  // The other threads answer, so this one has been accepted; then a moment for its head to be read.
  for (int i = 0; i < 50; ++i) ASSERT_EQ(served.ask("GET /").status, 200);
  served.tell_to_end();
  ASSERT_TRUE(holds_within(std::chrono::seconds{10}, [&] { return served.has_heard(); }));
  EXPECT_EQ(served.wait_for(std::chrono::milliseconds{300}), -1) << "it left while a request was under way";
  connection->send(body.substr(body.size() / 2));
  connection->finish();
  const auto answer = connection->answer();
  EXPECT_EQ(answer.status, 201) << answer.text;
  EXPECT_TRUE(connection->closes());
  connection.reset();
  EXPECT_EQ(served.wait_for(std::chrono::seconds{10}), 0);
  EXPECT_NE(own.ask("intake_stats", "GET /stats", json_client).body.find("\"total\":1,"), std::string::npos);
}

TEST(Serve, LosesNothingThatItAnsweredWhenToldToEnd) {
  const Desk own;
  int kept = 0;
  for (int round = 0; round < 3; ++round) {
    Served served("intake_submit", own.environment("intake_submit"));
    ASSERT_EQ(served.ask("GET /").status, 200);
    std::atomic<int> acknowledged = 0;
    std::vector<std::thread> clients;
    for (int client = 0; client < 4; ++client) {
      clients.emplace_back([&, client] {
        ground::Reporter reporter(static_cast<std::uint64_t>(round * 10 + client));
        auto connection = served.connect();
        for (int i = 0; i < 10000; ++i) {
          const auto body = ground::form_body(reporter.next());
          const auto answer = connection.ask(ground::variables_of("POST /submit", {}, body), body);
          if (answer.status == 0) return;
          EXPECT_EQ(answer.status, 303) << answer.text;
          ++acknowledged;
        }
      });
    }
    holds_within(std::chrono::seconds{10}, [&] { return acknowledged > 20; });
    served.tell_to_end();
    EXPECT_EQ(served.wait_for(std::chrono::seconds{15}), 0);
    for (auto& client : clients) client.join();
    kept += acknowledged;
    const auto total =
        nlohmann::json::parse(own.ask("intake_stats", "GET /stats", json_client).body).at("total").get<int>();
    EXPECT_GE(total, kept) << "an acknowledged report is lost";
    EXPECT_LE(total, kept + 4);
    kept = total;
  }
}
