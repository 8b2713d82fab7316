// What a program is answered whose fields are not right: 422, with each field's sentence.
#pragma once

#include <utility>
#include <vector>

#include "web/problem.h"

namespace web {

/// Throws Problem 422.
[[noreturn]] inline void refuse_fields(std::vector<FieldError> errors) {
  Problem problem(422);
  problem.errors = std::move(errors);
  throw problem;
}

}  // namespace web
