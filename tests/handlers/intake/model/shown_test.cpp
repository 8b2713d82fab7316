// What a page showed comes back in its form, and what changed since is said in words.
#include "intake/model/shown.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/ids.h"

namespace {

using intake::Shown;

const std::string anne = base::make_id(base::now());
const intake::Reader reader{anne, [](std::string_view) { return "Bernard"; }};

std::vector<std::string> said(const Shown& then, const Shown& now) {
  std::vector<std::string> lines;
  for (const auto& [what, before, after] : intake::differences(then, now, reader)) {
    lines.push_back(what + " : " + before + ", " + after);
  }
  return lines;
}

TEST(Shown, ComesBackAsItWasWritten) {
  for (const auto& shown : {Shown{1, "new", "", 0}, Shown{1234567, "called_back", anne, 200}}) {
    const auto read = intake::read_shown(intake::write(shown));
    ASSERT_TRUE(read) << intake::write(shown);
    EXPECT_EQ(intake::write(*read), intake::write(shown));
  }
  for (const auto* other : {"", "1", "1.new..", "1.new", "-1.new..0", "1.open..0", "1.new.anne.0", "1.new..0.",
                            "1.new..0.1", "x.new..0", "1.new..x", "99999999999999999999.new..0"}) {
    EXPECT_FALSE(intake::read_shown(other)) << other;
  }
}

TEST(Shown, SaysWhatChangedSince) {
  const Shown then{7, "new", "", 0};
  EXPECT_TRUE(said(then, then).empty());
  EXPECT_EQ(said(then, {9, "called_back", "bernard", 2}),
            (std::vector<std::string>{"Statut : Nouveau, Rappelé", "Suivi par : personne, Bernard", "Notes : 0, 2"}));
  EXPECT_EQ(said(then, {9, "new", anne, 0}), std::vector<std::string>{"Suivi par : personne, moi"});
  EXPECT_EQ(said(then, {8, "new", "", 0}).size(), 1U) << "the person corrected it";
}

RC_GTEST_PROP(Shown, ComesBackWhateverItWas, ()) {
  const Shown shown{*rc::gen::nonNegative<std::int64_t>(),
                    *rc::gen::element<std::string>("new", "called_back", "closed"),
                    *rc::gen::element<std::string>("", anne), *rc::gen::arbitrary<std::size_t>()};
  const auto read = intake::read_shown(intake::write(shown));
  RC_ASSERT(read.has_value());
  RC_ASSERT(read->sequence == shown.sequence);
  RC_ASSERT(read->status == shown.status);
  RC_ASSERT(read->agent == shown.agent);
  RC_ASSERT(read->notes == shown.notes);
}

}  // namespace
