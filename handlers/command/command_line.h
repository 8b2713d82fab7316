// What the operator's program can be told: its subcommands, each with its options and what it does. CLI11, which reads
// the words, is compiled in command_line.cpp alone; it takes seconds in every source that includes it.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace command {

/// An option, a flag or a word by its place. Each rule gives the option back, for the next one.
class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}

  Option required() const;
  /// An environment variable that says it where the words do not.
  Option or_variable(const std::string& name) const;
  Option one_of(const std::vector<std::string>& words) const;
  Option between(int lowest, int highest) const;
  Option existing_file() const;
  Option existing_folder() const;
  Option excludes(const Option& other) const;
  Option needs(const Option& other) const;

 private:
  CLI::Option* option_;
};

/// The program, or one of its subcommands. A name such as `--to` is an option's, one such as `dump` a place's. Values
/// are written when the words are read, and must live until then.
class CommandLine {
 public:
  explicit CommandLine(CLI::App* app) : app_(app) {}

  CommandLine add(const std::string& name, const std::string& help) const;
  /// One that does nothing itself: one of its own subcommands must follow.
  CommandLine add_group(const std::string& name, const std::string& help) const;

  Option option(const std::string& name, std::string& value, const std::string& help) const;
  Option option(const std::string& name, int& value, const std::string& help) const;
  Option option(const std::string& name, unsigned& value, const std::string& help) const;
  Option option(const std::string& name, const std::function<void(const std::string&)>& take,
                const std::string& help) const;
  Option flag(const std::string& name, bool& value, const std::string& help) const;

  /// The end of its help.
  void footer(const std::string& text) const;
  /// Once all words are read, and before what it does.
  void when_read(const std::function<void()>& complete) const;
  void does(const std::function<void()>& act) const;

 private:
  CLI::App* app_;
};

/// Thrown by what a subcommand does: the program ends with that status, and says no more.
struct Ended {
  int status;
};

/// Ends the program as the reader of its words does where an option is missing.
[[noreturn]] void miss(const std::string& option);

/// Reads the words, does what they say, and returns the exit status; what is thrown is told in one line.
int run(int count, char** words, const std::string& name, const std::string& description,
        const std::function<void(CommandLine)>& declare);

}  // namespace command
