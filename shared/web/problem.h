// What ends a request early: a public sentence for whoever asked, a private cause for the log (RFC 9457).
#pragma once

#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace web {

/// What is wrong with one field, as a sentence for the person who filled it in.
struct FieldError {
  std::string field;
  std::string message;
};

/// Either the value, or every field's error together.
template <typename T>
class Checked {
 public:
  Checked(T value) : value_(std::move(value)) {}
  Checked(std::vector<FieldError> errors) : errors_(std::move(errors)) {}
  [[nodiscard]] explicit operator bool() const { return value_.has_value(); }
  [[nodiscard]] const T& operator*() const { return *value_; }
  [[nodiscard]] const T* operator->() const { return &*value_; }
  [[nodiscard]] const std::vector<FieldError>& errors() const { return errors_; }

 private:
  std::optional<T> value_;
  std::vector<FieldError> errors_;
};

/// Thrown to end a request. `detail` is public, in French; `cause` goes to the log and holds no personal data.
struct Problem : std::exception {
  explicit Problem(int status_code, std::string public_detail = {}, std::string private_cause = {})
      : status(status_code), detail(std::move(public_detail)), cause(std::move(private_cause)) {}
  [[nodiscard]] const char* what() const noexcept override { return cause.c_str(); }

  int status;
  std::string detail;
  std::string cause;
  std::vector<FieldError> errors;
  std::optional<int> retry_after_seconds;
  std::string allow;  // of a 405
  std::string title;  // public; empty: the status's own
};

/// The French title and the general sentence of a status.
struct StatusText {
  const char* title;
  const char* detail;
};
[[nodiscard]] StatusText status_text(int status);

}  // namespace web
