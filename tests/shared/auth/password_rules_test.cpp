// Which passwords are refused, and why.
#include "auth/password_rules.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "crypto/password.h"

namespace {

const auth::PasswordRules::Chooser camille{.email = "c.delorme@mairie.example.org", .name = "Camille Martin"};

std::string sentence(const std::string& password, const auth::PasswordRules::Chooser& chooser = camille) {
  static auth::PasswordRules rules;
  const auto fault = rules.judge(password, chooser);
  return fault ? std::string(fault->french) : "";
}

TEST(PasswordRules, TakeWhatIsLongAndNobodysFirstGuess) {
  for (const auto* password :
       {"correct cheval pile agrafe", "trois petits chats verts", "Zx9!kQ2#vLp7", "été à la mairie 47",
        "la mairie ferme tard", " deux espaces au bord ", "пароль длинный и свой"}) {
    EXPECT_EQ(sentence(password), "") << password;
  }
  EXPECT_EQ(sentence(crypto::make_password()), "");
  EXPECT_EQ(sentence(std::string(31, 'x').replace(1, 29, "une phrase plus longue que les")), "");
}

TEST(PasswordRules, CountCharactersNotBytes) {
  EXPECT_NE(sentence("Noël à Évia").find("12 caractères"), std::string::npos);  // 11 of them, in 14 bytes
  EXPECT_EQ(sentence("Noël à Évian"), "");
}

TEST(PasswordRules, SayWhyOneIsRefused) {
  struct Refusal {
    const char* password;
    const char* reason;
  };
  for (const auto& [password, reason] :
       std::vector<Refusal>{{"", "Choisissez un mot de passe."},
                            {"onze lettre", "trop court"},
                            {"anticonstitutionnellement", "dictionnaire"},  // the French list is in the dictionary
                            {"développement", "dictionnaire"},
                            {"extraordinary", "dictionnaire"},
                            {"motdepasse2024!", "tout le monde essaie"},
                            {"MotDePasse2024!", "tout le monde essaie"},
                            {"P@ssw0rd and more", "tout le monde essaie"},
                            {"azertyuiop et plus", "tout le monde essaie"},
                            {"les martin du nord", "votre nom"},
                            {"enoz nitram du nord", "votre nom"},
                            {"chez delorme en ville", "votre adresse"},
                            {"esoperesteicietserepose", "à l’envers"},
                            {"engage le jeu que je le gagne", ""},
                            {"azbycxddxcybza", "à l’envers"},
                            {"zaaaab cheval rouge", "plus de trois fois"},
                            {"abcdefg cheval rouge", "une suite"},
                            {"correct\x01 cheval pile", "au clavier"},
                            {"correct \xff cheval pile", "au clavier"}}) {
    const auto said = sentence(password);
    EXPECT_EQ(said.empty(), std::string_view(reason).empty()) << password << ": " << said;
    EXPECT_NE(said.find(reason), std::string::npos) << password << ": " << said;
  }
  EXPECT_NE(sentence(std::string(1025, 'x')).find("trop long"), std::string::npos);
}

TEST(PasswordRules, WantMoreThanATouchOfTheOldOne) {
  auto chooser = camille;
  chooser.old_password = "correct cheval pile agrafe";
  EXPECT_NE(sentence("correct cheval pile agrafe", chooser).find("mot de passe actuel"), std::string::npos);
  EXPECT_NE(sentence("Correct Cheval Pile Agrafe", chooser), "");
  EXPECT_NE(sentence("correct cheval pile agraf3", chooser).find("ressemble"), std::string::npos);
  EXPECT_EQ(sentence("trois petits chats verts", chooser), "");
}

TEST(PasswordRules, JudgeInSeveralThreadsAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([] {
      for (int again = 0; again < 50; ++again) {
        EXPECT_EQ(sentence("correct cheval pile agrafe"), "");
        EXPECT_NE(sentence("anticonstitutionnellement"), "");
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
