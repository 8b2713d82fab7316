// What the subcommands that touch accounts share: the office's database, and how a refusal is told.
#pragma once

#include <unistd.h>

#include <memory>
#include <string>

#include "auth/accounts.h"
#include "auth/office.h"
#include "base/clock.h"
#include "base/config.h"
#include "command/owner.h"
#include "command/trail.h"

namespace command {

/// At work as the database's owner.
struct Office {
  Office()
      : config(base::Config::read(environ)),
        who(operator_name()),
        owner(config.get("GUICHET_OFFICE_DOCUMENTS")),
        documents(auth::open_office(config)) {}
  const base::Config config;
  const std::string who;
  const AsOwnerOf owner;
  const std::unique_ptr<store::Documents> documents;
  auth::Users users{*documents};
  auth::Accounts accounts{*documents, base::now};
};

/// `email: This is no e-mail address.`, each fault a line.
[[nodiscard]] std::string sentences(const auth::Faults& faults);

}  // namespace command
