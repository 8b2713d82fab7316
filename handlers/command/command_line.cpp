// The operator's program told by CLI11.
#include "command/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>

namespace command {

Option Option::required() const { return Option(option_->required()); }
Option Option::or_variable(const std::string& name) const { return Option(option_->envname(name)); }
Option Option::one_of(const std::vector<std::string>& words) const {
  return Option(option_->check(CLI::IsMember(words)));
}
Option Option::between(int lowest, int highest) const { return Option(option_->check(CLI::Range(lowest, highest))); }
Option Option::existing_file() const { return Option(option_->check(CLI::ExistingFile)); }
Option Option::existing_folder() const { return Option(option_->check(CLI::ExistingDirectory)); }
Option Option::excludes(const Option& other) const { return Option(option_->excludes(other.option_)); }
Option Option::needs(const Option& other) const { return Option(option_->needs(other.option_)); }

CommandLine CommandLine::add(const std::string& name, const std::string& help) const {
  return CommandLine(app_->add_subcommand(name, help));
}
CommandLine CommandLine::add_group(const std::string& name, const std::string& help) const {
  return CommandLine(app_->add_subcommand(name, help)->require_subcommand(1));
}

Option CommandLine::option(const std::string& name, std::string& value, const std::string& help) const {
  return Option(app_->add_option(name, value, help));
}
Option CommandLine::option(const std::string& name, int& value, const std::string& help) const {
  return Option(app_->add_option(name, value, help));
}
Option CommandLine::option(const std::string& name, unsigned& value, const std::string& help) const {
  return Option(app_->add_option(name, value, help));
}
Option CommandLine::option(const std::string& name, const std::function<void(const std::string&)>& take,
                           const std::string& help) const {
  return Option(app_->add_option_function<std::string>(name, take, help));
}
Option CommandLine::flag(const std::string& name, bool& value, const std::string& help) const {
  return Option(app_->add_flag(name, value, help));
}

void CommandLine::footer(const std::string& text) const { app_->footer(text); }
void CommandLine::when_read(const std::function<void()>& complete) const { app_->parse_complete_callback(complete); }
void CommandLine::does(const std::function<void()>& act) const { app_->callback(act); }

void miss(const std::string& option) { throw CLI::RequiredError(option); }

int run(int count, char** words, const std::string& name, const std::string& description,
        const std::function<void(CommandLine)>& declare) {
  CLI::App program(description, name);
  program.require_subcommand(1);
  declare(CommandLine(&program));
  try {
    program.parse(count, words);
  } catch (const Ended& ended) {
    return ended.status;
  } catch (const CLI::ParseError& error) {
    return program.exit(error);
  } catch (const std::exception& failure) {
    fmt::print(stderr, "{}: {}\n", name, failure.what());
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}

}  // namespace command
