// copydesk man: the manual page, made of what the commands say of themselves, so that neither can
// say what the other does not.
#include <fmt/format.h>

#include <string>
#include <string_view>

#include "pipeline/cli/commands.h"

namespace copydesk {
namespace {

// `text` as roff shows it: a dash stays a dash, and no line of it is taken for a request.
std::string Roff(std::string_view text) {
  std::string out;
  bool is_line_start = true;
  for (const char c : text) {
    if (is_line_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    is_line_start = c == '\n';
  }
  return out;
}

std::string OptionText(const CLI::Option& option) {
  const bool is_positional = option.get_positional();
  std::string out = fmt::format(".TP\n\\fB{}\\fR", Roff(option.get_name(is_positional, true)));
  if (option.get_items_expected_max() > 0 && !is_positional) {
    out += fmt::format(" \\fI{}\\fR", Roff(option.get_type_name()));
  }
  out += fmt::format("\n{}", Roff(option.get_description()));
  if (option.get_required()) out += " (required)";
  if (const std::string value = option.get_default_str(); !value.empty()) {
    out += fmt::format(" (default: {})", Roff(value));
  }
  return out + "\n";
}

void AppendOptions(const CLI::App& app, std::string* out) {
  for (const CLI::Option* option : app.get_options()) {
    // Every command has it.
    if (option == app.get_help_ptr() && app.get_parent() != nullptr) continue;
    *out += OptionText(*option);
  }
}

void AppendCommand(const CLI::App& command, const std::string& parents, std::string* out) {
  const std::string name = parents + command.get_name();
  *out += fmt::format(".SS {}\n{}\n", Roff(name), Roff(command.get_description()));
  AppendOptions(command, out);
  if (!command.get_footer().empty()) *out += fmt::format(".PP\n{}\n", Roff(command.get_footer()));
  for (const CLI::App* sub : command.get_subcommands({})) AppendCommand(*sub, name + " ", out);
}

std::string Page(const CLI::App& app) {
  std::string out = fmt::format(
      ".TH COPYDESK 1 \"\" \"copydesk {0}\" \"User Commands\"\n"
      ".SH NAME\ncopydesk \\- {1}\n"
      ".SH SYNOPSIS\n.B copydesk\n[\\fIoption\\fR]... \\fIcommand\\fR [\\fIargument\\fR]...\n"
      ".SH OPTIONS\n",
      COPYDESK_VERSION, Roff(app.get_description()));
  AppendOptions(app, &out);
  out += ".SH COMMANDS\n";
  for (const CLI::App* command : app.get_subcommands({})) AppendCommand(*command, "", &out);
  out += fmt::format(
      ".SH EXIT STATUS\n{}\n"
      ".SH FILES\n.TP\n{}\n{}\n.TP\n{}\n{}\n",
      Roff("0: done. 1: it failed; the reason is one line on standard error. 2: wrong arguments."),
      "/etc/copydesk/newswire.yaml",
      "The usual topology; it names every key of a configuration, with its default. Commands that "
      "are given no configuration take this one, or configs/newswire.yaml where that is there.",
      "/etc/default/copydesk", "The environment of the system service: brokers and secrets.");
  return out;
}

}  // namespace

void AddMan(CLI::App& app, Command* command) {
  CLI::App* sub = app.add_subcommand("man", "Print the manual page: copydesk man | man -l -");
  sub->callback([&app, command] {
    *command = [&app] {
      fmt::print("{}", Page(app));
      return absl::OkStatus();
    };
  });
}

}  // namespace copydesk
