// What a database says of itself while its office moves.
#include "store/mark.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "store/engine.h"

namespace store {
namespace {

using State = Mark::State;

constexpr std::array<std::pair<State, std::string_view>, 4> words{
    {{State::moving, "moving"}, {State::closed, "closed"}, {State::arriving, "arriving"}, {State::arrived, "arrived"}}};

std::string_view take_word(std::string_view& rest) {
  const auto word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(std::min(rest.size(), word.size() + 1));
  return word;
}

}  // namespace

Mark Mark::read(std::string_view text) {
  if (text.empty()) return {};
  const auto word = take_word(text);
  const auto* found = std::ranges::find(words, word, &std::pair<State, std::string_view>::second);
  // A newer program's word: nothing is written past it.
  if (found == words.end()) return {.state = State::closed};
  Mark mark{.state = found->first};
  mark.move = take_word(text);
  mark.run = text;
  return mark;
}

std::string Mark::text() const {
  if (state == State::none) return {};
  return fmt::format("{} {} {}", std::ranges::find(words, state, &std::pair<State, std::string_view>::first)->second,
                     move, run);
}

void require_writable(std::string_view mark) {
  const auto state = Mark::read(mark).state;
  if (state == State::closed) throw Unavailable("the database has moved, or is about to: it takes no more writes");
  if (state == State::arriving) throw Unavailable("the database is being moved to");
}

void require_unfollowed(std::string_view mark) {
  if (Mark::read(mark).state == State::moving) {
    throw Unavailable("the database is being moved: replace seals when it has moved");
  }
}

void require_complete(std::string_view mark) {
  if (Mark::read(mark).state == State::arriving) {
    throw Unavailable("it is only half there: let the move that fills it end, or go on with it, or empty it");
  }
}

std::optional<Mark> mark_of(const std::string& url) {
  const auto text = engine_of(url).mark(url);
  if (!text) return std::nullopt;
  return Mark::read(*text);
}

bool change_mark(const std::string& url, const Mark& now, const Mark& next) {
  return engine_of(url).set_mark(url, now.text(), next.text());
}

}  // namespace store
