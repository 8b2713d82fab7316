// Posted bodies: a form that is read keeps its limits, and written again it reads as the same.
#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "fuzz/expect.h"
#include "web/form.h"
#include "web/problem.h"

using fuzz::expect;

namespace {

using Read = web::Form (*)(std::string_view);

bool is_same(const web::Form& one, const web::Form& other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end());
}

std::string urlencoded(const web::Form& form) {
  std::string body;
  for (const auto& [name, value] : form) {
    body += web::percent_encode(name) + "=" + web::percent_encode(value) + "&";
  }
  return body;
}

std::string json(const web::Form& form) {
  std::string body = "{";
  for (const auto& [name, value] : form) {
    if (body.size() > 1) body += ',';
    base::append_json(body, name);
    body += ':';
    base::append_json(body, value);
  }
  return body + "}";
}

void judge(const web::Form& form) {
  expect(std::distance(form.begin(), form.end()) <= std::ptrdiff_t{web::Form::fields_max}, "at most 64 fields");
  for (const auto& [name, value] : form) {
    expect(!name.empty() && name.size() <= web::Form::name_max_bytes, "a name of at most 64 bytes");
    expect(base::is_plain_text(name), "a plain name");
    expect(form.has(name) && form.raw(name) == value, "a field is found by its name");
    if (const auto text = form.text(name)) {
      expect(base::is_plain_text(*text), "a plain text");
      expect(base::trim(*text) == *text, "a text without spaces at its ends");
    }
    if (const auto lines = form.lines(name)) {
      std::string_view rest = *lines;
      expect(!rest.starts_with('\n') && !rest.ends_with('\n'), "lines without empty ends");
      while (!rest.empty()) expect(base::is_plain_text(fuzz::take(rest, '\n')), "plain lines");
    }
  }
}

void read(std::string_view body, Read reader, bool is_json) {
  try {
    const auto form = reader(body);
    judge(form);
    expect(is_same(form, web::Form::read_urlencoded(urlencoded(form))), "the same when it is written again");
    if (is_json) expect(is_same(form, web::Form::read_json(json(form))), "the same when it is written as JSON");
  } catch (const web::Problem& problem) {
    expect(problem.status == 400, "a body is refused with 400");
  }
}

/// "Numbers of JSON are kept as written."
void read_number(std::string_view body) {
  const bool is_number = !body.empty() && std::ranges::all_of(body, [](char c) {
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
  });
  if (!is_number) return;
  try {
    const auto form = web::Form::read_json(std::string("{\"n\":").append(body).append("}"));
    expect(form.raw("n") == body, "a number is kept as it is written");
  } catch (const web::Problem&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto body = fuzz::view(data, size);
  read(body, web::Form::read_urlencoded, false);
  read(body, web::Form::read_json, true);
  read_number(body);
  return 0;
}
