// Which handlers work, by their slots.
#include "system/model/services.h"

#include <gtest/gtest.h>

#include <map>

#include "handlers/system/slots.h"

namespace {

using namespace std::chrono_literals;
using State = office::Service::State;

std::map<std::string, office::Service> look(const slots::Office& office, base::Time now = base::now()) {
  std::map<std::string, office::Service> found;
  for (auto& service : office::services(web::read_slots(office.folder.path()), now))
    found.emplace(service.name, service);
  return found;
}

web::SlotReading slot(bool is_alive, bool has_ended, bool is_activated) {
  return {.owner = "intake_submit",
          .number = 0,
          .is_alive = is_alive,
          .has_ended = has_ended,
          .is_activated = is_activated,
          .version = {},
          .release = {},
          .starts = 1,
          .in_flight = 2,
          .resident_bytes = 0,
          .started = base::now(),
          .sampled = base::now(),
          .routes = std::vector<web::RouteCounts>(2),
          .told = {}};
}

}  // namespace

TEST(Services, AreUpWhileOneProcessIs) {
  slots::Office office;
  EXPECT_EQ(look(office).size(), 2u) << "the sweep is no handler";
  EXPECT_EQ(look(office).at("submit").processes, 2);
  office.submit.reset();
  EXPECT_EQ(look(office).at("submit").state, State::up);
  EXPECT_EQ(look(office).at("submit").processes, 1);
  office.submit_too.reset();
  EXPECT_EQ(look(office).at("submit").state, State::down);
  EXPECT_EQ(look(office).at("stats").state, State::up);
}

TEST(Services, AreDownWhenTheyAreStuck) {
  const slots::Office office;
  EXPECT_EQ(look(office, base::now() + 4s).at("submit").state, State::up);
  EXPECT_EQ(look(office, base::now() + 6s).at("submit").state, State::down);
  EXPECT_EQ(look(office, base::now() + 6s).at("submit").processes, 0);
}

TEST(Services, AreIdleWhenTheirSupervisorWaitsForARequest) {
  struct Case {
    bool is_alive, has_ended, is_activated;
    State state;
  };
  for (const auto& [is_alive, has_ended, is_activated, state] : std::vector<Case>{{true, false, false, State::up},
                                                                                  {true, false, true, State::up},
                                                                                  {false, true, true, State::idle},
                                                                                  {false, false, true, State::down},
                                                                                  {false, true, false, State::down}}) {
    const auto found = office::services({slot(is_alive, has_ended, is_activated)}, base::now());
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found.front().state, state);
    EXPECT_EQ(found.front().requests_in_flight, 2u);
  }
}
