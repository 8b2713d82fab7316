// Who may pass: asked by `serve` for each route that needs a right, before its body is read.
#pragma once

#include <functional>
#include <variant>

#include "web/person.h"
#include "web/request.h"
#include "web/response.h"

namespace web {

/// The person who may, or what whoever asks gets instead.
using Admission = std::variant<Person, Response>;

/// Called by several threads at once. May throw Problem and base::Unavailable.
using Guard = std::function<Admission(const Request&, const Right&)>;

}  // namespace web
