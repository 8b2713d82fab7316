// A confined process tries what it must not be able to do, each for real, and tells: the word `escapes` of every
// handler.
#pragma once

#include <span>
#include <string_view>

namespace web {

/// Prints a line for each try. `families`: the sockets that it may have; `files`: what is another's to read. The value
/// is main's: success when all was denied.
int try_escapes(std::span<const int> families, std::span<char* const> files);

}  // namespace web
