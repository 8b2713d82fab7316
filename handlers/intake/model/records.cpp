// Where the intake desk keeps its reports.
#include "intake/model/records.h"

namespace intake {

const store::Schema& schema() {
  static const store::Schema schema{{
      {.name = std::string(submissions_collection),
       .labels = {std::string(age_bracket_label), std::string(bank_label), std::string(key_label)},
       .tallied = {std::string(age_bracket_label), std::string(bank_label)}},
      {.name = std::string(deeds_collection),
       .labels = {std::string(deed_label), std::string(record_label)},
       .tallied = {}},
  }};
  return schema;
}

std::unique_ptr<store::Documents> open_documents(const base::Config& config) {
  return store::Documents::open(config.get("GUICHET_INTAKE_DOCUMENTS"), schema());
}

std::unique_ptr<store::Window> open_window(const base::Config& config, store::Documents& documents) {
  return std::make_unique<store::Window>(config.get("GUICHET_INTAKE_WINDOW"), documents, schema().migrations.front());
}

}  // namespace intake
