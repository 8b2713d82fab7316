// The intake desk's own doors in a test: real documents, a window, keys, and a clock that a test sets.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "crypto/current_keys.h"
#include "ground/folder.h"
#include "ground/report.h"
#include "intake/model/notes.h"
#include "intake/model/records.h"
#include "intake/model/submissions.h"

namespace ground {

inline const std::string submissions{intake::submissions_collection};

class Records {
 public:
  /// Redis is away unless a URL is given.
  explicit Records(const std::string& window_url = {}) {
    crypto::make_key_files(folder_ / "public", folder_ / "secret");
    documents_ = store::Documents::open("sqlite:" + database(), intake::schema());
    window_ = std::make_unique<store::Window>(window_url.empty() ? "unix:" + (folder_ / "nothing") : window_url,
                                              *documents_, intake::schema().collection(intake::submissions_collection));
    submissions_ = std::make_unique<intake::Submissions>(
        *documents_, *window_, crypto::PublicKeyFile(folder_ / "public"), [this] { return now; });
  }

  [[nodiscard]] std::string database() const { return folder_ / "intake.db"; }
  [[nodiscard]] store::Documents& documents() { return *documents_; }
  [[nodiscard]] store::Window& window() { return *window_; }
  [[nodiscard]] intake::Submissions& submissions() { return *submissions_; }
  [[nodiscard]] crypto::PublicKeyFile public_key() const { return crypto::PublicKeyFile(folder_ / "public"); }
  [[nodiscard]] crypto::KeyringFile keyring() const { return crypto::KeyringFile(folder_ / "secret"); }
  [[nodiscard]] static intake::Banks banks() { return intake::Banks::read(SOURCE_FOLDER "/handlers/intake/banks.txt"); }

  [[nodiscard]] static intake::Submission read(const Fields& fields) {
    static const auto known = banks();
    auto form = web::Form::read_urlencoded(form_body(fields));
    const auto checked = intake::read_submission(form, known, intake::CardCheck::luhn);
    return intake::decode(intake::encode(*checked));
  }
  /// Keeps a report at `now`, under the token of that text.
  std::optional<intake::Submissions::Kept> add(const Fields& fields, std::string_view token) {
    return submissions_->add(read(fields), {crypto::TokenSource::form, token});
  }

  /// Adds a note to a report at `now`, as an agent's handling does.
  bool annotate(std::string_view id, const std::string& text, const std::string& author = "anne") {
    const auto report = documents_->find(intake::submissions_collection, id);
    auto note = intake::seal_note({.author = author, .written = now, .text = text}, *report,
                                  {crypto::TokenSource::form, text}, *public_key().get());
    return documents_->change({store::Add{std::string(intake::notes_collection), std::move(note)},
                               store::Replace{ground::submissions, *report}});
  }

  base::Time now = base::now();

 private:
  Folder folder_;
  std::unique_ptr<store::Documents> documents_;
  std::unique_ptr<store::Window> window_;
  std::unique_ptr<intake::Submissions> submissions_;
};

}  // namespace ground
